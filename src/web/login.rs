//! Log-in, log-out and the person's language; and what to do with a form whose session is over.
//!
//! Attempts are limited by account name and for the desk as a whole, never by address: everybody comes from Tor. A name
//! that does not exist answers like a wrong password, after the same time. Passwords are set on the command line.

use super::Desk;
use super::access::{Form, back_to};
use super::error::Error;
use super::extract::{Asked, Posted};
use super::page::{Page, Visit, render, render_with};
use super::password;
use super::session::{self, LOGIN_COOKIE, SESSION_COOKIE};
use super::texts::Lang;
use crate::domain::account::Account;
use crate::domain::reply::Route;
use crate::store::{NewSession, StoreError};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use serde::Deserialize;
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::Semaphore;

const MAX_NAME_CHARS: usize = 64;

/// What stands between a stranger and the passwords.
pub(super) struct Gate {
    by_name: DefaultKeyedRateLimiter<String>,
    desk: DefaultDirectRateLimiter,
    /// Each verification takes 19 MiB: no more than these at a time.
    verifying: Semaphore,
}

/// Attempts that a name has at once, and how long until there is one more.
const NAME_BURST: NonZeroU32 = NonZeroU32::new(10).expect("not zero");
const NAME_REFILL: Duration = Duration::from_secs(20);
/// The same for the whole desk. A stranger can use these up; who has a session already does not notice.
const DESK_BURST: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
const DESK_REFILL: Duration = Duration::from_secs(1);

impl Default for Gate {
    fn default() -> Self {
        let quota = |refill, burst| Quota::with_period(refill).unwrap_or(Quota::per_minute(burst)).allow_burst(burst);
        Self {
            by_name: RateLimiter::keyed(quota(NAME_REFILL, NAME_BURST)),
            desk: RateLimiter::direct(quota(DESK_REFILL, DESK_BURST)),
            verifying: Semaphore::new(2),
        }
    }
}

