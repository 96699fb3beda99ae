//! Accounts of the people who use the desk, their roles, and what each role may do.
//!
//! A person's real name is never asked for: an account has a log-in name of the NGO's choosing and nothing else.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

/// A person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Worker,
    Specialist,
    Verifier,
    Coordinator,
    Admin,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Worker, Self::Specialist, Self::Verifier, Self::Coordinator, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Worker => "worker",
            Self::Specialist => "specialist",
            Self::Verifier => "verifier",
            Self::Coordinator => "coordinator",
            Self::Admin => "admin",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// What a page or an action needs. Checked on every route, and again where a transition is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See the queue, the cases and the threads.
    ReadCases,
    /// Claim, write, approve, close.
    WorkCases,
    ReadAnswers,
    /// Change the words of an answer (which takes its verification away).
    EditAnswers,
    VerifyAnswers,
    /// Change the NGO's directory of facts.
    EditDirectory,
    /// See the monitor's state: threads, forums, alarms.
    ReadThreads,
    /// Answer what a forum asks of a person, and bring a session along.
    PassChallenges,
    /// See what use has taught, in figures, and have the program learn.
    SeeLearning,
    /// Read the masked texts of lessons, accept and refuse them.
    ReviewLessons,
}

impl Permission {
    /// The roles that have this permission. An administrator keeps accounts and the machine, and reads no client's words.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::ReadCases => &[Role::Worker, Role::Specialist, Role::Coordinator],
            Self::WorkCases => &[Role::Worker, Role::Specialist],
            Self::ReadAnswers => &[Role::Worker, Role::Specialist, Role::Verifier, Role::Coordinator],
            Self::EditAnswers => &[Role::Verifier, Role::Coordinator],
            Self::VerifyAnswers => &[Role::Verifier],
            Self::EditDirectory | Self::ReviewLessons => &[Role::Coordinator],
            Self::PassChallenges | Self::SeeLearning => &[Role::Coordinator, Role::Admin],
            Self::ReadThreads => &[Role::Worker, Role::Specialist, Role::Coordinator, Role::Admin],
        }
    }

    pub fn allows(self, roles: &[Role]) -> bool {
        roles.iter().any(|r| self.roles().contains(r))
    }
}

/// A person's account, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub roles: Vec<Role>,
    pub disabled: bool,
}

impl Account {
    pub fn may(&self, permission: Permission) -> bool {
        !self.disabled && permission.allows(&self.roles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_back_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(Role::find(role.as_str()), Some(role));
        }
        assert_eq!(Role::find("root"), None);
    }

    #[test]
    fn administrator_reads_no_client_words() {
        let admin = Account { id: AccountId(1), name: "a".into(), roles: vec![Role::Admin], disabled: false };
        assert!(!admin.may(Permission::ReadCases) && !admin.may(Permission::ReviewLessons));
        assert!(admin.may(Permission::ReadThreads));
    }

    #[test]
    fn disabled_account_may_nothing() {
        let gone = Account { id: AccountId(1), name: "a".into(), roles: Role::ALL.to_vec(), disabled: true };
        assert!(!gone.may(Permission::ReadAnswers));
    }
}
