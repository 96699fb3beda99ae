//! Links, e-mail addresses, nicknames and accounts elsewhere, wallets and IBANs.
//!
//! Nothing is asked of anybody whether they exist.

use super::tokens::{Shape, Token};
use super::{Candidate, Kind, Rank, words};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    // In this order: of two finds that are equally sure and equally long, the first is kept.
    named(text, tokens, out);
    links(text, out);
    emails(text, tokens, out);
    mentions(text, out);
    identifiers(text, out);
}

fn push(out: &mut Vec<Candidate>, range: Range<usize>, kind: Kind, rank: Rank) {
    out.push(Candidate { range, kind, rank });
}

/// The expression, which is a constant.
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant expression")
}

/// The character before a place in a text.
fn before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

fn after(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

fn is_letter_or_digit(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

/// Without what a sentence puts behind an address.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let found = text.get(range.clone()).unwrap_or_default();
    let mut kept = found.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '\'', '»', '”', '…', '*', '>', '-']);
    // A bracket that was opened before the address.
    while kept.ends_with(')') && kept.matches(')').count() > kept.matches('(').count() {
        kept = kept.strip_suffix(')').unwrap_or(kept).trim_end_matches(['.', ',']);
    }
    range.start..range.start + kept.len()
}

fn links(text: &str, out: &mut Vec<Candidate>) {
    static SCHEME: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)\b(?:h[tx*]{2}ps?|ftp|tg|ton|xmpp|mailto|sip|tox|magnet|skype)(?::|\[:\])(?://|\?)?[^\s<>"«»\[\]]{3,}(?:\[\.\][^\s<>"«»\[\]]+)*"#,
        )
    });
    static HOST: LazyLock<Regex> = LazyLock::new(|| {
        const LABEL: &str = r"[\p{L}\p{N}_][\p{L}\p{N}_-]*";
        regex(&format!(r"(?i){LABEL}(?:(?:{DOTS}){LABEL}){{1,12}}"))
    });
    if text.contains(':') {
        for found in SCHEME.find_iter(text) {
            let range = trimmed(text, found.range());
            let address = text.get(range.clone()).unwrap_or_default();
            let has_place = address.contains("//") || address.contains('@') || address.contains("?xt");
            if has_place && address.chars().filter(|c| c.is_alphanumeric()).count() > 6 {
                let host = address.split("//").nth(1).unwrap_or_default();
                let kind = if is_peoples_site(host) || address.starts_with("tg:") { Kind::Handle } else { Kind::Link };
                push(out, range, kind, Rank::Shape);
            }
        }
    }
    for found in HOST.find_iter(text) {
        let (start, mut end) = (found.start(), found.end());
        if before(text, start).is_some_and(|c| c == '@' || c == '/' || c == '.' || c == '-' || c == '\\') {
            continue;
        }
        let rest = text.get(end..).unwrap_or_default();
        let path = rest.split(|c: char| c.is_whitespace() || "<>\"«»,;".contains(c)).next().unwrap_or_default();
        let port = path.strip_prefix(':').is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        let has_path = path.starts_with(['/', '?', '#']) && path.len() > 1 || port;
        let Some(domain) = domain_of(found.as_str(), has_path) else { continue };
        // Without a path, "example.ru.Потом" is a sentence that goes on without a space.
        end = if has_path { end + path.len() } else { start + domain };
        let range = trimmed(text, start..end);
        let address = text.get(range.clone()).unwrap_or_default();
        let kind = if has_path && is_peoples_site(address) { Kind::Handle } else { Kind::Link };
        push(out, range, kind, Rank::Shape);
    }
}

/// How people write the dots of an address.
const DOTS: &str = r"\.|\[\.\]|\(\.\)|\[dot\]|\(dot\)|\[точка\]|\(точка\)|\s(?:точка|dot)\s";

static DOT: LazyLock<Regex> = LazyLock::new(|| regex(&format!("(?i){DOTS}")));

