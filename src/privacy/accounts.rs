//! Links, e-mail addresses, nicknames and accounts elsewhere, wallets and IBANs.
//!
//! Nothing is asked of anybody whether they exist.

use super::tokens::Token;
use super::{Candidate, Kind, Rank};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Ends of domain names that are no words and no endings of file names.
const ENDS: &[&str] = &[
    "com", "org", "net", "ru", "su", "info", "biz", "ua", "kz", "de", "fr", "uk", "eu", "fi", "ee", "lv", "lt", "ge", "uz",
    "kg", "cz", "nl", "ch", "io", "xyz", "online", "onion", "i2p", "tv", "dev", "app", "icu", "edu", "gov", "se", "es",
    "tr", "md", "am", "az", "рф", "ру", "орг", "онион", "онлайн", "сайт", "инфо", "бел", "укр", "example", "test", "site",
    "email", "mail", "gg", "network",
];
/// Ends that are words, too, or endings of file names: after them a path must follow.
const WEAK_ENDS: &[&str] = &[
    "me", "to", "is", "in", "it", "at", "so", "be", "no", "do", "my", "as", "us", "by", "pl", "cc", "pro", "live", "link",
    "top", "space", "club", "chat", "ws", "la", "im", "id", "ga", "one", "fun", "life", "store", "shop", "world", "today",
    "ком", "нет", "ми", "com.ru", "cx",
];
/// Endings of file names that are ends of domains, too.
const FILES: &[&str] = &["md", "app", "es"];
/// How "dot com" is said.
const SPOKEN_ENDS: &[&str] = &["ру", "ком", "рф", "орг", "нет", "нэт", "инфо", "юа", "онион", "ми", "ио", "кз"];
/// Where people have their mail.
const PROVIDERS: &[&str] = &[
    "gmail", "mail", "yandex", "ya", "proton", "protonmail", "pm", "tuta", "tutanota", "tutamail", "riseup", "rambler", "bk",
    "inbox", "list", "outlook", "hotmail", "yahoo", "icloud", "cock", "gmx", "vk", "ukr", "гмейл", "гмаил", "джимейл",
    "жмейл", "гугл", "мейл", "мэйл", "маил", "яндекс", "протон", "рамблер", "тутанота", "аутлук", "инбокс", "айклауд",
];
/// Sites whose paths are names of people.
const PEOPLES_SITES: &[&str] = &[
    "t.me", "telegram.me", "telegram.dog", "tlgg.ru", "vk.com", "m.vk.com", "vk.me", "vk.ru", "ok.ru", "m.ok.ru",
    "instagram.com", "facebook.com", "m.facebook.com", "fb.com", "fb.me", "wa.me", "discord.gg", "discord.com", "matrix.to",
    "join.skype.com", "signal.me", "twitter.com", "x.com", "tiktok.com", "ask.fm", "last.fm",
];
/// Words before an address of these are accounts in a messenger, not mail.
const JABBER: &[&str] = &["жаб", "джаб", "jabber", "xmpp", "element", "matrix"];

pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    links(text, out);
    emails(text, tokens, out);
    mentions(text, tokens, out);
    named(text, tokens, out);
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
        kept = kept.trim_end_matches(')').trim_end_matches(['.', ',']);
    }
    range.start..range.start + kept.len()
}

