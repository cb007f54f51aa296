//! Webhooks against real receivers: what arrives, what is tried again, and what is never reached.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tandem_connect::http::{Guard, Resolver};
use tandem_domain::WebhookId;
use tandem_domain::roles::Role;
use tandem_engine::accounts::NewKey;
use tandem_engine::webhooks::{DeliveryView, WebhookChange};
use tandem_engine::webhooks::{Finished, MadeWebhook, NewWebhook, Payload, Replay, Settings};
use tandem_engine::{EngineConfig, EngineError, LoopScope, Principal};

use crate::common::{Kind, SECOND, START, World, code, machine, selective, start};
use crate::on_both;
use crate::receiver::{Manner, Receiver};

on_both! {
    a_message_is_signed_thin_and_sent_once,
    endpoints_get_what_they_ask_for,
    an_hour_of_errors_is_waited_out_with_the_same_id,
    messages_about_a_case_keep_their_order,
    after_the_last_attempt_it_is_a_dead_letter_and_the_endpoint_is_disabled,
    what_died_with_its_process_is_taken_over,
    a_failing_endpoint_gets_probes_only,
    both_secrets_sign_while_they_overlap,
    full_payloads_follow_the_rights_of_whoever_chose_them,
}

const OK: Manner = Manner::Says(200, "", "thanks");

fn private(config: &mut EngineConfig) {
    config.webhooks = Settings {
        guard: Guard { allow_private: true, ..Guard::default() },
        ..Settings::default()
    };
}

async fn world(kind: Kind) -> World {
    let world = World::with(kind, private).await;
    world.put(&selective()).await;
    world
}

async fn add(world: &World, url: &str) -> MadeWebhook {
    let new = NewWebhook { url: url.to_owned(), ..NewWebhook::default() };
    world.engine.add_webhook(&machine(), new, None).await.unwrap()
}

async fn decide(world: &World) -> String {
    world.submit("tickets", Some(0.95)).await.core.id.to_string()
}

/// Copies what is in the outbox, and sends what is due; returns how many attempts there were.
async fn send(world: &World) -> usize {
    while world.engine.deliver_due().await.unwrap() > 0 {}
    world.engine.send_webhooks_due().await.unwrap()
}

async fn deliveries(world: &World, id: WebhookId) -> Vec<DeliveryView> {
    let page = world.engine.deliveries(&machine(), id, None, None, 50).await.unwrap();
    page.items
}

async fn state(world: &World, id: WebhookId) -> (String, Option<String>) {
    let hook = world.engine.webhook(&machine(), id).await.unwrap();
    (hook.state, hook.why)
}

async fn a_message_is_signed_thin_and_sent_once(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(OK).await;
    let made = add(&world, &receiver.url()).await;
    let case = decide(&world).await;
    assert_eq!(send(&world).await, 1);
    assert_eq!(send(&world).await, 0, "what arrived is not sent again");
    let got = receiver.got();
    assert_eq!(got.len(), 1);
    let (first, body) = (&got[0], got[0].json());
    assert!(first.is_signed_with(made.secret.as_deref().unwrap()));
    assert_eq!(first.header("content-type"), "application/cloudevents+json");
    assert_eq!(first.header("webhook-timestamp"), (START / SECOND).to_string());
    assert_eq!(first.header("webhook-id"), body["id"]);
    assert!(!first.header("webhook-id").contains('.'));
    assert_eq!((&body["type"], &body["subject"]), (&json!("tandem.case.decided"), &json!(case)));
    assert_eq!(body["data"]["outcome"], "approved");
    let text = String::from_utf8(first.body.clone()).unwrap();
    assert!(!text.contains("where is my card") && !text.contains("card_arrival"), "{text}");
    let told = &deliveries(&world, made.hook.id).await[0];
    assert_eq!((told.state.as_str(), told.attempts, told.last.status), ("done", 1, Some(200)));
    assert_eq!(told.last.response.as_deref(), Some("thanks"));
}

