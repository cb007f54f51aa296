//! NATS JetStream: a durable pull consumer inward, acknowledged publishing outward.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{Context, PublishErrorKind};
use async_nats::jetstream::message::{Acker, PublishMessage};
use async_nats::jetstream::{AckKind, Message};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, HeaderMap, ServerAddr};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tandem_connect::broker::{
    Boxed, BrokerError, Incoming, Outgoing, Sender, Settle, Setup, Source,
};
use tandem_connect::http::client_config;
use tokio_rustls::rustls::Error as TlsError;

/// How long the server waits for an acknowledgement before it delivers again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Messages delivered and not yet acknowledged: the bound of what lies here.
const MOST_OPEN: i64 = 4_096;
/// Messages asked for at a time.
const PULL: usize = 1_024;
/// How long more messages are waited for once one is there.
const LINGER: Duration = Duration::from_millis(2);
/// The longest time without a sign of life of the server while messages are awaited.
const HEARTBEAT: Duration = Duration::from_secs(5);

async fn connect(setup: &Setup) -> Result<Client, BrokerError> {
    let place = setup.address.place();
    let lost = |error: &dyn std::fmt::Display| BrokerError::Lost(format!("{place}: {error}"));
    let mut options = ConnectOptions::new()
        .name(&setup.name)
        .connection_timeout(setup.timeout)
        .request_timeout(Some(setup.timeout))
        // Other servers of a cluster were checked by nobody.
        .ignore_discovered_servers()
        .retain_servers_order()
        // Whoever holds the channel connects anew, and says so in its health.
        .max_reconnects(1);
    options = match (&setup.user, &setup.secret) {
        (Some(user), secret) => {
            options.user_and_password(user.clone(), secret.clone().unwrap_or_default())
        }
        (None, Some(token)) => options.token(token.clone()),
        (None, None) => options,
    };
    let address = if setup.address.secure {
        // The certificate names the host, so the host is what is connected to.
        options = options.require_tls(true).tls_client_config(client_config(&setup.extra_roots)?);
        format!("tls://{place}")
    } else {
        let checked = setup.resolved.first().ok_or_else(|| lost(&"there is no address"))?;
        format!("nats://{checked}")
    };
    let address: ServerAddr = address.parse().map_err(|error| lost(&error))?;
    let connecting = tokio::time::timeout(setup.timeout, options.connect(address));
    let connected = connecting.await.map_err(|_| lost(&"no answer in time"))?;
    connected.map_err(|error| match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            BrokerError::Refused(place.clone())
        }
        _ => {
            // What the library says leaves out the reason that it knows.
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            let mut of_tls = false;
            while let Some(inner) = source {
                let io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
                of_tls |= io.and_then(|io| io.downcast_ref::<TlsError>()).is_some();
                let more = inner.to_string();
                if !text.contains(&more) {
                    text = format!("{text}: {more}");
                }
                source = inner.source();
            }
            if of_tls {
                text = format!("TLS failed: {text}");
            }
            lost(&text)
        }
    })
}

fn context(client: Client, timeout: Duration) -> Context {
    async_nats::jetstream::context::ContextBuilder::new()
        .timeout(timeout)
        .ack_timeout(timeout)
        .max_ack_inflight(8_192)
        .backpressure_on_inflight(true)
        .build(client)
}

/// Reads a stream.
pub(crate) struct Reader {
    client: Client,
    consumer: PullConsumer,
    stream_name: String,
    /// Asked for with the first message: until then nothing is delivered here.
    messages: Option<pull::Stream>,
    open: HashMap<u64, Acker>,
    next_tag: u64,
}

