//! BBCode to HTML as phpBB 3.3 shows it: quotes, bold, italic, underlined, code, links, pictures, lists, bare
//! addresses and three smilies.
//!
//! Whatever is not one of these tags, or never closes, stays as it was typed, escaped. Nothing here fails: a forum
//! shows every post. Other tags of phpBB (colour, size, attachments) are left as text.

use crate::clock::Timestamp;
use url::Url;

const BREAK: &str = "<br>\n";
/// Tags opened deeper than this are shown as text.
const MAX_DEPTH: usize = 30;
/// phpBB shortens the text of longer addresses, not the address.
const MAX_LINK_CHARS: usize = 55;

const SMILIES: [(&str, &str, &str); 3] =
    [(":)", "smile", "Улыбка"), (";)", "wink", "Подмигивание"), (":(", "sad", "Грусть")];

/// What a text needs from the page on which it stands.
pub(super) struct Around<'a> {
    /// A link into the forum, with the session where links carry it.
    pub(super) link: &'a dyn Fn(&str) -> String,
    pub(super) date: &'a dyn Fn(Timestamp) -> String,
}

pub(super) fn to_html(text: &str, around: &Around<'_>) -> String {
    let mut writer = Writer { frames: vec![Frame::new(Kind::Root, "")], around };
    let text = text.replace("\r\n", "\n");
    let mut rest = text.as_str();
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        writer.text(before);
        rest = match Tag::read(from) {
            Some((tag, after)) => writer.tag(&tag, after),
            None => {
                writer.text("[");
                from.strip_prefix('[').unwrap_or_default()
            }
        };
    }
    writer.text(rest);
    writer.finish()
}

/// The opening text of a reply that quotes a post, as phpBB 3.3 fills it in.
pub(super) fn quote(author: &str, author_id: u64, post: u64, at: Timestamp, text: &str) -> String {
    let name = if author.chars().any(|c| c.is_whitespace() || "[]\"'\\=".contains(c)) {
        format!("\"{}\"", author.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        author.to_owned()
    };
    let open = format!("[quote={name} post_id={post} time={} user_id={author_id}]", at.as_unix_s());
    let line = if open.len() + text.len() > 72 || text.contains('\n') { "\n" } else { "" };
    format!("{open}{line}{text}{line}[/quote]\n\n")
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

struct Tag<'a> {
    /// As it was typed, brackets included.
    raw: &'a str,
    is_closing: bool,
    name: String,
    value: Option<String>,
    attributes: Vec<(&'a str, &'a str)>,
}

impl<'a> Tag<'a> {
    /// Reads a tag from a text that starts with `[`; gives the tag and what follows it.
    fn read(from: &'a str) -> Option<(Self, &'a str)> {
        let inside = from.strip_prefix('[')?;
        let (is_closing, inside) = inside.strip_prefix('/').map_or((false, inside), |inside| (true, inside));
        let name_end = inside.find(|c: char| !c.is_ascii_alphabetic() && c != '*')?;
        let (name, after_name) = inside.split_at(name_end);
        if name.is_empty() {
            return None;
        }
        let (value, attributes, after) = if let Some(after) = after_name.strip_prefix(']') {
            (None, "", after)
        } else if let Some(quoted) = after_name.strip_prefix("=\"") {
            let (value, after) = read_quoted(quoted)?;
            let (attributes, after) = after.split_once(']')?;
            (Some(value), attributes, after)
        } else {
            let (value, after) = after_name.strip_prefix('=')?.split_once(']')?;
            let (value, attributes) = split_attributes(value);
            (Some(value.to_owned()), attributes, after)
        };
        let (raw, _) = from.split_at(from.len() - after.len());
        if is_closing && value.is_some() || raw.contains('\n') {
            return None;
        }
        let attributes = attributes.split_whitespace().filter_map(|pair| pair.split_once('=')).collect();
        Some((Self { raw, is_closing, name: name.to_ascii_lowercase(), value, attributes }, after))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.attributes.iter().find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok())
    }
}

