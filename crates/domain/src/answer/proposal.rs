//! Checks of proposals: the output, its confidences and its probabilities.

use std::collections::BTreeMap;

use serde_json::Value;

use super::action::is_response;
use super::{check_answer, list, pointer, shorten, suggest};
use crate::command::NewProposal;
use crate::loops::{ChoiceSpec, FieldSpec, LoopSpec};
use crate::refusal::{Code, Refusal};

/// How far probabilities may miss 1, and a confidence its option's probability.
const SLACK: f64 = 0.01;
/// Keeps numbers such as 0.81 and 0.82 within the slack in spite of rounding.
const ROUNDING: f64 = 1e-9;

/// Checks a proposal: its output as [`check_answer`] does, its confidences and probabilities.
///
/// Keys of `confidence` are `""` for the whole, the name of a field, or a JSON pointer into one.
/// `prefix` is the JSON pointer of the proposal in what the caller received, as in `/proposal`.
///
/// # Errors
/// `invalid_answer` for the output. `invalid_confidence` for fields and options that are not
/// known, numbers outside 0..=1, probabilities of a single choice that do not add up (1 ± 0.01
/// with all options, at most 1.01 with some), and a confidence further than 0.01 from the
/// probability of the option it belongs to.
pub fn check_proposal(
    spec: &LoopSpec,
    proposal: &NewProposal,
    prefix: &str,
) -> Result<(), Refusal> {
    check_answer(spec, &proposal.output, &format!("{prefix}/output"))?;
    if let Some((name, _)) =
        spec.actions().find(|(name, _)| is_response(proposal.output.get(*name)))
    {
        return Err(Refusal::at(
            Code::InvalidAnswer,
            format!("{}/respond", pointer(&format!("{prefix}/output"), name)),
            "only a person answers in place of a call; propose {\"tool\", \"arguments\"}",
        ));
    }
    for (key, confidence) in &proposal.confidence {
        let path = confidence_path(prefix, key);
        if !key.is_empty() && !spec.answer.contains_key(field_of(key)) {
            return Err(refuse(
                path,
                format!(
                    "`{}` is not a field of the answer; {}",
                    shorten(key),
                    suggest(field_of(key), "fields", spec.answer.keys().map(String::as_str))
                ),
            ));
        }
        if !in_unit(*confidence) {
            return Err(refuse(path, format!("{confidence} is no confidence; give 0 to 1")));
        }
    }
    for (name, probabilities) in &proposal.probabilities {
        let path = pointer(&format!("{prefix}/probabilities"), name);
        let Some(FieldSpec::Choice(choice)) = spec.answer.get(name) else {
            let choices = spec.answer.iter().filter(|(_, f)| matches!(f, FieldSpec::Choice(_)));
            let message = format!(
                "`{}` is not a choice of this loop; {}",
                shorten(name),
                suggest(name, "choices", choices.map(|(name, _)| name.as_str()))
            );
            return Err(refuse(path, message));
        };
        check_distribution(name, choice, probabilities, &path)?;
        check_fit(spec, proposal, name, probabilities, prefix)?;
    }
    Ok(())
}

fn refuse(path: String, message: String) -> Refusal {
    Refusal::at(Code::InvalidConfidence, path, message)
}

fn in_unit(number: f64) -> bool {
    (0.0..=1.0).contains(&number)
}

/// The field a key of `confidence` is about: `intent`, `/intent` or `/form/part`.
fn field_of(key: &str) -> &str {
    match key.strip_prefix('/') {
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => key,
    }
}

fn confidence_path(prefix: &str, key: &str) -> String {
    if key.is_empty() {
        format!("{prefix}/confidence")
    } else {
        pointer(&format!("{prefix}/confidence"), key)
    }
}

fn check_distribution(
    name: &str,
    choice: &ChoiceSpec,
    probabilities: &BTreeMap<String, f64>,
    path: &str,
) -> Result<(), Refusal> {
    let options = || choice.options.iter().map(|option| option.value.as_str());
    for (option, probability) in probabilities {
        if !options().any(|known| known == option) {
            let message = format!(
                "`{}` is not an option of `{name}`; {}",
                shorten(option),
                suggest(option, "options", options())
            );
            return Err(refuse(pointer(path, option), message));
        }
        if !in_unit(*probability) {
            let message = format!("{probability} is no probability; give 0 to 1");
            return Err(refuse(pointer(path, option), message));
        }
    }
    // Options of a multiple choice do not exclude each other, so nothing has to add up.
    if choice.multi {
        return Ok(());
    }
    let sum: f64 = probabilities.values().sum();
    let complete = probabilities.len() == choice.options.len();
    if sum > 1.0 + SLACK + ROUNDING {
        let message = format!(
            "probabilities of `{name}` add up to {sum:.3}; divide them by their sum so that they \
             add up to 1"
        );
        return Err(refuse(path.to_owned(), message));
    }
    if complete && sum < 1.0 - SLACK - ROUNDING {
        let message = format!(
            "probabilities of all options of `{name}` ({}) add up to {sum:.3}, not 1; divide them \
             by their sum or leave out the options that were not scored",
            list(options())
        );
        return Err(refuse(path.to_owned(), message));
    }
    Ok(())
}

fn check_fit(
    spec: &LoopSpec,
    proposal: &NewProposal,
    name: &str,
    probabilities: &BTreeMap<String, f64>,
    prefix: &str,
) -> Result<(), Refusal> {
    let Some(Value::String(chosen)) = proposal.output.get(name) else { return Ok(()) };
    let Some(&probability) = probabilities.get(chosen) else { return Ok(()) };
    for (key, &confidence) in &proposal.confidence {
        // The confidence of the whole is that of the field where there is but one.
        let about = if key.is_empty() {
            spec.answer.len() == 1
        } else {
            key.trim_start_matches('/') == name
        };
        if about && (confidence - probability).abs() > SLACK + ROUNDING {
            let message = format!(
                "the confidence {confidence} of `{name}` does not fit {probability}, the \
                 probability of its option `{}`; send the same number for both, or only one",
                shorten(chosen)
            );
            return Err(refuse(confidence_path(prefix, key), message));
        }
    }
    Ok(())
}
