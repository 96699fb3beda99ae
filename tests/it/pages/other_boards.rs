//! Forms and outcomes on the engines that pages are not run against here: what is sent, and what their pages say became
//! of it.

use super::php_boards::{accepted, log_ins, names, outcomes, sent, thread_ids};
use super::*;

fn reply(name: &str) -> page::ReplyForm {
    let case = Case::named(name);
    page::reply_form(case.profile(), &case.source()).expect("form")
}

fn login(name: &str) -> page::LoginForm {
    let case = Case::named(name);
    page::login_form(case.profile(), &case.source()).expect("form")
}

fn reply_page(name: &str) -> Option<String> {
    let case = Case::named(name);
    page::reply_page_link(case.profile(), &case.source()).map(Into::into)
}

fn refused(why: Refusal) -> ReplyOutcome {
    ReplyOutcome::Refused(why)
}

#[test]
fn nodebb_is_answered_by_its_quick_reply_and_by_a_field_without_a_name() {
    let form = reply("nodebb-4/thread-by-post-member-ru");
    assert_eq!(form.form.action.as_str(), "https://nodebb.example/compose");
    assert_eq!(names(&form.fill("раз")), ["tid", "_csrf", "content"]);
    assert_eq!(sent(&form.fill("раз"), "_csrf"), Some("tok0a0a"));

    let form = reply("nodebb-4/compose-en");
    assert_eq!(form.form.action.as_str(), "https://nodebb.example/compose?tid=12");
    let filled = form.fill("one");
    assert_eq!(names(&filled), ["tid", "_csrf", "content"]);
    assert_eq!(sent(&filled, "content"), Some("one"));

    let link = reply_page("nodebb-4/thread-single-member-en");
    assert_eq!(link.as_deref(), Some("https://nodebb.example/compose?tid=5"));
    assert_eq!(reply_page("nodebb-4/thread-first-guest-en"), None);

    let form = login("nodebb-4/login-ru");
    assert_eq!(form.form.action.as_str(), "https://nodebb.example/login");
    let filled = form.fill("Отдел", "ключ");
    assert_eq!(names(&filled), ["username", "password", "_csrf", "noscript", "remember"]);
    assert_eq!((sent(&filled, "noscript"), sent(&filled, "remember")), (Some("true"), Some("on")));
}

