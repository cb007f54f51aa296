//! The RabbitMQ server that all tests of it share: it takes long to start.

use std::process::Stdio;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use tempfile::TempDir;

use crate::common::{Process, await_port, free_port, program, tls};

/// A server, and a directory of its own that outlives its process.
pub(crate) struct Rabbit {
    dir: TempDir,
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    distribution: u16,
    names: u16,
    process: Option<Process>,
}

impl Rabbit {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut rabbit = Self {
            dir,
            port: free_port(),
            tls_port: free_port(),
            distribution: free_port(),
            names: free_port(),
            process: None,
        };
        rabbit.restart();
        rabbit
    }

    /// Starts the process again, at the same place.
    pub(crate) fn restart(&mut self) {
        let root = self.dir.path();
        let place = |name: &str| root.join(name).display().to_string();
        let config = format!(
            "listeners.tcp.1 = 127.0.0.1:{}\nlisteners.ssl.1 = 127.0.0.1:{}\n\
             ssl_options.certfile = {}\nssl_options.keyfile = {}\nssl_options.cacertfile = {}\n\
             disk_free_limit.absolute = 10MB\nmax_message_size = 134217728\n",
            self.port,
            self.tls_port,
            tls("server.pem"),
            tls("server.key"),
            tls("ca.pem"),
        );
        std::fs::write(place("rabbitmq.conf"), config).unwrap();
        std::fs::write(place("plugins"), "[].").unwrap();
        let log = std::fs::File::create(place("out")).unwrap();
        let mut command = program(
            "rabbitmq-server",
            "rabbitmq-server",
            // Before the wrapper in /usr/sbin, which changes the user and so needs rights.
            &[],
        );
        if std::path::Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server").exists() {
            command = std::process::Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        }
        command
            .env("HOME", root)
            .env("RABBITMQ_NODENAME", format!("tandem{}@localhost", self.port))
            .env("RABBITMQ_MNESIA_BASE", place("data"))
            .env("RABBITMQ_LOG_BASE", place("log"))
            .env("RABBITMQ_CONFIG_FILE", place("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", place("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", place("plugins"))
            .env("RABBITMQ_PID_FILE", place("pid"))
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("ERL_EPMD_PORT", self.names.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1");
        let output = log.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(log).stderr(output).spawn().unwrap();
        self.process = Some(Process(child));
        await_port("127.0.0.1", self.port, &root.join("out"));
        await_port("127.0.0.1", self.tls_port, &root.join("out"));
    }

    /// Kills the server; its directory stays. The script that began it ends by itself.
    pub(crate) fn kill(&mut self) {
        if let Ok(pid) = std::fs::read_to_string(self.dir.path().join("pid")) {
            drop(std::process::Command::new("kill").args(["-9", pid.trim()]).status());
        }
        self.process = None;
        let begun = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            assert!(begun.elapsed() < crate::common::LIMIT, "the server does not die");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("amqp://127.0.0.1:{}", self.port)
    }

    /// A connection of the test itself, with confirms.
    pub(crate) async fn channel(&self) -> (Connection, Channel) {
        let url = format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port);
        let connection = Connection::connect(&url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        (connection, channel)
    }
}

impl Drop for Rabbit {
    fn drop(&mut self) {
        self.kill();
        let port = self.names.to_string();
        let mut names = std::process::Command::new("epmd");
        drop(
            names
                .args(["-port", &port, "-kill"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status(),
        );
    }
}

/// A durable queue, with a place for what is rejected.
pub(crate) async fn queue(channel: &Channel, name: &str, dead: Option<&str>) {
    let mut arguments = FieldTable::default();
    if let Some(dead) = dead {
        let long = |text: &str| AMQPValue::LongString(text.into());
        arguments.insert("x-dead-letter-exchange".into(), long(""));
        arguments.insert("x-dead-letter-routing-key".into(), long(dead));
    }
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(name.into(), options, arguments).await.unwrap();
}

/// Publishes and waits for the confirm.
pub(crate) async fn publish(channel: &Channel, queue: &str, id: Option<&str>, body: &[u8]) {
    let mut properties = BasicProperties::default().with_delivery_mode(2);
    if let Some(id) = id {
        properties = properties.with_message_id(id.into());
    }
    let options = BasicPublishOptions::default();
    let sent = channel.basic_publish("".into(), queue.into(), options, body, properties);
    sent.await.unwrap().await.unwrap();
}
