//! Runs, their steps and controls, and which cases are their gates.
//!
//! Whoever locks a run exclusively locks no case after it; whoever locks a case may read its run
//! shared afterwards. So neither waits for the other in a circle.

mod fleet;

use tandem_domain::run::{Control, RunCore, RunState, RunStatus, Step};

use crate::types::{CaseId, LoopId, RowExt, RunId, Timestamp};
use crate::{Result, Row, StoreError, Topic, Tx, TxExt, params};

pub use fleet::{
    Counted, RunFilter, alert_bit, count_alerts, count_fleet, count_gates, count_open_gates_of,
    last_steps, list, open_gates_of,
};

/// A run as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What never changes.
    pub core: RunCore,
    /// What does.
    pub state: RunState,
    /// Its last sign of life.
    pub seen_at: Timestamp,
    /// Until when it counts as alive; `None` once nobody waits for it.
    pub lease_until: Option<Timestamp>,
}

/// What a gate needs to know of its run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunGround {
    /// What never changes.
    pub core: RunCore,
    /// Where it stands.
    pub status: RunStatus,
    /// The newest control.
    pub epoch: u64,
    /// The newest control that was obeyed.
    pub obeyed: u64,
    /// Until when it counts as alive.
    pub lease_until: Option<Timestamp>,
}

/// A document about a run with the revision of the run that wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written<T> {
    /// The run's revision.
    pub revision: u64,
    /// The document.
    pub value: T,
}

/// A run's texts as they are stored, for the ledger's bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRun {
    /// Its id.
    pub id: RunId,
    /// Its revision.
    pub revision: u64,
    /// What never changes, as JSON.
    pub core: String,
    /// What does, as JSON.
    pub state: String,
}

const COLUMNS: &str = "core, state, seen_at, lease_until";

fn read(row: &dyn Row) -> Result<Run> {
    Ok(Run {
        core: row.json(0)?,
        state: row.json(1)?,
        seen_at: row.time(2)?,
        lease_until: row.opt_time(3)?,
    })
}

fn status(row: &dyn Row, column: usize) -> Result<RunStatus> {
    row.text(column)?.parse().map_err(StoreError::corrupt)
}

/// Adds a run in its first state. The texts are the canonical forms.
pub fn insert(tx: &mut dyn Tx, run: &Run, core: &str, state: &str) -> Result<()> {
    let (of, now) = (&run.core, &run.state);
    let added = tx.exec(
        "INSERT INTO runs (id, space_id, loop_id, key, status, epoch, obeyed, revision, seen_at, \
         lease_until, sweep, core, state, agent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12, $13) \
         ON CONFLICT (loop_id, key) WHERE key IS NOT NULL DO NOTHING",
        params![
            &of.id,
            &of.space,
            &of.loop_id,
            of.key.as_ref(),
            now.status.as_str(),
            now.epoch,
            now.obeyed,
            now.revision,
            run.seen_at,
            run.lease_until,
            core,
            state,
            &of.started_by
        ],
    )?;
    if added == 0 {
        // Another node started it a moment ago: asked again, the command finds it.
        return Err(tx.poison(StoreError::Contended(format!("{} is being started", of.id))));
    }
    tx.wake(Topic::Run(of.id));
    tx.wake(Topic::Timers);
    Ok(())
}

/// Writes the state of a run that is locked. `state` is its canonical text.
pub fn save(tx: &mut dyn Tx, run: &Run, state: &str) -> Result<()> {
    let now = &run.state;
    let sweep = now.status.ends_gates();
    tx.exec_one(
        "UPDATE runs SET status = $2, epoch = $3, obeyed = $4, revision = $5, seen_at = $6, \
         lease_until = $7, sweep = $8, state = $9, agent = $10, alerts = $11 WHERE id = $1",
        params![
            &run.core.id,
            now.status.as_str(),
            now.epoch,
            now.obeyed,
            now.revision,
            run.seen_at,
            run.lease_until,
            sweep,
            state,
            &run.core.started_by,
            fleet::standing(now)
        ],
    )?;
    tx.wake(Topic::Run(run.core.id));
    if sweep {
        tx.wake(Topic::Timers);
    }
    Ok(())
}

/// Notes a sign of life, without touching the state.
pub fn seen(tx: &mut dyn Tx, id: RunId, at: Timestamp, until: Timestamp) -> Result<()> {
    tx.exec_one(
        "UPDATE runs SET seen_at = $2, lease_until = $3 WHERE id = $1",
        params![&id, at, until],
    )
}

