//! `tandem loop apply|publish|dry-run|list|show`.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::Subcommand;
use hyper::Method;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit::{self, Coded};
use crate::http::{Client, segment};
use crate::output::{self, Out};
use crate::text;

/// Arguments of `loop`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Publish a loop file as a new version
    Apply {
        /// The loop file, YAML or JSON; `-` reads standard input
        file: PathBuf,
        /// Keep it as a draft
        #[arg(long)]
        draft: bool,
    },
    /// Put a draft in force, or agree to a version that another person proposed
    Publish {
        /// The loop
        name: String,
        /// The version
        version: u32,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Route recorded cases again under a draft: what it would have sent to people and let through wrongly
    DryRun {
        /// The loop file to try, YAML or JSON; `-` reads standard input
        file: PathBuf,
        /// How many of the newest cases
        #[arg(long, value_name = "N")]
        limit: Option<u32>,
        /// What a wrong automatic answer costs
        #[arg(long, value_name = "COST", requires = "review_cost")]
        error_cost: Option<f64>,
        /// What a person's look costs, in the same unit
        #[arg(long, value_name = "COST", requires = "error_cost")]
        review_cost: Option<f64>,
    },
    /// List the loops
    List,
    /// Show a loop and its versions
    Show {
        /// The loop
        name: String,
        /// Print the loop file as it was written
        #[arg(long)]
        source: bool,
        /// Another version than the one in force
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    match args.what {
        What::Apply { file, draft } => apply(&mut client, &file, draft, out).await?,
        What::Publish { name, version, reason } => {
            publish(&mut client, &name, version, &reason, out).await?;
        }
        What::DryRun { file, limit, error_cost, review_cost } => {
            let costs = error_cost.zip(review_cost);
            dry_run(&mut client, &file, limit, costs, out).await?;
        }
        What::List => list(&mut client, out).await?,
        What::Show { name, source, version } => {
            show(&mut client, &name, source, version, out).await?;
        }
    }
    Ok(exit::OK)
}

async fn apply(client: &mut Client, file: &PathBuf, draft: bool, out: Out) -> anyhow::Result<()> {
    let (name, source) = read_file(file)?;
    let reply = put_loop(client, &name, source, draft).await?;
    out.result(&reply, &outcome(&name, &reply["loop"]));
    Ok(())
}

async fn publish(
    client: &mut Client,
    name: &str,
    version: u32,
    reason: &str,
    out: Out,
) -> anyhow::Result<()> {
    let path = format!("/v1/loops/{}/versions/{version}/publish", segment(name));
    let body = Bytes::from(json!({"reason": reason}).to_string());
    let reply = client.call(Method::POST, &path, Some("application/json"), body).await?;
    let view = reply.ok(&path)?;
    out.result(&view, &outcome(name, &view));
    Ok(())
}

fn read_file(file: &PathBuf) -> anyhow::Result<(String, String)> {
    let source = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin()).context("cannot read standard input")?
    } else {
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let name = name_of(&source).ok_or_else(|| {
        Coded::usage(format!(
            "{} names no loop; add a line `loop: NAME` at its top",
            file.display()
        ))
    })?;
    Ok((name, source))
}

async fn dry_run(
    client: &mut Client,
    file: &PathBuf,
    limit: Option<u32>,
    costs: Option<(f64, f64)>,
    out: Out,
) -> anyhow::Result<()> {
    let (name, source) = read_file(file)?;
    let format = if source.trim_start().starts_with('{') { "json" } else { "yaml" };
    let costs = costs.map(|(error, review)| json!({"error": error, "review": review}));
    let body = json!({"source": source, "format": format, "limit": limit, "costs": costs});
    let view = client.post(&format!("/v1/loops/{}/dry-run", segment(&name)), &body).await?;
    let share = |value: &Value| value.as_f64().map_or("–".to_owned(), text::percent);
    let number =
        |value: &Value| value.as_f64().map_or("–".to_owned(), |value| format!("{value:.1}"));
    let error = |side: &Value| {
        let error = &side["error"];
        if error.is_null() {
            return "–".to_owned();
        }
        let end = |name: &str| share(&error[name]);
        format!("{} ({} to {})", share(&error["estimate"]), end("lower"), end("upper"))
    };
    let rows = [("recorded", &view["before"]), ("draft", &view["after"])].map(|(which, side)| {
        vec![
            which.to_owned(),
            share(&side["automatic_share"]),
            share(&side["review_share"]),
            error(side),
            number(&side["wrong"]),
            number(&side["cost"]),
        ]
    });
    let head = ["policy", "automatic", "to people", "error of automatic", "wrong", "cost"];
    let mut shown = format!(
        "{} cases, the right answer known for {}\n{}",
        view["cases"],
        view["known"],
        output::table(&head, rows)
    );
    for list in ["widens", "notes"] {
        for line in view[list].as_array().into_iter().flatten().filter_map(Value::as_str) {
            shown.push_str("\n- ");
            shown.push_str(if list == "widens" { "widens: " } else { "" });
            shown.push_str(line);
        }
    }
    out.result(&view, &shown);
    Ok(())
}

