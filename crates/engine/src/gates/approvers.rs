//! Who still counts as an approver, and who is one person with whom.

use tandem_domain::case::{Case, Judgment, JudgmentState};
use tandem_domain::command::{MAX_ONE_WITH, Reviewer};
use tandem_domain::roles::Role;
use tandem_domain::{LoopSpec, MemberId, PersonId, Timestamp};
use tandem_store::{Tx, absences, members, persons};

use super::absences::stand_ins;
use crate::accounts::to_grants;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;

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
    let fits = |role: Role| approves(role, of);
    Ok(!grants.iter().any(|(scope, role)| scope.covers(Some(name)) && fits(*role)))
}

/// Whether two admins have yet to agree on whose account it is.
///
/// One that is not there was never stored, and is not judged here.
pub(crate) fn unidentified(tx: &mut dyn Tx, member: MemberId) -> Result<bool> {
    Ok(members::get(tx, member)?.is_some_and(|found| found.identified_at.is_none()))
}

/// Whether `role` approves where approvals are those of `of`: arbiters are reviewers, too.
pub(crate) fn approves(role: Role, of: Role) -> bool {
    role == of || role == Role::Admin || (of == Role::Reviewer && role == Role::Arbiter)
}

/// Whoever acts still may: a request that was let in before an account was shut does not act after, nor does one
/// `decides` over a call before whose role was taken, or whose account is not known to be theirs where the loop asks.
/// Read in the transaction, since another node may know it for a moment only.
pub(crate) fn still(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    case: &Case,
    (member, decides): (MemberId, bool),
) -> Result<()> {
    let Some(found) = members::get(tx, member)? else { return Ok(()) };
    let spec = handle.spec();
    let over_call = decides && spec.holds_action() && case.state.open_appeal().is_none();
    let approvals = spec.review.approvals.filter(|_| over_call);
    if approvals.is_some_and(|approvals| approvals.identified) && found.identified_at.is_none() {
        let message = "whose account this is was not agreed on: two admins say so (`tandem person \
                       identify`), and then you approve here";
        return Err(EngineError::forbidden(message));
    }
    let of = approvals.map_or(Role::Reviewer, |approvals| approvals.of);
    if found.disabled_at.is_some() || (over_call && removed(tx, member, of, &handle.name)?) {
        let message = "your account was shut, or lost the role that this takes, while you decided";
        return Err(EngineError::forbidden(message));
    }
    Ok(())
}

/// Whether two members are one person for four eyes over what was there at `since`: one of them is the other, is
/// known as the other, stands in for them, or is stood in for by them.
pub(crate) fn are_one(
    tx: &mut dyn Tx,
    (a, a_person): (MemberId, PersonId),
    (b, b_person): (MemberId, PersonId),
    since: Timestamp,
) -> Result<bool> {
    let (ones, others) = (persons_of(tx, a, a_person)?, persons_of(tx, b, b_person)?);
    let (with_a, with_b) = (one_with(tx, a, a_person, since)?, one_with(tx, b, b_person, since)?);
    let met = ones.iter().any(|person| with_b.contains(person))
        || others.iter().any(|person| with_a.contains(person));
    Ok(a == b || met)
}

/// Judgments of the open task over a call, or of an appeal, that no longer count: their authors were removed since, or
/// several of them, or one of them and `reviewer`, are one person by now.
pub(crate) fn void(
    tx: &mut dyn Tx,
    spec: &LoopSpec,
    name: &str,
    case: &Case,
    reviewer: &Reviewer,
) -> Result<Vec<u32>> {
    let contested = case.state.appeal_task().zip(case.state.open_appeal());
    let task = contested
        .map(|(task, _)| task)
        .or_else(|| case.state.open_deciding_task().filter(|_| spec.holds_action()));
    let Some(task) = task else { return Ok(Vec::new()) };
    let of = match (&spec.appeals, contested) {
        (Some(appeals), Some(_)) => appeals.reviewers.of(),
        _ => spec.review.approvals.map_or(Role::Reviewer, |approvals| approvals.of),
    };
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
        // Somebody who turned out to be one with an earlier decider does not decide the appeal.
        let took_part = match contested {
            Some((_, appeal)) => {
                let mut one = persons.clone();
                one.extend(one_with(tx, judgment.member, judgment.person, case.core.created_at)?);
                one.into_iter().any(|person| case.state.took_part(&case.core, appeal, person))
            }
            None => false,
        };
        let unknown = contested.is_none()
            && spec.review.approvals.is_some_and(|approvals| approvals.identified)
            && unidentified(tx, judgment.member)?;
        if twice || took_part || unknown || removed(tx, judgment.member, of, name)? {
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
    let absence = absences::of(tx, member)?.filter(|absence| absence.accepted_at.is_some());
    if let Some(absence) = absence {
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

/// The persons who signed the standing permission that decided a case, where one did: they decided, though
/// they judged nothing.
pub(crate) fn signers(tx: &mut dyn Tx, case: &Case) -> Result<Vec<PersonId>> {
    let standing = case.state.route.as_ref().and_then(|route| route.standing());
    let mut persons = Vec::new();
    for signer in standing.iter().flat_map(|standing| &standing.signers) {
        let member: MemberId = signer.parse().map_err(EngineError::internal)?;
        persons.extend(members::get(tx, member)?.map(|found| found.person_id));
    }
    Ok(persons)
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
