//! `tandem serve`.

use std::path::PathBuf;

use serde_json::json;
use tandem_domain::Span;

use crate::config::{DataArgs, Setting, Settings};
use crate::notify::NotifyArgs;
use crate::output::{self, Out};
use crate::server::Server;
use crate::{env, exit};

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArgs,
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:8460]
    #[arg(long, value_name = "ADDRESS", env = env::LISTEN, hide_env_values = true)]
    listen: Option<String>,
    /// Append every message about a case to this file, one CloudEvent a line
    #[arg(long, value_name = "FILE", env = env::PUBLISH, hide_env_values = true)]
    publish: Option<PathBuf>,
    /// Allow an address that other machines reach; put TLS in front of it
    #[arg(long)]
    allow_remote: bool,
    /// Let webhooks reach this machine and private networks, also by plain http
    #[arg(long)]
    webhook_allow_private: bool,
    /// Let links of chains and models that check reach this machine and private networks, also by plain http
    #[arg(long)]
    model_allow_private: bool,
    /// Let channels (brokers, help desks) reach this machine and private networks, also without TLS
    #[arg(long)]
    channel_allow_private: bool,
    /// How long a call over MCP is held while a person decides, below the time after which clients give up [default: 45s]
    #[arg(long, value_name = "TIME")]
    mcp_hold: Option<Span>,
    /// A secret that loop files and channels may name: NAME=VARIABLE, the name of an environment variable that holds it; with
    /// @https://host at its end it is sent nowhere else (repeatable)
    #[arg(long = "secret", value_name = "NAME=VARIABLE[@ORIGIN]")]
    secrets: Vec<String>,
    /// Scheme and host under which browsers reach the server, as in https://tandem.example.org; links in messages and
    /// passkeys are bound to it [default: http://localhost:PORT]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    notify: NotifyArgs,
}

/// Runs the server until it is told to stop.
pub(crate) async fn run(args: Args, out: Out) -> anyhow::Result<u8> {
    let mut settings = Settings::read(&args.data, args.listen, args.allow_remote)?;
    if let Some(file) = args.publish {
        settings.publish = Setting { value: Some(file), from: "given" };
    }
    if args.webhook_allow_private {
        settings.webhook_allow_private = Setting { value: true, from: "given" };
    }
    if args.model_allow_private {
        settings.model_allow_private = Setting { value: true, from: "given" };
    }
    if args.channel_allow_private {
        settings.channel_allow_private = Setting { value: true, from: "given" };
    }
    if let Some(hold) = args.mcp_hold {
        settings.mcp_hold = Setting { value: hold, from: "given" };
    }
    if !args.secrets.is_empty() {
        settings.secrets = Setting { value: args.secrets, from: "given" };
    }
    if let Some(url) = args.public_url {
        settings.public_url = Setting { value: Some(url), from: "given" };
    }
    settings.notify = args.notify.or(&settings.notify);
    let server = Server::start(&settings, env::get(env::ADMIN_KEY)).await?;
    let url = server.url();
    if out.is_json() {
        output::line(&json!({"url": url, "key": server.first_key()}).to_string());
    } else {
        output::line(&format!("Tandem runs on {url}"));
        if let Some(key) = server.first_key() {
            output::line(&format!(
                "first key, with every right (shown once; keep it): {key}\n\
                 add yourself:  TANDEM_KEY={key} tandem member add 'Your Name' you@example.org --role admin --url {url}"
            ));
        }
        let place = settings.database.value.as_deref().map_or_else(
            || settings.data_dir.value.display().to_string(),
            crate::config::without_password,
        );
        output::line(&format!("data: {place}; stop with Ctrl-C"));
    }
    server.run(None, std::future::pending()).await?;
    Ok(exit::OK)
}
