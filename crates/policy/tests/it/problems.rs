//! What is wrong with a file is named with line and column.

use std::fmt::Write as _;

use proptest::prelude::*;
use tandem_policy::{Format, compile};

use crate::{problems, with};

/// Compiles `source`, in which `‸` marks where each problem must be, in order, and compares the
/// problems with `expected`, one `code: part of the text` a line.
#[track_caller]
fn check(source: &str, expected: &str) {
    let (mut plain, mut places) = (String::new(), Vec::new());
    let (mut line, mut column) = (1, 1);
    for found in source.chars() {
        match found {
            '‸' => places.push((line, column)),
            '\n' => {
                plain.push('\n');
                (line, column) = (line + 1, 1);
            }
            _ => {
                plain.push(found);
                column += 1;
            }
        }
    }
    let found = problems(&plain);
    let mut shown = String::new();
    for problem in &found {
        writeln!(shown, "{problem} [{}]", problem.code).unwrap();
    }
    let at: Vec<_> = found.iter().map(|problem| (problem.line, problem.column)).collect();
    assert_eq!(at, places, "{plain}\n{shown}");
    for (problem, line) in found.iter().zip(expected.lines()) {
        let (code, text) = line.trim().split_once(": ").unwrap();
        assert_eq!(problem.code, code, "{shown}");
        assert!(problem.to_string().contains(text), "`{text}` is not in: {problem}");
    }
    assert_eq!(found.len(), expected.lines().count(), "{shown}");
}

#[test]
fn files_that_cannot_be_read() {
    check("‸", "syntax: the file is empty");
    check("‸# nothing\n", "syntax: the file is empty");
    check("loop: a\nloop: b\n".replace("\nloop", "\n‸loop").as_str(), "duplicate_key: line 1");
    check("loop: a\n---\n‸loop: b\n", "syntax: more than one document");
    check("loop: [a\ninput‸: }\n", "syntax: illegal placement");
    check("loop: ‸*gone\n", "syntax: anchor");
    check("loop: &a [‸*a]\n", "syntax: an alias stands inside what it names");
    check("title: !secret ‸[a]\n", "syntax: tags are not allowed");
    check("loop: !secret ‸x\n", "syntax: tags are not allowed");
    check("‸just text\n", "wrong_kind: a text stands where a mapping belongs");
    check("? ‸[a]\n: b\n", "syntax: a key must be a text");
}

#[test]
fn shapes_that_do_not_fit() {
    check(
        "‸loop: a\n‸inptu: {}\nanswer: {}\n",
        "missing_key: the key `input` is missing in a loop
         unknown_key: did you mean `input`?",
    );
    check(
        &with("review:\n  ‸reveiwers: 2\n  lease: ‸soon\n  blind_rate: ‸1.5\n  undo: ‸2d\n"),
        "unknown_key: did you mean `reviewers`?
         wrong_kind: `soon` is not a duration like 250ms
         out_of_range: give a number from 0 to 1
         out_of_range: give a duration from 0s to 1d",
    );
    check(
        &with(
            "mode: ‸in_teh_loop\nenforce: ‸yes\nreject_reasons: ‸wrong\ntitle: ‸7\nguidelines: ‸[]\n",
        ),
        "wrong_kind: did you mean `in_the_loop`?
         wrong_kind: a text stands where `true` or `false` belongs
         wrong_kind: a list of texts
         wrong_kind: write \"7\" with quotes
         wrong_kind: a list stands where a text belongs",
    );
    check(
        "loop: a\ninput: { t: ‸{ title: x }, u: { kind: ‸txt } }\nanswer:\n  a: ‸{ options: [x] }\n  \
         b: { kind: ‸choise }\n  c: { kind: choice, options: [‸1, ‸true, { value: x, ‸lable: y }] }\n  \
         d: { kind: number, error: ‸{ ‸tolerence: 1 } }\n",
        "missing_key: the key `kind` is missing in an input field
         wrong_kind: did you mean `text`?
         missing_key: `choice`, `number`, `text`, `form`
         wrong_kind: did you mean `choice`?
         wrong_kind: write \"1\" with quotes
         wrong_kind: write \"true\" with quotes
         unknown_key: did you mean `label`?
         missing_key: `tolerance`
         unknown_key: did you mean `tolerance`?",
    );
}

