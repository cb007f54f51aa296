//! Cases a second through each broker, in and out: `cargo run --release -p tandem-brokers --features nats,amqp
//! --example broker_bench [CASES]`. Servers are started on free ports; SQLite in a temporary directory.

#![cfg_attr(
    all(feature = "nats", feature = "amqp"),
    expect(
        clippy::unwrap_used,
        clippy::print_stdout,
        reason = "a step that fails ends it; it prints what it measured"
    )
)]

#[cfg(all(feature = "nats", feature = "amqp"))]
#[path = "../tests/it/common.rs"]
#[expect(dead_code, reason = "tests share it, and use more of it")]
mod common;
#[cfg(all(feature = "nats", feature = "amqp"))]
#[path = "../tests/it/nats_server.rs"]
#[expect(dead_code, reason = "tests share it, and use more of it")]
mod nats_server;
#[cfg(all(feature = "nats", feature = "amqp"))]
#[path = "../tests/it/rabbit_server.rs"]
#[expect(dead_code, reason = "tests share it, and use more of it")]
mod rabbit_server;

#[cfg(not(all(feature = "nats", feature = "amqp")))]
fn main() {}

#[cfg(all(feature = "nats", feature = "amqp"))]
#[tokio::main]
async fn main() {
    bench::run().await;
}

#[cfg(all(feature = "nats", feature = "amqp"))]
mod bench {
    use std::time::{Duration, Instant};

    use futures_util::future::join_all;
    use lapin::BasicProperties;
    use lapin::options::BasicPublishOptions;
    use serde_json::json;

    use crate::common::{World, case};
    use crate::nats_server::Nats;
    use crate::rabbit_server::{Rabbit, queue};

    pub(crate) async fn run() {
        let count = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20_000);
        let build = if cfg!(debug_assertions) { "unoptimised" } else { "optimised" };
        println!("{count} cases a way, {build} build, SQLite");
        nats(count).await;
        let rabbit = tokio::task::spawn_blocking(Rabbit::start).await.unwrap();
        amqp(&rabbit, count).await;
    }

    fn body(n: usize) -> Vec<u8> {
        let mut body = case(&format!("ticket {n}"), 0.95);
        body["key"] = json!(format!("k-{n}"));
        body.to_string().into_bytes()
    }

    async fn measured(world: &World, channel: &str, count: usize) -> f64 {
        let begun = Instant::now();
        while world.health(channel).await["done"].as_u64().unwrap_or(0) < count as u64 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        count as f64 / begun.elapsed().as_secs_f64()
    }

    async fn nats(count: usize) {
        let nats = Nats::start();
        let context = nats.stream("IN", "in.>").await;
        nats.stream("OUT", "out.>").await;
        for from in (0..count).step_by(2_000) {
            let some = from..count.min(from + 2_000);
            let mut acks = Vec::with_capacity(2_000);
            for n in some {
                acks.push(context.publish("in.x", body(n).into()).await.unwrap());
            }
            let acks = acks.into_iter().map(std::future::IntoFuture::into_future);
            assert!(join_all(acks).await.iter().all(Result::is_ok));
        }
        let broker = json!({"url": nats.url(), "stream": "IN"});
        let out = json!({"url": nats.url(), "subject": "out.{kind}"});
        both_ways("nats", broker, out, count).await;
    }

    async fn amqp(rabbit: &Rabbit, count: usize) {
        let (_connection, channel) = rabbit.channel().await;
        queue(&channel, "in", None).await;
        queue(&channel, "out", None).await;
        for from in (0..count).step_by(2_000) {
            let mut confirms = Vec::with_capacity(2_000);
            for n in from..count.min(from + 2_000) {
                let properties = BasicProperties::default().with_delivery_mode(2);
                let options = BasicPublishOptions::default();
                let body = body(n);
                let sent =
                    channel.basic_publish("".into(), "in".into(), options, &body, properties);
                confirms.push(sent.await.unwrap());
            }
            assert!(join_all(confirms).await.iter().all(Result::is_ok));
        }
        let with = |more: serde_json::Value| {
            let mut broker = json!({"url": rabbit.url(), "user": "guest", "secret": "GUEST"});
            for (key, value) in more.as_object().unwrap() {
                broker[key] = value.clone();
            }
            broker
        };
        let (read, write) = (with(json!({"queue": "in"})), with(json!({"routing_key": "out"})));
        both_ways("amqp", read, write, count).await;
    }

    /// First in alone, then what was decided out alone.
    async fn both_ways(
        kind: &str,
        read: serde_json::Value,
        write: serde_json::Value,
        count: usize,
    ) {
        let world = World::new().await;
        let out = json!({"name": "out", "kind": kind, "direction": "out", "kinds": ["case.decided"],
            "broker": write});
        let out = world.channel(out).await;
        let path = format!("/v1/channels/{out}");
        world.admin.patch(&path, json!({"paused": true})).await.expect(200);
        let into = json!({"name": "in", "kind": kind, "direction": "in", "loop": "tickets",
            "broker": read});
        let into = world.channel(into).await;
        println!(
            "{kind} in: {:.0} cases/s, decided and queued to go out",
            measured(&world, &into, count).await
        );
        while world.health(&out).await["waiting"].as_u64().unwrap_or(0) < count as u64 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        world.admin.patch(&path, json!({"paused": false})).await.expect(200);
        println!("{kind} out: {:.0} cases/s", measured(&world, &out, count).await);
        world.stop().await;
    }
}
