//! The ledger to the outside.

pub mod checkpoint;
pub mod consistency;
pub mod entries;
pub mod proof;
pub mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(checkpoint::get_checkpoint))
        .routes(routes!(entries::get_entries))
        .routes(routes!(proof::get_proof))
        .routes(routes!(consistency::get_consistency))
        .routes(routes!(verify::verify_ledger))
}

fn base64(hash: impl AsRef<[u8]>) -> String {
    STANDARD.encode(hash)
}
