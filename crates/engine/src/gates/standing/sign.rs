//! Asking for a permission, signing it, and taking it back.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::loops::SignOff;
use tandem_domain::roles::Role;
use tandem_domain::{KeyId, LoopSpec, MemberId, PersonId, StandingId, Timestamp};
use tandem_policy::CallScope;
use tandem_store::standing::{self as rows, StandingRow};
use tandem_store::{Tx, keys, limits, loops, members};

use super::{
    Document, Ended, LEAST_SIGNERS, LONGEST, MOST, MOST_CALLS, Signature, StandingSpec,
    StandingView, note, own, tool_digest, view,
};
use crate::access::{Action, allow, allow_somewhere};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::gates::approvers;
use crate::loops::{LoopHandle, no_loop};
use crate::principal::Principal;
use crate::record::{By, canonical_text, digest_hex};

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;
/// Longest name of a consumer, run or agent in bytes.
const LONGEST_NAME: usize = 512;

impl Engine {
    /// Asks for a standing permission and signs it first. It is in force once enough persons signed.
    pub async fn ask_standing(
        &self,
        principal: &Principal,
        loop_name: &str,
        spec: StandingSpec,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<StandingView> {
        self.running()?;
        allow(principal, Action::StandingSign, Some(loop_name))?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        let signer = signer(principal, &handle)?;
        let reason = checked(reason)?;
        check(&handle, &spec, self.now())?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let asked = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let id = known.parse().map_err(EngineError::internal)?;
                let row = own(tx, &asker, id, Action::StandingRead)?.0;
                return view(tx, &row);
            }
            let row = ask(tx, &inner, &asker, &handle, (signer.clone(), &spec, &reason))?;
            remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
            view(tx, &row)
        });
        asked.await
    }

    /// Signs a permission that somebody else asked for, by the digest of what was shown.
    pub async fn sign_standing(
        &self,
        principal: &Principal,
        id: StandingId,
        digest: &str,
    ) -> Result<StandingView> {
        self.running()?;
        allow_somewhere(principal, Action::StandingSign)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let digest = digest.to_owned();
        let signed = self.inner.store.write(move |tx| {
            let (row, _) = own(tx, &asker, id, Action::StandingSign)?;
            limits::lock(tx, &row.space, row.loop_id)?;
            let (mut row, mut document) = own(tx, &asker, id, Action::StandingSign)?;
            if document.digest != digest {
                let message = "what you were shown is not what is signed; look at it again";
                return Err(EngineError::invalid("seen_mismatch", "/digest", message));
            }
            let handle = inner.loops.head(tx, row.loop_id)?;
            let signer = signer(&asker, &handle)?;
            let over = row.state != "asked" || row.until <= tx.now();
            if over {
                return Err(ended(&row));
            }
            let spec = handle.spec();
            if tool_digest(spec, &document.spec.tool)?.as_ref() != Some(&document.tool_digest) {
                return Err(conflict("tool_changed", "the tool is another one since it was asked"));
            }
            sign(tx, &inner, &handle, &asker, (&mut row, &mut document), signer)?;
            rows::save(tx, &row)?;
            view(tx, &row)
        });
        signed.await
    }

    /// Takes a permission back, at once: nothing is decided by it any more, and what it decided and
    /// nobody took is no longer handed out.
    pub async fn revoke_standing(
        &self,
        principal: &Principal,
        id: StandingId,
        reason: &str,
    ) -> Result<StandingView> {
        self.running()?;
        allow_somewhere(principal, Action::StandingRevoke)?;
        let reason = checked(reason)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let revoked = self.inner.store.write(move |tx| {
            let (row, _) = own(tx, &asker, id, Action::StandingRevoke)?;
            limits::lock(tx, &row.space, row.loop_id)?;
            let (mut row, mut document) = own(tx, &asker, id, Action::StandingRevoke)?;
            if row.state == "revoked" {
                return view(tx, &row);
            }
            // One that is spent or expired may still be taken back: what nobody took is stopped.
            let by = asker.member().map(|(member, _)| member);
            document.ended = Some(Ended { at: tx.now(), by, reason: reason.clone() });
            "revoked".clone_into(&mut row.state);
            document.write(&mut row)?;
            rows::save(tx, &row)?;
            let what = ("standing.revoked", &By::principal(&asker));
            note(tx, &inner, &row, &document, what, Value::Null)?;
            view(tx, &row)
        });
        revoked.await
    }
}

