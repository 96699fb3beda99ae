//! What use teaches: a small change of the shipped model, fitted to examples that a coordinator accepted, and the
//! comparison that decides whether it may be used.
//!
//! For each output it finds the least change of weights that brings the examples to the right side: their loss, plus a
//! penalty on the distance from the shipped weights, over features that occur in them. Few examples move little. Rules are
//! not touched. It stores nothing and does not decide when to learn.

use crate::domain::judgement::Urgency;
use crate::domain::lesson::{Comparison, Example, Need, Score};
use crate::triage::eval::LabelledPost;
use crate::triage::fit::{Target, nudge};
use crate::triage::learned::{ASKS, EMERGENCY, FIXED, ModelFault, ROUTINE, Reader, SOON};
use crate::triage::{Context, MODEL, RULES, RULES_TOML, Reading, Triage};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

const MAGIC: &[u8; 4] = b"NRTA";

/// Posts of a forum that come with the program: what the examples do not speak of must stay as it was.
const GUARDS: &str = include_str!("../../data/posts-dev.jsonl");

/// What a mistake costs against the distance, for judgements and for topics. One example alone moves its own post by about
/// one, in log-odds; a handful of like ones settles the matter.
const COST: f64 = 1.0;
const COST_TOPIC: f64 = 2.0;
/// To miss an emergency is worse than a false alarm.
const COST_MISSED: f64 = 2.0;
const COST_FALSE_ALARM: f64 = 0.5;

/// Changes smaller than this do nothing and are not kept.
const LEAST: f32 = 1e-3;

/// One example in so many is kept out, to measure with.
const KEPT_ONE_IN: u8 = 4;

/// Features an adjustment may have at most: a broken one must not ask for all memory.
const MOST_FEATURES: usize = 1 << 20;

/// The change: features, each with what it adds to which output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adjustment(BTreeMap<u32, Vec<(u16, f32)>>);

impl Adjustment {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what use taught to the log-odds of a post.
    pub(crate) fn add_to(&self, odds: &mut [f32], features: &[(u32, f32)]) {
        for (hash, value) in features {
            for (output, change) in self.0.get(hash).into_iter().flatten() {
                if let Some(odds) = odds.get_mut(usize::from(*output)) {
                    *odds += change * value;
                }
            }
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        let mut out = MAGIC.to_vec();
        out.extend(number(self.0.len()));
        for (hash, changes) in &self.0 {
            out.extend(hash.to_le_bytes());
            out.extend(number(changes.len()));
            for (output, change) in changes {
                out.extend(number(usize::from(*output)));
                out.extend(change.to_le_bytes());
            }
        }
        out
    }

    /// # Errors
    /// The bytes are of another kind, or not whole.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelFault> {
        let mut from = Reader(bytes);
        if from.take(4)? != MAGIC {
            return Err(ModelFault::Unknown);
        }
        let features = from.number()?;
        if features > MOST_FEATURES {
            return Err(ModelFault::Broken);
        }
        let mut all = BTreeMap::new();
        for _ in 0..features {
            let hash = u32::try_from(from.number()?).map_err(|_| ModelFault::Broken)?;
            let mut changes = Vec::new();
            for _ in 0..from.number()? {
                let output = u16::try_from(from.number()?).map_err(|_| ModelFault::Broken)?;
                changes.push((output, from.float()?));
            }
            all.insert(hash, changes);
        }
        if from.0.is_empty() { Ok(Self(all)) } else { Err(ModelFault::Broken) }
    }
}

/// A fit and how it compares.
#[derive(Clone, Debug)]
pub struct Learning {
    pub adjustment: Adjustment,
    pub comparison: Comparison,
}

impl Triage {
    /// The same judge without what use taught.
    #[must_use]
    pub fn shipped(&self) -> Self {
        Self { adjustment: None, ..self.clone() }
    }

    /// The same judge with what use taught.
    #[must_use]
    pub fn adjusted(&self, adjustment: Adjustment) -> Self {
        Self { adjustment: (!adjustment.is_empty()).then(|| Arc::new(adjustment)), ..self.clone() }
    }

