//! Which answers fit a post: BM25 over stems with weights for title, body and example questions, and likeness of character
//! sequences to the titles and examples; with what was learned of topics, and likeness of meaning where there is a sentence
//! model, these are standardised and added.
//!
//! It ranks and does not decide: no emergency rule, no verification, no threshold for sending lives here.

use crate::domain::answer::AnswerText;
use crate::triage::normalise::{Normal, stem, words};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Weights of the ranking. Chosen on `data/posts-dev.jsonl`; see `data/README.md` for the cross-validated figures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    pub(crate) title: f64,
    pub(crate) body: f64,
    pub(crate) examples: f64,
    /// BM25 saturation.
    pub(crate) k1: f64,
    /// BM25 length normalisation.
    pub(crate) b: f64,
    /// Share of the character scorer among the answers' own words.
    pub(crate) characters: f64,
    /// Share of what was learned of topics in the whole.
    pub(crate) topics: f64,
    /// Weight of the nearest question by meaning, beside the whole.
    pub(crate) questions: f64,
}

/// A sequence that more than one in so many texts holds tells them hardly apart, and takes most of the time: it only counts for
/// how long a post is. Where there are fewer texts than the square of it, all count: there the few in common are all there is.
const COMMON: usize = 8;

/// Among so few answers nothing stands out: each that has a word in common is proposed.
const FEW: usize = 3;

impl Default for Weights {
    fn default() -> Self {
        Self { title: 2.0, body: 1.0, examples: 1.0, k1: 1.5, b: 0.7, characters: 0.35, topics: 0.8, questions: 0.2 }
    }
}

/// How near a post is to one answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Nearness {
    /// Place of the answer in the list the index was built from.
    pub(crate) answer: usize,
    /// Standardised sum of both scorers: comparable between answers for one post, not between posts.
    pub(crate) sum: f64,
}

/// Stems by which answers are found, and the slang that stands for them.
pub(crate) type Synonyms = HashMap<String, Vec<String>>;

/// An index over answers. Building it takes about 0.2 ms an answer: it is rebuilt when the library changes, not for a post.
#[derive(Debug)]
pub(crate) struct Index {
    answers: usize,
    /// Stem → its number.
    numbers: ByWord<usize>,
    /// By number of the stem: answers with their BM25 contribution.
    words: Vec<Vec<Posting>>,
    /// Hash of a character sequence → (text, weight in its unit vector).
    grams: ByHash<Grams>,
    /// Weight of a sequence no answer knows: that of the rarest known one. It makes a post less like any of them.
    rare: f64,
    /// Which answer a text of `grams` belongs to.
    text_answer: Vec<usize>,
}

/// Place of an answer or text, and what a word or sequence weighs in it: a library of thousands has millions of them.
type Posting = (u32, f32);

#[derive(Debug, Default)]
struct Grams {
    idf: f64,
    texts: Vec<Posting>,
}

impl Index {
    pub(crate) fn new(answers: &[AnswerText], synonyms: &Synonyms, weights: Weights) -> Self {
        let mut stems = Stems::new(synonyms);
        let mut fields: Vec<[Vec<usize>; 3]> = Vec::with_capacity(answers.len());
        let mut texts: Vec<(usize, Vec<String>)> = Vec::new();
        for (i, answer) in answers.iter().enumerate() {
            let examples = answer.examples_ru.iter().chain(&answer.examples_en);
            let mut example_stems = Vec::new();
            for text in examples {
                let asked = words(text);
                example_stems.extend(stems.of(&asked));
                texts.push((i, asked));
            }
            let mut of = |ru: &str, en: &str| {
                let mut both = words(ru);
                both.extend(words(en));
                stems.of(&both)
            };
            fields.push([of(&answer.title_ru, &answer.title_en), of(&answer.body_ru, &answer.body_en), example_stems]);
            for title in [&answer.title_ru, &answer.title_en] {
                texts.push((i, words(title)));
            }
        }
        let words = bm25(&fields, stems.numbers.len(), weights);
        let grams = gram_vectors(&texts);
        let rare = grams.values().map(|g| g.idf).fold(1.0, f64::max);
        let numbers = stems.numbers;
        Self {
            answers: answers.len(),
            numbers,
            words,
            grams,
            rare,
            text_answer: texts.into_iter().map(|(i, _)| i).collect(),
        }
    }

