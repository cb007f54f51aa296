//! Fields of the input and of the answer.

use tandem_domain::answer::pointer;
use tandem_domain::loops::{ChoiceSpec, ErrorRule, FieldSpec, FormSpec, NumberSpec};

use super::{File, Report};
use crate::compiled::Tool;
use crate::schema::Schema;

/// Most fields of an input or answer.
const MAX_FIELDS: usize = 64;
/// Most options of a choice.
const MAX_OPTIONS: usize = 1_000;
/// Most characters of an option's value.
const MAX_VALUE: usize = 200;

pub(super) fn inputs(file: &File<'_>, report: &mut Report<'_>) {
    count(report, "/input", "input", file.spec.input.len());
    for name in file.spec.input.keys() {
        report.name("/input", name);
    }
}

fn count(report: &mut Report<'_>, path: &str, what: &str, fields: usize) {
    if fields == 0 {
        report.at(path, "missing_key", format!("the {what} has no field")).hint =
            Some("declare at least one, like `text: { kind: text }`".to_owned());
    } else if fields > MAX_FIELDS {
        let message = format!("the {what} has {fields} fields, more than {MAX_FIELDS}");
        report.at(path, "too_large", message);
    }
}

/// Checks the answer's fields and compiles the schemas of forms and tools.
pub(super) fn answers(
    file: &File<'_>,
    report: &mut Report<'_>,
) -> (Vec<(String, Schema)>, Vec<Tool>) {
    count(report, "/answer", "answer", file.spec.answer.len());
    let (mut forms, mut tools) = (Vec::new(), Vec::new());
    for (name, field) in &file.spec.answer {
        report.name("/answer", name);
        let path = pointer("/answer", name);
        if matches!(field.error_rule(), ErrorRule::Tolerance(_))
            && !matches!(field, FieldSpec::Number(_))
        {
            let message = "only numbers have a tolerance";
            report.at(&format!("{path}/error"), "conflict", message).hint =
                Some("use `exact` or `ignore`".to_owned());
        }
        match field {
            FieldSpec::Choice(choice) => options(choice, &path, report),
            FieldSpec::Number(number) => bounds(number, &path, report),
            FieldSpec::Text(_) => {}
            FieldSpec::Action(action) => {
                for (tool, spec) in &action.tools {
                    report.name(&format!("{path}/tools"), tool);
                    let at = format!("{}/schema", pointer(&format!("{path}/tools"), tool));
                    let schema = object_schema(&spec.schema, "the arguments are", &at, report);
                    tools.extend(schema.map(|schema| Tool {
                        field: name.clone(),
                        name: tool.clone(),
                        schema,
                    }));
                }
                if action.tools.is_empty() {
                    report.at(&format!("{path}/tools"), "missing_key", "the action has no tools");
                }
            }
            FieldSpec::Form(form) => {
                forms.extend(schema(form, &path, report).map(|schema| (name.clone(), schema)));
            }
        }
    }
    (forms, tools)
}

fn options(choice: &ChoiceSpec, path: &str, report: &mut Report<'_>) {
    let path = format!("{path}/options");
    if choice.options.is_empty() {
        report.at(&path, "missing_key", "the choice has no options");
    }
    if choice.options.len() > MAX_OPTIONS {
        let message =
            format!("the choice has {} options, more than {MAX_OPTIONS}", choice.options.len());
        report.at(&path, "too_large", message);
    }
    let values = choice.options.iter().enumerate().map(|(i, option)| {
        // A bare option is the value itself; a mapping holds it under `value`.
        (format!("{path}/{i}/value"), option.value.as_str())
    });
    report.unique("the option", values);
    for (i, option) in choice.options.iter().enumerate() {
        if option.value.chars().count() > MAX_VALUE {
            let message = format!("an option has more than {MAX_VALUE} characters");
            report.at(&format!("{path}/{i}/value"), "too_large", message).hint =
                Some("keep the value short and put the text into `label`".to_owned());
        }
    }
    let keys = choice.options.iter().enumerate().filter_map(|(i, option)| {
        option.key.as_deref().map(|key| (format!("{path}/{i}/key"), key))
    });
    report.unique("the key", keys);
    for (i, option) in choice.options.iter().enumerate() {
        if option.key.as_ref().is_some_and(|key| key.chars().count() > 1) {
            let message = "a key is one character";
            report.at(&format!("{path}/{i}/key"), "bad_name", message);
        }
    }
}

fn bounds(number: &NumberSpec, path: &str, report: &mut Report<'_>) {
    if let (Some(min), Some(max)) = (number.min, number.max)
        && min > max
    {
        let message = format!("the smallest value {min} is above the largest value {max}");
        report.at(&format!("{path}/min"), "conflict", message);
    }
}

fn schema(form: &FormSpec, path: &str, report: &mut Report<'_>) -> Option<Schema> {
    object_schema(&form.schema, "a form is", &format!("{path}/schema"), report)
}

fn object_schema(
    schema: &serde_json::Value,
    what: &str,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Schema> {
    if schema.get("type").is_some_and(|kind| kind != "object") {
        let message = format!("{what} an object");
        report.at(&format!("{path}/type"), "bad_schema", message).hint =
            Some("use `type: object` with `properties`, or a field of another kind".to_owned());
    }
    compiled(schema, path, report)
}

/// Compiles a schema that stands at `path`.
pub(super) fn compiled(
    schema: &serde_json::Value,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Schema> {
    match Schema::compile(schema) {
        Ok(schema) => Some(schema),
        Err(misfit) => {
            let message = format!("this is no JSON Schema: {}", misfit.message);
            report.at(&format!("{path}{}", misfit.path), "bad_schema", message);
            None
        }
    }
}
