//! Wiring shared by the commands: configuration, key, database, logging, forums, the runtime.

use super::model::find_model;
use super::{ConfigArgs, Hinted};
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError, Overrides, TorMode};
use crate::forum::{Credentials, Forum, Mirrors};
use crate::jobs::{ForumRules, Venue};
use crate::net::{Client, ClientSettings, EmbeddedTor, Jar, Transport};
use crate::page::{self, Profile};
use crate::sensitive::Sensitive;
use crate::store::{Key, Store};
use crate::triage::{self, Triage};
use crate::web;
use anyhow::Context;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

/// Reads and checks the configuration file.
pub(super) fn load_config(args: &ConfigArgs) -> anyhow::Result<Config> {
    let file = &args.config;
    let text = std::fs::read_to_string(file).map_err(|error| ConfigError {
        file: file.clone(),
        line: None,
        what: format!("the configuration cannot be read: {error}"),
        hint: unreadable_hint(&error, "`netreach init DIR` writes one; name it with --config FILE or NETREACH_CONFIG"),
    })?;
    let listen = match std::env::var("NETREACH_LISTEN") {
        Ok(text) => Some(text.parse().with_context(|| format!("NETREACH_LISTEN={text:?} is not an address"))?),
        Err(_) => None,
    };
    let overrides = Overrides { data_dir: std::env::var_os("NETREACH_DATA_DIR").map(Into::into), listen };
    Ok(Config::parse(file, &text, &overrides)?)
}

/// The way on when a file cannot be read: what to do about its owner, or else `otherwise`.
fn unreadable_hint(error: &std::io::Error, otherwise: &str) -> String {
    if error.kind() == std::io::ErrorKind::PermissionDenied {
        "the user that netreach runs as may not read it: mend its owner (chown) or mode (chmod)".to_owned()
    } else {
        otherwise.to_owned()
    }
}

/// Whether the environment names the database key.
pub(super) fn key_is_in_environment() -> bool {
    std::env::var_os("NETREACH_KEY").is_some() || std::env::var_os("NETREACH_KEY_FILE").is_some()
}

/// The database key, from the environment or its file.
pub(super) fn load_key(config: &Config) -> anyhow::Result<Key> {
    if let Ok(key) = std::env::var("NETREACH_KEY") {
        return Key::parse(&key).context("NETREACH_KEY");
    }
    let file = std::env::var_os("NETREACH_KEY_FILE").map(Into::into).or_else(|| config.data.key_file.clone());
    let Some(file) = file else {
        return Err(Hinted {
            what: "there is no database key".to_owned(),
            hint: "set data.key_file in the configuration, or NETREACH_KEY_FILE".to_owned(),
        }
        .into());
    };
    let text = std::fs::read_to_string(&file).map_err(|error| Hinted {
        what: format!("the key file {} cannot be read: {error}", file.display()),
        hint: unreadable_hint(
            &error,
            "without this key the database cannot be opened; bring the file back from its copy",
        ),
    })?;
    Key::parse(&text).with_context(|| format!("key file {}", file.display()))
}

/// Opens the database of a configuration, making it (and the data directory) where there is none.
pub(super) fn open_store(config: &Config) -> anyhow::Result<Store> {
    let key = load_key(config)?;
    make_private_dir(&config.data.dir)?;
    let path = config.data.database();
    Store::open(&path, &key).with_context(|| format!("opening the database {}", path.display()))
}

/// Makes a directory that only its owner can read.
pub(super) fn make_private_dir(dir: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("making the directory {}", dir.display()))
}

/// What to do when the file is there already.
pub(super) enum Existing {
    Refuse,
    Replace,
}

