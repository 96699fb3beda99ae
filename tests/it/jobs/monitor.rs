//! Reading threads: whole once, then the tail; new, edited and vanished posts; cases; counts.

use crate::util::{Fault, POSTS_PER_PAGE, World};
use netreach::domain::case::Stage;
use netreach::domain::judgement::Urgency;

/// A question of a kind the triage must notice.
const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";

#[tokio::test]
async fn question_on_the_forum_becomes_a_case() {
    let world = World::new().await;
    world.work().await;
    world.client_posts(QUESTION);
    world.work_for_s(800).await;
    let case = world.only_case();
    let posts = world.read(|tx| tx.case_posts(case));
    assert_eq!(posts[0].text.expose(), QUESTION);
    assert_eq!(posts[0].author.as_ref().map(|a| a.expose().as_str()), Some("ночной_гость"));
}

#[tokio::test]
async fn overdose_goes_to_the_top_of_the_queue() {
    let world = World::new().await;
    world.work().await;
    world.site.add_post(world.topic, "один", QUESTION);
    world.site.add_post(world.topic, "другой", "друг не дышит и посинел после укола, что делать, он не просыпается!!");
    world.work_for_s(800).await;
    let queue = world.read(|tx| tx.queue(Stage::Initiated, 10));
    assert_eq!(queue.len(), 2);
    assert_eq!(queue[0].case.urgency, Urgency::Emergency);
}

#[tokio::test]
async fn seven_pages_cost_seven_requests_and_one_at_each_later_look() {
    let world = World::new().await;
    for n in 1..POSTS_PER_PAGE * 6 + 5 {
        world.client_posts(&format!("запись номер {n}"));
    }
    world.work().await;
    assert_eq!(world.site.request_count(), 7);
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), POSTS_PER_PAGE as u64 * 6 + 5);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    assert_eq!(world.site.request_count(), 8);
}

#[tokio::test]
async fn edited_post_is_an_edit_and_the_same_page_brings_no_new_post() {
    let world = World::new().await;
    let post = world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    world.site.edit_post(post, "Подскажите, где бесплатно сдать тест на ВИЧ ночью?");
    world.work_for_s(800).await;
    assert_eq!(world.only_case(), case);
    let posts = world.read(|tx| tx.case_posts(case));
    assert_eq!(posts.len(), 1);
    assert!(posts[0].edited && posts[0].text.expose().contains("ВИЧ"));
}

#[tokio::test]
async fn deleted_post_is_marked_as_vanished() {
    let world = World::new().await;
    world.client_posts("первая запись");
    let middle = world.client_posts(QUESTION);
    world.client_posts("последняя запись");
    world.work().await;
    let case = world.only_case();
    world.site.delete_post(middle);
    world.work_for_s(800).await;
    assert!(world.read(|tx| tx.case_posts(case))[0].vanished_at.is_some());
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), 3);
}

#[tokio::test]
async fn clients_next_post_joins_the_open_case() {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    world.client_posts("и ещё вопрос: а анонимно можно?");
    world.work_for_s(800).await;
    assert_eq!(world.only_case(), case);
    assert_eq!(world.read(|tx| tx.case_posts(case)).len(), 2);
}

#[tokio::test]
async fn question_answered_by_hand_before_the_first_reading_opens_no_case() {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.site.add_post(world.topic, crate::util::NGO, "Можно в нашем автобусе, паспорт не нужен.");
    world.work().await;
    assert!(world.read(|tx| tx.queue(Stage::Initiated, 10)).is_empty());
}

#[tokio::test]
async fn views_are_taken_from_the_thread_list() {
    let world = World::new().await;
    world.site.set_views(world.topic, 1547);
    world.work_for_s(120).await;
    let looks = world.read(|tx| tx.looks(world.thread, 10));
    // The forum counts our own look too.
    assert_eq!(looks.iter().find_map(|row| row.look.views), Some(1548));
}

