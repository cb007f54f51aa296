//! Where a call is held against the permissions of its loop, and what it uses is written.

use tandem_domain::PersonId;
use tandem_domain::answer::{Call, calls};
use tandem_domain::case::{Case, CaseCore, Decision, Delivery};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::SignOff;
use tandem_domain::policy::{Facts, StandingFact};
use tandem_policy::{CallScope, CaseView};
use tandem_store::standing::{self as rows, StandingRow, StandingUse};
use tandem_store::{Tx, limits};

use super::{Document, Ended, MOST, note, tool_digest};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::gates::approvers;
use crate::loops::LoopHandle;
use crate::record::By;

/// Finds the permission that a call fits, and locks the loop's limits where there is any in force.
/// During a halt none decides anything. `requesters` are the persons on whose side the call is made.
pub(crate) fn look(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    core: &CaseCore,
    proposal: Option<&NewProposal>,
    (requesters, halted): (&[PersonId], bool),
    facts: &mut Facts,
) -> Result<()> {
    let spec = handle.spec();
    let Some(proposal) = proposal.filter(|_| spec.holds_action() && !halted && !core.imported)
    else {
        return Ok(());
    };
    let Some(call) = calls(spec, &proposal.output).next() else { return Ok(()) };
    // What takes a person's own signature is never decided by a rule.
    if spec.sign_off(call.spec) == SignOff::Webauthn || !rows::any(tx, handle.id)? {
        return Ok(());
    }
    limits::lock(tx, &handle.space, handle.id)?;
    let now = tx.now();
    for row in rows::of_loop(tx, handle.id, "active", MOST)? {
        let document = Document::read(&row)?;
        if row.until > now
            && let Some(fact) = fits(handle, core, proposal, &call, &row, &document)?
            && !is_own(tx, core, requesters, &document)?
        {
            facts.standing = Some(fact);
            return Ok(());
        }
    }
    Ok(())
}

fn fits(
    handle: &LoopHandle,
    core: &CaseCore,
    proposal: &NewProposal,
    call: &Call<'_>,
    row: &StandingRow,
    document: &Document,
) -> Result<Option<StandingFact>> {
    let spec = &document.spec;
    let elsewhere = spec.tool != call.tool
        || spec.run.as_ref().is_some_and(|run| core.run.as_ref() != Some(run))
        || spec.agent.as_ref().is_some_and(|agent| core.submitted_by != *agent)
        || tool_digest(handle.spec(), call.tool)?.as_ref() != Some(&document.tool_digest);
    if elsewhere || row.used >= spec.max_count {
        return Ok(None);
    }
    let mut amount = None;
    if let Some(sum) = &spec.sum {
        let found = call.arguments_at(&sum.of).and_then(serde_json::Value::as_f64);
        let Some(adds) = found.filter(|adds| *adds >= 0.0 && adds.is_finite()) else {
            return Ok(None);
        };
        // Sums of decimals are a little off; a bound is met, not missed, by rounding.
        if row.used_sum + adds > sum.max + sum.max.abs() * 1e-12 {
            return Ok(None);
        }
        amount = Some(adds);
    }
    let scope = CallScope::compile(handle.spec(), spec.scope.as_ref(), spec.when.as_deref());
    // A loop that lost what the condition speaks of is another loop than the one that was signed for.
    let Ok(scope) = scope else { return Ok(None) };
    if !scope.fits(&CaseView::from(core), proposal, call.arguments) {
        return Ok(None);
    }
    Ok(Some(StandingFact {
        grant: row.id.to_string(),
        digest: document.digest.clone(),
        signers: document.signatures.iter().map(|signed| signed.member.to_string()).collect(),
        used: row.used,
        max_count: spec.max_count,
        amount,
        consumer: spec.consumer.clone(),
    }))
}

/// Whether the call is made on the side of somebody who signed: nobody permits their own.
fn is_own(
    tx: &mut dyn Tx,
    core: &CaseCore,
    requesters: &[PersonId],
    document: &Document,
) -> Result<bool> {
    let asks =
        |person: PersonId| core.submitted_by_person == Some(person) || requesters.contains(&person);
    for signed in &document.signatures {
        let now = tx.now();
        let one = approvers::one_with(tx, signed.member, signed.person, now)?;
        if asks(signed.person) || one.into_iter().any(asks) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Counts a decision that a permission made against its caps. What was once counted stays counted.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    inner: &Inner,
    before: Option<&Case>,
    after: &Case,
) -> Result<()> {
    let Some(decision) = after.state.live_decision() else { return Ok(()) };
    let Some(grant) = &decision.standing_grant else { return Ok(()) };
    let known = |case: &Case| case.state.decisions.iter().any(|old| old.n == decision.n);
    if before.is_some_and(known) {
        return Ok(());
    }
    let id = grant.parse().map_err(EngineError::internal)?;
    let row = rows::get(tx, id)?.filter(|row| row.state == "active");
    // It was looked at under the lock of the loop's limits, which this transaction holds.
    let mut row =
        row.ok_or_else(|| EngineError::internal("a permission ended while it decided"))?;
    let standing = after.state.route.as_ref().and_then(|route| route.standing());
    let amount = standing.and_then(|fact| fact.amount);
    row.used += 1;
    row.used_sum += amount.unwrap_or(0.0);
    let used = StandingUse {
        n: row.used,
        case: after.core.id,
        decision: decision.n,
        digest: decision.digest.clone(),
        amount,
        at: tx.now(),
    };
    rows::add_use(tx, &row, &used)?;
    let mut document = Document::read(&row)?;
    let spent = row.used >= document.spec.max_count;
    if spent {
        let reason = "it covered as many calls as it may".to_owned();
        document.ended = Some(Ended { at: tx.now(), by: None, reason });
        "spent".clone_into(&mut row.state);
        document.write(&mut row)?;
    }
    rows::save(tx, &row)?;
    if spent {
        let what = ("standing.spent", &By::machine());
        note(tx, inner, &row, &document, what, serde_json::Value::Null)?;
    }
    Ok(())
}

/// Refuses the grant of a decision whose permission was revoked before anybody took it.
pub(crate) fn consumable(tx: &mut dyn Tx, decision: Option<&Decision>) -> Result<()> {
    let waiting = decision.filter(|d| !matches!(d.delivery, Delivery::Consumed { .. }));
    let Some(grant) = waiting.and_then(|decision| decision.standing_grant.as_ref()) else {
        return Ok(());
    };
    let id = grant.parse().map_err(EngineError::internal)?;
    let revoked = rows::get_shared(tx, id)?.is_none_or(|row| row.state == "revoked");
    if revoked {
        return Err(EngineError::Conflict {
            code: "permission_revoked",
            message: format!(
                "the standing permission {grant} that allowed this was revoked before anybody took \
                 the grant; open the case again, so that people decide it"
            ),
            resource: Some(grant.clone()),
        });
    }
    Ok(())
}
