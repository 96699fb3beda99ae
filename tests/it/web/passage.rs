//! Access to a forum, as its page takes and shows it; the program's side is in `jobs::challenge`.

use super::app::App;
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::passage::{Challenge, Choice, Field, FieldKind, Stage};
use netreach::store::{AlarmKind, ShownChallenge};

const ACCESS: &str = "/access/sample";

fn field(name: &str, label: &str, kind: FieldKind) -> Field {
    Field { name: name.into(), label: label.into(), kind }
}

/// As the job leaves it when it has fetched a challenge.
fn show(app: &App, challenge: &Challenge, pictures: &[&[u8]]) {
    let by = app.person("asker", &[Role::Coordinator]);
    app.with(|tx| {
        let id = tx.ask_passage("sample", by, app.now())?;
        tx.take_passage(id, app.now())?;
        let had = pictures.iter().enumerate().map(|(n, bytes)| (n, "image/png", *bytes)).collect();
        let shown = ShownChallenge { shown: challenge, form: "{\"token\":\"geheim\"}", pictures: had, remark: None };
        tx.show_challenge(id, &shown, app.now())
    });
}

fn answer(app: &App) -> Option<Vec<(String, String)>> {
    app.with(|tx| {
        let open = tx.find_open_passage("sample")?.expect("open");
        let work = tx.take_passage(open.id, app.now())?;
        Ok(work.answer.map(|a| a.into_iter().map(|(n, v)| (n, v.into_inner())).collect()))
    })
}