#[test]
fn error_rules_name_what_is_missing() {
    check(
        "loop: a\ninput: { t: { kind: text } }\nanswer:\n  d: { kind: number, error: ‸{} }\n  \
         e: { kind: number, error: { tolerance: ‸-1 } }\n  f: { kind: number, error: ‸exakt }\n",
        "missing_key: the key `tolerance` is missing
         out_of_range: a number from 0
         wrong_kind: did you mean `exact`?",
    );
    check(
        &with(
            "‸review:\n‸learner:\nqueues: { q: ‸[] }\nchain: [‸{}, { model: ‸liv }, ‸{ model: live, human: true }]\n",
        ),
        "wrong_kind: `review` has no value
         wrong_kind: `learner` has no value
         wrong_kind: a list stands where a mapping belongs
         wrong_kind: a link has one of `model`, `http`, `openai`, `label_studio`, `rule`, `human`, not 0
         wrong_kind: did you mean `live`?
         wrong_kind: a link has one of `model`, `http`, `openai`, `label_studio`, `rule`, `human`, not 2",
    );
}

#[test]
fn names_and_fields() {
    check(
        "loop: ‸Big Loop\ninput:\n  ‸a-b: { kind: text }\nanswer:\n  ‸1st: { kind: text }\n  c: { kind: \
         choice, options: ‸[] }\n  d: { kind: choice, options: [x, ‸x, { value: y, key: k }, { value: \
         z, key: ‸k }, ‸\"\"] }\n  e: { kind: number, min: ‸3, max: 2 }\n  f: { kind: text, error: ‸{ \
         tolerance: 1 } }\n",
        "bad_name: lower case letters, digits and hyphens
         bad_name: `a-b` is no name for a field
         bad_name: `1st` is no name for a field
         missing_key: no options
         not_unique: the option `x` stands here a second time
         not_unique: the key `k` stands here a second time
         bad_name: the option is empty
         conflict: above the largest
         conflict: only numbers have a tolerance",
    );
    check(
        "loop: a\ninput: ‸{}\nanswer: ‸{}\n",
        "missing_key: the input has no field
         missing_key: the answer has no field",
    );
    check(
        &with(
            "reject_reasons: [a, ‸a]\nfailure_modes: [‸' ']\nchecklist: [{ id: a, text: t }, { id: ‸a, text: u }]\n",
        ),
        "not_unique: the reason `a`
         bad_name: the failure mode is empty
         not_unique: the item `a`",
    );
}

#[test]
fn schemas_and_patterns() {
    check(
        "loop: a\ninput: { t: { kind: text } }\nanswer:\n  f:\n    kind: form\n    schema:\n      type: \
         object\n      properties:\n        x: { type: ‸strnig }\n  g:\n    kind: form\n    schema: { \
         type: ‸array }\n  h:\n    kind: form\n    schema: { properties: { a: { $ref: \
         'https://example.com/x' } } }\n"
            .replace("schema: { properties: { a", "schema: ‸{ properties: { a")
            .as_str(),
        "bad_schema: this is no JSON Schema
         bad_schema: a form is an object
         bad_schema: this is no JSON Schema",
    );
    check(
        &with(
            "policy:\n  guardrails:\n    - { name: a, check: regex, pattern: ‸'a(', on_fail: block }\n    \
             - ‸{ name: b, check: regex, on_fail: block }\n    - { name: c, check: pii, ‸pattern: a, \
             on_fail: block }\n    - { name: ‸a, check: json_schema, schema: { minimum: ‸low }, \
             on_fail: block }\n    - { name: d, check: regex, pattern: ‸'(a{1000}){1000}', on_fail: \
             block }\n",
        ),
        "bad_pattern: the pattern does not compile: unclosed group
         missing_key: the key `pattern` is missing
         conflict: `pattern` does not go with this check
         not_unique: the guardrail `a`
         bad_schema: this is no JSON Schema
         bad_pattern: size limit",
    );
}

#[test]
fn rules_point_into_their_text() {
    let rule = |when: &str| {
        with(&format!(
            "policy:\n  rules:\n    - name: r\n      route: review\n      when: {when}\n"
        ))
    };
    let undeclared = "not_declared: `input.amuont` is not declared; did you mean `amount`?";
    check(&rule("input.‸amuont > 3"), undeclared);
    check(&rule("'input.‸amuont > 3'"), undeclared);
    check(&rule("\"input.‸amuont > 3\""), undeclared);
    check(&rule("\"\\x27ä\\u0020\\x27 in tags || input.‸amuont > 3\""), undeclared);
    check(&rule("'''pii'' in tags || input.‸amuont > 3'"), undeclared);
    check(&rule("|\n        'ä' in tags ||\n        input.‸amuont > 3"), undeclared);
    check(&rule(">-\n        'ä' in tags ||\n        input.‸amuont > 3"), undeclared);
    check(&rule("tags == ['ä'] ||\n          input.‸amuont > 3"), undeclared);
    check(&rule("input.amount > ‸)"), "bad_rule: does not parse");
    check(&rule("\"'ü' in tags && input.amount > ‸)\""), "bad_rule: does not parse");
    check(&rule("|\n        'ü' in tags &&\n        'ü' ‸'a'"), "bad_rule: does not parse");
    check(&rule("input.amount ‸= 3"), "bad_rule: does not parse");
    check(&rule("\"'ü' in tags && ‸taggs == tags\""), "not_declared: did you mean `tags`?");
    check(&rule("‸sise(tags) > 1"), "not_declared: did you mean `size`?");
    check(&rule("‸foo > 1 || ‸bar > 2"), "not_declared: `foo`\nnot_declared: `bar`");
}

