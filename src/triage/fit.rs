//! Fits the learned judgement to labelled posts: logistic regressions with an L2 penalty, found by L-BFGS from zero. Urgency
//! is one of four (none, routine, soon, emergency), told apart together: a post that is clearly a need of today is thereby
//! no emergency.
//!
//! Deterministic: the same posts in the same order give the same file on every machine, to rounding. Thresholds are set on
//! scores of posts whose whole hand (the file they came in) was left out of the fit: posts of one hand are too much alike
//! to tell how the next hand will be understood.

use crate::domain::judgement::Urgency;
use crate::triage::embed::{Embedder, Embedding};
use crate::triage::eval::LabelledPost;
use crate::triage::hidden::{self, Fitted, Label, OVER_SENTENCES, OVER_WORDS, Sentences, Sparse};
use crate::triage::learned::{
    ASKS, EMERGENCY, FIXED, Learned, MeaningParts, Parts, ROUTINE, SOON, Thresholds, emergency_against_the_rest,
    logistic,
};
use crate::triage::networks::{BySentence, ByWords, Network, Output};
use crate::triage::normalise::{Normal, Token};
use crate::triage::spelling::Vocabulary;
use crate::triage::vector::{Counts, weigh};
use crate::triage::{Context, RULES, Reading};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::panic::resume_unwind;

/// What a mistake costs against the penalty, for judgements and for topics.
const COST: f64 = 3.0;
const COST_TOPIC: f64 = 10.0;

/// A feature must be in so many posts, words and character sequences apart.
const FEWEST_WORDS: u32 = 2;
const FEWEST_CHARACTERS: u32 = 4;

/// And in so many to have a part in what words say together.
const FEWEST_TOGETHER: u32 = 4;

/// A text that only tells a topic (an example question, an answer's own words) weighs this much.
const EXAMPLE_WEIGHT: f64 = 0.6;

const STEPS: usize = 80;

/// Share of the requests of a left-out hand that the threshold finds. A model that knows all hands finds more: .96 to .99 on
/// hands it never met, and words alone gain most by knowing more hands.
const RECALL: f64 = 0.93;
const RECALL_BY_WORDS: f64 = 0.92;

/// Of the emergencies of left-out hands to which a rule applies, this share may be taken for stories; and of the sentences
/// that such rules were written for.
const POSTS_TAKEN_FOR_STORIES: f64 = 0.005;
const EXAMPLES_TAKEN_FOR_STORIES: f64 = 0.01;

/// Log-odds of an emergency against everything else from which what was learned raises an alarm, and by words alone. Chosen so
/// that on hands it never met at least 65 of 100 alarms are right, and of ordinary text that asks nothing at most 3 in 1,000
/// raise one: lower, more is found, but sooner in sayings than in emergencies.
const ALARM_FROM: f32 = 0.8;
const ALARM_FROM_BY_WORDS: f32 = 1.75;

/// What a need of today is let off against one that can wait. Where they are balanced best on what many hands wrote, a third
/// of the needs of `posts-dev.jsonl`, left out, came out as routine: its labels see hardship (no home, no medicine, ready to
/// go to hospital) as a matter of days more often. To be late costs more than to be early.
const SOON_LET_OFF: f64 = 1.0;

/// Share of right alarms, among posts of which this part are emergencies, from which an alarm counts as sure.
const SURE_PRECISION: f64 = 0.85;
const EMERGENCIES: f64 = 0.065;

/// Posts written by one person or on one occasion.
pub struct Hand<'a> {
    pub name: &'a str,
    /// Its mixture is that of a forum: thresholds are set on such hands alone. Others hold what is hard, side by side.
    pub like_a_forum: bool,
    pub posts: &'a [LabelledPost],
}

/// A text that tells which topic it is about, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub topic: String,
    pub text: String,
}

struct Row {
    counts: Counts,
    sentence: Option<Embedding>,
    hand: usize,
    asks: Option<bool>,
    urgency: Option<Option<Urgency>>,
    /// An emergency rule applies: what is learned need not find it.
    ruled: bool,
    /// It is what a rule was written for, and no post.
    of_rule: bool,
    like_a_forum: bool,
    topics: Vec<String>,
    weight: f64,
}

