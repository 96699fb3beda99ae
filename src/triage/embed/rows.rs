//! The table with a row of numbers for each piece, packed: the model's 6-bit values in a Rice code, about 3 bits a value.
//!
//! Packed it takes a tenth of the memory of floats and loses nothing; a row is unpacked when its piece is met, in three
//! microseconds. `docs/decisions.md` says why not plain 6 bits.

use super::format::{ModelError, Piece};

/// Values are below this.
pub(super) const LEVELS: usize = 64;
const LEVEL_BITS: u32 = 6;

/// So many zeros in front mean that the value itself follows: it bounds the length of a code.
const ESCAPE: u32 = 16;

/// Low bits that are written as they are.
const MOST_LOW_BITS: u8 = 5;

/// A code for values around a centre: the distance, even for above and odd for below, as `distance >> low_bits` zeros, a one,
/// and the low bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) centre: u8,
    pub(super) low_bits: u8,
}

impl Code {
    /// The code that takes the fewest bits for values as frequent as counted.
    pub(super) fn best(counts: &[u64; LEVELS]) -> Self {
        let codes = (0..64).flat_map(|centre| (0..=MOST_LOW_BITS).map(move |low_bits| Self { centre, low_bits }));
        let bits = |code: &Self| -> u64 {
            (0..64_u8).zip(counts).map(|(value, count)| count * u64::from(code.word(value).1)).sum()
        };
        codes.min_by_key(bits).unwrap_or(Self { centre: 0, low_bits: 0 })
    }

    /// Whether [`Code::pack`] can have made rows with it.
    pub(super) fn is_valid(self) -> bool {
        usize::from(self.centre) < LEVELS && self.low_bits <= MOST_LOW_BITS
    }

    /// The bits of a value, lowest first, and how many they are.
    fn word(self, value: u8) -> (u64, u32) {
        let (value, centre) = (u32::from(value), u32::from(self.centre));
        let distance = if value >= centre { 2 * (value - centre) } else { 2 * (centre - value) - 1 };
        let low_bits = u32::from(self.low_bits);
        let (zeros, low) = (distance >> low_bits, distance & ((1 << low_bits) - 1));
        if zeros >= ESCAPE {
            return (u64::from(value) << ESCAPE, ESCAPE + LEVEL_BITS);
        }
        (u64::from(1 | low << 1) << zeros, zeros + 1 + low_bits)
    }

    /// Values below `LEVELS` as whole bytes.
    pub(super) fn pack(self, values: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(values.len() / 2);
        let (mut buffer, mut filled) = (0_u64, 0);
        for value in values {
            let (word, bits) = self.word(*value);
            buffer |= word << filled;
            filled += bits;
            while filled >= 8 {
                out.push(buffer.to_le_bytes()[0]);
                buffer >>= 8;
                filled -= 8;
            }
        }
        if filled > 0 {
            out.push(buffer.to_le_bytes()[0]);
        }
        out
    }

    /// Gives `each` one value below `LEVELS` for every slot, whatever the bytes are; past their end it reads zeros.
    fn unpack(self, packed: &[u8], slots: &mut [f32], value_of: &[f32; LEVELS]) {
        let low_bits = u32::from(self.low_bits);
        let low_mask = (1_u64 << low_bits) - 1;
        let centre = u64::from(self.centre);
        let mut bytes = packed.iter();
        let (mut buffer, mut filled) = (0_u64, 0_u32);
        for slot in slots {
            while filled < ESCAPE + LEVEL_BITS {
                buffer |= u64::from(bytes.next().copied().unwrap_or(0)) << filled;
                filled += 8;
            }
            let zeros = buffer.trailing_zeros();
            let (value, bits) = if zeros >= ESCAPE {
                (buffer >> ESCAPE, ESCAPE + LEVEL_BITS)
            } else {
                let distance = (u64::from(zeros) << low_bits) | (buffer >> (zeros + 1) & low_mask);
                let half = distance >> 1;
                // Odd distances are below the centre: −half − 1 is the complement of half.
                (centre.wrapping_add(half ^ (distance & 1).wrapping_neg()), zeros + 1 + low_bits)
            };
            buffer >>= bits;
            filled -= bits;
            *slot = value_of[(value & 63) as usize];
        }
    }
}

/// The pieces whose id leaves the same rest when divided by the number of parts: they share a scale, and so a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) scale: f32,
    pub(super) lowest: f32,
    pub(super) code: Code,
}