/// A value up to its closing quotation mark, and what follows that.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.push(chars.next()?.1),
            '"' => return Some((value, text.get(at + 1..)?)),
            other => value.push(other),
        }
    }
    None
}

/// `nick post_id=1 time=2` is a name and its attributes; a name without quotation marks may have blanks in it.
fn split_attributes(value: &str) -> (&str, &str) {
    let starts = [" post_id=", " time=", " user_id="];
    match starts.iter().filter_map(|start| value.find(start)).min() {
        Some(at) => value.split_at(at),
        None => (value, ""),
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Root,
    Quote { head: String },
    Plain { name: &'static str, open: &'static str, close: &'static str },
    Link { address: String },
    List { is_numbered: bool },
    Item,
}

struct Frame {
    kind: Kind,
    /// The opening tag as it was typed, for when it never closes.
    raw: String,
    html: String,
}

impl Frame {
    fn new(kind: Kind, raw: &str) -> Self {
        Self { kind, raw: raw.to_owned(), html: String::new() }
    }

    fn is_closed_by(&self, name: &str) -> bool {
        match &self.kind {
            Kind::Root | Kind::Item => false,
            Kind::Quote { .. } => name == "quote",
            Kind::Plain { name: own, .. } => name == *own,
            Kind::Link { .. } => name == "url",
            Kind::List { .. } => name == "list",
        }
    }
}

struct Writer<'a> {
    /// Never empty: the first is the post itself.
    frames: Vec<Frame>,
    around: &'a Around<'a>,
}

impl Writer<'_> {
    fn push(&mut self, html: &str) {
        if let Some(frame) = self.frames.last_mut() {
            frame.html.push_str(html);
        }
    }

    fn text(&mut self, text: &str) {
        let is_in_link = self.frames.iter().any(|frame| matches!(frame.kind, Kind::Link { .. }));
        let html = if is_in_link { with_breaks(text) } else { with_links(text) };
        self.push(&html);
    }

    /// Takes one tag; gives what is left to read.
    fn tag<'t>(&mut self, tag: &Tag<'_>, after: &'t str) -> &'t str {
        if tag.is_closing {
            self.close(tag);
            return after;
        }
        if self.frames.len() > MAX_DEPTH {
            self.text(tag.raw);
            return after;
        }
        let kind = match (tag.name.as_str(), &tag.value) {
            ("b", None) => Kind::Plain { name: "b", open: "<strong class=\"text-strong\">", close: "</strong>" },
            ("i", None) => Kind::Plain { name: "i", open: "<em class=\"text-italics\">", close: "</em>" },
            ("u", None) => Kind::Plain { name: "u", open: "<span class=\"text-underline\">", close: "</span>" },
            ("quote", _) => Kind::Quote { head: self.quote_head(tag) },
            ("list", value) => Kind::List { is_numbered: value.as_deref() == Some("1") },
            ("url", Some(address)) if is_safe(address) => Kind::Link { address: address.clone() },
            ("*", None) => return self.item(tag, after),
            ("code" | "url" | "img", _) => return self.verbatim(tag, after),
            _ => {
                self.text(tag.raw);
                return after;
            }
        };
        self.frames.push(Frame::new(kind, tag.raw));
        after
    }

    /// Tags whose contents are read as they stand.
    fn verbatim<'t>(&mut self, tag: &Tag<'_>, after: &'t str) -> &'t str {
        let end = format!("[/{}]", tag.name);
        let found = after.to_ascii_lowercase().find(&end);
        let Some((inside, rest)) = found.and_then(|at| Some((after.get(..at)?, after.get(at + end.len()..)?))) else {
            self.text(tag.raw);
            return after;
        };
        match (tag.name.as_str(), &tag.value) {
            ("code", _) => {
                let code = escape(inside.strip_prefix('\n').unwrap_or(inside));
                self.block(&format!(
                    "<div class=\"codebox\"><p>Код: <a href=\"#\">Выделить всё</a></p><pre><code>{code}</code></pre></div>"
                ));
            }
            ("url", None) if is_safe(inside) => self.push(&link(inside)),
            ("img", None) if is_safe(inside) => {
                self.push(&format!("<img src=\"{}\" class=\"postimage\" alt=\"Изображение\">", escape(inside)));
            }
            _ => {
                self.text(tag.raw);
                return after;
            }
        }
        rest
    }

    fn quote_head(&self, tag: &Tag<'_>) -> String {
        let Some(author) = tag.value.as_deref().filter(|author| !author.is_empty()) else {
            return "<blockquote class=\"uncited\"><div>".to_owned();
        };
        let link = |address: &str| escape(&(self.around.link)(address));
        let mut head = String::from("<blockquote");
        let post = tag.number("post_id");
        let post_link = post.map(|post| link(&format!("viewtopic.php?p={post}#p{post}")));
        if let Some(address) = &post_link {
            head.push_str(&format!(" cite=\"{address}\""));
        }
        head.push_str("><div><cite>");
        match tag.number("user_id") {
            Some(member) => {
                let address = link(&format!("memberlist.php?mode=viewprofile&u={member}"));
                head.push_str(&format!("<a href=\"{address}\">{}</a>", escape(author)));
            }
            None => head.push_str(&escape(author)),
        }
        head.push_str(" писал(а):");
        if let (Some(address), Some(post)) = (&post_link, post) {
            head.push_str(&format!(" <a href=\"{address}\" data-post-id=\"{post}\">↑</a>"));
        }
        if let Some(at) = tag.number("time").and_then(|at| i64::try_from(at).ok()) {
            let date = (self.around.date)(Timestamp::from_unix_s(at));
            head.push_str(&format!("<span class=\"responsive-hide\">{}</span>", escape(&date)));
        }
        head.push_str("</cite>");
        head
    }

    fn item<'t>(&mut self, tag: &Tag<'_>, after: &'t str) -> &'t str {
        match self.frames.iter().rposition(|frame| matches!(frame.kind, Kind::List { .. })) {
            Some(list) => {
                self.close_item(list);
                self.frames.push(Frame::new(Kind::Item, tag.raw));
            }
            None => self.text(tag.raw),
        }
        after
    }

    /// Ends the open item of the list at `list`, and turns what else is open in it back into text.
    fn close_item(&mut self, list: usize) {
        while self.frames.len() > list + 2 {
            self.undo_last();
        }
        if self.frames.len() == list + 2 {
            let is_item = self.frames.last().is_some_and(|frame| frame.kind == Kind::Item);
            if !is_item {
                self.undo_last();
            } else if let Some(item) = self.frames.pop() {
                self.push(&format!("<li>{}</li>", trim_breaks(&item.html)));
            }
        }
    }

    fn close(&mut self, tag: &Tag<'_>) {
        let Some(place) = self.frames.iter().rposition(|frame| frame.is_closed_by(&tag.name)) else {
            self.text(tag.raw);
            return;
        };
        if self.frames.get(place).is_some_and(|frame| matches!(frame.kind, Kind::List { .. })) {
            self.close_item(place);
        }
        while self.frames.len() > place + 1 {
            self.undo_last();
        }
        let Some(frame) = self.frames.pop() else { return };
        let inside = &frame.html;
        match &frame.kind {
            Kind::Quote { head } => self.block(&format!("{head}{}</div></blockquote>", trim_breaks(inside))),
            Kind::Plain { open, close, .. } => self.push(&format!("{open}{inside}{close}")),
            Kind::Link { address } => {
                self.push(&format!("<a href=\"{}\" class=\"postlink\">{inside}</a>", escape(address)));
            }
            Kind::List { is_numbered: true } => self.block(&format!("<ol>{}</ol>", trim_breaks(inside))),
            Kind::List { is_numbered: false } => self.block(&format!("<ul>{}</ul>", trim_breaks(inside))),
            Kind::Root | Kind::Item => self.push(inside),
        }
    }

    /// A block swallows the line break before it and up to two after it, as phpBB's parser does.
    fn block(&mut self, html: &str) {
        if let Some(frame) = self.frames.last_mut() {
            let kept = frame.html.strip_suffix(BREAK).unwrap_or(&frame.html).len();
            frame.html.truncate(kept);
            frame.html.push_str(html);
            frame.html.push_str(AFTER_BLOCK);
        }
    }

    /// A tag that never closes is text after all.
    fn undo_last(&mut self) {
        if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.push(&escape(&frame.raw));
            self.push(&frame.html);
        }
    }

    fn finish(mut self) -> String {
        while self.frames.len() > 1 {
            self.undo_last();
        }
        let html = self.frames.pop().map(|frame| frame.html).unwrap_or_default();
        let twice = format!("{AFTER_BLOCK}{BREAK}{BREAK}");
        let once = format!("{AFTER_BLOCK}{BREAK}");
        html.replace(&twice, "\n").replace(&once, "\n").replace(AFTER_BLOCK, "")
    }
}

