//! `tandem restore FILE`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::json;
use tandem_ledger::verify::{Code, Report, witness_newest};
use tandem_store::{Database, maintenance};

use super::ledger::{self, Verification};
use crate::config::{DataArgs, Settings};
use crate::output::Out;
use crate::{exit, keyfile, server};

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file written by `tandem backup`
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// Copies the backup into an empty data directory, checks the database, and verifies the ledger against key and
/// witness where they are there. Where the witness holds a checkpoint over more events than the backup has, the ledger
/// goes on as a new log with a new key.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let settings = Settings::read(&args.data, None, false)?;
    if settings.database.value.is_some() {
        bail!("this restores embedded databases only; use pg_restore for PostgreSQL");
    }
    let dir = &settings.data_dir.value;
    let database = dir.join(maintenance::DATABASE_FILE);
    let faults = maintenance::integrity(&args.file)?;
    if !faults.is_empty() {
        bail!("{} is damaged, nothing was restored:\n{}", args.file.display(), faults.join("\n"));
    }
    let held = maintenance::hold(dir)?;
    if database.exists() {
        bail!("{} holds a database already; restore into an empty directory", dir.display());
    }
    maintenance::copy(&args.file, &database, |_, _| {})?;
    drop(held);
    let mut report = verify(&settings).await?;
    let below = report.problems.iter().all(|problem| problem.code == Code::BelowWitness);
    let renewed = if report.problem_count == 1 && below {
        let renewed = begin_again(&settings).await?;
        report = verify(&settings).await?;
        Some(renewed)
    } else {
        None
    };
    let code = report.exit_code();
    let verdict = match code {
        exit::OK => "the ledger verifies and is anchored to its last event".to_owned(),
        exit::UNANCHORED => {
            "the ledger verifies; its tail, or all of it, is not anchored".to_owned()
        }
        _ => format!(
            "the ledger has {} problems, the first: {}",
            report.problem_count,
            report.problems.first().map_or("", |problem| problem.detail.as_str())
        ),
    };
    let mut text = format!("{} → {}: {verdict}", args.file.display(), dir.display());
    if let Some(renewed) = &renewed {
        let _ = write!(
            text,
            "\nThe witness holds a checkpoint of {} events, the backup has fewer: what came after it is lost. The ledger goes on \
             under a new name, {}, with a `restored` event that says so.\nGive verifiers the new key: {}\nThe old signing key \
             is kept as {}; outside verifiers that pin the old key will, rightly, refuse the new log.",
            renewed.witnessed,
            renewed.origin,
            renewed.vkey,
            renewed.old_key.display()
        );
    }
    let new_origin = renewed.map(|renewed| {
        json!({
            "origin": renewed.origin,
            "vkey": renewed.vkey,
            "witnessed_size": renewed.witnessed,
            "old_key": renewed.old_key,
        })
    });
    let result = json!({
        "data_dir": dir,
        "verified": code != exit::FAILED,
        "ledger": report,
        "new_origin": new_origin,
    });
    out.result(&result, &text);
    Ok(if code == exit::FAILED { exit::FAILED } else { exit::OK })
}

async fn verify(settings: &Settings) -> anyhow::Result<Report> {
    let key = &settings.key_file.value;
    let verification = Verification {
        vkey: key.is_file().then(|| ledger::verifier_key(key)).transpose()?,
        witness: settings.witness.value.clone().filter(|witness| witness.is_file()),
    };
    ledger::verify_directory(&settings.data_dir.value, &verification)
        .await
        .context("the data are restored, but the ledger cannot be verified")
}

/// The log that goes on after a restore below the last witnessed size.
struct Renewed {
    origin: String,
    vkey: String,
    witnessed: u64,
    old_key: PathBuf,
}

/// Begins a new log: to go on under the old name would sign a second history of the same size.
async fn begin_again(settings: &Settings) -> anyhow::Result<Renewed> {
    let key_file = &settings.key_file.value;
    let witness = settings.witness.value.as_ref().context("there is no witness")?;
    let old = keyfile::load_or_create(key_file, None)?;
    let file = BufReader::new(File::open(witness)?);
    let newest = witness_newest(file, &old.verifier())?
        .context("the witness holds no checkpoint of this log")?;
    let dir = settings.data_dir.value.clone();
    let store = server::open_store(Database::Sqlite { dir }).await?;
    let (key, old_key) = keyfile::replace(key_file)?;
    let begun = tandem_engine::ledger::begin_again(&store, &key, &newest).await;
    tokio::task::spawn_blocking(move || drop(store)).await?;
    if let Err(error) = begun {
        std::fs::rename(&old_key, key_file)?;
        return Err(error).context("no new log could be begun; the old key is back in its place");
    }
    let engine = server::open_engine(settings, false).await?;
    engine.checkpoint_now().await?;
    engine.shutdown().await;
    let vkey = key.verifier().to_string();
    Ok(Renewed { origin: key.name().to_owned(), vkey, witnessed: newest.size, old_key })
}