    /// All answers, nearest first. Equal answers keep their order. Answers without a word in common come last.
    ///
    /// `by_topic`: what was learned of each answer's topic, as log-odds; answers of unknown topics are ranked by their own
    /// words, as if their topic were of middling likelihood. `questions`: for each answer the likeness of its nearest question
    /// by meaning, where that is known.
    pub(crate) fn rank(
        &self,
        post: &Normal,
        synonyms: &Synonyms,
        weights: Weights,
        by_topic: &[Option<f64>],
        questions: Option<&[f64]>,
    ) -> Vec<Nearness> {
        let (by_words, by_characters) = (self.by_words(post, synonyms), self.by_characters(post));
        let in_common = |answer: usize| {
            let score = |scores: &[f64]| scores.get(answer).copied().unwrap_or(0.0);
            score(&by_words) + Some(score(&by_characters)).filter(|s| *s > 0.15).unwrap_or(0.0)
        };
        let known: Vec<f64> = by_topic.iter().flatten().copied().collect();
        let middling = known.iter().sum::<f64>() / as_f64(known.len().max(1));
        let topics: Vec<f64> = by_topic.iter().map(|odds| odds.unwrap_or(middling)).collect();
        let own = 1.0 - weights.topics;
        let parts = [
            (standardised(&by_words), own * (1.0 - weights.characters)),
            (standardised(&by_characters), own * weights.characters),
            (standardised(&topics), weights.topics),
            (questions.map(standardised).unwrap_or_default(), weights.questions),
        ];
        let sum = |answer: usize| parts.iter().filter_map(|(z, w)| Some(z.get(answer)? * w)).sum::<f64>();
        let nearness = |answer: usize| if self.answers > FEW { sum(answer) } else { in_common(answer) };
        let mut ranked: Vec<Nearness> =
            (0..self.answers).map(|answer| Nearness { answer, sum: nearness(answer) }).collect();
        ranked.sort_by(|a, b| b.sum.total_cmp(&a.sum));
        ranked
    }

    fn by_words(&self, post: &Normal, synonyms: &Synonyms) -> Vec<f64> {
        let mut scores = vec![0.0; self.answers];
        let mut asked: Vec<&str> = Vec::new();
        for token in post.tokens.iter().filter(|t| t.is_word()) {
            let canonical = synonyms.get(&token.stem).into_iter().flatten().map(String::as_str);
            for word in std::iter::once(token.stem.as_str()).chain(canonical) {
                if !asked.contains(&word) {
                    asked.push(word);
                }
            }
        }
        for word in &asked {
            let posting = self.numbers.get(*word).and_then(|n| self.words.get(*n));
            for (answer, weight) in posting.into_iter().flatten() {
                if let Some(score) = scores.get_mut(*answer as usize) {
                    *score += f64::from(*weight);
                }
            }
        }
        scores
    }

    /// The likeness of the post to the nearest text of each answer.
    fn by_characters(&self, post: &Normal) -> Vec<f64> {
        let words: Vec<&str> = post.tokens.iter().filter(|t| t.is_word()).map(|t| t.text.as_str()).collect();
        let counts = count_grams(words.iter().copied());
        let mut texts = vec![0.0; self.text_answer.len()];
        let mut length = 0.0;
        for (gram, count) in counts {
            let known = self.grams.get(&gram);
            let weight = (1.0 + f64::from(count).ln()) * known.map_or(self.rare, |g| g.idf);
            length += weight * weight;
            for (text, other) in known.map_or(&[][..], |g| g.texts.as_slice()) {
                if let Some(score) = texts.get_mut(*text as usize) {
                    *score += weight * f64::from(*other);
                }
            }
        }
        let mut scores = vec![0.0_f64; self.answers];
        if length > 0.0 {
            for (score, answer) in texts.iter().zip(&self.text_answer) {
                if let Some(best) = scores.get_mut(*answer) {
                    *best = best.max(score / length.sqrt());
                }
            }
        }
        scores
    }
}

/// Numbers for stems. Stemming is the dear part of building: a word is stemmed once.
struct Stems<'a> {
    synonyms: &'a Synonyms,
    numbers: ByWord<usize>,
    /// Word → the number of its stem, and of what it is slang for.
    of_word: ByWord<Vec<usize>>,
}

