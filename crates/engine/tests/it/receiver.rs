//! A receiver of webhooks on a real socket, with the manners a test asks for.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tandem_connect::signing;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// With a status, more header lines, and a body.
    Says(u16, &'static str, &'static str),
    /// Never.
    Hangs,
    /// With 200 and a body that drips.
    Drips,
    /// With 200 and a body without end.
    Floods,
}

/// What came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Which of the signatures this secret made.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let at = self.header("webhook-timestamp").parse().unwrap();
        let made = signing::sign(secret, self.header("webhook-id"), at, &self.body).unwrap();
        self.header("webhook-signature").split(' ').any(|one| one == made)
    }
}

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    pub(crate) async fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (manner, got) = (Arc::new(Mutex::new(manner)), Arc::<Mutex<Vec<Got>>>::default());
        let (m, g) = (Arc::clone(&manner), Arc::clone(&got));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&m), Arc::clone(&g)));
            }
        });
        Self { address, manner, got }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn now(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    manner: Arc<Mutex<Manner>>,
    got: Arc<Mutex<Vec<Got>>>,
) -> Option<()> {
    let mut read = Vec::new();
    loop {
        let head_end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(&mut read).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8(read[..head_end].to_vec()).unwrap();
        let headers: HashMap<String, String> = head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length: usize = headers.get("content-length").map_or(0, |l| l.parse().unwrap());
        while read.len() < head_end + length {
            if stream.read_buf(&mut read).await.ok()? == 0 {
                return None;
            }
        }
        let body = read[head_end..head_end + length].to_vec();
        read.drain(..head_end + length);
        // Whoever sees the request may change the manner: this one has its own by then.
        let now = manner.lock().unwrap().clone();
        got.lock().unwrap().push(Got { headers, body });
        answer(&mut stream, now).await?;
    }
}

async fn answer(stream: &mut TcpStream, manner: Manner) -> Option<()> {
    match manner {
        Manner::Says(status, more, body) => {
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status} X\r\n{more}content-length: {length}\r\n\r\n{body}");
            stream.write_all(text.as_bytes()).await.ok()
        }
        Manner::Hangs => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            None
        }
        Manner::Drips => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(b"x").await.ok()?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Manner::Floods => {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n";
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(&vec![b'x'; 65_536]).await.ok()?;
            }
        }
    }
}
