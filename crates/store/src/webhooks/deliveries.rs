//! The queue of each endpoint.

use crate::types::{MessageId, RowExt, Timestamp, WebhookId};
use crate::{Result, Row, Tx, TxExt, params};

/// A message for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Counts up over all endpoints; newer is greater.
    pub seq: u64,
    /// The endpoint.
    pub webhook: WebhookId,
    /// The message: the same at every attempt and for every endpoint.
    pub id: MessageId,
    /// What keeps its order: the case.
    pub lane: String,
    /// What kind of message, as in `case.decided`.
    pub kind: String,
    /// What is to be said, as JSON.
    pub payload: String,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// The next attempt, or the end of the present lease.
    pub available_at: Timestamp,
    /// Attempts so far, the leased one included.
    pub attempts: u64,
    /// The fencing token of the newest lease.
    pub token: u64,
    /// What the newest attempt met.
    pub last: Attempt,
    /// When the message was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub finished_at: Option<Timestamp>,
}

/// What an attempt met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status, where there was an answer.
    pub status: Option<u32>,
    /// How long it took, in milliseconds.
    pub took_ms: Option<u64>,
    /// Why it failed.
    pub error: Option<String>,
    /// The first bytes of the answer.
    pub response: Option<String>,
}

const COLUMNS: &str = "seq, webhook_id, id, lane, kind, payload, state, available_at, attempts, \
     token, status, took_ms, error, response, created_at, finished_at";

impl Delivery {
    fn read(row: &dyn Row) -> Result<Self> {
        let number = |at: usize| Ok::<_, crate::StoreError>(row.opt_int(at)?.map(|n| n.max(0)));
        Ok(Self {
            seq: row.count(0)?,
            webhook: row.id(1)?,
            id: row.id(2)?,
            lane: row.string(3)?,
            kind: row.string(4)?,
            payload: row.string(5)?,
            state: row.string(6)?,
            available_at: row.time(7)?,
            attempts: row.count(8)?,
            token: row.count(9)?,
            last: Attempt {
                status: number(10)?.map(|n| n as u32),
                took_ms: number(11)?.map(|n| n as u64),
                error: row.opt_string(12)?,
                response: row.opt_string(13)?,
            },
            created_at: row.time(14)?,
            finished_at: row.opt_time(15)?,
        })
    }
}

const INSERT: &str = "INSERT INTO webhook_deliveries (webhook_id, id, lane, kind, payload, state, \
     available_at, attempts, token, created_at)";

/// Queues messages, each once per endpoint; one that is there already stays as it is. Returns how
/// many are new.
pub fn insert(tx: &mut dyn Tx, new: &[Delivery]) -> Result<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    tx.wake(crate::Topic::Outbox);
    let mut values = Vec::with_capacity(new.len() * 10);
    for row in new {
        values.extend_from_slice(params![
            &row.webhook,
            &row.id,
            &row.lane,
            &row.kind,
            &row.payload,
            "waiting",
            row.available_at,
            0_i64,
            0_i64,
            row.created_at
        ]);
    }
    tx.insert_many(INSERT, 10, &values, "ON CONFLICT (webhook_id, id) DO NOTHING")
}

/// Adds a message that is attempted at once by whoever adds it, with token 1 until `until`.
pub fn insert_leased(tx: &mut dyn Tx, new: &Delivery, until: Timestamp) -> Result<()> {
    tx.exec_one(
        &format!("{INSERT} VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 1, 1, $7)"),
        params![&new.webhook, &new.id, &new.lane, &new.kind, &new.payload, until, new.created_at],
    )
}

/// Leases up to `limit` messages of an endpoint that are due, each the oldest waiting one of its
/// case, in the order in which they became due.
pub fn lease(
    tx: &mut dyn Tx,
    webhook: WebhookId,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    // A CTE, because PostgreSQL may run an `IN (… LIMIT … FOR UPDATE)` more than once.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT d.seq FROM webhook_deliveries d \
          WHERE d.webhook_id = $1 AND d.state = 'waiting' AND d.available_at <= $2 AND NOT EXISTS \
          (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = $1 AND e.lane = d.lane \
           AND e.seq < d.seq AND e.state = 'waiting') \
          ORDER BY d.available_at, d.seq LIMIT $4{skip}) \
         UPDATE webhook_deliveries SET available_at = $3, token = token + 1, \
          attempts = attempts + 1 WHERE seq IN (SELECT seq FROM due) RETURNING {COLUMNS}"
    );
    let mut leased = tx.query_all(&sql, params![&webhook, now, until, limit], Delivery::read)?;
    leased.sort_by_key(|delivery| delivery.seq);
    Ok(leased)
}

/// Gives a lease back as if it had not been taken. False when it was lost.
pub fn unlease(tx: &mut dyn Tx, delivery: &Delivery) -> Result<bool> {
    let now = tx.now();
    put_off(tx, delivery, now)
}

/// As [`unlease`], but it is not due before `at`.
pub fn put_off(tx: &mut dyn Tx, delivery: &Delivery, at: Timestamp) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE webhook_deliveries SET available_at = $3, attempts = attempts - 1 \
         WHERE seq = $1 AND token = $2 AND state = 'waiting'",
        params![delivery.seq, delivery.token, at],
    )?;
    Ok(changed == 1)
}

