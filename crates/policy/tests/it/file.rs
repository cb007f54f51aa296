//! The table of keys agrees with the types, the JSON Schema and the documentation.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tandem_domain::LoopSpec;
use tandem_policy::{Format, compile, json_schema, reference};

/// A file in which every key that exists is written.
fn everything() -> Value {
    let mut file = most();
    file["queues"]["q"]["calendar"] =
        json!({"timezone": "UTC", "hours": {"mon": "09:00-17:00"}, "counts": ["deadline"]});
    let review = &mut file["review"];
    review["channels"] = json!(["chat"]);
    review["quick_replies"] = json!(["One moment, please."]);
    review["quiet_hours"] = json!({"from": "22:00", "to": "07:00", "zone": "UTC",
                                   "days": "mon-fri", "except_priority": 8});
    review["capacity"] = json!({"wait": "4h", "look": "90s", "postpone": "2d",
                                "queues": {"default": {"hours": 16.0}, "q": {"looks": 200.0}}});
    review["overload"] = json!(["exploration", "second_looks", "audits"]);
    file
}

/// All of it but what would make one expression too long.
fn most() -> Value {
    json!({
        "loop": "all", "title": "t", "mode": "on_the_loop", "coverage": "selective",
        "enforce": false,
        "input": {"text": {"kind": "text", "title": "t", "required": false},
                  "image": {"kind": "image", "required": true}, "html": {"kind": "html", "required": true}, "audio": {"kind": "audio", "required": true},
                  "pdf": {"kind": "pdf", "required": true}, "chat": {"kind": "chat", "required": true}, "json": {"kind": "json", "required": true},
                  "table": {"kind": "table", "required": true}, "number": {"kind": "number", "required": true}},
        "answer": {
            "choice": {"kind": "choice", "multi": false, "title": "t", "required": true,
                       "error": "ignore",
                       "options": ["a", {"value": "b", "label": "l", "help": "h", "key": "k"}]},
            "number": {"kind": "number", "min": 0, "max": 1.5, "unit": "u", "title": "t",
                       "required": false, "error": {"tolerance": 0.5}},
            "text": {"kind": "text", "max_length": 7, "title": "t", "required": false,
                     "error": "exact"},
            "form": {"kind": "form", "schema": {"type": "object"}, "title": "t",
                     "required": false, "error": "exact"},
        },
        "guidelines": "g", "reject_reasons": ["r"], "failure_modes": ["f"],
        "checklist": [{"id": "i", "text": "t", "required": true}],
        "calendar": {"timezone": "Europe/Berlin", "hours": {"mon-fri": "09:00-17:00"},
                     "holidays": ["2026-12-25"], "counts": ["deadline", "escalation"]},
        "alerts": [{"on": "oldest_wait", "above": "2h", "queue": "q"}, {"on": "errors", "share": 0.1}],
        "queues": {"q": {"title": "t", "skills": ["s"],
                         "roles": ["submitter", "reviewer", "arbiter", "orchestrator", "auditor",
                                   "admin"]}},
        "policy": {
            "guardrails": [
                {"name": "a", "check": "json_schema", "schema": {}, "on_fail": "block"},
                {"name": "b", "check": "regex", "pattern": "x", "on_fail": "review"},
                {"name": "c", "check": "pii", "kinds": ["email", "phone", "card", "iban"],
                 "names": ["Jane Doe"], "fields": ["text"], "on_fail": "revise"},
                {"name": "d", "check": "deny", "words": ["w"], "looks_at": "input", "on_fail": "block"},
                {"name": "e", "check": "length", "min": 1, "max": 9, "on_fail": "review"},
                {"name": "f", "check": "language", "languages": ["en"], "on_fail": "review"},
                {"name": "g", "check": "grounding", "sources": ["text"], "support": 0.5,
                 "on_fail": "review"},
                {"name": "h", "check": "cel", "must": "true", "on_fail": "review"},
                {"name": "i", "check": "model", "http": "https://models.example/check",
                 "headers_from": {"Authorization": "KEY"}, "timeout": "3s", "when": "score > 0.5",
                 "on_error": "block", "on_fail": "review"},
                {"name": "j", "check": "model", "on_fail": "review", "when": "score > 0.5",
                 "openai": {"url": "https://api.example/v1", "model": "m", "key": "KEY",
                            "prompt": "{{input.text}} {{output}}", "max_tokens": 9,
                            "price": {"input": 1.0, "output": 2.0}}}],
            "rules": [{"name": "r", "when": "true", "route": "review", "queue": "q",
                       "reviewers": 2, "mode": "out_of_the_loop"},
                      {"name": "s", "when": "true", "route": "auto"},
                      {"name": "t", "when": "group == group", "route": "block"}],
            "confidence": {"auto_at": 0.9, "audit_rate": 0.1},
            "limits": [{"name": "l", "key": "input.json.customer", "sum": "proposal.output.number",
                        "window": "1d", "max": 200.0, "on_hit": "block"}]},
        "review": {"reviewers": 3, "lease": "1m", "undo": "1s", "veto": "2s", "deadline": "1h",
                   "on_deadline": "approve", "blind_rate": 0.5, "max_attempts": 1,
                   "propose_within": "3m", "rationale": "required",
                   "revise_within": "1h", "reopen_on_audit_error": true,
                   "consume_within": "5m", "execution_within": "6m", "valid_for": "7m",
                   "escalation": [{"after": "30m", "to": "q"}, {"after": "2h", "to": "arbiters"}],
                   "consensus": {"rule": "unanimous", "min_agreement": 0.6, "on_tie": "arbiter"}},
        "learner": {"kind": "linear", "field": "choice", "pool": 10, "min_examples": 4, "random_share": 0.2,
                    "features": {"text": ["word_1_2", "char_3_5", "category"],
                                 "image": ["pixels"], "number": ["number"]},
                    "retrain": {"every": 5}, "until": {"metric": "accuracy", "at_least": 0.9}},
        "on_new_model": "full_review",
        "chain": [
            {"model": "live", "name": "first", "min_confidence": 0.5},
            {"http": "https://models.example/predict", "timeout": "2s",
             "headers_from": {"Authorization": "KEY"}},
            {"openai": {"url": "https://api.example/v1", "model": "m", "key": "KEY",
                        "prompt": "{{input.text}} {{guidelines}}", "max_tokens": 7,
                        "price": {"input": 1.0, "output": 2.0}}},
            {"label_studio": {"url": "http://127.0.0.1:9090",
                              "config": "<View><Text name=\"text\" value=\"$text\"/><Choices name=\"choice\" toName=\"text\"><Choice value=\"a\"/><Choice value=\"b\"/></Choices></View>"}},
            {"rule": {"when": "true", "output": {"choice": "a", "number": 1, "text": "t", "form": {}},
                      "confidence": 0.9}},
            {"human": true}],
        "notice": {"template": "We chose {answer.choice}: {outcome}.", "rejected": "No: {outcome}.",
                   "required": true},
        "interim": {"choice": "a"},
        "copilot": {"model": "openai-3", "instruction": "Be kind.", "fields": ["text"], "timeout": "3s"},
        "appeals": {"window": "30d", "deadline": "5d", "reviewers": {"of": "arbiter", "count": 2},
                    "meanwhile": "suspended", "blind": true, "notice": "Contest it until {until}."},
        "use_group": true,
    })
}

