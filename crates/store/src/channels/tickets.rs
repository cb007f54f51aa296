//! The ticket of a case at a help desk.

use crate::types::{CaseId, ChannelId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The help desk.
    pub channel: ChannelId,
    /// The case.
    pub case: CaseId,
    /// Its id at the desk, once it has said so.
    pub ticket: Option<String>,
    /// Where people find it.
    pub url: Option<String>,
    /// The state that the desk told last.
    pub status: Option<String>,
    /// A digest of what the desk told last.
    pub told: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the desk told something last.
    pub synced_at: Option<Timestamp>,
}

const COLUMNS: &str = "channel_id, case_id, ticket, url, status, told, created_at, synced_at";

impl Ticket {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            channel: row.id(0)?,
            case: row.id(1)?,
            ticket: row.opt_string(2)?,
            url: row.opt_string(3)?,
            status: row.opt_string(4)?,
            told: row.opt_string(5)?,
            created_at: row.time(6)?,
            synced_at: row.opt_time(7)?,
        })
    }
}

/// Notes that a case is to have a ticket. False when it has one, or is to have one, already.
pub fn open_ticket(tx: &mut dyn Tx, channel: ChannelId, case: CaseId) -> Result<bool> {
    let now = tx.now();
    let added = tx.exec(
        "INSERT INTO channel_tickets (channel_id, case_id, created_at) VALUES ($1, $2, $3) \
         ON CONFLICT (channel_id, case_id) DO NOTHING",
        params![&channel, &case, now],
    )?;
    Ok(added == 1)
}

/// The ticket of a case.
pub fn ticket(tx: &mut dyn Tx, channel: ChannelId, case: CaseId) -> Result<Option<Ticket>> {
    let sql =
        format!("SELECT {COLUMNS} FROM channel_tickets WHERE channel_id = $1 AND case_id = $2");
    tx.query_opt(&sql, params![&channel, &case], Ticket::read)
}

/// The ticket of this id at the desk.
pub fn by_ticket(tx: &mut dyn Tx, channel: ChannelId, id: &str) -> Result<Option<Ticket>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channel_tickets WHERE channel_id = $1 AND ticket = $2 \
         ORDER BY case_id LIMIT 1"
    );
    tx.query_opt(&sql, params![&channel, id], Ticket::read)
}

/// Notes the id that the desk gave, and where people find the ticket.
pub fn set_ticket(
    tx: &mut dyn Tx,
    channel: ChannelId,
    case: CaseId,
    id: &str,
    url: Option<&str>,
) -> Result<()> {
    tx.exec_one(
        "UPDATE channel_tickets SET ticket = $3, url = $4 WHERE channel_id = $1 AND case_id = $2",
        params![&channel, &case, id, url],
    )
}

/// Notes what the desk told.
pub fn sync_ticket(
    tx: &mut dyn Tx,
    channel: ChannelId,
    case: CaseId,
    status: Option<&str>,
    told: &str,
) -> Result<()> {
    let now = tx.now();
    tx.exec_one(
        "UPDATE channel_tickets SET status = $3, told = $4, synced_at = $5 \
         WHERE channel_id = $1 AND case_id = $2",
        params![&channel, &case, status, told, now],
    )
}
