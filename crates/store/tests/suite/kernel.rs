//! Transactions: durable, isolated from their failures, grouped, woken, refused when busy.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use tandem_store::{Param, Store, StoreError, Topic, TxExt, meta, params};

use crate::common::{Db, Kind, on_both};

/// An error of the caller's own.
#[derive(Debug, PartialEq)]
enum Refused {
    No,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

on_both! {
    fn parameters_are_bound_by_their_number(db: Db) {
        let pair = db.read(|tx| {
            tx.query_one(
                "SELECT CAST($2 AS TEXT), CAST($1 AS TEXT), CAST($2 AS TEXT), '$1'",
                params!["first", "second"],
                |row| Ok([0, 1, 2, 3].map(|n| row.text(n).unwrap().to_owned())),
            )
        });
        assert_eq!(pair, ["second", "first", "second", "$1"]);
    }

    fn values_come_back_as_they_went(db: Db) {
        db.write(|tx| {
            tx.exec("CREATE TABLE sample (a BIGINT, b DOUBLE PRECISION, c TEXT)", &[])?;
            let rows = [
                Param::Int(i64::MIN), Param::Real(f64::MIN_POSITIVE), Param::Text("ü''\n€"),
                Param::Int(i64::MAX), Param::Int(3), Param::Null,
            ];
            assert_eq!(tx.insert_many("INSERT INTO sample (a, b, c)", 3, &rows, "")?, 2);
            Ok(())
        });
        let rows = db.read(|tx| {
            tx.query_all("SELECT a, b, c FROM sample ORDER BY a", &[], |row| {
                Ok((row.int(0)?, row.real(1)?, row.opt_text(2)?.map(str::to_owned)))
            })
        });
        assert_eq!(rows[0], (i64::MIN, f64::MIN_POSITIVE, Some("ü''\n€".to_owned())));
        assert_eq!(rows[1], (i64::MAX, 3.0, None));
        let wrong = db.store.read_blocking(|tx| tx.query_one("SELECT c FROM sample WHERE a < 0", &[], |row| row.int(0)));
        assert!(matches!(wrong, Err(StoreError::Corrupt(_))));
        let null = db.store.read_blocking(|tx| tx.query_one("SELECT c FROM sample WHERE a > 0", &[], |row| row.text(0).map(str::to_owned)));
        assert!(matches!(null, Err(StoreError::Corrupt(_))));
    }

    fn many_rows_are_inserted_in_order_and_conflicts_counted(db: Db) {
        let inserted = db.write(|tx| {
            tx.exec("CREATE TABLE sample (a BIGINT PRIMARY KEY, b TEXT)", &[])?;
            let texts: Vec<String> = (0..777).map(|n| format!("row {n}")).collect();
            let rows: Vec<Param<'_>> = texts
                .iter()
                .enumerate()
                .flat_map(|(n, text)| [Param::from(n % 700), Param::from(text)])
                .collect();
            tx.insert_many("INSERT INTO sample (a, b)", 2, &rows, "ON CONFLICT (a) DO NOTHING")
        });
        assert_eq!(inserted, 700);
        let row = db.read(|tx| {
            tx.query_one("SELECT b FROM sample WHERE a = 699", &[], |row| Ok(row.text(0)?.to_owned()))
        });
        assert_eq!(row, "row 699");
    }

    fn a_refused_command_leaves_nothing(db: Db) {
        let refused: Result<(), Refused> = db.store.write_blocking(|tx| {
            meta::set(tx, "a", b"1")?;
            Err(Refused::No)
        });
        assert_eq!(refused, Err(Refused::No));
        let refused: Result<(), Refused> = db.store.write_grouped_blocking(|tx| {
            meta::set(tx, "a", b"1")?;
            Err(Refused::No)
        });
        assert_eq!(refused, Err(Refused::No));
        assert_eq!(db.read(|tx| meta::get(tx, "a")), None);
    }

    fn a_failed_statement_cannot_be_ignored(db: Db) {
        let outcome: Result<(), StoreError> = db.store.write_blocking(|tx| {
            meta::set(tx, "a", b"1")?;
            let failed = tx.exec("INSERT INTO meta (key, value) VALUES ('a', $1)", params![&[1_u8; 1]]);
            assert!(matches!(failed, Err(StoreError::Conflict(_))), "{failed:?}");
            Ok(())
        });
        assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
        assert_eq!(db.read(|tx| meta::get(tx, "a")), None);
    }

    fn a_panic_is_told_and_rolled_back(db: Db) {
        let outcome: Result<(), StoreError> = db.store.write_blocking(|tx| {
            meta::set(tx, "a", b"1")?;
            panic!("a defect")
        });
        assert_eq!(outcome, Err(StoreError::Panicked("a defect".to_owned())));
        assert_eq!(db.read(|tx| meta::get(tx, "a")), None);
        db.write(|tx| meta::set(tx, "a", b"2"));
        assert_eq!(db.read(|tx| meta::get(tx, "a")).unwrap(), b"2");
    }

    fn one_bad_command_does_not_harm_its_group(db: Db) {
        let gate = Arc::new(Barrier::new(41));
        let workers: Vec<_> = (0..40)
            .map(|n| {
                let (store, gate) = (db.store.clone(), Arc::clone(&gate));
                std::thread::spawn(move || {
                    gate.wait();
                    store.write_grouped_blocking(move |tx| -> Result<(), Refused> {
                        meta::set(tx, &format!("key {n}"), b"1")?;
                        match n % 4 {
                            0 => Err(Refused::No),
                            1 => Ok(tx.exec("INSERT INTO meta (key) VALUES ('x')", &[]).map(drop)?),
                            _ => Ok(()),
                        }
                    })
                })
            })
            .collect();
        gate.wait();
        for (n, worker) in workers.into_iter().enumerate() {
            match (n % 4, worker.join().unwrap()) {
                (0, Err(Refused::No)) | (1, Err(Refused::Store(StoreError::Conflict(_)))) | (2 | 3, Ok(())) => {}
                other => panic!("{other:?}"),
            }
        }
        for n in 0..40 {
            let stored = db.read(move |tx| meta::get(tx, &format!("key {n}"))).is_some();
            assert_eq!(stored, n % 4 > 1, "key {n}");
        }
    }

    fn writers_do_not_lose_each_others_updates(db: Db) {
        db.write(|tx| meta::set(tx, "sum", b"0"));
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let store = db.store.clone();
                std::thread::spawn(move || {
                    for _ in 0..25 {
                        store
                            .write_blocking(|tx| -> Result<(), StoreError> {
                                let lock = tx.dialect().pick("", " FOR UPDATE");
                                let sql = format!("SELECT value FROM meta WHERE key = 'sum'{lock}");
                                let sum: u32 = tx.query_one(&sql, &[], |row| {
                                    Ok(String::from_utf8(row.blob(0)?.to_vec()).unwrap())
                                })?.parse().unwrap();
                                meta::set(tx, "sum", (sum + 1).to_string().as_bytes())
                            })
                            .unwrap();
                    }
                })
            })
            .collect();
        for worker in workers {
worker.join().unwrap();
}
        assert_eq!(db.read(|tx| meta::get(tx, "sum")).unwrap(), b"200");
    }

    fn readers_cannot_write(db: Db) {
        let outcome: Result<(), StoreError> = db.store.read_blocking(|tx| meta::set(tx, "a", b"1"));
        assert!(outcome.is_err());
        assert_eq!(db.read(|tx| meta::get(tx, "a")), None);
    }

    fn wakes_follow_the_commit(db: Db) {
        let mut wakes = db.store.subscribe();
        let refused: Result<(), Refused> = db.store.write_blocking(|tx| {
            tx.wake(Topic::Halts);
            Err(Refused::No)
        });
        assert!(refused.is_err());
        db.write(|tx| {
            tx.wake(Topic::Jobs);
            tx.wake(Topic::Jobs);
            meta::set(tx, "a", b"1")
        });
        assert_eq!(wakes.blocking_recv().unwrap(), Topic::Jobs);
        assert!(wakes.try_recv().is_err());
    }

    fn what_was_acknowledged_is_there_after_a_restart(db: Db) {
        db.write(|tx| meta::set(tx, "a", b"1"));
        db.store.close();
        assert_eq!(db.store.read_blocking(|tx| meta::get(tx, "a")), Err(StoreError::Closed));
        let again = Store::open(db.config.clone()).unwrap();
        assert_eq!(again.read_blocking(|tx| meta::get(tx, "a")).unwrap().unwrap(), b"1");
    }

    fn time_is_constant_in_a_command_and_never_goes_back(db: Db) {
        let first = db.write(|tx| Ok(tx.now()));
        db.time.fetch_sub(3_600_000_000, Ordering::Relaxed);
        assert!(db.write(|tx| Ok(tx.now())) >= first);
    }
}

