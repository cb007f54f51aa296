//! `GET /v1/loops/{loop}/evaluation-sets/{set}/cases`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::{Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, cursor, limit};
use crate::wire::models::EvaluationCase;
use crate::wire::ok;

/// Read the inputs of an evaluation set, without people's answers.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/evaluation-sets/{set}/cases",
    tag = "models",
    params(
        ("loop" = String, Path, description = "Name of the loop"),
        ("set" = u64, Path, description = "Number of the set"),
        PageQuery,
    ),
    responses((status = 200, description = "A page of cases", body = Page<EvaluationCase>)),
)]
pub async fn list_evaluation_cases(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path((loop_name, set)): Path<(String, u64)>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let (limit, after) = (limit(query.limit)?, cursor(query.cursor.as_deref())?);
    let engine = state.engine();
    let (cases, next) = engine.evaluation_cases(&principal, &loop_name, set, after, limit).await?;
    let items = cases
        .into_iter()
        .map(|case| EvaluationCase { case: case.case, input: case.input })
        .collect();
    Ok(ok(&Page { items, next_cursor: next.map(|case| case.to_string()) }))
}
