//! `tandem channel add|desk|list|kinds|test|messages|replay|pause|resume|remove`.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Subcommand;
use hyper::Method;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `channel`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a broker: with --loop its messages become cases, without it hears what becomes of cases
    Add(Box<Broker>),
    /// Add a help desk: it keeps a ticket for every case that waits for people
    Desk {
        /// What you call it
        name: String,
        /// JSON file with its templates, as in docs/helpdesk.md
        file: PathBuf,
        /// Only these loops
        #[arg(long, value_name = "LOOPS", value_delimiter = ',')]
        loops: Vec<String>,
        /// Let templates use input, proposal and output of the case as well
        #[arg(long)]
        full: bool,
    },
    /// List the channels and how they are
    List,
    /// List the kinds of channels, and how to get those that this build lacks
    Kinds,
    /// Try a channel now; fails where the other side does not take it. At a help desk that makes a ticket
    Test {
        /// Its name or id
        channel: String,
    },
    /// List its messages, newest first: outward all that are kept, inward those that were no good
    Messages {
        /// Its name or id
        channel: String,
        /// Only those in this state: waiting, done or dead
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// Send again what was given up, or hand in once more what was no good
    Replay {
        /// Its name or id
        channel: String,
        /// One message
        #[arg(long, value_name = "ID", required_unless_present = "since")]
        message: Option<String>,
        /// All that were given up and made at this time or later, as in 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME", conflicts_with = "message")]
        since: Option<String>,
    },
    /// Let messages wait
    Pause {
        /// Its name or id
        channel: String,
    },
    /// Go on
    Resume {
        /// Its name or id
        channel: String,
    },
    /// Remove it and what waits for it
    Remove {
        /// Its name or id
        channel: String,
    },
}

