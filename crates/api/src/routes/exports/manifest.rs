//! `GET /v1/loops/{loop}/exports/{kind}/manifest`

use axum::extract::State;
use axum::response::Response;

use super::ExportQuery;
use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;

/// Hash, rows and filters of an export, to check or repeat it.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/exports/{kind}/manifest",
    tag = "exports",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("kind" = String, Path, description = "What"),
        ExportQuery,
    ),
    responses((status = 200, description = "The manifest", body = Object)),
)]
pub async fn export_manifest(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, kind)): Path<(String, String)>,
    Query(query): Query<ExportQuery>,
) -> Result<Response> {
    let request = query.request(&kind)?;
    Ok(ok(&state.engine().export_manifest(&principal, &loop_name, request).await?))
}
