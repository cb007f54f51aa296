//! Cases as they are read.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tandem_domain::case::{
    Answer, Appeal, Case, DecisionState, Judgment, JudgmentState, Proposal, Status, Verdict,
};
use tandem_domain::ids::{JudgmentId, ProposalId, TaskId};
use tandem_domain::policy::{Reason, Route};
use tandem_domain::{CaseId, MemberId, Timestamp};
use utoipa::ToSchema;

use super::appeals::AppealView;
use super::chain::TryView;
use super::copilot::AuthorshipView;
use super::decisions::DecisionView;
use super::lens::Lens;
use super::messages::{Turn, Utterance};

/// A case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseView<'a> {
    /// Its id.
    #[schema(value_type = String, example = "case_01jd0000000000000000000000")]
    pub id: CaseId,
    /// Its loop.
    #[serde(rename = "loop")]
    pub loop_name: &'a str,
    /// The version of the loop it came in under.
    pub loop_version: u32,
    /// The submitter's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Whose data this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<&'a str>,
    /// Where it stands: `queued`, `claimed`, `waiting_for_proposal`, `held`, `decided`, `cancelled`
    /// or `reopened`.
    pub status: &'static str,
    /// What came in.
    #[schema(value_type = Object)]
    pub input: &'a Value,
    /// Tags.
    pub tags: &'a [String],
    /// Group attributes; hidden from reviewers unless the loop uses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a BTreeMap<String, String>>,
    /// 0 to 9, 9 first.
    pub priority: u8,
    /// When it is overdue.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// Whether the deadline passed without a decision.
    pub overdue: bool,
    /// Whether the person concerned asked for a person.
    pub requested_human: bool,
    /// The conversation before the case came in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transcript: Vec<Utterance>,
    /// What the agent tried already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempted: Option<&'a str>,
    /// Who has the turn in the live conversation.
    pub turn: Turn,
    /// What stands in for the answer while the case waits: not a decision, and gone once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Interim<'a>>)]
    pub interim: Option<Interim<'a>>,
    /// The run it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<&'a str>,
    /// Whether it is imported history.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// The newest proposal that is not a shadow.
    #[schema(value_type = Option<ProposalView<'a>>)]
    pub proposal: Option<ProposalView<'a>>,
    /// All proposals, oldest first.
    pub proposals: Vec<ProposalView<'a>>,
    /// Where it was sent, and why.
    #[schema(value_type = Option<RouteView<'a>>)]
    pub route: Option<RouteView<'a>>,
    /// What the links of the chain and the models that check said, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<TryView<'a>>,
    /// How many judgments it needs and has.
    pub progress: Progress,
    /// What a reviewer wants changed, while a revised proposal is waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ChangesWanted<'a>>)]
    pub changes_wanted: Option<ChangesWanted<'a>>,
    /// The decision that stands, or that is about to.
    #[schema(value_type = Option<DecisionView<'a>>)]
    pub decision: Option<DecisionView<'a>>,
    /// All decisions, oldest first.
    pub decisions: Vec<DecisionView<'a>>,
    /// Appeals, oldest first. Whoever decides one blind sees that one only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub appeals: Vec<AppealView<'a>>,
    /// Tasks; hidden from reviewers and submitters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<TaskView<'a>>>,
    /// Judgments: one's own, and for those who see everything all of them.
    pub judgments: Vec<JudgmentView<'a>>,
}

/// What stands in for an answer. It is no decision and counts as none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Interim<'a> {
    /// The answer to go on with for now.
    #[schema(value_type = Object)]
    pub output: &'a Answer,
    /// Always false: whatever is done on it must be possible to take back.
    pub decided: bool,
}

/// What a reviewer wants changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesWanted<'a> {
    /// Which revision this asks for, from 1.
    pub attempt: u32,
    /// The reviewer's note.
    pub note: Option<&'a str>,
    /// Reason codes.
    pub reasons: &'a [String],
}

