//! The table of the loop file: every key, its kind, its default and its meaning.

mod action;
mod appeals;
mod chain;
mod process;

use tandem_domain::Span;

use super::{Key, Object, Shape};
use action::{ACTION, LIMIT};
use appeals::APPEALS;
use chain::{COPILOT, HEADERS, LINK, ON_ERROR, OPENAI, TIMEOUT};
use process::{LEARNER, NOTICE, ON_NEW_MODEL, REVIEW};

const TEXT: Shape = Shape::Text;
const TEXTS: Shape = Shape::List(&TEXT);
const BOOL: Shape = Shape::Bool;
const SHARE: Shape = Shape::Number(0.0, 1.0);
const ANY_NUMBER: Shape = Shape::Number(f64::NEG_INFINITY, f64::INFINITY);
const LENGTH: Shape = Shape::Integer(0, 1_000_000);
const SEATS: Shape = Shape::Integer(1, 25);
const DAY: i64 = 86_400;

const fn key(
    name: &'static str,
    shape: &'static Shape,
    default: Option<&'static str>,
    doc: &'static str,
) -> Key {
    Key { name, shape, default, doc }
}

const MODE: Shape = Shape::Words(&[
    ("in_the_loop", "A person stands between the machine and the world."),
    ("on_the_loop", "The machine acts; people watch and may veto."),
    ("out_of_the_loop", "The machine acts alone and is audited."),
]);
const COVERAGE: Shape = Shape::Words(&[
    ("full", "Nothing passes without a person."),
    ("selective", "What the policy cannot vouch for waits for a person."),
]);

/// The whole file.
pub(crate) const LOOP: Object = Object {
    name: "a loop",
    doc: "One loop: what comes in, what an answer looks like, who decides, who reviews, what learns.",
    keys: &[
        key("loop", &TEXT, None, "Name in URLs: 1 to 64 lower case letters, digits and hyphens."),
        key("title", &TEXT, Some("the name"), "Title shown to people."),
        key("mode", &MODE, Some("in_the_loop"), "Oversight mode."),
        key(
            "coverage",
            &COVERAGE,
            Some("full"),
            "Whether anything may pass without a person while `mode` is `in_the_loop`.",
        ),
        key(
            "enforce",
            &BOOL,
            Some("true"),
            "`false`: nothing is held; routes record what they would have been, and one case in ten goes to people.",
        ),
        key("input", &Shape::Map(&Shape::Object(&INPUT)), None, "Fields of the input, by name."),
        key("answer", &Shape::Map(&FIELD), None, "Fields of the answer, by name."),
        key("guidelines", &TEXT, Some("none"), "Markdown shown beside the case."),
        key("reject_reasons", &TEXTS, Some("none"), "Codes offered when a reviewer rejects."),
        key("failure_modes", &TEXTS, Some("none"), "Codes for what a machine did wrong."),
        key(
            "checklist",
            &Shape::List(&Shape::Object(&CHECKLIST)),
            Some("none"),
            "Things a reviewer ticks.",
        ),
        key(
            "queues",
            &Shape::Map(&Shape::Object(&QUEUE)),
            Some("none"),
            "Queues besides `default`, `arbiters` and `appeals`, by name.",
        ),
        key(
            "calendar",
            &Shape::Object(&CALENDAR),
            Some("every hour counts"),
            "Working time, by which deadlines and the ladder are counted.",
        ),
        key(
            "alerts",
            &Shape::List(&Shape::Object(&ALERT)),
            Some("none"),
            "What its owner wants to be told of: raised and cleared as events, which webhooks carry.",
        ),
        key(
            "policy",
            &Shape::Object(&POLICY),
            Some("full review"),
            "How a case is routed: guardrails, then rules, then autonomy, confidence or conformal; nothing matched: review.",
        ),
        key("review", &Shape::Object(&REVIEW), Some("see there"), "How people review."),
        key(
            "notice",
            &Shape::Object(&NOTICE),
            Some("none"),
            "What the person affected is told of a decision.",
        ),
        key(
            "appeals",
            &Shape::Object(&APPEALS),
            Some("none: decisions cannot be contested"),
            "How a person affected contests a decision.",
        ),
        key(
            "interim",
            &Shape::Map(&Shape::Any),
            Some("none"),
            "What stands in for the answer while a case waits; never a decision.",
        ),
        key("learner", &Shape::Object(&LEARNER), Some("kind: none"), "What learns from decisions."),
        key(
            "on_new_model",
            &ON_NEW_MODEL,
            Some("promote; shadow_first with learner.kind external"),
            "What happens when a model is registered.",
        ),
        key(
            "chain",
            &Shape::List(&Shape::Object(&LINK)),
            Some("the live model, then a person"),
            "Who proposes when the submitter did not.",
        ),
        key(
            "copilot",
            &Shape::Object(&COPILOT),
            Some("none"),
            "Who suggests words to a person at work on a text; their share is recorded.",
        ),
        key(
            "use_group",
            &BOOL,
            Some("false"),
            "Whether reviewers, features and rules may see `group`.",
        ),
    ],
};

