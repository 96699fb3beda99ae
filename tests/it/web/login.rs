//! Log-in, sessions, and what protects forms.

use super::app::{App, PASSWORD};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::judgement::Urgency;

#[tokio::test]
async fn log_in_opens_the_queue_and_log_out_closes_it() {
    let app = App::new();
    app.person("marina", &[Role::Worker]);
    let mut browser = app.browser();
    assert_eq!(browser.get("/").await.location(), "/login");
    let answered = browser.log_in("marina", PASSWORD).await;
    assert_eq!((answered.status, answered.location()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(browser.post("/logout", &[]).await.location(), "/login?done=logged-out");
    assert!(!browser.cookies.contains_key("desk_session"));
}

#[tokio::test]
async fn ended_session_stays_ended_for_a_copy_of_the_cookie() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    let copy = browser.cookies.clone();
    browser.get("/").await;
    browser.post("/logout", &[]).await;
    browser.cookies = copy;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn log_in_gives_a_new_session_and_ends_the_old_one() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    let old = browser.cookies.clone();
    browser.cookies.remove("desk_session");
    browser.get("/login").await;
    browser.cookies.insert("desk_session".into(), old["desk_session"].clone());
    browser.post("/login", &[("name", "marina"), ("password", PASSWORD)]).await;
    assert_ne!(browser.cookies["desk_session"], old["desk_session"]);
    browser.cookies = old;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn wrong_password_and_unknown_name_answer_alike() {
    let app = App::new();
    app.person("marina", &[Role::Worker]);
    let mut browser = app.browser();
    let wrong = browser.log_in("marina", "не тот").await;
    let unknown = app.browser().log_in("nobody", "не тот").await;
    assert_eq!((wrong.status, unknown.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert!(wrong.body.contains("Имя или пароль не подходят") && unknown.body.contains("Имя или пароль не подходят"));
    assert!(!browser.cookies.contains_key("desk_session"));
}

#[tokio::test]
async fn disabled_account_does_not_log_in() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    app.with(|tx| tx.disable_account("marina"));
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER, "the session ends with the account");
    assert_eq!(browser.log_in("marina", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn attempts_on_one_name_run_out_and_others_still_log_in() {
    let app = App::new();
    app.person("marina", &[Role::Worker]);
    app.person("oleg", &[Role::Worker]);
    let mut browser = app.browser();
    for _ in 0..10 {
        assert_eq!(browser.log_in("marina", "не тот").await.status, StatusCode::UNAUTHORIZED);
    }
    let answered = browser.log_in("marina", PASSWORD).await;
    assert_eq!(answered.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(app.browser().log_in("oleg", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn idle_session_ends_and_a_page_that_reloads_itself_does_not_keep_it() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    app.clock.advance_s(11 * 3600);
    assert_eq!(browser.get("/").await.status, StatusCode::OK, "used within twelve hours");
    app.clock.advance_s(11 * 3600);
    assert_eq!(browser.get("/?stage=initiated&reloaded=1").await.status, StatusCode::OK);
    app.clock.advance_s(2 * 3600);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn session_ends_after_a_week_of_steady_use() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    for _ in 0..16 {
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        app.clock.advance_s(10 * 3600);
    }
    app.clock.advance_s(9 * 3600);
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn form_without_the_right_token_does_nothing() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    let path = format!("/case/{}/claim", case.0);
    for token in ["", "0", &"0".repeat(64)] {
        assert_eq!(browser.post_raw(&path, &[("csrf", token)], &[]).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(app.with(|tx| tx.case(case)).claim, None);
    let mut stranger = app.browser();
    let answered = stranger.post_raw("/login", &[("name", "marina"), ("password", PASSWORD), ("csrf", "x")], &[]).await;
    assert_eq!(answered.status, StatusCode::FORBIDDEN, "the log-in form has a token too");
    assert!(!stranger.cookies.contains_key("desk_session"));
}

#[tokio::test]
async fn form_posted_from_another_site_is_refused() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    browser.get("/").await;
    let csrf = browser.csrf.clone();
    let fields = [("csrf", csrf.as_str()), ("lang", "en")];
    for site in ["cross-site", "same-site"] {
        let answered = browser.post_raw("/language", &fields, &[("sec-fetch-site", site)]).await;
        assert_eq!(answered.status, StatusCode::FORBIDDEN);
    }
    let own = browser.post_raw("/language", &fields, &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/").await.body.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn text_posted_after_the_session_ended_goes_through_the_log_in() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    browser.get(&format!("/case/{}", case.0)).await;
    browser.post(&format!("/case/{}/claim", case.0), &[]).await;
    app.clock.advance_s(13 * 3600);
    let text = "Через 12 недель. <b>Не тревожьтесь</b>";
    let answered =
        browser.post(&format!("/case/{}/reply", case.0), &[("text", text), ("action", "save"), ("seen", "")]).await;
    assert_eq!(answered.status, StatusCode::UNAUTHORIZED);
    assert!(answered.body.contains("Через 12 недель. &#60;b&#62;Не тревожьтесь"), "{}", answered.body);
    let next = answered.field("next");
    let answered = browser
        .post("/login", &[("name", "marina"), ("password", PASSWORD), ("text", text), ("next", next.as_str())])
        .await;
    assert_eq!(answered.status, StatusCode::OK);
    assert!(answered.body.contains("id=\"rescue\"") && answered.body.contains("Через 12 недель."));
    let answered = browser.post(&format!("/case/{}/reply", case.0), &[("text", text), ("action", "save")]).await;
    assert_eq!(answered.status, StatusCode::CONFLICT, "the claim ran out in between");
    assert!(answered.body.contains("name=\"text\"") && answered.body.contains("Через 12 недель."));
    let answered = browser.post(&format!("/case/{}/claim", case.0), &[("text", text), ("seen", "")]).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").text.expose(), text);
}

#[tokio::test]
async fn person_lands_on_a_page_they_may_see() {
    let app = App::new();
    for (name, role, home) in [
        ("w", Role::Worker, "/"),
        ("v", Role::Verifier, "/answers"),
        ("c", Role::Coordinator, "/"),
        ("a", Role::Admin, "/threads"),
    ] {
        app.person(name, &[role]);
        assert_eq!(app.browser().log_in(name, PASSWORD).await.location(), home);
    }
}

#[tokio::test]
async fn log_in_leads_back_to_the_page_that_was_asked_for_and_nowhere_else() {
    let app = App::new();
    app.person("marina", &[Role::Worker]);
    let mut browser = app.browser();
    assert_eq!(browser.get("/case/5").await.location(), "/login?next=%2Fcase%2F5");
    let page = browser.get("/login?next=%2Fcase%2F5").await;
    assert_eq!(page.field("next"), "/case/5");
    let page = browser.get("/login?next=https%3A%2F%2Fevil.example").await;
    assert_eq!(page.field("next"), "");
    let fields = [("name", "marina"), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(browser.post("/login", &fields).await.location(), "/");
}
