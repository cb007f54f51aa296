//! NATS JetStream, in and out.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::common::{LIMIT, World, case, event, names, says};
use crate::nats_server::Nats;

fn inward(nats: &Nats) -> Value {
    json!({"name": "tickets in", "kind": "nats", "direction": "in", "loop": "tickets",
        "broker": {"url": nats.url(), "stream": "SHOP", "subject": "shop.tickets"}})
}

fn outward(nats: &Nats) -> Value {
    json!({"name": "decisions", "kind": "nats", "direction": "out", "kinds": ["case.decided"],
        "broker": {"url": nats.url(), "subject": "tandem.{loop}.{kind}"}})
}

async fn publish(context: &Context, body: Vec<u8>) {
    context.publish("shop.tickets", body.into()).await.unwrap().await.unwrap();
}

/// What lies in a stream, as it is; waits for `count` messages.
async fn drain(context: &Context, stream: &str, count: usize) -> Vec<(String, Value)> {
    let stream = context.get_stream(stream).await.unwrap();
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = stream.create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let mut found = Vec::new();
    while found.len() < count {
        let next = tokio::time::timeout(LIMIT, messages.next()).await;
        let message = next.expect("messages come").unwrap().unwrap();
        found
            .push((message.subject.to_string(), serde_json::from_slice(&message.payload).unwrap()));
    }
    found
}

