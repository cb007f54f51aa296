//! `POST /v1/cases/{id}/judgments`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_domain::CaseId;
use tandem_engine::cases::IdemKey;
use tandem_engine::review::Said;

use crate::auth::Caller;
use crate::body::{Body, Path};
use crate::problem::Result;
use crate::routes::review::show_claims;
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::claims::{Judged, JudgmentDone};
use crate::wire::json;
use crate::wire::lens::Lens;
use crate::wire::passkeys::AssertionIn;
use crate::wire::submit::JudgmentIn;

/// Say what the answer is, and claim the next case where asked.
#[utoipa::path(
    post,
    path = "/v1/cases/{id}/judgments",
    tag = "review",
    params(("id" = String, Path, description = "Id of the case")),
    request_body = JudgmentIn,
    responses((status = 201, description = "The case, and the judgment", body = Judged<'static>)),
)]
pub async fn judge_case(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
    body: Body<JudgmentIn>,
) -> Result<Response> {
    let mut said = body.value;
    let assertion = said.assertion.take().map(AssertionIn::into_domain);
    let (claim, judgment, next) = said.into_domain(id)?;
    let next = next.map(crate::wire::claims::ClaimFilter::into_domain).transpose()?;
    let engine = state.engine();
    // A replay finds the claim that came with the first answer.
    let next_idem =
        body.idem.clone().map(|idem| IdemKey { route: format!("{} next", idem.route), ..idem });
    let judged =
        engine.judge(&principal, id, Said { claim, judgment, assertion }, body.idem).await?;
    let next = match next {
        Some(request) => engine.claim(&principal, request, next_idem).await?,
        None => Vec::new(),
    };
    let next = show_claims(&state, &principal, next).await?;
    let handle = engine.loop_of(&judged.case).await?;
    let lens = Lens::new(&principal, &handle, engine.now());
    let answer = Judged {
        case: CaseView::new(&judged.case, &handle.name, lens),
        judgment: JudgmentDone { id: judged.id, undo_until: judged.undo_until },
        next: next.first().map(crate::wire::claims::Shown::claim),
    };
    Ok(json(StatusCode::CREATED, &answer))
}
