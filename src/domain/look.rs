//! What one look at a forum page saw: the JSON of `netreach extract`, and what `store` holds against what was known.
//!
//! Only the shape. Reading it out of HTML is `page`'s work, comparing it with what was known is `domain::thread`'s.

use crate::clock::Timestamp;
use crate::sensitive::Sensitive;
use serde::{Deserialize, Serialize};

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
    pub fn add(&mut self, page: &ThreadPage) {
        let count = |has: fn(&SeenPost) -> bool| {
            u32::try_from(page.posts.iter().filter(|post| has(post)).count()).unwrap_or(u32::MAX)
        };
        self.pages += 1;
        self.posts += count(|_| true);
        self.authors += count(|post| post.author.is_some());
        self.times += count(|post| post.time.is_some());
        self.texts += count(|post| !post.text.expose().trim().is_empty());
    }

    /// What two looks held together.
    pub fn plus(self, other: Self) -> Self {
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

/// One page of a thread list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPage {
    pub state: PageState,
    #[serde(default)]
    pub threads: Vec<ListedThread>,
    #[serde(default)]
    pub complaints: Vec<String>,
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
