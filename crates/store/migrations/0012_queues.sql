-- Queues that hand out no claims for now. `clock` is `runs` where deadlines go on, `stops` where the time does not count.
CREATE TABLE queue_pauses (
    loop_id BLOB NOT NULL,
    queue TEXT NOT NULL,
    space_id TEXT NOT NULL,
    clock TEXT NOT NULL,
    by_member BLOB,
    reason TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (loop_id, queue)
) WITHOUT ROWID;
CREATE INDEX queue_pauses_of_space ON queue_pauses (space_id, loop_id, queue);

-- Changes of many cases at once: which cases is fixed when one asks, then a batch at a time is changed, each case with its
-- own event, and `next` says how far it is. `cases` is a list of ids as JSON.
CREATE TABLE bulk_changes (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    body TEXT NOT NULL,
    cases TEXT NOT NULL,
    total BIGINT NOT NULL,
    next BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    done_at BIGINT
) WITHOUT ROWID;
CREATE INDEX bulk_changes_open ON bulk_changes (id) WHERE done_at IS NULL;

-- What was found out of bounds, by a loop's `alerts`. A row is raised when it is made, and over when `cleared_at` is set.
CREATE TABLE alerts (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    name TEXT NOT NULL,
    queue TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    above DOUBLE PRECISION NOT NULL,
    raised_at BIGINT NOT NULL,
    cleared_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX alerts_open ON alerts (loop_id, name, queue) WHERE cleared_at IS NULL;
CREATE INDEX alerts_of_space ON alerts (space_id, raised_at);

-- Where a judgment was made: what the pace of a queue is measured by.
ALTER TABLE judgments ADD COLUMN queue TEXT NOT NULL DEFAULT '';
CREATE INDEX judgments_by_queue ON judgments (loop_id, queue, at);

-- What somebody should look at in an approved call that was not run, or of which nobody knows what became.
ALTER TABLE decisions ADD COLUMN alarm TEXT;
CREATE INDEX decisions_alarmed ON decisions (loop_id, case_id, n) WHERE alarm IS NOT NULL;

-- The natural person who halted: another one lifts it.
ALTER TABLE halts ADD COLUMN by_person BLOB;
