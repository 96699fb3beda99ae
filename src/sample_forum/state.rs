//! What the sample forum knows: members, topics, posts, private messages, sessions and the secret of its form tokens.
//!
//! It makes no pages and answers no requests; nothing of it outlives the process.

use super::checks::Checks;
use super::{SampleMessage, SamplePost, SampleTopic};
use crate::clock::{Clock, Timestamp};
use crate::sensitive::Sensitive;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

/// phpBB's id of everybody who is not logged in.
pub(super) const GUEST: u64 = 1;
/// A session that nobody used for this long is over.
const SESSION_LENGTH_S: i64 = 3600;
/// Sessions of guests without cookies pile up, one a request; older ones go when there are more.
const MAX_GUEST_SESSIONS: usize = 2000;
/// A form may be posted this long after it was fetched.
const FORM_LIFETIME_S: i64 = 7200;

pub(super) struct State {
    clock: Clock,
    /// The id of a member is its place here, counted from `GUEST + 1`.
    members: Vec<Member>,
    pub(super) topics: BTreeMap<u64, Topic>,
    pub(super) sessions: HashMap<String, Session>,
    sessions_made: u64,
    last_topic_id: u64,
    last_post_id: u64,
    secret: RandomState,
    /// Private messages, oldest first.
    pub(super) messages: Vec<Message>,
    pub(super) log_ins: u64,
    pub(super) accepts_quick_forms: bool,
    pub(super) reviews_new_posts: bool,
    pub(super) checks: Checks,
}

pub(super) struct Member {
    pub(super) name: String,
    /// Without one nobody can log in under this name.
    password: Option<Sensitive<String>>,
    pub(super) joined: Timestamp,
    pub(super) takes_messages: bool,
}

pub(super) struct Message {
    pub(super) id: u64,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) at: Timestamp,
    /// Its recipient has opened it.
    pub(super) is_read: bool,
}

pub(super) struct Topic {
    pub(super) title: String,
    pub(super) locked: bool,
    pub(super) views: u64,
    pub(super) posts: Vec<Post>,
}

pub(super) struct Post {
    pub(super) id: u64,
    pub(super) author: u64,
    pub(super) text: String,
    pub(super) at: Timestamp,
    pub(super) edits: u32,
    pub(super) edited_at: Timestamp,
}

pub(super) struct Session {
    pub(super) member: u64,
    /// phpBB does not count a view when the page before was of the same topic.
    pub(super) last_topic: Option<u64>,
    /// Whose password was right, while the second factor is missing.
    pub(super) half_in: Option<u64>,
    used_at: Timestamp,
    serial: u64,
}

/// Why a log-in was refused.
pub(super) enum LoginRefusal {
    NoSuchName,
    WrongPassword,
}

impl State {
    pub(super) fn number_from(&mut self, id: u64) {
        self.last_topic_id = self.last_topic_id.max(id);
        self.last_post_id = self.last_post_id.max(id);
    }

    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            members: Vec::new(),
            topics: BTreeMap::new(),
            sessions: HashMap::new(),
            sessions_made: 0,
            last_topic_id: 0,
            last_post_id: 0,
            messages: Vec::new(),
            log_ins: 0,
            secret: RandomState::new(),
            accepts_quick_forms: false,
            reviews_new_posts: false,
            checks: Checks::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn set_password(&mut self, name: &str, password: &str) {
        let now = self.now();
        let id = self.member_id(name, now);
        if let Some(member) = self.member_mut(id) {
            member.password = Some(password.into());
        }
    }

    pub(super) fn member(&self, id: u64) -> Option<&Member> {
        self.members.get(member_index(id)?)
    }

    fn member_mut(&mut self, id: u64) -> Option<&mut Member> {
        self.members.get_mut(member_index(id)?)
    }

    fn find_member(&self, name: &str) -> Option<u64> {
        let wanted = name.trim().to_lowercase();
        let index = self.members.iter().position(|member| member.name.to_lowercase() == wanted)?;
        Some(member_id(index))
    }

    fn member_id(&mut self, name: &str, joined: Timestamp) -> u64 {
        if let Some(id) = self.find_member(name) {
            return id;
        }
        self.members.push(Member { name: name.trim().to_owned(), password: None, joined, takes_messages: true });
        member_id(self.members.len() - 1)
    }

    pub(super) fn posts_of(&self, member: u64) -> usize {
        self.topics.values().flat_map(|topic| &topic.posts).filter(|post| post.author == member).count()
    }

    pub(super) fn check_password(&mut self, name: &str, password: &str) -> Result<u64, LoginRefusal> {
        self.log_ins += 1;
        let id = self.find_member(name).ok_or(LoginRefusal::NoSuchName)?;
        let known = self.member(id).and_then(|member| member.password.as_ref());
        match known {
            Some(known) if known.expose() == password => Ok(id),
            _ => Err(LoginRefusal::WrongPassword),
        }
    }

