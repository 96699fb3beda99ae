//! Private messages: the form that a post leads to, sending, and the boxes, with phpBB's rules and refusals.
//!
//! Messages have one recipient and are never deleted. A message leaves the sender's outbox for the box of sent ones when
//! its recipient opens it, as on phpBB.

use super::{Answer, FORM_INVALID, MAX_MESSAGE_CHARS, NO_POST, Visit};
use crate::sample_forum::bbcode;
use crate::sample_forum::pages::{BoxRow, Compose, Date, MessageBox, ReadMessage};
use crate::sample_forum::state::Message;
use axum::http::StatusCode;

const FORM: &str = "ucp_pm_compose";
const SENT: &str = "Личное сообщение отправлено.";
const NOT_TAKEN: &str = "Некоторых пользователей нельзя добавить: они отключили получение личных сообщений.";
const NOBODY: &str = "У сообщения нет получателя.";
const NO_MESSAGE: &str = "Такого личного сообщения не существует.";

impl Visit<'_> {
    pub(super) fn private_messages(&mut self) -> Answer {
        let mode = self.query.find("mode").or_else(|| self.form.find("mode"));
        match mode {
            Some("compose") if self.is_post => self.send_message(),
            Some("compose") => self.compose(),
            Some("view") => self.read_message(),
            _ => self.message_box(),
        }
    }

    /// The form for writing to the author of a post, who is quoted in it.
    fn compose(&mut self) -> Answer {
        let found = self.query.find_number("p").and_then(|post| self.state.find_post(post));
        let post = found.and_then(|(topic, place)| Some((topic, self.state.topics.get(&topic)?.posts.get(place)?)));
        let Some((topic, post)) = post else {
            return self.message(StatusCode::NOT_FOUND, NO_POST, None);
        };
        let (author, name) = (post.author, self.state.name_of(post.author));
        let quote = bbcode::quote(&name, author, post.id, post.at, &post.text);
        let title = self.state.topics.get(&topic).map(|topic| topic.title.clone()).unwrap_or_default();
        self.compose_form(Some(author), format!("Re: {title}"), quote, None)
    }

    fn compose_form(&self, to: Option<u64>, subject: String, message: String, error: Option<&'static str>) -> Answer {
        let takes = to.filter(|to| self.state.member(*to).is_some_and(|member| member.takes_messages));
        let page = Compose {
            frame: self.frame("ucp", "Новое личное сообщение", None),
            action: self.links.to("ucp.php?i=pm&mode=compose"),
            error: error.or(if takes.is_none() { Some(NOT_TAKEN) } else { None }),
            to: takes.map(|to| (to, self.member_name(to))),
            subject,
            message,
            created: self.now.as_unix_s(),
            token: self.form_token(FORM),
        };
        self.page(StatusCode::OK, &page)
    }

    fn send_message(&mut self) -> Answer {
        let to = self.form.find_key("address_list[u][", "]").and_then(|id| id.parse().ok());
        let text = |name: &str| self.form.find(name).unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
        let (subject, message) = (text("subject"), text("message"));
        // Without the name of the button nothing was submitted: the form is shown again, as on phpBB.
        if self.form.find("post").is_none() {
            return self.compose_form(to, subject, message, None);
        }
        let error = if !self.is_form_valid(FORM) {
            Some(FORM_INVALID)
        } else if to.is_none() {
            Some(NOBODY)
        } else if subject.is_empty() {
            Some("У сообщения нет темы.")
        } else if message.is_empty() {
            Some("Сообщение пустое: напишите хотя бы один знак.")
        } else if message.chars().count() > MAX_MESSAGE_CHARS {
            Some("Сообщение слишком длинное.")
        } else {
            None
        };
        match to.filter(|to| error.is_none() && self.state.send_message(self.member, *to, &subject, &message)) {
            Some(_) => {
                let back = (self.links.to("ucp.php?i=pm&folder=outbox"), "К исходящим сообщениям");
                self.message(StatusCode::OK, SENT, Some(back))
            }
            None => self.compose_form(to, subject, message, error),
        }
    }

    fn message_box(&mut self) -> Answer {
        let (name, title) = match self.query.find("folder") {
            Some("outbox") => ("outbox", "Исходящие"),
            Some("sentbox") => ("sentbox", "Отправленные"),
            _ => ("inbox", "Входящие"),
        };
        let is_here = |message: &&Message| match name {
            "inbox" => message.to == self.member,
            "outbox" => message.from == self.member && !message.is_read,
            _ => message.from == self.member && message.is_read,
        };
        let row = |message: &Message| BoxRow {
            link: self.links.to(&format!("ucp.php?i=pm&mode=view&f={name}&p={}", message.id)),
            subject: message.subject.clone(),
            other: self.member_name(if name == "inbox" { message.from } else { message.to }),
            date: Date::new(message.at, self.now),
        };
        let page = MessageBox {
            frame: self.frame("ucp", title, None),
            title,
            action: self.links.to(&format!("ucp.php?i=pm&folder={name}")),
            is_inbox: name == "inbox",
            rows: self.state.messages.iter().rev().filter(is_here).map(row).collect(),
        };
        self.page(StatusCode::OK, &page)
    }

    fn read_message(&mut self) -> Answer {
        let (member, id) = (self.member, self.query.find_number("p"));
        let found = self
            .state
            .messages
            .iter_mut()
            .find(|message| Some(message.id) == id && (message.to == member || message.from == member));
        let Some(message) = found else {
            return self.message(StatusCode::NOT_FOUND, NO_MESSAGE, None);
        };
        message.is_read |= message.to == member;
        let (from, to, at) = (message.from, message.to, message.at);
        let (subject, text) = (message.subject.clone(), message.text.clone());
        let page = ReadMessage {
            frame: self.frame("ucp", &subject, None),
            html: self.to_html(&text),
            from: self.member_name(from),
            to: self.member_name(to),
            date: Date::new(at, self.now),
            subject,
        };
        self.page(StatusCode::OK, &page)
    }
}
