-- The client's post that a reply quotes.
ALTER TABLE drafts ADD COLUMN quote_post_id INTEGER REFERENCES posts (id) ON DELETE SET NULL;
ALTER TABLE replies ADD COLUMN quote_post_id INTEGER REFERENCES posts (id) ON DELETE SET NULL;
