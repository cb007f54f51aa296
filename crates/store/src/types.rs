//! The domain's ids and times as bound values and columns.

pub(crate) use tandem_domain::{
    AlertId, BatchId, BulkId, CaseId, ChannelId, CommentId, JobId, KeyId, LoopId, MediaId,
    MemberId, MessageId, ModelId, NotificationId, OutcomeId, PasskeyId, PersonChangeId, PersonId,
    RunId, StandingId, SuggestionId, TimerId, Timestamp, WebhookId,
};

use crate::{Param, Result, Row, StoreError};

/// An id that is stored as 16 bytes.
pub(crate) trait Id: Sized {
    fn from_array(bytes: [u8; 16]) -> Self;
}

macro_rules! stored_id {
    ($($name:ident)*) => { $(
        impl<'a> From<&'a $name> for Param<'a> {
            fn from(id: &'a $name) -> Self {
                Self::Blob(id.as_bytes())
            }
        }
        impl Id for $name {
            fn from_array(bytes: [u8; 16]) -> Self {
                Self::from_bytes(bytes)
            }
        }
    )* };
}
stored_id!(NotificationId StandingId SuggestionId BatchId PersonChangeId PasskeyId AlertId BulkId CaseId LoopId MemberId PersonId KeyId ModelId JobId TimerId MessageId CommentId OutcomeId MediaId WebhookId RunId ChannelId);

impl From<Timestamp> for Param<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Int(at.0)
    }
}

/// Reads ids and times; a trait so that it reads like the other columns.
pub(crate) trait RowExt: Row {
    fn id<T: Id>(&self, column: usize) -> Result<T> {
        to_id(self.blob(column)?)
    }
    fn opt_id<T: Id>(&self, column: usize) -> Result<Option<T>> {
        self.opt_blob(column)?.map(to_id).transpose()
    }
    fn time(&self, column: usize) -> Result<Timestamp> {
        self.int(column).map(Timestamp)
    }
    fn opt_time(&self, column: usize) -> Result<Option<Timestamp>> {
        Ok(self.opt_int(column)?.map(Timestamp))
    }
    /// A number within a case.
    fn small(&self, column: usize) -> Result<u32> {
        let value = self.int(column)?;
        u32::try_from(value).map_err(|_| {
            StoreError::corrupt(format!(
                "column {column} holds {value}, not a number within a case"
            ))
        })
    }
    fn string(&self, column: usize) -> Result<String> {
        self.text(column).map(str::to_owned)
    }
    fn opt_string(&self, column: usize) -> Result<Option<String>> {
        Ok(self.opt_text(column)?.map(str::to_owned))
    }
    fn bytes(&self, column: usize) -> Result<Vec<u8>> {
        self.blob(column).map(<[u8]>::to_vec)
    }
    /// A JSON column.
    fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T> {
        let text = self.text(column)?;
        serde_json::from_str(text)
            .map_err(|error| StoreError::corrupt(format!("column {column}: {error}")))
    }
}

impl<R: Row + ?Sized> RowExt for R {}

pub(crate) fn to_id<T: Id>(bytes: &[u8]) -> Result<T> {
    let bytes = bytes.try_into().map_err(|_| {
        StoreError::corrupt(format!("an id of {} bytes instead of 16", bytes.len()))
    })?;
    Ok(T::from_array(bytes))
}

/// A value as JSON text; the types stored never fail to serialise.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Statement(error.to_string()))
}
