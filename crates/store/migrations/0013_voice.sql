-- What is said beside a case while people and agents work on it. `client_id` is the sender's own id: sent twice, said once.
CREATE TABLE utterances (
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    speaker TEXT NOT NULL,
    said_by TEXT NOT NULL,
    member_id BLOB,
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX utterances_by_client ON utterances (case_id, said_by, client_id);

-- Cases whose conversation a person has taken over, by the run whose gates stay shut meanwhile.
CREATE TABLE take_overs (
    case_id BLOB PRIMARY KEY,
    run_id BLOB,
    space_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX take_overs_of_run ON take_overs (run_id);
