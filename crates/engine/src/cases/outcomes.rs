//! What the world said later about a case. Never an audit: it is self-selected.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::case::{Answer, Case};
use tandem_domain::command::{Command, Told};
use tandem_domain::event::Kind;
use tandem_domain::{CaseId, OutcomeId, Timestamp};
use tandem_ledger::event::commit;
use tandem_store::halts::HaltState;
use tandem_store::outcomes::{self, Outcome};
use tandem_store::{Tx, cases};

use super::{IdemKey, in_space, remember, replayed};
use crate::access::{Action, allow, allow_case};
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};
use crate::runner::{self, Order, no_case};

/// Most outcomes of a case that are read.
const PAGE: u32 = 500;

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeSource {
    /// A person in the business application: kept apart until confirmed.
    User,
    /// A system of record.
    System,
}

/// What the world said.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOutcome {
    /// Who says so.
    pub source: OutcomeSource,
    /// What the answer should have been.
    pub answer: Option<Answer>,
    /// What the machine did wrong.
    pub failure_modes: Vec<String>,
    /// Whether the execution succeeded, for actions.
    pub succeeded: Option<bool>,
    /// The grant it was executed with, where it is known.
    pub grant: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl Engine {
    /// Records an outcome of a case.
    pub async fn outcome(
        &self,
        principal: &Principal,
        id: CaseId,
        outcome: NewOutcome,
        idem: Option<IdemKey>,
    ) -> Result<Outcome> {
        let (inner, asker) = (Arc::clone(&self.inner), principal.clone());
        let by = By::principal(principal);
        let written = self.inner.store.write(move |tx| {
            let case = cases::lock(tx, id)?
                .filter(|case| in_space(&asker, &case.core))
                .ok_or_else(|| no_case(id))?;
            let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
            allow(&asker, Action::OutcomeWrite, Some(&handle.name))?;
            if outcome.succeeded.is_some() {
                // How a call went ends its alarm and its grant: an agent says so of its own calls.
                let (any, own) = (Action::CaseRead, Action::CaseReadOwn);
                allow_case(&asker, any, own, &handle.name, &case.core)?;
            }
            if let Some(answer) = &outcome.answer {
                handle.compiled().check_answer(answer, "/answer")?;
            }
            if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                let all = outcomes::of_case(tx, id, u32::MAX)?;
                let found = all.into_iter().find(|outcome| outcome.id.to_string() == known);
                return found.ok_or_else(|| EngineError::not_found(format!("outcome {known}")));
            }
            let space = case.core.space.clone();
            let trusted = outcome.source == OutcomeSource::System;
            let now = tx.now();
            if let Some(succeeded) = outcome.succeeded.filter(|_| trusted) {
                let (occurred_at, grant) = (outcome.occurred_at, outcome.grant.clone());
                let told = Told { succeeded, occurred_at, grant };
                executed(tx, &inner, &by, (&case, &handle), told)?;
            }
            let row = Outcome {
                id: OutcomeId(inner.ids.uuid(now)?),
                space,
                case_id: id,
                body: record::canonical_text(&body_of(&outcome))?,
                trusted,
                at: now,
            };
            outcomes::insert(tx, &row)?;
            let text = record::canonical_text(&record_of(&row)?)?;
            let note = RowNote {
                table: record::OUTCOMES,
                id: row.id.to_string(),
                commitment: Some(commit(&record::salt_of(&case.core)?, text.as_bytes())),
            };
            let place = Place {
                space: &row.space,
                of_loop: Some((handle.id, &handle.name)),
                case: Some(id),
            };
            let data = json!({"outcome": row.id, "trusted": row.trusted});
            let data = data.as_object().cloned().unwrap_or_default();
            let event = record::single_event_id(&row.id.to_string());
            let kind = Kind::OutcomeRecorded.as_str();
            tx.append_event(record::event_record(place, &event, kind, &by, now, &data, &[note])?);
            remember(tx, &asker, idem.as_ref(), &row.id.to_string())?;
            Ok(row)
        });
        written.await
    }

    /// Records an outcome of the case that holds `key` in a loop.
    pub async fn outcome_by_key(
        &self,
        principal: &Principal,
        loop_name: &str,
        key: &str,
        outcome: NewOutcome,
        idem: Option<IdemKey>,
    ) -> Result<Outcome> {
        let handle = self.compiled(&principal.space, loop_name).await?;
        let (loop_id, wanted) = (handle.id, key.to_owned());
        let holder = self.inner.store.read(move |tx| cases::by_key(tx, loop_id, &wanted)).await?;
        let holder =
            holder.ok_or_else(|| EngineError::not_found(format!("case with the key `{key}`")))?;
        self.outcome(principal, holder.id, outcome, idem).await
    }

    /// Outcomes of a case, oldest first.
    pub async fn outcomes(&self, principal: &Principal, id: CaseId) -> Result<Vec<Outcome>> {
        self.get(principal, id).await?;
        Ok(self.inner.store.read(move |tx| outcomes::of_case(tx, id, PAGE)).await?)
    }
}

/// Tells the case what became of its execution, where it is over a call.
fn executed(
    tx: &mut dyn Tx,
    inner: &Inner,
    by: &By,
    (case, handle): (&Case, &LoopHandle),
    told: Told,
) -> Result<()> {
    if !handle.spec().holds_action() {
        return Ok(());
    }
    let order = Order {
        case: case.core.id,
        space: None,
        decides: false,
        make: &|_, _| Ok(Command::Executed { told: told.clone() }),
        facts: None,
        by,
    };
    runner::run_on(tx, inner, &order, case.clone(), HaltState { halted: false, epoch: 0 })?;
    Ok(())
}

fn body_of(outcome: &NewOutcome) -> Value {
    json!({
        "source": match outcome.source {
            OutcomeSource::User => "user",
            OutcomeSource::System => "system",
        },
        "answer": outcome.answer,
        "failure_modes": outcome.failure_modes,
        "grant": outcome.grant,
        "execution": outcome.succeeded.map(|good| if good { "succeeded" } else { "failed" }),
        "occurred_at": outcome.occurred_at,
    })
}

/// The record that the ledger commits to. Whether it is trusted may change later and is not in it.
pub(crate) fn record_of(outcome: &Outcome) -> Result<Value> {
    let body: Value = serde_json::from_str(&outcome.body).map_err(EngineError::internal)?;
    Ok(json!({"id": outcome.id, "case": outcome.case_id, "body": body, "at": outcome.at}))
}
