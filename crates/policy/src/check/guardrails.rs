//! Guardrails: each check with the keys that belong to it.

use tandem_domain::loops::{GuardrailCheck, GuardrailSpec, LooksAt, OnFail, PiiKind};

use super::fields::compiled;
use super::{File, Report};
use crate::guardrails::{Check, Grounding, Guardrail, Languages, Phrases, language, pattern};
use crate::rules::{Scope, compile as expression};
use crate::shape::{names, shorten};

/// Most words or names of a guardrail.
const MOST_PHRASES: usize = 10_000;
/// Most characters of a text where no `max` is given.
const ANY_LENGTH: usize = usize::MAX;
/// Share of a sentence's words that sources must have where nothing else is said.
const USUAL_SUPPORT: f64 = 0.6;

/// A key of a guardrail, and whether it is given.
fn given(spec: &GuardrailSpec) -> [(&'static str, bool); 10] {
    [
        ("schema", spec.schema.is_some()),
        ("pattern", spec.pattern.is_some()),
        ("kinds", !spec.kinds.is_empty()),
        ("names", !spec.names.is_empty()),
        ("words", !spec.words.is_empty()),
        ("min", spec.min.is_some()),
        ("max", spec.max.is_some()),
        ("languages", !spec.languages.is_empty()),
        ("sources", !spec.sources.is_empty()),
        ("must", spec.must.is_some()),
    ]
}

/// Keys that go with a check, and how many of them it needs.
fn belongs(check: GuardrailCheck) -> (&'static [&'static str], usize) {
    match check {
        GuardrailCheck::JsonSchema => (&["schema"], 1),
        GuardrailCheck::Regex => (&["pattern"], 1),
        GuardrailCheck::Pii => (&["kinds", "names"], 0),
        GuardrailCheck::Deny => (&["words"], 1),
        GuardrailCheck::Length => (&["min", "max"], 1),
        GuardrailCheck::Language => (&["languages"], 1),
        GuardrailCheck::Grounding => (&["sources"], 1),
        GuardrailCheck::Cel => (&["must"], 1),
        GuardrailCheck::Model => (&[], 0),
    }
}

