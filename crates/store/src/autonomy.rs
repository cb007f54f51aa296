//! What groups of a loop's cases have earned: one small row each, read and written whole.

use crate::types::{LoopId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// What one group has earned.
#[derive(Debug, Clone, PartialEq)]
pub struct AutonomyRow {
    /// The loop.
    pub loop_id: LoopId,
    /// The group; empty without groups.
    pub group: String,
    /// The space.
    pub space: String,
    /// The epoch of its evidence, unique in the loop; 0 before the first.
    pub epoch: u64,
    /// The epoch of the loop's policy that the evidence was gathered under.
    pub policy_epoch: u64,
    /// The model that the evidence is about.
    pub model: String,
    /// Another model that began to propose, whose scores are gathered.
    pub next_model: Option<String>,
    /// The key of the epoch's audit coins.
    pub secret: Vec<u8>,
    /// Scores gathered so far, 8 bytes each, little-endian.
    pub scores: Vec<u8>,
    /// The state of the evidence; `None` while scores are gathered.
    pub controller: Option<Vec<u8>>,
    /// A proposal to raise that waits for a signature, as JSON.
    pub proposal: Option<String>,
    /// The last demotion, as JSON.
    pub demotion: Option<String>,
    /// How many epochs it began itself.
    pub own_epochs: u64,
    /// When it changed.
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "loop_id, grp, space_id, epoch, policy_epoch, model, next_model, secret, scores, \
                       controller, proposal, demotion, updated_at, own_epochs";

fn read(row: &dyn Row) -> Result<AutonomyRow> {
    Ok(AutonomyRow {
        loop_id: row.id(0)?,
        group: row.string(1)?,
        space: row.string(2)?,
        epoch: row.count(3)?,
        policy_epoch: row.count(4)?,
        model: row.string(5)?,
        next_model: row.opt_string(6)?,
        secret: row.bytes(7)?,
        scores: row.bytes(8)?,
        controller: row.opt_blob(9)?.map(<[u8]>::to_vec),
        proposal: row.opt_string(10)?,
        demotion: row.opt_string(11)?,
        updated_at: row.time(12)?,
        own_epochs: row.count(13)?,
    })
}

/// Locks the autonomy of a loop until the transaction ends. Everybody who changes any of its groups
/// begins with this, after halt, loop and case are locked.
pub fn lock(tx: &mut dyn Tx, loop_id: LoopId, space: &str) -> Result<()> {
    let now = tx.now();
    let none: &[u8] = &[];
    tx.exec(
        "INSERT INTO autonomy (loop_id, grp, space_id, epoch, policy_epoch, model, secret, scores, updated_at) \
         VALUES ($1, '', $2, 0, 0, '', $3, $3, $4) ON CONFLICT (loop_id, grp) DO NOTHING",
        params![&loop_id, space, none, now],
    )?;
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT epoch FROM autonomy WHERE loop_id = $1 AND grp = ''{lock}");
    tx.query_opt(&sql, params![&loop_id], |row| row.count(0))?;
    Ok(())
}

/// What a group has earned.
pub fn get(tx: &mut dyn Tx, loop_id: LoopId, group: &str) -> Result<Option<AutonomyRow>> {
    let sql = format!("SELECT {COLUMNS} FROM autonomy WHERE loop_id = $1 AND grp = $2");
    tx.query_opt(&sql, params![&loop_id, group], read)
}

/// All groups of a loop, by name.
pub fn list(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Vec<AutonomyRow>> {
    let sql = format!("SELECT {COLUMNS} FROM autonomy WHERE loop_id = $1 ORDER BY grp");
    tx.query_all(&sql, params![&loop_id], read)
}

/// Writes a group's row.
pub fn save(tx: &mut dyn Tx, row: &AutonomyRow) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "INSERT INTO autonomy (loop_id, grp, space_id, epoch, policy_epoch, model, next_model, secret, \
         scores, controller, proposal, demotion, updated_at, own_epochs) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (loop_id, grp) DO UPDATE SET epoch = excluded.epoch, \
         policy_epoch = excluded.policy_epoch, model = excluded.model, next_model = excluded.next_model, \
         secret = excluded.secret, scores = excluded.scores, controller = excluded.controller, \
         own_epochs = excluded.own_epochs, \
         proposal = excluded.proposal, demotion = excluded.demotion, updated_at = excluded.updated_at",
        params![
            &row.loop_id,
            &row.group,
            &row.space,
            row.epoch,
            row.policy_epoch,
            &row.model,
            row.next_model.as_ref(),
            &row.secret,
            &row.scores,
            row.controller.as_ref(),
            row.proposal.as_ref(),
            row.demotion.as_ref(),
            now,
            row.own_epochs
        ],
    )
}

/// The largest epoch that was ever begun in a loop.
pub fn newest_epoch(tx: &mut dyn Tx, loop_id: LoopId) -> Result<u64> {
    tx.query_one(
        "SELECT COALESCE(MAX(epoch), 0) FROM autonomy WHERE loop_id = $1",
        params![&loop_id],
        |row| row.count(0),
    )
}

/// Notes an input; false if the epoch has seen it before.
pub fn note_input(tx: &mut dyn Tx, loop_id: LoopId, epoch: u64, digest: &[u8]) -> Result<bool> {
    let added = tx.exec(
        "INSERT INTO autonomy_seen (loop_id, epoch, digest) VALUES ($1, $2, $3) \
         ON CONFLICT (loop_id, epoch, digest) DO NOTHING",
        params![&loop_id, epoch, digest],
    )?;
    Ok(added == 1)
}

/// Forgets the inputs of an epoch that ended.
pub fn forget_inputs(tx: &mut dyn Tx, loop_id: LoopId, epoch: u64) -> Result<u64> {
    tx.exec("DELETE FROM autonomy_seen WHERE loop_id = $1 AND epoch = $2", params![&loop_id, epoch])
}

/// The standing order of a loop, as JSON.
pub fn order(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Option<String>> {
    tx.query_opt("SELECT body FROM autonomy_orders WHERE loop_id = $1", params![&loop_id], |row| {
        row.string(0)
    })
}

/// Writes the standing order of a loop.
pub fn set_order(tx: &mut dyn Tx, loop_id: LoopId, space: &str, body: &str) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "INSERT INTO autonomy_orders (loop_id, space_id, body, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (loop_id) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
        params![&loop_id, space, body, now],
    )
}

