//! `tandem webhook add|list|test|deliveries|rotate|replay|pause|resume|remove`.

use bytes::Bytes;
use clap::Subcommand;
use hyper::Method;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::segment;
use crate::output::{self, Out};

/// Arguments of `webhook`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an address; the secret that signs is printed once
    Add {
        /// Where messages go, as in https://example.org/tandem
        url: String,
        /// Only these kinds, as in case.decided,case.cancelled
        #[arg(long, value_name = "KINDS", value_delimiter = ',')]
        kinds: Vec<String>,
        /// Only these loops
        #[arg(long, value_name = "LOOPS", value_delimiter = ',')]
        loops: Vec<String>,
        /// Send input, proposal and answer as well, not ids and outcome alone
        #[arg(long)]
        full: bool,
    },
    /// List the webhooks
    List,
    /// Send a test now and show the answer; fails where it is not taken
    Test {
        /// Its id
        id: String,
    },
    /// List what was sent, newest first
    Deliveries {
        /// Its id
        id: String,
        /// Only those in this state: waiting, done or dead
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// Change the secret; the new one is printed once, and both sign for a while
    Rotate {
        /// Its id
        id: String,
        /// For how many seconds the secret before signs as well [default: a day]
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<u32>,
    },
    /// Send finished messages again, with the ids they had
    Replay {
        /// Its id
        id: String,
        /// One message
        #[arg(long, value_name = "ID", required_unless_present = "since")]
        delivery: Option<String>,
        /// All made at this time or later, as in 2027-01-31T00:00:00Z
        #[arg(long, value_name = "TIME", conflicts_with = "delivery")]
        since: Option<String>,
        /// With --since: only those that were given up
        #[arg(long, requires = "since")]
        only_dead: bool,
    },
    /// Let messages wait
    Pause {
        /// Its id
        id: String,
    },
    /// Send again, also after the server disabled it
    Resume {
        /// Its id
        id: String,
    },
    /// Remove it and what waits for it
    Remove {
        /// Its id
        id: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    let path = |id: &str, rest: &str| format!("/v1/webhooks/{}{rest}", segment(id));
    match args.what {
        What::Add { url, kinds, loops, full } => {
            let payload = if full { "full" } else { "thin" };
            let body = json!({"url": url, "kinds": kinds, "loops": loops, "payload": payload});
            show_secret(out, &client.post("/v1/webhooks", &body).await?);
        }
        What::List => {
            let page = client.get("/v1/webhooks?limit=500").await?;
            let rows = items(&page).map(|hook| {
                vec![
                    text(&hook["id"]),
                    text(&hook["url"]),
                    text(&hook["state"]),
                    list(&hook["kinds"]),
                    list(&hook["loops"]),
                    text(&hook["payload"]),
                    text(&hook["failures"]),
                ]
            });
            let head = ["id", "address", "state", "kinds", "loops", "payload", "failures"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Test { id } => {
            let told = client.post(&path(&id, "/test"), &json!({})).await?;
            let good = told["state"] == "done";
            let what = if good { "it arrived" } else { "it did not arrive" };
            let why = told["error"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
            let (status, took) = (text(&told["status"]), text(&told["took_ms"]));
            out.result(&told, &format!("{what}{why} (status {status}, {took} ms)"));
            return Ok(if good { exit::OK } else { exit::FAILED });
        }
        What::Deliveries { id, state } => {
            let only = state.map(|state| format!("&state={}", segment(&state)));
            let rest = format!("/deliveries?limit=50{}", only.unwrap_or_default());
            let page = client.get(&path(&id, &rest)).await?;
            let rows = items(&page).map(|told| {
                vec![
                    text(&told["id"]),
                    text(&told["kind"]),
                    text(&told["state"]),
                    text(&told["attempts"]),
                    text(&told["status"]),
                    text(&told["took_ms"]),
                    text(&told["error"]),
                ]
            });
            let head = ["id", "kind", "state", "attempts", "status", "ms", "error"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Rotate { id, overlap } => {
            let body = overlap.map_or(json!({}), |overlap| json!({"overlap_s": overlap}));
            show_secret(out, &client.post(&path(&id, "/rotate"), &body).await?);
        }
        What::Replay { id, delivery, since, only_dead } => {
            let body = match delivery {
                Some(delivery) => json!({"id": delivery}),
                None => json!({"since": since, "only_dead": only_dead}),
            };
            let reply = client.post(&path(&id, "/replay"), &body).await?;
            out.result(&reply, &format!("{} are sent again", text(&reply["count"])));
        }
        What::Pause { id } => {
            let reply =
                client.send(Method::PATCH, &path(&id, ""), &json!({"paused": true})).await?;
            out.result(&reply, &format!("webhook {id} is paused; messages wait"));
        }
        What::Resume { id } => {
            let reply =
                client.send(Method::PATCH, &path(&id, ""), &json!({"paused": false})).await?;
            out.result(&reply, &format!("webhook {id} is active"));
        }
        What::Remove { id } => {
            let path = path(&id, "");
            let reply = client.call(Method::DELETE, &path, None, Bytes::new()).await?.ok(&path)?;
            out.result(&reply, &format!("webhook {id} is removed"));
        }
    }
    Ok(exit::OK)
}

fn show_secret(out: Out, hook: &Value) {
    let (secret, id) = (text(&hook["secret"]), text(&hook["id"]));
    out.result(hook, &format!("{secret}\nWebhook {id}. This is the only time it is shown."));
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

fn list(value: &Value) -> String {
    let all: Vec<_> = value.as_array().into_iter().flatten().map(text).collect();
    if all.is_empty() { "all".to_owned() } else { all.join(", ") }
}
