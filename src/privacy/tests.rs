//! Measured on sentences that were written by hand, and held to what a mask must always keep.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A sentence without its tags, and where the details stand in it.
struct Example {
    number: usize,
    about: Kind,
    text: String,
    details: Vec<Found>,
}

fn examples(file: &str) -> Vec<Example> {
    let tag = regex::Regex::new(r"<(/?)([a-z]+)>").expect("a good pattern");
    let mut examples = Vec::new();
    for (number, line) in file.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        let number = number + 1;
        let (about, marked) = line.split_once('\t').unwrap_or_else(|| panic!("line {number} has no tab"));
        let about = Kind::find(about).unwrap_or_else(|| panic!("line {number}: no such kind"));
        let (mut text, mut details, mut open, mut end) = (String::new(), Vec::new(), None, 0);
        for found in tag.captures_iter(marked) {
            let whole = found.get(0).expect("the match");
            text.push_str(&marked[end..whole.start()]);
            end = whole.end();
            let kind = Kind::find(&found[2]).unwrap_or_else(|| panic!("line {number}: no such kind"));
            if found[1].is_empty() {
                assert!(open.replace((kind, text.len())).is_none(), "line {number}: tags nest");
            } else {
                let (opened, start) = open.take().unwrap_or_else(|| panic!("line {number}: nothing is open"));
                assert_eq!(opened, kind, "line {number}");
                details.push(Found { range: start..text.len(), kind });
            }
        }
        text.push_str(&marked[end..]);
        examples.push(Example { number, about, text, details });
    }
    examples
}

#[derive(Default)]
struct Counts {
    expected: usize,
    /// Covered whole by one find of the same kind: nothing of it would be left by a mask.
    covered: usize,
    found: usize,
    /// Most of the find is a detail of the same kind.
    right: usize,
}

impl Counts {
    fn recall(&self) -> f64 {
        self.covered as f64 / self.expected.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }
}

fn measure(examples: &[Example]) -> BTreeMap<Kind, Counts> {
    let mut counts: BTreeMap<Kind, Counts> = BTreeMap::new();
    for example in examples {
        let found = find(&example.text);
        for detail in &example.details {
            let covers = |f: &Found| {
                f.kind == detail.kind && f.range.start <= detail.range.start && detail.range.end <= f.range.end
            };
            let covered = found.iter().any(covers);
            let count = counts.entry(detail.kind).or_default();
            count.expected += 1;
            count.covered += usize::from(covered);
            if !covered {
                println!("{}: missed {:?} in {:?}", example.number, &example.text[detail.range.clone()], example.text);
            }
        }
        for f in &found {
            let shared = |d: &Found| f.range.end.min(d.range.end).saturating_sub(f.range.start.max(d.range.start));
            let right = example.details.iter().any(|d| d.kind == f.kind && shared(d) * 2 > f.range.len());
            let count = counts.entry(f.kind).or_default();
            count.found += 1;
            count.right += usize::from(right);
            if !right {
                println!(
                    "{}: {:?} is no {:?} in {:?}",
                    example.number,
                    &example.text[f.range.clone()],
                    f.kind,
                    example.text
                );
            }
        }
    }
    counts
}

const EXAMPLES: &str = include_str!("../../data/privacy-examples.tsv");

#[test]
fn details_are_found_and_ordinary_numbers_are_left_alone() {
    measure_all(EXAMPLES);
}

fn measure_all(file: &str) {
    let examples = examples(file);
    let counts = measure(&examples);
    let mut sum = Counts::default();
    println!("{:<10}{:>9}{:>9}{:>8}{:>11}", "kind", "details", "recall", "finds", "precision");
    for (kind, c) in &counts {
        println!("{:<10}{:>9}{:>9.3}{:>8}{:>11.3}", kind.as_str(), c.expected, c.recall(), c.found, c.precision());
        sum.expected += c.expected;
        sum.covered += c.covered;
        sum.found += c.found;
        sum.right += c.right;
    }
    println!("{:<10}{:>9}{:>9.3}{:>8}{:>11.3}", "all", sum.expected, sum.recall(), sum.found, sum.precision());
    let plain = examples.iter().filter(|e| e.details.is_empty());
    let noisy = plain.clone().filter(|e| !find(&e.text).is_empty()).count();
    println!("{noisy} of {} sentences without details have a find", plain.count());
    for (kind, c) in &counts {
        // One slip in a few examples is no figure.
        if c.expected >= 10 {
            assert!(c.recall() >= 0.95 && c.precision() >= 0.95, "{}", kind.as_str());
        }
    }
    assert!(sum.recall() >= 0.95 && sum.precision() >= 0.95);
}

#[test]
fn probe() {
    for t in ["адрес ул.Тестова д.8 корп.3 кв.90", "код подъезда 35к7788", "ул.Тестова д.8 корп.3"]
    {
        println!("{t} {:?}", find(t).iter().map(|f| &t[f.range.clone()]).collect::<Vec<_>>());
    }
    measure_all(include_str!("../../data/privacy-c.tsv"));
}

#[test]
fn probe_posts() {
    let pattern = regex::Regex::new(r#""text": "((?:[^"\\]|\\.)*)""#).unwrap();
    for file in ["dev", "noisy", "chatter", "hard", "needs", "urgent", "exam"] {
        let posts = std::fs::read_to_string(format!("data/posts-{file}.jsonl")).unwrap();
        let began = std::time::Instant::now();
        let mut n = 0;
        let mut len = 0;
        for p in pattern.captures_iter(&posts) {
            n += 1;
            let text = p[1].replace("\\n", "\n").replace("\\\"", "\"");
            len += text.len();
            for f in find(&text) {
                println!("{file} {:?} {:?} in {text}", f.kind, &text[f.range.clone()]);
            }
        }
        println!("{file} {n} posts {len} bytes {:?}", began.elapsed());
    }
}