#[test]
fn what_does_not_hang_together() {
    check(
        &with(
            "queues: { privacy: {}, ‸default: {}, ‸Up: {} }\npolicy:\n  rules:\n    - { name: a, when: \
             'true', route: review, queue: ‸privcy }\n    - { name: ‸a, when: 'true', route: block, \
             ‸reviewers: 2 }\n    - { name: c, when: 'true', route: review, queue: arbiters, \
             reviewers: 3 }\n",
        ),
        "conflict: every loop has the queue `default`
         bad_name: no name for a queue
         not_declared: did you mean `privacy`?
         not_unique: the rule `a`
         conflict: `reviewers` does not go with `route: block`",
    );
    check(
        &with("review:\n  reviewers: ‸26\n  consensus: { min_agreement: ‸2 }\n"),
        "out_of_range: a whole number from 1 to 25
         out_of_range: a number from 0 to 1",
    );
    check(
        &with("review:\n  ‸quiet_hours: { from: ‸10 pm, to: \"07:00\", zone: UTC }\n"),
        "conflict: quiet hours are about the ladder
         bad_calendar: is no time like 22:00",
    );
    check(
        &with(
            "review:\n  capacity: { wait: 4h, queues: { privcy: ‸‸{ hours: 4, looks: 9 } } }\n  overload: [audits, ‸audits, ‸low_value]\n",
        ),
        "not_declared: the queue `privcy` is not declared
         conflict: is `hours` or `looks`
         not_unique: `audits` stands here a second time
         conflict: nobody says what an error and a look cost",
    );
    check(
        &with("review: { ‸overload: [audits] }\n"),
        "conflict: what gives way depends on `capacity`",
    );
    check(
        &with("review: { on_deadline: ‸approve, ‸veto: 30s }\n"),
        "conflict: cannot approve what full coverage sends to people
         conflict: a veto needs `mode: on_the_loop`",
    );
    check(
        &with(
            "  note: { kind: text }\nlearner: { kind: linear, field: ‸intnt, features: { ‸txt: [number], amount: [‸pixels] } }\n",
        ),
        "not_declared: did you mean `intent`?
         not_declared: did you mean `text`?
         conflict: it can have `number`, `category`",
    );
    check(
        &with("  ‸note: { kind: text }\nlearner: { kind: linear }\n"),
        "conflict: the learner proposes `intent` only, but `note` is required",
    );
    check(
        &with("  note: { kind: text, required: false }\nlearner: { kind: linear, field: ‸note }\n"),
        "conflict: learns a single choice",
    );
    check(
        "loop: a\ninput: { c: { kind: chat } }\nanswer: { x: { kind: choice, options: [a, b] } }\n\
         learner: { kind: ‸linear }\n",
        "conflict: reads texts, numbers and images",
    );
    check(&with("copilot: ‸{ fields: [intent] }\n"), "conflict: the answer has no text");
    let note = "  note: { kind: text, required: false }\n";
    check(
        &with(&format!("{note}copilot: ‸{{ fields: [‸intent, ‸nte] }}\n")),
        "no_writer: no link of the chain can write text
         conflict: `intent` is no text
         not_declared: did you mean `note`?",
    );
    check(
        &with(&format!("{note}copilot: {{ model: ‸writer }}\nchain: [{{ human: true }}]\n")),
        "not_declared: the chain has no link `writer`",
    );
    check(
        &with(&format!("{note}copilot: {{ model: ‸human-1 }}\nchain: [{{ human: true }}]\n")),
        "no_writer: it is `human`",
    );
    check(
        &with("chain: [‸{ human: true }, { model: ‸live }, { human: ‸false }]\n"),
        "conflict: always the last link
         conflict: the loop has no model of its own
         conflict: a link cannot be `human: false`",
    );
}

