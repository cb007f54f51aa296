//! Label Studio ML backends: a labelling configuration, and predictions as regions.
//!
//! Controls of the configuration are fields of the answer by name: `Choices` a choice, `TextArea` a
//! text, `Rating` and `Number` a number, `Labels` a form `{"spans": [{start, end, label}]}` with offsets
//! in code points, `RectangleLabels` a form `{"boxes": [{x, y, width, height, label}]}` in fractions of
//! the image. Its `$variables` are fields of the input.

use std::collections::BTreeMap;

use ::http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use tandem_domain::LoopSpec;
use tandem_domain::case::Answer;
use tandem_domain::loops::{FieldSpec, LabelStudioSpec};

use super::xml::{self, Element};
use super::{Asker, Failure, Question, Said, ask};

/// Most regions of a prediction that are read.
const MOST_REGIONS: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Choices { multi: bool },
    TextArea,
    Number,
    Labels,
    Boxes,
}

/// Controls that are not mapped may be there, as long as nothing comes from them.
fn control(element: &Element) -> Option<Control> {
    match element.name.as_str() {
        "Choices" => {
            Some(Control::Choices { multi: element.attribute("choice") == Some("multiple") })
        }
        "TextArea" => Some(Control::TextArea),
        "Rating" | "Number" => Some(Control::Number),
        "Labels" => Some(Control::Labels),
        "RectangleLabels" => Some(Control::Boxes),
        _ => None,
    }
}

/// The controls of a configuration that are mapped, by name.
fn controls(root: &Element) -> Vec<(&str, Control, &Element)> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        open.extend(&element.children);
        if let (Some(kind), Some(name)) = (control(element), element.attribute("name")) {
            found.push((name, kind, element));
        }
    }
    found.reverse();
    found
}

fn variables(root: &Element) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        open.extend(&element.children);
        let name = element.attribute("value").and_then(|value| value.strip_prefix('$'));
        if let (Some(name), true) = (name, element.attribute("name").is_some()) {
            found.push(name);
        }
    }
    found
}

/// What is wrong with a configuration: it does not parse, or does not map to the loop.
///
/// # Errors
/// What is wrong, and the mend.
pub fn check(spec: &LoopSpec, config: &str) -> Result<(), (String, String)> {
    let root = xml::parse(config).map_err(|what| {
        (what, "give the labelling configuration, as in <View>…</View>".to_owned())
    })?;
    let list =
        |names: Vec<&str>| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    for name in variables(&root) {
        if !spec.input.contains_key(name) {
            let known = list(spec.input.keys().map(String::as_str).collect());
            return Err((
                format!("`${name}` is no field of the input"),
                format!("name fields of the input: {known}"),
            ));
        }
    }
    let controls = controls(&root);
    if controls.is_empty() {
        let mend = "it needs one of Choices, TextArea, Rating, Number, Labels and RectangleLabels";
        return Err(("nothing in it gives an answer".to_owned(), mend.to_owned()));
    }
    for (name, kind, element) in &controls {
        let Some(field) = spec.answer.get(*name) else {
            let known = list(spec.answer.keys().map(String::as_str).collect());
            return Err((
                format!("`{name}` is no field of the answer"),
                format!("name the control as the field that it fills in: {known}"),
            ));
        };
        fits(name, *kind, element, field)?;
    }
    let filled = |name: &str| controls.iter().any(|(known, ..)| *known == name);
    if let Some((name, _)) =
        spec.answer.iter().find(|(name, field)| field.required() && !filled(name))
    {
        return Err((
            format!("`{name}` is required, and no control gives it"),
            format!("add a control of that name, or say `required: false` for `{name}`"),
        ));
    }
    Ok(())
}

fn fits(
    name: &str,
    kind: Control,
    element: &Element,
    field: &FieldSpec,
) -> Result<(), (String, String)> {
    let wanted = match (kind, field) {
        (Control::Choices { multi }, FieldSpec::Choice(choice)) => {
            if multi && !choice.multi {
                let what = format!("`{name}` is a single choice, and the control takes several");
                return Err((what, "say `multi: true`, or `choice=\"single\"`".to_owned()));
            }
            let known = |value: &&str| choice.options.iter().any(|option| option.value == *value);
            let labels = element.children.iter().filter(|child| child.name == "Choice");
            let labels = labels.filter_map(|c| c.attribute("alias").or(c.attribute("value")));
            return match labels.into_iter().find(|value| !known(value)) {
                Some(value) => Err((
                    format!("`{value}` is no option of `{name}`"),
                    "give the option the same value, or the Choice an `alias`".to_owned(),
                )),
                None => Ok(()),
            };
        }
        (Control::TextArea, FieldSpec::Text(_))
        | (Control::Number, FieldSpec::Number(_))
        | (Control::Labels | Control::Boxes, FieldSpec::Form(_)) => return Ok(()),
        (Control::Choices { .. }, _) => "choice",
        (Control::TextArea, _) => "text",
        (Control::Number, _) => "number",
        (Control::Labels | Control::Boxes, _) => "form",
    };
    Err((
        format!("the control `{name}` does not fit the field of that name"),
        format!("make the field a `{wanted}`"),
    ))
}

