//! Profiles broken on purpose: every way of not fitting any more is noticed, nothing is concluded from such pages, and
//! there is one alarm that says what matched before.

use crate::util::{Fault, POSTS_PER_PAGE, World};
use netreach::domain::case::Stage;
use netreach::domain::look::Matched;
use netreach::domain::thread::LookState;
use netreach::store::{Alarm, AlarmKind};

/// Every post under another class.
const POSTS: Fault = Fault::Replaced(&[("class=\"post ", "class=\"entry ")]);
const HALF: Fault = Fault::HalfOfThePosts;
const AUTHORS: Fault = Fault::Replaced(&[("<strong><span class=\"username\">", "<b><span class=\"nick\">")]);
const TIMES: Fault = Fault::Replaced(&[("<time datetime=", "<span data-at=")]);
const BODIES: Fault =
    Fault::Replaced(&[("<div class=\"content\">", "<div class=\"words\">"), ("post_content", "said")]);
const NEXT_LINK: Fault = Fault::Replaced(&[("rel=\"next\"", "rel=\"onward\""), ("arrow next", "arrow onward")]);
const ALL_LINKS: Fault = Fault::Replaced(&[
    ("<a class=\"button button-icon-only\"", "<span class=\"button button-icon-only\""),
    ("<a class=\"button\" href=", "<span class=\"button\" data-href="),
]);
const PAGE_COUNTS: Fault = Fault::Replaced(&[("class=\"pagination\"", "class=\"pager\"")]);

/// A thread of three pages that was read while all was well.
async fn known_thread() -> World {
    let world = World::new().await;
    for n in 1..POSTS_PER_PAGE * 2 + 5 {
        world.client_posts(&format!("запись номер {n}"));
    }
    world.work().await;
    assert_eq!(world.thread().last_state, Some(LookState::Ok));
    world
}

/// Looks now; so much later that the budget allows it.
async fn look(world: &World) -> LookState {
    world.clock.advance_s(1200);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    world.thread().last_state.expect("a look was taken")
}

fn alarms(world: &World) -> Vec<Alarm> {
    world.read(|tx| tx.alarms())
}

/// The thread drifts in this way; answers what the alarm says was found before, and what now.
async fn drifts(world: &World, fault: Fault) -> (Matched, Matched) {
    let posts = world.read(|tx| tx.count_posts(world.thread));
    let healthy_at = world.thread().last_success_at;
    world.faults.set(fault);
    assert!([LookState::Incomplete, LookState::Unrecognised].contains(&look(world).await), "{fault:?}");
    assert!(alarms(world).is_empty(), "{fault:?}: one odd page is no alarm");
    for _ in 0..3 {
        look(world).await;
        let alarms = alarms(world);
        assert_eq!(alarms.len(), 1, "{fault:?}: one alarm, and no storm");
        assert_eq!((alarms[0].kind, alarms[0].thread_id), (AlarmKind::Drift, Some(world.thread)), "{fault:?}");
        assert!(alarms[0].last_success_at >= healthy_at, "{fault:?}");
    }
    // Not even a whole reading concludes anything.
    world.write(|tx| tx.set_whole_read_at(world.thread, None));
    look(world).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), posts, "{fault:?}: no post vanishes");
    let drift = alarms(world).remove(0).drift.expect("told");
    assert!(!drift.complaints.is_empty(), "{fault:?}");
    world.faults.mend();
    world.work_for_s(4 * 3600).await;
    assert!(alarms(world).is_empty(), "{fault:?}: it clears by itself");
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), posts, "{fault:?}");
    (drift.before.expect("there was a healthy look"), drift.now)
}

#[tokio::test]
async fn posts_under_another_class_are_drift_and_the_alarm_says_what_was_there() {
    let world = known_thread().await;
    let (before, now) = drifts(&world, POSTS).await;
    assert!(before.posts > 0 && before.authors == before.posts && before.times == before.posts);
    assert_eq!(now, Matched::default());
}

#[tokio::test]
async fn page_with_fewer_posts_than_it_counts_is_drift() {
    let world = known_thread().await;
    let (before, now) = drifts(&world, HALF).await;
    let page = u32::try_from(POSTS_PER_PAGE).expect("small");
    assert_eq!((before.posts, now.posts), (page * 2 + 5, page + 3));
    assert_eq!(now.authors, now.posts);
}

#[tokio::test]
async fn authors_that_are_not_found_are_drift() {
    let world = known_thread().await;
    let (before, now) = drifts(&world, AUTHORS).await;
    assert_eq!((before.authors, now.authors, now.posts), (before.posts, 0, before.posts));
}

#[tokio::test]
async fn times_that_are_not_found_are_drift() {
    let world = known_thread().await;
    let (before, now) = drifts(&world, TIMES).await;
    assert_eq!((before.times, now.times, now.posts), (before.posts, 0, before.posts));
}

#[tokio::test]
async fn words_that_are_not_found_are_drift_and_no_edit() {
    let world = known_thread().await;
    let (before, now) = drifts(&world, BODIES).await;
    assert_eq!((before.texts, now.texts), (before.posts, 0));
    assert!(world.read(|tx| tx.looks(world.thread, 200)).iter().all(|row| row.look.edited_posts == 0));
}

