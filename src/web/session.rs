//! Log-in sessions and CSRF tokens: random, kept on the server, known to the browser by a cookie alone.
//!
//! The database holds the SHA-256 of a token, so that a copy of the database opens no session. The cookies have no
//! `Secure`: the desk is reached as an onion service or on loopback, over plain http inside an encrypted channel, and
//! not every browser counts such an address as secure enough to send a `Secure` cookie back.

use super::error::Error;
use crate::clock::Timestamp;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A session that nobody used for so long is over: longer than a night shift's break, shorter than a day.
pub(super) const IDLE_S: i64 = 12 * 3600;
/// However much it is used.
pub(super) const ABSOLUTE_S: i64 = 7 * 24 * 3600;
/// How exactly the last use is remembered: a write for every page would cost a disk sync each.
pub(super) const TOUCH_S: i64 = 60;

pub(super) const SESSION_COOKIE: &str = "desk_session";
/// Holds the other half of the log-in form's CSRF token, where there is no session yet.
pub(super) const LOGIN_COOKIE: &str = "desk_login";

pub(super) fn is_alive(created_at: Timestamp, used_at: Timestamp, now: Timestamp) -> bool {
    now.since_s(used_at) < IDLE_S && now.since_s(created_at) < ABSOLUTE_S
}

/// 32 random bytes in hexadecimal.
pub(super) fn new_token() -> Result<String, Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    Ok(hex(&bytes))
}

pub(super) fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Compares two tokens in a time that does not tell where they differ. Empty ones are never the same.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    !a.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

pub(super) fn find_cookie(jar: &CookieJar, name: &str) -> Option<String> {
    jar.get(name).map(|c| c.value().to_owned()).filter(|v| v.len() == 64)
}

/// A cookie for as long as the browser runs; the server ends the session earlier.
pub(super) fn cookie(name: &'static str, token: String) -> Cookie<'static> {
    Cookie::build((name, token)).http_only(true).same_site(SameSite::Strict).path("/").build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    #[test]
    fn session_ends_by_rest_and_by_age() {
        assert!(is_alive(at(0), at(0), at(IDLE_S - 1)));
        assert!(!is_alive(at(0), at(0), at(IDLE_S)));
        assert!(!is_alive(at(0), at(ABSOLUTE_S - 10), at(ABSOLUTE_S)));
    }

    #[test]
    fn cookie_is_kept_from_scripts_and_other_sites() {
        let text = cookie(SESSION_COOKIE, "t".into()).to_string();
        assert_eq!(text, "desk_session=t; HttpOnly; SameSite=Strict; Path=/");
    }

    #[test]
    fn tokens_differ_and_nothing_equals_nothing() {
        let (a, b) = (new_token().expect("random"), new_token().expect("random"));
        assert_eq!(a.len(), 64);
        assert!(is_same(&a, &a) && !is_same(&a, &b) && !is_same("", ""));
    }
}
