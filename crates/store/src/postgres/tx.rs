//! `Tx` over a PostgreSQL connection.

use postgres::types::ToSql;

use super::convert::{Bound, PgRow};
use super::from_postgres;
use super::session::Session;
use crate::pending::Pending;
use crate::types::{LoopId, Timestamp};
use crate::{Dialect, NewEvent, Param, Result, Row, StoreError, Topic, Tx, sql};

/// The transaction one closure sees.
pub(super) struct PgTx<'a> {
    session: &'a mut Session,
    pending: &'a mut Pending,
    now: Timestamp,
    /// The first statement that failed: the closure's writes cannot be kept.
    pub(super) failed: Option<StoreError>,
}

impl<'a> PgTx<'a> {
    pub(super) fn new(session: &'a mut Session, pending: &'a mut Pending, now: Timestamp) -> Self {
        Self { session, pending, now, failed: None }
    }

    fn run<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        run: impl FnOnce(
            &mut postgres::Client,
            &postgres::Statement,
            &[&(dyn ToSql + Sync)],
        ) -> Result<T, postgres::Error>,
    ) -> Result<T> {
        let bound: Vec<Bound<'_>> = params.iter().copied().map(Bound).collect();
        let refs: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|value| value as _).collect();
        let done = self
            .session
            .statement(sql)
            .and_then(|statement| run(&mut self.session.client, &statement, &refs));
        done.map_err(|error| {
            let error = from_postgres(&error);
            self.poison(error)
        })
    }
}

/// Rows per statement when many are inserted: few sizes, so that few statements are prepared.
const CHUNKS: [usize; 3] = [256, 16, 1];
/// The protocol counts parameters in 16 bits.
const MOST_PARAMS: usize = 32_000;

impl Tx for PgTx<'_> {
    fn exec(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.run(sql, params, |client, statement, values| client.execute(statement, values))
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        let rows =
            self.run(sql, params, |client, statement, values| client.query(statement, values))?;
        rows.iter().try_for_each(|row| each(&PgRow(row)))
    }

    fn insert_many(
        &mut self,
        head: &str,
        columns: usize,
        params: &[Param<'_>],
        tail: &str,
    ) -> Result<u64> {
        let mut left = params;
        let mut inserted = 0;
        for rows in CHUNKS.into_iter().filter(|rows| rows * columns <= MOST_PARAMS) {
            if left.len() < rows * columns {
                continue;
            }
            let text = sql::values(head, columns, rows, tail);
            while left.len() >= rows * columns {
                let (chunk, rest) = left.split_at(rows * columns);
                inserted += self.exec(&text, chunk)?;
                left = rest;
            }
        }
        Ok(inserted)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
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
