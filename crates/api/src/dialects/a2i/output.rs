//! What came of a human loop: the document, where it lies, and `s3`'s way to fetch it.

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::Timestamp;
use tandem_domain::case::{Answer, Case, Judgment, JudgmentState};
use tandem_engine::engine::Engine;
use tandem_engine::named::{Kind, NameView};

use super::super::Seen;
use super::super::aws::Signed;
use super::super::aws::error::{AwsError, Style};
use super::{Flow, Standing, runtime};
use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::AppState;

/// Where the document lies: `PATH/FLOW/YYYY/MM/DD/hh/mm/ss/LOOP/output.json`.
pub(super) fn uri(flow: &Flow, name: &NameView) -> String {
    let at = name.created_at.to_string();
    let part = |from: usize, to: usize| at.get(from..to).unwrap_or_default();
    format!(
        "{}/{}/{}/{}/{}/{}/{}/{}/{}/output.json",
        flow.output_path(),
        flow.name,
        part(0, 4),
        part(5, 7),
        part(8, 10),
        part(11, 13),
        part(14, 16),
        part(17, 19),
        name.name
    )
}

/// `GetObject`, signed for `s3`; or a plain GET with a key as everywhere else, for an http(s) URI.
pub(super) async fn get_object(
    State(state): State<AppState>,
    Path((bucket, key)): Path<(String, String)>,
    request: Request,
) -> Response {
    let style = |error: AwsError| error.in_style(Style::Xml).into_response();
    let bearer = request.headers().get(header::AUTHORIZATION).is_some_and(|value| {
        value.as_bytes().get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "))
    });
    let by = if bearer {
        let (mut parts, _) = request.into_parts();
        match Caller::from_request_parts(&mut parts, &state).await {
            Ok(caller) => caller.0,
            Err(problem) => return problem.into_response(),
        }
    } else {
        match Signed::read(&state, request, "s3", Style::Xml).await {
            Ok(signed) => signed.principal,
            Err(error) => return style(error),
        }
    };
    match document(&state, &by, &bucket, &key).await {
        Ok(text) => {
            let tag = hex::encode(&Sha256::digest(text.as_bytes())[..16]);
            let kind = (header::CONTENT_TYPE, "application/json".to_owned());
            (StatusCode::OK, [kind, (header::ETAG, format!("\"{tag}\""))], text).into_response()
        }
        Err(_) if bearer => Problem::not_found("output").into_response(),
        Err(error) => style(error),
    }
}

/// The document under this key; only where it is exactly where its human loop says.
async fn document(
    state: &AppState,
    by: &tandem_engine::Principal,
    bucket: &str,
    key: &str,
) -> Result<String, AwsError> {
    let gone = || AwsError::not_found("object");
    let name = key.strip_suffix("/output.json").and_then(|key| key.rsplit('/').next());
    let name = name.ok_or_else(gone)?;
    let engine = state.engine();
    let (name, case) = engine.named_case(by, Kind::HumanLoop, name).await?;
    let flow = Flow::of(state, by, &name).await?;
    let at = uri(&flow, &name);
    let at = at.strip_prefix("s3://").or_else(|| at.split_once("/compat/a2i/").map(|(_, at)| at));
    let seen = Seen::of(state, by, &case).await?;
    // Where proposals are hidden so are the answers that tell of them.
    if at != Some(&format!("{bucket}/{key}"))
        || Standing::of(&case, seen) != Standing::Completed
        || seen.hidden
    {
        return Err(gone());
    }
    Ok(written(engine, &flow, &name, &case, seen).to_string())
}

fn written(engine: &Engine, flow: &Flow, name: &NameView, case: &Case, seen: Seen<'_>) -> Value {
    let elements = flow.document["elements"].as_array();
    let decision = seen.decision;
    let based_on = decision.map(|decision| decision.judgments.as_slice()).unwrap_or_default();
    let counted = case.state.judgments.iter().filter(|judgment| {
        judgment.state == JudgmentState::Counted
            && judgment.verdict.fills_seat()
            && (based_on.is_empty() || based_on.contains(&judgment.n))
    });
    // What a machine decided has no human answers.
    let people = decision.is_some_and(|d| d.by == tandem_domain::case::DecidedBy::People);
    let answers: Vec<Value> = counted
        .filter(|_| people)
        .map(|judgment| human_answer(engine, judgment, elements))
        .collect();
    json!({
        "flowDefinitionArn": name.document["arn"],
        "humanAnswers": answers,
        "humanLoopName": name.name,
        "inputContent": runtime::input_of(case, elements.is_some()),
        "tandem": {
            "case": case.core.id.to_string(),
            "outcome": decision.map(|decision| decision.outcome.as_str()),
            "by": decision.map(|decision| decision.by.as_str()),
            "output": decision.and_then(|decision| decision.output.clone()),
            "digest": decision.map(|decision| decision.digest.clone()),
        },
    })
}

