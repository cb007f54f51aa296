//! The tools: what they are for, what they take, what they give back.

use serde_json::{Map, Value, json};
use tandem_domain::loops::{FieldSpec, LoopSpec};
use tandem_engine::access::{Action, allow};

use super::Ctx;
use super::rpc;
use crate::problem::Result;

/// Most loops that the list of tools names.
const MOST_LOOPS: usize = 40;

/// Names of the tools.
pub(super) const REQUEST_APPROVAL: &str = "request_approval";
pub(super) const ASK_HUMAN: &str = "ask_human";
pub(super) const WAIT: &str = "wait_for_decision";
pub(super) const GET: &str = "get_request";
pub(super) const CANCEL: &str = "cancel_request";
pub(super) const REPORT_STEP: &str = "report_step";

/// A loop that the caller may hand cases in to.
pub(super) struct Open {
    /// Its name.
    pub(super) name: String,
    /// Whether it decides on calls of tools.
    pub(super) gates: bool,
    /// What it takes, in a line.
    line: String,
}

/// Loops that the caller may hand cases in to, with what each takes.
pub(super) async fn open_loops(ctx: &Ctx) -> Result<Vec<Open>> {
    let engine = ctx.state.engine();
    let mut open = Vec::new();
    for found in engine.list_loops(&ctx.principal).await? {
        let may = allow(&ctx.principal, Action::CaseSubmit, Some(&found.name)).is_ok();
        if !may || found.version == 0 || open.len() == MOST_LOOPS {
            continue;
        }
        let handle = engine.compiled(&ctx.principal.space, &found.name).await?;
        let spec = handle.spec();
        let line = format!("`{}` ({}): {}", found.name, found.title, takes(spec));
        open.push(Open { name: found.name, gates: spec.holds_action(), line });
    }
    Ok(open)
}

/// What a loop takes, in a line.
fn takes(spec: &LoopSpec) -> String {
    let inputs: Vec<_> = spec
        .input
        .iter()
        .map(|(name, field)| if field.required { name.clone() } else { format!("{name}?") })
        .collect();
    let calls: Vec<_> = spec
        .answer
        .values()
        .filter_map(|field| match field {
            FieldSpec::Action(action) => Some(&action.tools),
            _ => None,
        })
        .flatten()
        .map(|(name, tool)| {
            let arguments = tool.schema.get("properties").and_then(Value::as_object);
            let arguments: Vec<_> =
                arguments.into_iter().flat_map(Map::keys).map(String::as_str).collect();
            format!("{name}({})", arguments.join(", "))
        })
        .collect();
    let mut text = format!("input {}", inputs.join(", "));
    if !calls.is_empty() {
        text.push_str("; tools ");
        text.push_str(&calls.join(", "));
    }
    text
}

/// `tools/list`.
pub(super) async fn list(ctx: &Ctx) -> rpc::Result<Map<String, Value>> {
    let open = open_loops(ctx).await?;
    let mut result = Map::new();
    result.insert(
        "tools".into(),
        json!([
            request_approval(&open),
            ask_human(&open),
            wait_for_decision(),
            get_request(),
            cancel_request(),
            report_step(&open),
        ]),
    );
    Ok(result)
}

/// The property `loop`: which there are stands where a model reads it.
fn loop_of(open: &[&Open]) -> Value {
    let mut property = json!({
        "type": "string",
        "description": "The loop that decides. May be left out where there is only one.",
    });
    if !open.is_empty() {
        let names: Vec<_> = open.iter().map(|open| open.name.as_str()).collect();
        let lines: Vec<_> = open.iter().map(|open| open.line.as_str()).collect();
        property["enum"] = json!(names);
        property["description"] = format!(
            "The loop that decides. May be left out where there is only one. {}",
            lines.join(". ")
        )
        .into();
    }
    property
}

fn shared() -> Value {
    json!({
        "run": {"type": "string", "description": "Id of the run this belongs to (`run_…`, from `report_step`), or a label."},
        "run_epoch": {"type": "integer", "minimum": 0, "description": "The newest order to the run that you have obeyed."},
        "priority": {"type": "integer", "minimum": 0, "maximum": 9, "description": "9 is first."},
        "deadline": {"type": "string", "format": "date-time", "description": "When it is overdue; the loop says what happens then, never an approval of a call."},
        "subject": {"type": "string", "description": "Whose data this is."},
        "tags": {"type": "array", "items": {"type": "string"}},
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 400, "description": "Names this request: the same key attaches to the same request again. By default a hash of who asks, the run, the tool and the arguments; give one to ask for the same thing a second time."},
    })
}

