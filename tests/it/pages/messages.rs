//! Private messages engine by engine: the form, what became of it, and the list of those that were sent.
//!
//! The pages are our own, as short as the structure of each engine's public templates allows.

use jiff::tz::TimeZone;
use netreach::clock::Timestamp;
use netreach::page::{self, MessageOutcome, MessagePage, MessageRefusal, Profile, Recipient, Source};
use url::Url;

const NAME: &str = "ночной гость";

fn profile(name: &str) -> &'static Profile {
    page::find_profile(name).expect("built in")
}

fn on<T>(url: &str, html: &str, read: impl FnOnce(&Source<'_>) -> T) -> T {
    let url: Url = url.parse().expect("an address");
    let now: Timestamp = "2026-11-30T12:00:00Z".parse().expect("a time");
    let html = format!("<!DOCTYPE html><html><body>{html}</body></html>");
    read(&Source {
        body: html.as_bytes(),
        content_type: Some("text/html; charset=utf-8"),
        url: &url,
        now,
        time_zone: TimeZone::UTC,
    })
}

fn recipient() -> Recipient {
    Recipient { name: NAME.into(), post_id: "45".into(), thread_id: "12".into() }
}

#[test]
fn way_to_the_form_is_known() {
    let base: Url = "https://forum.example/board".parse().expect("an address");
    for (name, expected) in [
        ("phpbb-3", "ucp.php?i=pm&mode=compose&action=quotepost&p=45"),
        ("mybb-1", "private.php?action=send"),
        ("smf-2", "index.php?action=pm;sa=send"),
        ("punbb-1", "misc.php?section=pun_pm&pmpage=write"),
        ("xenforo-2", "conversations/add?to=%D0%BD%D0%BE%D1%87%D0%BD%D0%BE%D0%B9%20%D0%B3%D0%BE%D1%81%D1%82%D1%8C"),
        ("vbulletin-3", "private.php?do=newpm"),
        ("vbulletin-4", "private.php?do=newpm"),
        ("invision-4", "messenger/compose/"),
        ("spirit-0", "topic/private/publish/"),
    ] {
        let found = page::message_page(profile(name), &base, &recipient());
        let expected = Url::parse("https://forum.example/board/").expect("an address").join(expected).expect("one");
        assert!(matches!(found, Some(MessagePage::At(url)) if url == expected), "{name}");
    }
    for name in ["fluxbb-1", "discourse-3", "nodebb-4", "machina-1"] {
        assert!(!profile(name).can_message(), "{name}");
        assert!(page::message_page(profile(name), &base, &recipient()).is_none(), "{name}");
    }
}

#[test]
fn way_to_the_form_may_be_a_link_in_the_post_of_that_person_and_no_other() {
    let market = profile("market-example");
    let base: Url = "http://market.example/".parse().expect("an address");
    assert!(matches!(page::message_page(market, &base, &recipient()), Some(MessagePage::ToldByPost)));
    let html = std::fs::read_to_string("tests/pages/market-example/thread-first-guest-ru/page.html").expect("a page");
    let url = "http://market.example/board/topic/0a1b2c3d";
    let posts = on(url, &html, |source| page::read_thread(market, source).page.posts);
    let post = posts.first().expect("a post");
    let to = |name: &str| Recipient { name: name.into(), post_id: post.id.clone(), ..recipient() };
    let author = post.author.as_ref().expect("told").expose().clone();
    // The sample page has no such link: it is put into every post.
    let linked = html.replace("</section>", "<a href=\"/whisper/7\">шёпот</a></section>");
    let way = |name: &str| on(url, &linked, |source| page::message_page_in(market, source, &base, &to(name)));
    assert_eq!(way(&author).map(|url| url.to_string()).as_deref(), Some("http://market.example/whisper/7"));
    assert_eq!(way("кто-то другой"), None);
}

type Fields = &'static [(&'static str, &'static str)];

/// Each engine's form as it stands on its page, with whatever must not be sent beside it.
const FORMS: [(&str, &str, Fields); 8] = [
    (
        "phpbb-3",
        "<form id=postform method=post action='./ucp.php?i=pm&amp;mode=compose&amp;action=quotepost'>\
         <dd class=recipients><ul class=recipients><li><input type=submit name='remove_u[7]' value=x>\
         <a class=username href='./memberlist.php?u=7'>Ночной Гость</a></li></ul></dd>\
         <input name=subject value='Re: x'><textarea name=message>[quote]x[/quote]</textarea>\
         <input type=hidden name='address_list[u][7]' value=to><input type=hidden name=creation_time value=1>\
         <input type=hidden name=form_token value=0a><input type=submit name=save value=Save>\
         <input type=submit name=preview value=Preview><input type=submit name=post value=Submit></form>",
        &[
            ("subject", "Re № 17: x"),
            ("message", "текст"),
            ("address_list[u][7]", "to"),
            ("creation_time", "1"),
            ("form_token", "0a"),
            ("post", "Submit"),
        ],
    ),
    (
        "mybb-1",
        "<form action=private.php method=post name=input><input type=hidden name=my_post_key value=0a>\
         <input type=hidden name=action value=do_send><textarea name=to></textarea><textarea name=bcc></textarea>\
         <input name=subject value=''><textarea name=message></textarea>\
         <input type=checkbox name='options[signature]' value=1 checked>\
         <input type=checkbox name='options[savecopy]' value=1>\
         <input type=submit name=submit value=Send><input type=submit name=preview value=Preview>\
         <input type=submit name=saveasdraft value=Draft></form>",
        &[
            ("my_post_key", "0a"),
            ("action", "do_send"),
            ("to", NAME),
            ("bcc", ""),
            ("subject", "Re № 17: x"),
            ("message", "текст"),
            ("options[signature]", "1"),
            ("submit", "Send"),
            ("options[savecopy]", "1"),
        ],
    ),
    (
        "smf-2",
        "<form action='https://forum.example/index.php?action=pm;sa=send2' method=post name=postmodify id=postmodify>\
         <input name=to id=to_control value=''><input name=bcc value=''><input name=subject value=''>\
         <textarea name=message></textarea><input type=submit value=Send name=post>\
         <input type=submit value=Preview name=preview><input type=hidden name=c0ffee value=0a>\
         <input type=hidden name=seqnum value=5></form>",
        &[
            ("to", "\"ночной гость\""),
            ("bcc", ""),
            ("subject", "Re № 17: x"),
            ("message", "текст"),
            ("post", "Send"),
            ("c0ffee", "0a"),
            ("seqnum", "5"),
            ("outbox", "1"),
        ],
    ),
    (
        "punbb-1",
        "<div class='main-content main-frm'><form id=afocus name=pun_pm_sendform method=post action='misc.php?action=pun_pm_send'>\
         <input type=hidden name=csrf_token value=0a><input type=hidden name=send_action value=''>\
         <input name=pm_receiver value=''><input name=pm_subject value=''><textarea name=req_message></textarea>\
         <input type=submit name=pm_send value=Send><input type=submit name=pm_preview value=Preview>\
         <input type=submit name=pm_draft value=Draft></form></div>",
        &[
            ("csrf_token", "0a"),
            ("send_action", ""),
            ("pm_receiver", NAME),
            ("pm_subject", "Re № 17: x"),
            ("req_message", "текст"),
            ("pm_send", "Send"),
        ],
    ),
    (
        "xenforo-2",
        "<form action='/conversations/add' method=post class=block><input name=recipients value='ночной гость'>\
         <input name=title value=''><noscript><textarea name=message></textarea></noscript>\
         <input type=checkbox name=open_invite value=1><input type=checkbox name=conversation_open value=1 checked>\
         <button type=submit class=button>Start</button><input type=hidden name=_xfToken value=0a></form>",
        &[
            ("recipients", NAME),
            ("title", "Re № 17: x"),
            ("message", "текст"),
            ("conversation_open", "1"),
            ("_xfToken", "0a"),
        ],
    ),
    (
        "vbulletin-4",
        "<form action='private.php?do=insertpm&amp;pmid=' method=post name=vbform><textarea name=recipients></textarea>\
         <input name=title value=''><textarea name=message></textarea><input type=checkbox name=savecopy value=1>\
         <input type=checkbox name=parseurl value=1 checked><input type=hidden name=do value=insertpm>\
         <input type=hidden name=securitytoken value=0a><input type=submit name=sbutton value=Submit>\
         <input type=submit name=preview value=Preview></form>",
        &[
            ("recipients", NAME),
            ("title", "Re № 17: x"),
            ("message", "текст"),
            ("parseurl", "1"),
            ("do", "insertpm"),
            ("securitytoken", "0a"),
            ("sbutton", "Submit"),
            ("savecopy", "1"),
        ],
    ),
    (
        "flaskbb-3",
        "<form method=post><input name=csrf_token type=hidden value=0a><input name=to_user value='ночной гость'>\
         <input name=subject value=''><textarea name=message></textarea>\
         <input name=send_message type=submit value=Start><input name=save_message type=submit value=Save></form>",
        &[
            ("csrf_token", "0a"),
            ("to_user", NAME),
            ("subject", "Re № 17: x"),
            ("message", "текст"),
            ("send_message", "Start"),
        ],
    ),
    (
        "spirit-0",
        "<form action='.' method=post class=js-reply><input type=hidden name=csrfmiddlewaretoken value=0a>\
         <input type=hidden name=topic_hash><input name=title><input name=users>\
         <input type=hidden name=comment_hash><textarea name=comment></textarea>\
         <input class=button type=submit value=Publish></form>",
        &[
            ("csrfmiddlewaretoken", "0a"),
            ("topic_hash", ""),
            ("title", "Re № 17: x"),
            ("users", NAME),
            ("comment_hash", ""),
            ("comment", "текст"),
        ],
    ),
];

#[test]
fn form_is_filled_for_one_person() {
    for (name, html, expected) in FORMS {
        let form = on("https://forum.example/x", html, |source| page::message_form(profile(name), source, NAME));
        let filled = form.unwrap_or_else(|| panic!("{name}: no form")).fill("Re № 17: x", "текст");
        let filled: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(filled, expected, "{name}");
    }
}

#[test]
fn form_for_somebody_else_or_for_nobody_is_none() {
    let (_, html, _) = FORMS[0];
    let form =
        |html: &str| on("https://forum.example/x", html, |source| page::message_form(profile("phpbb-3"), source, NAME));
    assert!(form(html).is_some(), "names differ in case alone");
    assert!(form(&html.replace("Ночной Гость", "Дневной Гость")).is_none());
    assert!(form(&html.replace("class=username", "class=other")).is_none());
}

#[test]
fn engines_tell_what_became_of_a_message() {
    use MessageRefusal::*;
    let sent = "https://forum.example/";
    for (name, url, html, expected) in [
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<div id=message><p>This message has been sent successfully.</p></div>",
            None,
        ),
        ("phpbb-3", "ucp.php?i=pm&mode=compose", "<div id=message><p>Сообщение успешно отправлено.</p></div>", None),
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<form id=postform action='ucp.php'><p class=error>Some users couldn’t be added as they have disabled private message receipt.</p></form>",
            Some(TakesNone),
        ),
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<form id=postform action='ucp.php'><p class=error>The requested users to be added do not exist.</p></form>",
            Some(NoSuchUser),
        ),
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<form id=postform action='ucp.php'><p class=error>You cannot make another post so soon after your last.</p></form>",
            Some(Flood),
        ),
        (
            "phpbb-3",
            "ucp.php?i=pm",
            "<div id=message><p>You are not authorised to send private messages.</p></div>",
            Some(Forbidden),
        ),
        (
            "phpbb-3",
            "ucp.php?i=pm",
            "<div id=message><p>Вам не разрешено использовать данную возможность.</p></div>",
            Some(Forbidden),
        ),
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<form id=postform action='ucp.php'><p class=error>У них отсутствуют права на чтение личных сообщений.</p></form>",
            Some(TakesNone),
        ),
        // The field for the text is called as the box is in which the engine says something.
        (
            "phpbb-3",
            "ucp.php?i=pm&mode=compose",
            "<form id=postform action='ucp.php'><textarea name=message id=message>Туда нет доступа</textarea></form>",
            Some(FormRejected),
        ),
        (
            "mybb-1",
            "private.php",
            "<table><tr><td class=trow1>Thank you, your private message has successfully been sent.</td></tr></table>",
            None,
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>One or more of the recipients you specified are invalid: x</li></ul></div>",
            Some(NoSuchUser),
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>x has disabled private messaging. You cannot send them any.</li></ul></div>",
            Some(TakesNone),
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>x has private messaging disabled.</li></ul></div>",
            Some(TakesNone),
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>Вы не входите в список друзей пользователя x.</li></ul></div>",
            Some(TakesNone),
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>x has reached their private message quota so your message was not sent.</li></ul></div>",
            Some(InboxFull),
        ),
        (
            "mybb-1",
            "private.php",
            "<div class=error><ul><li>You have already submitted the same private message to the same recipient.</li></ul></div>",
            Some(Duplicate),
        ),
        ("smf-2", "index.php?action=pm;f=inbox;done=sent", "<form action='x?action=pm;sa=pmactions'></form>", None),
        (
            "smf-2",
            "index.php?action=pm;sa=send2",
            "<div id=errors><dd id=error_list>Unable to find member 'x'.</dd></div>",
            Some(NoSuchUser),
        ),
        (
            "smf-2",
            "index.php?action=pm;sa=send2",
            "<div class=windowbg><span class=error>PM could not be sent to 'x' as their inbox is full!</span></div>",
            Some(InboxFull),
        ),
        (
            "smf-2",
            "index.php?action=pm;sa=send2",
            "<div class=windowbg><span class=error>User 'x' has blocked your personal message.</span></div>",
            Some(TakesNone),
        ),
        (
            "smf-2",
            "index.php?action=pm;sa=send2",
            "<div class=windowbg><span class=error>Не найден пользователь 'x'.</span></div>",
            Some(NoSuchUser),
        ),
        (
            "smf-2",
            "index.php?action=pm;sa=send2",
            "<div id=fatal_error>The last personal message from your IP was less than 3 seconds ago.</div>",
            Some(Flood),
        ),
        ("punbb-1", "misc.php?section=pun_pm&pmpage=outbox", "<table class=pun_pm_list></table>", None),
        ("punbb-1", "misc.php?action=pun_pm_send", "<div id=brd-redirect>Your message is sent.</div>", None),
        (
            "punbb-1",
            "misc.php?action=pun_pm_send",
            "<ul class=error-list><li>Username 'x' does not exist. Please, verify.</li></ul>",
            Some(NoSuchUser),
        ),
        (
            "punbb-1",
            "misc.php?action=pun_pm_send",
            "<ul class=error-list><li>The message count of the Outbox has exceeded the limit.</li></ul>",
            Some(OwnBoxFull),
        ),
        (
            "punbb-1",
            "misc.php?action=pun_pm_send",
            "<ul class=error-list><li>Количество исходящих сообщений достигло предела (50).</li></ul>",
            Some(OwnBoxFull),
        ),
        ("xenforo-2", "conversations/re-17-x.5/", "<div class=message></div>", None),
        (
            "xenforo-2",
            "conversations/add",
            "<div class='blockMessage blockMessage--error'>You may not start a conversation with the following recipients: x.</div>",
            Some(TakesNone),
        ),
        (
            "xenforo-1",
            "conversations/add",
            "<div class=errorPanel>The following recipients could not be found: x.</div>",
            Some(NoSuchUser),
        ),
        ("vbulletin-3", "private.php", "<div></div>", None),
        (
            "vbulletin-3",
            "private.php?do=insertpm&pmid=",
            "<table><tr><td class=panelsurround><div class=panel><ol><li>The following users were not found: x.</li></ol></div></table>",
            Some(NoSuchUser),
        ),
        ("vbulletin-4", "private.php", "<div></div>", None),
        (
            "vbulletin-4",
            "private.php?do=insertpm&pmid=",
            "<div class=errorblock><ul><li>x has exceeded their stored private messages quota.</li></ul></div>",
            Some(InboxFull),
        ),
        ("invision-4", "messenger/31/", "<div></div>", None),
        ("flaskbb-3", "conversations/sent", "<div class='alert alert-success'>Message sent.</div>", None),
        (
            "flaskbb-3",
            "conversations/new",
            "<form><input name=to_user value=x><div class=invalid-feedback>The username you entered does not exist.</div></form>",
            Some(NoSuchUser),
        ),
        (
            "flaskbb-3",
            "conversations/",
            "<div class='alert alert-danger'>You cannot send any messages anymore because you have reached your message limit.</div>",
            Some(OwnBoxFull),
        ),
        ("spirit-0", "topic/private/2/re-no-17/", "<div class=comments_list></div>", None),
        (
            "spirit-0",
            "topic/private/publish/",
            "<form class=js-reply><div class=field><ul class=errorlist id=id_users_error><li>нет</li></ul><input name=users></div></form>",
            Some(NoSuchUser),
        ),
        ("spirit-0", "topic/private/publish/", "<ul class=messages_error><li>Too many attempts</li></ul>", Some(Flood)),
        ("market-example", "whisper/7", "<p class=note>Ваш шёпот ушёл.</p>", None),
        ("market-example", "whisper/7", "<p class='note note-bad'>Ящик полон</p>", Some(InboxFull)),
    ] {
        let outcome = on(&format!("{sent}{url}"), html, |source| page::message_outcome(profile(name), source, 200));
        let expected = expected.map_or(MessageOutcome::Accepted, MessageOutcome::Refused);
        assert_eq!(outcome, expected, "{name}: {html}");
    }
}

