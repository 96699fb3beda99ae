//! The library and the directory: verification of what was shown, and what takes it away.

use super::app::{App, short_answer};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::answer::Standing;

const ID: &str = "info.hiv_window";
const PATH: &str = "/answers/info.hiv_window";

fn standing(app: &App) -> Standing {
    app.with(|tx| tx.find_answer(ID)).expect("there").standing(app.now())
}

#[tokio::test]
async fn verifier_verifies_the_words_that_were_shown() {
    let app = App::new();
    app.answer(&short_answer(ID, "Через 12 недель."), false);
    let mut vera = app.log_in("vera", &[Role::Verifier]).await;
    let page = vera.get(PATH).await;
    assert!(page.body.contains("id=\"verify\"") && page.body.contains("value=\"2027-11-20\""));
    let digest = page.field("digest");
    let verify = format!("{PATH}/verify");
    let past = vera.post(&verify, &[("digest", digest.as_str()), ("until", "2026-11-19")]).await;
    assert_eq!(past.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.answer(&short_answer(ID, "Через 10 недель."), false);
    let stale = vera.post(&verify, &[("digest", digest.as_str()), ("until", "2027-11-20")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert_eq!(standing(&app), Standing::Unverified);
    let digest = stale.field("digest");
    let done = vera.post(&verify, &[("digest", digest.as_str()), ("until", "2027-11-20")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(standing(&app), Standing::Verified);
    assert!(vera.get("/answers?standing=verified").await.body.contains("Период окна"));
    vera.post(&format!("{PATH}/unverify"), &[]).await;
    assert_eq!(standing(&app), Standing::Unverified);
}

#[tokio::test]
async fn changed_words_lose_the_verification_and_examples_do_not() {
    let app = App::new();
    app.answer(&short_answer(ID, "Через 12 недель."), true);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let edit = format!("{PATH}/edit");
    let page = olga.get(&edit).await;
    assert!(page.body.contains("проверка снимется"));
    let seen = page.field("seen");
    let fields = |body, examples, seen| {
        [
            ("seen", seen),
            ("title_ru", "Период окна"),
            ("body_ru", body),
            ("title_en", "Window period"),
            ("body_en", "A test is reliable after twelve weeks."),
            ("examples_ru", examples),
            ("examples_en", ""),
            ("sources", ""),
        ]
    };
    olga.post(&edit, &fields("Через 12 недель.", "когда тест\r\nчерез сколько", &seen)).await;
    assert_eq!(standing(&app), Standing::Verified);
    let stale = olga.post(&edit, &fields("Совсем другое.", "", &seen)).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "the form is older than the examples");
    assert!(stale.body.contains("Совсем другое."), "what was typed is kept");
    let seen = stale.field("seen");
    olga.post(&edit, &fields("Через 10 недель.", "когда тест", &seen)).await;
    assert_eq!(standing(&app), Standing::Unverified);
    assert!(olga.get(PATH).await.body.contains("С тех пор он изменён"));
}

#[tokio::test]
async fn answer_is_shown_as_a_client_would_read_it() {
    let app = App::new();
    app.answer(&short_answer(ID, "Автобус: {{bus_schedule}}. Бот: {{overdose_bot}}."), false);
    app.with(|tx| tx.save_fact("bus_schedule", "пн–пт 18:00", None, app.now()));
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(PATH).await.body;
    assert!(page.contains("Автобус: пн–пт 18:00. Бот: {{overdose_bot}}."));
    assert!(page.contains("A test is reliable") && page.contains("не заполнено"));
    assert!(!page.contains("id=\"verify\"") && !page.contains("/edit\""));
}

#[tokio::test]
async fn coordinator_fills_the_directory() {
    let app = App::new();
    app.answer(&short_answer(ID, "Автобус: {{bus_schedule}}."), false);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let page = olga.get("/directory").await;
    assert!(page.body.contains("Расписание автобуса") && page.body.contains("Не заполнена 1 запись"));
    olga.post("/directory", &[("key", "bus_schedule"), ("value", " пн–пт 18:00 ")]).await;
    assert_eq!(app.with(|tx| tx.facts())["bus_schedule"], "пн–пт 18:00");
    for (key, value) in [("Ключ", "x"), ("", "x"), ("bus_schedule", "{{again}}")] {
        let refused = olga.post("/directory", &[("key", key), ("value", value)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn library_is_filtered_by_words_topic_and_standing() {
    let app = App::new();
    app.starter_answers(false);
    app.answer(&short_answer("mine", "Через 12 недель про кенгуру."), true);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let rows = |body: &str| body.matches("href=\"/answers/").count();
    let all = marina.get("/answers").await.body;
    assert!(rows(&all) > 60);
    assert_eq!(rows(&marina.get("/answers?text=%D0%BA%D0%B5%D0%BD%D0%B3%D1%83%D1%80%D1%83").await.body), 1);
    assert_eq!(rows(&marina.get("/answers?standing=verified").await.body), 1);
    assert!(rows(&marina.get("/answers?topic=od.opioid").await.body) >= 1);
}
