//! Holds judgements and suggestions against labelled posts: the figures of `netreach eval`. Makes the model that is judged.
//!
//! Pure: posts and answers come in, figures go out; reading files and timing is the command's business. Figures on the
//! posts the model was fitted to flatter the program: [`cross_validate`] gives the honest ones for what was fitted.

use crate::domain::answer::AnswerText;
use crate::domain::judgement::Urgency;
use crate::triage::embed::Embedder;
use crate::triage::fit;
use crate::triage::learned::Learned;
use crate::triage::{Context, Suggester, Triage, starter_answers, topics};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub use fit::{Example, Hand};

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
    /// Two careful annotators could disagree.
    #[serde(default)]
    pub unclear: bool,
    /// What is known of it beside the text.
    #[serde(default)]
    pub context: Context,
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
    /// What was labelled against what was said, by urgency.
    pub confusion: Confusion,
    /// The gravest mistakes, without their texts.
    pub worst: Vec<Mistake>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    pub classes: [&'static str; 4],
    /// A row a label, a column for what was said.
    pub labelled_by_said: [[usize; 4]; 4],
}

/// A post that was judged wrongly.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    pub id: serde_json::Value,
    pub what: &'static str,
    pub score: f64,
}

const CLASSES: [Option<Urgency>; 4] = [None, Some(Urgency::Routine), Some(Urgency::Soon), Some(Urgency::Emergency)];

/// What the program said of one post.
struct Said {
    is_request: bool,
    urgency: Option<Urgency>,
    score: f64,
    /// Place of the first of the post's topics among the answers proposed.
    place: Option<usize>,
}

/// Judges every post with `triage` and ranks the answers of `suggester` for it.
pub fn evaluate(triage: &Triage, suggester: &Suggester, posts: &[LabelledPost]) -> Report {
    let said: Vec<Said> = posts.iter().map(|post| judged(triage, suggester, post)).collect();
    report(posts, &said)
}

fn judged(triage: &Triage, suggester: &Suggester, post: &LabelledPost) -> Said {
    let read = triage.read(&post.text);
    let judgement = triage.judge(&read, &post.context);
    let is_topic = |topic: &str| post.topics.iter().any(|t| t == topic);
    let asked = post.is_request && !post.topics.is_empty();
    let place = if asked { suggester.suggested_topics(&read).iter().position(|t| is_topic(t)) } else { None };
    Said { is_request: judgement.is_request, urgency: judgement.urgency, score: judgement.score, place }
}

