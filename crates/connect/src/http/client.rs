//! The client: one request, one answer, within a deadline.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tandem_domain::Timestamp;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Guard, HttpError, Target, tls};

/// Connections are kept this long without use; servers close idle ones after 5 s and more.
const KEPT: Duration = Duration::from_secs(4);
/// Connections kept for one host.
const MOST_KEPT: usize = 64;
/// How many addresses of a name are tried.
const MOST_TRIED: usize = 3;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Its headers; `Host` and the length are added.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Bound for the whole: resolving, connecting, sending and the answer.
    pub timeout: Duration,
    /// How much of the answer is read.
    pub most: usize,
    /// With a duration, the answer's body is cut at `most` bytes and after that time, and what came
    /// is the answer; without, all of it must come within the bounds.
    pub cut_after: Option<Duration>,
}

/// An answer. Redirects are answers like any other.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or its beginning.
    pub body: Bytes,
}

impl Reply {
    /// `Retry-After` in seconds (RFC 9110 section 10.2.3): a number, or a date, which counts from the
    /// reply's own `Date`.
    pub fn retry_after(&self) -> Option<u32> {
        let text = |name| self.headers.get(name)?.to_str().ok();
        let after = text(header::RETRY_AFTER)?.trim();
        if let Ok(seconds) = after.parse() {
            return Some(seconds);
        }
        let until = Timestamp::from_http_date(after)?;
        let sent = Timestamp::from_http_date(text(header::DATE)?)?;
        u32::try_from((until - sent).0 / 1_000_000).ok()
    }
}

type Sender = SendRequest<Full<Bytes>>;
type Origin = (bool, String);

struct Idle {
    sender: Sender,
    peer: SocketAddr,
    since: Instant,
}

/// Sends requests to where its [`Guard`] allows.
pub struct Client {
    guard: Guard,
    extra_roots: Vec<Vec<u8>>,
    tls: OnceLock<Result<TlsConnector, HttpError>>,
    idle: Mutex<HashMap<Origin, Vec<Idle>>>,
}

impl Client {
    /// A client that trusts the certificates the system trusts.
    pub fn new(guard: Guard) -> Self {
        Self::with_roots(guard, Vec::new())
    }

    /// A client that trusts these certificates (DER) as well.
    pub fn with_roots(guard: Guard, extra_roots: Vec<Vec<u8>>) -> Self {
        Self { guard, extra_roots, tls: OnceLock::new(), idle: Mutex::default() }
    }

    /// What may be reached.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Sends a request and reads its answer.
    ///
    /// A request may arrive twice: where a kept connection ends before an answer came, it is sent
    /// once more over a fresh one. Give it an id that the receiver drops repeats by.
    ///
    /// # Errors
    /// When the target must not be reached, and when no answer came within the bounds.
    pub async fn send(&self, request: &Request) -> Result<Reply, HttpError> {
        let begun = Instant::now();
        let work = self.send_unbounded(request, begun);
        match tokio::time::timeout(request.timeout, work).await {
            Ok(done) => done,
            Err(_) => Err(HttpError::Timeout(request.timeout.as_millis())),
        }
    }

    async fn send_unbounded(&self, request: &Request, begun: Instant) -> Result<Reply, HttpError> {
        let addresses = self.guard.resolve(&request.target).await?;
        while let Some((mut sender, peer)) = self.take_idle(&request.target, &addresses) {
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.send_request(wire(request)?).await {
                Ok(response) => return self.read(request, response, sender, peer, begun).await,
                // The other side closed it while it lay idle.
                Err(error) if error.is_canceled() || error.is_incomplete_message() => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        let (mut sender, peer) = self.connect(&request.target, &addresses).await?;
        let response = sender.send_request(wire(request)?).await.map_err(|e| broken(&e))?;
        self.read(request, response, sender, peer, begun).await
    }

    async fn read(
        &self,
        request: &Request,
        response: http::Response<Incoming>,
        sender: Sender,
        peer: SocketAddr,
        begun: Instant,
    ) -> Result<Reply, HttpError> {
        let (parts, mut body) = response.into_parts();
        let mut read = Vec::new();
        let end = request.cut_after.map(|wait| {
            let left = request.timeout.saturating_sub(begun.elapsed());
            // A little before the deadline of the whole, so that the answer is kept.
            tokio::time::Instant::now() + wait.min(left.saturating_sub(Duration::from_millis(50)))
        });
        let whole = loop {
            let next = match end {
                None => body.frame().await,
                Some(end) => match tokio::time::timeout_at(end, body.frame()).await {
                    Ok(next) => next,
                    Err(_) => break false,
                },
            };
            let frame = match next {
                None => break true,
                Some(Ok(frame)) => frame,
                Some(Err(_)) if end.is_some() => break false,
                Some(Err(error)) => return Err(broken(&error)),
            };
            let Some(data) = frame.data_ref() else { continue };
            let room = request.most - read.len();
            read.extend_from_slice(&data[..data.len().min(room)]);
            if data.len() > room {
                if end.is_none() {
                    return Err(HttpError::TooLarge(request.most));
                }
                break false;
            }
        };
        // A connection with an unread rest is dropped, and closed with it.
        if whole {
            self.keep(&request.target, sender, peer);
        }
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body: read.into() })
    }

