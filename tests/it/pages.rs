//! Every page under `tests/pages` gives what stands beside it; forms and outcomes are read from the same pages.
//!
//! `args.json` holds what `netreach extract` is told, `expected.json` what it prints. The pages are our own, written to
//! the structure observed on running forums.

mod challenges;
mod hostile;
mod messages;
mod other_boards;
mod php_boards;
mod quotes;

use jiff::tz::TimeZone;
use netreach::domain::look::{PageState, SeenPage};
use netreach::page::{self, Enctype, Kind, LoginOutcome, Method, Refusal, ReplyOutcome, Source};
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use url::Url;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    url: Url,
    now: netreach::clock::Timestamp,
    kind: Option<String>,
    content_type: Option<String>,
    profile: Option<String>,
}

struct Case {
    name: String,
    body: Vec<u8>,
    arguments: Arguments,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let arguments = std::fs::read_to_string(folder.join("args.json")).expect("args.json");
        Self {
            name: folder.display().to_string(),
            body: std::fs::read(folder.join("page.html")).expect("page.html"),
            arguments: serde_json::from_str(&arguments).expect("arguments"),
        }
    }

    fn named(name: &str) -> Self {
        Self::read(&pages().join(name))
    }

    fn source(&self) -> Source<'_> {
        Source {
            body: &self.body,
            content_type: self.arguments.content_type.as_deref(),
            url: &self.arguments.url,
            now: self.arguments.now,
            time_zone: TimeZone::UTC,
        }
    }

    fn profile(&self) -> &'static page::Profile {
        let folder = Path::new(&self.name).parent().and_then(Path::file_name).and_then(|name| name.to_str());
        page::find_profile(folder.expect("a case lies in its profile's folder")).expect("built in")
    }

    fn outcome(&self) -> ReplyOutcome {
        page::reply_outcome(self.profile(), &self.source(), 200)
    }
}

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(of)
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn extracted(case: &Case) -> Value {
    let kind = case.arguments.kind.as_deref().map(|kind| if kind == "list" { Kind::List } else { Kind::Thread });
    let profile = case.arguments.profile.as_deref().map(|name| page::find_profile(name).expect("built in"));
    let extracted = page::extract(profile, &case.source(), kind, false);
    let mut value = serde_json::to_value(&extracted.page).expect("serialises");
    value["profile"] = extracted.profile.into();
    value
}

