-- Names that clients of other products give to what is a loop, a case or nothing here: a flow definition, a human loop, a call.
-- `document` holds nothing about a person; what a client sent is in its case, found by `case_key` in the loop. `mark` tells whether a
-- repeated name means the same.
CREATE TABLE named (
    space_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    loop_name TEXT NOT NULL,
    case_key TEXT NOT NULL,
    mark BLOB NOT NULL,
    document TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, kind, name)
) WITHOUT ROWID;
CREATE INDEX named_by_parent ON named (space_id, kind, parent, created_at, name);
