//! Access to a forum: what it asks of a person, the form to answer it, and the way to bring a session along.
//!
//! It writes down what a person wants and answers; fetching and sending is `jobs`' work. The account's password is on no
//! page, and of a pasted session nothing is stored but the forum's own cookies.

use super::Desk;
use super::access::{Form, RELOADED, back_to};
use super::error::Error;
use super::extract::{Asked, Named, Posted};
use super::moment::Moment;
use super::page::{Page, Visit, render, render_with};
use crate::domain::account::AccountId;
use crate::domain::cookies::{GivenSession, checked_user_agent, read_session};
use crate::domain::passage::{BadAnswer, Challenge, Choice, Ending, FieldKind, Stage};
use crate::store::{AlarmKind, GivenCounts, PassageEventRow, PassageRow, StoreError, Tx};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

/// The page looks again by itself while it waits for the forum.
const RELOAD_S: u32 = 4;
/// How a passage ended is said for this long.
const TOLD_S: i64 = 24 * 3600;
const EVENTS: u32 = 20;
/// More choices than this are a list to open, not buttons.
const MOST_BUTTONS: usize = 8;

#[derive(Template)]
#[template(path = "passage.html")]
struct PassagePage {
    page: Page,
    forum: String,
    /// The address of this page, without what follows `?`.
    here: String,
    account: Option<String>,
    addresses: Vec<String>,
    alarms: Vec<AlarmView>,
    problem: Option<String>,
    /// Where the page goes by itself.
    refresh: Option<(u32, String)>,
    open: Option<OpenView>,
    ended: Option<EndedView>,
    events: Vec<EventView>,
    user_agent: String,
}

struct AlarmView {
    kind: &'static str,
    since: Moment,
    last_success: Option<Moment>,
}

/// A passage that is not over.
struct OpenView {
    stage: &'static str,
    moved: Moment,
    expires: Moment,
    remark: Option<&'static str>,
    challenge: Option<ChallengeView>,
}

struct ChallengeView {
    step: u32,
    text: String,
    pictures: Vec<PictureView>,
    fields: Vec<FieldView>,
    /// A picture is pressed in the place of a button.
    by_pointing: bool,
}

struct PictureView {
    number: usize,
    had: bool,
}

struct FieldView {
    number: usize,
    label: String,
    kind: &'static str,
    /// The only one to be written.
    alone: bool,
    choices: Vec<ChoiceView>,
    picture: Option<PictureView>,
    value: String,
}

struct ChoiceView {
    value: String,
    label: String,
    picture: Option<PictureView>,
}

struct EndedView {
    ending: &'static str,
    is_in: bool,
    at: Moment,
    counts: Option<GivenCounts>,
}

struct EventView {
    at: Moment,
    kind: String,
    by: Option<String>,
}

fn challenge_view(challenge: &Challenge, step: u32, typed: &Form) -> ChallengeView {
    let picture = |number: usize| PictureView { number, had: challenge.pictures.get(number) == Some(&true) };
    let choice = |choice: &Choice| ChoiceView {
        value: choice.value.clone(),
        label: choice.label.expose().clone(),
        picture: choice.picture.map(picture),
    };
    let writes = |kind: &FieldKind| matches!(kind, FieldKind::Text | FieldKind::Digits);
    let alone = challenge.fields.iter().filter(|field| writes(&field.kind)).count() == 1;
    let fields = challenge.fields.iter().enumerate().map(|(number, field)| {
        let (kind, choices, shown) = match &field.kind {
            FieldKind::Text => ("text", Vec::new(), None),
            FieldKind::Digits => ("digits", Vec::new(), None),
            FieldKind::Choice { options } => {
                let in_view = options.len() <= MOST_BUTTONS || options.iter().any(|o| o.picture.is_some());
                (if in_view { "radio" } else { "select" }, options.iter().map(choice).collect(), None)
            }
            FieldKind::Tick { picture, .. } => ("tick", Vec::new(), *picture),
            FieldKind::Point { picture } => ("point", Vec::new(), Some(*picture)),
        };
        FieldView {
            number,
            label: field.label.expose().clone(),
            kind,
            alone,
            choices,
            picture: shown.map(picture),
            value: typed.field(&format!("f{number}")).to_owned(),
        }
    });
    ChallengeView {
        step,
        text: challenge.text.expose().clone(),
        pictures: challenge.pictures_apart().into_iter().map(picture).collect(),
        fields: fields.collect(),
        by_pointing: challenge.fields.iter().any(|field| matches!(field.kind, FieldKind::Point { .. })),
    }
}

/// What the page shows besides what is stored.
#[derive(Default)]
struct Shown {
    done: Option<String>,
    problem: Option<String>,
    typed: Form,
    user_agent: String,
}