fn links(text: &str, out: &mut Vec<Candidate>) {
    static SCHEME: LazyLock<Regex> = LazyLock::new(|| {
        regex(r#"(?i)\b(?:h[tx*]{2}ps?|ftp|tg|ton|xmpp|mailto|sip|tox|magnet|skype)(?::|\[:\])(?://|\?)?[^\s<>"«»\[\]]{3,}(?:\[\.\][^\s<>"«»\[\]]+)*"#)
    });
    static HOST: LazyLock<Regex> = LazyLock::new(|| {
        regex(concat!(
            r"(?i)[\p{L}\p{N}_][\p{L}\p{N}_-]*",
            r"(?:(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\)|\[точка\]|\(точка\)|\s(?:точка|dot)\s)[\p{L}\p{N}_][\p{L}\p{N}_-]*)+",
        ))
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
        let spoken = found.as_str().contains(' ');
        let host = undotted(found.as_str());
        let rest = text.get(end..).unwrap_or_default();
        let path = rest.split(|c: char| c.is_whitespace() || "<>\"«»,;".contains(c)).next().unwrap_or_default();
        let port = path.strip_prefix(':').is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        let has_path = path.starts_with(['/', '?', '#']) && path.len() > 1 || port;
        let Some(domain) = domain_of(&host, has_path || host.starts_with("www."), spoken) else { continue };
        if has_path {
            end += path.len();
        } else if domain < host.len() {
            // "example.ru.Потом": the sentence goes on without a space.
            end = start + found.as_str().len() - (host.len() - domain);
        }
        let range = trimmed(text, start..end);
        let address = text.get(range.clone()).unwrap_or_default();
        let kind = if has_path && is_peoples_site(address) { Kind::Handle } else { Kind::Link };
        push(out, range, kind, Rank::Shape);
    }
}

fn undotted(host: &str) -> String {
    let mut plain = host.to_lowercase();
    for dot in ["[.]", "(.)", "[dot]", "(dot)", "[точка]", "(точка)", " точка ", " dot "] {
        plain = plain.replace(dot, ".");
    }
    plain
}

/// How far the domain name goes in words joined by dots: up to the last of them that may end one.
fn domain_of(host: &str, weak_too: bool, spoken: bool) -> Option<usize> {
    let mut best = None;
    let mut at = 0;
    let labels: Vec<&str> = host.split('.').collect();
    for (i, label) in labels.iter().enumerate() {
        at += label.len() + usize::from(i > 0);
        let before = labels.get(..i).unwrap_or_default();
        if i == 0 || before.iter().any(|l| l.is_empty()) {
            continue;
        }
        let latin_end = label.is_ascii();
        let strong = ENDS.contains(label) && !(FILES.contains(label) && !weak_too);
        let ends = strong || (spoken && SPOKEN_ENDS.contains(label)) || (weak_too && WEAK_ENDS.contains(label));
        // "спб.net" is two words. A domain of Latin letters has them throughout.
        let one_script = if latin_end { before.iter().all(|l| l.is_ascii()) } else { true };
        let has_letters = before.iter().any(|l| l.chars().any(char::is_alphabetic));
        if ends && one_script && has_letters {
            best = Some(at);
        }
    }
    best
}

fn is_peoples_site(address: &str) -> bool {
    let lower = address.to_lowercase();
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = lower.find('/').map_or("", |slash| lower.get(slash + 1..).unwrap_or_default());
    PEOPLES_SITES.contains(&host) && !path.is_empty()
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
    let provider = PROVIDERS.contains(&first_label.as_str());
    let mut good = (loose && provider && first_label.chars().count() > 2 && first_label != "mail" && first_label != "list").then_some(at);
    while let Some(next) = text.get(at..).and_then(|rest| NEXT.captures(rest)) {
        let (dot, label) = (next.name("dot")?, next.name("label")?);
        let word = label.as_str().to_lowercase();
        let known = ENDS.contains(&word.as_str()) || SPOKEN_ENDS.contains(&word.as_str());
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
        let plausible = known || WEAK_ENDS.contains(&word.as_str());
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
        regex(r"(?i)\s*@\s*|\s*[\(\[\{]\s*(?:at|эт|собака|собачка|dog|гав)\s*[\)\]\}]\s*|\s+(?:собака|собачка|at|эт)\s+")
    });
    if !(text.contains('@') || text.contains("at") || text.contains("AT") || text.contains("об") || text.contains("эт") || text.contains("ОБ")) {
        return;
    }
    for mark in MARK.find_iter(text) {
        let sign = mark.as_str().trim().to_lowercase();
        let Some(start) = local_part(text, mark.start()) else { continue };
        let local = text.get(start..mark.start()).unwrap_or_default();
        let (is_word, tight) = (sign.chars().all(char::is_alphabetic), mark.as_str() == "@");
        let Some(end) = read_domain(text, mark.end(), !tight) else { continue };
        let domain = text.get(mark.end()..end).unwrap_or_default();
        if sign == "at" && is_word {
            let first = domain.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
            let unlike_a_word = local.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
            let spoken = domain.to_lowercase().contains(" dot ");
            let cued = words_before(tokens, start, 4).any(|t| t.begins(&["mail", "почт", "email", "e-mail", "мыл"]));
            if !(unlike_a_word || spoken || cued || (PROVIDERS.contains(&first.as_str()) && domain.contains('.'))) {
                continue;
            }
        }
        let range = trimmed(text, start..end);
        let jabber = words_before(tokens, start, 2).any(|t| t.begins(JABBER))
            || ["jabber", "xmpp"].iter().any(|j| domain.to_lowercase().contains(j));
        push(out, range, if jabber { Kind::Handle } else { Kind::Email }, Rank::Shape);
    }
}

/// Where the name before an at-sign begins.
fn local_part(text: &str, end: usize) -> Option<usize> {
    static LOCAL: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?:[\p{L}\p{N}]+\s(?:точка|dot)\s)?[\p{L}\p{N}_][\p{L}\p{N}._+%-]*$")
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

/// Names with `@` that mean nobody.
const NOBODY: &[&str] = &[
    "all", "everyone", "here", "channel", "admin", "админ", "админы", "все", "всем", "модер", "модератор", "home", "work",
    "moderator", "админу", "админам",
];

fn mentions(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    static NAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^[\p{L}_][\p{L}\p{N}_]*(?:[.-][\p{L}\p{N}_]+)*(?::[\p{L}\p{N}][\p{L}\p{N}.-]*\.\p{L}{2,})?"));
    for (at, _) in text.match_indices('@') {
        let glued = before(text, at).is_some_and(|c| c.is_alphanumeric() || "_.%+=".contains(c));
        let Some(found) = text.get(at + 1..).and_then(|rest| NAME.find(rest)) else { continue };
        let (name, end) = (found.as_str(), at + 1 + found.end());
        // Leet: "@б@сцесс".
        let leet = after(text, end) == Some('@') && is_letter_or_digit(text.get(end + 1..).and_then(|r| r.chars().next()));
        if glued || leet || name.chars().count() < 3 || NOBODY.contains(&name.to_lowercase().as_str()) {
            continue;
        }
        push(out, at..end, Kind::Handle, Rank::Likely);
    }
    let _ = tokens;
}

/// Words that say: here comes an account.
fn is_messenger(token: &Token) -> bool {
    const EXACT: &[&str] = &[
        "тг", "тгшка", "тгшке", "вк", "инста", "инсте", "инсту", "инсты", "скайп", "скайпе", "викр", "викре", "фб", "tg",
        "telegram", "telega", "telege", "insta", "ig", "skype", "discord", "vk", "fb", "facebook", "kik", "snap", "snapchat",
        "session", "сессия", "element", "элемент", "matrix", "матрикс", "матриксе", "signal", "сигнал", "сигнале", "threema",
        "трима", "триме", "briar", "tox", "токс", "токсе", "wickr", "сешн",
    ];
    const STEMS: &[&str] = &[
        "телег", "тележк", "вконтакт", "инстаграм", "дискорд", "instagram", "джаббер", "жаббер", "jabber", "xmpp", "icq", "аськ",
        "фейсбук", "telegr", "телегр", "однокласс",
    ];
    token.is_any(EXACT) || token.begins(STEMS) || token.is_any(&["жаба", "жабе", "жабу", "асе", "ася", "uin"])
}

fn is_nick(token: &Token) -> bool {
    token.is_any(&[
        "ник", "нике", "ником", "ника", "ники", "nick", "nickname", "никнейм", "никнеймом", "юзер", "юзера", "юзернейм",
        "username", "user", "логин", "логином", "login", "юз", "nik", "niknejm", "nikom",
    ])
}

/// Words that may stand between such a word and the name.
const FILLERS: &[&str] = &[
    "мой", "моя", "моё", "мое", "мою", "у", "меня", "это", "такой", "такая", "там", "в", "на", "под", "вот", "id", "ид",
    "ай", "айди", "my", "is", "are", "the", "ник", "name", "me", "он", "она", "же", "есть", "его", "ее", "мне", "адрес",
    "контакт", "личный", "мессенджер", "мессенджере", "моем", "handle", "account",
];

/// Latin words that follow the name of a messenger and are no account.
const NO_NICKS: &[&str] = &[
    "bot", "premium", "web", "desktop", "chat", "channel", "group", "link", "vpn", "proxy", "ok", "pls", "plz", "tor", "online",
    "offline", "android", "ios", "iphone", "plus", "lite", "beta", "stories", "messenger", "direct", "live", "is", "not", "and",
    "or", "the", "for", "please", "app", "account", "secret", "call", "here", "there", "now", "only", "too", "also", "with",
    "from", "ads", "business", "me", "you", "your", "thread", "name", "at", "support", "admin", "hiv", "hcv", "prep", "pep", "nick",
    "sms", "email",
];

fn named(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    for (i, cue) in tokens.iter().enumerate() {
        let nick = is_nick(cue);
        if !nick && !is_messenger(cue) {
            continue;
        }
        let (mut strong, mut asked, mut nick, mut words) = (false, false, nick, 0);
        for token in tokens.get(i + 1..).unwrap_or_default().iter().take(9) {
            if token.is_sign(":=—–") || (token.is_sign("-") && token.gap) || token.is_any(&["is"]) {
                strong = true;
            } else if token.is_sign("«\"'(`[") {
                asked = true;
            } else if token.is_sign("@.,") && !token.gap && !token.is_sign("@") {
                break;
            } else if token.is_sign("@") {
                break;
            } else if token.is_any(FILLERS) || is_messenger(token) || is_nick(token) {
                if token.line && !strong {
                    break;
                }
                nick |= is_nick(token);
                words += 1;
                if words > 4 {
                    break;
                }
            } else {
                if !token.line || strong {
                    let value = chunk(text, token.range.start);
                    if is_account(text, value.clone(), cue, nick, strong, asked) {
                        push(out, value, Kind::Handle, Rank::Named);
                    }
                }
                break;
            }
        }
    }
}

/// The word at a place, with what nicknames have inside.
fn chunk(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.:-#".contains(c))).unwrap_or(rest.len());
    trimmed(text, start..start + end)
}

fn is_account(text: &str, value: Range<usize>, cue: &Token, nick: bool, strong: bool, quoted: bool) -> bool {
    let word = text.get(value.clone()).unwrap_or_default();
    let count = word.chars().count();
    if !(3..=64).contains(&count) || after(text, value.end) == Some('@') {
        return false;
    }
    let letters = word.chars().any(char::is_alphabetic);
    let marked = word.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '#');
    let lower = word.to_lowercase();
    if word.is_ascii() {
        if !letters || NO_NICKS.contains(&lower.as_str()) || !word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
            return false;
        }
        let dotted = word.trim_end_matches('.').contains(['.', '-']);
        let threema = cue.begins(&["threema", "трим"]);
        return marked || dotted || threema || strong || !cue.lower.is_ascii();
    }
    let capital = word.starts_with(char::is_uppercase);
    letters && marked && !word.starts_with(|c: char| c.is_ascii_digit()) && !word.contains(':')
        || (nick && (capital || quoted) && count >= 3)
        || (strong && quoted && nick)
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
                r"(?i)\b(?:icq|ась[а-яё]{1,2}|асе|ася|uin|уин)(?:\s(?:моя|у меня|номер))?\W{0,3}(?P<x>\d{3}[\s-]?\d{3}[\s-]?\d{2,3}|\d{5,9})\b",
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
                Kind::Wallet if !found.name("x").is_some() => is_mixed(detail.as_str()),
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
        && (has(|c| c.is_ascii_uppercase()) >= 2 || word.to_ascii_lowercase().starts_with("0x") || word.contains("1q") || word.contains("1p") || has(|c| c.is_ascii_digit()) >= 4)
}

fn is_a_post_number(word: &str) -> bool {
    let name = word.split('#').next().unwrap_or_default().to_lowercase();
    ["post", "thread", "topic", "case", "msg", "page", "issue", "ticket", "no", "order"].contains(&name.as_str())
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
    let lower = undotted(&detail.to_lowercase());
    let plain = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let plain = plain.strip_prefix("www.").unwrap_or(plain);
    let name = match plain.split_once('/') {
        Some((host, path)) if PEOPLES_SITES.contains(&host) || host == "т.ме" || host == "тме" => path,
        _ => plain,
    };
    let spoken = name
        .replace("собака", "@")
        .replace("(at)", "@")
        .replace("[at]", "@")
        .replace(" at ", "@")
        .replace("точка", ".")
        .replace([' ', '(', ')', '[', ']'], "");
    spoken.trim_matches(['@', '/', '.', ',', ':', ';', '!', '?', '"', '«', '»']).to_owned()
}
