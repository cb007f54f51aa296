//! `tandem completions SHELL`.

use clap_complete::Shell;

use crate::{args, exit, output};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "tandem", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end());
    Ok(exit::OK)
}
