//! Which pages of a thread one look reads, in which order. Pure: it is told what was read and says what comes next.
//!
//! Posts that are deleted while we read move later posts towards the front. So pages are read from the end backwards:
//! what moves forward is met again on the page before, and nothing is skipped. A whole reading takes the first page,
//! jumps to the last and comes back: one request a page. A later look takes the last page known; only when the thread
//! has grown past it are more read, back to a page that holds something known.

use crate::domain::look::{PageState, ThreadPage};
use crate::domain::thread::is_repeated_opening;
use crate::forum::PageRead;
use std::collections::{HashMap, HashSet};
use url::Url;

/// Where a look begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Read everything, from the first page.
    Whole { first_page: String },
    /// Read what is new, from the last page known.
    Tail { last_page: String },
}

/// One look at a thread.
pub struct Walk {
    next: Option<String>,
    whole: bool,
    phase: Phase,
    /// The forum's ids of posts known before this look.
    known: HashSet<String>,
    visits: HashMap<String, u32>,
    pages_left: u32,
    /// Post count the forum showed on the first page of this look.
    first_total: Option<Option<u64>>,
    /// The count has changed since.
    moved: bool,
    /// The first page read holds something known, or is the first page of a whole reading: nothing lies before it.
    anchored: bool,
    first_path: String,
    last_page: Option<String>,
    endless: bool,
    complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    First,
    Backwards,
    /// The profile tells no link to the page before: read on to the end instead.
    Forwards,
}

impl Walk {
    pub fn new(start: Start, known: HashSet<String>, max_pages: u32) -> Self {
        let (first_path, whole) = match start {
            Start::Whole { first_page } => (first_page, true),
            Start::Tail { last_page } => (last_page, false),
        };
        Self {
            next: Some(first_path.clone()),
            whole,
            phase: Phase::First,
            known,
            visits: HashMap::new(),
            pages_left: max_pages,
            first_total: None,
            moved: false,
            anchored: whole,
            first_path,
            last_page: None,
            endless: false,
            complete: false,
        }
    }

