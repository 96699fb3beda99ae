//! Is anything asked? Readable features, weighed by a small logistic regression.
//!
//! Features are named and come from the cues and rules of the rule file, from the shape of the post and from its likeness
//! to what the answers are about. The weights are made by [`fit`] from labelled posts and live in
//! `data/triage-weights.toml`. It keeps no word list of its own and sees nothing of who wrote the post.

use crate::domain::judgement::Urgency;
use crate::triage::Context;
use crate::triage::normalise::Normal;
use crate::triage::rules::{Found, Rules};
use crate::triage::search::Likeness;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Named values of one post. What is absent is 0.
pub(crate) type Features = BTreeMap<String, f64>;

/// The learned part: log-odds of each feature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Model {
    /// A post counts as a request from this probability on. Below one half: a missed question is worse than a false one.
    pub(crate) threshold: f64,
    /// Requests below this probability are shown as doubtful, and so are posts that stay just under the threshold.
    pub(crate) doubtful_below: f64,
    pub(crate) bias: f64,
    pub(crate) weight: BTreeMap<String, f64>,
}

impl Model {
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The probability that something is asked, 0 to 1.
    pub(crate) fn probability(&self, features: &Features, offset: f64) -> f64 {
        let sum =
            features.iter().map(|(name, value)| self.weight.get(name).copied().unwrap_or(0.0) * value).sum::<f64>();
        1.0 / (1.0 + (-(self.bias + sum + offset)).exp())
    }
}

/// Reads the features of a post.
pub(crate) fn features(rules: &Rules, found: &Found, post: &Normal, likeness: Likeness) -> Features {
    let mut out = Features::new();
    for (cue, count) in rules.cues.iter().zip(&found.cues) {
        if *count > 0 {
            out.insert(format!("cue.{}", cue.id), f64::from(*count).min(3.0).sqrt());
        }
    }
    let soon = found.rules.iter().filter_map(|n| rules.rules.get(*n)).any(|r| r.urgency == Urgency::Soon);
    out.insert("rule.soon".to_owned(), f64::from(u8::from(soon)));
    let shape = post.shape;
    let words = f64::from(u32::try_from(post.word_count()).unwrap_or(u32::MAX));
    out.insert("shape.length".to_owned(), (1.0 + words.min(60.0)).ln());
    out.insert("shape.very-short".to_owned(), f64::from(u8::from(words < 4.0)));
    out.insert("shape.very-long".to_owned(), f64::from(u8::from(words > 80.0)));
    out.insert("shape.question".to_owned(), f64::from(shape.questions.min(3)).sqrt());
    out.insert("shape.ends-with-question".to_owned(), f64::from(u8::from(shape.ends_with_question)));
    out.insert("shape.smiles".to_owned(), f64::from(u8::from(shape.smiles > 0)));
    out.insert("shape.link".to_owned(), f64::from(u8::from(shape.links > 0)));
    out.insert("shape.quotes-somebody".to_owned(), f64::from(u8::from(shape.quoted_lines > 0)));
    out.insert("shape.calls-a-name".to_owned(), f64::from(u8::from(shape.calls_a_name)));
    out.insert("like.words".to_owned(), likeness.words);
    out.insert("like.characters".to_owned(), likeness.characters * 5.0);
    out
}

/// Log-odds for what is known beside the text. Set by hand, small, until there are labelled posts with their context:
/// only what is known counts, in either direction.
pub(crate) fn context_offset(context: &Context) -> f64 {
    let known = |value: Option<bool>, yes: f64, no: f64| value.map_or(0.0, |v| if v { yes } else { no });
    known(context.opens_thread, 1.0, 0.0)
        + known(context.addressed_to_peer, -1.0, 0.2)
        + known(context.follows_own_post, 0.3, 0.0)
        + known(context.quoted_own_post, 0.3, 0.0)
        + if context.has_images { 0.3 } else { 0.0 }
}

/// Which way a feature may speak, where that is known beforehand: few posts must not teach that a question mark speaks
/// against a question.
pub(crate) type Directions = BTreeMap<String, bool>;

/// The directions of the cues, and of the features of shape and likeness.
pub(crate) fn directions(rules: &Rules) -> Directions {
    let cues = rules.cues.iter().map(|c| (format!("cue.{}", c.id), c.asks));
    let asks = ["rule.soon", "shape.question", "shape.ends-with-question", "like.words", "like.characters"];
    let not = ["shape.smiles", "shape.calls-a-name", "shape.link", "shape.quotes-somebody"];
    cues.chain(asks.map(|n| (n.to_owned(), true))).chain(not.map(|n| (n.to_owned(), false))).collect()
}

