//! Names that clients of other products give to what is a loop, a case or nothing here.

use crate::types::{RowExt, Timestamp};
use crate::{Result, Row, Tx, TxExt, params};

/// A name with what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The space.
    pub space: String,
    /// What kind of thing it is, as in `a2i.flow`.
    pub kind: String,
    /// The client's name of it, unique among its kind.
    pub name: String,
    /// What it belongs to, by name; empty for nothing.
    pub parent: String,
    /// The loop it is about; empty for none.
    pub loop_name: String,
    /// The key of its case in the loop; empty where it is no case.
    pub case_key: String,
    /// Tells whether a repeated name means the same.
    pub mark: Vec<u8>,
    /// Whatever else the dialect needs, as JSON; nothing about a person.
    pub document: String,
    /// The key or member who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// Which names to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NamedQuery {
    /// The space.
    pub space: String,
    /// The kind.
    pub kind: String,
    /// Only those that belong to this; all where absent.
    pub parent: Option<String>,
    /// Made at this time or later.
    pub since: Option<Timestamp>,
    /// Made before this time.
    pub before: Option<Timestamp>,
    /// Newest first instead of oldest first.
    pub newest_first: bool,
    /// After this one in the chosen order, by time and name.
    pub after: Option<(Timestamp, String)>,
    /// Most rows.
    pub limit: u32,
}

const COLUMNS: &str = "space_id, kind, name, parent, loop_name, case_key, mark, document, \
                       created_by, created_at";

fn read(row: &dyn Row) -> Result<Named> {
    Ok(Named {
        space: row.string(0)?,
        kind: row.string(1)?,
        name: row.string(2)?,
        parent: row.string(3)?,
        loop_name: row.string(4)?,
        case_key: row.string(5)?,
        mark: row.bytes(6)?,
        document: row.string(7)?,
        created_by: row.string(8)?,
        created_at: row.time(9)?,
    })
}

/// Takes a name; false where somebody has it already.
pub fn insert(tx: &mut dyn Tx, named: &Named) -> Result<bool> {
    let added = tx.exec(
        "INSERT INTO named (space_id, kind, name, parent, loop_name, case_key, mark, document, \
         created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (space_id, kind, name) DO NOTHING",
        params![
            &named.space,
            &named.kind,
            &named.name,
            &named.parent,
            &named.loop_name,
            &named.case_key,
            &named.mark,
            &named.document,
            &named.created_by,
            named.created_at
        ],
    )?;
    Ok(added == 1)
}

/// What a name stands for.
pub fn get(tx: &mut dyn Tx, space: &str, kind: &str, name: &str) -> Result<Option<Named>> {
    let sql =
        format!("SELECT {COLUMNS} FROM named WHERE space_id = $1 AND kind = $2 AND name = $3");
    tx.query_opt(&sql, params![space, kind, name], read)
}

/// Gives a name up; false where nobody has it for the case of this key.
pub fn remove(
    tx: &mut dyn Tx,
    space: &str,
    kind: &str,
    name: &str,
    case_key: &str,
) -> Result<bool> {
    let removed = tx.exec(
        "DELETE FROM named WHERE space_id = $1 AND kind = $2 AND name = $3 AND case_key = $4",
        params![space, kind, name, case_key],
    )?;
    Ok(removed == 1)
}

/// Whether a case is not over whose name is of this kind and belongs to this.
pub fn any_open(tx: &mut dyn Tx, space: &str, kind: &str, parent: &str) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT c.status FROM named n JOIN loops l ON l.space_id = n.space_id AND l.name = n.loop_name \
         JOIN cases c ON c.loop_id = l.id AND c.key = n.case_key \
         WHERE n.space_id = $1 AND n.kind = $2 AND n.parent = $3 \
         AND c.status NOT IN ('decided', 'cancelled') LIMIT 1",
        params![space, kind, parent],
        |row| row.string(0),
    )?;
    Ok(found.is_some())
}

/// Names in order of time.
pub fn list(tx: &mut dyn Tx, query: &NamedQuery) -> Result<Vec<Named>> {
    let of_parent = if query.parent.is_some() { "parent = $3" } else { "$3 = ''" };
    let (order, than) = if query.newest_first { ("DESC", "<") } else { ("ASC", ">") };
    let start = if query.newest_first { i64::MAX } else { i64::MIN };
    let (after, name) = query.after.clone().unwrap_or_else(|| (Timestamp(start), String::new()));
    let sql = format!(
        "SELECT {COLUMNS} FROM named WHERE space_id = $1 AND kind = $2 AND {of_parent} \
         AND created_at >= $4 AND created_at < $5 \
         AND (created_at {than} $6 OR (created_at = $6 AND name {than} $7)) \
         ORDER BY created_at {order}, name {order} LIMIT $8"
    );
    let parent = query.parent.as_deref().unwrap_or_default();
    let since = query.since.unwrap_or(Timestamp(i64::MIN));
    let before = query.before.unwrap_or(Timestamp(i64::MAX));
    let values =
        params![&query.space, &query.kind, parent, since, before, after, &name, query.limit];
    tx.query_all(&sql, values, read)
}
