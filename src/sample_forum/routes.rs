//! From a request to a page: sessions, log-in, lists, topics and replies, with phpBB's rules and refusals.
//!
//! Answers are made in one go under the forum's lock, without waiting for anything. There is no throttling and no
//! check of addresses or browsers: this forum is for loopback.

mod messages;

use super::checks;
use super::form::Fields;
use super::pages::{
    self, Captcha, Date, Edited, Frame, Index, LastPost, Links, Login, MemberName, Message, Pagination, PostView,
    Posting, SecondFactor, TopicRow, ViewForum, ViewTopic,
};
use super::state::{GUEST, LoginRefusal, Post, State, Topic};
use super::{FORUM_ID, POSTS_PER_PAGE, SampleForum, bbcode};
use crate::clock::Timestamp;
use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Shared};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

const COOKIE: &str = "phpbb3_x";
const CATEGORY_ID: u64 = 1;
const TOPICS_PER_PAGE: usize = 25;
const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
const MAX_MESSAGE_CHARS: usize = 60_000;

const FORM_INVALID: &str = "Ошибка отправки формы: она устарела или повреждена. Отправьте её ещё раз.";
const NO_TOPIC: &str = "Такой темы не существует.";
const NO_POST: &str = "Это сообщение не существует.";
const NO_FORUM: &str = "Такого форума не существует.";
const TOPIC_LOCKED: &str = "Тема закрыта: писать и править сообщения в ней нельзя.";

pub(super) async fn handle(Shared(forum): Shared<SampleForum>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    forum.count_request();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    match parts.uri.path() {
        "/style.css" => asset("text/css; charset=utf-8", include_str!("templates/style.css")),
        path if path.starts_with("/images/smilies/") => asset("image/svg+xml", include_str!("templates/smiley.svg")),
        _ => {
            let mut state = forum.state();
            match checks::in_the_way(&mut state, &parts, &body) {
                Some(response) => response,
                None => Visit::begin(&mut state, &parts, &body).answer(),
            }
        }
    }
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// One request of one visitor, with the forum in hand.
struct Visit<'a> {
    state: &'a mut State,
    now: Timestamp,
    path: String,
    query: Fields,
    form: Fields,
    is_post: bool,
    sid: String,
    member: u64,
    links: Links,
    host: Option<String>,
    /// Cookies to be set with the answer.
    cookies: Vec<String>,
}

enum Answer {
    Page(StatusCode, String),
    /// To an address of this forum.
    Redirect(String),
    Picture(Vec<u8>),
}

impl<'a> Visit<'a> {
    fn begin(state: &'a mut State, parts: &Parts, body: &[u8]) -> Self {
        let query = Fields::from_query(parts.uri.query().unwrap_or_default());
        let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let form = Fields::from_body(text(header::CONTENT_TYPE).unwrap_or_default(), body);
        let jar = CookieJar::from_headers(&parts.headers);
        let kept = jar.get(&format!("{COOKIE}_sid")).map(|cookie| cookie.value().to_owned());
        let keeps_cookies = kept.is_some();
        let sid = kept.or_else(|| query.find("sid").or_else(|| form.find("sid")).map(str::to_owned));
        let known = sid.and_then(|sid| Some((state.use_session(&sid)?, sid)));
        let now = state.now();
        let mut visit = Self {
            now,
            path: parts.uri.path().to_owned(),
            query,
            form,
            is_post: parts.method == Method::POST,
            sid: String::new(),
            member: GUEST,
            links: Links::default(),
            host: text(header::HOST).map(str::to_owned),
            cookies: Vec::new(),
            state,
        };
        match known {
            Some((member, sid)) => {
                visit.links.sid = (!keeps_cookies).then(|| sid.clone());
                visit.member = member;
                visit.sid = sid;
            }
            None => visit.start_session(GUEST),
        }
        visit
    }

    /// A new session: phpBB puts it into cookies and, not knowing whether they are kept, into all links.
    fn start_session(&mut self, member: u64) {
        self.sid = self.state.start_session(member);
        self.member = member;
        self.links.sid = Some(self.sid.clone());
        let cookie = |name: &str, value: &str| format!("{COOKIE}_{name}={value}; Path=/; HttpOnly");
        self.cookies = vec![cookie("u", &member.to_string()), cookie("k", ""), cookie("sid", &self.sid)];
    }

