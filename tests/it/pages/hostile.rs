//! Whatever arrives, reading it ends soon, and without a panic. What fuzzing found is kept here; see `fuzz/README.md`.

use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

#[path = "../../../fuzz/edits.rs"]
mod edits;

/// For a page of a hundred kilobytes, unoptimised, on a machine that has other work. Optimised it is a hundredth.
const SLOW: Duration = Duration::from_secs(8);

static SAVED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| edits::saved_pages(&pages()));

const DAMAGED: &[&str] = &[
    "phpbb-3/thread-first-en",
    "phpbb-3/list-ru",
    "flaskbb-3/thread-first-guest",
    "spirit-0/thread-first-guest-en",
    "machina-1/thread-single-member-ru",
    "discourse-3/thread-first-guest-en",
    "invision-4/thread-first-guest-en",
    "nodebb-4/thread-by-post-member-ru",
    "vbulletin-4/thread-first-guest-en",
    "xenforo-2/thread-first-guest-en",
    "phpbb-3/login-ru",
];

fn survive(body: &[u8], profiles: &[page::Profile]) {
    let case = Case::named("phpbb-3/login-ru");
    let source = Source { body, ..case.source() };
    for profile in profiles {
        for kind in [Kind::Thread, Kind::List] {
            page::extract(Some(profile), &source, Some(kind), true);
        }
        page::login_form(profile, &source);
        page::reply_form(profile, &source);
        page::reply_outcome(profile, &source, 200);
        page::challenge(profile, &source, true);
    }
    page::extract(None, &source, None, false);
}

