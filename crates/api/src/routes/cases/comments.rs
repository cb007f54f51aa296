//! `GET` and `POST /v1/cases/{id}/comments`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::CaseId;
use tandem_engine::cases::Comment as Kept;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::events::{Comment, CommentIn};
use crate::wire::{json, ok};

fn view(comment: Kept) -> Comment {
    Comment { id: comment.id, member: comment.member_id, body: comment.body, at: comment.at }
}

/// List the comments of a case, oldest first.
#[utoipa::path(
    get,
    path = "/v1/cases/{id}/comments",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    responses((status = 200, description = "All of them", body = Page<Comment>)),
)]
pub async fn list_comments(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
) -> Result<Response> {
    let comments = state.engine().comments(&principal, id, None).await?;
    let own = principal.member().map(|(member, _)| member);
    let blind = super::is_blind(&state, &principal, id).await?;
    let shown = comments.into_iter().filter(|kept| !blind || kept.member_id == own);
    Ok(ok(&Page::whole(shown.map(view).collect())))
}

/// Comment on a case.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/comments",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = CommentIn,
    responses((status = 201, description = "The comment", body = Comment)),
)]
pub async fn add_comment(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<CommentIn>,
) -> Result<Response> {
    let engine = state.engine();
    let comment = engine.comment(&principal, id, body.value.body, body.idem).await?;
    Ok(json(StatusCode::CREATED, &view(comment)))
}
