//! The answer library: texts that medical professionals verified, and the rules of that verification.
//!
//! An answer is what the library holds; a suggestion is an answer proposed for a case; a reply is what is sent.
//! Nothing here picks an answer for a post: that is `triage`.

use crate::clock::Timestamp;
use crate::domain::account::{AccountId, Role};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Stable name of an answer, such as `od.opioid`.
pub type AnswerId = String;

/// The words of an answer, as `answers import` reads them. Unknown keys are ignored (contract).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerText {
    pub id: AnswerId,
    /// An id of `data/topics.tsv`, or `workflow` for texts about the conversation itself.
    pub topic: String,
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub theme: u8,
    /// `emergency`, `soon` or `routine`: what the answer is for.
    #[serde(default)]
    pub urgency: Option<String>,
    #[serde(default)]
    pub title_ru: String,
    #[serde(default)]
    pub title_en: String,
    pub body_ru: String,
    #[serde(default)]
    pub body_en: String,
    #[serde(default)]
    pub examples_ru: Vec<String>,
    #[serde(default)]
    pub examples_en: Vec<String>,
    #[serde(default)]
    pub sources: Vec<String>,
}

/// A TOML file of answers: `[[answer]]` tables.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AnswerFile {
    #[serde(default)]
    pub answer: Vec<AnswerText>,
}

impl AnswerText {
    /// A digest over the words a client would read. A verification holds for exactly one digest, so any change takes
    /// it away without anybody having to remember to.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.title_ru, &self.title_en, &self.body_ru, &self.body_en] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The title to show to a reader of `lang`; the other language where this one is missing.
    pub fn title(&self, lang: &str) -> &str {
        pick(lang, &self.title_ru, &self.title_en)
    }

    /// The body in `lang`; the other language where this one is missing.
    pub fn body(&self, lang: &str) -> &str {
        pick(lang, &self.body_ru, &self.body_en)
    }

    /// Snippets about the conversation (out of hours, "please write it as text"): not offered by ranking.
    pub fn is_workflow(&self) -> bool {
        self.topic == "workflow"
    }
}

fn pick<'a>(lang: &str, ru: &'a str, en: &'a str) -> &'a str {
    match (lang, ru.is_empty(), en.is_empty()) {
        ("en", _, false) | (_, true, false) => en,
        _ => ru,
    }
}

/// Who confirmed which words, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub by: AccountId,
    pub at: Timestamp,
    /// From then on the answer is offline until it is verified anew.
    pub until: Timestamp,
    /// `AnswerText::digest` of what was read and confirmed.
    pub digest: String,
}

/// An answer with its standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub text: AnswerText,
    pub verification: Option<Verification>,
    pub updated_at: Timestamp,
}

/// Whether an answer may be offered for sending, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Verified,
    /// Nobody has confirmed these words, or they were changed since.
    Unverified,
    Expired,
}

impl Answer {
    pub fn standing(&self, now: Timestamp) -> Standing {
        match &self.verification {
            Some(v) if v.digest == self.text.digest() => {
                if now < v.until {
                    Standing::Verified
                } else {
                    Standing::Expired
                }
            }
            _ => Standing::Unverified,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    #[error("only a verifier may verify an answer")]
    NotAVerifier,
    #[error("the answer was changed after it was shown to you")]
    Changed,
    #[error("the review date lies in the past")]
    AlreadyExpired,
}

/// A verifier confirms the words that were shown to them.
///
/// `shown_digest` comes back from the page they read: where the words changed in between, nothing is verified.
pub fn verify(
    text: &AnswerText,
    shown_digest: &str,
    by: AccountId,
    roles: &[Role],
    now: Timestamp,
    until: Timestamp,
) -> Result<Verification, VerifyError> {
    if !roles.contains(&Role::Verifier) {
        return Err(VerifyError::NotAVerifier);
    }
    if text.digest() != shown_digest {
        return Err(VerifyError::Changed);
    }
    if until <= now {
        return Err(VerifyError::AlreadyExpired);
    }
    Ok(Verification { by, at: now, until, digest: text.digest() })
}

/// Facts of the NGO's directory (bus schedule, contacts) by key, put into a body in place of `{{key}}`.
pub type Facts = BTreeMap<String, String>;

/// The body with every known fact put in, and the keys that have no fact yet.
///
/// An unknown key stays visible as `{{key}}`: a worker must see what is missing, and `reply::approve` refuses it.
pub fn fill_facts(body: &str, facts: &Facts) -> (String, Vec<String>) {
    let mut out = String::with_capacity(body.len());
    let mut missing = Vec::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((key, tail)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        let key = key.trim();
        if let Some(fact) = facts.get(key).filter(|f| !f.trim().is_empty()) {
            out.push_str(fact.trim());
        } else {
            out.push_str("{{");
            out.push_str(key);
            out.push_str("}}");
            if !missing.iter().any(|k| k == key) {
                missing.push(key.to_owned());
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    (out, missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> AnswerText {
        AnswerText { id: "a".into(), topic: "vein.rash".into(), body_ru: body.into(), ..AnswerText::default() }
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    #[test]
    fn changed_answer_loses_its_verification() {
        let words = text("мойте руки");
        let v = verify(&words, &words.digest(), AccountId(1), &[Role::Verifier], at(0), at(100)).expect("verified");
        let mut answer = Answer { text: words, verification: Some(v), updated_at: at(0) };
        assert_eq!(answer.standing(at(50)), Standing::Verified);
        answer.text.body_ru.push('!');
        assert_eq!(answer.standing(at(50)), Standing::Unverified);
    }

    #[test]
    fn verification_ends_on_its_date() {
        let words = text("x");
        let v = verify(&words, &words.digest(), AccountId(1), &[Role::Verifier], at(0), at(100)).expect("verified");
        let answer = Answer { text: words, verification: Some(v), updated_at: at(0) };
        assert_eq!(answer.standing(at(100)), Standing::Expired);
    }

    #[test]
    fn only_a_verifier_verifies_and_only_what_was_shown() {
        let words = text("x");
        let digest = words.digest();
        assert_eq!(
            verify(&words, &digest, AccountId(1), &[Role::Admin, Role::Worker], at(0), at(9)),
            Err(VerifyError::NotAVerifier)
        );
        assert_eq!(verify(&words, "other", AccountId(1), &[Role::Verifier], at(0), at(9)), Err(VerifyError::Changed));
    }

    #[test]
    fn missing_fact_stays_visible_and_is_named() {
        let facts = Facts::from([("bus".to_owned(), "пн–пт 18:00".to_owned()), ("chat".to_owned(), " ".to_owned())]);
        let (body, missing) = fill_facts("Автобус: {{bus}}, чат {{chat}}, {{chat}}; {{ не закрыто", &facts);
        assert_eq!(body, "Автобус: пн–пт 18:00, чат {{chat}}, {{chat}}; {{ не закрыто");
        assert_eq!(missing, ["chat"]);
    }
}