#[tokio::test]
async fn page_tells_what_the_forum_wants_and_since_when() {
    let app = App::new();
    app.with(|tx| tx.raise_alarm(AlarmKind::Challenge, "sample", None, None, app.now()));
    app.clock.advance_s(7200);
    let mut worker = app.log_in("worker", &[Role::Worker]).await;
    let threads = worker.get("/threads").await.body;
    assert!(threads.contains("Форум требует проверку") && !threads.contains(ACCESS), "not for workers");
    let mut admin = app.log_in("admin", &[Role::Admin]).await;
    assert!(admin.get("/threads").await.body.contains(&format!("href=\"{ACCESS}\"")));
    let page = admin.get(ACCESS).await.body;
    assert!(page.contains("Форум требует проверку") && page.contains("2 часа назад"));
    assert!(
        page.contains("http://aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg.onion/")
            && page.contains("ГуманПроект"),
        "where and as whom to log in"
    );
    assert!(!page.contains("http-equiv=\"refresh\""));
    assert_eq!(admin.get("/access/elsewhere").await.status, StatusCode::NOT_FOUND);
    assert_eq!(admin.post("/access/elsewhere/ask", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_kind_of_field_is_shown_and_its_answer_is_taken() {
    let app = App::new();
    let choice =
        |value: &str, picture| Choice { value: value.into(), label: format!("<{value}>").as_str().into(), picture };
    let many = (0..12).map(|n| choice(&format!("v{n}"), None)).collect();
    let challenge = Challenge {
        text: "Ответьте <b>быстро</b>".into(),
        fields: vec![
            field("a", "Слово", FieldKind::Text),
            field("b", "Код", FieldKind::Digits),
            field("c", "Где кот?", FieldKind::Choice { options: vec![choice("x", Some(1)), choice("y", Some(2))] }),
            field("d", "Страна", FieldKind::Choice { options: many }),
            field("e", "Я человек", FieldKind::Tick { value: "yes".into(), picture: None }),
        ],
        pictures: vec![true, true, false],
    };
    show(&app, &challenge, &[b"\x89PNG-0", b"\x89PNG-1"]);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let page = olga.get(ACCESS).await;
    let body = &page.body;
    assert!(body.contains("Ответьте &#60;b&#62;быстро"), "text stays text");
    assert!(body.contains("src=\"/access/sample/picture/0\"") && body.contains("src=\"/access/sample/picture/1\""));
    assert!(body.contains("Картинку получить не удалось") && !body.contains("/picture/2"));
    assert!(body.contains("<select id=\"f3\"") && body.contains("type=\"radio\" name=\"f2\""));
    assert!(!body.contains("geheim") && !body.contains("style=") && !body.contains("<script"));
    assert_eq!(olga.get("/access/sample/picture/1").await.bytes, b"\x89PNG-1");
    assert_eq!(olga.get("/access/sample/picture/2").await.status, StatusCode::NOT_FOUND);

    let step = page.field("step");
    let mut filled =
        vec![("step", step.as_str()), ("f0", "мяу"), ("f1", "042"), ("f2", "x"), ("f3", "v7"), ("f4", "1")];
    let bad: Vec<_> = filled.iter().map(|(n, v)| (*n, if *n == "f2" { "evil" } else { v })).collect();
    let refused = olga.post("/access/sample/answer", &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("value=\"мяу\"") && refused.body.contains("value=\"v7\" selected"),
        "typed words stay"
    );
    filled.push(("extra", "1"));
    assert_eq!(olga.post("/access/sample/answer", &filled).await.status, StatusCode::SEE_OTHER);
    let again = olga.post("/access/sample/answer", &filled).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "one answer for one challenge");
    let expected = [("a", "мяу"), ("b", "042"), ("c", "x"), ("d", "v7"), ("e", "yes")];
    assert_eq!(answer(&app), Some(expected.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec()));
    assert_eq!(answer(&app), None, "it is handed over once");
}

#[tokio::test]
async fn picture_can_be_pressed() {
    let app = App::new();
    let challenge = Challenge {
        text: "".into(),
        fields: vec![field("map", "", FieldKind::Point { picture: 0 })],
        pictures: vec![true],
    };
    show(&app, &challenge, &[b"\x89PNG"]);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let page = olga.get(ACCESS).await;
    assert!(page.body.contains("<input type=\"image\" name=\"f0\" src=\"/access/sample/picture/0\""));
    let step = page.field("step");
    olga.post("/access/sample/answer", &[("step", &step), ("f0.x", "17"), ("f0.y", "4")]).await;
    let expected = [("map.x", "17"), ("map.y", "4")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(answer(&app), Some(expected.to_vec()));
}

#[tokio::test]
async fn two_people_do_not_answer_past_each_other() {
    let app = App::new();
    let challenge = Challenge { fields: vec![field("a", "Код", FieldKind::Text)], ..Challenge::default() };
    show(&app, &challenge, &[]);
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    let step = olga.get(ACCESS).await.field("step");
    let mut ivan = app.log_in("ivan", &[Role::Admin]).await;
    ivan.get(ACCESS).await;
    ivan.post("/access/sample/ask", &[]).await;
    let late = olga.post("/access/sample/answer", &[("step", &step), ("f0", "x")]).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.body.contains("Ответ не отправлен"));
    let events = app.with(|tx| tx.passage_events("sample", 10));
    assert_eq!(events[0].by.as_deref(), Some("ivan"));
    assert_eq!(events[1].kind, "dropped");
    let open = app.with(|tx| tx.find_open_passage("sample")).expect("open");
    assert_eq!(open.stage, Stage::Asked);
    ivan.post("/access/sample/ask", &[]).await;
    assert_eq!(app.with(|tx| tx.find_open_passage("sample")).expect("open").id, open.id, "asking twice is asking once");
}

#[tokio::test]
async fn nothing_is_stored_of_a_text_without_the_forums_cookies() {
    let app = App::new();
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    for (fields, said) in [
        (vec![("cookies", "mail.example.org\tFALSE\t/\tTRUE\t0\ta\tgeheim")], "чужая cookie: 1"),
        (
            vec![(
                "file",
                "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg.onion\tFALSE\t/\tFALSE\t1500000000\ta\tgeheim",
            )],
            "Срок cookie истёк: 1",
        ),
        (vec![("cookies", ""), ("file", "")], "нет ни одной cookie"),
        (vec![("cookies", "a=1"), ("user_agent", "браузер")], "User-Agent должен быть"),
    ] {
        let refused = olga.post_multipart("/access/sample/session", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(said) && !refused.body.contains("geheim"), "{said}: {}", refused.body);
    }
    assert!(app.with(|tx| tx.find_last_passage("sample")).is_none());
}

#[tokio::test]
async fn session_is_stored_for_the_job_alone_and_not_while_it_is_at_work() {
    let app = App::new();
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    let text = "#HttpOnly_aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffgggggggg.onion\tFALSE\t/\tFALSE\t0\tsid\tgeheim\nother.onion\tFALSE\t/\tFALSE\t0\tx\ty";
    let given =
        olga.post_multipart("/access/sample/session", &[("cookies", text), ("user_agent", "Mozilla/5.0")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    let page = olga.get(ACCESS).await.body;
    assert!(page.contains("Сеанс ждёт пробы") && !page.contains("geheim"));
    let second = olga.post_multipart("/access/sample/session", &[("cookies", "a=1")]).await;
    assert_eq!(second.status, StatusCode::UNPROCESSABLE_ENTITY);
    let session = app.with(|tx| {
        let open = tx.find_open_passage("sample")?.expect("open");
        Ok(tx.take_passage(open.id, app.now())?.session.expect("given"))
    });
    assert_eq!((session.cookies.len(), session.foreign), (1, 1));
    assert_eq!(session.user_agent.as_deref(), Some("Mozilla/5.0"));
    app.clock.advance_s(3600);
    app.with(|tx| tx.sweep_passages(app.now()));
    assert!(olga.get(ACCESS).await.body.contains("Время вышло"));
}

#[tokio::test]
async fn form_with_a_file_needs_its_token_too() {
    let app = App::new();
    let mut olga = app.log_in("olga", &[Role::Coordinator]).await;
    olga.get(ACCESS).await;
    olga.csrf = "0".repeat(64);
    let refused = olga.post_multipart("/access/sample/session", &[("cookies", "a=1")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(app.with(|tx| tx.find_last_passage("sample")).is_none());
}
