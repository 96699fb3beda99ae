//! The text of a post as its writer meant it: lines for paragraphs and list items, quotes apart, chrome left out.
//!
//! Works on the parsed tree in one pass, without recursion. What counts as a quote, as chrome or as an emoji is the
//! profile's business.

use super::profile::Instead;
use super::rules::{Css, Signs, percent_decoded};
use super::tree::{Element, ElementRef, Node, NodeRef};
use html5ever::local_name;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Never text, whatever the profile says.
fn is_silent(element: &Element) -> bool {
    matches!(
        element.name.local,
        local_name!("audio")
            | local_name!("button")
            | local_name!("canvas")
            | local_name!("head")
            | local_name!("iframe")
            | local_name!("math")
            | local_name!("noscript")
            | local_name!("object")
            | local_name!("option")
            | local_name!("script")
            | local_name!("select")
            | local_name!("style")
            | local_name!("svg")
            | local_name!("template")
            | local_name!("textarea")
            | local_name!("title")
            | local_name!("video")
    )
}

/// Elements that stand on lines of their own.
fn is_block(element: &Element) -> bool {
    matches!(
        element.name.local,
        local_name!("address")
            | local_name!("article")
            | local_name!("aside")
            | local_name!("blockquote")
            | local_name!("center")
            | local_name!("dd")
            | local_name!("details")
            | local_name!("dir")
            | local_name!("div")
            | local_name!("dl")
            | local_name!("dt")
            | local_name!("fieldset")
            | local_name!("figcaption")
            | local_name!("figure")
            | local_name!("footer")
            | local_name!("form")
            | local_name!("h1")
            | local_name!("h2")
            | local_name!("h3")
            | local_name!("h4")
            | local_name!("h5")
            | local_name!("h6")
            | local_name!("header")
            | local_name!("hr")
            | local_name!("legend")
            | local_name!("li")
            | local_name!("main")
            | local_name!("menu")
            | local_name!("nav")
            | local_name!("ol")
            | local_name!("p")
            | local_name!("pre")
            | local_name!("section")
            | local_name!("summary")
            | local_name!("table")
            | local_name!("tr")
            | local_name!("ul")
    )
}

/// What to leave out, set apart or spell out; the profile's selectors for one kind of body.
#[derive(Clone, Copy, Default)]
pub(super) struct Shape<'a> {
    pub(super) drop: Option<&'a Signs>,
    pub(super) quote: Option<&'a Css>,
    /// Elements that stand on lines of their own although they are not blocks by themselves.
    pub(super) block: Option<&'a Css>,
    pub(super) emoji: Option<&'a Css>,
    /// What was typed for an emoji, by what its picture is called.
    pub(super) emoji_text: Option<&'a BTreeMap<String, String>>,
    pub(super) shortened_link: Option<&'a Css>,
    pub(super) instead: &'a [Instead],
    /// Words of the writer inside what is left out.
    pub(super) keep: Option<&'a Css>,
    pub(super) player: Option<&'a Css>,
}

impl Shape<'_> {
    fn is_block(&self, element: ElementRef<'_>) -> bool {
        is_block(element.value()) || self.block.is_some_and(|css| css.matches(element))
    }

    fn typed_instead<'e>(&self, element: ElementRef<'e>) -> Option<&'e str> {
        let found = self.instead.iter().filter(|instead| instead.css.matches(element));
        found.filter_map(|instead| element.value().attr(&instead.attr)).find(|typed| !typed.is_empty())
    }

    fn typed_for<'t>(&'t self, shown: &'t str) -> &'t str {
        self.emoji_text.and_then(|texts| texts.get(shown)).map_or(shown, String::as_str)
    }
}

/// A body taken apart.
pub(super) struct Body<'a> {
    pub(super) text: String,
    /// Each quote with the text that is its own, outer quotes before those inside them.
    pub(super) quotes: Vec<(ElementRef<'a>, String)>,
}

