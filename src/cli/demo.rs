//! `netreach demo`: the whole program on this machine: a sample forum on loopback that lives, the monitor, the desk, one
//! log-in for each role. No configuration, no network, no Tor, and it says so.

use super::run::{finish, serve_desk, start_jobs};
use super::service::{
    Existing, StopSignal, desk_settings, make_private_dir, open_triage, open_venue, random_password, runtime,
    start_logging, write_private,
};
use super::{Hinted, say};
use crate::clock::{Clock, Timestamp};
use crate::config::{Config, DATABASE_FILE, Overrides};
use crate::domain::account::Role;
use crate::domain::answer;
use crate::jobs::{self, Context as JobContext};
use crate::net::Transport;
use crate::sample_forum::{self, SampleForum, life};
use crate::sensitive::Sensitive;
use crate::store::{Key, NewThread, Store, StoreError};
use crate::{triage, web};
use anyhow::Context;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Posts that arrive while the demo runs.
const ARRIVING_POSTS: &str = include_str!("../../data/posts-dev.jsonl");

/// A new post comes about this often, after a quick beginning.
const ARRIVAL: Duration = Duration::from_secs(30);

/// One log-in for each role; the specialist of a small NGO is often its verifier, here they are apart.
const PEOPLE: [(&str, Role); 5] = [
    ("worker", Role::Worker),
    ("specialist", Role::Specialist),
    ("verifier", Role::Verifier),
    ("coordinator", Role::Coordinator),
    ("admin", Role::Admin),
];

/// Made-up facts for the directory, so that answers can be sent: plainly samples.
const FACTS: [(&str, &str); 9] = [
    ("bus_schedule", "(пример) пн–пт 18:00–22:00, у метро"),
    ("doctor_contact", "(пример) врач фонда, в личных сообщениях"),
    ("case_manager_contact", "(пример) кейс-менеджер фонда, в личных сообщениях"),
    ("psychologist_contact", "(пример) психолог фонда, в личных сообщениях"),
    ("legal_contact", "(пример) юрист фонда, в личных сообщениях"),
    ("chat_invite", "(пример) спросите приглашение в автобусе"),
    ("aids_center_hours", "(пример) пн–пт 9:00–18:00"),
    ("overdose_bot", "(пример) бот о передозировке"),
    ("night_hours", "(пример) с 23:00 до 9:00"),
];

/// Answers left for the verifier, so that verifying can be tried.
const LEFT_UNVERIFIED: [&str; 4] = ["vein.varicose", "info.hbv_vaccine", "svc.disability", "hr.disposal"];

#[derive(clap::Args)]
pub(super) struct DemoArgs {
    /// Where the desk listens
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keep the database here; without it everything is thrown away at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(super) fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    start_logging();
    let kept = args.data.clone();
    let dir = match &kept {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!("netreach-demo-{}", std::process::id())),
    };
    make_private_dir(&dir)?;
    let result = runtime()?.block_on(serve(&args, &dir, kept.is_some()));
    if kept.is_none()
        && let Err(error) = std::fs::remove_dir_all(&dir)
    {
        tracing::warn!(%error, "the demo's folder could not be removed");
    }
    result.map(|()| ExitCode::SUCCESS)
}

async fn serve(args: &DemoArgs, dir: &Path, kept: bool) -> anyhow::Result<()> {
    let mut asked_to_stop = StopSignal::install()?;
    let clock = Clock::System;
    let store = open_demo_store(dir)?;
    let desk_listener = TcpListener::bind(args.listen).await.map_err(|error| Hinted {
        what: format!("the desk cannot listen at {}: {error}", args.listen),
        hint: "choose another port: netreach demo --listen 127.0.0.1:8090".to_owned(),
    })?;
    let forum_listener = TcpListener::bind(("127.0.0.1", 0)).await.context("opening the sample forum")?;
    let forum_address = forum_listener.local_addr()?;
    let forum_password = random_password()?;

    let forum = SampleForum::new(clock.clone());
    forum.number_from(first_id(clock.now()));
    forum.offer_switches();
    forum.add_user(life::NGO, forum_password.expose());
    let topics = life::seed(&forum, clock.now());
    let name = forum_name(&store)?;
    let config = demo_config(dir, &name, forum_address, &forum_password)?;

    let passwords = make_people(&store, clock.now())?;
    fill_library(&store, clock.now())?;
    put_threads_on_the_list(&store, &name, &[topics.services, topics.hiv, topics.hepatitis], clock.now())?;

    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    let stopped = stop.clone();
    tasks.spawn(async move {
        let served = sample_forum::serve(forum.clone(), forum_listener, stopped.clone().cancelled_owned());
        let posts = life::read_posts(ARRIVING_POSTS).unwrap_or_default();
        let lived = life::live(forum, posts, ARRIVAL, stopped.cancelled_owned());
        if let (Err(error), ()) = tokio::join!(served, lived) {
            tracing::error!(%error, "the sample forum ended");
        }
    });
    let triage = open_triage(dir)?;
    jobs::restore(&JobContext { store: store.clone(), clock: clock.clone(), triage: triage.clone() }).await?;
    let router = web::router(store.clone(), clock.clone(), desk_settings(&config, true), triage.clone());
    let desk_address = desk_listener.local_addr()?;
    serve_desk(&mut tasks, desk_listener, router, &stop);
    let venue = open_venue(&config, &config.forums[0], &Transport::Direct, &store, &clock)?;
    start_jobs(&mut tasks, JobContext { store, clock, triage }, vec![venue], &stop);
    introduce(desk_address, forum_address, &passwords, dir, kept);
    asked_to_stop.wait().await;
    say("stopping …");
    finish(tasks, &stop).await;
    if !kept {
        say("the demo's database is thrown away");
    }
    Ok(())
}

