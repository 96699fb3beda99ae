//! A case: claims, drafts that are not lost, forum text as text.

use super::app::{App, short_answer};
use axum::http::StatusCode;
use netreach::domain::account::Role;
use netreach::domain::case::{Outcome, Stage};
use netreach::domain::judgement::{Judgement, Urgency};
use netreach::store::Joined;

const BODY: &str = "Тест достоверен через 12 недель.";

/// What triage may say of a post; `None`: it asks nothing.
fn judged(urgency: Option<Urgency>, reasons: &[&str]) -> Judgement {
    Judgement {
        is_request: urgency.is_some(),
        score: if urgency.is_some() { 0.9 } else { 0.1 },
        topics: Vec::new(),
        urgency,
        lang: "ru".into(),
        unclear: false,
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

#[tokio::test]
async fn second_worker_sees_who_has_the_case_and_cannot_take_it() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let (mut marina, mut oleg) =
        (app.log_in("marina", &[Role::Worker]).await, app.log_in("oleg", &[Role::Specialist]).await);
    marina.get(&path).await;
    oleg.get(&path).await;
    assert_eq!(marina.post(&format!("{path}/claim"), &[]).await.status, StatusCode::SEE_OTHER);
    let refused = oleg.post(&format!("{path}/claim"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("занято: marina, до 12:30"), "{}", refused.body);
    assert!(!refused.body.contains("id=\"reply\""));
    assert!(oleg.get("/").await.body.contains("занято: marina"));
    assert!(marina.get("/").await.body.contains("у вас до 12:30"));
}

#[tokio::test]
async fn released_case_is_free_for_the_next() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    assert!(marina.get(&path).await.body.contains("id=\"release\""));
    assert_eq!(marina.post(&format!("{path}/release"), &[]).await.location(), "/?done=released");
    assert_eq!(app.with(|tx| tx.case(case)).claim, None);
    assert!(marina.get(&path).await.body.contains("id=\"claim\""));
}

#[tokio::test]
async fn draft_survives_the_end_of_the_claim() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Emergency);
    let path = format!("/case/{}", case.0);
    let (mut marina, mut oleg) =
        (app.log_in("marina", &[Role::Worker]).await, app.log_in("oleg", &[Role::Worker]).await);
    marina.get(&path).await;
    oleg.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    app.clock.advance_s(11 * 60);
    oleg.post(&format!("{path}/claim"), &[]).await;
    let fields = [("text", "долгий ответ Марины"), ("seen", ""), ("action", "save")];
    let refused = marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("долгий ответ Марины") && refused.body.contains("Обращение сейчас у другого"));
    assert!(app.with(|tx| tx.find_draft(case)).is_none(), "the other's case is left alone");
}

