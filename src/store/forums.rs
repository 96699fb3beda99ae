//! What is remembered of each forum: the cookie jar, how access stands, alarms, and the service's heartbeats.

use super::{Result, Tx, at, at_opt, s, s_opt, word};
use crate::clock::Timestamp;
use crate::domain::thread::ThreadId;
use crate::sensitive::Sensitive;
use rusqlite::{OptionalExtension, params};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForumState {
    /// The cookie jar as JSON.
    pub cookies: Option<Sensitive<String>>,
    /// The browser's name for itself that came with a person's session.
    pub user_agent: Option<String>,
    pub logged_in_at: Option<Timestamp>,
    /// A log-in failed: none is tried before this moment, unless the program is restarted.
    pub no_log_in_before: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    /// The forum was seen to keep a post of ours back for its moderators.
    pub holds_posts: bool,
}

/// What can be wrong. One open alarm each, per forum or thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlarmKind {
    /// No connection to the forum for several looks.
    Unreachable,
    /// A person must solve a captcha or pass a protection page.
    Challenge,
    /// The forum refuses our name and password.
    LogInRefused,
    /// The thread is gone, moved, or closed to us.
    ThreadGone,
    Forbidden,
    /// Pages no longer have the shape that the profile describes.
    Drift,
    /// The forum sends us elsewhere, sends pages without end, or pages larger than the limit.
    Misbehaves,
}

impl AlarmKind {
    pub const ALL: [Self; 7] = [
        Self::Unreachable,
        Self::Challenge,
        Self::LogInRefused,
        Self::ThreadGone,
        Self::Forbidden,
        Self::Drift,
        Self::Misbehaves,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Challenge => "challenge",
            Self::LogInRefused => "log_in_refused",
            Self::ThreadGone => "thread_gone",
            Self::Forbidden => "forbidden",
            Self::Drift => "drift",
            Self::Misbehaves => "misbehaves",
        }
    }

    fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub struct Alarm {
    pub kind: AlarmKind,
    pub forum: String,
    pub thread_id: Option<ThreadId>,
    pub since: Timestamp,
    /// When the same thing last worked.
    pub last_success_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    pub part: String,
    pub at: Timestamp,
    pub state: String,
}

impl Tx<'_> {
    pub fn forum_state(&self, name: &str) -> Result<ForumState> {
        Ok(self
            .db
            .query_row(
                "SELECT cookies, logged_in_at, no_log_in_before, last_success_at, holds_posts, user_agent FROM forums \
                 WHERE name = ?1",
                [name],
                |row| {
                    Ok(ForumState {
                        cookies: row.get::<_, Option<String>>(0)?.map(Into::into),
                        logged_in_at: at_opt(row.get(1)?),
                        no_log_in_before: at_opt(row.get(2)?),
                        last_success_at: at_opt(row.get(3)?),
                        holds_posts: row.get(4)?,
                        user_agent: row.get(5)?,
                    })
                },
            )
            .optional()?
            .unwrap_or_default())
    }

    pub fn save_forum_state(&self, name: &str, state: &ForumState) -> Result<()> {
        self.db.execute(
            "INSERT INTO forums (name, cookies, logged_in_at, no_log_in_before, last_success_at, holds_posts, user_agent) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET cookies = ?2, logged_in_at = ?3, \
             no_log_in_before = ?4, last_success_at = ?5, holds_posts = ?6, user_agent = ?7",
            params![
                name,
                state.cookies.as_ref().map(|c| c.expose().as_str()),
                s_opt(state.logged_in_at),
                s_opt(state.no_log_in_before),
                s_opt(state.last_success_at),
                state.holds_posts,
                state.user_agent,
            ],
        )?;
        Ok(())
    }

    /// Raises an alarm unless it is raised already. Answers whether it is new.
    pub fn raise_alarm(
        &self,
        kind: AlarmKind,
        forum: &str,
        thread: Option<ThreadId>,
        last_success_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool> {
        Ok(self.db.execute(
            "INSERT OR IGNORE INTO alarms (kind, forum, thread_id, since, last_success_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![kind.as_str(), forum, thread.map(|t| t.0), s(now), s_opt(last_success_at)],
        )? == 1)
    }

    /// Clears every alarm of a thread, and those of reaching its forum: it was read just now. Alarms of the account stay,
    /// since a guest may read what a member may not answer. Answers how many.
    pub fn clear_alarms(&self, forum: &str, thread: ThreadId, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?3 WHERE forum = ?1 AND (thread_id = ?2 OR thread_id IS NULL) \
             AND cleared_at IS NULL AND kind NOT IN (?4, ?5)",
            params![forum, thread.0, s(now), AlarmKind::LogInRefused.as_str(), AlarmKind::Challenge.as_str()],
        )?)
    }

    /// Clears the alarms of a forum's account: it was seen logged in. Answers how many.
    pub fn clear_access_alarms(&self, forum: &str, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?2 WHERE forum = ?1 AND cleared_at IS NULL AND kind IN (?3, ?4)",
            params![forum, s(now), AlarmKind::LogInRefused.as_str(), AlarmKind::Challenge.as_str()],
        )?)
    }

    /// Clears the alarm that a person is needed at a forum. Answers how many: one or none.
    pub fn clear_challenge_alarm(&self, forum: &str, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?2 WHERE forum = ?1 AND cleared_at IS NULL AND kind = ?3",
            params![forum, s(now), AlarmKind::Challenge.as_str()],
        )?)
    }

    /// The alarms that stand, the oldest first.
    pub fn alarms(&self) -> Result<Vec<Alarm>> {
        let mut statement = self.db.prepare_cached(
            "SELECT kind, forum, thread_id, since, last_success_at FROM alarms WHERE cleared_at IS NULL ORDER BY since, id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Alarm {
                kind: word(AlarmKind::find, &row.get::<_, String>(0)?)?,
                forum: row.get(1)?,
                thread_id: row.get::<_, Option<i64>>(2)?.map(ThreadId),
                since: at(row.get(3)?),
                last_success_at: at_opt(row.get(4)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn beat(&self, part: &str, state: &str, now: Timestamp) -> Result<()> {
        self.db.execute(
            "INSERT INTO heartbeats (part, at, state) VALUES (?1, ?2, ?3) \
             ON CONFLICT (part) DO UPDATE SET at = ?2, state = ?3",
            params![part, s(now), state],
        )?;
        Ok(())
    }

    pub fn heartbeats(&self) -> Result<Vec<Heartbeat>> {
        let mut statement = self.db.prepare_cached("SELECT part, at, state FROM heartbeats ORDER BY part")?;
        let rows = statement
            .query_map([], |row| Ok(Heartbeat { part: row.get(0)?, at: at(row.get(1)?), state: row.get(2)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
