//! A small HTTP/1.1 client over one kept connection: for client commands, simulated reviewers and the load driver.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A body of a request, whole or streamed.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// Why a call gave no answer to work with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// No connection, or it broke.
    #[error(
        "cannot reach {url}: {why}; is the server running? Its address comes from --url or TANDEM_URL"
    )]
    Unreachable {
        /// The server.
        url: String,
        /// What the system says.
        why: String,
    },
    /// The address is none.
    #[error("`{0}` is not an address of the form http://host:port")]
    Address(String),
    /// The server refused.
    #[error("{detail} ({status} {code}{})", place(.path.as_deref(), .problems))]
    Problem {
        /// HTTP status.
        status: u16,
        /// Stable code.
        code: String,
        /// What is wrong and how to mend it.
        detail: String,
        /// Where in the input.
        path: Option<String>,
        /// Faults of a file, one a line.
        problems: Vec<String>,
        /// Seconds to wait, where the server says so.
        retry_after: Option<u64>,
    },
    /// The answer is not what the contract says.
    #[error("unexpected answer of the server to {what}: {why}")]
    Answer {
        /// The call.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

fn place(path: Option<&str>, problems: &[String]) -> String {
    let mut text = path.map_or_else(String::new, |path| format!(" at {path}"));
    for problem in problems {
        text.push_str("\n  ");
        text.push_str(problem);
    }
    text
}

/// Where the server is and who calls.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    authority: String,
    prefix: String,
    host: HeaderValue,
    key: Option<HeaderValue>,
}

impl Target {
    /// Reads `http://host:port[/prefix]`.
    pub(crate) fn new(url: &str, key: Option<&str>) -> Result<Self, ClientError> {
        let bad = || ClientError::Address(url.to_owned());
        let rest = url.strip_prefix("http://").ok_or_else(bad)?;
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() || authority.contains('@') {
            return Err(bad());
        }
        let full =
            if authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
                authority.to_owned()
            } else {
                format!("{authority}:80")
            };
        let prefix = prefix.trim_end_matches('/');
        let key = match key {
            Some(key) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| {
                    ClientError::Answer {
                        what: "the key".into(),
                        why: "it holds control characters".into(),
                    }
                })?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        Ok(Self {
            host: HeaderValue::from_str(authority).map_err(|_| bad())?,
            prefix: if prefix.is_empty() { String::new() } else { format!("/{prefix}") },
            authority: full,
            key,
        })
    }

    /// The same server, another key.
    pub(crate) fn with_key(&self, key: &str) -> Result<Self, ClientError> {
        Self::new(&self.url(), Some(key))
    }

    /// The key, for a process of one's own.
    pub(crate) fn secret(&self) -> Option<&str> {
        self.key.as_ref()?.to_str().ok()?.strip_prefix("Bearer ")
    }

    /// The address.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.authority, self.prefix)
    }
}

/// A finished answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its body.
    pub(crate) body: Bytes,
    /// The `Retry-After` header in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Reply {
    /// The body as JSON; `null` where it is empty.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as JSON if the status is a success, the server's problem otherwise.
    pub(crate) fn ok(self, what: &str) -> Result<Value, ClientError> {
        if !self.status.is_success() {
            return Err(self.problem());
        }
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| ClientError::Answer { what: what.to_owned(), why: error.to_string() })
    }

    /// The refusal this answer stands for.
    pub(crate) fn problem(&self) -> ClientError {
        let body = self.json();
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        let problems = body["problems"].as_array().map(Vec::as_slice).unwrap_or_default();
        let line = |p: &Value| {
            let hint = p["hint"].as_str().map_or_else(String::new, |hint| format!(" ({hint})"));
            let message = p["message"].as_str().unwrap_or_default();
            format!("line {}, column {}: {message}{hint}", p["line"], p["column"])
        };
        ClientError::Problem {
            status: self.status.as_u16(),
            code: text("code").unwrap_or_else(|| "http".to_owned()),
            detail: text("detail").or_else(|| text("title")).unwrap_or_else(|| {
                String::from_utf8_lossy(&self.body[..self.body.len().min(300)]).into_owned()
            }),
            path: text("path"),
            problems: problems.iter().map(line).collect(),
            retry_after: self.retry_after,
        }
    }
}

/// A client with one connection, made when needed and again when it broke.
#[derive(Debug)]
pub(crate) struct Client {
    target: Arc<Target>,
    sender: Option<http1::SendRequest<Body>>,
}

impl Client {
    /// A client that has not connected yet.
    pub(crate) fn new(target: &Target) -> Self {
        Self { target: Arc::new(target.clone()), sender: None }
    }