    fn answer(mut self) -> Response {
        let answer = match self.path.as_str() {
            "/" | "/index.php" => self.index(),
            "/viewforum.php" => self.view_forum(),
            "/viewtopic.php" => self.view_topic(),
            "/ucp.php" => self.control_panel(),
            "/posting.php" => self.posting(),
            "/memberlist.php" | "/search.php" => {
                self.message(StatusCode::FORBIDDEN, "К профилям и поиску на учебном форуме нет доступа.", None)
            }
            _ => self.message(StatusCode::NOT_FOUND, "Такой страницы здесь нет.", None),
        };
        let mut response = match answer {
            Answer::Page(status, html) => {
                let kind = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
                (status, kind, html).into_response()
            }
            Answer::Picture(bytes) => ([(header::CONTENT_TYPE, "image/png")], bytes).into_response(),
            Answer::Redirect(address) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::FOUND;
                set(&mut response, header::LOCATION, &address);
                response
            }
        };
        set(&mut response, header::CACHE_CONTROL, "private, no-cache=\"set-cookie\"");
        set(&mut response, header::REFERRER_POLICY, "same-origin");
        set(
            &mut response,
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'",
        );
        for cookie in &self.cookies {
            if let Ok(value) = HeaderValue::from_str(cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        response
    }

    fn is_guest(&self) -> bool {
        self.member == GUEST
    }

    fn frame(&self, script: &'static str, title: &str, canonical: Option<&str>) -> Frame {
        let login_link = if self.is_guest() {
            let here = self.here();
            let redirect: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
            self.links.to(&format!("ucp.php?mode=login&redirect={redirect}"))
        } else {
            format!("./ucp.php?mode=logout&sid={}", self.sid)
        };
        Frame {
            script,
            title: format!("{title} — Учебный форум"),
            links: self.links.clone(),
            member: (!self.is_guest()).then(|| self.state.name_of(self.member)),
            unread: self.state.unread_messages(self.member),
            login_link,
            is_in_forum: matches!(script, "viewforum" | "viewtopic" | "posting"),
            canonical: self.host.as_ref().zip(canonical).map(|(host, address)| format!("http://{host}/{address}")),
            now: pages::full_date(self.now),
        }
    }

    /// The page that is being visited, as a log-in form leads back to it.
    fn here(&self) -> String {
        let script = self.path.trim_start_matches('/');
        let kept = ["mode", "f", "t", "p", "start"].into_iter().filter_map(|name| {
            let value = self.query.find(name)?;
            value.chars().all(|c| c.is_ascii_alphanumeric()).then(|| format!("{name}={value}"))
        });
        let kept: Vec<String> = kept.collect();
        match (script, kept.is_empty()) {
            ("" | "ucp.php", _) => "index.php".to_owned(),
            (script, true) => script.to_owned(),
            (script, false) => format!("{script}?{}", kept.join("&")),
        }
    }

    fn page(&self, status: StatusCode, page: &impl Template) -> Answer {
        match page.render() {
            Ok(html) => Answer::Page(status, html),
            Err(error) => {
                tracing::error!(%error, "a page of the sample forum could not be made");
                Answer::Page(StatusCode::INTERNAL_SERVER_ERROR, String::new())
            }
        }
    }

    fn message(&self, status: StatusCode, text: &'static str, back: Option<(String, &'static str)>) -> Answer {
        let frame = self.frame("message", "Сообщение форума", None);
        self.page(status, &Message { frame, text, back })
    }

    fn member_name(&self, member: u64) -> MemberName {
        let link = self.links.to(&format!("memberlist.php?mode=viewprofile&u={member}"));
        // As phpBB's default permissions have it, guests see no profiles.
        MemberName { name: self.state.name_of(member), link: (!self.is_guest()).then_some(link) }
    }

