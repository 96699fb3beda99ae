//! What the desk notes for learning: that a post was judged wrongly, and which answers were sent.
//!
//! Only here a client's words become the text of a lesson, and they are masked first. What a coordinator makes of it is
//! `learning`'s.

use super::Desk;
use super::access::back_to;
use super::case::{self, Problem, Shown};
use super::error::Error;
use super::extract::{Named, Posted};
use super::page::Visit;
use super::topics;
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::answer::{Answer, AnswerId};
use crate::domain::case::{Case, CaseId, correct as correct_judgement};
use crate::domain::judgement::Judgement;
use crate::domain::lesson::{Label, LessonKind, MAX_EXAMPLE_CHARS, Need, Taken};
use crate::domain::thread::Post;
use crate::privacy;
use crate::store::{NewLesson, StoreError, Tx};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

const NICK: &str = "[ник]";
const NUMBER: &str = "[номер]";

/// A text without what tells who wrote it: the nickname, the details that `privacy` finds, and numbers of five digits and
/// more, also where they are written in groups.
pub(super) fn masked(text: &str, nickname: Option<&str>) -> String {
    let text = match nickname.map(str::trim).filter(|n| n.chars().count() > 1) {
        Some(nickname) => without_name(text, nickname),
        None => text.to_owned(),
    };
    without_numbers(&privacy::mask(&text)).chars().take(MAX_EXAMPLE_CHARS).collect()
}

/// Letters are compared without their case, one by one, so that places stay where they are.
fn without_name(text: &str, name: &str) -> String {
    let small = |c: char| c.to_lowercase().next().unwrap_or(c);
    let (letters, name): (Vec<char>, Vec<char>) = (text.chars().collect(), name.chars().map(small).collect());
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        let is_name = rest.len() >= name.len() && rest.iter().zip(&name).all(|(c, n)| small(*c) == *n);
        if is_name {
            out.push_str(NICK);
            at += name.len();
        } else {
            out.extend(rest.first());
            at += 1;
        }
    }
    out
}

/// Numbers that no detail was found in may still be somebody's.
fn without_numbers(text: &str) -> String {
    /// Digits in one run, and over groups with at most two signs between them.
    const RUN: usize = 5;
    const GROUPS: usize = 7;
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = letters.get(at) {
        if !c.is_numeric() {
            out.push(*c);
            at += 1;
            continue;
        }
        let (mut end, mut digits, mut run, mut longest) = (at, 0, 0, 0);
        let mut between = 0;
        for (i, c) in letters.iter().enumerate().skip(at) {
            if c.is_numeric() {
                digits += 1;
                run = if between == 0 { run + 1 } else { 1 };
                longest = longest.max(run);
                (end, between) = (i + 1, 0);
            } else if between < 2 && matches!(c, ' ' | '-' | '(' | ')' | '.' | '–') {
                between += 1;
            } else {
                break;
            }
        }
        if longest >= RUN || digits >= GROUPS {
            out.push_str(NUMBER);
        } else {
            out.extend(letters.get(at..end).unwrap_or_default());
        }
        at = end;
    }
    out
}

/// The post of a case that a lesson is about, with what was judged of it: the gravest one, of several the latest. Where the
/// case is graver than judged, the latest one that was judged.
fn subject(tx: &Tx<'_>, case: &Case, need: Option<Need>) -> Result<Option<(Post, Judgement)>, StoreError> {
    let graver = need.is_some_and(|n| n > Need::from(Some(case.urgency)));
    let mut found: Option<(Post, Judgement)> = None;
    for post in tx.case_posts(case.id)? {
        let Some(judgement) = tx.find_judgement(post.id)? else { continue };
        let is_better = found.as_ref().is_none_or(|(_, before)| graver || Need::of(&judgement) >= Need::of(before));
        if is_better && !post.text.expose().trim().is_empty() {
            found = Some((post, judgement));
        }
    }
    Ok(found)
}

/// Writes down what a case teaches, where there is something to learn from.
fn note(
    tx: &Tx<'_>,
    case: &Case,
    kind: LessonKind,
    label: Label,
    by: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((post, judgement)) = subject(tx, case, label.need)? else { return Ok(()) };
    let judged = Label {
        need: Some(Need::of(&judgement)),
        topics: judgement.topics.iter().map(|t| t.id.clone()).take(3).collect(),
    };
    let nickname = post.author.as_ref().map(|a| a.expose().as_str());
    let text = masked(post.text.expose(), nickname).into();
    let new = NewLesson { kind, case: case.id, post: post.id, by, judged, label, text };
    tx.add_lesson(&new, now)?;
    Ok(())
}