async fn endpoints_get_what_they_ask_for(kind: Kind) {
    let world = world(kind).await;
    let (all, some, other) =
        (Receiver::new(OK).await, Receiver::new(OK).await, Receiver::new(OK).await);
    add(&world, &all.url()).await;
    let cancelled = NewWebhook {
        url: some.url(),
        kinds: vec!["case.cancelled".to_owned()],
        loops: vec!["tickets".to_owned()],
        ..NewWebhook::default()
    };
    world.engine.add_webhook(&machine(), cancelled, None).await.unwrap();
    let source = selective().replace("loop: tickets", "loop: others");
    world.put(&source).await;
    let elsewhere =
        NewWebhook { url: other.url(), loops: vec!["others".to_owned()], ..NewWebhook::default() };
    let elsewhere = world.engine.add_webhook(&machine(), elsewhere, None).await.unwrap();
    decide(&world).await;
    let open = world.submit("tickets", Some(0.1)).await.core.id;
    world.engine.cancel(&machine(), open, None).await.unwrap();
    send(&world).await;
    assert_eq!(all.got().len(), 2);
    let kinds: Vec<_> = some.got().iter().map(|got| got.json()["type"].clone()).collect();
    assert_eq!(kinds, ["tandem.case.cancelled"]);
    assert_eq!(other.got().len(), 0);
    world.engine.remove_webhook(&machine(), elsewhere.hook.id).await.unwrap();
    let gone = world.engine.webhook(&machine(), elsewhere.hook.id).await;
    assert_eq!(code(gone), "not_found");
}

async fn an_hour_of_errors_is_waited_out_with_the_same_id(kind: Kind) {
    let world = world(kind).await;
    let (down, well) =
        (Receiver::new(Manner::Says(500, "", "oh no")).await, Receiver::new(OK).await);
    let made = add(&world, &down.url()).await;
    add(&world, &well.url()).await;
    decide(&world).await;
    send(&world).await;
    assert_eq!(well.got().len(), 1);
    let told = &deliveries(&world, made.hook.id).await[0];
    assert_eq!((told.state.as_str(), told.last.status), ("waiting", Some(500)));
    assert_eq!(told.last.error.as_deref(), Some("it answered 500"));
    assert_eq!(told.last.response.as_deref(), Some("oh no"));
    for _ in 0..120 {
        world.advance(30 * SECOND);
        send(&world).await;
    }
    let tries = down.got().len();
    assert!((4..=12).contains(&tries), "{tries} attempts in an hour");
    // It asks to be left alone for longer than any pause drawn so far.
    down.now(Manner::Says(503, "retry-after: 80000\r\n", ""));
    for _ in 0..500 {
        if down.got().len() > tries {
            break;
        }
        world.advance(600 * SECOND);
        send(&world).await;
    }
    assert_eq!(down.got().len(), tries + 1, "a pause lasts a day at most");
    down.now(OK);
    world.advance(79_000 * SECOND);
    assert_eq!(send(&world).await, 0, "Retry-After holds");
    // The next pause may be drawn longer than that, but never longer than a day.
    world.advance(10_000 * SECOND);
    assert_eq!(send(&world).await, 1);
    let got = down.got();
    let first = &got[0];
    assert!(got.iter().all(|one| one.header("webhook-id") == first.header("webhook-id")));
    let last = got.last().unwrap();
    assert_ne!(last.header("webhook-timestamp"), first.header("webhook-timestamp"));
    assert!(last.is_signed_with(made.secret.as_deref().unwrap()));
    let hook = world.engine.webhook(&machine(), made.hook.id).await.unwrap();
    assert_eq!((hook.failures, hook.failing_since, hook.state.as_str()), (0, None, "active"));
    assert_eq!(well.got().len(), 1);
}

async fn messages_about_a_case_keep_their_order(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(Manner::Says(500, "", "")).await;
    add(&world, &receiver.url()).await;
    let case = world.submit("tickets", Some(0.95)).await.core.id;
    send(&world).await;
    world.engine.reopen(&machine(), case, "again", None).await.unwrap();
    world.engine.cancel(&machine(), case, None).await.unwrap();
    assert_eq!(send(&world).await, 0, "the first is still to come");
    receiver.now(OK);
    world.advance(10 * SECOND);
    assert_eq!(send(&world).await, 1);
    assert_eq!(send(&world).await, 1);
    let kinds: Vec<_> = receiver.got().iter().map(|got| got.json()["type"].clone()).collect();
    let (decided, cancelled) = ("tandem.case.decided", "tandem.case.cancelled");
    assert_eq!(kinds, [decided, decided, cancelled]);
}

