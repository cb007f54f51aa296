//! What members want to be told, what they were told, and how far the ledger was read for it.

mod deliveries;
mod links;

pub use deliveries::{
    Channel, Due, Queued, Sent, channel, counts, dead, done, due, failed, insert as queue, lease,
    newest, purge, retry, well,
};
pub use links::{
    Link, accept, account_of, add_link, forget_old, link_account, member_of_account,
    unlink_account, use_link,
};

use crate::members::RoleGrant;
use crate::types::{CaseId, MemberId, NotificationId, PersonId, RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A member's choice, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Whose.
    pub member: MemberId,
    /// The preferences, JSON.
    pub body: String,
    /// When the next digest is due.
    pub digest_at: Option<Timestamp>,
}

/// Something that a member was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its place in the order of the feed; given when it is stored.
    pub seq: u64,
    /// Its id.
    pub id: NotificationId,
    /// Who was told.
    pub member: MemberId,
    /// The space.
    pub space: String,
    /// What it is about, a word of the domain.
    pub about: String,
    /// What it is about exactly: nobody is told the same twice.
    pub once: String,
    /// The loop's name; empty where there is none.
    pub loop_name: String,
    /// The case.
    pub case: Option<CaseId>,
    /// Details, JSON, without personal content.
    pub body: String,
    /// Whether the app shows it.
    pub in_app: bool,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "seq, id, member_id, space_id, about, once, loop, case_id, body, in_app, at, read_at";

impl Notification {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            seq: row.count(0)?,
            id: row.id(1)?,
            member: row.id(2)?,
            space: row.string(3)?,
            about: row.string(4)?,
            once: row.string(5)?,
            loop_name: row.string(6)?,
            case: row.opt_id(7)?,
            body: row.string(8)?,
            in_app: row.int(9)? != 0,
            at: row.time(10)?,
            read_at: row.opt_time(11)?,
        })
    }
}

/// A member's choice; `None` for one who never chose.
pub fn choice(tx: &mut dyn Tx, member: MemberId) -> Result<Option<Choice>> {
    tx.query_opt(
        "SELECT member_id, body, digest_at FROM notification_settings WHERE member_id = $1",
        params![&member],
        read_choice,
    )
}

fn read_choice(row: &dyn Row) -> Result<Choice> {
    Ok(Choice { member: row.id(0)?, body: row.string(1)?, digest_at: row.opt_time(2)? })
}

/// Writes a member's choice.
pub fn choose(tx: &mut dyn Tx, space: &str, choice: &Choice) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "INSERT INTO notification_settings (member_id, space_id, body, digest_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (member_id) DO UPDATE SET \
         body = excluded.body, digest_at = excluded.digest_at, updated_at = excluded.updated_at",
        params![&choice.member, space, &choice.body, choice.digest_at, now],
    )?;
    Ok(())
}

/// Members whose digest is due, and when it is due next (`next` by the caller) is to be written
/// with [`put_off_digest`].
pub fn digests_due(tx: &mut dyn Tx, now: Timestamp, limit: u32) -> Result<Vec<Choice>> {
    tx.query_all(
        "SELECT member_id, body, digest_at FROM notification_settings \
         WHERE digest_at IS NOT NULL AND digest_at <= $1 ORDER BY digest_at LIMIT $2",
        params![now, limit],
        read_choice,
    )
}

/// Sets when the next digest is due. False when it was set meanwhile by somebody else.
pub fn put_off_digest(tx: &mut dyn Tx, due: &Choice, next: Option<Timestamp>) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE notification_settings SET digest_at = $3 WHERE member_id = $1 AND digest_at = $2",
        params![&due.member, due.digest_at, next],
    )?;
    Ok(changed == 1)
}

/// Tells a member something. False when they were told it before.
pub fn tell(tx: &mut dyn Tx, told: &Notification) -> Result<bool> {
    let added = tx.exec(
        "INSERT INTO notifications \
         (id, member_id, space_id, about, once, loop, case_id, body, in_app, at, read_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL) \
         ON CONFLICT (member_id, once) DO NOTHING",
        params![
            &told.id,
            &told.member,
            &told.space,
            &told.about,
            &told.once,
            &told.loop_name,
            told.case.as_ref(),
            &told.body,
            i64::from(told.in_app),
            told.at
        ],
    )?;
    if added == 1 && told.in_app {
        tx.wake(crate::Topic::Member(told.member));
    }
    Ok(added == 1)
}

/// What a member was told in the app, newest first, before `before`.
pub fn feed(
    tx: &mut dyn Tx,
    member: MemberId,
    unread: bool,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Notification>> {
    let only = if unread { " AND read_at IS NULL" } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM notifications WHERE member_id = $1 AND in_app = 1 AND seq < $2{only} \
         ORDER BY seq DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX as u64);
    tx.query_all(&sql, params![&member, before, limit], Notification::read)
}

