//! A desk with a temporary encrypted database, and a browser that keeps cookies and fills in forms.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use netreach::clock::{Clock, Timestamp};
use netreach::domain::account::{AccountId, Role};
use netreach::domain::answer::{AnswerFile, AnswerText, verify};
use netreach::domain::case::CaseId;
use netreach::domain::judgement::{Judgement, Urgency};
use netreach::domain::look::{PageState, SeenPost, ThreadPage};
use netreach::domain::thread::ThreadId;
use netreach::store::{Key, LookSummary, NewThread, PageLook, Store, StoreError};
use netreach::web::password::hash_password;
use netreach::web::{Lang, Settings, Ways, router};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tower::ServiceExt;

/// The forum's addresses in the configuration.
pub(crate) const ADDRESSES: [&str; 2] = [
    "http://aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg.onion/",
    "http://hhhhhhhhbbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg.onion/",
];

pub(crate) const PASSWORD: &str = "синий вагон бежит";
/// Noon in Moscow.
pub(crate) const NOW: &str = "2026-11-20T09:00:00Z";

const ALL_WAYS: Ways = Ways { quotes: true, messages: true };

static HASH: LazyLock<String> = LazyLock::new(|| hash_password(PASSWORD).expect("hashes"));

pub(crate) struct App {
    router: Router,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    _dir: Option<tempfile::TempDir>,
}

impl App {
    /// An empty desk in Russian.
    pub(crate) fn new() -> Self {
        Self::with_ways(ALL_WAYS)
    }

    /// The same, with a forum that lets replies be no more than this.
    pub(crate) fn with_ways(ways: Ways) -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &Key::from_bytes(&[7; 32])).expect("fresh");
        let clock = Clock::manual(NOW.parse().expect("valid"));
        Self { _dir: Some(dir), ..Self::build(store, clock, &ADDRESSES, ways) }
    }

    /// A desk over a database that others use too.
    pub(crate) fn over(store: Store, clock: Clock, forums: &[&str]) -> Self {
        Self::build(store, clock, forums, ALL_WAYS)
    }

    fn build(store: Store, clock: Clock, forums: &[&str], ways: Ways) -> Self {
        let settings = Settings {
            time_zone: jiff::tz::TimeZone::get("Europe/Moscow").expect("bundled"),
            language: Lang::Ru,
            demo: false,
            forum_accounts: BTreeMap::from([("sample".to_owned(), "ГуманПроект".to_owned())]),
            forum_ways: BTreeMap::from([("sample".to_owned(), ways)]),
            forum_addresses: BTreeMap::from([(
                "sample".to_owned(),
                forums.iter().map(|a| a.parse().expect("valid")).collect(),
            )]),
        };
        let router = router(store.clone(), clock.clone(), settings, Default::default());
        Self { router, store, clock, _dir: None }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs a transaction.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&netreach::store::Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.write_now(work).expect("the transaction succeeds")
    }

    pub(crate) fn person(&self, name: &str, roles: &[Role]) -> AccountId {
        self.with(|tx| tx.add_account(name, &HASH, roles, self.now()))
    }

    /// A browser with the session of a new account.
    pub(crate) async fn log_in(&self, name: &str, roles: &[Role]) -> Browser<'_> {
        self.person(name, roles);
        let mut browser = self.browser();
        browser.log_in(name, PASSWORD).await;
        browser
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { app: self, cookies: BTreeMap::new(), csrf: String::new() }
    }

    pub(crate) fn thread(&self) -> ThreadId {
        let now = self.now();
        self.with(|tx| {
            let new = NewThread {
                forum: "sample".into(),
                forum_thread_id: "12".into(),
                path: "/viewtopic.php?t=12".into(),
                now,
            };
            let id = tx.add_thread(&new)?;
            tx.update_thread(id, Some("ВИЧ: вопросы и ответы"), Some(false))?;
            tx.record_look(
                id,
                &LookSummary {
                    at: now,
                    state: PageState::Ok.into(),
                    pages: 1,
                    views: Some(412),
                    replies: Some(3),
                    new_posts: 0,
                    edited_posts: 0,
                    vanished_posts: 0,
                    complaints: Vec::new(),
                    matched: None,
                },
            )?;
            Ok(id)
        })
    }

    /// Posts in a thread, `(author, text)`, after those that are there; the NGO's account is `ГуманПроект`.
    pub(crate) fn posts(&self, thread: ThreadId, posts: &[(&str, &str)]) -> Vec<netreach::domain::thread::PostId> {
        let now = self.now();
        self.with(|tx| {
            let known = u32::try_from(tx.count_posts(thread)?).expect("few");
            let seen = (known + 1..).zip(posts).map(|(number, (author, text))| SeenPost {
                id: format!("p{number}"),
                number: Some(number),
                author: Some((*author).into()),
                time: Some(now),
                text: (*text).into(),
                quotes: Vec::new(),
                edited: false,
                images: 0,
                url: None,
            });
            let page = ThreadPage { posts: seen.collect(), ..ThreadPage::without_posts(PageState::Ok) };
            let own_names = ["ГуманПроект".to_owned()];
            Ok(tx.apply_page(&PageLook { thread, at: now, page: &page, address: None, own_names: &own_names })?.new)
        })
    }

    /// A case about `text`.
    pub(crate) fn case(&self, thread: ThreadId, author: &str, text: &str, urgency: Urgency) -> CaseId {
        let id = self.posts(thread, &[(author, text)])[0];
        let now = self.now();
        self.with(|tx| {
            let judgement = Judgement {
                is_request: true,
                score: 0.9,
                topics: Vec::new(),
                urgency: Some(urgency),
                lang: "ru".into(),
                unclear: false,
                reasons: vec!["вопрос".into()],
            };
            tx.save_judgement(id, &judgement)?;
            tx.open_case(&tx.post(id)?, urgency, false, &["info.hiv_window".to_owned()], now)
        })
    }

    /// An answer, verified for a year when `verified`.
    pub(crate) fn answer(&self, text: &AnswerText, verified: bool) {
        let now = self.now();
        self.with(|tx| {
            tx.save_answer(text, now)?;
            if verified {
                let by = match tx.find_login("проверяющий")? {
                    Some((account, _)) => account.id,
                    None => tx.add_account("проверяющий", &HASH, &[Role::Verifier], now)?,
                };
                let until = now.plus_s(365 * 86_400);
                let v = verify(text, &text.digest(), by, &[Role::Verifier], now, until).expect("verifies");
                tx.verify_answer(&text.id, &v)?;
            }
            Ok(())
        });
    }

    /// The starter library.
    pub(crate) fn starter_answers(&self, verified: bool) {
        let file: AnswerFile =
            toml::from_str(include_str!("../../../data/answers-starter.toml")).expect("the starter answers parse");
        for text in &file.answer {
            self.answer(text, verified);
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 4 << 20).await.expect("the body arrives");
        Answered {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes: bytes.to_vec(),
        }
    }
}

