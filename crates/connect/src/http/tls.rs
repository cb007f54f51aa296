//! TLS with the certificates the system trusts.

use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::HttpError;

/// What a connector trusts: what the system trusts and, besides, `extra` (DER).
///
/// # Errors
/// When the library has no protocol version left to speak.
pub fn client_config(extra: &[Vec<u8>]) -> Result<ClientConfig, HttpError> {
    let mut roots = RootCertStore::empty();
    // Single certificates that cannot be read are left out; a store without any fails each
    // connection with "unknown issuer", which names the mend.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(extra.iter().cloned().map(Into::into));
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Tls(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// A connector with that trust.
pub(super) fn connector(extra: &[Vec<u8>]) -> Result<TlsConnector, HttpError> {
    Ok(TlsConnector::from(Arc::new(client_config(extra)?)))
}
