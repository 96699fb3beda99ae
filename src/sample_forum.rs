//! A small forum in memory, in the shapes of phpBB 3.3: for `netreach demo` and for the tests that need a forum.
//!
//! It is a sample and no phpBB: one category, one forum, plain topics, plain private messages; no registration, search,
//! attachments or moderation pages. It asks for a captcha, a second factor or a guard's riddle when told to. The pages are
//! our own, with phpBB's ids, roles, links, forms and refusals. It holds nothing on disk, is meant for loopback, and
//! everything is gone when it stops. Faults are not its business: a test wraps `router()` in layers that stall, cut off or
//! change what passes.

mod bbcode;
mod checks;
mod form;
pub mod life;
mod pages;
mod routes;
mod state;

use crate::clock::{Clock, Timestamp};
use state::State;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The one forum that holds topics: `viewforum.php?f=2`. `f=1` is the category around it.
pub const FORUM_ID: u64 = 2;
/// Posts on one page of a topic.
pub const POSTS_PER_PAGE: usize = 20;

/// A post as the forum's own database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplePost {
    pub id: u64,
    pub author: String,
    /// BBCode, as it was written.
    pub text: String,
    pub at: Timestamp,
    /// How often it was edited.
    pub edits: u32,
}

/// A topic as the forum's own database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleTopic {
    pub id: u64,
    pub title: String,
    pub author: String,
    pub views: u64,
    pub posts: usize,
    pub locked: bool,
}

/// A private message as the forum's own database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleMessage {
    pub from: String,
    pub to: String,
    pub subject: String,
    /// BBCode, as it was written.
    pub text: String,
    pub at: Timestamp,
}

/// A running sample forum. Clones are handles on the same forum.
#[derive(Clone)]
pub struct SampleForum {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    requests: AtomicU64,
}

impl SampleForum {
    pub fn new(clock: Clock) -> Self {
        Self { inner: Arc::new(Inner { state: Mutex::new(State::new(clock)), requests: AtomicU64::new(0) }) }
    }

    /// Ids of topics and posts made from now on are higher than `id`.
    pub fn number_from(&self, id: u64) {
        self.state().number_from(id);
    }

    /// An account that can log in. Case makes no difference between names; a second call changes the password.
    pub fn add_user(&self, name: &str, password: &str) {
        self.state().set_password(name, password);
    }

    /// Opens a topic now; an author not known yet becomes a member who cannot log in.
    pub fn add_topic(&self, author: &str, title: &str, text: &str) -> u64 {
        let mut state = self.state();
        let now = state.now();
        state.add_topic(author, title, text, now)
    }

    pub fn add_topic_at(&self, author: &str, title: &str, text: &str, at: Timestamp) -> u64 {
        self.state().add_topic(author, title, text, at)
    }

    /// Writes a post now and returns its id.
    ///
    /// # Panics
    /// When there is no such topic: only a mistaken test asks for that.
    pub fn add_post(&self, topic: u64, author: &str, text: &str) -> u64 {
        let mut state = self.state();
        let now = state.now();
        state.add_post(topic, author, text, now).expect("a topic of this forum")
    }

    /// Writes a post that bears another time. Posts of a topic stand in the order of these calls, as on phpBB.
    ///
    /// # Panics
    /// When there is no such topic.
    pub fn add_post_at(&self, topic: u64, author: &str, text: &str, at: Timestamp) -> u64 {
        self.state().add_post(topic, author, text, at).expect("a topic of this forum")
    }

    /// Changes a post and leaves the mark "last edited by". False when there is no such post.
    pub fn edit_post(&self, post: u64, text: &str) -> bool {
        let mut state = self.state();
        let now = state.now();
        state.edit_post(post, text, now)
    }

    /// Removes a post without a trace; with its last post the topic goes too. False when there is no such post.
    pub fn delete_post(&self, post: u64) -> bool {
        self.state().delete_post(post)
    }

    /// Removes a topic: its pages answer 404 from then on. False when there is no such topic.
    pub fn delete_topic(&self, topic: u64) -> bool {
        self.state().topics.remove(&topic).is_some()
    }

    /// Closes a topic to replies. False when there is no such topic.
    pub fn lock_topic(&self, topic: u64) -> bool {
        self.state().topic_mut(topic).map(|topic| topic.locked = true).is_some()
    }

    pub fn unlock_topic(&self, topic: u64) -> bool {
        self.state().topic_mut(topic).map(|topic| topic.locked = false).is_some()
    }

    pub fn set_views(&self, topic: u64, views: u64) -> bool {
        self.state().topic_mut(topic).map(|topic| topic.views = views).is_some()
    }

    /// Ends all sessions, as a restart of the forum's server would: everybody is logged out.
    pub fn expire_sessions(&self) {
        self.state().sessions.clear();
    }

    /// With `true`, forms posted within the second in which they were fetched pass; phpBB (and this forum as it
    /// starts) refuses them. For tests whose clock stands still.
    pub fn accept_quick_forms(&self, accept: bool) {
        self.state().accepts_quick_forms = accept;
    }

    /// With `true`, a reply written while others posted is not taken at once: the form comes back under the new
    /// posts, with a fresh `topic_cur_post_id`, as on phpBB with its default permissions. Off as the forum starts.
    pub fn review_new_posts(&self, review: bool) {
        self.state().reviews_new_posts = review;
    }

    /// How often somebody tried to log in, with success or without.
    pub fn log_ins(&self) -> u64 {
        self.state().log_ins
    }

    /// Whether a member takes private messages, as all do at first. False when there is no such member.
    pub fn take_messages(&self, name: &str, take: bool) -> bool {
        self.state().set_takes_messages(name, take)
    }

    /// Sends a private message now. False when there is no such member, or the other takes none.
    pub fn send_message(&self, from: &str, to: &str, subject: &str, text: &str) -> bool {
        self.state().send_message_by_name(from, to, subject, text)
    }

    /// A member opens all private messages to them: the sender finds them among the sent ones from then on.
    pub fn open_messages(&self, name: &str) {
        self.state().open_messages_to(name);
    }

    /// All private messages, oldest first.
    pub fn messages(&self) -> Vec<SampleMessage> {
        self.state().sample_messages()
    }

    /// What the forum's own database holds of a topic, oldest first; empty when there is no such topic.
    pub fn posts(&self, topic: u64) -> Vec<SamplePost> {
        self.state().sample_posts(topic)
    }

    /// The topics, in the order in which they were opened.
    pub fn topics(&self) -> Vec<SampleTopic> {
        self.state().sample_topics()
    }

    /// How many requests have been answered, refusals and the style sheet included.
    pub fn request_count(&self) -> u64 {
        self.inner.requests.load(Ordering::SeqCst)
    }

    pub fn router(&self) -> axum::Router {
        axum::Router::new().fallback(routes::handle).with_state(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in one request must not silence the forum for the rest.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_request(&self) {
        self.inner.requests.fetch_add(1, Ordering::SeqCst);
    }
}

/// Serves the forum until `stop` is ready; fails only when the listener does.
pub async fn serve<F>(forum: SampleForum, listener: tokio::net::TcpListener, stop: F) -> std::io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    axum::serve(listener, forum.router()).with_graceful_shutdown(stop).await
}

#[cfg(test)]
mod tests;
