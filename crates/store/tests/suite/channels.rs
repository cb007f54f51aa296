//! Channels: one sender at a time, messages once each and in order, tickets once for each case.

use tandem_domain::{CaseId, ChannelId, MessageId, Timestamp};
use tandem_store::channels::{self, Channel, Fault, Message};

use crate::common::{Db, SECOND, START, fresh_id, on_both};

fn channel(name: &str) -> Channel {
    Channel {
        id: ChannelId::from_bytes(fresh_id()),
        space: "default".to_owned(),
        kind: "nats".to_owned(),
        name: name.to_owned(),
        direction: "out".to_owned(),
        loop_name: None,
        kinds: vec!["case.decided".to_owned()],
        loops: Vec::new(),
        payload: "thin".to_owned(),
        config: "{}".to_owned(),
        made_by: "system".to_owned(),
        made_by_person: None,
        state: "active".to_owned(),
        revision: 1,
        created_at: Timestamp(START),
        updated_at: Timestamp(START),
    }
}

fn message(channel: ChannelId, lane: &str) -> Message {
    Message {
        seq: 0,
        channel,
        id: MessageId::from_bytes(fresh_id()),
        lane: lane.to_owned(),
        kind: "case.decided".to_owned(),
        source: None,
        body: b"{}".to_vec(),
        state: "waiting".to_owned(),
        available_at: Timestamp(START),
        attempts: 0,
        fault: Fault::default(),
        case: None,
        created_at: Timestamp(START),
        finished_at: None,
    }
}

