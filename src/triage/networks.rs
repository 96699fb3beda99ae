//! The networks that tell urgencies apart beside the linear models, and the layers all are made of: as a model file holds them
//! and as they judge. They are fitted in `hidden`; what their opinion comes to is `learned`'s.

use crate::triage::embed::Embedding;
use crate::triage::learned::{FIXED, ModelFault, Reader};
use crate::triage::vector::Counts;

/// Inputs and units a network may have at most: a broken file must not ask for all memory.
const MOST_INPUTS: usize = 1 << 20;
const MOST_UNITS: usize = 1 << 12;

/// Bias and weights of one output.
pub(crate) type Output = (f32, Vec<f32>);

/// Sums of inputs, each times a weight, and a bias: as the file holds them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Layer {
    biases: Vec<f32>,
    scales: Vec<f32>,
    /// A row of outputs an input, each times its output's scale.
    weights: Vec<i8>,
}

/// Tells urgencies apart through a layer of units: what makes an emergency is seldom one word, but several together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Network {
    units: Layer,
    /// Emergency, soon and routine, each against none, over the units that are above zero.
    urgencies: Layer,
}

/// By the words, pairs of words and signs of a post.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ByWords {
    /// Of those that count, sorted.
    hashes: Vec<u32>,
    network: Network,
}

/// By the numbers of a sentence: its vector and its traits, see [`numbers`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BySentence {
    evening: Evening,
    network: Network,
}

/// Brings numbers that vary by thousandths and such that vary by ones to the same measure: each lies about 0 and varies by 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Evening {
    pub(crate) means: Vec<f32>,
    /// One divided by how far a number lies from its mean on average.
    pub(crate) scales: Vec<f32>,
}

/// How much the opinions of the networks on what is asked and how urgently count against that of the linear models: chosen by
/// hands that nothing was learned from.
const WORDS_TOGETHER: f32 = 0.5;
pub(crate) const SENTENCE: f32 = 0.7;

impl Layer {
    /// Rounds what was fitted over so many inputs.
    pub(crate) fn new(outputs: &[Output], inputs: usize) -> Self {
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

    pub(crate) fn len(&self) -> usize {
        self.biases.len()
    }

    pub(crate) fn inputs(&self) -> usize {
        self.weights.len() / self.len().max(1)
    }

    /// The same to a step of rounding.
    pub(crate) fn is_near(&self, other: &Self) -> bool {
        let mut steps = self.weights.iter().zip(&other.weights);
        self.weights.len() == other.weights.len() && steps.all(|(a, b)| a.abs_diff(*b) <= 1)
    }

    /// The outputs for inputs of which those that are not 0 are given by their number.
    pub(crate) fn of(&self, inputs: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
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

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.biases.iter().chain(&self.scales).flat_map(|value| value.to_le_bytes()));
        out.extend(self.weights.iter().flat_map(|weight| weight.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>, inputs: usize, outputs: usize) -> Result<Self, ModelFault> {
        let (biases, scales) = (from.floats(outputs)?, from.floats(outputs)?);
        let weights = from.take(inputs * outputs)?.iter().map(|b| i8::from_le_bytes([*b])).collect();
        Ok(Self { biases, scales, weights })
    }
}

impl Evening {
    /// An evened number counts as no more than this: one that hardly ever varies would else drown all others where it does.
    const FARTHEST: f32 = 6.0;

    pub(crate) fn of<'a>(&'a self, numbers: impl Iterator<Item = f32> + 'a) -> impl Iterator<Item = f32> + 'a {
        let evened = numbers.zip(&self.means).zip(&self.scales).map(|((number, mean), scale)| (number - mean) * scale);
        evened.map(|number| number.clamp(-Self::FARTHEST, Self::FARTHEST))
    }
}

/// All the numbers of a sentence, one after the other.
pub(crate) fn numbers(sentence: &Embedding) -> impl Iterator<Item = f32> + '_ {
    sentence.vector.iter().chain(&sentence.traits).copied()
}

impl Network {
    /// Rounds what was fitted: units over so many inputs, and over the units emergency, soon and routine, each against none.
    pub(crate) fn new(units: &[Output], inputs: usize, urgencies: &[Output]) -> Self {
        Self { units: Layer::new(units, inputs), urgencies: Layer::new(urgencies, units.len()) }
    }