    pub(super) fn add_topic(&mut self, author: &str, title: &str, text: &str, at: Timestamp) -> u64 {
        self.last_topic_id += 1;
        let id = self.last_topic_id;
        self.topics.insert(id, Topic { title: title.to_owned(), locked: false, views: 0, posts: Vec::new() });
        self.add_post(id, author, text, at);
        id
    }

    pub(super) fn add_post(&mut self, topic: u64, author: &str, text: &str, at: Timestamp) -> Option<u64> {
        self.topics.get(&topic)?;
        let author = self.member_id(author, at);
        if let Some(member) = self.member_mut(author) {
            member.joined = member.joined.min(at);
        }
        self.add_post_of(topic, author, text, at)
    }

    pub(super) fn add_post_of(&mut self, topic: u64, author: u64, text: &str, at: Timestamp) -> Option<u64> {
        let topic = self.topics.get_mut(&topic)?;
        self.last_post_id += 1;
        let id = self.last_post_id;
        topic.posts.push(Post { id, author, text: text.to_owned(), at, edits: 0, edited_at: at });
        Some(id)
    }

    pub(super) fn edit_post(&mut self, id: u64, text: &str, now: Timestamp) -> bool {
        let found = self.topics.values_mut().flat_map(|topic| &mut topic.posts).find(|post| post.id == id);
        let Some(post) = found else { return false };
        text.clone_into(&mut post.text);
        post.edits += 1;
        post.edited_at = now;
        true
    }

    pub(super) fn delete_post(&mut self, id: u64) -> bool {
        let Some((topic, _)) = self.find_post(id) else { return false };
        if let Some(held) = self.topics.get_mut(&topic) {
            held.posts.retain(|post| post.id != id);
            if held.posts.is_empty() {
                self.topics.remove(&topic);
            }
        }
        true
    }

    /// The topic of a post and the post's place in it, from 0.
    pub(super) fn find_post(&self, id: u64) -> Option<(u64, usize)> {
        self.topics.iter().find_map(|(topic, held)| {
            let place = held.posts.iter().position(|post| post.id == id)?;
            Some((*topic, place))
        })
    }

    pub(super) fn topic_mut(&mut self, id: u64) -> Option<&mut Topic> {
        self.topics.get_mut(&id)
    }

    pub(super) fn name_of(&self, member: u64) -> String {
        self.member(member).map_or_else(|| "Гость".to_owned(), |member| member.name.clone())
    }

    /// False when there is no such member, or one who takes no messages.
    pub(super) fn send_message(&mut self, from: u64, to: u64, subject: &str, text: &str) -> bool {
        let takes = self.member(to).is_some_and(|member| member.takes_messages);
        if takes {
            let (id, at) = (self.messages.len() as u64 + 1, self.now());
            let (subject, text) = (subject.to_owned(), text.to_owned());
            self.messages.push(Message { id, from, to, subject, text, at, is_read: false });
        }
        takes
    }

    pub(super) fn send_message_by_name(&mut self, from: &str, to: &str, subject: &str, text: &str) -> bool {
        let (from, to) = (self.find_member(from), self.find_member(to));
        from.zip(to).is_some_and(|(from, to)| self.send_message(from, to, subject, text))
    }

    pub(super) fn set_takes_messages(&mut self, name: &str, takes: bool) -> bool {
        let id = self.find_member(name);
        id.and_then(|id| self.member_mut(id)).map(|member| member.takes_messages = takes).is_some()
    }

    pub(super) fn unread_messages(&self, to: u64) -> usize {
        self.messages.iter().filter(|message| message.to == to && !message.is_read).count()
    }

    pub(super) fn open_messages_to(&mut self, name: &str) {
        let member = self.find_member(name);
        for message in self.messages.iter_mut().filter(|message| Some(message.to) == member) {
            message.is_read = true;
        }
    }

    pub(super) fn sample_messages(&self) -> Vec<SampleMessage> {
        let sample = |message: &Message| SampleMessage {
            from: self.name_of(message.from),
            to: self.name_of(message.to),
            subject: message.subject.clone(),
            text: message.text.clone(),
            at: message.at,
        };
        self.messages.iter().map(sample).collect()
    }

    pub(super) fn sample_posts(&self, topic: u64) -> Vec<SamplePost> {
        let posts = self.topics.get(&topic).map(|topic| topic.posts.as_slice()).unwrap_or_default();
        posts
            .iter()
            .map(|post| SamplePost {
                id: post.id,
                author: self.name_of(post.author),
                text: post.text.clone(),
                at: post.at,
                edits: post.edits,
            })
            .collect()
    }

