//! Reading a thread list.

use super::thread::Faults;
use super::tree::ElementRef;
use super::view::{Nth, View};
use crate::domain::look::{ListPage, ListedThread, PageState};

/// Reads the page; complaints stay with the view.
pub(super) fn read(view: &View<'_>) -> ListPage {
    let empty = |state| ListPage { state, threads: Vec::new(), complaints: Vec::new() };
    let Some(rules) = &view.profile.list else {
        view.complain("list: the profile does not say how to read lists".to_owned());
        return empty(view.state_without_content());
    };
    let items = innermost(rules.item.all(view.frame()));
    view.note(|| format!("list.item: {} → {} found", rules.item, items.len()));
    let mut faults = Faults::default();
    let mut threads = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let item = *item;
        let name = |field| Nth { list: "list", index, field };
        let moved = rules.moved.marks(item);
        let url = view.link(name("url"), &rules.url, item);
        let id = view.text(name("id"), &rules.id, item);
        let id = id.or_else(|| super::thread_id_of(view.profile, url.as_ref()?));
        let title = view.text(name("title"), &rules.title, item);
        let (views, views_told) = view.count(name("views"), &rules.views, item);
        let (replies, replies_told) = view.count(name("replies"), &rules.replies, item);
        let (last_post_time, time_told) = view.time(name("last_post_time"), &rules.last_post_time, item);
        let author = view.text(name("last_post_author"), &rules.last_post_author, item);
        for (field, missing) in [
            ("list.id", id.is_none()),
            ("list.title", title.is_none() && !rules.title.may_be_missing()),
            ("list.url", url.is_none() && !rules.url.may_be_missing()),
            ("list.views", !moved && !views_told),
            ("list.replies", !moved && !replies_told),
            ("list.last_post_time", !moved && !time_told),
            ("list.last_post_author", !moved && author.is_none() && !rules.last_post_author.may_be_missing()),
        ] {
            if missing {
                faults.add(field, index);
            }
        }
        threads.push(ListedThread {
            id,
            title: title.map(Into::into),
            url: url.map(|url| url.to_string().into()),
            views,
            replies,
            last_post_time,
            last_post_author: author.map(Into::into),
        });
    }
    faults.complain(view, items.len());
    if !threads.is_empty() {
        return ListPage { state: PageState::Ok, threads, complaints: Vec::new() };
    }
    let state = match view.state_without_content() {
        // A list of which no row can be used is still a list, if it says that it is one; so is an empty one.
        PageState::Unrecognised if rules.present.seen(view.frame()) => PageState::Ok,
        PageState::Unrecognised => {
            view.complain("list.item: no threads, and nothing else of a list".to_owned());
            PageState::Unrecognised
        }
        state => state,
    };
    empty(state)
}

/// Rows that hold no further row: a table may stand inside a row of the page's own layout.
fn innermost<'a>(rows: impl Iterator<Item = ElementRef<'a>>) -> Vec<ElementRef<'a>> {
    let mut kept: Vec<ElementRef<'a>> = Vec::new();
    for row in rows {
        if kept.last().is_some_and(|outer| row.ancestors().any(|node| node == **outer)) {
            kept.pop();
        }
        kept.push(row);
    }
    kept
}