/// The same figures with a model fitted anew without the posts they are measured on: `posts` in `folds` parts, each judged
/// by what the other parts and `others` teach.
///
/// Covers what is fitted. Rules and cues were written by people who had seen the development posts; figures on them stay
/// flattering there.
pub fn cross_validate(
    answers: &[AnswerText],
    posts: &[LabelledPost],
    others: &[Hand<'_>],
    examples: &[Example],
    sentences: Option<&Arc<Embedder>>,
    folds: usize,
) -> Report {
    let folds = folds.clamp(2, posts.len().max(2));
    let mut said: Vec<Option<Said>> = posts.iter().map(|_| None).collect();
    for fold in 0..folds {
        let is_left = |i: usize| i % folds == fold;
        let kept: Vec<LabelledPost> =
            posts.iter().enumerate().filter(|(i, _)| !is_left(*i)).map(|(_, p)| p.clone()).collect();
        let mut hands = vec![Hand { name: "kept", like_a_forum: true, posts: &kept }];
        hands.extend(others.iter().map(|h| Hand { name: h.name, like_a_forum: h.like_a_forum, posts: h.posts }));
        let learned = Arc::new(fitted(&hands, examples, sentences.map(Arc::as_ref)));
        let triage = Triage { learned, adjustment: None, sentences: sentences.cloned() };
        let suggester = Suggester::new(answers, &triage);
        for (i, (post, slot)) in posts.iter().zip(&mut said).enumerate().filter(|(i, _)| is_left(*i)) {
            debug_assert!(is_left(i), "only what was left out is judged");
            *slot = Some(judged(&triage, &suggester, post));
        }
    }
    report(posts, &said.into_iter().flatten().collect::<Vec<_>>())
}

/// Makes the bytes of `data/triage-model.bin` from labelled posts, by hand, and example questions; with a sentence model
/// also what whole sentences tell.
pub fn train(hands: &[Hand<'_>], examples: &[Example], sentences: Option<&Embedder>) -> Vec<u8> {
    fitted(hands, examples, sentences).to_bytes()
}

fn fitted(hands: &[Hand<'_>], examples: &[Example], sentences: Option<&Embedder>) -> Learned {
    fit::fit(hands, examples, &topic_ids(), sentences)
}

/// A judge out of the bytes that [`train`] makes.
///
/// # Errors
/// The bytes are no whole model.
pub fn with_model(bytes: &[u8], sentences: Option<Arc<Embedder>>) -> Result<Triage, super::ModelFault> {
    Ok(Triage { learned: Arc::new(Learned::parse(bytes)?), adjustment: None, sentences })
}

/// Whether two model files say the same: the words' part to the last bit; what sentences tell of topics, where both know
/// that, to a step of its rounding, since sums of vectors differ in their last bits between processors. For what sentences
/// tell of urgencies see [`judge_alike`].
pub fn is_same_model(a: &[u8], b: &[u8]) -> bool {
    match (Learned::parse(a), Learned::parse(b)) {
        (Ok(a), Ok(b)) => a.is_like(&b),
        _ => false,
    }
}

/// Whether two judges whose words' part is the same say the same of posts, but for one in 200: small steps make more of the
/// last bits in which sentence vectors differ between processors.
pub fn judge_alike<'a>(a: &Triage, b: &Triage, posts: impl Iterator<Item = &'a LabelledPost>) -> bool {
    let (mut all, mut differ) = (0, 0);
    for post in posts {
        let read = a.read(&post.text);
        let said = |triage: &Triage| {
            let judgement = triage.judge(&read, &post.context);
            (judgement.is_request, judgement.urgency)
        };
        all += 1;
        differ += usize::from(said(a) != said(b));
    }
    differ * 200 <= all
}

fn topic_ids() -> Vec<String> {
    topics().iter().map(|t| t.id.clone()).collect()
}

/// Titles, bodies and example questions of the starter answers, by topic.
pub fn starter_examples() -> Vec<Example> {
    let mut out = Vec::new();
    for answer in starter_answers().iter().filter(|a| !a.is_workflow()) {
        let texts = [&answer.title_ru, &answer.body_ru, &answer.title_en, &answer.body_en];
        for text in texts.into_iter().chain(&answer.examples_ru).filter(|t| !t.is_empty()) {
            out.push(Example { topic: answer.topic.clone(), text: text.clone() });
        }
    }
    out
}

fn report(posts: &[LabelledPost], said: &[Said]) -> Report {
    let pairs = || posts.iter().zip(said);
    let request = rates(pairs().map(|(p, s)| (p.is_request, s.is_request)));
    let is_grave = |u: Option<Urgency>| u == Some(Urgency::Emergency);
    let emergency = rates(pairs().map(|(p, s)| (is_grave(p.urgency), is_grave(s.urgency))));
    let occurring = CLASSES.iter().filter(|c| posts.iter().any(|p| p.urgency == **c));
    let of_class: Vec<f64> =
        occurring.map(|c| rates(pairs().map(|(p, s)| (p.urgency == *c, s.urgency == *c))).f1.unwrap_or(0.0)).collect();
    let row = |label: &Option<Urgency>| {
        CLASSES.map(|c| pairs().filter(|(p, s)| p.urgency == *label && s.urgency == c).count())
    };
    Report {
        posts: posts.len(),
        request,
        emergency: Alarms { precision: emergency.precision, recall: emergency.recall },
        urgency: MacroF1 { macro_f1: mean(&of_class) },
        topic: ranking(posts, said),
        milliseconds_per_post: None,
        confusion: Confusion {
            classes: ["none", "routine", "soon", "emergency"],
            labelled_by_said: [row(&CLASSES[0]), row(&CLASSES[1]), row(&CLASSES[2]), row(&CLASSES[3])],
        },
        worst: worst(posts, said),
    }
}

/// The gravest mistakes first: emergencies missed, requests missed by how sure the program was, false alarms.
fn worst(posts: &[LabelledPost], said: &[Said]) -> Vec<Mistake> {
    const MOST: usize = 20;
    let mut all: Vec<(f64, Mistake)> = Vec::new();
    for (post, said) in posts.iter().zip(said) {
        let grave = |u: Option<Urgency>| u == Some(Urgency::Emergency);
        let (cost, what) = match () {
            () if grave(post.urgency) && !said.is_request => (4.0, "emergency missed"),
            () if grave(post.urgency) && !grave(said.urgency) => (3.0, "emergency not seen as one"),
            () if post.is_request && !said.is_request => (2.0 - said.score, "request missed"),
            () if grave(said.urgency) && !grave(post.urgency) => (0.9, "false emergency"),
            () if said.is_request && !post.is_request => (said.score * 0.8, "false request"),
            () => continue,
        };
        all.push((cost, Mistake { id: post.id.clone(), what, score: said.score }));
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().take(MOST).map(|(_, mistake)| mistake).collect()
}

fn ranking(posts: &[LabelledPost], said: &[Said]) -> Ranking {
    let asked = posts.iter().zip(said).filter(|(p, _)| p.is_request && !p.topics.is_empty());
    let places: Vec<Option<usize>> = asked.map(|(_, said)| said.place).collect();
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

    #[test]
    fn development_posts_are_judged_no_worse_than_before() {
        let report = evaluate(Triage::builtin(), &Suggester::new(starter_answers(), Triage::builtin()), &dev_posts());
        assert_eq!(report.posts, 320);
        assert_eq!(report.emergency.recall, Some(1.0));
        assert!(report.emergency.precision > Some(0.8));
        assert!(report.request.recall > Some(0.96) && report.request.f1 > Some(0.9));
        assert!(report.urgency.macro_f1 > Some(0.75));
        assert!(report.topic.recall_at_1 > Some(0.6) && report.topic.recall_at_3 > Some(0.8));
    }

    /// Fitting all posts takes too long unoptimised: `netreach train --check` holds the shipped model against them.
    #[test]
    fn fit_is_the_same_each_time_and_learns_what_is_asked() {
        let posts = dev_posts();
        let hands = [
            Hand { name: "a", like_a_forum: true, posts: &posts[..60] },
            Hand { name: "b", like_a_forum: true, posts: &posts[60..120] },
        ];
        let model = train(&hands, &[], None);
        assert_eq!(model, train(&hands, &[], None));
        let triage = with_model(&model, None).expect("whole");
        let report = evaluate(&triage, &Suggester::new(starter_answers(), &triage), &posts[..120]);
        assert!(report.request.f1 > Some(0.9), "{:?}", report.request);
    }

    #[test]
    fn report_has_the_shape_of_the_contract() {
        let report =
            evaluate(Triage::builtin(), &Suggester::new(starter_answers(), Triage::builtin()), &dev_posts()[..3]);
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