#[tokio::test]
async fn session_survives_a_restart_without_a_second_log_in() {
    let mut world = World::new().await;
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    let first = world.approve(case, "Первый ответ, подробный и полный.");
    world.work_for_s(60).await;
    assert_eq!(world.delivery(first), netreach::domain::reply::Delivery::Confirmed);
    world.client_posts("спасибо, а когда вы работаете в выходные?");
    world.work_for_s(800).await;
    world.restart().await;
    let second = world.approve(case, "Второй ответ, тоже подробный и полный.");
    let before = world.site.log_ins();
    world.work_for_s(60).await;
    assert_eq!(world.delivery(second), netreach::domain::reply::Delivery::Confirmed);
    assert_eq!(world.site.log_ins(), before);
}

#[tokio::test]
async fn expired_session_is_renewed_once() {
    let world = World::new().await;
    world.client_posts(QUESTION);
    world.work().await;
    let case = world.only_case();
    world.approve(case, "Первый ответ, подробный и полный.");
    world.work_for_s(60).await;
    world.client_posts("а ещё вопрос можно? когда вы работаете?");
    world.work_for_s(800).await;
    world.site.expire_sessions();
    let before = world.site.log_ins();
    let second = world.approve(case, "Второй ответ, тоже подробный и полный.");
    world.work_for_s(60).await;
    assert_eq!(world.delivery(second), netreach::domain::reply::Delivery::Confirmed);
    assert_eq!(world.site.log_ins(), before + 1);
}

#[tokio::test]
async fn look_that_was_interrupted_between_pages_leaves_no_hole() {
    let world = World::new().await;
    for n in 0..POSTS_PER_PAGE {
        world.client_posts(&format!("запись {n}"));
    }
    world.work().await;
    for n in 0..POSTS_PER_PAGE * 3 {
        world.client_posts(&format!("ещё запись {n}"));
    }
    // The first page of the look is read, the second one breaks off, and so does its repetition.
    world.faults.after(1, Fault::BreakOff);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    world.faults.mend();
    world.work_for_s(1200).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), POSTS_PER_PAGE as u64 * 4 + 1);
}

#[tokio::test]
async fn question_beside_our_own_reply_in_a_later_whole_reading_opens_its_case() {
    let world = World::new().await;
    world.client_posts("привет всем");
    world.work().await;
    world.client_posts(QUESTION);
    world.site.add_post(world.topic, crate::util::NGO, "Ответ кому-то другому.");
    world.write(|tx| {
        tx.set_whole_read_at(world.thread, None)?;
        tx.set_next_look(world.thread, world.clock.now(), "test")
    });
    world.work_for_s(60).await;
    world.only_case();
}

#[tokio::test]
async fn list_of_several_threads_is_read_in_their_place_and_leads_to_the_one_with_news() {
    let world = World::new().await;
    let other = world.add_thread("Ещё одна тема");
    world.client_posts("привет");
    world.work().await;
    // The list is found, and shows both.
    world.work_for_s(4_000).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why == "listed"));
    let looks = |id| world.read(|tx| tx.looks(id, 100)).iter().filter(|l| l.look.pages > 0).count();
    let (before, other_before) = (looks(world.thread), looks(other));
    world.client_posts("Подскажите, где сдать тест на гепатит?");
    world.work_for_s(1_500).await;
    world.only_case();
    assert_eq!((looks(world.thread), looks(other)), (before + 1, other_before));
}

#[tokio::test]
async fn list_that_cannot_be_read_gives_its_threads_back_to_looks_of_their_own() {
    let world = World::new().await;
    world.add_thread("Ещё одна тема");
    world.work().await;
    world.work_for_s(4_000).await;
    world.faults.set(Fault::ListOfOtherShape);
    world.work_for_s(2_400).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why != "listed"));
    world.client_posts("Подскажите, где сдать тест на гепатит?");
    world.work_for_s(2_400).await;
    world.only_case();
}
