//! Paths into a case, as in `input.order.customer` or `proposal.output.refund.arguments.amount`.

use serde_json::Value;
use tandem_domain::LoopSpec;
use tandem_domain::answer::nearest;
use tandem_domain::case::Answer;
use tandem_domain::loops::FieldSpec;

use crate::shape::names;

/// Most steps of a path.
const MAX_STEPS: usize = 16;

/// A place in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    of: Of,
    field: String,
    rest: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Input,
    Output,
}

impl Place {
    /// Reads a path: `input.<field>…` or `proposal.output.<field>…`, steps of letters, digits and
    /// underscores; a step into a list is its index.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &str, spec: &LoopSpec) -> Result<Self, String> {
        let steps: Vec<&str> = text.split('.').collect();
        let plain = |step: &str| {
            !step.is_empty() && step.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if let Some(bad) = steps.iter().find(|step| !plain(step)) {
            return Err(format!("`{bad}` is no step of a path; use letters, digits and `_`"));
        }
        let (of, rest) = match steps.as_slice() {
            ["input", rest @ ..] => (Of::Input, rest),
            ["proposal", "output", rest @ ..] => (Of::Output, rest),
            _ => return Err("a path begins with `input.` or `proposal.output.`".to_owned()),
        };
        let Some((field, rest)) = rest.split_first().filter(|_| steps.len() <= MAX_STEPS) else {
            return Err(format!("a path names a field, and has at most {MAX_STEPS} steps"));
        };
        let known: Vec<&str> = match of {
            Of::Input => spec.input.keys().map(String::as_str).collect(),
            Of::Output => spec.answer.keys().map(String::as_str).collect(),
        };
        check_step(field, &known, "a field of this loop")?;
        if of == Of::Output {
            check_output(field, rest, spec)?;
        }
        let rest = rest.iter().map(|&step| step.to_owned()).collect();
        Ok(Self { of, field: (*field).to_owned(), rest })
    }

    /// What stands there.
    pub(crate) fn find<'a>(
        &self,
        input: &'a Value,
        output: Option<&'a Answer>,
    ) -> Option<&'a Value> {
        let first = match self.of {
            Of::Input => input.get(&self.field)?,
            Of::Output => output?.get(&self.field)?,
        };
        self.rest.iter().try_fold(first, |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
    }
}

/// A path into a call or a form must be one that its schemas know, where they say so.
fn check_output(field: &str, rest: &[&str], spec: &LoopSpec) -> Result<(), String> {
    match spec.answer.get(field) {
        Some(FieldSpec::Form(form)) => declared(rest, &form.schema),
        Some(FieldSpec::Action(action)) => match rest {
            ["tool"] => Ok(()),
            ["arguments", inner @ ..] => {
                let any = action.tools.values().any(|tool| declared(inner, &tool.schema).is_ok());
                match action.tools.values().next() {
                    Some(tool) if !any => declared(inner, &tool.schema),
                    _ => Ok(()),
                }
            }
            _ => Err("a call has `tool` and `arguments`".to_owned()),
        },
        _ if rest.is_empty() => Ok(()),
        _ => Err(format!("`{field}` has nothing below it")),
    }
}

/// Whether an object schema that lists its properties knows the first step.
fn declared(rest: &[&str], schema: &Value) -> Result<(), String> {
    let (Some((step, rest)), Some(Value::Object(properties))) =
        (rest.split_first(), schema.get("properties"))
    else {
        return Ok(());
    };
    let known: Vec<&str> = properties.keys().map(String::as_str).collect();
    check_step(step, &known, "a property of its schema")?;
    properties.get(*step).map_or(Ok(()), |inner| declared(rest, inner))
}

fn check_step(step: &str, known: &[&str], what: &str) -> Result<(), String> {
    if known.contains(&step) {
        return Ok(());
    }
    Err(match nearest(step, known.iter().copied()) {
        Some(near) => format!("`{step}` is not {what}; did you mean `{near}`?"),
        None => format!("`{step}` is not {what}; there are {}", names(known.iter().copied())),
    })
}
