//! The co-pilot over HTTP: what is asked wrongly is said with its place, and who wrote what is told.
//! Suggestions of a real model: `engine/tests/it/copilot.rs`, `sdk/python/tests`, `web/e2e`.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, by_hand};

const FILE: &str = "loop: replies\ninput: { text: { kind: text } }\n\
                    answer: { reply: { kind: text, max_length: 40 } }\nreview: { undo: 0s }\ncopilot: {}\n\
                    chain: [{ name: w, http: \"https://models.example/write\" }]\n";

#[tokio::test]
async fn wrong_requests_are_told_where_they_are_wrong() {
    let app = TestApp::new().await;
    app.publish(FILE).await;
    app.publish(&by_hand("tickets")).await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let input = json!({"text": "x"});
    let case = "case_00000000000000000000000000";
    for (body, path) in [
        (json!({"field": "reply"}), "/case"),
        (json!({"field": "reply", "case": case, "input": input}), "/input"),
        (
            json!({"field": "reply", "input": input, "text": "ab", "cursor": 1, "selection": {"from": 0, "to": 1}}),
            "/cursor",
        ),
        (json!({"field": "reply", "input": {"txt": 1}}), "/input/txt"),
        (json!({"field": "reply", "input": input, "kind": "rewrite"}), "/kind"),
        (json!({"field": "nothing", "input": input}), "/field"),
        (json!({"field": "reply", "input": input, "text": "é".repeat(41)}), "/text"),
        (json!({"field": "reply", "input": input, "text": "é", "cursor": 2}), "/selection"),
        (json!({"field": "reply", "input": input, "count": 9}), "/count"),
        (json!({"field": "reply", "input": input, "kind": "revise"}), "/text"),
    ] {
        let reply = admin.post("/v1/loops/replies/suggest", body.clone()).await;
        assert_eq!(reply.problem().0, 422, "{body}");
        assert_eq!(reply.json()["path"], path, "{body}: {}", reply.text());
    }
    let none = json!({"field": "intent", "input": input});
    let reply = admin.post("/v1/loops/tickets/suggest", none).await;
    assert_eq!(reply.problem(), (409, "no_copilot".to_owned()));
    // Nobody can be reached: it is said who was asked, and not as something to try again at once.
    let ask = json!({"field": "reply", "input": input, "text": "Hi"});
    let reply = admin.post("/v1/loops/replies/suggest", ask).await;
    assert_eq!(reply.problem(), (424, "no_suggestion".to_owned()));
    assert!(reply.text().contains("w: "), "{}", reply.text());
}

#[tokio::test]
async fn a_judgment_and_exports_tell_who_wrote() {
    let app = TestApp::new().await;
    app.publish(FILE).await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let (_, reviewer) = app.person("ada@example.org", LoopScope::All, Role::Reviewer).await;
    let proposal = json!({"output": {"reply": "Hello there."}, "model": "w@1"});
    let new = json!({"input": {"text": "hi"}, "proposal": proposal});
    let made = admin.post("/v1/loops/replies/cases", new).await.expect(201);
    let judgments = format!("/v1/cases/{}/judgments", made["id"].as_str().unwrap());
    let say = |spans: Value| json!({"verdict": "answer", "answer": {"reply": "Hello Kim é"}, "provenance": {"reply": spans}});
    let gap =
        say(json!([{"from": 0, "to": 5, "by": "model"}, {"from": 6, "to": 11, "by": "human"}]));
    let refused = reviewer.post(&judgments, gap).await;
    assert_eq!(refused.problem(), (422, "invalid_provenance".to_owned()));
    assert_eq!(refused.json()["path"], "/provenance/reply/1/from");
    let good =
        say(json!([{"from": 0, "to": 6, "by": "model"}, {"from": 6, "to": 11, "by": "human"}]));
    let case = reviewer.post(&judgments, good).await.expect(201);
    let told = &case["case"]["judgments"][0]["provenance"];
    assert_eq!(
        told["spans"]["reply"][0],
        json!({"from": 0, "to": 6, "by": "model", "model": "w@1"})
    );
    assert!((told["ai_share"].as_f64().unwrap() - 6.0 / 11.0).abs() < 1e-12);
    let export = |query: &str| format!("/v1/loops/replies/exports/{query}");
    for kind in ["judgments", "examples", "corrections", "sft", "preferences"] {
        let all = admin.get(&export(kind)).await;
        assert!(all.text().contains("\"ai_share\":0.54"), "{kind}: {}", all.text());
        let own = admin.get(&export(&format!("{kind}?max_ai_share=0"))).await;
        assert_eq!(own.text(), "", "{kind}");
        let openai = admin.get(&export(&format!("{kind}?max_ai_share=0&shape=openai"))).await;
        assert_eq!(openai.text(), "", "{kind}");
    }
    let csv = admin.get(&export("judgments?format=csv")).await.text();
    assert!(csv.lines().next().unwrap().ends_with("ai_share,provenance"), "{csv}");
    let manifest = admin.get(&export("sft/manifest?max_ai_share=0.25")).await.expect(200);
    assert_eq!((&manifest["rows"], &manifest["max_ai_share"]), (&json!(0), &json!(0.25)));
    for bad in ["judgments?max_ai_share=1.5", "decisions?max_ai_share=0"] {
        assert_eq!(admin.get(&export(bad)).await.problem().0, 422, "{bad}");
    }
}
