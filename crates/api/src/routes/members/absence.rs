//! `GET /v1/absences`, `GET` and `POST /v1/members/{id}/absence`, and what the delegate says

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tandem_domain::{MemberId, Timestamp};
use tandem_engine::gates::{Absence as Away, AbsenceView, NewAbsence};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::passkeys::{AssertionIn, PasskeyChallenge};

/// That a member is away, and who is asked to stand in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAbsence)]
pub struct AbsenceIn {
    /// Until when; null for somebody who is back.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// The member who is asked to stand in.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub delegate: Option<MemberId>,
}

/// Whether a member is away, and who stands in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Absence {
    /// Until when; null for somebody who is here.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// The member who is asked to stand in: reviews what the absent one may, and is one person with
    /// them for four eyes, once they said yes.
    #[schema(value_type = Option<String>)]
    pub delegate: Option<MemberId>,
    /// When they said yes; null before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
}

impl Absence {
    fn new(away: Option<Away>) -> Self {
        Self {
            until: away.map(|away| away.until),
            delegate: away.map(|away| away.delegate),
            accepted_at: away.and_then(|away| away.accepted_at),
        }
    }
}

/// A member who is away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedAbsence {
    /// Who.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// Their name.
    pub name: String,
    /// Who is asked to stand in.
    #[schema(value_type = String)]
    pub delegate: MemberId,
    /// Their name.
    pub delegate_name: String,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Since when the delegate is asked.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// When the delegate said yes; null before, and nobody stands in then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
    /// What the delegate says yes to: SHA-256, hex, over the above.
    pub digest: String,
    /// Whether saying yes takes the delegate's passkey.
    pub takes_passkey: bool,
}

impl From<AbsenceView> for ListedAbsence {
    fn from(view: AbsenceView) -> Self {
        let away = view.absence;
        Self {
            member: away.member,
            name: view.name,
            delegate: away.delegate,
            delegate_name: view.delegate_name,
            until: away.until,
            asked_at: away.asked_at,
            accepted_at: away.accepted_at,
            digest: view.digest,
            takes_passkey: view.takes_passkey,
        }
    }
}

/// Somebody who could stand in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Delegate {
    /// The member.
    #[schema(value_type = String)]
    pub id: MemberId,
    /// Their name.
    pub name: String,
}

/// Who is away.
#[derive(Debug, Serialize, ToSchema)]
pub struct Absences {
    /// One's own absence, and those in which one stands in or is asked to; everybody's for whoever may
    /// read members.
    pub items: Vec<ListedAbsence>,
    /// Who could stand in for oneself.
    pub delegates: Vec<Delegate>,
}

/// What a delegate says yes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceSeen {
    /// The `digest` of what was shown.
    pub digest: String,
}

/// That a delegate says yes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceAccepted {
    /// The `digest` of what was shown.
    pub digest: String,
    /// What one's passkey signed, where it takes one.
    #[serde(default)]
    pub assertion: Option<AssertionIn>,
}

/// List who is away: oneself and those for whom one stands in or is asked to; everybody, with the right
/// to read members.
#[utoipa::path(
    get,
    path = "/v1/absences",
    tag = "people",
    responses((status = 200, description = "Absences that last", body = Absences)),
)]
pub async fn list_absences(
    State(state): State<AppState>,
    Caller(principal): Caller,
) -> Result<Response> {
    let (items, delegates) = state.engine().absences(&principal).await?;
    Ok(ok(&Absences {
        items: items.into_iter().map(ListedAbsence::from).collect(),
        delegates: delegates.into_iter().map(|(id, name)| Delegate { id, name }).collect(),
    }))
}

/// Read whether a member is away. One's own, or any with the right to read members.
#[utoipa::path(
    get,
    path = "/v1/members/{id}/absence",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member")),
    responses((status = 200, description = "The absence", body = Absence)),
)]
pub async fn get_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
) -> Result<Response> {
    Ok(ok(&Absence::new(state.accounts().absence(&principal, id).await?)))
}

/// Say that a member is away until a time and ask somebody to stand in; without a time, that they are
/// back. One's own, or any for an admin. Nobody stands in before they said yes.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/absence",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member")),
    request_body = AbsenceIn,
    responses((status = 200, description = "The absence", body = Absence)),
)]
pub async fn set_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    body: Body<AbsenceIn>,
) -> Result<Response> {
    let wanted = match (body.value.until, body.value.delegate) {
        (None, None) => None,
        (Some(until), Some(delegate)) => Some(NewAbsence { until, delegate }),
        (None, Some(_)) => return Err(missing("/until")),
        (Some(_), None) => return Err(missing("/delegate")),
    };
    Ok(ok(&Absence::new(state.accounts().set_absence(&principal, id, wanted).await?)))
}

/// Ask for the challenge that one's passkey signs to stand in: the digest of what was shown, of who
/// stands in, and of a number used once. It is good for five minutes.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/absence/challenge",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member who is away")),
    request_body = AbsenceSeen,
    responses(
        (status = 200, description = "The challenge", body = PasskeyChallenge),
        (status = 409, description = "No passkey is registered, or it changed", body = Problem),
    ),
)]
pub async fn challenge_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    body: Body<AbsenceSeen>,
) -> Result<Response> {
    let made = state.engine().absence_challenge(&principal, id, &body.value.digest).await?;
    Ok(ok(&PasskeyChallenge::new(made)))
}

/// Say yes to standing in for a member. Only whoever is asked does.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/absence/accept",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member who is away")),
    request_body = AbsenceAccepted,
    responses(
        (status = 200, description = "The absence, in force", body = ListedAbsence),
        (status = 409, description = "It changed, or takes a passkey", body = Problem),
    ),
)]
pub async fn accept_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    body: Body<AbsenceAccepted>,
) -> Result<Response> {
    let AbsenceAccepted { digest, assertion } = body.value;
    let raw = assertion.map(AssertionIn::into_domain);
    let view = state.engine().accept_absence(&principal, id, &digest, raw).await?;
    Ok(ok(&ListedAbsence::from(view)))
}

/// Say no to standing in for a member, or stand in no longer. Only whoever is asked does.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/absence/decline",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member who is away")),
    responses((status = 204, description = "Nobody stands in")),
)]
pub async fn decline_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
) -> Result<Response> {
    state.engine().decline_absence(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn missing(path: &str) -> Problem {
    Problem::invalid("invalid_input", path, "an absence has an end and somebody who stands in")
}