/// A run.
pub fn get(tx: &mut dyn Tx, id: RunId) -> Result<Option<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE id = $1");
    tx.query_opt(&sql, params![&id], read)
}

/// A run, locked until the transaction ends.
pub fn lock(tx: &mut dyn Tx, id: RunId) -> Result<Option<Run>> {
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE id = $1{lock}");
    tx.query_opt(&sql, params![&id], read)
}

/// What a gate needs to know, locked shared until the transaction ends: a control that wants to
/// commit waits for this transaction, and this one sees every control committed before.
pub fn ground_shared(tx: &mut dyn Tx, id: RunId) -> Result<Option<RunGround>> {
    let lock = tx.dialect().pick("", " FOR SHARE");
    let sql =
        format!("SELECT core, status, epoch, obeyed, lease_until FROM runs WHERE id = $1{lock}");
    tx.query_opt(&sql, params![&id], |row| {
        Ok(RunGround {
            core: row.json(0)?,
            status: status(row, 1)?,
            epoch: row.count(2)?,
            obeyed: row.count(3)?,
            lease_until: row.opt_time(4)?,
        })
    })
}

/// The run with a key in a loop.
pub fn by_key(tx: &mut dyn Tx, loop_id: LoopId, key: &str) -> Result<Option<RunId>> {
    tx.query_opt(
        "SELECT id FROM runs WHERE loop_id = $1 AND key = $2",
        params![&loop_id, key],
        |row| row.id(0),
    )
}

/// Runs whose lease ran out at or before `at`, longest first.
pub fn expired(tx: &mut dyn Tx, at: Timestamp, limit: u32) -> Result<Vec<RunId>> {
    tx.query_all(
        "SELECT id FROM runs WHERE lease_until <= $1 ORDER BY lease_until LIMIT $2",
        params![at, limit],
        |row| row.id(0),
    )
}

/// When the next lease runs out.
pub fn next_expiry(tx: &mut dyn Tx) -> Result<Option<Timestamp>> {
    tx.query_opt(
        "SELECT lease_until FROM runs WHERE lease_until IS NOT NULL ORDER BY lease_until LIMIT 1",
        &[],
        |row| row.time(0),
    )
}

/// Gives every live run at least until `until`: while the server was down nobody could check in.
pub fn extend_leases(tx: &mut dyn Tx, until: Timestamp) -> Result<u64> {
    tx.exec(
        "UPDATE runs SET lease_until = $1 WHERE lease_until IS NOT NULL AND lease_until < $1",
        params![until],
    )
}

/// Runs with gates that are to be withdrawn.
pub fn to_sweep(tx: &mut dyn Tx, limit: u32) -> Result<Vec<RunId>> {
    tx.query_all(
        "SELECT id FROM runs WHERE sweep = 1 ORDER BY id LIMIT $1",
        params![limit],
        |row| row.id(0),
    )
}

