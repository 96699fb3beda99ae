//! `netreach check`: says what is wrong and how to mend it, before the service meets it.

use super::service::{load_config, load_key, load_profile, open_transport, open_venue, runtime};
use super::{ConfigArgs, say};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::forum::LogIns;
use crate::jobs::Venue;
use crate::net::{TorState, Transport};
use crate::page::{self, Profile};
use crate::store::{Store, StoreError};
use anyhow::Context;
use std::process::ExitCode;
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Also start Tor, reach every forum and read the first page of every thread
    #[arg(long)]
    online: bool,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(&args.config)?;
    say(format_args!("configuration: good, {} forum(s)", config.forums.len()));
    let known: Vec<&str> = page::builtin_profiles().iter().map(Profile::name).collect();
    say(format_args!("built-in profiles: {}", known.join(", ")));
    for forum in &config.forums {
        load_profile(&forum.profile).with_context(|| format!("forum {:?}", forum.name))?;
        say(format_args!("forum {}: profile {} is good", forum.name, forum.profile));
    }
    let key = load_key(&config)?;
    let path = config.data.database();
    if !path.exists() {
        say("database: none yet; `netreach run` makes it");
        return Ok(ExitCode::SUCCESS);
    }
    let store = Store::open_existing(&path, &key).with_context(|| format!("opening {}", path.display()))?;
    say("database: the key fits and the schema is known");
    if !args.online {
        return Ok(ExitCode::SUCCESS);
    }
    let all_good = runtime()?.block_on(online(&config, &store))?;
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn online(config: &Config, store: &Store) -> anyhow::Result<bool> {
    let transport = open_transport(config).await.context("another netreach may be using this data directory")?;
    if let Transport::Embedded(tor) = &transport {
        let ready = tor.wait_ready(Duration::from_secs(120)).await == TorState::Ready;
        say(if ready { "Tor: ready" } else { "Tor: not ready after 120 s; check the network, or configure bridges" });
        if !ready {
            return Ok(false);
        }
    }
    let mut all_good = true;
    for forum in &config.forums {
        let venue = open_venue(config, forum, &transport, store, &Clock::System)?;
        let name = forum.name.clone();
        let threads = store.read_now::<_, StoreError, _>(|tx| tx.threads())?;
        let threads: Vec<_> = threads.into_iter().filter(|t| t.forum == name).collect();
        let path = threads.first().map_or("", |thread| thread.path.expose().as_str());
        try_addresses(&venue, forum, path).await;
        let mut log_ins = LogIns::once();
        for thread in threads {
            let result = venue.forum.read_page(thread.path.expose(), &mut log_ins).await;
            let (good, words) = match &result {
                Ok(read) => {
                    let page = &read.reading.page;
                    let state = crate::domain::thread::LookState::from(page.state);
                    let good = state.is_success() && page.complaints.is_empty();
                    (good, format!("{}, {} posts, {}", state.as_str(), page.posts.len(), page.complaints.join("; ")))
                }
                Err(trouble) => (false, trouble.to_string()),
            };
            all_good &= good;
            say(format_args!("forum {name}, thread {}: {}", thread.id.0, words.trim_end_matches(", ")));
        }
        if forum.addresses.len() > 1 {
            let number = venue.forum.mirrors.in_use() + 1;
            say(format_args!("forum {name}: address {number} of {} is in use", forum.addresses.len()));
        }
    }
    Ok(all_good)
}

/// Says of each address of a forum with mirrors whether it answers. One that does not is no failure: the others are
/// there for that.
async fn try_addresses(venue: &Venue, forum: &config::Forum, path: &str) {
    let count = forum.addresses.len();
    if count < 2 {
        return;
    }
    for (index, address) in forum.addresses.iter().enumerate() {
        let words = match venue.forum.try_address(index, path).await {
            Ok(_) => "answers".to_owned(),
            Err(trouble) => trouble.to_string(),
        };
        let shown = config::shortened(address);
        say(format_args!("forum {}, address {} of {count} ({shown}): {words}", forum.name, index + 1));
    }
}
