//! The network: a row of numbers for each piece of a text in, one vector for the text out.
//!
//! Three branches look at 2, 3 and 5 neighbouring pieces; what they find stands beside the pieces' own numbers, is summed over
//! the text and goes through a few dense layers. It knows neither pieces nor files. The numbers agree with the reference to the
//! rounding of floats, not bit by bit: sums run in another order.

use super::Embedding;
use super::format::ModelError;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;
use std::fmt;

type BranchNames = [&'static str; 8];

/// Pieces a branch looks at together, how many of them stand before the piece itself, and what its weights are called.
const BRANCHES: [(usize, usize, BranchNames); 3] = [
    (2, 0, ["proj2", "proj_b2", "ln_g2", "ln_b2", "w1_2", "b1_2", "w2_2", "b2_2"]),
    (3, 1, ["proj3", "proj_b3", "ln_g3", "ln_b3", "w1_3", "b1_3", "w2_3", "b2_3"]),
    (5, 2, ["proj5", "proj_b5", "ln_g5", "ln_b5", "w1_5", "b1_5", "w2_5", "b2_5"]),
];

/// Larger layers are not read.
const MOST_WIDE: u32 = 4096;

/// How wide the layers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Numbers a piece.
    pub(super) embedding: u32,
    /// Numbers a branch makes of a piece.
    pub(super) branch: u32,
    pub(super) hidden: u32,
    /// Numbers a text.
    pub(super) output: u32,
}

