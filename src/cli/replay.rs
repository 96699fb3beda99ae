//! `netreach replay`: recorded looks through the same path as fetched pages.

use super::service::{load_config, open_store, open_triage, place_of, rules_of, runtime, start_logging};
use super::{ConfigArgs, say};
use crate::clock::Clock;
use crate::jobs;
use anyhow::Context;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// One look a line: the JSON of `extract` with "at" and "url"
    #[arg(value_name = "LOOKS.jsonl")]
    looks: PathBuf,
}

pub(super) fn run(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(&args.config)?;
    start_logging();
    let store = open_store(&config)?;
    let file = File::open(&args.looks).with_context(|| format!("reading {}", args.looks.display()))?;
    let triage = open_triage(&config.data.dir)?;
    let context = jobs::Context { store: store.clone(), clock: Clock::System, triage: triage.clone() };
    let runtime = runtime()?;
    runtime.block_on(jobs::restore(&context))?;
    let place = |url: &url::Url| {
        let (forum, id, path) = place_of(&config, None, url).ok()?;
        Some((forum.name.clone(), id, path, rules_of(&config, forum)))
    };
    let summary = runtime
        .block_on(jobs::replay(&store, &triage, BufReader::new(file).lines(), place))
        .with_context(|| format!("replaying {}", args.looks.display()))?;
    say(format_args!(
        "{} looks: {} new posts, {} edited, {} vanished, {} cases opened",
        summary.looks, summary.new_posts, summary.edited_posts, summary.vanished_posts, summary.cases
    ));
    Ok(ExitCode::SUCCESS)
}