/// Makes a model from labelled posts and examples; with a sentence model also the second opinion.
pub(crate) fn fit(
    hands: &[Hand<'_>],
    examples: &[Example],
    topics: &[String],
    sentences: Option<&Embedder>,
) -> Learned {
    let words = vocabulary(hands, examples);
    let rows = rows(hands, examples, &words, sentences);
    let all: Vec<usize> = (0..rows.len()).collect();
    let space = Space::new(&rows, &all);
    let scores = left_out_scores(&rows, hands.len() + 1);
    let of_topics: Vec<Targets> = topics.iter().map(|topic| topic_targets(&rows, topic)).collect();
    let features = space.features.len();
    // Which rules apply and whom a post answers say nothing about its topic.
    let evened = evening(&rows, topics);
    let has_sentences = scores.with_meaning.is_some();
    let (outputs, words_together, of_sentences) = std::thread::scope(|scope| {
        // One core has the networks, the others the linear models.
        let networks = scope.spawn(|| (by_words(&rows, &all), has_sentences.then(|| by_sentence(&rows, &all))));
        let mut outputs = judgements(&rows, &all, &space.matrix(&rows, &all), features);
        outputs.extend(even(solve_all(&space.matrix_without_signs(&rows), &of_topics, features), &evened));
        let (words_together, by_sentence) = networks.join().unwrap_or_else(|panic| resume_unwind(panic));
        (outputs, words_together, by_sentence)
    });
    let meaning = scores.with_meaning.zip(of_sentences).map(|(scores, urgencies)| {
        let mut topics = even(solve_all(&vectors(&rows), &of_topics, dimensions(&rows)), &evened);
        for (bias, weights) in &mut topics {
            *bias *= MEANING_OF_TOPICS;
            weights.iter_mut().for_each(|weight| *weight *= MEANING_OF_TOPICS * VECTOR_LENGTH);
        }
        MeaningParts { thresholds: from_scores(&rows, &scores, RECALL, ALARM_FROM), urgencies, topics }
    });
    Learned::new(Parts {
        thresholds: from_scores(&rows, &scores.of_words, RECALL_BY_WORDS, ALARM_FROM_BY_WORDS),
        topics: topics.to_vec(),
        features: space.features,
        unknown: space.unknown,
        outputs,
        words_together,
        meaning,
        words,
    })
}

type Targets = Vec<Option<Target>>;

/// How much the second opinion on topics counts against that of the words: chosen by leaving out one hand at a time.
const MEANING_OF_TOPICS: f32 = 0.25;

/// Sentence vectors have length one; so much longer they are what the penalty is set for.
const VECTOR_LENGTH: f32 = 4.0;

fn vectors(rows: &[Row]) -> Vec<Vec<(u32, f32)>> {
    let row = |row: &Row| {
        let vector = row.sentence.as_ref()?.vector.iter();
        Some((0..).zip(vector.map(|v| v * VECTOR_LENGTH)).collect())
    };
    rows.iter().map(|r| row(r).unwrap_or_default()).collect()
}

fn dimensions(rows: &[Row]) -> usize {
    rows.iter().find_map(|row| Some(row.sentence.as_ref()?.vector.len())).unwrap_or(0)
}

/// The network that tells urgencies apart by words, pairs of words and signs.
fn by_words(rows: &[Row], chosen: &[usize]) -> ByWords {
    let counts = chosen.iter().filter_map(|i| Some(&rows.get(*i)?.counts));
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    for (hash, _) in counts.flat_map(|counts| counts.words.iter().chain(&counts.signs)) {
        *seen.entry(*hash).or_default() += 1;
    }
    let hashes: Vec<u32> = seen.into_iter().filter(|(_, count)| *count >= FEWEST_TOGETHER).map(|(h, _)| h).collect();
    let (posts, labels) = urgency_labels(rows, chosen, |row| Some(ByWords::inputs(&hashes, &row.counts)));
    let network =
        network(&hidden::fit(&Sparse { width: hashes.len(), posts }, &labels, CLASSES, &OVER_WORDS), hashes.len());
    ByWords::new(hashes, network)
}

/// The network that tells urgencies apart by sentences.
fn by_sentence(rows: &[Row], chosen: &[usize]) -> BySentence {
    let (sentences, labels) = urgency_labels(rows, chosen, |row| row.sentence.as_ref());
    let sentences = Sentences::new(sentences);
    let fitted = hidden::fit(&sentences, &labels, CLASSES, &OVER_SENTENCES);
    let network = network(&fitted, sentences.evening.means.len());
    BySentence::new(sentences.evening, network)
}

/// What a network looks at in each post that has an urgency, and that.
fn urgency_labels<'a, T>(rows: &'a [Row], chosen: &[usize], of: impl Fn(&'a Row) -> Option<T>) -> (Vec<T>, Vec<Label>) {
    let labelled = |(i, target): (&usize, Option<(usize, f64)>)| {
        let (seen, (class, weight)) = (of(rows.get(*i)?)?, target?);
        #[expect(clippy::cast_possible_truncation, reason = "about one")]
        Some((seen, Label { class, weight: (weight / COST) as f32 }))
    };
    chosen.iter().zip(urgency_targets(rows, chosen)).filter_map(labelled).unzip()
}

fn network(fitted: &Fitted, inputs: usize) -> Network {
    let against_none = |class: usize| {
        let (none, of) = (fitted.classes.first()?, fitted.classes.get(class)?);
        Some((of.0 - none.0, of.1.iter().zip(&none.1).map(|(of, none)| of - none).collect()))
    };
    let urgencies: Vec<Output> = [3, 2, 1].into_iter().filter_map(against_none).collect();
    Network::new(&fitted.units, inputs, &urgencies)
}

/// What is taken from each topic's log-odds so that a topic does not win by how many posts were written about it: how
/// often it occurs among training posts says nothing about a forum.
fn evening(rows: &[Row], topics: &[String]) -> Vec<f64> {
    let about = |topic: &String| {
        let weights = rows.iter().filter(|row| row.topics.first() == Some(topic)).map(|row| row.weight);
        weights.sum::<f64>().max(1.0).ln()
    };
    let logarithms: Vec<f64> = topics.iter().map(about).collect();
    let mean = logarithms.iter().sum::<f64>() / as_f64(logarithms.len().max(1));
    logarithms.into_iter().map(|logarithm| logarithm - mean).collect()
}

fn even(mut outputs: Vec<Output>, evened: &[f64]) -> Vec<Output> {
    for ((bias, _), less) in outputs.iter_mut().zip(evened) {
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm of some thousands")]
        let less = *less as f32;
        *bias -= less;
    }
    outputs
}

/// A post's label for one output and what it weighs; `None`: no part in it.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub(crate) is: bool,
    pub(crate) weight: f64,
}

