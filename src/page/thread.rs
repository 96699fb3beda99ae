//! Reading a thread page: its posts, its own data, its page links, and whether it adds up.

use super::profile::Post;
use super::rules::{Pattern, count};
use super::text::{Effort, Shape, folded_within, read_body};
use super::tree::ElementRef;
use super::view::{Nth, View};
use crate::domain::look::{PageState, Quote, SeenPost, SeenThread, ThreadPage};
use std::collections::HashSet;
use url::Url;

/// Reads the page; complaints stay with the view.
pub(super) fn read(view: &View<'_>) -> (ThreadPage, Option<Url>) {
    let rules = &view.profile.post;
    let items = view.items;
    view.note(|| format!("post.item: {} → {} found", rules.item, items.len()));
    let mut faults = Faults::default();
    let mut posts = Vec::with_capacity(items.len());
    let mut ids = HashSet::new();
    let mut withheld = Withheld::default();
    for (index, item) in items.iter().enumerate() {
        let gone = rules.deleted.marks(*item);
        if gone || rules.pending.marks(*item) {
            let (key, signs) = if gone { ("deleted", &rules.deleted) } else { ("pending", &rules.pending) };
            view.note(|| format!("{}: {signs} → yes, no post", Nth { list: "post", index, field: key }));
            withheld.deleted += usize::from(gone);
            withheld.pending += usize::from(!gone);
            continue;
        }
        let Some(id) = view.text(Nth { list: "post", index, field: "id" }, &rules.id, *item) else {
            faults.add("post.id", index);
            continue;
        };
        // Some forums repeat the first post on every page.
        if ids.insert(id.clone()) {
            withheld.pending_before_last = withheld.pending;
            posts.push(read_post(view, rules, *item, id, index, &mut faults));
        }
    }
    // A page of nothing but what is left of deleted posts is a page of the thread all the same.
    if posts.is_empty() && (withheld.deleted == 0 || withheld.deleted < items.len()) {
        let state = view.state_without_content();
        if state == PageState::Unrecognised {
            let present = view.profile.thread.present.seen(view.frame());
            view.complain(
                match (present, items.is_empty()) {
                    (true, true) => "post.item: the page has a thread's title but no posts",
                    (false, true) => "post.item: no posts, and nothing else of a thread",
                    (_, false) => "post.id: posts were found, but none has an id",
                }
                .to_owned(),
            );
        }
        return (ThreadPage::without_posts(state), None);
    }
    faults.complain(view, items.len());
    let (thread, links) = read_frame(view, &mut posts, withheld);
    let page = ThreadPage {
        state: PageState::Ok,
        thread,
        posts,
        next: links.next.map(|url| url.to_string().into()),
        last: links.last.map(|url| url.to_string().into()),
        deleted_keep_numbers: deleted_keep_numbers(view),
        complaints: Vec::new(),
    };
    (page, links.previous)
}

fn read_post(
    view: &View<'_>,
    rules: &Post,
    item: ElementRef<'_>,
    id: String,
    index: usize,
    faults: &mut Faults,
) -> SeenPost {
    let name = |field| Nth { list: "post", index, field };
    let author = view.text(name("author"), &rules.author, item);
    let (time, time_told) = view.time(name("time"), &rules.time, item);
    let number = from_one(view.number(name("number"), &rules.number, item));
    let url = view.link(name("url"), &rules.url, item);
    let body = rules.body.first(item.into());
    for (field, missing) in [
        ("post.author", author.is_none() && !rules.author.may_be_missing()),
        ("post.time", !time_told),
        ("post.number", number.is_none() && !rules.number.may_be_missing()),
        ("post.url", url.is_none() && !rules.url.may_be_missing()),
        ("post.body", body.is_none()),
    ] {
        if missing {
            faults.add(field, index);
        }
    }
    let shape = Shape {
        drop: Some(&rules.drop),
        quote: rules.quote.as_ref(),
        block: rules.block.as_ref(),
        emoji: rules.emoji.as_ref(),
        emoji_text: Some(&rules.emoji_text),
        shortened_link: rules.shortened_link.as_ref(),
        instead: &rules.instead,
        keep: rules.keep.as_ref(),
        player: rules.player.as_ref(),
    };
    let read = body.map(|body| read_body(body, shape));
    let (text, quotes) = read.map(|read| (read.text, read.quotes)).unwrap_or_default();
    let stripped = |text: String| match &rules.strip {
        Some(strip) => strip.removed_from(&text),
        None => text,
    };
    let text = stripped(text);
    view.note(|| match body {
        Some(_) => {
            format!("{}: {} → «{}», {} quotes", name("body"), rules.body, text.replace('\n', " / "), quotes.len())
        }
        None => format!("{}: {} → 0 found → nothing", name("body"), rules.body),
    });
    let quotes = quotes
        .into_iter()
        .map(|(quote, text)| {
            let (head_author, text) = without_head(rules, stripped(text));
            let author = head_author.or_else(|| quote_author(view, rules, quote));
            Quote { author: author.map(Into::into), text: text.into() }
        })
        .collect();
    SeenPost {
        id,
        number,
        author: author.map(Into::into),
        time,
        text: text.into(),
        quotes,
        edited: view.sign(name("edited"), &rules.edited, item),
        images: count_pictures(view, name("images"), item),
        url: url.map(|url| url.to_string().into()),
    }
}

