-- Times are UTC seconds since 1970 (`_at`). Every table that holds a client's words or nickname is named in
-- `store::CONTENT_TABLES`, which the retention rule and a test read.

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    password_hash TEXT NOT NULL,
    roles TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    language TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE threads (
    id INTEGER PRIMARY KEY,
    forum TEXT NOT NULL,
    forum_thread_id TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT,
    last_page_path TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    added_at INTEGER NOT NULL,
    -- When it was first read whole: what was there then is the past of the thread.
    first_whole_read_at INTEGER,
    -- When it was last read whole; NULL again while pages between may have been missed.
    whole_read_at INTEGER,
    needs_whole_read INTEGER NOT NULL DEFAULT 0,
    next_look_at INTEGER NOT NULL,
    next_look_why TEXT NOT NULL,
    last_look_at INTEGER,
    last_success_at INTEGER,
    failed_looks INTEGER NOT NULL DEFAULT 0,
    last_state TEXT,
    -- The thread list it stands in, where views are shown, and when that was last read.
    list_path TEXT,
    listed_at INTEGER,
    -- What that list showed; both NULL while it cannot be relied on.
    listed_replies INTEGER,
    listed_last_post_at INTEGER,
    UNIQUE (forum, forum_thread_id)
) STRICT;

CREATE TABLE looks (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    pages INTEGER NOT NULL,
    views INTEGER,
    replies INTEGER,
    new_posts INTEGER NOT NULL,
    edited_posts INTEGER NOT NULL,
    vanished_posts INTEGER NOT NULL,
    complaints TEXT NOT NULL
) STRICT;
CREATE INDEX looks_by_thread ON looks (thread_id, at);

CREATE TABLE posts (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    forum_post_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    author TEXT,
    is_own INTEGER NOT NULL,
    posted_at INTEGER,
    text TEXT NOT NULL,
    quotes TEXT NOT NULL,
    images INTEGER NOT NULL,
    edited INTEGER NOT NULL,
    digest TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    vanished_at INTEGER,
    -- What triage said; NULL until it was judged.
    judgement TEXT,
    judged_once INTEGER NOT NULL DEFAULT 0,
    UNIQUE (thread_id, forum_post_id)
) STRICT;
CREATE INDEX posts_by_place ON posts (thread_id, position);
CREATE INDEX posts_unjudged ON posts (id) WHERE judgement IS NULL;

CREATE TABLE cases (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    post_id INTEGER NOT NULL UNIQUE REFERENCES posts (id) ON DELETE CASCADE,
    author TEXT,
    stage TEXT NOT NULL,
    urgency TEXT NOT NULL,
    urgency_rank INTEGER NOT NULL,
    doubtful INTEGER NOT NULL,
    topics TEXT NOT NULL,
    claimed_by INTEGER REFERENCES accounts (id),
    claimed_until INTEGER,
    asked_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    client_wrote_at INTEGER NOT NULL,
    -- When we last saw something new of the client, by our own clock.
    client_seen_at INTEGER NOT NULL,
    closed_at INTEGER,
    outcome TEXT
) STRICT;
CREATE INDEX cases_in_queue ON cases (stage, urgency_rank DESC, client_wrote_at);

-- The posts of the client that belong to a case, the opening one among them.
CREATE TABLE case_posts (
    case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    post_id INTEGER NOT NULL UNIQUE REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (case_id, post_id)
) STRICT, WITHOUT ROWID;

-- What happened to a case, without any words of the client.
CREATE TABLE case_events (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id)
) STRICT;
CREATE INDEX case_events_by_case ON case_events (case_id, at);

CREATE TABLE drafts (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    answers TEXT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    saved_at INTEGER NOT NULL
) STRICT;

-- The outbox: rows come from an approval alone.
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    thread_id INTEGER NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    answers TEXT NOT NULL,
    approved_by INTEGER NOT NULL REFERENCES accounts (id),
    approved_at INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    attempted_at INTEGER,
    absences INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    setbacks INTEGER NOT NULL,
    refusals INTEGER NOT NULL DEFAULT 0,
    -- Why it is where it is: a code of `domain::reply` or of a fault, never words of the forum.
    reason TEXT,
    -- The id the forum named when it took the post.
    forum_post_id TEXT,
    post_id INTEGER UNIQUE REFERENCES posts (id) ON DELETE SET NULL,
    settled_at INTEGER
) STRICT;
CREATE INDEX replies_by_case ON replies (case_id);
CREATE INDEX replies_by_delivery ON replies (delivery, not_before);

CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    verified_by INTEGER REFERENCES accounts (id),
    verified_at INTEGER,
    verified_until INTEGER,
    verified_digest TEXT,
    updated_at INTEGER NOT NULL
) STRICT;

-- The NGO's directory: facts put into answers in place of {{key}}.
CREATE TABLE facts (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_by INTEGER REFERENCES accounts (id),
    updated_at INTEGER NOT NULL
) STRICT;

-- What the program remembers of each forum: its cookie jar and how access stands.
CREATE TABLE forums (
    name TEXT PRIMARY KEY,
    cookies TEXT,
    logged_in_at INTEGER,
    no_log_in_before INTEGER,
    last_success_at INTEGER,
    holds_posts INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row per thing that is wrong now; cleared when it is right again.
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    forum TEXT NOT NULL,
    thread_id INTEGER REFERENCES threads (id) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    last_success_at INTEGER,
    cleared_at INTEGER
) STRICT;
CREATE UNIQUE INDEX alarms_open ON alarms (kind, forum, ifnull(thread_id, 0)) WHERE cleared_at IS NULL;

-- What the running service says of itself, for `healthcheck`.
CREATE TABLE heartbeats (
    part TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
