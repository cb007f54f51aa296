//! Adding, changing and removing channels.

use serde_json::Value;
use tandem_connect::broker::{Address, Protocol};
use tandem_connect::desk::Template;
use tandem_connect::http::Target;
use tandem_domain::{ChannelId, Timestamp};
use tandem_store::Tx;
use tandem_store::channels::{self, Channel};

use super::{
    Broker, Call, ChannelView, Config, DESK, Desk, Direction, MOST_CHANNELS, no_channel, note,
};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::By;
use crate::webhooks::{KINDS, Payload};

/// A channel to make.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// What people call it.
    pub name: String,
    /// As in `nats`.
    pub kind: String,
    /// Which way messages go.
    pub direction: Direction,
    /// Inward: the loop that its cases go to.
    pub loop_name: Option<String>,
    /// Outward: the kinds it wants; empty for all.
    pub kinds: Vec<String>,
    /// Outward: the loops it wants; empty for all.
    pub loops: Vec<String>,
    /// Outward: how much a message says.
    pub payload: Payload,
    /// What the kind needs.
    pub config: Config,
}

/// What to change about a channel.
#[derive(Debug, Clone, Default)]
pub struct ChannelChange {
    /// What people call it.
    pub name: Option<String>,
    /// Inward: the loop that its cases go to.
    pub loop_name: Option<String>,
    /// Outward: the kinds it wants.
    pub kinds: Option<Vec<String>>,
    /// Outward: the loops it wants.
    pub loops: Option<Vec<String>>,
    /// Outward: how much a message says.
    pub payload: Option<Payload>,
    /// What the kind needs.
    pub config: Option<Config>,
    /// Whether it waits.
    pub paused: Option<bool>,
}

impl Engine {
    /// Adds a channel. Its address is resolved and checked now, and again at every connection; the loop
    /// of one that goes inward may be published later.
    pub async fn add_channel(
        &self,
        by: &Principal,
        new: NewChannel,
        idem: Option<IdemKey>,
    ) -> Result<(ChannelView, bool)> {
        allow(by, Action::ChannelWrite, None)?;
        let NewChannel { name, kind, direction, loop_name, kinds, loops, payload, config } = new;
        let channel = Channel {
            id: ChannelId(self.inner.ids.uuid(self.now())?),
            space: by.space.clone(),
            kind,
            name: name.trim().to_owned(),
            direction: direction.as_str().to_owned(),
            loop_name,
            kinds,
            loops,
            payload: payload.as_str().to_owned(),
            config: serde_json::to_string(&config).map_err(EngineError::internal)?,
            made_by: by.id(),
            made_by_person: by.requester(),
            state: "active".to_owned(),
            revision: 1,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
        };
        self.check(&channel, &config).await?;
        let (inner, asker) = (self.inner.clone(), by.clone());
        let (id, created) = self
            .inner
            .store
            .write(move |tx| {
                if let Some(id) = replayed(tx, &asker, idem.as_ref())? {
                    let id: ChannelId = id.parse().map_err(EngineError::internal)?;
                    return Ok((id, false));
                }
                free_name(tx, &channel)?;
                let others = channels::list(tx, &channel.space, "", MOST_CHANNELS)?;
                if others.len() >= MOST_CHANNELS as usize {
                    return Err(EngineError::Conflict {
                        code: "too_many_channels",
                        message: format!(
                            "a space takes {MOST_CHANNELS} channels; remove one first"
                        ),
                        resource: None,
                    });
                }
                let now = tx.now();
                let channel = Channel { created_at: now, updated_at: now, ..channel.clone() };
                channels::add(tx, &channel)?;
                let by = By::principal(&asker);
                note(tx, &inner, &by, &channel, "channel.added", settings_of(&channel))?;
                remember(tx, &asker, idem.as_ref(), &channel.id.to_string())?;
                Ok::<_, EngineError>((channel.id, true))
            })
            .await?;
        self.look_at_channels().await?;
        Ok((self.channel(by, id).await?, created))
    }

    /// Changes a channel: it connects anew, under the rights of whoever changed it.
    pub async fn change_channel(
        &self,
        by: &Principal,
        id: ChannelId,
        change: ChannelChange,
    ) -> Result<ChannelView> {
        allow(by, Action::ChannelWrite, None)?;
        let before = self.own_channel(by, id).await?;
        let changed = changed(before, by, change)?;
        self.check(&changed, &super::config_of(&changed)?).await?;
        let (inner, asker) = (self.inner.clone(), by.clone());
        let written = self.inner.store.write(move |tx| {
            let now = own(tx, &asker, id)?;
            if now.revision + 1 != changed.revision {
                return Err(EngineError::Conflict {
                    code: "changed_meanwhile",
                    message: "somebody else changed this channel; look at it again".to_owned(),
                    resource: Some(id.to_string()),
                });
            }
            if now.name != changed.name {
                free_name(tx, &changed)?;
            }
            let changed = Channel { updated_at: tx.now(), ..changed.clone() };
            channels::update(tx, &changed)?;
            let by = By::principal(&asker);
            note(tx, &inner, &by, &changed, "channel.changed", settings_of(&changed))
        });
        written.await?;
        self.look_at_channels().await?;
        self.channel(by, id).await
    }

