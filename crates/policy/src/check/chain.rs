//! The chain, and the models that check.

use tandem_domain::LoopSpec;
use tandem_domain::answer;
use tandem_domain::loops::{
    GuardrailCheck, GuardrailSpec, LinkKind, LinkSpec, MAX_LINKS, OnFail, OpenAiSpec, Piece,
    RuleLinkSpec, pieces,
};

use super::{File, Report, policy};
use crate::rules::{Expression, Scope, ScoreRule, compile, compile_score};
use crate::shape::{names, shorten};

/// The keys that say what a link is.
pub(super) const KINDS: [&str; 6] = ["model", "http", "openai", "label_studio", "rule", "human"];

/// Compiles the links; one entry for each, with the expression of those that are rules.
pub(super) fn links(file: &File<'_>, report: &mut Report<'_>) -> Vec<Option<Expression>> {
    let chain = &file.spec.chain;
    if chain.len() > MAX_LINKS {
        let message = format!("the chain has {} links, more than {MAX_LINKS}", chain.len());
        report.at("/chain", "too_large", message);
    }
    let named = chain.iter().enumerate().filter_map(|(i, link)| Some((i, link.name.as_ref()?)));
    report.unique("the link", named.map(|(i, name)| (format!("/chain/{i}/name"), name.as_str())));
    let mut compiled = Vec::with_capacity(chain.len());
    for (i, link) in chain.iter().enumerate() {
        let path = format!("/chain/{i}");
        let human = matches!(link.kind(), LinkKind::Human);
        if human && i + 1 < chain.len() {
            let message = "a person is always the last link; what follows is never asked";
            report.at(&path, "conflict", message).hint =
                Some("move it to the end, or remove it: a person is last anyway".to_owned());
        }
        if link.human == Some(false) {
            report
                .at(&format!("{path}/human"), "conflict", "a link cannot be `human: false`")
                .hint = Some("remove the link; a person is the last one anyway".to_owned());
        }
        keys(link, &path, report);
        compiled.push(one(file, link, &path, report));
    }
    compiled
}

/// Keys that go with some kinds only.
fn keys(link: &LinkSpec, path: &str, report: &mut Report<'_>) {
    let io = link.kind().does_io();
    let human = matches!(link.kind(), LinkKind::Human);
    for (key, given, goes) in [
        ("timeout", link.timeout.is_some(), io),
        ("headers_from", !link.headers_from.is_empty(), io),
        ("min_confidence", link.min_confidence.is_some(), !human),
    ] {
        if given && !goes {
            let message = format!("`{key}` does not go with this link");
            report.at_key(&format!("{path}/{key}"), "conflict", message).hint =
                Some("remove it".to_owned());
        }
    }
}

