//! A help desk is told of cases by requests made from its templates.

use std::time::Duration;

use http::header::HeaderValue;
use serde_json::{Value, json};
use tandem_connect::desk::{TemplateError, text_at};
use tandem_connect::http::{Reply, Request, Target};
use tandem_domain::CaseId;
use tandem_store::channels::{self, Channel, Fault, Message, Ticket};

use super::outward::Sent;
use super::{Call, Desk, QUEUED, text};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::Payload as Told;
use crate::webhooks::Payload;

/// Bound of a request.
const TIMEOUT: Duration = Duration::from_secs(15);
/// The largest answer that is read.
const LARGEST: usize = 256 * 1024;
/// Requests in one go.
const MOST: usize = 16;

impl Engine {
    /// Tells a desk what is due, one request after the other; returns how many went out or were given
    /// up.
    pub(super) async fn tell_desk(&self, channel: &Channel, desk: &Desk) -> Result<usize, String> {
        let mut due = self.due(channel).await.map_err(text)?;
        due.truncate(MOST);
        let mut passed = 0;
        for message in due {
            let sent = self.tell_one(channel, desk, &message).await.map_err(text)?;
            passed += self.settle_sent(channel, vec![message], vec![sent]).await.map_err(text)?;
        }
        Ok(passed)
    }

    async fn tell_one(&self, channel: &Channel, desk: &Desk, message: &Message) -> Result<Sent> {
        let told: Told = serde_json::from_slice(&message.body).map_err(EngineError::internal)?;
        let case = told.case.as_ref().and_then(|case| case.parse::<CaseId>().ok());
        let Some(case) = case else { return Ok(Sent::Done) };
        let ticket = self.ticket_of(channel, case).await?;
        let making = message.kind == QUEUED;
        let call = match (making, &desk.update, &ticket) {
            // The desk made it, and this process ended before it could say so.
            (true, _, Some(Ticket { ticket: Some(_), .. })) => return Ok(Sent::Done),
            (true, ..) => &desk.create,
            (false, Some(update), Some(Ticket { ticket: Some(_), .. })) => update,
            // Without a ticket or a template there is nothing to tell.
            (false, ..) => return Ok(Sent::Done),
        };
        let values = self.values(channel, message, told, case, ticket.as_ref()).await?;
        let reply = match self.ask_desk(call, &values, &message.id.to_string()).await {
            Ok(reply) => reply,
            Err(Failed::Dead(error)) => {
                return Ok(Sent::Dead(Fault {
                    code: Some("template".to_owned()),
                    path: Some(error.path),
                    error: Some(error.why),
                }));
            }
            Err(Failed::Again(why)) => return Ok(Sent::Again(why, None)),
        };
        if let Some(bad) = judge(&reply) {
            return Ok(bad);
        }
        if making {
            return self.ticket_made(channel, desk, case, &reply).await;
        }
        Ok(Sent::Done)
    }

    async fn ticket_of(&self, channel: &Channel, case: CaseId) -> Result<Option<Ticket>> {
        let id = channel.id;
        let found =
            self.inner.store.read(move |tx| Ok::<_, EngineError>(channels::ticket(tx, id, case)?));
        found.await
    }

    /// Writes down the id that the desk gave.
    async fn ticket_made(
        &self,
        channel: &Channel,
        desk: &Desk,
        case: CaseId,
        reply: &Reply,
    ) -> Result<Sent> {
        let (ticket, url) = match ticket_in(desk, reply) {
            Ok(found) => found,
            Err(why) => {
                let path = Some(desk.id_at.clone());
                let code = Some("no_ticket_id".to_owned());
                return Ok(Sent::Dead(Fault { code, path, error: Some(why) }));
            }
        };
        let id = channel.id;
        let written = self.inner.store.write(move |tx| {
            channels::set_ticket(tx, id, case, &ticket, url.as_deref())?;
            Ok::<_, EngineError>(())
        });
        written.await?;
        Ok(Sent::Done)
    }

