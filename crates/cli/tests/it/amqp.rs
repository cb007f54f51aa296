//! Tandem is killed after a commit and before RabbitMQ hears of it: the messages come again, and are the same cases.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::brokers::{LIMIT, free_port, texts, until};
use crate::rig::Rig;

/// A RabbitMQ server of the test.
struct Rabbit {
    dir: TempDir,
    child: Child,
    port: u16,
    names: u16,
}

impl Rabbit {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (port, distribution, names) = (free_port(), free_port(), free_port());
        let place = |name: &str| dir.path().join(name).display().to_string();
        let config =
            format!("listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 10MB\n");
        std::fs::write(place("rabbitmq.conf"), config).unwrap();
        std::fs::write(place("plugins"), "[].").unwrap();
        // Before the wrapper in /usr/sbin, which changes the user and so needs rights.
        let paths = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/sbin/rabbitmq-server"];
        let program = paths.iter().find(|path| Path::new(path).exists());
        let program =
            program.expect("`rabbitmq-server` is missing: apt-get install rabbitmq-server");
        let child = Command::new(program)
            .env("HOME", dir.path())
            .env("RABBITMQ_NODENAME", format!("tandem{port}@localhost"))
            .env("RABBITMQ_MNESIA_BASE", place("data"))
            .env("RABBITMQ_LOG_BASE", place("log"))
            .env("RABBITMQ_CONFIG_FILE", place("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", place("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", place("plugins"))
            .env("RABBITMQ_PID_FILE", place("pid"))
            .env("RABBITMQ_DIST_PORT", distribution.to_string())
            .env("ERL_EPMD_PORT", names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < LIMIT * 3, "rabbitmq-server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { dir, child, port, names }
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        if let Ok(pid) = std::fs::read_to_string(self.dir.path().join("pid")) {
            drop(Command::new("kill").args(["-9", pid.trim()]).status());
        }
        drop(self.child.kill());
        drop(self.child.wait());
        let port = self.names.to_string();
        let mut names = Command::new("epmd");
        names.args(["-port", &port, "-kill"]).stdout(Stdio::null()).stderr(Stdio::null());
        drop(names.status());
    }
}

/// A line to the server in its own protocol, with confirms.
struct Line(TcpStream);

/// Class and method of the frames that are awaited.
const START: [u8; 4] = [0, 10, 0, 10];
const TUNE: [u8; 4] = [0, 10, 0, 30];
const OPENED: [u8; 4] = [0, 10, 0, 41];
const CHANNEL_OPENED: [u8; 4] = [0, 20, 0, 11];
const CONFIRMING: [u8; 4] = [0, 85, 0, 11];
const DECLARED: [u8; 4] = [0, 50, 0, 11];
const ACK: [u8; 4] = [0, 60, 0, 80];

fn short(text: &str) -> Vec<u8> {
    [&[text.len() as u8][..], text.as_bytes()].concat()
}

impl Line {
    fn to(rabbit: &Rabbit) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", rabbit.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut line = Self(stream);
        line.0.write_all(b"AMQP\0\0\x09\x01").unwrap();
        line.until(START);
        let login = b"\0guest\0guest";
        let login = [&(login.len() as u32).to_be_bytes()[..], &login[..]].concat();
        line.method(0, [0, 10, 0, 11], &[&[0; 4][..], &short("PLAIN"), &login, &short("en_US")]);
        let offered = line.until(TUNE);
        // As it offers, without heartbeats.
        line.method(0, [0, 10, 0, 31], &[&offered[..6], &[0, 0]]);
        line.method(0, [0, 10, 0, 40], &[&short("/"), &[0, 0]]);
        line.until(OPENED);
        line.method(1, [0, 20, 0, 10], &[&[0]]);
        line.until(CHANNEL_OPENED);
        line.method(1, [0, 85, 0, 10], &[&[0]]);
        line.until(CONFIRMING);
        line
    }

    fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) {
        let size = (payload.len() as u32).to_be_bytes();
        let frame = [&[kind][..], &channel.to_be_bytes(), &size, payload, &[0xce]].concat();
        self.0.write_all(&frame).unwrap();
    }

    fn method(&mut self, channel: u16, method: [u8; 4], arguments: &[&[u8]]) {
        let payload = [&method[..], &arguments.concat()].concat();
        self.frame(1, channel, &payload);
    }

    /// The arguments of the next frame of this method.
    fn until(&mut self, method: [u8; 4]) -> Vec<u8> {
        loop {
            let (_, payload) = read_frame(&mut self.0).unwrap();
            if let Some(arguments) = payload.strip_prefix(&method[..]) {
                return arguments.to_vec();
            }
        }
    }

    /// Declares a durable queue; how many messages lie there that nobody was given.
    fn lying(&mut self, queue: &str) -> u32 {
        self.method(1, [0, 50, 0, 10], &[&[0, 0], &short(queue), &[0b10], &[0; 4]]);
        let told = self.until(DECLARED);
        let at = 1 + usize::from(told[0]);
        u32::from_be_bytes(told[at..at + 4].try_into().unwrap())
    }

