//! Tells urgencies apart by sentence vectors, through a layer of units between the vector and the urgencies: what makes an
//! emergency is seldom one direction of meaning, but several together.
//!
//! Fitted in small steps (Adam; Kingma and Ba, 2015) from a fixed beginning in a fixed order: the same posts give the same
//! network on processors that calculate alike. On others the last bits of the vectors differ, and small steps make more of
//! that: such networks agree in what they say, not in their weights. It knows no posts and no words.

use crate::triage::learned::Output;
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};

/// Units between the vector and the urgencies.
const UNITS: usize = 256;
/// Times that every post is looked at.
const ROUNDS: usize = 16;
/// Posts a step.
const BATCH: usize = 256;
/// The first step's size; it falls evenly to nothing.
const STEP: f32 = 1e-3;
/// What large weights cost, within the units and after them.
const PENALTY: f32 = 4e-3;
const SEED: u64 = 1;

/// A sentence vector's numbers have a mean square of 1/512 and come to about 1 by this.
const VECTOR_LENGTH: f32 = 22.6;

/// What was fitted: a unit a row over the vector's numbers, then a class a row over the units that are above zero.
pub(crate) struct Network {
    pub(crate) units: Vec<Output>,
    pub(crate) classes: Vec<Output>,
}

/// Fits to vectors, a row each, with the class of each and what it weighs; on average a weight should be about 1.
pub(crate) fn fit(vectors: ArrayView2<'_, f32>, labels: &[(usize, f32)], classes: usize) -> Network {
    let mean = vectors.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(vectors.ncols()));
    let posts = (&vectors - &mean) * VECTOR_LENGTH;
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut weights = [
        beginning(&mut random, posts.ncols(), UNITS),
        Array2::zeros((1, UNITS)),
        beginning(&mut random, UNITS, classes),
        Array2::zeros((1, classes)),
    ];
    let mut adam = weights.each_ref().map(|w| (Array2::<f32>::zeros(w.dim()), Array2::<f32>::zeros(w.dim())));
    let mut order: Vec<usize> = (0..posts.nrows().min(labels.len())).collect();
    let steps = ROUNDS * order.len().div_ceil(BATCH);
    let mut step = 0;
    for _ in 0..ROUNDS {
        random.shuffle(&mut order);
        for batch in order.chunks(BATCH) {
            let slopes = slopes(&weights, &posts.select(Axis(0), batch), batch, labels);
            let size = STEP * (1.0 - as_f32(step) / as_f32(steps));
            step += 1;
            let age = i32::try_from(step).unwrap_or(i32::MAX);
            let (fade_mean, fade_square) = (1.0 - 0.9_f32.powi(age), 1.0 - 0.999_f32.powi(age));
            for ((weights, slopes), (mean, square)) in weights.iter_mut().zip(&slopes).zip(&mut adam) {
                Zip::from(weights).and(slopes).and(mean).and(square).for_each(|w, s, mean, square| {
                    *mean += 0.1 * (s - *mean);
                    *square += 0.001 * (s * s - *square);
                    *w -= size * (*mean / fade_mean) / ((*square / fade_square).sqrt() + 1e-8);
                });
            }
        }
    }
    let [units, mut unit_biases, classes, class_biases] = weights;
    let units = units * VECTOR_LENGTH;
    unit_biases -= &mean.insert_axis(Axis(0)).dot(&units);
    Network { units: outputs(&units, &unit_biases), classes: outputs(&classes, &class_biases) }
}

/// Small random weights (He et al., 2015).
fn beginning(random: &mut fastrand::Rng, inputs: usize, outputs: usize) -> Array2<f32> {
    let widest = (6.0 / as_f32(inputs.max(1))).sqrt();
    Array2::from_shape_simple_fn((inputs, outputs), || widest * (2.0 * random.f32() - 1.0))
}

/// The slopes of the loss on a batch: weights and biases of the units, then of the classes.
fn slopes(
    [units, unit_biases, classes, class_biases]: &[Array2<f32>; 4],
    posts: &Array2<f32>,
    batch: &[usize],
    labels: &[(usize, f32)],
) -> [Array2<f32>; 4] {
    let active = (posts.dot(units) + unit_biases).mapv_into(|unit| unit.max(0.0));
    let mut pull = active.dot(classes) + class_biases;
    for (mut scores, post) in pull.rows_mut().into_iter().zip(batch) {
        let (class, weight) = labels.get(*post).copied().unwrap_or_default();
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.mapv_inplace(|score| (score - most).exp());
        let share = weight / as_f32(batch.len());
        let all = scores.sum();
        scores.mapv_inplace(|score| share * score / all);
        scores.get_mut(class).into_iter().for_each(|score| *score -= share);
    }
    let mut on_units = pull.dot(&classes.t());
    Zip::from(&mut on_units).and(&active).for_each(|pull, unit| {
        if *unit <= 0.0 {
            *pull = 0.0;
        }
    });
    [
        posts.t().dot(&on_units) + PENALTY * units,
        on_units.sum_axis(Axis(0)).insert_axis(Axis(0)),
        active.t().dot(&pull) + PENALTY * classes,
        pull.sum_axis(Axis(0)).insert_axis(Axis(0)),
    ]
}

fn outputs(weights: &Array2<f32>, biases: &Array2<f32>) -> Vec<Output> {
    weights.columns().into_iter().zip(biases).map(|(column, bias)| (*bias, column.to_vec())).collect()
}

#[expect(clippy::cast_precision_loss, reason = "steps and sizes of some thousands")]
fn as_f32(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two numbers of which neither tells the class alone: what no straight line parts.
    fn crossed() -> (Array2<f32>, Vec<(usize, f32)>) {
        let at = |n: usize| [if n.is_multiple_of(2) { 0.05 } else { -0.05 }, if n % 4 < 2 { 0.05 } else { -0.05 }];
        let vectors = Array2::from_shape_fn((8000, 2), |(n, column)| at(n)[column]);
        let labels = (0..8000).map(|n| (usize::from(at(n)[0] * at(n)[1] > 0.0), 1.0)).collect();
        (vectors, labels)
    }

    fn class(network: &Network, vector: &[f32]) -> usize {
        let sum = |(bias, weights): &Output, of: &[f32]| bias + weights.iter().zip(of).map(|(w, v)| w * v).sum::<f32>();
        let units: Vec<f32> = network.units.iter().map(|unit| sum(unit, vector).max(0.0)).collect();
        let scores: Vec<f32> = network.classes.iter().map(|class| sum(class, &units)).collect();
        usize::from(scores[1] > scores[0])
    }

    #[test]
    fn what_only_two_numbers_together_tell_is_learned() {
        let (vectors, labels) = crossed();
        let network = fit(vectors.view(), &labels, 2);
        for (vector, (label, _)) in vectors.rows().into_iter().zip(&labels).take(8) {
            assert_eq!(class(&network, &vector.to_vec()), *label, "{vector}");
        }
    }

    #[test]
    fn same_posts_give_the_same_network() {
        let (vectors, labels) = crossed();
        let fitted = || fit(vectors.view(), &labels, 2);
        assert_eq!(fitted().units, fitted().units);
    }

    #[test]
    fn nothing_to_learn_from_is_no_panic() {
        let network = fit(Array2::zeros((0, 3)).view(), &[], 2);
        assert_eq!(network.units.len(), UNITS);
    }
}
