//! The pages of the sample forum: templates under `templates/` and what they are filled with.
//!
//! The markup follows the structure of phpBB's prosilver style (ids, roles, classes, link shapes); the texts are our
//! own. Askama escapes; the only ready-made HTML put in is that of `bbcode`.

use crate::clock::Timestamp;
use askama::Template;
use jiff::tz::{TimeZone, offset};

/// Where a page's links lead, and whether they carry the session.
#[derive(Clone, Default)]
pub(super) struct Links {
    /// Set while it is not known that the visitor keeps cookies.
    pub(super) sid: Option<String>,
}

impl Links {
    /// `viewtopic.php?p=1#p1` as it stands on the page: relative, with `sid` before the fragment.
    pub(super) fn to(&self, address: &str) -> String {
        let (path, fragment) = address.split_once('#').map_or((address, None), |(path, mark)| (path, Some(mark)));
        let mut link = format!("./{path}");
        if let Some(sid) = &self.sid {
            link.push(if path.contains('?') { '&' } else { '?' });
            link.push_str("sid=");
            link.push_str(sid);
        }
        if let Some(mark) = fragment {
            link.push('#');
            link.push_str(mark);
        }
        link
    }
}

/// What every page has around its contents.
pub(super) struct Frame {
    /// phpBB names the script in the class of the body.
    pub(super) script: &'static str,
    pub(super) title: String,
    pub(super) links: Links,
    /// Name of the member who is logged in.
    pub(super) member: Option<String>,
    /// Private messages to that member that were not read yet.
    pub(super) unread: usize,
    /// Log-in with the way back for guests, log-out with the session for members.
    pub(super) login_link: String,
    pub(super) is_in_forum: bool,
    pub(super) canonical: Option<String>,
    /// The forum's time, for a person to read.
    pub(super) now: String,
}

#[derive(Clone, Template)]
#[template(
    source = "<time datetime=\"{{ iso }}\">{{ text }}</time>",
    ext = "html",
    config = "src/sample_forum/askama.toml"
)]
pub(super) struct Date {
    iso: String,
    pub(super) text: String,
}

impl Date {
    pub(super) fn new(at: Timestamp, now: Timestamp) -> Self {
        let iso = at.to_jiff().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        Self { iso, text: show_date(at, now) }
    }
}

/// A member's name: with a link for those who may see profiles.
#[derive(Clone, Template)]
#[template(path = "member.html", config = "src/sample_forum/askama.toml")]
pub(super) struct MemberName {
    pub(super) name: String,
    pub(super) link: Option<String>,
}

pub(super) enum PageLink {
    Previous(String),
    Page(usize, String),
    Current(usize),
    Ellipsis,
    Next(String),
}

#[derive(Template)]
#[template(path = "pagination.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Pagination {
    /// "45 сообщений".
    pub(super) total: String,
    pub(super) page: usize,
    pub(super) pages: usize,
    pub(super) per_page: usize,
    /// The address of the first page.
    pub(super) base: String,
    pub(super) items: Vec<PageLink>,
}

impl Pagination {
    pub(super) fn new(
        total: String,
        items: usize,
        per_page: usize,
        start: usize,
        link: impl Fn(usize) -> String,
    ) -> Self {
        let pages = items.div_ceil(per_page).max(1);
        let page = start / per_page + 1;
        let base = link(0);
        let items = page_links(page, pages, |page| link((page - 1) * per_page));
        Self { total, page, pages, per_page, base, items }
    }

    /// Above seven pages phpBB adds a box to jump to any.
    fn has_jump(&self) -> bool {
        self.pages > 6
    }
}

/// The pages around `page`, the first, the last, and ellipses for what lies between, as phpBB lists them.
fn page_links(page: usize, pages: usize, link: impl Fn(usize) -> String) -> Vec<PageLink> {
    if pages < 2 {
        return Vec::new();
    }
    let (first, last) = if pages > 5 {
        (page.saturating_sub(2).max(1).min(pages - 4), (page + 2).min(pages).max(5))
    } else {
        (1, pages)
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(PageLink::Previous(link(page - 1)));
    }
    links.extend(listed_pages(first, last, pages).into_iter().map(|listed| match listed {
        None => PageLink::Ellipsis,
        Some(number) if number == page => PageLink::Current(number),
        Some(number) => PageLink::Page(number, link(number)),
    }));
    if page < pages {
        links.push(PageLink::Next(link(page + 1)));
    }
    links
}

/// The small pagination in a row of the list: the first page and the last five.
pub(super) fn row_pages(posts: usize, per_page: usize, link: impl Fn(usize) -> String) -> Vec<PageLink> {
    let pages = posts.div_ceil(per_page);
    if pages < 2 {
        return Vec::new();
    }
    let first = if pages > 5 { pages - 4 } else { 1 };
    let entry = |listed: Option<usize>| match listed {
        None => PageLink::Ellipsis,
        Some(number) => PageLink::Page(number, link((number - 1) * per_page)),
    };
    listed_pages(first, pages, pages).into_iter().map(entry).collect()
}

