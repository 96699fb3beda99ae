//! Holds judgements and suggestions against labelled posts: the figures of `netreach eval`.
//!
//! Pure: posts and answers come in, figures go out; reading files and timing is the command's business. Figures on the
//! posts the weights were fitted to flatter the program: [`cross_validate`] gives the honest ones for what was fitted.

use crate::domain::answer::AnswerText;
use crate::domain::judgement::Urgency;
use crate::triage::request::{self, Features};
use crate::triage::{Context, RULES, Suggester, Triage, starter_answers};
use serde::{Deserialize, Serialize};

/// Share of the requests the threshold is set to find on the posts it is fitted to.
const RECALL: f64 = 0.97;
/// L2 penalty of the fit.
const PENALTY: f64 = 5.0;

/// A post with its labels, a line of `data/posts-dev.jsonl`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LabelledPost {
    #[serde(default)]
    pub id: serde_json::Value,
    pub text: String,
    pub is_request: bool,
    #[serde(default)]
    pub topics: Vec<String>,
    #[serde(default)]
    pub urgency: Option<Urgency>,
}

/// Found among the posts labelled so, and right among those found. `None` where there is nothing to divide by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rates {
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Alarms {
    pub precision: Option<f64>,
    pub recall: Option<f64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MacroF1 {
    pub macro_f1: Option<f64>,
}

/// Over posts labelled as requests with a topic; a hit is any of the post's topics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ranking {
    pub recall_at_1: Option<f64>,
    pub recall_at_3: Option<f64>,
    pub mrr: Option<f64>,
}

/// The one JSON object of `netreach eval`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    pub posts: usize,
    pub request: Rates,
    pub emergency: Alarms,
    /// Over emergency, soon, routine and "nothing asked", those of them that occur.
    pub urgency: MacroF1,
    pub topic: Ranking,
    /// Filled in by whoever holds a clock.
    pub milliseconds_per_post: Option<f64>,
}

/// What the program said of one post.
struct Said {
    is_request: bool,
    urgency: Option<Urgency>,
}

/// Judges every post with `triage` and ranks the answers of `suggester` for it.
pub fn evaluate(triage: &Triage, suggester: &Suggester, posts: &[LabelledPost]) -> Report {
    let said: Vec<Said> = posts
        .iter()
        .map(|p| {
            let judgement = triage.judge(&p.text, &Context::default());
            Said { is_request: judgement.is_request, urgency: judgement.urgency }
        })
        .collect();
    report(posts, &said, suggester)
}

/// The same figures with the request weights fitted anew without the posts they are measured on, in `folds` parts.
///
/// Covers what is fitted by this program. Rules, cues and ranking weights were written by people who had seen the
/// development posts; figures on them stay flattering there.
pub fn cross_validate(triage: &Triage, suggester: &Suggester, posts: &[LabelledPost], folds: usize) -> Report {
    let directions = request::directions(&RULES);
    let (rows, examples) = (rows(triage, posts), example_rows());
    let mut said: Vec<Option<Said>> = posts.iter().map(|_| None).collect();
    for fold in 0..folds.max(2) {
        let in_fold = |i: usize| i % folds.max(2) == fold;
        let kept = rows.iter().enumerate().filter(|(i, _)| !in_fold(*i)).map(|(_, r)| r);
        let kept: Vec<(Features, bool)> = kept.chain(&examples).cloned().collect();
        let model = request::fit(&kept, &directions, PENALTY, RECALL);
        for (i, (post, slot)) in posts.iter().zip(&mut said).enumerate() {
            if in_fold(i) {
                let judgement = triage.judge_with(&model, &post.text, &Context::default());
                *slot = Some(Said { is_request: judgement.is_request, urgency: judgement.urgency });
            }
        }
    }
    report(posts, &said.into_iter().flatten().collect::<Vec<_>>(), suggester)
}

/// Fits the request weights to labelled posts and to the example questions of the starter answers, and returns the text of
/// `data/triage-weights.toml`.
pub fn train(triage: &Triage, posts: &[LabelledPost]) -> Result<String, toml::ser::Error> {
    let mut rows = rows(triage, posts);
    rows.extend(example_rows());
    toml::to_string(&request::fit(&rows, &request::directions(&RULES), PENALTY, RECALL))
}

/// Every example question of the starter answers as a request, read by an index that does not hold it.
fn example_rows() -> Vec<(Features, bool)> {
    let most = starter_answers().iter().map(|a| a.examples_ru.len()).max().unwrap_or(0);
    let without = |n: usize| {
        let mut answers: Vec<AnswerText> = starter_answers().iter().filter(|a| !a.is_workflow()).cloned().collect();
        let take = |a: &mut AnswerText| (n < a.examples_ru.len()).then(|| a.examples_ru.remove(n));
        let taken: Vec<String> = answers.iter_mut().filter_map(take).collect();
        let suggester = Suggester::new(&answers);
        taken.into_iter().map(move |text| (suggester.read(&text).features(), true))
    };
    (0..most).flat_map(without).collect()
}

fn rows(triage: &Triage, posts: &[LabelledPost]) -> Vec<(Features, bool)> {
    posts.iter().map(|p| (triage.suggester.read(&p.text).features(), p.is_request)).collect()
}

