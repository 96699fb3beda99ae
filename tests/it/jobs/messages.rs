//! Private messages: to the one who asked, never twice, never lost, and never into the thread.

use crate::util::{Fault, NGO, Onions, World};
use netreach::domain::case::{CaseId, Stage};
use netreach::domain::reply::{Delivery, Draft, ReplyId, Route, message_subject};
use netreach::page::Profile;
use netreach::sample_forum::SampleMessage;
use netreach::store::AlarmKind;

const CLIENT: &str = "ночной_гость";
const TEXT: &str = "Здравствуйте! Раз вы уже сдавали, расскажем о результате наедине: приходите в автобус.";

async fn world_with_case() -> (World, CaseId) {
    let world = World::new().await;
    let case = asked(&world).await;
    (world, case)
}

async fn asked(world: &World) -> CaseId {
    world.client_posts("Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?");
    world.work().await;
    world.only_case()
}

/// The same under two addresses, with a message that something befalls at the first one, which then goes down.
async fn sent_to_an_address_that_went_down(fault: Fault) -> (World, Onions, ReplyId) {
    let (world, onions) = World::with_mirrors(2).await;
    let case = asked(&world).await;
    onions.faults[0].once(fault);
    let reply = approve(&world, case);
    netreach::jobs::work_once(&world.context(), &world.venue).await.expect("works");
    assert_eq!(world.delivery(reply), Delivery::Posting);
    onions.down(0);
    (world, onions, reply)
}

fn approve(world: &World, case: CaseId) -> ReplyId {
    world.approve_draft(case, &Draft { text: TEXT.into(), route: Route::Message, ..Draft::default() })
}

/// The profile of the sample forum with something changed.
fn profile(change: impl Fn(String) -> String) -> Profile {
    let toml = include_str!("../../../selectors/phpbb-3.toml").replace("min_fill_s = 3", "min_fill_s = 0");
    Profile::parse("phpbb-3", &change(toml)).expect("a profile")
}

fn without_list_of_sent(toml: String) -> String {
    toml.split("# A message stands in the outbox").next().expect("a part").to_owned()
}

fn assert_arrived_once(world: &World, reply: ReplyId) {
    let messages: Vec<SampleMessage> = world.site.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!((messages[0].from.as_str(), messages[0].to.as_str(), messages[0].text.as_str()), (NGO, CLIENT, TEXT));
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert_eq!(world.site.posts(world.topic).len(), 2, "nothing of it stands in the thread");
}

#[tokio::test]
async fn message_goes_to_the_one_who_asked_and_to_nobody_else() {
    let (world, case) = world_with_case().await;
    world.site.add_post(world.topic, "другой", "И мне интересно, держите в курсе, спасибо за тему.");
    let reply = approve(&world, case);
    world.work().await;
    let messages = world.site.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].to.as_str(), messages[0].text.as_str()), (CLIENT, TEXT));
    let subject = message_subject(world.reply(reply).approved_at, "Гуманитарное действие: вопросы и ответы");
    assert_eq!(messages[0].subject, subject);
    assert_eq!(world.delivery(reply), Delivery::Confirmed, "the forum said so");
    assert_eq!(world.read(|tx| tx.case(case)).stage, Stage::Addressed);
    world.work_for_s(4000).await;
    assert_eq!(world.site.messages().len(), 1);
    assert!(world.site.posts(world.topic).iter().skip(1).all(|post| post.author != NGO));
}

#[tokio::test]
async fn message_whose_answer_was_lost_is_found_among_those_sent() {
    for opened in [false, true] {
        let (world, case) = world_with_case().await;
        world.faults.once(Fault::AcceptAndDrop);
        let reply = approve(&world, case);
        world.work().await;
        assert_eq!(world.delivery(reply), Delivery::Posting);
        if opened {
            world.site.open_messages(CLIENT);
        }
        world.work_for_s(600).await;
        assert_arrived_once(&world, reply);
    }
}

#[tokio::test]
async fn message_that_never_arrived_is_sent_after_the_list_was_read_twice() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::DropBefore);
    let reply = approve(&world, case);
    world.work_for_s(600).await;
    assert_arrived_once(&world, reply);
    assert_eq!(world.reply(reply).progress.attempts, 2);
}

