//! What a page can fail with, and the one place that makes a response of it.
//!
//! An internal fault shows a fixed page with a short random reference, which the log line has too. Neither holds forum
//! text, names or addresses.

use super::page::{Page, Visit, render_with};
use crate::store::StoreError;
use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("there is no such page or record")]
    NotFound,
    #[error("this account may not do that")]
    Forbidden,
    /// With the key of what is wrong, in words for a person.
    #[error("the form cannot be accepted: {0}")]
    BadForm(&'static str),
    /// Somebody changed it in the meantime.
    #[error("somebody else changed it in the meantime")]
    Stale,
    /// With what went wrong, free of forum text and names.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict => Self::Stale,
            other => Self::Internal(other.code()),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("template: {error}"))
    }
}

/// What the error page has to say; rides on the response until the page is made, where language and person are known.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: StatusCode,
    key: &'static str,
    reference: Option<String>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let failure = match self {
            Self::NotFound => Failure { status: StatusCode::NOT_FOUND, key: "error-not-found", reference: None },
            Self::Forbidden => Failure { status: StatusCode::FORBIDDEN, key: "error-forbidden", reference: None },
            Self::BadForm(key) => Failure { status: StatusCode::UNPROCESSABLE_ENTITY, key, reference: None },
            Self::Stale => Failure { status: StatusCode::CONFLICT, key: "error-stale", reference: None },
            Self::Internal(what) => {
                let reference = reference();
                tracing::error!(%reference, error = %what, "a request failed");
                Failure { status: StatusCode::INTERNAL_SERVER_ERROR, key: "error-internal", reference: Some(reference) }
            }
        };
        let mut response = failure.status.into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

/// Eight random hexadecimal digits; without randomness a fixed word, since an error page must not fail.
fn reference() -> String {
    let mut bytes = [0u8; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
        Err(_) => "unknown".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    message: String,
    reference: &'a Option<String>,
    home: &'static str,
}

pub(super) fn show(visit: &Visit, failure: &Failure) -> Response {
    let page = visit.page("");
    let template = ErrorPage { message: page.t(failure.key), page, reference: &failure.reference, home: visit.home() };
    render_with(failure.status, &template).unwrap_or_else(|_| failure.status.into_response())
}
