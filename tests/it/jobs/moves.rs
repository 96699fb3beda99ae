//! A thread that goes on elsewhere: nothing of it is lost, nothing is confused, nothing is asked twice.

use crate::util::{Fault, NGO, SECOND_FORUM, World};
use netreach::domain::case::Stage;
use netreach::domain::reply::{Delivery, Draft, Route, withdraw};
use netreach::domain::thread::LookState;
use netreach::jobs::{self, Venue};
use netreach::sample_forum::SampleForum;
use netreach::store::{MoveError, Moved, NewThread};
use std::time::Duration;

const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";
const REPLY: &str = "Тест бесплатный и анонимный, паспорт не нужен. Приходите в автобус, расскажем остальное.";

fn move_to(world: &World, forum: &str, topic: u64) -> Result<Moved, MoveError> {
    let to = NewThread {
        forum: forum.into(),
        forum_thread_id: topic.to_string(),
        path: format!("viewtopic.php?t={topic}"),
        now: world.clock.now(),
    };
    world.store.write_now(|tx| tx.move_thread(world.thread, &to))
}

/// Lets time pass for the second forum.
async fn work_for_s(world: &World, venue: &Venue, seconds: i64) {
    for _ in 0..seconds.div_euclid(10) {
        world.clock.advance_s(10);
        for _ in 0..50 {
            if !jobs::work_once(&world.context(), venue).await.expect("the job runs") {
                break;
            }
        }
    }
}

/// A world whose thread, with one open case, has moved to a second forum that is not read yet.
async fn moved() -> (World, SampleForum, Venue, u64) {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.work().await;
    let (site, venue, topic) = world.second_forum().await;
    let moved = move_to(&world, SECOND_FORUM, topic).expect("moves");
    assert_eq!(moved, Moved { posts: 2, open_cases: 1, closed_cases: 0 });
    (world, site, venue, topic)
}

#[tokio::test]
async fn post_of_the_new_place_with_an_id_of_the_old_one_is_a_new_post() {
    let (world, site, venue, topic) = moved().await;
    let other = "Где взять налоксон сегодня ночью, подскажите пожалуйста?";
    let post = site.add_post(topic, "другой", other);
    assert_eq!(world.site.posts(world.topic)[1].id, post, "the ids are the same");
    work_for_s(&world, &venue, 60).await;
    let queue = world.read(|tx| tx.queue(Stage::Initiated, 10));
    assert_eq!(queue.len(), 2, "the old case goes on, and the new question has its own");
    assert!(queue.iter().any(|row| row.text.expose() == other));
    assert!(queue.iter().any(|row| row.text.expose() == QUESTION));
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 2, "what stands at the new place");
}

#[tokio::test]
async fn posts_of_the_old_place_stay_and_do_not_vanish() {
    let (world, site, venue, topic) = moved().await;
    for n in 0..30 {
        site.add_post(topic, "другой", &format!("спасибо, всё прошло хорошо {n}"));
    }
    work_for_s(&world, &venue, 3 * 3600).await;
    world.write(|tx| tx.set_whole_read_at(world.thread, None));
    work_for_s(&world, &venue, 3600).await;
    let case = world.only_case();
    let posts = world.read(|tx| tx.case_posts(case));
    assert!(posts[0].was_left() && posts[0].vanished_at.is_none() && !posts[0].edited);
    let around = world.read(|tx| tx.posts_around(posts[0].id, 10, 10));
    assert_eq!(around.len(), 2, "around a post stand those of its own place");
    assert!(world.read(|tx| tx.looks(world.thread, 500)).iter().all(|row| row.look.vanished_posts == 0));
}

