//! `tandem ledger bundle|verify`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use serde_json::json;
use tandem_engine::Principal;
use tandem_engine::ledger::verify_store;
use tandem_ledger::verify::{Report, Verifier};

use crate::args::ClientArgs;
use crate::config::{DataArgs, Settings};
use crate::exit::{self, Coded};
use crate::output::Out;
use crate::{keyfile, server, text};

/// Problems shown in full.
const SHOWN: usize = 20;

/// Arguments of `ledger`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the ledger and the rows it speaks of to a file that anybody can verify
    Bundle {
        /// The file to write
        file: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Verify a bundle, a data directory no server uses, or the ledger of a running server
    ///
    /// Exit codes: 0 verified, and a witness holds a checkpoint over the last event; 1 problems; 2 verified, but with a
    /// tail (or, without a witness, all of it) that no witness holds; 3 nothing could be verified.
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
struct VerifyArgs {
    /// A bundle; without it and without --data-dir the running server verifies its own ledger
    #[arg(conflicts_with_all = ["data_dir", "database"])]
    bundle: Option<PathBuf>,
    /// A data directory no server uses
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A PostgreSQL database
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The key that must have signed, obtained from elsewhere: without it damage is found, forgery is not
    #[arg(long, value_name = "KEY")]
    vkey: Option<String>,
    /// Checkpoints kept outside the data directory
    #[arg(long, value_name = "FILE")]
    witness: Option<PathBuf>,
    #[command(flatten)]
    client: ClientArgs,
}

/// What a ledger is verified against.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verification {
    /// The pinned key.
    pub(crate) vkey: Option<String>,
    /// The witness file.
    pub(crate) witness: Option<PathBuf>,
}

/// Runs it.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    match args.what {
        What::Bundle { file, data } => bundle(&file, &data, out).await,
        What::Verify(args) => verify(args, out).await,
    }
}

async fn bundle(file: &Path, data: &DataArgs, out: Out) -> anyhow::Result<u8> {
    let settings = Settings::read(data, None, false)?;
    let engine = server::open_engine(&settings, false).await?;
    engine.checkpoint_now().await?;
    let written = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    let system = Principal::system(tandem_engine::accounts::DEFAULT_SPACE);
    engine.ledger_bundle(&system, written).await?;
    let vkey = verifier_key(&settings.key_file.value)?;
    engine.shutdown().await;
    let size = std::fs::metadata(file)?.len();
    let note = format!(
        "{} written, {}\nverify it anywhere:  tandem ledger verify {} --vkey '{vkey}'",
        file.display(),
        text::bytes(size),
        file.display()
    );
    out.result(&json!({"file": file, "bytes": size, "vkey": vkey}), &note);
    Ok(exit::OK)
}

/// The public half of the signing key in a key file.
pub(crate) fn verifier_key(key_file: &Path) -> anyhow::Result<String> {
    Ok(keyfile::load_or_create(key_file, None)?.verifier().to_string())
}

async fn verify(args: VerifyArgs, out: Out) -> anyhow::Result<u8> {
    let verification = Verification { vkey: args.vkey, witness: args.witness };
    let report = match (&args.bundle, &args.data_dir, &args.database) {
        (Some(bundle), ..) => unreadable(verify_file(bundle, &verification))?,
        (None, Some(dir), None) => {
            require_database(dir)?;
            let report = verify_directory(dir, &verification).await;
            match report {
                Err(error) if exit::code_of(&error) == exit::LOCKED => return Err(error),
                other => unreadable(other)?,
            }
        }
        (None, _, Some(url)) => {
            let database = tandem_store::Database::Postgres { url: url.clone() };
            unreadable(verify_database(database, &verification).await)?
        }
        (None, None, None) => {
            let mut client = args.client.client()?;
            let report = client.post("/v1/ledger/verify", &json!({})).await?;
            return Ok(print_server_report(&report, out));
        }
    };
    out.result(&report, &describe(&report));
    Ok(report.exit_code())
}

fn require_database(dir: &Path) -> anyhow::Result<()> {
    if dir.join(tandem_store::maintenance::DATABASE_FILE).is_file() {
        return Ok(());
    }
    let message = format!("there is no database in {}", dir.display());
    Err(Coded { code: exit::UNREADABLE, message }.into())
}