/// Ids of this run are higher than those of any earlier one, so that a kept database does not take new posts for old.
fn first_id(now: Timestamp) -> u64 {
    u64::try_from(now.as_unix_s() / 10).unwrap_or(1)
}

fn open_demo_store(dir: &Path) -> anyhow::Result<Store> {
    let key_file = dir.join("netreach.key");
    if !key_file.exists() {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).context("no randomness from the system")?;
        write_private(&key_file, Key::from_bytes(&bytes).to_hex(), Existing::Refuse)?;
    }
    let key = Key::parse(&std::fs::read_to_string(&key_file)?)?;
    Ok(Store::open(&dir.join(DATABASE_FILE), &key)?)
}

/// The demo's configuration goes through the same reading as everybody's.
fn demo_config(dir: &Path, name: &str, forum: SocketAddr, password: &Sensitive<String>) -> anyhow::Result<Config> {
    write_private(&dir.join("forum.password"), password.expose(), Existing::Replace)?;
    let text = format!(
        "[tor]\nmode = \"direct\"\n[[forum]]\nname = \"{name}\"\nprofile = \"phpbb-3\"\naddresses = [\"http://{forum}/\"]\n\
         account = \"{}\"\npassword_file = \"forum.password\"\nrequests_per_hour = 600\nmin_gap_ms = 100\nsettle_s = 5\n\
         views_interval_s = 30\n",
        life::NGO
    );
    Ok(Config::parse(&dir.join("demo.toml"), &text, &Overrides::default())?)
}

/// One account a role, with a fresh password each time.
fn make_people(store: &Store, now: Timestamp) -> anyhow::Result<Vec<(&'static str, Sensitive<String>)>> {
    let mut made = Vec::new();
    for (name, role) in PEOPLE {
        let password = random_password()?;
        let hash = web::password::hash_password(password.expose())?;
        store.write_now::<_, StoreError, _>(|tx| match tx.find_login(name)? {
            Some(_) => tx.set_password(name, &hash),
            None => tx.add_account(name, &hash, &[role], now).map(drop),
        })?;
        made.push((name, password));
    }
    Ok(made)
}

/// The starter answers, most of them marked verified by the demo's verifier so that the whole way can be tried.
fn fill_library(store: &Store, now: Timestamp) -> anyhow::Result<()> {
    const YEAR_S: i64 = 365 * 24 * 3600;
    store.write_now::<_, StoreError, _>(|tx| {
        let verifier = tx.find_login("verifier")?.ok_or(StoreError::NotFound)?.0;
        for text in triage::starter_answers() {
            tx.save_answer(text, now)?;
            if LEFT_UNVERIFIED.contains(&text.id.as_str()) {
                continue;
            }
            let until = now.plus_s(YEAR_S);
            if let Ok(v) = answer::verify(text, &text.digest(), verifier.id, &verifier.roles, now, until) {
                tx.verify_answer(&text.id, &v)?;
            }
        }
        FACTS.iter().try_for_each(|(key, value)| tx.save_fact(key, value, None, now))
    })?;
    Ok(())
}

/// The sample forum of this run has a name of its own: threads of an earlier run with the same database are kept, and
/// belong to a forum that is no more.
fn forum_name(store: &Store) -> anyhow::Result<String> {
    let threads = store.read_now::<_, StoreError, _>(|tx| tx.threads())?;
    let runs: BTreeSet<String> = threads.into_iter().map(|t| t.forum).collect();
    Ok(if runs.is_empty() { "sample".to_owned() } else { format!("sample-{}", runs.len() + 1) })
}

fn put_threads_on_the_list(store: &Store, forum: &str, topics: &[u64], now: Timestamp) -> anyhow::Result<()> {
    store.write_now::<_, StoreError, _>(|tx| {
        for topic in topics {
            tx.add_thread(&NewThread {
                forum: forum.to_owned(),
                forum_thread_id: topic.to_string(),
                path: format!("viewtopic.php?t={topic}"),
                now,
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

fn introduce(
    desk: SocketAddr,
    forum: SocketAddr,
    passwords: &[(&'static str, Sensitive<String>)],
    dir: &Path,
    kept: bool,
) {
    say("netreach demo: a sample forum on this machine, invented people, and NO Tor. Do not use it for real work.");
    say(format_args!("  desk:   http://{desk}/"));
    say(format_args!("  forum:  http://{forum}/  (new posts keep arriving; the first within seconds)"));
    say(format_args!(
        "  checks: http://{forum}/checks  (a captcha, a second factor, a guard: what a person must answer)"
    ));
    say("  log-ins (name, password):");
    for (name, password) in passwords {
        say(format_args!("    {name:<12} {}", password.expose()));
    }
    say("  Answers are marked verified for the demo only; four are left for the verifier to try.");
    if kept {
        say(format_args!("  The database is kept in {}.", dir.display()));
    } else {
        say("  Everything is thrown away at the end.");
    }
    say("  Ctrl-C ends it.");
}
