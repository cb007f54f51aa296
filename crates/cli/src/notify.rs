//! How members are told outside the app: the mail server and the chat, with their secrets by name.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::{Value, json};
use tandem_connect::mail::{MailSettings, Mailer};
use tandem_connect::slack::SlackSettings;
use tandem_domain::Span;
use tandem_engine::chain::Secret;
use tandem_engine::notify;

/// How old an event is before a server tells of it.
const GRACE: Span = Span::seconds(5);

/// Options of `serve` and `doctor` about mail and chat.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct NotifyArgs {
    /// Mail server that notifications are handed to: smtps://user@host:465, or smtp://user@host:587, which requires
    /// STARTTLS; ?tls=none for a relay on this machine
    #[arg(long, value_name = "URL")]
    pub(crate) smtp_url: Option<String>,
    /// Whom mail comes from, as in 'Tandem <tandem@example.org>'
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) mail_from: Option<String>,
    /// Name of the secret (see --secret) that holds the mail server's password
    #[arg(long, value_name = "NAME")]
    pub(crate) smtp_password: Option<String>,
    /// Base of a Slack-compatible API, as in https://slack.com/api
    #[arg(long, value_name = "URL")]
    pub(crate) slack_url: Option<String>,
    /// Name of the secret that holds the bot's token [default: SLACK_BOT_TOKEN]
    #[arg(long, value_name = "NAME")]
    pub(crate) slack_token: Option<String>,
    /// Name of the secret with which the chat signs what it calls back; without it no button decides
    #[arg(long, value_name = "NAME")]
    pub(crate) slack_signing_secret: Option<String>,
}

/// What the secret with the bot's token is called.
const TOKEN: &str = "SLACK_BOT_TOKEN";

impl NotifyArgs {
    /// What is given here, or else what the file says.
    pub(crate) fn or(self, file: &Self) -> Self {
        let pick = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            smtp_url: pick(self.smtp_url, &file.smtp_url),
            mail_from: pick(self.mail_from, &file.mail_from),
            smtp_password: pick(self.smtp_password, &file.smtp_password),
            slack_url: pick(self.slack_url, &file.slack_url),
            slack_token: pick(self.slack_token, &file.slack_token),
            slack_signing_secret: pick(self.slack_signing_secret, &file.slack_signing_secret),
        }
    }

    /// Without secrets: these are names.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "smtp_url": self.smtp_url,
            "mail_from": self.mail_from,
            "smtp_password": self.smtp_password,
            "slack_url": self.slack_url,
            "slack_token": self.slack_token,
            "slack_signing_secret": self.slack_signing_secret,
        })
    }

    /// The settings of the engine. Secrets that are named here are taken out of `secrets`, so that no
    /// loop file can have them sent somewhere.
    pub(crate) fn settings(
        &self,
        secrets: &mut BTreeMap<String, Secret>,
        allow_private: bool,
    ) -> anyhow::Result<notify::Settings> {
        let mut settings = notify::Settings { grace: GRACE, ..notify::Settings::default() };
        settings.guard.allow_private = allow_private;
        let mut take = |name: &str| {
            secrets.remove(name).map(|secret| secret.value).with_context(|| {
                format!("there is no secret `{name}`: add --secret {name}=VARIABLE, a variable that holds it")
            })
        };
        if let Some(url) = &self.smtp_url {
            let from = self.mail_from.clone().context(
                "--smtp-url needs --mail-from, the address that mail comes from, as in 'Tandem <tandem@example.org>'",
            )?;
            let password = self.smtp_password.as_deref().map(&mut take).transpose()?;
            let mail = MailSettings { url: url.clone(), password, from, extra_roots: Vec::new() };
            Mailer::new(&mail)?;
            settings.mail = Some(mail);
        }
        if let Some(url) = &self.slack_url {
            url.parse::<tandem_connect::http::Target>()
                .context("--slack-url takes an address, as in https://slack.com/api")?;
            let token = take(self.slack_token.as_deref().unwrap_or(TOKEN))?;
            let signing_secret = self.slack_signing_secret.as_deref().map(&mut take).transpose()?;
            settings.slack = Some(SlackSettings { url: url.clone(), token, signing_secret });
        }
        Ok(settings)
    }
}
