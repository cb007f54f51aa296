//! Digests of what people are shown and of what they decide.

use serde_json::Value;
use sha2::{Digest, Sha256};
use tandem_domain::case::{CaseCore, CaseState};
use tandem_domain::{LoopSpec, machine};
use tandem_store::halts::HaltState;

use crate::errors::Result;
use crate::record::{digest_hex, salt_of};

/// Binds what a change of a case left unbound: proposals of calls to the bytes that are shown, and
/// decisions to what they decide. `halt` is what the transaction knows of halts.
pub(crate) fn bind(
    spec: &LoopSpec,
    core: &CaseCore,
    state: &mut CaseState,
    halt: HaltState,
) -> Result<()> {
    if spec.holds_action() {
        for proposal in state.proposals.iter_mut().filter(|p| !p.shadow && p.digest.is_none()) {
            let schema = |schema: &Value| digest_hex(schema).unwrap_or_default();
            if let Some(shown) = machine::shown(spec, core, proposal, schema) {
                proposal.digest = Some(digest_hex(&shown)?);
            }
        }
    }
    for at in 0..state.decisions.len() {
        if !state.decisions[at].digest.is_empty() {
            continue;
        }
        let n = state.decisions[at].n;
        if let Some(gate) = &mut state.decisions[at].gate {
            for call in &mut gate.calls {
                let action = spec.actions().find(|(name, _)| *name == call.field);
                let tool = action.and_then(|(_, action)| action.tools.get(&call.tool));
                call.schema = match tool {
                    Some(tool) => digest_hex(&tool.schema)?,
                    None => String::new(),
                };
            }
            gate.nonce = nonce(core, n)?;
            gate.halt_epoch = halt.epoch;
        }
        let input = machine::digest_input(core, state, &state.decisions[at]);
        state.decisions[at].digest = digest_hex(&input)?;
    }
    Ok(())
}

/// A number that only this decision has, and nobody guesses without the case's salt.
fn nonce(core: &CaseCore, decision: u32) -> Result<String> {
    let digest = Sha256::new()
        .chain_update(salt_of(core)?)
        .chain_update(b"nonce")
        .chain_update(decision.to_be_bytes())
        .finalize();
    Ok(hex::encode(&digest[..16]))
}
