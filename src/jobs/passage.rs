//! A person's passage through what a forum asks: fetches what is to be shown, sends what was answered, tries a session
//! that was brought along, and writes down what came of it.
//!
//! One request of an answer for one answer of a person: the row gives its secrets away before they leave, so that a job
//! that is killed in the middle ends the passage and repeats nothing.

use super::{Context, Venue, access};
use crate::clock::Timestamp;
use crate::domain::cookies::GivenSession;
use crate::domain::passage::{Ending, PassageId, Remark, Stage};
use crate::domain::thread::{LookState, Thread};
use crate::forum::{Met, OpenChallenge, Picture, Trouble};
use crate::net::{FaultKind, Jar};
use crate::store::{AlarmKind, PassageRow, PassageWork, ShownChallenge, StoreError};
use anyhow::Context as _;

/// What a passage makes of this turn of the forum's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is none.
    Nothing,
    /// A person has a challenge before them: nothing else may happen to the session.
    Waits,
    Worked,
}

/// Whether a person has begun a passage and waits.
pub(super) async fn is_open(context: &Context, venue: &Venue) -> Result<bool, StoreError> {
    let name = venue.forum.name.clone();
    Ok(context.store.read(move |tx| tx.find_open_passage(&name)).await?.is_some())
}

/// Takes the next step of this forum's open passage.
pub(super) async fn turn(context: &Context, venue: &Venue) -> anyhow::Result<Turn> {
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    let Some(row) = context.store.read::<_, StoreError, _>(move |tx| tx.find_open_passage(&name)).await? else {
        return Ok(Turn::Nothing);
    };
    match row.stage {
        Stage::Ended => Ok(Turn::Nothing),
        _ if now >= row.expires_at => end(context, venue, row.id, Ending::Expired).await,
        Stage::Working => end(context, venue, row.id, Ending::Interrupted).await,
        Stage::Shown => Ok(Turn::Waits),
        Stage::Asked | Stage::Answered | Stage::Given => {
            work(context, venue, &row).await?;
            Ok(Turn::Worked)
        }
    }
}

async fn end(context: &Context, venue: &Venue, id: PassageId, ending: Ending) -> anyhow::Result<Turn> {
    let now = context.clock.now();
    context.store.write::<_, StoreError, _>(move |tx| tx.end_passage(id, ending, None, now)).await?;
    tracing::info!(forum = venue.forum.name, ending = ending.as_str(), "a passage ended");
    Ok(Turn::Nothing)
}

async fn work(context: &Context, venue: &Venue, row: &PassageRow) -> anyhow::Result<()> {
    let (id, name, now) = (row.id, venue.forum.name.clone(), context.clock.now());
    let (work, threads) =
        context.store.write::<_, StoreError, _>(move |tx| Ok((tx.take_passage(id, now)?, tx.threads()?))).await?;
    let thread = thread_to_open(threads, &name);
    let thread = thread.as_ref().map(|t| t.path.expose().as_str());
    match work {
        PassageWork { session: Some(session), .. } => try_session(context, venue, id, &session, thread).await,
        PassageWork { form: Some(form), answer: Some(answer), .. } => {
            let open: OpenChallenge = serde_json::from_str(form.expose()).context("a challenge that was kept")?;
            let met = venue.forum.answer(&open, &answer, thread).await;
            go_on(context, venue, id, Some(&open), met).await
        }
        _ => {
            let met = venue.forum.meet(thread).await;
            go_on(context, venue, id, None, met).await
        }
    }
}

/// One that was kept from being read, else any: the proof of being in is that it can be read.
fn thread_to_open(threads: Vec<Thread>, forum: &str) -> Option<Thread> {
    let needs = [LookState::Challenge, LookState::LoginRequired, LookState::LogInRefused];
    let mut ours: Vec<Thread> = threads.into_iter().filter(|t| t.forum == forum).collect();
    ours.sort_by_key(|t| (!t.last_state.is_some_and(|state| needs.contains(&state)), t.id));
    ours.into_iter().next()
}

/// Writes down what came of it: the next challenge, being let in, or why not. `before`: what was answered.
async fn go_on(
    context: &Context,
    venue: &Venue,
    id: PassageId,
    before: Option<&OpenChallenge>,
    met: Result<Met, Trouble>,
) -> anyhow::Result<()> {
    match met {
        Ok(Met::Challenge(open)) => {
            let remark =
                before.map(|before| if open.is_the_same_step_as(before) { Remark::Wrong } else { Remark::NextStep });
            show(context, venue, id, &open, remark).await?;
        }
        Ok(Met::In { logged_in }) => let_in(context, venue, id, logged_in).await?,
        Ok(Met::NeedsScripts) => drop(end(context, venue, id, Ending::NeedsScripts).await?),
        Ok(Met::NoForm) => drop(end(context, venue, id, Ending::NoForm).await?),
        Err(trouble) => {
            note(context, venue, &trouble).await?;
            end(context, venue, id, ending_of(&trouble)).await?;
        }
    }
    access::save_way(context, venue).await?;
    Ok(())
}