async fn after_the_last_attempt_it_is_a_dead_letter_and_the_endpoint_is_disabled(kind: Kind) {
    let world = world(kind).await;
    let down = Receiver::new(Manner::Says(500, "", "")).await;
    let gone = Receiver::new(Manner::Says(410, "", "")).await;
    let made = add(&world, &down.url()).await;
    let leaving = add(&world, &gone.url()).await;
    decide(&world).await;
    send(&world).await;
    let (left, why) = state(&world, leaving.hook.id).await;
    assert_eq!(left, "disabled");
    assert!(why.unwrap().contains("410"));
    for _ in 0..11 {
        world.advance(86_400 * SECOND + SECOND);
        send(&world).await;
        if state(&world, made.hook.id).await.0 == "disabled" {
            break;
        }
    }
    assert_eq!(state(&world, made.hook.id).await.0, "disabled");
    // Set to work again by a person, until the message is given up.
    let again = WebhookChange { paused: Some(false), ..WebhookChange::default() };
    while deliveries(&world, made.hook.id).await[0].state == "waiting" {
        let id = made.hook.id;
        world.engine.change_webhook(&machine(), id, again.clone()).await.unwrap();
        world.advance(86_400 * SECOND + SECOND);
        send(&world).await;
    }
    let told = &deliveries(&world, made.hook.id).await[0];
    assert_eq!((told.state.as_str(), told.attempts), ("dead", 12));
    assert_eq!(down.got().len(), 12);
    down.now(OK);
    let id = made.hook.id;
    world.engine.change_webhook(&machine(), id, again).await.unwrap();
    assert_eq!(send(&world).await, 0);
    let since = Replay::Since(tandem_domain::Timestamp(START), Finished::Dead);
    assert_eq!(world.engine.replay_webhook(&machine(), id, since).await.unwrap(), 1);
    assert_eq!(send(&world).await, 1);
    let one = Replay::One(told.id);
    assert_eq!(world.engine.replay_webhook(&machine(), id, one).await.unwrap(), 1);
    assert_eq!(send(&world).await, 1);
    let got = down.got();
    assert!(got.iter().all(|one| one.header("webhook-id") == told.id.to_string()));
    assert_eq!(got.len(), 14);
}

/// The task is dropped while the receiver has the message and has not answered, as when the process
/// is killed: nothing of it is written down.
async fn what_died_with_its_process_is_taken_over(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(Manner::Hangs).await;
    let made = add(&world, &receiver.url()).await;
    decide(&world).await;
    while world.engine.deliver_due().await.unwrap() > 0 {}
    let engine = world.engine.clone();
    let dying = tokio::spawn(async move { engine.send_webhooks_due().await });
    let begun = Instant::now();
    while receiver.got().is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    receiver.now(OK);
    world.advance(39 * SECOND);
    assert_eq!(send(&world).await, 0, "the lease holds");
    world.engine.shutdown().await;
    let other = start(world.store.clone(), private).await;
    world.advance(2 * SECOND);
    assert_eq!(other.send_webhooks_due().await.unwrap(), 1);
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    let page = other.deliveries(&machine(), made.hook.id, None, None, 5).await.unwrap();
    assert_eq!((page.items[0].state.as_str(), page.items[0].attempts), ("done", 2));
    other.shutdown().await;
}

async fn a_failing_endpoint_gets_probes_only(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(Manner::Says(500, "", "")).await;
    let made = add(&world, &receiver.url()).await;
    for _ in 0..5 {
        decide(&world).await;
    }
    assert_eq!(send(&world).await, 5);
    for _ in 0..20 {
        decide(&world).await;
    }
    assert_eq!(send(&world).await, 0, "it is left alone");
    let hook = world.engine.webhook(&machine(), made.hook.id).await.unwrap();
    assert!(hook.next_probe_at.is_some());
    world.advance(6 * SECOND);
    assert_eq!(send(&world).await, 1, "one probe");
    receiver.now(OK);
    world.advance(901 * SECOND);
    assert_eq!(send(&world).await, 1, "one probe, which succeeds");
    assert!(send(&world).await > 10, "then the rest");
    world.advance(86_400 * SECOND);
    send(&world).await;
    assert!(deliveries(&world, made.hook.id).await.iter().all(|told| told.state == "done"));
}