#[test]
fn a_full_queue_says_busy() {
    let db = Db::with(Kind::Sqlite, |config| config.queue = 4);
    let (enter, entered) = std::sync::mpsc::channel();
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let store = db.store.clone();
    let left = std::sync::Mutex::new(left);
    let slow = std::thread::spawn(move || {
        store.write_blocking(move |tx| -> Result<(), StoreError> {
            enter.send(()).unwrap();
            left.lock().unwrap().recv().unwrap();
            meta::set(tx, "a", b"1")
        })
    });
    entered.recv().unwrap();
    let busy = Arc::new(AtomicU32::new(0));
    let workers: Vec<_> = (0..12)
        .map(|_| {
            let (store, busy) = (db.store.clone(), Arc::clone(&busy));
            std::thread::spawn(move || match store.write_blocking(|tx| meta::set(tx, "b", b"1")) {
                Err(StoreError::Busy { retry_after }) => {
                    assert!(retry_after > Duration::ZERO);
                    busy.fetch_add(1, Ordering::Relaxed);
                }
                other => other.unwrap(),
            })
        })
        .collect();
    while busy.load(Ordering::Relaxed) < 8 {
        std::thread::sleep(Duration::from_millis(1));
    }
    leave.send(()).unwrap();
    slow.join().unwrap().unwrap();
    for worker in workers {
        worker.join().unwrap();
    }
    assert_eq!(busy.load(Ordering::Relaxed), 8);
}

