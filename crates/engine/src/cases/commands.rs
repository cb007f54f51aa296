//! What callers do with a case that exists: propose, cancel, reopen, veto, consume.

use std::sync::Arc;

use tandem_domain::CaseId;
use tandem_domain::case::Case;
use tandem_domain::command::{Command, NewProposal};
use tandem_domain::refusal::{Code, Refusal};
use tandem_store::cases;

use super::{IdemKey, remember, replayed};
use crate::access::{Action, allow, allow_case};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::gates::grants::{self, GRANT_VALID, Grant};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;
use crate::runner::{self, Order, no_case};

const TRIES: usize = 5;
/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;

impl Engine {
    /// A further proposal on a case; with `shadow` it is only recorded beside the live one.
    pub async fn propose(
        &self,
        principal: &Principal,
        id: CaseId,
        mut proposal: NewProposal,
        shadow: bool,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        proposal.by = principal.id();
        let by = By::principal(principal);
        for _ in 0..TRIES {
            let case = self.read_case(principal, id).await?;
            let handle = self.loop_of(&case).await?;
            let (action, own) = (Action::CasePropose, Action::CaseProposeOwn);
            allow_case(principal, action, own, &handle.name, &case.core)?;
            handle.compiled().check_proposal(&proposal, "")?;
            if shadow && proposal.model.as_ref().is_none_or(String::is_empty) {
                let message = "a candidate in the shadow is counted by its name; say which model, as in `intent@8`";
                return Err(EngineError::invalid("invalid_input", "/model", message));
            }
            let learned = self.learned(&handle, &case.core.input, Some(&proposal)).await?;
            let facts = learned.with(handle.facts(&case.core, Some(&proposal)));
            let epoch = handle.epoch;
            let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
            let (by, idem, new) = (by.clone(), idem.clone(), proposal.clone());
            let done = self.inner.store.write(move |tx| {
                if replayed(tx, &asker, idem.as_ref())?.is_some() {
                    return cases::get(tx, id)?.ok_or_else(|| no_case(id));
                }
                let order = Order {
                    case: id,
                    space: Some(&asker.space),
                    decides: true,
                    make: &|_, _| Ok(Command::Propose { proposal: new.clone(), shadow }),
                    facts: Some((&facts, epoch)),
                    by: &by,
                };
                let ran = runner::run(tx, &inner, &order)?;
                remember(tx, &asker, idem.as_ref(), &id.to_string())?;
                Ok(ran.case)
            });
            match done.await {
                Err(EngineError::Stale) => self.inner.loops.forget(case.core.loop_id),
                done => return done,
            }
        }
        Err(EngineError::Busy { retry_after_s: 1 })
    }

    /// Withdraws a case that is not decided.
    pub async fn cancel(
        &self,
        principal: &Principal,
        id: CaseId,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let asker = principal.clone();
        self.perform(principal, id, false, idem, move |case, handle| {
            let (action, own) = (Action::CaseCancel, Action::CaseCancelOwn);
            allow_case(&asker, action, own, &handle.name, &case.core)?;
            if case.state.taken_over.is_some() && allow(&asker, action, Some(&handle.name)).is_err()
            {
                let what = "a person has the turn on this case; withdraw it once it is given back";
                return Err(Refusal::new(Code::TakenOver, what).into());
            }
            Ok(Command::Cancel)
        })
        .await
    }

