//! Personal details in clients' words: marked for a worker, held up before they are sent, masked in what stays.

use super::app::{App, short_answer};
use netreach::domain::account::Role;
use netreach::domain::judgement::Urgency;
use netreach::privacy;

const TEXT: &str = "помогите, тел 8 000 123-45-67 <b>срочно</b>, живу ул. Примерная 5 кв 12";
const LINE: &str = "В тексте есть личные данные";

#[tokio::test]
async fn details_are_marked_on_the_case_and_in_the_queue() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", TEXT, Urgency::Routine);
    app.posts(thread, &[("peer", "@гость пиши мне в тг @peer_00"), ("ГуманПроект", "звоните нам 8 000 765-43-21")]);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    let phone = "<mark class=\"private\" title=\"номер телефона\">8 000 123-45-67</mark> &#60;b&#62;срочно&#60;/b&#62;, живу \
                 <mark class=\"private\" title=\"адрес\">ул. Примерная 5 кв 12</mark></p>";
    assert!(page.contains(phone), "{page}");
    assert!(page.contains(LINE));
    assert!(page.contains("@гость пиши мне в тг <mark class=\"private\" title=\"ник или аккаунт\">@peer_00</mark>"));
    assert!(page.contains("звоните нам 8 000 765-43-21</p>"), "our own words are for everybody");
    let queue = marina.get("/").await.body;
    assert!(queue.contains("<mark class=\"private\" title=\"номер телефона\">8 000 123-45-67</mark>"), "{queue}");
}

#[tokio::test]
async fn line_about_details_is_shown_in_the_language_of_the_desk_and_only_where_there_are_some() {
    let app = App::new();
    let thread = app.thread();
    let plain = app.case(thread, "гость", "через 72 часа ещё можно? звонил в 103", Urgency::Routine);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    let page = marina.get(&format!("/case/{}", plain.0)).await.body;
    assert!(!page.contains(LINE) && !page.contains("<mark"));
    let case = app.case(thread, "гостья", TEXT, Urgency::Routine);
    marina.post("/language", &[("lang", "en")]).await;
    let page = marina.get(&format!("/case/{}", case.0)).await.body;
    assert!(page.contains("There are personal details in it") && page.contains("title=\"phone number\""), "{page}");
}

#[tokio::test]
async fn what_the_directory_tells_everybody_is_not_marked() {
    let app = App::new();
    app.with(|tx| tx.save_fact("doctor_contact", "+7 000 765-43-21, с 10 до 18", None, app.now()));
    let case = app.case(app.thread(), "гость", "врач 8 (000) 765 43 21 не берёт трубку", Urgency::Routine);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    assert!(!marina.get(&format!("/case/{}", case.0)).await.body.contains("<mark"));
}

#[tokio::test]
async fn reply_that_repeats_a_detail_is_held_up_once_more_before_it_is_sent() {
    let app = App::new();
    app.with(|tx| tx.save_fact("doctor_contact", "+7 000 765-43-21", None, app.now()));
    let case = app.case(app.thread(), "гость", TEXT, Urgency::Routine);
    let path = format!("/case/{}", case.0);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    marina.get(&path).await;
    marina.post(&format!("{path}/claim"), &[]).await;
    let confirm = format!("{path}/confirm");
    let save = |text, seen| [("text", text), ("seen", seen), ("action", "approve")];
    marina.post(&format!("{path}/reply"), &save("Врач: +7 000 765-43-21. Перезвоним на 80001234567.", "")).await;
    let page = marina.get(&confirm).await.body;
    assert!(page.contains("id=\"repeated\"") && page.contains("(номер телефона)"), "{page}");
    assert!(page.contains("на <mark class=\"private\" title=\"номер телефона\">80001234567</mark>."));
    assert!(page.contains("id=\"send\""), "a person decides");
    let seen = marina.get(&path).await.field("seen");
    marina.post(&format!("{path}/reply"), &save("Врач: +7 000 765-43-21. Напишите нам.", &seen)).await;
    let page = marina.get(&confirm).await.body;
    assert!(page.contains("id=\"send\"") && !page.contains("id=\"repeated\""), "{page}");
    assert!(page.contains("Врач: +7 000 765-43-21. Напишите нам.</p>"), "nothing is marked: {page}");
}

#[tokio::test]
async fn examples_of_an_answer_are_kept_without_details() {
    let app = App::new();
    let mut answer = short_answer("info.hiv_window", "Через 12 недель. Врач: 8 000 765-43-21");
    answer.examples_ru = vec!["когда тест, я Тестов Иван Петрович, 8 000 123-45-67".into()];
    answer.examples_en = vec!["when to test? write to a.b@example.org".into()];
    app.answer(&answer, true);
    let kept = app.with(|tx| tx.find_answer("info.hiv_window")).expect("there").text;
    assert_eq!(kept.examples_ru, ["когда тест, я [имя], [телефон]"]);
    assert_eq!(kept.examples_en, ["when to test? write to [почта]"]);
    assert_eq!(kept.body_ru, answer.body_ru, "what the NGO tells everybody stays");
    for text in netreach::triage::starter_answers() {
        let examples = text.examples_ru.iter().chain(&text.examples_en);
        assert!(
            examples.clone().all(|e| privacy::find(e).is_empty()),
            "{}: {:?}",
            text.id,
            examples.collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn question_with_details_is_not_quoted_unasked() {
    let app = App::new();
    let thread = app.thread();
    let case = app.case(thread, "гость", TEXT, Urgency::Routine);
    let other = app.case(thread, "гостья", "через сколько тест?", Urgency::Routine);
    app.posts(thread, &[("peer", "подожди, ответят")]);
    let mut marina = app.log_in("marina", &[Role::Worker]).await;
    for (case, quoted) in [(case, false), (other, true)] {
        let path = format!("/case/{}", case.0);
        marina.get(&path).await;
        marina.post(&format!("{path}/claim"), &[]).await;
        let page = marina.get(&path).await.body;
        let (_, tick) = page.split_once("name=\"quote\"").expect("a tick");
        assert_eq!(tick.split('>').next().is_some_and(|t| t.contains("checked")), quoted);
        assert_eq!(page.contains("id=\"quoted-details\""), !quoted);
    }
}
