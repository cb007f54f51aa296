//! Settings of the server: command line, then environment, then the configuration file, then the default.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tandem_domain::Span;

use crate::exit::Coded;
use crate::notify::NotifyArgs;
use crate::{env, paths};

/// Where the data is and how the ledger is kept; shared by every command that opens a database itself.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct DataArgs {
    /// Data directory of the embedded database [default: tandem-data]
    #[arg(long, value_name = "DIR", env = env::DATA_DIR, hide_env_values = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Use this PostgreSQL database instead of the embedded one (postgres://…)
    #[arg(long, value_name = "URL", env = env::DATABASE, hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// File with the secret key that signs checkpoints, outside the data directory; made when missing
    #[arg(long, value_name = "FILE", env = env::KEY_FILE, hide_env_values = true)]
    pub(crate) key_file: Option<PathBuf>,
    /// Append every signed checkpoint to this file, outside the data directory and best on another machine
    #[arg(long, value_name = "FILE", env = env::WITNESS, hide_env_values = true)]
    pub(crate) witness: Option<PathBuf>,
    /// Keep no witness file: the ledger then shows as not anchored
    #[arg(long, conflicts_with = "witness")]
    pub(crate) no_witness: bool,
    /// Configuration file [default: tandem.toml, if it is there]
    #[arg(long, value_name = "FILE", env = env::CONFIG, hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
}

/// The configuration file, TOML.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file")]
pub(crate) struct File {
    data_dir: Option<PathBuf>,
    database: Option<String>,
    listen: Option<String>,
    public_url: Option<String>,
    allow_remote: Option<bool>,
    key_file: Option<PathBuf>,
    witness: Option<PathBuf>,
    no_witness: Option<bool>,
    publish: Option<PathBuf>,
    webhook_allow_private: Option<bool>,
    model_allow_private: Option<bool>,
    channel_allow_private: Option<bool>,
    mcp_hold: Option<Span>,
    secrets: Option<Vec<String>>,
    smtp_url: Option<String>,
    mail_from: Option<String>,
    smtp_password: Option<String>,
    slack_url: Option<String>,
    slack_token: Option<String>,
    slack_signing_secret: Option<String>,
}

/// The settings of the file with their type, default and meaning, for the reference.
pub(crate) const TABLE: [(&str, &str, &str, &str); 20] = [
    ("data_dir", "path", "`tandem-data`", "data directory of the embedded database"),
    ("database", "text", "none", "`postgres://…`: use this database instead of the embedded one"),
    (
        "listen",
        "text",
        "`127.0.0.1:8460`",
        "address and port to listen on; port 0 picks a free one",
    ),
    (
        "public_url",
        "text",
        "`http://localhost:<port>`",
        "scheme and host under which browsers reach the server; passkeys are bound to it",
    ),
    ("allow_remote", "true or false", "`false`", "allow an address that other machines reach"),
    (
        "key_file",
        "path",
        "`~/.config/tandem/<data directory>/checkpoint.key`",
        "secret key that signs checkpoints; made when missing, readable by its owner alone",
    ),
    (
        "witness",
        "path",
        "`~/.config/tandem/<data directory>/witness.txt`",
        "every signed checkpoint is appended to this file",
    ),
    (
        "no_witness",
        "true or false",
        "`false`",
        "keep no witness file; the ledger then shows as not anchored",
    ),
    (
        "publish",
        "path",
        "none",
        "every message about a case is appended to this file, one CloudEvent a line",
    ),
    (
        "webhook_allow_private",
        "true or false",
        "`false`",
        "let webhooks reach this machine and private networks, also by plain http",
    ),
    (
        "model_allow_private",
        "true or false",
        "`false`",
        "let links of chains and models that check reach this machine and private networks, also by plain http",
    ),
    (
        "channel_allow_private",
        "true or false",
        "`false`",
        "let channels (brokers, help desks) reach this machine and private networks, also without TLS",
    ),
    (
        "mcp_hold",
        "span",
        "`45s`",
        "how long a call over MCP is held while a person decides, 1 s to 2 min; many clients give a call up after 60 s",
    ),
    (
        "secrets",
        "list of texts",
        "none",
        "secrets that loop files may name: `NAME=VARIABLE`, the name of an environment variable that holds it; with `@https://host` at its end it is sent nowhere else",
    ),
    (
        "smtp_url",
        "text",
        "none",
        "mail server that notifications are handed to: `smtps://user@host:465`, or `smtp://user@host:587`, which requires STARTTLS; `?tls=none` for a relay on this machine",
    ),
    ("mail_from", "text", "none", "whom mail comes from, as in `Tandem <tandem@example.org>`"),
    ("smtp_password", "text", "none", "name of the secret that holds the mail server's password"),
    ("slack_url", "text", "none", "base of a Slack-compatible API, as in `https://slack.com/api`"),
    ("slack_token", "text", "`SLACK_BOT_TOKEN`", "name of the secret that holds the bot's token"),
    (
        "slack_signing_secret",
        "text",
        "none",
        "name of the secret with which the chat signs what it calls back; without it no button decides",
    ),
];

