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
    let nobody = Visit::nobody(&desk, request.headers());
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
