//! A layer around a forum that misbehaves on demand, once or until told otherwise.

use super::onions::onion;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A POST is taken by the forum, and its answer never arrives.
    AcceptAndDrop,
    /// A POST is taken and answered with a redirect, and the page it leads to breaks off.
    AcceptAndLoseTheNextPage,
    /// A POST never reaches the forum.
    DropBefore,
    /// A POST is taken only after the client has given up waiting.
    AcceptLate,
    /// Any request is answered with a head and no body.
    BreakOff,
    Busy,
    Stall,
    RedirectAway,
    RedirectToLoopback,
    Huge,
    OtherShape,
    EndlessPages,
    Windows1251,
    LyingCharset,
    Gone,
    /// Thread lists show something else; threads are well.
    ListOfOtherShape,
    /// A captcha in place of every page.
    Challenge,
    /// Pages name everything, forms too, by the host of another address: the onion of this number.
    NamesHost(usize),
    /// Redirects name that host; pages are well.
    RedirectsToHost(usize),
    /// Everything is answered with a redirect to the same place there.
    MovedToHost(usize),
    /// In thread pages, each of these texts stands in place of the one before it.
    Replaced(&'static [(&'static str, &'static str)]),
    /// The same in thread lists.
    ReplacedInLists(&'static [(&'static str, &'static str)]),
    /// Thread lists answer 404.
    ListGone,
    /// No fault: pages come with an `ETag` of what they list, and are not sent again while that is the same.
    OffersEtags,
    /// The same with `Last-Modified`.
    OffersDates,
    /// Every page that was sent with such a mark is said to be unchanged ever after.
    AlwaysUnchanged,
    /// A thread page comes after a while.
    Slow,
    /// Every other post of a thread page has a class of another name.
    HalfOfThePosts,
}

#[derive(Clone, Default)]
pub(crate) struct Faults {
    now: Arc<Mutex<Option<(Fault, bool)>>>,
    /// Requests that still pass before the fault begins.
    pass: Arc<Mutex<u32>>,
    /// What the last visitor's browser calls itself.
    agent: Arc<Mutex<Vec<String>>>,
    /// Answers that a page has not changed.
    unchanged: Arc<AtomicU32>,
}

impl Faults {
    /// From now on, until `mend`.
    pub(crate) fn set(&self, fault: Fault) {
        *self.now.lock().expect("lock") = Some((fault, false));
    }

    /// For one request (one POST, for the faults of posting).
    pub(crate) fn once(&self, fault: Fault) {
        *self.now.lock().expect("lock") = Some((fault, true));
    }

    /// From the request after the next `count` ones on, until `mend`.
    pub(crate) fn after(&self, count: u32, fault: Fault) {
        *self.pass.lock().expect("lock") = count;
        self.set(fault);
    }

    /// How often a page was said to be unchanged.
    pub(crate) fn unchanged(&self) -> u32 {
        self.unchanged.load(Ordering::SeqCst)
    }

    pub(crate) fn mend(&self) {
        *self.now.lock().expect("lock") = None;
    }

    /// What the last visitor's browser called itself: all it said.
    pub(crate) fn last_agent(&self) -> Vec<String> {
        self.agent.lock().expect("lock").clone()
    }

    pub(crate) fn wrap(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), misbehave))
    }

    fn take(&self, request: &Request) -> Option<Fault> {
        let mut now = self.now.lock().expect("lock");
        let (fault, once) = (*now)?;
        let of_posting = matches!(
            fault,
            Fault::AcceptAndDrop | Fault::DropBefore | Fault::AcceptLate | Fault::AcceptAndLoseTheNextPage
        );
        let uri = request.uri().to_string();
        let posts = request.method() == Method::POST && (uri.contains("posting") || uri.contains("i=pm"));
        if of_posting && !posts {
            return None;
        }
        let of_threads = matches!(fault, Fault::Replaced(_) | Fault::HalfOfThePosts | Fault::Slow);
        if of_threads && !request.uri().path().contains("viewtopic") {
            return None;
        }
        let of_lists = matches!(fault, Fault::ListOfOtherShape | Fault::ListGone | Fault::ReplacedInLists(_));
        if of_lists && !request.uri().path().contains("viewforum") {
            return None;
        }
        let mut pass = self.pass.lock().expect("lock");
        if *pass > 0 {
            *pass -= 1;
            return None;
        }
        if once {
            *now = None;
        }
        Some(fault)
    }
}