/// A loop with a call of a tool, which has keys of its own.
fn gated() -> Value {
    let mut file = everything();
    file["answer"]["call"] = json!({
        "kind": "action", "title": "t", "required": false, "error": "exact",
        "tools": {"refund": {"schema": {"type": "object", "properties": {"amount": {}}},
                             "title": "t", "risk": "high", "reversible": true,
                             "executor": "payments", "target": "production",
                             "sign_off": "server"}}});
    file["review"]["on_deadline"] = json!("reject");
    file["review"]["approvals"] = json!({"of": "arbiter", "count": 2, "identified": true});
    file["review"]["sign_off"] = json!("webauthn");
    file["review"]["quiet_hours"]["except_risk"] = json!("high");
    file.as_object_mut().unwrap().remove("interim");
    file["policy"]["limits"][0]["sum"] = json!("proposal.output.call.arguments.amount");
    file
}

/// A policy has one of three ways to pass, so two of them stand in files of their own.
fn other_ways() -> [Value; 2] {
    let with = |name: &str, way: Value| {
        let mut file = everything();
        file["policy"].as_object_mut().unwrap().remove("confidence");
        file["policy"][name] = way;
        file
    };
    let costs = json!({"error": 10.0, "review": 1.0});
    [
        with(
            "autonomy",
            json!({"target_error": 0.05, "certainty": 0.9, "audit_rate": 0.1,
                                "costs": costs, "by": {"slice": "region"}, "together": true,
                                "second_looks": 0.1}),
        ),
        with("conformal", json!({"alpha": 0.1, "audit_rate": 0.2})),
    ]
    .map(|mut file| {
        file["policy"]["novelty"] = json!({"alpha": 0.02});
        file
    })
}