#[tokio::test]
async fn message_of_unclear_outcome_is_a_persons_matter_where_no_list_shows_it() {
    for (fault, arrives) in [(Fault::AcceptAndDrop, 1), (Fault::DropBefore, 0)] {
        let (mut world, case) = world_with_case().await;
        world.venue.forum.profile = profile(without_list_of_sent);
        world.faults.once(fault);
        let reply = approve(&world, case);
        world.work_for_s(4000).await;
        assert_eq!(world.delivery(reply), Delivery::Unknown);
        assert_eq!(world.reply(reply).reason.as_deref(), Some("no_list_of_sent"));
        assert_eq!((world.site.messages().len(), world.reply(reply).progress.attempts), (arrives, 1));
    }
}

#[tokio::test]
async fn message_that_may_be_ours_keeps_it_from_being_sent_again() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::DropBefore);
    let reply = approve(&world, case);
    world.work().await;
    world.site.send_message(NGO, CLIENT, "Здравствуйте", "Написано рукой, на самом форуме.");
    world.work_for_s(4000).await;
    assert_eq!(world.delivery(reply), Delivery::Unknown);
    assert_eq!(world.site.messages().len(), 1);
}

#[tokio::test]
async fn crash_between_any_two_steps_neither_loses_nor_doubles_a_message() {
    for fault in [Fault::AcceptAndDrop, Fault::DropBefore] {
        let (mut world, case) = world_with_case().await;
        world.faults.once(fault);
        let reply = approve(&world, case);
        for _ in 0..40 {
            world.restart().await;
            world.clock.advance_s(30);
            netreach::jobs::work_once(&world.context(), &world.venue).await.expect("works");
        }
        assert_arrived_once(&world, reply);
    }
}

#[tokio::test]
async fn crash_after_the_forum_took_the_message_and_before_that_was_written_down_is_settled_by_the_list() {
    let (mut world, case) = world_with_case().await;
    let reply = approve(&world, case);
    // What a kill between the two leaves behind.
    let row = world.reply(reply);
    let posting = row.progress.preparing().posting(world.clock.now(), 30);
    world.write(|tx| {
        tx.move_reply(reply, &row.progress, &row.progress.preparing(), None, world.clock.now())?;
        tx.move_reply(reply, &row.progress.preparing(), &posting, None, world.clock.now())
    });
    world.site.send_message(NGO, CLIENT, &message_subject(row.approved_at, "Гуманитарное"), TEXT);
    world.restart().await;
    world.work_for_s(60).await;
    assert_arrived_once(&world, reply);
}

#[tokio::test]
async fn message_waits_while_the_forum_is_down() {
    let (world, case) = world_with_case().await;
    world.faults.set(Fault::Busy);
    let reply = approve(&world, case);
    world.work_for_s(300).await;
    assert_eq!(world.delivery(reply), Delivery::Waiting);
    world.faults.mend();
    world.work_for_s(3000).await;
    assert_arrived_once(&world, reply);
}

#[tokio::test]
async fn refusal_of_the_person_is_told_and_nothing_goes_into_the_thread() {
    let (world, case) = world_with_case().await;
    world.site.take_messages(CLIENT, false);
    let reply = approve(&world, case);
    world.work_for_s(600).await;
    assert_eq!(world.delivery(reply), Delivery::Refused);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("takes_no_messages"));
    assert!(world.site.messages().is_empty());
    assert_eq!(world.site.posts(world.topic).len(), 2);
    assert_eq!(world.read(|tx| tx.case(case)).stage, Stage::Initiated, "somebody must still answer");
}

#[tokio::test]
async fn message_is_not_sent_by_a_form_that_goes_to_somebody_else() {
    let (mut world, case) = world_with_case().await;
    let other = world.site.add_post(world.topic, "другой", "И мне интересно, держите в курсе, спасибо за тему.");
    let wrong = format!("action=quotepost&p={other}\"");
    world.venue.forum.profile = profile(|toml| toml.replace("action=quotepost&p={post}\"", &wrong));
    let reply = approve(&world, case);
    world.work_for_s(600).await;
    assert!(world.site.messages().is_empty());
    assert_eq!(world.delivery(reply), Delivery::Waiting, "tried again for some hours, as a form that is missing");
    assert_eq!(world.reply(reply).reason.as_deref(), Some("no_form"));
}