impl Gate {
    /// Whether one more attempt for this name may be made now.
    fn admits(&self, name: &str) -> bool {
        // Names that were tried long ago are forgotten, so that inventing names fills no memory.
        if self.by_name.len() > 10_000 {
            self.by_name.retain_recent();
        }
        self.by_name.check_key(&name.to_lowercase()).is_ok() && self.desk.check().is_ok()
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    token: String,
    /// Key of what went wrong.
    problem: Option<&'static str>,
    next: String,
    /// The text of a reply that was posted after the session ended; it goes through the log-in.
    text: String,
    /// Who was to read it: what was meant for one person must not come back as meant for all.
    route: &'static str,
    /// Other long texts of such a form, to be copied.
    kept: Vec<Kept>,
    name: String,
    lang: &'static str,
}

/// A field of a form that could not be accepted.
struct Kept {
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "rescue.html")]
struct RescuePage {
    page: Page,
    /// Where the text can be saved, when that is known.
    case: Option<i64>,
    text: String,
    route: &'static str,
    kept: Vec<Kept>,
    logged_in: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Arrival {
    next: String,
    lang: String,
    done: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    route: String,
}

/// To the log-in page, and back to `target` from there.
pub(super) fn redirect_from(target: &str) -> Response {
    let next = if target == "/" {
        String::new()
    } else {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", target).finish();
        format!("?{query}")
    };
    Redirect::to(&format!("/login{next}")).into_response()
}

/// A page of ours and nothing else: what came in the address decides where a person lands.
fn checked_next(next: &str) -> Option<&str> {
    let ours = next.starts_with('/') && !next.starts_with("//") && next.len() < 200;
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (ours && plain && !next.starts_with("/login")).then_some(next)
}

pub(super) async fn show(visit: Visit, Asked(arrival): Asked<Arrival>) -> Result<Response, Error> {
    if visit.person.is_some() {
        return Ok(Redirect::to(visit.home()).into_response());
    }
    let visit = in_language(visit, &arrival.lang);
    let mut form = LoginForm { next: arrival.next, ..LoginForm::default() };
    form.done = arrival.done;
    form.respond(&visit)
}

fn in_language(mut visit: Visit, lang: &str) -> Visit {
    if let Some(lang) = Lang::find(lang) {
        visit.lang = lang;
    }
    visit
}

#[derive(Default)]
struct LoginForm {
    status: StatusCode,
    problem: Option<&'static str>,
    next: String,
    text: String,
    route: String,
    kept: Vec<Kept>,
    name: String,
    done: Option<String>,
}

impl LoginForm {
    /// The page, with the cookie that its form's token is held against.
    fn respond(self, visit: &Visit) -> Result<Response, Error> {
        let token = match &visit.login_token {
            Some(token) => token.clone(),
            None => session::new_token()?,
        };
        let template = LoginPage {
            page: visit.page("").with_notice(self.done.as_deref()),
            token: token.clone(),
            problem: self.problem,
            next: checked_next(&self.next).unwrap_or_default().to_owned(),
            text: self.text,
            route: checked_route(&self.route),
            kept: self.kept,
            name: self.name,
            lang: visit.lang.as_str(),
        };
        let page = render_with(self.status, &template)?;
        Ok((CookieJar::new().add(session::cookie(LOGIN_COOKIE, token)), page).into_response())
    }
}

pub(super) async fn create(
    State(desk): State<Desk>,
    visit: Visit,
    jar: CookieJar,
    Posted(form): Posted<Credentials>,
) -> Result<Response, Error> {
    let visit = in_language(visit, &form.lang);
    let name = form.name.trim().to_owned();
    let refused = |status, problem| LoginForm {
        status,
        problem: Some(problem),
        next: form.next.clone(),
        text: form.text.clone(),
        route: form.route.clone(),
        name: name.chars().take(MAX_NAME_CHARS).collect(),
        ..LoginForm::default()
    };
    let too_long = name.chars().count() > MAX_NAME_CHARS;
    if too_long {
        return refused(StatusCode::UNAUTHORIZED, "login-wrong").respond(&visit);
    }
    if !desk.gate.admits(&name) {
        tracing::warn!("log-in attempts are being slowed down");
        return refused(StatusCode::TOO_MANY_REQUESTS, "login-too-often").respond(&visit);
    }
    let Some(account) = check(&desk, name.clone(), form.password).await? else {
        tracing::info!("a log-in was refused");
        return refused(StatusCode::UNAUTHORIZED, "login-wrong").respond(&visit);
    };
    let token = session::new_token()?;
    let person = open(&desk, &visit, &jar, &account, &token, Lang::find(&form.lang)).await?;
    tracing::info!("a person logged in");
    let jar =
        jar.add(session::cookie(SESSION_COOKIE, token)).remove(Cookie::build((LOGIN_COOKIE, "")).path("/").build());
    let body = if form.text.trim().is_empty() {
        Redirect::to(checked_next(&form.next).unwrap_or(person.home())).into_response()
    } else {
        rescue(&person, StatusCode::OK, case_of(&form.next), form.text, &form.route, Vec::new())?
    };
    Ok((jar, body).into_response())
}

/// The account of this name and password, if there is one.
async fn check(desk: &Desk, name: String, password: String) -> Result<Option<Account>, Error> {
    let found = desk.store.read(move |tx| tx.find_login(&name)).await?;
    let _permit = desk.gate.verifying.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(move || match found {
        Some((account, hash)) if !account.disabled => password::verify_password(&hash, &password).then_some(account),
        _ => {
            password::verify_nobody(&password);
            None
        }
    })
    .await
    .map_err(|_| Error::Internal("a password could not be checked".to_owned()))
}

/// Opens a new session, ends the one the browser had, and gives the visit that goes with it.
async fn open(
    desk: &Desk,
    visit: &Visit,
    jar: &CookieJar,
    account: &Account,
    token: &str,
    lang: Option<Lang>,
) -> Result<Visit, Error> {
    let new = NewSession {
        token_hash: session::hash(token),
        account: account.id,
        csrf: session::new_token()?,
        now: visit.now,
    };
    let old = session::find_cookie(jar, SESSION_COOKIE).map(|t| session::hash(&t));
    desk.store
        .write(move |tx| {
            if let Some(old) = old {
                tx.end_session(&old)?;
            }
            tx.sweep_sessions(new.now.plus_s(-session::IDLE_S), new.now.plus_s(-session::ABSOLUTE_S))?;
            tx.open_session(&new)?;
            let language = tx.find_session(&new.token_hash)?.and_then(|s| s.language);
            match lang {
                Some(lang) if language.is_none() => tx.set_language(new.account, lang.as_str()),
                _ => Ok::<_, StoreError>(()),
            }
        })
        .await?;
    visit.with_session(desk, token, false).await
}

pub(super) async fn destroy(State(desk): State<Desk>, visit: Visit, jar: CookieJar) -> Result<Response, Error> {
    if let Some(person) = visit.person {
        desk.store.write(move |tx| tx.end_session(&person.token_hash)).await?;
    }
    let jar = jar.remove(Cookie::build((SESSION_COOKIE, "")).path("/").build());
    Ok((jar, back_to("/login", "logged-out")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    lang: String,
}

pub(super) async fn set_language(
    State(desk): State<Desk>,
    visit: Visit,
    Posted(chosen): Posted<Chosen>,
) -> Result<Response, Error> {
    let lang = Lang::find(&chosen.lang).ok_or(Error::BadForm("error-form-unreadable"))?;
    let id = visit.account()?.id;
    desk.store.write(move |tx| tx.set_language(id, lang.as_str())).await?;
    Ok(Redirect::to(visit.home()).into_response())
}

/// A route that a form named, or nothing.
fn checked_route(route: &str) -> &'static str {
    Route::find(route).map_or("", Route::as_str)
}

/// The number of the case whose page or action a path is.
fn case_of(path: &str) -> Option<i64> {
    path.strip_prefix("/case/")?.split(['/', '?', '#']).next()?.parse().ok()
}

/// Long fields of a form besides the text of a reply.
fn kept(visit: &Visit, form: &Form) -> Vec<Kept> {
    let texts = visit.texts();
    let long = ["title_ru", "title_en", "body_ru", "body_en", "examples_ru", "examples_en", "sources", "value"];
    long.into_iter()
        .filter(|name| !form.field(name).trim().is_empty())
        .map(|name| Kept { label: texts.word("field", name), value: form.field(name).to_owned() })
        .collect()
}

/// A form arrived after the session had ended: the person logs in again, and what they wrote goes along.
pub(super) fn expired(visit: &Visit, path: &str, form: &Form) -> Result<Response, Error> {
    let case = case_of(path);
    LoginForm {
        status: StatusCode::UNAUTHORIZED,
        problem: Some("login-expired"),
        next: case.map(|id| format!("/case/{id}")).unwrap_or_default(),
        text: if case.is_some() { form.field("text").to_owned() } else { String::new() },
        route: form.field("route").to_owned(),
        kept: kept(visit, form),
        ..LoginForm::default()
    }
    .respond(visit)
}

/// A form came with a token that is not this session's: from a page of an earlier session, or from elsewhere. Nothing is
/// done; what was written is shown.
pub(super) fn outdated(visit: &Visit, path: &str, form: &Form) -> Result<Response, Error> {
    if visit.person.is_none() {
        let problem = Some("error-form-outdated");
        let text = form.field("text").to_owned();
        let (next, route) = (form.field("next").to_owned(), form.field("route").to_owned());
        return LoginForm { status: StatusCode::FORBIDDEN, problem, text, route, next, ..LoginForm::default() }
            .respond(visit);
    }
    let (text, route) = (form.field("text").to_owned(), form.field("route"));
    rescue(visit, StatusCode::FORBIDDEN, case_of(path), text, route, kept(visit, form))
}

fn rescue(
    visit: &Visit,
    status: StatusCode,
    case: Option<i64>,
    text: String,
    route: &str,
    kept: Vec<Kept>,
) -> Result<Response, Error> {
    let logged_in = status == StatusCode::OK;
    let template = RescuePage { page: visit.page("queue"), case, text, route: checked_route(route), kept, logged_in };
    if logged_in { render(&template) } else { render_with(status, &template) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_in_leads_to_pages_of_ours_alone() {
        assert_eq!(checked_next("/case/5?find=a#reply"), Some("/case/5?find=a#reply"));
        for foreign in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a b", "/login?next=/", "/\u{1}"]
        {
            assert_eq!(checked_next(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn case_is_read_out_of_a_path() {
        assert_eq!(case_of("/case/17/reply"), Some(17));
        assert_eq!(case_of("/case/17"), Some(17));
        assert_eq!(case_of("/case/x"), None);
        assert_eq!(case_of("/answers/od.opioid"), None);
    }

    #[test]
    fn attempts_run_out_by_name_and_not_for_others() {
        let gate = Gate::default();
        let admitted = (0..30).filter(|_| gate.admits("Marina")).count();
        assert_eq!(admitted, 10);
        assert!(!gate.admits("marina"), "upper and lower case are one name");
        assert!(gate.admits("oleg"));
    }
}