/// A setting and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    /// The value.
    pub(crate) value: T,
    /// `given` (command line or environment), `file` or `default`.
    pub(crate) from: &'static str,
}

/// The settings in force.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Data directory; also names the key and witness files of a PostgreSQL node.
    pub(crate) data_dir: Setting<PathBuf>,
    /// PostgreSQL instead of the embedded database.
    pub(crate) database: Setting<Option<String>>,
    /// Address to listen on.
    pub(crate) listen: Setting<String>,
    /// Where browsers reach the server.
    pub(crate) public_url: Setting<Option<String>>,
    /// Whether another than a loopback address is allowed.
    pub(crate) allow_remote: Setting<bool>,
    /// Key that signs checkpoints.
    pub(crate) key_file: Setting<PathBuf>,
    /// Witness file.
    pub(crate) witness: Setting<Option<PathBuf>>,
    /// Where messages about cases go.
    pub(crate) publish: Setting<Option<PathBuf>>,
    /// Whether webhooks may have addresses inside.
    pub(crate) webhook_allow_private: Setting<bool>,
    /// Whether links of chains may have addresses inside.
    pub(crate) model_allow_private: Setting<bool>,
    /// Whether channels may have addresses inside.
    pub(crate) channel_allow_private: Setting<bool>,
    /// How long a call over MCP is held.
    pub(crate) mcp_hold: Setting<Span>,
    /// Secrets by name, and the variables that hold them.
    pub(crate) secrets: Setting<Vec<String>>,
    /// How members are told outside the app.
    pub(crate) notify: NotifyArgs,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

fn pick<T>(given: Option<T>, file: Option<T>, default: impl FnOnce() -> T) -> Setting<T> {
    match (given, file) {
        (Some(value), _) => Setting { value, from: "given" },
        (None, Some(value)) => Setting { value, from: "file" },
        (None, None) => Setting { value: default(), from: "default" },
    }
}

impl Settings {
    /// Brings command line, environment, file and defaults together.
    pub(crate) fn read(
        data: &DataArgs,
        listen: Option<String>,
        allow_remote: bool,
    ) -> anyhow::Result<Self> {
        let (path, file) = read_file(data.config.as_deref())?;
        let data_dir =
            pick(data.data_dir.clone(), file.data_dir, || PathBuf::from(paths::DATA_DIR));
        let database = pick(data.database.clone().map(Some), file.database.map(Some), || None);
        let key_file =
            pick(data.key_file.clone(), file.key_file, || paths::key_file(&data_dir.value));
        let none = (data.no_witness || file.no_witness == Some(true)).then_some(None);
        let witness = if data.no_witness {
            Setting { value: None, from: "given" }
        } else {
            pick(data.witness.clone().map(Some), file.witness.map(Some).or(none), || {
                Some(paths::witness(&data_dir.value))
            })
        };
        Ok(Self {
            listen: pick(listen, file.listen, || paths::LISTEN.to_owned()),
            public_url: pick(
                env::get(env::PUBLIC_URL).map(Some),
                file.public_url.map(Some),
                || None,
            ),
            publish: pick(None, file.publish.map(Some), || None),
            webhook_allow_private: pick(None, file.webhook_allow_private, || false),
            model_allow_private: pick(None, file.model_allow_private, || false),
            channel_allow_private: pick(None, file.channel_allow_private, || false),
            mcp_hold: pick(None, file.mcp_hold, || Span::seconds(45)),
            secrets: pick(None, file.secrets, Vec::new),
            allow_remote: pick(allow_remote.then_some(true), file.allow_remote, || false),
            notify: NotifyArgs {
                smtp_url: file.smtp_url,
                mail_from: file.mail_from,
                smtp_password: file.smtp_password,
                slack_url: file.slack_url,
                slack_token: file.slack_token,
                slack_signing_secret: file.slack_signing_secret,
            },
            data_dir,
            database,
            key_file,
            witness,
            file: path,
        })
    }