async fn both_secrets_sign_while_they_overlap(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(OK).await;
    let made = add(&world, &receiver.url()).await;
    let (old, id) = (made.secret.unwrap(), made.hook.id);
    let new = world.engine.rotate_webhook(&machine(), id, 3_600).await.unwrap().secret.unwrap();
    decide(&world).await;
    send(&world).await;
    world.advance(3_601 * SECOND);
    decide(&world).await;
    send(&world).await;
    let got = receiver.got();
    assert!(got[0].is_signed_with(&old) && got[0].is_signed_with(&new));
    assert!(!got[1].is_signed_with(&old) && got[1].is_signed_with(&new));
    let too_long = world.engine.rotate_webhook(&machine(), id, 700_000).await;
    assert_eq!(code(too_long), "invalid_input");
}

async fn full_payloads_follow_the_rights_of_whoever_chose_them(kind: Kind) {
    let world = world(kind).await;
    let receiver = Receiver::new(OK).await;
    let key = NewKey {
        name: "k".to_owned(),
        grants: vec![(LoopScope::All, Role::Admin)],
        ..NewKey::default()
    };
    let key = world.engine.accounts().make_key(&machine(), key).await.unwrap();
    let admin = world.engine.accounts().by_key(&key.secret).await.unwrap();
    let new = NewWebhook { url: receiver.url(), payload: Payload::Full, ..NewWebhook::default() };
    world.engine.add_webhook(&admin, new, None).await.unwrap();
    decide(&world).await;
    send(&world).await;
    world.engine.accounts().revoke_key(&machine(), key.key.id).await.unwrap();
    decide(&world).await;
    send(&world).await;
    let got = receiver.got();
    let (full, withheld) = (got[0].json(), got[1].json());
    assert_eq!(full["data"]["case"]["input"]["text"], "where is my card");
    assert_eq!(full["data"]["case"]["output"]["intent"], "card_arrival");
    assert_eq!(withheld["data"]["case"], json!(null));
    assert!(withheld["data"]["withheld"].is_string());
}

async fn refused(world: &World, url: &str) -> String {
    let new = NewWebhook { url: url.to_owned(), ..NewWebhook::default() };
    match world.engine.add_webhook(&machine(), new, None).await {
        Err(EngineError::Invalid { code: "invalid_url", path: Some(path), message, .. }) => {
            assert_eq!(path, "/url");
            message
        }
        other => panic!("{url}: {other:?}"),
    }
}

