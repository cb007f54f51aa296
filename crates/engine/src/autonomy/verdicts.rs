//! What the evidence leads to: proposals, surges, demotions. Each is an event in the ledger.

use serde_json::{Value, json};
use tandem_domain::CaseId;
use tandem_learn::autonomy::{Controller, Event, Proposal, Verdict};
use tandem_store::autonomy::HistoryRow;
use tandem_store::{Topic, Tx, autonomy, halts};

use super::orders::StandingOrder;
use super::{Held, views};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::record::{self, By, Place};

/// Moves evidence and writes down what follows.
pub(super) struct Scribe<'a> {
    pub(super) inner: &'a Inner,
    pub(super) handle: &'a LoopHandle,
    by: By,
}

impl<'a> Scribe<'a> {
    /// For what the server does by itself.
    pub(super) fn machine(inner: &'a Inner, handle: &'a LoopHandle) -> Self {
        Self { inner, handle, by: By::machine() }
    }

    /// For what somebody asked for.
    pub(super) fn of(inner: &'a Inner, handle: &'a LoopHandle, by: By) -> Self {
        Self { inner, handle, by }
    }

    /// Writes an event of the loop.
    pub(super) fn event(&self, tx: &mut dyn Tx, kind: &str, by: &By, data: Value) -> Result<()> {
        let now = tx.now();
        let id = format!("evt_{}", self.inner.ids.uuid(now)?);
        let handle = self.handle;
        let line = HistoryRow {
            at: now,
            id: id.clone(),
            kind: kind.to_owned(),
            data: data.to_string(),
            actor: by.as_json().to_owned(),
        };
        autonomy::add_history(tx, handle.id, &line)?;
        let data = data.as_object().cloned().unwrap_or_default();
        let of_loop = Some((handle.id, handle.name.as_str()));
        let place = Place { space: &handle.space, of_loop, case: None };
        tx.append_event(record::event_record(place, &id, kind, by, now, &data, &[])?);
        tx.wake(Topic::Loop(handle.id));
        Ok(())
    }

    /// Takes an event in and carries out what follows. What the statistics refuse (a case they do not
    /// know, twice the same judgment) changes nothing.
    pub(super) fn apply(&self, tx: &mut dyn Tx, held: &mut Held, event: &Event) -> Result<()> {
        let Some(controller) = &held.controller else { return Ok(()) };
        let (next, verdicts) = match Controller::step(controller, event) {
            Ok(stepped) => stepped,
            Err(error) => {
                tracing::debug!(loop = self.handle.name, %error, "no evidence");
                return Ok(());
            }
        };
        held.changed |= next != *controller;
        let (before, after) = (controller.certificate().claim(), next.certificate().claim());
        held.controller = Some(next);
        if before != after {
            self.other_claim(tx, held, event)?;
        }
        for verdict in verdicts {
            self.carry_out(tx, held, verdict)?;
        }
        Ok(())
    }

    /// The certificate is about real errors from now on.
    fn other_claim(&self, tx: &mut dyn Tx, held: &Held, event: &Event) -> Result<()> {
        let Some(controller) = &held.controller else { return Ok(()) };
        let bound = match event {
            Event::MissRate { bound } => Some(*bound),
            _ => None,
        };
        let data = json!({
            "group": held.row.group,
            "epoch": held.row.epoch,
            "claim": views::claim(controller.certificate().claim()),
            "errors_not_counted_at_most": bound,
            "threshold": controller.progress().acting,
        });
        self.event(tx, "autonomy.claim_changed", &By::machine(), data)
    }

    fn carry_out(&self, tx: &mut dyn Tx, held: &mut Held, verdict: Verdict) -> Result<()> {
        let (group, epoch) = (held.row.group.clone(), held.row.epoch);
        match verdict {
            Verdict::Propose(proposal) => self.propose(tx, held, &proposal),
            Verdict::Surge { case, cases } => {
                let case = case_id(case).to_string();
                let data = json!({"group": group, "epoch": epoch, "case": case, "cases": cases});
                self.event(tx, "autonomy.surge", &By::machine(), data)
            }
            Verdict::Lowered { level } => {
                held.row.proposal = None;
                let data = json!({
                    "group": group, "epoch": epoch, "level": level, "reason": "evidence_taken_back",
                });
                self.event(tx, "autonomy.lowered", &By::machine(), data)
            }
            Verdict::Demoted(demotion) => {
                let text = json!({
                    "group": group,
                    "epoch": epoch,
                    "case": case_id(demotion.case).to_string(),
                    "threshold": demotion.threshold,
                    "audits": demotion.alarm.audits,
                    "errors": demotion.alarm.errors,
                    "evidence": demotion.alarm.evidence,
                    "bar": demotion.alarm.bar,
                    "at": tx.now().to_string(),
                });
                held.row.demotion = Some(text.to_string());
                held.row.proposal = None;
                held.row.next_model = None;
                held.row.scores.clear();
                held.changed = true;
                self.event(tx, "autonomy.demoted", &By::machine(), text)?;
                if autonomy::drop_order(tx, self.handle.id)? {
                    let data = json!({"reason": "demoted", "group": group});
                    self.event(tx, "autonomy.order_voided", &By::machine(), data)?;
                }
                Ok(())
            }
        }
    }

