//! The server under load: started as its own process, measured from outside.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::commands::loops::put_loop;
use crate::http::{Client, Target};
use crate::{env, server};

/// The loop of the bench.
pub(crate) const LOOP: &str = "bench";
const LOOP_FILE: &str = include_str!("../../data/bench.yaml");
/// The loop of its gates.
pub(crate) const GATES: &str = "bench-gates";
const GATES_FILE: &str = include_str!("../../data/bench-gates.yaml");

/// A place for servers to run in, removed at the end.
pub(crate) struct Rig {
    root: PathBuf,
    database: Option<String>,
    key: String,
}

/// A server that runs.
pub(crate) struct Running {
    child: Child,
    /// Who talks to it, as admin.
    pub(crate) target: Target,
    /// From the start of the process to its ready line.
    pub(crate) started_in: Duration,
}

impl Rig {
    /// Makes the directories.
    pub(crate) fn make(parent: Option<&Path>, database: Option<String>) -> anyhow::Result<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let root = parent.join(format!("tandem-bench-{}", std::process::id()));
        std::fs::create_dir_all(root.join("data"))
            .with_context(|| format!("cannot make {}", root.display()))?;
        Ok(Self { root, database, key: server::new_key()? })
    }

    /// The directory, for the flush probe.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Bytes of the database's files.
    pub(crate) fn database_bytes(&self) -> u64 {
        let entries = std::fs::read_dir(self.root.join("data")).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
    }

    /// Starts a server and waits for its ready line.
    pub(crate) async fn start(&self) -> anyhow::Result<Running> {
        let program = std::env::current_exe().context("cannot find the program's own file")?;
        let mut command = Command::new(program);
        // Held for long, so that parked calls are measured and not their second legs.
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--mcp-hold", "2m"]);
        command.arg("--data-dir").arg(self.root.join("data"));
        command.arg("--key-file").arg(self.root.join("checkpoint.key"));
        command.arg("--witness").arg(self.root.join("witness.txt"));
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command.env(env::ADMIN_KEY, &self.key).env_remove(env::CONFIG);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let begun = Instant::now();
        let mut child = command.spawn().context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let started_in = begun.elapsed();
        let Some(line) = line else { bail!("the server did not start; its message is above") };
        let ready: Value = serde_json::from_str(&line)?;
        let url = ready["url"].as_str().context("the server names no address")?;
        let target = Target::new(url, Some(&self.key))?;
        Ok(Running { child, target, started_in })
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.root));
    }
}

impl Running {
    /// Publishes the loops.
    pub(crate) async fn publish(&self) -> anyhow::Result<()> {
        let mut client = Client::new(&self.target);
        put_loop(&mut client, LOOP, LOOP_FILE.to_owned(), false).await?;
        put_loop(&mut client, GATES, GATES_FILE.to_owned(), false).await?;
        Ok(())
    }

    /// Adds reviewers and returns who talks as each.
    pub(crate) async fn reviewers(&self, count: usize) -> anyhow::Result<Vec<Target>> {
        let mut client = Client::new(&self.target);
        let roles =
            json!([{"loop": LOOP, "role": "reviewer"}, {"loop": GATES, "role": "reviewer"}]);
        let mut targets = Vec::with_capacity(count);
        for n in 0..count {
            let body = json!({"name": format!("Reviewer {n}"), "email": format!("r{n}@bench.invalid"), "roles": roles});
            let member = client.post("/v1/members", &body).await?;
            let body = json!({"name": format!("r{n}"), "roles": roles, "member": member["id"]});
            let key = client.post("/v1/keys", &body).await?;
            targets.push(self.target.with_key(key["secret"].as_str().unwrap_or_default())?);
        }
        Ok(targets)
    }

    /// Resident memory in bytes, pages of the mapped database included; `None` where the system does not say (Linux
    /// only).
    pub(crate) fn memory(&self) -> Option<u64> {
        self.status("VmRSS:")
    }

    /// Resident memory that is the process's own: without pages of the mapped database, which the system takes back
    /// when it needs them.
    pub(crate) fn own_memory(&self) -> Option<u64> {
        self.status("RssAnon:")
    }

    fn status(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
    }

    /// Asks it to end and waits, so that the next start finds a closed database.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.child.id()
            && cfg!(unix)
        {
            Command::new("kill").arg(pid.to_string()).status().await?;
            if tokio::time::timeout(Duration::from_mins(1), self.child.wait()).await.is_ok() {
                return Ok(());
            }
        }
        self.child.kill().await.context("cannot kill the server")
    }
}
