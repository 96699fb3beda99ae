//! The outbox: never twice, never lost.

use crate::util::{Fault, World};
use netreach::domain::case::Stage;
use netreach::domain::reply::{Delivery, ReplyId};

const REPLY: &str = "Тест бесплатный и анонимный, паспорт не нужен. Приходите в автобус, расскажем остальное.";

async fn world_with_case() -> (World, netreach::domain::case::CaseId) {
    let world = World::new().await;
    world.client_posts("Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?");
    world.work().await;
    let case = world.only_case();
    (world, case)
}

fn assert_stands_once(world: &World, reply: ReplyId) {
    assert_eq!(world.times_on_forum(REPLY), 1);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert!(world.reply(reply).post_id.is_some());
}

#[tokio::test]
async fn approved_reply_is_sent_once_and_read_back() {
    let (world, case) = world_with_case().await;
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
    assert_eq!(world.read(|tx| tx.case(case)).stage, Stage::Addressed);
    world.work_for_s(4000).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn reply_whose_answer_was_lost_is_found_and_not_sent_again() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::AcceptAndDrop);
    let reply = world.approve(case, REPLY);
    world.work().await;
    assert_eq!(world.delivery(reply), Delivery::Posting);
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn reply_that_never_arrived_is_sent_after_the_thread_was_read_twice() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::DropBefore);
    let reply = world.approve(case, REPLY);
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
    assert_eq!(world.reply(reply).progress.attempts, 2);
}

#[tokio::test]
async fn reply_that_the_forum_takes_late_is_not_doubled() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::AcceptLate);
    let reply = world.approve(case, REPLY);
    world.work().await;
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn reply_that_never_gets_through_is_given_to_a_person_after_two_requests() {
    let (world, case) = world_with_case().await;
    world.faults.set(Fault::DropBefore);
    let reply = world.approve(case, REPLY);
    world.work_for_s(1500).await;
    assert_eq!(world.delivery(reply), Delivery::Unknown);
    assert_eq!(world.times_on_forum(REPLY), 0);
    assert_eq!(world.reply(reply).progress.attempts, 2);
    world.faults.mend();
    world.work_for_s(4000).await;
    assert_eq!(world.times_on_forum(REPLY), 0, "nothing is sent again without a person");
}

#[tokio::test]
async fn crash_between_any_two_steps_neither_loses_nor_doubles() {
    for fault in [Fault::AcceptAndDrop, Fault::DropBefore] {
        let (mut world, case) = world_with_case().await;
        world.faults.once(fault);
        let reply = world.approve(case, REPLY);
        // A restart before every single step.
        for _ in 0..40 {
            world.restart().await;
            world.clock.advance_s(30);
            netreach::jobs::work_once(&world.context(), &world.venue).await.expect("works");
        }
        assert_stands_once(&world, reply);
    }
}

#[tokio::test]
async fn crash_while_the_form_was_fetched_sends_once() {
    let (mut world, case) = world_with_case().await;
    let reply = world.approve(case, REPLY);
    // What a kill between claiming and posting leaves behind.
    let row = world.reply(reply);
    world.write(|tx| tx.move_reply(reply, &row.progress, &row.progress.preparing(), None, world.clock.now()));
    world.restart().await;
    world.work_for_s(60).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn closed_thread_refuses_the_reply_and_says_why() {
    let (world, case) = world_with_case().await;
    world.site.lock_topic(world.topic);
    let reply = world.approve(case, REPLY);
    world.work_for_s(60).await;
    assert_eq!(world.delivery(reply), Delivery::Refused);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("closed"));
    assert_eq!(world.times_on_forum(REPLY), 0);
}

#[tokio::test]
async fn reply_waits_while_the_forum_is_down_and_leaves_when_it_is_back() {
    let (world, case) = world_with_case().await;
    world.faults.set(Fault::Busy);
    let reply = world.approve(case, REPLY);
    world.work_for_s(300).await;
    assert_eq!(world.delivery(reply), Delivery::Waiting);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("busy"));
    world.faults.mend();
    world.work_for_s(3000).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn wrong_password_is_tried_once_and_becomes_an_alarm() {
    let (world, case) = world_with_case().await;
    world.site.add_user(crate::util::NGO, "changed meanwhile");
    let reply = world.approve(case, REPLY);
    let before = world.site.log_ins();
    world.work_for_s(300).await;
    assert_eq!(world.delivery(reply), Delivery::Waiting);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("log_in_refused"));
    assert_eq!(world.site.log_ins() - before, 1, "a refused log-in is not repeated");
    assert_eq!(world.read(|tx| tx.alarms()).len(), 1);
}

#[tokio::test]
async fn two_replies_with_the_same_words_are_both_sent() {
    let (world, case) = world_with_case().await;
    let first = world.approve(case, REPLY);
    world.work_for_s(60).await;
    world.site.add_post(world.topic, "другая", "Где бесплатно сдать тест на гепатит С без паспорта, подскажите?");
    world.work_for_s(800).await;
    let second_case = world.only_case();
    let second = world.approve(second_case, REPLY);
    world.work_for_s(100).await;
    assert_eq!(world.times_on_forum(REPLY), 2);
    assert_ne!(world.reply(first).post_id, world.reply(second).post_id);
    assert_eq!(world.delivery(second), Delivery::Confirmed);
}

#[tokio::test]
async fn forum_that_takes_the_reply_and_loses_the_page_after_it_gets_no_second_one() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::AcceptAndLoseTheNextPage);
    let reply = world.approve(case, REPLY);
    world.work_for_s(600).await;
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn reply_never_goes_into_another_thread() {
    let (world, case) = world_with_case().await;
    let other = world.site.add_topic("кто-то", "Совсем другая тема", "Здесь ничего нашего нет.");
    world.write(|tx| tx.set_last_page(world.thread, &format!("viewtopic.php?t={other}")));
    let reply = world.approve(case, REPLY);
    world.work_for_s(600).await;
    assert!(world.site.posts(other).iter().all(|p| p.author != crate::util::NGO));
    assert_stands_once(&world, reply);
}

#[tokio::test]
async fn post_of_ours_that_looks_different_keeps_the_reply_from_being_sent_again() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::DropBefore);
    let reply = world.approve(case, REPLY);
    world.work().await;
    world.clock.advance_s(5);
    world.site.add_post(world.topic, crate::util::NGO, "Что-то от нас, но другими словами.");
    world.work_for_s(900).await;
    assert_eq!(world.delivery(reply), Delivery::Unknown);
    assert_eq!(world.times_on_forum(REPLY), 0);
}

#[tokio::test]
async fn reply_shows_as_it_was_written_and_is_recognised() {
    let (world, case) = world_with_case().await;
    let text =
        "Есть:\n- шприцы\n- вода\n\n1. Приходите [b]в автобус[/b] [всегда] :) (пункт 8)\n[quote]не цитата[/quote]";
    world.faults.once(Fault::AcceptAndDrop);
    let reply = world.approve(case, text);
    world.work_for_s(600).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    let post = world.reply(reply).post_id.expect("read back");
    let post = world.read(|tx| tx.post(post));
    let lines = |text: &str| {
        text.replace('\u{2060}', "").lines().filter(|l| !l.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(post.text.expose()), lines(text));
    assert!(post.quotes.is_empty());
}
