//! A case with all that its page shows, read in one transaction; and what follows from it alone.
//!
//! It changes nothing and knows no HTML.

use super::view::{QUOTE_CHARS, QuoteView, RoutesView};
use crate::domain::account::AccountId;
use crate::domain::answer::{Answer, Facts};
use crate::domain::case::{Case, CaseId};
use crate::domain::health::is_about_health;
use crate::domain::judgement::{Judgement, Urgency};
use crate::domain::reply::{Draft, Route};
use crate::domain::thread::{Post, PostId, Thread};
use crate::store::{CaseEvent, DraftNote, ReplyRow, StoreError, Tx};
use crate::web::Ways;
use crate::web::marked::{Known, Words, words_for};
use crate::web::texts::Texts;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// Everything of a case that the page shows, read in one transaction.
pub(in crate::web) struct Loaded {
    pub(in crate::web) case: Case,
    pub(in crate::web) thread: Thread,
    pub(in crate::web) posts: Vec<Post>,
    /// The client's posts where the thread stands now: the same, unless it was moved.
    pub(super) here: Vec<Post>,
    /// The latest of them that stands and has words: what a reply may quote.
    question: Option<Post>,
    /// Others have written below it.
    question_is_above: bool,
    pub(super) around: Vec<Post>,
    pub(super) judgement: Option<Judgement>,
    pub(super) gravest: Option<Gravest>,
    pub(super) events: Vec<CaseEvent>,
    pub(in crate::web) draft: Option<Draft>,
    pub(super) note: Option<DraftNote>,
    pub(super) replies: Vec<ReplyRow>,
    pub(super) names: BTreeMap<AccountId, String>,
    pub(in crate::web) answers: Vec<Answer>,
    pub(in crate::web) facts: Facts,
    pub(in crate::web) under_way: bool,
}

/// The post that makes a case an emergency. The client may have written again since, about something lesser.
pub(in crate::web) struct Gravest {
    pub(in crate::web) post: Post,
    judgement: Judgement,
}

impl Gravest {
    /// The topics of a case, those of this post first.
    pub(in crate::web) fn topics_of(&self, case: &Case) -> Vec<String> {
        let mut topics: Vec<String> = self.judgement.topics.iter().map(|t| t.id.clone()).collect();
        topics.extend(case.topics.iter().filter(|id| !topics.contains(id)).cloned().collect::<Vec<_>>());
        topics
    }
}

/// The latest post that is judged an emergency, where the case is one.
pub(in crate::web) fn find_gravest(tx: &Tx<'_>, case: &Case) -> Result<Option<Gravest>, StoreError> {
    if case.urgency != Urgency::Emergency {
        return Ok(None);
    }
    for post in tx.case_posts(case.id)?.into_iter().rev() {
        if let Some(judgement) = tx.find_judgement(post.id)?.filter(|j| j.urgency == Some(Urgency::Emergency)) {
            return Ok(Some(Gravest { post, judgement }));
        }
    }
    Ok(None)
}

pub(in crate::web) fn load(tx: &Tx<'_>, id: CaseId) -> Result<Loaded, StoreError> {
    let case = tx.case(id)?;
    let posts = tx.case_posts(id)?;
    let latest = posts.last().map_or(case.post_id, |p| p.id);
    let mut around = tx.posts_around(case.post_id, 4, 8)?;
    if latest != case.post_id {
        around.extend(tx.posts_around(latest, 2, 8)?);
    }
    around.extend(posts.iter().cloned());
    around.sort_by_key(Post::order);
    around.dedup_by_key(|p| p.id);
    let here = tx.case_posts_here(id)?;
    let question = here.iter().rev().find(|p| p.vanished_at.is_none() && !p.text.expose().trim().is_empty()).cloned();
    let question_is_above = question.as_ref().map_or(Ok(false), |question| tx.has_posts_below(question))?;
    Ok(Loaded {
        thread: tx.thread(case.thread_id)?,
        judgement: tx.find_judgement(latest)?,
        gravest: find_gravest(tx, &case)?,
        events: tx.case_events(id)?,
        draft: tx.find_draft(id)?.filter(|d| !d.text.expose().trim().is_empty()),
        note: tx.find_draft_note(id)?,
        replies: tx.replies_of(id)?,
        names: tx.accounts()?.into_iter().map(|a| (a.id, a.name)).collect(),
        answers: tx.answers()?,
        facts: tx.facts()?,
        under_way: tx.has_reply_under_way(id)?,
        case,
        posts,
        here,
        question,
        question_is_above,
        around,
    })
}

