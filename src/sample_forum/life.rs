//! The life of the demo's forum: the NGO's three threads with their past, and people who keep writing in them.
//!
//! The past is written for this program; what arrives later comes from the texts that are handed in. All nicknames
//! are made up. The labels of those texts decide only where and when a text appears: the pages do not show them.

mod history;

use super::SampleForum;
use super::bbcode;
use crate::clock::Timestamp;
use serde::Deserialize;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

/// The NGO's account. A password is given to it with `SampleForum::add_user`.
pub const NGO: &str = "HumanitarianAction";

/// Where the order and the authors of `live` start from: each demo tells the same story.
const SEED: u64 = 2020;
/// So many posts arrive at the start within a third of the usual wait each, the emergency among them.
const QUICK_POSTS: usize = 5;
/// What the one with the emergency writes next, and after how many other posts: a case that comes back.
const FOLLOW_UP: &str = "задышал сам, но не просыпается. скорую вызвали, едет. что дальше делать?";
const FOLLOW_UP_AFTER: usize = 3;
/// Who wrote in a thread so many posts ago may write there again as if for the first time.
const FORGOTTEN_AFTER: usize = 26;

/// The NGO's threads, as `seed` opened them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeededTopics {
    pub hiv: u64,
    pub hepatitis: u64,
    pub services: u64,
}

/// A text that somebody will write: a line of `data/posts-dev.jsonl`. Only `id` and `text` are needed.
#[derive(Clone, Debug, Deserialize)]
pub struct SamplePostText {
    pub id: String,
    pub text: String,
    #[serde(default)]
    pub is_request: bool,
    #[serde(default)]
    pub topics: Vec<String>,
    #[serde(default)]
    pub urgency: Option<String>,
}

/// Reads JSON lines; blank ones are passed over.
pub fn read_posts(jsonl: &str) -> Result<Vec<SamplePostText>, serde_json::Error> {
    jsonl.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect()
}

/// Opens the NGO's three threads with posts of the days before `now`.
pub fn seed(forum: &SampleForum, now: Timestamp) -> SeededTopics {
    let open = |thread: &history::Thread| {
        let opened = now.plus_s(-60 * thread.opened_minutes_ago);
        let topic = forum.add_topic_at(NGO, thread.title, thread.opening, opened);
        for past in thread.posts {
            let at = now.plus_s(-60 * past.minutes_ago);
            let text = with_quotes(forum, topic, past.text);
            let post = forum.add_post_at(topic, past.author, &text, at);
            if let Some(edited_minutes_ago) = past.edited_minutes_ago {
                forum.state().edit_post(post, &text, now.plus_s(-60 * edited_minutes_ago));
            }
        }
        forum.set_views(topic, thread.views);
        topic
    };
    SeededTopics { hiv: open(&history::HIV), hepatitis: open(&history::HEPATITIS), services: open(&history::SERVICES) }
}

/// Lets people write until `stop` is ready: a handful soon, one of them in an emergency, then one about `every`, a
/// third sooner or later. View counts grow along. When the texts have all been written, they come again in another
/// order.
pub async fn live(forum: SampleForum, posts: Vec<SamplePostText>, every: Duration, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let mut chance = Chance(SEED);
    let mut written = 0_usize;
    if posts.is_empty() {
        return stop.await;
    }
    for round in 0.. {
        for arrival in plan(&posts, SEED + round) {
            let wait = if written < QUICK_POSTS { every / 15 } else { every * (667 + chance.below(667)) / 1000 };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
            }
            arrive(&forum, &arrival, &mut chance);
            written += 1;
        }
    }
}

fn arrive(forum: &SampleForum, arrival: &Arrival, chance: &mut Chance) {
    let open: Vec<_> = forum.topics().into_iter().filter(|topic| !topic.locked).collect();
    for topic in &open {
        forum.set_views(topic.id, topic.views + u64::from(chance.below(4)));
    }
    let place = arrival.place.min(open.len().saturating_sub(1));
    if let Some(topic) = open.get(place) {
        forum.set_views(topic.id, topic.views + 2 + u64::from(chance.below(6)));
        forum.add_post(topic.id, arrival.author, &with_quotes(forum, topic.id, arrival.text));
    }
}

