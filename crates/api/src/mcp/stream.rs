//! A result that comes on a stream: signs of progress while somebody decides, the result at the end.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::dialect::Token;
use super::listen::Feed;
use super::rpc::{self, Id, Result};

/// Time between two signs of progress.
const EVERY: Duration = Duration::from_secs(10);

/// What comes on a stream. Dropping it, as when the client goes away, ends the waiting and nothing else.
pub(crate) enum Live {
    /// One result.
    Work(Work),
    /// A subscription.
    Feed(Box<Feed>, Value),
}

/// Work whose result is waited for, with what is said meanwhile.
pub(crate) struct Work {
    result: Pin<Box<dyn Future<Output = Result<Value>> + Send>>,
    progress: Option<Token>,
    first: VecDeque<Value>,
    said: u64,
    done: bool,
}

impl Live {
    /// A stream that begins with a request to the client, where there is one.
    pub(super) fn new(
        work: Pin<Box<dyn Future<Output = Result<Value>> + Send>>,
        progress: Option<Token>,
        opens: Option<Value>,
    ) -> Self {
        let first = opens.into_iter().map(|mut request| {
            // Its answer changes nothing here: whoever opened the page decides there.
            request["jsonrpc"] = "2.0".into();
            request["id"] = request["params"]["elicitationId"].clone();
            request
        });
        Self::Work(Work { result: work, progress, first: first.collect(), said: 0, done: false })
    }

    /// A subscription that says first what it accepted.
    pub(super) fn feed(feed: Feed, accepted: Value) -> Self {
        Self::Feed(Box::new(feed), accepted)
    }

    /// The response to the request `id`.
    pub(super) fn response(self, id: Id) -> Response {
        let work = match self {
            Self::Feed(feed, accepted) => return events(feed.body(accepted)),
            Self::Work(work) => work,
        };
        let pieces = stream::unfold((work, id), |(mut work, id)| async move {
            let message = work.next(&id).await?;
            Some((Ok::<_, Infallible>(event(&message)), (work, id)))
        });
        events(Body::from_stream(pieces))
    }
}

impl Work {
    async fn next(&mut self, id: &Id) -> Option<Value> {
        if let Some(first) = self.first.pop_front() {
            return Some(first);
        }
        if self.done {
            return None;
        }
        // Said at once: the client sees that its call arrived.
        let wait = if self.said == 0 { Duration::ZERO } else { EVERY };
        let result = tokio::select! {
            biased;
            result = &mut self.result => result,
            () = tokio::time::sleep(wait), if self.progress.is_some() => {
                self.said += 1;
                return Some(self.progress());
            }
        };
        self.done = true;
        Some(match result {
            Ok(result) => rpc::success(id, &result),
            Err(error) => error.of(id).message(),
        })
    }

    fn progress(&self) -> Value {
        rpc::notification(
            "notifications/progress",
            json!({
                "progressToken": self.progress,
                "progress": self.said,
                "message": "waiting for a person",
            }),
        )
    }
}

/// A message as a server-sent event.
pub(super) fn event(message: &Value) -> Bytes {
    format!("event: message\ndata: {message}\n\n").into()
}

/// A response of server-sent events.
pub(super) fn events(body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
