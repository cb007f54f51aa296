//! E-mail by SMTP: one message, one connection, and what the server said.
//!
//! `smtps://` speaks TLS from the start, `smtp://` begins in the clear and requires `STARTTLS`
//! (RFC 3207) unless the address says `?tls=none`. A server that lacks TLS is told of as such, and
//! gets nothing.

use std::fmt;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

/// The bound of an attempt.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Longest subject in characters.
const SUBJECT: usize = 150;

/// Where mail is handed in.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtp://user@host:587` or `smtps://user@host:465`; `?tls=none` for a relay on this machine.
    pub url: String,
    /// The password; without one nobody is authenticated.
    pub password: Option<String>,
    /// Whom messages come from, as in `Tandem <tandem@example.org>`.
    pub from: String,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
}

impl fmt::Debug for MailSettings {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A message to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Their address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// What its id begins with; the same over all attempts, so that receivers may drop repeats.
    pub id: String,
}

/// A mail that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// What the operator has set cannot be used.
    #[error("{0}")]
    Settings(String),
    /// Trying again is of no use: the recipient is refused, or the address is none.
    #[error("refused for good: {0}")]
    Refused(String),
    /// It may be taken later.
    #[error("not taken: {0}")]
    Later(String),
}

/// Hands mail to a server.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    place: String,
    secure: bool,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("place", &self.place).finish_non_exhaustive()
    }
}

/// An SMTP address in its parts.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    implicit: bool,
    user: Option<&'a str>,
    host: &'a str,
    port: u16,
    tls: bool,
}

fn parts(url: &str) -> Result<Parts<'_>, MailError> {
    let bad = |what: &str| {
        MailError::Settings(format!(
            "{what}; give the mail server as smtps://user@host:465, smtp://user@host:587 \
             (STARTTLS is required), or smtp://127.0.0.1:25?tls=none"
        ))
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("the address has no scheme"))?;
    let implicit = match scheme {
        "smtp" => false,
        "smtps" => true,
        _ => return Err(bad("the scheme is neither smtp nor smtps")),
    };
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, q)| (rest, Some(q)));
    let tls = match query {
        None | Some("tls=required") => true,
        Some("tls=none") if !implicit => false,
        Some(_) => return Err(bad("only `?tls=required` or, with smtp://, `?tls=none` is known")),
    };
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(u, p)| (Some(u), p));
    if user.is_some_and(|user| user.contains(':')) {
        return Err(bad("the password does not belong into the address; name a secret"));
    }
    let place = place.trim_end_matches('/');
    let default = if implicit { 465 } else { 587 };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !place.ends_with(']') => {
            (host, port.parse().map_err(|_| bad("the port is no number"))?)
        }
        _ => (place, default),
    };
    if host.is_empty() || host.contains(['/', ' ']) {
        return Err(bad("the address names no host"));
    }
    Ok(Parts { implicit, user, host, port, tls })
}

impl Mailer {
    /// Reads the settings; connects to nothing.
    ///
    /// # Errors
    /// [`MailError::Settings`], which names the mend and no secret.
    pub fn new(settings: &MailSettings) -> Result<Self, MailError> {
        let parts = parts(&settings.url)?;
        let from: Mailbox = settings.from.parse().map_err(|_| {
            MailError::Settings(
                "the sender is no address; give one as `Tandem <tandem@example.org>`".to_owned(),
            )
        })?;
        let host = parts.host.trim_start_matches('[').trim_end_matches(']');
        let tls = if parts.tls {
            let mut parameters = TlsParameters::builder(host.to_owned());
            for der in &settings.extra_roots {
                let certificate = Certificate::from_der(der.clone())
                    .map_err(|error| MailError::Settings(error.to_string()))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            let parameters =
                parameters.build().map_err(|error| MailError::Settings(error.to_string()))?;
            if parts.implicit { Tls::Wrapper(parameters) } else { Tls::Required(parameters) }
        } else {
            Tls::None
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(parts.port)
            .tls(tls)
            .timeout(Some(TIMEOUT));
        if let Some(password) = &settings.password {
            let user = parts.user.unwrap_or(from.email.as_ref());
            builder = builder.credentials(Credentials::new(user.to_owned(), password.clone()));
        }
        let place = format!("{}:{}", parts.host, parts.port);
        Ok(Self { transport: builder.build(), from, place, secure: parts.tls })
    }

    /// Host and port.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether the server answers as it should, with TLS and sign-in; sends nothing.
    ///
    /// # Errors
    /// What the server said.
    pub async fn check(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::Later("the server answers, and not as it should".into())),
            Err(error) => Err(self.judge(&error)),
        }
    }

    /// Hands a message to the server.
    ///
    /// # Errors
    /// What the server said, and whether trying again is of use.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let to: Address = mail
            .to
            .parse()
            .map_err(|_| MailError::Refused("the recipient's address is none".to_owned()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .subject(one_line(&mail.subject, SUBJECT))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| MailError::Refused(error.to_string()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.judge(&error)),
        }
    }

    fn judge(&self, error: &lettre::transport::smtp::Error) -> MailError {
        let mut said = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            let more = inner.to_string();
            if !said.contains(&more) {
                said = format!("{said}: {more}");
            }
            source = inner.source();
        }
        let said = one_line(&said, 400);
        if error.is_permanent() {
            // 5xx to the sign-in is the operator's to mend, not the recipient's fault.
            let code = error.status().map(|code| code.to_string()).unwrap_or_default();
            return if matches!(code.as_str(), "530" | "534" | "535" | "538") {
                MailError::Later(format!("the server refuses to sign us in: {said}"))
            } else {
                MailError::Refused(said)
            };
        }
        if self.secure && said.to_ascii_uppercase().contains("STARTTLS") {
            return MailError::Later(format!(
                "TLS is required and {} does not offer it: {said}",
                self.place
            ));
        }
        MailError::Later(said)
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): machines that answer mail do not answer this.
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Text for one line: what would begin another is a space.
fn one_line(text: &str, most: usize) -> String {
    let text = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c });
    text.take(most).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_passwords_kept_out_of_them() {
        let read = |url| parts(url).unwrap();
        let plain = read("smtp://127.0.0.1:2525?tls=none");
        assert_eq!((plain.host, plain.port, plain.tls), ("127.0.0.1", 2525, false));
        let usual = read("smtp://me@mail.example");
        assert_eq!((usual.user, usual.port, usual.tls), (Some("me"), 587, true));
        let from_the_start = read("smtps://a@b@mail.example/");
        assert_eq!((from_the_start.user, from_the_start.port), (Some("a@b"), 465));
        for url in [
            "mail.example",
            "http://x",
            "smtp://",
            "smtp://h:x",
            "smtp://h?tls=maybe",
            "smtps://h?tls=none",
        ] {
            assert!(matches!(parts(url), Err(MailError::Settings(_))), "{url}");
        }
        let said = parts("smtp://me:hunter2@mail.example").unwrap_err().to_string();
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn a_line_stays_one() {
        assert_eq!(one_line("a\r\nBcc: x\u{2028}y", 99), "a  Bcc: x y");
        assert_eq!(one_line("ääää", 2), "ää");
    }
}
