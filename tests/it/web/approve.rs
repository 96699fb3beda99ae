//! Approving, and a person's decisions on replies: nothing twice, nothing unseen.

use super::app::{App, Browser};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::case::{CaseId, Stage};
use netreach::domain::judgement::Urgency;
use netreach::domain::reply::Delivery;
use netreach::store::NewThread;

const TEXT: &str = "Через 12 недель.\n\nПриходите в автобус.";

/// A worker who has a case, with a draft that is ready to be sent.
async fn ready(app: &App) -> (Browser<'_>, CaseId, String) {
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let text = TEXT.replace('\n', "\r\n") + "\r\n";
    let fields = [("text", text.as_str()), ("seen", ""), ("action", "approve")];
    let answered = marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(answered.location(), format!("{path}/confirm"));
    (marina, case, path)
}

fn deliveries(app: &App, case: CaseId) -> Vec<Delivery> {
    app.with(|tx| tx.replies_of(case)).into_iter().map(|r| r.progress.delivery).collect()
}

#[tokio::test]
async fn reply_is_shown_before_it_is_sent_and_clicked_twice_is_sent_once() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let page = marina.get(&format!("{path}/confirm")).await;
    assert!(page.body.contains("id=\"send\"") && page.body.contains(TEXT) && page.body.contains("ГуманПроект"));
    assert!(page.body.contains("ВИЧ: вопросы и ответы"));
    assert!(deliveries(&app, case).is_empty(), "looking sends nothing");
    let digest = page.field("digest");
    let send = format!("{path}/send");
    let first = marina.post(&send, &[("digest", digest.as_str())]).await;
    let second = marina.post(&send, &[("digest", digest.as_str())]).await;
    assert_eq!((first.location(), second.location()), (first.location(), first.location()));
    assert!(first.location().starts_with(&format!("{path}?done=approved")));
    assert_eq!(deliveries(&app, case), [Delivery::Waiting]);
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    assert_eq!(row.text.expose(), TEXT);
    assert!(marina.get(&path).await.body.contains("data-delivery=\"waiting\""));
    assert!(marina.get(&format!("{path}/confirm")).await.location().ends_with("#replies"), "back leads to the case");
}

#[tokio::test]
async fn two_clicks_at_the_same_time_send_once() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    let mut other = app.browser();
    (other.cookies, other.csrf) = (marina.cookies.clone(), marina.csrf.clone());
    let (send, fields) = (format!("{path}/send"), [("digest", digest.as_str())]);
    let (a, b) = tokio::join!(marina.post(&send, &fields), other.post(&send, &fields));
    assert_eq!((a.status, b.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(deliveries(&app, case), [Delivery::Waiting]);
}

#[tokio::test]
async fn text_that_was_not_shown_is_not_sent() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    let seen = marina.get(&path).await.field("seen");
    let fields = [("text", "другой текст"), ("seen", seen.as_str()), ("action", "save")];
    marina.post(&format!("{path}/reply"), &fields).await;
    let refused = marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("другой текст"));
    assert!(deliveries(&app, case).is_empty());
}

#[tokio::test]
async fn missing_fact_keeps_a_reply_back_and_its_text_is_saved() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "где автобус?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let fields = [("text", "Автобус: {{bus_schedule}}"), ("seen", ""), ("action", "approve")];
    let refused = marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("не заполнено «Расписание автобуса» ({{bus_schedule}})"));
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("kept").text.expose(), "Автобус: {{bus_schedule}}");
}

#[tokio::test]
async fn reply_taken_back_becomes_the_draft_again() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    let id = app.with(|tx| tx.replies_of(case))[0].id;
    let decide = format!("/reply/{}", id.0);
    let refused = marina.post(&decide, &[("decision", "withdraw"), ("seen", "unknown")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "decided on another state than it is in");
    let answered = marina.post(&decide, &[("decision", "withdraw"), ("seen", "waiting")]).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(deliveries(&app, case), [Delivery::Withdrawn]);
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("kept").text.expose(), TEXT);
}

/// Leaves the only reply of the case with an unknown outcome.
fn lose_track(app: &App, case: CaseId) -> i64 {
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    app.with(|tx| {
        let mut next = row.progress.posting(app.now(), 60);
        next.delivery = Delivery::Unknown;
        tx.move_reply(row.id, &row.progress, &next, Some("not_found"), app.now())
    });
    row.id.0
}

#[tokio::test]
async fn reply_of_unknown_outcome_is_decided_by_the_one_who_has_the_case() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    let id = lose_track(&app, case);
    let page = marina.get(&path).await.body;
    for button in ["value=\"confirm\"", "value=\"again\"", "value=\"withdraw\""] {
        assert!(page.contains(button), "{button}");
    }
    let mut oleg = app.log_in("oleg", &[Role::Worker]).await;
    oleg.get(&path).await;
    let refused = oleg.post(&format!("/reply/{id}"), &[("decision", "again"), ("seen", "unknown")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let again = [("decision", "again"), ("seen", "unknown")];
    assert_eq!(marina.post(&format!("/reply/{id}"), &again).await.status, StatusCode::SEE_OTHER);
    assert_eq!(marina.post(&format!("/reply/{id}"), &again).await.status, StatusCode::CONFLICT, "once");
    assert_eq!(deliveries(&app, case), [Delivery::Waiting]);
    let id = lose_track(&app, case);
    marina.post(&format!("/reply/{id}"), &[("decision", "confirm"), ("seen", "unknown")]).await;
    assert_eq!(deliveries(&app, case), [Delivery::Confirmed]);
    assert_eq!(app.with(|tx| tx.case(case)).stage, Stage::Addressed);
    assert!(marina.get(&path).await.body.contains("data-delivery=\"confirmed\""));
    assert!(marina.get("/?stage=addressed").await.body.contains("ответ стоит в теме"));
}

#[tokio::test]
async fn case_with_a_reply_on_its_way_is_not_closed() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    assert!(!marina.get(&path).await.body.contains("id=\"close\""));
    let refused = marina.post(&format!("{path}/close"), &[("outcome", "helped")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(app.with(|tx| tx.case(case)).stage, Stage::Initiated);
}

#[tokio::test]
async fn reply_is_not_sent_to_another_place_than_the_one_that_was_shown() {
    let app = App::new();
    let (mut marina, case, path) = ready(&app).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    let new = NewThread {
        forum: "other".into(),
        forum_thread_id: "77".into(),
        path: "viewtopic.php?t=77".into(),
        now: app.now(),
    };
    let thread = app.with(|tx| tx.case(case)).thread_id;
    app.store.write_now(|tx| tx.move_thread(thread, &new)).expect("moves");
    let refused = marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    assert!(refused.body.contains("тему перенесли"));
    assert!(deliveries(&app, case).is_empty());
    let shown = marina.get(&path).await.body;
    assert!(shown.contains("там, где тема была до переноса"));
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    assert_eq!(deliveries(&app, case), [Delivery::Waiting]);
}
