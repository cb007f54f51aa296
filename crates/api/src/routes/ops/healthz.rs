//! `GET /healthz`

use axum::response::Response;

use super::Health;
use crate::wire::ok;

/// Whether the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    responses((status = 200, description = "It does", body = Health)),
)]
pub async fn healthz() -> Response {
    ok(&Health { status: "ok" })
}
