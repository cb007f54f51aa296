//! Who wrote a text: spans by people and by models.
//!
//! A judgment on a loop with a co-pilot carries, for each text of its answer, spans that cover it
//! without gaps. What the sender says of them is checked against what the server knows was suggested:
//! a span that claims to be a model's has to stand in that model's words, and a passage that claims to
//! be a person's but stands word for word in what a model suggested or proposed is counted as the
//! model's. So the share by models may be too high (somebody typed what was suggested anyway), never
//! too low for text that was copied.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::answer::pointer;
use crate::case::{Answer, Proposal};
use crate::ids::SuggestionId;
use crate::loops::{FieldSpec, LoopSpec};
use crate::refusal::{Code, Refusal};

/// From this many code points on, a passage that also stands in a model's words counts as copied.
pub const COPIED: usize = 24;
/// Most spans of one text.
pub const MAX_SPANS: usize = 2_000;

/// Who wrote something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person.
    Human,
    /// A model.
    Model,
}

impl Author {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Model => "model",
        }
    }
}

/// A stretch of a text with one author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorSpan {
    /// Where it begins, in code points.
    pub from: usize,
    /// Where it ends, in code points.
    pub to: usize,
    /// Who wrote it.
    pub by: Author,
    /// Model and version, of a model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The suggestion it was taken from; a model's without one is from the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<SuggestionId>,
}

/// Spans of the texts of an answer, by field.
pub type Provenance = BTreeMap<String, Vec<AuthorSpan>>;

/// Something that was suggested for a text of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// Its id.
    pub id: SuggestionId,
    /// The field of the answer.
    pub field: String,
    /// The words.
    pub text: String,
    /// Model and version.
    pub model: Option<String>,
}

/// What goes with a judgment about who wrote its texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// What the sender says.
    pub claimed: Provenance,
    /// What was suggested on this case so far.
    pub suggested: Vec<Suggested>,
}

/// Code points by models and by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// By models.
    pub model: usize,
    /// By people.
    pub human: usize,
}

impl Tally {
    /// Counts the spans of all texts.
    pub fn of(provenance: &Provenance) -> Self {
        let mut tally = Self::default();
        for span in provenance.values().flatten() {
            match span.by {
                Author::Model => tally.model += span.to - span.from,
                Author::Human => tally.human += span.to - span.from,
            }
        }
        tally
    }

    /// The share by models, 0..=1; `None` where there is no text.
    pub fn share(self) -> Option<f64> {
        let all = self.model + self.human;
        (all > 0).then(|| self.model as f64 / all as f64)
    }
}

/// Words of a model that a text may hold.
struct Source<'a> {
    text: Vec<char>,
    model: Option<&'a str>,
    suggestion: Option<SuggestionId>,
}

/// Who wrote each text of an answer: what was claimed, checked and corrected.
///
/// # Errors
/// `invalid_provenance` for spans of something that is no text of the answer, spans with gaps, overlaps
/// or beyond the end, and spans of models that stand in nothing that model said.
pub fn settle(
    spec: &LoopSpec,
    answer: &Answer,
    proposal: Option<&Proposal>,
    written: &Written,
) -> Result<Provenance, Refusal> {
    for name in written.claimed.keys() {
        let is_text = matches!(spec.answer.get(name), Some(FieldSpec::Text(_)));
        if !is_text || !answer.get(name).is_some_and(serde_json::Value::is_string) {
            let message = format!("`{name}` is no text of this answer; leave its spans out");
            return Err(refused(&pointer("/provenance", name), message));
        }
    }
    let mut settled = Provenance::new();
    for (name, field) in &spec.answer {
        let (FieldSpec::Text(_), Some(text)) = (field, answer.get(name).and_then(|v| v.as_str()))
        else {
            continue;
        };
        let text: Vec<char> = text.chars().collect();
        let sources = sources(name, proposal, &written.suggested);
        let mut by = vec![None; text.len()];
        if let Some(spans) = written.claimed.get(name) {
            let path = pointer("/provenance", name);
            check_cover(spans, text.len(), &path)?;
            for (i, span) in spans.iter().enumerate() {
                if span.by == Author::Model {
                    let found = source_of(span, &text[span.from..span.to], &sources)
                        .map_err(|message| refused(&format!("{path}/{i}"), message))?;
                    by[span.from..span.to].fill(Some(found));
                } else if span.suggestion.is_some() || span.model.is_some() {
                    let message = "a person's span names no model and no suggestion; remove them, or \
                                   say `by: model`";
                    return Err(refused(&format!("{path}/{i}"), message));
                }
            }
        }
        copied(&text, &sources, &mut by);
        settled.insert(name.clone(), spans(&text, &sources, &by));
    }
    Ok(settled)
}

