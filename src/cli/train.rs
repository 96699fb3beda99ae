//! `netreach train`: makes the triage model from labelled posts and example questions, the same on every machine.
//!
//! The model is compiled in: a new one takes effect with the next build. What whole sentences tell is only learned where the
//! sentence model is there; without it `--check` holds the words' part alone against the file.

use crate::cli::ConfigArgs;
use crate::cli::model::SentenceArgs;
use crate::cli::service::{load_config, open_store, open_triage, runtime, start_logging};
use crate::cli::suggest::parse_line;
use crate::cli::{Hinted, say};
use crate::clock::Clock;
use crate::domain::lesson::Verdict;
use crate::jobs;
use crate::triage::eval::{
    Example, Hand, LabelledPost, evaluate, is_same_model, judge_alike, starter_examples, train, with_model,
};
use crate::triage::{Suggester, starter_answers, topics};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Posts that nothing is learned from, so that something is left to measure with: their files begin so.
const EXAM: &str = "posts-exam";
/// Files whose mixture of posts is that of a forum.
const LIKE_A_FORUM: [&str; 33] = [
    "posts-dev.jsonl",
    "posts-flow.jsonl",
    "posts-flow-2.jsonl",
    "posts-flow-3.jsonl",
    "posts-flow-4.jsonl",
    "posts-flow-5.jsonl",
    "posts-forum.jsonl",
    "posts-forum-2.jsonl",
    "posts-forum-3.jsonl",
    "posts-forum-4.jsonl",
    "posts-forum-5.jsonl",
    "posts-forum-6.jsonl",
    "posts-forum-7.jsonl",
    "posts-forum-8.jsonl",
    "posts-forum-9.jsonl",
    "posts-forum-10.jsonl",
    "posts-mix.jsonl",
    "posts-mix-2.jsonl",
    "posts-mix-3.jsonl",
    "posts-mix-4.jsonl",
    "posts-mix-5.jsonl",
    "posts-mix-6.jsonl",
    "posts-mix-7.jsonl",
    "posts-mix-8.jsonl",
    "posts-mix-9.jsonl",
    "posts-mix-10.jsonl",
    "posts-mix-11.jsonl",
    "posts-mix-12.jsonl",
    "posts-mix-13.jsonl",
    "posts-mix-14.jsonl",
    "posts-noisy.jsonl",
    "posts-noisy-2.jsonl",
    "posts-noisy-3.jsonl",
];
const MODEL: &str = "triage-model.bin";

/// Learn: with --config, from the examples that coordinators accepted; without it, make the triage model that ships with
/// the program from the labelled posts of a folder
#[derive(Debug, clap::Args)]
pub(crate) struct TrainArgs {
    /// Learn from the accepted examples of this configuration's database. A service that runs takes it over by itself
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "out", "check", "model"])]
    config: Option<PathBuf>,
    /// The folder: posts-*.jsonl (each the work of one hand; posts-exam*.jsonl are measured on and never learned from) and
    /// examples.tsv (topic, language, text)
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// Where the model goes; triage-model.bin in that folder when it is not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write nothing; fail when the model there is not what these posts make
    #[arg(long, conflicts_with = "out")]
    check: bool,
    #[command(flatten)]
    sentences: SentenceArgs,
}

pub(crate) fn run(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    if let Some(config) = &args.config {
        return learn_from_use(&ConfigArgs { config: config.clone() });
    }
    let hands = read_hands(&args.data)?;
    let mut examples = starter_examples();
    examples.extend(read_examples(&args.data.join("examples.tsv"))?);
    let learned: Vec<Hand<'_>> = hands
        .iter()
        .filter(|(name, _)| !name.starts_with(EXAM))
        .map(|(name, posts)| Hand { name, posts, like_a_forum: LIKE_A_FORUM.contains(&name.as_str()) })
        .collect();
    if learned.is_empty() {
        bail!("{} holds no posts to learn from (posts-*.jsonl)", args.data.display());
    }
    let sentences = args.sentences.load()?;
    if sentences.is_none() && !args.check {
        bail!(Hinted {
            what: "without the sentence model only half of the triage model could be made".to_owned(),
            hint: "fetch it: docker/fetch-model --to model.nrm, then --model model.nrm".to_owned(),
        });
    }
    let model = train(&learned, &examples, sentences.as_deref());
    let file = args.out.clone().unwrap_or_else(|| args.data.join(MODEL));
    if args.check {
        let shipped = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let judge = |bytes: &[u8]| with_model(bytes, sentences.clone());
        let posts = hands.iter().flat_map(|(_, posts)| posts);
        if !is_same_model(&shipped, &model) || !judge_alike(&judge(&shipped)?, &judge(&model)?, posts) {
            bail!("{} is not what these posts make: run `netreach train`", file.display());
        }
    } else {
        std::fs::write(&file, &model).with_context(|| format!("writing {}", file.display()))?;
    }
    let triage = with_model(&model, sentences)?;
    let suggester = Suggester::new(starter_answers(), &triage);
    for (name, posts) in &hands {
        let report = evaluate(&triage, &suggester, posts);
        say(json!({
            "posts": name, "learned_from": !name.starts_with(EXAM), "request": report.request, "emergency": report.emergency,
            "urgency": report.urgency, "topic": report.topic,
        }));
    }
    say(json!({ "model": file, "bytes": model.len(), "posts": hands.iter().map(|(_, p)| p.len()).sum::<usize>() }));
    Ok(ExitCode::SUCCESS)
}

/// Fits to what coordinators accepted. Says what came of it; a fit that was refused is a failure.
fn learn_from_use(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    start_logging();
    let store = open_store(&config)?;
    let triage = open_triage(&config.data.dir)?;
    let context = jobs::Context { store, clock: Clock::System, triage };
    let learned = runtime()?.block_on(async {
        jobs::restore(&context).await?;
        let now = context.clock.now();
        context.store.write(move |tx| tx.ask_for_fit(None, now)).await?;
        jobs::learn_if_asked(&context).await
    })?;
    let Some((verdict, comparison)) = learned else {
        bail!(Hinted {
            what: "nothing was learned: the fit failed, or the running service made it".to_owned(),
            hint: "see the page \"Learning\" of the desk".to_owned(),
        });
    };
    say(json!({ "verdict": verdict, "comparison": comparison }));
    Ok(if verdict == Verdict::Taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
