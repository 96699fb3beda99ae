//! What is meant for a person, a person solves: from the alarm through the desk's page to a thread that is read.

use crate::util::{NGO, POSTS_PER_PAGE, World};
use crate::web::app::{Answered, Browser};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::passage::{Ending, Stage};
use netreach::domain::reply::Delivery;
use netreach::domain::thread::LookState;
use netreach::store::AlarmKind;

const QUESTION: &str = "Подскажите, где и когда можно бесплатно сдать тест на гепатит С и нужен ли паспорт?";
const ACCESS: &str = "/access/sample";
const AGENT: &str = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0";

fn alarms(world: &World) -> Vec<AlarmKind> {
    world.read(|tx| tx.alarms()).into_iter().map(|a| a.kind).collect()
}

fn ending(world: &World) -> Option<Ending> {
    world.read(|tx| tx.find_last_passage("sample")).and_then(|row| row.ending)
}

fn stage(world: &World) -> Option<Stage> {
    world.read(|tx| tx.find_last_passage("sample")).map(|row| row.stage)
}

fn events(world: &World) -> Vec<(String, Option<String>)> {
    let mut events = world.read(|tx| tx.passage_events("sample", 100));
    events.reverse();
    events.into_iter().map(|e| (e.kind, e.by)).collect()
}

/// Presses "show it" and lets the program fetch it.
async fn ask(world: &World, browser: &mut Browser<'_>) -> Answered {
    browser.get(ACCESS).await;
    let asked = browser.post("/access/sample/ask", &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let waits = browser.get(ACCESS).await.body;
    assert!(waits.contains("http-equiv=\"refresh\""), "the page looks again by itself");
    world.work().await;
    browser.get(ACCESS).await
}

/// Answers what the page shows, and lets the program send it.
async fn answer(world: &World, browser: &mut Browser<'_>, text: &str) -> Answered {
    let step = browser.get(ACCESS).await.field("step");
    let taken = browser.post("/access/sample/answer", &[("step", &step), ("f0", text)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    let waits = browser.get(ACCESS).await.body;
    assert!(waits.contains("Ответ отправляется") && !waits.contains("id=\"challenge\""), "it is answered once");
    world.work().await;
    browser.get(ACCESS).await
}

async fn picture(browser: &mut Browser<'_>, page: &Answered) -> Answered {
    let address = page.body.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a picture");
    assert!(address.starts_with("/access/sample/picture/"), "{address}");
    browser.get(address).await
}

/// The NGO has a reply to send, and the forum wants a log-in first.
async fn reply_that_needs_a_log_in(world: &World) -> netreach::domain::reply::ReplyId {
    world.client_posts(QUESTION);
    world.work_for_s(900).await;
    let reply = world.approve(world.only_case(), "Можно в нашем автобусе, паспорт не нужен.");
    world.work_for_s(60).await;
    reply
}

#[tokio::test]
async fn captcha_at_the_log_in_goes_from_the_alarm_to_a_wrong_and_a_right_answer_and_the_reply_leaves_at_once() {
    let world = World::new().await;
    world.site.ask_captcha(true);
    let reply = reply_that_needs_a_log_in(&world).await;
    assert_eq!(alarms(&world), [AlarmKind::Challenge]);
    assert_eq!(world.delivery(reply), Delivery::Waiting);
    world.work_for_s(7200).await;
    assert_eq!(alarms(&world), [AlarmKind::Challenge], "one alarm, however often the reply waits");
    assert_eq!(world.site.log_ins(), 0, "no machine answers a captcha");

    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    assert!(olga.get("/threads").await.body.contains("href=\"/access/sample\">Пройти проверку"));
    let before = world.site.request_count();
    assert!(olga.get(ACCESS).await.body.contains("Показать, что спрашивает форум"));
    assert_eq!(world.site.request_count(), before, "a page of the desk causes no traffic");

    let page = ask(&world, &mut olga).await;
    assert!(page.body.contains("Код подтверждения:") && page.body.contains("Наберите цифры"), "{}", page.body);
    assert!(!page.body.contains("secret") && !page.body.contains("form_token") && !page.body.contains("password"));
    let shown = picture(&mut olga, &page).await;
    assert!(shown.bytes.starts_with(b"\x89PNG"));
    assert_eq!(shown.headers["content-type"], "image/png");
    assert_eq!(shown.headers["x-content-type-options"], "nosniff");
    assert_eq!(shown.headers["cache-control"], "no-store");

    let page = answer(&world, &mut olga, "не то").await;
    assert!(page.body.contains("Ответ не подошёл"), "{}", page.body);
    assert_eq!(stage(&world), Some(Stage::Shown));
    assert_eq!(world.site.log_ins(), 0);

    let right = world.site.last_captcha().expect("drawn");
    let page = answer(&world, &mut olga, &right).await;
    assert!(page.body.contains("форум показывает, что мы вошли"), "{}", page.body);
    assert_eq!((ending(&world), alarms(&world)), (Some(Ending::LoggedIn), vec![]));
    world.work_for_s(60).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed, "what waited goes on at once");
    assert_eq!(world.site.log_ins(), 1);

    let olga = || Some("olga".to_owned());
    assert_eq!(
        events(&world),
        [
            ("asked".to_owned(), olga()),
            ("shown".to_owned(), None),
            ("answered".to_owned(), olga()),
            ("wrong".to_owned(), None),
            ("answered".to_owned(), olga()),
            ("logged_in".to_owned(), None),
        ]
    );
}

#[tokio::test]
async fn second_factor_follows_the_captcha_in_the_same_passage() {
    let world = World::new().await;
    world.site.ask_captcha(true);
    world.site.ask_second_factor(true);
    reply_that_needs_a_log_in(&world).await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Admin]).await;
    ask(&world, &mut olga).await;
    let page = answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert!(page.body.contains("спрашивает ещё одно") && page.body.contains("Код из шести цифр"), "{}", page.body);
    assert!(page.body.contains("inputmode=\"numeric\""));
    let page = answer(&world, &mut olga, "1").await;
    assert!(page.body.contains("Ответ не подошёл"), "{}", page.body);
    answer(&world, &mut olga, &world.site.second_factor_code()).await;
    assert_eq!((ending(&world), alarms(&world)), (Some(Ending::LoggedIn), vec![]));
    assert_eq!(world.site.log_ins(), 1, "the password was sent once");
}

