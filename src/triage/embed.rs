//! Sentence embeddings: a text becomes a vector, and texts that mean alike get vectors that point alike.
//!
//! The network is Google's universal-sentence-encoder-multilingual 3. Its weights are not part of the program: [`convert`]
//! makes a model file from a published package, [`Embedder::parse`] takes that file. How a text goes through it: `charsmap`
//! (one spelling) → `pieces` (known parts of words) → `rows` (a row of numbers a piece) → `network` (one vector).
//!
//! Bytes in, values out: where the file lies, whether it is the right package, and what to do without it is not known here.
//! It compares no vectors and keeps none.

mod charsmap;
mod convert;
mod format;
mod network;
mod pieces;
mod rows;
mod wheel;

pub use convert::{ConvertError, Converted, convert};
pub use format::ModelError;

use charsmap::Charsmap;
use format::ModelFile;
use network::Network;
use pieces::Vocabulary;
use rows::Rows;

/// Characters of a text that are read, counted after normalisation: enough for `MAX_PIECES` of ordinary text.
pub const MAX_CHARS: usize = 2048;

/// Pieces of a text that are read, some 1,000 letters of Russian. The time for a text grows with its pieces up to here; what
/// comes after has no part in the vector.
pub const MAX_PIECES: usize = 256;

/// A text as the network reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Of length 1; the likeness of two texts is the sum of the products of their numbers, −1 to 1.
    pub vector: Vec<f32>,
    /// What the network found at each piece before it drew all together: the mean of each number, then the greatest of each.
    /// Here a detail of a long text is not lost among the rest; two texts cannot be compared by it.
    pub traits: Vec<f32>,
}

/// A loaded model: some 35 MB of memory. Needs no exclusive access: threads can share one.
#[derive(Debug)]
pub struct Embedder {
    charsmap: Charsmap,
    vocabulary: Vocabulary,
    rows: Rows,
    network: Network,
}

impl Embedder {
    /// Takes the bytes of a model file, as [`convert`] makes it. Some 0.1 s.
    ///
    /// # Errors
    /// [`ModelError`] when this is no model file, is of another version, or is not whole.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, ModelError> {
        let file = ModelFile::parse(bytes)?;
        Ok(Self {
            vocabulary: Vocabulary::new(&file.pieces, file.unknown_score)?,
            rows: Rows::new(file.parts, &file.pieces, file.rows)?,
            network: Network::new(file.shape, file.tensors, file.epsilon)?,
            charsmap: file.charsmap,
        })
    }

    /// How many numbers a vector has: 512 for the published weights.
    pub fn dimensions(&self) -> usize {
        self.network.dimensions()
    }

    /// How many traits a text has: 2,560 for the published weights.
    pub fn traits(&self) -> usize {
        self.network.traits()
    }

    /// Reads a text: any text, also an empty one. Of a long text the beginning is read: see [`MAX_PIECES`], [`MAX_CHARS`].
    pub fn embed(&self, text: &str) -> Embedding {
        let pieces = self.pieces(text);
        let width = self.network.embedding();
        let mut rows = vec![0.0; pieces.len() * width];
        for (row, piece) in rows.chunks_exact_mut(width).zip(pieces) {
            self.rows.unpack(piece, row);
        }
        self.network.run(&rows)
    }

    /// The pieces of a text between the marks for its beginning and end.
    fn pieces(&self, text: &str) -> Vec<usize> {
        let normal = self.charsmap.normalize(text, MAX_CHARS);
        let inner = self.vocabulary.segment(&normal);
        let marks = self.vocabulary.marks();
        std::iter::once(marks.begin).chain(inner.into_iter().take(MAX_PIECES)).chain([marks.end]).collect()
    }
}

#[cfg(test)]
mod tests;
