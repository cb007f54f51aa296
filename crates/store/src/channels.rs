//! Channels: ways in and out beside HTTP, how they are, and the tickets of help desks.

mod messages;
mod tickets;

pub use messages::{
    Fault, Message, counts, dead, done, insert, message, messages, purge, replay, replay_since,
    replayed, retry, waiting,
};
pub use tickets::{Ticket, by_ticket, open_ticket, set_ticket, sync_ticket, ticket};

use crate::types::{ChannelId, PersonId, RowExt, Timestamp, to_json};
use crate::{Result, Row, Tx, TxExt, params};

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// The space.
    pub space: String,
    /// What it speaks, as in `nats`.
    pub kind: String,
    /// What people call it; unique in the space.
    pub name: String,
    /// `in` or `out`.
    pub direction: String,
    /// Inward: the loop that its cases go to.
    pub loop_name: Option<String>,
    /// Outward: the kinds of messages it wants; empty for all.
    pub kinds: Vec<String>,
    /// Outward: the loops it wants; empty for all.
    pub loops: Vec<String>,
    /// Outward: `thin` or `full`.
    pub payload: String,
    /// What the kind needs, as JSON; secrets by name.
    pub config: String,
    /// Who made it or changed it last: it does what they may do.
    pub made_by: String,
    /// The natural person behind them.
    pub made_by_person: Option<PersonId>,
    /// `active` or `paused`.
    pub state: String,
    /// Counts up with each change.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When a person last changed it.
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "id, space_id, kind, name, direction, loop_name, kinds, loops, payload, config, \
     made_by, made_by_person, state, revision, created_at, updated_at";

impl Channel {
    fn read(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            id: row.id(0)?,
            space: row.string(1)?,
            kind: row.string(2)?,
            name: row.string(3)?,
            direction: row.string(4)?,
            loop_name: row.opt_string(5)?,
            kinds: row.json(6)?,
            loops: row.json(7)?,
            payload: row.string(8)?,
            config: row.string(9)?,
            made_by: row.string(10)?,
            made_by_person: row.opt_id(11)?,
            state: row.string(12)?,
            revision: row.count(13)?,
            created_at: row.time(14)?,
            updated_at: row.time(15)?,
        })
    }
}

/// Adds a channel.
pub fn add(tx: &mut dyn Tx, channel: &Channel) -> Result<()> {
    tx.wake(crate::Topic::Webhooks);
    let sql = format!(
        "INSERT INTO channels ({COLUMNS}, lease_until, token) VALUES ($1, $2, $3, $4, $5, $6, $7, \
         $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0)"
    );
    write(tx, &sql, channel)?;
    tx.exec_one(
        "INSERT INTO channel_health (channel_id, failures, done, dead) VALUES ($1, 0, 0, 0)",
        params![&channel.id],
    )
}

/// Writes a channel that was read with [`lock`].
pub fn update(tx: &mut dyn Tx, channel: &Channel) -> Result<()> {
    tx.wake(crate::Topic::Webhooks);
    write(
        tx,
        "UPDATE channels SET space_id = $2, kind = $3, name = $4, direction = $5, loop_name = $6, \
         kinds = $7, loops = $8, payload = $9, config = $10, made_by = $11, made_by_person = $12, \
         state = $13, revision = $14, created_at = $15, updated_at = $16 WHERE id = $1",
        channel,
    )
}

fn write(tx: &mut dyn Tx, sql: &str, channel: &Channel) -> Result<()> {
    tx.exec_one(
        sql,
        params![
            &channel.id,
            &channel.space,
            &channel.kind,
            &channel.name,
            &channel.direction,
            channel.loop_name.as_ref(),
            &to_json(&channel.kinds)?,
            &to_json(&channel.loops)?,
            &channel.payload,
            &channel.config,
            &channel.made_by,
            channel.made_by_person.as_ref(),
            &channel.state,
            channel.revision,
            channel.created_at,
            channel.updated_at
        ],
    )
}

/// One channel.
pub fn get(tx: &mut dyn Tx, id: ChannelId) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = $1");
    tx.query_opt(&sql, params![&id], Channel::read)
}

/// One channel, locked.
pub fn lock(tx: &mut dyn Tx, id: ChannelId) -> Result<Option<Channel>> {
    let hold = tx.dialect().pick("", " FOR UPDATE");
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = $1{hold}");
    tx.query_opt(&sql, params![&id], Channel::read)
}

/// The channel of this name.
pub fn by_name(tx: &mut dyn Tx, space: &str, name: &str) -> Result<Option<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE space_id = $1 AND name = $2");
    tx.query_opt(&sql, params![space, name], Channel::read)
}

/// The channels of a space by name, after `after`.
pub fn list(tx: &mut dyn Tx, space: &str, after: &str, limit: u32) -> Result<Vec<Channel>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM channels WHERE space_id = $1 AND name > $2 ORDER BY name LIMIT $3"
    );
    tx.query_all(&sql, params![space, after, limit], Channel::read)
}

/// Channels of every space, for whoever serves them.
pub fn all(tx: &mut dyn Tx, limit: u32) -> Result<Vec<Channel>> {
    let sql = format!("SELECT {COLUMNS} FROM channels ORDER BY id LIMIT $1");
    tx.query_all(&sql, params![limit], Channel::read)
}

