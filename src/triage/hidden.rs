//! Tells urgencies apart through a layer of units between a post and the urgencies: what makes an emergency is seldom one
//! word or one number, but several together.
//!
//! Fitted in small steps (Adam; Kingma and Ba, 2015) from a fixed beginning in a fixed order. Over words the same posts give
//! the same network: nothing there depends on how a processor multiplies matrices (on another kind it was not tried). Over
//! sentences they do on processors that calculate alike; on others the last bits of
//! the numbers differ, and small steps make more of that: such networks agree in what they say, not in their weights. It
//! knows no posts and no words.

use crate::triage::embed::Embedding;
use crate::triage::networks::{Evening, Output, numbers};
use ndarray::{Array2, ArrayView1, Axis, Zip};

/// How a network is fitted.
pub(crate) struct Course {
    units: usize,
    /// Times that every post is looked at.
    rounds: usize,
    /// Posts a step.
    batch: usize,
    /// The first step's size; it falls evenly to nothing.
    step: f32,
    /// What large weights cost, within the units and after them.
    penalty: f32,
    /// Inputs a post has: the more, the smaller weights begin.
    inputs: usize,
}

/// Chosen on hands that nothing was learned from, and so the next.
pub(crate) const OVER_WORDS: Course =
    Course { units: 32, rounds: 6, batch: 128, step: 2e-3, penalty: 0.0, inputs: 200 };
pub(crate) const OVER_SENTENCES: Course =
    Course { units: 128, rounds: 16, batch: 256, step: 1e-3, penalty: 1e-2, inputs: 3072 };
const SEED: u64 = 1;

/// What a post is an example of.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    pub(crate) class: usize,
    /// On average about 1.
    pub(crate) weight: f32,
}

/// What was fitted: a unit a row over the inputs, then a class a row over the units that are above zero.
pub(crate) struct Fitted {
    pub(crate) units: Vec<Output>,
    pub(crate) classes: Vec<Output>,
}

/// Posts as inputs to the units.
pub(crate) trait Inputs {
    /// Some posts, made ready.
    type Batch;
    /// Inputs there are.
    fn width(&self) -> usize;
    fn batch(&self, posts: &[usize]) -> Self::Batch;
    /// The inputs times the weights: a row a post.
    fn forward(batch: &Self::Batch, weights: &Array2<f32>) -> Array2<f32>;
    /// The slopes of the weights from those of [`Inputs::forward`], added to `slopes`.
    fn backward(batch: &Self::Batch, on_units: &Array2<f32>, slopes: &mut Array2<f32>);
}

