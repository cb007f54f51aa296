//! Queues as their owner sees them: which are paused, what waits in them, and how fast they empty.

use crate::types::{LoopId, MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A queue that hands out no claims for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// The loop.
    pub loop_id: LoopId,
    /// The queue.
    pub queue: String,
    /// Whether deadlines stop as well: the time of the pause does not count then.
    pub stops_clock: bool,
    /// Who paused it.
    pub by_member: Option<MemberId>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

const COLUMNS: &str = "loop_id, queue, clock, by_member, reason, since";

impl Pause {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            loop_id: row.id(0)?,
            queue: row.string(1)?,
            stops_clock: row.string(2)? == "stops",
            by_member: row.opt_id(3)?,
            reason: row.string(4)?,
            since: row.time(5)?,
        })
    }
}

/// The scope of a queue in `outages`.
pub fn scope_of(loop_id: LoopId, queue: &str) -> String {
    format!("{loop_id}/{queue}")
}

/// The paused queues of a space.
pub fn pauses(tx: &mut dyn Tx, space: &str) -> Result<Vec<Pause>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM queue_pauses WHERE space_id = $1 ORDER BY loop_id, queue LIMIT 10000"
    );
    tx.query_all(&sql, params![space], Pause::read)
}

/// The pause of a queue.
pub fn pause_of(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<Option<Pause>> {
    let sql = format!("SELECT {COLUMNS} FROM queue_pauses WHERE loop_id = $1 AND queue = $2");
    tx.query_opt(&sql, params![&loop_id, queue], Pause::read)
}

/// Pauses a queue; false where it is paused already.
pub fn pause(tx: &mut dyn Tx, space: &str, pause: &Pause) -> Result<bool> {
    let clock = if pause.stops_clock { "stops" } else { "runs" };
    let made = tx.exec(
        "INSERT INTO queue_pauses (loop_id, queue, space_id, clock, by_member, reason, since) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (loop_id, queue) DO NOTHING",
        params![
            &pause.loop_id,
            &pause.queue,
            space,
            clock,
            pause.by_member.as_ref(),
            &pause.reason,
            pause.since
        ],
    )?;
    Ok(made == 1)
}

/// Ends a pause.
pub fn resume(tx: &mut dyn Tx, loop_id: LoopId, queue: &str) -> Result<()> {
    tx.exec(
        "DELETE FROM queue_pauses WHERE loop_id = $1 AND queue = $2",
        params![&loop_id, queue],
    )?;
    tx.wake(crate::Topic::Queue(loop_id));
    tx.wake(crate::Topic::Timers);
    Ok(())
}

/// Claimable tasks of one purpose in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPurpose {
    /// What they are for.
    pub purpose: String,
    /// How many.
    pub tasks: u64,
    /// Those with a deadline.
    pub with_deadline: u64,
    /// Those whose deadline has passed.
    pub overdue: u64,
}

/// The claimable tasks of a queue by purpose, counted over at most `most` of them.
pub fn by_purpose(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    queue: &str,
    most: u32,
) -> Result<Vec<OfPurpose>> {
    let now = tx.now();
    tx.query_all(
        "SELECT purpose, COUNT(*), COUNT(due), COUNT(CASE WHEN due <= $3 THEN 1 END) FROM \
         (SELECT purpose, due FROM tasks WHERE loop_id = $1 AND queue = $2 AND free > 0 LIMIT $4) \
         AS found GROUP BY purpose ORDER BY purpose",
        params![&loop_id, queue, now, most],
        |row| {
            Ok(OfPurpose {
                purpose: row.string(0)?,
                tasks: row.count(1)?,
                with_deadline: row.count(2)?,
                overdue: row.count(3)?,
            })
        },
    )
}

/// How fast a queue was worked on since `since`: judgments that count, and when the first was made.
pub fn pace(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    queue: &str,
    since: Timestamp,
) -> Result<(u64, Option<Timestamp>)> {
    tx.query_one(
        "SELECT COUNT(*), MIN(at) FROM judgments \
         WHERE loop_id = $1 AND queue = $2 AND at > $3 AND counted = 1",
        params![&loop_id, queue, since],
        |row| Ok((row.count(0)?, row.opt_time(1)?)),
    )
}

/// How many members judged in a queue since `since`, or hold a seat there now.
pub fn working(tx: &mut dyn Tx, loop_id: LoopId, queue: &str, since: Timestamp) -> Result<u64> {
    let now = tx.now();
    tx.query_one(
        "SELECT COUNT(*) FROM (SELECT member_id FROM judgments \
         WHERE loop_id = $1 AND queue = $2 AND at > $3 \
         UNION SELECT c.member_id FROM claims c \
         JOIN tasks t ON t.case_id = c.case_id AND t.n = c.task_n \
         WHERE c.loop_id = $1 AND t.queue = $2 AND c.expires_at > $4) AS busy",
        params![&loop_id, queue, since, now],
        |row| row.count(0),
    )
}
