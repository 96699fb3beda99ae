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

    #[test]
    fn columns_are_the_fields_in_their_order() {
        let row = EngagementDay {
            day: "2026-11-22".into(),
            time_zone: "UTC".into(),
            forum: "f".into(),
            thread: "1".into(),
            thread_no: 1,
            views: None,
            new_views: None,
            replies: None,
            new_posts: 0,
            participants: 0,
            own_posts: 0,
            requests: 0,
            looks: 0,
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(&row).expect("serialises");
        let text = String::from_utf8(writer.into_inner().expect("flushes")).expect("utf-8");
        assert_eq!(text.lines().next(), Some(EngagementDay::COLUMNS.join(",").as_str()));
    }
}
