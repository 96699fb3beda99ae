//! The text of a page into the tokens of the HTML standard, for html5ever's tree builder.
//!
//! html5ever's own tokenizer is made for input that arrives in pieces and goes through it letter by letter; here the
//! whole page is at hand, and runs of text and values are found in one stride, in about a fifth of the time. Both give
//! the same trees: tests and the fuzz target hold one against the other. Linear in the length of the page, whatever
//! stands in it. Parse errors are not reported: every page of a forum is full of them.

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, CommentToken, Doctype, DoctypeToken, EOFToken, EndTag, NullCharacterToken, StartTag,
    Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::{Attribute, LocalName, QualName, ns};
use memchr::{memchr, memchr_iter, memchr2, memmem};
use std::borrow::Cow;
use std::cell::RefCell;

/// Attributes of one element; each is compared with each. An element with more is left out.
const MAX_ATTRIBUTES: usize = 1_000;
/// No name of a character is longer.
const MAX_REFERENCE: usize = 32;
/// No name of a character that counts without its semicolon is longer.
const MAX_BARE_REFERENCE: usize = 6;

/// Sends the tokens of a page to `sink`. `page` must have line feeds alone for line ends. Returns whether every element
/// was sent: one with very many attributes is not.
pub(super) fn tokenize<S: TokenSink>(page: &StrTendril, sink: &S) -> bool {
    let mut reader = Reader { page, bytes: page.as_bytes(), at: 0, attributes: Vec::new(), sink, complete: true };
    if page.starts_with('\u{feff}') {
        reader.at = '\u{feff}'.len_utf8();
    }
    reader.read();
    reader.complete
}

/// Where text stands, which decides what is special in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between tags.
    Data,
    /// Between tags of drawings and formulas, marked as text.
    Cdata,
    /// In an element that holds no tags but may hold characters by name.
    Rcdata,
    /// In an element that holds text as it is.
    Raw,
    Value,
}

struct Reader<'a, S> {
    page: &'a StrTendril,
    bytes: &'a [u8],
    at: usize,
    /// Those of the tag that is being read.
    attributes: Vec<Attribute>,
    sink: &'a S,
    complete: bool,
}

