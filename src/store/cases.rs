//! Cases, their posts, their events, and the worker's draft.

use super::posts::post;
use super::{Result, StoreError, Tx, at, at_opt, from_json, s, to_json, word};
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::case::{Case, CaseId, Claim, Corrected, Outcome, Stage};
use crate::domain::judgement::Urgency;
use crate::domain::reply::{Delivery, Draft, Route};
use crate::domain::thread::{Post, PostId, ThreadId};
use crate::sensitive::Sensitive;
use rusqlite::{OptionalExtension, Row, params};

/// What happened to a case. Only deliberate acts and facts; no views, no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseEventKind {
    Opened,
    ClientWrote,
    ClientEdited,
    Claimed,
    Released,
    Approved,
    Withdrawn,
    SentAgain,
    Confirmed,
    ConfirmedByHand,
    MessageSent,
    Refused,
    OutcomeUnknown,
    Corrected,
    Closed,
}

impl CaseEventKind {
    const ALL: [Self; 15] = [
        Self::Opened,
        Self::ClientWrote,
        Self::ClientEdited,
        Self::Claimed,
        Self::Released,
        Self::Approved,
        Self::Withdrawn,
        Self::SentAgain,
        Self::Confirmed,
        Self::ConfirmedByHand,
        Self::MessageSent,
        Self::Refused,
        Self::OutcomeUnknown,
        Self::Corrected,
        Self::Closed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::ClientWrote => "client_wrote",
            Self::ClientEdited => "client_edited",
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::Approved => "approved",
            Self::Withdrawn => "withdrawn",
            Self::SentAgain => "sent_again",
            Self::Confirmed => "confirmed",
            Self::ConfirmedByHand => "confirmed_by_hand",
            Self::MessageSent => "message_sent",
            Self::Refused => "refused",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Corrected => "corrected",
            Self::Closed => "closed",
        }
    }

    fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

#[derive(Clone, Debug)]
pub struct CaseEvent {
    pub at: Timestamp,
    pub kind: CaseEventKind,
    /// Name of the account; `None` for the program itself.
    pub account: Option<String>,
}

/// A case as the list shows it.
#[derive(Clone, Debug)]
pub struct QueueRow {
    pub case: Case,
    pub thread_title: Option<Sensitive<String>>,
    /// The client's latest post of the case.
    pub text: Sensitive<String>,
    pub claimed_by: Option<String>,
    /// Where the latest reply stands, and who can read it.
    pub delivery: Option<(Route, Delivery)>,
    /// How many posts of the client belong to the case.
    pub posts: u32,
}

/// Who saved the draft of a case last, and when.
#[derive(Clone, Debug)]
pub struct DraftNote {
    pub account: String,
    pub at: Timestamp,
}

/// How many cases stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub initiated: u64,
    pub emergencies: u64,
    pub addressed: u64,
    pub closed: u64,
}

/// What a further post brings to a case.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a> {
    /// The graver one of the case's and the post's.
    pub urgency: Urgency,
    pub topics: &'a [String],
    /// Triage was not sure of this post either.
    pub doubtful: bool,
    /// An earlier post was changed; nothing new was written.
    pub edited: bool,
}

/// A post of the client that belongs to a case.
pub type CasePost = Post;

/// `thread confirmed`
fn routed(text: &str) -> Option<(Route, Delivery)> {
    let (route, delivery) = text.split_once(' ')?;
    Some((Route::find(route)?, Delivery::find(delivery)?))
}

fn rank(urgency: Urgency) -> i64 {
    match urgency {
        Urgency::Routine => 0,
        Urgency::Soon => 1,
        Urgency::Emergency => 2,
    }
}

fn case(row: &Row<'_>) -> rusqlite::Result<Case> {
    let by: Option<i64> = row.get("claimed_by")?;
    let until = at_opt(row.get("claimed_until")?);
    let outcome: Option<String> = row.get("outcome")?;
    Ok(Case {
        id: CaseId(row.get("id")?),
        thread_id: ThreadId(row.get("thread_id")?),
        post_id: PostId(row.get("post_id")?),
        author: row.get::<_, Option<String>>("author")?.map(Into::into),
        stage: word(Stage::find, &row.get::<_, String>("stage")?)?,
        urgency: word(Urgency::find, &row.get::<_, String>("urgency")?)?,
        doubtful: row.get("doubtful")?,
        topics: from_json(&row.get::<_, String>("topics")?)?,
        claim: by.zip(until).map(|(by, until)| Claim { by: AccountId(by), until }),
        asked_at: at(row.get("asked_at")?),
        opened_at: at(row.get("opened_at")?),
        client_wrote_at: at(row.get("client_wrote_at")?),
        closed_at: at_opt(row.get("closed_at")?),
        outcome: outcome.map(|text| word(Outcome::find, &text)).transpose()?,
    })
}

