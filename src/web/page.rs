//! What every page has in common: who visits, in which language, and the frame around the content.

use super::Desk;
use super::assets;
use super::error::Error;
use super::moment::Moments;
use super::session::{self, LOGIN_COOKIE, SESSION_COOKIE, TOUCH_S};
use super::texts::{Lang, Texts};
use crate::clock::Timestamp;
use crate::domain::account::{Account, Permission};
use crate::store::StoreError;
use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::cookie::CookieJar;

/// A person with a session.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) account: Account,
    pub(super) csrf: String,
    pub(super) token_hash: String,
    /// Open emergencies, for those who may read cases.
    emergencies: u64,
    /// Open alarms, for those who may see the threads.
    alarms: usize,
}

/// One request: who, when, in which language.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) person: Option<Person>,
    pub(super) lang: Lang,
    pub(super) now: Timestamp,
    /// The log-in form's token as the browser's cookie has it.
    pub(super) login_token: Option<String>,
    zone: jiff::tz::TimeZone,
    demo: bool,
}

impl Visit {
    /// Finds the session of a request. A dead session is no session.
    ///
    /// `used`: a person asked for the page. A page that reloads itself keeps no session alive.
    pub(super) async fn of(desk: &Desk, headers: &HeaderMap, used: bool) -> Result<Self, Error> {
        let jar = CookieJar::from_headers(headers);
        let mut visit = Self::nobody(desk);
        visit.login_token = session::find_cookie(&jar, LOGIN_COOKIE);
        match session::find_cookie(&jar, SESSION_COOKIE) {
            Some(token) => visit.with_session(desk, &token, used).await,
            None => Ok(visit),
        }
    }

    /// The visit with the session of a token, if that lives.
    pub(super) async fn with_session(&self, desk: &Desk, token: &str, used: bool) -> Result<Self, Error> {
        let mut visit = self.clone();
        let (hash, now) = (session::hash(token), visit.now);
        let sought = hash.clone();
        let found = desk
            .store
            .read(move |tx| {
                let Some(row) = tx.find_session(&sought)? else { return Ok(None) };
                let emergencies =
                    if row.account.may(Permission::ReadCases) { tx.queue_counts()?.emergencies } else { 0 };
                let alarms = if row.account.may(Permission::ReadThreads) { tx.alarms()?.len() } else { 0 };
                Ok::<_, StoreError>(Some((row, emergencies, alarms)))
            })
            .await?;
        let Some((row, emergencies, alarms)) = found else { return Ok(visit) };
        if !session::is_alive(row.created_at, row.used_at, now) {
            desk.store.write(move |tx| tx.end_session(&hash)).await?;
            return Ok(visit);
        }
        if used && now.since_s(row.used_at) >= TOUCH_S {
            let touched = hash.clone();
            desk.store.write(move |tx| tx.touch_session(&touched, now)).await?;
        }
        let chosen = row.language.as_deref().and_then(Lang::find);
        visit.lang = chosen.unwrap_or(visit.lang);
        visit.person = Some(Person { account: row.account, csrf: row.csrf, token_hash: hash, emergencies, alarms });
        Ok(visit)
    }

    /// A request without a session.
    pub(super) fn nobody(desk: &Desk) -> Self {
        Self {
            person: None,
            lang: desk.settings.language,
            now: desk.clock.now(),
            login_token: None,
            zone: desk.settings.time_zone.clone(),
            demo: desk.settings.demo,
        }
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.person.as_ref().is_some_and(|p| p.account.may(permission))
    }

    /// # Errors
    /// `Forbidden` without a session, which the guard has refused already.
    pub(super) fn account(&self) -> Result<&Account, Error> {
        self.person.as_ref().map(|p| &p.account).ok_or(Error::Forbidden)
    }

    pub(super) fn texts(&self) -> Texts {
        Texts::new(self.lang)
    }

    pub(super) fn moments(&self) -> Moments {
        Moments { zone: self.zone.clone(), now: self.now, texts: self.texts() }
    }

    pub(super) fn zone(&self) -> &jiff::tz::TimeZone {
        &self.zone
    }