impl Reader {
    pub(crate) async fn open(
        setup: Setup,
        stream_name: String,
        subject: String,
        durable: String,
    ) -> Result<Self, BrokerError> {
        let client = connect(&setup).await?;
        let context = context(client.clone(), setup.timeout);
        let stream = context.get_stream(&stream_name).await.map_err(|error| {
            BrokerError::Missing(format!(
                "the stream `{stream_name}` cannot be read ({error}); make it with \
                 `nats stream add {stream_name}`"
            ))
        })?;
        let config = pull::Config {
            durable_name: Some(durable.clone()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: MOST_OPEN,
            filter_subject: subject,
            ..pull::Config::default()
        };
        let consumer = stream.get_or_create_consumer(&durable, config).await;
        let consumer = consumer.map_err(|error| {
            BrokerError::Missing(format!("the consumer `{durable}` cannot be made: {error}"))
        })?;
        Ok(Self {
            client,
            consumer,
            stream_name,
            messages: None,
            open: HashMap::new(),
            next_tag: 0,
        })
    }

    async fn begin(&mut self) -> Result<(), BrokerError> {
        if self.messages.is_none() {
            let asked = self
                .consumer
                .stream()
                .max_messages_per_batch(PULL)
                .heartbeat(HEARTBEAT)
                .expires(HEARTBEAT * 4)
                .messages();
            let asked = asked.await.map_err(|error| BrokerError::Lost(error.to_string()))?;
            self.messages = Some(asked);
        }
        Ok(())
    }

    fn take(&mut self, message: Message) -> Incoming {
        let (place, deliveries) = message.info().map_or((None, 1), |info| {
            let at = info.published.unix_timestamp_nanos();
            let place = format!("{}:{}:{at}", self.stream_name, info.stream_sequence);
            (Some(place), u64::try_from(info.delivered).unwrap_or(1))
        });
        let header = |name: &str| {
            let found = message.headers.as_ref().and_then(|headers| headers.get(name));
            found.map(|value| value.as_str().to_owned()).filter(|text| !text.is_empty())
        };
        let event = header("ce-id").and_then(|id| Some(format!("{}#{id}", header("ce-source")?)));
        let id = event.or_else(|| header("Nats-Msg-Id")).or(place);
        let (message, acker) = message.split();
        self.next_tag += 1;
        self.open.insert(self.next_tag, acker);
        Incoming {
            tag: self.next_tag,
            id,
            subject: message.subject.to_string(),
            body: message.payload,
            deliveries,
        }
    }
}

impl Source for Reader {
    fn next(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> Boxed<'_, Result<Vec<Incoming>, BrokerError>> {
        Box::pin(async move {
            self.begin().await?;
            let mut taken = Vec::new();
            let mut patience = wait;
            while taken.len() < most {
                let Some(messages) = &mut self.messages else { break };
                let waited = tokio::time::timeout(patience, messages.next()).await;
                let Ok(next) = waited else { break };
                match next {
                    Some(Ok(message)) => taken.push(self.take(message)),
                    // What came is good; the next call meets the fault again.
                    Some(Err(_)) | None if !taken.is_empty() => break,
                    Some(Err(error)) => return Err(BrokerError::Lost(error.to_string())),
                    None => {
                        return Err(BrokerError::Lost("the stream of messages ended".to_owned()));
                    }
                }
                patience = LINGER;
            }
            Ok(taken)
        })
    }

    fn settle(&mut self, told: Vec<(u64, Settle)>) -> Boxed<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            for (tag, settle) in told {
                let Some(acker) = self.open.remove(&tag) else { continue };
                let kind = match settle {
                    Settle::Done => AckKind::Ack,
                    Settle::Dead => AckKind::Term,
                    Settle::Later(wait) => AckKind::Nak(Some(wait)),
                };
                let sent = acker.ack_with(kind).await;
                sent.map_err(|error| BrokerError::Lost(error.to_string()))?;
            }
            self.client.flush().await.map_err(|error| BrokerError::Lost(error.to_string()))
        })
    }

    fn waiting(&mut self) -> Boxed<'_, Result<Option<u64>, BrokerError>> {
        Box::pin(async move {
            let info = self.consumer.get_info().await;
            let info = info.map_err(|error| BrokerError::Lost(error.to_string()))?;
            Ok(Some(info.num_pending + info.num_ack_pending as u64))
        })
    }
}

/// Publishes, and waits for the stream to say that it has stored each message.
pub(crate) struct Writer {
    context: Context,
}

impl Writer {
    pub(crate) async fn open(setup: Setup) -> Result<Self, BrokerError> {
        let client = connect(&setup).await?;
        Ok(Self { context: context(client, setup.timeout) })
    }
}

impl Sender for Writer {
    fn send(
        &mut self,
        messages: Vec<Outgoing>,
    ) -> Boxed<'_, Result<Vec<Result<(), BrokerError>>, BrokerError>> {
        Box::pin(async move {
            let mut acks = Vec::with_capacity(messages.len());
            for message in messages {
                let mut headers = HeaderMap::new();
                headers.insert("Content-Type", "application/cloudevents+json");
                let publish = PublishMessage::build()
                    .payload(message.body)
                    .headers(headers)
                    .message_id(&message.id);
                let subject = message.subject;
                let sent = self.context.send_publish(subject.clone(), publish).await;
                acks.push(async move {
                    match sent {
                        Ok(ack) => ack.await.map(drop).map_err(|error| (subject, error)),
                        Err(error) => Err((subject, error)),
                    }
                });
            }
            let told = join_all(acks).await;
            let verdict =
                |told: Result<(), (String, async_nats::jetstream::context::PublishError)>| {
                    told.map_err(|(subject, error)| match error.kind() {
                        PublishErrorKind::StreamNotFound => BrokerError::Missing(format!(
                            "no stream keeps the subject `{subject}`; add it to one"
                        )),
                        PublishErrorKind::MaxPayloadExceeded => BrokerError::Message(
                            "the message is larger than the server takes (max_payload)".to_owned(),
                        ),
                        _ => BrokerError::Lost(error.to_string()),
                    })
                };
            Ok(told.into_iter().map(verdict).collect())
        })
    }
}
