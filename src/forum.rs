//! One forum as its account sees it: reads pages, logs in, opens and sends the reply form.
//!
//! It knows the steps and no sockets (`net`), no markup (`page`), no database. What it may do is bounded: a log-in is
//! tried once in a job and only at an address of the forum's own list; challenges are reported, never solved.

mod message;
mod walk;

pub use message::{InSent, OpenMessage, Sought};
pub use walk::{Start, Walk};

use crate::clock::{Clock, Timestamp};
use crate::domain::look::{ListPage, PageState};
use crate::domain::thread::LookState;
use crate::net::{Client, Fault, FaultKind, FormBody, Response};
use crate::page::{
    self, Enctype, Form, LoginOutcome, MessageRefusal, Profile, ReplyForm, ReplyOutcome, Source, ThreadReading,
};
use crate::sensitive::Sensitive;
use jiff::tz::TimeZone;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Name and password of the NGO's account.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub name: Sensitive<String>,
    pub password: Sensitive<String>,
}

/// A forum of the configuration, with its client.
pub struct Forum {
    pub name: String,
    pub profile: Profile,
    /// Base addresses, each ending in `/`.
    pub addresses: Vec<Url>,
    pub credentials: Option<Credentials>,
    pub time_zone: TimeZone,
    pub client: Client,
    pub clock: Clock,
}

/// Why a page could not be had or a form not be sent.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the forum refused the account's name or password")]
    LogInRefused,
    #[error("a person must solve a challenge")]
    Challenge,
    #[error("the forum asks for a log-in and no account is configured, or a log-in did not help")]
    LoginRequired,
    #[error("the forum allows no more log-ins for now")]
    TooManyLogIns,
    #[error("the thread is closed")]
    Closed,
    #[error("this account may not reply there")]
    Forbidden,
    #[error("the thread is gone")]
    NotFound,
    #[error("the page has no reply form")]
    NoForm,
    #[error("the forum takes no private message to this person")]
    NotMessaged(MessageRefusal),
}

impl Trouble {
    /// How a look that met this ended.
    pub fn look_state(&self) -> LookState {
        match self {
            Self::Fault(fault) => match fault.kind {
                FaultKind::Busy { .. } => LookState::Busy,
                FaultKind::TooLarge => LookState::TooLarge,
                FaultKind::RedirectedAway | FaultKind::OutsideForum => LookState::RedirectedAway,
                _ => LookState::Unreachable,
            },
            Self::LogInRefused => LookState::LogInRefused,
            Self::Challenge => LookState::Challenge,
            Self::LoginRequired => LookState::LoginRequired,
            Self::TooManyLogIns => LookState::Busy,
            Self::Closed | Self::Forbidden | Self::NotMessaged(_) => LookState::Forbidden,
            Self::NotFound => LookState::NotFound,
            Self::NoForm => LookState::Unrecognised,
        }
    }

    /// A word for records and logs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.kind.as_str(),
            Self::LogInRefused => "log_in_refused",
            Self::Challenge => "challenge",
            Self::LoginRequired => "login_required",
            Self::TooManyLogIns => "too_many_log_ins",
            Self::Closed => "closed",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::NoForm => "no_form",
            Self::NotMessaged(refusal) => refusal.as_str(),
        }
    }
}

/// How often one job may log in: once, and not at all after a refusal that still stands.
#[derive(Clone, Copy, Debug)]
pub struct LogIns {
    left: u8,
}

impl LogIns {
    pub fn once() -> Self {
        Self { left: 1 }
    }

    pub fn none() -> Self {
        Self { left: 0 }
    }

    /// Nothing is left, whether it was used up or never given.
    pub fn are_spent(self) -> bool {
        self.left == 0
    }
}

/// A thread page that was read.
#[derive(Clone, Debug)]
pub struct PageRead {
    pub reading: ThreadReading,
    /// Where it was found, relative to the forum's address.
    pub path: String,
}

/// A post that a reply quotes.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// The forum's id of it.
    pub post_id: String,
    pub author: Option<Sensitive<String>>,
    pub text: Sensitive<String>,
}

/// A reply form, fetched and ready to be filled.
pub struct OpenReply {
    form: ReplyForm,
    page: Url,
    ready_at: Instant,
}

impl Forum {
    /// The address under which requests are made now.
    fn base(&self) -> Option<&Url> {
        self.addresses.first()
    }

    /// An absolute address of something on this forum.
    pub fn url(&self, path: &str) -> Result<Url, Trouble> {
        let base = self.base().ok_or(Trouble::NotFound)?;
        base.join(path).map_err(|_| Trouble::NotFound)
    }

