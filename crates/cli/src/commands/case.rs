//! `tandem case appeal|withdraw|appeals`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `case`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Contest the decision of a case for the person affected; somebody else then decides anew
    Appeal {
        /// The case
        id: String,
        /// Who contests it: a name or a number of yours
        #[arg(long, value_name = "WHO")]
        by: String,
        /// Why it is wrong
        #[arg(long, required_unless_present = "statement_file")]
        statement: Option<String>,
        /// The same from a file
        #[arg(long, value_name = "FILE", conflicts_with = "statement")]
        statement_file: Option<PathBuf>,
        /// What speaks for it, in words; may be given several times
        #[arg(long, value_name = "TEXT")]
        evidence: Vec<String>,
        /// What speaks for it, as an uploaded file; may be given several times
        #[arg(long, value_name = "ID")]
        media: Vec<String>,
    },
    /// Take back the open appeal that you handed in
    Withdraw {
        /// The case
        id: String,
    },
    /// List the contested cases of a loop
    Appeals {
        /// The loop
        of_loop: String,
        /// Only those that are open, upheld, overturned or withdrawn
        #[arg(long, value_name = "STATE", default_value = "open")]
        state: String,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Appeal { id, by, statement, statement_file, evidence, media } => {
            let statement = match (statement, statement_file) {
                (Some(statement), _) => statement,
                (None, Some(path)) => read(&path)?,
                (None, None) => String::new(),
            };
            let texts = evidence.into_iter().map(|text| json!({"text": text}));
            let files = media.into_iter().map(|id| json!({"media": id}));
            let evidence: Vec<Value> = texts.chain(files).collect();
            let body = json!({"by": by, "statement": statement, "evidence": evidence});
            let path = format!("/v1/cases/{}/appeal", segment(&id));
            let case = client.post(&path, &body).await?;
            out.result(&case, &lodged(&case));
        }
        What::Withdraw { id } => {
            let path = format!("/v1/cases/{}/appeal/withdraw", segment(&id));
            let case = client.post(&path, &json!({})).await?;
            out.result(&case, &format!("{id}: the appeal is withdrawn"));
        }
        What::Appeals { of_loop, state } => list(&mut client, &of_loop, &state, out).await?,
    }
    Ok(exit::OK)
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn lodged(case: &Value) -> String {
    let newest = case["appeals"].as_array().and_then(|appeals| appeals.last());
    let Some(appeal) = newest else { return format!("{}: contested", text(&case["id"])) };
    let meanwhile = match appeal["meanwhile"].as_str() {
        Some("suspended") => "the decision is not in force until it is decided",
        _ => "the decision stands until then",
    };
    let (id, due) = (text(&case["id"]), text(&appeal["deadline"]));
    format!("{id}: contested; to be decided by {due}, {meanwhile}")
}

async fn list(client: &mut Client, of_loop: &str, state: &str, out: Out) -> anyhow::Result<()> {
    let mut items: Vec<Value> = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!(
            "/v1/loops/{}/cases?appeal={}&limit=500{cursor}",
            segment(of_loop),
            segment(state)
        );
        let mut page = client.get(&path).await?;
        if let Some(found) = page["items"].as_array_mut() {
            items.append(found);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", segment(next)),
            None => break,
        }
    }
    let rows = items.iter().map(|case| {
        let newest = case["appeals"].as_array().and_then(|appeals| appeals.last());
        let of = |key: &str| newest.map_or_else(String::new, |appeal| text(&appeal[key]));
        let overdue = newest.is_some_and(|appeal| appeal["overdue"] == true);
        let due = if overdue { "overdue".to_owned() } else { of("deadline") };
        vec![text(&case["id"]), of("state"), of("by"), of("lodged_at"), due]
    });
    let head = ["case", "state", "by", "lodged", "due"];
    let table = output::table(&head, rows).to_string();
    out.result(&json!({"items": items}), &table);
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
