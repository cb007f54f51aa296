//! Requests as a test sends them, and replies as it reads them.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Sends requests with fixed headers.
#[derive(Clone)]
pub struct Client {
    router: Router,
    headers: Vec<(String, String)>,
}

/// A whole reply.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; null where it is empty.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON of a reply that must have this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// Status and `code` of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let code = self.json()["code"].as_str().map(str::to_owned);
        (self.status.as_u16(), code.unwrap_or_default())
    }
}

impl Client {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, headers: Vec::new() }
    }

    /// The same client with one more header on every request.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// Sends a request and reads the whole reply.
    pub async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Reply {
        let response = self.open(method, path, body).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request and leaves the body of the reply to the caller.
    pub async fn open(
        &self,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> axum::response::Response {
        let method: Method = method.parse().expect("a method");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(body.into()).expect("a request");
        self.router.clone().oneshot(request).await.expect("a reply")
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, Body::empty()).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, Body::empty()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        let client = self.with(header::CONTENT_TYPE.as_str(), "application/json");
        client.send("POST", path, body.to_string()).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        let client = self.with(header::CONTENT_TYPE.as_str(), "application/json");
        client.send("PATCH", path, body.to_string()).await
    }

    /// `PUT` of JSON.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        let client = self.with(header::CONTENT_TYPE.as_str(), "application/json");
        client.send("PUT", path, body.to_string()).await
    }

    /// `PUT` of a loop file in YAML.
    pub async fn put_yaml(&self, path: &str, source: &str) -> Reply {
        let client = self.with(header::CONTENT_TYPE.as_str(), "application/yaml");
        client.send("PUT", path, source.to_owned()).await
    }
}
