//! The emergency stop: nothing that the machine or a timer would do takes effect while it is set.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use tandem_domain::roles::Role;
use tandem_domain::{LoopId, PersonId};
use tandem_ledger::event::commit;
pub use tandem_store::halts::Halt;
use tandem_store::halts::{self, EVERYTHING};
use tandem_store::{Tx, loops, members, outages, spaces};

use crate::access::{Action, allow};
use crate::accounts::to_grants;
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::gates::approvers;
use crate::loops::no_loop;
use crate::principal::{Actor, LoopScope, Principal};
use crate::record::{self, By, Place, RowNote};

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;
/// Members that are looked through for who else may resume.
const MOST_MEMBERS: u32 = 1_000;

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

    /// Lifts a halt: a natural person does, and another one than who halted. A halt that a machine
    /// set, which nobody answers for, is lifted by any one person with the right.
    ///
    /// # Errors
    /// `second_person_needed` for whoever halted, and for machines; it says who may.
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

    /// The name of whoever set a halt last, and of the loop that it is about.
    pub async fn halt_names(&self, halt: &Halt) -> Result<(Option<String>, Option<String>)> {
        let (by, loop_id) = (halt.by_member, halt.scope.parse::<LoopId>().ok());
        let named = self.inner.store.read(move |tx| {
            let by = by.map(|id| members::get(tx, id)).transpose()?.flatten();
            let of_loop = loop_id.map(|id| loops::get(tx, id)).transpose()?.flatten();
            Ok::<_, EngineError>((by.map(|by| by.name), of_loop.map(|of_loop| of_loop.name)))
        });
        named.await
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
        // Before all that waits, and on a full disk too.
        let written = self.inner.store.write_urgent(move |tx| {
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
        let _alone = self.inner.looking.lock().await;
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
    let mut who = (principal.member().map(|(member, _)| member), principal.requester());
    // The time under a halt is nobody's: deadlines over calls are moved by it.
    let before = halts::list(tx, &principal.space)?.into_iter().find(|row| row.scope == scope);
    if let (true, None, Some(before)) = (halted, who.1, &before) {
        // A machine that halts once more does not make whoever halted first a second person.
        who.1 = before.by_person.filter(|_| before.halted);
    }
    if let Some(before) = before.filter(|before| before.halted && !halted) {
        second_person(tx, principal, &before, loop_name)?;
        let now = tx.now();
        outages::insert(tx, &principal.space, &scope, before.at, now)?;
    }
    let halt = halts::set(tx, &principal.space, &scope, halted, who, reason)?;
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

/// Four eyes: another natural person than the one who halted lets things go on.
fn second_person(
    tx: &mut dyn Tx,
    principal: &Principal,
    halt: &Halt,
    loop_name: Option<&str>,
) -> Result<()> {
    let refuse = |why: &str| {
        Err(EngineError::Conflict {
            code: "second_person_needed",
            message: why.to_owned(),
            resource: None,
        })
    };
    let person = match principal.actor {
        // The server's own console, as the tests and the demonstration use it.
        Actor::System if halt.by_person.is_none() => return Ok(()),
        Actor::System => None,
        Actor::Member { .. } | Actor::Key { .. } | Actor::Channel { .. } => {
            principal.member().map(|(_, person)| person)
        }
    };
    let Some(person) = person else {
        return refuse("a person lifts a halt: sign in, or use a key that belongs to a member");
    };
    if !halted_by(tx, principal, person, halt)? {
        return Ok(());
    }
    let others = others(tx, principal, person, loop_name)?;
    if others.is_empty() {
        return refuse(
            "who halted does not lift the halt, and nobody else here may: let an admin give a second \
             person the role orchestrator (`tandem member add`), who resumes then",
        );
    }
    let names = others.join(", ");
    refuse(&format!("who halted does not lift the halt; ask one of: {names}"))
}

/// Whether who would lift a halt is who set it: the same person, whatever they were called then, or one of the
/// two stands in for the other.
fn halted_by(
    tx: &mut dyn Tx,
    principal: &Principal,
    person: PersonId,
    halt: &Halt,
) -> Result<bool> {
    let Some(by) = halt.by_person else { return Ok(false) };
    if by == person || principal.stands_in_for.contains(&by) {
        return Ok(true);
    }
    let Some((member, _)) = principal.member() else { return Ok(false) };
    match halt.by_member {
        Some(halter) => approvers::are_one(tx, (member, person), (halter, by), halt.at),
        // A machine's key halted: its owner is who did.
        None => Ok(approvers::one_with(tx, member, person, halt.at)?.contains(&by)),
    }
}

/// Names of other persons who may lift it, at most ten.
fn others(
    tx: &mut dyn Tx,
    principal: &Principal,
    person: PersonId,
    loop_name: Option<&str>,
) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for member in members::list(tx, &principal.space, None, MOST_MEMBERS)? {
        if member.person_id == person || member.disabled_at.is_some() {
            continue;
        }
        let grants = to_grants(&members::roles(tx, member.id)?);
        let may = |(scope, role): &(LoopScope, Role)| {
            scope.covers(loop_name)
                && (*role == Role::Admin || Action::Resume.roles().contains(role))
        };
        if grants.iter().any(may) {
            names.push(member.name);
        }
    }
    names.truncate(10);
    Ok(names)
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