    /// A threshold has earned to act: it waits for a signature, unless two persons allowed it
    /// beforehand.
    fn propose(&self, tx: &mut dyn Tx, held: &mut Held, proposal: &Proposal) -> Result<()> {
        let standing = &proposal.standing;
        let shown = json!({
            "group": held.row.group,
            "epoch": held.row.epoch,
            "level": proposal.level,
            "threshold": standing.threshold,
            "coverage": standing.coverage,
            "cases": standing.cases,
            "error": standing.error,
            "target_error": proposal.target,
            "delta": proposal.delta,
            "claim": views::claim(proposal.claim),
            "at": tx.now().to_string(),
        });
        held.row.proposal = Some(shown.to_string());
        held.changed = true;
        self.event(tx, "autonomy.proposed", &By::machine(), shown)?;
        let order = autonomy::order(tx, self.handle.id)?;
        let order = order.map(|text| StandingOrder::parse(&text)).transpose()?;
        // Under a halt nothing is raised without a person; the proposal stands until one signs it.
        let halted = halts::read_shared(tx, &self.handle.space, self.handle.id)?.halted;
        let allows = |order: &StandingOrder| order.allows(standing.coverage, tx.now());
        match order.filter(|order| !halted && allows(order)) {
            Some(order) => {
                let level = proposal.level;
                let epoch = u32::try_from(held.row.epoch).unwrap_or(u32::MAX);
                self.raise(tx, held, epoch, level, "standing order", Some(&order))
            }
            None => Ok(()),
        }
    }

    /// Lets a certified threshold act.
    pub(super) fn raise(
        &self,
        tx: &mut dyn Tx,
        held: &mut Held,
        epoch: u32,
        level: usize,
        reason: &str,
        order: Option<&StandingOrder>,
    ) -> Result<()> {
        let Some(controller) = &held.controller else { return Err(stale()) };
        if u64::from(epoch) != held.row.epoch {
            return Err(stale());
        }
        let spends = controller.certificate().epoch();
        let raised = Controller::step(controller, &Event::Raised { epoch: spends, level });
        let (next, verdicts) = raised.map_err(|_| stale())?;
        let threshold = next.progress().acting;
        let coverage = next.progress().acting_coverage;
        let claim = views::claim(next.certificate().claim());
        held.controller = Some(next);
        held.row.proposal = None;
        held.changed = true;
        let data = json!({
            "group": held.row.group,
            "epoch": epoch,
            "level": level,
            "threshold": threshold,
            "coverage": coverage,
            "claim": claim,
            "reason": reason,
            "standing_order": order.map(StandingOrder::signers),
        });
        self.event(tx, "autonomy.raised", &self.by, data)?;
        for verdict in verdicts {
            self.carry_out(tx, held, verdict)?;
        }
        Ok(())
    }

    /// Ends an epoch: its coins may be checked from now on.
    pub(super) fn end_epoch(&self, tx: &mut dyn Tx, held: &mut Held, reason: &str) -> Result<()> {
        let data = json!({
            "group": held.row.group,
            "epoch": held.row.epoch,
            "reason": reason,
            "coins_secret": hex::encode(&held.row.secret),
        });
        self.event(tx, "autonomy.epoch_ended", &By::machine(), data)?;
        autonomy::forget_inputs(tx, self.handle.id, held.row.epoch)?;
        Ok(())
    }

    /// Who acts here.
    pub(super) fn by(&self) -> &By {
        &self.by
    }
}

fn stale() -> EngineError {
    EngineError::Conflict {
        code: "proposal_gone",
        message: "the evidence has changed since: look at it again".to_owned(),
        resource: None,
    }
}

/// The case that a number stands for.
pub(super) fn case_id(case: u128) -> CaseId {
    CaseId(uuid::Uuid::from_u128(case))
}