/// The forms of words in all texts, as they were written.
fn vocabulary(hands: &[Hand<'_>], examples: &[Example]) -> Vocabulary {
    let posts = hands.iter().flat_map(|hand| hand.posts).map(|post| post.text.as_str());
    let texts = posts.chain(examples.iter().map(|example| example.text.as_str()));
    let words: Vec<String> =
        texts.flat_map(|text| Normal::new(text).tokens).filter(Token::is_word).map(|token| token.text).collect();
    Vocabulary::of(words.iter().map(String::as_str))
}

fn rows(hands: &[Hand<'_>], examples: &[Example], words: &Vocabulary, sentences: Option<&Embedder>) -> Vec<Row> {
    let posts = hands.iter().flat_map(|hand| hand.posts).map(|post| post.text.as_str());
    let of_rules = RULES.rules.iter().flat_map(|rule| &rule.positive).map(String::as_str);
    let texts: Vec<&str> = posts.chain(of_rules).chain(examples.iter().map(|example| example.text.as_str())).collect();
    let mut readings = read_all(&texts, words, sentences).into_iter();
    let mut rows = Vec::new();
    for (number, hand) in hands.iter().enumerate() {
        for (post, mut read) in hand.posts.iter().zip(&mut readings) {
            rows.push(Row {
                counts: read.counts(&post.context),
                sentence: read.sentence.take(),
                hand: number,
                asks: Some(post.is_request),
                urgency: Some(post.urgency),
                like_a_forum: hand.like_a_forum,
                ruled: read.applied().iter().any(|r| r.urgency == Urgency::Emergency),
                of_rule: false,
                topics: post.topics.clone(),
                // Two careful people could disagree: half a vote.
                weight: if post.unclear { 0.5 } else { 1.0 },
            });
        }
    }
    // What a rule was written for is taught as well: a hand of its own.
    for rule in &RULES.rules {
        for mut read in readings.by_ref().take(rule.positive.len()) {
            rows.push(Row {
                counts: read.counts(&Context::default()),
                sentence: read.sentence.take(),
                hand: hands.len(),
                asks: Some(true),
                urgency: Some(Some(rule.urgency)),
                ruled: rule.urgency == Urgency::Emergency,
                of_rule: true,
                like_a_forum: false,
                topics: Vec::new(),
                weight: 1.0,
            });
        }
    }
    for (example, mut read) in examples.iter().zip(readings) {
        rows.push(Row {
            counts: read.counts(&Context::default()),
            sentence: read.sentence.take(),
            hand: usize::MAX,
            asks: None,
            urgency: None,
            ruled: false,
            of_rule: false,
            like_a_forum: false,
            topics: vec![example.topic.clone()],
            weight: EXAMPLE_WEIGHT,
        });
    }
    rows
}

/// Reads texts on as many cores as there are.
fn read_all(texts: &[&str], words: &Vocabulary, sentences: Option<&Embedder>) -> Vec<Reading> {
    let read = |text: &&str| Reading::new(text, words, sentences);
    std::thread::scope(|scope| {
        let parts = texts.chunks(texts.len().div_ceil(workers()).max(1));
        let parts: Vec<_> = parts.map(|part| scope.spawn(|| part.iter().map(read).collect::<Vec<_>>())).collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    })
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(8)
}

/// The features that are common enough, and how rare each is.
struct Space {
    features: Vec<(u32, f32)>,
    unknown: f32,
}

impl Space {
    fn new(rows: &[Row], chosen: &[usize]) -> Self {
        let mut seen: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
        for row in chosen.iter().filter_map(|i| rows.get(*i)) {
            for (group, fewest) in [
                (&row.counts.words, FEWEST_WORDS),
                (&row.counts.characters, FEWEST_CHARACTERS),
                (&row.counts.signs, FEWEST_WORDS),
            ] {
                for (hash, _) in group {
                    let entry = seen.entry(*hash).or_insert((0, fewest));
                    entry.0 += 1;
                }
            }
        }
        let total = as_f64(chosen.len());
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm of some thousands")]
        let rarity = |count: u32| (((1.0 + total) / (1.0 + f64::from(count))).ln() + 1.0) as f32;
        let common = seen.into_iter().filter(|(_, (count, fewest))| count >= fewest);
        let features = common.map(|(hash, (count, _))| (hash, rarity(count))).collect();
        Self { features, unknown: rarity(1) }
    }

    fn matrix(&self, rows: &[Row], chosen: &[usize]) -> Vec<Vec<(u32, f32)>> {
        self.weighed(chosen.iter().filter_map(|i| Some(Cow::Borrowed(&rows.get(*i)?.counts))))
    }

    fn matrix_without_signs(&self, rows: &[Row]) -> Vec<Vec<(u32, f32)>> {
        self.weighed(rows.iter().map(|row| Cow::Owned(Counts { signs: Vec::new(), ..row.counts.clone() })))
    }

    fn weighed<'a>(&self, posts: impl Iterator<Item = Cow<'a, Counts>>) -> Vec<Vec<(u32, f32)>> {
        let index: HashMap<u32, (u32, f32)> =
            self.features.iter().zip(0..).map(|((hash, rarity), i)| (*hash, (i, *rarity))).collect();
        let known = |hash: u32| index.get(&hash).copied();
        posts.map(|counts| weigh(&counts, known, self.unknown)).collect()
    }
}

/// The fixed outputs, in their order.
fn judgements(rows: &[Row], chosen: &[usize], matrix: &[Vec<(u32, f32)>], features: usize) -> Vec<Output> {
    let of_asking = asking_targets(rows, chosen);
    let of_urgency = urgency_targets(rows, chosen);
    std::thread::scope(|scope| {
        let asks = scope.spawn(|| solve(matrix, &of_asking, features));
        let [emergency, soon, routine] = solve_urgency(matrix, &of_urgency, features);
        let asks = asks.join().unwrap_or_else(|_| (0.0, vec![0.0; features]));
        vec![asks, emergency, soon, routine]
    })
}

/// Both sides weigh the same: how many requests a training set holds says nothing about a forum.
fn asking_targets(rows: &[Row], chosen: &[usize]) -> Targets {
    let of = |i: &usize| rows.get(*i).and_then(|row| Some((row.asks?, row.weight)));
    let labels: Vec<Option<(bool, f64)>> = chosen.iter().map(of).collect();
    let sum = |side: bool| labels.iter().flatten().filter(|(is, _)| *is == side).map(|(_, w)| w).sum::<f64>().max(1.0);
    let (yes, no) = (sum(true), sum(false));
    let half = (yes + no) / 2.0;
    let weigh = |(is, weight): (bool, f64)| Target { is, weight: COST * weight * half / if is { yes } else { no } };
    labels.into_iter().map(|label| label.map(weigh)).collect()
}

const CLASSES: usize = 4;

/// The urgencies a post can have, none among them, in the order of their scores.
const URGENCIES: [Option<Urgency>; CLASSES] =
    [None, Some(Urgency::Routine), Some(Urgency::Soon), Some(Urgency::Emergency)];

/// Which of [`URGENCIES`] a post has, and what it weighs; all four weigh the same together.
fn urgency_targets(rows: &[Row], chosen: &[usize]) -> Vec<Option<(usize, f64)>> {
    let of = |i: &usize| {
        let row = rows.get(*i)?;
        Some((URGENCIES.iter().position(|urgency| Some(*urgency) == row.urgency)?, row.weight))
    };
    let labels: Vec<Option<(usize, f64)>> = chosen.iter().map(of).collect();
    let mut sums = [0.0; URGENCIES.len()];
    for (class, weight) in labels.iter().flatten() {
        if let Some(sum) = sums.get_mut(*class) {
            *sum += weight;
        }
    }
    let each = sums.iter().sum::<f64>() / as_f64(URGENCIES.len());
    let weigh = |(class, weight): (usize, f64)| {
        (class, COST * weight * each / sums.get(class).copied().unwrap_or(1.0).max(1.0))
    };
    labels.into_iter().map(|label| label.map(weigh)).collect()
}

fn topic_targets(rows: &[Row], topic: &str) -> Targets {
    let target = |row: &Row| {
        let place = row.topics.iter().position(|t| t == topic);
        // What comes first is what the post is about; what comes later counts less, and never against.
        let share = match place {
            Some(0) => 1.0,
            Some(1) => 0.6,
            Some(_) => 0.4,
            None if row.topics.is_empty() => return None,
            None => 1.0,
        };
        Some(Target { is: place.is_some(), weight: COST_TOPIC * row.weight * share })
    };
    rows.iter().map(target).collect()
}

/// Scores of every post, for each judgement, by models that did not learn from its hand.
struct LeftOut {
    of_words: Vec<[f64; FIXED]>,
    /// Both opinions together.
    with_meaning: Option<Vec<[f64; FIXED]>>,
}

/// Parts in which hands are left out: each costs a fit.
const PARTS: usize = 5;

fn left_out_scores(rows: &[Row], hands: usize) -> LeftOut {
    let mut of_words: Vec<[f64; FIXED]> = vec![[0.0; FIXED]; rows.len()];
    let mut with_meaning = (dimensions(rows) > 0).then(|| of_words.clone());
    let parts = if hands < 2 { 0 } else { PARTS.min(hands) };
    let scored: Vec<LeftOutPart> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..parts)
            .map(|part| {
                let is_left = move |row: &Row| row.hand < hands && row.hand % PARTS == part;
                scope.spawn(move || scores_of_part(rows, is_left))
            })
            .collect();
        let scored = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        scored.flatten().collect()
    });
    for (i, words, meaning) in scored {
        if let Some(score) = of_words.get_mut(i) {
            *score = words;
        }
        if let Some(sum) = with_meaning.as_mut().and_then(|m| m.get_mut(i)) {
            *sum = words;
            add_opinion(sum, &meaning);
        }
    }
    for scores in of_words.iter_mut().chain(with_meaning.iter_mut().flatten()) {
        let [_, emergency, soon, routine] = scores;
        *emergency = emergency_against_the_rest(*emergency, *soon, *routine);
    }
    LeftOut { of_words, with_meaning }
}

