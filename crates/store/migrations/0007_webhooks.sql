-- Where messages about cases are sent. `secret` signs; `old_secret` signs as well until `old_until`, so that receivers
-- can change over. `state` is active, paused (by a person) or disabled (by the server, `why` says for what).
CREATE TABLE webhooks (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    loops TEXT NOT NULL,
    payload TEXT NOT NULL,
    payload_by TEXT NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    why TEXT,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    open_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX webhooks_of_space ON webhooks (space_id, id);
CREATE INDEX webhooks_active ON webhooks (id, open_until) WHERE state = 'active';

-- One message for one endpoint. A leased row is one whose `available_at` is the end of its lease. `state` is waiting,
-- done or dead; what the newest attempt met is kept with it.
CREATE TABLE webhook_deliveries (
    seq SEQUENCE_KEY,
    webhook_id BLOB NOT NULL,
    id BLOB NOT NULL,
    lane TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    token BIGINT NOT NULL,
    status BIGINT,
    took_ms BIGINT,
    error TEXT,
    response TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, available_at, seq) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_lane ON webhook_deliveries (webhook_id, lane, seq) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (created_at);
CREATE INDEX webhook_deliveries_dead ON webhook_deliveries (webhook_id) WHERE state = 'dead';
