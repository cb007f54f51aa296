//! Adding, changing and removing endpoints, and their secrets.

use serde_json::Value;
use tandem_connect::http::Target;
use tandem_connect::signing;
use tandem_domain::{Timestamp, WebhookId};
use tandem_store::webhooks::Webhook;
use tandem_store::{Tx, loops, webhooks};

use super::{
    KINDS, MOST_HOOKS, MadeWebhook, NewWebhook, WebhookChange, WebhookView, no_hook, note, view,
};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::By;

/// How long the secret before signs as well, unless said otherwise: a day.
pub const OVERLAP_S: u32 = 86_400;
/// The longest overlap: a week.
const LONGEST_OVERLAP_S: u32 = 7 * 86_400;

impl Engine {
    /// Adds an endpoint. Its address is resolved and checked now, and again at every attempt.
    pub async fn add_webhook(
        &self,
        by: &Principal,
        new: NewWebhook,
        idem: Option<IdemKey>,
    ) -> Result<MadeWebhook> {
        allow(by, Action::WebhookWrite, None)?;
        self.check_url(&new.url).await?;
        check_kinds(&new.kinds)?;
        let secret = signing::secret(&self.inner.ids.bytes::<32>()?);
        let (inner, by) = (self.inner.clone(), by.clone());
        let made = self.inner.store.write(move |tx| {
            if let Some(id) = replayed(tx, &by, idem.as_ref())? {
                let id: WebhookId = id.parse().map_err(EngineError::internal)?;
                let hook = own(tx, &by, id)?;
                return Ok(MadeWebhook { hook: view(&hook, tx.now()), secret: None });
            }
            check_loops(tx, &by, &new.loops)?;
            let others = webhooks::list(tx, &by.space, None, MOST_HOOKS)?;
            if others.len() >= MOST_HOOKS as usize {
                return Err(EngineError::Conflict {
                    code: "too_many_webhooks",
                    message: format!("a space takes {MOST_HOOKS} webhooks; remove one first"),
                    resource: None,
                });
            }
            let now = tx.now();
            let hook = Webhook {
                id: WebhookId(inner.ids.uuid(now)?),
                space: by.space.clone(),
                url: new.url.clone(),
                kinds: new.kinds.clone(),
                loops: new.loops.clone(),
                payload: new.payload.as_str().to_owned(),
                payload_by: by.id(),
                secret: secret.clone(),
                old_secret: None,
                old_until: Timestamp(0),
                state: "active".to_owned(),
                why: None,
                failures: 0,
                failing_since: None,
                open_until: Timestamp(0),
                created_at: now,
                updated_at: now,
            };
            webhooks::add(tx, &hook)?;
            note(tx, &inner, &By::principal(&by), &hook, "webhook.added", settings_of(&hook))?;
            remember(tx, &by, idem.as_ref(), &hook.id.to_string())?;
            Ok(MadeWebhook { hook: view(&hook, now), secret: Some(secret.clone()) })
        });
        let made = made.await?;
        self.look_at_webhooks().await?;
        Ok(made)
    }

    /// Changes an endpoint.
    pub async fn change_webhook(
        &self,
        by: &Principal,
        id: WebhookId,
        change: WebhookChange,
    ) -> Result<WebhookView> {
        allow(by, Action::WebhookWrite, None)?;
        if let Some(url) = &change.url {
            self.check_url(url).await?;
        }
        check_kinds(change.kinds.as_deref().unwrap_or_default())?;
        let (inner, by) = (self.inner.clone(), by.clone());
        let changed = self.inner.store.write(move |tx| {
            let mut hook = own(tx, &by, id)?;
            check_loops(tx, &by, change.loops.as_deref().unwrap_or_default())?;
            let WebhookChange { url, kinds, loops, payload, paused } = change.clone();
            hook.url = url.unwrap_or(hook.url);
            hook.kinds = kinds.unwrap_or(hook.kinds);
            hook.loops = loops.unwrap_or(hook.loops);
            if let Some(payload) = payload {
                payload.as_str().clone_into(&mut hook.payload);
                hook.payload_by = by.id();
            }
            if let Some(paused) = paused {
                let state = if paused { "paused" } else { "active" };
                state.clone_into(&mut hook.state);
                hook.why = None;
            }
            // Whoever changes an endpoint has mended it: it is tried at once.
            hook.failures = 0;
            hook.failing_since = None;
            hook.open_until = Timestamp(0);
            hook.updated_at = tx.now();
            webhooks::update(tx, &hook)?;
            note(tx, &inner, &By::principal(&by), &hook, "webhook.changed", settings_of(&hook))?;
            Ok::<_, EngineError>(view(&hook, tx.now()))
        });
        changed.await
    }

