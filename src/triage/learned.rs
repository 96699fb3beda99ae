//! The learned judgement: linear models over a post's features, read from a file that `fit` makes.
//!
//! One output each for "asks", the urgencies, and every topic: linear models over words and character sequences. On urgency
//! there are further opinions, added to it: of a network with one layer of units over the words, and, where the sentence
//! model is there, of another over what that makes of the text, with a linear model for topics and thresholds of its own.
//! It gives numbers; what follows from them beside what the rules say is `triage`'s. It does not learn.

use crate::triage::embed::Embedding;
use crate::triage::networks::{BySentence, ByWords, Layer, Output};
use crate::triage::spelling::Vocabulary;
use crate::triage::vector::{Counts, weigh};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read;

const MAGIC: &[u8; 4] = b"NRTM";
const VERSION: u32 = 6;

/// Features, outputs and bytes a file may have at most: a broken one must not ask for all memory.
const MOST_FEATURES: usize = 1 << 20;
const MOST_OUTPUTS: usize = 1 << 10;
const MOST_BYTES: u64 = 1 << 26;

/// Fixed outputs, before those of the topics. The urgencies' are what speaks for each against none.
pub(crate) const ASKS: usize = 0;
pub(crate) const EMERGENCY: usize = 1;
pub(crate) const SOON: usize = 2;
pub(crate) const ROUTINE: usize = 3;
pub(crate) const FIXED: usize = 4;

/// From which numbers on something is concluded: all but that of an alarm are set by leaving out hands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Thresholds {
    /// A post counts as a request from this probability on.
    pub(crate) asks: f32,
    /// Requests below this probability are shown as doubtful.
    pub(crate) doubtful_below: f32,
    /// Log-odds against everything else from which a post counts as an emergency, and from which it is one without doubt.
    pub(crate) emergency: f32,
    pub(crate) surely_emergency: f32,
    /// Log-odds below which a post that an emergency rule applies to counts as a story, a joke or advice.
    pub(crate) story_below: f32,
    /// Added to the log-odds of `soon` when it is held against `routine`.
    pub(crate) soon: f32,
    /// Makes log-odds of "asks" a calibrated probability: slope and offset.
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

/// Numbers a sentence vector may have at most.
const MOST_DIMENSIONS: usize = 1 << 12;

/// A model, ready to judge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Learned {
    thresholds: Thresholds,
    pub(crate) topics: Vec<String>,
    meaning: Option<Meaning>,
    /// The forms of words that posts are spelled by.
    pub(crate) words: Vocabulary,
    /// Sorted, so that a hash is found by halving.
    hashes: Vec<u32>,
    rarity: Vec<f32>,
    unknown: f32,
    /// Over the features.
    outputs: Layer,
    /// Of the urgencies once more: what words say together and none says alone.
    words_together: ByWords,
}

/// The second opinion: the same outputs by a sentence.
#[derive(Clone, Debug, PartialEq)]
struct Meaning {
    /// For the sum of both opinions.
    thresholds: Thresholds,
    urgencies: BySentence,
    /// Over the vector, ready to be added to those of the words.
    topics: Layer,
}

/// What is wrong with a model file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFault {
    #[error("this is no triage model of this version")]
    Unknown,
    #[error("the triage model is not whole")]
    Broken,
}

/// The parts of a model as they come out of fitting.
pub(crate) struct Parts {
    pub(crate) thresholds: Thresholds,
    pub(crate) topics: Vec<String>,
    /// (hash, rarity), sorted by hash.
    pub(crate) features: Vec<(u32, f32)>,
    pub(crate) unknown: f32,
    /// For each output: bias, and a weight a feature.
    pub(crate) outputs: Vec<Output>,
    pub(crate) words_together: ByWords,
    pub(crate) meaning: Option<MeaningParts>,
    pub(crate) words: Vocabulary,
}

/// What was fitted to sentences.
pub(crate) struct MeaningParts {
    /// For the sum of both opinions.
    pub(crate) thresholds: Thresholds,
    pub(crate) urgencies: BySentence,
    /// Over a vector's numbers.
    pub(crate) topics: Vec<Output>,
}

impl Meaning {
    fn new(parts: MeaningParts) -> Self {
        let dimensions = parts.topics.first().map_or(0, |(_, weights)| weights.len());
        Self { thresholds: parts.thresholds, urgencies: parts.urgencies, topics: Layer::new(&parts.topics, dimensions) }
    }

