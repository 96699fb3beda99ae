//! What one look at a forum page saw: the JSON of `netreach extract`, and what `store` holds against what was known.
//!
//! Only the shape. Reading it out of HTML is `page`'s work, comparing it with what was known is `domain::thread`'s.

use crate::clock::Timestamp;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};
use std::ops::Add;

/// What kind of page was met. Everything but `Ok` means: no posts may be concluded from it, neither new nor vanished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageState {
    Ok,
    LoginRequired,
    /// A captcha or an anti-DDoS page: a person is needed.
    Challenge,
    NotFound,
    Forbidden,
    ErrorPage,
    /// None of the known shapes: drift, or not this forum at all.
    Unrecognised,
}

/// A passage quoted inside a post.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    pub author: Option<Sensitive<String>>,
    pub text: Sensitive<String>,
}

/// One post as a page shows it. `None` where the page does not tell; nothing is guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPost {
    /// The forum's own id: the post's identity. A post without one is a complaint, not a post.
    pub id: String,
    /// Place in the thread, from 1.
    pub number: Option<u32>,
    pub author: Option<Sensitive<String>>,
    pub time: Option<Timestamp>,
    /// What the person wrote, as plain text; quotes, signatures and notes left out.
    pub text: Sensitive<String>,
    /// Every quote, an outer one before those inside it, each with its own text alone.
    #[serde(default)]
    pub quotes: Vec<Quote>,
    #[serde(default)]
    pub edited: bool,
    /// Pictures in the post, emoji and avatars not counted.
    #[serde(default)]
    pub images: u32,
    pub url: Option<Sensitive<String>>,
}

/// The thread's own data as one of its pages shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenThread {
    pub id: Option<String>,
    pub title: Option<Sensitive<String>>,
    pub page: Option<u32>,
    pub pages: Option<u32>,
    pub views: Option<u64>,
    /// As the page tells it: posts − 1.
    pub replies: Option<u64>,
    pub closed: Option<bool>,
}

/// One thread page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadPage {
    pub state: PageState,
    #[serde(default)]
    pub thread: SeenThread,
    #[serde(default)]
    pub posts: Vec<SeenPost>,
    pub next: Option<Sensitive<String>>,
    pub last: Option<Sensitive<String>>,
    /// What is left of a deleted post keeps its number: numbers do not tell how many posts stand before.
    #[serde(skip)]
    pub deleted_keep_numbers: bool,
    /// What should have been there and was not, one line each, free of forum text. Empty on a healthy page.
    #[serde(default)]
    pub complaints: Vec<String>,
}

/// What the pages of one look held, in counts: for telling what a profile matched before it stopped matching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    pub pages: u32,
    pub posts: u32,
    /// Of these posts, how many had an author, a time, words.
    pub authors: u32,
    pub times: u32,
    pub texts: u32,
}

impl Matched {
    /// Adds what one more page held.
    pub fn add_page(&mut self, page: &ThreadPage) {
        let count = |has: fn(&SeenPost) -> bool| {
            u32::try_from(page.posts.iter().filter(|post| has(post)).count()).unwrap_or(u32::MAX)
        };
        self.pages += 1;
        self.posts += count(|_| true);
        self.authors += count(|post| post.author.is_some());
        self.times += count(|post| post.time.is_some());
        self.texts += count(|post| !post.text.expose().trim().is_empty());
    }
}

impl Add for Matched {
    type Output = Self;

    /// What two looks held together.
    fn add(self, other: Self) -> Self {
        Self {
            pages: self.pages + other.pages,
            posts: self.posts + other.posts,
            authors: self.authors + other.authors,
            times: self.times + other.times,
            texts: self.texts + other.texts,
        }
    }
}

/// One row of a thread list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedThread {
    /// `None` where the row leads to a post and not to the thread, as some engines do for unread threads.
    pub id: Option<String>,
    pub title: Option<Sensitive<String>>,
    pub url: Option<Sensitive<String>>,
    pub views: Option<u64>,
    pub replies: Option<u64>,
    pub last_post_time: Option<Timestamp>,
    pub last_post_author: Option<Sensitive<String>>,
}

impl ListedThread {
    /// What a list is read for stands in the row: any of it.
    fn tells_something(&self) -> bool {
        self.views.is_some() || self.replies.is_some() || self.last_post_time.is_some()
    }
}

/// One page of a thread list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage {
    pub state: PageState,
    #[serde(default)]
    pub threads: Vec<ListedThread>,
    #[serde(default)]
    pub complaints: Vec<String>,
}

/// What one reading of a thread list held, in counts. The rows are of whosever threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMatched {
    pub rows: u32,
    /// Of these rows, how many told views, replies, the time of the last post.
    pub views: u32,
    pub replies: u32,
    pub times: u32,
    /// How many are of our threads and told any of that.
    pub ours: u32,
}

