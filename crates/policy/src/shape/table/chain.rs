//! Who proposes: the links of the chain.

use tandem_domain::Span;

use super::{BOOL, Object, SHARE, Shape, TEXT, key};

pub(super) const TIMEOUT: Shape = Shape::Span(Span(50_000), Span::seconds(120));
pub(super) const HEADERS: Shape = Shape::Map(&TEXT);
const PRICED: Shape = Shape::Number(0.0, f64::INFINITY);

pub(super) const ON_ERROR: Shape =
    Shape::Words(&[("review", "A person looks."), ("block", "The case is decided: blocked.")]);

pub(super) const LINK: Object = Object {
    name: "a link of the chain",
    doc: "Exactly one of `model`, `http`, `openai`, `label_studio`, `rule` and `human`, with what goes with it. Each passes on at a failure, a timeout, a guardrail and low confidence.",
    keys: &[
        key("name", &TEXT, Some("its kind and place"), "Name in figures and on the case."),
        key(
            "model",
            &Shape::Words(&[("live", "The live model."), ("canary", "Not in a chain.")]),
            Some("none"),
            "A model of the loop's registry, by stage.",
        ),
        key("http", &TEXT, Some("none"), "The address of a model that speaks our JSON."),
        key(
            "openai",
            &Shape::Object(&OPENAI),
            Some("none"),
            "A model behind an OpenAI-compatible interface.",
        ),
        key(
            "label_studio",
            &Shape::Object(&LABEL_STUDIO),
            Some("none"),
            "A Label Studio ML backend.",
        ),
        key(
            "rule",
            &Shape::Object(&RULE_LINK),
            Some("none"),
            "An expression, and what is proposed where it is true.",
        ),
        key("human", &BOOL, Some("none"), "`true`: a person. Always the last link."),
        key(
            "min_confidence",
            &SHARE,
            Some("any"),
            "The least confidence with which what it says is proposed.",
        ),
        key("timeout", &TIMEOUT, Some("10s"), "How long it may take, for links outside."),
        key(
            "headers_from",
            &HEADERS,
            Some("none"),
            "Headers whose values are secrets of the server: name of the header to name of the secret.",
        ),
    ],
};

pub(super) const COPILOT: Object = Object {
    name: "the co-pilot",
    doc: "Suggests words to a person at work on a text of the answer (docs/copilot.md). Links with `http` and `openai` can write text.",
    keys: &[
        key(
            "model",
            &TEXT,
            Some("those that can write text, in their order"),
            "Name of the link of the chain that is asked.",
        ),
        key("instruction", &TEXT, Some("none"), "What the model is told to heed every time."),
        key(
            "fields",
            &Shape::List(&TEXT),
            Some("all texts of the answer"),
            "Fields of the kind `text` that it suggests for.",
        ),
        key("timeout", &TIMEOUT, Some("8s"), "How long a suggestion may take, over all links."),
    ],
};

pub(super) const OPENAI: Object = Object {
    name: "`openai`",
    doc: "A model behind an OpenAI-compatible interface (chat completions).",
    keys: &[
        key(
            "url",
            &TEXT,
            None,
            "The address up to and with the version, as in `https://api.example/v1`.",
        ),
        key("model", &TEXT, None, "Name of the model there."),
        key(
            "prompt",
            &TEXT,
            None,
            "What it is asked. `{{input.name}}` stands for a field of the input, `{{input}}` for all of it, `{{guidelines}}` for the loop's; for checks also `{{output}}` and `{{output.name}}`.",
        ),
        key("key", &TEXT, Some("none"), "Name of the secret that is sent as a bearer token."),
        key("max_tokens", &Shape::Integer(1, 100_000), Some("1024"), "Most tokens of an answer."),
        key(
            "price",
            &Shape::Object(&PRICE),
            Some("none"),
            "What a million tokens cost, in one unit: then the cost stands on the case.",
        ),
    ],
};

const PRICE: Object = Object {
    name: "`price`",
    doc: "What a million tokens cost, in one unit.",
    keys: &[
        key("input", &PRICED, None, "Of what is asked."),
        key("output", &PRICED, None, "Of what is answered."),
    ],
};

const LABEL_STUDIO: Object = Object {
    name: "`label_studio`",
    doc: "A Label Studio ML backend.",
    keys: &[
        key("url", &TEXT, None, "Its address."),
        key(
            "config",
            &TEXT,
            None,
            "The labelling configuration, in XML. Its controls are fields of the answer by name, its `$variables` fields of the input.",
        ),
    ],
};

const RULE_LINK: Object = Object {
    name: "a rule of the chain",
    doc: "An expression, and what is proposed where it is true.",
    keys: &[
        key("when", &TEXT, None, "Expression over `input`, `tags`, `group` and `run`, in CEL."),
        key("output", &Shape::Schema, None, "What is proposed: fields of the answer."),
        key("confidence", &SHARE, Some("none"), "How sure that is."),
    ],
};
