//! `tandem doctor`: what keeps a server from running well.

mod outside;
mod server;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;
use tandem_store::{StoreError, maintenance};

use super::ledger::{self, Verification};
use crate::config::{DataArgs, Setting, Settings};
use crate::notify::NotifyArgs;
use crate::output::{self, Out};
use crate::{env, exit, text};

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Address and port the server would listen on
    #[arg(long, value_name = "ADDRESS", env = env::LISTEN, hide_env_values = true)]
    listen: Option<String>,
    #[command(flatten)]
    notify: NotifyArgs,
    /// Secrets, as `serve` takes them: NAME=VARIABLE (repeatable)
    #[arg(long = "secret", value_name = "NAME=VARIABLE[@ORIGIN]")]
    secrets: Vec<String>,
    /// The chat may be on this machine or in a private network, also by plain http, as `serve` takes it
    #[arg(long)]
    webhook_allow_private: bool,
    /// Ask a running server, too: its notifications, channels, webhooks, models of chains and ledger
    #[arg(long, value_name = "URL", env = env::URL, hide_env_values = true)]
    url: Option<String>,
    /// API key of an administrator, for --url
    #[arg(long, value_name = "KEY", env = env::KEY, hide_env_values = true)]
    key: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    Note,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    finding: String,
    /// What to do about it; empty where nothing is to be done.
    mend: String,
}

fn check(name: &'static str, state: State, finding: impl Into<String>) -> Check {
    Check { name, state, finding: finding.into(), mend: String::new() }
}

impl Check {
    /// The same with what to do about it, where something is.
    fn mend(mut self, mend: impl Into<String>) -> Self {
        if self.state != State::Good {
            self.mend = mend.into();
        }
        self
    }
}

/// Looks at everything and says what is bad; exit code 1 if anything is.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut settings = Settings::read(&args.data, args.listen, false)?;
    settings.notify = args.notify.or(&settings.notify);
    if !args.secrets.is_empty() {
        settings.secrets = Setting { value: args.secrets, from: "given" };
    }
    if args.webhook_allow_private {
        settings.webhook_allow_private = Setting { value: true, from: "given" };
    }
    let dir = settings.data_dir.value.as_path();
    let mut checks = Vec::new();
    if settings.database.value.is_none() {
        directory(dir, &mut checks);
        disk(dir, &mut checks);
        let locked = database(dir, &mut checks);
        if !locked {
            ledger_of(&settings, &mut checks).await;
        }
    }
    key_and_witness(&settings, &mut checks);
    checks.push(port(&settings.listen.value));
    outside::look(&settings, &mut checks).await;
    server::look(args.url.as_deref(), args.key.as_deref(), &mut checks).await;
    checks.push(node());
    let rows = checks.iter().map(|check| {
        let mark = match check.state {
            State::Good => "good",
            State::Note => "note",
            State::Bad => "BAD",
        };
        vec![check.name.to_owned(), mark.to_owned(), check.finding.clone(), check.mend.clone()]
    });
    let table = output::table(&["check", "", "finding", "mend"], rows).to_string();
    out.result(&serde_json::json!({"checks": checks}), &table);
    let bad = checks.iter().any(|check| check.state == State::Bad);
    Ok(if bad { exit::FAILED } else { exit::OK })
}

fn directory(dir: &Path, checks: &mut Vec<Check>) {
    let shown = dir.display();
    checks.push(if !dir.exists() {
        check(
            "data directory",
            State::Note,
            format!("{shown} does not exist yet; `serve` makes it"),
        )
    } else if std::fs::metadata(dir).is_ok_and(|meta| meta.permissions().readonly()) {
        check("data directory", State::Bad, format!("{shown} cannot be written"))
            .mend("give the server's user the right to write there")
    } else {
        check("data directory", State::Good, shown.to_string())
    });
}

/// Integrity of the database; returns whether a server holds it.
fn database(dir: &Path, checks: &mut Vec<Check>) -> bool {
    let file = dir.join(maintenance::DATABASE_FILE);
    if !file.is_file() {
        checks.push(check("database", State::Note, "none yet"));
        return false;
    }
    let locked = matches!(maintenance::hold(dir), Err(StoreError::Locked(_)));
    if locked {
        let finding = "a server runs on this directory; `tandem ledger verify` asks it";
        checks.push(check("lock", State::Note, finding));
    }
    let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
    checks.push(match maintenance::integrity(&file) {
        Ok(faults) if faults.is_empty() => {
            check("database", State::Good, format!("sound, {}", text::bytes(size)))
        }
        Ok(faults) => {
            check("database", State::Bad, format!("damaged: {}; restore a backup", faults[0]))
        }
        Err(error) => check("database", State::Bad, error.to_string()),
    });
    locked
}

