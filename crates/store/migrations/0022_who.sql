-- Since when two admins agree whose account it is, and what its person can do, as a JSON list of words.
ALTER TABLE members ADD COLUMN identified_at BIGINT;
ALTER TABLE members ADD COLUMN skills TEXT NOT NULL DEFAULT '[]';
