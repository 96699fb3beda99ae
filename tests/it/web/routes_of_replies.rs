//! Who can read a reply: chosen, shown, kept, and never wider than what was chosen.

use super::app::{App, Browser, PASSWORD};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::case::CaseId;
use netreach::domain::judgement::Urgency;
use netreach::domain::reply::{Delivery, Route};
use netreach::web::Ways;

const TEXT: &str = "Раз у вас ВИЧ, приходите в автобус, поговорим наедине.";

/// A worker who has a case.
async fn at_work(app: &App) -> (Browser<'_>, CaseId, String) {
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    (marina, case, path)
}

/// Which way the page has ticked; `None` where it does not ask.
fn ticked(body: &str) -> Option<&'static str> {
    let is_ticked = |value: &str| body.contains(&format!("type=\"radio\" name=\"route\" value=\"{value}\" checked"));
    ["thread", "message"].into_iter().find(|value| is_ticked(value))
}

#[tokio::test]
async fn private_message_is_chosen_shown_asked_again_and_sent() {
    let app = App::new();
    let (mut marina, case, path) = at_work(&app).await;
    let page = marina.get(&path).await.body;
    assert_eq!(ticked(&page), Some("thread"));
    assert!(page.contains("Это прочитают все") && page.contains("Это получит только гость"));
    let fields = [("text", TEXT), ("seen", ""), ("action", "approve"), ("route", "message")];
    let answered = marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(answered.location(), format!("{path}/confirm"));
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").route, Route::Message);
    let page = marina.get(&format!("{path}/confirm")).await;
    assert_eq!(ticked(&page.body), Some("message"));
    let digest = page.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", &digest), ("route", "message")]).await;
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    assert_eq!((row.route, row.text.expose().as_str()), (Route::Message, TEXT));
    let page = marina.get(&path).await.body;
    assert!(page.contains("data-route=\"message\"") && page.contains("личное сообщение ждёт отправки"));
    assert!(marina.get("/").await.body.contains("личное сообщение ждёт отправки"));
}

#[tokio::test]
async fn page_that_asks_nothing_sends_by_the_route_of_the_draft() {
    let app = App::new();
    let (mut marina, case, path) = at_work(&app).await;
    let fields = [("text", TEXT), ("seen", ""), ("action", "approve"), ("route", "message")];
    marina.post(&format!("{path}/reply"), &fields).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", &digest)]).await;
    assert_eq!(app.with(|tx| tx.replies_of(case)).remove(0).route, Route::Message);
}

#[tokio::test]
async fn text_saved_by_a_form_that_knows_no_routes_keeps_its_route() {
    let app = App::new();
    let (mut marina, case, path) = at_work(&app).await;
    let save = format!("{path}/reply");
    marina.post(&save, &[("text", TEXT), ("seen", ""), ("action", "save"), ("route", "message")]).await;
    let seen = marina.get(&path).await.field("seen");
    marina.post(&save, &[("text", "спасённый текст"), ("seen", &seen), ("action", "save")]).await;
    let draft = app.with(|tx| tx.find_draft(case)).expect("saved");
    assert_eq!((draft.text.expose().as_str(), draft.route), ("спасённый текст", Route::Message));
}

#[tokio::test]
async fn forum_without_private_messages_offers_the_thread_alone_and_says_so() {
    let app = App::with_ways(Ways { quotes: true, messages: false });
    let (mut marina, case, path) = at_work(&app).await;
    let page = marina.get(&path).await.body;
    assert_eq!(ticked(&page), None);
    assert!(page.contains("На этом форуме нет личных сообщений") && page.contains("Это прочитают все"));
    let fields = [("text", TEXT), ("seen", ""), ("action", "approve"), ("route", "message")];
    marina.post(&format!("{path}/reply"), &fields).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    let refused = marina.post(&format!("{path}/send"), &[("digest", &digest), ("route", "message")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(app.with(|tx| tx.replies_of(case)).is_empty(), "it does not go into the thread instead");
}

#[tokio::test]
async fn personal_details_in_a_text_for_everybody_are_pointed_out() {
    let app = App::new();
    let (mut marina, _, path) = at_work(&app).await;
    let save = format!("{path}/reply");
    let text = "Автобус стоит у метро. Перезвоним на +7 921 123-45-67.";
    marina.post(&save, &[("text", text), ("seen", ""), ("action", "approve"), ("route", "thread")]).await;
    let warning = "Похоже, в тексте есть личное: номер телефона";
    assert!(marina.get(&path).await.body.contains(warning));
    assert!(marina.get(&format!("{path}/confirm")).await.body.contains(warning));
    // The NGO's own telephone, from its directory, is meant for everybody.
    app.with(|tx| {
        let by = tx.accounts()?[0].id;
        tx.save_fact("doctor_contact", "+7 921 123-45-67", Some(by), app.now())
    });
    assert!(!marina.get(&path).await.body.contains(warning));
}

#[tokio::test]
async fn message_that_failed_is_told_where_the_next_reply_is_written() {
    let app = App::new();
    let (mut marina, case, path) = at_work(&app).await;
    let fields = [("text", TEXT), ("seen", ""), ("action", "approve"), ("route", "message")];
    marina.post(&format!("{path}/reply"), &fields).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", &digest)]).await;
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    app.with(|tx| tx.move_reply(row.id, &row.progress, &row.progress.refused(), Some("takes_no_messages"), app.now()));
    let page = marina.get(&path).await.body;
    assert!(page.contains("Личное сообщение не дошло: человек не принимает личных сообщений"));
    assert!(page.contains("форум отклонил личное сообщение"));
    // Taken back, the text is there to be changed, and still not for everybody.
    marina.post(&format!("/reply/{}", row.id.0), &[("decision", "withdraw"), ("seen", "refused")]).await;
    let draft = app.with(|tx| tx.find_draft(case)).expect("kept");
    assert_eq!((draft.text.expose().as_str(), draft.route), (TEXT, Route::Message));
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    assert_eq!(row.progress.delivery, Delivery::Withdrawn);
    assert!(marina.get(&path).await.body.contains("Личное сообщение не дошло"), "the reason is still told");
}

#[tokio::test]
async fn private_text_that_outlived_its_session_and_its_claim_is_still_private() {
    let app = App::new();
    let (mut marina, case, path) = at_work(&app).await;
    app.clock.advance_s(13 * 3600);
    let save = format!("{path}/reply");
    let fields = [("text", TEXT), ("seen", ""), ("action", "save"), ("route", "message")];
    let answered = marina.post(&save, &fields).await;
    assert_eq!((answered.status, answered.field("route").as_str()), (StatusCode::UNAUTHORIZED, "message"));
    let log_in = [("name", "marina"), ("password", PASSWORD), ("text", TEXT), ("route", "message"), ("next", &path)];
    let rescued = marina.post("/login", &log_in).await;
    assert!(rescued.body.contains("id=\"rescue\"") && rescued.field("route") == "message");
    let refused = marina.post(&save, &[("text", TEXT), ("action", "save"), ("route", "message")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "the claim ran out in between");
    assert!(refused.body.contains("id=\"claim\"") && refused.field("route") == "message");
    marina.post(&format!("{path}/claim"), &[("text", TEXT), ("seen", ""), ("route", "message")]).await;
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").route, Route::Message);
}
