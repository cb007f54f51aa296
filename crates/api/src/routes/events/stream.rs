//! `GET /v1/events`

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tandem_domain::{CaseId, MemberId, RunId};
use tandem_engine::engine::Engine;
use tandem_engine::ledger::EventQuery;
use tandem_engine::principal::Principal;
use tandem_engine::waiters::Topic;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::auth::Caller;
use crate::body::Query;
use crate::problem::{Problem, Result};
use crate::state::AppState;
use crate::wire::events::Event;

/// Events read at once.
const PAGE: u32 = 200;
/// Pages that wait for a slow reader.
const AHEAD: usize = 4;
/// How long a reader may not read before it is cut off. It resumes where it was.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a stream lasts. Its client connects again, resumes, and is authenticated anew: rights
/// that were taken away do not outlive it.
const LIFETIME: Duration = Duration::from_mins(5);
/// Time between two looks, so that a busy server reads once for many commits.
const BREATH: Duration = Duration::from_millis(50);

/// Which events.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// Only this loop's.
    #[serde(rename = "loop")]
    pub loop_name: Option<String>,
    /// Only these kinds, separated by commas.
    pub kind: Option<String>,
    /// Only this case's.
    #[param(value_type = Option<String>)]
    pub case: Option<CaseId>,
    /// Only this run's, and those of its gates.
    #[param(value_type = Option<String>)]
    pub run: Option<RunId>,
    /// Events after this index; the header `Last-Event-ID` says the same.
    pub after: Option<u64>,
    /// `latest`: only what happens from now on.
    pub from: Option<String>,
    /// Also hint, by an event `notification` without id and data, that one was told something.
    #[serde(default)]
    pub notifications: bool,
}

/// Follow events as they are sealed, as server-sent events: `id` is the index in the ledger, `event`
/// the kind, `data` the event. Those who may only know that something happened get no details.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "ledger",
    params(StreamQuery, ("Last-Event-ID" = Option<u64>, Header, description = "Resume after it")),
    responses((status = 200, description = "Events, for as long as both sides stay", body = String, content_type = "text/event-stream")),
)]
pub async fn stream_events(
    State(state): State<AppState>,
    Caller(principal): Caller,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let engine = state.engine().clone();
    // Before the first look: what is sealed, and who is told, from here on wakes this stream.
    let wakes = engine.store().subscribe();
    let from = start(&engine, &query, &headers).await?;
    let wanted = EventQuery {
        loop_name: query.loop_name,
        case: query.case,
        run: query.run,
        kinds: kinds(query.kind.as_deref()),
    };
    // Refused before the stream begins: unknown loops and missing rights are statuses.
    let first = engine.events(&principal, wanted.clone(), from, PAGE).await?;
    let (out, pieces) = mpsc::channel(AHEAD);
    let heartbeat = state.config().heartbeat;
    let member = principal.member().map(|(member, _)| member).filter(|_| query.notifications);
    // Whoever follows the events watches: the time for a veto runs.
    let watching = engine.watch(&principal, wanted.loop_name.as_deref());
    tokio::spawn(async move {
        let _watching = watching;
        let feed = Feed { engine, principal, wanted, heartbeat, member, out };
        tokio::select! {
            () = feed.run(first, wakes) => {}
            () = tokio::time::sleep(LIFETIME) => {}
            () = state.stopped() => {}
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

async fn start(engine: &Engine, query: &StreamQuery, headers: &HeaderMap) -> Result<u64> {
    if let Some(last) = headers.get("last-event-id") {
        let last = last.to_str().ok().and_then(|last| last.parse::<u64>().ok());
        let last = last.ok_or_else(|| {
            Problem::invalid("invalid_input", "Last-Event-ID", "send the `id` of an event")
        })?;
        return Ok(last.saturating_add(1));
    }
    match (query.after, query.from.as_deref()) {
        (Some(after), None) => Ok(after.saturating_add(1)),
        (None, Some("latest")) => Ok(engine.ledger_status().await?.size),
        (None, None) => Ok(0),
        (None, Some(_)) => {
            Err(Problem::invalid("invalid_query", "?from", "`from` takes `latest` only"))
        }
        (Some(_), Some(_)) => {
            Err(Problem::invalid("invalid_query", "?from", "send either `after` or `from`"))
        }
    }
}

fn kinds(text: Option<&str>) -> Vec<String> {
    let kinds = text.into_iter().flat_map(|text| text.split(','));
    kinds.filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

type Page = (Vec<tandem_engine::cases::TimelineEvent>, u64);

struct Feed {
    engine: Engine,
    principal: Arc<Principal>,
    wanted: EventQuery,
    heartbeat: Duration,
    /// Who is hinted at their notifications.
    member: Option<MemberId>,
    out: mpsc::Sender<std::result::Result<Bytes, std::io::Error>>,
}

impl Feed {
    async fn run(self, first: Page, mut wakes: broadcast::Receiver<Topic>) {
        let mut stop = self.engine.stopping();
        let (mut events, mut next) = first;
        // A comment opens the stream at once, so that clients know that it stands.
        if !self.send(Bytes::from_static(b": open\n\n")).await {
            return;
        }
        loop {
            let full = events.len() == PAGE as usize;
            if !events.is_empty() && !self.send(write(events)).await {
                return;
            }
            if !full {
                let mut told = false;
                tokio::select! {
                    // Lagging is a wake as well: what happened is read from the ledger.
                    woken = wakes.recv() => {
                        if matches!(woken, Err(RecvError::Closed)) {
                            return;
                        }
                        told = self.told(woken.ok());
                    }
                    () = tokio::time::sleep(self.heartbeat) => {
                        if !self.send(Bytes::from_static(b": heartbeat\n\n")).await {
                            return;
                        }
                    }
                    () = self.out.closed() => return,
                    _ = stop.changed() => return,
                }
                tokio::time::sleep(BREATH).await;
                // What woke meanwhile is read with the rest.
                loop {
                    match wakes.try_recv() {
                        Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                        woken => told |= self.told(woken.ok()),
                    }
                }
                let hint = Bytes::from_static(b"event: notification\ndata: {}\n\n");
                if told && !self.send(hint).await {
                    return;
                }
            }
            let page = self.engine.events(&self.principal, self.wanted.clone(), next, PAGE).await;
            match page {
                Ok(page) => (events, next) = page,
                // The client connects again and resumes.
                Err(error) => {
                    tracing::debug!(%error, "an event stream ended");
                    return;
                }
            }
        }
    }

    /// Whether a wake is about the member's notifications; one that was missed may have been.
    fn told(&self, woken: Option<Topic>) -> bool {
        let Some(member) = self.member else { return false };
        matches!(woken, None | Some(Topic::All)) || woken == Some(Topic::Member(member))
    }

    /// False when the client is gone or too slow.
    async fn send(&self, bytes: Bytes) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.out.send(Ok(bytes))).await, Ok(Ok(())))
    }
}

fn write(events: Vec<tandem_engine::cases::TimelineEvent>) -> Bytes {
    let mut text = Vec::with_capacity(events.len() * 256);
    for event in events {
        let whole = !event.data.is_null();
        let event = Event::new(event, whole);
        let Some(index) = event.index else { continue };
        text.extend_from_slice(format!("id: {index}\nevent: {}\ndata: ", event.kind).as_bytes());
        // JSON in memory: it does not fail, and has no line breaks.
        if serde_json::to_writer(&mut text, &event).is_ok() {
            text.extend_from_slice(b"\n\n");
        }
    }
    text.into()
}