#[tokio::test]
async fn draft_of_another_window_is_not_overwritten_unseen() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let seen = marina.get(&path).await.field("seen");
    let save = format!("{path}/reply");
    marina.post(&save, &[("text", "первое окно"), ("seen", seen.as_str()), ("action", "save")]).await;
    let refused = marina.post(&save, &[("text", "второе окно"), ("seen", seen.as_str()), ("action", "save")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("первое окно") && refused.body.contains("второе окно"));
    let seen = refused.field("seen");
    let saved = marina.post(&save, &[("text", "второе окно"), ("seen", seen.as_str()), ("action", "save")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "having seen both, the writer decides");
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").text.expose(), "второе окно");
}

#[tokio::test]
async fn verified_answer_is_taken_behind_what_was_typed() {
    let app = App::new();
    app.starter_answers(false);
    app.answer(&short_answer("info.hiv_window", "Через 12 недель. Бот: {{overdose_bot}}"), true);
    app.with(|tx| tx.save_fact("overdose_bot", "@bot", None, app.now()));
    let case = app.case(app.thread(), "гость", "через сколько тест на вич достоверен?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let page = marina.get(&path).await;
    assert!(page.body.contains("data-answer=\"info.hiv_window\""), "{}", page.body);
    let fields = [("text", "Здравствуйте!\r\n"), ("seen", ""), ("action", "take:info.hiv_window")];
    assert_eq!(marina.post(&format!("{path}/reply"), &fields).await.status, StatusCode::SEE_OTHER);
    let draft = app.with(|tx| tx.find_draft(case)).expect("saved");
    assert_eq!(draft.text.expose(), "Здравствуйте!\n\nЧерез 12 недель. Бот: @bot");
    assert_eq!(draft.answers, ["info.hiv_window"]);
}

#[tokio::test]
async fn unverified_and_expired_answers_are_named_and_cannot_be_taken() {
    let app = App::new();
    app.starter_answers(false);
    app.answer(&short_answer("info.hiv_window", BODY), false);
    let case = app.case(app.thread(), "гость", "через сколько тест на вич достоверен?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let page = marina.get(&path).await;
    assert!(page.body.contains("Есть, но не проверен:") && !page.body.contains("take:info.hiv_window"));
    assert!(!page.body.contains(BODY), "its words are not put before a worker");
    let fields = [("text", "моё"), ("seen", ""), ("action", "take:info.hiv_window")];
    let refused = marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("kept").text.expose(), "моё");
    app.answer(&short_answer("info.hiv_window", BODY), true);
    app.clock.advance_s(366 * 86_400);
    let mut marina = app.browser();
    marina.log_in("marina", super::app::PASSWORD).await;
    assert!(marina.get(&path).await.body.contains("срок проверки истёк"));
}

#[tokio::test]
async fn forum_text_is_shown_as_text() {
    let app = App::new();
    let thread = app.thread();
    let text = "<script>alert(1)</script> <img src=x> http://evil.example/x [url]javascript:1[/url]";
    let case = app.case(thread, "<b>ник</b>", text, Urgency::Routine);
    app.posts(thread, &[("peer", "<i>попробуй так</i>"), ("ГуманПроект", "мы уже отвечали")]);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    let queue = marina.get("/").await.body;
    for body in [&page, &queue] {
        assert!(
            !body.contains("<script") && !body.contains("<img") && !body.contains("<i>") && !body.contains("<b>ник")
        );
        assert!(body.contains("&#60;script&#62;alert(1)"));
        assert!(!body.contains("href=\"http"));
    }
    assert!(page.contains("Другой участник") && page.contains("post own"));
}

#[tokio::test]
async fn coordinator_reads_and_does_not_work() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let mut browser = app.log_in("olga", &[Role::Coordinator]).await;
    let page = browser.get(&format!("/case/{}", case.0)).await;
    assert_eq!(page.status, StatusCode::OK);
    for hook in ["id=\"claim\"", "id=\"reply\"", "id=\"close\""] {
        assert!(!page.body.contains(hook), "{hook}");
    }
}

#[tokio::test]
async fn case_is_closed_with_an_outcome_by_the_one_who_has_it() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    let refused = marina.post(&format!("{path}/close"), &[("outcome", "peer_answered")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "not without a claim");
    marina.post(&format!("{path}/claim"), &[]).await;
    assert_eq!(marina.post(&format!("{path}/close"), &[("outcome", "")]).await.status, StatusCode::CONFLICT);
    marina.post(&format!("{path}/close"), &[("outcome", "peer_answered")]).await;
    let closed = app.with(|tx| tx.case(case));
    assert_eq!((closed.stage, closed.outcome), (Stage::Closed, Some(Outcome::PeerAnswered)));
    assert!(marina.get("/?stage=closed").await.body.contains("Верно ответил другой участник"));
    assert!(marina.get(&path).await.body.contains("обращение закрыто"));
}

#[tokio::test]
async fn emergency_is_told_by_the_post_that_makes_it_one() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", "парень синеет, не дышит", Urgency::Emergency);
    let later = app.posts(thread, &[("гость", "а автобус завтра стоит?")])[0];
    app.with(|tx| {
        let judgement = judged(Some(Urgency::Routine), &["о расписании", "вопрос"]);
        tx.save_judgement(later, &judgement)?;
        let joined = Joined { urgency: Urgency::Emergency, topics: &[], doubtful: false, edited: false };
        tx.join_case(&tx.case(case)?, &tx.post(later)?, &joined, app.now())
    });
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let queue = marina.get("/").await.body;
    assert!(queue.contains("парень синеет") && !queue.contains("автобус завтра"), "{queue}");
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    let reasons = "Почему в очереди: вопрос</summary><ul><li>о расписании</li></ul>";
    assert!(page.contains(reasons), "each reason once, the emergency's first and at a glance");
}

