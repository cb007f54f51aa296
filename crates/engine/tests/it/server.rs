//! A model on a real socket, that says what a test wants, and counts who asks at a time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Value,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// A status and a JSON body.
    Json(u16, Value),
    /// A whole answer after the status line, as it stands there.
    Raw(u16, String),
    /// The same, after a while.
    Slow(Duration, Value),
    /// The same, once the test lets it.
    Held(Arc<Notify>, Value),
    /// Nothing, ever.
    Nothing,
    /// A body without end.
    Flood,
}

type Answer = dyn Fn(&Asked) -> Says + Send + Sync;

/// The server.
#[derive(Clone)]
pub(crate) struct Server {
    address: SocketAddr,
    answer: Arc<Mutex<Arc<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    flying: Arc<AtomicUsize>,
    pub(crate) most: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) async fn new(answer: impl Fn(&Asked) -> Says + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            answer: Arc::new(Mutex::new(Arc::new(answer))),
            asked: Arc::default(),
            flying: Arc::default(),
            most: Arc::default(),
        };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move { own.serve(stream).await });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn now(&self, answer: impl Fn(&Asked) -> Says + Send + Sync + 'static) {
        *self.answer.lock().unwrap() = Arc::new(answer);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        let mut read = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
                if stream.read_buf(&mut read).await.ok()? == 0 {
                    return None;
                }
            };
            let head = String::from_utf8(read[..end].to_vec()).ok()?;
            let path = head.split(' ').nth(1)?.to_owned();
            let headers: HashMap<String, String> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers.get("content-length").map_or(0, |l| l.parse().unwrap());
            while read.len() < end + length {
                if stream.read_buf(&mut read).await.ok()? == 0 {
                    return None;
                }
            }
            let body = serde_json::from_slice(&read[end..end + length]).unwrap_or_default();
            read.drain(..end + length);
            let asked = Asked { path, headers, body };
            // Whoever sees the request may change the answer: this one has its own by then.
            let answer = Arc::clone(&self.answer.lock().unwrap());
            self.asked.lock().unwrap().push(asked.clone());
            let flying = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(flying, Ordering::SeqCst);
            let says = when_it_is_time(answer(&asked)).await;
            // Before the answer can be read: its reader may ask again at once.
            self.flying.fetch_sub(1, Ordering::SeqCst);
            say(&mut stream, says).await?;
        }
    }
}

async fn when_it_is_time(says: Says) -> Says {
    match says {
        Says::Slow(wait, body) => {
            tokio::time::sleep(wait).await;
            Says::Json(200, body)
        }
        Says::Held(let_go, body) => {
            let_go.notified().await;
            Says::Json(200, body)
        }
        other => other,
    }
}

async fn say(stream: &mut TcpStream, says: Says) -> Option<()> {
    let (status, body) = match says {
        Says::Json(status, body) => (status, body.to_string()),
        Says::Slow(_, body) | Says::Held(_, body) => (200, body.to_string()),
        Says::Raw(status, rest) => {
            let text = format!("HTTP/1.1 {status} X\r\n{rest}");
            return stream.write_all(text.as_bytes()).await.ok();
        }
        Says::Nothing => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            return None;
        }
        Says::Flood => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(&vec![b'x'; 65_536]).await.ok()?;
            }
        }
    };
    let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await.ok()
}