const INPUT: Object = Object {
    name: "an input field",
    doc: "A field of the input.",
    keys: &[
        key("kind", &INPUT_KIND, None, "What it is; drives how it is checked and shown."),
        key("title", &TEXT, Some("the name"), "Label shown to people."),
        key("required", &BOOL, Some("true"), "Whether a case must carry it."),
    ],
};

const INPUT_KIND: Shape = Shape::Words(&[
    ("text", "Plain text."),
    ("html", "HTML, shown escaped unless sanitised."),
    (
        "image",
        "`{width, height, pixels}` with `pixels` from 0 to 1 row by row, `{media: med_…}` or a `data:` URL.",
    ),
    ("audio", "`{media: med_…}` or a `data:` URL."),
    ("pdf", "`{media: med_…}` or a `data:` URL."),
    ("chat", "A list of `{role, content}`."),
    ("json", "Any JSON."),
    ("table", "A list of rows, each a mapping."),
    ("number", "A finite number."),
]);

const FIELD: Shape = Shape::Kinds(&[
    ("choice", &CHOICE),
    ("number", &NUMBER),
    ("text", &TEXT_FIELD),
    ("form", &FORM),
    ("action", &ACTION),
]);

const TITLE: Key = key("title", &TEXT, Some("the name"), "Label shown to people.");
const REQUIRED: Key = key("required", &BOOL, Some("true"), "Whether an answer must carry it.");
const ERROR: Key = key(
    "error",
    &Shape::Either(
        &Shape::Words(&[
            ("exact", "Any difference is an error."),
            ("ignore", "Differences never count."),
        ]),
        &Shape::Object(&TOLERANCE),
    ),
    Some("exact"),
    "When an automatic answer counts as wrong against a person's.",
);

const TOLERANCE: Object = Object {
    name: "an error rule",
    doc: "A difference of more than this is an error.",
    keys: &[key(
        "tolerance",
        &Shape::Number(0.0, f64::INFINITY),
        None,
        "Largest difference between numbers that is no error.",
    )],
};

const CHOICE: Object = Object {
    name: "a choice",
    doc: "One or several of a list of options.",
    keys: &[
        key(
            "options",
            &Shape::List(&Shape::Either(&TEXT, &Shape::Object(&OPTION))),
            None,
            "What may be chosen: values, or mappings with more.",
        ),
        key(
            "multi",
            &BOOL,
            Some("false"),
            "Whether several may be chosen; the answer is then a list.",
        ),
        TITLE,
        REQUIRED,
        ERROR,
    ],
};

const OPTION: Object = Object {
    name: "an option",
    doc: "An option of a choice.",
    keys: &[
        key("value", &TEXT, None, "What the answer holds."),
        key("label", &TEXT, Some("the value"), "Shown to people."),
        key("help", &TEXT, Some("none"), "Shown on demand."),
        key("key", &TEXT, Some("the digits in order"), "The key that chooses it."),
    ],
};

const NUMBER: Object = Object {
    name: "a number",
    doc: "A number.",
    keys: &[
        key("min", &ANY_NUMBER, Some("none"), "Smallest value."),
        key("max", &ANY_NUMBER, Some("none"), "Largest value."),
        key("unit", &TEXT, Some("none"), "Unit shown behind it."),
        TITLE,
        REQUIRED,
        ERROR,
    ],
};

const TEXT_FIELD: Object = Object {
    name: "a text",
    doc: "Free text.",
    keys: &[
        key("max_length", &Shape::Integer(1, 1_000_000), Some("20000"), "Most characters."),
        TITLE,
        REQUIRED,
        ERROR,
    ],
};

