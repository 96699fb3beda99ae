//! Private messages as the forum's account sends them: the way to the form, the form, and the list of those sent.
//!
//! The form is opened for one person by name; where it belongs to anybody else nothing is sent.

use super::{Forum, LogIns, Trouble, pack};
use crate::clock::Timestamp;
use crate::domain::look::PageState;
use crate::domain::reply;
use crate::net::{Fault, Response};
use crate::page::{self, MessageForm, MessageOutcome, MessagePage, MessageRefusal, Recipient, SentMessage, Source};
use crate::sensitive::Sensitive;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// Pages of a thread, from its end, on which the post of the person is looked for.
const PAGES_BACK: u32 = 3;

/// A list this long shows how far back it reaches.
const LONG_LIST: usize = 10;

/// How much the forum's clock may differ from ours.
const SLACK_S: i64 = 600;

/// The same where its time zone may be another than we think: what bears the mark is ours all the same.
const ZONE_SLACK_S: i64 = 26 * 3600;

/// The form of a private message, fetched and ready to be filled.
pub struct OpenMessage {
    form: MessageForm,
    page: Url,
    ready_at: Instant,
}

/// A message that may have been sent.
#[derive(Clone, Debug)]
pub struct Sought {
    pub to: Sensitive<String>,
    /// What its subject has and no other's.
    pub mark: String,
    pub text: Sensitive<String>,
    pub approved_at: Timestamp,
    /// When the last request left.
    pub since: Timestamp,
    /// The forum's address it left for.
    pub sent_to: Option<String>,
}

/// What the lists of sent messages show of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InSent {
    Found,
    /// The lists were read and it is not there.
    Absent,
    /// Something is there that may be it.
    Doubtful,
    /// It is not seen, at another of the forum's addresses than it was sent to: that proves nothing.
    Elsewhere,
}

impl OpenMessage {
    pub fn page(&self) -> &Url {
        &self.page
    }
}

impl Forum {
    /// Fetches the form for a message to the writer of a post, logged in, and waits until the engine takes it.
    ///
    /// Nothing is sent. `path` is the thread's last page, for engines whose posts lead to the form.
    pub async fn open_message(&self, to: &Recipient, path: &str, log_ins: &mut LogIns) -> Result<OpenMessage, Trouble> {
        let mut round = self.mirrors.round();
        loop {
            let before = *log_ins;
            let open = self.open_message_at(round.at, to, path, log_ins).await;
            if !self.goes_on(&mut round, open.as_ref().err(), before, log_ins) {
                return open;
            }
        }
    }

    async fn open_message_at(
        &self,
        index: usize,
        to: &Recipient,
        path: &str,
        log_ins: &mut LogIns,
    ) -> Result<OpenMessage, Trouble> {
        let base = self.mirrors.addresses().at(index).ok_or(Trouble::NotFound)?;
        let (url, referer) = match page::message_page(&self.profile, base, to).ok_or(Trouble::NoForm)? {
            MessagePage::At(url) => (url, None),
            MessagePage::ToldByPost => {
                let thread = self.url(index, path)?;
                let (url, thread) = self.message_page_by_post(to, thread, log_ins).await?;
                (url, Some(thread))
            }
        };
        let name = to.name.expose();
        let has_form = |source: &Source<'_>| page::message_form(&self.profile, source, name).is_some();
        let response = self.get_as_member(&url, referer.as_ref(), has_form, log_ins).await?;
        let source = self.source(&response, self.clock.now());
        let Some(mut form) = page::message_form(&self.profile, &source, name) else {
            return Err(self.no_form(&source));
        };
        form.form.action = self.beside(&response.url, &form.form.action)?;
        let ready_at = Instant::now() + Duration::from_secs(self.profile.min_fill_s());
        tokio::time::sleep_until(ready_at).await;
        Ok(OpenMessage { form, page: response.url.clone(), ready_at })
    }

    /// Sends the form: the one request that changes something on the forum.
    ///
    /// A `Fault` says whether the request may have arrived; where it may have, only the list of sent messages tells.
    pub async fn send_message(
        &self,
        open: &OpenMessage,
        subject: &str,
        text: &Sensitive<String>,
    ) -> Result<MessageOutcome, Fault> {
        tokio::time::sleep_until(open.ready_at).await;
        let body = pack(&open.form.form, open.form.fill(subject, text.expose()));
        let response = self.client.post(&open.form.form.action, &open.page, body).await?;
        let source = self.source(&response, self.clock.now());
        Ok(match page::message_outcome(&self.profile, &source, response.status) {
            // After a redirect a log-in page may just mean that the session was changed.
            MessageOutcome::Refused(MessageRefusal::LoggedOut | MessageRefusal::FormRejected)
                if response.redirected =>
            {
                MessageOutcome::Unclear
            }
            outcome => outcome,
        })
    }