/// What will be written next, by whom and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// Which of the threads, in the order in which they were opened.
    pub place: usize,
    pub author: &'static str,
    pub text: &'a str,
}

/// The order in which the texts arrive. The same texts and seed give the same order.
pub fn plan(posts: &[SamplePostText], seed: u64) -> Vec<Arrival<'_>> {
    let mut chance = Chance(seed);
    let mut waiting: Vec<&SamplePostText> = posts.iter().collect();
    // The emergency is the same one whatever the seed: the first of the file.
    let emergency = waiting.iter().position(|post| post.is_urgency("emergency")).map(|at| waiting.remove(at));
    for at in (1..waiting.len()).rev() {
        waiting.swap(at, chance.index_below(at + 1));
    }
    let mut ordered = Vec::new();
    let wishes: [fn(&SamplePostText) -> bool; 2] =
        [|post| post.is_request && post.is_urgency("routine"), |post| !post.is_request];
    for wish in wishes {
        ordered.extend(waiting.iter().position(|post| wish(post)).map(|at| waiting.remove(at)));
    }
    let emergency_at = emergency.map(|_| ordered.len());
    ordered.extend(emergency);
    ordered.extend(waiting.iter().position(|post| post.is_urgency("soon")).map(|at| waiting.remove(at)));
    ordered.extend(waiting);

    let mut recent = history::authors();
    let mut arrivals: Vec<Arrival<'_>> = ordered
        .into_iter()
        .map(|post| {
            let place = post.place(&mut chance);
            let author = author_for(place, post.is_request, &recent, &mut chance);
            recent.push(Written { place, author, asked: post.is_request });
            Arrival { place, author, text: &post.text }
        })
        .collect();
    if let Some((at, first)) = emergency_at.and_then(|at| Some((at, arrivals.get(at)?.clone()))) {
        let place = arrivals.len().min(at + 1 + FOLLOW_UP_AFTER);
        arrivals.insert(place, Arrival { text: FOLLOW_UP, ..first });
    }
    arrivals
}

/// Who wrote where, and whether they asked for something.
struct Written {
    place: usize,
    author: &'static str,
    asked: bool,
}

/// Who asks is new to the thread, so that one person's case does not fill with other people's needs. Among those who
/// only chat, now and then somebody writes again; but nobody twice in a row.
fn author_for(place: usize, asks: bool, recent: &[Written], chance: &mut Chance) -> &'static str {
    let here: Vec<&Written> =
        recent.iter().rev().filter(|written| written.place == place).take(FORGOTTEN_AFTER).collect();
    let has_asked = |author: &str| here.iter().any(|written| written.asked && written.author == author);
    let chatting = here.iter().take(12).skip(1).map(|written| written.author);
    let last = here.first().map(|written| written.author);
    let back: Vec<&'static str> = chatting.filter(|author| !has_asked(author) && Some(*author) != last).collect();
    let new = NICKNAMES.into_iter().filter(|author| here.iter().all(|written| written.author != *author)).collect();
    let pool: Vec<&'static str> = if !asks && !back.is_empty() && chance.below(3) == 0 { back } else { new };
    pool.get(chance.index_below(pool.len())).copied().unwrap_or(NICKNAMES[0])
}

impl SamplePostText {
    fn is_urgency(&self, urgency: &str) -> bool {
        self.urgency.as_deref() == Some(urgency)
    }

