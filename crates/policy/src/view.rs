//! What the policy looks at: a case before it is stored, or one that is.

use std::collections::BTreeMap;

use serde_json::Value;
use tandem_domain::Proposal;
use tandem_domain::case::{Answer, CaseCore};
use tandem_domain::command::NewProposal;

/// The parts of a case the policy may look at.
#[derive(Debug, Clone, Copy)]
pub struct CaseView<'a> {
    /// The input.
    pub input: &'a Value,
    /// The tags.
    pub tags: &'a [String],
    /// Group attributes; rules see them only where the loop says `use_group`.
    pub group: &'a BTreeMap<String, String>,
    /// The run it belongs to.
    pub run: Option<&'a str>,
    /// Whether the person concerned asked for a person.
    pub requested_human: bool,
}

impl<'a> From<&'a CaseCore> for CaseView<'a> {
    fn from(core: &'a CaseCore) -> Self {
        Self {
            input: &core.input,
            tags: &core.tags,
            group: &core.group,
            run: core.run.as_deref(),
            requested_human: core.requested_human,
        }
    }
}

/// The parts of a proposal the policy may look at.
#[derive(Debug, Clone, Copy)]
pub struct ProposalView<'a> {
    /// The suggested answer.
    pub output: &'a Answer,
    /// Confidence by field; `""` for the whole.
    pub confidence: &'a BTreeMap<String, f64>,
    /// Probabilities of options by field.
    pub probabilities: &'a BTreeMap<String, BTreeMap<String, f64>>,
    /// Model and version.
    pub model: Option<&'a str>,
    /// Who proposed.
    pub by: &'a str,
}

impl<'a> From<&'a NewProposal> for ProposalView<'a> {
    fn from(proposal: &'a NewProposal) -> Self {
        Self {
            output: &proposal.output,
            confidence: &proposal.confidence,
            probabilities: &proposal.probabilities,
            model: proposal.model.as_deref(),
            by: &proposal.by,
        }
    }
}

impl<'a> From<&'a Proposal> for ProposalView<'a> {
    fn from(proposal: &'a Proposal) -> Self {
        Self {
            output: &proposal.output,
            confidence: &proposal.confidence,
            probabilities: &proposal.probabilities,
            model: proposal.model.as_deref(),
            by: &proposal.by,
        }
    }
}

impl ProposalView<'_> {
    /// The smallest confidence over all fields.
    pub(crate) fn weakest(&self) -> Option<f64> {
        self.confidence.values().copied().reduce(f64::min)
    }
}
