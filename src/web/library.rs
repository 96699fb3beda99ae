//! The index behind suggestions, built anew only when the library's words have changed.

use crate::domain::answer::{Answer, AnswerText};
use crate::triage::Suggester;
use std::sync::{Arc, Mutex, PoisonError};

struct Built {
    texts: Vec<AnswerText>,
    suggester: Arc<Suggester>,
}

#[derive(Default)]
pub(super) struct Library(Mutex<Option<Built>>);

impl Library {
    /// The suggester for just these answers. Building blocks: not for an async thread.
    pub(super) fn suggester(&self, answers: &[Answer]) -> Arc<Suggester> {
        let mut built = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = built.as_ref().filter(|b| b.texts.iter().eq(answers.iter().map(|a| &a.text))) {
            return Arc::clone(&built.suggester);
        }
        let texts: Vec<AnswerText> = answers.iter().map(|a| a.text.clone()).collect();
        let suggester = Arc::new(Suggester::new(&texts));
        *built = Some(Built { texts, suggester: Arc::clone(&suggester) });
        suggester
    }
}
