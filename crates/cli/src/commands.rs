//! One file per command.

pub(crate) mod absence;
pub(crate) mod backup;
pub(crate) mod batch;
pub(crate) mod case;
pub(crate) mod channel;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod key;
pub(crate) mod ledger;
pub(crate) mod loops;
pub(crate) mod mcp;
pub(crate) mod member;
pub(crate) mod models;
pub(crate) mod permission;
pub(crate) mod person;
pub(crate) mod queue;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod submit;
pub(crate) mod train;
pub(crate) mod try_out;
pub(crate) mod webhook;

use anyhow::Context as _;
use tandem_offline::commands::simulate;
use tandem_offline::{OfflineError, Report};

use crate::args::Command;
use crate::output::Out;
use crate::{agent, bench, demo, exit, telemetry};

/// Runs a command and returns its exit code.
pub(crate) fn run(command: Command, out: Out) -> anyhow::Result<u8> {
    match command {
        Command::Serve(_) => telemetry::start("info"),
        Command::DemoServer(_) | Command::RefundAgent(_) => telemetry::start("warn"),
        _ => telemetry::start("error"),
    }
    match command {
        Command::Demo(args) => block_on(demo::run(args, out)),
        Command::Serve(args) => block_on(serve::run(args, out)),
        Command::Loop(args) => block_on(loops::run(args, out)),
        Command::Model(args) => block_on(models::run(args, out)),
        Command::Submit(args) => block_on(submit::run(args, out)),
        Command::Export(args) => block_on(export::run(args, out)),
        Command::Train(args) => block_on(train::run(args, out)),
        Command::Ledger(args) => block_on(ledger::run(args, out)),
        Command::Queue(args) => block_on(queue::run(args, out)),
        Command::Mcp(args) => block_on(mcp::run(args)),
        Command::Case(args) => block_on(case::run(args, out)),
        Command::Key(args) => block_on(key::run(args, out)),
        Command::Webhook(args) => block_on(webhook::run(args, out)),
        Command::Channel(args) => block_on(channel::run(args, out)),
        Command::Permission(args) => block_on(permission::run(args, out)),
        Command::Member(args) => block_on(member::run(args, out)),
        Command::Absence(args) => block_on(absence::run(args, out)),
        Command::Person(args) => block_on(person::run(args, out)),
        Command::Batch(args) => block_on(batch::run(args, out)),
        Command::Backup(args) => backup::run(args, out),
        Command::Restore(args) => block_on(restore::run(args, out)),
        Command::Doctor(args) => block_on(doctor::run(args, out)),
        Command::Learn(command) => offline(tandem_offline::run(&command), out),
        Command::Simulate(args) => offline(simulate::run(&args), out),
        Command::Try(args) => block_on(try_out::run(args, out)),
        Command::Bench(args) => block_on(bench::run(args, out)),
        Command::Completions(args) => completions::run(&args),
        Command::Config(args) => config::run(&args, out),
        Command::Dev(args) => dev::run(&args),
        Command::DemoServer(args) => block_on(demo::server::run(args)),
        Command::RefundAgent(args) => block_on(agent::run(args)),
        Command::BenchDriver(args) => block_on(bench::driver::run(args)),
    }
}

/// Prints what a command over files found.
fn offline(found: Result<Report, OfflineError>, out: Out) -> anyhow::Result<u8> {
    let report = match found {
        Err(OfflineError::Usage(message)) => return Err(exit::Coded::usage(message).into()),
        found => found?,
    };
    out.result(&report, &report.text);
    Ok(exit::OK)
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(work);
    // Parked blocking work (a reader of standard input) must not keep the process alive.
    runtime.shutdown_background();
    result
}
