//! Running totals of a loop. Commands change them with [`Tx::count`].

use std::collections::BTreeMap;

use crate::types::{LoopId, RowExt};
use crate::{Result, Tx, params};

/// All totals of a loop by name. The store itself keeps `cases`, `status.<status>`,
/// `tasks.open`, `queue.<queue>`, `judgments`, `decisions.<by>` and `automatic`.
pub fn all(tx: &mut dyn Tx, loop_id: LoopId) -> Result<BTreeMap<String, f64>> {
    let mut totals = BTreeMap::new();
    tx.query(
        "SELECT name, SUM(value) FROM counters WHERE loop_id = $1 GROUP BY name",
        params![&loop_id],
        &mut |row| {
            totals.insert(row.string(0)?, row.real(1)?);
            Ok(())
        },
    )?;
    Ok(totals)
}

/// One total; 0 when nothing was counted.
pub fn get(tx: &mut dyn Tx, loop_id: LoopId, name: &str) -> Result<f64> {
    let mut total = 0.0;
    tx.query(
        "SELECT value FROM counters WHERE loop_id = $1 AND name = $2",
        params![&loop_id, name],
        &mut |row| {
            total += row.real(0)?;
            Ok(())
        },
    )?;
    Ok(total)
}