/// An answer that breaks off after its head.
fn broken() -> Response {
    let chunk: Result<Bytes, std::io::Error> = Err(std::io::ErrorKind::ConnectionReset.into());
    Body::from_stream(stream::iter([chunk])).into_response()
}

fn page(body: String) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

async fn misbehave(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let named = request.headers().get_all(header::USER_AGENT).iter();
    *faults.agent.lock().expect("lock") = named.map(|v| v.to_str().expect("text").to_owned()).collect();
    let Some(fault) = faults.take(&request) else { return next.run(request).await };
    match fault {
        Fault::AcceptAndDrop => {
            next.run(request).await;
            broken()
        }
        Fault::AcceptAndLoseTheNextPage => {
            faults.once(Fault::BreakOff);
            next.run(request).await
        }
        Fault::DropBefore | Fault::BreakOff => broken(),
        Fault::AcceptLate => {
            tokio::time::sleep(Duration::from_millis(2500)).await;
            next.run(request).await
        }
        Fault::OffersEtags | Fault::OffersDates | Fault::AlwaysUnchanged => {
            marked(next, request, fault, &faults.unchanged).await
        }
        Fault::Slow => {
            tokio::time::sleep(Duration::from_millis(600)).await;
            next.run(request).await
        }
        Fault::Busy => (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "120")], "busy").into_response(),
        Fault::Stall => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            StatusCode::OK.into_response()
        }
        Fault::RedirectAway => (StatusCode::FOUND, [("location", "http://example.org/")]).into_response(),
        Fault::RedirectToLoopback => (StatusCode::FOUND, [("location", "http://127.0.0.1:9/")]).into_response(),
        Fault::Huge => {
            let chunks = std::iter::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; 1024 * 1024]))).take(50);
            Body::from_stream(stream::iter(chunks)).into_response()
        }
        Fault::OtherShape | Fault::ListOfOtherShape => page("<html><body><h1>Совсем другая страница</h1><p>текст</p></body></html>".into()),
        Fault::Gone | Fault::ListGone => (StatusCode::NOT_FOUND, "<html><body id=\"phpbb\"><div id=\"message\"><p>The requested topic does not exist.</p></div></body></html>").into_response(),
        Fault::EndlessPages => endless(&request),
        Fault::Challenge => page("<html><title>Just a moment...</title><h1>Checking</h1></html>".into()),
        Fault::MovedToHost(index) => {
            let place = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
            let target = onion(index).join(&place).expect("url").to_string();
            (StatusCode::FOUND, [("location", target)]).into_response()
        }
        Fault::RedirectsToHost(index) => {
            let mut response = next.run(request).await;
            if let Some(location) = response.headers().get(header::LOCATION) {
                let target = onion(index).join(location.to_str().expect("ascii")).expect("url");
                response.headers_mut().insert(header::LOCATION, target.as_str().parse().expect("header"));
            }
            response
        }
        Fault::NamesHost(index) => {
            let host = onion(index);
            changed(next.run(request).await, |html| {
                html.replace("=\"./", &format!("=\"{host}")).replace("=\"viewtopic", &format!("=\"{host}viewtopic"))
            })
            .await
        }
        Fault::Replaced(pairs) | Fault::ReplacedInLists(pairs) => {
            changed(next.run(request).await, |html| {
                pairs.iter().fold(html, |html, (from, to)| html.replace(from, to))
            })
            .await
        }
        Fault::HalfOfThePosts => {
            changed(next.run(request).await, |html| {
                let mut parts = html.split("class=\"post ");
                let first = parts.next().unwrap_or_default().to_owned();
                parts.enumerate().fold(first, |html, (n, part)| {
                    html + if n % 2 == 0 { "class=\"post " } else { "class=\"entry " } + part
                })
            })
            .await
        }
        Fault::Windows1251 | Fault::LyingCharset => {
            let declared = if fault == Fault::Windows1251 { "windows-1251" } else { "utf-8" };
            let mut response = changed(next.run(request).await, |html| {
                html.replace("charset=\"utf-8\"", &format!("charset=\"{declared}\""))
            })
            .await;
            if !is_html(&response) {
                return response;
            }
            let kind = format!("text/html; charset={declared}").parse().expect("header");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body");
            let encoded = encoding_rs::WINDOWS_1251.encode(&String::from_utf8_lossy(&bytes)).0.into_owned();
            Response::from_parts(parts, Body::from(encoded))
        }
    }
}

