//! CSS selectors on a [`super::tree::Tree`]. The language is scraper's, the matching that of the `selectors` crate.
//!
//! Most elements are turned down by their signature, without asking the selector.

use super::tree::{ElementRef, Node, Signature};
use html5ever::{Namespace, ns};
use scraper::error::SelectorErrorKind;
use scraper::selector::{CssLocalName, CssString, NonTSPseudoClass, Parser, PseudoElement, Simple};
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::{ElementSelectorFlags, matches_selector};
use selectors::parser::{Component, LocalName, ParseRelative, SelectorList};
use selectors::{Element, OpaqueElement};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `:is()` of more selectors than these says nothing about signatures.
const MAX_ALTERNATIVES: usize = 32;

/// A selector, or several with commas between them.
#[derive(Clone, Debug)]
pub(super) struct Selector {
    list: SelectorList<Simple>,
    /// What matches has one of these signatures.
    signatures: Box<[Signature]>,
    /// Set where counting brothers or looking inside is asked for: what was found is kept with the page under this number,
    /// which no other selector has.
    number: Option<usize>,
}

impl Selector {
    pub(super) fn parse(css: &str) -> Result<Self, SelectorErrorKind> {
        static NUMBERS: AtomicUsize = AtomicUsize::new(0);
        let list = SelectorList::parse(&Parser, &mut cssparser::Parser::new(css), ParseRelative::No)?;
        let signatures = signatures_of(&list).into();
        let worth_keeping = is_costly(&list).then(|| NUMBERS.fetch_add(1, Ordering::Relaxed));
        Ok(Self { list, signatures, number: worth_keeping })
    }

    pub(super) fn matches(&self, element: ElementRef<'_>) -> bool {
        element.signature().has_one_of(&self.signatures) && self.holds(element, None)
    }

    fn holds(&self, element: ElementRef<'_>, scope: Option<ElementRef<'_>>) -> bool {
        match self.number {
            _ if element.is_page_exhausting() => false,
            Some(number) => element.findings().with(number, |found| self.holds_given(element, scope, found)),
            None => self.holds_given(element, scope, &mut SelectorCaches::default()),
        }
    }

    fn holds_given(&self, element: ElementRef<'_>, scope: Option<ElementRef<'_>>, found: &mut SelectorCaches) -> bool {
        let mut context = MatchingContext::new(
            MatchingMode::Normal,
            None,
            found,
            QuirksMode::NoQuirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        context.scope_element = scope.map(|scope| scope.opaque());
        self.list.slice().iter().any(|selector| matches_selector(selector, 0, None, &element, &mut context))
    }
}

/// What selectors found out about a page and will want to know again, and how far they went for it.
#[derive(Default)]
pub(super) struct Findings {
    kept: RefCell<HashMap<usize, SelectorCaches>>,
    steps: Cell<usize>,
}

/// Steps from element to element that selectors may go on one page: so many, and so many for each node. Real pages take a
/// twentieth of it.
const STEPS: (usize, usize) = (300_000, 50);

impl Findings {
    fn with<T>(&self, number: usize, look: impl FnOnce(&mut SelectorCaches) -> T) -> T {
        look(self.kept.borrow_mut().entry(number).or_default())
    }
}

impl ElementRef<'_> {
    fn step(&self) {
        self.steps(1);
    }

    /// To look through so long an attribute costs as much as so many steps.
    fn look_through(&self, attribute: &str) {
        self.steps(attribute.len() / 64);
    }

    fn steps(&self, more: usize) {
        let steps = &self.findings().steps;
        steps.set(steps.get() + more);
    }

    /// Whether selectors have gone so far on its page that they find nothing any more. In elements deep inside each other
    /// each would go all the way up.
    pub(super) fn is_page_exhausting(&self) -> bool {
        self.findings().steps.get() > STEPS.0 + STEPS.1 * self.nodes_of_page()
    }
}

impl<'a> ElementRef<'a> {
    /// The elements inside it that match.
    pub(super) fn select<'s>(&self, selector: &'s Selector) -> impl Iterator<Item = ElementRef<'a>> + use<'a, 's> {
        let scope = *self;
        self.signed(&selector.signatures).filter(move |element| selector.holds(*element, Some(scope)))
    }
}

/// Whether it counts brothers or looks inside elements, and gives the same wherever it is asked from.
fn is_costly(list: &SelectorList<Simple>) -> bool {
    let (mut costly, mut scoped) = (false, false);
    for component in components(list) {
        costly |= matches!(component, Component::Nth(_) | Component::NthOf(_) | Component::Has(_));
        scoped |= matches!(component, Component::Scope | Component::ImplicitScope);
    }
    costly && !scoped
}

