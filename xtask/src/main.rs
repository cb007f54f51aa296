//! The repository's own rules and chores as a program: `cargo xtask <command>`.
//!
//! `tidy` checks what the compiler cannot, `codegen` writes every generated file, `test` runs
//! everything on a fresh machine, `crash` runs the kill -9 harness for longer, `bench-peers` compares with
//! the reference libraries.

mod codegen;
mod peers;
mod postgres;
mod sh;
mod test;
mod tidy;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of this repository")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check crate edges, module docs, where SQL and the environment are used, sizes
    Tidy,
    /// Write every generated file, or check that each is up to date
    Codegen {
        /// Fail when a file would change
        #[arg(long)]
        check: bool,
    },
    /// Run every check and test: Rust, PostgreSQL, web, browser, Python
    Test {
        /// Only these stages
        #[arg(long, value_delimiter = ',')]
        only: Vec<test::Stage>,
    },
    /// Compare with the reference libraries on one thread, and write docs/benchmarks.md
    BenchPeers {
        /// Only these topics (file names below tools/peers, without ending)
        topics: Vec<String>,
        /// Where the public data sets lie
        #[arg(long, value_name = "DIR")]
        data: Option<String>,
    },
    /// Kill the server at random instants and check that nothing acknowledged is lost
    Crash {
        /// How many kills
        #[arg(long, default_value_t = 200)]
        rounds: u32,
    },
}

fn main() -> Result<()> {
    sh::enter_root()?;
    match Args::parse().command {
        Command::Tidy => tidy::run(),
        Command::Codegen { check } => codegen::run(check),
        Command::Test { only } => test::run(&only),
        Command::BenchPeers { topics, data } => peers::run(&topics, data.as_deref()),
        Command::Crash { rounds } => test::crash(rounds),
    }
}
