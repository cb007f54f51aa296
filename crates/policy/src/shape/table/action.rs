//! Calls of tools, and limits over many of them.

use tandem_domain::Span;

use super::{BOOL, DAY, ERROR, Object, REQUIRED, Shape, TEXT, TITLE, key};

pub(super) const ACTION: Object = Object {
    name: "an action",
    doc: "A call of a tool, `{tool, arguments}`: it runs only with a grant. A loop has at most one.",
    keys: &[
        key(
            "tools",
            &Shape::Map(&Shape::Object(&TOOL)),
            None,
            "The tools that may be called, by name.",
        ),
        TITLE,
        REQUIRED,
        ERROR,
    ],
};

const TOOL: Object = Object {
    name: "a tool",
    doc: "A tool that may be called.",
    keys: &[
        key("schema", &Shape::Schema, None, "JSON Schema (draft 2020-12) of the arguments."),
        TITLE,
        key(
            "risk",
            &Shape::Words(&[
                ("low", "A wrong call costs little."),
                ("medium", "A wrong call costs something."),
                ("high", "A wrong call costs much."),
            ]),
            Some("medium"),
            "What a wrong call may cost; shown to reviewers.",
        ),
        key("reversible", &BOOL, Some("false"), "Whether what it does can be taken back."),
        key(
            "executor",
            &TEXT,
            Some("anybody with the right"),
            "The only `consumer` that may take the grant.",
        ),
        key("target", &TEXT, Some("none"), "Where it acts; bound into what is approved."),
        key("sign_off", &SIGN_OFF, Some("as `review.sign_off` says"), "What approving it takes."),
    ],
};

pub(super) const SIGN_OFF: Shape = Shape::Words(&[
    ("server", "Being signed in; the server attests who approved."),
    ("webauthn", "A signature by the approver's passkey over what is approved."),
]);

pub(super) const APPROVALS: Object = Object {
    name: "`approvals`",
    doc: "How many distinct natural persons approve a call. An edit then voids earlier approvals, and its author asks others.",
    keys: &[
        key(
            "of",
            &Shape::Words(&[
                ("reviewer", "Reviewers."),
                ("arbiter", "Arbiters."),
                ("orchestrator", "Orchestrators."),
                ("admin", "Admins."),
            ]),
            Some("reviewer"),
            "The role they hold, beside one that reviews.",
        ),
        key("count", &Shape::Integer(1, 25), None, "How many."),
        key(
            "identified",
            &BOOL,
            Some("false"),
            "Whether only those count of whom two admins agree who they are (`tandem person identify`).",
        ),
    ],
};

pub(super) const RUNG: Object = Object {
    name: "a rung",
    doc: "Where a task goes that nobody decides in time.",
    keys: &[
        key(
            "after",
            &Shape::Span(Span::seconds(1), Span::seconds(366 * DAY)),
            None,
            "How long after the task was made.",
        ),
        key("to", &TEXT, None, "The queue it then waits in."),
    ],
};

pub(super) const LIMIT: Object = Object {
    name: "a limit",
    doc: "A bound on what passes without a person over many cases.",
    keys: &[
        key("name", &TEXT, None, "Name in reasons."),
        key(
            "key",
            &TEXT,
            Some("all cases together"),
            "Path to what cases are counted together by, as in `input.customer`.",
        ),
        key(
            "sum",
            &TEXT,
            Some("cases are counted"),
            "Path to the number that is added up, as in `proposal.output.refund.arguments.amount`.",
        ),
        key(
            "window",
            &Shape::Span(Span::seconds(1), Span::seconds(366 * DAY)),
            None,
            "How far back it looks.",
        ),
        key("max", &Shape::Number(0.0, 1e15), None, "The most that may pass."),
        key(
            "on_hit",
            &Shape::Words(&[
                ("review", "A person looks."),
                ("block", "The case is decided: blocked."),
            ]),
            Some("review"),
            "What happens to a case that would exceed it.",
        ),
    ],
};
