//! The desk: the pages that workers, verifiers and coordinators use in Tor Browser with scripts off.
//!
//! It changes rows and never dials: sending and reading the forum is `jobs`' work, and this module cannot name it.
//! Every route is declared in [`routes`] with what it needs, and [`access`] checks it before the handler runs, together
//! with the session and the form's CSRF token; a handler cannot be reached in another way.

mod access;
mod answers;
mod assets;
mod case;
mod confirm;
mod directory;
mod engagement;
mod error;
mod extract;
mod headers;
mod learning;
mod lesson;
mod library;
mod login;
mod marked;
mod moment;
mod multipart;
mod page;
mod passage;
pub mod password;
mod queue;
mod reply;
mod session;
mod texts;
mod threads;
mod topics;

pub use access::{Access, RouteInfo};
pub use error::Error;
pub use texts::Lang;

use crate::clock::Clock;
use crate::domain::account::Permission::{
    EditAnswers, EditDirectory, PassChallenges, ReadAnswers, ReadCases, ReadThreads, ReviewLessons, SeeLearning,
    VerifyAnswers, WorkCases,
};
use crate::store::Store;
use crate::triage;
use access::Access::{LoggedIn, May, Open};
use access::Routes;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use url::Url;

/// What the desk needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Zone of every time shown and of the days in the engagement report.
    pub time_zone: jiff::tz::TimeZone,
    /// For a person who chose no language and whose browser names neither.
    pub language: Lang,
    /// Says on every page that nothing is real.
    pub demo: bool,
    /// Under which account name replies appear, by the forum's name in the configuration.
    pub forum_accounts: BTreeMap<String, String>,
    /// What replies can do there, by the same name.
    pub forum_ways: BTreeMap<String, Ways>,
    /// The addresses of each forum, by its name: which one is in use, and whose cookies are whose.
    pub forum_addresses: BTreeMap<String, Vec<Url>>,
}

/// What a forum lets a reply be, by its profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// A reply can quote the question.
    pub quotes: bool,
    /// A reply can be a private message.
    pub messages: bool,
}

/// What every handler shares.
#[derive(Clone)]
struct Desk(Arc<Shared>);

struct Shared {
    store: Store,
    clock: Clock,
    settings: Settings,
    triage: triage::Current,
    suggestions: library::Library,
    gate: login::Gate,
}

impl Desk {
    fn ways(&self, forum: &str) -> Ways {
        self.settings.forum_ways.get(forum).copied().unwrap_or_default()
    }
}

impl Deref for Desk {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The desk as a service, ready to be put on a listener. With a sentence model it is to be called inside the runtime.
pub fn router(store: Store, clock: Clock, settings: Settings, triage: triage::Current) -> axum::Router {
    let (suggestions, gate) = (library::Library::default(), login::Gate::default());
    let shared = Shared { store, clock, settings, triage, suggestions, gate };
    let desk = Desk(Arc::new(shared));
    if desk.triage.triage().has_sentences() {
        tokio::spawn(prepare_suggestions(desk.clone()));
    }
    headers::protect(table().into_router(&desk), desk)
}

/// Reads the library's questions with the sentence model before anybody waits for it: for 500 answers that takes seconds.
async fn prepare_suggestions(desk: Desk) {
    let prepared = match desk.store.read(|tx| tx.answers()).await {
        Ok(answers) => {
            let built = move || drop(desk.suggestions.suggester(&answers, &desk.triage.triage()));
            tokio::task::spawn_blocking(built).await.is_ok()
        }
        Err(_) => false,
    };
    if !prepared {
        tracing::warn!("suggestions could not be prepared: the first case that is opened waits for them");
    }
}

/// Every route with what it needs: for the test that tries all of them in every role.
pub fn routes() -> Vec<RouteInfo> {
    table().infos()
}

fn table() -> Routes {
    Routes::new()
        .get(assets::style_path(), Open, assets::style)
        .get("/favicon.ico", Open, assets::icon)
        .get("/login", Open, login::show)
        .post("/login", Open, login::create)
        .post("/logout", LoggedIn, login::destroy)
        .post("/language", LoggedIn, login::set_language)
        .get("/", May(ReadCases), queue::list)
        .get("/case/{id}", May(ReadCases), case::show)
        .post("/case/{id}/claim", May(WorkCases), case::claim)
        .post("/case/{id}/release", May(WorkCases), case::release)
        .post("/case/{id}/close", May(WorkCases), case::close)
        .post("/case/{id}/reply", May(WorkCases), reply::save)
        .post("/case/{id}/correct", May(WorkCases), lesson::correct)
        .get("/case/{id}/confirm", May(WorkCases), confirm::show)
        .post("/case/{id}/send", May(WorkCases), confirm::send)
        .post("/reply/{id}", May(WorkCases), reply::decide)
        .get("/answers", May(ReadAnswers), answers::list)
        .get("/answers/{id}", May(ReadAnswers), answers::show)
        .get("/answers/{id}/edit", May(EditAnswers), answers::edit)
        .post("/answers/{id}/edit", May(EditAnswers), answers::update)
        .post("/answers/{id}/verify", May(VerifyAnswers), answers::verify)
        .post("/answers/{id}/unverify", May(VerifyAnswers), answers::unverify)
        .get("/directory", May(ReadAnswers), directory::list)
        .post("/directory", May(EditDirectory), directory::update)
        .get("/threads", May(ReadThreads), threads::list)
        .get("/threads/{id}", May(ReadThreads), threads::show)
        .get("/access/{id}", May(PassChallenges), passage::show)
        .get("/access/{id}/picture/{number}", May(PassChallenges), passage::picture)
        .post("/access/{id}/ask", May(PassChallenges), passage::ask)
        .post("/access/{id}/answer", May(PassChallenges), passage::answer)
        .post("/access/{id}/drop", May(PassChallenges), passage::give_up)
        .post("/access/{id}/session", May(PassChallenges), passage::give_session)
        .get("/learning", May(SeeLearning), learning::list)
        .post("/learning/learn", May(SeeLearning), learning::ask)
        .post("/learning/{id}/accept", May(ReviewLessons), learning::accept)
        .post("/learning/{id}/reject", May(ReviewLessons), learning::reject)
        .get("/engagement", May(ReadThreads), engagement::list)
        .get("/engagement.csv", May(ReadThreads), engagement::csv)
}
