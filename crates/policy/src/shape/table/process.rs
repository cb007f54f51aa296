//! How people review, and what learns.

use tandem_domain::Span;

use super::action::{APPROVALS, RUNG, SIGN_OFF};
use super::{BOOL, DAY, Object, SEATS, SHARE, Shape, TEXT, TEXTS, key};

const CHANNELS: Shape = Shape::List(&Shape::Words(&[(
    "chat",
    "Buttons in a chat, pressed by whoever confirmed in the app that the account is theirs.",
)]));

pub(super) const REVIEW: Object = Object {
    name: "`review`",
    doc: "How people review.",
    keys: &[
        key("reviewers", &SEATS, Some("1"), "Seats of a task."),
        key(
            "consensus",
            &Shape::Object(&CONSENSUS),
            Some("majority"),
            "When judgments agree enough.",
        ),
        key(
            "lease",
            &Shape::Span(Span::seconds(5), Span::seconds(DAY)),
            Some("5m"),
            "How long a claim lasts without a renewal.",
        ),
        key(
            "undo",
            &Shape::Span(Span::ZERO, Span::seconds(DAY)),
            Some("10s; 0s where the answer holds an action"),
            "How long a people's decision may be undone.",
        ),
        key(
            "veto",
            &Shape::Span(Span::ZERO, Span::seconds(7 * DAY)),
            Some("none"),
            "How long a machine's decision may be vetoed; only on the loop.",
        ),
        key(
            "deadline",
            &Shape::Span(Span::seconds(1), Span::seconds(366 * DAY)),
            Some("none"),
            "When a case is overdue.",
        ),
        key(
            "on_deadline",
            &Shape::Words(&[
                ("escalate", "The task goes to arbiters."),
                ("approve", "The proposal is approved; refused with full coverage."),
                ("reject", "The case is decided: rejected."),
                ("keep", "It stays, visibly overdue."),
            ]),
            Some("escalate"),
            "What happens to an overdue case.",
        ),
        key(
            "blind_rate",
            &SHARE,
            Some("0"),
            "Share of reviews where the proposal is hidden until the reviewer answered.",
        ),
        key(
            "max_attempts",
            &Shape::Integer(0, 10),
            Some("2"),
            "How often a proposer is asked again before a person takes over.",
        ),
        key(
            "revise_within",
            &Shape::Span(Span::seconds(1), Span::seconds(30 * DAY)),
            Some("5m"),
            "How long a revision may take before a person takes over.",
        ),
        key(
            "propose_within",
            &Shape::Span(Span::seconds(1), Span::seconds(DAY)),
            Some("2m"),
            "How long links of the chain outside and models that check may take, all together, before people take over.",
        ),
        key(
            "reopen_on_audit_error",
            &BOOL,
            Some("false"),
            "Whether an audit that disagrees reopens the case.",
        ),
        key(
            "rationale",
            &Shape::Words(&[
                ("required", "A judgment without one is refused."),
                ("optional", "It may be left out."),
            ]),
            Some("optional"),
            "Whether people say why, for the record.",
        ),
        key(
            "approvals",
            &Shape::Object(&APPROVALS),
            Some("one person, whose edit decides as well"),
            "For actions: how many persons approve.",
        ),
        key("sign_off", &SIGN_OFF, Some("server"), "For actions: what approving a call takes."),
        key(
            "channels",
            &CHANNELS,
            Some("none"),
            "Where people may decide besides the app. Calls that take a passkey are never decided there.",
        ),
        key(
            "escalation",
            &Shape::List(&Shape::Object(&RUNG)),
            Some("none"),
            "Where a task goes that nobody decides in time; then the arbiters.",
        ),
        key(
            "quick_replies",
            &TEXTS,
            Some("none"),
            "Words that are offered in the conversation beside a case.",
        ),
        key(
            "quiet_hours",
            &Shape::Object(&QUIET),
            Some("none"),
            "When nobody is called up the ladder: rungs that fall into them are climbed at their end.",
        ),
        key(
            "capacity",
            &Shape::Object(&CAPACITY),
            Some("not watched"),
            "What people can look at in a day.",
        ),
        key(
            "overload",
            &Shape::List(&LESSER),
            Some("nothing gives way"),
            "What gives way while more waits than people can look at, first to last. No case passes for it, and no call of a tool gives way.",
        ),
        key(
            "consume_within",
            &Shape::Span(Span::seconds(1), Span::seconds(30 * DAY)),
            Some("10m"),
            "For actions: when an approval that nobody consumed raises an alarm.",
        ),
        key(
            "execution_within",
            &Shape::Span(Span::seconds(1), Span::seconds(30 * DAY)),
            Some("10m"),
            "For actions: when a grant without a known result raises an alarm.",
        ),
        key(
            "valid_for",
            &Shape::Span(Span::seconds(1), Span::seconds(30 * DAY)),
            Some("1d"),
            "For actions: how long an approval may be consumed.",
        ),
    ],
};

