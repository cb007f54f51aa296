//! Cases: stored whole, saved by difference, found by key, listed by page; tasks claimed in order.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tandem_domain::case::{JudgmentState, Purpose, Status};
use tandem_domain::{CaseId, LoopId, MemberId, TaskId, Timestamp};
use tandem_store::tasks::{ClaimOrder, ClaimQuery, Lane};
use tandem_store::{
    StoreError, Tx, TxExt, cases, claims, counters, decisions, judgments, params, tasks,
};

use crate::common::{Db, START, on_both};
use crate::sample::{add_loop, claimed, decided, judged, loop_id, member, stepped, waiting};

fn query(member: MemberId, loop_id: LoopId, limit: u32) -> ClaimQuery {
    let lanes = vec![Lane::new(loop_id, Some("main".to_owned()))];
    ClaimQuery { member, arbiter: false, lanes, order: ClaimOrder::Policy, limit }
}

fn rows(tx: &mut dyn Tx, table: &str, id: CaseId) -> tandem_store::Result<u64> {
    let sql = format!("SELECT COUNT(*) FROM {table} WHERE case_id = $1");
    tx.query_one(&sql, params![&id], |row| row.count(0))
}

on_both! {
    fn a_case_comes_back_as_it_was_stored(db: Db) {
        let loop_id = loop_id();
        let mut small = waiting(loop_id, 1);
        small.core.key = Some("ticket-1".to_owned());
        small.core.tags = vec!["pii".to_owned()];
        let mut large = waiting(loop_id, 1);
        large.core.input = json!({"text": "long ".repeat(4000)});
        for case in [small, large] {
            let stored = case.clone();
            db.write(move |tx| cases::insert(tx, &stored, &[7; 32]));
            let id = case.core.id;
            assert_eq!(db.read(move |tx| cases::get(tx, id)).unwrap(), case);
            assert_eq!(db.write(move |tx| cases::lock(tx, id)).unwrap(), case);
            assert_eq!(db.read(move |tx| cases::state(tx, id)).unwrap(), case.state);
            // A change of state keeps the input, wherever it lives.
            let next = stepped(&case);
            let (before, after) = (case, next.clone());
            db.write(move |tx| cases::save(tx, &before, &after));
            assert_eq!(db.read(move |tx| cases::get(tx, id)).unwrap(), next);
        }
        assert_eq!(db.read(|tx| cases::get(tx, CaseId::from_bytes([9; 16]))), None);
    }

    fn a_key_belongs_to_one_case_of_its_loop(db: Db) {
        let (one, two) = (loop_id(), loop_id());
        let mut case = waiting(one, 1);
        case.core.key = Some("k".to_owned());
        let first = case.core.id;
        let stored = case.clone();
        db.write(move |tx| cases::insert(tx, &stored, &[7; 32]));
        let mut same = waiting(one, 1);
        same.core.key = Some("k".to_owned());
        let refused = db.store.write_blocking(move |tx| cases::insert(tx, &same, &[8; 32]));
        assert!(matches!(refused, Err(StoreError::Contended(_))), "{refused:?}");
        let mut elsewhere = waiting(two, 1);
        elsewhere.core.key = Some("k".to_owned());
        db.write(move |tx| cases::insert(tx, &elsewhere, &[8; 32]));
        let holder = db.read(move |tx| cases::by_key(tx, one, "k")).unwrap();
        assert_eq!((holder.id, holder.body_digest), (first, vec![7; 32]));
        let names: Vec<String> = (0..100).map(|n| format!("x{n}")).chain(["k".to_owned()]).collect();
        let holders = db.read(move |tx| {
            let keys: Vec<&str> = names.iter().map(String::as_str).collect();
            cases::by_keys(tx, one, &keys)
        });
        assert_eq!(holders.into_iter().map(|(key, holder)| (key, holder.id)).collect::<Vec<_>>(), [("k".to_owned(), first)]);
    }

    fn a_batch_is_stored_whole_or_not_at_all(db: Db) {
        let loop_id = loop_id();
        let mut batch: Vec<_> = (0..500).map(|_| waiting(loop_id, 1)).collect();
        batch[100].core.key = Some("twice".to_owned());
        let fine = batch.clone();
        db.write(move |tx| {
            let new: Vec<_> = fine[..300].iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        batch[400].core.key = Some("twice".to_owned());
        let refused = db.store.write_blocking(move |tx| {
            let new: Vec<_> = batch[300..].iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        assert!(refused.is_err());
        let totals = db.read(move |tx| counters::all(tx, loop_id));
        assert_eq!((totals["cases"], totals["status.queued"], totals["queue.main"]), (300.0, 300.0, 300.0));
        let page = db.read(move |tx| cases::list(tx, &cases::CaseFilter::all(loop_id), None, 1000));
        assert_eq!((page.cases.len(), page.next), (300, None));
    }

    fn a_stale_save_is_refused(db: Db) {
        let case = waiting(loop_id(), 1);
        let stored = case.clone();
        db.write(move |tx| cases::insert(tx, &stored, &[0; 32]));
        let (before, after) = (case.clone(), stepped(&case));
        db.write(move |tx| cases::save(tx, &before, &after));
        let after = stepped(&case);
        let refused = db.store.write_blocking(move |tx| cases::save(tx, &case, &after));
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    }

    fn projections_follow_a_case_through_its_life(db: Db) {
        let (loop_id, reviewer) = (loop_id(), member());
        let new = waiting(loop_id, 1);
        let id = new.core.id;
        let taken = claimed(&new, reviewer);
        let said = judged(&taken, reviewer);
        let done = decided(&said);
        let steps = [new.clone(), taken.clone(), said.clone(), done.clone()];
        db.write(move |tx| cases::insert(tx, &steps[0], &[0; 32]));
        assert_eq!(db.write(move |tx| tasks::claim_candidates(tx, &query(reviewer, loop_id, 5))), [TaskId { case: id, n: 1 }]);
        let save = |before: &tandem_domain::Case, after: &tandem_domain::Case| {
            let (before, after) = (before.clone(), after.clone());
            db.write(move |tx| cases::save(tx, &before, &after));
        };
        save(&new, &taken);
        assert_eq!(db.write(move |tx| tasks::claim_candidates(tx, &query(member(), loop_id, 5))), []);
        assert_eq!(db.read(move |tx| claims::of_member(tx, reviewer, 5)).len(), 1);
        assert_eq!(db.read(|tx| claims::expired(tx, Timestamp(START + 299_000_000), 5)), []);
        assert_eq!(db.read(|tx| claims::expired(tx, Timestamp(START + 300_000_000), 5)).len(), 1);
        save(&taken, &said);
        assert_eq!(db.read(move |tx| claims::of_member(tx, reviewer, 5)), []);
        assert_eq!(db.read(move |tx| rows(tx, "bars", id)), 1);
        save(&said, &done);
        assert_eq!(db.read(move |tx| rows(tx, "tasks", id)), 0);
        let page = db.read(move |tx| judgments::page(tx, loop_id, None, 10));
        assert_eq!((page.len(), page[0].agrees, page[0].purpose.as_str()), (1, Some(true), "decide"));
        assert_eq!(page[0].judgment, done.state.judgments[0]);
        let page = db.read(move |tx| decisions::page(tx, loop_id, None, 10));
        assert_eq!(page.len(), 1);
        assert_eq!(page[0].decision().unwrap(), done.state.decisions[0]);
        let totals = db.read(move |tx| counters::all(tx, loop_id));
        assert_eq!((totals["status.decided"], totals["decisions.people"], totals["judgments"]), (1.0, 1.0, 1.0));
        assert_eq!((totals["status.queued"], totals["tasks.open"]), (0.0, 0.0));
        // Undone: the judgment no longer counts, the task is open again, the reviewer may have it.
        let mut undone = stepped(&done);
        undone.state.judgments[0].state = JudgmentState::Undone;
        undone.state.tasks[0].open = true;
        undone.state.status = Status::Queued;
        save(&done, &undone);
        assert_eq!(db.write(move |tx| tasks::claim_candidates(tx, &query(reviewer, loop_id, 5))).len(), 1);
        assert_eq!(db.read(move |tx| counters::get(tx, loop_id, "judgments")), 0.0);
    }

    fn tasks_are_offered_by_priority_score_and_age(db: Db) {
        let loop_id = loop_id();
        let mut batch: Vec<_> = (0..8).map(|_| waiting(loop_id, 1)).collect();
        for (n, case) in batch.iter_mut().enumerate() {
            // Made in reverse, so that ids and ages disagree.
            case.state.tasks[0].created_at = Timestamp(START - n as i64);
            case.core.priority = if n < 2 { 9 } else { 0 };
        }
        let ids: Vec<CaseId> = batch.iter().map(|case| case.core.id).collect();
        db.write(move |tx| {
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let order = |order| {
            let found = db.write(move |tx| tasks::claim_candidates(tx, &ClaimQuery { order, ..query(member(), loop_id, 8) }));
            found.iter().map(|task| ids.iter().position(|id| *id == task.case).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(order(ClaimOrder::Policy), [1, 0, 7, 6, 5, 4, 3, 2]);
        assert_eq!(order(ClaimOrder::Oldest), [7, 6, 5, 4, 3, 2, 1, 0]);
        let score = |case, place, doubt| tasks::Score { task: TaskId { case, n: 1 }, place, doubt };
        let scores = vec![
            score(ids[3], 0.9, 0.5),
            score(ids[5], 0.2, 0.75),
            score(ids[0], -3.0, 0.25),
            score(ids[6], f64::NAN, f64::NAN),
        ];
        db.write(move |tx| tasks::set_scores(tx, loop_id, &scores));
        assert_eq!(order(ClaimOrder::Policy), [0, 1, 3, 5, 7, 6, 4, 2]);
        assert_eq!(order(ClaimOrder::Diverse), [3, 5, 0, 7, 6, 4, 2, 1]);
        assert_eq!(order(ClaimOrder::Uncertain), [6, 5, 3, 0, 7, 4, 2, 1]);
        let pool = db.read(move |tx| tasks::pool(tx, loop_id, 3));
        assert_eq!(pool.iter().map(|task| task.case).collect::<Vec<_>>(), [ids[0], ids[1], ids[3]]);
    }

    fn value_puts_what_is_due_and_what_may_cost_most_first(db: Db) {
        let (dear, cheap) = (loop_id(), loop_id());
        let now = db.write(|tx| Ok(tx.now()));
        let case = |loop_id, confidence: f64, due: Option<i64>| {
            let mut case = waiting(loop_id, 1);
            case.state.proposals[0].confidence = [(String::new(), confidence)].into();
            case.state.deadline = due.map(|minutes| Timestamp(now.0 + minutes * 60_000_000));
            case
        };
        let batch = [
            case(dear, 0.9, None),
            case(cheap, 0.6, None),
            case(cheap, 0.1, None),
            case(cheap, 0.99, Some(10)),
            case(dear, 0.99, Some(5)),
            case(dear, 0.95, Some(16)),
        ];
        let ids: Vec<CaseId> = batch.iter().map(|case| case.core.id).collect();
        db.write(move |tx| {
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let lanes = [(dear, 10.0), (cheap, 1.0)];
        let lanes = lanes.map(|(loop_id, error_cost)| Lane { error_cost, review_cost: 0.2, ..Lane::new(loop_id, None) });
        let query = ClaimQuery { lanes: lanes.into(), order: ClaimOrder::Value, ..query(member(), dear, 9) };
        let found = db.write(move |tx| tasks::claim_candidates(tx, &query));
        let found: Vec<usize> =
            found.iter().map(|task| ids.iter().position(|id| *id == task.case).unwrap()).collect();
        // Values without what is due: .8, .2, .7 and .3.
        assert_eq!(found, [4, 3, 0, 2, 5, 1]);
    }

    fn grouped_offers_like_proposals_together(db: Db) {
        let loop_id = loop_id();
        let mut batch: Vec<_> = (0..6).map(|_| waiting(loop_id, 1)).collect();
        for (n, case) in batch.iter_mut().enumerate() {
            case.state.tasks[0].created_at = Timestamp(START + n as i64);
            let intent = if n % 2 == 0 { "refund" } else { "card" };
            let answer = json!({"intent": intent, "note": "x".repeat(65 + n)});
            case.state.proposals[0].output = answer.as_object().cloned().unwrap();
        }
        batch[5].core.priority = 9;
        let ids: Vec<CaseId> = batch.iter().map(|case| case.core.id).collect();
        db.write(move |tx| {
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let grouped = || {
            let query = ClaimQuery { order: ClaimOrder::Grouped, ..query(member(), loop_id, 6) };
            let found = db.write(move |tx| tasks::claim_candidates(tx, &query));
            found.iter().map(|task| ids.iter().position(|id| *id == task.case).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(grouped(), [5, 1, 3, 0, 2, 4]);
        // Another proposal, another group.
        let moved = ids[1];
        db.write(move |tx| {
            let case = cases::lock(tx, moved)?.unwrap();
            let mut after = case.clone();
            after.state.proposals[0].output["intent"] = "refund".into();
            after.state.revision += 1;
            cases::save(tx, &case, &after)
        });
        assert_eq!(grouped(), [5, 3, 0, 1, 2, 4]);
    }

    fn lanes_rungs_and_bars_decide_who_gets_what(db: Db) {
        let (one, two, barred) = (loop_id(), loop_id(), member());
        let mut first = waiting(one, 2);
        first.state.barred = vec![barred];
        let mut finance = waiting(one, 1);
        "finance".clone_into(&mut finance.state.tasks[0].queue);
        let mut arbitration = waiting(two, 1);
        arbitration.state.tasks[0].purpose = Purpose::Arbitrate;
        let (a, b, c) = (first.core.id, finance.core.id, arbitration.core.id);
        db.write(move |tx| {
            cases::insert(tx, &first, &[0; 32])?;
            cases::insert(tx, &finance, &[0; 32])?;
            cases::insert(tx, &arbitration, &[0; 32])
        });
        let offered = |member, arbiter, lanes: Vec<Lane>| {
            let query = ClaimQuery { member, arbiter, lanes, order: ClaimOrder::Policy, limit: 9 };
            let found = db.write(move |tx| tasks::claim_candidates(tx, &query));
            found.iter().map(|task| task.case).collect::<HashSet<_>>()
        };
        let every = |loop_id| Lane::new(loop_id, None);
        assert_eq!(offered(member(), true, vec![every(one), every(two)]), [a, b, c].into());
        assert_eq!(offered(member(), false, vec![every(one), every(two)]), [a, b].into());
        assert_eq!(offered(barred, true, vec![every(one)]), [b].into());
        assert_eq!(offered(member(), false, vec![Lane::new(one, Some("main".to_owned()))]), [a].into());
        assert_eq!(db.read(move |tx| tasks::open_queues(tx, one)), ["finance", "main"]);
        assert_eq!(db.read(move |tx| tasks::count_open(tx, one, "main", 100)), 1);
        // A case that one holds is not offered again while the other seat is free.
        let holder = member();
        db.write(move |tx| {
            let case = cases::lock(tx, a)?.unwrap();
            cases::save(tx, &case, &claimed(&case, holder))
        });
        assert_eq!(offered(holder, false, vec![every(one)]), [b].into());
        assert_eq!(offered(member(), false, vec![every(one)]), [a, b].into());
    }

    fn many_claimers_never_share_a_seat(db: Db) {
        let loop_id = loop_id();
        db.write(move |tx| {
            let batch: Vec<_> = (0..200).map(|_| waiting(loop_id, 1)).collect();
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let taken = Arc::new(Mutex::new(Vec::new()));
        let reviewers: Vec<_> = (0..8)
            .map(|_| {
                let (store, taken, me) = (db.store.clone(), Arc::clone(&taken), member());
                std::thread::spawn(move || loop {
                    let got = store.write_blocking(move |tx| -> Result<Option<CaseId>, StoreError> {
                        for task in tasks::claim_candidates(tx, &query(me, loop_id, 3))? {
                            let case = cases::lock(tx, task.case)?.unwrap();
                            if case.state.free_seats(&case.state.tasks[0]) > 0 {
                                cases::save(tx, &case, &claimed(&case, me))?;
                                return Ok(Some(task.case));
                            }
                        }
                        Ok(None)
                    });
                    match got.unwrap() {
                        Some(id) => taken.lock().unwrap().push(id),
                        // Others may hold the last ones locked for a moment.
                        None if taken.lock().unwrap().len() == 200 => return,
                        None => std::thread::yield_now(),
                    }
                })
            })
            .collect();
        for reviewer in reviewers {
reviewer.join().unwrap();
}
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), 200);
        assert_eq!(taken.iter().collect::<HashSet<_>>().len(), 200);
    }

    fn lists_page_both_ways_through_filters(db: Db) {
        let loop_id = loop_id();
        let mut batch: Vec<_> = (0..25).map(|_| waiting(loop_id, 1)).collect();
        for (n, case) in batch.iter_mut().enumerate() {
            if n % 5 == 0 {
                case.core.tags.push("odd".to_owned());
            }
            if n % 2 == 1 {
                *case = decided(case);
            }
        }
        let ids: Vec<CaseId> = batch.iter().map(|case| case.core.id).collect();
        db.write(move |tx| {
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let walk = |filter: cases::CaseFilter, limit| {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let filter = filter.clone();
                let page = db.read(move |tx| cases::list(tx, &filter, after, limit));
                assert!(page.cases.len() <= limit as usize);
                seen.extend(page.cases.iter().map(|case| ids.iter().position(|id| *id == case.core.id).unwrap()));
                after = page.next;
                if after.is_none() {
                    return seen;
                }
            }
        };
        let all = cases::CaseFilter::all(loop_id);
        assert_eq!(walk(all.clone(), 7), (0..25).collect::<Vec<_>>());
        assert_eq!(walk(cases::CaseFilter { newest_first: true, ..all.clone() }, 6), (0..25).rev().collect::<Vec<_>>());
        assert_eq!(walk(cases::CaseFilter { tag: Some("odd".to_owned()), ..all.clone() }, 2), [0, 5, 10, 15, 20]);
        let open = cases::CaseFilter { statuses: vec![Status::Queued], queue: Some("main".to_owned()), ..all.clone() };
        assert_eq!(walk(open, 4), (0..25).filter(|n| n % 2 == 0).collect::<Vec<_>>());
        let elsewhere = cases::CaseFilter { queue: Some("finance".to_owned()), ..all };
        assert!(walk(elsewhere, 4).is_empty());
    }

    fn exports_page_in_time_order(db: Db) {
        let loop_id = db.write(|tx| add_loop(tx, "intents"));
        let batch: Vec<_> = (0..30).map(|_| decided(&judged(&waiting(loop_id, 1), member()))).collect();
        db.write(move |tx| {
            let new: Vec<_> = batch.iter().map(|case| cases::NewCase { case, body_digest: &[0; 32] }).collect();
            cases::insert_many(tx, &new)
        });
        let (mut seen, mut after) = (HashSet::new(), None);
        loop {
            let page = db.read(move |tx| decisions::page(tx, loop_id, after, 7));
            let Some(last) = page.last() else { break };
            after = Some((last.effective_at, last.id));
            assert!(page.iter().all(|row| seen.insert(row.id)));
        }
        assert_eq!(seen.len(), 30);
        assert_eq!(db.read(move |tx| judgments::page(tx, loop_id, None, 100)).len(), 30);
    }
}
