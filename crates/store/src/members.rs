//! Persons, their memberships and roles.

use serde::{Deserialize, Serialize};

use crate::types::{MemberId, PersonId, RowExt, Timestamp, to_json};
use crate::{Result, Row, StoreError, Tx, TxExt, params};

/// A natural person's account in a space. Four eyes are two different `person_id`s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The space.
    pub space: String,
    /// The person behind it.
    pub person_id: PersonId,
    /// What people see.
    pub name: String,
    /// Unique within the space, lower case.
    pub email: String,
    /// An argon2id hash; `None` until a password is set.
    pub password_hash: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Since when two admins agree which natural person's it is.
    pub identified_at: Option<Timestamp>,
    /// What the person can do, as queues ask for it.
    pub skills: Vec<String>,
}

/// One role, in one loop or in every loop.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleGrant {
    /// A loop's id in text form, or `*` for every loop.
    #[serde(rename = "loop")]
    pub scope: String,
    /// The role's name, such as `reviewer`.
    pub role: String,
}

const COLUMNS: &str = "id, space_id, person_id, name, email, password_hash, created_at, disabled_at, identified_at, skills";

impl Member {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            person_id: row.id(2)?,
            name: row.string(3)?,
            email: row.string(4)?,
            password_hash: row.opt_string(5)?,
            created_at: row.time(6)?,
            disabled_at: row.opt_time(7)?,
            identified_at: row.opt_time(8)?,
            skills: skills(&row.string(9)?)?,
        })
    }
}

fn skills(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(format!("skills: {error}")))
}

/// Adds a member, and its person when that one is new. False when the e-mail is taken in the space.
pub fn insert(tx: &mut dyn Tx, member: &Member) -> Result<bool> {
    tx.exec(
        "INSERT INTO persons (id, space_id, name, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO NOTHING",
        params![&member.person_id, &member.space, &member.name, member.created_at],
    )?;
    let added = tx.exec(
        "INSERT INTO members (id, space_id, person_id, name, email, password_hash, created_at, disabled_at, \
          identified_at, skills) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (space_id, email) DO NOTHING",
        params![
            &member.id,
            &member.space,
            &member.person_id,
            &member.name,
            &member.email,
            member.password_hash.as_ref(),
            member.created_at,
            member.disabled_at,
            member.identified_at,
            &to_json(&member.skills)?
        ],
    )?;
    Ok(added == 1)
}

/// One member.
pub fn get(tx: &mut dyn Tx, id: MemberId) -> Result<Option<Member>> {
    let sql = format!("SELECT {COLUMNS} FROM members WHERE id = $1");
    tx.query_opt(&sql, params![&id], Member::read)
}

/// The member with this e-mail.
pub fn by_email(tx: &mut dyn Tx, space: &str, email: &str) -> Result<Option<Member>> {
    let sql = format!("SELECT {COLUMNS} FROM members WHERE space_id = $1 AND email = $2");
    tx.query_opt(&sql, params![space, email], Member::read)
}

/// Members in order of id, after `after`.
pub fn list(
    tx: &mut dyn Tx,
    space: &str,
    after: Option<MemberId>,
    limit: u32,
) -> Result<Vec<Member>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM members WHERE space_id = $1 AND id > $2 ORDER BY id LIMIT $3"
    );
    let after = after.map_or([0; 16], |id| *id.as_bytes());
    tx.query_all(&sql, params![space, &after, limit], Member::read)
}

/// Sets name, e-mail, password hash, disabled time, since when it is known whose it is, and skills. False when there is no such member.
pub fn update(tx: &mut dyn Tx, member: &Member) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE members SET name = $2, email = $3, password_hash = $4, disabled_at = $5, \
         identified_at = $6, skills = $7 WHERE id = $1",
        params![
            &member.id,
            &member.name,
            &member.email,
            member.password_hash.as_ref(),
            member.disabled_at,
            member.identified_at,
            &to_json(&member.skills)?
        ],
    )?;
    Ok(changed == 1)
}

/// Gives a role; giving it twice is fine.
pub fn grant(tx: &mut dyn Tx, space: &str, member: MemberId, role: &RoleGrant) -> Result<()> {
    tx.exec(
        "INSERT INTO member_roles (space_id, member_id, loop, role) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member_id, loop, role) DO NOTHING",
        params![space, &member, &role.scope, &role.role],
    )?;
    Ok(())
}

/// Takes a role back. False when the member did not have it.
pub fn revoke(tx: &mut dyn Tx, member: MemberId, role: &RoleGrant) -> Result<bool> {
    let removed = tx.exec(
        "DELETE FROM member_roles WHERE member_id = $1 AND loop = $2 AND role = $3",
        params![&member, &role.scope, &role.role],
    )?;
    Ok(removed == 1)
}

/// A member's roles.
pub fn roles(tx: &mut dyn Tx, member: MemberId) -> Result<Vec<RoleGrant>> {
    tx.query_all(
        "SELECT loop, role FROM member_roles WHERE member_id = $1 ORDER BY loop, role",
        params![&member],
        |row| Ok(RoleGrant { scope: row.string(0)?, role: row.string(1)? }),
    )
}
