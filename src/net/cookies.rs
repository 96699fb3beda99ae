//! A forum's cookie jar: filled by the HTTP library, written to and read from the encrypted database by its owner.
//!
//! Each address of the forum (scheme, host and port) has a store of its own: what one mirror gave is never shown to
//! another, whatever domain a cookie claims.

use bytes::Bytes;
use cookie_store::CookieStore;
use reqwest::header::HeaderValue;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// Cookies of one forum by address, those that last and those of the session.
#[derive(Default)]
pub struct Jar(Mutex<BTreeMap<String, CookieStore>>);

impl Jar {
    /// Reads a jar that `to_json` wrote. A jar that cannot be read is an empty one: the cost is one log-in.
    pub fn from_json(json: &str) -> Self {
        let written: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
        let stores = written.into_iter().filter_map(|(address, cookies)| {
            let store = cookie_store::serde::json::load_all(cookies.to_string().as_bytes()).ok()?;
            Some((address, store))
        });
        Self(Mutex::new(stores.collect()))
    }

    /// The jar for the database: it contains session secrets.
    pub fn to_json(&self) -> String {
        let stores = self.lock();
        let written = stores.iter().filter_map(|(address, store)| {
            let mut bytes = Vec::new();
            cookie_store::serde::json::save_incl_expired_and_nonpersistent(store, &mut bytes).ok()?;
            Some((address, serde_json::from_slice::<serde_json::Value>(&bytes).ok()?))
        });
        serde_json::to_string(&written.collect::<BTreeMap<_, _>>()).unwrap_or_default()
    }

    /// Forgets everything that the address of this URL gave: before a fresh log-in there.
    pub fn clear(&self, url: &Url) {
        self.lock().remove(&address_of(url));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, CookieStore>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl reqwest::cookie::CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let cookies = headers.filter_map(|value| {
            let text = std::str::from_utf8(value.as_bytes()).ok()?;
            cookie_store::RawCookie::parse(text.to_owned()).ok()
        });
        self.lock().entry(address_of(url)).or_default().store_response_cookies(cookies, url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let stores = self.lock();
        let store = stores.get(&address_of(url))?;
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
        again.clear(&url);
        assert!(again.cookies(&url).is_none());
    }

    #[test]
    fn mirrors_share_no_cookie_and_forget_apart() {
        let mirrors = ["http://one.x.onion/", "http://two.x.onion/"].map(|url| Url::parse(url).expect("url"));
        let jar = Jar::default();
        let cookie = |value| HeaderValue::from_static(value);
        jar.set_cookies(&mut std::iter::once(&cookie("sid=1; Path=/; Domain=x.onion")), &mirrors[0]);
        assert!(jar.cookies(&mirrors[1]).is_none());
        jar.set_cookies(&mut std::iter::once(&cookie("sid=2; Path=/")), &mirrors[1]);
        let again = Jar::from_json(&jar.to_json());
        again.clear(&mirrors[0]);
        assert!(again.cookies(&mirrors[0]).is_none());
        assert_eq!(again.cookies(&mirrors[1]).expect("kept"), "sid=2");
    }

    #[test]
    fn unreadable_jar_is_an_empty_one() {
        assert!(Jar::from_json("{").cookies(&Url::parse("http://127.0.0.1/").expect("url")).is_none());
    }
}
