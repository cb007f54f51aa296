//! Leased work: timers, messages, jobs; and models, examples, automatic cases, small records.

use tandem_domain::{
    CaseId, CommentId, JobId, MediaId, MessageId, ModelId, OutcomeId, TimerId, Timestamp,
};
use tandem_store::{
    automatic, comments, counters, examples, jobs, media, models, outbox, outcomes, timers,
};

use crate::common::{Db, SECOND, START, fresh_id, on_both};
use crate::sample::{loop_id, member};

fn case_id() -> CaseId {
    CaseId::from_bytes(fresh_id())
}

fn timer(case: CaseId, name: &str, fire_at: i64) -> timers::Timer {
    timers::Timer {
        id: TimerId::from_bytes(fresh_id()),
        space: "default".to_owned(),
        case_id: Some(case),
        name: name.to_owned(),
        fire_at: Timestamp(fire_at),
        token: 0,
        payload: "{}".to_owned(),
    }
}

fn message(lane: &str) -> outbox::Message {
    outbox::Message {
        id: MessageId::from_bytes(fresh_id()),
        space: "default".to_owned(),
        lane: lane.to_owned(),
        topic: "webhook".to_owned(),
        payload: "{}".to_owned(),
        available_at: Timestamp(START),
        attempts: 0,
        token: 0,
    }
}

fn lease(db: &Db) -> Timestamp {
    Timestamp(db.time.load(std::sync::atomic::Ordering::Relaxed) + 10 * SECOND)
}

