//! A passage: how a person brings the program past what a forum asks of a person, by answering its challenge or by
//! bringing a session of their own.
//!
//! Pure: the stages, what may be answered, and when it is over. A passage belongs to a forum; one at a time. One attempt
//! leaves for each answer of a person, and nothing here answers by itself.

use crate::clock::Timestamp;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PassageId(pub i64);

/// What was asked for and not taken up by then is over: the forum's work stands still, and the person has left.
pub const WAITS_S: i64 = 900;
/// A challenge that was shown waits this long for its answer: forums forget theirs too.
pub const ANSWER_WITHIN_S: i64 = 600;
/// Longest answer to one field.
const MAX_ANSWER_CHARS: usize = 500;

/// Where a passage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// A person asked to see the challenge; it is to be fetched.
    Asked,
    /// The person sees it and has not answered.
    Shown,
    /// Answered; the answer is to be sent.
    Answered,
    /// A session was brought along; it is to be tried.
    Given,
    /// The job is at it. Found like this by a job that begins: it was interrupted.
    Working,
    Ended,
}

impl Stage {
    pub const ALL: [Self; 6] = [Self::Asked, Self::Shown, Self::Answered, Self::Given, Self::Working, Self::Ended];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Shown => "shown",
            Self::Answered => "answered",
            Self::Given => "given",
            Self::Working => "working",
            Self::Ended => "ended",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Something is to come from the forum: the page looks again by itself.
    pub fn is_with_the_job(self) -> bool {
        matches!(self, Self::Asked | Self::Answered | Self::Given | Self::Working)
    }
}

/// How a passage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// The forum shows our account logged in.
    LoggedIn,
    /// The forum lets us in, and its pages do not show under which name.
    In,
    /// The forum lets us read, as a guest.
    Guest,
    /// Nobody answered in time.
    Expired,
    /// A person put an end to it.
    Dropped,
    /// The program was stopped or failed in the middle.
    Interrupted,
    LogInRefused,
    /// The forum still asks for a log-in.
    LoginRequired,
    TooManyLogIns,
    /// The session that was brought along is met by a challenge.
    Challenge,
    /// The page has no form that could be shown here.
    NoForm,
    /// The check runs scripts: it needs a browser.
    NeedsScripts,
    /// The forum or Tor did not answer.
    Unreachable,
    Busy,
    /// An error page, or nothing that is known.
    Unreadable,
}

impl Ending {
    pub const ALL: [Self; 15] = [
        Self::LoggedIn,
        Self::In,
        Self::Guest,
        Self::Expired,
        Self::Dropped,
        Self::Interrupted,
        Self::LogInRefused,
        Self::LoginRequired,
        Self::TooManyLogIns,
        Self::Challenge,
        Self::NoForm,
        Self::NeedsScripts,
        Self::Unreachable,
        Self::Busy,
        Self::Unreadable,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged_in",
            Self::In => "in",
            Self::Guest => "guest",
            Self::Expired => "expired",
            Self::Dropped => "dropped",
            Self::Interrupted => "interrupted",
            Self::LogInRefused => "log_in_refused",
            Self::LoginRequired => "login_required",
            Self::TooManyLogIns => "too_many_log_ins",
            Self::Challenge => "challenge",
            Self::NoForm => "no_form",
            Self::NeedsScripts => "needs_scripts",
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::Unreadable => "unreadable",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.as_str() == text)
    }

    /// The forum lets us in.
    pub fn is_in(self) -> bool {
        matches!(self, Self::LoggedIn | Self::In | Self::Guest)
    }
}

/// What came of the answer before, beside the challenge that is shown now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// The same is asked again: the answer was wrong.
    Wrong,
    /// Something else is asked: the answer was right, and there is one more step.
    NextStep,
}

impl Remark {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::NextStep => "next_step",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        [Self::Wrong, Self::NextStep].into_iter().find(|r| r.as_str() == text)
    }
}

/// What happened in a passage, for those who look later who did what. Without any words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PassageEvent {
    /// A person asked to see the challenge.
    Asked,
    Shown,
    /// A person answered.
    Answered,
    Wrong,
    NextStep,
    /// A person brought a session.
    Given,
    /// It is over; `by` is the person who ended it, if it was one.
    Ended(Ending),
}

