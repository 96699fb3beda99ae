//! Every route in every role, and what every response carries.

use super::app::{App, Browser};
use axum::http::{Method, StatusCode};
use netreach::domain::account::Role;
use netreach::domain::judgement::Urgency;
use netreach::web::{Access, routes};

/// The path with the ids of records that exist.
fn filled(path: &str, case: i64) -> String {
    let id = match path.split('/').nth(1) {
        Some("answers") => "info.hiv_window".to_owned(),
        Some("threads" | "reply") => "1".to_owned(),
        Some("access") => "sample".to_owned(),
        _ => case.to_string(),
    };
    path.replace("{id}", &id).replace("{number}", "0")
}

async fn ask(browser: &mut Browser<'_>, method: &Method, path: &str) -> super::app::Answered {
    if method == Method::GET { browser.get(path).await } else { browser.post(path, &[]).await }
}

#[tokio::test]
async fn every_route_is_open_to_its_roles_and_to_nobody_else() {
    for role in Role::ALL {
        for route in routes() {
            // Each in a world of its own: a log-out or a claim must not decide about the next route.
            let app = App::new();
            app.starter_answers_few();
            let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
            let mut browser = app.log_in("person", &[role]).await;
            browser.get("/threads").await;
            let answered = ask(&mut browser, &route.method, &filled(route.path, case.0)).await;
            let allowed = match route.access {
                Access::Open | Access::LoggedIn => true,
                Access::May(permission) => permission.roles().contains(&role),
            };
            if route.path == "/login" && route.method == Method::POST {
                continue;
            }
            assert_eq!(
                answered.status == StatusCode::FORBIDDEN,
                !allowed,
                "{} {} as {}: {}",
                route.method,
                route.path,
                role.as_str(),
                answered.status
            );
            assert!(answered.status != StatusCode::INTERNAL_SERVER_ERROR, "{} {}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn nothing_but_the_log_in_page_is_shown_to_a_stranger() {
    let app = App::new();
    app.starter_answers_few();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    for route in routes().into_iter().filter(|r| r.access != Access::Open) {
        let mut stranger = app.browser();
        let answered = ask(&mut stranger, &route.method, &filled(route.path, case.0)).await;
        let expected = if route.method == Method::GET { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answered.status, expected, "{} {}", route.method, route.path);
        assert!(!answered.body.contains("через сколько тест"));
    }
}

#[tokio::test]
async fn every_response_carries_the_headers() {
    let app = App::new();
    let mut browser = app.log_in("person", &[Role::Worker]).await;
    let page = browser.get("/").await;
    let style = page.body.split("href=\"").find_map(|p| p.strip_prefix("/style-")).expect("a style sheet");
    let style = format!("/style-{}", style.split('"').next().unwrap_or_default());
    for path in ["/", "/login", "/nowhere", "/case/999", "/answers", "/favicon.ico", "/directory", style.as_str()] {
        let answered = browser.get(path).await;
        let has = |name: &str| answered.headers.get(name).map(|v| v.to_str().expect("ascii").to_owned());
        assert_eq!(
            has("content-security-policy").expect("a policy"),
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(has("referrer-policy").as_deref(), Some("no-referrer"));
        assert_eq!(has("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(has("x-frame-options").as_deref(), Some("DENY"));
        assert_eq!(has("cross-origin-opener-policy").as_deref(), Some("same-origin"));
        assert_eq!(has("cross-origin-resource-policy").as_deref(), Some("same-origin"));
        assert!(has("permissions-policy").is_some());
        assert_eq!(has("server"), None);
        let cached = has("cache-control").expect("said");
        assert_eq!(cached == "no-store", path != style, "{path}: {cached}");
    }
    let refused = browser.post_raw("/threads", &[], &[]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "a method that a path does not have");
    assert!(refused.headers.contains_key("content-security-policy"));
}

#[tokio::test]
async fn what_does_not_exist_is_a_page_of_ours() {
    let app = App::new();
    let mut browser = app.log_in("person", &[Role::Worker]).await;
    for path in ["/case/999", "/case/x", "/case/1%00", "/answers/none", "/threads/99", "/nowhere"] {
        let answered = browser.get(path).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answered.body.contains("Такой страницы нет"), "{path}");
    }
}

impl App {
    fn starter_answers_few(&self) {
        self.answer(&super::app::short_answer("info.hiv_window", "Тест достоверен через 12 недель."), true);
    }
}