impl ListMatched {
    pub fn of(list: &ListPage, is_ours: impl Fn(&ListedThread) -> bool) -> Self {
        let count = |has: &dyn Fn(&ListedThread) -> bool| {
            u32::try_from(list.threads.iter().filter(|row| has(row)).count()).unwrap_or(u32::MAX)
        };
        Self {
            rows: count(&|_| true),
            views: count(&|row| row.views.is_some()),
            replies: count(&|row| row.replies.is_some()),
            times: count(&|row| row.last_post_time.is_some()),
            ours: count(&|row| row.tells_something() && is_ours(row)),
        }
    }

    /// Before, the list told something of our threads; now it tells nothing of any thread. That our own are not among its
    /// rows is no loss: others were written in, and they stand on its next page.
    pub fn lost_all_of(self, before: Self) -> bool {
        before.ours > 0 && self.views + self.replies + self.times == 0
    }
}

impl Add for ListMatched {
    type Output = Self;

    /// What the readings of two lists held together.
    fn add(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            views: self.views + other.views,
            replies: self.replies + other.replies,
            times: self.times + other.times,
            ours: self.ours + other.ours,
        }
    }
}

impl ListPage {
    /// What speaks against the profile: every complaint but that some rows have no id, which is how some engines show
    /// members the threads they have not read.
    pub fn oddities(&self) -> Vec<String> {
        let has_ids = self.threads.iter().any(|row| row.id.is_some());
        self.complaints.iter().filter(|complaint| !(has_ids && complaint.starts_with("list.id:"))).cloned().collect()
    }
}

/// A page of either kind, tagged as the contract has it: `"kind":"thread"` or `"kind":"list"`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SeenPage {
    Thread(ThreadPage),
    List(ListPage),
}

impl ThreadPage {
    /// The page says of itself that posts or pages were not found: others may stand where we did not look.
    pub fn hides_posts(&self) -> bool {
        self.complaints.iter().any(|c| ["pages.", "post.item:", "post.id:"].iter().any(|start| c.starts_with(start)))
    }

    /// Whether the posts' numbers are those of the thread. Engines that are asked for a page they do not have (any more, or
    /// on this mirror yet) show their last one; numbers that were counted from the address asked for are false then, which
    /// a first page betrays.
    pub fn has_true_numbers(&self) -> bool {
        let first = self.posts.first().and_then(|post| post.number).and_then(|number| usize::try_from(number).ok());
        self.thread.page != Some(1) || first.is_none_or(|first| first <= self.posts.len())
    }

    /// A page from which nothing but its state can be told.
    pub fn without_posts(state: PageState) -> Self {
        Self {
            state,
            thread: SeenThread::default(),
            posts: Vec::new(),
            next: None,
            last: None,
            deleted_keep_numbers: false,
            complaints: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(rows: &[(&str, Option<u64>, Option<u64>)]) -> ListPage {
        let row = |(id, views, replies): &(&str, Option<u64>, Option<u64>)| ListedThread {
            id: Some((*id).to_owned()),
            title: None,
            url: None,
            views: *views,
            replies: *replies,
            last_post_time: None,
            last_post_author: None,
        };
        ListPage { state: PageState::Ok, threads: rows.iter().map(row).collect(), complaints: Vec::new() }
    }

    fn found(rows: &[(&str, Option<u64>, Option<u64>)]) -> ListMatched {
        ListMatched::of(&list(rows), |row| row.id.as_deref() == Some("ours"))
    }

    #[test]
    fn list_that_told_something_of_our_thread_and_tells_nothing_of_any_has_lost_it() {
        let before = found(&[("ours", Some(5), Some(1)), ("other", Some(7), None)]);
        assert_eq!((before.rows, before.views, before.replies, before.times, before.ours), (2, 2, 1, 0, 1));
        assert!(found(&[]).lost_all_of(before));
        assert!(found(&[("ours", None, None), ("other", None, None)]).lost_all_of(before));
    }

    #[test]
    fn rows_without_an_id_are_odd_only_where_none_has_one() {
        let mut page = list(&[("1", Some(5), Some(1)), ("2", Some(5), Some(1))]);
        page.complaints = vec!["list.id: missing in 1 of 2, first in number 2".into()];
        page.threads[1].id = None;
        assert!(page.oddities().is_empty());
        page.threads[0].id = None;
        assert_eq!(page.oddities(), page.complaints);
        page.threads[0].id = Some("1".into());
        page.complaints.push("list.views: missing in 1 of 2, first in number 1".into());
        assert_eq!(page.oddities().len(), 1);
    }

    #[test]
    fn list_on_whose_next_page_our_thread_stands_by_now_has_lost_nothing() {
        let before = found(&[("ours", Some(5), Some(1))]);
        assert!(!found(&[("other", Some(7), None)]).lost_all_of(before));
        // It never told anything of ours.
        assert!(!found(&[]).lost_all_of(found(&[("other", Some(7), None), ("ours", None, None)])));
    }
}