/// Takes a body apart. Linear in its size.
pub(super) fn read_body<'a>(body: ElementRef<'a>, shape: Shape<'_>) -> Body<'a> {
    let mut own = Lines::default();
    let mut quotes: Vec<(ElementRef<'a>, Lines)> = Vec::new();
    let mut open_quotes: Vec<(NodeRef<'a>, usize)> = Vec::new();
    let mut silent_until: Option<NodeRef<'a>> = None;
    let mut preformatted = 0_usize;
    for (node, opening) in walk(body) {
        if let Some(until) = silent_until {
            if !opening && node == until {
                silent_until = None;
            }
            continue;
        }
        let is_root = node == *body;
        let lines = match open_quotes.last() {
            Some((_, index)) => quotes.get_mut(*index).map_or(&mut own, |(_, lines)| lines),
            None => &mut own,
        };
        match node.value() {
            Node::Text(text) if opening => lines.push(text, preformatted > 0),
            Node::Element(element) => {
                let Some(here) = ElementRef::wrap(node) else { continue };
                let name = element.name();
                if !opening {
                    preformatted -= usize::from(name == "pre" && preformatted > 0);
                    if open_quotes.last().is_some_and(|(quote, _)| *quote == node) {
                        open_quotes.pop();
                    } else if shape.is_block(here) {
                        lines.end_line();
                    } else if matches!(name, "td" | "th") {
                        lines.push(" ", false);
                    }
                    continue;
                }
                if shape.player.is_some_and(|css| css.matches(here)) {
                    lines.set_apart(source_of(here).unwrap_or_default(), true);
                    silent_until = Some(node);
                    continue;
                }
                if let Some(typed) = shape.typed_instead(here) {
                    let block = shape.is_block(here);
                    lines.set_apart(typed, block);
                    silent_until = Some(node);
                    continue;
                }
                if is_silent(element) || !is_root && shape.drop.is_some_and(|signs| signs.hit(here)) {
                    silent_until = Some(node);
                    if let Some(keep) = shape.keep {
                        let effort = Effort::default();
                        let kept = keep.all(here.into()).filter_map(|kept| folded_within(kept, &effort));
                        kept.for_each(|kept| lines.set_apart(&kept, true));
                    }
                    if shape.is_block(here) {
                        lines.end_line();
                    }
                    continue;
                }
                if !is_root && shape.quote.is_some_and(|css| css.matches(here)) {
                    lines.end_line();
                    open_quotes.push((node, quotes.len()));
                    quotes.push((here, Lines::default()));
                    continue;
                }
                if shape.emoji.is_some_and(|css| css.matches(here)) {
                    let mut names = ["alt", "title"].into_iter().filter_map(|name| element.attr(name));
                    let shown = names.find(|name| !name.is_empty()).unwrap_or_default();
                    lines.push(shape.typed_for(shown), false);
                    silent_until = Some(node);
                } else if shape.shortened_link.is_some_and(|css| css.matches(here))
                    && let Some(full) = full_link(here)
                {
                    lines.push(&full, false);
                    silent_until = Some(node);
                } else if name == "br" || shape.is_block(here) {
                    lines.end_line();
                }
                preformatted += usize::from(name == "pre");
            }
            _ => {}
        }
    }
    Body { text: own.finish(), quotes: quotes.into_iter().map(|(at, lines)| (at, lines.finish())).collect() }
}

/// Every node below `root`, each when it opens (`true`) and when it closes.
pub(super) fn walk<'a>(root: ElementRef<'a>) -> impl Iterator<Item = (NodeRef<'a>, bool)> {
    let root: NodeRef<'a> = *root;
    let mut at = Some((root, true));
    std::iter::from_fn(move || {
        let (node, opening) = at?;
        at = if opening {
            Some(node.first_child().map_or((node, false), |child| (child, true)))
        } else if node == root {
            None
        } else {
            node.next_sibling().map(|next| (next, true)).or_else(|| node.parent().map(|parent| (parent, false)))
        };
        Some((node, opening))
    })
}

/// How much may still be read to find one value. Elements inside each other say the same over and over: without a limit, a
/// page could have itself read hundreds of times.
pub(super) struct Effort(Cell<usize>);

impl Default for Effort {
    fn default() -> Self {
        Self(Cell::new(400_000))
    }
}

impl Effort {
    /// False when there is nothing left.
    fn spend(&self, cost: usize) -> bool {
        self.0.set(self.0.get().saturating_sub(cost));
        self.0.get() > 0
    }
}

/// A value is near the beginning of its element, or it is none.
const MAX_SAID_BYTES: usize = 8_000;
/// What a node costs besides its text.
const NODE_COST: usize = 8;

/// What an element says, white space folded into single spaces; of very much, the beginning.
pub(super) fn folded(element: ElementRef<'_>) -> String {
    folded_within(element, &Effort::default()).unwrap_or_default()
}

/// As `folded`, for one of many elements; `None` where too much was read already.
pub(super) fn folded_within(element: ElementRef<'_>, effort: &Effort) -> Option<String> {
    folded_while(element, effort, |_| true)
}

/// What an element says before the first element inside it that matches.
pub(super) fn text_before(element: ElementRef<'_>, end: &Css, effort: &Effort) -> Option<String> {
    folded_while(element, effort, |inner| inner == element || !end.matches(inner))
}

fn folded_while(element: ElementRef<'_>, effort: &Effort, goes_on: impl Fn(ElementRef<'_>) -> bool) -> Option<String> {
    let mut lines = Lines::default();
    let mut left = MAX_SAID_BYTES;
    for node in element.descendants().take_while(|node| ElementRef::wrap(*node).is_none_or(&goes_on)) {
        let mut cost = NODE_COST;
        match node.value() {
            Node::Text(text) => {
                let text = text.get(..text.floor_char_boundary(left)).unwrap_or_default();
                cost += text.len();
                lines.push(text, false);
            }
            // Words in neighbouring cells or paragraphs are not one word.
            Node::Element(inner) if is_block(inner) => lines.push(" ", false),
            Node::Element(inner)
                if matches!(inner.name.local, local_name!("td") | local_name!("th") | local_name!("br")) =>
            {
                lines.push(" ", false);
            }
            _ => {}
        }
        if !effort.spend(cost) {
            return None;
        }
        left = left.saturating_sub(cost);
        if left == 0 {
            break;
        }
    }
    Some(lines.finish())
}

