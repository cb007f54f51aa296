//! `GET /v1/loops/{loop}/models`

use axum::extract::State;
use axum::response::Response;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::models::Model;
use crate::wire::ok;

/// List a loop's models, newest first.
#[utoipa::path(
    get,
    path = "/v1/loops/{loop}/models",
    tag = "models",
    params(("loop" = String, Path, description = "Name of the loop")),
    responses((status = 200, description = "All of them", body = Page<Model>)),
)]
pub async fn list_models(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(loop_name): Path<String>,
) -> Result<Response> {
    let models = state.engine().models(&principal, &loop_name).await?;
    Ok(ok(&Page::whole(models.into_iter().map(Model::from).collect())))
}