/// Fits the weights to labelled posts: logistic regression with an L2 penalty, full-batch gradient descent, a fixed number
/// of steps from zero, weights kept on the side of their direction. The same posts give the same weights on every machine,
/// to rounding.
pub(crate) fn fit(posts: &[(Features, bool)], directions: &Directions, penalty: f64, recall: f64) -> Model {
    let mut names: Vec<&str> = posts.iter().flat_map(|(f, _)| f.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let rows: Vec<Vec<(usize, f64)>> = posts
        .iter()
        .map(|(f, _)| f.iter().filter_map(|(n, v)| Some((names.binary_search(&n.as_str()).ok()?, *v))).collect())
        .collect();
    let (mut weights, mut bias) = (vec![0.0; names.len()], 0.0);
    let count = as_f64(posts.len().max(1));
    // Both classes weigh the same: how many requests a training set holds says nothing about a forum.
    let requests = as_f64(posts.iter().filter(|(_, l)| *l).count());
    let of_class = |label: bool| count / 2.0 / (if label { requests } else { count - requests }).max(1.0);
    for _ in 0..3000 {
        let (mut slope, mut bias_slope) = (vec![0.0; names.len()], 0.0);
        for (row, (_, label)) in rows.iter().zip(posts) {
            let sum: f64 = row.iter().filter_map(|(i, v)| Some(weights.get(*i)? * v)).sum();
            let miss = of_class(*label) * (1.0 / (1.0 + (-(sum + bias)).exp()) - f64::from(u8::from(*label)));
            bias_slope += miss;
            for (i, v) in row {
                if let Some(s) = slope.get_mut(*i) {
                    *s += miss * v;
                }
            }
        }
        for ((w, s), name) in weights.iter_mut().zip(&slope).zip(&names) {
            *w -= 0.2 * (s + penalty * *w) / count;
            match directions.get(*name) {
                Some(true) => *w = w.max(0.0),
                Some(false) => *w = w.min(0.0),
                None => {}
            }
        }
        bias -= 0.2 * bias_slope / count;
    }
    // Five digits are enough, and make the file the same wherever it is made.
    let short = |w: f64| (w * 1e4).round() / 1e4;
    let weight = names.iter().zip(&weights).map(|(n, w)| ((*n).to_owned(), short(*w))).collect();
    let mut model = Model { threshold: 0.5, doubtful_below: 0.5, bias: short(bias), weight };
    model.threshold = threshold_for(&model, posts, recall);
    model.doubtful_below = (model.threshold + 0.3).min(0.8);
    model
}

/// The highest threshold, not above one half, that still finds `recall` of the requests it was fitted to.
fn threshold_for(model: &Model, posts: &[(Features, bool)], recall: f64) -> f64 {
    let mut found: Vec<f64> = posts.iter().filter(|(_, l)| *l).map(|(f, _)| model.probability(f, 0.0)).collect();
    found.sort_by(f64::total_cmp);
    let may_miss = as_f64(found.len()) * (1.0 - recall);
    let first = found.iter().enumerate().take_while(|(i, _)| as_f64(*i) <= may_miss).last();
    first.map_or(0.5, |(_, p)| ((p * 100.0).floor() / 100.0).clamp(0.15, 0.5))
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(names: &[&str]) -> Features {
        names.iter().map(|n| ((*n).to_owned(), 1.0)).collect()
    }

    #[test]
    fn fit_finds_which_feature_tells_requests() {
        let posts: Vec<(Features, bool)> =
            (0..40).map(|i| if i % 2 == 0 { (post(&["asks"]), true) } else { (post(&["thanks"]), false) }).collect();
        let model = fit(&posts, &Directions::new(), 1.0, 0.97);
        assert!(model.probability(&post(&["asks"]), 0.0) > 0.8);
        assert!(model.probability(&post(&["thanks"]), 0.0) < 0.2);
        assert_eq!(model, fit(&posts, &Directions::new(), 1.0, 0.97));
        let against = Directions::from([("asks".to_owned(), false)]);
        assert!(fit(&posts, &against, 1.0, 0.97).weight["asks"].abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_not_known_beside_the_text_changes_nothing() {
        assert!(context_offset(&Context::default()).abs() < f64::EPSILON);
        assert!(context_offset(&Context { addressed_to_peer: Some(true), ..Context::default() }) < 0.0);
        assert!(context_offset(&Context { opens_thread: Some(true), ..Context::default() }) > 0.0);
    }
}
