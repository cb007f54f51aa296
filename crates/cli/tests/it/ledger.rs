//! The ledger's exit codes on real data.

use serde_json::json;

use crate::rig::{Rig, case, stderr, text};

/// A stopped server with some history.
fn history() -> Rig {
    let mut rig = Rig::serving();
    let mut admin = rig.admin();
    for n in 0..8 {
        admin.post("/v1/loops/notes/cases", &case(&format!("c{n}"))).unwrap().ok();
    }
    let mut reviewer = rig.reviewer("ada");
    for _ in 0..3 {
        let claim = reviewer.post("/v1/claims", &json!({"loops": ["notes"]})).unwrap().ok();
        let claim = &claim["claims"][0];
        let body = json!({"claim": claim["id"], "token": claim["token"], "verdict": "approve", "elapsed_ms": 1});
        let id = claim["case"]["id"].as_str().unwrap();
        reviewer.post(&format!("/v1/cases/{id}/judgments"), &body).unwrap().ok();
    }
    rig.stop();
    rig
}

#[test]
fn exit_codes_tell_anchored_from_unanchored_from_damaged_from_unreadable() {
    let rig = history();
    let (code, report) = rig.verify_data();
    assert_eq!(code, 0, "{report}");
    assert!(report["events"].as_u64().unwrap() > 20, "{report}");
    let (code, report) = rig.verify(&["--data-dir", text(&rig.data())]);
    assert_eq!((code, report["problem_count"].as_u64()), (2, Some(0)), "{report}");

    let bundle = rig.dir.path().join("l.bundle");
    let output = rig.local(&["ledger", "bundle", text(&bundle), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let vkey = made["vkey"].as_str().unwrap();
    let witness = rig.witness();
    let anchored = ["--witness", text(&witness), "--vkey", vkey];
    let (code, report) = rig.verify(&[&[text(&bundle)], &anchored[..]].concat());
    assert_eq!(code, 0, "{report}");

    let whole = std::fs::read_to_string(&bundle).unwrap();
    assert!(whole.contains(r#"\"verdict\":\"approve\""#) || whole.contains("approve"));
    let forged = whole.replacen("approve", "rejects", 1);
    assert_ne!(whole, forged);
    let forged_file = rig.dir.path().join("forged.bundle");
    std::fs::write(&forged_file, forged).unwrap();
    let (code, report) = rig.verify(&[&[text(&forged_file)], &anchored[..]].concat());
    assert_eq!(code, 1);
    assert!(report["problems"][0]["id"].is_string(), "{report}");

    let (code, _) = rig.verify(&["no-such.bundle"]);
    assert_eq!(code, 3);
    let (code, _) = rig.verify(&[text(&bundle), "--vkey", "nonsense"]);
    assert_eq!(code, 3);
    let (code, _) = rig.verify(&["--data-dir", "nowhere"]);
    assert_eq!(code, 3);
}

#[test]
fn a_running_server_verifies_itself() {
    let mut rig = history();
    rig.start();
    let key = crate::rig::ADMIN_KEY;
    // Checkpoints come once a second: wait for one over everything.
    let end = std::time::Instant::now() + std::time::Duration::from_mins(1);
    loop {
        let (code, report) = rig.verify(&["--url", &rig.url, "--key", key]);
        if code == 0 {
            assert!(report["problems"].as_array().unwrap().is_empty());
            break;
        }
        assert_eq!(code, 2, "{report}");
        assert!(std::time::Instant::now() < end, "never anchored: {report}");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
