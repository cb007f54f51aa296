//! Tests of the loop file, its compiled form and the facts it yields.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test by panicking")]

mod examples;
mod facts;
mod file;
mod problems;
mod rules;
mod widened;

use std::collections::BTreeMap;

use serde_json::Value;
use tandem_domain::command::NewProposal;
use tandem_policy::{CaseView, CompiledLoop, Format, Problem, compile};

/// A small loop with `text` and `amount` in and `intent` out, and more lines at its end.
fn with(more: &str) -> String {
    format!(
        "loop: small\ninput:\n  text: {{ kind: text }}\n  amount: {{ kind: number, required: false \
         }}\nanswer:\n  intent: {{ kind: choice, options: [pay, refuse] }}\n{more}"
    )
}

/// A small loop with one rule.
fn with_rule(when: &str) -> String {
    let when = serde_json::to_string(when).unwrap();
    with(&format!("policy: {{ rules: [{{ name: r, when: {when}, route: block }}] }}\n"))
}

fn compiled(source: &str) -> CompiledLoop {
    compile(source, Format::Yaml).unwrap_or_else(|problems| panic!("{source}\n{problems:#?}"))
}

fn problems(source: &str) -> Vec<Problem> {
    match compile(source, Format::Yaml) {
        Ok(_) => panic!("this compiles:\n{source}"),
        Err(problems) => problems,
    }
}

/// A case before it is stored.
#[derive(Default)]
struct Case {
    input: Value,
    tags: Vec<String>,
    group: BTreeMap<String, String>,
    run: Option<String>,
}

impl Case {
    fn new(input: Value) -> Self {
        Self { input, ..Self::default() }
    }

    fn view(&self) -> CaseView<'_> {
        CaseView {
            input: &self.input,
            tags: &self.tags,
            group: &self.group,
            run: self.run.as_deref(),
            requested_human: false,
        }
    }
}

fn proposal(output: Value) -> NewProposal {
    NewProposal {
        output: output.as_object().unwrap().clone(),
        confidence: BTreeMap::new(),
        probabilities: BTreeMap::new(),
        model: Some("intent@7".to_owned()),
        evidence: Vec::new(),
        by: "machine".to_owned(),
    }
}

/// No proposal, with the type the compiler asks for.
const NONE: Option<&NewProposal> = None;
