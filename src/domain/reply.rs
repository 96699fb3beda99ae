//! A reply: from a worker's draft, through a person's approval, to a post that was read back from the forum.
//!
//! Nothing is sent without an [`ApprovedReply`], and only [`approve`] makes one. The rules of delivery are here as
//! functions of what is known; asking the forum is `jobs`' work, remembering is `store`'s.
//!
//! Never twice, never lost: before a request leaves, the row says so (`Posting`). From then on the outcome is settled by
//! reading the thread, not by trying again; a second try follows only after the thread was read to its end, twice, some
//! time apart, and the post was not there. What stays unknown is shown to a person.

use crate::clock::Timestamp;
use crate::domain::account::{Account, AccountId};
use crate::domain::answer::AnswerId;
use crate::domain::case::{self, Case, CaseError, CaseId};
use crate::domain::thread::PostId;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplyId(pub i64);

/// Longest reply, in characters: below what the engines take (phpBB's default is 60,000).
pub const MAX_REPLY_CHARS: usize = 20_000;

/// Who can read a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Route {
    /// A post in the thread: everybody.
    #[default]
    Thread,
    /// A private message on the forum: the client alone.
    Message,
}

impl Route {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Message => "message",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        [Self::Thread, Self::Message].into_iter().find(|r| r.as_str() == text)
    }
}

/// What a worker is writing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub text: Sensitive<String>,
    /// The answers it was started from.
    pub answers: Vec<AnswerId>,
    pub route: Route,
    /// The client's post that is quoted above the text, in a thread.
    pub quote: Option<PostId>,
}

/// A text that a person approved for sending. The fields are private: only [`approve`] makes one, and `store` queues nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedReply {
    case: CaseId,
    text: Sensitive<String>,
    answers: Vec<AnswerId>,
    route: Route,
    quote: Option<PostId>,
    by: AccountId,
    at: Timestamp,
}

impl ApprovedReply {
    pub fn case(&self) -> CaseId {
        self.case
    }

    pub fn text(&self) -> &Sensitive<String> {
        &self.text
    }

    pub fn answers(&self) -> &[AnswerId] {
        &self.answers
    }

    pub fn route(&self) -> Route {
        self.route
    }

    pub fn quote(&self) -> Option<PostId> {
        self.quote
    }

    pub fn by(&self) -> AccountId {
        self.by
    }

    pub fn at(&self) -> Timestamp {
        self.at
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApproveError {
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error("the reply is empty")]
    Empty,
    #[error("the reply is longer than {MAX_REPLY_CHARS} characters")]
    TooLong,
    #[error("facts are missing from the directory: {}", .0.join(", "))]
    MissingFacts(Vec<String>),
    #[error("the forum does not tell who asked: there is nobody to write to in private")]
    NoRecipient,
}

/// A person approves a draft for sending, by its route.
///
/// # Errors
/// The person may not work on this case or does not hold it; the text is empty, too long, or still has `{{facts}}` open; a
/// private message has nobody to go to. One case has one reply under way at a time.
pub fn approve(
    draft: &Draft,
    case: &Case,
    by: &Account,
    reply_under_way: bool,
    now: Timestamp,
) -> Result<ApprovedReply, ApproveError> {
    case::act(case, by, now)?;
    if reply_under_way {
        return Err(CaseError::ReplyUnderWay.into());
    }
    let text = normalise_lines(draft.text.expose());
    if text.is_empty() {
        return Err(ApproveError::Empty);
    }
    if text.chars().count() > MAX_REPLY_CHARS {
        return Err(ApproveError::TooLong);
    }
    let missing = open_facts(&text);
    if !missing.is_empty() {
        return Err(ApproveError::MissingFacts(missing));
    }
    if draft.route == Route::Message && case.author.is_none() {
        return Err(ApproveError::NoRecipient);
    }
    Ok(ApprovedReply {
        case: case.id,
        text: text.into(),
        answers: draft.answers.clone(),
        route: draft.route,
        quote: draft.quote.filter(|_| draft.route == Route::Thread),
        by: by.id,
        at: now,
    })
}

/// Browsers send CRLF; forums store LF.
fn normalise_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

fn open_facts(text: &str) -> Vec<String> {
    text.split("{{").skip(1).filter_map(|tail| tail.split_once("}}")).map(|(key, _)| key.trim().to_owned()).collect()
}

/// What stands in the subject of a private message and of hardly another: by it the message is found among those sent.
///
/// A number made of the moment of approval, so that it tells nobody how many messages there are, and is another one when
/// the database begins anew.
pub fn message_mark(approved_at: Timestamp) -> String {
    format!("№ {:06}:", approved_at.as_unix_s().rem_euclid(1_000_000))
}

/// The subject of a private message about a thread. Short, since some engines cut off what is long.
pub fn message_subject(approved_at: Timestamp, thread_title: &str) -> String {
    const MAX_CHARS: usize = 60;
    let title = thread_title.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = format!("Re {} {title}", message_mark(approved_at));
    subject.chars().take(MAX_CHARS).collect::<String>().trim_end().to_owned()
}

/// Where an approved reply stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Approved; nothing has left.
    Waiting,
    /// Taken by the sender; the forum's form is being fetched, nothing has left.
    Preparing,
    /// Written down right before the request leaves. Whether it arrived is unknown until the thread was read.
    Posting,
    /// The forum said it took the post; it was not read back yet.
    Accepted,
    /// The forum keeps it back for its moderators.
    Held,
    /// Read back from the thread.
    Confirmed,
    /// The thread was read and the post was not found, or could not be read for long: a person decides.
    Unknown,
    /// The forum refused it for good.
    Refused,
    /// Taken back by a worker before it left.
    Withdrawn,
}

