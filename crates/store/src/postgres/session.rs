//! One connection with its prepared statements.

use std::collections::HashMap;
use std::time::Duration;

use postgres::{Client, NoTls, SimpleQueryMessage, Statement};

use super::{Node, from_postgres};
use crate::types::Timestamp;
use crate::{Result, StoreError};

/// A connection. It is made, used and dropped on one thread.
pub(super) struct Session {
    pub(super) client: Client,
    cached: HashMap<String, Statement>,
    /// Which counter rows this connection adds to.
    pub(super) shard: i64,
}

/// Statement texts are constants but for a few list filters; this bounds what those can take.
const MOST_STATEMENTS: usize = 512;

/// The database's clock in microseconds.
const NOW: &str = "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT";

impl Session {
    pub(super) fn connect(node: &Node) -> Result<Self> {
        let mut config = node.config.clone();
        config.application_name("tandem").connect_timeout(Duration::from_secs(5));
        let mut client = config.connect(NoTls).map_err(|error| from_postgres(&error))?;
        client
            .batch_execute("SET synchronous_commit = on; SET client_min_messages = warning")
            .map_err(|error| from_postgres(&error))?;
        let pid: i32 = client
            .query_one("SELECT pg_backend_pid()", &[])
            .map_err(|error| from_postgres(&error))?
            .get(0);
        Ok(Self { client, cached: HashMap::new(), shard: i64::from(pid % 64) })
    }

    /// Connects, trying again with growing pauses for a few seconds.
    pub(super) fn connect_patiently(node: &Node) -> Result<Self> {
        let mut pause = Duration::from_millis(20);
        loop {
            match Self::connect(node) {
                Ok(session) => return Ok(session),
                Err(error) if node.is_closed() || pause > Duration::from_secs(2) => {
                    return Err(error);
                }
                Err(_) => std::thread::sleep(pause),
            }
            pause *= 2;
        }
    }

    pub(super) fn statement(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.cached.get(sql) {
            return Ok(statement.clone());
        }
        if self.cached.len() >= MOST_STATEMENTS {
            self.cached.clear();
        }
        let statement = self.client.prepare(sql)?;
        self.cached.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Opens a transaction and reads the clock, in one round trip.
    pub(super) fn begin(&mut self, node: &Node, mode: &str) -> Result<Timestamp> {
        let messages = self
            .client
            .simple_query(&format!("BEGIN {mode}; {NOW}"))
            .map_err(|error| from_postgres(&error))?;
        if node.shared.clock().is_custom() {
            return Ok(Timestamp(node.shared.clock().now_micros()));
        }
        messages
            .iter()
            .find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
                _ => None,
            })
            .map(Timestamp)
            .ok_or_else(|| StoreError::corrupt("the database told no time"))
    }

    /// Runs a statement without parameters or rows, such as `COMMIT`.
    pub(super) fn run(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(|error| from_postgres(&error))
    }

    pub(super) fn is_broken(&self) -> bool {
        self.client.is_closed()
    }
}
