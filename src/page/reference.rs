//! Pages as html5ever's own tokenizer and scraper's tree have them, for tests and fuzzing to hold ours against.

use super::tree::{Node, Tree};
use html5ever::interface::TreeSink;
use html5ever::tokenizer::{BufferQueue, ParseError, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{QualName, TokenizerResult};
use scraper::{Html, HtmlTreeSink};
use std::collections::BTreeSet;

/// Panics where the page is read otherwise than html5ever reads it, unless something was left out.
#[cfg(fuzzing)]
pub fn assert_read_as_html5ever_does(page: &str) {
    if let (ours, false) = Tree::read(page) {
        assert_eq!(drawing(&ours), their_drawing(&theirs(page)));
    }
}

/// Without parse errors: html5ever's tree builder takes one for the end of what it waits for.
struct Silent(TreeBuilder<<HtmlTreeSink as TreeSink>::Handle, HtmlTreeSink>);

impl TokenSink for Silent {
    type Handle = <HtmlTreeSink as TreeSink>::Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Self::Handle> {
        match token {
            ParseError(_) => TokenSinkResult::Continue,
            token => self.0.process_token(token, line),
        }
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.0.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// By html5ever's own tokenizer, and scraper's tree.
pub(super) fn theirs(page: &str) -> Html {
    let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), options);
    // It would discard one after every script too.
    let options = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Silent(builder), options);
    let input = BufferQueue::default();
    input.push_back(page.strip_prefix('\u{feff}').unwrap_or(page).into());
    while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
    tokenizer.end();
    tokenizer.sink.0.sink.finish()
}

fn attributes<'a>(all: impl Iterator<Item = (&'a QualName, &'a str)>) -> BTreeSet<String> {
    all.map(|(name, value)| format!("{}:{}={value:?}", name.ns, name.local)).collect()
}

/// A line a node: how deep it stands, and what it is.
pub(super) fn drawing(page: &Tree) -> String {
    let root = page.root();
    let mut out = String::new();
    for node in root.descendants() {
        let depth = node.ancestors().count();
        out.push_str(&match node.value() {
            Node::Text(text) => format!("{depth} {:?}\n", &**text),
            Node::Element(element) => {
                let attributes = attributes(element.attrs.iter().map(|attr| (&attr.name, &*attr.value)));
                format!("{depth} {} {} {attributes:?}\n", element.name.ns, element.name())
            }
            Node::Other => format!("{depth}\n"),
        });
    }
    out
}

pub(super) fn their_drawing(page: &Html) -> String {
    let mut out = String::new();
    for node in page.tree.root().descendants() {
        let depth = node.ancestors().count();
        out.push_str(&match node.value() {
            scraper::Node::Text(text) => format!("{depth} {:?}\n", &**text),
            scraper::Node::Element(element) => {
                let attributes = attributes(element.attrs.iter().map(|(name, value)| (name, &**value)));
                format!("{depth} {} {} {attributes:?}\n", element.name.ns, element.name())
            }
            _ => format!("{depth}\n"),
        });
    }
    out
}
