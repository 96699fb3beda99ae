//! Reads a post and says: is anything asked, how urgent, about what, in which language, and which answers fit.
//!
//! How a judgement is made: `normalise` (one spelling) → `rules` (life at risk, time limits, cues; data in
//! `data/triage-rules.toml`) → `vector` (words, pairs, character sequences and signs as numbers) → `learned` and `networks` (what
//! labelled posts teach, made by `fit` and `hidden`, and the little that use has taught, `adjust`) → the judgement, in which a rule and what was
//! learned each raise an alarm of their own: see `Alarm`. Answers are ranked by the learned topics and by `search` (their own words).
//!
//! No I/O, no clock, no state: the same text gives the same judgement. It does not verify answers, does not open cases and
//! never decides that a post needs nobody: a person sees the thread.

pub mod adjust;
pub mod embed;
pub mod eval;
mod fit;
mod hidden;
mod language;
mod learned;
mod networks;
mod normalise;
mod passage;
pub mod phrases;
mod questions;
mod reasons;
pub mod rules;
mod search;
mod spelling;
mod vector;

use crate::domain::answer::{AnswerFile, AnswerId, AnswerText};
use crate::domain::judgement::{Judgement, Scored, Urgency};
use adjust::Adjustment;
use embed::{Embedder, Embedding};
pub use learned::ModelFault;
use learned::{ASKS, EMERGENCY, FIXED, Learned, ROUTINE, SOON, emergency_against_the_rest};
use normalise::Normal;
use questions::Questions;
use reasons::Why;
use rules::{Found, Rule, Rules};
use search::{Index, Weights};
use serde::Deserialize;
use spelling::Vocabulary;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

const RULES_TOML: &str = include_str!("../data/triage-rules.toml");
const MODEL: &[u8] = include_bytes!("../data/triage-model.bin");
const TOPICS_TSV: &str = include_str!("../data/topics.tsv");
const STARTER_TOML: &str = include_str!("../data/answers-starter.toml");

/// Words a post may have for a rule to be doubted.
const LONGEST_STORY: usize = 150;

/// Topics a judgement names at most.
const MOST_TOPICS: usize = 5;

/// A topic less likely than this is not named: for harmless words of which something merely resembles a request it would
/// be any topic, suicide among them. One of ten right topics is lost by it.
const LIKELY_TOPIC: f64 = 0.04;

/// The learned and the hand-set parts are compiled in: a file that does not parse fails every test, so it cannot ship.
static STARTER: LazyLock<Vec<AnswerText>> = LazyLock::new(|| {
    let file: AnswerFile = toml::from_str(STARTER_TOML).expect("data/answers-starter.toml is checked by a test");
    file.answer
});
static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::parse(RULES_TOML).expect("data/triage-rules.toml is checked by a test"));
static LEARNED: LazyLock<Arc<Learned>> =
    LazyLock::new(|| Arc::new(Learned::parse(MODEL).expect("data/triage-model.bin is checked by a test")));
static BUILTIN: LazyLock<Triage> =
    LazyLock::new(|| Triage { learned: Arc::clone(&LEARNED), adjustment: None, sentences: None });
static TOPICS: LazyLock<Vec<Topic>> = LazyLock::new(|| {
    let topic = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        Some(Topic {
            id: cells.next()?,
            theme: cells.next()?.parse().ok()?,
            needs: cells.next()?,
            title_en: cells.next()?,
        })
    };
    TOPICS_TSV.lines().skip(1).filter_map(topic).collect()
});

/// The starter answers: drafts that nobody has verified.
pub fn starter_answers() -> &'static [AnswerText] {
    &STARTER
}

/// The taxonomy of needs, `data/topics.tsv`, in its order.
pub fn topics() -> &'static [Topic] {
    &TOPICS
}

