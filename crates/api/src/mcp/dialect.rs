//! The revisions of the protocol, and what a client declared.
//!
//! Up to 2025-11-25 a client says once, in `initialize`, who it is; since 2026-07-28 every request says
//! it. Both are served side by side. Of the older ones this server remembers nothing: where it must
//! know later what was declared, it is sealed into the session's id, which the client repeats.

use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tandem_engine::principal::Principal;

use super::rpc::{
    HEADER_MISMATCH, INVALID_PARAMS, INVALID_REQUEST, NO_CAPABILITY, NO_VERSION, Result, RpcError,
};
use super::{Ctx, seal};
use crate::state::AppState;

/// Header of the session.
pub(super) const SESSION: &str = "mcp-session-id";
const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";

/// The revision without sessions.
const MODERN: &str = "2026-07-28";
/// Revisions with `initialize`, newest first.
const LEGACY: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/// The extension in which a call becomes a task.
const TASKS: &str = "io.modelcontextprotocol/tasks";

const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const META_SERVER: &str = "io.modelcontextprotocol/serverInfo";

/// How long clients may keep the list of tools, in milliseconds.
const FRESH_MS: u64 = 60_000;

const INSTRUCTIONS: &str = "Ask people before you act. Call `request_approval` before a tool that \
    needs a person's approval, and run it only with the grant that comes back, with exactly the \
    arguments in it. Call `ask_human` when you do not know. A person may take long: on `pending` call \
    `wait_for_decision` with the `request_id`, as often as needed; nothing is lost when a call ends.";

/// A client of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    era: Era,
    /// Whether it declared the tasks extension.
    pub(super) tasks: bool,
    /// Whether it opens addresses for its user.
    pub(super) url: bool,
    /// Whether it reads streams.
    pub(super) streams: bool,
    /// The token with which it wants to hear of progress.
    pub(super) progress: Option<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Era {
    Legacy,
    Modern,
}

/// A token for progress: text or a whole number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Token {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// What an older client declared, as its session's id says.
#[derive(Debug, Serialize, Deserialize)]
struct Session {
    #[serde(rename = "p")]
    principal: String,
    #[serde(rename = "u")]
    url: bool,
}

impl Client {
    /// Reads who calls, and refuses what contradicts itself.
    pub(super) fn read(
        state: &AppState,
        principal: &Principal,
        headers: &HeaderMap,
        method: &str,
        params: &Value,
    ) -> Result<Self> {
        let meta = params.get("_meta").and_then(Value::as_object);
        let said = meta.and_then(|meta| meta.get(META_VERSION)).and_then(Value::as_str);
        let header = single(headers, VERSION)?;
        let accept = headers.get_all("accept").iter().filter_map(|value| value.to_str().ok());
        let streams = accept
            .into_iter()
            .any(|value| value.contains("text/event-stream") || value.contains("*/*"));
        let token = meta.and_then(|meta| meta.get("progressToken")).cloned();
        let progress = token.and_then(|token| serde_json::from_value(token).ok());
        // Whoever begins with `initialize` speaks an older revision, whichever it asks for.
        let first = method == "initialize";
        let modern =
            said.is_some() || (!first && (method == "server/discover" || header == Some(MODERN)));
        let client = Self { era: Era::Legacy, tasks: false, url: false, streams, progress };
        if modern {
            let capabilities = modern_request(headers, method, params, said, header)?;
            let declares = |path: &[&str]| {
                path.iter().try_fold(capabilities, |at, name| at.get(*name)).is_some()
            };
            return Ok(Self {
                era: Era::Modern,
                tasks: declares(&["extensions", TASKS]),
                url: declares(&["elicitation", "url"]),
                ..client
            });
        }
        if let Some(version) = header.filter(|version| !LEGACY.contains(version))
            && !first
        {
            return Err(no_version(version));
        }
        let session = single(headers, SESSION)?;
        let Some(session) = session.filter(|_| !first) else { return Ok(client) };
        let known: Option<Session> = seal::open(state.engine(), SESSION, session);
        let known = known.filter(|known| known.principal == principal.id()).ok_or_else(|| {
            // The status that tells a client to begin anew.
            RpcError::new(INVALID_REQUEST, "there is no such session; initialize again")
                .status(StatusCode::NOT_FOUND)
        })?;
        Ok(Self { url: known.url, ..client })
    }

    /// Whether it speaks the revision without sessions.
    pub(super) fn modern(&self) -> bool {
        self.era == Era::Modern
    }

    /// A result as this client expects it.
    pub(super) fn complete(&self, mut result: Map<String, Value>) -> Value {
        if self.modern() {
            result.entry("resultType").or_insert_with(|| "complete".into());
            with_server(&mut result);
        }
        Value::Object(result)
    }

    /// A list that may be kept for a while, by this client alone: it depends on who asks.
    pub(super) fn listed(&self, mut result: Map<String, Value>) -> Value {
        if self.modern() {
            result.insert("ttlMs".into(), FRESH_MS.into());
            result.insert("cacheScope".into(), "private".into());
        }
        self.complete(result)
    }

