//! The web app: its files, and its page under a policy with a fresh nonce.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::http::security::page_policy;
use crate::problem::{Problem, Result};
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().fallback(serve)
}

/// A file of the app, or its page for every other path that a person may open; paths of the API
/// that are not there are problems.
async fn serve(State(_): State<AppState>, request: Request) -> Result<Response> {
    let path = request.uri().path();
    if path.starts_with("/v1/") || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::not_found("route"));
    }
    if let Some(asset) = tandem_ui::asset(path) {
        return Ok(file(asset, request.headers()));
    }
    // A file that is not there is not the page: a missing script must not answer with HTML.
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Err(Problem::not_found("file"));
    }
    page()
}

fn page() -> Result<Response> {
    let mut random = [0_u8; 18];
    getrandom::fill(&mut random)
        .map_err(|error| Problem::from(tandem_engine::errors::EngineError::internal(error)))?;
    let nonce = STANDARD.encode(random);
    let mut response = Html(tandem_ui::index(&nonce)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

fn file(asset: tandem_ui::Asset, request: &HeaderMap) -> Response {
    let known = request.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == asset.etag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.bytes.into_owned().into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    headers.insert(header::ETAG, HeaderValue::from_static(asset.etag));
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
