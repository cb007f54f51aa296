//! Guardrails as authors write them: what they find, what they tell, what is refused at publish.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use tandem_domain::command::NewProposal;
use tandem_domain::policy::Facts;

use crate::{CaseView, Format, compile};

/// The facts under one guardrail, for an input with a question and its documents, and a reply.
fn facts(guardrail: &Value, input: &Value, reply: Option<Value>) -> Facts {
    let mut guardrail = guardrail.clone();
    guardrail["name"] = json!("g");
    guardrail["on_fail"] = json!("review");
    let file = json!({
        "loop": "l",
        "input": {"question": {"kind": "text"}, "documents": {"kind": "json", "required": false}},
        "answer": {"reply": {"kind": "text"}, "note": {"kind": "text", "required": false}},
        "policy": {"guardrails": [guardrail]},
    });
    let compiled = compile(&file.to_string(), Format::Json).unwrap_or_else(|p| panic!("{p:#?}"));
    let group = BTreeMap::new();
    let case = CaseView { input, tags: &[], group: &group, run: None, requested_human: false };
    let proposal = reply.map(|output| NewProposal {
        output: output.as_object().cloned().unwrap(),
        confidence: BTreeMap::new(),
        probabilities: BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: "machine".to_owned(),
    });
    compiled.facts(&case, proposal.as_ref())
}

/// What fails in a reply.
#[track_caller]
fn why(guardrail: Value, reply: &str) -> Option<String> {
    let input = json!({"question": "q"});
    let facts = facts(&guardrail, &input, Some(json!({"reply": reply})));
    facts.failed.first().map(|failed| failed.why.clone())
}

#[test]
fn what_failed_is_told_with_its_place_and_never_with_its_content() {
    let pii = json!({"check": "pii"});
    let secret = "4111 1111 1111 1111";
    let told = why(pii, &format!("paid with {secret}")).unwrap();
    assert_eq!(told, "a payment card number in /reply");
    let told = why(json!({"check": "regex", "pattern": "sec[a-z]+"}), "a secret").unwrap();
    assert_eq!(told, "the pattern in /reply");
    let schema = json!({"properties": {"reply": {"maxLength": 3}}});
    let told = why(json!({"check": "json_schema", "schema": schema}), "secret").unwrap();
    assert_eq!(told, "the schema does not fit at /reply");
    let told = why(json!({"check": "cel", "must": "size(proposal.output.reply) < 4"}), "secret");
    assert_eq!(told.unwrap(), "the expression is false");
    let told = why(json!({"check": "cel", "must": "proposal.output.note == 'x'"}), "secret");
    assert_eq!(told.unwrap(), "the expression cannot be evaluated on this case");
}

#[test]
fn names_and_words_are_found_whatever_their_case_and_what_stands_between() {
    let names = json!({"check": "pii", "names": ["Jane Doe", "Zoë"]});
    assert_eq!(why(names.clone(), "Ask JANE  DOE.").as_deref(), Some("a name in /reply"));
    assert!(why(names.clone(), "ask zoë!").is_some());
    assert!(why(names.clone(), "Jane went, and Doe stayed; janedoe").is_none());
    // Kinds are looked for where they are asked for, beside the names.
    assert!(why(names, "a@example.org").is_none());
    let both = json!({"check": "pii", "names": ["Jane"], "kinds": ["email"]});
    assert!(why(both.clone(), "a@example.org").is_some() && why(both, "jane").is_some());
    let deny = json!({"check": "deny", "words": ["guaranteed return", "Legal-Advice"]});
    assert!(why(deny.clone(), "It is a guaranteed\nreturn.").is_some());
    assert!(why(deny.clone(), "legal advice").is_some());
    assert!(why(deny, "a return, guaranteed").is_none());
}

#[test]
fn lengths_are_code_points_of_the_fields_asked_for() {
    let length = json!({"check": "length", "min": 2, "max": 4, "fields": ["reply"]});
    assert!(why(length.clone(), "äöü").is_none());
    assert_eq!(
        why(length.clone(), "ä").as_deref(),
        Some("1 characters where 2 are wanted at least, in /reply")
    );
    assert!(why(length.clone(), "fünf!").is_some());
    let long = Some(json!({"reply": "okay", "note": "much longer than that"}));
    assert!(facts(&length, &json!({"question": "q"}), long).failed.is_empty());
}

#[test]
fn languages_are_told_where_there_is_enough_to_tell() {
    let english = json!({"check": "language", "languages": ["en"]});
    assert!(
        why(english.clone(), "Thank you for writing; the card is on its way to you.").is_none()
    );
    let german = "Vielen Dank für Ihre Nachricht, die Karte ist bereits unterwegs zu Ihnen.";
    assert_eq!(why(english.clone(), german).as_deref(), Some("a text in German in /reply"));
    assert!(why(english.clone(), "Danke!").is_none());
    let both = json!({"check": "language", "languages": ["eng", "de"]});
    assert!(why(both, german).is_none());
    let russian = "Спасибо за ваше сообщение, карта уже в пути.";
    assert_eq!(why(english, russian).as_deref(), Some("a text in Cyrillic letters in /reply"));
}