impl<S: TokenSink> Reader<'_, S> {
    fn read(&mut self) {
        loop {
            let markup = self.next_markup();
            self.characters(self.at, markup, Place::Data);
            if markup >= self.bytes.len() {
                break;
            }
            self.at = markup;
            match self.byte(markup + 1) {
                Some(b'/') => match self.byte(markup + 2) {
                    Some(b'>') => self.at = markup + 3,
                    Some(byte) if byte.is_ascii_alphabetic() => self.tag(markup + 2, true),
                    _ => self.bogus_comment(markup + 2),
                },
                Some(b'!') => self.declaration(markup + 2),
                Some(b'?') => self.bogus_comment(markup + 1),
                _ => self.tag(markup + 1, false),
            }
        }
        self.send(EOFToken);
        self.sink.end();
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn rest(&self, from: usize) -> &[u8] {
        self.bytes.get(from..).unwrap_or_default()
    }

    fn find(&self, from: usize, what: &[u8]) -> Option<usize> {
        memmem::find(self.rest(from), what).map(|offset| from + offset)
    }

    fn piece(&self, from: usize, to: usize) -> &str {
        self.page.get(from..to).unwrap_or_default()
    }

    /// A piece of the page, without copying it.
    fn shared(&self, from: usize, to: usize) -> StrTendril {
        match (u32::try_from(from), u32::try_from(to.saturating_sub(from))) {
            (Ok(from), Ok(length)) => self.page.subtendril(from, length),
            _ => StrTendril::new(),
        }
    }

    fn send(&self, token: Token) {
        // What the sink asks for after such tokens is for programs that run scripts.
        drop(self.sink.process_token(token, 1));
    }

    /// Where the next tag, comment or declaration begins; the end where there is none.
    fn next_markup(&self) -> usize {
        let begins = |at: &usize| match self.byte(at + 1) {
            Some(b'/') => at + 2 < self.bytes.len(),
            Some(b'!' | b'?') => true,
            Some(byte) => byte.is_ascii_alphabetic(),
            None => false,
        };
        let brackets = memchr_iter(b'<', self.rest(self.at)).map(|offset| self.at + offset);
        { brackets }.find(begins).unwrap_or(self.bytes.len())
    }

    fn characters(&self, from: usize, to: usize, place: Place) {
        if from == to {
            return;
        }
        match self.decoded(from, to, place) {
            None => self.send(CharacterTokens(self.shared(from, to))),
            Some(text) if matches!(place, Place::Data | Place::Cdata) => {
                // Where such a character stands decides whether it is dropped.
                for part in text.split_inclusive('\0') {
                    let without = part.strip_suffix('\0');
                    let characters = without.unwrap_or(part);
                    if !characters.is_empty() {
                        self.send(CharacterTokens(StrTendril::from_slice(characters)));
                    }
                    if without.is_some() {
                        self.send(NullCharacterToken);
                    }
                }
            }
            Some(text) => self.send(CharacterTokens(StrTendril::from_slice(&text))),
        }
    }

    /// The text with its character references resolved; `None` where it is as it stands.
    fn decoded(&self, from: usize, to: usize, place: Place) -> Option<String> {
        let bytes = self.bytes.get(from..to).unwrap_or_default();
        let has_references = !matches!(place, Place::Raw | Place::Cdata);
        let special = |bytes: &[u8]| if has_references { memchr2(b'&', 0, bytes) } else { memchr(0, bytes) };
        let mut next = from + special(bytes)?;
        let mut text = String::with_capacity(to - from);
        let mut copied_to = from;
        loop {
            text.push_str(self.piece(copied_to, next));
            copied_to = next + 1;
            if self.byte(next) == Some(0) {
                text.push(if matches!(place, Place::Data | Place::Cdata) { '\0' } else { '\u{fffd}' });
            } else if let Some((first, second, end)) = self.reference(next + 1, to, place) {
                text.push(first);
                text.extend(second);
                copied_to = end;
            } else {
                text.push('&');
            }
            match special(self.bytes.get(copied_to..to).unwrap_or_default()) {
                Some(offset) => next = copied_to + offset,
                None => break,
            }
        }
        text.push_str(self.piece(copied_to, to));
        Some(text)
    }

    /// What a reference stands for and where it ends; `from` is just after its `&`.
    fn reference(&self, from: usize, to: usize, place: Place) -> Option<(char, Option<char>, usize)> {
        let rest = self.bytes.get(from..to)?;
        if rest.first() == Some(&b'#') {
            let (character, length) = numeric_reference(rest.get(1..)?)?;
            return Some((character, None, from + 1 + length));
        }
        let length = rest.iter().take(MAX_REFERENCE).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        if rest.get(length) == Some(&b';')
            && let Some((first, second)) = named(self.piece(from, from + length + 1))
        {
            return Some((first, second, from + length + 1));
        }
        let bare = (1..=length.min(MAX_BARE_REFERENCE)).rev();
        let (length, (first, second)) =
            { bare }.find_map(|length| Some((length, named(self.piece(from, from + length))?)))?;
        // `?a=1&copy=2` is an address and no sign of copyright.
        let goes_on = rest.get(length).is_some_and(|next| *next == b'=' || next.is_ascii_alphanumeric());
        (!(place == Place::Value && goes_on)).then_some((first, second, from + length))
    }

    /// A start or end tag whose name begins at `from`. One that the page breaks off in is none.
    fn tag(&mut self, from: usize, closing: bool) {
        let name_length = self.rest(from).iter().take_while(|byte| !ends_name(**byte)).count();
        let name = self.name(from, from + name_length);
        let mut tag = Tag {
            kind: if closing { EndTag } else { StartTag },
            name,
            self_closing: false,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        };
        self.at = from + name_length;
        self.attributes.clear();
        let mut too_many = false;
        loop {
            match self.byte(self.at) {
                None => return,
                Some(b'>') => break,
                Some(b'/') if self.byte(self.at + 1) == Some(b'>') => {
                    tag.self_closing = true;
                    self.at += 1;
                }
                Some(byte) if byte == b'/' || is_space(byte) => self.at += 1,
                Some(_) => {
                    let Some((name, from, to)) = self.attribute() else {
                        self.at = self.bytes.len();
                        return;
                    };
                    if too_many {
                        continue;
                    }
                    let name = QualName::new(None, ns!(), self.name(name.0, name.1));
                    if self.attributes.iter().any(|known| known.name.local == name.local) {
                        tag.had_duplicate_attributes = true;
                    } else if self.attributes.len() < MAX_ATTRIBUTES {
                        let value = match self.decoded(from, to, Place::Value) {
                            Some(text) => StrTendril::from_slice(&text),
                            None => self.shared(from, to),
                        };
                        self.attributes.push(Attribute { name, value });
                    } else {
                        too_many = true;
                    }
                }
            }
        }
        self.at += 1;
        if too_many {
            self.complete = false;
            return;
        }
        // Exactly as much room as is needed: pages have thousands of elements.
        tag.attrs = self.attributes.drain(..).collect();
        let name = tag.name.clone();
        match self.sink.process_token(TagToken(tag), 1) {
            TokenSinkResult::RawData(kind) => {
                let end = if kind == RawKind::ScriptData { self.script_end(&name) } else { self.raw_end(&name) };
                let place = if kind == RawKind::Rcdata { Place::Rcdata } else { Place::Raw };
                self.characters(self.at, end, place);
                self.at = end;
            }
            TokenSinkResult::Plaintext => {
                self.characters(self.at, self.bytes.len(), Place::Raw);
                self.at = self.bytes.len();
            }
            _ => {}
        }
    }

    /// Where the name and the value of the attribute here begin and end; `None` where the page breaks off in it.
    fn attribute(&mut self) -> Option<((usize, usize), usize, usize)> {
        let from = self.at;
        // An attribute may begin with an equals sign, but not go on after one.
        let length = 1 + self.rest(from + 1).iter().take_while(|byte| !ends_name(**byte) && **byte != b'=').count();
        let name = (from, from + length);
        self.at = from + length;
        self.skip_space();
        if self.byte(self.at) != Some(b'=') {
            return Some((name, self.at, self.at));
        }
        self.at += 1;
        self.skip_space();
        match self.byte(self.at)? {
            quote @ (b'"' | b'\'') => {
                let from = self.at + 1;
                let to = from + memchr(quote, self.rest(from))?;
                self.at = to + 1;
                Some((name, from, to))
            }
            b'>' => Some((name, self.at, self.at)),
            _ => {
                let from = self.at;
                let length = self.rest(from).iter().position(|byte| is_space(*byte) || *byte == b'>')?;
                self.at = from + length;
                Some((name, from, self.at))
            }
        }
    }

    fn skip_space(&mut self) {
        self.at += self.rest(self.at).iter().take_while(|byte| is_space(**byte)).count();
    }

    /// A name as the standard compares it.
    fn name(&self, from: usize, to: usize) -> LocalName {
        let name = self.piece(from, to);
        if name.bytes().any(|byte| byte == 0 || byte.is_ascii_uppercase()) {
            LocalName::from(name.to_ascii_lowercase().replace('\0', "\u{fffd}"))
        } else {
            LocalName::from(name)
        }
    }

    fn comment(&self, from: usize, to: usize) {
        let comment = match self.decoded(from, to, Place::Raw) {
            Some(text) => StrTendril::from_slice(&text),
            None => self.shared(from, to),
        };
        self.send(CommentToken(comment));
    }

    /// What is written like a tag and is none.
    fn bogus_comment(&mut self, from: usize) {
        let to = memchr(b'>', self.rest(from)).map_or(self.bytes.len(), |length| from + length);
        self.comment(from, to);
        self.at = (to + 1).min(self.bytes.len());
    }

    /// A comment, a document type or a piece of plain text; `from` is just after its `<!`.
    fn declaration(&mut self, from: usize) {
        let rest = self.rest(from);
        if rest.starts_with(b"--") {
            self.whole_comment(from + 2);
        } else if rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"doctype")) {
            let to = memchr(b'>', rest).map_or(self.bytes.len(), |length| from + length + 1);
            self.send(DoctypeToken(doctype(self.shared(from - 2, to))));
            self.at = to;
        } else if rest.starts_with(b"[CDATA[") && self.sink.adjusted_current_node_present_but_not_in_html_namespace() {
            let end = self.find(from + 7, b"]]>");
            self.characters(from + 7, end.unwrap_or(self.bytes.len()), Place::Cdata);
            self.at = end.map_or(self.bytes.len(), |end| end + 3);
        } else {
            self.bogus_comment(from);
        }
    }

    fn whole_comment(&mut self, from: usize) {
        let rest = self.rest(from);
        for (start, length) in [(&b">"[..], 1), (b"->", 2)] {
            if rest.starts_with(start) {
                self.comment(from, from);
                self.at = from + length;
                return;
            }
        }
        let mut end = None;
        let mut search = from;
        while let Some(dashes) = self.find(search, b"--") {
            let after = self.rest(dashes + 2);
            if after.starts_with(b">") {
                end = Some((dashes, dashes + 3));
                break;
            }
            if after.starts_with(b"!>") {
                end = Some((dashes, dashes + 4));
                break;
            }
            search = dashes + 1;
        }
        let (to, at) = end.unwrap_or_else(|| {
            let broken_off = [&b"--!"[..], b"--", b"-"].into_iter().find(|end| rest.ends_with(end));
            (self.bytes.len() - broken_off.map_or(0, <[u8]>::len), self.bytes.len())
        });
        self.comment(from, to);
        self.at = at;
    }

    /// Where the content of an element that holds no tags ends.
    fn raw_end(&self, name: &str) -> usize {
        let mut at = self.at;
        while let Some(found) = self.find(at, b"</") {
            if self.is_word(found + 2, name) {
                return found;
            }
            at = found + 2;
        }
        self.bytes.len()
    }

    /// Whether this word, ended as a tag's name is, stands here.
    fn is_word(&self, at: usize, word: &str) -> bool {
        let end = at + word.len();
        self.bytes.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
            && self.byte(end).is_some_and(ends_name)
    }

    /// Where a script ends: its end tag, though not one that stands, with a start tag before it, in a comment.
    fn script_end(&self, name: &str) -> usize {
        #[derive(PartialEq, Eq)]
        enum Within {
            Script,
            Comment,
            ScriptInComment,
        }
        let mut within = Within::Script;
        let mut at = self.at;
        while let Some(offset) = memchr2(b'<', b'-', self.rest(at)) {
            let found = at + offset;
            let rest = self.rest(found);
            at = found + 1;
            if rest.starts_with(b"-->") {
                within = Within::Script;
            } else if within == Within::Script && rest.starts_with(b"<!--") {
                within = Within::Comment;
                at = found + 2;
            } else if rest.starts_with(b"</") && within != Within::ScriptInComment && self.is_word(found + 2, name) {
                return found;
            } else if within == Within::Comment && rest.starts_with(b"<") && self.is_word(found + 1, "script") {
                within = Within::ScriptInComment;
            } else if within == Within::ScriptInComment && rest.starts_with(b"</") && self.is_word(found + 2, "script")
            {
                within = Within::Comment;
            }
        }
        self.bytes.len()
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | b'\x0c')
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'/' | b'>')
}

