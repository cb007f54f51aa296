//! `tandem batch waiting|sign|list|show`: one sign-off over many waiting calls of a tool.

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Most cases of a batch.
const MOST: usize = 100;

/// Arguments of `batch`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List waiting calls of a tool with their digests: what a sign-off would be about
    Waiting {
        /// The loop
        of_loop: String,
        /// The tool
        tool: String,
    },
    /// Approve calls together, each by the digest that `waiting` printed
    Sign {
        /// The loop
        of_loop: String,
        /// The tool
        tool: String,
        /// The calls, as `case_…=digest`
        #[arg(required = true, value_name = "CASE=DIGEST")]
        cases: Vec<String>,
        /// Bound on the sum of an argument, as in `/amount=500`; above it nothing is approved
        #[arg(long, value_name = "POINTER=MAX")]
        max_sum: Option<String>,
        /// A remark on all of them
        #[arg(long)]
        comment: Option<String>,
    },
    /// List the newest sign-offs of a loop
    List {
        /// The loop
        of_loop: String,
    },
    /// Show a sign-off: what was approved, and what was left out and why
    Show {
        /// The sign-off
        id: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Waiting { of_loop, tool } => waiting(&mut client, &of_loop, &tool, out).await?,
        What::Sign { of_loop, tool, cases, max_sum, comment } => {
            let listed = cases.iter().map(|text| {
                let (case, digest) = text.split_once('=').context("give calls as case_…=digest")?;
                Ok(json!({"case": case, "digest": digest}))
            });
            let listed = listed.collect::<anyhow::Result<Vec<_>>>()?;
            let mut body = json!({"tool": tool, "cases": listed});
            if let Some(sum) = max_sum {
                let parsed = sum.rsplit_once('=');
                let parsed = parsed.and_then(|(of, max)| Some((of, max.parse::<f64>().ok()?)));
                let (of, max) =
                    parsed.context("give a pointer and a number, as in `/amount=500`")?;
                body["sum"] = json!({"of": of, "max": max});
            }
            if let Some(comment) = comment {
                body["comment"] = json!(comment);
            }
            let path = format!("/v1/loops/{}/batches", segment(&of_loop));
            show(&client.post(&path, &body).await?, out);
        }
        What::List { of_loop } => {
            let path = format!("/v1/loops/{}/batches?limit=100", segment(&of_loop));
            let page = client.get(&path).await?;
            let rows = page["items"].as_array().into_iter().flatten().map(|batch| {
                let count = |key: &str| batch[key].as_array().map_or(0, Vec::len).to_string();
                vec![
                    plain(&batch["id"]),
                    plain(&batch["tool"]),
                    count("approved"),
                    count("left_out"),
                    batch["sum"].as_f64().map_or_else(|| "–".to_owned(), |sum| sum.to_string()),
                    plain(&batch["member"]),
                    plain(&batch["at"]),
                ]
            });
            let head = ["id", "tool", "approved", "left out", "sum", "by", "at"];
            out.result(&page, &output::table(&head, rows).to_string());
        }
        What::Show { id } => {
            show(&client.get(&format!("/v1/batches/{}", segment(&id))).await?, out);
        }
    }
    Ok(exit::OK)
}

async fn waiting(client: &mut Client, of_loop: &str, tool: &str, out: Out) -> anyhow::Result<()> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let after = cursor.as_deref().map(|at| format!("&cursor={}", segment(at)));
        let path = format!(
            "/v1/loops/{}/cases?status=queued,claimed,reopened&limit=200{}",
            segment(of_loop),
            after.unwrap_or_default()
        );
        let page = client.get(&path).await?;
        for case in page["items"].as_array().into_iter().flatten() {
            let call = case["proposal"]["output"].as_object().into_iter().flat_map(|o| o.values());
            let call = call.into_iter().find(|value| value["tool"] == tool);
            if let (Some(call), false) = (call, case["proposal"]["digest"].is_null()) {
                found.push(json!({
                    "case": case["id"],
                    "key": case["key"],
                    "arguments": call["arguments"],
                    "digest": case["proposal"]["digest"],
                }));
            }
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() || found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    if found.is_empty() {
        bail!("no call of `{tool}` waits in `{of_loop}`");
    }
    let rows = found.iter().map(|call| {
        let pair = format!("{}={}", plain(&call["case"]), plain(&call["digest"]));
        vec![plain(&call["key"]), call["arguments"].to_string(), pair]
    });
    let table = output::table(&["key", "arguments", "case=digest"], rows).to_string();
    out.result(&json!({"items": found}), &table);
    Ok(())
}

fn show(batch: &Value, out: Out) {
    let approved = batch["approved"].as_array().into_iter().flatten().map(|one| {
        let done = if one["decided"] == true { "approved" } else { "waits for others" };
        vec![plain(&one["case"]), done.to_owned(), plain(&one["digest"])]
    });
    let left = batch["left_out"].as_array().into_iter().flatten();
    let left = left.map(|one| vec![plain(&one["case"]), plain(&one["code"]), plain(&one["why"])]);
    let table = output::table(&["case", "state", "digest, or why not"], approved.chain(left));
    out.result(batch, &format!("{}\n{table}", plain(&batch["id"])));
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}