/// How far the deciding task is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// Judgments wanted.
    pub needed: u32,
    /// Judgments that count.
    pub have: u32,
    /// Seats that are held.
    pub held: u32,
}

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
pub struct ProposalView<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ProposalId,
    /// The suggested answer.
    #[schema(value_type = Object)]
    pub output: &'a Answer,
    /// Confidence by field; the empty name for the whole.
    pub confidence: &'a BTreeMap<String, f64>,
    /// Probabilities of the options by field.
    pub probabilities: &'a BTreeMap<String, BTreeMap<String, f64>>,
    /// Model and version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'a str>,
    /// Evidence.
    #[schema(value_type = Vec<Object>)]
    pub evidence: &'a [Value],
    /// For calls of tools: SHA-256, hex, over the bytes that are shown; whoever approves sends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<&'a str>,
    /// Whether it is only recorded beside the live one.
    pub shadow: bool,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Where a case was sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Route)]
pub struct RouteView<'a> {
    /// `auto`, `review` or `block`.
    pub to: &'static str,
    /// The queue, for reviews.
    pub queue: &'a str,
    /// Seats, for reviews.
    pub reviewers: u32,
    /// Version of the loop.
    pub loop_version: u32,
    /// Epoch of the loop's autonomy.
    pub epoch: u32,
    /// `in_the_loop`, `on_the_loop` or `out_of_the_loop`.
    pub mode: &'static str,
    /// Why, most important first.
    pub reasons: Vec<ReasonView<'a>>,
    /// With `enforce: false`: what the policy would have done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub would_be: Option<&'static str>,
    /// Probability of an audit, where chance had a say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
    /// The draw that was compared with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draw: Option<f64>,
    /// Whether it is audited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<bool>,
    /// What the policy knew.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub facts: Option<&'a tandem_domain::policy::Facts>,
}

/// A reason of a route.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView<'a> {
    /// Its code.
    #[schema(example = "low_confidence")]
    pub code: &'a str,
    /// Name of the rule or guardrail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The number that was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// What it was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// More of it in words: what failed and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'a str>,
}

/// A task.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub struct TaskView<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// `decide`, `arbitrate`, `audit`, `cross_check` or `appeal`.
    pub purpose: &'static str,
    /// Where it waits.
    pub queue: &'a str,
    /// Judgments wanted.
    pub seats: u32,
    /// Whether it is open.
    pub open: bool,
    /// Whether the proposal is hidden until the reviewer answered.
    pub blind: bool,
    /// Who holds a seat.
    #[schema(value_type = Vec<String>)]
    pub claimed_by: Vec<MemberId>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A judgment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Judgment)]
