//! Engagement by thread and day: on the screen and as CSV, from the same rows of `store`.
//!
//! No nicknames and no titles in the file. The spreadsheet export with several sheets is the command line's.

use super::Desk;
use super::error::Error;
use super::extract::Asked;
use super::page::{Page, Visit, render};
use super::queue::excerpt;
use crate::clock::Timestamp;
use crate::domain::engagement::{self, EngagementDay};
use crate::store::StoreError;
use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Days shown unless others are asked for.
const DAYS: i64 = 14;
/// The longest report that a page may ask for.
const MAX_DAYS: i32 = 400;
/// Rows on the screen; the file has all.
const ROWS: usize = 150;
const TITLE_CHARS: usize = 32;

#[derive(Template)]
#[template(path = "engagement.html")]
struct EngagementPage {
    page: Page,
    from: String,
    to: String,
    zone: String,
    sums: Vec<Sum>,
    rows: Vec<EngagementDay>,
    titles: BTreeMap<i64, String>,
    hidden: usize,
}

impl EngagementPage {
    fn title(&self, thread: &i64) -> String {
        self.titles.get(thread).cloned().unwrap_or_else(|| format!("№ {thread}"))
    }

    /// For the rows of days, where the title is repeated.
    fn short_title(&self, thread: &i64) -> String {
        excerpt(&self.title(thread), TITLE_CHARS)
    }
}

/// A thread over the whole span.
struct Sum {
    thread: i64,
    /// `None` where the forum never told views on two days.
    new_views: Option<u64>,
    new_posts: u64,
    own_posts: u64,
    requests: u64,
    /// Replies at the end.
    replies: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Span {
    from: String,
    /// The last day, itself included.
    to: String,
    days: i64,
}

/// The days of a report, both included.
struct Days {
    first: Date,
    last: Date,
}

impl Span {
    /// What was asked for, put right: never empty, never endless, not beyond today.
    fn days(&self, visit: &Visit) -> Days {
        let today = visit.now.to_jiff().to_zoned(visit.zone().clone()).date();
        let last = self.to.parse::<Date>().unwrap_or(today).min(today);
        let days = if self.days > 0 { self.days.min(i64::from(MAX_DAYS)) } else { DAYS };
        let first = self.from.parse::<Date>().unwrap_or_else(|_| last.saturating_sub((days - 1).days()));
        Days { first: first.clamp(last.saturating_sub((MAX_DAYS - 1).days()), last), last }
    }
}

async fn rows(desk: &Desk, visit: &Visit, days: &Days) -> Result<Vec<EngagementDay>, Error> {
    let zone = visit.zone().clone();
    let from = midnight(days.first, &zone)?;
    let to = midnight(days.last.saturating_add(1.day()), &zone)?;
    let name = zone_name(&zone);
    desk.store
        .read(move |tx| tx.engagement(from, to, &name, |at| at.to_jiff().to_zoned(zone.clone()).date().to_string()))
        .await
        .map_err(|e: StoreError| e.into())
}

fn midnight(day: Date, zone: &TimeZone) -> Result<Timestamp, Error> {
    let start = day.to_zoned(zone.clone()).map_err(|e| Error::Internal(format!("date: {e}")))?;
    Ok(start.timestamp().into())
}

fn zone_name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

pub(super) async fn list(State(desk): State<Desk>, visit: Visit, Asked(span): Asked<Span>) -> Result<Response, Error> {
    let days = span.days(&visit);
    let mut rows = rows(&desk, &visit, &days).await?;
    let titles = desk.store.read(|tx| tx.threads()).await?;
    let sums = sums(&rows);
    // The latest day first, as somebody reads who wants to know how it goes.
    rows.sort_by(|a, b| b.day.cmp(&a.day).then(a.thread_no.cmp(&b.thread_no)));
    let hidden = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    render(&EngagementPage {
        page: visit.page("engagement"),
        from: days.first.to_string(),
        to: days.last.to_string(),
        zone: zone_name(visit.zone()),
        sums,
        rows,
        titles: titles.into_iter().filter_map(|t| Some((t.id.0, t.title?.into_inner()))).collect(),
        hidden,
    })
}

fn sums(rows: &[EngagementDay]) -> Vec<Sum> {
    let mut sums: BTreeMap<i64, Sum> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(row.thread_no).or_insert(Sum {
            thread: row.thread_no,
            new_views: None,
            new_posts: 0,
            own_posts: 0,
            requests: 0,
            replies: None,
        });
        sum.new_views = row.new_views.map(|n| n + sum.new_views.unwrap_or(0)).or(sum.new_views);
        sum.new_posts += row.new_posts;
        sum.own_posts += row.own_posts;
        sum.requests += row.requests;
        sum.replies = row.replies.or(sum.replies);
    }
    sums.into_values().collect()
}

pub(super) async fn csv(State(desk): State<Desk>, visit: Visit, Asked(span): Asked<Span>) -> Result<Response, Error> {
    let days = span.days(&visit);
    let rows = rows(&desk, &visit, &days).await?;
    let file = engagement::to_csv(&rows).map_err(|e| Error::Internal(format!("csv: {e}")))?;
    let name = format!("attachment; filename=\"engagement-{}-{}.csv\"", days.first, days.last);
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)], file)
        .into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(thread: &str) -> EngagementDay {
        EngagementDay {
            day: "2026-11-20".into(),
            time_zone: "Europe/Moscow".into(),
            forum: "sample".into(),
            thread: thread.into(),
            thread_no: 1,
            views: Some(10),
            new_views: None,
            replies: None,
            new_posts: 2,
            participants: 1,
            own_posts: 0,
            requests: 1,
            looks: 3,
        }
    }

    #[test]
    fn sums_are_over_the_span_and_unknown_views_stay_unknown() {
        assert_eq!(sums(&[day("1")])[0].new_views, None);
        let mut second = day("1");
        second.new_views = Some(5);
        second.replies = Some(7);
        let sums = sums(&[day("1"), second]);
        assert_eq!((sums[0].new_views, sums[0].new_posts, sums[0].replies), (Some(5), 4, Some(7)));
    }
}
