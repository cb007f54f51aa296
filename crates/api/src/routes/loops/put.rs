//! `PUT /v1/loops/{loop}`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use tandem_engine::loops::{Format, PUBLISHED};

use crate::auth::Caller;
use crate::body::{Path, Query, Raw};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::json;
use crate::wire::loops::{PutLoop, PutQuery};

/// Publish a version of a loop, or keep a draft of it. Faults come back with line and column. A version
/// that widens what the machine may do is not in force yet: a second person publishes it.
#[utoipa::path(
    put,
    path = "/v1/loops/{loop}",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop"), PutQuery),
    request_body(content((String = "application/yaml"), (Object = "application/json"))),
    responses(
        (status = 200, description = "The loop", body = PutLoop),
        (status = 201, description = "The first version of the loop", body = PutLoop),
        (status = 202, description = "It widens what the machine may do, and waits for a second person", body = PutLoop),
        (status = 422, description = "The file has faults", body = Problem),
    ),
)]
pub async fn put_loop(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    Query(query): Query<PutQuery>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response> {
    let source = String::from_utf8(body.to_vec())
        .map_err(|_| Problem::invalid("invalid_encoding", "", "a loop file is text in UTF-8"))?;
    let engine = state.engine();
    let (draft, reason) = (query.draft, query.reason.as_str());
    let view =
        engine.put_loop(&principal, &loop_name, source, format_of(&headers), draft, reason).await?;
    let kept = view.versions.iter().find(|version| version.version == view.version);
    let waits = !draft && kept.is_some_and(|version| version.state != PUBLISHED);
    let status = match view.versions.len() {
        _ if waits => StatusCode::ACCEPTED,
        1 => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let of_loop = super::show(&state, &principal, view).await?;
    Ok(json(status, &PutLoop { of_loop }))
}

fn format_of(headers: &HeaderMap) -> Format {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    if kind.starts_with(b"application/json") { Format::Json } else { Format::Yaml }
}
