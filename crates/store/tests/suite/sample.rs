//! Cases and loops for the stories.

use std::collections::BTreeMap;

use serde_json::json;
use tandem_domain::case::{
    Case, CaseCore, CaseState, Claim, DecidedBy, Decision, DecisionState, Delivery, Judgment,
    JudgmentState, Outcome, Proposal, Purpose, Status, Task, Verdict,
};
use tandem_domain::{CaseId, LoopId, MemberId, PersonId, Timestamp};
use tandem_store::loops::{self, LoopRow};
use tandem_store::{Result, Tx};

use crate::common::{START, fresh_id};

pub(crate) fn loop_id() -> LoopId {
    LoopId::from_bytes(fresh_id())
}

pub(crate) fn member() -> MemberId {
    MemberId::from_bytes(fresh_id())
}

pub(crate) fn loop_row(name: &str) -> LoopRow {
    LoopRow {
        id: loop_id(),
        space: "default".to_owned(),
        name: name.to_owned(),
        head: 0,
        epoch: 1,
        secret: vec![1; 32],
        created_at: Timestamp(START),
    }
}

pub(crate) fn add_loop(tx: &mut dyn Tx, name: &str) -> Result<LoopId> {
    let row = loop_row(name);
    loops::insert(tx, &row)?;
    Ok(row.id)
}

/// A case that waits in the queue `main` with `seats` free seats.
pub(crate) fn waiting(loop_id: LoopId, seats: u32) -> Case {
    let at = Timestamp(START);
    Case {
        core: CaseCore {
            id: CaseId::from_bytes(fresh_id()),
            space: "default".to_owned(),
            loop_id,
            loop_version: 1,
            key: None,
            subject: None,
            input: json!({"text": "my card still has not arrived"}),
            tags: Vec::new(),
            group: BTreeMap::new(),
            priority: 0,
            deadline: None,
            requested_human: false,
            handover: tandem_domain::case::Handover::default(),
            interim: None,
            run: None,
            submitted_by: "key_1".to_owned(),
            submitted_by_person: None,
            salt: "00".repeat(16),
            created_at: at,
            imported: false,
        },
        state: CaseState {
            status: Status::Queued,
            route: None,
            proposals: vec![Proposal {
                n: 1,
                output: answer("card_arrival"),
                confidence: [("intent".to_owned(), 0.8)].into(),
                probabilities: BTreeMap::new(),
                model: Some("intent@7".to_owned()),
                evidence: Vec::new(),
                by: "machine".to_owned(),
                shadow: false,
                digest: None,
                at,
            }],
            tasks: vec![task(1, seats)],
            judgments: Vec::new(),
            decisions: Vec::new(),
            appeals: Vec::new(),
            finding: None,
            barred: Vec::new(),
            requesters: Vec::new(),
            involved: Vec::new(),
            credited: tandem_domain::Span::ZERO,
            priority: None,
            taken_over: None,
            claims_made: 0,
            attempts: 0,
            revision: 1,
            deadline: None,
            overdue: false,
            chain: None,
            updated_at: at,
        },
    }
}

pub(crate) fn answer(intent: &str) -> tandem_domain::case::Answer {
    [("intent".to_owned(), json!(intent))].into_iter().collect()
}

pub(crate) fn task(n: u32, seats: u32) -> Task {
    Task {
        n,
        purpose: Purpose::Decide,
        queue: "main".to_owned(),
        seats,
        open: true,
        blind: false,
        rung: 0,
        left: Vec::new(),
        claims: Vec::new(),
        created_at: Timestamp(START),
    }
}

/// The case with one more claim.
pub(crate) fn claimed(case: &Case, member: MemberId) -> Case {
    let mut next = stepped(case);
    next.state.claims_made += 1;
    let n = next.state.claims_made;
    let claim = Claim {
        n,
        member,
        token: u64::from(n),
        person: PersonId::from_bytes(*member.as_bytes()),
        expires_at: Timestamp(START + 300_000_000),
        lapsed: false,
    };
    next.state.tasks[0].claims.push(claim);
    if next.state.free_seats(&next.state.tasks[0]) == 0 {
        next.state.status = Status::Claimed;
    }
    next
}

/// The case with the member's claim turned into a judgment.
pub(crate) fn judged(case: &Case, member: MemberId) -> Case {
    let mut next = stepped(case);
    next.state.tasks[0].claims.retain(|claim| claim.member != member);
    next.state.judgments.push(Judgment {
        n: next.state.judgments.len() as u32 + 1,
        task: 1,
        proposal: Some(1),
        member,
        person: PersonId::from_bytes(*member.as_bytes()),
        verdict: Verdict::Approve,
        answer: Some(answer("card_arrival")),
        blind: false,
        reasons: Vec::new(),
        failure_modes: Vec::new(),
        rating: None,
        checklist: Vec::new(),
        comment: None,
        rationale: None,
        notice: None,
        seen: None,
        batch: None,
        signed: None,
        stood_in_for: Vec::new(),
        provenance: tandem_domain::provenance::Provenance::new(),
        elapsed_ms: 900,
        at: next.state.updated_at,
        state: JudgmentState::Counted,
    });
    next
}

/// The case, decided by people now.
pub(crate) fn decided(case: &Case) -> Case {
    let mut next = stepped(case);
    for task in &mut next.state.tasks {
        task.open = false;
        task.claims.clear();
    }
    next.state.status = Status::Decided;
    next.state.decisions.push(Decision {
        n: next.state.decisions.len() as u32 + 1,
        output: Some(answer("card_arrival")),
        outcome: Outcome::Approved,
        by: DecidedBy::People,
        rule: "single".to_owned(),
        judgments: vec![1],
        proposal: Some(1),
        changes: Vec::new(),
        reason_codes: Vec::new(),
        rationale: None,
        notice: None,
        model: Some("intent@7".to_owned()),
        loop_version: 1,
        decided_at: next.state.updated_at,
        effective_at: next.state.updated_at,
        state: DecisionState::Effective,
        delivery: Delivery::Pending,
        standing_grant: None,
        contestable_until: None,
        ruling: None,
        batches: Vec::new(),
        gate: None,
        digest: "00".repeat(32),
    });
    next
}

/// The case one revision and one microsecond later.
pub(crate) fn stepped(case: &Case) -> Case {
    let mut next = case.clone();
    next.state.revision += 1;
    next.state.updated_at = Timestamp(next.state.updated_at.0 + 1);
    next
}