/// Writes a file that only its owner can read.
pub(super) fn write_private(path: &Path, text: &str, existing: Existing) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    match existing {
        Existing::Refuse => options.create_new(true),
        Existing::Replace => options.create(true).truncate(true),
    };
    let opened = options.write(true).mode(0o600).open(path);
    let mut file = opened.with_context(|| format!("writing {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))
}

/// Logs to standard error: what happens, never a text, a name or an address. Other crates are heard only when they fail;
/// `NETREACH_LOG` overrides (`debug` may show addresses).
pub(super) fn start_logging() {
    let filter = std::env::var("NETREACH_LOG").unwrap_or_else(|_| "error,netreach=info".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error,netreach=info"));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let started =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).try_init();
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
}

/// A runtime with two threads: the machine has little else to do, and forums are slow.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("starting the runtime")
}

/// The judge of posts, with the sentence model where there is one. Says which it is.
pub(super) fn open_triage(data_dir: &Path) -> anyhow::Result<triage::Current> {
    let sentences = find_model(Some(data_dir))?;
    tracing::info!(sentence_model = sentences.is_some(), "posts are judged");
    Ok(sentences.map_or_else(triage::Current::default, |s| triage::Current::new(Triage::with_sentences(s))))
}

/// The profile of a forum: a built-in one by name, or a file.
pub(super) fn load_profile(named: &str) -> anyhow::Result<Profile> {
    if let Some(profile) = page::find_profile(named) {
        return Ok(profile.clone());
    }
    let path = Path::new(named);
    if !named.contains(['/', '.']) {
        let known: Vec<&str> = page::builtin_profiles().iter().map(Profile::name).collect();
        return Err(Hinted {
            what: format!("there is no selector profile {named:?}"),
            hint: format!("use one of {}, or the path of a profile file", known.join(", ")),
        }
        .into());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("reading the selector profile {named}"))?;
    let name = path.file_stem().and_then(|s| s.to_str()).unwrap_or(named);
    Profile::parse(name, &text).with_context(|| format!("selector profile {named}"))
}

/// Starts the way out that the configuration names.
pub(super) async fn open_transport(config: &Config) -> anyhow::Result<Transport> {
    Ok(match config.tor.mode {
        TorMode::Direct => Transport::Direct,
        TorMode::Socks(address) => Transport::Socks(address),
        TorMode::Embedded => {
            let extra = match &config.tor.config {
                Some(file) => Some(
                    std::fs::read_to_string(file)
                        .with_context(|| format!("reading the Tor configuration {}", file.display()))?,
                ),
                None => None,
            };
            let timeout = Duration::from_secs(config.limits.connect_s);
            Transport::Embedded(EmbeddedTor::start(&config.data.dir, extra.as_deref(), timeout).await?)
        }
    })
}

/// A forum of the configuration, with the cookies of its last session.
pub(super) fn open_venue(
    config: &Config,
    forum: &config::Forum,
    transport: &Transport,
    store: &Store,
    clock: &Clock,
) -> anyhow::Result<Venue> {
    let state = store.read_now(|tx| tx.forum_state(&forum.name))?;
    let jar = state.cookies.map_or_else(Jar::default, |json| Jar::from_json(json.expose()));
    let credentials = match (&forum.account, &forum.password_file) {
        (Some(name), Some(file)) => {
            let password = std::fs::read_to_string(file)
                .with_context(|| format!("reading the password of forum {:?} from {}", forum.name, file.display()))?;
            Some(Credentials { name: name.clone(), password: password.trim_end_matches(['\n', '\r']).into() })
        }
        _ => None,
    };
    let client = Client::new(
        transport.clone(),
        ClientSettings {
            isolation: format!("forum-{}", forum.name.bytes().map(|b| format!("{b:02x}")).collect::<String>()),
            addresses: forum.addresses.clone(),
            max_page_bytes: config.limits.max_page_bytes,
            connect_timeout: Duration::from_secs(config.limits.connect_s),
            request_timeout: Duration::from_secs(config.limits.request_s),
            min_gap: Duration::from_millis(forum.min_gap_ms),
        },
        jar,
    )?;
    client.set_user_agent(state.user_agent.as_deref());
    Ok(Venue::new(
        Forum {
            name: forum.name.clone(),
            profile: load_profile(&forum.profile)?,
            mirrors: Mirrors::new(
                forum.addresses.clone(),
                state.address.as_ref().map(|address| address.expose().as_str()),
                clock.now(),
            ),
            credentials,
            time_zone: forum.time_zone.clone(),
            client,
            clock: clock.clone(),
        },
        rules_of(config, forum),
        clock.now(),
    ))
}

pub(super) fn rules_of(config: &Config, forum: &config::Forum) -> ForumRules {
    ForumRules {
        own_names: forum.own_accounts.clone(),
        requests_per_hour: forum.requests_per_hour,
        longest_interval_s: forum.longest_interval_s,
        views_interval_s: forum.views_interval_s,
        settle_s: forum.settle_s,
        catch_up_days: forum.catch_up_days,
        max_pages: config.limits.max_pages,
        holds_posts: forum.holds_posts,
    }
}

/// The forum that covers a URL, the thread it leads to, and that thread's path.
///
/// # Errors
/// No forum of the configuration covers it, or its profile finds no thread in it.
pub(super) fn place_of<'a>(
    config: &'a Config,
    named: Option<&str>,
    url: &Url,
) -> anyhow::Result<(&'a config::Forum, String, String)> {
    let mut forums = config.forums.iter().filter(|f| named.is_none_or(|name| f.name == name));
    let Some((forum, path)) = forums.find_map(|f| f.covers(url).map(|path| (f, path))) else {
        return Err(Hinted {
            what: "no forum of the configuration covers this URL".to_owned(),
            hint: "add the forum's address under [[forum]] first; only threads of configured forums are ever read"
                .to_owned(),
        }
        .into());
    };
    let profile = load_profile(&forum.profile)?;
    let Some(id) = page::thread_id_of(&profile, url) else {
        return Err(Hinted {
            what: format!("this URL does not name a thread of {} (profile {})", forum.name, forum.profile),
            hint: "copy the address of the thread's first page".to_owned(),
        }
        .into());
    };
    // The thread's own first page, whatever page, post or session the copied address named.
    let base = forum.addresses.first().context("a forum has an address")?;
    let first_page = page::thread_url(&profile, base, &id).and_then(|url| forum.covers(&url));
    Ok((forum, id, first_page.unwrap_or(path)))
}

