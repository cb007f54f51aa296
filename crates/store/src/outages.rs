//! Times that nobody could use: the server was down, or a scope was halted.

use crate::halts::EVERYTHING;
use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, meta, params};

/// When the server was last known to be up.
const ALIVE: &str = "alive_at";

/// Notes a time that nobody could use. `scope` is as in `halts`; the server's own outages are those
/// of every scope of every space, and have the space `*`.
pub fn insert(
    tx: &mut dyn Tx,
    space: &str,
    scope: &str,
    since: Timestamp,
    until: Timestamp,
) -> Result<()> {
    tx.exec(
        "INSERT INTO outages (space_id, scope, since, until_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (space_id, scope, since) DO NOTHING",
        params![space, scope, since, until],
    )?;
    Ok(())
}

/// How much of the time from `from` to `to` a loop could not be used, in microseconds. What overlaps
/// counts once.
pub fn lost(
    tx: &mut dyn Tx,
    space: &str,
    loop_id: LoopId,
    from: Timestamp,
    to: Timestamp,
) -> Result<i64> {
    let windows = tx.query_all(
        "SELECT since, until_at FROM outages WHERE until_at > $1 AND since < $2 \
         AND (space_id = '*' OR (space_id = $3 AND scope IN ('*', $4))) ORDER BY since",
        params![from, to, space, &crate::halts::scope_of(loop_id)],
        |row| Ok((row.time(0)?.0, row.time(1)?.0)),
    )?;
    let mut counted = from.0;
    let mut lost = 0;
    for (since, until) in windows {
        let (since, until) = (since.max(counted), until.min(to.0));
        if until > since {
            lost += until - since;
            counted = until;
        }
    }
    Ok(lost)
}

/// Notes that the server is up.
pub fn alive(tx: &mut dyn Tx) -> Result<()> {
    let now = tx.now();
    meta::set(tx, ALIVE, &now.0.to_be_bytes())
}

/// Notes that the server is up again; a gap of more than `tolerated` microseconds since it was last
/// known to be up is an outage.
pub fn begin(tx: &mut dyn Tx, tolerated: i64) -> Result<()> {
    let last = meta::get(tx, ALIVE)?.and_then(|bytes| bytes.try_into().ok());
    let now = tx.now();
    if let Some(last) = last.map(i64::from_be_bytes).filter(|last| now.0 - last > tolerated) {
        insert(tx, "*", EVERYTHING, Timestamp(last), now)?;
    }
    alive(tx)
}