fn refused(path: &str, message: impl Into<String>) -> Refusal {
    Refusal::at(Code::InvalidProvenance, path, message)
}

/// Suggestions first: what was both proposed and suggested later is the suggestion's.
fn sources<'a>(
    field: &str,
    proposal: Option<&'a Proposal>,
    suggested: &'a [Suggested],
) -> Vec<Source<'a>> {
    let own = suggested.iter().filter(|one| one.field == field).map(|one| Source {
        text: one.text.chars().collect(),
        model: one.model.as_deref(),
        suggestion: Some(one.id),
    });
    let proposed = proposal.and_then(|proposal| {
        let text = proposal.output.get(field)?.as_str()?;
        let model = proposal.model.as_deref();
        Some(Source { text: text.chars().collect(), model, suggestion: None })
    });
    own.chain(proposed).filter(|source| !source.text.is_empty()).collect()
}

fn check_cover(spans: &[AuthorSpan], length: usize, path: &str) -> Result<(), Refusal> {
    if spans.len() > MAX_SPANS {
        let message = format!("{} spans are more than {MAX_SPANS}; join neighbours", spans.len());
        return Err(refused(path, message));
    }
    let mut at = 0;
    for (i, span) in spans.iter().enumerate() {
        let here = format!("{path}/{i}");
        if span.from != at {
            let message =
                format!("the span begins at {}, wanted {at}: spans lie end to end", span.from);
            return Err(refused(&format!("{here}/from"), message));
        }
        if span.to <= span.from || span.to > length {
            let message = format!(
                "the span ends at {}, wanted {} to {length}, counted in code points",
                span.to,
                span.from + 1
            );
            return Err(refused(&format!("{here}/to"), message));
        }
        at = span.to;
    }
    if at != length {
        let message =
            format!("the spans end at {at}, and the text has {length} code points: cover it");
        return Err(refused(path, message));
    }
    Ok(())
}

