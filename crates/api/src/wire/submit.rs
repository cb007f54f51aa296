//! What callers send: cases, proposals, judgments and outcomes.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::case::{Answer, Handover, Verdict};
use tandem_domain::command::{NewJudgment, NewProposal};
use tandem_domain::ids::{ClaimId, ProposalId};
use tandem_domain::provenance::Written;
use tandem_domain::{CaseId, Timestamp};
use tandem_engine::cases::{History, NewOutcome, OutcomeSource, Submission};
use utoipa::ToSchema;

use super::claims::ClaimFilter;
use super::copilot::{AuthorSpanJson, into_provenance};
use super::messages::Utterance;
use crate::problem::{Problem, Result};

/// A case to submit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCase)]
pub struct CaseIn {
    /// Names the case within its loop: the same key and content is the same case.
    #[serde(default)]
    pub key: Option<String>,
    /// Whose data this is.
    #[serde(default)]
    pub subject: Option<String>,
    /// An object of the loop's input fields.
    #[schema(value_type = Object)]
    pub input: Value,
    /// What a machine suggests; without it the loop's chain proposes.
    #[serde(default)]
    pub proposal: Option<ProposalIn>,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Group attributes.
    #[serde(default)]
    pub group: BTreeMap<String, String>,
    /// 0 to 9, 9 first.
    #[serde(default)]
    pub priority: u8,
    /// When it is overdue.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deadline: Option<Timestamp>,
    /// Always goes to a person.
    #[serde(default)]
    pub requested_human: bool,
    /// The conversation so far, oldest first; travels along to whoever reviews the case.
    #[serde(default)]
    pub transcript: Vec<Utterance>,
    /// What the agent tried already.
    #[serde(default)]
    pub attempted: Option<String>,
    /// What stands in for the answer while the case waits; the loop's where absent. Never a decision.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub interim: Option<Answer>,
    /// The run it is a gate of, by its id; any other text is a label.
    #[serde(default)]
    pub run: Option<String>,
    /// The newest control of the run that was obeyed; where absent, the newest it acknowledged.
    #[serde(default)]
    pub run_epoch: Option<u64>,
    /// For imported history: how it was decided then.
    #[serde(default)]
    pub decision: Option<DecidedIn>,
    /// For imported history: when.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// How an imported case was decided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportedDecision)]
pub struct DecidedIn {
    /// The final output; null where it was rejected.
    #[schema(value_type = Option<Object>)]
    pub output: Option<Answer>,
}

/// A proposal to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProposal)]
pub struct ProposalIn {
    /// The suggested answer.
    #[schema(value_type = Object)]
    pub output: Answer,
    /// A number from 0 to 1 for the whole, or an object of numbers by field (or JSON pointer).
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub confidence: Confidence,
    /// Probabilities of the options by field.
    #[serde(default)]
    pub probabilities: BTreeMap<String, BTreeMap<String, f64>>,
    /// Model and version, as in `intent@7`.
    #[serde(default)]
    pub model: Option<String>,
    /// Evidence, shown to reviewers.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub evidence: Vec<Value>,
}

/// Confidence by field; the empty name for the whole.
#[derive(Debug, Default)]
pub struct Confidence(pub BTreeMap<String, f64>);

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Confidence;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1, or an object of such numbers by field")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Confidence, E> {
                Ok(Confidence(BTreeMap::from([(String::new(), value)])))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Confidence, E> {
                self.visit_f64(value as f64)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Confidence, E> {
                self.visit_f64(value as f64)
            }

            fn visit_unit<E: de::Error>(self) -> Result<Confidence, E> {
                Ok(Confidence::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Confidence, A::Error> {
                let mut by_field = BTreeMap::new();
                while let Some((field, value)) = map.next_entry::<String, f64>()? {
                    let name = field.strip_prefix('/').unwrap_or(&field);
                    by_field.insert(name.replace("~1", "/").replace("~0", "~"), value);
                }
                Ok(Confidence(by_field))
            }
        }
        from.deserialize_any(Form)
    }
}

impl ProposalIn {
    /// The proposal as the engine takes it.
    pub fn into_domain(self, by: String) -> NewProposal {
        NewProposal {
            output: self.output,
            confidence: self.confidence.0,
            probabilities: self.probabilities,
            model: self.model,
            evidence: self.evidence,
            by,
        }
    }
}

impl CaseIn {
    /// The case as the engine takes it; `by` is who proposes.
    pub fn into_domain(self, by: &str) -> Result<Submission> {
        let history = match (self.decision, self.at) {
            (Some(decision), Some(at)) => Some(History { output: decision.output, at }),
            (None, None) => None,
            (Some(_), None) => return Err(incomplete("/at")),
            (None, Some(_)) => return Err(incomplete("/decision")),
        };
        Ok(Submission {
            key: self.key,
            subject: self.subject,
            input: self.input,
            proposal: self.proposal.map(|proposal| proposal.into_domain(by.to_owned())),
            tags: self.tags,
            group: self.group,
            priority: self.priority,
            deadline: self.deadline,
            requested_human: self.requested_human,
            handover: Handover {
                transcript: self.transcript.into_iter().map(Utterance::into_domain).collect(),
                attempted: self.attempted,
            },
            interim: self.interim,
            run: self.run,
            run_epoch: self.run_epoch,
            history,
        })
    }
}

fn incomplete(path: &str) -> Problem {
    let detail = "imported history needs both `decision` and `at`";
    Problem::invalid("invalid_input", path, detail)
}

/// What a reviewer says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewJudgment)]
pub struct JudgmentIn {
    /// The claim it fills; without it the server claims and judges in one step.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub claim: Option<ClaimId>,
    /// The claim's token.
    #[serde(default)]
    pub token: Option<u64>,
    /// The proposal that was looked at; the newest where absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub proposal: Option<ProposalId>,
    /// What they say.
    #[schema(value_type = VerdictName)]
    pub verdict: Verdict,
    /// The answer, for `modify` and `answer`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Answer>,
    /// Reason codes.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// What the machine did wrong.
    #[serde(default)]
    pub failure_modes: Vec<String>,
    /// A rating from 1 to 5.
    #[serde(default)]
    pub rating: Option<u8>,
    /// Ticked items of the checklist.
    #[serde(default)]
    pub checklist: Vec<String>,
    /// A remark.
    #[serde(default)]
    pub comment: Option<String>,
    /// Why, for the record; `review.rationale` of the loop says whether it must be there.
    #[serde(default)]
    pub rationale: Option<String>,
    /// Plain words for the person affected; the loop's own where absent.
    #[serde(default)]
    pub notice: Option<String>,
    /// For calls of tools: the `digest` of the proposal that was shown. `approve` needs it; on other
    /// bytes nothing is judged.
    #[serde(default)]
    pub seen: Option<String>,
    /// What the reviewer's passkey signed, where the loop asks for it (`POST /v1/cases/{id}/sign-off`).
    #[serde(default)]
    pub assertion: Option<super::passkeys::AssertionIn>,
    /// Who wrote the texts of the answer, by field: spans that cover each, in code points. In a loop with a
    /// co-pilot what was suggested and is not said to be a model's is counted as one anyway.
    #[serde(default)]
    pub provenance: std::collections::BTreeMap<String, Vec<AuthorSpanJson>>,
    /// Time spent in milliseconds.
    #[serde(default)]
    pub elapsed_ms: u64,
    /// Claims the next case in the same round trip.
    #[serde(default)]
    pub claim_next: Option<ClaimFilter>,
}

/// Verdicts.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum VerdictName {
    /// The proposal stands.
    Approve,
    /// Nothing of it stands.
    Reject,
    /// The proposal with changes.
    Modify,
    /// A plain label.
    Answer,
    /// The proposer shall try again.
    RequestChanges,
    /// Somebody senior shall look.
    Escalate,
    /// Not me.
    Skip,
    /// I looked and cannot tell.
    Unsure,
}

