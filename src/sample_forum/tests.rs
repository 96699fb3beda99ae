//! The sample forum through its router, request by request.

use super::*;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use std::collections::BTreeMap;
use tower::ServiceExt;

const NAME: &str = "HumanitarianAction";
const PASSWORD: &str = "верный пароль";

/// A visitor who keeps cookies, or does not.
struct Visitor {
    forum: SampleForum,
    cookies: Option<BTreeMap<String, String>>,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    html: String,
}

impl Page {
    /// The value of the input with this name.
    fn input(&self, name: &str) -> String {
        let (_, after) = self.html.split_once(&format!("name=\"{name}\" ")).expect("the page has this input");
        let (_, after) = after.split_once("value=\"").expect("the input has a value");
        after.split_once('"').expect("the value ends").0.to_owned()
    }

    fn count(&self, part: &str) -> usize {
        self.html.matches(part).count()
    }
}

impl Visitor {
    fn new(forum: &SampleForum) -> Self {
        Self { forum: forum.clone(), cookies: Some(BTreeMap::new()) }
    }

    fn without_cookies(forum: &SampleForum) -> Self {
        Self { forum: forum.clone(), cookies: None }
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: String) -> Page {
        let mut request = request.header(header::HOST, "forum.test");
        if let Some(cookies) = &self.cookies {
            let line: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, line.join("; "));
        }
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.forum.router().oneshot(request).await.expect("never fails");
        for set in response.headers().get_all(header::SET_COOKIE) {
            let pair = set.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            if let Some(cookies) = &mut self.cookies {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = response.status();
        let location = response.headers().get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        Page { status, location, html: String::from_utf8(bytes.to_vec()).expect("UTF-8") }
    }

    async fn get(&mut self, address: &str) -> Page {
        self.send(Request::get(address), String::new()).await
    }

    async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = "application/x-www-form-urlencoded";
        self.send(Request::post(address).header(header::CONTENT_TYPE, kind), body).await
    }

    async fn post_multipart(&mut self, address: &str, fields: &[(&str, &str)]) -> Page {
        let part = |(name, value): &(&str, &str)| {
            format!("--xYz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = fields.iter().map(part).collect::<String>() + "--xYz--\r\n";
        let kind = "multipart/form-data; boundary=xYz";
        self.send(Request::post(address).header(header::CONTENT_TYPE, kind), body).await
    }

    async fn log_in(&mut self, clock: &Clock, password: &str) -> Page {
        let form = self.get("/ucp.php?mode=login&redirect=viewtopic.php%3Ft%3D1").await;
        clock.advance_s(2);
        self.post(
            "/ucp.php?mode=login",
            &[
                ("username", NAME),
                ("password", password),
                ("redirect", &form.input("redirect")),
                ("sid", &form.input("sid")),
                ("creation_time", &form.input("creation_time")),
                ("form_token", &form.input("form_token")),
                ("login", "Войти"),
            ],
        )
        .await
    }
}

fn forum() -> (SampleForum, Clock) {
    let clock = Clock::manual("2026-11-20T18:00:00Z".parse().expect("valid"));
    let forum = SampleForum::new(clock.clone());
    forum.add_user(NAME, PASSWORD);
    (forum, clock)
}

/// A forum with one topic, and the NGO logged in.
async fn logged_in() -> (SampleForum, Clock, u64, Visitor) {
    let (forum, clock) = forum();
    let topic = forum.add_topic(NAME, "Помощь", "Спрашивайте");
    let mut visitor = Visitor::new(&forum);
    assert_eq!(visitor.log_in(&clock, PASSWORD).await.status, StatusCode::FOUND);
    (forum, clock, topic, visitor)
}

fn reply_fields<'a>(tokens: &'a [String; 3], message: &'a str) -> [(&'a str, &'a str); 6] {
    let [created, token, last] = tokens;
    [
        ("subject", "Re: Помощь"),
        ("message", message),
        ("topic_cur_post_id", last),
        ("creation_time", created),
        ("form_token", token),
        ("post", "Отправить"),
    ]
}

fn tokens(form: &Page) -> [String; 3] {
    [form.input("creation_time"), form.input("form_token"), form.input("topic_cur_post_id")]
}

#[tokio::test]
async fn right_password_logs_in_and_leads_back_with_the_new_session() {
    let (forum, clock) = forum();
    forum.add_topic(NAME, "Помощь", "Спрашивайте");
    let mut visitor = Visitor::new(&forum);
    let answer = visitor.log_in(&clock, PASSWORD).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let sid = visitor.cookies.as_ref().and_then(|cookies| cookies.get("phpbb3_x_sid")).expect("a session").clone();
    assert_eq!(answer.location.expect("a way back"), format!("./viewtopic.php?t=1&sid={sid}"));
    let page = visitor.get("/viewtopic.php?t=1").await;
    assert!(page.html.contains("mode=logout&#38;sid="), "{}", page.html);
    assert!(page.html.contains("username_logged_in"));
    assert!(!page.html.contains("mode=login"));
    let form = visitor.get("/ucp.php?mode=login").await;
    assert_eq!(form.location.as_deref(), Some("./index.php"), "who is in needs no form");
}

#[tokio::test]
async fn wrong_password_shows_the_form_again_with_the_error() {
    let (forum, clock) = forum();
    let mut visitor = Visitor::new(&forum);
    let answer = visitor.log_in(&clock, "не тот").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.html.contains("class=\"error\">Неверный пароль"));
    assert!(answer.html.contains("id=\"login\""));
    assert!(!answer.html.contains("не тот"), "the password is not shown");
}