const QUIET: Object = Object {
    name: "`quiet_hours`",
    doc: "When nobody is called up the ladder.",
    keys: &[
        key("from", &TEXT, None, "When they begin, local time, as in `22:00`."),
        key("to", &TEXT, None, "When they end; at or before `from`: on the next day."),
        key("zone", &TEXT, None, "Name in the IANA database, as in `Europe/Berlin`."),
        key("days", &TEXT, Some("every day"), "Days on which they begin, as in `mon-fri`."),
        key(
            "except_priority",
            &Shape::Integer(0, 9),
            Some("9"),
            "The priority from which a case climbs in them as well.",
        ),
        key(
            "except_risk",
            &Shape::Words(&[
                ("low", "Every call."),
                ("medium", "Calls of medium and high risk."),
                ("high", "Calls of high risk."),
            ]),
            Some("none"),
            "For actions: the risk from which a call climbs in them as well.",
        ),
    ],
};

const CAPACITY: Object = Object {
    name: "`capacity`",
    doc: "What people can look at in a day, and how long what waits may be expected to wait.",
    keys: &[
        key(
            "wait",
            &Shape::Span(Span::seconds(60), Span::seconds(366 * DAY)),
            None,
            "How long what waits last may be expected to wait, in time that people work; beyond it the queue is overloaded, and until the wait has fallen to four fifths of it.",
        ),
        key(
            "look",
            &Shape::Span(Span::seconds(1), Span::seconds(DAY)),
            Some("as measured in the queue"),
            "What a look costs.",
        ),
        key(
            "queues",
            &Shape::Map(&Shape::Object(&DAY_CAPACITY)),
            Some("the measured pace"),
            "What people give a queue in a day, by queue.",
        ),
        key(
            "postpone",
            &Shape::Span(Span::seconds(60), Span::seconds(30 * DAY)),
            Some("1d"),
            "How long anything gives way at most; what has waited for longer is handed out as always.",
        ),
    ],
};

const DAY_CAPACITY: Object = Object {
    name: "a day's capacity",
    doc: "What people give a queue in a day: hours, or looks.",
    keys: &[
        key(
            "hours",
            &Shape::Number(0.01, 1e6),
            Some("or `looks`"),
            "Hours of all people together.",
        ),
        key("looks", &Shape::Number(1.0, 1e9), Some("or `hours`"), "Looks of all people together."),
    ],
};

const LESSER: Shape = Shape::Words(&[
    (
        "exploration",
        "The share of the queue's front that is drawn by chance (`learner.random_share`).",
    ),
    ("second_looks", "Second looks at what people found."),
    ("audits", "Audits of automatic decisions: what is drawn is audited all the same, later."),
    (
        "low_value",
        "Cases whose doubt times `costs.error` is at most `costs.review`; not where a look lets a tool run.",
    ),
]);