async fn show(
    context: &Context,
    venue: &Venue,
    id: PassageId,
    open: &OpenChallenge,
    remark: Option<Remark>,
) -> anyhow::Result<()> {
    let pictures: Vec<Option<Picture>> = venue.forum.pictures(open).await;
    let mut shown = open.shown().clone();
    shown.pictures = pictures.iter().map(Option::is_some).collect();
    let form = serde_json::to_string(open)?;
    let now = context.clock.now();
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let had = pictures
                .iter()
                .enumerate()
                .filter_map(|(number, picture)| picture.as_ref().map(|p| (number, p.kind, p.bytes.as_slice())));
            let challenge = ShownChallenge { shown: &shown, form: &form, pictures: had.collect(), remark };
            tx.show_challenge(id, &challenge, now)
        })
        .await?;
    tracing::info!(forum = venue.forum.name, "a challenge waits for a person");
    Ok(())
}

/// The forum lets us in: what waited for it goes on at once.
async fn let_in(context: &Context, venue: &Venue, id: PassageId, logged_in: Option<bool>) -> anyhow::Result<()> {
    let ending = match logged_in {
        Some(true) => Ending::LoggedIn,
        Some(false) => Ending::Guest,
        None => Ending::In,
    };
    let (name, now, has_account) = (venue.forum.name.clone(), context.clock.now(), venue.forum.credentials.is_some());
    let way = access::Way::of(&venue.forum);
    let cleared = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            tx.end_passage(id, ending, None, now)?;
            // A guest may read where nothing was readable; an account that cannot get in is as far out as before.
            let cleared = match ending {
                Ending::Guest if has_account && !tx.is_kept_out(&name)? => 0,
                Ending::Guest => tx.clear_forum_alarm(AlarmKind::Challenge, &name, now)?,
                _ => tx.clear_access_alarms(&name, now)?,
            };
            way.remember(tx, &name, true, now)?;
            let mut state = tx.forum_state(&name)?;
            if ending == Ending::LoggedIn {
                state.logged_in_at = Some(now);
            }
            // A guest's session makes a refused password no better.
            if ending != Ending::Guest {
                state.no_log_in_before = None;
            }
            tx.save_forum_state(&name, &state)?;
            tx.let_in(&name, now)?;
            Ok(cleared)
        })
        .await?;
    tracing::info!(forum = venue.forum.name, ending = ending.as_str(), alarms = cleared, "a person brought us in");
    Ok(())
}

/// What keeps the account out is an alarm here too.
async fn note(context: &Context, venue: &Venue, trouble: &Trouble) -> Result<(), StoreError> {
    let tried = matches!(trouble, Trouble::LogInRefused | Trouble::TooManyLogIns);
    let (name, state, now) = (venue.forum.name.clone(), trouble.look_state(), context.clock.now());
    context.store.write(move |tx| access::note(tx, &name, state, tried, now)).await
}

fn ending_of(trouble: &Trouble) -> Ending {
    match trouble {
        Trouble::Fault(fault) => match fault.kind {
            FaultKind::Busy { .. } => Ending::Busy,
            // The form leads elsewhere: a service for such checks. Nothing was sent there.
            FaultKind::OutsideForum => Ending::NoForm,
            FaultKind::TooLarge | FaultKind::RedirectedAway => Ending::Unreadable,
            _ => Ending::Unreachable,
        },
        Trouble::LogInRefused => Ending::LogInRefused,
        Trouble::Challenge => Ending::NoForm,
        Trouble::LoginRequired => Ending::LoginRequired,
        Trouble::TooManyLogIns => Ending::TooManyLogIns,
        Trouble::Closed | Trouble::Forbidden | Trouble::NotFound | Trouble::NoForm | Trouble::NotMessaged(_) => {
            Ending::Unreadable
        }
    }
}

/// Tries a session that a person brought: with it alone, and without logging in. Where the forum does not take it, what
/// was there before comes back.
async fn try_session(
    context: &Context,
    venue: &Venue,
    id: PassageId,
    session: &GivenSession,
    thread: Option<&str>,
) -> anyhow::Result<()> {
    let client = &venue.forum.client;
    let before = (Jar::from_json(&client.jar().to_json()), client.user_agent());
    client.jar().replace(Jar::default());
    put_cookies(venue, session, context.clock.now());
    client.set_user_agent(session.user_agent.as_deref());
    let ending = match venue.forum.meet_as_we_are(thread).await {
        Ok(Met::In { logged_in }) => {
            return let_in(context, venue, id, logged_in).await;
        }
        Ok(Met::Challenge(_) | Met::NeedsScripts | Met::NoForm) | Err(Trouble::Challenge) => Ending::Challenge,
        Err(trouble) => ending_of(&trouble),
    };
    client.jar().replace(before.0);
    client.set_user_agent(before.1.as_deref());
    end(context, venue, id, ending).await?;
    Ok(())
}

fn put_cookies(venue: &Venue, session: &GivenSession, now: Timestamp) {
    for cookie in &session.cookies {
        let mut header = format!("{}={}; Path={}", cookie.name, cookie.value.expose(), cookie.path);
        if let Some(domain) = &cookie.domain {
            header.push_str("; Domain=");
            header.push_str(domain.expose());
        }
        if let Some(at) = cookie.expires_at {
            header.push_str(&format!("; Max-Age={}", at.since_s(now).max(1)));
        }
        if cookie.http_only {
            header.push_str("; HttpOnly");
        }
        let host = cookie.host.as_ref().map(|host| host.expose().as_str());
        let addresses = venue.forum.mirrors.addresses();
        let all = (0..addresses.count()).filter_map(|index| addresses.at(index));
        for address in all.filter(|a| host.is_none() || a.host_str() == host) {
            venue.forum.client.jar().put(&header, address);
        }
    }
}
