//! `tandem absence list|away|back|accept|decline`: who is away, and who stands in.

use anyhow::bail;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `absence`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List who is away: you and those who ask you to stand in; everybody, for admins
    List,
    /// Say that a member is away, and ask somebody to stand in
    Away {
        /// The member
        member: String,
        /// Who is asked to stand in
        #[arg(long, value_name = "ID")]
        delegate: String,
        /// Until when, as in `2026-12-01T08:00:00Z`
        #[arg(long, value_name = "TIME")]
        until: String,
    },
    /// Say that a member is back
    Back {
        /// The member
        member: String,
    },
    /// Say yes to standing in for a member
    Accept {
        /// The member who is away
        member: String,
        /// The digest of what you were shown, as `list` prints it
        digest: String,
    },
    /// Say no to standing in, or stand in no longer
    Decline {
        /// The member who is away
        member: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::List => list(&client.get("/v1/absences").await?, out),
        What::Away { member, delegate, until } => {
            let body = json!({"until": until, "delegate": delegate});
            let reply = client.post(&place(&member, ""), &body).await?;
            out.result(
                &reply,
                &format!("{delegate} is asked; nobody stands in before they said yes"),
            );
        }
        What::Back { member } => {
            let reply = client.post(&place(&member, ""), &json!({})).await?;
            out.result(&reply, &format!("{member} is back"));
        }
        What::Accept { member, digest } => {
            let reply = accept(&mut client, &member, &digest).await?;
            let until = reply["until"].as_str().unwrap_or("–");
            out.result(&reply, &format!("you stand in for {member} until {until}"));
        }
        What::Decline { member } => {
            client.post(&place(&member, "/decline"), &json!({})).await?;
            out.result(&json!({"member": member}), &format!("you do not stand in for {member}"));
        }
    }
    Ok(exit::OK)
}

fn place(member: &str, what: &str) -> String {
    format!("/v1/members/{}/absence{what}", segment(member))
}

async fn accept(client: &mut Client, member: &str, digest: &str) -> anyhow::Result<Value> {
    let page = client.get("/v1/absences").await?;
    let mut items = page["items"].as_array().into_iter().flatten();
    if items.any(|item| item["member"] == member && item["takes_passkey"] == true) {
        bail!("this takes your passkey: open the web app, Settings, Absence");
    }
    Ok(client.post(&place(member, "/accept"), &json!({"digest": digest})).await?)
}

fn list(page: &Value, out: Out) {
    let rows = page["items"].as_array().into_iter().flatten().map(|item| {
        let state = if item["accepted_at"].is_null() { "asked" } else { "stands in" };
        vec![
            plain(&item["name"]),
            plain(&item["member"]),
            plain(&item["until"]),
            plain(&item["delegate_name"]),
            plain(&item["delegate"]),
            state.to_owned(),
            plain(&item["digest"]),
        ]
    });
    let head = ["away", "id", "until", "delegate", "delegate id", "state", "digest"];
    out.result(page, &output::table(&head, rows).to_string());
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or("–").to_owned()
}
