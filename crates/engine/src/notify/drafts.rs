//! From an event to whom it is told: facts of the case as it is now, and who may see it.

use std::cell::OnceCell;

use serde_json::Value;
use tandem_domain::case::{Case, DecidedBy, Judgment, JudgmentState, Outcome, Purpose, Verdict};
use tandem_domain::loops::ARBITER_QUEUE;
use tandem_domain::notify::About;
use tandem_domain::roles::Role;
use tandem_domain::{CaseId, MemberId, RunId, Timestamp, answer};
use tandem_store::events::EventRow;
use tandem_store::{Tx, cases};

use super::audience::Audience;
use super::{DEAD, Details};
use crate::access::{Action, allow, owns};
use crate::engine::Inner;
use crate::errors::Result;
use crate::loops::LoopHandle;
use crate::principal::Principal;

/// Kinds of events that somebody may be told of.
pub(super) const KINDS: [&str; 12] = [
    "case.submitted",
    "case.proposed",
    "case.checked",
    "case.edited",
    "case.escalated",
    "decision.effective",
    "case.unconsumed",
    "message.posted",
    OVERDUE,
    crate::alerts::RAISED,
    "run.alert",
    DEAD,
];

/// An appeal was not decided in time: nobody's deadline but the loop's.
const OVERDUE: &str = "appeal.overdue";

/// Something that a member is to be told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) member: MemberId,
    pub(super) space: String,
    pub(super) about: About,
    pub(super) once: String,
    pub(super) loop_name: String,
    pub(super) case: Option<CaseId>,
    pub(super) details: Details,
    pub(super) at: Timestamp,
}

/// Whom an event is told, and what.
pub(super) fn of_event(
    tx: &mut dyn Tx,
    inner: &Inner,
    audience: &Audience,
    event: &EventRow,
) -> Result<Vec<Draft>> {
    match event.kind.as_str() {
        DEAD => return Ok(of_channel(audience, event)),
        OVERDUE | crate::alerts::RAISED | "run.alert" => return Ok(of_alert(audience, event)),
        _ => {}
    }
    let (Some(loop_id), Some(id)) = (event.loop_id, event.case_id) else { return Ok(Vec::new()) };
    let news = matches!(
        event.kind.as_str(),
        "case.submitted" | "case.proposed" | "case.checked" | "case.edited"
    );
    // Most events of a busy loop end here, without a look at the case.
    if news && !inner.loops.head(tx, loop_id)?.spec().holds_action() {
        return Ok(Vec::new());
    }
    let Some(case) = cases::get(tx, id)? else { return Ok(Vec::new()) };
    let handle = inner.loops.of_case(tx, loop_id, case.core.loop_version)?;
    let about = OfCase { audience, event, case: &case, handle: &handle, details: OnceCell::new() };
    Ok(match event.kind.as_str() {
        "case.escalated" => about.escalated(),
        "decision.effective" => about.overruled(),
        "case.unconsumed" => about.unconsumed(),
        "message.posted" => about.message(),
        _ => about.approval(),
    })
}

/// An event of a case, with what is needed to tell of it.
struct OfCase<'a> {
    audience: &'a Audience,
    event: &'a EventRow,
    case: &'a Case,
    handle: &'a LoopHandle,
    /// The same for everybody.
    details: OnceCell<Details>,
}

