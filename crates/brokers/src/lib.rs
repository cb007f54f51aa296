//! The protocols of message brokers: NATS JetStream (feature `nats`) and AMQP 0.9.1 (feature `amqp`).
//!
//! A crate of its own, so that a build without them needs none of their libraries, and one with them
//! compiles nothing of ours anew. What the engine asks for is in `tandem_connect::broker`; nothing
//! here decides anything.

#[cfg(feature = "amqp")]
mod amqp;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "amqp")]
mod tcp;

use tandem_connect::broker::{
    Boxed, BrokerError, Connector, Protocol, ReadFrom, Sender, Setup, Source, WriteTo,
};

/// The protocols that were built in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Brokers;

impl Connector for Brokers {
    fn speaks(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Nats => cfg!(feature = "nats"),
            Protocol::Amqp => cfg!(feature = "amqp"),
        }
    }

    fn source(
        &self,
        setup: Setup,
        from: ReadFrom,
    ) -> Boxed<'_, Result<Box<dyn Source>, BrokerError>> {
        Box::pin(async move {
            match from {
                #[cfg(feature = "nats")]
                ReadFrom::Stream { stream, subject, durable } => {
                    let read = nats::Reader::open(setup, stream, subject, durable).await?;
                    Ok(Box::new(read) as Box<dyn Source>)
                }
                #[cfg(feature = "amqp")]
                ReadFrom::Queue(queue) => {
                    Ok(Box::new(amqp::Reader::open(setup, queue).await?) as Box<dyn Source>)
                }
                #[cfg(not(all(feature = "nats", feature = "amqp")))]
                _ => Err(BrokerError::NotBuilt(setup.address.protocol)),
            }
        })
    }

    fn sender(&self, setup: Setup, to: WriteTo) -> Boxed<'_, Result<Box<dyn Sender>, BrokerError>> {
        Box::pin(async move {
            match to {
                #[cfg(feature = "nats")]
                WriteTo::Subjects => {
                    Ok(Box::new(nats::Writer::open(setup).await?) as Box<dyn Sender>)
                }
                #[cfg(feature = "amqp")]
                WriteTo::Exchange(exchange) => {
                    Ok(Box::new(amqp::Writer::open(setup, exchange).await?) as Box<dyn Sender>)
                }
                #[cfg(not(all(feature = "nats", feature = "amqp")))]
                _ => Err(BrokerError::NotBuilt(setup.address.protocol)),
            }
        })
    }
}
