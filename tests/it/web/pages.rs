//! Pages as a whole: their size, their language, and the reports.

use super::app::{ADDRESSES, App, Browser};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::judgement::Urgency;
use netreach::domain::look::{ListMatched, Matched};
use netreach::domain::thread::{LookState, ThreadId};
use netreach::store::{AlarmKind, ForumState, ListReading, LookSummary, NewThread};

const MOST_BYTES: usize = 60_000;

/// A desk with a hundred long cases, the whole library, and alarms.
fn busy() -> App {
    let app = App::new();
    app.starter_answers(true);
    let thread = app.thread();
    let long = "Подскажите, пожалуйста, что делать в таком положении, очень страшно. ".repeat(40);
    for n in 0..100 {
        let urgency = Urgency::ALL[n % 3];
        app.case(thread, &format!("клиент номер {n}"), &format!("{n} передоз, тест на вич {long}"), urgency);
        app.clock.advance_s(60);
    }
    app.with(|tx| tx.raise_alarm(AlarmKind::Drift, "sample", Some(thread), None, app.now()));
    app
}

#[tokio::test]
async fn pages_are_small_even_when_there_is_much() {
    let app = busy();
    let mut browser = app.log_in("all", &Role::ALL).await;
    browser.get("/case/50").await;
    browser.post("/case/50/claim", &[]).await;
    for path in [
        "/",
        "/?stage=initiated&page=3",
        "/case/50",
        "/answers",
        "/answers/od.opioid",
        "/directory",
        "/threads",
        "/threads/1",
        "/engagement",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.body.len() < MOST_BYTES, "{path} has {} bytes", page.body.len());
        let loads = page.body.matches("<link ").count() + page.body.matches(" src=").count();
        assert_eq!(loads, 1, "{path} loads the style sheet and nothing else");
    }
}