#[test]
fn page_that_says_nothing_is_unclear_and_the_form_with_the_text_in_it_is_a_refusal() {
    let outcome = |html: &str| {
        on("https://forum.example/index.php", html, |source| page::message_outcome(profile("phpbb-3"), source, 200))
    };
    assert_eq!(outcome("<p>что-то другое</p>"), MessageOutcome::Unclear);
    let form = |text: &str| format!("<form id=postform action=ucp.php><textarea name=message>{text}</textarea></form>");
    assert_eq!(outcome(&form("")), MessageOutcome::Unclear, "an empty form may follow a message that was sent");
    assert_eq!(outcome(&form("мой текст")), MessageOutcome::Refused(MessageRefusal::FormRejected));
}

#[test]
fn list_of_sent_messages_is_read() {
    for (name, html, expected) in [
        (
            "phpbb-3",
            "<form id=viewfolder><ul class='topiclist cplist pmlist'><li class='row bg1'><dl><dt><a class=topictitle href=x>Re № 17: x</a><br>\
             Кому <a class=username href=u>Лис</a></dt><dd class=info><span>Sent at: Mon Nov 30, 2026 10:14 am</span></dd></dl></li></ul></form>",
            (Some("Лис"), Some("2026-11-30T10:14:00Z")),
        ),
        (
            "mybb-1",
            "<form action=private.php><input type=hidden name=action value=do_stuff><table><tr><td class=trow1></td><td class=trow2></td>\
             <td class=trow1><a href='private.php?action=read&amp;pmid=5'>Re № 17: x</a></td><td><a href='member.php?action=profile&amp;uid=7'>Лис</a></td>\
             <td><span class=smalltext>11-30-2026, 10:14 AM</span></td></tr></table></form>",
            (Some("Лис"), Some("2026-11-30T10:14:00Z")),
        ),
        (
            "smf-2",
            "<form action='x?action=pm;sa=pmactions;f=sent'><table class=table_grid><tr class=windowbg><td class=pm_time>Today at 10:14:00 AM</td>\
             <td class=pm_subject><a href='x?action=pm#msg5'>Re № 17: x</a></td><td class=pm_from_to><a href='x?action=profile;u=7'>Лис</a></td></tr></table></form>",
            (Some("Лис"), Some("2026-11-30T10:14:00Z")),
        ),
        (
            "punbb-1",
            "<form action='misc.php?section=pun_pm&amp;pmpage=write'><table class=pun_pm_list><tbody>\
             <tr><td class=td1></td><td class=td2><img alt=draft></td><td class=td3>&lt;-&gt;</td><td class=td4><span><a href=x>Re № 17: x</a></span></td></tr>\
             <tr><td class=td1></td><td class=td2><img alt=sent></td>\
             <td class=td3><a href='profile.php?id=7'>Лис</a></td><td class=td4><span><a href=x>Re № 17: x</a> <a class=mess href=x>начало</a></span></td>\
             <td class=td5>Today 10:14:00</td></tr></tbody></table></form>",
            (Some("Лис"), Some("2026-11-30T10:14:00Z")),
        ),
        (
            "xenforo-2",
            "<div class='structItem structItem--conversation'><div class=structItem-title><a href=x>Re № 17: x</a></div>\
             <div class='structItem-cell structItem-cell--latest'><time datetime='2026-11-30T10:14:00+0000'>x</time></div></div>",
            (None, Some("2026-11-30T10:14:00Z")),
        ),
        (
            "flaskbb-3",
            "<div id=message-content><div class='card conversation'><div class='row conversation-row'><div class=conversation-subject><a href=x>Re № 17: x</a></div>\
             <div class=conversation-meta>From <a href=a>Desk</a> to <a href=b>Лис</a> on <time datetime='2026-11-30T10:14:00+00:00'>x</time></div>\
             <div class=conversation-content><a href=c>Ёж</a></div></div></div></div>",
            (Some("Лис"), Some("2026-11-30T10:14:00Z")),
        ),
        (
            "spirit-0",
            "<div class=menu__new_topic><a href='/topic/private/publish/'>x</a></div><div class=layout__topics><div class=layout__topics__topic>\
             <a class=topic__link href=x>Re № 17: x</a><div class=topic__date title='Nov. 30, 2026, 10:14 a.m.'>1h</div></div></div>",
            (None, Some("2026-11-30T10:14:00Z")),
        ),
    ] {
        let list = on("https://forum.example/x", html, |source| page::sent_messages(profile(name), source));
        let list = list.unwrap_or_else(|| panic!("{name}: no list"));
        assert_eq!(list.len(), 1, "{name}");
        assert_eq!(list[0].subject.as_ref().map(|s| s.expose().as_str()), Some("Re № 17: x"), "{name}");
        assert_eq!(list[0].to.as_ref().map(|s| s.expose().as_str()), expected.0, "{name}");
        assert_eq!(list[0].at.map(|at| at.to_string()).as_deref(), expected.1, "{name}");
    }
}

