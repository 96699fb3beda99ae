//! Pages spoiled on purpose: a few bytes say which saved page is taken and what is done to it.
//!
//! The same bytes always give the same page, so that a fuzzer can learn from them and a test can draw them by lot. Shared
//! by the fuzz target and `tests/it/pages/hostile.rs`.

use std::path::Path;

/// Pages are kept below this, so that one run stays short.
const MAX_BYTES: usize = 200_000;

/// What breaks markup, or means something else where it is put.
const PIECES: &[&str] = &[
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    "--!>",
    "<!-->",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "<!doctype html>",
    "\"",
    "'",
    "=",
    "/>",
    "\0",
    "\r",
    "\u{feff}",
    "\u{200b}",
    "&",
    "&#",
    "&#x110000;",
    "&notit;",
    "<script>",
    "</script>",
    "<script><!--<script>",
    "<style>",
    "<textarea>",
    "</textarea>",
    "<title>",
    "<plaintext>",
    "<noscript>",
    "<template>",
    "</template>",
    "<svg>",
    "<math><mi>",
    "<svg><foreignObject>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<select>",
    "<option>",
    "<optgroup>",
    "<ruby><rt>",
    "<rp>",
    "<a>",
    "<b>",
    "</a>",
    "</p>",
    "<p>",
    "<button>",
    "<li>",
    "<dd>",
    "<h1>",
    "<form>",
    "</form>",
    "<body class=x>",
    "<html id=y>",
    "<frameset>",
    "<br>",
    "</br>",
    "<pre>\n",
    "<base href=//x/>",
    "<base href='data:x'>",
    "<meta charset=utf-16>",
    "<blockquote>",
    "<div class=post id=p1>",
    "<time datetime=2026-13-45T99:99:99Z>",
    "<time datetime=9999999999999>",
    "99999999999999999999",
    "-1",
    "01.01.0001 00:00",
    "31.12.9999 23:59",
    "9999999999999 min ago",
    "сегодня, 25:61",
    "вчера",
    "http://[::1",
    "//",
    "javascript:x",
    "?start=4294967295",
    "?page=4294967296",
    "#p18446744073709551616",
    "\u{202e}",
    "🙂",
];

/// Tags to nest, or to leave open in large numbers.
const NESTED: &[&str] = &[
    "<div>",
    "<b>",
    "<a href=x>",
    "<font size=1>",
    "<blockquote>",
    "<table>",
    "<table><tr><td>",
    "<ul><li>",
    "<p>",
    "<span>",
    "<i>",
    "<svg>",
    "<math>",
    "<template>",
    "<select>",
    "<optgroup>",
    "<option>",
    "<rt>",
    "<rp>",
    "<rb>",
    "<rtc>",
    "<button>",
    "<object>",
    "<dd>",
    "<dl><dt>",
    "<h1>",
    "<form>",
    "<nobr>",
    "<svg><desc>",
    "<ruby><rt>",
    "<center>",
    "<details>",
    "<li>",
    "</p>",
    "</b>",
    "</div>",
    "<b><p>",
    "<a><div>",
    "<table><b>",
    "<div class=post id=p1>",
    "<cite>",
    "<x-y>",
    "<br>",
    "<img>",
    "<td>",
    "<caption>",
    "<col>",
    "<frameset>",
    "<body a=1>",
    "<pre>",
    "<!-- -->",
];

const CHARSETS: &[&str] = &[
    "utf-8",
    "windows-1251",
    "koi8-r",
    "utf-16",
    "utf-16be",
    "iso-2022-jp",
    "gb18030",
    "x-user-defined",
    "replacement",
    "?",
];

/// Every saved page below `folder`, as bytes.
pub(super) fn saved_pages(folder: &Path) -> Vec<Vec<u8>> {
    let mut pages = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                pages.extend(std::fs::read(path));
            }
        }
    }
    pages
}

struct Recipe<'a>(&'a [u8]);

