//! `netreach eval`: triage and suggestion held against labelled posts, as one JSON object.

use crate::cli::model::SentenceArgs;
use crate::cli::suggest::read_answers;
use crate::cli::train::read_posts;
use crate::triage::eval::{LabelledPost, Report, cross_validate, evaluate, starter_examples, with_model};
use crate::triage::{Context, Suggester, Triage};
use anyhow::{Context as _, bail};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Measure triage and suggestions on labelled posts; prints one JSON object.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// The answers, a TOML file of `[[answer]]` tables.
    #[arg(long, value_name = "FILE.toml")]
    answers: PathBuf,
    /// Posts with the labels of data/posts-dev.jsonl.
    #[arg(value_name = "POSTS.jsonl")]
    posts: PathBuf,
    /// Adds the figures of a model that learned from these posts alone, in ten parts, each judged by the other nine. Use it on
    /// the posts that the shipped model was made from.
    #[arg(long)]
    cross_validate: bool,
    /// Measure this triage model, made by `netreach train --out FILE`, in place of the one that is compiled in.
    #[arg(long, value_name = "FILE")]
    trained: Option<PathBuf>,
    #[command(flatten)]
    sentences: SentenceArgs,
}

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: Report,
    /// Whether the sentence model took part.
    sentence_model: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cross_validated: Option<Report>,
}

pub(crate) fn run(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let answers = read_answers(&args.answers, false)?;
    let posts = read_posts(&args.posts)?;
    if posts.is_empty() {
        bail!("{} holds no posts", args.posts.display());
    }
    let triage = match &args.trained {
        Some(file) => {
            let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            with_model(&bytes, args.sentences.load()?)?
        }
        None => args.sentences.triage()?,
    };
    let suggester = Suggester::new(&answers, &triage);
    let mut report = evaluate(&triage, &suggester, &posts);
    report.milliseconds_per_post = Some(milliseconds_per_post(&triage, &suggester, &posts));
    let cross_validated =
        args.cross_validate.then(|| cross_validate(&answers, &posts, &[], &starter_examples(), triage.sentences(), 10));
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Output { report, sentence_model: triage.has_sentences(), cross_validated })?;
    out.write_all(b"\n")?;
    Ok(ExitCode::SUCCESS)
}

/// One judgement and one suggestion a post, on one core, by the wall clock.
fn milliseconds_per_post(triage: &Triage, suggester: &Suggester, posts: &[LabelledPost]) -> f64 {
    let start = Instant::now();
    for post in posts {
        let read = triage.read(&post.text);
        std::hint::black_box(triage.judge(&read, &Context::default()));
        std::hint::black_box(suggester.suggest(&read, 3));
    }
    let count = f64::from(u32::try_from(posts.len()).unwrap_or(u32::MAX));
    (start.elapsed().as_secs_f64() * 1e6 / count).round() / 1e3
}