/// Stands behind a block until the end, when the line breaks after it are known. Texts cannot hold it: it is dropped
/// from them.
const AFTER_BLOCK: &str = "\u{1}";

fn trim_breaks(html: &str) -> &str {
    let html = html.strip_prefix(BREAK).unwrap_or(html);
    html.strip_suffix(BREAK).unwrap_or(html)
}

fn with_breaks(text: &str) -> String {
    escape(&text.replace(AFTER_BLOCK, "")).replace('\n', BREAK)
}

/// Escapes a text and makes links of the bare addresses and pictures of the smilies in it.
fn with_links(text: &str) -> String {
    let mut html = String::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_whitespace() {
            html.push_str(&word_to_html(&word));
            word.clear();
            html.push_str(&with_breaks(&c.to_string()));
        } else {
            word.push(c);
        }
    }
    html.push_str(&word_to_html(&word));
    html
}

fn word_to_html(word: &str) -> String {
    if let Some((code, file, title)) = SMILIES.iter().find(|(code, _, _)| *code == word) {
        return format!(
            "<img class=\"smilies\" src=\"./images/smilies/{file}.svg\" width=\"18\" height=\"18\" alt=\"{}\" title=\"{title}\">",
            escape(code)
        );
    }
    let Some(at) = word.find("https://").or_else(|| word.find("http://")) else { return with_breaks(word) };
    let (before, address) = word.split_at(at);
    let kept = address.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '»', '"', '\'', '>']);
    let (kept, after) = address.split_at(kept.len());
    if is_safe(kept) {
        format!("{}{}{}", with_breaks(before), link(kept), with_breaks(after))
    } else {
        with_breaks(word)
    }
}