/// One need of the taxonomy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub id: String,
    /// 1: can be met online; 2: partly offline.
    pub theme: u8,
    /// The sub-theme, as in the paper's table.
    pub needs: String,
    pub title_en: String,
}

/// What is known of a post beside its text. `None` and the default mean: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Context {
    /// It quotes a post of the NGO.
    pub quoted_own_post: Option<bool>,
    /// It quotes or addresses another member.
    pub addressed_to_peer: Option<bool>,
    /// It is the first post of its thread.
    pub opens_thread: Option<bool>,
    /// It comes right after a post of the NGO.
    pub follows_own_post: Option<bool>,
    /// Its author asked for something in this thread before.
    pub author_asked_before: Option<bool>,
    /// Pictures are attached.
    #[serde(skip)]
    pub has_images: bool,
}

/// The judge of posts. Cheap to call from several threads at once: less than a millisecond a post by words alone, some
/// milliseconds with the sentence model.
#[derive(Clone, Debug)]
pub struct Triage {
    learned: Arc<Learned>,
    /// What use taught beside it.
    adjustment: Option<Arc<Adjustment>>,
    sentences: Option<Arc<Embedder>>,
}

impl Triage {
    /// The rules, model and taxonomy that are compiled in: words alone.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// The same, with sentence vectors as a second opinion.
    pub fn with_sentences(sentences: Arc<Embedder>) -> Self {
        Self { learned: Arc::clone(&LEARNED), adjustment: None, sentences: Some(sentences) }
    }

    /// The sentence model, where there is one.
    pub fn sentences(&self) -> Option<&Arc<Embedder>> {
        self.sentences.as_ref()
    }

    /// Whether the meaning of whole sentences is judged beside the words.
    pub fn has_sentences(&self) -> bool {
        self.sentences.is_some()
    }

    /// Reads a post: the dear part, done once for judging and suggesting.
    pub fn read(&self, text: &str) -> Reading {
        Reading::new(text, &self.learned.words, self.sentences.as_deref())
    }

    /// Judges one post. Any text gives a judgement; an empty one asks nothing, unless pictures come with it.
    ///
    /// A post an emergency rule applies to is always a request, and an emergency unless it reads like a mere story (see
    /// `Alarm`); one that resembles emergencies enough is an emergency too. A post in doubt is a request with `unclear` set.
    pub fn judge(&self, read: &Reading, context: &Context) -> Judgement {
        let odds = self.log_odds(read, context);
        let odd = |output: usize| odds.get(output).copied().unwrap_or(0.0);
        let limits = self.learned.thresholds(read.sentence.as_ref());
        let applied = read.applied();
        let wordless = read.is_wordless();
        let alarm = self.alarm(read, context, odd(EMERGENCY));
        let emergency = matches!(alarm, Alarm::Ruled | Alarm::Alike);
        let learned = f64::from(limits.probability(odd(ASKS)));
        let score = if emergency { learned.max(0.95) } else { learned };
        let asks = applied.iter().any(|r| r.asks);
        let only_images = wordless && context.has_images;
        let is_request = emergency || asks || only_images || (!wordless && learned >= f64::from(limits.asks));
        let mut judgement = Judgement {
            is_request,
            score: (score * 1000.0).round() / 1000.0,
            topics: Vec::new(),
            urgency: None,
            lang: read.post.lang.to_owned(),
            unclear: false,
            reasons: Vec::new(),
        };
        let doubtful = is_request && learned < f64::from(limits.doubtful_below);
        if is_request {
            if !wordless {
                let led = if alarm == Alarm::Ruled { leading_topics(&applied) } else { Vec::new() };
                judgement.topics = topics_of(&self.learned, &odds, &led);
            }
            let soon =
                applied.iter().any(|r| r.urgency == Urgency::Soon) || odd(SOON) - odd(ROUTINE) + limits.soon >= 0.0;
            judgement.urgency = Some(match (emergency, soon) {
                (true, _) => Urgency::Emergency,
                (false, true) => Urgency::Soon,
                (false, false) => Urgency::Routine,
            });
            judgement.unclear = match alarm {
                Alarm::Ruled => false,
                Alarm::Alike => odd(EMERGENCY) < limits.surely_emergency,
                Alarm::Doubted => true,
                Alarm::Silent => doubtful,
            };
        }
        let why = Why { applied: &applied, found: &read.found, alarm, doubtful, only_images };
        judgement.reasons = reasons::of(&judgement, &why);
        judgement
    }

