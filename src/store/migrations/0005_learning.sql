-- What use teaches. Nobody's words but those a coordinator accepted: the text of a lesson waits in `lesson_drafts`, a
-- content table, and goes with the post, when it is decided on, and when it is too old.
CREATE TABLE lessons (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    case_id INTEGER REFERENCES cases (id) ON DELETE SET NULL,
    account_id INTEGER REFERENCES accounts (id),
    judged_need TEXT NOT NULL,
    judged_topics TEXT NOT NULL,
    -- As corrected; NULL where nothing was said of it. A coordinator may have changed it since.
    need TEXT,
    topics TEXT NOT NULL,
    -- pending, accepted, rejected (also: taken out again), expired
    state TEXT NOT NULL,
    decided_at INTEGER,
    decided_by INTEGER REFERENCES accounts (id),
    -- Masked words that a coordinator read and accepted.
    example TEXT
) STRICT;
CREATE INDEX lessons_by_state ON lessons (state, at);
CREATE INDEX lessons_by_case ON lessons (case_id);

CREATE TABLE lesson_drafts (
    lesson_id INTEGER PRIMARY KEY REFERENCES lessons (id) ON DELETE CASCADE,
    post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX lesson_drafts_by_post ON lesson_drafts (post_id);

-- Where the answers of approved replies were taken from, without any words. `place`: 1 to 3 among the suggestions, 0 sought
-- in the library, NULL for a reply without any answer (`topic` is then what was suggested first).
CREATE TABLE picks (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    case_id INTEGER REFERENCES cases (id) ON DELETE SET NULL,
    topic TEXT NOT NULL,
    place INTEGER
) STRICT;

-- Each time the program was asked to learn, with the figures and, where it was taken, the adjustment.
CREATE TABLE fits (
    id INTEGER PRIMARY KEY,
    asked_at INTEGER NOT NULL,
    asked_by INTEGER REFERENCES accounts (id),
    state TEXT NOT NULL,
    ended_at INTEGER,
    figures TEXT,
    -- Ids of the lessons it was made from.
    lessons TEXT,
    model_digest TEXT,
    adjustment BLOB
) STRICT;
