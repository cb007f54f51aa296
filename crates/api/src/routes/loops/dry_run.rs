//! `POST /v1/loops/{loop}/dry-run`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::loops::CostSpec;
use tandem_engine::loops::{DryRun, Format};

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::dry_run::{DryRunIn, DryRunOut};
use crate::wire::ok;

/// Route recorded cases again under a draft: what it would have sent to people, let through wrongly, and
/// cost. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/loops/{loop}/dry-run",
    tag = "loops",
    params(("loop" = String, Path, description = "Name of the loop")),
    request_body = DryRunIn,
    responses(
        (status = 200, description = "What would have happened", body = DryRunOut),
        (status = 422, description = "The draft has faults", body = Problem),
    ),
)]
pub async fn dry_run(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
    body: Body<DryRunIn>,
) -> Result<Response> {
    let DryRunIn { source, format, limit, costs } = body.value;
    let format = if format.as_deref() == Some("json") { Format::Json } else { Format::Yaml };
    let costs = costs.map(|costs| CostSpec { error: costs.error, review: costs.review });
    let wanted = DryRun { source: source.map(|source| (source, format)), limit, costs };
    Ok(ok(&state.engine().dry_run(&principal, &loop_name, wanted).await?))
}
