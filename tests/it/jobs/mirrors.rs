//! A forum with several addresses: another one is asked when one cannot be reached, and nothing else changes.

use crate::util::{Fault, NGO, Onions, POSTS_PER_PAGE, World, onion};
use netreach::domain::case::CaseId;
use netreach::domain::reply::{Delivery, ReplyId};
use netreach::domain::thread::LookState;
use netreach::jobs;
use netreach::sample_forum::SampleForum;
use netreach::store::AlarmKind;

const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";
const REPLY: &str = "Тест бесплатный и анонимный, паспорт не нужен. Приходите в автобус, расскажем остальное.";

/// Looks now; so much later that the budget allows it.
async fn look(world: &World) -> LookState {
    world.clock.advance_s(1200);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    world.thread().last_state.expect("a look was taken")
}

fn in_use(world: &World) -> usize {
    world.venue.forum.mirrors.in_use()
}

fn has_alarm(world: &World, kind: AlarmKind) -> bool {
    world.read(|tx| tx.alarms()).iter().any(|alarm| alarm.kind == kind)
}

async fn with_case() -> (World, Onions, CaseId) {
    let (world, onions) = World::with_mirrors(2).await;
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    (world, onions, case)
}

/// What is written on the forum, one post after the other, and where that is read too.
fn write_on(site: &SampleForum, world: &World, texts: &[String]) -> Vec<u64> {
    texts.iter().map(|text| site.add_post(world.topic, "ночной_гость", text)).collect()
}

/// New, edited and vanished posts of every look since this moment.
fn changes_since(world: &World, since: netreach::clock::Timestamp) -> (usize, usize, usize) {
    let looks = world.read(|tx| tx.looks(world.thread, 100));
    let looks = looks.iter().map(|row| &row.look).filter(|look| look.at > since);
    looks.fold((0, 0, 0), |sum, look| (sum.0 + look.new_posts, sum.1 + look.edited_posts, sum.2 + look.vanished_posts))
}

fn assert_stands_once(world: &World, reply: ReplyId) {
    assert_eq!(world.times_on_forum(REPLY), 1);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}

#[tokio::test]
async fn dead_address_gives_way_to_the_next_one_within_the_same_look() {
    let (world, onions) = World::with_mirrors(3).await;
    world.work().await;
    onions.down(0);
    onions.down(1);
    world.client_posts(QUESTION);
    assert_eq!(look(&world).await, LookState::Ok);
    assert_eq!((in_use(&world), world.thread().failed_looks), (2, 0));
    world.only_case();
    assert!(has_alarm(&world, AlarmKind::MirrorDown));
}

#[tokio::test]
async fn posts_are_the_same_whichever_address_they_are_read_at() {
    let (world, onions) = World::with_mirrors(2).await;
    for n in 0..50 {
        world.client_posts(&format!("запись {n}"));
    }
    world.work().await;
    let posts = world.read(|tx| tx.count_posts(world.thread));
    onions.down(0);
    world.write(|tx| tx.set_whole_read_at(world.thread, None));
    assert_eq!(look(&world).await, LookState::Ok);
    assert_eq!((in_use(&world), world.read(|tx| tx.count_posts(world.thread))), (1, posts));
    let looks = world.read(|tx| tx.looks(world.thread, 5));
    let look = looks.iter().map(|row| &row.look).find(|look| look.pages > 0).expect("a look");
    assert_eq!((look.pages, look.new_posts, look.edited_posts, look.vanished_posts), (3, 0, 0, 0));
}

#[tokio::test]
async fn address_that_hangs_in_the_middle_of_a_thread_gives_way_too() {
    let (world, onions) = World::with_mirrors(2).await;
    for n in 0..50 {
        world.client_posts(&format!("запись {n}"));
    }
    onions.faults[0].after(1, Fault::BreakOff);
    world.work().await;
    assert_eq!(world.thread().last_state, Some(LookState::Ok));
    assert_eq!((in_use(&world), world.read(|tx| tx.count_posts(world.thread))), (1, 51));
}