/// Marks a message as delivered. False when the lease was lost.
pub fn done(tx: &mut dyn Tx, delivery: &Delivery, met: &Attempt) -> Result<bool> {
    finish(tx, delivery, met, "done")
}

/// Gives a message up: it stays as a dead letter and those behind it go on. False when the lease
/// was lost.
pub fn dead(tx: &mut dyn Tx, delivery: &Delivery, met: &Attempt) -> Result<bool> {
    finish(tx, delivery, met, "dead")
}

fn finish(tx: &mut dyn Tx, delivery: &Delivery, met: &Attempt, state: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE webhook_deliveries SET state = $3, finished_at = $4, status = $5, took_ms = $6, \
         error = $7, response = $8 WHERE seq = $1 AND token = $2 AND state = 'waiting'",
        params![
            delivery.seq,
            delivery.token,
            state,
            now,
            met.status,
            met.took_ms,
            met.error.as_ref(),
            met.response.as_ref()
        ],
    )?;
    Ok(changed == 1)
}

/// Puts a message back for another attempt at `at`. False when the lease was lost.
pub fn retry(tx: &mut dyn Tx, delivery: &Delivery, at: Timestamp, met: &Attempt) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE webhook_deliveries SET available_at = $3, status = $4, took_ms = $5, error = $6, \
         response = $7 WHERE seq = $1 AND token = $2 AND state = 'waiting'",
        params![
            delivery.seq,
            delivery.token,
            at,
            met.status,
            met.took_ms,
            met.error.as_ref(),
            met.response.as_ref()
        ],
    )?;
    Ok(changed == 1)
}

/// One message of an endpoint.
pub fn delivery(tx: &mut dyn Tx, webhook: WebhookId, id: MessageId) -> Result<Option<Delivery>> {
    let sql = format!("SELECT {COLUMNS} FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2");
    tx.query_opt(&sql, params![&webhook, &id], Delivery::read)
}

/// Messages of an endpoint, newest first, before `before`; with `state` only those in it.
pub fn deliveries(
    tx: &mut dyn Tx,
    webhook: WebhookId,
    state: Option<&str>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Delivery>> {
    let only = if state.is_some() { " AND state = $4" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook_deliveries WHERE webhook_id = $1 AND seq < $2{only} \
         ORDER BY seq DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX as u64);
    match state {
        Some(state) => tx.query_all(&sql, params![&webhook, before, limit, state], Delivery::read),
        None => tx.query_all(&sql, params![&webhook, before, limit], Delivery::read),
    }
}

/// Which finished messages to send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// All of them.
    All,
    /// Those that were given up.
    Dead,
}

const AGAIN: &str = "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, \
     token = token + 1, finished_at = NULL";

/// Sends a finished message again. False when it is not there or still waits.
pub fn replay(tx: &mut dyn Tx, webhook: WebhookId, id: MessageId) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    let sql = format!(
        "{AGAIN}, available_at = $3 WHERE webhook_id = $1 AND id = $2 AND state <> 'waiting'"
    );
    Ok(tx.exec(&sql, params![&webhook, &id, now])? == 1)
}

/// Sends every finished message that was made at `since` or later again; tests stay as they are.
/// Returns how many.
pub fn replay_since(
    tx: &mut dyn Tx,
    webhook: WebhookId,
    since: Timestamp,
    which: Finished,
) -> Result<u64> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    let states = match which {
        Finished::All => "state <> 'waiting'",
        Finished::Dead => "state = 'dead'",
    };
    let sql = format!(
        "{AGAIN}, available_at = $3 WHERE webhook_id = $1 AND created_at >= $2 AND {states} \
         AND kind <> 'webhook.test'"
    );
    tx.exec(&sql, params![&webhook, since, now])
}

/// How many messages wait, and how many were given up.
pub fn counts(tx: &mut dyn Tx) -> Result<(u64, u64)> {
    let count = |tx: &mut dyn Tx, sql: &str| tx.query_one(sql, &[], |row| row.count(0));
    Ok((
        count(tx, "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'waiting'")?,
        count(tx, "SELECT COUNT(*) FROM webhook_deliveries WHERE state = 'dead'")?,
    ))
}

/// Gives up, at most `limit` at a time, what waits since before `before`: endpoints that nobody
/// mends do not fill the disk. Returns how many.
pub fn give_up_old(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let now = tx.now();
    tx.exec(
        "UPDATE webhook_deliveries SET state = 'dead', finished_at = $3, \
         error = 'it waited for too long' WHERE seq IN (SELECT seq FROM webhook_deliveries \
         WHERE created_at < $1 AND state = 'waiting' ORDER BY created_at LIMIT $2)",
        params![before, limit, now],
    )
}

/// Forgets finished messages made before `before`, at most `limit`; returns how many.
pub fn purge(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    tx.exec(
        "DELETE FROM webhook_deliveries WHERE seq IN (SELECT seq FROM webhook_deliveries \
         WHERE created_at < $1 AND state <> 'waiting' ORDER BY created_at LIMIT $2)",
        params![before, limit],
    )
}
