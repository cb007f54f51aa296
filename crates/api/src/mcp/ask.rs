//! From the arguments of a tool to a case: which loop, which input, which key.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tandem_domain::case::{Answer, Case, Handover};
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{FieldSpec, InputKind, LoopSpec};
use tandem_domain::{CaseId, Timestamp};
use tandem_engine::cases::Submission;
use tandem_engine::gates::canonical;
use tandem_engine::principal::Principal;

use super::{Ctx, tools};
use crate::problem::{Problem, Result};

/// Arguments of `request_approval`.
#[derive(Debug, Deserialize)]
pub(super) struct ApprovalIn {
    #[serde(rename = "loop", default)]
    loop_name: Option<String>,
    tool: String,
    arguments: Answer,
    #[serde(default)]
    input: Option<Map<String, Value>>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    pub(super) consumer: Option<String>,
    #[serde(default)]
    pub(super) request_id: Option<String>,
    #[serde(flatten)]
    more: More,
}

/// Arguments of `ask_human`.
#[derive(Debug, Deserialize)]
pub(super) struct QuestionIn {
    #[serde(rename = "loop", default)]
    loop_name: Option<String>,
    #[serde(default)]
    question: Option<String>,
    #[serde(default)]
    input: Option<Map<String, Value>>,
    #[serde(default)]
    suggestion: Option<Answer>,
    #[serde(default)]
    confidence: Option<f64>,
    #[serde(default)]
    attempted: Option<String>,
    #[serde(flatten)]
    more: More,
}

/// What both take.
#[derive(Debug, Deserialize)]
pub(super) struct More {
    #[serde(default)]
    pub(super) run: Option<String>,
    #[serde(default)]
    pub(super) run_epoch: Option<u64>,
    #[serde(default)]
    priority: u8,
    #[serde(default)]
    deadline: Option<Timestamp>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    idempotency_key: Option<String>,
}

/// Names of [`More`]: a flattened part cannot refuse names by itself.
const MORE: [&str; 7] =
    ["run", "run_epoch", "priority", "deadline", "subject", "tags", "idempotency_key"];

/// Reads the arguments of a tool; the error names the place.
pub(super) fn read<T: DeserializeOwned>(arguments: &Value) -> Result<T> {
    let read = crate::body::parse(&serde_json::to_vec(arguments).unwrap_or_default());
    read.map_err(|mut problem| {
        // Lines and columns are those of no text that the caller ever saw.
        if let Some(fault) = problem.problems.pop() {
            problem.detail = fault.message;
        }
        problem
    })
}

/// The request that an id names.
pub(super) fn request(id: &str) -> Result<CaseId> {
    id.parse().map_err(|_| {
        let detail = "send the `request_id` that a result gave";
        Problem::invalid("invalid_input", "/request_id", detail)
    })
}

/// Refuses names that a tool does not take.
pub(super) fn known(arguments: &Value, names: &[&str]) -> Result<()> {
    let given = arguments.as_object();
    let unknown =
        given.into_iter().flat_map(Map::keys).find(|name| !names.contains(&name.as_str()));
    let Some(name) = unknown else { return Ok(()) };
    let detail = format!("`{name}` is not taken; these are: {}", names.join(", "));
    Err(Problem::invalid("invalid_input", format!("/{name}"), detail))
}

impl ApprovalIn {
    /// Reads them strictly.
    pub(super) fn read(arguments: &Value) -> Result<Self> {
        let own = ["loop", "tool", "arguments", "input", "reason", "consumer", "request_id"];
        known(arguments, &[&own[..], &MORE[..]].concat())?;
        read(arguments)
    }
}

impl QuestionIn {
    /// Reads them strictly.
    pub(super) fn read(arguments: &Value) -> Result<Self> {
        let own = ["loop", "question", "input", "suggestion", "confidence", "attempted"];
        known(arguments, &[&own[..], &MORE[..]].concat())?;
        read(arguments)
    }
}

/// A case to hand in, and where.
pub(super) struct Asked {
    pub(super) loop_name: String,
    pub(super) submission: Submission,
}

/// The loop that is meant: the one named, or the only one there is.
pub(super) async fn loop_of(ctx: &Ctx, named: Option<String>, gates: bool) -> Result<String> {
    if let Some(name) = named {
        return Ok(name);
    }
    let open = tools::open_loops(ctx).await?;
    let mut names: Vec<_> =
        open.into_iter().filter(|open| open.gates || !gates).map(|open| open.name).collect();
    match (names.pop(), names.len()) {
        (Some(only), 0) => Ok(only),
        (None, _) => Err(Problem::invalid(
            "invalid_input",
            "/loop",
            "this key may hand nothing in to a loop that takes this; give it the role `submitter`",
        )),
        (Some(last), _) => {
            names.push(last);
            let detail = format!("say which loop decides: {}", names.join(", "));
            Err(Problem::invalid("invalid_input", "/loop", detail))
        }
    }
}

/// The field of the answer that holds the call, where the loop has one.
pub(super) fn action_field(spec: &LoopSpec) -> Option<&str> {
    spec.answer
        .iter()
        .find(|(_, field)| matches!(field, FieldSpec::Action(_)))
        .map(|(name, _)| name.as_str())
}

fn proposal(by: &Principal, output: Answer) -> NewProposal {
    NewProposal {
        output,
        confidence: std::collections::BTreeMap::default(),
        probabilities: std::collections::BTreeMap::default(),
        model: None,
        evidence: Vec::new(),
        by: by.id(),
    }
}

