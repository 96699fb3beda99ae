//! The NGO's threads and the looks at them.

use super::{Result, StoreError, Tx, at, at_opt, from_json, s, s_opt, to_json, word};
use crate::clock::Timestamp;
use crate::domain::look::Matched;
use crate::domain::thread::{Listing, LookState, PostId, Thread, ThreadId};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::HashMap;

/// A thread to be put on the list.
#[derive(Clone, Debug)]
pub struct NewThread {
    pub forum: String,
    pub forum_thread_id: String,
    /// Relative to the forum's address.
    pub path: String,
    pub now: Timestamp,
}

/// What one look at a thread came to, to be written down.
#[derive(Clone, Debug)]
pub struct LookSummary {
    pub at: Timestamp,
    pub state: LookState,
    pub pages: u32,
    pub views: Option<u64>,
    pub replies: Option<u64>,
    pub new_posts: usize,
    pub edited_posts: usize,
    pub vanished_posts: usize,
    pub complaints: Vec<String>,
    /// `None` where no page was read.
    pub matched: Option<Matched>,
}

/// A look as it was written down.
#[derive(Clone, Debug)]
pub struct LookRow {
    pub thread_id: ThreadId,
    pub look: LookSummary,
}

/// A thread with what planning needs to know of it.
#[derive(Clone, Debug)]
pub struct ListedThreadRow {
    pub thread: Thread,
    pub list_path: Option<String>,
    /// When its list was last read.
    pub listed_at: Option<Timestamp>,
    /// Its list shows when it changes.
    pub shown_on_list: bool,
    pub first_post_at: Option<Timestamp>,
}

fn thread(row: &Row<'_>) -> rusqlite::Result<Thread> {
    let state: Option<String> = row.get("last_state")?;
    Ok(Thread {
        id: ThreadId(row.get("id")?),
        forum: row.get("forum")?,
        forum_thread_id: row.get("forum_thread_id")?,
        path: row.get::<_, String>("path")?.into(),
        title: row.get::<_, Option<String>>("title")?.map(Into::into),
        last_page_path: row.get::<_, Option<String>>("last_page_path")?.map(Into::into),
        closed: row.get("closed")?,
        added_at: at(row.get("added_at")?),
        whole_read_at: at_opt(row.get("whole_read_at")?),
        needs_whole_read: row.get("needs_whole_read")?,
        next_look_at: at(row.get("next_look_at")?),
        next_look_why: row.get("next_look_why")?,
        last_look_at: at_opt(row.get("last_look_at")?),
        last_success_at: at_opt(row.get("last_success_at")?),
        failed_looks: row.get("failed_looks")?,
        last_state: state.map(|text| word(LookState::find, &text)).transpose()?,
    })
}

fn look(row: &Row<'_>) -> rusqlite::Result<LookRow> {
    Ok(LookRow {
        thread_id: ThreadId(row.get("thread_id")?),
        look: LookSummary {
            at: at(row.get("at")?),
            state: word(LookState::find, &row.get::<_, String>("state")?)?,
            pages: row.get("pages")?,
            views: row.get("views")?,
            replies: row.get("replies")?,
            new_posts: row.get("new_posts")?,
            edited_posts: row.get("edited_posts")?,
            vanished_posts: row.get("vanished_posts")?,
            complaints: from_json(&row.get::<_, String>("complaints")?)?,
            matched: row.get::<_, Option<String>>("matched")?.map(|json| from_json(&json)).transpose()?,
        },
    })
}