const FORM: Object = Object {
    name: "a form",
    doc: "A mapping that fits a JSON Schema.",
    keys: &[
        key("schema", &Shape::Schema, None, "The JSON Schema (draft 2020-12)."),
        TITLE,
        REQUIRED,
        ERROR,
    ],
};

const CHECKLIST: Object = Object {
    name: "an item of the checklist",
    doc: "A thing to tick.",
    keys: &[
        key("id", &TEXT, None, "Name in judgments."),
        key("text", &TEXT, None, "Shown to people."),
        key("required", &BOOL, Some("false"), "Whether approval needs it."),
    ],
};

const ROLE: Shape = Shape::Words(&[
    ("submitter", "Hands in cases and reads what became of its own."),
    ("reviewer", "Claims and judges."),
    ("arbiter", "Reviews what others could not agree on."),
    ("orchestrator", "Owns queues and models."),
    ("auditor", "Reads everything, changes nothing."),
    ("admin", "Everything, and members and keys besides."),
]);

const CALENDAR: Object = Object {
    name: "a calendar",
    doc: "Working time. Cases of priority 9 climb the ladder at every hour.",
    keys: &[
        key("timezone", &TEXT, None, "Name in the IANA database, as in `Europe/Berlin`."),
        key(
            "hours",
            &Shape::Map(&TEXT),
            None,
            "Hours by days: `mon-fri: \"09:00-12:00, 13:00-17:00\"`, `sat,sun: \"10:00-14:00\"`.",
        ),
        key("holidays", &TEXTS, Some("none"), "Days without working time, as in `2026-12-25`."),
        key(
            "counts",
            &Shape::List(&Shape::Words(&[
                ("deadline", "`review.deadline`."),
                ("escalation", "The rungs of `review.escalation`."),
            ])),
            Some("both"),
            "What counts working time only.",
        ),
    ],
};

const ALERT: Object = Object {
    name: "an alert",
    doc: "A bound. An alert is over once the value has fallen to four fifths of it.",
    keys: &[
        key(
            "on",
            &Shape::Words(&[
                ("oldest_wait", "How long the oldest waiting task has waited."),
                ("overdue", "Share of the waiting tasks with a deadline that are overdue."),
                ("errors", "Share of errors among automatic decisions, as audits estimate it."),
                ("unsealed", "Age of the oldest event that is not sealed in the ledger."),
                (
                    "unwatched",
                    "How long a decision is held beyond its time for a veto, since nobody watches. Without \
                     it, a loop with `veto` is alerted after that time, five minutes at least.",
                ),
            ]),
            None,
            "What is watched.",
        ),
        key(
            "above",
            &Shape::Span(Span::seconds(1), Span::seconds(365 * 86_400)),
            Some("for `oldest_wait`, `unsealed` and `unwatched`"),
            "Raised above this.",
        ),
        key(
            "share",
            &Shape::Number(0.0, 1.0),
            Some("for `overdue` and `errors`"),
            "Raised above this.",
        ),
        key(
            "queue",
            &TEXT,
            Some("every queue"),
            "For `oldest_wait` and `overdue`: only this queue.",
        ),
    ],
};

const QUEUE: Object = Object {
    name: "a queue",
    doc: "A queue of the loop.",
    keys: &[
        key("roles", &Shape::List(&ROLE), Some("reviewers"), "Roles that may claim here."),
        key(
            "skills",
            &TEXTS,
            Some("none"),
            "Skills that a reviewer's account must have, all of them (`tandem member skills`).",
        ),
        key("title", &TEXT, Some("the name"), "Title shown to people."),
        key(
            "calendar",
            &Shape::Object(&CALENDAR),
            Some("that of the loop"),
            "Working time of who works here: deadlines of cases that come into this queue, and rungs of tasks in it, are counted by it.",
        ),
    ],
};