#[tokio::test]
async fn reasons_are_told_in_the_language_of_the_page() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "парень синеет, не дышит", Urgency::Emergency);
    let post = app.with(|tx| tx.case(case)).post_id;
    app.with(|tx| {
        let judgement = judged(Some(Urgency::Emergency), &["не дышит или почти не дышит — угроза жизни"]);
        tx.save_judgement(post, &judgement)
    });
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let path = format!("/case/{}", case.0);
    assert!(marina.get(&path).await.body.contains("Почему в очереди: не дышит"));
    marina.post("/language", &[("lang", "en")]).await;
    let page = marina.get(&path).await.body;
    assert!(page.contains("Why it is in the queue: not breathing or hardly breathing"), "{page}");
}

#[tokio::test]
async fn what_speaks_against_a_request_is_no_reason_for_a_case() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", "через сколько тест?", Urgency::Routine);
    let later = app.posts(thread, &[("гость", "спасибо, понял")])[0];
    app.with(|tx| {
        let judgement = judged(None, &["благодарит"]);
        tx.save_judgement(later, &judgement)?;
        let joined = Joined { urgency: Urgency::Routine, topics: &[], doubtful: false, edited: false };
        tx.join_case(&tx.case(case)?, &tx.post(later)?, &joined, app.now())
    });
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    assert!(page.contains("спасибо, понял") && !page.contains("благодарит"), "{page}");
}

#[tokio::test]
async fn passage_to_read_first_is_shown_of_a_long_emergency() {
    let app = App::new();
    let story = "Работаю на складе, график два через два, живём с котом и соседкой. ".repeat(4);
    let text = format!("{story}Сейчас она в ванной, губы синие, не просыпается, телефон +7 000 123-45-67. {story}");
    let case = app.case(app.thread(), "гость", &text, Urgency::Emergency);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    let first = page.split("Прочитайте сначала: ").nth(1).and_then(|rest| rest.split("</p>").next()).expect("passage");
    assert!(first.contains("губы синие") && !first.contains("складе"), "{first}");
    assert!(first.contains("<mark class=\"private\""), "personal details are marked there too: {first}");
}

#[tokio::test]
async fn doubtful_case_is_dismissed_in_one_press_unless_somebody_has_it() {
    let app = App::new();
    let thread = app.thread();
    let post = app.posts(thread, &[("гость", "нашлась?")])[0];
    let case = app.with(|tx| tx.open_case(&tx.post(post)?, Urgency::Routine, true, &[], app.now()));
    let path = format!("/case/{}", case.0);
    let dismiss = [("outcome", "not_a_request"), ("claim", "1")];
    let (mut marina, mut oleg) =
        (app.log_in("marina", &[Role::Worker]).await, app.log_in("oleg", &[Role::Worker]).await);
    assert!(marina.get(&path).await.body.contains("id=\"dismiss\""));
    oleg.get(&path).await;
    oleg.post(&format!("{path}/claim"), &[]).await;
    assert!(!marina.get(&path).await.body.contains("id=\"dismiss\""));
    assert_eq!(marina.post(&format!("{path}/close"), &dismiss).await.status, StatusCode::CONFLICT);
    oleg.post(&format!("{path}/release"), &[]).await;
    assert_eq!(marina.post(&format!("{path}/close"), &dismiss).await.location(), "/?done=closed");
    let closed = app.with(|tx| tx.case(case));
    assert_eq!((closed.stage, closed.outcome), (Stage::Closed, Some(Outcome::NotARequest)));
    let clear = app.case(thread, "другой", "через сколько тест?", Urgency::Routine);
    assert!(!marina.get(&format!("/case/{}", clear.0)).await.body.contains("id=\"dismiss\""));
}