impl Tx<'_> {
    /// # Errors
    /// `Conflict` when the thread is on the list already.
    pub fn add_thread(&self, new: &NewThread) -> Result<ThreadId> {
        self.db.execute(
            "INSERT INTO threads (forum, forum_thread_id, path, added_at, next_look_at, next_look_why) \
             VALUES (?1, ?2, ?3, ?4, ?4, 'new')",
            params![new.forum, new.forum_thread_id, new.path, s(new.now)],
        )?;
        Ok(ThreadId(self.db.last_insert_rowid()))
    }

    /// Takes a thread off the list, with its posts, cases and looks.
    pub fn remove_thread(&self, id: ThreadId) -> Result<()> {
        if self.db.execute("DELETE FROM threads WHERE id = ?1", [id.0])? == 1 {
            Ok(())
        } else {
            Err(StoreError::NotFound)
        }
    }

    pub fn threads(&self) -> Result<Vec<Thread>> {
        let mut statement = self.db.prepare_cached("SELECT * FROM threads ORDER BY id")?;
        let rows = statement.query_map([], thread)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn thread(&self, id: ThreadId) -> Result<Thread> {
        Ok(self.db.query_row("SELECT * FROM threads WHERE id = ?1", [id.0], thread)?)
    }

    pub fn find_thread(&self, forum: &str, forum_thread_id: &str) -> Result<Option<Thread>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM threads WHERE forum = ?1 AND forum_thread_id = ?2",
                params![forum, forum_thread_id],
                thread,
            )
            .optional()?)
    }

    /// The thread of a forum whose next look is due first. A look planned for later than `horizon` was planned by a clock
    /// that ran ahead, and is due too.
    pub fn find_due_thread(&self, forum: &str, now: Timestamp, horizon: Timestamp) -> Result<Option<Thread>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM threads WHERE forum = ?1 AND (next_look_at <= ?2 OR next_look_at > ?3) \
                 ORDER BY next_look_at LIMIT 1",
                params![forum, s(now), s(horizon)],
                thread,
            )
            .optional()?)
    }

    /// Writes down how a look ended, on the thread and in its history.
    pub fn record_look(&self, id: ThreadId, look: &LookSummary) -> Result<()> {
        self.db.execute(
            "INSERT INTO looks (thread_id, at, state, pages, views, replies, new_posts, edited_posts, vanished_posts, \
             complaints, matched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                id.0,
                s(look.at),
                look.state.as_str(),
                look.pages,
                look.views,
                look.replies,
                look.new_posts,
                look.edited_posts,
                look.vanished_posts,
                to_json(&look.complaints)?,
                look.matched.as_ref().map(to_json).transpose()?,
            ],
        )?;
        let success = look.state.is_success();
        self.db.execute(
            "UPDATE threads SET last_look_at = ?2, last_state = ?3, \
             last_success_at = CASE WHEN ?4 THEN ?2 ELSE last_success_at END, \
             failed_looks = CASE WHEN ?4 THEN 0 ELSE failed_looks + 1 END WHERE id = ?1",
            params![id.0, s(look.at), look.state.as_str(), success],
        )?;
        Ok(())
    }

    /// Remembers what a healthy page told of its thread. `None` leaves what was known.
    pub fn update_thread(&self, id: ThreadId, title: Option<&str>, closed: Option<bool>) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET title = ifnull(?2, title), closed = ifnull(?3, closed) WHERE id = ?1",
            params![id.0, title, closed],
        )?;
        Ok(())
    }

    /// Writes down the counts a thread list showed, beside the looks at the thread itself (`pages` is 0); counts that have
    /// stood there since `unchanged_since` are not written again.
    pub fn record_listing(
        &self,
        id: ThreadId,
        views: Option<u64>,
        replies: Option<u64>,
        unchanged_since: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        self.db.execute(
            "INSERT INTO looks (thread_id, at, state, pages, views, replies, new_posts, edited_posts, vanished_posts, \
             complaints) SELECT ?1, ?2, ?3, 0, ?4, ?5, 0, 0, 0, '[]' WHERE NOT EXISTS (SELECT 1 FROM looks \
             WHERE thread_id = ?1 AND pages = 0 AND state = ?3 AND at > ?6 AND views IS ?4 AND replies IS ?5)",
            params![id.0, s(now), LookState::Ok.as_str(), views, replies, s(unchanged_since)],
        )?;
        Ok(())
    }

    /// What a list showed of the thread when it was last read.
    pub fn listing(&self, id: ThreadId) -> Result<Listing> {
        Ok(self.db.query_row(
            "SELECT ifnull(listed_replies, (SELECT replies FROM looks WHERE thread_id = threads.id AND pages > 0 \
             AND replies IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1)), listed_last_post_at FROM threads WHERE id = ?1",
            [id.0],
            |row| Ok(Listing { replies: row.get(0)?, last_post_at: at_opt(row.get(1)?) }),
        )?)
    }

    /// Remembers what a list shows of the thread now.
    pub fn save_listing(&self, id: ThreadId, replies: Option<u64>, last_post_at: Option<Timestamp>) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET listed_replies = ?2, listed_last_post_at = ?3 WHERE id = ?1",
            params![id.0, replies, s_opt(last_post_at)],
        )?;
        Ok(())
    }

    /// A list could not be read: its threads are looked at themselves until it can.
    pub fn forget_listing(&self, forum: &str, list_path: &str) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET listed_replies = NULL, listed_last_post_at = NULL WHERE forum = ?1 AND list_path = ?2",
            params![forum, list_path],
        )?;
        Ok(())
    }

    /// The threads of a forum, with what planning needs beside.
    pub fn listed_threads(&self, forum: &str) -> Result<Vec<ListedThreadRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT *, (SELECT min(ifnull(posted_at, first_seen_at)) FROM posts WHERE thread_id = threads.id) AS first_post_at \
             FROM threads WHERE forum = ?1 ORDER BY id",
        )?;
        let rows = statement.query_map([forum], |row| {
            let shown: Option<i64> = row.get("listed_replies")?;
            let dated: Option<i64> = row.get("listed_last_post_at")?;
            Ok(ListedThreadRow {
                thread: thread(row)?,
                list_path: row.get("list_path")?,
                listed_at: at_opt(row.get("listed_at")?),
                shown_on_list: shown.is_some() || dated.is_some(),
                first_post_at: at_opt(row.get("first_post_at")?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Posts of a forum's threads that were stored after `after` and written since `since`, in the order in which they
    /// were written.
    pub fn posts_after(
        &self,
        forum: &str,
        after: PostId,
        since: Timestamp,
    ) -> Result<Vec<(PostId, ThreadId, Timestamp)>> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.id, p.thread_id, ifnull(p.posted_at, p.first_seen_at) AS at FROM posts p \
             JOIN threads t ON t.id = p.thread_id WHERE t.forum = ?1 AND t.whole_read_at IS NOT NULL AND p.id > ?2 \
             AND NOT p.is_own AND p.repeats IS NULL AND at >= ?3 ORDER BY at",
        )?;
        let rows = statement.query_map(params![forum, after.0, s(since)], |row| {
            Ok((PostId(row.get(0)?), ThreadId(row.get(1)?), at(row.get(2)?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How much a post weighs in each thread of a forum: 1, and up to 4 where every post opens an emergency.
    pub fn urgency_weights(&self, forum: &str, since: Timestamp) -> Result<HashMap<ThreadId, f64>> {
        let mut statement = self.db.prepare_cached(
            "SELECT t.id, (SELECT count(*) FROM posts p WHERE p.thread_id = t.id AND NOT p.is_own), \
             (SELECT coalesce(sum(CASE c.urgency WHEN 'emergency' THEN 3 WHEN 'soon' THEN 1 ELSE 0 END), 0) FROM cases c \
             WHERE c.thread_id = t.id AND c.opened_at >= ?2) FROM threads t WHERE t.forum = ?1",
        )?;
        let rows = statement.query_map(params![forum, s(since)], |row| {
            let (posts, urgent): (u32, u32) = (row.get(1)?, row.get(2)?);
            Ok((ThreadId(row.get(0)?), 1.0 + f64::from(urgent) / f64::from(posts.max(1))))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The list a thread stands in, as its own page links it.
    pub fn set_list(&self, id: ThreadId, path: &str) -> Result<()> {
        self.db.execute("UPDATE threads SET list_path = ?2 WHERE id = ?1", params![id.0, path])?;
        Ok(())
    }

    /// A list of this forum whose counts nobody took since `before`, for threads added before `added_before`.
    pub fn find_due_list(&self, forum: &str, before: Timestamp, added_before: Timestamp) -> Result<Option<String>> {
        Ok(self
            .db
            .query_row(
                "SELECT list_path FROM threads WHERE forum = ?1 AND list_path IS NOT NULL AND added_at <= ?3 \
                 AND ifnull(listed_at, 0) <= ?2 ORDER BY listed_at LIMIT 1",
                params![forum, s(before), s(added_before)],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// The list was read: its threads are not due again for a while, whether they were found on it or not.
    pub fn set_listed(&self, forum: &str, list_path: &str, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET listed_at = ?3 WHERE forum = ?1 AND list_path = ?2",
            params![forum, list_path, s(now)],
        )?;
        Ok(())
    }

    pub fn set_last_page(&self, id: ThreadId, path: &str) -> Result<()> {
        self.db.execute("UPDATE threads SET last_page_path = ?2 WHERE id = ?1", params![id.0, path])?;
        Ok(())
    }

    /// The thread was read from its first page to its last: nothing is amiss any more. Where pages held more than was
    /// found (not `surely`), what is known is not yet the whole of the thread's past.
    pub fn set_whole_read(&self, id: ThreadId, surely: bool, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET whole_read_at = ?2, needs_whole_read = 0, \
             first_whole_read_at = ifnull(first_whole_read_at, CASE WHEN ?3 THEN ?2 END) WHERE id = ?1",
            params![id.0, s(now), surely],
        )?;
        Ok(())
    }

    /// What is known of the thread now is its past; said once.
    pub fn set_first_reading(&self, id: ThreadId, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET first_whole_read_at = ?2 WHERE id = ?1 AND first_whole_read_at IS NULL",
            params![id.0, s(now)],
        )?;
        Ok(())
    }

    /// Pages between what was known and the end are being read: until that is done, the thread counts as not read whole,
    /// so that whatever interrupts it leads to a whole reading. `None` says so; the earlier moment takes it back.
    pub fn set_whole_read_at(&self, id: ThreadId, at: Option<Timestamp>) -> Result<()> {
        self.db.execute("UPDATE threads SET whole_read_at = ?2 WHERE id = ?1", params![id.0, s_opt(at)])?;
        Ok(())
    }

    pub fn ask_whole_read(&self, id: ThreadId) -> Result<()> {
        self.db.execute("UPDATE threads SET needs_whole_read = 1 WHERE id = ?1", [id.0])?;
        Ok(())
    }

    pub fn set_next_look(&self, id: ThreadId, at: Timestamp, why: &str) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET next_look_at = ?2, next_look_why = ?3 WHERE id = ?1",
            params![id.0, s(at), why],
        )?;
        Ok(())
    }

    /// When the thread's latest post was written, as far as is known.
    pub fn last_post_at(&self, id: ThreadId) -> Result<Option<Timestamp>> {
        let latest: Option<i64> = self.db.query_row(
            "SELECT max(ifnull(posted_at, first_seen_at)) FROM posts WHERE thread_id = ?1 AND left_by IS NULL",
            [id.0],
            |row| row.get(0),
        )?;
        Ok(at_opt(latest))
    }

    /// The latest looks at a thread, newest first.
    pub fn looks(&self, id: ThreadId, limit: u32) -> Result<Vec<LookRow>> {
        let mut statement =
            self.db.prepare_cached("SELECT * FROM looks WHERE thread_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2")?;
        let rows = statement.query_map(params![id.0, limit], look)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The latest look at which everything was found that belongs on its pages.
    pub fn find_last_healthy_look(&self, id: ThreadId) -> Result<Option<LookRow>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM looks WHERE thread_id = ?1 AND state = 'ok' AND matched IS NOT NULL \
                 ORDER BY at DESC, id DESC LIMIT 1",
                [id.0],
                look,
            )
            .optional()?)
    }

    /// The latest look at the thread itself; readings of lists do not count.
    pub fn find_latest_look(&self, id: ThreadId) -> Result<Option<LookRow>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM looks WHERE thread_id = ?1 AND NOT (pages = 0 AND state = 'ok') \
                 ORDER BY at DESC, id DESC LIMIT 1",
                [id.0],
                look,
            )
            .optional()?)
    }

    /// Threads of a forum that could not be reached are looked at now: one of them was just reached.
    pub fn retry_unreachable(&self, forum: &str, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET next_look_at = ?2, next_look_why = 'forum_is_back' WHERE forum = ?1 \
             AND last_state = 'unreachable' AND next_look_at > ?2",
            params![forum, s(now)],
        )?;
        Ok(())
    }

    /// How the latest looks at the thread itself ended, newest first; readings of lists do not count.
    pub fn look_states(&self, id: ThreadId, limit: u32) -> Result<Vec<LookState>> {
        let mut statement = self.db.prepare_cached(
            "SELECT state FROM looks WHERE thread_id = ?1 AND NOT (pages = 0 AND state = 'ok') \
             ORDER BY at DESC, id DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![id.0, limit], |row| word(LookState::find, &row.get::<_, String>(0)?))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Threads that wait because the account was kept out are looked at again: somebody may have mended it.
    pub fn retry_kept_out(&self, forum: &str, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE threads SET next_look_at = ?2, next_look_why = 'access_mended' WHERE forum = ?1 \
             AND last_state IN ('log_in_refused', 'login_required', 'challenge')",
            params![forum, s(now)],
        )?;
        Ok(())
    }

    /// Every look in `[from, to)`, oldest first.
    pub(super) fn looks_between(&self, from: Timestamp, to: Timestamp) -> Result<Vec<LookRow>> {
        let mut statement =
            self.db.prepare_cached("SELECT * FROM looks WHERE at >= ?1 AND at < ?2 ORDER BY thread_id, at, id")?;
        let rows = statement.query_map(params![s(from), s(to)], look)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
