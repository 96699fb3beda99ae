//! The world of a test: a store, a forum that misbehaves on demand, and the jobs of one forum, stepped by hand.

mod faults;
mod onions;

pub(crate) use faults::{Fault, Faults};
pub(crate) use onions::{Onions, onion};

use netreach::clock::{Clock, Timestamp};
use netreach::domain::account::{Account, Role};
use netreach::domain::case::{self, CaseId};
use netreach::domain::reply::{self, Delivery, Draft, ReplyId};
use netreach::domain::thread::{Thread, ThreadId};
use netreach::forum::{Credentials, Forum, Mirrors};
use netreach::jobs::{self, Context, ForumRules, Venue};
use netreach::net::{Client, ClientSettings, Jar, Transport};
use netreach::page;
use netreach::sample_forum::{self, SampleForum};
use netreach::store::{Key, NewThread, ReplyRow, Store, StoreError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

pub(crate) const NGO: &str = "HumanitarianAction";
const FORUM: &str = "sample";
pub(crate) const SECOND_FORUM: &str = "second";

/// A store and a worker; threads and cases are added by the test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) site: SampleForum,
    pub(crate) faults: Faults,
    way: Way,
    pub(crate) venue: Venue,
    pub(crate) topic: u64,
    pub(crate) thread: ThreadId,
    pub(crate) worker: Account,
    _dir: TempDir,
}

/// How a forum is reached.
#[derive(Clone)]
struct Way {
    transport: Transport,
    addresses: Vec<Url>,
}

fn put_on_list(store: &Store, topic: u64, now: Timestamp) -> ThreadId {
    store
        .write_now::<_, StoreError, _>(|tx| {
            tx.add_thread(&NewThread {
                forum: FORUM.into(),
                forum_thread_id: topic.to_string(),
                path: format!("viewtopic.php?t={topic}"),
                now,
            })
        })
        .expect("thread")
}

pub(crate) fn key() -> Key {
    Key::from_bytes(&[7; 32])
}

impl World {
    /// A forum with one thread of the NGO (its opening post alone), on our list and not read yet.
    pub(crate) async fn new() -> Self {
        let (clock, site, topic) = forum();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}/", listener.local_addr().expect("address"));
        let faults = Faults::default();
        let router = faults.wrap(site.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let way = Way { transport: Transport::Direct, addresses: vec![base.parse().expect("url")] };
        Self::around(clock, site, topic, faults, way)
    }

    /// The same under several onion addresses, the first one preferred. Its faults are those of the first.
    pub(crate) async fn with_mirrors(count: usize) -> (Self, Onions) {
        let (clock, site, topic) = forum();
        let onions = Onions::of(&vec![&site; count]).await;
        (Self::behind(&onions, clock, site, topic), onions)
    }

    /// Two addresses, the second of which shows a copy of the forum: what is written on the first is not there until the
    /// test writes it there too. Then it has the same ids.
    pub(crate) async fn with_lagging_mirror() -> (Self, Onions, SampleForum) {
        let (clock, site, topic) = forum();
        let (_, copy, _) = forum();
        let onions = Onions::of(&[&site, &copy]).await;
        (Self::behind(&onions, clock, site, topic), onions, copy)
    }

    fn behind(onions: &Onions, clock: Clock, site: SampleForum, topic: u64) -> Self {
        let addresses = (0..onions.faults.len()).map(onion).collect();
        let way = Way { transport: Transport::Socks(onions.proxy), addresses };
        Self::around(clock, site, topic, onions.faults[0].clone(), way)
    }

