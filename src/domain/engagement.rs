//! Engagement of a thread by day: what coordinators are told, free of nicknames.

use serde::{Deserialize, Serialize};

/// One thread on one day (in the desk's time zone). Columns are defined here once; screen, CSV and JSON show the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngagementDay {
    /// `YYYY-MM-DD`, a day of `time_zone`.
    pub day: String,
    pub time_zone: String,
    pub forum: String,
    /// The forum's id of the thread.
    pub thread: String,
    /// The program's name for the thread: its number in `thread list`. Titles stay out of exports.
    pub thread_no: i64,
    /// The highest view count seen that day, as the forum counts (it counts our own looks too); empty where the forum
    /// shows none.
    pub views: Option<u64>,
    /// Views gained since the last earlier day with a count; empty when there is none, or when the forum's counter was
    /// set back.
    pub new_views: Option<u64>,
    /// Replies as the forum showed them at the last look of the day.
    pub replies: Option<u64>,
    /// Posts written that day by anybody but the NGO, by the forum's time (the time first seen where it shows none).
    pub new_posts: u64,
    /// Different authors of those posts.
    pub participants: u64,
    /// Posts of the NGO's accounts that day.
    pub own_posts: u64,
    /// Cases opened by posts of that day.
    pub requests: u64,
    /// Looks that day.
    pub looks: u64,
}

/// The rows as CSV with a head line: the same file from the desk and from the command line. Text that a spreadsheet would
/// take for a formula is quoted with an apostrophe.
pub fn to_csv(rows: &[EngagementDay]) -> Result<String, csv::Error> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(EngagementDay::COLUMNS)?;
    for row in rows {
        writer.serialize(EngagementDay {
            day: harmless(&row.day),
            time_zone: harmless(&row.time_zone),
            forum: harmless(&row.forum),
            thread: harmless(&row.thread),
            ..row.clone()
        })?;
    }
    let bytes = writer.into_inner().map_err(|e| csv::Error::from(e.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

impl EngagementDay {
    /// The columns in their order, for an empty table.
    pub const COLUMNS: [&'static str; 13] = [
        "day",
        "time_zone",
        "forum",
        "thread",
        "thread_no",
        "views",
        "new_views",
        "replies",
        "new_posts",
        "participants",
        "own_posts",
        "requests",
        "looks",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(thread: &str) -> EngagementDay {
        EngagementDay {
            day: "2026-11-22".into(),
            time_zone: "UTC".into(),
            forum: "f".into(),
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
    fn columns_are_the_fields_in_their_order() {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row("1")).expect("serialises");
        let text = String::from_utf8(writer.into_inner().expect("flushes")).expect("utf-8");
        assert_eq!(text.lines().next(), Some(EngagementDay::COLUMNS.join(",").as_str()));
    }

    #[test]
    fn file_has_a_head_line_empty_cells_for_the_unknown_and_no_formula() {
        assert_eq!(to_csv(&[]).expect("writes"), EngagementDay::COLUMNS.join(",") + "\n");
        let file = to_csv(&[row("=1+1")]).expect("writes");
        assert_eq!(file.lines().nth(1), Some("2026-11-22,UTC,f,'=1+1,1,10,,,2,1,0,1,3"));
    }
}