/// How far the domain name goes in words joined by dots: up to the last of them that may end one.
fn domain_of(host: &str, has_path: bool) -> Option<usize> {
    let spoken = host.contains(' ');
    let ends: Vec<usize> = DOT.find_iter(host).map(|dot| dot.start()).chain([host.len()]).collect();
    let labels: Vec<String> = DOT.split(host).map(str::to_lowercase).collect();
    let sure = has_path || labels.first().is_some_and(|l| l == "www");
    let is_end = |(i, label): (usize, &String)| {
        let before = labels.get(..i).unwrap_or_default();
        let known = words::DOMAIN_ENDS.has(label) && (sure || !words::FILE_ENDS.has(label))
            || (spoken && words::SPOKEN_DOMAIN_ENDS.has(label))
            || (sure && words::WEAK_DOMAIN_ENDS.has(label));
        // "спб.net" is two words, and so is "знаю.ру".
        let may_be_cyrillic = words::CYRILLIC_ZONES.has(label) || (!label.is_ascii() && (sure || spoken));
        let one_script = may_be_cyrillic || before.iter().all(|l| l.is_ascii());
        known && one_script && before.iter().any(|l| l.chars().any(char::is_alphabetic))
    };
    let last = labels.iter().enumerate().skip(1).rfind(|label| is_end(*label))?.0;
    ends.get(last).copied()
}

fn is_peoples_site(address: &str) -> bool {
    let lower = address.to_lowercase();
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = lower.find('/').map_or("", |slash| lower.get(slash + 1..).unwrap_or_default());
    words::PEOPLES_SITES.has(host) && !path.is_empty()
}

/// The domain that begins at `from`, with the spaces and words that people put into it; `None` where there is none.
/// `loose`: the mark before it is a word, so the domain must be one beyond doubt.
fn read_domain(text: &str, from: usize, loose: bool) -> Option<usize> {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| {
        regex(concat!(
            r"(?i)^(?P<dot>\.|\s*(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)|\{dot\}|\[точка\]|\(точка\))\s*|\s+(?:точка|dot)\s+|\s+\.\s*|\s*\.\s+|\s+)",
            r"(?P<label>[\p{L}\p{N}][\p{L}\p{N}_-]*)",
        ))
    });
    static LABEL: LazyLock<Regex> = LazyLock::new(|| regex(r"^[\p{L}\p{N}][\p{L}\p{N}_-]*"));
    let first = LABEL.find(text.get(from..)?)?;
    let first_label = first.as_str().to_lowercase();
    let mut at = from + first.end();
    let provider = words::PROVIDERS.has(&first_label);
    let mut good =
        (loose && provider && first_label.chars().count() > 2 && first_label != "mail" && first_label != "list")
            .then_some(at);
    while let Some(next) = text.get(at..).and_then(|rest| NEXT.captures(rest)) {
        let (dot, label) = (next.name("dot")?, next.name("label")?);
        let word = label.as_str().to_lowercase();
        let known = words::DOMAIN_ENDS.has(&word) || words::SPOKEN_DOMAIN_ENDS.has(&word);
        let tight = dot.as_str() == ".";
        let written = tight || dot.as_str().trim().len() > 1;
        let end = at + label.end();
        if dot.as_str().trim().is_empty() {
            // "yandex ru": only behind a provider.
            if provider && known && at == from + first.end() {
                good = Some(end);
            }
            break;
        }
        if !written && !known {
            break;
        }
        let plausible = known || words::WEAK_DOMAIN_ENDS.has(&word);
        let letters = word.chars().count() >= 2 && word.chars().all(char::is_alphabetic);
        if plausible || (!loose && tight && letters) {
            good = Some(end);
        }
        at = end;
        if !tight && plausible {
            break;
        }
    }
    good
}

