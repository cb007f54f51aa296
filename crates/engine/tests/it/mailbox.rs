//! A mail server on a real socket (RFC 5321), as small as a test needs: it takes or refuses
//! recipients, and offers no TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A mail server.
pub(crate) struct Mailbox {
    pub(crate) address: SocketAddr,
    got: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Mailbox {
    /// At an address, or at a free one; refuses whoever is in `refused`.
    pub(crate) async fn at(address: Option<SocketAddr>, refused: &'static str) -> Self {
        let wanted = address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
        let listener = TcpListener::bind(wanted).await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&got);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&kept), refused));
            }
        });
        Self { address, got, task }
    }

    pub(crate) fn url(&self, query: &str) -> String {
        format!("smtp://{}{query}", self.address)
    }

    /// Whole messages, envelopes first.
    pub(crate) fn got(&self) -> Vec<String> {
        self.got.lock().unwrap().clone()
    }

    /// Stops listening.
    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, kept: Arc<Mutex<Vec<String>>>, refused: &str) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 test ESMTP\r\n").await.ok()?;
    let mut message = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME\r\n",
            "RCPT" if !refused.is_empty() && line.contains(refused) => "550 5.1.1 no such user\r\n",
            "RCPT" => {
                message.push_str(&line);
                message.push('\n');
                "250 ok\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                while let Some(line) = lines.next_line().await.ok()? {
                    if line == "." {
                        break;
                    }
                    message.push_str(&line);
                    message.push('\n');
                }
                kept.lock().unwrap().push(std::mem::take(&mut message));
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        write.write_all(reply.as_bytes()).await.ok()?;
        if verb == "QUIT" {
            return None;
        }
    }
    None
}