/// The table.
#[derive(Debug)]
pub(super) struct Rows {
    codes: Vec<Code>,
    /// By part: what each value stands for.
    values: Vec<[f32; LEVELS]>,
    /// By piece: its part.
    parts: Vec<u8>,
    /// By piece: where its row begins; one more for the end of the last.
    starts: Vec<u32>,
    packed: Vec<u8>,
}

impl Rows {
    /// Takes the packed rows of the pieces, one after the other.
    ///
    /// # Errors
    /// When the lengths do not add up, or a code is none.
    pub(super) fn new(parts: Vec<Part>, pieces: &[Piece], packed: Vec<u8>) -> Result<Self, ModelError> {
        let damaged = ModelError::Damaged("the table of pieces does not fit its rows");
        let (Ok(count), false) = (u8::try_from(parts.len()), parts.is_empty()) else { return Err(damaged) };
        let mut starts = vec![0_u32];
        let mut end = 0_u32;
        for piece in pieces {
            let Some(next) = end.checked_add(u32::from(piece.row_bytes)) else { return Err(damaged) };
            end = next;
            starts.push(end);
        }
        if end as usize != packed.len() || !parts.iter().all(|p| p.code.is_valid()) {
            return Err(damaged);
        }
        let part = |id: u32| u8::try_from(id % u32::from(count)).unwrap_or(0);
        let values = |part: &Part| std::array::from_fn(|value| value as f32 * part.scale + part.lowest);
        Ok(Self {
            codes: parts.iter().map(|p| p.code).collect(),
            values: parts.iter().map(values).collect(),
            parts: pieces.iter().map(|p| part(p.id)).collect(),
            starts,
            packed,
        })
    }

    /// Writes the row of a piece to the beginning of `row`; nothing for a piece that is not in the table.
    pub(super) fn unpack(&self, piece: usize, row: &mut [f32]) {
        let found = self.starts.get(piece..piece + 2).and_then(|bounds| {
            let packed = self.packed.get(bounds[0] as usize..bounds[1] as usize)?;
            let part = usize::from(*self.parts.get(piece)?);
            Some((packed, self.codes.get(part)?, self.values.get(part)?))
        });
        if let Some((packed, code, values)) = found {
            code.unpack(packed, row, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpacked(code: Code, packed: &[u8], count: usize) -> Vec<u8> {
        let same: [f32; LEVELS] = std::array::from_fn(|value| value as f32);
        let mut slots = vec![-1.0; count];
        code.unpack(packed, &mut slots, &same);
        let place = |slot: &f32| (0..64_u8).find(|value| f32::from(*value) == *slot).unwrap();
        slots.iter().map(place).collect()
    }

    #[test]
    fn frequent_values_get_short_codes() {
        let mut counts = [1; LEVELS];
        counts[30] = 1000;
        counts[31] = 500;
        let code = Code::best(&counts);
        assert_eq!(code.centre, 30);
        assert!(code.word(30).1 < code.word(0).1);
    }

    #[test]
    fn row_of_a_piece_is_scaled_by_its_part() {
        let code = Code { centre: 3, low_bits: 1 };
        let part = |scale| Part { scale, lowest: -1.0, code };
        let packed = [code.pack(&[1, 63, 0]), code.pack(&[2, 3, 4])];
        let piece = |id, row: &[u8]| Piece {
            id,
            score: 0.0,
            row_bytes: u16::try_from(row.len()).unwrap(),
            text: String::new(),
        };
        let pieces = [piece(2, &packed[0]), piece(5, &packed[1])];
        let rows = Rows::new(vec![part(1.0), part(0.5)], &pieces, packed.concat()).unwrap();
        let mut row = [0.0; 3];
        rows.unpack(0, &mut row);
        assert_eq!(row, [0.0, 62.0, -1.0]);
        rows.unpack(1, &mut row);
        assert_eq!(row, [0.0, 0.5, 1.0]);
        assert!(Rows::new(vec![part(1.0)], &pieces, packed[0].clone()).is_err());
    }

    proptest! {
        #[test]
        fn packed_values_come_back(
            centre in 0_u8..64,
            low_bits in 0..=MOST_LOW_BITS,
            values in proptest::collection::vec(0_u8..64, 0..200),
        ) {
            let code = Code { centre, low_bits };
            prop_assert_eq!(unpacked(code, &code.pack(&values), values.len()), values);
        }

        #[test]
        fn any_bytes_unpack_to_values_of_six_bits(
            centre in 0_u8..64,
            low_bits in 0..=MOST_LOW_BITS,
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let values = unpacked(Code { centre, low_bits }, &bytes, 300);
            prop_assert_eq!(values.len(), 300);
        }
    }
}
