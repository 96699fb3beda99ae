-- How the lists in which our threads stand read: for telling when one stops fitting its profile, and what was found before.
CREATE TABLE lists (
    forum TEXT NOT NULL,
    path TEXT NOT NULL,
    -- The last healthy reading, and what it found, in counts.
    last_success_at INTEGER,
    found_before TEXT,
    -- Readings in a row since then that were not healthy, when they began, and what the latest found and missed.
    odd_readings INTEGER NOT NULL DEFAULT 0,
    odd_since INTEGER,
    found_now TEXT,
    complaints TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (forum, path)
) STRICT, WITHOUT ROWID;

-- The forum's address at which the post was last seen: another one's copy may end before it.
ALTER TABLE posts ADD COLUMN address TEXT;