    /// Looks for a message in the lists of those sent. `None` where the forum has no such lists.
    pub async fn find_message(&self, sought: &Sought, log_ins: &mut LogIns) -> Result<Option<InSent>, Trouble> {
        if self.profile.sent_pages().is_empty() {
            return Ok(None);
        }
        let mut round = self.mirrors.round();
        loop {
            let before = *log_ins;
            let found = self.find_message_at(round.at, sought, log_ins).await;
            if !self.goes_on(&mut round, found.as_ref().err(), before, log_ins) {
                return found.map(Some);
            }
        }
    }

    async fn find_message_at(&self, index: usize, sought: &Sought, log_ins: &mut LogIns) -> Result<InSent, Trouble> {
        let mut found = InSent::Absent;
        for path in self.profile.sent_pages() {
            let url = self.url(index, path)?;
            let is_list = |source: &Source<'_>| page::sent_messages(&self.profile, source).is_some();
            let response = self.get_as_member(&url, None, is_list, log_ins).await?;
            let source = self.source(&response, self.clock.now());
            let Some(messages) = page::sent_messages(&self.profile, &source) else {
                return Err(self.no_form(&source));
            };
            let here = self.address_of(&response.url).map(Url::as_str);
            let is_elsewhere = sought.sent_to.is_some() && sought.sent_to.as_deref() != here;
            match seen_among(&messages, sought) {
                InSent::Found => return Ok(InSent::Found),
                _ if is_elsewhere => found = InSent::Elsewhere,
                InSent::Doubtful if found == InSent::Absent => found = InSent::Doubtful,
                InSent::Absent | InSent::Doubtful | InSent::Elsewhere => {}
            }
        }
        Ok(found)
    }

