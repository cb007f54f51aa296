//! `tandem mcp`: the Model Context Protocol on standard input and output, for hosts that start programs.
//!
//! Nothing is decided here: a message goes to the running server as it came, and what the server says
//! comes back as it said it. A call whose server is restarted is sent again; its key attaches it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::args::ClientArgs;
use crate::exit::{self, Coded};
use crate::http::{Client, ClientError, Target};
use crate::output;

/// How long a call goes on trying while its server is away.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause before the next try.
const PAUSE: Duration = Duration::from_millis(300);
/// How long calls may take to end once the host has closed its side.
const LAST: Duration = Duration::from_secs(2);

const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// Arguments of `mcp`.
#[derive(Debug, clap::Args)]
#[command(after_help = "A host is configured with one line:\n  \
    {\"mcpServers\": {\"tandem\": {\"command\": \"tandem\", \"args\": [\"mcp\"], \"env\": {\"TANDEM_URL\": \"…\", \"TANDEM_KEY\": \"tdm_…\"}}}}")]
pub(crate) struct Args {
    #[command(flatten)]
    client: ClientArgs,
}

/// What `initialize` settled.
#[derive(Debug, Default)]
struct Settled {
    version: Option<HeaderValue>,
    session: Option<HeaderValue>,
}

struct Relay {
    target: Target,
    settled: Mutex<Settled>,
}

/// Passes messages on until the host closes standard input.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    if args.client.key.is_none() {
        return Err(
            Coded::usage("`mcp` needs a key: set TANDEM_KEY, or give --key".to_owned()).into()
        );
    }
    let target = Target::new(&args.client.url, args.client.key.as_deref())?;
    let relay = Arc::new(Relay { target, settled: Mutex::default() });
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut calls: HashMap<String, JoinHandle<()>> = HashMap::new();
    while let Some(line) = lines.next_line().await? {
        if line.trim().is_empty() {
            continue;
        }
        let message: Value = match serde_json::from_str(&line) {
            Ok(message) => message,
            Err(error) => {
                let error =
                    json!({"code": -32_700, "message": format!("this is no JSON: {error}")});
                say(&json!({"jsonrpc": "2.0", "id": null, "error": error}));
                continue;
            }
        };
        calls.retain(|_, call| !call.is_finished());
        match message["method"].as_str() {
            // The host no longer waits. The server sees a client that left, and withdraws nothing.
            Some("notifications/cancelled") => {
                if let Some(call) = calls.remove(&message["params"]["requestId"].to_string()) {
                    call.abort();
                }
            }
            // What follows depends on what it settles.
            Some("initialize") => relay.pass(&message).await,
            _ => {
                let (relay, id) = (Arc::clone(&relay), message["id"].to_string());
                calls.insert(id, tokio::spawn(async move { relay.pass(&message).await }));
            }
        }
    }
    let rest = async {
        for call in calls.into_values() {
            drop(call.await);
        }
    };
    drop(tokio::time::timeout(LAST, rest).await);
    Ok(exit::OK)
}

/// One message to the host.
fn say(message: &Value) {
    output::line(&message.to_string());
}

/// Why an exchange is not over.
enum Broken {
    /// The server was not reached, or went away in between; what was sent may be sent again.
    Away(ClientError),
    /// It answered with something that is no message.
    Strange(String),
}

impl Relay {
    /// Passes one message on, and every answer back.
    async fn pass(&self, message: &Value) {
        let begun = Instant::now();
        loop {
            let why = match self.exchange(message).await {
                Ok(()) => return,
                Err(Broken::Away(_)) if repeats(message) && begun.elapsed() < PATIENCE => {
                    sleep(PAUSE).await;
                    continue;
                }
                Err(Broken::Away(error)) => error.to_string(),
                Err(Broken::Strange(why)) => why,
            };
            output::note(&format!("mcp: {why}"));
            if !message["id"].is_null() {
                let error = json!({"code": -32_000, "message": why});
                say(&json!({"jsonrpc": "2.0", "id": message["id"], "error": error}));
            }
            return;
        }
    }