fn compact(value: Value) -> Value {
    let compiled = compile(&value.to_string(), Format::Json)
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    serde_json::to_value(&compiled.spec).unwrap()
}

/// Keys of nested mappings, as paths.
fn keys(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}/{key}");
                found.push(path.clone());
                keys(value, &path, found);
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                keys(item, &format!("{path}/{i}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_reaches_the_types_and_comes_back() {
    for file in [everything(), gated()].into_iter().chain(other_ways()) {
        let (mut written, mut kept) = (Vec::new(), Vec::new());
        let spec = compact(file.clone());
        keys(&file, "", &mut written);
        keys(&spec, "", &mut kept);
        // A default may be left out when it is written back; nothing else may be lost.
        for key in &written {
            assert!(kept.contains(key), "{key} is lost: {spec:#}");
        }
        for key in &kept {
            assert!(written.contains(key), "{key} exists but no test file writes it");
        }
        assert_eq!(compact(spec.clone()), spec);
    }
}

#[test]
fn a_call_has_schemas_approvals_and_no_way_around_people() {
    let codes = |change: &dyn Fn(&mut Value)| -> Vec<String> {
        let mut file = gated();
        change(&mut file);
        let problems = compile(&file.to_string(), Format::Json).unwrap_err();
        problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
    };
    let tool = "/answer/call/tools/refund";
    let found = codes(&|file| file["review"]["on_deadline"] = json!("approve"));
    assert_eq!(found, ["/review/on_deadline conflict"]);
    let found = codes(&|file| file["review"]["on_deadline"] = json!("keep"));
    assert_eq!(found, ["/review/on_deadline conflict"]);
    let found = codes(&|file| {
        file["answer"]["call"]["tools"]["refund"]["schema"] = json!({"type": "array"});
    });
    assert_eq!(found, [format!("{tool}/schema/type bad_schema")]);
    let found = codes(&|file| {
        let second = file["answer"]["call"].clone();
        file["answer"]["more"] = second;
    });
    assert_eq!(found, ["/answer/more conflict"]);
    for (path, place) in [
        ("proposal.output.call.arguments.amonut", "sum"),
        ("proposal.output.call.amount", "sum"),
        ("input.jsno", "key"),
        ("inputs.json", "key"),
        ("input.json.a-b", "key"),
    ] {
        let found = codes(&|file| file["policy"]["limits"][0][place] = json!(path));
        assert_eq!(found, [format!("/policy/limits/0/{place} not_declared")], "{path}");
    }
    let found = codes(&|file| file["review"]["escalation"][1]["after"] = json!("1m"));
    assert_eq!(found, ["/review/escalation/1/after conflict"]);
    let found = codes(&|file| file["review"]["escalation"][0]["to"] = json!("qq"));
    assert_eq!(found, ["/review/escalation/0/to not_declared"]);
    let found = codes(&|file| {
        file["answer"].as_object_mut().unwrap().remove("call");
        file["policy"]["limits"] = json!([]);
    });
    assert_eq!(
        found,
        [
            "/review/approvals conflict",
            "/review/quiet_hours/except_risk conflict",
            "/review/sign_off conflict",
        ]
    );
}

#[test]
fn calls_are_held_against_their_schemas_and_limits_find_their_numbers() {
    let mut file = gated();
    let schema = &mut file["answer"]["call"]["tools"]["refund"]["schema"];
    *schema = json!({"type": "object", "required": ["amount"],
                     "properties": {"amount": {"type": "number", "maximum": 500}}});
    let compiled = compile(&file.to_string(), Format::Json).unwrap();
    let answer = |call: Value| {
        let answer = json!({"choice": "a", "call": call});
        answer.as_object().unwrap().clone()
    };
    let call = |amount: Value| json!({"tool": "refund", "arguments": {"amount": amount}});
    let at = |value: Value| {
        compiled.check_answer(&answer(value), "/answer").err().and_then(|refusal| refusal.path)
    };
    assert_eq!(at(call(json!(240.5))), None);
    assert_eq!(at(json!({"respond": "it was paid back already"})), None);
    for (value, path) in [
        (call(json!("240")), "/answer/call/arguments/amount"),
        (call(json!(501)), "/answer/call/arguments/amount"),
        (call(json!(9_007_199_254_740_992_u64)), "/answer/call/arguments/amount"),
        (json!({"tool": "refund", "arguments": {}}), "/answer/call/arguments"),
        (json!({"tool": "refnud", "arguments": {}}), "/answer/call/tool"),
        (json!({"tool": "refund"}), "/answer/call/arguments"),
        (json!({"tool": "refund", "arguments": {"amount": 1}, "why": 1}), "/answer/call/why"),
        (json!({"respond": "no", "tool": "refund"}), "/answer/call/respond"),
        (json!({"respond": " "}), "/answer/call/respond"),
        (json!("refund"), "/answer/call"),
    ] {
        assert_eq!(at(value.clone()).as_deref(), Some(path), "{value}");
    }
    let large = json!({"tool": "refund", "arguments": {"amount": 1, "note": "x".repeat(70_000)}});
    assert_eq!(at(large).as_deref(), Some("/answer/call/arguments"));

    let uses = |input: Value, amount: Value| {
        compiled.limit_uses(&input, Some(&answer(call(amount)))).remove(0)
    };
    let found = uses(json!({"json": {"customer": "c1"}}), json!(12.5)).unwrap();
    assert_eq!((found.key.as_str(), found.amount), ("\"c1\"", 12.5));
    assert_eq!(uses(json!({"json": {}}), json!(12.5)), None);
    assert_eq!(uses(json!({"json": {"customer": "c1"}}), json!(-1)), None);
    assert_eq!(uses(json!({"json": {"customer": "c1"}}), json!("12")), None);
}

#[test]
fn a_policy_has_one_way_to_pass_and_the_way_has_what_it_needs() {
    let [mut autonomy, mut conformal] = other_ways();
    let codes = |file: &Value| -> Vec<String> {
        let problems = compile(&file.to_string(), Format::Json).unwrap_err();
        problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.code)).collect()
    };
    autonomy["policy"]["confidence"] = json!({"auto_at": 0.9});
    assert_eq!(codes(&autonomy), ["/policy/autonomy conflict"]);
    conformal["answer"]["choice"]["multi"] = json!(true);
    conformal["learner"] = json!({"kind": "none"});
    // What is said of the answer elsewhere is about a single choice, and about a learner.
    for key in ["chain", "copilot", "interim"] {
        conformal.as_object_mut().unwrap().remove(key);
    }
    let both = ["/policy/conformal conflict", "/policy/novelty conflict"];
    assert_eq!(codes(&conformal), both);
    let [mut by_class, _] = other_ways();
    by_class["policy"]["autonomy"]["by"] = json!("class");
    compact(by_class.clone());
    let mut alone = by_class.clone();
    alone["policy"]["autonomy"].as_object_mut().unwrap().remove("by");
    assert_eq!(codes(&alone), ["/policy/autonomy/together conflict"]);
    let mut looks = by_class.clone();
    looks["policy"]["autonomy"]["second_looks"] = json!(1.5);
    assert_eq!(codes(&looks), ["/policy/autonomy/second_looks out_of_range"]);
    by_class["policy"]["autonomy"]["target_error"] = json!(0.9);
    assert_eq!(codes(&by_class), ["/policy/autonomy/target_error out_of_range"]);
}

