//! Starting, locking, listening, and what survives a kill.

use serde_json::json;

use crate::rig::{Rig, case, stderr};

#[test]
fn a_second_process_is_told_that_a_server_has_the_directory() {
    let rig = Rig::serving();
    for args in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["backup", "copy.db"],
        &["ledger", "bundle", "x.bundle"],
    ] {
        let output = rig.local(args);
        assert_eq!(output.status.code(), Some(75), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("in use by another process"), "{}", stderr(&output));
    }
    let (code, _) = rig.verify(&["--data-dir", rig.data().to_str().unwrap()]);
    assert_eq!(code, 75);
}

#[test]
fn addresses_of_other_machines_are_refused_unless_allowed() {
    let rig = Rig::new();
    let output = rig.local(&["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--allow-remote"), "{}", stderr(&output));
    let output = rig.local(&["serve", "--listen", "nonsense"]);
    assert!(stderr(&output).contains("no address to listen on"), "{}", stderr(&output));
}

#[test]
fn a_claim_survives_the_plug() {
    let mut rig = Rig::serving();
    let mut admin = rig.admin();
    let id = admin.post("/v1/loops/notes/cases", &case("one")).unwrap().ok()["id"].clone();
    let mut reviewer = rig.reviewer("ada");
    let claims = reviewer.post("/v1/claims", &json!({"loops": ["notes"]})).unwrap().ok();
    let claim = claims["claims"][0].clone();
    assert_eq!(claim["case"]["id"], id);
    rig.kill();
    rig.start();
    let path = format!("/v1/cases/{}/judgments", id.as_str().unwrap());
    let body = json!({"claim": claim["id"], "token": claim["token"], "verdict": "answer",
        "answer": {"label": "b"}, "elapsed_ms": 900});
    // The connection died with the server; the first call on it may find that out.
    drop(reviewer.get("/healthz"));
    let judged = reviewer.post(&path, &body).unwrap().ok();
    assert_eq!(judged["case"]["status"], "decided");
    let seen = rig.admin().get(&format!("/v1/cases/{}", id.as_str().unwrap())).unwrap().ok();
    assert_eq!(seen["decision"]["output"], json!({"label": "b"}));
}

#[test]
fn a_parked_caller_is_answered_by_the_next_server() {
    let mut rig = Rig::serving();
    let id = rig.admin().post("/v1/loops/notes/cases", &case("two")).unwrap().ok()["id"].clone();
    let path = format!("/v1/cases/{}", id.as_str().unwrap());
    rig.kill();
    rig.start();
    let mut waiting = rig.admin();
    let parked = std::thread::spawn({
        let path = format!("{path}?wait=30s");
        move || waiting.get(&path).unwrap()
    });
    let verdict = json!({"verdict": "approve", "elapsed_ms": 500});
    rig.reviewer("bob").post(&format!("{path}/judgments"), &verdict).unwrap().ok();
    let answer = parked.join().unwrap();
    assert_eq!((answer.status, answer.ok()["status"].as_str()), (200, Some("decided")));
}

#[test]
fn client_commands_work_against_the_server_and_name_their_failures() {
    let rig = Rig::serving();
    let run = |args: &[&str]| {
        let mut command = rig.command();
        command.args(args).env("TANDEM_URL", &rig.url).env("TANDEM_KEY", crate::rig::ADMIN_KEY);
        command.output().unwrap()
    };
    let file = rig.dir.path().join("cases.jsonl");
    std::fs::write(&file, format!("{}\n{{\"input\":{{}}}}\n{}\n", case("x"), case("y"))).unwrap();
    let output = run(&["submit", file.to_str().unwrap(), "--loop", "notes", "--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&summary["accepted"], &summary["refused"]), (&json!(2), &json!(1)), "{summary}");
    assert_eq!(summary["problems"][0]["line"], 2);
    assert_eq!(output.status.code(), Some(1));

    let list = run(&["loop", "list", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["items"][0]["name"], "notes");
    let source = run(&["loop", "show", "notes", "--source"]);
    assert_eq!(String::from_utf8_lossy(&source.stdout).trim_end(), crate::rig::LOOP.trim_end());

    std::fs::write(
        rig.dir.path().join("bad.yaml"),
        crate::rig::LOOP.replace("auto_at: 0.9", "auto_at: 7"),
    )
    .unwrap();
    let bad = run(&["loop", "apply", "bad.yaml"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(stderr(&bad).contains("line 8"), "{}", stderr(&bad));

    let key = run(&["key", "create", "script", "--role", "notes:submitter", "--json"]);
    let key: serde_json::Value = serde_json::from_slice(&key.stdout).unwrap();
    let weak = key["secret"].as_str().unwrap();
    let refused =
        rig.command().args(["key", "list", "--key", weak, "--url", &rig.url]).output().unwrap();
    assert_eq!(refused.status.code(), Some(77), "{}", stderr(&refused));
    let nobody =
        rig.command().args(["loop", "list", "--url", "http://127.0.0.1:9"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(69), "{}", stderr(&nobody));
    assert_eq!(run(&["loop", "nonsense"]).status.code(), Some(64));

    let rows = run(&["export", "notes", "decisions"]);
    assert!(rows.status.success(), "{}", stderr(&rows));
    let member = run(&["member", "add", "Eve", "eve@example.org", "--role", "auditor"]);
    assert!(String::from_utf8_lossy(&member.stdout).contains("/signin/"), "{}", stderr(&member));
}
