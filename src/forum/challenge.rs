//! What a forum asks of a person, fetched so that a person can answer, and the answer sent: through the client, the
//! circuit and the cookies that all else goes through.
//!
//! Nothing is answered here and nothing tried twice: one call takes a person's one answer to the forum, and comes back
//! with what is asked next, or with being let in.

use super::{Forum, LogIns, Trouble, needs_log_in, pack};
use crate::domain::look::PageState;
use crate::domain::passage::Challenge;
use crate::net::{Fault, Response};
use crate::page::{self, ChallengeForm, ChallengePage, LoginOutcome, Method, PictureSource};
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// No picture of a challenge is larger.
const MAX_PICTURE_BYTES: usize = 512 * 1024;

/// What somebody meets who wants in.
pub enum Met {
    Challenge(Box<OpenChallenge>),
    /// A check by scripts.
    NeedsScripts,
    /// A challenge without a form.
    NoForm,
    /// The forum lets us read; `None` where it does not show whether we are logged in.
    In {
        logged_in: Option<bool>,
    },
}

/// A challenge that waits for a person. It is kept as JSON, in the encrypted database alone. No `Debug`: session tokens.
#[derive(Clone, Serialize, Deserialize)]
pub struct OpenChallenge {
    form: ChallengeForm,
    page: Url,
}

/// A picture that may be shown. No `Debug`: not for a log.
pub struct Picture {
    /// Its media type, by its own bytes.
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// A page, or what stood in its place.
enum Sight {
    Met(Met),
    Page {
        state: PageState,
        logged_in: Option<bool>,
        /// It is what was asked for.
        is_open: bool,
        wants_log_in: bool,
    },
}

impl Sight {
    /// As far as we get without a log-in.
    fn settled(self) -> Result<Met, Trouble> {
        match self {
            Self::Met(met) => Ok(met),
            Self::Page { logged_in, is_open: true, .. } => Ok(Met::In { logged_in }),
            Self::Page { state, logged_in, .. } => match state {
                PageState::LoginRequired => Err(Trouble::LoginRequired),
                PageState::Challenge => Err(Trouble::Challenge),
                // Whatever is wrong with this thread, the account is in.
                _ if logged_in == Some(true) => Ok(Met::In { logged_in }),
                PageState::NotFound => Err(Trouble::NotFound),
                PageState::Forbidden => Err(Trouble::Forbidden),
                PageState::Ok | PageState::ErrorPage | PageState::Unrecognised => Err(Trouble::NoForm),
            },
        }
    }
}

impl OpenChallenge {
    /// What the person is shown.
    pub fn shown(&self) -> &Challenge {
        &self.form.shown
    }

    /// Whether this is the same step as another.
    pub fn is_the_same_step_as(&self, other: &Self) -> bool {
        self.form.is_log_in() == other.form.is_log_in()
            && self.form.form.action.path() == other.form.form.action.path()
            && self.form.shown.asks_the_same_as(&other.form.shown)
    }
}

impl Forum {
    /// As the client's `get`; but a guard's page that comes with "busy" is a page.
    pub(super) async fn get(&self, url: &Url, referer: Option<&Url>) -> Result<Response, Fault> {
        self.or_guard(self.client.get(url, referer).await)
    }

    fn or_guard(&self, result: Result<Response, Fault>) -> Result<Response, Fault> {
        let is_guard = |page: &Response| {
            let reading = page::read_thread(&self.profile, &self.source(page, self.clock.now()));
            reading.page.state == PageState::Challenge
        };
        match result {
            Err(fault) => match fault.page() {
                Some(page) if is_guard(page) => Ok(page.clone()),
                _ => Err(fault),
            },
            response => response,
        }
    }

    /// The same where a page was asked for only if it has changed.
    pub(super) fn or_guard_if_changed(
        &self,
        result: Result<Option<Response>, Fault>,
    ) -> Result<Option<Response>, Fault> {
        match result {
            Ok(None) => Ok(None),
            Ok(Some(response)) => Ok(Some(response)),
            Err(fault) => self.or_guard(Err(fault)).map(Some),
        }
    }

    /// Opens a page as a person would, logs in where the forum wants that, and stops at the first challenge.
    ///
    /// `thread` is a page of a thread; without one, the forum's first page is opened.
    pub async fn meet(&self, thread: Option<&str>) -> Result<Met, Trouble> {
        self.meet_somewhere(thread, LogIns::once()).await
    }

    /// The same without logging in: how the forum sees the session we have.
    pub async fn meet_as_we_are(&self, thread: Option<&str>) -> Result<Met, Trouble> {
        self.meet_somewhere(thread, LogIns::none()).await
    }

    /// At the address in use, or at another one where that cannot be reached.
    async fn meet_somewhere(&self, thread: Option<&str>, mut log_ins: LogIns) -> Result<Met, Trouble> {
        let mut round = self.mirrors.round();
        loop {
            let before = log_ins;
            let met = self.meet_at(round.at, thread, &mut log_ins).await;
            if !self.goes_on(&mut round, met.as_ref().err(), before, &mut log_ins) {
                return met;
            }
        }
    }

    async fn meet_at(&self, index: usize, thread: Option<&str>, log_ins: &mut LogIns) -> Result<Met, Trouble> {
        match self.look(index, thread).await? {
            Sight::Page { logged_in, is_open, wants_log_in, .. }
                if logged_in != Some(true)
                    && (is_open || wants_log_in)
                    && self.credentials.is_some()
                    && !log_ins.are_spent() =>
            {
                self.log_in_up_to_a_challenge(index, thread, is_open, log_ins).await
            }
            sight => sight.settled(),
        }
    }

