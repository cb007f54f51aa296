//! The demonstration: there for admins, and only where it runs.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem_api::{BoxFuture, DemoHooks};
use tandem_domain::roles::Role;
use tandem_engine::{EngineError, LoopScope};
use tandem_testkit::TestApp;

struct Hooks;

fn says(value: Value) -> BoxFuture<'static, Result<Value, EngineError>> {
    Box::pin(async move { Ok(value) })
}

impl DemoHooks for Hooks {
    fn state(&self) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"enabled": true}))
    }
    fn forge(&self) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"what": "changed"}))
    }
    fn plug(&self) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"pid": 1}))
    }
    fn fool(&self, n: u32) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"planted": n}))
    }
    fn shift(&self) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"loop": "shifted"}))
    }
    fn fooled(&self) -> BoxFuture<'_, Result<Value, EngineError>> {
        says(json!({"planted": 0}))
    }
}

#[tokio::test]
async fn admins_break_it_on_purpose_and_nobody_else() {
    let app = TestApp::builder().demo(Arc::new(Hooks)).start().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    assert_eq!(admin.get("/v1/demo").await.expect(200)["enabled"], true);
    assert_eq!(admin.post("/v1/demo/forge", json!({})).await.expect(200)["what"], "changed");
    admin.send("POST", "/v1/demo/plug", "").await.expect(202);
    let planted = admin.post("/v1/demo/fool", json!({"n": 12})).await.expect(200);
    assert_eq!(planted["planted"], 12);
    assert_eq!(admin.post("/v1/demo/fool", json!({"n": 0})).await.problem().0, 422);
    admin.get("/v1/demo/fool").await.expect(200);
    let shifted = admin.post("/v1/demo/shift", json!({})).await.expect(200);
    assert_eq!(shifted["loop"], "shifted");
    for role in [Role::Orchestrator, Role::Auditor, Role::Reviewer] {
        let other = app.machine(LoopScope::All, role).await;
        assert_eq!(other.get("/v1/demo").await.problem(), (403, "forbidden".to_owned()));
        let forged = other.post("/v1/demo/forge", json!({})).await;
        assert_eq!(forged.problem(), (403, "forbidden".to_owned()));
    }
}

#[tokio::test]
async fn it_is_not_there_elsewhere() {
    let app = TestApp::new().await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    assert_eq!(admin.get("/v1/demo").await.problem(), (404, "not_found".to_owned()));
}