#[test]
fn every_saved_page_is_read_as_expected() {
    let mut wrong = Vec::new();
    let mut read = 0;
    for folder in folders(&pages()).iter().flat_map(|profile| folders(profile)) {
        let case = Case::read(&folder);
        let expected = std::fs::read_to_string(folder.join("expected.json")).expect("expected.json");
        let expected: Value = serde_json::from_str(&expected).expect("JSON");
        let found = extracted(&case);
        read += 1;
        if found != expected {
            let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("serialises");
            let (found, expected) = (pretty(&found), pretty(&expected));
            let difference = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
            wrong.push(format!("{}: (found, expected) first differ in {difference:?}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {read} pages:\n{}", wrong.len(), wrong.join("\n"));
    assert!(read > 50, "only {read} pages found");
}

#[test]
fn every_saved_page_is_recognised_as_its_own_engines() {
    let mut wrong = Vec::new();
    for folder in folders(&pages()).iter().filter(|folder| !folder.ends_with("none")).flat_map(|of| folders(of)) {
        let case = Case::read(&folder);
        // What holds nothing of its engine is read with the profile named.
        if case.arguments.profile.is_none() {
            let recognised = page::recognise_source(&case.source()).map(page::Profile::name);
            if recognised != Some(case.profile().name()) {
                wrong.push(format!("{}: {recognised:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_profile_in_the_folder_is_built_in() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("selectors");
    for file in std::fs::read_dir(folder).expect("selectors") {
        let path = file.expect("entry").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("name");
            assert!(page::find_profile(name).is_some(), "{name} is not listed in src/page/profile.rs");
        }
    }
}

#[test]
fn login_form_is_filled_as_a_browser_fills_it() {
    let case = Case::named("phpbb-3/login-ru");
    let login = page::login_form(case.profile(), &case.source()).expect("form");
    assert_eq!(login.form.action.as_str(), "https://forum.example/board/ucp.php?mode=login&sid=00ff");
    assert_eq!((login.form.method, login.form.enctype), (Method::Post, Enctype::UrlEncoded));
    let filled = login.fill("Отдел", "пароль & ключ");
    let names: Vec<&str> = filled.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["username", "password", "redirect", "creation_time", "form_token", "sid", "login"]);
    assert_eq!(filled.first().map(|(_, value)| value.as_str()), Some("Отдел"));
    assert!(login.form.url_encoded(&filled).contains("password=%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C+%26+%D0%BA"));
    assert!(!format!("{login:?}").contains("abcdef"), "tokens must not be printed");

    let case = Case::named("flaskbb-3/login");
    let login = page::login_form(case.profile(), &case.source()).expect("form");
    assert_eq!(login.form.action.as_str(), "http://flask.example/auth/login?next=%2Ftopic%2F2");
    let names: Vec<String> = login.fill("a", "b").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["csrf_token", "login", "password", "submit"]);

    for (name, action, expected) in [
        (
            "spirit-0/login-en",
            "http://spirit.example/user/login/",
            &["csrfmiddlewaretoken", "next", "username", "password", "post"][..],
        ),
        (
            "machina-1/login-ru",
            "http://machina.example/login/?next=/member/subscriptions/",
            &["csrfmiddlewaretoken", "username", "password"],
        ),
    ] {
        let case = Case::named(name);
        let login = page::login_form(case.profile(), &case.source()).expect("form");
        assert_eq!(login.form.action.as_str(), action);
        let names: Vec<String> = login.fill("a", "b").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected, "{name}");
    }
}

#[test]
fn reply_form_is_filled_as_a_browser_fills_it() {
    let case = Case::named("phpbb-3/thread-middle-by-post-ru");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.action.as_str(), "https://forum.example/board/posting.php?mode=reply&t=12");
    let filled = reply.fill("раз\nдва");
    let of = |name: &str| filled.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(of("message"), Some("раз\r\nдва"));
    assert_eq!(of("post"), Some("Отправить"));
    assert_eq!(of("preview"), None);
    assert_eq!(of("subject"), Some("Re: Анализы: «что» и когда"));
    assert_eq!(of("form_token"), Some("0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"));

    let case = Case::named("phpbb-3/posting-review-en");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.enctype, Enctype::Multipart);
    let names: Vec<&str> = reply.form.fields.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["subject", "addbbcode20", "message", "lastclick", "post", "attach_sig", "creation_time", "form_token"];
    assert_eq!(names, expected);
    assert!(reply.form.fields.contains(&("addbbcode20".to_owned(), "100".to_owned())));
    assert!(reply.form.fields.contains(&("message".to_owned(), "старый текст".to_owned())));

    let case = Case::named("flaskbb-3/thread-single-member");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.action.as_str(), "http://flask.example/topic/7-odna");
    let names: Vec<String> = reply.fill("x").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["csrf_token", "content", "submit"]);
    let link = page::reply_page_link(case.profile(), &case.source()).expect("link");
    assert_eq!(link.as_str(), "http://flask.example/topic/7-odna/post/new");

    let case = Case::named("spirit-0/thread-middle-member-ru");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.action.as_str(), "http://spirit.example/comment/12/publish/");
    let names: Vec<String> = reply.fill("x").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["csrfmiddlewaretoken", "comment", "comment_hash"]);

    let case = Case::named("machina-1/thread-single-member-ru");
    assert_eq!(page::reply_form(case.profile(), &case.source()), None);
    let link = page::reply_page_link(case.profile(), &case.source()).expect("link");
    let case = Case::named("machina-1/posting-ru");
    assert_eq!(link, case.arguments.url);
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!((&reply.form.action, reply.form.enctype), (&link, Enctype::Multipart));
    let names: Vec<String> = reply.fill("x").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["csrfmiddlewaretoken", "subject", "content", "enable_signature"], "no button: it has no name");
}