    /// Gives an endpoint a new secret. The one before signs as well for `overlap_s` seconds; the
    /// one before that no longer.
    pub async fn rotate_webhook(
        &self,
        by: &Principal,
        id: WebhookId,
        overlap_s: u32,
    ) -> Result<MadeWebhook> {
        allow(by, Action::WebhookWrite, None)?;
        if overlap_s > LONGEST_OVERLAP_S {
            return Err(EngineError::invalid(
                "invalid_input",
                "/overlap_s",
                format!("it takes 0 to {LONGEST_OVERLAP_S} seconds: a week"),
            ));
        }
        let secret = signing::secret(&self.inner.ids.bytes::<32>()?);
        let (inner, by) = (self.inner.clone(), by.clone());
        let rotated = self.inner.store.write(move |tx| {
            let mut hook = own(tx, &by, id)?;
            let now = tx.now();
            let old = std::mem::replace(&mut hook.secret, secret.clone());
            hook.old_secret = (overlap_s > 0).then_some(old);
            hook.old_until = Timestamp(now.0 + i64::from(overlap_s) * 1_000_000);
            hook.updated_at = now;
            webhooks::update(tx, &hook)?;
            let more = [("overlap_s", overlap_s.into())];
            note(tx, &inner, &By::principal(&by), &hook, "webhook.rotated", more)?;
            Ok::<_, EngineError>(MadeWebhook {
                hook: view(&hook, now),
                secret: Some(secret.clone()),
            })
        });
        rotated.await
    }

    /// Removes an endpoint and what waits for it.
    pub async fn remove_webhook(&self, by: &Principal, id: WebhookId) -> Result<()> {
        allow(by, Action::WebhookWrite, None)?;
        let (inner, by) = (self.inner.clone(), by.clone());
        let removed = self.inner.store.write(move |tx| {
            let hook = own(tx, &by, id)?;
            webhooks::remove(tx, id)?;
            note(tx, &inner, &By::principal(&by), &hook, "webhook.removed", [])
        });
        removed.await?;
        self.look_at_webhooks().await
    }

    async fn check_url(&self, url: &str) -> Result<()> {
        let invalid = |error: &dyn std::fmt::Display| {
            EngineError::invalid("invalid_url", "/url", error.to_string())
        };
        let target: Target = url.parse().map_err(|error| invalid(&error))?;
        self.inner.hooks.client.guard().resolve(&target).await.map_err(|error| invalid(&error))?;
        Ok(())
    }
}

/// An endpoint of the principal's space, locked.
pub(super) fn own(tx: &mut dyn Tx, by: &Principal, id: WebhookId) -> Result<Webhook> {
    webhooks::lock(tx, id)?.filter(|hook| hook.space == by.space).ok_or_else(|| no_hook(id))
}

fn settings_of(hook: &Webhook) -> [(&'static str, Value); 4] {
    [
        ("kinds", hook.kinds.iter().cloned().collect()),
        ("loops", hook.loops.iter().cloned().collect()),
        ("payload", hook.payload.as_str().into()),
        ("state", hook.state.as_str().into()),
    ]
}

fn check_kinds(kinds: &[String]) -> Result<()> {
    match kinds.iter().position(|kind| !KINDS.contains(&kind.as_str())) {
        None => Ok(()),
        Some(at) => Err(EngineError::invalid(
            "invalid_input",
            format!("/kinds/{at}"),
            format!("there is no such kind; kinds are {}", KINDS.join(", ")),
        )),
    }
}

fn check_loops(tx: &mut dyn Tx, by: &Principal, names: &[String]) -> Result<()> {
    for (at, name) in names.iter().enumerate() {
        if loops::by_name(tx, &by.space, name)?.is_none() {
            let message = "there is no such loop; name those that are published here";
            return Err(EngineError::invalid("invalid_input", format!("/loops/{at}"), message));
        }
    }
    Ok(())
}
