-- Runs: live executions of agents under supervision. `core` and `state` are the documents that the ledger commits to;
-- the other columns repeat parts of them for look-ups. `seen_at` and `lease_until` change with every sign of life and
-- are no part of the proof: that a lease ran out is an event. `lease_until` is null once nobody waits for the agent.
-- `sweep` is 1 while gates that can no longer be used are still open.
CREATE TABLE runs (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    key TEXT,
    status TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    obeyed BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    lease_until BIGINT,
    sweep BIGINT NOT NULL,
    core TEXT NOT NULL,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX runs_by_key ON runs (loop_id, key) WHERE key IS NOT NULL;
CREATE INDEX runs_of_space ON runs (space_id, id);
CREATE INDEX runs_of_loop ON runs (loop_id, id);
CREATE INDEX runs_by_status ON runs (space_id, status, id);
CREATE INDEX runs_by_lease ON runs (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX runs_to_sweep ON runs (id) WHERE sweep = 1;

-- What they did. A step is written once; `revision` is the run's, and names the event.
CREATE TABLE run_steps (
    run_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, n)
);

-- What they were told. A control is written when it is given and once more when it is acknowledged.
CREATE TABLE run_controls (
    run_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (run_id, epoch)
) WITHOUT ROWID;

-- Which cases are gates of which run, and when their grant was given: a projection of the cases.
CREATE TABLE run_gates (
    run_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    granted_at BIGINT,
    PRIMARY KEY (run_id, case_id)
) WITHOUT ROWID;
