//! How many posts a second are judged and given answers, with libraries of 60, 500 and 5,000 answers; what starting and the
//! libraries take in time and memory. `cargo bench --bench triage`; with the sentence model where `NETREACH_MODEL` names it.
//!
//! One thread, one run: read the columns as ratios. The answers' questions are labelled posts, five an answer, so that they
//! differ as real ones do. It measures no accuracy (`netreach eval` does) and asserts nothing. `benches/triage_peer.py` does the
//! same job in Python beside it.

#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures are printed")]

use anyhow::Context as _;
use netreach::domain::answer::AnswerText;
use netreach::triage::embed::Embedder;
use netreach::triage::eval::LabelledPost;
use netreach::triage::{Context, Suggester, Triage, starter_answers};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const LIBRARIES: [usize; 3] = [60, 500, 5_000];
const QUESTIONS: usize = 5;
/// The best of so many rounds: other work on the machine only adds.
const ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let before = Memory::now();
    let start = Instant::now();
    black_box(Triage::builtin().judge(&Triage::builtin().read("где сегодня автобус?"), &Context::default()));
    println!("to the first judgement, by words: {}, {}", ms(start.elapsed()), before.grown());
    let posts = read_posts("posts-exam-11.jsonl")?;
    let mut questions = Vec::new();
    for file in
        ["posts-needs.jsonl", "posts-needs-2.jsonl", "posts-needs-3.jsonl", "posts-mix.jsonl", "posts-urgent.jsonl"]
    {
        questions.extend(read_posts(file)?.into_iter().filter(|post| !post.topics.is_empty()));
    }
    measure("words alone", Triage::builtin(), &posts, &questions)?;
    let Some(file) = std::env::var_os("NETREACH_MODEL") else {
        println!("with the sentence model: not measured, NETREACH_MODEL is not set");
        return Ok(());
    };
    let before = Memory::now();
    let start = Instant::now();
    let bytes = std::fs::read(&file).context("reading NETREACH_MODEL")?;
    let triage = Triage::with_sentences(Arc::new(Embedder::parse(bytes)?));
    black_box(triage.judge(&triage.read("где сегодня автобус?"), &Context::default()));
    println!("to the first judgement, with sentences: {}, {}", ms(start.elapsed()), before.grown());
    measure("with sentences", &triage, &posts, &questions)
}

fn measure(what: &str, triage: &Triage, posts: &[LabelledPost], questions: &[LabelledPost]) -> anyhow::Result<()> {
    let judge = best(posts.len(), || {
        for post in posts {
            black_box(triage.judge(&triage.read(black_box(&post.text)), &Context::default()));
        }
    });
    println!("{what}: triage {} a post, {:.0} posts a second", ms(judge), 1.0 / judge.as_secs_f64());
    for count in LIBRARIES {
        let answers = library(count, questions);
        let before = Memory::now();
        let start = Instant::now();
        let suggester = Suggester::new(&answers, triage);
        let built = start.elapsed();
        let grown = before.grown();
        let both = best(posts.len(), || {
            for post in posts {
                let read = triage.read(black_box(&post.text));
                black_box(triage.judge(&read, &Context::default()));
                black_box(suggester.suggest(&read, 3));
            }
        });
        anyhow::ensure!(
            posts.iter().any(|post| !suggester.suggest(&triage.read(&post.text), 3).is_empty()),
            "no answers"
        );
        println!(
            "{what}: {count:5} answers: triage and suggest {} a post, {:.1} times triage alone; made in {}, {grown}",
            ms(both),
            both.as_secs_f64() / judge.as_secs_f64(),
            ms(built),
        );
    }
    Ok(())
}

/// The time a post takes.
fn best(posts: usize, mut work: impl FnMut()) -> Duration {
    let mut took = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    let shortest = (0..ROUNDS).map(|_| took()).min().unwrap_or_default();
    shortest / u32::try_from(posts.max(1)).unwrap_or(u32::MAX)
}

/// So many answers, each with questions of one topic.
fn library(count: usize, questions: &[LabelledPost]) -> Vec<AnswerText> {
    let drafts: Vec<&AnswerText> = starter_answers().iter().filter(|answer| !answer.is_workflow()).collect();
    let make = |number: usize| {
        let draft = *drafts.get(number % drafts.len())?;
        let about = |post: &&LabelledPost| post.topics.first() == Some(&draft.topic);
        let of_topic: Vec<&LabelledPost> = questions.iter().filter(about).collect();
        let turn = number / drafts.len();
        let chosen = (0..QUESTIONS).filter_map(|n| of_topic.get((turn * QUESTIONS + n) % of_topic.len().max(1)));
        Some(AnswerText {
            id: format!("{}.{turn}", draft.id),
            examples_ru: chosen.map(|post| post.text.clone()).collect(),
            examples_en: Vec::new(),
            ..draft.clone()
        })
    };
    (0..count).filter_map(make).collect()
}

fn read_posts(file: &str) -> anyhow::Result<Vec<LabelledPost>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    text.lines().map(|line| serde_json::from_str(line).context("a labelled post")).collect()
}

fn ms(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1e3)
}

/// What the process holds, in KiB; 0 where the system does not tell.
struct Memory(u64);

impl Memory {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse().ok());
        Self(resident.unwrap_or(0))
    }

    fn grown(&self) -> String {
        format!("{:.1} MB more resident", (Self::now().0.saturating_sub(self.0)) as f64 / 1024.0)
    }
}