    /// The first page this person may see.
    pub(super) fn home(&self) -> &'static str {
        let pages = [
            (Permission::ReadCases, "/"),
            (Permission::ReadAnswers, "/answers"),
            (Permission::ReadThreads, "/threads"),
        ];
        pages.into_iter().find(|(permission, _)| self.may(*permission)).map_or("/login", |(_, path)| path)
    }

    /// The frame of a page; `here` is the entry of the navigation it belongs to.
    pub(super) fn page(&self, here: &'static str) -> Page {
        let entries = [
            ("queue", "/", Permission::ReadCases),
            ("answers", "/answers", Permission::ReadAnswers),
            ("directory", "/directory", Permission::ReadAnswers),
            ("threads", "/threads", Permission::ReadThreads),
            ("engagement", "/engagement", Permission::ReadThreads),
            ("learning", "/learning", Permission::SeeLearning),
        ];
        let texts = self.texts();
        let alarms = self.person.as_ref().map_or(0, |p| p.alarms);
        Page {
            texts,
            style: assets::style_path(),
            demo: self.demo,
            nav: entries
                .into_iter()
                .filter(|(_, _, permission)| self.may(*permission))
                .map(|(name, path, _)| NavLink {
                    name: texts.get(&format!("nav-{name}")),
                    path,
                    here: name == here,
                    count: if name == "threads" { alarms } else { 0 },
                })
                .collect(),
            person: self.person.as_ref().map(|p| p.account.name.clone()),
            roles: self.person.as_ref().map_or_else(String::new, |p| {
                p.account.roles.iter().map(|r| texts.word("role", r.as_str())).collect::<Vec<_>>().join(", ")
            }),
            csrf: self.person.as_ref().map_or_else(String::new, |p| p.csrf.clone()),
            emergencies: self.person.as_ref().map_or(0, |p| p.emergencies),
            alarms,
            notice: None,
        }
    }
}

/// An entry of the navigation.
pub(super) struct NavLink {
    pub(super) name: String,
    pub(super) path: &'static str,
    pub(super) here: bool,
    /// What waits there, if anything.
    pub(super) count: usize,
}

/// A number that templates count things with, by value or by reference.
pub(super) trait Count {
    fn count(&self) -> u64;
}

impl Count for u64 {
    fn count(&self) -> u64 {
        *self
    }
}

/// A literal in a template.
impl Count for i32 {
    fn count(&self) -> u64 {
        u64::from(self.unsigned_abs())
    }
}

impl Count for u32 {
    fn count(&self) -> u64 {
        u64::from(*self)
    }
}

impl Count for usize {
    fn count(&self) -> u64 {
        *self as u64
    }
}

impl<T: Count> Count for &T {
    fn count(&self) -> u64 {
        (*self).count()
    }
}

/// What the layout needs; every template has one as `page`.
pub(super) struct Page {
    texts: Texts,
    pub(super) style: &'static str,
    pub(super) demo: bool,
    pub(super) nav: Vec<NavLink>,
    pub(super) person: Option<String>,
    pub(super) roles: String,
    pub(super) csrf: String,
    pub(super) emergencies: u64,
    pub(super) alarms: usize,
    pub(super) notice: Option<String>,
}

impl Page {
    /// With the notice that an address names as `?done=…`: words of ours for a key, never words out of the address.
    pub(super) fn with_notice(mut self, done: Option<&str>) -> Self {
        let key = done.map(|d| format!("done-{d}")).filter(|k| self.texts.has(k));
        self.notice = key.map(|k| self.texts.get(&k));
        self
    }

    pub(super) fn lang(&self) -> &'static str {
        self.texts.lang.as_str()
    }

    pub(super) fn other_lang(&self) -> &'static str {
        self.texts.lang.other().as_str()
    }

    // The short names are for templates.

    pub(super) fn t(&self, key: &str) -> String {
        self.texts.get(key)
    }

    /// With a number, `$n`.
    pub(super) fn tn(&self, key: &str, n: impl Count) -> String {
        self.texts.count(key, n.count())
    }

    /// With one value, `$a`.
    pub(super) fn ta(&self, key: &str, a: impl AsRef<str>) -> String {
        self.texts.with(key, &[("a", a.as_ref().into())])
    }

    /// With two values, `$a` and `$b`.
    pub(super) fn tb(&self, key: &str, a: impl AsRef<str>, b: impl AsRef<str>) -> String {
        self.texts.with(key, &[("a", a.as_ref().into()), ("b", b.as_ref().into())])
    }

    /// The words of a code: `w("delivery", "held")`.
    pub(super) fn w(&self, family: &str, code: impl AsRef<str>) -> String {
        self.texts.word(family, code.as_ref())
    }
}

pub(super) fn render(template: &impl Template) -> Result<Response, Error> {
    render_with(StatusCode::OK, template)
}

pub(super) fn render_with(status: StatusCode, template: &impl Template) -> Result<Response, Error> {
    Ok((status, Html(template.render()?)).into_response())
}
