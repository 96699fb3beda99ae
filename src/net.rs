//! The only way out: HTTP to forums through the embedded Tor, a SOCKS proxy, or (loopback addresses alone) directly.
//!
//! A request goes to an address of its own forum or nowhere: every URL is checked before the first byte, every redirect
//! before it is followed, and in embedded mode the socket behind it refuses whatever is no onion service. What comes
//! back is bytes or a [`Fault`] with advice; nothing here knows what a forum page means, and no form is sent twice.

mod addresses;
mod cookies;
mod desk;
mod fault;
mod pacing;
mod shim;
mod tor;

pub use addresses::Addresses;
pub use cookies::Jar;
pub use desk::{OnionDesk, publish_desk};
pub use fault::{Fault, FaultKind, Retry, Sent};
pub use tor::{EmbeddedTor, TorState};

use pacing::Pacing;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::multipart::{Form, Part};
use reqwest::redirect;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// How requests leave this process.
#[derive(Clone)]
pub enum Transport {
    Embedded(EmbeddedTor),
    /// The proxy resolves the addresses.
    Socks(SocketAddr),
    /// Loopback addresses alone.
    Direct,
}

/// What a client is allowed and how it behaves.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Keeps this forum's circuits apart from all others; each of its addresses has its own.
    pub isolation: String,
    /// Base addresses of the forum: requests and redirects go there and nowhere else.
    pub addresses: Vec<Url>,
    pub max_page_bytes: usize,
    pub connect_timeout: Duration,
    pub request_timeout: Duration,
    /// At least this long between two requests; chance adds up to half as much again.
    pub min_gap: Duration,
}

/// One forum's HTTP client: one request at a time, cookies, limits.
pub struct Client {
    addresses: Addresses,
    /// One for each address.
    lines: Vec<Line>,
    jar: Arc<Jar>,
    settings: ClientSettings,
    direct: bool,
    pacing: Pacing,
    transport: Transport,
    /// In the place of ours, while a session is used that a person brought from their browser.
    user_agent: Mutex<Option<HeaderValue>>,
}

/// The way to one address: circuits and connections that no other address shares.
struct Line {
    isolation: String,
    /// For pages: keeps its connection for the next page.
    http: reqwest::Client,
    /// For forms: a fresh connection each time. On a kept one that the far side has closed, a form would seem lost.
    forms: reqwest::Client,
}

/// What a forum answered.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Where the redirects ended, with its fragment: it may name a post.
    pub url: Url,
    /// The forum answered with a redirect first: a form has been taken in, whatever the page after it says.
    pub redirected: bool,
    pub content_type: Option<String>,
    /// By what the page can be asked for again only if it has changed.
    pub validators: Option<Validators>,
    /// Decompressed; at most `max_page_bytes`.
    pub body: Vec<u8>,
}

/// What a forum gave with a page to recognise it by: `ETag` and `Last-Modified`, letter for letter. No `Debug`: an
/// `ETag` may tell who asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let header = |name| headers.get(name).cloned();
        let (etag, last_modified) = (header("etag"), header("last-modified"));
        (etag.is_some() || last_modified.is_some()).then_some(Self { etag, last_modified })
    }

    fn put_on(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        [("if-none-match", &self.etag), ("if-modified-since", &self.last_modified)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .fold(request, |request, (name, value)| request.header(name, value))
    }
}

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validators").finish_non_exhaustive()
    }
}

/// The body of a form, its values in the character set of the page it came from.
#[derive(Clone)]
pub enum FormBody {
    UrlEncoded(String),
    Multipart(Vec<(String, Vec<u8>)>),
}

/// The program's user agent: Tor Browser's, so that it stands out as little as may be.
const USER_AGENT: &str = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What a browser says when it loads a picture; the rest is as for pages.
const PICTURE_HEADERS: [(&str, &str); 3] = [
    ("accept", "image/png,image/jpeg,image/gif,image/webp,*/*;q=0.5"),
    ("sec-fetch-dest", "image"),
    ("sec-fetch-mode", "no-cors"),
];

const MAX_REDIRECTS: usize = 8;

/// The status of a page that is what it was.
const NOT_MODIFIED: u16 = 304;

impl Client {
    /// # Errors
    /// The TLS or proxy set-up of the HTTP library failed.
    pub fn new(transport: Transport, settings: ClientSettings, jar: Jar) -> Result<Self, Fault> {
        let jar = Arc::new(jar);
        let line = |number: usize| {
            let isolation = format!("{}-{number}", settings.isolation);
            let http = build(&transport, &settings, &isolation, &jar, 1)?;
            let forms = build(&transport, &settings, &isolation, &jar, 0)?;
            Ok(Line { isolation, http, forms })
        };
        Ok(Self {
            addresses: Addresses::new(settings.addresses.clone()),
            lines: (1..=settings.addresses.len()).map(line).collect::<Result<_, Fault>>()?,
            jar,
            direct: matches!(transport, Transport::Direct),
            pacing: Pacing::new(settings.min_gap),
            settings,
            transport,
            user_agent: Mutex::default(),
        })
    }