impl ApprovalIn {
    /// The call as a proposal of a loop.
    pub(super) fn proposal(&self, by: &Principal, spec: &LoopSpec) -> Result<NewProposal> {
        let field = action_field(spec).ok_or_else(|| {
            let detail = format!("the loop `{}` decides on no calls; ask_human asks it", spec.name);
            Problem::invalid("invalid_input", "/loop", detail)
        })?;
        let call = json!({"tool": self.tool, "arguments": self.arguments});
        Ok(proposal(by, Answer::from_iter([(field.to_owned(), call)])))
    }

    /// The case.
    pub(super) async fn asked(mut self, ctx: &Ctx, given: &Value) -> Result<Asked> {
        let loop_name = loop_of(ctx, self.loop_name.take(), true).await?;
        let by = &ctx.principal;
        let handle = ctx.state.engine().compiled(&by.space, &loop_name).await?;
        let spec = handle.spec();
        let proposal = self.proposal(by, spec)?;
        let mut input = self.input.take().unwrap_or_default();
        // As the Python gate does: input fields named like an argument are filled from the call.
        for name in spec.input.keys().filter(|name| !input.contains_key(*name)).collect::<Vec<_>>()
        {
            let value = match name.as_str() {
                "tool" => Some(Value::from(self.tool.clone())),
                "arguments" => Some(Value::Object(self.arguments.clone())),
                "reason" => self.reason.clone().map(Value::from),
                other => self.arguments.get(other).cloned(),
            };
            if let Some(value) = value {
                input.insert(name.clone(), value);
            }
        }
        let key = self.more.key(by, tools::REQUEST_APPROVAL, given)?;
        let reason = self.reason.take();
        let submission = self.more.submission(key, input, Some(proposal), reason);
        Ok(Asked { loop_name, submission })
    }

    /// The run that waits, and the newest order it obeyed.
    pub(super) fn run(&self) -> (Option<String>, Option<u64>) {
        (self.more.run.clone(), self.more.run_epoch)
    }
}

impl QuestionIn {
    /// The case.
    pub(super) async fn asked(mut self, ctx: &Ctx, given: &Value) -> Result<Asked> {
        let loop_name = loop_of(ctx, self.loop_name.take(), false).await?;
        let by = &ctx.principal;
        let handle = ctx.state.engine().compiled(&by.space, &loop_name).await?;
        let mut input = self.input.take().unwrap_or_default();
        if let Some(question) = self.question.take() {
            input.insert(question_field(handle.spec())?.to_owned(), question.into());
        }
        let mut suggested = self.suggestion.take().map(|output| proposal(by, output));
        match (&mut suggested, self.confidence) {
            (Some(proposal), Some(confidence)) => {
                proposal.confidence.insert(String::new(), confidence);
            }
            (None, Some(_)) => {
                let detail = "a confidence belongs to a suggestion";
                return Err(Problem::invalid("invalid_input", "/confidence", detail));
            }
            _ => {}
        }
        let key = self.more.key(by, tools::ASK_HUMAN, given)?;
        let attempted = self.attempted.take();
        let mut submission = self.more.submission(key, input, suggested, attempted);
        // Whoever asks a person gets a person, however sure a model may be.
        submission.requested_human = true;
        Ok(Asked { loop_name, submission })
    }

    /// The run that waits, and the newest order it obeyed.
    pub(super) fn run(&self) -> (Option<String>, Option<u64>) {
        (self.more.run.clone(), self.more.run_epoch)
    }
}

/// Where a question goes.
fn question_field(spec: &LoopSpec) -> Result<&str> {
    if let Some((name, _)) = spec.input.get_key_value("question") {
        return Ok(name);
    }
    let mut texts = spec.input.iter().filter(|(_, field)| field.kind == InputKind::Text);
    if let (Some((name, _)), None) = (texts.next(), texts.next()) {
        return Ok(name);
    }
    let names: Vec<_> = spec.input.keys().map(String::as_str).collect();
    let detail = format!(
        "the loop `{}` has no single field for a question; send `input` with {}",
        spec.name,
        names.join(", ")
    );
    Err(Problem::invalid("invalid_input", "/question", detail))
}

impl More {
    /// The key of the case: the one that was given, or what makes a repeated call the same call.
    fn key(&self, by: &Principal, tool: &str, given: &Value) -> Result<String> {
        if let Some(key) = &self.idempotency_key {
            if key.is_empty() || key.len() > 400 {
                let detail = "a key has 1 to 400 bytes";
                return Err(Problem::invalid("invalid_input", "/idempotency_key", detail));
            }
            return Ok(key.clone());
        }
        let mut arguments = given.as_object().cloned().unwrap_or_default();
        // What may differ between two tries of one call.
        for name in ["run_epoch", "consumer"] {
            arguments.remove(name);
        }
        let whole =
            json!({"agent": by.id(), "run": self.run, "tool": tool, "arguments": arguments});
        let text = canonical(&whole.as_object().cloned().unwrap_or_default())?;
        Ok(format!("mcp-{}", hex::encode(Sha256::digest(text))))
    }

    fn submission(
        self,
        key: String,
        input: Map<String, Value>,
        proposal: Option<NewProposal>,
        attempted: Option<String>,
    ) -> Submission {
        Submission {
            key: Some(key),
            subject: self.subject,
            input: Value::Object(input),
            proposal,
            tags: self.tags,
            priority: self.priority,
            deadline: self.deadline,
            handover: Handover { attempted, ..Handover::default() },
            run: self.run,
            run_epoch: self.run_epoch,
            ..Submission::default()
        }
    }
}

/// Whether a call has something to say: a decision, a withdrawal, or what a reviewer wants changed.
pub(super) fn is_ready(case: &Case) -> bool {
    tandem_engine::cases::is_finished(case) || crate::wire::cases::changes_wanted(case).is_some()
}