/// What became of the version shown, in words.
fn outcome(name: &str, view: &Value) -> String {
    let version = &view["version"];
    let versions = view["versions"].as_array();
    let shown = versions.and_then(|all| all.iter().find(|one| one["version"] == *version));
    let widens: Vec<&str> =
        view["widens"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let ways = widens.join("; ");
    match shown.and_then(|shown| shown["state"].as_str()) {
        Some("proposed") => format!(
            "loop {name}: version {version} proposed. It widens what the machine may do ({ways}): another person puts it \
             in force with `tandem loop publish {name} {version}`"
        ),
        Some("draft") if !widens.is_empty() => format!(
            "loop {name}: version {version} kept as a draft. It widens what the machine may do ({ways}): two persons put \
             it in force, each with `tandem loop publish {name} {version}`"
        ),
        Some("draft") => format!(
            "loop {name}: version {version} kept as a draft; `tandem loop publish {name} {version}` puts it in force"
        ),
        _ => format!("loop {name}: version {version} published"),
    }
}

/// Publishes a loop file.
pub(crate) async fn put_loop(
    client: &mut Client,
    name: &str,
    source: String,
    draft: bool,
) -> Result<Value, crate::http::ClientError> {
    let kind =
        if source.trim_start().starts_with('{') { "application/json" } else { "application/yaml" };
    let draft = if draft { "?draft=true" } else { "" };
    let path = format!("/v1/loops/{}{draft}", segment(name));
    client.call(Method::PUT, &path, Some(kind), Bytes::from(source)).await?.ok(&path)
}

/// The loop's name: the top-level `loop` of a YAML or JSON file. The server parses the whole; this only finds the path
/// to send it to.
fn name_of(source: &str) -> Option<String> {
    if source.trim_start().starts_with('{') {
        let file: Value = serde_json::from_str(source).ok()?;
        return file["loop"].as_str().map(str::to_owned);
    }
    let value = source.lines().find_map(|line| line.strip_prefix("loop:"))?;
    let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

async fn list(client: &mut Client, out: Out) -> anyhow::Result<()> {
    let page = client.get("/v1/loops").await?;
    let items = page["items"].as_array().cloned().unwrap_or_default();
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    };
    let rows = items.iter().map(|item| {
        let share = item["automatic_share"].as_f64().map_or("–".to_owned(), text::percent);
        let mode = format!("{} {}", plain(&item["mode"]), plain(&item["coverage"]));
        let count = |name: &str| plain(&item[name]);
        vec![count("name"), count("version"), mode, count("open"), count("decided"), share]
    });
    let table = output::table(&["loop", "version", "mode", "open", "decided", "automatic"], rows);
    let text = if items.is_empty() {
        "no loops yet; publish one with `tandem loop apply FILE`".to_owned()
    } else {
        table.to_string()
    };
    out.result(&page, &text);
    Ok(())
}

async fn show(
    client: &mut Client,
    name: &str,
    source: bool,
    version: Option<u32>,
    out: Out,
) -> anyhow::Result<()> {
    let version = version.map_or_else(String::new, |n| format!("?version={n}"));
    let view = client.get(&format!("/v1/loops/{}{version}", segment(name))).await?;
    if source && !out.is_json() {
        output::line(view["source"].as_str().unwrap_or_default().trim_end());
        return Ok(());
    }
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = view["versions"].as_array().into_iter().flatten().map(|v| {
        vec![
            plain(&v["version"]),
            plain(&v["state"]),
            plain(&v["published_at"]),
            plain(&v["reason"]),
        ]
    });
    let table = output::table(&["version", "state", "published", "reason"], rows);
    let title = plain(&view["title"]);
    let text = format!("{name}: {title}, version {} in force\n{table}", view["version"]);
    out.result(&view, &text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_in_both_formats() {
        assert_eq!(name_of("# x\nloop: a-b # why\ntitle: t\n").as_deref(), Some("a-b"));
        assert_eq!(name_of("title: t\nloop: \"q\"\n").as_deref(), Some("q"));
        assert_eq!(name_of("{\"loop\": \"j\"}").as_deref(), Some("j"));
        assert_eq!(name_of("title: t\n  loop: inner\n"), None);
        assert_eq!(name_of("loop:\n"), None);
    }
}