pub(super) const NOTICE: Object = Object {
    name: "`notice`",
    doc: "What the person affected is told of a decision, once it is effective.",
    keys: &[
        key(
            "template",
            &TEXT,
            Some("none"),
            "Words for a decision with an answer; `{answer.field}` and `{outcome}` are filled in.",
        ),
        key(
            "rejected",
            &TEXT,
            Some("none"),
            "Words for a rejected or blocked case; `{outcome}` is filled in.",
        ),
        key(
            "required",
            &BOOL,
            Some("false"),
            "Whether people's decisions need one: from the reviewer, or from these words.",
        ),
    ],
};

const CONSENSUS: Object = Object {
    name: "`consensus`",
    doc: "When judgments agree enough.",
    keys: &[
        key(
            "rule",
            &Shape::Words(&[
                ("majority", "The most frequent answer, if its share exceeds `min_agreement`."),
                ("unanimous", "All judgments are the same."),
            ]),
            Some("majority"),
            "The rule.",
        ),
        key(
            "min_agreement",
            &SHARE,
            Some("0.5"),
            "Share of judgments the winning answer must exceed.",
        ),
        key(
            "on_tie",
            &Shape::Words(&[
                ("add_reviewer", "One more seat."),
                ("arbiter", "An arbiter decides."),
            ]),
            Some("add_reviewer"),
            "What happens when they do not agree.",
        ),
    ],
};

pub(super) const LEARNER: Object = Object {
    name: "a learner",
    doc: "What learns from decisions.",
    keys: &[
        key(
            "kind",
            &Shape::Words(&[
                ("none", "Nothing learns here."),
                (
                    "linear",
                    "Multinomial logistic regression over texts, numbers, categories and pixels.",
                ),
                ("text_linear", "Another name for `linear`."),
                ("external", "A trainer outside."),
            ]),
            Some("none"),
            "Which learner.",
        ),
        key(
            "features",
            &Shape::Map(&Shape::List(&FEATURE)),
            Some("by the input's kind"),
            "Features by input field.",
        ),
        key("field", &TEXT, Some("the first single choice"), "The answer field that is learned."),
        key("retrain", &Shape::Object(&RETRAIN), Some("every: 50"), "When to train again."),
        key(
            "pool",
            &Shape::Integer(0, 1_000_000),
            Some("5000"),
            "How many open cases a new model scores again at most.",
        ),
        key(
            "min_examples",
            &Shape::Integer(2, 1_000_000),
            Some("10"),
            "Examples needed before the first model.",
        ),
        key(
            "random_share",
            &Shape::Number(0.0, 0.5),
            Some("0.1"),
            "Share of the front of the queue that is drawn at random, to show whether choosing cases teaches more.",
        ),
        key(
            "until",
            &Shape::Object(&UNTIL),
            Some("never"),
            "When training by itself stops: the model is good enough.",
        ),
    ],
};

const FEATURE: Shape = Shape::Words(&[
    ("word_1_2", "Words and pairs of neighbours, of text and HTML."),
    ("char_3_5", "Runs of three to five characters within words, of text and HTML."),
    ("number", "The value of a number."),
    ("category", "The value as a name, of text and numbers."),
    ("pixels", "The pixels of an image that comes as numbers."),
]);

const UNTIL: Object = Object {
    name: "`until`",
    doc: "When a learner is good enough.",
    keys: &[
        key(
            "metric",
            &Shape::Words(&[("accuracy", "Accuracy on held-out reviews.")]),
            Some("accuracy"),
            "What is looked at.",
        ),
        key("at_least", &SHARE, None, "The value from which on no further model is trained."),
    ],
};

const RETRAIN: Object = Object {
    name: "`retrain`",
    doc: "When to train again.",
    keys: &[key(
        "every",
        &Shape::Integer(1, 1_000_000),
        None,
        "New examples since the last training.",
    )],
};

pub(super) const ON_NEW_MODEL: Shape = Shape::Words(&[
    ("promote", "It takes over at once; for learners that train on the loop's own reviews."),
    ("shadow_first", "It proposes in the shadow until somebody promotes it."),
    (
        "full_review",
        "It takes over and everything it proposes is reviewed, until it is promoted or earned autonomy vouches for it.",
    ),
]);
