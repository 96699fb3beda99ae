//! Cuts a text into known pieces so that the sum of their scores is highest (a unigram model, after Viterbi).
//!
//! It knows pieces by their place in the model file; what numbers belong to them is `rows`' matter.

use super::format::{ModelError, Piece};
use std::collections::VecDeque;

/// No piece ends in this node.
const NONE: u32 = u32::MAX;

/// Ids that the published vocabulary gives to what is no part of a text.
const UNKNOWN_ID: u32 = 0;
const BEGIN_ID: u32 = 1;
const END_ID: u32 = 2;

/// The places of the marks that are put around a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) begin: usize,
    pub(super) end: usize,
}

/// The known pieces, as a trie over their bytes: the children of a node lie side by side in the order of their labels.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The children of node `n` are the nodes from `children[n]` to `children[n + 1]`.
    children: Vec<u32>,
    /// By node: the byte that leads to it.
    labels: Vec<u8>,
    /// By node: the piece that ends there, or `NONE`.
    ends: Vec<u32>,
    /// By piece.
    scores: Vec<f32>,
    unknown: usize,
    unknown_score: f64,
    marks: Marks,
}

impl Vocabulary {
    /// Takes pieces in the order of their bytes, each once.
    ///
    /// # Errors
    /// When they are not in order, or the unknown piece or a mark is missing.
    pub(super) fn new(pieces: &[Piece], unknown_score: f32) -> Result<Self, ModelError> {
        if !pieces.is_sorted_by(|a, b| a.text.as_bytes() < b.text.as_bytes()) {
            return Err(ModelError::Damaged("the pieces are not in order"));
        }
        let place = |id: u32| {
            let place = pieces.iter().position(|p| p.id == id);
            place.ok_or(ModelError::Damaged("a mark is missing among the pieces"))
        };
        let mut this = Self {
            children: Vec::new(),
            labels: vec![0],
            ends: Vec::new(),
            scores: pieces.iter().map(|p| p.score).collect(),
            unknown: place(UNKNOWN_ID)?,
            unknown_score: f64::from(unknown_score),
            marks: Marks { begin: place(BEGIN_ID)?, end: place(END_ID)? },
        };
        this.build(pieces);
        Ok(this)
    }

    /// Goes through the trie level by level, so that siblings come one after the other. Pieces are fewer than `NONE`: their
    /// count is 32 bits wide in the file, and each takes bytes there.
    #[expect(clippy::cast_possible_truncation, reason = "a file in memory has fewer nodes than 32 bits can count")]
    fn build(&mut self, pieces: &[Piece]) {
        let mut waiting = VecDeque::from([(0, pieces.len(), 0)]);
        while let Some((mut from, to, depth)) = waiting.pop_front() {
            let byte = |n: usize| pieces.get(n).and_then(|p| p.text.as_bytes().get(depth)).copied();
            let ends_here = from < to && byte(from).is_none();
            self.ends.push(if ends_here { from as u32 } else { NONE });
            from += usize::from(ends_here);
            self.children.push(self.labels.len() as u32);
            while let (true, Some(label)) = (from < to, byte(from)) {
                let next = (from..to).find(|n| byte(*n) != Some(label)).unwrap_or(to);
                self.labels.push(label);
                waiting.push_back((from, next, depth + 1));
                from = next;
            }
        }
        self.children.push(self.labels.len() as u32);
    }

    pub(super) fn marks(&self) -> Marks {
        self.marks
    }

    /// The pieces of a normalised text, in order. A character that is in no piece is the unknown piece, and so is an empty
    /// text. Of ways with equal sums the one whose last piece begins first is taken, as the reference does.
    pub(super) fn segment(&self, text: &str) -> Vec<usize> {
        if text.is_empty() {
            return vec![self.unknown];
        }
        let bytes = text.as_bytes();
        let unreached = Step { sum: f64::NEG_INFINITY, from: 0, piece: self.unknown };
        // By position: the best way to get there.
        let mut steps = vec![unreached; bytes.len() + 1];
        steps[0].sum = 0.0;
        for (from, first) in text.char_indices() {
            let base = steps[from].sum;
            let after_first = from + first.len_utf8();
            let mut reach = |to: usize, piece: usize, score: f64| {
                if base + score > steps[to].sum {
                    steps[to] = Step { sum: base + score, from, piece };
                }
            };
            let mut known = false;
            let mut node = 0;
            for (to, byte) in (from + 1..).zip(&bytes[from..]) {
                let Some(child) = self.child(node, *byte) else { break };
                node = child;
                if let Some((piece, score)) = self.piece_at(node) {
                    reach(to, piece, f64::from(score));
                    known |= to == after_first;
                }
            }
            if !known {
                reach(after_first, self.unknown, self.unknown_score);
            }
        }
        way_back(&steps)
    }

