//! The style sheet and the icon that is not there. Everything else a page needs is in the page.

use super::session::hex;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const STYLE: &str = include_str!("static/style.css");

/// The path names the content, so that the browser may keep it for as long as it likes.
pub(super) fn style_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| {
        let digest = hex(&Sha256::digest(STYLE.as_bytes()));
        format!("/style-{}.css", digest.chars().take(12).collect::<String>())
    });
    &PATH
}

pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
    ];
    (headers, STYLE).into_response()
}

/// Answers the request that browsers make by themselves, without a page of ours in the log.
pub(super) async fn icon() -> StatusCode {
    StatusCode::NO_CONTENT
}