#[tokio::test]
async fn new_place_is_read_whole_and_what_was_known_by_author_and_text_opens_no_case() {
    let (world, site, venue, topic) = moved().await;
    site.add_post(topic, "ночной_гость", QUESTION);
    site.add_post(topic, "прохожий", QUESTION);
    for n in 0..30 {
        site.add_post(topic, "другой", &format!("спасибо, всё прошло хорошо {n}"));
    }
    work_for_s(&world, &venue, 60).await;
    assert_eq!(world.thread().last_state, Some(LookState::Ok));
    assert!(world.thread().whole_read_at.is_some());
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 33);
    let queue = world.read(|tx| tx.queue(Stage::Initiated, 10));
    assert_eq!(queue.len(), 2, "the same words of somebody else are another question");
    assert!(queue.iter().all(|row| row.posts == 1));
    // The same author asks the same again, later: that is news.
    site.add_post(topic, "ночной_гость", QUESTION);
    work_for_s(&world, &venue, 1200).await;
    let queue = world.read(|tx| tx.queue(Stage::Initiated, 10));
    assert!(queue.len() == 2 && queue.iter().any(|row| row.posts == 2), "it joins the open case");
}

#[tokio::test]
async fn known_post_that_is_edited_at_the_new_place_is_judged() {
    let (world, site, venue, topic) = moved().await;
    let post = site.add_post(topic, "ночной_гость", QUESTION);
    work_for_s(&world, &venue, 60).await;
    site.edit_post(post, "друг не дышит и посинел после укола, что делать, он не просыпается!!");
    work_for_s(&world, &venue, 1200).await;
    let case = world.only_case();
    assert_eq!(world.read(|tx| tx.case(case)).urgency, netreach::domain::judgement::Urgency::Emergency);
}

#[tokio::test]
async fn reply_of_a_case_of_the_old_place_goes_to_the_new_one_once() {
    let (world, site, venue, topic) = moved().await;
    work_for_s(&world, &venue, 60).await;
    let case = world.only_case();
    let reply = world.approve(case, REPLY);
    work_for_s(&world, &venue, 120).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert_eq!(world.times_on_forum(REPLY), 0);
    assert_eq!(site.posts(topic).iter().filter(|p| p.author == NGO && p.text == REPLY).count(), 1);
}

#[tokio::test]
async fn old_place_is_not_read_any_more() {
    let (world, ..) = moved().await;
    let before = world.site.request_count();
    world.work_for_s(4000).await;
    assert_eq!(world.site.request_count(), before);
}

#[tokio::test]
async fn reply_on_its_way_stops_a_move_until_it_is_settled_or_taken_back() {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    let topic = world.site.add_topic(NGO, "Новая тема", "Теперь здесь.");
    let reply = world.approve(case, REPLY);
    let stops = |delivery: Delivery| match move_to(&world, "sample", topic) {
        Err(MoveError::RepliesUnderWay(held)) => assert_eq!(held, [(case, delivery)]),
        other => panic!("{other:?}"),
    };
    stops(Delivery::Waiting);
    world.faults.set(Fault::DropBefore);
    world.work().await;
    stops(Delivery::Posting);
    world.work_for_s(1500).await;
    stops(Delivery::Unknown);
    assert_eq!(world.thread().forum_thread_id, world.topic.to_string(), "nothing was changed");
    let unknown = world.reply(reply).progress;
    let given_up = withdraw(&unknown).expect("a person decides");
    world.write(|tx| tx.move_reply(reply, &unknown, &given_up, None, world.clock.now()));
    assert!(move_to(&world, "sample", topic).is_ok());
}

#[tokio::test]
async fn place_that_is_on_the_list_and_the_same_place_are_refused() {
    let world = World::new().await;
    let other = world.add_thread("Ещё одна тема");
    let topic: u64 = world.read(|tx| tx.thread(other)).forum_thread_id.parse().expect("number");
    assert!(matches!(move_to(&world, "sample", topic), Err(MoveError::Taken(id)) if id == other));
    assert!(matches!(move_to(&world, "sample", world.topic), Err(MoveError::Same)));
}

#[tokio::test]
async fn look_under_way_while_the_thread_moves_writes_nothing_into_the_new_place() {
    let world = World::new().await;
    world.work().await;
    world.client_posts(QUESTION);
    let (_, venue, topic) = world.second_forum().await;
    world.clock.advance_s(1200);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.faults.set(Fault::Slow);
    let context = world.context();
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        move_to(&world, SECOND_FORUM, topic).expect("moves");
    };
    let (worked, ()) = tokio::join!(jobs::work_once(&context, &world.venue), meanwhile);
    assert!(worked.expect("ends well"));
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 0);
    assert_eq!((world.thread().last_state, world.thread().next_look_why.as_str()), (None, "moved"));
    work_for_s(&world, &venue, 60).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 1);
}

