//! The co-pilot: what is asked and offered, and who wrote a text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::provenance::{Author, AuthorSpan, Provenance, Tally};
use tandem_domain::{CaseId, SuggestionId};
use tandem_engine::copilot::{About, Offer, Offered, Wanted, Wish};
use utoipa::ToSchema;

use crate::problem::{Problem, Result};

/// A text that a person is at work on. Offsets are in code points.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SuggestIn)]
pub struct SuggestIn {
    /// The case it is about; the asker holds its claim.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// An input in place of a case, to try the co-pilot: nothing is kept.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    /// The field of the answer.
    #[schema(example = "reply")]
    pub field: String,
    /// The text so far.
    #[serde(default)]
    pub text: String,
    /// Where the cursor is; the end of the text where absent.
    #[serde(default)]
    pub cursor: Option<usize>,
    /// What is selected, in place of a cursor.
    #[serde(default)]
    pub selection: Option<SelectionIn>,
    /// `continue` (words that go on at the cursor) or `revise` (other words for those selected, or for the
    /// whole text); `revise` where something is selected or asked for, else `continue`.
    #[serde(default)]
    pub kind: Option<SuggestKind>,
    /// What the person asks for, as in `shorter, and friendlier`.
    #[serde(default)]
    pub instruction: Option<String>,
    /// How many suggestions, 1 to 3; one where absent.
    #[serde(default)]
    pub count: Option<u8>,
}

/// What is selected, in code points.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Selection)]
pub struct SelectionIn {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuggestKind {
    /// Words that go on at the cursor.
    Continue,
    /// Other words for those selected, or for the whole text.
    Revise,
}

impl SuggestIn {
    /// The request, if it says one thing about each part.
    pub fn into_domain(self) -> Result<Wanted> {
        let bad = |path: &str, why: &str| Err(Problem::invalid("invalid_input", path, why));
        let about = match (self.case, self.input) {
            (Some(case), None) => About::Case(case),
            (None, Some(input)) => About::Input(input),
            (None, None) => return bad("/case", "name the case, or give an `input` to try it"),
            (Some(_), Some(_)) => {
                return bad("/input", "the case has its own input; leave this out");
            }
        };
        let (from, to) = match (self.cursor, self.selection) {
            (Some(_), Some(_)) => return bad("/cursor", "give a cursor or a selection, not both"),
            (Some(cursor), None) => (cursor, cursor),
            (None, Some(selection)) => (selection.from, selection.to),
            (None, None) => {
                let end = self.text.chars().count();
                (end, end)
            }
        };
        let instruction = self.instruction.filter(|text| !text.trim().is_empty());
        let kind = self.kind.unwrap_or(if from < to || instruction.is_some() {
            SuggestKind::Revise
        } else {
            SuggestKind::Continue
        });
        let kind = match kind {
            SuggestKind::Continue => Wish::Continue,
            SuggestKind::Revise => Wish::Revise,
        };
        let count = self.count.unwrap_or(1);
        Ok(Wanted { about, field: self.field, text: self.text, from, to, kind, instruction, count })
    }
}

/// What was suggested.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestions)]
pub struct SuggestOut {
    /// The link of the chain that answered.
    pub link: String,
    /// Model and version as it named itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// At least one.
    pub suggestions: Vec<SuggestionView>,
}

/// A suggestion: words that take the place of those between `from` and `to`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
pub struct SuggestionView {
    /// Its id, which spans of a judgment name; absent in a try.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub id: Option<SuggestionId>,
    /// Where it begins, in code points of the text that was sent.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The words.
    pub text: String,
    /// Of a revision: what changes, each to be kept or reverted for itself.
    pub hunks: Vec<HunkView>,
}

/// A change of a revision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hunk)]
pub struct HunkView {
    /// Where it begins, in code points of the text that was sent.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What stands there afterwards.
    pub text: String,
}

impl From<Offered> for SuggestOut {
    fn from(offered: Offered) -> Self {
        let Offered { link, model, took_ms, suggestions } = offered;
        let suggestions = suggestions.into_iter().map(SuggestionView::from).collect();
        Self { link, model, took_ms, suggestions }
    }
}

impl From<Offer> for SuggestionView {
    fn from(offer: Offer) -> Self {
        let hunks = offer.hunks.into_iter();
        let hunks = hunks.map(|h| HunkView { from: h.from, to: h.to, text: h.text }).collect();
        Self { id: offer.id, from: offer.from, to: offer.to, text: offer.text, hunks }
    }
}

/// A stretch of a text with one author, in code points.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AuthorSpan)]
pub struct AuthorSpanJson {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// `human` or `model`.
    pub by: AuthorName,
    /// Model and version, of a model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The suggestion it was taken from; a model's without one is from the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub suggestion: Option<SuggestionId>,
}

/// Who wrote something.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Author)]
pub enum AuthorName {
    /// A person.
    Human,
    /// A model.
    Model,
}

/// The spans of a judgment, as they came in.
pub fn into_provenance(spans: BTreeMap<String, Vec<AuthorSpanJson>>) -> Provenance {
    let one = |span: AuthorSpanJson| AuthorSpan {
        from: span.from,
        to: span.to,
        by: match span.by {
            AuthorName::Human => Author::Human,
            AuthorName::Model => Author::Model,
        },
        model: span.model,
        suggestion: span.suggestion,
    };
    spans.into_iter().map(|(name, all)| (name, all.into_iter().map(one).collect())).collect()
}

/// Who wrote the texts of a judgment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Authorship)]
pub struct AuthorshipView {
    /// The share by models over all texts, 0 to 1.
    pub ai_share: Option<f64>,
    /// Spans that cover each text, by field.
    pub spans: BTreeMap<String, Vec<AuthorSpanJson>>,
}

impl AuthorshipView {
    /// `None` where nothing is known of it.
    pub fn new(provenance: &Provenance) -> Option<Self> {
        let one = |span: &AuthorSpan| AuthorSpanJson {
            from: span.from,
            to: span.to,
            by: match span.by {
                Author::Human => AuthorName::Human,
                Author::Model => AuthorName::Model,
            },
            model: span.model.clone(),
            suggestion: span.suggestion,
        };
        let spans: BTreeMap<_, _> = provenance
            .iter()
            .map(|(name, all)| (name.clone(), all.iter().map(one).collect()))
            .collect();
        (!spans.is_empty()).then(|| Self { ai_share: Tally::of(provenance).share(), spans })
    }
}