/// A resolver whose answer turns from an address outside to this machine.
fn turning(turned: &Arc<AtomicBool>) -> Resolver {
    let turned = Arc::clone(turned);
    Resolver::Custom(Arc::new(move |_| {
        let text = if turned.load(Ordering::Relaxed) { "127.0.0.1" } else { "8.8.8.8" };
        Ok(vec![text.parse::<IpAddr>().unwrap()])
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_inside_is_reached_neither_at_first_nor_later() {
    let turned = Arc::new(AtomicBool::new(false));
    let resolver = turning(&turned);
    let world = World::with(Kind::Sqlite, move |config| {
        config.webhooks.guard = Guard { resolver, ..Guard::default() };
    })
    .await;
    world.put(&selective()).await;
    for url in [
        "http://8.8.8.8/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2130706433/",
        "ftp://8.8.8.8/",
        "nonsense",
    ] {
        refused(&world, url).await;
    }
    let receiver = Receiver::new(OK).await;
    let url = format!("https://rebinds.example:{}/", receiver.address.port());
    let made = add(&world, &url).await;
    turned.store(true, Ordering::Relaxed);
    decide(&world).await;
    assert_eq!(send(&world).await, 1);
    let told = &deliveries(&world, made.hook.id).await[0];
    let error = told.last.error.as_deref().unwrap();
    assert!(error.contains("127.0.0.1") && error.contains("loopback"), "{error}");
    assert_eq!(receiver.got().len(), 0);
    let told = refused(&world, "https://rebinds.example/").await;
    assert!(told.contains("--webhook-allow-private"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed_and_answers_are_read_to_a_bound() {
    let world = world(Kind::Sqlite).await;
    let inside = Receiver::new(OK).await;
    let line: &'static str = format!("location: {}\r\n", inside.url()).leak();
    let receiver = Receiver::new(Manner::Says(302, line, "")).await;
    let made = add(&world, &receiver.url()).await;
    let test = world.engine.test_webhook(&machine(), made.hook.id).await.unwrap();
    assert_eq!((test.state.as_str(), test.last.status), ("dead", Some(302)));
    assert!(test.last.error.unwrap().contains("not followed"));
    assert_eq!(inside.got().len(), 0);
    for manner in [Manner::Drips, Manner::Floods] {
        receiver.now(manner);
        let begun = Instant::now();
        let test = world.engine.test_webhook(&machine(), made.hook.id).await.unwrap();
        assert_eq!((test.state.as_str(), test.last.status), ("done", Some(200)));
        assert!(test.last.response.unwrap().len() <= 512);
        assert!(begun.elapsed() < Duration::from_mins(1));
    }
    let long = Receiver::new(Manner::Says(200, "", "bell \u{7} nul \0 done")).await;
    let change = WebhookChange { url: Some(long.url()), ..WebhookChange::default() };
    world.engine.change_webhook(&machine(), made.hook.id, change).await.unwrap();
    let test = world.engine.test_webhook(&machine(), made.hook.id).await.unwrap();
    assert_eq!(test.last.response.as_deref(), Some("bell   nul   done"));
    assert_eq!(long.got()[0].json()["type"], "tandem.webhook.test");
}

/// With workers on: one endpoint hangs, and the other gets everything at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_hangs_keeps_nobody_waiting() {
    let world = World::with(Kind::Sqlite, |config| {
        private(config);
        config.workers = true;
    })
    .await;
    world.put(&selective()).await;
    let (hanging, fast) = (Receiver::new(Manner::Hangs).await, Receiver::new(OK).await);
    let stuck = add(&world, &hanging.url()).await;
    add(&world, &fast.url()).await;
    let begun = Instant::now();
    for _ in 0..200 {
        decide(&world).await;
    }
    while fast.got().len() < 200 {
        assert!(begun.elapsed() < Duration::from_mins(5), "{} arrived", fast.got().len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut ids: Vec<_> =
        fast.got().iter().map(|got| got.header("webhook-id").to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 200, "each came once");
    // Four at a time, and each is given up after ten seconds.
    let most = 4 * (1 + begun.elapsed().as_secs() as usize / 10);
    assert!(hanging.got().len() <= most, "{} under way", hanging.got().len());
    assert!(deliveries(&world, stuck.hook.id).await.iter().all(|told| told.state == "waiting"));
    world.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_admins_change_webhooks_and_the_ledger_says_so() {
    let world = world(Kind::Sqlite).await;
    let receiver = Receiver::new(OK).await;
    let auditor = Principal {
        grants: vec![(LoopScope::All, Role::Auditor), (LoopScope::All, Role::Orchestrator)],
        ..machine()
    };
    let new = NewWebhook { url: receiver.url(), ..NewWebhook::default() };
    assert_eq!(code(world.engine.add_webhook(&auditor, new, None).await), "forbidden");
    assert_eq!(code(world.engine.webhooks(&auditor, None, 5).await), "forbidden");
    let url = format!("{}?token=secret-token", receiver.url());
    let made = add(&world, &url).await;
    world.engine.rotate_webhook(&machine(), made.hook.id, 0).await.unwrap();
    world.engine.remove_webhook(&machine(), made.hook.id).await.unwrap();
    let entries = world.engine.ledger_entries(&machine(), 0, 50).await.unwrap();
    let text = format!("{entries:?}");
    for kind in ["webhook.added", "webhook.rotated", "webhook.removed", "url_commitment"] {
        assert!(text.contains(kind), "{kind}: {text}");
    }
    assert!(!text.contains("secret-token") && !text.contains("whsec_"));
    assert!(!format!("{made:?}").is_empty());
}
