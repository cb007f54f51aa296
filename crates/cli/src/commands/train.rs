//! `tandem train LOOP`.

use std::time::Duration;

use anyhow::bail;
use serde_json::{Value, json};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Client, segment};
use crate::output::{self, Out};

/// Arguments of `train`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The loop
    name: String,
    /// Return at once instead of waiting for the model
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    client: ClientArgs,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut client = args.client.client()?;
    let job = start(&mut client, &args.name).await?;
    if args.no_wait {
        out.result(&job, &format!("training started: {}", job["id"].as_str().unwrap_or_default()));
        return Ok(exit::OK);
    }
    let bar = if output::is_terminal() && !out.is_json() {
        indicatif::ProgressBar::new(100)
    } else {
        indicatif::ProgressBar::hidden()
    };
    let job = wait(&mut client, job, |share| bar.set_position((share * 100.0) as u64)).await?;
    bar.finish_and_clear();
    let name = segment(&args.name);
    let models = client.get(&format!("/v1/loops/{name}/models")).await?;
    let newest = models["items"].as_array().and_then(|items| {
        items.iter().max_by_key(|model| model["version"].as_u64().unwrap_or(0)).cloned()
    });
    let newest = newest.unwrap_or(Value::Null);
    let text = format!(
        "model {} of {} trained on {} examples, stage {}",
        newest["version"], args.name, newest["trained_on"], newest["stage"]
    );
    out.result(&json!({"job": job, "model": newest}), &text);
    Ok(exit::OK)
}

/// Asks for a training.
pub(crate) async fn start(client: &mut Client, name: &str) -> anyhow::Result<Value> {
    let path = format!("/v1/loops/{}/models/train", segment(name));
    let reply = client.post(&path, &json!({})).await?;
    Ok(if reply["job"].is_object() { reply["job"].clone() } else { reply })
}

/// Waits until a job is done; an error says why it failed.
pub(crate) async fn wait(
    client: &mut Client,
    mut job: Value,
    mut progress: impl FnMut(f64),
) -> anyhow::Result<Value> {
    let Some(id) = job["id"].as_str().map(str::to_owned) else {
        bail!("the server's answer names no job: {job}");
    };
    loop {
        match job["state"].as_str() {
            Some("done") => return Ok(job),
            Some("failed") => {
                bail!("the job failed: {}", job["error"].as_str().unwrap_or("no reason given"))
            }
            _ => {}
        }
        progress(job["progress"].as_f64().unwrap_or(0.0));
        tokio::time::sleep(Duration::from_millis(20)).await;
        job = client.get(&format!("/v1/jobs/{id}")).await?;
    }
}