/// The page tells each post's number, and numbers what is left of deleted posts as well.
fn deleted_keep_numbers(view: &View<'_>) -> bool {
    let rules = &view.profile.post;
    let shown = !rules.deleted_members_only || view.logged_in() != Some(false);
    rules.deleted_numbered && shown && !rules.number.is_unset() && !rules.deleted.is_unset()
}

/// The author of this quote and not of one inside it.
fn quote_author(view: &View<'_>, rules: &Post, quote: ElementRef<'_>) -> Option<String> {
    let of_this = |element: ElementRef<'_>| {
        let is_quote = |above: &ElementRef<'_>| rules.quote.as_ref().is_some_and(|css| css.matches(*above));
        element == quote || element.ancestors().filter_map(ElementRef::wrap).find(is_quote) == Some(quote)
    };
    view.text_where("post.quote_author", &rules.quote_author, quote.into(), &of_this)
}

/// Where quoting is done in plain text, the quote's first line says whose words it holds.
fn without_head(rules: &Post, text: String) -> (Option<String>, String) {
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    match rules.quote_head.as_ref().and_then(|head| head.capture(first)) {
        Some(author) => (Some(author.to_owned()), rest.to_owned()),
        None => (None, text),
    }
}

fn count_pictures(view: &View<'_>, name: Nth, item: ElementRef<'_>) -> u32 {
    let rules = &view.profile.post;
    let Some(picture) = &rules.picture else { return 0 };
    let elsewhere = |element: ElementRef<'_>| {
        rules.emoji.as_ref().is_some_and(|css| css.matches(element))
            || element
                .ancestors()
                .take_while(|node| *node != *item)
                .filter_map(ElementRef::wrap)
                .any(|above| [&rules.quote, &rules.no_picture].into_iter().flatten().any(|css| css.matches(above)))
    };
    let pictures = picture.all(item.into()).filter(|element| !elsewhere(*element)).count();
    view.note(|| format!("{name}: {picture} → {pictures}"));
    u32::try_from(pictures).unwrap_or(u32::MAX)
}

/// Posts that are on the page but count as none.
#[derive(Clone, Copy, Default)]
struct Withheld {
    deleted: usize,
    /// Those waiting for approval. Where the page tells numbers, those before the last post that counts have some.
    pending: usize,
    pending_before_last: usize,
}

#[derive(Default)]
struct Links {
    previous: Option<Url>,
    next: Option<Url>,
    last: Option<Url>,
}

/// Where in its thread a page stands.
struct Paging {
    /// As the page itself tells, and not its address alone.
    shown: Option<u32>,
    current: Option<u32>,
    count: Option<u32>,
    /// Posts of a whole page.
    per_page: Option<u32>,
    links: Links,
}

impl Paging {
    fn on_last(&self) -> bool {
        self.current.is_some() && self.current == self.count
    }
}

