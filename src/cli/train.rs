//! `netreach train`: makes the triage model from labelled posts and example questions, the same on every machine.
//!
//! The model is compiled in: a new one takes effect with the next build.

use crate::cli::say;
use crate::cli::suggest::parse_line;
use crate::triage::eval::{Example, Hand, LabelledPost, evaluate, starter_examples, train, with_model};
use crate::triage::{starter_answers, topics};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Posts that nothing is learned from, so that something is left to measure with.
const EXAM: &str = "posts-exam.jsonl";
const MODEL: &str = "triage-model.bin";

/// Make the triage model from the labelled posts and examples of a folder
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// The folder: posts-*.jsonl (each the work of one hand; posts-exam.jsonl is measured on and never learned from) and
    /// examples.tsv (topic, language, text)
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Where the model goes; triage-model.bin in that folder when it is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing; fail when the model there is not what these posts make
    #[arg(long, conflicts_with = "out")]
    check: bool,
}

pub(crate) fn run(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let hands = read_hands(&args.data)?;
    let mut examples = starter_examples();
    examples.extend(read_examples(&args.data.join("examples.tsv"))?);
    let learned: Vec<Hand<'_>> =
        hands.iter().filter(|(name, _)| name != EXAM).map(|(name, posts)| Hand { name, posts }).collect();
    if learned.is_empty() {
        bail!("{} holds no posts to learn from (posts-*.jsonl)", args.data.display());
    }
    let model = train(&learned, &examples);
    let file = args.out.clone().unwrap_or_else(|| args.data.join(MODEL));
    if args.check {
        let shipped = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        if shipped != model {
            bail!("{} is not what these posts make: run `netreach train`", file.display());
        }
    } else {
        std::fs::write(&file, &model).with_context(|| format!("writing {}", file.display()))?;
    }
    let (triage, suggester) = with_model(&model, starter_answers())?;
    for (name, posts) in &hands {
        let report = evaluate(&triage, &suggester, posts);
        say(json!({
            "posts": name, "learned_from": name != EXAM, "request": report.request, "emergency": report.emergency,
            "urgency": report.urgency, "topic": report.topic,
        }));
    }
    say(json!({ "model": file, "bytes": model.len(), "posts": hands.iter().map(|(_, p)| p.len()).sum::<usize>() }));
    Ok(ExitCode::SUCCESS)
}

/// Each file of posts, by name.
fn read_hands(dir: &Path) -> anyhow::Result<Vec<(String, Vec<LabelledPost>)>> {
    let mut hands = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading the folder {}", dir.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("posts-") && name.ends_with(".jsonl") {
            hands.push((name.clone(), read_posts(&dir.join(name))?));
        }
    }
    // Sums depend on the order.
    hands.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(hands)
}

/// The labelled posts of a file.
pub(crate) fn read_posts(file: &Path) -> anyhow::Result<Vec<LabelledPost>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading the posts in {}", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(i, line)| parse_line(i + 1, line))
        .collect::<anyhow::Result<_>>()
        .with_context(|| format!("in {}", file.display()))
}

/// Example questions, a line each: topic, language, text. Those of topics that are not in the taxonomy are refused.
fn read_examples(file: &Path) -> anyhow::Result<Vec<Example>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading the examples in {}", file.display()))?;
    let mut examples = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let mut cells = line.splitn(3, '\t');
        let (Some(topic), Some(_), Some(text)) = (cells.next(), cells.next(), cells.next()) else {
            bail!("{}: line {}: topic, language and text are wanted, parted by tabs", file.display(), i + 1);
        };
        if !topics().iter().any(|t| t.id == topic) {
            bail!("{}: line {}: there is no topic {topic:?}", file.display(), i + 1);
        }
        examples.push(Example { topic: topic.to_owned(), text: text.to_owned() });
    }
    Ok(examples)
}
