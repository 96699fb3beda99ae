//! The NGO's directory: the facts that answers name as `{{key}}`, and which of them are still missing.

use super::Desk;
use super::access::back_to;
use super::answers::fact_keys;
use super::error::Error;
use super::extract::{Asked, Posted};
use super::page::{Page, Visit, render};
use crate::domain::account::Permission;
use crate::domain::answer::{Answer, Facts};
use crate::store::StoreError;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;

const MAX_KEY_CHARS: usize = 40;
const MAX_VALUE_CHARS: usize = 1000;

#[derive(Template)]
#[template(path = "directory.html")]
struct DirectoryPage {
    page: Page,
    rows: Vec<FactRow>,
    empty: usize,
    may_edit: bool,
}

struct FactRow {
    key: String,
    name: String,
    value: String,
    /// How many answers name it.
    used: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Notice {
    done: Option<String>,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    Asked(notice): Asked<Notice>,
) -> Result<Response, Error> {
    let (answers, facts) = desk.store.read(|tx| Ok::<_, StoreError>((tx.answers()?, tx.facts()?))).await?;
    let texts = visit.texts();
    let rows: Vec<FactRow> = uses(&answers, &facts)
        .into_iter()
        .map(|(key, used)| FactRow {
            name: texts.word("fact", &key),
            value: facts.get(&key).cloned().unwrap_or_default(),
            used,
            key,
        })
        .collect();
    render(&DirectoryPage {
        page: visit.page("directory").with_notice(notice.done.as_deref()),
        empty: rows.iter().filter(|r| r.value.trim().is_empty() && r.used > 0).count(),
        rows,
        may_edit: visit.may(Permission::EditDirectory),
    })
}

/// Every key that an answer names or the directory has, with the number of answers that name it.
fn uses(answers: &[Answer], facts: &Facts) -> BTreeMap<String, usize> {
    let mut uses: BTreeMap<String, usize> = facts.keys().map(|k| (k.clone(), 0)).collect();
    for key in answers.iter().flat_map(|a| fact_keys(&a.text)) {
        *uses.entry(key).or_default() += 1;
    }
    uses
}

#[derive(Deserialize)]
pub(super) struct FactForm {
    key: String,
    value: String,
}

pub(super) async fn update(
    State(desk): State<Desk>,
    visit: Visit,
    Posted(form): Posted<FactForm>,
) -> Result<Response, Error> {
    let (now, by) = (visit.now, visit.account()?.id);
    let (key, value) = (form.key.trim().to_owned(), form.value.replace("\r\n", "\n").trim().to_owned());
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain || key.len() > MAX_KEY_CHARS {
        return Err(Error::BadForm("error-fact-key"));
    }
    if value.chars().count() > MAX_VALUE_CHARS || value.contains("{{") {
        return Err(Error::BadForm("error-fact-value"));
    }
    let anchor = format!("/directory#fact-{key}");
    desk.store.write(move |tx| tx.save_fact(&key, &value, Some(by), now)).await?;
    Ok(back_to(&anchor, "fact-saved"))
}
