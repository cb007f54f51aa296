//! `Tx` over a SQLite connection with its own cache of prepared statements.

use std::collections::HashMap;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use super::conn::from_sqlite;
use crate::pending::Pending;
use crate::types::{LoopId, Timestamp};
use crate::{Dialect, NewEvent, Param, Result, Row, StoreError, Topic, Tx, sql};

/// Prepared statements by their text as the callers write it (with `$n`).
pub(super) struct Statements<'c> {
    conn: &'c Connection,
    cached: HashMap<String, Statement<'c>>,
}

/// Statement texts are constants but for a few list filters; this bounds what those can take.
const MOST_STATEMENTS: usize = 512;

impl<'c> Statements<'c> {
    pub(super) fn new(conn: &'c Connection) -> Self {
        Self { conn, cached: HashMap::new() }
    }

    fn get(&mut self, text: &str) -> rusqlite::Result<&mut Statement<'c>> {
        if !self.cached.contains_key(text) {
            if self.cached.len() >= MOST_STATEMENTS {
                self.cached.clear();
            }
            let statement = self.conn.prepare(&sql::for_sqlite(text))?;
            self.cached.insert(text.to_owned(), statement);
        }
        self.cached.get_mut(text).ok_or(rusqlite::Error::InvalidQuery)
    }

    /// Runs a statement without parameters, such as `COMMIT`.
    pub(super) fn run(&mut self, text: &str) -> Result<()> {
        self.get(text).and_then(Statement::raw_execute).map_err(from_sqlite)?;
        Ok(())
    }
}

/// The transaction one closure sees.
pub(super) struct SqliteTx<'a, 'c> {
    statements: &'a mut Statements<'c>,
    pending: &'a mut Pending,
    now: Timestamp,
    /// The first statement that failed: the closure's writes cannot be kept.
    pub(super) failed: Option<StoreError>,
}

impl<'a, 'c> SqliteTx<'a, 'c> {
    pub(super) fn new(
        statements: &'a mut Statements<'c>,
        pending: &'a mut Pending,
        now: Timestamp,
    ) -> Self {
        Self { statements, pending, now, failed: None }
    }

    fn fail<T>(&mut self, error: rusqlite::Error) -> Result<T> {
        let error = from_sqlite(error);
        Err(self.poison(error))
    }
}

fn bind(statement: &mut Statement<'_>, params: &[Param<'_>]) -> rusqlite::Result<()> {
    for (index, param) in params.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, Bound(*param))?;
    }
    Ok(())
}

struct Bound<'a>(Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Param::Null => ValueRef::Null,
            Param::Int(value) => ValueRef::Integer(value),
            Param::Real(value) => ValueRef::Real(value),
            Param::Text(value) => ValueRef::Text(value.as_bytes()),
            Param::Blob(value) => ValueRef::Blob(value),
        }))
    }
}

impl Tx for SqliteTx<'_, '_> {
    fn exec(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        let done = self.statements.get(sql).and_then(|statement| {
            bind(statement, params)?;
            statement.raw_execute()
        });
        match done {
            Ok(changed) => Ok(changed as u64),
            Err(error) => self.fail(error),
        }
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let mut outcome = Ok(());
        let done = self.statements.get(sql).and_then(|statement| {
            bind(statement, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                outcome = each(&SqliteRow(row));
                if outcome.is_err() {
                    break;
                }
            }
            Ok(())
        });
        match done {
            Ok(()) => outcome,
            Err(error) => self.fail(error),
        }
    }

    fn insert_many(
        &mut self,
        head: &str,
        columns: usize,
        params: &[Param<'_>],
        tail: &str,
    ) -> Result<u64> {
        if params.is_empty() {
            return Ok(0);
        }
        let text = sql::values(head, columns, 1, tail);
        let done = self.statements.get(&text).and_then(|statement| {
            let mut changed = 0;
            for row in params.chunks(columns) {
                bind(statement, row)?;
                changed += statement.raw_execute()?;
            }
            Ok(changed)
        });
        match done {
            Ok(changed) => Ok(changed as u64),
            Err(error) => self.fail(error),
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn append_event(&mut self, event: NewEvent) {
        self.pending.events.push((self.now, event));
    }

    fn count(&mut self, loop_id: LoopId, name: &str, delta: f64) {
        self.pending.count(loop_id, name, delta);
    }

    fn wake(&mut self, topic: Topic) {
        self.pending.wakes.insert(topic);
    }

    fn poison(&mut self, error: StoreError) -> StoreError {
        self.failed.get_or_insert_with(|| error.clone());
        error
    }
}

struct SqliteRow<'a, 'b>(&'a rusqlite::Row<'b>);

impl SqliteRow<'_, '_> {
    fn value(&self, column: usize) -> Result<ValueRef<'_>> {
        self.0.get_ref(column).map_err(from_sqlite)
    }
}

fn unexpected(column: usize, wanted: &str, value: ValueRef<'_>) -> StoreError {
    StoreError::corrupt(format!("column {column} is {:?}, not {wanted}", value.data_type()))
}

impl Row for SqliteRow<'_, '_> {
    fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            other => Err(unexpected(column, "an integer", other)),
        }
    }

    fn opt_real(&self, column: usize) -> Result<Option<f64>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Real(value) => Ok(Some(value)),
            ValueRef::Integer(value) => Ok(Some(value as f64)),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes)
                .map(Some)
                .map_err(|_| StoreError::corrupt(format!("column {column} is not UTF-8"))),
            other => Err(unexpected(column, "text", other)),
        }
    }

    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.value(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(column, "bytes", other)),
        }
    }
}