impl PassageEvent {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Shown => "shown",
            Self::Answered => "answered",
            Self::Wrong => "wrong",
            Self::NextStep => "next_step",
            Self::Given => "given",
            Self::Ended(ending) => ending.as_str(),
        }
    }
}

/// A challenge as a person is shown it: plain text, fields, and how many pictures belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// What the forum says around the form.
    pub text: Sensitive<String>,
    pub fields: Vec<Field>,
    /// For each picture, whether it could be had.
    pub pictures: Vec<bool>,
}

/// A field a person fills.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The forum's name for it.
    pub name: String,
    pub label: Sensitive<String>,
    pub kind: FieldKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    /// Digits: phones show other keys for them.
    Digits,
    /// One of these.
    Choice {
        options: Vec<Choice>,
    },
    /// Sent with this value when it is ticked.
    Tick {
        value: String,
        picture: Option<usize>,
    },
    /// A place on the picture of this number; of several such pictures one is pressed.
    Point {
        picture: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub value: String,
    pub label: Sensitive<String>,
    pub picture: Option<usize>,
}

impl Challenge {
    /// The names that are asked for: the same again means that the answer was wrong.
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        let names = |challenge: &Self| challenge.fields.iter().map(|f| f.name.clone()).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// Pictures that stand by themselves and not at a field.
    pub fn pictures_apart(&self) -> Vec<usize> {
        let at_fields: Vec<usize> = self.fields.iter().flat_map(Field::pictures).collect();
        (0..self.pictures.len()).filter(|n| !at_fields.contains(n)).collect()
    }

    /// Reads what a person filled in; `value_of` finds it by the number of the field, with `.x` and `.y` for a point.
    /// What comes out is what the forum's form sends: nothing but these fields, with values that the form offers.
    pub fn read_answer(
        &self,
        value_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<(String, Sensitive<String>)>, BadAnswer> {
        let mut answer = Vec::new();
        let (mut writes, mut written, mut points, mut pointed) = (false, false, false, false);
        let is_whole = |text: &str| !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
        for (number, field) in self.fields.iter().enumerate() {
            let value = value_of(&number.to_string()).map(|v| v.trim().to_owned());
            match &field.kind {
                FieldKind::Text | FieldKind::Digits => {
                    let value = value.unwrap_or_default();
                    if value.chars().count() > MAX_ANSWER_CHARS {
                        return Err(BadAnswer::TooLong);
                    }
                    writes = true;
                    written |= !value.is_empty();
                    answer.push((field.name.clone(), value.into()));
                }
                FieldKind::Choice { options } => match value {
                    Some(value) if options.iter().any(|o| o.value == value) => {
                        answer.push((field.name.clone(), value.into()));
                    }
                    _ => return Err(BadAnswer::NotChosen),
                },
                FieldKind::Tick { value: ticked, .. } => {
                    if value.is_some() {
                        answer.push((field.name.clone(), ticked.clone().into()));
                    }
                }
                FieldKind::Point { .. } => {
                    // A picture without a name sends bare coordinates.
                    let prefix = if field.name.is_empty() { String::new() } else { format!("{}.", field.name) };
                    let at = |axis: &str| value_of(&format!("{number}.{axis}")).filter(|v| is_whole(v));
                    points = true;
                    if let (Some(x), Some(y)) = (at("x"), at("y")) {
                        pointed = true;
                        answer.push((format!("{prefix}x"), x.into()));
                        answer.push((format!("{prefix}y"), y.into()));
                    }
                }
            }
        }
        if points && !pointed {
            Err(BadAnswer::NotChosen)
        } else if writes && !written {
            Err(BadAnswer::Empty)
        } else {
            Ok(answer)
        }
    }
}

impl Field {
    fn pictures(&self) -> Vec<usize> {
        match &self.kind {
            FieldKind::Text | FieldKind::Digits => Vec::new(),
            FieldKind::Choice { options } => options.iter().filter_map(|o| o.picture).collect(),
            FieldKind::Tick { picture, .. } => picture.iter().copied().collect(),
            FieldKind::Point { picture } => vec![*picture],
        }
    }
}

/// Why an answer was not taken. Nothing of it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    #[error("nothing was filled in")]
    Empty,
    #[error("the answer is too long")]
    TooLong,
    #[error("one of the choices must be taken")]
    NotChosen,
}

