//! Lessons that wait for a coordinator, examples that were accepted, the fits made from them, and what use shows in figures.

use super::{Result, Tx, at, at_opt, from_json, s, to_json, word};
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::case::CaseId;
use crate::domain::judgement::Urgency;
use crate::domain::lesson::{
    Comparison, Example, Fit, FitId, FitState, Label, Lesson, LessonId, LessonKind, Month, Need, PENDING_S, Taken,
    TopicPicks, Verdict,
};
use crate::domain::thread::PostId;
use crate::sensitive::Sensitive;
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;

/// A lesson as the desk makes it.
#[derive(Clone, Debug)]
pub struct NewLesson {
    pub kind: LessonKind,
    pub case: CaseId,
    pub post: PostId,
    pub by: AccountId,
    pub judged: Label,
    pub label: Label,
    /// Masked.
    pub text: Sensitive<String>,
}

/// What stays of a fit that was made.
#[derive(Clone, Debug)]
pub struct EndedFit {
    pub comparison: Comparison,
    pub verdict: Verdict,
    pub lessons: Vec<LessonId>,
    pub model_digest: String,
    pub adjustment: Vec<u8>,
}

/// The adjustment in use, as it was stored.
#[derive(Clone, Debug)]
pub struct StoredAdjustment {
    pub fit: FitId,
    pub model_digest: String,
    pub bytes: Vec<u8>,
    pub lessons: Vec<LessonId>,
}

const LESSON: &str = "SELECT l.*, a.name AS account, ifnull(d.text, l.example) AS words FROM lessons l \
                      LEFT JOIN lesson_drafts d ON d.lesson_id = l.id LEFT JOIN accounts a ON a.id = l.account_id";

fn need_of(text: Option<String>) -> rusqlite::Result<Option<Need>> {
    text.map(|text| word(Need::find, &text)).transpose()
}

fn lesson(row: &Row<'_>) -> rusqlite::Result<Lesson> {
    Ok(Lesson {
        id: LessonId(row.get("id")?),
        kind: word(LessonKind::find, &row.get::<_, String>("kind")?)?,
        at: at(row.get("at")?),
        by: row.get("account")?,
        judged: Label {
            need: need_of(Some(row.get("judged_need")?))?,
            topics: from_json(&row.get::<_, String>("judged_topics")?)?,
        },
        label: Label { need: need_of(row.get("need")?)?, topics: from_json(&row.get::<_, String>("topics")?)? },
        text: row.get::<_, Option<String>>("words")?.unwrap_or_default().into(),
    })
}

fn fit(row: &Row<'_>) -> rusqlite::Result<Fit> {
    let figures: Option<String> = row.get("figures")?;
    Ok(Fit {
        id: FitId(row.get("id")?),
        asked_at: at(row.get("asked_at")?),
        asked_by: row.get("account")?,
        state: word(FitState::find, &row.get::<_, String>("state")?)?,
        ended_at: at_opt(row.get("ended_at")?),
        comparison: figures.map(|json| from_json(&json)).transpose()?,
    })
}