    fn place(&self, chance: &mut Chance) -> usize {
        const HIV: usize = 0;
        const HEPATITIS: usize = 1;
        const SERVICES: usize = 2;
        let text = self.text.to_lowercase();
        let has_label =
            |parts: &[&str]| self.topics.first().is_some_and(|id| parts.iter().any(|part| id.contains(part)));
        let has_word = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has_label(&["hcv"]) || self.topics.is_empty() && has_word(&["гепатит", "геп с", "hcv"]) {
            HEPATITIS
        } else if has_label(&["hiv", "art", "info.pep", "info.prep"])
            || self.topics.is_empty() && has_word(&["вич", "терапи", "спид"])
        {
            HIV
        } else if self.topics.is_empty() && chance.below(5) < 2 {
            chance.index_below(2)
        } else {
            SERVICES
        }
    }
}

/// Makes `[quote]` of the lines that start with "> ". Where the quoted words stand in a post of the topic, the quote
/// names it as phpBB does.
fn with_quotes(forum: &SampleForum, topic: u64, text: &str) -> String {
    let mut out = String::new();
    let mut quoted: Vec<&str> = Vec::new();
    for line in text.lines().map(Some).chain([None]) {
        if let Some(words) = line.and_then(|line| line.strip_prefix("> ")) {
            quoted.push(words);
            continue;
        }
        if !quoted.is_empty() {
            out.push_str(&quote_of(forum, topic, &quoted.join("\n")));
            quoted.clear();
        }
        if let Some(line) = line {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim().to_owned()
}

fn quote_of(forum: &SampleForum, topic: u64, words: &str) -> String {
    let state = forum.state();
    let held = state.topics.get(&topic).map(|topic| topic.posts.as_slice()).unwrap_or_default();
    match held.iter().rev().find(|post| post.text.contains(words)) {
        Some(post) => bbcode::quote(&state.name_of(post.author), post.author, post.id, post.at, words),
        None => format!("[quote]{words}[/quote]\n\n"),
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() % u64::from(limit.max(1))).unwrap_or(0)
    }

    fn index_below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit.max(1) as u64)).unwrap_or(0)
    }
}