/// A short answer in both languages.
pub(crate) fn short_answer(id: &str, body: &str) -> AnswerText {
    AnswerText {
        id: id.into(),
        topic: "info.hiv_window".into(),
        title_ru: "Период окна".into(),
        title_en: "Window period".into(),
        body_ru: body.into(),
        body_en: "A test is reliable after twelve weeks.".into(),
        examples_ru: vec!["через сколько тест на вич достоверен".into()],
        ..AnswerText::default()
    }
}

pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// As text; what is none is in `bytes`.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answered {
    /// Where it redirects to.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map(|l| l.to_str().expect("ascii")).unwrap_or_default()
    }

    /// The value of the first field of this name.
    pub(crate) fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&mark).unwrap_or_else(|| panic!("no field {name}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

pub(crate) struct Browser<'a> {
    app: &'a App,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The token of the last page that had one.
    pub(crate) csrf: String,
}

impl Browser<'_> {
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) -> Answered {
        self.get("/login").await;
        self.post("/login", &[("name", name), ("password", password)]).await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let cookies = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        Request::builder().method(method).uri(path).header(header::COOKIE, cookies)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answered {
        let request = self.request(Method::GET, path).body(Body::empty()).expect("a request");
        self.take(request).await
    }

    /// Posts a form with the token of the last page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let csrf = self.csrf.clone();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.post_raw(path, &all, &[]).await
    }

    pub(crate) async fn post_raw(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&'static str, &str)],
    ) -> Answered {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body)).expect("a request");
        self.take(request).await
    }

    /// Posts a form as a browser does that has a file field in it.
    pub(crate) async fn post_multipart(&mut self, path: &str, fields: &[(&str, &str)]) -> Answered {
        let csrf = self.csrf.clone();
        let mut body = String::new();
        for (name, value) in [("csrf", csrf.as_str())].iter().chain(fields) {
            let file = if *name == "file" { "; filename=\"cookies.txt\"\r\nContent-Type: text/plain" } else { "" };
            body.push_str(&format!(
                "--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str("--limit--\r\n");
        let request =
            self.request(Method::POST, path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=limit");
        let request = request.body(Body::from(body)).expect("a request");
        self.take(request).await
    }

    async fn take(&mut self, request: Request<Body>) -> Answered {
        let answered = self.app.send(request).await;
        for cookie in answered.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("ascii");
            let (name, value) = cookie.split(';').next().and_then(|c| c.split_once('=')).expect("a cookie");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if answered.body.contains("name=\"csrf\"") {
            self.csrf = answered.field("csrf");
        }
        answered
    }
}
