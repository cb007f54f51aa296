//! What is to be sent by e-mail or chat, and how well these ways do.

use crate::types::{MemberId, NotificationId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A row to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// What is told.
    pub notification: NotificationId,
    /// Whom.
    pub member: MemberId,
    /// The space.
    pub space: String,
    /// By which way.
    pub way: &'static str,
    /// Not before.
    pub available_at: Timestamp,
}

/// A leased row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Its place in the queue.
    pub seq: u64,
    /// What is told.
    pub notification: NotificationId,
    /// Attempts so far, this one included.
    pub attempts: u64,
    /// The fencing token of the lease.
    pub token: u64,
    /// When it was queued.
    pub created_at: Timestamp,
}

/// A member and way with something due.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Due {
    /// Whom.
    pub member: MemberId,
    /// By which way.
    pub way: String,
}

/// How well a way does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// Failures since the last success.
    pub failures: u64,
    /// When they began.
    pub failing_since: Option<Timestamp>,
    /// The last success.
    pub last_ok_at: Option<Timestamp>,
    /// What the last failure said.
    pub last_error: Option<String>,
    /// When it was.
    pub last_error_at: Option<Timestamp>,
}

/// Adds a row, once for a notification and way.
pub fn insert(tx: &mut dyn Tx, new: &Queued) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "INSERT INTO notification_deliveries (notification_id, member_id, space_id, way, state, \
         available_at, attempts, token, created_at) VALUES ($1, $2, $3, $4, 'waiting', $5, 0, 0, $6) \
         ON CONFLICT (notification_id, way) DO NOTHING",
        params![&new.notification, &new.member, &new.space, new.way, new.available_at, now],
    )?;
    tx.wake(crate::Topic::Outbox);
    Ok(())
}

/// Members with something due by a way.
pub fn due(tx: &mut dyn Tx, now: Timestamp, way: &str, limit: u32) -> Result<Vec<Due>> {
    tx.query_all(
        "SELECT DISTINCT member_id, way FROM notification_deliveries \
         WHERE state = 'waiting' AND available_at <= $1 AND way = $3 LIMIT $2",
        params![now, limit, way],
        |row| Ok(Due { member: row.id(0)?, way: row.string(1)? }),
    )
}

/// Leases what is due for a member by a way, oldest first.
pub fn lease(tx: &mut dyn Tx, due: &Due, until: Timestamp, limit: u32) -> Result<Vec<Sent>> {
    let now = tx.now();
    let skip = tx.dialect().pick("", " FOR UPDATE SKIP LOCKED");
    // A CTE, because PostgreSQL may run an `IN (… LIMIT … FOR UPDATE)` more than once.
    let sql = format!(
        "WITH due AS MATERIALIZED (SELECT seq FROM notification_deliveries \
          WHERE member_id = $1 AND way = $2 AND state = 'waiting' AND available_at <= $3 \
          ORDER BY available_at, seq LIMIT $5{skip}) \
         UPDATE notification_deliveries SET available_at = $4, token = token + 1, \
          attempts = attempts + 1 WHERE seq IN (SELECT seq FROM due) \
         RETURNING seq, notification_id, attempts, token, created_at"
    );
    let mut leased =
        tx.query_all(&sql, params![&due.member, &due.way, now, until, limit], |row: &dyn Row| {
            Ok(Sent {
                seq: row.count(0)?,
                notification: row.id(1)?,
                attempts: row.count(2)?,
                token: row.count(3)?,
                created_at: row.time(4)?,
            })
        })?;
    leased.sort_by_key(|sent| sent.seq);
    Ok(leased)
}

/// Marks a row as sent. False when the lease was lost.
pub fn done(tx: &mut dyn Tx, sent: &Sent) -> Result<bool> {
    finish(tx, sent, "done", None)
}

/// Gives a row up; it stays as a dead letter. False when the lease was lost.
pub fn dead(tx: &mut dyn Tx, sent: &Sent, error: &str) -> Result<bool> {
    finish(tx, sent, "dead", Some(error))
}

