//! One spelling for what looks alike (full width, ligatures, composed accents, odd blanks), by a table that comes with the
//! model: a double-array trie from byte sequences to their replacements.
//!
//! It folds no case and corrects nothing: it must do to a text exactly what was done when the model was trained.

/// Stands for a blank within pieces.
pub(super) const BLANK: char = '\u{2581}';

/// The table. A damaged one gives a wrong spelling and never a panic: no unit is read outside it.
#[derive(Debug)]
pub(super) struct Charsmap {
    /// Units of the trie: label and end mark in the low bits, offset of the children above.
    units: Vec<u32>,
    /// Replacements, each ended by a zero; leaves of the trie point in here.
    replacements: String,
}

impl Charsmap {
    pub(super) fn new(units: Vec<u32>, replacements: String) -> Self {
        Self { units, replacements }
    }

    pub(super) fn units(&self) -> &[u32] {
        &self.units
    }

    pub(super) fn replacements(&self) -> &str {
        &self.replacements
    }

    /// The text in the model's spelling: blanks are `BLANK`, one stands in front, none at the end and no two together. Empty
    /// for a text without a visible character. Stops once there are `most` characters.
    pub(super) fn normalize(&self, text: &str, most: usize) -> String {
        let mut out = String::with_capacity(text.len().min(4 * most) + BLANK.len_utf8());
        out.push(BLANK);
        let (mut count, mut after_blank) = (1, true);
        let mut rest = text;
        while !rest.is_empty() && count < most {
            let (replaced, after) = self.replace_first(rest);
            rest = after;
            let piece = if after_blank { replaced.trim_start_matches(' ') } else { replaced };
            for c in piece.chars() {
                out.push(if c == ' ' { BLANK } else { c });
                count += 1;
            }
            if !piece.is_empty() {
                after_blank = piece.ends_with(' ');
            }
        }
        out.truncate(out.trim_end_matches(BLANK).len());
        out
    }

    /// The replacement of the longest known beginning of a text, or else its first character as it is; and the rest.
    fn replace_first<'a>(&'a self, text: &'a str) -> (&'a str, &'a str) {
        let replaced = self.longest(text.as_bytes()).and_then(|(length, at)| {
            let replacement = self.replacements.get(at..)?.split('\0').next()?;
            Some((replacement, text.get(length..)?))
        });
        replaced.unwrap_or_else(|| {
            let first = text.chars().next().map_or(0, char::len_utf8);
            text.split_at(first)
        })
    }

    /// The longest key that the bytes begin with: its length, and where its replacement is.
    fn longest(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let mut found = None;
        let mut at = offset(*self.units.first()?);
        for (index, byte) in bytes.iter().enumerate() {
            at ^= usize::from(*byte);
            let Some(unit) = self.units.get(at) else { break };
            if unit & 0x8000_00ff != u32::from(*byte) {
                break;
            }
            at ^= offset(*unit);
            if unit & 0x100 != 0 {
                let leaf = self.units.get(at)?;
                found = Some((index + 1, (leaf & 0x7fff_ffff) as usize));
            }
        }
        found
    }
}

/// Where the children of a unit are, relative to it: bit 9 says that the number in the bits above counts in steps of 256.
fn offset(unit: u32) -> usize {
    ((unit >> 10) as usize) << ((unit & 0x200) >> 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn without_table() -> Charsmap {
        Charsmap::new(Vec::new(), String::new())
    }

    #[test]
    fn blanks_are_marked_in_front_and_folded_within() {
        let map = without_table();
        assert_eq!(map.normalize("  где   тест ", 100), "▁где▁тест");
        assert_eq!(map.normalize("", 100), "");
        assert_eq!(map.normalize("   ", 100), "");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(without_table().normalize("привет", 4), "▁при");
        assert_eq!(without_table().normalize("при вет", 5), "▁при");
    }

    proptest! {
        #[test]
        fn any_table_and_any_text_are_survived(
            units in proptest::collection::vec(any::<u32>(), 0..600),
            replacements in any::<String>(),
            text in any::<String>(),
        ) {
            let normal = Charsmap::new(units, replacements).normalize(&text, 50);
            prop_assert!(!normal.ends_with(BLANK));
        }
    }
}
