//! Moves the write-ahead log into the database file, off the writer.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::conn;
use crate::Result;
use crate::store::Shared;

/// So many pages waiting in the log (96 MiB) are moved, and the log is written from its beginning
/// again. Fewer are left: pages that change often are then written to the database once, not often.
const TOO_MANY: i64 = 24_576;
/// A log that has not grown for this long is moved and cut, so that an idle database is one file.
const IDLE: Duration = Duration::from_secs(2);
/// Passes beside the writer, and how little they aim to leave over (in pages).
const PASSES: u32 = 12;
const LITTLE: i64 = 256;
/// The last pass holds up the writer, and would do so for as long as a reader keeps an old snapshot.
const LONGEST_HOLD: Duration = Duration::from_millis(30);

/// Looks at the log a few times a second until the store closes.
pub(super) fn run(path: &Path, shared: &Shared) {
    let mut conn = None;
    let mut seen = Seen { waiting: 0, since: Instant::now() };
    while !shared.writes.is_closed() {
        shared.writes.wait_closed(Instant::now() + Duration::from_millis(100));
        let opened = conn.take().map_or_else(|| open(path, shared), Ok);
        match opened.and_then(|conn| look(&conn, &mut seen).map(|()| conn)) {
            Ok(open) => conn = Some(open),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be moved into the database");
            }
        }
    }
}

/// What the last look saw, and since when it is so.
struct Seen {
    waiting: i64,
    since: Instant,
}

fn open(path: &Path, shared: &Shared) -> Result<Connection> {
    let conn = conn::open_writer(path, shared)?;
    conn.busy_timeout(LONGEST_HOLD).map_err(conn::from_sqlite)?;
    Ok(conn)
}

fn look(conn: &Connection, seen: &mut Seen) -> Result<()> {
    let waiting = pass(conn, "NOOP")?;
    if waiting != seen.waiting {
        *seen = Seen { waiting, since: Instant::now() };
    }
    if waiting >= TOO_MANY {
        // In ever shorter passes beside the writer until little is left, and only that little with
        // the writer waiting. The file keeps its length: writing over it is flushed faster than
        // growing it.
        for _ in 0..PASSES {
            if pass(conn, "PASSIVE")? <= LITTLE {
                break;
            }
        }
        pass(conn, "RESTART")?;
    } else if waiting > 0 && seen.since.elapsed() > IDLE {
        seen.since = Instant::now();
        pass(conn, "TRUNCATE")?;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_at_the_log_does_not_move_it_and_an_idle_log_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tandem.db");
        let conn = conn::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1);").unwrap();
        let waiting = pass(&conn, "NOOP").unwrap();
        assert!(waiting > 0);
        assert_eq!(pass(&conn, "NOOP").unwrap(), waiting);
        let long_ago = Instant::now().checked_sub(IDLE * 2).unwrap();
        look(&conn, &mut Seen { waiting, since: long_ago }).unwrap();
        assert_eq!(pass(&conn, "NOOP").unwrap(), 0);
        assert_eq!(path.with_extension("db-wal").metadata().unwrap().len(), 0);
    }
}
