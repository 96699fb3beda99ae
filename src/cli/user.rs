//! `netreach user`: accounts of the people who use the desk.

use super::service::{load_config, open_store, random_password};
use super::{ConfigArgs, Hinted, say};
use crate::clock::Clock;
use crate::domain::account::Role;
use crate::sensitive::Sensitive;
use crate::store::StoreError;
use crate::web;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct UserArgs {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person. The password comes from NETREACH_PASSWORD, else one is made and shown once
    Add {
        /// Log-in name: not the person's real name
        name: String,
        /// worker, specialist, verifier, coordinator or admin; may be given several times
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// List accounts and their roles
    List {
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Set a new password and end the person's sessions
    Reset {
        name: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Lock an account and end its sessions
    Disable {
        name: String,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::find(text).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.iter().map(|r| r.as_str()).collect();
        format!("roles are {}", known.join(", "))
    })
}

pub(super) fn run(args: UserArgs) -> anyhow::Result<ExitCode> {
    match args.command {
        UserCommand::Add { name, roles, config } => add(&name, &roles, &config),
        UserCommand::List { config } => list(&config),
        UserCommand::Reset { name, config } => reset(&name, &config),
        UserCommand::Disable { name, config } => disable(&name, &config),
    }
}

/// The password and whether it must be shown.
fn new_password() -> anyhow::Result<(Sensitive<String>, bool)> {
    match std::env::var("NETREACH_PASSWORD") {
        Ok(password) if password.chars().count() < 10 => Err(Hinted {
            what: "the password in NETREACH_PASSWORD is shorter than 10 characters".to_owned(),
            hint: "use a longer one, or leave it unset and one is made".to_owned(),
        }
        .into()),
        Ok(password) => Ok((password.into(), false)),
        Err(_) => Ok((random_password()?, true)),
    }
}

fn show(name: &str, password: &Sensitive<String>, must_show: bool) {
    if must_show {
        say(format_args!("{name}: password {}  (shown once)", password.expose()));
    } else {
        say(format_args!("{name}: password from NETREACH_PASSWORD"));
    }
}

fn add(name: &str, roles: &[Role], config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        return Err(Hinted {
            what: "a log-in name has 1 to 40 characters".to_owned(),
            hint: "use a name of the NGO's choosing".to_owned(),
        }
        .into());
    }
    let store = open_store(&load_config(config)?)?;
    let (password, must_show) = new_password()?;
    let hash = web::password::hash_password(password.expose())?;
    let added = store.write_now(|tx| tx.add_account(name, &hash, roles, Clock::System.now()));
    match added {
        Ok(_) => show(name, &password, must_show),
        Err(StoreError::Conflict) => {
            return Err(Hinted {
                what: format!("there is an account named {name:?} already"),
                hint: "choose another name, or set a new password with `netreach user reset`".to_owned(),
            }
            .into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn list(config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let store = open_store(&load_config(config)?)?;
    for account in store.read_now::<_, StoreError, _>(|tx| tx.accounts())? {
        let roles: Vec<&str> = account.roles.iter().map(|r| r.as_str()).collect();
        let disabled = if account.disabled { "  (disabled)" } else { "" };
        say(format_args!("{}  {}{disabled}", account.name, roles.join(" ")));
    }
    Ok(ExitCode::SUCCESS)
}

fn reset(name: &str, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let store = open_store(&load_config(config)?)?;
    let (password, must_show) = new_password()?;
    let hash = web::password::hash_password(password.expose())?;
    store.write_now(|tx| tx.set_password(name, &hash)).map_err(|e| nobody(e, name))?;
    show(name, &password, must_show);
    Ok(ExitCode::SUCCESS)
}

fn disable(name: &str, config: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let store = open_store(&load_config(config)?)?;
    store.write_now(|tx| tx.disable_account(name)).map_err(|e| nobody(e, name))?;
    say(format_args!("{name}: disabled"));
    Ok(ExitCode::SUCCESS)
}

fn nobody(error: StoreError, name: &str) -> anyhow::Error {
    match error {
        StoreError::NotFound => Hinted {
            what: format!("there is no account named {name:?}"),
            hint: "`netreach user list` shows them".to_owned(),
        }
        .into(),
        other => other.into(),
    }
}