    async fn connect(
        &self,
        target: &Target,
        addresses: &[SocketAddr],
    ) -> Result<(Sender, SocketAddr), HttpError> {
        let mut failed = HttpError::Connect("there is no address".to_owned());
        for &peer in addresses.iter().take(MOST_TRIED) {
            match TcpStream::connect(peer).await {
                Ok(stream) => {
                    drop(stream.set_nodelay(true));
                    return Ok((self.handshake(target, stream).await?, peer));
                }
                Err(error) => failed = HttpError::Connect(format!("{peer}: {error}")),
            }
        }
        Err(failed)
    }

    async fn handshake(&self, target: &Target, stream: TcpStream) -> Result<Sender, HttpError> {
        if !target.secure {
            return begin(TokioIo::new(stream)).await;
        }
        let connector = self.tls.get_or_init(|| tls::connector(&self.extra_roots)).clone()?;
        let name = ServerName::try_from(target.host.clone())
            .map_err(|error| HttpError::Tls(error.to_string()))?;
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| HttpError::Tls(error.to_string()))?;
        begin(TokioIo::new(stream)).await
    }

    fn take_idle(&self, target: &Target, checked: &[SocketAddr]) -> Option<(Sender, SocketAddr)> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(&origin(target))?;
        while let Some(one) = kept.pop() {
            let good = one.since.elapsed() < KEPT && !one.sender.is_closed();
            if good && checked.contains(&one.peer) {
                return Some((one.sender, one.peer));
            }
        }
        None
    }

    fn keep(&self, target: &Target, sender: Sender, peer: SocketAddr) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = origin(target);
        if !idle.contains_key(&origin) {
            idle.retain(|_, kept| kept.iter().any(|one| one.since.elapsed() < KEPT));
        }
        let kept = idle.entry(origin).or_default();
        if kept.len() >= MOST_KEPT {
            kept.remove(0);
        }
        kept.push(Idle { sender, peer, since: Instant::now() });
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("guard", &self.guard).finish_non_exhaustive()
    }
}

fn origin(target: &Target) -> Origin {
    (target.secure, format!("{}:{}", target.host, target.port))
}

async fn begin<I>(io: I) -> Result<Sender, HttpError>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let built = http1::Builder::new()
        .max_headers(100)
        .max_buf_size(64 * 1024)
        .handshake(io)
        .await
        .map_err(|error| broken(&error))?;
    let (sender, connection) = built;
    // It ends when the sender is dropped; what failed is told to whoever waits for an answer.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn wire(request: &Request) -> Result<http::Request<Full<Bytes>>, HttpError> {
    let bad = |error: &dyn std::fmt::Display| HttpError::Broken(error.to_string());
    let target = &request.target;
    let mut made = http::Request::builder()
        .method(request.method.clone())
        .uri(&target.path)
        .body(Full::new(request.body.clone()))
        .map_err(|error| bad(&error))?;
    *made.headers_mut() = request.headers.clone();
    let host = HeaderValue::from_str(&target.authority).map_err(|error| bad(&error))?;
    made.headers_mut().insert(header::HOST, host);
    Ok(made)
}

fn broken(error: &hyper::Error) -> HttpError {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        text = format!("{text}: {source}");
    }
    HttpError::Broken(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_date() {
        let asked = |headers: &[(header::HeaderName, &'static str)]| {
            let pairs = headers.iter().cloned();
            let headers = pairs.map(|(name, value)| (name, HeaderValue::from_static(value)));
            let reply = Reply { status: 503, headers: headers.collect(), body: Bytes::new() };
            reply.retry_after()
        };
        let date = (header::DATE, "Sun, 06 Nov 1994 08:49:37 GMT");
        let until = (header::RETRY_AFTER, "Sun, 06 Nov 1994 08:51:37 GMT");
        assert_eq!(asked(&[(header::RETRY_AFTER, " 7 ")]), Some(7));
        assert_eq!(asked(&[date.clone(), until.clone()]), Some(120));
        assert_eq!(asked(std::slice::from_ref(&until)), None, "whose clock?");
        let past = (header::RETRY_AFTER, "Sun, 06 Nov 1994 08:00:00 GMT");
        assert_eq!(asked(&[date.clone(), past]), Some(0));
        assert_eq!(asked(&[date, (header::RETRY_AFTER, "soon")]), None);
    }
}
