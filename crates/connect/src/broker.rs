//! Message brokers: what the engine asks of them, whatever protocol they speak.
//!
//! A [`Connector`] opens a [`Source`] (messages come in, and are acknowledged one by one after the
//! commit) or a [`Sender`] (messages go out, and count once the broker has confirmed them). The
//! protocols are built in a crate of their own, so that a build without them needs none of their
//! libraries; [`NoBrokers`] stands for that build and says how to get another.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;

use crate::http::{Guard, HttpError, Target, TargetError};

/// A future of a trait that is used as an object.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// NATS with JetStream.
    Nats,
    /// AMQP 0.9.1, as RabbitMQ speaks it.
    Amqp,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 2] = [Self::Nats, Self::Amqp];

    /// As it is written, and the name of the feature that builds it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nats => "nats",
            Self::Amqp => "amqp",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a broker is: `nats://host:4222`, `tls://host:4222`, `amqp://host/vhost`, `amqps://host`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The protocol.
    pub protocol: Protocol,
    /// Whether TLS is spoken.
    pub secure: bool,
    /// The virtual host of AMQP, decoded; `/` where none is named.
    pub vhost: String,
    /// The host and port, checked as any other address is.
    target: Target,
}

impl Address {
    /// The host as it is resolved.
    pub fn host(&self) -> &str {
        &self.target.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.target.port
    }

    /// Host and port: what may be shown and recorded.
    pub fn place(&self) -> String {
        format!("{}:{}", self.target.host, self.target.port)
    }

    /// Scheme, host and port: what a secret can be bound to.
    pub fn origin(&self) -> String {
        let scheme = match (self.protocol, self.secure) {
            (Protocol::Nats, false) => "nats",
            (Protocol::Nats, true) => "tls",
            (Protocol::Amqp, false) => "amqp",
            (Protocol::Amqp, true) => "amqps",
        };
        format!("{scheme}://{}", self.place())
    }

    /// Resolves the host once and checks every address of it.
    ///
    /// # Errors
    /// As [`Guard::resolve`] has them.
    pub async fn resolve(&self, guard: &Guard) -> Result<Vec<SocketAddr>, HttpError> {
        if !self.secure && !guard.allow_private {
            return Err(HttpError::Forbidden(format!(
                "a broker without TLS is refused: write {}://… (one on this machine or in your own \
                 network takes {})",
                if self.protocol == Protocol::Nats { "tls" } else { "amqps" },
                guard.option
            )));
        }
        guard.resolve(&self.target).await
    }
}

impl FromStr for Address {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let refuse = |why: &str| Err(TargetError::new(why));
        let Some((scheme, rest)) = text.split_once("://") else {
            return refuse("the scheme is missing; write nats://, tls://, amqp:// or amqps://host");
        };
        let (protocol, secure, usual) = match scheme {
            "nats" => (Protocol::Nats, false, 4222),
            "tls" => (Protocol::Nats, true, 4222),
            "amqp" => (Protocol::Amqp, false, 5672),
            "amqps" => (Protocol::Amqp, true, 5671),
            _ => return refuse("brokers are at nats://, tls:// (NATS), amqp:// or amqps://host"),
        };
        if rest.contains('@') {
            return refuse(
                "leave out user and password: name them as `user` and `secret` (`serve --secret`)",
            );
        }
        if rest.contains('?') {
            return refuse("leave out the part after `?`: settings are fields of their own");
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if protocol == Protocol::Nats && !path.is_empty() {
            return refuse("an address of NATS has no path; write nats://host:4222");
        }
        let scheme = if secure { "https" } else { "http" };
        let mut target: Target = format!("{scheme}://{authority}/").parse()?;
        // Where none was written, the port of HTTP stands there.
        if !authority.rsplit(']').next().unwrap_or_default().contains(':') {
            target.port = usual;
        }
        let vhost = if path.is_empty() { "/".to_owned() } else { decode(path)? };
        Ok(Self { protocol, secure, vhost, target })
    }
}

