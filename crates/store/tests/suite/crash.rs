//! kill -9 in the middle of writing, and a disk that fills under many writers: what was acknowledged
//! is there, what was refused is not, and the ledger goes on without a gap.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tandem_domain::CaseId;
use tandem_ledger::merkle::{Frontier, leaf_hash};
use tandem_store::{
    Clock, NewEvent, Store, StoreConfig, StoreError, Tx, cases, events, ledger, meta,
};

use crate::cluster::fresh_database;
use crate::common::{Db, Kind};
use crate::sample::{loop_id, waiting};

const CHILD: &str = "TANDEM_STORE_CRASH_CHILD";

/// Not a story of its own: the process that the stories below kill. Four threads write cases and
/// print the id of each one that was acknowledged.
#[test]
fn child() {
    let Ok(target) = std::env::var(CHILD) else { return };
    let store = Store::open(config(&target)).unwrap();
    // Ids must differ between rounds.
    let base = u64::from(std::process::id()) << 32;
    let loop_id = loop_id();
    let workers: Vec<_> = (0..4_u64)
        .map(|worker| {
            let store = store.clone();
            std::thread::spawn(move || {
                for n in 0.. {
                    let id = CaseId::from_bytes(case_id(base + (worker << 24) + n));
                    store.write_blocking(move |tx| write_case(tx, id, loop_id)).unwrap();
                    let line = format!("{}\n", hex(id.as_bytes()));
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
}

fn config(target: &str) -> StoreConfig {
    let mut config = if target.starts_with("postgres") {
        StoreConfig::postgres(target)
    } else {
        StoreConfig::sqlite(target)
    };
    config.clock = Clock::system();
    config.writers = 4;
    config.readers = 1;
    config
}

fn case_id(number: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn write_case(
    tx: &mut dyn Tx,
    id: CaseId,
    loop_id: tandem_domain::LoopId,
) -> Result<(), StoreError> {
    let mut case = waiting(loop_id, 1);
    case.core.id = id;
    cases::insert(tx, &case, &[0; 32])?;
    tx.append_event(NewEvent {
        space: "default".to_owned(),
        loop_id: Some(loop_id),
        case_id: Some(id),
        kind: "case.submitted".to_owned(),
        body: format!("{{\"case\":\"{}\"}}", hex(id.as_bytes())),
    });
    Ok(())
}

/// Starts the child, lets it write for a moment, kills it and returns what it acknowledged.
fn round(target: &str, lifetime: Duration) -> HashSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, target)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    std::thread::sleep(lifetime);
    child.kill().unwrap();
    child.wait().unwrap();
    let text = reader.join().unwrap();
    // The last line may have been cut off; the harness's own lines are no ids.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().filter(|line| line.len() == 32).map(str::to_owned).collect()
}

fn nothing_is_lost(target: &str, rounds: u64) {
    let mut acknowledged = HashSet::new();
    // On a busy machine a round may end before its first write: then there are more of them.
    for number in 0.. {
        if number >= rounds && acknowledged.len() > 100 {
            return;
        }
        let few = format!("only {} writes were made", acknowledged.len());
        assert!(number < 40 * rounds, "{few}");
        // Lifetimes that hit start, migration, writing and sealing.
        acknowledged.extend(round(target, Duration::from_millis(30 + number * 97 % 400)));
        let store = Store::open(config(target)).unwrap();
        let sealed = check(&store, &acknowledged);
        assert!(sealed >= acknowledged.len() as u64);
        store.close();
    }
}

/// Every acknowledged case is stored with exactly one event, and the ledger's head is that of its events.
fn check(store: &Store, acknowledged: &HashSet<String>) -> u64 {
    for _ in 0..6_000 {
        if store.read_blocking(|tx| events::tail(tx)).unwrap().count == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut frontier = Frontier::new();
    let mut recorded = HashSet::new();
    loop {
        let from = frontier.size();
        let page = store
            .read_blocking(move |tx| events::page(tx, &events::EventFilter::default(), from, 2_000))
            .unwrap();
        if page.is_empty() {
            break;
        }
        for row in page {
            assert_eq!(row.idx, Some(frontier.size()));
            frontier.append(leaf_hash(row.body.as_bytes()));
            let id = row.case_id.unwrap();
            assert!(recorded.insert(hex(id.as_bytes())), "an event was written twice");
        }
    }
    assert_eq!(store.read_blocking(|tx| ledger::head(tx)).unwrap().frontier, frontier);
    assert!(acknowledged.is_subset(&recorded));
    let sample: Vec<String> = recorded.iter().take(300).cloned().collect();
    for id in sample {
        let bytes: Vec<u8> =
            (0..16).map(|at| u8::from_str_radix(&id[at * 2..at * 2 + 2], 16).unwrap()).collect();
        let id = CaseId::from_bytes(bytes.try_into().unwrap());
        assert!(store.read_blocking(move |tx| cases::get(tx, id)).unwrap().is_some());
    }
    frontier.size()
}

#[test]
fn kill_9_loses_nothing_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    nothing_is_lost(dir.path().to_str().unwrap(), 12);
}

#[test]
fn kill_9_loses_nothing_on_postgres() {
    nothing_is_lost(&fresh_database(), 6);
}

/// The file may not grow any more while sixteen writers are at it: some groups fail as a whole.
#[test]
fn a_disk_that_fills_under_many_writers_keeps_its_word() {
    let db = Db::with(Kind::Sqlite, |config| config.max_bytes = Some(3 << 20));
    let (kept, refused) =
        (Arc::new(Mutex::new(HashSet::new())), Arc::new(Mutex::new(HashSet::new())));
    let workers: Vec<_> = (0..16)
        .map(|worker| {
            let (store, kept, refused) =
                (db.store.clone(), Arc::clone(&kept), Arc::clone(&refused));
            std::thread::spawn(move || {
                for n in 0..40 {
                    let key = format!("{worker}/{n}");
                    let name = key.clone();
                    let done = store.write_blocking(move |tx| {
                        tx.append_event(NewEvent {
                            space: "default".to_owned(),
                            loop_id: None,
                            case_id: None,
                            kind: "test".to_owned(),
                            body: name.clone(),
                        });
                        meta::set(tx, &name, &[7; 9_000])
                    });
                    match done {
                        Ok(()) => kept.lock().unwrap().insert(key),
                        Err(StoreError::DiskFull(_)) => refused.lock().unwrap().insert(key),
                        Err(other) => panic!("{other:?}"),
                    };
                }
            })
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    let (kept, refused) = (kept.lock().unwrap().clone(), refused.lock().unwrap().clone());
    assert!(!kept.is_empty() && !refused.is_empty());
    for key in kept.iter().chain(&refused) {
        let name = key.clone();
        let stored = db.read(move |tx| meta::get(tx, &name)).is_some();
        assert_eq!(stored, kept.contains(key), "{key}");
    }
    let rows = db.read(|tx| events::page(tx, &events::EventFilter::default(), 0, 10_000));
    let told: HashSet<String> = rows.iter().map(|row| row.body.clone()).collect();
    assert_eq!(told, kept);
    let mut frontier = Frontier::new();
    for row in &rows {
        frontier.append(leaf_hash(row.body.as_bytes()));
    }
    assert_eq!(db.read(|tx| ledger::head(tx)).frontier, frontier);
}

/// A file system in memory, small enough to fill; gone with the value.
struct Tiny(tempfile::TempDir);

impl Tiny {
    /// `None` where the process may not mount.
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        mounted.then(|| Self(dir))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        // A lazy unmount cannot fail on files that are still being closed.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[test]
fn a_file_system_without_space_refuses_and_recovers() {
    let Some(disk) = Tiny::mount("8m") else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 3 << 20]).unwrap();
    let data = disk.0.path().join("data");
    let config = StoreConfig { reserve: 512 << 10, ..config(data.to_str().unwrap()) };
    let store = Store::open(config).unwrap();
    let write = |n: u32| {
        store.write_blocking(move |tx| meta::set(tx, &format!("key {n}"), &vec![7; 60_000]))
    };
    let mut stored = 0;
    let full = loop {
        match write(stored) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 1_000, "the disk does not fill");
    };
    assert!(matches!(full, StoreError::DiskFull(_)), "{full:?}");
    let present = |n: u32| {
        store.read_blocking(move |tx| meta::get(tx, &format!("key {n}"))).unwrap().is_some()
    };
    assert!((0..stored).all(present));
    let stop = || store.write_urgent_blocking(|tx| meta::set(tx, "stop", b"now"));
    let stopped: Result<(), StoreError> = stop();
    stopped.expect("room is kept for an emergency stop");
    std::fs::remove_file(&ballast).unwrap();
    // The writer opens its connection anew after the failed commit, which takes a moment.
    let recovered = (0..3_000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        write(stored).is_ok()
    });
    assert!(recovered);
    assert!((0..=stored).all(present));
}
