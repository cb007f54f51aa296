//! Who suggests words to a person at work on a text.

use tandem_domain::answer::nearest;
use tandem_domain::loops::FieldSpec;

use super::{File, Report};
use crate::shape::{names, shorten};

/// Whom it asks is there and can write text, and what it writes for is text.
pub(super) fn check(file: &File<'_>, report: &mut Report<'_>) {
    let Some(copilot) = &file.spec.copilot else { return };
    let texts = || {
        let all = file.spec.answer.iter();
        all.filter(|(_, field)| matches!(field, FieldSpec::Text(_))).map(|(name, _)| name.as_str())
    };
    if texts().next().is_none() {
        let message = "the answer has no text that somebody could write";
        report.at("/copilot", "conflict", message).hint =
            Some("give the answer a field `{kind: text}`, or remove `copilot`".to_owned());
        return;
    }
    let listed = copilot.fields.iter().enumerate();
    report.unique(
        "the field",
        listed.map(|(i, name)| (format!("/copilot/fields/{i}"), name.as_str())),
    );
    for (i, name) in copilot.fields.iter().enumerate() {
        let path = format!("/copilot/fields/{i}");
        match file.spec.answer.get(name) {
            Some(FieldSpec::Text(_)) => {}
            Some(_) => {
                let message = format!("`{}` is no text", shorten(name));
                report.at(&path, "conflict", message).hint =
                    Some(format!("texts are {}", names(texts())));
            }
            None => {
                let message = format!("the answer has no field `{}`", shorten(name));
                report.at(&path, "not_declared", message).hint =
                    Some(match nearest(name, texts()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("texts are {}", names(texts())),
                    });
            }
        }
    }
    links(file, copilot.model.as_deref(), report);
}

fn links(file: &File<'_>, wanted: Option<&str>, report: &mut Report<'_>) {
    let chain = || file.spec.chain.iter().enumerate();
    let writers: Vec<String> =
        chain().filter(|(_, link)| link.kind().writes()).map(|(at, link)| link.label(at)).collect();
    let writers = || writers.iter().map(String::as_str);
    let give = || match writers().next() {
        Some(_) => format!("links that can are {}", names(writers())),
        None => "give the chain a link with `openai` or `http`".to_owned(),
    };
    let Some(wanted) = wanted else {
        if writers().next().is_none() {
            let message = "no link of the chain can write text";
            report.at("/copilot", "no_writer", message).hint = Some(give());
        }
        return;
    };
    match chain().find(|(at, link)| link.label(*at) == wanted) {
        Some((_, link)) if link.kind().writes() => {}
        Some((_, link)) => {
            let kind = link.kind().as_str();
            let message =
                format!("the link `{}` cannot write text: it is `{kind}`", shorten(wanted));
            report.at("/copilot/model", "no_writer", message).hint = Some(give());
        }
        None => {
            let message = format!("the chain has no link `{}`", shorten(wanted));
            report.at("/copilot/model", "not_declared", message).hint = Some(give());
        }
    }
}
