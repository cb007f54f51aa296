//! What rules see of a case: only what they look at is turned into CEL values.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use cel::objects::{Key, Map};
use cel::{Context, Env, Value};

use super::MAX_WEIGHT;
use crate::view::{CaseView, ProposalView};

/// The functions every evaluation shares.
pub(super) static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    // Nothing is declared twice on a fresh environment; without the extension, rules that use
    // its functions would break and go to a person.
    let _ = env.add_extension(cel::extensions::strings);
    Arc::new(env)
});
static ROOT: LazyLock<Context<'static, 'static>> =
    LazyLock::new(|| Context::with_env(Arc::clone(&ENV)));

/// What an expression over a score sees.
pub(super) fn score(score: f64) -> Context<'static, 'static> {
    let mut context = ROOT.new_inner_scope();
    context.add_variable_from_value("score", Value::Float(score));
    context
}

/// Variables an expression looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) input: Fields,
    pub(super) proposal: bool,
    pub(super) tags: bool,
    pub(super) group: bool,
    pub(super) model: bool,
    pub(super) run: bool,
}

/// Fields of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fields {
    Some(BTreeSet<String>),
    All,
}

impl Default for Fields {
    fn default() -> Self {
        Self::Some(BTreeSet::new())
    }
}

impl Needs {
    pub(super) fn join(&mut self, other: &Self) {
        match (&mut self.input, &other.input) {
            (Fields::Some(mine), Fields::Some(theirs)) => mine.extend(theirs.iter().cloned()),
            (mine, Fields::All) => *mine = Fields::All,
            (Fields::All, _) => {}
        }
        self.proposal |= other.proposal;
        self.tags |= other.tags;
        self.group |= other.group;
        self.model |= other.model;
        self.run |= other.run;
    }

    /// The variables, and their weight; at a weight above [`MAX_WEIGHT`] they are incomplete and no
    /// rule may be evaluated on them.
    pub(super) fn context(
        &self,
        case: &CaseView<'_>,
        proposal: Option<&ProposalView<'_>>,
    ) -> (Context<'static, 'static>, usize) {
        let mut builder = Builder { weight: 0 };
        let mut context = ROOT.new_inner_scope();
        if self.input != Fields::default() {
            context.add_variable_from_value("input", builder.input(case.input, &self.input));
        }
        if self.tags {
            let tags = case.tags.iter().map(|tag| builder.text(tag)).collect();
            context.add_variable_from_value("tags", Value::List(Arc::new(tags)));
        }
        if self.group {
            let pairs = case.group.iter().map(|(key, value)| (key.as_str(), value));
            let map = builder.map(pairs, |builder, text| builder.text(text));
            context.add_variable_from_value("group", map);
        }
        if self.run {
            context.add_variable_from_value("run", builder.optional(case.run));
        }
        if self.model {
            let model = proposal.and_then(|proposal| proposal.model);
            context.add_variable_from_value("model", builder.optional(model));
        }
        if let Some(proposal) = proposal.filter(|_| self.proposal) {
            context.add_variable_from_value("proposal", builder.proposal(proposal));
        }
        (context, builder.weight)
    }
}

/// Builds values and counts what they weigh.
struct Builder {
    weight: usize,
}

impl Builder {
    /// Bytes a value weighs besides its text.
    const EACH: usize = 16;

    fn text(&mut self, text: &str) -> Value {
        self.weight += Self::EACH + text.len();
        Value::String(Arc::new(text.to_owned()))
    }

    fn optional(&mut self, text: Option<&str>) -> Value {
        text.map_or(Value::Null, |text| self.text(text))
    }

    fn number(&mut self, number: f64) -> Value {
        self.weight += Self::EACH;
        Value::Float(number)
    }

    fn map<'k, 'v, T: 'v>(
        &mut self,
        pairs: impl Iterator<Item = (&'k str, &'v T)>,
        mut value: impl FnMut(&mut Self, &'v T) -> Value,
    ) -> Value {
        let mut map = HashMap::new();
        for (key, item) in pairs {
            if self.weight > MAX_WEIGHT {
                break;
            }
            self.weight += Self::EACH + key.len();
            let item = value(self, item);
            map.insert(Key::from(key), item);
        }
        Value::Map(Map { map: Arc::new(map) })
    }

    fn input(&mut self, input: &serde_json::Value, fields: &Fields) -> Value {
        let Some(input) = input.as_object() else { return Value::Null };
        match fields {
            Fields::All => {
                self.map(input.iter().map(|(key, value)| (key.as_str(), value)), Self::json)
            }
            Fields::Some(names) => {
                let present =
                    names.iter().filter_map(|name| Some((name.as_str(), input.get(name)?)));
                self.map(present, Self::json)
            }
        }
    }

    fn json(&mut self, value: &serde_json::Value) -> Value {
        self.weight += Self::EACH;
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            // A number is always finite; one that is no double at all cannot be read from JSON.
            serde_json::Value::Number(number) => Value::Float(number.as_f64().unwrap_or(0.0)),
            serde_json::Value::String(text) => self.text(text),
            serde_json::Value::Array(items) => {
                let mut list = Vec::new();
                for item in items {
                    if self.weight > MAX_WEIGHT {
                        break;
                    }
                    list.push(self.json(item));
                }
                Value::List(Arc::new(list))
            }
            serde_json::Value::Object(map) => {
                self.map(map.iter().map(|(key, value)| (key.as_str(), value)), Self::json)
            }
        }
    }

    fn proposal(&mut self, proposal: &ProposalView<'_>) -> Value {
        let mut map: HashMap<Key, Value> = HashMap::new();
        let output = proposal.output.iter().map(|(key, value)| (key.as_str(), value));
        map.insert(Key::from("output"), self.map(output, Self::json));
        if let Some(confidence) = proposal.weakest() {
            map.insert(Key::from("confidence"), self.number(confidence));
        }
        let by_field = proposal.confidence.iter().map(|(key, value)| (key.as_str(), value));
        map.insert(
            Key::from("confidences"),
            self.map(by_field, |builder, number| builder.number(*number)),
        );
        let by_field = proposal.probabilities.iter().map(|(key, value)| (key.as_str(), value));
        let probabilities = self.map(by_field, |builder, options| {
            let options = options.iter().map(|(key, value)| (key.as_str(), value));
            builder.map(options, |builder, number| builder.number(*number))
        });
        map.insert(Key::from("probabilities"), probabilities);
        map.insert(Key::from("model"), self.optional(proposal.model));
        map.insert(Key::from("by"), self.text(proposal.by));
        Value::Map(Map { map: Arc::new(map) })
    }
}
