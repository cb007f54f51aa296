//! The fleet in numbers: what the control room shows before any run is opened.

use std::collections::BTreeMap;

use tandem_domain::LoopId;
use tandem_domain::run::{AlertKind, RunStatus};
use tandem_store::{Tx, halts, runs};

use super::{InForce, Names};
use crate::access::{Action, allow, allow_somewhere};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Runs in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fleet {
    /// How many there are in each state, every state named.
    pub statuses: Vec<(RunStatus, u64)>,
    /// On how many that have not ended each alert stands, every alert named.
    pub alerts: Vec<(AlertKind, u64)>,
    /// Gates of runs that have not ended, by loop: only loops that have such gates.
    pub gates: Vec<LoopGates>,
    /// Who started runs that have not ended.
    pub agents: Vec<Agent>,
    /// Halts that are in force, that of everything first.
    pub halts: Vec<InForce>,
}

/// Gates that stand in a loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopGates {
    /// The loop.
    pub loop_name: String,
    /// Gates that nobody has decided.
    pub open: u64,
    /// Gates that were approved and have not given their grant.
    pub approved: u64,
}

/// A key or member that started runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its runs that have not ended.
    pub live: u64,
}

impl Engine {
    /// Counts the runs that the principal may see, of one loop or of all.
    pub async fn fleet(&self, principal: &Principal, loop_name: Option<&str>) -> Result<Fleet> {
        let may = |action| match loop_name {
            Some(_) => allow(principal, action, loop_name),
            None => allow_somewhere(principal, action),
        };
        if may(Action::RunRead).is_err() {
            may(Action::RunReadOwn)?;
        }
        let (asker, wanted) = (principal.clone(), loop_name.map(str::to_owned));
        let counted = self.inner.store.read(move |tx| {
            let mut names = Names::default();
            let halts = in_force(tx, &mut names, &asker.space, wanted.as_deref())?;
            let mut sees = |tx: &mut dyn Tx, loop_id, agent: &str| {
                let name = names.of_loop(tx, loop_id)?;
                let asked = wanted.as_ref().is_none_or(|wanted| *wanted == name);
                let may = allow(&asker, Action::RunRead, Some(&name)).is_ok()
                    || (asker.id() == agent
                        && allow(&asker, Action::RunReadOwn, Some(&name)).is_ok());
                Ok::<_, EngineError>((asked && may).then_some(name))
            };
            let (mut agents, mut gates) = (BTreeMap::new(), BTreeMap::new());
            let mut fleet = Fleet {
                statuses: RunStatus::ALL.map(|status| (status, 0)).to_vec(),
                alerts: AlertKind::ALL.map(|kind| (kind, 0)).to_vec(),
                halts,
                ..Fleet::default()
            };
            for row in runs::count_fleet(tx, &asker.space)? {
                if sees(tx, row.loop_id, &row.agent)?.is_none() {
                    continue;
                }
                let of = fleet.statuses.iter_mut().find(|(status, _)| *status == row.of);
                if let Some((_, count)) = of {
                    *count += row.count;
                }
                if !row.of.is_final() && !row.agent.is_empty() {
                    *agents.entry(row.agent).or_insert(0) += row.count;
                }
            }
            for row in runs::count_alerts(tx, &asker.space)? {
                if sees(tx, row.loop_id, &row.agent)?.is_some() {
                    let stands = |kind| row.of & runs::alert_bit(kind) != 0;
                    for (_, count) in fleet.alerts.iter_mut().filter(|(kind, _)| stands(*kind)) {
                        *count += row.count;
                    }
                }
            }
            for row in runs::count_gates(tx, &asker.space)? {
                if let Some(name) = sees(tx, row.loop_id, &row.agent)? {
                    let (open, approved) = gates.entry(name).or_insert((0, 0));
                    *open += row.of.0;
                    *approved += row.of.1;
                }
            }
            let shut = gates.into_iter().filter(|(_, (open, approved))| open + approved > 0);
            fleet.gates = shut
                .map(|(loop_name, (open, approved))| LoopGates { loop_name, open, approved })
                .collect();
            for (id, live) in agents {
                let name = Names::default().agent(tx, &id)?;
                fleet.agents.push(Agent { id, name, live });
            }
            Ok(fleet)
        });
        counted.await
    }
}

/// Halts over everything and over the loop asked for, or over any.
fn in_force(
    tx: &mut dyn Tx,
    names: &mut Names,
    space: &str,
    wanted: Option<&str>,
) -> Result<Vec<InForce>> {
    let mut found = Vec::new();
    for halt in halts::list(tx, space)?.into_iter().filter(|halt| halt.halted) {
        let name = match halt.scope.parse::<LoopId>() {
            Ok(id) => names.of_loop(tx, id)?,
            Err(_) => String::new(),
        };
        if halt.scope == halts::EVERYTHING || wanted.is_none_or(|wanted| wanted == name) {
            found.push(InForce::new(halt, &name));
        }
    }
    found.sort_by(|a, b| a.loop_name.cmp(&b.loop_name));
    Ok(found)
}
