//! `tandem member add|skills|list`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::key::{RoleArg, parse_role, roles_text};
use crate::args::ClientArgs;
use crate::exit;
use crate::http::segment;
use crate::output::{self, Out};

/// Arguments of `member`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add a person; prints a sign-in link that works once
    Add {
        /// The person's name
        name: String,
        /// The person's address, used to sign in
        email: String,
        /// A role, as in `auditor` (every loop) or `my-loop:reviewer`; may be repeated
        #[arg(long = "role", value_name = "[LOOP:]ROLE", required = true, value_parser = parse_role)]
        roles: Vec<RoleArg>,
    },
    /// Say what a person can do, as queues ask for it: all of their skills, none to take them away
    Skills {
        /// The account
        member: String,
        /// The skills
        skills: Vec<String>,
    },
    /// List the people
    List,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Add { name, email, roles } => {
            let roles: Vec<Value> = roles.iter().map(RoleArg::to_json).collect();
            let body = json!({"name": name, "email": email, "roles": roles});
            let member = client.post("/v1/members", &body).await?;
            let id = member["id"].as_str().unwrap_or_default();
            let link = full_link(&client.target().url(), &member);
            out.result(&member, &format!("member {id}\nsign in once with {link}"));
        }
        What::Skills { member, skills } => {
            let path = format!("/v1/members/{}", segment(&member));
            let reply = client.patch(&path, &json!({"skills": skills})).await?;
            out.result(&reply, &format!("{member} has {}", named(&reply["skills"])));
        }
        What::List => {
            let page = client.get("/v1/members?limit=500").await?;
            let plain = |value: &Value| value.as_str().unwrap_or("–").to_owned();
            let rows = page["items"].as_array().into_iter().flatten().map(|member| {
                let state = if member["disabled_at"].is_string() { "disabled" } else { "active" };
                vec![
                    plain(&member["id"]),
                    plain(&member["name"]),
                    plain(&member["email"]),
                    roles_text(&member["roles"]),
                    named(&member["skills"]),
                    state.to_owned(),
                ]
            });
            let table = output::table(&["id", "name", "email", "roles", "skills", "state"], rows);
            out.result(&page, &table.to_string());
        }
    }
    Ok(exit::OK)
}

fn named(skills: &Value) -> String {
    let words: Vec<_> = skills.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if words.is_empty() { "–".to_owned() } else { words.join(", ") }
}

/// The sign-in link of a new member with the server's address before it.
pub(crate) fn full_link(url: &str, member: &Value) -> String {
    match member["signin_link"].as_str() {
        Some(link) if link.starts_with('/') => format!("{url}{link}"),
        Some(link) => link.to_owned(),
        None => url.to_owned(),
    }
}