fn link(address: &str) -> String {
    let length = address.chars().count();
    let shown = if length > MAX_LINK_CHARS {
        let start: String = address.chars().take(39).collect();
        let end: String = address.chars().skip(length - 10).collect();
        format!("{start} ... {end}")
    } else {
        address.to_owned()
    };
    format!("<a href=\"{}\" class=\"postlink\">{}</a>", escape(address), escape(&shown))
}

fn is_safe(address: &str) -> bool {
    Url::parse(address.trim()).is_ok_and(|url| ["http", "https", "mailto"].contains(&url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        to_html(text, &Around { link: &|address| format!("./{address}"), date: &|at| format!("в {}", at.as_unix_s()) })
    }

    #[test]
    fn text_is_escaped_and_its_lines_are_kept() {
        assert_eq!(
            html("<b>&\"'</b>\r\n[script]alert(1)[/script]"),
            "&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;<br>\n[script]alert(1)[/script]"
        );
    }

    #[test]
    fn nested_quotes_become_nested_blockquotes_with_their_authors() {
        let text =
            "[quote=\"Ночной [гость]\" post_id=7 time=60 user_id=3]\n[quote]давно[/quote]\nда\n[/quote]\n\nспасибо";
        assert_eq!(
            html(text),
            "<blockquote cite=\"./viewtopic.php?p=7#p7\"><div><cite><a href=\"./memberlist.php?mode=viewprofile&amp;u=3\">\
             Ночной [гость]</a> писал(а): <a href=\"./viewtopic.php?p=7#p7\" data-post-id=\"7\">↑</a>\
             <span class=\"responsive-hide\">в 60</span></cite><blockquote class=\"uncited\"><div>давно</div></blockquote>\n\
             да</div></blockquote>\nспасибо"
        );
    }

    #[test]
    fn quote_of_a_name_with_blanks_and_without_marks_is_read() {
        assert!(html("[quote=два слова]x[/quote]").starts_with("<blockquote><div><cite>два слова писал(а):</cite>x"));
        assert!(html("[quote=ник post_id=5]x[/quote]").contains("<cite>ник писал(а): <a href"));
    }

    #[test]
    fn tags_left_open_or_crossed_stay_as_they_were_typed() {
        assert_eq!(html("[b]жирный"), "[b]жирный");
        assert_eq!(html("[b]а[i]б[/b]в[/i] [/quote]"), "<strong class=\"text-strong\">а[i]б</strong>в[/i] [/quote]");
        assert_eq!(html("[] [ [=x] [*] [quote"), "[] [ [=x] [*] [quote");
    }

    #[test]
    fn lists_hold_their_items() {
        assert_eq!(
            html("возьмите:\n[list]\n[*]паспорт\n[*][b]полис[/b]\n[/list]\nвсё"),
            "возьмите:<ul><li>паспорт</li><li><strong class=\"text-strong\">полис</strong></li></ul>\nвсё"
        );
        assert_eq!(html("[list=1][*]а[/list]"), "<ol><li>а</li></ol>");
    }

    #[test]
    fn code_is_shown_as_it_stands() {
        assert!(html("[code]\n[b]<x>[/b]\n[/code]").contains("<pre><code>[b]&lt;x&gt;[/b]\n</code></pre>"));
    }

    #[test]
    fn only_web_addresses_become_links_and_long_ones_are_shortened() {
        assert_eq!(html("[url=javascript:alert(1)]x[/url]"), "[url=javascript:alert(1)]x[/url]");
        assert_eq!(
            html("см. https://example.org/a?b=1&c=2."),
            "см. <a href=\"https://example.org/a?b=1&amp;c=2\" class=\"postlink\">https://example.org/a?b=1&amp;c=2</a>."
        );
        assert_eq!(
            html("[url=https://example.org/]сайт[/url]"),
            "<a href=\"https://example.org/\" class=\"postlink\">сайт</a>"
        );
        let long = format!("https://example.org/{}", "a".repeat(60));
        assert!(html(&long).contains(" ... aaaaaaaaaa</a>"));
    }

    #[test]
    fn smilies_between_blanks_become_pictures_with_their_code() {
        assert!(html("привет :) .").contains("class=\"smilies\""));
        assert!(html("привет :)").contains("alt=\":)\""));
        assert!(!html("адрес:)").contains("<img"));
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_loses_text() {
        let text = format!("{}дно{}", "[quote]".repeat(5_000), "[/quote]".repeat(5_000));
        let html = html(&text);
        assert!(html.contains("дно"));
        assert_eq!(html.matches("<blockquote").count(), MAX_DEPTH);
    }

    #[test]
    fn quoting_a_post_fills_in_what_phpbb_fills_in() {
        let at = Timestamp::from_unix_s(60);
        assert_eq!(quote("ник", 3, 7, at, "да"), "[quote=ник post_id=7 time=60 user_id=3]да[/quote]\n\n");
        assert_eq!(
            quote("а \"б\"", 3, 7, at, "да\nнет"),
            "[quote=\"а \\\"б\\\"\" post_id=7 time=60 user_id=3]\nда\nнет\n[/quote]\n\n"
        );
    }
}