    /// Numbers of a vector, and of a sentence in all.
    fn shape(&self) -> (usize, usize) {
        (self.topics.inputs(), self.urgencies.inputs())
    }

    /// What is to be added to each output of the words.
    fn of(&self, sentence: &Embedding) -> Vec<f32> {
        let mut odds = self.urgencies.opinion(sentence);
        odds.extend(self.topics.of(sentence.vector.iter().copied().enumerate()));
        odds
    }

    fn write(&self, out: &mut Vec<u8>) {
        let (dimensions, _) = self.shape();
        out.extend(u32::try_from(dimensions).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(self.thresholds.numbers().into_iter().flat_map(f32::to_le_bytes));
        self.urgencies.write(out);
        self.topics.write(out);
    }

    fn read(from: &mut Reader<'_>, dimensions: usize, topics: usize) -> Result<Self, ModelFault> {
        if dimensions > MOST_DIMENSIONS {
            return Err(ModelFault::Broken);
        }
        Ok(Self {
            thresholds: Thresholds::read(from)?,
            urgencies: BySentence::read(from)?,
            topics: Layer::read(from, dimensions, topics)?,
        })
    }
}

impl Thresholds {
    /// The calibrated probability that something is asked.
    pub(crate) fn probability(&self, log_odds: f32) -> f32 {
        logistic(self.slope * log_odds + self.offset)
    }

    /// The log-odds from which on a post counts as a request.
    pub(crate) fn log_odds_that_ask(&self) -> f32 {
        let log_odds = (self.asks / (1.0 - self.asks)).ln();
        if self.slope.abs() > f32::EPSILON { (log_odds - self.offset) / self.slope } else { 0.0 }
    }

    fn numbers(self) -> [f32; 8] {
        let Self { asks, doubtful_below, emergency, surely_emergency, story_below, soon, slope, offset } = self;
        [asks, doubtful_below, emergency, surely_emergency, story_below, soon, slope, offset]
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, ModelFault> {
        let [asks, doubtful_below, emergency, surely_emergency, story_below, soon, slope, offset] =
            <[f32; 8]>::try_from(from.floats(8)?).map_err(|_| ModelFault::Broken)?;
        Ok(Self { asks, doubtful_below, emergency, surely_emergency, story_below, soon, slope, offset })
    }
}

impl Learned {
    /// Rounds what was fitted to what the file holds.
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            thresholds: parts.thresholds,
            topics: parts.topics,
            meaning: parts.meaning.map(Meaning::new),
            words: parts.words,
            hashes: parts.features.iter().map(|(hash, _)| *hash).collect(),
            rarity: parts.features.iter().map(|(_, rarity)| *rarity).collect(),
            unknown: parts.unknown,
            outputs: Layer::new(&parts.outputs, parts.features.len()),
            words_together: parts.words_together,
        }
    }

    /// Log-odds of each output for a post, those of urgencies against none: the fixed ones, then the topics in the order of
    /// `topics`. `sentence` is what the sentence model makes of the post, where there is one; one of another shape than was
    /// learned from is not asked.
    pub(crate) fn log_odds(&self, counts: &Counts, sentence: Option<&Embedding>) -> Vec<f32> {
        let rarity = |hash: u32| {
            let index = self.hashes.binary_search(&hash).ok()?;
            Some((u32::try_from(index).ok()?, *self.rarity.get(index)?))
        };
        let features = weigh(counts, rarity, self.unknown).into_iter();
        let mut odds = self.outputs.of(features.map(|(index, value)| (index as usize, value)));
        odds.iter_mut().zip(self.words_together.opinion(counts)).for_each(|(odds, further)| *odds += further);
        if let Some((meaning, sentence)) = self.meaning_for(sentence) {
            odds.iter_mut().zip(meaning.of(sentence)).for_each(|(odds, second)| *odds += second);
        }
        odds
    }

    /// Every word and character sequence of a post by its hash, weighed as the model weighs them, known to it or not.
    pub(crate) fn weigh_all(&self, counts: &Counts) -> Vec<(u32, f32)> {
        let rarity = |hash: u32| {
            let known = self.hashes.binary_search(&hash).ok().and_then(|index| self.rarity.get(index).copied());
            Some((hash, known.unwrap_or(self.unknown)))
        };
        let mut all = weigh(counts, rarity, self.unknown);
        // Signs come last: which rules apply and whom a post answers is not learned from use.
        all.truncate(all.len() - counts.signs.len());
        all
    }

