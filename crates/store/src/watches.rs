//! Times in which somebody who may veto watched a loop.

use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// Notes that a loop is watched now; returns whether that begins a time. Signs no further apart than
/// `gap` microseconds are one time.
pub fn beat(tx: &mut dyn Tx, space: &str, loop_id: LoopId, gap: i64) -> Result<bool> {
    let now = tx.now();
    let last = last(tx, loop_id)?;
    if let Some((since, _)) = last.filter(|(_, until)| now.0 - until.0 <= gap) {
        tx.exec(
            "UPDATE watches SET until_at = $3 WHERE loop_id = $1 AND since = $2 AND until_at < $3",
            params![&loop_id, since, now],
        )?;
        return Ok(false);
    }
    tx.exec(
        "INSERT INTO watches (loop_id, since, space_id, until_at) VALUES ($1, $2, $3, $2) \
         ON CONFLICT (loop_id, since) DO NOTHING",
        params![&loop_id, now, space],
    )?;
    Ok(true)
}

fn last(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Option<(Timestamp, Timestamp)>> {
    tx.query_opt(
        "SELECT since, until_at FROM watches WHERE loop_id = $1 ORDER BY since DESC LIMIT 1",
        params![&loop_id],
        |row| Ok((row.time(0)?, row.time(1)?)),
    )
}

/// When somebody was last seen watching a loop.
pub fn last_seen(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Option<Timestamp>> {
    Ok(last(tx, loop_id)?.map(|(_, until)| until))
}

/// Microseconds since `from` in which a loop was watched.
pub fn watched(tx: &mut dyn Tx, loop_id: LoopId, from: Timestamp) -> Result<i64> {
    let found = tx.query_all(
        "SELECT since, until_at FROM watches WHERE loop_id = $1 AND until_at > $2",
        params![&loop_id, from],
        |row| Ok((row.time(0)?, row.time(1)?)),
    )?;
    // Nodes that begin in the same moment may write times that overlap: each moment counts once.
    let mut times: Vec<_> = found.into_iter().map(|(a, b)| (a.0.max(from.0), b.0)).collect();
    times.sort_unstable();
    let (mut sum, mut counted) = (0, from.0);
    for (since, until) in times {
        sum += (until - since.max(counted)).max(0);
        counted = counted.max(until);
    }
    Ok(sum)
}

/// Looks soon at the timers of decisions of a loop that are held, the oldest first, at most `limit`: they
/// were put off while nobody watched.
pub fn hurry(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<u64> {
    let now = tx.now();
    let hurried = tx.exec(
        "UPDATE timers SET fire_at = $2 WHERE fire_at > $2 AND name LIKE 'effect:%' AND case_id IN \
         (SELECT id FROM cases WHERE loop_id = $1 AND status = 'held' ORDER BY id LIMIT $3)",
        params![&loop_id, now, limit],
    )?;
    if hurried > 0 {
        tx.wake(crate::Topic::Timers);
    }
    Ok(hurried)
}

/// When the decision of a machine should have taken effect that is held longest by then, of the oldest
/// `most` held cases of a loop; `None` where none is held for a veto.
pub fn oldest_held(tx: &mut dyn Tx, loop_id: LoopId, most: u32) -> Result<Option<Timestamp>> {
    tx.query_one(
        "SELECT MIN(d.effective_at) FROM (SELECT id FROM cases WHERE loop_id = $1 AND status = 'held' \
         ORDER BY id LIMIT $2) AS held JOIN decisions d ON d.case_id = held.id \
         WHERE d.state = 'held' AND d.by_kind = 'machine' AND d.effective_at > d.decided_at",
        params![&loop_id, most],
        |row| row.opt_time(0),
    )
}

/// Whether a decision of a loop is held.
pub fn any_held(tx: &mut dyn Tx, loop_id: LoopId) -> Result<bool> {
    let held = tx.query_opt(
        "SELECT 1 FROM cases WHERE loop_id = $1 AND status = 'held' LIMIT 1",
        params![&loop_id],
        |row| row.int(0),
    )?;
    Ok(held.is_some())
}

/// Forgets times that ended before `before`.
pub fn purge(tx: &mut dyn Tx, before: Timestamp) -> Result<()> {
    tx.exec("DELETE FROM watches WHERE until_at < $1", params![before])?;
    Ok(())
}