fn report(posts: &[LabelledPost], said: &[Said], suggester: &Suggester) -> Report {
    let pairs = || posts.iter().zip(said);
    let request = rates(pairs().map(|(p, s)| (p.is_request, s.is_request)));
    let is_grave = |u: Option<Urgency>| u == Some(Urgency::Emergency);
    let emergency = rates(pairs().map(|(p, s)| (is_grave(p.urgency), is_grave(s.urgency))));
    let classes = [None, Some(Urgency::Routine), Some(Urgency::Soon), Some(Urgency::Emergency)];
    let occurring = classes.iter().filter(|c| posts.iter().any(|p| p.urgency == **c));
    let of_class: Vec<f64> =
        occurring.map(|c| rates(pairs().map(|(p, s)| (p.urgency == *c, s.urgency == *c))).f1.unwrap_or(0.0)).collect();
    Report {
        posts: posts.len(),
        request,
        emergency: Alarms { precision: emergency.precision, recall: emergency.recall },
        urgency: MacroF1 { macro_f1: mean(&of_class) },
        topic: ranking(posts, suggester),
        milliseconds_per_post: None,
    }
}

fn ranking(posts: &[LabelledPost], suggester: &Suggester) -> Ranking {
    let asked = posts.iter().filter(|p| p.is_request && !p.topics.is_empty());
    let places: Vec<Option<usize>> = asked
        .map(|p| {
            let topics = suggester.suggested_topics(&p.text);
            topics.iter().position(|t| p.topics.iter().any(|l| l == t))
        })
        .collect();
    let share = |hit: &dyn Fn(usize) -> f64| mean(&places.iter().map(|p| p.map_or(0.0, hit)).collect::<Vec<_>>());
    let within = |n: usize| share(&move |place| f64::from(u8::from(place < n)));
    Ranking { recall_at_1: within(1), recall_at_3: within(3), mrr: share(&|place| 1.0 / (as_f64(place) + 1.0)) }
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| rounded(values.iter().sum::<f64>() / as_f64(values.len())))
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// From pairs of (labelled so, said so).
fn rates(pairs: impl Iterator<Item = (bool, bool)>) -> Rates {
    let (mut right, mut labelled, mut said) = (0_u32, 0_u32, 0_u32);
    for (label, answer) in pairs {
        labelled += u32::from(label);
        said += u32::from(answer);
        right += u32::from(label && answer);
    }
    let share = |of: u32| (of > 0).then(|| rounded(f64::from(right) / f64::from(of)));
    let f1 = (labelled + said > 0).then(|| rounded(2.0 * f64::from(right) / f64::from(labelled + said)));
    Rates { precision: share(said), recall: share(labelled), f1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dev_posts() -> Vec<LabelledPost> {
        let lines = include_str!("../../data/posts-dev.jsonl").lines();
        lines.map(|l| serde_json::from_str(l).expect("a labelled post")).collect()
    }

    /// To write the file anew after a change of rules or posts: `NETREACH_WRITE_WEIGHTS=1 cargo test shipped_weights`.
    #[test]
    fn shipped_weights_are_what_the_trainer_makes_of_the_development_posts() {
        let made = train(Triage::builtin(), &dev_posts()).expect("serialises");
        if std::env::var_os("NETREACH_WRITE_WEIGHTS").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/triage-weights.toml");
            std::fs::write(path, &made).expect("written");
            return;
        }
        let (made, shipped) =
            (request::Model::parse(&made), request::Model::parse(include_str!("../../data/triage-weights.toml")));
        let (made, shipped) = (made.expect("valid"), shipped.expect("valid"));
        assert_eq!(made.weight.keys().collect::<Vec<_>>(), shipped.weight.keys().collect::<Vec<_>>());
        for (name, weight) in &made.weight {
            assert!((weight - shipped.weight[name]).abs() < 0.01, "{name}: {weight}");
        }
        assert!((made.threshold - shipped.threshold).abs() < 0.02);
    }

    #[test]
    fn development_posts_are_judged_no_worse_than_before() {
        let report = evaluate(Triage::builtin(), &Suggester::new(starter_answers()), &dev_posts());
        assert_eq!(report.posts, 320);
        assert_eq!(report.emergency.recall, Some(1.0));
        assert!(report.emergency.precision > Some(0.8));
        assert!(report.request.recall > Some(0.96) && report.request.f1 > Some(0.9));
        assert!(report.urgency.macro_f1 > Some(0.75));
        assert!(report.topic.recall_at_1 > Some(0.6) && report.topic.recall_at_3 > Some(0.8));
    }

    #[test]
    fn report_has_the_shape_of_the_contract() {
        let report = evaluate(Triage::builtin(), &Suggester::new(starter_answers()), &dev_posts()[..3]);
        let json = serde_json::to_value(report).expect("serialises");
        for (group, key) in [("request", "f1"), ("emergency", "recall"), ("urgency", "macro_f1"), ("topic", "mrr")] {
            assert!(json[group].as_object().is_some_and(|g| g.contains_key(key)), "{group}.{key}");
        }
        assert_eq!(json["posts"], 3);
        assert!(json.as_object().is_some_and(|o| o.contains_key("milliseconds_per_post")));
    }

    #[test]
    fn rates_are_as_defined_and_undefined_ones_are_null() {
        let found = rates([(true, true), (true, false), (false, true), (false, false)].into_iter());
        assert_eq!(found, Rates { precision: Some(0.5), recall: Some(0.5), f1: Some(0.5) });
        assert_eq!(rates([(false, false)].into_iter()), Rates::default());
    }
}
