//! `/v1/loops/{loop}/autonomy`: what people sign.

pub mod end_order;
pub mod lower;
pub mod order;
pub mod raise;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// Routes of earned autonomy.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(raise::raise_autonomy))
        .routes(routes!(lower::lower_autonomy))
        .routes(routes!(order::order_autonomy, end_order::end_autonomy_order))
}