/// The text that stands directly in an element, without that of the elements inside it.
pub(super) fn own_text(element: ElementRef<'_>) -> String {
    let mut lines = Lines::default();
    for node in element.children() {
        match node.value() {
            Node::Text(text) => lines.push(text, false),
            _ => lines.push(" ", false),
        }
    }
    lines.finish()
}

/// What a player in the place of an address plays.
fn source_of(player: ElementRef<'_>) -> Option<&str> {
    player.descendants().filter_map(ElementRef::wrap).find_map(|element| element.value().attr("src"))
}

/// Engines show a long address as `beginning ... end`, and one of their own without its host; the writer typed the
/// whole. Letters that are percent-encoded in the address come back as letters where they were shown as letters.
fn full_link(link: ElementRef<'_>) -> Option<String> {
    let href = link.value().attr("href")?;
    let shown = folded(link);
    let whole_is = |whole: &String| is_short_for(&shown, whole);
    Some(href.to_owned()).filter(whole_is).or_else(|| percent_decoded(href).filter(whole_is))
}

fn is_short_for(shown: &str, whole: &str) -> bool {
    let without_scheme = whole.split_once("://").map_or(whole, |(_, rest)| rest);
    // Cut off at the end. Some engines count and cut after `&` has become `&amp;`, perhaps within it.
    if let Some(start) = shown.strip_suffix('…').or_else(|| shown.strip_suffix("...")) {
        let escaped = whole.replace('&', "&amp;");
        return !start.is_empty() && [whole, without_scheme, &escaped].iter().any(|full| full.starts_with(start));
    }
    // Only scripts: a link may well be called by its last word.
    let own = |part: &str| part.contains(".php") && whole.contains(&format!("/{part}"));
    let cut = [" ... ", " … ", "...", "…"].into_iter().any(|gap| {
        shown.split_once(gap).is_some_and(|(start, end)| {
            let begins = whole.starts_with(start) || without_scheme.starts_with(start) || own(start);
            let both = !start.is_empty() && !end.is_empty();
            both && start.len() + end.len() < whole.len() && whole.ends_with(end) && begins
        })
    });
    // An address below the forum's own, shown without it.
    let local = shown.contains('/') && whole.ends_with(&format!("/{shown}"));
    cut || local || shown.len() < whole.len() && whole.ends_with(shown) && own(shown)
}