#[test]
fn page_that_is_no_list_of_sent_messages_is_not_taken_for_an_empty_one() {
    for name in
        ["phpbb-3", "mybb-1", "smf-2", "punbb-1", "xenforo-2", "xenforo-1", "vbulletin-4", "flaskbb-3", "spirit-0"]
    {
        for html in ["", "<h1>Error</h1>", "<form><input type=password name=password></form>"] {
            assert!(
                on("https://forum.example/x", html, |source| page::sent_messages(profile(name), source)).is_none(),
                "{name}"
            );
        }
    }
}

#[test]
fn account_is_told_that_a_private_message_waits_and_guests_are_told_nothing() {
    for (name, logged_in, waits, read) in [
        (
            "phpbb-3",
            r#"<a href="./ucp.php?mode=logout">Выход</a>"#,
            r#"<a href="./ucp.php?i=pm&amp;folder=inbox"><span>Личные</span> <strong class="badge">12</strong></a>"#,
            r#"<a href="./ucp.php?i=pm&amp;folder=inbox"><span>Личные</span> <strong class="badge hidden">0</strong></a>"#,
        ),
        (
            "mybb-1",
            r#"<span class="welcome"><a href="member.php?action=logout&amp;logoutkey=a" class="logout">Выход</a></span>"#,
            r#"<ul class="menu user_links"><li><a href="private.php" class="pms">Сообщения</a> (Unread 3, Total 14)</li></ul>"#,
            r#"<ul class="menu user_links"><li><a href="private.php" class="pms">Сообщения</a> (Unread 0, Total 14)</li></ul>"#,
        ),
        (
            "smf-2",
            r#"<a href="https://forum.example/board/index.php?action=logout;a=b">Выход</a>"#,
            r#"<a href="index.php?action=pm" id="pm_menu_top"><span class="textmenu">Почта</span><span class="amt">1</span></a>"#,
            r#"<a href="index.php?action=pm" id="pm_menu_top"><span class="textmenu">Почта</span></a>"#,
        ),
        (
            "xenforo-2",
            r#"<html data-logged-in="true">"#,
            r#"<a href="/conversations/" class="p-navgroup-link--conversations badgeContainer badgeContainer--highlighted" data-badge="2">П</a>"#,
            r#"<a href="/conversations/" class="p-navgroup-link--conversations badgeContainer" data-badge="0">П</a>"#,
        ),
        (
            "flaskbb-3",
            r#"<a href="/auth/logout">Выход</a>"#,
            r##"<a href="#" id="navbarConvDropdown">Почта <span class="badge bg-danger">1</span></a>"##,
            r##"<a href="#" id="navbarConvDropdown">Почта</a>"##,
        ),
    ] {
        let unread = |html: &str| {
            on("https://forum.example/board/", html, |source| page::read_list(profile(name), source).unread_message)
        };
        assert_eq!(unread(&format!("{logged_in}{waits}")), Some(true), "{name}");
        assert_eq!(unread(&format!("{logged_in}{read}")), Some(false), "{name}");
        assert_eq!(unread(waits), None, "{name}: a guest has no messages");
    }
}
