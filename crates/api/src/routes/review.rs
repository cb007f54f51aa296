//! Reviewing: claims, queues, undo and retract.

pub mod claim;
pub mod held;
pub mod release;
pub mod renew;
pub mod retract;
pub mod undo;

use std::sync::Arc;

use tandem_engine::principal::Principal;
use tandem_engine::review::ClaimView;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Result;
use crate::state::AppState;
use crate::wire::claims::{Approval, Shown};
use crate::wire::lens::Lens;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(claim::claim))
        .routes(routes!(held::held_claims))
        .routes(routes!(renew::renew_claim))
        .routes(routes!(release::release_claim))
        .routes(routes!(undo::undo_judgment))
        .routes(routes!(retract::retract_judgment))
}

/// Claims with what is needed to show them.
pub(super) async fn show_claims(
    state: &AppState,
    principal: &Arc<Principal>,
    views: Vec<ClaimView>,
) -> Result<Vec<Shown>> {
    let engine = state.engine();
    let mut shown = Vec::with_capacity(views.len());
    for view in views {
        let handle = engine.loop_of(&view.case).await?;
        let lens = Lens::new(principal, &handle, engine.now());
        let explanation = match &view.proposal {
            Some(proposal) if !view.task.blind => engine.explanation(&view.case, proposal).await,
            _ => None,
        };
        let approved_by = if handle.spec().holds_action() {
            engine.approvals(&view.case, view.task.n).await?
        } else {
            Vec::new()
        };
        let approved_by = approved_by
            .into_iter()
            .map(|(name, at, signed)| Approval { name, at, signed })
            .collect();
        shown.push(Shown { view, handle, lens, explanation, approved_by });
    }
    Ok(shown)
}
