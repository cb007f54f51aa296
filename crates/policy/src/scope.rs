//! What a standing permission covers: a schema over the arguments of a tool, and a condition in CEL.

use serde_json::{Map, Value};
use tandem_domain::LoopSpec;
use tandem_domain::refusal::{Code, Refusal};

use crate::rules::{Expression, Scope, compile};
use crate::schema::Schema;
use crate::view::{CaseView, ProposalView};

/// Most bytes of a scope's schema.
const MAX_SCHEMA: usize = 16 * 1024;

/// A compiled scope.
pub struct CallScope {
    schema: Option<Schema>,
    when: Option<Expression>,
}

impl CallScope {
    /// Compiles a scope: a JSON Schema (draft 2020-12) over the arguments and a CEL expression over what
    /// the loop's rules may speak of; at least one of them.
    ///
    /// # Errors
    /// `invalid_input` at `/scope` or `/when`, with what is wrong there.
    pub fn compile(
        spec: &LoopSpec,
        schema: Option<&Value>,
        when: Option<&str>,
    ) -> Result<Self, Refusal> {
        let bad = |path: String, message: String| Refusal::at(Code::InvalidInput, path, message);
        if schema.is_none() && when.is_none() {
            let message = "say which calls it covers: a JSON Schema of the arguments, a condition in \
                           CEL, or both";
            return Err(bad("/scope".to_owned(), message.to_owned()));
        }
        if schema.is_some_and(|schema| schema.to_string().len() > MAX_SCHEMA) {
            let message = format!("the schema has more than {MAX_SCHEMA} bytes");
            return Err(bad("/scope".to_owned(), message));
        }
        let schema = schema
            .map(Schema::compile)
            .transpose()
            .map_err(|misfit| bad(format!("/scope{}", misfit.path), misfit.message))?;
        let when =
            when.map(|text| compile(text, &Scope { spec })).transpose().map_err(|faults| {
                let fault = faults.first();
                let message = fault.map_or_else(String::new, |fault| {
                    let hint =
                        fault.hint.as_deref().map_or_else(String::new, |hint| format!("; {hint}"));
                    format!("at character {}: {}{hint}", fault.offset + 1, fault.message)
                });
                bad("/when".to_owned(), message)
            })?;
        Ok(Self { schema, when })
    }

    /// Whether a call fits. What cannot be evaluated does not.
    pub fn fits<'a>(
        &self,
        case: &CaseView<'_>,
        proposal: impl Into<ProposalView<'a>>,
        arguments: &Map<String, Value>,
    ) -> bool {
        let proposal = proposal.into();
        let schema = self.schema.as_ref();
        let arguments = || Value::Object(arguments.clone());
        schema.is_none_or(|schema| schema.fits(&arguments()))
            && self.when.as_ref().is_none_or(|when| when.fault(case, Some(&proposal)).is_none())
    }
}

impl std::fmt::Debug for CallScope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallScope").finish_non_exhaustive()
    }
}