fn emails(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\s*@\s*|\s*[\(\[\{]\s*(?:at|a|а|эт|собака|собачка|dog|гав)\s*[\)\]\}]\s*|\s+(?:собака|собачка|at|эт)\s+",
        )
    });
    for mark in MARK.find_iter(text) {
        let sign = mark.as_str().trim().to_lowercase();
        // "инста @name" is a nickname.
        if mark.as_str().starts_with(char::is_whitespace) != mark.as_str().ends_with(char::is_whitespace) && sign == "@"
        {
            continue;
        }
        let Some(start) = local_part(text, mark.start()) else { continue };
        let local = text.get(start..mark.start()).unwrap_or_default();
        if sign.starts_with("собак") && words::NO_LOCAL_PARTS.has(&local.to_lowercase()) {
            continue;
        }
        let (is_word, tight) = (sign.chars().all(char::is_alphabetic), mark.as_str() == "@");
        let Some(end) = read_domain(text, mark.end(), !tight) else { continue };
        let domain = text.get(mark.end()..end).unwrap_or_default();
        if sign == "at" && is_word {
            let first = domain.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
            let unlike_a_word = local.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
            let spoken = domain.to_lowercase().contains(" dot ");
            let cued = words_before(tokens, start, 4).any(|t| t.begins(&["mail", "почт", "email", "e-mail", "мыл"]));
            if !(unlike_a_word || spoken || cued || (words::PROVIDERS.has(&first) && domain.contains('.'))) {
                continue;
            }
        }
        let range = trimmed(text, start..end);
        let jabber = words_before(tokens, start, 2).any(|t| t.is(&words::JABBER))
            || ["jabber", "xmpp"].iter().any(|j| domain.to_lowercase().contains(j));
        push(out, range, if jabber { Kind::Handle } else { Kind::Email }, Rank::Shape);
    }
}

/// Where the name before an at-sign begins.
fn local_part(text: &str, end: usize) -> Option<usize> {
    static LOCAL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:[\p{L}\p{N}]+(?:\s(?:точка|dot|\.)\s|\s?[\[\(](?:\.|dot|точка)[\]\)]\s?))?[\p{L}\p{N}_][\p{L}\p{N}._+%-]*$",
        )
    });
    // Far enough for any name, and no farther: the whole text before would be read again for every sign.
    let head = text.get(..end)?;
    let from = head.char_indices().rev().take(80).last().map_or(0, |(at, _)| at);
    let found = LOCAL.find(head.get(from..)?)?;
    Some(from + found.start())
}

fn words_before(tokens: &[Token], at: usize, count: usize) -> impl Iterator<Item = &Token> {
    let here = tokens.partition_point(|t| t.range.end <= at);
    tokens.get(..here).unwrap_or_default().iter().rev().filter(|t| t.is_word()).take(count)
}

fn mentions(text: &str, out: &mut Vec<Candidate>) {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^[\p{L}_][\p{L}\p{N}_]*(?:[.-][\p{L}\p{N}_]+)*(?::[\p{L}\p{N}][\p{L}\p{N}.-]*\.\p{L}{2,})?")
    });
    for (at, _) in text.match_indices('@') {
        let glued = before(text, at).is_some_and(|c| c.is_alphanumeric() || "_.%+=".contains(c));
        let Some(found) = text.get(at + 1..).and_then(|rest| NAME.find(rest)) else { continue };
        let (name, end) = (found.as_str(), at + 1 + found.end());
        // Leet: "@б@сцесс".
        let leet =
            after(text, end) == Some('@') && is_letter_or_digit(text.get(end + 1..).and_then(|r| r.chars().next()));
        if glued || leet || name.chars().count() < 3 || words::NOBODY.has(&name.to_lowercase()) {
            continue;
        }
        push(out, at..end, Kind::Handle, Rank::Likely);
    }
}

fn is_messenger(token: &Token) -> bool {
    token.is(&words::MESSENGERS)
}

fn is_nick(token: &Token) -> bool {
    token.is(&words::NICK_WORDS)
}

