//! The world of a test: a store, a forum that misbehaves on demand, and the jobs of one forum, stepped by hand.

mod faults;

pub(crate) use faults::{Fault, Faults};

use netreach::clock::{Clock, Timestamp};
use netreach::domain::account::{Account, Role};
use netreach::domain::case::{self, CaseId};
use netreach::domain::reply::{self, Delivery, Draft, ReplyId};
use netreach::domain::thread::{Thread, ThreadId};
use netreach::forum::{Credentials, Forum};
use netreach::jobs::{self, Context, ForumRules, Venue};
use netreach::net::{Client, ClientSettings, Jar, Transport};
use netreach::page;
use netreach::sample_forum::{self, SampleForum};
use netreach::store::{Key, NewThread, ReplyRow, Store, StoreError};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

pub(crate) const NGO: &str = "HumanitarianAction";
const FORUM: &str = "sample";

/// A store and a worker; threads and cases are added by the test.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) site: SampleForum,
    pub(crate) faults: Faults,
    pub(crate) address: SocketAddr,
    pub(crate) venue: Venue,
    pub(crate) topic: u64,
    pub(crate) thread: ThreadId,
    pub(crate) worker: Account,
    _dir: TempDir,
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
        let clock = Clock::manual("2026-11-20T12:00:00Z".parse().expect("time"));
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &key()).expect("store");
        let site = SampleForum::new(clock.clone());
        site.accept_quick_forms(true);
        site.add_user(NGO, "secret");
        let topic = site.add_topic(NGO, "Гуманитарное действие: вопросы и ответы", "Спрашивайте, ответим.");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address");
        let faults = Faults::default();
        let router = faults.wrap(site.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let thread = put_on_list(&store, topic, clock.now());
        let worker = store
            .write_now::<_, StoreError, _>(|tx| {
                let id = tx.add_account("worker", "-", &[Role::Worker], clock.now())?;
                tx.account(id)
            })
            .expect("worker");
        let venue = venue(address, &clock, &store);
        Self { store, clock, site, faults, address, venue, topic, thread, worker, _dir: dir }
    }

    /// One more thread of the NGO on the forum and on our list.
    pub(crate) fn add_thread(&self, title: &str) -> ThreadId {
        let topic = self.site.add_topic(NGO, title, "Спрашивайте, ответим.");
        put_on_list(&self.store, topic, self.clock.now())
    }

    /// The program starts anew: fresh client, cookies from the database, refused log-ins forgotten.
    pub(crate) async fn restart(&mut self) {
        self.venue = venue(self.address, &self.clock, &self.store);
        jobs::begin(&self.context(), &self.venue).await.expect("begins");
    }

    pub(crate) fn context(&self) -> Context {
        Context { store: self.store.clone(), clock: self.clock.clone() }
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

fn venue(address: SocketAddr, clock: &Clock, store: &Store) -> Venue {
    let base = Url::parse(&format!("http://{address}/")).expect("url");
    let cookies = store.read_now::<_, StoreError, _>(|tx| tx.forum_state(FORUM)).expect("state").cookies;
    let jar = cookies.map_or_else(Jar::default, |json| Jar::from_json(json.expose()));
    let settings = ClientSettings {
        isolation: "test".into(),
        addresses: vec![base.clone()],
        max_page_bytes: 2 * 1024 * 1024,
        connect_timeout: Duration::from_secs(2),
        request_timeout: Duration::from_secs(2),
        min_gap: Duration::ZERO,
    };
    // The sample forum's clock stands still: it takes forms at once, and so need not we wait.
    let profile = include_str!("../../selectors/phpbb-3.toml").replace("min_fill_s = 3", "min_fill_s = 0");
    let profile = page::Profile::parse("phpbb-3", &profile).expect("the built-in profile");
    Venue::new(
        Forum {
            name: FORUM.into(),
            profile,
            addresses: vec![base],
            credentials: Some(Credentials { name: NGO.into(), password: "secret".into() }),
            time_zone: jiff::tz::TimeZone::UTC,
            client: Client::new(Transport::Direct, settings, jar).expect("client"),
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
