//! What the main replies look like.

use serde_json::{Value, json};
use tandem_domain::roles::Role;
use tandem_engine::LoopScope;
use tandem_testkit::{TestApp, by_hand, case, selective};

/// Replaces what differs from run to run: ids, digests and secrets.
fn stable(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let opaque = ["digest", "root", "token", "salt", "draw"];
                if opaque.contains(&name.as_str()) && !member.is_null() {
                    *member = json!(format!("[{name}]"));
                } else {
                    stable(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(stable),
        Value::String(text) => {
            if let Some((prefix, rest)) = text.split_once('_') {
                let id = rest.split(['-', '.']).next().unwrap_or_default();
                if id.len() == 26 {
                    let tail = &rest[26..];
                    *text = format!("{prefix}_[id]{tail}");
                }
            }
        }
        _ => {}
    }
}

fn shown(mut value: Value) -> Value {
    stable(&mut value);
    value
}

#[tokio::test]
async fn an_automatic_case() {
    let app = TestApp::new().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let made = client.post("/v1/loops/tickets/cases", case(0.95)).await.expect(201);
    insta::assert_json_snapshot!(shown(made), @r#"
    {
      "created_at": "2026-01-01T00:00:00.000000Z",
      "decision": {
        "by": "machine",
        "changes": [],
        "decided_at": "2026-01-01T00:00:00.000000Z",
        "delivery": "pending",
        "digest": "[digest]",
        "effective_at": "2026-01-01T00:00:00.000000Z",
        "id": "dec_[id]-1",
        "judgments": [],
        "loop_version": 1,
        "model": "intent@7",
        "outcome": "approved",
        "output": {
          "intent": "card_arrival"
        },
        "reason_codes": [],
        "rule": "policy",
        "state": "effective"
      },
      "decisions": [
        {
          "by": "machine",
          "changes": [],
          "decided_at": "2026-01-01T00:00:00.000000Z",
          "delivery": "pending",
          "digest": "[digest]",
          "effective_at": "2026-01-01T00:00:00.000000Z",
          "id": "dec_[id]-1",
          "judgments": [],
          "loop_version": 1,
          "model": "intent@7",
          "outcome": "approved",
          "output": {
            "intent": "card_arrival"
          },
          "reason_codes": [],
          "rule": "policy",
          "state": "effective"
        }
      ],
      "id": "case_[id]",
      "input": {
        "text": "my card still hasn't arrived"
      },
      "judgments": [],
      "loop": "tickets",
      "loop_version": 1,
      "overdue": false,
      "priority": 0,
      "progress": {
        "have": 0,
        "held": 0,
        "needed": 0
      },
      "proposal": {
        "at": "2026-01-01T00:00:00.000000Z",
        "confidence": {
          "": 0.95
        },
        "evidence": [],
        "id": "prop_[id]-1",
        "model": "intent@7",
        "output": {
          "intent": "card_arrival"
        },
        "probabilities": {},
        "shadow": false
      },
      "proposals": [
        {
          "at": "2026-01-01T00:00:00.000000Z",
          "confidence": {
            "": 0.95
          },
          "evidence": [],
          "id": "prop_[id]-1",
          "model": "intent@7",
          "output": {
            "intent": "card_arrival"
          },
          "probabilities": {},
          "shadow": false
        }
      ],
      "requested_human": false,
      "route": {
        "epoch": 1,
        "loop_version": 1,
        "mode": "in_the_loop",
        "queue": "default",
        "reasons": [
          {
            "code": "confidence",
            "threshold": 0.9,
            "value": 0.95
          }
        ],
        "reviewers": 1,
        "to": "auto"
      },
      "status": "decided",
      "tags": [],
      "turn": {
        "holder": "agent"
      },
      "updated_at": "2026-01-01T00:00:00.000000Z"
    }
    "#);
}

#[tokio::test]
async fn a_claim_and_its_judgment() {
    let app = TestApp::new().await;
    app.publish(&by_hand("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    client.post("/v1/loops/tickets/cases", case(0.5)).await.expect(201);
    let (_, reviewer) = app.person("r@example.org", LoopScope::All, Role::Reviewer).await;
    let claims = reviewer.post("/v1/claims", json!({})).await.expect(201);
    let claim = claims["claims"][0].clone();
    let path = format!("/v1/cases/{}/judgments", claim["case"]["id"].as_str().unwrap());
    insta::assert_json_snapshot!(shown(claims), @r#"
    {
      "claims": [
        {
          "blind": false,
          "case": {
            "created_at": "2026-01-01T00:00:00.000000Z",
            "decision": null,
            "decisions": [],
            "id": "case_[id]",
            "input": {
              "text": "my card still hasn't arrived"
            },
            "judgments": [],
            "loop": "tickets",
            "loop_version": 1,
            "overdue": false,
            "priority": 0,
            "progress": {
              "have": 0,
              "held": 1,
              "needed": 1
            },
            "proposal": {
              "at": "2026-01-01T00:00:00.000000Z",
              "confidence": {
                "": 0.5
              },
              "evidence": [],
              "id": "prop_[id]-1",
              "model": "intent@7",
              "output": {
                "intent": "card_arrival"
              },
              "probabilities": {},
              "shadow": false
            },
            "proposals": [
              {
                "at": "2026-01-01T00:00:00.000000Z",
                "confidence": {
                  "": 0.5
                },
                "evidence": [],
                "id": "prop_[id]-1",
                "model": "intent@7",
                "output": {
                  "intent": "card_arrival"
                },
                "probabilities": {},
                "shadow": false
              }
            ],
            "requested_human": false,
            "route": {
              "epoch": 1,
              "loop_version": 1,
              "mode": "in_the_loop",
              "queue": "default",
              "reasons": [
                {
                  "code": "full_review"
                }
              ],
              "reviewers": 1,
              "to": "review"
            },
            "status": "claimed",
            "tags": [],
            "turn": {
              "holder": "agent"
            },
            "updated_at": "2026-01-01T00:00:00.000000Z"
          },
          "expires_at": "2026-01-01T00:01:00.000000Z",
          "explanation": null,
          "guidelines": null,
          "id": "clm_[id]-1",
          "lease_s": 60.0,
          "loop": "tickets",
          "proposal": {
            "at": "2026-01-01T00:00:00.000000Z",
            "confidence": {
              "": 0.5
            },
            "evidence": [],
            "id": "prop_[id]-1",
            "model": "intent@7",
            "output": {
              "intent": "card_arrival"
            },
            "probabilities": {},
            "shadow": false
          },
          "reasons": [
            {
              "code": "full_review"
            }
          ],
          "task": {
            "created_at": "2026-01-01T00:00:00.000000Z",
            "id": "task_[id]-1",
            "queue": "default"
          },
          "token": "[token]",
          "undo_s": 0.0,
          "waiting": 0
        }
      ]
    }
    "#);
    let body = json!({
        "claim": claim["id"], "token": claim["token"], "verdict": "modify",
        "answer": {"intent": "lost_card"}, "elapsed_ms": 1_200, "claim_next": {},
    });
    let judged = reviewer.post(&path, body).await.expect(201);
    let mut brief = judged["case"]["decision"].clone();
    brief["judgment"] = judged["judgment"].clone();
    insta::assert_json_snapshot!(shown(brief), @r#"
    {
      "by": "people",
      "changes": [
        {
          "after": "lost_card",
          "before": "card_arrival",
          "path": "/intent"
        }
      ],
      "decided_at": "2026-01-01T00:00:00.000000Z",
      "delivery": "pending",
      "digest": "[digest]",
      "effective_at": "2026-01-01T00:00:00.000000Z",
      "id": "dec_[id]-1",
      "judgment": {
        "id": "jdg_[id]-1",
        "undo_until": null
      },
      "judgments": [
        "jdg_[id]-1"
      ],
      "loop_version": 1,
      "model": "intent@7",
      "outcome": "modified",
      "output": {
        "intent": "lost_card"
      },
      "reason_codes": [],
      "rule": "single",
      "state": "effective"
    }
    "#);
}

#[tokio::test]
async fn operators_get_health_and_metrics() {
    let app = TestApp::new().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    client.post("/v1/loops/tickets/cases", case(0.95)).await.expect(201);
    assert_eq!(app.client.get("/healthz").await.expect(200), json!({"status": "ok"}));
    app.client.get("/readyz").await.expect(200);
    let metrics = app.client.get("/metrics").await.text();
    for line in [
        "tandem_cases_submitted_total 1",
        "tandem_cases_automatic_total 1",
        "tandem_http_requests_total{method=\"POST\",route=\"/v1/loops/{loop}/cases\",status=\"201\"} 1",
        "tandem_submit_duration_seconds_count 1",
        "# EOF",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}

#[tokio::test]
async fn the_ledger_proves_what_happened() {
    let app = TestApp::new().await;
    app.publish(&selective("tickets")).await;
    let client = app.machine(LoopScope::All, Role::Admin).await;
    client.post("/v1/loops/tickets/cases", case(0.95)).await.expect(201);
    while app.engine.ledger_status().await.unwrap().unsealed > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    app.engine.checkpoint_now().await.unwrap();
    let verified = client.post("/v1/ledger/verify", json!({})).await.expect(200);
    assert_eq!(verified["problems"], json!([]));
    assert_eq!(verified["state"], "unanchored");
    let json = client.with("accept", "application/json");
    let checkpoint = json.get("/v1/ledger/checkpoint").await.expect(200);
    let size = checkpoint["size"].as_u64().unwrap();
    let entries = client.get(&format!("/v1/ledger/entries?from=0&to={size}")).await.expect(200);
    assert_eq!(entries["items"].as_array().unwrap().len() as u64, size);
    let proof = client.get(&format!("/v1/ledger/proof?leaf=1&size={size}")).await.expect(200);
    assert_eq!(proof["leaf_hash"], entries["items"][1]["leaf"]);
    assert_eq!(proof["root"], checkpoint["root"]);
    let path = format!("/v1/ledger/consistency?from=1&to={size}");
    assert_eq!(client.get(&path).await.expect(200)["to_root"], checkpoint["root"]);
}

#[tokio::test]
async fn media_come_back_as_they_went_and_scripts_as_downloads() {
    let app = TestApp::new().await;
    let client = app.machine(LoopScope::All, Role::Submitter).await;
    let picture = client.with("content-type", "image/png").send("POST", "/v1/media", "png").await;
    let path = format!("/v1/media/{}", picture.expect(201)["id"].as_str().unwrap());
    let fetched = client.get(&path).await;
    assert_eq!((fetched.text().as_str(), fetched.header("content-type")), ("png", "image/png"));
    let html = client.with("content-type", "image/svg+xml");
    let drawing = html.send("POST", "/v1/media", "<svg onload=alert(1)>").await.expect(201);
    let fetched = client.get(&format!("/v1/media/{}", drawing["id"].as_str().unwrap())).await;
    assert_eq!(fetched.header("content-type"), "application/octet-stream");
    assert_eq!(fetched.header("content-disposition"), "attachment");
    assert!(fetched.header("content-security-policy").contains("sandbox"));
}
