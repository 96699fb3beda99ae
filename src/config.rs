//! One checked configuration out of a TOML file, the environment and the command line (the later wins).
//!
//! Every refusal names the file, the line, what is wrong and how to mend it. Secrets are never in the file: it names
//! files that hold them, or the environment does. Reading those files is the caller's work; profiles are `page`'s.

mod example;

pub use example::EXAMPLE;

use crate::sensitive::Sensitive;
use serde::Deserialize;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::Spanned;
use url::{Host, Url};

/// Name of the database file in the data directory.
pub const DATABASE_FILE: &str = "netreach.db";

/// Name of the sentence-embedding model in the data directory. It may be missing.
pub const MODEL_FILE: &str = "model.nrm";

/// A configuration that holds together.
#[derive(Clone, Debug)]
pub struct Config {
    pub data: Data,
    pub desk: Desk,
    pub tor: Tor,
    pub limits: Limits,
    pub forums: Vec<Forum>,
}

#[derive(Clone, Debug)]
pub struct Data {
    pub dir: PathBuf,
    /// Where the database key is, unless the environment has it.
    pub key_file: Option<PathBuf>,
}

impl Data {
    pub fn database(&self) -> PathBuf {
        self.dir.join(DATABASE_FILE)
    }

    pub fn model(&self) -> PathBuf {
        self.dir.join(MODEL_FILE)
    }
}

#[derive(Clone, Debug)]
pub struct Desk {
    /// `None`: no port is opened, the desk is an onion service alone.
    pub listen: Option<SocketAddr>,
    /// Publish the desk as an onion service (embedded Tor alone).
    pub onion: bool,
    pub language: Language,
    pub time_zone: jiff::tz::TimeZone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Ru,
    En,
}

#[derive(Clone, Debug)]
pub struct Tor {
    pub mode: TorMode,
    /// More settings for the embedded Tor (bridges, a private network), in arti's own format.
    pub config: Option<PathBuf>,
}

/// How the program reaches forums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TorMode {
    /// Tor inside this process.
    Embedded,
    /// A SOCKS5 proxy, which resolves the addresses.
    Socks(SocketAddr),
    /// No Tor: loopback addresses alone, for trying things out.
    Direct,
}

#[derive(Clone, Debug)]
pub struct Limits {
    /// Larger pages are not read.
    pub max_page_bytes: usize,
    /// Longest chain of pages followed in one look.
    pub max_pages: u32,
    /// One connection to an onion service, seconds.
    pub connect_s: u64,
    /// One request from first byte to last, seconds.
    pub request_s: u64,
}

#[derive(Clone, Debug)]
pub struct Forum {
    pub name: String,
    /// Name of a selector profile, or a path to one.
    pub profile: String,
    /// Base addresses, each ending in `/`; the first is preferred, the others are its mirrors.
    pub addresses: Vec<Url>,
    pub account: Option<Sensitive<String>>,
    pub password_file: Option<PathBuf>,
    /// Names of all the NGO's accounts there, the one we log in with among them.
    pub own_accounts: Vec<String>,
    /// Zone of the times the forum shows, where the page does not tell.
    pub time_zone: jiff::tz::TimeZone,
    /// Requests that looking at threads may take, on average over a day.
    pub requests_per_hour: i64,
    /// No thread waits longer for a look, unless its list is watched.
    pub longest_interval_s: i64,
    pub min_gap_ms: u64,
    /// How often the thread list is read for view counts, where threads do not show them.
    pub views_interval_s: i64,
    /// How long the forum may take to show a post before its absence means something.
    pub settle_s: i64,
    /// When a thread is read for the first time, posts older than this open no case.
    pub catch_up_days: i64,
    /// The forum holds back posts of our account for its moderators.
    pub holds_posts: bool,
}

impl Forum {
    /// The address this URL lies under, with the rest of the URL relative to it; `None` when the forum does not cover it.
    pub fn covers(&self, url: &Url) -> Option<String> {
        self.addresses.iter().find_map(|base| {
            let same_place = base.scheme() == url.scheme()
                && base.host() == url.host()
                && base.port_or_known_default() == url.port_or_known_default();
            let path = url.path().strip_prefix(base.path())?;
            same_place.then(|| match url.query() {
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            })
        })
    }
}

