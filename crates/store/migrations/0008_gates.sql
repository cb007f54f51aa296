-- What cases hold of the limits of their loop: reserved when they are routed, counted when they are approved, removed when
-- nothing comes of them. `key` is a keyed digest of what is counted together.
CREATE TABLE limit_uses (
    loop_id BLOB NOT NULL,
    name TEXT NOT NULL,
    case_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    key TEXT NOT NULL,
    amount DOUBLE PRECISION NOT NULL,
    counted BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, name, case_id)
) WITHOUT ROWID;
CREATE INDEX limit_uses_by_key ON limit_uses (loop_id, name, key, at);
CREATE INDEX limit_uses_by_age ON limit_uses (at);

-- Whoever reserves locks the row of its loop first, so that sums are taken one after the other.
CREATE TABLE limit_locks (
    loop_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL
) WITHOUT ROWID;

-- Members who are away, and who stands in for them.
CREATE TABLE absences (
    member_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    delegate_id BLOB NOT NULL,
    until_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX absences_of_delegate ON absences (delegate_id);

-- Times that nobody could use: the server was down (scope '*' of the space '*'), or a scope was halted.
CREATE TABLE outages (
    space_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    since BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, scope, since)
) WITHOUT ROWID;

-- The natural person who made a key: what it asks for, that person asked for.
ALTER TABLE keys ADD COLUMN made_by BLOB;
