//! Reader threads: each query closure sees one snapshot.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::conn;
use super::tx::{SqliteTx, Statements};
use crate::Result;
use crate::pending::Pending;
use crate::store::Shared;
use crate::types::Timestamp;

pub(super) fn run(path: &Path, shared: &Shared) {
    loop {
        match conn::open_reader(path).and_then(|conn| serve(&conn, shared)) {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(%error, "a database reader reopens its connection");
                for job in shared.reads.take(usize::MAX) {
                    job.settle(Err(error.clone()));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn serve(conn: &Connection, shared: &Shared) -> Result<()> {
    let mut statements = Statements::new(conn);
    while let Some(mut job) = shared.reads.pop() {
        if let Err(error) = statements.run("BEGIN") {
            job.settle(Err(error.clone()));
            return Err(error);
        }
        let now = Timestamp(shared.clock().now_micros());
        let mut ignored = Pending::default();
        let mut tx = SqliteTx::new(&mut statements, &mut ignored, now);
        job.run(&mut tx);
        let ended = if conn.is_autocommit() { Ok(()) } else { statements.run("ROLLBACK") };
        job.settle(Ok(()));
        ended?;
    }
    Ok(())
}
