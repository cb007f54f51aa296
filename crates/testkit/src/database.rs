//! A database per test: SQLite in a temporary directory, or a fresh one on the PostgreSQL server
//! that `TANDEM_TEST_POSTGRES` names, where `TANDEM_TEST_DATABASE=postgres` asks for it.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use tandem_store::StoreConfig;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Whether tests run over PostgreSQL.
pub fn on_postgres() -> bool {
    let wanted = std::env::var("TANDEM_TEST_DATABASE").unwrap_or_default();
    wanted == "postgres" && std::env::var("TANDEM_TEST_POSTGRES").is_ok()
}

pub(crate) fn config(dir: &Path) -> StoreConfig {
    match std::env::var("TANDEM_TEST_POSTGRES") {
        Ok(server) if on_postgres() => StoreConfig::postgres(fresh(server)),
        _ => StoreConfig::sqlite(dir.join("data")),
    }
}

/// The blocking driver runs a runtime of its own, so it gets a thread of its own.
fn fresh(server: String) -> String {
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("testkit_{}_{number}", std::process::id());
    let made = std::thread::spawn(move || {
        let mut client = postgres::Client::connect(&server, postgres::NoTls)
            .expect("the test server takes connections");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("a database can be made");
        with_database(&server, &name)
    });
    made.join().expect("a fresh database")
}

fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, ""), |(base, query)| (base, query));
    let host = base.find("://").map_or(0, |at| at + 3);
    let path = base[host..].find('/').map_or(base.len(), |at| host + at);
    let question = if query.is_empty() { "" } else { "?" };
    format!("{}/{name}{question}{query}", &base[..path])
}