    fn around(clock: Clock, site: SampleForum, topic: u64, faults: Faults, way: Way) -> Self {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &key()).expect("store");
        let thread = put_on_list(&store, topic, clock.now());
        let worker = store
            .write_now::<_, StoreError, _>(|tx| {
                let id = tx.add_account("worker", "-", &[Role::Worker], clock.now())?;
                tx.account(id)
            })
            .expect("worker");
        let venue = venue(FORUM, &way, &clock, &store);
        Self { store, clock, site, faults, way, venue, topic, thread, worker, _dir: dir }
    }

    /// One more forum, with accounts of the same names and ids from the same start, and a topic of the NGO that is not on
    /// our list.
    pub(crate) async fn second_forum(&self) -> (SampleForum, Venue, u64) {
        let (_, site, topic) = forum();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}/", listener.local_addr().expect("address"));
        let router = site.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let way = Way { transport: Transport::Direct, addresses: vec![base.parse().expect("url")] };
        (site, venue(SECOND_FORUM, &way, &self.clock, &self.store), topic)
    }

    /// One more thread of the NGO on the forum and on our list.
    pub(crate) fn add_thread(&self, title: &str) -> ThreadId {
        let topic = self.site.add_topic(NGO, title, "Спрашивайте, ответим.");
        put_on_list(&self.store, topic, self.clock.now())
    }

    /// The program starts anew: fresh client, cookies from the database, refused log-ins forgotten.
    pub(crate) async fn restart(&mut self) {
        self.venue = venue(FORUM, &self.way, &self.clock, &self.store);
        jobs::begin(&self.context(), &self.venue).await.expect("begins");
    }

    pub(crate) fn context(&self) -> Context {
        Context { store: self.store.clone(), clock: self.clock.clone(), triage: Default::default() }
    }

    /// Does everything that is due now.
    pub(crate) async fn work(&self) {
        for _ in 0..50 {
            if !jobs::work_once(&self.context(), &self.venue).await.expect("the job runs") {
                return;
            }
        }
        panic!("the work does not end");
    }

    /// A desk over the same database.
    pub(crate) fn desk(&self) -> crate::web::app::App {
        let addresses: Vec<&str> = self.way.addresses.iter().map(Url::as_str).collect();
        crate::web::app::App::over(self.store.clone(), self.clock.clone(), &addresses)
    }

    /// Host and port of the forum's first address.
    pub(crate) fn host(&self) -> String {
        let first = &self.way.addresses[0];
        first[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
    }

    /// A person's own browser at the forum, logged in: its cookies, name and value.
    pub(crate) async fn persons_cookies(&self) -> Vec<(String, String)> {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &key()).expect("store");
        let theirs = venue(FORUM, &self.way, &self.clock, &store);
        let met = theirs.forum.meet(None).await.expect("the forum answers");
        assert!(matches!(met, netreach::forum::Met::In { logged_in: Some(true) }));
        let json: serde_json::Value = serde_json::from_str(&theirs.forum.client.jar().to_json()).expect("json");
        let cookies = json.as_object().expect("by address").values().flat_map(|c| c.as_array().expect("a list"));
        let pair = |cookie: &serde_json::Value| {
            let raw = cookie["raw_cookie"].as_str().expect("a cookie");
            let (name, value) = raw.split(';').next()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        };
        cookies.filter_map(pair).collect()
    }

    /// Lets time pass, then does what is due; in small steps, as in life.
    pub(crate) async fn work_for_s(&self, seconds: i64) {
        for _ in 0..seconds.div_euclid(10) {
            self.clock.advance_s(10);
            self.work().await;
        }
    }

    pub(crate) fn client_posts(&self, text: &str) -> u64 {
        self.site.add_post(self.topic, "ночной_гость", text)
    }

    pub(crate) fn thread(&self) -> Thread {
        self.read(|tx| tx.thread(self.thread))
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&netreach::store::Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.read_now(work).expect("reads")
    }

    pub(crate) fn write<T>(&self, work: impl FnOnce(&netreach::store::Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.write_now(work).expect("writes")
    }

    /// The only case in the queue.
    pub(crate) fn only_case(&self) -> CaseId {
        let queue = self.read(|tx| tx.queue(case::Stage::Initiated, 10));
        assert_eq!(queue.len(), 1, "one case is expected");
        queue[0].case.id
    }

    /// A worker claims the case and approves this text.
    pub(crate) fn approve(&self, case: CaseId, text: &str) -> ReplyId {
        self.approve_draft(case, &Draft { text: text.into(), ..Draft::default() })
    }

    /// The same for a draft of any kind.
    pub(crate) fn approve_draft(&self, case: CaseId, draft: &Draft) -> ReplyId {
        let now = self.clock.now();
        self.write(|tx| {
            let lease = case::claim(&tx.case(case)?, &self.worker, now).expect("free");
            tx.save_claim(case, lease, true, now)?;
            let under_way = tx.has_reply_under_way(case)?;
            let approved = reply::approve(draft, &tx.case(case)?, &self.worker, under_way, now).expect("approved");
            tx.enqueue_reply(&approved)
        })
    }

    pub(crate) fn reply(&self, id: ReplyId) -> ReplyRow {
        self.read(|tx| tx.reply(id))
    }

    pub(crate) fn delivery(&self, id: ReplyId) -> Delivery {
        self.reply(id).progress.delivery
    }

    /// How often a text of ours stands on the forum.
    pub(crate) fn times_on_forum(&self, text: &str) -> usize {
        self.site.posts(self.topic).iter().filter(|p| p.author == NGO && p.text == text).count()
    }
}

/// The forum of a world, with the NGO's topic.
fn forum() -> (Clock, SampleForum, u64) {
    let clock = Clock::manual("2026-11-20T12:00:00Z".parse().expect("time"));
    let site = SampleForum::new(clock.clone());
    site.accept_quick_forms(true);
    site.add_user(NGO, "secret");
    let topic = site.add_topic(NGO, "Гуманитарное действие: вопросы и ответы", "Спрашивайте, ответим.");
    (clock, site, topic)
}

fn venue(name: &str, way: &Way, clock: &Clock, store: &Store) -> Venue {
    let state = store.read_now::<_, StoreError, _>(|tx| tx.forum_state(name)).expect("state");
    let jar = state.cookies.map_or_else(Jar::default, |json| Jar::from_json(json.expose()));
    let settings = ClientSettings {
        isolation: "test".into(),
        addresses: way.addresses.clone(),
        max_page_bytes: 2 * 1024 * 1024,
        connect_timeout: Duration::from_secs(2),
        request_timeout: Duration::from_secs(2),
        min_gap: Duration::ZERO,
    };
    let client = Client::new(way.transport.clone(), settings, jar).expect("client");
    client.set_user_agent(state.user_agent.as_deref());
    // The sample forum's clock stands still: it takes forms at once, and so need not we wait.
    let profile = include_str!("../../selectors/phpbb-3.toml").replace("min_fill_s = 3", "min_fill_s = 0");
    let profile = page::Profile::parse("phpbb-3", &profile).expect("the built-in profile");
    Venue::new(
        Forum {
            name: name.into(),
            profile,
            mirrors: Mirrors::new(
                way.addresses.clone(),
                state.address.as_ref().map(|address| address.expose().as_str()),
                clock.now(),
            ),
            credentials: Some(Credentials { name: NGO.into(), password: "secret".into() }),
            time_zone: jiff::tz::TimeZone::UTC,
            client,
            clock: clock.clone(),
        },
        ForumRules {
            own_names: vec![NGO.into()],
            requests_per_hour: 6,
            longest_interval_s: 21_600,
            views_interval_s: 3600,
            settle_s: 30,
            catch_up_days: 30,
            max_pages: 40,
            holds_posts: false,
        },
        clock.now(),
    )
}

pub(crate) const POSTS_PER_PAGE: usize = sample_forum::POSTS_PER_PAGE;