async fn ledger_of(settings: &Settings, checks: &mut Vec<Check>) {
    let dir = &settings.data_dir.value;
    if !dir.join(maintenance::DATABASE_FILE).is_file() {
        return;
    }
    let key = &settings.key_file.value;
    let verification = Verification {
        vkey: key.is_file().then(|| ledger::verifier_key(key).ok()).flatten(),
        witness: settings.witness.value.clone().filter(|witness| witness.is_file()),
    };
    checks.push(match ledger::verify_directory(dir, &verification).await {
        Ok(report) => {
            let size = text::grouped(report.size);
            match report.exit_code() {
                exit::OK => {
                    check("ledger", State::Good, format!("{size} events verify, all anchored"))
                }
                exit::UNANCHORED => check(
                    "ledger",
                    State::Note,
                    format!("{size} events verify, the tail is not anchored"),
                ),
                _ => {
                    let first =
                        report.problems.first().map_or("", |problem| problem.detail.as_str());
                    check(
                        "ledger",
                        State::Bad,
                        format!("{} problems, the first: {first}", report.problem_count),
                    )
                }
            }
        }
        Err(error) => check("ledger", State::Bad, format!("{error:#}")),
    });
}

fn key_and_witness(settings: &Settings, checks: &mut Vec<Check>) {
    let key = &settings.key_file.value;
    checks.push(if key.exists() {
        match ledger::verifier_key(key) {
            Ok(vkey) => check(
                "checkpoint key",
                State::Good,
                format!("{}; verifiers pin {vkey}", key.display()),
            ),
            Err(error) => check("checkpoint key", State::Bad, format!("{error:#}")),
        }
    } else {
        check(
            "checkpoint key",
            State::Note,
            format!("{} is made at the first start", key.display()),
        )
    });
    checks.push(match &settings.witness.value {
        None => check("witness", State::Note, "none: the ledger shows as not anchored")
            .mend("give --witness a file, best on another machine"),
        Some(path) if path.exists() => check("witness", State::Good, path.display().to_string()),
        Some(path) => check(
            "witness",
            State::Note,
            format!("{} is made at the first checkpoint", path.display()),
        ),
    });
}

/// Free space (by `df`) and how fast the disk flushes.
fn disk(dir: &Path, checks: &mut Vec<Check>) {
    let there = dir.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    if let Some(free) = free_bytes(there) {
        let state = if free < 1_000_000_000 { State::Bad } else { State::Good };
        let found = check("disk space", state, format!("{} free", text::bytes(free)));
        checks.push(found.mend("free at least 1 GB: a full disk refuses what comes in"));
    }
    let probe = there.join(format!(".tandem-doctor-{}", std::process::id()));
    let measured = std::fs::create_dir(&probe)
        .and_then(|()| crate::bench::flush_median(&probe, Duration::from_millis(300)));
    drop(std::fs::remove_dir_all(&probe));
    checks.push(match measured {
        Ok(ms) => {
            let state = if ms > 20.0 { State::Note } else { State::Good };
            let rate = text::grouped((1e3 / ms.max(1e-3)) as u64);
            check(
                "disk flush",
                state,
                format!("{ms:.2} ms for 4 KiB, {rate}/s; a durable answer waits for one"),
            )
        }
        Err(error) => check("disk flush", State::Bad, format!("{}: {error}", there.display())),
    });
}

fn free_bytes(dir: &Path) -> Option<u64> {
    let df = Command::new("df").arg("-Pk").arg(dir).output().ok()?;
    let text = String::from_utf8(df.stdout).ok()?;
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

fn port(listen: &str) -> Check {
    match std::net::TcpListener::bind(listen) {
        Ok(_) => check("port", State::Good, format!("{listen} is free")),
        Err(error) => check("port", State::Note, format!("{listen}: {error}"))
            .mend("if no Tandem runs there, choose another with --listen"),
    }
}

/// Node builds the web app; a built program does not need it.
fn node() -> Check {
    let version = Command::new("node").arg("--version").output().ok();
    let version = version.and_then(|out| String::from_utf8(out.stdout).ok());
    let version = version.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let major = version
        .as_deref()
        .and_then(|v| v.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match (version, major) {
        (Some(version), Some(major)) if major >= 20 => {
            check("node", State::Good, format!("{version}, for building the web app"))
        }
        (Some(version), _) => {
            check("node", State::Note, format!("{version}; building the web app needs 20 or newer"))
        }
        (None, _) => check("node", State::Note, "not found; only building the web app needs it"),
    }
}