#[tokio::test]
async fn way_to_the_form_may_be_told_by_the_post() {
    for way in [
        "link = { css = \"a[href*='i=pm']\", attr = \"href\" }",
        "page = \"ucp.php?i=pm&mode=compose&action=quotepost&p={user_id}\"\n\
         user_id = { css = \"a[href*='i=pm']\", attr = \"href\", regex = 'p=(\\d+)' }",
    ] {
        let (mut world, case) = world_with_case().await;
        let page = "page = \"ucp.php?i=pm&mode=compose&action=quotepost&p={post}\"";
        world.venue.forum.profile = profile(|toml| toml.replace(page, way));
        let reply = approve(&world, case);
        world.work_for_s(60).await;
        assert_arrived_once(&world, reply);
    }
}

#[tokio::test]
async fn reply_in_the_thread_is_not_taken_for_a_message_with_the_same_words() {
    let (world, case) = world_with_case().await;
    world.faults.once(Fault::DropBefore);
    let message = approve(&world, case);
    world.work().await;
    world.site.add_post(world.topic, NGO, TEXT);
    world.work_for_s(600).await;
    assert_eq!(world.site.messages().len(), 1);
    assert_eq!(world.delivery(message), Delivery::Confirmed);
    assert_eq!(world.reply(message).post_id, None);
}

#[tokio::test]
async fn message_goes_by_the_next_address_where_the_first_one_is_dead() {
    let (world, onions) = World::with_mirrors(2).await;
    let case = asked(&world).await;
    // Every link and form of the second address names the first one.
    onions.faults[1].set(Fault::NamesHost(0));
    onions.down(0);
    let reply = approve(&world, case);
    world.work_for_s(60).await;
    assert_arrived_once(&world, reply);
}

#[tokio::test]
async fn message_whose_answer_was_lost_is_found_at_another_address() {
    let (world, _onions, reply) = sent_to_an_address_that_went_down(Fault::AcceptAndDrop).await;
    world.work_for_s(600).await;
    assert_arrived_once(&world, reply);
}

#[tokio::test]
async fn message_that_is_not_seen_at_another_address_is_given_to_a_person_and_not_sent_again() {
    let (mut world, _onions, reply) = sent_to_an_address_that_went_down(Fault::DropBefore).await;
    world.work_for_s(600).await;
    assert_eq!(world.delivery(reply), Delivery::Posting);
    assert_eq!(world.reply(reply).reason.as_deref(), Some("not_found_elsewhere"));
    world.restart().await;
    world.work_for_s(1800).await;
    assert_eq!(world.delivery(reply), Delivery::Unknown);
    assert_eq!((world.reply(reply).progress.attempts, world.site.messages().len()), (1, 0));
}

#[tokio::test]
async fn message_that_never_arrived_is_sent_again_once_its_own_address_shows_that() {
    let (world, onions, reply) = sent_to_an_address_that_went_down(Fault::DropBefore).await;
    world.work_for_s(300).await;
    onions.up(0);
    world.work_for_s(600).await;
    assert_arrived_once(&world, reply);
    assert_eq!(world.reply(reply).progress.attempts, 2);
}

#[tokio::test]
async fn private_message_that_nobody_has_read_is_an_alarm_until_somebody_has() {
    let (world, case) = world_with_case().await;
    let has_alarm = || world.read(|tx| tx.alarms()).iter().any(|alarm| alarm.kind == AlarmKind::UnreadMessage);
    approve(&world, case);
    world.work_for_s(60).await;
    world.work_for_s(4_000).await;
    assert!(!has_alarm(), "the client has not answered");
    assert!(world.site.send_message(CLIENT, NGO, "Re: вопрос", "Спасибо. А если мне прямо сейчас плохо?"));
    world.work_for_s(4_000).await;
    assert!(has_alarm());
    world.site.open_messages(NGO);
    world.work_for_s(4_000).await;
    assert!(!has_alarm());
}

#[tokio::test]
async fn private_message_is_noticed_where_the_list_is_read_in_place_of_the_threads() {
    let (world, case) = world_with_case().await;
    world.add_thread("Ещё одна тема");
    world.work_for_s(12_000).await;
    assert!(world.read(|tx| tx.threads()).iter().all(|thread| thread.next_look_why == "listed"));
    approve(&world, case);
    world.work_for_s(120).await;
    assert!(world.site.send_message(CLIENT, NGO, "Re: вопрос", "Спасибо"));
    world.work_for_s(4_000).await;
    assert!(world.read(|tx| tx.alarms()).iter().any(|alarm| alarm.kind == AlarmKind::UnreadMessage));
}