/// A row's number, what its words say, and what its sentence adds.
type LeftOutPart = (usize, [f64; FIXED], Vec<f32>);

/// The scores of some rows by models that learned from all others.
fn scores_of_part(rows: &[Row], is_left: impl Fn(&Row) -> bool) -> Vec<LeftOutPart> {
    let (left, kept): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|i| rows.get(*i).is_some_and(&is_left));
    if left.is_empty() {
        return Vec::new();
    }
    let space = Space::new(rows, &kept);
    let matrix = space.matrix(rows, &kept);
    let solved = judgements(rows, &kept, &matrix, space.features.len());
    let together = by_words(rows, &kept);
    let sentences = (dimensions(rows) > 0).then(|| by_sentence(rows, &kept));
    let scored = left.iter().zip(scores(&solved, &space.matrix(rows, &left)));
    let with_further = |(i, mut words): (&usize, [f64; FIXED])| {
        let row = rows.get(*i)?;
        add_opinion(&mut words, &together.opinion(&row.counts));
        let further = || Some(sentences.as_ref()?.opinion(row.sentence.as_ref()?));
        Some((*i, words, further().unwrap_or_default()))
    };
    scored.filter_map(with_further).collect()
}

fn add_opinion(scores: &mut [f64; FIXED], further: &[f32]) {
    scores.iter_mut().zip(further).for_each(|(score, further)| *score += f64::from(*further));
}

