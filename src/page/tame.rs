//! Keeps hostile markup from costing time: when too many elements are open, or unclosed formatting was copied into too many
//! paragraphs, further tags never reach the tree builder.
//!
//! Building a tree is quadratic in the number of open elements, and `<b a=1><b a=2>…` multiplies into everything that
//! follows. A forum page is written by strangers. This is no sanitiser: what is left may hold anything.

use super::tree::{Id, TreeMaker};
use html5ever::interface::Tracer;
use html5ever::tokenizer::{EndTag, Tag, TagToken, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::TreeBuilder;
use html5ever::{LocalName, local_name};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// Elements open inside each other, and formatting that waits to be taken up again. Real forum pages stay below 60;
/// browsers stop nesting at 512.
const MAX_OPEN: usize = 300;
/// Copies of unclosed formatting elements on one page, roughly.
const MAX_COPIES: usize = 100_000;
/// Tokens between two looks at what is open.
const LOOK_EVERY: usize = 32;

/// Passes on all tokens but those of tags beyond the limits.
pub(super) struct Tame {
    builder: TreeBuilder<Id, TreeMaker>,
    tokens: Cell<usize>,
    /// The count of tokens at which the next tag is a reason to look: text between tags must not hide them.
    next_look: Cell<usize>,
    /// Too many elements are open.
    deep: Cell<bool>,
    /// Too many copies were made: no further tags at all.
    flat: Cell<bool>,
    /// Tags left out whose end tags may still come.
    left_out: RefCell<HashMap<LocalName, usize>>,
    cut: Cell<bool>,
}

impl Tame {
    pub(super) fn new(builder: TreeBuilder<Id, TreeMaker>) -> Self {
        Self {
            builder,
            tokens: Cell::default(),
            next_look: Cell::new(LOOK_EVERY),
            deep: Cell::default(),
            flat: Cell::default(),
            left_out: RefCell::default(),
            cut: Cell::default(),
        }
    }

    /// Whether any tags were left out.
    pub(super) fn cut(&self) -> bool {
        self.cut.get()
    }

    pub(super) fn into_builder(self) -> TreeBuilder<Id, TreeMaker> {
        self.builder
    }

    fn look(&self) {
        struct Count(Cell<usize>);
        impl Tracer for Count {
            type Handle = Id;
            fn trace_handle(&self, _: &Id) {
                self.0.set(self.0.get() + 1);
            }
        }
        let open = Count(Cell::new(0));
        self.builder.trace_handles(&open);
        self.deep.set(open.0.get() > MAX_OPEN);
        // A token makes a node or two, unless formatting is copied.
        self.flat.set(self.builder.sink.len() > 2 * self.tokens.get() + MAX_COPIES);
    }

    fn is_too_much(&self, tag: &Tag) -> bool {
        if self.deep.get() || self.tokens.get() >= self.next_look.get() {
            self.next_look.set(self.tokens.get() + LOOK_EVERY);
            self.look();
        }
        if self.flat.get() {
            return !(is_code(&tag.name) && self.is_html());
        }
        let mut left_out = self.left_out.borrow_mut();
        if tag.kind == EndTag {
            let Some(times) = left_out.get_mut(&tag.name) else { return false };
            *times -= 1;
            if *times == 0 {
                left_out.remove(&tag.name);
            }
            return true;
        }
        if !self.deep.get() || holds_no_elements(&tag.name) && self.is_html() {
            return false;
        }
        *left_out.entry(tag.name.clone()).or_default() += 1;
        true
    }

    /// In drawings and formulas any element holds others.
    fn is_html(&self) -> bool {
        !self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

impl TokenSink for Tame {
    type Handle = Id;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Id> {
        self.tokens.set(self.tokens.get() + 1);
        if let TagToken(tag) = &token
            && self.is_too_much(tag)
        {
            self.cut.set(true);
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Without its tags, what is inside would be taken for text.
fn is_code(name: &LocalName) -> bool {
    matches!(*name, local_name!("script") | local_name!("style"))
}

fn holds_no_elements(name: &LocalName) -> bool {
    is_code(name)
        || matches!(
            *name,
            local_name!("area")
                | local_name!("base")
                | local_name!("br")
                | local_name!("col")
                | local_name!("embed")
                | local_name!("hr")
                | local_name!("iframe")
                | local_name!("img")
                | local_name!("input")
                | local_name!("link")
                | local_name!("meta")
                | local_name!("noembed")
                | local_name!("noframes")
                | local_name!("param")
                | local_name!("source")
                | local_name!("textarea")
                | local_name!("title")
                | local_name!("track")
                | local_name!("wbr")
                | local_name!("xmp")
        )
}

#[cfg(test)]
mod tests {
    use crate::page::text::walk;
    use crate::page::tree::Tree;

    fn text(page: &Tree) -> String {
        page.root_element().text().collect()
    }

    fn depth(page: &Tree) -> usize {
        let mut open = 0;
        let depths = walk(page.root_element()).map(|(_, opening)| {
            open = if opening { open + 1 } else { open - 1 };
            open
        });
        depths.max().unwrap_or_default()
    }

    #[test]
    fn ordinary_page_is_left_as_it_is() {
        let cell = "<td><font size=2><b>x<p>y<a name=1>z</td>";
        let page = format!(
            "<ul><li>a<li>b</ul><ruby>c<rt>d</ruby><table>{}</table>",
            format!("<tr>{cell}{cell}").repeat(1_000)
        );
        let (page, cut) = Tree::read(&page);
        assert!(!cut);
        assert_eq!(text(&page).len(), 4 + 1_000 * 6);
    }

    #[test]
    fn deep_nesting_is_flattened_and_text_kept() {
        let page = format!("{}x{}y", "<div>".repeat(100_000), "</div>".repeat(100_000));
        let (page, cut) = Tree::read(&page);
        assert!(cut);
        assert!((300..400).contains(&depth(&page)), "{}", depth(&page));
        assert_eq!(text(&page), "xy");
        let last = page.root_element().descendants().last().expect("text");
        assert_eq!(last.ancestors().count(), 3, "what was closed is closed");
        for tag in [
            "<rt>",
            "<rt>x",
            "<div>x",
            "<div>x<b>y",
            "<optgroup>",
            "<svg><td><input>",
            "<table><tr><td>",
            "<a><div>",
            "<select>",
            "<button>",
        ] {
            let (page, cut) = Tree::read(&format!("{}x", tag.repeat(50_000)));
            assert!(depth(&page) < 700, "{tag} is nested {} deep", depth(&page));
            assert!(cut || depth(&page) < 20, "{tag}");
        }
    }

    #[test]
    fn scripts_are_no_text_however_deep_they_stand() {
        let (page, _) = Tree::read(&format!("{}<script>a<b</script>x", "<div>".repeat(1_000)));
        let script = page
            .root()
            .descendants()
            .any(|node| matches!(node.value(), crate::page::tree::Node::Element(e) if e.name() == "script"));
        assert!(script);
    }

    #[test]
    fn unclosed_formatting_cannot_multiply() {
        let bold: String = (0..5_000).map(|n| format!("<b id={n}>")).collect();
        for (each, times) in [("<p>x", 50_000), ("</p>x", 50_000), ("<table><td>x</table><p>x", 10_000)] {
            let (page, cut) = Tree::read(&format!("<p>{bold}{}", each.repeat(times)));
            assert!(cut);
            let nodes = page.root().descendants().count();
            assert!(nodes < 400_000, "{nodes} nodes of {each}");
        }
    }
}