/// Text put together line by line; empty lines and white space at the ends of lines never appear.
#[derive(Default)]
struct Lines {
    out: String,
    space: bool,
    line: bool,
}

impl Lines {
    fn push(&mut self, text: &str, preformatted: bool) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let (special, length) = match c {
                '\n' if preformatted => {
                    self.end_line();
                    (true, 1)
                }
                // Engines put zero-width spaces where lines may break; they are not part of what was written.
                '\u{200B}' | '\u{FEFF}' => (true, c.len_utf8()),
                c if c.is_whitespace() => {
                    self.space = true;
                    (true, c.len_utf8())
                }
                c => (false, c.len_utf8() + plain_length(rest.get(c.len_utf8()..).unwrap_or_default())),
            };
            let (here, after) = rest.split_at(length);
            if !special {
                if self.line && !self.out.is_empty() {
                    self.out.push('\n');
                } else if self.space && !self.out.is_empty() {
                    self.out.push(' ');
                }
                (self.space, self.line) = (false, false);
                self.out.push_str(here);
            }
            rest = after;
        }
    }

    fn end_line(&mut self) {
        self.line = true;
    }

    /// Text, on a line of its own where `block`.
    fn set_apart(&mut self, text: &str, block: bool) {
        self.line |= block;
        self.push(text, false);
        self.line |= block;
    }

    fn finish(self) -> String {
        self.out
    }
}

/// How many bytes go by before one with which white space or a zero-width space may begin.
fn plain_length(text: &str) -> usize {
    let special = |byte| matches!(byte, 0x09..=0x0D | 0x20 | 0xC2 | 0xE1..=0xE3 | 0xEF);
    text.bytes().position(special).unwrap_or(text.len())
}

