//! Messages to the outside, written with the change they tell of and delivered later.

use crate::types::{MessageId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A message to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id; receivers drop repeats by it.
    pub id: MessageId,
    /// The space.
    pub space: String,
    /// Messages of one lane are delivered in order, one at a time.
    pub lane: String,
    /// What kind of message, such as `webhook`.
    pub topic: String,
    /// What is to be delivered, as JSON.
    pub payload: String,
    /// Not before this time.
    pub available_at: Timestamp,
    /// Deliveries tried so far, the leased one included.
    pub attempts: u64,
    /// The fencing token of the current lease.
    pub token: u64,
}

const COLUMNS: &str = "id, space_id, lane, topic, payload, available_at, attempts, token";

impl Message {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            lane: row.string(2)?,
            topic: row.string(3)?,
            payload: row.string(4)?,
            available_at: row.time(5)?,
            attempts: row.count(6)?,
            token: row.count(7)?,
        })
    }
}

/// Adds a message (`attempts` and `token` are ignored).
pub fn push(tx: &mut dyn Tx, message: &Message) -> Result<()> {
    tx.wake(crate::Topic::Outbox);
    tx.exec_one(
        "INSERT INTO outbox (id, space_id, lane, topic, payload, available_at, attempts, lease_until, token) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0)",
        params![
            &message.id,
            &message.space,
            &message.lane,
            &message.topic,
            &message.payload,
            message.available_at
        ],
    )
}

/// Leases up to `limit` messages that are due, each the oldest unfinished one of its lane.
pub fn lease_due(tx: &mut dyn Tx, lease_until: Timestamp, limit: u32) -> Result<Vec<Message>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    // A CTE, because PostgreSQL may run an `IN (… LIMIT … FOR UPDATE)` more than once.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT o.seq FROM outbox o WHERE o.done_at IS NULL AND o.dead_at IS NULL \
          AND o.available_at <= $1 AND o.lease_until <= $1 AND NOT EXISTS \
          (SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.seq < o.seq \
           AND e.done_at IS NULL AND e.dead_at IS NULL) \
          ORDER BY o.available_at LIMIT $3{skip}) \
         UPDATE outbox SET lease_until = $2, token = token + 1, attempts = attempts + 1 \
         WHERE seq IN (SELECT seq FROM due) RETURNING {COLUMNS}"
    );
    tx.query_all(&sql, params![now, lease_until, limit], Message::read)
}

/// Marks a message as delivered. False when the lease was lost.
pub fn done(tx: &mut dyn Tx, id: MessageId, token: u64) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    let changed = tx.exec(
        "UPDATE outbox SET done_at = $3, error = NULL WHERE id = $1 AND token = $2 AND done_at IS NULL",
        params![&id, token, now],
    )?;
    Ok(changed == 1)
}

/// Puts a message back for another try at `available_at`. False when the lease was lost.
pub fn retry(
    tx: &mut dyn Tx,
    id: MessageId,
    token: u64,
    available_at: Timestamp,
    error: &str,
) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE outbox SET available_at = $3, lease_until = 0, error = $4 \
         WHERE id = $1 AND token = $2 AND done_at IS NULL",
        params![&id, token, available_at, error],
    )?;
    Ok(changed == 1)
}

/// Gives a message up: it stays as a dead letter and its lane goes on. False when the lease was lost.
pub fn dead(tx: &mut dyn Tx, id: MessageId, token: u64, error: &str) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    let changed = tx.exec(
        "UPDATE outbox SET dead_at = $3, error = $4 WHERE id = $1 AND token = $2 AND done_at IS NULL",
        params![&id, token, now, error],
    )?;
    Ok(changed == 1)
}

/// When to look again: the earliest time at which the first message of a lane is due or its lease
/// ends. A hint over the lanes that waited longest; look once a second all the same.
pub fn next_due(tx: &mut dyn Tx) -> Result<Option<Timestamp>> {
    let due = tx.query_all(
        "SELECT o.available_at, o.lease_until FROM outbox o \
         WHERE o.done_at IS NULL AND o.dead_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM outbox e WHERE e.lane = o.lane AND e.seq < o.seq \
          AND e.done_at IS NULL AND e.dead_at IS NULL) ORDER BY o.available_at LIMIT 64",
        &[],
        |row| Ok(row.time(0)?.max(row.time(1)?)),
    )?;
    Ok(due.into_iter().min())
}

/// Forgets messages delivered before `before`, at most `limit`; returns how many.
pub fn purge(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    tx.exec(
        "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE done_at IS NOT NULL \
         AND done_at < $1 ORDER BY done_at LIMIT $2)",
        params![before, limit],
    )
}
