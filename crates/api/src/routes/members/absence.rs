//! `GET` and `POST /v1/members/{id}/absence`

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tandem_domain::{MemberId, Timestamp};
use tandem_engine::gates::{Absence as Away, NewAbsence};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;

/// Whether a member is away, and who stands in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Until when; null for somebody who is here.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// The member who stands in: reviews what the absent one may, and is one person with them for
    /// four eyes.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub delegate: Option<MemberId>,
}

impl Absence {
    fn new(away: Option<Away>) -> Self {
        Self { until: away.map(|away| away.until), delegate: away.map(|away| away.delegate) }
    }
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

/// Say that a member is away until a time and who stands in; without a time, that they are back.
/// One's own, or any for an admin.
#[utoipa::path(
    post,
    path = "/v1/members/{id}/absence",
    tag = "people",
    params(("id" = String, Path, description = "Id of the member")),
    request_body = Absence,
    responses((status = 200, description = "The absence", body = Absence)),
)]
pub async fn set_absence(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<MemberId>,
    body: Body<Absence>,
) -> Result<Response> {
    let wanted = match (body.value.until, body.value.delegate) {
        (None, None) => None,
        (Some(until), Some(delegate)) => Some(NewAbsence { until, delegate }),
        (None, Some(_)) => return Err(missing("/until")),
        (Some(_), None) => return Err(missing("/delegate")),
    };
    Ok(ok(&Absence::new(state.accounts().set_absence(&principal, id, wanted).await?)))
}

fn missing(path: &str) -> Problem {
    Problem::invalid("invalid_input", path, "an absence has an end and somebody who stands in")
}