#[tokio::test]
async fn next_link_alone_is_not_missed_while_pages_are_numbered() {
    let world = known_thread().await;
    world.faults.set(NEXT_LINK);
    world.write(|tx| tx.set_whole_read_at(world.thread, None));
    assert_eq!(look(&world).await, LookState::Ok);
}

#[tokio::test]
async fn page_links_that_are_not_found_are_drift() {
    drifts(&known_thread().await, ALL_LINKS).await;
}

#[tokio::test]
async fn page_counts_that_are_not_found_are_drift() {
    drifts(&known_thread().await, PAGE_COUNTS).await;
}

#[tokio::test]
async fn what_was_written_while_half_of_the_posts_were_not_found_is_found_when_they_are() {
    let world = known_thread().await;
    world.faults.set(HALF);
    look(&world).await;
    for n in 0..POSTS_PER_PAGE * 2 {
        world.client_posts(&format!("ещё запись {n}"));
        if n % 10 == 0 {
            look(&world).await;
        }
    }
    look(&world).await;
    world.faults.mend();
    world.work_for_s(2 * 3600).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), POSTS_PER_PAGE as u64 * 4 + 5);
}

#[tokio::test]
async fn past_of_a_thread_that_was_first_read_in_part_opens_no_cases_when_it_is_read_whole() {
    let world = World::new().await;
    let long_ago = world.clock.now().plus_s(-90 * 24 * 3600);
    for n in 0..POSTS_PER_PAGE * 2 {
        let text = format!("Подскажите, где бесплатно сдать тест на гепатит С, вопрос {n}?");
        world.site.add_post_at(world.topic, &format!("гость {n}"), &text, long_ago);
    }
    world.faults.set(ALL_LINKS);
    look(&world).await;
    look(&world).await;
    assert!(world.read(|tx| tx.count_posts(world.thread)) < POSTS_PER_PAGE as u64 * 2);
    world.faults.mend();
    world.work_for_s(2 * 3600).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), POSTS_PER_PAGE as u64 * 2 + 1);
    assert!(world.read(|tx| tx.queue(Stage::Initiated, 10)).is_empty());
    world.client_posts("Подскажите, где бесплатно сдать тест на ВИЧ?");
    world.site.add_post(world.topic, crate::util::NGO, "Ответ кому-то другому.");
    world.work_for_s(1200).await;
    world.only_case();
}

#[tokio::test]
async fn several_threads_that_drift_are_one_alarm_of_the_forum() {
    let world = World::new().await;
    let others = [world.add_thread("Вторая тема"), world.add_thread("Третья тема")];
    let all = [world.thread, others[0], others[1]];
    let look_at_all = async || {
        for thread in all {
            world.clock.advance_s(1200);
            // What the list asks for is not put off by the plan.
            world.write(|tx| tx.set_next_look(thread, world.clock.now(), "list_news"));
            world.work().await;
        }
    };
    look_at_all().await;
    world.faults.set(POSTS);
    look_at_all().await;
    look_at_all().await;
    let found = alarms(&world);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].thread_id, found[0].threads), (AlarmKind::Drift, None, 3));
    let drift = found[0].drift.clone().expect("told");
    assert_eq!((drift.before.expect("healthy").posts, drift.now.posts), (3, 0));
    assert_eq!(world.read(|tx| tx.alarms_of(world.thread, "sample")).len(), 1, "each thread's page tells its own");
    world.faults.mend();
    look(&world).await;
    // Others may have been due as well.
    assert!(alarms(&world).first().is_none_or(|alarm| alarm.threads < 3), "at least one of them is well again");
}

#[tokio::test]
async fn forum_that_does_not_answer_is_one_alarm_and_all_its_threads_are_looked_at_when_it_is_back() {
    let world = World::new().await;
    world.add_thread("Вторая тема");
    world.work_for_s(600).await;
    world.faults.set(Fault::BreakOff);
    world.work_for_s(5 * 3600).await;
    let found = alarms(&world);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind, found[0].thread_id, found[0].threads), (AlarmKind::Unreachable, None, 2));
    world.faults.mend();
    // One thread is due at last; the other one follows although it would wait for hours.
    look(&world).await;
    world.work_for_s(1200).await;
    assert!(alarms(&world).is_empty());
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.last_state == Some(LookState::Ok)));
}

#[tokio::test]
async fn thread_with_another_fault_has_the_alarm_of_that_one_and_a_flickering_one_makes_no_storm() {
    let world = known_thread().await;
    world.faults.set(POSTS);
    look(&world).await;
    look(&world).await;
    let since = alarms(&world)[0].since;
    for _ in 0..3 {
        world.faults.set(Fault::Gone);
        look(&world).await;
        world.faults.set(POSTS);
        look(&world).await;
        let found = alarms(&world);
        assert_eq!((found.len(), found[0].kind, found[0].since), (1, AlarmKind::Drift, since));
    }
    world.faults.set(Fault::Gone);
    look(&world).await;
    look(&world).await;
    let found = alarms(&world);
    assert_eq!((found.len(), found[0].kind), (1, AlarmKind::ThreadGone));
}
