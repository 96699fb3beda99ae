//! One forum as its account sees it: reads pages, logs in, opens and sends the reply form.
//!
//! It knows the steps and no sockets (`net`), no markup (`page`), no database. What it may do is bounded: a log-in is
//! tried once in a job (once more where another address has to be used) and only at an address of the forum's own list;
//! challenges are shown to a person, never solved. Every step is done at one address from beginning to end; where that
//! cannot be reached it is done again at another one (`mirrors`), but for a reply or an answer that has left.

mod challenge;
mod message;
mod mirrors;
mod walk;

pub use challenge::{Met, OpenChallenge, Picture};
pub use message::{InSent, OpenMessage, Sought};
pub use mirrors::Mirrors;
pub use walk::{Start, Walk};

use crate::clock::{Clock, Timestamp};
use crate::domain::look::{ListPage, PageState};
use crate::domain::thread::LookState;
use crate::net::{Client, Fault, FaultKind, FormBody, Response, Validators};
use crate::page::{
    self, Enctype, Form, LoginForm, LoginOutcome, MessageRefusal, Profile, ReplyForm, ReplyOutcome, Source,
    ThreadReading,
};
use crate::sensitive::Sensitive;
use jiff::tz::TimeZone;
use mirrors::Round;
use std::fmt;
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
    pub mirrors: Mirrors,
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

/// How often one job may log in: once at an address, and not at all after a refusal that still stands.
#[derive(Clone, Copy, Debug)]
pub struct LogIns {
    given: u8,
    left: u8,
}

impl LogIns {
    pub fn once() -> Self {
        Self { given: 1, left: 1 }
    }

    pub fn none() -> Self {
        Self { given: 0, left: 0 }
    }

    /// For another address, which knows nothing of the session at the last one.
    fn renew(&mut self) {
        self.left = self.given;
    }

    /// One less.
    fn used(self) -> Self {
        Self { left: self.left.saturating_sub(1), ..self }
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
    /// At which address of the list, from 0.
    pub address: usize,
    /// By what it can be asked for again only if it has changed, where the forum offers that.
    pub freshness: Option<Freshness>,
}

/// A page of a thread list that was read.
#[derive(Clone, Debug)]
pub struct ListRead {
    pub list: ListPage,
    /// A private message to the account waits to be read; `None` where the list does not tell.
    pub unread_message: Option<bool>,
    pub freshness: Option<Freshness>,
}

/// A page as it was when the forum last sent it.
#[derive(Clone)]
pub struct Freshness {
    url: Url,
    validators: Validators,
}

impl fmt::Debug for Freshness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Freshness").finish_non_exhaustive()
    }
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

impl OpenReply {
    pub fn page(&self) -> &Url {
        &self.page
    }
}

impl Forum {
    /// An absolute address of something on this forum, below the address of the list at `index`.
    fn url(&self, index: usize, path: &str) -> Result<Url, Trouble> {
        self.mirrors.addresses().join(index, path).ok_or(Trouble::NotFound)
    }

    /// The same address relative to the forum's, whichever mirror it names.
    pub fn relative(&self, url: &Url) -> String {
        self.mirrors.addresses().relative(url)
    }

    /// What a page names, at the same address of the forum as that page: a form goes where it came from, with the session
    /// it was made for.
    ///
    /// # Errors
    /// It names no address of the list. Nothing is sent there.
    fn beside(&self, page: &Url, named: &Url) -> Result<Url, Trouble> {
        let addresses = self.mirrors.addresses();
        let places = addresses.find(page).zip(addresses.find(named));
        match places {
            Some((here, there)) if here == there => Ok(named.clone()),
            Some((here, _)) => addresses.moved(named, here).ok_or(Trouble::NotFound),
            None => Err(Fault::outside_forum().into()),
        }
    }

    /// Told how a step ended: whether it is to be tried once more, at what is now `round.at`.
    fn goes_on(&self, round: &mut Round, trouble: Option<&Trouble>, before: LogIns, log_ins: &mut LogIns) -> bool {
        let fault = match trouble {
            Some(Trouble::Fault(fault)) => Some(fault),
            _ => None,
        };
        let at = round.at;
        let again = self.mirrors.goes_on(round, fault, log_ins.left == before.left, self.clock.now());
        if again && round.at != at {
            log_ins.renew();
        }
        again
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
        // Asked without a condition there is always one.
        self.read_page_if_changed(path, log_ins, None).await?.ok_or(Trouble::NoForm)
    }

    /// The same where the page has changed since it was `known`; `None`: the forum says that it has not.
    pub async fn read_page_if_changed(
        &self,
        path: &str,
        log_ins: &mut LogIns,
        known: Option<&Freshness>,
    ) -> Result<Option<PageRead>, Trouble> {
        let mut round = self.mirrors.round();
        loop {
            let before = *log_ins;
            let read = self.read_page_at(round.at, path, log_ins, known).await;
            if !self.goes_on(&mut round, read.as_ref().err(), before, log_ins) {
                return read;
            }
        }
    }