async fn respond(desk: &Desk, visit: &Visit, forum: String, shown: Shown) -> Result<Response, Error> {
    let addresses = desk.settings.forum_addresses.get(&forum).ok_or(Error::NotFound)?;
    let name = forum.clone();
    let (alarms, last, events) = desk
        .store
        .read(move |tx| {
            Ok::<_, StoreError>((tx.alarms()?, tx.find_last_passage(&name)?, tx.passage_events(&name, EVENTS)?))
        })
        .await?;
    let moments = visit.moments();
    let here = path_of(&forum);
    let is_open = last.as_ref().is_some_and(|row| row.ended_at.is_none());
    let waits = last.as_ref().is_some_and(|row| is_open && row.stage.is_with_the_job());
    let open = last.as_ref().filter(|_| is_open).map(|row| OpenView {
        stage: row.stage.as_str(),
        moved: moments.show(row.moved_at),
        expires: moments.show(row.expires_at),
        remark: row.remark.map(|remark| remark.as_str()),
        challenge: row.shown.as_ref().map(|challenge| challenge_view(challenge, row.step, &shown.typed)),
    });
    let is_problem = shown.problem.is_some();
    let template = PassagePage {
        page: visit.page("threads").with_notice(shown.done.as_deref()),
        account: desk.settings.forum_accounts.get(&forum).cloned(),
        addresses: addresses.iter().map(Url::to_string).collect(),
        alarms: alarms
            .iter()
            .filter(|a| a.forum == forum && of_access(a.kind))
            .map(|a| AlarmView {
                kind: a.kind.as_str(),
                since: moments.show(a.since),
                last_success: a.last_success_at.map(|at| moments.show(at)),
            })
            .collect(),
        problem: shown.problem,
        refresh: waits.then(|| (RELOAD_S, format!("{here}?{RELOADED}"))),
        open,
        ended: last.as_ref().filter(|_| !is_problem).and_then(|row| ended_view(row, visit)),
        events: events.into_iter().map(|event| event_view(event, visit)).collect(),
        user_agent: shown.user_agent,
        forum,
        here,
    };
    if is_problem { render_with(StatusCode::UNPROCESSABLE_ENTITY, &template) } else { render(&template) }
}

fn ended_view(row: &PassageRow, visit: &Visit) -> Option<EndedView> {
    let (ending, at) = (row.ending?, row.ended_at?);
    (visit.now.since_s(at) < TOLD_S).then(|| EndedView {
        ending: ending.as_str(),
        is_in: ending.is_in(),
        at: visit.moments().show(at),
        counts: row.counts,
    })
}

fn event_view(event: PassageEventRow, visit: &Visit) -> EventView {
    EventView { at: visit.moments().show(event.at), kind: event.kind, by: event.by }
}

/// Alarms that a person can end here.
pub(super) fn of_access(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::Challenge | AlarmKind::LogInRefused)
}

/// The address of a forum's page; its name may hold anything.
pub(super) fn path_of(forum: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(forum.as_bytes()).collect();
    format!("/access/{}", name.replace('+', "%20"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    done: Option<String>,
}

pub(super) async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Named(forum): Named<String>,
    Asked(arrival): Asked<Arrival>,
) -> Result<Response, Error> {
    respond(&desk, &visit, forum, Shown { done: arrival.done, ..Shown::default() }).await
}

/// A picture of the challenge that is shown now. Its type is what its own bytes say.
pub(super) async fn picture(
    State(desk): State<Desk>,
    Named((forum, number)): Named<(String, u32)>,
) -> Result<Response, Error> {
    let found = desk.store.read(move |tx| tx.find_passage_picture(&forum, number)).await?;
    let (kind, bytes) = found.ok_or(Error::NotFound)?;
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, "inline".to_owned())];
    Ok((headers, bytes).into_response())
}

/// The name of a forum of the configuration.
fn known(desk: &Desk, forum: &str) -> Result<(), Error> {
    if desk.settings.forum_addresses.contains_key(forum) { Ok(()) } else { Err(Error::NotFound) }
}

/// Puts an end to a passage that waits for a person. `false`: the program is at it, and it must be waited for.
fn make_way(tx: &Tx<'_>, forum: &str, by: AccountId, visit: &Visit) -> Result<bool, StoreError> {
    match tx.find_open_passage(forum)? {
        None => Ok(true),
        Some(open) if open.stage == Stage::Shown || visit.now >= open.expires_at => {
            tx.end_passage(open.id, Ending::Dropped, Some(by), visit.now)
        }
        Some(_) => Ok(false),
    }
}