impl Recipe<'_> {
    fn byte(&mut self) -> Option<usize> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(usize::from(*first))
    }

    fn number(&mut self) -> Option<usize> {
        Some(self.byte()? << 8 | self.byte().unwrap_or_default())
    }

    /// A place in the page: where a tag begins, or anywhere.
    fn place(&mut self, page: &[u8]) -> Option<usize> {
        let number = self.number()?;
        if number % 4 == 0 {
            return Some(number.wrapping_mul(page.len()) / 65_536);
        }
        let tags: Vec<usize> = page.iter().enumerate().filter(|(_, b)| **b == b'<').map(|(at, _)| at).collect();
        Some(tags.get(number % tags.len().max(1)).copied().unwrap_or_default())
    }

    /// A stretch of it, mostly short.
    fn stretch(&mut self, page: &[u8]) -> Option<std::ops::Range<usize>> {
        let from = self.place(page)?;
        let length = self.number()?;
        let length = if length % 8 == 0 { length } else { length % 512 };
        Some(from..(from + length).min(page.len()))
    }
}

/// A saved page after everything that the recipe says was done to it.
pub(super) fn spoiled(pages: &[Vec<u8>], recipe: &[u8]) -> Vec<u8> {
    let mut recipe = Recipe(recipe);
    let first = recipe.number().unwrap_or_default();
    let mut page = pages.get(first % pages.len().max(1)).cloned().unwrap_or_default();
    while page.len() <= MAX_BYTES && edit(pages, &mut page, &mut recipe).is_some() {}
    page.truncate(MAX_BYTES);
    page
}

fn edit(pages: &[Vec<u8>], page: &mut Vec<u8>, recipe: &mut Recipe<'_>) -> Option<()> {
    let insert = |page: &mut Vec<u8>, at: usize, what: &[u8]| drop(page.splice(at..at, what.iter().copied()));
    let choice = |list: &[&'static str], number: usize| list.get(number % list.len()).copied().unwrap_or_default();
    match recipe.byte()? % 13 {
        0 => {
            let at = recipe.place(page)?;
            page.truncate(at);
        }
        1 => drop(page.drain(recipe.stretch(page)?)),
        2 => {
            let copied = page.get(recipe.stretch(page)?)?.to_vec();
            let at = recipe.place(page)?;
            insert(page, at, &copied);
        }
        3 => {
            let other = pages.get(recipe.number()? % pages.len().max(1))?;
            let copied = other.get(recipe.stretch(other)?)?;
            let at = recipe.place(page)?;
            insert(page, at, copied);
        }
        4 => {
            let at = recipe.place(page)?;
            let length = (recipe.byte()? % 64).min(recipe.0.len());
            let (bytes, rest) = recipe.0.split_at(length);
            insert(page, at, bytes);
            recipe.0 = rest;
        }
        5 => {
            let stretch = recipe.stretch(page)?;
            let copied = page.get(stretch.clone())?.to_vec();
            let times = (recipe.number()? % 4_096).min(MAX_BYTES / copied.len().max(1));
            insert(page, stretch.start, &copied.repeat(times));
        }
        6 | 7 => {
            let tag = choice(NESTED, recipe.byte()?);
            let at = recipe.place(page)?;
            let times = recipe.number()?.min(MAX_BYTES / tag.len());
            insert(page, at, tag.repeat(times).as_bytes());
        }
        8 => {
            let at = recipe.place(page)?;
            let digits = page.iter().skip(at).position(u8::is_ascii_digit)?;
            let digit = b'0' + u8::try_from(recipe.byte()? % 10).unwrap_or_default();
            insert(page, at + digits, &vec![digit; recipe.number()?]);
        }
        9 | 10 => {
            let piece = choice(PIECES, recipe.byte()?);
            let at = recipe.place(page)?;
            insert(page, at, piece.as_bytes());
        }
        11 => {
            let at = recipe.place(page)?;
            let many = recipe.number()?;
            let same = recipe.byte()? % 2 == 0;
            let attributes: String = (0..many).map(|n| format!(" a{}", if same { 0 } else { n })).collect();
            insert(page, at, format!("<p{attributes}>").as_bytes());
        }
        _ => {
            let meta = format!("<meta charset={}>", choice(CHARSETS, recipe.byte()?));
            insert(page, 0, meta.as_bytes());
        }
    }
    Some(())
}
