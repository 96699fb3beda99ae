//! `netreach eval`: triage and suggestion held against labelled posts, as one JSON object.

use crate::cli::suggest::{parse_line, read_answers};
use crate::triage::eval::{LabelledPost, Report, cross_validate, evaluate};
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
    /// Adds the figures with the learned weights fitted anew without the posts they are measured on, in ten parts. Use it on
    /// the posts the shipped weights were fitted to.
    #[arg(long)]
    cross_validate: bool,
}

#[derive(Serialize)]
struct Output {
    #[serde(flatten)]
    report: Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    cross_validated: Option<Report>,
}

pub(crate) fn run(args: EvalArgs) -> anyhow::Result<ExitCode> {
    let answers = read_answers(&args.answers, false)?;
    let text = std::fs::read_to_string(&args.posts)
        .with_context(|| format!("cannot read the posts in {}", args.posts.display()))?;
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let posts: Vec<LabelledPost> = lines
        .map(|(i, l)| parse_line(i + 1, l))
        .collect::<anyhow::Result<_>>()
        .with_context(|| format!("in {}", args.posts.display()))?;
    if posts.is_empty() {
        bail!("{} holds no posts", args.posts.display());
    }
    let (triage, suggester) = (Triage::builtin(), Suggester::new(&answers));
    let mut report = evaluate(triage, &suggester, &posts);
    report.milliseconds_per_post = Some(milliseconds_per_post(triage, &suggester, &posts));
    let cross_validated = args.cross_validate.then(|| cross_validate(triage, &suggester, &posts, 10));
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, &Output { report, cross_validated })?;
    out.write_all(b"\n")?;
    Ok(ExitCode::SUCCESS)
}

/// One judgement and one suggestion a post, on one core, by the wall clock.
fn milliseconds_per_post(triage: &Triage, suggester: &Suggester, posts: &[LabelledPost]) -> f64 {
    let start = Instant::now();
    for post in posts {
        std::hint::black_box(triage.judge(&post.text, &Context::default()));
        std::hint::black_box(suggester.suggest(&post.text, 3));
    }
    let count = f64::from(u32::try_from(posts.len()).unwrap_or(u32::MAX));
    (start.elapsed().as_secs_f64() * 1e6 / count).round() / 1e3
}
