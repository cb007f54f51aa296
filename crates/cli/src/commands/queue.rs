//! `tandem queue list|pause|resume|transfer|reprioritise|seats|release`.

use std::time::Duration;

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `queue`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the queues: what waits, since when, and when they will be empty
    List,
    /// Let a queue hand out nothing; who holds a seat may finish
    Pause {
        #[command(flatten)]
        queue: Which,
        /// The time of the pause does not count towards deadlines
        #[arg(long)]
        stop_clock: bool,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Let a queue hand out claims again
    Resume {
        #[command(flatten)]
        queue: Which,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Put waiting cases into another queue
    Transfer {
        /// The queue they go to
        to: String,
        #[command(flatten)]
        many: Many,
    },
    /// Change the priority of waiting cases
    Reprioritise {
        /// 0 to 9, 9 first
        priority: u8,
        #[command(flatten)]
        many: Many,
    },
    /// List who holds seats, by name
    Seats,
    /// Free seats: all that a member holds, or those of the cases that fit
    Release {
        /// Whose
        #[arg(long, value_name = "ID")]
        member: Option<String>,
        #[command(flatten)]
        many: Many,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The loop
    of_loop: String,
    /// The queue
    #[arg(default_value = "default")]
    queue: String,
}

/// Which cases, and whether to ask first.
#[derive(Debug, clap::Args)]
struct Many {
    /// The loop
    #[arg(long = "loop", value_name = "LOOP")]
    of_loop: Option<String>,
    /// Only these cases
    #[arg(long = "case", value_name = "ID")]
    cases: Vec<String>,
    /// Only those in this queue
    #[arg(long)]
    queue: Option<String>,
    /// Only those in these states, as in queued,claimed
    #[arg(long, value_delimiter = ',')]
    status: Vec<String>,
    /// Only those with this tag
    #[arg(long)]
    tag: Option<String>,
    /// Only those that have waited for longer, as in 2h
    #[arg(long, value_name = "TIME")]
    older_than: Option<String>,
    /// Only those that this model proposed on last
    #[arg(long)]
    model: Option<String>,
    /// Only those whose key holds this text
    #[arg(long, value_name = "TEXT")]
    key_contains: Option<String>,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
    /// Change as many cases as this; without it they are only counted
    #[arg(long, value_name = "COUNT")]
    confirm: Option<u64>,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::List => list(&client.get("/v1/queues").await?, out),
        What::Pause { queue: Which { of_loop, queue }, stop_clock, reason } => {
            let clock = if stop_clock { "stops" } else { "runs" };
            let body = json!({"loop": of_loop, "queue": queue, "clock": clock, "reason": reason});
            let reply = client.post("/v1/queues/pause", &body).await?;
            out.result(&reply, &format!("{of_loop}/{queue} is paused"));
        }
        What::Resume { queue: Which { of_loop, queue }, reason } => {
            let body = json!({"loop": of_loop, "queue": queue, "reason": reason});
            let reply = client.post("/v1/queues/resume", &body).await?;
            out.result(&reply, &format!("{of_loop}/{queue} hands out claims"));
        }
        What::Transfer { to, many } => {
            return change(&mut client, &many, json!({"kind": "transfer", "queue": to}), out).await;
        }
        What::Reprioritise { priority, many } => {
            let what = json!({"kind": "reprioritise", "priority": priority});
            return change(&mut client, &many, what, out).await;
        }
        What::Seats => {
            let page = client.get("/v1/queues/seats").await?;
            let rows = page["items"].as_array().into_iter().flatten().map(|held| {
                ["name", "member", "loop", "seats", "since"].map(|key| text(&held[key])).to_vec()
            });
            let head = ["name", "member", "loop", "seats", "since"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Release { member: Some(member), many } => {
            let body = json!({"member": member, "loop": many.of_loop, "reason": many.reason});
            let reply = client.post("/v1/queues/release", &body).await?;
            out.result(&reply, &format!("{} seats are free", text(&reply["released"])));
        }
        What::Release { member: None, many } => {
            return change(&mut client, &many, json!({"kind": "release"}), out).await;
        }
    }
    Ok(exit::OK)
}

/// Counts, or changes as many as were confirmed and waits until it is done.
async fn change(client: &mut Client, many: &Many, what: Value, out: Out) -> anyhow::Result<u8> {
    let Some(of_loop) = &many.of_loop else { bail!("say which loop, with --loop") };
    let mut body = json!({
        "loop": of_loop,
        "change": what,
        "reason": many.reason,
        "filter": {
            "cases": many.cases,
            "queue": many.queue,
            "status": many.status,
            "tag": many.tag,
            "older_than": many.older_than,
            "model": many.model,
            "key_contains": many.key_contains,
        },
    });
    let Some(count) = many.confirm else {
        body["dry_run"] = json!(true);
        let found = client.post("/v1/queues/bulk", &body).await?;
        let count = text(&found["count"]);
        out.result(
            &found,
            &format!("{count} cases fit. Add --confirm {count} --reason … to do it."),
        );
        return Ok(exit::OK);
    };
    body["expect"] = json!(count);
    let mut bulk = client.post("/v1/queues/bulk", &body).await?;
    while bulk["state"] == "running" {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let id = text(&bulk["id"]);
        bulk = client.get(&format!("/v1/queues/bulk/{}", segment(&id))).await?;
    }
    let (changed, skipped) = (text(&bulk["changed"]), text(&bulk["skipped"]));
    out.result(&bulk, &format!("{changed} cases changed, {skipped} had moved on"));
    Ok(exit::OK)
}

fn list(page: &Value, out: Out) {
    let rows = page["items"].as_array().into_iter().flatten().map(|queue| {
        let paused = match queue["paused"]["clock"].as_str() {
            Some("stops") => "paused, clock stands",
            Some(_) => "paused",
            None => "",
        };
        let share =
            queue["within_deadline"].as_f64().map(|share| format!("{:.0} %", share * 100.0));
        vec![
            text(&queue["loop"]),
            text(&queue["queue"]),
            text(&queue["waiting"]),
            text(&queue["claimed"]),
            text(&queue["oldest_at"]),
            share.unwrap_or_else(|| "–".to_owned()),
            text(&queue["working"]),
            queue["per_hour"].as_f64().map_or_else(|| "–".to_owned(), |pace| format!("{pace:.0}")),
            queue["empty_in_s"].as_u64().map_or_else(|| "–".to_owned(), minutes),
            load(&queue["capacity"]),
            paused.to_owned(),
        ]
    });
    let head = [
        "loop", "queue", "waiting", "claimed", "oldest", "in time", "people", "per hour",
        "empty in", "load", "state",
    ];
    out.result(page, &output::table(&head, rows).to_string());
}

/// How long a look may be expected to wait against what is bearable, and what gives way for it.
fn load(capacity: &Value) -> String {
    let (Some(wait), Some(bound)) = (capacity["wait_s"].as_f64(), capacity["bound_s"].as_f64())
    else {
        return "–".to_owned();
    };
    let figures = format!("{} of {}", minutes(wait.ceil() as u64), minutes(bound.ceil() as u64));
    if capacity["overloaded_at"].is_null() {
        return figures;
    }
    let gone = capacity["gives_way"].as_array().into_iter().flatten();
    let gone: Vec<_> = gone.filter_map(Value::as_str).collect();
    let gone = if gone.is_empty() { "nothing".to_owned() } else { gone.join(", ") };
    format!("{figures}: overloaded, gives way: {gone}")
}

fn minutes(seconds: u64) -> String {
    match seconds {
        0..=5_999 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