    async fn exchange(&self, message: &Value) -> Result<(), Broken> {
        let body =
            Full::new(Bytes::from(message.to_string())).map_err(|never| match never {}).boxed();
        let headers = self.headers(message);
        let mut client = Client::new(&self.target);
        let response =
            client.open_with(Method::POST, "/mcp", headers, body).await.map_err(Broken::Away)?;
        let status = response.status();
        if message["method"] == "initialize" && status.is_success() {
            self.settle(response.headers());
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let streamed = kind.is_some_and(|kind| kind.starts_with("text/event-stream"));
        let away = |error: hyper::Error| {
            Broken::Away(ClientError::Unreachable {
                url: self.target.url(),
                why: error.to_string(),
            })
        };
        let mut body = response.into_body();
        if !streamed {
            let bytes = body.collect().await.map_err(away)?.to_bytes();
            return self.whole(message, status, &bytes);
        }
        let mut rest = BytesMut::new();
        let mut answered = false;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(away)?.into_data() else { continue };
            rest.extend_from_slice(&data);
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line = rest.split_to(end + 1);
                let Some(data) = line.strip_prefix(b"data:") else { continue };
                let said: Value = serde_json::from_slice(data.trim_ascii())
                    .map_err(|error| Broken::Strange(error.to_string()))?;
                answered |= said["id"] == message["id"] && said.get("method").is_none();
                say(&said);
            }
        }
        if answered {
            return Ok(());
        }
        let why = "the stream ended without a result".to_owned();
        Err(Broken::Away(ClientError::Unreachable { url: self.target.url(), why }))
    }

    /// An answer of one piece.
    fn whole(&self, message: &Value, status: StatusCode, bytes: &[u8]) -> Result<(), Broken> {
        if status == StatusCode::ACCEPTED {
            return Ok(());
        }
        let said: Option<Value> = serde_json::from_slice(bytes).ok();
        let Some(mut said) = said.filter(|said| said["jsonrpc"] == "2.0") else {
            let why = format!("{} answered {status}: is it a Tandem server?", self.target.url());
            return Err(Broken::Strange(why));
        };
        if matches!(status.as_u16(), 503 | 507) && repeats(message) {
            let why = said["error"]["message"].as_str().unwrap_or_default().to_owned();
            return Err(Broken::Away(ClientError::Unreachable { url: self.target.url(), why }));
        }
        if said["id"].is_null() {
            said["id"] = message["id"].clone();
        }
        if message["method"] == "initialize"
            && let Some(version) = said["result"]["protocolVersion"].as_str()
        {
            self.settled().version = HeaderValue::from_str(version).ok();
        }
        if !message["id"].is_null() {
            say(&said);
        }
        Ok(())
    }

    fn settle(&self, headers: &HeaderMap) {
        self.settled().session = headers.get(SESSION).cloned();
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, Settled> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The headers that say again what the message says.
    fn headers(&self, message: &Value) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (ACCEPT, HeaderValue::from_static("application/json, text/event-stream")),
        ];
        let params = &message["params"];
        let own = params["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str();
        let (version, session) = {
            let settled = self.settled();
            (settled.version.clone(), settled.session.clone())
        };
        let version = own.and_then(|own| HeaderValue::from_str(own).ok()).or(version);
        let first = message["method"] == "initialize";
        headers.extend(version.filter(|_| !first).map(|version| (VERSION, version)));
        headers.extend(session.filter(|_| !first && own.is_none()).map(|id| (SESSION, id)));
        let method = message["method"].as_str().and_then(|text| HeaderValue::from_str(text).ok());
        headers.extend(method.map(|method| (METHOD, method)));
        let name = params["name"].as_str().or(params["taskId"].as_str());
        let name = name.and_then(|name| HeaderValue::from_str(name).ok());
        headers.extend(name.map(|name| (NAME, name)));
        headers
    }
}

/// Whether a message may be sent again when nobody knows whether it arrived: everything that has a key, or only
/// reads. A step without a key would be reported twice.
fn repeats(message: &Value) -> bool {
    let params = &message["params"];
    params["name"] != "report_step" || params["arguments"]["idempotency_key"].is_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_steps_without_a_key_are_sent_once() {
        let step = |arguments: Value| json!({"method": "tools/call", "params": {"name": "report_step", "arguments": arguments}});
        assert!(!repeats(&step(json!({"kind": "plan"}))));
        assert!(repeats(&step(json!({"kind": "plan", "idempotency_key": "k"}))));
        assert!(repeats(&json!({"method": "tools/call", "params": {"name": "ask_human"}})));
        assert!(repeats(&json!({"method": "tools/list"})));
    }

    #[test]
    fn headers_repeat_what_the_message_says() {
        let target = Target::new("http://127.0.0.1:1", Some("tdm_x")).unwrap();
        let relay = Relay { target, settled: Mutex::default() };
        relay.settled().version = Some(HeaderValue::from_static("2025-11-25"));
        let names = |message: &Value| {
            let headers = relay.headers(message);
            let text = |name: HeaderName| {
                let found = headers.iter().find(|(known, _)| *known == name)?;
                found.1.to_str().ok().map(str::to_owned)
            };
            [text(VERSION), text(METHOD), text(NAME)].map(Option::unwrap_or_default)
        };
        let old = json!({"method": "tools/call", "params": {"name": "ask_human"}});
        assert_eq!(names(&old), ["2025-11-25", "tools/call", "ask_human"]);
        let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28"});
        let new = json!({"method": "tasks/get", "params": {"taskId": "case_1", "_meta": meta}});
        assert_eq!(names(&new), ["2026-07-28", "tasks/get", "case_1"]);
        assert_eq!(names(&json!({"method": "initialize"})), ["", "initialize", ""]);
    }
}
