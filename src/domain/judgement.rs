//! What triage says of a post: the JSON of `netreach triage`, kept beside the post.
//!
//! A judgement only orders and proposes. No state of a case follows from it without a person,
//! except that a post judged to need somebody opens a case.

use serde::{Deserialize, Serialize};

/// How soon somebody must react. Declared from mild to grave, so that `max` keeps the graver one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Routine,
    /// Today or tomorrow.
    Soon,
    /// Life at risk now.
    Emergency,
}

impl Urgency {
    pub const ALL: [Self; 3] = [Self::Emergency, Self::Soon, Self::Routine];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Soon => "soon",
            Self::Emergency => "emergency",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|u| u.as_str() == text)
    }
}

/// An id with the weight it was given, best first in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    pub id: String,
    pub score: f64,
}

/// What triage makes of one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    pub is_request: bool,
    /// How sure it is that this is a request, 0 to 1.
    pub score: f64,
    /// Ids of `data/topics.tsv`, best first.
    pub topics: Vec<Scored>,
    /// `None` where nothing is asked.
    pub urgency: Option<Urgency>,
    /// `ru`, `en`, `translit`, `mixed` or another ISO 639-1 code.
    pub lang: String,
    /// Two careful readers could disagree: shown as doubtful, never dropped.
    pub unclear: bool,
    /// For a worker to read; they name features, they do not quote the post at length.
    pub reasons: Vec<String>,
}
