//! `Sensitive<T>`: texts, nicknames, addresses and keys that must not reach a log line by accident.
//!
//! `Debug` and `Display` print a placeholder; reading the value takes a visible `expose()`.
//! It does not encrypt and does not wipe memory: the database is encrypted by `store`, keys are wiped there.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A value that prints as `[scrubbed]`. Serialising writes the value itself: only the database and
/// the documented exports serialise.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value. Every call is a place where it may leak: never inside a log macro.
    pub fn expose(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[scrubbed]")
    }
}

impl<T> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[scrubbed]")
    }
}

impl From<&str> for Sensitive<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Sensitive<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_value_prints_a_placeholder() {
        let nick: Sensitive<String> = "ночной_гость".into();
        assert_eq!(format!("{nick} {nick:?}"), "[scrubbed] [scrubbed]");
        assert_eq!(nick.expose(), "ночной_гость");
    }
}
