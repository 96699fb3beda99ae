//! Posts: what a page changes, which posts await triage, and what was judged.

use super::{Result, Tx, at, at_opt, from_json, s, s_opt, to_json};
use crate::clock::Timestamp;
use crate::domain::judgement::Judgement;
use crate::domain::look::{Quote, SeenPost, ThreadPage};
use crate::domain::reply::{self, ReplyId};
use crate::domain::thread::{KnownPost, Post, PostId, ThreadId, compare, text_digest, words_of};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::HashMap;

/// A page to be held against what is known.
#[derive(Clone, Copy, Debug)]
pub struct PageLook<'a> {
    pub thread: ThreadId,
    pub at: Timestamp,
    pub page: &'a ThreadPage,
    /// The forum's address that it comes from; `None` where that is not told.
    pub address: Option<&'a str>,
    /// Names of the NGO's accounts on this forum.
    pub own_names: &'a [String],
}

/// What a page changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub new: Vec<PostId>,
    pub edited: Vec<PostId>,
    pub vanished: Vec<PostId>,
    /// A post was lost or removed on an earlier page: the thread should be read whole.
    pub gap: bool,
    /// Replies that were found on the page.
    pub confirmed: Vec<ReplyId>,
}

/// A post that awaits triage, with what the program knows beside its text.
#[derive(Clone, Debug)]
pub struct Unjudged {
    pub post: Post,
    /// The post before it is the NGO's.
    pub follows_own_post: bool,
    /// One of its quotes is of the NGO.
    pub quotes_own_post: bool,
    /// It was there when the thread was read for the first time, and is judged for the first time.
    pub from_first_reading: bool,
    /// It belongs to a case already: the words were changed after it was judged.
    pub judged_before: bool,
}

pub(super) fn post(row: &Row<'_>) -> rusqlite::Result<Post> {
    Ok(Post {
        id: PostId(row.get("id")?),
        thread_id: ThreadId(row.get("thread_id")?),
        forum_post_id: row.get("forum_post_id")?,
        position: row.get("position")?,
        author: row.get::<_, Option<String>>("author")?.map(Into::into),
        is_own: row.get("is_own")?,
        posted_at: at_opt(row.get("posted_at")?),
        text: row.get::<_, String>("text")?.into(),
        quotes: from_json(&row.get::<_, String>("quotes")?)?,
        images: row.get("images")?,
        edited: row.get("edited")?,
        first_seen_at: at(row.get("first_seen_at")?),
        vanished_at: at_opt(row.get("vanished_at")?),
        left_by: row.get("left_by")?,
    })
}

fn is_own(seen: &SeenPost, own_names: &[String]) -> bool {
    seen.author.as_ref().is_some_and(|a| is_own_name(a.expose(), own_names))
}

fn is_own_name(name: &str, own_names: &[String]) -> bool {
    let name = name.to_lowercase();
    own_names.iter().any(|own| own.to_lowercase() == name)
}

/// Posts by author and words, each to be recognised once.
#[derive(Default)]
struct Repeated(HashMap<(Option<String>, String), Vec<PostId>>);

impl Repeated {
    fn take(&mut self, seen: &SeenPost) -> Option<PostId> {
        if self.0.is_empty() {
            return None;
        }
        // A post of nobody we can tell is nobody's again.
        let author = seen.author.as_ref()?.expose().clone();
        self.0.get_mut(&(Some(author), words_of(seen.text.expose())))?.pop()
    }
}

