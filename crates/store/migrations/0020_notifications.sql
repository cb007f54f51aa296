-- What members want to be told of: one document a member; who never chose has the defaults. `digest_at` is when the next
-- daily digest is due, where one is wanted.
CREATE TABLE notification_settings (
    member_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    body TEXT NOT NULL,
    digest_at BIGINT,
    updated_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notification_digests ON notification_settings (digest_at) WHERE digest_at IS NOT NULL;

-- What members were told. `once` names what it is about, so that nothing is told twice; `loop` is the loop's name, empty
-- where it is about none. `in_app` is 0 for what goes by other ways alone.
CREATE TABLE notifications (
    seq SEQUENCE_KEY,
    id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    about TEXT NOT NULL,
    once TEXT NOT NULL,
    loop TEXT NOT NULL,
    case_id BLOB,
    body TEXT NOT NULL,
    in_app BIGINT NOT NULL,
    at BIGINT NOT NULL,
    read_at BIGINT
);
CREATE UNIQUE INDEX notifications_once ON notifications (member_id, once);
CREATE UNIQUE INDEX notifications_by_id ON notifications (id);
CREATE INDEX notifications_of_member ON notifications (member_id, seq);
CREATE INDEX notifications_unread ON notifications (member_id, seq) WHERE read_at IS NULL AND in_app = 1;
CREATE INDEX notifications_deadline ON notifications (member_id, case_id) WHERE about = 'deadline';
CREATE INDEX notifications_old ON notifications (at);

-- Up to where the ledger was read for notifications.
CREATE TABLE notification_cursor (
    id BIGINT PRIMARY KEY,
    idx BIGINT NOT NULL
) WITHOUT ROWID;

-- What is to be sent by e-mail or chat. What is due of one member and way goes out as one message. A leased row is one
-- whose `available_at` is the end of its lease. `state` is waiting, done or dead.
CREATE TABLE notification_deliveries (
    seq SEQUENCE_KEY,
    notification_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    space_id TEXT NOT NULL,
    way TEXT NOT NULL,
    state TEXT NOT NULL,
    available_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    token BIGINT NOT NULL,
    error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE UNIQUE INDEX notification_deliveries_once ON notification_deliveries (notification_id, way);
CREATE INDEX notification_deliveries_due ON notification_deliveries (available_at) WHERE state = 'waiting';
CREATE INDEX notification_deliveries_of ON notification_deliveries (member_id, way, available_at) WHERE state = 'waiting';
CREATE INDEX notification_deliveries_newest ON notification_deliveries (way, seq);
CREATE INDEX notification_deliveries_old ON notification_deliveries (created_at);

-- How well a way does.
CREATE TABLE notification_channels (
    way TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    failing_since BIGINT,
    last_ok_at BIGINT,
    last_error TEXT,
    last_error_at BIGINT
) WITHOUT ROWID;

-- Links in messages: each opens one page for one member, once. Stored as hashes. `purpose` is `case`, or `slack` where
-- the link ties an account of the chat to the member; `target` is the case, or the account.
CREATE TABLE notification_links (
    hash BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    member_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    target TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
) WITHOUT ROWID;
CREATE INDEX notification_links_by_expiry ON notification_links (expires_at);

-- Accounts of the chat that are members', confirmed by them.
CREATE TABLE slack_accounts (
    member_id BLOB PRIMARY KEY,
    space_id TEXT NOT NULL,
    account TEXT NOT NULL,
    linked_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX slack_accounts_once ON slack_accounts (space_id, account);

-- Signed requests of the chat that were taken: none is taken twice.
CREATE TABLE slack_requests (
    hash BLOB PRIMARY KEY,
    at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX slack_requests_by_age ON slack_requests (at);
