//! The outermost layer: headers on every response, error pages, and a panic that costs one request.

use super::Desk;
use super::error::{self, Error, Failure};
use super::page::Visit;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;

/// No scripts, nothing from elsewhere, no frames; forms go to the desk alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    // A desk that search machines find has another problem; still it should not be listed.
    ("x-robots-tag", "noindex, nofollow"),
];

pub(super) fn protect(router: Router, desk: Desk) -> Router {
    router.layer(from_fn_with_state(desk, around))
}

async fn around(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let nobody = Visit::nobody(&desk);
    let mut response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_panic) => Error::Internal("a handler panicked".to_owned()).into_response(),
    };
    let visit = response.extensions_mut().remove::<Visit>().unwrap_or(nobody);
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = error::show(&visit, &failure);
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // Nothing of a page stays in a cache of the browser; the style sheet says otherwise for itself.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::{Key, Store, StoreError};
    use crate::web::texts::Lang;
    use crate::web::{Settings, Shared, library, login};
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::routing::get;
    use std::sync::Arc;
    use tower::ServiceExt;

    async fn ask(router: &Router, path: &str) -> (StatusCode, String) {
        let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.expect("infallible");
        assert!(response.headers().contains_key("content-security-policy"));
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("utf-8"))
    }

    #[tokio::test]
    async fn panic_costs_one_request_and_an_error_tells_nothing_of_its_cause() {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &Key::from_bytes(&[7; 32])).expect("fresh");
        let settings = Settings {
            time_zone: jiff::tz::TimeZone::UTC,
            language: Lang::Ru,
            demo: false,
            forum_accounts: std::collections::BTreeMap::new(),
            forum_ways: std::collections::BTreeMap::new(),
            forum_addresses: std::collections::BTreeMap::new(),
        };
        let (suggestions, gate) = (library::Library::default(), login::Gate::default());
        let desk = Desk(Arc::new(Shared {
            store,
            clock: Clock::System,
            settings,
            triage: Default::default(),
            suggestions,
            gate,
        }));
        let router = Router::new()
            .route("/panics", get(|| async { panic!("тайна") }.map(|(): ()| "")))
            .route("/fails", get(|| async { Err::<(), _>(Error::from(StoreError::Corrupt("тайна".to_owned()))) }));
        let router = protect(router, desk);
        for path in ["/panics", "/fails", "/panics"] {
            let (status, body) = ask(&router, path).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(body.contains("Ошибка на сервере") && body.contains("<code>") && !body.contains("тайна"));
        }
    }

    #[test]
    fn what_is_logged_of_a_store_error_quotes_no_value() {
        let error = Error::from(StoreError::Corrupt("ночной_гость".to_owned()));
        assert_eq!(error.to_string(), "internal: a value in the database cannot be read");
    }
}
