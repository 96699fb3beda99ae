//! Profiles broken on purpose: every way of not fitting any more is noticed, nothing is concluded from such pages, and
//! there is one alarm that says what matched before.

use crate::util::{Fault, POSTS_PER_PAGE, World};
use netreach::domain::case::Stage;
use netreach::domain::look::{ListMatched, Matched};
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

/// No row of the list is found, and the list is still seen to be one.
const ROWS: Fault = Fault::ReplacedInLists(&[("topictitle", "topicname")]);
const VIEWS: Fault = Fault::ReplacedInLists(&[("<dd class=\"views\">", "<dd class=\"seen\">")]);
const LIST_TIMES: Fault = Fault::ReplacedInLists(&[("<time datetime=", "<span data-at=")]);
/// Nothing that a list is read for, but the rows.
const VALUES: Fault = Fault::ReplacedInLists(&[
    ("<dd class=\"views\">", "<dd class=\"seen\">"),
    ("<dd class=\"posts\">", "<dd class=\"said\">"),
    ("<time datetime=", "<span data-at="),
]);

/// A thread whose list was read while all was well.
async fn known_list() -> World {
    let world = World::new().await;
    world.client_posts("запись");
    world.work_for_s(120).await;
    assert_eq!(world.read(|tx| tx.looks(world.thread, 5)).iter().filter(|row| row.look.pages == 0).count(), 1);
    world
}

/// Reads the list, and the thread if it is due.
async fn read_list(world: &World) {
    world.clock.advance_s(3700);
    world.work().await;
}

/// The list drifts in this way; answers what the alarm says was found before, and what now.
async fn list_drifts(fault: Fault) -> (ListMatched, ListMatched) {
    let world = known_list().await;
    let healthy_at = world.clock.now();
    world.faults.set(fault);
    read_list(&world).await;
    assert!(alarms(&world).is_empty(), "{fault:?}: one odd list is no alarm");
    for _ in 0..3 {
        read_list(&world).await;
        let alarms = alarms(&world);
        assert_eq!(alarms.len(), 1, "{fault:?}: one alarm, and no storm");
        assert_eq!((alarms[0].kind, alarms[0].thread_id), (AlarmKind::ListDrift, None), "{fault:?}");
        let last = alarms[0].last_success_at.expect("it has worked");
        assert!(healthy_at.since_s(last) < 120, "{fault:?}");
    }
    assert_eq!(world.thread().last_state, Some(LookState::Ok), "{fault:?}: the thread is well");
    let drift = alarms(&world).remove(0).list_drift.expect("told");
    assert!(!drift.complaints.is_empty(), "{fault:?}");
    world.faults.mend();
    read_list(&world).await;
    assert!(alarms(&world).is_empty(), "{fault:?}: it clears by itself");
    (drift.before.expect("there was a healthy reading"), drift.now)
}

const HEALTHY_LIST: ListMatched = ListMatched { rows: 1, views: 1, replies: 1, times: 1, ours: 1 };

#[tokio::test]
async fn list_whose_rows_are_not_found_is_an_alarm_that_says_what_was_there() {
    assert_eq!(list_drifts(ROWS).await, (HEALTHY_LIST, ListMatched::default()));
}

#[tokio::test]
async fn list_whose_views_are_not_found_is_an_alarm() {
    assert_eq!(list_drifts(VIEWS).await, (HEALTHY_LIST, ListMatched { views: 0, ..HEALTHY_LIST }));
}

#[tokio::test]
async fn list_whose_times_are_not_found_is_an_alarm() {
    assert_eq!(list_drifts(LIST_TIMES).await, (HEALTHY_LIST, ListMatched { times: 0, ..HEALTHY_LIST }));
}

#[tokio::test]
async fn list_that_tells_nothing_any_more_or_is_something_else_or_gone_is_an_alarm() {
    let rows_alone = ListMatched { rows: 1, ..ListMatched::default() };
    for (fault, now) in [
        (VALUES, rows_alone),
        (Fault::ListOfOtherShape, ListMatched::default()),
        (Fault::ListGone, ListMatched::default()),
    ] {
        assert_eq!(list_drifts(fault).await, (HEALTHY_LIST, now), "{fault:?}");
    }
}

#[tokio::test]
async fn list_that_is_odd_now_and_then_is_no_alarm() {
    let world = known_list().await;
    for _ in 0..3 {
        world.faults.set(ROWS);
        read_list(&world).await;
        world.faults.mend();
        read_list(&world).await;
        assert!(alarms(&world).is_empty());
    }
}

