//! Appeals over HTTP: what is told of them, and what whoever decides one blind never sees.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{Client, TestApp, case, tickets};

struct World {
    app: TestApp,
    submitter: Client,
    first: Client,
    second: Client,
    arbiter: Client,
    auditor: Client,
}

async fn world(appeals: &str) -> World {
    let app = TestApp::new().await;
    let more = format!(
        "review: {{ undo: 0s, rationale: required }}\n\
         notice: {{ template: 'We read it as {{answer.intent}}.', rejected: 'No.' }}\n\
         appeals: {{ {appeals} }}\n"
    );
    app.publish(&tickets("tickets", &more)).await;
    let submitter = app.machine(LoopScope::All, Role::Submitter).await;
    let (_, first) = app.person("first@example.org", LoopScope::All, Role::Reviewer).await;
    let (_, second) = app.person("second@example.org", LoopScope::All, Role::Reviewer).await;
    let (_, arbiter) = app.person("third@example.org", LoopScope::All, Role::Arbiter).await;
    let auditor = app.machine(LoopScope::All, Role::Auditor).await;
    World { app, submitter, first, second, arbiter, auditor }
}

fn appeal() -> Value {
    json!({
        "by": "cust_991",
        "statement": "My card was stolen, not late.",
        "evidence": [{"title": "Police report", "text": "No. 4711"}],
    })
}

impl World {
    async fn decided(&self) -> String {
        let made = self.submitter.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
        let id = made["id"].as_str().unwrap().to_owned();
        let said =
            json!({"verdict": "approve", "rationale": "reads-like-it", "comment": "clear-cut"});
        self.first.post(&format!("/v1/cases/{id}/judgments"), said).await.expect(201);
        let remark = json!({"body": "seen-by-the-first"});
        self.first.post(&format!("/v1/cases/{id}/comments"), remark).await.expect(201);
        id
    }

    async fn lodge(&self, id: &str) -> Value {
        self.submitter.post(&format!("/v1/cases/{id}/appeal"), appeal()).await.expect(201)
    }
}

#[tokio::test]
async fn a_decision_says_until_when_it_can_be_contested_and_what_became_of_that() {
    let world = world("window: 30d, deadline: 5d").await;
    let id = world.decided().await;
    let path = format!("/v1/cases/{id}");
    let seen = world.submitter.get(&path).await.expect(200);
    let right = &seen["decision"]["appeal"];
    assert_eq!((&right["open"], &right["state"]), (&json!(true), &Value::Null));
    let until = right["until"].as_str().unwrap();
    let notice = seen["decision"]["notice"].as_str().unwrap();
    assert!(notice.contains(&until[..10]) && notice.contains("contest"), "{notice}");

    let lodged = world.lodge(&id).await;
    assert_eq!(lodged["status"], "decided");
    assert_eq!(lodged["decision"]["appeal"]["open"], false);
    assert_eq!(lodged["decision"]["appeal"]["state"], "open");
    assert_eq!(lodged["appeals"][0]["evidence"][0]["text"], "No. 4711");
    let again = world.submitter.post(&format!("{path}/appeal"), appeal()).await;
    assert_eq!(again.problem(), (409, "appeal_open".to_owned()));
    let list = world.auditor.get("/v1/loops/tickets/cases?appeal=open").await.expect(200);
    assert_eq!(list["items"][0]["id"], json!(id));
    let none = world.auditor.get("/v1/loops/tickets/cases?appeal=upheld").await.expect(200);
    assert_eq!(none["items"], json!([]));
    let wrong = world.auditor.get("/v1/loops/tickets/cases?appeal=late").await;
    assert_eq!(wrong.problem().0, 422);

    let claim = world.second.post("/v1/claims", json!({})).await.expect(201)["claims"][0].clone();
    assert_eq!((&claim["blind"], &claim["task"]["queue"]), (&json!(true), &json!("appeals")));
    assert_eq!(claim["appeal"]["statement"], "My card was stolen, not late.");
    let bare = json!({"verdict": "answer", "answer": {"intent": "lost_card"}});
    let judgments = format!("{path}/judgments");
    let refused = world.second.post(&judgments, bare).await;
    assert_eq!(refused.problem(), (422, "invalid_verdict".to_owned()));
    let said = json!({
        "verdict": "answer", "answer": {"intent": "lost_card"}, "rationale": "the report says so",
        "claim": claim["id"], "token": claim["token"],
    });
    world.second.post(&judgments, said).await.expect(201);
    let seen = world.submitter.get(&path).await.expect(200);
    assert_eq!(seen["decision"]["output"]["intent"], "lost_card");
    assert_eq!(seen["decision"]["ruling"]["outcome"], "overturned");
    assert_eq!(seen["decision"]["ruling"]["contested"], seen["decisions"][0]["id"]);
    assert_eq!(seen["decisions"][0]["appeal"]["state"], "overturned");
    assert_eq!(seen["appeals"][0]["decision"], seen["decision"]["id"]);
    assert_eq!(seen["appeals"][0]["state"], "overturned");
    let stats = world.auditor.get("/v1/loops/tickets/stats/appeals").await.expect(200);
    assert_eq!((&stats["lodged"], &stats["overturned"]), (&json!(1), &json!(1)));
    let last = world.submitter.post(&format!("{path}/appeal"), appeal()).await;
    assert_eq!(last.problem(), (409, "not_appealable".to_owned()));
}