impl Loaded {
    /// Why the case is in the queue: what makes it grave first, then what the latest post adds. What speaks against a
    /// request is no such reason.
    pub(super) fn reasons(&self) -> Vec<String> {
        let judgements = self.gravest.iter().map(|g| &g.judgement).chain(&self.judgement).filter(|j| j.is_request);
        let mut seen = HashSet::new();
        judgements.flat_map(|j| &j.reasons).filter(|reason| seen.insert(*reason)).cloned().collect()
    }

    /// A passage of the post that makes the case an emergency.
    pub(super) fn passage(&self, range: Range<usize>) -> Option<Words> {
        let passage = self.gravest.as_ref()?.post.text.expose().get(range)?;
        Some(self.known().mark(passage, None))
    }

    /// What need not be marked in what clients write.
    pub(in crate::web) fn known(&self) -> Known<'_> {
        let authors = self.around.iter().filter_map(|p| p.author.as_ref()).map(|a| a.expose().as_str());
        Known::new(&self.facts, authors)
    }

    /// A reply right below the question needs no quotation, and what is personal is not quoted unasked.
    pub(in crate::web) fn quote_by_default(&self, ways: Ways) -> Option<PostId> {
        let question = self.question.as_ref().filter(|_| ways.quotes && self.question_is_above)?;
        self.known().clients_details(question.text.expose()).is_empty().then_some(question.id)
    }

    /// What a draft begins as.
    pub(in crate::web) fn new_draft(&self, ways: Ways) -> Draft {
        Draft { quote: self.quote_by_default(ways), ..Draft::default() }
    }

    /// The post that a form asks to quote, if it is one of the case.
    pub(in crate::web) fn quote_of(&self, asked: &str) -> Option<PostId> {
        let id = PostId(asked.parse().ok()?);
        self.here.iter().any(|post| post.id == id).then_some(id)
    }

    /// The tick for quoting; `None` where there is nothing to quote or no way to.
    pub(in crate::web) fn quote_view(&self, ways: Ways, texts: Texts) -> Option<QuoteView> {
        let question = self.question.as_ref().filter(|_| ways.quotes)?;
        let words = question.text.expose();
        let details = self.known().clients_details(words);
        let chosen = self.draft.as_ref().map_or_else(|| self.quote_by_default(ways), |draft| draft.quote);
        Some(QuoteView {
            post: question.id.0,
            ticked: chosen.is_some(),
            text: Words::new(words, &details, Some(QUOTE_CHARS)),
            details: words_for(&details, texts),
        })
    }

    /// Whom a private message would go to.
    pub(in crate::web) fn recipient(&self, ways: Ways) -> Option<&str> {
        let may = ways.messages && !self.here.is_empty();
        self.case.author.as_ref().filter(|_| may).map(|author| author.expose().as_str())
    }

    /// `chosen`: by a form that could not be saved; else the draft says.
    pub(in crate::web) fn routes_view(
        &self,
        ways: Ways,
        text: &str,
        chosen: Option<Route>,
        texts: Texts,
    ) -> RoutesView {
        let details = words_for(&self.known().details(text), texts);
        let health = is_about_health(text).then(|| texts.word("private", "health"));
        let personal = [Some(details).filter(|d| !d.is_empty()), health].into_iter().flatten().collect::<Vec<_>>();
        let recipient = self.recipient(ways).map(str::to_owned);
        let route = chosen.or_else(|| self.draft.as_ref().map(|d| d.route)).unwrap_or_default();
        RoutesView {
            is_message: route == Route::Message && recipient.is_some(),
            recipient,
            no_message: if ways.messages { "route-no-recipient" } else { "route-no-messages" },
            personal: personal.join(", "),
        }
    }

    /// The language to answer in.
    pub(in crate::web) fn reply_lang(&self) -> &'static str {
        if self.judgement.as_ref().is_some_and(|j| j.lang == "en") { "en" } else { "ru" }
    }
}