    /// Who it talks to.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    fn unreachable(&self, why: impl std::fmt::Display) -> ClientError {
        ClientError::Unreachable { url: self.target.url(), why: why.to_string() }
    }

    /// Connects unless there is a connection that still works.
    pub(crate) async fn connect(&mut self) -> Result<(), ClientError> {
        if let Some(sender) = &mut self.sender
            && sender.ready().await.is_ok()
        {
            return Ok(());
        }
        self.sender = None;
        let stream = TcpStream::connect(&self.target.authority)
            .await
            .map_err(|error| self.unreachable(error))?;
        stream.set_nodelay(true).map_err(|error| self.unreachable(error))?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.unreachable(error))?;
        tokio::spawn(async move {
            // A broken connection is seen by whoever sends on it next.
            drop(connection.await);
        });
        self.sender = Some(sender);
        Ok(())
    }

    /// Sends a request and returns the answer's head, its body still to be read.
    pub(crate) async fn open(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&'static str>,
        body: Body,
    ) -> Result<Response<Incoming>, ClientError> {
        let kind = content_type.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind)));
        self.open_with(method, path, kind, body).await
    }

    /// As [`Client::open`], with headers of one's own.
    pub(crate) async fn open_with(
        &mut self,
        method: Method,
        path: &str,
        headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
        body: Body,
    ) -> Result<Response<Incoming>, ClientError> {
        self.connect().await?;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.target.prefix))
            .header(HOST, self.target.host.clone());
        if let Some(key) = &self.target.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(body).map_err(|error| ClientError::Answer {
            what: path.to_owned(),
            why: error.to_string(),
        })?;
        let Some(sender) = &mut self.sender else { return Err(self.unreachable("no connection")) };
        match sender.send_request(request).await {
            Ok(response) => Ok(response),
            Err(error) => {
                self.sender = None;
                Err(self.unreachable(error))
            }
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn call(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&'static str>,
        body: Bytes,
    ) -> Result<Reply, ClientError> {
        let body = Full::new(body).map_err(|never| match never {}).boxed();
        let response = self.open(method, path, content_type, body).await?;
        let status = response.status();
        let retry_after = response
            .headers()
            .get(hyper::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await;
        let body = match body {
            Ok(body) => body.to_bytes(),
            Err(error) => {
                self.sender = None;
                return Err(self.unreachable(error));
            }
        };
        Ok(Reply { status, body, retry_after })
    }

    /// GET, JSON back.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Value, ClientError> {
        self.call(Method::GET, path, None, Bytes::new()).await?.ok(path)
    }

    /// A request with a JSON body, JSON back.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value, ClientError> {
        let bytes = Bytes::from(body.to_string());
        self.call(method, path, Some("application/json"), bytes).await?.ok(path)
    }

    /// POST of a JSON body, JSON back.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.send(Method::POST, path, body).await
    }

    /// PATCH with a JSON body.
    pub(crate) async fn patch(&mut self, path: &str, body: &Value) -> Result<Value, ClientError> {
        self.send(Method::PATCH, path, body).await
    }

    /// GET that goes on trying while the server is away or busy, for at most `patience`.
    pub(crate) async fn get_patiently(
        &mut self,
        path: &str,
        patience: Duration,
    ) -> Result<Value, ClientError> {
        let start = tokio::time::Instant::now();
        loop {
            match self.get(path).await {
                Err(error) if error.is_passing() && start.elapsed() < patience => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                result => return result,
            }
        }
    }
}

impl ClientError {
    /// Whether the same call may succeed a little later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Problem { status: 429 | 503 | 507, .. })
    }

    /// The HTTP status of a refusal.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Problem { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// A name as a part of a path: everything but letters, digits and `-._~` escaped (RFC 3986).
pub(crate) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let target = Target::new("http://127.0.0.1:8460/", Some("tdm_x")).unwrap();
        assert_eq!(target.url(), "http://127.0.0.1:8460");
        assert_eq!(Target::new("http://host/base/", None).unwrap().url(), "http://host:80/base");
        for bad in ["127.0.0.1:8460", "https://x", "http://", "http://a@b"] {
            assert!(matches!(Target::new(bad, None), Err(ClientError::Address(_))), "{bad}");
        }
        assert!(!format!("{target:?}").contains("tdm_x"));
    }

    #[test]
    fn segments_escape_what_could_change_the_path() {
        assert_eq!(segment("a-b_c.d~e"), "a-b_c.d~e");
        assert_eq!(segment("../x y"), "..%2Fx%20y");
    }

    #[test]
    fn problems_name_code_path_and_lines() {
        let reply = Reply {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            body: Bytes::from_static(
                br#"{"code":"bad_rule","detail":"a rule does not compile","path":"/policy/rules/0",
                "problems":[{"line":3,"column":9,"message":"unknown name","hint":"did you mean input?"}]}"#,
            ),
            retry_after: None,
        };
        let text = reply.ok("x").unwrap_err().to_string();
        for part in [
            "a rule does not compile",
            "422 bad_rule",
            "/policy/rules/0",
            "line 3, column 9",
            "did you mean",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
