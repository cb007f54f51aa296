-- Ways in and out beside HTTP: brokers and help desks. `config` is what the kind needs, as JSON, with secrets by name
-- only. `state` is active or paused. Whoever sends holds the lease, so that one node at a time does.
CREATE TABLE channels (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    direction TEXT NOT NULL,
    loop_name TEXT,
    kinds TEXT NOT NULL,
    loops TEXT NOT NULL,
    payload TEXT NOT NULL,
    config TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_by_person BLOB,
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    token BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX channels_of_space ON channels (space_id, name);

-- How a channel is: written by whoever serves it, apart from what people configure.
CREATE TABLE channel_health (
    channel_id BLOB PRIMARY KEY,
    connected_at BIGINT,
    last_at BIGINT,
    error TEXT,
    error_at BIGINT,
    failures BIGINT NOT NULL,
    retry_at BIGINT,
    done BIGINT NOT NULL,
    dead BIGINT NOT NULL,
    lag BIGINT,
    lag_at BIGINT
) WITHOUT ROWID;

-- Outward: one message for one channel. Inward: a message that was no good, with what it said, until somebody replays
-- it. `state` is waiting, done or dead.
CREATE TABLE channel_messages (
    seq SEQUENCE_KEY,
    channel_id BLOB NOT NULL,
    id BLOB NOT NULL,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    code TEXT,
    path TEXT,
    error TEXT,
    case_id BLOB,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX channel_messages_once ON channel_messages (channel_id, id);
CREATE INDEX channel_messages_waiting ON channel_messages (channel_id, seq) WHERE state = 'waiting';
CREATE INDEX channel_messages_newest ON channel_messages (channel_id, seq);
CREATE INDEX channel_messages_dead ON channel_messages (channel_id, seq) WHERE state = 'dead';
CREATE INDEX channel_messages_old ON channel_messages (created_at);

-- The ticket of a case at a help desk; one at each. `ticket` is null until the desk has said its id.
CREATE TABLE channel_tickets (
    channel_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    ticket TEXT,
    url TEXT,
    status TEXT,
    told TEXT,
    created_at BIGINT NOT NULL,
    synced_at BIGINT,
    PRIMARY KEY (channel_id, case_id)
) WITHOUT ROWID;
CREATE INDEX channel_tickets_by_ticket ON channel_tickets (channel_id, ticket);
CREATE INDEX channel_tickets_of_case ON channel_tickets (case_id);