#[tokio::test]
async fn log_in_without_its_button_or_with_a_foreign_token_is_refused() {
    let (forum, clock) = forum();
    let mut visitor = Visitor::new(&forum);
    let form = visitor.get("/ucp.php?mode=login").await;
    clock.advance_s(2);
    let created = form.input("creation_time");
    let mut fields =
        vec![("username", NAME), ("password", PASSWORD), ("creation_time", created.as_str()), ("form_token", "ff")];
    let without_button = visitor.post("/ucp.php?mode=login", &fields).await;
    assert_eq!((without_button.status, without_button.count("class=\"error\"")), (StatusCode::OK, 0));
    fields.push(("login", "Войти"));
    let refused = visitor.post("/ucp.php?mode=login", &fields).await;
    assert_eq!((refused.status, refused.count("class=\"error\"")), (StatusCode::OK, 1));
}

#[tokio::test]
async fn log_out_needs_the_session_in_its_link() {
    let (_, _, _, mut visitor) = logged_in().await;
    visitor.get("/ucp.php?mode=logout&sid=00").await;
    assert!(visitor.get("/").await.html.contains("mode=logout"));
    let sid = visitor.cookies.as_ref().and_then(|cookies| cookies.get("phpbb3_x_sid")).expect("a session").clone();
    visitor.get(&format!("/ucp.php?mode=logout&sid={sid}")).await;
    assert!(visitor.get("/").await.html.contains("mode=login"));
}

#[tokio::test]
async fn log_in_never_leads_to_another_site() {
    let (forum, clock) = forum();
    for bad in ["https://example.org/", "//example.org/", "ucp.php?mode=logout", "./../x"] {
        let mut visitor = Visitor::new(&forum);
        let form = visitor.get("/ucp.php?mode=login").await;
        clock.advance_s(2);
        let fields = [
            ("username", NAME),
            ("password", PASSWORD),
            ("redirect", bad),
            ("creation_time", &form.input("creation_time")),
            ("form_token", &form.input("form_token")),
            ("login", "1"),
        ];
        let answer = visitor.post("/ucp.php?mode=login", &fields).await;
        assert!(answer.location.expect("logged in").starts_with("./index.php?sid="));
    }
}

#[tokio::test]
async fn reply_with_its_token_is_written_and_leads_to_the_post() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    for (number, is_multipart) in [(2, false), (3, true)] {
        let form = visitor.get(&format!("/posting.php?mode=reply&t={topic}")).await;
        assert!(form.html.contains("enctype=\"multipart/form-data\""));
        clock.advance_s(1);
        let tokens = tokens(&form);
        let fields = reply_fields(&tokens, "Ответ: <да>\r\nвторая строка");
        let address = format!("/posting.php?mode=reply&t={topic}");
        let answer = if is_multipart {
            visitor.post_multipart(&address, &fields).await
        } else {
            visitor.post(&address, &fields).await
        };
        assert_eq!(answer.status, StatusCode::FOUND);
        assert_eq!(answer.location, Some(format!("./viewtopic.php?p={number}#p{number}")));
        let written = forum.posts(topic).pop().expect("a post");
        assert_eq!((written.id, written.author.as_str()), (number, NAME));
        assert_eq!(written.text, "Ответ: <да>\nвторая строка");
    }
    let page = visitor.get("/viewtopic.php?p=3").await;
    assert!(page.html.contains("Ответ: &lt;да&gt;<br>\nвторая строка"));
}