/// Which source a model's span is from.
fn source_of(span: &AuthorSpan, words: &[char], sources: &[Source<'_>]) -> Result<usize, String> {
    let named = |source: &Source<'_>| source.suggestion == span.suggestion;
    if !sources.iter().any(named) {
        return Err(match span.suggestion {
            Some(id) => format!("{id} was not suggested for this text; name the one it is from"),
            None => {
                "there is no proposal with this text; name the suggestion it is from".to_owned()
            }
        });
    }
    let found = sources.iter().position(|source| {
        named(source)
            && span.model.as_deref().is_none_or(|model| source.model == Some(model))
            && contains(&source.text, words)
    });
    found.ok_or_else(|| {
        "these words do not stand there like this; split the span where a person changed it"
            .to_owned()
    })
}

fn contains(text: &[char], words: &[char]) -> bool {
    words.len() <= text.len() && text.windows(words.len().max(1)).any(|window| window == words)
}

/// Gives to models what a person has word for word from them.
fn copied(text: &[char], sources: &[Source<'_>], by: &mut [Option<usize>]) {
    let mut known: HashMap<&[char], usize> = HashMap::new();
    for (n, source) in sources.iter().enumerate() {
        for passage in source.text.windows(COPIED) {
            known.entry(passage).or_insert(n);
        }
    }
    if !known.is_empty() {
        for (from, passage) in text.windows(COPIED).enumerate() {
            if let Some(&source) = known.get(passage) {
                give(&mut by[from..from + COPIED], source);
            }
        }
    }
    // Shorter words count where somebody says they wrote exactly these and nothing else beside.
    let mut from = 0;
    while from < text.len() {
        let claimed = by[from].is_some();
        let to = from + by[from..].iter().take_while(|one| one.is_some() == claimed).count();
        if !claimed {
            let own = trim(&text[from..to]);
            let found = sources.iter().position(|s| !own.is_empty() && trim(&s.text) == own);
            if let Some(source) = found {
                give(&mut by[from..to], source);
            }
        }
        from = to;
    }
}

fn give(by: &mut [Option<usize>], source: usize) {
    for one in by.iter_mut().filter(|one| one.is_none()) {
        *one = Some(source);
    }
}

fn trim(text: &[char]) -> &[char] {
    let from = text.iter().position(|c| !c.is_whitespace()).unwrap_or(text.len());
    let to = text.iter().rposition(|c| !c.is_whitespace()).map_or(from, |last| last + 1);
    &text[from..to]
}

/// Neighbours of one author become one span, where its words still stand so in what the model said.
fn spans(text: &[char], sources: &[Source<'_>], by: &[Option<usize>]) -> Vec<AuthorSpan> {
    let mut out: Vec<AuthorSpan> = Vec::new();
    let mut from = 0;
    while from < text.len() {
        let whose = by[from];
        let mut to = from + by[from..].iter().take_while(|one| **one == whose).count();
        let span = match whose {
            None => AuthorSpan { from, to, by: Author::Human, model: None, suggestion: None },
            Some(n) => {
                let source = &sources[n];
                to = from + longest(&source.text, &text[from..to]);
                AuthorSpan {
                    from,
                    to,
                    by: Author::Model,
                    model: source.model.map(str::to_owned),
                    suggestion: source.suggestion,
                }
            }
        };
        out.push(span);
        from = to;
    }
    out
}

/// How many of the first words stand together in a source; at least one.
fn longest(source: &[char], words: &[char]) -> usize {
    if contains(source, words) {
        return words.len();
    }
    // A longer beginning stands there only where each shorter one does.
    let (mut good, mut bad) = (0, words.len());
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if contains(source, &words[..middle]) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    good.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec() -> LoopSpec {
        serde_json::from_value(json!({
            "loop": "l", "input": {"text": {"kind": "text"}},
            "answer": {"reply": {"kind": "text"}, "n": {"kind": "number", "required": false}},
        }))
        .unwrap()
    }

    fn id(n: u8) -> SuggestionId {
        SuggestionId::from_bytes([n; 16])
    }

    fn suggested(n: u8, text: &str) -> Suggested {
        let model = Some(format!("m@{n}"));
        Suggested { id: id(n), field: "reply".to_owned(), text: text.to_owned(), model }
    }

    fn human(from: usize, to: usize) -> AuthorSpan {
        AuthorSpan { from, to, by: Author::Human, model: None, suggestion: None }
    }

    fn model(from: usize, to: usize, n: u8) -> AuthorSpan {
        let by = Author::Model;
        AuthorSpan { from, to, by, model: Some(format!("m@{n}")), suggestion: Some(id(n)) }
    }

    fn settled(
        text: &str,
        claimed: Option<Vec<AuthorSpan>>,
        suggested: Vec<Suggested>,
    ) -> Result<Vec<AuthorSpan>, Refusal> {
        let answer = json!({"reply": text}).as_object().cloned().unwrap();
        let claimed = claimed.map(|spans| ("reply".to_owned(), spans)).into_iter().collect();
        let written = Written { claimed, suggested };
        settle(&spec(), &answer, None, &written).map(|mut all| all.remove("reply").unwrap())
    }

    #[test]
    fn typing_inside_an_accepted_suggestion_splits_it() {
        let claimed = vec![human(0, 5), model(5, 10, 1), human(10, 13), model(13, 18, 1)];
        let text = "Dear custoXX mer a";
        let found = settled(text, Some(claimed.clone()), vec![suggested(1, "customer a.")]);
        assert_eq!(found.unwrap(), claimed);
        let found = settled(text, Some(claimed), vec![suggested(1, "customer b.")]);
        assert_eq!(found.unwrap_err().path.as_deref(), Some("/provenance/reply/3"));
    }

    #[test]
    fn what_claims_to_be_a_persons_but_was_suggested_is_the_models() {
        let words = "we have sent you a new card today";
        let text = format!("Hi, {words}. Bye");
        let found = settled(&text, Some(vec![human(0, 42)]), vec![suggested(1, words)]).unwrap();
        assert_eq!(found, [human(0, 4), model(4, 37, 1), human(37, 42)]);
        // Short words only where they are all that is said to be one's own.
        let found = settled("Thanks!", None, vec![suggested(1, " Thanks! ")]).unwrap();
        assert_eq!(found, [model(0, 7, 1)]);
        let found = settled("No. Thanks!", None, vec![suggested(1, "Thanks!")]).unwrap();
        assert_eq!(found, [human(0, 11)]);
        // All but the last letter of it is copied, too.
        let found = settled(&words[..32], None, vec![suggested(1, words)]).unwrap();
        assert_eq!(found, [model(0, 32, 1)]);
    }

    #[test]
    fn an_approved_proposal_is_the_models() {
        let answer = json!({"reply": "Hello é"}).as_object().cloned().unwrap();
        let proposal: Proposal = serde_json::from_value(json!({
            "n": 1, "output": answer, "model": "writer@2", "by": "machine", "at": "2026-01-01T00:00:00Z",
        }))
        .unwrap();
        let found = settle(&spec(), &answer, Some(&proposal), &Written::default()).unwrap();
        let whole = &found["reply"];
        assert_eq!((whole.len(), whole[0].to, whole[0].by), (1, 7, Author::Model));
        assert_eq!(whole[0].model.as_deref(), Some("writer@2"));
        assert_eq!(Tally::of(&found).share(), Some(1.0));
        assert_eq!(Tally::of(&Provenance::new()).share(), None);
    }

    #[test]
    fn bad_spans_are_refused_with_place_and_mend() {
        let offered = || vec![suggested(1, "abc")];
        for (claimed, path) in [
            (vec![human(0, 2)], "/provenance/reply"),
            (vec![human(0, 2), human(3, 4)], "/provenance/reply/1/from"),
            (vec![human(0, 2), human(1, 4)], "/provenance/reply/1/from"),
            (vec![human(0, 5)], "/provenance/reply/0/to"),
            (vec![human(0, 0)], "/provenance/reply/0/to"),
            (vec![model(0, 4, 1)], "/provenance/reply/0"),
            (vec![model(0, 4, 2)], "/provenance/reply/0"),
            (vec![AuthorSpan { suggestion: Some(id(1)), ..human(0, 4) }], "/provenance/reply/0"),
            (vec![AuthorSpan { suggestion: None, ..model(0, 4, 1) }], "/provenance/reply/0"),
        ] {
            let refusal = settled("abéd", Some(claimed), offered()).unwrap_err();
            assert_eq!(refusal.code, Code::InvalidProvenance);
            assert_eq!(refusal.path.as_deref(), Some(path), "{refusal}");
        }
        let claimed = [("n".to_owned(), vec![human(0, 1)])].into();
        let answer = json!({"reply": "x", "n": 1}).as_object().cloned().unwrap();
        let written = Written { claimed, suggested: Vec::new() };
        let refusal = settle(&spec(), &answer, None, &written).unwrap_err();
        assert_eq!(refusal.path.as_deref(), Some("/provenance/n"));
    }
}
