//! Tasks: requests for judgments on a case, and the claims that lease their seats.

use serde::{Deserialize, Serialize};

use crate::ids::MemberId;
use crate::time::Timestamp;

/// What a task is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To decide the case.
    Decide,
    /// To decide it where judgments did not agree.
    Arbitrate,
    /// To check an automatic decision afterwards.
    Audit,
    /// To look again, unseen, at what another person judged.
    CrossCheck,
}

impl Purpose {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Arbitrate => "arbitrate",
            Self::Audit => "audit",
            Self::CrossCheck => "cross_check",
        }
    }

    /// Whether its judgments decide the case.
    pub fn decides(self) -> bool {
        matches!(self, Self::Decide | Self::Arbitrate)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_lowest(rung: &u32) -> bool {
    *rung == 0
}

/// A request for judgments on a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its number in the case.
    pub n: u32,
    /// What it is for. Reviewers do not see it on audits and cross-checks.
    pub purpose: Purpose,
    /// Where it waits.
    pub queue: String,
    /// Judgments wanted.
    pub seats: u32,
    /// Whether it is still open.
    pub open: bool,
    /// Whether the proposal is hidden until the reviewer answered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
    /// Rungs of the escalation ladder it went up.
    #[serde(default, skip_serializing_if = "is_lowest")]
    pub rung: u32,
    /// Live claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// One seat of a task leased to one reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its number in the case.
    pub n: u32,
    /// Who holds it.
    pub member: MemberId,
    /// Fencing token: the newest for a seat is honoured, older ones never again.
    pub token: u64,
    /// The natural person behind the account.
    pub person: crate::ids::PersonId,
    /// When the lease ends, unless renewed.
    pub expires_at: Timestamp,
    /// Whether the lease ran out: the seat is free for others, and until one takes it the token is
    /// still honoured.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lapsed: bool,
}
