//! `tandem person list|identify|merge|split|confirm|decline`: whose an account is, and which are one person.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::segment;
use crate::output::{self, Out};

/// Arguments of `person`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the newest changes of who is who
    List,
    /// Ask for two accounts to be linked to one person; another admin confirms it
    Merge {
        /// An account
        member: String,
        /// The other account
        into: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Ask for an account to be told apart from those it is linked with; another admin confirms it
    Split {
        /// The account
        member: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Ask for an account to be taken for that of the person whose name it bears; another admin confirms it
    Identify {
        /// The account
        member: String,
        /// How one knows
        #[arg(long)]
        reason: String,
    },
    /// Confirm a change that another admin asked for
    Confirm {
        /// The change
        id: String,
    },
    /// Decline a change; nothing changes then
    Decline {
        /// The change
        id: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    let body = match args.what {
        What::List => {
            list(&client.get("/v1/persons/changes?limit=200").await?, out);
            return Ok(exit::OK);
        }
        What::Confirm { id } => {
            let path = format!("/v1/persons/changes/{}/confirm", segment(&id));
            let reply = client.post(&path, &json!({})).await?;
            out.result(&reply, &format!("{id} is carried out"));
            return Ok(exit::OK);
        }
        What::Decline { id } => {
            let path = format!("/v1/persons/changes/{}/decline", segment(&id));
            let reply = client.post(&path, &json!({})).await?;
            out.result(&reply, &format!("{id} is declined"));
            return Ok(exit::OK);
        }
        What::Merge { member, into, reason } => {
            json!({"kind": "merge", "member": member, "into": into, "reason": reason})
        }
        What::Split { member, reason } => {
            json!({"kind": "split", "member": member, "reason": reason})
        }
        What::Identify { member, reason } => {
            json!({"kind": "identify", "member": member, "reason": reason})
        }
    };
    let reply = client.post("/v1/persons/changes", &body).await?;
    let id = plain(&reply["id"]);
    out.result(&reply, &format!("{id} waits for another admin: tandem person confirm {id}"));
    Ok(exit::OK)
}

fn list(page: &Value, out: Out) {
    let rows = page["items"].as_array().into_iter().flatten().map(|change| {
        ["id", "kind", "member", "into", "state", "asked_by", "reason"]
            .map(|key| plain(&change[key]))
            .to_vec()
    });
    let head = ["id", "kind", "account", "and", "state", "asked by", "reason"];
    out.result(page, &output::table(&head, rows).to_string());
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}
