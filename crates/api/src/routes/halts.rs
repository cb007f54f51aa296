//! The stop button.

pub mod get;
pub mod halt;
pub mod resume;

use serde::Serialize;
use tandem_domain::{MemberId, PersonId, Timestamp};
use tandem_engine::Engine;
use tandem_engine::halts::Halt as Row;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Result;
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
    /// Name of the loop; null for the whole space.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// Whether gates stay shut.
    pub halted: bool,
    /// Counts every halt and resume.
    pub epoch: u64,
    /// Who set it last.
    #[schema(value_type = Option<String>)]
    pub by: Option<MemberId>,
    /// Their name.
    pub by_name: Option<String>,
    /// The natural person behind who set it last; another one lifts it.
    #[schema(value_type = Option<String>)]
    pub by_person: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl Halt {
    /// With the names of who and what.
    pub(super) async fn of(engine: &Engine, row: Row) -> Result<Self> {
        let (by_name, loop_name) = engine.halt_names(&row).await?;
        Ok(Self {
            scope: row.scope,
            loop_name,
            halted: row.halted,
            epoch: row.epoch,
            by: row.by_member,
            by_name,
            by_person: row.by_person,
            reason: row.reason,
            at: row.at,
        })
    }
}