/// Fits to posts with a label each.
pub(crate) fn fit<I: Inputs>(posts: &I, labels: &[Label], classes: usize, course: &Course) -> Fitted {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut weights = [
        beginning(&mut random, (posts.width(), course.units), course.inputs),
        Array2::zeros((1, course.units)),
        beginning(&mut random, (course.units, classes), course.units),
        Array2::zeros((1, classes)),
    ];
    let mut adam = weights.each_ref().map(|w| (Array2::<f32>::zeros(w.dim()), Array2::<f32>::zeros(w.dim())));
    let mut order: Vec<usize> = (0..labels.len()).collect();
    let steps = course.rounds * order.len().div_ceil(course.batch);
    let mut step = 0;
    for _ in 0..course.rounds {
        random.shuffle(&mut order);
        for batch in order.chunks(course.batch) {
            let slopes = slopes::<I>(&weights, &posts.batch(batch), batch, labels, course.penalty);
            let size = course.step * (1.0 - as_f32(step) / as_f32(steps));
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
    let [units, unit_biases, classes, class_biases] = weights;
    Fitted { units: outputs(&units, &unit_biases), classes: outputs(&classes, &class_biases) }
}

/// Posts as lists of inputs, each with its number and value.
pub(crate) struct Sparse {
    pub(crate) width: usize,
    pub(crate) posts: Vec<Vec<(usize, f32)>>,
}

impl Inputs for Sparse {
    type Batch = Vec<Vec<(usize, f32)>>;

    fn width(&self) -> usize {
        self.width
    }

    fn batch(&self, posts: &[usize]) -> Self::Batch {
        posts.iter().map(|post| self.posts.get(*post).cloned().unwrap_or_default()).collect()
    }

    fn forward(batch: &Self::Batch, weights: &Array2<f32>) -> Array2<f32> {
        let mut out = Array2::zeros((batch.len(), weights.ncols()));
        for (mut sums, inputs) in out.rows_mut().into_iter().zip(batch) {
            inputs.iter().for_each(|(input, value)| sums.scaled_add(*value, &weights.row(*input)));
        }
        out
    }

    fn backward(batch: &Self::Batch, on_units: &Array2<f32>, slopes: &mut Array2<f32>) {
        for (pull, inputs) in on_units.rows().into_iter().zip(batch) {
            inputs.iter().for_each(|(input, value)| slopes.row_mut(*input).scaled_add(*value, &pull));
        }
    }
}

/// Sentences of one shape, with what evens their numbers.
pub(crate) struct Sentences<'a> {
    pub(crate) evening: Evening,
    sentences: Vec<&'a Embedding>,
}

impl<'a> Sentences<'a> {
    pub(crate) fn new(sentences: Vec<&'a Embedding>) -> Self {
        let count = sentences.first().map_or(0, |sentence| numbers(sentence).count());
        let over_all = |of: &dyn Fn(usize, f32) -> f32| {
            let mut sums = vec![0.0_f64; count];
            for sentence in &sentences {
                let values = numbers(sentence).enumerate();
                sums.iter_mut().zip(values).for_each(|(sum, (at, number))| *sum += f64::from(of(at, number)));
            }
            #[expect(clippy::cast_possible_truncation, reason = "a mean of such numbers")]
            let mean = |sum: f64| sum as f32 / as_f32(sentences.len().max(1));
            sums.into_iter().map(mean).collect::<Vec<f32>>()
        };
        let means = over_all(&|_, number| number);
        let squares = over_all(&|at, number| (number - means.get(at).copied().unwrap_or(0.0)).powi(2));
        let scales = squares.into_iter().map(|square| 1.0 / (square.sqrt() + 1e-6)).collect();
        Self { evening: Evening { means, scales }, sentences }
    }
}

impl Inputs for Sentences<'_> {
    type Batch = Array2<f32>;

    fn width(&self) -> usize {
        self.evening.means.len()
    }

    fn batch(&self, posts: &[usize]) -> Self::Batch {
        let mut out = Array2::zeros((posts.len(), self.width()));
        for (row, sentence) in out.rows_mut().into_iter().zip(posts.iter().filter_map(|post| self.sentences.get(*post)))
        {
            row.into_iter().zip(self.evening.of(numbers(sentence))).for_each(|(cell, number)| *cell = number);
        }
        out
    }

    fn forward(batch: &Self::Batch, weights: &Array2<f32>) -> Array2<f32> {
        batch.dot(weights)
    }

    fn backward(batch: &Self::Batch, on_units: &Array2<f32>, slopes: &mut Array2<f32>) {
        *slopes += &batch.t().dot(on_units);
    }
}

/// Small random weights (He et al., 2015).
fn beginning(random: &mut fastrand::Rng, shape: (usize, usize), inputs: usize) -> Array2<f32> {
    let widest = (6.0 / as_f32(inputs.max(1))).sqrt();
    Array2::from_shape_simple_fn(shape, || widest * (2.0 * random.f32() - 1.0))
}

/// The slopes of the loss on a batch: weights and biases of the units, then of the classes.
fn slopes<I: Inputs>(
    [units, unit_biases, classes, class_biases]: &[Array2<f32>; 4],
    posts: &I::Batch,
    batch: &[usize],
    labels: &[Label],
    penalty: f32,
) -> [Array2<f32>; 4] {
    let active = (I::forward(posts, units) + unit_biases).mapv_into(|unit| unit.max(0.0));
    let mut pull = Array2::zeros((batch.len(), classes.ncols()));
    for ((mut scores, active), post) in pull.rows_mut().into_iter().zip(active.rows()).zip(batch) {
        let Some(label) = labels.get(*post) else { continue };
        // In a fixed order, and not as a product of matrices: over words all must come out the same on every machine.
        scores.assign(&class_biases.row(0));
        active.iter().zip(classes.rows()).for_each(|(unit, row)| scores.scaled_add(*unit, &row));
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.mapv_inplace(|score| (score - most).exp());
        let share = label.weight / as_f32(batch.len());
        let all: f32 = scores.iter().sum();
        scores.mapv_inplace(|score| share * score / all);
        scores.get_mut(label.class).into_iter().for_each(|score| *score -= share);
    }
    let mut on_units = Array2::zeros(active.dim());
    let mut class_slopes = penalty * classes;
    for ((mut on_units, active), pull) in on_units.rows_mut().into_iter().zip(active.rows()).zip(pull.rows()) {
        for (((on_unit, unit), weights), mut slopes) in
            on_units.iter_mut().zip(active).zip(classes.rows()).zip(class_slopes.rows_mut())
        {
            if *unit > 0.0 {
                *on_unit = product(&pull, &weights);
                slopes.scaled_add(*unit, &pull);
            }
        }
    }
    let mut unit_slopes = penalty * units;
    I::backward(posts, &on_units, &mut unit_slopes);
    let sum = |rows: &Array2<f32>| rows.sum_axis(Axis(0)).insert_axis(Axis(0));
    [unit_slopes, sum(&on_units), class_slopes, sum(&pull)]
}

