//! Pages that the forum says have not changed: nothing is new, nothing is made up, and its word is checked.

use crate::util::{Fault, NGO, POSTS_PER_PAGE, World};
use netreach::domain::reply::Delivery;
use netreach::domain::thread::LookState;

const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";
const REPLY: &str = "Тест бесплатный и анонимный, паспорт не нужен. Приходите в автобус, расскажем остальное.";

/// A thread of two pages on a forum that offers such marks, read whole and once more.
async fn known_thread(marks: Fault) -> World {
    let world = World::new().await;
    world.faults.set(marks);
    for n in 0..POSTS_PER_PAGE {
        world.client_posts(&format!("запись {n}"));
    }
    world.work().await;
    assert_eq!((look(&world).await, world.faults.unchanged()), (LookState::Ok, 1), "{marks:?}");
    world
}

/// Looks now; so much later that the budget allows it.
async fn look(world: &World) -> LookState {
    world.clock.advance_s(1200);
    world.write(|tx| tx.set_next_look(world.thread, world.clock.now(), "test"));
    world.work().await;
    world.thread().last_state.expect("a look was taken")
}

#[tokio::test]
async fn page_that_has_not_changed_is_a_good_look_without_counts() {
    for marks in [Fault::OffersEtags, Fault::OffersDates] {
        let world = known_thread(marks).await;
        let (thread, posts) = (world.thread(), world.read(|tx| tx.count_posts(world.thread)));
        let looks = world.read(|tx| tx.looks(world.thread, 5));
        let look = &looks.iter().find(|row| row.look.pages > 0).expect("a look").look;
        assert_eq!((look.state, look.views, look.replies, look.matched), (LookState::Ok, None, None, None));
        assert_eq!((posts, thread.failed_looks), (POSTS_PER_PAGE as u64 + 1, 0));
        assert!(thread.whole_read_at.is_some() && thread.last_success_at == thread.last_look_at);
    }
}

#[tokio::test]
async fn new_post_is_found_at_once() {
    for marks in [Fault::OffersEtags, Fault::OffersDates] {
        let world = known_thread(marks).await;
        world.client_posts(QUESTION);
        look(&world).await;
        world.only_case();
    }
}

#[tokio::test]
async fn forums_word_is_checked_after_a_few_times() {
    let world = known_thread(Fault::OffersEtags).await;
    world.faults.set(Fault::AlwaysUnchanged);
    world.client_posts(QUESTION);
    for _ in 0..6 {
        look(&world).await;
    }
    world.only_case();
}

#[tokio::test]
async fn reply_is_sent_once_and_read_back_though_the_forum_says_that_nothing_changed() {
    let world = known_thread(Fault::OffersEtags).await;
    world.client_posts(QUESTION);
    look(&world).await;
    let case = world.only_case();
    world.faults.set(Fault::AlwaysUnchanged);
    let reply = world.approve(case, REPLY);
    world.work_for_s(120).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert_eq!(world.times_on_forum(REPLY), 1);
}

#[tokio::test]
async fn reply_whose_answer_was_lost_is_looked_for_in_whole_pages() {
    let world = known_thread(Fault::OffersEtags).await;
    world.client_posts(QUESTION);
    look(&world).await;
    let case = world.only_case();
    world.faults.once(Fault::AcceptAndDrop);
    let reply = world.approve(case, REPLY);
    world.work().await;
    assert_eq!(world.delivery(reply), Delivery::Posting);
    world.faults.set(Fault::AlwaysUnchanged);
    let before = world.faults.unchanged();
    world.work_for_s(120).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert_eq!((world.times_on_forum(REPLY), world.faults.unchanged()), (1, before));
}

#[tokio::test]
async fn restart_and_a_page_that_was_not_whole_ask_for_whole_pages() {
    let mut world = known_thread(Fault::OffersEtags).await;
    world.restart().await;
    look(&world).await;
    assert_eq!(world.faults.unchanged(), 1);
    look(&world).await;
    assert_eq!(world.faults.unchanged(), 2);
    world.faults.set(Fault::Replaced(&[("<time datetime=", "<span data-at=")]));
    assert_eq!(look(&world).await, LookState::Incomplete);
    world.faults.set(Fault::OffersEtags);
    assert_eq!(look(&world).await, LookState::Ok);
    assert_eq!(world.faults.unchanged(), 2, "drift is not taken for unchanged");
}

#[tokio::test]
async fn list_that_has_not_changed_says_nothing_new_and_one_that_has_leads_to_the_news() {
    let world = World::new().await;
    let other = world.add_thread("Ещё одна тема");
    world.faults.set(Fault::OffersEtags);
    world.work().await;
    world.work_for_s(12_000).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|t| t.next_look_why == "listed"));
    assert!(world.faults.unchanged() > 2, "the list was asked for with its mark");
    let topic: u64 = world.read(|tx| tx.thread(other)).forum_thread_id.parse().expect("number");
    world.site.add_post(topic, "ночной_гость", QUESTION);
    world.work_for_s(3_600).await;
    world.only_case();
    assert!(world.site.posts(world.topic).iter().all(|post| post.author == NGO));
}
