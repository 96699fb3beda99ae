//! Threads that move: to another forum of the configuration, or to another thread of the same.
//!
//! The thread stays the same row, with its cases and its history of looks; its posts stay as they were last seen, at the
//! place that was left; and the new place is read as if for the first time.

use super::{NewThread, Result, StoreError, Tx, at, s, word};
use crate::clock::Timestamp;
use crate::domain::case::CaseId;
use crate::domain::reply::Delivery;
use crate::domain::thread::ThreadId;
use rusqlite::params;

/// Why a thread was not moved. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// It stands there already.
    #[error("the thread stands there already")]
    Same,
    /// The new place is on the list as a thread of its own.
    #[error("the new place is on the list already, as thread {}", .0.0)]
    Taken(ThreadId),
    /// Replies that were approved for the old place, or may stand there unseen, with their cases.
    #[error("replies are on their way to the old place")]
    RepliesUnderWay(Vec<(CaseId, Delivery)>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for MoveError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a move left behind and takes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Posts that stay as history of the old place.
    pub posts: u64,
    pub open_cases: u64,
    pub closed_cases: u64,
}

/// A place where a thread stood, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadMove {
    pub forum: String,
    pub forum_thread_id: String,
    pub at: Timestamp,
}

impl Tx<'_> {
    /// Whether the thread is on the list at this place: somebody may have moved it, or taken it off.
    pub fn stands_at(&self, id: ThreadId, forum: &str, forum_thread_id: &str) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM threads WHERE id = ?1 AND forum = ?2 AND forum_thread_id = ?3)",
            params![id.0, forum, forum_thread_id],
            |row| row.get(0),
        )?)
    }

    /// Moves a thread to a new place.
    ///
    /// # Errors
    /// See [`MoveError`]; `Store(NotFound)` when there is no such thread.
    pub fn move_thread(&self, id: ThreadId, to: &NewThread) -> Result<Moved, MoveError> {
        let thread = self.thread(id)?;
        if let Some(there) = self.find_thread(&to.forum, &to.forum_thread_id)? {
            return Err(if there.id == id { MoveError::Same } else { MoveError::Taken(there.id) });
        }
        let held = self.replies_that_hold(id)?;
        if !held.is_empty() {
            return Err(MoveError::RepliesUnderWay(held));
        }
        self.db.execute(
            "INSERT INTO moves (thread_id, at, forum, forum_thread_id, path) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id.0, s(to.now), thread.forum, thread.forum_thread_id, thread.path.expose()],
        )?;
        let posts = self.db.execute(
            "UPDATE posts SET left_by = ?2, forum_post_id = ' ' || ?2 || ' ' || forum_post_id \
             WHERE thread_id = ?1 AND left_by IS NULL",
            params![id.0, self.db.last_insert_rowid()],
        )?;
        // Everything that was learned of the old place is forgotten, but not what happened there.
        self.db.execute(
            "UPDATE threads SET forum = ?2, forum_thread_id = ?3, path = ?4, last_page_path = NULL, closed = 0, \
             first_whole_read_at = NULL, whole_read_at = NULL, needs_whole_read = 0, next_look_at = ?5, \
             next_look_why = 'moved', failed_looks = 0, last_state = NULL, list_path = NULL, listed_at = NULL, \
             listed_replies = NULL, listed_last_post_at = NULL WHERE id = ?1",
            params![id.0, to.forum, to.forum_thread_id, to.path, s(to.now)],
        )?;
        self.clear_alarms(id, None, to.now)?;
        let (open_cases, closed_cases) = self.db.query_row(
            "SELECT count(*) FILTER (WHERE stage <> 'closed'), count(*) FILTER (WHERE stage = 'closed') FROM cases \
             WHERE thread_id = ?1",
            [id.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(Moved { posts: u64::try_from(posts).unwrap_or(u64::MAX), open_cases, closed_cases })
    }

    fn replies_that_hold(&self, thread: ThreadId) -> Result<Vec<(CaseId, Delivery)>> {
        let mut statement =
            self.db.prepare_cached("SELECT case_id, delivery FROM replies WHERE thread_id = ?1 ORDER BY id")?;
        let rows = statement
            .query_map([thread.0], |row| Ok((CaseId(row.get(0)?), word(Delivery::find, &row.get::<_, String>(1)?)?)))?;
        let all: Vec<(CaseId, Delivery)> = rows.collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|(_, delivery)| delivery.holds_its_thread()).collect())
    }

    /// Where a thread stood before, the latest place first.
    pub fn moves_of(&self, id: ThreadId) -> Result<Vec<ThreadMove>> {
        let mut statement = self.db.prepare_cached(
            "SELECT forum, forum_thread_id, at FROM moves WHERE thread_id = ?1 ORDER BY at DESC, id DESC",
        )?;
        let rows = statement.query_map([id.0], |row| {
            Ok(ThreadMove { forum: row.get(0)?, forum_thread_id: row.get(1)?, at: at(row.get(2)?) })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
