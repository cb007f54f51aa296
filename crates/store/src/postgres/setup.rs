//! Migrations, under a lock that keeps several starting nodes apart.

use super::session::Session;
use super::tx::PgTx;
use super::{Node, from_postgres};
use crate::pending::Pending;
use crate::seal::Head;
use crate::{Result, migrate, sql};

/// Any number will do, as long as it stays the same.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7823641290347)";

pub(super) fn prepare(node: &Node) -> Result<()> {
    let mut session = Session::connect_patiently(node)?;
    let now = session.begin(node, "")?;
    session.run(LOCK)?;
    session.run(migrate::LOG_TABLE)?;
    let applied: Vec<(i64, String)> = session
        .client
        .query("SELECT version, checksum FROM migrations ORDER BY version", &[])
        .map_err(|error| from_postgres(&error))?
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    for migration in migrate::pending(&applied)? {
        session.run(&sql::schema_for_postgres(migration.sql))?;
        session
            .client
            .execute(
                "INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
                &[&migration.version, &migration.name, &migration.checksum(), &now.0],
            )
            .map_err(|error| from_postgres(&error))?;
    }
    // Makes the head row on a new database.
    let mut pending = Pending::default();
    Head::load(&mut PgTx::new(&mut session, &mut pending, now))?;
    session.run("COMMIT")
}
