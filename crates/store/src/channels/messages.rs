//! Messages of channels: what waits to go out, and what came in and was no good.

use crate::types::{CaseId, ChannelId, MessageId, RowExt, Timestamp};
use crate::{Param, Result, Row, Tx, TxExt, params};

/// A message of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Counts up over all channels; newer is greater.
    pub seq: u64,
    /// The channel.
    pub channel: ChannelId,
    /// Its id: the same at every attempt.
    pub id: MessageId,
    /// Outward, what keeps its order: the case. Inward, the subject or routing key.
    pub lane: String,
    /// What kind of message, as in `case.decided`.
    pub kind: String,
    /// Inward: what its sender named it.
    pub source: Option<String>,
    /// What is to be said, or what was said.
    pub body: Vec<u8>,
    /// `waiting`, `done` or `dead`.
    pub state: String,
    /// Not before this time.
    pub available_at: Timestamp,
    /// Attempts so far.
    pub attempts: u64,
    /// Why it failed last.
    pub fault: Fault,
    /// Inward: the case it became.
    pub case: Option<CaseId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered, given up or replayed.
    pub finished_at: Option<Timestamp>,
}

/// Why a message failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub code: Option<String>,
    /// JSON pointer into the message.
    pub path: Option<String>,
    /// In words.
    pub error: Option<String>,
}

const COLUMNS: &str = "seq, channel_id, id, lane, kind, source, body, state, available_at, attempts, \
     code, path, error, case_id, created_at, finished_at";

impl Message {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            seq: row.count(0)?,
            channel: row.id(1)?,
            id: row.id(2)?,
            lane: row.string(3)?,
            kind: row.string(4)?,
            source: row.opt_string(5)?,
            body: row.bytes(6)?,
            state: row.string(7)?,
            available_at: row.time(8)?,
            attempts: row.count(9)?,
            fault: Fault {
                code: row.opt_string(10)?,
                path: row.opt_string(11)?,
                error: row.opt_string(12)?,
            },
            case: row.opt_id(13)?,
            created_at: row.time(14)?,
            finished_at: row.opt_time(15)?,
        })
    }
}

const INSERT: &str = "INSERT INTO channel_messages (channel_id, id, lane, kind, source, body, state, \
     available_at, attempts, code, path, error, created_at, finished_at)";

/// Adds messages, each once per channel; one that is there already stays as it is. Returns how many
/// are new.
pub fn insert(tx: &mut dyn Tx, new: &[Message]) -> Result<u64> {
    if new.is_empty() {
        return Ok(0);
    }
    tx.wake(crate::Topic::Outbox);
    let mut values: Vec<Param<'_>> = Vec::with_capacity(new.len() * 14);
    for row in new {
        values.extend_from_slice(params![
            &row.channel,
            &row.id,
            &row.lane,
            &row.kind,
            row.source.as_ref(),
            &row.body,
            &row.state,
            row.available_at,
            row.attempts,
            row.fault.code.as_ref(),
            row.fault.path.as_ref(),
            row.fault.error.as_ref(),
            row.created_at,
            row.finished_at
        ]);
    }
    tx.insert_many(INSERT, 14, &values, "ON CONFLICT (channel_id, id) DO NOTHING")
}

/// The oldest waiting messages of a channel, in order.
pub fn waiting(tx: &mut dyn Tx, channel: ChannelId, limit: u32) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channel_messages WHERE channel_id = $1 AND state = 'waiting' \
         ORDER BY seq LIMIT $2"
    );
    tx.query_all(&sql, params![&channel, limit], Message::read)
}

/// Rows changed by one statement: few sizes of statements, so that each is prepared once.
const STEP: usize = 64;

/// Marks messages as delivered.
pub fn done(tx: &mut dyn Tx, channel: ChannelId, seqs: &[u64]) -> Result<u64> {
    let now = tx.now();
    let mut changed = 0;
    for some in seqs.chunks(STEP) {
        let size = if some.len() == STEP { STEP } else { some.len().next_power_of_two() };
        let places: Vec<String> = (0..size).map(|at| format!("${}", at + 3)).collect();
        let sql = format!(
            "UPDATE channel_messages SET state = 'done', attempts = attempts + 1, finished_at = $2, \
             code = NULL, path = NULL, error = NULL \
             WHERE channel_id = $1 AND state = 'waiting' AND seq IN ({})",
            places.join(", ")
        );
        let mut values: Vec<Param<'_>> = params![&channel, now].to_vec();
        // Filled up with the last one: naming a row twice changes it once.
        let last = some[some.len() - 1];
        values.extend((0..size).map(|at| Param::from(some.get(at).copied().unwrap_or(last))));
        changed += tx.exec(&sql, &values)?;
    }
    Ok(changed)
}

/// Gives a message up: it stays as a dead letter and those behind it go on.
pub fn dead(tx: &mut dyn Tx, message: &Message, fault: &Fault) -> Result<bool> {
    let now = tx.now();
    let changed = tx.exec(
        "UPDATE channel_messages SET state = 'dead', attempts = attempts + 1, finished_at = $2, \
         code = $3, path = $4, error = $5 WHERE seq = $1 AND state = 'waiting'",
        params![message.seq, now, fault.code.as_ref(), fault.path.as_ref(), fault.error.as_ref()],
    )?;
    Ok(changed == 1)
}

