-- What each group of a loop's cases has earned. The row with the empty group is also what whoever changes any of them
-- locks first. `controller` is null while scores are gathered to choose thresholds from.
CREATE TABLE autonomy (
    loop_id BLOB NOT NULL,
    grp TEXT NOT NULL,
    space_id TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    policy_epoch BIGINT NOT NULL,
    model TEXT NOT NULL,
    next_model TEXT,
    secret BLOB NOT NULL,
    scores BLOB NOT NULL,
    controller BLOB,
    proposal TEXT,
    demotion TEXT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, grp)
) WITHOUT ROWID;

-- Inputs seen in an epoch: a further case with the same input is no further evidence.
CREATE TABLE autonomy_seen (
    loop_id BLOB NOT NULL,
    epoch BIGINT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (loop_id, epoch, digest)
) WITHOUT ROWID;

-- What two persons allowed beforehand: raises up to a bound, for a time.
CREATE TABLE autonomy_orders (
    loop_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- What happened to a loop's autonomy, for its page: the same events are in the ledger.
CREATE TABLE autonomy_history (
    loop_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (loop_id, n)
) WITHOUT ROWID;
