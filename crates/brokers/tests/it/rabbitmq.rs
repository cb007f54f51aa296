//! AMQP 0.9.1 with RabbitMQ, in and out: one server, one story after the other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lapin::Channel;
use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use serde_json::{Value, json};

use crate::common::{LIMIT, World, case, event, names};
use crate::rabbit_server::{Rabbit, publish, queue};

fn broker(rabbit: &Rabbit, more: Value) -> Value {
    let mut broker = json!({"url": rabbit.url(), "user": "guest", "secret": "GUEST"});
    for (key, value) in more.as_object().unwrap() {
        broker[key] = value.clone();
    }
    broker
}

fn inward(rabbit: &Rabbit, queue: &str) -> Value {
    json!({"name": format!("in {queue}"), "kind": "amqp", "direction": "in", "loop": "tickets",
        "broker": broker(rabbit, json!({"queue": queue}))})
}

fn outward(rabbit: &Rabbit, key: &str) -> Value {
    json!({"name": format!("out {key}").replace(['{', '}'], ""), "kind": "amqp", "direction": "out",
        "kinds": ["case.decided"], "broker": broker(rabbit, json!({"routing_key": key}))})
}

/// Takes what lies in a queue; waits for `count` messages.
async fn drain(channel: &Channel, queue: &str, count: usize) -> Vec<(String, Value)> {
    let begun = Instant::now();
    let mut found = Vec::new();
    while found.len() < count {
        assert!(begun.elapsed() < LIMIT, "{} of {count} messages came", found.len());
        let options = BasicGetOptions { no_ack: true };
        match channel.basic_get(queue.into(), options).await.unwrap() {
            Some(message) => {
                let id = message.delivery.properties.message_id().clone().unwrap_or_default();
                let body = serde_json::from_slice(&message.delivery.data).unwrap();
                found.push((id.to_string(), body));
            }
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    found
}

async fn lying(channel: &Channel, queue: &str) -> u32 {
    let options =
        QueueDeclareOptions { passive: true, durable: true, ..QueueDeclareOptions::default() };
    let asked = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
    asked.unwrap().message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq() {
    let mut rabbit = tokio::task::spawn_blocking(Rabbit::start).await.unwrap();
    messages_become_cases_once(&rabbit).await;
    bad_messages_are_kept_and_dead_lettered(&rabbit).await;
    who_is_not_let_in_is_told_why(&rabbit).await;
    tls_is_spoken(&rabbit).await;
    a_key_that_no_queue_takes_waits(&rabbit).await;
    what_is_not_there_is_said(&rabbit).await;
    a_broker_that_is_killed_and_comes_back_loses_nothing(&mut rabbit).await;
}

async fn messages_become_cases_once(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    queue(&channel, "tickets", None).await;
    let world = World::new().await;
    for _ in 0..2 {
        publish(&channel, "tickets", None, &event("1", "an event")).await;
        let body = case("a case", 0.1).to_string();
        publish(&channel, "tickets", Some("m-2"), body.as_bytes()).await;
    }
    let id = world.channel(inward(rabbit, "tickets")).await;
    assert_eq!(world.cases(2).await, ["a case", "an event"]);
    world.until(&id, "all are taken", |health| health["done"] == 4).await;
    for name in names("many", 300) {
        publish(&channel, "tickets", Some(&name), case(&name, 0.1).to_string().as_bytes()).await;
    }
    assert_eq!(world.cases(302).await.len(), 302);
    world.stop().await;
    assert_eq!(lying(&channel, "tickets").await, 0, "all is acknowledged");
}

async fn bad_messages_are_kept_and_dead_lettered(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    queue(&channel, "dead", None).await;
    queue(&channel, "mixed", Some("dead")).await;
    let world = World::new().await;
    let id = world.channel(inward(rabbit, "mixed")).await;
    publish(&channel, "mixed", Some("b-1"), b"no json").await;
    publish(&channel, "mixed", None, case("nameless", 0.1).to_string().as_bytes()).await;
    publish(&channel, "mixed", Some("g-1"), case("good", 0.1).to_string().as_bytes()).await;
    assert_eq!(world.cases(1).await, ["good"]);
    world.until(&id, "two are kept", |health| health["dead"] == 2).await;
    let codes: BTreeSet<String> = world
        .messages(&id, "dead")
        .await
        .iter()
        .map(|letter| letter["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, BTreeSet::from(["invalid_json".to_owned(), "missing_id".to_owned()]));
    let begun = Instant::now();
    while lying(&channel, "dead").await < 2 {
        assert!(begun.elapsed() < LIMIT, "the broker's own dead letters have them too");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Handed in once more it has a name: that of its letter.
    let since = json!({"since": "2020-01-01T00:00:00Z"});
    let told = world.admin.post(&format!("/v1/channels/{id}/replay"), since).await.expect(200);
    assert_eq!((&told["count"], &told["refused"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(world.cases(2).await, ["good", "nameless"]);
    world.stop().await;
}

async fn who_is_not_let_in_is_told_why(rabbit: &Rabbit) {
    let world = World::new().await;
    let mut wrong = outward(rabbit, "wrong");
    wrong["broker"]["secret"] = json!("WRONG");
    let wrong = world.channel(wrong).await;
    let mut vhost = outward(rabbit, "vhost");
    vhost["broker"]["url"] = json!(format!("{}/nowhere", rabbit.url()));
    let vhost = world.channel(vhost).await;
    for channel in [wrong, vhost] {
        let health = world.until(&channel, "refused", |health| health["status"] == "down").await;
        let why = health["error"].as_str().unwrap();
        assert!(why.contains("refused the sign-in"), "{why}");
    }
    world.stop().await;
}

async fn tls_is_spoken(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    queue(&channel, "secret", None).await;
    let world = World::new().await;
    let mut good = inward(rabbit, "secret");
    good["broker"]["url"] = json!(format!("amqps://localhost:{}", rabbit.tls_port));
    let good = world.channel(good).await;
    world.up(&good).await;
    publish(&channel, "secret", Some("s-1"), case("hidden", 0.1).to_string().as_bytes()).await;
    assert_eq!(world.cases(1).await, ["hidden"]);
    let mut bare = outward(rabbit, "bare");
    bare["broker"]["url"] = json!(format!("amqps://localhost:{}", rabbit.port));
    let bare = world.channel(bare).await;
    let health = world.until(&bare, "refused", |health| health["status"] == "down").await;
    assert!(health["error"].as_str().unwrap().contains("TLS failed"), "{health}");
    world.stop().await;
}

async fn a_key_that_no_queue_takes_waits(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    let world = World::new().await;
    let id = world.channel(outward(rabbit, "{loop}.decided")).await;
    world.up(&id).await;
    let decided = world.decide("first").await;
    let health = world.until(&id, "it says why", |health| health["error"].is_string()).await;
    let why = health["error"].as_str().unwrap();
    assert!(why.contains("no queue takes the routing key `tickets.decided`"), "{why}");
    queue(&channel, "tickets.decided", None).await;
    let told = drain(&channel, "tickets.decided", 1).await;
    assert_eq!(told[0].1["subject"], json!(decided));
    assert_eq!(json!(told[0].0), told[0].1["id"], "the message has the id of its event");
    world.until(&id, "it is sent", |health| health["done"] == 1).await;
    let told = world.admin.post(&format!("/v1/channels/{id}/test"), json!({})).await.expect(200);
    assert_eq!(told["ok"], false, "no queue takes a test's key: {told}");
    world.stop().await;
}

async fn what_is_not_there_is_said(rabbit: &Rabbit) {
    let world = World::new().await;
    let id = world.channel(inward(rabbit, "nowhere")).await;
    let health = world.until(&id, "it says so", |health| health["status"] == "down").await;
    let why = health["error"].as_str().unwrap();
    assert!(why.contains("nowhere") && why.contains("declare it first"), "{why}");
    world.stop().await;
}

async fn a_broker_that_is_killed_and_comes_back_loses_nothing(rabbit: &mut Rabbit) {
    let (connection, channel) = rabbit.channel().await;
    queue(&channel, "flow", None).await;
    queue(&channel, "told", None).await;
    let world = World::new().await;
    let read = world.channel(inward(rabbit, "flow")).await;
    let write = world.channel(outward(rabbit, "told")).await;
    world.up(&read).await;
    world.up(&write).await;
    for name in names("before", 50) {
        publish(&channel, "flow", Some(&name), case(&name, 0.1).to_string().as_bytes()).await;
    }
    world.cases(20).await;
    drop((connection, channel));
    tokio::task::block_in_place(|| rabbit.kill());
    let mut decided = BTreeSet::new();
    for name in names("while down", 10) {
        decided.insert(world.decide(&name).await);
    }
    let down = world.until(&write, "it is down", |health| health["status"] == "down").await;
    assert!(down["waiting"].as_u64().unwrap() > 0, "{down}");
    tokio::task::block_in_place(|| rabbit.restart());
    let (_connection, channel) = rabbit.channel().await;
    for name in names("after", 20) {
        publish(&channel, "flow", Some(&name), case(&name, 0.1).to_string().as_bytes()).await;
    }
    let mut wanted = [names("before", 50), names("while down", 10), names("after", 20)].concat();
    wanted.sort();
    assert_eq!(world.cases(80).await, wanted);
    let told: BTreeSet<String> = drain(&channel, "told", 10)
        .await
        .iter()
        .map(|(_, event)| event["subject"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, decided);
    world.stop().await;
}
