//! Keeps hostile markup from costing time: tags that nest too deep or leave too much formatting open never reach the
//! tree builder.
//!
//! Building a tree is quadratic in the depth of nesting, and multiplies unclosed `<b a=1><b a=2>…` into every following
//! paragraph. A forum page is written by strangers. This is no sanitiser: what is left may hold anything.

use html5ever::tokenizer::{EndTag, Tag, TagToken, Token, TokenSink, TokenSinkResult};
use html5ever::{LocalName, local_name};
use std::cell::Cell;

/// Elements open inside each other. Real forum pages stay below 60; browsers stop nesting at 512.
const MAX_DEPTH: usize = 250;
/// Formatting elements open at once.
const MAX_FORMATTING: usize = 60;
/// Copies of unclosed formatting elements that a parser may have to make on one page.
const MAX_COPIES: usize = 300_000;

/// Passes on all tokens but those of tags beyond the limits.
pub(super) struct Tame<S> {
    pub(super) inner: S,
    depth: Cell<usize>,
    formatting: Cell<usize>,
    copies: Cell<usize>,
    cut: Cell<bool>,
}

impl<S> Tame<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, depth: Cell::new(0), formatting: Cell::new(0), copies: Cell::new(0), cut: Cell::new(false) }
    }

    /// Whether any tags were left out.
    pub(super) fn cut(&self) -> bool {
        self.cut.get()
    }

    fn is_too_much(&self, tag: &Tag) -> bool {
        let (depth, formatting) = (self.depth.get(), self.formatting.get());
        let is_formatting = is_formatting(&tag.name);
        let counted = is_counted(&tag.name);
        if tag.kind == EndTag {
            self.depth.set(depth - usize::from(counted && depth > 0));
            self.formatting.set(formatting - usize::from(is_formatting && formatting > 0));
            return counted && depth > MAX_DEPTH || is_formatting && formatting > MAX_FORMATTING;
        }
        if !is_formatting {
            self.copies.set(self.copies.get() + formatting.min(MAX_FORMATTING).saturating_sub(4));
        }
        self.depth.set(depth + usize::from(counted));
        self.formatting.set(formatting + usize::from(is_formatting));
        counted && depth >= MAX_DEPTH || is_formatting && formatting >= MAX_FORMATTING || self.copies.get() > MAX_COPIES
    }
}

impl<S: TokenSink> TokenSink for Tame<S> {
    type Handle = S::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<S::Handle> {
        if let TagToken(tag) = &token
            && self.is_too_much(tag)
        {
            self.cut.set(true);
            return TokenSinkResult::Continue;
        }
        self.inner.process_token(token, line)
    }

    fn end(&self) {
        self.inner.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.inner.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Elements whose end tags may be left out, or that have none, do not nest by themselves.
fn is_counted(name: &LocalName) -> bool {
    !matches!(
        *name,
        local_name!("area")
            | local_name!("base")
            | local_name!("body")
            | local_name!("br")
            | local_name!("caption")
            | local_name!("col")
            | local_name!("colgroup")
            | local_name!("dd")
            | local_name!("dt")
            | local_name!("embed")
            | local_name!("head")
            | local_name!("hr")
            | local_name!("html")
            | local_name!("img")
            | local_name!("input")
            | local_name!("li")
            | local_name!("link")
            | local_name!("meta")
            | local_name!("optgroup")
            | local_name!("option")
            | local_name!("p")
            | local_name!("param")
            | local_name!("rp")
            | local_name!("rt")
            | local_name!("source")
            | local_name!("tbody")
            | local_name!("td")
            | local_name!("tfoot")
            | local_name!("th")
            | local_name!("thead")
            | local_name!("tr")
            | local_name!("track")
            | local_name!("wbr")
    )
}

fn is_formatting(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("a")
            | local_name!("b")
            | local_name!("big")
            | local_name!("code")
            | local_name!("em")
            | local_name!("font")
            | local_name!("i")
            | local_name!("nobr")
            | local_name!("s")
            | local_name!("small")
            | local_name!("strike")
            | local_name!("strong")
            | local_name!("tt")
            | local_name!("u")
    )
}