/// Page numbers to list, `None` for an ellipsis. phpBB puts an ellipsis in the place of page 2 also where it hides
/// that page alone.
fn listed_pages(first: usize, last: usize, pages: usize) -> Vec<Option<usize>> {
    let mut listed = Vec::new();
    if first > 1 {
        listed.push(Some(1));
    }
    if first > 2 {
        listed.push(None);
    }
    listed.extend((first..=last).map(Some));
    if last + 1 < pages {
        listed.push(None);
    }
    if last < pages {
        listed.push(Some(pages));
    }
    listed
}

#[derive(Template)]
#[template(path = "index.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Index {
    pub(super) frame: Frame,
    pub(super) topics: usize,
    pub(super) posts: usize,
    pub(super) last: Option<LastPost>,
}

pub(super) struct LastPost {
    pub(super) author: MemberName,
    pub(super) date: Date,
    pub(super) link: String,
}

#[derive(Template)]
#[template(path = "viewforum.html", config = "src/sample_forum/askama.toml")]
pub(super) struct ViewForum {
    pub(super) frame: Frame,
    pub(super) rows: Vec<TopicRow>,
    pub(super) pagination: Pagination,
}

pub(super) struct TopicRow {
    pub(super) title: String,
    pub(super) link: String,
    pub(super) author: MemberName,
    pub(super) date: Date,
    pub(super) replies: usize,
    pub(super) views: u64,
    pub(super) is_locked: bool,
    pub(super) pages: Vec<PageLink>,
    pub(super) last: LastPost,
}

#[derive(Template)]
#[template(path = "viewtopic.html", config = "src/sample_forum/askama.toml")]
pub(super) struct ViewTopic {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) topic_link: String,
    pub(super) reply_link: String,
    pub(super) is_locked: bool,
    pub(super) posts: Vec<PostView>,
    pub(super) pagination: Pagination,
}

pub(super) struct PostView {
    pub(super) id: u64,
    pub(super) link: String,
    /// For those who may reply.
    pub(super) quote_link: Option<String>,
    /// To a private message to the author.
    pub(super) message_link: Option<String>,
    pub(super) subject: String,
    pub(super) author: MemberName,
    pub(super) author_posts: usize,
    pub(super) author_joined: String,
    pub(super) date: Date,
    /// Made by `bbcode`.
    pub(super) html: String,
    pub(super) edited: Option<Edited>,
    pub(super) is_first_of_page: bool,
}

pub(super) struct Edited {
    pub(super) date: Date,
    pub(super) times: u32,
}

#[derive(Template)]
#[template(path = "login.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Login {
    pub(super) frame: Frame,
    /// Why it is asked for, where a page needs it.
    pub(super) explain: Option<&'static str>,
    pub(super) error: Option<&'static str>,
    pub(super) name: String,
    pub(super) redirect: String,
    pub(super) sid: String,
    pub(super) created: i64,
    pub(super) token: String,
    pub(super) captcha: Option<Captcha>,
}

/// A picture with digits to be typed.
pub(super) struct Captcha {
    pub(super) id: String,
    pub(super) picture: String,
}

#[derive(Template)]
#[template(path = "second_factor.html", config = "src/sample_forum/askama.toml")]
pub(super) struct SecondFactor {
    pub(super) frame: Frame,
    pub(super) wrong: bool,
    pub(super) redirect: String,
}

#[derive(Template)]
#[template(path = "posting.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Posting {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) topic_link: String,
    pub(super) action: String,
    pub(super) error: Option<&'static str>,
    /// Made by `bbcode`.
    pub(super) preview: Option<String>,
    /// Posts that came while this reply was being written.
    pub(super) review: Vec<PostView>,
    pub(super) subject: String,
    pub(super) message: String,
    pub(super) last_post: u64,
    pub(super) created: i64,
    pub(super) token: String,
}

/// The form of a private message.
#[derive(Template)]
#[template(path = "compose.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Compose {
    pub(super) frame: Frame,
    pub(super) action: String,
    pub(super) error: Option<&'static str>,
    pub(super) to: Option<(u64, MemberName)>,
    pub(super) subject: String,
    pub(super) message: String,
    pub(super) created: i64,
    pub(super) token: String,
}

/// A box of private messages.
#[derive(Template)]
#[template(path = "box.html", config = "src/sample_forum/askama.toml")]
pub(super) struct MessageBox {
    pub(super) frame: Frame,
    pub(super) title: &'static str,
    pub(super) action: String,
    pub(super) is_inbox: bool,
    pub(super) rows: Vec<BoxRow>,
}

pub(super) struct BoxRow {
    pub(super) link: String,
    pub(super) subject: String,
    /// The one at the other end.
    pub(super) other: MemberName,
    pub(super) date: Date,
}