/// The character that a number stands for, and how many bytes it takes after its `#`.
fn numeric_reference(rest: &[u8]) -> Option<(char, usize)> {
    let hexadecimal = matches!(rest.first(), Some(b'x' | b'X'));
    let prefix = usize::from(hexadecimal);
    let radix = if hexadecimal { 16 } else { 10 };
    let mut digits = 0;
    let mut number = 0_u32;
    for digit in rest.iter().skip(prefix).map_while(|byte| char::from(*byte).to_digit(radix)) {
        digits += 1;
        number = number.saturating_mul(radix).saturating_add(digit);
    }
    if digits == 0 {
        return None;
    }
    let replaced =
        number.checked_sub(0x80).and_then(|index| C1_REPLACEMENTS.get(usize::try_from(index).ok()?).copied()?);
    let character = replaced.or_else(|| char::from_u32(number).filter(|character| *character != '\0'));
    let length = prefix + digits;
    let semicolon = usize::from(rest.get(length) == Some(&b';'));
    Some((character.unwrap_or('\u{fffd}'), length + semicolon))
}

/// What a name, with its semicolon if it has one, stands for.
fn named(name: &str) -> Option<(char, Option<char>)> {
    let (first, second) = NAMED_ENTITIES.get(name).copied().filter(|(first, _)| *first != 0)?;
    Some((char::from_u32(first)?, char::from_u32(second).filter(|_| second != 0)))
}

