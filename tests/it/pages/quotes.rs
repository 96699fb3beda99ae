//! Where each engine has its form for quoting a post, and what that form is prefilled with.

use super::Case;
use netreach::page;
use url::Url;

#[test]
fn quoting_form_is_found_by_the_posts_own_link_or_at_the_engines_address() {
    for (name, base, thread, post, expected) in [
        (
            "mybb-1/thread-middle-member-ru",
            "https://forum.example/mybb/",
            "12",
            "140",
            "newreply.php?tid=12&replyto=140",
        ),
        (
            "smf-2/thread-middle-2-1-ru",
            "https://forum.example/smf/",
            "12",
            "200",
            "index.php?action=post;quote=200;topic=12",
        ),
        (
            "smf-2/thread-middle-2-0-en",
            "https://forum.example/smf/",
            "12",
            "201",
            "index.php?action=post;quote=201;topic=12.0;last_msg=999",
        ),
        ("fluxbb-1/thread-middle-member-ru", "https://forum.example/flux/", "12", "202", "post.php?tid=12&qid=202"),
        ("punbb-1/thread-middle-member-ru", "https://forum.example/pun/", "12", "202", "post.php?tid=12&qid=202"),
        ("xenforo-2/thread-middle-member-ru", "https://xf.example/", "12", "1120", "threads/gde.12/reply?quote=1120"),
        (
            "xenforo-1/thread-middle-member-ru",
            "https://xf1.example/community/",
            "12",
            "1121",
            "threads/gde.12/reply?quote=1121",
        ),
        (
            "vbulletin-4/thread-middle-member-ru",
            "https://vb.example/forum/",
            "12",
            "1120",
            "newreply.php?do=newreply&p=1120",
        ),
        ("phpbb-3/thread-single-ru", "https://forum.example/board/", "77", "400", "posting.php?mode=quote&p=400"),
        // Posts that stand on another page, or without a link.
        ("phpbb-3/thread-single-ru", "https://forum.example/board", "77", "9", "posting.php?mode=quote&p=9"),
        ("mybb-1/thread-middle-member-ru", "https://forum.example/mybb/", "12", "9", "newreply.php?tid=12&replyto=9"),
        (
            "smf-2/thread-middle-2-1-ru",
            "https://forum.example/smf/",
            "12",
            "9",
            "index.php?action=post;quote=9;topic=12.0",
        ),
        ("xenforo-2/thread-middle-member-ru", "https://xf.example/", "12", "9", "threads/12/reply?quote=9"),
        ("flaskbb-3/thread-single-member", "http://flask.example/", "7", "3", "topic/7/post/3/reply"),
        ("spirit-0/thread-middle-member-ru", "http://spirit.example/", "12", "104", "comment/12/publish/104/quote/"),
    ] {
        let case = Case::named(name);
        let base: Url = base.parse().expect("an address");
        let found = page::quote_page(case.profile(), &case.source(), &base, thread, post);
        let folder = Url::parse(&format!("{}/", base.as_str().trim_end_matches('/'))).expect("an address");
        assert_eq!(found, Some(folder.join(expected).expect("an address")), "{name} {post}");
    }
}

#[test]
fn engines_without_a_form_for_it_have_a_template_or_cannot_quote() {
    for (name, can_quote) in [("nodebb-4", true), ("machina-1", true), ("discourse-3", false), ("invision-4", false)] {
        let profile = page::find_profile(name).expect("built in");
        assert_eq!(profile.can_quote(), can_quote, "{name}");
        let made = page::made_quotation(profile, "Лис", "где тест?\nи когда?");
        assert_eq!(made.is_some(), can_quote, "{name}");
        assert!(made.is_none_or(|made| made.ends_with("\n> где тест?\n> и когда?")), "{name}");
    }
}

/// A reply page of ours with other contents in its text field.
fn prefilled(name: &str, text: &str) -> Case {
    let mut case = Case::named(name);
    let html = String::from_utf8(case.body).expect("utf-8");
    let (before, after) = html.rsplit_once("<textarea").expect("a text field");
    let (attributes, after) = after.split_once('>').expect("its end");
    let (_, after) = after.split_once("</textarea>").expect("its end");
    case.body = format!("{before}<textarea{attributes}>{text}</textarea>{after}").into_bytes();
    case
}

#[test]
fn reply_goes_below_what_the_engine_quotes() {
    for (name, thread, text) in [
        ("mybb-1/newreply-en", "12", "[quote='Лис' pid='140' dateline='1']где тест?[/quote]"),
        ("smf-2/post-2-1-en", "12", "[quote author=Лис link=msg=200 date=1]где тест?[/quote]"),
        ("fluxbb-1/post-en", "12", "[quote=Лис]где тест?[/quote]"),
        ("punbb-1/post-en", "12", "[quote=Лис]где тест?[/quote]"),
        ("xenforo-2/reply-page-ru", "12", "[QUOTE=&quot;Лис, post: 1120, member: 7&quot;]где тест?[/QUOTE]"),
        ("vbulletin-4/newreply-en", "12", "[QUOTE=Лис;1120]где тест?[/QUOTE]"),
    ] {
        let case = prefilled(name, &format!("{text}\n"));
        let form = page::quoting_form(case.profile(), &case.source(), thread).unwrap_or_else(|| panic!("{name}"));
        let sent = form.fill("В автобусе.").into_iter().find(|(name, _)| *name == form.text).expect("the text").1;
        assert_eq!(sent, format!("{}\r\n\r\nВ автобусе.", text.replace("&quot;", "\"")), "{name}");
        assert!(page::quoting_form(case.profile(), &prefilled(name, "").source(), thread).is_none(), "{name}");
    }
}