    async fn look(&self, index: usize, thread: Option<&str>) -> Result<Sight, Trouble> {
        let response = self.get(&self.url(index, thread.unwrap_or_default())?, None).await?;
        if let Some(met) = self.challenge_on(&response, false) {
            return Ok(Sight::Met(met));
        }
        let reading = page::read_thread(&self.profile, &self.source(&response, self.clock.now()));
        let state = reading.page.state;
        // The forum's first page is none that the profile knows.
        let is_open = state == PageState::Ok || thread.is_none() && state == PageState::Unrecognised;
        let wants_log_in = needs_log_in(&reading);
        Ok(Sight::Page { state, logged_in: reading.logged_in, is_open, wants_log_in })
    }

    /// `readable`: the thread can be read without it.
    async fn log_in_up_to_a_challenge(
        &self,
        index: usize,
        thread: Option<&str>,
        readable: bool,
        log_ins: &mut LogIns,
    ) -> Result<Met, Trouble> {
        let Some(credentials) = &self.credentials else { return Err(Trouble::LoginRequired) };
        let base = self.mirrors.addresses().at(index).ok_or(Trouble::NotFound)?;
        let response = self.get(&page::login_page_url(&self.profile, base), None).await?;
        *log_ins = log_ins.used();
        if let Some(met) = self.challenge_on(&response, false) {
            return Ok(met);
        }
        let Some(form) = self.login_form(&response)? else {
            let source = self.source(&response, self.clock.now());
            return match page::login_outcome(&self.profile, &source) {
                LoginOutcome::LoggedIn => Ok(Met::In { logged_in: Some(true) }),
                _ if readable => Ok(Met::In { logged_in: Some(false) }),
                _ => Err(Trouble::LoginRequired),
            };
        };
        tokio::time::sleep(Duration::from_secs(self.profile.min_fill_s())).await;
        let fields = form.fill(credentials.name.expose(), credentials.password.expose());
        let body = pack(&form.form, fields);
        let action = self.beside(&response.url, &form.form.action)?;
        let after = self.or_guard(self.client.post(&action, &response.url, body).await)?;
        self.after_log_in(index, &after, thread).await
    }

    async fn after_log_in(&self, index: usize, after: &Response, thread: Option<&str>) -> Result<Met, Trouble> {
        match page::login_outcome(&self.profile, &self.source(after, self.clock.now())) {
            LoginOutcome::WrongPassword => return Err(Trouble::LogInRefused),
            LoginOutcome::TooMany => return Err(Trouble::TooManyLogIns),
            LoginOutcome::LoggedIn => {}
            LoginOutcome::Challenge | LoginOutcome::Unclear => {
                if let Some(met) = self.challenge_on(after, true) {
                    return Ok(met);
                }
            }
        }
        // Still a guest means that it did not help.
        match self.look(index, thread).await?.settled()? {
            Met::In { logged_in: Some(false) } => Err(Trouble::LoginRequired),
            met => Ok(met),
        }
    }

    /// Sends a person's answer, once, and goes on to what is asked next or to being let in. The account's name and
    /// password are put into a log-in form here. All of it at the address that asked.
    pub async fn answer(
        &self,
        open: &OpenChallenge,
        answer: &[(String, Sensitive<String>)],
        thread: Option<&str>,
    ) -> Result<Met, Trouble> {
        let account = self.credentials.as_ref().map(|c| (c.name.expose().as_str(), c.password.expose().as_str()));
        let form = &open.form.form;
        let fields = open.form.fill(answer, account);
        let index = self.mirrors.addresses().find(&open.page).ok_or_else(Fault::outside_forum)?;
        let action = self.beside(&open.page, &form.action)?;
        let after = match form.method {
            Method::Post => self.client.post(&action, &open.page, pack(form, fields)).await,
            Method::Get => {
                let mut url = action;
                url.set_query(Some(&form.url_encoded(&fields)));
                self.client.get(&url, Some(&open.page)).await
            }
        };
        let after = self.or_guard(after)?;
        if open.form.is_log_in() {
            return self.after_log_in(index, &after, thread).await;
        }
        let same_again = || match self.challenge_on(&after, true) {
            Some(Met::Challenge(next)) if next.is_the_same_step_as(open) => Some(Met::Challenge(next)),
            _ => None,
        };
        match self.challenge_on(&after, false).or_else(same_again) {
            Some(met) => Ok(met),
            None => self.meet_at(index, thread, &mut LogIns::once()).await,
        }
    }

    fn challenge_on(&self, response: &Response, expected: bool) -> Option<Met> {
        let source = self.source(response, self.clock.now());
        Some(match page::challenge(&self.profile, &source, expected)? {
            ChallengePage::NeedsScripts => Met::NeedsScripts,
            ChallengePage::NoForm => Met::NoForm,
            ChallengePage::Form(form) => {
                Met::Challenge(Box::new(OpenChallenge { form: *form, page: response.url.clone() }))
            }
        })
    }

    /// The pictures of a challenge, in the order of their numbers; `None` for one that cannot be had or must not be shown.
    pub async fn pictures(&self, open: &OpenChallenge) -> Vec<Option<Picture>> {
        let mut pictures = Vec::new();
        for source in &open.form.pictures {
            let bytes = match source {
                PictureSource::Inline(bytes) => Some(bytes.clone()),
                PictureSource::At(url) => {
                    let fetched = match self.beside(&open.page, url) {
                        Ok(url) => self.client.get_picture(&url, &open.page, MAX_PICTURE_BYTES).await.ok(),
                        Err(_elsewhere) => None,
                    };
                    fetched.filter(|response| response.status == 200).map(|response| response.body)
                }
            };
            pictures.push(bytes.and_then(|bytes| Some(Picture { kind: page::picture_type(&bytes)?, bytes })));
        }
        pictures
    }
}