fn ask(
    tx: &mut dyn Tx,
    inner: &Inner,
    asker: &Principal,
    handle: &LoopHandle,
    (signer, spec, reason): (Signer, &StandingSpec, &str),
) -> Result<StandingRow> {
    loops::by_name(tx, &asker.space, &handle.name)?.ok_or_else(|| no_loop(&handle.name))?;
    limits::lock(tx, &handle.space, handle.id)?;
    let live = rows::of_loop(tx, handle.id, "asked", MOST)?.len()
        + rows::of_loop(tx, handle.id, "active", MOST)?.len();
    if live >= MOST as usize {
        let message = "the loop has as many standing permissions as it may; revoke one first";
        return Err(conflict("too_many", message));
    }
    let now = tx.now();
    let approvals = handle.spec().review.approvals.map_or(1, |approvals| approvals.count);
    let tool = tool_digest(handle.spec(), &spec.tool)?.unwrap_or_default();
    let salt: [u8; 16] = inner.ids.bytes()?;
    // The salt keeps who has only the ledger from guessing the scope.
    let digest = digest_hex(&json!({
        "loop": handle.id, "reason": reason, "salt": hex::encode(salt),
        "spec": serde_json::from_str::<Value>(&canonical_text(spec)?).map_err(EngineError::internal)?,
        "tool": tool,
    }))?;
    let mut document = Document {
        loop_name: handle.name.clone(),
        spec: spec.clone(),
        reason: reason.to_owned(),
        tool_digest: tool,
        digest,
        needed: approvals.max(LEAST_SIGNERS),
        asked_by: Some(signer.member),
        asked_at: now,
        signatures: Vec::new(),
        ended: None,
    };
    let mut row = StandingRow {
        id: StandingId(inner.ids.uuid(now)?),
        space: handle.space.clone(),
        loop_id: handle.id,
        state: "asked".to_owned(),
        until: spec.until,
        used: 0,
        used_sum: 0.0,
        body: String::new(),
    };
    note(tx, inner, &row, &document, ("standing.asked", &By::principal(asker)), Value::Null)?;
    sign(tx, inner, handle, asker, (&mut row, &mut document), signer)?;
    rows::insert(tx, &row)?;
    Ok(row)
}

/// Whoever signs, with everybody they are one with.
#[derive(Clone)]
struct Signer {
    member: MemberId,
    person: PersonId,
    persons: Vec<PersonId>,
}

fn signer(principal: &Principal, handle: &LoopHandle) -> Result<Signer> {
    let reviewer = principal.reviewer(Some(&handle.name))?;
    let of = approver_role(handle.spec());
    let senior = (of == Role::Reviewer).then_some(Role::Arbiter);
    let mut may = [of, Role::Orchestrator, Role::Admin].into_iter().chain(senior);
    if !may.any(|role| principal.has(role, Some(&handle.name))) {
        let message =
            format!("a standing permission is signed by a member who is {of} or orchestrator");
        return Err(EngineError::forbidden(message));
    }
    let persons = reviewer.persons().collect();
    Ok(Signer { member: reviewer.member, person: reviewer.person, persons })
}

fn approver_role(spec: &LoopSpec) -> Role {
    spec.review.approvals.map_or(Role::Reviewer, |approvals| approvals.of)
}

fn sign(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &LoopHandle,
    asker: &Principal,
    (row, document): (&mut StandingRow, &mut Document),
    mut signer: Signer,
) -> Result<()> {
    let now = tx.now();
    let known = approvers::one_with(tx, signer.member, signer.person, now)?;
    signer.person = known.first().copied().unwrap_or(signer.person);
    signer.persons.extend(known);
    if owners(tx, document.spec.agent.as_deref())?.iter().any(|own| signer.persons.contains(own)) {
        let message = "nobody signs for an agent whose key is theirs, or whom they stand in for";
        return Err(conflict("own_agent", message));
    }
    // Who signed and was removed since does not count; who turned out to be one person counts once.
    let of = approver_role(handle.spec());
    let mut standing = Vec::new();
    let asks = handle.spec().review.approvals.is_some_and(|approvals| approvals.identified);
    if asks && approvers::unidentified(tx, signer.member)? {
        let message =
            "whose account this is was not agreed on: two admins say so (`tandem person identify`)";
        return Err(EngineError::forbidden(message));
    }
    for mut signed in std::mem::take(&mut document.signatures) {
        let known = !asks || !approvers::unidentified(tx, signed.member)?;
        if known && still_signs(tx, signed.member, of, &handle.name)? {
            signed.person =
                members::get(tx, signed.member)?.map_or(signed.person, |found| found.person_id);
            standing.push(signed);
        }
    }
    document.signatures = standing;
    if document.signatures.iter().any(|signed| signer.persons.contains(&signed.person)) {
        let message = "you, or somebody you are one person with, signed already; others must";
        return Err(conflict("second_person_needed", message));
    }
    let at = tx.now();
    document.signatures.push(Signature { member: signer.member, person: signer.person, at });
    let mut persons: Vec<_> = document.signatures.iter().map(|signed| signed.person).collect();
    persons.sort_unstable();
    persons.dedup();
    let in_force = persons.len() >= document.needed as usize;
    if in_force {
        "active".clone_into(&mut row.state);
    }
    document.write(row)?;
    let by = By::principal(asker);
    let signers: Vec<_> = document.signatures.iter().map(|signed| signed.member).collect();
    let more = json!({"in_force": in_force, "signers": signers});
    note(tx, inner, row, document, ("standing.signed", &by), more)
}

