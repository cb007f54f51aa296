//! `tandem`: the one binary. Arguments, configuration, telemetry and wiring; everything else lives in the other crates.

mod agent;
mod args;
mod bench;
mod commands;
mod config;
mod demo;
mod env;
mod exit;
mod http;
mod keyfile;
mod notify;
mod output;
mod paths;
mod random;
mod secrets;
mod server;
mod telemetry;
mod text;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` come this way too and are no mistakes.
            let code = if error.use_stderr() { exit::USAGE } else { exit::OK };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    let out = output::Out::new(cli.json);
    match commands::run(cli.command, out) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            out.error(&error);
            ExitCode::from(exit::code_of(&error))
        }
    }
}
