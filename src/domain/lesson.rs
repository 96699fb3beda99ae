//! What use teaches: a worker says that a post was judged wrongly, or sends an answer that fits it; a coordinator makes an
//! example of it; a fit to the accepted examples is compared with what was there before, and taken or refused.
//!
//! Pure. Masking is done before a lesson is made; how a fit is made is `triage`'s.

use crate::clock::Timestamp;
use crate::domain::judgement::{Judgement, Urgency};
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LessonId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FitId(pub i64);

/// How long the masked text of a lesson waits for a coordinator. Then it is forgotten; that there was one stays.
pub const PENDING_S: i64 = 90 * 24 * 3600;

/// Longest text of an example, in characters: what a post is about is said in its beginning.
pub const MAX_EXAMPLE_CHARS: usize = 2000;

/// What a post needs: nothing, or somebody, how soon. From mild to grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Nothing,
    Routine,
    Soon,
    Emergency,
}

impl Need {
    pub const ALL: [Self; 4] = [Self::Emergency, Self::Soon, Self::Routine, Self::Nothing];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Routine => "routine",
            Self::Soon => "soon",
            Self::Emergency => "emergency",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|n| n.as_str() == text)
    }

    pub fn of(judgement: &Judgement) -> Self {
        if judgement.is_request { judgement.urgency.into() } else { Self::Nothing }
    }

    pub fn urgency(self) -> Option<Urgency> {
        match self {
            Self::Nothing => None,
            Self::Routine => Some(Urgency::Routine),
            Self::Soon => Some(Urgency::Soon),
            Self::Emergency => Some(Urgency::Emergency),
        }
    }
}

impl From<Option<Urgency>> for Need {
    fn from(urgency: Option<Urgency>) -> Self {
        match urgency {
            None => Self::Nothing,
            Some(Urgency::Routine) => Self::Routine,
            Some(Urgency::Soon) => Self::Soon,
            Some(Urgency::Emergency) => Self::Emergency,
        }
    }
}

/// How a lesson came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LessonKind {
    /// Somebody said that the judgement was wrong.
    Corrected,
    /// An answer was sent: the post was about its topic.
    Picked,
}

impl LessonKind {
    pub const ALL: [Self; 2] = [Self::Corrected, Self::Picked];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Picked => "picked",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// What a post is, as far as somebody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    pub need: Option<Need>,
    /// The main one first; none where nothing was said of it, or nothing is asked.
    pub topics: Vec<String>,
}

/// One lesson with its text, while it waits or after it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub id: LessonId,
    pub kind: LessonKind,
    pub at: Timestamp,
    /// Name of the account; `None` once that is gone.
    pub by: Option<String>,
    pub judged: Label,
    pub label: Label,
    pub text: Sensitive<String>,
}

/// A text with its label, accepted by a coordinator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub id: LessonId,
    pub text: Sensitive<String>,
    pub label: Label,
}

/// How well a judge does on examples it did not learn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub need_right: usize,
    pub need_of: usize,
    /// The topic named first is one of the example's.
    pub topic_right: usize,
    pub topic_of: usize,
    pub emergencies_found: usize,
    pub emergencies_of: usize,
}

/// A fit beside what was there before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Examples learned from, and examples kept out to measure with.
    pub learned: usize,
    pub kept: usize,
    pub before: Score,
    pub after: Score,
    /// Emergencies that come with the program, and how many of them the fit would no longer find.
    pub guards: usize,
    pub lost: usize,
    /// Other posts that come with the program, and how many were judged rightly.
    pub others: usize,
    pub others_before: usize,
    pub others_after: usize,
}

/// What became of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Taken,
    /// It would miss an emergency that was found before.
    LosesEmergency,
    /// It is worse on the examples that were kept out.
    Worse,
    /// It spoils the judgement of posts that have nothing to do with the examples.
    Spoils,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::Taken, Self::LosesEmergency, Self::Worse, Self::Spoils];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::LosesEmergency => "loses_emergency",
            Self::Worse => "worse",
            Self::Spoils => "spoils",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|v| v.as_str() == text)
    }
}