    /// Where another address is in use: tries the first one of the list again, once in a while, and goes back to it when
    /// this page can be read there. `None`: it is not time yet, or it does not work; nothing is held against anybody.
    pub async fn try_to_return(&self, path: &str, mut log_ins: LogIns) -> Option<PageRead> {
        if !self.mirrors.return_is_due(self.clock.now()) {
            return None;
        }
        let read = self.read_page_at(0, path, &mut log_ins, None).await;
        let kept_out = matches!(read, Err(Trouble::LogInRefused | Trouble::LoginRequired | Trouble::TooManyLogIns));
        let read = read.ok().flatten().filter(|read| read.reading.page.state == PageState::Ok);
        self.mirrors.tried_to_return(read.is_some(), kept_out, self.clock.now());
        read
    }

    /// Whether one address of the list answers: reads a page there, without logging in. Nothing follows from it.
    pub async fn try_address(&self, index: usize, path: &str) -> Result<PageState, Trouble> {
        let read = self.read_page_at(index, path, &mut LogIns::none(), None).await?;
        Ok(read.map_or(PageState::Unrecognised, |read| read.reading.page.state))
    }

    async fn read_page_at(
        &self,
        index: usize,
        path: &str,
        log_ins: &mut LogIns,
        known: Option<&Freshness>,
    ) -> Result<Option<PageRead>, Trouble> {
        let url = self.url(index, path)?;
        let Some(mut read) = self.read_once(&url, known).await? else { return Ok(None) };
        if needs_log_in(&read.reading) && self.credentials.is_some() && log_ins.left > 0 {
            self.log_in(read.address, log_ins).await?;
            match self.read_once(&url, None).await? {
                Some(again) if again.reading.page.state != PageState::LoginRequired => read = again,
                _ => return Err(Trouble::LoginRequired),
            }
        }
        Ok(Some(read))
    }

    async fn read_once(&self, url: &Url, known: Option<&Freshness>) -> Result<Option<PageRead>, Trouble> {
        let Some((response, freshness)) = self.fetch(url, known).await? else { return Ok(None) };
        let reading = page::read_thread(&self.profile, &self.source(&response, self.clock.now()));
        let address = self.mirrors.addresses().find(&response.url).unwrap_or_default();
        Ok(Some(PageRead { reading, path: self.relative(&response.url), address, freshness }))
    }

    /// Fetches a page, with the condition that it has changed where what is `known` is of this very URL; `None`: it has
    /// not.
    async fn fetch(
        &self,
        url: &Url,
        known: Option<&Freshness>,
    ) -> Result<Option<(Response, Option<Freshness>)>, Fault> {
        let fetched = match known.filter(|known| known.url == *url) {
            Some(known) => self.or_guard_if_changed(self.client.get_if_changed(url, &known.validators).await)?,
            None => Some(self.get(url, None).await?),
        };
        let Some(response) = fetched else { return Ok(None) };
        let is_itself = response.status == 200 && !response.redirected;
        let validators = response.validators.clone().filter(|_| is_itself);
        let freshness = validators.map(|validators| Freshness { url: url.clone(), validators });
        Ok(Some((response, freshness)))
    }

    /// Reads one page of a thread list, as whoever the session is; `None`: it has not changed since it was `known`. No
    /// log-in is spent on counting views.
    pub async fn read_list(&self, path: &str, known: Option<&Freshness>) -> Result<Option<ListRead>, Trouble> {
        let mut round = self.mirrors.round();
        let mut log_ins = LogIns::none();
        loop {
            let before = log_ins;
            let list = self.read_list_at(round.at, path, known).await;
            if !self.goes_on(&mut round, list.as_ref().err(), before, &mut log_ins) {
                return list;
            }
        }
    }

    /// As [`Self::try_to_return`], with a list.
    pub async fn try_to_return_by_list(&self, path: &str) -> Option<ListRead> {
        if !self.mirrors.return_is_due(self.clock.now()) {
            return None;
        }
        let read = self.read_list_at(0, path, None).await.ok().flatten();
        let read = read.filter(|read| read.list.state == PageState::Ok && !read.list.threads.is_empty());
        self.mirrors.tried_to_return(read.is_some(), false, self.clock.now());
        read
    }

    async fn read_list_at(
        &self,
        index: usize,
        path: &str,
        known: Option<&Freshness>,
    ) -> Result<Option<ListRead>, Trouble> {
        let Some((response, freshness)) = self.fetch(&self.url(index, path)?, known).await? else { return Ok(None) };
        let reading = page::read_list(&self.profile, &self.source(&response, self.clock.now()));
        Ok(Some(ListRead { list: reading.page, unread_message: reading.unread_message, freshness }))
    }