    /// Refuses whoever did not declare the tasks extension.
    pub(super) fn needs_tasks(&self) -> Result<()> {
        if self.tasks {
            return Ok(());
        }
        let needed = json!({"requiredCapabilities": {"extensions": {TASKS: {}}}});
        Err(RpcError::new(NO_CAPABILITY, "this method needs the tasks extension; declare it")
            .data(needed)
            .status(StatusCode::BAD_REQUEST))
    }
}

/// Checks what every request of the newest revision must carry; its capabilities.
fn modern_request<'a>(
    headers: &HeaderMap,
    method: &str,
    params: &'a Value,
    said: Option<&str>,
    header: Option<&str>,
) -> Result<&'a Value> {
    let bad = |why: String| {
        RpcError::new(HEADER_MISMATCH, why)
            .data(json!({"code": "header_mismatch"}))
            .status(StatusCode::BAD_REQUEST)
    };
    let missing = |name: &str| {
        RpcError::new(INVALID_PARAMS, format!("`_meta` must carry `{name}`"))
            .data(json!({"code": "invalid_input", "path": format!("/_meta/{name}")}))
            .status(StatusCode::BAD_REQUEST)
    };
    let version = said.ok_or_else(|| missing(META_VERSION))?;
    match header {
        None => return Err(bad("send the header MCP-Protocol-Version".to_owned())),
        Some(header) if header != version => {
            return Err(bad(format!("MCP-Protocol-Version is {header}, `_meta` says {version}")));
        }
        Some(_) => {}
    }
    if version != MODERN {
        return Err(no_version(version));
    }
    let capabilities = params["_meta"].get(META_CAPABILITIES).filter(|found| found.is_object());
    let capabilities = capabilities.ok_or_else(|| missing(META_CAPABILITIES))?;
    match single(headers, METHOD)? {
        None => return Err(bad("send the header Mcp-Method".to_owned())),
        Some(said) if said != method => {
            return Err(bad(format!("Mcp-Method is {said}, the message says {method}")));
        }
        Some(_) => {}
    }
    let named = match method {
        "tools/call" => params.get("name"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => params.get("taskId"),
        _ => None,
    };
    if let Some(named) = named.and_then(Value::as_str) {
        match single(headers, NAME)?.map(decoded) {
            // Clients of tasks leave it out.
            None if method.starts_with("tasks/") => {}
            None => return Err(bad("send the header Mcp-Name".to_owned())),
            Some(said) if said.as_deref() != Some(named) => {
                return Err(bad(format!("Mcp-Name does not say {named}, as the message does")));
            }
            Some(_) => {}
        }
    }
    Ok(capabilities)
}

/// A header's value, in base64 where it is marked so.
fn decoded(value: &str) -> Option<String> {
    use base64::Engine as _;
    let Some(inner) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="))
    else {
        return Some(value.to_owned());
    };
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(inner).ok()?).ok()
}

/// A header that may come once only.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let mut found = headers.get_all(name).iter();
    let (first, second) = (found.next(), found.next());
    match (first.map(|value| value.to_str()), second) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(RpcError::new(HEADER_MISMATCH, format!("send the header {name} once, in ASCII"))
            .status(StatusCode::BAD_REQUEST)),
    }
}

fn no_version(requested: &str) -> RpcError {
    let supported: Vec<_> = std::iter::once(MODERN).chain(LEGACY).collect();
    RpcError::new(NO_VERSION, format!("this server does not speak revision {requested}"))
        .data(json!({"requested": requested, "supported": supported}))
        .status(StatusCode::BAD_REQUEST)
}

fn server() -> Value {
    json!({"name": "tandem", "title": "Tandem", "version": env!("CARGO_PKG_VERSION")})
}

fn with_server(result: &mut Map<String, Value>) {
    let meta = result.entry("_meta").or_insert_with(|| json!({}));
    meta[META_SERVER] = server();
}

/// `server/discover`.
pub(super) fn discover() -> Value {
    let supported: Vec<_> = std::iter::once(MODERN).chain(LEGACY).collect();
    json!({
        "resultType": "complete",
        "supportedVersions": supported,
        "capabilities": {"tools": {}, "extensions": {TASKS: {}}},
        "instructions": INSTRUCTIONS,
        "ttlMs": FRESH_MS,
        "cacheScope": "private",
        "_meta": {META_SERVER: server()},
    })
}

/// `initialize`, and the session of clients that open addresses: nobody else needs one.
pub(super) fn initialize(ctx: &Ctx, params: &Value) -> Result<(Value, Option<String>)> {
    let Some(asked) = params.get("protocolVersion").and_then(Value::as_str) else {
        return Err(RpcError::params("/protocolVersion", "say which revision you speak"));
    };
    let version = LEGACY.into_iter().find(|known| *known == asked).unwrap_or(LEGACY[0]);
    let url = params.pointer("/capabilities/elicitation/url").is_some();
    let session = url.then(|| {
        let session = Session { principal: ctx.principal.id(), url };
        seal::seal(ctx.state.engine(), SESSION, &session)
    });
    let result = json!({
        "protocolVersion": version,
        "capabilities": {"tools": {}},
        "serverInfo": server(),
        "instructions": INSTRUCTIONS,
    });
    Ok((result, session))
}