    /// Fills a template and sends it.
    async fn ask_desk(&self, call: &Call, values: &Value, id: &str) -> Result<Reply, Failed> {
        let secret = |name: &str, target: &Target| self.secret(name, &target.origin());
        let filled = call.template().fill(values, &secret).map_err(|error| {
            // A secret that is not there can be given; anything else stays wrong.
            if error.path.starts_with("/headers") {
                Failed::Again(error.why)
            } else {
                Failed::Dead(error)
            }
        })?;
        let mut headers = filled.headers;
        let agent = concat!("Tandem/", env!("CARGO_PKG_VERSION"));
        headers.entry("user-agent").or_insert(HeaderValue::from_static(agent));
        // Zendesk and others drop repeats by it.
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.entry("idempotency-key").or_insert(id);
        }
        let request = Request {
            method: filled.method,
            target: filled.target,
            headers,
            body: filled.body.into(),
            timeout: TIMEOUT,
            most: LARGEST,
            cut_after: None,
        };
        self.inner.channels.client.send(&request).await.map_err(|error| Failed::Again(text(error)))
    }

    /// What placeholders stand for.
    async fn values(
        &self,
        channel: &Channel,
        message: &Message,
        told: Told,
        case: CaseId,
        ticket: Option<&Ticket>,
    ) -> Result<Value> {
        let id = case.to_string();
        let mut about = told.data;
        about["id"] = id.clone().into();
        about["loop"] = told.loop_name.into();
        let origin = self.inner.party.get().map(|party| party.origin.clone());
        about["url"] = origin.map(|origin| format!("{origin}/cases/{id}")).into();
        if channel.payload == Payload::Full.as_str()
            && let Ok(content) = self.content(&channel.space, &channel.made_by, &id).await
            && let Value::Object(content) = content
        {
            for (name, value) in content {
                about[name] = value;
            }
        }
        Ok(json!({
            "case": about,
            "ticket": {
                "id": ticket.and_then(|ticket| ticket.ticket.clone()),
                "url": ticket.and_then(|ticket| ticket.url.clone()),
            },
            "event": {
                "id": message.id.to_string(),
                "kind": message.kind,
                "at": told.at.to_string(),
            },
        }))
    }

    /// Makes a ticket of a made-up case; returns its id.
    pub(super) async fn test_desk(&self, desk: &Desk) -> Result<String, String> {
        let now = self.now().to_string();
        let values = json!({
            "case": {"id": "case_test", "key": "test", "loop": "test", "status": "queued",
                "url": self.inner.party.get().map(|party| party.origin.clone()),
                "outcome": null, "revision": 0,
                "input": {}, "proposal": null, "output": null},
            "ticket": {"id": null, "url": null},
            "event": {"id": "msg_test", "kind": super::TEST, "at": now},
        });
        let fresh = self.inner.ids.bytes::<16>().map_err(text)?;
        let id = format!("test-{}", hex::encode(fresh));
        let reply = match self.ask_desk(&desk.create, &values, &id).await {
            Ok(reply) => reply,
            Err(Failed::Dead(error)) => return Err(format!("{} {}", error.path, error.why)),
            Err(Failed::Again(why)) => return Err(why),
        };
        match judge(&reply) {
            None => ticket_in(desk, &reply).map(|(ticket, _)| ticket),
            Some(Sent::Again(why, _)) => Err(why),
            Some(Sent::Dead(fault)) => Err(fault.error.unwrap_or_default()),
            Some(Sent::Done) => Ok(String::new()),
        }
    }
}

/// Why nothing was asked.
enum Failed {
    Again(String),
    Dead(TemplateError),
}

/// The ticket's id and address in the answer that made it.
fn ticket_in(desk: &Desk, reply: &Reply) -> Result<(String, Option<String>), String> {
    let body: Value = serde_json::from_slice(&reply.body)
        .map_err(|error| format!("the desk's answer is no JSON: {error}"))?;
    let id = text_at(&body, &desk.id_at).ok_or_else(|| {
        format!(
            "the desk's answer has no id at {}; the ticket may be there all the same",
            desk.id_at
        )
    })?;
    Ok((id, desk.url_at.as_deref().and_then(|at| text_at(&body, at))))
}

/// What an answer that is no success means: a message the desk does not understand is given up, a desk
/// that does not let us in or has no time is asked again.
fn judge(reply: &Reply) -> Option<Sent> {
    let shown: String = String::from_utf8_lossy(&reply.body)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(300)
        .collect();
    let why = || format!("it answered {}: {shown}", reply.status);
    match reply.status {
        200..=299 => None,
        300..=399 => Some(Sent::Again(
            "redirects are not followed; give the address itself".to_owned(),
            None,
        )),
        400 | 405 | 413 | 415 | 422 => Some(Sent::Dead(Fault {
            code: Some(format!("http_{}", reply.status)),
            path: None,
            error: Some(why()),
        })),
        401 | 403 => Some(Sent::Again(
            format!("it answered {}: check the secret that the headers name", reply.status),
            None,
        )),
        _ => {
            let asked = reply.retry_after();
            Some(Sent::Again(why(), asked.map(|asked| asked.min(86_400))))
        }
    }
}
