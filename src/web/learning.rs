//! What use teaches: lessons to be accepted or refused, the button that makes the program learn, and the figures of the
//! NGO's own data.
//!
//! An administrator sees figures and may press the button; words are for coordinators. Learning itself is `jobs`' work.

use super::Desk;
use super::access::back_to;
use super::error::Error;
use super::extract::{Asked, Named, Posted};
use super::lesson::masked;
use super::moment::Moment;
use super::page::{Page, Visit, render};
use super::texts::Texts;
use super::topics;
use crate::clock::Timestamp;
use crate::domain::account::Permission;
use crate::domain::lesson::{Comparison, Fit, FitState, Label, Lesson, LessonId, Month, Need, PENDING_S, TopicPicks};
use crate::store::StoreError;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

/// Lessons shown at once: they are read one by one.
const WAITING: u32 = 20;
/// Months of figures, this one among them.
const MONTHS: i32 = 12;
/// Below so many, a share is said to be of few.
const FEW: usize = 30;

#[derive(Template)]
#[template(path = "learning.html")]
struct LearningPage {
    page: Page,
    may_review: bool,
    waiting: Vec<LessonView>,
    waiting_count: usize,
    pending_days: i64,
    accepted: Vec<LessonView>,
    accepted_count: usize,
    is_asked: bool,
    last: Option<FitView>,
    needs: Vec<(&'static str, String)>,
    topics: Vec<(&'static str, String)>,
    months: Vec<MonthView>,
    /// The month that the tables below are of; empty for all.
    chosen: String,
    corrections: Vec<(String, Vec<usize>)>,
    corrected: usize,
    picks: Vec<(String, TopicPicks)>,
    few_picks: bool,
}

struct LessonView {
    id: i64,
    kind: &'static str,
    at: Moment,
    by: String,
    judged: String,
    text: String,
    need: &'static str,
    need_words: String,
    topic: String,
    topic_words: String,
    second: String,
}

struct FitView {
    state: &'static str,
    is_good: bool,
    asked_at: Moment,
    asked_by: String,
    comparison: Option<Comparison>,
}

struct MonthView {
    month: Month,
    name: String,
    precision: Option<usize>,
    few: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    month: String,
    done: Option<String>,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    Asked(query): Asked<Query>,
) -> Result<Response, Error> {
    let may_review = visit.may(Permission::ReviewLessons);
    let zone = visit.zone().clone();
    let today = visit.now.to_jiff().to_zoned(zone.clone()).date();
    let first = today.first_of_month().saturating_sub((MONTHS - 1).months());
    let whole = (midnight(&visit, first)?, visit.now.plus_s(1));
    let chosen = format!("{}-01", query.month).parse::<Date>().ok();
    let span = match chosen {
        Some(day) => (midnight(&visit, day)?, midnight(&visit, day.saturating_add(1.month()))?),
        None => whole,
    };
    let month_of = move |at: Timestamp| at.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m").to_string();
    let (waiting, waiting_count, accepted, fits, months, corrections, picks) = desk
        .store
        .read(move |tx| {
            Ok::<_, StoreError>((
                if may_review { tx.pending_lessons(WAITING)? } else { Vec::new() },
                tx.count_pending_lessons()?,
                tx.accepted_lessons()?,
                tx.fits(2)?,
                tx.months(whole.0, whole.1, month_of)?,
                tx.corrections(span.0, span.1)?,
                tx.picks(span.0, span.1)?,
            ))
        })
        .await?;
    let texts = visit.texts();
    let view = |l: Lesson| lesson_view(l, &visit);
    let accepted_count = accepted.len();
    let corrected = corrections.iter().flatten().sum();
    render(&LearningPage {
        page: visit.page("learning").with_notice(query.done.as_deref()),
        may_review,
        waiting: waiting.into_iter().map(view).collect(),
        waiting_count,
        pending_days: PENDING_S / 86_400,
        accepted: if may_review { accepted.into_iter().map(view).collect() } else { Vec::new() },
        accepted_count,
        is_asked: fits.first().is_some_and(|f| f.state == FitState::Asked),
        last: fits.into_iter().find(|f| f.state != FitState::Asked).map(|f| fit_view(f, &visit)),
        needs: Need::ALL.map(|n| (n.as_str(), texts.word("need", n.as_str()))).to_vec(),
        topics: topics::needs().map(|id| (id, texts.word("topic", id))).collect(),
        months: months.into_iter().map(month_view).collect(),
        chosen: chosen.map(|day| day.strftime("%Y-%m").to_string()).unwrap_or_default(),
        corrections: Need::ALL
            .iter()
            .zip(corrections)
            .map(|(need, row)| (texts.word("need", need.as_str()), row.to_vec()))
            .collect(),
        corrected,
        few_picks: picks.iter().map(TopicPicks::sum).sum::<usize>() < FEW,
        picks: picks.into_iter().map(|p| (texts.word("topic", &p.topic), p)).collect(),
    })
}

fn midnight(visit: &Visit, day: Date) -> Result<Timestamp, Error> {
    let start = day.to_zoned(visit.zone().clone()).map_err(|e| Error::Internal(format!("date: {e}")))?;
    Ok(start.timestamp().into())
}

fn label_words(label: &Label, texts: Texts) -> String {
    let need = label.need.map(|n| texts.word("need", n.as_str()));
    let topics = label.topics.iter().map(|t| texts.word("topic", t));
    need.into_iter().chain(topics).collect::<Vec<_>>().join(" · ")
}

fn lesson_view(lesson: Lesson, visit: &Visit) -> LessonView {
    let texts = visit.texts();
    let topic = |n: usize| lesson.label.topics.get(n).cloned().unwrap_or_default();
    LessonView {
        id: lesson.id.0,
        kind: lesson.kind.as_str(),
        at: visit.moments().show(lesson.at),
        by: lesson.by.clone().unwrap_or_default(),
        judged: label_words(&lesson.judged, texts),
        need: lesson.label.need.map_or("", Need::as_str),
        need_words: lesson.label.need.map(|n| texts.word("need", n.as_str())).unwrap_or_default(),
        topic_words: lesson.label.topics.iter().map(|t| texts.word("topic", t)).collect::<Vec<_>>().join(" · "),
        topic: topic(0),
        second: topic(1),
        text: lesson.text.into_inner(),
    }
}

fn fit_view(fit: Fit, visit: &Visit) -> FitView {
    FitView {
        state: fit.state.as_str(),
        is_good: fit.state.as_str() == "taken",
        asked_at: visit.moments().show(fit.ended_at.unwrap_or(fit.asked_at)),
        asked_by: fit.asked_by.unwrap_or_default(),
        comparison: fit.comparison,
    }
}

fn month_view(month: Month) -> MonthView {
    let right = month.alarms - month.false_alarms;
    MonthView {
        name: month.month.clone(),
        precision: (right * 100).checked_div(month.alarms),
        few: month.alarms < FEW,
        month,
    }
}

/// Has the program learn from what was accepted.
pub(super) async fn ask(State(desk): State<Desk>, visit: Visit) -> Result<Response, Error> {
    let (by, now) = (visit.account()?.id, visit.now);
    desk.store.write(move |tx| tx.ask_for_fit(Some(by), now)).await?;
    Ok(back_to("/learning", "learning-asked"))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AcceptForm {
    text: String,
    need: String,
    topic: String,
    second: String,
}

pub(super) async fn accept(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<AcceptForm>,
) -> Result<Response, Error> {
    let (id, by, now) = (LessonId(id), visit.account()?.id, visit.now);
    // Once more: what a coordinator pastes may hold what was masked before.
    let text = masked(form.text.replace("\r\n", "\n").trim(), None);
    let need = Need::find(&form.need);
    let mut chosen: Vec<String> = Vec::new();
    for topic in [form.topic, form.second].into_iter().filter(|_| need != Some(Need::Nothing)) {
        if topics::needs().any(|id| id == topic) && !chosen.contains(&topic) {
            chosen.push(topic);
        }
    }
    if text.is_empty() || (need.is_none() && chosen.is_empty()) {
        return Err(Error::BadForm("error-lesson"));
    }
    let label = Label { need, topics: chosen };
    desk.store.write(move |tx| tx.accept_lesson(id, &text, &label, by, now)).await?;
    Ok(back_to("/learning#waiting", "lesson-accepted"))
}

/// Refuses a lesson, or takes an accepted one out.
pub(super) async fn reject(State(desk): State<Desk>, visit: Visit, Named(id): Named<i64>) -> Result<Response, Error> {
    let (id, by, now) = (LessonId(id), visit.account()?.id, visit.now);
    desk.store.write(move |tx| tx.reject_lesson(id, by, now)).await?;
    Ok(back_to("/learning#waiting", "lesson-rejected"))
}
