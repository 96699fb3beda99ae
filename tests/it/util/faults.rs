//! A layer around a forum that misbehaves on demand, once or until told otherwise.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
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
}

#[derive(Clone, Default)]
pub(crate) struct Faults {
    now: Arc<Mutex<Option<(Fault, bool)>>>,
    /// Requests that still pass before the fault begins.
    pass: Arc<Mutex<u32>>,
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

    pub(crate) fn mend(&self) {
        *self.now.lock().expect("lock") = None;
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
        if fault == Fault::ListOfOtherShape && !request.uri().path().contains("viewforum") {
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
        Fault::Gone => (StatusCode::NOT_FOUND, "<html><body id=\"phpbb\"><div id=\"message\"><p>The requested topic does not exist.</p></div></body></html>").into_response(),
        Fault::EndlessPages => endless(&request),
        Fault::Windows1251 | Fault::LyingCharset => {
            let response = next.run(request).await;
            let is_html = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/html"));
            if !is_html {
                return response;
            }
            let (mut parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body");
            let text = String::from_utf8(bytes.to_vec()).expect("utf-8");
            let declared = if fault == Fault::Windows1251 { "windows-1251" } else { "utf-8" };
            let text = text.replace("charset=\"utf-8\"", &format!("charset=\"{declared}\""));
            let encoded = encoding_rs::WINDOWS_1251.encode(&text).0.into_owned();
            parts.headers.remove(header::CONTENT_LENGTH);
            parts.headers.insert(header::CONTENT_TYPE, format!("text/html; charset={declared}").parse().expect("header"));
            Response::from_parts(parts, Body::from(encoded))
        }
    }
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
