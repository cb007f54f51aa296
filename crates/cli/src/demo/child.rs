//! The demo's server as a child process: started, killed without warning, started again on the same port and data.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::env;

/// The line by which the server asks to be killed.
pub(crate) const PLUG: &str = "plug";
/// How long a server may take to answer.
const START: Duration = Duration::from_mins(1);

/// What the server is started with.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Data directory.
    pub(crate) data_dir: PathBuf,
    /// Where the checkpoint key lies.
    pub(crate) key_file: PathBuf,
    /// The witness file.
    pub(crate) witness: PathBuf,
    /// Address to listen on; the port is kept over restarts.
    pub(crate) listen: String,
    /// The admin key.
    pub(crate) key: String,
}

/// A server that runs.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Its address.
    pub(crate) url: String,
}

impl Running {
    /// Starts the server and waits until it answers.
    pub(crate) async fn start(plan: &Plan) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find the program's own file")?;
        let mut child = Command::new(program)
            .arg("demo-server")
            .arg("--data-dir")
            .arg(&plan.data_dir)
            .arg("--key-file")
            .arg(&plan.key_file)
            .arg("--witness")
            .arg(&plan.witness)
            .args(["--listen", &plan.listen])
            .env(env::ADMIN_KEY, &plan.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = tokio::time::timeout(START, lines.next_line())
            .await
            .context("the server does not start")??;
        let Some(line) = line else {
            let status = child.wait().await?;
            bail!("the server did not start ({status}); its message is above");
        };
        let ready: Value = serde_json::from_str(&line).context("the server says something else")?;
        let url = ready["url"].as_str().context("the server names no address")?.to_owned();
        Ok(Self { child, lines, url })
    }

    /// Waits until the server asks to be killed (true) or ends by itself (false).
    pub(crate) async fn watch(&mut self) -> bool {
        loop {
            match self.lines.next_line().await {
                Ok(Some(line)) if line == PLUG => return true,
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return false,
            }
        }
    }

    /// Kills it without warning (SIGKILL) and starts it again on the same port.
    pub(crate) async fn pull_the_plug(mut self, plan: &Plan) -> anyhow::Result<Self> {
        let port = self.url.rsplit(':').next().context("no port")?.to_owned();
        let host = plan.listen.rsplit_once(':').map_or("127.0.0.1", |(host, _)| host).to_owned();
        self.child.kill().await.context("cannot kill the server")?;
        Self::start(&Plan { listen: format!("{host}:{port}"), ..plan.clone() }).await
    }

    /// Asks it to end (its standard input closes) and waits.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        match tokio::time::timeout(Duration::from_secs(20), self.child.wait()).await {
            Ok(status) => drop(status.context("the server did not end")?),
            Err(_) => self.child.kill().await.context("cannot kill the server")?,
        }
        Ok(())
    }
}

/// Whether a directory is one of the demo's.
pub(crate) fn is_demo(dir: &Path) -> bool {
    dir.join(MARK).is_file()
}

/// File in a demo's data directory that marks it and holds its admin key.
pub(crate) const MARK: &str = "demo.json";
