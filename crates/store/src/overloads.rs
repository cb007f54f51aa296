//! Queues where more waits than people can look at, and how much gives way there.

use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A queue that is overloaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Overload {
    /// The loop.
    pub loop_id: LoopId,
    /// The queue.
    pub queue: String,
    /// How many kinds of work give way; at least one, also where the loop names none.
    pub level: u32,
    /// The expected wait in seconds when the level last changed.
    pub wait_s: f64,
    /// Since when it is overloaded.
    pub since: Timestamp,
}

const COLUMNS: &str = "loop_id, queue, level, wait_s, since";

impl Overload {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            loop_id: row.id(0)?,
            queue: row.string(1)?,
            level: row.small(2)?,
            wait_s: row.real(3)?,
            since: row.time(4)?,
        })
    }
}

/// The overloaded queues of a space.
pub fn of_space(tx: &mut dyn Tx, space: &str) -> Result<Vec<Overload>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM overloads WHERE space_id = $1 ORDER BY loop_id, queue LIMIT 10000"
    );
    tx.query_all(&sql, params![space], Overload::read)
}

/// The overloaded queues of a loop.
pub fn of_loop(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<Overload>> {
    let sql = format!("SELECT {COLUMNS} FROM overloads WHERE loop_id = $1 ORDER BY queue");
    tx.query_all(&sql, params![&loop_id], Overload::read)
}

/// Whether a queue is overloaded.
pub fn of_queue(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<Option<Overload>> {
    let sql = format!("SELECT {COLUMNS} FROM overloads WHERE loop_id = $1 AND queue = $2");
    tx.query_opt(&sql, params![&loop_id, queue], Overload::read)
}

/// Says how much gives way in a queue; `since` is kept while it lasts.
pub fn set(tx: &mut dyn Tx, space: &str, overload: &Overload) -> Result<()> {
    tx.exec_one(
        "INSERT INTO overloads (loop_id, queue, space_id, level, wait_s, since) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (loop_id, queue) \
         DO UPDATE SET level = excluded.level, wait_s = excluded.wait_s",
        params![
            &overload.loop_id,
            &overload.queue,
            space,
            overload.level,
            overload.wait_s,
            overload.since
        ],
    )
}

/// Says that a queue keeps up again.
pub fn clear(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<()> {
    tx.exec("DELETE FROM overloads WHERE loop_id = $1 AND queue = $2", params![&loop_id, queue])?;
    Ok(())
}

/// Looks that a queue waits for: free seats, and how many of them are lesser work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looks {
    /// Of all tasks.
    pub all: u64,
    /// Of second looks.
    pub second_looks: u64,
    /// Of audits.
    pub audits: u64,
    /// Of cases to decide with no more doubt than was named.
    pub low_value: u64,
}

impl Looks {
    /// All of them, times `by`.
    pub fn scale(&mut self, by: f64) {
        for looks in [&mut self.all, &mut self.second_looks, &mut self.audits, &mut self.low_value]
        {
            *looks = (*looks as f64 * by).round() as u64;
        }
    }
}

/// Counts the looks a queue waits for, over at most `most` tasks.
pub fn looks(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    queue: &str,
    low_doubt: f64,
    most: u32,
) -> Result<Looks> {
    let sum = |of: &str| format!("CAST(COALESCE(SUM({of}), 0) AS BIGINT)");
    let when = |of: &str| sum(&format!("CASE WHEN {of} THEN free ELSE 0 END"));
    let sql = format!(
        "SELECT {}, {}, {}, {} FROM (SELECT free, purpose, doubt FROM tasks \
         WHERE loop_id = $1 AND queue = $2 AND free > 0 LIMIT $4) AS found",
        sum("free"),
        when("purpose = 'cross_check'"),
        when("purpose = 'audit'"),
        when("purpose = 'decide' AND doubt <= $3"),
    );
    tx.query_one(&sql, params![&loop_id, queue, low_doubt, most], |row| {
        Ok(Looks {
            all: row.count(0)?,
            second_looks: row.count(1)?,
            audits: row.count(2)?,
            low_value: row.count(3)?,
        })
    })
}

/// What a look cost in a queue since `since`, in milliseconds: the mean over the newest thousand
/// judgments that say how long they took, and how many those are.
pub fn look_cost(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    queue: &str,
    since: Timestamp,
) -> Result<(u64, u64)> {
    tx.query_one(
        "SELECT COUNT(*), CAST(COALESCE(SUM(elapsed_ms), 0) AS BIGINT) FROM \
         (SELECT elapsed_ms FROM judgments WHERE loop_id = $1 AND queue = $2 AND at > $3 \
          AND counted = 1 AND elapsed_ms > 0 ORDER BY at DESC LIMIT 1000) AS found",
        params![&loop_id, queue, since],
        |row| Ok((row.count(0)?, row.count(1)?)),
    )
}
