//! The model file: what a converted model looks like in bytes, written and read in one place.
//!
//! A line that names the format, its version, the SHA-256 of everything after it, then a notice (what was changed, and the
//! licence), and the parts of the model. All numbers are little-endian. Reading trusts nothing: a digest that fits is no proof
//! that a file was made by `convert`.

use super::charsmap::Charsmap;
use super::network::Shape;
use super::rows::{Code, Part};
use ndarray::Array2;
use sha2::{Digest, Sha256};

const MAGIC: &[u8] = b"netreach sentence model\n";
const VERSION: u32 = 1;
const DIGEST_BYTES: usize = 32;

/// What stands before the contents.
#[cfg(test)]
pub(super) const HEAD_BYTES: usize = MAGIC.len() + 4 + DIGEST_BYTES;

/// Why bytes are no usable model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("this is no model file of netreach")]
    NotAModel,
    #[error("the model file has version {found}, this program reads version {VERSION}")]
    OtherVersion { found: u32 },
    #[error("the model file is damaged: {0}")]
    Damaged(&'static str),
}

const ENDS_EARLY: ModelError = ModelError::Damaged("it ends early");

/// A piece of the vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// Its number in the published vocabulary.
    pub(super) id: u32,
    pub(super) score: f32,
    /// Length of its packed row.
    pub(super) row_bytes: u16,
    pub(super) text: String,
}

/// A model as it lies in a file.
#[derive(Debug)]
pub(super) struct ModelFile {
    pub(super) notice: String,
    pub(super) shape: Shape,
    pub(super) epsilon: f32,
    pub(super) charsmap: Charsmap,
    pub(super) unknown_score: f32,
    pub(super) parts: Vec<Part>,
    /// In the order of [`Shape::tensors`].
    pub(super) tensors: Vec<Array2<f32>>,
    /// In the order of their bytes.
    pub(super) pieces: Vec<Piece>,
    /// The packed rows of the pieces.
    pub(super) rows: Vec<u8>,
}

impl ModelFile {
    /// # Errors
    /// When a count or a text is too large for its field: no model that fits into memory comes near.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, std::num::TryFromIntError> {
        let mut out = Vec::new();
        put_text(&mut out, &self.notice)?;
        for width in [self.shape.embedding, self.shape.branch, self.shape.hidden, self.shape.output] {
            out.extend(width.to_le_bytes());
        }
        out.extend(self.epsilon.to_le_bytes());
        put_count(&mut out, self.charsmap.units().len())?;
        out.extend(self.charsmap.units().iter().flat_map(|unit| unit.to_le_bytes()));
        put_text(&mut out, self.charsmap.replacements())?;
        out.extend(self.unknown_score.to_le_bytes());
        put_count(&mut out, self.parts.len())?;
        for part in &self.parts {
            out.extend(part.scale.to_le_bytes());
            out.extend(part.lowest.to_le_bytes());
            out.extend([part.code.centre, part.code.low_bits]);
        }
        for tensor in &self.tensors {
            put_tensor(&mut out, tensor)?;
        }
        put_count(&mut out, self.pieces.len())?;
        for piece in &self.pieces {
            out.extend(piece.id.to_le_bytes());
            out.extend(piece.score.to_le_bytes());
            out.extend(piece.row_bytes.to_le_bytes());
            put_text(&mut out, &piece.text)?;
        }
        out.extend(&self.rows);
        Ok(sealed(&out))
    }

    /// # Errors
    /// [`ModelError`] for whatever `to_bytes` did not make, or what was changed since.
    pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Self, ModelError> {
        let after = bytes.strip_prefix(MAGIC).ok_or(ModelError::NotAModel)?;
        let mut reader = Reader { rest: after };
        let found = reader.u32()?;
        if found != VERSION {
            return Err(ModelError::OtherVersion { found });
        }
        let digest = reader.take(DIGEST_BYTES)?;
        if Sha256::digest(reader.rest).as_slice() != digest {
            return Err(ModelError::Damaged("its contents do not have the digest it names"));
        }
        let mut this = Self::read(&mut reader)?;
        // The rows are most of the file: they stay where they are.
        let head = bytes.len() - reader.rest.len();
        bytes.drain(..head);
        bytes.shrink_to_fit();
        this.rows = bytes;
        Ok(this)
    }

    /// Everything but the rows, which are what is left.
    fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let notice = reader.text()?;
        let (embedding, branch, hidden, output) = (reader.u32()?, reader.u32()?, reader.u32()?, reader.u32()?);
        let shape = Shape { embedding, branch, hidden, output };
        if !shape.is_valid() {
            return Err(ModelError::Damaged("a layer has an impossible width"));
        }
        let epsilon = reader.f32()?;
        let units = reader.numbers(u32::from_le_bytes)?;
        let charsmap = Charsmap::new(units, reader.text()?);
        let unknown_score = reader.f32()?;
        let parts = reader.many(|reader| {
            let (scale, lowest) = (reader.f32()?, reader.f32()?);
            let code = Code { centre: reader.u8()?, low_bits: reader.u8()? };
            Ok(Part { scale, lowest, code })
        })?;
        let tensors = shape.tensors().into_iter().map(|(_, rows, columns)| reader.tensor(rows, columns));
        let tensors = tensors.collect::<Result<_, _>>()?;
        let pieces = reader.many(|reader| {
            let (id, score, row_bytes) = (reader.u32()?, reader.f32()?, reader.u16()?);
            Ok(Piece { id, score, row_bytes, text: reader.text()? })
        })?;
        Ok(Self { notice, shape, epsilon, charsmap, unknown_score, parts, tensors, pieces, rows: Vec::new() })
    }
}

