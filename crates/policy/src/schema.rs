//! JSON Schemas (draft 2020-12) without a network: nothing is fetched, patterns run in linear time.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// Most bytes of a compiled pattern in a schema.
const PATTERN_SIZE: usize = 256 * 1024;

/// A compiled schema.
pub(crate) struct Schema(Validator);

/// Where and why a value does not fit.
pub(crate) struct Misfit {
    /// JSON pointer into the value.
    pub(crate) path: String,
    pub(crate) message: String,
}

impl Schema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// The JSON pointer into the schema and what is wrong there.
    pub(crate) fn compile(schema: &Value) -> Result<Self, Misfit> {
        if let Err(error) = jsonschema::draft202012::meta::validate(schema) {
            let path = error.instance_path().to_string();
            return Err(Misfit { path, message: cut(error.to_string()) });
        }
        let patterns =
            PatternOptions::regex().size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE);
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns)
            .build(schema)
            .map(Self)
            .map_err(|error| Misfit {
                path: error.schema_path().to_string(),
                message: cut(error.to_string()),
            })
    }

    pub(crate) fn fits(&self, value: &Value) -> bool {
        self.0.is_valid(value)
    }

    pub(crate) fn misfit(&self, value: &Value) -> Option<Misfit> {
        if self.fits(value) {
            return None;
        }
        let error = self.0.validate(value).err()?;
        Some(Misfit { path: error.instance_path().to_string(), message: cut(error.to_string()) })
    }
}

/// Messages quote the value, which may be long.
fn cut(message: String) -> String {
    const SHOWN: usize = 300;
    match message.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}