#[tokio::test]
async fn busy_forum_challenge_or_log_in_is_no_reason_to_go_elsewhere() {
    for (fault, state) in [
        (Fault::Busy, LookState::Busy),
        (Fault::Challenge, LookState::Challenge),
        (Fault::OtherShape, LookState::Unrecognised),
        (Fault::RedirectAway, LookState::RedirectedAway),
    ] {
        let (world, onions) = World::with_mirrors(2).await;
        world.work().await;
        onions.faults[0].set(fault);
        assert_eq!(look(&world).await, state);
        assert_eq!((in_use(&world), onions.connections(1)), (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn restart_begins_with_the_address_that_worked() {
    let (mut world, onions) = World::with_mirrors(2).await;
    onions.down(0);
    world.work().await;
    let asked = onions.connections(0);
    world.restart().await;
    assert_eq!(look(&world).await, LookState::Ok);
    assert_eq!((in_use(&world), onions.connections(0)), (1, asked));
}

#[tokio::test]
async fn first_address_is_tried_again_after_an_hour_and_costs_no_look() {
    let (world, onions) = World::with_mirrors(2).await;
    onions.down(0);
    world.work().await;
    let asked = onions.connections(0);
    for _ in 0..3 {
        assert_eq!(look(&world).await, LookState::Ok);
    }
    assert_eq!((onions.connections(0), in_use(&world)), (asked + 1, 1), "once in this hour, in vain");
    onions.up(0);
    for _ in 0..3 {
        assert_eq!(look(&world).await, LookState::Ok);
    }
    assert_eq!(in_use(&world), 0);
    assert!(!has_alarm(&world, AlarmKind::MirrorDown));
    assert_eq!(world.thread().failed_looks, 0);
}

#[tokio::test]
async fn address_that_shows_something_else_is_not_returned_to() {
    let (world, onions) = World::with_mirrors(2).await;
    onions.down(0);
    world.work().await;
    onions.up(0);
    onions.faults[0].set(Fault::OtherShape);
    for _ in 0..4 {
        assert_eq!(look(&world).await, LookState::Ok);
    }
    assert_eq!(in_use(&world), 1);
}

#[tokio::test]
async fn forum_that_is_down_at_every_address_is_unreachable_and_comes_back() {
    let (world, onions) = World::with_mirrors(2).await;
    world.work().await;
    onions.down(0);
    onions.down(1);
    for _ in 0..3 {
        assert_eq!(look(&world).await, LookState::Unreachable);
    }
    assert!(has_alarm(&world, AlarmKind::Unreachable) && !has_alarm(&world, AlarmKind::MirrorDown));
    onions.up(1);
    assert_eq!(look(&world).await, LookState::Ok);
    assert!(!has_alarm(&world, AlarmKind::Unreachable));
}

#[tokio::test]
async fn each_address_has_a_session_and_circuits_of_its_own() {
    let (world, onions, case) = with_case().await;
    let first = world.approve(case, "Первый ответ, подробный и полный.");
    world.work_for_s(60).await;
    assert_eq!((world.delivery(first), world.site.log_ins()), (Delivery::Confirmed, 1));
    onions.down(0);
    world.client_posts("а ещё вопрос можно? когда вы работаете?");
    world.work_for_s(800).await;
    let second = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, second);
    assert_eq!(world.site.log_ins(), 2, "the second address was logged in to, once");
    let groups = onions.groups();
    let groups_of = |index: usize| -> Vec<&str> {
        let host = onion(index).host_str().expect("host").to_owned();
        groups.iter().filter(|(_, reached)| *reached == host).map(|(group, _)| group.as_str()).collect()
    };
    assert_eq!((groups_of(0).len(), groups_of(1).len()), (1, 1));
    assert_ne!(groups_of(0), groups_of(1));
    // The session at the first address is still there.
    onions.up(0);
    onions.down(1);
    world.client_posts("спасибо! а где автобус стоит завтра, подскажите?");
    world.work_for_s(800).await;
    let third = world.approve(case, "Третий ответ, тоже подробный и полный.");
    world.work_for_s(60).await;
    assert_eq!((world.delivery(third), world.site.log_ins()), (Delivery::Confirmed, 2));
}

#[tokio::test]
async fn address_that_dies_while_the_form_is_opened_does_not_keep_the_reply_waiting() {
    let (world, onions, case) = with_case().await;
    onions.down(0);
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
    assert_eq!(in_use(&world), 1);
}

#[tokio::test]
async fn pages_that_name_another_address_lead_to_forms_at_the_one_they_came_from() {
    let (world, onions, case) = with_case().await;
    // Every link and form of the second address names the first one, which is down.
    onions.faults[1].set(Fault::NamesHost(0));
    onions.down(0);
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
    for n in 0..30 {
        world.client_posts(&format!("запись {n}"));
    }
    assert_eq!(look(&world).await, LookState::Ok);
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 33);
}

#[tokio::test]
async fn redirect_to_another_address_is_followed_at_this_one() {
    let (world, onions, case) = with_case().await;
    onions.faults[1].set(Fault::RedirectsToHost(0));
    onions.down(0);
    look(&world).await;
    let asked = onions.connections(0);
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
    assert_eq!(onions.connections(0), asked, "the first address is not asked");
}

#[tokio::test]
async fn address_that_dies_after_the_log_in_is_followed_by_a_log_in_at_the_next_one() {
    let (world, onions, case) = with_case().await;
    // The thread, the log-in page, the log-in and the page behind it; then nothing more.
    onions.faults[0].after(4, Fault::BreakOff);
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
    assert_eq!((in_use(&world), world.site.log_ins()), (1, 2));
}

#[tokio::test]
async fn address_that_only_sends_us_on_to_another_one_of_the_list_is_followed() {
    let (world, onions) = World::with_mirrors(2).await;
    onions.faults[0].set(Fault::MovedToHost(1));
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn no_form_goes_to_a_host_that_is_not_on_the_list() {
    let (world, onions, case) = with_case().await;
    onions.faults[0].set(Fault::NamesHost(3));
    let before = world.site.log_ins();
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_eq!(world.reply(reply).reason.as_deref(), Some("outside_forum"));
    assert_eq!((world.times_on_forum(REPLY), world.site.log_ins(), onions.connections(3)), (0, before, 0));
}

#[tokio::test]
async fn reply_whose_answer_was_lost_is_read_back_at_another_address_and_not_sent_again() {
    let (world, onions, case) = with_case().await;
    onions.faults[0].once(Fault::AcceptAndDrop);
    let reply = world.approve(case, REPLY);
    jobs::work_once(&world.context(), &world.venue).await.expect("works");
    assert_eq!(world.delivery(reply), Delivery::Posting);
    onions.down(0);
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
    assert_eq!(in_use(&world), 1);
}

#[tokio::test]
async fn reply_that_is_not_seen_at_another_address_is_given_to_a_person_and_not_sent_again() {
    let (mut world, onions, case) = with_case().await;
    onions.faults[0].once(Fault::DropBefore);
    let reply = world.approve(case, REPLY);
    world.work().await;
    onions.down(0);
    world.work_for_s(600).await;
    assert_eq!(world.delivery(reply), Delivery::Posting);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("not_found_elsewhere"));
    world.restart().await;
    world.work_for_s(1800).await;
    assert_eq!(world.delivery(reply), Delivery::Unknown);
    assert_eq!((world.reply(reply).progress.attempts, world.times_on_forum(REPLY)), (1, 0));
}

#[tokio::test]
async fn reply_that_never_arrived_is_sent_again_once_its_own_address_shows_that() {
    let (world, onions, case) = with_case().await;
    onions.faults[0].once(Fault::DropBefore);
    let reply = world.approve(case, REPLY);
    world.work().await;
    onions.down(0);
    world.work_for_s(300).await;
    onions.up(0);
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
    assert_eq!(world.reply(reply).progress.attempts, 2);
}

#[tokio::test]
async fn lists_are_read_at_another_address_too() {
    let (world, onions) = World::with_mirrors(2).await;
    world.work().await;
    onions.down(0);
    world.site.set_views(world.topic, 1547);
    world.work_for_s(4_000).await;
    let looks = world.read(|tx| tx.looks(world.thread, 20));
    assert!(looks.iter().find_map(|row| row.look.views).is_some_and(|views| views >= 1547));
    assert!(world.site.posts(world.topic).iter().all(|post| post.author == NGO));
}

#[tokio::test]
async fn threads_that_are_watched_through_their_list_fail_over_and_return_by_the_list_alone() {
    let (world, onions) = World::with_mirrors(2).await;
    world.add_thread("Ещё одна тема");
    world.work().await;
    world.work_for_s(4_000).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why == "listed"));
    let looked_at = world.thread().last_look_at;
    onions.down(0);
    world.work_for_s(4_000).await;
    assert_eq!(in_use(&world), 1);
    assert!(has_alarm(&world, AlarmKind::MirrorDown));
    let remembered = world.read(|tx| tx.forum_state("sample")).address.expect("remembered");
    assert_eq!(remembered.expose(), onion(1).as_str());
    onions.up(0);
    world.work_for_s(8_000).await;
    assert_eq!(in_use(&world), 0);
    assert!(!has_alarm(&world, AlarmKind::MirrorDown));
    assert_eq!(world.thread().last_look_at, looked_at, "no thread itself was read for it");
}