    /// The browser's name for itself from now on; `None`, or one that no header can carry, brings back our own.
    pub fn set_user_agent(&self, name: Option<&str>) {
        let value = name.and_then(|name| HeaderValue::from_str(name).ok());
        *self.user_agent.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    /// What `set_user_agent` set, for the database.
    pub fn user_agent(&self) -> Option<String> {
        self.given_user_agent().and_then(|value| value.to_str().ok().map(str::to_owned))
    }

    fn given_user_agent(&self) -> Option<HeaderValue> {
        self.user_agent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn jar(&self) -> &Jar {
        &self.jar
    }

    /// Fetches a page of this forum. A page that breaks off is asked for once more at once: over Tor that is daily life.
    pub async fn get(&self, url: &Url, referer: Option<&Url>) -> Result<Response, Fault> {
        self.fetch(url, referer, None).await
    }

    /// The same where the page is no longer what it was; `None`: the forum says that it is.
    pub async fn get_if_changed(&self, url: &Url, known: &Validators) -> Result<Option<Response>, Fault> {
        let response = self.fetch(url, None, Some(known)).await?;
        Ok((response.status != NOT_MODIFIED).then_some(response))
    }

    async fn fetch(&self, url: &Url, referer: Option<&Url>, known: Option<&Validators>) -> Result<Response, Fault> {
        let line = self.line(url)?;
        let request = || {
            let request = line.http.get(url.clone());
            match known {
                Some(known) => known.put_on(request),
                None => request,
            }
        };
        match self.send(request(), url, referer, Sent::No).await {
            Err(fault) if fault.kind == FaultKind::Interrupted => self.send(request(), url, referer, Sent::No).await,
            other => other,
        }
    }

    /// Sends a form to this forum. A fault says whether the request may have arrived.
    pub async fn post(&self, url: &Url, referer: &Url, body: FormBody) -> Result<Response, Fault> {
        let mut request = self.line(url)?.forms.post(url.clone());
        request = match body {
            FormBody::UrlEncoded(body) => {
                request.header("content-type", "application/x-www-form-urlencoded").body(body)
            }
            FormBody::Multipart(fields) => request.multipart(
                fields.into_iter().fold(Form::new(), |form, (name, value)| form.part(name, Part::bytes(value))),
            ),
        };
        let origin = url.origin().ascii_serialization();
        if let Ok(origin) = HeaderValue::from_str(&origin) {
            request = request.header("origin", origin);
        }
        self.send(request, url, Some(referer), Sent::Perhaps).await
    }

    /// Fetches a picture of this forum as a browser does for a page, at most `max_bytes` of it.
    pub async fn get_picture(&self, url: &Url, referer: &Url, max_bytes: usize) -> Result<Response, Fault> {
        let mut request = self.line(url)?.http.get(url.clone());
        for (name, value) in PICTURE_HEADERS {
            request = request.header(name, value);
        }
        let response = self.send(request, url, Some(referer), Sent::No).await?;
        if response.body.len() > max_bytes { Err(Fault::new(FaultKind::TooLarge, Sent::No)) } else { Ok(response) }
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        url: &Url,
        referer: Option<&Url>,
        risk: Sent,
    ) -> Result<Response, Fault> {
        let _turn = self.pacing.wait_for_turn().await;
        let result = tokio::time::timeout(self.settings.request_timeout, self.follow(request, url, referer)).await;
        match result {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(fault)) => Err(fault.at_most(risk)),
            Err(_elapsed) => Err(Fault::new(FaultKind::Timeout, risk)),
        }
    }

    /// Sends a request and follows its redirects, as long as they stay on this forum.
    async fn follow(
        &self,
        mut request: reqwest::RequestBuilder,
        url: &Url,
        referer: Option<&Url>,
    ) -> Result<Response, Fault> {
        let mut url = url.clone();
        if let Some(referer) = referer {
            request = with_referer(request, referer);
        }
        for hop in 0..=MAX_REDIRECTS {
            // Once a redirect came back the request has arrived, whatever becomes of the pages after it.
            let after = |fault: Fault| if hop > 0 { fault.after_an_answer() } else { fault };
            if let Some(name) = self.given_user_agent() {
                request = request.header("user-agent", name);
            }
            let response = request.send().await.map_err(|error| after(self.explain(&error, &url)))?;
            let Some(mut target) = redirect_of(&response, &url) else {
                return self.receive(response, url, hop > 0).await.map_err(after);
            };
            self.stay(&mut target, &url);
            let Ok(line) = self.line(&target) else {
                return Err(Fault::new(FaultKind::RedirectedAway, Sent::Perhaps));
            };
            if target.fragment().is_none() {
                target.set_fragment(url.fragment());
            }
            request = with_referer(line.http.get(target.clone()), &url);
            url = target;
        }
        Err(Fault::new(FaultKind::RedirectedAway, Sent::Perhaps))
    }

    /// The way to a URL of this forum; there is none to any other.
    fn line(&self, url: &Url) -> Result<&Line, Fault> {
        let index = self.addresses.find(url).filter(|_| !self.direct || is_loopback(url));
        index.and_then(|index| self.lines.get(index)).ok_or_else(Fault::outside_forum)
    }

    /// Forums that name a host of their own choice send us to another of their addresses, which may be down or know
    /// nothing of our session: the same place is asked for here. Unless that is where we come from; then this address
    /// itself sends us on, and we go.
    fn stay(&self, target: &mut Url, here: &Url) {
        let (Some(there), Some(index)) = (self.addresses.find(target), self.addresses.find(here)) else { return };
        if there == index {
            return;
        }
        if let Some(moved) = self.addresses.moved(target, index).filter(|moved| !is_same_page(moved, here)) {
            *target = moved;
        }
    }

    async fn receive(&self, response: reqwest::Response, url: Url, redirected: bool) -> Result<Response, Fault> {
        let status = response.status().as_u16();
        if status == 429 || status == 503 {
            let wait_s = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse().ok());
            let busy = Fault::new(FaultKind::Busy { wait_s }, Sent::Perhaps);
            return Err(match self.take_body(response, url, redirected).await {
                Ok(page) => busy.with_page(page),
                Err(_) => busy,
            });
        }
        self.take_body(response, url, redirected).await
    }

