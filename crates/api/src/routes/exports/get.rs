//! `GET /v1/loops/{loop}/exports/{kind}`

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::ExportQuery;
use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;

/// Export a loop's examples, corrections, sft, preferences, ratings, judgments or decisions.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/exports/{kind}",
    tag = "exports",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("kind" = String, Path, description = "What"),
        ExportQuery,
    ),
    responses((status = 200, description = "Rows, streamed", body = String, content_type = "application/x-ndjson")),
)]
pub async fn export(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, kind)): Path<(String, String)>,
    Query(query): Query<ExportQuery>,
) -> Result<Response> {
    let export = state.engine().export(&principal, &loop_name, query.request(&kind)?).await?;
    let kind = HeaderValue::from_static(export.content_type);
    let name = format!("attachment; filename=\"{}\"", export.file_name.replace('"', ""));
    let until = export.until.to_string();
    // An error in the middle ends the body early: the client sees a broken transfer, not an end.
    let chunks = stream::unfold(export, |mut export| async {
        export.next().await.map(|chunk| (chunk.map_err(std::io::Error::other), export))
    });
    // Compression asks once more after the end, which an unfold alone does not survive.
    let chunks = chunks.fuse();
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    if let Ok(until) = HeaderValue::from_str(&until) {
        headers.insert("x-tandem-until", until);
    }
    Ok(response)
}
