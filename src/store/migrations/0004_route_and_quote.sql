-- Who can read a reply (`thread` or `message`), and the client's post that it quotes.
ALTER TABLE drafts ADD COLUMN route TEXT NOT NULL DEFAULT 'thread';
ALTER TABLE drafts ADD COLUMN quote_post_id INTEGER REFERENCES posts (id) ON DELETE SET NULL;
ALTER TABLE replies ADD COLUMN route TEXT NOT NULL DEFAULT 'thread';
ALTER TABLE replies ADD COLUMN quote_post_id INTEGER REFERENCES posts (id) ON DELETE SET NULL;