#[test]
fn address_of_a_page_that_is_not_there_any_more_numbers_no_posts() {
    let case = Case::named("phpbb-3/thread-from-odd-place-ru");
    let read = |start: u32| {
        let url: Url = format!("https://forum.example/board/viewtopic.php?t=13&start={start}").parse().expect("valid");
        let page = page::read_thread(case.profile(), &Source { url: &url, ..case.source() }).page;
        page.posts.first().and_then(|post| post.number)
    };
    assert_eq!(read(5), Some(6), "a page may begin anywhere");
    assert_ne!(read(80), Some(81), "it is the second of three pages");
}

#[test]
fn posts_of_a_thread_that_shrank_to_one_page_are_numbered_from_one() {
    let case = Case::named("phpbb-3/thread-single-ru");
    let url: Url = "https://forum.example/viewtopic.php?t=77&start=40".parse().expect("valid");
    let read = page::read_thread(case.profile(), &Source { url: &url, ..case.source() }).page;
    assert_eq!(read.posts.first().and_then(|post| post.number), Some(1));
    assert_eq!(read.complaints, Vec::<String>::new());
}

#[test]
fn letters_outside_the_forms_charset_become_references() {
    let html = "<meta charset=iso-8859-1><form id=qr_postform method=post><textarea name=message></textarea></form>";
    let url: Url = "https://forum.example/viewtopic.php?t=1".parse().expect("valid");
    let case = Case::named("phpbb-3/login-ru");
    let source = Source { body: html.as_bytes(), url: &url, ..case.source() };
    let reply = page::reply_form(case.profile(), &source).expect("form");
    let filled = reply.fill("é Да");
    assert_eq!(filled.last().map(|(_, value)| value.as_str()), Some("é &#1044;&#1072;"));
    assert_eq!(reply.form.url_encoded(&filled), "message=%E9+%26%231044%3B%26%231072%3B");
}

#[test]
fn outcome_of_a_reply_is_told_from_the_page_it_ended_on() {
    let refused = ReplyOutcome::Refused;
    for (name, expected) in [
        ("phpbb-3/thread-middle-by-post-ru", ReplyOutcome::Accepted { post_id: Some("402".into()) }),
        ("phpbb-3/stored-ru", ReplyOutcome::Accepted { post_id: Some("431".into()) }),
        ("phpbb-3/queued-en", ReplyOutcome::Queued),
        ("phpbb-3/posting-flood-ru", refused(Refusal::Flood)),
        ("phpbb-3/posting-too-fast-en", refused(Refusal::FormRejected)),
        ("phpbb-3/posting-review-en", refused(Refusal::FormRejected)),
        ("phpbb-3/posting-empty-en", refused(Refusal::Other)),
        ("phpbb-3/posting-text-says-closed-ru", refused(Refusal::FormRejected)),
        ("phpbb-3/login-ru", refused(Refusal::LoggedOut)),
        ("phpbb-3/locked-message-ru", refused(Refusal::LoggedOut)),
        ("phpbb-3/forbidden-ru", refused(Refusal::LoggedOut)),
        ("phpbb-3/thread-last-closed-ru", ReplyOutcome::Unclear),
        ("phpbb-3/board-off-ru", ReplyOutcome::Unclear),
        ("flaskbb-3/thread-single-member", ReplyOutcome::Accepted { post_id: Some("3".into()) }),
        ("flaskbb-3/thread-reply-refused", refused(Refusal::LoggedOut)),
        ("flaskbb-3/csrf-missing", refused(Refusal::FormRejected)),
        ("flaskbb-3/login", refused(Refusal::LoggedOut)),
        ("flaskbb-3/error-page", ReplyOutcome::Unclear),
        ("spirit-0/thread-reply-accepted-en", ReplyOutcome::Accepted { post_id: Some("102".into()) }),
        ("spirit-0/thread-reply-duplicate-en", refused(Refusal::Duplicate)),
        ("spirit-0/thread-middle-member-ru", ReplyOutcome::Unclear),
        ("spirit-0/publish-flood-ru", refused(Refusal::Flood)),
        ("spirit-0/publish-too-long-en", refused(Refusal::Other)),
        ("spirit-0/csrf-ru", refused(Refusal::FormRejected)),
        ("spirit-0/not-found-ru", refused(Refusal::Closed)),
        ("spirit-0/login-en", refused(Refusal::LoggedOut)),
        ("spirit-0/server-error", ReplyOutcome::Unclear),
        ("machina-1/thread-reply-accepted-ru", ReplyOutcome::Accepted { post_id: Some("251".into()) }),
        ("machina-1/thread-reply-queued-ru", ReplyOutcome::Queued),
        ("machina-1/thread-single-member-ru", ReplyOutcome::Unclear),
        ("machina-1/posting-empty-ru", refused(Refusal::Other)),
        ("machina-1/posting-ru", refused(Refusal::FormRejected)),
        ("machina-1/csrf-en", refused(Refusal::FormRejected)),
        ("machina-1/forbidden", refused(Refusal::Forbidden)),
        ("machina-1/login-ru", refused(Refusal::LoggedOut)),
        ("machina-1/not-found", ReplyOutcome::Unclear),
    ] {
        assert_eq!(Case::named(name).outcome(), expected, "{name}");
    }
}