    /// `odds`: of an emergency, as [`Triage::log_odds`] has them. A rule is doubted by the shipped model alone: what use
    /// taught does not reach it; and not in a long post, where much else drowns the sentence that the rule is about.
    fn alarm(&self, read: &Reading, context: &Context, odds: f32) -> Alarm {
        let limits = self.learned.thresholds(read.sentence.as_ref());
        let ruled = read.has_emergency_rule();
        let story = || {
            let shipped = Self { adjustment: None, ..self.clone() }.log_odds(read, context);
            shipped.get(EMERGENCY).is_some_and(|o| *o < limits.story_below)
        };
        match (ruled, !read.is_wordless() && odds >= limits.emergency) {
            (true, false) if (1..=LONGEST_STORY).contains(&read.post.word_count()) && story() => Alarm::Doubted,
            (true, _) => Alarm::Ruled,
            (false, true) => Alarm::Alike,
            (false, false) => Alarm::Silent,
        }
    }

    /// What was learned says of each output, the shipped part and what use taught together; of an emergency against
    /// everything else.
    fn log_odds(&self, read: &Reading, context: &Context) -> Vec<f32> {
        let shipped = || self.learned.log_odds(&read.counts(context), read.sentence.as_ref());
        let mut odds = if *context == Context::default() {
            let (by, odds) = read.odds.get_or_init(|| (Arc::clone(&self.learned), shipped()));
            if Arc::ptr_eq(by, &self.learned) { odds.clone() } else { shipped() }
        } else {
            shipped()
        };
        if let Some(adjustment) = &self.adjustment {
            adjustment.add_to(&mut odds, &self.learned.weigh_all(&read.counts(context)));
        }
        if let [_, emergency, soon, routine, ..] = odds.as_mut_slice() {
            let against_the_rest = emergency_against_the_rest((*emergency).into(), (*soon).into(), (*routine).into());
            #[expect(clippy::cast_possible_truncation, reason = "log-odds are small")]
            let short = against_the_rest as f32;
            *emergency = short;
        }
        odds
    }

    /// A post's words and character sequences as use learns of them, also those that the shipped model does not know.
    fn features(&self, read: &Reading) -> Vec<(u32, f32)> {
        self.learned.weigh_all(&read.counts(&Context::default()))
    }

    /// Whether both learned the same and read with the same sentence model.
    fn is_same(&self, other: &Self) -> bool {
        let sentences = match (&self.sentences, &other.sentences) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let adjustment = match (&self.adjustment, &other.adjustment) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        sentences && adjustment && Arc::ptr_eq(&self.learned, &other.learned)
    }

    /// The English wording of a reason that [`Triage::judge`] gave in Russian.
    pub fn reason_in_english(reason: &str) -> Option<&'static str> {
        reasons::in_english(reason)
    }
}

/// What says that life is at risk now.
///
/// Rules and what was learned are joined by "or". A rule reads words and not what is told with them, and of the posts of
/// hands it had never met that only a rule called emergencies one of three was none: advice to others, jokes, stories. So
/// where what was learned is all but certain that a post, unless a long one, is such, the rule raises no alarm, but still brings the post
/// before a person, marked doubtful, with the rule's reason. How certain is set so that of 200 emergencies in hands left out
/// to which a rule applies one is doubted. The other way round nothing is outvoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alarm {
    /// A rule applies.
    Ruled,
    /// No rule applies; it resembles emergencies.
    Alike,
    /// A rule applies, but to a story, a joke or advice.
    Doubted,
    Silent,
}

