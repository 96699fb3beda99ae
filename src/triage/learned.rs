//! The learned judgement: linear models over a post's features, read from a file that `fit` makes.
//!
//! One output each for "asks", the urgencies, and every topic. What the words say stands alone; where the sentence model is
//! there, what the meaning says is added as a second opinion, with thresholds of its own: of topics a linear model as well,
//! of urgencies a network with one layer of units between. It gives numbers; what follows
//! from them beside what the rules say is `triage`'s. It does not learn.

use crate::triage::spelling::Vocabulary;
use crate::triage::vector::{Counts, weigh};
use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use std::io::Read;

const MAGIC: &[u8; 4] = b"NRTM";
const VERSION: u32 = 5;

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
}

/// Sums of inputs, each times a weight, and a bias: as the file holds them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Layer {
    biases: Vec<f32>,
    scales: Vec<f32>,
    /// A row of outputs an input, each times its output's scale.
    weights: Vec<i8>,
}

/// The second opinion: the same outputs by a sentence vector.
#[derive(Clone, Debug, PartialEq)]
struct Meaning {
    /// For the sum of both opinions.
    thresholds: Thresholds,
    /// Units over the vector; those above zero speak for an urgency each, in the order of the outputs.
    units: Layer,
    urgencies: Layer,
    /// Over the vector, ready to be added to those of the words.
    topics: Layer,
}

/// How much the second opinion on what is asked and how urgently counts against that of the words: chosen by leaving out
/// hands.
const SECOND_OPINION: f32 = 0.5;

/// Units a model may have at most.
const MOST_UNITS: usize = 1 << 12;

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
    pub(crate) meaning: Option<MeaningParts>,
    pub(crate) words: Vocabulary,
}

/// What was fitted to sentence vectors.
pub(crate) struct MeaningParts {
    /// For the sum of both opinions.
    pub(crate) thresholds: Thresholds,
    /// Units over a vector's numbers.
    pub(crate) units: Vec<Output>,
    /// Over the units: emergency, soon and routine, each against none.
    pub(crate) urgencies: Vec<Output>,
    /// Over a vector's numbers.
    pub(crate) topics: Vec<Output>,
}

/// Bias and weights of one output.
pub(crate) type Output = (f32, Vec<f32>);

impl Layer {
    /// Rounds what was fitted over so many inputs.
    fn new(outputs: &[Output], inputs: usize) -> Self {
        let mut weights = vec![0_i8; inputs * outputs.len()];
        let mut scales = Vec::with_capacity(outputs.len());
        for (number, (_, fitted)) in outputs.iter().enumerate() {
            let most = fitted.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
            let scale = (most / 127.0).max(f32::MIN_POSITIVE);
            scales.push(scale);
            for (row, weight) in weights.chunks_exact_mut(outputs.len()).zip(fitted) {
                if let Some(cell) = row.get_mut(number) {
                    #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the scale")]
                    let rounded = (weight / scale).round() as i8;
                    *cell = rounded;
                }
            }
        }
        Self { biases: outputs.iter().map(|(bias, _)| *bias).collect(), scales, weights }
    }

    fn len(&self) -> usize {
        self.biases.len()
    }

    /// The outputs for inputs of which those that are not 0 are given by their number.
    fn of(&self, inputs: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let mut sums = vec![0.0_f32; self.len()];
        for (number, value) in inputs {
            let from = number * self.len();
            let Some(row) = self.weights.get(from..from + self.len()) else { continue };
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += value * f32::from(*weight);
            }
        }
        sums.iter().zip(&self.scales).zip(&self.biases).map(|((sum, scale), bias)| sum * scale + bias).collect()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.biases.iter().chain(&self.scales).flat_map(|value| value.to_le_bytes()));
        out.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
    }

    fn read(from: &mut Reader<'_>, inputs: usize, outputs: usize) -> Result<Self, ModelFault> {
        let (biases, scales) = (from.floats(outputs)?, from.floats(outputs)?);
        let weights = from.take(inputs * outputs)?.iter().map(|b| i8::from_le_bytes([*b])).collect();
        Ok(Self { biases, scales, weights })
    }
}

