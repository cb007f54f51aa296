//! `POST /v1/ledger/verify`

use std::time::Instant;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::Body;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::loops::Reason;
use crate::wire::ok;

/// Problems shown.
const SHOWN: usize = 100;

/// What the verification of the live database found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verified {
    /// `verified`, `unanchored` (verified, with a tail that no witness holds) or `broken`.
    pub state: &'static str,
    /// Events checked.
    pub events: u64,
    /// Size of the tree.
    pub size: u64,
    /// Its root, in hexadecimal.
    pub root: Option<String>,
    /// Rows of state checked against the events.
    pub rows: u64,
    /// Size of the largest checkpoint signed by a trusted key.
    pub signed_size: Option<u64>,
    /// Size of the largest checkpoint of the witness.
    pub anchored_size: Option<u64>,
    /// How many problems there are.
    pub problem_count: u64,
    /// The first of them.
    pub problems: Vec<Found>,
    /// How long it took.
    pub seconds: f64,
}

/// A problem of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerProblem)]
pub struct Found {
    /// Stable code.
    pub code: String,
    /// Index of the event concerned.
    pub index: Option<u64>,
    /// Its id, or that of the row.
    pub id: Option<String>,
    /// What is wrong.
    pub detail: String,
}

/// Verify the live database: every event, every row, every checkpoint.
#[utoipa::path(
    post,
    path = "/v1/ledger/verify",
    tag = "ledger",
    request_body = Reason,
    responses((status = 200, description = "The result", body = Verified)),
)]
pub async fn verify_ledger(
    State(state): State<AppState>,
    Caller(principal): Caller,
    _: Body<Reason>,
) -> Result<Response> {
    let started = Instant::now();
    let report = state.engine().verify_live(&principal).await?;
    let mut problems = Vec::new();
    for problem in report.problems.iter().take(SHOWN) {
        let code = serde_json::to_value(problem.code).ok();
        problems.push(Found {
            code: code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned(),
            index: problem.index,
            id: problem.id.clone(),
            detail: problem.detail.clone(),
        });
    }
    Ok(ok(&Verified {
        state: match report.exit_code() {
            0 => "verified",
            1 => "broken",
            _ => "unanchored",
        },
        events: report.events,
        size: report.size,
        rows: report.rows,
        signed_size: report.signed_size,
        anchored_size: report.anchored_size,
        problem_count: report.problem_count,
        problems,
        root: report.root,
        seconds: started.elapsed().as_secs_f64(),
    }))
}
