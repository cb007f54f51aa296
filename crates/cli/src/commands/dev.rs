//! `tandem dev …`: what the program says about itself, for generated files.

use std::fmt::Write as _;

use clap::ValueEnum;

use crate::{args, config, env, exit, output};

/// Arguments of `dev`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which file
    #[arg(value_enum)]
    page: Page,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Page {
    /// openapi.json
    Openapi,
    /// docs/cli.md
    CliReference,
    /// docs/config.md
    ConfigReference,
    /// docs/loop.schema.json
    LoopSchema,
}

/// Prints the page.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let text = match args.page {
        Page::Openapi => tandem_api::openapi_json(),
        Page::CliReference => cli_page(),
        Page::ConfigReference => config_page(),
        Page::LoopSchema => serde_json::to_string_pretty(&tandem_policy::json_schema())?,
    };
    output::line(text.trim_end());
    Ok(exit::OK)
}

const MADE: &str = "<!-- Made by `cargo xtask codegen`; change the code, not this page. -->";

fn cli_page() -> String {
    let mut page = format!(
        "# The command line\n\n{MADE}\n\nEvery command takes `--json` and then prints one JSON document to standard output; \
         progress and errors go to\nstandard error. Client commands (`loop`, `submit`, `export`, `train`, `key`, `member`) talk \
         to a running server; local\ncommands (`backup`, `restore`, `ledger` with `--data-dir`) need the data directory for \
         themselves and refuse while a\nserver runs on it.\n\n## Exit codes\n\n| code | meaning |\n|---|---|\n"
    );
    for (code, meaning) in crate::exit::TABLE {
        let _ = writeln!(page, "| {code} | {meaning} |");
    }
    let mut root = args::command();
    root.build();
    for command in root.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        section(&mut page, command, 2);
    }
    page
}

/// A command with its help; commands below it follow.
fn section(page: &mut String, command: &mut clap::Command, depth: usize) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(page, "\n{} {name}\n\n```text\n{}\n```\n", "#".repeat(depth), help.join("\n"));
    for below in
        command.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        section(page, below, depth + 1);
    }
}

fn config_page() -> String {
    let mut page = format!(
        "# Configuration\n\n{MADE}\n\nThe command line wins over the environment, the environment over the configuration file, and \
         the file over the default.\n`tandem config` prints what is in force and where each value comes from.\n\n## The file\n\n\
         TOML, `tandem.toml` in the working directory or the file of `--config`. Unknown names are refused.\n\n\
         | name | value | default | meaning |\n|---|---|---|---|\n"
    );
    for (name, kind, default, meaning) in config::TABLE {
        let _ = writeln!(page, "| `{name}` | {kind} | {default} | {meaning} |");
    }
    page.push_str("\n## The environment\n\nThese are all the variables that are read.\n\n| variable | meaning |\n|---|---|\n");
    for (name, meaning) in env::TABLE {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_name_every_command_setting_and_variable() {
        let cli = cli_page();
        for command in args::command().get_subcommands().filter(|c| !c.is_hide_set()) {
            assert!(
                cli.contains(&format!("## tandem {}", command.get_name())),
                "{}",
                command.get_name()
            );
        }
        let config = config_page();
        for (name, _) in env::TABLE {
            assert!(config.contains(name));
        }
        for (name, ..) in config::TABLE {
            assert!(config.contains(name));
        }
    }
}
