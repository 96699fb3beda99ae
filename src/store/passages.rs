//! People's passages through what forums ask: where each stands, its secrets for as long as they are needed, and who did
//! what.

use super::{Result, StoreError, Tx, at, at_opt, from_json, s, to_json, word};
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::cookies::GivenSession;
use crate::domain::passage::{
    ANSWER_WITHIN_S, Challenge, Ending, PassageEvent, PassageId, Remark, Stage, WAITS_S, may_answer,
};
use crate::sensitive::Sensitive;
use rusqlite::{OptionalExtension, Row, params};

/// A passage as people see it.
#[derive(Clone, Debug)]
pub struct PassageRow {
    pub id: PassageId,
    pub stage: Stage,
    pub step: u32,
    pub remark: Option<Remark>,
    pub started_at: Timestamp,
    pub moved_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ending: Option<Ending>,
    /// What came of the text of a session that was brought along.
    pub counts: Option<GivenCounts>,
    /// What is to be answered, while it is.
    pub shown: Option<Challenge>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenCounts {
    pub taken: usize,
    pub others: usize,
    pub expired: usize,
    pub unreadable: usize,
}

/// What a job takes on: the person's wish with the secrets it needs, which are no longer in the database.
#[derive(Clone, Debug, Default)]
pub struct PassageWork {
    /// The challenge that was answered, as `forum` wrote it.
    pub form: Option<Sensitive<String>>,
    pub answer: Option<Vec<(String, Sensitive<String>)>>,
    pub session: Option<GivenSession>,
}

/// A challenge to be shown. Pictures: number, media type, bytes.
pub struct ShownChallenge<'a> {
    pub shown: &'a Challenge,
    pub form: &'a str,
    pub pictures: Vec<(usize, &'a str, &'a [u8])>,
    pub remark: Option<Remark>,
}

/// One event of a forum's passages.
#[derive(Clone, Debug)]
pub struct PassageEventRow {
    pub at: Timestamp,
    pub kind: String,
    /// The person's name; `None` for what the program did.
    pub by: Option<String>,
}

fn passage(row: &Row<'_>) -> rusqlite::Result<PassageRow> {
    let count = |name| row.get::<_, Option<usize>>(name);
    let counts = count("taken")?
        .map(|taken| -> rusqlite::Result<_> {
            let of = |name| Ok::<_, rusqlite::Error>(count(name)?.unwrap_or(0));
            Ok(GivenCounts { taken, others: of("others")?, expired: of("expired")?, unreadable: of("unreadable")? })
        })
        .transpose()?;
    let optional = |name| row.get::<_, Option<String>>(name);
    Ok(PassageRow {
        id: PassageId(row.get("id")?),
        stage: word(Stage::find, &row.get::<_, String>("stage")?)?,
        step: row.get("step")?,
        remark: optional("remark")?.map(|text| word(Remark::find, &text)).transpose()?,
        started_at: at(row.get("started_at")?),
        moved_at: at(row.get("moved_at")?),
        expires_at: at(row.get("expires_at")?),
        ended_at: at_opt(row.get("ended_at")?),
        ending: optional("ending")?.map(|text| word(Ending::find, &text)).transpose()?,
        counts,
        shown: optional("shown")?.map(|text| from_json(&text)).transpose()?,
    })
}

