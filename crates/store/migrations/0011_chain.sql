-- Cases that wait for a link of the chain outside, or for a model that checks. `available_at` is when somebody may take
-- one: now, or when the lease of whoever has it ends. The token tells a worker whose lease ran out from the one that
-- took over.
CREATE TABLE chain_jobs (
    case_id BLOB PRIMARY KEY,
    loop_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    token BIGINT NOT NULL
);
CREATE INDEX chain_jobs_due ON chain_jobs (loop_id, available_at);