#[tokio::test]
async fn second_factor_alone_is_an_alarm_and_no_machine_logs_in_again_and_again() {
    let world = World::new().await;
    world.site.ask_second_factor(true);
    let reply = reply_that_needs_a_log_in(&world).await;
    assert_eq!(alarms(&world), [AlarmKind::Challenge]);
    world.work_for_s(3 * 3600).await;
    assert_eq!(world.site.log_ins(), 1, "each try would send somebody a code");
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    ask(&world, &mut olga).await;
    answer(&world, &mut olga, &world.site.second_factor_code()).await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
    world.work_for_s(60).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
}

#[tokio::test]
async fn guard_in_front_of_the_forum_is_answered_and_the_thread_is_read_on() {
    let world = World::new().await;
    world.client_posts("привет");
    world.work().await;
    world.site.put_up_guard(true);
    world.client_posts(QUESTION);
    world.work_for_s(900).await;
    assert_eq!(world.thread().last_state, Some(LookState::Challenge), "though it says 503");
    assert_eq!(alarms(&world), [AlarmKind::Challenge]);

    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    let page = ask(&world, &mut olga).await;
    assert!(page.body.contains("Цифры с картинки:"), "{}", page.body);
    assert!(picture(&mut olga, &page).await.bytes.starts_with(b"\x89PNG"));
    let before = world.site.request_count();
    world.work_for_s(300).await;
    assert_eq!(world.site.request_count(), before, "nothing disturbs the session while a person has it");

    answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert_eq!((ending(&world), alarms(&world)), (Some(Ending::LoggedIn), vec![]));
    world.work_for_s(30).await;
    world.only_case();
    assert_eq!(world.thread().last_state, Some(LookState::Ok));

    // The guard's pass outlives the log-in: when the forum forgets our session, no person is needed.
    world.site.expire_sessions();
    let reply = world.approve(world.only_case(), "Можно в нашем автобусе, паспорт не нужен.");
    world.work_for_s(60).await;
    assert_eq!((world.delivery(reply), alarms(&world)), (Delivery::Confirmed, vec![]));
}

