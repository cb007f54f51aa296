//! `tandem try FILE`: the five-minute test with a user's own rows.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use tandem_offline::trial;

use crate::config::{DataArgs, Settings};
use crate::demo::{home::Home, setup};
use crate::http::{Client, Target, segment};
use crate::output::{self, Out};
use crate::server::Server;
use crate::{exit, paths};

/// Rows handed in at a time.
const BATCH: usize = 2_000;

/// Arguments of `try`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Reads the rows, says which share could pass without a person at the error you accept (certified, not hoped), what that \
saves, and writes the loop file. Then it starts a server of its own with the rows in it and prints a sign-in link: \
labelled rows as history that the model learns from, the others in your inbox. Nothing leaves this machine.")]
pub(crate) struct Args {
    #[command(flatten)]
    trial: trial::Args,
    /// Where the loop file is written [default: NAME.yaml]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only say what would happen; implied by --json
    #[arg(long)]
    no_serve: bool,
    /// Address and port to listen on; without it the usual port, or a free one where that is taken
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Keep the data here instead of in a temporary directory
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let trial = {
        let given = args.trial;
        tokio::task::spawn_blocking(move || trial::run(&given)).await??
    };
    let file = args.out.unwrap_or_else(|| PathBuf::from(format!("{}.yaml", trial.name)));
    std::fs::write(&file, &trial.loop_file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    let mut result = trial.report.json.clone();
    result["loop_file"] = json!(file);
    let text = format!("{}The loop file is {}.", trial.report.text, file.display());
    out.result(&result, &text);
    if args.no_serve || out.is_json() {
        return Ok(exit::OK);
    }
    let home = Home::prepare(args.data_dir.as_deref(), false)?;
    let listen = match args.listen {
        Some(listen) => listen,
        None => match tokio::net::TcpListener::bind(paths::LISTEN).await {
            Ok(_) => paths::LISTEN.to_owned(),
            Err(_) => "127.0.0.1:0".to_owned(),
        },
    };
    let plan = home.plan(listen);
    let data = DataArgs {
        data_dir: Some(plan.data_dir.clone()),
        key_file: Some(plan.key_file.clone()),
        witness: Some(plan.witness.clone()),
        ..DataArgs::default()
    };
    let settings = Settings::read(&data, Some(plan.listen.clone()), false)?;
    let server = Server::start(&settings, Some(plan.key.clone())).await?;
    let target = Target::new(&server.url(), Some(&plan.key))?;
    let filling = tokio::spawn(async move { fill(&target, &trial).await });
    let told = async move {
        match filling.await {
            Ok(Ok(link)) => out.say(&format!("Sign in once with\n  {link}\nStop with Ctrl-C.")),
            Ok(Err(error)) => output::note(&format!("the rows could not be handed in: {error:#}")),
            Err(error) => output::note(&format!("the rows could not be handed in: {error}")),
        }
        std::future::pending::<()>().await;
    };
    server.run(None, told).await?;
    Ok(exit::OK)
}

/// Publishes the loop, hands the rows in, trains, and returns the sign-in link.
async fn fill(target: &Target, trial: &trial::Trial) -> anyhow::Result<String> {
    let mut client = Client::new(target);
    super::loops::put_loop(&mut client, &trial.name, trial.loop_file.clone(), false).await?;
    let path = format!("/v1/loops/{}/cases/batch", segment(&trial.name));
    // History first, so that the model has learned before it is asked.
    let (history, open): (Vec<&Value>, Vec<&Value>) =
        trial.cases.iter().partition(|case| case.get("decision").is_some());
    hand_in(&mut client, &path, &history).await?;
    let learns = trial.loop_file.contains("kind: text_linear") && !history.is_empty();
    if learns {
        let job = super::train::start(&mut client, &trial.name).await?;
        super::train::wait(&mut client, job, |_| {}).await?;
    }
    hand_in(&mut client, &path, &open).await?;
    setup::sign_in_link(&mut client).await
}

async fn hand_in(client: &mut Client, path: &str, cases: &[&Value]) -> anyhow::Result<()> {
    for chunk in cases.chunks(BATCH) {
        let mut lines = String::new();
        for case in chunk {
            let _ = writeln!(lines, "{case}");
        }
        let kind = Some("application/x-ndjson");
        let reply = client.call(Method::POST, path, kind, Bytes::from(lines)).await?;
        ensure!(reply.status.is_success(), "{}", reply.problem());
        let bad = reply.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        for line in bad {
            let result: Value = serde_json::from_slice(line)?;
            let error = &result["error"];
            ensure!(error.is_null(), "a row was refused: {error}");
        }
    }
    Ok(())
}
