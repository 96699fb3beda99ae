//! Who may reach a route: the table of routes, and the guard that runs before every handler.
//!
//! [`Routes`] takes no handler without an [`Access`], and wraps each in the guard, so that a route whose need was not
//! declared cannot exist. The guard finds the session, refuses what other sites post, checks the role and, for every
//! POST, the CSRF token; handlers check once more where a transition is made (`domain`).

use super::Desk;
use super::error::Error;
use super::login;
use super::multipart;
use super::page::Visit;
use super::session::{self, LOGIN_COOKIE};
use crate::domain::account::Permission;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, any, get, post};
use axum_extra::extract::cookie::CookieJar;

/// What a route needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: the log-in page and what it loads.
    Open,
    /// Any session.
    LoggedIn,
    May(Permission),
}

/// A route as a test sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
}

/// Largest form: a reply of 20,000 Cyrillic letters is about 120 KB in the form's encoding, an answer in two languages
/// twice that.
const MAX_FORM_BYTES: usize = 512 * 1024;

/// Marks a page that was asked for by its own refresh.
pub(super) const RELOADED: &str = "reloaded=1";

pub(super) struct Routes(Vec<(RouteInfo, MethodRouter<Desk>)>);

impl Routes {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Desk>,
        T: 'static,
    {
        self.add(RouteInfo { method: Method::GET, path, access }, get(handler))
    }

    pub(super) fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, Desk>,
        T: 'static,
    {
        self.add(RouteInfo { method: Method::POST, path, access }, post(handler))
    }

    fn add(mut self, info: RouteInfo, route: MethodRouter<Desk>) -> Self {
        self.0.push((info, route));
        self
    }

    pub(super) fn infos(self) -> Vec<RouteInfo> {
        self.0.into_iter().map(|(info, _)| info).collect()
    }

    pub(super) fn into_router(self, desk: &Desk) -> axum::Router {
        let mut router = axum::Router::new();
        for (info, route) in self.0 {
            let guarded = route.layer(from_fn_with_state((desk.clone(), info.access), guard));
            router = router.route(info.path, guarded);
        }
        // Guarded too, so that the page is in the person's language and has the navigation.
        let unknown = any(|| async { Error::NotFound }).layer(from_fn_with_state((desk.clone(), Access::Open), guard));
        router
            .method_not_allowed_fallback(|| async { Error::NotFound })
            .fallback_service(unknown.with_state::<()>(()))
            .with_state(desk.clone())
    }
}

async fn guard(State((desk, access)): State<(Desk, Access)>, request: Request, next: Next) -> Response {
    let reloads_itself = request.uri().query().is_some_and(|q| q.split('&').any(|pair| pair == RELOADED));
    let visit = match Visit::of(&desk, request.headers(), !reloads_itself).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    let mut response = match admit(&visit, access, request).await {
        Ok(mut request) => {
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
        Err(refusal) => *refusal,
    };
    response.extensions_mut().insert(visit);
    response
}

/// The request as the handler may have it, or what to answer in its place.
async fn admit(visit: &Visit, access: Access, request: Request) -> Result<Request, Box<Response>> {
    let refuse = |error: Error| Box::new(error.into_response());
    let is_post = request.method() == Method::POST;
    if is_post && is_from_another_site(request.headers()) {
        return Err(refuse(Error::Forbidden));
    }
    let path = request.uri().path().to_owned();
    let target = request.uri().path_and_query().map_or_else(|| path.clone(), ToString::to_string);
    let (request, form) = if is_post { read_form(request).await.map_err(refuse)? } else { (request, Form::default()) };
    if access != Access::Open && visit.person.is_none() {
        let answer = if is_post { login::expired(visit, &path, &form) } else { Ok(login::redirect_from(&target)) };
        return Err(Box::new(answer.unwrap_or_else(IntoResponse::into_response)));
    }
    if let Access::May(permission) = access
        && !visit.may(permission)
    {
        return Err(refuse(Error::Forbidden));
    }
    if is_post {
        let known = match (access, &visit.person) {
            (Access::Open, _) | (_, None) => {
                session::find_cookie(&CookieJar::from_headers(request.headers()), LOGIN_COOKIE).unwrap_or_default()
            }
            (_, Some(person)) => person.csrf.clone(),
        };
        if !session::is_same(&known, form.field("csrf")) {
            let answer = login::outdated(visit, &path, &form);
            return Err(Box::new(answer.unwrap_or_else(IntoResponse::into_response)));
        }
    }
    Ok(request)
}

/// Browsers say where a request comes from. Those that do not are held by the CSRF token and `SameSite` alone. `Origin`
/// tells nothing here: under our referrer policy it is `null` for our own forms too.
fn is_from_another_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// The fields of a form, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(pub(super) Vec<(String, String)>);

impl Form {
    /// A field's value; empty where it was not sent.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
    }
}

/// Reads the whole form and gives the request back, its body as a form without files would have it.
async fn read_form(request: Request) -> Result<(Request, Form), Error> {
    let (parts, body) = request.into_parts();
    let mut parts = parts;
    let mut bytes: Bytes = to_bytes(body, MAX_FORM_BYTES).await.map_err(|_| Error::BadForm("error-form-too-large"))?;
    // A form with a file in it; handlers get it like any other.
    if let Some(boundary) = multipart::boundary(&parts.headers) {
        let fields = multipart::read(&bytes, &boundary);
        bytes = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into();
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    let form = Form(url::form_urlencoded::parse(&bytes).into_owned().collect());
    Ok((Request::from_parts(parts, Body::from(bytes)), form))
}

/// After a POST: `303 See Other`, so that reloading posts nothing. `done` names a notice.
pub(super) fn back_to(path: &str, done: &str) -> Response {
    let (path, anchor) = path.split_once('#').unwrap_or((path, ""));
    let sign = if path.contains('?') { '&' } else { '?' };
    let anchor = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
    Redirect::to(&format!("{path}{sign}done={done}{anchor}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_from(site: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert("sec-fetch-site", HeaderValue::from_static(site));
        is_from_another_site(&headers)
    }

    #[test]
    fn posts_of_other_sites_are_known() {
        assert!(sent_from("cross-site") && sent_from("same-site"));
        assert!(!sent_from("same-origin") && !sent_from("none"));
        assert!(!is_from_another_site(&HeaderMap::new()));
    }

    #[test]
    fn notice_goes_before_the_anchor() {
        let to = |path| back_to(path, "saved").headers()["location"].to_str().expect("ascii").to_owned();
        assert_eq!(to("/case/1#reply"), "/case/1?done=saved#reply");
        assert_eq!(to("/case/1?find=a"), "/case/1?find=a&done=saved");
    }
}
