//! What is done to one case, or to what one person holds.

use std::sync::Arc;

use serde_json::json;
use tandem_domain::case::Case;
use tandem_domain::command::Command;
use tandem_domain::{CaseId, MemberId};
use tandem_store::{cases, claims, members};

use super::{check_reason, check_target};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::By;
use crate::runner::{self, Order, no_case};

/// Most claims that are released at once; a member seldom holds more.
const MOST: u32 = 500;

impl Engine {
    /// Puts a case's open task into another queue; whoever holds a seat loses it. The reason is kept
    /// as a comment.
    pub async fn transfer(
        &self,
        principal: &Principal,
        id: CaseId,
        queue: &str,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        let queue = queue.to_owned();
        self.change_case(principal, id, reason, idem, move |_, handle| {
            check_target(handle.spec(), handle.version, &queue)?;
            Ok(Command::Transfer { queue: queue.clone(), bulk: None })
        })
        .await
    }

    /// Changes the priority of a case. The reason is kept as a comment.
    pub async fn reprioritise(
        &self,
        principal: &Principal,
        id: CaseId,
        priority: u8,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<Case> {
        self.change_case(principal, id, reason, idem, move |_, _| {
            Ok(Command::Reprioritise { priority, bulk: None })
        })
        .await
    }

    async fn change_case(
        &self,
        principal: &Principal,
        id: CaseId,
        reason: &str,
        idem: Option<IdemKey>,
        make: impl Fn(&Case, &LoopHandle) -> Result<Command> + Send + 'static,
    ) -> Result<Case> {
        check_reason(reason)?;
        let (asker, reason) = (principal.clone(), reason.to_owned());
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let changed = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return cases::get(tx, id)?.ok_or_else(|| no_case(id));
            }
            let make = |case: &Case, handle: &LoopHandle| {
                allow(&asker, Action::QueueWrite, Some(&handle.name))?;
                make(case, handle)
            };
            let space = Some(asker.space.as_str());
            let order =
                Order { case: id, space, decides: false, make: &make, facts: None, by: &by };
            let ran = runner::run(tx, &inner, &order)?;
            if ran.changed {
                crate::cases::comment(tx, &inner, &asker, &ran.case, &ran.handle, &reason)?;
            }
            remember(tx, &asker, idem.as_ref(), &id.to_string())?;
            Ok(ran.case)
        });
        changed.await
    }

    /// Frees the seats that a member holds, in one loop or in all where the principal may; returns how
    /// many. What they typed stays with them: their tokens are refused, and they may claim again.
    pub async fn release_member(
        &self,
        principal: &Principal,
        member: MemberId,
        loop_name: Option<&str>,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<u64> {
        match loop_name {
            Some(name) => allow(principal, Action::ReleaseAny, Some(name))?,
            None => crate::access::allow_somewhere(principal, Action::ReleaseAny)?,
        }
        check_reason(reason)?;
        let (asker, reason) = (principal.clone(), reason.to_owned());
        let only = loop_name.map(str::to_owned);
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let released = self.inner.store.write(move |tx| {
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                return known.parse().map_err(EngineError::internal);
            }
            members::get(tx, member)?
                .filter(|found| found.space == asker.space)
                .ok_or_else(|| EngineError::not_found("member"))?;
            let mut freed: Vec<(Arc<LoopHandle>, u64)> = Vec::new();
            for claim in claims::of_member(tx, member, MOST)? {
                let make = |case: &Case, handle: &LoopHandle| {
                    allow(&asker, Action::ReleaseAny, Some(&handle.name))?;
                    let held = case.state.claim(claim.n).is_some_and(|(_, c)| c.member == member);
                    if !held || only.as_ref().is_some_and(|only| *only != handle.name) {
                        return Err(EngineError::forbidden("another loop"));
                    }
                    Ok(Command::Release { claim: claim.n, by: None })
                };
                let space = Some(asker.space.as_str());
                let case = claim.case;
                let order =
                    Order { case, space, decides: false, make: &make, facts: None, by: &by };
                let handle = match runner::run(tx, &inner, &order) {
                    Ok(ran) => ran.handle,
                    // Not a loop that was asked about, or not theirs to free.
                    Err(EngineError::Forbidden { .. } | EngineError::Refused(_)) => continue,
                    Err(error) => return Err(error),
                };
                match freed.iter_mut().find(|(known, _)| known.id == handle.id) {
                    Some((_, n)) => *n += 1,
                    None => freed.push((handle, 1)),
                }
            }
            for (handle, n) in &freed {
                let data = super::object(json!({"member": member.to_string(), "claims": n}));
                super::note(tx, &inner, &asker, handle, "queue.released", data, &reason)?;
            }
            let all = freed.iter().map(|(_, n)| n).sum::<u64>();
            remember(tx, &asker, idem.as_ref(), &all.to_string())?;
            Ok(all)
        });
        released.await
    }
}