fn scores(solved: &[Output], matrix: &[Vec<(u32, f32)>]) -> Vec<[f64; FIXED]> {
    let score = |(bias, weights): &Output, row: &[(u32, f32)]| {
        let sum: f32 = row.iter().filter_map(|(f, v)| Some(weights.get(*f as usize)? * v)).sum();
        f64::from(sum + bias)
    };
    let of_row = |row: &Vec<(u32, f32)>| {
        let mut scores = [0.0; FIXED];
        scores.iter_mut().zip(solved).for_each(|(cell, output)| *cell = score(output, row));
        scores
    };
    matrix.iter().map(of_row).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "thresholds are small numbers")]
fn from_scores(rows: &[Row], scores: &[[f64; FIXED]], recall: f64, alarm_from: f32) -> Thresholds {
    let like_a_forum = || rows.iter().zip(scores).filter(|(row, _)| row.like_a_forum);
    let asks: Vec<(f64, bool)> =
        like_a_forum().filter_map(|(row, s)| Some((s.get(ASKS).copied()?, row.asks?))).collect();
    let (slope, offset) = calibrated(&asks);
    let probability = |score: f64| f64::from(logistic((slope * score + offset) as f32));
    let mut found: Vec<f64> = asks.iter().filter(|(_, is)| *is).map(|(s, _)| probability(*s)).collect();
    found.sort_by(f64::total_cmp);
    let skipped = (as_f64(found.len()) * (1.0 - recall)).floor();
    let at_recall = found.iter().enumerate().find(|(i, _)| as_f64(*i) >= skipped).map_or(0.5, |(_, p)| *p);
    let threshold = at_recall.clamp(0.15, 0.6);
    let story_below = story_below(rows, scores);
    let without_rule: Vec<(f64, bool)> = like_a_forum()
        .filter(|(row, _)| !row.ruled)
        .filter_map(|(row, s)| Some((s.get(EMERGENCY).copied()?, row.urgency? == Some(Urgency::Emergency))))
        .collect();
    let soon: Vec<(f64, bool)> = like_a_forum()
        .filter_map(|(row, s)| {
            let urgency = row.urgency?.filter(|u| *u != Urgency::Emergency)?;
            Some((s.get(SOON)? - s.get(ROUTINE)?, urgency == Urgency::Soon))
        })
        .collect();
    Thresholds {
        asks: threshold as f32,
        doubtful_below: (threshold + 0.3).min(0.8) as f32,
        emergency: alarm_from,
        surely_emergency: lowest_with_precision(&without_rule, SURE_PRECISION) as f32,
        story_below: story_below as f32,
        soon: (SOON_LET_OFF - best_balance(&soon)) as f32,
        slope: slope as f32,
        offset: offset as f32,
    }
}