/// Turns every failure into "nothing could be verified".
fn unreadable<T>(result: anyhow::Result<T>) -> anyhow::Result<T> {
    result.map_err(|error| Coded { code: exit::UNREADABLE, message: format!("{error:#}") }.into())
}

/// Verifies a bundle file.
pub(crate) fn verify_file(bundle: &Path, against: &Verification) -> anyhow::Result<Report> {
    let open = |path: &Path| {
        File::open(path)
            .map(BufReader::new)
            .with_context(|| format!("cannot read {}", path.display()))
    };
    let witness = against.witness.as_deref().map(open).transpose()?;
    Ok(Verifier::new(against.vkey.as_deref(), witness)?.verify(open(bundle)?)?)
}

/// Verifies the database of a data directory no server uses.
pub(crate) async fn verify_directory(dir: &Path, against: &Verification) -> anyhow::Result<Report> {
    verify_database(tandem_store::Database::Sqlite { dir: dir.to_owned() }, against).await
}

async fn verify_database(
    database: tandem_store::Database,
    against: &Verification,
) -> anyhow::Result<Report> {
    let store = server::open_store(database).await?;
    let Verification { vkey, witness } = against.clone();
    if let Some(witness) = &witness {
        ensure!(witness.is_file(), "there is no witness file {}", witness.display());
    }
    let verified = tokio::task::spawn_blocking(move || {
        let report = verify_store(&store, vkey, witness);
        store.close();
        report
    });
    Ok(verified.await.context("the verification failed")??)
}

fn describe(report: &Report) -> String {
    let mut text = String::new();
    for problem in report.problems.iter().take(SHOWN) {
        let at = problem.index.map_or_else(String::new, |index| format!(" event {index}"));
        let id = problem.id.as_ref().map_or_else(String::new, |id| format!(" ({id})"));
        let _ = writeln!(text, "{}{at}{id}: {}", problem.code, problem.detail);
    }
    if report.problem_count > SHOWN as u64 {
        let _ = writeln!(text, "… {} problems in all", text::grouped(report.problem_count));
    }
    let anchored = report.anchored_size.unwrap_or(0);
    let (events, rows) = (text::grouped(report.size), text::grouped(report.rows));
    let verdict = match report.exit_code() {
        exit::OK => {
            format!("VERIFIED: {events} events and {rows} rows, all anchored by the witness")
        }
        exit::FAILED => format!(
            "NOT VERIFIED: {events} events and {rows} rows, {} problems",
            report.problem_count
        ),
        _ if anchored == 0 => format!(
            "VERIFIED, NOT ANCHORED: {events} events and {rows} rows fit each other; give --witness to see that none was rewritten"
        ),
        _ => format!(
            "VERIFIED, with an unanchored tail: {events} events and {rows} rows; the witness covers the first {}",
            text::grouped(anchored)
        ),
    };
    text.push_str(&verdict);
    if !report.pinned {
        text.push_str("\nThe key came with the ledger; give --vkey to find forgery too.");
    }
    text
}

/// Prints what a server found in its own ledger and returns the exit code.
fn print_server_report(report: &serde_json::Value, out: Out) -> u8 {
    let number = |name: &str| report[name].as_u64();
    let problems = report["problems"].as_array().map_or(0, Vec::len);
    let (size, anchored) =
        (number("size").or(number("events")).unwrap_or(0), number("anchored_size"));
    let (code, verdict) = match anchored {
        _ if problems > 0 => (exit::FAILED, format!("NOT VERIFIED: {problems} problems")),
        Some(anchored) if anchored == size => (exit::OK, "VERIFIED and anchored".to_owned()),
        Some(anchored) => (exit::UNANCHORED, format!("VERIFIED; the witness covers {anchored}")),
        None => (exit::UNANCHORED, "VERIFIED, NOT ANCHORED".to_owned()),
    };
    let details = report["problems"].as_array().into_iter().flatten().take(SHOWN);
    let details: Vec<&str> = details.filter_map(|p| p["detail"].as_str()).collect();
    let details = details
        .iter()
        .flat_map(|detail| {
            [
                "
  ", detail,
            ]
        })
        .collect::<String>();
    out.result(
        report,
        &format!("{verdict}: {} events, by the server itself{details}", text::grouped(size)),
    );
    code
}
