//! `netreach run`: the service. The desk, one task a forum, housekeeping; ends when it is asked to.

use super::ConfigArgs;
use super::service::{
    Existing, StopSignal, desk_settings, load_config, open_store, open_transport, open_triage, open_venue, runtime,
    start_logging, write_private,
};
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::{self, Context as JobContext, Venue};
use crate::net::{self, Transport};
use crate::store::Store;
use crate::web;
use anyhow::Context;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Where the desk's onion address is written, in the data directory.
const ADDRESS_FILE: &str = "desk.address";

/// How long work under way may take to finish after the service is asked to stop.
const FINISH: Duration = Duration::from_secs(20);

pub(super) fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let args = args.clone();
    runtime()?.block_on(async move {
        let stop = StopSignal::install()?;
        let config = load_config(&args)?;
        start_logging();
        let store = open_store(&config)?;
        serve(config, store, stop).await
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, store: Store, mut asked_to_stop: StopSignal) -> anyhow::Result<()> {
    let clock = Clock::System;
    let transport = open_transport(&config).await?;
    let mut venues = Vec::new();
    for forum in &config.forums {
        venues.push(open_venue(&config, forum, &transport, &store, &clock)?);
    }
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let triage = open_triage(&config.data.dir)?;
    // Before anything is judged; what is asked for later is made by a task of its own.
    jobs::restore(&JobContext { store: store.clone(), clock: clock.clone(), triage: triage.clone() }).await?;
    let router = web::router(store.clone(), clock.clone(), desk_settings(&config, false), triage.clone());
    if let Some(listen) = config.desk.listen {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("opening the desk at {listen}"))?;
        super::say(format_args!("desk: http://{}/", listener.local_addr()?));
        serve_desk(&mut tasks, listener, router.clone(), &stop);
    }
    if let Transport::Embedded(tor) = &transport {
        let context = JobContext { store: store.clone(), clock: clock.clone(), triage: triage.clone() };
        tasks.spawn(jobs::watch_tor(context, tor.clone(), stop.clone()));
    }
    if let (Transport::Embedded(tor), true) = (&transport, config.desk.onion) {
        let desk = net::publish_desk(tor)?;
        if let Some(address) = desk.address() {
            publish_address(&config.data.dir.join(ADDRESS_FILE), &address)?;
        }
        serve_desk(&mut tasks, desk, router, &stop);
    }
    start_jobs(&mut tasks, JobContext { store, clock, triage }, venues, &stop);
    tracing::info!(forums = config.forums.len(), "netreach runs");
    asked_to_stop.wait().await;
    finish(tasks, &stop).await;
    Ok(())
}

/// Tells the operator the desk's onion address: in a file, and on the screen if somebody is looking. What is not a
/// screen is a log, where no address belongs.
fn publish_address(file: &Path, address: &str) -> anyhow::Result<()> {
    write_private(file, &format!("{address}\n"), Existing::Replace)?;
    if std::io::stdout().is_terminal() {
        super::say(format_args!("desk: {address} (in Tor Browser, some seconds after Tor is ready)"));
    }
    super::say(format_args!("desk: its onion address is in {}", file.display()));
    Ok(())
}

/// Serves the desk on a port or an onion service.
pub(super) fn serve_desk<L>(tasks: &mut JoinSet<()>, listener: L, router: axum::Router, stop: &CancellationToken)
where
    L: axum::serve::Listener,
    L::Addr: std::fmt::Debug,
{
    let stop = stop.clone();
    tasks.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the desk ended");
        }
    });
}

/// Starts the background work.
pub(super) fn start_jobs(tasks: &mut JoinSet<()>, context: JobContext, venues: Vec<Venue>, stop: &CancellationToken) {
    for venue in venues {
        tasks.spawn(jobs::work_forum(context.clone(), venue, stop.clone()));
    }
    tasks.spawn(jobs::keep_learning(context.clone(), stop.clone()));
    tasks.spawn(jobs::keep_house(context, stop.clone()));
}

/// Ends the tasks: what is under way may finish, and what does not is safe to cut off (the outbox knows).
pub(super) async fn finish(mut tasks: JoinSet<()>, stop: &CancellationToken) {
    tracing::info!("stopping");
    stop.cancel();
    let ended = tokio::time::timeout(FINISH, async { while tasks.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        tracing::info!("a request was still under way and is cut off; its outcome is settled at the next start");
    }
    tasks.shutdown().await;
}