fn still_signs(tx: &mut dyn Tx, member: MemberId, of: Role, name: &str) -> Result<bool> {
    Ok(!approvers::removed(tx, member, of, name)?
        || !approvers::removed(tx, member, Role::Orchestrator, name)?)
}

/// The persons behind an agent: whose its key is, and who made it.
fn owners(tx: &mut dyn Tx, agent: Option<&str>) -> Result<Vec<PersonId>> {
    let Some(agent) = agent else { return Ok(Vec::new()) };
    let mut ids: Vec<MemberId> = agent.parse().into_iter().collect();
    let mut persons = Vec::new();
    if let Ok(key) = agent.parse::<KeyId>()
        && let Some(key) = keys::get(tx, key)?
    {
        persons.extend(key.made_by);
        ids.extend(key.member_id);
    }
    for member in ids {
        persons.extend(members::get(tx, member)?.map(|found| found.person_id));
    }
    Ok(persons)
}

fn check(handle: &LoopHandle, spec: &StandingSpec, now: Timestamp) -> Result<()> {
    let bad =
        |path: &str, message: String| Err(EngineError::invalid("invalid_input", path, message));
    let tools = || handle.spec().actions().flat_map(|(_, action)| &action.tools);
    let Some((_, tool)) = tools().find(|(name, _)| **name == spec.tool) else {
        let known: Vec<&str> = tools().map(|(name, _)| name.as_str()).collect();
        return bad(
            "/tool",
            format!("`{}` is not a tool of the loop: {}", spec.tool, known.join(", ")),
        );
    };
    if handle.spec().sign_off(tool) == SignOff::Webauthn {
        let message = "each call of this tool takes a passkey; no permission stands in for it";
        return bad("/tool", message.to_owned());
    }
    CallScope::compile(handle.spec(), spec.scope.as_ref(), spec.when.as_deref())?;
    if !(1..=MOST_CALLS).contains(&spec.max_count) {
        return bad("/max_count", format!("give 1 to {MOST_CALLS} calls"));
    }
    if let Some(sum) = &spec.sum {
        if !sum.of.starts_with('/') {
            return bad(
                "/sum/of",
                "give a JSON pointer into the arguments, as in `/amount`".to_owned(),
            );
        }
        if !(sum.max > 0.0 && sum.max.is_finite()) {
            return bad("/sum/max", "give a number above 0".to_owned());
        }
    }
    if spec.until <= now || spec.until > now + LONGEST {
        return bad("/until", "a permission ends in the future, within 90 days".to_owned());
    }
    let names = [("/consumer", &spec.consumer), ("/run", &spec.run), ("/agent", &spec.agent)];
    for (path, name) in names {
        if name.as_ref().is_some_and(|name| name.is_empty() || name.len() > LONGEST_NAME) {
            return bad(path, format!("give 1 to {LONGEST_NAME} bytes"));
        }
    }
    let executor = tool.executor.as_deref();
    if let (Some(executor), Some(consumer)) = (executor, spec.consumer.as_deref()) {
        let rest = consumer.strip_prefix(executor);
        if rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/')) {
            return bad(
                "/consumer",
                format!("the tool runs on `{executor}` or `{executor}/…` alone"),
            );
        }
    }
    Ok(())
}

fn checked(reason: &str) -> Result<String> {
    if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
        let message = format!("say why, in 1 to {LONGEST_REASON} bytes");
        return Err(EngineError::invalid("invalid_input", "/reason", message));
    }
    Ok(reason.to_owned())
}

fn ended(row: &StandingRow) -> EngineError {
    let state = if row.state == "asked" { "expired" } else { row.state.as_str() };
    conflict("not_asked", &format!("the permission is {state}; there is nothing to sign"))
}

fn conflict(code: &'static str, message: &str) -> EngineError {
    EngineError::Conflict { code, message: message.to_owned(), resource: None }
}