    /// Opens a decided case again; the reason is kept as a comment.
    pub async fn reopen(
        &self,
        principal: &Principal,
        id: CaseId,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        if reason.trim().is_empty() || reason.len() > LONGEST_REASON {
            let message = "say in 1 to 4096 bytes why the case is opened again";
            return Err(EngineError::invalid("invalid_input", "/reason", message));
        }
        let (asker, reason) = (principal.clone(), reason.to_owned());
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let reopened = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return cases::get(tx, id)?.ok_or_else(|| no_case(id));
            }
            let make = |_: &Case, handle: &LoopHandle| {
                allow(&asker, Action::CaseReopen, Some(&handle.name))?;
                Ok(Command::Reopen)
            };
            let order = Order {
                case: id,
                space: Some(&asker.space),
                decides: true,
                make: &make,
                facts: None,
                by: &by,
            };
            let ran = runner::run(tx, &inner, &order)?;
            super::comments::write(tx, &inner, &asker, &ran.case, &ran.handle, &reason)?;
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(ran.case)
        });
        reopened.await
    }

    /// Withdraws a machine's decision before it takes effect, and lets people decide.
    pub async fn veto(
        &self,
        principal: &Principal,
        id: CaseId,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        if reason.len() > LONGEST_REASON {
            let message = format!("say why in at most {LONGEST_REASON} bytes");
            return Err(EngineError::invalid("invalid_input", "/reason", message));
        }
        let (asker, reason) = (principal.clone(), reason.trim().to_owned());
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let vetoed = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return cases::get(tx, id)?.ok_or_else(|| no_case(id));
            }
            let make = |_: &Case, handle: &LoopHandle| {
                allow(&asker, Action::CaseVeto, Some(&handle.name))?;
                Ok(Command::Veto { reviewer: asker.reviewer(Some(&handle.name))? })
            };
            let space = Some(asker.space.as_str());
            let order = Order { case: id, space, decides: true, make: &make, facts: None, by: &by };
            let ran = runner::run(tx, &inner, &order)?;
            if ran.changed && !reason.is_empty() {
                super::comment(tx, &inner, &asker, &ran.case, &ran.handle, &reason)?;
            }
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(ran.case)
        });
        vetoed.await
    }

    /// Takes the grant of an effective decision: the same consumer gets the same grant until it
    /// expires, another is refused, and so is another digest.
    pub async fn consume(
        &self,
        principal: &Principal,
        id: CaseId,
        digest: String,
        consumer: String,
        idem: Option<IdemKey>,
    ) -> Result<Grant> {
        if consumer.is_empty() || consumer.len() > 256 {
            let message = "name who executes, in 1 to 256 bytes";
            return Err(EngineError::invalid("invalid_input", "/consumer", message));
        }
        let grant = format!("grt_{}", hex::encode(self.inner.ids.bytes::<16>()?));
        let asker = principal.clone();
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let consumed = self.inner.store.write(move |tx| {
            // A repeated request is asked anew: a halt, a stop or a report may have come since.
            let known = replayed(tx, &asker, idem.as_ref())?.is_some();
            let make = |case: &Case, handle: &LoopHandle| {
                let (action, own) = (Action::CaseConsume, Action::CaseConsumeOwn);
                allow_case(&asker, action, own, &handle.name, &case.core)?;
                Ok(Command::Consume {
                    digest: digest.clone(),
                    consumer: consumer.clone(),
                    grant: grant.clone(),
                    valid: GRANT_VALID,
                    halted: false,
                    sealed: false,
                })
            };
            let space = Some(asker.space.as_str());
            let order = Order { case: id, space, decides: true, make: &make, facts: None, by: &by };
            let case = runner::run(tx, &inner, &order)?.case;
            if !known {
                remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            }
            Ok::<_, EngineError>(case)
        });
        let case = consumed.await?;
        self.inner.deliveries.settled(id);
        grants::of(&self.inner, &case)
    }

    /// Runs one command for a principal, with its idempotency key, and returns the case.
    pub(crate) async fn perform(
        &self,
        principal: &Principal,
        id: CaseId,
        decides: bool,
        idem: Option<IdemKey>,
        make: impl Fn(&Case, &LoopHandle) -> Result<Command> + Send + 'static,
    ) -> Result<Case> {
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let by = By::principal(principal);
        let done = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return cases::get(tx, id)?.ok_or_else(|| no_case(id));
            }
            let space = Some(asker.space.as_str());
            let order = Order { case: id, space, decides, make: &make, facts: None, by: &by };
            let case = runner::run(tx, &inner, &order)?.case;
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(case)
        });
        done.await
    }

    /// Runs one command for the server itself; true when it changed something.
    pub(crate) async fn order(
        &self,
        space: Option<String>,
        id: CaseId,
        by: By,
        decides: bool,
        make: impl Fn(&Case, &LoopHandle) -> Result<Command> + Send + 'static,
    ) -> Result<bool> {
        let inner = Arc::clone(&self.inner);
        let done = self.inner.store.write(move |tx| {
            let space = space.as_deref();
            let order = Order { case: id, space, decides, make: &make, facts: None, by: &by };
            Ok::<_, EngineError>(runner::run(tx, &inner, &order)?.changed)
        });
        done.await
    }
}
