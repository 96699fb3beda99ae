//! Reads what a package of the published weights holds: a zip with a zip of arrays and a vocabulary in it.
//!
//! It knows the formats and not the model. Only what such a package needs is read: deflated or stored members, arrays of one
//! order of bytes, the fields of a vocabulary that matter.

use super::convert::ConvertError;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// No member is unpacked beyond this: a package of another origin could be made to fill the memory.
const MOST_MEMBER_BYTES: u64 = 64 << 20;

/// A zip in memory.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ConvertError> {
        Ok(Self { zip: ZipArchive::new(Cursor::new(bytes))? })
    }

    /// The full name of the first member that ends so.
    pub(super) fn find(&self, end: &str) -> Option<String> {
        self.zip.file_names().flatten().find(|name| name.ends_with(end)).map(Into::into)
    }

    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>, ConvertError> {
        let mut bytes = Vec::new();
        let read = self.zip.by_name(name)?.take(MOST_MEMBER_BYTES + 1).read_to_end(&mut bytes);
        match read {
            Ok(count) if count as u64 <= MOST_MEMBER_BYTES => Ok(bytes),
            Ok(_) => Err(ConvertError::Unexpected { what: format!("{name} is too large") }),
            Err(error) => Err(ConvertError::Zip(error.into())),
        }
    }

    /// An array, `name.npy`.
    pub(super) fn array(&mut self, name: &str) -> Result<NpyArray, ConvertError> {
        let file = format!("{name}.npy");
        let bytes = self.read(&file)?;
        NpyArray::parse(&bytes).ok_or(ConvertError::Unexpected { what: format!("{file} is no array of a known kind") })
    }
}

/// An array as numpy writes it.
#[derive(Debug, PartialEq)]
pub(super) struct NpyArray {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
}

#[derive(Debug, PartialEq)]
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
}

impl NpyArray {
    /// `None` for what is no such array, or of another kind of number, or column by column.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let after = bytes.strip_prefix(b"\x93NUMPY\x01\x00")?;
        let (length, after) = after.split_first_chunk()?;
        let (header, data) = after.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let header = std::str::from_utf8(header).ok()?;
        let value = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, value)| value.trim_start());
        if !value("fortran_order")?.starts_with("False") {
            return None;
        }
        let shape = value("shape")?.strip_prefix('(')?.split(')').next()?;
        let shape = shape.split(',').map(str::trim).filter(|width| !width.is_empty());
        let shape: Vec<usize> = shape.map(|width| width.parse().ok()).collect::<Option<_>>()?;
        let count = shape.iter().try_fold(1_usize, |count, width| count.checked_mul(*width))?;
        let kind = value("descr")?.strip_prefix('\'')?.split('\'').next()?;
        let (numbers, found) = match kind {
            "|u1" => (Numbers::Bytes(data.to_vec()), data.len()),
            "<f4" => floats(data.as_chunks(), f32::from_le_bytes, Numbers::Floats)?,
            "<f8" => floats(data.as_chunks(), f64::from_le_bytes, Numbers::Doubles)?,
            _ => return None,
        };
        (found == count).then_some(Self { shape, numbers })
    }

    pub(super) fn floats(self) -> Option<Vec<f32>> {
        match self.numbers {
            Numbers::Floats(numbers) => Some(numbers),
            _ => None,
        }
    }
}

fn floats<const N: usize, T>(
    (chunks, rest): (&[[u8; N]], &[u8]),
    number: fn([u8; N]) -> T,
    kind: fn(Vec<T>) -> Numbers,
) -> Option<(Numbers, usize)> {
    rest.is_empty().then(|| (kind(chunks.iter().map(|bytes| number(*bytes)).collect()), chunks.len()))
}

/// A field of a protobuf message: its number, and its bytes where it has a length or is 32 bits wide.
type Field<'a> = (u64, &'a [u8]);

/// The fields of a message, up to where it stops making sense.
pub(super) fn fields(mut message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    std::iter::from_fn(move || {
        let tag = varint(&mut message)?;
        let length = match tag & 7 {
            0 => {
                varint(&mut message)?;
                0
            }
            1 => 8,
            2 => usize::try_from(varint(&mut message)?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (value, rest) = message.split_at_checked(length)?;
        message = rest;
        Some((tag >> 3, value))
    })
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The vocabulary of a SentencePiece model.
pub(super) struct SentencePieces {
    /// Texts and scores, in the order of their ids.
    pub(super) pieces: Vec<(String, f32)>,
    /// The normaliser's table, as it is there.
    pub(super) charsmap: Vec<u8>,
}

impl SentencePieces {
    /// `None` when a piece has no readable text or score, or when there is no table.
    pub(super) fn parse(model: &[u8]) -> Option<Self> {
        let find = |message, wanted| fields(message).find(|(number, _)| *number == wanted).map(|(_, value)| value);
        let mut pieces = Vec::new();
        for (_, piece) in fields(model).filter(|(number, _)| *number == 1) {
            let text = std::str::from_utf8(find(piece, 1)?).ok()?;
            let score = find(piece, 2).map_or(Some(0.0), |score| Some(f32::from_le_bytes(score.try_into().ok()?)));
            pieces.push((text.to_owned(), score?));
        }
        Some(Self { pieces, charsmap: find(find(model, 3)?, 2)?.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", length.as_slice(), header.as_bytes(), data].concat()
    }

    #[test]
    fn arrays_are_read_with_their_shapes() {
        let bytes = NpyArray::parse(&npy("|u1", "(2, 1)", &[7, 9])).unwrap();
        assert_eq!(bytes, NpyArray { shape: vec![2, 1], numbers: Numbers::Bytes(vec![7, 9]) });
        let single = NpyArray::parse(&npy("<f8", "()", &2.5_f64.to_le_bytes())).unwrap();
        assert_eq!(single, NpyArray { shape: vec![], numbers: Numbers::Doubles(vec![2.5]) });
        let row = NpyArray::parse(&npy("<f4", "(1,)", &0.5_f32.to_le_bytes())).unwrap();
        assert_eq!((row.shape.clone(), row.floats()), (vec![1], Some(vec![0.5])));
    }

    #[test]
    fn array_that_is_short_or_of_another_kind_is_refused() {
        assert!(NpyArray::parse(&npy("|u1", "(3,)", &[7, 9])).is_none());
        assert!(NpyArray::parse(&npy("<i8", "(1,)", &[0; 8])).is_none());
        assert!(NpyArray::parse(&npy("<f4", "(1,)", &[0; 5])).is_none());
    }

    #[test]
    fn vocabulary_is_read_from_its_message() {
        let piece = [b"\x0a\x02\xd0\xb0\x15".as_slice(), &(-1.5_f32).to_le_bytes(), b"\x18\x02"].concat();
        let model = [b"\x0a\x0b", piece.as_slice(), b"\x12\x02\x08\x01\x1a\x05\x12\x03map"].concat();
        let read = SentencePieces::parse(&model).unwrap();
        assert_eq!(read.pieces, [("а".to_owned(), -1.5)]);
        assert_eq!(read.charsmap, b"map");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(fields(&bytes).count() <= bytes.len());
            let array = [b"\x93NUMPY\x01\x00".as_slice(), &bytes].concat();
            prop_assert!(NpyArray::parse(&array).is_none_or(|array| array.shape.len() < 200));
            prop_assert!(SentencePieces::parse(&bytes).is_none_or(|read| read.pieces.len() <= bytes.len()));
        }
    }
}
