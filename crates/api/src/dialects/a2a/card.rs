//! The agent card: what can be asked here, and how.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::json;

use super::VERSION;
use crate::state::AppState;
use crate::wire::ok;

/// `GET /.well-known/agent-card.json`. It is public and names no loop.
pub(super) async fn get(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if state.config().secure_cookies { "https" } else { "http" };
    let base = format!("{scheme}://{}", host.unwrap_or("localhost"));
    let interface = |path: &str, binding: &str| json!({"url": format!("{base}{path}"), "protocolBinding": binding, "protocolVersion": VERSION});
    ok(&json!({
        "name": "Tandem",
        "description": "Decides what an agent is about to do or say: by policy where that is safe, by people elsewhere.",
        "version": env!("CARGO_PKG_VERSION"),
        "supportedInterfaces": [
            interface("/compat/a2a/rpc", "JSONRPC"),
            interface("/compat/a2a", "HTTP+JSON"),
        ],
        "capabilities": {"streaming": true, "pushNotifications": false, "extendedAgentCard": false},
        "securitySchemes": {"key": {"httpAuthSecurityScheme": {
            "scheme": "Bearer", "description": "A key of Tandem, tdm_…",
        }}},
        "securityRequirements": [{"schemes": {"key": {"list": []}}}],
        "defaultInputModes": ["application/json", "text/plain"],
        "defaultOutputModes": ["application/json"],
        "skills": [{
            "id": "decide",
            "name": "Decide",
            "description": "Send a case of a loop: a data part {\"loop\", \"input\", \"proposal\"?}. The task waits in \
                            INPUT_REQUIRED until it is decided; the decision is its artifact.",
            "tags": ["human-in-the-loop", "approval", "review"],
            "examples": ["{\"loop\": \"support-intents\", \"input\": {\"text\": \"my card has not arrived\"}}"],
        }],
    }))
}