    /// The thresholds that hold for what [`Learned::log_odds`] says of the same sentence.
    pub(crate) fn thresholds(&self, sentence: Option<&Embedding>) -> &Thresholds {
        self.meaning_for(sentence).map_or(&self.thresholds, |(meaning, _)| &meaning.thresholds)
    }

    /// The same in what words tell, and to a step of rounding in what sentences tell of topics, where both know that. The
    /// network of the urgencies is not compared: it agrees in what it says, not in its weights.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let words = |of: &Self| Self { meaning: None, ..of.clone() };
        let same_meaning = match (&self.meaning, &other.meaning) {
            (Some(a), Some(b)) => a.topics.is_near(&b.topics),
            _ => true,
        };
        same_meaning && words(self) == words(other)
    }

    fn meaning_for<'a>(&self, sentence: Option<&'a Embedding>) -> Option<(&Meaning, &'a Embedding)> {
        let (meaning, sentence) = (self.meaning.as_ref()?, sentence?);
        let dimensions = sentence.vector.len();
        (meaning.shape() == (dimensions, dimensions + sentence.traits.len())).then_some((meaning, sentence))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.hashes.len() * (self.outputs.len() + 8));
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        out.extend(number(self.outputs.len()));
        out.extend(number(self.hashes.len()));
        let floats = self.thresholds.numbers().into_iter().chain([self.unknown]);
        out.extend(floats.flat_map(f32::to_le_bytes));
        for topic in &self.topics {
            out.extend(number(topic.len()));
            out.extend_from_slice(topic.as_bytes());
        }
        out.extend(self.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        out.extend(self.rarity.iter().flat_map(|rarity| rarity.to_le_bytes()));
        self.outputs.write(&mut out);
        self.words_together.write(&mut out);
        match &self.meaning {
            Some(meaning) => meaning.write(&mut out),
            None => out.extend(number(0)),
        }
        let words = self.words.words();
        out.extend(number(words.len()));
        for (word, count) in words {
            out.extend(count.to_le_bytes());
            out.extend(number(word.len()));
            out.extend_from_slice(word.as_bytes());
        }
        packed(&out)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// It is of another kind or version, or not whole.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ModelFault> {
        let contents = unpacked(bytes)?;
        let mut from = Reader(&contents);
        let (outputs, features) = (from.number()?, from.number()?);
        if !(FIXED..=MOST_OUTPUTS).contains(&outputs) || features > MOST_FEATURES {
            return Err(ModelFault::Broken);
        }
        let thresholds = Thresholds::read(&mut from)?;
        let unknown = from.float()?;
        let mut topics = Vec::new();
        for _ in FIXED..outputs {
            topics.push(from.text()?);
        }
        let hashes = from.hashes(features)?;
        let rarity = from.floats(features)?;
        let of_words = Layer::read(&mut from, features, outputs)?;
        let words_together = ByWords::read(&mut from)?;
        let meaning = match from.number()? {
            0 => None,
            dimensions => Some(Meaning::read(&mut from, dimensions, outputs - FIXED)?),
        };
        let mut words = Vec::new();
        for _ in 0..from.number()? {
            let count = u32::try_from(from.number()?).map_err(|_| ModelFault::Broken)?;
            words.push((from.text()?, count));
        }
        if !from.0.is_empty() {
            return Err(ModelFault::Broken);
        }
        Ok(Self {
            thresholds,
            topics,
            meaning,
            words: Vocabulary::new(words.into_iter()),
            hashes,
            rarity,
            unknown,
            outputs: of_words,
            words_together,
        })
    }
}

/// The file: what it is, then the contents deflated. Most weights are small, so they come to less than half.
fn packed(contents: &[u8]) -> Vec<u8> {
    let mut out = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
    let packed = DeflateEncoder::new(contents, Compression::best()).read_to_end(&mut out);
    packed.expect("memory is read without errors");
    out
}

