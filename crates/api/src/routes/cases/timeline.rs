//! `GET /v1/cases/{id}/timeline`

use axum::extract::State;
use axum::response::Response;
use tandem_domain::CaseId;
use tandem_engine::review::shown_on_blind_appeal;

use crate::auth::Caller;
use crate::body::Path;
use crate::problem::Result;
use crate::state::AppState;
use crate::wire::common::Page;
use crate::wire::events::{Event, tells_reviewers_too_much};
use crate::wire::lens::Lens;
use crate::wire::ok;

/// Read what happened to a case, oldest first. Reviewers see neither details nor what would tell
/// them how others judged.
#[utoipa::path(
    get,
    path = "/v1/cases/{id}/timeline",
    tag = "cases",
    params(("id" = String, Path, description = "Id of the case")),
    responses((status = 200, description = "All events", body = Page<Event>)),
)]
pub async fn get_timeline(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Path(id): Path<CaseId>,
) -> Result<Response> {
    let engine = state.engine();
    let events = engine.timeline(&principal, id).await?;
    let case = engine.get(&principal, id).await?;
    let lens = Lens::new(&principal, &*engine.loop_of(&case).await?, engine.now());
    let blind = lens.blind_appeal(&case).is_some();
    let whole = lens.whole() && !lens.hides_proposals(&case) && !blind;
    let shown = events
        .into_iter()
        .filter(|event| !blind || shown_on_blind_appeal(&event.kind))
        .filter(|event| whole || !tells_reviewers_too_much(&event.kind))
        .map(|event| Event::new(event, whole))
        .collect();
    Ok(ok(&Page::<Event>::whole(shown)))
}
