//! `GET /v1/queues/bulk/{id}`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::BulkId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::queues::Bulk;

/// How far a change of many cases is.
#[utoipa::path(
    get,
    path = "/v1/queues/bulk/{id}",
    tag = "queues",
    params(("id" = String, Path, description = "Id of the change")),
    responses((status = 200, description = "The change", body = Bulk)),
)]
pub async fn get_bulk(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Response> {
    Ok(ok(&Bulk::from(state.engine().bulk(&principal, id).await?)))
}