#[tokio::test]
async fn guard_and_captcha_are_two_steps() {
    let world = World::new().await;
    world.site.put_up_guard(true);
    world.site.ask_captcha(true);
    world.work().await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    ask(&world, &mut olga).await;
    let page = answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert!(page.body.contains("спрашивает ещё одно") && page.body.contains("Код подтверждения:"), "{}", page.body);
    answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
}

#[tokio::test]
async fn challenge_that_nobody_answers_expires_and_looks_go_on() {
    let world = World::new().await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    let page = ask(&world, &mut olga).await;
    let step = page.field("step");
    world.client_posts("А в выходные можно?");
    world.clock.advance_s(700);
    let late = olga.post("/access/sample/answer", &[("step", &step), ("f0", "12345")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    world.work_for_s(900).await;
    assert_eq!(ending(&world), Some(Ending::Expired));
    let case = world.only_case();
    assert_eq!(world.read(|tx| tx.case_posts(case)).len(), 2, "the thread is read on");
    assert_eq!(olga.get("/access/sample/picture/0").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.site.log_ins(), 0);
}

#[tokio::test]
async fn what_a_killed_program_was_at_is_not_repeated() {
    let mut world = World::new().await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    let step = ask(&world, &mut olga).await.field("step");
    olga.post("/access/sample/answer", &[("step", &step), ("f0", &world.site.last_captcha().expect("drawn"))]).await;
    // Killed when the answer had been taken out of the database.
    world.write(|tx| {
        let open = tx.find_open_passage("sample")?.expect("open");
        let work = tx.take_passage(open.id, world.clock.now())?;
        assert!(work.answer.is_some() && tx.take_passage(open.id, world.clock.now())?.answer.is_none());
        Ok(())
    });
    world.restart().await;
    world.work().await;
    assert_eq!((ending(&world), world.site.log_ins()), (Some(Ending::Interrupted), 0));
    let page = olga.get(ACCESS).await.body;
    assert!(page.contains("посреди дела") && page.contains("Показать, что спрашивает форум"));
}

#[tokio::test]
async fn wrong_password_is_said_and_not_tried_again() {
    let world = World::new().await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    world.site.add_user(NGO, "another");
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    ask(&world, &mut olga).await;
    // phpBB shows a new captcha with the refusal: it is for the person to see.
    let page = answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert!(page.body.contains("Неверный пароль"), "{}", page.body);
    assert_eq!(world.site.log_ins(), 1);
    olga.post("/access/sample/drop", &[]).await;
    assert_eq!(ending(&world), Some(Ending::Dropped));

    world.site.ask_captcha(false);
    ask(&world, &mut olga).await;
    assert_eq!((ending(&world), world.site.log_ins()), (Some(Ending::LogInRefused), 2));
    assert!(alarms(&world).contains(&AlarmKind::LogInRefused));
    world.work_for_s(3600).await;
    assert_eq!(world.site.log_ins(), 2);
}

#[tokio::test]
async fn nothing_asked_is_said_at_once() {
    let world = World::new().await;
    world.work().await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    ask(&world, &mut olga).await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
}

#[tokio::test]
async fn forum_that_does_not_answer_ends_the_passage() {
    let world = World::new().await;
    world.work().await;
    world.faults.set(crate::util::Fault::BreakOff);
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    let page = ask(&world, &mut olga).await;
    assert!(page.body.contains("Форум не ответил"));
    assert_eq!(ending(&world), Some(Ending::Unreachable));
}

/// The person's cookies as a cookies.txt of a whole browser.
fn cookies_txt(world: &World, cookies: &[(String, String)]) -> String {
    let mut file =
        "\u{feff}# Netscape HTTP Cookie File\r\n\r\nmail.example.org\tFALSE\t/\tTRUE\t0\tprivate\tgeheim\r\n"
            .to_owned();
    for (name, value) in cookies {
        // Some exporters write the port.
        file.push_str(&format!("#HttpOnly_{}\tFALSE\t/\tFALSE\t0\t{name}\t{value}\r\n", world.host()));
    }
    file
}

#[tokio::test]
async fn session_of_a_person_is_taken_with_the_name_of_their_browser() {
    let mut world = World::new().await;
    let cookies = world.persons_cookies().await;
    world.site.ask_captcha(true);
    let reply = reply_that_needs_a_log_in(&world).await;
    let (log_ins, own) = (world.site.log_ins(), world.faults.last_agent());
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    let file = cookies_txt(&world, &cookies);
    let given =
        olga.post_multipart("/access/sample/session", &[("cookies", ""), ("file", &file), ("user_agent", AGENT)]).await;
    assert_eq!(given.location(), "/access/sample?done=session-given", "{}", given.body);
    let before = world.site.request_count();
    world.work().await;
    assert!(world.site.request_count() > before);
    let page = olga.get(ACCESS).await.body;
    assert!(page.contains("форум показывает, что мы вошли") && page.contains("Взято 3 cookie форума"), "{page}");
    assert!(page.contains("Чужая не взята: 1") && !page.contains("geheim"));
    assert_eq!((ending(&world), alarms(&world)), (Some(Ending::LoggedIn), vec![]));
    world.work_for_s(60).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    assert_eq!(world.site.log_ins(), log_ins, "nobody logged in");
    assert_eq!(world.faults.last_agent(), [AGENT]);

    // It outlives a restart, and ends when the forum asks for a person again.
    world.restart().await;
    world.client_posts("А в выходные можно?");
    world.work_for_s(900).await;
    assert_eq!(world.faults.last_agent(), [AGENT]);
    world.site.put_up_guard(true);
    world.work_for_s(3600).await;
    assert_eq!(alarms(&world), [AlarmKind::Challenge]);
    world.work_for_s(3600).await;
    assert_eq!(world.faults.last_agent(), own);
}

#[tokio::test]
async fn copied_headers_are_enough() {
    let world = World::new().await;
    let cookies = world.persons_cookies().await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    let line = cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let text = format!("GET / HTTP/1.1\r\nHost: {}\r\nUser-Agent: {AGENT}\r\nCookie: {line}\r\n", world.host());
    olga.post_multipart("/access/sample/session", &[("cookies", &text), ("file", ""), ("user_agent", "")]).await;
    world.work().await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
    assert_eq!(world.faults.last_agent(), [AGENT]);
}

#[tokio::test]
async fn session_that_is_a_guests_mends_no_log_in() {
    let world = World::new().await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    let text = "Cookie: phpbb3_x_sid=0123; phpbb3_x_u=48";
    olga.post_multipart("/access/sample/session", &[("cookies", text)]).await;
    world.work().await;
    let page = olga.get(ACCESS).await.body;
    assert!(page.contains("как гостя"), "{page}");
    assert_eq!((ending(&world), alarms(&world)), (Some(Ending::Guest), vec![AlarmKind::Challenge]));
}

#[tokio::test]
async fn session_that_the_guard_stops_is_given_up_for_the_one_before() {
    let world = World::new().await;
    reply_that_needs_a_log_in(&world).await;
    assert_eq!((world.site.log_ins(), alarms(&world)), (1, vec![]));
    let kept = world.read(|tx| tx.forum_state("sample")).cookies;
    world.site.put_up_guard(true);
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    olga.post_multipart("/access/sample/session", &[("cookies", "a=1"), ("user_agent", AGENT)]).await;
    world.work().await;
    assert_eq!(ending(&world), Some(Ending::Challenge));
    assert_eq!(world.read(|tx| tx.forum_state("sample")).cookies, kept);
    assert_ne!(world.venue.forum.client.user_agent().as_deref(), Some(AGENT));
    world.site.put_up_guard(false);
    world.work_for_s(900).await;
    assert_eq!(world.site.log_ins(), 1, "the session before still lives");
}

#[tokio::test]
async fn cookies_that_the_forum_rotates_are_kept() {
    let mut world = World::new().await;
    let cookies = world.persons_cookies().await;
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    let file = cookies_txt(&world, &cookies);
    olga.post_multipart("/access/sample/session", &[("file", &file)]).await;
    world.work().await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
    // The forum forgets everybody; the log-in that follows gives a new session in the place of the person's.
    world.site.expire_sessions();
    let reply = reply_that_needs_a_log_in(&world).await;
    assert_eq!(world.delivery(reply), Delivery::Confirmed);
    let log_ins = world.site.log_ins();
    world.restart().await;
    world.client_posts("А в выходные можно?");
    world.work_for_s(900).await;
    let second = world.approve(world.only_case(), "Да, и в выходные тоже.");
    world.work_for_s(60).await;
    assert_eq!((world.delivery(second), world.site.log_ins()), (Delivery::Confirmed, log_ins));
}

#[tokio::test]
async fn long_look_does_not_keep_a_person_waiting() {
    let world = World::new().await;
    let pages = 15_u8;
    for n in 1..POSTS_PER_PAGE * usize::from(pages) {
        world.client_posts(&format!("запись {n}"));
    }
    let olga = world.write(|tx| tx.add_account("olga", "-", &[Role::Coordinator], world.clock.now()));
    let asks = async {
        while world.site.request_count() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        world.write(|tx| tx.ask_passage("sample", olga, world.clock.now()));
    };
    let context = world.context();
    let (worked, ()) = tokio::join!(netreach::jobs::work_once(&context, &world.venue), asks);
    assert!(worked.expect("works"));
    let looks = world.read(|tx| tx.looks(world.thread, 10));
    assert!((2..u32::from(pages)).contains(&looks[0].look.pages), "{}", looks[0].look.pages);
    world.work().await;
    assert_eq!(ending(&world), Some(Ending::LoggedIn));
    // What the look left is read afterwards.
    world.work_for_s(900).await;
    assert_eq!(world.read(|tx| tx.count_posts(world.thread)), (POSTS_PER_PAGE * usize::from(pages)) as u64);
}

#[tokio::test]
async fn answer_goes_to_the_address_that_asked() {
    let (world, onions) = World::with_mirrors(2).await;
    world.site.ask_captcha(true);
    reply_that_needs_a_log_in(&world).await;
    // The first address is down when the person asks, and back when they answer.
    onions.faults[0].set(crate::util::Fault::BreakOff);
    let desk = world.desk();
    let mut olga = desk.log_in("olga", &[Role::Coordinator]).await;
    let page = ask(&world, &mut olga).await;
    assert!(picture(&mut olga, &page).await.bytes.starts_with(b"\x89PNG"));
    onions.faults[0].mend();
    answer(&world, &mut olga, &world.site.last_captcha().expect("drawn")).await;
    assert_eq!((ending(&world), world.site.log_ins()), (Some(Ending::LoggedIn), 1));
    assert_eq!(world.venue.forum.mirrors.in_use(), 1);
}