#[derive(Deserialize)]
struct Reply {
    results: Vec<Value>,
    #[serde(default)]
    model_version: Option<String>,
}

#[derive(Deserialize)]
struct Prediction {
    #[serde(default)]
    result: Vec<Region>,
    #[serde(default)]
    score: Option<f64>,
    #[serde(default)]
    model_version: Option<String>,
}

#[derive(Deserialize)]
struct Region {
    #[serde(default)]
    from_name: String,
    #[serde(default)]
    value: Value,
}

fn url(spec: &LabelStudioSpec, path: &str) -> String {
    format!("{}{path}", spec.url.trim_end_matches('/'))
}

/// Sees whether the backend is up, and tells it the configuration.
///
/// # Errors
/// When it does not answer as agreed.
pub async fn set_up(
    asker: &Asker<'_>,
    backend: &LabelStudioSpec,
    question: &Question<'_>,
) -> Result<(), Failure> {
    ask(asker, Method::GET, &url(backend, "/health"), None).await?;
    let body = json!({
        "project": project(question.spec),
        "schema": backend.config,
        "hostname": "",
        "access_token": "",
        "extra_params": null,
    });
    ask(asker, Method::POST, &url(backend, "/setup"), Some(&body)).await?;
    Ok(())
}

fn project(spec: &LoopSpec) -> String {
    format!("{}.0", spec.name)
}

/// Asks for a prediction. Its score is the confidence of the whole.
///
/// # Errors
/// When there is no answer, and when it is another.
pub async fn propose(
    asker: &Asker<'_>,
    backend: &LabelStudioSpec,
    question: &Question<'_>,
) -> Result<Said, Failure> {
    let body = json!({
        "tasks": [{
            "id": 1,
            "data": question.input,
            "meta": {"case": question.case},
            "annotations": [],
            "predictions": [],
        }],
        "project": project(question.spec),
        "label_config": backend.config,
        "params": {"login": null, "password": null, "context": null},
    });
    let reply = ask(asker, Method::POST, &url(backend, "/predict"), Some(&body)).await?;
    let reply: Reply = serde_json::from_value(reply)
        .map_err(|error| Failure::bad(format!("this is no prediction: {error}")))?;
    // One entry, or a list of them, for the one task.
    let first = match reply.results.into_iter().next() {
        Some(Value::Array(several)) => several.into_iter().next(),
        one => one,
    };
    let Some(first) = first else { return Err(Failure::bad("there are no results")) };
    let found: Prediction = serde_json::from_value(first)
        .map_err(|error| Failure::bad(format!("this is no prediction: {error}")))?;
    let output = mapped(question, &backend.config, &found.result)?;
    let score = found.score.filter(|score| (0.0..=1.0).contains(score));
    let confidence = score.map(|score| BTreeMap::from([(String::new(), score)]));
    Ok(Said {
        output,
        confidence: confidence.unwrap_or_default(),
        model: found.model_version.or(reply.model_version),
        ..Said::default()
    })
}

/// The regions as fields of the answer.
fn mapped(question: &Question<'_>, config: &str, regions: &[Region]) -> Result<Answer, Failure> {
    let root = xml::parse(config).map_err(Failure::bad)?;
    let mut output = Answer::new();
    for (name, kind, element) in controls(&root) {
        let values: Vec<&Value> = regions
            .iter()
            .take(MOST_REGIONS)
            .filter(|region| region.from_name == name)
            .map(|region| &region.value)
            .collect();
        let text = source_text(&root, element, question.input);
        let multi = matches!(
            question.spec.answer.get(name),
            Some(FieldSpec::Choice(choice)) if choice.multi
        );
        let value = match kind {
            Control::Choices { .. } => chosen(&values, multi),
            Control::TextArea => {
                let lines: Vec<&str> =
                    values.iter().flat_map(|value| texts(value.get("text"))).collect();
                (!lines.is_empty()).then(|| lines.join("\n").into())
            }
            Control::Number => values
                .first()
                .and_then(|value| value.get("rating").or(value.get("number")))
                .cloned(),
            Control::Labels => Some(json!({"spans": spans(name, &values, text)?})),
            Control::Boxes => Some(json!({"boxes": boxes(name, &values)?})),
        };
        if let Some(value) = value {
            output.insert(name.to_owned(), value);
        }
    }
    Ok(output)
}

fn chosen(values: &[&Value], multi: bool) -> Option<Value> {
    let found: Vec<&str> = values.iter().flat_map(|value| texts(value.get("choices"))).collect();
    if multi {
        return Some(json!(found));
    }
    found.first().map(|first| json!(first))
}

/// A text, or each text of a list.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The text that a control is about.
fn source_text<'a>(root: &Element, control: &Element, input: &'a Value) -> Option<&'a str> {
    let about = control.attribute("toName")?;
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        open.extend(&element.children);
        if element.attribute("name") == Some(about) {
            return input.get(element.attribute("value")?.strip_prefix('$')?)?.as_str();
        }
    }
    None
}

