//! The index behind suggestions, built anew only when the library's words or the judge have changed.

use crate::domain::answer::{Answer, AnswerText};
use crate::triage::{Suggester, Triage};
use std::sync::{Arc, Mutex, PoisonError};

struct Built {
    texts: Vec<AnswerText>,
    suggester: Arc<Suggester>,
}

#[derive(Default)]
pub(super) struct Library(Mutex<Option<Built>>);

impl Library {
    /// The suggester for just these answers. Building blocks: not for an async thread.
    pub(super) fn suggester(&self, answers: &[Answer], triage: &Triage) -> Arc<Suggester> {
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = |b: &&Built| b.suggester.is_of(triage) && b.texts.iter().eq(answers.iter().map(|a| &a.text));
        if let Some(built) = built.as_ref().filter(is_current) {
            return Arc::clone(&built.suggester);
        }
        let texts: Vec<AnswerText> = answers.iter().map(|a| a.text.clone()).collect();
        let earlier = built.as_ref().map(|b| b.suggester.as_ref());
        let suggester = Arc::new(Suggester::rebuilt(&texts, triage, earlier));
        *built = Some(Built { texts, suggester: Arc::clone(&suggester) });
        suggester
    }
}