/// The thread's data and page links; numbers the posts where the page itself does not.
fn read_frame(view: &View<'_>, posts: &mut [SeenPost], withheld: Withheld) -> (SeenThread, Links) {
    let rules = &view.profile.thread;
    let root = view.frame();
    let id = view.text("thread.id", &rules.id, root).or_else(|| super::thread_id_of(view.profile, view.url));
    let title = view.text("thread.title", &rules.title, root);
    let (views, views_told) = view.count("thread.views", &rules.views, root);
    let (replies, replies_told) = view.count("thread.replies", &rules.replies, root);
    let closed = if view.sign("thread.closed", &rules.closed, root) {
        Some(true)
    } else {
        view.sign("thread.open", &rules.open, root).then_some(false)
    };
    for (name, missing) in [
        ("thread.id", id.is_none()),
        ("thread.title", title.is_none()),
        ("thread.views", !views_told),
        ("thread.replies", !replies_told),
    ] {
        if missing {
            view.complain(format!("{name}: not found"));
        }
    }
    let paging = read_paging(view);
    let in_order = posts.iter().all(|post| post.number.is_none());
    let before = posts_before(view, &paging, in_order, replies);
    if let (Some(before), true) = (before, in_order) {
        for (post, number) in posts.iter_mut().zip(before.saturating_add(1)..) {
            post.number = Some(number);
        }
    }
    number_before_numbered(posts, before);
    let last_number = posts.last().and_then(|post| post.number).map(u64::from);
    // Where deleted posts are numbered, only a thread that shows them all tells that there are none.
    let shows_all = paging.current == Some(1) && posts.len() + withheld.pending == view.items.len();
    let numbers_count_posts = paging.on_last() && (shows_all || !deleted_keep_numbers(view));
    let uncounted = if in_order { 0 } else { withheld.pending_before_last };
    let by_number = || last_number?.checked_sub(1)?.checked_sub(u64::try_from(uncounted).ok()?);
    let replies = replies.or_else(|| numbers_count_posts.then(by_number).flatten());
    check_count(view, posts, withheld.deleted + withheld.pending, replies, &paging);
    let thread = SeenThread {
        id,
        title: title.map(Into::into),
        page: paging.current,
        pages: paging.count,
        views,
        replies,
        closed,
    };
    (thread, paging.links)
}

/// Which page of how many this is, and the links to others.
fn read_paging(view: &View<'_>) -> Paging {
    let pages = &view.profile.pages;
    let root = view.frame();
    let base = view.link("pages.base", &pages.base, root);
    let numbered = numbered_links(view, base.as_ref());
    let page_link = |name: &str, field| view.link_from(base.as_ref(), name, field, root);
    let next = page_link("pages.next", &pages.next);
    let goes_on_uncounted = pages.uncounted && next.is_some();
    let highest = numbered.iter().map(|(number, _)| *number).max();
    let from_url = number_in(view.url, view.profile.urls.page.as_ref());
    let told_current = from_one(view.number("pages.current", &pages.current, root));
    let none_at_all = numbered.is_empty() && told_current.is_none();
    let alone = none_at_all && pages.none_means_one && !goes_on_uncounted && from_url.is_none_or(|page| page <= 1);
    let current = told_current.or(from_url).or((alone || none_at_all && goes_on_uncounted).then_some(1));
    let told = from_one(view.number("pages.count", &pages.count, root));
    // A page list of nothing but the first page.
    let alone = alone || numbered.is_empty() && current == Some(1) && told.is_none();
    let ends_here = if pages.uncounted { next.is_none() } else { told.is_some() || !numbered.is_empty() || alone };
    let count = told.max(highest).max(current.filter(|_| ends_here));
    match (current, count) {
        (None, _) => view.complain("pages.current: not found".to_owned()),
        (_, None) if pages.uncounted => {}
        (_, None) => view.complain("pages.count: not found".to_owned()),
        (Some(current), Some(count)) if current > count => {
            view.complain(format!("pages.current: page {current} of {count}"));
        }
        _ => {}
    }
    let link_to = |wanted: Option<u32>| {
        wanted.and_then(|wanted| numbered.iter().find(|(number, _)| *number == wanted)).map(|(_, url)| url.clone())
    };
    let on_last = current.is_some() && current == count;
    let links = Links {
        previous: page_link("pages.previous", &pages.previous)
            .or_else(|| link_to(current.and_then(|page| page.checked_sub(1)))),
        next: if on_last { None } else { next.or_else(|| link_to(current.and_then(|p| p.checked_add(1)))) },
        last: if on_last { None } else { page_link("pages.last", &pages.last).or_else(|| link_to(count)) },
    };
    if count.is_some() && current < count && links.next.is_none() {
        view.complain("pages.next: not the last page, but no link to the next".to_owned());
    }
    let per_page = view.number("pages.per_page", &pages.per_page, root).or_else(|| per_page_of(view, &numbered));
    Paging { shown: told_current.or(alone.then_some(1)), current, count, per_page, links }
}

