//! kill -9 at random instants: what was acknowledged is there, nothing is there twice, the ledger verifies.
//!
//! `TANDEM_CRASH_ROUNDS` (default 5) and `TANDEM_CRASH_SEED` come from the environment; `cargo xtask crash --rounds N`
//! sets the first.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::rig::{ADMIN_KEY, Rig, case};

/// What answers said, in all rounds.
#[derive(Default)]
struct Acknowledged {
    /// Case by key.
    cases: Mutex<HashMap<String, String>>,
    /// Judgment by case.
    judgments: Mutex<HashMap<String, String>>,
    /// Open claims: claim, token and case.
    claims: Mutex<Vec<(Value, Value, String)>>,
    next: AtomicU64,
    stop: AtomicBool,
}

impl Acknowledged {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Draws that repeat (SplitMix64).
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn crash() {
    let rounds = from_environment("TANDEM_CRASH_ROUNDS", 5);
    let seed = from_environment("TANDEM_CRASH_SEED", 7);
    println!("crash: {rounds} rounds, seed {seed}");
    let mut draws = Draws(seed);
    let mut rig = Rig::serving();
    let reviewers =
        [rig.reviewer("ada"), rig.reviewer("bob")].map(|client| Arc::new(Mutex::new(client)));
    let told = Arc::new(Acknowledged::default());
    let enough = |told: &Acknowledged| {
        let cases = told.cases.lock().unwrap().len() as u64;
        cases >= rounds && !told.judgments.lock().unwrap().is_empty()
    };
    let mut round = 0;
    // On a slow machine a server may live too short to answer anything: then it lives again.
    while round < rounds || (!enough(&told) && round < rounds + 50) {
        round += 1;
        told.stop.store(false, Ordering::Relaxed);
        let mut threads = Vec::new();
        for _ in 0..3 {
            let (told, client) = (Arc::clone(&told), Client::new(&rig.url, ADMIN_KEY));
            threads.push(std::thread::spawn(move || submit(client, &told)));
        }
        for reviewer in &reviewers {
            let (told, client) = (Arc::clone(&told), Arc::clone(reviewer));
            threads.push(std::thread::spawn(move || review(&mut client.lock().unwrap(), &told)));
        }
        std::thread::sleep(Duration::from_millis(30 + draws.below(500)));
        rig.kill();
        told.stop.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        let (code, report) = rig.verify_data();
        assert!(code == 0 || code == 2, "round {round}: exit code {code}: {report}");
        rig.start();
        check(&rig, &told, round);
    }
    finish_open_claims(&reviewers[0], &reviewers[1], &told);
    check(&rig, &told, round);
    rig.stop();
    let (code, report) = rig.verify_data();
    assert_eq!(code, 0, "{report}");
    let (cases, judgments) =
        (told.cases.lock().unwrap().len(), told.judgments.lock().unwrap().len());
    println!(
        "crash: {cases} cases and {judgments} judgments acknowledged, none lost, none doubled"
    );
    assert!(enough(&told), "the rounds were too short to test anything");
}

/// Hands in cases; a key whose answer did not come is handed in again, in this or a later round.
fn submit(mut client: Client, told: &Acknowledged) {
    while !told.stopped() {
        let key = format!("k{}", told.next.fetch_add(1, Ordering::Relaxed));
        let Ok(answer) = client.post("/v1/loops/notes/cases", &case(&key)) else { return };
        assert_eq!(answer.status, 201, "{}", answer.text);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        told.cases.lock().unwrap().insert(key, id);
    }
}

/// Claims and judges. Every other claim is kept for later: it must outlive the kill.
fn review(client: &mut Client, told: &Acknowledged) {
    let mut count = 0;
    while !told.stopped() {
        let Ok(answer) = client.post("/v1/claims", &json!({"loops": ["notes"]})) else { return };
        let claims = answer.ok();
        let Some(claim) = claims["claims"].get(0) else {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        };
        let id = claim["case"]["id"].as_str().unwrap().to_owned();
        count += 1;
        if count % 20 == 0 {
            told.claims.lock().unwrap().push((claim["id"].clone(), claim["token"].clone(), id));
            continue;
        }
        let Ok(answer) = judge(client, &id, &claim["id"], &claim["token"]) else { return };
        let judged = answer.ok();
        let judgment = judged["judgment"]["id"].as_str().unwrap().to_owned();
        told.judgments.lock().unwrap().insert(id, judgment);
    }
}

fn judge(
    client: &mut Client,
    case: &str,
    claim: &Value,
    token: &Value,
) -> std::io::Result<crate::client::Answer> {
    let body = json!({"claim": claim, "token": token, "verdict": "answer",
        "answer": {"label": "b"}, "elapsed_ms": 3});
    client.post(&format!("/v1/cases/{case}/judgments"), &body)
}

/// Every claim that was acknowledged before a kill is still good afterwards.
fn finish_open_claims(a: &Mutex<Client>, b: &Mutex<Client>, told: &Acknowledged) {
    for (claim, token, case) in told.claims.lock().unwrap().drain(..) {
        let mut done = false;
        for client in [a, b] {
            let mut client = client.lock().unwrap();
            // The connection may be of a dead server; the first call finds out.
            drop(client.get("/healthz"));
            let answer = judge(&mut client, &case, &claim, &token).unwrap();
            if answer.status == 200 || answer.status == 201 {
                let judgment = answer.json()["judgment"]["id"].as_str().unwrap().to_owned();
                told.judgments.lock().unwrap().insert(case.clone(), judgment);
                done = true;
                break;
            }
        }
        assert!(done, "the claim {claim} on {case} was lost");
    }
}

/// Nothing acknowledged is lost, nothing is there twice.
fn check(rig: &Rig, told: &Acknowledged, round: u64) {
    let start = Instant::now();
    let mut admin = rig.admin();
    let (mut by_key, mut cursor) = (HashMap::new(), String::new());
    loop {
        let page = admin.get(&format!("/v1/loops/notes/cases?limit=500{cursor}")).unwrap().ok();
        for case in page["items"].as_array().unwrap() {
            let key = case["key"].as_str().unwrap().to_owned();
            assert!(by_key.insert(key, case.clone()).is_none(), "round {round}: twice: {case}");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut seen = HashSet::new();
    for (key, id) in told.cases.lock().unwrap().iter() {
        let case = by_key.get(key).unwrap_or_else(|| panic!("round {round}: lost case {key}"));
        assert_eq!(case["id"].as_str(), Some(id.as_str()), "round {round}: another case for {key}");
        seen.insert(id.clone());
    }
    let by_id: HashMap<&str, &Value> =
        by_key.values().map(|case| (case["id"].as_str().unwrap(), case)).collect();
    for (case, judgment) in told.judgments.lock().unwrap().iter() {
        let case = by_id[case.as_str()];
        assert_eq!(case["status"], "decided", "round {round}: lost judgment {judgment}: {case}");
        assert_eq!(case["decision"]["output"], json!({"label": "b"}), "round {round}");
        let judgments = case["judgments"].as_array().unwrap();
        assert_eq!(judgments.len(), 1, "round {round}: judged twice: {case}");
        assert_eq!(judgments[0]["id"].as_str(), Some(judgment.as_str()));
    }
    for case in by_key.values() {
        let live = case["decisions"].as_array().map_or(0, |decisions| {
            decisions.iter().filter(|d| d["state"] == "held" || d["state"] == "effective").count()
        });
        assert!(live <= 1, "round {round}: two live decisions: {case}");
    }
    println!("round {round}: {} cases checked in {:?}", by_key.len(), start.elapsed());
}
