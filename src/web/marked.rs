//! A client's words with their personal details marked: pieces for a template to escape, never markup.
//!
//! Marks are a help for the eye, for a person who decides. They are made anew for every page and kept nowhere.

use super::texts::Texts;
use crate::domain::answer::Facts;
use crate::privacy::{self, Found, Kind};

/// Words in pieces; `words.html` shows them.
pub(super) struct Words {
    pub(super) pieces: Vec<Piece>,
    /// The end was left out.
    pub(super) is_cut: bool,
}

/// A part of a text, and what kind of personal detail it is.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) detail: Option<&'static str>,
}

/// What is no secret: the NGO's own facts, and the names under which people write in a thread.
pub(super) struct Known<'a> {
    facts: Vec<String>,
    authors: Vec<&'a str>,
}

impl<'a> Known<'a> {
    pub(super) fn new(facts: &Facts, authors: impl Iterator<Item = &'a str>) -> Self {
        Self { facts: facts.values().cloned().collect(), authors: authors.collect() }
    }

    /// A client's words; `max_chars` of them where not all are wanted.
    pub(super) fn mark(&self, text: &str, max_chars: Option<usize>) -> Words {
        Words::new(text, &self.clients_details(text), max_chars)
    }

    /// The details in a client's words.
    pub(super) fn clients_details(&self, text: &str) -> Vec<Found> {
        let mut found = privacy::find_except(text, &self.facts);
        // "@nick, try this": everybody in the thread sees who that is.
        found.retain(|f| !text.get(f.range.clone()).is_some_and(|detail| self.is_mention(detail)));
        found
    }

    /// The details in a text of ours.
    pub(super) fn details(&self, text: &str) -> Vec<Found> {
        privacy::find_except(text, &self.facts)
    }

    /// What a reply repeats of the details in the client's posts.
    pub(super) fn repeated(&self, reply: &str, posts: &[&str]) -> Vec<Found> {
        let mut found = privacy::find_repeated(reply, posts, &self.facts);
        found.retain(|f| !reply.get(f.range.clone()).is_some_and(|detail| self.is_mention(detail)));
        found
    }

    fn is_mention(&self, detail: &str) -> bool {
        detail.strip_prefix('@').is_some_and(|name| {
            let name = name.to_lowercase();
            self.authors.iter().any(|author| author.to_lowercase() == name)
        })
    }
}

impl Words {
    /// The text with these finds, which are in order; cut between two characters, never losing a mark.
    pub(super) fn new(text: &str, found: &[Found], max_chars: Option<usize>) -> Self {
        let end = max_chars.and_then(|max| text.char_indices().nth(max)).map_or(text.len(), |(at, _)| at);
        let mut words = Self { pieces: Vec::new(), is_cut: end < text.len() };
        let mut at = 0;
        for f in found.iter().filter(|f| f.range.start < end) {
            words.push(text.get(at..f.range.start), None);
            at = f.range.end.min(end);
            words.push(text.get(f.range.start..at), Some(f.kind.as_str()));
        }
        words.push(text.get(at..end), None);
        if words.is_cut {
            words.push(Some("…"), None);
        }
        words
    }

    fn push(&mut self, text: Option<&str>, detail: Option<&'static str>) {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            self.pieces.push(Piece { text: text.to_owned(), detail });
        }
    }

    pub(super) fn has_details(&self) -> bool {
        self.pieces.iter().any(|p| p.detail.is_some())
    }
}

/// The kinds of these finds, each once, in words.
pub(super) fn words_for(found: &[Found], texts: Texts) -> String {
    kinds(found).iter().map(|kind| texts.word("private", kind.as_str())).collect::<Vec<_>>().join(", ")
}

fn kinds(found: &[Found]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = found.iter().map(|f| f.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(words: &Words) -> String {
        let piece = |p: &Piece| p.detail.map_or_else(|| p.text.clone(), |kind| format!("<{kind}:{}>", p.text));
        words.pieces.iter().map(piece).collect()
    }

    #[test]
    fn details_are_marked_and_a_cut_loses_no_mark() {
        let known = Known::new(&Facts::new(), ["Лесник_43"].into_iter());
        let text = "тел +7 000 123-45-67, спросить @vasek_86";
        assert_eq!(shown(&known.mark(text, None)), "тел <phone:+7 000 123-45-67>, спросить <handle:@vasek_86>");
        let cut = known.mark(text, Some(10));
        assert_eq!(shown(&cut), "тел <phone:+7 000>…");
        assert!(cut.is_cut && cut.has_details() && !known.mark("звоните 103", None).has_details());
    }

    #[test]
    fn what_everybody_knows_is_not_marked() {
        let facts = Facts::from([("doctor_contact".to_owned(), "+7 000 765-43-21".to_owned())]);
        let known = Known::new(&facts, ["лесник_43"].into_iter());
        assert_eq!(shown(&known.mark("@Лесник_43, звони 8 000 765-43-21", None)), "@Лесник_43, звони 8 000 765-43-21");
        assert_eq!(kinds(&known.repeated("+7 000 765-43-21", &["8 000 765-43-21"])), []);
        let both = ["+7 000 123-45-67 и @vasek_86 и +7 000 123-45-68"];
        assert_eq!(kinds(&known.repeated("@vasek_86: 80001234567, 80001234568", &both)), [Kind::Phone, Kind::Handle]);
    }
}
