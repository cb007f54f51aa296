//! Work on a data directory that no server uses: copies, integrity, and the demonstration that edits are found.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tandem_domain::CaseId;

use crate::sqlite::{DirLock, from_sqlite};
use crate::{Result, StoreError};

/// Name of the database inside a data directory.
pub const DATABASE_FILE: &str = "tandem.db";
/// Pages copied between two reports of progress.
const STEP: i32 = 2_048;

/// Holds a data directory for this process as long as it lives, so that no server starts on it.
pub struct Held {
    _lock: DirLock,
}

/// Takes the data directory `dir`; an error when a server has it.
pub fn hold(dir: &Path) -> Result<Held> {
    Ok(Held { _lock: DirLock::take(dir)? })
}

/// Copies the database file `from` into the new file `to` with SQLite's backup interface, what is
/// still in the write-ahead log included. The copy is consistent even while `from` is written to.
/// `progress` gets the pages done and the pages in all.
pub fn copy(from: &Path, to: &Path, mut progress: impl FnMut(u64, u64)) -> Result<()> {
    if to.exists() {
        return Err(StoreError::Setup(format!("{} is there already", to.display())));
    }
    let source = open(from, false)?;
    let mut target = Connection::open(to).map_err(from_sqlite)?;
    let backup = Backup::new(&source, &mut target).map_err(from_sqlite)?;
    loop {
        match backup.step(STEP).map_err(from_sqlite)? {
            StepResult::Done => break,
            StepResult::More => {}
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
        let pages = backup.progress();
        let count = |n: i32| u64::try_from(n).unwrap_or(0);
        let total = count(pages.pagecount);
        progress(total.saturating_sub(count(pages.remaining)), total);
    }
    drop(backup);
    target.close().map_err(|(_, error)| from_sqlite(error))?;
    let file = std::fs::File::open(to).and_then(|file| file.sync_all());
    file.map_err(|error| StoreError::Unavailable(format!("cannot flush {}: {error}", to.display())))
}

/// What SQLite's integrity check finds in a database file; empty for a sound one.
pub fn integrity(file: &Path) -> Result<Vec<String>> {
    let conn = open(file, false)?;
    let mut statement = conn.prepare("PRAGMA integrity_check(100)").map_err(from_sqlite)?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0)).map_err(from_sqlite)?;
    let lines = lines.collect::<Result<Vec<_>, _>>().map_err(from_sqlite)?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// Edits the stored state of one decided case behind the ledger's back, as somebody with access to
/// the file could. `edit` sees states from the newest on and returns the forged text of the one it
/// takes. Only ever for copies: it exists to show that the verifier finds it.
pub fn forge(file: &Path, mut edit: impl FnMut(&str) -> Option<String>) -> Result<Option<CaseId>> {
    let conn = open(file, true)?;
    let mut before: Option<Vec<u8>> = None;
    loop {
        let sql = "SELECT id, state FROM cases WHERE status = 'decided' \
            AND (?1 IS NULL OR id < ?1) ORDER BY id DESC LIMIT 1";
        let row = conn
            .query_row(sql, [&before], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))
            .optional()
            .map_err(from_sqlite)?;
        let Some((id, state)): Option<(Vec<u8>, String)> = row else { return Ok(None) };
        if let Some(forged) = edit(&state) {
            conn.execute("UPDATE cases SET state = ?1 WHERE id = ?2", (&forged, &id))
                .map_err(from_sqlite)?;
            let id = <[u8; 16]>::try_from(id)
                .map_err(|_| StoreError::corrupt("a case id is not 16 bytes long"))?;
            return Ok(Some(CaseId(uuid::Uuid::from_bytes(id))));
        }
        before = Some(id);
    }
}

fn open(file: &Path, write: bool) -> Result<Connection> {
    if !file.is_file() {
        return Err(StoreError::Setup(format!("there is no database {}", file.display())));
    }
    let mode = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, mode).map_err(from_sqlite)?;
    conn.busy_timeout(Duration::from_secs(10)).map_err(from_sqlite)?;
    conn.pragma_update(None, "query_only", !write).map_err(from_sqlite)?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_what_is_only_in_the_log_and_damage_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.db"), dir.path().join("b.db"));
        let conn = Connection::open(&from).unwrap();
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE cases (id BLOB PRIMARY KEY, status TEXT, state TEXT);
             INSERT INTO cases VALUES (x'00000000000000000000000000000001', 'decided', '{\"a\":1}'),
                                      (x'00000000000000000000000000000002', 'queued', '{\"a\":2}');",
        )
        .unwrap();
        let mut seen = (0, 0);
        copy(&from, &to, |done, total| seen = (done, total)).unwrap();
        assert!(matches!(copy(&from, &to, |_, _| {}), Err(StoreError::Setup(_))));
        assert!(integrity(&to).unwrap().is_empty());
        let id = forge(&to, |state| Some(state.replace('1', "9"))).unwrap().unwrap();
        assert_eq!(id.0.as_u128(), 1);
        let read = |file: &Path| -> String {
            let conn = Connection::open(file).unwrap();
            conn.query_row("SELECT state FROM cases WHERE status = 'decided'", [], |r| r.get(0))
                .unwrap()
        };
        assert_eq!(read(&to), "{\"a\":9}");
        assert_eq!(read(&from), "{\"a\":1}");
        assert_eq!(forge(&to, |_| None).unwrap(), None);
        assert!(integrity(&dir.path().join("none.db")).is_err());
    }

    #[test]
    fn a_held_directory_is_refused_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let held = hold(dir.path()).unwrap();
        assert!(matches!(hold(dir.path()), Err(StoreError::Locked(_))));
        drop(held);
        assert!(hold(dir.path()).is_ok());
    }
}

/// What a PostgreSQL database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresView {
    /// Its version, as in `16.9`.
    pub version: String,
    /// Its time, in microseconds since the epoch.
    pub now_micros: i64,
    /// The newest migration that was applied; `None` before the first start.
    pub schema: Option<i64>,
    /// The newest migration that this program knows.
    pub known: i64,
}

/// Asks a PostgreSQL database; changes nothing.
pub fn look_at_postgres(url: &str) -> Result<PostgresView> {
    let fault = |error: postgres::Error| StoreError::Setup(error.to_string());
    let mut config: postgres::Config = url.parse().map_err(fault)?;
    config.application_name("tandem doctor").connect_timeout(std::time::Duration::from_secs(5));
    let mut client = config.connect(postgres::NoTls).map_err(fault)?;
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), \
             (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT, \
             to_regclass('migrations') IS NOT NULL",
            &[],
        )
        .map_err(fault)?;
    let schema = if row.get::<_, bool>(2) {
        client.query_one("SELECT MAX(version) FROM migrations", &[]).map_err(fault)?.get(0)
    } else {
        None
    };
    let known = crate::migrate::MIGRATIONS.last().map_or(0, |migration| migration.version);
    Ok(PostgresView { version: row.get(0), now_micros: row.get(1), schema, known })
}
