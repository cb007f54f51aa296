//! The stop button.

pub mod get;
pub mod halt;
pub mod resume;

use serde::Serialize;
use tandem_domain::{MemberId, Timestamp};
use tandem_engine::halts::Halt as Row;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get::get_halts))
        .routes(routes!(halt::halt))
        .routes(routes!(resume::resume))
}

/// Whether gates stay shut, in the space or in a loop.
#[derive(Debug, Serialize, ToSchema)]
pub struct Halt {
    /// `*` for the whole space, or a loop's id.
    pub scope: String,
    /// Whether gates stay shut.
    pub halted: bool,
    /// Counts every halt and resume.
    pub epoch: u64,
    /// Who set it last.
    #[schema(value_type = Option<String>)]
    pub by: Option<MemberId>,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Row> for Halt {
    fn from(row: Row) -> Self {
        Self {
            scope: row.scope,
            halted: row.halted,
            epoch: row.epoch,
            by: row.by_member,
            reason: row.reason,
            at: row.at,
        }
    }
}
