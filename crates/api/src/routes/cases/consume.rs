//! `POST /v1/cases/{id}/consume`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::CaseId;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::decisions::{Consume, GrantView};
use crate::wire::ok;

/// Take the grant of an effective decision, once: the point of no return.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/consume",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = Consume,
    responses((status = 200, description = "The grant", body = GrantView)),
)]
pub async fn consume_decision(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<Consume>,
) -> Result<Response> {
    let Consume { digest, consumer } = body.value;
    let grant = state.engine().consume(&principal, id, digest, consumer, body.idem).await?;
    Ok(ok(&GrantView {
        grant: grant.grant,
        tool: grant.tool,
        arguments: grant.arguments,
        digest: grant.digest,
        note: grant.note,
        expires_at: grant.expires_at,
    }))
}
