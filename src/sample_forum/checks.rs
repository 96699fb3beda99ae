//! What a forum may ask of a person, on demand: a captcha at the log-in, a second factor, a guard in front of everything.
//!
//! Off as the forum starts. The captcha follows phpBB's shape; the other two are of our own making, as on real forums.
//! Digits drawn plainly: it is a sample, and no protection.

use super::SampleForum;
use super::form::Fields;
use super::state::State;
use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::{HashMap, HashSet};

/// Where the guard's form goes, and the page of the switches.
const GUARD: &str = "/guard";
pub(super) const SWITCHES: &str = "/checks";
const GUARD_COOKIE: &str = "guard_pass";
/// Unanswered codes kept at most.
const MAX_OPEN: usize = 1000;

/// Which checks there are, the codes that wait for an answer, and who has passed.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) captcha: bool,
    pub(super) second_factor: bool,
    guard: bool,
    /// Codes that were shown and not answered, by the id of their form.
    open: HashMap<String, String>,
    last_code: Option<String>,
    passes: HashSet<String>,
    /// The code of the second factor; another one after each use.
    factor_code: String,
    offers_switches: bool,
}

impl Checks {
    /// A new picture with a code: its id.
    pub(super) fn draw(&mut self) -> String {
        if self.open.len() >= MAX_OPEN {
            self.open.clear();
        }
        let (id, code) = (super::state::random_hex(), digits(5));
        self.last_code = Some(code.clone());
        self.open.insert(id.clone(), code);
        id
    }

    /// The picture of a code that waits.
    pub(super) fn picture(&self, id: &str) -> Option<Vec<u8>> {
        self.open.get(id).map(|code| png(code))
    }

    /// Each picture may be answered once.
    pub(super) fn is_right(&mut self, id: &str, answer: &str) -> bool {
        self.open.remove(id).is_some_and(|code| code == answer.trim())
    }

    pub(super) fn is_factor_right(&mut self, answer: &str) -> bool {
        let right = !self.factor_code.is_empty() && self.factor_code == answer.trim();
        if right {
            self.factor_code = digits(6);
        }
        right
    }
}

impl SampleForum {
    /// With `true`, the log-in form asks for the digits on a picture.
    pub fn ask_captcha(&self, ask: bool) {
        self.state().checks.captcha = ask;
    }

    /// With `true`, a log-in needs a code besides the password: [`Self::second_factor_code`].
    pub fn ask_second_factor(&self, ask: bool) {
        let checks = &mut self.state().checks;
        checks.second_factor = ask;
        checks.factor_code = digits(6);
    }

    /// With `true`, nothing is shown to whoever has not answered the guard; those who had must answer again.
    pub fn put_up_guard(&self, up: bool) {
        let checks = &mut self.state().checks;
        checks.guard = up;
        checks.passes.clear();
    }

    /// The code on the picture that was shown last.
    pub fn last_captcha(&self) -> Option<String> {
        self.state().checks.last_code.clone()
    }

    pub fn second_factor_code(&self) -> String {
        self.state().checks.factor_code.clone()
    }

    /// Offers a page, `/checks`, on which anybody turns the checks on and off: for the demo.
    pub fn offer_switches(&self) {
        self.state().checks.offers_switches = true;
    }
}

#[derive(Template)]
#[template(path = "guard.html", config = "src/sample_forum/askama.toml")]
struct Guard<'a> {
    wrong: bool,
    ticket: &'a str,
    /// Base64.
    picture: String,
}

#[derive(Template)]
#[template(path = "checks.html", config = "src/sample_forum/askama.toml")]
struct Switches<'a> {
    captcha: bool,
    second_factor: bool,
    guard: bool,
    factor_code: &'a str,
}

/// What stands in the way of a request, if anything does.
pub(super) fn in_the_way(state: &mut State, parts: &Parts, body: &[u8]) -> Option<Response> {
    let path = parts.uri.path();
    if path == SWITCHES && state.checks.offers_switches {
        return Some(switches(state, parts, body));
    }
    if !state.checks.guard {
        return None;
    }
    let jar = CookieJar::from_headers(&parts.headers);
    if jar.get(GUARD_COOKIE).is_some_and(|pass| state.checks.passes.contains(pass.value())) {
        return None;
    }
    let mut wrong = false;
    if path == GUARD && parts.method == Method::POST {
        let form = fields(parts, body);
        let found = |name| form.find(name).unwrap_or_default();
        if state.checks.is_right(found("ticket"), found("answer")) {
            let pass = super::state::random_hex();
            let cookie = format!("{GUARD_COOKIE}={pass}; Path=/; HttpOnly");
            state.checks.passes.insert(pass);
            return Some(redirect("/", Some(&cookie)));
        }
        wrong = true;
    }
    let ticket = state.checks.draw();
    let picture = STANDARD.encode(state.checks.picture(&ticket).unwrap_or_default());
    let page = Guard { wrong, ticket: &ticket, picture }.render().unwrap_or_default();
    // Guards say "busy" to programs and show a form to people.
    Some(html(StatusCode::SERVICE_UNAVAILABLE, page))
}