fn unpacked(file: &[u8]) -> Result<Vec<u8>, ModelFault> {
    let mut from = Reader(file);
    if from.take(4)? != MAGIC || from.number()? != VERSION as usize {
        return Err(ModelFault::Unknown);
    }
    let mut contents = Vec::new();
    let read = DeflateDecoder::new(from.0).take(MOST_BYTES).read_to_end(&mut contents);
    read.map_err(|_| ModelFault::Broken)?;
    Ok(contents)
}

pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], ModelFault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelFault::Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn number(&mut self) -> Result<usize, ModelFault> {
        let bytes = self.take(4)?.try_into().map_err(|_| ModelFault::Broken)?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn text(&mut self) -> Result<String, ModelFault> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| ModelFault::Broken)
    }

    /// In rising order.
    pub(crate) fn hashes(&mut self, count: usize) -> Result<Vec<u32>, ModelFault> {
        let bytes = self.take(count * 4)?.chunks_exact(4);
        let hashes: Vec<u32> = bytes.filter_map(|b| Some(u32::from_le_bytes(b.try_into().ok()?))).collect();
        if hashes.is_sorted() { Ok(hashes) } else { Err(ModelFault::Broken) }
    }

    pub(crate) fn float(&mut self) -> Result<f32, ModelFault> {
        self.floats(1)?.first().copied().ok_or(ModelFault::Broken)
    }

    pub(crate) fn floats(&mut self, count: usize) -> Result<Vec<f32>, ModelFault> {
        let read = |b: &[u8]| Some(f32::from_le_bytes(b.try_into().ok()?)).filter(|value| value.is_finite());
        self.take(count * 4)?.chunks_exact(4).map(|b| read(b).ok_or(ModelFault::Broken)).collect()
    }
}

/// What an emergency is let off against needs of today and some time. To take one for such a need costs more than the other
/// way round: with 1.25, of the emergencies of hands never met that words alone miss, every fourth is found, for 4 of 100
/// alarms that are wrong besides.
const LET_OFF: f64 = 1.25;

/// The log-odds of an emergency against everything else, from what speaks for each urgency against none.
pub(crate) fn emergency_against_the_rest(emergency: f64, soon: f64, routine: f64) -> f64 {
    let (soon, routine) = (soon - LET_OFF, routine - LET_OFF);
    let most = soon.max(routine).max(0.0);
    emergency - most - ((soon - most).exp() + (routine - most).exp() + (-most).exp()).ln()
}

