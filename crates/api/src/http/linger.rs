//! Reading on after a refusal. A connection that is closed while the client still sends is reset, and the
//! reset throws away the answer that says why (RFC 9112, section 9.6): what is left of a large body is read
//! and dropped within bounds before an answer leaves.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};

/// Bodies up to this many bytes fit into the buffers of the connection.
const SMALL_BYTES: u64 = 64 << 10;
/// The most that is read for nothing, in bytes and in time.
const MOST_BYTES: usize = 16 << 20;
const LONGEST: Duration = Duration::from_secs(2);

/// What a handler left of its request's body.
type Left = Arc<Mutex<Option<BodyDataStream>>>;

/// Answers when the body is read, by the handler or for nothing.
pub async fn linger(request: Request, next: Next) -> Response {
    if request.body().size_hint().upper().is_some_and(|bytes| bytes <= SMALL_BYTES) {
        return next.run(request).await;
    }
    let left = Left::default();
    let (parts, body) = request.into_parts();
    let lent = Lent { body: Some(body.into_data_stream()), left: Arc::clone(&left) };
    let response = next.run(Request::from_parts(parts, Body::from_stream(lent))).await;
    let rest = left.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(rest) = rest {
        // Whoever sends more, or more slowly, is cut off as before.
        let _ = tokio::time::timeout(LONGEST, discard(rest)).await;
    }
    response
}

async fn discard(mut rest: BodyDataStream) {
    let mut read = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        read += chunk.len();
        if read > MOST_BYTES {
            return;
        }
    }
}

/// A body that comes back when the handler lets go of it before its end.
struct Lent {
    body: Option<BodyDataStream>,
    left: Left,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let item = ready!(body.poll_next_unpin(context));
        if !matches!(item, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(item)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::extract::DefaultBodyLimit;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures_util::stream;
    use tower::ServiceExt as _;

    use super::*;

    const CHUNK: usize = 64 << 10;

    /// Sends chunks to a route that takes one and to one that reads nothing; the status, and how many
    /// chunks were read.
    async fn send(path: &str, chunks: usize, hang: bool) -> (StatusCode, usize) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let sent = stream::iter(0..chunks).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from(vec![0; CHUNK]))
        });
        let body = if hang {
            Body::from_stream(sent.chain(stream::pending()))
        } else {
            Body::from_stream(sent)
        };
        let router = Router::new()
            .route("/reads", post(async |body: Bytes| body.len().to_string()))
            .route("/refuses", post(async || StatusCode::FORBIDDEN))
            .layer(DefaultBodyLimit::max(CHUNK))
            .layer(from_fn(linger));
        let request = Request::post(path).body(body).unwrap();
        let response = router.oneshot(request).await.unwrap();
        (response.status(), count.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn the_rest_is_read_before_the_answer() {
        assert_eq!(send("/reads", 1, false).await, (StatusCode::OK, 1));
        assert_eq!(send("/reads", 100, false).await, (StatusCode::PAYLOAD_TOO_LARGE, 100));
        assert_eq!(send("/refuses", 100, false).await, (StatusCode::FORBIDDEN, 100));
    }

    #[tokio::test]
    async fn nobody_reads_for_nothing_without_end() {
        let (status, read) = send("/refuses", 10_000, false).await;
        assert_eq!((status, read), (StatusCode::FORBIDDEN, MOST_BYTES / CHUNK + 1));
        assert_eq!(send("/refuses", 3, true).await, (StatusCode::FORBIDDEN, 3));
    }
}
