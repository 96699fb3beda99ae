//! `netreach simulate`: how soon posts of a trace would be seen under a polling policy; and makes traces to try it on.

use super::{Hinted, say};
use crate::clock::Timestamp;
use crate::schedule::{self, Policy, Trace, TraceShape};
use anyhow::Context;
use clap::ValueEnum;
use serde::Deserialize;
use std::path::PathBuf;
use std::process::ExitCode;

/// Replay a trace of posts under a polling policy: delays, and requests for each new post
#[derive(clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct SimulateArgs {
    /// Posts, one a line: {"thread":"a","at":"2026-11-20T21:14:00Z"}
    #[arg(long, value_name = "FILE", required_unless_present = "make_trace")]
    trace: Option<PathBuf>,
    /// Requests an hour, on average over a day
    #[arg(long, value_name = "N", default_value_t = 30.0)]
    budget: f64,
    /// Which policy
    #[arg(long, value_name = "NAME", default_value = "all")]
    policy: Named,
    /// Chance: the same number gives the same figures
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print a trace with a daily rhythm and bursts in place of replaying one
    #[arg(long, conflicts_with = "trace")]
    make_trace: bool,
    /// Threads of the trace that is made
    #[arg(long, default_value_t = 20)]
    threads: u32,
    /// Days of the trace that is made
    #[arg(long, default_value_t = 28)]
    days: u32,
    /// Posts a day of the trace that is made, bursts not counted
    #[arg(long, default_value_t = 40.0)]
    posts_per_day: f64,
    /// Posts that a post calls forth in the trace that is made, below 1
    #[arg(long, default_value_t = 0.4)]
    echo: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Named {
    /// Every thread equally often
    Uniform,
    /// In proportion to each thread's rate, known beforehand
    #[value(alias = "proportional", alias = "rate-proportional")]
    Rate,
    /// In proportion to the square root of each thread's rate, known beforehand
    #[value(alias = "sqrt", alias = "sqrt-known")]
    SqrtRate,
    /// What the service does where lists tell nothing
    Ours,
    /// What the service does where a list shows which threads have news
    #[value(alias = "list", alias = "ours-with-list")]
    OursList,
    /// Each of them, a line each
    All,
}

#[derive(Deserialize)]
struct Line {
    thread: String,
    at: Timestamp,
}

pub(super) fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    if args.make_trace {
        print_trace(args);
        return Ok(ExitCode::SUCCESS);
    }
    let trace = read_trace(args)?;
    let policies = match args.policy {
        Named::Uniform => vec![Policy::Uniform],
        Named::Rate => vec![Policy::Rate],
        Named::SqrtRate => vec![Policy::SqrtRate],
        Named::Ours => vec![Policy::Ours],
        Named::OursList => vec![Policy::OursList],
        Named::All => Policy::ALL.to_vec(),
    };
    for policy in policies {
        let outcome = schedule::simulate(&trace, args.budget, policy, args.seed).ok_or_else(|| Hinted {
            what: "there is nothing to replay: no posts, or a budget of no requests".to_owned(),
            hint: "give a trace with at least one post, and --budget above 0".to_owned(),
        })?;
        say(serde_json::to_string(&outcome)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn read_trace(args: &SimulateArgs) -> anyhow::Result<Trace> {
    let file = args.trace.as_ref().context("a trace is needed")?;
    let text = std::fs::read_to_string(file).with_context(|| format!("reading the trace {}", file.display()))?;
    let mut trace = Trace::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).with_context(|| format!("{}: line {}", file.display(), number + 1))?;
        trace.entry(line.thread).or_default().push(line.at.as_unix_s());
    }
    for posts in trace.values_mut() {
        posts.sort_unstable();
    }
    Ok(trace)
}

fn print_trace(args: &SimulateArgs) {
    let shape = TraceShape {
        threads: args.threads,
        days: args.days,
        posts_per_day: args.posts_per_day,
        echo: args.echo,
        seed: args.seed,
    };
    let trace = schedule::make_trace(&shape);
    let mut lines: Vec<(i64, &str)> =
        trace.iter().flat_map(|(thread, posts)| posts.iter().map(|at| (*at, thread.as_str()))).collect();
    lines.sort_unstable();
    for (at, thread) in lines {
        say(serde_json::json!({ "thread": thread, "at": Timestamp::from_unix_s(at) }));
    }
}
