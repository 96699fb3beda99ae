//! A forum thread the NGO keeps, the posts known of it, and how one page changes what is known.
//!
//! Identity is the forum's post id, never the place on the page. Comparing is pure; writing the changes is `store`'s.

use crate::clock::Timestamp;
use crate::domain::look::{ListedThread, PageState, Quote, SeenPost, ThreadPage};
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ThreadId(pub i64);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostId(pub i64);

/// A thread on the NGO's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    pub id: ThreadId,
    /// Name of the forum in the configuration.
    pub forum: String,
    /// The forum's own id of the thread, which stays when the address changes.
    pub forum_thread_id: String,
    /// Path and query of the first page, without the host: a forum moves between mirrors.
    pub path: Sensitive<String>,
    pub title: Option<Sensitive<String>>,
    /// Path and query of the last page known; `None` before the first whole reading.
    pub last_page_path: Option<Sensitive<String>>,
    pub closed: bool,
    pub added_at: Timestamp,
    /// When the thread was last read from its first page to its last.
    pub whole_read_at: Option<Timestamp>,
    /// Something does not add up (a post lost or moved): read it whole at the next look.
    pub needs_whole_read: bool,
    pub next_look_at: Timestamp,
    /// Why the next look stands where it stands, in words for a person.
    pub next_look_why: String,
    pub last_look_at: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    /// Looks in a row that brought nothing usable.
    pub failed_looks: u32,
    /// What the last look met.
    pub last_state: Option<LookState>,
}

/// How a look ended: what the page was, or why there was no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookState {
    Ok,
    /// Read, but something was missing on the page.
    Incomplete,
    LoginRequired,
    Challenge,
    NotFound,
    Forbidden,
    ErrorPage,
    Unrecognised,
    /// The forum's account was refused at log-in.
    LogInRefused,
    /// Nothing came back in time, or the onion service could not be reached.
    Unreachable,
    /// The forum answered that it is busy (429, 503).
    Busy,
    /// The page was larger than the limit.
    TooLarge,
    /// The forum sent us to an address that is not its own; not followed.
    RedirectedAway,
    /// The chain of pages did not end.
    EndlessPages,
}

impl LookState {
    pub const ALL: [Self; 14] = [
        Self::Ok,
        Self::Incomplete,
        Self::LoginRequired,
        Self::Challenge,
        Self::NotFound,
        Self::Forbidden,
        Self::ErrorPage,
        Self::Unrecognised,
        Self::LogInRefused,
        Self::Unreachable,
        Self::Busy,
        Self::TooLarge,
        Self::RedirectedAway,
        Self::EndlessPages,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Incomplete => "incomplete",
            Self::LoginRequired => "login_required",
            Self::Challenge => "challenge",
            Self::NotFound => "not_found",
            Self::Forbidden => "forbidden",
            Self::ErrorPage => "error_page",
            Self::Unrecognised => "unrecognised",
            Self::LogInRefused => "log_in_refused",
            Self::Unreachable => "unreachable",
            Self::Busy => "busy",
            Self::TooLarge => "too_large",
            Self::RedirectedAway => "redirected_away",
            Self::EndlessPages => "endless_pages",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether posts could be read.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Ok | Self::Incomplete)
    }
}

impl From<PageState> for LookState {
    fn from(state: PageState) -> Self {
        match state {
            PageState::Ok => Self::Ok,
            PageState::LoginRequired => Self::LoginRequired,
            PageState::Challenge => Self::Challenge,
            PageState::NotFound => Self::NotFound,
            PageState::Forbidden => Self::Forbidden,
            PageState::ErrorPage => Self::ErrorPage,
            PageState::Unrecognised => Self::Unrecognised,
        }
    }
}

/// A post as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub id: PostId,
    pub thread_id: ThreadId,
    pub forum_post_id: String,
    /// Place in the thread, from 1, as last seen.
    pub position: u32,
    pub author: Option<Sensitive<String>>,
    /// Written by one of the NGO's accounts.
    pub is_own: bool,
    pub posted_at: Option<Timestamp>,
    pub text: Sensitive<String>,
    pub quotes: Vec<Quote>,
    pub images: u32,
    pub edited: bool,
    pub first_seen_at: Timestamp,
    pub vanished_at: Option<Timestamp>,
    /// It stands where the thread stood before: the number of the move by which the thread left.
    pub left_by: Option<i64>,
}

impl Post {
    /// Where it comes in the thread's history: places that were left first, then by its place on the page.
    pub fn order(&self) -> (i64, u32, PostId) {
        (self.left_by.unwrap_or(i64::MAX), self.position, self.id)
    }