impl<'a> Stems<'a> {
    fn new(synonyms: &'a Synonyms) -> Self {
        Self { synonyms, numbers: ByWord::default(), of_word: ByWord::default() }
    }

    fn of(&mut self, words: &[String]) -> Vec<usize> {
        let mut out = Vec::with_capacity(words.len());
        for word in words {
            if let Some(known) = self.of_word.get(word) {
                out.extend_from_slice(known);
                continue;
            }
            let stem = stem(word);
            let canonical: Vec<String> = self.synonyms.get(&stem).into_iter().flatten().cloned().collect();
            let stems: Vec<String> = std::iter::once(stem).chain(canonical).collect();
            let numbers: Vec<usize> = stems
                .into_iter()
                .map(|s| {
                    let next = self.numbers.len();
                    *self.numbers.entry(s).or_insert(next)
                })
                .collect();
            out.extend_from_slice(&numbers);
            self.of_word.insert(word.clone(), numbers);
        }
        out
    }
}

/// A map whose keys are hashes already, or words of our own library, which nobody chooses to make them collide.
type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Fnv>>;
type ByWord<T> = HashMap<String, T, BuildHasherDefault<Fnv>>;

#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

fn as_f64(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// BM25 with weighted fields: term frequencies are normalised by field length, weighted, summed, then saturated once.
#[expect(clippy::cast_possible_truncation, reason = "weights are small")]
fn bm25(fields: &[[Vec<usize>; 3]], stems: usize, weights: Weights) -> Vec<Vec<Posting>> {
    let of_field = [weights.title, weights.body, weights.examples];
    let count = as_f64(fields.len().max(1));
    let mean: Vec<f64> =
        (0..3).map(|f| fields.iter().map(|d| d.get(f).map_or(0.0, |w| as_f64(w.len()))).sum::<f64>() / count).collect();
    let mut postings: Vec<Vec<Posting>> = vec![Vec::new(); stems];
    for (answer, document) in (0..).zip(fields) {
        let mut frequencies: Vec<(usize, f64)> = Vec::new();
        for ((words, weight), mean) in document.iter().zip(of_field).zip(&mean) {
            let length = 1.0 - weights.b + weights.b * as_f64(words.len()) / mean.max(1.0);
            frequencies.extend(words.iter().map(|w| (*w, weight / length)));
        }
        frequencies.sort_unstable_by_key(|(word, _)| *word);
        for same in frequencies.chunk_by(|a, b| a.0 == b.0) {
            let tf: f64 = same.iter().map(|(_, w)| w).sum();
            if let Some(posting) = same.first().and_then(|(word, _)| postings.get_mut(*word)) {
                posting.push((answer, (tf / (weights.k1 + tf)) as f32));
            }
        }
    }
    for posting in &mut postings {
        let n = as_f64(posting.len());
        let idf = (1.0 + (count - n + 0.5) / (n + 0.5)).ln();
        posting.iter_mut().for_each(|(_, weight)| *weight *= idf as f32);
        posting.shrink_to_fit();
    }
    postings
}

#[expect(clippy::cast_possible_truncation, reason = "weights are small")]
fn gram_vectors(texts: &[(usize, Vec<String>)]) -> ByHash<Grams> {
    let mut grams: ByHash<Grams> = ByHash::default();
    for (text, (_, words)) in (0..).zip(texts) {
        for (gram, count) in count_grams(words.iter().map(String::as_str)) {
            grams.entry(gram).or_default().texts.push((text, 1.0 + (count as f32).ln()));
        }
    }
    let total = as_f64(texts.len());
    let mut lengths = vec![0.0_f64; texts.len()];
    for gram in grams.values_mut() {
        gram.idf = 1.0 + ((1.0 + total) / (1.0 + as_f64(gram.texts.len()))).ln();
        for (text, weight) in &mut gram.texts {
            *weight *= gram.idf as f32;
            if let Some(length) = lengths.get_mut(*text as usize) {
                *length += f64::from(*weight).powi(2);
            }
        }
    }
    for gram in grams.values_mut() {
        if texts.len() >= COMMON * COMMON && gram.texts.len() * COMMON > texts.len() {
            gram.texts.clear();
        }
        for (text, weight) in &mut gram.texts {
            *weight /= lengths.get(*text as usize).map_or(1.0, |l| l.sqrt().max(f64::MIN_POSITIVE)) as f32;
        }
        gram.texts.shrink_to_fit();
    }
    grams
}

/// Sequences of 2 to 5 characters inside words, with the edges of the word as characters; by hash, with their number.
fn count_grams<'a>(words: impl Iterator<Item = &'a str>) -> Vec<(u64, u32)> {
    let mut hashes: Vec<u64> = Vec::new();
    let mut padded: Vec<char> = Vec::new();
    for word in words {
        padded.clear();
        padded.push(' ');
        padded.extend(word.chars());
        padded.push(' ');
        for start in 0..padded.len() {
            let mut hash = 0xcbf2_9ce4_8422_2325_u64;
            for (n, c) in padded.iter().skip(start).take(5).enumerate() {
                hash = (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3);
                if n >= 1 {
                    hashes.push(hash);
                }
            }
        }
    }
    hashes.sort_unstable();
    let runs = hashes.chunk_by(|a, b| a == b);
    runs.filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).unwrap_or(u32::MAX)))).collect()
}

