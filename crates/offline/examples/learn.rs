//! `cargo run -p tandem-offline --example learn -- learn aggregate …`: the commands without the rest
//! of the program, for work on them.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use clap::Parser;
use tandem_offline::commands::simulate;
use tandem_offline::{LearnCommand, run};

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    #[command(subcommand)]
    Learn(LearnCommand),
    Simulate(simulate::Args),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Learn(command) => run(command),
        Command::Simulate(args) => simulate::run(args),
    };
    match result {
        Ok(report) if cli.json => println!("{}", report.json),
        Ok(report) => println!("{}", report.text.trim_end()),
        Err(error) => {
            eprintln!("error: {error}");
            return std::process::ExitCode::FAILURE;
        }
    }
    std::process::ExitCode::SUCCESS
}
