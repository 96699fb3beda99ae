-- The forum's address at which the post was last seen: another one's copy may end before it.
ALTER TABLE posts ADD COLUMN address TEXT;