/// How many messages a durable consumer was not told to forget.
async fn unacknowledged(context: &Context) -> u64 {
    let stream = context.get_stream("SHOP").await.unwrap();
    let consumer: async_nats::jetstream::consumer::PullConsumer =
        stream.get_consumer("tandem-tickets-in").await.unwrap();
    let info = consumer.get_info().await.unwrap();
    info.num_pending + info.num_ack_pending as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_become_cases_once_and_are_acknowledged() {
    let nats = Nats::start();
    let context = nats.stream("SHOP", "shop.>").await;
    let world = World::new().await;
    let channel = world.channel(inward(&nats)).await;
    world.up(&channel).await;
    // As a CloudEvent, as a bare case with an id of NATS, as one with a key; each twice.
    for _ in 0..2 {
        publish(&context, event("1", "an event")).await;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", "n-2");
        let body = case("a case", 0.1).to_string();
        let sent = context.publish_with_headers("shop.tickets", headers, body.into()).await;
        sent.unwrap().await.unwrap();
        let mut keyed = case("a key", 0.1);
        keyed["key"] = json!("k-3");
        publish(&context, keyed.to_string().into_bytes()).await;
    }
    // Another subject of the stream is not ours.
    context.publish("shop.other", "x".into()).await.unwrap().await.unwrap();
    assert_eq!(world.cases(3).await, ["a case", "a key", "an event"]);
    world.until(&channel, "all are taken", |health| health["done"].as_u64() >= Some(5)).await;
    let begun = Instant::now();
    while unacknowledged(&context).await > 0 {
        assert!(begun.elapsed() < LIMIT, "messages stay unacknowledged");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.texts().await.len(), 3, "what came again is the same case");
    let page = world.admin.get("/v1/loops/tickets/cases?limit=10").await.expect(200);
    let keys: BTreeSet<_> =
        page["items"].as_array().unwrap().iter().map(|c| c["key"].as_str().unwrap()).collect();
    assert_eq!(keys, BTreeSet::from(["/shop#1", "k-3", "n-2"]));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_message_is_kept_with_its_error_and_the_rest_goes_on() {
    let nats = Nats::start();
    let context = nats.stream("SHOP", "shop.>").await;
    let world = World::new().await;
    let channel = world.channel(inward(&nats)).await;
    publish(&context, b"no json".to_vec()).await;
    let lacking = json!({"specversion": "1.0", "id": "9", "source": "/shop", "type": "t",
        "data": {"input": {"text": 7}}});
    publish(&context, lacking.to_string().into_bytes()).await;
    publish(&context, event("10", "good")).await;
    // The same name for something else.
    publish(&context, event("10", "another")).await;
    assert_eq!(world.cases(1).await, ["good"]);
    world.until(&channel, "three are kept", |health| health["dead"] == 3).await;
    let letters = world.messages(&channel, "dead").await;
    let told: BTreeSet<_> = letters
        .iter()
        .map(|letter| (letter["code"].as_str().unwrap(), letter["path"].as_str().unwrap_or("")))
        .collect();
    let wanted =
        [("invalid_input", "/data/input/text"), ("invalid_json", ""), ("key_conflict", "")];
    assert_eq!(told, BTreeSet::from(wanted), "{letters:?}");
    let begun = Instant::now();
    while unacknowledged(&context).await > 0 {
        assert!(begun.elapsed() < LIMIT, "the server gave them up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Still no good: it stays, and says so.
    let bad = letters.iter().find(|letter| letter["code"] == "invalid_json").unwrap();
    assert_eq!(bad["body"], "no json");
    let replay = json!({"id": bad["id"]});
    let path = format!("/v1/channels/{channel}/replay");
    let told = world.admin.post(&path, replay).await.expect(200);
    assert_eq!((&told["count"], &told["refused"]), (&json!(0), &json!(1)));
    // The loop learns to take it: replayed, it is a case.
    let numbers = crate::common::LOOP.replace("kind: text } }", "kind: json } }");
    world.app.publish(&numbers).await;
    let since = json!({"since": "2020-01-01T00:00:00Z"});
    let told = world.admin.post(&path, since).await.expect(200);
    assert_eq!((&told["count"], &told["refused"]), (&json!(1), &json!(2)), "{told}");
    let done = world.messages(&channel, "done").await;
    assert!(done[0]["case"].as_str().unwrap().starts_with("case_"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_at_the_broker_while_there_is_no_loop() {
    let nats = Nats::start();
    let context = nats.stream("SHOP", "shop.>").await;
    let world = World::without_loop().await;
    let channel = world.channel(inward(&nats)).await;
    for name in names("waits", 20) {
        publish(&context, event(&name, &name)).await;
    }
    let health =
        world.until(&channel, "it says why", |health| says(health, "no loop `tickets`")).await;
    assert_eq!(health["status"], "down");
    world.app.publish(crate::common::LOOP).await;
    assert_eq!(world.cases(20).await, names("waits", 20));
    world.up(&channel).await;
    assert_eq!(world.health(&channel).await["dead"], 0);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_comes_back_loses_nothing_either_way() {
    let mut nats = Nats::start();
    let context = nats.stream("SHOP", "shop.>").await;
    nats.stream("OUT", "tandem.>").await;
    let world = World::new().await;
    let (read, write) = (world.channel(inward(&nats)).await, world.channel(outward(&nats)).await);
    world.up(&read).await;
    world.up(&write).await;
    for name in names("before", 50) {
        publish(&context, event(&name, &name)).await;
    }
    world.cases(20).await;
    nats.kill();
    let mut decided = BTreeSet::new();
    for name in names("while down", 10) {
        decided.insert(world.decide(&name).await);
    }
    let gone = |health: &Value| {
        let away = health["status"] == "down" && health["connected_at"].is_null();
        away && health["waiting"].as_u64() > Some(0)
    };
    let down = world.until(&write, "it is down", gone).await;
    assert!(down["error"].is_string(), "{down}");
    nats.restart();
    let context = nats.context().await;
    for name in names("after", 20) {
        publish(&context, event(&name, &name)).await;
    }
    let mut wanted = [names("before", 50), names("while down", 10), names("after", 20)].concat();
    wanted.sort();
    assert_eq!(world.cases(80).await, wanted);
    let told = drain(&context, "OUT", 10).await;
    let subjects: BTreeSet<_> =
        told.iter().map(|(_, event)| event["subject"].as_str().unwrap().to_owned()).collect();
    assert_eq!(subjects, decided);
    assert!(told.iter().all(|(subject, _)| subject == "tandem.tickets.case.decided"));
    assert!(told.iter().all(|(_, event)| event["type"] == "tandem.case.decided"));
    world.until(&write, "all is sent", |health| health["waiting"] == 0).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_go_out_once_by_their_id_and_a_subject_without_a_stream_waits() {
    let nats = Nats::start();
    let world = World::new().await;
    let channel = world.channel(outward(&nats)).await;
    world.up(&channel).await;
    let case = world.decide("first").await;
    let why = "no stream keeps the subject `tandem.tickets.case.decided`";
    let health = world.until(&channel, "it says why", |health| says(health, why)).await;
    assert_eq!(health["waiting"], 1);
    let context = nats.stream("OUT", "tandem.>").await;
    let told = drain(&context, "OUT", 1).await;
    assert_eq!(told[0].1["subject"], json!(case));
    let sent = world.until(&channel, "it is sent", |health| health["done"] == 1).await;
    assert_eq!(sent["error"], Value::Null);
    // Sent again with its id, the stream drops it.
    let message = &world.messages(&channel, "done").await[0];
    let path = format!("/v1/channels/{channel}/replay");
    world.admin.post(&path, json!({"id": message["id"]})).await.expect(200);
    world.until(&channel, "it is sent again", |health| health["done"] == 2).await;
    let mut stream = context.get_stream("OUT").await.unwrap();
    assert_eq!(stream.info().await.unwrap().state.messages, 1);
    // A test is a message of its own kind; paused, nothing goes.
    let told =
        world.admin.post(&format!("/v1/channels/{channel}/test"), json!({})).await.expect(200);
    assert_eq!(told["ok"], true, "{told}");
    let path = format!("/v1/channels/{channel}");
    world.admin.patch(&path, json!({"paused": true})).await.expect(200);
    world.until(&channel, "it is paused", |health| health["connected_at"].is_null()).await;
    world.decide("second").await;
    world.until(&channel, "it waits", |health| health["waiting"] == 1).await;
    assert_eq!(stream.info().await.unwrap().state.messages, 2);
    world.admin.patch(&path, json!({"paused": false})).await.expect(200);
    world.until(&channel, "it goes on", |health| health["done"] == 3).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_is_told_why() {
    let nats = Nats::with_password();
    let world = World::new().await;
    let with = |name: &str, more: Value| {
        let mut body = outward(&nats);
        body["name"] = json!(name);
        for (key, value) in more.as_object().unwrap() {
            body["broker"][key] = value.clone();
        }
        body
    };
    let wrong = world.channel(with("wrong", json!({"user": "tandem", "secret": "WRONG"}))).await;
    let none = world.channel(with("none", json!({}))).await;
    for channel in [&wrong, &none] {
        let health = world.until(channel, "refused", |h| says(h, "refused the sign-in")).await;
        assert!(!health["error"].as_str().unwrap().contains("wrong"), "{health}");
    }
    let right = world.channel(with("right", json!({"user": "tandem", "secret": "MQ"}))).await;
    world.up(&right).await;
    let unknown = with("unknown", json!({"user": "tandem", "secret": "NOPE"}));
    let refused = world.admin.post("/v1/channels", unknown).await.expect(422);
    assert_eq!(refused["path"], "/broker/secret");
    assert!(refused["detail"].as_str().unwrap().contains("--secret NOPE=VARIABLE"), "{refused}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_spoken_and_a_certificate_of_a_stranger_refused() {
    let (nats, stranger) = (Nats::with_tls("127.0.0.1"), Nats::with_tls("127.0.0.2"));
    let plain = Nats::start();
    let world = World::new().await;
    let with = |name: &str, url: String| {
        let mut body = outward(&nats);
        body["name"] = json!(name);
        body["broker"]["url"] = json!(url);
        body
    };
    let good = world.channel(with("good", format!("tls://localhost:{}", nats.port))).await;
    world.up(&good).await;
    // A server without TLS, and one whose certificate is for another name.
    let bare = world.channel(with("bare", format!("tls://localhost:{}", plain.port))).await;
    let named = world.channel(with("named", format!("tls://127.0.0.2:{}", stranger.port))).await;
    for channel in [bare, named] {
        world.until(&channel, "refused", |health| says(health, "TLS failed")).await;
    }
    world.stop().await;
}
