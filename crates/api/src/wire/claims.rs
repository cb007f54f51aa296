//! Claims and queues.

use serde::{Deserialize, Serialize};
use tandem_domain::case::Purpose;
use tandem_domain::ids::{ClaimId, JudgmentId, TaskId};
use tandem_domain::{CaseId, Proposal, Timestamp};
use tandem_engine::learning::Explanation;
use tandem_engine::loops::LoopHandle;
use tandem_engine::review::{ClaimOrder, ClaimRequest, ClaimView};
use utoipa::ToSchema;

use super::appeals::AppealView;
use super::cases::{CaseView, ProposalView, ReasonView, reasons};
use super::lens::Lens;
use crate::problem::{Problem, Result};

/// Which cases to claim.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimFilter {
    /// Names of loops; all where empty.
    #[serde(default)]
    pub loops: Vec<String>,
    /// Queues; all where empty.
    #[serde(default)]
    pub queues: Vec<String>,
    /// One case in particular.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// How many, 1 to 20.
    #[serde(default)]
    #[schema(default = 1, minimum = 1, maximum = 20)]
    pub limit: Option<u32>,
    /// Which comes first.
    #[serde(default)]
    pub order: Order,
}

/// Which case comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClaimOrder)]
pub enum Order {
    /// Highest priority, then what teaches most, then oldest.
    #[default]
    Policy,
    /// Oldest.
    Oldest,
    /// Where the proposal is least certain, whatever the priority.
    Uncertain,
    /// Uncertain cases that differ from one another, whatever the priority.
    Diverse,
    /// Due within a quarter of an hour, earliest first; then where a look is expected to save most:
    /// the doubt times the cost of an error, less the cost of a review (`policy.autonomy.costs`).
    Value,
    /// Cases with the same answer proposed one after the other, within a priority.
    Grouped,
}

impl ClaimFilter {
    /// The request as the engine takes it.
    pub fn into_domain(self) -> Result<ClaimRequest> {
        let limit = self.limit.unwrap_or(1);
        if !(1..=20).contains(&limit) {
            let detail = "one to twenty cases are claimed at once";
            return Err(Problem::invalid("invalid_input", "/limit", detail));
        }
        let order = match self.order {
            Order::Policy => ClaimOrder::Policy,
            Order::Oldest => ClaimOrder::Oldest,
            Order::Uncertain => ClaimOrder::Uncertain,
            Order::Diverse => ClaimOrder::Diverse,
            Order::Value => ClaimOrder::Value,
            Order::Grouped => ClaimOrder::Grouped,
        };
        Ok(ClaimRequest { loops: self.loops, queues: self.queues, case: self.case, limit, order })
    }
}

/// Claims.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claims<'a> {
    /// Seats that the caller holds now.
    pub claims: Vec<Claim<'a>>,
}

/// A seat of a task leased to one reviewer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claim<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ClaimId,
    /// Fencing token: goes with every use of the claim.
    pub token: u64,
    /// When the lease ends, unless renewed.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Length of a lease in seconds.
    pub lease_s: f64,
    /// How long a judgment may be undone, in seconds.
    pub undo_s: f64,
    /// Whether the proposal is hidden until the answer.
    pub blind: bool,
    /// The task, without its purpose.
    pub task: ClaimedTask<'a>,
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: &'a str,
    /// The case, as a reviewer sees it.
    pub case: CaseView<'a>,
    /// The proposal; null where there is none or where it is hidden.
    #[schema(value_type = Option<ProposalView<'a>>)]
    pub proposal: Option<ProposalView<'a>>,
    /// For calls of tools: what would run, exactly, and who approved it so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ActionShown<'a>>)]
    pub action: Option<ActionShown<'a>>,
    /// Why the model proposes this.
    #[schema(value_type = Option<Object>)]
    pub explanation: Option<&'a Explanation>,
    /// Where it is an appeal: who contests the decision, and why. `blind` says whether the earlier
    /// decision is hidden.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AppealView<'a>>)]
    pub appeal: Option<AppealView<'a>>,
    /// Why a person sees it.
    pub reasons: Vec<ReasonView<'a>>,
    /// The loop's guidelines, as Markdown.
    pub guidelines: Option<&'a str>,
    /// About how many more wait.
    pub waiting: u64,
}