/// There is one a page, and it tells little: html5ever may take its time.
fn doctype(declaration: StrTendril) -> Doctype {
    #[derive(Default)]
    struct Seen(RefCell<Option<Doctype>>);
    impl TokenSink for Seen {
        type Handle = ();
        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            if let DoctypeToken(doctype) = token {
                self.0.replace(Some(doctype));
            }
            TokenSinkResult::Continue
        }
    }
    let input = BufferQueue::default();
    input.push_back(declaration);
    let tokenizer = Tokenizer::new(Seen::default(), TokenizerOpts::default());
    drop(tokenizer.feed(&input));
    tokenizer.end();
    tokenizer.sink.0.take().unwrap_or_default()
}

/// Line ends as the standard wants them before anything else is read.
pub(super) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\r');
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        out.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
    Cow::Owned(out)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::page::tree::TreeMaker;
    use html5ever::TokenizerResult;
    use html5ever::tokenizer::ParseError;
    use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
    use proptest::prelude::*;
    use std::path::Path;

    /// Tokens on their way to a tree builder, which decides what is text alone.
    struct Recorder {
        builder: TreeBuilder<u32, TreeMaker>,
        seen: RefCell<Vec<Token>>,
    }

    impl Recorder {
        fn new() -> Self {
            let builder = TreeBuilder::new(TreeMaker::new(0), TreeBuilderOpts::default());
            Self { builder, seen: RefCell::default() }
        }
    }

    impl TokenSink for Recorder {
        type Handle = u32;

        fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<u32> {
            let mut seen = self.seen.borrow_mut();
            match (&token, seen.last_mut()) {
                (ParseError(_), _) => return TokenSinkResult::Continue,
                // Where text is cut into pieces is nobody's business.
                (CharacterTokens(text), _) if text.is_empty() => {}
                (CharacterTokens(more), Some(CharacterTokens(text))) => text.push_tendril(more),
                (CharacterTokens(text), _) => seen.push(CharacterTokens(text.clone())),
                (CommentToken(text), _) => seen.push(CommentToken(text.clone())),
                (DoctypeToken(doctype), _) => seen.push(DoctypeToken(doctype.clone())),
                (TagToken(tag), _) => seen.push(TagToken(tag.clone())),
                (NullCharacterToken, _) => seen.push(NullCharacterToken),
                (EOFToken, _) => seen.push(EOFToken),
            }
            self.builder.process_token(token, line)
        }

        fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
            self.builder.adjusted_current_node_present_but_not_in_html_namespace()
        }
    }

    fn ours(page: &str) -> Vec<Token> {
        let recorder = Recorder::new();
        assert!(tokenize(&StrTendril::from(&*with_line_feeds(page)), &recorder));
        recorder.seen.into_inner()
    }

    fn theirs(page: &str) -> Vec<Token> {
        // It would discard one after every script too.
        let options = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
        let tokenizer = Tokenizer::new(Recorder::new(), options);
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(page.strip_prefix('\u{feff}').unwrap_or(page)));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        tokenizer.end();
        tokenizer.sink.seen.into_inner()
    }

    pub(in crate::page) fn saved_pages() -> Vec<String> {
        let profiles = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")).expect("folder");
        let cases = profiles.filter_map(|profile| std::fs::read_dir(profile.expect("entry").path()).ok()).flatten();
        let pages = cases.filter_map(|case| std::fs::read(case.expect("entry").path().join("page.html")).ok());
        pages.map(|page| String::from_utf8_lossy(&page).into_owned()).collect()
    }

    #[test]
    fn saved_pages_come_to_the_tokens_of_html5ever() {
        let pages = saved_pages();
        assert!(pages.len() > 50, "only {} pages found", pages.len());
        for page in pages {
            assert_eq!(ours(&page), theirs(&page));
            assert_eq!(ours(&page.replace('\n', "\r\n")), theirs(&page.replace('\n', "\r\n")));
        }
    }

    /// What markup is made of, and what breaks it.
    pub(in crate::page) const PIECES: &[&str] = &[
        "<",
        "</",
        "<!",
        "<?",
        "<!--",
        "-->",
        "--!>",
        "->",
        "--",
        "-",
        "!",
        ">",
        "/>",
        "/",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\x0c",
        "\t",
        "=",
        "\"",
        "'",
        "`",
        "\0",
        "\u{feff}",
        "é",
        "Ж",
        "🙂",
        "a",
        "B",
        "1",
        ";",
        "&",
        "&amp;",
        "&amp",
        "&AMP",
        "&notit;",
        "&notin;",
        "&not",
        "&copy=",
        "&copy1",
        "&unknown;",
        "&unknown",
        "&ngE;",
        "&#",
        "&#x",
        "&#65;",
        "&#x41",
        "&#0;",
        "&#128;",
        "&#x9f;",
        "&#xD800;",
        "&#x110000;",
        "&#99999999999999999999;",
        "&#13;",
        "&#xFFFE;",
        "&CounterClockwiseContourIntegral;",
        "<a href=",
        "<a href=\"",
        "<p class='x' class=y>",
        "</p>",
        "<br/>",
        "<b / x>",
        "<i =a =b>",
        "<u a\"b<c>",
        "<P ID=A>",
        "<textarea>",
        "</textarea>",
        "<title>",
        "</TITLE >",
        "</title/",
        "<style>",
        "</style>",
        "<script>",
        "<script",
        "</script>",
        "</script",
        "<SCRIPT a=b>",
        "<plaintext>",
        "<xmp>",
        "</xmp>",
        "<iframe>",
        "</iframe>",
        "<noscript>",
        "</noscript>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "<desc>",
        "<![CDATA[",
        "]]>",
        "]]",
        "<!doctype html>",
        "<!DOCTYPE",
        " html PUBLIC \"x\" 'y'>",
        " SYSTEM \"a>",
        "<table>",
        "<td>",
        "<select>",
        "<template>",
        "<pre>",
        "<frameset>",
        "<body x=1 y>",
        "<!-->",
        "<!--->",
        "<!---",
        "<!--a--b--!c-->",
        "<é>",
        "<1>",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn odd_markup_comes_to_the_tokens_of_html5ever(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
            let page = pieces.concat();
            prop_assert_eq!(ours(&page), theirs(&page), "{:?}", page);
        }
    }

    #[test]
    fn element_of_very_many_attributes_is_left_out() {
        for attribute in [" a", "/a"] {
            let many: String = (0..50_000).map(|n| format!("{attribute}{n}")).collect();
            let page = StrTendril::from(format!("x<p{many}>y"));
            let recorder = Recorder::new();
            assert!(!tokenize(&page, &recorder));
            assert_eq!(recorder.seen.into_inner(), ours("xy"));
        }
        let page = format!("<p {}>", " a".repeat(50_000));
        assert_eq!(ours(&page), theirs(&page), "the same attribute again is one");
    }
}
