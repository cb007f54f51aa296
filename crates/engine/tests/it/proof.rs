//! The ledger of an engine: complete, signed, witnessed, and damaged copies are found out.

use std::path::PathBuf;

use tandem_domain::case::Verdict;
use tandem_domain::{Timestamp, command::NewProposal};
use tandem_engine::ledger::verify_store;
use tandem_engine::{NewOutcome, Principal, cases::OutcomeSource};
use tandem_ledger::merkle::{verify_consistency, verify_inclusion};
use tandem_ledger::note::SigningKey;
use tandem_ledger::verify::Code;
use tandem_store::{Store, StoreConfig, maintenance};

use crate::common::{
    Kind, SECOND, World, answer, blocking, machine, reviewer, says, selective, tickets,
};
use crate::on_both;

on_both! {
    everything_that_happened_verifies,
    proofs_fit_the_checkpoint,
}

fn key() -> SigningKey {
    SigningKey::from_seed("tandem.example/log", &[7; 32]).unwrap()
}

async fn signed(kind: Kind) -> (World, PathBuf) {
    let witness = tempfile::tempdir().unwrap().keep().join("witness");
    let path = witness.clone();
    let world = World::with(kind, move |config| {
        config.checkpoint_key = Some(key());
        config.witness = Some(path);
    })
    .await;
    (world, witness)
}

/// A bit of everything that changes rows.
async fn busy(world: &World) {
    world.put(&selective()).await;
    let system = machine();
    let auto = world.submit("tickets", Some(0.97)).await.core.id;
    for _ in 0..3 {
        world.submit("tickets", Some(0.3)).await;
    }
    sealed(world).await;
    world.engine.checkpoint_now().await.unwrap();
    let (ada, ben) = (reviewer(1), reviewer(2));
    let claim = world.claim(&ada).await.unwrap();
    world.judge(&ada, &claim, says(Verdict::Answer, Some("other"))).await.unwrap();
    let claim = world.claim(&ben).await.unwrap();
    world.engine.release(&ben, claim.id, None).await.unwrap();
    let claim = world.claim(&ben).await.unwrap();
    world.pass(400 * SECOND).await;
    let proposal = NewProposal {
        output: answer("lost_card"),
        confidence: [(String::new(), 0.1)].into(),
        probabilities: std::collections::BTreeMap::new(),
        model: None,
        evidence: Vec::new(),
        by: String::new(),
    };
    world.engine.propose(&system, claim.case.core.id, proposal, false, None).await.unwrap();
    world.engine.reopen(&system, auto, "why not", None).await.unwrap();
    world.engine.comment(&system, auto, "Zoë said so \u{1f600}".to_owned(), None).await.unwrap();
    let outcome = NewOutcome {
        source: OutcomeSource::System,
        answer: Some(answer("other")),
        failure_modes: Vec::new(),
        succeeded: None,
        grant: None,
        occurred_at: Timestamp(0),
    };
    world.engine.outcome(&system, auto, outcome, None).await.unwrap();
    world.engine.put_media(&system, "image/png", vec![1, 2, 3]).await.unwrap();
    world.engine.halt(&system, None, "stop", None).await.unwrap();
    world.engine.resume(&system, None, "go", None).await.unwrap();
    world.put(&tickets("review: { undo: 0s }\n")).await;
    let drafted = world.engine.put_loop(
        &system,
        "tickets",
        tickets("title: Drafted\n"),
        tandem_policy::Format::Yaml,
        true,
        "a draft",
    );
    drafted.await.unwrap();
}