/// A matrix of the weights: its name in the package, rows, columns.
pub(super) type Tensor = (&'static str, usize, usize);

impl Shape {
    pub(super) fn is_valid(&self) -> bool {
        [self.embedding, self.branch, self.hidden, self.output].iter().all(|width| (1..=MOST_WIDE).contains(width))
    }

    /// All the weights, in the order of the model file.
    pub(super) fn tensors(&self) -> Vec<Tensor> {
        let [embedding, branch, hidden, output] =
            [self.embedding, self.branch, self.hidden, self.output].map(|width| width as usize);
        let joined = self.joined();
        let mut out = Vec::new();
        for (window, _, [projection, bias, gain, shift, w1, b1, w2, b2]) in BRANCHES {
            let seen = window * branch;
            out.extend([(projection, embedding, branch), (bias, 1, branch), (gain, 1, branch), (shift, 1, branch)]);
            out.extend([(w1, seen, branch), (b1, 1, branch), (w2, seen, branch), (b2, 1, branch)]);
        }
        out.extend([("ln_g", 1, joined), ("ln_b", 1, joined), ("cnn_W", joined, output), ("cnn_b", 1, output)]);
        out.extend([("d0", output, hidden), ("d1", hidden, hidden), ("p1", output, hidden)]);
        out.extend([("d2", hidden, output), ("p3", hidden, output), ("d3", output, output)]);
        out
    }

    /// Numbers a piece with those of all branches beside them.
    fn joined(&self) -> usize {
        self.embedding as usize + BRANCHES.len() * self.branch as usize
    }
}

/// A matrix and a bias that many rows go through, laid out once as the processor multiplies best.
struct Layer {
    weights: PackedBMatrix<f32>,
    bias: Vec<f32>,
}

/// Two convolutions over windows of pieces, each added to what it was made from.
struct Branch {
    window: usize,
    before: usize,
    layers: [Layer; 2],
}

pub(super) struct Network {
    shape: Shape,
    epsilon: f32,
    /// Of all branches side by side, and so with the next two.
    projection: Layer,
    branch_gain: Vec<f32>,
    branch_shift: Vec<f32>,
    branches: Vec<Branch>,
    joined_gain: Vec<f32>,
    joined_shift: Vec<f32>,
    pooled: Array2<f32>,
    pooled_bias: Vec<f32>,
    d0: Array2<f32>,
    d1: Array2<f32>,
    p1: Array2<f32>,
    d2: Array2<f32>,
    p3: Array2<f32>,
    d3: Array2<f32>,
}

/// Of each number over all pieces of a text.
struct Found {
    sum: Vec<f32>,
    greatest: Vec<f32>,
}

impl Network {
    /// Takes the weights in the order of [`Shape::tensors`].
    ///
    /// # Errors
    /// When there are more or fewer, or of other widths.
    pub(super) fn new(shape: Shape, tensors: Vec<Array2<f32>>, epsilon: f32) -> Result<Self, ModelError> {
        // One text is too little work to be parted among threads. It fails where that was said before.
        rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap_or(());
        let damaged = || ModelError::Damaged("the layers do not fit together");
        let expected = shape.tensors().into_iter().map(|(_, rows, columns)| (rows, columns));
        if !tensors.iter().map(Array2::dim).eq(expected) {
            return Err(damaged());
        }
        let mut rest = tensors.into_iter();
        let mut matrix = || rest.next().ok_or_else(damaged);
        let (mut projections, mut branches) = (Vec::new(), Vec::new());
        let (mut projection_bias, mut branch_gain, mut branch_shift) = (Vec::new(), Vec::new(), Vec::new());
        for (window, before, _) in BRANCHES {
            projections.push(matrix()?);
            projection_bias.extend(matrix()?);
            branch_gain.extend(matrix()?);
            branch_shift.extend(matrix()?);
            let layers = [Layer::new(&matrix()?, matrix()?), Layer::new(&matrix()?, matrix()?)];
            branches.push(Branch { window, before, layers });
        }
        let views: Vec<ArrayView2<'_, f32>> = projections.iter().map(|matrix| matrix.view()).collect();
        let projection = concatenate(Axis(1), &views).map_err(|_| damaged())?;
        Ok(Self {
            shape,
            epsilon,
            projection: Layer::new(&projection, projection_bias),
            branch_gain,
            branch_shift,
            branches,
            joined_gain: flat(matrix()?),
            joined_shift: flat(matrix()?),
            pooled: matrix()?,
            pooled_bias: flat(matrix()?),
            d0: matrix()?,
            d1: matrix()?,
            p1: matrix()?,
            d2: matrix()?,
            p3: matrix()?,
            d3: matrix()?,
        })
    }

    /// Numbers a vector.
    pub(super) fn dimensions(&self) -> usize {
        self.shape.output as usize
    }

    /// Traits of a text.
    pub(super) fn traits(&self) -> usize {
        2 * self.shape.joined()
    }

    /// Numbers a piece.
    pub(super) fn embedding(&self) -> usize {
        self.shape.embedding as usize
    }

    /// Reads a text from the numbers of its pieces, one after the other; at least one piece.
    pub(super) fn run(&self, pieces: &[f32]) -> Embedding {
        let count = pieces.len() / self.embedding();
        let Found { sum, greatest } = self.found(pieces, &self.look_around(pieces, count));
        let count = count as f32;
        let gained = sum.iter().zip(&self.joined_gain).zip(&self.joined_shift);
        let gained: Vec<f32> = gained.map(|((sum, gain), shift)| sum * gain + count * shift).collect();
        let mut pooled = times(&gained, &self.pooled);
        for (slot, bias) in pooled.iter_mut().zip(&self.pooled_bias) {
            *slot = (*slot + count * bias) / count.sqrt();
        }
        let traits = sum.into_iter().map(|sum| sum / count).chain(greatest).collect();
        Embedding { vector: self.finish(&pooled), traits }
    }

    /// What each branch finds at each piece.
    fn look_around(&self, pieces: &[f32], count: usize) -> Vec<Vec<f32>> {
        let width = self.shape.branch as usize;
        let mut projected = self.projection.over(pieces, count, self.embedding());
        for row in projected.chunks_exact_mut(BRANCHES.len() * width) {
            let scale = centre(row, self.epsilon);
            for ((slot, gain), shift) in row.iter_mut().zip(&self.branch_gain).zip(&self.branch_shift) {
                *slot = *slot * scale * gain + shift;
            }
        }
        let rows: Vec<&[f32]> = projected.chunks_exact(width).collect();
        let own = |at: usize| rows.iter().skip(at).step_by(BRANCHES.len()).copied().collect::<Vec<_>>().concat();
        self.branches.iter().enumerate().map(|(at, branch)| branch.run(own(at), width)).collect()
    }

    /// The pieces' own numbers and what the branches found, side by side, normalised: all over the text together.
    fn found(&self, pieces: &[f32], found: &[Vec<f32>]) -> Found {
        let width = self.shape.branch as usize;
        let mut sum = vec![0.0; self.shape.joined()];
        let mut greatest = vec![f32::MIN; sum.len()];
        let mut joined = Vec::with_capacity(sum.len());
        for (at, own) in pieces.chunks_exact(self.embedding()).enumerate() {
            joined.clear();
            joined.extend_from_slice(own);
            found.iter().for_each(|rows| joined.extend_from_slice(&rows[at * width..][..width]));
            let scale = centre(&mut joined, self.epsilon);
            for ((sum, greatest), number) in sum.iter_mut().zip(&mut greatest).zip(&joined) {
                let number = number * scale;
                *sum += number;
                *greatest = greatest.max(number);
            }
        }
        Found { sum, greatest }
    }

    /// The dense layers.
    fn finish(&self, pooled: &[f32]) -> Vec<f32> {
        let first = positive(times(pooled, &self.d0));
        let mut second = times(pooled, &self.p1);
        add(&mut second, &times(&first, &self.d1));
        let second = positive(second);
        let third = positive(times(&second, &self.d2));
        let mut out = times(&second, &self.p3);
        add(&mut out, &times(&third, &self.d3));
        out.iter_mut().for_each(|number| *number = number.tanh());
        let length = in_lanes(&out, |number| number * number).max(self.epsilon).sqrt();
        out.iter_mut().for_each(|number| *number /= length);
        out
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl Layer {
    fn new(weights: &Array2<f32>, bias: impl IntoIterator<Item = f32>) -> Self {
        let (rows, columns) = weights.dim();
        let standard = weights.as_standard_layout();
        let view = NdTensorView::from_data([rows, columns], standard.as_slice().unwrap_or_default());
        Self { weights: GemmExecutor::new().prepack_b(view), bias: bias.into_iter().collect() }
    }

    /// The outputs for so many rows, one after the other. Row `n` begins at `n * step` of `rows` and may reach into the next
    /// ones: so a window slides over a text without being copied.
    fn over(&self, rows: &[f32], count: usize, step: usize) -> Vec<f32> {
        let mut out = vec![0.0; count * self.weights.cols()];
        let Ok(left) = NdTensorView::from_slice_with_strides([count, self.weights.rows()], rows, [step, 1]) else {
            return out;
        };
        let options = GemmOptions { bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() };
        // Made anew each time, which is nothing but a choice: one cannot go from thread to thread.
        let product =
            GemmExecutor::new().gemm(&mut out, GemmInputA::Unpacked(left), GemmInputB::Packed(&self.weights), options);
        product.expect("the widths were compared when the model was read");
        out
    }
}

impl Branch {
    fn run(&self, mut rows: Vec<f32>, width: usize) -> Vec<f32> {
        for layer in &self.layers {
            let mut padded = vec![0.0; self.before * width];
            padded.extend_from_slice(&rows);
            padded.resize(rows.len() + (self.window - 1) * width, 0.0);
            let seen = layer.over(&padded, rows.len() / width, width);
            rows.iter_mut().zip(seen).for_each(|(slot, seen)| *slot += seen.max(0.0));
        }
        rows
    }
}

fn flat(matrix: Array2<f32>) -> Vec<f32> {
    matrix.into_iter().collect()
}

/// A row times a matrix. After a rectifier half of the row is zero: those rows of the matrix are not read.
fn times(row: &[f32], matrix: &Array2<f32>) -> Vec<f32> {
    let mut out = vec![0.0; matrix.ncols()];
    let lines = matrix.as_slice().unwrap_or_default().chunks_exact(matrix.ncols());
    for (factor, line) in row.iter().zip(lines).filter(|(factor, _)| **factor != 0.0) {
        out.iter_mut().zip(line).for_each(|(slot, number)| *slot += factor * number);
    }
    out
}

fn add(row: &mut [f32], other: &[f32]) {
    row.iter_mut().zip(other).for_each(|(slot, number)| *slot += number);
}

fn positive(mut row: Vec<f32>) -> Vec<f32> {
    row.iter_mut().for_each(|number| *number = number.max(0.0));
    row
}

/// Takes the mean away from a row, and gives the factor that makes its variance 1.
fn centre(row: &mut [f32], epsilon: f32) -> f32 {
    let count = row.len() as f32;
    let mean = in_lanes(row, |number| number) / count;
    row.iter_mut().for_each(|number| *number -= mean);
    1.0 / (in_lanes(row, |number| number * number) / count + epsilon).sqrt()
}

/// Sum over a row, in sixteen lanes that the compiler can add at once.
fn in_lanes(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    let chunks = row.chunks_exact(lanes.len());
    let rest: f32 = chunks.remainder().iter().map(|number| of(*number)).sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, number)| *lane += of(*number));
    }
    lanes.iter().sum::<f32>() + rest
}
