-- How people bring the program past what a forum asks of a person. What a challenge says, its pictures, answers and
-- sessions are secrets with a time: they are wiped when they are used, when the passage ends and when it expires. They
-- hold no client's words.
CREATE TABLE passages (
    id INTEGER PRIMARY KEY,
    forum TEXT NOT NULL,
    stage TEXT NOT NULL,
    -- Counts the challenges that were shown: an answer names the one it is for.
    step INTEGER NOT NULL DEFAULT 0,
    remark TEXT,
    started_at INTEGER NOT NULL,
    moved_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at INTEGER,
    ending TEXT,
    -- Of a session that was brought along: cookies that were taken, of other hosts, expired, and lines not understood.
    taken INTEGER,
    others INTEGER,
    expired INTEGER,
    unreadable INTEGER,
    shown TEXT,
    form TEXT,
    answer TEXT,
    session TEXT
) STRICT;
CREATE UNIQUE INDEX passages_open ON passages (forum) WHERE ended_at IS NULL;

CREATE TABLE passage_pictures (
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (passage_id, number)
) STRICT, WITHOUT ROWID;

-- Who did what, without any words. Stays.
CREATE TABLE passage_events (
    id INTEGER PRIMARY KEY,
    passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id)
) STRICT;
CREATE INDEX passage_events_by_passage ON passage_events (passage_id, at);

-- The browser's name for itself that came with a person's session; NULL for our own.
ALTER TABLE forums ADD COLUMN user_agent TEXT;
