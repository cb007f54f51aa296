//! A temporary PostgreSQL cluster for this test process: flushed commits, loopback only, gone afterwards.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

static SERVER: OnceLock<String> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database. The server comes from `TANDEM_TEST_POSTGRES` or is started.
pub(crate) fn fresh_database() -> String {
    let server =
        SERVER.get_or_init(|| std::env::var("TANDEM_TEST_POSTGRES").unwrap_or_else(|_| start()));
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("store_{}_{number}", std::process::id());
    let mut client = postgres::Client::connect(server, postgres::NoTls)
        .expect("the test server takes connections");
    client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database can be made");
    with_database(server, &name)
}

/// Replaces the database of a `postgres://…/name` URL.
fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, ""), |(base, query)| (base, query));
    let host_end = base.find("://").map_or(0, |at| at + 3);
    let path = base[host_end..].find('/').map_or(base.len(), |at| host_end + at);
    let question = if query.is_empty() { "" } else { "?" };
    format!("{}/{name}{question}{query}", &base[..path])
}

fn start() -> String {
    let dir = tempfile::Builder::new().prefix("tandem-pg-").tempdir().expect("a directory").keep();
    let data = dir.join("data");
    fs::create_dir(&data).expect("a data directory");
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).expect("permissions");
    if is_root() {
        run(Command::new("chown").arg("postgres").arg(&data));
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).expect("permissions");
    let bin = bin_dir();
    run(as_postgres(&bin.join("initdb"))
        .args(["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"])
        .arg(&data));
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
    let options = format!(
        "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c fsync=on \
         -c max_connections=400 -c shared_buffers=128MB -c deadlock_timeout=100ms",
        dir.display()
    );
    run(as_postgres(&bin.join("pg_ctl"))
        .args(["-w", "-t", "60", "-D"])
        .arg(&data)
        .arg("-l")
        .arg(data.join("log"))
        .args(["-o", &options, "start"]));
    stop_with_us(&bin, &dir, &data);
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

/// A watcher that outlives this process, however it ends, and then clears up.
fn stop_with_us(bin: &Path, dir: &Path, data: &Path) {
    let stop = as_postgres(&bin.join("pg_ctl"));
    let words: Vec<String> = std::iter::once(stop.get_program())
        .chain(stop.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let script = format!(
        "while kill -0 {} 2>/dev/null; do sleep 0.5; done; {} -m immediate -D '{}' stop; rm -rf '{}'",
        std::process::id(),
        words.join(" "),
        data.display(),
        dir.display()
    );
    // Detached: nobody waits for what outlives us.
    let watcher = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    drop(watcher);
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program).current_dir("/");
    command
}

/// The newest installed server, or the one in `PATH`.
fn bin_dir() -> PathBuf {
    let mut installed: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    installed.sort();
    if let Some(bin) = installed.pop() {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|dir| dir.join("initdb").exists())
        .expect("a PostgreSQL server: install the package `postgresql` or set TANDEM_TEST_POSTGRES")
}

fn run(command: &mut Command) {
    // Inherited pipes would stay open in the server that pg_ctl starts.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?} failed");
}
