//! Who may suggest words to a person at work on a text.

use serde::{Deserialize, Serialize};

use super::{FieldSpec, LinkKind, LinkSpec, LoopSpec};
use crate::time::Span;

/// How long a suggestion may take where the file is silent.
pub const SUGGEST_TIMEOUT: Span = Span::seconds(8);
/// Most suggestions of one request.
pub const MAX_SUGGESTIONS: u8 = 3;

/// The co-pilot of a loop: which link of its chain suggests what a person may write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CopilotSpec {
    /// Name of the link that is asked; where absent those that can write text, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the model is told to heed in every suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// Text fields it may suggest for; all of them where empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// How long a suggestion may take, over all links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
}

impl LinkKind<'_> {
    /// Whether it can write text when asked to: models outside that take words and answer in words.
    pub fn writes(self) -> bool {
        matches!(self, Self::Http(_) | Self::OpenAi(_))
    }
}

impl CopilotSpec {
    /// How long a suggestion may take.
    pub fn patience(&self) -> Span {
        self.timeout.unwrap_or(SUGGEST_TIMEOUT)
    }

    /// Whether it suggests for a field of the answer.
    pub fn serves(&self, name: &str, field: &FieldSpec) -> bool {
        matches!(field, FieldSpec::Text(_))
            && (self.fields.is_empty() || self.fields.iter().any(|one| one == name))
    }

    /// The links that are asked, in order, with their place in the chain.
    pub fn links<'a>(&'a self, spec: &'a LoopSpec) -> impl Iterator<Item = (usize, &'a LinkSpec)> {
        spec.chain.iter().enumerate().filter(|(at, link)| {
            link.kind().writes() && self.model.as_ref().is_none_or(|name| link.label(*at) == *name)
        })
    }
}