#[test]
fn a_data_directory_has_one_owner() {
    let db = Db::new(Kind::Sqlite);
    let second = Store::open(db.config.clone());
    assert!(matches!(second, Err(StoreError::Locked(_))));
    db.store.close();
    Store::open(db.config.clone()).unwrap();
}

#[test]
fn a_full_disk_is_told_and_survived() {
    let db = Db::with(Kind::Sqlite, |config| config.max_bytes = Some(1 << 20));
    let mut stored = 0_u32;
    let full = loop {
        let key = format!("key {stored}");
        match db.store.write_blocking(move |tx| meta::set(tx, &key, &vec![7; 50_000])) {
            Ok(()) => stored += 1,
            Err(error) => break error,
        }
        assert!(stored < 100, "the limit does not hold");
    };
    assert!(matches!(full, StoreError::DiskFull(_)), "{full:?}");
    for n in 0..stored {
        assert!(db.read(move |tx| meta::get(tx, &format!("key {n}"))).is_some());
    }
    // Whoever makes room right after the failure is served: they are not refused for another's sake.
    db.write(|tx| tx.exec("DELETE FROM meta", &[]));
    db.write(|tx| meta::set(tx, "a", &vec![7; 50_000]));
    for _ in 0..200 {
        let refused = db.store.write_blocking(|tx| meta::set(tx, "b", &vec![7; 2_000_000]));
        assert!(matches!(refused, Err(StoreError::DiskFull(_))), "{refused:?}");
        db.write(|tx| meta::remove(tx, "b"));
    }
}

#[test]
fn an_urgent_command_has_room_of_its_own() {
    let db = Db::with(Kind::Sqlite, |config| {
        config.max_bytes = Some(2 << 20);
        config.reserve = 256 << 10;
    });
    let mut stored = 0_u32;
    for size in [50_000, 500] {
        loop {
            let key = format!("key {size} {stored}");
            match db.store.write_blocking(move |tx| meta::set(tx, &key, &vec![7; size])) {
                Ok(()) => stored += 1,
                Err(StoreError::DiskFull(_)) => break,
                Err(error) => panic!("{error:?}"),
            }
            assert!(stored < 5_000, "the limit does not hold");
        }
    }
    for n in 0..5_u8 {
        let stop = move |tx: &mut dyn tandem_store::Tx| {
            meta::set(tx, &format!("stop {n}"), &vec![n; 20_000])
        };
        let stopped: Result<(), StoreError> = db.store.write_urgent_blocking(stop);
        stopped.unwrap();
        assert!(db.read(move |tx| meta::get(tx, &format!("stop {n}"))).is_some());
        let other = db.store.write_blocking(|tx| meta::set(tx, "other", &vec![7; 60_000]));
        assert!(matches!(other, Err(StoreError::DiskFull(_))), "the room is for urgent ones alone");
    }
}

