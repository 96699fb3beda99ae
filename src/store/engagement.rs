//! Engagement by thread and day, counted from looks and posts. Nicknames are compared here and never leave.

use super::{Result, Tx, at, s};
use crate::clock::Timestamp;
use crate::domain::engagement::EngagementDay;
use rusqlite::params;
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Default)]
struct Day {
    /// How often the thread had moved when these were counted: each place counts from a start of its own.
    place: usize,
    views: Option<u64>,
    replies: Option<u64>,
    looks: u64,
    new_posts: u64,
    own_posts: u64,
    requests: u64,
    authors: HashSet<String>,
}

impl Tx<'_> {
    /// Rows for every thread and day in `[from, to)` on which something was seen or written, by thread and day.
    ///
    /// `day_of` gives the calendar day of a moment in the zone named `time_zone`.
    pub fn engagement(
        &self,
        from: Timestamp,
        to: Timestamp,
        time_zone: &str,
        day_of: impl Fn(Timestamp) -> String,
    ) -> Result<Vec<EngagementDay>> {
        let mut days: BTreeMap<(i64, String), Day> = BTreeMap::new();
        let moves = self.move_times()?;
        let place = |thread: i64, seen_at| {
            moves.get(&thread).map_or(0, |moves| moves.iter().filter(|at| **at <= seen_at).count())
        };
        for row in self.looks_between(from, to)? {
            let day = days.entry((row.thread_id.0, day_of(row.look.at))).or_default();
            let place = place(row.thread_id.0, row.look.at);
            if place != day.place {
                (day.place, day.views, day.replies) = (place, None, None);
            }
            day.looks += u64::from(row.look.pages > 0);
            day.views = day.views.max(row.look.views);
            day.replies = row.look.replies.or(day.replies);
        }
        let mut statement = self.db.prepare_cached(
            "SELECT p.thread_id, ifnull(p.posted_at, p.first_seen_at) AS at, p.is_own, ifnull(p.author, 'post ' || p.id), \
             EXISTS (SELECT 1 FROM cases c WHERE c.post_id = p.id) FROM posts p \
             WHERE ifnull(p.posted_at, p.first_seen_at) >= ?1 AND ifnull(p.posted_at, p.first_seen_at) < ?2 \
             AND p.repeats IS NULL",
        )?;
        let posts = statement.query_map(params![s(from), s(to)], |row| {
            Ok((row.get::<_, i64>(0)?, at(row.get(1)?), row.get::<_, bool>(2)?, row.get(3)?, row.get::<_, bool>(4)?))
        })?;
        for row in posts {
            let (thread, posted_at, is_own, author, asks) = row?;
            let day = days.entry((thread, day_of(posted_at))).or_default();
            if is_own {
                day.own_posts += 1;
            } else {
                day.new_posts += 1;
                day.requests += u64::from(asks);
                day.authors.insert(author);
            }
        }
        let threads: BTreeMap<i64, (String, String)> =
            self.threads()?.into_iter().map(|t| (t.id.0, (t.forum, t.forum_thread_id))).collect();
        let mut last_views: BTreeMap<i64, (usize, u64)> = BTreeMap::new();
        let mut rows = Vec::with_capacity(days.len());
        for ((thread, day), counted) in days {
            let Some((forum, forum_thread_id)) = threads.get(&thread) else { continue };
            let before = match last_views.get(&thread) {
                Some(&known) => Some(known),
                None => self.views_before(thread, from)?.map(|(views, seen_at)| (place(thread, seen_at), views)),
            };
            let before = before.filter(|(place, _)| *place == counted.place).map(|(_, views)| views);
            if let Some(views) = counted.views {
                last_views.insert(thread, (counted.place, views));
            }
            rows.push(EngagementDay {
                day,
                time_zone: time_zone.to_owned(),
                forum: forum.clone(),
                thread: forum_thread_id.clone(),
                thread_no: thread,
                views: counted.views,
                new_views: counted.views.zip(before).and_then(|(now, before)| now.checked_sub(before)),
                replies: counted.replies,
                new_posts: counted.new_posts,
                participants: counted.authors.len() as u64,
                own_posts: counted.own_posts,
                requests: counted.requests,
                looks: counted.looks,
            });
        }
        Ok(rows)
    }

    /// When each thread that moved did so.
    fn move_times(&self) -> Result<HashMap<i64, Vec<Timestamp>>> {
        let mut statement = self.db.prepare_cached("SELECT thread_id, at FROM moves")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, at(row.get(1)?))))?;
        let mut moves: HashMap<i64, Vec<Timestamp>> = HashMap::new();
        for row in rows {
            let (thread, moved_at) = row?;
            moves.entry(thread).or_default().push(moved_at);
        }
        Ok(moves)
    }

    /// The last view count of a thread before a moment, and when it was seen.
    fn views_before(&self, thread: i64, before: Timestamp) -> Result<Option<(u64, Timestamp)>> {
        use rusqlite::OptionalExtension;
        Ok(self
            .db
            .query_row(
                "SELECT views, at FROM looks WHERE thread_id = ?1 AND at < ?2 AND views IS NOT NULL \
                 ORDER BY at DESC LIMIT 1",
                params![thread, s(before)],
                |row| Ok((row.get(0)?, at(row.get(1)?))),
            )
            .optional()?)
    }
}
