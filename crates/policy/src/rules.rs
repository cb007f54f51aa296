//! Rules in CEL (the Common Expression Language).
//!
//! A rule is compiled once and evaluated often. JSON numbers are doubles in CEL. Evaluation is
//! bounded, so that neither the author of a rule nor the submitter of a case can stall a worker:
//!
//! - an expression has at most [`MAX_EXPRESSION`] characters, [`MAX_TERMS`] terms and
//!   [`MAX_NESTING`] levels;
//! - `exists`, `all`, `exists_one` and `size(….filter(…))` go over a list once: they never stand
//!   inside one another, at most [`MAX_MACROS`] in one rule; `map` is not offered. That also keeps
//!   results independent of the order of a mapping's keys;
//! - what the rules of a loop look at weighs at most [`MAX_WEIGHT`] bytes; for a rule that goes
//!   over a list, weight x weight x terms is at most [`MAX_LOOPING_WORK`], about 256 KiB for a
//!   rule of ordinary length. A case above that breaks the rule: it goes to a person with the
//!   reason `rule_error`.

mod values;
mod walk;

use cel::{Program, Value};
use tandem_domain::loops::RuleSpec;
use tandem_domain::policy::RuleFact;

pub(crate) use walk::{Fault, Scope};

use crate::view::{CaseView, ProposalView};
use values::Needs;

/// Most characters of an expression.
pub(crate) const MAX_EXPRESSION: usize = 2_000;
/// Most terms of an expression after macros were expanded.
pub(crate) const MAX_TERMS: usize = 400;
/// Deepest nesting of an expression.
pub(crate) const MAX_NESTING: u16 = 24;
/// Most macros over lists in an expression.
pub(crate) const MAX_MACROS: usize = 8;
/// Most bytes of texts, keys and values a loop's rules may look at in one case.
pub(crate) const MAX_WEIGHT: usize = 1 << 20;
/// Most weight x weight x terms for a rule that goes over a list.
pub(crate) const MAX_LOOPING_WORK: usize = 1 << 40;

/// The rules of a loop.
#[derive(Default)]
pub(crate) struct RuleSet {
    rules: Vec<Rule>,
    /// What all of them look at.
    needs: Needs,
}

/// A compiled expression.
pub(crate) struct Expression {
    program: Program,
    needs: Needs,
    /// The most that what the loop's rules look at may weigh.
    limit: usize,
}

struct Rule {
    matched: RuleFact,
    expression: Expression,
}

/// Compiles the expression of a rule.
///
/// # Errors
/// What is wrong with it, each with the character it starts at.
pub(crate) fn compile(text: &str, scope: &Scope<'_>) -> Result<Expression, Vec<Fault>> {
    let program = walk::parse(text)?;
    let (needs, limit) = walk::check(&program, text, scope)?;
    Ok(Expression { program, needs, limit })
}

/// An expression over the score of a model that checks.
pub(crate) struct ScoreRule(Program);

/// Compiles an expression over `score`.
///
/// # Errors
/// As [`compile`].
pub(crate) fn compile_score(text: &str) -> Result<ScoreRule, Vec<Fault>> {
    let rule = ScoreRule(walk::parse(text)?);
    // It has one variable, so that one evaluation finds every name that is not known.
    if [0.0, 0.5, 1.0].iter().any(|score| rule.holds(*score).is_none()) {
        return Err(vec![Fault {
            offset: 0,
            code: "bad_rule",
            message: "the expression is neither true nor false for a score".to_owned(),
            hint: Some("compare `score`, a number from 0 to 1, as in `score > 0.5`".to_owned()),
        }]);
    }
    Ok(rule)
}

impl ScoreRule {
    /// Whether it is true of a score; `None` where it cannot be evaluated.
    pub(crate) fn holds(&self, score: f64) -> Option<bool> {
        match self.0.execute(&values::score(score)) {
            Ok(Value::Bool(holds)) => Some(holds),
            _ => None,
        }
    }
}

impl Expression {
    /// Whether it is true of a case without a proposal; `None` where it cannot be evaluated.
    pub(crate) fn holds(&self, case: &CaseView<'_>) -> Option<bool> {
        let (context, weight) = self.needs.context(case, None);
        match self.program.execute(&context) {
            Ok(Value::Bool(holds)) if weight <= self.limit => Some(holds),
            _ => None,
        }
    }

    /// Whether it looks at a proposal.
    pub(crate) fn needs_proposal(&self) -> bool {
        self.needs.proposal || self.needs.model
    }

    /// What is wrong where it must be true; `None` where it is, or where it looks at a proposal that
    /// is not there yet.
    pub(crate) fn fault(
        &self,
        case: &CaseView<'_>,
        proposal: Option<&ProposalView<'_>>,
    ) -> Option<String> {
        if proposal.is_none() && self.needs.proposal {
            return None;
        }
        let (context, weight) = self.needs.context(case, proposal);
        if weight > self.limit {
            return Some("what the expression looks at is too large".to_owned());
        }
        match self.program.execute(&context) {
            Ok(Value::Bool(true)) => None,
            Ok(Value::Bool(false)) => Some("the expression is false".to_owned()),
            _ => Some("the expression cannot be evaluated on this case".to_owned()),
        }
    }
}

impl RuleSet {
    pub(crate) fn push(&mut self, spec: &RuleSpec, expression: Expression) {
        self.needs.join(&expression.needs);
        let matched = RuleFact {
            name: spec.name.clone(),
            to: Some(spec.route),
            queue: spec.queue.clone(),
            reviewers: spec.reviewers,
            mode: spec.mode,
        };
        self.rules.push(Rule { matched, expression });
    }

    /// The first rule that matches or breaks.
    pub(crate) fn first_match(
        &self,
        case: &CaseView<'_>,
        proposal: Option<&ProposalView<'_>>,
    ) -> Option<RuleFact> {
        if self.rules.is_empty() {
            return None;
        }
        let (context, weight) = self.needs.context(case, proposal);
        for rule in &self.rules {
            let expression = &rule.expression;
            if proposal.is_none() && expression.needs.proposal {
                continue;
            }
            let outcome = if weight > expression.limit {
                Err(())
            } else {
                match expression.program.execute(&context) {
                    Ok(Value::Bool(matched)) => Ok(matched),
                    _ => Err(()),
                }
            };
            match outcome {
                Ok(false) => {}
                Ok(true) => return Some(rule.matched.clone()),
                Err(()) => {
                    return Some(RuleFact {
                        name: rule.matched.name.clone(),
                        to: None,
                        queue: None,
                        reviewers: None,
                        mode: None,
                    });
                }
            }
        }
        None
    }
}
