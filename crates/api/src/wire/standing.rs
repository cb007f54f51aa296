//! Standing permissions and sign-offs over many cases.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::{BatchId, CaseId, MemberId, StandingId, Timestamp};
use tandem_engine::gates::standing::{StandingSpec, StandingUse, StandingView, SumCap};
use tandem_engine::review::{self as engine, NewBatch};
use utoipa::ToSchema;

use super::passkeys::AssertionIn;

/// A bound on the sum of an argument.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SumLimit {
    /// JSON pointer into the arguments.
    #[schema(example = "/amount")]
    pub of: String,
    /// The most it may add up to.
    pub max: f64,
}

/// Which calls a standing permission covers, and how many.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StandingTerms {
    /// The tool.
    pub tool: String,
    /// JSON Schema (draft 2020-12) of the arguments; this or `when`, or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub scope: Option<Value>,
    /// Condition in CEL, as in the loop's rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Most calls.
    #[schema(minimum = 1)]
    pub max_count: u64,
    /// The most that an argument may add up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<SumLimit>,
    /// When it ends, within 90 days.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// The only consumer that takes the grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// The only run whose calls it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The only submitter, a key or a member, whose calls it covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// A standing permission to ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewStandingGrant)]
pub struct StandingIn {
    /// What it covers.
    #[serde(flatten)]
    pub terms: StandingTerms,
    /// Why.
    pub reason: String,
}

/// What was shown of a standing permission.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StandingGrantShown)]
pub struct SignIn {
    /// Its digest.
    pub digest: String,
}

/// Why a standing permission is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StandingGrantRevocation)]
pub struct RevokeIn {
    /// Why.
    pub reason: String,
}

/// Who signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingSignature {
    /// The member.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Why a standing permission is over.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingEnd {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who revoked it; null where its time or its caps ended it.
    #[schema(value_type = Option<String>)]
    pub by: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// A standing permission: calls of a tool that persons allowed beforehand.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingGrant {
    /// Its id.
    #[schema(value_type = String)]
    pub id: StandingId,
    /// Name of the loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// What it covers.
    pub terms: StandingTerms,
    /// Why it was asked for.
    pub reason: String,
    /// `asked`, `active`, `revoked`, `expired` or `spent`.
    pub state: String,
    /// Whether a halt keeps it from deciding anything now.
    pub suspended: bool,
    /// SHA-256, hex, of what is signed: whoever signs sends it.
    pub digest: String,
    /// Distinct natural persons who must sign.
    pub needed: u32,
    /// Who asked.
    #[schema(value_type = Option<String>)]
    pub asked_by: Option<MemberId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// Who signed.
    pub signatures: Vec<StandingSignature>,
    /// Calls it covered.
    pub used: u64,
    /// The sum over them.
    pub used_sum: f64,
    /// Why it is over.
    pub ended: Option<StandingEnd>,
}

/// A call that a standing permission covered.
#[derive(Debug, Serialize, ToSchema)]
pub struct StandingGrantUse {
    /// Its number, from 1.
    pub n: u64,
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Digest of the decision.
    pub digest: String,
    /// What it added to the sum.
    pub amount: Option<f64>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl StandingTerms {
    /// As the engine takes it.
    pub fn into_domain(self) -> StandingSpec {
        StandingSpec {
            tool: self.tool,
            scope: self.scope,
            when: self.when,
            max_count: self.max_count,
            sum: self.sum.map(SumLimit::into_domain),
            until: self.until,
            consumer: self.consumer,
            run: self.run,
            agent: self.agent,
        }
    }

    fn new(spec: StandingSpec) -> Self {
        Self {
            tool: spec.tool,
            scope: spec.scope,
            when: spec.when,
            max_count: spec.max_count,
            sum: spec.sum.map(|sum| SumLimit { of: sum.of, max: sum.max }),
            until: spec.until,
            consumer: spec.consumer,
            run: spec.run,
            agent: spec.agent,
        }
    }
}

impl SumLimit {
    fn into_domain(self) -> SumCap {
        SumCap { of: self.of, max: self.max }
    }
}

impl StandingGrant {
    /// As it is sent.
    pub fn new(view: StandingView) -> Self {
        let signed = view.signatures.into_iter();
        Self {
            id: view.id,
            loop_name: view.loop_name,
            terms: StandingTerms::new(view.spec),
            reason: view.reason,
            state: view.state,
            suspended: view.suspended,
            digest: view.digest,
            needed: view.needed,
            asked_by: view.asked_by,
            asked_at: view.asked_at,
            signatures: signed
                .map(|signed| StandingSignature { member: signed.member, at: signed.at })
                .collect(),
            used: view.used,
            used_sum: view.used_sum,
            ended: view.ended.map(|end| StandingEnd { at: end.at, by: end.by, reason: end.reason }),
        }
    }
}

impl From<StandingUse> for StandingGrantUse {
    fn from(used: StandingUse) -> Self {
        let StandingUse { n, case, digest, amount, at, .. } = used;
        Self { n, case, digest, amount, at }
    }
}

/// A case as it was listed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedCase {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// The `digest` of its proposal, as it was shown.
    pub digest: String,
}

