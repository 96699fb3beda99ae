//! `netreach init DIR`: a commented configuration, the key file, the database with the draft answers, and the first
//! administrator. Refuses to touch what is there already.

use super::service::{Existing, key_is_in_environment, make_private_dir, random_password, write_private};
use super::{ConfigArgs, Hinted, say, service};
use crate::clock::Clock;
use crate::config::EXAMPLE;
use crate::domain::account::Role;
use crate::sensitive::Sensitive;
use crate::store::{Key, StoreError};
use crate::{triage, web};
use anyhow::Context;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(super) struct InitArgs {
    /// The folder to write into; made where there is none
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Log-in name of the first administrator
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: String,
}

pub(super) fn run(args: &InitArgs) -> anyhow::Result<ExitCode> {
    make_private_dir(&args.dir)?;
    let config_file = args.dir.join("netreach.toml");
    let key_file = args.dir.join("netreach.key");
    let own_key = !key_is_in_environment();
    for file in [&config_file, &key_file] {
        if file.exists() {
            return Err(Hinted {
                what: format!("{} is there already: nothing was changed", file.display()),
                hint: "choose another folder, or move the file away first".to_owned(),
            }
            .into());
        }
    }
    if own_key {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).context("no randomness from the system")?;
        write_private(&key_file, Key::from_bytes(&bytes).to_hex(), Existing::Refuse)?;
    }
    write_private(&config_file, EXAMPLE, Existing::Refuse)?;
    let config = service::load_config(&ConfigArgs { config: config_file.clone() })?;
    let store = service::open_store(&config)?;
    let (password, chosen) = match std::env::var("NETREACH_PASSWORD") {
        Ok(password) => (Sensitive::new(password), true),
        Err(_) => (random_password()?, false),
    };
    let hash = web::password::hash_password(password.expose())?;
    let now = Clock::System.now();
    store.write_now::<_, StoreError, _>(|tx| {
        tx.add_account(&args.admin, &hash, &[Role::Admin], now)?;
        triage::starter_answers().iter().try_for_each(|text| tx.save_answer(text, now).map(drop))
    })?;
    if own_key {
        say(format_args!("wrote {} and {}", config_file.display(), key_file.display()));
    } else {
        say(format_args!("wrote {}; the key is the one that the environment names", config_file.display()));
    }
    say(format_args!("  Keep a copy of the key away from this machine: without it the database cannot be opened."));
    if chosen {
        say(format_args!("administrator: {} (password from NETREACH_PASSWORD)", args.admin));
    } else {
        say(format_args!("administrator: {}  password: {}  (shown once)", args.admin, password.expose()));
    }
    say(format_args!(
        "{} draft answers are in the library; none is suggested before a verifier has verified it.",
        triage::starter_answers().len()
    ));
    say("next: add a [[forum]] to the configuration, then");
    for command in ["user add NAME --role worker", "user add NAME --role verifier", "thread add URL", "run"] {
        say(format_args!("  netreach {command} --config {}", config_file.display()));
    }
    Ok(ExitCode::SUCCESS)
}
