//! `GET` and `POST /v1/cases/{id}/messages`, `POST …/take-over` and `…/hand-back`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::case::Speaker;
use tandem_domain::{CaseId, Span};
use utoipa::IntoParams;

use super::{WaitQuery, show};
use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::loops::Reason;
use crate::wire::messages::{Conversation, HandBack, Message, MessageIn};
use crate::wire::{json, ok};

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Only those after this number.
    pub after: Option<u64>,
    /// Parks the request until something is said or the turn changes, at most so long: `30s`.
    #[param(value_type = Option<String>)]
    pub wait: Option<Span>,
}

/// Read the conversation beside a case, oldest first.
#[utoipa::path(
    get,
    path = "/v1/cases/{id}/messages",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case"), MessagesQuery),
    responses((status = 200, description = "What was said, and who has the turn", body = Conversation)),
)]
pub async fn list_messages(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    Query(query): Query<MessagesQuery>,
) -> Result<Response> {
    let wait = WaitQuery { wait: query.wait }.time(&state)?.unwrap_or_default();
    let after = query.after.unwrap_or(0);
    let mut found = state.engine().conversation(&principal, id, after, wait).await?;
    if super::is_blind(&state, &principal, id).await? {
        // What reviewers said tells how they saw it.
        found.said.retain(|said| !matches!(said.speaker, Speaker::Person | Speaker::Note));
    }
    Ok(ok(&Conversation::new(found)))
}

/// Say something on a case. While a person has taken over, the agent's messages are refused
/// (409 `taken_over`); those of the person affected never are.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/messages",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = MessageIn,
    responses(
        (status = 201, description = "The message", body = Message),
        (status = 200, description = "It was said before", body = Message),
    ),
)]
pub async fn say(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<MessageIn>,
) -> Result<Response> {
    let new = body.value.into_domain();
    let (said, fresh) = state.engine().say(&principal, id, new, body.idem).await?;
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Message::new(said, true)))
}

/// Take the turn in the conversation: for a reviewer who holds a claim on the case.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/take-over",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = Reason,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn take_over(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<Reason>,
) -> Result<Response> {
    let case = state.engine().take_over(&principal, id, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}

/// Give the turn back to the agent, with a note.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/hand-back",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = HandBack,
    responses((status = 200, description = "The case", body = CaseView<'static>)),
)]
pub async fn hand_back(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<HandBack>,
) -> Result<Response> {
    let case = state.engine().hand_back(&principal, id, body.value.note, body.idem).await?;
    show(&state, &principal, StatusCode::OK, &case).await
}
