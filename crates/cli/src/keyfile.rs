//! The key that signs checkpoints: a file readable by its owner alone, outside the data directory.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tandem_ledger::note::SigningKey;

use crate::random;

/// Name of a new log: `tandem/` and 8 random hexadecimal digits, so that two logs are never taken for one another.
fn new_origin() -> anyhow::Result<String> {
    Ok(format!("tandem/{}", hex::encode(random::secret::<4>()?)))
}

/// Reads the key of `path`, or makes one. Refuses a file inside `data`: whoever copies the data directory must not get
/// the key with it.
pub(crate) fn load_or_create(path: &Path, data: Option<&Path>) -> anyhow::Result<SigningKey> {
    if let Some(data) = data {
        refuse_inside(path, data)?;
    }
    match fs::read_to_string(path) {
        Ok(text) => {
            check_mode(path)?;
            text.parse().with_context(|| {
                format!(
                    "{} holds no signing key; restore it from where you keep a copy",
                    path.display()
                )
            })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = SigningKey::from_seed(&new_origin()?, &random::secret()?)?;
            write_secret(path, &(key.to_text() + "\n"))
                .with_context(|| format!("cannot write the signing key {}", path.display()))?;
            Ok(key)
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the signing key {}", path.display()))
        }
    }
}

/// Where the key that signs grants lies: beside the checkpoints' key, as a file of its own.
pub(crate) fn grants_beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".grants");
    path.with_file_name(name)
}

/// Puts a new key with a new origin in the place of the one in `path`, which is kept beside it as `….before-N`.
/// Returns the new key and where the old one is.
pub(crate) fn replace(path: &Path) -> anyhow::Result<(SigningKey, PathBuf)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kept = (1..10_000)
        .map(|n: u32| path.with_file_name(format!("{name}.before-{n}")))
        .find(|kept| !kept.exists())
        .context("no name is free for the old key")?;
    let key = SigningKey::from_seed(&new_origin()?, &random::secret()?)?;
    fs::rename(path, &kept).with_context(|| format!("cannot keep {}", path.display()))?;
    write_secret(path, &(key.to_text() + "\n"))
        .with_context(|| format!("cannot write the signing key {}", path.display()))?;
    Ok((key, kept))
}

/// Refuses a path inside the data directory.
pub(crate) fn refuse_inside(path: &Path, data: &Path) -> anyhow::Result<()> {
    let full = |path: &Path| -> PathBuf {
        path.canonicalize()
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_owned())
    };
    let parent = path.parent().map_or_else(PathBuf::new, full);
    if parent.starts_with(full(data)) {
        bail!(
            "{} lies in the data directory {}; keep it elsewhere, so that a copy of the data does not carry it",
            path.display(),
            data.display()
        );
    }
    Ok(())
}

/// Creates a file that only its owner reads; never overwrites one.
pub(crate) fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn check_mode(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            bail!(
                "{} can be read by others (mode {mode:o}); run `chmod 600 {}`",
                path.display(),
                path.display()
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_with_tight_rights_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys/checkpoint.key");
        let key = load_or_create(&path, Some(&dir.path().join("data"))).unwrap();
        let again = load_or_create(&path, None).unwrap();
        assert_eq!(key.verifier().to_string(), again.verifier().to_string());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(load_or_create(&path, None).unwrap_err().to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_key_in_the_data_directory_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let error = load_or_create(&dir.path().join("a.key"), Some(dir.path())).unwrap_err();
        assert!(error.to_string().contains("keep it elsewhere"), "{error}");
    }
}