pub(crate) async fn sealed(world: &World) {
    for _ in 0..3_000 {
        if world.engine.ledger_status().await.unwrap().unsealed == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("events stay unsealed");
}

async fn everything_that_happened_verifies(kind: Kind) {
    let (world, witness) = signed(kind).await;
    busy(&world).await;
    sealed(&world).await;
    world.engine.checkpoint_now().await.unwrap();
    let report = world.engine.verify_live(&machine()).await.unwrap();
    assert_eq!(report.problems, [], "{report:#?}");
    assert!(report.pinned && report.checkpoints_ok >= 2);
    assert_eq!(report.anchored_size, Some(report.size));
    assert_eq!(report.exit_code(), 0);
    // 4 cases with their content, 3 versions of a loop, 2 comments, an outcome, a file, a halt.
    assert_eq!(report.rows, 2 * 4 + 3 + 2 + 1 + 1 + 1);
    let status = world.engine.ledger_status().await.unwrap();
    assert_eq!(status.anchored_size, Some(status.size));
    // A tail that nobody signed verifies too, but is not anchored.
    world.submit("tickets", None).await;
    sealed(&world).await;
    let report = world.engine.verify_live(&machine()).await.unwrap();
    assert_eq!((report.problem_count, report.exit_code()), (0, 2));
    // An interrupted append to the witness does not spoil the next entry.
    std::fs::OpenOptions::new()
        .append(true)
        .open(&witness)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"tandem.exa"))
        .unwrap();
    world.engine.shutdown().await;
    let path = witness.clone();
    let again = crate::common::start(world.store.clone(), move |config| {
        config.checkpoint_key = Some(key());
        config.witness = Some(path);
    })
    .await;
    let submission = crate::common::ticket("a", "other", None);
    again.submit(&machine(), "tickets", submission, None).await.unwrap();
    for _ in 0..3_000 {
        if again.ledger_status().await.unwrap().unsealed == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    again.checkpoint_now().await.unwrap();
    let report = again.verify_live(&machine()).await.unwrap();
    assert_eq!((report.problems.as_slice(), report.exit_code()), (&[][..], 0));
    again.shutdown().await;
}

async fn proofs_fit_the_checkpoint(kind: Kind) {
    let (world, _) = signed(kind).await;
    busy(&world).await;
    sealed(&world).await;
    let system = machine();
    let size = world.engine.ledger_status().await.unwrap().size;
    for leaf in [0, size / 2, size - 1] {
        let proof = world.engine.ledger_inclusion(&system, leaf, size).await.unwrap();
        assert!(verify_inclusion(&proof.subject, leaf, size, &proof.hashes, &proof.root));
    }
    for from in 0..=size {
        let proof = world.engine.ledger_consistency(&system, from, size).await.unwrap();
        let (old, new) = (&proof.subject, &proof.root);
        assert!(verify_consistency(from, size, &proof.hashes, old, new), "{from}");
    }
    let entries = world.engine.ledger_entries(&system, 0, size + 10).await.unwrap();
    assert_eq!(entries.len() as u64, size);
    assert!(world.engine.ledger_inclusion(&system, size, size).await.is_err());
    assert!(world.engine.ledger_inclusion(&system, 0, size + 1).await.is_err());
    let nobody = Principal { grants: Vec::new(), ..reviewer(9) };
    assert!(world.engine.ledger_entries(&nobody, 0, 1).await.is_err());
}

/// Edits a copy of a data directory in each of several ways; each is found.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edited_copy_is_found_out() {
    let (world, witness) = signed(Kind::Sqlite).await;
    busy(&world).await;
    world.engine.checkpoint_now().await.unwrap();
    let data = world.dir.path().join("data");
    let edits: [(&str, &str, Code); 5] = [
        (
            "case",
            "UPDATE cases SET state = replace(state, '\"other\"', '\"lost_card\"')",
            Code::RowMismatch,
        ),
        ("input", "UPDATE cases SET core = replace(core, 'card', 'cart')", Code::RowMismatch),
        (
            "event",
            "UPDATE events SET body = replace(body, 'claim.made', 'claim.mode')",
            Code::EventChanged,
        ),
        ("row", "DELETE FROM comments", Code::RowMissing),
        ("loop", "UPDATE loop_versions SET source = source || ' '", Code::RowMismatch),
    ];
    for (name, sql, code) in edits {
        let copy = world.dir.path().join(name);
        std::fs::create_dir(&copy).unwrap();
        let from = data.join(maintenance::DATABASE_FILE);
        let to = copy.join(maintenance::DATABASE_FILE);
        let witness = witness.clone();
        let report = blocking(move || {
            maintenance::copy(&from, &to, |_, _| ()).unwrap();
            let clean = open(&copy);
            let vkey = key().verifier().to_string();
            let before = verify_store(&clean, Some(vkey.clone()), Some(witness.clone())).unwrap();
            assert_eq!((before.problem_count, before.exit_code()), (0, 0), "{before:#?}");
            let text = sql.to_owned();
            clean.write_blocking(move |tx| tx.exec(&text, &[])).unwrap();
            verify_store(&clean, Some(vkey), Some(witness)).unwrap()
        })
        .await;
        assert!(report.problems.iter().any(|p| p.code == code), "{name}: {report:#?}");
        assert_eq!(report.exit_code(), 1);
    }
}

fn open(dir: &std::path::Path) -> Store {
    Store::open(StoreConfig::sqlite(dir)).unwrap()
}
