//! `tandem export LOOP KIND`: streams an export to a file.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::{BodyExt as _, Full};
use hyper::Method;
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use crate::args::ClientArgs;
use crate::exit;
use crate::http::{Reply, segment};
use crate::output::{self, Out};
use crate::text;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The loop
    name: String,
    /// What to write
    #[arg(value_enum)]
    kind: Kind,
    /// Format
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// File to write; standard output where absent
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    client: ClientArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Labelled rows for training
    Examples,
    /// What people changed: before and after
    Corrections,
    /// Prompts and final answers
    Sft,
    /// Pairs of a better and a worse answer
    Preferences,
    /// Ratings
    Ratings,
    /// What each reviewer said
    Judgments,
    /// The resolution of each case
    Decisions,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object a line
    Jsonl,
    /// A table with a header
    Csv,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let name = |value: &dyn Fn() -> Option<clap::builder::PossibleValue>| {
        value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    };
    let kind = name(&|| args.kind.to_possible_value());
    let format = name(&|| args.format.to_possible_value());
    let path = format!("/v1/loops/{}/exports/{kind}?format={format}", segment(&args.name));
    let mut client = args.client.client()?;
    let empty = Full::new(Bytes::new()).map_err(|never| match never {}).boxed();
    let response = client.open(Method::GET, &path, None, empty).await?;
    let status = response.status();
    let mut body = response.into_body();
    if !status.is_success() {
        let body =
            body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        return Err(Reply { status, body, retry_after: None }.problem().into());
    }
    let mut to: Box<dyn AsyncWrite + Unpin> = match &args.output {
        Some(file) => Box::new(
            tokio::fs::File::create(file)
                .await
                .with_context(|| format!("cannot write {}", file.display()))?,
        ),
        None => Box::new(tokio::io::stdout()),
    };
    let bar = if args.output.is_some() && output::is_terminal() && !out.is_json() {
        indicatif::ProgressBar::new_spinner()
    } else {
        indicatif::ProgressBar::hidden()
    };
    let (mut bytes, mut lines) = (0_u64, 0_u64);
    while let Some(frame) = body.frame().await {
        let frame = frame.context("the export broke off; what was written is incomplete")?;
        let Ok(data) = frame.into_data() else { continue };
        bytes += data.len() as u64;
        lines += text::line_ends(&data);
        to.write_all(&data).await.context("cannot write the export")?;
        bar.set_message(format!("{} rows, {}", text::grouped(lines), text::bytes(bytes)));
    }
    to.flush().await.context("cannot write the export")?;
    bar.finish_and_clear();
    if let Some(file) = &args.output {
        let rows = if matches!(args.format, Format::Csv) { lines.saturating_sub(1) } else { lines };
        let text =
            format!("{} rows, {} → {}", text::grouped(rows), text::bytes(bytes), file.display());
        out.result(&json!({"rows": rows, "bytes": bytes, "file": file}), &text);
    }
    Ok(exit::OK)
}