impl Delivery {
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Preparing,
        Self::Posting,
        Self::Accepted,
        Self::Held,
        Self::Confirmed,
        Self::Unknown,
        Self::Refused,
        Self::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preparing => "preparing",
            Self::Posting => "posting",
            Self::Accepted => "accepted",
            Self::Held => "held",
            Self::Confirmed => "confirmed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.as_str() == text)
    }

    /// Whether the program still works on it by itself.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Waiting | Self::Preparing | Self::Posting | Self::Accepted | Self::Held)
    }

    /// Whether the thread must stay where it is: the reply was approved for that place, or may stand there unseen.
    pub fn holds_its_thread(self) -> bool {
        self.is_under_way() || self.may_be_on_forum()
    }

    /// Whether a post of ours that turns up in the thread may be this reply.
    pub fn may_be_on_forum(self) -> bool {
        matches!(self, Self::Posting | Self::Accepted | Self::Held | Self::Unknown)
    }
}

/// What is known of one reply's way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub delivery: Delivery,
    /// How often a request has left.
    pub attempts: u32,
    /// When the last request left.
    pub attempted_at: Option<Timestamp>,
    /// How often the end of the thread was read since, without finding the post.
    pub absences: u32,
    /// Nothing is done before this moment.
    pub not_before: Timestamp,
    /// How often the forum or the way there failed before anything left.
    pub setbacks: u32,
    /// How often the forum took the form in and said "not now".
    pub refusals: u32,
}

/// What else is known when a post was not found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The forum is known to hold posts back for its moderators: absence proves nothing.
    pub holds_posts: bool,
    /// A post that may be ours appeared since the request left and belongs to no reply: it may be this one, changed. Or a
    /// message that may be this one stands among those sent.
    pub stray_post: bool,
}

/// What the sender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Fetch the form and post.
    Send,
    /// Read the end of the thread and look for the post.
    LookForIt,
    WaitUntil(Timestamp),
    /// Nothing more is done without a person.
    Rest,
}

/// After how many looks that did not find it a reply may be sent again, or is given to a person.
pub const ABSENCES: u32 = 2;

/// How often a request may leave at most without a person.
pub const MAX_ATTEMPTS: u32 = 2;

/// How often a forum may refuse before a person is asked.
pub const MAX_REFUSALS: u32 = 5;

/// Seconds between two looks for a post, by how often it was not found.
fn settle_s(base_s: i64, absences: u32) -> i64 {
    base_s.saturating_mul(1 << absences.min(6))
}

