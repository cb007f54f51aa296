//! `tandem permission ask|sign|revoke|list|uses`: calls that persons allow beforehand.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::output::{self, Out};

/// Arguments of `permission`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask for a standing permission and sign it first; others sign after you
    Ask(Box<Ask>),
    /// Sign a permission that somebody else asked for
    Sign {
        /// The permission
        id: String,
        /// The digest of what you were shown, as `list` prints it
        digest: String,
    },
    /// Take a permission back, at once
    Revoke {
        /// The permission
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// List permissions, newest first
    List,
    /// List the calls that a permission covered
    Uses {
        /// The permission
        id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Ask {
    /// The loop
    loop_name: String,
    /// The tool
    tool: String,
    /// JSON Schema of the arguments
    #[arg(long, value_name = "JSON")]
    scope: Option<String>,
    /// Condition in CEL, as in the loop's rules
    #[arg(long, value_name = "CEL")]
    when: Option<String>,
    /// Most calls
    #[arg(long, value_name = "N")]
    max_count: u64,
    /// Bound on the sum of an argument, as in `/amount=500`
    #[arg(long, value_name = "POINTER=MAX", value_parser = sum)]
    max_sum: Option<Value>,
    /// When it ends, as in `2026-12-01T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    until: String,
    /// The only consumer that takes the grants
    #[arg(long)]
    consumer: Option<String>,
    /// The only run whose calls it covers
    #[arg(long)]
    run: Option<String>,
    /// The only key or member whose calls it covers
    #[arg(long)]
    agent: Option<String>,
    /// Why
    #[arg(long)]
    reason: String,
}

fn sum(text: &str) -> Result<Value, String> {
    let parsed = text.rsplit_once('=').and_then(|(of, max)| Some((of, max.parse::<f64>().ok()?)));
    let (of, max) = parsed.ok_or("give a JSON pointer and a number, as in `/amount=500`")?;
    Ok(json!({"of": of, "max": max}))
}

impl Ask {
    fn body(&self) -> anyhow::Result<Value> {
        let scope = self.scope.as_deref().map(serde_json::from_str::<Value>).transpose();
        let mut body = json!({
            "tool": self.tool, "max_count": self.max_count, "until": self.until, "reason": self.reason,
        });
        let optional = [
            ("scope", scope.context("--scope is not JSON")?),
            ("when", self.when.clone().map(Value::from)),
            ("sum", self.max_sum.clone()),
            ("consumer", self.consumer.clone().map(Value::from)),
            ("run", self.run.clone().map(Value::from)),
            ("agent", self.agent.clone().map(Value::from)),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        Ok(body)
    }
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    let told = |grant: &Value| {
        let signed = grant["signatures"].as_array().map_or(0, Vec::len);
        let (id, state) = (plain(&grant["id"]), plain(&grant["state"]));
        format!("{id} is {state}: {signed} of {} signed", grant["needed"])
    };
    match args.what {
        What::Ask(ask) => {
            let path = format!("/v1/loops/{}/standing-grants", ask.loop_name);
            let grant = client.post(&path, &ask.body()?).await?;
            out.result(&grant, &told(&grant));
        }
        What::Sign { id, digest } => {
            let path = format!("/v1/standing-grants/{id}/sign");
            let grant = client.post(&path, &json!({"digest": digest})).await?;
            out.result(&grant, &told(&grant));
        }
        What::Revoke { id, reason } => {
            let path = format!("/v1/standing-grants/{id}/revoke");
            let grant = client.post(&path, &json!({"reason": reason})).await?;
            out.result(&grant, &told(&grant));
        }
        What::List => {
            let page = client.get("/v1/standing-grants?limit=500").await?;
            let rows = page["items"].as_array().into_iter().flatten().map(|grant| {
                let terms = &grant["terms"];
                vec![
                    plain(&grant["id"]),
                    plain(&grant["loop"]),
                    plain(&terms["tool"]),
                    format!("{} of {}", grant["used"], terms["max_count"]),
                    plain(&terms["until"]),
                    plain(&grant["state"]),
                    plain(&grant["digest"]),
                ]
            });
            let columns = ["id", "loop", "tool", "used", "until", "state", "digest"];
            out.result(&page, &output::table(&columns, rows).to_string());
        }
        What::Uses { id } => {
            let page = client.get(&format!("/v1/standing-grants/{id}/uses?limit=500")).await?;
            let rows = page["items"].as_array().into_iter().flatten().map(|used| {
                let amount = used["amount"].as_f64().map_or_else(String::new, |n| n.to_string());
                vec![plain(&used["case"]), amount, plain(&used["digest"]), plain(&used["at"])]
            });
            let table = output::table(&["case", "amount", "digest", "at"], rows);
            out.result(&page, &table.to_string());
        }
    }
    Ok(exit::OK)
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}
