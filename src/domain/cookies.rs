//! A person's own session at a forum, brought along as text: a cookies.txt file, or headers copied from Tor Browser.
//!
//! Pure reading. Cookies of other sites are counted and dropped here, before anything is stored: a person's browser holds
//! more than the NGO's business. Whether the forum takes the session is found out by a job.

use crate::clock::Timestamp;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};

/// More cookies than a forum can have: browsers keep 180 for a site.
const MAX_COOKIES: usize = 200;
/// Browsers keep no larger one.
const MAX_COOKIE_BYTES: usize = 4096;
const MAX_USER_AGENT_BYTES: usize = 400;

/// One cookie of the forum. `Debug` shows no value and no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenCookie {
    pub name: String,
    pub value: Sensitive<String>,
    /// The host it belongs to, as in the forum's address; `None` where the text does not tell.
    pub host: Option<Sensitive<String>>,
    /// Sent to the hosts below `domain` too.
    pub domain: Option<Sensitive<String>>,
    pub path: String,
    pub http_only: bool,
    /// `None`: until the browser is closed.
    pub expires_at: Option<Timestamp>,
}

/// What was understood of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenSession {
    pub cookies: Vec<GivenCookie>,
    /// Where headers were pasted that name it.
    pub user_agent: Option<String>,
    /// Cookies of other hosts: not taken.
    pub foreign: usize,
    /// Cookies whose time is over: not taken.
    pub expired: usize,
    /// Lines that are no cookies.
    pub unreadable: usize,
}

/// Reads a cookies.txt, a `Cookie:` header with or without the headers around it, or `name=value; …`.
/// `hosts`: those of the forum's addresses, as URLs write them.
pub fn read_session(text: &str, hosts: &[&str], now: Timestamp) -> GivenSession {
    let text = text.trim_start_matches('\u{feff}');
    let mut session = GivenSession::default();
    if text.lines().any(|line| file_line(line).is_some()) {
        for line in text.lines() {
            read_file_line(line, hosts, now, &mut session);
        }
    } else {
        read_headers(text, hosts, &mut session);
    }
    session.cookies.truncate(MAX_COOKIES);
    session
}

/// A browser's name for itself as a header may carry it; `None` where it cannot.
pub fn checked_user_agent(text: &str) -> Option<String> {
    let text = text.trim();
    let text = header_value(text, "user-agent").unwrap_or(text);
    let plain = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    (plain && !text.is_empty() && text.len() <= MAX_USER_AGENT_BYTES).then(|| text.to_owned())
}

/// The seven columns of a cookies.txt: domain, hosts below too, path, secure, expires, name, value.
struct FileLine<'a> {
    domain: &'a str,
    below_too: bool,
    path: &'a str,
    expires: &'a str,
    name: &'a str,
    value: &'a str,
    http_only: bool,
}

/// A line of a cookies.txt. Columns are parted by tabs; a text that went through a form or a chat may have spaces.
fn file_line(line: &str) -> Option<FileLine<'_>> {
    let line = line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    let (line, http_only) = match line.strip_prefix("#HttpOnly_") {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    if line.starts_with('#') {
        return None;
    }
    let columns: Vec<&str> =
        if line.contains('\t') { line.splitn(7, '\t').collect() } else { line.split_whitespace().collect() };
    let flag = |text: &str| match text.trim() {
        "TRUE" | "true" => Some(true),
        "FALSE" | "false" => Some(false),
        _ => None,
    };
    let (domain, below_too, path, expires, name, value) = match columns.as_slice() {
        [domain, below, path, secure, expires, name, value] if flag(secure).is_some() => {
            (domain, flag(below)?, path, expires, name, *value)
        }
        // A cookie without a value, whose last tab was lost.
        [domain, below, path, secure, expires, name] if flag(secure).is_some() => {
            (domain, flag(below)?, path, expires, name, "")
        }
        _ => return None,
    };
    Some(FileLine { domain: domain.trim(), below_too, path, expires: expires.trim(), name, value, http_only })
}

fn read_file_line(line: &str, hosts: &[&str], now: Timestamp, session: &mut GivenSession) {
    let Some(line) = file_line(line) else {
        let line = line.trim();
        session.unreadable += usize::from(!line.is_empty() && !line.starts_with('#'));
        return;
    };
    let below_too = line.below_too || line.domain.starts_with('.');
    let domain = plain_host(line.domain);
    let Some(host) = hosts.iter().find(|host| belongs(&domain, below_too, host)) else {
        session.foreign += 1;
        return;
    };
    // Exporters write 0 for "until the browser is closed", and some write fractions.
    let expires_s = line.expires.split('.').next().and_then(|s| s.parse::<i64>().ok()).unwrap_or(0);
    if expires_s != 0 && expires_s <= now.as_unix_s() {
        session.expired += 1;
        return;
    }
    if !is_cookie(line.name, line.value) {
        session.unreadable += 1;
        return;
    }
    session.cookies.push(GivenCookie {
        name: line.name.to_owned(),
        value: line.value.to_owned().into(),
        host: Some((*host).to_owned().into()),
        domain: (below_too && is_name(&domain)).then(|| domain.into()),
        path: if is_path(line.path) { line.path.to_owned() } else { "/".to_owned() },
        http_only: line.http_only,
        expires_at: (expires_s > 0).then(|| Timestamp::from_unix_s(expires_s)),
    });
}