/// The judge that is in use, shared by everything that judges and suggests; another can take its place while the service runs.
#[derive(Clone, Debug)]
pub struct Current(Arc<RwLock<Triage>>);

impl Current {
    pub fn new(triage: Triage) -> Self {
        Self(Arc::new(RwLock::new(triage)))
    }

    pub fn triage(&self) -> Triage {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn replace(&self, triage: Triage) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = triage;
    }
}

impl Default for Current {
    fn default() -> Self {
        Self::new(Triage::builtin().clone())
    }
}

/// The topics of a request, best first: those that lead, then what was learned.
fn topics_of(learned: &Learned, odds: &[f32], leading: &[&str]) -> Vec<Scored> {
    let mut by_odds: Vec<(&str, f64)> = learned
        .topics
        .iter()
        .zip(odds.iter().skip(FIXED))
        .map(|(topic, odds)| (topic.as_str(), f64::from(learned::logistic(*odds))))
        .collect();
    by_odds.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = by_odds.first().map_or(0.0, |(_, p)| *p);
    let likely = by_odds.into_iter().filter(|(_, p)| *p >= LIKELY_TOPIC && *p >= best * 0.15);
    let mut out: Vec<Scored> = Vec::new();
    let led = leading.iter().map(|topic| (*topic, best.max(0.5)));
    for (topic, score) in led.chain(likely) {
        if out.len() < MOST_TOPICS && !out.iter().any(|o| o.id == topic) {
            // Scores go down the list, also where a rule put a topic first.
            let score = out.last().map_or(score, |before: &Scored| score.min(before.score));
            out.push(Scored { id: topic.to_owned(), score: (score * 1000.0).round() / 1000.0 });
        }
    }
    out
}

/// What ranking needs of an answer.
#[derive(Clone, Debug)]
struct Entry {
    id: AnswerId,
    topic: String,
    /// The output that tells how likely a post is about this topic; `None` for a topic nothing was learned of.
    output: Option<usize>,
    urgency: Option<Urgency>,
}

/// Proposes answers of one library. Rebuild it when the library changes: some 0.1 s for 500 answers by words alone; with the
/// sentence model 3 ms for each title and example question.
#[derive(Debug)]
pub struct Suggester {
    triage: Triage,
    entries: Vec<Entry>,
    index: Index,
    weights: Weights,
    /// None without the sentence model.
    questions: Questions,
}

/// A post as it was read: everything the judgement is made from.
#[derive(Debug)]
pub struct Reading {
    post: Normal,
    found: Found,
    sentence: Option<Embedding>,
    /// What a model says of it where nothing is known beside it, kept because judging and suggesting both ask; and the model.
    odds: OnceLock<(Arc<Learned>, Vec<f32>)>,
}

impl Reading {
    fn new(text: &str, vocabulary: &Vocabulary, sentences: Option<&Embedder>) -> Self {
        let post = Normal::spelled(text, vocabulary);
        let found = RULES.find(&post);
        let sentence = sentences.filter(|_| post.word_count() > 0).map(|s| s.embed(&sentence(text, &post)));
        Self { post, found, sentence, odds: OnceLock::new() }
    }

    fn counts(&self, context: &Context) -> vector::Counts {
        vector::count(&self.post, self.applied().into_iter().map(|r| r.id.as_str()), context)
    }

    fn applied(&self) -> Vec<&'static Rule> {
        self.found.rules.iter().filter_map(|n| RULES.rules.get(*n)).collect()
    }

    fn has_emergency_rule(&self) -> bool {
        self.applied().iter().any(|rule| rule.urgency == Urgency::Emergency)
    }

    fn is_wordless(&self) -> bool {
        self.post.word_count() == 0
    }
}

