//! Tandem is killed after a commit and before the broker hears of it: the message comes again, and is the same case.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rig::Rig;

pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// A free port of this machine, outside the range that the system draws from for anybody: it is bound later.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let place = (std::process::id() as u16).wrapping_mul(61).wrapping_add(step) % 20_000;
        if TcpListener::bind(("127.0.0.1", 10_000 + place)).is_ok() {
            return 10_000 + place;
        }
    }
}

/// A NATS server of the test, and a line to it in its own plain protocol.
pub(crate) struct Nats {
    _dir: TempDir,
    child: Child,
    pub(crate) port: u16,
}

impl Nats {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let paths = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
        let program = paths.iter().find(|path| std::path::Path::new(path).exists());
        let program = program.expect("`nats-server` is missing: apt-get install nats-server");
        let child = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < LIMIT, "nats-server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { _dir: dir, child, port }
    }

    /// Sends a message and returns the answer to it.
    pub(crate) fn ask(&self, subject: &str, body: &str) -> Value {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream);
        let connect =
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"test\",\"version\":\"1\"}";
        let length = body.len();
        write!(writer, "{connect}\r\nSUB answer 1\r\nPUB {subject} answer {length}\r\n{body}\r\n")
            .unwrap();
        let mut line = String::new();
        loop {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the server hung up");
            if let Some(head) = line.strip_prefix("MSG ") {
                let length: usize = head.trim().rsplit(' ').next().unwrap().parse().unwrap();
                let mut body = vec![0; length];
                lines.read_exact(&mut body).unwrap();
                return serde_json::from_slice(&body).unwrap();
            }
            assert!(!line.starts_with("-ERR"), "{line}");
        }
    }
}

/// A line to a server that listens to a subject.
pub(crate) struct Listener(BufReader<TcpStream>);

impl Listener {
    pub(crate) fn to(nats: &Nats, subject: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", nats.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream);
        let connect = "CONNECT {\"verbose\":false,\"headers\":true}";
        write!(writer, "{connect}\r\nSUB {subject} 1\r\nPING\r\n").unwrap();
        let mut line = String::new();
        while !line.starts_with("PONG") {
            line.clear();
            assert_ne!(lines.read_line(&mut line).unwrap(), 0, "the server hung up");
        }
        Self(lines)
    }

    /// The next message; one with headers is `HMSG`, with their length before that of the whole.
    pub(crate) fn next(&mut self) -> Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the server hung up");
            let numbers: Vec<usize> =
                line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
            let (headers, all) = match (line.split(' ').next(), &numbers[..]) {
                (Some("HMSG"), [.., headers, all]) => (*headers, *all),
                (Some("MSG"), [.., all]) => (0, *all),
                _ => continue,
            };
            let mut body = vec![0; all];
            self.0.read_exact(&mut body).unwrap();
            return serde_json::from_slice(&body[headers..]).unwrap();
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What lies between: carries bytes until it is told to carry no acknowledgements any more. It makes of each the word
/// that says "still at work", which is as long.
struct Between {
    port: u16,
    deaf: Arc<AtomicBool>,
}

impl Between {
    fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let deaf = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&deaf);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let far = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let (from_far, to_near) = (far.try_clone().unwrap(), near.try_clone().unwrap());
                std::thread::spawn(move || carry(from_far, to_near, &AtomicBool::new(false)));
                let flag = Arc::clone(&flag);
                std::thread::spawn(move || carry(near, far, &flag));
            }
        });
        Self { port, deaf }
    }
}

/// Carries bytes; acknowledgements that come while `deaf` holds are lost.
fn carry(mut from: TcpStream, mut to: TcpStream, deaf: &AtomicBool) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if deaf.load(Ordering::SeqCst) {
            let acks: Vec<usize> =
                (0..read).filter(|at| buffer[*at..read].starts_with(b"+ACK")).collect();
            for at in acks {
                buffer[at..at + 4].copy_from_slice(b"+WPI");
            }
        }
        if to.write_all(&buffer[..read]).is_err() {
            return;
        }
    }
}

#[test]
fn killed_between_commit_and_acknowledgement_a_message_is_one_case() {
    let nats = Nats::start();
    nats.ask(
        "$JS.API.STREAM.CREATE.SHOP",
        &json!({"name": "SHOP", "subjects": ["shop.>"]}).to_string(),
    );
    let between = Between::start(nats.port);
    let mut rig = Rig::serving_in(&["--channel-allow-private"], &[]);
    let broker = |port: u16| json!({"url": format!("nats://127.0.0.1:{port}"), "stream": "SHOP"});
    let made = rig
        .admin()
        .post(
            "/v1/channels",
            &json!({"name": "shop", "kind": "nats", "direction": "in",
            "loop": "notes", "broker": broker(between.port)}),
        )
        .unwrap()
        .ok();
    let path = format!("/v1/channels/{}", made["id"].as_str().unwrap());
    until(&rig, &path, |channel| channel["health"]["status"] == "up");
    // From now on the broker hears of nothing that is done.
    between.deaf.store(true, Ordering::SeqCst);
    for n in 0..40 {
        let case = json!({"input": {"text": format!("note {n}")},
            "proposal": {"output": {"label": "a"}, "confidence": 0.1}});
        assert!(nats.ask("shop.notes", &case.to_string())["seq"].is_u64());
    }
    let begun = Instant::now();
    while texts(&rig) < 40 {
        assert!(begun.elapsed() < LIMIT, "{} cases came", texts(&rig));
        std::thread::sleep(Duration::from_millis(50));
    }
    rig.kill();
    let info = || nats.ask("$JS.API.CONSUMER.INFO.SHOP.tandem-shop", "");
    assert_eq!(info()["num_ack_pending"], 40, "nothing was acknowledged: {}", info());
    rig.start();
    let change = json!({"broker": broker(nats.port)});
    let change = change.to_string();
    rig.admin().call("PATCH", &path, "application/json", &change).unwrap().ok();
    let begun = Instant::now();
    while info()["num_ack_pending"] != 0 || info()["num_pending"] != 0 {
        assert!(begun.elapsed() < LIMIT, "they do not come again: {}", info());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(texts(&rig), 40, "each is one case");
    let channel = until(&rig, &path, |channel| channel["health"]["waiting"] == 0);
    assert_eq!(channel["health"]["dead"], 0);
}

pub(crate) fn texts(rig: &Rig) -> usize {
    let page = rig.admin().get("/v1/loops/notes/cases?limit=500").unwrap().ok();
    page["items"].as_array().unwrap().len()
}

pub(crate) fn until(rig: &Rig, path: &str, good: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let channel = rig.admin().get(path).unwrap().ok();
        if good(&channel) {
            return channel;
        }
        assert!(begun.elapsed() < LIMIT, "{channel}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
