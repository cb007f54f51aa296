//! What a case looks like from outside its document: rows for claim order, expiry, exports and
//! statistics, changed in the transaction that changes the case, and only where it changed.

use std::collections::BTreeSet;

use tandem_domain::case::{
    Alarm, Answer, Case, CaseState, Claim, DecidedBy, Decision, Judgment, JudgmentState, Proposal,
    Purpose, Status, Task,
};

use crate::tasks::UNSCORED;
use crate::types::{MemberId, Timestamp, to_json};
use crate::{Param, Result, Tx, params};

const INSERT_TASKS: &str = "INSERT INTO tasks (case_id, n, space_id, loop_id, queue, rung, purpose, free, \
                            priority, score, created_at, doubt, alike, due)";
const INSERT_DECISIONS: &str = "INSERT INTO decisions (case_id, n, space_id, loop_id, by_kind, outcome, model, \
                                state, decided_at, effective_at, delivery, body, alarm)";

/// Rows of new cases. Most have one task or one decision: those go in bulk.
pub(crate) fn insert<'a>(
    tx: &mut dyn Tx,
    cases: impl Iterator<Item = &'a Case> + Clone,
) -> Result<()> {
    let mut open = Vec::new();
    let mut decisions = Vec::new();
    for case in cases.clone() {
        let looks = Looks::of(case);
        for task in case.state.tasks.iter().filter(|task| task.open) {
            open.push((case, task, looks.clone()));
            count_task(tx, case, task, 1.0);
        }
        for decision in &case.state.decisions {
            decisions.push((case, decision, to_json(decision)?));
            count_decision(tx, case, decision, live(decision));
        }
        let loop_id = case.core.loop_id;
        tx.count(loop_id, "cases", 1.0);
        tx.count(loop_id, status_total(case.state.status), 1.0);
    }
    let values: Vec<Param<'_>> =
        open.iter().flat_map(|(case, task, looks)| task_row(case, task, looks)).collect();
    tx.insert_many(INSERT_TASKS, 14, &values, "")?;
    let values: Vec<Param<'_>> = decisions
        .iter()
        .flat_map(|(case, decision, body)| decision_row(case, decision, body))
        .collect();
    tx.insert_many(INSERT_DECISIONS, 13, &values, "")?;
    for case in cases {
        for claim in claims(&case.state) {
            insert_claim(tx, case, claim)?;
        }
        for judgment in &case.state.judgments {
            insert_judgment(tx, case, judgment)?;
        }
        let barred: Vec<MemberId> = barred(&case.state).into_iter().collect();
        if !barred.is_empty() {
            crate::tasks::bar(tx, case.core.id, &barred)?;
        }
    }
    Ok(())
}

/// Brings the rows of a case from `before` to `after`.
pub(crate) fn update(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    update_tasks(tx, before, after)?;
    update_claims(tx, before, after)?;
    update_judgments(tx, before, after)?;
    update_decisions(tx, before, after)?;
    update_bars(tx, before, after)?;
    crate::appeals::update(tx, before, after)?;
    let (old, new) = (before.state.status, after.state.status);
    if old != new {
        tx.count(after.core.loop_id, status_total(old), -1.0);
        tx.count(after.core.loop_id, status_total(new), 1.0);
    }
    Ok(())
}

/// Name of the running total of a status.
fn status_total(status: Status) -> &'static str {
    match status {
        Status::Queued => "status.queued",
        Status::Claimed => "status.claimed",
        Status::WaitingForProposal => "status.waiting_for_proposal",
        Status::Held => "status.held",
        Status::Decided => "status.decided",
        Status::Cancelled => "status.cancelled",
        Status::Reopened => "status.reopened",
    }
}

/// What a task is chosen by besides priority, score and age.
#[derive(Debug, Clone, PartialEq)]
struct Looks {
    doubt: f64,
    alike: String,
    due: Option<Timestamp>,
}

impl Looks {
    fn of(case: &Case) -> Self {
        let proposal = case.state.current_proposal();
        let confidence = proposal.and_then(Proposal::weakest_confidence);
        Self {
            doubt: 1.0 - confidence.unwrap_or(0.0),
            alike: proposal.map(|proposal| alike(&proposal.output)).unwrap_or_default(),
            // A decided case is due again where somebody contests what was decided.
            due: case.state.open_appeal().map_or(case.state.deadline, |a| Some(a.deadline)),
        }
    }
}

/// What is short in an answer: the classes chosen, the tool called. Long texts say nothing of what
/// a case is like.
fn alike(output: &Answer) -> String {
    const SHORT: usize = 64;
    let mut parts = Vec::new();
    for value in output.values() {
        let word = value.as_str().or_else(|| value.get("tool").and_then(|tool| tool.as_str()));
        parts.extend(word.filter(|word| word.len() <= SHORT));
    }
    parts.join("\u{1f}")
}