/// What the sentence model reads: the words as they were written, but Russian in Latin letters put back.
fn sentence<'a>(text: &'a str, post: &Normal) -> Cow<'a, str> {
    if post.lang != "translit" {
        return normalise::own_words(text);
    }
    post.tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ").into()
}

impl Suggester {
    /// Texts about the conversation itself (topic `workflow`) are left out: they are never proposed by ranking. Whether an
    /// answer is verified is not asked here: pass those that may be proposed.
    pub fn new(answers: &[AnswerText], triage: &Triage) -> Self {
        Self::rebuilt(answers, triage, None)
    }

    /// The same, taking over the sentence vectors of texts that an earlier one of the same sentence model knew.
    pub fn rebuilt(answers: &[AnswerText], triage: &Triage, earlier: Option<&Self>) -> Self {
        let learned = &triage.learned;
        let weights = Weights::default();
        let ranked: Vec<AnswerText> = answers.iter().filter(|a| !a.is_workflow()).cloned().collect();
        let entry = |a: &AnswerText| Entry {
            id: a.id.clone(),
            topic: a.topic.clone(),
            output: learned.topics.iter().position(|t| *t == a.topic).map(|n| n + FIXED),
            urgency: a.urgency.as_deref().and_then(Urgency::find),
        };
        let entries = ranked.iter().map(entry).collect();
        let asked = ranked.iter().enumerate().flat_map(|(number, answer)| {
            let titles = [&answer.title_ru, &answer.title_en].into_iter().filter(|title| !title.is_empty());
            let texts = titles.chain(&answer.examples_ru).chain(&answer.examples_en);
            texts.map(move |text| (number, text.as_str()))
        });
        let read = |sentences: &Arc<Embedder>| Questions::new(asked, sentences, earlier.map(|e| &e.questions));
        let questions = triage.sentences.as_ref().map(read).unwrap_or_default();
        Self { triage: triage.clone(), entries, index: Index::new(&ranked, &RULES.slang, weights), weights, questions }
    }

    /// Whether it was made with this judge.
    pub fn is_of(&self, triage: &Triage) -> bool {
        self.triage.is_same(triage)
    }

    /// The `k` answers that fit best, best first. In an emergency its answers lead. Scores order the answers of one post
    /// and are no probabilities; an answer that has nothing in common with the post is not proposed.
    pub fn suggest(&self, read: &Reading, k: usize) -> Vec<Scored> {
        let ranked = self.ranked(read).into_iter().take(k);
        ranked.map(|(answer, score)| Scored { id: answer.id.clone(), score }).collect()
    }

    /// Topics in the order their answers are proposed: for measuring.
    fn suggested_topics(&self, read: &Reading) -> Vec<&str> {
        self.ranked(read).into_iter().map(|(entry, _)| entry.topic.as_str()).collect()
    }