#[tokio::test]
async fn form_posted_within_the_second_it_was_fetched_is_refused_and_shown_again() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    let address = format!("/posting.php?mode=reply&t={topic}");
    let form = visitor.get(&address).await;
    let refused = visitor.post(&address, &reply_fields(&tokens(&form), "быстро")).await;
    assert_eq!(refused.status, StatusCode::OK);
    assert!(refused.html.contains("class=\"error\""));
    assert!(refused.html.contains(">\nбыстро</textarea>"), "what was written is not lost");
    assert_eq!(forum.posts(topic).len(), 1);
    clock.advance_s(1);
    let second = visitor.post(&address, &reply_fields(&tokens(&refused), "быстро")).await;
    assert_eq!(second.status, StatusCode::FOUND);
    forum.accept_quick_forms(true);
    let form = visitor.get(&address).await;
    assert_eq!(visitor.post(&address, &reply_fields(&tokens(&form), "сразу")).await.status, StatusCode::FOUND);
}

#[tokio::test]
async fn reply_with_a_wrong_token_without_text_or_without_the_button_is_not_written() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    let address = format!("/posting.php?mode=reply&t={topic}");
    let form = visitor.get(&address).await;
    clock.advance_s(2);
    let right = tokens(&form);
    let wrong = [right[0].clone(), "0".repeat(40), right[2].clone()];
    assert_eq!(visitor.post(&address, &reply_fields(&wrong, "текст")).await.count("class=\"error\""), 1);
    assert_eq!(visitor.post(&address, &reply_fields(&right, "  ")).await.count("class=\"error\""), 1);
    let fields = reply_fields(&right, "текст");
    let without_button = visitor.post(&address, &fields[..5]).await;
    assert_eq!((without_button.status, without_button.count("class=\"error\"")), (StatusCode::OK, 0));
    assert_eq!(forum.posts(topic).len(), 1);
}

#[tokio::test]
async fn ended_session_shows_the_log_in_form_in_place_of_posting() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    let address = format!("/posting.php?mode=reply&t={topic}");
    let form = visitor.get(&address).await;
    forum.expire_sessions();
    clock.advance_s(2);
    let refused = visitor.post(&address, &reply_fields(&tokens(&form), "текст")).await;
    assert_eq!(refused.status, StatusCode::OK);
    assert!(refused.html.contains("id=\"login\""));
    assert_eq!(refused.input("redirect"), format!("./posting.php?mode=reply&#38;t={topic}"));
    assert_eq!(forum.posts(topic).len(), 1);
    assert!(visitor.get(&address).await.html.contains("id=\"login\""));
    assert_eq!(visitor.log_in(&clock, PASSWORD).await.status, StatusCode::FOUND);
    assert!(visitor.get(&address).await.html.contains("id=\"postform\""));
}