pub(crate) fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::Context;
    use crate::triage::networks::{Evening, Network, SENTENCE};
    use crate::triage::normalise::Normal;
    use crate::triage::vector::count;
    use proptest::prelude::*;

    fn model() -> Learned {
        let counts = count(&Normal::new("автобус"), std::iter::empty(), &Context::default());
        let mut features: Vec<(u32, f32)> =
            counts.words.iter().chain(&counts.characters).map(|(h, _)| (*h, 2.0)).collect();
        features.sort_unstable_by_key(|(hash, _)| *hash);
        let weights = vec![1.0; features.len()];
        let outputs = vec![(0.5, weights); FIXED + 1];
        let thresholds = Thresholds { slope: 1.0, ..Thresholds::default() };
        let words = Vocabulary::new([("автобус".to_owned(), 7)].into_iter());
        let evening = Evening { means: vec![0.0, 0.0, 7.0], scales: vec![1.0, 1.0, 0.5] };
        let units = [(0.25, vec![1.0, -1.0, 0.0]), (0.0, vec![-1.0, 0.0, 0.0]), (0.0, vec![0.0, 0.0, 1.0])];
        let meaning = Some(MeaningParts {
            thresholds: Thresholds { asks: 0.75, ..thresholds },
            urgencies: BySentence::new(evening, Network::new(&units, 3, &vec![(0.0, vec![2.0, 1.0, 2.0]); FIXED - 1])),
            topics: vec![(0.25, vec![1.0, -1.0])],
        });
        Learned::new(Parts {
            thresholds,
            topics: vec!["info.bus".into()],
            features,
            unknown: 3.0,
            outputs,
            words_together: together(),
            meaning,
            words,
        })
    }

    /// Speaks for an emergency where two words stand together.
    fn together() -> ByWords {
        // What a word alone and both together have in common is the word, and the marks around all.
        let both = hashes("спит скорая");
        let [one, other] = ["скорая", "спит"].map(hashes);
        let hashes: Vec<u32> = both.into_iter().filter(|h| one.contains(h) != other.contains(h)).collect();
        let units = [(-1.4, vec![1.0; hashes.len()])];
        let urgencies = [(0.0, vec![10.0]), (0.0, vec![0.0]), (0.0, vec![0.0])];
        let network = Network::new(&units, hashes.len(), &urgencies);
        ByWords::new(hashes, network)
    }

    fn hashes(text: &str) -> Vec<u32> {
        count(&Normal::new(text), std::iter::empty(), &Context::default()).words.into_iter().map(|(h, _)| h).collect()
    }

    #[test]
    fn words_together_say_what_neither_says_alone() {
        let said = |text: &str| {
            let counts = count(&Normal::new(text), std::iter::empty(), &Context::default());
            model().log_odds(&counts, None)[EMERGENCY]
                - Learned { words_together: ByWords::default(), ..model() }.log_odds(&counts, None)[EMERGENCY]
        };
        assert!(said("скорая").abs() < 1e-6 && said("спит").abs() < 1e-6);
        assert!(said("спит скорая") > 0.5, "{}", said("спит скорая"));
    }

    #[test]
    fn file_gives_back_the_model() {
        let model = model();
        assert_eq!(Learned::parse(&model.to_bytes()), Ok(model));
    }

    #[test]
    fn known_word_moves_the_log_odds_and_an_unknown_one_does_not() {
        let odds = |text: &str| {
            model().log_odds(&count(&Normal::new(text), std::iter::empty(), &Context::default()), None)[ASKS]
        };
        assert!(odds("автобус") > odds("куздра") + 0.5);
        let of_nothing = 0.5 + model().words_together.opinion(&Counts::default())[ASKS];
        assert!((odds("") - of_nothing).abs() < 1e-6, "nothing but the biases");
    }

    #[test]
    fn meaning_is_added_to_the_words_and_has_thresholds_of_its_own() {
        let (model, counts) = (model(), Counts::default());
        let sentence = |vector: &[f32], traits: &[f32]| Embedding { vector: vector.to_vec(), traits: traits.to_vec() };
        let odds = |output: usize, sentence: Option<&Embedding>| model.log_odds(&counts, sentence)[output];
        let added = |output: usize, sentence: Embedding| odds(output, Some(&sentence)) - odds(output, None);
        let plain = || sentence(&[1.0, 0.0], &[7.0]);
        assert!((added(EMERGENCY, plain()) - SENTENCE * 2.5).abs() < 0.01, "by the unit above zero alone");
        assert!((added(ASKS, plain()) - SENTENCE * (2.5 + 3.0_f32.ln())).abs() < 0.01, "any of three urgencies");
        assert!((added(FIXED, plain()) - 1.25).abs() < 0.01);
        let striking = added(EMERGENCY, sentence(&[1.0, 0.0], &[9.0]));
        assert!((striking - SENTENCE * 4.5).abs() < 0.01, "a trait above its mean, evened: {striking}");
        let far = added(EMERGENCY, sentence(&[1.0, 0.0], &[1e9]));
        assert!((far - SENTENCE * 14.5).abs() < 0.1, "no number counts without limit: {far}");
        for other in [sentence(&[1.0, 0.0, 0.0], &[7.0]), sentence(&[1.0, 0.0], &[])] {
            assert!(added(ASKS, other).abs() < 1e-6, "a sentence of another model");
        }
        assert!(model.thresholds(Some(&plain())).asks > model.thresholds(None).asks);
    }

    #[test]
    fn emergency_is_let_off_against_a_need_of_today_and_not_against_nothing_asked() {
        assert!(emergency_against_the_rest(5.0, 5.5, -5.0) > 0.0);
        assert!(emergency_against_the_rest(0.0, -20.0, -20.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn damaged_file_is_refused_and_never_a_panic(cut in 0usize..400, flip in 0usize..400, bits in 1u8..) {
            let whole = model().to_bytes();
            let cut = cut.min(whole.len() - 1);
            prop_assert!(Learned::parse(&whole[..cut]).is_err());
            let mut damaged = whole.clone();
            let flip = flip.min(damaged.len() - 1);
            damaged[flip] ^= bits;
            if let Ok(model) = Learned::parse(&damaged) {
                let counts = count(&Normal::new("автобус"), std::iter::empty(), &Context::default());
                prop_assert_eq!(model.log_odds(&counts, None).len(), FIXED + 1);
            }
        }
    }
}
