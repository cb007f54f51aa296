-- What models suggested to people at work on a text: it tells afterwards who wrote what.
-- `added` is a JSON list of the words that were not in the text before: a revision repeats the person's own.
CREATE TABLE suggestions (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    case_id BLOB NOT NULL,
    field TEXT NOT NULL,
    kind TEXT NOT NULL,
    link TEXT NOT NULL,
    model TEXT,
    asked_by TEXT NOT NULL,
    body TEXT NOT NULL,
    added TEXT NOT NULL,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX suggestions_of_case ON suggestions (case_id, id);
