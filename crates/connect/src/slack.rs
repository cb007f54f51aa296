//! Chats that speak Slack's Web API: posting, changing a message, and knowing who calls back.
//!
//! Requests of the chat are signed: `v0=` and the hexadecimal HMAC-SHA256 over
//! `v0:{timestamp}:{body}`, good for five minutes.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::http::{Client, HttpError, Request, Target};

/// The bound of a call.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const MOST: usize = 64 * 1024;
/// How far a request's time may be off, in seconds, both ways.
pub const TOLERANCE_S: i64 = 300;

/// How a chat is reached.
#[derive(Clone)]
pub struct SlackSettings {
    /// Base of the API, as in `https://slack.com/api`.
    pub url: String,
    /// The token of the bot.
    pub token: String,
    /// What the chat signs its requests with; without it no button is taken.
    pub signing_secret: Option<String>,
}

impl fmt::Debug for SlackSettings {
    /// Without its secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A call that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// Trying again is of no use, as with `channel_not_found`.
    #[error("the chat refused: {0}")]
    Refused(String),
    /// It may be taken later, after so many seconds where the chat said so.
    #[error("the chat did not take it: {0}")]
    Later(String, Option<u32>),
}

impl From<HttpError> for SlackError {
    fn from(error: HttpError) -> Self {
        Self::Later(error.to_string(), None)
    }
}

/// Where a message is, to change it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The conversation.
    pub channel: String,
    /// The message's time, which is its id.
    pub ts: String,
}

/// Errors that the same call meets again.
const FOR_GOOD: [&str; 8] = [
    "channel_not_found",
    "user_not_found",
    "is_archived",
    "not_in_channel",
    "msg_too_long",
    "invalid_blocks",
    "cannot_dm_bot",
    "user_disabled",
];

/// A client of one chat.
pub struct Slack {
    client: Client,
    settings: SlackSettings,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

impl Slack {
    /// A client.
    pub fn new(client: Client, settings: SlackSettings) -> Self {
        Self { client, settings }
    }

    /// The base of the API.
    pub fn url(&self) -> &str {
        &self.settings.url
    }

    /// Whether buttons can be taken.
    pub fn takes_buttons(&self) -> bool {
        self.settings.signing_secret.is_some()
    }

    /// Posts a message to a conversation, or to a person.
    ///
    /// # Errors
    /// What the chat said, and whether trying again is of use.
    pub async fn post(
        &self,
        channel: &str,
        text: &str,
        blocks: &Value,
    ) -> Result<Posted, SlackError> {
        let body = json!({
            "channel": channel, "text": text, "blocks": blocks,
            "unfurl_links": false, "unfurl_media": false,
        });
        let reply = self.call("chat.postMessage", &body).await?;
        let part = |name: &str| reply.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        Ok(Posted { channel: part("channel"), ts: part("ts") })
    }

    /// Changes a message.
    ///
    /// # Errors
    /// As [`Slack::post`].
    pub async fn update(&self, at: &Posted, text: &str, blocks: &Value) -> Result<(), SlackError> {
        let body = json!({"channel": at.channel, "ts": at.ts, "text": text, "blocks": blocks});
        self.call("chat.update", &body).await.map(drop)
    }

    /// Asks whose token it is.
    ///
    /// # Errors
    /// As [`Slack::post`].
    pub async fn check(&self) -> Result<String, SlackError> {
        let reply = self.call("auth.test", &json!({})).await?;
        Ok(reply.get("team").and_then(Value::as_str).unwrap_or("").to_owned())
    }

