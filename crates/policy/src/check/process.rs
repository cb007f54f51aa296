//! How people review, and what learns.

use tandem_domain::answer::{check_answer, nearest, pointer};
use tandem_domain::loops::{
    Coverage, DeadlineAction, FieldSpec, InputKind, LearnerKind, Mode, NoticePart, notice_parts,
};

use super::{File, Report};
use crate::shape::names;

pub(super) fn review(file: &File<'_>, report: &mut Report<'_>) {
    let spec = file.spec;
    let full = spec.mode == Mode::InTheLoop && spec.coverage == Coverage::Full;
    if full && spec.review.on_deadline == DeadlineAction::Approve {
        let message = "a deadline cannot approve what full coverage sends to people";
        report.at("/review/on_deadline", "conflict", message).hint =
            Some("use `escalate`, `reject` or `keep`, or `coverage: selective`".to_owned());
    }
    let watched = spec.mode == Mode::OnTheLoop
        || spec.policy.rules.iter().any(|rule| rule.mode == Some(Mode::OnTheLoop));
    if spec.review.veto.is_some() && !watched {
        report.at_key("/review/veto", "conflict", "a veto needs `mode: on_the_loop`").hint =
            Some("remove it, or set the mode of the loop or of a rule".to_owned());
    }
}

/// The words for the person affected: they speak only of what can be filled in.
pub(super) fn notice(file: &File<'_>, report: &mut Report<'_>) {
    let Some(notice) = &file.spec.notice else { return };
    let texts = [("template", &notice.template, true), ("rejected", &notice.rejected, false)];
    for (key, text, answered) in texts {
        let Some(text) = text else { continue };
        let path = format!("/notice/{key}");
        let parts = match notice_parts(text) {
            Ok(parts) => parts,
            Err(message) => {
                report.at(&path, "bad_template", message);
                continue;
            }
        };
        for part in parts {
            let NoticePart::Field(steps) = part else { continue };
            let name = steps.first().copied().unwrap_or_default();
            if !answered {
                report
                    .at(&path, "bad_template", "a rejected case has no answer to speak of")
                    .hint = Some("use `{outcome}` only".to_owned());
            } else if !file.spec.answer.contains_key(name) {
                let known = || file.spec.answer.keys().map(String::as_str);
                let message =
                    format!("`{}` is not a field of the answer", crate::shape::shorten(name));
                report.at(&path, "not_declared", message).hint =
                    Some(match nearest(name, known()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("fields are {}", names(known())),
                    });
            }
        }
    }
}

/// The answer that stands in must be one; a call of a tool never stands in.
pub(super) fn interim(file: &File<'_>, report: &mut Report<'_>) {
    let Some(interim) = &file.spec.interim else { return };
    if file.spec.holds_action() {
        let message = "what stands in for an answer cannot let a tool run";
        report.at_key("/interim", "conflict", message).hint = Some("remove it".to_owned());
    } else if let Err(refusal) = check_answer(file.spec, interim, "/interim") {
        let path = refusal.path.unwrap_or_else(|| "/interim".to_owned());
        report.at(&path, "invalid_answer", refusal.message);
    }
}

/// Lists of codes, and the checklist.
pub(super) fn lists(file: &File<'_>, report: &mut Report<'_>) {
    let spec = file.spec;
    for (key, what, codes) in [
        ("reject_reasons", "the reason", &spec.reject_reasons),
        ("failure_modes", "the failure mode", &spec.failure_modes),
    ] {
        let codes = codes.iter().enumerate();
        report.unique(what, codes.map(|(i, code)| (format!("/{key}/{i}"), code.as_str())));
    }
    let replies = spec.review.quick_replies.iter().enumerate();
    report.unique(
        "the reply",
        replies.map(|(i, reply)| (format!("/review/quick_replies/{i}"), reply.as_str())),
    );
    let items = spec.checklist.iter().enumerate();
    report.unique(
        "the item",
        items.map(|(i, item)| (format!("/checklist/{i}/id"), item.id.as_str())),
    );
}