on_both! {
    fn channels_are_kept_and_removed_with_all_that_is_theirs(db: Db) {
        let mut first = channel("b");
        let id = first.id;
        let (new, other) = (first.clone(), channel("a"));
        db.write(move |tx| channels::add(tx, &new));
        db.write(move |tx| channels::add(tx, &other));
        let names: Vec<_> =
            db.read(|tx| channels::list(tx, "default", "", 9)).into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(db.read(|tx| channels::list(tx, "default", "a", 9)).len(), 1);
        assert_eq!(db.read(|tx| channels::all(tx, 9)).len(), 2);
        "paused".clone_into(&mut first.state);
        first.revision = 2;
        let new = first.clone();
        db.write(move |tx| channels::update(tx, &new));
        assert_eq!(db.read(move |tx| channels::get(tx, id)).unwrap(), first);
        assert_eq!(db.read(|tx| channels::by_name(tx, "default", "b")).unwrap().id, id);
        db.write(move |tx| channels::insert(tx, &[message(id, "a")]));
        let case = CaseId::from_bytes(fresh_id());
        assert!(db.write(move |tx| channels::open_ticket(tx, id, case)));
        assert!(db.write(move |tx| channels::remove(tx, id)));
        assert!(!db.write(move |tx| channels::remove(tx, id)));
        assert_eq!(db.read(move |tx| channels::counts(tx, id)), (0, None, 0));
        assert_eq!(db.read(move |tx| channels::ticket(tx, id, case)), None);
    }

    fn one_sends_at_a_time(db: Db) {
        let new = channel("a");
        let id = new.id;
        db.write(move |tx| channels::add(tx, &new));
        let until = Timestamp(START + 20 * SECOND);
        let first = db.write(move |tx| channels::lease(tx, id, None, until)).unwrap();
        assert_eq!(db.write(move |tx| channels::lease(tx, id, None, until)), None);
        assert_eq!(db.write(move |tx| channels::lease(tx, id, Some(first), until)), Some(first));
        db.advance(30 * SECOND);
        let until = Timestamp(START + 60 * SECOND);
        let second = db.write(move |tx| channels::lease(tx, id, None, until)).unwrap();
        assert_ne!(first, second);
        assert_eq!(db.write(move |tx| channels::lease(tx, id, Some(first), until)), None, "it is lost");
        db.write(move |tx| channels::unlease(tx, id, first));
        assert_eq!(db.write(move |tx| channels::lease(tx, id, None, until)), None);
        db.write(move |tx| channels::unlease(tx, id, second));
        assert!(db.write(move |tx| channels::lease(tx, id, None, until)).is_some());
    }

    fn messages_wait_once_each_and_in_order(db: Db) {
        let new = channel("a");
        let id = new.id;
        db.write(move |tx| channels::add(tx, &new));
        let rows: Vec<Message> = (0..150).map(|n| message(id, &format!("lane {n}"))).collect();
        let again = rows.clone();
        assert_eq!(db.write(move |tx| channels::insert(tx, &rows)), 150);
        let twin = again.clone();
        assert_eq!(db.write(move |tx| channels::insert(tx, &twin)), 0, "they are there");
        let waiting = db.read(move |tx| channels::waiting(tx, id, 200));
        assert!(waiting.iter().zip(&again).all(|(row, sent)| row.id == sent.id));
        // More than one statement's worth, and an odd rest.
        let seqs: Vec<u64> = waiting[..131].iter().map(|row| row.seq).collect();
        let same = seqs.clone();
        assert_eq!(db.write(move |tx| channels::done(tx, id, &seqs)), 131);
        assert_eq!(db.write(move |tx| channels::done(tx, id, &same)), 0);
        let (dead, late) = (waiting[131].clone(), waiting[132].clone());
        let fault = Fault { code: Some("x".to_owned()), path: None, error: Some("no".to_owned()) };
        assert!(db.write(move |tx| channels::dead(tx, &dead, &fault)));
        let at = Timestamp(START + SECOND);
        assert!(db.write(move |tx| channels::retry(tx, &late, at, "busy")));
        let rest = db.read(move |tx| channels::waiting(tx, id, 200));
        assert_eq!((rest.len(), rest[0].attempts, rest[0].available_at), (18, 1, at));
        assert_eq!(db.read(move |tx| channels::counts(tx, id)), (18, Some(Timestamp(START)), 1));
        let letters = db.read(move |tx| channels::messages(tx, id, Some("dead"), None, 9));
        assert_eq!((letters.len(), letters[0].fault.error.as_deref()), (1, Some("no")));
        assert_eq!(db.write(move |tx| channels::replay_since(tx, id, Timestamp(START))), 1);
        let done = again[0].id;
        assert!(db.write(move |tx| channels::replay(tx, id, done)));
        assert!(!db.write(move |tx| channels::replay(tx, id, done)), "it waits already");
        let old = Timestamp(START + 1);
        assert_eq!(db.write(move |tx| channels::purge(tx, old, 500)), 130);
        assert_eq!(db.write(move |tx| channels::purge(tx, old, 500)), 20, "given up before");
        assert_eq!(db.read(move |tx| channels::counts(tx, id)), (0, None, 0));
    }

    fn health_says_what_failed_until_something_succeeds(db: Db) {
        let new = channel("a");
        let id = new.id;
        db.write(move |tx| channels::add(tx, &new));
        db.write(move |tx| channels::connected(tx, id));
        db.write(move |tx| channels::failed(tx, id, "gone", Some(Timestamp(9)), true));
        let health = db.read(move |tx| channels::health(tx, id));
        assert_eq!((health.connected_at, health.failures), (None, 1));
        assert_eq!((health.error.as_deref(), health.retry_at), (Some("gone"), Some(Timestamp(9))));
        db.write(move |tx| channels::passed(tx, id, 0, 2));
        assert_eq!(db.read(move |tx| channels::health(tx, id)).failures, 1);
        db.write(move |tx| channels::passed(tx, id, 3, 0));
        db.write(move |tx| channels::lagging(tx, id, 7));
        let health = db.read(move |tx| channels::health(tx, id));
        assert_eq!((health.error, health.failures, health.done, health.dead), (None, 0, 3, 2));
        assert_eq!(health.lag, Some(7));
    }

    fn a_case_has_one_ticket_at_a_desk(db: Db) {
        let new = channel("a");
        let id = new.id;
        db.write(move |tx| channels::add(tx, &new));
        let case = CaseId::from_bytes(fresh_id());
        assert!(db.write(move |tx| channels::open_ticket(tx, id, case)));
        assert!(!db.write(move |tx| channels::open_ticket(tx, id, case)));
        db.write(move |tx| channels::set_ticket(tx, id, case, "35436", Some("https://desk/35436")));
        let found = db.read(move |tx| channels::by_ticket(tx, id, "35436")).unwrap();
        assert_eq!((found.case, found.url.as_deref()), (case, Some("https://desk/35436")));
        db.write(move |tx| channels::sync_ticket(tx, id, case, Some("open"), "digest"));
        let told = db.read(move |tx| channels::ticket(tx, id, case)).unwrap();
        assert_eq!((told.status.as_deref(), told.told.as_deref()), (Some("open"), Some("digest")));
        assert_eq!(db.read(move |tx| channels::by_ticket(tx, id, "1")), None);
    }
}
