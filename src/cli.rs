//! The command line: one file a command, logging, wiring, and how errors reach a person.
//!
//! Exit codes (fixed by contract): 0 done, 1 failed, 2 wrong usage or configuration, 3 database key or schema.

mod answers;
mod check;
mod demo;
mod eval;
mod extract;
mod healthcheck;
mod init;
mod model;
mod replay;
mod report;
mod run;
mod service;
mod simulate;
mod suggest;
mod thread;
mod train;
mod triage;
mod user;

use crate::config::ConfigError;
use crate::store::StoreError;
use clap::{Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Fetches an NGO's own forum threads over Tor, notices questions, queues them for workers with verified answers, sends
/// the replies a person approved, and logs how the threads engage people.
#[derive(Parser)]
#[command(name = "netreach", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole program on this machine with a sample forum: no configuration, no network
    Demo(demo::DemoArgs),
    /// The service
    Run(ConfigArgs),
    /// Write a commented configuration, make the key file and the first administrator
    Init(init::InitArgs),
    /// Validate configuration, profiles, key and schema; with --online also Tor, forums and threads
    Check(check::CheckArgs),
    /// Exit with 0 when the running service is healthy
    Healthcheck(ConfigArgs),
    /// People who use the desk
    User(user::UserArgs),
    /// The NGO's own threads
    Thread(thread::ThreadArgs),
    /// The answer library
    Answers(answers::AnswersArgs),
    /// Feed recorded looks through the same path as fetched pages
    Replay(replay::ReplayArgs),
    /// Reports free of nicknames
    Report(report::ReportArgs),
    /// The sentence-embedding model
    Model(model::ModelArgs),
    Extract(extract::ExtractArgs),
    Triage(triage::TriageArgs),
    Suggest(suggest::SuggestArgs),
    Eval(eval::EvalArgs),
    Simulate(simulate::SimulateArgs),
    Train(train::TrainArgs),
    /// Not there yet
    #[command(hide = true)]
    Backup(NotYet),
    /// Not there yet
    #[command(hide = true)]
    Restore(NotYet),
    /// Not there yet
    #[command(hide = true)]
    Rekey(NotYet),
    /// Not there yet
    #[command(hide = true)]
    Purge(NotYet),
    /// Not there yet
    #[command(hide = true)]
    Forget(NotYet),
}

/// Where the configuration is.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = "NETREACH_CONFIG", default_value = "netreach.toml")]
    pub(crate) config: PathBuf,
}

/// A command of the plan that does nothing yet, whatever its arguments.
#[derive(clap::Args)]
struct NotYet {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<String>,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // A panic's message may quote a client's words: the log gets its place alone.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "a part of the program panicked");
        let _ignored = writeln!(std::io::stderr().lock(), "netreach: panic at {place}");
    }));
    let command = Cli::parse().command;
    match dispatch(command) {
        Ok(code) => code,
        Err(error) => {
            report_error(&error);
            exit_code_of(&error)
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(args),
        Command::Run(args) => run::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Healthcheck(args) => healthcheck::run(&args),
        Command::User(args) => user::run(args),
        Command::Thread(args) => thread::run(args),
        Command::Answers(args) => answers::run(args),
        Command::Replay(args) => replay::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Model(args) => model::run(&args),
        Command::Extract(args) => extract::run(args),
        Command::Triage(args) => triage::run(args),
        Command::Suggest(args) => suggest::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Backup(_) | Command::Restore(_) | Command::Rekey(_) | Command::Purge(_) | Command::Forget(_) => {
            anyhow::bail!(Hinted {
                what: "this command is not there yet: nothing was done".to_owned(),
                hint: "CHANGELOG.md says what each version can do".to_owned(),
            })
        }
    }
}

/// An error with the way on.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Hinted {
    pub(crate) what: String,
    pub(crate) hint: String,
}

/// Prints the error, its causes, and what to do.
fn report_error(error: &anyhow::Error) {
    let mut out = std::io::stderr().lock();
    let mut print = |line: String| {
        // Nobody is left to tell when standard error is gone.
        let _ignored = writeln!(out, "{line}");
    };
    print(format!("netreach: error: {error}"));
    for cause in error.chain().skip(1) {
        print(format!("  because: {cause}"));
    }
    if let Some(hint) = hint_of(error) {
        print(format!("hint: {hint}"));
    }
}

/// The way on, found by walking the causes.
fn hint_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        if let Some(hinted) = cause.downcast_ref::<Hinted>() {
            return Some(hinted.hint.clone());
        }
        if let Some(config) = cause.downcast_ref::<ConfigError>() {
            return Some(config.hint.clone());
        }
        cause.downcast_ref::<StoreError>().and_then(|store| match store {
            StoreError::WrongKey => Some(
                "check data.key_file or NETREACH_KEY: it must hold the key this database was made with. Nothing was \
                 changed"
                    .to_owned(),
            ),
            StoreError::SchemaTooNew { .. } => {
                Some("run the newer netreach that wrote it, or restore a backup from before the update".to_owned())
            }
            StoreError::BadKey => Some("`netreach init` makes a good one".to_owned()),
            StoreError::Busy => Some("another netreach is working on this database: try again".to_owned()),
            _ => None,
        })
    })
}

fn exit_code_of(error: &anyhow::Error) -> ExitCode {
    let code = error.chain().find_map(|cause| {
        if cause.is::<ConfigError>() {
            return Some(2);
        }
        match cause.downcast_ref::<StoreError>() {
            Some(StoreError::WrongKey | StoreError::SchemaTooNew { .. } | StoreError::BadKey) => Some(3),
            _ => None,
        }
    });
    ExitCode::from(code.unwrap_or(1))
}

/// Writes a line to standard output: what the command was asked for. A closed pipe is not an error.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ignored = writeln!(std::io::stdout().lock(), "{line}");
}

/// Writes a line to standard error: what a person should know beside what was asked for.
pub(crate) fn tell(line: impl std::fmt::Display) {
    let _ignored = writeln!(std::io::stderr().lock(), "netreach: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn wrong_key_and_wrong_configuration_have_exit_codes_of_their_own() {
        let wrong_key = anyhow::Error::from(StoreError::WrongKey).context("opening the database");
        assert_eq!(exit_code_of(&wrong_key), ExitCode::from(3));
        assert!(hint_of(&wrong_key).is_some());
        let config = ConfigError { file: "x".into(), line: Some(1), what: "w".into(), hint: "h".into() };
        assert_eq!(exit_code_of(&config.into()), ExitCode::from(2));
    }
}
