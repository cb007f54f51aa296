-- What models from outside are called: `models` numbers them, proposals name them.
CREATE TABLE outside_models (
    loop_id BLOB NOT NULL,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (loop_id, name)
) WITHOUT ROWID;

-- Why a model was moved to another stage, in people's words: the ledger holds a commitment.
CREATE TABLE model_notes (
    loop_id BLOB NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    by_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (loop_id, version, at, id)
) WITHOUT ROWID;

-- A model in the shadow beside what was shown to people: one row for each case where people's answer stands.
CREATE TABLE shadow_results (
    loop_id BLOB NOT NULL,
    model TEXT NOT NULL,
    case_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    against TEXT NOT NULL,
    candidate_right BIGINT NOT NULL,
    current_right BIGINT NOT NULL,
    PRIMARY KEY (loop_id, model, case_id)
) WITHOUT ROWID;
CREATE INDEX shadow_results_by_time ON shadow_results (loop_id, model, against, at, case_id);
CREATE INDEX shadow_results_of_case ON shadow_results (loop_id, case_id, n);

-- Held-out reviewed cases, frozen: models are measured on them before they are promoted.
CREATE TABLE evaluation_sets (
    loop_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    digest TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (loop_id, n)
) WITHOUT ROWID;
CREATE TABLE evaluation_cases (
    loop_id BLOB NOT NULL,
    case_id BLOB NOT NULL,
    set_n BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (loop_id, case_id)
) WITHOUT ROWID;
CREATE INDEX evaluation_cases_of_set ON evaluation_cases (loop_id, set_n, case_id);

-- Scores on them: once for a version and a set. `hits` has a `1` for each case that was right, in order of the cases.
CREATE TABLE evaluations (
    loop_id BLOB NOT NULL,
    set_n BIGINT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    score TEXT NOT NULL,
    hits TEXT NOT NULL,
    PRIMARY KEY (loop_id, set_n, version)
) WITHOUT ROWID;
