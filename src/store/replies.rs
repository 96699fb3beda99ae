//! The outbox: approved replies and how far each has come. What follows from a state is `domain::reply`'s.

use super::cases::CaseEventKind;
use super::{Result, StoreError, Tx, at, at_opt, from_json, s, s_opt, to_json, word};
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::answer::AnswerId;
use crate::domain::case::CaseId;
use crate::domain::reply::{ApprovedReply, Delivery, Progress, ReplyId, Route};
use crate::domain::thread::{PostId, ThreadId};
use crate::sensitive::Sensitive;
use rusqlite::{Row, params};

/// A reply as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyRow {
    pub id: ReplyId,
    pub case_id: CaseId,
    pub thread_id: ThreadId,
    pub text: Sensitive<String>,
    pub answers: Vec<AnswerId>,
    pub route: Route,
    /// The client's post that is quoted above the text.
    pub quote: Option<PostId>,
    pub approved_by: AccountId,
    pub approved_at: Timestamp,
    pub progress: Progress,
    /// Why it is where it is: a code, never words of the forum.
    pub reason: Option<String>,
    /// The id the forum named when it took the post.
    pub forum_post_id: Option<String>,
    /// The post it was found as.
    pub post_id: Option<PostId>,
    pub settled_at: Option<Timestamp>,
    /// The forum's address that the form was last sent to.
    pub sent_to: Option<Sensitive<String>>,
}

/// A reply with what the sender needs of its thread.
#[derive(Clone, Debug)]
pub struct Outgoing {
    pub reply: ReplyRow,
    pub forum: String,
    /// The forum holds posts of our account back, as far as is known.
    pub forum_holds_posts: bool,
}

fn reply(row: &Row<'_>) -> rusqlite::Result<ReplyRow> {
    Ok(ReplyRow {
        id: ReplyId(row.get("id")?),
        case_id: CaseId(row.get("case_id")?),
        thread_id: ThreadId(row.get("thread_id")?),
        text: row.get::<_, String>("text")?.into(),
        answers: from_json(&row.get::<_, String>("answers")?)?,
        route: word(Route::find, &row.get::<_, String>("route")?)?,
        quote: row.get::<_, Option<i64>>("quote_post_id")?.map(PostId),
        approved_by: AccountId(row.get("approved_by")?),
        approved_at: at(row.get("approved_at")?),
        progress: Progress {
            delivery: word(Delivery::find, &row.get::<_, String>("delivery")?)?,
            attempts: row.get("attempts")?,
            attempted_at: at_opt(row.get("attempted_at")?),
            absences: row.get("absences")?,
            not_before: at(row.get("not_before")?),
            setbacks: row.get("setbacks")?,
            refusals: row.get("refusals")?,
        },
        reason: row.get("reason")?,
        forum_post_id: row.get("forum_post_id")?,
        post_id: row.get::<_, Option<i64>>("post_id")?.map(PostId),
        settled_at: at_opt(row.get("settled_at")?),
        sent_to: row.get::<_, Option<String>>("sent_to")?.map(Into::into),
    })
}

/// The states in which a reply is not done, as a list for SQL.
const UNDER_WAY: &str = "('waiting', 'preparing', 'posting', 'accepted', 'held')";

