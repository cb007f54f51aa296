//! What the server speaks with: the mail server, the chat, PostgreSQL, browsers, and the clock.

use tandem_connect::http::Client;
use tandem_connect::mail::Mailer;
use tandem_connect::slack::Slack;
use tandem_store::maintenance;

use super::{Check, State, check};
use crate::config::Settings;

/// How far two clocks may be apart.
const APART_S: i64 = 2;

/// Looks at everything outside.
pub(super) async fn look(settings: &Settings, checks: &mut Vec<Check>) {
    checks.push(public_url(settings));
    notify(settings, checks).await;
    if let Some(url) = settings.database.value.clone() {
        postgres(url, checks).await;
    } else {
        checks.push(clock(settings));
    }
}

/// Where browsers reach the server: links in messages and passkeys are bound to it.
fn public_url(settings: &Settings) -> Check {
    let name = "public URL";
    let Some(url) = settings.public_url.value.as_deref() else {
        let finding = "not set: links in messages and passkeys take http://localhost:PORT";
        return check(name, State::Note, finding).mend("set public_url to what people type");
    };
    let bad = "give scheme and host, as in https://tandem.example.org";
    let Some((scheme, rest)) = url.trim_end_matches('/').split_once("://") else {
        return check(name, State::Bad, format!("{url} is no address")).mend(bad);
    };
    let host = rest.split(':').next().unwrap_or_default();
    let local = host == "localhost" || host == "127.0.0.1";
    match scheme {
        _ if host.is_empty() || rest.contains(['/', '@', '?']) => {
            check(name, State::Bad, format!("{url} is no origin")).mend(bad)
        }
        "https" => check(name, State::Good, url),
        "http" if local => check(name, State::Note, format!("{url}: this machine only"))
            .mend("for others, put TLS in front and set the https address"),
        "http" => {
            check(name, State::Bad, format!("{url}: browsers give no passkeys without https"))
                .mend("put TLS in front and set the https address")
        }
        _ => check(name, State::Bad, format!("{url} is neither http nor https")).mend(bad),
    }
}

async fn notify(settings: &Settings, checks: &mut Vec<Check>) {
    let private = settings.webhook_allow_private.value;
    let set = crate::secrets::read(&settings.secrets.value)
        .and_then(|mut secrets| settings.notify.settings(&mut secrets, private));
    let set = match set {
        Ok(set) => set,
        Err(error) => {
            let found = check("notifications", State::Bad, format!("{error:#}"));
            checks.push(found.mend("mend the option or secret that it names"));
            return;
        }
    };
    checks.push(match &set.mail {
        None => check("mail", State::Note, "none: nobody is told by e-mail")
            .mend("set smtp_url and mail_from (docs/email.md)"),
        Some(mail) => match Mailer::new(mail) {
            Err(error) => check("mail", State::Bad, error.to_string()),
            Ok(mailer) => match mailer.check().await {
                Ok(()) => check("mail", State::Good, format!("{} answers", mailer.place())),
                Err(error) => check("mail", State::Bad, format!("{}: {error}", mailer.place()))
                    .mend("mail is kept and tried again meanwhile; mend the address, the TLS or the password"),
            },
        },
    });
    checks.push(match set.slack {
        None => check("chat", State::Note, "none: nobody is told in a chat")
            .mend("set slack_url and its secrets (docs/slack.md)"),
        Some(slack) => {
            let buttons = slack.signing_secret.is_some();
            let slack = Slack::new(Client::new(set.guard), slack);
            match slack.check().await {
                Ok(team) if buttons => check("chat", State::Good, format!("signed in to {team}")),
                Ok(team) => {
                    check("chat", State::Note, format!("signed in to {team}; no button decides"))
                        .mend("set slack_signing_secret where loops say `channels: [chat]`")
                }
                Err(error) => check("chat", State::Bad, format!("{}: {error}", slack.url()))
                    .mend("mend the address or the bot's token"),
            }
        }
    });
}

async fn postgres(url: String, checks: &mut Vec<Check>) {
    let begun = now_micros();
    let looked = tokio::task::spawn_blocking(move || maintenance::look_at_postgres(&url)).await;
    let view = match looked {
        Ok(Ok(view)) => view,
        Ok(Err(error)) => {
            let found = check("PostgreSQL", State::Bad, error.to_string());
            checks.push(found.mend("mend --database, or start the database"));
            return;
        }
        Err(error) => {
            checks.push(check("PostgreSQL", State::Bad, error.to_string()));
            return;
        }
    };
    checks.push(match view.schema {
        Some(schema) if schema > view.known => {
            let finding =
                format!("{}: its schema {schema} is newer than this program", view.version);
            check("PostgreSQL", State::Bad, finding)
                .mend("use the program that wrote it, or a newer one")
        }
        Some(schema) => {
            check("PostgreSQL", State::Good, format!("{}, schema {schema}", view.version))
        }
        None => check("PostgreSQL", State::Note, format!("{}, empty", view.version))
            .mend("`serve` makes the schema at its first start"),
    });
    let apart = (view.now_micros - begun).abs() / 1_000_000;
    let state = if apart > APART_S { State::Bad } else { State::Good };
    let found = check("clock", state, format!("{apart} s from the database's"));
    checks.push(found.mend("keep both machines' clocks by NTP: deadlines are the database's"));
}

/// Whether the clock goes back behind what was written.
fn clock(settings: &Settings) -> Check {
    let file = settings.data_dir.value.join(maintenance::DATABASE_FILE);
    let files = [Some(file), settings.witness.value.clone()];
    let newest = files.into_iter().flatten().filter_map(|file| {
        let written = std::fs::metadata(file).ok()?.modified().ok()?;
        let since = written.duration_since(std::time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_micros()).ok()
    });
    let ahead = newest.max().map_or(0, |written| (written - now_micros()) / 1_000_000);
    if ahead > APART_S {
        check("clock", State::Bad, format!("it is {ahead} s behind what was written last"))
            .mend("set the clock by NTP: the server waits until it has caught up")
    } else {
        check("clock", State::Good, "not behind what was written last")
    }
}

/// The time as the store reads it.
fn now_micros() -> i64 {
    tandem_store::Clock::system().now_micros()
}
