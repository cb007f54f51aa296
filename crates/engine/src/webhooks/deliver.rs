//! One attempt: send, and say what came of it.

use std::time::{Duration, Instant};

use http::Method;
use tandem_connect::http::{HttpError, Reply, Request, Target};
use tandem_store::webhooks::{Attempt, Delivery, Webhook};

use super::message::headers;
use crate::engine::Engine;
use crate::errors::Result;

/// The bound of an attempt.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a body is waited for once the status is there: the status is what counts.
const BODY_WAIT: Duration = Duration::from_secs(1);
/// How much of an answer is kept.
const SHOWN: usize = 512;

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A status from 200 to 299.
    Delivered,
    /// Anything else; with the seconds the endpoint asked to be left alone for.
    Failed(Option<u32>),
    /// 410: it wants no more.
    Gone,
}

impl Engine {
    /// Sends a message once.
    pub(super) async fn attempt(&self, hook: &Webhook, delivery: &Delivery) -> (Verdict, Attempt) {
        let begun = Instant::now();
        let sent = self.send_once(hook, delivery).await;
        let took_ms = Some(begun.elapsed().as_millis() as u64);
        match sent {
            Ok(Ok(reply)) => judge(&reply, took_ms),
            Ok(Err(error)) => failed(took_ms, error.to_string()),
            Err(error) => failed(took_ms, format!("the message could not be made: {error}")),
        }
    }

    async fn send_once(
        &self,
        hook: &Webhook,
        delivery: &Delivery,
    ) -> Result<Result<Reply, HttpError>> {
        let target: Target = match hook.url.parse() {
            Ok(target) => target,
            Err(error) => return Ok(Err(HttpError::Target(error))),
        };
        let body = self.body_of(hook, delivery).await?;
        let headers = headers(hook, &delivery.id.to_string(), self.now(), &body)?;
        let request = Request {
            method: Method::POST,
            target,
            headers,
            body: body.into(),
            timeout: TIMEOUT,
            most: SHOWN,
            cut_after: Some(BODY_WAIT),
        };
        Ok(self.inner.hooks.client.send(&request).await)
    }
}

fn failed(took_ms: Option<u64>, error: String) -> (Verdict, Attempt) {
    (Verdict::Failed(None), Attempt { status: None, took_ms, error: Some(error), response: None })
}

fn judge(reply: &Reply, took_ms: Option<u64>) -> (Verdict, Attempt) {
    let (verdict, error) = match reply.status {
        200..=299 => (Verdict::Delivered, None),
        410 => (Verdict::Gone, Some("it answered 410 Gone: it wants no more".to_owned())),
        300..=399 => {
            let error = "redirects are not followed; give the address it redirects to";
            (Verdict::Failed(None), Some(error.to_owned()))
        }
        status => (Verdict::Failed(reply.retry_after()), Some(format!("it answered {status}"))),
    };
    let response = Some(shown(&reply.body)).filter(|text| !text.is_empty());
    (verdict, Attempt { status: Some(u32::from(reply.status)), took_ms, error, response })
}

/// The beginning of an answer as text for a page. PostgreSQL takes no NUL in text.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
