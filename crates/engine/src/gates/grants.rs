//! Grants: what may run, once, signed so that whoever executes can check it without the server.

use serde_json::{Value, json};
use tandem_domain::case::{Answer, Case, Decision, DecisionState, Delivery};
use tandem_domain::{Span, Timestamp};
use tandem_ledger::note;

use crate::access::{Action, allow_somewhere};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::{canonical_text, digest_hex};

/// How long a grant is good for.
pub(crate) const GRANT_VALID: Span = Span::seconds(300);
/// The first line of a signed grant.
const HEADER: &str = "tandem-grant/v1";

/// The point of no return: what may be executed, once.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Its id; whoever executes drops repeats by it.
    pub grant: String,
    /// The tool that may run, where the decision is over a call.
    pub tool: Option<String>,
    /// Exactly what was decided: the arguments of the call, or the whole answer.
    pub arguments: Answer,
    /// Not after this time.
    pub expires_at: Timestamp,
    /// Digest of the decision.
    pub digest: String,
    /// The grant as a note signed with the grant key; `None` where the server has no such key.
    pub note: Option<String>,
}

/// The public half of the key that signs grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantKey {
    /// `name+id+base64`, the text form of keys of signed notes.
    pub vkey: String,
}

impl Engine {
    /// The public half of the key that signs grants, where there is one.
    pub fn grant_key(&self, principal: &Principal) -> Result<Option<GrantKey>> {
        allow_somewhere(principal, Action::CheckpointRead)?;
        let key = self.inner.grant_key.as_ref();
        Ok(key.map(|key| GrantKey { vkey: key.verifier().to_string() }))
    }
}

/// The grant that a case's consumed decision holds.
pub(crate) fn of(inner: &Inner, case: &Case) -> Result<Grant> {
    let decision = case.state.decisions.iter().find(|d| d.state == DecisionState::Effective);
    let Some((decision, Delivery::Consumed { grant, expires_at, .. })) =
        decision.map(|decision| (decision, &decision.delivery))
    else {
        // Only a repeated request comes here: the case moved on since it was answered.
        return Err(EngineError::Conflict {
            code: "invalid_transition",
            message: "the decision that this grant was of is not in force any more".to_owned(),
            resource: Some(case.core.id.to_string()),
        });
    };
    let output = decision.output.clone().unwrap_or_default();
    let call = decision.gate.as_ref().and_then(|gate| gate.calls.first());
    let arguments = call.and_then(|call| output.get(&call.field)?.get("arguments")?.as_object());
    let (tool, arguments) = match (call, arguments) {
        (Some(call), Some(arguments)) => (Some(call.tool.clone()), arguments.clone()),
        _ => (None, output.clone()),
    };
    let note = signed(inner, case, decision)?;
    Ok(Grant {
        grant: grant.clone(),
        tool,
        arguments,
        expires_at: *expires_at,
        digest: decision.digest.clone(),
        note,
    })
}

/// The grant as a signed note: a header, the canonical JSON of who allowed what to whom until when,
/// and the signature.
fn signed(inner: &Inner, case: &Case, decision: &Decision) -> Result<Option<String>> {
    let Some(key) = &inner.grant_key else { return Ok(None) };
    let Delivery::Consumed { consumer, grant, at, expires_at } = &decision.delivery else {
        return Ok(None);
    };
    let approvers: Vec<Value> = decision
        .judgments
        .iter()
        .filter_map(|n| case.state.judgments.get((*n as usize).checked_sub(1)?))
        .map(|judgment| json!({"member": judgment.member, "person": judgment.person}))
        .collect();
    let document = json!({
        "approvers": approvers,
        "by": decision.by,
        "case": case.core.id,
        "consumer": consumer,
        "decided_at": decision.decided_at,
        "decision": decision.n,
        "digest": decision.digest,
        "expires_at": expires_at,
        "gate": decision.gate.as_ref().map(|gate| json!({
            "calls": gate.calls,
            "expires_at": gate.expires_at,
            "halt_epoch": gate.halt_epoch,
            "nonce": gate.nonce,
        })),
        "grant": grant,
        "issued_at": at,
        "loop": case.core.loop_id,
        "loop_version": decision.loop_version,
        "standing_grant": case.state.route.as_ref().and_then(|route| route.standing())
            .filter(|fact| decision.standing_grant.as_ref() == Some(&fact.grant))
            .map(|fact| json!({"digest": fact.digest, "id": fact.grant, "signers": fact.signers})),
        "batches": decision.batches,
        "output": decision.output,
        "output_sha256": digest_hex(&json!(decision.output))?,
    });
    let text = format!("{HEADER}\n{}\n", canonical_text(&document)?);
    note::sign(&text, &[key]).map(Some).map_err(EngineError::internal)
}