fn tool(name: &str, title: &str, says: &str, input: Value, hints: Value) -> Value {
    json!({
        "name": name,
        "title": title,
        "description": says,
        "inputSchema": input,
        "outputSchema": output(name == REPORT_STEP),
        "annotations": hints,
    })
}

fn object(mut properties: Value, more: Value, required: &[&str]) -> Value {
    if let (Some(all), Value::Object(more)) = (properties.as_object_mut(), more) {
        all.extend(more);
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn request_approval(open: &[Open]) -> Value {
    let gates: Vec<_> = open.iter().filter(|open| open.gates).collect();
    let properties = json!({
        "loop": loop_of(&gates),
        "tool": {"type": "string", "description": "The tool you want to call, by the name the loop knows it under."},
        "arguments": {"type": "object", "description": "The arguments, exactly as they are to run."},
        "input": {"type": "object", "description": "What reviewers see beside the call: the loop's input fields. Those that are arguments of the same name are filled in."},
        "reason": {"type": "string", "description": "Why you want to do this, for the reviewer."},
        "consumer": {"type": "string", "description": "Who executes the call; only needed where the loop names an executor."},
        "request_id": {"type": "string", "description": "After `changes_requested`: the request that these new arguments are for."},
    });
    tool(
        REQUEST_APPROVAL,
        "Ask a person to approve a call",
        "Asks people to approve one call of a tool before you make it, and waits. On `approved` or \
         `modified` the result holds a signed `grant`: run the call once, with exactly the \
         `arguments` of the result (a person may have changed them), before `grant.expires_at`. \
         Otherwise do not run it: `answered` carries what a person says instead in `respond`, \
         `rejected` the reasons, `changes_requested` what to change (ask again with `request_id`). \
         On `pending` call `wait_for_decision`.",
        object(properties, shared(), &["tool", "arguments"]),
        json!({"readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true}),
    )
}

fn ask_human(open: &[Open]) -> Value {
    let all: Vec<_> = open.iter().collect();
    let properties = json!({
        "loop": loop_of(&all),
        "question": {"type": "string", "description": "What you want to know. Goes to the input field `question`, or to the only text field of the loop."},
        "input": {"type": "object", "description": "Fields of the loop's input."},
        "suggestion": {"type": "object", "description": "What you would answer: the loop's answer fields."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure you are of the suggestion."},
        "attempted": {"type": "string", "description": "What you tried already."},
    });
    tool(
        ASK_HUMAN,
        "Ask a person",
        "Asks people a question and waits for the answer, which comes back in `answer`, in the fields \
         of the loop. Use it when you do not know, or must not decide alone. On `pending` call \
         `wait_for_decision`.",
        object(properties, shared(), &[]),
        json!({"readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true}),
    )
}

fn wait_for_decision() -> Value {
    let properties = json!({
        "request_id": {"type": "string", "description": "The request, from the result that said `pending`."},
        "max_wait_s": {"type": "number", "minimum": 0, "description": "Longest time to wait in seconds; the server answers `pending` before clients usually give up."},
        "consumer": {"type": "string", "description": "Who executes the call, as in `request_approval`."},
        "run": {"type": "string", "description": "The run that waits: waiting is a sign of life of it."},
        "run_epoch": {"type": "integer", "minimum": 0, "description": "The newest order to the run that you have obeyed."},
    });
    tool(
        WAIT,
        "Wait for a decision",
        "Waits for the decision on a request made before, in this process or another, and gives the \
         same result as the first call: with the grant where a call was approved. Call it again while \
         it says `pending`.",
        object(properties, json!({}), &["request_id"]),
        json!({"readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": true}),
    )
}

fn get_request() -> Value {
    let properties = json!({"request_id": {"type": "string", "description": "The request."}});
    tool(
        GET,
        "Look at a request",
        "Says where a request stands, at once. Takes no grant: `wait_for_decision` does.",
        object(properties, json!({}), &["request_id"]),
        json!({"readOnlyHint": true, "openWorldHint": true}),
    )
}

fn cancel_request() -> Value {
    let properties = json!({
        "request_id": {"type": "string", "description": "The request."},
        "reason": {"type": "string", "description": "Why it is no longer needed."},
    });
    tool(
        CANCEL,
        "Withdraw a request",
        "Withdraws a request that nobody has decided. Ending or losing a call withdraws nothing.",
        object(properties, json!({}), &["request_id"]),
        json!({"readOnlyHint": false, "destructiveHint": true, "idempotentHint": true, "openWorldHint": true}),
    )
}

fn report_step(open: &[Open]) -> Value {
    let all: Vec<_> = open.iter().collect();
    let properties = json!({
        "run": {"type": "string", "description": "Id of the run (`run_…`). Without it a new run begins; the result names it."},
        "loop": loop_of(&all),
        "goal": {"type": "string", "description": "For a new run: what it is to reach."},
        "run_epoch": {"type": "integer", "minimum": 0, "description": "The newest order that you have obeyed."},
        "kind": {"type": "string", "enum": ["plan", "tool_call", "observation", "output"], "description": "What kind of step."},
        "name": {"type": "string", "description": "The tool, or a short title."},
        "input": {"description": "What went in."},
        "output": {"description": "What came out."},
        "failed": {"type": "boolean", "description": "Whether it failed."},
        "cost": {"type": "number", "description": "What it cost."},
        "request_id": {"type": "string", "description": "Where the step is the execution of an approved call: its request. Says whether it succeeded."},
        "idempotency_key": {"type": "string", "minLength": 1, "maxLength": 200, "description": "The same key reports the step once."},
    });
    tool(
        REPORT_STEP,
        "Report a step",
        "Tells the people who watch what you just did, and what they told you meanwhile: where the \
         result holds `orders`, obey them (pause, stop, a new goal) before you go on, and say so with \
         `run_epoch` in the next call. Report the execution of an approved call with its `request_id`.",
        object(properties, json!({}), &["kind", "name"]),
        json!({"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true}),
    )
}

/// What every tool gives back.
fn output(of_run: bool) -> Value {
    let error = json!({
        "type": "object",
        "description": "Why it was not done: a stable code, what is wrong and how to mend it, and where.",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "path": {"type": "string"}},
        "required": ["code", "message"],
    });
    let run = json!({
        "type": "object",
        "description": "Where the run stands: `state`, `epoch` (the newest order), `obeyed`, `controls` not obeyed yet, and a halt that is in force.",
    });
    if of_run {
        return json!({
            "type": "object",
            "properties": {
                "run_id": {"type": "string"},
                "status": {"type": "string", "enum": ["ok", "orders", "error"], "description": "`orders`: obey `run.controls` before you go on."},
                "run": run,
                "message": {"type": "string"},
                "next": {"type": "string"},
                "error": error,
            },
            "required": ["status"],
        });
    }
    json!({
        "type": "object",
        "properties": {
            "request_id": {"type": "string", "description": "Names the request in the other tools."},
            "status": {
                "type": "string",
                "enum": ["pending", "changes_requested", "approved", "modified", "answered", "rejected", "blocked", "cancelled", "error"],
            },
            "loop": {"type": "string"},
            "message": {"type": "string", "description": "The same in a sentence."},
            "review_url": {"type": "string", "description": "Where people decide."},
            "tool": {"type": "string", "description": "The tool that may run."},
            "arguments": {"type": "object", "description": "Exactly what may run; there with a grant only."},
            "grant": {
                "type": "object",
                "description": "The permission: run the call once, before it expires. `note` is signed.",
                "properties": {
                    "grant": {"type": "string"},
                    "digest": {"type": "string"},
                    "expires_at": {"type": "string"},
                    "note": {"type": ["string", "null"]},
                },
                "required": ["grant", "digest", "expires_at"],
            },
            "answer": {"type": "object", "description": "What was decided, in the loop's answer fields."},
            "respond": {"type": "string", "description": "What a person says in place of the call."},
            "decision": {"type": "object", "description": "By whom, when, why, what was changed, and its digest."},
            "changes_wanted": {"type": "object", "description": "What a reviewer wants changed."},
            "run": run,
            "next": {"type": "string", "description": "What to do now."},
            "error": error,
        },
        "required": ["status"],
    })
}
