//! `POST /v1/media`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use tandem_domain::MediaId;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::Raw;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::json;

/// A file that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Media {
    /// Its id.
    #[schema(value_type = String)]
    pub id: MediaId,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its media type.
    pub mime: String,
    /// How many bytes.
    pub size: usize,
}

/// Upload a file. The same content of the same type keeps its first id.
#[utoipa::path(
    post,
    path = "/v1/media",
    tag = "media",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "The file", body = Media)),
)]
pub async fn put_media(
    State(state): State<AppState>,
    Caller(principal): Caller,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response> {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let mime = mime.unwrap_or("application/octet-stream");
    let info = state.engine().put_media(&principal, mime, body.into()).await?;
    let view = Media { id: info.id, sha256: info.sha256, mime: info.mime, size: info.size };
    Ok(json(StatusCode::CREATED, &view))
}