fn finish(tx: &mut dyn Tx, sent: &Sent, state: &str, error: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE notification_deliveries SET state = $3, finished_at = $4, error = $5 \
         WHERE seq = $1 AND token = $2 AND state = 'waiting'",
        params![sent.seq, sent.token, state, now, error],
    )?;
    Ok(changed == 1)
}

/// Puts a row back for another attempt at `at`. False when the lease was lost.
pub fn retry(tx: &mut dyn Tx, sent: &Sent, at: Timestamp, error: &str) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE notification_deliveries SET available_at = $3, error = $4 \
         WHERE seq = $1 AND token = $2 AND state = 'waiting'",
        params![sent.seq, sent.token, at, error],
    )?;
    Ok(changed == 1)
}

/// How many rows of a way wait, and how many were given up and are kept.
pub fn counts(tx: &mut dyn Tx, way: &str) -> Result<(u64, u64)> {
    let count = |tx: &mut dyn Tx, state: &str| {
        tx.query_one(
            "SELECT COUNT(*) FROM notification_deliveries WHERE way = $1 AND state = $2",
            params![way, state],
            |row| row.count(0),
        )
    };
    Ok((count(tx, "waiting")?, count(tx, "dead")?))
}

/// The newest rows of a way: state, attempts, what the last attempt met, made, finished.
#[expect(clippy::type_complexity, reason = "a row that is only shown")]
pub fn newest(
    tx: &mut dyn Tx,
    way: &str,
    limit: u32,
) -> Result<Vec<(String, u64, Option<String>, Timestamp, Option<Timestamp>)>> {
    tx.query_all(
        "SELECT state, attempts, error, created_at, finished_at FROM notification_deliveries \
         WHERE way = $1 ORDER BY seq DESC LIMIT $2",
        params![way, limit],
        |row| {
            Ok((row.string(0)?, row.count(1)?, row.opt_string(2)?, row.time(3)?, row.opt_time(4)?))
        },
    )
}

/// How well a way does.
pub fn channel(tx: &mut dyn Tx, way: &str) -> Result<Channel> {
    let found = tx.query_opt(
        "SELECT failures, failing_since, last_ok_at, last_error, last_error_at \
         FROM notification_channels WHERE way = $1",
        params![way],
        |row| {
            Ok(Channel {
                failures: row.count(0)?,
                failing_since: row.opt_time(1)?,
                last_ok_at: row.opt_time(2)?,
                last_error: row.opt_string(3)?,
                last_error_at: row.opt_time(4)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Notes a success.
pub fn well(tx: &mut dyn Tx, way: &str) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "INSERT INTO notification_channels (way, failures, last_ok_at) VALUES ($1, 0, $2) \
         ON CONFLICT (way) DO UPDATE SET failures = 0, failing_since = NULL, \
         last_ok_at = excluded.last_ok_at",
        params![way, now],
    )?;
    Ok(())
}

/// Notes a failure; returns how many there were since the last success.
pub fn failed(tx: &mut dyn Tx, way: &str, error: &str) -> Result<u64> {
    let now = tx.now();
    tx.query_one(
        "INSERT INTO notification_channels (way, failures, failing_since, last_error, last_error_at) \
         VALUES ($1, 1, $2, $3, $2) ON CONFLICT (way) DO UPDATE SET \
         failures = notification_channels.failures + 1, \
         failing_since = COALESCE(notification_channels.failing_since, excluded.failing_since), \
         last_error = excluded.last_error, last_error_at = excluded.last_error_at \
         RETURNING failures",
        params![way, now, error],
        |row| row.count(0),
    )
}

/// Forgets rows that were made before `before`, at most `limit`.
pub fn purge(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    tx.exec(
        "DELETE FROM notification_deliveries WHERE seq IN (SELECT seq FROM \
         notification_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)",
        params![before, limit],
    )
}
