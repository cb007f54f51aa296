//! A NATS server of one test.

use std::process::Stdio;
use std::time::{Duration, Instant};

use async_nats::ConnectOptions;
use async_nats::jetstream::{self, Context, stream};
use tempfile::TempDir;

use crate::common::{LIMIT, Process, await_port, free_port, program, tls};

/// A server with JetStream, and a directory of its own that outlives its process.
pub(crate) struct Nats {
    dir: TempDir,
    pub(crate) port: u16,
    host: &'static str,
    config: String,
    process: Option<Process>,
}

impl Nats {
    pub(crate) fn start() -> Self {
        Self::with("127.0.0.1", "")
    }

    /// A server with a user.
    pub(crate) fn with_password() -> Self {
        Self::with("127.0.0.1", "authorization { user: tandem, password: right }\n")
    }

    /// A server that speaks TLS alone.
    pub(crate) fn with_tls(host: &'static str) -> Self {
        let (cert, key) = (tls("server.pem"), tls("server.key"));
        Self::with(host, &format!("tls {{ cert_file: \"{cert}\", key_file: \"{key}\" }}\n"))
    }

    fn with(host: &'static str, config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut nats =
            Self { dir, port: free_port(), host, config: config.to_owned(), process: None };
        nats.restart();
        nats
    }

    /// Starts the process again, at the same place.
    pub(crate) fn restart(&mut self) {
        let store = self.dir.path().join("store");
        let config = format!(
            "listen: {}:{}\njetstream {{ store_dir: \"{}\" }}\n{}",
            self.host,
            self.port,
            store.display(),
            self.config
        );
        let file = self.dir.path().join("nats.conf");
        std::fs::write(&file, config).unwrap();
        let log = self.dir.path().join("log");
        for _ in 0..5 {
            let mut command =
                program("nats-server", "nats-server", &["/usr/sbin", "/usr/local/bin"]);
            command.arg("-c").arg(&file).arg("-l").arg(&log);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut process = Process(child);
            await_port(self.host, self.port, &log);
            // It may end right after it listened, or somebody else listened there for a moment.
            std::thread::sleep(Duration::from_millis(300));
            if process.0.try_wait().unwrap().is_none() {
                self.process = Some(process);
                return;
            }
        }
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        panic!("the server does not stay on port {}: {said}", self.port);
    }

    /// Kills the process; its directory stays.
    pub(crate) fn kill(&mut self) {
        self.process = None;
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A connection of the test itself.
    pub(crate) async fn context(&self) -> Context {
        let begun = Instant::now();
        let client = loop {
            let patient =
                ConnectOptions::new().connection_timeout(LIMIT).request_timeout(Some(LIMIT));
            match patient.connect(self.url()).await {
                Ok(client) => break client,
                Err(error) => {
                    let log = std::fs::read_to_string(self.dir.path().join("log"));
                    assert!(begun.elapsed() < LIMIT, "{error}: {}", log.unwrap_or_default());
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let mut context = jetstream::new(client);
        context.set_timeout(LIMIT);
        context
    }

    pub(crate) async fn stream(&self, name: &str, subject: &str) -> Context {
        let context = self.context().await;
        let config = stream::Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            ..stream::Config::default()
        };
        context.create_stream(config).await.unwrap();
        context
    }
}