/// Reads the page, and once more where that took long: something else may have had the processor.
fn read_soon(what: &str, body: &[u8], profile: &page::Profile, kind: Kind) {
    let case = Case::named("phpbb-3/login-ru");
    let source = Source { body, ..case.source() };
    let took = || {
        let start = Instant::now();
        page::extract(Some(profile), &source, Some(kind), false);
        start.elapsed()
    };
    let allowed = SLOW * u32::try_from(body.len().div_ceil(100_000).max(1)).expect("a page");
    let took = Some(took()).filter(|took| *took <= allowed).unwrap_or_else(took);
    assert!(took <= allowed, "{what} by {}: {took:?} for {} bytes", profile.name(), body.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_do_not_panic(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
        survive(&body, page::builtin_profiles());
    }

    #[test]
    fn damaged_pages_do_not_panic(
        cut in 0.0..1.0_f64,
        at in 0.0..1.0_f64,
        junk in "[<>/a-z=\"'&;#\u{0}é ]{0,60}",
    ) {
        for name in DAMAGED {
            let case = Case::named(name);
            let mut body = case.body.clone();
            #[expect(clippy::cast_possible_truncation, reason = "a fraction of a length")]
            let index = |share: f64, length: usize| (share * length as f64) as usize;
            let position = index(at, body.len());
            body.splice(position..position, junk.bytes());
            body.truncate(index(cut, body.len()));
            survive(&body, std::slice::from_ref(case.profile()));
        }
    }

    #[test]
    fn spoiled_pages_are_read_soon(recipe in proptest::collection::vec(any::<u8>(), 2..64)) {
        let body = edits::spoiled(&SAVED, &recipe);
        let lot = usize::from(*recipe.last().expect("bytes"));
        let profiles = page::builtin_profiles();
        let kind = if lot % 2 == 0 { Kind::Thread } else { Kind::List };
        read_soon(&format!("{recipe:?}"), &body, profiles.get(lot / 2 % profiles.len()).expect("a profile"), kind);
    }
}

/// The page of a thread with this in its first post, for each of these profiles.
fn in_a_post(what: &str) -> Vec<(&'static page::Profile, Vec<u8>)> {
    let into = |name: &str, before: &str| {
        let case = Case::named(name);
        let page = String::from_utf8(case.body.clone()).expect("UTF-8");
        assert!(page.contains(before), "{name}");
        (case.profile(), page.replacen(before, &format!("{before}{what}"), 1).into_bytes())
    };
    vec![
        into("phpbb-3/thread-first-en", "<div class=\"content\">"),
        into("mybb-1/thread-first-en", "<div class=\"post_body scaleimages\""),
        into("punbb-1/thread-middle-member-ru", "<div class=\"entry-content\">"),
    ]
}

#[test]
fn pages_made_to_take_long_do_not() {
    let numbered =
        |piece: &str, times: usize| -> String { (0..times).map(|n| piece.replace('#', &n.to_string())).collect() };
    let nested = |open: &str, close: &str, times: usize| format!("{}x{}", open.repeat(times), close.repeat(times));
    for (what, page) in [
        ("elements inside each other", nested("<div>", "</div>", 100_000)),
        ("elements without an end inside each other", "<rt>".repeat(50_000)),
        ("elements of drawings inside each other", "<svg><td><input>".repeat(10_000)),
        ("formatting inside each other", nested("<b><p>", "</b>", 20_000)),
        ("formatting that differs", format!("<p>{}{}", numbered("<b a=#>", 10_000), "<p>x".repeat(10_000))),
        (
            "paragraphs that end and have not begun",
            format!("<p>{}{}", numbered("<b a=#>", 500), "</p>x".repeat(20_000)),
        ),
        ("links inside each other", "<a href=x>".repeat(20_000)),
        ("links and blocks inside each other", "<a href=x><div>".repeat(10_000)),
        ("tables inside each other", "<table><tr><td>".repeat(10_000)),
        ("text before tables", "<table>x<tr>y".repeat(10_000)),
        (
            "a long class around many",
            format!("<div id=msg><div class='{}'>{}", "1".repeat(40_000), "</p>".repeat(40_000)),
        ),
        ("brothers", "<i class=post></i>".repeat(10_000)),
        ("attributes", format!("<p {}>", numbered(" a#=1", 50_000))),
        ("the same attribute", format!("<p {}>", " a=1".repeat(50_000))),
        ("classes", format!("<p class='{}'>", numbered(" c#", 20_000)).repeat(2)),
        ("signs inside each other", "<div class=\"main-head\"><h2 class=\"hn\"><span>x ".repeat(3_000)),
        ("quotes inside each other", nested("<blockquote><cite>x wrote:</cite>y", "</blockquote>", 5_000)),
        ("folds inside each other", nested("<details class=spoiler><summary>Spoiler", "</details>", 5_000)),
        ("comments without an end", "<!--".repeat(50_000)),
        ("scripts without an end", "<script><!--<script>".repeat(10_000)),
        ("texts without an end", "<textarea></textare".repeat(10_000)),
        ("references", "&amp;&am&#1;&#xffffffffffff;&notit;".repeat(5_000)),
        ("a number for a letter", format!("&#{};", "9".repeat(1_000_000))),
        ("white space", " \n\u{a0}".repeat(50_000)),
        ("no letters", "\0\u{feff}\u{200b}".repeat(30_000)),
    ] {
        // By turns: unoptimised, all of them take too long.
        let (profile, body) = in_a_post(&page).into_iter().nth(what.len() % 3).expect("three");
        read_soon(what, &body, profile, Kind::Thread);
        let phpbb = page::find_profile("phpbb-3").expect("built in");
        read_soon(what, page.as_bytes(), phpbb, Kind::List);
    }
}

#[test]
fn numbers_of_a_million_digits_are_no_numbers() {
    let case = Case::named("phpbb-3/thread-first-en");
    let page = String::from_utf8(case.body.clone()).expect("UTF-8");
    let digits = "7".repeat(1_000_000);
    for (from, to) in [
        ("11 posts", format!("{digits} posts")),
        ("datetime=\"2026-10-19T10:14:00+00:00\"", format!("datetime=\"{digits}\"")),
        ("datetime=\"2026-10-19T10:14:00+00:00\"", format!("datetime=\"{digits}-10-19T10:14:00+00:00\"")),
        ("id=\"p301\"", format!("id=\"p{digits}\"")),
        ("start=4", format!("start={digits}")),
    ] {
        assert!(page.contains(from), "{from}");
        let body = page.replace(from, &to);
        read_soon(from, body.as_bytes(), case.profile(), Kind::Thread);
        let source = Source { body: body.as_bytes(), ..case.source() };
        let read = page::read_thread(case.profile(), &source).page;
        assert_eq!(read.posts.len(), 4, "{from}");
    }
}

#[test]
fn lies_about_the_character_set_do_not_panic() {
    let case = Case::named("phpbb-3/thread-first-en");
    let invalid: Vec<u8> = (0..200_000).map(|n| [0xFF, 0xC0, 0xED, 0xA0, 0x80, b'<'][n % 6]).collect();
    for label in ["utf-8", "utf-16", "utf-16be", "iso-2022-jp", "gb18030", "big5", "x-user-defined", "replacement", "?"]
    {
        let content_type = format!("text/html; charset={label}");
        for body in [case.body.as_slice(), &invalid] {
            let source = Source { body, content_type: Some(&content_type), ..case.source() };
            for kind in [Kind::Thread, Kind::List] {
                page::extract(Some(case.profile()), &source, Some(kind), true);
            }
        }
    }
}