pub struct JudgmentView<'a> {
    /// Its id.
    #[schema(value_type = String)]
    pub id: JudgmentId,
    /// The task it answers.
    #[schema(value_type = String)]
    pub task: TaskId,
    /// The proposal that was looked at.
    #[schema(value_type = Option<String>)]
    pub proposal: Option<ProposalId>,
    /// Who.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// What they said.
    pub verdict: &'static str,
    /// The answer.
    #[schema(value_type = Option<Object>)]
    pub answer: Option<&'a Answer>,
    /// Reason codes.
    pub reasons: &'a [String],
    /// What the machine did wrong.
    pub failure_modes: &'a [String],
    /// A rating from 1 to 5.
    pub rating: Option<u8>,
    /// Ticked items.
    pub checklist: &'a [String],
    /// A remark.
    pub comment: Option<&'a str>,
    /// Why, for the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<&'a str>,
    /// Plain words for the person affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<&'a str>,
    /// Who wrote its texts; in loops with a co-pilot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<AuthorshipView>,
    /// Time spent in milliseconds.
    pub elapsed_ms: u64,
    /// Whether the proposal was hidden.
    pub blind: bool,
    /// `counted`, `undone`, `retracted` or `superseded`.
    pub state: &'static str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl<'a> CaseView<'a> {
    /// The case as `lens` shows it.
    pub fn new(case: &'a Case, loop_name: &'a str, lens: Lens) -> Self {
        let (core, state) = (&case.core, &case.state);
        let (hidden, masked) = (lens.hides_proposals(case), lens.masks_audit(case));
        let contested = lens.blind_appeal(case);
        // Whoever decides an appeal blind sees none of what was there before it, nor their own decision
        // while they may still undo it: its outcome tells of the proposal.
        let before = contested.map(|appeal| appeal.before);
        let shown = state.decisions.iter().filter(|decision| {
            !masked && contested.is_none() && (lens.held() || decision.state != DecisionState::Held)
        });
        let live = shown.clone().rev().find(|decision| decision.state.is_live());
        let seen = |n: u32| before.is_none_or(|before| n > before.proposals);
        let proposal = state.current_proposal().filter(|proposal| !hidden && seen(proposal.n));
        let shadows = lens.whole() && contested.is_none();
        let proposals = state
            .proposals
            .iter()
            .filter(|proposal| !hidden && seen(proposal.n) && (!proposal.shadow || shadows));
        let route = state.route.as_ref().filter(|_| contested.is_none());
        Self {
            id: core.id,
            loop_name,
            loop_version: core.loop_version,
            key: core.key.as_deref(),
            subject: core.subject.as_deref(),
            status: if masked { masked_status(case) } else { state.status.as_str() },
            input: &core.input,
            tags: &core.tags,
            group: (lens.group() && !core.group.is_empty()).then_some(&core.group),
            priority: case.priority(),
            deadline: state.deadline.or(core.deadline),
            overdue: state.overdue,
            requested_human: core.requested_human,
            transcript: core.handover.transcript.iter().map(Utterance::new).collect(),
            attempted: core.handover.attempted.as_deref(),
            turn: Turn::new(state.taken_over, lens.held()),
            interim: interim(case, masked).filter(|_| contested.is_none()),
            run: core.run.as_deref(),
            imported: core.imported,
            created_at: core.created_at,
            updated_at: if masked { core.created_at } else { state.updated_at },
            proposal: proposal.map(|proposal| ProposalView::new(core.id, proposal)),
            proposals: proposals.map(|proposal| ProposalView::new(core.id, proposal)).collect(),
            route: route.map(|route| RouteView::new(route, lens, hidden, masked)),
            chain: tries(case, lens, hidden || masked || contested.is_some()),
            progress: progress(case, masked),
            changes_wanted: changes_wanted(case),
            decision: live.map(|decision| DecisionView::new(case, decision, lens.now())),
            decisions: shown
                .map(|decision| DecisionView::new(case, decision, lens.now()))
                .collect(),
            appeals: appeals(case, lens, masked),
            tasks: lens.whole().then(|| tasks(case, contested)),
            judgments: state
                .judgments
                .iter()
                .filter(|judgment| lens.judgment(case, judgment.member))
                .map(|judgment| JudgmentView::new(core.id, judgment))
                .collect(),
        }
    }
}

/// What links said is told to whoever sees proposals.
fn tries(case: &Case, lens: Lens, hidden: bool) -> Vec<TryView<'_>> {
    let tries = case.state.chain.iter().flat_map(|chain| &chain.tries);
    tries.filter(|_| !hidden).map(|tried| TryView::new(tried, lens.whole())).collect()
}

fn interim(case: &Case, masked: bool) -> Option<Interim<'_>> {
    let waits = masked || !tandem_engine::cases::is_finished(case);
    let output = case.core.interim.as_ref().filter(|_| waits)?;
    Some(Interim { output, decided: false })
}

fn masked_status(case: &Case) -> &'static str {
    let free = case.state.tasks.iter().any(|task| case.state.free_seats(task) > 0);
    if free { "queued" } else { "claimed" }
}

fn progress(case: &Case, masked: bool) -> Progress {
    let state = &case.state;
    let wanted =
        |task: &&tandem_domain::Task| if masked { task.open } else { task.purpose.decides() };
    let Some(task) = state.tasks.iter().rev().find(wanted) else {
        return Progress { needed: 0, have: 0, held: 0 };
    };
    Progress {
        needed: task.seats,
        have: state.filled(task.n).count() as u32,
        held: task.claims.len() as u32,
    }
}

/// What a reviewer wants changed, while a revised proposal is waited for.
pub(crate) fn changes_wanted(case: &Case) -> Option<ChangesWanted<'_>> {
    let state = &case.state;
    let asked = state.judgments.iter().rev().find(|judgment| {
        judgment.state == JudgmentState::Counted && judgment.verdict == Verdict::RequestChanges
    })?;
    (state.status == Status::WaitingForProposal).then(|| ChangesWanted {
        attempt: state.attempts,
        note: asked.comment.as_deref(),
        reasons: &asked.reasons,
    })
}

