//! How thread lists read: what the last healthy reading found, and what is found since a list stopped fitting.
//!
//! The alarm of a forum's lists is no row of its own: it stands as long as readings are not healthy, and goes with the
//! threads of the list. What a list shows of a thread is with `threads`.

use super::forums::COMPLAINTS;
use super::{Alarm, AlarmKind, Drift, Result, Tx, at, at_opt, from_json, s, to_json};
use crate::clock::Timestamp;
use crate::domain::look::ListMatched;
use rusqlite::{OptionalExtension, params};

/// So many readings in a row that were not healthy are an alarm: one odd page is none.
const ODD_READINGS: u32 = 2;

/// What one reading of a list came to.
#[derive(Clone, Debug)]
pub enum ListReading {
    /// Everything was found that belongs there; `None`: the page has not changed since that was so.
    Healthy(Option<ListMatched>),
    Odd {
        found: ListMatched,
        complaints: Vec<String>,
    },
}

impl Tx<'_> {
    /// What the last healthy reading of a list found.
    pub fn find_healthy_list(&self, forum: &str, path: &str) -> Result<Option<ListMatched>> {
        let found: Option<Option<String>> = self
            .db
            .query_row("SELECT found_before FROM lists WHERE forum = ?1 AND path = ?2", [forum, path], |row| row.get(0))
            .optional()?;
        Ok(found.flatten().map(|json| from_json(&json)).transpose()?)
    }

    /// Writes down how a list was read. Lists in which no thread of ours stands any more are forgotten.
    ///
    /// Of odd readings the first counts, and those before which a thread of the list could be read since then: where the
    /// forum is down behind a page of its own, keeps us out, or has changed altogether, it is not the list that is odd.
    pub fn record_list(&self, forum: &str, path: &str, reading: &ListReading, now: Timestamp) -> Result<()> {
        match reading {
            ListReading::Healthy(found) => self.db.execute(
                "INSERT INTO lists (forum, path, last_success_at, found_before) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (forum, path) DO UPDATE SET last_success_at = ?3, found_before = ifnull(?4, found_before), \
                 odd_readings = 0, odd_since = NULL, found_now = NULL, complaints = '[]'",
                params![forum, path, s(now), found.as_ref().map(to_json).transpose()?],
            )?,
            ListReading::Odd { found, complaints } => self.db.execute(
                "INSERT INTO lists (forum, path, odd_readings, odd_since, found_now, complaints) \
                 VALUES (?1, ?2, 1, ?3, ?4, ?5) ON CONFLICT (forum, path) DO UPDATE SET \
                 odd_readings = CASE WHEN odd_since IS NULL OR EXISTS (SELECT 1 FROM threads t WHERE t.forum = ?1 \
                 AND t.list_path = ?2 AND t.last_success_at > lists.odd_since) THEN odd_readings + 1 ELSE odd_readings END, \
                 odd_since = ifnull(odd_since, ?3), found_now = ?4, complaints = ?5",
                params![forum, path, s(now), to_json(found)?, to_json(complaints)?],
            )?,
        };
        self.db.execute(
            "DELETE FROM lists WHERE forum = ?1 AND NOT EXISTS (SELECT 1 FROM threads t WHERE t.forum = lists.forum \
             AND t.list_path = lists.path)",
            [forum],
        )?;
        Ok(())
    }

    /// The alarm of a forum's lists, if there is one.
    pub fn find_list_alarm(&self, forum: &str) -> Result<Option<Alarm>> {
        Ok(self.list_alarms()?.into_iter().find(|alarm| alarm.forum == forum))
    }

    /// One alarm for each forum of whose lists at least one does not read any more.
    pub(super) fn list_alarms(&self) -> Result<Vec<Alarm>> {
        let mut statement = self.db.prepare_cached(
            "SELECT forum, odd_since, last_success_at, found_before, found_now, complaints FROM lists \
             WHERE odd_readings >= ?1 AND EXISTS (SELECT 1 FROM threads t WHERE t.forum = lists.forum \
             AND t.list_path = lists.path) ORDER BY forum, odd_since",
        )?;
        let rows = statement.query_map([ODD_READINGS], |row| {
            let found = |column| row.get::<_, Option<String>>(column)?.map(|json| from_json(&json)).transpose();
            let mut complaints: Vec<String> = from_json(&row.get::<_, String>("complaints")?)?;
            complaints.truncate(COMPLAINTS);
            Ok(Alarm {
                kind: AlarmKind::ListDrift,
                forum: row.get("forum")?,
                thread_id: None,
                threads: 0,
                since: at(row.get("odd_since")?),
                last_success_at: at_opt(row.get("last_success_at")?),
                drift: None,
                list_drift: Some(Drift {
                    before: found("found_before")?,
                    now: found("found_now")?.unwrap_or_default(),
                    complaints,
                }),
            })
        })?;
        let mut alarms: Vec<Alarm> = Vec::new();
        for row in rows {
            let alarm = row?;
            match alarms.last_mut().filter(|known| known.forum == alarm.forum) {
                Some(known) => {
                    // When any of them last worked.
                    known.last_success_at = known.last_success_at.max(alarm.last_success_at);
                    if let Some((known, more)) = known.list_drift.as_mut().zip(alarm.list_drift.as_ref()) {
                        known.add(more);
                    }
                }
                None => alarms.push(alarm),
            }
        }
        Ok(alarms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::thread::{LookState, ThreadId};
    use crate::store::{Key, LookSummary, NewThread, Store, StoreError};

    const FIRST: &str = "viewforum.php?f=1";
    const SECOND: &str = "viewforum.php?f=2";

    /// Two threads of one forum, each in a list of its own, that can be read.
    fn with_two_lists(test: impl FnOnce(&Tx<'_>, [ThreadId; 2]) -> Result<()>) {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(&dir.path().join("netreach.db"), &Key::from_bytes(&[1; 32])).expect("store");
        store
            .write_now::<_, StoreError, _>(|tx| {
                let threads = [FIRST, SECOND].map(|list| {
                    let new =
                        NewThread { forum: "f".into(), forum_thread_id: list.into(), path: "t".into(), now: moment(0) };
                    let id = tx.add_thread(&new).expect("added");
                    tx.set_list(id, list).expect("listed");
                    look(tx, id, LookState::Ok, 1_000).expect("looked");
                    id
                });
                test(tx, threads)
            })
            .expect("works");
    }

    fn look(tx: &Tx<'_>, thread: ThreadId, state: LookState, at: i64) -> Result<()> {
        let look = LookSummary {
            at: moment(at),
            state,
            pages: 1,
            views: None,
            replies: None,
            new_posts: 0,
            edited_posts: 0,
            vanished_posts: 0,
            complaints: Vec::new(),
            matched: None,
        };
        tx.record_look(thread, &look)
    }

    fn moment(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    fn healthy(rows: u32) -> ListReading {
        ListReading::Healthy(Some(ListMatched { rows, views: rows, replies: rows, times: rows, ours: 1 }))
    }

    fn odd(complaint: &str) -> ListReading {
        ListReading::Odd {
            found: ListMatched { rows: 1, ..ListMatched::default() },
            complaints: vec![complaint.into()],
        }
    }

    #[test]
    fn several_lists_of_a_forum_are_one_alarm_and_it_ends_with_the_last_of_them() {
        with_two_lists(|tx, _| {
            for (list, rows, at) in [(FIRST, 10, 100), (SECOND, 20, 200)] {
                tx.record_list("f", list, &healthy(rows), moment(at))?;
                tx.record_list("f", list, &odd("list.views"), moment(300))?;
                tx.record_list("f", list, &odd(list), moment(400))?;
            }
            let alarms = tx.alarms()?;
            assert_eq!(alarms.len(), 1);
            let alarm = &alarms[0];
            assert_eq!((alarm.kind, alarm.thread_id, alarm.threads), (AlarmKind::ListDrift, None, 0));
            assert_eq!((alarm.since, alarm.last_success_at), (moment(300), Some(moment(200))));
            let drift = alarm.list_drift.clone().expect("told");
            assert_eq!((drift.before.expect("healthy").rows, drift.now.rows), (30, 2));
            assert_eq!(drift.complaints, [FIRST, SECOND]);
            tx.record_list("f", FIRST, &healthy(10), moment(500))?;
            assert_eq!(tx.alarms()?.len(), 1);
            tx.record_list("f", SECOND, &healthy(20), moment(500))?;
            assert!(tx.alarms()?.is_empty());
            Ok(())
        });
    }

    #[test]
    fn one_odd_reading_is_none_and_what_is_unchanged_since_a_healthy_one_is_healthy() {
        with_two_lists(|tx, _| {
            tx.record_list("f", FIRST, &healthy(10), moment(100))?;
            tx.record_list("f", FIRST, &odd("list.views"), moment(200))?;
            tx.record_list("f", FIRST, &ListReading::Healthy(None), moment(300))?;
            tx.record_list("f", FIRST, &odd("list.views"), moment(400))?;
            assert!(tx.alarms()?.is_empty());
            assert_eq!(tx.find_healthy_list("f", FIRST)?.map(|found| found.rows), Some(10));
            tx.record_list("f", FIRST, &odd("list.views"), moment(500))?;
            assert_eq!(tx.alarms()?[0].last_success_at, Some(moment(300)));
            Ok(())
        });
    }

    #[test]
    fn list_is_odd_only_where_its_threads_can_be_read() {
        with_two_lists(|tx, threads| {
            tx.record_list("f", FIRST, &healthy(10), moment(900))?;
            // Nothing was read since the first odd reading but the thread of another list.
            look(tx, threads[1], LookState::Ok, 2_500)?;
            for at in [2_000, 3_000, 4_000] {
                tx.record_list("f", FIRST, &odd("list.views"), moment(at))?;
                look(tx, threads[0], LookState::ErrorPage, at + 1)?;
            }
            assert!(tx.alarms()?.is_empty());
            // The forum is well again, and the list was not read since.
            look(tx, threads[0], LookState::Ok, 5_000)?;
            assert!(tx.alarms()?.is_empty());
            tx.record_list("f", FIRST, &odd("list.views"), moment(6_000))?;
            assert_eq!(tx.alarms()?[0].since, moment(2_000));
            Ok(())
        });
    }

    #[test]
    fn alarm_goes_with_the_threads_of_its_list() {
        with_two_lists(|tx, threads| {
            for at in [100, 200] {
                tx.record_list("f", FIRST, &odd("list.views"), moment(at))?;
            }
            assert!(tx.find_list_alarm("f")?.is_some() && tx.find_list_alarm("g")?.is_none());
            assert_eq!(tx.alarms_of(threads[1], "f")?.len(), 1, "it is the forum's");
            tx.set_list(threads[0], SECOND)?;
            assert!(tx.alarms()?.is_empty());
            tx.record_list("f", SECOND, &healthy(5), moment(300))?;
            tx.set_list(threads[0], FIRST)?;
            assert!(tx.alarms()?.is_empty(), "what was known of a list that was left is forgotten");
            Ok(())
        });
    }
}