    /// The log-in form of a page; an error where something stands in its place that only a person or time can remove.
    fn login_form(&self, response: &Response) -> Result<Option<LoginForm>, Trouble> {
        let source = self.source(response, self.clock.now());
        match page::login_form(&self.profile, &source) {
            Some(form) => Ok(Some(form)),
            None => match page::login_outcome(&self.profile, &source) {
                LoginOutcome::Challenge => Err(Trouble::Challenge),
                LoginOutcome::TooMany => Err(Trouble::TooManyLogIns),
                _ => Ok(None),
            },
        }
    }

    /// Logs in through the form of one of the forum's addresses, and uses up the job's one log-in there.
    async fn log_in(&self, index: usize, log_ins: &mut LogIns) -> Result<(), Trouble> {
        let credentials = self.credentials.as_ref().ok_or(Trouble::LoginRequired)?;
        if log_ins.left == 0 {
            return Err(Trouble::LoginRequired);
        }
        let base = self.mirrors.addresses().at(index).ok_or(Trouble::NotFound)?;
        let login_url = page::login_page_url(&self.profile, base);
        let mut response = self.get(&login_url, None).await?;
        log_ins.left -= 1;
        if self.login_form(&response)?.is_none() {
            // A session that is neither alive nor dead is not offered the form. Only then are its cookies given up: a
            // guard's pass, for which a person worked, lies among them.
            self.client.jar().clear(base);
            response = self.get(&login_url, None).await?;
        }
        let form = self.login_form(&response)?.ok_or(Trouble::LoginRequired)?;
        if form.captcha {
            return Err(Trouble::Challenge);
        }
        tokio::time::sleep(Duration::from_secs(self.profile.min_fill_s())).await;
        let fields = form.fill(credentials.name.expose(), credentials.password.expose());
        let action = self.beside(&response.url, &form.form.action)?;
        let after = self.client.post(&action, &response.url, pack(&form.form, fields)).await?;
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
        let mut round = self.mirrors.round();
        loop {
            let before = *log_ins;
            let open = self.open_reply_at(round.at, path, thread_id, quoted, log_ins).await;
            if !self.goes_on(&mut round, open.as_ref().err(), before, log_ins) {
                return open;
            }
        }
    }

    async fn open_reply_at(
        &self,
        index: usize,
        path: &str,
        thread_id: &str,
        quoted: Option<&Quoted>,
        log_ins: &mut LogIns,
    ) -> Result<OpenReply, Trouble> {
        let url = self.url(index, path)?;
        let mut response = self.get(&url, None).await?;
        let mut source = self.source(&response, self.clock.now());
        let mut reading = page::read_thread(&self.profile, &source);
        let is_guest = reading.logged_in == Some(false);
        let has_form = page::reply_form(&self.profile, &source).is_some();
        if needs_log_in(&reading) || is_guest || (reading.logged_in.is_none() && !has_form) {
            self.log_in(self.mirrors.addresses().find(&response.url).unwrap_or(index), log_ins).await?;
            response = self.get(&url, None).await?;
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
            return self.opened(form.quoting(quotation), response.url.clone()).await;
        }
        let Some(link) = page::reply_page_link(&self.profile, &source) else {
            return Err(if closed { Trouble::Closed } else { Trouble::NoForm });
        };
        let referer = response.url.clone();
        let link = self.beside(&referer, &link)?;
        let response = self.get(&link, Some(&referer)).await?;
        let source = self.source(&response, self.clock.now());
        if let Some(form) = page::reply_form(&self.profile, &source) {
            return self.opened(form.quoting(quotation), response.url.clone()).await;
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
        let Some(base) = self.address_of(thread.url) else { return Ok(None) };
        let page = page::quote_page(&self.profile, thread, base, thread_id, &quoted.post_id);
        let Some(page) = page.and_then(|page| self.beside(thread.url, &page).ok()) else { return Ok(None) };
        let response = self.get(&page, Some(thread.url)).await?;
        let source = self.source(&response, self.clock.now());
        Ok(match page::quoting_form(&self.profile, &source, thread_id) {
            Some(form) => Some(self.opened(form, response.url.clone()).await?),
            None => None,
        })
    }

    async fn opened(&self, mut form: ReplyForm, page: Url) -> Result<OpenReply, Trouble> {
        form.form.action = self.beside(&page, &form.form.action)?;
        let ready_at = Instant::now() + Duration::from_secs(self.profile.min_fill_s());
        tokio::time::sleep_until(ready_at).await;
        Ok(OpenReply { form, page, ready_at })
    }

    /// The forum's address that a page lies at: where a form on it will be sent to.
    pub fn address_of(&self, page: &Url) -> Option<&Url> {
        let addresses = self.mirrors.addresses();
        addresses.at(addresses.find(page)?)
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
