//! What people sign: raising, lowering, and standing orders.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tandem_domain::{MemberId, PersonId, Span, Timestamp};
use tandem_learn::autonomy::Event;
use tandem_store::{Tx, autonomy, loops, members};

use super::Held;
use super::session::save;
use super::verdicts::Scribe;
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::gates::approvers::are_one;
use crate::loops::{LoopHandle, no_loop};
use crate::principal::Principal;
use crate::record::By;

/// Longest reason in bytes.
const LONGEST_REASON: usize = 4_096;
/// A standing order lasts at most this long.
const LONGEST_ORDER: Span = Span::seconds(90 * 86_400);

/// What a standing order allows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OrderSpec {
    /// Largest share of cases that may become automatic under it, above 0 and at most 1.
    pub max_coverage: f64,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What two persons allow beforehand: proposals to raise within a bound take effect at once, until
/// the order expires or autonomy is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandingOrder {
    /// What it allows.
    #[serde(flatten)]
    pub spec: OrderSpec,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub first: MemberId,
    /// Who agreed; in force only then.
    pub second: Option<MemberId>,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

impl StandingOrder {
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(EngineError::internal)
    }

    /// Whether it lets this share of cases become automatic now.
    pub(super) fn allows(&self, coverage: f64, now: Timestamp) -> bool {
        self.second.is_some() && now < self.spec.expires_at && coverage <= self.spec.max_coverage
    }

    pub(super) fn signers(&self) -> [Option<String>; 2] {
        [Some(self.first.to_string()), self.second.map(|second| second.to_string())]
    }
}

