//! Every environment variable the program reads. Nothing else in the workspace reads the environment.

use std::path::PathBuf;

/// Address of the server that client commands talk to.
pub(crate) const URL: &str = "TANDEM_URL";
/// The API key of client commands.
pub(crate) const KEY: &str = "TANDEM_KEY";
/// The first key of an empty data directory.
pub(crate) const ADMIN_KEY: &str = "TANDEM_ADMIN_KEY";
/// The configuration file.
pub(crate) const CONFIG: &str = "TANDEM_CONFIG";
/// The data directory.
pub(crate) const DATA_DIR: &str = "TANDEM_DATA_DIR";
/// A PostgreSQL database instead of the embedded one.
pub(crate) const DATABASE: &str = "TANDEM_DATABASE";
/// Where the server listens.
pub(crate) const LISTEN: &str = "TANDEM_LISTEN";
/// Where browsers reach the server.
pub(crate) const PUBLIC_URL: &str = "TANDEM_PUBLIC_URL";
/// The file with the key that signs checkpoints.
pub(crate) const KEY_FILE: &str = "TANDEM_KEY_FILE";
/// The witness file.
pub(crate) const WITNESS: &str = "TANDEM_WITNESS";
/// The file that messages about cases are written to.
pub(crate) const PUBLISH: &str = "TANDEM_PUBLISH";
/// What is logged.
pub(crate) const LOG: &str = "TANDEM_LOG";

/// The variables with their meaning, for the reference.
pub(crate) const TABLE: [(&str, &str); 15] = [
    (URL, "address of the server that client commands talk to, as in `http://127.0.0.1:8460`"),
    (KEY, "API key of client commands (`tdm_…`)"),
    (
        ADMIN_KEY,
        "becomes the first key, with every right, when `serve` starts on an empty data directory",
    ),
    (CONFIG, "configuration file; default `tandem.toml` in the working directory, if it is there"),
    (DATA_DIR, "data directory of the embedded database"),
    (DATABASE, "`postgres://…`: use this database instead of the embedded one"),
    (LISTEN, "address and port to listen on"),
    (PUBLIC_URL, "scheme and host under which browsers reach the server; passkeys are bound to it"),
    (KEY_FILE, "file with the secret key that signs checkpoints; kept outside the data directory"),
    (WITNESS, "file outside the data directory to which every signed checkpoint is appended"),
    (PUBLISH, "file to which every message about a case is appended, one CloudEvent a line"),
    (LOG, "what is logged, as in `info` or `tandem_engine=debug,warn`"),
    ("NO_COLOR", "set to anything: no colours in the terminal"),
    ("XDG_CONFIG_HOME", "where the checkpoint key lives by default (`$XDG_CONFIG_HOME/tandem/`)"),
    ("HOME", "home directory, for the default of `XDG_CONFIG_HOME` (`~/.config`)"),
];

/// A variable that is set and not empty.
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The directory for configuration of this user.
pub(crate) fn config_home() -> Option<PathBuf> {
    get("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(get("HOME")?).join(".config")))
        .map(|home| home.join("tandem"))
}
