//! `GET /v1/media/{id}`

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tandem_domain::MediaId;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;

/// Types that a browser shows without running anything in them.
const SHOWN: [&str; 10] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "audio/mpeg",
    "audio/wav",
    "audio/ogg",
    "video/mp4",
    "application/pdf",
];

/// Fetch a file. What a browser could run is a download.
#[utoipa::path(
    get,
    path = "/v1/media/{id}",
    tag = "media",
    params(("id" = String, Path, description = "Id of the file")),
    responses((status = 200, description = "Its bytes", body = Vec<u8>, content_type = "application/octet-stream")),
)]
pub async fn get_media(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MediaId>,
) -> Result<Response> {
    let media = state.engine().get_media(&principal, id).await?;
    let shown = SHOWN.contains(&media.mime.as_str());
    let mime = if shown { media.mime.as_str() } else { "application/octet-stream" };
    let kind =
        HeaderValue::from_str(mime).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let place = if shown { "inline" } else { "attachment" };
    let mut response = media.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(place));
    // The id names the content for ever.
    let cache = HeaderValue::from_static("private, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, cache);
    let sandbox = HeaderValue::from_static("default-src 'none'; sandbox");
    headers.insert(header::CONTENT_SECURITY_POLICY, sandbox);
    Ok(response)
}
