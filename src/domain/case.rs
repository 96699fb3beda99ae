//! A case: one client's need, from the post that asked to the feedback, and who works on it.
//!
//! The three stages are the paper's (Davitadze et al. 2020, "Process of web outreach"). A claim is a lease: it ends by
//! itself, so that nothing stays assigned to somebody who went to sleep. Feedback and hand-over come later and have
//! their place in `Stage`.

use crate::clock::Timestamp;
use crate::domain::account::{Account, AccountId, Permission};
use crate::domain::judgement::{Judgement, Urgency};
use crate::domain::lesson::Need;
use crate::domain::thread::{PostId, ThreadId};
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The client wrote; somebody must react.
    Initiated,
    /// A reply of ours stands on the forum; the client has not come back yet.
    Addressed,
    Closed,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "initiated",
            Self::Addressed => "addressed",
            Self::Closed => "closed",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        [Self::Initiated, Self::Addressed, Self::Closed].into_iter().find(|s| s.as_str() == text)
    }
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The need was met by our reply.
    Helped,
    /// A peer's answer was right and enough; a worker checked it.
    PeerAnswered,
    /// Triage was wrong: nothing was asked.
    NotARequest,
    /// The same need as in another case.
    Duplicate,
    /// The client did not come back, or nothing more can be done.
    NoAnswer,
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::Helped, Self::PeerAnswered, Self::NotARequest, Self::Duplicate, Self::NoAnswer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Helped => "helped",
            Self::PeerAnswered => "peer_answered",
            Self::NotARequest => "not_a_request",
            Self::Duplicate => "duplicate",
            Self::NoAnswer => "no_answer",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.as_str() == text)
    }
}

/// A lease on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub by: AccountId,
    pub until: Timestamp,
}

/// How long a claim lasts without any action of its holder.
pub const CLAIM_S: i64 = 30 * 60;

/// The same in an emergency: nobody else may wait half an hour for somebody who lost the connection.
pub const EMERGENCY_CLAIM_S: i64 = 10 * 60;

#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub id: CaseId,
    pub thread_id: ThreadId,
    /// The post that opened it.
    pub post_id: PostId,
    pub author: Option<Sensitive<String>>,
    pub stage: Stage,
    pub urgency: Urgency,
    /// Triage was not sure that this is a request.
    pub doubtful: bool,
    pub topics: Vec<String>,
    pub claim: Option<Claim>,
    /// When the client's post was written, or first seen where the forum does not tell.
    pub asked_at: Timestamp,
    pub opened_at: Timestamp,
    /// Since when the client waits for us: the first post that we have not answered.
    pub client_wrote_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
}

impl Case {
    /// The claim that holds at `now`; a lease that ran out is no claim.
    pub fn claim_at(&self, now: Timestamp) -> Option<Claim> {
        self.claim.filter(|c| now < c.until)
    }

    pub fn is_claimed_by(&self, account: AccountId, now: Timestamp) -> bool {
        self.claim_at(now).is_some_and(|c| c.by == account)
    }

