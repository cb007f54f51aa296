//! Worker threads: commands one transaction each, submissions many to one, reads on a snapshot.

use std::time::Duration;

use super::Node;
use super::session::Session;
use super::tx::PgTx;
use crate::job::Job;
use crate::pending::Pending;
use crate::types::Timestamp;
use crate::{Param, Result, StoreError, Tx};

/// How often a command is run before a conflict is given back to the caller.
const ATTEMPTS: u32 = 8;

/// Serves commands.
pub(super) fn write(node: &Node) {
    let mut session = None;
    while let Some(mut job) = node.shared.writes.pop() {
        let outcome = retrying(node, &mut session, |session| one(node, session, job.as_mut()));
        job.settle(outcome);
    }
}

/// Serves queries.
pub(super) fn read(node: &Node) {
    let mut session = None;
    while let Some(mut job) = node.shared.reads.pop() {
        let outcome = retrying(node, &mut session, |session| {
            let now = session.begin(node, "ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            let mut ignored = Pending::default();
            let mut tx = PgTx::new(session, &mut ignored, now);
            let kept = job.run(&mut tx);
            let failed = tx.failed.take();
            session.run("ROLLBACK")?;
            failed.filter(|error| kept || error.is_transient()).map_or(Ok(()), Err)
        });
        job.settle(outcome);
    }
}

/// Serves submissions, as many per transaction as are waiting.
pub(super) fn group(node: &Node) {
    let mut session = None;
    while let Some(first) = node.shared.grouped.pop() {
        let mut jobs = vec![first];
        jobs.extend(node.shared.grouped.take(node.shared.config.group_rows - 1));
        let outcome = retrying(node, &mut session, |session| together(node, session, &mut jobs));
        match outcome {
            Ok(outcomes) => {
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    job.settle(outcome);
                }
            }
            Err(error) => jobs.into_iter().for_each(|job| job.settle(Err(error.clone()))),
        }
    }
}

/// Runs `attempt` until it ends without a conflict or a lost connection. What failed before its
/// commit was rolled back, so running it again is safe; a connection lost during the commit is told
/// as `Unavailable` by `attempt` itself through [`commit`].
fn retrying<T>(
    node: &Node,
    session: &mut Option<Session>,
    mut attempt: impl FnMut(&mut Session) -> Result<T, StoreError>,
) -> Result<T> {
    let mut tried = 0;
    loop {
        let mut current = match session.take() {
            Some(current) if !current.is_broken() => current,
            _ => Session::connect_patiently(node)?,
        };
        let outcome = attempt(&mut current);
        let broken = current.is_broken();
        if !broken {
            if outcome.is_err() {
                // Ends the transaction if it is still open; a warning otherwise.
                drop(current.run("ROLLBACK"));
            }
            *session = Some(current);
        }
        tried += 1;
        match outcome {
            Err(error) if tried < ATTEMPTS && (broken || error.is_transient()) => {
                if matches!(&error, StoreError::Unavailable(text) if text.starts_with(UNKNOWN)) {
                    return Err(error);
                }
                std::thread::sleep(pause(tried));
            }
            other => return other,
        }
    }
}

/// Marks a commit whose outcome nobody knows.
const UNKNOWN: &str = "the connection broke during the commit";

/// Grows with the attempts and differs between threads, so that rivals part.
fn pause(tried: u32) -> Duration {
    let mut byte = [0_u8];
    // Without randomness the pause is merely less varied.
    let _ = getrandom::fill(&mut byte);
    Duration::from_micros(500 * (1 << tried.min(7)) + u64::from(byte[0]) * 20)
}

/// One command, one transaction. `Err` only when it must be run again or the store failed.
fn one(node: &Node, session: &mut Session, job: &mut dyn Job) -> Result<()> {
    let now = session.begin(node, "")?;
    let mut pending = Pending::default();
    let mut tx = PgTx::new(session, &mut pending, now);
    let keep = job.run(&mut tx);
    match tx.failed.take() {
        Some(error) if keep || error.is_transient() => return Err(error),
        Some(_) => return rollback(session),
        None if !keep => return rollback(session),
        None => {}
    }
    commit(node, session, &mut pending, now)
}

fn rollback(session: &mut Session) -> Result<()> {
    session.run("ROLLBACK")
}

/// Writes what the transaction collected, commits, and wakes.
fn commit(node: &Node, session: &mut Session, pending: &mut Pending, now: Timestamp) -> Result<()> {
    let shard = session.shard;
    let has_events = !pending.events.is_empty();
    let mut none = Pending::default();
    let mut tx = PgTx::new(session, &mut none, now);
    insert_unsealed(&mut tx, pending)?;
    pending.write_counts(&mut tx, shard)?;
    if let Err(error) = session.run("COMMIT") {
        return Err(match error {
            StoreError::Unavailable(text) => StoreError::Unavailable(format!("{UNKNOWN}: {text}")),
            other => other,
        });
    }
    if has_events {
        node.sealing.ring();
    }
    node.wake(pending.wakes.drain());
    Ok(())
}

fn insert_unsealed(tx: &mut dyn Tx, pending: &Pending) -> Result<()> {
    let params: Vec<Param<'_>> = pending
        .events
        .iter()
        .flat_map(|(at, event)| {
            [
                Param::from(&event.space),
                Param::from(event.loop_id.as_ref()),
                Param::from(event.case_id.as_ref()),
                Param::from(&event.kind),
                Param::from(*at),
                Param::from(&event.body),
            ]
        })
        .collect();
    tx.insert_many(
        "INSERT INTO unsealed (space_id, loop_id, case_id, kind, at, body)",
        6,
        &params,
        "",
    )?;
    Ok(())
}

/// Many commands, one transaction. First without savepoints; if any command fails, again with one
/// each, so that only the failing ones are rolled back.
fn together(
    node: &Node,
    session: &mut Session,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<()>>> {
    let now = session.begin(node, "")?;
    let mut pending = Pending::default();
    let mut clean = true;
    for job in jobs.iter_mut() {
        let mut tx = PgTx::new(session, &mut pending, now);
        let keep = job.run(&mut tx);
        if !keep || tx.failed.is_some() {
            clean = false;
            break;
        }
    }
    if clean {
        commit(node, session, &mut pending, now)?;
        return Ok(jobs.iter().map(|_| Ok(())).collect());
    }
    rollback(session)?;
    one_by_one(node, session, jobs)
}

fn one_by_one(
    node: &Node,
    session: &mut Session,
    jobs: &mut [Box<dyn Job>],
) -> Result<Vec<Result<()>>> {
    let now = session.begin(node, "")?;
    let mut pending = Pending::default();
    let mut outcomes = Vec::with_capacity(jobs.len());
    for job in jobs.iter_mut() {
        session.run("SAVEPOINT command")?;
        let mut own = Pending::default();
        let mut tx = PgTx::new(session, &mut own, now);
        let keep = job.run(&mut tx);
        let failed = tx.failed.take();
        match failed {
            Some(error) if error.is_transient() => return Err(error),
            Some(error) => {
                session.run("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command")?;
                outcomes.push(if keep { Err(error) } else { Ok(()) });
            }
            None if keep => {
                session.run("RELEASE SAVEPOINT command")?;
                pending.absorb(&mut own);
                outcomes.push(Ok(()));
            }
            None => {
                session.run("ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command")?;
                outcomes.push(Ok(()));
            }
        }
    }
    commit(node, session, &mut pending, now)?;
    Ok(outcomes)
}
