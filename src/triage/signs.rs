//! Named signs of a post: which rules and cues were found, and its shape. They go into the learned judgement beside the
//! words, and into the reasons a worker reads.
//!
//! It keeps no word list of its own and sees nothing of who wrote the post.

use crate::domain::judgement::Urgency;
use crate::triage::normalise::Normal;
use crate::triage::rules::{Found, Rules};

/// The signs of a post with their values; what is absent is 0.
pub(crate) fn signs(rules: &Rules, found: &Found, post: &Normal) -> Vec<(String, f64)> {
    let mut out: Vec<(String, f64)> = Vec::new();
    let mut add = |name: &str, value: f64| {
        if value > 0.0 {
            out.push((name.to_owned(), value));
        }
    };
    for (cue, count) in rules.cues.iter().zip(&found.cues) {
        add(&format!("cue.{}", cue.id), f64::from(*count).min(3.0).sqrt());
    }
    for rule in found.rules.iter().filter_map(|n| rules.rules.get(*n)) {
        add(&format!("rule.{}", rule.id), 1.0);
    }
    for (name, urgency) in [("rules.soon", Urgency::Soon), ("rules.emergency", Urgency::Emergency)] {
        let applies = found.rules.iter().filter_map(|n| rules.rules.get(*n)).any(|r| r.urgency == urgency);
        add(name, f64::from(u8::from(applies)));
    }
    let shape = post.shape;
    let words = f64::from(u32::try_from(post.word_count()).unwrap_or(u32::MAX));
    let flag = |is: bool| f64::from(u8::from(is));
    add("shape.length", (1.0 + words.min(80.0)).ln() / 3.0);
    add("shape.very-short", flag(words < 4.0));
    add("shape.short", flag(words < 9.0));
    add("shape.very-long", flag(words > 80.0));
    add("shape.question", f64::from(shape.questions.min(3)).sqrt());
    add("shape.ends-with-question", flag(shape.ends_with_question));
    add("shape.exclamation", flag(shape.exclamations > 0));
    add("shape.smiles", flag(shape.smiles > 0));
    add("shape.link", flag(shape.links > 0));
    add("shape.quotes-somebody", flag(shape.quoted_lines > 0));
    add("shape.calls-a-name", flag(shape.calls_a_name));
    out
}
