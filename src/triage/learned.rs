//! The learned judgement: linear models over a post's features, read from a file that `fit` makes.
//!
//! One output each for "asks", the urgencies, and every topic. It gives numbers; what follows from them, and that rules are
//! never outvoted, is `triage`'s. It does not learn.

use crate::triage::vector::{Counts, weigh};

const MAGIC: &[u8; 4] = b"NRTM";
const VERSION: u32 = 1;

/// Features and outputs a file may have at most: a broken one must not ask for all memory.
const MOST_FEATURES: usize = 1 << 20;
const MOST_OUTPUTS: usize = 1 << 10;

/// Fixed outputs, before those of the topics.
pub(crate) const ASKS: usize = 0;
pub(crate) const EMERGENCY: usize = 1;
pub(crate) const SOON: usize = 2;
pub(crate) const ROUTINE: usize = 3;
pub(crate) const FIXED: usize = 4;

/// From which numbers on something is concluded; set by leaving out one hand at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Thresholds {
    /// A post counts as a request from this probability on.
    pub(crate) asks: f32,
    /// Requests below this probability are shown as doubtful.
    pub(crate) doubtful_below: f32,
    /// Log-odds from which a post counts as an emergency, and from which it is one without doubt.
    pub(crate) emergency: f32,
    pub(crate) surely_emergency: f32,
    /// Added to the log-odds of `soon` when it is held against `routine`.
    pub(crate) soon: f32,
    /// Makes log-odds of "asks" a calibrated probability: slope and offset.
    pub(crate) slope: f32,
    pub(crate) offset: f32,
}

/// A model, ready to judge.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Learned {
    pub(crate) thresholds: Thresholds,
    pub(crate) topics: Vec<String>,
    biases: Vec<f32>,
    scales: Vec<f32>,
    /// Sorted, so that a hash is found by halving.
    hashes: Vec<u32>,
    rarity: Vec<f32>,
    unknown: f32,
    /// A row of outputs a feature, each times its output's scale.
    weights: Vec<i8>,
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
    pub(crate) outputs: Vec<(f32, Vec<f32>)>,
}

impl Learned {
    /// Rounds what was fitted to what the file holds.
    pub(crate) fn new(parts: Parts) -> Self {
        let outputs = parts.outputs.len();
        let mut weights = vec![0_i8; parts.features.len() * outputs];
        let mut scales = Vec::with_capacity(outputs);
        for (number, (_, fitted)) in parts.outputs.iter().enumerate() {
            let most = fitted.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
            let scale = (most / 127.0).max(f32::MIN_POSITIVE);
            scales.push(scale);
            for (row, weight) in weights.chunks_exact_mut(outputs).zip(fitted) {
                if let Some(cell) = row.get_mut(number) {
                    #[expect(clippy::cast_possible_truncation, reason = "at most 127 by the scale")]
                    let rounded = (weight / scale).round() as i8;
                    *cell = rounded;
                }
            }
        }
        Self {
            thresholds: parts.thresholds,
            topics: parts.topics,
            biases: parts.outputs.iter().map(|(bias, _)| *bias).collect(),
            scales,
            hashes: parts.features.iter().map(|(hash, _)| *hash).collect(),
            rarity: parts.features.iter().map(|(_, rarity)| *rarity).collect(),
            unknown: parts.unknown,
            weights,
        }
    }