/// Removes the standing order of a loop; false if there was none.
pub fn drop_order(tx: &mut dyn Tx, loop_id: LoopId) -> Result<bool> {
    let gone = tx.exec("DELETE FROM autonomy_orders WHERE loop_id = $1", params![&loop_id])?;
    Ok(gone == 1)
}

/// What second looks say of a loop's people.
#[derive(Debug, Clone, PartialEq)]
pub struct LooksRow {
    /// The loop.
    pub loop_id: LoopId,
    /// The space.
    pub space: String,
    /// Which measurement it is, from 1.
    pub part: u64,
    /// The bound that those before it had come to; 1 where there is none.
    pub former: f64,
    /// Its state.
    pub state: Vec<u8>,
}

/// What second looks say of a loop's people. The loop's autonomy is locked, unless it is only shown.
pub fn looks(tx: &mut dyn Tx, loop_id: LoopId) -> Result<Option<LooksRow>> {
    tx.query_opt(
        "SELECT loop_id, space_id, part, state, former FROM autonomy_looks WHERE loop_id = $1",
        params![&loop_id],
        |row| {
            Ok(LooksRow {
                loop_id: row.id(0)?,
                space: row.string(1)?,
                part: row.count(2)?,
                state: row.bytes(3)?,
                former: row.real(4)?,
            })
        },
    )
}

/// Writes what second looks say. The loop's autonomy is locked.
pub fn save_looks(tx: &mut dyn Tx, row: &LooksRow) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "INSERT INTO autonomy_looks (loop_id, space_id, part, state, updated_at, former) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (loop_id) DO UPDATE SET part = excluded.part, \
         state = excluded.state, former = excluded.former, \
         updated_at = excluded.updated_at",
        params![&row.loop_id, &row.space, row.part, &row.state, now, row.former],
    )
}

/// Something that happened to a loop's autonomy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// When.
    pub at: Timestamp,
    /// The id of its event.
    pub id: String,
    /// The kind of its event.
    pub kind: String,
    /// The data of its event, as JSON.
    pub data: String,
    /// Who did it, as JSON: the actor of its event.
    pub actor: String,
}

/// Adds something that happened. The loop's autonomy is locked.
pub fn add_history(tx: &mut dyn Tx, loop_id: LoopId, line: &HistoryRow) -> Result<()> {
    tx.exec_one(
        "INSERT INTO autonomy_history (loop_id, n, at, event, kind, data, actor) \
         SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5, $6 FROM autonomy_history WHERE loop_id = $1",
        params![&loop_id, line.at, &line.id, &line.kind, &line.data, &line.actor],
    )
}

/// What happened, newest first.
pub fn history(tx: &mut dyn Tx, loop_id: LoopId, limit: u32) -> Result<Vec<HistoryRow>> {
    tx.query_all(
        "SELECT at, event, kind, data, actor FROM autonomy_history WHERE loop_id = $1 ORDER BY n DESC LIMIT $2",
        params![&loop_id, limit],
        |row| {
            Ok(HistoryRow {
                at: row.time(0)?,
                id: row.string(1)?,
                kind: row.string(2)?,
                data: row.string(3)?,
                actor: row.string(4)?,
            })
        },
    )
}