/// How many posts stand on the pages before this one; `None` where nothing tells it, or the page is not as long as it
/// should be. `in_order`: the page tells no number of any post.
fn posts_before(view: &View<'_>, paging: &Paging, in_order: bool, replies: Option<u64>) -> Option<u32> {
    let Paging { current, count, per_page, .. } = *paging;
    let whole_pages = || current?.checked_sub(1)?.checked_mul(per_page.or((current == Some(1)).then_some(0))?);
    let up_to_the_end = || {
        let posts_here = u64::try_from(view.items.len()).ok()?;
        u32::try_from(replies.filter(|_| paging.on_last())?.checked_add(1)?.checked_sub(posts_here)?).ok()
    };
    // Engines that are asked for a page they do not have show another one: then the address tells of nothing on it.
    let fits = |before: &u32| match per_page.filter(|per_page| *per_page > 0) {
        Some(per_page) => paging.shown.is_none_or(|page| before / per_page + 1 == page),
        None => paging.shown != Some(1) || up_to_the_end() == Some(*before),
    };
    let told = view
        .number("pages.before", &view.profile.pages.before, view.frame())
        .or_else(|| number_in(view.url, view.profile.urls.offset.as_ref()).filter(fits));
    let length = u32::try_from(view.items.len()).ok();
    // Where the page counts its posts, that count is the better check.
    let misfit = in_order
        && replies.or(told.map(u64::from)).is_none()
        && per_page.is_some_and(|whole| length > Some(whole) || current < count && length < Some(whole));
    if let (true, Some(per_page)) = (misfit, per_page) {
        view.complain(format!("pages.per_page: {} posts on a page where {per_page} belong", view.items.len()));
    }
    told.or_else(|| if misfit { None } else { whole_pages() }).or_else(up_to_the_end)
}

/// Engines that count replies show no number on the first post: it is the one after those `before` the page, or the one
/// before the next.
fn number_before_numbered(posts: &mut [SeenPost], before: Option<u32>) {
    if let (Some(first), Some(before)) = (posts.first_mut(), before) {
        first.number = first.number.or_else(|| before.checked_add(1));
    }
    let mut next: Option<u32> = None;
    for post in posts.iter_mut().rev() {
        post.number = post.number.or_else(|| next?.checked_sub(1).filter(|number| *number > 0));
        next = post.number;
    }
}

/// Posts that the page counts but that were not found.
fn check_count(view: &View<'_>, posts: &[SeenPost], withheld: usize, replies: Option<u64>, paging: &Paging) {
    let Some(first) = posts.first().and_then(|post| post.number).map(u64::from) else { return };
    let Some(from_here) = replies.and_then(|replies| (replies + 2).checked_sub(first)) else { return };
    let expected = match paging.per_page {
        Some(per_page) => from_here.min(u64::from(per_page)),
        None if paging.on_last() => from_here,
        None => return,
    };
    let found = u64::try_from(posts.len() + withheld).unwrap_or(u64::MAX);
    if found < expected {
        view.complain(format!("post.item: {found} posts found where the page counts {expected}"));
    }
}

/// Links of the page list whose text is a number.
fn numbered_links(view: &View<'_>, base: Option<&Url>) -> Vec<(u32, Url)> {
    let Some(css) = &view.profile.pages.links else { return Vec::new() };
    let effort = Effort::default();
    let links: Vec<(u32, Url)> = css
        .all(view.frame())
        .filter_map(|link| {
            let number = count(&folded_within(link, &effort)?, 0).and_then(|n| u32::try_from(n).ok())?;
            let href = link.value().attr("href").filter(|href| !href.starts_with('#'))?;
            Some((number, view.resolve_from(base, href)?))
        })
        .collect();
    view.note(|| format!("pages.links: {css} → {} with a number", links.len()));
    links
}

