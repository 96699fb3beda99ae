//! `netreach thread`: the NGO's own list of threads. Nothing outside it is ever read.

use super::service::{load_config, open_store, place_of};
use super::{ConfigArgs, Hinted, say};
use crate::clock::Clock;
use crate::domain::thread::{Thread, ThreadId};
use crate::store::{NewThread, StoreError};
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
    /// Not there yet
    #[command(hide = true)]
    Move { old: String, new: String },
}

pub(super) fn run(args: ThreadArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        ThreadCommand::Add { url, forum, config } => add(&url, forum.as_deref(), &config),
        ThreadCommand::List { config } => list(&config),
        ThreadCommand::Remove { thread, config } => remove(&thread, &config),
        ThreadCommand::Move { .. } => anyhow::bail!("this command is not there yet: nothing was done"),
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

fn remove(thread: &str, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let store = open_store(&config)?;
    let id = match (thread.parse::<i64>(), Url::parse(thread)) {
        (Ok(number), _) => ThreadId(number),
        (_, Ok(url)) => {
            let (forum, forum_thread_id, _) = place_of(&config, None, &url)?;
            let found = store.read_now(|tx| tx.find_thread(&forum.name, &forum_thread_id))?;
            found.map(|t| t.id).ok_or(StoreError::NotFound)?
        }
        _ => anyhow::bail!("{thread:?} is neither a thread's number nor a URL"),
    };
    match store.write_now(|tx| tx.remove_thread(id)) {
        Ok(()) => say(format_args!("thread {} is off the list; its posts and cases are deleted", id.0)),
        Err(StoreError::NotFound) => {
            return Err(Hinted {
                what: "this thread is not on the list".to_owned(),
                hint: "`netreach thread list` shows the numbers".to_owned(),
            }
            .into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}