/// Removes a channel with its messages and tickets. False when it is not there.
pub fn remove(tx: &mut dyn Tx, id: ChannelId) -> Result<bool> {
    tx.wake(crate::Topic::Webhooks);
    for table in ["channel_messages", "channel_tickets", "channel_health"] {
        tx.exec(&format!("DELETE FROM {table} WHERE channel_id = $1"), params![&id])?;
    }
    Ok(tx.exec("DELETE FROM channels WHERE id = $1", params![&id])? == 1)
}

/// Takes or keeps the right to send for a channel until `until`: whoever names the token it holds
/// keeps it, anybody else gets it once the lease is over. Returns the token, or `None`.
pub fn lease(
    tx: &mut dyn Tx,
    id: ChannelId,
    held: Option<u64>,
    until: Timestamp,
) -> Result<Option<u64>> {
    let now = tx.now();
    if let Some(token) = held {
        let kept = tx.exec(
            "UPDATE channels SET lease_until = $3 WHERE id = $1 AND token = $2 AND state = 'active'",
            params![&id, token, until],
        )?;
        if kept == 1 {
            return Ok(Some(token));
        }
    }
    tx.query_opt(
        "UPDATE channels SET lease_until = $3, token = token + 1 \
         WHERE id = $1 AND lease_until <= $2 AND state = 'active' RETURNING token",
        params![&id, now, until],
        |row| row.count(0),
    )
}

/// Gives the right to send back.
pub fn unlease(tx: &mut dyn Tx, id: ChannelId, token: u64) -> Result<()> {
    tx.exec(
        "UPDATE channels SET lease_until = 0 WHERE id = $1 AND token = $2",
        params![&id, token],
    )?;
    Ok(())
}

/// How a channel is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when it is connected; none while it is not.
    pub connected_at: Option<Timestamp>,
    /// When a message last went through.
    pub last_at: Option<Timestamp>,
    /// What failed last; gone once something succeeded.
    pub error: Option<String>,
    /// When.
    pub error_at: Option<Timestamp>,
    /// Failures since the last success.
    pub failures: u64,
    /// When it is tried next.
    pub retry_at: Option<Timestamp>,
    /// Messages that went through.
    pub done: u64,
    /// Messages that were given up or refused.
    pub dead: u64,
    /// Inward: messages that waited at the broker when it was last asked.
    pub lag: Option<u64>,
    /// When that was.
    pub lag_at: Option<Timestamp>,
}

/// How a channel is.
pub fn health(tx: &mut dyn Tx, id: ChannelId) -> Result<Health> {
    let count = |row: &dyn Row, at| Ok::<_, crate::StoreError>(row.opt_int(at)?.map(|n| n.max(0)));
    let found = tx.query_opt(
        "SELECT connected_at, last_at, error, error_at, failures, retry_at, done, dead, lag, lag_at \
         FROM channel_health WHERE channel_id = $1",
        params![&id],
        |row| {
            Ok(Health {
                connected_at: row.opt_time(0)?,
                last_at: row.opt_time(1)?,
                error: row.opt_string(2)?,
                error_at: row.opt_time(3)?,
                failures: row.count(4)?,
                retry_at: row.opt_time(5)?,
                done: row.count(6)?,
                dead: row.count(7)?,
                lag: count(row, 8)?.map(|n| n as u64),
                lag_at: row.opt_time(9)?,
            })
        },
    )?;
    Ok(found.unwrap_or_default())
}

/// Notes that a channel is connected.
pub fn connected(tx: &mut dyn Tx, id: ChannelId) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "UPDATE channel_health SET connected_at = $2, error = NULL, error_at = NULL, failures = 0, \
         retry_at = NULL WHERE channel_id = $1",
        params![&id, now],
    )?;
    Ok(())
}

/// Notes that a channel ended well: it was paused, or its server stops.
pub fn disconnected(tx: &mut dyn Tx, id: ChannelId) -> Result<()> {
    tx.exec(
        "UPDATE channel_health SET connected_at = NULL, retry_at = NULL WHERE channel_id = $1",
        params![&id],
    )?;
    Ok(())
}

/// Notes a failure; with `down` the connection is lost.
pub fn failed(
    tx: &mut dyn Tx,
    id: ChannelId,
    error: &str,
    retry_at: Option<Timestamp>,
    down: bool,
) -> Result<()> {
    let now = tx.now();
    let gone = if down { "connected_at = NULL, " } else { "" };
    let sql = format!(
        "UPDATE channel_health SET {gone}error = $2, error_at = $3, failures = failures + 1, \
         retry_at = $4 WHERE channel_id = $1"
    );
    tx.exec(&sql, params![&id, error, now, retry_at])?;
    Ok(())
}

/// Notes that messages went through or were given up. What went through ends a row of failures.
pub fn passed(tx: &mut dyn Tx, id: ChannelId, done: u64, dead: u64) -> Result<()> {
    let now = tx.now();
    let well = if done > 0 {
        ", last_at = $4, error = NULL, error_at = NULL, failures = 0, retry_at = NULL"
    } else {
        ""
    };
    let sql = format!(
        "UPDATE channel_health SET done = done + $2, dead = dead + $3{well} WHERE channel_id = $1"
    );
    if done > 0 {
        tx.exec(&sql, params![&id, done, dead, now])?;
    } else {
        tx.exec(&sql, params![&id, done, dead])?;
    }
    Ok(())
}

/// Notes how many messages wait at the broker.
pub fn lagging(tx: &mut dyn Tx, id: ChannelId, lag: u64) -> Result<()> {
    let now = tx.now();
    tx.exec(
        "UPDATE channel_health SET lag = $2, lag_at = $3 WHERE channel_id = $1",
        params![&id, lag, now],
    )?;
    Ok(())
}
