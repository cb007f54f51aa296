-- Tandem's first schema. Ids are 16-byte blobs, times are microseconds since the epoch, flags are 0 and 1, JSON is text.
-- ROWID_KEY, SEQUENCE_KEY, BLOB and WITHOUT ROWID are put into each database's words by the drivers.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE spaces (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO spaces (id, title, created_at) VALUES ('default', 'Default', 0);

-- The emergency stop: scope is '*' (the whole space) or a loop's id in text form.
CREATE TABLE halts (
    space_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    halted BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    by_member BLOB,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (space_id, scope)
) WITHOUT ROWID;
INSERT INTO halts (space_id, scope, halted, epoch, by_member, reason, at) VALUES ('default', '*', 0, 0, NULL, '', 0);

CREATE TABLE persons (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE members (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    person_id BLOB NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX members_by_email ON members (space_id, email);

CREATE TABLE member_roles (
    member_id BLOB NOT NULL,
    loop TEXT NOT NULL,
    role TEXT NOT NULL,
    space_id TEXT NOT NULL,
    PRIMARY KEY (member_id, loop, role)
) WITHOUT ROWID;

CREATE TABLE keys (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BLOB NOT NULL,
    member_id BLOB,
    roles TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX keys_by_hash ON keys (hash);

CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    member_id BLOB NOT NULL,
    csrf TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_of_member ON sessions (member_id);

CREATE TABLE signin_links (
    hash BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    member_id BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
) WITHOUT ROWID;

CREATE TABLE idempotency (
    space_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    resource TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, principal, route, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency (created_at);

CREATE TABLE loops (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    head BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    secret BLOB NOT NULL,
    created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX loops_by_name ON loops (space_id, name);

CREATE TABLE loop_versions (
    loop_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    digest BLOB NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    by_member BLOB,
    at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, version)
);

-- Whose data a case holds.
CREATE TABLE subjects (
    space_id TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    erased_at BIGINT,
    PRIMARY KEY (space_id, id)
) WITHOUT ROWID;

-- A case is one aggregate: immutable content (core), and its mutable state as one document. Inputs over a few kilobytes
-- live in case_inputs and are null in core, so that a change of state does not rewrite them.
CREATE TABLE cases (
    id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    loop_version BIGINT NOT NULL,
    key TEXT,
    body_digest BLOB NOT NULL,
    subject TEXT,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    core TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX cases_by_key ON cases (loop_id, key) WHERE key IS NOT NULL;
CREATE INDEX cases_by_status ON cases (loop_id, status, id);
CREATE INDEX cases_of_subject ON cases (space_id, subject) WHERE subject IS NOT NULL;

CREATE TABLE case_inputs (
    case_id BLOB PRIMARY KEY,
    input TEXT NOT NULL
);

-- Projections of the case's state, written with it: claim order, expiry, exports, statistics.

-- Open tasks. Tasks on rung 1 are for arbiters. An unscored task has the lowest score there is, so that one index
-- serves the whole order.
CREATE TABLE tasks (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    queue TEXT NOT NULL,
    rung BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    free BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX tasks_to_claim ON tasks (loop_id, queue, rung, priority DESC, score DESC, created_at, case_id, n)
    WHERE free > 0;
CREATE INDEX tasks_by_age ON tasks (loop_id, queue, rung, created_at, case_id, n)
    WHERE free > 0;

-- Who may not get this case (again): judged, skipped or decided it before.
CREATE TABLE bars (
    case_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    PRIMARY KEY (case_id, member_id)
) WITHOUT ROWID;

-- Live claims only.
CREATE TABLE claims (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    task_n BIGINT NOT NULL,
    member_id BLOB NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX claims_by_expiry ON claims (expires_at);
CREATE INDEX claims_of_member ON claims (member_id);

CREATE TABLE judgments (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    task_n BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    member_id BLOB NOT NULL,
    verdict TEXT NOT NULL,
    at BIGINT NOT NULL,
    elapsed_ms BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    agrees BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX judgments_by_time ON judgments (loop_id, at, case_id, n);
CREATE INDEX judgments_of_member ON judgments (member_id, at);

CREATE TABLE decisions (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    by_kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    model TEXT,
    state TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    effective_at BIGINT NOT NULL,
    delivery TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX decisions_by_time ON decisions (loop_id, effective_at, case_id, n);

-- One row per automatically decided case: the stratum that audits sample from.
CREATE TABLE automatic (
    loop_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    at BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    propensity DOUBLE PRECISION NOT NULL,
    drawn BIGINT NOT NULL,
    error DOUBLE PRECISION,
    model TEXT,
    PRIMARY KEY (loop_id, case_id)
) WITHOUT ROWID;
CREATE INDEX automatic_by_time ON automatic (loop_id, at, case_id);
CREATE INDEX automatic_drawn ON automatic (loop_id, at, case_id) WHERE drawn = 1;

CREATE TABLE outcomes (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    case_id BLOB NOT NULL,
    body TEXT NOT NULL,
    trusted BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX outcomes_of_case ON outcomes (case_id, id);

CREATE TABLE comments (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    case_id BLOB NOT NULL,
    member_id BLOB,
    body TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX comments_of_case ON comments (case_id, id);

CREATE TABLE media (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    mime TEXT NOT NULL,
    bytes BLOB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX media_by_content ON media (space_id, sha256, mime);

CREATE TABLE models (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    metrics TEXT NOT NULL,
    trained_on BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX models_by_version ON models (loop_id, version);

CREATE TABLE examples (
    loop_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    kind TEXT NOT NULL,
    space_id TEXT NOT NULL,
    body TEXT NOT NULL,
    origin TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    held_out BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, case_id, n, kind)
);
CREATE INDEX examples_by_time ON examples (loop_id, at, case_id, n, kind);

CREATE TABLE timers (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    case_id BLOB,
    name TEXT NOT NULL,
    fire_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    token BIGINT NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX timers_by_time ON timers (fire_at);
CREATE UNIQUE INDEX timers_of_case ON timers (case_id, name) WHERE case_id IS NOT NULL;

-- Messages to the outside. Those of one lane go out in order; a lane never blocks another.
CREATE TABLE outbox (
    seq SEQUENCE_KEY,
    id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    lane TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    token BIGINT NOT NULL,
    done_at BIGINT,
    dead_at BIGINT,
    error TEXT
);
CREATE UNIQUE INDEX outbox_by_id ON outbox (id);
CREATE INDEX outbox_waiting ON outbox (lane, seq) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_due ON outbox (available_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;

CREATE TABLE jobs (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    progress DOUBLE PRECISION NOT NULL,
    lease_until BIGINT NOT NULL,
    token BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX jobs_queued ON jobs (loop_id, kind) WHERE state = 'queued';
CREATE UNIQUE INDEX jobs_running ON jobs (loop_id, kind) WHERE state = 'running';
CREATE INDEX jobs_of_loop ON jobs (loop_id, created_at);

-- The ledger: sealed events by their dense index, and those that wait for one (PostgreSQL only).
CREATE TABLE events (
    idx ROWID_KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB,
    case_id BLOB,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    leaf BLOB NOT NULL
);
CREATE INDEX events_of_case ON events (case_id, idx) WHERE case_id IS NOT NULL;
CREATE INDEX events_of_loop ON events (loop_id, idx) WHERE loop_id IS NOT NULL;

CREATE TABLE unsealed (
    seq SEQUENCE_KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB,
    case_id BLOB,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX unsealed_of_case ON unsealed (case_id) WHERE case_id IS NOT NULL;

-- Roots of full subtrees at heights 8, 16, 24, ...: node n of a level covers leaves n * 2^level and on.
CREATE TABLE tiles (
    level BIGINT NOT NULL,
    n BIGINT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, n)
) WITHOUT ROWID;

CREATE TABLE ledger_head (
    one BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    frontier BLOB NOT NULL,
    origin TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE checkpoints (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Running totals per loop, so that figures cost the same at any size. Shards keep PostgreSQL writers apart.
CREATE TABLE counters (
    loop_id BLOB NOT NULL,
    name TEXT NOT NULL,
    shard BIGINT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (loop_id, name, shard)
) WITHOUT ROWID;