    fn child(&self, node: usize, byte: u8) -> Option<usize> {
        let from = *self.children.get(node)? as usize;
        let to = *self.children.get(node + 1)? as usize;
        self.labels.get(from..to)?.binary_search(&byte).ok().map(|n| from + n)
    }

    fn piece_at(&self, node: usize) -> Option<(usize, f32)> {
        let piece = *self.ends.get(node)? as usize;
        self.scores.get(piece).map(|score| (piece, *score))
    }
}

/// The best way to a position: its sum of scores, and its last piece.
#[derive(Clone, Copy)]
struct Step {
    sum: f64,
    from: usize,
    piece: usize,
}

fn way_back(steps: &[Step]) -> Vec<usize> {
    let mut out = Vec::new();
    let mut at = steps.len() - 1;
    while at > 0 {
        out.push(steps[at].piece);
        at = steps[at].from;
    }
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(known: &[(&str, f32)]) -> (Vec<Piece>, Vocabulary) {
        let marks = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0)];
        let all = marks.iter().chain(known).zip(0..);
        let mut pieces: Vec<Piece> = all
            .map(|((text, score), id)| Piece { id, score: *score, row_bytes: 0, text: (*text).to_owned() })
            .collect();
        pieces.sort_by(|a, b| a.text.as_bytes().cmp(b.text.as_bytes()));
        let vocabulary = Vocabulary::new(&pieces, -20.0).unwrap();
        (pieces, vocabulary)
    }

    fn cut(known: &[(&str, f32)], text: &str) -> String {
        let (pieces, vocabulary) = vocabulary(known);
        let texts: Vec<&str> = vocabulary.segment(text).iter().map(|n| pieces[*n].text.as_str()).collect();
        texts.join("|")
    }

    #[test]
    fn way_with_the_highest_sum_is_taken() {
        let known = [("на", -2.0), ("нал", -5.0), ("локсон", -3.0), ("оксон", -4.0), ("н", -9.0), ("а", -9.0)];
        assert_eq!(cut(&known, "налоксон"), "на|локсон");
        let dear = [("на", -2.0), ("нал", -3.0), ("локсон", -9.0), ("оксон", -4.0)];
        assert_eq!(cut(&dear, "налоксон"), "нал|оксон");
    }

    #[test]
    fn unknown_character_stands_alone_between_known_pieces() {
        assert_eq!(cut(&[("а", -1.0), ("б", -1.0)], "а💉б"), "а|<unk>|б");
        assert_eq!(cut(&[], "💉🙏"), "<unk>|<unk>");
        assert_eq!(cut(&[], ""), "<unk>");
    }

    #[test]
    fn of_equal_ways_the_one_with_the_longest_last_piece_is_taken() {
        assert_eq!(cut(&[("а", -1.0), ("аб", -1.0), ("бв", -1.0), ("в", -1.0)], "абв"), "а|бв");
    }

    #[test]
    fn character_that_only_begins_a_piece_is_unknown_by_itself() {
        assert_eq!(cut(&[("аб", -1.0)], "аа"), "<unk>|<unk>");
        assert_eq!(cut(&[("аб", -5.0), ("бв", -1.0)], "абв"), "<unk>|бв");
    }

    #[test]
    fn disorder_and_missing_marks_are_refused() {
        let (mut pieces, _) = vocabulary(&[("а", -1.0), ("б", -1.0)]);
        let without_end: Vec<Piece> = pieces.iter().filter(|p| p.id != END_ID).cloned().collect();
        assert!(Vocabulary::new(&without_end, -20.0).is_err());
        pieces.reverse();
        assert!(Vocabulary::new(&pieces, -20.0).is_err());
    }
}