/// Whether an answer to what was shown may be taken now: the challenge must be the one that the person saw.
pub fn may_answer(stage: Stage, step: u32, expires_at: Timestamp, seen_step: u32, now: Timestamp) -> bool {
    stage == Stage::Shown && step == seen_step && now < expires_at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, kind: FieldKind) -> Field {
        Field { name: name.into(), label: "".into(), kind }
    }

    fn choice(value: &str, picture: Option<usize>) -> Choice {
        Choice { value: value.into(), label: value.into(), picture }
    }

    fn everything() -> Challenge {
        Challenge {
            text: "".into(),
            fields: vec![
                field("code", FieldKind::Text),
                field("animal", FieldKind::Choice { options: vec![choice("cat", Some(1)), choice("dog", Some(2))] }),
                field("sure", FieldKind::Tick { value: "yes".into(), picture: None }),
                field("map", FieldKind::Point { picture: 3 }),
            ],
            pictures: vec![true, true, true, true],
        }
    }

    fn answer(challenge: &Challenge, filled: &[(&str, &str)]) -> Result<Vec<(String, String)>, BadAnswer> {
        let find = |key: &str| filled.iter().find(|(k, _)| *k == key).map(|(_, v)| (*v).to_owned());
        let read = challenge.read_answer(find)?;
        Ok(read.into_iter().map(|(name, value)| (name, value.into_inner())).collect())
    }

    #[test]
    fn answer_has_the_forums_names_and_values_it_offers() {
        let filled = [("0", " 7fG "), ("1", "dog"), ("2", "on"), ("3.x", "12"), ("3.y", "40"), ("evil", "1")];
        let expected = [("code", "7fG"), ("animal", "dog"), ("sure", "yes"), ("map.x", "12"), ("map.y", "40")];
        let expected: Vec<_> = expected.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        assert_eq!(answer(&everything(), &filled), Ok(expected));
    }

    #[test]
    fn answer_that_would_waste_an_attempt_is_not_taken() {
        let all = everything();
        assert_eq!(answer(&all, &[("0", "x"), ("1", "horse"), ("3.x", "1"), ("3.y", "1")]), Err(BadAnswer::NotChosen));
        assert_eq!(answer(&all, &[("0", "x"), ("1", "cat"), ("3.x", "1")]), Err(BadAnswer::NotChosen));
        assert_eq!(answer(&all, &[("0", "x"), ("1", "cat"), ("3.x", "-1"), ("3.y", "1")]), Err(BadAnswer::NotChosen));
        assert_eq!(answer(&all, &[("0", " "), ("1", "cat"), ("3.x", "1"), ("3.y", "1")]), Err(BadAnswer::Empty));
        let long = "я".repeat(501);
        assert_eq!(answer(&all, &[("0", &long)]), Err(BadAnswer::TooLong));
        assert_eq!(answer(&Challenge::default(), &[]), Ok(vec![]), "a button alone may be pressed");
    }

    #[test]
    fn pictures_at_fields_are_not_shown_twice() {
        assert_eq!(everything().pictures_apart(), [0]);
    }

    #[test]
    fn answer_to_another_challenge_than_was_seen_is_too_late() {
        let at = Timestamp::from_unix_s;
        assert!(may_answer(Stage::Shown, 2, at(100), 2, at(99)));
        assert!(!may_answer(Stage::Shown, 3, at(100), 2, at(99)));
        assert!(!may_answer(Stage::Shown, 2, at(100), 2, at(100)));
        assert!(!may_answer(Stage::Working, 2, at(100), 2, at(99)));
    }

    #[test]
    fn words_are_read_back_as_they_are_written() {
        assert!(Stage::ALL.into_iter().all(|s| Stage::find(s.as_str()) == Some(s)));
        assert!(Ending::ALL.into_iter().all(|e| Ending::find(e.as_str()) == Some(e)));
        assert!([Remark::Wrong, Remark::NextStep].into_iter().all(|r| Remark::find(r.as_str()) == Some(r)));
    }
}