    /// What an adjustment belongs to: model, rules, this version of the program, and whether sentences are read. With
    /// another of these it means nothing.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(MODEL);
        hash.update(RULES_TOML);
        hash.update(env!("CARGO_PKG_VERSION"));
        hash.update([u8::from(self.has_sentences())]);
        hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// Whether an example is kept out: by its words, so that the same words never stand on both sides.
pub fn is_kept_out(text: &str) -> bool {
    let digest = Sha256::digest(text.trim().to_lowercase().as_bytes());
    digest.first().is_some_and(|byte| byte % KEPT_ONE_IN == 0)
}

/// Fits the shipped model to the examples and compares it with `before`, the judge that would stay otherwise. Seconds for
/// some hundred examples.
pub fn learn(before: &Triage, examples: &[Example]) -> Learning {
    let shipped = before.shipped();
    let (kept, learned): (Vec<&Example>, Vec<&Example>) = examples.iter().partition(|e| is_kept_out(e.text.expose()));
    let guards = Guards::new(&shipped);
    let adjustment = fit(&shipped, &learned, &guards);
    let after = shipped.adjusted(adjustment.clone());
    let read: Vec<(Reading, &Example)> = kept.iter().map(|e| (shipped.read(e.text.expose()), *e)).collect();
    let comparison = Comparison {
        learned: learned.len(),
        kept: kept.len(),
        before: score(before, &read),
        after: score(&after, &read),
        guards: guards.emergencies.len(),
        lost: guards.emergencies.iter().filter(|read| !still_finds(&shipped, &after, read)).count(),
        others: guards.others.len(),
        others_before: guards.right(before),
        others_after: guards.right(&after),
    };
    Learning { adjustment, comparison }
}

/// Texts that come with the program, as they were read.
struct Guards {
    emergencies: Vec<Reading>,
    /// Posts that the shipped model judges rightly and that a fit must leave where they are.
    anchors: Vec<(Reading, Need)>,
    /// The same kind of posts, of which a fit knows nothing: they tell what it spoils.
    others: Vec<(Reading, LabelledPost)>,
}

impl Guards {
    fn new(triage: &Triage) -> Self {
        let posts = GUARDS.lines().filter_map(|line| serde_json::from_str::<LabelledPost>(line).ok());
        let (grave, others): (Vec<_>, Vec<_>) = posts.partition(|p| p.urgency == Some(Urgency::Emergency));
        let mut others: Vec<(Reading, LabelledPost)> =
            others.into_iter().map(|post| (triage.read(&post.text), post)).collect();
        let mut anchors = Vec::new();
        for (number, (read, post)) in std::mem::take(&mut others).into_iter().enumerate() {
            if number % 2 == 0 {
                others.push((read, post));
            } else if is_right(triage, &read, &post) {
                anchors.push((read, post.urgency.into()));
            }
        }
        let of_rules = RULES.rules.iter().filter(|r| r.urgency == Urgency::Emergency).flat_map(|r| &r.positive);
        let texts = of_rules.map(String::as_str).chain(grave.iter().map(|p| p.text.as_str()));
        Self { emergencies: texts.map(|text| triage.read(text)).collect(), anchors, others }
    }

    fn right(&self, triage: &Triage) -> usize {
        self.others.iter().filter(|(read, post)| is_right(triage, read, post)).count()
    }
}

fn is_right(triage: &Triage, read: &Reading, post: &LabelledPost) -> bool {
    Need::of(&triage.judge(read, &post.context)) == post.urgency.into()
}

/// Whether what the shipped model knows of an emergency is still known, with the rules and without them: a rule that finds a
/// post must not hide that the model forgot it.
fn still_finds(shipped: &Triage, after: &Triage, read: &Reading) -> bool {
    let nothing_known = Context::default();
    let limit = shipped.learned.thresholds(read.sentence.as_ref()).emergency;
    let alarm = |triage: &Triage| triage.log_odds(read, &nothing_known).get(EMERGENCY).is_some_and(|o| *o >= limit);
    let finds = |triage: &Triage| triage.judge(read, &nothing_known).urgency == Some(Urgency::Emergency);
    (!alarm(shipped) || alarm(after)) && (!finds(shipped) || finds(after))
}

fn score(triage: &Triage, read: &[(Reading, &Example)]) -> Score {
    let mut score = Score::default();
    for (read, example) in read {
        let judgement = triage.judge(read, &Context::default());
        if let Some(need) = example.label.need {
            score.need_of += 1;
            score.need_right += usize::from(Need::of(&judgement) == need);
            if need == Need::Emergency {
                score.emergencies_of += 1;
                score.emergencies_found += usize::from(judgement.urgency == Some(Urgency::Emergency));
            }
        }
        if !example.label.topics.is_empty() {
            score.topic_of += 1;
            let first = judgement.topics.first().map(|t| &t.id);
            score.topic_right += usize::from(first.is_some_and(|t| example.label.topics.contains(t)));
        }
    }
    score
}

/// A text the fit looks at: its features, and what the shipped model says of it, from the point where a side is taken.
struct Row<'a> {
    features: Vec<(u32, f32)>,
    odds: Vec<f32>,
    need: Option<Need>,
    topics: &'a [String],
    /// It comes with the program, and holds the fit where it is.
    is_guard: bool,
}

