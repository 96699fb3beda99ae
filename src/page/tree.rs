//! A parsed page: its nodes in the order of the page, so that what is inside an element is a range.
//!
//! html5ever's tree builder makes the tree as browsers do; this holds it. It cannot be changed once it is made, and
//! holds nothing that extraction does not ask for: of comments and the like only that there is one.

use super::css::Findings;
use super::tame::Tame;
use super::tokens::{tokenize, with_line_feeds};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, QualName, expanded_name, local_name, ns};
use memchr::memchr_iter;
use std::borrow::Cow;
use std::cell::{Ref, RefCell};
use std::fmt;
use std::ops::Deref;

/// A node's place in the page. Pages are far below the four billion bytes that would be too many.
pub(super) type Id = u32;
const NONE: Id = Id::MAX;

fn id_at(index: usize) -> Id {
    Id::try_from(index).expect("a page has fewer nodes than bytes, and is smaller than 4 GB")
}

fn index_of(id: Id) -> usize {
    usize::try_from(id).expect("addresses have at least 32 bits")
}

/// What a node is.
pub(super) enum Node {
    Text(StrTendril),
    Element(Element),
    /// The page itself, a comment, a document type, what a template holds.
    Other,
}

pub(super) struct Element {
    pub(super) name: QualName,
    pub(super) attrs: Vec<Attribute>,
}

impl Element {
    pub(super) fn name(&self) -> &str {
        &self.name.local
    }

    pub(super) fn attr(&self, name: &str) -> Option<&str> {
        let named =
            |attr: &&Attribute| &*attr.name.local == name && attr.name.ns == ns!() && attr.name.prefix.is_none();
        self.attrs.iter().find(named).map(|attr| &*attr.value)
    }
}

/// A node and its neighbours. While the tree is made, its ids are in the order in which nodes were made; after that, in
/// the order of the page.
struct Entry {
    parent: Id,
    previous: Id,
    /// The next sibling; after the tree was made, the place just after the last node inside it.
    next: Id,
    first: Id,
    last: Id,
    node: Node,
}

/// A parsed page.
pub(super) struct Tree {
    entries: Vec<Entry>,
    /// Where in `entries` the nodes are, in the order of the page.
    order: Vec<Id>,
    /// What each element is by name, id, classes and attributes, for turning most of them down at a glance; nothing for
    /// other nodes.
    signatures: Vec<Signature>,
    findings: Findings,
}

impl Tree {
    /// Reads the text of a page as a browser that runs no scripts does: what stands in `noscript` is part of the page,
    /// sometimes all of it. Never fails. Tells whether anything was left out because it would cost too much.
    pub(super) fn read(text: &str) -> (Self, bool) {
        let options = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
        let text = StrTendril::from(&*with_line_feeds(text));
        // A tag makes a node at most, and the text after it another.
        let expected = 16 + memchr_iter(b'<', text.as_bytes()).count();
        let sink = Tame::new(TreeBuilder::new(TreeMaker::new(expected), options));
        let complete = tokenize(&text, &sink);
        let cut = sink.cut() || !complete;
        (sink.into_builder().sink.finish(), cut)
    }

    /// The page itself.
    pub(super) fn root(&self) -> NodeRef<'_> {
        NodeRef { tree: self, id: 0 }
    }

    pub(super) fn root_element(&self) -> ElementRef<'_> {
        let mut nodes = self.root().children().filter_map(ElementRef::wrap);
        nodes.next().expect("the tree builder makes an html element for every page")
    }
}

/// A node of a page.
#[derive(Clone, Copy)]
pub(super) struct NodeRef<'a> {
    tree: &'a Tree,
    id: Id,
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && std::ptr::eq(self.tree, other.tree)
    }
}

impl Eq for NodeRef<'_> {}