/// Where links carry the number of posts before a page, the length of a page follows.
fn per_page_of(view: &View<'_>, links: &[(u32, Url)]) -> Option<u32> {
    let offset = view.profile.urls.offset.as_ref();
    links.iter().find_map(|(number, url)| {
        let before = number_in(url, offset)?;
        let pages_before = number.checked_sub(1).filter(|pages| *pages > 0)?;
        (before > 0 && before % pages_before == 0).then(|| before / pages_before)
    })
}

/// Posts and pages are counted from 1: a page that says 0 does not tell.
fn from_one(number: Option<u32>) -> Option<u32> {
    number.filter(|number| *number > 0)
}

fn number_in(url: &Url, pattern: Option<&Pattern>) -> Option<u32> {
    pattern?.capture(url.as_str())?.parse().ok()
}

/// Fields missing from posts or rows, told once each.
#[derive(Default)]
pub(super) struct Faults(Vec<(&'static str, usize, usize)>);

impl Faults {
    pub(super) fn add(&mut self, field: &'static str, index: usize) {
        match self.0.iter_mut().find(|(known, ..)| *known == field) {
            Some((_, _, times)) => *times += 1,
            None => self.0.push((field, index, 1)),
        }
    }

    pub(super) fn complain(self, view: &View<'_>, of: usize) {
        for (field, first, times) in self.0 {
            view.complain(format!("{field}: missing in {times} of {of}, first in number {}", first + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Profile, Source, read_thread};

    /// Reads a page by a small profile with these additions: lines `section.key = …`.
    fn page(additions: &str, address: &str, html: &str) -> ThreadPage {
        let toml = format!(
            r#"
                about = "Test"
                seen_on = []
                urls.thread = "topic/{{id}}"
                urls.thread_id = ['/topic/(\d+)']
                urls.page = 'page=(\d+)'
                thread.present = "h1"
                thread.id = {{ css = "h1", attr = "data-id" }}
                thread.title = "h1"
                pages.current = ".at"
                pages.count = ".of"
                pages.next = {{ css = ".next", attr = "href" }}
                post.item = ".post"
                post.id = {{ attr = "id" }}
                post.body = ".body"
                {additions}
            "#
        );
        let profile = Profile::parse("test-1", &toml).expect("valid");
        let url = format!("https://forum.example/topic/1?{address}").parse().expect("valid");
        let frame = format!("<h1 data-id=1>T</h1>{html}");
        let now = crate::clock::Timestamp::from_unix_s(0);
        let time_zone = jiff::tz::TimeZone::UTC;
        read_thread(&profile, &Source { body: frame.as_bytes(), content_type: None, url: &url, now, time_zone }).page
    }

    #[test]
    fn head_of_a_post_may_stand_in_the_row_above() {
        let additions = r##"
            post.author = { css = "b", within = "before" }
            post.number = { css = "td", regex = '^#(\d+)$', within = "before" }
        "##;
        let row = |id: u32, author: &str, number: u32| {
            format!(
                "<tr><td><b>{author}</b> rank</td><td>#{number}</td></tr>\
                 <tr class=post id={id}><td class=body>text <b>no author</b></td></tr>"
            )
        };
        let html = format!("<table>{}{}</table>", row(7, "a", 3), row(9, "b", 4));
        let page = page(additions, "", &html);
        let author = |post: &SeenPost| post.author.as_ref().map(|author| author.expose().clone());
        let found: Vec<_> = page.posts.iter().map(|post| (post.id.as_str(), post.number, author(post))).collect();
        assert_eq!(found, [("7", Some(3), Some("a".to_owned())), ("9", Some(4), Some("b".to_owned()))]);
    }

    #[test]
    fn first_line_of_a_quote_may_name_its_author() {
        let additions = "post.quote = 'blockquote'\npost.quote_head = '^@(.+) said:$'";
        let quotes = "<blockquote>@a b said:<br>one<blockquote>@c said:<br>two<br>@d said:</blockquote>three</blockquote>\
                      <blockquote>@e said: four</blockquote>";
        let page = page(additions, "", &format!("<div class=post id=1><div class=body>{quotes}text</div></div>"));
        let post = page.posts.first().expect("post");
        let author = |quote: &Quote| quote.author.as_ref().map(|author| author.expose().clone());
        let quotes: Vec<_> = post.quotes.iter().map(|quote| (author(quote), quote.text.expose().as_str())).collect();
        let expected =
            [(Some("a b".to_owned()), "one\nthree"), (Some("c".to_owned()), "two\n@d said:"), (None, "@e said: four")];
        assert_eq!(quotes, expected);
        assert_eq!(post.text.expose(), "text");
    }

    #[test]
    fn words_of_the_engine_are_stripped_from_text_and_quotes() {
        let body = "a [X]b[X]<br>[X]<br>c <blockquote>d<br>[X]e</blockquote>";
        let html = format!("<div class=post id=1><div class=body>{body}</div></div>");
        let page = page("post.quote = 'blockquote'\npost.strip = '\\[X\\]'", "", &html);
        let post = page.posts.first().expect("post");
        assert_eq!(post.text.expose(), "a b\nc");
        assert_eq!(post.quotes.first().map(|quote| quote.text.expose().as_str()), Some("d\ne"));
    }

    #[test]
    fn posts_are_numbered_by_the_length_of_a_page_only_where_it_fits() {
        let read = |at: u32, posts: u32| {
            let posts: String =
                (0..posts).map(|n| format!("<div class=post id={n}><p class=body>x</p></div>")).collect();
            let html = format!("<i class=at>{at}</i><i class=of>3</i><a class=next href='?page=2'></a>{posts}");
            let page = page("pages.per_page = { value = '2' }", &format!("page={at}"), &html);
            (page.posts.first().and_then(|post| post.number), page.complaints)
        };
        assert_eq!(read(1, 2), (Some(1), vec![]));
        assert_eq!(read(2, 2), (Some(3), vec![]));
        assert_eq!(read(3, 1), (Some(5), vec![]));
        for (at, posts) in [(1, 1), (2, 1), (2, 3), (3, 3)] {
            let expected = format!("pages.per_page: {posts} posts on a page where 2 belong");
            assert_eq!(read(at, posts), (None, vec![expected]));
        }
    }

    #[test]
    fn last_of_uncounted_pages_is_the_one_without_a_next() {
        let additions = "pages.uncounted = true\npages.none_means_one = true";
        let read = |at: u32, html: &str| {
            let html = format!("{html}<div class=post id=1><p class=body>x</p></div>");
            let page = page(additions, &format!("page={at}"), &html);
            assert_eq!(page.complaints, [""; 0], "{at} {html}");
            (page.thread.page, page.thread.pages, page.next.is_some())
        };
        let next = "<a class=next href='?page=9'></a>";
        assert_eq!(read(1, ""), (Some(1), Some(1), false));
        assert_eq!(read(1, next), (Some(1), None, true));
        assert_eq!(read(2, &format!("<i class=at>2</i>{next}")), (Some(2), None, true));
        assert_eq!(read(3, "<i class=at>3</i>"), (Some(3), Some(3), false));
    }

    #[test]
    fn page_links_may_be_relative_to_another_address() {
        let additions = "pages.base = { css = '.base', attr = 'href' }\npages.links = '.n'";
        let html = "<a class=base href='/t/9'></a><i class=at>1</i><a class=next href='?page=2'></a>                    <a class=n href='?page=2'>2</a><a class=n href='?page=3'>3</a>                    <div class=post id=1><p class=body>x</p></div>";
        let page = page(additions, "", html);
        let shown = |url: &Option<crate::sensitive::Sensitive<String>>| url.as_ref().map(|url| url.expose().clone());
        assert_eq!(shown(&page.next).as_deref(), Some("https://forum.example/t/9?page=2"));
        assert_eq!(shown(&page.last).as_deref(), Some("https://forum.example/t/9?page=3"));
    }

    const NUMBERED: &str = "post.number = { attr = 'data-n' }\npost.deleted = '.gone'\npost.deleted_numbered = true";

    #[test]
    fn deleted_posts_that_keep_their_numbers_say_nothing_of_replies() {
        let html = "<i class=at>2</i><i class=of>2</i><div class=post id=7 data-n=21><p class=body>x</p></div>\
                    <div class='post gone' id=8 data-n=22></div>";
        let page = page(NUMBERED, "page=2", html);
        assert_eq!(
            page.posts.iter().map(|post| (post.id.as_str(), post.number)).collect::<Vec<_>>(),
            [("7", Some(21))]
        );
        assert_eq!((page.thread.replies, page.deleted_keep_numbers), (None, true));
        let first = "<div class=post id=7 data-n=1><p class=body>x</p></div>";
        let second = "<div class=post id=8 data-n=2><p class=body>y</p></div>";
        let gone = "<div class='post gone' id=9 data-n=2></div>";
        for (html, replies) in [(format!("{first}{second}"), Some(1)), (format!("{first}{gone}"), None)] {
            let html = format!("<i class=at>1</i><i class=of>1</i>{html}");
            assert_eq!(self::page(NUMBERED, "", &html).thread.replies, replies);
        }
        assert_eq!(page.complaints, [""; 0]);
    }

    #[test]
    fn post_with_the_number_nought_has_none() {
        let html = "<i class=at>2</i><i class=of>2</i><div class=post id=7 data-n=0><p class=body>x</p></div>";
        let page = page(NUMBERED, "page=2", html);
        assert_eq!(page.posts.first().map(|post| post.number), Some(None));
        assert_eq!(page.complaints, ["post.number: missing in 1 of 1, first in number 1"]);
    }

    #[test]
    fn own_post_that_waits_on_the_only_page_is_not_counted_and_hides_no_other() {
        let html = "<i class=at>1</i><i class=of>1</i><div class=post id=7 data-n=1><p class=body>x</p></div>\
                    <div class='post waits' id=8 data-n=2></div><div class=post id=9 data-n=3><p class=body>y</p></div>\
                    <div class='post waits' id=10 data-n=4></div>";
        let page = page(&format!("{NUMBERED}\npost.pending = '.waits'"), "", html);
        assert_eq!((page.thread.replies, page.posts.len(), page.complaints), (Some(1), 2, vec![]));
    }

    #[test]
    fn deleted_posts_that_only_members_see_take_no_numbers_from_guests() {
        let rules = format!("{NUMBERED}\npost.deleted_members_only = true\nsession.in = '.me'\nsession.out = '.enter'");
        let read = |account: &str| {
            let html = format!(
                "{account}<i class=at>2</i><i class=of>2</i><div class=post id=7 data-n=21><p class=body>x</p></div>"
            );
            let page = page(&rules, "page=2", &html);
            (page.thread.replies, page.deleted_keep_numbers)
        };
        assert_eq!(read("<a class=enter></a>"), (Some(20), false));
        assert_eq!(read("<a class=me></a>"), (None, true));
        assert_eq!(read(""), (None, true), "not told");
    }

    #[test]
    fn posts_that_wait_for_approval_are_no_replies() {
        let rules = "post.number = { attr = 'data-n', optional = true }\npost.pending = '.waits'";
        let post = |id: u32, class: &str, number: &str| {
            format!("<div class='post {class}' id={id} {number}><p class=body>x</p></div>")
        };
        let read = |posts: [String; 3]| {
            let html = format!("<i class=at>1</i><i class=of>1</i>{}", posts.concat());
            let page = page(rules, "", &html);
            assert_eq!(page.complaints, [""; 0]);
            (page.posts.last().and_then(|post| post.number), page.thread.replies)
        };
        let numbered = |class: [&str; 3]| {
            read([post(1, class[0], "data-n=1"), post(2, class[1], "data-n=2"), post(3, class[2], "data-n=3")])
        };
        assert_eq!(numbered(["", "", ""]), (Some(3), Some(2)));
        assert_eq!(numbered(["", "waits", ""]), (Some(3), Some(1)));
        assert_eq!(numbered(["", "", "waits"]), (Some(2), Some(1)));
        assert_eq!(read([post(1, "", ""), post(2, "waits", ""), post(3, "", "")]), (Some(2), Some(1)));
    }

    #[test]
    fn page_of_deleted_posts_alone_is_a_healthy_page_without_posts() {
        let html = "<i class=at>2</i><i class=of>2</i><div class='post gone' id=8 data-n=22></div>";
        let page = page(NUMBERED, "page=2", html);
        assert_eq!((page.state, page.posts.len(), page.thread.page), (PageState::Ok, 0, Some(2)));
        assert_eq!(page.complaints, [""; 0]);
    }
}