#[tokio::test]
async fn posts_that_a_lagging_mirror_does_not_show_yet_have_not_vanished() {
    // The copy ends in the middle of the last page, at a page's end, and a page before.
    for (there, here) in [(5, 8), (POSTS_PER_PAGE - 1, POSTS_PER_PAGE + 3), (POSTS_PER_PAGE + 3, POSTS_PER_PAGE * 3)] {
        let (world, onions, copy) = World::with_lagging_mirror().await;
        let mut texts: Vec<String> = (0..here).map(|n| format!("запись {n}")).collect();
        texts.push(QUESTION.to_owned());
        write_on(&world.site, &world, &texts);
        write_on(&copy, &world, &texts[..there]);
        world.work().await;
        let (case, posts) = (world.only_case(), world.read(|tx| tx.count_posts(world.thread)));
        assert_eq!(posts, texts.len() as u64 + 1);
        let since = world.clock.now();
        let is_as_before = || {
            assert_eq!(changes_since(&world, since), (0, 0, 0), "{there} of {here}");
            assert_eq!(world.read(|tx| tx.count_posts(world.thread)), posts);
            assert!(world.read(|tx| tx.case_posts(case)).iter().all(|post| post.vanished_at.is_none()));
            assert_eq!(world.only_case(), case);
        };
        onions.down(0);
        // However often: also by a whole reading, and at any later time.
        for whole in [false, true, false] {
            if whole {
                world.write(|tx| tx.set_whole_read_at(world.thread, None));
            }
            assert_eq!((look(&world).await, in_use(&world)), (LookState::Ok, 1), "{there} of {here}");
            is_as_before();
        }
        // It catches up, and the first address is back.
        write_on(&copy, &world, &texts[there..]);
        look(&world).await;
        is_as_before();
        onions.up(0);
        world.work_for_s(4_000).await;
        assert_eq!(in_use(&world), 0);
        is_as_before();
    }
}