/// What the desk needs of the configuration.
pub(super) fn desk_settings(config: &Config, demo: bool) -> web::Settings {
    web::Settings {
        time_zone: config.desk.time_zone.clone(),
        language: match config.desk.language {
            config::Language::Ru => web::Lang::Ru,
            config::Language::En => web::Lang::En,
        },
        demo,
        forum_accounts: config
            .forums
            .iter()
            .filter_map(|f| Some((f.name.clone(), f.account.as_ref()?.expose().clone())))
            .collect(),
        forum_ways: config
            .forums
            .iter()
            // A profile that cannot be read has been told of elsewhere.
            .filter_map(|f| Some((f.name.clone(), ways_of(&load_profile(&f.profile).ok()?))))
            .collect(),
        forum_addresses: config.forums.iter().map(|f| (f.name.clone(), f.addresses.clone())).collect(),
    }
}

/// What replies can do on a forum of this profile.
fn ways_of(profile: &Profile) -> web::Ways {
    web::Ways { quotes: profile.can_quote(), messages: profile.can_message() }
}

/// A password to be shown once: 20 characters without look-alikes, about 115 bits.
pub(super) fn random_password() -> anyhow::Result<Sensitive<String>> {
    const LETTERS: &[u8; 54] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ234567";
    let mut password = String::with_capacity(20);
    while password.len() < 20 {
        let mut byte = [0u8];
        getrandom::fill(&mut byte).context("no randomness from the system")?;
        // Bytes past the last whole multiple would make some letters likelier.
        if let Some(letter) = LETTERS.get(usize::from(byte[0] % 54)).filter(|_| byte[0] < 216) {
            password.push(char::from(*letter));
        }
    }
    Ok(password.into())
}

/// Ctrl-C, or the signal a container is stopped with. Made first of all: a signal that comes before it is lost on a
/// process that is the first of its container.
pub(super) struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    /// To be called inside the runtime.
    pub(super) fn install() -> anyhow::Result<Self> {
        let install = |kind| signal(kind).context("listening for the signal to stop");
        Ok(Self { interrupt: install(SignalKind::interrupt())?, terminate: install(SignalKind::terminate())? })
    }

    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
