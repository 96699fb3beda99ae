//! What forums offered to recognise pages by: asked for with it, a page that has not changed is not sent again.
//!
//! One page for each thread and list, in memory: after a restart the first answer is a whole one. A forum's word is taken
//! a few times in a row and then checked: one that is wrong about a full last page would hide the next page for ever.

use crate::domain::thread::ThreadId;
use crate::forum::Freshness;
use std::collections::HashMap;

/// So many answers in a row may be "not changed".
const IN_A_ROW: u32 = 5;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Page {
    /// The last page of a thread.
    Thread(ThreadId),
    List(String),
}

#[derive(Default)]
pub(super) struct Fresh(HashMap<Page, (Freshness, u32)>);

impl Fresh {
    /// What to ask with for this page, unless the whole page is to be asked for.
    pub(super) fn of(&self, page: &Page) -> Option<Freshness> {
        self.0.get(page).filter(|(_, in_a_row)| *in_a_row < IN_A_ROW).map(|(known, _)| known.clone())
    }

    /// The forum says that the page has not changed.
    pub(super) fn confirmed(&mut self, page: &Page) {
        if let Some((_, in_a_row)) = self.0.get_mut(page) {
            *in_a_row += 1;
        }
    }

    /// The page was read and written down. To be called after that alone: what was not written down must come again.
    pub(super) fn keep(&mut self, page: Page, known: Option<Freshness>) {
        match known {
            Some(known) => drop(self.0.insert(page, (known, 0))),
            None => drop(self.0.remove(&page)),
        }
    }
}
