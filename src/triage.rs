//! Reads a post and says: is anything asked, how urgent, about what, in which language, and which answers fit.
//!
//! How a judgement is made: `normalise` (one spelling) → `rules` (life at risk, time limits, cues; data in
//! `data/triage-rules.toml`) and `search` (which answers are near) → `request` (learned weights over named features) → the
//! judgement, in which a rule that applies is never outvoted. Trained models or embeddings join as one more scorer in
//! `search` and more features in `request`.
//!
//! No I/O, no clock, no state: the same text gives the same judgement. It does not verify answers, does not open cases and
//! never decides that a post needs nobody: a person sees the thread.

pub mod embed;
pub mod eval;
mod language;
mod normalise;
pub mod phrases;
mod request;
pub mod rules;
mod search;

use crate::domain::answer::{AnswerFile, AnswerId, AnswerText};
use crate::domain::judgement::{Judgement, Scored, Urgency};
use normalise::Normal;
use request::{Features, Model};
use rules::{Found, Rule, Rules};
use search::{Index, Likeness, Nearness, Weights};
use std::sync::LazyLock;

const RULES_TOML: &str = include_str!("../data/triage-rules.toml");
const WEIGHTS_TOML: &str = include_str!("../data/triage-weights.toml");
const TOPICS_TSV: &str = include_str!("../data/topics.tsv");
const STARTER_TOML: &str = include_str!("../data/answers-starter.toml");

/// Reasons that stand in no rule, in Russian and English.
const LIKE_AN_EMERGENCY: (&str, &str) = ("похоже на экстренный случай — прочитайте", "resembles an emergency: read it");
const DOUBTFUL: (&str, &str) = ("есть сомнение, вопрос ли это", "it is doubtful whether this is a question");
const ONLY_IMAGES: (&str, &str) =
    ("только картинка, без слов: попросите описать", "a picture without words: ask for a description");

/// Topics a judgement names at most.
const MOST_TOPICS: usize = 5;

/// The learned and the hand-set parts are compiled in: a file that does not parse fails every test, so it cannot ship.
static STARTER: LazyLock<Vec<AnswerText>> = LazyLock::new(|| {
    let file: AnswerFile = toml::from_str(STARTER_TOML).expect("data/answers-starter.toml is checked by a test");
    file.answer
});
static RULES: LazyLock<Rules> =
    LazyLock::new(|| Rules::parse(RULES_TOML).expect("data/triage-rules.toml is checked by a test"));
static BUILTIN: LazyLock<Triage> = LazyLock::new(|| Triage {
    model: Model::parse(WEIGHTS_TOML).expect("data/triage-weights.toml is checked by a test"),
    suggester: Suggester::new(starter_answers()),
});
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// It quotes a post of the NGO.
    pub quoted_own_post: Option<bool>,
    /// It quotes or addresses another member.
    pub addressed_to_peer: Option<bool>,
    /// It is the first post of its thread.
    pub opens_thread: Option<bool>,
    /// It comes right after a post of the NGO.
    pub follows_own_post: Option<bool>,
    /// Pictures are attached.
    pub has_images: bool,
}

/// The judge of posts. Cheap to call from several threads at once; about a millisecond a post.
#[derive(Debug)]
pub struct Triage {
    model: Model,
    suggester: Suggester,
}

impl Triage {
    /// The rules, weights and taxonomy that are compiled in.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Judges one post. Any text gives a judgement; an empty one asks nothing, unless pictures come with it.
    ///
    /// A post an emergency rule applies to is always a request and always an emergency. A post in doubt is a request with
    /// `unclear` set.
    pub fn judge(&self, text: &str, context: &Context) -> Judgement {
        self.judge_with(&self.model, text, context)
    }

    fn judge_with(&self, model: &Model, text: &str, context: &Context) -> Judgement {
        let read = self.suggester.read(text);
        let applied: Vec<&Rule> = read.found.rules.iter().filter_map(|n| RULES.rules.get(*n)).collect();
        let emergency = applied.iter().any(|r| r.urgency == Urgency::Emergency);
        let learned = model.probability(&read.features(), request::context_offset(context));
        let score = if emergency { learned.max(0.95) } else { learned };
        let asks = applied.iter().any(|r| r.asks);
        let wordless = read.post.word_count() == 0;
        let only_images = wordless && context.has_images;
        let is_request = asks || only_images || (score >= model.threshold && !wordless);
        let mut judgement = Judgement {
            is_request,
            score: (score * 1000.0).round() / 1000.0,
            topics: Vec::new(),
            urgency: None,
            lang: read.post.lang.to_owned(),
            unclear: false,
            reasons: reasons(&applied, &read.found, model, is_request),
        };
        if !is_request {
            return judgement;
        }
        let ranked = self.suggester.led(&read, &applied);
        let topics = ranked.iter().map(|(answer, score)| Scored { id: answer.topic.clone(), score: *score });
        judgement.topics = distinct(topics, MOST_TOPICS);
        let by_topic = ranked.first().and_then(|(answer, _)| answer.urgency);
        judgement.urgency = Some(urgency(&applied, by_topic));
        let doubtful = score < model.doubtful_below || ranked.is_empty() || asks;
        let alarming = by_topic == Some(Urgency::Emergency);
        if !emergency && alarming {
            judgement.reasons.insert(0, LIKE_AN_EMERGENCY.0.to_owned());
        }
        if only_images {
            judgement.reasons.push(ONLY_IMAGES.0.to_owned());
        } else if !emergency && doubtful {
            judgement.reasons.push(DOUBTFUL.0.to_owned());
        }
        judgement.unclear = !emergency && (doubtful || alarming);
        judgement
    }