impl Engine {
    /// Signs a proposal: the certified threshold acts from now on.
    pub async fn raise_autonomy(
        &self,
        principal: &Principal,
        loop_name: &str,
        group: &str,
        (epoch, level): (u32, usize),
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<()> {
        let reason = checked(reason)?;
        self.signed(principal, loop_name, group, idem, move |tx, scribe, held| {
            scribe.raise(tx, held, epoch, level, &reason, None)
        })
        .await
    }

    /// Takes autonomy back: to a stricter level, or to full review.
    pub async fn lower_autonomy(
        &self,
        principal: &Principal,
        loop_name: &str,
        group: &str,
        level: Option<usize>,
        reason: &str,
        idem: Option<IdemKey>,
    ) -> Result<()> {
        let reason = checked(reason)?;
        self.signed(principal, loop_name, group, idem, move |tx, scribe, held| {
            let Some(controller) = &held.controller else { return Err(nothing_acts()) };
            let acting = controller.progress().acting;
            if acting.is_none() {
                return Err(nothing_acts());
            }
            scribe.apply(tx, held, &Event::Lowered { level })?;
            let now = held.controller.as_ref().and_then(|c| c.progress().acting);
            if now == acting {
                let message = "give a stricter level than the one in force, or none at all";
                return Err(EngineError::invalid("invalid_input", "/level", message));
            }
            held.row.proposal = None;
            let data = json!({
                "group": held.row.group, "epoch": held.row.epoch, "level": level,
                "threshold": now, "reason": reason,
            });
            scribe.event(tx, "autonomy.lowered", scribe.by(), data)
        })
        .await
    }

    async fn signed(
        &self,
        principal: &Principal,
        loop_name: &str,
        group: &str,
        idem: Option<IdemKey>,
        change: impl Fn(&mut dyn Tx, &Scribe<'_>, &mut Held) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.running()?;
        allow(principal, Action::AutonomySign, Some(loop_name))?;
        person(principal)?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        with_autonomy(&handle)?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let group = group.to_owned();
        let done = self.inner.store.write(move |tx| {
            if replayed(tx, &asker, idem.as_ref())?.is_some() {
                return Ok(());
            }
            autonomy::lock(tx, handle.id, &handle.space)?;
            let row = autonomy::get(tx, handle.id, &group)?
                .ok_or_else(|| EngineError::not_found(format!("group `{group}`")))?;
            let mut held = Held::read(row)?;
            let scribe = Scribe::of(&inner, &handle, By::principal(&asker));
            change(tx, &scribe, &mut held)?;
            save(tx, held)?;
            remember(tx, &asker, idem.as_ref(), &group)
        });
        done.await
    }

    /// Asks for a standing order, or agrees to the one that another person asked for in the same
    /// words.
    pub async fn order_autonomy(
        &self,
        principal: &Principal,
        loop_name: &str,
        spec: OrderSpec,
        reason: &str,
    ) -> Result<StandingOrder> {
        self.running()?;
        allow(principal, Action::AutonomySign, Some(loop_name))?;
        let signer = person(principal)?;
        let reason = checked(reason)?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        with_autonomy(&handle)?;
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let done = self.inner.store.write(move |tx| {
            check_order(spec, tx.now())?;
            sign_order(tx, &inner, &handle, &by, signer, spec, &reason)
        });
        done.await
    }

    /// Ends a standing order; one person is enough.
    pub async fn end_order(&self, principal: &Principal, loop_name: &str) -> Result<()> {
        self.running()?;
        allow(principal, Action::AutonomySign, Some(loop_name))?;
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let handle = self.compiled(&principal.space, loop_name).await?;
        let name = loop_name.to_owned();
        let done = self.inner.store.write(move |tx| {
            loops::by_name(tx, &asker.space, &name)?.ok_or_else(|| no_loop(&name))?;
            autonomy::lock(tx, handle.id, &handle.space)?;
            if autonomy::drop_order(tx, handle.id)? {
                let scribe = Scribe::of(&inner, &handle, By::principal(&asker));
                scribe.event(
                    tx,
                    "autonomy.order_voided",
                    scribe.by(),
                    json!({"reason": "ended"}),
                )?;
            }
            Ok(())
        });
        done.await
    }
}

fn sign_order(
    tx: &mut dyn Tx,
    inner: &Inner,
    handle: &Arc<LoopHandle>,
    by: &By,
    (member, person): (MemberId, PersonId),
    spec: OrderSpec,
    reason: &str,
) -> Result<StandingOrder> {
    autonomy::lock(tx, handle.id, &handle.space)?;
    let known = autonomy::order(tx, handle.id)?;
    let known = known.map(|text| StandingOrder::parse(&text)).transpose()?;
    let waiting = known.filter(|order| order.second.is_none() && order.spec == spec);
    let order = match waiting {
        Some(order) => {
            let first = members::get(tx, order.first)?.map(|first| (order.first, first.person_id));
            let since = order.asked_at;
            let one = |tx: &mut dyn Tx, first| are_one(tx, (member, person), first, since);
            if first.map_or(Ok(true), |first| one(tx, first))? {
                return Err(EngineError::Conflict {
                    code: "second_person_needed",
                    message: "a standing order takes two persons: another one must agree"
                        .to_owned(),
                    resource: None,
                });
            }
            StandingOrder { second: Some(member), ..order }
        }
        None => StandingOrder {
            spec,
            reason: reason.to_owned(),
            first: member,
            second: None,
            asked_at: tx.now(),
        },
    };
    let text = serde_json::to_string(&order).map_err(EngineError::internal)?;
    autonomy::set_order(tx, handle.id, &handle.space, &text)?;
    let kind =
        if order.second.is_some() { "autonomy.order_signed" } else { "autonomy.order_asked" };
    let data = json!({
        "max_coverage": order.spec.max_coverage,
        "expires_at": order.spec.expires_at.to_string(),
        "signers": order.signers(),
    });
    Scribe::of(inner, handle, by.clone()).event(tx, kind, by, data)?;
    Ok(order)
}

fn check_order(spec: OrderSpec, now: Timestamp) -> Result<()> {
    if !(spec.max_coverage > 0.0 && spec.max_coverage <= 1.0) {
        let message = "give a share above 0 and at most 1";
        return Err(EngineError::invalid("invalid_input", "/max_coverage", message));
    }
    if spec.expires_at <= now || spec.expires_at > now + LONGEST_ORDER {
        let message = "a standing order ends in the future, within 90 days";
        return Err(EngineError::invalid("invalid_input", "/expires_at", message));
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

fn person(principal: &Principal) -> Result<(MemberId, PersonId)> {
    principal.member().ok_or_else(|| {
        EngineError::forbidden(
            "a person signs for autonomy: sign in, or use a key that belongs to a member",
        )
    })
}

pub(super) fn with_autonomy(handle: &LoopHandle) -> Result<()> {
    if handle.spec().policy.autonomy.is_some() {
        return Ok(());
    }
    Err(EngineError::Conflict {
        code: "no_autonomy",
        message: format!(
            "loop `{}` has no `policy.autonomy`: publish a version that has it",
            handle.name
        ),
        resource: None,
    })
}

fn nothing_acts() -> EngineError {
    EngineError::Conflict {
        code: "nothing_acts",
        message: "everything is reviewed already".to_owned(),
        resource: None,
    }
}