/// Notes that no gate of these runs is left to be withdrawn.
pub fn swept(tx: &mut dyn Tx, ids: &[RunId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (marks, values) = fleet::among(ids);
    tx.exec(&format!("UPDATE runs SET sweep = 0 WHERE id IN ({marks})"), &values)?;
    Ok(())
}

/// Adds a step. `body` is its canonical text.
pub fn add_step(tx: &mut dyn Tx, run: &Run, n: u64, body: &str) -> Result<()> {
    tx.exec_one(
        "INSERT INTO run_steps (run_id, n, space_id, revision, body) VALUES ($1, $2, $3, $4, $5)",
        params![&run.core.id, n, &run.core.space, run.state.revision, body],
    )
}

/// Steps of a run before step `before`, newest first.
pub fn steps(
    tx: &mut dyn Tx,
    id: RunId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Written<Step>>> {
    tx.query_all(
        "SELECT revision, body FROM run_steps WHERE run_id = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
        params![&id, before.unwrap_or(i64::MAX as u64), limit],
        |row| Ok(Written { revision: row.count(0)?, value: row.json(1)? }),
    )
}

/// The newest step of a run.
pub fn last_step(tx: &mut dyn Tx, id: RunId) -> Result<Option<Step>> {
    Ok(steps(tx, id, None, 1)?.pop().map(|step| step.value))
}

/// Writes a control: a new one, or one that was acknowledged. `body` is its canonical text.
pub fn put_control(tx: &mut dyn Tx, run: &Run, epoch: u64, body: &str) -> Result<()> {
    tx.exec_one(
        "INSERT INTO run_controls (run_id, epoch, space_id, revision, body) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (run_id, epoch) DO UPDATE SET revision = excluded.revision, body = excluded.body",
        params![&run.core.id, epoch, &run.core.space, run.state.revision, body],
    )
}

/// Controls of a run after epoch `after`, oldest first.
pub fn controls(
    tx: &mut dyn Tx,
    id: RunId,
    after: u64,
    limit: u32,
) -> Result<Vec<Written<Control>>> {
    tx.query_all(
        "SELECT revision, body FROM run_controls WHERE run_id = $1 AND epoch > $2 \
         ORDER BY epoch LIMIT $3",
        params![&id, after, limit],
        |row| Ok(Written { revision: row.count(0)?, value: row.json(1)? }),
    )
}

/// Binds a case to a run.
pub fn add_gate(tx: &mut dyn Tx, id: RunId, case: CaseId, space: &str) -> Result<()> {
    tx.exec(
        "INSERT INTO run_gates (run_id, case_id, space_id, granted_at) VALUES ($1, $2, $3, NULL) \
         ON CONFLICT (run_id, case_id) DO NOTHING",
        params![&id, &case, space],
    )?;
    tx.wake(Topic::Run(id));
    Ok(())
}

/// Notes that a gate gave its grant; the first time counts.
pub fn granted(tx: &mut dyn Tx, id: RunId, case: CaseId) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "UPDATE run_gates SET granted_at = $3 WHERE run_id = $1 AND case_id = $2 AND granted_at IS NULL",
        params![&id, &case, now],
    )?;
    Ok(())
}

/// How many grants the gates of a run gave.
pub fn count_granted(tx: &mut dyn Tx, id: RunId) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM run_gates WHERE run_id = $1 AND granted_at IS NOT NULL",
        params![&id],
        |row| row.count(0),
    )
}

/// Gates of a run, newest first.
pub fn gates(tx: &mut dyn Tx, id: RunId, limit: u32) -> Result<Vec<CaseId>> {
    tx.query_all(
        "SELECT case_id FROM run_gates WHERE run_id = $1 ORDER BY case_id DESC LIMIT $2",
        params![&id, limit],
        |row| row.id(0),
    )
}

/// How many gates of a run nobody has decided finally.
pub fn count_open_gates(tx: &mut dyn Tx, id: RunId) -> Result<u64> {
    tx.query_one(
        "SELECT COUNT(*) FROM run_gates g JOIN cases c ON c.id = g.case_id \
         WHERE g.run_id = $1 AND c.status NOT IN ('decided', 'cancelled')",
        params![&id],
        |row| row.count(0),
    )
}

/// Runs of every space by id, after `after`, as they are stored.
pub fn scan(tx: &mut dyn Tx, after: Option<RunId>, limit: u32) -> Result<Vec<RawRun>> {
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(
        "SELECT id, revision, core, state FROM runs WHERE id > $1 ORDER BY id LIMIT $2",
        params![&after, limit],
        |row| {
            Ok(RawRun {
                id: row.id(0)?,
                revision: row.count(1)?,
                core: row.string(2)?,
                state: row.string(3)?,
            })
        },
    )
}

/// Texts of a run's steps after step `after`: number, revision and body.
pub fn scan_steps(
    tx: &mut dyn Tx,
    id: RunId,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, u64, String)>> {
    tx.query_all(
        "SELECT n, revision, body FROM run_steps WHERE run_id = $1 AND n > $2 ORDER BY n LIMIT $3",
        params![&id, after, limit],
        |row| Ok((row.count(0)?, row.count(1)?, row.string(2)?)),
    )
}

/// Texts of a run's controls after epoch `after`: epoch, revision and body.
pub fn scan_controls(
    tx: &mut dyn Tx,
    id: RunId,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, u64, String)>> {
    tx.query_all(
        "SELECT epoch, revision, body FROM run_controls WHERE run_id = $1 AND epoch > $2 \
         ORDER BY epoch LIMIT $3",
        params![&id, after, limit],
        |row| Ok((row.count(0)?, row.count(1)?, row.string(2)?)),
    )
}
