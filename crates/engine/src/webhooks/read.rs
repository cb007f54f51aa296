//! Reading endpoints and what became of their messages, sending again, and tests.

use serde_json::json;
use tandem_domain::{MessageId, Timestamp, WebhookId};
use tandem_store::webhooks::{self, Attempt, Delivery, Finished, Webhook};

use super::change::own;
use super::deliver::Verdict;
use super::queue::LEASE;
use super::{DeliveryView, TEST, WebhookView, no_hook, note, view, view_delivery};
use crate::access::{Action, allow};
use crate::cases::Page;
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::outbox::Payload as Told;
use crate::principal::Principal;
use crate::record::By;

/// What to send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// One message.
    One(MessageId),
    /// Those made at this time or later.
    Since(Timestamp, Finished),
}

impl Engine {
    /// The endpoints of the space, in order of id, after `after`.
    pub async fn webhooks(
        &self,
        by: &Principal,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<WebhookView>> {
        allow(by, Action::WebhookRead, None)?;
        let space = by.space.clone();
        let listed = self.inner.store.read(move |tx| {
            let now = tx.now();
            let hooks = webhooks::list(tx, &space, after, limit)?;
            Ok(hooks.iter().map(|hook| view(hook, now)).collect())
        });
        listed.await
    }

    /// One endpoint.
    pub async fn webhook(&self, by: &Principal, id: WebhookId) -> Result<WebhookView> {
        allow(by, Action::WebhookRead, None)?;
        let hook = self.hook(by, id).await?;
        Ok(view(&hook, self.now()))
    }

    async fn hook(&self, by: &Principal, id: WebhookId) -> Result<Webhook> {
        let space = by.space.clone();
        let found = self.inner.store.read(move |tx| Ok::<_, EngineError>(webhooks::get(tx, id)?));
        found.await?.filter(|hook| hook.space == space).ok_or_else(|| no_hook(id))
    }

    /// Messages of an endpoint, newest first.
    pub async fn deliveries(
        &self,
        by: &Principal,
        id: WebhookId,
        state: Option<&'static str>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<DeliveryView, u64>> {
        allow(by, Action::WebhookRead, None)?;
        self.hook(by, id).await?;
        let found = self.inner.store.read(move |tx| {
            Ok::<_, EngineError>(webhooks::deliveries(tx, id, state, before, limit)?)
        });
        let found = found.await?;
        let full = found.len() == limit as usize;
        let next = found.last().filter(|_| full).map(|delivery| delivery.seq);
        Ok(Page { items: found.into_iter().map(view_delivery).collect(), next })
    }

    /// Sends finished messages again, with the ids they had. Returns how many.
    pub async fn replay_webhook(&self, by: &Principal, id: WebhookId, what: Replay) -> Result<u64> {
        allow(by, Action::WebhookWrite, None)?;
        let (inner, by) = (self.inner.clone(), by.clone());
        let replayed = self.inner.store.write(move |tx| {
            let hook = own(tx, &by, id)?;
            let (count, told) = match what {
                Replay::One(message) => {
                    let found = webhooks::delivery(tx, id, message)?.ok_or_else(|| {
                        EngineError::not_found(format!("delivery {message} of this webhook"))
                    })?;
                    if found.kind == TEST {
                        let message = "a test is not sent again; send another";
                        return Err(EngineError::invalid("invalid_input", "/id", message));
                    }
                    let again = webhooks::replay(tx, id, message)?;
                    (u64::from(again), json!(message.to_string()))
                }
                Replay::Since(since, which) => {
                    (webhooks::replay_since(tx, id, since, which)?, json!(since.to_string()))
                }
            };
            let more = [("count", count.into()), ("from", told)];
            note(tx, &inner, &By::principal(&by), &hook, "webhook.replayed", more)?;
            Ok::<_, EngineError>(count)
        });
        replayed.await
    }

    /// Sends a test now, whatever the endpoint's state, and returns what it met. It is tried once.
    pub async fn test_webhook(&self, by: &Principal, id: WebhookId) -> Result<DeliveryView> {
        allow(by, Action::WebhookWrite, None)?;
        let (inner, principal) = (self.inner.clone(), by.clone());
        let leased = self.inner.store.write(move |tx| {
            let hook = own(tx, &principal, id)?;
            let now = tx.now();
            let told = Told {
                loop_name: String::new(),
                case: Some(id.to_string()),
                at: now,
                data: json!({"message": "This is a test: nothing happened."}),
            };
            let delivery = Delivery {
                seq: 0,
                webhook: id,
                id: MessageId(inner.ids.uuid(now)?),
                lane: id.to_string(),
                kind: TEST.to_owned(),
                payload: serde_json::to_string(&told).map_err(EngineError::internal)?,
                state: "waiting".to_owned(),
                available_at: now,
                attempts: 1,
                token: 1,
                last: Attempt::default(),
                created_at: now,
                finished_at: None,
            };
            webhooks::insert_leased(tx, &delivery, Timestamp(now.0 + LEASE))?;
            let stored = webhooks::delivery(tx, id, delivery.id)?;
            let stored = stored.ok_or_else(|| EngineError::internal("a test was not stored"))?;
            Ok::<_, EngineError>((hook, stored))
        });
        let (hook, delivery) = leased.await?;
        let (verdict, met) = self.attempt(&hook, &delivery).await;
        self.settle_test(&delivery, verdict == Verdict::Delivered, met).await?;
        let message = delivery.id;
        let found = self
            .inner
            .store
            .read(move |tx| Ok::<_, EngineError>(webhooks::delivery(tx, id, message)?));
        found.await?.map(view_delivery).ok_or_else(|| no_hook(id))
    }

    /// How many messages wait for endpoints, and how many were given up and are kept.
    pub async fn webhook_counts(&self) -> Result<(u64, u64)> {
        self.inner.store.read(|tx| Ok::<_, EngineError>(webhooks::counts(tx)?)).await
    }
}
