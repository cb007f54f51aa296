//! What the demo knows and Tandem does not: the truth. Everything that is compared with it is measured here.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tandem_domain::case::{Answer, Case, DecidedBy, Status};
use tandem_engine::Engine;
use tandem_engine::cases::CaseQuery;
use tandem_engine::errors::Result;
use tandem_engine::principal::Principal;

use super::digits::{self, Digits};

/// Cases read at a time.
const PAGE: u32 = 500;

/// How the cases stand against the truth.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Tally {
    /// Cases that streamed in, planted ones not counted.
    pub(crate) cases: u64,
    /// Of those, decided.
    pub(crate) decided: u64,
    /// Decided, with a wrong final output.
    pub(crate) wrong: u64,
    /// Let through by the machine, whatever an audit changed later.
    pub(crate) automatic: u64,
    /// Of those, wrong when they were let through.
    pub(crate) automatic_wrong: u64,
    /// Cases that a person looked at, audits among them.
    pub(crate) looked: u64,
    /// Still open tasks, audits among them.
    pub(crate) open_tasks: u64,
    /// Decisions that are not effective yet.
    pub(crate) held: u64,
}

impl Tally {
    /// Share of wrong final outputs.
    pub(crate) fn final_error(&self) -> Option<f64> {
        share(self.wrong, self.decided)
    }

    /// Share of wrong outputs among the automatic ones.
    pub(crate) fn automatic_error(&self) -> Option<f64> {
        share(self.automatic_wrong, self.automatic)
    }
}

fn share(part: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// A planted wrong proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Planted {
    /// What the image shows.
    pub(crate) truth: u8,
    /// What the proposal says.
    pub(crate) wrong: u8,
}

/// The planted proposals by case key, kept beside the database so that they survive a restart.
#[derive(Debug, Clone)]
pub(crate) struct Plants(PathBuf);

impl Plants {
    /// Those of a data directory.
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join("planted.json"))
    }

    /// All of them.
    pub(crate) fn read(&self) -> HashMap<String, Planted> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Writes them down, before they are planted.
    pub(crate) fn write(&self, plants: &HashMap<String, Planted>) -> std::io::Result<()> {
        let part = self.0.with_extension("part");
        fs::write(&part, serde_json::to_string(plants)?)?;
        fs::rename(part, &self.0)
    }
}

/// Every case of the demo's loop.
pub(crate) async fn all_cases(engine: &Engine) -> Result<Vec<Case>> {
    let system = Principal::system(tandem_engine::accounts::DEFAULT_SPACE);
    let (mut cases, mut cursor) = (Vec::new(), None);
    loop {
        let page = engine.list(&system, digits::LOOP, CaseQuery::default(), cursor, PAGE).await?;
        cases.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(cases);
        }
    }
}

/// Compares the cases with the truth.
pub(crate) fn tally(cases: &[Case], digits: &Digits, planted: &HashMap<String, Planted>) -> Tally {
    let mut tally = Tally::default();
    for case in cases {
        let is_planted = case.core.key.as_ref().is_some_and(|key| planted.contains_key(key));
        let imported = case.state.decisions.iter().any(|d| d.by == DecidedBy::Import);
        if is_planted || imported {
            continue;
        }
        let Some(truth) = digits.truth(&case.core.input) else { continue };
        tally.cases += 1;
        tally.looked += u64::from(!case.state.judgments.is_empty());
        tally.open_tasks += case.state.tasks.iter().filter(|task| task.open).count() as u64;
        tally.held += u64::from(case.state.status == Status::Held);
        let said = |output: Option<&Answer>| digits::named(output?);
        if let Some(machine) = case.state.decisions.iter().find(|d| d.by == DecidedBy::Machine) {
            tally.automatic += 1;
            tally.automatic_wrong += u64::from(said(machine.output.as_ref()) != Some(truth));
        }
        if let Some(last) = case.state.live_decision() {
            tally.decided += 1;
            tally.wrong += u64::from(said(last.output.as_ref()) != Some(truth));
        }
    }
    tally
}

/// What reviewers made of the planted proposals: seen, and caught.
pub(crate) fn caught(cases: &[Case], planted: &HashMap<String, Planted>) -> (u64, u64) {
    let (mut seen, mut caught) = (0, 0);
    for case in cases {
        let Some(plant) = case.core.key.as_ref().and_then(|key| planted.get(key)) else { continue };
        let Some(decision) = case.state.live_decision() else { continue };
        if decision.by != DecidedBy::People {
            continue;
        }
        seen += 1;
        let said = decision.output.as_ref().and_then(digits::named);
        caught += u64::from(said != Some(plant.wrong));
    }
    (seen, caught)
}
