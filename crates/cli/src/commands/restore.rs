//! `tandem restore FILE`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::json;
use tandem_store::maintenance;

use super::ledger::{self, Verification};
use crate::config::{DataArgs, Settings};
use crate::exit;
use crate::output::Out;

/// Arguments of `restore`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A file written by `tandem backup`
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// Copies the backup into an empty data directory, checks the database, and verifies the ledger against key and
/// witness where they are there.
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
    let key = &settings.key_file.value;
    let verification = Verification {
        vkey: key.is_file().then(|| ledger::verifier_key(key)).transpose()?,
        witness: settings.witness.value.clone().filter(|witness| witness.is_file()),
    };
    let report = ledger::verify_directory(dir, &verification)
        .await
        .context("the data are restored, but the ledger cannot be verified")?;
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
    let text = format!("{} → {}: {verdict}", args.file.display(), dir.display());
    out.result(
        &json!({"data_dir": dir, "verified": code != exit::FAILED, "ledger": report}),
        &text,
    );
    Ok(if code == exit::FAILED { exit::FAILED } else { exit::OK })
}
