//! Default places: the data directory beside the user, the signing key and the witness away from it.

use std::path::{Path, PathBuf};

use crate::env;

/// The data directory where none is given.
pub(crate) const DATA_DIR: &str = "tandem-data";
/// Where `serve` and `demo` listen unless told.
pub(crate) const LISTEN: &str = "127.0.0.1:8460";

/// The file with the checkpoint key where none is given: in the user's configuration, never in the data directory. Each
/// data directory has its own.
pub(crate) fn key_file(data: &Path) -> PathBuf {
    beside(data, "checkpoint.key")
}

/// The witness file where none is given.
pub(crate) fn witness(data: &Path) -> PathBuf {
    beside(data, "witness.txt")
}

/// The directory of the configuration that belongs to one data directory; its name says which.
fn beside(data: &Path, file: &str) -> PathBuf {
    let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let name: String = data
        .to_string_lossy()
        .trim_matches('/')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' })
        .collect();
    let home = env::config_home()
        // Without a home the parent of the data directory is the nearest place outside it.
        .unwrap_or_else(|| data.parent().unwrap_or(&data).join(".tandem"));
    home.join(name).join(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_witnesses_stay_out_of_the_data_directory() {
        for data in ["/srv/tandem/data", "data", "./x/../data"] {
            let (key, witness) = (key_file(Path::new(data)), witness(Path::new(data)));
            assert!(!key.starts_with(data), "{}", key.display());
            assert!(!witness.starts_with(data));
            assert_ne!(key, witness);
        }
        assert_ne!(key_file(Path::new("/a/one")), key_file(Path::new("/a/two")));
    }
}
