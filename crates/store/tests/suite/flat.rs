//! Costs that must not grow with the number of rows: every hot query is answered by an index in order.

use tandem_domain::case::Status;
use tandem_domain::{CaseId, LoopId, MemberId, Timestamp};
use tandem_store::tasks::{ClaimOrder, ClaimQuery, Lane};
use tandem_store::{
    Dialect, NewEvent, Param, Result, Row, StoreError, Topic, Tx, TxExt, automatic, cases, claims,
    decisions, events, examples, idempotency, jobs, judgments, outbox, tasks, timers, webhooks,
};

use crate::common::{Db, Kind};

/// A transaction that asks SQLite for the plan of everything it is given.
struct Explaining<'a> {
    inner: &'a mut dyn Tx,
    plans: Vec<(String, String)>,
}

impl Explaining<'_> {
    fn explain(&mut self, sql: &str, params: &[Param<'_>]) -> Result<()> {
        let plan = self.inner.query_all(&format!("EXPLAIN QUERY PLAN {sql}"), params, |row| {
            Ok(row.text(3)?.to_owned())
        })?;
        self.plans.push((sql.to_owned(), plan.join("\n")));
        Ok(())
    }
}

impl Tx for Explaining<'_> {
    fn exec(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.explain(sql, params)?;
        self.inner.exec(sql, params)
    }
    fn query(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Result<()>,
    ) -> Result<()> {
        self.explain(sql, params)?;
        self.inner.query(sql, params, each)
    }
    fn insert_many(
        &mut self,
        head: &str,
        columns: usize,
        params: &[Param<'_>],
        tail: &str,
    ) -> Result<u64> {
        self.inner.insert_many(head, columns, params, tail)
    }
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }
    fn now(&self) -> Timestamp {
        self.inner.now()
    }
    fn append_event(&mut self, event: NewEvent) {
        self.inner.append_event(event);
    }
    fn count(&mut self, loop_id: LoopId, name: &str, delta: f64) {
        self.inner.count(loop_id, name, delta);
    }
    fn wake(&mut self, topic: Topic) {
        self.inner.wake(topic);
    }
    fn poison(&mut self, error: StoreError) -> StoreError {
        self.inner.poison(error)
    }
}

fn hot_queries(tx: &mut dyn Tx) -> Result<()> {
    let (loop_id, case, member) =
        (LoopId::from_bytes([1; 16]), CaseId::from_bytes([2; 16]), MemberId::from_bytes([3; 16]));
    let at = Timestamp(1);
    // `Grouped` sorts, but only a window of bounded size.
    for order in [
        ClaimOrder::Policy,
        ClaimOrder::Oldest,
        ClaimOrder::Uncertain,
        ClaimOrder::Diverse,
        ClaimOrder::Value,
    ] {
        let lanes = vec![Lane::new(loop_id, Some("main".to_owned())), Lane::new(loop_id, None)];
        tasks::claim_candidates(tx, &ClaimQuery { member, arbiter: true, lanes, order, limit: 5 })?;
    }
    tasks::pool(tx, loop_id, 5)?;
    tasks::count_open(tx, loop_id, "main", 5)?;
    tasks::set_scores(
        tx,
        loop_id,
        &[tasks::Score { task: tandem_domain::TaskId { case, n: 1 }, place: 0.5, doubt: 0.5 }],
    )?;
    cases::lock(tx, case)?;
    cases::by_key(tx, loop_id, "k")?;
    cases::by_keys(tx, loop_id, &["k"])?;
    let all = cases::CaseFilter::all(loop_id);
    cases::list(tx, &all, Some(case), 5)?;
    let queued = cases::CaseFilter {
        statuses: vec![Status::Queued],
        queue: Some("main".to_owned()),
        newest_first: true,
        ..all
    };
    cases::list(tx, &queued, None, 5)?;
    claims::of_member(tx, member, 5)?;
    claims::expired(tx, at, 5)?;
    claims::next_expiry(tx)?;
    timers::lease_due(tx, at, 5)?;
    timers::next_due(tx)?;
    timers::cancel_all(tx, case)?;
    outbox::lease_due(tx, at, 5)?;
    outbox::next_due(tx)?;
    let hook = tandem_domain::WebhookId::from_bytes([4; 16]);
    webhooks::due(tx, at, 5)?;
    webhooks::lease(tx, hook, at, 5)?;
    webhooks::deliveries(tx, hook, None, Some(7), 5)?;
    webhooks::list(tx, "default", None, 5)?;
    webhooks::purge(tx, at, 5)?;
    jobs::is_active(tx, loop_id, "train")?;
    let decision = tandem_domain::DecisionId { case, n: 1 };
    decisions::page(tx, loop_id, Some((at, decision)), 5)?;
    judgments::page(tx, loop_id, None, 5)?;
    automatic::page(tx, loop_id, Some((at, case)), 5)?;
    automatic::page_drawn(tx, loop_id, Some((at, case)), 5)?;
    examples::page(tx, loop_id, None, 5)?;
    events::page(tx, &events::EventFilter::default(), 7, 5)?;
    for (loop_id, case_id) in [(Some(loop_id), None), (None, Some(case))] {
        let filter = events::EventFilter { loop_id, case_id, ..events::EventFilter::default() };
        events::page(tx, &filter, 7, 5)?;
        events::page_back(tx, &filter, None, 5)?;
    }
    events::is_sealed(tx, case)?;
    idempotency::purge(tx, at, 5)?;
    Ok(())
}

#[test]
fn hot_queries_neither_scan_nor_sort() {
    let db = Db::new(Kind::Sqlite);
    let plans = db.write(|tx| {
        let mut explaining = Explaining { inner: tx, plans: Vec::new() };
        hot_queries(&mut explaining)?;
        Ok(explaining.plans)
    });
    assert!(plans.len() > 30);
    for (sql, plan) in plans {
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        // A scan is fine where it only walks an index in order and a limit ends it.
        for step in plan.lines().filter(|step| step.starts_with("SCAN")) {
            let ordered = step.contains("USING") && sql.contains("LIMIT");
            let derived = ["SCAN due", "SCAN found"].contains(&step);
            assert!(ordered || derived, "{sql}\n{plan}");
        }
    }
}