#[test]
fn json_is_read_with_positions_too() {
    let source = "{\n  \"loop\": \"a\",\n  \"input\": {\"t\": {\"kind\": \"text\"}},\n  \"answer\": \
                  {\"x\": {\"kind\": \"choice\", \"options\": [\"a\", \"\\u00e4\\ud83d\\ude00\"]}},\n  \
                  \"policy\": {\"rules\": [{\"name\": \"r\", \"route\": \"block\",\n    \"when\": \
                  \"\\\"\\u00e4\\\" in tags || inptu.t == ''\"}]}\n}";
    let found = compile(source, Format::Json).unwrap_err();
    assert_eq!(found.len(), 1, "{found:?}");
    let place = (found[0].line, found[0].column);
    let line = source.lines().nth(5).unwrap();
    assert_eq!(place, (6, line.find("inptu").unwrap() + 1));
    let good = source.replace("inptu", "input");
    let loop_ = compile(&good, Format::Json).unwrap();
    assert_eq!(tandem_policy::compile_spec(&loop_.spec).unwrap().spec, loop_.spec);

    for (source, line, column) in
        [("{\n  \"ä\": 1,\n}", 3, 1), ("", 1, 1), ("{\"a\":1,\n \"a\":2}", 2, 2), ("[] []", 1, 4)]
    {
        let found = compile(source, Format::Json).unwrap_err();
        assert_eq!((found[0].line, found[0].column), (line, column), "{source}: {found:?}");
    }
}

#[test]
fn bombs_are_small() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (last, next) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        let aliases = vec![format!("*{last}"); 10].join(", ");
        writeln!(bomb, "{next}: &{next} [{aliases}]").unwrap();
    }
    assert_eq!(problems(&bomb)[0].code, "too_large");
    assert_eq!(problems(&"[".repeat(5_000))[0].line, 1);
    assert_eq!(
        problems(&format!("a: {}", "[".repeat(100) + &"]".repeat(100)))[0].code,
        "too_large"
    );
    assert_eq!(problems(&"x".repeat(300_000))[0].code, "too_large");
    let json = compile(&"[".repeat(100_000), Format::Json).unwrap_err();
    assert_eq!(json[0].code, "syntax");
}

#[test]
fn aliases_are_allowed_within_reason() {
    crate::compiled(
        "loop: a\ninput: { t: &text { kind: text }, u: *text }\nanswer: { x: { kind: text } }\n",
    );
}

/// Lines a file is likely made of, some of them wrong.
fn any_line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "loop", "input", "answer", "kind", "options", "policy", "rules", "when", "route", "review",
        "lease", "learner", "features", "chain", "queues", "schema", "error", "title", "- name",
        "-",
    ]);
    let value = prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "text",
            "choice",
            "[a, b]",
            "{ kind: text }",
            "'true'",
            "5m",
            "0.5",
            "|",
            ">",
            "&a x",
            "*a",
            "!!str 3",
            "\"\\u00e4",
            "{",
            "]",
            "~",
            "input.t > 1",
            "size(",
            "null",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,8}",
    ];
    (0..5_usize, key, value)
        .prop_map(|(indent, key, value)| format!("{}{key}: {value}\n", "  ".repeat(indent)))
}

proptest! {
    #[test]
    fn arbitrary_text_gives_problems_not_panics(text in "[\\PC\\n\\t]{0,200}") {
        for format in [Format::Yaml, Format::Json] {
            if let Err(problems) = compile(&text, format) {
                prop_assert!(!problems.is_empty());
                prop_assert!(problems.iter().all(|p| p.line >= 1 && p.column >= 1));
            }
        }
    }

    #[test]
    fn likely_files_give_problems_not_panics(lines in prop::collection::vec(any_line(), 0..20)) {
        let source = lines.concat();
        if let Err(problems) = compile(&source, Format::Yaml) {
            let height = source.split('\n').count();
            prop_assert!(problems.iter().all(|p| p.line <= height), "{:?}", problems);
        }
    }

    #[test]
    fn damaged_files_give_problems_not_panics(at in 0..1_500_usize, junk in "\\PC{0,3}") {
        let source = include_str!("../../../../examples/loops/claims-form.yaml");
        let cut: String = source.chars().enumerate()
            .flat_map(|(i, c)| if i == at { junk.chars().collect::<Vec<_>>() } else { vec![c] })
            .collect();
        let _ = compile(&cut, Format::Yaml);
    }

    #[test]
    fn arbitrary_rules_give_problems_not_panics(
        when in prop_oneof![
            "\\PC{0,60}",
            "[a-z().\\[\\]{}!&|<>=+*/%?: '\"0-9-]{0,60}",
            prop::collection::vec(prop::sample::select(vec![
                "input", ".", "text", "amount", "(", ")", "[", "]", "'a'", "1.0", "==", ">", "&&",
                "||", "!", "tags", ".exists(t, ", "t", "size", "in", " ", "has", "?", ":", "-",
            ]), 0..14).prop_map(|parts| parts.concat()),
        ],
    ) {
        if let Ok(loop_) = compile(&crate::with_rule(&when), Format::Yaml) {
            let case = crate::Case::new(serde_json::json!({"text": "a", "amount": 1}));
            let _ = loop_.facts(&case.view(), crate::NONE);
        }
    }
}
