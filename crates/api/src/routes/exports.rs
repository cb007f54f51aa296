//! Exports.

pub mod get;
pub mod manifest;

use serde::Deserialize;
use tandem_domain::Timestamp;
use tandem_engine::exports::{ExportFormat, ExportRequest, Shape};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use axum::http::StatusCode;

use crate::problem::{Problem, Result};
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get::export)).routes(routes!(manifest::export_manifest))
}

/// How to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `jsonl` (the default) or `csv`.
    pub format: Option<String>,
    /// Columns of `sft` and `preferences`: `trl` or `openai`.
    pub shape: Option<String>,
    /// Rows up to this moment; now where absent.
    #[param(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl ExportQuery {
    fn request(self, kind: &str) -> Result<ExportRequest> {
        let bad =
            |name: &'static str| move |why: String| Problem::invalid("invalid_query", name, why);
        let kind = kind.parse().map_err(|_| Problem::not_found("kind of export"))?;
        let format = match self.format.as_deref() {
            None => ExportFormat::Jsonl,
            Some("parquet") => {
                return Err(Problem::new(
                    StatusCode::NOT_ACCEPTABLE,
                    "not_acceptable",
                    "Parquet is not written here; take `format=jsonl` and convert it",
                ));
            }
            Some(format) => format.parse().map_err(bad("?format"))?,
        };
        let shape: Shape = match self.shape.as_deref() {
            None => Shape::default(),
            Some(shape) => shape.parse().map_err(bad("?shape"))?,
        };
        Ok(ExportRequest { kind, format, shape, until: self.until })
    }
}
