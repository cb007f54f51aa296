//! The command line.

use clap::{CommandFactory as _, Parser, Subcommand};
use tandem_offline::LearnCommand;
use tandem_offline::commands::simulate;

use crate::commands::{
    absence, backup, batch, case, channel, completions, config as show_config, dev, doctor, export,
    key, ledger, loops, mcp, member, models, permission, person, queue, restore, serve, submit,
    train, try_out, webhook,
};
use crate::{agent, bench, demo, env};

/// Keeps people in charge of automated decisions: what may pass passes, what a person must see waits for one, and a
/// ledger proves all of it.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, max_term_width = 110)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 and 3 see `tandem ledger verify --help`, 64 wrong command line, \
    69 server unavailable, 75 data directory in use, 77 not allowed."
)]
pub(crate) struct Cli {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show everything at once: real handwriting, a learning model, and you in the browser
    Demo(demo::Args),
    /// Run the server
    Serve(serve::Args),
    /// Try your own rows in five minutes: what could pass, what that saves, and the inbox
    Try(try_out::Args),
    /// Statistics over files, without a server: agreement, aggregation, calibration, drift and more
    #[command(subcommand)]
    Learn(LearnCommand),
    /// Replay a labelled data set with simulated reviewers: how many labels a loop will need
    Simulate(simulate::Args),
    /// Publish, list and show loops
    Loop(loops::Args),
    /// Register, measure, promote and list models
    Model(models::Args),
    /// Hand in cases from a file, one JSON object a line
    Submit(submit::Args),
    /// Write decisions, judgments or training data of a loop to a file
    Export(export::Args),
    /// Train a new model of a loop now
    Train(train::Args),
    /// Verify the ledger, or write it to a bundle for others to verify
    Ledger(ledger::Args),
    /// Queues: what waits, pausing, moving cases, freeing what somebody holds
    Queue(queue::Args),
    /// Speak MCP on standard input and output, for hosts that start programs: passes on to a running server
    Mcp(mcp::Args),
    /// Contest decisions for the people affected, and list what is contested
    Case(case::Args),
    /// API keys
    Key(key::Args),
    /// Addresses that signed messages about cases are sent to
    Webhook(webhook::Args),
    /// Channels: brokers that bring cases in or hear of decisions, and help desks
    Channel(channel::Args),
    /// Who is away, and who stands in for them
    Absence(absence::Args),
    /// Which accounts are one natural person
    Person(person::Args),
    /// One sign-off over many waiting calls
    Batch(batch::Args),
    /// Standing permissions: calls of tools that persons allow beforehand
    Permission(permission::Args),
    /// People
    Member(member::Args),
    /// Copy the data directory of a stopped server to a file
    Backup(backup::Args),
    /// Make a data directory of a backup, and verify its ledger
    Restore(restore::Args),
    /// Look for what keeps a server from running well
    Doctor(doctor::Args),
    /// Measure this machine: a server in one process, the load in another
    Bench(bench::Args),
    /// Print a script that completes commands in your shell
    Completions(completions::Args),
    /// Show the settings in force and where each comes from
    Config(show_config::Args),
    /// Print what the generated files hold
    #[command(hide = true)]
    Dev(dev::Args),
    /// The server of the demo; `demo` starts it
    #[command(hide = true)]
    DemoServer(demo::server::Args),
    /// The agent of the demo; `demo` starts it
    #[command(hide = true)]
    RefundAgent(agent::Args),
    /// The load of the bench; `bench` starts it
    #[command(hide = true)]
    BenchDriver(bench::driver::Args),
}

/// How client commands reach the server.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ClientArgs {
    /// Address of the server
    #[arg(long, global = true, value_name = "URL", env = env::URL, hide_env_values = true, default_value = "http://127.0.0.1:8460")]
    pub(crate) url: String,
    /// API key
    #[arg(long, global = true, value_name = "KEY", env = env::KEY, hide_env_values = true)]
    pub(crate) key: Option<String>,
}

impl ClientArgs {
    /// A client of that server.
    pub(crate) fn client(&self) -> Result<crate::http::Client, crate::http::ClientError> {
        Ok(crate::http::Client::new(&crate::http::Target::new(&self.url, self.key.as_deref())?))
    }
}

/// The clap command, for completions and the reference.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::command().debug_assert();
    }
}