#[test]
fn outcome_of_a_log_in_is_told_from_the_page_it_ended_on() {
    for (name, expected) in [
        ("phpbb-3/thread-middle-by-post-ru", LoginOutcome::LoggedIn),
        ("phpbb-3/login-wrong-en", LoginOutcome::WrongPassword),
        ("phpbb-3/login-captcha-en", LoginOutcome::Challenge),
        ("phpbb-3/thread-first-en", LoginOutcome::Unclear),
        ("flaskbb-3/thread-single-member", LoginOutcome::LoggedIn),
        ("flaskbb-3/login-wrong", LoginOutcome::WrongPassword),
        ("spirit-0/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("spirit-0/login-wrong-ru", LoginOutcome::WrongPassword),
        ("spirit-0/login-too-many-en", LoginOutcome::TooMany),
        ("spirit-0/login-en", LoginOutcome::Unclear),
        ("machina-1/subscriptions-ru", LoginOutcome::LoggedIn),
        ("machina-1/login-wrong-ru", LoginOutcome::WrongPassword),
        ("machina-1/login-ru", LoginOutcome::Unclear),
    ] {
        let case = Case::named(name);
        assert_eq!(page::login_outcome(case.profile(), &case.source()), expected, "{name}");
    }
}

#[test]
fn thread_is_the_same_under_any_address() {
    let phpbb = page::find_profile("phpbb-3").expect("built in");
    for address in [
        "https://forum.example/board/viewtopic.php?t=12",
        "http://mirror.onion/viewtopic.php?f=3&t=12&start=40&sid=0a#p5",
    ] {
        assert_eq!(page::thread_id_of(phpbb, &address.parse().expect("valid")).as_deref(), Some("12"), "{address}");
    }
    let post: Url = "https://forum.example/viewtopic.php?p=12#p12".parse().expect("valid");
    assert_eq!(page::thread_id_of(phpbb, &post), None);
    let base: Url = "http://forum.onion/board/index.php?sid=1".parse().expect("valid");
    let url = page::thread_url(phpbb, &base, "12").expect("address");
    assert_eq!(url.as_str(), "http://forum.onion/board/viewtopic.php?t=12");
    assert_eq!(page::login_page_url(phpbb, &base).as_str(), "http://forum.onion/board/ucp.php?mode=login");
    let flaskbb = page::find_profile("flaskbb-3").expect("built in");
    let url: Url = "http://flask.example/topic/2-vich:-voprosy?page=3#pid30".parse().expect("valid");
    assert_eq!(page::thread_id_of(flaskbb, &url).as_deref(), Some("2"));
    for (name, address) in [
        ("spirit-0", "http://spirit.example/topic/2/vich-2026/?page=3#c41"),
        ("spirit-0", "http://spirit.example/topic/private/2/"),
        ("machina-1", "http://machina.example/board/forum/z-3/topic/%D0%B0-2026-12-2/?post=7#7"),
        ("machina-1", "http://machina.example/forum/z-3/topic/vich-2"),
    ] {
        let profile = page::find_profile(name).expect("built in");
        assert_eq!(page::thread_id_of(profile, &address.parse().expect("valid")).as_deref(), Some("2"), "{address}");
    }
}

#[test]
fn deep_nesting_neither_overflows_nor_loses_the_text() {
    let case = Case::named("phpbb-3/thread-single-ru");
    let page = String::from_utf8(case.body.clone()).expect("UTF-8");
    for tag in ["div", "blockquote", "b", "span", "table", "ul", "a", "font"] {
        let open = format!("<{tag} x=1>");
        let deep = format!("{}глубоко{}", open.repeat(100_000), format!("</{tag}>").repeat(100_000));
        let body = page.replacen("Сообщение", &format!("{deep} Сообщение"), 1);
        let source = Source { body: body.as_bytes(), ..case.source() };
        let reading = page::read_thread(case.profile(), &source);
        assert_eq!(reading.page.state, PageState::Ok, "{tag}");
        assert!(body.contains("глубоко"));
        let text = reading.page.posts.first().expect("post").text.expose().clone();
        assert!(text.ends_with("Где сдать анализ?"), "{tag}: {text}");
        // A table or a link inside another ends it: there is no nesting to complain of.
        let complaints = usize::from(!matches!(tag, "table" | "a"));
        assert_eq!(reading.page.complaints.len(), complaints, "{tag}: {:?}", reading.page.complaints);
    }
}

#[test]
fn links_inside_posts_do_not_pass_for_the_forums_own() {
    let case = Case::named("phpbb-3/thread-last-closed-ru");
    let page = String::from_utf8(case.body.clone()).expect("UTF-8");
    let links =
        "<a href='./ucp.php?mode=logout'>x</a> <a rel=next href='?start=999'>9</a> <a href='?mode=reply'>y</a> ";
    let body = page.replacen("Сообщение", &format!("<div class='pagination'>{links}</div>Сообщение"), 1);
    let source = Source { body: body.as_bytes(), ..case.source() };
    let reading = page::read_thread(case.profile(), &source);
    assert_eq!(reading.logged_in, Some(false));
    assert_eq!((reading.page.thread.pages, reading.page.thread.closed, reading.next), (Some(3), Some(true), None));
    let earlier = reading.prev.expect("there is an earlier page");
    assert_eq!(earlier.as_str(), "https://forum.example/board/viewtopic.php?t=12&start=4");
}

#[test]
fn explanation_names_field_selector_matches_and_value() {
    let case = Case::named("phpbb-3/thread-single-ru");
    let explained = page::extract(None, &case.source(), None, true).explanation.join("\n");
    for part in ["thread.title: .topic-title a → 1 found → «Одна»", "post.item: .post", "post[1].author: .postprofile"]
    {
        assert!(explained.contains(part), "{part} is not in:\n{explained}");
    }
}

#[test]
fn complaints_and_errors_hold_no_forum_text() {
    for folder in folders(&pages().join("phpbb-3")) {
        let case = Case::read(&folder);
        let SeenPage::Thread(page) = page::extract(None, &case.source(), Some(Kind::Thread), false).page else {
            continue;
        };
        for complaint in &page.complaints {
            assert!(complaint.is_ascii() && !complaint.contains('\n'), "{complaint}");
        }
    }
}
