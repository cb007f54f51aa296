-- What else the next task may be chosen by. `doubt` is one minus the weakest confidence of what is proposed, 1 where
-- nothing is; `alike` is equal for cases with the same short answer proposed; `due` is the case's deadline.
ALTER TABLE tasks ADD COLUMN doubt DOUBLE PRECISION NOT NULL DEFAULT 1.0;
ALTER TABLE tasks ADD COLUMN alike TEXT NOT NULL DEFAULT '';
ALTER TABLE tasks ADD COLUMN due BIGINT;
CREATE INDEX tasks_by_doubt ON tasks (loop_id, queue, rung, doubt DESC, created_at, case_id, n)
    WHERE free > 0;
CREATE INDEX tasks_by_due ON tasks (loop_id, queue, rung, due, case_id, n)
    WHERE free > 0 AND due IS NOT NULL;