fn spans(name: &str, values: &[&Value], text: Option<&str>) -> Result<Vec<Value>, Failure> {
    let length = text.map_or(u64::MAX, |text| text.chars().count() as u64);
    let one = |value: &&Value| {
        let at = |key: &str| value.get(key).and_then(Value::as_u64);
        let label = texts(value.get("labels")).first().copied();
        match (at("start"), at("end"), label) {
            (Some(start), Some(end), Some(label)) if start <= end && end <= length => {
                Ok(json!({"start": start, "end": end, "label": label}))
            }
            _ => Err(Failure::bad(format!("a region of `{name}` is no span of the text"))),
        }
    };
    values.iter().map(one).collect()
}

/// Percent of the image become fractions.
fn boxes(name: &str, values: &[&Value]) -> Result<Vec<Value>, Failure> {
    let one = |value: &&Value| {
        let at = |key: &str| {
            let percent = value.get(key).and_then(Value::as_f64);
            percent.filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| percent / 100.0)
        };
        let label = texts(value.get("rectanglelabels")).first().copied();
        match (at("x"), at("y"), at("width"), at("height"), label) {
            (Some(x), Some(y), Some(width), Some(height), Some(label)) => {
                Ok(json!({"x": x, "y": y, "width": width, "height": height, "label": label}))
            }
            _ => Err(Failure::bad(format!("a region of `{name}` is no box within the image"))),
        }
    };
    values.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"<View><Text name="text" value="$text"/>
      <Choices name="intent" toName="text" choice="single">
        <Choice value="Card arrival" alias="card_arrival"/><Choice value="lost_card"/></Choices>
      <Choices name="parts" toName="text" choice="multiple"><Choice value="a"/></Choices>
      <Rating name="stars" toName="text"/><TextArea name="note" toName="text"/>
      <Labels name="marks" toName="text"><Label value="ORG"/></Labels></View>"#;

    fn map(regions: Value) -> Result<Answer, Failure> {
        let (spec, input) = (super::super::tests::spec(), json!({"text": "Grüße 🎉 x"}));
        let question =
            Question { spec: &spec, case: "c", input: &input, tags: &[], revision: None };
        let regions: Vec<Region> = serde_json::from_value(regions).unwrap();
        mapped(&question, CONFIG, &regions)
    }

    #[test]
    fn regions_become_fields() {
        let output = map(json!([
            {"from_name": "intent", "to_name": "text", "type": "choices", "value": {"choices": ["lost_card"]}},
            {"from_name": "parts", "type": "choices", "value": {"choices": ["a", "b"]}},
            {"from_name": "stars", "type": "rating", "value": {"rating": 4}},
            {"from_name": "note", "type": "textarea", "value": {"text": ["one", "two"]}},
            {"from_name": "marks", "type": "labels", "value": {"start": 6, "end": 7, "text": "🎉", "labels": ["ORG"]}},
            {"from_name": "other", "type": "x", "value": {}},
        ]));
        let want = json!({
            "intent": "lost_card", "parts": ["a", "b"], "stars": 4, "note": "one\ntwo",
            "marks": {"spans": [{"start": 6, "end": 7, "label": "ORG"}]},
        });
        assert_eq!(Value::Object(output.unwrap()), want);
    }

    #[test]
    fn a_span_beyond_the_text_is_refused() {
        let region =
            json!([{"from_name": "marks", "value": {"start": 8, "end": 10, "labels": ["ORG"]}}]);
        assert!(map(region).unwrap_err().why.contains("no span"));
    }

    #[test]
    fn percent_become_fractions() {
        let value =
            json!({"x": 5.0, "y": 12.5, "width": 32.5, "height": 40, "rectanglelabels": ["car"]});
        let want = json!({"x": 0.05, "y": 0.125, "width": 0.325, "height": 0.4, "label": "car"});
        assert_eq!(boxes("b", &[&value]).unwrap(), [want]);
        let value = json!({"x": 150, "y": 0, "width": 1, "height": 1, "rectanglelabels": ["car"]});
        assert!(boxes("b", &[&value]).is_err());
    }

    #[test]
    fn what_does_not_map_is_told() {
        let spec = super::super::tests::spec();
        assert_eq!(check(&spec, CONFIG), Ok(()));
        for (config, what) in [
            ("<View>", "not closed"),
            ("<View><Text name=\"t\" value=\"$body\"/></View>", "`$body`"),
            ("<View/>", "nothing in it"),
            ("<View><Choices name=\"colour\"/></View>", "`colour`"),
            ("<View><Rating name=\"intent\"/></View>", "does not fit"),
            ("<View><Choices name=\"intent\"><Choice value=\"x\"/></Choices></View>", "`x`"),
            ("<View><Choices name=\"intent\" choice=\"multiple\"/></View>", "several"),
            ("<View><Rating name=\"stars\"/></View>", "`intent` is required"),
        ] {
            let (found, mend) = check(&spec, config).unwrap_err();
            assert!(found.contains(what) && !mend.is_empty(), "{config}: {found}");
        }
    }
}