impl Meaning {
    fn new(parts: &MeaningParts) -> Self {
        let dimensions = parts.units.first().map_or(0, |(_, weights)| weights.len());
        Self {
            thresholds: parts.thresholds,
            units: Layer::new(&parts.units, dimensions),
            urgencies: Layer::new(&parts.urgencies, parts.units.len()),
            topics: Layer::new(&parts.topics, dimensions),
        }
    }

    fn dimensions(&self) -> usize {
        self.units.weights.len() / self.units.len().max(1)
    }

    /// What is to be added to each output of the words.
    fn of(&self, vector: &[f32]) -> Vec<f32> {
        let units = self.units.of(vector.iter().copied().enumerate());
        let urgencies = self.urgencies.of(units.into_iter().enumerate().filter(|(_, unit)| *unit > 0.0));
        second_opinion(&urgencies).chain(self.topics.of(vector.iter().copied().enumerate())).collect()
    }

    fn read(from: &mut Reader<'_>, dimensions: usize, topics: usize) -> Result<Self, ModelFault> {
        let units = from.number()?;
        if dimensions > MOST_DIMENSIONS || units > MOST_UNITS {
            return Err(ModelFault::Broken);
        }
        Ok(Self {
            thresholds: Thresholds::read(from)?,
            units: Layer::read(from, dimensions, units)?,
            urgencies: Layer::read(from, units, FIXED - 1)?,
            topics: Layer::read(from, dimensions, topics)?,
        })
    }
}

