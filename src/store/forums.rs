//! What is remembered of each forum: the cookie jar, how access stands, alarms, and the service's heartbeats.

use super::{Result, Tx, at, at_opt, s, s_opt, word};
use crate::clock::Timestamp;
use crate::domain::look::{ListMatched, Matched};
use crate::domain::thread::ThreadId;
use crate::sensitive::Sensitive;
use rusqlite::{OptionalExtension, params};
use std::ops::Add;

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
    /// The address that was in use last.
    pub address: Option<Sensitive<String>>,
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
    /// The same of a thread list: threads are read one by one, and views may not be counted.
    ListDrift,
    /// The forum sends us elsewhere, sends pages without end, or pages larger than the limit.
    Misbehaves,
    /// The forum's first address does not answer; another one of the list is in use.
    MirrorDown,
    /// Somebody wrote to the account privately, and the program does not read that.
    UnreadMessage,
}

impl AlarmKind {
    pub const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Challenge,
        Self::LogInRefused,
        Self::ThreadGone,
        Self::Forbidden,
        Self::Drift,
        Self::ListDrift,
        Self::Misbehaves,
        Self::MirrorDown,
        Self::UnreadMessage,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Challenge => "challenge",
            Self::LogInRefused => "log_in_refused",
            Self::ThreadGone => "thread_gone",
            Self::Forbidden => "forbidden",
            Self::Drift => "drift",
            Self::ListDrift => "list_drift",
            Self::Misbehaves => "misbehaves",
            Self::MirrorDown => "mirror_down",
            Self::UnreadMessage => "unread_message",
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
    /// `None` for what concerns the forum, or several of its threads.
    pub thread_id: Option<ThreadId>,
    /// How many threads have it; none for what concerns the account or an address.
    pub threads: usize,
    pub since: Timestamp,
    /// When the same thing last worked.
    pub last_success_at: Option<Timestamp>,
    /// For threads whose pages changed.
    pub drift: Option<Drift>,
    /// For thread lists whose pages changed.
    pub list_drift: Option<Drift<ListMatched>>,
}

/// What was found on pages before they changed, and what is found now. Counts and complaints, no words of anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift<M = Matched> {
    /// At the last healthy look; `None` where none is known.
    pub before: Option<M>,
    pub now: M,
    /// What the latest look missed, the first few.
    pub complaints: Vec<String>,
}

/// So many complaints are told.
pub(super) const COMPLAINTS: usize = 3;

