//! The emergency stop: nothing that the machine or a timer would do takes effect while it is set.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use tandem_ledger::event::commit;
pub use tandem_store::halts::Halt;
use tandem_store::halts::{self, EVERYTHING};
use tandem_store::{Tx, loops, outages, spaces};

use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::no_loop;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;

impl Engine {
    /// Stops a loop, or everything in the space. What has committed before stands; nothing after.
    pub async fn halt(
        &self,
        principal: &Principal,
        loop_name: Option<&str>,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Halt> {
        allow(principal, Action::Halt, loop_name)?;
        self.set_halt(principal, loop_name, reason, true, idem).await
    }

    /// Lifts a halt.
    pub async fn resume(
        &self,
        principal: &Principal,
        loop_name: Option<&str>,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Halt> {
        allow(principal, Action::Resume, loop_name)?;
        self.set_halt(principal, loop_name, reason, false, idem).await
    }

    /// The halt rows of the space: of everything, and of each loop.
    pub async fn halts(&self, principal: &Principal) -> Result<Vec<Halt>> {
        crate::access::allow_somewhere(principal, Action::HaltRead)?;
        let space = principal.space.clone();
        Ok(self.inner.store.read(move |tx| halts::list(tx, &space)).await?)
    }

    async fn set_halt(
        &self,
        principal: &Principal,
        loop_name: Option<&str>,
        reason: &str,
        halted: bool,
        idem: Option<IdemKey>,
    ) -> Result<Halt> {
        if reason.len() > LONGEST_REASON {
            let message = format!("a reason has at most {LONGEST_REASON} bytes");
            return Err(EngineError::invalid("invalid_input", "/reason", message));
        }
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let (name, reason) = (loop_name.map(str::to_owned), reason.to_owned());
        let written = self.inner.store.write(move |tx| {
            if let Some(scope) = replayed(tx, &asker, idem.as_ref())? {
                let known = halts::list(tx, &asker.space)?;
                let known = known.into_iter().find(|halt| halt.scope == scope);
                return known.ok_or_else(|| EngineError::internal("a halt went missing"));
            }
            let halt = set(tx, &inner, &asker, name.as_deref(), &reason, halted)?;
            remember(tx, &asker, idem.as_ref(), &halt.scope)?;
            Ok(halt)
        });
        let halt = written.await?;
        self.look_at_halts().await?;
        Ok(halt)
    }

    /// Reads whether anything is halted: the hint that submissions are computed with.
    pub(crate) async fn look_at_halts(&self) -> Result<()> {
        let any = self.inner.store.read(|tx| {
            let mut any = false;
            for space in spaces::list(tx)? {
                any |= halts::list(tx, &space.id)?.iter().any(|halt| halt.halted);
            }
            Ok::<_, EngineError>(any)
        });
        self.inner.halt_hint.store(any.await?, Ordering::Release);
        Ok(())
    }
}

fn set(
    tx: &mut dyn Tx,
    inner: &Inner,
    principal: &Principal,
    loop_name: Option<&str>,
    reason: &str,
    halted: bool,
) -> Result<Halt> {
    let row = match loop_name {
        Some(name) => {
            let found = loops::by_name(tx, &principal.space, name)?;
            Some(found.ok_or_else(|| no_loop(name))?)
        }
        None => None,
    };
    let scope = row.as_ref().map_or_else(|| EVERYTHING.to_owned(), |row| halts::scope_of(row.id));
    let member = principal.member().map(|(member, _)| member);
    // The time under a halt is nobody's: deadlines over calls are moved by it.
    let before = halts::list(tx, &principal.space)?.into_iter().find(|row| row.scope == scope);
    if let Some(before) = before.filter(|before| before.halted && !halted) {
        let now = tx.now();
        outages::insert(tx, &principal.space, &scope, before.at, now)?;
    }
    let halt = halts::set(tx, &principal.space, &scope, halted, member, reason)?;
    let id = format!("{}/{scope}", principal.space);
    let salt = inner.record_key.salt(record::HALTS, &format!("{id}/{}", halt.epoch));
    let text = record::canonical_text(&record_of(&halt))?;
    let rows =
        [RowNote { table: record::HALTS, id, commitment: Some(commit(&salt, text.as_bytes())) }];
    let data = json!({"scope": loop_name.unwrap_or(EVERYTHING), "epoch": halt.epoch});
    let data = data.as_object().cloned().unwrap_or_default();
    let place = Place {
        space: &principal.space,
        of_loop: row.as_ref().map(|row| (row.id, row.name.as_str())),
        case: None,
    };
    let kind = if halted { "halt.set" } else { "halt.lifted" };
    let id = record::halt_event_id(&principal.space, &halt);
    let by = By::principal(principal);
    tx.append_event(record::event_record(place, &id, kind, &by, tx.now(), &data, &rows)?);
    Ok(halt)
}

/// The record that the ledger commits to.
pub(crate) fn record_of(halt: &Halt) -> serde_json::Value {
    json!({
        "scope": halt.scope,
        "halted": halt.halted,
        "epoch": halt.epoch,
        "by": halt.by_member,
        "reason": halt.reason,
        "at": halt.at,
    })
}
