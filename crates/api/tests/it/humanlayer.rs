//! HumanLayer: what is sent again, what has two names, and what is gone.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp};

use crate::dialects::{APPROVALS, judge};

const CONTACTS: &str = include_str!("../../../../examples/loops/humanlayer-contacts.yaml");
const BASE: &str = "/compat/humanlayer/v1";

async fn messages(app: &TestApp, of_loop: &str) -> Vec<String> {
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let cases = admin.get(&format!("/v1/loops/{of_loop}/cases")).await.expect(200);
    let path = format!("/v1/cases/{}/messages", cases["items"][0]["id"].as_str().unwrap());
    let said = admin.get(&path).await.expect(200);
    let said = said["items"].as_array().unwrap();
    said.iter().map(|one| one["body"].as_str().unwrap().to_owned()).collect()
}

async fn call(agent: &Client, id: &str) {
    let call =
        json!({"run_id": "r", "call_id": id, "spec": {"fn": "multiply", "kwargs": {"x": 1}}});
    agent.post(&format!("{BASE}/function_calls"), call).await.expect(200);
}

#[tokio::test]
async fn an_escalation_that_comes_again_is_said_once() {
    let app = TestApp::new().await;
    app.publish(APPROVALS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    call(&agent, "c-1").await;
    let escalate = format!("{BASE}/agent/function_calls/c-1/escalate_email");
    for text in ["the shop is closed", "the shop is closed", " the shop is closed "] {
        let said = json!({"escalation_msg": text, "additional_recipients": []});
        agent.post(&escalate, said).await.expect(200);
    }
    let said = messages(&app, "humanlayer-approvals").await;
    assert_eq!(said, ["Escalation: the shop is closed"]);
    agent.post(&escalate, json!({"escalation_msg": "and it burns"})).await.expect(200);
    assert_eq!(messages(&app, "humanlayer-approvals").await.len(), 2, "other words are another");
    let wordless = agent.post(&escalate, json!({"escalation_msg": " "})).await;
    assert_eq!(wordless.problem(), (422, "invalid_input".to_owned()));
}

#[tokio::test]
async fn a_question_has_two_addresses_and_may_be_urgent() {
    let app = TestApp::new().await;
    app.publish(CONTACTS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let asked = json!({"run_id": "r", "call_id": "q-1", "spec": {"msg": "which colour?"}});
    let paths = [format!("{BASE}/human_contacts"), format!("{BASE}/contact_requests")];
    // By either it is the same question.
    for path in &paths {
        let added = agent.post(path, asked.clone()).await.expect(200);
        assert_eq!(added["status"]["response"], Value::Null);
    }
    let escalate = format!("{BASE}/agent/human_contacts/q-1/escalate_email");
    for _ in 0..2 {
        let told = agent.post(&escalate, json!({"escalation_msg": "it is late"})).await;
        assert_eq!(told.expect(200)["call_id"], "q-1");
    }
    assert_eq!(messages(&app, "humanlayer-contacts").await, ["Escalation: it is late"]);
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let cases = admin.get("/v1/loops/humanlayer-contacts/cases").await.expect(200);
    assert_eq!(cases["items"].as_array().unwrap().len(), 1, "{cases}");
    let respond = format!("{BASE}/agent/human_contacts/q-1/respond");
    person.post(&respond, json!({"response": "blue"})).await.expect(200);
    for path in &paths {
        let answered = agent.get(&format!("{path}/q-1")).await.expect(200);
        assert_eq!(answered["status"]["response"], "blue");
    }
}

#[tokio::test]
async fn a_call_that_is_gone_takes_no_answer() {
    let app = TestApp::new().await;
    app.publish(APPROVALS).await;
    app.publish(CONTACTS).await;
    let agent = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, person) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    for path in ["function_calls/no/respond", "function_calls/no/escalate_email"] {
        let body = json!({"approved": true, "escalation_msg": "now"});
        let missing = person.post(&format!("{BASE}/agent/{path}"), body).await;
        assert_eq!(missing.status.as_u16(), 404, "{path}");
    }
    let missing = json!({"response": "blue"});
    let missing = person.post(&format!("{BASE}/agent/human_contacts/no/respond"), missing).await;
    assert_eq!(missing.status.as_u16(), 404);
    // Withdrawn, it can be approved no more, and the agent is told no.
    call(&agent, "c-1").await;
    let admin = app.machine(LoopScope::All, Role::Admin).await;
    let cases = admin.get("/v1/loops/humanlayer-approvals/cases").await.expect(200);
    let path = format!("/v1/cases/{}/cancel", cases["items"][0]["id"].as_str().unwrap());
    agent.post(&path, json!({})).await.expect(200);
    let respond = format!("{BASE}/agent/function_calls/c-1/respond");
    let late = person.post(&respond, json!({"approved": true})).await;
    assert!((400..500).contains(&late.status.as_u16()), "{}", late.text());
    let told = agent.get(&format!("{BASE}/function_calls/c-1")).await.expect(200);
    assert_eq!(told["status"]["approved"], false, "{told}");
    // Decided, a second answer changes nothing.
    call(&agent, "c-2").await;
    judge(&person, "humanlayer-approvals", json!({"verdict": "reject"})).await.expect(201);
    let respond = format!("{BASE}/agent/function_calls/c-2/respond");
    let late = person.post(&respond, json!({"approved": true})).await;
    assert!((400..500).contains(&late.status.as_u16()), "{}", late.text());
    let told = agent.get(&format!("{BASE}/function_calls/c-2")).await.expect(200);
    assert_eq!(told["status"]["approved"], false, "{told}");
}
