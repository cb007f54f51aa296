//! `GET` and `POST /v1/persons/changes`, `POST /v1/persons/changes/{id}/confirm` and `/decline`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tandem_domain::{MemberId, PersonChangeId, Timestamp};
use tandem_engine::accounts::{PersonChange as Change, PersonChangeView};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::{Body, Path, Query};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::common::{Page, PageQuery, limit};
use crate::wire::{json, ok};

/// A change of who is which natural person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPersonChange)]
pub struct PersonChangeIn {
    /// `merge`: two accounts are one person's; `split`: an account is another person's; `identify`: an
    /// account is the person's whose name it bears.
    pub kind: KindName,
    /// The account.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// For `merge`: the other account.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub into: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// What changes.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PersonChangeKind)]
pub enum KindName {
    /// Two accounts are one person's.
    Merge,
    /// An account is another person's than those it is linked with.
    Split,
    /// An account is the person's whose name it bears.
    Identify,
}

/// A change of who is which natural person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonChange {
    /// Its id.
    #[schema(value_type = String)]
    pub id: PersonChangeId,
    /// What changes.
    pub kind: KindName,
    /// The account.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// For `merge`: the other account.
    #[schema(value_type = Option<String>)]
    pub into: Option<MemberId>,
    /// Why.
    pub reason: String,
    /// `asked`, `confirmed` or `declined`.
    pub state: String,
    /// The admin who asked.
    #[schema(value_type = String)]
    pub asked_by: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// The admin who confirmed or declined.
    #[schema(value_type = Option<String>)]
    pub settled_by: Option<MemberId>,
}

impl PersonChange {
    fn new(view: PersonChangeView) -> Self {
        let (kind, member, into) = match view.change {
            Change::Merge { member, into } => (KindName::Merge, member, Some(into)),
            Change::Split { member } => (KindName::Split, member, None),
            Change::Identify { member } => (KindName::Identify, member, None),
        };
        Self {
            id: view.id,
            kind,
            member,
            into,
            reason: view.reason,
            state: view.state,
            asked_by: view.asked_by,
            asked_at: view.asked_at,
            settled_by: view.settled_by,
        }
    }
}

/// Ask for accounts to be linked to one natural person, told apart, or taken for whose name they bear. Another admin
/// confirms it.
#[utoipa::path(
    post,
    path = "/v1/persons/changes",
    tag = "people",
    request_body = PersonChangeIn,
    responses((status = 201, description = "It waits for another admin", body = PersonChange)),
)]
pub async fn ask_person_change(
    State(state): State<AppState>,
    Caller(principal): Caller,
    body: Body<PersonChangeIn>,
) -> Result<Response> {
    let PersonChangeIn { kind, member, into, reason } = body.value;
    let change = match (kind, into) {
        (KindName::Merge, Some(into)) => Change::Merge { member, into },
        (KindName::Split, None) => Change::Split { member },
        (KindName::Identify, None) => Change::Identify { member },
        (KindName::Merge, None) => {
            return Err(Problem::invalid("invalid_input", "/into", "name the other account"));
        }
        (KindName::Split | KindName::Identify, Some(_)) => {
            let detail = "this is said of one account; leave `into` out";
            return Err(Problem::invalid("invalid_input", "/into", detail));
        }
    };
    let asked = state.accounts().ask_person_change(&principal, change, &reason).await?;
    Ok(json(StatusCode::CREATED, &PersonChange::new(asked)))
}

/// List the newest changes of who is who.
#[utoipa::path(
    get,
    path = "/v1/persons/changes",
    tag = "people",
    params(PageQuery),
    responses((status = 200, description = "The newest", body = Page<PersonChange>)),
)]
pub async fn list_person_changes(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let found = state.accounts().person_changes(&principal, limit(query.limit)?).await?;
    Ok(ok(&Page::whole(found.into_iter().map(PersonChange::new).collect())))
}

/// Confirm a change that another admin asked for.
#[utoipa::path(
    post,
    path = "/v1/persons/changes/{id}/confirm",
    tag = "people",
    params(("id" = String, Path, description = "Id of the change")),
    responses((status = 200, description = "Carried out", body = PersonChange)),
)]
pub async fn confirm_person_change(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<PersonChangeId>,
) -> Result<Response> {
    let done = state.accounts().settle_person_change(&principal, id, true).await?;
    Ok(ok(&PersonChange::new(done)))
}

/// Decline a change; nothing changes then.
#[utoipa::path(
    post,
    path = "/v1/persons/changes/{id}/decline",
    tag = "people",
    params(("id" = String, Path, description = "Id of the change")),
    responses((status = 200, description = "Declined", body = PersonChange)),
)]
pub async fn decline_person_change(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<PersonChangeId>,
) -> Result<Response> {
    let done = state.accounts().settle_person_change(&principal, id, false).await?;
    Ok(ok(&PersonChange::new(done)))
}