/// "телега: nick", "ник в тг Снежок", "мой id в тг 123456789": the word of the account, a few words, the account.
fn named(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    for (i, cue) in tokens.iter().enumerate() {
        if !is_nick(cue) && !is_messenger(cue) {
            continue;
        }
        let before = tokens.get(i.saturating_sub(2)..i).unwrap_or_default();
        let mut said = Said {
            messenger: cue,
            colon: false,
            quoted: false,
            nick: is_nick(cue),
            number: before.iter().any(|t| t.is(&words::NUMBER_WORDS)),
        };
        for (at, token) in tokens.iter().enumerate().skip(i + 1).take(9) {
            if token.line && !said.colon {
                break;
            }
            let digits_behind = tokens.get(at + 1).is_some_and(|t| t.is_digits() && !t.gap && t.chars() > 2);
            if token.is_sign(":=—–") || (token.is_sign("-") && token.gap) {
                said.colon = true;
            } else if token.is_sign("«\"'(`[") {
                said.quoted = true;
            } else if token.is_any(&["is"]) {
                // "my telegram is …", and not "telegram is down".
                said.colon |= said.nick || before.iter().any(|t| t.is_any(&["my"]));
            } else if token.is(&words::NUMBER_WORDS) && digits_behind {
                push(out, chunk(text, token.range.start), Kind::Handle, Rank::Named);
                break;
            } else if token.is(&words::ACCOUNT_FILLERS) || is_messenger(token) || is_nick(token) {
                said.nick |= is_nick(token);
                said.number |= token.is(&words::NUMBER_WORDS);
            } else {
                if let Some(account) = said.account(text, token) {
                    // "инста masha.example" is no site.
                    let dotted = cue.begins(&["инст", "insta", "скайп", "skype", "ig", "ник"]);
                    push(out, account, Kind::Handle, if dotted { Rank::Shape } else { Rank::Named });
                }
                break;
            }
        }
    }
}

/// What was said before something that may be an account.
struct Said<'t> {
    messenger: &'t Token,
    /// A colon, a dash, "is".
    colon: bool,
    quoted: bool,
    /// It is a name that one gives oneself.
    nick: bool,
    /// It is a number.
    number: bool,
}

impl Said<'_> {
    /// The account that begins with a token.
    fn account(&self, text: &str, token: &Token) -> Option<Range<usize>> {
        if matches!(token.shape, Shape::Sign(_)) {
            return None;
        }
        if token.is_digits() && self.number && (6..=12).contains(&token.chars()) {
            return Some(token.range.clone());
        }
        let range = chunk(text, token.range.start);
        let word = text.get(range.clone())?;
        if !(3..=64).contains(&word.chars().count()) || after(text, range.end) == Some('@') {
            return None;
        }
        self.is_account(word).then_some(range)
    }

    fn is_account(&self, word: &str) -> bool {
        if !word.chars().any(char::is_alphabetic) {
            return false;
        }
        let marked = word.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '#');
        let cue = self.messenger;
        if word.is_ascii() {
            let dotted = word.contains(['.', '-']);
            let ordinary = cue.is_any(&["signal", "session", "element", "matrix", "snap", "user", "login"]);
            // Behind a Russian word, a Latin one is hardly a word of the sentence.
            let named = (self.colon && !ordinary) || cue.begins(&["threema"]) || !cue.lower.is_ascii();
            return !words::NO_NICKS.has(&word.to_lowercase()) && (marked || dotted || named);
        }
        let begins_with_a_letter = !word.starts_with(|c: char| c.is_ascii_digit());
        (marked && begins_with_a_letter && !word.contains(':'))
            || (self.nick && (self.quoted || word.starts_with(char::is_uppercase)))
    }
}

/// The word at a place, with what nicknames have inside.
fn chunk(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.:-#".contains(c))).unwrap_or(rest.len());
    trimmed(text, start..start + end)
}

