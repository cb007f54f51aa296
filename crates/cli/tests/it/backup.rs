//! Backup, restore and the doctor.

use serde_json::{Value, json};

use crate::rig::{Rig, case, stderr, text};

#[test]
fn a_backup_restores_to_a_directory_whose_ledger_verifies() {
    let mut rig = Rig::serving();
    let id = rig.admin().post("/v1/loops/notes/cases", &case("kept")).unwrap().ok()["id"].clone();
    rig.stop();
    let file = rig.dir.path().join("copy.db");
    let output = rig.local(&["backup", text(&file)]);
    assert!(output.status.success(), "{}", stderr(&output));
    let again = rig.local(&["backup", text(&file)]);
    assert_eq!(again.status.code(), Some(1), "a backup must not be overwritten");

    let full = rig.local(&["restore", text(&file)]);
    assert_eq!(full.status.code(), Some(1));
    assert!(stderr(&full).contains("holds a database already"), "{}", stderr(&full));

    std::fs::remove_dir_all(rig.data()).unwrap();
    let output = rig.local(&["restore", text(&file), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verified"], true, "{report}");
    rig.start();
    let path = format!("/v1/cases/{}", id.as_str().unwrap());
    assert_eq!(rig.admin().get(&path).unwrap().ok()["key"], "kept");
}

#[test]
fn a_restore_below_the_witness_begins_a_new_log_that_says_so() {
    let mut rig = Rig::serving();
    rig.admin().post("/v1/loops/notes/cases", &case("kept")).unwrap().ok();
    rig.stop();
    let file = rig.dir.path().join("copy.db");
    assert!(rig.local(&["backup", text(&file)]).status.success());
    rig.start();
    rig.admin().post("/v1/loops/notes/cases", &case("lost")).unwrap().ok();
    rig.stop();
    let old_bundle = rig.dir.path().join("old.bundle");
    let bundled = rig.local(&["ledger", "bundle", text(&old_bundle), "--json"]);
    let old: Value = serde_json::from_slice(&bundled.stdout).unwrap();
    assert_eq!(rig.verify_data().0, 0);

    std::fs::remove_dir_all(rig.data()).unwrap();
    let output = rig.local(&["restore", text(&file), "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let renewed = &report["new_origin"];
    assert_ne!(renewed["vkey"], old["vkey"]);
    assert!(rig.dir.path().join("checkpoint.key.before-1").is_file());
    assert_eq!(report["verified"], true, "{report}");

    // The new log verifies and is anchored; it goes on, and says where it comes from.
    assert_eq!(rig.verify_data().0, 0);
    rig.start();
    rig.admin().post("/v1/loops/notes/cases", &case("after")).unwrap().ok();
    let entries = rig.admin().get("/v1/ledger/entries?from=0&to=1000").unwrap().ok().to_string();
    assert!(entries.contains("restored") && entries.contains("witnessed"), "{entries}");
    rig.stop();
    let bundle = rig.dir.path().join("new.bundle");
    assert!(rig.local(&["ledger", "bundle", text(&bundle)]).status.success());
    let new_key = renewed["vkey"].as_str().unwrap();
    let (bundle, witness) = (text(&bundle).to_owned(), rig.witness());
    let witness = text(&witness);
    assert_eq!(rig.verify(&[&bundle, "--vkey", new_key, "--witness", witness]).0, 0);
    // Whoever pins the old key is told that this is another log.
    let (code, told) =
        rig.verify(&[&bundle, "--vkey", old["vkey"].as_str().unwrap(), "--witness", witness]);
    assert_eq!(code, 1);
    assert!(told.to_string().contains("wrong_origin"), "{told}");
}

#[test]
fn a_damaged_backup_is_refused_and_nothing_is_restored() {
    let rig = Rig::new();
    let file = rig.dir.path().join("bad.db");
    std::fs::write(&file, vec![7; 10_000]).unwrap();
    let output = rig.local(&["restore", text(&file)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!rig.data().join("tandem.db").exists());
}

/// Whether a doctor finds nothing bad but the room that this machine's disk has left.
fn is_sound(doctor: &std::process::Output) -> bool {
    let report: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let bad = |check: &&Value| check["state"] == "bad" && check["name"] != "disk space";
    let found = checks.iter().filter(bad).count();
    assert!(found == 0 || doctor.status.code() == Some(1), "what is bad ends in 1");
    found == 0
}

#[test]
fn the_doctor_finds_a_sound_installation_sound_and_a_forged_one_bad() {
    let mut rig = Rig::serving();
    rig.admin().post("/v1/loops/notes/cases", &case("x")).unwrap().ok();
    rig.stop();
    let state = |output: &std::process::Output, name: &str| -> String {
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = report["checks"].as_array().unwrap().clone();
        let check = checks.iter().find(|c| c["name"] == name).expect("the check");
        check["state"].as_str().unwrap().to_owned()
    };
    let sound = rig.local(&["doctor", "--json", "--listen", "127.0.0.1:0"]);
    assert!(is_sound(&sound), "{}", String::from_utf8_lossy(&sound.stdout));
    assert_eq!(state(&sound, "ledger"), "good");
    std::fs::write(rig.witness(), "").unwrap();
    let witnessless = rig.local(&["doctor", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!(state(&witnessless, "ledger"), "note");
    std::fs::write(rig.key_file(), "nonsense").unwrap();
    let bad = rig.local(&["doctor", "--json", "--listen", "127.0.0.1:0"]);
    assert_eq!(bad.status.code(), Some(1));
    assert_eq!(state(&bad, "checkpoint key"), "bad");
}

#[test]
fn the_doctor_asks_a_server_for_what_fails_outside() {
    let rig = Rig::serving_in(&["--channel-allow-private", "--webhook-allow-private"], &[]);
    let asked = || {
        let (url, key) = (rig.url.clone(), crate::rig::ADMIN_KEY);
        let args = ["doctor", "--json", "--listen", "127.0.0.1:0", "--url", &url, "--key", key];
        let output = rig.local(&args);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let of = |name: &str| -> Value {
            let checks = report["checks"].as_array().unwrap();
            checks.iter().find(|check| check["name"] == name).expect("the check").clone()
        };
        (is_sound(&output), of("channels"), of("webhooks"), of("notifications"))
    };
    let (sound, channels, webhooks, notifications) = asked();
    assert!(sound, "{channels} {webhooks} {notifications}");
    for check in [&channels, &webhooks, &notifications] {
        assert_eq!(check["state"], "good", "{check}");
    }

    // Nothing listens on the port of the discard protocol.
    let port = 9;
    let mut admin = rig.admin();
    let call = |path: &str| json!({"method": "POST", "url": format!("http://127.0.0.1:{port}{path}"), "headers": {}, "body": {}});
    let desk = json!({"create": call("/tickets"), "id_at": "/id"});
    let channel = json!({"name": "desk", "kind": "helpdesk", "direction": "out", "desk": desk});
    admin.post("/v1/channels", &channel).unwrap().ok();
    admin.post("/v1/loops/notes/cases", &case("told")).unwrap().ok();
    until(|| asked().1["state"] == "bad");
    let (sound, channels, webhooks, _) = asked();
    assert_eq!(
        (sound, &webhooks["state"]),
        (false, &json!("good")),
        "the channel alone: {channels}"
    );
    let finding = channels["finding"].as_str().unwrap();
    assert!(finding.starts_with("desk (helpdesk): down, 1 waiting"), "{finding}");
    assert!(!channels["mend"].as_str().unwrap().is_empty());

    let channel = admin.get("/v1/channels").unwrap().ok()["items"][0]["id"].clone();
    let path = format!("/v1/channels/{}", channel.as_str().unwrap());
    admin.call("DELETE", &path, "application/json", "").unwrap();
    let hook = json!({"url": format!("http://127.0.0.1:{port}/hook"), "kinds": ["case.decided"]});
    admin.post("/v1/webhooks", &hook).unwrap().ok();
    let mut sure = case("hooked");
    sure["proposal"]["confidence"] = json!(0.95);
    admin.post("/v1/loops/notes/cases", &sure).unwrap().ok();
    until(|| asked().2["state"] == "bad");
    let (sound, channels, webhooks, _) = asked();
    assert_eq!(
        (sound, &channels["state"]),
        (false, &json!("good")),
        "the webhook alone: {webhooks}"
    );
    assert!(webhooks["finding"].as_str().unwrap().contains("failures in a row"), "{webhooks}");
}

fn until(good: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !good() {
        assert!(begun.elapsed() < std::time::Duration::from_secs(90), "it does not come to this");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}