impl JudgmentIn {
    /// The claim with its token, what is said, and what to claim next.
    #[expect(clippy::type_complexity, reason = "three parts of one body")]
    pub fn into_domain(
        self,
        case: CaseId,
    ) -> Result<(Option<(ClaimId, u64)>, NewJudgment, Option<ClaimFilter>)> {
        let other =
            |path: &str| Problem::invalid("invalid_input", path, "this belongs to another case");
        let claim = match (self.claim, self.token) {
            (Some(claim), _) if claim.case != case => return Err(other("/claim")),
            (Some(claim), Some(token)) => Some((claim, token)),
            (None, None) => None,
            (Some(_), None) => {
                return Err(Problem::invalid("invalid_input", "/token", "a claim needs its token"));
            }
            (None, Some(_)) => {
                return Err(Problem::invalid("invalid_input", "/claim", "a token needs its claim"));
            }
        };
        if self.proposal.is_some_and(|proposal| proposal.case != case) {
            return Err(other("/proposal"));
        }
        let judgment = NewJudgment {
            verdict: self.verdict,
            answer: self.answer,
            proposal: self.proposal.map(|proposal| proposal.n),
            reasons: self.reasons,
            failure_modes: self.failure_modes,
            rating: self.rating,
            checklist: self.checklist,
            comment: self.comment,
            rationale: self.rationale,
            notice: self.notice,
            seen: self.seen,
            batch: None,
            signed: None,
            written: Written { claimed: into_provenance(self.provenance), suggested: Vec::new() },
            elapsed_ms: self.elapsed_ms,
        };
        Ok((claim, judgment, self.claim_next))
    }
}

/// What the world said later.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOutcome)]
pub struct OutcomeIn {
    /// The case's key, where the loop's route is used.
    #[serde(default)]
    pub key: Option<String>,
    /// `user` (kept apart until confirmed) or `system`.
    pub source: Source,
    /// What the answer should have been.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub answer: Option<Answer>,
    /// What the machine did wrong.
    #[serde(default)]
    pub failure_modes: Vec<String>,
    /// Whether an action was executed well.
    #[serde(default)]
    pub execution: Option<Execution>,
    /// The grant it was executed with. Without it, the one that was held when it happened.
    #[serde(default)]
    pub grant: Option<String>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
}

/// Who says what the world said.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OutcomeSource)]
pub enum Source {
    /// A person in the business application.
    User,
    /// A system of record.
    System,
}

/// How an execution went.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Execution {
    /// It went well.
    Succeeded,
    /// It failed.
    Failed,
}

impl OutcomeIn {
    /// The outcome as the engine takes it.
    pub fn into_domain(self) -> NewOutcome {
        NewOutcome {
            source: match self.source {
                Source::User => OutcomeSource::User,
                Source::System => OutcomeSource::System,
            },
            answer: self.answer,
            failure_modes: self.failure_modes,
            succeeded: self.execution.map(|execution| matches!(execution, Execution::Succeeded)),
            grant: self.grant,
            occurred_at: self.occurred_at,
        }
    }
}