    /// The place where it stands was left, and not only the page.
    pub fn was_left(&self) -> bool {
        self.left_by.is_some()
    }
}

/// A text as it is recognised elsewhere: its words alone.
pub fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What comparing needs of a known post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPost {
    pub id: PostId,
    pub forum_post_id: String,
    pub position: u32,
    pub digest: String,
    pub vanished: bool,
    /// It was last seen at the forum's address that the page comes from.
    pub seen_here: bool,
}

/// What one page changes. Indices point into `ThreadPage::posts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub new: Vec<usize>,
    pub edited: Vec<(PostId, usize)>,
    /// Known and unchanged, seen again; with those that had vanished and are back.
    pub seen: Vec<(PostId, usize)>,
    pub vanished: Vec<PostId>,
    /// The page's numbers and what is known before it do not add up: a post was lost or removed on an earlier page.
    pub gap: bool,
}

/// A digest of what a client wrote: a changed digest is an edit. White space does not count.
pub fn text_digest(post: &SeenPost) -> String {
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        for word in text.split_whitespace() {
            hash.update(word.as_bytes());
            hash.update([0]);
        }
        hash.update([1]);
    };
    feed(post.text.expose());
    for quote in &post.quotes {
        feed(quote.text.expose());
    }
    hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Holds a page against what is known of its thread.
///
/// Posts that were read count as new or edited even on a page with complaints: a missed question can be a life.
/// Vanished posts and gaps are concluded from a healthy page alone, and only where the page proves the absence: a known
/// post between two that are there, before the first one of the first page, or after the last one of the last page. The
/// last only for posts that were seen at the same address: another mirror's copy may end where it does because it lags.
/// A page of any state but `Ok` changes nothing.
pub fn compare(known: &[KnownPost], page: &ThreadPage) -> Changes {
    let mut changes = Changes::default();
    if page.state != PageState::Ok {
        return changes;
    }
    let by_forum_id: HashMap<&str, &KnownPost> = known.iter().map(|k| (k.forum_post_id.as_str(), k)).collect();
    let mut on_page = HashSet::new();
    let mut places = Vec::new();
    for (index, post) in page.posts.iter().enumerate() {
        if !on_page.insert(post.id.as_str()) {
            continue;
        }
        match by_forum_id.get(post.id.as_str()) {
            None => changes.new.push(index),
            Some(k) => {
                if !is_repeated_opening(post, page) {
                    places.push(k.position);
                }
                // A page that is not whole and shows no words has lost them: that is drift, not an edit.
                let lost = !page.complaints.is_empty() && post.text.expose().trim().is_empty();
                if lost || k.digest == text_digest(post) {
                    changes.seen.push((k.id, index));
                } else {
                    changes.edited.push((k.id, index));
                }
            }
        }
    }
    // Without numbers the known places may not be the thread's order, and prove nothing.
    let is_numbered = page.has_true_numbers() && page.posts.iter().all(|p| p.number.is_some());
    if !page.complaints.is_empty() || !is_numbered {
        return changes;
    }
    let (Some(first), Some(last)) = (places.iter().min().copied(), places.iter().max().copied()) else {
        return changes;
    };
    let from = if page.thread.page == Some(1) { 0 } else { first };
    let covers = |k: &KnownPost| {
        let at_the_end = page.next.is_none() && k.seen_here;
        k.position >= from && (k.position <= last || at_the_end)
    };
    changes.vanished = known
        .iter()
        .filter(|k| !k.vanished && covers(k) && !on_page.contains(k.forum_post_id.as_str()))
        .map(|k| k.id)
        .collect();
    let opening = page.posts.iter().find(|p| !is_repeated_opening(p, page));
    if let Some(number) = opening.and_then(|p| p.number) {
        let before =
            known.iter().filter(|k| !k.vanished && k.position < first && !on_page.contains(k.forum_post_id.as_str()));
        let starts_known = opening.is_some_and(|p| by_forum_id.contains_key(p.id.as_str()));
        let adds_up = page.deleted_keep_numbers || before.count() == number.saturating_sub(1) as usize;
        changes.gap = starts_known && !adds_up;
    }
    changes
}

/// What a thread list showed of a thread when it was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Replies, or where the list has never shown them, those of the latest look.
    pub replies: Option<u64>,
    pub last_post_at: Option<Timestamp>,
}

