//! Checks across the keys of a loop file, after its shape was found right; compiles as it goes.

mod alerts;
mod appeals;
mod chain;
mod copilot;
mod fields;
mod gates;
mod guardrails;
mod policy;
mod process;

use std::collections::HashSet;

use tandem_domain::LoopSpec;
use tandem_domain::answer::pointer;

use crate::compiled::Parts;
use crate::node::{Kind, Node};
use crate::problem::Problem;
use crate::shape::names as listed;

/// A loop file that was read.
pub(crate) struct File<'a> {
    pub(crate) source: &'a str,
    pub(crate) root: &'a Node,
    pub(crate) spec: &'a LoopSpec,
}

/// Checks everything and compiles schemas, patterns and rules.
///
/// # Errors
/// All problems found.
pub(crate) fn all(file: &File<'_>, outside: Vec<Outside>) -> Result<Parts, Vec<Problem>> {
    let mut report = Report { root: file.root, problems: Vec::new() };
    let mut parts = Parts::default();
    if !is_slug(&file.spec.name) {
        let message = format!("`{}` is no name for a loop", crate::shape::shorten(&file.spec.name));
        report.at("/loop", "bad_name", message).hint =
            Some("use 1 to 64 lower case letters, digits and hyphens".to_owned());
    }
    fields::inputs(file, &mut report);
    (parts.forms, parts.tools) = fields::answers(file, &mut report);
    policy::queues(file, &mut report);
    parts.guardrails = policy::guardrails(file, &mut report);
    parts.rules = policy::rules(file, &mut report);
    policy::ways(file, &mut report);
    parts.limits = gates::limits(file, &mut report);
    gates::action(file, &mut report);
    gates::ladder(file, &mut report);
    alerts::bounds(file, &mut report);
    alerts::calendars(file, &mut report);
    alerts::quiet_hours(file, &mut report);
    alerts::capacity(file, &mut report);
    process::review(file, &mut report);
    process::notice(file, &mut report);
    appeals::appeals(file, &mut report);
    process::interim(file, &mut report);
    process::lists(file, &mut report);
    process::learner(file, &mut report);
    parts.links = chain::links(file, &mut report);
    parts.checks = chain::checks(file, &mut report);
    copilot::check(file, &mut report);
    for found in outside {
        report.at(&found.path, found.code, found.message).hint = found.hint;
    }
    if report.problems.is_empty() { Ok(parts) } else { Err(report.problems) }
}

/// Something that only the server can tell is wrong with a loop file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Where, as a JSON pointer.
    pub path: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The mend.
    pub hint: Option<String>,
}

/// A link of the chain has exactly one of the keys that say what it is.
pub(crate) fn links(root: &Node, problems: &mut Vec<Problem>) {
    let Some(chain) = root.get("chain") else { return };
    let Kind::List(items) = &chain.value.kind else { return };
    for (i, item) in items.iter().enumerate() {
        let Kind::Map(entries) = &item.kind else { continue };
        let kinds = entries.iter().filter(|entry| chain::KINDS.contains(&entry.key.as_str()));
        let found = kinds.count();
        if found != 1 {
            let message =
                format!("a link has one of {}, not {found}", listed(chain::KINDS.iter().copied()));
            let problem = item.at.problem(format!("/chain/{i}"), "wrong_kind", message);
            problems.push(problem.hint("write one link for each model"));
        }
    }
}

/// Collects problems and knows where things stand.
pub(crate) struct Report<'a> {
    root: &'a Node,
    problems: Vec<Problem>,
}

impl Report<'_> {
    /// A problem with the value at a path.
    fn at(&mut self, path: &str, code: &'static str, message: impl Into<String>) -> &mut Problem {
        let place = self.root.nearest(path).at;
        self.push(place.problem(path, code, message))
    }

    /// A problem with the key at a path.
    fn at_key(
        &mut self,
        path: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Problem {
        let place = self.root.key_at(path);
        self.push(place.problem(path, code, message))
    }

    fn push(&mut self, problem: Problem) -> &mut Problem {
        let last = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[last]
    }

    /// Says so for every text of a list that is empty or stands there a second time.
    fn unique<'t>(&mut self, what: &str, texts: impl Iterator<Item = (String, &'t str)>) {
        let mut seen: HashSet<&str> = HashSet::new();
        for (path, text) in texts {
            if text.trim().is_empty() {
                self.at(&path, "bad_name", format!("{what} is empty"));
            } else if !seen.insert(text) {
                let shown = crate::shape::shorten(text);
                self.at(
                    &path,
                    "not_unique",
                    format!("{what} `{shown}` stands here a second time"),
                )
                .hint = Some("remove or rename one of them".to_owned());
            }
        }
    }

    /// Checks a name of one's own: what can be written behind a dot in a rule.
    fn name(&mut self, parent: &str, name: &str) {
        let good = name.len() <= 64
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !good {
            let shown = crate::shape::shorten(name);
            self.at_key(
                &pointer(parent, name),
                "bad_name",
                format!("`{shown}` is no name for a field"),
            )
            .hint = Some("use letters, digits and underscores, 1 to 64, no digit first".to_owned());
        }
    }
}

/// Lower case letters, digits and hyphens, 1 to 64 of them, no hyphen at either end.
pub(super) fn is_slug(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}