#[tokio::test]
async fn newer_posts_bring_the_form_back_only_when_review_is_asked_for() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    forum.review_new_posts(true);
    let address = format!("/posting.php?mode=reply&t={topic}");
    let form = visitor.get(&address).await;
    forum.add_post(topic, "гость_с_чаем", "А я уже ответил");
    clock.advance_s(2);
    let review = visitor.post(&address, &reply_fields(&tokens(&form), "текст")).await;
    assert_eq!(review.status, StatusCode::OK);
    assert!(review.html.contains("id=\"pr2\"") && review.html.contains("А я уже ответил"));
    clock.advance_s(2);
    let answer = visitor.post(&address, &reply_fields(&tokens(&review), "текст")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn quoting_fills_in_the_post_and_is_shown_as_a_blockquote() {
    let (forum, clock, topic, mut visitor) = logged_in().await;
    let post = forum.add_post(topic, "сырая_спичка", "[quote]Спрашивайте[/quote]\nАвтобус <сегодня> где?");
    let form = visitor.get(&format!("/posting.php?mode=quote&p={post}")).await;
    assert!(form.html.contains(&format!("[quote=сырая_спичка post_id={post} time=")));
    assert!(form.html.contains("&#60;сегодня&#62;"), "{}", form.html);
    clock.advance_s(2);
    let quote = bbcode::quote("сырая_спичка", 3, post, clock.now(), &forum.posts(topic)[1].text);
    let text = format!("{quote}У площади.");
    let address = format!("/posting.php?mode=reply&t={topic}");
    visitor.post(&address, &reply_fields(&tokens(&form), &text)).await;
    let page = visitor.get(&format!("/viewtopic.php?t={topic}")).await;
    assert_eq!(page.count("<blockquote"), 3, "one in the quoted post, two in the reply");
    assert!(page.html.contains(&format!("<blockquote cite=\"./viewtopic.php?p={post}#p{post}\"><div><cite><a href=")));
    assert!(page.html.contains("</blockquote>\nУ площади."));
}

#[tokio::test]
async fn closed_topic_takes_no_reply() {
    let (forum, _, topic, mut visitor) = logged_in().await;
    assert!(forum.lock_topic(topic));
    let page = visitor.get(&format!("/viewtopic.php?t={topic}")).await;
    assert_eq!(page.count("<span>Закрыто</span>"), 2);
    let refused = visitor.get(&format!("/posting.php?mode=reply&t={topic}")).await;
    assert!(refused.html.contains("id=\"message\"") && !refused.html.contains("<textarea"));
    assert!(visitor.get("/viewforum.php?f=2").await.html.contains("topic_read_locked"));
}

#[tokio::test]
async fn missing_topic_post_or_forum_answers_404_with_a_message() {
    let (forum, _, topic, mut visitor) = logged_in().await;
    let addresses = [
        "/viewtopic.php?t=99",
        "/viewtopic.php?p=99",
        "/viewtopic.php",
        "/viewforum.php?f=9",
        "/posting.php?mode=reply&t=99",
        "/posting.php?mode=quote&p=99",
        "/nothing",
    ];
    for address in addresses {
        let page = visitor.get(address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert!(page.html.contains("id=\"message\""), "{address}");
    }
    assert!(forum.delete_topic(topic));
    assert_eq!(visitor.get(&format!("/viewtopic.php?t={topic}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn links_carry_the_session_until_cookies_come_back() {
    let (forum, _) = forum();
    forum.add_topic(NAME, "Помощь", "Спрашивайте");
    let mut without = Visitor::without_cookies(&forum);
    let first = without.get("/viewforum.php?f=2").await;
    assert!(first.html.contains("viewtopic.php?t=1&#38;sid="));
    let second = without.get("/viewforum.php?f=2").await;
    assert_ne!(first.html, second.html, "another session at each fetch");
    let mut with = Visitor::new(&forum);
    assert!(with.get("/viewforum.php?f=2").await.html.contains("sid="));
    assert!(!with.get("/viewforum.php?f=2").await.html.contains("sid="));
}

#[tokio::test]
async fn topic_has_twenty_posts_a_page_and_a_post_is_found_on_its_page() {
    let (forum, _) = forum();
    let topic = forum.add_topic(NAME, "Помощь", "Спрашивайте");
    for number in 2..=45 {
        forum.add_post(topic, "ольха", &format!("сообщение {number}"));
    }
    let mut visitor = Visitor::new(&forum);
    visitor.get("/").await;
    let first = visitor.get(&format!("/viewtopic.php?t={topic}")).await;
    assert_eq!(first.count("class=\"post "), 20);
    assert_eq!(first.count("<time datetime=\"2026-11-20T18:00:00+00:00\">"), 20);
    assert_eq!(first.count("rel=\"next\""), 2);
    assert_eq!(first.count("rel=\"prev\""), 0);
    assert!(first.html.contains("45 сообщений"));
    assert!(first.html.contains("href=\"./viewtopic.php?t=1&#38;start=20\" rel=\"next\""));
    assert!(first.html.contains("http://forum.test/viewtopic.php?t=1\""));
    let second = visitor.get("/viewtopic.php?t=1&start=20").await;
    assert!(second.html.contains("id=\"p21\"") && second.html.contains("<li class=\"active\"><span>2</span></li>"));
    let last = visitor.get("/viewtopic.php?p=44").await;
    assert!(last.html.contains("id=\"p41\"") && last.count("class=\"post ") == 5);
    assert_eq!(last.count("rel=\"next\""), 0);
    let beyond = visitor.get("/viewtopic.php?t=1&start=4000").await;
    assert!(beyond.html.contains("id=\"p45\""));
    let list = visitor.get("/viewforum.php?f=2").await;
    assert!(list.html.contains("<dd class=\"posts\">44 <dfn>"));
    assert!(list.html.contains("href=\"./viewtopic.php?t=1&#38;start=40\">3</a>"));
}

#[tokio::test]
async fn page_of_a_single_page_topic_says_so_and_long_lists_of_pages_have_ellipses() {
    let (forum, _) = forum();
    let topic = forum.add_topic(NAME, "Помощь", "Спрашивайте");
    let mut visitor = Visitor::new(&forum);
    assert!(visitor.get("/viewtopic.php?t=1").await.html.contains("Страница <strong>1</strong> из <strong>1</strong>"));
    for _ in 0..239 {
        forum.add_post(topic, "ольха", "ещё");
    }
    let page = visitor.get("/viewtopic.php?t=1&start=100").await;
    assert_eq!(page.count("class=\"ellipsis\""), 4, "two in each bar");
    assert_eq!(page.count("page-jump\""), 2);
}

#[tokio::test]
async fn views_grow_but_not_from_leafing_through_the_same_topic() {
    let (forum, _) = forum();
    let topic = forum.add_topic(NAME, "Помощь", "Спрашивайте");
    forum.set_views(topic, 100);
    let mut visitor = Visitor::new(&forum);
    visitor.get("/viewtopic.php?t=1").await;
    visitor.get("/viewtopic.php?t=1&start=0").await;
    assert_eq!(forum.topics()[0].views, 101);
    Visitor::new(&forum).get("/viewtopic.php?t=1").await;
    assert!(visitor.get("/viewforum.php?f=2").await.html.contains("<dd class=\"views\">102 <dfn>"));
}

#[tokio::test]
async fn everything_a_person_wrote_is_escaped() {
    let (forum, clock) = forum();
    let bad = "<script>alert('1')</script>\"";
    forum.add_topic(bad, bad, bad);
    forum.add_user(NAME, PASSWORD);
    let mut visitor = Visitor::new(&forum);
    let mut pages = vec![visitor.get("/").await, visitor.get("/viewforum.php?f=2").await];
    pages.push(visitor.get("/viewtopic.php?t=1").await);
    pages.push(visitor.get("/ucp.php?mode=login&redirect=%22%3E%3Cscript%3E").await);
    pages.push(visitor.get("/viewtopic.php?t=1&sid=%22%3E%3Cscript%3E").await);
    visitor.log_in(&clock, PASSWORD).await;
    pages.push(visitor.get("/posting.php?mode=quote&p=1").await);
    pages.push(visitor.get("/viewtopic.php?t=1").await);
    pages.push(
        visitor.post("/posting.php?mode=reply&t=1", &[("message", bad), ("subject", bad), ("preview", "1")]).await,
    );
    for page in pages {
        assert!(!page.html.contains("<script"), "{}", page.html);
    }
}

#[tokio::test]
async fn edited_post_bears_a_mark_and_a_deleted_one_leaves_no_trace() {
    let (forum, clock) = forum();
    let topic = forum.add_topic(NAME, "Помощь", "Спрашивайте");
    let post = forum.add_post(topic, "ольха", "первый вариант");
    let mut visitor = Visitor::new(&forum);
    assert_eq!(visitor.get("/viewtopic.php?t=1").await.count("class=\"notice\""), 0);
    clock.advance_s(60);
    assert!(forum.edit_post(post, "второй вариант"));
    let page = visitor.get("/viewtopic.php?t=1").await;
    assert_eq!(page.count("class=\"notice\""), 1);
    assert!(page.html.contains("второй вариант") && !page.html.contains("первый вариант"));
    assert!(forum.delete_post(post));
    assert!(!visitor.get("/viewtopic.php?t=1").await.html.contains("id=\"p2\""));
    assert!(!forum.delete_post(post));
}

#[tokio::test]
async fn requests_are_counted_and_too_large_bodies_refused() {
    let (forum, _) = forum();
    let mut visitor = Visitor::new(&forum);
    visitor.get("/").await;
    visitor.get("/style.css").await;
    let large = "a".repeat(3 * 1024 * 1024);
    let answer = visitor.send(Request::post("/posting.php?mode=reply&t=1"), large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(forum.request_count(), 3);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a visitor of the forum, not the program")]
async fn served_forum_answers_on_its_socket_until_stopped() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (forum, _) = forum();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(forum.clone(), listener, async move {
        stopped.await.ok();
    }));
    let mut line = tokio::net::TcpStream::connect(address).await.expect("a connection");
    line.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("class=\"forumtitle\""));
    stop.send(()).expect("the server waits for it");
    server.await.expect("no panic").expect("no fault");
}
