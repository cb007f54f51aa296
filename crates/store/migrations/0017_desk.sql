-- Queues where more waits than people can look at: how many kinds of work give way, and since when.
CREATE TABLE overloads (
    loop_id BLOB NOT NULL,
    queue TEXT NOT NULL,
    space_id TEXT NOT NULL,
    level BIGINT NOT NULL,
    wait_s DOUBLE PRECISION NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (loop_id, queue)
) WITHOUT ROWID;
CREATE INDEX overloads_of_space ON overloads (space_id, loop_id, queue);

-- A delegation is in force once the delegate said yes to what they read.
ALTER TABLE absences ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE absences ADD COLUMN accepted_at BIGINT;
ALTER TABLE absences ADD COLUMN assertion TEXT;
CREATE INDEX absences_of_space ON absences (space_id, member_id);

-- Times in which somebody who may veto watched a loop.
CREATE TABLE watches (
    loop_id BLOB NOT NULL,
    since BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, since)
) WITHOUT ROWID;