/// Mean 0, deviation 1; all zero where the scores do not differ.
fn standardised(scores: &[f64]) -> Vec<f64> {
    let count = as_f64(scores.len().max(1));
    let mean = scores.iter().sum::<f64>() / count;
    let deviation = (scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / count).sqrt();
    scores.iter().map(|s| if deviation > 1e-12 { (s - mean) / deviation } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, title: &str, body: &str, examples: &[&str]) -> AnswerText {
        AnswerText {
            id: id.into(),
            topic: id.into(),
            title_ru: title.into(),
            body_ru: body.into(),
            examples_ru: examples.iter().map(|e| (*e).to_owned()).collect(),
            ..AnswerText::default()
        }
    }

    fn first(answers: &[AnswerText], post: &str) -> String {
        let index = Index::new(answers, &Synonyms::new(), Weights::default());
        let ranked =
            index.rank(&Normal::new(post), &Synonyms::new(), Weights::default(), &vec![None; answers.len()], None);
        answers[ranked[0].answer].id.clone()
    }

    #[test]
    fn answer_with_the_words_of_the_post_comes_first() {
        let answers = [
            answer("bus", "Где стоит автобус", "Расписание автобуса", &["где автобус"]),
            answer("test", "Тест на ВИЧ", "Анализ крови", &["провериться на вич"]),
        ];
        assert_eq!(first(&answers, "хочу провериться на ВИЧ"), "test");
        assert_eq!(first(&answers, "во сколько ваш автобус"), "bus");
    }

    #[test]
    fn misspelt_word_is_found_by_its_characters() {
        let answers = [
            answer("bus", "Где стоит автобус", "", &["где автобус"]),
            answer("nal", "Налоксон", "", &["где взять налоксон"]),
        ];
        assert_eq!(first(&answers, "налаксон"), "nal");
    }

    #[test]
    fn slang_finds_the_answer_through_synonyms() {
        let answers = [answer("kit", "Шприцы", "", &[]), answer("bus", "Автобус", "", &[])];
        let synonyms = Synonyms::from([(stem("баяны"), vec![stem("шприцы")])]);
        let index = Index::new(&answers, &synonyms, Weights::default());
        let ranked = index.rank(&Normal::new("баянов бы"), &synonyms, Weights::default(), &[None, None], None);
        assert_eq!(ranked[0].answer, 0);
    }

    #[test]
    fn empty_index_and_empty_post_are_no_trouble() {
        let index = Index::new(&[], &Synonyms::new(), Weights::default());
        assert!(index.rank(&Normal::new("где"), &Synonyms::new(), Weights::default(), &[], None).is_empty());
        let one = Index::new(&[answer("a", "Тест", "", &[])], &Synonyms::new(), Weights::default());
        let sum = |post: &str| one.rank(&Normal::new(post), &Synonyms::new(), Weights::default(), &[None], None)[0].sum;
        assert!(sum("").abs() < f64::EPSILON);
        assert!(sum("нужен тест") > 0.0, "the only answer is proposed where it fits");
    }
}
