//! What leaves the engine, and what is rolled back alone: the outbox, and commands that fail among
//! others of their group.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tandem_connect::{CloudEvent, Sink, SinkError};
use tandem_domain::case::{Status, Verdict};
use tandem_engine::outbox::Outlet;

use crate::common::{
    Kind, SECOND, World, by_hand, code, machine, reviewer, says, selective, start, ticket,
};
use crate::on_both;

on_both! {
    messages_arrive_after_failures_and_restarts,
    a_refused_command_rolls_back_alone,
}

/// Fails the first deliveries, then keeps what it gets.
struct Flaky {
    failures: Arc<AtomicU32>,
    seen: Arc<Mutex<Vec<CloudEvent>>>,
}

impl Sink for Flaky {
    fn deliver(&mut self, messages: &[CloudEvent]) -> Result<(), SinkError> {
        if self.failures.load(Ordering::Relaxed) > 0 {
            self.failures.fetch_sub(1, Ordering::Relaxed);
            let source = std::io::ErrorKind::ConnectionRefused.into();
            return Err(SinkError { sink: self.describe(), source });
        }
        self.seen.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }

    fn describe(&self) -> String {
        "flaky".to_owned()
    }
}

async fn messages_arrive_after_failures_and_restarts(kind: Kind) {
    let failures = Arc::new(AtomicU32::new(2));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let outlet = |failures: &Arc<AtomicU32>, seen: &Arc<Mutex<Vec<CloudEvent>>>| {
        let sink = Flaky { failures: Arc::clone(failures), seen: Arc::clone(seen) };
        Outlet { topics: vec!["case.decided".to_owned()], ..Outlet::new("out", sink) }
    };
    let first = outlet(&failures, &seen);
    let world = World::with(kind, move |config| config.sinks = vec![first]).await;
    world.put(&selective()).await;
    let id = world.submit("tickets", Some(0.95)).await.core.id;
    assert_eq!(world.engine.deliver_due().await.unwrap(), 1);
    assert_eq!(world.engine.deliver_due().await.unwrap(), 0, "a failure waits");
    world.engine.shutdown().await;
    world.advance(60 * SECOND);
    let second = outlet(&failures, &seen);
    let again = start(world.store.clone(), move |config| config.sinks = vec![second]).await;
    assert_eq!(again.deliver_due().await.unwrap(), 1);
    assert!(seen.lock().unwrap().is_empty());
    world.advance(60 * SECOND);
    assert_eq!(again.deliver_due().await.unwrap(), 1);
    world.advance(3_600 * SECOND);
    assert_eq!(again.deliver_due().await.unwrap(), 0, "what arrived is not sent again");
    {
        let seen = seen.lock().unwrap();
        let told: Vec<_> = seen.iter().map(|event| (event.kind.as_str(), &event.subject)).collect();
        assert_eq!(told, [("tandem.case.decided", &id.to_string())]);
    }
    again.shutdown().await;
}

/// Commands that run at once share a transaction on SQLite; those that are refused leave nothing,
/// the others are not touched.
async fn a_refused_command_rolls_back_alone(kind: Kind) {
    let world = Arc::new(World::new(kind).await);
    world.put(&by_hand()).await;
    let mut tasks = Vec::new();
    for n in 0..60_u8 {
        let world = Arc::clone(&world);
        tasks.push(tokio::spawn(async move {
            let case = world.submit("tickets", None).await.core.id;
            if n % 3 == 0 {
                // Refused inside the transaction: nobody approves what is not there to reopen.
                let refused = world.engine.reopen(&machine(), case, "too early", None).await;
                assert_eq!(code(refused), "invalid_transition");
                return (case, Status::Queued);
            }
            let who = reviewer(n % 8 + 1);
            let said = tandem_engine::Said {
                claim: None,
                judgment: says(Verdict::Approve, None),
                assertion: None,
            };
            world.engine.judge(&who, case, said, None).await.unwrap();
            let taken = tandem_engine::Submission {
                key: Some("only one".to_owned()),
                ..ticket(&n.to_string(), "other", None)
            };
            // One of them wins; the others conflict and roll back alone.
            let keyed = world.engine.submit(&machine(), "tickets", taken, None).await;
            assert!(keyed.is_ok() || code(keyed) == "key_conflict");
            (case, Status::Decided)
        }));
    }
    for task in tasks {
        let (case, status) = task.await.unwrap();
        assert_eq!(world.get(case).await.state.status, status);
        assert_eq!(world.engine.comments(&machine(), case, None).await.unwrap(), []);
    }
    let summary = &world.engine.list_loops(&machine()).await.unwrap()[0];
    assert_eq!((summary.cases, summary.decided, summary.open), (61, 40, 21));
}
