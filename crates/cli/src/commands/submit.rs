//! `tandem submit FILE`: streams a file of cases to the batch endpoint.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use bytes::BytesMut;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::Method;
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{ClientError, Reply, segment};
use crate::output::{self, Out};
use crate::text;

/// Bytes read from the file at a time.
const CHUNK: usize = 64 * 1024;
/// Refused lines shown in full.
const SHOWN: usize = 20;

/// Arguments of `submit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with one case a line, as JSON: {"input": {…}, "key": "…", …}; `-` reads standard input
    file: PathBuf,
    /// The loop they go to
    #[arg(long = "loop", value_name = "NAME")]
    to: String,
    #[command(flatten)]
    client: ClientArgs,
}

/// What became of the lines. Cases that were there already, by key, count as accepted.
#[derive(Debug, Default, serde::Serialize)]
struct Summary {
    accepted: u64,
    refused: u64,
    problems: Vec<Value>,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let (reader, length): (Box<dyn AsyncRead + Send + Sync + Unpin>, Option<u64>) =
        if args.file.as_os_str() == "-" {
            (Box::new(tokio::io::stdin()), None)
        } else {
            let file = tokio::fs::File::open(&args.file)
                .await
                .with_context(|| format!("cannot read {}", args.file.display()))?;
            let length = file.metadata().await.ok().map(|meta| meta.len());
            (Box::new(file), length)
        };
    let bar = progress(length, out);
    let sent = bar.clone();
    let body = stream::unfold(reader, move |mut reader| {
        let sent = sent.clone();
        async move {
            let mut chunk = BytesMut::with_capacity(CHUNK);
            match reader.read_buf(&mut chunk).await {
                Ok(0) => None,
                Ok(n) => {
                    sent.inc(n as u64);
                    Some((Ok(Frame::data(chunk.freeze())), reader))
                }
                Err(error) => Some((Err(error), reader)),
            }
        }
    });
    let path = format!("/v1/loops/{}/cases/batch", segment(&args.to));
    let mut client = args.client.client()?;
    let body = StreamBody::new(body).boxed();
    let response = client.open(Method::POST, &path, Some("application/x-ndjson"), body).await?;
    let status = response.status();
    if !status.is_success() {
        let body = response
            .into_body()
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        return Err(Reply { status, body, retry_after: None }.problem().into());
    }
    let summary = read_results(response.into_body()).await?;
    bar.finish_and_clear();
    out.result(&summary, &describe(&summary));
    Ok(if summary.refused == 0 { exit::OK } else { exit::FAILED })
}

fn progress(length: Option<u64>, out: Out) -> indicatif::ProgressBar {
    if out.is_json() || !output::is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    match length {
        Some(length) => indicatif::ProgressBar::new(length)
            .with_style(style("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}")),
        None => indicatif::ProgressBar::new_spinner().with_style(style("{spinner} {bytes}")),
    }
}

fn style(template: &str) -> indicatif::ProgressStyle {
    indicatif::ProgressStyle::with_template(template)
        .unwrap_or_else(|_| indicatif::ProgressStyle::default_bar())
}

/// Reads the answers, one a line, as they come.
async fn read_results(mut body: hyper::body::Incoming) -> Result<Summary, ClientError> {
    let broken = |why: String| ClientError::Answer { what: "the batch".into(), why };
    let mut summary = Summary::default();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        rest.extend_from_slice(&data);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = rest.split_to(end + 1);
            summary.add(&line).map_err(|error| broken(error.to_string()))?;
        }
    }
    if !rest.is_empty() {
        summary.add(&rest).map_err(|error| broken(error.to_string()))?;
    }
    Ok(summary)
}

impl Summary {
    fn add(&mut self, line: &[u8]) -> serde_json::Result<()> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let result: Value = serde_json::from_slice(line)?;
        let failed = result.get("error").is_some_and(|error| !error.is_null());
        if failed {
            self.refused += 1;
            if self.problems.len() < SHOWN {
                self.problems.push(json!({"line": result["line"], "error": result["error"]}));
            }
        } else {
            self.accepted += 1;
        }
        Ok(())
    }
}

fn describe(summary: &Summary) -> String {
    let mut text = format!(
        "{} cases are stored, {} lines were refused",
        text::grouped(summary.accepted),
        text::grouped(summary.refused)
    );
    for problem in &summary.problems {
        let error = &problem["error"];
        let detail = error["detail"].as_str().or(error["message"].as_str()).unwrap_or_default();
        let path = error["path"].as_str().unwrap_or_default();
        let _ = write!(text, "\n  line {}: {detail} {path}", problem["line"]);
    }
    if summary.refused > summary.problems.len() as u64 {
        text.push_str("\n  …");
    }
    text
}
