//! Roles per loop.

use serde::{Deserialize, Serialize};

/// What a member or key may do in a loop. Finer rights come from queues and skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Hands in cases and reads what became of its own.
    Submitter,
    /// Claims and judges.
    Reviewer,
    /// Reviews what others could not agree on.
    Arbiter,
    /// Owns queues and models: publishes loops, trains, exports, reads statistics.
    Orchestrator,
    /// Reads everything, changes nothing.
    Auditor,
    /// Everything, and members and keys besides.
    Admin,
}

impl Role {
    /// Every role, in the order of the documentation.
    pub const ALL: [Self; 6] = [
        Self::Submitter,
        Self::Reviewer,
        Self::Arbiter,
        Self::Orchestrator,
        Self::Auditor,
        Self::Admin,
    ];

    /// The role as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Reviewer => "reviewer",
            Self::Arbiter => "arbiter",
            Self::Orchestrator => "orchestrator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| {
            format!("`{text}` is not a role; roles are {}", Self::ALL.map(Self::as_str).join(", "))
        })
    }
}
