//! `GET /v1/ledger/entries`

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::base64;
use crate::auth::Caller;
use crate::body::Query;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::ok;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Range {
    /// The first index.
    pub from: u64,
    /// One after the last index, at most 1,000 more than `from`.
    pub to: u64,
}

/// A sealed event, byte for byte as it was hashed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entry {
    /// Its index.
    pub index: u64,
    /// Its canonical JSON.
    #[schema(value_type = Object)]
    pub event: Box<RawValue>,
    /// The hash of its leaf, base64.
    pub leaf: String,
}

/// Read sealed events.
#[utoipa::path(
    get,
    path = "/v1/ledger/entries",
    tag = "ledger",
    params(Range),
    responses((status = 200, description = "The entries", body = Page<Entry>)),
)]
pub async fn get_entries(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(range): Query<Range>,
) -> Result<Response> {
    if range.to < range.from || range.to - range.from > 1_000 {
        let detail = "`to` is at least `from` and at most 1,000 more";
        return Err(Problem::invalid("invalid_query", "?to", detail));
    }
    let found = state.engine().ledger_entries(&principal, range.from, range.to).await?;
    let mut items = Vec::with_capacity(found.len());
    for entry in found {
        let event = RawValue::from_string(entry.event)
            .map_err(|error| Problem::from(tandem_engine::errors::EngineError::internal(error)))?;
        items.push(Entry { index: entry.index, event, leaf: base64(entry.leaf.0) });
    }
    let next_cursor = items.last().map(|last| (last.index + 1).to_string());
    Ok(ok(&Page { items, next_cursor }))
}