const POLICY: Object = Object {
    name: "a policy",
    doc: "How a case is routed.",
    keys: &[
        key(
            "guardrails",
            &Shape::List(&Shape::Object(&GUARDRAIL)),
            Some("none"),
            "Checks on the proposal and on what came in.",
        ),
        key(
            "rules",
            &Shape::List(&Shape::Object(&RULE)),
            Some("none"),
            "Rules in CEL; the first that matches routes the case.",
        ),
        key(
            "confidence",
            &Shape::Object(&CONFIDENCE),
            Some("full review"),
            "Automatic at or above a confidence.",
        ),
        key(
            "autonomy",
            &Shape::Object(&AUTONOMY),
            Some("none"),
            "Automatic where that was earned by evidence; in place of `confidence`.",
        ),
        key(
            "conformal",
            &Shape::Object(&CONFORMAL),
            Some("none"),
            "Automatic where the prediction set holds one answer; in place of `confidence`.",
        ),
        key(
            "novelty",
            &Shape::Object(&NOVELTY),
            Some("none"),
            "Cases unlike anything the loop's own model has seen go to a person.",
        ),
        key(
            "limits",
            &Shape::List(&Shape::Object(&LIMIT)),
            Some("none"),
            "Bounds on what passes without a person over many cases.",
        ),
    ],
};

const NOVELTY: Object = Object {
    name: "`novelty`",
    doc: "When a case is unlike anything seen. Told from the next trained model on, and once 2 / alpha cases are held out.",
    keys: &[key(
        "alpha",
        &Shape::Number(0.001, 0.5),
        None,
        "Share of ordinary cases that may be taken for novel.",
    )],
};

const AUTONOMY: Object = Object {
    name: "earned autonomy",
    doc: "Automatic above a threshold that was certified, and only while nothing speaks against it.",
    keys: &[
        key(
            "target_error",
            &Shape::Number(0.0001, 0.5),
            None,
            "Share of automatic cases that may be wrong.",
        ),
        key(
            "certainty",
            &Shape::Number(0.5, 0.9999),
            Some("0.95"),
            "Probability that the certificate is right.",
        ),
        key(
            "audit_rate",
            &Shape::Number(0.001, 1.0),
            Some("0.05"),
            "Share of automatic cases that people judge afterwards.",
        ),
        key("costs", &Shape::Object(&COSTS), Some("none"), "What an error and a review cost."),
        key(
            "by",
            &Shape::Either(
                &Shape::Words(&[("class", "The proposed value of the first single choice.")]),
                &Shape::Object(&SLICE),
            ),
            Some("all cases together"),
            "Each group earns for itself.",
        ),
        key(
            "together",
            &BOOL,
            Some("false"),
            "Whether the certainty is that of all groups together; else each group has it by itself.",
        ),
        key(
            "second_looks",
            &SHARE,
            Some("0: none"),
            "Share of judgments without an error that a second person judges again, unseen; all with an error are.",
        ),
    ],
};

const COSTS: Object = Object {
    name: "`costs`",
    doc: "What an error and a review cost, in one unit.",
    keys: &[
        key("error", &COST, None, "A wrong automatic answer."),
        key("review", &COST, None, "A person's look."),
    ],
};

const COST: Shape = Shape::Number(0.0, 1e12);

const SLICE: Object = Object {
    name: "`by`",
    doc: "What makes the groups.",
    keys: &[key("slice", &TEXT, None, "A group attribute of the case.")],
};

const CONFORMAL: Object = Object {
    name: "a conformal policy",
    doc: "Automatic where the prediction set holds one answer; an empty or larger set goes to a person.",
    keys: &[
        key(
            "alpha",
            &Shape::Number(0.001, 0.5),
            None,
            "Share of prediction sets that may miss the right answer.",
        ),
        key(
            "audit_rate",
            &SHARE,
            Some("0.05"),
            "Share of automatic cases that people judge afterwards.",
        ),
    ],
};