#[test]
fn nodebb_tells_what_became_of_a_reply() {
    outcomes(&[
        // The address names the place of the post and not its id.
        ("nodebb-4/thread-by-post-member-ru", accepted("119")),
        ("nodebb-4/reply-queued-json", ReplyOutcome::Queued),
        ("nodebb-4/reply-queued-ru", ReplyOutcome::Queued),
        ("nodebb-4/reply-flood-en", refused(Refusal::Flood)),
        ("nodebb-4/reply-flood-ru", refused(Refusal::Flood)),
        ("nodebb-4/reply-closed-en", refused(Refusal::Closed)),
        ("nodebb-4/reply-closed-ru", refused(Refusal::Closed)),
        ("nodebb-4/reply-forbidden-ru", refused(Refusal::Forbidden)),
        ("nodebb-4/reply-short-en", refused(Refusal::Other)),
        ("nodebb-4/reply-token-refused", refused(Refusal::FormRejected)),
        ("nodebb-4/compose-en", refused(Refusal::FormRejected)),
        ("nodebb-4/login-ru", refused(Refusal::LoggedOut)),
        ("nodebb-4/excessive-load", ReplyOutcome::Unclear),
        ("nodebb-4/not-found-ru", ReplyOutcome::Unclear),
        ("nodebb-4/thread-last-closed-ru", ReplyOutcome::Unclear),
    ]);
    log_ins(&[
        ("nodebb-4/thread-by-post-member-ru", LoginOutcome::LoggedIn),
        ("nodebb-4/login-wrong-en", LoginOutcome::WrongPassword),
        ("nodebb-4/login-refused-ru", LoginOutcome::WrongPassword),
        ("nodebb-4/login-captcha-en", LoginOutcome::Challenge),
        ("nodebb-4/thread-first-guest-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn discourse_has_no_forms_without_scripts() {
    for name in ["discourse-3/thread-first-guest-en", "discourse-3/login-required-en"] {
        let case = Case::named(name);
        assert_eq!(page::login_form(case.profile(), &case.source()), None, "{name}");
        assert_eq!(page::reply_form(case.profile(), &case.source()), None, "{name}");
        assert_eq!(case.outcome(), ReplyOutcome::Unclear, "{name}");
    }
    for (name, expected) in [
        ("discourse-3/thread-first-guest-en", Some(false)),
        ("discourse-3/thread-last-by-post-ru", Some(true)),
        ("discourse-3/thread-middle-crawler-ru", None),
    ] {
        let case = Case::named(name);
        assert_eq!(page::logged_in(case.profile(), &case.source()), expected, "{name}");
    }
}

#[test]
fn xenforo_forms_are_those_for_browsers_without_scripts() {
    let form = reply("xenforo-2/thread-middle-member-ru");
    assert_eq!(form.form.action.as_str(), "https://xf.example/threads/gde.12/add-reply");
    let filled = form.fill("раз");
    let expected = [
        "message_html",
        "message",
        "attachment_hash",
        "attachment_hash_combined",
        "last_date",
        "last_known_date",
        "load_extra",
        "_xfToken",
    ];
    assert_eq!(names(&filled), expected);
    assert_eq!((sent(&filled, "message_html"), sent(&filled, "message")), (Some(""), Some("раз")));
    assert_eq!(sent(&filled, "_xfToken"), Some("1795000000,0a0b0c"));
    let form = reply("xenforo-2/reply-page-ru");
    let quoted = form.form.fields.iter().find(|(name, _)| name == "message").map(|(_, value)| value.as_str());
    assert_eq!(quoted, Some("[QUOTE=\"Лис, post: 101, member: 5\"]\nГде?\n[/QUOTE]\n"));
    let form = reply("xenforo-2/thread-unfriendly-addresses-en");
    assert_eq!(form.form.action.as_str(), "https://xf.example/index.php?threads/alone.5/add-reply");

    let form = login("xenforo-2/login-en");
    assert_eq!(form.form.action.as_str(), "https://xf.example/login/login");
    let filled = form.fill("Отдел", "ключ");
    assert_eq!(names(&filled), ["login", "password", "remember", "_xfRedirect", "_xfToken"]);

    let form = reply("xenforo-1/thread-middle-member-ru");
    assert_eq!(form.form.action.as_str(), "https://xf1.example/community/threads/gde.12/add-reply");
    let filled = form.fill("раз");
    let expected = [
        "message_html",
        "message",
        "_xfRelativeResolver",
        "attachment_hash",
        "last_date",
        "last_known_date",
        "_xfToken",
    ];
    assert_eq!(names(&filled), expected);
    let form = login("xenforo-1/login-en");
    let filled = form.fill("Отдел", "ключ");
    assert_eq!(names(&filled), ["login", "register", "password", "cookie_check", "_xfToken", "redirect"]);
    assert_eq!(sent(&filled, "register"), Some("0"));
    // Every page for guests has a box with the same fields at its top.
    let case = Case::named("xenforo-1/thread-first-guest-en");
    assert_eq!(page::login_form(case.profile(), &case.source()), None);
}

#[test]
fn xenforo_tells_what_became_of_a_reply() {
    outcomes(&[
        ("xenforo-2/thread-middle-member-ru", accepted("1123")),
        ("xenforo-2/thread-reply-waits-en", ReplyOutcome::Queued),
        ("xenforo-2/reply-flood-en", refused(Refusal::Flood)),
        ("xenforo-2/reply-flood-ru", refused(Refusal::Flood)),
        ("xenforo-2/reply-token-refused-en", refused(Refusal::FormRejected)),
        ("xenforo-2/reply-token-refused-ru", refused(Refusal::FormRejected)),
        ("xenforo-2/reply-closed-en", refused(Refusal::Closed)),
        ("xenforo-2/reply-empty-ru", refused(Refusal::Other)),
        ("xenforo-2/reply-page-ru", refused(Refusal::FormRejected)),
        ("xenforo-2/forbidden-en", refused(Refusal::Forbidden)),
        ("xenforo-2/forbidden-ru", refused(Refusal::LoggedOut)),
        ("xenforo-2/login-needed-ru", refused(Refusal::LoggedOut)),
        ("xenforo-2/thread-last-closed-ru", ReplyOutcome::Unclear),
        ("xenforo-1/thread-middle-member-ru", accepted("1123")),
        ("xenforo-1/thread-reply-waits-en", ReplyOutcome::Queued),
        ("xenforo-1/reply-flood-en", refused(Refusal::Flood)),
        ("xenforo-1/reply-flood-ru", refused(Refusal::Flood)),
        ("xenforo-1/reply-token-refused-en", refused(Refusal::FormRejected)),
        ("xenforo-1/reply-closed-ru", refused(Refusal::Closed)),
        ("xenforo-1/reply-empty-en", refused(Refusal::Other)),
        ("xenforo-1/login-en", refused(Refusal::LoggedOut)),
    ]);
    log_ins(&[
        ("xenforo-2/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("xenforo-2/login-wrong-ru", LoginOutcome::WrongPassword),
        ("xenforo-2/login-locked-en", LoginOutcome::TooMany),
        ("xenforo-2/login-captcha-en", LoginOutcome::Challenge),
        ("xenforo-2/login-two-step-en", LoginOutcome::Challenge),
        ("xenforo-2/login-en", LoginOutcome::Unclear),
        ("xenforo-1/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("xenforo-1/login-wrong-ru", LoginOutcome::WrongPassword),
        ("xenforo-1/login-captcha-en", LoginOutcome::Challenge),
        ("xenforo-1/login-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn vbulletin_takes_the_password_as_it_is_and_its_digests_empty() {
    let form = login("vbulletin-4/login-needed-en");
    assert_eq!(form.form.action.as_str(), "https://vb.example/forum/login.php?do=login");
    let filled = form.fill("Отдел", "ключ");
    let expected = [
        "do",
        "vb_login_md5password",
        "vb_login_md5password_utf",
        "s",
        "securitytoken",
        "url",
        "vb_login_username",
        "vb_login_password",
    ];
    assert_eq!(names(&filled), expected);
    assert_eq!(sent(&filled, "vb_login_password"), Some("ключ"));
    assert_eq!((sent(&filled, "vb_login_md5password"), sent(&filled, "securitytoken")), (Some(""), Some("guest")));
    // Every page for guests has a box with the same fields at its top.
    let case = Case::named("vbulletin-4/thread-first-guest-en");
    assert_eq!(page::login_form(case.profile(), &case.source()), None);

    let form = reply("vbulletin-4/thread-middle-member-ru");
    assert_eq!(form.form.action.as_str(), "https://vb.example/forum/newreply.php?do=postreply&t=12");
    let filled = form.fill("раз");
    assert_eq!(sent(&filled, "securitytoken"), Some("1795000000-0a0b"));
    assert_eq!((sent(&filled, "sbutton"), sent(&filled, "preview")), (Some("Post Quick Reply"), None));
    assert_eq!((sent(&filled, "p"), sent(&filled, "loggedinuser")), (Some("who cares"), Some("9")));
    let filled = reply("vbulletin-4/newreply-en").fill("one");
    assert_eq!((sent(&filled, "emailupdate"), sent(&filled, "parseurl")), (Some("9999"), Some("1")));
    assert_eq!((sent(&filled, "disablesmilies"), sent(&filled, "message")), (None, Some("one")));
    let link = reply_page("vbulletin-4/thread-single-member-en");
    assert_eq!(link.as_deref(), Some("https://vb.example/forum/newreply.php?p=7&noquote=1"));
}

#[test]
fn vbulletin_tells_what_became_of_a_reply() {
    outcomes(&[
        ("vbulletin-4/thread-middle-member-ru", accepted("1123")),
        ("vbulletin-4/reply-posted-en", accepted("431")),
        ("vbulletin-4/reply-queued-en", ReplyOutcome::Queued),
        ("vbulletin-4/reply-queued-ru", ReplyOutcome::Queued),
        ("vbulletin-4/newreply-flood-en", refused(Refusal::Flood)),
        ("vbulletin-4/newreply-short-en", refused(Refusal::Other)),
        ("vbulletin-4/newreply-en", refused(Refusal::FormRejected)),
        ("vbulletin-4/reply-duplicate-en", refused(Refusal::Duplicate)),
        ("vbulletin-4/reply-token-refused-en", refused(Refusal::FormRejected)),
        ("vbulletin-4/reply-token-refused-ru", refused(Refusal::FormRejected)),
        ("vbulletin-4/reply-closed-en", refused(Refusal::Closed)),
        ("vbulletin-4/reply-closed-ru", refused(Refusal::Closed)),
        ("vbulletin-4/forbidden-en", refused(Refusal::Forbidden)),
        ("vbulletin-4/login-needed-ru", refused(Refusal::LoggedOut)),
        ("vbulletin-4/too-busy-en", ReplyOutcome::Unclear),
        ("vbulletin-4/thread-last-closed-summer-ru", ReplyOutcome::Unclear),
    ]);
    log_ins(&[
        ("vbulletin-4/logged-in-en", LoginOutcome::LoggedIn),
        ("vbulletin-4/login-wrong-en", LoginOutcome::WrongPassword),
        ("vbulletin-4/login-wrong-ru", LoginOutcome::WrongPassword),
        ("vbulletin-4/login-too-many-en", LoginOutcome::TooMany),
        ("vbulletin-4/login-needed-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn vbulletin_three_has_the_same_forms_in_tables() {
    let form = login("vbulletin-3/login-needed-en");
    assert_eq!(form.form.action.as_str(), "https://vb3.example/forum/login.php?do=login");
    let filled = form.fill("Отдел", "ключ");
    assert_eq!((sent(&filled, "vb_login_username"), sent(&filled, "vb_login_password")), (Some("Отдел"), Some("ключ")));
    assert_eq!((sent(&filled, "vb_login_md5password"), sent(&filled, "do")), (Some(""), Some("login")));
    // Every page for guests has a box with the same fields at its top.
    let case = Case::named("vbulletin-3/thread-middle-guest-ru");
    assert_eq!(page::login_form(case.profile(), &case.source()), None);

    let form = reply("vbulletin-3/thread-single-member-en");
    assert_eq!(form.form.action.as_str(), "https://vb3.example/forum/newreply.php?do=postreply&t=12");
    let filled = form.fill("one");
    assert_eq!((sent(&filled, "securitytoken"), sent(&filled, "message")), (Some("1795000000-0a0b"), Some("one")));
    assert_eq!((sent(&filled, "sbutton"), sent(&filled, "preview")), (Some("Post Quick Reply"), None));
    let link = reply_page("vbulletin-3/thread-single-member-en");
    assert_eq!(link.as_deref(), Some("https://vb3.example/forum/newreply.php?do=newreply&noquote=1&p=342"));
}

#[test]
fn vbulletin_three_tells_what_became_of_a_reply() {
    outcomes(&[
        ("vbulletin-3/thread-single-member-en", accepted("8")),
        ("vbulletin-3/reply-queued-en", ReplyOutcome::Queued),
        ("vbulletin-3/newreply-flood-en", refused(Refusal::Flood)),
        ("vbulletin-3/newreply-short-en", refused(Refusal::Other)),
        // What was written is no refusal, even where it has its words.
        ("vbulletin-3/newreply-en", refused(Refusal::FormRejected)),
        ("vbulletin-3/reply-token-refused-en", refused(Refusal::FormRejected)),
        ("vbulletin-3/reply-closed-ru", refused(Refusal::Closed)),
        ("vbulletin-3/forbidden-en", refused(Refusal::Forbidden)),
        ("vbulletin-3/login-needed-ru", refused(Refusal::LoggedOut)),
        ("vbulletin-3/closed-own-words-ru", ReplyOutcome::Unclear),
        ("vbulletin-3/thread-last-closed-ru", ReplyOutcome::Unclear),
    ]);
    log_ins(&[
        ("vbulletin-3/thread-single-member-en", LoginOutcome::LoggedIn),
        ("vbulletin-3/login-wrong-en", LoginOutcome::WrongPassword),
        ("vbulletin-3/login-too-many-ru", LoginOutcome::TooMany),
        ("vbulletin-3/login-needed-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn invision_is_answered_in_plain_text() {
    let form = reply("invision-4/thread-middle-member-ru");
    assert_eq!(form.form.action.as_str(), "https://ips.example/topic/12-gde/");
    assert_eq!(form.form.enctype, Enctype::Multipart);
    let filled = form.fill("раз");
    let expected = [
        "commentform_12_submitted",
        "csrfKey",
        "_contentReply",
        "MAX_FILE_SIZE",
        "plupload",
        "topic_comment_12_noscript",
        "topic_comment_12",
        "topic_auto_follow_checkbox",
    ];
    assert_eq!(names(&filled), expected);
    assert_eq!(
        (sent(&filled, "topic_comment_12_noscript"), sent(&filled, "topic_comment_12")),
        (Some("раз"), Some(""))
    );

    let form = login("invision-4/login-en");
    assert_eq!(form.form.action.as_str(), "https://ips.example/login/");
    let filled = form.fill("Отдел", "ключ");
    assert_eq!(names(&filled), ["csrfKey", "ref", "auth", "password", "remember_me", "_processLogin"]);
    assert_eq!(sent(&filled, "_processLogin"), Some("usernamepassword"));
    assert_eq!(sent(&filled, "csrfKey"), Some("csrf1c1d"), "the box on every page has a key of its own");
}

#[test]
fn invision_tells_what_became_of_a_reply() {
    outcomes(&[
        ("invision-4/thread-middle-member-ru", accepted("1123")),
        ("invision-4/thread-reply-waits-en", ReplyOutcome::Queued),
        ("invision-4/reply-flood-en", refused(Refusal::Flood)),
        ("invision-4/reply-token-refused-en", refused(Refusal::FormRejected)),
        ("invision-4/reply-closed-ru", refused(Refusal::Closed)),
        ("invision-4/forbidden-ru", refused(Refusal::Forbidden)),
        ("invision-4/login-en", refused(Refusal::LoggedOut)),
        ("invision-4/offline-en", ReplyOutcome::Unclear),
        ("invision-4/thread-last-closed-ru", ReplyOutcome::Unclear),
    ]);
    log_ins(&[
        ("invision-4/thread-middle-member-ru", LoginOutcome::LoggedIn),
        ("invision-4/login-wrong-ru", LoginOutcome::WrongPassword),
        ("invision-4/login-captcha-en", LoginOutcome::Challenge),
        ("invision-4/login-en", LoginOutcome::Unclear),
    ]);
}

#[test]
fn example_of_a_market_has_forms_and_outcomes_too() {
    let filled = reply("market-example/thread-member-waits-ru").fill("раз");
    assert_eq!(names(&filled), ["stamp", "words", "send"]);
    assert_eq!(names(&login("market-example/login-ru").fill("a", "b")), ["alias", "pass", "stamp"]);
    assert!(login("market-example/login-captcha-ru").captcha);
    outcomes(&[
        ("market-example/thread-member-waits-ru", ReplyOutcome::Queued),
        ("market-example/reply-queued-ru", ReplyOutcome::Queued),
        ("market-example/reply-flood-ru", refused(Refusal::Flood)),
        ("market-example/reply-duplicate-en", refused(Refusal::Duplicate)),
        ("market-example/reply-stale-ru", refused(Refusal::FormRejected)),
        ("market-example/reply-closed-ru", refused(Refusal::Closed)),
        ("market-example/forbidden-ru", refused(Refusal::Forbidden)),
    ]);
    log_ins(&[
        ("market-example/login-wrong-ru", LoginOutcome::WrongPassword),
        ("market-example/login-captcha-ru", LoginOutcome::Challenge),
        ("market-example/login-ru", LoginOutcome::Unclear),
    ]);
}

#[test]
fn threads_of_these_engines_are_the_same_under_any_address() {
    thread_ids(
        "nodebb-4",
        &[
            ("https://nodebb.example/topic/12", Some("12")),
            ("http://mirror.onion/forum/topic/12/gde-sdat/25?page=2", Some("12")),
            ("http://mirror.onion/post/12", None),
        ],
    );
    thread_ids(
        "discourse-3",
        &[
            ("https://talk.example/t/where/12/5?page=2", Some("12")),
            ("https://talk.example/t/12", Some("12")),
            ("https://talk.example/t/12/5", Some("12")),
            ("https://talk.example/latest", None),
        ],
    );
    for profile in ["xenforo-1", "xenforo-2"] {
        thread_ids(
            profile,
            &[
                ("https://xf.example/threads/gde-sdat-2026.12/page-3#post-9", Some("12")),
                ("https://xf.example/threads/12/", Some("12")),
                ("http://mirror.onion/index.php?threads/%D0%B3%D0%B4%D0%B5.12/post-9", Some("12")),
                ("https://xf.example/posts/12/", None),
            ],
        );
    }
    thread_ids(
        "vbulletin-4",
        &[
            ("https://vb.example/showthread.php?12-Gde-sdat/page3", Some("12")),
            ("https://vb.example/showthread.php?t=12&page=3#post9", Some("12")),
            ("https://vb.example/showthread.php/12-Gde", Some("12")),
            ("https://vb.example/threads/12-Gde?p=9", Some("12")),
            ("https://vb.example/showthread.php?p=9#post9", None),
        ],
    );
    thread_ids(
        "vbulletin-3",
        &[
            ("https://vb3.example/showthread.php?t=12&page=3", Some("12")),
            ("https://vb3.example/showthread.php?s=0a&threadid=12#post9", Some("12")),
            ("https://vb3.example/health-4/top-10-tests-12/page2.html#post9", Some("12")),
            ("https://vb3.example/health-4/", None),
            ("https://vb3.example/showthread.php?p=9#post9", None),
        ],
    );
    thread_ids(
        "invision-4",
        &[
            ("https://ips.example/topic/12-gde-sdat/?do=findComment&comment=9", Some("12")),
            ("https://ips.example/index.php?/topic/12-gde-sdat/page/3/", Some("12")),
            ("https://ips.example/forum/12-zdorove/", None),
        ],
    );
    thread_ids("market-example", &[("http://x.onion/board/topic/0a1b2c3d?visit=9f", Some("0a1b2c3d"))]);
}