    async fn take_body(&self, mut response: reqwest::Response, url: Url, redirected: bool) -> Result<Response, Fault> {
        let status = response.status().as_u16();
        let limit = self.settings.max_page_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.explain(&error, &url))? {
            if body.len() + chunk.len() > limit {
                return Err(Fault::new(FaultKind::TooLarge, Sent::Perhaps));
            }
            body.extend_from_slice(&chunk);
        }
        let content_type = response.headers().get("content-type").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let validators = Validators::of(response.headers());
        Ok(Response { status, url, redirected, content_type, validators, body })
    }

    /// Sorts an error of the HTTP library; in embedded mode Tor itself knows more.
    fn explain(&self, error: &reqwest::Error, url: &Url) -> Fault {
        let tor_kind = match (&self.transport, self.line(url)) {
            (Transport::Embedded(tor), Ok(line)) if error.is_connect() => tor.take_last_error(&line.isolation),
            _ => None,
        };
        Fault::from_http(error, tor_kind)
    }
}

/// An HTTP client that can leave in one way only, follows nothing by itself, and keeps `idle` connections.
fn build(
    transport: &Transport,
    settings: &ClientSettings,
    isolation: &str,
    jar: &Arc<Jar>,
    idle: usize,
) -> Result<reqwest::Client, Fault> {
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(browser_headers())
        .cookie_provider(Arc::clone(jar))
        // Followed by `Client::follow`, hop by hop: the library forgets the fragment, which names the post.
        .redirect(redirect::Policy::none())
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.request_timeout)
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(Duration::from_secs(15))
        .no_proxy();
    let builder = match transport {
        Transport::Embedded(tor) => builder.proxy(tor.proxy(isolation)?),
        Transport::Socks(address) => builder
            .proxy(reqwest::Proxy::all(format!("socks5h://{isolation}:netreach@{address}")).map_err(Fault::setup)?),
        // `localhost` is answered here, so that not even a name look-up leaves.
        Transport::Direct => builder.resolve("localhost", SocketAddr::from(([127, 0, 0, 1], 0))),
    };
    builder.build().map_err(Fault::setup)
}

/// Where a response sends us on, to be asked for with GET. 307 and 308 ask to send the same form again: that is never
/// done, and for pages they are not used.
fn redirect_of(response: &reqwest::Response, url: &Url) -> Option<Url> {
    let followed = matches!(response.status().as_u16(), 301..=303);
    let location = response.headers().get("location").filter(|_| followed)?;
    // Forums send raw UTF-8 in this header.
    url.join(std::str::from_utf8(location.as_bytes()).ok()?).ok()
}

fn with_referer(request: reqwest::RequestBuilder, referer: &Url) -> reqwest::RequestBuilder {
    let mut referer = referer.clone();
    referer.set_fragment(None);
    match HeaderValue::from_str(referer.as_str()) {
        Ok(value) => request.header("referer", value),
        Err(_) => request,
    }
}

fn is_same_page(a: &Url, b: &Url) -> bool {
    let without_fragment = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    without_fragment(a) == without_fragment(b)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn browser_headers() -> HeaderMap {
    let pairs = [
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("accept-language", "en-US,en;q=0.5"),
        ("upgrade-insecure-requests", "1"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-user", "?1"),
    ];
    pairs.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}
