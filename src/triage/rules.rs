//! The rule file: life at risk and time limits as explicit rules, cues for "is anything asked", slang.
//!
//! Rules are data (`data/triage-rules.toml`), each with examples that are run as tests. Rules read words, not meaning: where
//! past, joke or "what if" is not recognised, they err towards an alarm. What follows from a rule that applies is `triage`'s.

use crate::domain::judgement::Urgency;
use crate::triage::normalise::{Normal, Token, stem, words};
use crate::triage::phrases::{Hit, PhraseError, Phrases};
use crate::triage::search::Synonyms;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Words on either side of a hit in which a guard is looked for.
const GUARD_WORDS: usize = 18;

/// What is wrong with the rule file, naming the entry.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    #[error("the rule file is no valid TOML of this form")]
    Toml(#[from] toml::de::Error),
    #[error("in {entry}")]
    Phrase { entry: String, source: PhraseError },
    #[error("rule {rule} names the guard {guard:?}, which the file does not have")]
    UnknownGuard { rule: String, guard: String },
    #[error("the id {0:?} is used twice")]
    Twice(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lists: BTreeMap<String, Vec<String>>,
    guards: BTreeMap<String, Vec<String>>,
    /// Signs that it happens now: they lift the guards named in `lifted_by_now`.
    now: Vec<String>,
    lifted_by_now: Vec<String>,
    /// Guards that phrases in the present tense are not held back by.
    not_for_present: Vec<String>,
    rule: Vec<RuleEntry>,
    cue: Vec<CueEntry>,
    slang: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    id: String,
    urgency: Urgency,
    /// Where it applies something is asked, whatever the learned weights say. Emergencies always do.
    #[serde(default)]
    asks: bool,
    topics: Vec<String>,
    reason_ru: String,
    reason_en: String,
    any: Vec<String>,
    /// As `any`, in the present tense.
    #[serde(default)]
    present: Vec<String>,
    /// Each of these lists must have a phrase in the neighbourhood, too.
    #[serde(default)]
    with: Vec<Vec<String>>,
    #[serde(default = "default_near")]
    near: usize,
    #[serde(default)]
    guards: Vec<String>,
    #[serde(default)]
    unless: Vec<String>,
    positive: Vec<String>,
    negative: Vec<String>,
}

fn default_near() -> usize {
    25
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CueEntry {
    id: String,
    asks: bool,
    reason_ru: String,
    reason_en: String,
    any: Vec<String>,
}

/// Numbers of phrases, first to last.
type Block = std::ops::Range<usize>;

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) urgency: Urgency,
    /// Where it applies, the post is a request.
    pub(crate) asks: bool,
    /// Topics whose answers lead where the rule applies, best first.
    pub(crate) topics: Vec<String>,
    pub(crate) reason_ru: String,
    pub(crate) reason_en: String,
    /// Texts it must apply to, and texts it must not: run as tests.
    pub(crate) positive: Vec<String>,
    pub(crate) negative: Vec<String>,
    any: Block,
    present: Block,
    with: Vec<Block>,
    near: usize,
    unless: Block,
    guards: Vec<usize>,
}

/// A sign that something is asked, or that nothing is. How much it weighs is learned, see `request`.
#[derive(Debug)]
pub(crate) struct Cue {
    pub(crate) id: String,
    /// It speaks for a request; else against one.
    pub(crate) asks: bool,
    pub(crate) reason_ru: String,
    pub(crate) reason_en: String,
    any: Block,
}

#[derive(Debug)]
struct Guard {
    name: String,
    any: Block,
    lifted_by_now: bool,
    not_for_present: bool,
}

/// The rule file, ready to be used.
#[derive(Debug)]
pub(crate) struct Rules {
    phrases: Phrases,
    guards: Vec<Guard>,
    now: Block,
    pub(crate) rules: Vec<Rule>,
    pub(crate) cues: Vec<Cue>,
    pub(crate) slang: Synonyms,
}

/// What the phrases of the file found in one post.
#[derive(Debug)]
pub(crate) struct Found {
    /// Rules that apply, graver ones first, then in the order of the file.
    pub(crate) rules: Vec<usize>,
    /// How often each cue was found, in the order of the file.
    pub(crate) cues: Vec<u32>,
}

