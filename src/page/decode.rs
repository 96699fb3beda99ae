//! Bytes to text: which character set a page is in, when the page, the server and the bytes disagree.
//!
//! Does not parse HTML beyond looking for a `charset=` near the top, and never fails: what cannot be read
//! becomes U+FFFD and is counted as lost.

use crate::clock::Timestamp;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1251};
use jiff::tz::TimeZone;
use regex::bytes::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;
use url::Url;

/// One fetched page and what is known about it from outside. No `Debug`: it holds forum text and addresses.
#[derive(Clone)]
pub struct Source<'a> {
    pub body: &'a [u8],
    /// The `Content-Type` header, for its charset.
    pub content_type: Option<&'a str>,
    /// Where the page was finally found, after redirects, with its fragment if it had one.
    pub url: &'a Url,
    /// When it was fetched: the anchor of "yesterday" and "5 minutes ago".
    pub now: Timestamp,
    /// The zone of the times shown, where the page itself does not tell.
    pub time_zone: TimeZone,
}

/// A page as text.
#[derive(Clone)]
pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// What the bytes turned out to be in; forms answer in the same.
    pub encoding: &'static Encoding,
    /// Some characters could not be read.
    pub lossy: bool,
}

/// How far into the page a `charset=` is looked for; browsers look at the first 1024 bytes, some forums need more.
const META_WINDOW_BYTES: usize = 4096;

/// Reads the bytes as text. A byte order mark wins over the header, the header over the page's own `meta`. A declared
/// character set that the bytes plainly contradict is not believed: windows-1251 sent as UTF-8, and the other way
/// round, are both common on Russian forums.
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    if let Some((encoding, _)) = Encoding::for_bom(body) {
        let (text, encoding, lossy) = encoding.decode(body);
        return Decoded { text, encoding, lossy };
    }
    let declared = content_type.and_then(|header| charset_in(header.as_bytes())).or_else(|| meta_charset(body));
    let valid = std::str::from_utf8(body);
    let encoding = match (declared, valid) {
        (_, Ok(text)) if declared.is_none_or(|e| e == UTF_8 || e.is_single_byte()) && !text.is_ascii() => UTF_8,
        (Some(declared), _) if declared != UTF_8 => declared,
        (_, Ok(_)) => UTF_8,
        (_, Err(_)) if mostly_not_utf8(body) => WINDOWS_1251,
        (_, Err(_)) => UTF_8,
    };
    let (text, lossy) = match valid {
        Ok(text) if encoding == UTF_8 => (Cow::Borrowed(text), false),
        _ => encoding.decode_without_bom_handling(body),
    };
    // An ASCII page tells nothing by its bytes; forms must still answer in what it declares.
    let encoding = if body.is_ascii() { declared.unwrap_or(UTF_8) } else { encoding };
    Decoded { text, encoding, lossy }
}

fn charset_in(text: &[u8]) -> Option<&'static Encoding> {
    static CHARSET: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i-u)charset\s*=\s*["']?([\w.:-]+)"#).expect("constant"));
    let label = CHARSET.captures(text)?.get(1)?;
    Encoding::for_label(label.as_bytes())
}

fn meta_charset(body: &[u8]) -> Option<&'static Encoding> {
    static META: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i-u)<(?:meta|\?xml)\s[^>]*>").expect("constant"));
    let head = body.get(..META_WINDOW_BYTES).unwrap_or(body);
    META.find_iter(head).find_map(|tag| charset_in(tag.as_bytes()).or_else(|| xml_encoding(tag.as_bytes())))
}

fn xml_encoding(tag: &[u8]) -> Option<&'static Encoding> {
    static XML: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?i-u)^<\?xml[^>]*encoding\s*=\s*["']?([\w.:-]+)"#).expect("constant"));
    Encoding::for_label(XML.captures(tag)?.get(1)?.as_bytes())
}

/// More broken sequences than whole ones: not UTF-8 with a cut-off character but some single-byte set.
fn mostly_not_utf8(body: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    broken > whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<meta charset=X><p>Привет, где сдать тест?</p>";

    fn page(charset: &str, encoding: &'static Encoding) -> Vec<u8> {
        encoding.encode(&TEXT.replace("=X", &format!("={charset}"))).0.into_owned()
    }

    fn read(body: &[u8], header: Option<&str>) -> (bool, &'static str, bool) {
        let decoded = decode(body, header);
        (decoded.text.contains("Привет, где сдать тест?"), decoded.encoding.name(), decoded.lossy)
    }

    #[test]
    fn charset_is_taken_from_header_then_meta_then_bytes() {
        assert_eq!(read(&page("windows-1251", WINDOWS_1251), None), (true, "windows-1251", false));
        assert_eq!(read(&page("koi8-r", encoding_rs::KOI8_R), None), (true, "KOI8-R", false));
        let koi = page("windows-1251", encoding_rs::KOI8_R);
        assert_eq!(read(&koi, Some("text/html; charset=koi8-r")), (true, "KOI8-R", false));
        assert_eq!(read(TEXT.as_bytes(), None), (true, "UTF-8", false));
        let mut with_bom = vec![0xEF, 0xBB, 0xBF];
        with_bom.extend(page("windows-1251", UTF_8));
        assert_eq!(read(&with_bom, Some("text/html; charset=windows-1251")), (true, "UTF-8", false));
    }

    #[test]
    fn lying_charset_is_not_believed() {
        assert_eq!(read(&page("utf-8", WINDOWS_1251), Some("text/html; charset=utf-8")), (true, "windows-1251", false));
        assert_eq!(read(&page("windows-1251", UTF_8), Some("text/html; charset=windows-1251")), (true, "UTF-8", false));
    }

    #[test]
    fn cut_off_character_is_a_loss_and_not_another_charset() {
        let mut cut = TEXT.as_bytes().to_vec();
        cut.push(0xD0);
        assert_eq!(read(&cut, Some("text/html; charset=utf-8")), (true, "UTF-8", true));
    }
}