    fn lease(&self, by: AccountId, now: Timestamp) -> Claim {
        let s = if self.urgency == Urgency::Emergency { EMERGENCY_CLAIM_S } else { CLAIM_S };
        Claim { by, until: now.plus_s(s) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaseError {
    #[error("this account may not work on cases")]
    NotAllowed,
    #[error("another worker has this case until {until}")]
    ClaimedByOther { until: Timestamp },
    #[error("claim the case first: the claim has run out or was never made")]
    NotClaimed,
    #[error("the case is closed")]
    Closed,
    #[error("a reply is on its way to the forum: wait until its outcome is known")]
    ReplyUnderWay,
}

/// Takes the case, or extends one's own lease.
pub fn claim(case: &Case, account: &Account, now: Timestamp) -> Result<Claim, CaseError> {
    if !account.may(Permission::WorkCases) {
        return Err(CaseError::NotAllowed);
    }
    if case.stage == Stage::Closed {
        return Err(CaseError::Closed);
    }
    match case.claim_at(now) {
        Some(c) if c.by != account.id => Err(CaseError::ClaimedByOther { until: c.until }),
        _ => Ok(case.lease(account.id, now)),
    }
}

/// What every action on a case needs: the right role, a case that is open, and the claim. Answers with the lease
/// extended, since an action shows that its holder is there.
pub fn act(case: &Case, account: &Account, now: Timestamp) -> Result<Claim, CaseError> {
    let lease = claim(case, account, now)?;
    if case.is_claimed_by(account.id, now) { Ok(lease) } else { Err(CaseError::NotClaimed) }
}

/// Whether `account` may close the case now. An open reply must be settled first, else its outcome would be forgotten.
pub fn close(case: &Case, account: &Account, reply_under_way: bool, now: Timestamp) -> Result<(), CaseError> {
    act(case, account, now)?;
    if reply_under_way { Err(CaseError::ReplyUnderWay) } else { Ok(()) }
}

/// A case after its holder corrected the judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected {
    /// A graver case is leased for a shorter time.
    pub claim: Claim,
    pub urgency: Urgency,
}

/// Whoever works a case says what it needs. A case of which nothing is asked stays until they close it, behind the others:
/// a correction alone must never make a client's words disappear.
pub fn correct(case: &Case, account: &Account, need: Need, now: Timestamp) -> Result<Corrected, CaseError> {
    act(case, account, now)?;
    let urgency = need.urgency().unwrap_or(Urgency::Routine);
    let claim = Case { urgency, ..case.clone() }.lease(account.id, now);
    Ok(Corrected { claim, urgency })
}

/// What a post by a client does to the cases of its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Opens a case of its own.
    Open {
        urgency: Urgency,
        doubtful: bool,
    },
    /// Joins the author's open case and calls the worker back; the urgency is the graver of the two.
    Join {
        urgency: Urgency,
    },
    Nothing,
}

/// Decides what a client's post means for the queue.
///
/// `open_case` is the author's case in the same thread that is not closed, if there is one. A post by an author with an
/// open case always joins it, request or not: the worker waits for exactly that. Nothing is looked up across threads.
pub fn effect_of_post(judgement: &Judgement, open_case: Option<&Case>) -> Effect {
    let urgency = judgement.urgency.unwrap_or(Urgency::Routine);
    match open_case {
        Some(case) => Effect::Join { urgency: urgency.max(case.urgency) },
        None if judgement.is_request || judgement.urgency.is_some() => {
            Effect::Open { urgency, doubtful: judgement.unclear }
        }
        None => Effect::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::Role;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    fn worker(id: i64) -> Account {
        Account { id: AccountId(id), name: format!("w{id}"), roles: vec![Role::Worker], disabled: false }
    }

    fn case(urgency: Urgency) -> Case {
        Case {
            id: CaseId(1),
            thread_id: ThreadId(1),
            post_id: PostId(1),
            author: None,
            stage: Stage::Initiated,
            urgency,
            doubtful: false,
            topics: vec![],
            claim: None,
            asked_at: at(0),
            opened_at: at(0),
            client_wrote_at: at(0),
            closed_at: None,
            outcome: None,
        }
    }

    fn judged(is_request: bool, urgency: Option<Urgency>) -> Judgement {
        Judgement {
            is_request,
            score: 0.9,
            topics: vec![],
            urgency,
            lang: "ru".into(),
            unclear: false,
            reasons: vec![],
        }
    }

    #[test]
    fn claim_keeps_others_away_until_it_runs_out() {
        let mut c = case(Urgency::Routine);
        c.claim = Some(claim(&c, &worker(1), at(0)).expect("free"));
        assert_eq!(claim(&c, &worker(2), at(10)), Err(CaseError::ClaimedByOther { until: at(CLAIM_S) }));
        assert!(claim(&c, &worker(2), at(CLAIM_S)).is_ok());
    }

    #[test]
    fn emergency_is_leased_for_a_shorter_time() {
        let c = case(Urgency::Emergency);
        assert_eq!(claim(&c, &worker(1), at(0)).expect("free").until, at(EMERGENCY_CLAIM_S));
    }

    #[test]
    fn action_needs_the_claim_and_extends_it() {
        let mut c = case(Urgency::Routine);
        assert_eq!(act(&c, &worker(1), at(0)), Err(CaseError::NotClaimed));
        c.claim = Some(Claim { by: AccountId(1), until: at(100) });
        assert_eq!(act(&c, &worker(1), at(50)).expect("held").until, at(50 + CLAIM_S));
        assert_eq!(act(&c, &worker(1), at(100)), Err(CaseError::NotClaimed));
    }

    #[test]
    fn coordinator_does_not_work_cases() {
        let mut person = worker(1);
        person.roles = vec![Role::Coordinator];
        assert_eq!(claim(&case(Urgency::Soon), &person, at(0)), Err(CaseError::NotAllowed));
    }

    #[test]
    fn case_with_a_reply_under_way_is_not_closed() {
        let mut c = case(Urgency::Routine);
        c.claim = Some(Claim { by: AccountId(1), until: at(100) });
        assert_eq!(close(&c, &worker(1), true, at(1)), Err(CaseError::ReplyUnderWay));
        assert_eq!(close(&c, &worker(1), false, at(1)), Ok(()));
    }

    #[test]
    fn correction_needs_the_claim_and_an_emergency_is_leased_for_a_shorter_time() {
        let mut c = case(Urgency::Routine);
        assert_eq!(correct(&c, &worker(1), Need::Soon, at(0)), Err(CaseError::NotClaimed));
        c.claim = Some(Claim { by: AccountId(1), until: at(100) });
        let graver = correct(&c, &worker(1), Need::Emergency, at(50)).expect("held");
        assert_eq!((graver.urgency, graver.claim.until), (Urgency::Emergency, at(50 + EMERGENCY_CLAIM_S)));
        let nothing = correct(&c, &worker(1), Need::Nothing, at(50)).expect("held");
        assert_eq!(nothing.urgency, Urgency::Routine, "and not closed");
    }

    #[test]
    fn clients_next_post_joins_the_open_case_and_keeps_the_graver_urgency() {
        let open = case(Urgency::Soon);
        assert_eq!(effect_of_post(&judged(false, None), Some(&open)), Effect::Join { urgency: Urgency::Soon });
        assert_eq!(
            effect_of_post(&judged(true, Some(Urgency::Emergency)), Some(&open)),
            Effect::Join { urgency: Urgency::Emergency }
        );
    }

    #[test]
    fn post_that_asks_nothing_opens_no_case_unless_it_is_urgent() {
        assert_eq!(effect_of_post(&judged(false, None), None), Effect::Nothing);
        assert_eq!(
            effect_of_post(&judged(false, Some(Urgency::Emergency)), None),
            Effect::Open { urgency: Urgency::Emergency, doubtful: false }
        );
    }
}
