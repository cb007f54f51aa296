//! What every handler shares.

use std::sync::Arc;

use tandem_engine::accounts::Accounts;
use tandem_engine::engine::Engine;

use crate::config::ApiConfig;
use crate::demo::DemoHooks;
use crate::http::rate::Rates;
use crate::metrics::HttpMetrics;

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    config: ApiConfig,
    demo: Option<Arc<dyn DemoHooks>>,
    metrics: HttpMetrics,
    rates: Rates,
    unverified: Rates,
    stop: tokio::sync::watch::Sender<bool>,
}

impl AppState {
    /// The state of a server over an engine.
    pub fn new(engine: Engine, config: ApiConfig) -> Self {
        Self::with_demo(engine, config, None)
    }

    /// The same, with the demonstration's ways to break it.
    pub fn with_demo(engine: Engine, config: ApiConfig, demo: Option<Arc<dyn DemoHooks>>) -> Self {
        let rates = Rates::new(config.rate, config.burst);
        let unverified = Rates::new(config.rate, config.burst);
        let metrics = HttpMetrics::default();
        let stop = tokio::sync::watch::Sender::new(false);
        Self { inner: Arc::new(Inner { engine, config, demo, metrics, rates, unverified, stop }) }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Members, keys and sessions.
    pub fn accounts(&self) -> &Accounts {
        self.inner.engine.accounts()
    }

    /// Limits and settings.
    pub fn config(&self) -> &ApiConfig {
        &self.inner.config
    }

    /// The demonstration, where it runs.
    pub fn demo(&self) -> Option<&Arc<dyn DemoHooks>> {
        self.inner.demo.as_ref()
    }

    pub(crate) fn metrics(&self) -> &HttpMetrics {
        &self.inner.metrics
    }

    pub(crate) fn rates(&self) -> &Rates {
        &self.inner.rates
    }

    /// Requests that say to be by a key, before that is verified: anybody may send them, so they must
    /// not use up what the key may do.
    pub(crate) fn unverified(&self) -> &Rates {
        &self.inner.unverified
    }

    /// Ends what would keep connections open: event streams and parked requests.
    pub(crate) fn stop(&self) {
        self.inner.stop.send_replace(true);
    }

    /// Resolves when the server is told to stop.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.inner.stop.subscribe();
        // The sender lives as long as this state.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}
