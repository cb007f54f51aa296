//! The demo, from start to end.

use std::process::Stdio;

use serde_json::Value;

use crate::client::Client;
use crate::rig::{Rig, stderr, tandem, text};

#[test]
fn the_loop_closes_by_itself_and_its_ledger_verifies() {
    let rig = Rig::new();
    let root = rig.dir.path().join("demo");
    let output = rig
        .command()
        .args(["demo", "--simulate", "4", "--headless", "--json", "--data-dir", text(&root)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(stdout.trim_end().lines().count(), 1, "{stdout}");
    let figures: Value = serde_json::from_str(&stdout).unwrap();
    let number = |name: &str| figures[name].as_f64().unwrap_or_else(|| panic!("{name}: {figures}"));
    assert_eq!(number("cases"), 1_377.0);
    assert!(number("judgments") < 1_377.0 && number("judgments") > 50.0, "{figures}");
    assert!(number("automatic_share") > 0.4, "{figures}");
    assert!(number("model_accuracy_last") > number("model_accuracy_first") + 0.05, "{figures}");
    assert!(number("model_accuracy_last") > 0.88, "{figures}");
    assert!(number("final_error") < 0.08, "{figures}");
    assert!(number("models_trained") >= 5.0, "{figures}");
    let interval = figures["automatic_error_interval"].as_array().unwrap();
    assert!(interval[0].as_f64() <= figures["automatic_error"].as_f64());
    assert!(interval[1].as_f64() >= figures["automatic_error"].as_f64());

    let (data, witness) = (root.join("data"), root.join("witness.txt"));
    let (code, report) = rig.verify(&["--data-dir", text(&data), "--witness", text(&witness)]);
    assert_eq!(code, 0, "{report}");
}

#[test]
fn an_agent_asks_before_it_pays_and_obeys() {
    let rig = Rig::new();
    let root = rig.dir.path().join("demo");
    let output = rig
        .command()
        .args(["demo", "--refunds", "--json", "--data-dir", text(&root)])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |name: &str| figures[name].as_f64().unwrap_or_else(|| panic!("{name}: {figures}"));
    // Every way a call can go is in it, and what was paid is less than what was asked for.
    for name in ["automatic", "limited", "approved", "edited", "rejected", "executed"] {
        assert!(number(name) > 0.0, "{name}: {figures}");
    }
    assert!(number("paid") < number("asked"), "{figures}");
    let allowed = number("automatic") + number("approved") + number("edited");
    assert!(number("executed") <= allowed, "{figures}");
    assert_eq!(figures["paused_code"], "run_not_running");
    for name in ["steps_while_paused", "above_redirected", "grants_after_stop"] {
        assert_eq!(number(name), 0.0, "{name}: {figures}");
    }
    let (data, witness) = (root.join("data"), root.join("witness.txt"));
    let (code, report) = rig.verify(&["--data-dir", text(&data), "--witness", text(&witness)]);
    assert_eq!(code, 0, "{report}");
}

#[test]
fn it_can_be_broken_on_purpose() {
    let mut demo = tandem()
        .args(["demo", "--json", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(demo.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let (url, key) = (ready["url"].as_str().unwrap(), ready["key"].as_str().unwrap());
    assert!(ready["signin"].as_str().unwrap().starts_with(url));
    let mut admin = Client::new(url, key);
    eventually("cases wait", || {
        let queue = admin.get("/v1/loops/digits/stats/queue").unwrap().ok();
        queue["waiting"].as_u64().unwrap() > 20
    });

    // Fool me.
    admin.post("/v1/demo/fool", &serde_json::json!({"n": 3})).unwrap().ok();
    let fooled = admin.get("/v1/demo/fool").unwrap().ok();
    assert_eq!((fooled["planted"].as_u64(), fooled["seen"].as_u64()), (Some(3), Some(0)));

    // Pull the plug: another process answers on the same address, and the data are there.
    let pid = admin.get("/v1/demo").unwrap().ok()["plug"]["pid"].clone();
    let answer = admin.post("/v1/demo/plug", &serde_json::json!({})).unwrap();
    assert_eq!(answer.status, 202, "{}", answer.text);
    let mut after = Value::Null;
    eventually("the server is back", || {
        let mut fresh = Client::new(url, key);
        let state = fresh.get("/v1/demo").map_or(Value::Null, |answer| answer.json());
        after = state.clone();
        state["plug"]["pid"].is_u64() && state["plug"]["pid"] != pid
    });
    let mut admin = Client::new(url, key);
    assert_eq!(admin.get("/v1/demo/fool").unwrap().ok()["planted"], 3);

    // Forge a record: the verifier names the event in the copy, and the original still verifies.
    eventually("something is decided", || {
        Client::new(url, key).get("/v1/demo").unwrap().ok()["counts"]["decided"].as_u64() > Some(0)
    });
    let forged = admin.post("/v1/demo/forge", &serde_json::json!({})).unwrap().ok();
    let problem = &forged["report"]["problems"][0];
    assert_eq!(problem["code"], "row_mismatch", "{forged}");
    assert!(problem["id"].is_string() && problem["index"].is_u64(), "{forged}");
    assert!(forged["found"].is_string());
    let report = admin.post("/v1/ledger/verify", &serde_json::json!({})).unwrap().ok();
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(0), "{report}");

    demo.kill().unwrap();
    demo.wait().unwrap();
}

#[track_caller]
fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_mins(5);
    while !check() {
        assert!(std::time::Instant::now() < end, "not in time: {what}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