    /// The page to read next; `None` when the look is over.
    pub fn next_path(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// The last page of the thread, once it was met.
    pub fn last_page(&self) -> Option<&str> {
        self.last_page.as_deref()
    }

    /// The end of the thread was read, and everything from there back to what was known (or to the first page).
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The chain of pages did not end within the limit, or went in circles.
    pub fn is_endless(&self) -> bool {
        self.endless
    }

    /// Whether this look reads the thread whole.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Tells that the page is what it was: nothing is new, and nothing more is to be read.
    pub fn is_unchanged(&mut self) {
        self.next = None;
        self.complete = true;
        self.last_page = Some(self.first_path.clone());
    }

    /// Tells what the page was; `relative` turns its links into paths.
    pub fn saw(&mut self, read: &PageRead, relative: impl Fn(&Url) -> String) {
        self.next = None;
        let page = &read.reading.page;
        if page.state != PageState::Ok {
            return;
        }
        let visits = self.visits.entry(read.path.clone()).or_default();
        *visits += 1;
        // Twice is a page that was read again because posts had moved; more often is a circle.
        let in_circles = *visits > 2;
        self.pages_left = self.pages_left.saturating_sub(1);
        let total = page.thread.replies;
        self.moved |= total != *self.first_total.get_or_insert(total);
        let forward = read.reading.next.as_ref().map(&relative);
        let back = read.reading.prev.as_ref().map(&relative);
        let last = page.last.as_ref().and_then(|l| l.expose().parse().ok()).map(|url: Url| relative(&url));
        let is_first_page = page.thread.page == Some(1) || (back.is_none() && page.thread.page.is_none());
        match self.phase {
            Phase::First => {
                self.anchored |= self.overlaps(page);
                match forward {
                    None => {
                        self.last_page = Some(read.path.clone());
                        // The thread shrank below the page we knew, or every post on it is new: go back for the rest.
                        if is_first_page || (!self.whole && self.anchored) {
                            self.complete = true;
                        } else {
                            self.go(Phase::Backwards, back);
                        }
                    }
                    Some(forward) => {
                        let target = last.filter(|last| *last != read.path).unwrap_or(forward);
                        self.go(Phase::Backwards, Some(target));
                    }
                }
            }
            Phase::Backwards if self.last_page.is_none() => match forward {
                // What the page called its last was not: a page has been added meanwhile, or the link is short.
                Some(_) if in_circles => self.stop_endless(),
                Some(forward) => self.go(Phase::Backwards, Some(forward)),
                None => {
                    self.last_page = Some(read.path.clone());
                    self.back_from(read, back, is_first_page);
                }
            },
            Phase::Backwards if in_circles => self.stop_endless(),
            Phase::Backwards => self.back_from(read, back, is_first_page),
            Phase::Forwards => match forward {
                Some(_) if in_circles => self.stop_endless(),
                Some(forward) => self.go(Phase::Forwards, Some(forward)),
                None => {
                    self.last_page = Some(read.path.clone());
                    self.complete = true;
                }
            },
        }
    }

    /// On the way back: done at something known, at the first page, or next to the page this look began with.
    fn back_from(&mut self, read: &PageRead, back: Option<String>, is_first_page: bool) {
        let page = &read.reading.page;
        let total = page.thread.replies;
        let reached_known = !self.whole && self.overlaps(page);
        if is_first_page || reached_known {
            self.complete = true;
            return;
        }
        let Some(back) = back else {
            // Without a way back the pages between are read forwards, from where the look began.
            let first = self.first_path.clone();
            self.visits.clear();
            self.go(Phase::Forwards, Some(first));
            return;
        };
        // The page before is the one this look began with. It is read again where posts have moved since, by the
        // forum's own count. Where the forum tells no count, a whole reading takes the chance (the next whole reading
        // finds what was missed), and a later look, with fewer pages, does not.
        let unmoved = self.anchored && !self.moved && (self.whole || total.is_some());
        if back == self.first_path && unmoved {
            self.complete = true;
            return;
        }
        self.go(Phase::Backwards, Some(back));
    }

    /// The page holds something known. An opening post that is shown on every page tells nothing.
    fn overlaps(&self, page: &ThreadPage) -> bool {
        page.posts.iter().any(|p| self.known.contains(&p.id) && !is_repeated_opening(p, page))
    }

    fn go(&mut self, phase: Phase, path: Option<String>) {
        self.phase = phase;
        match path {
            Some(_) if self.pages_left == 0 => self.stop_endless(),
            path => self.next = path,
        }
    }

    fn stop_endless(&mut self) {
        self.endless = true;
        self.next = None;
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
mod tests {
    use super::*;
    use crate::domain::look::{SeenPost, SeenThread};
    use crate::page::ThreadReading;
    use proptest::prelude::*;

    /// A forum thread as a list of post ids, shown some to a page.
    struct Fake {
        posts: Vec<u32>,
        per_page: usize,
        tells_total: bool,
    }

    impl Fake {
        fn pages(&self) -> usize {
            self.posts.len().div_ceil(self.per_page).max(1)
        }

        fn read(&self, path: &str) -> PageRead {
            let asked: usize = path.parse().expect("a page number");
            // Engines show the last page when a later one is asked for.
            let number = asked.clamp(1, self.pages());
            let url = |n: usize| Url::parse(&format!("http://127.0.0.1/{n}")).expect("url");
            let posts = self.posts.chunks(self.per_page).nth(number - 1).unwrap_or_default();
            let page = ThreadPage {
                thread: SeenThread {
                    page: u32::try_from(number).ok(),
                    replies: self.tells_total.then(|| self.posts.len() as u64 - 1),
                    ..SeenThread::default()
                },
                posts: posts
                    .iter()
                    .map(|id| SeenPost {
                        id: id.to_string(),
                        number: None,
                        author: None,
                        time: None,
                        text: "".into(),
                        quotes: vec![],
                        edited: false,
                        images: 0,
                        url: None,
                    })
                    .collect(),
                last: Some(url(self.pages()).to_string().into()),
                ..ThreadPage::without_posts(PageState::Ok)
            };
            PageRead {
                reading: ThreadReading {
                    next: (number < self.pages()).then(|| url(number + 1)),
                    prev: (number > 1).then(|| url(number - 1)),
                    list: None,
                    logged_in: None,
                    unread_message: None,
                    profile: String::new(),
                    page,
                },
                path: number.to_string(),
                address: 0,
                freshness: None,
            }
        }
    }

    fn relative(url: &Url) -> String {
        url.path().trim_start_matches('/').to_owned()
    }

    /// Runs a look; `meanwhile` changes the thread after each request. Answers the ids met and the number of requests.
    fn run(fake: &mut Fake, mut walk: Walk, mut meanwhile: impl FnMut(&mut Fake)) -> (HashSet<String>, u32, Walk) {
        let (mut met, mut requests) = (HashSet::new(), 0);
        while let Some(path) = walk.next_path().map(str::to_owned) {
            let read = fake.read(&path);
            requests += 1;
            assert!(requests < 1000, "the walk does not end");
            met.extend(read.reading.page.posts.iter().map(|p| p.id.clone()));
            walk.saw(&read, relative);
            meanwhile(fake);
        }
        (met, requests, walk)
    }

    fn whole() -> Start {
        Start::Whole { first_page: "1".into() }
    }

    #[test]
    fn seven_pages_cost_seven_requests_and_one_at_each_later_look() {
        let mut fake = Fake { posts: (1..=63).collect(), per_page: 10, tells_total: true };
        let (met, requests, walk) = run(&mut fake, Walk::new(whole(), HashSet::new(), 100), |_| {});
        assert_eq!((met.len(), requests, walk.is_complete()), (63, 7, true));
        let tail = Start::Tail { last_page: walk.last_page().expect("met").to_owned() };
        let (_, requests, walk) = run(&mut fake, Walk::new(tail, met, 100), |_| {});
        assert_eq!((requests, walk.is_complete()), (1, true));
    }

    #[test]
    fn count_of_requests_is_the_same_where_the_forum_tells_no_total() {
        let mut fake = Fake { posts: (1..=63).collect(), per_page: 10, tells_total: false };
        let (met, requests, _) = run(&mut fake, Walk::new(whole(), HashSet::new(), 100), |_| {});
        assert_eq!((met.len(), requests), (63, 7));
    }

    #[test]
    fn grown_thread_is_read_back_to_what_was_known() {
        let mut fake = Fake { posts: (1..=45).collect(), per_page: 10, tells_total: true };
        let known = (1..=15).map(|n: u32| n.to_string()).collect();
        let tail = Start::Tail { last_page: "2".into() };
        let (met, requests, walk) = run(&mut fake, Walk::new(tail, known, 100), |_| {});
        assert!((16..=45).all(|n: u32| met.contains(&n.to_string())));
        assert_eq!((requests, walk.last_page()), (4, Some("5")));
    }

    #[test]
    fn page_that_shrank_away_leads_back_to_what_is_known() {
        let mut fake = Fake { posts: (1..=8).chain(40..=44).collect(), per_page: 10, tells_total: true };
        let known = (1..=30).map(|n: u32| n.to_string()).collect();
        let (met, _, walk) = run(&mut fake, Walk::new(Start::Tail { last_page: "3".into() }, known, 100), |_| {});
        assert!(met.contains("8") && met.contains("40") && walk.is_complete());
    }

    #[test]
    fn endless_chain_of_pages_ends_at_the_limit() {
        let mut fake = Fake { posts: (1..=10).collect(), per_page: 10, tells_total: false };
        let (_, requests, walk) = run(&mut fake, Walk::new(whole(), HashSet::new(), 20), |fake| {
            let from = fake.posts.len() as u32 + 1;
            fake.posts.extend(from..from + 10);
        });
        assert!(requests <= 20);
        assert!(walk.is_endless() || walk.is_complete());
    }

    #[test]
    fn pages_that_lead_in_a_circle_end() {
        let page = |n: usize, next: usize| PageRead {
            reading: ThreadReading {
                next: Url::parse(&format!("http://127.0.0.1/{next}")).ok(),
                prev: None,
                list: None,
                logged_in: None,
                unread_message: None,
                profile: String::new(),
                page: ThreadPage::without_posts(PageState::Ok),
            },
            path: n.to_string(),
            address: 0,
            freshness: None,
        };
        let mut circle = Walk::new(whole(), HashSet::new(), 500);
        let mut requests = 0;
        while let Some(path) = circle.next_path().map(str::to_owned) {
            let n: usize = path.parse().expect("number");
            circle.saw(&page(n, n % 3 + 1), relative);
            requests += 1;
            assert!(requests < 20);
        }
        assert!(circle.is_endless());
    }

    proptest! {
        /// Between two requests one post is deleted anywhere, or some are added: nothing that stays is missed, once the
        /// next look has been taken too. (Where both happen between the same two requests the forum's count hides it,
        /// and the next whole reading finds it.)
        #[test]
        fn nothing_is_lost_while_posts_are_deleted_and_added(
            count in 1usize..80,
            per_page in 2usize..12,
            changes in prop::collection::vec((any::<bool>(), 0usize..80), 0..12),
        ) {
            let mut fake = Fake { posts: (1..=count as u32).collect(), per_page, tells_total: true };
            let mut changes = changes.into_iter();
            let mut next_id = count as u32 + 1;
            let (mut met, _, walk) = run(&mut fake, Walk::new(whole(), HashSet::new(), 500), |fake| {
                match changes.next() {
                    Some((true, at)) if fake.posts.len() > 1 => {
                        let at = at % fake.posts.len();
                        fake.posts.remove(at);
                    }
                    Some((false, n)) => {
                        let until = next_id + (n % 4) as u32;
                        fake.posts.extend(next_id..until);
                        next_id = until;
                    }
                    _ => {}
                }
            });
            prop_assert!(walk.is_complete());
            let tail = Start::Tail { last_page: walk.last_page().expect("met").to_owned() };
            let (more, _, _) = run(&mut fake, Walk::new(tail, met.clone(), 500), |_| {});
            met.extend(more);
            let lost: Vec<_> = fake.posts.iter().filter(|id| !met.contains(&id.to_string())).collect();
            prop_assert!(lost.is_empty(), "lost {lost:?} of {:?}", fake.posts);
        }
    }
}