/// A refusal to start. Prints as `file:line: what`, with the way on in `hint`.
#[derive(Debug)]
pub struct ConfigError {
    pub file: PathBuf,
    pub line: Option<usize>,
    pub what: String,
    pub hint: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    data: FileData,
    #[serde(default)]
    desk: FileDesk,
    tor: Option<FileTor>,
    #[serde(default)]
    limits: FileLimits,
    #[serde(default)]
    forum: Vec<FileForum>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileData {
    dir: Option<PathBuf>,
    key_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDesk {
    listen: Option<Spanned<String>>,
    onion: Option<Spanned<bool>>,
    language: Option<Language>,
    time_zone: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTor {
    mode: Option<Spanned<String>>,
    socks: Option<Spanned<String>>,
    config: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLimits {
    max_page_mb: Option<Spanned<u64>>,
    max_pages: Option<Spanned<u32>>,
    connect_s: Option<Spanned<u64>>,
    request_s: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForum {
    name: Spanned<String>,
    profile: String,
    addresses: Spanned<Vec<Spanned<String>>>,
    account: Option<Spanned<String>>,
    password_file: Option<PathBuf>,
    #[serde(default)]
    own_accounts: Vec<String>,
    time_zone: Option<Spanned<String>>,
    requests_per_hour: Option<Spanned<i64>>,
    longest_interval_s: Option<Spanned<i64>>,
    min_gap_ms: Option<u64>,
    views_interval_s: Option<Spanned<i64>>,
    settle_s: Option<Spanned<i64>>,
    catch_up_days: Option<Spanned<i64>>,
    holds_posts: Option<bool>,
}

/// What the environment and the command line set over the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
}

impl Config {
    /// Checks the text of a configuration file.
    ///
    /// Relative paths in it are relative to `file`'s directory.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and how to mend it. Nothing is guessed and nothing ignored.
    pub fn parse(file: &Path, text: &str, overrides: &Overrides) -> Result<Self, ConfigError> {
        let context = Context { file, text };
        let raw: File = toml::from_str(text).map_err(|error| context.unreadable(&error))?;
        let base = file.parent().unwrap_or(Path::new(""));
        let tor = context.tor(raw.tor, base)?;
        let desk = context.desk(&raw.desk, overrides, tor.mode)?;
        let mut forums: Vec<Forum> = Vec::new();
        for forum in raw.forum {
            let name = forum.name.clone();
            if forums.iter().any(|f| f.name == *name.get_ref()) {
                return Err(context.wrong(&name, "two forums have this name", "give each [[forum]] a name of its own"));
            }
            forums.push(context.forum(forum, base, tor.mode)?);
        }
        Ok(Self {
            data: Data {
                dir: overrides.data_dir.clone().unwrap_or_else(|| base.join(raw.data.dir.unwrap_or("data".into()))),
                key_file: raw.data.key_file.map(|path| base.join(path)),
            },
            desk,
            tor,
            limits: context.limits(&raw.limits)?,
            forums,
        })
    }

    pub fn find_forum(&self, name: &str) -> Option<&Forum> {
        self.forums.iter().find(|f| f.name == name)
    }
}

struct Context<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Context<'_> {
    fn line_at(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
    }

    fn unreadable(&self, error: &toml::de::Error) -> ConfigError {
        let what = error.message().to_owned();
        let hint = if what.starts_with("unknown field") {
            unknown_key_hint(&what)
        } else if what.starts_with("missing field") {
            "add this key; `netreach init DIR` writes a commented example with every key".to_owned()
        } else {
            "mend this line; `netreach init DIR` writes a commented example with every key".to_owned()
        };
        ConfigError { file: self.file.to_owned(), line: error.span().map(|span| self.line_at(span.start)), what, hint }
    }

    fn wrong<T>(&self, value: &Spanned<T>, what: impl Into<String>, hint: impl Into<String>) -> ConfigError {
        ConfigError {
            file: self.file.to_owned(),
            line: Some(self.line_at(value.span().start)),
            what: what.into(),
            hint: hint.into(),
        }
    }

    fn in_range<T: PartialOrd + Copy + fmt::Display>(
        &self,
        value: Option<&Spanned<T>>,
        default: T,
        range: std::ops::RangeInclusive<T>,
        key: &str,
    ) -> Result<T, ConfigError> {
        match value {
            None => Ok(default),
            Some(v) if range.contains(v.get_ref()) => Ok(*v.get_ref()),
            Some(v) => Err(self.wrong(
                v,
                format!("{key} = {} is out of range", v.get_ref()),
                format!("set it between {} and {} (the default is {default})", range.start(), range.end()),
            )),
        }
    }

    fn zone(
        &self,
        value: Option<&Spanned<String>>,
        default: &jiff::tz::TimeZone,
    ) -> Result<jiff::tz::TimeZone, ConfigError> {
        let Some(name) = value else { return Ok(default.clone()) };
        jiff::tz::TimeZone::get(name.get_ref()).map_err(|_| {
            self.wrong(
                name,
                format!("there is no time zone {:?}", name.get_ref()),
                "use a name such as \"Europe/Moscow\" or \"UTC\"",
            )
        })
    }

    fn tor(&self, raw: Option<FileTor>, base: &Path) -> Result<Tor, ConfigError> {
        let raw = raw.unwrap_or(FileTor { mode: None, socks: None, config: None });
        let mode = match (raw.mode.as_ref().map(|m| m.get_ref().as_str()), &raw.socks) {
            (None | Some("embedded"), None) => TorMode::Embedded,
            (Some("direct"), None) => TorMode::Direct,
            (Some("socks"), Some(socks)) => TorMode::Socks(socks.get_ref().parse().map_err(|_| {
                self.wrong(
                    socks,
                    "tor.socks must be an IP address and a port",
                    "write for example socks = \"127.0.0.1:9050\"",
                )
            })?),
            (Some("socks"), None) => {
                let mode = raw.mode.as_ref().expect("matched");
                return Err(self.wrong(
                    mode,
                    "tor.mode = \"socks\" needs the address of the proxy",
                    "add for example socks = \"127.0.0.1:9050\"",
                ));
            }
            (_, Some(socks)) => {
                return Err(self.wrong(
                    socks,
                    "tor.socks is set, but tor.mode is not \"socks\"",
                    "set mode = \"socks\", or take tor.socks out",
                ));
            }
            (Some(_), None) => {
                let mode = raw.mode.as_ref().expect("matched");
                return Err(self.wrong(
                    mode,
                    format!("tor.mode = {:?} is not known", mode.get_ref()),
                    "use \"embedded\", \"socks\" or, for loopback addresses alone, \"direct\"",
                ));
            }
        };
        Ok(Tor { mode, config: raw.config.map(|path| base.join(path)) })
    }

    fn desk(&self, raw: &FileDesk, overrides: &Overrides, mode: TorMode) -> Result<Desk, ConfigError> {
        let listen = match (overrides.listen, &raw.listen) {
            (Some(listen), _) => Some(listen),
            (None, None) => Some(SocketAddr::from(([127, 0, 0, 1], 8080))),
            (None, Some(text)) if text.get_ref().is_empty() => None,
            (None, Some(text)) => Some(text.get_ref().parse().map_err(|_| {
                self.wrong(
                    text,
                    format!("desk.listen = {:?} is not an address", text.get_ref()),
                    "write for example listen = \"127.0.0.1:8080\", or \"\" for no port at all",
                )
            })?),
        };
        let onion = raw.onion.as_ref().is_some_and(|o| *o.get_ref());
        if let Some(value) = raw.onion.as_ref().filter(|_| onion && mode != TorMode::Embedded) {
            return Err(self.wrong(
                value,
                "desk.onion = true needs the embedded Tor",
                "set tor.mode = \"embedded\", or let your own Tor publish desk.listen and set onion = false",
            ));
        }
        if !onion && listen.is_none() {
            let text = raw.listen.as_ref().expect("only the file can switch it off");
            return Err(self.wrong(
                text,
                "the desk has neither a port nor an onion service: nobody could reach it",
                "set onion = true, or an address for listen",
            ));
        }
        let moscow = jiff::tz::TimeZone::get("Europe/Moscow").unwrap_or(jiff::tz::TimeZone::UTC);
        Ok(Desk {
            listen,
            onion,
            language: raw.language.unwrap_or(Language::Ru),
            time_zone: self.zone(raw.time_zone.as_ref(), &moscow)?,
        })
    }

    fn limits(&self, raw: &FileLimits) -> Result<Limits, ConfigError> {
        let mb = self.in_range(raw.max_page_mb.as_ref(), 8, 1..=64, "limits.max_page_mb")?;
        Ok(Limits {
            max_page_bytes: usize::try_from(mb).unwrap_or(8) * 1024 * 1024,
            max_pages: self.in_range(raw.max_pages.as_ref(), 500, 1..=10_000, "limits.max_pages")?,
            connect_s: self.in_range(raw.connect_s.as_ref(), 75, 5..=300, "limits.connect_s")?,
            request_s: self.in_range(raw.request_s.as_ref(), 180, 5..=900, "limits.request_s")?,
        })
    }

    fn forum(&self, raw: FileForum, base: &Path, mode: TorMode) -> Result<Forum, ConfigError> {
        if raw.addresses.get_ref().is_empty() {
            return Err(self.wrong(&raw.addresses, "the forum has no address", "add its base address, ending in /"));
        }
        let mut addresses = Vec::new();
        for text in raw.addresses.get_ref() {
            addresses.push(self.address(text, mode)?);
        }
        let account = raw.account.as_ref().map(|a| a.get_ref().clone());
        if let Some(account) = raw.account.as_ref().filter(|_| raw.password_file.is_none()) {
            return Err(self.wrong(
                account,
                "the forum's account has no password",
                "put it into a file of its own and name it: password_file = \"forum-password\"",
            ));
        }
        let mut own_accounts = raw.own_accounts;
        if let Some(name) = account.as_ref().filter(|name| !own_accounts.contains(name)) {
            own_accounts.push(name.clone());
        }
        Ok(Forum {
            name: raw.name.get_ref().clone(),
            profile: raw.profile,
            addresses,
            account: account.map(Into::into),
            password_file: raw.password_file.map(|path| base.join(path)),
            own_accounts,
            time_zone: self.zone(raw.time_zone.as_ref(), &jiff::tz::TimeZone::UTC)?,
            requests_per_hour: self.in_range(raw.requests_per_hour.as_ref(), 30, 1..=36_000, "requests_per_hour")?,
            longest_interval_s: {
                self.in_range(raw.longest_interval_s.as_ref(), 21_600, 60..=604_800, "longest_interval_s")?
            },
            min_gap_ms: raw.min_gap_ms.unwrap_or(2_000),
            views_interval_s: self.in_range(raw.views_interval_s.as_ref(), 3_600, 10..=86_400, "views_interval_s")?,
            settle_s: self.in_range(raw.settle_s.as_ref(), 60, 1..=3_600, "settle_s")?,
            catch_up_days: self.in_range(raw.catch_up_days.as_ref(), 30, 0..=3_650, "catch_up_days")?,
            holds_posts: raw.holds_posts.unwrap_or(false),
        })
    }

    /// A base address that this mode may reach: nothing leaves outside Tor by mistake.
    fn address(&self, text: &Spanned<String>, mode: TorMode) -> Result<Url, ConfigError> {
        let shown = "the forum's address";
        let mut url = Url::parse(text.get_ref())
            .map_err(|e| self.wrong(text, format!("{shown} cannot be read: {e}"), "write it as http://….onion/"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(self.wrong(text, format!("{shown} is not http or https"), "write it as http://….onion/"));
        }
        let loopback = is_loopback(&url);
        match mode {
            TorMode::Direct if !loopback => {
                return Err(self.wrong(
                    text,
                    format!("{shown} is not on this machine, and tor.mode = \"direct\" does not use Tor"),
                    "set tor.mode = \"embedded\" or \"socks\"; direct is for http://127.0.0.1 alone",
                ));
            }
            TorMode::Embedded if !is_onion(&url) => {
                return Err(self.wrong(
                    text,
                    format!("{shown} is no onion address"),
                    "the embedded Tor reaches onion services alone: write http://(56 letters and digits).onion/",
                ));
            }
            TorMode::Socks(_) if loopback || matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) => {
                return Err(self.wrong(
                    text,
                    format!("{shown} is an IP address"),
                    "through a proxy use the forum's name: http://….onion/",
                ));
            }
            _ => {}
        }
        url.set_query(None);
        url.set_fragment(None);
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Ok(url)
    }
}

/// Whether a URL names this machine, as an address or as `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a URL names a version 3 onion service, with or without a subdomain.
pub fn is_onion(url: &Url) -> bool {
    let Some(Host::Domain(name)) = url.host() else { return false };
    let mut labels = name.rsplit('.');
    labels.next() == Some("onion")
        && labels.next().is_some_and(|l| l.len() == 56 && l.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')))
}

/// An address as it is shown to people: enough of it to tell it from the forum's others.
pub fn shortened(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        _ if is_onion(url) => format!("{}….onion", host.get(..8).unwrap_or_default()),
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// `unknown field \`x\`, expected one of \`a\`, \`b\`` → the nearest of them.
fn unknown_key_hint(message: &str) -> String {
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next().unwrap_or_default();
    let nearest = words.max_by(|a, b| strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b)));
    match nearest.filter(|key| strsim::jaro_winkler(unknown, key) > 0.75) {
        Some(key) => format!("did you mean `{key}`? Otherwise take the line out"),
        None => "take the line out; `netreach init DIR` writes a commented example with every key".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONION: &str = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.onion";

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(Path::new("/etc/netreach/netreach.toml"), text, &Overrides::default())
    }

    fn refusal(text: &str) -> (Option<usize>, String, String) {
        let error = parse(text).expect_err("refused");
        (error.line, error.what, error.hint)
    }

    fn forum(lines: &str) -> String {
        format!("[[forum]]\nname = \"f\"\nprofile = \"phpbb-3\"\n{lines}")
    }

    #[test]
    fn unknown_key_is_refused_with_its_line_and_the_key_that_was_meant() {
        let (line, what, hint) = refusal("[desk]\nlisten = \"127.0.0.1:1\"\nlangauge = \"en\"\n");
        assert_eq!(line, Some(3));
        assert!(what.contains("langauge"), "{what}");
        assert!(hint.contains("`language`"), "{hint}");
    }

    #[test]
    fn wrong_value_is_refused_with_its_line() {
        let (line, what, hint) = refusal("[tor]\nmode = \"clear\"\n");
        assert_eq!((line, what.contains("clear"), hint.contains("embedded")), (Some(2), true, true));
        let (line, ..) = refusal("[limits]\n\nmax_pages = 0\n");
        assert_eq!(line, Some(3));
        let (line, what, _) = refusal("[desk]\nonion = \"yes\"\n");
        assert_eq!((line, what.contains("expected a boolean")), (Some(2), true), "{what}");
    }

    #[test]
    fn direct_mode_reaches_this_machine_alone() {
        for address in ["http://192.168.0.1/", "http://example.org/", ONION] {
            let (line, what, _) =
                refusal(&format!("[tor]\nmode = \"direct\"\n{}", forum(&format!("addresses = [\"{address}\"]\n"))));
            assert_eq!(line, Some(6), "{address}");
            assert!(!what.contains("example.org"), "the address stays out of the message");
        }
        for address in ["http://127.0.0.1:8201/", "http://localhost/forum", "http://[::1]:1/"] {
            let config = format!("[tor]\nmode = \"direct\"\n{}", forum(&format!("addresses = [\"{address}\"]\n")));
            assert!(parse(&config).is_ok(), "{address}");
        }
    }

    #[test]
    fn embedded_tor_takes_onion_addresses_alone() {
        for address in ["http://127.0.0.1/", "http://example.org/", "http://short.onion/", "ftp://x/"] {
            let (line, ..) = refusal(&forum(&format!("addresses = [\"{address}\"]\n")));
            assert_eq!(line, Some(4), "{address}");
        }
        assert!(parse(&forum(&format!("addresses = [\"{ONION}\"]\n"))).is_ok());
    }

    #[test]
    fn forum_covers_its_own_urls_and_no_others() {
        let config = parse(&forum(&format!("addresses = [\"{ONION}/board\"]\n"))).expect("valid");
        let covers = |url: &str| config.forums[0].covers(&Url::parse(url).expect("url"));
        assert_eq!(covers(&format!("{ONION}/board/viewtopic.php?t=1")), Some("viewtopic.php?t=1".into()));
        assert_eq!(covers(&format!("{ONION}/other/viewtopic.php?t=1")), None);
        assert_eq!(covers(&format!("{ONION}:81/board/viewtopic.php?t=1")), None);
        assert_eq!(covers("http://127.0.0.1/board/viewtopic.php?t=1"), None);
    }

    #[test]
    fn address_is_shown_shortened() {
        let show = |text: &str| shortened(&Url::parse(text).expect("url"));
        assert_eq!(show(&format!("{ONION}/board/")), "aaaaaaaa….onion");
        assert_eq!(show("http://127.0.0.1:8201/"), "127.0.0.1:8201");
    }

    #[test]
    fn account_without_a_password_file_is_refused() {
        let (line, _, hint) = refusal(&forum(&format!("addresses = [\"{ONION}\"]\naccount = \"desk\"\n")));
        assert_eq!(line, Some(5));
        assert!(hint.contains("password_file"));
    }

    #[test]
    fn own_account_is_known_without_being_named_twice() {
        let text = forum(&format!("addresses = [\"{ONION}\"]\naccount = \"desk\"\npassword_file = \"p\"\n"));
        let config = parse(&text).expect("valid");
        assert_eq!(config.forums[0].own_accounts, ["desk"]);
        assert_eq!(config.forums[0].password_file.as_deref(), Some(Path::new("/etc/netreach/p")));
    }

    #[test]
    fn desk_that_nobody_could_reach_is_refused() {
        assert_eq!(refusal("[desk]\nlisten = \"\"\n").0, Some(2));
        assert_eq!(refusal("[tor]\nmode = \"direct\"\n[desk]\nonion = true\n").0, Some(4));
    }
}