/// The score below which a post that an emergency rule applies to is taken for a story.
fn story_below(rows: &[Row], scores: &[[f64; FIXED]]) -> f64 {
    let lowest = |of_rule: bool, share: f64| {
        let wanted = |row: &Row| row.ruled && row.of_rule == of_rule && row.urgency == Some(Some(Urgency::Emergency));
        let found = rows.iter().zip(scores).filter(|(row, _)| wanted(row));
        let mut found: Vec<f64> = found.filter_map(|(_, s)| s.get(EMERGENCY).copied()).collect();
        found.sort_by(f64::total_cmp);
        let skipped = (as_f64(found.len()) * share).floor();
        found.iter().enumerate().find(|(i, _)| as_f64(*i) >= skipped).map_or(0.0, |(_, score)| *score)
    };
    lowest(false, POSTS_TAKEN_FOR_STORIES).min(lowest(true, EXAMPLES_TAKEN_FOR_STORIES)).min(0.0)
}

/// The lowest score from which on this share of the alarms is right where emergencies are as rare as on a forum; training posts
/// hold far more of them.
fn lowest_with_precision(scored: &[(f64, bool)], precision: f64) -> f64 {
    let mut candidates: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    candidates.sort_by(f64::total_cmp);
    let share = |side: bool, at: f64| {
        let of_side = scored.iter().filter(|(_, is)| *is == side);
        let raised = of_side.clone().filter(|(score, _)| *score >= at).count();
        as_f64(raised) / as_f64(of_side.count().max(1))
    };
    let right_from = |at: f64| {
        let (right, wrong) = (EMERGENCIES * share(true, at), (1.0 - EMERGENCIES) * share(false, at));
        right >= precision * (right + wrong)
    };
    candidates.iter().copied().find(|at| right_from(*at)).unwrap_or(f64::from(f32::MAX)).min(1e6)
}

/// The score that parts two classes with the best mean of both F1.
fn best_balance(scored: &[(f64, bool)]) -> f64 {
    let mut candidates: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    candidates.sort_by(f64::total_cmp);
    let step = (candidates.len() / 200).max(1);
    let f1 = |at: f64, side: bool| {
        let (mut right, mut sum) = (0_u32, 0_u32);
        for (score, is) in scored {
            let (said, label) = ((*score >= at) == side, *is == side);
            right += u32::from(said && label);
            sum += u32::from(said) + u32::from(label);
        }
        2.0 * f64::from(right) / f64::from(sum.max(1))
    };
    let quality = |at: f64| f1(at, true) + f1(at, false);
    candidates.into_iter().step_by(step).max_by(|a, b| quality(*a).total_cmp(&quality(*b))).unwrap_or(0.0)
}