fn task_row<'a>(case: &'a Case, task: &'a Task, looks: &'a Looks) -> [Param<'a>; 14] {
    [
        Param::from(&case.core.id),
        Param::from(task.n),
        Param::from(&case.core.space),
        Param::from(&case.core.loop_id),
        Param::from(&task.queue),
        Param::from(rung(task)),
        Param::from(task.purpose.as_str()),
        Param::from(case.state.free_seats(task)),
        Param::from(i64::from(case.priority())),
        Param::from(UNSCORED),
        Param::from(task.created_at),
        Param::from(looks.doubt),
        Param::from(&looks.alike),
        Param::from(looks.due),
    ]
}

fn rung(task: &Task) -> i64 {
    i64::from(task.purpose == Purpose::Arbitrate)
}

fn count_task(tx: &mut dyn Tx, case: &Case, task: &Task, sign: f64) {
    tx.count(case.core.loop_id, "tasks.open", sign);
    tx.count(case.core.loop_id, &format!("queue.{}", task.queue), sign);
}

fn update_tasks(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    let id = &after.core.id;
    let looks = Looks::of(after);
    let same = looks == Looks::of(before);
    for task in &after.state.tasks {
        let old = before.state.task(task.n);
        match (old.is_some_and(|old| old.open), task.open) {
            (false, false) => {}
            (false, true) => {
                tx.insert_many(INSERT_TASKS, 14, &task_row(after, task, &looks), "")?;
                count_task(tx, after, task, 1.0);
            }
            (true, false) => {
                tx.exec("DELETE FROM tasks WHERE case_id = $1 AND n = $2", params![id, task.n])?;
                count_task(tx, after, old.unwrap_or(task), -1.0);
            }
            (true, true) => {
                let old = old.unwrap_or(task);
                let free = after.state.free_seats(task);
                if old.queue != task.queue {
                    count_task(tx, after, old, -1.0);
                    count_task(tx, after, task, 1.0);
                }
                if free != before.state.free_seats(old)
                    || (&old.queue, old.purpose) != (&task.queue, task.purpose)
                {
                    tx.exec(
                        "UPDATE tasks SET free = $3, queue = $4, rung = $5, purpose = $6 \
                         WHERE case_id = $1 AND n = $2",
                        params![id, task.n, free, &task.queue, rung(task), task.purpose.as_str()],
                    )?;
                }
                if before.priority() != after.priority() {
                    tx.exec(
                        "UPDATE tasks SET priority = $3 WHERE case_id = $1 AND n = $2",
                        params![id, task.n, i64::from(after.priority())],
                    )?;
                }
                if !same {
                    tx.exec(
                        "UPDATE tasks SET doubt = $3, alike = $4, due = $5 WHERE case_id = $1 AND n = $2",
                        params![id, task.n, looks.doubt, &looks.alike, looks.due],
                    )?;
                }
            }
        }
    }
    Ok(())
}

/// Claims that hold a seat, with the number of their task. A lapsed one holds none, though its token
/// may still be honoured.
fn claims(state: &CaseState) -> impl Iterator<Item = (u32, &Claim)> {
    state
        .tasks
        .iter()
        .flat_map(|task| task.claims.iter().map(move |claim| (task.n, claim)))
        .filter(|(_, claim)| !claim.lapsed)
}

fn claim(state: &CaseState, n: u32) -> Option<&Claim> {
    claims(state).map(|(_, claim)| claim).find(|claim| claim.n == n)
}

fn insert_claim(tx: &mut dyn Tx, case: &Case, (task, claim): (u32, &Claim)) -> Result<()> {
    tx.exec(
        "INSERT INTO claims (case_id, n, space_id, loop_id, task_n, member_id, token, expires_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        params![
            &case.core.id,
            claim.n,
            &case.core.space,
            &case.core.loop_id,
            task,
            &claim.member,
            claim.token,
            claim.expires_at,
            case.state.updated_at
        ],
    )?;
    Ok(())
}

