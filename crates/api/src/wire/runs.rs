//! Runs: what agents say, what people order, and what is shown.

mod agent;
mod fleet;
mod orders;
mod shown;

pub use agent::{BeatIn, BudgetIn, FinishIn, HaltInForce, RunIn, StandingOut, StepIn, StepsIn};
pub use fleet::{AgentOut, FleetOut, LoopGatesOut};
pub use orders::{BulkIn, ClearIn, ControlIn, Controlled};
pub use shown::{ControlOut, RunOut, RunUsed, StepOut};
