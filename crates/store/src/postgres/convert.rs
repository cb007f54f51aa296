//! Values and rows between the store's five kinds and PostgreSQL's types.

use std::error::Error;

use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::{Param, Result, Row, StoreError};

/// A parameter, sent as whatever type the statement expects of it.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) Param<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(value) if *ty == Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
            Param::Int(value) if *ty == Type::FLOAT8 => (value as f64).to_sql(ty, out),
            Param::Int(value) if *ty == Type::INT8 => value.to_sql(ty, out),
            Param::Real(value) if *ty == Type::FLOAT8 => value.to_sql(ty, out),
            Param::Text(value) if <&str as ToSql>::accepts(ty) => value.to_sql(ty, out),
            Param::Blob(value) if *ty == Type::BYTEA => value.to_sql(ty, out),
            other => Err(format!("{other:?} cannot be sent as {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column as it comes.
enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Self::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(i64::from).map(Self::Int),
            Type::FLOAT8 => f64::from_sql(ty, raw).map(Self::Real),
            Type::BYTEA => <&[u8]>::from_sql(ty, raw).map(Self::Blob),
            _ if <&str as FromSql<'_>>::accepts(ty) => <&str>::from_sql(ty, raw).map(Self::Text),
            _ => Err(format!("columns of type {ty} are not used here").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row of a result.
pub(super) struct PgRow<'a>(pub(super) &'a postgres::Row);

impl PgRow<'_> {
    fn cell(&self, column: usize) -> Result<Cell<'_>> {
        self.0.try_get(column).map_err(|error| StoreError::corrupt(super::reason(&error)))
    }
}

fn unexpected(column: usize, wanted: &str) -> StoreError {
    StoreError::corrupt(format!("column {column} is not {wanted}"))
}

impl Row for PgRow<'_> {
    fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Int(value) => Ok(Some(value)),
            _ => Err(unexpected(column, "an integer")),
        }
    }

    fn opt_real(&self, column: usize) -> Result<Option<f64>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Real(value) => Ok(Some(value)),
            Cell::Int(value) => Ok(Some(value as f64)),
            _ => Err(unexpected(column, "a number")),
        }
    }

    fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(value) => Ok(Some(value)),
            _ => Err(unexpected(column, "text")),
        }
    }

    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Blob(value) => Ok(Some(value)),
            _ => Err(unexpected(column, "bytes")),
        }
    }
}
