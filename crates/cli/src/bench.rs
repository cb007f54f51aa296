//! `tandem bench`: what this machine does. The server runs in one process, the load in another; the flush rate of the
//! disk is measured in the same run and printed beside the figures, which it bounds.

pub(crate) mod driver;
mod gates;
mod latency;
mod load;
mod mcp;
mod raw;
mod report;
mod reviews;
mod rig;
mod waits;

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::process::Command;

use crate::exit;
use crate::output::{self, Out};

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Everything is measured through HTTP from a second process on the same machine, which shares its processors with the \
server. Rates and latencies are medians over the rounds. The flush rate (4 KiB written and fdatasync'd, one after the \
other) is taken in the same run on the same file system: a durable answer cannot be faster than one flush, and the disk \
of a rented machine swings by a factor of ten.")]
pub(crate) struct Args {
    /// Small: 20,000 stored cases, short rounds
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// Large: 1,000,000 stored cases; takes several minutes
    #[arg(long)]
    full: bool,
    /// Stored cases to grow to, instead of --quick or --full
    #[arg(long, value_name = "N")]
    cases: Option<u64>,
    /// Only agents and their gates, on an empty database
    #[arg(long)]
    gates: bool,
    /// Only agents that wait over MCP, on an empty database
    #[arg(long, conflicts_with = "gates")]
    mcp: bool,
    /// Print a Markdown table
    #[arg(long)]
    markdown: bool,
    /// Measure over this PostgreSQL database (an empty one) instead of the embedded one
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Where the data directory of the run is made and removed [default: the system's temporary directory]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Median time of a 4 KiB write and flush in `dir`, in milliseconds.
pub(crate) fn flush_median(
    dir: &std::path::Path,
    time: std::time::Duration,
) -> std::io::Result<f64> {
    Ok(raw::flushes(dir, time)?.ms(0.5))
}

/// Starts the driver with as many open files as the system allows, and prints its report.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let cases = args.cases.unwrap_or(match (args.quick, args.full) {
        (true, _) => 20_000,
        (_, true) => 1_000_000,
        _ => 100_000,
    });
    let program = std::env::current_exe().context("cannot find the program's own file")?;
    let mut driver = if cfg!(unix) {
        // Ten thousand parked callers are as many sockets on either side.
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -n \"$(ulimit -H -n)\" 2>/dev/null; exec \"$0\" \"$@\""]);
        shell.arg(&program);
        shell
    } else {
        Command::new(&program)
    };
    driver.arg("bench-driver").args(["--cases", &cases.to_string()]);
    if args.quick {
        driver.arg("--quick");
    }
    if args.gates {
        driver.arg("--gates");
    }
    if args.mcp {
        driver.arg("--mcp");
    }
    if let Some(url) = &args.database {
        driver.args(["--database", url]);
    }
    if let Some(dir) = &args.dir {
        driver.arg("--dir").arg(dir);
    }
    driver.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let done = driver.spawn().context("cannot start the driver")?.wait_with_output().await?;
    if !done.status.success() {
        bail!("the driver ended with {}; its message is above", done.status);
    }
    let report: report::Report =
        serde_json::from_slice(&done.stdout).context("the driver's report cannot be read")?;
    if args.markdown && !out.is_json() {
        output::line(&report.markdown());
    } else {
        out.result(&report, &report.table());
    }
    Ok(exit::OK)
}
