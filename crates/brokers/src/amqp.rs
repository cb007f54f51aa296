//! AMQP 0.9.1: a consumer with a bounded prefetch inward, publisher confirms outward.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_rs::Runtime;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicPublishOptions, BasicQosOptions,
    BasicRejectOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueDeclareOptions,
};
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::types::FieldTable;
use lapin::uri::{AMQPAuthority, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{
    AsyncTcpStream, BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    Consumer, Error, ErrorKind, ExchangeKind,
};
use tandem_connect::broker::{
    Boxed, BrokerError, Incoming, Outgoing, Sender, Settle, Setup, Source,
};

use crate::tcp;

/// Messages delivered and not yet acknowledged: the bound of what lies here.
const PREFETCH: u16 = 4_096;
/// How long more messages are waited for once one is there.
const LINGER: Duration = Duration::from_millis(2);
/// The mark of a message that was stored by the broker for good.
const PERSISTENT: u8 = 2;

async fn connect(setup: &Setup) -> Result<Connection, BrokerError> {
    let stream = tcp::connect(setup).await?;
    let place = setup.address.place();
    let uri = AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo {
                username: setup.user.clone().unwrap_or_else(|| "guest".to_owned()),
                password: setup.secret.clone().unwrap_or_default(),
            },
            host: setup.address.host().to_owned(),
            port: setup.address.port(),
        },
        vhost: setup.address.vhost.clone(),
        ..AMQPUri::default()
    };
    let options = ConnectionProperties::default().with_connection_name(setup.name.as_str().into());
    let ready = Arc::new(Mutex::new(Some(stream)));
    let hand_over = async move |_, _| {
        let ready = ready.lock().unwrap_or_else(PoisonError::into_inner).take();
        let ready = ready.ok_or_else(|| std::io::Error::other("the connection is lost"))?;
        Ok::<_, Error>(AsyncTcpStream::Plain(ready))
    };
    let connecting = Connection::connector(uri, Runtime::tokio_current(), hand_over, options);
    let connected = tokio::time::timeout(setup.timeout, connecting).await;
    let connected =
        connected.map_err(|_| BrokerError::Lost(format!("{place}: no answer in time")))?;
    connected.map_err(|error| match error.kind() {
        ErrorKind::ProtocolError(inner) if refused(inner.kind()) => BrokerError::Refused(place),
        _ => BrokerError::Lost(format!("{place}: {error}")),
    })
}

/// A wrong password, or a virtual host that is not there or not ours.
fn refused(kind: &AMQPErrorKind) -> bool {
    matches!(
        kind,
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)
            | AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED)
    )
}

fn lost(error: Error) -> BrokerError {
    match error.kind() {
        ErrorKind::ProtocolError(inner) => match inner.kind() {
            AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => {
                BrokerError::Missing(format!("{}; declare it first", inner.get_message()))
            }
            AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => {
                BrokerError::Missing(inner.get_message().to_string())
            }
            _ => BrokerError::Lost(inner.get_message().to_string()),
        },
        _ => BrokerError::Lost(error.to_string()),
    }
}

/// Reads a queue.
pub(crate) struct Reader {
    /// Ends with it.
    connection: Connection,
    channel: Channel,
    /// Begun with the first message: until then nothing is delivered here.
    consumer: Option<Consumer>,
    queue: String,
    open: HashSet<u64>,
}

impl Reader {
    pub(crate) async fn open(setup: Setup, queue: String) -> Result<Self, BrokerError> {
        let connection = connect(&setup).await?;
        let channel = connection.create_channel().await.map_err(lost)?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await.map_err(lost)?;
        Ok(Self { connection, channel, consumer: None, queue, open: HashSet::new() })
    }

    async fn begin(&mut self) -> Result<(), BrokerError> {
        if self.consumer.is_none() {
            let begun = self.channel.basic_consume(
                self.queue.as_str().into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            );
            self.consumer = Some(begun.await.map_err(lost)?);
        }
        Ok(())
    }