/// Waiting calls of one tool to approve together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBatch)]
pub struct BatchIn {
    /// The tool that all of them call.
    pub tool: String,
    /// The cases, 1 to 100.
    pub cases: Vec<ListedCase>,
    /// Most cases that may be approved.
    #[serde(default)]
    pub max_count: Option<usize>,
    /// The most that an argument may add up to; above it nothing is approved.
    #[serde(default)]
    pub sum: Option<SumLimit>,
    /// Ticked items of the checklist.
    #[serde(default)]
    pub checklist: Vec<String>,
    /// A remark on all of them.
    #[serde(default)]
    pub comment: Option<String>,
    /// Time spent in milliseconds.
    #[serde(default)]
    pub elapsed_ms: u64,
    /// What one's passkey signed over the batch, where calls take one.
    #[serde(default)]
    pub assertion: Option<AssertionIn>,
}

impl BatchIn {
    /// As the engine takes it.
    pub fn into_domain(self) -> NewBatch {
        NewBatch {
            tool: self.tool,
            cases: self.cases.into_iter().map(|listed| (listed.case, listed.digest)).collect(),
            max_count: self.max_count,
            sum: self.sum.map(SumLimit::into_domain),
            checklist: self.checklist,
            comment: self.comment,
            elapsed_ms: self.elapsed_ms,
            assertion: self.assertion.map(AssertionIn::into_domain),
        }
    }
}

/// A sign-off over many cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct Batch {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BatchId,
    /// Name of the loop.
    #[serde(rename = "loop")]
    pub loop_name: String,
    /// The tool.
    pub tool: String,
    /// Who signed.
    #[schema(value_type = String)]
    pub member: MemberId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// SHA-256, hex, over loop, tool and the cases with their digests.
    pub digest: String,
    /// What was approved.
    pub approved: Vec<BatchApproval>,
    /// What was not, and why.
    pub left_out: Vec<BatchLeftOut>,
    /// The sum over what was approved, where one was bounded.
    pub sum: Option<f64>,
}

/// A case that was approved with others.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchApproval {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Digest of the proposal that was approved.
    pub digest: String,
    /// Whether that decided it; otherwise it waits for others.
    pub decided: bool,
}

/// A case that was left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchLeftOut {
    /// The case.
    #[schema(value_type = String)]
    pub case: CaseId,
    /// Stable code of why.
    pub code: String,
    /// Why.
    pub why: String,
}

impl Batch {
    /// As it is sent.
    pub fn new(batch: engine::Batch) -> Self {
        let approved = batch.approved.into_iter();
        let left_out = batch.left_out.into_iter();
        Self {
            id: batch.id,
            loop_name: batch.loop_name,
            tool: batch.tool,
            member: batch.member,
            at: batch.at,
            digest: batch.digest,
            approved: approved
                .map(|one| BatchApproval {
                    case: one.case,
                    digest: one.digest,
                    decided: one.decided,
                })
                .collect(),
            left_out: left_out
                .map(|one| BatchLeftOut { case: one.case, code: one.code, why: one.why })
                .collect(),
            sum: batch.sum,
        }
    }
}