/// What the network's urgencies, each against none, add to the fixed outputs: what speaks for any of them speaks for a
/// request.
pub(crate) fn second_opinion(urgencies: &[f32]) -> impl Iterator<Item = f32> {
    let most = urgencies.iter().copied().fold(f32::MIN, f32::max);
    let asks = most + urgencies.iter().map(|urgency| (urgency - most).exp()).sum::<f32>().ln();
    std::iter::once(asks).chain(urgencies.iter().copied()).map(|odds| odds * SECOND_OPINION)
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
            meaning: parts.meaning.as_ref().map(Meaning::new),
            words: parts.words,
            hashes: parts.features.iter().map(|(hash, _)| *hash).collect(),
            rarity: parts.features.iter().map(|(_, rarity)| *rarity).collect(),
            unknown: parts.unknown,
            outputs: Layer::new(&parts.outputs, parts.features.len()),
        }
    }

    /// Log-odds of each output for a post, those of urgencies against none: the fixed ones, then the topics in the order of
    /// `topics`. `vector` is the post's sentence vector, where there is one; one of another length than was learned from is
    /// not asked.
    pub(crate) fn log_odds(&self, counts: &Counts, vector: Option<&[f32]>) -> Vec<f32> {
        let rarity = |hash: u32| {
            let index = self.hashes.binary_search(&hash).ok()?;
            Some((u32::try_from(index).ok()?, *self.rarity.get(index)?))
        };
        let features = weigh(counts, rarity, self.unknown).into_iter();
        let mut odds = self.outputs.of(features.map(|(index, value)| (index as usize, value)));
        if let Some((meaning, vector)) = self.meaning_for(vector) {
            odds.iter_mut().zip(meaning.of(vector)).for_each(|(odds, second)| *odds += second);
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

    /// The thresholds that hold for what [`Learned::log_odds`] says of the same vector.
    pub(crate) fn thresholds(&self, vector: Option<&[f32]>) -> &Thresholds {
        self.meaning_for(vector).map_or(&self.thresholds, |(meaning, _)| &meaning.thresholds)
    }

    /// The same in what words tell, and to a step of rounding in what sentences tell of topics, where both know that. The
    /// network of the urgencies is not compared: it agrees in what it says, not in its weights.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let words = |of: &Self| Self { meaning: None, ..of.clone() };
        let near = |a: &Layer, b: &Layer| {
            let mut steps = a.weights.iter().zip(&b.weights);
            a.weights.len() == b.weights.len() && steps.all(|(a, b)| a.abs_diff(*b) <= 1)
        };
        let same_meaning = match (&self.meaning, &other.meaning) {
            (Some(a), Some(b)) => near(&a.topics, &b.topics),
            _ => true,
        };
        same_meaning && words(self) == words(other)
    }

    fn meaning_for<'a>(&self, vector: Option<&'a [f32]>) -> Option<(&Meaning, &'a [f32])> {
        let (meaning, vector) = (self.meaning.as_ref()?, vector?);
        (vector.len() == meaning.dimensions()).then_some((meaning, vector))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.outputs.weights.len() + self.hashes.len() * 8 + 4096);
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
        out.extend(number(self.meaning.as_ref().map_or(0, Meaning::dimensions)));
        if let Some(meaning) = &self.meaning {
            out.extend(number(meaning.units.len()));
            out.extend(meaning.thresholds.numbers().into_iter().flat_map(f32::to_le_bytes));
            for layer in [&meaning.units, &meaning.urgencies, &meaning.topics] {
                layer.write(&mut out);
            }
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
        let hashes: Vec<u32> = from
            .take(features * 4)?
            .chunks_exact(4)
            .filter_map(|b| Some(u32::from_le_bytes(b.try_into().ok()?)))
            .collect();
        let rarity = from.floats(features)?;
        let of_words = Layer::read(&mut from, features, outputs)?;
        let meaning = match from.number()? {
            0 => None,
            dimensions => Some(Meaning::read(&mut from, dimensions, outputs - FIXED)?),
        };
        let mut words = Vec::new();
        for _ in 0..from.number()? {
            let count = u32::try_from(from.number()?).map_err(|_| ModelFault::Broken)?;
            words.push((from.text()?, count));
        }
        if !from.0.is_empty() || !hashes.is_sorted() {
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

    pub(crate) fn float(&mut self) -> Result<f32, ModelFault> {
        self.floats(1)?.first().copied().ok_or(ModelFault::Broken)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, ModelFault> {
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
        let meaning = Some(MeaningParts {
            thresholds: Thresholds { asks: 0.75, ..thresholds },
            units: vec![(0.25, vec![1.0, -1.0]), (0.0, vec![-1.0, 0.0])],
            urgencies: vec![(0.0, vec![2.0, 1.0]); FIXED - 1],
            topics: vec![(0.25, vec![1.0, -1.0])],
        });
        Learned::new(Parts {
            thresholds,
            topics: vec!["info.bus".into()],
            features,
            unknown: 3.0,
            outputs,
            meaning,
            words,
        })
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
        assert!((odds("") - 0.5).abs() < 1e-6, "nothing but the bias");
    }

    #[test]
    fn meaning_is_added_to_the_words_and_has_thresholds_of_its_own() {
        let (model, counts) = (model(), Counts::default());
        let odds = |output: usize, vector: Option<&[f32]>| model.log_odds(&counts, vector)[output];
        let added = |output: usize| odds(output, Some(&[1.0, 0.0])) - odds(output, None);
        assert!((added(EMERGENCY) - SECOND_OPINION * 2.5).abs() < 0.01, "by the unit above zero alone");
        assert!((added(ASKS) - SECOND_OPINION * (2.5 + 3.0_f32.ln())).abs() < 0.01, "any of three urgencies");
        assert!((added(FIXED) - 1.25).abs() < 0.01);
        assert!((odds(ASKS, Some(&[1.0, 0.0, 0.0])) - odds(ASKS, None)).abs() < 1e-6, "a vector of another model");
        assert!(model.thresholds(Some(&[1.0, 0.0])).asks > model.thresholds(None).asks);
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