/// White space folded into single spaces, none at the ends.
pub(super) fn fold(text: &str) -> String {
    let mut lines = Lines::default();
    lines.push(text, false);
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tree::Tree;

    fn css(text: &str) -> Css {
        Css::parse(text).expect("valid selector")
    }

    fn signs(text: &str) -> Signs {
        #[derive(serde::Deserialize)]
        struct Holder {
            x: Signs,
        }
        toml::from_str::<Holder>(&format!("x = '{text}'")).expect("valid").x
    }

    fn read(html: &str) -> (String, Vec<String>) {
        let (drop, quote) = (signs(".chrome, cite"), css("blockquote"));
        let (emoji, shortened_link, player) = (css("img.emoji"), css("a.long"), css("audio"));
        let block = css("code.own");
        let typed = [("Smile".to_owned(), ":)".to_owned())].into();
        let instead =
            ["aside.preview", "a.preview"].map(|text| Instead { css: css(text), attr: "data-from".to_owned() });
        let keep = css(".name");
        let shape = Shape {
            drop: Some(&drop),
            quote: Some(&quote),
            block: Some(&block),
            emoji: Some(&emoji),
            emoji_text: Some(&typed),
            shortened_link: Some(&shortened_link),
            player: Some(&player),
            instead: &instead,
            keep: Some(&keep),
        };
        let page = Tree::read(html).0;
        let body = read_body(page.root_element(), shape);
        (body.text, body.quotes.into_iter().map(|(_, text)| text).collect())
    }

    #[test]
    fn paragraphs_items_and_code_stand_on_lines_of_their_own() {
        let html = "<p>Раз\n  два&nbsp;три</p><p></p>после<br><br>\nконец<ul><li>а</li><li>б<ul><li>в</li></ul></li></ul>\
                    <pre><code>if x:\n    y\n</code></pre><table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>";
        assert_eq!(read(html).0, "Раз два три\nпосле\nконец\nа\nб\nв\nif x:\ny\n1 2\n3");
    }

    #[test]
    fn quotes_are_set_apart_outer_first() {
        let html = "<blockquote><cite>A:</cite><blockquote>внутри</blockquote>снаружи</blockquote>моё \
                    <blockquote>второе</blockquote> дальше";
        let (text, quotes) = read(html);
        assert_eq!(text, "моё\nдальше");
        assert_eq!(quotes, ["снаружи", "внутри", "второе"]);
    }

    #[test]
    fn emoji_are_kept_and_chrome_is_not() {
        let html = "<p>ок<img class=emoji alt='😀'> <img src=photo.jpg alt=photo>\u{200B}да<span class=chrome>нет</span>\
                    <script>1</script></p>";
        assert_eq!(read(html).0, "ок😀 да");
        assert_eq!(read("да<img class=emoji alt=Smile title=x> <img class=emoji title=Smile>").0, "да:) :)");
        assert_eq!(read("<img class=emoji alt='' title=Smile>").0, ":)");
    }

    #[test]
    fn elements_named_as_blocks_stand_on_lines_of_their_own() {
        assert_eq!(read("до<code class=own>a<br>b</code>после <code>c</code> конец").0, "до\na\nb\nпосле c конец");
    }

    #[test]
    fn previews_are_read_as_what_was_typed() {
        let html = "<p>раз</p><aside class=preview data-from='https://a.example/'><h3>Заголовок</h3></aside>                    <p>два <a class=preview data-from='https://b.example/'>Заголовок</a> три <a class=preview>ссылка</a>";
        assert_eq!(read(html).0, "раз\nhttps://a.example/\nдва https://b.example/ три ссылка");
    }

    #[test]
    fn name_of_a_fold_is_kept_although_its_button_is_not() {
        let html = "до<button>Спойлер: <b class=name>Развязка</b></button><div class=chrome>Код <i class=name>x</i></div>после";
        assert_eq!(read(html).0, "до\nРазвязка\nx\nпосле");
    }

    #[test]
    fn shortened_links_are_spelled_out() {
        let full = "https://forum.example/very/long/address/of/a/page/indeed.html?x=1";
        let html = format!(
            "<a class=long href='{full}'>https://forum.example/very/long ... html?x=1</a> \
             <a class=long href='{full}'>https://elsewhere ... html?x=1</a> \
             <a class=long href='{full}'>https://forum.example/very...html?x=1</a> \
             <a class=long href='{full}'>https://forum.example/...</a> \
             <a class=long href='http://a.example/viewtopic.php?t=1'>viewtopic.php?t=1</a> \
             <a class=long href='http://a.example/'>просто</a> \
             <a class=long href='http://a.example/naloxone'>naloxone</a> \
             <a class=long href='http://a.example/board/gallery/7'>gallery/7</a> \
             <a class=long href='https://ru.example/%D0%BD%D0%B0%D0%BB%D0%BE/%D0%B4%D0%B0?x'>https://ru.example/нал ... да?x</a>"
        );
        let expected = format!(
            "{full} https://elsewhere ... html?x=1 {full} {full} \
             http://a.example/viewtopic.php?t=1 просто naloxone http://a.example/board/gallery/7 \
             https://ru.example/нало/да?x"
        );
        assert_eq!(read(&html).0, expected);
    }

    #[test]
    fn address_of_a_player_is_text_and_its_controls_are_not() {
        let html = "а<audio controls><source src='http://a.example/x.mp3'><a href='http://a.example/x.mp3'>x</a></audio>б\
                    <video src='http://a.example/y.mp4'>y</video>в<audio>z</audio>";
        assert_eq!(read(html).0, "а\nhttp://a.example/x.mp3\nбв");
    }

    #[test]
    fn links_cut_off_at_the_end_are_spelled_out() {
        let full = "https://a.example/find?what=test&where=here";
        for shown in
            ["https://a.example/find?what=te…", "a.example/find?what=test...", "https://a.example/find?what=test&am…"]
        {
            let html = format!("<a class=long href='{full}'>{}</a>", shown.replace('&', "&amp;"));
            assert_eq!(read(&html).0, full, "{shown}");
        }
        for shown in ["elsewhere…", "…", "и так далее…"] {
            assert_eq!(read(&format!("<a class=long href='{full}'>{shown}</a>")).0, shown);
        }
    }
}