impl Tx<'_> {
    /// Opens a case for a post.
    ///
    /// # Errors
    /// `Conflict` when the post has a case already.
    pub fn open_case(
        &self,
        post: &Post,
        urgency: Urgency,
        doubtful: bool,
        topics: &[String],
        now: Timestamp,
    ) -> Result<CaseId> {
        let asked_at = post.posted_at.unwrap_or(post.first_seen_at);
        self.db.execute(
            "INSERT INTO cases (thread_id, post_id, author, stage, urgency, urgency_rank, doubtful, topics, asked_at, \
             opened_at, client_wrote_at, client_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?9, ?10)",
            params![
                post.thread_id.0,
                post.id.0,
                post.author.as_ref().map(|a| a.expose().as_str()),
                Stage::Initiated.as_str(),
                urgency.as_str(),
                rank(urgency),
                doubtful,
                to_json(&topics)?,
                s(asked_at),
                s(now),
            ],
        )?;
        let id = CaseId(self.db.last_insert_rowid());
        self.add_case_post(id, post.id)?;
        self.add_event(id, CaseEventKind::Opened, None, now)?;
        Ok(id)
    }

    fn add_case_post(&self, id: CaseId, post: PostId) -> Result<()> {
        self.db
            .execute("INSERT OR IGNORE INTO case_posts (case_id, post_id) VALUES (?1, ?2)", params![id.0, post.0])?;
        Ok(())
    }

    /// A further post of the client joins a case and calls the workers back to it. Its topics come first; a clear request
    /// ends the doubt.
    pub fn join_case(&self, case: &Case, post: &Post, joined: &Joined<'_>, now: Timestamp) -> Result<()> {
        let wrote_at = post.posted_at.unwrap_or(post.first_seen_at);
        let mut topics = joined.topics.to_vec();
        topics.extend(case.topics.iter().filter(|t| !joined.topics.contains(t)).cloned());
        self.db.execute(
            "UPDATE cases SET stage = ?2, urgency = ?3, urgency_rank = ?4, \
             client_wrote_at = CASE WHEN stage = ?2 THEN client_wrote_at ELSE max(client_wrote_at, ?5) END, \
             topics = ?6, doubtful = doubtful AND ?7, client_seen_at = ?8, closed_at = NULL, outcome = NULL WHERE id = ?1",
            params![
                case.id.0,
                Stage::Initiated.as_str(),
                joined.urgency.as_str(),
                rank(joined.urgency),
                s(wrote_at),
                to_json(&topics)?,
                joined.doubtful,
                s(now),
            ],
        )?;
        self.add_case_post(case.id, post.id)?;
        let kind = if joined.edited { CaseEventKind::ClientEdited } else { CaseEventKind::ClientWrote };
        self.add_event(case.id, kind, None, now)
    }

    pub fn case(&self, id: CaseId) -> Result<Case> {
        Ok(self.db.query_row("SELECT * FROM cases WHERE id = ?1", [id.0], case)?)
    }

    /// The case a post belongs to.
    pub fn find_case_of_post(&self, post: PostId) -> Result<Option<Case>> {
        Ok(self
            .db
            .query_row(
                "SELECT c.* FROM cases c JOIN case_posts p ON p.case_id = c.id WHERE p.post_id = ?1",
                [post.0],
                case,
            )
            .optional()?)
    }

    /// The author's case in this thread that is not closed.
    pub fn find_open_case(&self, thread: ThreadId, author: &str) -> Result<Option<Case>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM cases WHERE thread_id = ?1 AND author = ?2 AND stage <> ?3 ORDER BY id DESC LIMIT 1",
                params![thread.0, author, Stage::Closed.as_str()],
                case,
            )
            .optional()?)
    }

    /// The client's posts of a case, oldest first.
    pub fn case_posts(&self, id: CaseId) -> Result<Vec<CasePost>> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.* FROM posts p JOIN case_posts c ON c.post_id = p.id WHERE c.case_id = ?1 \
             ORDER BY p.left_by IS NULL, p.left_by, p.position, p.id",
        )?;
        let rows = statement.query_map([id.0], post)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The client's posts of a case where the thread stands now, oldest first: those, and what repeats them there.
    pub fn case_posts_here(&self, id: CaseId) -> Result<Vec<CasePost>> {
        let here = self.case_posts(id)?.into_iter().map(|post| self.find_post_here(post.id));
        let mut here: Vec<CasePost> = here.filter_map(Result::transpose).collect::<Result<_>>()?;
        here.sort_by_key(CasePost::order);
        Ok(here)
    }

    /// Cases at a stage, the gravest first and among equals the one that waits longest. Closed ones: the latest first.
    pub fn queue(&self, stage: Stage, limit: u32) -> Result<Vec<QueueRow>> {
        self.queue_page(stage, 0, limit)
    }

    /// A part of the queue: `limit` rows after the first `offset`.
    pub fn queue_page(&self, stage: Stage, offset: u32, limit: u32) -> Result<Vec<QueueRow>> {
        let order = if stage == Stage::Closed {
            "c.closed_at DESC, c.id DESC"
        } else {
            "c.urgency_rank DESC, c.client_wrote_at, c.id"
        };
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT c.*, t.title AS thread_title, a.name AS claimed_name, \
             (SELECT p.text FROM posts p JOIN case_posts cp ON cp.post_id = p.id WHERE cp.case_id = c.id \
              ORDER BY p.left_by IS NULL DESC, p.left_by DESC, p.position DESC, p.id DESC LIMIT 1) AS last_text, \
             (SELECT count(*) FROM case_posts cp WHERE cp.case_id = c.id) AS posts, \
             (SELECT r.route || ' ' || r.delivery FROM replies r WHERE r.case_id = c.id ORDER BY r.id DESC LIMIT 1) \
              AS last_delivery \
             FROM cases c JOIN threads t ON t.id = c.thread_id LEFT JOIN accounts a ON a.id = c.claimed_by \
             WHERE c.stage = ?1 ORDER BY {order} LIMIT ?2 OFFSET ?3"
        ))?;
        let rows = statement.query_map(params![stage.as_str(), limit, offset], |row| {
            let delivery: Option<String> = row.get("last_delivery")?;
            Ok(QueueRow {
                case: case(row)?,
                thread_title: row.get::<_, Option<String>>("thread_title")?.map(Into::into),
                text: row.get::<_, Option<String>>("last_text")?.unwrap_or_default().into(),
                claimed_by: row.get("claimed_name")?,
                delivery: delivery.map(|text| word(routed, &text)).transpose()?,
                posts: row.get("posts")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn queue_counts(&self) -> Result<QueueCounts> {
        Ok(self.db.query_row(
            "SELECT count(*) FILTER (WHERE stage = 'initiated'), \
             count(*) FILTER (WHERE stage = 'initiated' AND urgency = 'emergency'), \
             count(*) FILTER (WHERE stage = 'addressed'), count(*) FILTER (WHERE stage = 'closed') FROM cases",
            [],
            |row| {
                Ok(QueueCounts {
                    initiated: row.get(0)?,
                    emergencies: row.get(1)?,
                    addressed: row.get(2)?,
                    closed: row.get(3)?,
                })
            },
        )?)
    }

    /// Sets or extends a claim; `event` for a deliberate one.
    pub fn save_claim(&self, id: CaseId, claim: Claim, deliberate: bool, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE cases SET claimed_by = ?2, claimed_until = ?3 WHERE id = ?1",
            params![id.0, claim.by.0, s(claim.until)],
        )?;
        if deliberate { self.add_event(id, CaseEventKind::Claimed, Some(claim.by), now) } else { Ok(()) }
    }

    /// What its holder said of a case: its urgency and, where one was named, its main topic.
    pub fn correct_case(
        &self,
        case: &Case,
        corrected: &Corrected,
        topic: Option<&str>,
        by: AccountId,
        now: Timestamp,
    ) -> Result<()> {
        let mut topics: Vec<&str> = topic.into_iter().collect();
        topics.extend(case.topics.iter().map(String::as_str).filter(|t| Some(*t) != topic));
        self.db.execute(
            "UPDATE cases SET urgency = ?2, urgency_rank = ?3, topics = ?4, doubtful = 0 WHERE id = ?1",
            params![case.id.0, corrected.urgency.as_str(), rank(corrected.urgency), to_json(&topics)?],
        )?;
        self.save_claim(case.id, corrected.claim, false, now)?;
        self.add_event(case.id, CaseEventKind::Corrected, Some(by), now)
    }

    pub fn release_case(&self, id: CaseId, by: AccountId, now: Timestamp) -> Result<()> {
        self.clear_claim(id)?;
        self.add_event(id, CaseEventKind::Released, Some(by), now)
    }

    fn clear_claim(&self, id: CaseId) -> Result<()> {
        self.db.execute("UPDATE cases SET claimed_by = NULL, claimed_until = NULL WHERE id = ?1", [id.0])?;
        Ok(())
    }

    pub fn close_case(&self, id: CaseId, outcome: Outcome, by: AccountId, now: Timestamp) -> Result<()> {
        self.db.execute(
            "UPDATE cases SET stage = ?2, outcome = ?3, closed_at = ?4 WHERE id = ?1",
            params![id.0, Stage::Closed.as_str(), outcome.as_str(), s(now)],
        )?;
        self.clear_claim(id)?;
        self.db.execute("DELETE FROM drafts WHERE case_id = ?1", [id.0])?;
        self.add_event(id, CaseEventKind::Closed, Some(by), now)
    }

    /// Our reply stands on the forum: the need was addressed and the case is free, unless we saw something new of the
    /// client since it was approved (by our own clock: the forum's may be in another zone). Then it stays with its worker.
    pub(super) fn address_case(&self, id: CaseId, approved_at: Timestamp) -> Result<()> {
        let addressed = self.db.execute(
            "UPDATE cases SET stage = ?2 WHERE id = ?1 AND stage = ?3 AND client_seen_at <= ?4",
            params![id.0, Stage::Addressed.as_str(), Stage::Initiated.as_str(), s(approved_at)],
        )?;
        if addressed == 1 { self.clear_claim(id) } else { Ok(()) }
    }

    pub fn add_event(&self, id: CaseId, kind: CaseEventKind, account: Option<AccountId>, now: Timestamp) -> Result<()> {
        self.db.execute(
            "INSERT INTO case_events (case_id, at, kind, account_id) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, s(now), kind.as_str(), account.map(|a| a.0)],
        )?;
        Ok(())
    }

    pub fn case_events(&self, id: CaseId) -> Result<Vec<CaseEvent>> {
        let mut statement = self.db.prepare_cached(
            "SELECT e.at, e.kind, a.name FROM case_events e LEFT JOIN accounts a ON a.id = e.account_id \
             WHERE e.case_id = ?1 ORDER BY e.id",
        )?;
        let rows = statement.query_map([id.0], |row| {
            Ok(CaseEvent {
                at: at(row.get(0)?),
                kind: word(CaseEventKind::find, &row.get::<_, String>(1)?)?,
                account: row.get(2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn save_draft(&self, id: CaseId, draft: &Draft, by: AccountId, now: Timestamp) -> Result<()> {
        self.db.execute(
            "INSERT INTO drafts (case_id, text, answers, account_id, saved_at, quote_post_id, route) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (case_id) DO UPDATE \
             SET text = ?2, answers = ?3, account_id = ?4, saved_at = ?5, quote_post_id = ?6, route = ?7",
            params![
                id.0,
                draft.text.expose(),
                to_json(&draft.answers)?,
                by.0,
                s(now),
                draft.quote.map(|p| p.0),
                draft.route.as_str(),
            ],
        )?;
        Ok(())
    }

    /// The draft of a case, whoever wrote it: a hand-over keeps it.
    pub fn find_draft(&self, id: CaseId) -> Result<Option<Draft>> {
        Ok(self
            .db
            .query_row("SELECT text, answers, quote_post_id, route FROM drafts WHERE case_id = ?1", [id.0], |row| {
                Ok(Draft {
                    text: row.get::<_, String>(0)?.into(),
                    answers: from_json(&row.get::<_, String>(1)?)?,
                    quote: row.get::<_, Option<i64>>(2)?.map(PostId),
                    route: word(Route::find, &row.get::<_, String>(3)?)?,
                })
            })
            .optional()?)
    }

    /// Who saved the draft last; `None` where there is no draft.
    pub fn find_draft_note(&self, id: CaseId) -> Result<Option<DraftNote>> {
        Ok(self
            .db
            .query_row(
                "SELECT a.name, d.saved_at FROM drafts d JOIN accounts a ON a.id = d.account_id WHERE d.case_id = ?1",
                [id.0],
                |row| Ok(DraftNote { account: row.get(0)?, at: at(row.get(1)?) }),
            )
            .optional()?)
    }

    pub(super) fn drop_draft(&self, id: CaseId) -> Result<()> {
        self.db.execute("DELETE FROM drafts WHERE case_id = ?1", [id.0]).map_err(StoreError::from)?;
        Ok(())
    }
}