    fn last_post(&self, topic: &Topic) -> Option<LastPost> {
        let post = topic.posts.last()?;
        Some(LastPost {
            author: self.member_name(post.author),
            date: Date::new(post.at, self.now),
            link: self.links.to(&post_address(post.id)),
        })
    }

    fn index(&mut self) -> Answer {
        let topics = self.state.topics.values();
        let newest = topics.filter(|topic| !topic.posts.is_empty()).max_by_key(|topic| last_at(topic));
        let index = Index {
            frame: self.frame("index", "Список форумов", Some("index.php")),
            topics: self.state.topics.len(),
            posts: self.state.topics.values().map(|topic| topic.posts.len()).sum(),
            last: newest.and_then(|topic| self.last_post(topic)),
        };
        self.page(StatusCode::OK, &index)
    }

    fn view_forum(&mut self) -> Answer {
        match self.query.find_number("f") {
            Some(FORUM_ID) => {}
            Some(CATEGORY_ID) => return self.index(),
            _ => return self.message(StatusCode::NOT_FOUND, NO_FORUM, None),
        }
        let mut topics: Vec<(u64, &Topic)> = self.state.topics.iter().map(|(id, topic)| (*id, topic)).collect();
        topics.sort_by_key(|(id, topic)| std::cmp::Reverse((last_at(topic), *id)));
        let start = first_shown(self.query.find_number("start"), topics.len(), TOPICS_PER_PAGE);
        let count = topics.len();
        let rows = topics.iter().skip(start).take(TOPICS_PER_PAGE).filter_map(|(id, topic)| self.topic_row(*id, topic));
        let total = format!("{count} {}", pages::plural(count as u64, ["тема", "темы", "тем"]));
        let link = |start| self.links.to(&paged(&format!("viewforum.php?f={FORUM_ID}"), start));
        let page = ViewForum {
            frame: self.frame("viewforum", "Вопросы и помощь", Some(&paged("viewforum.php?f=2", start))),
            rows: rows.collect(),
            pagination: Pagination::new(total, count, TOPICS_PER_PAGE, start, link),
        };
        self.page(StatusCode::OK, &page)
    }

    fn topic_row(&self, id: u64, topic: &Topic) -> Option<TopicRow> {
        let first = topic.posts.first()?;
        let address = format!("viewtopic.php?t={id}");
        Some(TopicRow {
            title: topic.title.clone(),
            link: self.links.to(&address),
            author: self.member_name(first.author),
            date: Date::new(first.at, self.now),
            replies: topic.posts.len() - 1,
            views: topic.views,
            is_locked: topic.locked,
            pages: pages::row_pages(topic.posts.len(), POSTS_PER_PAGE, |start| self.links.to(&paged(&address, start))),
            last: self.last_post(topic)?,
        })
    }

    fn view_topic(&mut self) -> Answer {
        let found = match (self.query.find_number("p"), self.query.find_number("t")) {
            (Some(post), _) => self.state.find_post(post).map(|(topic, place)| (topic, Some(place))),
            (None, Some(topic)) => self.state.topics.contains_key(&topic).then_some((topic, None)),
            (None, None) => None,
        };
        let Some((id, place)) = found else {
            return self.message(StatusCode::NOT_FOUND, NO_TOPIC, None);
        };
        self.count_view(id);
        let Some(topic) = self.state.topics.get(&id) else {
            return self.message(StatusCode::NOT_FOUND, NO_TOPIC, None);
        };
        let count = topic.posts.len();
        let start = match place {
            Some(place) => place / POSTS_PER_PAGE * POSTS_PER_PAGE,
            None => first_shown(self.query.find_number("start"), count, POSTS_PER_PAGE),
        };
        let address = format!("viewtopic.php?t={id}");
        let shown = topic.posts.iter().enumerate().skip(start).take(POSTS_PER_PAGE);
        let total = format!("{count} {}", pages::plural(count as u64, ["сообщение", "сообщения", "сообщений"]));
        let link = |start| self.links.to(&paged(&address, start));
        let page = ViewTopic {
            frame: self.frame("viewtopic", &topic.title, Some(&paged(&address, start))),
            title: topic.title.clone(),
            topic_link: self.links.to(&address),
            reply_link: self.links.to(&format!("posting.php?mode=reply&t={id}")),
            is_locked: topic.locked,
            posts: shown.map(|(place, post)| self.post_view(topic, post, place, place == start)).collect(),
            pagination: Pagination::new(total, count, POSTS_PER_PAGE, start, link),
        };
        self.page(StatusCode::OK, &page)
    }