const GUARDRAIL: Object = Object {
    name: "a guardrail",
    doc: "A check on a proposal, or on what came in. What failed and where is told, the content never.",
    keys: &[
        key("name", &TEXT, None, "Name in reasons."),
        key(
            "check",
            &Shape::Words(&[
                ("json_schema", "The whole fits a JSON Schema."),
                (
                    "pii",
                    "No e-mail address, telephone, card or bank account number, and none of some names, in any text.",
                ),
                ("regex", "A pattern occurs in no text."),
                ("deny", "Words and phrases occur in no text, whatever their case."),
                ("length", "Each text is neither too short nor too long."),
                (
                    "language",
                    "Each text is in one of some languages; short texts, and those that cannot be told for certain, pass.",
                ),
                (
                    "grounding",
                    "Each number of a text stands in the sources, and of each sentence so many words. It finds what was made up, not what was turned round.",
                ),
                ("cel", "An expression is true."),
                (
                    "model",
                    "A model outside scores the proposal before it is routed; the case waits for it.",
                ),
            ]),
            None,
            "What is checked.",
        ),
        key(
            "looks_at",
            &Shape::Words(&[
                ("output", "What the machine proposed."),
                ("input", "What came in, with a proposal or without."),
            ]),
            Some("output"),
            "What is looked at.",
        ),
        key("fields", &TEXTS, Some("all"), "Fields that are looked at."),
        key(
            "schema",
            &Shape::Schema,
            Some("none"),
            "For `json_schema`: the schema the whole output must fit.",
        ),
        key("pattern", &TEXT, Some("none"), "For `regex`: the pattern that must not occur."),
        key(
            "kinds",
            &Shape::List(&Shape::Words(&[
                ("email", "E-mail addresses."),
                ("phone", "Telephone numbers."),
                ("card", "Payment card numbers with a right check digit."),
                ("iban", "International bank account numbers with right check digits."),
            ])),
            Some("all, or none where `names` are given"),
            "For `pii`: which kinds.",
        ),
        key("names", &TEXTS, Some("none"), "For `pii`: names of persons that must not occur."),
        key("words", &TEXTS, Some("none"), "For `deny`: words and phrases that must not occur."),
        key("min", &LENGTH, Some("0"), "For `length`: fewest code points."),
        key("max", &LENGTH, Some("any"), "For `length`: most code points."),
        key("languages", &TEXTS, Some("none"), "For `language`: codes of ISO 639, such as `en`."),
        key("sources", &TEXTS, Some("none"), "For `grounding`: fields of the input."),
        key(
            "support",
            &SHARE,
            Some("0.6"),
            "For `grounding`: share of a sentence's longer words that the sources must have.",
        ),
        key("must", &TEXT, Some("none"), "For `cel`: what must be true; see `when` of rules."),
        key(
            "http",
            &TEXT,
            Some("none"),
            "For `model`: the address of a model that speaks our JSON.",
        ),
        key(
            "openai",
            &Shape::Object(&OPENAI),
            Some("none"),
            "For `model`: a model behind an OpenAI-compatible interface.",
        ),
        key(
            "when",
            &TEXT,
            Some("none"),
            "For `model`: which score is too much, in CEL, as in `score > 0.5`.",
        ),
        key("timeout", &TIMEOUT, Some("10s"), "For `model`: how long it may take."),
        key(
            "headers_from",
            &HEADERS,
            Some("none"),
            "For `model`: headers whose values are secrets of the server.",
        ),
        key(
            "on_error",
            &ON_ERROR,
            Some("review"),
            "For `model`: what happens when it cannot be asked.",
        ),
        key(
            "on_fail",
            &Shape::Words(&[
                ("block", "The case is decided: blocked."),
                ("review", "A person looks."),
                ("revise", "The proposer is asked again; a person looks when attempts run out."),
            ]),
            None,
            "What happens when the check fails.",
        ),
    ],
};

const RULE: Object = Object {
    name: "a rule",
    doc: "A rule in CEL.",
    keys: &[
        key("name", &TEXT, None, "Name in reasons."),
        key(
            "when",
            &TEXT,
            None,
            "CEL expression over `input`, `proposal`, `tags`, `group` (with `use_group`), `model` and `run`.",
        ),
        key(
            "route",
            &Shape::Words(&[
                ("auto", "Decided by the machine."),
                ("review", "Waits for people."),
                ("block", "Decided: blocked."),
            ]),
            None,
            "Where a match goes.",
        ),
        key("queue", &TEXT, Some("default"), "Queue of a review."),
        key("reviewers", &SEATS, Some("those of the loop"), "Seats of a review."),
        key("mode", &MODE, Some("that of the loop"), "Oversight mode of a match."),
    ],
};

const CONFIDENCE: Object = Object {
    name: "a confidence threshold",
    doc: "Automatic at or above a confidence, with a share audited afterwards.",
    keys: &[
        key(
            "auto_at",
            &SHARE,
            None,
            "Threshold on the smallest confidence of the answer's fields.",
        ),
        key("audit_rate", &SHARE, Some("0"), "Share of automatic cases that are audited."),
    ],
};