impl Progress {
    pub fn approved(now: Timestamp) -> Self {
        Self {
            delivery: Delivery::Waiting,
            attempts: 0,
            attempted_at: None,
            absences: 0,
            not_before: now,
            setbacks: 0,
            refusals: 0,
        }
    }

    pub fn next_step(&self, now: Timestamp) -> Step {
        /// Nothing is ever put off for longer: a later moment was set by a clock that ran ahead.
        const LONGEST_WAIT_S: i64 = 12 * 3600;
        let step = match self.delivery {
            Delivery::Waiting => Step::Send,
            Delivery::Posting | Delivery::Accepted | Delivery::Held => Step::LookForIt,
            // Preparing belongs to a sender at work; one that was interrupted is set back by the next.
            _ => return Step::Rest,
        };
        let wait_s = self.not_before.since_s(now);
        if (1..=LONGEST_WAIT_S).contains(&wait_s) { Step::WaitUntil(self.not_before) } else { step }
    }

    pub fn preparing(&self) -> Self {
        Self { delivery: Delivery::Preparing, ..self.clone() }
    }

    /// The request is about to leave. To be committed before it does.
    pub fn posting(&self, now: Timestamp, settle_base_s: i64) -> Self {
        Self {
            delivery: Delivery::Posting,
            attempts: self.attempts + 1,
            attempted_at: Some(now),
            absences: 0,
            not_before: now.plus_s(settle_base_s),
            ..self.clone()
        }
    }

    /// Something failed before the request left, or the forum said a clear "not now": try again later.
    pub fn set_back(&self, now: Timestamp, wait_s: i64) -> Self {
        Self {
            delivery: Delivery::Waiting,
            not_before: now.plus_s(wait_s),
            setbacks: self.setbacks + 1,
            ..self.clone()
        }
    }

    /// The same, after a clear refusal of a request that had left: the attempt does not count. A forum that keeps
    /// refusing is a matter for a person.
    pub fn sent_back(&self, now: Timestamp, wait_s: i64) -> Self {
        let back = Self {
            attempts: self.attempts.saturating_sub(1),
            refusals: self.refusals + 1,
            ..self.set_back(now, wait_s)
        };
        if back.refusals >= MAX_REFUSALS { Self { delivery: Delivery::Unknown, ..back } } else { back }
    }

    /// The forum said it took the post: to be read back at once.
    pub fn accepted(&self, now: Timestamp) -> Self {
        Self { delivery: Delivery::Accepted, not_before: now, ..self.clone() }
    }

    /// The forum keeps the post for its moderators.
    pub fn held(&self, now: Timestamp) -> Self {
        Self { delivery: Delivery::Held, not_before: now.plus_s(3600), ..self.clone() }
    }

    /// The request may have arrived, and nothing on the forum would tell: a person decides.
    pub fn given_to_a_person(&self) -> Self {
        Self { delivery: Delivery::Unknown, ..self.clone() }
    }

    pub fn confirmed(&self) -> Self {
        Self { delivery: Delivery::Confirmed, ..self.clone() }
    }

    pub fn refused(&self) -> Self {
        Self { delivery: Delivery::Refused, ..self.clone() }
    }

    /// The thread was read to its end and the post was not there, or the list of sent messages and the message was not in
    /// it. Nothing is sent again where the evidence leaves a doubt.
    pub fn not_found(&self, now: Timestamp, settle_base_s: i64, evidence: Evidence) -> Self {
        let absences = self.absences + 1;
        let wait = Self { absences, not_before: now.plus_s(settle_s(settle_base_s, absences)), ..self.clone() };
        if absences < ABSENCES {
            return wait;
        }
        match self.delivery {
            Delivery::Posting if evidence == Evidence::default() && self.attempts < MAX_ATTEMPTS => {
                Self { delivery: Delivery::Waiting, not_before: now, ..wait }
            }
            Delivery::Posting => Self { delivery: Delivery::Unknown, ..wait },
            Delivery::Accepted if absences > ABSENCES => Self { delivery: Delivery::Unknown, ..wait },
            // A moderator may take days; the worker sees that it is held.
            Delivery::Held => Self { not_before: now.plus_s(3600), ..wait },
            _ => wait,
        }
    }

