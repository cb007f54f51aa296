//! A temporary PostgreSQL cluster for the tests: real, on a free loopback port, gone afterwards.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::sh;

/// A running cluster; stopped and removed when dropped.
pub(crate) struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
    /// Address of its maintenance database.
    pub(crate) url: String,
}

impl Cluster {
    /// Starts a cluster; installs the server first where it is missing and the user may.
    pub(crate) fn start() -> Result<Self> {
        if find_bin().is_none() {
            sh::apt_install(&["postgresql"], "PostgreSQL's server is needed for the tests")?;
        }
        let bin = find_bin().context("PostgreSQL's initdb is not to be found")?;
        let dir = std::env::temp_dir().join(format!("tandem-postgres-{}", std::process::id()));
        // Of a run before that was killed, where numbers of processes repeat.
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(&dir)?;
        if sh::is_root() {
            // The server refuses to run as root.
            sh::run("chown", &["postgres", &dir.to_string_lossy()])?;
        }
        let mut cluster = Self { dir, bin, url: String::new() };
        let data = cluster.dir.join("data");
        let data = data.to_string_lossy();
        cluster.tool("initdb", &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"])?;
        // Until the server listens, the port is anybody's.
        for _ in 0..2 {
            match cluster.listen(&data) {
                Ok(()) => return Ok(cluster),
                Err(error) => sh::say(&format!("{error:#}; again on another port")),
            }
        }
        cluster.listen(&data).map(|()| cluster)
    }

    /// Starts the server on a port that is free now.
    fn listen(&mut self, data: &str) -> Result<()> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        self.url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let socket = self.dir.to_string_lossy().into_owned();
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={socket} \
             -c max_connections=400 -c shared_buffers=128MB"
        );
        let log = self.dir.join("log");
        let log = log.to_string_lossy();
        self.tool("pg_ctl", &["-D", data, "-w", "-t", "300", "-l", &log, "-o", &options, "start"])
    }

    fn tool(&self, name: &str, args: &[&str]) -> Result<()> {
        let program = self.bin.join(name);
        let mut command = if sh::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        let status = command
            .args(args)
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("starting {}", program.display()))?;
        if !status.success() {
            bail!("{name} failed: {status}; its log is {}", self.dir.join("log").display());
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.dir.join("data");
        let stopped = self.tool("pg_ctl", &["-D", &data.to_string_lossy(), "-m", "fast", "stop"]);
        if let Err(error) = stopped {
            sh::say(&format!("stopping PostgreSQL: {error:#}"));
        }
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            sh::say(&format!("removing {}: {error}", self.dir.display()));
        }
    }
}

/// The newest installation's programs.
fn find_bin() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok().and_then(|versions| {
        let mut found: Vec<(u32, PathBuf)> = versions
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                let bin = entry.path().join("bin");
                bin.join("initdb").exists().then_some((version, bin))
            })
            .collect();
        found.sort();
        found.pop().map(|(_, bin)| bin)
    });
    debian.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir: &PathBuf| Path::new(dir).join("initdb").exists())
    })
}
