//! Events: sealed with a dense index in commit order per case, provable from stored nodes.

use tandem_ledger::merkle::{
    Frontier, consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion,
};
use tandem_store::{NewEvent, Store, StoreError, Topic, Tx, events, ledger};

use crate::common::{Db, on_both};

fn event(n: usize) -> NewEvent {
    NewEvent {
        space: "default".to_owned(),
        loop_id: None,
        case_id: None,
        kind: if n.is_multiple_of(2) { "test.even" } else { "test.odd" }.to_owned(),
        body: format!("{{\"n\":{n}}}"),
    }
}

fn append(db: &Db, count: usize, each: usize) {
    for start in (0..count).step_by(each) {
        db.write(move |tx| {
            (start..(start + each).min(count)).for_each(|n| tx.append_event(event(n)));
            Ok(())
        });
    }
    db.settle();
}

on_both! {
    fn events_are_dense_and_the_frontier_is_theirs(db: Db) {
        append(&db, 600, 7);
        let rows = db.read(|tx| events::page(tx, &events::EventFilter::default(), 0, 1000));
        assert_eq!(rows.len(), 600);
        let mut frontier = Frontier::new();
        for (n, row) in rows.iter().enumerate() {
            assert_eq!(row.idx, Some(n as u64));
            assert_eq!(row.body, format!("{{\"n\":{n}}}"));
            assert_eq!(row.leaf, Some(leaf_hash(row.body.as_bytes())));
            frontier.append(row.leaf.unwrap());
        }
        assert_eq!(db.read(|tx| ledger::head(tx)).frontier, frontier);
    }

    fn proofs_come_from_stored_nodes(db: Db) {
        append(&db, 1100, 100);
        let head = db.read(|tx| ledger::head(tx)).frontier;
        for index in [0, 1, 255, 256, 700, 1099] {
            let proof = db.read(move |tx| {
                inclusion_proof(&mut ledger::Nodes(tx), index, 1100).map_err(StoreError::corrupt)
            });
            let leaf = leaf_hash(format!("{{\"n\":{index}}}").as_bytes());
            assert!(verify_inclusion(&leaf, index, 1100, &proof, &head.root()));
        }
        let mut old = Frontier::new();
        (0..777).for_each(|n: u64| old.append(leaf_hash(format!("{{\"n\":{n}}}").as_bytes())));
        let proof = db.read(|tx| {
            consistency_proof(&mut ledger::Nodes(tx), 777, 1100).map_err(StoreError::corrupt)
        });
        assert!(verify_consistency(777, 1100, &proof, &old.root(), &head.root()));
    }

    fn a_refused_command_leaves_no_event(db: Db) {
        append(&db, 3, 1);
        let refused: Result<(), StoreError> = db.store.write_blocking(|tx| {
            tx.append_event(event(99));
            Err(StoreError::Closed)
        });
        assert!(refused.is_err());
        append(&db, 1, 1);
        let rows = db.read(|tx| events::page(tx, &events::EventFilter::default(), 0, 10));
        assert_eq!(rows.iter().map(|row| row.idx.unwrap()).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(rows.iter().all(|row| row.body != "{\"n\":99}"));
    }

    fn sealing_goes_on_after_a_restart(db: Db) {
        append(&db, 300, 50);
        db.store.close();
        let store = Store::open(db.config.clone()).unwrap();
        store.write_blocking(|tx| -> Result<(), StoreError> { tx.append_event(event(300)); Ok(()) }).unwrap();
        store.close();
        let store = Store::open(db.config.clone()).unwrap();
        let head = store.read_blocking(|tx| ledger::head(tx)).unwrap();
        assert_eq!(head.frontier.size(), 301);
        let mut frontier = Frontier::new();
        (0..301).for_each(|n| frontier.append(leaf_hash(event(n).body.as_bytes())));
        assert_eq!(head.frontier, frontier);
    }

    fn pages_follow_filters_both_ways(db: Db) {
        append(&db, 20, 5);
        let filter = events::EventFilter { kinds: vec!["test.even".to_owned()], ..Default::default() };
        let forward = { let filter = filter.clone(); db.read(move |tx| events::page(tx, &filter, 5, 3)) };
        assert_eq!(forward.iter().map(|row| row.idx.unwrap()).collect::<Vec<_>>(), [6, 8, 10]);
        let back = db.read(move |tx| events::page_back(tx, &filter, Some(5), 2));
        assert_eq!(back.iter().map(|row| row.idx.unwrap()).collect::<Vec<_>>(), [4, 2]);
    }

    fn waiters_hear_of_sealed_events(db: Db) {
        let mut wakes = db.store.subscribe();
        db.write(|tx| { tx.append_event(event(0)); Ok(()) });
        assert_eq!(wakes.blocking_recv().unwrap(), Topic::Ledger);
        assert_eq!(db.read(|tx| ledger::head(tx)).frontier.size(), 1);
    }

    fn checkpoints_are_kept_by_size(db: Db) {
        db.write(|tx: &mut dyn Tx| {
            ledger::set_origin(tx, "tandem.example/log")?;
            for size in [5, 9, 7] {
                let checkpoint = ledger::Checkpoint { size, note: format!("note {size}"), at: tx.now() };
                ledger::insert_checkpoint(tx, &checkpoint)?;
            }
            Ok(())
        });
        assert_eq!(db.read(|tx| ledger::head(tx)).origin, "tandem.example/log");
        assert_eq!(db.read(|tx| ledger::latest_checkpoint(tx)).unwrap().size, 9);
        let sizes: Vec<u64> = db.read(|tx| ledger::checkpoints(tx, 6, 10)).iter().map(|c| c.size).collect();
        assert_eq!(sizes, [7, 9]);
    }
}

/// Two nodes write and seal at once; one goes away. There is one dense ledger in the end.
#[test]
fn two_nodes_seal_one_ledger() {
    let db = Db::new(crate::common::Kind::Postgres);
    let other = Store::open(db.config.clone()).unwrap();
    let writers: Vec<_> = [db.store.clone(), other.clone()]
        .into_iter()
        .flat_map(|store| [store.clone(), store])
        .enumerate()
        .map(|(writer, store)| {
            std::thread::spawn(move || {
                for n in 0..100 {
                    let append = move |tx: &mut dyn Tx| -> Result<(), StoreError> {
                        (0..3).for_each(|k| tx.append_event(event(writer * 1000 + n * 3 + k)));
                        Ok(())
                    };
                    store.write_blocking(append).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    other.close();
    db.settle();
    let rows = db.read(|tx| events::page(tx, &events::EventFilter::default(), 0, 5000));
    let mut frontier = Frontier::new();
    for (n, row) in rows.iter().enumerate() {
        assert_eq!(row.idx, Some(n as u64));
        frontier.append(leaf_hash(row.body.as_bytes()));
    }
    assert_eq!(frontier.size(), 1200);
    assert_eq!(db.read(|tx| ledger::head(tx)).frontier, frontier);
    let bodies: std::collections::HashSet<_> = rows.iter().map(|row| &row.body).collect();
    assert_eq!(bodies.len(), 1200);
}