/// A call of a tool as its reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionShown<'a> {
    /// The answer's field.
    pub field: &'a str,
    /// The tool.
    pub tool: &'a str,
    /// What it is called.
    pub title: Option<&'a str>,
    /// `low`, `medium` or `high`: what a wrong call may cost.
    pub risk: &'static str,
    /// Whether what it does can be taken back.
    pub reversible: bool,
    /// The only consumer that may take the grant.
    pub executor: Option<&'a str>,
    /// Where it acts.
    pub target: Option<&'a str>,
    /// The arguments as the canonical JSON (RFC 8785) that runs, whole.
    pub canonical: String,
    /// Digest of what is shown: `approve` sends it as `seen`.
    pub digest: Option<&'a str>,
    /// Persons whose approval it needs.
    pub needed: u32,
    /// Who approved these bytes so far.
    pub approved_by: &'a [Approval],
    /// Whether an edit asks others to approve, its author left out.
    pub edit_asks_anew: bool,
}

/// An approval of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approval {
    /// The member's name.
    pub name: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether their own passkey signed it; otherwise the server attests it.
    pub signed: bool,
}

/// A task as its reviewer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimedTask<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Where it waited.
    pub queue: &'a str,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A claim with what is needed to show it.
pub struct Shown {
    /// The claim.
    pub view: ClaimView,
    /// Its loop, in the version of the case.
    pub handle: std::sync::Arc<LoopHandle>,
    /// How its holder sees the case.
    pub lens: Lens,
    /// Why the model proposes this.
    pub explanation: Option<Explanation>,
    /// Who approved the call so far.
    pub approved_by: Vec<Approval>,
}

impl Shown {
    /// The claim on the wire.
    pub fn claim(&self) -> Claim<'_> {
        let (view, spec, lens) = (&self.view, self.handle.spec(), self.lens.at_work());
        let case = CaseView::new(&view.case, &view.loop_name, lens);
        let of_appeal = view.task.purpose == Purpose::Appeal;
        let contested = lens.blind_appeal(&view.case);
        let earlier = view.proposal.as_ref().is_some_and(|proposal| {
            contested.is_some_and(|appeal| proposal.n <= appeal.before.proposals)
        });
        let hidden = view.task.blind || lens.hides_proposals(&view.case) || earlier;
        let proposal = view.proposal.as_ref().filter(|_| !hidden);
        let telling = contested.is_some() || lens.masks_audit(&view.case);
        let route = view.case.state.route.as_ref().filter(|_| !telling);
        Claim {
            id: view.id,
            token: view.token,
            expires_at: view.expires_at,
            lease_s: spec.review.lease.as_seconds(),
            undo_s: spec.undo().as_seconds(),
            blind: view.task.blind,
            task: ClaimedTask {
                id: TaskId { case: view.case.core.id, n: view.task.n },
                queue: &view.task.queue,
                created_at: view.task.created_at,
            },
            loop_name: &view.loop_name,
            case,
            proposal: proposal.map(|proposal| ProposalView::new(view.case.core.id, proposal)),
            action: proposal.and_then(|proposal| self.action(proposal)),
            explanation: self.explanation.as_ref().filter(|_| !hidden),
            appeal: view
                .case
                .state
                .open_appeal()
                .filter(|_| of_appeal)
                .map(|appeal| AppealView::new(&view.case, appeal, lens)),
            reasons: route.map(|route| reasons(&route.reasons)).unwrap_or_default(),
            guidelines: spec.guidelines.as_deref(),
            waiting: view.waiting,
        }
    }
}

impl Shown {
    fn action<'a>(&'a self, proposal: &'a Proposal) -> Option<ActionShown<'a>> {
        let spec = self.handle.spec();
        let call = tandem_domain::answer::calls(spec, &proposal.output).next()?;
        Some(ActionShown {
            field: call.field,
            tool: call.tool,
            title: call.spec.title.as_deref(),
            risk: call.spec.risk.as_str(),
            reversible: call.spec.reversible,
            executor: call.spec.executor.as_deref(),
            target: call.spec.target.as_deref(),
            canonical: tandem_engine::gates::canonical(call.arguments).ok()?,
            digest: proposal.digest.as_deref(),
            needed: self.view.task.seats,
            approved_by: &self.approved_by,
            edit_asks_anew: spec.review.approvals.is_some() || self.view.task.seats > 1,
        })
    }
}

/// The claim's token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The newest token of the claim.
    pub token: u64,
}

/// A renewed lease.
#[derive(Debug, Serialize, ToSchema)]
pub struct Renewed {
    /// When the lease ends now.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The token from now on.
    pub token: u64,
}

/// What came of a judgment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Judged<'a> {
    /// The case as it is now.
    pub case: CaseView<'a>,
    /// The judgment.
    pub judgment: JudgmentDone,
    /// The next claim, where one was asked for and something waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Claim<'a>>)]
    pub next: Option<Claim<'a>>,
}

/// A judgment that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct JudgmentDone {
    /// Its id.
    #[schema(value_type = String)]
    pub id: JudgmentId,
    /// Until when it may be undone; null where it may not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undo_until: Option<Timestamp>,
}