impl Tx<'_> {
    pub fn find_open_passage(&self, forum: &str) -> Result<Option<PassageRow>> {
        Ok(self
            .db
            .query_row("SELECT * FROM passages WHERE forum = ?1 AND ended_at IS NULL", [forum], passage)
            .optional()?)
    }

    /// The latest passage of a forum, open or not.
    pub fn find_last_passage(&self, forum: &str) -> Result<Option<PassageRow>> {
        Ok(self
            .db
            .query_row("SELECT * FROM passages WHERE forum = ?1 ORDER BY id DESC LIMIT 1", [forum], passage)
            .optional()?)
    }

    /// A person asks to see what the forum asks.
    ///
    /// # Errors
    /// `Conflict` when a passage of this forum is open.
    pub fn ask_passage(&self, forum: &str, by: AccountId, now: Timestamp) -> Result<PassageId> {
        self.open_passage(forum, Stage::Asked, PassageEvent::Asked, by, now)
    }

    /// A person brings a session along.
    ///
    /// # Errors
    /// `Conflict` when a passage of this forum is open.
    pub fn give_session(
        &self,
        forum: &str,
        session: &GivenSession,
        by: AccountId,
        now: Timestamp,
    ) -> Result<PassageId> {
        let id = self.open_passage(forum, Stage::Given, PassageEvent::Given, by, now)?;
        self.db.execute(
            "UPDATE passages SET session = ?2, taken = ?3, others = ?4, expired = ?5, unreadable = ?6 WHERE id = ?1",
            params![
                id.0,
                to_json(session)?,
                session.cookies.len(),
                session.foreign,
                session.expired,
                session.unreadable
            ],
        )?;
        Ok(id)
    }

    fn open_passage(
        &self,
        forum: &str,
        stage: Stage,
        event: PassageEvent,
        by: AccountId,
        now: Timestamp,
    ) -> Result<PassageId> {
        self.db.execute(
            "INSERT INTO passages (forum, stage, started_at, moved_at, expires_at) VALUES (?1, ?2, ?3, ?3, ?4)",
            params![forum, stage.as_str(), s(now), s(now.plus_s(WAITS_S))],
        )?;
        let id = PassageId(self.db.last_insert_rowid());
        self.add_passage_event(id, event, Some(by), now)?;
        Ok(id)
    }

    /// Takes a person's answer to the challenge of this step.
    ///
    /// # Errors
    /// `Conflict` when that challenge is no longer to be answered.
    pub fn answer_passage(
        &self,
        id: PassageId,
        seen_step: u32,
        answer: &[(String, Sensitive<String>)],
        by: AccountId,
        now: Timestamp,
    ) -> Result<()> {
        let row = self.passage(id)?;
        if !may_answer(row.stage, row.step, row.expires_at, seen_step, now) {
            return Err(StoreError::Conflict);
        }
        self.db.execute(
            "UPDATE passages SET stage = ?2, answer = ?3, moved_at = ?4, expires_at = ?5, shown = NULL, remark = NULL \
             WHERE id = ?1",
            params![id.0, Stage::Answered.as_str(), to_json(&answer)?, s(now), s(now.plus_s(WAITS_S))],
        )?;
        self.db.execute("DELETE FROM passage_pictures WHERE passage_id = ?1", [id.0])?;
        self.add_passage_event(id, PassageEvent::Answered, Some(by), now)
    }

    fn passage(&self, id: PassageId) -> Result<PassageRow> {
        Ok(self.db.query_row("SELECT * FROM passages WHERE id = ?1", [id.0], passage)?)
    }

    /// A job takes the passage on: what it needs is handed over and wiped here, with what was shown. Whatever happens to
    /// the job, no answer is sent twice.
    pub fn take_passage(&self, id: PassageId, now: Timestamp) -> Result<PassageWork> {
        let (form, answer, session) =
            self.db.query_row("SELECT form, answer, session FROM passages WHERE id = ?1", [id.0], |row| {
                let text = |n| row.get::<_, Option<String>>(n);
                let answer = text(1)?.map(|json| from_json(&json)).transpose()?;
                let session = text(2)?.map(|json| from_json(&json)).transpose()?;
                Ok((text(0)?.map(Into::into), answer, session))
            })?;
        self.wipe_passage(id)?;
        self.db.execute(
            "UPDATE passages SET stage = ?2, remark = NULL, moved_at = ?3 WHERE id = ?1",
            params![id.0, Stage::Working.as_str(), s(now)],
        )?;
        Ok(PassageWork { form, answer, session })
    }

    /// Shows a person the next challenge. Nothing where the passage was ended meanwhile.
    pub fn show_challenge(&self, id: PassageId, challenge: &ShownChallenge<'_>, now: Timestamp) -> Result<()> {
        let changed = self.db.execute(
            "UPDATE passages SET stage = ?2, step = step + 1, remark = ?3, shown = ?4, form = ?5, moved_at = ?6, \
             expires_at = ?7 WHERE id = ?1 AND stage = ?8",
            params![
                id.0,
                Stage::Shown.as_str(),
                challenge.remark.map(Remark::as_str),
                to_json(challenge.shown)?,
                challenge.form,
                s(now),
                s(now.plus_s(ANSWER_WITHIN_S)),
                Stage::Working.as_str(),
            ],
        )?;
        if changed != 1 {
            return Ok(());
        }
        for (number, kind, bytes) in &challenge.pictures {
            self.db.execute(
                "INSERT INTO passage_pictures (passage_id, number, kind, bytes) VALUES (?1, ?2, ?3, ?4)",
                params![id.0, number, kind, bytes],
            )?;
        }
        let event = match challenge.remark {
            None => PassageEvent::Shown,
            Some(Remark::Wrong) => PassageEvent::Wrong,
            Some(Remark::NextStep) => PassageEvent::NextStep,
        };
        self.add_passage_event(id, event, None, now)
    }

    /// A picture of the challenge that a forum shows now: media type and bytes.
    pub fn find_passage_picture(&self, forum: &str, number: u32) -> Result<Option<(String, Vec<u8>)>> {
        Ok(self
            .db
            .query_row(
                "SELECT i.kind, i.bytes FROM passage_pictures i JOIN passages p ON p.id = i.passage_id \
                 WHERE p.forum = ?1 AND p.ended_at IS NULL AND p.stage = ?2 AND i.number = ?3",
                params![forum, Stage::Shown.as_str(), number],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?)
    }

    /// Ends a passage and wipes its secrets. `by`: the person who ended it, if it was one. `false` where it had ended.
    pub fn end_passage(&self, id: PassageId, ending: Ending, by: Option<AccountId>, now: Timestamp) -> Result<bool> {
        let changed = self.db.execute(
            "UPDATE passages SET stage = ?2, ending = ?3, remark = NULL, moved_at = ?4, ended_at = ?4 \
             WHERE id = ?1 AND ended_at IS NULL",
            params![id.0, Stage::Ended.as_str(), ending.as_str(), s(now)],
        )?;
        if changed == 1 {
            self.wipe_passage(id)?;
            self.add_passage_event(id, PassageEvent::Ended(ending), by, now)?;
        }
        Ok(changed == 1)
    }

    /// Ends every passage whose time is over, of forums that are no more too.
    pub fn sweep_passages(&self, now: Timestamp) -> Result<()> {
        let mut statement =
            self.db.prepare_cached("SELECT id FROM passages WHERE ended_at IS NULL AND expires_at <= ?1")?;
        let over: Vec<i64> = statement.query_map([s(now)], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for id in over {
            self.end_passage(PassageId(id), Ending::Expired, None, now)?;
        }
        Ok(())
    }

    fn wipe_passage(&self, id: PassageId) -> Result<()> {
        self.db.execute(
            "UPDATE passages SET shown = NULL, form = NULL, answer = NULL, session = NULL WHERE id = ?1",
            [id.0],
        )?;
        self.db.execute("DELETE FROM passage_pictures WHERE passage_id = ?1", [id.0])?;
        Ok(())
    }

    fn add_passage_event(
        &self,
        id: PassageId,
        event: PassageEvent,
        by: Option<AccountId>,
        now: Timestamp,
    ) -> Result<()> {
        self.db.execute(
            "INSERT INTO passage_events (passage_id, at, kind, account_id) VALUES (?1, ?2, ?3, ?4)",
            params![id.0, s(now), event.as_str(), by.map(|b| b.0)],
        )?;
        Ok(())
    }

    /// What happened in a forum's passages, the latest first.
    pub fn passage_events(&self, forum: &str, limit: u32) -> Result<Vec<PassageEventRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT e.at, e.kind, a.name FROM passage_events e JOIN passages p ON p.id = e.passage_id \
             LEFT JOIN accounts a ON a.id = e.account_id WHERE p.forum = ?1 ORDER BY e.id DESC LIMIT ?2",
        )?;
        let rows = statement.query_map(params![forum, limit], |row| {
            Ok(PassageEventRow { at: at(row.get(0)?), kind: row.get(1)?, by: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The forum lets us in again: threads and replies that were kept out go on at once.
    pub fn let_in(&self, forum: &str, now: Timestamp) -> Result<()> {
        self.retry_kept_out(forum, now)?;
        self.db.execute(
            "UPDATE replies SET not_before = ?2 WHERE delivery = 'waiting' AND not_before > ?2 \
             AND reason IN ('challenge', 'log_in_refused', 'login_required', 'too_many_log_ins') \
             AND thread_id IN (SELECT id FROM threads WHERE forum = ?1)",
            params![forum, s(now)],
        )?;
        Ok(())
    }

    /// Whether reading a thread of this forum last failed for want of a person or a log-in.
    pub fn is_kept_out(&self, forum: &str) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM threads WHERE forum = ?1 \
             AND last_state IN ('log_in_refused', 'login_required', 'challenge'))",
            [forum],
            |row| row.get(0),
        )?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Role;
    use crate::domain::passage::{Field, FieldKind};
    use crate::store::{Key, Store};

    fn now() -> Timestamp {
        Timestamp::from_unix_s(1_795_000_000)
    }

    fn store() -> (tempfile::TempDir, Store, AccountId) {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &Key::from_bytes(&[1; 32])).expect("fresh");
        let by = store.write_now(|tx| tx.add_account("olga", "-", &[Role::Coordinator], now())).expect("account");
        (dir, store, by)
    }

    /// Secrets that the database holds: columns that are filled, and pictures.
    fn secrets(store: &Store) -> u32 {
        let sql = "SELECT (SELECT ifnull(sum((shown IS NOT NULL) + (form IS NOT NULL) + (answer IS NOT NULL) \
                   + (session IS NOT NULL)), 0) FROM passages) + (SELECT count(*) FROM passage_pictures)";
        store.lock().query_row(sql, [], |row| row.get(0)).expect("counts")
    }

    fn show(tx: &Tx<'_>, id: PassageId) -> Result<()> {
        let field = Field { name: "code".into(), label: "".into(), kind: FieldKind::Text };
        let shown = Challenge { fields: vec![field], pictures: vec![true], ..Challenge::default() };
        let pictures = vec![(0, "image/png", &b"x"[..])];
        tx.show_challenge(id, &ShownChallenge { shown: &shown, form: "{}", pictures, remark: None }, now())
    }

    #[test]
    fn secrets_are_wiped_when_they_are_used_and_when_a_passage_ends() {
        let (_dir, store, by) = store();
        let write = |work: &dyn Fn(&Tx<'_>) -> Result<()>| store.write_now(|tx| work(tx)).expect("writes");
        let id = store.write_now(|tx| tx.ask_passage("f", by, now())).expect("asked");
        write(&|tx| tx.take_passage(id, now()).map(drop));
        write(&|tx| show(tx, id));
        assert_eq!(secrets(&store), 3);
        write(&|tx| tx.answer_passage(id, 1, &[("code".to_owned(), "7".into())], by, now()));
        assert_eq!(secrets(&store), 2, "the form and the answer, until they are sent");
        write(&|tx| {
            let work = tx.take_passage(id, now())?;
            assert!(work.form.is_some() && work.answer.is_some());
            Ok(())
        });
        assert_eq!(secrets(&store), 0);
        write(&|tx| show(tx, id));
        write(&|tx| tx.sweep_passages(now().plus_s(ANSWER_WITHIN_S)));
        assert_eq!(secrets(&store), 0);
        let row = store.read_now(|tx| tx.find_last_passage("f")).expect("reads").expect("there");
        assert_eq!(row.ending, Some(Ending::Expired));
        write(&|tx| tx.give_session("f", &GivenSession::default(), by, now()).map(drop));
        assert_eq!(secrets(&store), 1);
        write(&|tx| {
            let open = tx.find_open_passage("f")?.expect("open");
            assert!(tx.end_passage(open.id, Ending::Dropped, Some(by), now())?);
            assert!(!tx.end_passage(open.id, Ending::Expired, None, now())?, "it ends once");
            Ok(())
        });
        assert_eq!(secrets(&store), 0);
    }

    #[test]
    fn forum_has_one_open_passage_and_its_end_is_not_undone_by_a_job() {
        let (_dir, store, by) = store();
        let id = store.write_now(|tx| tx.ask_passage("f", by, now())).expect("asked");
        let second = store.write_now(|tx| tx.ask_passage("f", by, now()));
        assert!(matches!(second, Err(StoreError::Conflict)));
        store.write_now(|tx| tx.ask_passage("g", by, now())).expect("another forum");
        store
            .write_now(|tx| {
                tx.take_passage(id, now())?;
                tx.end_passage(id, Ending::Dropped, Some(by), now())?;
                show(tx, id)
            })
            .expect("writes");
        assert_eq!(secrets(&store), 0);
        let events = store.read_now(|tx| tx.passage_events("f", 10)).expect("reads");
        let events: Vec<_> = events.iter().map(|e| (e.kind.as_str(), e.by.as_deref())).collect();
        assert_eq!(events, [("dropped", Some("olga")), ("asked", Some("olga"))]);
    }
}
