//! Any bytes as a page, read by every profile as thread, as list and for its forms: nothing panics, nothing takes long, and
//! the tree is the one that html5ever makes of it.
//!
//! The first byte chooses the profile, the second what the server says of the character set, the third what is read; its
//! highest bit says that the rest is no page but a recipe for spoiling a saved one.

#![no_main]

// The modules themselves and not the library: it would bring Tor and half an hour of building along.
#[path = "../../src"]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "only some of it is fuzzed")]
mod netreach {
    pub mod clock;
    pub mod domain;
    pub mod page;
    pub mod sensitive;
}
#[path = "../edits.rs"]
mod edits;

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use netreach::page::{self, Kind, Source};
use netreach::{clock, domain, sensitive};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use url::Url;

static PAGES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| edits::saved_pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pages")));
static ADDRESS: LazyLock<Url> = LazyLock::new(|| "https://forum.example/topic/1?page=2&start=20#p3".parse().expect("valid"));

const CONTENT_TYPES: &[&str] =
    &["text/html; charset=utf-8", "text/html; charset=windows-1251", "text/html; charset=utf-16", "text/html; charset=iso-2022-jp"];
/// A page of this length may take `SLOW`; a longer one longer. Built with checks and coverage, on a busy machine.
const LENGTH: usize = 100_000;
const SLOW: Duration = Duration::from_secs(1);
#[cfg(fuzzing)]
/// html5ever's own reading of larger pages takes too long.
const MAX_COMPARED: usize = 50_000;

fuzz_target!(|data: &[u8]| {
    let [profile, content_type, what, rest @ ..] = data else { return };
    let spoiled;
    let body = if what & 0x80 == 0 {
        rest
    } else {
        spoiled = edits::spoiled(&PAGES, rest);
        &spoiled
    };
    let once = || read(body, usize::from(*profile), usize::from(*content_type), *what);
    let allowed = SLOW * u32::try_from(body.len().div_ceil(LENGTH).max(1)).unwrap_or(u32::MAX);
    let start = Instant::now();
    once();
    if start.elapsed() > allowed {
        // Once more, counting what the processor did: something else may have had it.
        let before = processor_time();
        once();
        let took = processor_time() - before;
        assert!(took <= allowed, "{took:?} for {} bytes", body.len());
    }
    #[cfg(fuzzing)]
    if body.len() < MAX_COMPARED
        && let Ok(text) = std::str::from_utf8(body)
    {
        page::assert_read_as_html5ever_does(text);
    }
});

/// What this process had of the processor, to the hundredth of a second, where the system tells.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn read(body: &[u8], profile: usize, content_type: usize, what: u8) {
    let source = Source {
        body,
        content_type: CONTENT_TYPES.get(content_type % 8).copied(),
        url: &ADDRESS,
        now: clock::Timestamp::from_unix_s(1_796_000_000),
        time_zone: TimeZone::UTC,
    };
    let profiles = page::builtin_profiles();
    // One more: the profile is told by the page.
    let profile = profiles.get(profile % (profiles.len() + 1));
    let kind = [None, Some(Kind::Thread), Some(Kind::List)].get(usize::from(what & 3)).copied().flatten();
    let extracted = page::extract(profile, &source, kind, what & 4 != 0);
    if let domain::look::SeenPage::Thread(page) = &extracted.page {
        let numbers: Vec<u32> = page.posts.iter().filter_map(|post| post.number).collect();
        assert!(!numbers.contains(&0), "posts are counted from 1");
    }
    let Some(profile) = profile else { return };
    match what >> 3 & 7 {
        0 => drop(page::login_form(profile, &source)),
        1 => drop(page::reply_form(profile, &source)),
        2 => drop(page::reply_page_link(profile, &source)),
        3 => drop(page::login_outcome(profile, &source)),
        4 => drop(page::reply_outcome(profile, &source, 200)),
        5 => drop(page::logged_in(profile, &source)),
        6 => drop(page::challenge(profile, &source, true)),
        _ => drop(page::read_thread(profile, &source)),
    }
}