    async fn call(&self, method: &str, body: &Value) -> Result<Value, SlackError> {
        let url = format!("{}/{method}", self.settings.url.trim_end_matches('/'));
        let target: Target = url.parse().map_err(HttpError::from)?;
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, json);
        let token = format!("Bearer {}", self.settings.token);
        let mut token = HeaderValue::from_str(&token)
            .map_err(|_| SlackError::Refused("the token is no token".to_owned()))?;
        token.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, token);
        let request = Request {
            method: Method::POST,
            target,
            headers,
            body: body.to_string().into(),
            timeout: TIMEOUT,
            most: MOST,
            cut_after: None,
        };
        let reply = self.client.send(&request).await?;
        if reply.status == 429 {
            return Err(SlackError::Later("too many messages".to_owned(), reply.retry_after()));
        }
        if !(200..=299).contains(&reply.status) {
            return Err(SlackError::Later(format!("it answered {}", reply.status), None));
        }
        let answer: Value = serde_json::from_slice(&reply.body)
            .map_err(|_| SlackError::Later("the answer is no JSON".to_owned(), None))?;
        if answer.get("ok") == Some(&Value::Bool(true)) {
            return Ok(answer);
        }
        let said = answer.get("error").and_then(Value::as_str).unwrap_or("no reason").to_owned();
        let said: String = said.chars().filter(|c| !c.is_control()).take(200).collect();
        Err(if FOR_GOOD.contains(&said.as_str()) {
            SlackError::Refused(said)
        } else {
            SlackError::Later(said, None)
        })
    }

    /// Whether a request is the chat's own, made now.
    ///
    /// # Errors
    /// Why not, in words for whoever set the chat up.
    pub fn verify(
        &self,
        timestamp: &str,
        signature: &str,
        body: &[u8],
        now_s: i64,
    ) -> Result<Vec<u8>, &'static str> {
        let secret = self.settings.signing_secret.as_deref().ok_or("no signing secret is set")?;
        verify(secret, timestamp, signature, body, now_s)
    }
}

/// Checks the signature of a request: `v0`, five minutes, compared in constant time. Returns its bytes,
/// by which a request is known however its signature is written.
///
/// # Errors
/// What is wrong.
pub fn verify(
    secret: &str,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now_s: i64,
) -> Result<Vec<u8>, &'static str> {
    let time: i64 = timestamp.parse().map_err(|_| "the timestamp is no number")?;
    if now_s.abs_diff(time) > TOLERANCE_S as u64 {
        return Err("the timestamp is more than five minutes off");
    }
    let given = signature.strip_prefix("v0=").ok_or("the signature is not of version v0")?;
    let given = decode_hex(given).ok_or("the signature is not hexadecimal")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| "no secret")?;
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    mac.verify_slice(&given).map_err(|_| "the signature does not fit")?;
    Ok(given)
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// Text inside a message: `&`, `<` and `>` are what its markup is made of.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Not markup of Slack's, and no line of our own.
            '*' | '_' | '~' | '`' => out.push(c),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Slack's documentation.
    #[test]
    fn the_documented_example_verifies_and_nothing_else_does() {
        let secret = "8f742231b10e8888abcd99yyyzzz85a5";
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let (time, now) = ("1531420618", 1_531_420_618);
        let known = verify(secret, time, signature, body, now);
        assert!(known.is_ok());
        let upper = format!("v0={}", signature[3..].to_uppercase());
        assert_eq!(verify(secret, time, &upper, body, now), known);
        assert!(verify(secret, time, signature, body, now + 300).is_ok());
        assert!(verify(secret, time, signature, body, now + 301).is_err());
        assert!(verify(secret, time, signature, body, now - 301).is_err());
        assert!(verify("other", time, signature, body, now).is_err());
        assert!(verify(secret, "1531420619", signature, body, now).is_err());
        assert!(verify(secret, time, signature, &body[1..], now).is_err());
        assert!(verify(secret, time, &signature.replace("v0", "v1"), body, now).is_err());
        assert!(verify(secret, time, "v0=zz", body, now).is_err());
    }

    #[test]
    fn markup_in_titles_stays_text() {
        assert_eq!(
            escape("<!channel> & <https://evil|ok>"),
            "&lt;!channel&gt; &amp; &lt;https://evil|ok&gt;"
        );
    }
}