impl Tx<'_> {
    /// Puts an approved reply into the outbox and drops the draft it was made from.
    pub fn enqueue_reply(&self, approved: &ApprovedReply) -> Result<ReplyId> {
        let progress = Progress::approved(approved.at());
        self.db.execute(
            "INSERT INTO replies (case_id, thread_id, text, answers, approved_by, approved_at, delivery, attempts, \
             absences, not_before, setbacks, quote_post_id, route) \
             VALUES (?1, (SELECT thread_id FROM cases WHERE id = ?1), ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, 0, ?8, ?9)",
            params![
                approved.case().0,
                approved.text().expose(),
                to_json(&approved.answers())?,
                approved.by().0,
                s(approved.at()),
                progress.delivery.as_str(),
                s(progress.not_before),
                approved.quote().map(|p| p.0),
                approved.route().as_str(),
            ],
        )?;
        let id = ReplyId(self.db.last_insert_rowid());
        self.drop_draft(approved.case())?;
        self.add_event(approved.case(), CaseEventKind::Approved, Some(approved.by()), approved.at())?;
        Ok(id)
    }

    pub fn reply(&self, id: ReplyId) -> Result<ReplyRow> {
        Ok(self.db.query_row("SELECT * FROM replies WHERE id = ?1", [id.0], reply)?)
    }

    /// The replies of a case, oldest first.
    pub fn replies_of(&self, case: CaseId) -> Result<Vec<ReplyRow>> {
        let mut statement = self.db.prepare_cached("SELECT * FROM replies WHERE case_id = ?1 ORDER BY id")?;
        let rows = statement.query_map([case.0], reply)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn has_reply_under_way(&self, case: CaseId) -> Result<bool> {
        Ok(self.db.query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM replies WHERE case_id = ?1 AND delivery IN {UNDER_WAY})"),
            [case.0],
            |row| row.get(0),
        )?)
    }

    /// Replies of a forum that the program still works on, the longest waiting first.
    pub fn outgoing(&self, forum: &str) -> Result<Vec<Outgoing>> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT r.*, t.forum, ifnull(f.holds_posts, 0) AS holds_posts FROM replies r \
             JOIN threads t ON t.id = r.thread_id LEFT JOIN forums f ON f.name = t.forum \
             WHERE t.forum = ?1 AND r.delivery IN {UNDER_WAY} ORDER BY r.not_before, r.id"
        ))?;
        let rows = statement.query_map([forum], |row| {
            Ok(Outgoing { reply: reply(row)?, forum: row.get("forum")?, forum_holds_posts: row.get("holds_posts")? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Replies that may stand in a thread without our knowing, the oldest first.
    pub(super) fn replies_perhaps_on_forum(&self, thread: ThreadId) -> Result<Vec<ReplyRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT * FROM replies WHERE thread_id = ?1 AND route = ?2 AND post_id IS NULL ORDER BY id",
        )?;
        let rows = statement.query_map(params![thread.0, Route::Thread.as_str()], reply)?;
        let all: Vec<ReplyRow> = rows.collect::<Result<_, _>>()?;
        Ok(all.into_iter().filter(|r| r.progress.delivery.may_be_on_forum()).collect())
    }

    /// Moves a reply from the state the caller saw to the next one.
    ///
    /// # Errors
    /// `Conflict` when it is no longer in that state: somebody else moved it, and nothing may be sent on the strength
    /// of what the caller saw.
    pub fn move_reply(
        &self,
        id: ReplyId,
        seen: &Progress,
        next: &Progress,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<()> {
        let settled = (!next.delivery.is_under_way()).then_some(now);
        let changed = self.db.execute(
            "UPDATE replies SET delivery = ?2, attempts = ?3, attempted_at = ?4, absences = ?5, not_before = ?6, \
             setbacks = ?7, reason = ?8, settled_at = ?9, refusals = ?12 WHERE id = ?1 AND delivery = ?10 AND attempts = ?11",
            params![
                id.0,
                next.delivery.as_str(),
                next.attempts,
                s_opt(next.attempted_at),
                next.absences,
                s(next.not_before),
                next.setbacks,
                reason,
                s_opt(settled),
                seen.delivery.as_str(),
                seen.attempts,
                next.refusals,
            ],
        )?;
        if changed != 1 {
            return Err(StoreError::Conflict);
        }
        if next.delivery != seen.delivery {
            let row = self.reply(id)?;
            let kind = match next.delivery {
                Delivery::Refused => Some(CaseEventKind::Refused),
                Delivery::Unknown => Some(CaseEventKind::OutcomeUnknown),
                _ => None,
            };
            if let Some(kind) = kind {
                self.add_event(row.case_id, kind, None, now)?;
            }
        }
        Ok(())
    }

    /// Remembers the id the forum named when it took the post.
    pub fn set_reply_forum_post_id(&self, id: ReplyId, forum_post_id: &str) -> Result<()> {
        self.db.execute("UPDATE replies SET forum_post_id = ?2 WHERE id = ?1", params![id.0, forum_post_id])?;
        Ok(())
    }

    /// Remembers the address that the form is about to be sent to.
    pub fn set_reply_sent_to(&self, id: ReplyId, address: &str) -> Result<()> {
        self.db.execute("UPDATE replies SET sent_to = ?2 WHERE id = ?1", params![id.0, address])?;
        Ok(())
    }

    /// The reply stands on the forum: read back as `post`, or seen by a person (`post` is `None`).
    pub fn confirm_reply(&self, id: ReplyId, post: Option<PostId>, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE replies SET delivery = ?2, post_id = ?3, settled_at = ?4, reason = NULL WHERE id = ?1",
            params![id.0, Delivery::Confirmed.as_str(), post.map(|p| p.0), s(now)],
        )?;
        let row = self.reply(id)?;
        if post.is_some() {
            self.add_event(row.case_id, CaseEventKind::Confirmed, None, now)?;
        }
        self.address_case(row.case_id, row.approved_at)
    }

    /// The forum has the private message: it said so, or shows it among those sent.
    pub fn deliver_message(&self, id: ReplyId, now: Timestamp) -> Result<()> {
        self.confirm_reply(id, None, now)?;
        self.add_event(self.reply(id)?.case_id, CaseEventKind::MessageSent, None, now)
    }
}
