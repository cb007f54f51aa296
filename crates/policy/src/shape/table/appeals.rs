//! How a person affected contests a decision.

use tandem_domain::Span;

use super::{BOOL, DAY, Object, SEATS, Shape, TEXT, key};

const WHO: Shape = Shape::Words(&[
    ("reviewer", "Reviewers, and arbiters."),
    ("arbiter", "Arbiters."),
    ("admin", "Admins."),
]);

pub(super) const APPEALS: Object = Object {
    name: "`appeals`",
    doc: "How a person affected contests a decision: somebody who took no part in it decides anew, never a machine and never a time limit.",
    keys: &[
        key(
            "window",
            &Shape::Span(Span::seconds(1), Span::seconds(3_660 * DAY)),
            Some("30d"),
            "How long after it took effect a decision may be contested.",
        ),
        key(
            "deadline",
            &Shape::Span(Span::seconds(1), Span::seconds(366 * DAY)),
            Some("30d"),
            "When an open appeal is overdue: it raises an alarm, comes first, and stays open.",
        ),
        key(
            "reviewers",
            &Shape::Either(&WHO, &Shape::Object(&SEVERAL)),
            Some("reviewer"),
            "Who decides: a role, of which one person is enough, or a role and how many.",
        ),
        key(
            "meanwhile",
            &Shape::Words(&[
                ("stands", "The decision stays in force until it is decided anew."),
                ("suspended", "It is not in force: nothing is consumed on it."),
            ]),
            Some("stands"),
            "What holds of the decision while an appeal is open.",
        ),
        key(
            "blind",
            &BOOL,
            Some("true"),
            "Whether proposal, earlier decision and earlier deciders are hidden from whoever decides.",
        ),
        key(
            "notice",
            &TEXT,
            Some("that a person who took no part will decide anew"),
            "Words added to the notice of a decision; `{until}` is filled in.",
        ),
    ],
};

const SEVERAL: Object = Object {
    name: "`reviewers`",
    doc: "How many distinct natural persons decide an appeal: what more than half of them say.",
    keys: &[
        key("of", &WHO, Some("reviewer"), "The role they hold."),
        key("count", &SEATS, None, "How many."),
    ],
};