on_both! {
    fn a_due_timer_is_leased_once_and_fired_once(db: Db) {
        let case = case_id();
        db.write(move |tx| {
            timers::set(tx, &timer(case, "deadline", START + 5 * SECOND))?;
            timers::set(tx, &timer(case, "effect:1", START + SECOND))?;
            timers::set(tx, &timers::Timer { case_id: None, ..timer(case, "sweep", START + 2 * SECOND) })
        });
        assert_eq!(db.read(|tx| timers::next_due(tx)), Some(Timestamp(START + SECOND)));
        let until = lease(&db);
        assert!(db.write(move |tx| timers::lease_due(tx, until, 9)).is_empty());
        db.advance(3 * SECOND);
        let until = lease(&db);
        let due = db.write(move |tx| timers::lease_due(tx, until, 9));
        assert_eq!(due.iter().map(|timer| timer.name.as_str()).collect::<Vec<_>>(), ["effect:1", "sweep"]);
        assert!(db.write(move |tx| timers::lease_due(tx, until, 9)).is_empty());
        // The lease ran out: another worker gets it with a newer token, the first one is too late.
        db.advance(11 * SECOND);
        let until = lease(&db);
        let again = db.write(move |tx| timers::lease_due(tx, until, 1));
        assert_eq!((again[0].id, again[0].token), (due[0].id, due[0].token + 1));
        let (old, new) = (due[0].clone(), again[0].clone());
        assert!(!db.write(move |tx| timers::finish(tx, old.id, old.token)));
        assert!(db.write(move |tx| timers::finish(tx, new.id, new.token)));
    }

    fn a_moved_timer_voids_its_lease(db: Db) {
        let case = case_id();
        db.write(move |tx| timers::set(tx, &timer(case, "lease:1", START)));
        let until = lease(&db);
        let due = db.write(move |tx| timers::lease_due(tx, until, 9)).remove(0);
        db.write(move |tx| timers::set(tx, &timer(case, "lease:1", START + 60 * SECOND)));
        let (id, token) = (due.id, due.token);
        assert!(!db.write(move |tx| timers::finish(tx, id, token)));
        assert_eq!(db.read(|tx| timers::next_due(tx)), Some(Timestamp(START + 60 * SECOND)));
        assert!(db.write(move |tx| timers::cancel(tx, case, "lease:1")));
        assert!(!db.write(move |tx| timers::cancel(tx, case, "lease:1")));
        assert_eq!(db.write(move |tx| timers::cancel_all(tx, case)), 0);
    }

    fn a_lane_is_delivered_in_order_and_blocks_no_other(db: Db) {
        let (first, second, other) = (message("a"), message("a"), message("b"));
        let (one, two, three) = (first.id, second.id, other.id);
        db.write(move |tx| {
            outbox::push(tx, &first)?;
            outbox::push(tx, &second)?;
            outbox::push(tx, &other)
        });
        let until = lease(&db);
        let mut due = db.write(move |tx| outbox::lease_due(tx, until, 9));
        due.sort_by_key(|message| message.id);
        assert_eq!(due.iter().map(|message| message.id).collect::<Vec<_>>(), [one, three]);
        assert!(db.write(move |tx| outbox::lease_due(tx, until, 9)).is_empty());
        let failing = due[0].clone();
        let later = Timestamp(START + 30 * SECOND);
        assert!(db.write(move |tx| outbox::retry(tx, failing.id, failing.token, later, "500")));
        assert!(db.write(move |tx| outbox::lease_due(tx, until, 9)).is_empty());
        db.advance(31 * SECOND);
        let until = lease(&db);
        // The message of lane b was never finished: its lease ran out too.
        let due = db.write(move |tx| outbox::lease_due(tx, until, 9));
        assert_eq!(due.len(), 2);
        let first = due.iter().find(|message| message.id == one).unwrap().clone();
        assert_eq!(first.attempts, 2);
        assert!(!db.write(move |tx| outbox::done(tx, one, first.token - 1)));
        assert!(db.write(move |tx| outbox::dead(tx, one, first.token, "gone")));
        let next = db.write(move |tx| outbox::lease_due(tx, until, 9));
        assert_eq!(next.iter().map(|message| message.id).collect::<Vec<_>>(), [two]);
        let token = next[0].token;
        assert!(db.write(move |tx| outbox::done(tx, two, token)));
        assert_eq!(db.write(|tx| outbox::purge(tx, Timestamp(i64::MAX), 9)), 1);
        assert_eq!(db.read(|tx| outbox::next_due(tx)), Some(until));
    }

    fn a_loop_has_one_job_of_a_kind_waiting_and_one_running(db: Db) {
        let loop_id = loop_id();
        let enqueue = |loop_id| {
            let id = JobId::from_bytes(fresh_id());
            db.write(move |tx| jobs::enqueue(tx, id, "default", loop_id, "train", "{}"))
        };
        assert!(enqueue(Some(loop_id)));
        assert!(!enqueue(Some(loop_id)));
        assert!(enqueue(None) && !enqueue(None));
        db.advance(SECOND);
        let until = lease(&db);
        let lease_one = || db.write(move |tx| jobs::lease(tx, &["sweep", "train"], until));
        let job = lease_one().unwrap();
        assert_eq!((job.loop_id, job.state.as_str(), job.attempts), (Some(loop_id), "running", 1));
        assert_eq!(lease_one().unwrap().loop_id, None);
        // One runs: a further one may wait but not start.
        assert!(enqueue(Some(loop_id)));
        assert_eq!(lease_one(), None);
        assert!(db.read(move |tx| jobs::is_active(tx, loop_id, "train")));
        let (id, token) = (job.id, job.token);
        assert!(db.write(move |tx| jobs::heartbeat(tx, id, token, until, 0.5)));
        assert!(db.write(move |tx| jobs::finish(tx, id, token, None)));
        assert!(!db.write(move |tx| jobs::finish(tx, id, token, None)));
        assert_eq!(db.read(move |tx| jobs::get(tx, id)).unwrap().progress, 1.0);
        let next = lease_one().unwrap();
        db.advance(60 * SECOND);
        let until = lease(&db);
        let taken_over = db.write(move |tx| jobs::lease(tx, &["train"], until)).unwrap();
        assert!(taken_over.attempts > 1 || taken_over.loop_id.is_none());
        let (id, token) = (next.id, next.token);
        db.write(move |tx| jobs::lease(tx, &["train"], until));
        assert!(!db.write(move |tx| jobs::heartbeat(tx, id, token, until, 0.9)), "the lease was lost");
        assert_eq!(db.read(move |tx| jobs::list(tx, loop_id, 9)).len(), 2);
        assert_eq!(db.write(|tx| jobs::purge(tx, Timestamp(i64::MAX))), 1);
    }

    fn models_move_through_stages(db: Db) {
        let loop_id = loop_id();
        for version in 1..=2 {
            db.write(move |tx| {
                models::insert(tx, &models::ModelRow {
                    id: ModelId::from_bytes(fresh_id()),
                    space: "default".to_owned(),
                    loop_id,
                    version,
                    kind: "text_linear".to_owned(),
                    stage: "shadow".to_owned(),
                    metrics: "{}".to_owned(),
                    trained_on: 20,
                    created_at: Timestamp(START),
                }, &[version as u8; 100])
            });
        }
        assert_eq!(db.read(move |tx| models::newest_version(tx, loop_id)), 2);
        assert!(db.write(move |tx| models::set_stage(tx, loop_id, 1, "live")));
        assert!(!db.write(move |tx| models::set_stage(tx, loop_id, 7, "live")));
        assert!(db.write(move |tx| models::set_metrics(tx, loop_id, 1, "{\"accuracy\":0.9}")));
        assert_eq!(db.read(move |tx| models::in_stage(tx, loop_id, "live")).unwrap().metrics, "{\"accuracy\":0.9}");
        assert_eq!(db.read(move |tx| models::bytes(tx, loop_id, 2)).unwrap(), [2; 100]);
        assert_eq!(db.read(move |tx| models::list(tx, loop_id, None, 9)).len(), 2);
        assert_eq!(db.read(move |tx| models::get(tx, loop_id, 9)), None);
    }

    fn examples_are_replaced_paged_and_forgotten(db: Db) {
        let loop_id = loop_id();
        let rows: Vec<_> = (0..10)
            .map(|n| examples::ExampleRow {
                loop_id,
                case_id: case_id(),
                n: 1,
                kind: "labelled".to_owned(),
                space: "default".to_owned(),
                body: format!("{{\"n\":{n}}}"),
                origin: "human_only".to_owned(),
                weight: 1.0,
                held_out: n % 5 == 0,
                at: Timestamp(START + n / 3),
            })
            .collect();
        let (stored, first) = (rows.clone(), rows[0].clone());
        db.write(move |tx| examples::upsert(tx, &stored));
        let changed = examples::ExampleRow { body: "{\"n\":100}".to_owned(), ..first.clone() };
        db.write(move |tx| examples::upsert(tx, std::slice::from_ref(&changed)));
        let page = db.read(move |tx| examples::page(tx, loop_id, None, 4));
        assert_eq!(page[0].body, "{\"n\":100}");
        let cursor = page[3].cursor();
        let rest = db.read(move |tx| examples::page(tx, loop_id, Some(&cursor), 100));
        assert_eq!(rest, rows[4..]);
        assert_eq!(db.write(move |tx| examples::delete(tx, loop_id, first.case_id, Some(1))), 1);
        assert_eq!(db.write(move |tx| examples::delete(tx, loop_id, first.case_id, None)), 0);
    }

    fn the_audited_stratum_is_counted_and_paged(db: Db) {
        let loop_id = loop_id();
        let rows: Vec<_> = (0..20)
            .map(|n| automatic::AutomaticRow {
                loop_id,
                case_id: case_id(),
                at: Timestamp(START + n / 2),
                epoch: 1,
                propensity: 0.25,
                drawn: n % 4 == 0,
                error: None,
                model: Some("digits@1".to_owned()),
            })
            .collect();
        let stored = rows.clone();
        db.write(move |tx| automatic::insert_many(tx, &stored));
        let (drawn, other) = (rows[4].case_id, rows[5].case_id);
        assert!(db.write(move |tx| automatic::set_error(tx, loop_id, drawn, Some(1.0))));
        assert_eq!(db.read(move |tx| automatic::get(tx, loop_id, drawn)).unwrap().error, Some(1.0));
        let page = db.read(move |tx| automatic::page_drawn(tx, loop_id, None, 2));
        let after = page.last().map(|row| (row.at, row.case_id));
        let rest = db.read(move |tx| automatic::page_drawn(tx, loop_id, after, 9));
        assert_eq!((page.len(), rest.len()), (2, 3));
        assert_eq!(db.read(move |tx| automatic::page(tx, loop_id, after, 99)).len(), 15);
        assert!(db.write(move |tx| automatic::delete(tx, loop_id, other)));
        assert!(!db.write(move |tx| automatic::delete(tx, loop_id, other)));
        let totals = db.read(move |tx| counters::all(tx, loop_id));
        assert_eq!((totals["automatic"], totals["automatic.drawn"]), (19.0, 5.0));
    }

    fn outcomes_comments_and_media_stay_with_their_case(db: Db) {
        let case = case_id();
        let outcome = outcomes::Outcome {
            id: OutcomeId::from_bytes(fresh_id()),
            space: "default".to_owned(),
            case_id: case,
            body: "{\"source\":\"user\"}".to_owned(),
            trusted: false,
            at: Timestamp(START),
        };
        let comment = comments::Comment {
            id: CommentId::from_bytes(fresh_id()),
            space: "default".to_owned(),
            case_id: case,
            member_id: Some(member()),
            body: "Look again".to_owned(),
            at: Timestamp(START),
        };
        let file = media::Media {
            id: MediaId::from_bytes(fresh_id()),
            space: "default".to_owned(),
            sha256: vec![5; 32],
            mime: "image/png".to_owned(),
            bytes: vec![0; 70_000],
            created_at: Timestamp(START),
        };
        let (a, b, c) = (outcome.clone(), comment.clone(), file.clone());
        db.write(move |tx| {
            outcomes::insert(tx, &a)?;
            comments::insert(tx, &b)?;
            media::insert(tx, &c)
        });
        let twin = media::Media { id: MediaId::from_bytes(fresh_id()), ..file.clone() };
        assert_eq!(db.write(move |tx| media::insert(tx, &twin)), file.id);
        let id = file.id;
        assert_eq!(db.read(move |tx| media::get(tx, "default", id)).unwrap(), file);
        assert_eq!(db.read(move |tx| media::get(tx, "other", id)), None);
        let id = outcome.id;
        assert!(db.write(move |tx| outcomes::confirm(tx, id)));
        assert!(!db.write(move |tx| outcomes::confirm(tx, id)));
        assert!(db.read(move |tx| outcomes::of_case(tx, case, 9))[0].trusted);
        assert_eq!(db.read(move |tx| comments::of_case(tx, case, None, 9)), std::slice::from_ref(&comment));
        assert!(db.read(move |tx| comments::of_case(tx, case, Some(comment.id), 9)).is_empty());
    }
}