fn one(
    file: &File<'_>,
    link: &LinkSpec,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Expression> {
    match link.kind() {
        LinkKind::OpenAi(spec) => prompt(file.spec, spec, &format!("{path}/openai"), false, report),
        LinkKind::Rule(rule) => return rule_link(file, rule, &format!("{path}/rule"), report),
        LinkKind::Model("canary") => {
            let message = "only the live model proposes in a chain";
            report.at(&format!("{path}/model"), "conflict", message).hint =
                Some("write `model: live`".to_owned());
        }
        LinkKind::Model(_) if file.spec.learned_field().is_none() => {
            let message = "the loop has no model of its own: it learns nothing";
            report.at(&format!("{path}/model"), "conflict", message).hint = Some(
                "give it a learner (`learner: {kind: linear}`), or remove the link".to_owned(),
            );
        }
        _ => {}
    }
    None
}

fn rule_link(
    file: &File<'_>,
    rule: &RuleLinkSpec,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Expression> {
    if let Err(refusal) = answer::check_answer(file.spec, &rule.output, "") {
        let below = refusal.path.as_deref().unwrap_or_default();
        report.at(&format!("{path}/output{below}"), "bad_output", refusal.message);
    }
    let when = format!("{path}/when");
    match compile(&rule.when, &Scope { spec: file.spec }) {
        Ok(expression) if expression.needs_proposal() => {
            let message = "there is no proposal yet that a rule of the chain could look at";
            report.at(&when, "conflict", message).hint =
                Some("look at `input`, `tags`, `group` and `run`".to_owned());
            None
        }
        Ok(expression) => Some(expression),
        Err(faults) => {
            policy::expression_faults(file, &rule.when, &when, faults, report);
            None
        }
    }
}

/// What a prompt names has to be there.
fn prompt(spec: &LoopSpec, openai: &OpenAiSpec, path: &str, checks: bool, report: &mut Report<'_>) {
    let path = format!("{path}/prompt");
    let input = || spec.input.keys().map(String::as_str);
    let fields = || spec.answer.keys().map(String::as_str);
    for piece in pieces(&openai.prompt) {
        let (message, hint) = match piece {
            Piece::InputField(name) if !spec.input.contains_key(name) => (
                format!("`input.{}` is not declared", shorten(name)),
                match answer::nearest(name, input()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("fields are {}", names(input())),
                },
            ),
            Piece::Output | Piece::OutputField(_) if !checks => (
                "there is no output yet that a link could be told".to_owned(),
                "name fields of the input".to_owned(),
            ),
            Piece::OutputField(name) if !spec.answer.contains_key(name) => (
                format!("the answer has no field `{}`", shorten(name)),
                format!("fields are {}", names(fields())),
            ),
            Piece::Unknown(name) => (
                format!("`{{{{{}}}}}` stands for nothing", shorten(name)),
                "write `{{input}}`, `{{input.name}}` or `{{guidelines}}`".to_owned(),
            ),
            _ => continue,
        };
        report.at(&path, "not_declared", message).hint = Some(hint);
    }
    if openai.model.trim().is_empty() {
        let path = path.replace("/prompt", "/model");
        report.at(&path, "bad_name", "the name of the model is empty");
    }
}

/// Compiles what models that check are compared with, by the guardrail's name.
pub(super) fn checks(file: &File<'_>, report: &mut Report<'_>) -> Vec<(String, ScoreRule)> {
    let guardrails = file.spec.policy.guardrails.iter().enumerate();
    guardrails
        .filter_map(|(i, spec)| check(file, spec, &format!("/policy/guardrails/{i}"), report))
        .collect()
}

fn check(
    file: &File<'_>,
    spec: &GuardrailSpec,
    path: &str,
    report: &mut Report<'_>,
) -> Option<(String, ScoreRule)> {
    let model = spec.check == GuardrailCheck::Model;
    for (key, given) in [
        ("http", spec.http.is_some()),
        ("openai", spec.openai.is_some()),
        ("when", spec.when.is_some()),
        ("timeout", spec.timeout.is_some()),
        ("headers_from", !spec.headers_from.is_empty()),
        ("on_error", spec.on_error.is_some()),
    ] {
        if given && !model {
            let message = format!("`{key}` does not go with this check");
            report.at_key(&format!("{path}/{key}"), "conflict", message).hint =
                Some("remove it, or say `check: model`".to_owned());
        }
    }
    if !model {
        return None;
    }
    if spec.http.is_some() == spec.openai.is_some() {
        let message = "a model that checks has one of `http` and `openai`";
        report.at(path, "missing_key", message).hint = Some("say where it is".to_owned());
    }
    if spec.on_fail == OnFail::Revise && !file.spec.chain.is_empty() {
        // What a link of the chain said is passed on to the next link; nobody is asked again.
        let message =
            "`revise` asks whoever handed the proposal in; links of a chain are passed over";
        report.at(&format!("{path}/on_fail"), "conflict", message).hint =
            Some("say `review` or `block`".to_owned());
    }
    if let Some(openai) = &spec.openai {
        prompt(file.spec, openai, &format!("{path}/openai"), true, report);
    }
    let Some(when) = &spec.when else {
        report.at(path, "missing_key", "the key `when` is missing").hint =
            Some("say which score is too much, as in `when: score > 0.5`".to_owned());
        return None;
    };
    match compile_score(when) {
        Ok(rule) => Some((spec.name.clone(), rule)),
        Err(faults) => {
            policy::expression_faults(file, when, &format!("{path}/when"), faults, report);
            None
        }
    }
}
