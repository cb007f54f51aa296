//! `tandem backup FILE`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::json;
use tandem_store::maintenance;

use crate::config::{DataArgs, Settings};
use crate::output::{self, Out};
use crate::{exit, text};

/// Arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// Copies the database; what is still in the write-ahead log comes along.
pub(crate) fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let settings = Settings::read(&args.data, None, false)?;
    if settings.database.value.is_some() {
        bail!("this database is PostgreSQL: back it up with pg_dump or a base backup");
    }
    let dir = &settings.data_dir.value;
    let database = dir.join(maintenance::DATABASE_FILE);
    if !database.is_file() {
        bail!("there is no database in {}; give the data directory with --data-dir", dir.display());
    }
    let _held = maintenance::hold(dir)?;
    let bar = if output::is_terminal() && !out.is_json() {
        indicatif::ProgressBar::new(0)
    } else {
        indicatif::ProgressBar::hidden()
    };
    // A half-written file must not look like a backup.
    let part = args.file.with_extension("part");
    if args.file.exists() {
        bail!("{} is there already; give another name", args.file.display());
    }
    if part.exists() {
        std::fs::remove_file(&part).with_context(|| format!("cannot remove {}", part.display()))?;
    }
    maintenance::copy(&database, &part, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let faults = maintenance::integrity(&part)?;
    if !faults.is_empty() {
        bail!(
            "the database is damaged, the copy is kept as {}:\n{}",
            part.display(),
            faults.join("\n")
        );
    }
    std::fs::rename(&part, &args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    let size = std::fs::metadata(&args.file)?.len();
    let note = format!(
        "{} → {}, {}\nThe checkpoint key {} and the witness are not in it; keep copies of them elsewhere.",
        dir.display(),
        args.file.display(),
        text::bytes(size),
        settings.key_file.value.display()
    );
    out.result(&json!({"file": args.file, "bytes": size}), &note);
    Ok(exit::OK)
}