const NICKNAMES: [&str; 40] = [
    "сырая_спичка",
    "Тётя Полночь",
    "polosatyj_chaj",
    "невский_ёж",
    "kot_bez_karty",
    "Мятный77",
    "три_варежки",
    "sputnik_v_lift",
    "Лампа накаливания",
    "дождь_по_средам",
    "zelenaja_elka",
    "Ржавый якорь",
    "soda_i_led",
    "пятый_подъезд",
    "Чижик31",
    "nedopityj_kofe",
    "серый_трамвай",
    "vata_oblako",
    "Катя не Катя",
    "шорох9",
    "marshrut_K",
    "медный_грош",
    "Сонный Лось",
    "bez_zontika",
    "ольха",
    "tik-tak-ne-tak",
    "Дворник Эра",
    "клубок_ниток",
    "pyshka_s_saharom",
    "ночная смена",
    "Хвойный",
    "odin_iz_kupchino",
    "рыбий_зонт",
    "Bumazhnyj",
    "мост_разведён",
    "siniy_termos",
    "Варежкин",
    "лишний_билет",
    "gorod_na_bolote",
    "Полтора землекопа",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use std::collections::HashSet;

    fn texts() -> Vec<SamplePostText> {
        read_posts(include_str!("../../data/posts-dev.jsonl")).expect("the data file is read")
    }

    fn now() -> Timestamp {
        "2026-11-20T18:00:00Z".parse().expect("valid")
    }

    #[test]
    fn forum_starts_with_the_three_threads_of_the_ngo_and_their_past() {
        let forum = SampleForum::new(Clock::manual(now()));
        let topics = seed(&forum, now());
        for topic in [topics.hiv, topics.hepatitis, topics.services] {
            let posts = forum.posts(topic);
            assert_eq!(posts[0].author, NGO);
            assert!(posts.windows(2).all(|pair| pair[0].at <= pair[1].at), "posts stand in the order of their times");
            assert!(posts.iter().all(|post| post.at < now()));
        }
        assert!((41..=60).contains(&forum.posts(topics.services).len()), "several pages");
        assert!(forum.posts(topics.services).iter().any(|post| post.text.starts_with("[quote=")));
        assert!(forum.posts(topics.services).iter().any(|post| post.edits > 0));
    }

    #[test]
    fn same_seed_tells_the_same_story_and_each_text_comes_once() {
        let texts = texts();
        let first = plan(&texts, 1);
        assert_eq!(first, plan(&texts, 1));
        assert_ne!(first, plan(&texts, 2));
        let distinct: HashSet<&str> = first.iter().map(|arrival| arrival.text).collect();
        let known: HashSet<&str> = texts.iter().map(|post| post.text.as_str()).chain([FOLLOW_UP]).collect();
        assert_eq!((first.len(), distinct), (texts.len() + 1, known));
    }

    #[test]
    fn emergency_is_among_the_first_and_people_come_back_but_never_answer_themselves() {
        let texts = texts();
        let arrivals = plan(&texts, SEED);
        let emergency = texts.iter().find(|post| post.is_urgency("emergency")).expect("the data has one");
        assert!(arrivals.iter().take(QUICK_POSTS).any(|arrival| arrival.text == emergency.text));
        let authors: HashSet<&str> = arrivals.iter().take(60).map(|arrival| arrival.author).collect();
        assert!((15..60).contains(&authors.len()), "{} authors", authors.len());
        for place in 0..3 {
            let here: Vec<&str> = arrivals.iter().filter(|one| one.place == place).map(|one| one.author).collect();
            assert!(here.len() > 20, "every thread lives");
            assert!(here.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn who_asked_writes_nothing_else_for_long_but_the_emergency_comes_back() {
        let texts = texts();
        let asks: HashSet<&str> = texts.iter().filter(|post| post.is_request).map(|post| post.text.as_str()).collect();
        let arrivals = plan(&texts, SEED);
        for place in 0..3 {
            let here: Vec<&Arrival<'_>> = arrivals.iter().filter(|arrival| arrival.place == place).collect();
            for (at, arrival) in here.iter().enumerate().filter(|(_, arrival)| asks.contains(arrival.text)) {
                let later = here.iter().skip(at + 1).take(FORGOTTEN_AFTER - 1);
                let again = later.filter(|other| other.author == arrival.author && other.text != FOLLOW_UP).count();
                assert_eq!(again, 0, "{}", arrival.author);
            }
        }
        let emergency = texts.iter().find(|post| post.is_urgency("emergency")).expect("the data has one");
        let authors: Vec<&str> = arrivals
            .iter()
            .filter(|arrival| [FOLLOW_UP, emergency.text.as_str()].contains(&arrival.text))
            .map(|arrival| arrival.author)
            .collect();
        assert!(matches!(authors[..], [first, second] if first == second));
    }

    #[test]
    fn lines_with_an_angle_become_a_quote_of_the_post_where_the_words_stand() {
        let forum = SampleForum::new(Clock::manual(now()));
        let topic = forum.add_topic("ник", "тема", "Первое слово. Второе слово.");
        assert_eq!(
            with_quotes(&forum, topic, "да\n> Второе слово.\nнет"),
            format!("да\n{}нет", bbcode::quote("ник", 2, forum.posts(topic)[0].id, now(), "Второе слово."))
        );
        assert_eq!(with_quotes(&forum, topic, "> чужое"), "[quote]чужое[/quote]");
    }

    #[tokio::test]
    async fn posts_keep_arriving_until_told_to_stop() {
        let forum = SampleForum::new(Clock::System);
        let topics = seed(&forum, Clock::System.now());
        let before: usize = forum.topics().iter().map(|topic| topic.posts).sum();
        let views = forum.topics()[2].views;
        let stop = tokio::time::sleep(Duration::from_millis(300));
        live(forum.clone(), texts(), Duration::from_millis(15), stop).await;
        let after: usize = forum.topics().iter().map(|topic| topic.posts).sum();
        assert!(after >= before + QUICK_POSTS, "{before} → {after}");
        assert!(forum.topics()[2].views > views);
        let last = forum.posts(topics.services).pop().expect("there are posts");
        assert_ne!(last.author, NGO);
    }
}
