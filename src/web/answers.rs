//! The answer library: which answers may be sent, what a client would read, and who confirmed it until when.
//!
//! Changing words takes a verification away by itself (`domain::answer`). New answers come by `netreach answers import`.

use super::Desk;
use super::access::back_to;
use super::error::Error;
use super::extract::{Asked, Named, Posted};
use super::moment::Moment;
use super::page::{Page, Visit, render, render_with};
use super::session::hex;
use super::topics;
use crate::clock::Timestamp;
use crate::domain::account::Permission;
use crate::domain::answer::{self, Answer, AnswerText, Facts, Standing, VerifyError, fill_facts};
use crate::store::StoreError;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const ROWS_PER_PAGE: usize = 100;

fn standing_code(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "verified",
        Standing::Unverified => "unverified",
        Standing::Expired => "expired",
    }
}

/// The page of an answer. Ids come from files that people write.
fn address(id: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let encoded: String =
        id.bytes().map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("/answers/{encoded}")
}

/// Answers in which every word of `sought` occurs somewhere.
pub(super) fn containing<'a>(answers: &'a [Answer], sought: &str) -> impl Iterator<Item = &'a Answer> {
    let words: Vec<String> = sought.to_lowercase().split_whitespace().map(str::to_owned).collect();
    answers.iter().filter(move |a| {
        let t = &a.text;
        let all = [&t.id, &t.title_ru, &t.title_en, &t.body_ru, &t.body_en, &t.examples_ru.join(" ")];
        let all = all.map(|s| s.to_lowercase());
        !words.is_empty() && words.iter().all(|word| all.iter().any(|text| text.contains(word)))
    })
}

