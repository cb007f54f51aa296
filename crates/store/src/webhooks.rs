//! Endpoints that messages are sent to, and what became of each message for each of them.
//!
//! Every endpoint has a queue of its own, in which messages about one case keep their order. A row
//! is leased by moving its `available_at` to the end of the lease and counting its token up; whoever
//! holds an older token changes nothing any more.

mod deliveries;

pub use deliveries::{
    Attempt, Delivery, Finished, counts, dead, deliveries, delivery, done, give_up_old, insert,
    insert_leased, lease, purge, put_off, replay, replay_since, retry, unlease,
};

use std::fmt;

use crate::types::{RowExt, Timestamp, WebhookId, to_json};
use crate::{Result, Row, Tx, TxExt, params};

/// An endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// The space.
    pub space: String,
    /// Where messages go.
    pub url: String,
    /// The kinds it wants, as in `case.decided`; empty for all.
    pub kinds: Vec<String>,
    /// The loops it wants, by name; empty for all.
    pub loops: Vec<String>,
    /// `thin` or `full`.
    pub payload: String,
    /// Who chose the payload: a full one is sent while they may read the case.
    pub payload_by: String,
    /// The secret that signs, `whsec_…`.
    pub secret: String,
    /// The secret before it.
    pub old_secret: Option<String>,
    /// Until when the one before signs as well.
    pub old_until: Timestamp,
    /// `active`, `paused` or `disabled`.
    pub state: String,
    /// Why it was disabled.
    pub why: Option<String>,
    /// Failures since the last success.
    pub failures: u64,
    /// When they began.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before.
    pub open_until: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Webhook {
    /// Without its secrets and without its address, which may hold one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "id, space_id, url, kinds, loops, payload, payload_by, secret, old_secret, \
     old_until, state, why, failures, failing_since, open_until, created_at, updated_at";

impl Webhook {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            url: row.string(2)?,
            kinds: row.json(3)?,
            loops: row.json(4)?,
            payload: row.string(5)?,
            payload_by: row.string(6)?,
            secret: row.string(7)?,
            old_secret: row.opt_string(8)?,
            old_until: row.time(9)?,
            state: row.string(10)?,
            why: row.opt_string(11)?,
            failures: row.count(12)?,
            failing_since: row.opt_time(13)?,
            open_until: row.time(14)?,
            created_at: row.time(15)?,
            updated_at: row.time(16)?,
        })
    }
}

/// Adds an endpoint.
pub fn add(tx: &mut dyn Tx, hook: &Webhook) -> Result<()> {
    tx.wake(crate::Topic::Webhooks);
    let sql = format!(
        "INSERT INTO webhooks ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
    );
    write(tx, &sql, hook)
}

/// Writes an endpoint that was read with [`lock`].
pub fn update(tx: &mut dyn Tx, hook: &Webhook) -> Result<()> {
    tx.wake(crate::Topic::Webhooks);
    tx.wake(crate::Topic::Outbox);
    write(
        tx,
        "UPDATE webhooks SET space_id = $2, url = $3, kinds = $4, loops = $5, payload = $6, \
         payload_by = $7, secret = $8, old_secret = $9, old_until = $10, state = $11, why = $12, \
         failures = $13, failing_since = $14, open_until = $15, created_at = $16, updated_at = $17 \
         WHERE id = $1",
        hook,
    )
}

fn write(tx: &mut dyn Tx, sql: &str, hook: &Webhook) -> Result<()> {
    tx.exec_one(
        sql,
        params![
            &hook.id,
            &hook.space,
            &hook.url,
            &to_json(&hook.kinds)?,
            &to_json(&hook.loops)?,
            &hook.payload,
            &hook.payload_by,
            &hook.secret,
            hook.old_secret.as_ref(),
            hook.old_until,
            &hook.state,
            hook.why.as_ref(),
            hook.failures,
            hook.failing_since,
            hook.open_until,
            hook.created_at,
            hook.updated_at
        ],
    )
}

/// One endpoint.
pub fn get(tx: &mut dyn Tx, id: WebhookId) -> Result<Option<Webhook>> {
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE id = $1");
    tx.query_opt(&sql, params![&id], Webhook::read)
}

/// One endpoint, held until the end of the transaction.
pub fn lock(tx: &mut dyn Tx, id: WebhookId) -> Result<Option<Webhook>> {
    let hold = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT {COLUMNS} FROM webhooks WHERE id = $1{hold}");
    tx.query_opt(&sql, params![&id], Webhook::read)
}

/// The endpoints of a space in order of id, after `after`.
pub fn list(
    tx: &mut dyn Tx,
    space: &str,
    after: Option<WebhookId>,
    limit: u32,
) -> Result<Vec<Webhook>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhooks WHERE space_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(&sql, params![space, &after, limit], Webhook::read)
}

/// Whether there is any endpoint.
pub fn any(tx: &mut dyn Tx) -> Result<bool> {
    Ok(tx.query_opt("SELECT 1 FROM webhooks LIMIT 1", &[], |_| Ok(()))?.is_some())
}

/// Active endpoints for which something is due.
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: u32) -> Result<Vec<WebhookId>> {
    tx.query_all(
        "SELECT w.id FROM webhooks w WHERE w.state = 'active' AND w.open_until <= $1 \
         AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id \
         AND d.state = 'waiting' AND d.available_at <= $1 AND NOT EXISTS \
         (SELECT 1 FROM webhook_deliveries e WHERE e.webhook_id = w.id AND e.lane = d.lane \
          AND e.seq < d.seq AND e.state = 'waiting')) ORDER BY w.id LIMIT $2",
        params![now, limit],
        |row| row.id(0),
    )
}

/// Notes a success: the endpoint is well.
pub fn well(tx: &mut dyn Tx, id: WebhookId) -> Result<()> {
    tx.exec(
        "UPDATE webhooks SET failures = 0, failing_since = NULL, open_until = 0 \
         WHERE id = $1 AND failures > 0",
        params![&id],
    )?;
    Ok(())
}

/// Removes an endpoint with its queue. False when it is not there.
pub fn remove(tx: &mut dyn Tx, id: WebhookId) -> Result<bool> {
    tx.wake(crate::Topic::Webhooks);
    tx.exec("DELETE FROM webhook_deliveries WHERE webhook_id = $1", params![&id])?;
    Ok(tx.exec("DELETE FROM webhooks WHERE id = $1", params![&id])? == 1)
}
