//! Loops and their versions. A published version is never changed.

use crate::types::{LoopId, MemberId, RowExt, Timestamp};
use crate::{Result, Row, StoreError, Tx, TxExt, params};

/// A loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopRow {
    /// Its id.
    pub id: LoopId,
    /// The space.
    pub space: String,
    /// Its name, unique in the space.
    pub name: String,
    /// The published version in force; 0 before the first.
    pub head: u64,
    /// The autonomy epoch: changes whenever what the machine may do changes.
    pub epoch: u64,
    /// The key of the loop's random draws. Never leaves the server.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One version of a loop's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopVersion {
    /// The loop.
    pub loop_id: LoopId,
    /// 1, 2, 3, …
    pub version: u64,
    /// The space.
    pub space: String,
    /// The file as it came.
    pub source: String,
    /// `yaml` or `json`.
    pub format: String,
    /// Digest of its canonical form.
    pub digest: Vec<u8>,
    /// `draft`, `proposed` (a person asked for it, a second one must agree) or `published`.
    pub state: String,
    /// Why it was published.
    pub reason: String,
    /// Who made it; `None` for a machine.
    pub by_member: Option<MemberId>,
    /// When.
    pub at: Timestamp,
    /// Who asked for it, where it took a second person to publish it.
    pub proposed_by: Option<MemberId>,
}

const COLUMNS: &str = "id, space_id, name, head, epoch, secret, created_at";
const VERSION_COLUMNS: &str = "loop_id, version, space_id, source, format, digest, state, reason, by_member, at, \
     proposed_by";

impl LoopRow {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            name: row.string(2)?,
            head: row.count(3)?,
            epoch: row.count(4)?,
            secret: row.bytes(5)?,
            created_at: row.time(6)?,
        })
    }
}

impl LoopVersion {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            loop_id: row.id(0)?,
            version: row.count(1)?,
            space: row.string(2)?,
            source: row.string(3)?,
            format: row.string(4)?,
            digest: row.bytes(5)?,
            state: row.string(6)?,
            reason: row.string(7)?,
            by_member: row.opt_id(8)?,
            at: row.time(9)?,
            proposed_by: row.opt_id(10)?,
        })
    }
}

/// Adds a loop with its halt row. [`StoreError::Contended`] when the name was taken a moment ago.
pub fn insert(tx: &mut dyn Tx, row: &LoopRow) -> Result<()> {
    let added = tx.exec(
        "INSERT INTO loops (id, space_id, name, head, epoch, secret, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (space_id, name) DO NOTHING",
        params![&row.id, &row.space, &row.name, row.head, row.epoch, &row.secret, row.created_at],
    )?;
    if added == 0 {
        return Err(tx.poison(StoreError::Contended(format!("loop {} is being made", row.name))));
    }
    crate::halts::ensure_row(tx, &row.space, &crate::halts::scope_of(row.id))
}

/// One loop.
pub fn get(tx: &mut dyn Tx, id: LoopId) -> Result<Option<LoopRow>> {
    let sql = format!("SELECT {COLUMNS} FROM loops WHERE id = $1");
    tx.query_opt(&sql, params![&id], LoopRow::read)
}

/// One loop, read shared: its head and epoch cannot change before this transaction ends.
pub fn get_shared(tx: &mut dyn Tx, id: LoopId) -> Result<Option<LoopRow>> {
    let lock = tx.dialect().pick("", " FOR SHARE");
    let sql = format!("SELECT {COLUMNS} FROM loops WHERE id = $1{lock}");
    tx.query_opt(&sql, params![&id], LoopRow::read)
}

/// The loop of this name.
pub fn by_name(tx: &mut dyn Tx, space: &str, name: &str) -> Result<Option<LoopRow>> {
    let sql = format!("SELECT {COLUMNS} FROM loops WHERE space_id = $1 AND name = $2");
    tx.query_opt(&sql, params![space, name], LoopRow::read)
}

/// Loops in order of id, after `after`.
pub fn list(
    tx: &mut dyn Tx,
    space: &str,
    after: Option<LoopId>,
    limit: u32,
) -> Result<Vec<LoopRow>> {
    let sql =
        format!("SELECT {COLUMNS} FROM loops WHERE space_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(&sql, params![space, &after, limit], LoopRow::read)
}

/// Locks a loop for a change of its versions or epoch.
pub fn lock(tx: &mut dyn Tx, id: LoopId) -> Result<Option<LoopRow>> {
    let lock = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT {COLUMNS} FROM loops WHERE id = $1{lock}");
    tx.query_opt(&sql, params![&id], LoopRow::read)
}

/// Sets the version in force and the autonomy epoch.
pub fn set_head(tx: &mut dyn Tx, id: LoopId, head: u64, epoch: u64) -> Result<()> {
    tx.wake(crate::Topic::Loop(id));
    tx.exec_one("UPDATE loops SET head = $2, epoch = $3 WHERE id = $1", params![&id, head, epoch])
}

/// Adds a version. Lock the loop first, so that numbers are dense.
pub fn insert_version(tx: &mut dyn Tx, version: &LoopVersion) -> Result<()> {
    tx.exec_one(
        "INSERT INTO loop_versions (loop_id, version, space_id, source, format, digest, state, reason, \
         by_member, at, proposed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        params![
            &version.loop_id,
            version.version,
            &version.space,
            &version.source,
            &version.format,
            &version.digest,
            &version.state,
            &version.reason,
            version.by_member.as_ref(),
            version.at,
            version.proposed_by.as_ref()
        ],
    )
}

/// Marks a draft as proposed by a person. False when it is no draft.
pub fn propose_version(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    version: u64,
    reason: &str,
    by_member: MemberId,
) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE loop_versions SET state = 'proposed', reason = $3, by_member = $4, proposed_by = $4, \
         at = $5 WHERE loop_id = $1 AND version = $2 AND state = 'draft'",
        params![&loop_id, version, reason, &by_member, now],
    )?;
    Ok(changed == 1)
}

/// Marks a draft or a proposed version as published. False when it is published already.
pub fn publish_version(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    version: u64,
    reason: &str,
    by_member: Option<MemberId>,
) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE loop_versions SET state = 'published', reason = $3, by_member = $4, at = $5 \
         WHERE loop_id = $1 AND version = $2 AND state <> 'published'",
        params![&loop_id, version, reason, by_member.as_ref(), now],
    )?;
    Ok(changed == 1)
}

/// One version.
pub fn version(tx: &mut dyn Tx, loop_id: LoopId, version: u64) -> Result<Option<LoopVersion>> {
    let sql =
        format!("SELECT {VERSION_COLUMNS} FROM loop_versions WHERE loop_id = $1 AND version = $2");
    tx.query_opt(&sql, params![&loop_id, version], LoopVersion::read)
}

/// The newest version number, drafts included; 0 when there is none.
pub fn newest_version(tx: &mut dyn Tx, loop_id: LoopId) -> Result<u64> {
    tx.query_one(
        "SELECT COALESCE(MAX(version), 0) FROM loop_versions WHERE loop_id = $1",
        params![&loop_id],
        |row| row.count(0),
    )
}

/// Versions, newest first, before `before`.
pub fn versions(
    tx: &mut dyn Tx,
    loop_id: LoopId,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<LoopVersion>> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM loop_versions WHERE loop_id = $1 AND version < $2 \
         ORDER BY version DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX as u64);
    tx.query_all(&sql, params![&loop_id, before, limit], LoopVersion::read)
}