/// Whatever the second reviewer can fetch: none of it holds the proposal, the earlier decision or who
/// made it. Arbiters and admins, who see everything else, are no exception while they may decide it.
#[tokio::test]
async fn nothing_that_whoever_decides_can_read_tells_of_the_earlier_decision() {
    let world = world("reviewers: reviewer").await;
    let id = world.decided().await;
    let (member, first_claimed) = {
        let seen = world.auditor.get(&format!("/v1/cases/{id}")).await.expect(200);
        let member = seen["judgments"][0]["member"].as_str().unwrap().to_owned();
        (member, seen["decisions"][0]["digest"].as_str().unwrap().to_owned())
    };
    world.lodge(&id).await;
    let (_, admin) = world.app.person("admin@example.org", LoopScope::All, Role::Admin).await;
    let telling = [
        "card_arrival",
        "reads-like-it",
        "clear-cut",
        "seen-by-the-first",
        "approve",
        member.as_str(),
        first_claimed.as_str(),
    ];
    for client in [&world.second, &world.arbiter, &admin] {
        let claims = client.post("/v1/claims", json!({"case": id})).await;
        let claimed = claims.expect(201);
        for path in ["", "/timeline", "/comments", "/outcomes", "/messages"] {
            let reply = client.get(&format!("/v1/cases/{id}{path}")).await;
            assert_eq!(reply.status.as_u16(), 200, "{path}: {}", reply.text());
            for word in telling {
                assert!(!reply.text().contains(word), "{word} in {path}: {}", reply.text());
            }
        }
        for reply in [client.get("/v1/loops/tickets/cases").await, client.get("/v1/claims").await] {
            for word in telling {
                assert!(!reply.text().contains(word), "{word} in {}", reply.text());
            }
        }
        for word in telling {
            assert!(!claimed.to_string().contains(word), "{word} in {claimed}");
        }
        let claim = &claimed["claims"][0];
        let release =
            format!("/v1/claims/{}?token={}", claim["id"].as_str().unwrap(), claim["token"]);
        let freed = client.delete(&release).await;
        assert!(freed.status.is_success(), "{}", freed.text());
    }
    // Who decided before, and who may decide nothing, see all of it.
    for client in [&world.first, &world.auditor] {
        let seen = client.get(&format!("/v1/cases/{id}")).await.expect(200);
        assert_eq!(seen["decision"]["output"]["intent"], "card_arrival");
    }
    let unseen = json!({"verdict": "approve", "rationale": "x"});
    let refused = world.second.post(&format!("/v1/cases/{id}/judgments"), unseen).await;
    assert_eq!(refused.problem(), (422, "invalid_verdict".to_owned()));
}

#[tokio::test]
async fn an_open_appeal_shows_what_was_decided_and_a_suspended_decision_is_not_consumed() {
    let world = world("blind: false, meanwhile: suspended").await;
    let id = world.decided().await;
    let path = format!("/v1/cases/{id}");
    let before = world.submitter.get(&path).await.expect(200);
    let lodged = world.lodge(&id).await;
    assert_eq!((&lodged["status"], &lodged["decision"]), (&json!("reopened"), &Value::Null));
    assert_eq!(lodged["decisions"][0]["state"], "suspended");
    let consume = json!({"digest": before["decision"]["digest"], "consumer": "ci"});
    let refused = world.submitter.post(&format!("{path}/consume"), consume).await;
    assert_eq!(refused.problem(), (409, "appeal_open".to_owned()));
    let claim = world.second.post("/v1/claims", json!({})).await.expect(201)["claims"][0].clone();
    assert_eq!(claim["blind"], false);
    assert_eq!(claim["proposal"]["output"]["intent"], "card_arrival");
    let other = world.second.post(&format!("{path}/appeal/withdraw"), json!({})).await;
    assert_eq!(other.problem(), (403, "not_eligible".to_owned()));
    let back =
        world.submitter.post(&format!("{path}/appeal/withdraw"), json!({})).await.expect(200);
    assert_eq!(
        (&back["status"], &back["appeals"][0]["state"]),
        (&json!("decided"), &json!("withdrawn"))
    );
}

#[tokio::test]
async fn what_comes_in_is_checked() {
    let world = world("").await;
    let id = world.decided().await;
    let path = format!("/v1/cases/{id}/appeal");
    for (change, at) in [
        (json!({"by": ""}), "/by"),
        (json!({"statement": " "}), "/statement"),
        (json!({"evidence": [{}]}), "/evidence/0"),
        (json!({"evidence": [{"media": "med_01jd0000000000000000000000"}]}), "/evidence/0/media"),
        (json!({"evidence": [{"media": "nothing"}]}), ""),
        (json!({"more": 1}), ""),
    ] {
        let mut body = appeal();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let reply = world.submitter.post(&path, body).await;
        assert_eq!(reply.problem().0, 422, "{}", reply.text());
        if !at.is_empty() {
            assert_eq!(reply.json()["path"], json!(at), "{}", reply.text());
        }
    }
    let stranger = world.app.machine(LoopScope::All, Role::Submitter).await;
    let reply = stranger.post(&path, appeal()).await;
    assert!([403, 404].contains(&reply.status.as_u16()), "{}", reply.text());
}
