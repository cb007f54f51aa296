//! Moves the write-ahead log into the database file, off the writer.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::conn;
use crate::Result;
use crate::store::Shared;

/// A log longer than this is worth moving.
const WORTHWHILE_BYTES: u64 = 4 << 20;
/// A log longer than this is cut: the last part of that holds up the writer for a moment.
const TOO_LONG_BYTES: u64 = 96 << 20;

/// Looks at the log a few times a second until the store closes.
pub(super) fn run(path: &Path, shared: &Shared) {
    let wal = path.with_extension("db-wal");
    while !shared.writes.is_closed() {
        shared.writes.wait_closed(Instant::now() + Duration::from_millis(200));
        let length = wal.metadata().map_or(0, |meta| meta.len());
        if length < WORTHWHILE_BYTES {
            continue;
        }
        let moved = conn::open_writer(path, shared).and_then(|conn| checkpoint(&conn, length));
        if let Err(error) = moved {
            tracing::warn!(%error, "the write-ahead log could not be moved into the database");
        }
    }
}

fn checkpoint(conn: &Connection, length: u64) -> Result<()> {
    let run = |mode: &str| {
        conn.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get::<_, i64>(0))
            .map_err(conn::from_sqlite)
    };
    run("PASSIVE")?;
    if length > TOO_LONG_BYTES {
        run("TRUNCATE")?;
    }
    Ok(())
}