fn human_answer(engine: &Engine, judgment: &Judgment, elements: Option<&Vec<Value>>) -> Value {
    let spent_us = i64::try_from(judgment.elapsed_ms).unwrap_or(0).saturating_mul(1_000);
    let worker = engine.pseudonym(judgment.member);
    let content = match (&judgment.answer, elements) {
        (None, _) => json!({}),
        (Some(answer), None) => Value::Object(answer.clone()),
        (Some(answer), Some(elements)) => crowd(answer, elements),
    };
    let mut answer = json!({
        "acceptanceTime": Timestamp(judgment.at.0.saturating_sub(spent_us)),
        "answerContent": content,
        "submissionTime": judgment.at,
        "timeSpentInSeconds": judgment.elapsed_ms as f64 / 1_000.0,
        "workerId": worker,
        // The pseudonym again: who it is stays here.
        "workerMetadata": {"identityData": {
            "identityProviderType": "Tandem", "issuer": "tandem", "sub": worker,
        }},
    });
    if judgment.verdict == tandem_domain::case::Verdict::Reject {
        answer["rejected"] = json!({"reasons": judgment.reasons, "comment": judgment.comment});
    }
    answer
}

/// An answer as the template's elements write it.
fn crowd(answer: &Answer, elements: &[Value]) -> Value {
    let mut content = Map::new();
    for element in elements {
        let text = |name: &str| element[name].as_str().unwrap_or_default();
        let (name, value) = (text("element"), answer.get(text("field")));
        let chosen = |option: &str| match value {
            Some(Value::Array(chosen)) => chosen.iter().any(|chosen| chosen == option),
            Some(chosen) => chosen == option,
            None => false,
        };
        let written = match (text("kind"), value) {
            ("radio", _) => json!({ text("value"): chosen(name) }),
            ("checkbox", _) => {
                // Another element may have the name: the boxes stand then.
                let boxes = content.get(name).filter(|boxes| boxes.is_object()).cloned();
                let mut boxes = boxes.unwrap_or_else(|| json!({}));
                boxes[text("value")] = json!(chosen(text("value")));
                boxes
            }
            (_, None) => continue,
            ("label", Some(value)) => json!({ "label": value }),
            ("labels", Some(value)) => json!({ "labels": value }),
            (_, Some(value)) => value.clone(),
        };
        content.insert(name.to_owned(), written);
    }
    Value::Object(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_written_as_the_elements_do() {
        let element = |field: &str, element: &str, kind: &str, value: &str| json!({"field": field, "element": element, "kind": kind, "value": value});
        let answer = json!({
            "sentiment": "Positive", "choice": "good", "flags": ["dark"], "why": "clear",
        });
        let elements = [
            element("sentiment", "sentiment", "label", ""),
            element("choice", "good", "radio", "yes"),
            element("choice", "bad", "radio", "yes"),
            element("flags", "flags", "checkbox", "blurry"),
            element("flags", "flags", "checkbox", "dark"),
            element("why", "why", "text", ""),
            element("left_out", "left_out", "text", ""),
        ];
        let written = crowd(answer.as_object().unwrap(), &elements);
        let expected = json!({
            "sentiment": {"label": "Positive"},
            "good": {"yes": true},
            "bad": {"yes": false},
            "flags": {"blurry": false, "dark": true},
            "why": "clear",
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn elements_of_one_name_are_no_fault() {
        let element =
            |kind: &str| json!({"field": "x", "element": "x", "kind": kind, "value": "on"});
        let answer = json!({"x": "on"});
        let elements = [element("text"), element("checkbox")];
        let written = crowd(answer.as_object().unwrap(), &elements);
        assert_eq!(written, json!({"x": {"on": true}}));
    }
}