/// A person wants to see what the forum asks; a challenge that is shown is given up for a new one.
pub(super) async fn ask(
    State(desk): State<Desk>,
    visit: Visit,
    Named(forum): Named<String>,
) -> Result<Response, Error> {
    known(&desk, &forum)?;
    let (name, asked, by) = (forum.clone(), visit.clone(), visit.account()?.id);
    desk.store
        .write(move |tx| {
            if make_way(tx, &name, by, &asked)? {
                tx.ask_passage(&name, by, asked.now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(Redirect::to(&path_of(&forum)).into_response())
}

pub(super) async fn give_up(
    State(desk): State<Desk>,
    visit: Visit,
    Named(forum): Named<String>,
) -> Result<Response, Error> {
    known(&desk, &forum)?;
    let (name, now, by) = (forum.clone(), visit.now, visit.account()?.id);
    desk.store
        .write(move |tx| match tx.find_open_passage(&name)? {
            Some(open) => tx.end_passage(open.id, Ending::Dropped, Some(by), now).map(drop),
            None => Ok::<_, StoreError>(()),
        })
        .await?;
    Ok(Redirect::to(&path_of(&forum)).into_response())
}

/// What became of an answer.
enum Taken {
    Yes,
    /// It belongs to a challenge that is over.
    TooLate,
    Bad(BadAnswer),
}

pub(super) async fn answer(
    State(desk): State<Desk>,
    visit: Visit,
    Named(forum): Named<String>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Result<Response, Error> {
    known(&desk, &forum)?;
    let form = Form(fields);
    let (name, now, by, filled) = (forum.clone(), visit.now, visit.account()?.id, form.clone());
    let taken = desk
        .store
        .write(move |tx| {
            let open = tx.find_open_passage(&name)?;
            let Some((open, shown)) = open.and_then(|open| open.shown.clone().map(|shown| (open, shown))) else {
                return Ok(Taken::TooLate);
            };
            let step = filled.field("step").parse().unwrap_or(0);
            let value_of = |key: &str| {
                let key = format!("f{key}");
                filled.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
            };
            let answer = match shown.read_answer(value_of) {
                Ok(answer) => answer,
                Err(bad) if open.step == step => return Ok(Taken::Bad(bad)),
                Err(_) => return Ok(Taken::TooLate),
            };
            match tx.answer_passage(open.id, step, &answer, by, now) {
                Ok(()) => Ok(Taken::Yes),
                Err(StoreError::Conflict) => Ok(Taken::TooLate),
                Err(error) => Err(error),
            }
        })
        .await?;
    let texts = visit.texts();
    let problem = match taken {
        Taken::Yes => return Ok(Redirect::to(&path_of(&forum)).into_response()),
        Taken::TooLate => {
            let problem = Some(texts.get("problem-challenge-over"));
            return respond(&desk, &visit, forum, Shown { problem, ..Shown::default() }).await;
        }
        Taken::Bad(BadAnswer::Empty) => texts.get("problem-challenge-empty"),
        Taken::Bad(BadAnswer::NotChosen) => texts.get("problem-challenge-choice"),
        Taken::Bad(BadAnswer::TooLong) => texts.get("problem-challenge-long"),
    };
    respond(&desk, &visit, forum, Shown { problem: Some(problem), typed: form, ..Shown::default() }).await
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct SessionForm {
    /// Pasted.
    cookies: String,
    /// The content of a file.
    file: String,
    user_agent: String,
}

/// A person brings a session along. What is not the forum's is dropped here, before anything is written.
pub(super) async fn give_session(
    State(desk): State<Desk>,
    visit: Visit,
    Named(forum): Named<String>,
    Posted(form): Posted<SessionForm>,
) -> Result<Response, Error> {
    let addresses = desk.settings.forum_addresses.get(&forum).ok_or(Error::NotFound)?;
    let hosts: Vec<&str> = addresses.iter().filter_map(Url::host_str).collect();
    let text = if form.cookies.trim().is_empty() { &form.file } else { &form.cookies };
    let mut session = read_session(text, &hosts, visit.now);
    let texts = visit.texts();
    let refuse = |problem: String| {
        let shown = Shown { problem: Some(problem), user_agent: form.user_agent.clone(), ..Shown::default() };
        respond(&desk, &visit, forum.clone(), shown)
    };
    if !form.user_agent.trim().is_empty() {
        session.user_agent = checked_user_agent(&form.user_agent);
        if session.user_agent.is_none() {
            return refuse(texts.get("problem-user-agent")).await;
        }
    }
    if session.cookies.is_empty() {
        return refuse(nothing_taken(&session, &visit)).await;
    }
    let (name, giving, by) = (forum.clone(), visit.clone(), visit.account()?.id);
    let given = desk
        .store
        .write(move |tx| {
            let free = make_way(tx, &name, by, &giving)?;
            if free {
                tx.give_session(&name, &session, by, giving.now)?;
            }
            Ok::<_, StoreError>(free)
        })
        .await?;
    if given {
        Ok(back_to(&path_of(&forum), "session-given"))
    } else {
        refuse(texts.get("problem-passage-under-way")).await
    }
}

/// Why no cookie of a text could be used.
fn nothing_taken(session: &GivenSession, visit: &Visit) -> String {
    let texts = visit.texts();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    if session.foreign > 0 {
        texts.count("problem-session-foreign", count(session.foreign))
    } else if session.expired > 0 {
        texts.count("problem-session-expired", count(session.expired))
    } else {
        texts.get("problem-session-empty")
    }
}
