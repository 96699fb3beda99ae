//! `netreach thread`: the NGO's own list of threads. Nothing outside it is ever read.

use super::service::{load_config, open_store, place_of};
use super::{ConfigArgs, Hinted, say};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::thread::{Thread, ThreadId};
use crate::store::{MoveError, NewThread, Store, StoreError};
use anyhow::Context;
use clap::Subcommand;
use std::process::ExitCode;
use url::Url;

#[derive(clap::Args)]
pub(super) struct ThreadArgs {
    #[command(subcommand)]
    command: ThreadCommand,
}

#[derive(Subcommand)]
enum ThreadCommand {
    /// Put a thread of a configured forum on the list
    Add {
        url: String,
        /// The forum, where several cover the URL
        #[arg(long)]
        forum: Option<String>,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// List the threads with their numbers
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Take a thread off the list, with everything known of it
    Remove {
        /// The thread's number or URL
        thread: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Let a thread of the list go on at a new place: its cases and its history stay with it
    Move {
        /// The thread's number or URL
        old: String,
        /// URL of the new place, on a configured forum
        new: String,
        /// The new place's forum, where several cover the URL
        #[arg(long)]
        forum: Option<String>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

pub(super) fn run(args: ThreadArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ThreadCommand::Add { url, forum, config } => add(&url, forum.as_deref(), &config),
        ThreadCommand::List { config } => list(&config),
        ThreadCommand::Remove { thread, config } => remove(&thread, &config),
        ThreadCommand::Move { old, new, forum, config } => move_to(&old, &new, forum.as_deref(), &config),
    }
}

fn add(url: &str, forum: Option<&str>, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let url = Url::parse(url).context("this is no URL")?;
    let (forum, forum_thread_id, path) = place_of(&config, forum, &url)?;
    let new = NewThread { forum: forum.name.clone(), forum_thread_id, path, now: Clock::System.now() };
    match open_store(&config)?.write_now(|tx| tx.add_thread(&new)) {
        Ok(id) => say(format_args!("thread {} of forum {} is on the list and will be read soon", id.0, forum.name)),
        Err(StoreError::Conflict) => say("this thread is on the list already"),
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let store = open_store(&load_config(args)?)?;
    for thread in store.read_now::<_, StoreError, _>(|tx| tx.threads())? {
        say(line_of(&thread));
    }
    Ok(ExitCode::SUCCESS)
}

fn line_of(thread: &Thread) -> String {
    let title = thread.title.as_ref().map_or("(not read yet)", |t| t.expose().as_str());
    let state = thread.last_state.map_or("-", |s| s.as_str());
    let looked = thread.last_look_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    format!("{}  {}  {}  last look {looked}: {state}  {title}", thread.id.0, thread.forum, thread.forum_thread_id)
}

/// The thread that a number or a URL names.
fn find(config: &Config, store: &Store, named: &str) -> anyhow::Result<ThreadId> {
    let found = match (named.parse::<i64>(), Url::parse(named)) {
        (Ok(number), _) => {
            store.read_now::<_, StoreError, _>(|tx| tx.threads())?.into_iter().find(|t| t.id.0 == number)
        }
        (_, Ok(url)) => {
            let (forum, forum_thread_id, _) = place_of(config, None, &url)?;
            store.read_now(|tx| tx.find_thread(&forum.name, &forum_thread_id))?
        }
        _ => anyhow::bail!("{named:?} is neither a thread's number nor a URL"),
    };
    found.map(|thread| thread.id).ok_or_else(|| {
        hinted("this thread is not on the list", "`netreach thread list` shows the numbers of those that are")
    })
}

fn hinted(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { what: what.into(), hint: hint.into() }.into()
}

fn remove(thread: &str, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let store = open_store(&config)?;
    let id = find(&config, &store, thread)?;
    store.write_now(|tx| tx.remove_thread(id))?;
    say(format_args!("thread {} is off the list; its posts and cases are deleted", id.0));
    Ok(ExitCode::SUCCESS)
}

fn move_to(old: &str, new: &str, forum: Option<&str>, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let store = open_store(&config)?;
    let id = find(&config, &store, old)?;
    let url = Url::parse(new).context("the new place is no URL")?;
    let (forum, forum_thread_id, path) = place_of(&config, forum, &url)?;
    let to = NewThread { forum: forum.name.clone(), forum_thread_id, path, now: Clock::System.now() };
    let moved = store.write_now(|tx| tx.move_thread(id, &to)).map_err(refusal)?;
    let (id, posts, open, closed) = (id.0, moved.posts, moved.open_cases, moved.closed_cases);
    say(format_args!("thread {id} goes on at forum {}, thread {}", to.forum, to.forum_thread_id));
    say(format_args!("  {posts} posts of the old place stay as its history; it is not read any more"));
    say(format_args!("  {open} open and {closed} closed cases and the history of views go on"));
    say("  the new place will be read as a whole soon; what was known of the old one opens no case again");
    match &forum.account {
        Some(account) => say(format_args!("  replies will appear there under the name {}", account.expose())),
        None => say("  no account is configured for that forum: replies cannot be sent there"),
    }
    say("  a service that runs knows of the move; if the forum is new in the configuration, restart it");
    Ok(ExitCode::SUCCESS)
}

fn refusal(error: MoveError) -> anyhow::Error {
    match error {
        MoveError::Same => hinted("the thread stands there already: nothing was done", "give the address it moved to"),
        MoveError::Taken(id) => hinted(
            format!("the new place is on the list already, as thread {}: nothing was moved", id.0),
            format!(
                "to let the old thread go on there, take that one off first: `netreach thread remove {}` (its own posts \
                 and cases are deleted)",
                id.0
            ),
        ),
        MoveError::RepliesUnderWay(replies) => {
            let told: Vec<String> =
                replies.iter().map(|(case, delivery)| format!("case {}: {}", case.0, delivery.as_str())).collect();
            hinted(
                format!(
                    "{} replies were approved for the old place and are not settled ({}): nothing was moved",
                    replies.len(),
                    told.join(", ")
                ),
                "wait until the desk says that they stand in the thread, or take them back or decide there, then move",
            )
        }
        MoveError::Store(error) => error.into(),
    }
}
