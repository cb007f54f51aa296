//! Limits and settings of the HTTP server; the command line fills them.

use std::time::Duration;

/// Settings of the HTTP server. The defaults suit a small server on loopback.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// Largest JSON body in bytes.
    pub body_limit: usize,
    /// Largest upload in bytes.
    pub media_limit: usize,
    /// Longest line of a batch in bytes.
    pub line_limit: usize,
    /// Longest time a caller may be parked.
    pub wait_limit: Duration,
    /// How long a call over MCP is held while a person decides. Below the 60 s after which many clients
    /// give a call up.
    pub mcp_hold: Duration,
    /// How long an MCP client may take to come back with a sealed state.
    pub mcp_state_valid: Duration,
    /// Requests a second that one key or session may make on average.
    pub rate: f64,
    /// Requests it may make at once.
    pub burst: f64,
    /// Whether cookies are sent over TLS only. Set it wherever the server is reached by https.
    pub secure_cookies: bool,
    /// Time between heartbeats on event streams.
    pub heartbeat: Duration,
    /// How long open requests may take to end after the order to stop.
    pub grace: Duration,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            body_limit: 1 << 20,
            media_limit: 64 << 20,
            line_limit: 1 << 20,
            wait_limit: Duration::from_mins(2),
            mcp_hold: Duration::from_secs(45),
            mcp_state_valid: Duration::from_mins(15),
            rate: 50_000.0,
            burst: 100_000.0,
            secure_cookies: false,
            heartbeat: Duration::from_secs(15),
            grace: Duration::from_secs(10),
        }
    }
}
