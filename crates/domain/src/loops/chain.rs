//! Who proposes when the submitter did not: the links of the fallback chain, and models that check.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Span;

/// Most links of a chain.
pub const MAX_LINKS: usize = 16;
/// How long a link that does IO may take where it says nothing.
pub const LINK_TIMEOUT: Span = Span::seconds(10);

/// A link of the fallback chain: exactly one of `model`, `http`, `openai`, `label_studio`, `rule` and
/// `human`, with what goes with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSpec {
    /// Name in reasons and figures; the kind and place where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A model of the loop's registry, by stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The address of a model that speaks our JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// A model behind an OpenAI-compatible interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openai: Option<OpenAiSpec>,
    /// A Label Studio ML backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_studio: Option<LabelStudioSpec>,
    /// An expression, and what is proposed where it is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleLinkSpec>,
    /// A person; always the last link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub human: Option<bool>,
    /// The least confidence with which what it says is proposed, 0..=1; anything where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_confidence: Option<f64>,
    /// How long it may take, for links that do IO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Span>,
    /// Headers whose values are secrets: name of the header to name of the secret.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub headers_from: IndexMap<String, String>,
}

/// A model behind an OpenAI-compatible interface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenAiSpec {
    /// The address up to and with the version, as in `https://api.example/v1`.
    pub url: String,
    /// Name of the model there.
    pub model: String,
    /// What it is asked; `{{input.name}}` stands for a field of the input.
    pub prompt: String,
    /// Name of the secret that is sent as a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Most tokens of an answer.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: u32,
    /// What a million tokens cost, in one unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceSpec>,
}

fn default_max_tokens() -> u32 {
    1_024
}

/// What a million tokens cost, in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSpec {
    /// Of what is asked.
    pub input: f64,
    /// Of what is answered.
    pub output: f64,
}

/// A Label Studio ML backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelStudioSpec {
    /// Its address.
    pub url: String,
    /// The labelling configuration, in XML: its controls are fields of the answer by name.
    pub config: String,
}

/// A rule that proposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLinkSpec {
    /// CEL expression over `input`, `tags`, `group` and `run`.
    pub when: String,
    /// What is proposed where it is true.
    pub output: serde_json::Map<String, Value>,
    /// How sure that is, 0..=1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// A piece of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// As it stands there.
    Text(&'a str),
    /// The whole input, as JSON.
    Input,
    /// A field of the input.
    InputField(&'a str),
    /// The whole proposed output, as JSON; for models that check.
    Output,
    /// A field of the proposed output; for models that check.
    OutputField(&'a str),
    /// The loop's guidelines.
    Guidelines,
    /// Something that stands for nothing.
    Unknown(&'a str),
}

/// Takes a prompt apart at its `{{…}}`.
pub fn pieces(prompt: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = prompt;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        if !before.is_empty() {
            found.push(Piece::Text(before));
        }
        let name = name.trim();
        found.push(match name.split_once('.') {
            None if name == "input" => Piece::Input,
            None if name == "output" => Piece::Output,
            None if name == "guidelines" => Piece::Guidelines,
            Some(("input", field)) => Piece::InputField(field),
            Some(("output", field)) => Piece::OutputField(field),
            _ => Piece::Unknown(name),
        });
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LinkKind<'a> {
    /// A model of the registry, by stage.
    Model(&'a str),
    /// A model that speaks our JSON.
    Http(&'a str),
    /// A model behind an OpenAI-compatible interface.
    OpenAi(&'a OpenAiSpec),
    /// A Label Studio ML backend.
    LabelStudio(&'a LabelStudioSpec),
    /// A rule.
    Rule(&'a RuleLinkSpec),
    /// A person.
    Human,
}

impl LinkKind<'_> {
    /// As figures and events name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::Http(_) => "http",
            Self::OpenAi(_) => "openai",
            Self::LabelStudio(_) => "label_studio",
            Self::Rule(_) => "rule",
            Self::Human => "human",
        }
    }

    /// Whether asking it goes outside: then it is asked after the submission was written down.
    pub fn does_io(self) -> bool {
        self.url().is_some()
    }

    /// Whether it can be told what is wrong with what it proposed.
    pub fn takes_notes(self) -> bool {
        matches!(self, Self::Http(_) | Self::OpenAi(_))
    }

    /// Where it is, for links outside.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Http(url) => Some(url),
            Self::OpenAi(spec) => Some(&spec.url),
            Self::LabelStudio(spec) => Some(&spec.url),
            Self::Model(_) | Self::Rule(_) | Self::Human => None,
        }
    }
}

impl LinkSpec {
    /// What it is. A link without any kind, which does not compile, is a person.
    pub fn kind(&self) -> LinkKind<'_> {
        if let Some(stage) = &self.model {
            LinkKind::Model(stage)
        } else if let Some(url) = &self.http {
            LinkKind::Http(url)
        } else if let Some(spec) = &self.openai {
            LinkKind::OpenAi(spec)
        } else if let Some(spec) = &self.label_studio {
            LinkKind::LabelStudio(spec)
        } else if let Some(spec) = &self.rule {
            LinkKind::Rule(spec)
        } else {
            LinkKind::Human
        }
    }

    /// Its name, or its kind and place as in `http-2`.
    pub fn label(&self, at: usize) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}-{}", self.kind().as_str(), at + 1))
    }

    /// How long it may take.
    pub fn patience(&self) -> Span {
        self.timeout.unwrap_or(LINK_TIMEOUT)
    }

    /// Whether something with this confidence is proposed. What comes without any is, where no least
    /// confidence is asked for.
    pub fn is_sure(&self, confidence: Option<f64>) -> bool {
        self.min_confidence.is_none_or(|least| confidence.is_some_and(|found| found >= least))
    }
}

/// What happens when a model that checks cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// A person looks.
    #[default]
    Review,
    /// The case is decided: blocked.
    Block,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_taken_apart() {
        use Piece::{Guidelines, InputField, Text, Unknown};
        let want =
            [Text("a "), InputField("text"), Text(" "), Guidelines, Unknown("x.y"), Text("{{")];
        assert_eq!(pieces("a {{ input.text }} {{guidelines}}{{x.y}}{{"), want);
    }

    #[test]
    fn a_link_without_confidence_is_sure_only_where_none_is_asked() {
        let link = LinkSpec { min_confidence: Some(0.7), ..LinkSpec::default() };
        assert!(link.is_sure(Some(0.7)) && !link.is_sure(Some(0.69)) && !link.is_sure(None));
        assert!(LinkSpec::default().is_sure(None));
    }
}