#[test]
fn an_urgent_command_goes_before_all_that_waits() {
    let db = Db::with(Kind::Sqlite, |config| config.queue = 8);
    let (leave, left) = std::sync::mpsc::channel::<()>();
    let (there, here) = std::sync::mpsc::channel::<()>();
    let store = db.store.clone();
    let slow = std::thread::spawn(move || {
        store.write_blocking(move |_| -> Result<(), StoreError> {
            there.send(()).unwrap();
            left.recv().unwrap();
            Ok(())
        })
    });
    here.recv().unwrap();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut workers = Vec::new();
    for n in 0..9_usize {
        let (store, own) = (db.store.clone(), Arc::clone(&order));
        workers.push(std::thread::spawn(move || {
            let note = move |_: &mut dyn tandem_store::Tx| -> Result<(), StoreError> {
                own.lock().unwrap().push(n);
                Ok(())
            };
            if n == 8 { store.write_urgent_blocking(note) } else { store.write_blocking(note) }
        }));
        // One after the other, so that the queue is full before the last one comes.
        while db.store.backlog() < n + 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    leave.send(()).unwrap();
    slow.join().unwrap().unwrap();
    for worker in workers {
        worker.join().unwrap().unwrap();
    }
    assert_eq!(order.lock().unwrap().first(), Some(&8));
}

#[test]
fn nodes_on_one_database_wake_each_other() {
    let db = Db::new(Kind::Postgres);
    let other = Store::open(db.config.clone()).unwrap();
    let mut wakes = other.subscribe();
    // The listener may still be connecting: hints are sent until one arrives.
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let store = db.store.clone();
    let sender = std::thread::spawn(move || {
        while stopped.recv_timeout(Duration::from_millis(50)).is_err() {
            store
                .write_blocking(|tx| -> Result<(), StoreError> {
                    tx.wake(Topic::Timers);
                    Ok(())
                })
                .unwrap();
        }
    });
    assert_eq!(wakes.blocking_recv().unwrap(), Topic::Timers);
    stop.send(()).unwrap();
    sender.join().unwrap();
}

#[test]
fn a_backup_is_a_database_of_its_own() {
    let db = Db::new(Kind::Sqlite);
    db.write(|tx| meta::set(tx, "a", b"1"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tandem.db");
    db.store.backup(&file).unwrap();
    assert!(db.store.backup(&file).is_err(), "an existing file is never overwritten");
    db.write(|tx| meta::set(tx, "a", b"2"));
    let copy = Store::open(tandem_store::StoreConfig::sqlite(dir.path())).unwrap();
    assert_eq!(copy.read_blocking(|tx| meta::get(tx, "a")).unwrap().unwrap(), b"1");
}

#[test]
fn lost_connections_are_made_anew_and_everybody_is_woken() {
    let db = Db::new(Kind::Postgres);
    db.write(|tx| meta::set(tx, "a", b"1"));
    let mut wakes = db.store.subscribe();
    let tandem_store::Database::Postgres { url } = db.config.database.clone() else {
        unreachable!()
    };
    let mut admin = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    // The listener connects in the background: it is there when it listens.
    let listening = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    while admin.query(listening, &[]).unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // And so does whoever seals.
    let others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while admin.query(others, &[]).unwrap().len() < 3 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(admin.query(cut, &[]).unwrap().len() >= 3);
    for n in 0..20_u8 {
        db.write(move |tx| meta::set(tx, "a", &[n]));
        assert_eq!(db.read(|tx| meta::get(tx, "a")).unwrap(), [n]);
    }
    assert_eq!(wakes.blocking_recv().unwrap(), Topic::All);
}