    /// phpBB counts a view unless the visitor's page before was of the same topic.
    fn count_view(&mut self, id: u64) {
        let before = self.state.sessions.get_mut(&self.sid).and_then(|session| session.last_topic.replace(id));
        if before != Some(id)
            && let Some(topic) = self.state.topic_mut(id)
        {
            topic.views += 1;
        }
    }

    fn post_view(&self, topic: &Topic, post: &Post, place: usize, is_first_of_page: bool) -> PostView {
        let joined = self.state.member(post.author).map(|member| pages::full_date(member.joined));
        PostView {
            id: post.id,
            link: self.links.to(&post_address(post.id)),
            quote_link: (!self.is_guest()).then(|| self.links.to(&format!("posting.php?mode=quote&p={}", post.id))),
            message_link: (!self.is_guest() && post.author != self.member)
                .then(|| self.links.to(&format!("ucp.php?i=pm&mode=compose&action=quotepost&p={}", post.id))),
            subject: if place == 0 { topic.title.clone() } else { format!("Re: {}", topic.title) },
            author: self.member_name(post.author),
            author_posts: self.state.posts_of(post.author),
            author_joined: joined.unwrap_or_default(),
            date: Date::new(post.at, self.now),
            html: self.to_html(&post.text),
            edited: (post.edits > 0).then(|| Edited { date: Date::new(post.edited_at, self.now), times: post.edits }),
            is_first_of_page,
        }
    }

    fn to_html(&self, text: &str) -> String {
        let around = bbcode::Around { link: &|address| self.links.to(address), date: &pages::full_date };
        bbcode::to_html(text, &around)
    }

    fn control_panel(&mut self) -> Answer {
        match self.query.find("mode").or_else(|| self.form.find("mode")) {
            Some("login") if !self.is_guest() => Answer::Redirect(self.links.to("index.php")),
            Some("login") if self.is_post && self.form.find("login").is_some() => self.log_in(),
            Some("login") => self.login_form(None, None),
            Some("confirm") => match self.state.checks.picture(self.query.find("confirm_id").unwrap_or_default()) {
                Some(picture) => Answer::Picture(picture),
                None => self.message(StatusCode::NOT_FOUND, "Такой картинки нет.", None),
            },
            Some("second_factor") => self.second_factor(),
            Some("logout") if self.is_guest() => Answer::Redirect(self.links.to("index.php")),
            Some("logout") if self.query.find("sid") == Some(self.sid.as_str()) => {
                self.state.sessions.remove(&self.sid);
                self.start_session(GUEST);
                Answer::Redirect(self.links.to("index.php"))
            }
            Some("logout") => {
                self.message(StatusCode::OK, "Выйти не удалось: ссылка не от этого посещения форума.", None)
            }
            _ if self.is_guest() => self.login_form(Some("Эта страница — только для участников форума."), None),
            _ if self.query.find("i").or_else(|| self.form.find("i")) == Some("pm") => self.private_messages(),
            _ => self.message(StatusCode::OK, "На учебном форуме у этой страницы нет содержания.", None),
        }
    }

    fn log_in(&mut self) -> Answer {
        if !self.is_form_valid("login") {
            return self.login_form(None, Some(FORM_INVALID));
        }
        if self.state.checks.captcha {
            let found = |name| self.form.find(name).unwrap_or_default();
            if !self.state.checks.is_right(found("confirm_id"), found("confirm_code")) {
                return self.login_form(None, Some("Код подтверждения набран неверно."));
            }
        }
        let name = self.form.find("username").unwrap_or_default();
        let password = self.form.find("password").unwrap_or_default();
        match self.state.check_password(name, password) {
            Ok(member) if self.state.checks.second_factor => {
                if let Some(session) = self.state.sessions.get_mut(&self.sid) {
                    session.half_in = Some(member);
                }
                self.second_factor_form(false)
            }
            Ok(member) => {
                self.state.sessions.remove(&self.sid);
                self.start_session(member);
                Answer::Redirect(self.links.to(&self.way_back()))
            }
            Err(LoginRefusal::NoSuchName) => {
                self.login_form(None, Some("Такого имени на форуме нет. Проверьте, как оно написано."))
            }
            Err(LoginRefusal::WrongPassword) => {
                self.login_form(None, Some("Неверный пароль. Проверьте его и попробуйте ещё раз."))
            }
        }
    }