    /// The English wording of a reason that [`Triage::judge`] gave in Russian.
    pub fn reason_in_english(reason: &str) -> Option<&'static str> {
        let of_rules = RULES.rules.iter().map(|r| (&r.reason_ru, &r.reason_en));
        let of_cues = RULES.cues.iter().map(|c| (&c.reason_ru, &c.reason_en));
        let fixed =
            [LIKE_AN_EMERGENCY, DOUBTFUL, ONLY_IMAGES].into_iter().find(|(ru, _)| *ru == reason).map(|(_, en)| en);
        of_rules.chain(of_cues).find(|(ru, _)| *ru == reason).map(|(_, en)| en.as_str()).or(fixed)
    }
}

/// A rule decides where one applies; else the most fitting answer tells how soon such a need is met. That a text merely
/// resembles an emergency answer makes it `soon`: alarms come from rules, which can be read and mended.
fn urgency(applied: &[&Rule], by_topic: Option<Urgency>) -> Urgency {
    let by_topic = by_topic.unwrap_or(Urgency::Routine).min(Urgency::Soon);
    applied.iter().map(|r| r.urgency).max().map_or(by_topic, |by_rule| by_rule.max(by_topic))
}

/// What was found, gravest first: each rule that applies, then the cues that weighed most for the outcome.
fn reasons(applied: &[&Rule], found: &Found, model: &Model, is_request: bool) -> Vec<String> {
    let mut out: Vec<String> = applied.iter().map(|r| r.reason_ru.clone()).collect();
    let weight = |id: &str| model.weight.get(&format!("cue.{id}")).copied().unwrap_or(0.0);
    let mut cues: Vec<(f64, &str)> = RULES
        .cues
        .iter()
        .zip(&found.cues)
        .filter(|(_, count)| **count > 0)
        .map(|(cue, _)| (weight(&cue.id), cue.reason_ru.as_str()))
        .filter(|(w, _)| if is_request { *w > 0.1 } else { *w < -0.1 })
        .collect();
    cues.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    out.extend(cues.into_iter().take(3).map(|(_, reason)| reason.to_owned()));
    out
}

fn distinct(scored: impl Iterator<Item = Scored>, most: usize) -> Vec<Scored> {
    let mut out: Vec<Scored> = Vec::new();
    for one in scored {
        if out.len() < most && !out.iter().any(|o| o.id == one.id) {
            out.push(one);
        }
    }
    out
}

/// What ranking needs of an answer.
#[derive(Clone, Debug)]
struct Entry {
    id: AnswerId,
    topic: String,
    urgency: Option<Urgency>,
}

/// Proposes answers of one library. Rebuild it when the library changes: some 0.1 s for 500 answers.
#[derive(Debug)]
pub struct Suggester {
    entries: Vec<Entry>,
    index: Index,
    weights: Weights,
}

/// A post as it was read: everything the judgement is made from.
#[derive(Debug)]
struct Reading {
    post: Normal,
    found: Found,
    ranked: Vec<Nearness>,
    likeness: Likeness,
}

impl Reading {
    fn features(&self) -> Features {
        request::features(&RULES, &self.found, &self.post, self.likeness)
    }
}

impl Suggester {
    /// Texts about the conversation itself (topic `workflow`) are left out: they are never proposed by ranking. Whether an
    /// answer is verified is not asked here: pass those that may be proposed.
    pub fn new(answers: &[AnswerText]) -> Self {
        Self::with_weights(answers, Weights::default())
    }

    fn with_weights(answers: &[AnswerText], weights: Weights) -> Self {
        let ranked: Vec<AnswerText> = answers.iter().filter(|a| !a.is_workflow()).cloned().collect();
        let entry = |a: &AnswerText| Entry {
            id: a.id.clone(),
            topic: a.topic.clone(),
            urgency: a.urgency.as_deref().and_then(Urgency::find),
        };
        Self { entries: ranked.iter().map(entry).collect(), index: Index::new(&ranked, &RULES.slang, weights), weights }
    }

    /// The `k` answers that fit best, best first. Where an emergency rule applies, its answers lead. Scores order the
    /// answers of one post and are no probabilities; an answer that has nothing in common with the post is not proposed.
    pub fn suggest(&self, text: &str, k: usize) -> Vec<Scored> {
        let read = self.read(text);
        let applied: Vec<&Rule> = read.found.rules.iter().filter_map(|n| RULES.rules.get(*n)).collect();
        let led = self.led(&read, &applied);
        led.into_iter().take(k).map(|(answer, score)| Scored { id: answer.id.clone(), score }).collect()
    }