/// A case that was opened for nothing.
pub(super) fn note_not_a_request(tx: &Tx<'_>, case: &Case, by: AccountId, now: Timestamp) -> Result<(), StoreError> {
    let label = Label { need: Some(Need::Nothing), topics: Vec::new() };
    note(tx, case, LessonKind::Corrected, label, by, now)
}

/// What was suggested when a reply was approved: ids and topics, best first, and the whole library.
#[derive(Default)]
pub(super) struct Offered {
    pub(super) suggested: Vec<AnswerId>,
    pub(super) answers: Vec<Answer>,
}

/// Notes where the answers of an approved reply came from, and that the question was about their topics.
pub(super) fn note_picks(
    tx: &Tx<'_>,
    case: &Case,
    taken: &[AnswerId],
    offered: &Offered,
    by: AccountId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let find = |id: &AnswerId| offered.answers.iter().find(|a| a.text.id == *id).filter(|a| !a.text.is_workflow());
    let mut topics: Vec<String> = Vec::new();
    for answer in taken.iter().filter_map(find) {
        let place = offered.suggested.iter().position(|id| *id == answer.text.id);
        tx.add_pick(case.id, &answer.text.topic, place.map_or(Taken::Sought, |p| Taken::Place(p + 1)), now)?;
        if !topics.contains(&answer.text.topic) {
            topics.push(answer.text.topic.clone());
        }
    }
    // What follows the first reply is talk: that it uses no answer tells nothing.
    if taken.is_empty()
        && tx.replies_of(case.id)?.len() == 1
        && let Some(first) = offered.suggested.first().and_then(find)
    {
        tx.add_pick(case.id, &first.text.topic, Taken::Unused, now)?;
    }
    if topics.is_empty() {
        return Ok(());
    }
    note(tx, case, LessonKind::Picked, Label { need: None, topics }, by, now)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CorrectForm {
    need: String,
    /// Empty: nothing is said of it.
    topic: String,
}

/// Whoever works a case says that it was judged wrongly.
pub(super) async fn correct(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<CorrectForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    let topic = Some(form.topic).filter(|t| !t.is_empty());
    let known = topic.as_deref().is_none_or(|t| topics::needs().any(|id| id == t));
    let Some(need) = Need::find(&form.need).filter(|_| known) else {
        let problem = Problem::new("problem-correction");
        return case::respond(&desk, &visit, id, Shown::refused(problem, None)).await;
    };
    let problem = desk
        .store
        .write(move |tx| {
            let case = tx.case(id)?;
            let corrected = match correct_judgement(&case, &account, need, now) {
                Ok(corrected) => corrected,
                Err(error) => return Ok(Some(Problem::from(error))),
            };
            let topic = topic.filter(|_| need != Need::Nothing);
            let same_topic = topic.is_none() || topic.as_ref() == case.topics.first();
            if same_topic && need == Need::from(Some(case.urgency)) {
                return Ok(Some(Problem::new("problem-correction-same")));
            }
            let label = Label { need: Some(need), topics: topic.iter().cloned().collect() };
            note(tx, &case, LessonKind::Corrected, label, account.id, now)?;
            tx.correct_case(&case, &corrected, topic.as_deref(), account.id, now)?;
            Ok::<_, StoreError>(None)
        })
        .await?;
    match problem {
        None if need == Need::Nothing => Ok(back_to(&format!("/case/{}", id.0), "corrected-nothing")),
        None => Ok(back_to(&format!("/case/{}", id.0), "corrected")),
        Some(problem) => case::respond(&desk, &visit, id, Shown::refused(problem, None)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_text_holds_no_nickname_number_link_or_address() {
        let text = "это Ночной_Гость, НОЧНОЙ_гость: +7 (921) 123-45-67, пишите @nochnoy или guest@mail.example, \
                    http://abc.onion/x и t.me/guest, карта 4111111111111111";
        let masked = masked(text, Some("ночной_гость"));
        for part in ["очной_", "ОЧНОЙ", "921", "45-67", "@", "mail.example", "onion", "t.me", "4111"] {
            assert!(!masked.contains(part), "{part}: {masked}");
        }
        assert!(masked.starts_with("это [ник], [ник]: "), "{masked}");
    }

    #[test]
    fn doses_and_times_are_not_taken_for_telephone_numbers() {
        let text = "принял 150 мг в 23:30, потом ещё 2-3 таблетки, ждать 72 часа?";
        assert_eq!(masked(text, None), text);
    }

    #[test]
    fn nickname_of_one_letter_does_not_eat_the_text() {
        assert_eq!(masked("я и ты", Some("я")), "я и ты");
        assert_eq!(masked("ßß ИИ ii", Some("ii")), "ßß ИИ [ник]");
    }
}
