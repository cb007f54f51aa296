//! The writer thread: commands grouped into one durable commit, each in its own savepoint.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::conn;
use super::reserve::Reserve;
use super::tx::{SqliteTx, Statements};
use crate::job::Job;
use crate::pending::Pending;
use crate::seal::Head;
use crate::store::Shared;
use crate::types::Timestamp;
use crate::{Result, StoreError, Topic};

/// The wait after a first failure to open the database; each further one doubles it, up to a second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// Runs until the queue is closed and empty. After a failed commit the connection is reopened.
pub(super) fn run(path: &Path, shared: &Shared) {
    let reserve = Reserve::new(path, shared.config.reserve, shared.config.max_bytes);
    let mut pause = FIRST_PAUSE;
    loop {
        let mut opened = false;
        let served = conn::open_writer(path, shared)
            .and_then(|conn| serve(&conn, shared, &reserve, &mut opened));
        match served {
            Ok(()) => return,
            // The group that failed has its answer. Whoever waits gets a turn of their own: what
            // they ask for may be what makes room.
            Err(error) if opened => {
                tracing::error!(%error, "the database writer reopens its connection");
                pause = FIRST_PAUSE;
            }
            Err(error) => {
                tracing::error!(%error, "the database cannot be opened for writing");
                refuse_waiting(shared, &error);
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        }
        if shared.writes.is_closed() && shared.writes.len() == 0 {
            return;
        }
    }
}

/// While the database cannot be opened, callers get the reason rather than a wait without end.
fn refuse_waiting(shared: &Shared, error: &StoreError) {
    for job in shared.writes.take(usize::MAX) {
        job.settle(Err(error.clone()));
    }
}

/// Serves commands; `opened` tells that the database could be read and locked for writing.
fn serve(conn: &Connection, shared: &Shared, reserve: &Reserve, opened: &mut bool) -> Result<()> {
    let mut statements = Statements::new(conn);
    let mut head = load_head(&mut statements)?;
    *opened = true;
    reserve.fill(conn);
    while let Some(first) = shared.writes.pop() {
        let mut group = Group {
            conn,
            statements: &mut statements,
            shared,
            pending: Pending::default(),
            done: Vec::new(),
        };
        if !first.urgent() {
            group.commit(first, &mut head)?;
            continue;
        }
        reserve.empty(conn);
        let committed = group.commit(first, &mut head);
        reserve.fill(conn);
        committed?;
    }
    Ok(())
}

fn load_head(statements: &mut Statements<'_>) -> Result<Head> {
    statements.run("BEGIN IMMEDIATE")?;
    let mut pending = Pending::default();
    let head = Head::load(&mut SqliteTx::new(statements, &mut pending, Timestamp(0)))?;
    statements.run("COMMIT")?;
    Ok(head)
}

/// One transaction under way.
struct Group<'g, 'c> {
    conn: &'c Connection,
    statements: &'g mut Statements<'c>,
    shared: &'g Shared,
    pending: Pending,
    /// Commands that ran, each with what to tell its caller once the commit is through.
    done: Vec<(Box<dyn Job>, Result<()>)>,
}

impl Group<'_, '_> {
    /// Runs `first` and whatever else is waiting, seals, commits and answers. An error means that
    /// nothing of the group was written and the connection must be reopened.
    fn commit(&mut self, first: Box<dyn Job>, head: &mut Head) -> Result<()> {
        match self.fill_and_commit(first, head) {
            Ok(()) => {
                for topic in self.pending.wakes.drain() {
                    self.shared.wake(topic);
                }
                for (job, outcome) in self.done.drain(..) {
                    job.settle(outcome);
                }
                Ok(())
            }
            Err(error) => {
                if !self.conn.is_autocommit() {
                    // The connection is dropped next; a failed rollback changes nothing.
                    drop(self.statements.run("ROLLBACK"));
                }
                for (job, _) in self.done.drain(..) {
                    job.settle(Err(error.clone()));
                }
                Err(error)
            }
        }
    }

    fn fill_and_commit(&mut self, first: Box<dyn Job>, head: &mut Head) -> Result<()> {
        if let Err(error) = self.statements.run("BEGIN IMMEDIATE") {
            self.done.push((first, Ok(())));
            return Err(error);
        }
        let open = if first.urgent() { Duration::ZERO } else { self.shared.config.group_time };
        let deadline = Instant::now() + open;
        let mut waiting = VecDeque::from([first]);
        let mut own = Pending::default();
        while let Some(job) = waiting.pop_front() {
            if let Err(error) = self.run(job, &mut own) {
                self.done.extend(waiting.drain(..).map(|job| (job, Ok(()))));
                return Err(error);
            }
            if waiting.is_empty() && Instant::now() < deadline {
                let room = self.shared.config.group_rows.saturating_sub(self.done.len());
                // Small bites, so that the deadline is looked at between slow commands.
                waiting = self.shared.writes.take(room.min(64));
            }
        }
        self.finish(head)
    }

    /// Runs one command in a savepoint. An error means that the whole transaction is gone.
    fn run(&mut self, mut job: Box<dyn Job>, own: &mut Pending) -> Result<()> {
        if let Err(error) = self.statements.run("SAVEPOINT command") {
            self.done.push((job, Ok(())));
            return Err(error);
        }
        let now = Timestamp(self.shared.clock().now_micros());
        let mut tx = SqliteTx::new(self.statements, own, now);
        let keep = job.run(&mut tx);
        let failed = tx.failed.take();
        if self.conn.is_autocommit() {
            // SQLite rolled everything back by itself (disk full, IO error).
            let error = failed.unwrap_or_else(|| {
                StoreError::Unavailable("the transaction was rolled back".to_owned())
            });
            self.done.push((job, Ok(())));
            return Err(error);
        }
        let outcome = match failed {
            Some(error) if keep => Err(error),
            _ => Ok(()),
        };
        let ended = if keep && outcome.is_ok() {
            self.pending.absorb(own);
            self.statements.run("RELEASE command")
        } else {
            own.clear();
            self.statements
                .run("ROLLBACK TO command")
                .and_then(|()| self.statements.run("RELEASE command"))
        };
        self.done.push((job, outcome));
        ended
    }

    /// Writes counters and seals the group's events, then commits.
    fn finish(&mut self, head: &mut Head) -> Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        let events = std::mem::take(&mut pending.events);
        let mut none = Pending::default();
        let mut tx = SqliteTx::new(self.statements, &mut none, Timestamp(0));
        pending.write_counts(&mut tx, 0)?;
        if !events.is_empty() {
            head.seal(&mut tx, &events)?;
            pending.wakes.insert(Topic::Ledger);
        }
        self.pending = pending;
        self.statements.run("COMMIT")
    }
}
