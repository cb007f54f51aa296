//! Limits over many cases, reserved in the transaction that routes.

use tandem_domain::Timestamp;
use tandem_domain::case::{Answer, Case, CaseCore, Delivery, Outcome, Status};
use tandem_domain::loops::RouteTo;
use tandem_domain::policy::{Facts, LimitFact};
use tandem_store::Tx;
use tandem_store::limits::{self, LimitUse};

use crate::errors::Result;
use crate::loops::LoopHandle;

/// Whether the loop has limits, so that its cases are routed inside the transaction.
pub(crate) fn any(handle: &LoopHandle) -> bool {
    !handle.spec().policy.limits.is_empty()
}

/// Locks the loop's limits and adds to the facts what is used of each. Nothing where there are none.
pub(crate) fn look(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    core: &CaseCore,
    output: Option<&Answer>,
    facts: &mut Facts,
) -> Result<()> {
    if !any(handle) || output.is_none() {
        return Ok(());
    }
    limits::lock(tx, &handle.space, handle.id)?;
    let now = tx.now();
    let uses = handle.compiled().limit_uses(&core.input, output);
    let mut found = Vec::with_capacity(uses.len());
    for (spec, used_by) in handle.spec().policy.limits.iter().zip(uses) {
        let (used, amount) = match used_by {
            None => (0.0, None),
            Some(wanted) => {
                let since = Timestamp(now.0 - spec.window.0);
                let key = key_of(handle, &spec.name, &wanted.key);
                let used = limits::used(tx, handle.id, &spec.name, &key, since, core.id)?;
                (used, Some(wanted.amount))
            }
        };
        found.push(LimitFact {
            name: spec.name.clone(),
            used,
            amount,
            max: spec.max,
            on_hit: spec.on_hit,
        });
    }
    facts.limits = found;
    Ok(())
}

/// Brings what a case holds to what became of it: reserved while it waits, counted once it is
/// approved, nothing where nothing comes of it.
pub(crate) fn settle(
    tx: &mut dyn Tx,
    handle: &LoopHandle,
    before: Option<&Case>,
    after: &Case,
) -> Result<()> {
    if !any(handle) {
        return Ok(());
    }
    let wanted = held(handle, after);
    if before.map(|before| held(handle, before)).as_ref() == Some(&wanted)
        || (before.is_none() && wanted.is_empty())
    {
        return Ok(());
    }
    limits::lock(tx, &handle.space, handle.id)?;
    Ok(limits::replace(tx, &handle.space, handle.id, after.core.id, &wanted)?)
}

fn held(handle: &LoopHandle, case: &Case) -> Vec<LimitUse> {
    let Some((output, counted)) = output_of(case) else { return Vec::new() };
    let uses = handle.compiled().limit_uses(&case.core.input, Some(output));
    let limits = handle.spec().policy.limits.iter();
    let one = |(spec, used): (&tandem_domain::loops::LimitSpec, Option<_>)| {
        let used: tandem_policy::LimitUse = used?;
        let key = key_of(handle, &spec.name, &used.key);
        Some(LimitUse { name: spec.name.clone(), key, amount: used.amount, counted })
    };
    limits.zip(uses).filter_map(one).collect()
}

/// The output that may still run or has, and whether it was approved.
fn output_of(case: &Case) -> Option<(&Answer, bool)> {
    let state = &case.state;
    if case.core.imported || state.status == Status::Cancelled {
        return None;
    }
    if let Some(decision) = state.live_decision() {
        let open =
            matches!(decision.outcome, Outcome::Approved | Outcome::Modified | Outcome::Labelled);
        // What is said to have failed counts: its grant is good for a while, and it may have run in part.
        let gone = matches!(decision.delivery, Delivery::Expired { .. });
        return decision.output.as_ref().filter(|_| open && !gone).map(|output| (output, true));
    }
    if state.route.as_ref().is_some_and(|route| route.to == RouteTo::Block) {
        return None;
    }
    state.current_proposal().map(|proposal| (&proposal.output, false))
}

/// What is counted together is often a person: only a keyed digest of it is stored.
fn key_of(handle: &LoopHandle, limit: &str, key: &str) -> String {
    hex::encode(handle.key.salt(&format!("limit/{limit}"), key))
}