fn appeals(case: &Case, lens: Lens, masked: bool) -> Vec<AppealView<'_>> {
    let only = lens.blind_appeal(case).map(|appeal| appeal.n);
    let shown = |n: u32| only.is_none_or(|only| only == n) && !masked;
    let appeals = case.state.appeals.iter().filter(|appeal| shown(appeal.n));
    appeals.map(|appeal| AppealView::new(case, appeal, lens)).collect()
}

fn tasks<'a>(case: &'a Case, contested: Option<&Appeal>) -> Vec<TaskView<'a>> {
    case.state
        .tasks
        .iter()
        .filter(|task| contested.is_none_or(|appeal| appeal.tasks.contains(&task.n)))
        .map(|task| TaskView {
            id: TaskId { case: case.core.id, n: task.n },
            purpose: task.purpose.as_str(),
            queue: &task.queue,
            seats: task.seats,
            open: task.open,
            blind: task.blind,
            claimed_by: task.claims.iter().map(|claim| claim.member).collect(),
            created_at: task.created_at,
        })
        .collect()
}

impl<'a> ProposalView<'a> {
    /// A proposal of a case.
    pub fn new(case: CaseId, proposal: &'a Proposal) -> Self {
        Self {
            id: ProposalId { case, n: proposal.n },
            output: &proposal.output,
            confidence: &proposal.confidence,
            probabilities: &proposal.probabilities,
            model: proposal.model.as_deref(),
            evidence: &proposal.evidence,
            digest: proposal.digest.as_deref(),
            shadow: proposal.shadow,
            at: proposal.at,
        }
    }
}

impl<'a> RouteView<'a> {
    fn new(route: &'a Route, lens: Lens, hidden: bool, masked: bool) -> Self {
        let whole = lens.whole() && !hidden;
        Self {
            to: if masked { "review" } else { super::loops::route_to(route.to) },
            queue: &route.queue,
            reviewers: route.reviewers,
            loop_version: route.loop_version,
            epoch: route.epoch,
            mode: super::loops::mode(route.mode),
            reasons: if masked { Vec::new() } else { seen(reasons(&route.reasons), hidden) },
            would_be: route.would_be.filter(|_| !masked).map(super::loops::route_to),
            propensity: whole.then_some(route.propensity),
            draw: whole.then_some(route.draw),
            audit: whole.then_some(route.audit),
            facts: whole.then_some(&route.facts),
        }
    }
}

/// Whoever answers blind does not see what the machine holds possible.
fn seen(mut reasons: Vec<ReasonView<'_>>, hidden: bool) -> Vec<ReasonView<'_>> {
    let sets = ["singleton", "ambiguous", "autonomy", "below_threshold", "earning", "demoted"];
    for reason in reasons.iter_mut().filter(|reason| hidden && sets.contains(&reason.code)) {
        reason.name = None;
    }
    reasons
}

/// Reasons as they are sent.
pub fn reasons(reasons: &[Reason]) -> Vec<ReasonView<'_>> {
    reasons
        .iter()
        .map(|reason| ReasonView {
            code: &reason.code,
            name: reason.name.as_deref(),
            value: reason.value,
            threshold: reason.threshold,
            why: reason.why.as_deref(),
        })
        .collect()
}

impl<'a> JudgmentView<'a> {
    fn new(case: CaseId, judgment: &'a Judgment) -> Self {
        Self {
            id: JudgmentId { case, n: judgment.n },
            task: TaskId { case, n: judgment.task },
            proposal: judgment.proposal.map(|n| ProposalId { case, n }),
            member: judgment.member,
            verdict: judgment.verdict.as_str(),
            answer: judgment.answer.as_ref(),
            reasons: &judgment.reasons,
            failure_modes: &judgment.failure_modes,
            rating: judgment.rating,
            checklist: &judgment.checklist,
            comment: judgment.comment.as_deref(),
            rationale: judgment.rationale.as_deref(),
            notice: judgment.notice.as_deref(),
            provenance: AuthorshipView::new(&judgment.provenance),
            elapsed_ms: judgment.elapsed_ms,
            blind: judgment.blind,
            state: match judgment.state {
                JudgmentState::Counted => "counted",
                JudgmentState::Undone => "undone",
                JudgmentState::Retracted => "retracted",
                JudgmentState::Superseded => "superseded",
            },
            at: judgment.at,
        }
    }
}