fn identifiers(text: &str, out: &mut Vec<Candidate>) {
    /// Kind, expression; the group `x` is the detail, else all of it.
    static SHAPES: LazyLock<Vec<(Kind, Rank, Regex)>> = LazyLock::new(|| {
        use Kind::{Account, Handle, Wallet};
        use Rank::{Named, Shape};
        [
            // Session, Tox, fingerprints of keys.
            (Handle, Shape, r"(?i)\b05[0-9a-f]{64}\b"),
            (Handle, Shape, r"(?i)\b[0-9a-f]{76}\b"),
            (Handle, Shape, r"\b(?:[0-9A-F]{4}\s{1,2}){9}[0-9A-F]{4}\b|\b[0-9A-F]{40}\b"),
            (Handle, Shape, r"(?i)@[a-z0-9._=/+-]+:[a-z0-9-]+(?:\.[a-z0-9-]+)+\b"),
            (Handle, Shape, r"(?i)\bт\.?\s?ме/[a-z0-9_+]+"),
            (Handle, Shape, r"\b[A-Za-z][A-Za-z0-9_.]{1,31}#\d{4}\b"),
            (Handle, Named, r"(?i)\b(?:id|айди|ид)\s?(?P<x>\d{6,12})\b"),
            (Handle, Shape, r"\bid\d{5,12}\b"),
            (
                Handle,
                Named,
                r"(?i)\b(?:icq|ась[а-яё]{1,2}|асе|ася|uin|уин)(?:\s(?:моя|у меня|номер))?\W{0,3}(?P<x>\d{2,3}[\s-]\d{3}[\s-]\d{2,3}|\d{5,9})\b",
            ),
            // Bitcoin and Litecoin, Tron, Monero, Ethereum, TON; base58 has neither 0 nor O nor I nor l.
            (Wallet, Shape, r"\b(?:[13LMDXTt]|r)[1-9A-HJ-NP-Za-km-z]{25,34}\b"),
            (Wallet, Shape, r"(?i)\b(?:bc1|ltc1|tb1)[ac-hj-np-z02-9]{11,87}\b"),
            (Wallet, Shape, r"\b[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}(?:[1-9A-HJ-NP-Za-km-z]{11})?\b"),
            (Wallet, Shape, r"(?i)\b0x[0-9a-f]{40}\b"),
            (Wallet, Shape, r"\b[EUk]Q[A-Za-z0-9_-]{46}\b"),
            (
                Wallet,
                Shape,
                r"(?i)(?:ю\s?мани|юмани|yoo\s?money|яндекс.{0,2}(?:деньг|кошел)\p{L}*|я\.?д\.?|кошел\p{L}*)\D{0,20}(?P<x>4100\d{7,12})\b",
            ),
            (Account, Shape, r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?\b"),
        ]
        .into_iter()
        .map(|(kind, rank, pattern)| (kind, rank, regex(pattern)))
        .collect()
    });
    if !text.contains(|c: char| c.is_ascii_digit()) && !text.contains('@') && !text.contains("ме/") {
        return;
    }
    for (kind, rank, shape) in SHAPES.iter() {
        for found in shape.captures_iter(text) {
            let Some(detail) = found.name("x").or_else(|| found.get(0)) else { continue };
            let fits = match kind {
                Kind::Account => is_iban(detail.as_str()),
                Kind::Wallet if found.name("x").is_none() => is_mixed(detail.as_str()),
                Kind::Handle if detail.as_str().contains('#') => !is_a_post_number(detail.as_str()),
                _ => true,
            };
            if fits {
                push(out, detail.range(), *kind, *rank);
            }
        }
    }
}

/// A long word of small letters alone is a word.
fn is_mixed(word: &str) -> bool {
    let has = |f: fn(&char) -> bool| word.chars().filter(f).count();
    has(|c| c.is_ascii_digit()) >= 1
        && (has(|c| c.is_ascii_uppercase()) >= 2
            || word.to_ascii_lowercase().starts_with("0x")
            || word.contains("1q")
            || word.contains("1p")
            || has(|c| c.is_ascii_digit()) >= 4)
}

fn is_a_post_number(word: &str) -> bool {
    let name = word.split('#').next().unwrap_or_default().to_lowercase();
    words::POST_WORDS.has(&name)
}

/// Country, check digits and account: the remainder by 97 is 1.
fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let (head, tail) = plain.split_at(4);
    let mut rest = 0u32;
    for c in tail.chars().chain(head.chars()) {
        let Some(value) = c.to_digit(36) else { return false };
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    rest == 1
}

/// An address or nickname without what may be left out or put differently.
pub(super) fn bare(detail: &str) -> String {
    let lower = DOT.replace_all(&detail.to_lowercase(), ".").into_owned();
    let plain = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let plain = plain.strip_prefix("www.").unwrap_or(plain);
    let name = match plain.split_once('/') {
        Some((host, path)) if words::PEOPLES_SITES.has(host) || host == "т.ме" || host == "тме" => path,
        _ => plain,
    };
    let mut bare = name.to_owned();
    for at in [" собака ", " собачка ", " at ", "(собака)", "[собака]", "(at)", "[at]"] {
        bare = bare.replace(at, "@");
    }
    bare.retain(|c| !c.is_whitespace() && !"()[]".contains(c));
    bare.trim_matches(['@', '/', '.', ',', ':', ';', '!', '?', '"', '«', '»']).to_owned()
}
