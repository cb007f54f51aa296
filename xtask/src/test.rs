//! Everything, on a fresh machine with Rust and Node: cheap checks first, each runner's own closing
//! lines on the terminal, every stage run even when one before it failed.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::{codegen, postgres::Cluster, sh, tidy};

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// Format, tidy, generated files, lints
    Lint,
    /// Rust tests, on SQLite and on PostgreSQL
    Rust,
    /// Types, lint and unit tests of the web app; MCP clients in TypeScript against the real binary
    Web,
    /// The web app in Chromium against the real binary
    Browser,
    /// The Python client against the real binary, and the second verifier
    Python,
}

/// Everything is built once, with the protocols of brokers; a build without them differs by a small crate.
const FEATURES: [&str; 2] = ["--features", "tandem-cli/nats,tandem-cli/amqp"];

const ALL: [Stage; 5] = [Stage::Lint, Stage::Rust, Stage::Web, Stage::Browser, Stage::Python];

pub(crate) fn run(only: &[Stage]) -> Result<()> {
    let mut failed = Vec::new();
    let start = Instant::now();
    for stage in ALL.into_iter().filter(|stage| only.is_empty() || only.contains(stage)) {
        let begun = Instant::now();
        sh::say(&format!("\n== {stage:?}"));
        let result = match stage {
            Stage::Lint => lint(),
            Stage::Rust => rust(),
            Stage::Web => web(),
            Stage::Browser => browser(),
            Stage::Python => python(),
        };
        let seconds = begun.elapsed().as_secs();
        match result {
            Ok(()) => sh::say(&format!("== {stage:?}: ok ({seconds} s)")),
            Err(error) => {
                sh::say(&format!("== {stage:?}: FAILED ({seconds} s): {error:#}"));
                failed.push(stage);
            }
        }
    }
    sh::say(&format!("\nall stages took {} s", start.elapsed().as_secs()));
    if !failed.is_empty() {
        bail!("failed: {failed:?}");
    }
    Ok(())
}

/// Runs several steps, all of them, and reports every one that failed.
fn all(steps: &mut [(&str, &mut dyn FnMut() -> Result<()>)]) -> Result<()> {
    let mut failed = Vec::new();
    for (name, step) in steps {
        if let Err(error) = step() {
            sh::say(&format!("{name}: {error:#}"));
            failed.push(*name);
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join(", "));
    }
    Ok(())
}

fn lint() -> Result<()> {
    all(&mut [
        ("format", &mut || sh::run("cargo", &["fmt", "--all", "--check"])),
        ("tidy", &mut tidy::run),
        ("generated files", &mut || codegen::run(true)),
        ("clippy", &mut || {
            let mut args = vec!["clippy", "--workspace", "--all-targets", "--locked"];
            args.extend(FEATURES);
            args.extend(["--", "-D", "warnings"]);
            sh::run("cargo", &args)
        }),
    ])
}

fn rust() -> Result<()> {
    brokers()?;
    let cluster = Cluster::start()?;
    // Property tests draw the same cases each time here, so that a change is judged by itself; `cargo test`
    // alone draws new ones.
    let seed = std::env::var("PROPTEST_RNG_SEED").unwrap_or_else(|_| "20260101".to_owned());
    let env =
        [("TANDEM_TEST_POSTGRES", cluster.url.as_str()), ("PROPTEST_RNG_SEED", seed.as_str())];
    let on_postgres = [("TANDEM_TEST_DATABASE", "postgres"), env[0], env[1]];
    all(&mut [
        ("tests", &mut || {
            let mut args = vec!["test", "--workspace", "--locked", "--no-fail-fast"];
            args.extend(FEATURES);
            sh::run_with("cargo", &args, &env)
        }),
        // Store and engine run every test on both databases by themselves.
        ("HTTP on PostgreSQL", &mut || {
            let args = ["test", "--locked", "--package", "tandem-api", "--test", "it"];
            sh::run_with("cargo", &args, &on_postgres)
        }),
    ])
}

/// The servers that tests of channels start, each on ports and in a directory of its own.
fn brokers() -> Result<()> {
    let there = |paths: &[&str]| paths.iter().any(|path| Path::new(path).exists());
    let nats = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
    if !there(&nats) {
        sh::apt_install(&["nats-server"], "NATS's server is needed for the tests of channels")?;
    }
    if !there(&["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/local/sbin/rabbitmq-server"]) {
        sh::apt_install(&["rabbitmq-server"], "RabbitMQ is needed for the tests of channels")?;
    }
    Ok(())
}

