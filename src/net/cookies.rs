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

    /// Puts a cookie in, written as the `Set-Cookie` header with which the forum at `url` would have set it.
    pub fn put(&self, cookie: &str, url: &Url) {
        if let Ok(header) = HeaderValue::from_bytes(cookie.as_bytes()) {
            reqwest::cookie::CookieStore::set_cookies(self, &mut std::iter::once(&header), url);
        }
    }

    /// Takes over what another jar holds.
    pub fn replace(&self, other: Self) {
        let other = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.lock() = other;
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
            let mut cookie = cookie_store::RawCookie::parse(text.to_owned()).ok()?;
            // To Tor Browser an onion service is as good as https, and it sends such cookies back; the library does not.
            if is_plain_onion(url) {
                cookie.set_secure(false);
            }
            Some(cookie)
        });
        self.lock().entry(address_of(url)).or_default().store_response_cookies(cookies, url);
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let stores = self.lock();
        let mut found = stores.get(&address_of(url))?.matches(url);
        // As browsers do: of two with one name, forums take the first.
        found.sort_by_key(|cookie| (std::cmp::Reverse(String::from(&cookie.path).len()), cookie.name().to_owned()));
        let pairs: Vec<String> =
            found.iter().map(|c| c.name_value()).map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() {
            return None;
        }
        HeaderValue::from_maybe_shared(Bytes::from(pairs.join("; "))).ok()
    }
}

fn is_plain_onion(url: &Url) -> bool {
    url.scheme() == "http" && url.host_str().is_some_and(|host| host.ends_with(".onion"))
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
    fn rotated_cookie_takes_the_place_of_the_one_before() {
        let url = Url::parse("http://127.0.0.1/forum/").expect("url");
        let jar = Jar::default();
        jar.put("sid=given; Path=/forum/", &url);
        let header = HeaderValue::from_static("sid=rotated; Path=/forum/");
        jar.set_cookies(&mut std::iter::once(&header), &url);
        assert_eq!(jar.cookies(&url).expect("a cookie"), "sid=rotated");
        assert_eq!(Jar::from_json(&jar.to_json()).cookies(&url).expect("a cookie"), "sid=rotated");
    }

    #[test]
    fn cookie_of_the_nearer_path_comes_first() {
        let url = Url::parse("http://127.0.0.1/forum/index.php").expect("url");
        let jar = Jar::default();
        for cookie in ["a=old; Path=/", "b=1; Path=/", "a=new; Path=/forum/"] {
            jar.put(cookie, &url);
        }
        assert_eq!(jar.cookies(&url).expect("cookies"), "a=new; a=old; b=1");
    }

    #[test]
    fn secure_cookies_of_an_onion_service_are_sent_back() {
        let onion = Url::parse("http://forum.onion/").expect("url");
        let jar = Jar::default();
        jar.put("a=1; Secure; HttpOnly", &onion);
        assert_eq!(jar.cookies(&onion).expect("a cookie"), "a=1");
        let web = Url::parse("http://forum.example/").expect("url");
        jar.put("b=1; Secure", &web);
        assert!(jar.cookies(&web).is_none());
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
