//! `netreach healthcheck`: 0 when the running service wrote its heartbeats lately. For Docker; opens no connection.

use super::service::{load_config, load_key};
use super::{ConfigArgs, Hinted, say};
use crate::clock::Clock;
use crate::config::TorMode;
use crate::jobs;
use crate::store::{Store, StoreError};
use std::process::ExitCode;

/// The service beats every 15 s.
const SERVICE_STALE_S: i64 = 90;

pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let store = Store::open_existing(&config.data.database(), &load_key(&config)?)?;
    let now = Clock::System.now();
    let beats = store.read_now::<_, StoreError, _>(|tx| tx.heartbeats())?;
    let mut expected = vec![(jobs::SERVICE.to_owned(), SERVICE_STALE_S)];
    expected.extend(config.forums.iter().map(|f| (format!("forum {}", f.name), jobs::STALE_S)));
    let embedded = matches!(config.tor.mode, TorMode::Embedded);
    if embedded {
        expected.push((jobs::TOR.to_owned(), SERVICE_STALE_S));
    }
    for (part, limit_s) in expected {
        let age_s = beats.iter().find(|b| b.part == part).map(|b| now.since_s(b.at));
        // A sign of life from the future was written by a clock that ran ahead, and says nothing.
        if age_s.is_none_or(|age| age > limit_s || age < -60) {
            return Err(Hinted {
                what: match age_s {
                    Some(age) => format!("{part}: no sign of life for {age} s"),
                    None => format!("{part}: never gave a sign of life"),
                },
                hint: "see the service's log; if it hangs, restart it: nothing is lost or sent twice".to_owned(),
            }
            .into());
        }
    }
    let tor = beats.iter().find(|b| b.part == jobs::TOR).map(|b| b.state.as_str());
    if embedded && tor != Some("ready") {
        return Err(Hinted {
            what: format!("tor: {}; no thread is read and no reply is sent", tor.unwrap_or("unknown")),
            hint: "wait some minutes after a start; else see the service's log, the network, and whether this network \
                   blocks Tor (then name bridges in tor.config)"
                .to_owned(),
        }
        .into());
    }
    say("healthy");
    Ok(ExitCode::SUCCESS)
}