    /// The same address relative to the forum's, whichever mirror it names.
    pub fn relative(&self, url: &Url) -> String {
        let base = self.addresses.iter().find(|base| base.origin() == url.origin());
        let path = base.and_then(|base| url.path().strip_prefix(base.path())).unwrap_or(url.path());
        match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }
    }

    fn source<'a>(&self, response: &'a Response, now: Timestamp) -> Source<'a> {
        Source {
            body: &response.body,
            content_type: response.content_type.as_deref(),
            url: &response.url,
            now,
            time_zone: self.time_zone.clone(),
        }
    }

    /// Reads one page of a thread, logging in on the way where the forum asks for it and `log_ins` allows.
    ///
    /// The state of what was read may be any; `Trouble` is only what kept a page from being read at all, and a log-in
    /// that was needed and failed.
    pub async fn read_page(&self, path: &str, log_ins: &mut LogIns) -> Result<PageRead, Trouble> {
        let url = self.url(path)?;
        let mut read = self.read_once(&url).await?;
        if needs_log_in(&read.reading) && self.credentials.is_some() && log_ins.left > 0 {
            self.log_in(log_ins).await?;
            read = self.read_once(&url).await?;
            if read.reading.page.state == PageState::LoginRequired {
                return Err(Trouble::LoginRequired);
            }
        }
        Ok(read)
    }

    async fn read_once(&self, url: &Url) -> Result<PageRead, Trouble> {
        let response = self.client.get(url, None).await?;
        let reading = page::read_thread(&self.profile, &self.source(&response, self.clock.now()));
        Ok(PageRead { reading, path: self.relative(&response.url) })
    }

    /// Reads one page of a thread list, as whoever the session is. No log-in is spent on counting views.
    pub async fn read_list(&self, path: &str) -> Result<ListPage, Trouble> {
        let response = self.client.get(&self.url(path)?, None).await?;
        Ok(page::read_list(&self.profile, &self.source(&response, self.clock.now())))
    }

    /// Logs in through the forum's form, with a fresh jar, and uses up the job's one log-in.
    async fn log_in(&self, log_ins: &mut LogIns) -> Result<(), Trouble> {
        let credentials = self.credentials.as_ref().ok_or(Trouble::LoginRequired)?;
        if log_ins.left == 0 {
            return Err(Trouble::LoginRequired);
        }
        log_ins.left -= 1;
        self.client.jar().clear();
        let base = self.base().ok_or(Trouble::NotFound)?;
        let login_url = page::login_page_url(&self.profile, base);
        let response = self.client.get(&login_url, None).await?;
        let source = self.source(&response, self.clock.now());
        let Some(form) = page::login_form(&self.profile, &source) else {
            return Err(match page::login_outcome(&self.profile, &source) {
                LoginOutcome::Challenge => Trouble::Challenge,
                LoginOutcome::TooMany => Trouble::TooManyLogIns,
                _ => Trouble::LoginRequired,
            });
        };
        if form.captcha {
            return Err(Trouble::Challenge);
        }
        tokio::time::sleep(Duration::from_secs(self.profile.min_fill_s())).await;
        let fields = form.fill(credentials.name.expose(), credentials.password.expose());
        let after = self.client.post(&form.form.action, &response.url, pack(&form.form, fields)).await?;
        match page::login_outcome(&self.profile, &self.source(&after, self.clock.now())) {
            LoginOutcome::WrongPassword => Err(Trouble::LogInRefused),
            LoginOutcome::Challenge => Err(Trouble::Challenge),
            LoginOutcome::TooMany => Err(Trouble::TooManyLogIns),
            // Where the page does not tell, the next page does.
            LoginOutcome::LoggedIn | LoginOutcome::Unclear => {
                tracing::info!(forum = self.name, "logged in");
                Ok(())
            }
        }
    }

    /// Fetches the reply form of a thread, logged in, and waits until the engine takes it.
    ///
    /// Nothing is posted. `path` is any page of the thread `thread_id`; a page of another thread is refused, lest an
    /// answer about somebody's health be posted elsewhere. What cannot be quoted is left unquoted: the reply matters more.
    pub async fn open_reply(
        &self,
        path: &str,
        thread_id: &str,
        quoted: Option<&Quoted>,
        log_ins: &mut LogIns,
    ) -> Result<OpenReply, Trouble> {
        let url = self.url(path)?;
        let mut response = self.client.get(&url, None).await?;
        let mut source = self.source(&response, self.clock.now());
        let mut reading = page::read_thread(&self.profile, &source);
        let is_guest = reading.logged_in == Some(false);
        let has_form = page::reply_form(&self.profile, &source).is_some();
        if needs_log_in(&reading) || is_guest || (reading.logged_in.is_none() && !has_form) {
            self.log_in(log_ins).await?;
            response = self.client.get(&url, None).await?;
            source = self.source(&response, self.clock.now());
            reading = page::read_thread(&self.profile, &source);
        }
        match reading.page.state {
            PageState::Ok => {}
            PageState::LoginRequired => return Err(Trouble::LoginRequired),
            PageState::Challenge => return Err(Trouble::Challenge),
            PageState::NotFound => return Err(Trouble::NotFound),
            PageState::Forbidden => return Err(Trouble::Forbidden),
            PageState::ErrorPage | PageState::Unrecognised => return Err(Trouble::NoForm),
        }
        if reading.page.thread.id.as_ref().is_some_and(|id| id != thread_id) {
            return Err(Trouble::NotFound);
        }
        if reading.logged_in == Some(false) {
            return Err(Trouble::LoginRequired);
        }
        let closed = reading.page.thread.closed == Some(true);
        if let Some(quoted) = quoted
            && let Some(open) = self.open_quoting(&source, thread_id, quoted).await?
        {
            return Ok(open);
        }
        let quotation = quoted.and_then(|quoted| {
            let author = quoted.author.as_ref().map_or("", |author| author.expose());
            page::made_quotation(&self.profile, author, quoted.text.expose())
        });
        if let Some(form) = page::reply_form(&self.profile, &source) {
            return Ok(self.opened(form.quoting(quotation), response.url.clone()).await);
        }
        let Some(link) = page::reply_page_link(&self.profile, &source) else {
            return Err(if closed { Trouble::Closed } else { Trouble::NoForm });
        };
        let referer = response.url.clone();
        let response = self.client.get(&link, Some(&referer)).await?;
        let source = self.source(&response, self.clock.now());
        if let Some(form) = page::reply_form(&self.profile, &source) {
            return Ok(self.opened(form.quoting(quotation), response.url.clone()).await);
        }
        Err(match page::read_thread(&self.profile, &source).page.state {
            _ if closed => Trouble::Closed,
            PageState::LoginRequired => Trouble::LoginRequired,
            PageState::Challenge => Trouble::Challenge,
            PageState::NotFound => Trouble::NotFound,
            PageState::Forbidden => Trouble::Forbidden,
            PageState::Ok | PageState::ErrorPage | PageState::Unrecognised => Trouble::NoForm,
        })
    }

    /// The engine's own form for quoting a post, if it has one that works. `thread` is a page of the thread.
    async fn open_quoting(
        &self,
        thread: &Source<'_>,
        thread_id: &str,
        quoted: &Quoted,
    ) -> Result<Option<OpenReply>, Trouble> {
        let Some(base) = self.base() else { return Ok(None) };
        let Some(page) = page::quote_page(&self.profile, thread, base, thread_id, &quoted.post_id) else {
            return Ok(None);
        };
        let response = self.client.get(&page, Some(thread.url)).await?;
        let source = self.source(&response, self.clock.now());
        Ok(match page::quoting_form(&self.profile, &source, thread_id) {
            Some(form) => Some(self.opened(form, response.url.clone()).await),
            None => None,
        })
    }

    async fn opened(&self, form: ReplyForm, page: Url) -> OpenReply {
        let ready_at = Instant::now() + Duration::from_secs(self.profile.min_fill_s());
        tokio::time::sleep_until(ready_at).await;
        OpenReply { form, page, ready_at }
    }

    /// Sends the form with this text: the one request that changes something on the forum.
    ///
    /// A `Fault` says whether the request may have arrived; where it may have, only reading the thread tells.
    pub async fn send_reply(&self, open: &OpenReply, text: &Sensitive<String>) -> Result<ReplyOutcome, Fault> {
        tokio::time::sleep_until(open.ready_at).await;
        let fields = open.form.fill(text.expose());
        let body = pack(&open.form.form, fields);
        let response = self.client.post(&open.form.form.action, &open.page, body).await?;
        let outcome = page::reply_outcome(&self.profile, &self.source(&response, self.clock.now()), response.status);
        Ok(match outcome {
            // Refusals come as pages; after a redirect a log-in page may just mean that the session was changed.
            ReplyOutcome::Refused(_) if response.redirected => ReplyOutcome::Unclear,
            outcome => outcome,
        })
    }
}

/// A guest's view may be refused with either word.
fn needs_log_in(reading: &ThreadReading) -> bool {
    match reading.page.state {
        PageState::LoginRequired => true,
        PageState::Forbidden => reading.logged_in != Some(true),
        // What guests may not see is not there for them on some engines.
        PageState::NotFound => reading.logged_in == Some(false),
        _ => false,
    }
}

fn pack(form: &Form, fields: Vec<(String, String)>) -> FormBody {
    match form.enctype {
        Enctype::UrlEncoded => FormBody::UrlEncoded(form.url_encoded(&fields)),
        Enctype::Multipart => FormBody::Multipart(
            fields.into_iter().map(|(name, value)| (name, form.encode(&value).into_owned())).collect(),
        ),
    }
}
