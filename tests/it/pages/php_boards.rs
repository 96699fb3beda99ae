//! Forms and outcomes on the older PHP engines: what is sent, and what their pages say became of it.

use super::*;

/// Names and values as they would be sent, those that the test names.
pub(super) fn sent<'a>(filled: &'a [(String, String)], name: &str) -> Option<&'a str> {
    filled.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub(super) fn names(filled: &[(String, String)]) -> Vec<&str> {
    filled.iter().map(|(name, _)| name.as_str()).collect()
}

pub(super) fn outcomes(of: &[(&str, ReplyOutcome)]) {
    for (name, expected) in of {
        assert_eq!(Case::named(name).outcome(), *expected, "{name}");
    }
}

pub(super) fn accepted(post_id: &str) -> ReplyOutcome {
    ReplyOutcome::Accepted { post_id: Some(post_id.to_owned()) }
}

pub(super) fn log_ins(of: &[(&str, LoginOutcome)]) {
    for (name, expected) in of {
        let case = Case::named(name);
        assert_eq!(page::login_outcome(case.profile(), &case.source()), *expected, "{name}");
    }
}

pub(super) fn thread_ids(profile: &str, of: &[(&str, Option<&str>)]) {
    let profile = page::find_profile(profile).expect("built in");
    for (address, expected) in of {
        let id = page::thread_id_of(profile, &address.parse().expect("valid"));
        assert_eq!(id.as_deref(), *expected, "{address}");
    }
}

