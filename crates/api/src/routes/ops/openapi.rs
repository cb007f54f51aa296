//! `GET /openapi.json` and `GET /docs`

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use crate::docs::{openapi, openapi_json};

static DOCUMENT: LazyLock<String> = LazyLock::new(openapi_json);
static PAGE: LazyLock<String> = LazyLock::new(|| page(&openapi()));

/// The OpenAPI document of this server.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operation",
    responses((status = 200, description = "The document", body = Object)),
)]
pub async fn get_openapi() -> Response {
    let mut response = DOCUMENT.as_str().into_response();
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The same as a page to read.
#[utoipa::path(
    get,
    path = "/docs",
    tag = "operation",
    responses((status = 200, description = "The page", body = String, content_type = "text/html")),
)]
pub async fn get_docs() -> Html<&'static str> {
    Html(PAGE.as_str())
}

/// A page without scripts or styles of its own: it works under the strictest policy.
fn page(document: &OpenApi) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tandem API</title>\
         <main><h1>Tandem API</h1><p>The whole document: <a href=\"/openapi.json\">openapi.json</a>.</p>",
    );
    for (path, item) in &document.paths.paths {
        let methods = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                section(&mut html, method, path, operation);
            }
        }
    }
    html.push_str("</main></html>");
    html
}

fn section(html: &mut String, method: &str, path: &str, operation: &Operation) {
    let summary = operation.summary.as_deref().unwrap_or_default();
    let detail = operation.description.as_deref().unwrap_or_default();
    // Writing into a string does not fail.
    let _ = write!(
        html,
        "<section><h2><code>{method} {}</code></h2><p>{}</p><p>{}</p><ul>",
        escape(path),
        escape(summary),
        escape(detail)
    );
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let about = parameter.description.as_deref().unwrap_or_default();
        let _ = write!(html, "<li><code>{}</code> {}", escape(&parameter.name), escape(about));
    }
    html.push_str("</ul></section>");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
