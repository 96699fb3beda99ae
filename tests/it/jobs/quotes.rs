//! Replies that quote the question: by the forum's own form, once, and recognised when they are read back.

use crate::util::{Fault, NGO, World};
use netreach::domain::case::CaseId;
use netreach::domain::reply::{Delivery, Draft, ReplyId};
use netreach::page::Profile;

const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";
const REPLY: &str = "Бесплатно и анонимно, паспорт не нужен. Приходите в автобус, расскажем остальное.";

/// A case, the id of its question on the forum, and a reply to it that quotes the question.
async fn quoting(question: &str) -> (World, u64, ReplyId) {
    let world = World::new().await;
    let asked = world.client_posts(question);
    world.work().await;
    let case = world.only_case();
    let reply = approve(&world, case);
    (world, asked, reply)
}

fn approve(world: &World, case: CaseId) -> ReplyId {
    let quote = Some(world.read(|tx| tx.case(case)).post_id);
    world.approve_draft(case, &Draft { text: REPLY.into(), quote, ..Draft::default() })
}

/// The NGO's posts after the one that opened the thread.
fn ours(world: &World) -> Vec<String> {
    world.site.posts(world.topic).into_iter().skip(1).filter(|p| p.author == NGO).map(|p| p.text).collect()
}

#[tokio::test]
async fn question_is_quoted_by_the_forums_own_form_and_the_reply_is_recognised_below_it() {
    let (world, asked, reply) = quoting(QUESTION).await;
    world.work_for_s(60).await;
    let posts = ours(&world);
    assert_eq!(posts.len(), 1);
    assert!(posts[0].starts_with(&format!("[quote=ночной_гость post_id={asked} time=")), "{}", posts[0]);
    assert!(posts[0].ends_with(&format!("{QUESTION}[/quote]\n\n{REPLY}")), "{}", posts[0]);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    let post = world.reply(reply).post_id.expect("read back");
    let post = world.read(|tx| tx.post(post));
    assert_eq!(post.text.expose(), REPLY, "the quotation is told apart");
    assert_eq!(post.quotes[0].text.expose(), QUESTION);
}

#[tokio::test]
async fn reply_with_a_quotation_whose_answer_was_lost_is_found_and_not_sent_again() {
    let (world, _, reply) = quoting(QUESTION).await;
    world.faults.once(Fault::AcceptAndDrop);
    world.work_for_s(600).await;
    assert_eq!((ours(&world).len(), world.delivery(reply)), (1, Delivery::Confirmed));
}

#[tokio::test]
async fn reply_is_recognised_where_the_pages_do_not_tell_quotations_from_the_text() {
    let (mut world, _, reply) = quoting(QUESTION).await;
    let profile = include_str!("../../../selectors/phpbb-3.toml")
        .replace("quote = \"blockquote\"", "")
        .replace("min_fill_s = 3", "min_fill_s = 0");
    world.venue.forum.profile = Profile::parse("phpbb-3", &profile).expect("a profile");
    world.faults.once(Fault::AcceptAndDrop);
    world.work_for_s(600).await;
    assert_eq!((ours(&world).len(), world.delivery(reply)), (1, Delivery::Confirmed));
    let post = world.reply(reply).post_id.expect("read back");
    assert!(world.read(|tx| tx.post(post)).text.expose().contains(QUESTION), "the quotation stands in the text");
}

#[tokio::test]
async fn long_question_is_quoted_in_part() {
    let (world, _, reply) = quoting(&format!("{QUESTION} {}", "И ещё вот что важно. ".repeat(100))).await;
    world.work_for_s(60).await;
    let posts = ours(&world);
    assert!(posts[0].contains("…[/quote]") && posts[0].chars().count() < 700, "{}", posts[0]);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}

#[tokio::test]
async fn question_that_was_deleted_is_not_quoted_any_more_and_is_answered_all_the_same() {
    let (world, asked, reply) = quoting(QUESTION).await;
    world.site.delete_post(asked);
    world.work_for_s(60).await;
    assert_eq!(ours(&world), [REPLY]);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}

#[tokio::test]
async fn question_that_was_moved_into_another_thread_takes_no_reply_there() {
    let (world, _, reply) = quoting(QUESTION).await;
    let other = world.site.add_topic("кто-то", "Совсем другая тема", "Здесь ничего нашего нет.");
    let moved = world.site.add_post(other, "ночной_гость", QUESTION);
    // As the forum keeps a post's id when it moves the post: the quoting form of that id belongs to the other thread now.
    let profile = include_str!("../../../selectors/phpbb-3.toml")
        .replace("page = \"posting.php?mode=quote&p={post}\"", &format!("page = \"posting.php?mode=quote&p={moved}\""))
        .replace("link = { css = 'a[href*=\"posting.php\"][href*=\"mode=quote\"]', attr = \"href\" }", "")
        .replace("min_fill_s = 3", "min_fill_s = 0");
    let mut world = world;
    world.venue.forum.profile = Profile::parse("phpbb-3", &profile).expect("a profile");
    world.work_for_s(60).await;
    assert!(world.site.posts(other).iter().all(|p| p.author != NGO));
    assert_eq!(ours(&world), [REPLY]);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}

#[tokio::test]
async fn quotation_is_made_where_the_forum_has_no_form_for_it() {
    let (mut world, _, reply) = quoting("Где тест?\nИ когда?").await;
    let profile = include_str!("../../../selectors/phpbb-3.toml")
        .replace("page = \"posting.php?mode=quote&p={post}\"", "template = '[quote=\"{author}\"]{text}[/quote]'")
        .replace("link = { css = 'a[href*=\"posting.php\"][href*=\"mode=quote\"]', attr = \"href\" }", "")
        .replace("min_fill_s = 3", "min_fill_s = 0");
    world.venue.forum.profile = Profile::parse("phpbb-3", &profile).expect("a profile");
    world.work_for_s(60).await;
    assert_eq!(ours(&world), [format!("[quote=\"ночной_гость\"]Где тест?\nИ когда?[/quote]\n\n{REPLY}")]);
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}