/// The bytes of a file with these contents.
pub(super) fn sealed(contents: &[u8]) -> Vec<u8> {
    [MAGIC, &VERSION.to_le_bytes(), &Sha256::digest(contents), contents].concat()
}

fn put_count(out: &mut Vec<u8>, count: usize) -> Result<(), std::num::TryFromIntError> {
    out.extend(u32::try_from(count)?.to_le_bytes());
    Ok(())
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), std::num::TryFromIntError> {
    put_count(out, text.len())?;
    out.extend(text.as_bytes());
    Ok(())
}

/// The published matrices have at most 256 different numbers each: those are listed, and a byte for each place says which one.
/// Where there are more, an empty list and the numbers as they are.
fn put_tensor(out: &mut Vec<u8>, tensor: &Array2<f32>) -> Result<(), std::num::TryFromIntError> {
    let mut different: Vec<u32> = tensor.iter().map(|number| number.to_bits()).collect();
    different.sort_unstable();
    different.dedup();
    if different.len() > 256 {
        put_count(out, 0)?;
        out.extend(tensor.iter().flat_map(|number| number.to_le_bytes()));
        return Ok(());
    }
    put_count(out, different.len())?;
    out.extend(different.iter().flat_map(|bits| bits.to_le_bytes()));
    for number in tensor {
        let place = different.partition_point(|bits| *bits < number.to_bits());
        out.push(u8::try_from(place)?);
    }
    Ok(())
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ENDS_EARLY)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(ENDS_EARLY)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, ModelError> {
        self.array().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, ModelError> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    fn f32(&mut self) -> Result<f32, ModelError> {
        let number = self.array().map(f32::from_le_bytes)?;
        if number.is_finite() { Ok(number) } else { Err(ModelError::Damaged("a number is not finite")) }
    }

    fn text(&mut self) -> Result<String, ModelError> {
        let count = self.u32()? as usize;
        let text = std::str::from_utf8(self.take(count)?);
        text.map(str::to_owned).map_err(|_| ModelError::Damaged("a text is not UTF-8"))
    }

    /// A count, then so many numbers of four bytes.
    fn numbers<T>(&mut self, number: fn([u8; 4]) -> T) -> Result<Vec<T>, ModelError> {
        let count = self.u32()? as usize;
        Ok(self.take(count.saturating_mul(4))?.as_chunks().0.iter().map(|bytes| number(*bytes)).collect())
    }

    /// A count, then so many of whatever `one` reads. Reserves nothing beforehand: the count may be a lie.
    fn many<T>(&mut self, mut one: impl FnMut(&mut Self) -> Result<T, ModelError>) -> Result<Vec<T>, ModelError> {
        let count = self.u32()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn tensor(&mut self, rows: usize, columns: usize) -> Result<Array2<f32>, ModelError> {
        let different = self.numbers(f32::from_le_bytes)?;
        let numbers: Option<Vec<f32>> = if different.is_empty() {
            let bytes = self.take(rows * columns * 4)?;
            Some(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
        } else {
            self.take(rows * columns)?.iter().map(|place| different.get(usize::from(*place)).copied()).collect()
        };
        let numbers = numbers.ok_or(ModelError::Damaged("a layer names a number that is not listed"))?;
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(ModelError::Damaged("a number is not finite"));
        }
        Array2::from_shape_vec((rows, columns), numbers).map_err(|_| ENDS_EARLY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensor_of_few_and_of_many_different_numbers_comes_back() {
        for different in [3, 256, 257, 600] {
            let tensor =
                Array2::from_shape_fn((20, 30), |(row, column)| ((row * 30 + column) % different) as f32 - 7.5);
            let mut bytes = Vec::new();
            put_tensor(&mut bytes, &tensor).unwrap();
            let mut reader = Reader { rest: &bytes };
            assert_eq!(reader.tensor(20, 30).unwrap(), tensor);
            assert!(reader.rest.is_empty());
        }
    }
}
