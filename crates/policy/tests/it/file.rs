//! The table of keys agrees with the types, the JSON Schema and the documentation.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tandem_domain::LoopSpec;
use tandem_policy::{Format, compile, json_schema, reference};

/// A file in which every key that exists is written.
fn everything() -> Value {
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
                {"name": "h", "check": "cel", "must": "true", "on_fail": "review"}],
            "rules": [{"name": "r", "when": "true", "route": "review", "queue": "q",
                       "reviewers": 2, "mode": "out_of_the_loop"},
                      {"name": "s", "when": "true", "route": "auto"},
                      {"name": "t", "when": "group == group", "route": "block"}],
            "confidence": {"auto_at": 0.9, "audit_rate": 0.1}},
        "review": {"reviewers": 3, "lease": "1m", "undo": "1s", "veto": "2s", "deadline": "1h",
                   "on_deadline": "approve", "blind_rate": 0.5, "max_attempts": 1,
                   "revise_within": "1h", "reopen_on_audit_error": true,
                   "consensus": {"rule": "unanimous", "min_agreement": 0.6, "on_tie": "arbiter"}},
        "learner": {"kind": "linear", "field": "choice", "pool": 10, "min_examples": 4, "random_share": 0.2,
                    "features": {"text": ["word_1_2", "char_3_5", "category"],
                                 "image": ["pixels"], "number": ["number"]},
                    "retrain": {"every": 5}, "until": {"metric": "accuracy", "at_least": 0.9}},
        "on_new_model": "full_review",
        "chain": [{"model": "live"}, {"model": "canary"}, {"human": true}],
        "use_group": true,
    })
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
    for file in [everything()].into_iter().chain(other_ways()) {
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
    for other in other_ways() {
        assert!(validator.is_valid(&other), "{other}");
    }
    let wrong = json!({"loop": "a", "input": {}, "answer": {}, "inptu": 1});
    assert!(!validator.is_valid(&wrong));
    let [autonomy, conformal] = other_ways();
    let text = format!("{everything}{autonomy}{conformal}");
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
