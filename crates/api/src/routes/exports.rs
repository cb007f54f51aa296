//! Exports.

pub mod get;
pub mod manifest;

use serde::Deserialize;
use tandem_domain::Timestamp;
use tandem_engine::exports::{ExportFormat, ExportKind, ExportRequest, Shape};
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
    /// Leaves out rows whose texts are by models in a greater share than this, 0 to 1: with 0 only texts
    /// that people wrote alone stay. Rows that say nothing of who wrote them stay. For `examples`,
    /// `corrections`, `sft`, `preferences` and `judgments`.
    #[param(example = 0.0)]
    pub max_ai_share: Option<f64>,
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
        let max_ai_share = self.max_ai_share;
        if max_ai_share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err(bad("?max_ai_share")("a share is from 0 to 1".to_owned()));
        }
        if max_ai_share.is_some() && matches!(kind, ExportKind::Decisions | ExportKind::Ratings) {
            let why = "decisions and ratings do not say who wrote; export judgments or examples";
            return Err(bad("?max_ai_share")(why.to_owned()));
        }
        Ok(ExportRequest { kind, format, shape, until: self.until, max_ai_share })
    }
}
