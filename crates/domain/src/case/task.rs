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
    /// To decide anew what was contested.
    Appeal,
}

impl Purpose {
    /// As it is written and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::Arbitrate => "arbitrate",
            Self::Audit => "audit",
            Self::CrossCheck => "cross_check",
            Self::Appeal => "appeal",
        }
    }

    /// Whether its judgments decide the case.
    pub fn decides(self) -> bool {
        matches!(self, Self::Decide | Self::Arbitrate | Self::Appeal)
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
    /// Queues it was in before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Stay>,
    /// Live claims.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A time that a task spent in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// The queue.
    pub queue: String,
    /// Since when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

impl Task {
    /// Puts it into another queue. Whoever holds a seat loses it; returns the numbers of their claims.
    pub(crate) fn put_into(&mut self, queue: &str, now: Timestamp) -> Vec<u32> {
        let from = self.since();
        let before = std::mem::replace(&mut self.queue, queue.to_owned());
        self.left.push(Stay { queue: before, from, until: now });
        self.claims.drain(..).map(|claim| claim.n).collect()
    }

    /// Since when it is in its queue.
    fn since(&self) -> Timestamp {
        self.left.last().map_or(self.created_at, |stay| stay.until)
    }

    /// Where it was and is, up to `until`.
    pub fn stays(&self, until: Timestamp) -> impl Iterator<Item = Stay> + '_ {
        let now = Stay { queue: self.queue.clone(), from: self.since(), until };
        self.left.iter().cloned().chain([now])
    }
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
