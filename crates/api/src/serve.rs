//! Serving: connections in, answers out, and a graceful end.

use std::future::IntoFuture;

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::routes::router;
use crate::state::AppState;

/// Serves until `shutdown` resolves; then takes no further connections, ends event streams and
/// parked requests, and gives the others some time ([`ApiConfig::grace`](crate::ApiConfig)).
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = listener.tap_io(|connection| {
        // Small answers must not wait for more of them.
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let (stopper, grace) = (state.clone(), state.config().grace);
    let stopped = state.clone();
    // Made a service once: a bare router is copied, with every route, for each connection.
    let service = router(state).into_make_service();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        stopper.stop();
    });
    let overdue = async move {
        stopped.stopped().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = server.into_future() => served,
        () = overdue => {
            tracing::warn!("some requests did not end in time");
            Ok(())
        }
    }
}
