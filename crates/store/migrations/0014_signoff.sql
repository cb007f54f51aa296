-- Standing permissions: calls of a tool that persons allowed beforehand. `body` holds what was signed and by whom;
-- `used` and `used_sum` are what is left to count against its caps, changed under the lock of the loop's limits.
CREATE TABLE standing_grants (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    state TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    used BIGINT NOT NULL,
    used_sum DOUBLE PRECISION NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX standing_of_loop ON standing_grants (loop_id, state);
CREATE INDEX standing_of_space ON standing_grants (space_id, id);
CREATE INDEX standing_by_end ON standing_grants (until_at) WHERE state IN ('asked', 'active');

-- What they covered.
CREATE TABLE standing_uses (
    grant_id BLOB NOT NULL,
    n BIGINT NOT NULL,
    space_id TEXT NOT NULL,
    case_id BLOB NOT NULL,
    decision BIGINT NOT NULL,
    digest TEXT NOT NULL,
    amount DOUBLE PRECISION,
    at BIGINT NOT NULL,
    PRIMARY KEY (grant_id, n)
) WITHOUT ROWID;

-- Sign-offs over many cases at once.
CREATE TABLE batches (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    loop_id BLOB NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_of_loop ON batches (loop_id, id);

-- Who is which natural person: changes that an admin asked for and another one confirmed or declined.
CREATE TABLE person_changes (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX person_changes_of_space ON person_changes (space_id, state, id);

-- Other ids under which a person was known: what was said under them was said by that person. Where two persons were told
-- apart, that holds for cases from before then alone.
CREATE TABLE person_aliases (
    person_id BLOB NOT NULL,
    alias_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    before_at BIGINT,
    PRIMARY KEY (person_id, alias_id)
) WITHOUT ROWID;

-- Passkeys of members (WebAuthn). `counter` is the authenticator's, and never goes back.
CREATE TABLE passkeys (
    id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    member_id BLOB NOT NULL,
    credential BLOB NOT NULL,
    algorithm TEXT NOT NULL,
    public_key BLOB NOT NULL,
    counter BIGINT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    removed_at BIGINT
) WITHOUT ROWID;
CREATE UNIQUE INDEX passkeys_by_credential ON passkeys (credential);
CREATE INDEX passkeys_of_member ON passkeys (member_id, id);

-- Numbers used once that a passkey is asked to sign.
CREATE TABLE passkey_nonces (
    nonce BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    member_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX passkey_nonces_by_end ON passkey_nonces (expires_at);