impl Tx<'_> {
    /// A lesson for the coordinators. What the same case taught in the same way and nobody decided on yet gives way to it.
    pub fn add_lesson(&self, new: &NewLesson, now: Timestamp) -> Result<LessonId> {
        self.drop_pending_lessons(new.case, new.kind)?;
        self.db.execute(
            "INSERT INTO lessons (kind, at, case_id, account_id, judged_need, judged_topics, need, topics, state) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'pending')",
            params![
                new.kind.as_str(),
                s(now),
                new.case.0,
                new.by.0,
                new.judged.need.unwrap_or(Need::Nothing).as_str(),
                to_json(&new.judged.topics)?,
                new.label.need.map(Need::as_str),
                to_json(&new.label.topics)?,
            ],
        )?;
        let id = LessonId(self.db.last_insert_rowid());
        self.db.execute(
            "INSERT INTO lesson_drafts (lesson_id, post_id, text) VALUES (?1, ?2, ?3)",
            params![id.0, new.post.0, new.text.expose()],
        )?;
        Ok(id)
    }

    /// Takes back what a case taught in one way, as long as nobody decided on it.
    pub fn drop_pending_lessons(&self, case: CaseId, kind: LessonKind) -> Result<()> {
        self.db.execute(
            "DELETE FROM lessons WHERE case_id = ?1 AND kind = ?2 AND state = 'pending'",
            params![case.0, kind.as_str()],
        )?;
        Ok(())
    }

    /// Lessons that wait for a coordinator, the oldest first, `limit` of them.
    pub fn pending_lessons(&self, limit: u32) -> Result<Vec<Lesson>> {
        let sql = format!("{LESSON} WHERE l.state = 'pending' AND d.text IS NOT NULL ORDER BY l.at, l.id LIMIT ?1");
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query_map([limit], lesson)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn count_pending_lessons(&self) -> Result<usize> {
        let count: i64 = self.db.query_row(
            "SELECT count(*) FROM lessons l JOIN lesson_drafts d ON d.lesson_id = l.id WHERE l.state = 'pending'",
            [],
            |row| row.get(0),
        )?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Lessons that were accepted, the latest first.
    pub fn accepted_lessons(&self) -> Result<Vec<Lesson>> {
        let sql = format!("{LESSON} WHERE l.state = 'accepted' ORDER BY l.decided_at DESC, l.id DESC");
        let mut statement = self.db.prepare_cached(&sql)?;
        let rows = statement.query_map([], lesson)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The examples to learn from, in an order that does not change.
    pub fn examples(&self) -> Result<Vec<Example>> {
        let mut accepted = self.accepted_lessons()?;
        accepted.sort_by_key(|l| l.id);
        Ok(accepted.into_iter().map(|l| Example { id: l.id, text: l.text, label: l.label }).collect())
    }

    /// Keeps a pending lesson as an example, with the words and the label as the coordinator left them.
    ///
    /// # Errors
    /// `Conflict` when it does not wait any more.
    pub fn accept_lesson(&self, id: LessonId, text: &str, label: &Label, by: AccountId, now: Timestamp) -> Result<()> {
        let changed = self.db.execute(
            "UPDATE lessons SET state = 'accepted', example = ?2, need = ?3, topics = ?4, decided_by = ?5, decided_at = ?6 \
             WHERE id = ?1 AND state = 'pending'",
            params![id.0, text, label.need.map(Need::as_str), to_json(&label.topics)?, by.0, s(now)],
        )?;
        self.end_lesson(id, changed)
    }

    /// Refuses a pending lesson, or takes an accepted one out again: its words are gone.
    ///
    /// # Errors
    /// `Conflict` when there is nothing to refuse any more.
    pub fn reject_lesson(&self, id: LessonId, by: AccountId, now: Timestamp) -> Result<()> {
        let changed = self.db.execute(
            "UPDATE lessons SET state = 'rejected', example = NULL, decided_by = ?2, decided_at = ?3 \
             WHERE id = ?1 AND state IN ('pending', 'accepted')",
            params![id.0, by.0, s(now)],
        )?;
        self.end_lesson(id, changed)
    }

    fn end_lesson(&self, id: LessonId, changed: usize) -> Result<()> {
        if changed != 1 {
            return Err(super::StoreError::Conflict);
        }
        self.db.execute("DELETE FROM lesson_drafts WHERE lesson_id = ?1", [id.0])?;
        Ok(())
    }

    /// Forgets the texts of lessons that nobody decided on in time. Answers how many.
    pub fn sweep_lessons(&self, now: Timestamp) -> Result<usize> {
        let oldest = s(now.plus_s(-PENDING_S));
        let forgotten = self.db.execute(
            "DELETE FROM lesson_drafts WHERE lesson_id IN (SELECT id FROM lessons WHERE at <= ?1)",
            [oldest],
        )?;
        // Also those whose post is gone, and their text with it.
        self.db.execute(
            "UPDATE lessons SET state = 'expired' WHERE state = 'pending' \
             AND id NOT IN (SELECT lesson_id FROM lesson_drafts)",
            [],
        )?;
        Ok(forgotten)
    }

    /// Notes where an answer of an approved reply was taken from.
    pub fn add_pick(&self, case: CaseId, topic: &str, taken: Taken, now: Timestamp) -> Result<()> {
        let place = match taken {
            Taken::Place(place) => Some(place),
            Taken::Sought => Some(0),
            Taken::Unused => None,
        };
        self.db.execute(
            "INSERT INTO picks (at, case_id, topic, place) VALUES (?1, ?2, ?3, ?4)",
            params![s(now), case.0, topic, place.map(|p| i64::try_from(p).unwrap_or(i64::MAX))],
        )?;
        Ok(())
    }

    /// Forgets what a reply was made from that was taken back.
    pub fn drop_picks(&self, case: CaseId, at: Timestamp) -> Result<()> {
        self.db.execute("DELETE FROM picks WHERE case_id = ?1 AND at = ?2", params![case.0, s(at)])?;
        Ok(())
    }

    /// Asks for a fit, unless one is asked for already. `by`: `None` for the program itself.
    pub fn ask_for_fit(&self, by: Option<AccountId>, now: Timestamp) -> Result<FitId> {
        if let Some(asked) = self.find_asked_fit()? {
            return Ok(asked);
        }
        self.db.execute(
            "INSERT INTO fits (asked_at, asked_by, state) VALUES (?1, ?2, 'asked')",
            params![s(now), by.map(|b| b.0)],
        )?;
        Ok(FitId(self.db.last_insert_rowid()))
    }

    pub fn find_asked_fit(&self) -> Result<Option<FitId>> {
        Ok(self
            .db
            .query_row("SELECT id FROM fits WHERE state = 'asked' ORDER BY id LIMIT 1", [], |row| row.get(0).map(FitId))
            .optional()?)
    }

    /// Writes down what became of a fit. `None`: it could not be made.
    pub fn end_fit(&self, id: FitId, ended: Option<&EndedFit>, now: Timestamp) -> Result<()> {
        let Some(ended) = ended else {
            self.db.execute("UPDATE fits SET state = 'failed', ended_at = ?2 WHERE id = ?1", params![id.0, s(now)])?;
            return Ok(());
        };
        let lessons: Vec<i64> = ended.lessons.iter().map(|id| id.0).collect();
        let kept = (ended.verdict == Verdict::Taken).then_some(&ended.adjustment);
        self.db.execute(
            "UPDATE fits SET state = ?2, ended_at = ?3, figures = ?4, lessons = ?5, model_digest = ?6, adjustment = ?7 \
             WHERE id = ?1",
            params![
                id.0,
                ended.verdict.as_str(),
                s(now),
                to_json(&ended.comparison)?,
                to_json(&lessons)?,
                ended.model_digest,
                kept,
            ],
        )?;
        if kept.is_some() {
            // One is in use; what is left of the others are their figures.
            self.db.execute("UPDATE fits SET adjustment = NULL WHERE id <> ?1", [id.0])?;
        }
        Ok(())
    }

    /// The adjustment in use, if there is one.
    pub fn find_adjustment(&self) -> Result<Option<StoredAdjustment>> {
        Ok(self
            .db
            .query_row(
                "SELECT id, model_digest, adjustment, lessons FROM fits WHERE adjustment IS NOT NULL \
                 ORDER BY id DESC LIMIT 1",
                [],
                |row| {
                    let lessons: Vec<i64> = from_json(&row.get::<_, String>(3)?)?;
                    Ok(StoredAdjustment {
                        fit: FitId(row.get(0)?),
                        model_digest: row.get(1)?,
                        bytes: row.get(2)?,
                        lessons: lessons.into_iter().map(LessonId).collect(),
                    })
                },
            )
            .optional()?)
    }

    /// Forgets an adjustment that belongs to another model. Its figures stay.
    pub fn drop_adjustment(&self) -> Result<()> {
        self.db.execute("UPDATE fits SET adjustment = NULL", [])?;
        Ok(())
    }

    /// The latest fits first.
    pub fn fits(&self, limit: u32) -> Result<Vec<Fit>> {
        let mut statement = self.db.prepare_cached(
            "SELECT f.*, a.name AS account FROM fits f LEFT JOIN accounts a ON a.id = f.asked_by \
             ORDER BY f.id DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], fit)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What was judged against what it was corrected to, over the corrections made in `[from, to)`: a row a judgement, a
    /// column a correction, in the order of [`Need::ALL`]. Those of refused lessons are left out: they were no mistakes.
    pub fn corrections(&self, from: Timestamp, to: Timestamp) -> Result<[[usize; 4]; 4]> {
        let mut table = [[0; 4]; 4];
        let mut statement = self.db.prepare_cached(
            "SELECT judged_need, need FROM lessons WHERE kind = 'corrected' AND state <> 'rejected' AND need IS NOT NULL \
             AND at >= ?1 AND at < ?2",
        )?;
        let rows = statement.query_map(params![s(from), s(to)], |row| {
            Ok((word(Need::find, &row.get::<_, String>(0)?)?, word(Need::find, &row.get::<_, String>(1)?)?))
        })?;
        let place = |need: Need| Need::ALL.iter().position(|n| *n == need).unwrap_or(0);
        for row in rows {
            let (judged, corrected) = row?;
            if let Some(cell) = table.get_mut(place(judged)).and_then(|row| row.get_mut(place(corrected))) {
                *cell += 1;
            }
        }
        Ok(table)
    }

    /// The months of `[from, to)` in which a case was opened, the latest first: cases that are still kept, by what was
    /// judged of their posts. `month_of` gives the calendar month of a moment.
    pub fn months(&self, from: Timestamp, to: Timestamp, month_of: impl Fn(Timestamp) -> String) -> Result<Vec<Month>> {
        let mut months: BTreeMap<String, Month> = BTreeMap::new();
        let mut statement = self.db.prepare_cached(
            "SELECT c.opened_at, \
             EXISTS (SELECT 1 FROM case_posts cp JOIN posts p ON p.id = cp.post_id WHERE cp.case_id = c.id \
              AND json_extract(p.judgement, '$.urgency') = ?3) AS alarm, \
             (SELECT l.need FROM lessons l WHERE l.case_id = c.id AND l.kind = 'corrected' AND l.state <> 'rejected' \
              ORDER BY l.id DESC LIMIT 1) AS need, \
             EXISTS (SELECT 1 FROM lessons l WHERE l.case_id = c.id AND l.kind = 'corrected' AND l.state <> 'rejected') \
             FROM cases c WHERE c.opened_at >= ?1 AND c.opened_at < ?2",
        )?;
        let rows = statement.query_map(params![s(from), s(to), Urgency::Emergency.as_str()], |row| {
            Ok((at(row.get(0)?), row.get::<_, bool>(1)?, need_of(row.get(2)?)?, row.get::<_, bool>(3)?))
        })?;
        for row in rows {
            let (opened, alarm, need, corrected) = row?;
            let name = month_of(opened);
            let month = months.entry(name.clone()).or_insert_with(|| Month { month: name, ..Month::default() });
            month.cases += 1;
            month.corrected += usize::from(corrected);
            month.alarms += usize::from(alarm);
            month.false_alarms += usize::from(alarm && need.is_some_and(|n| n != Need::Emergency));
            month.missed += usize::from(!alarm && need == Some(Need::Emergency));
        }
        Ok(months.into_values().rev().collect())
    }

    /// Where the answers of approved replies were taken from in `[from, to)`, by topic, the most frequent first.
    pub fn picks(&self, from: Timestamp, to: Timestamp) -> Result<Vec<TopicPicks>> {
        let mut topics: BTreeMap<String, TopicPicks> = BTreeMap::new();
        let mut statement =
            self.db.prepare_cached("SELECT topic, place FROM picks WHERE at >= ?1 AND at < ?2 ORDER BY id")?;
        let rows = statement
            .query_map(params![s(from), s(to)], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))?;
        for row in rows {
            let (topic, place) = row?;
            let picks = topics.entry(topic.clone()).or_insert_with(|| TopicPicks { topic, ..TopicPicks::default() });
            match place.map(|p| usize::try_from(p).unwrap_or(0)) {
                None => picks.unused += 1,
                Some(place) => match place.checked_sub(1).and_then(|p| picks.places.get_mut(p)) {
                    Some(cell) => *cell += 1,
                    None => picks.sought += 1,
                },
            }
        }
        let mut topics: Vec<TopicPicks> = topics.into_values().collect();
        topics.sort_by_key(|t| std::cmp::Reverse(t.sum()));
        Ok(topics)
    }
}