fn update_claims(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    let id = &after.core.id;
    for (_, old) in claims(&before.state) {
        if claim(&after.state, old.n).is_none() {
            tx.exec("DELETE FROM claims WHERE case_id = $1 AND n = $2", params![id, old.n])?;
        }
    }
    for (task, new) in claims(&after.state) {
        match claim(&before.state, new.n) {
            None => insert_claim(tx, after, (task, new))?,
            Some(old) if old != new => {
                tx.exec(
                    "UPDATE claims SET token = $3, expires_at = $4, member_id = $5 \
                     WHERE case_id = $1 AND n = $2",
                    params![id, new.n, new.token, new.expires_at, &new.member],
                )?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn counted(judgment: &Judgment) -> bool {
    judgment.state == JudgmentState::Counted
}

/// Whether the answer is what the proposal said; `None` where one of them is missing.
fn agrees(state: &CaseState, judgment: &Judgment) -> Option<bool> {
    let proposal = state.proposals.iter().find(|known| Some(known.n) == judgment.proposal)?;
    judgment.answer.as_ref().map(|answer| *answer == proposal.output)
}

fn insert_judgment(tx: &mut dyn Tx, case: &Case, judgment: &Judgment) -> Result<()> {
    let task = case.state.task(judgment.task);
    let purpose = task.map_or("", |task| task.purpose.as_str());
    let queue = task.map_or("", |task| task.queue.as_str());
    tx.count(case.core.loop_id, "judgments", f64::from(u8::from(counted(judgment))));
    tx.exec(
        "INSERT INTO judgments (case_id, n, space_id, loop_id, task_n, purpose, member_id, verdict, at, \
         elapsed_ms, counted, agrees, body, queue) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        params![
            &case.core.id,
            judgment.n,
            &case.core.space,
            &case.core.loop_id,
            judgment.task,
            purpose,
            &judgment.member,
            judgment.verdict.as_str(),
            judgment.at,
            judgment.elapsed_ms,
            counted(judgment),
            agrees(&case.state, judgment),
            &to_json(judgment)?,
            queue
        ],
    )?;
    Ok(())
}

fn update_judgments(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    for (at, judgment) in after.state.judgments.iter().enumerate() {
        match before.state.judgments.get(at) {
            None => insert_judgment(tx, after, judgment)?,
            Some(old) if old != judgment => {
                let change =
                    f64::from(u8::from(counted(judgment))) - f64::from(u8::from(counted(old)));
                tx.count(after.core.loop_id, "judgments", change);
                tx.exec(
                    "UPDATE judgments SET counted = $3, body = $4 WHERE case_id = $1 AND n = $2",
                    params![&after.core.id, judgment.n, counted(judgment), &to_json(judgment)?],
                )?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn decision_row<'a>(case: &'a Case, decision: &'a Decision, body: &'a str) -> [Param<'a>; 13] {
    [
        Param::from(&case.core.id),
        Param::from(decision.n),
        Param::from(&case.core.space),
        Param::from(&case.core.loop_id),
        Param::from(decision.by.as_str()),
        Param::from(decision.outcome.as_str()),
        Param::from(decision.model.as_ref()),
        Param::from(decision.state.as_str()),
        Param::from(decision.decided_at),
        Param::from(decision.effective_at),
        Param::from(decision.delivery.as_str()),
        Param::from(body),
        Param::from(alarm(decision)),
    ]
}

/// What somebody should look at in an approved call.
fn alarm(decision: &Decision) -> Option<&'static str> {
    decision.gate.as_ref()?.alarm.map(Alarm::as_str)
}

fn live(decision: &Decision) -> f64 {
    f64::from(u8::from(decision.state.is_live()))
}

fn count_decision(tx: &mut dyn Tx, case: &Case, decision: &Decision, change: f64) {
    let name = match decision.by {
        DecidedBy::Machine => "decisions.machine",
        DecidedBy::People => "decisions.people",
        DecidedBy::Deadline => "decisions.deadline",
        DecidedBy::Import => "decisions.import",
    };
    tx.count(case.core.loop_id, name, change);
}

fn update_decisions(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    for (at, decision) in after.state.decisions.iter().enumerate() {
        match before.state.decisions.get(at) {
            None => {
                let body = to_json(decision)?;
                let row = decision_row(after, decision, &body);
                tx.insert_many(INSERT_DECISIONS, 13, &row, "")?;
                count_decision(tx, after, decision, live(decision));
            }
            Some(old) if old != decision => {
                count_decision(tx, after, decision, live(decision) - live(old));
                tx.exec(
                    "UPDATE decisions SET state = $3, effective_at = $4, delivery = $5, body = $6, \
                     alarm = $7 \
                     WHERE case_id = $1 AND n = $2",
                    params![
                        &after.core.id,
                        decision.n,
                        decision.state.as_str(),
                        decision.effective_at,
                        decision.delivery.as_str(),
                        &to_json(decision)?,
                        alarm(decision)
                    ],
                )?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Who is not to be offered the case: the barred, and whoever has a judgment on it that counts.
fn barred(state: &CaseState) -> BTreeSet<MemberId> {
    // Who judged a task that is over may look at the next one, as the state machine says.
    let open = |judgment: &&Judgment| state.task(judgment.task).is_some_and(|task| task.open);
    let judges = state.judgments.iter().filter(|judgment| counted(judgment)).filter(open);
    state.barred.iter().copied().chain(judges.map(|judgment| judgment.member)).collect()
}

fn update_bars(tx: &mut dyn Tx, before: &Case, after: &Case) -> Result<()> {
    let (old, new) = (barred(&before.state), barred(&after.state));
    let added: Vec<MemberId> = new.difference(&old).copied().collect();
    if !added.is_empty() {
        crate::tasks::bar(tx, after.core.id, &added)?;
    }
    for member in old.difference(&new) {
        crate::tasks::unbar(tx, after.core.id, *member)?;
    }
    Ok(())
}