impl Comparison {
    /// Whether the fit may be used. Among other posts one in a hundred, rounded up, may change sides: the examples are
    /// meant to move what resembles them.
    pub fn verdict(&self) -> Verdict {
        let right = |s: &Score| s.need_right + s.topic_right;
        if self.lost > 0 || self.after.emergencies_found < self.before.emergencies_found {
            Verdict::LosesEmergency
        } else if right(&self.after) < right(&self.before) {
            Verdict::Worse
        } else if self.others_after + self.others.div_ceil(100) < self.others_before {
            Verdict::Spoils
        } else {
            Verdict::Taken
        }
    }
}

/// How far a fit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitState {
    /// Somebody pressed the button, or the program was updated.
    Asked,
    Done(Verdict),
    /// The program could not make it.
    Failed,
}

impl FitState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Done(verdict) => verdict.as_str(),
            Self::Failed => "failed",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        match text {
            "asked" => Some(Self::Asked),
            "failed" => Some(Self::Failed),
            _ => Verdict::find(text).map(Self::Done),
        }
    }
}

/// A fit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    pub id: FitId,
    pub asked_at: Timestamp,
    /// Name of the account; `None` for the program itself.
    pub asked_by: Option<String>,
    pub state: FitState,
    pub ended_at: Option<Timestamp>,
    pub comparison: Option<Comparison>,
}

/// What the desk measured in one month of use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Month {
    /// `YYYY-MM`.
    pub month: String,
    /// Cases opened, and how many of them were corrected.
    pub cases: usize,
    pub corrected: usize,
    /// Emergency alarms, and how many of them somebody said were none.
    pub alarms: usize,
    pub false_alarms: usize,
    /// Emergencies that the program had not taken for one.
    pub missed: usize,
}

/// Where the answers of a topic were taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TopicPicks {
    pub topic: String,
    /// From the first, second and third place among the suggestions.
    pub places: [usize; 3],
    /// Sought out in the library.
    pub sought: usize,
    /// It was suggested first, and the reply was written without any answer.
    pub unused: usize,
}

impl TopicPicks {
    pub fn sum(&self) -> usize {
        self.places.iter().sum::<usize>() + self.sought + self.unused
    }
}

/// What came of suggestions when a reply was approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// From this place among the suggestions, the first is 1.
    Place(usize),
    Sought,
    Unused,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Comparison {
        let score = Score { need_right: 3, need_of: 5, emergencies_found: 1, emergencies_of: 1, ..Score::default() };
        Comparison {
            before: score,
            after: score,
            others: 300,
            others_before: 290,
            others_after: 290,
            ..Default::default()
        }
    }

    #[test]
    fn fit_that_is_no_worse_is_taken() {
        assert_eq!(good().verdict(), Verdict::Taken);
        assert_eq!(Comparison { others_after: 287, ..good() }.verdict(), Verdict::Taken, "one in a hundred");
    }

    #[test]
    fn fit_that_is_worse_on_the_kept_examples_is_refused() {
        let after = Score { need_right: 2, ..good().after };
        assert_eq!(Comparison { after, ..good() }.verdict(), Verdict::Worse);
        assert_eq!(Comparison { others_after: 280, ..good() }.verdict(), Verdict::Spoils);
    }

    #[test]
    fn fit_that_loses_one_emergency_is_refused_whatever_else_it_does() {
        let after = Score { need_right: 5, emergencies_found: 0, ..good().after };
        assert_eq!(Comparison { after, ..good() }.verdict(), Verdict::LosesEmergency);
        assert_eq!(Comparison { lost: 1, ..good() }.verdict(), Verdict::LosesEmergency);
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        for need in Need::ALL {
            assert_eq!(Need::find(need.as_str()), Some(need));
        }
        for state in Verdict::ALL.map(FitState::Done).into_iter().chain([FitState::Asked, FitState::Failed]) {
            assert_eq!(FitState::find(state.as_str()), Some(state));
        }
    }
}
