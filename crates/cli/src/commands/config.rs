//! `tandem config`: the settings in force.

use crate::config::{DataArgs, Settings};
use crate::output::{self, Out};
use crate::{env, exit};

/// Arguments of `config`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", env = env::LISTEN, hide_env_values = true)]
    listen: Option<String>,
}

/// Prints them, each with where it came from.
pub(crate) fn run(args: &Args, out: Out) -> anyhow::Result<u8> {
    let settings = Settings::read(&args.data, args.listen.clone(), false)?.to_json();
    let rows = settings.as_object().into_iter().flatten().filter(|(name, _)| *name != "file").map(
        |(name, setting)| {
            let value = match &setting["value"] {
                serde_json::Value::Null => "none".to_owned(),
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            vec![name.clone(), value, setting["from"].as_str().unwrap_or_default().to_owned()]
        },
    );
    let table = output::table(&["setting", "value", "from"], rows);
    let file = settings["file"].as_str().unwrap_or("none");
    out.result(&settings, &format!("configuration file: {file}\n{table}"));
    Ok(exit::OK)
}