impl Rules {
    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text)?;
        let mut phrases = Phrases::default();
        let mut add = |entry: &str, texts: &[String]| -> Result<Block, RuleError> {
            let mut block = 0..0;
            for (i, text) in texts.iter().enumerate() {
                let number = phrases
                    .add(text, &file.lists)
                    .map_err(|source| RuleError::Phrase { entry: entry.to_owned(), source })?;
                block = if i == 0 { number..number + 1 } else { block.start..number + 1 };
            }
            Ok(block)
        };
        let mut guards = Vec::new();
        for (name, texts) in &file.guards {
            let any = add(&format!("guard {name}"), texts)?;
            let (lifted_by_now, not_for_present) =
                (file.lifted_by_now.contains(name), file.not_for_present.contains(name));
            guards.push(Guard { name: name.clone(), any, lifted_by_now, not_for_present });
        }
        for name in file.lifted_by_now.iter().chain(&file.not_for_present) {
            if !file.guards.contains_key(name) {
                return Err(RuleError::UnknownGuard { rule: "(top of the file)".to_owned(), guard: name.clone() });
            }
        }
        let now = add("now", &file.now)?;
        let mut rules: Vec<Rule> = Vec::new();
        for entry in file.rule {
            let name = format!("rule {}", entry.id);
            if rules.iter().any(|r| r.id == entry.id) {
                return Err(RuleError::Twice(entry.id));
            }
            let find_guard = |guard: &String| {
                let unknown = || RuleError::UnknownGuard { rule: entry.id.clone(), guard: guard.clone() };
                guards.iter().position(|g| g.name == *guard).ok_or_else(unknown)
            };
            let of_rule = entry.guards.iter().map(find_guard).collect::<Result<_, _>>()?;
            rules.push(Rule {
                any: add(&name, &entry.any)?,
                present: add(&name, &entry.present)?,
                with: entry.with.iter().map(|texts| add(&name, texts)).collect::<Result<_, _>>()?,
                unless: add(&name, &entry.unless)?,
                near: entry.near,
                guards: of_rule,
                id: entry.id,
                urgency: entry.urgency,
                asks: entry.asks || entry.urgency == Urgency::Emergency,
                topics: entry.topics,
                reason_ru: entry.reason_ru,
                reason_en: entry.reason_en,
                positive: entry.positive,
                negative: entry.negative,
            });
        }
        let mut cues: Vec<Cue> = Vec::new();
        for entry in file.cue {
            if cues.iter().any(|c| c.id == entry.id) {
                return Err(RuleError::Twice(entry.id));
            }
            let any = add(&format!("cue {}", entry.id), &entry.any)?;
            cues.push(Cue {
                id: entry.id,
                asks: entry.asks,
                reason_ru: entry.reason_ru,
                reason_en: entry.reason_en,
                any,
            });
        }
        let mut slang = Synonyms::new();
        for (meaning, texts) in &file.slang {
            let meaning: Vec<String> = words(meaning).iter().map(|w| stem(w)).collect();
            for word in texts.iter().flat_map(|t| words(t)) {
                let all = slang.entry(stem(&word)).or_default();
                all.extend(meaning.iter().filter(|m| **m != stem(&word)).cloned());
            }
        }
        Ok(Self { phrases, guards, now, rules, cues, slang })
    }

    /// Runs every rule and cue over a post, as it was meant and as it was written: a word that spelling does not know may be one
    /// of a rule.
    pub(crate) fn find(&self, post: &Normal) -> Found {
        let mut found = self.find_in(&post.tokens);
        if let Some(written) = &post.as_written {
            let more = self.find_in(written);
            found.rules.extend(more.rules);
            found.cues.iter_mut().zip(more.cues).for_each(|(count, other)| *count = (*count).max(other));
        }
        found.rules = self.by_gravity(found.rules);
        found
    }

    fn find_in(&self, tokens: &[Token]) -> Found {
        let hits = self.phrases.find(tokens);
        let rules = (0..).zip(&self.rules).filter(|(_, rule)| self.applies(rule, &hits)).map(|(number, _)| number);
        let count = |block: &Block| {
            let mut starts: Vec<usize> = of(block, &hits).map(|h| h.start).collect();
            starts.dedup();
            u32::try_from(starts.len()).unwrap_or(u32::MAX)
        };
        Found { rules: rules.collect(), cues: self.cues.iter().map(|c| count(&c.any)).collect() }
    }

    /// Graver ones first, then in the order of the file; each once.
    fn by_gravity(&self, mut rules: Vec<usize>) -> Vec<usize> {
        rules.sort_by_key(|n| (std::cmp::Reverse(self.rules.get(*n).map(|r| r.urgency)), *n));
        rules.dedup();
        rules
    }

    fn applies(&self, rule: &Rule, hits: &[Hit]) -> bool {
        let applies = |hit: &Hit, present: bool| {
            let company = rule.with.iter().all(|block| of(block, hits).any(|h| between(h, hit) <= rule.near));
            let mut guards = rule.guards.iter().filter_map(|g| self.guards.get(*g));
            company
                && !of(&rule.unless, hits).any(|h| between(h, hit) <= GUARD_WORDS)
                && !guards.any(|g| !(present && g.not_for_present) && self.holds(g, hit, hits))
        };
        of(&rule.present, hits).any(|hit| applies(hit, true)) || of(&rule.any, hits).any(|hit| applies(hit, false))
    }

    /// The guard is near the hit and no sign of "now" lifts it.
    fn holds(&self, guard: &Guard, hit: &Hit, hits: &[Hit]) -> bool {
        let near = |block: &Block| of(block, hits).any(|h| between(h, hit) <= GUARD_WORDS);
        near(&guard.any) && !(guard.lifted_by_now && near(&self.now))
    }
}

fn of<'a>(block: &Block, hits: &'a [Hit]) -> impl Iterator<Item = &'a Hit> {
    let block = block.clone();
    hits.iter().filter(move |h| block.contains(&h.phrase))
}

/// Tokens that lie between two hits; none where they overlap.
fn between(a: &Hit, b: &Hit) -> usize {
    if a.start <= b.start { b.start.saturating_sub(a.end) } else { a.start.saturating_sub(b.end) }
}