/// Compiles a guardrail, or says what is wrong with it.
pub(super) fn compile(
    file: &File<'_>,
    spec: &GuardrailSpec,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Guardrail> {
    keys(spec, path, report)?;
    fields(file, spec, path, report);
    if spec.looks_at == LooksAt::Input && spec.on_fail == OnFail::Revise {
        let message = "another proposal does not change what came in";
        report.at(&format!("{path}/on_fail"), "conflict", message).hint =
            Some("say `block` or `review`, or let it look at the output".to_owned());
    }
    Some(Guardrail {
        name: spec.name.clone(),
        on_fail: spec.on_fail,
        looks_at: spec.looks_at,
        fields: spec.fields.clone(),
        check: check(file, spec, path, report)?,
    })
}

fn keys(spec: &GuardrailSpec, path: &str, report: &mut Report<'_>) -> Option<()> {
    let (wanted, least) = belongs(spec.check);
    let given = given(spec);
    for (key, _) in given.iter().filter(|(key, given)| *given && !wanted.contains(key)) {
        let message = format!("`{key}` does not go with this check");
        report.at_key(&format!("{path}/{key}"), "conflict", message).hint =
            Some("remove it, or change `check`".to_owned());
    }
    if spec.support.is_some() && spec.check != GuardrailCheck::Grounding {
        let message = "`support` does not go with this check";
        report.at_key(&format!("{path}/support"), "conflict", message);
    }
    let whole = matches!(
        spec.check,
        GuardrailCheck::JsonSchema | GuardrailCheck::Cel | GuardrailCheck::Model
    );
    if whole && !spec.fields.is_empty() {
        let message = "`fields` does not go with this check, which looks at the whole";
        report.at_key(&format!("{path}/fields"), "conflict", message);
    }
    if given.iter().filter(|(key, given)| *given && wanted.contains(key)).count() < least {
        let message = match wanted {
            [one] => format!("the key `{one}` is missing"),
            several => format!("one of the keys {} is missing", names(several.iter().copied())),
        };
        report.at(path, "missing_key", message);
        return None;
    }
    Some(())
}

/// The fields that are named have to be there.
fn fields(file: &File<'_>, spec: &GuardrailSpec, path: &str, report: &mut Report<'_>) {
    let input = |name: &String| file.spec.input.contains_key(name);
    let answer = |name: &String| file.spec.answer.contains_key(name);
    let mut check = |key: &str, listed: &[String], known: &dyn Fn(&String) -> bool, of: &str| {
        for (at, name) in listed.iter().enumerate().filter(|(_, name)| !known(name)) {
            let message = format!("the {of} has no field `{}`", shorten(name));
            report.at(&format!("{path}/{key}/{at}"), "not_declared", message);
        }
    };
    match spec.looks_at {
        LooksAt::Input => check("fields", &spec.fields, &input, "input"),
        LooksAt::Output => check("fields", &spec.fields, &answer, "answer"),
    }
    check("sources", &spec.sources, &input, "input");
}

fn check(
    file: &File<'_>,
    spec: &GuardrailSpec,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Check> {
    match spec.check {
        // It is asked outside; `check::chain` looks at its keys.
        GuardrailCheck::Model => None,
        GuardrailCheck::JsonSchema => {
            compiled(spec.schema.as_ref()?, &format!("{path}/schema"), report).map(Check::Schema)
        }
        GuardrailCheck::Regex => match pattern(spec.pattern.as_ref()?) {
            Ok(pattern) => Some(Check::Pattern(pattern)),
            Err(message) => {
                let message = format!("the pattern does not compile: {message}");
                report.at(&format!("{path}/pattern"), "bad_pattern", message);
                None
            }
        },
        GuardrailCheck::Pii => {
            let every = || vec![PiiKind::Email, PiiKind::Phone, PiiKind::Card, PiiKind::Iban];
            let names = phrases(&spec.names, &format!("{path}/names"), report)?;
            // Names alone are looked for where only names are given.
            let kinds = if spec.kinds.is_empty() && spec.names.is_empty() {
                every()
            } else {
                spec.kinds.clone()
            };
            Some(Check::Pii(kinds, names))
        }
        GuardrailCheck::Deny => {
            phrases(&spec.words, &format!("{path}/words"), report).map(Check::Deny)
        }
        GuardrailCheck::Length => {
            let (min, max) = (spec.min.unwrap_or(0), spec.max.unwrap_or(ANY_LENGTH));
            if min > max {
                let message = "`min` is above `max`: no text would pass";
                report.at(&format!("{path}/min"), "conflict", message);
                return None;
            }
            Some(Check::Length(min, max))
        }
        GuardrailCheck::Language => languages(&spec.languages, path, report),
        GuardrailCheck::Grounding => Some(Check::Grounding(Grounding {
            sources: spec.sources.clone(),
            support: spec.support.unwrap_or(USUAL_SUPPORT),
        })),
        GuardrailCheck::Cel => {
            let text = spec.must.as_ref()?;
            let path = format!("{path}/must");
            match expression(text, &Scope { spec: file.spec }) {
                Ok(expression) => Some(Check::Cel(expression)),
                Err(faults) => {
                    super::policy::expression_faults(file, text, &path, faults, report);
                    None
                }
            }
        }
    }
}

fn phrases(listed: &[String], path: &str, report: &mut Report<'_>) -> Option<Phrases> {
    if listed.len() > MOST_PHRASES {
        let message = format!("{} entries, more than {MOST_PHRASES}", listed.len());
        report.at(path, "too_large", message);
        return None;
    }
    match Phrases::new(listed) {
        Ok(phrases) => Some(phrases),
        Err(at) => {
            let message = "there is neither a letter nor a digit in it";
            report.at(&format!("{path}/{at}"), "bad_name", message);
            None
        }
    }
}

fn languages(listed: &[String], path: &str, report: &mut Report<'_>) -> Option<Check> {
    let mut known = Vec::with_capacity(listed.len());
    for (at, code) in listed.iter().enumerate() {
        let Some(language) = language(code) else {
            let message = format!("`{}` is no language that can be told", shorten(code));
            report.at(&format!("{path}/languages/{at}"), "bad_name", message).hint =
                Some("use a code of ISO 639, such as `en` or `deu`".to_owned());
            continue;
        };
        known.push(language);
    }
    (known.len() == listed.len()).then(|| Check::Language(Languages::new(known)))
}