/// The headers of a request as a browser's tools copy them, or the cookies alone.
fn read_headers(text: &str, hosts: &[&str], session: &mut GivenSession) {
    let has_headers = text.lines().any(|line| header_value(line, "cookie").is_some());
    let mut asked_host = None;
    let mut pairs = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(agent) = header_value(line, "user-agent") {
            session.user_agent = checked_user_agent(agent);
        } else if let Some(host) = header_value(line, "host") {
            asked_host = Some(plain_host(host));
        } else if let Some(cookies) = header_value(line, "cookie") {
            pairs.extend(cookies.split(';'));
        } else if !has_headers {
            pairs.extend(line.split(';'));
        }
    }
    let pairs = pairs.into_iter().map(str::trim).filter(|pair| !pair.is_empty());
    let host = match &asked_host {
        None => None,
        Some(asked) => match hosts.iter().find(|host| plain_host(host) == *asked) {
            Some(host) => Some(*host),
            None => {
                session.foreign += pairs.count();
                return;
            }
        },
    };
    for pair in pairs {
        match pair.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some((name, value)) if is_cookie(name, value) => session.cookies.push(GivenCookie {
                name: name.to_owned(),
                value: value.to_owned().into(),
                host: host.map(|host| host.to_owned().into()),
                domain: None,
                path: "/".to_owned(),
                http_only: true,
                expires_at: None,
            }),
            _ => session.unreadable += 1,
        }
    }
}

/// The value of a header line of this name, whatever its case.
fn header_value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = line.split_once(':')?;
    found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
}

/// A host without a leading dot, a port, brackets, or a difference of case.
fn plain_host(host: &str) -> String {
    let host = host.trim().trim_start_matches('.').trim_end_matches('.');
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _port)) => address,
        // One colon parts a port; more of them are an IPv6 address.
        None if host.matches(':').count() == 1 => host.split(':').next().unwrap_or_default(),
        None => host,
    };
    host.to_ascii_lowercase()
}

/// Whether a browser would send a cookie of `domain` to `host`.
fn belongs(domain: &str, below_too: bool, host: &str) -> bool {
    let host = plain_host(host);
    // A top-level domain holds everybody.
    let is_above = below_too && is_name(domain) && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    !domain.is_empty() && (host == domain || is_above)
}

/// A name with a dot in it, and no number of a machine.
fn is_name(domain: &str) -> bool {
    domain.contains('.') && !domain.contains(':') && !domain.bytes().all(|b| b == b'.' || b.is_ascii_digit())
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= 1024 && !path.contains([';', '\r', '\n']) && !path.contains(char::is_control)
}

