//! Compiles loop files and turns cases into facts.
//!
//! [`compile`] reads a loop file (YAML or JSON), checks it and returns a [`CompiledLoop`], or every
//! [`Problem`] it found with line and column. A compiled loop checks inputs, answers and proposals
//! against their fields and schemas, and computes the [`Facts`](tandem_domain::policy::Facts) that
//! `domain` turns into a route. There is no clock, no randomness and no IO: the same inputs give
//! the same facts.
//!
//! Reading order: [`compile`], [`CompiledLoop`], [`CaseView`] and [`ProposalView`], then the
//! modules for rules (CEL), guardrails, the shape of the file and the checks across its keys.

mod check;
mod compiled;
mod diff;
mod guardrails;
mod node;
mod place;
mod problem;
mod rules;
mod schema;
mod scope;
mod shape;
mod view;

pub use check::Outside;
pub use compiled::{CompiledLoop, LimitUse};
pub use diff::published_diff;
pub use problem::Problem;
pub use scope::CallScope;
pub use shape::{json_schema, reference};
pub use view::{CaseView, ProposalView};

use problem::Pos;
use serde::Deserialize as _;
use tandem_domain::LoopSpec;

/// Most bytes of a loop file.
pub const MAX_SOURCE: usize = 256 * 1024;

/// How a loop file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// JSON.
    Json,
}

/// Reads, checks and compiles a loop file.
///
/// # Errors
/// Everything that is wrong with the file, in the order of the file. A file that cannot be read at
/// all gives one problem; one with a wrong shape gives all problems of shape; one with the right
/// shape gives all problems of meaning.
pub fn compile(source: &str, format: Format) -> Result<CompiledLoop, Vec<Problem>> {
    compile_with(source, format, &|_| Vec::new())
}

/// As [`compile`], with what only the server can tell: whether it has the secrets that are named, and
/// whether the addresses are any.
///
/// # Errors
/// As [`compile`], and what `outside` finds.
pub fn compile_with(
    source: &str,
    format: Format,
    outside: &dyn Fn(&LoopSpec) -> Vec<Outside>,
) -> Result<CompiledLoop, Vec<Problem>> {
    if source.len() > MAX_SOURCE {
        let message = format!("the file has {} bytes, more than {MAX_SOURCE}", source.len());
        return Err(vec![Pos::START.problem("", "too_large", message)]);
    }
    let read = match format {
        Format::Yaml => node::read_yaml(source),
        Format::Json => node::read_json(source),
    };
    let root = read.map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    shape::check(&root, &shape::Shape::Object(&shape::LOOP), "", &mut problems);
    check::links(&root, &mut problems);
    if !problems.is_empty() {
        return Err(sorted(problems));
    }
    let spec = LoopSpec::deserialize(&root)
        .map_err(|error| vec![root.at.problem("", "wrong_kind", error.to_string())])?;
    let file = check::File { source, root: &root, spec: &spec };
    let parts = check::all(&file, outside(&spec)).map_err(sorted)?;
    Ok(CompiledLoop::new(spec, parts))
}

/// Compiles a loop that was kept as its types, as a store does.
///
/// # Errors
/// The problems [`compile`] finds, with positions in the JSON form of `spec`.
pub fn compile_spec(spec: &LoopSpec) -> Result<CompiledLoop, Vec<Problem>> {
    let source = serde_json::to_string(spec)
        .map_err(|error| vec![Pos::START.problem("", "wrong_kind", error.to_string())])?;
    compile(&source, Format::Json)
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}