    /// Removes a channel with what waits for it.
    pub async fn remove_channel(&self, by: &Principal, id: ChannelId) -> Result<()> {
        allow(by, Action::ChannelWrite, None)?;
        let (inner, asker) = (self.inner.clone(), by.clone());
        let removed = self.inner.store.write(move |tx| {
            let channel = own(tx, &asker, id)?;
            channels::remove(tx, id)?;
            note(tx, &inner, &By::principal(&asker), &channel, "channel.removed", [])
        });
        removed.await?;
        self.look_at_channels().await
    }

    /// Looks for faults that show before anything is connected.
    async fn check(&self, channel: &Channel, config: &Config) -> Result<()> {
        if channel.name.is_empty() || channel.name.len() > 64 || !plain(&channel.name) {
            return invalid("/name", "a name has 1 to 64 letters, digits, spaces, `-`, `_` or `.`");
        }
        let known = self.channel_kinds().into_iter().find(|kind| kind.name == channel.kind);
        let Some(kind) = known else {
            return invalid("/kind", "kinds are nats, amqp and helpdesk");
        };
        let inward = channel.direction == Direction::In.as_str();
        if !kind.directions.iter().any(|direction| direction.as_str() == channel.direction) {
            return invalid("/direction", "a help desk goes `out`; what it tells comes by /sync");
        }
        match (&channel.loop_name, inward) {
            (None, true) => return invalid("/loop", "name the loop that its cases go to"),
            (Some(_), false) => {
                return invalid("/loop", "a channel that goes out names its loops in `loops`");
            }
            _ => {}
        }
        if inward && !(channel.kinds.is_empty() && channel.loops.is_empty()) {
            return invalid("/kinds", "`kinds` and `loops` are for channels that go out");
        }
        let told =
            |kind: &str| KINDS.contains(&kind) || (kind == super::QUEUED && channel.kind == DESK);
        if let Some(at) = channel.kinds.iter().position(|kind| !told(kind)) {
            let message = format!("there is no such kind; kinds are {}", KINDS.join(", "));
            return invalid(&format!("/kinds/{at}"), message);
        }
        match config {
            Config::Broker(broker) if channel.kind != DESK => {
                self.check_broker(channel, broker, inward).await
            }
            Config::Desk(desk) if channel.kind == DESK => self.check_desk(desk).await,
            Config::Broker(_) => invalid("/desk", "a help desk needs `desk`: its templates"),
            Config::Desk(_) => invalid("/broker", "a broker needs `broker`: its address and place"),
        }
    }

    async fn check_broker(&self, channel: &Channel, broker: &Broker, inward: bool) -> Result<()> {
        let address: Address = match broker.url.parse() {
            Ok(address) => address,
            Err(error) => return invalid("/broker/url", format!("{error}")),
        };
        if address.protocol.as_str() != channel.kind {
            let message =
                format!("this is an address of {}, not of {}", address.protocol, channel.kind);
            return invalid("/broker/url", message);
        }
        let need = |given: &Option<String>, path: &str, what: &str| match given {
            Some(text)
                if !text.trim().is_empty()
                    && text.len() <= 255
                    && !text.contains(char::is_control) =>
            {
                Ok(())
            }
            _ => invalid(path, format!("name {what} (at most 255 bytes)")),
        };
        match (address.protocol, inward) {
            (Protocol::Nats, true) => need(&broker.stream, "/broker/stream", "the stream to read")?,
            (Protocol::Nats, false) => {
                need(&broker.subject, "/broker/subject", "the subject to publish to")?;
                check_subject(broker.subject.as_deref().unwrap_or_default())?;
            }
            (Protocol::Amqp, true) => need(&broker.queue, "/broker/queue", "the queue to read")?,
            (Protocol::Amqp, false) => {
                need(&broker.routing_key, "/broker/routing_key", "the routing key")?;
            }
        }
        if address.protocol == Protocol::Amqp && broker.secret.is_some() && broker.user.is_none() {
            return invalid(
                "/broker/user",
                "AMQP signs in with a user and a password; name the user",
            );
        }
        if let Some(name) = &broker.secret
            && let Err(why) = self.secret(name, &address.origin())
        {
            return invalid("/broker/secret", why);
        }
        match address.resolve(&self.inner.channels.settings.guard).await {
            Ok(_) => Ok(()),
            Err(error) => invalid("/broker/url", error.to_string()),
        }
    }

