//! The server of the demo, started by `demo` as a child process.

use std::path::PathBuf;

use serde_json::json;
use tokio::io::AsyncReadExt as _;

use super::digits::Digits;
use super::hooks::{self, Hooks, Place};
use crate::config::{DataArgs, Settings};
use crate::server::Server;
use crate::{env, exit, output};

/// Arguments of the demo's server.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[arg(long)]
    data_dir: PathBuf,
    #[arg(long)]
    key_file: PathBuf,
    #[arg(long)]
    witness: PathBuf,
    #[arg(long)]
    listen: String,
}

/// Runs until standard input closes: the supervisor is gone, or wants it to end.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let data = DataArgs {
        data_dir: Some(args.data_dir),
        key_file: Some(args.key_file),
        witness: Some(args.witness),
        ..DataArgs::default()
    };
    let settings = Settings::read(&data, Some(args.listen), false)?;
    let server = Server::start(&settings, env::get(env::ADMIN_KEY)).await?;
    let place = Place {
        data_dir: settings.data_dir.value.clone(),
        key_file: settings.key_file.value.clone(),
        witness: settings.witness.value.clone(),
    };
    let hooks = Hooks::new(server.engine().clone(), Digits::load()?, place);
    output::line(&json!({"url": server.url(), "key": server.first_key()}).to_string());
    let gone = async {
        let mut byte = [0];
        while matches!(tokio::io::stdin().read(&mut byte).await, Ok(n) if n > 0) {}
    };
    server.run(Some(hooks::shared(hooks)), gone).await?;
    Ok(exit::OK)
}