/// Notes a failed attempt: the message is tried again at `at`.
pub fn retry(tx: &mut dyn Tx, message: &Message, at: Timestamp, error: &str) -> Result<bool> {
    let changed = tx.exec(
        "UPDATE channel_messages SET attempts = attempts + 1, available_at = $2, error = $3 \
         WHERE seq = $1 AND state = 'waiting'",
        params![message.seq, at, error],
    )?;
    Ok(changed == 1)
}

/// One message of a channel.
pub fn message(tx: &mut dyn Tx, channel: ChannelId, id: MessageId) -> Result<Option<Message>> {
    let sql = format!("SELECT {COLUMNS} FROM channel_messages WHERE channel_id = $1 AND id = $2");
    tx.query_opt(&sql, params![&channel, &id], Message::read)
}

/// Bytes of a message that a list has: what is shown of it has no more.
const BEGINNING: usize = 8_000;

/// Messages of a channel, newest first, before `before`; with `state` only those in it. Of what they
/// say, the beginning: a page of large ones whole would be too much.
pub fn messages(
    tx: &mut dyn Tx,
    channel: ChannelId,
    state: Option<&str>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Message>> {
    let only = if state.is_some() { " AND state = $4" } else { "" };
    let columns = COLUMNS.replace("body", &format!("substr(body, 1, {BEGINNING})"));
    let sql = format!(
        "SELECT {columns} FROM channel_messages WHERE channel_id = $1 AND seq < $2{only} \
         ORDER BY seq DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX as u64);
    match state {
        Some(state) => tx.query_all(&sql, params![&channel, before, limit, state], Message::read),
        None => tx.query_all(&sql, params![&channel, before, limit], Message::read),
    }
}

/// Outward: a finished message waits again. False when it is not there or waits already.
pub fn replay(tx: &mut dyn Tx, channel: ChannelId, id: MessageId) -> Result<bool> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    let changed = tx.exec(
        "UPDATE channel_messages SET state = 'waiting', attempts = 0, available_at = $3, \
         finished_at = NULL, code = NULL, path = NULL, error = NULL \
         WHERE channel_id = $1 AND id = $2 AND state <> 'waiting'",
        params![&channel, &id, now],
    )?;
    Ok(changed == 1)
}

/// Outward: every message that was given up and made at `since` or later waits again.
pub fn replay_since(tx: &mut dyn Tx, channel: ChannelId, since: Timestamp) -> Result<u64> {
    let now = tx.now();
    tx.wake(crate::Topic::Outbox);
    tx.exec(
        "UPDATE channel_messages SET state = 'waiting', attempts = 0, available_at = $3, \
         finished_at = NULL, code = NULL, path = NULL, error = NULL \
         WHERE channel_id = $1 AND created_at >= $2 AND state = 'dead'",
        params![&channel, since, now],
    )
}

/// Inward: what became of a message that was handed in once more.
pub fn replayed(
    tx: &mut dyn Tx,
    channel: ChannelId,
    id: MessageId,
    became: Result<CaseId, &Fault>,
) -> Result<()> {
    let now = tx.now();
    match became {
        Ok(case) => tx.exec(
            "UPDATE channel_messages SET state = 'done', attempts = attempts + 1, case_id = $3, \
             finished_at = $4, code = NULL, path = NULL, error = NULL \
             WHERE channel_id = $1 AND id = $2",
            params![&channel, &id, &case, now],
        )?,
        Err(fault) => tx.exec(
            "UPDATE channel_messages SET attempts = attempts + 1, finished_at = $3, code = $4, \
             path = $5, error = $6 WHERE channel_id = $1 AND id = $2",
            params![
                &channel,
                &id,
                now,
                fault.code.as_ref(),
                fault.path.as_ref(),
                fault.error.as_ref()
            ],
        )?,
    };
    Ok(())
}

/// How many messages of a channel wait, and since when the oldest does; and how many are dead.
pub fn counts(tx: &mut dyn Tx, channel: ChannelId) -> Result<(u64, Option<Timestamp>, u64)> {
    let (waiting, oldest) = tx.query_one(
        "SELECT COUNT(*), MIN(created_at) FROM channel_messages \
         WHERE channel_id = $1 AND state = 'waiting'",
        params![&channel],
        |row| Ok((row.count(0)?, row.opt_time(1)?)),
    )?;
    let dead = tx.query_one(
        "SELECT COUNT(*) FROM channel_messages WHERE channel_id = $1 AND state = 'dead'",
        params![&channel],
        |row| row.count(0),
    )?;
    Ok((waiting, oldest, dead))
}

/// Forgets finished messages made before `before`, and gives up what waits since then, at most
/// `limit` each; returns the larger number.
pub fn purge(tx: &mut dyn Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let now = tx.now();
    let gone = tx.exec(
        "DELETE FROM channel_messages WHERE seq IN (SELECT seq FROM channel_messages \
         WHERE created_at < $1 AND state <> 'waiting' ORDER BY created_at LIMIT $2)",
        params![before, limit],
    )?;
    let given_up = tx.exec(
        "UPDATE channel_messages SET state = 'dead', finished_at = $3, \
         error = 'it waited for too long' WHERE seq IN (SELECT seq FROM channel_messages \
         WHERE created_at < $1 AND state = 'waiting' ORDER BY created_at LIMIT $2)",
        params![before, limit, now],
    )?;
    Ok(gone.max(given_up))
}