#[derive(Template)]
#[template(path = "answers.html")]
struct AnswersPage {
    page: Page,
    rows: Vec<RowView>,
    topics: Vec<TopicOption>,
    text: String,
    standing: String,
    standings: [&'static str; 3],
    counts: Vec<(&'static str, usize)>,
    next: Option<String>,
    total: usize,
}

struct TopicOption {
    id: &'static str,
    name: String,
    chosen: bool,
}

struct RowView {
    id: String,
    title: String,
    standing: &'static str,
    until: Option<Moment>,
    is_emergency: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    topic: String,
    text: String,
    standing: String,
    page: usize,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Error> {
    let answers = desk.store.read(|tx| tx.answers()).await?;
    let (texts, moments) = (visit.texts(), visit.moments());
    let standings = ["verified", "unverified", "expired"];
    let counts = standings
        .map(|code| (code, answers.iter().filter(|a| standing_code(a.standing(visit.now)) == code).count()))
        .to_vec();
    let sought = filter.text.trim();
    let chosen: Vec<&Answer> =
        if sought.is_empty() { answers.iter().collect() } else { containing(&answers, sought).collect() };
    let chosen: Vec<&Answer> = chosen
        .into_iter()
        .filter(|a| filter.topic.is_empty() || a.text.topic == filter.topic)
        .filter(|a| filter.standing.is_empty() || standing_code(a.standing(visit.now)) == filter.standing)
        .collect();
    let first = filter.page.clamp(1, 1000) - 1;
    let rows = chosen.iter().skip(first * ROWS_PER_PAGE).take(ROWS_PER_PAGE).map(|a| RowView {
        id: a.text.id.clone(),
        title: a.text.title(visit.lang.as_str()).to_owned(),
        standing: standing_code(a.standing(visit.now)),
        until: a.verification.as_ref().map(|v| moments.show(v.until)),
        is_emergency: a.text.urgency.as_deref() == Some("emergency"),
    });
    let next = (chosen.len() > (first + 1) * ROWS_PER_PAGE).then(|| {
        let page = (first + 2).to_string();
        let pairs =
            [("topic", filter.topic.as_str()), ("text", sought), ("standing", &filter.standing), ("page", &page)];
        let query: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/answers?{query}")
    });
    render(&AnswersPage {
        rows: rows.collect(),
        topics: topics::ids()
            .filter(|id| answers.iter().any(|a| a.text.topic == *id))
            .map(|id| TopicOption { id, name: texts.word("topic", id), chosen: id == filter.topic })
            .collect(),
        text: filter.text,
        standing: filter.standing,
        standings,
        counts,
        next,
        total: chosen.len(),
        page: visit.page("answers"),
    })
}

#[derive(Template)]
#[template(path = "answer.html")]
struct AnswerPage {
    page: Page,
    id: String,
    title: String,
    topic: String,
    urgency: Option<String>,
    standing: &'static str,
    verified: Option<VerifiedView>,
    readings: Vec<Reading>,
    used_facts: Vec<FactView>,
    examples: Vec<String>,
    sources: Vec<String>,
    updated: Moment,
    digest: String,
    may_verify: bool,
    may_edit: bool,
    review_on: String,
    first_day: String,
    problem: Option<String>,
}

struct VerifiedView {
    by: String,
    at: Moment,
    until: Moment,
}

/// The answer as a client would read it in one language.
struct Reading {
    lang: &'static str,
    title: String,
    body: String,
    chars: usize,
}

struct FactView {
    key: String,
    value: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Notice {
    done: Option<String>,
}

pub(super) async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<String>,
    Asked(notice): Asked<Notice>,
) -> Result<Response, Error> {
    respond(&desk, &visit, id, StatusCode::OK, None, notice.done.as_deref()).await
}

async fn respond(
    desk: &Desk,
    visit: &Visit,
    id: String,
    status: StatusCode,
    problem: Option<&'static str>,
    done: Option<&str>,
) -> Result<Response, Error> {
    let (answer, verifier, facts) = desk
        .store
        .read(move |tx| {
            let answer = tx.find_answer(&id)?.ok_or(StoreError::NotFound)?;
            let verifier = match &answer.verification {
                Some(v) => Some(tx.account(v.by)?.name),
                None => None,
            };
            Ok::<_, StoreError>((answer, verifier, tx.facts()?))
        })
        .await?;
    let (texts, moments) = (visit.texts(), visit.moments());
    let text = &answer.text;
    let readings = [("ru", &text.title_ru, &text.body_ru), ("en", &text.title_en, &text.body_en)]
        .into_iter()
        .filter(|(_, _, body)| !body.is_empty())
        .map(|(lang, title, body)| {
            let (body, _) = fill_facts(body, &facts);
            Reading { lang, title: title.clone(), chars: body.chars().count(), body }
        })
        .collect();
    let used = fact_keys(text)
        .into_iter()
        .map(|key| FactView { value: facts.get(&key).map(|v| v.trim().to_owned()).unwrap_or_default(), key })
        .collect();
    let template = AnswerPage {
        page: visit.page("answers").with_notice(done),
        id: text.id.clone(),
        title: text.title(visit.lang.as_str()).to_owned(),
        topic: texts.word("topic", &text.topic),
        urgency: text.urgency.clone(),
        standing: standing_code(answer.standing(visit.now)),
        verified: answer.verification.as_ref().zip(verifier).map(|(v, by)| VerifiedView {
            by,
            at: moments.show(v.at),
            until: moments.show(v.until),
        }),
        readings,
        used_facts: used,
        examples: text.examples_ru.iter().chain(&text.examples_en).cloned().collect(),
        sources: text.sources.clone(),
        updated: moments.show(answer.updated_at),
        digest: text.digest(),
        may_verify: visit.may(Permission::VerifyAnswers),
        may_edit: visit.may(Permission::EditAnswers),
        review_on: day_after(visit, 365),
        first_day: day_after(visit, 1),
        problem: problem.map(|key| texts.get(key)),
    };
    render_with(status, &template)
}

/// Every `{{key}}` of an answer, once each, in the order of their appearance.
pub(super) fn fact_keys(text: &AnswerText) -> Vec<String> {
    let (_, mut keys) = fill_facts(&text.body_ru, &Facts::new());
    let (_, more) = fill_facts(&text.body_en, &Facts::new());
    for key in more {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The date so many days from now, in the desk's zone, as a date field has it.
fn day_after(visit: &Visit, days: i64) -> String {
    let today = visit.now.to_jiff().to_zoned(visit.zone().clone()).date();
    today.checked_add(days.days()).unwrap_or(today).to_string()
}

#[derive(Deserialize)]
pub(super) struct VerifyForm {
    /// Digest of the words that were shown.
    digest: String,
    /// The day from which the answer must have been looked at again.
    until: String,
}

pub(super) async fn verify(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<String>,
    Posted(form): Posted<VerifyForm>,
) -> Result<Response, Error> {
    let (now, account, sought) = (visit.now, visit.account()?.clone(), id.clone());
    let Some(until) = start_of_day(&form.until, &visit) else {
        return respond(&desk, &visit, id, StatusCode::UNPROCESSABLE_ENTITY, Some("problem-date"), None).await;
    };
    let refused = desk
        .store
        .write(move |tx| {
            let text = tx.find_answer(&sought)?.ok_or(StoreError::NotFound)?.text;
            match answer::verify(&text, &form.digest, account.id, &account.roles, now, until) {
                Ok(verification) => tx.verify_answer(&sought, &verification).map(|()| None),
                Err(error) => Ok::<_, StoreError>(Some(error)),
            }
        })
        .await?;
    match refused {
        None => Ok(back_to(&address(&id), "verified")),
        Some(VerifyError::NotAVerifier) => Err(Error::Forbidden),
        Some(VerifyError::Changed) => {
            respond(&desk, &visit, id, StatusCode::CONFLICT, Some("problem-answer-changed"), None).await
        }
        Some(VerifyError::AlreadyExpired) => {
            respond(&desk, &visit, id, StatusCode::UNPROCESSABLE_ENTITY, Some("problem-date"), None).await
        }
    }
}

fn start_of_day(text: &str, visit: &Visit) -> Option<Timestamp> {
    let date: Date = text.trim().parse().ok()?;
    let start: Zoned = date.to_zoned(visit.zone().clone()).ok()?;
    Some(start.timestamp().into())
}

pub(super) async fn unverify(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<String>,
) -> Result<Response, Error> {
    // The permission is the route's; a verification may be taken away by any verifier, not only by the one who gave it.
    visit.account()?;
    let sought = id.clone();
    desk.store
        .write(move |tx| {
            tx.find_answer(&sought)?.ok_or(StoreError::NotFound)?;
            tx.unverify_answer(&sought)
        })
        .await?;
    Ok(back_to(&address(&id), "unverified"))
}

#[derive(Template)]
#[template(path = "answer_edit.html")]
struct EditPage {
    page: Page,
    id: String,
    title: String,
    is_verified: bool,
    seen: String,
    fields: EditFields,
    problem: Option<String>,
    /// The words as they are saved now, where somebody else changed them.
    other: Option<EditFields>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct EditFields {
    title_ru: String,
    body_ru: String,
    title_en: String,
    body_en: String,
    examples_ru: String,
    examples_en: String,
    sources: String,
}

#[derive(Deserialize)]
pub(super) struct EditForm {
    seen: String,
    title_ru: String,
    body_ru: String,
    title_en: String,
    body_en: String,
    examples_ru: String,
    examples_en: String,
    sources: String,
}

impl EditFields {
    fn of(text: &AnswerText) -> Self {
        Self {
            title_ru: text.title_ru.clone(),
            body_ru: text.body_ru.clone(),
            title_en: text.title_en.clone(),
            body_en: text.body_en.clone(),
            examples_ru: text.examples_ru.join("\n"),
            examples_en: text.examples_en.join("\n"),
            sources: text.sources.join("\n"),
        }
    }

    /// The answer with these words; what the form does not show stays.
    fn put_into(&self, text: &AnswerText) -> AnswerText {
        let lines = |s: &str| s.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
        let body = |s: &str| s.replace("\r\n", "\n").trim().to_owned();
        AnswerText {
            title_ru: self.title_ru.trim().to_owned(),
            body_ru: body(&self.body_ru),
            title_en: self.title_en.trim().to_owned(),
            body_en: body(&self.body_en),
            examples_ru: lines(&self.examples_ru),
            examples_en: lines(&self.examples_en),
            sources: lines(&self.sources),
            ..text.clone()
        }
    }
}

/// Digest over all that the form edits: more than a client reads.
fn edit_digest(text: &AnswerText) -> String {
    let fields = EditFields::of(text);
    let mut hash = Sha256::new();
    for part in [&fields.examples_ru, &fields.examples_en, &fields.sources] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(text.digest().as_bytes());
    hex(&hash.finalize())
}

fn edit_page(visit: &Visit, answer: &Answer, fields: EditFields, problem: Option<&'static str>) -> EditPage {
    let saved = EditFields::of(&answer.text);
    EditPage {
        page: visit.page("answers"),
        id: answer.text.id.clone(),
        title: answer.text.title(visit.lang.as_str()).to_owned(),
        is_verified: answer.standing(visit.now) == Standing::Verified,
        seen: edit_digest(&answer.text),
        other: (problem == Some("problem-answer-changed") && saved != fields).then_some(saved),
        fields,
        problem: problem.map(|key| visit.texts().get(key)),
    }
}

pub(super) async fn edit(State(desk): State<Desk>, visit: Visit, Named(id): Named<String>) -> Result<Response, Error> {
    let answer = desk.store.read(move |tx| tx.find_answer(&id)?.ok_or(StoreError::NotFound)).await?;
    let fields = EditFields::of(&answer.text);
    render(&edit_page(&visit, &answer, fields, None))
}

/// What was done with an edit; with the answer as it is saved where the page is shown again.
enum Edited {
    Done,
    Stale(Answer),
    Empty(Answer),
}

pub(super) async fn update(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<String>,
    Posted(form): Posted<EditForm>,
) -> Result<Response, Error> {
    let (now, sought) = (visit.now, id.clone());
    let EditForm { seen, title_ru, body_ru, title_en, body_en, examples_ru, examples_en, sources } = form;
    let fields = EditFields { title_ru, body_ru, title_en, body_en, examples_ru, examples_en, sources };
    let typed = fields.clone();
    let edited = desk
        .store
        .write(move |tx| {
            let answer = tx.find_answer(&sought)?.ok_or(StoreError::NotFound)?;
            if edit_digest(&answer.text) != seen {
                return Ok::<_, StoreError>(Edited::Stale(answer));
            }
            let text = fields.put_into(&answer.text);
            if text.body_ru.is_empty() || text.title_ru.is_empty() {
                return Ok(Edited::Empty(answer));
            }
            tx.save_answer(&text, now)?;
            Ok(Edited::Done)
        })
        .await?;
    match edited {
        Edited::Done => Ok(back_to(&address(&id), "answer-saved")),
        Edited::Stale(answer) => {
            let page = edit_page(&visit, &answer, typed, Some("problem-answer-changed"));
            render_with(StatusCode::CONFLICT, &page)
        }
        Edited::Empty(answer) => {
            let page = edit_page(&visit, &answer, typed, Some("problem-answer-empty"));
            render_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> AnswerText {
        AnswerText {
            id: "od.opioid".into(),
            topic: "od.opioid".into(),
            title_ru: "Передоз".into(),
            body_ru: "Звоните 103. {{overdose_bot}}".into(),
            body_en: "Call 103. {{ overdose_bot }} {{chat_invite}}".into(),
            examples_ru: vec!["не дышит".into(), "синий".into()],
            ..AnswerText::default()
        }
    }

    #[test]
    fn editing_nothing_changes_nothing() {
        assert_eq!(EditFields::of(&text()).put_into(&text()), text());
    }

    #[test]
    fn facts_of_both_languages_are_named_once() {
        assert_eq!(fact_keys(&text()), ["overdose_bot", "chat_invite"]);
    }

    #[test]
    fn address_is_safe_for_any_id() {
        assert_eq!(address("od.opioid_2-a"), "/answers/od.opioid_2-a");
        assert_eq!(address("a b/\nю"), "/answers/a%20b%2F%0A%D1%8E");
    }

    #[test]
    fn search_wants_every_word() {
        let answers = [Answer { text: text(), verification: None, updated_at: Timestamp::from_unix_s(0) }];
        assert_eq!(containing(&answers, "ПЕРЕДОЗ синий").count(), 1);
        assert_eq!(containing(&answers, "передоз зелёный").count(), 0);
        assert_eq!(containing(&answers, "  ").count(), 0);
    }
}
