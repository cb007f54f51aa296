//! Models that speak our JSON.

use std::collections::BTreeMap;

use ::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tandem_domain::case::{Answer, Usage};

use super::{
    Asker, Draft, Failure, Question, Revision, Said, Scored, Suggestions, answer_schema, ask,
};

/// Most pieces of evidence that are kept.
const MOST_EVIDENCE: usize = 100;

#[derive(Deserialize)]
struct Proposed {
    output: Answer,
    #[serde(default)]
    confidence: Confidence,
    #[serde(default)]
    probabilities: BTreeMap<String, BTreeMap<String, f64>>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    evidence: Vec<Value>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Confidence {
    #[default]
    None,
    Whole(f64),
    Fields(BTreeMap<String, f64>),
}

#[derive(Deserialize)]
struct Checked {
    score: f64,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
}

fn body(question: &Question<'_>) -> Value {
    json!({
        "loop": question.spec.name,
        "case": question.case,
        "input": question.input,
        "tags": question.tags,
    })
}

/// Asks for a proposal: `{loop, case, input, tags, answer}` with the answer's JSON Schema, for
/// `{output, confidence?, probabilities?, model?, evidence?}`. Where the last one was sent back, there is a
/// `revision: {attempt, output, note}` as well.
///
/// # Errors
/// When there is no answer, and when it is another.
pub async fn propose(
    asker: &Asker<'_>,
    url: &str,
    question: &Question<'_>,
) -> Result<Said, Failure> {
    let mut body = body(question);
    body["answer"] = answer_schema(question.spec);
    if let Some(Revision { attempt, output, note }) = question.revision {
        body["revision"] = json!({"attempt": attempt, "output": output, "note": note});
    }
    let reply = ask(asker, Method::POST, url, Some(&body)).await?;
    let said: Proposed = serde_json::from_value(reply).map_err(|error| {
        let want = "wanted {\"output\": {…}, \"confidence\": 0.9, \"model\": \"name@1\"}";
        Failure::bad(format!("{error}; {want}"))
    })?;
    let confidence = match said.confidence {
        Confidence::None => BTreeMap::new(),
        Confidence::Whole(whole) => BTreeMap::from([(String::new(), whole)]),
        Confidence::Fields(fields) => fields,
    };
    let shown = said.evidence.into_iter().filter(Value::is_object).take(MOST_EVIDENCE);
    Ok(Said {
        output: said.output,
        confidence,
        probabilities: said.probabilities,
        model: said.model,
        evidence: shown.collect(),
        usage: said.usage,
    })
}

/// Asks what is to be said of a proposal: `{loop, case, check, input, tags, output}` for `{score}`.
///
/// # Errors
/// When there is no answer, and when it is another.
pub async fn score(
    asker: &Asker<'_>,
    url: &str,
    question: &Question<'_>,
    check: &str,
    output: &Answer,
) -> Result<Scored, Failure> {
    let mut body = body(question);
    body["check"] = check.into();
    body["output"] = json!(output);
    let reply = ask(asker, Method::POST, url, Some(&body)).await?;
    let said: Checked = serde_json::from_value(reply)
        .map_err(|error| Failure::bad(format!("{error}; wanted {{\"score\": 0.1}}")))?;
    Ok(Scored { score: said.score, model: said.model, usage: said.usage })
}

#[derive(Deserialize)]
struct Wrote {
    suggestions: Vec<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    usage: Option<Usage>,
}

/// Asks for words: `{loop, case, input, tags, suggest: {kind, field, before, selected, after,
/// instructions, count}}` for `{suggestions}`.
///
/// # Errors
/// When there is no answer, when it is another, and when nothing is suggested.
pub async fn suggest(
    asker: &Asker<'_>,
    url: &str,
    draft: &Draft<'_>,
) -> Result<Suggestions, Failure> {
    let reply = ask(asker, Method::POST, url, Some(&draft.body())).await?;
    let wrote: Wrote = serde_json::from_value(reply)
        .map_err(|error| Failure::bad(format!("{error}; wanted {{\"suggestions\": [\"…\"]}}")))?;
    let texts = draft.tidied(wrote.suggestions)?;
    Ok(Suggestions { texts, model: wrote.model, usage: wrote.usage })
}
