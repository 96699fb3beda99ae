//! `netreach answers`: the library in and out as TOML. Imports arrive unverified, whatever the file says.

use super::service::{load_config, open_store};
use super::{ConfigArgs, say};
use crate::clock::Clock;
use crate::domain::answer::AnswerFile;
use crate::store::StoreError;
use anyhow::Context;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct AnswersArgs {
    #[command(subcommand)]
    command: AnswersCommand,
}

#[derive(Subcommand)]
enum AnswersCommand {
    /// Add the answers of a file; an answer whose words change must be verified anew
    Import {
        file: PathBuf,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Print the library as TOML
    Export {
        #[command(flatten)]
        config: ConfigArgs,
    },
}

pub(super) fn run(args: AnswersArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        AnswersCommand::Import { file, config } => import(&file, &config),
        AnswersCommand::Export { config } => export(&config),
    }
}

fn import(file: &Path, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let library: AnswerFile = toml::from_str(&text)
        .with_context(|| format!("{} is no file of answers: nothing was imported", file.display()))?;
    let store = open_store(&load_config(config)?)?;
    let now = Clock::System.now();
    let changed = store.write_now::<_, StoreError, _>(|tx| {
        let mut changed = 0;
        for answer in &library.answer {
            changed += usize::from(tx.save_answer(answer, now)?);
        }
        Ok(changed)
    })?;
    say(format_args!(
        "{} answers read, {changed} new or changed; each must be verified on the desk before it is suggested",
        library.answer.len()
    ));
    Ok(ExitCode::SUCCESS)
}

fn export(config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let store = open_store(&load_config(config)?)?;
    let answers = store.read_now::<_, StoreError, _>(|tx| tx.answers())?;
    let file = AnswerFile { answer: answers.into_iter().map(|a| a.text).collect() };
    say(toml::to_string_pretty(&file)?.trim_end());
    Ok(ExitCode::SUCCESS)
}