#[tokio::test]
async fn list_that_is_read_for_news_drifts_and_its_threads_are_read_themselves_meanwhile() {
    let world = World::new().await;
    world.add_thread("Вторая тема");
    world.work_for_s(4_000).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why == "listed"));
    world.faults.set(ROWS);
    world.work_for_s(3 * 3600).await;
    let found = alarms(&world);
    assert_eq!((found.len(), found[0].kind), (1, AlarmKind::ListDrift));
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why != "listed"));
    world.client_posts("Подскажите, где сдать тест на гепатит?");
    world.work_for_s(2_400).await;
    world.only_case();
    world.faults.mend();
    world.work_for_s(4_000).await;
    assert!(alarms(&world).is_empty());
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why == "listed"));
}

#[tokio::test]
async fn forum_that_is_down_busy_or_asks_for_a_person_says_nothing_of_its_lists() {
    for fault in [Fault::BreakOff, Fault::Busy, Fault::Challenge] {
        let world = known_list().await;
        world.faults.set(fault);
        for _ in 0..6 {
            read_list(&world).await;
        }
        let found = alarms(&world);
        assert!(!found.is_empty() && found.iter().all(|alarm| alarm.kind != AlarmKind::ListDrift), "{fault:?}");
    }
}

#[tokio::test]
async fn forum_of_which_every_page_is_odd_has_the_alarm_of_its_threads_alone() {
    for (fault, kind) in [(Fault::OtherShape, AlarmKind::Drift), (Fault::Gone, AlarmKind::ThreadGone)] {
        let world = known_list().await;
        world.faults.set(fault);
        for _ in 0..6 {
            read_list(&world).await;
        }
        let found = alarms(&world);
        assert_eq!((found.len(), found[0].kind), (1, kind), "{fault:?}");
        // It comes back, step by step.
        world.faults.mend();
        for _ in 0..1_440 {
            world.clock.advance_s(10);
            world.work().await;
            assert!(alarms(&world).iter().all(|alarm| alarm.kind == kind), "{fault:?}");
        }
        assert!(alarms(&world).is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn what_a_list_shows_to_those_who_are_not_let_in_is_no_drift() {
    let world = known_list().await;
    world.faults.set(Fault::Challenge);
    look(&world).await;
    // The thread waits for a person; the list alone is read, and looks empty.
    world.faults.set(ROWS);
    for _ in 0..3 {
        world.clock.advance_s(3700);
        world.write(|tx| tx.set_next_look(world.thread, world.clock.now().plus_s(3600), "test"));
        world.work().await;
    }
    assert_eq!(world.thread().last_state, Some(LookState::Challenge));
    let found = alarms(&world);
    assert_eq!((found.len(), found[0].kind), (1, AlarmKind::Challenge));
}

#[tokio::test]
async fn thread_that_others_pushed_off_the_lists_first_page_is_no_drift() {
    let world = known_list().await;
    for n in 0..60 {
        world.clock.advance_s(1);
        world.site.add_topic("кто-то", &format!("Чужая тема {n}"), "текст");
    }
    for _ in 0..3 {
        read_list(&world).await;
        assert!(alarms(&world).is_empty());
    }
}

#[tokio::test]
async fn odd_list_and_its_alarm_are_remembered_across_restarts() {
    let mut world = known_list().await;
    world.faults.set(ROWS);
    read_list(&world).await;
    world.restart().await;
    assert!(alarms(&world).is_empty());
    read_list(&world).await;
    let found = alarms(&world);
    assert_eq!((found.len(), found[0].kind), (1, AlarmKind::ListDrift));
    world.restart().await;
    assert_eq!(alarms(&world)[0].since, found[0].since);
    world.faults.mend();
    read_list(&world).await;
    assert!(alarms(&world).is_empty());
}

#[tokio::test]
async fn list_that_has_not_changed_since_a_healthy_reading_is_healthy() {
    let world = known_list().await;
    world.faults.set(Fault::OffersEtags);
    for _ in 0..3 {
        read_list(&world).await;
    }
    assert!(world.faults.unchanged() > 0);
    let last_healthy = world.clock.now();
    world.faults.set(ROWS);
    read_list(&world).await;
    read_list(&world).await;
    assert_eq!(alarms(&world)[0].last_success_at, Some(last_healthy));
}
