-- The address of the forum that was in use last: a restart does not begin with a dead one.
ALTER TABLE forums ADD COLUMN address TEXT;
-- The address a reply's form was sent to: its absence elsewhere proves nothing.
ALTER TABLE replies ADD COLUMN sent_to TEXT;

-- What the pages of a look held, in counts: for telling what matched before a profile stopped matching. NULL for looks
-- that read no page.
ALTER TABLE looks ADD COLUMN matched TEXT;

-- Where a thread stood until it moved.
CREATE TABLE moves (
    id INTEGER PRIMARY KEY,
    thread_id INTEGER NOT NULL REFERENCES threads (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    forum TEXT NOT NULL,
    forum_thread_id TEXT NOT NULL,
    path TEXT NOT NULL
) STRICT;
CREATE INDEX moves_by_thread ON moves (thread_id, at);

-- The move by which the thread left the place where the post stands; NULL where the thread stands now. Posts that were
-- left have forum ids with a space in front, which no forum's id has, so that the new place may use the same ones.
ALTER TABLE posts ADD COLUMN left_by INTEGER REFERENCES moves (id);
-- The post of a place before that this one repeats.
ALTER TABLE posts ADD COLUMN repeats INTEGER REFERENCES posts (id) ON DELETE SET NULL;
CREATE INDEX posts_repeating ON posts (repeats) WHERE repeats IS NOT NULL;
CREATE INDEX posts_left ON posts (left_by) WHERE left_by IS NOT NULL;

-- Forums that do not answer have an alarm for each thread now, shown together.
UPDATE alarms SET cleared_at = since WHERE kind = 'unreachable' AND thread_id IS NULL AND cleared_at IS NULL;