impl<'a> NodeRef<'a> {
    fn entry(self) -> &'a Entry {
        let entry = self.tree.order.get(index_of(self.id)).and_then(|made| self.tree.entries.get(index_of(*made)));
        entry.expect("nodes are made by the tree they are of")
    }

    fn at(self, id: Id) -> Self {
        Self { tree: self.tree, id }
    }

    pub(super) fn value(self) -> &'a Node {
        &self.entry().node
    }

    pub(super) fn parent(self) -> Option<Self> {
        Some(self.entry().parent).filter(|parent| *parent != NONE).map(|parent| self.at(parent))
    }

    pub(super) fn first_child(self) -> Option<Self> {
        let first = self.id + 1;
        (first < self.entry().next).then(|| self.at(first))
    }

    pub(super) fn next_sibling(self) -> Option<Self> {
        let next = self.entry().next;
        (next < self.parent()?.entry().next).then(|| self.at(next))
    }

    pub(super) fn previous_sibling(self) -> Option<Self> {
        Some(self.entry().previous).filter(|previous| *previous != NONE).map(|previous| self.at(previous))
    }

    pub(super) fn children(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.first_child(), |node| node.next_sibling())
    }

    /// The node itself and every node inside it.
    pub(super) fn descendants(self) -> impl Iterator<Item = Self> {
        (self.id..self.entry().next).map(move |id| self.at(id))
    }

    pub(super) fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |node| node.parent())
    }

    /// The nearest first.
    pub(super) fn prev_siblings(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.previous_sibling(), |node| node.previous_sibling())
    }

    pub(super) fn next_siblings(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.next_sibling(), |node| node.next_sibling())
    }

    /// The elements inside it, though not itself, whose signature has one of these.
    pub(super) fn signed<'w>(self, wanted: &'w [Signature]) -> impl Iterator<Item = ElementRef<'a>> + use<'a, 'w> {
        let within = index_of(self.id) + 1..index_of(self.entry().next);
        let signatures = self.tree.signatures.get(within).unwrap_or_default();
        let signed = (self.id + 1..).zip(signatures).filter(move |(_, signature)| signature.has_one_of(wanted));
        signed.filter_map(move |(id, _)| ElementRef::wrap(self.at(id)))
    }
}

/// An element of a page.
#[derive(Clone, Copy)]
pub(super) struct ElementRef<'a> {
    node: NodeRef<'a>,
    element: &'a Element,
}

impl PartialEq for ElementRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl Eq for ElementRef<'_> {}

/// Names only: the rest is forum text.
impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.element.name())
    }
}

impl<'a> Deref for ElementRef<'a> {
    type Target = NodeRef<'a>;

    fn deref(&self) -> &NodeRef<'a> {
        &self.node
    }
}

impl<'a> ElementRef<'a> {
    pub(super) fn wrap(node: NodeRef<'a>) -> Option<Self> {
        match node.value() {
            Node::Element(element) => Some(Self { node, element }),
            _ => None,
        }
    }

    pub(super) fn value(&self) -> &'a Element {
        self.element
    }

    pub(super) fn findings(&self) -> &'a Findings {
        &self.tree.findings
    }

    pub(super) fn nodes_of_page(&self) -> usize {
        self.tree.order.len()
    }

    pub(super) fn signature(&self) -> Signature {
        self.tree.signatures.get(index_of(self.id)).copied().unwrap_or_default()
    }

    /// The outermost elements inside it that are set apart, and, with itself, those that are neither set apart nor inside
    /// one that is.
    pub(super) fn split(self, is_apart: impl Fn(Self) -> bool) -> (Vec<Self>, Vec<Self>) {
        let (mut apart, mut others) = (Vec::new(), vec![self]);
        let mut outside_from = self.id;
        for element in self.signed(&[Signature::ELEMENT]) {
            if element.id < outside_from {
                continue;
            }
            if is_apart(element) {
                outside_from = element.entry().next;
                apart.push(element);
            } else {
                others.push(element);
            }
        }
        (apart, others)
    }

    /// The texts inside it, in their order.
    pub(super) fn text(&self) -> impl Iterator<Item = &'a str> {
        self.descendants().filter_map(|node| match node.value() {
            Node::Text(text) => Some(&**text),
            _ => None,
        })
    }
}

/// One bit each for what an element is called, its id, its classes and what its attributes are called; different names
/// may share a bit. An element with all the bits of a selector may match it, any other cannot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signature(u64);

