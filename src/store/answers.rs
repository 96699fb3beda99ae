//! The answer library and the directory of facts.

use super::{Result, Tx, at, at_opt, from_json, s, to_json};
use crate::clock::Timestamp;
use crate::domain::account::AccountId;
use crate::domain::answer::{Answer, AnswerText, Facts, Verification};
use crate::privacy;
use rusqlite::{OptionalExtension, Row, params};

fn answer(row: &Row<'_>) -> rusqlite::Result<Answer> {
    let by: Option<i64> = row.get("verified_by")?;
    let verified_at = at_opt(row.get("verified_at")?);
    let until = at_opt(row.get("verified_until")?);
    let digest: Option<String> = row.get("verified_digest")?;
    Ok(Answer {
        text: from_json(&row.get::<_, String>("text")?)?,
        verification: by.zip(verified_at).zip(until).zip(digest).map(|(((by, at), until), digest)| Verification {
            by: AccountId(by),
            at,
            until,
            digest,
        }),
        updated_at: at(row.get("updated_at")?),
    })
}

impl Tx<'_> {
    /// Adds an answer or changes its words. A verification row stays, but holds only for the digest it names: changed
    /// words are unverified by themselves. Answers whether anything changed.
    ///
    /// Examples of how people ask outlive every case they may come from: they are kept masked.
    pub fn save_answer(&self, text: &AnswerText, now: Timestamp) -> Result<bool> {
        let masked = |examples: &[String]| examples.iter().map(|e| privacy::mask(e)).collect();
        let json = to_json(&AnswerText {
            examples_ru: masked(&text.examples_ru),
            examples_en: masked(&text.examples_en),
            ..text.clone()
        })?;
        Ok(self.db.execute(
            "INSERT INTO answers (id, text, updated_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (id) DO UPDATE SET text = ?2, updated_at = ?3 WHERE text <> ?2",
            params![text.id, json, s(now)],
        )? == 1)
    }

    pub fn verify_answer(&self, id: &str, v: &Verification) -> Result<()> {
        self.db.execute(
            "UPDATE answers SET verified_by = ?2, verified_at = ?3, verified_until = ?4, verified_digest = ?5 WHERE id = ?1",
            params![id, v.by.0, s(v.at), s(v.until), v.digest],
        )?;
        Ok(())
    }

    /// Takes a verification away.
    pub fn unverify_answer(&self, id: &str) -> Result<()> {
        self.db.execute(
            "UPDATE answers SET verified_by = NULL, verified_at = NULL, verified_until = NULL, verified_digest = NULL \
             WHERE id = ?1",
            [id],
        )?;
        Ok(())
    }

    pub fn answers(&self) -> Result<Vec<Answer>> {
        let mut statement = self.db.prepare_cached("SELECT * FROM answers ORDER BY id")?;
        let rows = statement.query_map([], answer)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn find_answer(&self, id: &str) -> Result<Option<Answer>> {
        Ok(self.db.query_row("SELECT * FROM answers WHERE id = ?1", [id], answer).optional()?)
    }

    pub fn facts(&self) -> Result<Facts> {
        let mut statement = self.db.prepare_cached("SELECT key, value FROM facts")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// `by` is `None` for the command line.
    pub fn save_fact(&self, key: &str, value: &str, by: Option<AccountId>, now: Timestamp) -> Result<()> {
        self.db.execute(
            "INSERT INTO facts (key, value, updated_by, updated_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (key) DO UPDATE SET value = ?2, updated_by = ?3, updated_at = ?4",
            params![key, value, by.map(|a| a.0), s(now)],
        )?;
        Ok(())
    }
}