    pub(super) fn sample_topics(&self) -> Vec<SampleTopic> {
        let sample = |(id, topic): (&u64, &Topic)| SampleTopic {
            id: *id,
            title: topic.title.clone(),
            author: self.name_of(topic.posts.first().map_or(GUEST, |post| post.author)),
            views: topic.views,
            posts: topic.posts.len(),
            locked: topic.locked,
        };
        self.topics.iter().map(sample).collect()
    }

    /// The member of a session that is still alive, which this use keeps alive.
    pub(super) fn use_session(&mut self, sid: &str) -> Option<u64> {
        let now = self.now();
        let session = self.sessions.get_mut(sid)?;
        if now.since_s(session.used_at) > SESSION_LENGTH_S {
            self.sessions.remove(sid);
            return None;
        }
        session.used_at = now;
        Some(session.member)
    }

    pub(super) fn start_session(&mut self, member: u64) -> String {
        self.sessions_made += 1;
        let serial = self.sessions_made;
        if self.sessions.len() >= MAX_GUEST_SESSIONS {
            let oldest_kept = serial.saturating_sub(MAX_GUEST_SESSIONS as u64 / 2);
            self.sessions.retain(|_, session| session.member != GUEST || session.serial >= oldest_kept);
        }
        let sid = random_hex();
        let session = Session { member, last_topic: None, half_in: None, used_at: self.now(), serial };
        self.sessions.insert(sid.clone(), session);
        sid
    }

    /// The token that goes out with a form. phpBB binds it to the member, and for guests to the session.
    pub(super) fn form_token(&self, form: &str, created: i64, member: u64, sid: &str) -> String {
        let bound_to = if member == GUEST { sid } else { "" };
        let part = |number: u64| self.secret.hash_one((number, form, created, member, bound_to));
        format!("{:016x}{:016x}{:08x}", part(0), part(1), part(2) >> 32)
    }

    /// Whether a form came back with its own token, later than the second in which it was fetched, and not too late.
    pub(super) fn is_form_valid(&self, form: &str, created: &str, token: &str, member: u64, sid: &str) -> bool {
        let Ok(created) = created.parse::<i64>() else { return false };
        let age_s = self.now().since_s(Timestamp::from_unix_s(created));
        let youngest_s = i64::from(!self.accepts_quick_forms);
        (youngest_s..=FORM_LIFETIME_S).contains(&age_s) && self.form_token(form, created, member, sid) == token
    }
}

fn member_id(index: usize) -> u64 {
    index as u64 + GUEST + 1
}

fn member_index(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(GUEST + 1)?).ok()
}

pub(super) fn random_hex() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guest_sessions_do_not_pile_up_and_members_keep_theirs() {
        let mut state = State::new(Clock::manual(Timestamp::from_unix_s(1_000)));
        state.set_password("worker", "secret");
        let member = state.check_password("WORKER", "secret").ok().expect("the password is right");
        let sid = state.start_session(member);
        for _ in 0..5_000 {
            state.start_session(GUEST);
        }
        assert!(state.sessions.len() <= MAX_GUEST_SESSIONS);
        assert_eq!(state.use_session(&sid), Some(member));
    }

    #[test]
    fn session_unused_for_more_than_an_hour_is_over() {
        let clock = Clock::manual(Timestamp::from_unix_s(1_000));
        let mut state = State::new(clock.clone());
        let sid = state.start_session(GUEST);
        clock.advance_s(SESSION_LENGTH_S);
        assert_eq!(state.use_session(&sid), Some(GUEST));
        clock.advance_s(SESSION_LENGTH_S + 1);
        assert_eq!(state.use_session(&sid), None);
    }

    #[test]
    fn form_token_belongs_to_its_form_its_moment_and_its_member() {
        let clock = Clock::manual(Timestamp::from_unix_s(1_000));
        let state = State::new(clock.clone());
        let token = state.form_token("posting", 1_000, 2, "aa");
        assert_eq!(token.len(), 40);
        assert!(!state.is_form_valid("posting", "1000", &token, 2, "aa"), "within the second it was fetched");
        clock.advance_s(1);
        assert!(state.is_form_valid("posting", "1000", &token, 2, "bb"), "a member's token outlives the session");
        assert!(!state.is_form_valid("login", "1000", &token, 2, "aa"));
        assert!(!state.is_form_valid("posting", "999", &token, 2, "aa"));
        assert!(!state.is_form_valid("posting", "1000", &token, 3, "aa"));
        clock.advance_s(FORM_LIFETIME_S);
        assert!(!state.is_form_valid("posting", "1000", &token, 2, "aa"), "too late");
    }
}