fn is_cookie(name: &str, value: &str) -> bool {
    let separates = |c: char| c == ';' || c.is_control();
    let name_is_good = !name.is_empty() && !name.contains(|c: char| separates(c) || c == '=' || c.is_whitespace());
    name_is_good && !value.contains(separates) && name.len() + value.len() <= MAX_COOKIE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOST: &str = "forumforumforum.onion";

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().expect("valid")
    }

    fn read(text: &str) -> GivenSession {
        read_session(text, &[HOST], now())
    }

    fn names(session: &GivenSession) -> Vec<&str> {
        session.cookies.iter().map(|c| c.name.as_str()).collect()
    }

    #[test]
    fn file_of_cookies_is_read_with_its_marks_and_line_ends() {
        let file = "\u{feff}# Netscape HTTP Cookie File\r\n# https://example.org\r\n\r\n\
            #HttpOnly_forumforumforum.onion\tFALSE\t/forum\tFALSE\t1893456000\tphpbb3_sid\tabc=d e\r\n\
            .forumforumforum.onion\tTRUE\t/\tTRUE\t0\tphpbb3_u\t48\r\n\
            forumforumforum.onion\tFALSE\t/\tFALSE\t0\tempty\t\r\n\
            forumforumforum.onion\tFALSE\t/\tFALSE\t0\tlost_tab\r\n";
        let session = read(file);
        assert_eq!(names(&session), ["phpbb3_sid", "phpbb3_u", "empty", "lost_tab"]);
        let first = &session.cookies[0];
        assert_eq!((first.value.expose().as_str(), first.path.as_str(), first.http_only), ("abc=d e", "/forum", true));
        assert_eq!(first.expires_at.map(Timestamp::as_unix_s), Some(1_893_456_000));
        assert_eq!(first.domain, None);
        assert_eq!(session.cookies[1].domain.as_ref().map(|d| d.expose().as_str()), Some(HOST));
        assert_eq!((session.foreign, session.expired, session.unreadable), (0, 0, 0));
    }

    #[test]
    fn cookies_of_other_hosts_are_counted_and_not_taken() {
        let file = "mail.example.org\tFALSE\t/\tTRUE\t0\tsecret\t1\n\
            .onion\tTRUE\t/\tFALSE\t0\teverybody\t1\n\
            evilforumforumforum.onion\tTRUE\t/\tFALSE\t0\tlookalike\t1\n\
            sub.forumforumforum.onion\tTRUE\t/\tFALSE\t0\tbelow\t1\n\
            forumforumforum.onion\tFALSE\t/\tFALSE\t0\tours\t1\n";
        let session = read(file);
        assert_eq!(names(&session), ["ours"]);
        assert_eq!(session.foreign, 4);
        assert!(!serde_json::to_string(&session).expect("json").contains("secret"));
    }

    #[test]
    fn cookie_of_the_domain_above_is_taken_where_it_is_meant_for_those_below() {
        let hosts = ["board.forumforumforum.onion"];
        let session = read_session(
            ".forumforumforum.onion\tTRUE\t/\tFALSE\t0\tshared\t1\nforumforumforum.onion\tFALSE\t/\tFALSE\t0\tother\t1\n",
            &hosts,
            now(),
        );
        assert_eq!((names(&session), session.foreign), (vec!["shared"], 1));
    }

    #[test]
    fn expired_and_broken_lines_are_counted() {
        let file = "forumforumforum.onion\tFALSE\t/\tFALSE\t1500000000\told\t1\n\
            forumforumforum.onion\tFALSE\t/\tFALSE\t4102444800.75\tfraction\t1\n\
            forumforumforum.onion\tFALSE\t/\tFALSE\t0\tbad;name\t1\n\
            what is this\n";
        let session = read(file);
        assert_eq!(names(&session), ["fraction"]);
        assert_eq!((session.expired, session.unreadable), (1, 2));
    }

    #[test]
    fn columns_parted_by_spaces_are_read() {
        let session = read("forumforumforum.onion  FALSE  /  FALSE  0  sid  abc\n");
        assert_eq!(names(&session), ["sid"]);
    }

    #[test]
    fn hosts_with_ports_and_numbers_are_the_same_hosts() {
        for (domain, host) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "[::1]"),
            ("::1", "[::1]"),
            ("localhost:3000", "localhost"),
            ("Forum.Example.ORG.", "forum.example.org"),
        ] {
            let session = read_session(&format!("{domain}\tFALSE\t/\tFALSE\t0\ta\t1\n"), &[host], now());
            assert_eq!(names(&session), ["a"], "{domain}");
            assert_eq!(session.cookies[0].host.as_ref().map(|h| h.expose().as_str()), Some(host));
        }
        let numbers = read_session(".0.0.1\tTRUE\t/\tFALSE\t0\ta\t1\n", &["127.0.0.1"], now());
        assert_eq!(numbers.foreign, 1, "numbers have nothing below them");
    }

    #[test]
    fn header_is_read_with_or_without_its_name() {
        for text in ["a=1; b=x=y", "Cookie: a=1; b=x=y", "cookie:a=1;b=x=y;", "a=1;\nb=x=y\r\n", "\u{feff}a=1; b=x=y"] {
            let session = read(text);
            assert_eq!(names(&session), ["a", "b"], "{text}");
            assert_eq!(session.cookies[1].value.expose(), "x=y");
            assert_eq!(session.cookies[0].host, None);
        }
        assert_eq!(read("only words").unreadable, 1);
        assert_eq!(read(""), GivenSession::default());
    }

    #[test]
    fn copied_request_tells_the_browser_and_must_be_of_the_forum() {
        let request = |host: &str| {
            format!(
                "GET /index.php HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Mozilla/5.0 (X11) Gecko\r\n\
                 Accept: text/html\r\nCookie: sid=abc\r\n"
            )
        };
        let session = read(&request("forumforumforum.onion:80"));
        assert_eq!(names(&session), ["sid"]);
        assert_eq!(session.user_agent.as_deref(), Some("Mozilla/5.0 (X11) Gecko"));
        let other = read(&request("mail.example.org"));
        assert_eq!((names(&other), other.foreign), (vec![], 1));
    }

    #[test]
    fn user_agent_is_one_plain_line() {
        assert_eq!(checked_user_agent(" User-Agent: Mozilla/5.0 "), Some("Mozilla/5.0".to_owned()));
        assert_eq!(checked_user_agent("Mozilla/5.0 (a; b:c)"), Some("Mozilla/5.0 (a; b:c)".to_owned()));
        for bad in ["", "  ", "a\r\nX: 1", "браузер", &"x".repeat(500)] {
            assert_eq!(checked_user_agent(bad), None);
        }
    }

    #[test]
    fn value_is_not_printed() {
        assert!(!format!("{:?}", read("sid=geheim")).contains("geheim"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "\\PC*|[a-z\t\n;=.: #]{0,200}") {
            let session = read(&text);
            for cookie in &session.cookies {
                prop_assert!(is_cookie(&cookie.name, cookie.value.expose()) && cookie.path.starts_with('/'));
            }
        }
    }
}
