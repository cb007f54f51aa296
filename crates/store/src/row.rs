//! One result row, read by column position with typed errors.

use crate::Result;

/// A row of either driver. Columns count from 0. A value of another type, or `NULL` where none is
/// allowed, is [`StoreError::Corrupt`](crate::StoreError::Corrupt): the schema promises otherwise.
pub trait Row {
    /// A `BIGINT`, or `None` for `NULL`.
    fn opt_int(&self, column: usize) -> Result<Option<i64>>;
    /// A `DOUBLE PRECISION` (an integer is widened), or `None` for `NULL`.
    fn opt_real(&self, column: usize) -> Result<Option<f64>>;
    /// A `TEXT`, or `None` for `NULL`.
    fn opt_text(&self, column: usize) -> Result<Option<&str>>;
    /// A `BLOB`, or `None` for `NULL`.
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>>;

    /// A `BIGINT` that is never `NULL`.
    fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| null(column))
    }
    /// A `DOUBLE PRECISION` that is never `NULL`.
    fn real(&self, column: usize) -> Result<f64> {
        self.opt_real(column)?.ok_or_else(|| null(column))
    }
    /// A `TEXT` that is never `NULL`.
    fn text(&self, column: usize) -> Result<&str> {
        self.opt_text(column)?.ok_or_else(|| null(column))
    }
    /// A `BLOB` that is never `NULL`.
    fn blob(&self, column: usize) -> Result<&[u8]> {
        self.opt_blob(column)?.ok_or_else(|| null(column))
    }
    /// A 0/1 column.
    fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }
    /// A count, version or token: a `BIGINT` that is never negative.
    fn count(&self, column: usize) -> Result<u64> {
        let value = self.int(column)?;
        u64::try_from(value).map_err(|_| {
            crate::StoreError::corrupt(format!("column {column} holds {value}, a negative count"))
        })
    }
}

fn null(column: usize) -> crate::StoreError {
    crate::StoreError::corrupt(format!("column {column} is NULL"))
}
