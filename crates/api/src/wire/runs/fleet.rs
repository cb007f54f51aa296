//! The fleet in numbers.

use std::collections::BTreeMap;

use serde::Serialize;
use tandem_engine::runs::{Agent, Fleet, LoopGates};
use utoipa::ToSchema;

use super::agent::HaltInForce;

/// Runs in numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunFleet)]
pub struct FleetOut {
    /// How many runs are in each state.
    pub states: BTreeMap<&'static str, u64>,
    /// On how many runs that have not ended each alert stands.
    pub alerts: BTreeMap<&'static str, u64>,
    /// Gates of runs that have not ended, by loop; loops without any are left out.
    pub gates: Vec<LoopGatesOut>,
    /// Who started runs that have not ended.
    pub agents: Vec<AgentOut>,
    /// Halts that are in force, that of everything first.
    pub halts: Vec<HaltInForce>,
}

/// Gates of runs that stand in a loop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunLoopGates)]
pub struct LoopGatesOut {
    /// The loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// Gates that nobody has decided.
    pub open: u64,
    /// Gates that were approved and have not given their grant.
    pub approved: u64,
}

/// Who started runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunAgent)]
pub struct AgentOut {
    /// The id of the key or member.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its runs that have not ended.
    pub live: u64,
}

impl From<Fleet> for FleetOut {
    fn from(fleet: Fleet) -> Self {
        let states = fleet.statuses.into_iter().map(|(status, count)| (status.as_str(), count));
        let alerts = fleet.alerts.into_iter().map(|(kind, count)| (kind.as_str(), count));
        Self {
            states: states.collect(),
            alerts: alerts.collect(),
            gates: fleet.gates.into_iter().map(LoopGatesOut::from).collect(),
            agents: fleet.agents.into_iter().map(AgentOut::from).collect(),
            halts: fleet.halts.into_iter().map(HaltInForce::from).collect(),
        }
    }
}

impl From<LoopGates> for LoopGatesOut {
    fn from(gates: LoopGates) -> Self {
        Self { loop_name: gates.loop_name, open: gates.open, approved: gates.approved }
    }
}

impl From<Agent> for AgentOut {
    fn from(agent: Agent) -> Self {
        Self { id: agent.id, name: agent.name, live: agent.live }
    }
}