#[test]
fn what_the_sources_do_not_say_is_not_grounded() {
    let grounding = json!({"check": "grounding", "sources": ["documents"], "support": 0.6});
    let input = json!({"question": "When does it arrive, and 99?", "documents": [
        {"title": "Shipping", "text": "Replacement cards arrive within 5 working days. A fee of 1,200.50 applies abroad."},
        {"text": "Tracking is available.", "year": 2026},
    ]});
    let fault = |reply: &str| {
        let facts = facts(&grounding, &input, Some(json!({"reply": reply})));
        facts.failed.first().map(|failed| failed.why.clone())
    };
    assert_eq!(fault("Your replacement card arrives within 5 working days."), None);
    assert_eq!(fault("A fee of 1200.5 applies in 2026."), None);
    // The question is no source.
    let number = Some("a number that the sources do not have in /reply".to_owned());
    assert_eq!(fault("It takes 99 days."), number);
    assert_eq!(fault("The fee is 1,200.51."), number);
    let made_up = fault("Tracking is available. Couriers deliver parcels on Sunday mornings.");
    assert!(made_up.unwrap().starts_with("a sentence of which the sources have 0 % of the words"));
    assert_eq!(fault("Yes. Sure."), None);
}

#[test]
fn what_came_in_is_looked_at_without_a_proposal() {
    let input = json!({"question": "write to a@example.org"});
    let guardrail = json!({"check": "pii", "looks_at": "input"});
    let facts_ = facts(&guardrail, &input, None);
    assert_eq!(facts_.failed[0].why, "an e-mail address in /question");
    assert!(facts(&json!({"check": "pii"}), &input, None).failed.is_empty());
    let must = json!({"check": "cel", "must": "size(input.question) < 5"});
    assert_eq!(facts(&must, &input, None).failed.len(), 1);
    let later = json!({"check": "cel", "must": "proposal.output.reply == 'x'"});
    assert!(facts(&later, &input, None).failed.is_empty());
}

#[test]
fn keys_that_do_not_go_together_are_told_at_publish() {
    let problems = |guardrail: Value| {
        let file = json!({
            "loop": "l", "input": {"q": {"kind": "text"}}, "answer": {"a": {"kind": "text"}},
            "policy": {"guardrails": [guardrail]},
        });
        let problems = compile(&file.to_string(), Format::Json).unwrap_err();
        let told = problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.code));
        told.collect::<Vec<_>>()
    };
    let base = "/policy/guardrails/0";
    let check = |guardrail: Value, want: &[&str]| {
        let mut guardrail = guardrail;
        guardrail["name"] = json!("g");
        if guardrail.get("on_fail").is_none() {
            guardrail["on_fail"] = json!("review");
        }
        let want: Vec<String> = want.iter().map(|end| format!("{base}{end}")).collect();
        assert_eq!(problems(guardrail.clone()), want, "{guardrail}");
    };
    check(json!({"check": "deny"}), &[" missing_key"]);
    check(json!({"check": "length"}), &[" missing_key"]);
    check(json!({"check": "length", "min": 3, "max": 2}), &["/min conflict"]);
    check(json!({"check": "pii", "words": ["x"]}), &["/words conflict"]);
    check(json!({"check": "pii", "support": 0.5}), &["/support conflict"]);
    check(json!({"check": "deny", "words": ["a", "?!"]}), &["/words/1 bad_name"]);
    check(json!({"check": "language", "languages": ["en", "xx"]}), &["/languages/1 bad_name"]);
    check(json!({"check": "pii", "fields": ["q"]}), &["/fields/0 not_declared"]);
    check(
        json!({"check": "pii", "looks_at": "input", "fields": ["a"]}),
        &["/fields/0 not_declared"],
    );
    check(json!({"check": "grounding", "sources": ["docs"]}), &["/sources/0 not_declared"]);
    check(json!({"check": "cel", "must": "true", "fields": ["a"]}), &["/fields conflict"]);
    check(json!({"check": "cel", "must": "inptu.q == 'x'"}), &["/must not_declared"]);
    let revise = json!({"check": "pii", "looks_at": "input", "on_fail": "revise"});
    check(revise, &["/on_fail conflict"]);
}

proptest! {
    #[test]
    fn any_text_is_checked_without_panic(reply in "\\PC{0,60}", document in "\\PC{0,60}") {
        let input = json!({"question": document.clone(), "documents": document});
        for guardrail in [
            json!({"check": "pii", "names": ["a b"]}),
            json!({"check": "grounding", "sources": ["question", "documents"]}),
            json!({"check": "language", "languages": ["en"]}),
        ] {
            let _ = facts(&guardrail, &input, Some(json!({"reply": reply.clone()})));
        }
    }

    #[test]
    fn a_text_is_grounded_in_itself(text in "([a-zA-Z]{1,9} ?[0-9,.]{0,5}[ .!]){1,12}") {
        let grounding = json!({"check": "grounding", "sources": ["question"], "support": 1.0});
        let facts = facts(&grounding, &json!({"question": text}), Some(json!({"reply": text})));
        prop_assert!(facts.failed.is_empty(), "{:?}", facts.failed);
    }
}
