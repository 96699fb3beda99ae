//! `netreach suggest`: posts in on standard input, the answers that fit them out on standard output.
//!
//! It reads answers from a file and knows no database: who verified what is the desk's business.

use crate::cli::model::SentenceArgs;
use crate::domain::answer::AnswerText;
use crate::domain::judgement::Scored;
use crate::triage::Suggester;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Propose answers: JSONL {"id","text"} on standard input to JSONL on standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct SuggestArgs {
    /// The answers, a TOML file of `[[answer]]` tables.
    #[arg(long, value_name = "FILE.toml")]
    answers: PathBuf,
    /// How many answers a post gets at most.
    #[arg(short, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    k: u16,
    /// Propose only entries that carry `verified = true` in the file. A file is not signed: this is for trying out; the desk
    /// asks the database who verified what.
    #[arg(long)]
    verified_only: bool,
    #[command(flatten)]
    sentences: SentenceArgs,
}

/// A post as the commands read it; unknown keys are ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct PostLine {
    #[serde(default)]
    pub(crate) id: serde_json::Value,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(flatten)]
    text: AnswerText,
    #[serde(default)]
    verified: bool,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    answer: Vec<Entry>,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a serde_json::Value,
    answers: Vec<Scored>,
}

pub(crate) fn run(args: SuggestArgs) -> anyhow::Result<ExitCode> {
    let answers = read_answers(&args.answers, args.verified_only)?;
    let triage = args.sentences.triage()?;
    let suggester = Suggester::new(&answers, &triage);
    for_each_post(std::io::stdin().lock(), std::io::stdout().lock(), |post, out| {
        let answers = suggester.suggest(&triage.read(&post.text), usize::from(args.k));
        serde_json::to_writer(out, &Line { id: &post.id, answers })
    })
}

/// The answers of a TOML file. Fails on a file without any, and on two answers of one id.
pub(crate) fn read_answers(path: &Path, verified_only: bool) -> anyhow::Result<Vec<AnswerText>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the answers in {}", path.display()))?;
    let file: File = toml::from_str(&text).with_context(|| format!("{} is no file of answers", path.display()))?;
    if file.answer.is_empty() {
        bail!("{} holds no [[answer]]", path.display());
    }
    for (i, entry) in file.answer.iter().enumerate() {
        if file.answer.iter().take(i).any(|e| e.text.id == entry.text.id) {
            bail!("{} holds two answers with the id {:?}", path.display(), entry.text.id);
        }
    }
    Ok(file.answer.into_iter().filter(|e| e.verified || !verified_only).map(|e| e.text).collect())
}

/// Reads posts line by line and writes a line for each. Empty lines are passed over; a line that is no post ends the run
/// with its number, after the lines before it have been written.
pub(crate) fn for_each_post<W: Write>(
    input: impl BufRead,
    output: W,
    mut judge: impl FnMut(&PostLine, &mut std::io::BufWriter<W>) -> serde_json::Result<()>,
) -> anyhow::Result<ExitCode> {
    let mut out = std::io::BufWriter::new(output);
    for (i, line) in input.lines().enumerate() {
        let line = match line.with_context(|| format!("line {}: cannot be read as UTF-8 text", i + 1)) {
            Ok(line) if line.trim().is_empty() => continue,
            other => other.and_then(|line| parse_line(i + 1, &line)),
        };
        let result = line.and_then(|post| {
            judge(&post, &mut out)?;
            Ok(out.write_all(b"\n")?)
        });
        if let Err(error) = result {
            out.flush()?;
            return Err(error);
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// One JSONL line as a post. The error names the line and not its text, which is a client's.
pub(crate) fn parse_line<T: for<'de> Deserialize<'de>>(number: usize, line: &str) -> anyhow::Result<T> {
    serde_json::from_str(line).map_err(|e| {
        let what = match e.classify() {
            serde_json::error::Category::Data => "a key is missing or of the wrong type",
            _ => "no valid JSON",
        };
        anyhow::anyhow!("line {number}: {what} (column {})", e.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_lines(input: &str) -> (String, anyhow::Result<ExitCode>) {
        let mut out = Vec::new();
        let result = for_each_post(input.as_bytes(), &mut out, |post, out| serde_json::to_writer(out, &post.id));
        (String::from_utf8(out).expect("UTF-8"), result)
    }

    #[test]
    fn every_post_gets_a_line_and_unknown_keys_are_ignored() {
        let (out, result) = run_lines("{\"id\":1,\"text\":\"а\",\"lang\":\"ru\"}\n\n{\"id\":\"b\",\"text\":\"\"}\n");
        assert!(result.is_ok());
        assert_eq!(out, "1\n\"b\"\n");
    }

    #[test]
    fn bad_line_stops_with_its_number_and_without_its_text() {
        let (out, result) = run_lines("{\"id\":1,\"text\":\"а\"}\n{\"id\":2,\"text\":\"секрет\n");
        let error = result.expect_err("bad line").to_string();
        assert_eq!(out, "1\n");
        assert!(error.contains("line 2") && !error.contains("секрет"), "{error}");
        let (_, result) = run_lines("{\"id\":1}\n");
        assert!(result.expect_err("no text").to_string().contains("line 1"));
    }

    #[test]
    fn only_entries_marked_verified_are_kept_when_asked_for() {
        let file: File = toml::from_str(
            "[[answer]]\nid='a'\ntopic='x'\nbody_ru='б'\nverified=true\n[[answer]]\nid='b'\ntopic='x'\nbody_ru='в'\n",
        )
        .expect("valid");
        let verified: Vec<&str> = file.answer.iter().filter(|e| e.verified).map(|e| e.text.id.as_str()).collect();
        assert_eq!(verified, ["a"]);
    }
}