/// Platt's calibration: slope and offset of the probability by score.
fn calibrated(scored: &[(f64, bool)]) -> (f64, f64) {
    if scored.is_empty() {
        return (1.0, 0.0);
    }
    #[expect(clippy::cast_possible_truncation, reason = "log-odds are small")]
    let matrix: Vec<Vec<(u32, f32)>> = scored.iter().map(|(score, _)| vec![(0, *score as f32)]).collect();
    let targets: Vec<Option<Target>> = scored.iter().map(|(_, is)| Some(Target { is: *is, weight: 1.0 })).collect();
    let (bias, weights) = solve(&matrix, &targets, 1);
    (f64::from(weights.first().copied().unwrap_or(1.0)), f64::from(bias))
}

/// Each output by itself, on as many cores as there are; the result does not depend on how many.
fn solve_all(matrix: &[Vec<(u32, f32)>], targets: &[Targets], features: usize) -> Vec<Output> {
    let workers = workers();
    let mut solved: Vec<Option<Output>> = vec![None; targets.len()];
    std::thread::scope(|scope| {
        for (worker, part) in solved.chunks_mut(targets.len().div_ceil(workers).max(1)).enumerate() {
            let first = worker * targets.len().div_ceil(workers).max(1);
            scope.spawn(move || {
                for (slot, targets) in part.iter_mut().zip(targets.iter().skip(first)) {
                    *slot = Some(solve(matrix, targets, features));
                }
            });
        }
    });
    solved.into_iter().map(|output| output.unwrap_or_else(|| (0.0, vec![0.0; features]))).collect()
}

/// The loss and its slope at `weights`, the last of which is the bias, which is not penalised.
///
/// With `offsets` a row's score begins there, and there is no bias: it would move every post.
fn loss(
    matrix: &[Vec<(u32, f32)>],
    targets: &[Option<Target>],
    offsets: Option<&[f64]>,
    weights: &[f64],
    slope: &mut [f64],
) -> f64 {
    let Some((bias, rest)) = weights.split_last() else { return 0.0 };
    let mut sum = penalty(rest, slope);
    let mut of_bias = 0.0;
    for (number, (row, target)) in matrix.iter().zip(targets).enumerate() {
        let Some(target) = target else { continue };
        let offset = offsets.and_then(|o| o.get(number)).copied().unwrap_or(0.0);
        let sign = if target.is { 1.0 } else { -1.0 };
        let margin = sign * (offset + bias + product(row, rest));
        // ln(1 + e^-m), without overflow.
        sum += target.weight * (if margin > 0.0 { (-margin).exp().ln_1p() } else { margin.exp().ln_1p() - margin });
        let pull = -sign * target.weight / (1.0 + margin.exp());
        of_bias += pull;
        pull_on(slope, row, pull);
    }
    if let Some(last) = slope.last_mut() {
        *last = if offsets.is_some() { 0.0 } else { of_bias };
    }
    sum
}

/// The loss of telling the [`URGENCIES`] apart and its slope: for each feature a weight of each, side by side, since one
/// look into memory then serves all; at last the biases.
fn loss_of_urgency(
    matrix: &[Vec<(u32, f32)>],
    targets: &[Option<(usize, f64)>],
    weights: &[f64],
    slope: &mut [f64],
) -> f64 {
    let mut sum = penalty(weights, slope);
    let (weights, slope) = (weights.as_chunks::<CLASSES>().0, slope.as_chunks_mut::<CLASSES>().0);
    let (Some((biases, weights)), Some((of_biases, slope))) = (weights.split_last(), slope.split_last_mut()) else {
        return 0.0;
    };
    // Biases are not penalised.
    sum -= biases.iter().map(|bias| 0.5 * bias * bias).sum::<f64>();
    *of_biases = [0.0; CLASSES];
    for (row, target) in matrix.iter().zip(targets) {
        let Some((class, weight)) = *target else { continue };
        let mut scores = *biases;
        for (i, v) in row {
            let Some(weights) = weights.get(*i as usize) else { continue };
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight * f64::from(*v));
        }
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all = most + scores.iter().map(|score| (score - most).exp()).sum::<f64>().ln();
        sum += weight * (all - scores.get(class).copied().unwrap_or_default());
        let mut pull = scores.map(|score| weight * (score - all).exp());
        pull.get_mut(class).into_iter().for_each(|pull| *pull -= weight);
        for (i, v) in row {
            let Some(slope) = slope.get_mut(*i as usize) else { continue };
            slope.iter_mut().zip(&pull).for_each(|(slope, pull)| *slope += pull * f64::from(*v));
        }
        of_biases.iter_mut().zip(&pull).for_each(|(of_bias, pull)| *of_bias += pull);
    }
    sum
}

/// Half the square of the weights; their slope takes the place of what was there.
fn penalty(weights: &[f64], slope: &mut [f64]) -> f64 {
    let mut sum = 0.0;
    for (slope, weight) in slope.iter_mut().zip(weights) {
        *slope = *weight;
        sum += 0.5 * weight * weight;
    }
    sum
}