    /// The ranking, with the answers to an emergency put first, or second where a rule is doubted.
    fn ranked(&self, read: &Reading) -> Vec<(&Entry, f64)> {
        if read.is_wordless() {
            return Vec::new();
        }
        let odds = self.triage.log_odds(read, &Context::default());
        let by_topic: Vec<Option<f64>> = self.entries.iter().map(|e| Some(f64::from(*odds.get(e.output?)?))).collect();
        let sentence = read.sentence.as_ref();
        let questions = sentence.and_then(|s| self.questions.nearest(&s.vector, self.entries.len()));
        let near = self.index.rank(&read.post, &RULES.slang, self.weights, &by_topic, questions.as_deref());
        let mut out: Vec<(&Entry, f64)> = near
            .iter()
            .filter(|n| n.sum > 0.0)
            // A sum of 4 is a clear hit among some 60 answers, 0 none.
            .filter_map(|n| Some((self.entries.get(n.answer)?, (n.sum / (n.sum + 1.5) * 1000.0).round() / 1000.0)))
            .collect();
        let grave = odds.get(EMERGENCY).copied().unwrap_or(f32::MIN);
        let alarm = self.triage.alarm(read, &Context::default(), grave);
        let leading = if alarm == Alarm::Ruled { leading_topics(&read.applied()) } else { Vec::new() };
        let place = |topic: &str| leading.iter().position(|t| *t == topic);
        for entry in self.entries.iter().filter(|e| place(&e.topic).is_some()) {
            if !out.iter().any(|(e, _)| e.id == entry.id) {
                out.push((entry, 0.0));
            }
        }
        out.sort_by_key(|(entry, _)| place(&entry.topic).unwrap_or(usize::MAX));
        if matches!(alarm, Alarm::Alike | Alarm::Doubted) {
            // What merely may be an emergency shows its answer too, but the likeliest answer stays first.
            let latest = usize::from(alarm == Alarm::Doubted);
            let grave = out.iter().position(|(entry, _)| entry.urgency == Some(Urgency::Emergency));
            if let Some(at) = grave.filter(|at| *at > latest) {
                let entry = out.remove(at);
                out.insert(latest, entry);
            }
        }
        falling(&mut out);
        out
    }
}

/// Scores go down the list, also where a rule and not likeness put an answer first.
fn falling(ranked: &mut [(&Entry, f64)]) {
    let mut most = 0.0_f64;
    for (_, score) in ranked.iter_mut().rev() {
        most = most.max(*score);
        *score = most;
    }
}

/// Topics whose answers lead: the first of each emergency rule, then the others.
fn leading_topics<'a>(applied: &[&'a Rule]) -> Vec<&'a str> {
    let grave: Vec<&Rule> = applied.iter().copied().filter(|r| r.urgency == Urgency::Emergency).collect();
    let firsts = grave.iter().filter_map(|r| r.topics.first());
    let others = grave.iter().flat_map(|r| r.topics.iter().skip(1));
    let mut out: Vec<&str> = Vec::new();
    for topic in firsts.chain(others) {
        if !out.contains(&topic.as_str()) {
            out.push(topic);
        }
    }
    out
}