/// Undoes percent-encoding.
fn decode(path: &str) -> Result<String, TargetError> {
    let bad = || TargetError::new("the virtual host is written in percent-encoding, as in /%2Fdev");
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'/' {
            return Err(bad());
        }
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err(bad());
        };
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

/// A connection to make.
#[derive(Clone)]
pub struct Setup {
    /// Where the broker is.
    pub address: Address,
    /// The addresses of its host, checked.
    pub resolved: Vec<SocketAddr>,
    /// Certificates (DER) trusted besides those of the system.
    pub extra_roots: Vec<Vec<u8>>,
    /// Who signs in; without, the secret is a token (NATS).
    pub user: Option<String>,
    /// The password or token.
    pub secret: Option<String>,
    /// What the connection is called on the broker's own pages.
    pub name: String,
    /// Bound for connecting and signing in, and for each answer of the broker.
    pub timeout: Duration,
}

impl fmt::Debug for Setup {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What a source reads from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFrom {
    /// A stream of JetStream, by a durable consumer of this name; made where it is not there.
    Stream {
        /// The stream; it must be there.
        stream: String,
        /// Only messages of this subject; empty for all of the stream.
        subject: String,
        /// The consumer's name: nodes that share it share the messages.
        durable: String,
    },
    /// A queue of AMQP; it must be there.
    Queue(String),
}

/// What a sender writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteTo {
    /// Subjects of NATS, which a stream must keep.
    Subjects,
    /// An exchange of AMQP, empty for the default one. What no queue takes counts as not delivered.
    Exchange(String),
}

/// A message that came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Names it when it is settled; good until the connection ends.
    pub tag: u64,
    /// What the sender named it: the id of its CloudEvent, `Nats-Msg-Id`, or `message_id`; or, on a
    /// stream, its place there. The same on redelivery.
    pub id: Option<String>,
    /// Its subject or routing key.
    pub subject: String,
    /// What it says.
    pub body: Bytes,
    /// How often it was delivered, this time included; 2 where only a repeat is known.
    pub deliveries: u64,
}

/// What is to become of a message that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// It is stored: the broker may forget it.
    Done,
    /// It is no good and kept elsewhere: the broker gives it up (to its own dead letters, if any).
    Dead,
    /// It is to come again, after a while.
    Later(Duration),
}

/// A message to send.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its id: the same at every attempt; the broker or the receiver drops repeats by it.
    pub id: String,
    /// Subject or routing key.
    pub subject: String,
    /// Its kind, as a CloudEvent has it.
    pub kind: String,
    /// A structured CloudEvent.
    pub body: Bytes,
}

/// Messages come in.
pub trait Source: Send {
    /// The next messages: waits at most `wait` for the first, then takes what is there, at most `most`.
    fn next(
        &mut self,
        most: usize,
        wait: Duration,
    ) -> Boxed<'_, Result<Vec<Incoming>, BrokerError>>;

    /// Tells the broker what became of messages.
    fn settle(&mut self, told: Vec<(u64, Settle)>) -> Boxed<'_, Result<(), BrokerError>>;

    /// How many messages wait at the broker, where it says so.
    fn waiting(&mut self) -> Boxed<'_, Result<Option<u64>, BrokerError>>;
}

/// Messages go out.
pub trait Sender: Send {
    /// Sends messages in order and waits until the broker has confirmed or refused each.
    ///
    /// # Errors
    /// When the connection is lost: any of them may have arrived.
    fn send(
        &mut self,
        messages: Vec<Outgoing>,
    ) -> Boxed<'_, Result<Vec<Result<(), BrokerError>>, BrokerError>>;
}

/// Opens connections to brokers.
pub trait Connector: Send + Sync {
    /// Whether a protocol is built in.
    fn speaks(&self, protocol: Protocol) -> bool;