#[derive(Template)]
#[template(path = "read_message.html", config = "src/sample_forum/askama.toml")]
pub(super) struct ReadMessage {
    pub(super) frame: Frame,
    pub(super) subject: String,
    pub(super) from: MemberName,
    pub(super) to: MemberName,
    pub(super) date: Date,
    /// Made by `bbcode`.
    pub(super) html: String,
}

#[derive(Template)]
#[template(path = "message.html", config = "src/sample_forum/askama.toml")]
pub(super) struct Message {
    pub(super) frame: Frame,
    pub(super) text: &'static str,
    pub(super) back: Option<(String, &'static str)>,
}

/// A moment as phpBB shows it to a Russian reader in Moscow: minutes ago, today, yesterday, or the date.
fn show_date(at: Timestamp, now: Timestamp) -> String {
    let zone = TimeZone::fixed(offset(3));
    let shown = at.to_jiff().to_zoned(zone.clone());
    let day = shown.date();
    let today = now.to_jiff().to_zoned(zone).date();
    let age_s = now.since_s(at);
    let clock = shown.strftime("%H:%M");
    if (0..60).contains(&age_s) {
        "менее минуты назад".to_owned()
    } else if (60..3600).contains(&age_s) {
        let minutes = age_s.unsigned_abs() / 60;
        format!("{minutes} {} назад", plural(minutes, ["минуту", "минуты", "минут"]))
    } else if day == today {
        format!("Сегодня, {clock}")
    } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        format!("Вчера, {clock}")
    } else {
        full_date(at)
    }
}

/// "20 ноя 2026, 21:14".
pub(super) fn full_date(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];
    let shown = at.to_jiff().to_zoned(TimeZone::fixed(offset(3)));
    let month = usize::try_from(shown.month()).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"");
    format!("{} {month} {}, {}", shown.strftime("%d"), shown.year(), shown.strftime("%H:%M"))
}

/// The form of a Russian noun after a number: one, few, many.
pub(super) fn plural(number: u64, forms: [&'static str; 3]) -> &'static str {
    let [one, few, many] = forms;
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(page: usize, pages: usize) -> String {
        let show = |item: &PageLink| match item {
            PageLink::Previous(link) => format!("<{link}"),
            PageLink::Page(number, _) => number.to_string(),
            PageLink::Current(number) => format!("[{number}]"),
            PageLink::Ellipsis => "…".to_owned(),
            PageLink::Next(link) => format!("{link}>"),
        };
        let items: Vec<String> = page_links(page, pages, |page| page.to_string()).iter().map(show).collect();
        items.join(" ")
    }

    #[test]
    fn pagination_shows_the_neighbours_the_ends_and_ellipses_between() {
        assert_eq!(listed(1, 1), "");
        assert_eq!(listed(1, 3), "[1] 2 3 2>");
        assert_eq!(listed(3, 3), "<2 1 2 [3]");
        assert_eq!(listed(1, 12), "[1] 2 3 4 5 … 12 2>");
        assert_eq!(listed(4, 12), "<3 1 2 3 [4] 5 6 … 12 5>");
        assert_eq!(listed(6, 12), "<5 1 … 4 5 [6] 7 8 … 12 7>");
        assert_eq!(listed(12, 12), "<11 1 … 8 9 10 11 [12]");
    }

    #[test]
    fn session_stands_before_the_fragment_and_only_where_cookies_are_not_known() {
        let with = Links { sid: Some("ab".into()) };
        assert_eq!(with.to("viewtopic.php?p=5#p5"), "./viewtopic.php?p=5&sid=ab#p5");
        assert_eq!(with.to("index.php"), "./index.php?sid=ab");
        assert_eq!(Links::default().to("viewtopic.php?p=5#p5"), "./viewtopic.php?p=5#p5");
    }

    #[test]
    fn dates_are_shown_as_seen_from_moscow() {
        let now: Timestamp = "2026-11-20T22:30:00Z".parse().expect("valid");
        let show = |back_s: i64| show_date(now.plus_s(-back_s), now);
        assert_eq!(show(5), "менее минуты назад");
        assert_eq!(show(61), "1 минуту назад");
        assert_eq!(show(22 * 60), "22 минуты назад");
        assert_eq!(show(5_000), "Сегодня, 00:06");
        assert_eq!(show(6_000), "Вчера, 23:50");
        assert_eq!(show(40 * 3600), "19 ноя 2026, 09:30");
        assert_eq!(show(-90), "Сегодня, 01:31");
        assert!(Date::new(now, now).to_string().contains("datetime=\"2026-11-20T22:30:00+00:00\""));
    }

    #[test]
    fn nouns_follow_their_numbers() {
        let shown = |number| plural(number, ["ответ", "ответа", "ответов"]);
        assert_eq!([1, 3, 5, 11, 21, 112].map(shown), ["ответ", "ответа", "ответов", "ответов", "ответ", "ответов"]);
    }
}
