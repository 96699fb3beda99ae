//! Why a post was judged so, in words a worker understands: fixed ones, in Russian and English, that quote nothing of the post.
//!
//! Those of rules and cues stand in `data/triage-rules.toml`; here are the others, and their order. It judges nothing.

use crate::domain::judgement::{Judgement, Scored, Urgency};
use crate::triage::rules::{Found, Rule};
use crate::triage::{Alarm, RULES};

/// The same in Russian and English.
type Reason = (&'static str, &'static str);

/// Cues named at most.
const MOST_CUES: usize = 3;

/// What no rule tells, by the likeliest of these topics.
const LIKE_AN_EMERGENCY: [(&[&str], Reason); 6] = [
    (
        &["psych.suicidal"],
        ("похоже на мысли о смерти или прощание — прочитайте", "resembles thoughts of death or a farewell: read it"),
    ),
    (
        &["od.opioid"],
        (
            "похоже на передозировку: дыхание, цвет, сознание — прочитайте",
            "resembles an overdose: breath, colour, consciousness: read it",
        ),
    ),
    (
        &["od.depressant_mix"],
        (
            "похоже на отравление алкоголем, успокоительными или их смесью — прочитайте",
            "resembles a poisoning with alcohol, sedatives or a mixture: read it",
        ),
    ),
    (
        &["od.stimulant"],
        (
            "похоже на беду с сердцем, перегрев, психоз или судороги — прочитайте",
            "resembles trouble of the heart, overheating, psychosis or fits: read it",
        ),
    ),
    (
        &["wound.sepsis", "wound.abscess", "wound.ulcer_severe", "wound.edema"],
        ("похоже на заражение крови или тромб — прочитайте", "resembles blood infection or a clot: read it"),
    ),
    (
        &["detox.withdrawal", "detox.home", "detox.medical"],
        ("похоже на опасную для жизни отмену — прочитайте", "resembles a withdrawal that can kill: read it"),
    ),
];
const LIKE_ANY_EMERGENCY: Reason = ("похоже на экстренный случай — прочитайте", "resembles an emergency: read it");
pub(crate) const LIKE_A_STORY: Reason = (
    "тревожные слова, но похоже на рассказ, шутку или совет — прочитайте",
    "alarming words, but it reads like a story, a joke or advice: read it",
);
const LIKE_TODAY: Reason = ("похоже, помощь нужна сегодня или завтра", "help seems to be needed today or tomorrow");
const LIKE_A_QUESTION: Reason = ("похоже на вопрос или просьбу", "resembles a question or a call for help");
const LIKE_NOTHING_ASKED: Reason =
    ("не похоже на вопрос или просьбу", "does not resemble a question or a call for help");
const DOUBTFUL: Reason = ("есть сомнение, вопрос ли это", "it is doubtful whether this is a question");
pub(crate) const ONLY_IMAGES: Reason =
    ("только картинка, без слов: попросите описать", "a picture without words: ask for a description");

/// What a judgement was made from.
pub(crate) struct Why<'a> {
    pub(crate) applied: &'a [&'a Rule],
    pub(crate) found: &'a Found,
    pub(crate) alarm: Alarm,
    /// It is doubtful whether anything is asked.
    pub(crate) doubtful: bool,
    /// It is a request for its pictures alone.
    pub(crate) only_images: bool,
}

/// Never empty; gravest first: what speaks for an alarm, each rule that applies, what was learned, then cues that speak for the
/// outcome.
pub(crate) fn of(judgement: &Judgement, why: &Why<'_>) -> Vec<String> {
    let mut all: Vec<&str> = Vec::new();
    match why.alarm {
        Alarm::Alike => all.push(like_an_emergency(&judgement.topics).0),
        Alarm::Doubted => all.push(LIKE_A_STORY.0),
        Alarm::Ruled | Alarm::Silent => {}
    }
    if judgement.is_request {
        all.extend(why.applied.iter().map(|rule| rule.reason_ru.as_str()));
    }
    let ruled_soon = why.applied.iter().any(|rule| rule.urgency == Urgency::Soon);
    if judgement.urgency == Some(Urgency::Soon) && !ruled_soon {
        all.push(LIKE_TODAY.0);
    }
    let cues = RULES.cues.iter().zip(&why.found.cues).filter(|(cue, n)| **n > 0 && cue.asks == judgement.is_request);
    all.extend(cues.map(|(cue, _)| cue.reason_ru.as_str()).take(MOST_CUES));
    if why.only_images {
        all.push(ONLY_IMAGES.0);
    } else if why.alarm == Alarm::Silent && why.doubtful {
        all.push(DOUBTFUL.0);
    }
    if all.is_empty() {
        all.push(if judgement.is_request { LIKE_A_QUESTION.0 } else { LIKE_NOTHING_ASKED.0 });
    }
    all.into_iter().map(str::to_owned).collect()
}

fn like_an_emergency(topics: &[Scored]) -> Reason {
    let of_topic = |topic: &Scored| LIKE_AN_EMERGENCY.iter().find(|(ids, _)| ids.contains(&topic.id.as_str()));
    topics.iter().find_map(of_topic).map_or(LIKE_ANY_EMERGENCY, |(_, reason)| *reason)
}

/// The English wording of a reason that was given in Russian.
pub(crate) fn in_english(reason: &str) -> Option<&'static str> {
    let of_rules = RULES.rules.iter().map(|rule| (rule.reason_ru.as_str(), rule.reason_en.as_str()));
    let of_cues = RULES.cues.iter().map(|cue| (cue.reason_ru.as_str(), cue.reason_en.as_str()));
    let fixed =
        [LIKE_ANY_EMERGENCY, LIKE_A_STORY, LIKE_TODAY, LIKE_A_QUESTION, LIKE_NOTHING_ASKED, DOUBTFUL, ONLY_IMAGES];
    let fixed = LIKE_AN_EMERGENCY.into_iter().map(|(_, reason)| reason).chain(fixed);
    of_rules.chain(of_cues).chain(fixed).find(|(ru, _)| *ru == reason).map(|(_, en)| en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::topics;

    #[test]
    fn emergency_that_no_rule_tells_is_named_by_its_likeliest_kind() {
        let topics = |ids: &[&str]| -> Vec<Scored> {
            ids.iter().map(|id| Scored { id: (*id).to_owned(), score: 0.5 }).collect()
        };
        assert!(
            like_an_emergency(&topics(&["od.ambulance", "od.opioid", "psych.suicidal"])).0.contains("передозировку")
        );
        assert_eq!(like_an_emergency(&topics(&["info.bus_schedule"])), LIKE_ANY_EMERGENCY);
    }

    #[test]
    fn kinds_of_emergency_are_told_by_topics_that_exist() {
        for id in LIKE_AN_EMERGENCY.iter().flat_map(|(ids, _)| *ids) {
            assert!(topics().iter().any(|topic| topic.id == *id), "{id}");
        }
    }
}
