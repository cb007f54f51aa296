//! AMQP 0.9.1 with RabbitMQ, in and out: one server, one story after the other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lapin::Channel;
use lapin::options::{BasicGetOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use serde_json::{Value, json};

use crate::common::{LIMIT, LOOP, World, case, event, names, says};
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
    {
        // Of the last test, which kills the server: RabbitMQ was seen to forget a durable queue that was declared
        // just before.
        let (_connection, channel) = rabbit.channel().await;
        queue(&channel, "flow", None).await;
        queue(&channel, "told", None).await;
    }
    messages_become_cases_once(&rabbit).await;
    bad_messages_are_kept_and_dead_lettered(&rabbit).await;
    large_messages_are_kept_whole(&rabbit).await;
    what_is_too_large_to_keep_is_not_given_up(&rabbit).await;
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
    world.until(&id, "all are taken", |health| health["done"].as_u64() >= Some(4)).await;
    for name in names("many", 300) {
        publish(&channel, "tickets", Some(&name), case(&name, 0.1).to_string().as_bytes()).await;
    }
    assert_eq!(world.cases(302).await.len(), 302);
    world.until(&id, "all are taken", |health| health["done"].as_u64() >= Some(304)).await;
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

async fn large_messages_are_kept_whole(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    queue(&channel, "large", None).await;
    let world = World::new().await;
    let more = "kind: text }, more: { kind: json, required: false }";
    world.app.publish(&LOOP.replace("kind: text }", more)).await;
    let id = world.channel(inward(rabbit, "large")).await;
    let large = "x".repeat(3_000_000);
    let with = |name: &str| {
        let mut sent = case(name, 0.1);
        sent["input"]["more"] = json!(large);
        sent
    };
    publish(&channel, "large", Some("l-1"), with("good").to_string().as_bytes()).await;
    let mut misfit = with("misfit");
    misfit["input"]["shop"] = json!("Lille");
    publish(&channel, "large", Some("l-2"), misfit.to_string().as_bytes()).await;
    assert_eq!(world.cases(1).await, ["good"]);
    world.until(&id, "the other is kept", |health| health["dead"] == 1).await;
    let letters = world.messages(&id, "dead").await;
    assert_eq!(letters[0]["code"], "invalid_input");
    assert!(letters[0]["body"].as_str().unwrap().len() <= 2_000, "of a list the beginning");
    // No good still, and for the same reason: it was not cut off.
    let path = format!("/v1/channels/{id}/replay");
    let all = json!({"since": "2020-01-01T00:00:00Z"});
    let told = world.admin.post(&path, all.clone()).await.expect(200);
    assert_eq!((&told["count"], &told["refused"]), (&json!(0), &json!(1)), "{told}");
    assert_eq!(world.messages(&id, "dead").await[0]["code"], "invalid_input");
    let shop = format!("{more}, shop: {{ kind: text, required: false }}");
    world.app.publish(&LOOP.replace("kind: text }", &shop)).await;
    let told = world.admin.post(&path, all).await.expect(200);
    assert_eq!((&told["count"], &told["refused"]), (&json!(1), &json!(0)), "{told}");
    assert_eq!(world.cases(2).await, ["good", "misfit"]);
    // More than are kept at a time: those beyond come again.
    let filler = vec![b'x'; 15 << 20];
    for n in 0..5 {
        publish(&channel, "large", Some(&format!("f-{n}")), &filler).await;
    }
    world.until(&id, "all are kept", |health| health["dead"] == 5).await;
    let page = world.admin.get("/v1/loops/tickets/cases?limit=10").await.expect(200);
    for found in page["items"].as_array().unwrap() {
        let path = format!("/v1/cases/{}", found["id"].as_str().unwrap());
        let found = world.admin.get(&path).await.expect(200);
        assert!(found["input"]["more"] == json!(large), "whole, as it was sent");
    }
    world.stop().await;
}

async fn what_is_too_large_to_keep_is_not_given_up(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    queue(&channel, "huge", None).await;
    let world = World::new().await;
    let id = world.channel(inward(rabbit, "huge")).await;
    publish(&channel, "huge", Some("h-1"), &vec![b'x'; (16 << 20) + 1]).await;
    let said = |health: &Value| {
        health["error"]
            .as_str()
            .is_some_and(|why| why.contains("message h-1") && why.contains("too large to be kept"))
    };
    let health = world.until(&id, "it says so", said).await;
    assert_eq!(health["dead"], 0, "nothing was given up: {health}");
    // What comes beside it goes on.
    publish(&channel, "huge", None, &event("2", "beside it")).await;
    assert_eq!(world.cases(1).await, ["beside it"]);
    world.stop().await;
    let begun = Instant::now();
    while lying(&channel, "huge").await == 0 {
        assert!(begun.elapsed() < LIMIT, "the broker has it still");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
        world.until(&channel, "refused", |health| says(health, "refused the sign-in")).await;
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
    world.until(&bare, "refused", |health| says(health, "TLS failed")).await;
    world.stop().await;
}

async fn a_key_that_no_queue_takes_waits(rabbit: &Rabbit) {
    let (_connection, channel) = rabbit.channel().await;
    let world = World::new().await;
    let id = world.channel(outward(rabbit, "{loop}.decided")).await;
    world.up(&id).await;
    let decided = world.decide("first").await;
    let why = "no queue takes the routing key `tickets.decided`";
    world.until(&id, "it says why", |health| says(health, why)).await;
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
    let health = world.until(&id, "it says so", |health| says(health, "declare it first")).await;
    assert!(health["error"].as_str().unwrap().contains("nowhere"), "{health}");
    world.stop().await;
}

async fn a_broker_that_is_killed_and_comes_back_loses_nothing(rabbit: &mut Rabbit) {
    let (connection, channel) = rabbit.channel().await;
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
    let kept = |health: &Value| health["status"] == "down" && health["waiting"].as_u64() > Some(0);
    world.until(&write, "it is down and messages wait", kept).await;
    tokio::task::block_in_place(|| rabbit.restart());
    let (_connection, channel) = rabbit.channel().await;
    for name in names("after", 20) {
        publish(&channel, "flow", Some(&name), case(&name, 0.1).to_string().as_bytes()).await;
    }
    let mut wanted = [names("before", 50), names("while down", 10), names("after", 20)].concat();
    wanted.sort();
    assert_eq!(world.cases(80).await, wanted);
    // What was sent and not confirmed in time is sent again, and AMQP drops no repeats.
    let mut told = BTreeSet::new();
    while told.len() < 10 {
        let (_, event) = drain(&channel, "told", 1).await.remove(0);
        told.insert(event["subject"].as_str().unwrap().to_owned());
    }
    assert_eq!(told, decided);
    world.stop().await;
}
