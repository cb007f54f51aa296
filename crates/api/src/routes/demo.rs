//! The demonstration's ways to break it; not there on any other server.

pub mod fool;
pub mod fooled;
pub mod forge;
pub mod plug;
pub mod shift;
pub mod state;

use std::sync::Arc;

use serde::Deserialize;
use tandem_engine::access::{Action, allow};
use tandem_engine::principal::Principal;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::demo::DemoHooks;
use crate::problem::{Problem, Result};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(state::demo_state))
        .routes(routes!(forge::demo_forge))
        .routes(routes!(plug::demo_plug))
        .routes(routes!(fool::demo_fool))
        .routes(routes!(fooled::demo_fooled))
        .routes(routes!(shift::demo_shift))
}

/// How many wrong proposals to plant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fool {
    /// 1 to 1,000.
    #[schema(minimum = 1, maximum = 1000)]
    pub n: u32,
}

fn hooks<'a>(state: &'a AppState, principal: &Principal) -> Result<&'a Arc<dyn DemoHooks>> {
    allow(principal, Action::Demo, None)?;
    state.demo().ok_or_else(|| Problem::not_found("demonstration here"))
}
