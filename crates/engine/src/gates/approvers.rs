//! Who still counts as an approver, and who is one person with whom.

use tandem_domain::case::{Case, Judgment, JudgmentState};
use tandem_domain::command::{MAX_ONE_WITH, Reviewer};
use tandem_domain::roles::Role;
use tandem_domain::{LoopSpec, MemberId, PersonId, Timestamp};
use tandem_store::{Tx, absences, members, persons};

use super::absences::stand_ins;
use crate::accounts::to_grants;
use crate::errors::{EngineError, Result};

/// Whether a member may not approve any more: shut out, or without the role.
///
/// Members are never deleted, so one that is not there was never stored, and is not judged here.
pub(crate) fn removed(tx: &mut dyn Tx, member: MemberId, of: Role, name: &str) -> Result<bool> {
    let Some(found) = members::get(tx, member)? else { return Ok(false) };
    if found.disabled_at.is_some() {
        return Ok(true);
    }
    let mut grants = to_grants(&members::roles(tx, member)?);
    grants.extend(stand_ins(tx, member)?.grants);
    let fits = |role: Role| {
        role == of || role == Role::Admin || (of == Role::Reviewer && role == Role::Arbiter)
    };
    Ok(!grants.iter().any(|(scope, role)| scope.covers(Some(name)) && fits(*role)))
}

/// Judgments of the open task over a call that no longer count: their authors were removed since, or
/// several of them, or one of them and `reviewer`, are one person by now.
pub(crate) fn void(
    tx: &mut dyn Tx,
    spec: &LoopSpec,
    name: &str,
    case: &Case,
    reviewer: &Reviewer,
) -> Result<Vec<u32>> {
    let Some(task) = case.state.open_deciding_task().filter(|_| spec.holds_action()) else {
        return Ok(Vec::new());
    };
    let of = spec.review.approvals.map_or(Role::Reviewer, |approvals| approvals.of);
    let counted = |judgment: &&Judgment| {
        judgment.task == task.n
            && judgment.state == JudgmentState::Counted
            && judgment.verdict.fills_seat()
    };
    let pending: Vec<Judgment> = case.state.judgments.iter().filter(counted).cloned().collect();
    let mut void = Vec::new();
    let mut seen: Vec<PersonId> = Vec::new();
    for judgment in pending {
        let persons = persons_of(tx, judgment.member, judgment.person)?;
        // A second account of the reviewer is refused as one who judged already.
        let own = reviewer.persons().any(|person| persons.contains(&person));
        let twice = !own && persons.iter().any(|person| seen.contains(person));
        if twice || removed(tx, judgment.member, of, name)? {
            void.push(judgment.n);
        } else {
            seen.extend(persons);
        }
    }
    Ok(void)
}

/// Everybody that a member is one natural person with, under every id they were known by.
fn persons_of(tx: &mut dyn Tx, member: MemberId, person: PersonId) -> Result<Vec<PersonId>> {
    let now = members::get(tx, member)?.map_or(person, |found| found.person_id);
    let mut persons = vec![now];
    if person != now {
        persons.push(person);
    }
    Ok(persons)
}

/// Everybody that a member is one with for four eyes over what was created at `created`: the person
/// under every id they were known by, whom they stand in for, and who stands in for them.
pub(crate) fn one_with(
    tx: &mut dyn Tx,
    member: MemberId,
    person: PersonId,
    created: Timestamp,
) -> Result<Vec<PersonId>> {
    let mut one = persons_of(tx, member, person)?;
    one.extend(stand_ins(tx, member)?.persons);
    if let Some(absence) = absences::of(tx, member)? {
        one.extend(members::get(tx, absence.delegate)?.map(|delegate| delegate.person_id));
    }
    for person in one.clone() {
        one.extend(persons::aliases(tx, person, created)?);
    }
    let mut seen = Vec::with_capacity(one.len());
    for person in one {
        if !seen.contains(&person) {
            seen.push(person);
        }
    }
    Ok(seen)
}

/// Completes who acts by what this transaction knows: who they are by now, and with whom they are one.
pub(crate) fn complete(tx: &mut dyn Tx, case: &Case, reviewer: &mut Reviewer) -> Result<()> {
    let (member, person) = (reviewer.member, reviewer.person);
    let mut one = one_with(tx, member, person, case.core.created_at)?;
    reviewer.person = one.remove(0);
    for known in reviewer.persons().skip(1) {
        if !one.contains(&known) {
            one.push(known);
        }
    }
    if one.len() > MAX_ONE_WITH {
        let message = format!("you are one with more than {MAX_ONE_WITH} persons; end an absence");
        return Err(EngineError::forbidden(message));
    }
    reviewer.stands_in_for = [None; MAX_ONE_WITH];
    for (place, person) in reviewer.stands_in_for.iter_mut().zip(one) {
        *place = Some(person);
    }
    Ok(())
}