    async fn check_desk(&self, desk: &Desk) -> Result<()> {
        self.check_call(&desk.create, "/desk/create").await?;
        if let Some(update) = &desk.update {
            self.check_call(update, "/desk/update").await?;
        }
        pointer(&desk.id_at, "/desk/id_at")?;
        if let Some(at) = &desk.url_at {
            pointer(at, "/desk/url_at")?;
        }
        if let Some(sync) = &desk.sync {
            pointer(&sync.ticket_at, "/desk/sync/ticket_at")?;
            pointer(&sync.status_at, "/desk/sync/status_at")?;
            if let Some(at) = &sync.comment_at {
                pointer(at, "/desk/sync/comment_at")?;
            }
        }
        Ok(())
    }

    async fn check_call(&self, call: &Call, path: &str) -> Result<()> {
        let template = call.template();
        if let Err(error) = template.check() {
            return invalid(&format!("{path}{}", error.path), error.why);
        }
        let prefix = call.url.split("{{").next().unwrap_or_default();
        let target: Target = match prefix.parse() {
            Ok(target) => target,
            Err(error) => return invalid(&format!("{path}/url"), format!("{error}")),
        };
        for name in template.secrets() {
            if let Err(why) = self.secret(&name, &target.origin()) {
                return invalid(&format!("{path}/headers"), why);
            }
        }
        match self.inner.channels.client.guard().resolve(&target).await {
            Ok(_) => Ok(()),
            Err(error) => invalid(&format!("{path}/url"), error.to_string()),
        }
    }
}

impl Call {
    /// As it is filled.
    pub(super) fn template(&self) -> Template {
        Template {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body: self.body.clone(),
        }
    }
}

fn changed(before: Channel, by: &Principal, change: ChannelChange) -> Result<Channel> {
    let ChannelChange { name, loop_name, kinds, loops, payload, config, paused } = change;
    let mut changed = before;
    changed.name = name.map_or(changed.name, |name| name.trim().to_owned());
    changed.loop_name = loop_name.or(changed.loop_name);
    changed.kinds = kinds.unwrap_or(changed.kinds);
    changed.loops = loops.unwrap_or(changed.loops);
    if let Some(config) = config {
        changed.config = serde_json::to_string(&config).map_err(EngineError::internal)?;
    }
    if let Some(payload) = payload {
        payload.as_str().clone_into(&mut changed.payload);
    }
    if let Some(paused) = paused {
        let state = if paused { "paused" } else { "active" };
        state.clone_into(&mut changed.state);
    }
    changed.made_by = by.id();
    changed.made_by_person = by.requester();
    changed.revision += 1;
    Ok(changed)
}

fn invalid<T>(path: &str, message: impl Into<String>) -> Result<T> {
    Err(EngineError::invalid("invalid_input", path, message))
}

fn plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || " -_.".contains(c))
}

fn pointer(text: &str, path: &str) -> Result<()> {
    if text.starts_with('/') && text.len() <= 255 {
        return Ok(());
    }
    invalid(path, "give a JSON pointer, as in /ticket/id")
}

/// A subject to publish to: tokens between single dots, no wildcards.
fn check_subject(subject: &str) -> Result<()> {
    let filled = subject.replace("{loop}", "x").replace("{kind}", "x");
    let good = |token: &str| {
        !token.is_empty()
            && !token.contains(['*', '>', '{', '}'])
            && !token.contains(char::is_whitespace)
    };
    if filled.split('.').all(good) {
        return Ok(());
    }
    invalid("/broker/subject", "a subject is words between dots; {loop} and {kind} may stand in it")
}

fn free_name(tx: &mut dyn Tx, channel: &Channel) -> Result<()> {
    match channels::by_name(tx, &channel.space, &channel.name)? {
        None => Ok(()),
        Some(other) => Err(EngineError::Conflict {
            code: "name_taken",
            message: format!("there is a channel `{}` already; choose another name", other.name),
            resource: Some(other.id.to_string()),
        }),
    }
}

/// A channel of the principal's space, locked.
pub(super) fn own(tx: &mut dyn Tx, by: &Principal, id: ChannelId) -> Result<Channel> {
    channels::lock(tx, id)?.filter(|found| found.space == by.space).ok_or_else(|| no_channel(id))
}

fn settings_of(channel: &Channel) -> [(&'static str, Value); 5] {
    [
        ("kinds", channel.kinds.iter().cloned().collect()),
        ("loops", channel.loops.iter().cloned().collect()),
        ("loop", channel.loop_name.clone().into()),
        ("payload", channel.payload.as_str().into()),
        ("state", channel.state.as_str().into()),
    ]
}