fn fields(parts: &Parts, body: &[u8]) -> Fields {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Fields::from_body(kind, body)
}

fn switches(state: &mut State, parts: &Parts, body: &[u8]) -> Response {
    if parts.method == Method::POST {
        let asked = fields(parts, body);
        let is_on = |name| asked.find(name).is_some();
        let checks = &mut state.checks;
        (checks.captcha, checks.second_factor, checks.guard) =
            (is_on("captcha"), is_on("second_factor"), is_on("guard"));
        checks.passes.clear();
        checks.factor_code = digits(6);
        // Everybody meets them at once.
        state.sessions.clear();
        return redirect(SWITCHES, None);
    }
    let checks = &state.checks;
    let page = Switches {
        captcha: checks.captcha,
        second_factor: checks.second_factor,
        guard: checks.guard,
        factor_code: &checks.factor_code,
    };
    html(StatusCode::OK, page.render().unwrap_or_default())
}

fn html(status: StatusCode, page: String) -> Response {
    let policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=UTF-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, page).into_response()
}

fn redirect(to: &'static str, cookie: Option<&str>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::LOCATION, to);
    if let Some(cookie) = cookie {
        set(header::SET_COOKIE, cookie);
    }
    response
}

fn digits(count: usize) -> String {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes.iter().take(count).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// The ten digits, five dots wide and seven high, a row in each byte.
const FONT: [[u8; 7]; 10] = [
    [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e],
    [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e],
    [0x0e, 0x11, 0x01, 0x06, 0x08, 0x10, 0x1f],
    [0x1f, 0x01, 0x02, 0x06, 0x01, 0x11, 0x0e],
    [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02],
    [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e],
    [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e],
    [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08],
    [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e],
    [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c],
];
/// Pixels of a dot.
const SCALE: usize = 5;

/// Digits as a grey picture, uncompressed.
fn png(code: &str) -> Vec<u8> {
    let (width, height) = ((code.len() * 6 + 3) * SCALE, 11 * SCALE);
    let digit = |n: usize| code.as_bytes().get(n).and_then(|byte| FONT.get(usize::from(byte.wrapping_sub(b'0'))));
    let is_ink = |x: usize, y: usize| {
        // Every other digit stands lower.
        let (column, row) = ((x / SCALE).checked_sub(2), y / SCALE);
        let Some(column) = column else { return false };
        let (place, dot) = (column / 6, column % 6);
        let line = row.checked_sub(1 + place % 2 * 2).and_then(|row| digit(place)?.get(row).copied());
        dot < 5 && line.is_some_and(|line| line >> (4 - dot) & 1 == 1)
    };
    let mut rows = Vec::new();
    for y in 0..height {
        rows.push(0);
        rows.extend((0..width).map(|x| if is_ink(x, y) { 0x20 } else { 0xf0 }));
    }
    let side = |length: usize| u32::try_from(length).unwrap_or(0).to_be_bytes();
    let head = [&side(width)[..], &side(height), &[8, 0, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", head), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())] {
        let chunk = [&kind[..], &data].concat();
        file.extend(side(data.len()));
        file.extend(&chunk);
        file.extend(crc32(&chunk).to_be_bytes());
    }
    file
}

/// A zlib stream that compresses nothing.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(0);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_is_a_whole_png() {
        let file = png("01234");
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"));
        // Of the empty last chunk the checksum is known.
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }

    #[test]
    fn picture_may_be_answered_once() {
        let mut checks = Checks::default();
        let id = checks.draw();
        let code = checks.last_code.clone().expect("drawn");
        assert!(checks.picture(&id).is_some());
        assert!(checks.is_right(&id, &format!(" {code} ")));
        assert!(!checks.is_right(&id, &code));
        assert!(!checks.is_factor_right(""), "no code is no second factor");
    }
}