    /// What is to be added to each fixed output, for inputs by their number: what speaks for any of the urgencies speaks for a
    /// request. Nothing of a network that learned nothing.
    fn opinion(&self, inputs: impl Iterator<Item = (usize, f32)>) -> Vec<f32> {
        let units = self.units.of(inputs);
        let urgencies = self.urgencies.of(units.into_iter().enumerate().filter(|(_, unit)| *unit > 0.0));
        if urgencies.is_empty() {
            return urgencies;
        }
        let most = urgencies.iter().copied().fold(f32::MIN, f32::max);
        let asks = most + urgencies.iter().map(|urgency| (urgency - most).exp()).sum::<f32>().ln();
        std::iter::once(asks).chain(urgencies).collect()
    }

    fn inputs(&self) -> usize {
        self.units.inputs()
    }

    fn write(&self, out: &mut Vec<u8>) {
        for count in [self.inputs(), self.units.len()] {
            out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
        }
        self.units.write(out);
        self.urgencies.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, ModelFault> {
        let (inputs, units) = (from.number()?, from.number()?);
        if inputs > MOST_INPUTS || units > MOST_UNITS {
            return Err(ModelFault::Broken);
        }
        Ok(Self { units: Layer::read(from, inputs, units)?, urgencies: Layer::read(from, units, FIXED - 1)? })
    }
}

impl ByWords {
    /// `hashes`: sorted.
    pub(crate) fn new(hashes: Vec<u32>, network: Network) -> Self {
        Self { hashes, network }
    }

    /// What of a post counts: by their number in `hashes`, each once, all of one length together.
    pub(crate) fn inputs(hashes: &[u32], counts: &Counts) -> Vec<(usize, f32)> {
        let all = counts.words.iter().chain(&counts.signs);
        let known: Vec<usize> = all.filter_map(|(hash, _)| hashes.binary_search(hash).ok()).collect();
        #[expect(clippy::cast_precision_loss, reason = "words of a post")]
        let value = 1.0 / ((known.len() + 1) as f32).sqrt();
        known.into_iter().map(|number| (number, value)).collect()
    }

    /// What is to be added to each fixed output.
    pub(crate) fn opinion(&self, counts: &Counts) -> Vec<f32> {
        let mut odds = self.network.opinion(Self::inputs(&self.hashes, counts).into_iter());
        odds.iter_mut().for_each(|odds| *odds *= WORDS_TOGETHER);
        odds
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.network.write(out);
        out.extend(self.hashes.iter().flat_map(|hash| hash.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, ModelFault> {
        let network = Network::read(from)?;
        Ok(Self { hashes: from.hashes(network.inputs())?, network })
    }
}

impl BySentence {
    pub(crate) fn new(evening: Evening, network: Network) -> Self {
        Self { evening, network }
    }

    /// What is to be added to each fixed output.
    pub(crate) fn opinion(&self, sentence: &Embedding) -> Vec<f32> {
        let mut odds = self.network.opinion(self.evening.of(numbers(sentence)).enumerate());
        odds.iter_mut().for_each(|odds| *odds *= SENTENCE);
        odds
    }

    /// Numbers of a sentence.
    pub(crate) fn inputs(&self) -> usize {
        self.network.inputs()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.network.write(out);
        out.extend(self.evening.means.iter().chain(&self.evening.scales).flat_map(|number| number.to_le_bytes()));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, ModelFault> {
        let network = Network::read(from)?;
        let evening = Evening { means: from.floats(network.inputs())?, scales: from.floats(network.inputs())? };
        Ok(Self { evening, network })
    }
}
