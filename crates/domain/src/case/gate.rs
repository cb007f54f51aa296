//! What binds a decision to the bytes that run.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What a decision that lets a tool run is bound to, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The calls it lets run.
    pub calls: Vec<BoundCall>,
    /// A number used once, hex: two decisions never have one digest.
    pub nonce: String,
    /// How often halts were set and lifted before it was decided.
    pub halt_epoch: u64,
    /// No grant is handed out from then on, and none is good.
    pub expires_at: Timestamp,
    /// What somebody should look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// What became of the execution, once somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<Execution>,
}

/// A call as a decision lets it run. The arguments are in the decision's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoundCall {
    /// The answer's field.
    pub field: String,
    /// The tool.
    pub tool: String,
    /// SHA-256, hex, over the canonical JSON of the tool's schema.
    pub schema: String,
    /// The only consumer that may take the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    /// Where it acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl BoundCall {
    /// The call, for one consumer alone. Whoever the tool names stays in force: the narrower counts.
    #[must_use]
    pub fn only_for(mut self, consumer: &str) -> Self {
        let narrower = self.executor.as_deref().is_none_or(|executor| {
            consumer
                .strip_prefix(executor)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if narrower {
            self.executor = Some(consumer.to_owned());
        }
        self
    }
}

/// What somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// It was approved and nobody took the grant.
    Unconsumed,
    /// The grant was taken and nobody said what came of it.
    ExecutionUnknown,
}

impl Alarm {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unconsumed => "unconsumed",
            Self::ExecutionUnknown => "execution_unknown",
        }
    }
}

/// What became of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Whether it succeeded.
    pub succeeded: bool,
    /// When that was said.
    pub at: Timestamp,
    /// When it happened, as whoever executed says; none in what was stored before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// Whether it was said once that it succeeded, and taken back since: it may have run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_have_run: bool,
}

impl Gate {
    /// The consumer that must take the grant, where the tools name one.
    pub fn executor(&self) -> Option<&str> {
        self.calls.iter().find_map(|call| call.executor.as_deref())
    }
}