    /// The second step of a log-in; without the first it begins anew.
    fn second_factor(&mut self) -> Answer {
        let half_in = self.state.sessions.get(&self.sid).and_then(|session| session.half_in);
        let Some(member) = half_in else { return self.login_form(None, None) };
        if !self.is_post {
            return self.second_factor_form(false);
        }
        if !self.state.checks.is_factor_right(self.form.find("code").unwrap_or_default()) {
            return self.second_factor_form(true);
        }
        self.state.sessions.remove(&self.sid);
        self.start_session(member);
        Answer::Redirect(self.links.to(&self.way_back()))
    }

    fn second_factor_form(&self, wrong: bool) -> Answer {
        let redirect = self.form.find("redirect").unwrap_or("index.php").to_owned();
        self.page(StatusCode::OK, &SecondFactor { frame: self.frame("ucp", "Вход", None), wrong, redirect })
    }

    /// Where the log-in leads: a page of this forum, whatever was asked for.
    fn way_back(&self) -> String {
        let asked = self.form.find("redirect").or_else(|| self.query.find("redirect")).unwrap_or_default();
        let asked = asked.trim_start_matches("./");
        let (script, query) = asked.split_once('?').unwrap_or((asked, ""));
        if !["index.php", "viewforum.php", "viewtopic.php", "posting.php"].contains(&script) {
            return "index.php".to_owned();
        }
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "sid"))
            .finish();
        if query.is_empty() { script.to_owned() } else { format!("{script}?{query}") }
    }

    fn login_form(&mut self, explain: Option<&'static str>, error: Option<&'static str>) -> Answer {
        let asked = self.form.find("redirect").or_else(|| self.query.find("redirect"));
        let redirect = asked.map_or_else(|| format!("./{}", self.here()), str::to_owned);
        let captcha = self.state.checks.captcha.then(|| {
            let id = self.state.checks.draw();
            let picture = self.links.to(&format!("ucp.php?mode=confirm&confirm_id={id}&type=3"));
            Captcha { id, picture }
        });
        let login = Login {
            frame: self.frame("ucp", "Вход", None),
            explain,
            error,
            name: self.form.find("username").unwrap_or_default().to_owned(),
            redirect,
            sid: self.sid.clone(),
            created: self.now.as_unix_s(),
            token: self.form_token("login"),
            captcha,
        };
        self.page(StatusCode::OK, &login)
    }

    fn form_token(&self, form: &str) -> String {
        self.state.form_token(form, self.now.as_unix_s(), self.member, &self.sid)
    }

    fn is_form_valid(&self, form: &str) -> bool {
        let created = self.form.find("creation_time").unwrap_or_default();
        let token = self.form.find("form_token").unwrap_or_default();
        self.state.is_form_valid(form, created, token, self.member, &self.sid)
    }

    fn posting(&mut self) -> Answer {
        let number = |name: &str| self.query.find_number(name).or_else(|| self.form.find_number(name));
        let quoted = match self.query.find("mode").or_else(|| self.form.find("mode")) {
            Some("reply") => None,
            Some("quote") => match number("p").and_then(|post| self.state.find_post(post)) {
                Some(found) => Some(found),
                None => return self.message(StatusCode::NOT_FOUND, NO_POST, None),
            },
            _ => return self.message(StatusCode::OK, "На учебном форуме можно только отвечать в темах.", None),
        };
        let id = match quoted {
            Some((topic, _)) => topic,
            None => number("t").unwrap_or_default(),
        };
        let Some(topic) = self.state.topics.get(&id) else {
            return self.message(StatusCode::NOT_FOUND, NO_TOPIC, None);
        };
        if self.is_guest() {
            return self.login_form(Some("Чтобы отвечать в темах, нужно войти."), None);
        }
        if topic.locked {
            let back = (self.links.to(&format!("viewtopic.php?t={id}")), "Вернуться в тему");
            return self.message(StatusCode::OK, TOPIC_LOCKED, Some(back));
        }
        if !self.is_post {
            let prefill = quoted
                .and_then(|(_, place)| topic.posts.get(place))
                .map(|post| bbcode::quote(&self.state.name_of(post.author), post.author, post.id, post.at, &post.text));
            return self.reply_form(id, prefill.unwrap_or_default(), None, None, 0);
        }
        self.reply(id)
    }

    fn reply(&mut self, id: u64) -> Answer {
        let message = self.form.find("message").unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
        if self.form.find("preview").is_some() {
            let preview = self.to_html(&message);
            return self.reply_form(id, message, None, Some(preview), 0);
        }
        // Without the name of the button nothing was submitted: the form is shown again, as on phpBB.
        if self.form.find("post").is_none() {
            return self.reply_form(id, message, None, None, 0);
        }
        let last = self.state.topics.get(&id).and_then(|topic| topic.posts.last()).map_or(0, |post| post.id);
        let seen = self.form.find_number("topic_cur_post_id").unwrap_or(last);
        if self.state.reviews_new_posts && seen < last {
            return self.reply_form(id, message, None, None, seen);
        }
        let error = if !self.is_form_valid("posting") {
            Some(FORM_INVALID)
        } else if message.is_empty() {
            Some("Сообщение пустое: напишите хотя бы один знак.")
        } else if message.chars().count() > MAX_MESSAGE_CHARS {
            Some("Сообщение слишком длинное.")
        } else {
            None
        };
        if error.is_some() {
            return self.reply_form(id, message, error, None, 0);
        }
        match self.state.add_post_of(id, self.member, &message, self.now) {
            Some(post) => Answer::Redirect(self.links.to(&post_address(post))),
            None => self.message(StatusCode::NOT_FOUND, NO_TOPIC, None),
        }
    }

    /// `seen` is the last post the writer knew, when newer ones are to be shown; otherwise 0.
    fn reply_form(
        &self,
        id: u64,
        message: String,
        error: Option<&'static str>,
        preview: Option<String>,
        seen: u64,
    ) -> Answer {
        let Some(topic) = self.state.topics.get(&id) else {
            return self.message(StatusCode::NOT_FOUND, NO_TOPIC, None);
        };
        let newer = topic.posts.iter().enumerate().filter(|(_, post)| seen > 0 && post.id > seen);
        let posting = Posting {
            frame: self.frame("posting", "Ответ в теме", None),
            title: topic.title.clone(),
            topic_link: self.links.to(&format!("viewtopic.php?t={id}")),
            action: self.links.to(&format!("posting.php?mode=reply&t={id}")),
            error,
            preview,
            review: newer.map(|(place, post)| self.post_view(topic, post, place, false)).collect(),
            subject: self.form.find("subject").map_or_else(|| format!("Re: {}", topic.title), str::to_owned),
            message,
            last_post: topic.posts.last().map_or(0, |post| post.id),
            created: self.now.as_unix_s(),
            token: self.form_token("posting"),
        };
        self.page(StatusCode::OK, &posting)
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn post_address(post: u64) -> String {
    format!("viewtopic.php?p={post}#p{post}")
}

fn paged(address: &str, start: usize) -> String {
    if start == 0 { address.to_owned() } else { format!("{address}&start={start}") }
}

fn last_at(topic: &Topic) -> Timestamp {
    topic.posts.last().map_or(Timestamp::from_unix_s(0), |post| post.at)
}

/// phpBB starts at any item that exists, and behind the end shows the last page.
fn first_shown(asked: Option<u64>, items: usize, per_page: usize) -> usize {
    let asked = asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(0);
    if asked < items { asked } else { items.saturating_sub(1) / per_page * per_page }
}
