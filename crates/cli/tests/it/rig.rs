//! A server of the real binary in a directory of its own, and the commands run beside it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;

/// A loop with decisions that take effect at once.
pub(crate) const LOOP: &str = "loop: notes
coverage: selective
input:
  text: { kind: text }
answer:
  label: { kind: choice, options: [a, b, c] }
policy:
  confidence: { auto_at: 0.9, audit_rate: 0.0 }
review: { undo: 0s, lease: 6h }
";

pub(crate) const ADMIN_KEY: &str = "tdm_0123456789abcdef0123456789abcdef0123456789abcdef";

/// The directory, and the server while it runs.
pub(crate) struct Rig {
    pub(crate) dir: TempDir,
    server: Option<Child>,
    pub(crate) url: String,
    /// More arguments of `serve`.
    extra: Vec<String>,
    /// More of its environment.
    env: Vec<(String, String)>,
}

impl Rig {
    /// A directory without a server.
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            server: None,
            url: String::new(),
            extra: Vec::new(),
            env: Vec::new(),
        }
    }

    /// A server with the loop published.
    pub(crate) fn serving() -> Self {
        Self::serving_in(&[], &[])
    }

    /// The same with more arguments and more of an environment.
    pub(crate) fn serving_in(extra: &[&str], env: &[(&str, &str)]) -> Self {
        let mut rig = Self::new();
        rig.extra = extra.iter().map(|&text| text.to_owned()).collect();
        rig.env = env.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        rig.start();
        let answer = rig.admin().call("PUT", "/v1/loops/notes", "application/yaml", LOOP).unwrap();
        answer.ok();
        rig
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(crate) fn witness(&self) -> PathBuf {
        self.dir.path().join("witness.txt")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.dir.path().join("checkpoint.key")
    }

    /// The binary, away from the settings of whoever runs the tests.
    pub(crate) fn command(&self) -> Command {
        let mut command = tandem();
        command.current_dir(self.dir.path());
        command.env("XDG_CONFIG_HOME", self.dir.path().join("config"));
        command
    }

    fn with_data(&self, args: &[&str]) -> Command {
        let mut command = self.command();
        command.args(args);
        command.arg("--data-dir").arg(self.data());
        command.arg("--key-file").arg(self.key_file());
        command.arg("--witness").arg(self.witness());
        command
    }

    /// Starts the server, at the same address as before if there was one.
    pub(crate) fn start(&mut self) {
        let listen = self.url.strip_prefix("http://").unwrap_or("127.0.0.1:0").to_owned();
        let mut command = self.with_data(&["serve", "--json", "--listen", &listen]);
        command.args(&self.extra).envs(self.env.iter().cloned());
        command.env("TANDEM_ADMIN_KEY", ADMIN_KEY).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("a ready line");
        assert_eq!(ready["key"], ADMIN_KEY);
        ready["url"].as_str().unwrap().clone_into(&mut self.url);
        self.server = Some(server);
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        let mut server = self.server.take().expect("a running server");
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Ends it as a service manager would.
    pub(crate) fn stop(&mut self) {
        let mut server = self.server.take().expect("a running server");
        let pid = server.id().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let status = server.wait().unwrap();
        assert!(status.success(), "{status}");
    }

    pub(crate) fn admin(&self) -> Client {
        Client::new(&self.url, ADMIN_KEY)
    }

    /// A new person who reviews, with a key.
    pub(crate) fn reviewer(&self, name: &str) -> Client {
        let mut admin = self.admin();
        let roles = json!([{"loop": "notes", "role": "reviewer"}]);
        let body = json!({"name": name, "email": format!("{name}@example.org"), "roles": roles});
        let member = admin.post("/v1/members", &body).unwrap().ok();
        let body = json!({"name": name, "member": member["id"], "roles": roles});
        let key = admin.post("/v1/keys", &body).unwrap().ok();
        Client::new(&self.url, key["secret"].as_str().unwrap())
    }

    /// A local command on the data directory.
    pub(crate) fn local(&self, args: &[&str]) -> Output {
        self.with_data(args).output().unwrap()
    }

    /// `ledger verify` with its exit code and report.
    pub(crate) fn verify(&self, args: &[&str]) -> (i32, Value) {
        let output =
            self.command().args(["ledger", "verify", "--json"]).args(args).output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code().unwrap(), report)
    }

    /// Verifies the data directory against the witness.
    pub(crate) fn verify_data(&self) -> (i32, Value) {
        let (data, witness) = (self.data(), self.witness());
        self.verify(&["--data-dir", text(&data), "--witness", text(&witness)])
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.kill());
            drop(server.wait());
        }
    }
}

/// The binary without anything from the environment.
pub(crate) fn tandem() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    for name in [
        "URL",
        "KEY",
        "ADMIN_KEY",
        "CONFIG",
        "DATA_DIR",
        "DATABASE",
        "LISTEN",
        "KEY_FILE",
        "WITNESS",
    ] {
        command.env_remove(format!("TANDEM_{name}"));
    }
    command.env("TANDEM_LOG", "error");
    command
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A case for people; `key` makes it idempotent.
pub(crate) fn case(key: &str) -> Value {
    json!({"key": key, "input": {"text": format!("note {key}")},
        "proposal": {"output": {"label": "a"}, "confidence": 0.5}})
}
