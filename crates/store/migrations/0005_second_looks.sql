-- What second looks say of a loop's people, for all of its groups. `part` counts measurements: one that begins anew (the
-- share changed) may spend less certainty than the one before. `former` is the bound that those before had come to.
CREATE TABLE autonomy_looks (
    loop_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    part BIGINT NOT NULL,
    former DOUBLE PRECISION NOT NULL,
    state BLOB NOT NULL,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;

-- Epochs that a group began itself: where each group has the certainty for itself, that is what it is spent by. Groups
-- that exist have spent by the loop's numbers so far.
ALTER TABLE autonomy ADD COLUMN own_epochs BIGINT NOT NULL DEFAULT 0;
UPDATE autonomy SET own_epochs = epoch;

-- Who did it, as the event says.
ALTER TABLE autonomy_history ADD COLUMN actor TEXT NOT NULL DEFAULT '{}';