    /// Log-odds of each output for a post: the fixed ones, then the topics in the order of `topics`.
    pub(crate) fn log_odds(&self, counts: &Counts) -> Vec<f32> {
        let outputs = self.biases.len();
        let mut sums = vec![0.0_f32; outputs];
        let rarity = |hash: u32| {
            let index = self.hashes.binary_search(&hash).ok()?;
            Some((u32::try_from(index).ok()?, *self.rarity.get(index)?))
        };
        for (index, value) in weigh(counts, rarity, self.unknown) {
            let from = index as usize * outputs;
            let Some(row) = self.weights.get(from..from + outputs) else { continue };
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += value * f32::from(*weight);
            }
        }
        sums.iter().zip(&self.scales).zip(&self.biases).map(|((sum, scale), bias)| sum * scale + bias).collect()
    }

    /// The calibrated probability that something is asked.
    pub(crate) fn probability(&self, log_odds: f32) -> f32 {
        logistic(self.thresholds.slope * log_odds + self.thresholds.offset)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.weights.len() + self.hashes.len() * 8 + 4096);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        out.extend_from_slice(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend(number(self.biases.len()));
        out.extend(number(self.hashes.len()));
        let t = self.thresholds;
        let fixed =
            [t.asks, t.doubtful_below, t.emergency, t.surely_emergency, t.soon, t.slope, t.offset, self.unknown];
        let floats = fixed.iter().chain(&self.biases).chain(&self.scales);
        out.extend(floats.flat_map(|value| value.to_le_bytes()));
        for topic in &self.topics {
            out.extend(number(topic.len()));
            out.extend_from_slice(topic.as_bytes());
        }
        out.extend(self.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
        out.extend(self.rarity.iter().flat_map(|rarity| rarity.to_le_bytes()));
        out.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
        out
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// It is of another kind or version, or not whole.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ModelFault> {
        let mut from = Reader(bytes);
        if from.take(4)? != MAGIC || from.number()? != VERSION as usize {
            return Err(ModelFault::Unknown);
        }
        let (outputs, features) = (from.number()?, from.number()?);
        if !(FIXED..=MOST_OUTPUTS).contains(&outputs) || features > MOST_FEATURES {
            return Err(ModelFault::Broken);
        }
        let fixed = from.floats(8)?;
        let [asks, doubtful_below, emergency, surely_emergency, soon, slope, offset, unknown] = fixed.as_slice() else {
            return Err(ModelFault::Broken);
        };
        let thresholds = Thresholds {
            asks: *asks,
            doubtful_below: *doubtful_below,
            emergency: *emergency,
            surely_emergency: *surely_emergency,
            soon: *soon,
            slope: *slope,
            offset: *offset,
        };
        let (biases, scales) = (from.floats(outputs)?, from.floats(outputs)?);
        let mut topics = Vec::new();
        for _ in FIXED..outputs {
            let length = from.number()?;
            topics.push(String::from_utf8(from.take(length)?.to_vec()).map_err(|_| ModelFault::Broken)?);
        }
        let hashes: Vec<u32> = from
            .take(features * 4)?
            .chunks_exact(4)
            .filter_map(|b| Some(u32::from_le_bytes(b.try_into().ok()?)))
            .collect();
        let rarity = from.floats(features)?;
        let weights = from.take(features * outputs)?.iter().map(|b| i8::from_le_bytes([*b])).collect();
        if !from.0.is_empty() || !hashes.is_sorted() {
            return Err(ModelFault::Broken);
        }
        Ok(Self { thresholds, topics, biases, scales, hashes, rarity, unknown: *unknown, weights })
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModelFault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelFault::Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize, ModelFault> {
        let bytes = self.take(4)?.try_into().map_err(|_| ModelFault::Broken)?;
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, ModelFault> {
        let read = |b: &[u8]| Some(f32::from_le_bytes(b.try_into().ok()?)).filter(|value| value.is_finite());
        self.take(count * 4)?.chunks_exact(4).map(|b| read(b).ok_or(ModelFault::Broken)).collect()
    }
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
        let counts = count(&Normal::new("автобус"), &[], &Context::default());
        let mut features: Vec<(u32, f32)> =
            counts.words.iter().chain(&counts.characters).map(|(h, _)| (*h, 2.0)).collect();
        features.sort_unstable_by_key(|(hash, _)| *hash);
        let weights = vec![1.0; features.len()];
        let outputs = vec![(0.5, weights); FIXED + 1];
        let thresholds = Thresholds { slope: 1.0, ..Thresholds::default() };
        Learned::new(Parts { thresholds, topics: vec!["info.bus".into()], features, unknown: 3.0, outputs })
    }

    #[test]
    fn file_gives_back_the_model() {
        let model = model();
        assert_eq!(Learned::parse(&model.to_bytes()), Ok(model));
    }

    #[test]
    fn known_word_moves_the_log_odds_and_an_unknown_one_does_not() {
        let odds = |text: &str| model().log_odds(&count(&Normal::new(text), &[], &Context::default()))[ASKS];
        assert!(odds("автобус") > odds("куздра") + 0.5);
        assert!((odds("") - 0.5).abs() < 1e-6, "nothing but the bias");
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
                let counts = count(&Normal::new("автобус"), &[], &Context::default());
                prop_assert_eq!(model.log_odds(&counts).len(), FIXED + 1);
            }
        }
    }
}