#[tokio::test]
async fn address_that_comes_back_with_an_old_copy_makes_no_post_vanish_either() {
    let (world, onions, copy) = World::with_lagging_mirror().await;
    write_on(&world.site, &world, &["раз".to_owned()]);
    write_on(&copy, &world, &["раз".to_owned()]);
    onions.down(0);
    world.work().await;
    write_on(&copy, &world, &[QUESTION.to_owned()]);
    look(&world).await;
    let case = world.only_case();
    let since = world.clock.now();
    onions.up(0);
    world.work_for_s(4_000).await;
    assert_eq!((in_use(&world), changes_since(&world, since)), (0, (0, 0, 0)));
    assert_eq!((world.read(|tx| tx.count_posts(world.thread)), world.only_case()), (3, case));
}

#[tokio::test]
async fn post_that_was_deleted_between_others_vanishes_at_any_address_and_one_at_the_end_where_it_was_seen() {
    let (world, onions, copy) = World::with_lagging_mirror().await;
    let texts: Vec<String> = (0..6).map(|n| format!("запись {n}")).collect();
    let here = write_on(&world.site, &world, &texts);
    let there = write_on(&copy, &world, &texts);
    assert_eq!(here, there);
    world.work().await;
    onions.down(0);
    copy.delete_post(there[2]);
    copy.delete_post(there[5]);
    look(&world).await;
    let standing = || world.read(|tx| tx.count_posts(world.thread));
    assert_eq!(standing(), 6, "the one between two others is gone, and not the last one, which was never seen here");
    copy.delete_post(there[4]);
    look(&world).await;
    assert_eq!(standing(), 5, "the last one that was seen here is gone");
    // What is written later stands behind what was never seen here, and settles it.
    write_on(&copy, &world, &["ещё одна".to_owned(), "и ещё".to_owned(), "и последняя".to_owned()]);
    look(&world).await;
    look(&world).await;
    assert_eq!(standing(), 7, "three more have come, and one is gone");
}
