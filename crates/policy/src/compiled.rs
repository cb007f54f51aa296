//! A loop that was checked and compiled.

use std::fmt;

use serde_json::Value;
use tandem_domain::LoopSpec;
use tandem_domain::answer;
use tandem_domain::case::Answer;
use tandem_domain::command::NewProposal;
use tandem_domain::policy::{Facts, GuardrailFact};
use tandem_domain::refusal::{Code, Refusal};

use crate::guardrails::Guardrail;
use crate::place::Place;
use crate::rules::{Expression, RuleSet, ScoreRule};
use crate::schema::Schema;
use crate::view::{CaseView, ProposalView};

/// A loop whose rules, schemas and patterns are compiled. Cheap to share behind an `Arc`.
pub struct CompiledLoop {
    /// The loop as its author wrote it, with defaults filled in.
    pub spec: LoopSpec,
    parts: Parts,
}

/// What compiling made of a loop.
#[derive(Default)]
pub(crate) struct Parts {
    /// Schemas of form fields, by field.
    pub(crate) forms: Vec<(String, Schema)>,
    /// Schemas of the arguments of tools.
    pub(crate) tools: Vec<Tool>,
    /// Where limits find what they count.
    pub(crate) limits: Vec<Limit>,
    pub(crate) guardrails: Vec<Guardrail>,
    pub(crate) rules: RuleSet,
    /// One entry for each link of the chain: the expression of those that are rules.
    pub(crate) links: Vec<Option<Expression>>,
    /// What the scores of models that check are compared with, by the guardrail's name.
    pub(crate) checks: Vec<(String, ScoreRule)>,
}

/// A tool's schema.
pub(crate) struct Tool {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) schema: Schema,
}

/// Where a limit finds its key and its number; the limits of the file, in its order.
pub(crate) struct Limit {
    pub(crate) key: Option<Place>,
    pub(crate) sum: Option<Place>,
}

/// What a case adds to a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitUse {
    /// What it is counted together by, as canonical as JSON goes; empty where all are.
    pub key: String,
    /// The number that it adds.
    pub amount: f64,
}

impl fmt::Debug for CompiledLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledLoop").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl CompiledLoop {
    pub(crate) fn new(spec: LoopSpec, parts: Parts) -> Self {
        Self { spec, parts }
    }

    /// Checks the input of a case.
    ///
    /// # Errors
    /// As [`answer::check_input`].
    pub fn check_input(&self, input: &Value) -> Result<(), Refusal> {
        answer::check_input(&self.spec, input)
    }

    /// Checks an answer, forms against their schemas included. `path_prefix` is the JSON pointer of
    /// the answer in what the caller received.
    ///
    /// # Errors
    /// As [`answer::check_answer`], and `invalid_answer` with the path into a form that does not
    /// fit its schema.
    pub fn check_answer(&self, answer: &Answer, path_prefix: &str) -> Result<(), Refusal> {
        answer::check_answer(&self.spec, answer, path_prefix)?;
        self.check_forms(answer, path_prefix)
    }

    /// Checks a proposal, forms against their schemas included. `prefix` is the JSON pointer of the
    /// proposal in what the caller received.
    ///
    /// # Errors
    /// As [`answer::check_proposal`], and as [`Self::check_answer`] for its forms.
    pub fn check_proposal(&self, proposal: &NewProposal, prefix: &str) -> Result<(), Refusal> {
        answer::check_proposal(&self.spec, proposal, prefix)?;
        if self.parts.forms.is_empty() && self.parts.tools.is_empty() {
            return Ok(());
        }
        self.check_forms(&proposal.output, &format!("{prefix}/output"))
    }

    fn check_forms(&self, answer: &Answer, prefix: &str) -> Result<(), Refusal> {
        for (name, schema) in &self.parts.forms {
            let Some(value) = answer.get(name).filter(|value| !value.is_null()) else { continue };
            if let Some(misfit) = schema.misfit(value) {
                let path = format!("{}{}", answer::pointer(prefix, name), misfit.path);
                let message = format!("`{name}` does not fit its schema: {}", misfit.message);
                return Err(Refusal::at(Code::InvalidAnswer, path, message));
            }
        }
        for call in answer::calls(&self.spec, answer) {
            let known = |tool: &&Tool| tool.field == call.field && tool.name == call.tool;
            let Some(tool) = self.parts.tools.iter().find(known) else { continue };
            let arguments = answer.get(call.field).and_then(|value| value.get("arguments"));
            if let Some(misfit) = arguments.and_then(|value| tool.schema.misfit(value)) {
                let path =
                    format!("{}/arguments{}", answer::pointer(prefix, call.field), misfit.path);
                let message =
                    format!("the arguments of `{}` do not fit: {}", call.tool, misfit.message);
                return Err(Refusal::at(Code::InvalidAnswer, path, message));
            }
        }
        Ok(())
    }

    /// What a case adds to each limit of the loop, in the order of the file: `None` where the key or
    /// the number is not there, or the number is negative or not finite.
    pub fn limit_uses(&self, input: &Value, output: Option<&Answer>) -> Vec<Option<LimitUse>> {
        let one = |limit: &Limit| {
            let key = match &limit.key {
                None => String::new(),
                Some(place) => match place.find(input, output)? {
                    Value::Null => return None,
                    found => found.to_string(),
                },
            };
            let amount = match &limit.sum {
                None => 1.0,
                Some(place) => place.find(input, output)?.as_f64()?,
            };
            (amount >= 0.0 && amount.is_finite()).then_some(LimitUse { key, amount })
        };
        self.parts.limits.iter().map(one).collect()
    }

    /// Whether the rule that is link `at` of the chain matches; a rule that cannot be evaluated does
    /// not.
    pub fn link_matches(&self, at: usize, case: &CaseView<'_>) -> bool {
        let expression = self.parts.links.get(at).and_then(Option::as_ref);
        expression.is_some_and(|expression| expression.holds(case) == Some(true))
    }

    /// Whether the guardrail of this name fails with the score that a model gave; one that cannot be
    /// evaluated fails.
    pub fn check_fails(&self, name: &str, score: f64) -> bool {
        let rule = self.parts.checks.iter().find(|(known, _)| known == name);
        rule.is_none_or(|(_, rule)| rule.holds(score) != Some(false))
    }

    /// What the policy finds out about a case and the proposal people and policy look at.
    ///
    /// Guardrails come in the order of the file, only those that failed. Rules are tried in order
    /// until one matches or breaks; rules that look at the proposal do not apply to a case without
    /// one. The same arguments always give the same facts.
    pub fn facts<'a>(
        &self,
        case: &CaseView<'_>,
        proposal: Option<impl Into<ProposalView<'a>>>,
    ) -> Facts {
        let proposal: Option<ProposalView<'a>> = proposal.map(Into::into);
        let mut facts = Facts {
            has_proposal: proposal.is_some(),
            requested_human: case.requested_human,
            ..Facts::default()
        };
        if let Some(proposal) = &proposal {
            facts.confidence = proposal.weakest();
        }
        for guardrail in &self.parts.guardrails {
            if let Some(why) = guardrail.fault(case, proposal.as_ref()) {
                let (name, on_fail) = (guardrail.name.clone(), guardrail.on_fail);
                facts.failed.push(GuardrailFact { name, on_fail, why });
            }
        }
        facts.rule = self.parts.rules.first_match(case, proposal.as_ref());
        facts
    }
}
