//! `POST /mcp`: agents ask people over the Model Context Protocol (streamable HTTP).
//!
//! The dialect is spoken here and nowhere else: [`rpc`] reads and writes JSON-RPC, [`dialect`] knows
//! the revisions and what a client declared, [`ladder`] how a call waits for a person with a client
//! that gives up after a minute, [`tasks`] the tasks extension. A task is a case; what a call leaves
//! behind in the client is sealed ([`seal`]), so this server keeps nothing of its own about clients and
//! a restart loses none of them. Everything goes through the use cases that `/v1` calls.

mod ask;
mod call;
mod dialect;
mod ladder;
mod listen;
mod rpc;
mod seal;
mod shown;
mod steps;
mod stream;
mod tasks;
mod tools;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tandem_engine::errors::EngineError;
use tandem_engine::principal::Principal;

use self::dialect::Client;
use self::rpc::{Id, Message, RpcError};
use crate::problem::Problem;
use crate::state::AppState;

/// The route of the protocol. It is not part of `/v1` and not in its description.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/mcp", post(receive).get(no_stream).delete(no_session))
        // Read here, so that a message that is too large is refused in the protocol's own shape.
        .layer(DefaultBodyLimit::disable())
}

/// Who calls, how, and what they wait with.
pub(crate) struct Ctx {
    pub(crate) state: AppState,
    pub(crate) principal: Arc<Principal>,
    pub(crate) client: Client,
}

/// What a request came to.
pub(crate) enum Answer {
    /// One message.
    Whole(Value),
    /// A stream of messages, the result last.
    Stream(Box<stream::Live>),
}

async fn receive(State(state): State<AppState>, headers: HeaderMap, body: Body) -> Response {
    match exchange(&state, &headers, body).await {
        Ok(response) => response,
        Err(error) => error.response(),
    }
}

async fn exchange(state: &AppState, headers: &HeaderMap, body: Body) -> rpc::Result<Response> {
    same_origin(state, headers)?;
    let principal = caller(state, headers).await?;
    let limit = state.config().body_limit;
    let bytes = axum::body::to_bytes(body, limit).await.map_err(|_| RpcError::too_large(limit))?;
    let message = Message::read(&bytes)?;
    drop(bytes);
    let Message { id, method, params } = message;
    let (Some(id), Some(method)) = (id, method) else {
        // Notifications and answers: what was asked of the client is decided elsewhere.
        return Ok(StatusCode::ACCEPTED.into_response());
    };
    let of = |error: RpcError| error.of(&id);
    let client = Client::read(state, &principal, headers, &method, &params).map_err(of)?;
    let ctx = Ctx { state: state.clone(), principal, client };
    match answer(ctx, &id, &method, params).await.map_err(of)? {
        (Answer::Whole(result), session) => {
            let mut response = crate::wire::ok(&rpc::success(&id, &result));
            if let Some(session) = session.and_then(|text| HeaderValue::from_str(&text).ok()) {
                response.headers_mut().insert(dialect::SESSION, session);
            }
            Ok(response)
        }
        (Answer::Stream(live), _) => Ok(live.response(id)),
    }
}

/// The result of a request, and the session that `initialize` opens for clients that need one.
async fn answer(
    ctx: Ctx,
    id: &Id,
    method: &str,
    params: Value,
) -> rpc::Result<(Answer, Option<String>)> {
    let modern = ctx.client.modern();
    let whole = |value: Value| Ok((Answer::Whole(value), None));
    match method {
        "initialize" if !modern => {
            let (result, session) = dialect::initialize(&ctx, &params)?;
            Ok((Answer::Whole(result), session))
        }
        "ping" if !modern => whole(json!({})),
        "server/discover" => whole(dialect::discover()),
        "tools/list" => {
            let listed = tools::list(&ctx).await?;
            whole(ctx.client.listed(listed))
        }
        "tools/call" => Ok((call::call(ctx, params).await?, None)),
        "tasks/get" => whole(tasks::get(&ctx, &params).await?),
        "tasks/update" => whole(tasks::update(&ctx, &params).await?),
        "tasks/cancel" => whole(tasks::cancel(&ctx, &params).await?),
        "subscriptions/listen" if modern => Ok((listen::listen(ctx, id, &params).await?, None)),
        _ => Err(RpcError::no_method(method, modern)),
    }
}

/// Whoever holds the key. Browsers' sessions are not taken: an agent is no person.
async fn caller(state: &AppState, headers: &HeaderMap) -> rpc::Result<Arc<Principal>> {
    let secret = crate::auth::bearer(headers)?.ok_or(EngineError::Unauthenticated)?;
    let principal = state.accounts().by_key(secret).await?;
    state.rates().take(&principal.actor)?;
    Ok(principal)
}

/// Browsers say which page sends. Only this server's own pages may, under whatever name it was reached.
fn same_origin(state: &AppState, headers: &HeaderMap) -> rpc::Result<()> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let rest = origin.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
    let own = state.engine().public_url().is_some_and(|url| url.eq_ignore_ascii_case(origin));
    if own || matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Ok(());
    }
    let why = "pages of other origins may not call; call from a program";
    Err(RpcError::new(rpc::REFUSED, why)
        .data(json!({"code": "cross_site"}))
        .status(StatusCode::FORBIDDEN))
}

async fn no_stream() -> Response {
    refused("this server keeps no stream open; progress comes on the stream of the request itself")
}

async fn no_session() -> Response {
    refused("there is no session to end: this server keeps none")
}

fn refused(why: &str) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", why);
    let mut response = RpcError::from(problem).response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