impl Signature {
    /// Any element, and no other node.
    pub(super) const ELEMENT: Self = Self(1);

    fn of(element: &Element) -> Self {
        let mut signature = Self::ELEMENT.and_name(&element.name.local);
        for attr in &element.attrs {
            signature = signature.and_attribute(&attr.name.local);
            if attr.name.local == local_name!("id") {
                signature = signature.and_id(&attr.value);
            } else if attr.name.local == local_name!("class") {
                signature = attr.value.split_ascii_whitespace().fold(signature, Self::and_class);
            }
        }
        signature
    }

    pub(super) fn and_name(self, name: &LocalName) -> Self {
        self.with(name.get_hash())
    }

    pub(super) fn and_attribute(self, name: &LocalName) -> Self {
        self.with(!name.get_hash())
    }

    pub(super) fn and_id(self, id: &str) -> Self {
        self.with(hash(id, 1))
    }

    pub(super) fn and_class(self, class: &str) -> Self {
        self.with(hash(class, 2))
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn with(self, hash: u64) -> Self {
        let bit = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
        Self(self.0 | 1 << bit.max(1))
    }

    pub(super) fn has_one_of(self, wanted: &[Self]) -> bool {
        wanted.iter().any(|wanted| self.0 & wanted.0 == wanted.0)
    }
}

fn hash(text: &str, kind: u64) -> u64 {
    text.as_bytes().chunks(8).fold(kind, |hash, chunk| {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x517C_C1B7_2722_0A95).rotate_left(23)
    })
}

/// Makes a [`Tree`] from what html5ever's tree builder says.
pub(super) struct TreeMaker(RefCell<Nodes>);

struct Nodes(Vec<Entry>);

impl TreeMaker {
    /// `expected` is about how many nodes there will be.
    pub(super) fn new(expected: usize) -> Self {
        let mut nodes = Nodes(Vec::with_capacity(expected));
        nodes.add(Node::Other);
        Self(RefCell::new(nodes))
    }

    /// How many nodes were made.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().0.len()
    }

    fn add(&self, node: Node) -> Id {
        self.0.borrow_mut().add(node)
    }
}

impl Nodes {
    fn at(&self, id: Id) -> &Entry {
        self.0.get(index_of(id)).expect("ids are given out for nodes that stay")
    }

    fn at_mut(&mut self, id: Id) -> &mut Entry {
        self.0.get_mut(index_of(id)).expect("ids are given out for nodes that stay")
    }

    fn add(&mut self, node: Node) -> Id {
        let id = id_at(self.0.len());
        self.0.push(Entry { parent: NONE, previous: NONE, next: NONE, first: NONE, last: NONE, node });
        id
    }

    fn detach(&mut self, id: Id) {
        let node = self.at_mut(id);
        let (parent, previous, next) = (node.parent, node.previous, node.next);
        (node.parent, node.previous, node.next) = (NONE, NONE, NONE);
        if parent == NONE {
            return;
        }
        match previous {
            NONE => self.at_mut(parent).first = next,
            previous => self.at_mut(previous).next = next,
        }
        match next {
            NONE => self.at_mut(parent).last = previous,
            next => self.at_mut(next).previous = previous,
        }
    }

    /// Puts a node that has no parent below one, before one of its children or at its end.
    fn insert(&mut self, id: Id, parent: Id, before: Id) {
        let previous = match before {
            NONE => std::mem::replace(&mut self.at_mut(parent).last, id),
            before => std::mem::replace(&mut self.at_mut(before).previous, id),
        };
        match previous {
            NONE => self.at_mut(parent).first = id,
            previous => self.at_mut(previous).next = id,
        }
        let node = self.at_mut(id);
        (node.parent, node.previous, node.next) = (parent, previous, before);
    }

    /// Text becomes part of the text before it, if there is one.
    fn insert_any(&mut self, child: NodeOrText<Id>, parent: Id, before: Id) {
        let id = match child {
            NodeOrText::AppendNode(id) => {
                self.detach(id);
                id
            }
            NodeOrText::AppendText(text) => {
                let previous = if before == NONE { self.at(parent).last } else { self.at(before).previous };
                if previous != NONE
                    && let Node::Text(known) = &mut self.at_mut(previous).node
                {
                    known.push_tendril(&text);
                    return;
                }
                self.add(Node::Text(text))
            }
        };
        self.insert(id, parent, before);
    }
}

