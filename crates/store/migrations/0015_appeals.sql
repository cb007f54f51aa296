-- Appeals against decisions, by what became of them: `open`, `upheld`, `overturned` or `withdrawn`. What they say is in the case.
CREATE TABLE appeals (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    state TEXT NOT NULL,
    lodged_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE INDEX appeals_of_loop ON appeals (loop_id, state, case_id);
CREATE INDEX appeals_decided ON appeals (loop_id, closed_at) WHERE state IN ('upheld', 'overturned');
CREATE INDEX appeals_due ON appeals (loop_id, due) WHERE state = 'open';