/// Every part of it, with those inside `:is()` and the like.
fn components(list: &SelectorList<Simple>) -> Vec<&Component<Simple>> {
    let mut found = Vec::new();
    let mut selectors: Vec<_> = list.slice().iter().collect();
    while let Some(selector) = selectors.pop() {
        for component in selector.iter_raw_match_order() {
            found.push(component);
            match component {
                Component::Negation(inner) | Component::Is(inner) | Component::Where(inner) => {
                    selectors.extend(inner.slice());
                }
                Component::Has(inner) => selectors.extend(inner.iter().map(|relative| &relative.selector)),
                Component::NthOf(nth) => selectors.extend(nth.selectors()),
                _ => {}
            }
        }
    }
    found
}

fn signatures_of(list: &SelectorList<Simple>) -> Vec<Signature> {
    let mut signatures: Vec<Signature> = Vec::new();
    for selector in list.slice() {
        let mut of_this = vec![Signature::ELEMENT];
        for component in selector.iter() {
            match component {
                Component::LocalName(LocalName { name, lower_name }) if name == lower_name => {
                    add(&mut of_this, |signature| signature.and_name(&name.0));
                }
                Component::ID(id) => add(&mut of_this, |signature| signature.and_id(&id.0)),
                Component::Class(class) => add(&mut of_this, |signature| signature.and_class(&class.0)),
                Component::AttributeInNoNamespaceExists { local_name, local_name_lower }
                    if local_name == local_name_lower =>
                {
                    add(&mut of_this, |signature| signature.and_attribute(&local_name.0));
                }
                // There is a lower-case name, or it would be another component.
                Component::AttributeInNoNamespace { local_name, .. } => {
                    add(&mut of_this, |signature| signature.and_attribute(&local_name.0));
                }
                Component::Is(inner) | Component::Where(inner) => {
                    let inner = signatures_of(inner);
                    if !inner.is_empty() && inner.len() * of_this.len() <= MAX_ALTERNATIVES {
                        let both = |one: &Signature| inner.iter().map(|other| one.and(*other)).collect::<Vec<_>>();
                        of_this = of_this.iter().flat_map(both).collect();
                    }
                }
                _ => {}
            }
        }
        signatures.extend(of_this);
    }
    signatures
}

fn add(signatures: &mut [Signature], add: impl Fn(Signature) -> Signature) {
    signatures.iter_mut().for_each(|signature| *signature = add(*signature));
}

impl Element for ElementRef<'_> {
    type Impl = Simple;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new((*self).value())
    }

    fn parent_element(&self) -> Option<Self> {
        self.step();
        self.parent().and_then(Self::wrap)
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.step();
        self.prev_siblings().find_map(Self::wrap)
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.step();
        self.next_siblings().find_map(Self::wrap)
    }

    fn first_element_child(&self) -> Option<Self> {
        self.step();
        self.children().find_map(Self::wrap)
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.value().name.ns == ns!(html)
    }

    fn has_local_name(&self, name: &CssLocalName) -> bool {
        self.value().name.local == name.0
    }

    fn has_namespace(&self, namespace: &Namespace) -> bool {
        &self.value().name.ns == namespace
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.value().name == other.value().name
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&Namespace>,
        name: &CssLocalName,
        operation: &AttrSelectorOperation<&CssString>,
    ) -> bool {
        self.value().attrs.iter().any(|attr| {
            name.0 == attr.name.local
                && !matches!(*namespace, NamespaceConstraint::Specific(wanted) if *wanted != attr.name.ns)
                && {
                    self.look_through(&attr.value);
                    operation.eval_str(&attr.value)
                }
        })
    }

    fn match_non_ts_pseudo_class(&self, _: &NonTSPseudoClass, _: &mut MatchingContext<'_, Simple>) -> bool {
        false
    }

    fn match_pseudo_element(&self, _: &PseudoElement, _: &mut MatchingContext<'_, Simple>) -> bool {
        false
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        false
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &CssLocalName, case_sensitivity: CaseSensitivity) -> bool {
        self.value().attr("id").is_some_and(|found| case_sensitivity.eq(found.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, class: &CssLocalName, case_sensitivity: CaseSensitivity) -> bool {
        let classes = self.value().attr("class").unwrap_or_default();
        self.look_through(classes);
        classes.split_ascii_whitespace().any(|found| case_sensitivity.eq(found.as_bytes(), class.0.as_bytes()))
    }

    fn has_custom_state(&self, _: &CssLocalName) -> bool {
        false
    }

    fn imported_part(&self, _: &CssLocalName) -> Option<CssLocalName> {
        None
    }

    fn is_part(&self, _: &CssLocalName) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        !self.children().any(|child| matches!(child.value(), Node::Text(_) | Node::Element(_)))
    }

    fn is_root(&self) -> bool {
        self.parent().is_some_and(|parent| matches!(parent.value(), Node::Other) && parent.parent().is_none())
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}
