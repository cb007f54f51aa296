//! Moves the write-ahead log into the database file, off the writer.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::conn;
use crate::Result;
use crate::store::Shared;

/// A log longer than this is moved and started anew. Shorter ones are left: pages that change often
/// are then written to the database once instead of many times.
const TOO_LONG_BYTES: u64 = 48 << 20;
/// A log that has not grown for this long is moved too, so that an idle database is one small file.
const IDLE: Duration = Duration::from_secs(2);
/// Passes beside the writer, and how little they aim to leave over (in pages).
const PASSES: u32 = 8;
const LITTLE: i64 = 512;
/// The last pass holds up the writer, and would do so for as long as a reader keeps an old snapshot.
const LONGEST_HOLD: Duration = Duration::from_millis(30);

/// Looks at the log a few times a second until the store closes.
pub(super) fn run(path: &Path, shared: &Shared) {
    let wal = path.with_extension("db-wal");
    let mut conn = None;
    let (mut last, mut since) = (0, Instant::now());
    while !shared.writes.is_closed() {
        shared.writes.wait_closed(Instant::now() + Duration::from_millis(100));
        let length = wal.metadata().map_or(0, |meta| meta.len());
        if length != last {
            (last, since) = (length, Instant::now());
        }
        if length == 0 || (length < TOO_LONG_BYTES && since.elapsed() < IDLE) {
            continue;
        }
        since = Instant::now();
        let opened = conn.take().map_or_else(|| open(path, shared), Ok);
        match opened.and_then(|conn| checkpoint(&conn).map(|()| conn)) {
            Ok(open) => conn = Some(open),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be moved into the database");
            }
        }
    }
}

fn open(path: &Path, shared: &Shared) -> Result<Connection> {
    let conn = conn::open_writer(path, shared)?;
    conn.busy_timeout(LONGEST_HOLD).map_err(conn::from_sqlite)?;
    Ok(conn)
}

/// Moves the log in ever shorter passes beside the writer until little is left, and only that little
/// with the writer waiting.
fn checkpoint(conn: &Connection) -> Result<()> {
    for _ in 0..PASSES {
        if pass(conn, "PASSIVE")? <= LITTLE {
            break;
        }
    }
    pass(conn, "TRUNCATE")?;
    Ok(())
}

/// One pass; returns how many pages of the log are left to move.
fn pass(conn: &Connection, mode: &str) -> Result<i64> {
    let done = conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let (logged, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(logged - moved)
    });
    match done {
        // A reader or another pass is in the way: the next look will do it.
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if failure.code == rusqlite::ErrorCode::DatabaseBusy =>
        {
            Ok(0)
        }
        other => other.map_err(conn::from_sqlite),
    }
}