/// Marks a page, or says that it is what it was.
async fn marked(next: Next, request: Request, fault: Fault, unchanged: &AtomicU32) -> Response {
    let (offered, asked) = match fault {
        Fault::OffersDates => (header::LAST_MODIFIED, header::IF_MODIFIED_SINCE),
        _ => (header::ETAG, header::IF_NONE_MATCH),
    };
    let asked = request.headers().get(asked).cloned();
    let response = next.run(request).await;
    if !is_html(&response) || response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body");
    let html = String::from_utf8_lossy(&bytes).into_owned();
    // What the page lists, without its clock and whoever reads it.
    let listed: Vec<&str> =
        html.lines().filter(|line| line.contains("class=\"content\"") || line.contains("topictitle")).collect();
    let mut hasher = std::hash::DefaultHasher::new();
    listed.hash(&mut hasher);
    let mark = match fault {
        Fault::OffersDates => format!(
            "Fri, 20 Nov 2026 {:02}:{:02}:{:02} GMT",
            hasher.finish() % 24,
            hasher.finish() % 59,
            hasher.finish() % 53
        ),
        _ => format!("W/\"{:x}\"", hasher.finish()),
    };
    let is_same = asked.is_some_and(|asked| fault == Fault::AlwaysUnchanged || asked.as_bytes() == mark.as_bytes());
    parts.headers.insert(offered, mark.parse().expect("header"));
    if is_same {
        unchanged.fetch_add(1, Ordering::SeqCst);
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_html(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"))
}

/// A page with its markup changed; anything else as it is.
async fn changed(response: Response, change: impl FnOnce(String) -> String) -> Response {
    if !is_html(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body");
    let text = change(String::from_utf8(bytes.to_vec()).expect("utf-8"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}

/// A thread whose every page links to one more.
fn endless(request: &Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let parameter = |name: &str| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).and_then(|v| v.parse::<u64>().ok())
    };
    let (topic, start) = (parameter("t").unwrap_or(1), parameter("start").unwrap_or(0));
    let (number, next) = (start / 20 + 1, start + 20);
    let id = 1_000_000 + start;
    page(format!(
        "<html><body id=\"phpbb\"><h2 class=\"topic-title\"><a href=\"./viewtopic.php?t={topic}\">Тема</a></h2>\
         <div class=\"pagination\">{} сообщений<ul><li class=\"active\"><span>{number}</span></li>\
         <li><a class=\"button\" href=\"./viewtopic.php?t={topic}&amp;start={next}\">{}</a></li>\
         <li class=\"arrow next\"><a rel=\"next\" href=\"./viewtopic.php?t={topic}&amp;start={next}\">След.</a></li></ul></div>\
         <div id=\"p{id}\" class=\"post\"><div class=\"postbody\"><div id=\"post_content{id}\"><p class=\"author\">\
         <a href=\"./viewtopic.php?p={id}#p{id}\">·</a> <strong><span class=\"username\">гость</span></strong> \
         <time datetime=\"2026-11-20T10:00:00+00:00\">сегодня</time></p><div class=\"content\">текст {id}</div></div></div></div>\
         </body></html>",
        start + 40,
        number + 1
    ))
}