/// Whether a row of a thread list says that its thread has changed since `before`, or holds a later post than the latest
/// one known. Times on lists may be told in whole minutes, so a minute's difference is none.
pub fn list_shows_news(before: &Listing, row: &ListedThread, last_post_known: Option<Timestamp>) -> bool {
    const INEXACT_S: i64 = 90;
    let counted = before.replies.zip(row.replies).is_some_and(|(before, now)| before != now);
    let later_than = |known: Option<Timestamp>| {
        row.last_post_time.zip(known).is_some_and(|(shown, known)| shown.since_s(known) > INEXACT_S)
    };
    counted || later_than(before.last_post_at.max(last_post_known))
}

/// Some forums show the opening post again on every page.
pub fn is_repeated_opening(post: &SeenPost, page: &ThreadPage) -> bool {
    post.number == Some(1) && page.thread.page.is_some_and(|page| page > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::look::SeenThread;

    fn seen(id: u32, number: u32, text: &str) -> SeenPost {
        SeenPost {
            id: id.to_string(),
            number: Some(number),
            author: Some("client".into()),
            time: None,
            text: text.into(),
            quotes: vec![],
            edited: false,
            images: 0,
            url: None,
        }
    }

    fn known(ids: std::ops::RangeInclusive<u32>) -> Vec<KnownPost> {
        ids.clone()
            .zip(1..)
            .map(|(id, position)| KnownPost {
                id: PostId(id.into()),
                forum_post_id: id.to_string(),
                position,
                digest: text_digest(&seen(id, 1, "text")),
                vanished: false,
                seen_here: true,
            })
            .collect()
    }

    /// The same, last seen at another address than the one the page comes from.
    fn known_elsewhere(ids: std::ops::RangeInclusive<u32>) -> Vec<KnownPost> {
        known(ids).into_iter().map(|k| KnownPost { seen_here: false, ..k }).collect()
    }

    fn page(page: u32, has_next: bool, posts: Vec<SeenPost>) -> ThreadPage {
        ThreadPage {
            thread: SeenThread { page: Some(page), ..SeenThread::default() },
            posts,
            next: has_next.then(|| "http://forum/next".into()),
            ..ThreadPage::without_posts(PageState::Ok)
        }
    }

    #[test]
    fn same_page_twice_changes_nothing() {
        let p = page(1, false, vec![seen(1, 1, "text"), seen(2, 2, "text")]);
        let changes = compare(&known(1..=2), &p);
        assert_eq!((changes.new.len(), changes.edited.len(), changes.vanished.len()), (0, 0, 0));
        assert!(!changes.gap);
    }

    #[test]
    fn changed_words_are_an_edit_and_changed_white_space_is_not() {
        let p = page(1, false, vec![seen(1, 1, " text\n"), seen(2, 2, "text and more")]);
        assert_eq!(compare(&known(1..=2), &p).edited, [(PostId(2), 1)]);
    }

    #[test]
    fn post_missing_between_two_others_has_vanished() {
        let p = page(1, true, vec![seen(1, 1, "text"), seen(3, 2, "text")]);
        assert_eq!(compare(&known(1..=4), &p).vanished, [PostId(2)]);
    }

    #[test]
    fn post_missing_at_the_end_has_vanished_only_from_the_last_page() {
        let posts = vec![seen(1, 1, "text"), seen(2, 2, "text")];
        assert_eq!(compare(&known(1..=3), &page(1, false, posts.clone())).vanished, [PostId(3)]);
        assert!(compare(&known(1..=3), &page(1, true, posts)).vanished.is_empty());
    }

    #[test]
    fn copy_that_ends_early_at_another_address_proves_nothing_about_the_end() {
        let posts = vec![seen(1, 1, "text"), seen(2, 2, "text")];
        let changes = compare(&known_elsewhere(1..=4), &page(1, false, posts));
        assert!(changes.vanished.is_empty() && changes.new.is_empty() && !changes.gap);
        // Where the copy lacks a whole page, the page before it is its last.
        let posts = vec![seen(4, 4, "text"), seen(5, 5, "text"), seen(6, 6, "text")];
        let changes = compare(&known_elsewhere(1..=9), &page(2, false, posts));
        assert!(changes.vanished.is_empty() && !changes.gap);
    }

    #[test]
    fn post_missing_between_two_others_or_at_the_beginning_has_vanished_at_any_address() {
        let posts = vec![seen(2, 1, "text"), seen(4, 2, "text")];
        assert_eq!(compare(&known_elsewhere(1..=5), &page(1, false, posts)).vanished, [PostId(1), PostId(3)]);
    }

    #[test]
    fn of_posts_at_the_end_those_have_vanished_that_were_seen_at_this_address() {
        // The first copy is back: it has lost 3, and never had 4 and 5, which were seen at the other one.
        let known: Vec<KnownPost> =
            known(1..=3).into_iter().chain(known_elsewhere(1..=5).into_iter().skip(3)).collect();
        let posts = vec![seen(1, 1, "text"), seen(2, 2, "text")];
        assert_eq!(compare(&known, &page(1, false, posts)).vanished, [PostId(3)]);
    }

    #[test]
    fn page_with_complaints_proves_no_absence_but_still_brings_new_posts() {
        let mut p = page(1, false, vec![seen(1, 1, "text"), seen(9, 2, "new")]);
        p.complaints.push("author missing".into());
        let changes = compare(&known(1..=3), &p);
        assert!(changes.vanished.is_empty());
        assert_eq!(changes.new, [1]);
    }

    #[test]
    fn deletion_on_an_earlier_page_is_a_gap_and_not_a_vanished_post_here() {
        // Ten known, five a page; number 2 was deleted, so the second page starts with what was the seventh.
        let p = page(2, false, vec![seen(7, 6, "text"), seen(8, 7, "text"), seen(9, 8, "text"), seen(10, 9, "text")]);
        let changes = compare(&known(1..=10), &p);
        assert!(changes.vanished.is_empty());
        assert!(changes.gap);
    }

    #[test]
    fn deleted_posts_that_keep_their_numbers_make_no_gap() {
        // Number 2 was deleted before we came; what is left of it stands on the first page.
        let mut p = page(2, false, vec![seen(6, 7, "text"), seen(7, 8, "text")]);
        p.deleted_keep_numbers = true;
        let changes = compare(&known(1..=7), &p);
        assert!(changes.vanished.is_empty() && !changes.gap);
    }

    #[test]
    fn words_lost_by_drift_are_no_edit() {
        let mut p = page(1, false, vec![seen(1, 1, ""), seen(2, 2, "text")]);
        p.complaints.push("post.body: missing in 1 of 2".into());
        assert!(compare(&known(1..=2), &p).edited.is_empty());
    }

    #[test]
    fn opening_post_repeated_on_a_later_page_hides_no_posts() {
        let p = page(2, false, vec![seen(1, 1, "text"), seen(6, 6, "text"), seen(7, 7, "text")]);
        assert!(compare(&known(1..=7), &p).vanished.is_empty());
    }

    #[test]
    fn page_without_numbers_proves_no_absence() {
        let mut p = page(1, false, vec![seen(1, 1, "text"), seen(3, 2, "text")]);
        for post in &mut p.posts {
            post.number = None;
        }
        assert!(compare(&known(1..=4), &p).vanished.is_empty());
    }

    #[test]
    fn first_page_shown_in_place_of_a_later_one_has_no_numbers_and_proves_no_absence() {
        let posts: Vec<SeenPost> = (1..=5).map(|n| seen(n, n + 5, "text")).collect();
        let p = page(1, false, posts);
        assert!(!p.has_true_numbers());
        assert!(compare(&known(1..=8), &p).vanished.is_empty());
        assert!(
            page(1, false, vec![seen(2, 2, "text"), seen(3, 3, "text")]).has_true_numbers(),
            "the first was deleted"
        );
    }

    #[test]
    fn list_shows_news_by_its_count_or_by_a_later_post() {
        let at = |s| Some(Timestamp::from_unix_s(s));
        let row = |replies, last_post_time| ListedThread {
            id: Some("1".into()),
            title: None,
            url: None,
            views: None,
            replies,
            last_post_time,
            last_post_author: None,
        };
        let before = Listing { replies: Some(5), last_post_at: at(1000) };
        assert!(list_shows_news(&before, &row(Some(6), None), None));
        assert!(list_shows_news(&before, &row(Some(4), None), None));
        // One was removed and one written.
        assert!(list_shows_news(&before, &row(Some(5), at(2000)), at(1000)));
        assert!(!list_shows_news(&before, &row(Some(5), at(1060)), at(1000)));
        // Nothing known but the posts.
        assert!(list_shows_news(&Listing::default(), &row(None, at(2000)), at(1000)));
        assert!(!list_shows_news(&Listing::default(), &row(Some(5), None), at(1000)));
    }

    #[test]
    fn login_page_changes_nothing() {
        let p = ThreadPage::without_posts(PageState::LoginRequired);
        assert_eq!(compare(&known(1..=3), &p), Changes::default());
    }
}