    /// Every setting with where it came from; passwords left out.
    pub(crate) fn to_json(&self) -> Value {
        let one = |value: Value, from: &str| json!({"value": value, "from": from});
        let path = |path: &Path| Value::from(path.display().to_string());
        json!({
            "file": self.file.as_deref().map(path),
            "data_dir": one(path(&self.data_dir.value), self.data_dir.from),
            "database": one(self.database.value.as_deref().map(without_password).into(), self.database.from),
            "listen": one(self.listen.value.clone().into(), self.listen.from),
            "public_url": one(self.public_url.value.clone().into(), self.public_url.from),
            "allow_remote": one(self.allow_remote.value.into(), self.allow_remote.from),
            "key_file": one(path(&self.key_file.value), self.key_file.from),
            "publish": one(self.publish.value.as_deref().map(path).into(), self.publish.from),
            "webhook_allow_private": one(self.webhook_allow_private.value.into(), self.webhook_allow_private.from),
            "model_allow_private": one(self.model_allow_private.value.into(), self.model_allow_private.from),
            "channel_allow_private": one(self.channel_allow_private.value.into(), self.channel_allow_private.from),
            "mcp_hold": one(self.mcp_hold.value.to_string().into(), self.mcp_hold.from),
            "secrets": one(crate::secrets::names(&self.secrets.value).into(), self.secrets.from),
            "notify": self.notify.to_json(),
            "witness": one(self.witness.value.as_deref().map(path).into(), self.witness.from),
        })
    }
}

/// A database URL with its password replaced.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    match rest.split_once('@') {
        Some((user, host)) => {
            let user = user.split_once(':').map_or(user, |(user, _)| user);
            format!("{scheme}://{user}@{host}")
        }
        None => url.to_owned(),
    }
}

fn read_file(given: Option<&Path>) -> anyhow::Result<(Option<PathBuf>, File)> {
    let path = given.unwrap_or(Path::new("tandem.toml"));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let file = toml::from_str(&text).map_err(|error| {
                Coded::usage(format!("{}: {}", path.display(), error.to_string().trim_end()))
            })?;
            Ok((Some(path.to_owned()), file))
        }
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            Ok((None, File::default()))
        }
        Err(error) => Err(error)
            .with_context(|| format!("cannot read the configuration file {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_wins_over_the_file_and_the_file_over_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.toml");
        std::fs::write(&path, "listen = \"127.0.0.1:1\"\ndata_dir = \"/from/file\"\n").unwrap();
        let args = DataArgs {
            config: Some(path.clone()),
            data_dir: Some("/given".into()),
            ..DataArgs::default()
        };
        let settings = Settings::read(&args, None, false).unwrap();
        assert_eq!(settings.data_dir, Setting { value: "/given".into(), from: "given" });
        assert_eq!(settings.listen, Setting { value: "127.0.0.1:1".into(), from: "file" });
        assert_eq!(settings.allow_remote, Setting { value: false, from: "default" });
        assert!(settings.witness.value.is_some());
        std::fs::write(&path, "lisen = 1\n").unwrap();
        let error = Settings::read(&args, None, false).unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
        assert_eq!(crate::exit::code_of(&error), crate::exit::USAGE);
    }

    #[test]
    fn the_table_lists_what_the_file_takes() {
        for (name, kind, ..) in TABLE {
            let value = match kind {
                "true or false" => "true",
                "list of texts" => "[\"x\"]",
                "span" => "\"45s\"",
                _ => "\"x\"",
            };
            toml::from_str::<File>(&format!("{name} = {value}")).unwrap();
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(without_password("postgres://u:secret@h:1/d"), "postgres://u@h:1/d");
        assert_eq!(without_password("postgres://h/d"), "postgres://h/d");
        assert_eq!(without_password("host=h password=secret"), "…");
    }
}