impl OfCase<'_> {
    fn draft(&self, to: &Principal, about: About, once: &str) -> Option<Draft> {
        let (member, _) = to.member()?;
        Some(Draft {
            member,
            space: self.event.space.clone(),
            about,
            once: format!("{}:{once}", about.as_str()),
            loop_name: self.handle.name.clone(),
            case: Some(self.case.core.id),
            details: self.details.get_or_init(|| details(self.handle, self.case)).clone(),
            at: self.event.at,
        })
    }

    /// Those who may still judge the open task: not its requesters, and nobody who has.
    fn may_judge(&self, roles: &[Role]) -> Vec<&Principal> {
        let case = self.case;
        let fits = |p: &&Principal| {
            let judged = |member: MemberId| {
                let by = |j: &Judgment| j.member == member && j.state == JudgmentState::Counted;
                case.state.judgments.iter().any(by)
            };
            !owns(p, &case.core) && !p.member().is_some_and(|(member, _)| judged(member))
        };
        let who = self.audience.who(Action::Judge, &self.handle.name, roles);
        who.into_iter().filter(fits).collect()
    }

    fn approval(&self) -> Vec<Draft> {
        let case = self.case;
        let Some(task) = case.state.open_deciding_task() else { return Vec::new() };
        let of = self.handle.spec().review.approvals.map_or(Role::Reviewer, |spec| spec.of);
        let roles: &[Role] = match (task.purpose, of) {
            (Purpose::Arbitrate, _) => &[Role::Arbiter],
            (_, Role::Reviewer) => &[Role::Reviewer, Role::Arbiter],
            (_, other) => &[other],
        };
        let n = case.state.current_proposal().map_or(0, |proposal| proposal.n);
        let once = format!("{}:{n}", case.core.id);
        let who = self.may_judge(roles);
        who.into_iter().filter_map(|to| self.draft(to, About::Approval, &once)).collect()
    }

    fn escalated(&self) -> Vec<Draft> {
        let Some(task) = self.case.state.open_deciding_task() else { return Vec::new() };
        let arbiters = task.purpose == Purpose::Arbitrate || task.queue == ARBITER_QUEUE;
        let roles: &[Role] =
            if arbiters { &[Role::Arbiter] } else { &[Role::Reviewer, Role::Arbiter] };
        let once = format!("{}:{}:{}", self.case.core.id, task.n, task.queue);
        let who = self.may_judge(roles);
        who.into_iter().filter_map(|to| self.draft(to, About::Escalated, &once)).collect()
    }

    /// Those whose judgment on the decided proposal says something else than the decision.
    fn overruled(&self) -> Vec<Draft> {
        let state = &self.case.state;
        let Some(decision) = state.live_decision().filter(|d| d.by == DecidedBy::People) else {
            return Vec::new();
        };
        let deciding = |j: &Judgment| state.task(j.task).is_some_and(|t| t.purpose.decides());
        let stands = |j: &Judgment| {
            matches!(j.state, JudgmentState::Counted | JudgmentState::Superseded)
                && j.verdict.fills_seat()
                && j.proposal == decision.proposal
                && !decision.judgments.contains(&j.n)
        };
        let differs = |j: &Judgment| match (j.verdict, decision.outcome) {
            (Verdict::Reject, Outcome::Rejected) => false,
            (Verdict::Reject, _) | (_, Outcome::Rejected) => true,
            _ => j.answer.as_ref() != decision.output.as_ref(),
        };
        let once = format!("{}:{}", self.case.core.id, decision.n);
        let found = state.judgments.iter().filter(|j| deciding(j) && stands(j) && differs(j));
        let mut told: Vec<Draft> = found
            .filter_map(|j| self.audience.get(j.member))
            .filter(|to| self.may_read(to))
            .filter_map(|to| self.draft(to, About::Overruled, &once))
            .collect();
        told.dedup_by(|a, b| a.member == b.member);
        told
    }

    fn unconsumed(&self) -> Vec<Draft> {
        let decision = self.case.state.live_decision();
        let once = format!("{}:{}", self.case.core.id, decision.map_or(0, |d| d.n));
        let owners =
            self.audience.who(Action::CaseConsume, &self.handle.name, &[Role::Orchestrator]);
        let approved = |j: &&Judgment| decision.is_some_and(|d| d.judgments.contains(&j.n));
        let approvers = self.case.state.judgments.iter().filter(approved);
        let approvers = approvers.filter_map(|j| self.audience.get(j.member));
        let who = owners.into_iter().chain(approvers.filter(|to| self.may_read(to)));
        who.filter_map(|to| self.draft(to, About::Unconsumed, &once)).collect()
    }

    /// Whoever has the turn or holds a seat, except whoever spoke.
    fn message(&self) -> Vec<Draft> {
        let state = &self.case.state;
        let speaker = actor(&self.event.body);
        let turn = state.taken_over.map(|turn| turn.member);
        let seats = state.open_deciding_task().into_iter().flat_map(|task| &task.claims);
        let seats = seats.filter(|claim| !claim.lapsed).map(|claim| claim.member);
        let mut holders: Vec<MemberId> = turn.into_iter().chain(seats).collect();
        holders.sort_unstable();
        holders.dedup();
        let once = format!("{}:{}", self.case.core.id, self.event.idx.unwrap_or(0));
        let who = holders.into_iter().filter(|member| speaker != Some(member.to_string()));
        who.filter_map(|member| self.audience.get(member))
            .filter(|to| self.may_read(to))
            .filter_map(|to| self.draft(to, About::Message, &once))
            .collect()
    }

    fn may_read(&self, to: &Principal) -> bool {
        allow(to, Action::CaseRead, Some(&self.handle.name)).is_ok()
    }
}