impl TreeSink for TreeMaker {
    type Handle = Id;
    type Output = Tree;
    type ElemName<'a> = Ref<'a, QualName>;

    /// Finds the order of the page; what is not part of it is left out.
    fn finish(self) -> Tree {
        let mut nodes = self.0.into_inner();
        let mut order = Vec::with_capacity(nodes.0.len());
        let mut signatures = Vec::with_capacity(nodes.0.len());
        // Nodes that are open: where each stands in the page, the child met last, and the node that comes after it.
        let mut open: Vec<(Id, Id, Id)> = Vec::new();
        let mut at = 0;
        while at != NONE {
            let id = id_at(order.len());
            order.push(at);
            let entry = nodes.at_mut(at);
            signatures.push(match &entry.node {
                Node::Element(element) => Signature::of(element),
                _ => Signature::default(),
            });
            let (first, mut next) = (entry.first, entry.next);
            (entry.parent, entry.previous) = match open.last_mut() {
                Some((parent, last, _)) => (*parent, std::mem::replace(last, id)),
                None => (NONE, NONE),
            };
            entry.next = id + 1;
            if first != NONE {
                open.push((id, NONE, next));
                at = first;
                continue;
            }
            while next == NONE
                && let Some((id, _, after)) = open.pop()
            {
                let end = id_at(order.len());
                let made = order.get(index_of(id)).copied().unwrap_or_default();
                nodes.at_mut(made).next = end;
                next = after;
            }
            at = next;
        }
        Tree { entries: nodes.0, order, signatures, findings: Findings::default() }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Id {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a Id) -> Ref<'a, QualName> {
        Ref::map(self.0.borrow(), |nodes| match &nodes.at(*target).node {
            Node::Element(element) => &element.name,
            _ => unreachable!("the tree builder asks for names of elements alone"),
        })
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Id {
        let is_template = name.expanded() == expanded_name!(html "template");
        let mut nodes = self.0.borrow_mut();
        let id = nodes.add(Node::Element(Element { name, attrs }));
        if is_template {
            let contents = nodes.add(Node::Other);
            nodes.insert(contents, id, NONE);
        }
        id
    }

    fn create_comment(&self, _: StrTendril) -> Id {
        self.add(Node::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Id {
        self.add(Node::Other)
    }

    fn append(&self, parent: &Id, child: NodeOrText<Id>) {
        self.0.borrow_mut().insert_any(child, *parent, NONE);
    }

    fn append_based_on_parent_node(&self, element: &Id, previous: &Id, child: NodeOrText<Id>) {
        let mut nodes = self.0.borrow_mut();
        match nodes.at(*element).parent {
            NONE => nodes.insert_any(child, *previous, NONE),
            parent => nodes.insert_any(child, parent, *element),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {
        let mut nodes = self.0.borrow_mut();
        let doctype = nodes.add(Node::Other);
        nodes.insert(doctype, 0, NONE);
    }

    fn get_template_contents(&self, target: &Id) -> Id {
        self.0.borrow().at(*target).first
    }

    fn same_node(&self, one: &Id, other: &Id) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Id, child: NodeOrText<Id>) {
        let mut nodes = self.0.borrow_mut();
        let parent = nodes.at(*sibling).parent;
        if parent != NONE {
            nodes.insert_any(child, parent, *sibling);
        }
    }

    fn add_attrs_if_missing(&self, target: &Id, attrs: Vec<Attribute>) {
        if let Node::Element(element) = &mut self.0.borrow_mut().at_mut(*target).node {
            for attr in attrs {
                if element.attrs.iter().all(|known| known.name != attr.name) {
                    element.attrs.push(attr);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Id) {
        self.0.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &Id, parent: &Id) {
        let mut nodes = self.0.borrow_mut();
        loop {
            let child = nodes.at(*node).first;
            if child == NONE {
                break;
            }
            nodes.detach(child);
            nodes.insert(child, *parent, NONE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::css::Selector;
    use crate::page::reference::{drawing, their_drawing, theirs};
    use crate::page::tokens::tests::{PIECES, saved_pages};
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[test]
    fn saved_pages_come_to_the_trees_of_scraper() {
        for page in saved_pages() {
            assert_eq!(drawing(&Tree::read(&page).0), their_drawing(&theirs(&page)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn odd_markup_comes_to_the_trees_of_scraper(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            let page = pieces.concat();
            prop_assert_eq!(drawing(&Tree::read(&page).0), their_drawing(&theirs(&page)), "{:?}", page);
        }
    }

    #[test]
    fn neighbours_of_a_node_are_found_from_it() {
        let (page, _) = Tree::read("<p>a<b>c<i></i></b><!-- --><u>d</u>e</p><q></q>");
        let names = |nodes: &mut dyn Iterator<Item = NodeRef<'_>>| -> Vec<String> {
            let name = |node: NodeRef<'_>| match node.value() {
                Node::Text(text) => text.to_string(),
                Node::Element(element) => element.name().to_owned(),
                Node::Other => "-".to_owned(),
            };
            nodes.map(name).collect()
        };
        let paragraph = page.root_element().select(&Selector::parse("p").expect("valid")).next().expect("there");
        assert_eq!(names(&mut paragraph.children()), ["a", "b", "-", "u", "e"]);
        assert_eq!(names(&mut paragraph.descendants()), ["p", "a", "b", "c", "i", "-", "u", "d", "e"]);
        let last = paragraph.children().last().expect("there");
        assert_eq!(names(&mut last.prev_siblings()), ["u", "-", "b", "a"]);
        assert_eq!(names(&mut last.ancestors()), ["p", "body", "html", "-"]);
        assert_eq!(names(&mut last.next_sibling().into_iter()), [""; 0]);
        assert_eq!(names(&mut paragraph.next_sibling().into_iter()), ["q"]);
    }

    fn selectors_in(value: &toml::Value, found: &mut Vec<String>) {
        match value {
            toml::Value::String(text) => found.push(text.clone()),
            toml::Value::Array(values) => values.iter().for_each(|value| selectors_in(value, found)),
            toml::Value::Table(table) => table.values().for_each(|value| selectors_in(value, found)),
            _ => {}
        }
    }

    #[test]
    fn selectors_of_the_profiles_find_what_scraper_finds() {
        let mut texts = Vec::new();
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/selectors")).expect("folder") {
            let toml = std::fs::read_to_string(file.expect("entry").path()).expect("text");
            if let Ok(profile) = toml.parse() {
                selectors_in(&toml::Value::Table(profile), &mut texts);
            }
        }
        texts.extend(
            ["*", ":root", "div > :empty", "li:nth-last-child(2)", "svg|*", ":is(a, [href], .x) b"].map(str::to_owned),
        );
        texts.sort();
        texts.dedup();
        let selectors: Vec<(Selector, scraper::Selector)> = texts
            .iter()
            .filter_map(|text| Some((Selector::parse(text).ok()?, scraper::Selector::parse(text).ok()?)))
            .collect();
        assert!(selectors.len() > 500, "only {} selectors", selectors.len());
        let mut hits = 0;
        // Of each engine a few: unoptimised, all of them take a minute.
        for page in saved_pages().iter().step_by(12) {
            let (ours, theirs) = (Tree::read(page).0, theirs(page));
            let our_elements = ours.root_element().descendants().filter_map(ElementRef::wrap).skip(1);
            let their_elements = theirs.root_element().descendent_elements().skip(1);
            let pairs: HashMap<_, _> = their_elements.map(|element| element.id()).zip(our_elements).collect();
            for (one, other) in &selectors {
                let found: Vec<_> = ours.root_element().select(one).collect();
                let expected: Vec<_> =
                    theirs.root_element().select(other).map(|element| pairs.get(&element.id())).collect();
                assert_eq!(found.iter().map(Some).collect::<Vec<_>>(), expected, "{one:?}");
                hits += found.len();
            }
        }
        assert!(hits > 3_000, "only {hits} matches");
    }
}
