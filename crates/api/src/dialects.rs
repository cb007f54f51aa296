//! Dialects: thin layers over the same use cases for clients that people have already.
//!
//! A dialect translates and nothing else: names, shapes, errors. Whoever calls is authenticated,
//! counted and allowed as everywhere; what comes in is a case of a loop, what goes out is its
//! decision. Each dialect is mounted under `/compat/` and speaks its own errors.

mod a2a;
mod a2i;
mod aws;
mod humanlayer;
mod stepfunctions;

use axum::Router;
use tandem_domain::case::{Case, Decision, DecisionState};
use tandem_engine::principal::Principal;

use crate::problem::Result;
use crate::state::AppState;
use crate::wire::lens::Lens;

/// All dialects.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .merge(a2i::router())
        .merge(humanlayer::router())
        .merge(stepfunctions::router())
        .merge(a2a::router())
}

/// What somebody sees of a case's decision. A dialect shows no more than the server's own API does.
#[derive(Clone, Copy)]
struct Seen<'a> {
    /// The decision that stands, where it is not hidden.
    decision: Option<&'a Decision>,
    /// Whether the case must look undecided.
    masked: bool,
    /// Whether proposals are hidden, and whatever tells of them.
    hidden: bool,
}

impl<'a> Seen<'a> {
    async fn of(state: &AppState, by: &Principal, case: &'a Case) -> Result<Self> {
        let engine = state.engine();
        let lens = Lens::new(by, &*engine.loop_of(case).await?, engine.now());
        let masked = lens.hides_decision(case);
        let hidden = masked || lens.hides_proposals(case);
        Ok(Self { decision: effective(case).filter(|_| !masked), masked, hidden })
    }
}

/// The decision that stands.
fn effective(case: &Case) -> Option<&Decision> {
    case.state.decisions.iter().rev().find(|decision| decision.state == DecisionState::Effective)
}