    fn publish(&mut self, queue: &str, id: &str, body: &[u8]) {
        self.method(1, [0, 60, 0, 40], &[&[0, 0], &short(""), &short(queue), &[0]]);
        let size = (body.len() as u64).to_be_bytes();
        // To be kept, and named.
        let (flags, kept) = (0x1080_u16.to_be_bytes(), [2]);
        let header = [&[0, 60, 0, 0][..], &size, &flags, &kept, &short(id)].concat();
        self.frame(2, 1, &header);
        self.frame(3, 1, body);
        self.until(ACK);
    }
}

/// A frame's head and what is in it.
fn read_frame(from: &mut TcpStream) -> std::io::Result<([u8; 7], Vec<u8>)> {
    let mut head = [0; 7];
    from.read_exact(&mut head)?;
    let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
    let mut payload = vec![0; size + 1];
    from.read_exact(&mut payload)?;
    payload.pop();
    Ok((head, payload))
}

/// What lies between: carries bytes, and once it is told to no acknowledgements.
fn between(to: u16, deaf: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let deaf = Arc::clone(deaf);
    std::thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let far = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (mut from_far, mut to_near) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            std::thread::spawn(move || {
                drop(std::io::copy(&mut from_far, &mut to_near));
                drop(to_near.shutdown(Shutdown::Both));
            });
            let deaf = Arc::clone(&deaf);
            std::thread::spawn(move || {
                drop(carry(&near, &far, &deaf));
                drop(far.shutdown(Shutdown::Both));
            });
        }
    });
    port
}

fn carry(near: &TcpStream, far: &TcpStream, deaf: &AtomicBool) -> std::io::Result<()> {
    let (mut from, mut to) = (near.try_clone()?, far.try_clone()?);
    let mut greeting = [0; 8];
    from.read_exact(&mut greeting)?;
    to.write_all(&greeting)?;
    loop {
        let (head, payload) = read_frame(&mut from)?;
        let ack = head[0] == 1 && payload.starts_with(&ACK);
        if !(ack && deaf.load(Ordering::SeqCst)) {
            to.write_all(&[&head[..], &payload, &[0xce]].concat())?;
        }
    }
}

#[test]
fn killed_between_commit_and_acknowledgement_a_message_of_amqp_is_one_case() {
    let rabbit = Rabbit::start();
    let mut line = Line::to(&rabbit);
    assert_eq!(line.lying("shop"), 0);
    let deaf = Arc::new(AtomicBool::new(false));
    let port = between(rabbit.port, &deaf);
    let secret = ["--channel-allow-private", "--secret", "GUEST=RABBIT_GUEST"];
    let mut rig = Rig::serving_in(&secret, &[("RABBIT_GUEST", "guest")]);
    let broker = |port: u16| json!({"url": format!("amqp://127.0.0.1:{port}"), "queue": "shop", "user": "guest", "secret": "GUEST"});
    let channel = json!({"name": "shop", "kind": "amqp", "direction": "in", "loop": "notes", "broker": broker(port)});
    let made = rig.admin().post("/v1/channels", &channel).unwrap().ok();
    let path = format!("/v1/channels/{}", made["id"].as_str().unwrap());
    until(&rig, &path, |channel| channel["health"]["status"] == "up");
    // From now on the broker hears of nothing that is done.
    deaf.store(true, Ordering::SeqCst);
    for n in 0..40 {
        let case = json!({"input": {"text": format!("note {n}")},
            "proposal": {"output": {"label": "a"}, "confidence": 0.1}});
        line.publish("shop", &format!("m-{n}"), case.to_string().as_bytes());
    }
    let begun = Instant::now();
    while texts(&rig) < 40 {
        assert!(begun.elapsed() < LIMIT, "{} cases came", texts(&rig));
        std::thread::sleep(Duration::from_millis(50));
    }
    rig.kill();
    let begun = Instant::now();
    while line.lying("shop") < 40 {
        assert!(
            begun.elapsed() < LIMIT,
            "{} came back of 40 that nobody acknowledged",
            line.lying("shop")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    rig.start();
    // All are taken once more, and none acknowledged. Some had been counted before the kill, so it is over when
    // nothing is counted any more.
    let begun = Instant::now();
    while line.lying("shop") > 0 {
        assert!(begun.elapsed() < LIMIT, "they are not taken again");
        std::thread::sleep(Duration::from_millis(50));
    }
    let done = |rig: &Rig| rig.admin().get(&path).unwrap().ok()["health"]["done"].as_u64().unwrap();
    let mut before = done(&rig);
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = done(&rig);
        if now == before && now >= 40 {
            break;
        }
        assert!(begun.elapsed() < LIMIT * 2, "{now} done");
        before = now;
    }
    let change = json!({"broker": broker(rabbit.port)}).to_string();
    rig.admin().call("PATCH", &path, "application/json", &change).unwrap().ok();
    let taken =
        |channel: &serde_json::Value| channel["health"]["done"].as_u64() >= Some(before + 40);
    let channel = until(&rig, &path, taken);
    assert_eq!(channel["health"]["dead"], 0);
    assert_eq!(texts(&rig), 40, "each is one case");
    // What is acknowledged does not come back when the connection ends. The last of it may be on its way then.
    rig.stop();
    let begun = Instant::now();
    while line.lying("shop") > 0 {
        assert!(begun.elapsed() < LIMIT, "they come back for ever");
        rig.start();
        std::thread::sleep(Duration::from_secs(1));
        rig.stop();
    }
}