/// What is wrong with the rules, weights or taxonomy that were compiled in; empty in every released program.
pub fn faults() -> Vec<String> {
    let mut faults = Vec::new();
    let known = |topic: &str| topics().iter().any(|t| t.id == topic);
    match Rules::parse(RULES_TOML) {
        Err(error) => faults.push(format!("triage-rules.toml: {error:?}")),
        Ok(rules) => {
            for rule in &rules.rules {
                let topics = rule.topics.iter().filter(|t| !known(t));
                faults.extend(topics.map(|t| format!("rule {}: no topic {t}", rule.id)));
                let finds = |text: &String| {
                    rules
                        .find(&Normal::new(text))
                        .rules
                        .iter()
                        .any(|n| rules.rules.get(*n).is_some_and(|r| r.id == rule.id))
                };
                let missed = rule.positive.iter().filter(|t| !finds(t));
                faults.extend(missed.map(|t| format!("rule {} misses: {t}", rule.id)));
                let wrong = rule.negative.iter().filter(|t| finds(t));
                faults.extend(wrong.map(|t| format!("rule {} wrongly applies to: {t}", rule.id)));
                if rule.positive.len() < 2 || rule.negative.is_empty() {
                    faults.push(format!("rule {} needs two positive examples and a negative one", rule.id));
                }
            }
        }
    }
    match Learned::parse(MODEL) {
        Err(error) => faults.push(format!("triage-model.bin: {error}")),
        Ok(learned) => {
            let unknown = learned.topics.iter().filter(|t| !known(t));
            faults.extend(unknown.map(|t| format!("triage-model.bin: no topic {t}")));
        }
    }
    let answers = starter_answers().iter().filter(|a| !a.is_workflow() && !known(&a.topic));
    faults.extend(answers.map(|a| format!("answer {}: no topic {}", a.id, a.topic)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Judgement {
        Triage::builtin().judge(&Triage::builtin().read(text), &Context::default())
    }

    fn suggest(answers: &[AnswerText], text: &str, k: usize) -> Vec<Scored> {
        Suggester::new(answers, Triage::builtin()).suggest(&Triage::builtin().read(text), k)
    }

    fn first_answer(text: &str) -> String {
        suggest(starter_answers(), text, 3).first().map(|s| s.id.clone()).unwrap_or_default()
    }

    #[test]
    fn rules_apply_to_their_positive_examples_and_to_none_of_the_negative_ones() {
        let faults = faults();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn taxonomy_is_complete_and_every_topic_has_an_answer() {
        assert_eq!(topics().len(), 59);
        for topic in topics() {
            assert!(starter_answers().iter().any(|a| a.topic == topic.id), "{}", topic.id);
        }
    }

    #[test]
    fn emergency_is_a_request_even_where_nothing_is_asked() {
        let judgement = judge("она вмазалась и уже не дышит");
        assert!(judgement.is_request && !judgement.unclear);
        assert_eq!(judgement.urgency, Some(Urgency::Emergency));
        assert_eq!(judgement.topics[0].id, "od.opioid");
        assert_eq!(judgement.reasons[0], "не дышит или почти не дышит — угроза жизни");
        assert!(judgement.score >= 0.95);
    }

    #[test]
    fn what_an_emergency_rule_was_written_for_is_never_doubted() {
        let rules = RULES.rules.iter().filter(|r| r.urgency == Urgency::Emergency);
        for text in rules.flat_map(|r| &r.positive) {
            assert_eq!(judge(text).urgency, Some(Urgency::Emergency), "{text}");
        }
    }

    #[test]
    fn alarming_words_in_a_joke_go_before_a_person_and_raise_no_alarm() {
        let judgement = judge("увидел ценник на проезд и потерял сознание, водой отливали всем трамваем");
        assert!(judgement.is_request && judgement.unclear, "{judgement:?}");
        assert_ne!(judgement.urgency, Some(Urgency::Emergency));
        assert_eq!(judgement.reasons[0], reasons::LIKE_A_STORY.0);
    }

    #[test]
    fn emergency_in_the_middle_of_a_long_story_is_found() {
        let story = "Работаю на складе, график два через два, живём с котом и соседкой. ".repeat(12);
        let judgement = judge(&format!("{story} Сейчас она в ванной, губы синие, не просыпается. {story}"));
        assert_eq!(judgement.urgency, Some(Urgency::Emergency));
    }

    #[test]
    fn emergency_in_latin_letters_and_in_english_is_found() {
        for text in ["pomogite, drug posinel i ne dyshit", "help he's not breathing, lips are blue"] {
            assert_eq!(judge(text).urgency, Some(Urgency::Emergency), "{text}");
        }
    }

    #[test]
    fn emergency_answer_leads_and_scores_go_down_the_list() {
        let suggested = suggest(starter_answers(), "чел залип под метадоном, еле дышит, скорую?", 5);
        assert_eq!(suggested[0].id, "od.opioid");
        assert!(suggested.windows(2).all(|w| w[0].score >= w[1].score), "{suggested:?}");
    }

    #[test]
    fn thanks_and_bumps_ask_nothing() {
        for text in ["ап", "спасибо вам огромное, всё получилось", "ахаха ну вы даёте 😂", "", "  \n"]
        {
            let judgement = judge(text);
            assert!(!judgement.is_request, "{text}: {judgement:?}");
            assert!(judgement.topics.is_empty() && judgement.urgency.is_none());
        }
    }

    #[test]
    fn bare_call_for_help_is_a_request_of_today_that_must_be_asked_back() {
        let judgement = judge("помогите");
        assert!(judgement.is_request && judgement.reasons[0].contains("уточните"), "{judgement:?}");
        assert_eq!(judgement.urgency, Some(Urgency::Soon));
    }

    #[test]
    fn time_limit_makes_a_request_soon() {
        assert_eq!(judge("вчера порвался презерватив, партнёр с вич, куда бежать?").urgency, Some(Urgency::Soon));
        assert_eq!(judge("во сколько завтра приедет автобус?").urgency, Some(Urgency::Routine));
    }

    #[test]
    fn words_of_rules_that_spelling_does_not_know_are_found() {
        for text in ["помогите откачать, метадон", "лежит не моргает. теплый"]
        {
            assert_eq!(judge(text).urgency, Some(Urgency::Emergency), "{text}");
        }
    }

    #[test]
    fn quotation_is_not_judged_as_the_authors_words() {
        assert_ne!(judge("> он не дышит, что делать\nэто старый пост, всё обошлось").urgency, Some(Urgency::Emergency));
    }

    #[test]
    fn transliterated_question_finds_the_same_answer_as_the_russian_one() {
        let pairs = [
            ("gde vzyat shpritsy besplatno?", "где взять шприцы бесплатно?"),
            ("gde segodnya stoit avtobus", "где сегодня стоит автобус"),
            ("kak vosstanovit pasport, propiski net", "как восстановить паспорт, прописки нет"),
            ("kuda det ispolzovannye shpritsy", "куда деть использованные шприцы"),
        ];
        for (latin, cyrillic) in pairs {
            assert_eq!(first_answer(latin), first_answer(cyrillic), "{latin}");
        }
        assert_eq!(first_answer("gde vzyat nalokson bez retsepta"), "hr.naloxone");
        assert_eq!(judge("gde segodnya stoit avtobus").lang, "translit");
    }

    #[test]
    fn workflow_texts_are_never_proposed() {
        for text in ["спасибо, попробую", "[голосовое сообщение 1:12]", "помогите"]
        {
            assert!(
                suggest(starter_answers(), text, 99)
                    .iter()
                    .all(|s| !s.id.starts_with("clarify") && s.id != "feedback.ask")
            );
        }
    }

    #[test]
    fn post_without_anything_in_common_gets_no_answers() {
        assert!(suggest(starter_answers(), "❤ 🦔", 3).is_empty());
        assert!(suggest(&[], "где автобус", 3).is_empty());
    }

    #[test]
    fn what_is_known_beside_the_text_counts() {
        let text = "а что с автобусом";
        let score = |context: Context| Triage::builtin().judge(&Triage::builtin().read(text), &context).score;
        let alone = score(Context::default());
        assert!(score(Context { opens_thread: Some(true), ..Context::default() }) > alone);
        assert!(score(Context { addressed_to_peer: Some(true), ..Context::default() }) < alone);
    }

    #[test]
    fn reading_keeps_nothing_of_one_model_for_another() {
        let (one, other) = (Triage::builtin(), Triage { learned: Arc::default(), ..Triage::builtin().clone() });
        let read = one.read("где автобус?");
        assert!(!one.log_odds(&read, &Context::default()).is_empty());
        assert!(other.log_odds(&read, &Context::default()).is_empty());
    }

    #[test]
    fn picture_without_words_is_a_doubtful_request() {
        let judgement =
            Triage::builtin().judge(&Triage::builtin().read(""), &Context { has_images: true, ..Context::default() });
        assert!(judgement.is_request && judgement.unclear && judgement.topics.is_empty());
        assert_eq!(judgement.reasons, [reasons::ONLY_IMAGES.0]);
    }

    #[test]
    fn every_reason_has_an_english_wording() {
        for text in
            ["он не дышит, помогите", "вчера порвался презик, куда идти?", "помогите", "можно сдать тест на вич?"]
        {
            for reason in judge(text).reasons {
                assert!(Triage::reason_in_english(&reason).is_some(), "{reason}");
            }
        }
    }
}
