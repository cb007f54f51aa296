//! The OpenAPI document, as committed and as it is.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, by_hand};

#[test]
fn the_committed_document_is_the_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let committed = std::fs::read_to_string(path).expect("openapi.json; run `cargo xtask codegen`");
    assert!(committed == tandem_api::openapi_json(), "run `cargo xtask codegen`");
}

#[test]
fn references_lead_somewhere_and_operations_have_names_of_their_own() {
    let document: Value = serde_json::from_str(&tandem_api::openapi_json()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut names = Vec::new();
    collect(&document, &mut names);
    for name in names {
        assert!(schemas.contains_key(&name), "no schema {name}");
    }
    let mut ids = BTreeSet::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
        }
    }
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                names.push(target.trim_start_matches("#/components/schemas/").to_owned());
            }
            members.values().for_each(|member| collect(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

#[tokio::test]
async fn statistics_are_what_their_schemas_say() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let auditor = app.machine(LoopScope::All, Role::Auditor).await;
    let document: Value = serde_json::from_str(&tandem_api::openapi_json()).unwrap();
    let routes = [
        ("live", "LiveStats"),
        ("stats/errors", "ErrorStats"),
        ("stats/queue", "QueueStats"),
        ("stats/time", "TimeStats"),
        ("stats/learning", "LearningStats"),
        ("stats/quality", "QualityStats"),
    ];
    for (route, schema) in routes {
        let sent = auditor.get(&format!("/v1/loops/tickets/{route}")).await.expect(200);
        let sent: BTreeSet<_> = sent.as_object().unwrap().keys().cloned().collect();
        let schema = &document["components"]["schemas"][schema]["properties"];
        let said: BTreeSet<_> = schema.as_object().unwrap().keys().cloned().collect();
        assert_eq!(sent, said, "{route}");
    }
}