impl<M: Copy + Add<Output = M>> Drift<M> {
    /// Adds what another thread or list of the forum tells.
    pub(super) fn add(&mut self, other: &Self) {
        self.before = match (self.before, other.before) {
            (Some(before), Some(more)) => Some(before + more),
            (before, more) => before.or(more),
        };
        self.now = self.now + other.now;
        for complaint in &other.complaints {
            if self.complaints.len() < COMPLAINTS && !self.complaints.contains(complaint) {
                self.complaints.push(complaint.clone());
            }
        }
    }
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
                "SELECT cookies, logged_in_at, no_log_in_before, last_success_at, holds_posts, address, user_agent FROM forums \
                 WHERE name = ?1",
                [name],
                |row| {
                    Ok(ForumState {
                        cookies: row.get::<_, Option<String>>(0)?.map(Into::into),
                        logged_in_at: at_opt(row.get(1)?),
                        no_log_in_before: at_opt(row.get(2)?),
                        last_success_at: at_opt(row.get(3)?),
                        holds_posts: row.get(4)?,
                        address: row.get::<_, Option<String>>(5)?.map(Into::into),
                        user_agent: row.get(6)?,
                    })
                },
            )
            .optional()?
            .unwrap_or_default())
    }

    pub fn save_forum_state(&self, name: &str, state: &ForumState) -> Result<()> {
        self.db.execute(
            "INSERT INTO forums (name, cookies, logged_in_at, no_log_in_before, last_success_at, holds_posts, address, \
             user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (name) DO UPDATE SET cookies = ?2, \
             logged_in_at = ?3, no_log_in_before = ?4, last_success_at = ?5, holds_posts = ?6, address = ?7, user_agent = ?8",
            params![
                name,
                state.cookies.as_ref().map(|c| c.expose().as_str()),
                s_opt(state.logged_in_at),
                s_opt(state.no_log_in_before),
                s_opt(state.last_success_at),
                state.holds_posts,
                state.address.as_ref().map(|a| a.expose().as_str()),
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

    /// How many threads of the forum have this alarm, or 1 where it is the forum's own.
    pub fn count_alarms(&self, kind: AlarmKind, forum: &str) -> Result<usize> {
        Ok(self.db.query_row(
            "SELECT count(*) FROM alarms WHERE kind = ?1 AND forum = ?2 AND cleared_at IS NULL",
            params![kind.as_str(), forum],
            |row| row.get(0),
        )?)
    }

    /// Clears the alarms of a thread: it was read just now, or the alarm `but` took their place. Answers how many.
    pub fn clear_alarms(&self, thread: ThreadId, but: Option<AlarmKind>, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?2 WHERE thread_id = ?1 AND cleared_at IS NULL AND kind IS NOT ?3",
            params![thread.0, s(now), but.map(AlarmKind::as_str)],
        )?)
    }

    /// Clears an alarm of the forum itself. Answers how many.
    pub fn clear_forum_alarm(&self, kind: AlarmKind, forum: &str, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?3 WHERE kind = ?1 AND forum = ?2 AND thread_id IS NULL \
             AND cleared_at IS NULL",
            params![kind.as_str(), forum, s(now)],
        )?)
    }

    /// Clears the alarms of a forum's account: it was seen logged in. Answers how many.
    pub fn clear_access_alarms(&self, forum: &str, now: Timestamp) -> Result<usize> {
        Ok(self.db.execute(
            "UPDATE alarms SET cleared_at = ?2 WHERE forum = ?1 AND cleared_at IS NULL AND kind IN (?3, ?4)",
            params![forum, s(now), AlarmKind::LogInRefused.as_str(), AlarmKind::Challenge.as_str()],
        )?)
    }

    /// The alarms that stand, the oldest first. What several threads of a forum have is one alarm of the forum.
    pub fn alarms(&self) -> Result<Vec<Alarm>> {
        let mut grouped: Vec<Alarm> = Vec::new();
        for alarm in self.alarm_rows()? {
            let of_a_thread = |known: &&mut Alarm| known.threads > 0 && alarm.threads > 0;
            let same = |known: &&mut Alarm| known.kind == alarm.kind && known.forum == alarm.forum;
            match grouped.iter_mut().filter(of_a_thread).find(same) {
                Some(known) => {
                    known.thread_id = None;
                    known.threads += 1;
                    // When any of them last worked.
                    known.last_success_at = known.last_success_at.max(alarm.last_success_at);
                    if let Some((known, more)) = known.drift.as_mut().zip(alarm.drift.as_ref()) {
                        known.add(more);
                    }
                }
                None => grouped.push(alarm),
            }
        }
        Ok(grouped)
    }

    /// The alarms that concern one thread: its own and those of its forum.
    pub fn alarms_of(&self, thread: ThreadId, forum: &str) -> Result<Vec<Alarm>> {
        let concerns = |a: &Alarm| a.forum == forum && a.thread_id.is_none_or(|id| id == thread);
        Ok(self.alarm_rows()?.into_iter().filter(concerns).collect())
    }

    /// One for each thread and kind and one for each forum's lists, the oldest first.
    fn alarm_rows(&self) -> Result<Vec<Alarm>> {
        let mut statement = self.db.prepare_cached(
            "SELECT kind, forum, thread_id, since, last_success_at FROM alarms WHERE cleared_at IS NULL ORDER BY since, id",
        )?;
        let rows = statement.query_map([], |row| {
            let thread_id = row.get::<_, Option<i64>>(2)?.map(ThreadId);
            Ok(Alarm {
                kind: word(AlarmKind::find, &row.get::<_, String>(0)?)?,
                forum: row.get(1)?,
                thread_id,
                threads: usize::from(thread_id.is_some()),
                since: at(row.get(3)?),
                last_success_at: at_opt(row.get(4)?),
                drift: None,
                list_drift: None,
            })
        })?;
        let mut alarms: Vec<Alarm> = rows.collect::<Result<_, _>>()?;
        for alarm in alarms.iter_mut().filter(|a| a.kind == AlarmKind::Drift) {
            if let Some(id) = alarm.thread_id {
                let before = self.find_last_healthy_look(id)?.and_then(|row| row.look.matched);
                let latest = self.find_latest_look(id)?.map(|row| row.look);
                let (now, mut complaints) = latest.map(|look| (look.matched, look.complaints)).unwrap_or_default();
                complaints.truncate(COMPLAINTS);
                alarm.drift = Some(Drift { before, now: now.unwrap_or_default(), complaints });
            }
        }
        alarms.extend(self.list_alarms()?);
        alarms.sort_by_key(|alarm| alarm.since);
        Ok(alarms)
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
