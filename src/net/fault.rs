//! What can go wrong on the way to a forum, and what the caller may do about it.

use super::Response;
use std::error::Error;
use std::fmt;

/// The kind of a fault. Two kinds that call for the same behaviour are one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// No connection: the service is down, the address is wrong, or Tor has no way there.
    Unreachable,
    /// Tor itself has not started yet.
    TorNotReady,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer was complete.
    Interrupted,
    /// The forum says it is busy (429, 503), perhaps with the seconds to wait.
    Busy { wait_s: Option<u64> },
    /// The page exceeds the limit.
    TooLarge,
    /// The forum sent us to an address that is not its own, or around in circles. Not followed.
    RedirectedAway,
    /// The URL is not one of this forum's addresses. Nothing was sent.
    OutsideForum,
    /// The HTTP library could not be set up.
    Setup,
}

impl FaultKind {
    /// A word for logs and records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TorNotReady => "tor_not_ready",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Busy { .. } => "busy",
            Self::TooLarge => "too_large",
            Self::RedirectedAway => "redirected_away",
            Self::OutsideForum => "outside_forum",
            Self::Setup => "setup",
        }
    }
}

/// Whether the request may have reached the forum. It decides whether a reply may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sent {
    No,
    Perhaps,
}

/// When the same request may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After a while that grows with every failure; at least this many seconds.
    After(u64),
    /// Not without a person.
    Never,
}

/// A request that brought no page.
#[derive(Debug)]
pub struct Fault {
    pub kind: FaultKind,
    pub sent: Sent,
    /// What Tor or the HTTP library said. It may name an address: never logged above `debug`.
    source: Option<Box<dyn Error + Send + Sync>>,
    /// The page that came with `Busy`: guards in front of forums say 503 and ask something on it.
    page: Option<Box<Response>>,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, sent: Sent) -> Self {
        Self { kind, sent, source: None, page: None }
    }

    pub(super) fn setup(error: impl Error + Send + Sync + 'static) -> Self {
        Self { kind: FaultKind::Setup, sent: Sent::No, source: Some(Box::new(error)), page: None }
    }

    /// The URL is not one of the forum's: nothing was sent, and nothing will be.
    pub fn outside_forum() -> Self {
        Self::new(FaultKind::OutsideForum, Sent::No)
    }

    /// The forum's address could not be reached, or its answer did not come through: another address may do better.
    pub fn is_of_connection(&self) -> bool {
        matches!(self.kind, FaultKind::Unreachable | FaultKind::Timeout | FaultKind::Interrupted)
    }

    /// `tor_kind`: what the embedded Tor said of the last connection, if it was the connection that failed.
    pub(super) fn from_http(error: &reqwest::Error, tor_kind: Option<arti_client::ErrorKind>) -> Self {
        use arti_client::ErrorKind as Tor;
        let (kind, sent) = if error.is_connect() {
            let kind = match tor_kind {
                Some(Tor::BootstrapRequired | Tor::TorAccessFailed | Tor::TorDirectoryError) => FaultKind::TorNotReady,
                _ if error.is_timeout() => FaultKind::Timeout,
                _ => FaultKind::Unreachable,
            };
            (kind, Sent::No)
        } else if error.is_timeout() {
            (FaultKind::Timeout, Sent::Perhaps)
        } else if error.is_builder() {
            (FaultKind::Setup, Sent::No)
        } else {
            (FaultKind::Interrupted, Sent::Perhaps)
        };
        let source = tor_kind.map(|kind| -> Box<dyn Error + Send + Sync> { format!("tor: {kind:?}").into() });
        Self { kind, sent, source, page: None }
    }

    /// The same fault on a page that followed the answer to a request: that request has arrived.
    pub(super) fn after_an_answer(mut self) -> Self {
        self.sent = Sent::Perhaps;
        self
    }

    /// A request that changes nothing on the forum cannot have been "sent" in the sense that matters.
    pub(super) fn at_most(mut self, risk: Sent) -> Self {
        self.sent = self.sent.min(risk);
        self
    }

    pub(super) fn with_page(mut self, page: Response) -> Self {
        self.page = Some(Box::new(page));
        self
    }

    /// The page that came with it, where one did.
    pub fn page(&self) -> Option<&Response> {
        self.page.as_deref()
    }

    pub fn retry(&self) -> Retry {
        match self.kind {
            FaultKind::Busy { wait_s } => Retry::After(wait_s.unwrap_or(60).clamp(5, 6 * 3600)),
            FaultKind::Unreachable | FaultKind::Timeout | FaultKind::Interrupted => Retry::After(30),
            FaultKind::TorNotReady => Retry::After(10),
            FaultKind::TooLarge | FaultKind::RedirectedAway => Retry::After(600),
            FaultKind::OutsideForum | FaultKind::Setup => Retry::Never,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            FaultKind::Unreachable => "the forum could not be reached",
            FaultKind::TorNotReady => "Tor is not ready yet",
            FaultKind::Timeout => "the forum did not answer in time",
            FaultKind::Interrupted => "the connection broke before the answer was complete",
            FaultKind::Busy { .. } => "the forum says it is busy",
            FaultKind::TooLarge => "the page is larger than the limit",
            FaultKind::RedirectedAway => "the forum sent us to an address that is not its own",
            FaultKind::OutsideForum => "the address is not one of this forum's",
            FaultKind::Setup => "the HTTP client could not be set up",
        })
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn Error + 'static))
    }
}