fn product(one: &ArrayView1<'_, f32>, other: &ArrayView1<'_, f32>) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
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

    const POSTS: usize = 1000;

    /// As in earnest, in smaller steps for fewer posts.
    const SENTENCES: Course = Course { batch: 32, ..OVER_SENTENCES };
    const WORDS: Course = Course { batch: 32, rounds: 20, ..OVER_WORDS };

    /// The class is whether two things are alike: what neither tells alone, and no straight line parts.
    fn things(n: usize) -> (bool, bool) {
        (n.is_multiple_of(2), n % 4 < 2)
    }

    fn labels() -> Vec<Label> {
        let class = |(one, other)| usize::from(one == other);
        (0..POSTS).map(|n| Label { class: class(things(n)), weight: 1.0 }).collect()
    }

    fn sentences() -> Vec<Embedding> {
        let number = |is: bool, size: f32| vec![if is { size } else { -size }];
        let sentence = |(one, other)| Embedding { vector: number(one, 0.05), traits: number(other, 3.0) };
        (0..POSTS).map(|n| sentence(things(n))).collect()
    }

    fn words() -> Sparse {
        let post = |(one, other): (bool, bool)| vec![(usize::from(one), 0.6), (2 + usize::from(other), 0.6)];
        Sparse { width: 4, posts: (0..POSTS).map(|n| post(things(n))).collect() }
    }

    fn class(fitted: &Fitted, inputs: &[(usize, f32)]) -> usize {
        let unit =
            |(bias, weights): &Output| (bias + inputs.iter().map(|(n, v)| weights[*n] * v).sum::<f32>()).max(0.0);
        let units: Vec<f32> = fitted.units.iter().map(unit).collect();
        let score = |(bias, weights): &Output| bias + weights.iter().zip(&units).map(|(w, u)| w * u).sum::<f32>();
        let scores: Vec<f32> = fitted.classes.iter().map(score).collect();
        usize::from(scores[1] > scores[0])
    }

    #[test]
    fn what_only_two_numbers_together_tell_is_learned() {
        let sentences = sentences();
        let posts = Sentences::new(sentences.iter().collect());
        let fitted = fit(&posts, &labels(), 2, &SENTENCES);
        for (sentence, label) in sentences.iter().zip(labels()).take(8) {
            let evened: Vec<(usize, f32)> = posts.evening.of(numbers(sentence)).enumerate().collect();
            assert_eq!(class(&fitted, &evened), label.class, "{sentence:?}");
        }
    }

    #[test]
    fn what_only_two_words_together_tell_is_learned() {
        let words = words();
        let fitted = fit(&words, &labels(), 2, &WORDS);
        for (inputs, label) in words.posts.iter().zip(labels()).take(8) {
            assert_eq!(class(&fitted, inputs), label.class, "{inputs:?}");
        }
    }

    #[test]
    fn same_posts_give_the_same_network() {
        let sentences = sentences();
        let by_sentence = || fit(&Sentences::new(sentences.iter().collect()), &labels(), 2, &SENTENCES).units;
        let by_words = || fit(&words(), &labels(), 2, &WORDS).units;
        assert_eq!((by_sentence(), by_words()), (by_sentence(), by_words()));
    }

    #[test]
    fn number_that_never_varies_and_one_far_from_all_others_do_no_harm() {
        let mut sentences = sentences();
        sentences.iter_mut().for_each(|sentence| sentence.traits.push(7.0));
        if let Some(sentence) = sentences.last_mut() {
            sentence.vector = vec![1e9];
        }
        let fitted = fit(&Sentences::new(sentences.iter().collect()), &labels(), 2, &SENTENCES);
        let weights =
            fitted.units.iter().chain(&fitted.classes).flat_map(|(bias, weights)| weights.iter().chain([bias]));
        assert!(weights.copied().all(f32::is_finite));
    }

    #[test]
    fn nothing_to_learn_from_is_no_panic() {
        assert_eq!(fit(&Sentences::new(Vec::new()), &[], 2, &SENTENCES).units.len(), SENTENCES.units);
    }
}
