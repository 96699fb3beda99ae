//! The questions that answers are known by, as the sentence model reads them, and how near a post is to each answer's nearest.
//!
//! It holds vectors and compares them. What is near enough, and what else speaks for an answer, is not its business.

use crate::triage::embed::Embedder;
use std::collections::HashMap;
use std::sync::Arc;

/// What 1 is held as: half of what fits, so that no sum of products of two vectors of length 1 runs over.
const ONE: f32 = 16_384.0;

/// Titles and example questions of answers.
#[derive(Debug, Default)]
pub(super) struct Questions(Vec<Question>);

#[derive(Debug)]
struct Question {
    /// The place of the answer it belongs to.
    answer: usize,
    text: String,
    /// In whole numbers: half of what a post would have to be held against otherwise, for less than a thousandth of likeness.
    vector: Arc<[i16]>,
}

impl Questions {
    /// Of texts, each with the place of its answer. What `earlier`, of the same sentence model, knows is not read again: a
    /// question takes some 3 ms.
    pub(super) fn new<'a>(
        asked: impl Iterator<Item = (usize, &'a str)>,
        sentences: &Embedder,
        earlier: Option<&Self>,
    ) -> Self {
        let known = earlier.into_iter().flat_map(|earlier| &earlier.0);
        let known: HashMap<&str, &Arc<[i16]>> = known.map(|q| (q.text.as_str(), &q.vector)).collect();
        let question = |(answer, text): (usize, &str)| Question {
            answer,
            text: text.to_owned(),
            vector: known.get(text).map_or_else(|| whole(&sentences.embed(text).vector).into(), |v| Arc::clone(v)),
        };
        Self(asked.map(question).collect())
    }

    /// For each of so many answers the likeness of its nearest question to a vector of length 1, 0 at least; nothing where
    /// there are no questions.
    pub(super) fn nearest(&self, vector: &[f32], answers: usize) -> Option<Vec<f64>> {
        if self.0.is_empty() {
            return None;
        }
        let vector = whole(vector);
        let mut nearest = vec![0; answers];
        for question in &self.0 {
            if let Some(best) = nearest.get_mut(question.answer) {
                *best = likeness(&vector, &question.vector).max(*best);
            }
        }
        let one = f64::from(ONE * ONE);
        Some(nearest.into_iter().map(|likeness| f64::from(likeness) / one).collect())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a number of a vector of length 1 fits, and any other is cut to what fits"
)]
fn whole(vector: &[f32]) -> Vec<i16> {
    vector.iter().map(|number| (number * ONE).round() as i16).collect()
}

fn likeness(one: &[i16], other: &[i16]) -> i32 {
    one.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(*b)).fold(0, i32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(of: &[(usize, &[f32])]) -> Questions {
        let question = |(answer, vector): &(usize, &[f32])| Question {
            answer: *answer,
            text: String::new(),
            vector: whole(vector).into(),
        };
        Questions(of.iter().map(question).collect())
    }

    #[test]
    fn answer_is_as_near_as_its_nearest_question() {
        let questions = questions(&[(0, &[1.0, 0.0]), (0, &[0.6, 0.8]), (2, &[0.0, -1.0])]);
        let nearest = questions.nearest(&[0.8, 0.6], 3).expect("there are questions");
        for (found, right) in nearest.iter().zip([0.96, 0.0, 0.0]) {
            assert!((found - right).abs() < 1e-3, "{nearest:?}");
        }
    }

    #[test]
    fn longest_vectors_that_are_alike_do_not_run_over() {
        let part = (1.0_f32 / 512.0).sqrt();
        let nearest = questions(&[(0, &[part; 512])]).nearest(&[part; 512], 1).expect("there is a question");
        assert!((nearest[0] - 1.0).abs() < 1e-3, "{nearest:?}");
    }

    #[test]
    fn without_questions_nothing_is_said() {
        assert!(Questions::default().nearest(&[1.0], 3).is_none());
    }
}