impl Tx<'_> {
    /// Holds a page against what is known and writes the difference: new, edited, vanished and returned posts, and
    /// replies of ours that turned up. The same page twice changes nothing the second time.
    pub fn apply_page(&self, look: &PageLook<'_>) -> Result<Applied> {
        let known = self.known_posts(look.thread, look.address)?;
        let changes = compare(&known, look.page);
        let number_of = |seen: &SeenPost| seen.number.filter(|_| look.page.has_true_numbers());
        let mut left_behind = if changes.new.is_empty() { Repeated::default() } else { self.left_behind(look.thread)? };
        let mut applied = Applied { gap: changes.gap, vanished: changes.vanished.clone(), ..Applied::default() };
        let mut free_position = known.iter().map(|k| k.position).max().unwrap_or(0) + 1;
        for &(id, index) in changes.seen.iter().chain(&changes.edited) {
            let Some(seen) = look.page.posts.get(index) else { continue };
            self.db.execute(
                "UPDATE posts SET position = ifnull(?2, position), vanished_at = NULL, edited = edited OR ?3, \
                 author = ifnull(author, ?4), is_own = is_own OR ?5, posted_at = ifnull(posted_at, ?6), address = ?7 \
                 WHERE id = ?1",
                params![
                    id.0,
                    number_of(seen),
                    seen.edited,
                    seen.author.as_ref().map(|a| a.expose().as_str()),
                    is_own(seen, look.own_names),
                    s_opt(seen.time),
                    look.address,
                ],
            )?;
        }
        for &(id, index) in &changes.edited {
            let Some(seen) = look.page.posts.get(index) else { continue };
            self.db.execute(
                "UPDATE posts SET text = ?2, quotes = ?3, images = ?4, digest = ?5, edited = 1, judgement = NULL, \
                 repeats = NULL WHERE id = ?1",
                params![id.0, seen.text.expose(), to_json(&seen.quotes)?, seen.images, text_digest(seen)],
            )?;
            applied.edited.push(id);
        }
        for &index in &changes.new {
            let Some(seen) = look.page.posts.get(index) else { continue };
            // Without a number: by page, so that pages may be read in any order.
            let on_page =
                look.page.thread.page.map(|page| (page - 1) * 1_000 + u32::try_from(index).unwrap_or(999) + 1);
            let position = number_of(seen).or(on_page).unwrap_or(free_position);
            free_position = free_position.max(position) + 1;
            let id = self.insert_post(look, seen, position)?;
            if let Some(before) = left_behind.take(seen) {
                self.db.execute("UPDATE posts SET repeats = ?2 WHERE id = ?1", params![id.0, before.0])?;
            }
            applied.new.push(id);
        }
        for id in &changes.vanished {
            self.db.execute("UPDATE posts SET vanished_at = ?2 WHERE id = ?1", params![id.0, s(look.at)])?;
        }
        applied.confirmed = self.find_replies_among(look, &applied.new)?;
        Ok(applied)
    }

    fn insert_post(&self, look: &PageLook<'_>, seen: &SeenPost, position: u32) -> Result<PostId> {
        self.db.execute(
            "INSERT INTO posts (thread_id, forum_post_id, position, author, is_own, posted_at, text, quotes, images, \
             edited, digest, first_seen_at, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                look.thread.0,
                seen.id,
                position,
                seen.author.as_ref().map(|a| a.expose().as_str()),
                is_own(seen, look.own_names),
                s_opt(seen.time),
                seen.text.expose(),
                to_json(&seen.quotes)?,
                seen.images,
                seen.edited,
                text_digest(seen),
                s(look.at),
                look.address,
            ],
        )?;
        Ok(PostId(self.db.last_insert_rowid()))
    }

    /// Matches new posts with replies that may be on the forum: by the id the forum named, else by their words (the same
    /// ones before similar ones, the oldest reply first). A post confirms one reply at most, and no reply for which the
    /// forum named another post.
    fn find_replies_among(&self, look: &PageLook<'_>, new: &[PostId]) -> Result<Vec<ReplyId>> {
        let mut confirmed = Vec::new();
        let mut open = self.replies_perhaps_on_forum(look.thread)?;
        for &id in new {
            let post = self.post(id)?;
            let shown = post.text.expose();
            let by_id = open.iter().position(|r| r.forum_post_id.as_deref() == Some(post.forum_post_id.as_str()));
            let by_words = |same: fn(&str, &str) -> bool| {
                open.iter().position(|r| post.is_own && r.forum_post_id.is_none() && same(r.text.expose(), shown))
            };
            let under_a_quotation = || {
                open.iter().position(|r| {
                    let is_candidate = post.is_own && r.forum_post_id.is_none() && r.quote.is_some();
                    is_candidate && reply::ends_with_text(r.text.expose(), shown)
                })
            };
            let found = by_id
                .or_else(|| by_words(|a, b| a == b))
                .or_else(|| by_words(reply::is_same_text))
                .or_else(under_a_quotation);
            if let Some(index) = found {
                let reply = open.remove(index);
                self.db.execute("UPDATE posts SET is_own = 1 WHERE id = ?1", [id.0])?;
                self.confirm_reply(reply.id, Some(id), look.at)?;
                confirmed.push(reply.id);
            }
        }
        Ok(confirmed)
    }

    /// The posts of places that a thread has left, where its present place was not read whole yet: what is found there
    /// may be the same posts once more.
    fn left_behind(&self, thread: ThreadId) -> Result<Repeated> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.id, p.author, p.text FROM posts p JOIN threads t ON t.id = p.thread_id \
             WHERE p.thread_id = ?1 AND p.left_by IS NOT NULL AND p.repeats IS NULL AND t.first_whole_read_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM posts r WHERE r.repeats = p.id AND r.left_by IS NULL) ORDER BY p.id DESC",
        )?;
        let rows = statement.query_map([thread.0], |row| {
            let text: String = row.get(2)?;
            Ok((row.get::<_, Option<String>>(1)?, words_of(&text), PostId(row.get(0)?)))
        })?;
        let mut repeated = Repeated::default();
        for row in rows {
            let (author, words, id) = row?;
            repeated.0.entry((author, words)).or_default().push(id);
        }
        Ok(repeated)
    }

    /// Every post at the place where the thread stands, for comparing with a page of this address.
    fn known_posts(&self, thread: ThreadId, address: Option<&str>) -> Result<Vec<KnownPost>> {
        let mut statement = self.db.prepare_cached(
            "SELECT id, forum_post_id, position, digest, vanished_at IS NOT NULL AS vanished, address IS ?2 AS seen_here \
             FROM posts WHERE thread_id = ?1 AND left_by IS NULL",
        )?;
        let rows = statement.query_map(params![thread.0, address], |row| {
            Ok(KnownPost {
                id: PostId(row.get("id")?),
                forum_post_id: row.get("forum_post_id")?,
                position: row.get("position")?,
                digest: row.get("digest")?,
                vanished: row.get("vanished")?,
                seen_here: row.get("seen_here")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The forum's ids of all posts known of a thread.
    pub fn known_forum_post_ids(&self, thread: ThreadId) -> Result<std::collections::HashSet<String>> {
        Ok(self.known_posts(thread, None)?.into_iter().map(|k| k.forum_post_id).collect())
    }

    /// Posts that stand in the thread now.
    pub fn count_posts(&self, thread: ThreadId) -> Result<u64> {
        Ok(self.db.query_row(
            "SELECT count(*) FROM posts WHERE thread_id = ?1 AND vanished_at IS NULL AND left_by IS NULL",
            [thread.0],
            |row| row.get(0),
        )?)
    }

    pub fn post(&self, id: PostId) -> Result<Post> {
        Ok(self.db.query_row("SELECT * FROM posts WHERE id = ?1", [id.0], post)?)
    }

    /// The posts around one at its place, in thread order: up to `before` ahead of it, itself, and up to `after` behind it.
    pub fn posts_around(&self, id: PostId, before: u32, after: u32) -> Result<Vec<Post>> {
        let middle = self.post(id)?;
        let mut statement = self.db.prepare_cached(
            "SELECT * FROM (SELECT * FROM posts WHERE thread_id = ?1 AND left_by IS ?6 AND position < ?2 \
             ORDER BY position DESC LIMIT ?3) \
             UNION ALL SELECT * FROM posts WHERE id = ?5 \
             UNION ALL SELECT * FROM (SELECT * FROM posts WHERE thread_id = ?1 AND left_by IS ?6 AND position >= ?2 \
             AND id <> ?5 ORDER BY position LIMIT ?4) ORDER BY position, id",
        )?;
        let place = params![middle.thread_id.0, middle.position, before, after, id.0, middle.left_by];
        let rows = statement.query_map(place, post)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A post where its thread stands now: itself, or the one that repeats it there.
    pub fn find_post_here(&self, id: PostId) -> Result<Option<Post>> {
        Ok(self
            .db
            .query_row(
                "SELECT * FROM posts WHERE (id = ?1 OR repeats = ?1) AND left_by IS NULL ORDER BY id LIMIT 1",
                [id.0],
                post,
            )
            .optional()?)
    }

    /// Whether anything stands below a post at its place.
    pub fn has_posts_below(&self, post: &Post) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM posts WHERE thread_id = ?1 AND left_by IS ?3 AND position > ?2 \
             AND vanished_at IS NULL)",
            params![post.thread_id.0, post.position, post.left_by],
            |row| row.get(0),
        )?)
    }

    /// Whether a post that may be ours (by our account, or by nobody we can tell) was first seen since `since` and belongs
    /// to no reply: it may be the one whose answer was lost.
    pub fn has_stray_post(&self, thread: ThreadId, since: Timestamp) -> Result<bool> {
        Ok(self.db.query_row(
            "SELECT EXISTS (SELECT 1 FROM posts p WHERE p.thread_id = ?1 AND p.first_seen_at > ?2 \
             AND (p.is_own = 1 OR p.author IS NULL) AND p.repeats IS NULL AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.post_id = p.id))",
            params![thread.0, s(since)],
            |row| row.get(0),
        )?)
    }

    /// Posts of clients on a forum that nobody judged yet, oldest first.
    pub fn unjudged(&self, forum: &str, limit: u32) -> Result<Vec<Unjudged>> {
        let mut statement = self.db.prepare_cached(
            "SELECT p.*, t.first_whole_read_at, \
             (SELECT q.is_own FROM posts q WHERE q.thread_id = p.thread_id AND q.left_by IS p.left_by \
              AND q.position < p.position ORDER BY q.position DESC LIMIT 1) AS follows_own, \
             EXISTS (SELECT 1 FROM case_posts c WHERE c.post_id = p.id) AS judged_before \
             FROM posts p JOIN threads t ON t.id = p.thread_id \
             WHERE p.judgement IS NULL AND p.is_own = 0 AND p.repeats IS NULL AND t.forum = ?2 ORDER BY p.id LIMIT ?1",
        )?;
        let rows = statement.query_map(params![limit, forum], |row| {
            let first_read_at = at_opt(row.get("first_whole_read_at")?);
            let judged_once: bool = row.get("judged_once")?;
            let post = post(row)?;
            let is_past = !judged_once && first_read_at.is_none_or(|at| post.first_seen_at <= at);
            Ok((post, row.get("follows_own")?, row.get("judged_before")?, is_past))
        })?;
        let mut unjudged = Vec::new();
        for row in rows {
            let (post, follows_own, judged_before, is_past): (Post, Option<bool>, bool, bool) = row?;
            unjudged.push(Unjudged {
                follows_own_post: follows_own.unwrap_or(false),
                quotes_own_post: self.quotes_own_post(&post)?,
                from_first_reading: is_past,
                judged_before,
                post,
            });
        }
        Ok(unjudged)
    }

    fn quotes_own_post(&self, post: &Post) -> Result<bool> {
        for quote in &post.quotes {
            let Some(author) = &quote.author else { continue };
            let own: Option<bool> = self
                .db
                .query_row(
                    "SELECT is_own FROM posts WHERE thread_id = ?1 AND author = ?2 LIMIT 1",
                    params![post.thread_id.0, author.expose()],
                    |row| row.get(0),
                )
                .optional()?;
            if own == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the NGO answered a post before the program was there: one of the next two posts is ours, or a later one of
    /// ours quotes its author.
    pub fn was_answered_by_hand(&self, post: &Post) -> Result<bool> {
        let mut statement = self.db.prepare_cached(
            "SELECT position, quotes FROM posts WHERE thread_id = ?1 AND left_by IS ?3 AND position > ?2 AND is_own = 1 \
             ORDER BY position",
        )?;
        let later = statement.query_map(params![post.thread_id.0, post.position, post.left_by], |row| {
            Ok((row.get::<_, u32>(0)?, from_json::<Vec<Quote>>(&row.get::<_, String>(1)?)?))
        })?;
        for row in later {
            let (position, quotes) = row?;
            let quotes_author = post.author.is_some() && quotes.iter().any(|q| q.author == post.author);
            if position <= post.position + 2 || quotes_author {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub fn save_judgement(&self, id: PostId, judgement: &Judgement) -> Result<()> {
        self.db.execute(
            "UPDATE posts SET judgement = ?2, judged_once = 1 WHERE id = ?1",
            params![id.0, to_json(judgement)?],
        )?;
        Ok(())
    }

    pub fn find_judgement(&self, id: PostId) -> Result<Option<Judgement>> {
        let json: Option<String> =
            self.db.query_row("SELECT judgement FROM posts WHERE id = ?1", [id.0], |row| row.get(0))?;
        Ok(json.map(|json| from_json(&json)).transpose()?)
    }
}