/// What may be said of a case: what its loop file says.
pub(super) fn details(handle: &LoopHandle, case: &Case) -> Details {
    let spec = handle.spec();
    let output = case.state.current_proposal().map(|proposal| &proposal.output);
    let call = output.and_then(|output| {
        let call = answer::calls(spec, output).next()?;
        let title = call.spec.title.clone().unwrap_or_else(|| call.tool.to_owned());
        Some((title, call.spec.risk.as_str().to_owned()))
    });
    let (tool, risk) = call.unzip();
    Details {
        title: spec.title().to_owned(),
        tool,
        risk,
        due: case.state.deadline,
        ..Details::default()
    }
}

fn actor(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    Some(body.pointer("/actor/id")?.as_str()?.to_owned())
}

fn of_alert(audience: &Audience, event: &EventRow) -> Vec<Draft> {
    let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let Some(loop_name) = text("/loop") else { return Vec::new() };
    let of_run = event.kind == "run.alert";
    // Events of a run stand where those of a case do.
    let run = event.case_id.filter(|_| of_run).map(|id| RunId(id.0).to_string());
    let of_appeal = event.kind == OVERDUE;
    let details = Details {
        title: loop_name.clone(),
        on: if of_run {
            text("/data/alert")
        } else if of_appeal {
            Some("appeal_overdue".to_owned())
        } else {
            text("/data/on").or_else(|| text("/data/name"))
        },
        queue: text("/data/queue").filter(|queue| !queue.is_empty()),
        run,
        ..Details::default()
    };
    let action = match (of_run, of_appeal) {
        (true, _) => Action::RunControl,
        (_, true) => Action::CaseRead,
        _ => Action::StatsRead,
    };
    let who = audience.who(action, &loop_name, &[Role::Orchestrator]);
    let draft = |to: &Principal| {
        Some(Draft {
            member: to.member()?.0,
            space: event.space.clone(),
            about: About::Alert,
            once: format!("alert:{}", event.idx.unwrap_or(0)),
            loop_name: loop_name.clone(),
            case: event.case_id.filter(|_| of_appeal),
            details: details.clone(),
            at: event.at,
        })
    };
    who.into_iter().filter_map(draft).collect()
}

fn of_channel(audience: &Audience, event: &EventRow) -> Vec<Draft> {
    let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
    let way = body.pointer("/data/way").and_then(Value::as_str).unwrap_or("").to_owned();
    // One a day says enough: the page of the channel lists them.
    let day = event.at.0.div_euclid(86_400 * 1_000_000);
    let draft = |to: &Principal| {
        Some(Draft {
            member: to.member()?.0,
            space: event.space.clone(),
            about: About::Channel,
            once: format!("channel:{way}:{day}"),
            loop_name: String::new(),
            case: None,
            details: Details { on: Some(way.clone()), ..Details::default() },
            at: event.at,
        })
    };
    audience.admins().into_iter().filter_map(draft).collect()
}