    /// Topics in the order their answers are proposed: for measuring.
    fn suggested_topics(&self, text: &str) -> Vec<&str> {
        let read = self.read(text);
        let applied: Vec<&Rule> = read.found.rules.iter().filter_map(|n| RULES.rules.get(*n)).collect();
        self.led(&read, &applied).into_iter().map(|(entry, _)| entry.topic.as_str()).collect()
    }

    fn read(&self, text: &str) -> Reading {
        let post = Normal::new(text);
        let found = RULES.find(&post);
        let (ranked, likeness) = self.index.rank(&post, &RULES.slang, self.weights);
        Reading { post, found, ranked, likeness }
    }

    /// The ranking, with the answers of the emergency rules that apply put first.
    fn led(&self, read: &Reading, applied: &[&Rule]) -> Vec<(&Entry, f64)> {
        let mut out: Vec<(&Entry, f64)> = Vec::new();
        let near = read.ranked.iter().filter(|n| n.sum > 0.0);
        for nearness in near {
            if let Some(entry) = self.entries.get(nearness.answer) {
                // A z-score of 4 is a clear hit among some 60 answers, 0 none.
                out.push((entry, (nearness.sum / (nearness.sum + 1.5) * 1000.0).round() / 1000.0));
            }
        }
        let leading = leading_topics(applied);
        let place = |topic: &str| leading.iter().position(|t| *t == topic);
        for entry in self.entries.iter().filter(|e| place(&e.topic).is_some()) {
            if !out.iter().any(|(e, _)| e.id == entry.id) {
                out.push((entry, 0.0));
            }
        }
        out.sort_by_key(|(entry, _)| place(&entry.topic).unwrap_or(usize::MAX));
        // Scores go down the list, also where a rule and not likeness put an answer first.
        let mut least = f64::MAX;
        let scores: Vec<f64> = out
            .iter()
            .rev()
            .scan(0.0_f64, |most, (_, s)| {
                *most = most.max(*s);
                Some(*most)
            })
            .collect();
        for ((_, score), raised) in out.iter_mut().zip(scores.iter().rev()) {
            least = least.min(*raised);
            *score = least;
        }
        out
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
    if let Err(error) = Model::parse(WEIGHTS_TOML) {
        faults.push(format!("triage-weights.toml: {error}"));
    }
    let answers = starter_answers().iter().filter(|a| !a.is_workflow() && !known(&a.topic));
    faults.extend(answers.map(|a| format!("answer {}: no topic {}", a.id, a.topic)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Judgement {
        Triage::builtin().judge(text, &Context::default())
    }

    fn first_answer(text: &str) -> String {
        let suggester = Suggester::new(starter_answers());
        suggester.suggest(text, 3).first().map(|s| s.id.clone()).unwrap_or_default()
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
        let suggested = Suggester::new(starter_answers()).suggest("чел залип под метадоном, еле дышит, скорую?", 5);
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
    fn bare_call_for_help_is_a_doubtful_request() {
        let judgement = judge("помогите");
        assert!(judgement.is_request && judgement.unclear);
        assert_eq!(judgement.urgency, Some(Urgency::Soon));
    }

    #[test]
    fn time_limit_makes_a_request_soon() {
        assert_eq!(judge("вчера порвался презерватив, партнёр с вич, куда бежать?").urgency, Some(Urgency::Soon));
        assert_eq!(judge("во сколько завтра приедет автобус?").urgency, Some(Urgency::Routine));
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
        let suggester = Suggester::new(starter_answers());
        for text in ["спасибо, попробую", "[голосовое сообщение 1:12]", "помогите"]
        {
            assert!(suggester.suggest(text, 99).iter().all(|s| !s.id.starts_with("clarify") && s.id != "feedback.ask"));
        }
    }

    #[test]
    fn post_without_anything_in_common_gets_no_answers() {
        assert!(Suggester::new(starter_answers()).suggest("❤ 🦔", 3).is_empty());
        assert!(Suggester::new(&[]).suggest("где автобус", 3).is_empty());
    }

    #[test]
    fn what_is_known_beside_the_text_counts() {
        let text = "а что с автобусом";
        let score = |context: Context| Triage::builtin().judge(text, &context).score;
        let alone = score(Context::default());
        assert!(score(Context { opens_thread: Some(true), ..Context::default() }) > alone);
        assert!(score(Context { addressed_to_peer: Some(true), ..Context::default() }) < alone);
    }

    #[test]
    fn picture_without_words_is_a_doubtful_request() {
        let judgement = Triage::builtin().judge("", &Context { has_images: true, ..Context::default() });
        assert!(judgement.is_request && judgement.unclear && judgement.topics.is_empty());
        assert_eq!(judgement.reasons, [ONLY_IMAGES.0]);
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
