//! Forward-only migrations, one transaction each, by SQLite's `user_version`.
//!
//! No migration crate supports the rusqlite line that arti allows (see docs/decisions.md); this is all it takes.

use super::{Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};

/// In order; a migration that has been released is never changed.
pub(super) const MIGRATIONS: [(&str, &str); 6] = [
    ("0001_initial", include_str!("migrations/0001_initial.sql")),
    ("0002_mirrors_moves_drift", include_str!("migrations/0002_mirrors_moves_drift.sql")),
    ("0003_passages", include_str!("migrations/0003_passages.sql")),
    ("0004_route_and_quote", include_str!("migrations/0004_route_and_quote.sql")),
    ("0005_learning", include_str!("migrations/0005_learning.sql")),
    ("0006_lists_and_addresses", include_str!("migrations/0006_lists_and_addresses.sql")),
];

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

fn version(connection: &Connection) -> Result<u32> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a schema of a later program; says nothing of an older one.
pub(super) fn check(connection: &Connection) -> Result<()> {
    let found = version(connection)?;
    if found > known() { Err(StoreError::SchemaTooNew { found, known: known() }) } else { Ok(()) }
}

/// Applies what is missing. Two programs that start at once do not both apply it: the version is read again inside the
/// transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    check(connection)?;
    for (number, (_name, sql)) in (1u32..).zip(MIGRATIONS) {
        if version(connection)? >= number {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if version(&transaction)? < number {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", number)?;
        }
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::thread::ThreadId;
    use crate::store::{CONTENT_TABLES, Drift, Key, PageLook, Store, StoreError};

    fn key(byte: u8) -> Key {
        Key::from_bytes(&[byte; 32])
    }

    #[test]
    fn database_is_encrypted_and_opens_with_its_key_alone() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("netreach.db");
        drop(Store::open(&path, &key(1)).expect("fresh"));
        let bytes = std::fs::read(&path).expect("file");
        assert!(!bytes.starts_with(b"SQLite format 3"));
        assert!(matches!(Store::open(&path, &key(2)), Err(StoreError::WrongKey)));
        assert!(Store::open(&path, &key(1)).is_ok());
    }

    #[test]
    fn newer_schema_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("netreach.db");
        let store = Store::open(&path, &key(1)).expect("fresh");
        store.lock().pragma_update(None, "user_version", 99).expect("set");
        drop(store);
        assert!(matches!(Store::open(&path, &key(1)), Err(StoreError::SchemaTooNew { found: 99, .. })));
    }

    #[test]
    fn every_table_with_a_clients_words_is_a_content_table() {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &key(1)).expect("fresh");
        let connection = store.lock();
        let mut statement = connection
            .prepare(
                "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' \
                 AND c.name IN ('text', 'author', 'quotes', 'title') AND m.name <> 'answers' GROUP BY m.name ORDER BY 1",
            )
            .expect("prepares");
        let tables: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("runs").map(|r| r.expect("row")).collect();
        assert_eq!(tables, CONTENT_TABLES);
    }

    #[test]
    fn database_from_before_mirrors_and_moves_keeps_what_it_knew() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("netreach.db");
        let mut old = crate::store::connect(&path, &key(1), rusqlite::OpenFlags::default()).expect("fresh");
        old.execute_batch(MIGRATIONS[0].1).expect("the first schema");
        old.pragma_update(None, "user_version", 1).expect("set");
        old.execute_batch(
            "INSERT INTO threads (id, forum, forum_thread_id, path, added_at, next_look_at, next_look_why) \
             VALUES (1, 'f', '5', 't=5', 0, 0, 'new'); \
             INSERT INTO looks (thread_id, at, state, pages, new_posts, edited_posts, vanished_posts, complaints) \
             VALUES (1, 10, 'ok', 1, 1, 0, 0, '[]'); \
             INSERT INTO posts (thread_id, forum_post_id, position, is_own, text, quotes, images, edited, digest, first_seen_at) \
             VALUES (1, '7', 1, 0, 'text', '[]', 0, 0, 'd', 10); \
             INSERT INTO forums (name, cookies) VALUES ('f', 'c'); \
             INSERT INTO alarms (kind, forum, thread_id, since) VALUES ('unreachable', 'f', NULL, 5), ('drift', 'f', 1, 6);",
        )
        .expect("rows");
        migrate(&mut old).expect("migrates");
        drop(old);
        let store = Store::open(&path, &key(1)).expect("opens");
        store
            .read_now::<_, StoreError, _>(|tx| {
                assert_eq!(tx.count_posts(ThreadId(1))?, 1);
                assert_eq!(tx.looks(ThreadId(1), 5)?[0].look.matched, None);
                assert_eq!(tx.forum_state("f")?.address, None);
                let alarms = tx.alarms()?;
                assert_eq!(alarms.len(), 1);
                let alarm = &alarms[0];
                assert_eq!((alarm.thread_id, &alarm.drift), (Some(ThreadId(1)), &Some(Drift::default())));
                Ok(())
            })
            .expect("reads");
    }

    #[test]
    fn drafts_and_replies_of_before_are_for_the_thread_and_quote_nothing() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("netreach.db");
        let before = MIGRATIONS.iter().position(|(name, _)| name.starts_with("0004_")).expect("there");
        let connection =
            crate::store::connect(&path, &key(1), rusqlite::OpenFlags::default()).expect("a database of before");
        for (_, sql) in MIGRATIONS.iter().take(before) {
            connection.execute_batch(sql).expect("migrates");
        }
        connection.pragma_update(None, "user_version", before).expect("set");
        connection
            .execute_batch(
                "INSERT INTO accounts (id, name, password_hash, roles, created_at) VALUES (1, 'w', '-', '[]', 0);
                 INSERT INTO threads (id, forum, forum_thread_id, path, added_at, next_look_at, next_look_why)
                 VALUES (1, 'f', '1', '/', 0, 0, '-');
                 INSERT INTO posts (id, thread_id, forum_post_id, position, is_own, text, quotes, images, edited, digest,
                 first_seen_at) VALUES (1, 1, '1', 1, 0, 't', '[]', 0, 0, '-', 0);
                 INSERT INTO cases (id, thread_id, post_id, stage, urgency, urgency_rank, doubtful, topics, asked_at,
                 opened_at, client_wrote_at, client_seen_at)
                 VALUES (1, 1, 1, 'initiated', 'routine', 0, 0, '[]', 0, 0, 0, 0);
                 INSERT INTO drafts (case_id, text, answers, account_id, saved_at) VALUES (1, 't', '[]', 1, 0);
                 INSERT INTO replies (id, case_id, thread_id, text, answers, approved_by, approved_at, delivery, attempts,
                 absences, not_before, setbacks) VALUES (1, 1, 1, 't', '[]', 1, 0, 'waiting', 0, 0, 0, 0);",
            )
            .expect("rows of before");
        drop(connection);
        let store = Store::open(&path, &key(1)).expect("migrates");
        let (draft, reply) = store
            .read_now::<_, StoreError, _>(|tx| {
                Ok((tx.find_draft(crate::domain::case::CaseId(1))?, tx.reply(crate::domain::reply::ReplyId(1))?))
            })
            .expect("reads");
        let draft = draft.expect("kept");
        assert_eq!((draft.route, draft.quote), (crate::domain::reply::Route::Thread, None));
        assert_eq!((reply.route, reply.quote), (crate::domain::reply::Route::Thread, None));
    }

    #[test]
    fn posts_from_before_addresses_were_kept_stay_until_they_were_seen_at_one() {
        use crate::domain::look::{PageState, SeenPost, SeenThread, ThreadPage};
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("netreach.db");
        let mut old = crate::store::connect(&path, &key(1), rusqlite::OpenFlags::default()).expect("fresh");
        for (_, sql) in MIGRATIONS.iter().take(5) {
            old.execute_batch(sql).expect("migrates");
        }
        old.pragma_update(None, "user_version", 5).expect("set");
        old.execute_batch(
            "INSERT INTO threads (id, forum, forum_thread_id, path, added_at, next_look_at, next_look_why) \
             VALUES (1, 'f', '5', 't=5', 0, 0, 'new'); \
             INSERT INTO posts (thread_id, forum_post_id, position, is_own, text, quotes, images, edited, digest, first_seen_at) \
             VALUES (1, '1', 1, 0, 'a', '[]', 0, 0, 'd', 10), (1, '2', 2, 0, 'b', '[]', 0, 0, 'd', 10), \
             (1, '3', 3, 0, 'c', '[]', 0, 0, 'd', 10);",
        )
        .expect("rows");
        migrate(&mut old).expect("migrates");
        drop(old);
        let store = Store::open(&path, &key(1)).expect("opens");
        let page = |count: u32| ThreadPage {
            thread: SeenThread { page: Some(1), ..SeenThread::default() },
            posts: (1..=count)
                .map(|number| SeenPost {
                    id: number.to_string(),
                    number: Some(number),
                    author: None,
                    time: None,
                    text: "".into(),
                    quotes: Vec::new(),
                    edited: false,
                    images: 0,
                    url: None,
                })
                .collect(),
            ..ThreadPage::without_posts(PageState::Ok)
        };
        let vanished = |count| {
            store.write_now::<_, StoreError, _>(|tx| {
                let (page, at) = (page(count), crate::clock::Timestamp::from_unix_s(20));
                let look = PageLook { thread: ThreadId(1), at, page: &page, address: Some("a"), own_names: &[] };
                Ok(tx.apply_page(&look)?.vanished.len())
            })
        };
        assert_eq!(vanished(2).expect("applied"), 0, "nobody knows where the third was seen");
        assert_eq!(vanished(1).expect("applied"), 1, "the second was seen here just now");
    }

    #[test]
    fn migrations_are_numbered_in_order() {
        for (number, (name, _)) in (1..).zip(MIGRATIONS) {
            assert!(name.starts_with(&format!("{number:04}_")), "{name}");
        }
    }
}