pub(super) fn learner(file: &File<'_>, report: &mut Report<'_>) {
    let spec = file.spec;
    let built_in = matches!(spec.learner.kind, LearnerKind::Linear | LearnerKind::TextLinear);
    for (input, features) in &spec.learner.features {
        let path = pointer("/learner/features", input);
        let Some(field) = spec.input.get(input) else {
            let known = || spec.input.keys().map(String::as_str);
            let hint = match nearest(input, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("fields are {}", names(known())),
            };
            let shown = crate::shape::shorten(input);
            report.at_key(&path, "not_declared", format!("`input.{shown}` is not declared")).hint =
                Some(hint);
            continue;
        };
        for (i, feature) in features.iter().enumerate() {
            if built_in && !features_of(field.kind).contains(&feature.as_str()) {
                let message =
                    format!("the feature `{feature}` does not go with the kind of `{input}`");
                let known = features_of(field.kind);
                report.at(&format!("{path}/{i}"), "conflict", message).hint =
                    Some(if known.is_empty() {
                        "no built-in feature reads this kind; remove the entry".to_owned()
                    } else {
                        format!("it can have {}", names(known.iter().copied()))
                    });
            }
        }
    }
    if built_in {
        learned(file, report);
    }
}

/// Features a built-in learner reads from an input of this kind.
fn features_of(kind: InputKind) -> &'static [&'static str] {
    match kind {
        InputKind::Text | InputKind::Html => &["word_1_2", "char_3_5", "category"],
        InputKind::Number => &["number", "category"],
        InputKind::Image => &["pixels"],
        InputKind::Audio
        | InputKind::Pdf
        | InputKind::Chat
        | InputKind::Json
        | InputKind::Table => &[],
    }
}

fn learned(file: &File<'_>, report: &mut Report<'_>) {
    let spec = file.spec;
    let at = if spec.learner.field.is_some() { "/learner/field" } else { "/learner/kind" };
    if let Some(wanted) = &spec.learner.field
        && !spec.answer.contains_key(wanted)
    {
        let known = || spec.answer.keys().map(String::as_str);
        let hint = match nearest(wanted, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("fields are {}", names(known())),
        };
        let message = format!("`{}` is not a field of the answer", crate::shape::shorten(wanted));
        report.at(at, "not_declared", message).hint = Some(hint);
        return;
    }
    let Some((name, choice)) = spec.learned_field() else {
        let message = "the built-in learner learns a single choice, and there is none";
        report.at(at, "conflict", message).hint =
            Some("name a `choice` without `multi`, or use `kind: external`".to_owned());
        return;
    };
    if choice.options.len() < 2 {
        let message = format!("there is nothing to learn: `{name}` has fewer than two options");
        report.at(at, "conflict", message);
    }
    let others = spec.answer.iter().filter(|(other, field)| *other != name && field.required());
    for (other, field) in others {
        // A proposal is a whole answer, and this learner proposes one field only.
        let message = format!("the learner proposes `{name}` only, but `{other}` is required");
        report.at_key(&pointer("/answer", other), "conflict", message).hint =
            Some(format!("say `required: false` for this {}", kind_of(field)));
    }
    let readable = |input: &String| {
        spec.input.get(input).is_some_and(|field| !features_of(field.kind).is_empty())
    };
    let any = if spec.learner.features.is_empty() {
        spec.input.keys().any(readable)
    } else {
        spec.learner.features.iter().any(|(input, list)| readable(input) && !list.is_empty())
    };
    if !any {
        let message = "the built-in learner reads texts, numbers and images, and gets none";
        report.at("/learner/kind", "conflict", message).hint =
            Some("declare such an input, or use `kind: external`".to_owned());
    }
}

fn kind_of(field: &FieldSpec) -> &'static str {
    match field {
        FieldSpec::Choice(_) => "choice",
        FieldSpec::Number(_) => "number",
        FieldSpec::Text(_) => "text",
        FieldSpec::Form(_) => "form",
        FieldSpec::Action(_) => "action",
    }
}