#[test]
fn mybb_log_in_form_is_the_one_that_is_shown_and_not_the_box_on_every_page() {
    for (name, action) in [
        ("mybb-1/login-en", "https://forum.example/mybb/member.php"),
        ("mybb-1/login-required-ru", "https://forum.example/mybb/member.php"),
    ] {
        let case = Case::named(name);
        let login = page::login_form(case.profile(), &case.source()).expect("form");
        assert_eq!(login.form.action.as_str(), action, "{name}");
        let filled = login.fill("Отдел", "ключ");
        assert_eq!(sent(&filled, "username"), Some("Отдел"), "{name}");
        assert_eq!(sent(&filled, "password"), Some("ключ"), "{name}");
        assert_eq!(sent(&filled, "action"), Some("do_login"), "{name}");
        assert_eq!(sent(&filled, "my_post_key"), Some("guestkey0001"), "{name}");
        assert_eq!(sent(&filled, "remember"), Some("yes"), "{name}");
        assert!(!login.captcha, "{name}");
    }
    let case = Case::named("mybb-1/login-captcha-en");
    assert!(page::login_form(case.profile(), &case.source()).expect("form").captcha);
    let case = Case::named("mybb-1/thread-first-en");
    assert_eq!(page::login_form(case.profile(), &case.source()), None);
    log_ins(&[
        ("mybb-1/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("mybb-1/login-wrong-ru", LoginOutcome::WrongPassword),
        ("mybb-1/login-captcha-en", LoginOutcome::Challenge),
        ("mybb-1/login-too-many-en", LoginOutcome::TooMany),
        ("mybb-1/thread-first-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn mybb_reply_forms_are_sent_and_never_previewed() {
    let case = Case::named("mybb-1/thread-middle-member-ru");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.action.as_str(), "https://forum.example/mybb/newreply.php?tid=12&processed=1");
    assert_eq!(reply.form.enctype, Enctype::UrlEncoded);
    let filled = reply.fill("раз\nдва");
    let expected = [
        "my_post_key",
        "subject",
        "action",
        "posthash",
        "quoted_ids",
        "lastpid",
        "from_page",
        "tid",
        "method",
        "postoptions[signature]",
        "message",
    ];
    assert_eq!(names(&filled), expected);
    assert_eq!(sent(&filled, "message"), Some("раз\r\nдва"));
    assert_eq!(sent(&filled, "posthash"), Some("hash0000aaaa"));
    let link = page::reply_page_link(case.profile(), &case.source()).expect("link");
    assert_eq!(link.as_str(), "https://forum.example/mybb/newreply.php?tid=12");

    let case = Case::named("mybb-1/newreply-en");
    let reply = page::reply_form(case.profile(), &case.source()).expect("form");
    assert_eq!(reply.form.enctype, Enctype::Multipart);
    let filled = reply.fill("ответ");
    assert_eq!(sent(&filled, "submit"), Some("Post Reply"));
    assert_eq!((sent(&filled, "previewpost"), sent(&filled, "savedraft")), (None, None));
    assert_eq!(sent(&filled, "postoptions[subscriptionmethod]"), Some(""));
    assert_eq!(sent(&filled, "icon"), Some("-1"));
    assert_eq!(page::reply_page_link(case.profile(), &Case::named("mybb-1/thread-last-closed-ru").source()), None);
}

#[test]
fn mybb_says_on_pages_of_its_own_what_became_of_a_reply() {
    let refused = ReplyOutcome::Refused;
    outcomes(&[
        ("mybb-1/posted-en", accepted("431")),
        ("mybb-1/posted-friendly-ru", accepted("431")),
        ("mybb-1/queued-en", ReplyOutcome::Queued),
        ("mybb-1/queued-ru", ReplyOutcome::Queued),
        ("mybb-1/thread-middle-member-ru", ReplyOutcome::Queued),
        ("mybb-1/newreply-flood-en", refused(Refusal::Flood)),
        ("mybb-1/newreply-flood-ru", refused(Refusal::Flood)),
        ("mybb-1/newreply-empty-en", refused(Refusal::Other)),
        ("mybb-1/newreply-preview-en", refused(Refusal::FormRejected)),
        ("mybb-1/duplicate-en", refused(Refusal::Duplicate)),
        ("mybb-1/duplicate-ru", refused(Refusal::Duplicate)),
        ("mybb-1/duplicate-in-other-words-ru", refused(Refusal::Duplicate)),
        ("mybb-1/stale-token-ru", refused(Refusal::FormRejected)),
        ("mybb-1/reply-closed-en", refused(Refusal::Closed)),
        ("mybb-1/reply-closed-ru", refused(Refusal::Closed)),
        ("mybb-1/reply-forum-closed-ru", refused(Refusal::Closed)),
        ("mybb-1/forbidden-en", refused(Refusal::Forbidden)),
        ("mybb-1/forbidden-ru", refused(Refusal::Forbidden)),
        ("mybb-1/forbidden-in-other-words-ru", refused(Refusal::Forbidden)),
        ("mybb-1/login-required-en", refused(Refusal::LoggedOut)),
        ("mybb-1/login-required-ru", refused(Refusal::LoggedOut)),
        ("mybb-1/board-closed-ru", ReplyOutcome::Unclear),
        ("mybb-1/thread-last-closed-ru", ReplyOutcome::Unclear),
    ]);
}

#[test]
fn mybb_thread_is_the_same_under_any_address() {
    thread_ids(
        "mybb-1",
        &[
            ("https://forum.example/mybb/showthread.php?tid=12&page=3#pid9", Some("12")),
            ("http://mirror.onion/showthread.php?mode=linear&tid=12&pid=5#pid5", Some("12")),
            ("http://mirror.onion/thread-12-page-3.html", Some("12")),
            ("http://mirror.onion/thread-12.html", Some("12")),
            ("http://mirror.onion/showthread.php?pid=5#pid5", None),
        ],
    );
}

#[test]
fn smf_log_in_form_carries_its_tokens_whatever_they_are_called() {
    for name in ["smf-2/login-2-1-en", "smf-2/login-2-0-ru", "smf-2/login-required-2-1-en"] {
        let case = Case::named(name);
        let login = page::login_form(case.profile(), &case.source()).expect("form");
        assert_eq!(login.form.action.as_str(), "https://forum.example/smf/index.php?action=login2", "{name}");
        let filled = login.fill("Отдел", "ключ");
        assert_eq!(sent(&filled, "user"), Some("Отдел"), "{name}");
        assert_eq!(sent(&filled, "passwrd"), Some("ключ"), "{name}");
        assert_eq!((sent(&filled, "c0ffee"), sent(&filled, "fe55aa")), (Some("0a1b2c"), Some("77")), "{name}");
        assert_eq!(sent(&filled, "cookielength"), Some("60"), "{name}");
    }
    let case = Case::named("smf-2/thread-first-2-0-en");
    assert_eq!(page::login_form(case.profile(), &case.source()), None, "the box at the top is not the form");
    log_ins(&[
        ("smf-2/thread-middle-2-0-en", LoginOutcome::LoggedIn),
        ("smf-2/thread-middle-2-1-ru", LoginOutcome::LoggedIn),
        ("smf-2/login-wrong-2-0-en", LoginOutcome::WrongPassword),
        ("smf-2/login-wrong-2-1-ru", LoginOutcome::WrongPassword),
        ("smf-2/login-captcha-2-1-en", LoginOutcome::Challenge),
        ("smf-2/login-too-many-2-1-en", LoginOutcome::TooMany),
        ("smf-2/login-too-soon-2-0-ru", LoginOutcome::TooMany),
        ("smf-2/thread-first-2-1-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn smf_reply_forms_lead_back_to_the_thread() {
    for (name, text, seqnum) in [
        ("smf-2/thread-middle-2-0-en", "message", "1234567"),
        ("smf-2/thread-middle-2-1-ru", "quickReply", "1234567"),
        ("smf-2/post-2-1-en", "message", "7654321"),
        ("smf-2/post-2-0-ru", "message", "7654321"),
    ] {
        let case = Case::named(name);
        let reply = page::reply_form(case.profile(), &case.source()).expect("form");
        let filled = reply.fill("ответ");
        assert_eq!(sent(&filled, text), Some("ответ"), "{name}");
        assert_eq!((sent(&filled, "seqnum"), sent(&filled, "c0ffee")), (Some(seqnum), Some("0a1b2c")), "{name}");
        assert_eq!(sent(&filled, "goback"), Some("1"), "{name}");
        assert!(sent(&filled, "post").is_some() && sent(&filled, "topic") == Some("12"), "{name}");
        assert_eq!((sent(&filled, "preview"), sent(&filled, "save_draft")), (None, None), "{name}");
        let full = name.contains("/post-");
        assert_eq!(reply.form.enctype == Enctype::Multipart, full, "{name}");
    }
    let case = Case::named("smf-2/thread-middle-2-0-en");
    let link = page::reply_page_link(case.profile(), &case.source()).expect("link");
    assert_eq!(link.as_str(), "https://forum.example/smf/index.php?action=post;topic=12.15;last_msg=214");
    let case = Case::named("smf-2/thread-last-locked-2-1-en");
    assert_eq!(page::reply_form(case.profile(), &case.source()), None);
}

#[test]
fn smf_takes_a_reply_by_going_back_to_the_thread() {
    let refused = ReplyOutcome::Refused;
    outcomes(&[
        ("smf-2/thread-after-reply-2-1-en", ReplyOutcome::Accepted { post_id: None }),
        ("smf-2/thread-middle-2-1-ru", accepted("203")),
        ("smf-2/thread-own-post-waits-2-1-en", ReplyOutcome::Queued),
        ("smf-2/thread-own-post-waits-2-0-ru", ReplyOutcome::Queued),
        ("smf-2/thread-middle-2-0-en", ReplyOutcome::Unclear),
        ("smf-2/list-2-0-en", ReplyOutcome::Unclear),
        ("smf-2/post-preview-2-1-en", refused(Refusal::FormRejected)),
        ("smf-2/post-new-reply-2-0-en", refused(Refusal::FormRejected)),
        ("smf-2/post-session-2-0-ru", refused(Refusal::FormRejected)),
        ("smf-2/post-token-2-1-en", refused(Refusal::FormRejected)),
        ("smf-2/post-empty-2-1-en", refused(Refusal::Other)),
        ("smf-2/post-twice-2-1-en", refused(Refusal::Duplicate)),
        ("smf-2/post-twice-2-0-ru", refused(Refusal::Duplicate)),
        ("smf-2/post-flood-2-1-en", refused(Refusal::Flood)),
        ("smf-2/post-flood-2-0-ru", refused(Refusal::Flood)),
        ("smf-2/post-locked-2-1-en", refused(Refusal::Closed)),
        ("smf-2/post-locked-2-0-ru", refused(Refusal::Closed)),
        ("smf-2/post-forbidden-2-1-ru", refused(Refusal::Forbidden)),
        ("smf-2/login-required-2-1-en", refused(Refusal::LoggedOut)),
        ("smf-2/maintenance-2-1-en", ReplyOutcome::Unclear),
    ]);
}

#[test]
fn smf_thread_is_the_same_under_any_address() {
    thread_ids(
        "smf-2",
        &[
            ("https://forum.example/smf/index.php?topic=12.0", Some("12")),
            ("http://mirror.onion/index.php?PHPSESSID=1;topic=12.msg345#msg345", Some("12")),
            ("http://mirror.onion/index.php?action=post;topic=12.15;last_msg=9", Some("12")),
            ("http://mirror.onion/index.php/topic,12.msg345.html", Some("12")),
            ("http://mirror.onion/index.php?board=2.0", None),
        ],
    );
}

#[test]
fn fluxbb_and_punbb_log_in_forms_carry_their_token_and_stay_logged_in() {
    for (name, action) in [
        ("fluxbb-1/login-en", "https://forum.example/flux/login.php?action=in"),
        ("punbb-1/login-en", "https://forum.example/pun/login.php"),
    ] {
        let case = Case::named(name);
        let login = page::login_form(case.profile(), &case.source()).expect("form");
        assert_eq!(login.form.action.as_str(), action, "{name}");
        let filled = login.fill("Отдел", "ключ");
        assert_eq!(sent(&filled, "req_username"), Some("Отдел"), "{name}");
        assert_eq!(sent(&filled, "req_password"), Some("ключ"), "{name}");
        assert_eq!((sent(&filled, "form_sent"), sent(&filled, "csrf_token")), (Some("1"), Some("tok0002")), "{name}");
        assert_eq!((sent(&filled, "save_pass"), sent(&filled, "login")), (Some("1"), Some("Login")), "{name}");
    }
    log_ins(&[
        ("fluxbb-1/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("fluxbb-1/login-wrong-en", LoginOutcome::WrongPassword),
        ("fluxbb-1/login-wrong-ru", LoginOutcome::WrongPassword),
        ("fluxbb-1/logged-in-en", LoginOutcome::Unclear),
        ("fluxbb-1/thread-first-en", LoginOutcome::Unclear),
        ("punbb-1/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("punbb-1/login-wrong-ru", LoginOutcome::WrongPassword),
        ("punbb-1/thread-first-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn fluxbb_and_punbb_reply_forms_are_sent_and_never_previewed() {
    for (name, action, token, label) in [
        ("fluxbb-1/thread-middle-member-ru", "flux/post.php?tid=12", "tok0001", "Отправить"),
        ("fluxbb-1/post-en", "flux/post.php?action=post&tid=12", "tok0003", "Submit"),
        ("punbb-1/thread-middle-member-ru", "pun/post.php?tid=12", "tok0001", "Отправить"),
        ("punbb-1/post-en", "pun/post.php?tid=12", "tok0001", "Submit"),
    ] {
        let case = Case::named(name);
        let reply = page::reply_form(case.profile(), &case.source()).expect("form");
        assert_eq!(reply.form.action.as_str(), format!("https://forum.example/{action}"), "{name}");
        let filled = reply.fill("раз\nдва");
        assert_eq!(sent(&filled, "req_message"), Some("раз\r\nдва"), "{name}");
        assert_eq!((sent(&filled, "csrf_token"), sent(&filled, "form_sent")), (Some(token), Some("1")), "{name}");
        assert_eq!((sent(&filled, "submit"), sent(&filled, "preview")), (Some(label), None), "{name}");
        let user = name.starts_with("punbb").then_some("Отдел");
        assert_eq!(sent(&filled, "form_user"), user, "{name}");
    }
    for (name, expected) in [
        ("fluxbb-1/thread-middle-member-ru", Some("https://forum.example/flux/post.php?tid=12")),
        ("fluxbb-1/thread-last-closed-en", None),
        ("punbb-1/thread-middle-member-ru", Some("https://forum.example/pun/post.php?tid=12")),
        ("punbb-1/thread-last-closed-en", None),
    ] {
        let case = Case::named(name);
        let link = page::reply_page_link(case.profile(), &case.source());
        assert_eq!(link.as_ref().map(|link| link.as_str()), expected, "{name}");
        assert_eq!(page::reply_form(case.profile(), &case.source()).is_some(), expected.is_some(), "{name}");
    }
}

#[test]
fn fluxbb_says_on_pages_of_its_own_what_became_of_a_reply() {
    let refused = ReplyOutcome::Refused;
    outcomes(&[
        ("fluxbb-1/posted-en", accepted("431")),
        ("fluxbb-1/posted-ru", accepted("431")),
        ("fluxbb-1/thread-middle-member-ru", accepted("203")),
        ("fluxbb-1/thread-last-closed-en", ReplyOutcome::Unclear),
        ("fluxbb-1/maintenance-en", ReplyOutcome::Unclear),
        ("fluxbb-1/post-flood-en", refused(Refusal::Flood)),
        ("fluxbb-1/post-flood-ru", refused(Refusal::Flood)),
        ("fluxbb-1/post-flood-second-ru", refused(Refusal::Flood)),
        ("fluxbb-1/post-empty-en", refused(Refusal::Other)),
        ("fluxbb-1/post-preview-en", refused(Refusal::FormRejected)),
        ("fluxbb-1/bad-referrer-en", refused(Refusal::FormRejected)),
        ("fluxbb-1/bad-token-ru", refused(Refusal::FormRejected)),
        ("fluxbb-1/reply-forbidden-en", refused(Refusal::Forbidden)),
        ("fluxbb-1/forbidden-guest-en", refused(Refusal::LoggedOut)),
    ]);
}

#[test]
fn punbb_says_on_pages_of_its_own_what_became_of_a_reply() {
    let refused = ReplyOutcome::Refused;
    outcomes(&[
        ("punbb-1/posted-en", accepted("431")),
        ("punbb-1/post-waits-en", ReplyOutcome::Queued),
        ("punbb-1/thread-middle-member-ru", accepted("203")),
        ("punbb-1/thread-last-closed-en", ReplyOutcome::Unclear),
        ("punbb-1/maintenance-ru", ReplyOutcome::Unclear),
        ("punbb-1/post-flood-en", refused(Refusal::Flood)),
        ("punbb-1/post-flood-ru", refused(Refusal::Flood)),
        ("punbb-1/post-empty-en", refused(Refusal::Other)),
        ("punbb-1/post-preview-en", refused(Refusal::FormRejected)),
        ("punbb-1/post-token-ru", refused(Refusal::FormRejected)),
        ("punbb-1/confirm-token-en", refused(Refusal::FormRejected)),
        ("punbb-1/reply-forbidden-en", refused(Refusal::Forbidden)),
        ("punbb-1/forbidden-guest-en", refused(Refusal::LoggedOut)),
    ]);
}

#[test]
fn fluxbb_and_punbb_threads_are_the_same_under_any_address() {
    thread_ids(
        "fluxbb-1",
        &[
            ("https://forum.example/flux/viewtopic.php?id=12&p=3", Some("12")),
            ("http://mirror.onion/viewtopic.php?id=12&action=new", Some("12")),
            ("http://mirror.onion/post.php?tid=12&qid=5", Some("12")),
            ("http://mirror.onion/viewtopic.php?pid=203#p203", None),
            ("http://mirror.onion/viewforum.php?id=12", None),
        ],
    );
    thread_ids(
        "punbb-1",
        &[
            ("https://forum.example/pun/viewtopic.php?id=12&p=3", Some("12")),
            ("http://mirror.onion/topic/12/page/2/", Some("12")),
            ("http://mirror.onion/topic/12/about-tests/page/2/", Some("12")),
            ("http://mirror.onion/topic12.html", Some("12")),
            ("http://mirror.onion/topic12-p2.html", Some("12")),
            ("http://mirror.onion/topic-12-about-tests.html", Some("12")),
            ("http://mirror.onion/new/reply/12/", Some("12")),
            ("http://mirror.onion/viewtopic.php?pid=203#p203", None),
        ],
    );
}