/// The debug binary.
fn binary() -> Result<String> {
    let text = sh::output("cargo", &["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: serde_json::Value = serde_json::from_str(&text)?;
    let target =
        metadata["target_directory"].as_str().context("cargo names no target directory")?;
    Ok(format!("{target}/debug/tandem"))
}

/// Builds the debug binary; returns where it is.
pub(crate) fn build_binary() -> Result<String> {
    let mut args = vec!["build", "--locked", "--package", "tandem-cli"];
    args.extend(FEATURES);
    sh::run("cargo", &args)?;
    binary()
}

fn npm_install() -> Result<()> {
    if !sh::has("npm", "--version") {
        bail!("Node 20.19 or newer with npm is needed for the web app");
    }
    if Path::new("web/node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    sh::fetch("npm", &["--prefix", "web", "ci", "--no-audit", "--no-fund"], &[])
}

/// The protocol's own clients and its conformance suite, against the real binary.
fn mcp_clients() -> Result<()> {
    let place = "sdk/tests/mcp-clients";
    if !Path::new(place).join("node_modules/.package-lock.json").exists() {
        sh::fetch("npm", &["--prefix", place, "ci", "--no-audit", "--no-fund"], &[])?;
    }
    let binary = build_binary()?;
    sh::run_with("npm", &["--prefix", place, "test"], &[("TANDEM_BIN", &binary)])
}

fn web() -> Result<()> {
    npm_install()?;
    all(&mut [
        ("check", &mut || sh::run("npm", &["--prefix", "web", "run", "check"])),
        ("unit tests", &mut || sh::run("npm", &["--prefix", "web", "test"])),
        ("MCP clients", &mut mcp_clients),
    ])
}

fn browser() -> Result<()> {
    npm_install()?;
    if !sh::has("chromium", "--version") {
        sh::apt_install(
            &["chromium", "fonts-dejavu-core"],
            "Chromium is needed for the browser tests",
        )?;
    }
    let binary = build_binary()?;
    sh::run_with("npm", &["--prefix", "web", "run", "e2e"], &[("TANDEM_BIN", &binary)])
}

/// What the example in JavaScript is tested with; its tests are skipped where there is no npm.
fn javascript_peers() -> Result<()> {
    if !sh::has("npm", "--version") || Path::new("examples/vercel-ai/node_modules/ai").exists() {
        return Ok(());
    }
    sh::fetch("npm", &["--prefix", "examples/vercel-ai", "ci", "--no-audit", "--no-fund"], &[])
}

fn python() -> Result<()> {
    let binary = build_binary()?;
    let venv = std::env::temp_dir().join(format!("tandem-python-{}", std::process::id()));
    let dir = venv.to_string_lossy().into_owned();
    if sh::run("python3", &["-m", "venv", &dir]).is_err() {
        sh::apt_install(&["python3", "python3-venv"], "Python is needed for its client's tests")?;
        sh::run("python3", &["-m", "venv", &dir])?;
    }
    let python = format!("{dir}/bin/python");
    let mut install = vec!["-m", "pip", "install", "-q", "--no-compile"];
    install.extend(["--retries", "10", "--timeout", "60", "-e", "sdk/python[test,peers]"]);
    let result =
        sh::fetch(&python, &install, &[]).and_then(|()| javascript_peers()).and_then(|()| {
            all(&mut [
                ("client", &mut || {
                    let args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "sdk/python/tests"];
                    sh::run_with(&python, &args, &[("TANDEM_BIN", &binary)])
                }),
                ("second verifier", &mut || {
                    sh::run(&python, &["-m", "unittest", "discover", "-s", "tools/tests"])
                }),
            ])
        });
    if let Err(error) = std::fs::remove_dir_all(&venv) {
        sh::say(&format!("removing {dir}: {error}"));
    }
    result
}

/// Runs the kill -9 harness for `rounds` rounds on the release binary.
pub(crate) fn crash(rounds: u32) -> Result<()> {
    let rounds = rounds.to_string();
    sh::run_with(
        "cargo",
        &[
            "test",
            "--locked",
            "--package",
            "tandem-cli",
            "--test",
            "it",
            "crash",
            "--",
            "--nocapture",
        ],
        &[("TANDEM_CRASH_ROUNDS", &rounds)],
    )
}