#[tokio::test]
async fn every_case_is_reached_by_paging_through_the_queue() {
    let app = busy();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    let (mut seen, mut path) = (Vec::new(), "/".to_owned());
    loop {
        let body = browser.get(&path).await.body;
        seen.extend(body.split("href=\"/case/").skip(1).filter_map(|p| p.split('"').next()?.parse::<i64>().ok()));
        let Some((_, rest)) = body.split_once("rel=\"next\" href=\"") else { break };
        path = rest.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&");
    }
    assert_eq!(seen.len(), 100);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

#[tokio::test]
async fn gravest_comes_first_and_emergencies_are_called_out_on_every_page() {
    let app = App::new();
    let thread = app.thread();
    app.case(thread, "а", "плановый вопрос", Urgency::Routine);
    app.clock.advance_s(60);
    app.case(thread, "б", "друг не дышит", Urgency::Emergency);
    app.clock.advance_s(60);
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    let queue = browser.get("/").await.body;
    let place = |text: &str| queue.find(text).expect("shown");
    assert!(place("друг не дышит") < place("плановый вопрос"));
    assert!(queue.contains("Экстренно") && queue.contains("ждёт 1 минуту"));
    assert!(browser.get("/answers").await.body.contains("1 экстренное обращение ждёт"));
    assert!(queue.contains("http-equiv=\"refresh\" content=\"60;"));
    assert!(!browser.get("/answers").await.body.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn person_chooses_the_language_and_keeps_it() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    assert!(browser.get("/").await.body.contains("Очередь"));
    browser.post("/language", &[("lang", "en")]).await;
    assert!(browser.get("/").await.body.contains("Queue"));
    let mut other = app.browser();
    other.log_in("marina", super::app::PASSWORD).await;
    assert!(other.get("/").await.body.contains("Queue"), "stored on the account");
    let refused = other.post("/language", &[("lang", "tlh")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn notice_is_chosen_by_key_and_never_taken_from_the_address() {
    let app = App::new();
    let mut browser = app.log_in("marina", &[Role::Worker]).await;
    assert!(browser.get("/?done=released").await.body.contains("Обращение возвращено в очередь."));
    for done in ["%3Cb%3Eevil", "evil", "../x", ""] {
        let body = browser.get(&format!("/?done={done}")).await.body;
        assert!(!body.contains("class=\"notice\"") && !body.contains("evil"), "{done}");
    }
}

#[tokio::test]
async fn threads_page_tells_state_and_what_to_do() {
    let app = App::new();
    let thread = app.thread();
    app.with(|tx| tx.raise_alarm(AlarmKind::Challenge, "sample", Some(thread), Some(app.now()), app.now()));
    app.clock.advance_s(7200);
    let mut admin = app.log_in("admin", &[Role::Admin]).await;
    let page = admin.get("/threads").await.body;
    assert!(page.contains("Форум требует проверку") && page.contains("последний раз получилось 2 часа назад"));
    assert!(page.contains("412 просмотров") && page.contains("3 ответа"));
    assert!(admin.get("/threads/1").await.body.contains("ГуманПроект"));
    assert_eq!(admin.get("/").await.status, StatusCode::FORBIDDEN, "an administrator reads no client's words");
}

async fn engagement(browser: &mut Browser<'_>) -> String {
    let answered = browser.get("/engagement.csv?from=2026-11-01&to=2026-11-30").await;
    assert_eq!(answered.headers["content-type"], "text/csv; charset=utf-8");
    assert!(answered.headers["content-disposition"].to_str().expect("ascii").contains("attachment"));
    answered.body
}

#[tokio::test]
async fn engagement_file_has_what_the_screen_shows_and_no_nickname() {
    let app = App::new();
    let thread = app.thread();
    app.case(thread, "очень_тайный_ник", "через сколько тест?", Urgency::Routine);
    app.clock.advance_s(3600);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let file = engagement(&mut olga).await;
    assert!(file.contains("2026-11-20,Europe/Moscow,sample,12,1,412,"), "{file}");
    assert!(!file.contains("ник") && !file.contains("ВИЧ"));
    let page = olga.get("/engagement").await.body;
    assert!(page.contains("2026-11-20") && page.contains(">412<") && !page.contains("очень_тайный_ник"));
}

/// A look at a thread that found so many posts, all with author, time and words, or none.
fn look_that_found(app: &App, thread: ThreadId, posts: u32) {
    app.clock.advance_s(600);
    let (now, healthy) = (app.now(), posts > 0);
    let matched = Matched { pages: 1, posts, authors: posts, times: posts, texts: posts };
    let look = LookSummary {
        at: now,
        state: if healthy { LookState::Ok } else { LookState::Unrecognised },
        pages: 1,
        views: None,
        replies: None,
        new_posts: 0,
        edited_posts: 0,
        vanished_posts: 0,
        complaints: Vec::new(),
        matched: healthy.then_some(matched),
    };
    app.with(|tx| tx.record_look(thread, &look));
}

#[tokio::test]
async fn alarm_of_changed_pages_says_what_was_found_before_and_several_threads_are_one() {
    let app = App::new();
    let thread = app.thread();
    look_that_found(&app, thread, 20);
    look_that_found(&app, thread, 0);
    let raise = |thread| app.with(|tx| tx.raise_alarm(AlarmKind::Drift, "sample", Some(thread), None, app.now()));
    raise(thread);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let page = olga.get("/threads").await.body;
    assert!(page.contains("сообщений 20, с автором 20, со временем 20, с текстом 20"), "{page}");
    assert!(page.contains("Сейчас находится: ни одного сообщения"));
    for id in ["13", "14"] {
        let new =
            NewThread { forum: "sample".into(), forum_thread_id: id.into(), path: format!("t={id}"), now: app.now() };
        let other = app.with(|tx| tx.add_thread(&new));
        look_that_found(&app, other, 10);
        look_that_found(&app, other, 0);
        raise(other);
    }
    let page = olga.get("/threads").await.body;
    assert_eq!(page.matches("Страницы форума изменились").count(), 1);
    assert!(page.contains("3 темы") && page.contains("сообщений 40,"), "{page}");
    assert!(olga.get("/threads/1").await.body.contains("сообщений 20,"), "each thread's page tells its own");
}

#[tokio::test]
async fn alarm_of_a_changed_list_says_what_was_found_before_and_what_is_at_risk() {
    let app = App::new();
    let thread = app.thread();
    let list = "viewforum.php?f=2";
    let record = |reading: ListReading| app.with(|tx| tx.record_list("sample", list, &reading, app.now()));
    let all = ListMatched { rows: 25, views: 25, replies: 25, times: 24, ours: 1 };
    app.with(|tx| tx.set_list(thread, list));
    record(ListReading::Healthy(Some(all)));
    for _ in 0..2 {
        app.clock.advance_s(3600);
        look_that_found(&app, thread, 20);
        let found = ListMatched { views: 0, ..all };
        record(ListReading::Odd { found, complaints: vec!["list.views: missing in 25 of 25".into()] });
    }
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    for path in ["/threads", "/threads/1"] {
        let page = olga.get(path).await.body;
        assert_eq!(page.matches("Список тем на форуме изменился").count(), 1, "{path}");
        assert!(page.contains("форум sample") && page.contains("последний раз получилось 2 часа назад"), "{page}");
        let before = "тем в списке 25, с просмотрами 25, с числом ответов 25, со временем 24";
        assert!(page.contains(before), "{page}");
        assert!(
            page.contains("Сейчас находится: тем в списке 25, с просмотрами 0,")
                && page.contains("list.views: missing")
        );
        assert!(page.contains("Просмотры могут не учитываться"), "{path}");
    }
    record(ListReading::Odd { found: ListMatched::default(), complaints: Vec::new() });
    assert!(olga.get("/threads").await.body.contains("Сейчас находится: ни одной темы"));
    record(ListReading::Healthy(Some(all)));
    assert!(olga.get("/threads").await.body.contains("Неполадок нет"));
}

#[tokio::test]
async fn address_in_use_is_told_by_its_number_and_beginning() {
    let app = App::new();
    let thread = app.thread();
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    app.with(|tx| {
        tx.beat("forum sample", "working", app.now())?;
        tx.save_forum_state("sample", &ForumState { address: Some(ADDRESSES[1].into()), ..ForumState::default() })?;
        tx.raise_alarm(AlarmKind::MirrorDown, "sample", None, None, app.now())
    });
    for path in ["/threads", &format!("/threads/{}", thread.0)] {
        let page = olga.get(path).await.body;
        assert!(page.contains("используется адрес 2 из 2 (hhhhhhhh….onion)"), "{path}");
        assert!(!page.contains("hhhhhhhhb"), "{path}: no address in full");
        assert!(page.contains("Основной адрес форума не отвечает"), "{path}");
    }
}