    fn take(&mut self, delivery: Delivery) -> Incoming {
        let text = |text: &lapin::types::AMQPValue| match text {
            lapin::types::AMQPValue::LongString(text) => Some(text.to_string()),
            lapin::types::AMQPValue::ShortString(text) => Some(text.to_string()),
            _ => None,
        };
        let headers = delivery.properties.headers().as_ref();
        let header = |name: &str| headers.and_then(|all| all.inner().get(name)).and_then(text);
        let event = |prefix: &str| {
            let id = header(&format!("{prefix}id"))?;
            Some(format!("{}#{id}", header(&format!("{prefix}source"))?))
        };
        let named = delivery.properties.message_id().as_ref().map(ToString::to_string);
        let id = event("cloudEvents:").or_else(|| event("cloudEvents_")).or(named);
        self.open.insert(delivery.delivery_tag);
        Incoming {
            tag: delivery.delivery_tag,
            id: id.filter(|id| !id.is_empty()),
            subject: delivery.routing_key.to_string(),
            body: delivery.data.into(),
            deliveries: if delivery.redelivered { 2 } else { 1 },
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
                let Some(consumer) = &mut self.consumer else { break };
                let waited = tokio::time::timeout(patience, consumer.next()).await;
                let Ok(next) = waited else { break };
                match next {
                    Some(Ok(delivery)) => taken.push(self.take(delivery)),
                    // What came is good; the next call meets the fault again.
                    Some(Err(_)) | None if !taken.is_empty() => break,
                    Some(Err(error)) => return Err(lost(error)),
                    None => {
                        return Err(BrokerError::Lost(format!(
                            "the broker ended the consumer; is the queue `{}` still there?",
                            self.queue
                        )));
                    }
                }
                patience = LINGER;
            }
            Ok(taken)
        })
    }

    fn settle(&mut self, told: Vec<(u64, Settle)>) -> Boxed<'_, Result<(), BrokerError>> {
        Box::pin(async move {
            let mut done = Vec::with_capacity(told.len());
            for (tag, settle) in told {
                if !self.open.remove(&tag) {
                    continue;
                }
                match settle {
                    Settle::Done => done.push(tag),
                    Settle::Dead => {
                        let options = BasicRejectOptions { requeue: false };
                        self.channel.basic_reject(tag, options).await.map_err(lost)?;
                    }
                    Settle::Later(_) => {
                        let options = BasicNackOptions { multiple: false, requeue: true };
                        self.channel.basic_nack(tag, options).await.map_err(lost)?;
                    }
                }
            }
            // Where everything up to a tag is settled, one frame speaks for all of it.
            let Some(last) = done.iter().max().copied() else { return Ok(()) };
            if self.open.iter().all(|tag| *tag > last) {
                let options = BasicAckOptions { multiple: true };
                return self.channel.basic_ack(last, options).await.map_err(lost);
            }
            for tag in done {
                let options = BasicAckOptions { multiple: false };
                self.channel.basic_ack(tag, options).await.map_err(lost)?;
            }
            Ok(())
        })
    }

    fn waiting(&mut self) -> Boxed<'_, Result<Option<u64>, BrokerError>> {
        Box::pin(async move {
            // On a channel of its own: asking for a queue that is gone closes the channel.
            let channel = self.connection.create_channel().await.map_err(lost)?;
            let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
            let asked =
                channel.queue_declare(self.queue.as_str().into(), options, FieldTable::default());
            let queue = asked.await.map_err(lost)?;
            let waiting = u64::from(queue.message_count()) + self.open.len() as u64;
            drop(channel.close(200, "asked".into()).await);
            Ok(Some(waiting))
        })
    }
}

/// Publishes, and waits for the broker's confirms.
pub(crate) struct Writer {
    /// Ends with it.
    _connection: Connection,
    channel: Channel,
    exchange: String,
    timeout: Duration,
}

impl Writer {
    pub(crate) async fn open(setup: Setup, exchange: String) -> Result<Self, BrokerError> {
        let connection = connect(&setup).await?;
        let channel = connection.create_channel().await.map_err(lost)?;
        if !exchange.is_empty() {
            let options =
                ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
            let kind = ExchangeKind::Topic;
            let declared = channel.exchange_declare(
                exchange.as_str().into(),
                kind,
                options,
                FieldTable::default(),
            );
            declared.await.map_err(lost)?;
        }
        channel.confirm_select(ConfirmSelectOptions::default()).await.map_err(lost)?;
        Ok(Self { _connection: connection, channel, exchange, timeout: setup.timeout })
    }
}

impl Sender for Writer {
    fn send(
        &mut self,
        messages: Vec<Outgoing>,
    ) -> Boxed<'_, Result<Vec<Result<(), BrokerError>>, BrokerError>> {
        Box::pin(async move {
            let mut confirms = Vec::with_capacity(messages.len());
            let mut keys = Vec::with_capacity(messages.len());
            for message in messages {
                let properties = BasicProperties::default()
                    .with_message_id(message.id.as_str().into())
                    .with_type(message.kind.as_str().into())
                    .with_content_type("application/cloudevents+json".into())
                    .with_delivery_mode(PERSISTENT);
                let options = BasicPublishOptions { mandatory: true, immediate: false };
                let published = self.channel.basic_publish(
                    self.exchange.as_str().into(),
                    message.subject.as_str().into(),
                    options,
                    &message.body,
                    properties,
                );
                confirms.push(published.await.map_err(lost)?);
                keys.push(message.subject);
            }
            let all = tokio::time::timeout(self.timeout, join_all(confirms)).await;
            let all = all.map_err(|_| BrokerError::Lost("no confirm in time".to_owned()))?;
            let verdict = |(confirmed, key): (lapin::Result<Confirmation>, String)| match confirmed
            {
                Err(error) => Err(lost(error)),
                Ok(Confirmation::Nack(_)) => {
                    Err(BrokerError::Lost("the broker could not store it".to_owned()))
                }
                Ok(Confirmation::Ack(Some(_))) => Err(BrokerError::Missing(format!(
                    "no queue takes the routing key `{key}`; bind one to the exchange `{}`",
                    self.exchange
                ))),
                Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => Ok(()),
            };
            Ok(all.into_iter().zip(keys).map(verdict).collect())
        })
    }
}
