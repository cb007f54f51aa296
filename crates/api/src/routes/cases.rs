//! Cases: submit, read, wait, propose, cancel, reopen, veto, consume, outcomes, comments.

pub mod appeal;
pub mod batch;
pub mod cancel;
pub mod comments;
pub mod consume;
pub mod get;
pub mod grant_key;
pub mod judge;
pub mod list;
pub mod messages;
pub mod outcomes;
pub mod priority;
pub mod propose;
pub mod reopen;
pub mod submit;
pub mod timeline;
pub mod transfer;
pub mod veto;

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tandem_domain::case::Case;
use tandem_domain::{CaseId, Span};
use tandem_engine::principal::Principal;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::cases::CaseView;
use crate::wire::json;
use crate::wire::lens::Lens;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(submit::submit_case))
        .routes(routes!(batch::submit_batch))
        .routes(routes!(list::list_cases))
        .routes(routes!(get::get_case))
        .routes(routes!(propose::propose))
        .routes(routes!(cancel::cancel_case))
        .routes(routes!(reopen::reopen_case))
        .routes(routes!(transfer::transfer_case))
        .routes(routes!(priority::reprioritise_case))
        .routes(routes!(appeal::lodge_appeal))
        .routes(routes!(appeal::withdraw_appeal))
        .routes(routes!(veto::veto_case))
        .routes(routes!(consume::consume_decision))
        .routes(routes!(grant_key::get_grant_key))
        .routes(routes!(judge::judge_case))
        .routes(routes!(outcomes::record_outcome))
        .routes(routes!(outcomes::list_outcomes))
        .routes(routes!(outcomes::record_outcome_by_key))
        .routes(routes!(comments::list_comments))
        .routes(routes!(comments::add_comment))
        .routes(routes!(messages::list_messages, messages::say))
        .routes(routes!(messages::take_over))
        .routes(routes!(messages::hand_back))
        .routes(routes!(timeline::get_timeline))
}

/// How long to wait for a decision.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Parks the request until the case is decided or cancelled, at most so long: `30s`, `2m`.
    #[param(value_type = Option<String>, example = "30s")]
    pub wait: Option<Span>,
}

impl WaitQuery {
    /// The time to wait, if any.
    pub fn time(&self, state: &AppState) -> Result<Option<Duration>> {
        let Some(span) = self.wait else { return Ok(None) };
        let most = state.config().wait_limit;
        let wait = Duration::from_micros(span.0.max(0) as u64);
        if wait > most {
            let detail = format!("a request is parked for {} s at most", most.as_secs());
            return Err(Problem::invalid("invalid_query", "?wait", detail));
        }
        Ok((!wait.is_zero()).then_some(wait))
    }
}

/// A case as the caller may see it.
pub(super) async fn show(
    state: &AppState,
    principal: &Principal,
    status: StatusCode,
    case: &Case,
) -> Result<Response> {
    let handle = state.engine().loop_of(case).await?;
    let lens = Lens::new(principal, &handle, state.engine().now());
    Ok(json(status, &CaseView::new(case, &handle.name, lens)))
}

/// Whether the caller may decide an appeal of the case blind: what others said of it is hidden then.
pub(super) async fn is_blind(state: &AppState, principal: &Principal, id: CaseId) -> Result<bool> {
    let engine = state.engine();
    // Whoever may see a part of the case and not the case decides nothing.
    let Ok(case) = engine.get(principal, id).await else { return Ok(false) };
    let handle = engine.loop_of(&case).await?;
    Ok(Lens::new(principal, &handle, engine.now()).blind_appeal(&case).is_some())
}

/// Waits for a decision; a server that stops answers with what there is.
pub(super) async fn wait(
    state: &AppState,
    principal: &Principal,
    id: CaseId,
    time: Duration,
) -> Result<(Case, bool)> {
    let engine = state.engine();
    tokio::select! {
        waited = engine.wait(principal, id, time) => Ok(waited?),
        () = state.stopped() => Ok((engine.get(principal, id).await?, false)),
    }
}
