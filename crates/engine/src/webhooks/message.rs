//! What is sent: the body, and the headers that sign it.

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tandem_connect::{CloudEvent, signing};
use tandem_domain::{CaseId, Timestamp};
use tandem_store::webhooks::{Delivery, Webhook};

use super::{Payload, TEST};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::Payload as Told;

/// The largest body; content beyond it is left to be fetched.
const LARGEST: usize = 1 << 20;

impl Engine {
    /// The body of a message, as it is now: content is read when it is sent and not kept twice.
    pub(super) async fn body_of(&self, hook: &Webhook, delivery: &Delivery) -> Result<Vec<u8>> {
        let told: Told = serde_json::from_str(&delivery.payload).map_err(EngineError::internal)?;
        let full = (hook.payload == Payload::Full.as_str()).then_some(hook.payload_by.as_str());
        let kind = &delivery.kind;
        self.event_body(&hook.space, &delivery.id.to_string(), kind, told, full).await
    }

    /// A message as a CloudEvent; with the content of its case where `full` names who chose that.
    pub(crate) async fn event_body(
        &self,
        space: &str,
        id: &str,
        kind: &str,
        told: Told,
        full: Option<&str>,
    ) -> Result<Vec<u8>> {
        let Told { loop_name, case, at, data } = told;
        let subject = case.as_deref().unwrap_or(&loop_name);
        let mut event =
            CloudEvent::about(id.to_owned(), space, &loop_name, kind, subject, at, data);
        if kind == TEST || kind == crate::channels::TEST {
            event.source = format!("/spaces/{space}");
        } else if let (Some(case), Some(by)) = (case, full) {
            let thin = event.data.clone();
            match self.content(space, by, &case).await {
                Ok(content) => event.data["case"] = content,
                Err(why) => event.data["withheld"] = why.into(),
            }
            let body = serde_json::to_vec(&event).map_err(EngineError::internal)?;
            if body.len() <= LARGEST {
                return Ok(body);
            }
            event.data = thin;
            event.data["withheld"] = "it is too large for a message; fetch the case".into();
        }
        serde_json::to_vec(&event).map_err(EngineError::internal)
    }

    /// The content of a case, where whoever chose full payloads may still read it.
    pub(crate) async fn content(
        &self,
        space: &str,
        by: &str,
        case: &str,
    ) -> Result<Value, &'static str> {
        const GONE: &str =
            "whoever chose full payloads may not read this case; fetch it with a key";
        let id: CaseId = case.parse().map_err(|_| GONE)?;
        let who = self.accounts().standing(space, by).await;
        let who = who.ok().flatten().ok_or(GONE)?;
        let case = self.get(&who, id).await.map_err(|_| GONE)?;
        let proposal = case.state.current_proposal().map(|proposal| &proposal.output);
        let decision = case.state.live_decision();
        Ok(json!({
            "input": case.core.input,
            "proposal": proposal,
            "output": decision.and_then(|decision| decision.output.as_ref()),
        }))
    }
}

/// The headers of an attempt at `now`. Both secrets sign while they overlap.
pub(super) fn headers(hook: &Webhook, id: &str, now: Timestamp, body: &[u8]) -> Result<HeaderMap> {
    let at = now.0.div_euclid(1_000_000);
    let old = hook.old_secret.as_deref().filter(|_| now < hook.old_until);
    let signed = [Some(hook.secret.as_str()), old]
        .into_iter()
        .flatten()
        .map(|secret| signing::sign(secret, id, at, body))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| EngineError::internal("a webhook's secret cannot be read"))?;
    let value = |text: String| HeaderValue::from_str(&text).map_err(EngineError::internal);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/cloudevents+json"));
    let agent = concat!("Tandem/", env!("CARGO_PKG_VERSION"));
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    headers.insert("webhook-id", value(id.to_owned())?);
    headers.insert("webhook-timestamp", HeaderValue::from(at));
    headers.insert("webhook-signature", value(signed.join(" "))?);
    Ok(headers)
}