fn fit(shipped: &Triage, examples: &[&Example], guards: &Guards) -> Adjustment {
    let row = |read: &Reading, need, topics, is_guard| Row {
        features: shipped.features(read),
        odds: from_limits(shipped, read),
        need,
        topics,
        is_guard,
    };
    let mut rows: Vec<Row<'_>> = examples
        .iter()
        .map(|e| row(&shipped.read(e.text.expose()), e.label.need, e.label.topics.as_slice(), false))
        .collect();
    let mut hashes: Vec<u32> = rows.iter().flat_map(|r| &r.features).map(|(hash, _)| *hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    rows.extend(guards.emergencies.iter().map(|read| row(read, Some(Need::Emergency), &[], true)));
    rows.extend(guards.anchors.iter().map(|(read, need)| row(read, Some(*need), &[], true)));
    let place = |hash: u32| Some(u32::try_from(hashes.binary_search(&hash).ok()?).unwrap_or(u32::MAX));
    let matrix: Vec<Vec<(u32, f32)>> = rows
        .iter()
        .map(|r| r.features.iter().filter_map(|(hash, value)| Some((place(*hash)?, *value))).collect())
        .collect();
    let mut all: BTreeMap<u32, Vec<(u16, f32)>> = BTreeMap::new();
    let outputs = FIXED + shipped.learned.topics.len();
    for output in (0..outputs).filter(|output| *output != ROUTINE) {
        let topic = output.checked_sub(FIXED).and_then(|n| shipped.learned.topics.get(n));
        let targets: Vec<Option<Target>> = rows.iter().map(|row| target(row, output, topic)).collect();
        if !targets.iter().zip(&rows).any(|(target, row)| target.is_some() && !row.is_guard) {
            continue;
        }
        let offsets: Vec<f64> = rows.iter().map(|r| r.odds.get(output).copied().map_or(0.0, f64::from)).collect();
        let Ok(number) = u16::try_from(output) else { continue };
        for (hash, change) in hashes.iter().zip(nudge(&matrix, &targets, &offsets, hashes.len())) {
            if change.abs() >= LEAST {
                all.entry(*hash).or_default().push((number, change));
            }
        }
    }
    Adjustment(all)
}

/// Log-odds of a text, each counted from where the judgement changes sides. `SOON` is held against `ROUTINE`.
fn from_limits(shipped: &Triage, read: &Reading) -> Vec<f32> {
    let mut odds = shipped.log_odds(read, &Context::default());
    let limits = shipped.learned.thresholds(read.sentence.as_ref());
    let routine = odds.get(ROUTINE).copied().unwrap_or(0.0);
    let from = [(ASKS, limits.log_odds_that_ask()), (EMERGENCY, limits.emergency), (SOON, routine - limits.soon)];
    for (output, limit) in from {
        if let Some(odds) = odds.get_mut(output) {
            *odds -= limit;
        }
    }
    odds
}

fn target(row: &Row<'_>, output: usize, topic: Option<&String>) -> Option<Target> {
    let of = |is: bool, weight: f64| Some(Target { is, weight });
    match (output, row.need, topic) {
        (EMERGENCY, Some(Need::Emergency), _) => of(true, COST_MISSED),
        (EMERGENCY, Some(_), _) => of(false, COST_FALSE_ALARM),
        (ASKS, Some(need), _) => of(need != Need::Nothing, COST),
        (SOON, Some(need @ (Need::Soon | Need::Routine)), _) => of(need == Need::Soon, COST),
        (_, _, Some(topic)) if !row.topics.is_empty() => {
            let place = row.topics.iter().position(|t| t == topic);
            of(place.is_some(), if place.is_some_and(|p| p > 0) { COST_TOPIC / 2.0 } else { COST_TOPIC })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lesson::{Label, LessonId, Verdict};

    fn example(text: &str, need: Option<Need>, topics: &[&str]) -> Example {
        let topics = topics.iter().map(|t| (*t).to_owned()).collect();
        Example { id: LessonId(1), text: text.into(), label: Label { need, topics } }
    }

    fn need(triage: &Triage, text: &str) -> Need {
        Need::of(&triage.judge(&triage.read(text), &Context::default()))
    }

    #[test]
    fn file_gives_back_the_adjustment_and_a_damaged_one_is_refused() {
        let adjustment = Adjustment(BTreeMap::from([(7, vec![(0, 0.5), (9, -1.0)]), (u32::MAX, vec![])]));
        let bytes = adjustment.to_bytes();
        assert_eq!(Adjustment::parse(&bytes), Ok(adjustment));
        for cut in 0..bytes.len() {
            assert!(Adjustment::parse(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(Adjustment::parse(b"NRTA\xff\xff\xff\xff").is_err());
    }

    #[test]
    fn nothing_accepted_changes_nothing() {
        let learning = learn(Triage::builtin(), &[]);
        assert!(learning.adjustment.is_empty() && learning.comparison.guards > 50, "{:?}", learning.comparison);
        assert_eq!(learning.comparison.before, learning.comparison.after);
        assert_eq!(learning.comparison.verdict(), Verdict::Taken);
    }

    /// A kind of post that the shipped model takes for talk, and that people here mean as a question about the bus.
    const SLANG: &str = "братва, карапуз завтра на районе?";

    #[test]
    fn repeated_mistake_is_mended_and_nothing_else_is_moved_noticeably() {
        let said = [
            "братва, карапуз завтра на районе",
            "карапуз сегодня на районе или нет",
            "чё, карапуз завтра едет",
            "карапуз на районе завтра до скольки",
            "народ, карапуз завтра будет на районе",
        ];
        let examples: Vec<Example> =
            said.iter().map(|t| example(t, Some(Need::Soon), &["info.bus_schedule"])).collect();
        let learning = learn(Triage::builtin(), &examples);
        let after = Triage::builtin().adjusted(learning.adjustment);
        assert_ne!(need(Triage::builtin(), SLANG), Need::Soon, "the mistake");
        assert_eq!(need(&after, SLANG), Need::Soon);
        let judgement = after.judge(&after.read(SLANG), &Context::default());
        assert_eq!(judgement.topics[0].id, "info.bus_schedule");
        let c = learning.comparison;
        assert!(c.verdict() == Verdict::Taken && c.others_after <= c.others_before + 2 && c.lost == 0, "{c:?}");
    }

    #[test]
    fn one_example_moves_its_own_post_a_little_and_a_stranger_not_at_all() {
        let text = "карапуз завтра на районе вариант";
        let adjustment =
            fit(Triage::builtin(), &[&example(text, Some(Need::Soon), &[])], &Guards::new(Triage::builtin()));
        let after = Triage::builtin().adjusted(adjustment);
        let moved = |text: &str| {
            let odds = |t: &Triage| t.log_odds(&t.read(text), &Context::default())[ASKS];
            (odds(&after) - odds(Triage::builtin())).abs()
        };
        assert!(moved(text) < 3.0, "{}", moved(text));
        let stranger = moved("как восстановить паспорт, если прописки нет?");
        assert!(stranger < 0.1, "{stranger}");
    }

    #[test]
    fn rule_for_an_emergency_is_never_outvoted_by_what_use_taught() {
        let text = "она не дышит и вся синяя";
        let mut examples = Vec::new();
        for n in 0..40 {
            examples.push(example(&format!("{text} {n}"), Some(Need::Nothing), &[]));
        }
        let examples: Vec<&Example> = examples.iter().collect();
        let none = Guards { emergencies: Vec::new(), anchors: Vec::new(), others: Vec::new() };
        let after = Triage::builtin().adjusted(fit(Triage::builtin(), &examples, &none));
        assert_eq!(need(&after, text), Need::Emergency);
    }

    #[test]
    fn fit_that_forgets_an_emergency_is_refused() {
        // As if the adjustment had been damaged on the way: everything that is known of emergencies is turned round.
        let shipped = Triage::builtin();
        let guards = Guards::new(shipped);
        let mut all = BTreeMap::new();
        for read in &guards.emergencies {
            all.extend(shipped.features(read).into_iter().map(|(hash, _)| (hash, vec![(1, -3.0)])));
        }
        let after = shipped.adjusted(Adjustment(all));
        assert!(guards.emergencies.iter().any(|read| !still_finds(shipped, &after, read)));
    }
}
