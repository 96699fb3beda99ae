//! Makes hostile markup harmless before it is parsed: nesting and unclosed formatting are cut down to what browsers
//! would show anyway.
//!
//! HTML parsing is quadratic in the depth of nesting, and multiplies unclosed `<b a=1><b a=2>…` into every following
//! paragraph. A forum page is written by strangers. This is no sanitiser: what is left may hold anything.

use std::borrow::Cow;

/// Elements open inside each other. Real forum pages stay below 60; browsers stop nesting at 512.
const MAX_DEPTH: usize = 250;
/// Formatting elements open at once.
const MAX_FORMATTING: usize = 60;
/// Attributes of one element, roughly; the parser compares each with each.
const MAX_GAPS: usize = 1_000;
/// Copies of unclosed formatting elements that a parser may have to make on one page.
const MAX_COPIES: usize = 300_000;

/// End tags may be left out, or there is none: these do not nest by themselves.
const UNCOUNTED: &[&str] = &[
    "area", "base", "body", "br", "caption", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html", "img",
    "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "tfoot",
    "th", "thead", "tr", "track", "wbr",
];
const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
/// Their content is text up to their end tag.
const RAW: &[&str] = &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"];

/// The page with tags beyond the limits left out, and whether any were.
pub(super) fn tame(html: &str) -> (Cow<'_, str>, bool) {
    let mut kept = String::new();
    let mut copied_to = 0;
    let (mut depth, mut formatting, mut copies) = (0_usize, 0_usize, 0_usize);
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(tag) = next_tag(html, at) {
        at = tag.end;
        let name = tag.name.to_ascii_lowercase();
        let name = name.as_str();
        let is_formatting = FORMATTING.contains(&name);
        let counted = UNCOUNTED.binary_search(&name).is_err();
        let drop = if tag.gaps > MAX_GAPS {
            true
        } else if tag.closing {
            let drop = counted && depth > MAX_DEPTH || is_formatting && formatting > MAX_FORMATTING;
            depth -= usize::from(counted && depth > 0);
            formatting -= usize::from(is_formatting && formatting > 0);
            drop
        } else {
            if !is_formatting {
                copies += formatting.min(MAX_FORMATTING).saturating_sub(4);
            }
            depth += usize::from(counted);
            formatting += usize::from(is_formatting);
            counted && depth > MAX_DEPTH || is_formatting && formatting > MAX_FORMATTING || copies > MAX_COPIES
        };
        if drop {
            kept.push_str(html.get(copied_to..tag.start).unwrap_or_default());
            copied_to = tag.end;
        } else if !tag.closing && RAW.contains(&name) {
            at = raw_end(bytes, at, name);
        }
    }
    if copied_to == 0 {
        return (Cow::Borrowed(html), false);
    }
    kept.push_str(html.get(copied_to..).unwrap_or_default());
    (Cow::Owned(kept), true)
}

struct Tag<'a> {
    start: usize,
    end: usize,
    gaps: usize,
    closing: bool,
    name: &'a str,
}

/// The next start or end tag at or after `from`; comments and declarations are passed over.
fn next_tag(html: &str, from: usize) -> Option<Tag<'_>> {
    let bytes = html.as_bytes();
    let mut at = from;
    loop {
        let start = at + bytes.get(at..)?.iter().position(|&b| b == b'<')?;
        let rest = bytes.get(start + 1..)?;
        if rest.starts_with(b"!--") {
            at = find(bytes, start + 4, b"-->").map_or(bytes.len(), |end| end + 3);
            continue;
        }
        let closing = rest.first() == Some(&b'/');
        let name_start = start + 1 + usize::from(closing);
        if !bytes.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
            at = start + 1;
            continue;
        }
        let name_length = bytes
            .get(name_start..)?
            .iter()
            .take_while(|b| !matches!(b, b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r'))
            .count();
        let name = html.get(name_start..name_start + name_length)?;
        let (end, gaps) = tag_end(bytes, name_start + name_length);
        return Some(Tag { start, end, gaps, closing, name });
    }
}

/// Just after the `>` that ends a tag, and how many gaps between attributes there are at most. A `>` inside quotes
/// does not end a tag.
fn tag_end(bytes: &[u8], from: usize) -> (usize, usize) {
    let (mut quote, mut gaps, mut in_gap) = (None, 0, false);
    for (offset, &byte) in bytes.get(from..).unwrap_or_default().iter().enumerate() {
        let gap = quote.is_none() && (byte.is_ascii_whitespace() || byte == b'/');
        gaps += usize::from(gap && !in_gap);
        in_gap = gap;
        match (quote, byte) {
            (None, b'>') => return (from + offset + 1, gaps),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => {
                quote = None;
                gaps += 1;
            }
            _ => {}
        }
    }
    (bytes.len(), gaps)
}

fn raw_end(bytes: &[u8], from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(found) = find(bytes, at, b"</") {
        let tail = bytes.get(found + 2..found + 2 + name.len()).unwrap_or_default();
        if tail.eq_ignore_ascii_case(name.as_bytes()) {
            return found;
        }
        at = found + 2;
    }
    bytes.len()
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_page_is_left_as_it_is() {
        let page = "<!-- <div> --><ul><li>a<li>b</ul><script>if (a<b) '<div>'</script><p title='a>b'>1 < 2</p>";
        assert_eq!(tame(page), (Cow::Borrowed(page), false));
    }

    #[test]
    fn deep_nesting_is_flattened_and_text_kept() {
        let page = format!("{}x{}y", "<div>".repeat(100_000), "</div>".repeat(100_000));
        let (tamed, cut) = tame(&page);
        assert!(cut);
        assert_eq!(tamed, format!("{}x{}y", "<div>".repeat(MAX_DEPTH), "</div>".repeat(MAX_DEPTH)));
    }

    #[test]
    fn unclosed_formatting_cannot_multiply() {
        let bold: String = (0..5_000).map(|n| format!("<b id={n}>")).collect();
        let page = format!("{bold}{}", "<p>x".repeat(50_000));
        let (tamed, cut) = tame(&page);
        assert!(cut);
        let nodes = scraper::Html::parse_document(&tamed).tree.nodes().count();
        assert!(nodes < 1_500_000, "{nodes} nodes");
    }

    #[test]
    fn element_of_very_many_attributes_is_left_out() {
        for many in [" a=1", "/a", "a='1'"] {
            assert_eq!(tame(&format!("x<p {}>y", many.repeat(50_000))), (Cow::Owned("xy".to_owned()), true));
        }
        let picture = format!("<img src=\"data:image/png;base64,{}\">", "a/b ".repeat(50_000));
        assert_eq!(tame(&picture), (Cow::Borrowed(picture.as_str()), false));
    }

    #[test]
    fn list_of_uncounted_elements_is_sorted() {
        assert!(UNCOUNTED.is_sorted());
    }
}
