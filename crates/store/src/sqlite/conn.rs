//! Opening SQLite: settings, migrations, and its errors in our words.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::Shared;
use crate::{Result, StoreError, migrate, sql};

/// Opens a connection that may write.
pub(super) fn open_writer(path: &Path, shared: &Shared) -> Result<Connection> {
    let conn = open(path)?;
    conn.pragma_update(None, "cache_size", -32_768).map_err(from_sqlite)?;
    if let Some(bytes) = shared.config.max_bytes {
        bound(&conn, bytes)?;
    }
    Ok(conn)
}

/// Lets the database's file have at most so many bytes.
pub(super) fn bound(conn: &Connection, bytes: u64) -> Result<()> {
    let page: i64 =
        conn.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(from_sqlite)?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
    conn.pragma_update(None, "max_page_count", pages).map_err(from_sqlite)
}

/// Opens a connection that refuses to write.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let conn = open(path)?;
    conn.pragma_update(None, "cache_size", -8_192).map_err(from_sqlite)?;
    conn.pragma_update(None, "query_only", true).map_err(from_sqlite)?;
    Ok(conn)
}

pub(super) fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(from_sqlite)?;
    conn.busy_handler(Some(wait_briefly)).map_err(from_sqlite)?;
    // Every commit is flushed to the disk before it is acknowledged. Checkpoints have a thread of
    // their own, so a commit never pays for one.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; \
         PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 1073741824; PRAGMA wal_autocheckpoint = 0; \
         PRAGMA journal_size_limit = 268435456; PRAGMA secure_delete = FAST;",
    )
    .map_err(from_sqlite)?;
    Ok(conn)
}

/// Whoever finds the database busy (a checkpoint's last pass) looks again every millisecond: SQLite's
/// own waits grow to a tenth of a second, which every waiting command would feel.
fn wait_briefly(tried: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    tried < 10_000
}

/// Creates or migrates the database and raises the clock to the newest time in it.
pub(super) fn prepare(path: &Path, shared: &Shared) -> Result<()> {
    let mut conn = open_writer(path, shared)?;
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(from_sqlite)?;
    tx.execute_batch(migrate::LOG_TABLE).map_err(from_sqlite)?;
    let applied = {
        let mut rows = tx
            .prepare("SELECT version, checksum FROM migrations ORDER BY version")
            .map_err(from_sqlite)?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(from_sqlite)?;
        rows.collect::<Result<Vec<(i64, String)>, _>>().map_err(from_sqlite)?
    };
    for migration in migrate::pending(&applied)? {
        tx.execute_batch(&sql::schema_for_sqlite(migration.sql)).map_err(from_sqlite)?;
        tx.execute(
            "INSERT INTO migrations (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            rusqlite::params![
                migration.version,
                migration.name,
                migration.checksum(),
                shared.clock().now_micros()
            ],
        )
        .map_err(from_sqlite)?;
    }
    let newest: Option<i64> = tx
        .query_row("SELECT MAX(at) FROM ledger_head", [], |row| row.get(0))
        .map_err(from_sqlite)?;
    tx.commit().map_err(from_sqlite)?;
    shared.clock().raise(newest.unwrap_or(0));
    Ok(())
}

/// SQLite's errors in the store's words.
pub(crate) fn from_sqlite(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match &error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::DiskFull(text),
            ErrorCode::ConstraintViolation => StoreError::Conflict(text),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(text),
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly => StoreError::Unavailable(text),
            _ => StoreError::Statement(text),
        },
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..) => StoreError::Corrupt(text),
        _ => StoreError::Statement(text),
    }
}
