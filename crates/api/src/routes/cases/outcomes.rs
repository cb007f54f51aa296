//! `GET` and `POST /v1/cases/{id}/outcomes`, `POST /v1/loops/{loop}/outcomes`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use tandem_domain::{CaseId, OutcomeId, Timestamp};
use tandem_engine::cases::Outcome as Recorded;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::submit::OutcomeIn;
use crate::wire::{json, ok};

/// What the world said later about a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// Its id.
    #[schema(value_type = String)]
    pub id: OutcomeId,
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Whether it counts without confirmation.
    pub trusted: bool,
    /// What was said.
    #[schema(value_type = Object)]
    pub body: Value,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Recorded> for Outcome {
    fn from(outcome: Recorded) -> Self {
        Self {
            id: outcome.id,
            case: outcome.case_id,
            trusted: outcome.trusted,
            body: serde_json::from_str(&outcome.body).unwrap_or(Value::Null),
            at: outcome.at,
        }
    }
}

/// Record an outcome of a case.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/outcomes",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = OutcomeIn,
    responses((status = 201, description = "The outcome", body = Outcome)),
)]
pub async fn record_outcome(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<OutcomeIn>,
) -> Result<Response> {
    if body.value.key.is_some() {
        let detail = "the case is named by its id here; leave `key` out";
        return Err(Problem::invalid("invalid_input", "/key", detail));
    }
    let outcome = body.value.into_domain();
    let outcome = state.engine().outcome(&principal, id, outcome, body.idem).await?;
    Ok(json(StatusCode::CREATED, &Outcome::from(outcome)))
}

/// List the outcomes of a case, oldest first.
#[utoipa::path(
    get,
    path = "/v1/cases/{id}/outcomes",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    responses((status = 200, description = "All of them", body = Page<Outcome>)),
)]
pub async fn list_outcomes(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
) -> Result<Response> {
    let mut outcomes = state.engine().outcomes(&principal, id).await?;
    if super::is_blind(&state, &principal, id).await? {
        outcomes.clear();
    }
    Ok(ok(&Page::whole(outcomes.into_iter().map(Outcome::from).collect())))
}

/// Record an outcome of the case that holds a key.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/outcomes",
    tag = "cases",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = OutcomeIn,
    responses((status = 201, description = "The outcome", body = Outcome)),
)]
pub async fn record_outcome_by_key(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<OutcomeIn>,
) -> Result<Response> {
    let Some(key) = body.value.key.clone() else {
        return Err(Problem::invalid("invalid_input", "/key", "name the case by its key"));
    };
    let outcome = body.value.into_domain();
    let engine = state.engine();
    let outcome = engine.outcome_by_key(&principal, &loop_name, &key, outcome, body.idem).await?;
    Ok(json(StatusCode::CREATED, &Outcome::from(outcome)))
}
