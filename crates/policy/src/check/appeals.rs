//! How decisions are contested.

use tandem_domain::roles::Role;

use super::{File, Report};

pub(super) fn appeals(file: &File<'_>, report: &mut Report<'_>) {
    let Some(spec) = &file.spec.appeals else { return };
    if !matches!(spec.reviewers.of(), Role::Reviewer | Role::Arbiter | Role::Admin) {
        let message = format!("a member who is {} decides no cases", spec.reviewers.of());
        report.at("/appeals/reviewers", "conflict", message).hint =
            Some("use `reviewer`, `arbiter` or `admin`".to_owned());
    }
    let Some(words) = &spec.notice else { return };
    let rest = words.replace("{until}", "");
    if rest.contains(['{', '}']) {
        let message = "only `{until}` is filled in here";
        report.at("/appeals/notice", "bad_template", message).hint =
            Some("write the rest in plain words".to_owned());
    } else if words.trim().is_empty() {
        report.at("/appeals/notice", "bad_template", "these words are empty").hint =
            Some("write them, or leave the key out".to_owned());
    }
}