/// Every key of the schema is written in [`everything`], so the table has no key the types lack,
/// and [`every_key_reaches_the_types_and_comes_back`] shows that the types have no more.
#[test]
fn the_schema_knows_the_same_keys() {
    let schema = json_schema();
    let everything = everything();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&everything).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    for other in other_ways().into_iter().chain([gated()]) {
        assert!(validator.is_valid(&other), "{other}");
    }
    let wrong = json!({"loop": "a", "input": {}, "answer": {}, "inptu": 1});
    assert!(!validator.is_valid(&wrong));
    let [autonomy, conformal] = other_ways();
    let text = format!("{everything}{autonomy}{conformal}{}", gated());
    let mut missing = Vec::new();
    properties(&schema, &mut |name| {
        if !text.contains(&format!("\"{name}\":")) {
            missing.push(name.to_owned());
        }
    });
    assert_eq!(missing, Vec::<String>::new());
}

fn properties(schema: &Value, each: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(found)) = map.get("properties") {
                found.keys().for_each(|name| each(name));
            }
            map.values().for_each(|value| properties(value, each));
        }
        Value::Array(items) => items.iter().for_each(|item| properties(item, each)),
        _ => {}
    }
}

/// Defaults named in the documentation are the defaults of the types.
#[test]
fn documented_defaults_hold() {
    let least = json!({"loop": "a", "input": {"t": {"kind": "text"}},
                       "answer": {"x": {"kind": "text"}}});
    let spec: LoopSpec = serde_json::from_value(compact(least)).unwrap();
    let spec = serde_json::to_value(spec).unwrap();
    let schema = json_schema();
    let mut compared = 0;
    for (place, at) in
        [("", ""), ("/properties/review", "/review"), ("/properties/learner", "/learner")]
    {
        let Some(Value::Object(found)) = schema.pointer(&format!("{place}/properties")) else {
            panic!("{place}")
        };
        for (name, property) in found {
            let text = property["description"].as_str().unwrap();
            let (_, default) = text.split_once(" Default: ").unwrap_or((text, "**"));
            let default = default.trim_end_matches('.');
            let value = spec.pointer(&format!("{at}/{name}"));
            match value {
                Some(Value::String(word)) if name != "loop" => assert_eq!(default, word, "{name}"),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                    let shown = value.to_string();
                    let same = shown == default || shown == format!("{default}.0");
                    assert!(same, "{name}: {default} is {value}");
                }
                _ => continue,
            }
            compared += 1;
        }
    }
    // `on_new_model` has no default of its own: it follows from the learner.
    assert!(spec.get("on_new_model").is_none());
    assert!(compared > 14, "{compared}");
}

/// The reference is generated; set `UPDATE_DOCS` to write it anew.
#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/loop-file.md");
    let head = include_str!("loop-file-head.md");
    let page = format!("{head}\n{}", reference());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/loop-file.md is stale: run this test with UPDATE_DOCS=1");
}