/// How often a member was told something of a kind since `since`, by loop, and how often all in all: over
/// the newest `most` things they were told.
pub fn told_since(
    tx: &mut dyn Tx,
    member: MemberId,
    about: &str,
    since: Timestamp,
    most: u32,
) -> Result<Vec<(String, u64)>> {
    tx.query_all(
        "SELECT loop, COUNT(*) FROM (SELECT loop, about, at FROM notifications \
         WHERE member_id = $1 ORDER BY seq DESC LIMIT $4) AS newest \
         WHERE about = $2 AND at > $3 GROUP BY loop",
        params![&member, about, since, most],
        |row| Ok((row.string(0)?, row.count(1)?)),
    )
}

/// One that a member was told.
pub fn get(tx: &mut dyn Tx, id: NotificationId) -> Result<Option<Notification>> {
    let sql = format!("SELECT {COLUMNS} FROM notifications WHERE id = $1");
    tx.query_opt(&sql, params![&id], Notification::read)
}

/// Notes that a member read one, or everything up to one. Returns how many were unread.
pub fn mark_read(tx: &mut dyn Tx, member: MemberId, upto: u64, one: bool) -> Result<u64> {
    let now = tx.now();
    let which = if one { "seq = $2" } else { "seq <= $2" };
    let sql = format!(
        "UPDATE notifications SET read_at = $3 \
         WHERE member_id = $1 AND in_app = 1 AND read_at IS NULL AND {which}"
    );
    let read = tx.exec(&sql, params![&member, upto, now])?;
    if read > 0 {
        tx.wake(crate::Topic::Member(member));
    }
    Ok(read)
}

/// Up to where the ledger was read, held until the end of the transaction; `None` before the first
/// look.
pub fn cursor(tx: &mut dyn Tx) -> Result<Option<u64>> {
    let hold = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT idx FROM notification_cursor WHERE id = 1{hold}");
    tx.query_opt(&sql, &[], |row| row.count(0))
}

/// As [`cursor`], without holding it.
pub fn peek(tx: &mut dyn Tx) -> Result<Option<u64>> {
    tx.query_opt("SELECT idx FROM notification_cursor WHERE id = 1", &[], |row| row.count(0))
}

/// Begins to read the ledger at `idx`, unless it was begun.
pub fn begin(tx: &mut dyn Tx, idx: u64) -> Result<()> {
    tx.exec(
        "INSERT INTO notification_cursor (id, idx) VALUES (1, $1) ON CONFLICT (id) DO NOTHING",
        params![idx],
    )?;
    Ok(())
}

/// Notes up to where the ledger was read.
pub fn advance(tx: &mut dyn Tx, idx: u64) -> Result<()> {
    tx.exec_one("UPDATE notification_cursor SET idx = $1 WHERE id = 1", params![idx])
}

/// Cases that members hold and that are due after `from` and up to `until`.
pub fn held_and_due(
    tx: &mut dyn Tx,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<(CaseId, MemberId, Timestamp)>> {
    tx.query_all(
        "SELECT c.case_id, c.member_id, t.due FROM claims c JOIN tasks t \
         ON t.case_id = c.case_id AND t.n = c.task_n \
         WHERE t.due > $1 AND t.due <= $2 AND NOT EXISTS (SELECT 1 FROM notifications n \
         WHERE n.member_id = c.member_id AND n.case_id = c.case_id AND n.about = 'deadline') \
         ORDER BY t.due LIMIT $3",
        params![from, until, limit],
        |row| Ok((row.id(0)?, row.id(1)?, row.time(2)?)),
    )
}

/// One role of a member who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// The member.
    pub member: MemberId,
    /// The natural person behind it.
    pub person: PersonId,
    /// The role.
    pub grant: RoleGrant,
}

/// Everybody in a space who may sign in, a row for each of their roles, in order of members.
pub fn audience(tx: &mut dyn Tx, space: &str) -> Result<Vec<Seat>> {
    tx.query_all(
        "SELECT m.id, m.person_id, r.loop, r.role FROM members m \
         JOIN member_roles r ON r.member_id = m.id \
         WHERE m.space_id = $1 AND m.disabled_at IS NULL ORDER BY m.id",
        params![space],
        |row| {
            let grant = RoleGrant { scope: row.string(2)?, role: row.string(3)? };
            Ok(Seat { member: row.id(0)?, person: row.id(1)?, grant })
        },
    )
}

/// Forgets what was told before `before`, at most `limit`.
pub fn forget(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    tx.exec(
        "DELETE FROM notifications WHERE seq IN \
         (SELECT seq FROM notifications WHERE at < $1 ORDER BY at LIMIT $2)",
        params![before, limit],
    )
}
