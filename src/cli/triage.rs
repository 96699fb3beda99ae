//! `netreach triage`: posts in on standard input, judgements out on standard output, one JSON object a line.
//!
//! It judges texts alone; what the monitor knows beside the text (who is quoted, who opened the thread) is not read here.

use crate::cli::model::SentenceArgs;
use crate::cli::suggest::for_each_post;
use crate::domain::judgement::Judgement;
use crate::triage::Context;
use serde::Serialize;
use std::process::ExitCode;

/// Judge posts: JSONL {"id","text"} on standard input to JSONL on standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct TriageArgs {
    #[command(flatten)]
    sentences: SentenceArgs,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a serde_json::Value,
    #[serde(flatten)]
    judgement: Judgement,
}

pub(crate) fn run(args: TriageArgs) -> anyhow::Result<ExitCode> {
    let triage = args.sentences.triage()?;
    for_each_post(std::io::stdin().lock(), std::io::stdout().lock(), |post, out| {
        let judgement = triage.judge(&triage.read(&post.text), &Context::default());
        serde_json::to_writer(out, &Line { id: &post.id, judgement })
    })
}