    /// Connects and begins to read.
    fn source(
        &self,
        setup: Setup,
        from: ReadFrom,
    ) -> Boxed<'_, Result<Box<dyn Source>, BrokerError>>;

    /// Connects for writing.
    fn sender(&self, setup: Setup, to: WriteTo) -> Boxed<'_, Result<Box<dyn Sender>, BrokerError>>;
}

/// A build without any protocol.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoBrokers;

impl Connector for NoBrokers {
    fn speaks(&self, _: Protocol) -> bool {
        false
    }

    fn source(&self, setup: Setup, _: ReadFrom) -> Boxed<'_, Result<Box<dyn Source>, BrokerError>> {
        Box::pin(async move { Err(BrokerError::NotBuilt(setup.address.protocol)) })
    }

    fn sender(&self, setup: Setup, _: WriteTo) -> Boxed<'_, Result<Box<dyn Sender>, BrokerError>> {
        Box::pin(async move { Err(BrokerError::NotBuilt(setup.address.protocol)) })
    }
}

/// What a broker, or the way to it, refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// This program does not speak the protocol.
    #[error("this build does not speak {0}; build with `cargo build --features {0}`")]
    NotBuilt(Protocol),
    /// The address must not be reached, or its name does not resolve.
    #[error(transparent)]
    Address(#[from] HttpError),
    /// The broker does not let us in.
    #[error("{0} refused the sign-in: check `user` and the value of the secret")]
    Refused(String),
    /// What is to be read or written is not there.
    #[error("{0}")]
    Missing(String),
    /// One message is at fault; sent again it fails again.
    #[error("{0}")]
    Message(String),
    /// The connection is lost, or the broker does not answer.
    #[error("{0}")]
    Lost(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_brokers_are_read() {
        for (text, origin, vhost) in [
            ("nats://mq.example", "nats://mq.example:4222", "/"),
            ("tls://MQ.example:443", "tls://mq.example:443", "/"),
            ("amqp://127.0.0.1:5673/dev", "amqp://127.0.0.1:5673", "dev"),
            ("amqps://mq.example/%2Fa%20b", "amqps://mq.example:5671", "/a b"),
            ("amqps://mq.example:443", "amqps://mq.example:443", "/"),
            ("amqp://[::1]", "amqp://::1:5672", "/"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.origin().as_str(), address.vhost.as_str()), (origin, vhost));
        }
    }

    #[test]
    fn what_is_no_address_of_a_broker_is_refused_with_the_mend() {
        for (text, part) in [
            ("mq.example", "scheme"),
            ("https://mq.example", "brokers are at"),
            ("nats://u:p@mq.example", "`secret`"),
            ("nats://mq.example/x", "no path"),
            ("amqp://mq.example/a/b", "virtual host"),
            ("amqp://mq.example/%zz", "virtual host"),
            ("amqp://mq.example?heartbeat=1", "`?`"),
            ("amqp://127.1/", "four decimal"),
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[tokio::test]
    async fn a_broker_inside_is_reached_only_where_the_server_allows_it() {
        let guard = Guard { option: "--channel-allow-private", ..Guard::default() };
        let address: Address = "nats://127.0.0.1:4222".parse().unwrap();
        let error = address.resolve(&guard).await.unwrap_err().to_string();
        assert!(error.contains("tls://") && error.contains("--channel-allow-private"), "{error}");
        let address: Address = "amqps://127.0.0.1".parse().unwrap();
        let error = address.resolve(&guard).await.unwrap_err().to_string();
        assert!(error.contains("loopback"), "{error}");
        let guard = Guard { allow_private: true, ..guard };
        assert_eq!(address.resolve(&guard).await.unwrap()[0].port(), 5671);
        let metadata: Address = "amqp://169.254.169.254".parse().unwrap();
        assert!(metadata.resolve(&guard).await.is_err());
    }
}