#[tokio::test]
async fn thread_that_moves_there_and_back_is_known_again() {
    let (world, _, venue, _) = moved().await;
    work_for_s(&world, &venue, 60).await;
    world.clock.advance_s(60);
    move_to(&world, "sample", world.topic).expect("moves back");
    world.client_posts("привет, я снова здесь, где автобус завтра?");
    world.work_for_s(60).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 3);
    let case = world.only_case();
    assert_eq!(world.read(|tx| tx.case_posts(case)).len(), 2, "the client's new post joins the case");
    assert_eq!(world.read(|tx| tx.moves_of(world.thread)).len(), 2);
}

#[tokio::test]
async fn engagement_goes_on_and_counts_nothing_twice() {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.site.set_views(world.topic, 400);
    world.work_for_s(1200).await;
    world.clock.advance_s(24 * 3600);
    let (site, venue, topic) = world.second_forum().await;
    site.add_post_at(topic, "ночной_гость", QUESTION, world.site.posts(world.topic)[1].at);
    site.set_views(topic, 1000);
    move_to(&world, SECOND_FORUM, topic).expect("moves");
    work_for_s(&world, &venue, 1200).await;
    let day_of = |at: netreach::clock::Timestamp| at.to_string().chars().take(10).collect::<String>();
    let from = "2026-11-01T00:00:00Z".parse().expect("time");
    let to = "2026-12-01T00:00:00Z".parse().expect("time");
    let rows = world.read(|tx| tx.engagement(from, to, "UTC", day_of));
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.thread_no == world.thread.0 && row.forum == SECOND_FORUM));
    assert_eq!((rows[0].new_posts, rows[0].requests), (1, 1));
    assert!(rows[0].views >= Some(400) && rows[1].views >= Some(1000));
    assert_eq!(rows[1].new_views, None, "two forums' counters are not subtracted from each other");
    assert_eq!((rows[1].new_posts, rows[1].requests), (0, 0), "a post that is known is no new one");
}

#[tokio::test]
async fn thread_that_moved_is_taken_off_the_list_with_everything() {
    let (world, _, venue, _) = moved().await;
    work_for_s(&world, &venue, 60).await;
    world.write(|tx| tx.remove_thread(world.thread));
    assert!(world.read(|tx| tx.threads()).is_empty());
}

#[tokio::test]
async fn private_message_goes_to_nobody_who_has_not_asked_at_the_new_place() {
    let (world, site, venue, _) = moved().await;
    // Somebody else may have the name there.
    site.add_user("ночной_гость", "x");
    work_for_s(&world, &venue, 60).await;
    let draft = Draft { text: REPLY.into(), route: Route::Message, ..Draft::default() };
    let reply = world.approve_draft(world.only_case(), &draft);
    work_for_s(&world, &venue, 60).await;
    assert_eq!(
        (world.delivery(reply), world.reply(reply).reason.as_deref()),
        (Delivery::Refused, Some("no_such_user"))
    );
    assert!(site.messages().is_empty() && world.site.messages().is_empty());
}

#[tokio::test]
async fn question_that_was_repeated_at_the_new_place_is_quoted_and_answered_in_private_there() {
    for route in [Route::Thread, Route::Message] {
        let (world, site, venue, topic) = moved().await;
        let repeated = site.add_post(topic, "ночной_гость", QUESTION);
        work_for_s(&world, &venue, 60).await;
        let case = world.only_case();
        let quote = Some(world.read(|tx| tx.case(case)).post_id);
        let reply = world.approve_draft(case, &Draft { text: REPLY.into(), route, quote, ..Draft::default() });
        work_for_s(&world, &venue, 60).await;
        assert_eq!(world.delivery(reply), Delivery::Confirmed);
        let posts = site.posts(topic);
        if route == Route::Message {
            assert_eq!((site.messages().len(), posts.len()), (1, 2));
            assert_eq!(site.messages()[0].to, "ночной_гость");
        } else {
            let ours = &posts[2].text;
            assert!(ours.starts_with(&format!("[quote=ночной_гость post_id={repeated} ")), "{ours}");
        }
    }
}