fn product(row: &[(u32, f32)], weights: &[f64]) -> f64 {
    row.iter().filter_map(|(i, v)| Some(weights.get(*i as usize)? * f64::from(*v))).sum()
}

fn pull_on(slope: &mut [f64], row: &[(u32, f32)], pull: f64) {
    for (i, v) in row {
        if let Some(slope) = slope.get_mut(*i as usize) {
            *slope += pull * f64::from(*v);
        }
    }
}

/// One logistic regression: (bias, weights).
fn solve(matrix: &[Vec<(u32, f32)>], targets: &[Option<Target>], features: usize) -> Output {
    let found = descend(features + 1, |at, slope| loss(matrix, targets, None, at, slope));
    output_of(&found)
}

/// What speaks for an emergency, for `soon` and for `routine`, each against none.
fn solve_urgency(matrix: &[Vec<(u32, f32)>], targets: &[Option<(usize, f64)>], features: usize) -> [Output; 3] {
    let found = descend((features + 1) * CLASSES, |at, slope| loss_of_urgency(matrix, targets, at, slope));
    let against_none = |class: usize| {
        let of = |weights: &[f64; CLASSES]| Some(weights.get(class)? - weights.first()?);
        output_of(&found.as_chunks::<CLASSES>().0.iter().filter_map(of).collect::<Vec<_>>())
    };
    [against_none(3), against_none(2), against_none(1)]
}

/// The least change of weights that moves scores which begin at `offsets` towards their targets.
pub(crate) fn nudge(
    matrix: &[Vec<(u32, f32)>],
    targets: &[Option<Target>],
    offsets: &[f64],
    features: usize,
) -> Vec<f32> {
    output_of(&descend(features + 1, |at, slope| loss(matrix, targets, Some(offsets), at, slope))).1
}

/// Weights of which the last is the bias.
fn output_of(found: &[f64]) -> Output {
    #[expect(clippy::cast_possible_truncation, reason = "weights are small")]
    let short = |w: &f64| *w as f32;
    found.split_last().map_or((0.0, Vec::new()), |(bias, rest)| (short(bias), rest.iter().map(short).collect()))
}

/// L-BFGS from zero. `loss` answers the loss at a place and writes its slope.
fn descend(size: usize, mut loss: impl FnMut(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    const MEMORY: usize = 6;
    let (mut at, mut slope) = (vec![0.0; size], vec![0.0; size]);
    let mut value = loss(&at, &mut slope);
    let mut past: Vec<(Vec<f64>, Vec<f64>, f64)> = Vec::new();
    let (mut next, mut next_slope) = (vec![0.0; size], vec![0.0; size]);
    for _ in 0..STEPS {
        let direction = direction(&slope, &past);
        let descent = dot(&direction, &slope);
        if descent > -1e-9 {
            break;
        }
        let mut step = if past.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1.0) } else { 1.0 };
        let mut accepted = false;
        for _ in 0..30 {
            for ((n, a), d) in next.iter_mut().zip(&at).zip(&direction) {
                *n = a + step * d;
            }
            let next_value = loss(&next, &mut next_slope);
            if next_value <= value + 1e-4 * step * descent {
                accepted = value - next_value > 1e-7 * value.abs();
                value = next_value;
                break;
            }
            step *= 0.5;
        }
        let moved: Vec<f64> = next.iter().zip(&at).map(|(n, a)| n - a).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(n, s)| n - s).collect();
        let curvature = dot(&moved, &turned);
        std::mem::swap(&mut at, &mut next);
        std::mem::swap(&mut slope, &mut next_slope);
        if !accepted {
            break;
        }
        if curvature > 1e-12 {
            if past.len() == MEMORY {
                past.remove(0);
            }
            past.push((moved, turned, 1.0 / curvature));
        }
    }
    at
}

/// The two loops of L-BFGS.
fn direction(slope: &[f64], past: &[(Vec<f64>, Vec<f64>, f64)]) -> Vec<f64> {
    let mut out: Vec<f64> = slope.iter().map(|s| -s).collect();
    let mut kept = Vec::with_capacity(past.len());
    for (moved, turned, inverse) in past.iter().rev() {
        let share = inverse * dot(moved, &out);
        add(&mut out, turned, -share);
        kept.push(share);
    }
    if let Some((_, turned, inverse)) = past.last() {
        let scale = 1.0 / (inverse * dot(turned, turned));
        out.iter_mut().for_each(|o| *o *= scale);
    }
    for ((moved, turned, inverse), share) in past.iter().zip(kept.into_iter().rev()) {
        let back = inverse * dot(turned, &out);
        add(&mut out, moved, share - back);
    }
    out
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (t, w) in to.iter_mut().zip(what) {
        *t += times * w;
    }
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