    /// A page for members, with a log-in where what is sought does not stand there without one.
    async fn get_as_member(
        &self,
        url: &Url,
        referer: Option<&Url>,
        is_there: impl Fn(&Source<'_>) -> bool,
        log_ins: &mut LogIns,
    ) -> Result<Response, Trouble> {
        let response = self.get(url, referer).await?;
        let source = self.source(&response, self.clock.now());
        let logged_in = page::logged_in(&self.profile, &source);
        if logged_in == Some(true) || (logged_in.is_none() && is_there(&source)) {
            return Ok(response);
        }
        let address = self.mirrors.addresses().find(&response.url).ok_or(Trouble::NotFound)?;
        self.log_in(address, log_ins).await?;
        Ok(self.get(url, referer).await?)
    }

    /// The way to the form as a post tells it, and the page of the thread on which that stands. `url` is the thread's last
    /// page.
    async fn message_page_by_post(
        &self,
        to: &Recipient,
        mut url: Url,
        log_ins: &mut LogIns,
    ) -> Result<(Url, Url), Trouble> {
        let base = self.address_of(&url).ok_or(Trouble::NotFound)?;
        for _ in 0..PAGES_BACK {
            // The way is shown to members alone.
            let tells = |source: &Source<'_>| page::message_page_in(&self.profile, source, base, to).is_some();
            let response = self.get_as_member(&url, None, tells, log_ins).await?;
            let source = self.source(&response, self.clock.now());
            if let Some(page) = page::message_page_in(&self.profile, &source, base, to) {
                return Ok((self.beside(&response.url, &page)?, response.url.clone()));
            }
            match page::read_thread(&self.profile, &source).prev {
                Some(before) => url = self.beside(&response.url, &before)?,
                None => return Err(self.no_form(&source)),
            }
        }
        Err(Trouble::NoForm)
    }

    /// Why a page is not the one that was asked for.
    fn no_form(&self, source: &Source<'_>) -> Trouble {
        if let Some(refusal) = page::message_refusal(&self.profile, source) {
            return match refusal {
                MessageRefusal::LoggedOut => Trouble::LoginRequired,
                refusal => Trouble::NotMessaged(refusal),
            };
        }
        match page::read_thread(&self.profile, source).page.state {
            PageState::LoginRequired => Trouble::LoginRequired,
            PageState::Challenge => Trouble::Challenge,
            PageState::Forbidden => Trouble::NotMessaged(MessageRefusal::Forbidden),
            PageState::NotFound => Trouble::NotMessaged(MessageRefusal::NotThere),
            PageState::Ok | PageState::ErrorPage | PageState::Unrecognised => Trouble::NoForm,
        }
    }
}

/// What one list shows of a message.
fn seen_among(messages: &[SentMessage], sought: &Sought) -> InSent {
    let (mark, to) = (sought.mark.as_str(), sought.to.expose());
    let has_mark = |message: &SentMessage| {
        let subject = message.subject.as_ref().map(|subject| subject.expose().split_whitespace().collect::<Vec<_>>());
        subject.is_some_and(|words| words.join(" ").contains(mark))
    };
    // A list may show the beginning of a text alone.
    let has_text = |message: &SentMessage| {
        let shown = message.text.as_ref().map(|text| text.expose().trim_end_matches(['…', '.', ' ']));
        shown.is_some_and(|shown| {
            let sent: String = sought.text.expose().chars().take(shown.chars().count()).collect();
            !shown.is_empty() && reply::is_same_text(&sent, shown)
        })
    };
    let theirs = || messages.iter().filter(|message| message.may_be_to(to));
    let is_after = |message: &SentMessage, moment: Timestamp, slack_s: i64| {
        message.at.is_none_or(|at| at >= moment.plus_s(-slack_s))
    };
    let is_it = |message: &SentMessage| {
        let same = has_mark(message) || (message.subject.is_none() && has_text(message));
        same && is_after(message, sought.approved_at, ZONE_SLACK_S)
    };
    if theirs().any(is_it) {
        return InSent::Found;
    }
    let is_new = |message: &SentMessage| is_after(message, sought.since, SLACK_S);
    // Another of our messages has a mark of its own.
    let is_unmarked = |message: &SentMessage| {
        message.subject.as_ref().is_none_or(|subject| !subject.expose().trim_start().starts_with("Re № "))
    };
    let reaches_back = messages.len() < LONG_LIST || !messages.iter().all(is_new);
    if theirs().any(|message| is_new(message) && is_unmarked(message)) || !reaches_back {
        InSent::Doubtful
    } else {
        InSent::Absent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    fn sent(to: Option<&str>, subject: &str, s: Option<i64>) -> SentMessage {
        SentMessage { to: to.map(Into::into), subject: Some(subject.into()), text: None, at: s.map(at) }
    }

    fn sought() -> Sought {
        Sought {
            to: "Лис".into(),
            mark: "№ 17:".into(),
            text: "Приходите в автобус".into(),
            approved_at: at(1_009_000),
            since: at(1_010_000),
            sent_to: None,
        }
    }

    #[test]
    fn message_is_known_by_its_mark_and_by_whom_it_went_to() {
        let theirs = [sent(Some("лис"), "Re  № 17: Вопросы", Some(1_009_000))];
        assert_eq!(seen_among(&theirs, &sought()), InSent::Found);
        let of_before = [sent(Some("лис"), "Re № 17: Вопросы", Some(800_000))];
        assert_eq!(seen_among(&of_before, &sought()), InSent::Absent, "numbers come again");
        let unnamed = [sent(None, "Re № 17: Вопр…", None)];
        assert_eq!(seen_among(&unnamed, &sought()), InSent::Found);
        let to_another = [sent(Some("Ёж"), "Re № 17: Вопросы", Some(1_020_000))];
        assert_eq!(seen_among(&to_another, &sought()), InSent::Absent);
    }

    #[test]
    fn message_without_a_subject_is_known_by_the_beginning_of_its_text() {
        let shown = |text: &str| SentMessage {
            subject: None,
            text: Some(text.into()),
            ..sent(Some("Лис"), "", Some(1_020_000))
        };
        assert_eq!(seen_among(&[shown("Приходите в авто…")], &sought()), InSent::Found);
        assert_eq!(seen_among(&[shown("Что-то другое")], &sought()), InSent::Doubtful);
    }

    #[test]
    fn what_may_be_the_message_is_a_doubt_and_what_is_not_is_none() {
        assert_eq!(seen_among(&[], &sought()), InSent::Absent);
        assert_eq!(seen_among(&[sent(Some("Лис"), "Привет", Some(1_009_000))], &sought()), InSent::Absent, "before it");
        assert_eq!(seen_among(&[sent(Some("Лис"), "Привет", Some(1_009_900))], &sought()), InSent::Doubtful);
        assert_eq!(seen_among(&[sent(None, "Привет", None)], &sought()), InSent::Doubtful);
        assert_eq!(seen_among(&[sent(Some("Лис"), "Re № 18: Вопросы", Some(1_020_000))], &sought()), InSent::Absent);
        let many: Vec<SentMessage> = (0..10).map(|n| sent(Some("Ёж"), "Re № 18: x", Some(1_020_000 + n))).collect();
        assert_eq!(seen_among(&many, &sought()), InSent::Doubtful, "it may stand on the next page");
    }
}
