//! Polling policies against traces of several shapes: the ratios that matter, in one run. `cargo bench --bench polling`.
//!
//! "ours/known" is the mean delay of the service's policy against √rate with rates known beforehand (goal: 1.10 at most);
//! "list" is that of the policy with a list against half the time between two requests, 1/(2·budget) (goal: 1.10).

#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "figures are printed")]

use netreach::schedule::{Policy, TraceShape, make_trace, simulate};

const SEEDS: u64 = 5;

fn main() {
    println!("threads days posts/day budget/h  ours/known  list  rate/known  uniform/known");
    for (threads, days, posts_per_day, echo, per_hour) in [
        (5, 28, 6.0, 0.5, 10.0),
        (8, 14, 20.0, 0.6, 20.0),
        (20, 28, 20.0, 0.3, 60.0),
        (20, 28, 40.0, 0.4, 60.0),
        (50, 28, 30.0, 0.3, 60.0),
        (100, 56, 60.0, 0.0, 120.0),
        (200, 28, 100.0, 0.5, 60.0),
        (8, 28, 10.0, 0.8, 30.0),
        (50, 14, 200.0, 0.2, 120.0),
    ] {
        let mut ratios = [0.0; 4];
        for seed in 0..SEEDS {
            let trace = make_trace(&TraceShape { threads, days, posts_per_day, echo, seed });
            let mean = |policy| simulate(&trace, per_hour, policy, seed).map_or(f64::NAN, |outcome| outcome.mean_s);
            let known = mean(Policy::SqrtRate);
            ratios[0] += mean(Policy::Ours) / known;
            ratios[1] += mean(Policy::OursList) / (1800.0 / per_hour);
            ratios[2] += mean(Policy::Rate) / known;
            ratios[3] += mean(Policy::Uniform) / known;
        }
        let [ours, list, rate, uniform] = ratios.map(|sum| sum / SEEDS as f64);
        println!(
            "{threads:7} {days:4} {posts_per_day:9} {per_hour:8}  {ours:10.3}  {list:4.2}  {rate:10.2}  {uniform:13.2}"
        );
    }
}
