//! A forum's cookie jar: filled by the HTTP library, written to and read from the encrypted database by its owner.

use bytes::Bytes;
use cookie_store::CookieStore;
use reqwest::header::HeaderValue;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// Cookies of one forum, those that last and those of the session.
#[derive(Default)]
pub struct Jar(Mutex<CookieStore>);

impl Jar {
    /// Reads a jar that `to_json` wrote. A jar that cannot be read is an empty one: the cost is one log-in.
    pub fn from_json(json: &str) -> Self {
        let store = cookie_store::serde::json::load_all(json.as_bytes()).unwrap_or_default();
        Self(Mutex::new(store))
    }

    /// The jar for the database: it contains session secrets.
    pub fn to_json(&self) -> String {
        let mut bytes = Vec::new();
        match cookie_store::serde::json::save_incl_expired_and_nonpersistent(&self.lock(), &mut bytes) {
            Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Forgets everything: before a fresh log-in.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, CookieStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl reqwest::cookie::CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let cookies = headers.filter_map(|value| {
            let text = std::str::from_utf8(value.as_bytes()).ok()?;
            cookie_store::RawCookie::parse(text.to_owned()).ok()
        });
        self.lock().store_response_cookies(cookies, url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let store = self.lock();
        let pairs: Vec<String> = store.get_request_values(url).map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() {
            return None;
        }
        HeaderValue::from_maybe_shared(Bytes::from(pairs.join("; "))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::cookie::CookieStore as _;

    #[test]
    fn session_cookies_survive_the_database() {
        let url = Url::parse("http://127.0.0.1/forum/").expect("url");
        let jar = Jar::default();
        let header = HeaderValue::from_static("sid=abc; Path=/; HttpOnly");
        jar.set_cookies(&mut std::iter::once(&header), &url);
        let again = Jar::from_json(&jar.to_json());
        assert_eq!(again.cookies(&url).expect("a cookie"), "sid=abc");
        again.clear();
        assert!(again.cookies(&url).is_none());
    }

    #[test]
    fn unreadable_jar_is_an_empty_one() {
        assert!(Jar::from_json("{").cookies(&Url::parse("http://127.0.0.1/").expect("url")).is_none());
    }
}
