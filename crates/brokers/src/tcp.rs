//! A connection that was made here, to an address that was checked, under our own TLS. The library
//! takes plain TCP alone, so where TLS is spoken a pair of loopback sockets lies between.

use std::net::Ipv4Addr;
use std::sync::Arc;

use async_compat::Compat;
use tandem_connect::broker::{BrokerError, Setup};
use tandem_connect::http::client_config;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

/// A stream as the library wants it.
pub(crate) type Wire = Compat<TcpStream>;

/// How many addresses of a name are tried.
const MOST_TRIED: usize = 3;

/// Connects to the first of the checked addresses that answers.
pub(crate) async fn connect(setup: &Setup) -> Result<Wire, BrokerError> {
    let connecting = tokio::time::timeout(setup.timeout, open(setup));
    connecting
        .await
        .map_err(|_| BrokerError::Lost(format!("{}: no answer in time", setup.address.place())))?
}

async fn open(setup: &Setup) -> Result<Wire, BrokerError> {
    let mut failed = BrokerError::Lost("there is no address".to_owned());
    for address in setup.resolved.iter().take(MOST_TRIED) {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                drop(stream.set_nodelay(true));
                if !setup.address.secure {
                    return Ok(Compat::new(stream));
                }
                return Ok(Compat::new(relay(secured(setup, stream).await?).await?));
            }
            Err(error) => failed = BrokerError::Lost(format!("{address}: {error}")),
        }
    }
    Err(failed)
}

async fn secured(setup: &Setup, stream: TcpStream) -> Result<TlsStream<TcpStream>, BrokerError> {
    let failed = |error: &dyn std::fmt::Display| BrokerError::Lost(format!("TLS failed: {error}"));
    let config = client_config(&setup.extra_roots)?;
    let name = ServerName::try_from(setup.address.host().to_owned());
    let name = name.map_err(|error| failed(&error))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    stream.map_err(|error| failed(&error))
}

/// Carries bytes between a stream under TLS and a socket of this machine, which nobody else can have
/// taken: the peer that came must be the one that went. Ends with either side.
async fn relay(mut far: TlsStream<TcpStream>) -> Result<TcpStream, BrokerError> {
    let failed = |error: std::io::Error| BrokerError::Lost(format!("no loopback pair: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let near = TcpStream::connect(listener.local_addr().map_err(failed)?).await.map_err(failed)?;
    let own = near.local_addr().map_err(failed)?;
    let mut other = loop {
        let (stream, peer) = listener.accept().await.map_err(failed)?;
        if peer == own {
            break stream;
        }
    };
    drop((near.set_nodelay(true), other.set_nodelay(true)));
    tokio::spawn(async move {
        drop(tokio::io::copy_bidirectional(&mut far, &mut other).await);
    });
    Ok(near)
}
