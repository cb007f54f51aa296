//! Times that nobody could use: the server was down, or a scope was halted.

use tandem_domain::case::Stay;

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

/// By how much a time limit that began at `from` and would end at `due` is moved, in microseconds, by
/// the times up to now that nobody could use: pauses of the queues in which the case stayed, with their
/// clock, and `over_call` outages of the server and halts as well. What overlaps counts once.
pub fn moved(
    tx: &mut dyn Tx,
    (space, loop_id): (&str, LoopId),
    stays: &[Stay],
    over_call: bool,
    (from, due): (Timestamp, Timestamp),
) -> Result<i64> {
    let mut windows = Vec::new();
    if over_call {
        windows = tx.query_all(
            "SELECT since, until_at FROM outages WHERE until_at > $1 \
             AND (space_id = '*' OR (space_id = $2 AND scope IN ('*', $3)))",
            params![from, space, &crate::halts::scope_of(loop_id)],
            |row| Ok((row.time(0)?.0, row.time(1)?.0)),
        )?;
    }
    let now = tx.now();
    for stay in stays {
        let scope = crate::queues::scope_of(loop_id, &stay.queue);
        let mut here = tx.query_all(
            "SELECT since, until_at FROM outages \
             WHERE space_id = $1 AND scope = $2 AND until_at > $3 AND since < $4",
            params![space, &scope, stay.from, stay.until],
            |row| Ok((row.time(0)?.0, row.time(1)?.0)),
        )?;
        let pause = crate::queues::pause_of(tx, loop_id, &stay.queue)?;
        here.extend(pause.filter(|pause| pause.stops_clock).map(|pause| (pause.since.0, now.0)));
        let clamped =
            |(since, until): (i64, i64)| (since.max(stay.from.0), until.min(stay.until.0));
        windows.extend(here.into_iter().map(clamped));
    }
    windows.sort_unstable();
    let (mut counted, mut end) = (from.0, due.0);
    for (since, until) in windows {
        let since = since.max(counted);
        // Whatever began before the end moves it, wholly.
        if until > since && since < end {
            end += until - since;
            counted = until;
        }
    }
    Ok(end - due.0)
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
