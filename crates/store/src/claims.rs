//! Live claims across cases: what a member holds, and what has run out.

use tandem_domain::ClaimId;

use crate::types::{LoopId, MemberId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

fn read(row: &dyn Row) -> Result<ClaimId> {
    Ok(ClaimId { case: row.id(0)?, n: row.small(1)? })
}

/// Live claims of a member, oldest case first. Expired ones are among them until their seat is
/// given to somebody else.
pub fn of_member(tx: &mut dyn Tx, member: MemberId, limit: u32) -> Result<Vec<ClaimId>> {
    tx.query_all(
        "SELECT case_id, n FROM claims WHERE member_id = $1 ORDER BY case_id, n LIMIT $2",
        params![&member, limit],
        read,
    )
}

/// Claims whose time ran out at or before `at`, longest expired first. Each is ended by a command on
/// its case.
pub fn expired(tx: &mut dyn Tx, at: Timestamp, limit: u32) -> Result<Vec<ClaimId>> {
    tx.query_all(
        "SELECT case_id, n FROM claims WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
        params![at, limit],
        read,
    )
}

/// Seats that a member holds in a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// The loop.
    pub loop_id: LoopId,
    /// Who.
    pub member: MemberId,
    /// How many.
    pub seats: u64,
    /// Since when they hold the oldest.
    pub since: Timestamp,
}

/// Who holds seats in a space, by loop.
pub fn by_member(tx: &mut dyn Tx, space: &str) -> Result<Vec<Seats>> {
    let now = tx.now();
    tx.query_all(
        "SELECT loop_id, member_id, COUNT(*), MIN(created_at) FROM claims \
         WHERE space_id = $1 AND expires_at > $2 GROUP BY loop_id, member_id \
         ORDER BY loop_id, member_id LIMIT 10000",
        params![space, now],
        |row| {
            Ok(Seats {
                loop_id: row.id(0)?,
                member: row.id(1)?,
                seats: row.count(2)?,
                since: row.time(3)?,
            })
        },
    )
}

/// When the next claim runs out.
pub fn next_expiry(tx: &mut dyn Tx) -> Result<Option<Timestamp>> {
    tx.query_opt("SELECT expires_at FROM claims ORDER BY expires_at LIMIT 1", &[], |row| {
        row.time(0)
    })
}
