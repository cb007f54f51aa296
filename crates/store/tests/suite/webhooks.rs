//! Queues of endpoints: once each, in order per case, and fenced.

use tandem_domain::{MessageId, Timestamp, WebhookId};
use tandem_store::webhooks::{self, Attempt, Delivery, Finished, Webhook};

use crate::common::{Db, SECOND, START, fresh_id, on_both};

fn hook() -> Webhook {
    Webhook {
        id: WebhookId::from_bytes(fresh_id()),
        space: "default".to_owned(),
        url: "https://example.org/hook?token=t".to_owned(),
        kinds: vec!["case.decided".to_owned()],
        loops: Vec::new(),
        payload: "thin".to_owned(),
        payload_by: "system".to_owned(),
        secret: "whsec_secret".to_owned(),
        old_secret: None,
        old_until: Timestamp(0),
        state: "active".to_owned(),
        why: None,
        failures: 0,
        failing_since: None,
        open_until: Timestamp(0),
        created_at: Timestamp(START),
        updated_at: Timestamp(START),
    }
}

fn message(webhook: WebhookId, lane: &str) -> Delivery {
    Delivery {
        seq: 0,
        webhook,
        id: MessageId::from_bytes(fresh_id()),
        lane: lane.to_owned(),
        kind: "case.decided".to_owned(),
        payload: "{}".to_owned(),
        state: "waiting".to_owned(),
        available_at: Timestamp(START),
        attempts: 0,
        token: 0,
        last: Attempt::default(),
        created_at: Timestamp(START),
        finished_at: None,
    }
}

on_both! {
    fn endpoints_are_kept_and_removed_with_their_queue(db: Db) {
        let mut first = hook();
        assert!(!db.read(|tx| webhooks::any(tx)));
        let new = first.clone();
        db.write(move |tx| webhooks::add(tx, &new));
        assert!(db.read(|tx| webhooks::any(tx)));
        first.failures = 2;
        first.failing_since = Some(Timestamp(START));
        "disabled".clone_into(&mut first.state);
        let new = first.clone();
        db.write(move |tx| webhooks::update(tx, &new));
        let id = first.id;
        assert_eq!(db.read(move |tx| webhooks::get(tx, id)).unwrap(), first);
        db.write(move |tx| webhooks::well(tx, id));
        let well = db.read(move |tx| webhooks::get(tx, id)).unwrap();
        assert_eq!((well.failures, well.failing_since), (0, None));
        db.write(move |tx| webhooks::insert(tx, &[message(id, "a")]));
        assert!(db.write(move |tx| webhooks::remove(tx, id)));
        assert!(!db.write(move |tx| webhooks::remove(tx, id)));
        assert_eq!(db.read(webhooks::counts), (0, 0));
        let shown = format!("{first:?}");
        assert!(!shown.contains("whsec_") && !shown.contains("token"), "{shown}");
    }

    fn a_message_is_queued_once_and_leased_by_one(db: Db) {
        let endpoint = hook();
        let id = endpoint.id;
        db.write(move |tx| webhooks::add(tx, &endpoint));
        let rows = [message(id, "a"), message(id, "a"), message(id, "b")];
        let again = rows.clone();
        assert_eq!(db.write(move |tx| webhooks::insert(tx, &rows)), 3);
        let twin = again.clone();
        assert_eq!(db.write(move |tx| webhooks::insert(tx, &twin)), 0);
        let now = Timestamp(START + SECOND);
        assert_eq!(db.read(move |tx| webhooks::due(tx, now, 9)), [id]);
        let until = Timestamp(START + 60 * SECOND);
        let leased = db.write(move |tx| webhooks::lease(tx, id, until, 9));
        let ids: Vec<_> = leased.iter().map(|row| row.id).collect();
        assert_eq!(ids, [again[0].id, again[2].id], "the oldest of each case");
        assert!(db.write(move |tx| webhooks::lease(tx, id, until, 9)).is_empty());
        assert!(db.read(move |tx| webhooks::due(tx, now, 9)).is_empty());
        db.advance(61 * SECOND);
        let until = Timestamp(START + 200 * SECOND);
        let taken = db.write(move |tx| webhooks::lease(tx, id, until, 9));
        assert_eq!((taken[0].id, taken[0].token, taken[0].attempts), (again[0].id, 2, 2));
        let met = Attempt { status: Some(204), took_ms: Some(7), ..Attempt::default() };
        let (lost, held, said) = (leased[0].clone(), taken[0].clone(), met.clone());
        assert!(!db.write(move |tx| webhooks::done(tx, &lost, &said)), "the token is old");
        let said = met.clone();
        assert!(db.write(move |tx| webhooks::done(tx, &held, &said)));
        let back = taken[1].clone();
        assert!(db.write(move |tx| webhooks::unlease(tx, &back)));
        let next = db.write(move |tx| webhooks::lease(tx, id, until, 9));
        let ids: Vec<_> = next.iter().map(|row| row.id).collect();
        assert_eq!(ids, [again[1].id, again[2].id]);
        let held = next[0].clone();
        assert!(db.write(move |tx| webhooks::dead(tx, &held, &Attempt::default())));
        assert_eq!(db.read(webhooks::counts), (1, 1));
        let dead = db.read(move |tx| webhooks::deliveries(tx, id, Some("dead"), None, 9));
        assert_eq!((dead.len(), dead[0].id), (1, again[1].id));
        let since = Timestamp(START);
        let replayed = db.write(move |tx| webhooks::replay_since(tx, id, since, Finished::Dead));
        assert_eq!(replayed, 1);
        let message = again[0].id;
        assert!(db.write(move |tx| webhooks::replay(tx, id, message)));
        assert!(!db.write(move |tx| webhooks::replay(tx, id, message)), "it waits already");
        let old = Timestamp(START + 1);
        assert_eq!(db.write(move |tx| webhooks::give_up_old(tx, old, 9)), 3);
        assert_eq!(db.write(move |tx| webhooks::purge(tx, old, 9)), 3);
        assert_eq!(db.read(webhooks::counts), (0, 0));
    }
}