    /// The thread could not be read: nothing is concluded, and after long enough a person is told.
    pub fn not_readable(&self, now: Timestamp, wait_s: i64) -> Self {
        self.left_open(now, wait_s, 6 * 3600)
    }

    /// The thread was read without the post, but at another of the forum's addresses than the form was sent to. Mirrors
    /// may lag, so that proves nothing; a person is told soon.
    pub fn not_found_elsewhere(&self, now: Timestamp, wait_s: i64) -> Self {
        self.left_open(now, wait_s, 1800)
    }

    fn left_open(&self, now: Timestamp, wait_s: i64, give_to_a_person_after_s: i64) -> Self {
        let since = self.attempted_at.unwrap_or(now);
        let delivery = if self.delivery != Delivery::Held && now.since_s(since) > give_to_a_person_after_s {
            Delivery::Unknown
        } else {
            self.delivery
        };
        Self { delivery, not_before: now.plus_s(wait_s), ..self.clone() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    #[error("the reply is on its way or done: there is nothing to decide")]
    NothingToDecide,
    #[error("the reply has left already and cannot be taken back")]
    TooLate,
}

/// A worker takes back a reply that has not left, or gives one up whose outcome is unknown.
pub fn withdraw(progress: &Progress) -> Result<Progress, DecideError> {
    match progress.delivery {
        Delivery::Waiting | Delivery::Unknown | Delivery::Refused => {
            Ok(Progress { delivery: Delivery::Withdrawn, ..progress.clone() })
        }
        Delivery::Preparing | Delivery::Posting | Delivery::Accepted | Delivery::Held => Err(DecideError::TooLate),
        Delivery::Confirmed | Delivery::Withdrawn => Err(DecideError::NothingToDecide),
    }
}

/// A person who looked at the thread says: it is not there, send it again.
pub fn send_again(progress: &Progress, now: Timestamp) -> Result<Progress, DecideError> {
    match progress.delivery {
        Delivery::Unknown | Delivery::Refused => Ok(Progress::approved(now)),
        _ => Err(DecideError::NothingToDecide),
    }
}

/// A person who looked at the thread says: it is there.
pub fn confirm_by_hand(progress: &Progress) -> Result<Progress, DecideError> {
    match progress.delivery {
        Delivery::Unknown | Delivery::Held => Ok(progress.confirmed()),
        _ => Err(DecideError::NothingToDecide),
    }
}

/// Whether a post of ours shows the text we sent.
///
/// Forums shorten links, turn smileys into pictures and mend punctuation, so letters and digits alone count, and nine tenths
/// of their trigrams suffice (Dice coefficient). Tags in brackets are shown as they were sent, or taken for markup.
pub fn is_same_text(sent: &str, shown: &str) -> bool {
    let shown = letters(shown);
    are_alike(&letters(sent), &shown) || are_alike(&letters(&without_markup(sent)), &shown)
}

/// The same of a text that was sent under a quotation, for forums whose pages do not tell the two apart: then the post
/// ends with what we wrote.
pub fn ends_with_text(sent: &str, shown: &str) -> bool {
    let (sent, shown) = (letters(sent), letters(shown));
    let end = shown.len().checked_sub(sent.len()).and_then(|start| shown.get(start..));
    sent.len() >= FEW_LETTERS && end.is_some_and(|end| are_alike(&sent, end))
}

/// Fewer letters than this are the same or they are not; there is no "nearly".
const FEW_LETTERS: usize = 20;

fn are_alike(a: &[char], b: &[char]) -> bool {
    if a == b {
        return true;
    }
    if a.len() < FEW_LETTERS || b.len() < FEW_LETTERS {
        return false;
    }
    let mut counts: HashMap<&[char], i64> = HashMap::new();
    for gram in a.windows(3) {
        *counts.entry(gram).or_default() += 1;
    }
    let mut shared = 0i64;
    for gram in b.windows(3) {
        if let Some(left) = counts.get_mut(gram).filter(|n| **n > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    let total = (a.len() + b.len() - 4) as i64;
    shared * 20 >= total * 9
}

fn letters(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A text as BBCode shows it: quotes gone, other tags gone with their attributes.
fn without_markup(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut quotes = 0u32;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        if quotes == 0 {
            shown.push_str(before);
        }
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '*');
        match after.split_once(']').filter(|(tag, _)| is_tag && !tag.contains(['\n', '['])) {
            Some((tag, tail)) => {
                if tag.starts_with("quote") {
                    quotes += 1;
                } else if tag == "/quote" {
                    quotes = quotes.saturating_sub(1);
                }
                rest = tail;
            }
            None => {
                if quotes == 0 {
                    shown.push('[');
                }
                rest = after;
            }
        }
    }
    if quotes == 0 {
        shown.push_str(rest);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Role;
    use crate::domain::case::{Claim, Stage};
    use crate::domain::judgement::Urgency;
    use crate::domain::thread::{PostId, ThreadId};
    use proptest::prelude::*;

    const MODERATED: Evidence = Evidence { holds_posts: true, stray_post: false };

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    fn worker() -> Account {
        Account { id: AccountId(7), name: "w".into(), roles: vec![Role::Worker], disabled: false }
    }

    fn claimed_case() -> Case {
        Case {
            id: CaseId(1),
            thread_id: ThreadId(1),
            post_id: PostId(1),
            author: None,
            stage: Stage::Initiated,
            urgency: Urgency::Routine,
            doubtful: false,
            topics: vec![],
            claim: Some(Claim { by: AccountId(7), until: at(1000) }),
            asked_at: at(0),
            opened_at: at(0),
            client_wrote_at: at(0),
            closed_at: None,
            outcome: None,
        }
    }

    fn draft(text: &str) -> Draft {
        Draft { text: text.into(), ..Draft::default() }
    }

    #[test]
    fn only_the_holder_of_the_case_approves() {
        let mut other = worker();
        other.id = AccountId(8);
        let refused = approve(&draft("hello"), &claimed_case(), &other, false, at(1));
        assert!(matches!(refused, Err(ApproveError::Case(CaseError::ClaimedByOther { .. }))));
        assert!(approve(&draft("hello"), &claimed_case(), &worker(), false, at(1)).is_ok());
    }

    #[test]
    fn private_message_needs_somebody_to_go_to_and_quotes_nothing() {
        let mut case = claimed_case();
        let private = Draft { route: Route::Message, quote: Some(PostId(1)), ..draft("hello") };
        assert_eq!(approve(&private, &case, &worker(), false, at(1)), Err(ApproveError::NoRecipient));
        case.author = Some("гость".into());
        let approved = approve(&private, &case, &worker(), false, at(1)).expect("approved");
        assert_eq!((approved.route(), approved.quote()), (Route::Message, None));
    }

    #[test]
    fn subject_of_a_message_is_short_and_has_the_mark_in_front() {
        let subject = message_subject(at(3_000_017), &"Вопросы  и\nответы ".repeat(9));
        assert!(subject.starts_with("Re № 000017: Вопросы и ответы Вопросы"), "{subject}");
        assert!(subject.chars().count() <= 60);
        assert!(subject.contains(&message_mark(at(3_000_017))) && !subject.contains(&message_mark(at(3_000_018))));
    }

    #[test]
    fn reply_with_an_open_fact_is_not_approved() {
        assert_eq!(
            approve(&draft("автобус {{bus_schedule}}"), &claimed_case(), &worker(), false, at(1)),
            Err(ApproveError::MissingFacts(vec!["bus_schedule".into()]))
        );
    }

    #[test]
    fn second_reply_waits_until_the_first_is_settled() {
        let refused = approve(&draft("hello"), &claimed_case(), &worker(), true, at(1));
        assert_eq!(refused, Err(ApproveError::Case(CaseError::ReplyUnderWay)));
    }

    #[test]
    fn crash_while_preparing_loses_nothing_and_sends_again_at_once() {
        let p = Progress::approved(at(0)).preparing();
        assert_eq!(p.next_step(at(1)), Step::Rest);
        assert_eq!(p.set_back(at(1), 0).next_step(at(1)), Step::Send);
    }

    #[test]
    fn crash_after_the_request_left_looks_first() {
        let p = Progress::approved(at(0)).preparing().posting(at(1), 30);
        assert_eq!(p.next_step(at(2)), Step::WaitUntil(at(31)));
        assert_eq!(p.next_step(at(31)), Step::LookForIt);
    }

    #[test]
    fn reply_that_was_not_found_twice_is_sent_once_more_and_then_given_to_a_person() {
        let mut p = Progress::approved(at(0)).posting(at(1), 30);
        p = p.not_found(at(40), 30, Evidence::default());
        assert_eq!(p.delivery, Delivery::Posting);
        p = p.not_found(at(200), 30, Evidence::default());
        assert_eq!(p.next_step(at(200)), Step::Send);
        p = p.posting(at(201), 30).not_found(at(300), 30, Evidence::default()).not_found(
            at(600),
            30,
            Evidence::default(),
        );
        assert_eq!(p.delivery, Delivery::Unknown);
        assert_eq!(p.next_step(at(9999)), Step::Rest);
    }

    #[test]
    fn moderated_forum_never_gets_a_second_request_by_itself() {
        let p = Progress::approved(at(0)).posting(at(1), 30).not_found(at(40), 30, MODERATED).not_found(
            at(200),
            30,
            MODERATED,
        );
        assert_eq!(p.delivery, Delivery::Unknown);
    }

    #[test]
    fn reply_is_not_sent_again_while_a_post_that_may_be_ours_stands_there() {
        let stray = Evidence { stray_post: true, ..Evidence::default() };
        let p = Progress::approved(at(0)).posting(at(1), 30).not_found(at(40), 30, stray).not_found(at(200), 30, stray);
        assert_eq!(p.delivery, Delivery::Unknown);
    }

    #[test]
    fn forum_that_keeps_refusing_is_a_matter_for_a_person() {
        let mut p = Progress::approved(at(0));
        for n in 1..=i64::from(MAX_REFUSALS) {
            p = p.preparing().posting(at(n), 30).sent_back(at(n), 10);
        }
        assert_eq!((p.delivery, p.attempts), (Delivery::Unknown, 0));
    }

    #[test]
    fn absence_at_another_address_sends_nothing_again_and_brings_a_person_within_the_hour() {
        let mut p = Progress::approved(at(0)).posting(at(1), 30);
        for now in (60..=1800).step_by(60) {
            p = p.not_found_elsewhere(at(now), 60);
            assert_eq!(p.delivery, Delivery::Posting);
        }
        p = p.not_found_elsewhere(at(1860), 60);
        assert_eq!((p.delivery, p.attempts), (Delivery::Unknown, 1));
    }

    #[test]
    fn wait_set_by_a_clock_that_ran_ahead_does_not_hold_a_reply() {
        let p = Progress { not_before: at(10 * 24 * 3600), ..Progress::approved(at(0)) };
        assert_eq!(p.next_step(at(1)), Step::Send);
    }

    #[test]
    fn accepted_reply_is_never_sent_again_by_itself() {
        let mut p = Progress::approved(at(0)).posting(at(1), 30).accepted(at(2));
        for i in 0..10 {
            p = p.not_found(at(100 * i), 30, Evidence::default());
        }
        assert_eq!(p.delivery, Delivery::Unknown);
        assert_eq!(p.attempts, 1);
    }

    #[test]
    fn reply_that_has_left_cannot_be_taken_back() {
        let p = Progress::approved(at(0)).posting(at(1), 30);
        assert_eq!(withdraw(&p), Err(DecideError::TooLate));
        assert_eq!(withdraw(&Progress::approved(at(0))).expect("waiting").delivery, Delivery::Withdrawn);
    }

    #[test]
    fn same_text_survives_what_forums_do_to_it() {
        let sent =
            "Мойте руки :) и смотрите http://example.onion/very/long/path/to/some/page — всё получится, держитесь";
        let shown = "Мойте руки 🙂 и смотрите http://example.onion/very/long … to/some/page – всё получится, держитесь";
        assert!(is_same_text(sent, shown));
        assert!(!is_same_text("Автобус стоит у метро по средам", "Автобус стоит у метро по пятницам, приходите"));
        assert!(!is_same_text("да", "нет"));
        let marked =
            "[quote=гость]а где тест?[/quote][b]Тест[/b] есть в [url=http://example.onion/a/b]автобусе[/url] [всегда]";
        assert!(is_same_text(marked, "Тест есть в автобусе [всегда]"));
        assert!(is_same_text("[b] :)", "[\u{2060}b] :\u{2060})"), "what was parted so that it is no markup");
    }

    #[test]
    fn text_under_a_quotation_that_is_not_told_apart_is_recognised_by_the_end_of_the_post() {
        let sent = "Мойте руки и смотрите в автобусе — всё получится, держитесь";
        let shown = format!("ночной_гость писал: а где тест и сколько ждать? {}", sent.replace('—', "–"));
        assert!(!is_same_text(sent, &shown) && ends_with_text(sent, &shown));
        assert!(ends_with_text(sent, sent));
        assert!(!ends_with_text(sent, "Мойте руки"));
        assert!(!ends_with_text("да", "нет, да"), "a word or two prove nothing");
    }

    #[derive(Clone, Debug)]
    enum Event {
        Crash,
        SendBack,
        Prepare,
        Fail,
        Leave,
        Accept,
        Absent,
        Unreadable,
        NowhereToLook,
        Stray,
        Elsewhere,
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let one = prop_oneof![
            Just(Event::Crash),
            Just(Event::SendBack),
            Just(Event::Prepare),
            Just(Event::Fail),
            Just(Event::Leave),
            Just(Event::Accept),
            Just(Event::Absent),
            Just(Event::Unreadable),
            Just(Event::NowhereToLook),
            Just(Event::Stray),
            Just(Event::Elsewhere),
        ];
        prop::collection::vec(one, 0..60)
    }

    /// What comes of events in this order: the reply, and how many requests left that the forum did not certainly refuse.
    /// `looks_in`: there is a thread, or a list of sent messages, in which the reply would be seen.
    fn live_through(events: Vec<Event>, looks_in: bool) -> (Progress, i64) {
        let stray = Evidence { stray_post: true, ..Evidence::default() };
        let mut p = Progress::approved(at(0));
        let mut left = 0i64;
        let mut now = 0;
        for event in events {
            now += 500;
            let may_look = p.next_step(at(now)) == Step::LookForIt;
            p = match event {
                Event::Crash if p.delivery == Delivery::Preparing => p.set_back(at(now), 0),
                Event::SendBack if p.delivery == Delivery::Posting => {
                    left -= 1;
                    p.sent_back(at(now), 10)
                }
                Event::Prepare if p.next_step(at(now)) == Step::Send => p.preparing(),
                Event::Fail if p.delivery == Delivery::Preparing => p.set_back(at(now), 10),
                Event::Leave if p.delivery == Delivery::Preparing => {
                    left += 1;
                    p.posting(at(now), 30)
                }
                Event::Accept if p.delivery == Delivery::Posting => p.accepted(at(now)),
                Event::Absent if may_look && looks_in => p.not_found(at(now), 30, Evidence::default()),
                Event::Stray if may_look && looks_in => p.not_found(at(now), 30, stray),
                Event::Unreadable if may_look && looks_in => p.not_readable(at(now), 30),
                Event::Elsewhere if may_look && looks_in => p.not_found_elsewhere(at(now), 30),
                Event::NowhereToLook if may_look && !looks_in => p.given_to_a_person(),
                _ => p,
            };
        }
        (p, left)
    }

    proptest! {
        /// Whatever happens in whatever order, no more than two requests leave without a person, not counting those that
        /// the forum certainly refused.
        #[test]
        fn no_order_of_events_sends_more_than_twice(events in events()) {
            let (p, left) = live_through(events, true);
            prop_assert!(left <= i64::from(MAX_ATTEMPTS));
            prop_assert!(p.refusals <= MAX_REFUSALS);
        }

        /// A private message on a forum without a list of sent messages leaves once, and is a person's matter unless the
        /// forum says clearly what became of it.
        #[test]
        fn message_that_cannot_be_looked_for_leaves_once(events in events()) {
            let (p, left) = live_through(events, false);
            prop_assert!(left <= 1);
            let looked = if p.next_step(at(1_000_000)) == Step::LookForIt { p.given_to_a_person() } else { p };
            prop_assert!(left == 0 || matches!(looked.delivery, Delivery::Unknown));
        }
    }
}