#[tokio::test]
async fn saving_says_so_though_something_was_sought_before() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    for (action, leads_to) in [
        ("find", format!("{path}?find=bus#found")),
        ("enter", format!("{path}?find=bus#found")),
        ("save", format!("{path}?done=saved#write")),
        ("look", format!("{path}#replies")),
    ] {
        let fields = [("text", "черновик"), ("find", "bus"), ("action", action)];
        assert_eq!(marina.post(&format!("{path}/reply"), &fields).await.location(), leads_to, "{action}");
        assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").text.expose(), "черновик");
    }
}

#[tokio::test]
async fn answered_emergency_is_called_out_until_it_is_closed() {
    let app = App::new();
    let case = app.case(app.thread(), "гость", "парень синеет", Urgency::Emergency);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    assert!(!marina.get("/").await.body.contains("1 экстренное</b>"));
    let path = format!("/case/{}", case.0);
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    marina.post(&format!("{path}/reply"), &[("text", "звоните 103"), ("action", "save")]).await;
    let digest = marina.get(&format!("{path}/confirm")).await.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", digest.as_str())]).await;
    assert!(marina.get(&path).await.body.contains("value=\"look\""), "one can see whether it has arrived");
    app.with(|tx| {
        let reply = tx.replies_of(case)?.pop().expect("approved").id;
        tx.confirm_reply(reply, None, app.now())
    });
    assert!(marina.get("/").await.body.contains("1 экстренное</b>"));
    marina.post(&format!("{path}/claim"), &[]).await;
    marina.post(&format!("{path}/close"), &[("outcome", "helped")]).await;
    assert!(!marina.get("/").await.body.contains("1 экстренное</b>"));
}

/// Whether the editor's tick for quoting is there, and set.
fn quote_tick(body: &str) -> Option<bool> {
    let (_, tick) = body.split_once("name=\"quote\"")?;
    Some(tick.split('>').next().is_some_and(|tag| tag.contains("checked")))
}

#[tokio::test]
async fn quoting_is_proposed_once_others_have_written_below_the_question_and_the_workers_choice_stays() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", "через сколько тест?", Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    assert_eq!(quote_tick(&marina.get(&path).await.body), Some(false), "nothing stands below the question");
    app.posts(thread, &[("другой", "и мне интересно")]);
    let page = marina.get(&path).await;
    assert_eq!(quote_tick(&page.body), Some(true));
    let question = page.field("quote");
    let save = format!("{path}/reply");
    let route = ("route", "thread");
    marina.post(&save, &[("text", BODY), ("seen", ""), ("action", "save"), route]).await;
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").quote, None);
    let page = marina.get(&path).await;
    assert_eq!(quote_tick(&page.body), Some(false), "the worker took the tick away");
    let (seen, action) = (page.field("seen"), ("action", "approve"));
    marina.post(&save, &[("text", BODY), ("seen", &seen), action, route, ("quote", &question)]).await;
    let page = marina.get(&format!("{path}/confirm")).await;
    assert_eq!(quote_tick(&page.body), Some(true));
    assert!(page.body.contains("через сколько тест?"), "what is quoted is shown");
    let digest = page.field("digest");
    marina.post(&format!("{path}/send"), &[("digest", &digest), ("quote", &question)]).await;
    let row = app.with(|tx| tx.replies_of(case)).remove(0);
    assert_eq!(row.quote.map(|post| post.0.to_string()), Some(question));
}

#[tokio::test]
async fn only_a_post_of_the_case_can_be_quoted() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", "через сколько тест?", Urgency::Routine);
    let other = app.posts(thread, &[("другой", "и мне интересно")])[0];
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let other = other.0.to_string();
    let fields = [("text", BODY), ("seen", ""), ("action", "save"), ("route", "thread"), ("quote", other.as_str())];
    marina.post(&format!("{path}/reply"), &fields).await;
    assert_eq!(app.with(|tx| tx.find_draft(case)).expect("saved").quote, None);
}