#[derive(Debug, clap::Args)]
struct Broker {
    /// What you call it
    name: String,
    /// Where it is: nats://host, tls://host (NATS), amqp://host/vhost or amqps://host
    address: String,
    /// Messages come in: the loop that their cases go to
    #[arg(long = "loop", value_name = "LOOP")]
    of_loop: Option<String>,
    /// Who signs in
    #[arg(long)]
    user: Option<String>,
    /// Name of the secret that the server was given with --secret: a password, or a token of NATS
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// NATS inward: the stream
    #[arg(long)]
    stream: Option<String>,
    /// NATS: only this subject inward; where messages go outward, with {loop} and {kind}
    #[arg(long)]
    subject: Option<String>,
    /// NATS inward: name of the durable consumer [default: tandem- and the channel's name]
    #[arg(long)]
    durable: Option<String>,
    /// AMQP inward: the queue
    #[arg(long)]
    queue: Option<String>,
    /// AMQP outward: the exchange [default: the default one]
    #[arg(long)]
    exchange: Option<String>,
    /// AMQP outward: the routing key, with {loop} and {kind}
    #[arg(long)]
    routing_key: Option<String>,
    /// Outward: only these kinds, as in case.decided,case.cancelled
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    kinds: Vec<String>,
    /// Outward: only these loops
    #[arg(long, value_name = "LOOPS", value_delimiter = ',')]
    loops: Vec<String>,
    /// Outward: send input, proposal and answer as well, not ids and outcome alone
    #[arg(long)]
    full: bool,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Add(broker) => {
            let made = client.post("/v1/channels", &body(&broker)?).await?;
            added(out, &made);
        }
        What::Desk { name, file, loops, full } => {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let desk: Value = serde_json::from_str(&text)
                .with_context(|| format!("{} is no JSON", file.display()))?;
            let body = json!({"name": name, "kind": "helpdesk", "direction": "out",
                "loops": loops, "payload": payload(full), "desk": desk});
            let made = client.post("/v1/channels", &body).await?;
            added(out, &made);
        }
        What::List => {
            let page = client.get("/v1/channels?limit=500").await?;
            let rows = items(&page).map(row);
            let head = ["name", "kind", "way", "is", "waiting", "done", "dead", "error"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Kinds => {
            let page = client.get("/v1/channels/kinds").await?;
            let rows = items(&page).map(|kind| {
                let here = if kind["available"] == true {
                    "yes".to_owned()
                } else {
                    text(&kind["enable"])
                };
                vec![text(&kind["kind"]), text(&kind["title"]), here]
            });
            out.result(&page, &output::table(&["kind", "what", "built in"], rows).to_string());
        }
        What::Test { channel } => {
            let path = path(&mut client, &channel, "/test").await?;
            let told = client.post(&path, &json!({})).await?;
            out.result(
                &told,
                &format!("{} ({} ms)", text(&told["detail"]), text(&told["took_ms"])),
            );
            return Ok(if told["ok"] == true { exit::OK } else { exit::FAILED });
        }
        What::Messages { channel, state } => {
            let only = state.map(|state| format!("&state={}", segment(&state)));
            let rest = format!("/messages?limit=50{}", only.unwrap_or_default());
            let path = path(&mut client, &channel, &rest).await?;
            let page = client.get(&path).await?;
            let rows = items(&page).map(|message| {
                ["id", "kind", "subject", "source", "state", "attempts", "path", "error"]
                    .map(|name| text(&message[name]))
                    .to_vec()
            });
            let head = ["id", "kind", "subject", "source", "state", "attempts", "at", "error"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Replay { channel, message, since } => {
            let body = match message {
                Some(message) => json!({"id": message}),
                None => json!({"since": since}),
            };
            let path = path(&mut client, &channel, "/replay").await?;
            let told = client.post(&path, &body).await?;
            let (count, refused) = (text(&told["count"]), text(&told["refused"]));
            out.result(
                &told,
                &format!("{count} went through or wait again, {refused} are no good still"),
            );
            return Ok(if told["refused"] == 0 { exit::OK } else { exit::FAILED });
        }
        What::Pause { channel } => pause(&mut client, out, &channel, true).await?,
        What::Resume { channel } => pause(&mut client, out, &channel, false).await?,
        What::Remove { channel } => {
            let path = path(&mut client, &channel, "").await?;
            let reply = client.call(Method::DELETE, &path, None, Bytes::new()).await?.ok(&path)?;
            out.result(&reply, &format!("channel {channel} is removed"));
        }
    }
    Ok(exit::OK)
}

async fn pause(client: &mut Client, out: Out, channel: &str, paused: bool) -> anyhow::Result<()> {
    let path = path(client, channel, "").await?;
    let reply = client.send(Method::PATCH, &path, &json!({"paused": paused})).await?;
    let is = if paused { "is paused; messages wait" } else { "is active" };
    out.result(&reply, &format!("channel {channel} {is}"));
    Ok(())
}

/// The path of a channel that is named by its name or its id.
async fn path(client: &mut Client, channel: &str, rest: &str) -> anyhow::Result<String> {
    if channel.starts_with("chn_") {
        return Ok(format!("/v1/channels/{}{rest}", segment(channel)));
    }
    let page = client.get("/v1/channels?limit=500").await?;
    let found = items(&page).find(|one| one["name"] == channel);
    let found = found.with_context(|| {
        format!("there is no channel `{channel}`; `tandem channel list` names them")
    })?;
    Ok(format!("/v1/channels/{}{rest}", segment(&text(&found["id"]))))
}

fn body(broker: &Broker) -> anyhow::Result<Value> {
    let kind = match broker.address.split("://").next().unwrap_or_default() {
        "nats" | "tls" => "nats",
        "amqp" | "amqps" => "amqp",
        _ => anyhow::bail!("brokers are at nats://, tls:// (NATS), amqp:// or amqps://host"),
    };
    let mut place = json!({"url": broker.address});
    for (name, value) in [
        ("user", &broker.user),
        ("secret", &broker.secret),
        ("stream", &broker.stream),
        ("subject", &broker.subject),
        ("durable", &broker.durable),
        ("queue", &broker.queue),
        ("exchange", &broker.exchange),
        ("routing_key", &broker.routing_key),
    ] {
        if let Some(value) = value {
            place[name] = value.as_str().into();
        }
    }
    let mut body = json!({"name": broker.name, "kind": kind, "broker": place,
        "kinds": broker.kinds, "loops": broker.loops, "payload": payload(broker.full)});
    body["direction"] = if broker.of_loop.is_some() { "in" } else { "out" }.into();
    if let Some(of_loop) = &broker.of_loop {
        body["loop"] = of_loop.as_str().into();
    }
    Ok(body)
}

fn payload(full: bool) -> &'static str {
    if full { "full" } else { "thin" }
}

fn added(out: Out, made: &Value) {
    let (id, name) = (text(&made["id"]), text(&made["name"]));
    out.result(
        made,
        &format!("{id}\nChannel {name} connects; `tandem channel list` says how it is."),
    );
}

fn row(channel: &Value) -> Vec<String> {
    let health = &channel["health"];
    let way = match (&channel["direction"], &channel["loop"]) {
        (Value::String(way), Value::String(of_loop)) if way == "in" => format!("in to {of_loop}"),
        (way, _) => text(way),
    };
    vec![
        text(&channel["name"]),
        text(&channel["kind"]),
        way,
        text(&health["status"]),
        text(&health["waiting"]),
        text(&health["done"]),
        text(&health["dead"]),
        text(&health["error"]),
    ]
}

fn items(page: &Value) -> impl Iterator<Item = &Value> {
    page["items"].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
