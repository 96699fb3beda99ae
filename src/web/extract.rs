//! What handlers take out of a request, with refusals as pages of ours and not as bare lines of text.

use super::error::Error;
use super::page::Visit;
use axum::extract::{Form, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// The fields of a posted form. Its CSRF token was checked by `access` before any handler runs.
pub(super) struct Posted<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let Form(fields) =
            Form::from_request(request, state).await.map_err(|_| Error::BadForm("error-form-unreadable"))?;
        Ok(Self(fields))
    }
}

/// The part of the address after `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Query(asked) = Query::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        Ok(Self(asked))
    }
}

/// The `{id}` in the path. What is no id names no record.
pub(super) struct Named<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let Path(id) = Path::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        Ok(Self(id))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Error::Internal("a route without a guard".to_owned()))
    }
}
