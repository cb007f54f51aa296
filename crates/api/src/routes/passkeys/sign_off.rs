//! `POST /v1/cases/{id}/sign-off`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::CaseId;
use tandem_engine::passkeys::SignOffSubject;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::ok;
use crate::wire::passkeys::{PasskeyChallenge, SignOff};

/// Ask for the challenge that a passkey signs to approve a call: the digest of case, proposal, verdict,
/// answer, member and a number used once. It is good for five minutes.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/sign-off",
    tag = "review",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = SignOff,
    responses(
        (status = 200, description = "The challenge", body = PasskeyChallenge),
        (status = 409, description = "No passkey is registered", body = Problem),
    ),
)]
pub async fn sign_off_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<SignOff>,
) -> Result<Response> {
    let SignOff { verdict, seen, answer } = body.value;
    let subject = SignOffSubject { verdict, seen, answer };
    let made = state.engine().sign_off(&principal, id, subject).await?;
    Ok(ok(&PasskeyChallenge::new(made)))
}
