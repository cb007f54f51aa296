//! The transaction a command runs in: a few verbs over SQL that is written once for both databases.

use crate::types::{LoopId, Timestamp};
use crate::{NewEvent, Param, Result, Row, StoreError, Topic};

/// An open transaction. Commands receive `&mut dyn Tx` and reach tables only through the aggregate
/// modules of this crate.
///
/// A statement that fails poisons the transaction on both databases: whatever the closure returns,
/// its writes are rolled back. Expected conflicts are therefore written as `ON CONFLICT …` or read
/// first, never caught.
pub trait Tx {
    /// Runs one statement and returns the number of rows it changed. Parameters are `$1`, `$2`, ….
    fn exec(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64>;

    /// Runs a query and hands each row to `each`, in order. An error from `each` ends the query.
    fn query(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()>;

    /// Inserts many rows: `head` is `INSERT INTO t (a, b)`, `tail` is empty or an `ON CONFLICT`
    /// clause, `params` holds the rows one after the other, `columns` values each. Returns the
    /// number of rows inserted. SQLite repeats one prepared row, PostgreSQL sends multi-row chunks.
    fn insert_many(
        &mut self,
        head: &str,
        columns: usize,
        params: &[Param<'_>],
        tail: &str,
    ) -> Result<u64>;

    /// Which database this is, for the few clauses that differ.
    fn dialect(&self) -> Dialect;

    /// The transaction's time: the database's clock on PostgreSQL, a never-decreasing local clock on
    /// SQLite. Constant within one closure.
    fn now(&self) -> Timestamp;

    /// Records an event with this transaction. It becomes visible in the ledger with its dense index
    /// when sealed: in the same group commit on SQLite, by the sealer on PostgreSQL.
    fn append_event(&mut self, event: NewEvent);

    /// Adds `delta` to a running total of a loop. Totals are written at the end of the transaction,
    /// summed over the group, so a busy loop does not become a hot row.
    fn count(&mut self, loop_id: LoopId, name: &str, delta: f64);

    /// Asks for subscribers of `topic` to be woken once this transaction has committed.
    fn wake(&mut self, topic: Topic);

    /// Makes sure that nothing of this transaction is kept and gives the error back. With a
    /// transient error (a lost race seen without a failing statement) PostgreSQL runs the command
    /// again.
    fn poison(&mut self, error: StoreError) -> StoreError;
}

/// Helpers over [`Tx`] that need generics.
pub trait TxExt: Tx {
    /// The first row, or `None`.
    fn query_opt<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut map: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut found = None;
        self.query(sql, params, &mut |row| {
            if found.is_none() {
                found = Some(map(row)?);
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The only row; none is [`StoreError::Corrupt`] (use it for aggregates and singletons).
    fn query_one<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        map: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<T> {
        self.query_opt(sql, params, map)?
            .ok_or_else(|| StoreError::corrupt(format!("no row for: {sql}")))
    }

    /// All rows. Callers bound them with `LIMIT`.
    fn query_all<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut map: impl FnMut(&dyn Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.query(sql, params, &mut |row| {
            rows.push(map(row)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Runs a statement that must change exactly one row; otherwise [`StoreError::Conflict`].
    fn exec_one(&mut self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        match self.exec(sql, params)? {
            1 => Ok(()),
            n => Err(StoreError::Conflict(format!("{n} rows changed instead of 1 by: {sql}"))),
        }
    }
}

impl<T: Tx + ?Sized> TxExt for T {}

/// The clauses in which the two databases differ. On SQLite they are empty: its single writer
/// already holds every lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded SQLite.
    Sqlite,
    /// PostgreSQL 14 or later.
    Postgres,
}

impl Dialect {
    /// Picks the text for this database.
    pub const fn pick<'a>(self, sqlite: &'a str, postgres: &'a str) -> &'a str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}
