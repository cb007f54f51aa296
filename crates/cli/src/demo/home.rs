//! Where a demo keeps its data: a temporary directory that goes with it, or one that is given and stays.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::child::{MARK, Plan, is_demo};
use crate::{keyfile, random, server};

/// The directories of a demo. Temporary ones are removed when it is dropped.
pub(crate) struct Home {
    root: PathBuf,
    data_dir: PathBuf,
    key: String,
    temporary: bool,
}

impl Home {
    /// Makes or finds the directories. A given one must be empty, missing, or an earlier demo's.
    pub(crate) fn prepare(given: Option<&Path>, fresh: bool) -> anyhow::Result<Self> {
        let temporary = given.is_none();
        let root = if let Some(dir) = given {
            dir.to_owned()
        } else {
            let name = format!("tandem-demo-{}", hex::encode(random::secret::<6>()?));
            std::env::temp_dir().join(name)
        };
        if fresh && root.exists() {
            if !is_demo(&root) && !is_empty(&root)? {
                bail!(
                    "{} is no demo's directory; --fresh would delete it, so it is left alone",
                    root.display()
                );
            }
            std::fs::remove_dir_all(&root)
                .with_context(|| format!("cannot remove {}", root.display()))?;
        }
        if root.exists() && !is_demo(&root) && !is_empty(&root)? {
            bail!("{} holds something else; give an empty or new directory", root.display());
        }
        // The database lies one level down: the key and the witness stay outside its directory.
        let data_dir = root.join("data");
        std::fs::create_dir_all(&data_dir)
            .with_context(|| format!("cannot make {}", data_dir.display()))?;
        let key = admin_key(&root)?;
        Ok(Self { root, data_dir, key, temporary })
    }

    /// What the server is started with.
    pub(crate) fn plan(&self, listen: String) -> Plan {
        Plan {
            data_dir: self.data_dir.clone(),
            key_file: self.root.join("checkpoint.key"),
            witness: self.root.join("witness.txt"),
            listen,
            key: self.key.clone(),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.temporary {
            // What cannot be removed now goes with the system's temporary files.
            drop(std::fs::remove_dir_all(&self.root));
        }
    }
}

/// The admin key of this demo, kept readable for its owner alone.
fn admin_key(root: &Path) -> anyhow::Result<String> {
    let path = root.join(MARK);
    if path.exists() {
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let document: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is damaged; start with --fresh", path.display()))?;
        let key = document["key"].as_str();
        return Ok(key.with_context(|| format!("{} holds no key", path.display()))?.to_owned());
    }
    let key = server::new_key()?;
    keyfile::write_secret(&path, &json!({"key": key}).to_string())
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(key)
}

fn is_empty(dir: &Path) -> anyhow::Result<bool> {
    let mut entries =
        std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))?;
    Ok(entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_directory_keeps_its_key_and_others_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("demo");
        let key = Home::prepare(Some(&root), false).unwrap().key.clone();
        assert_eq!(Home::prepare(Some(&root), false).unwrap().key, key);
        assert_ne!(Home::prepare(Some(&root), true).unwrap().key, key);
        let other = dir.path().join("other");
        std::fs::create_dir(&other).unwrap();
        std::fs::write(other.join("file"), "precious").unwrap();
        assert!(Home::prepare(Some(&other), false).is_err());
        assert!(Home::prepare(Some(&other), true).is_err());
        assert!(other.join("file").exists());
    }

    #[test]
    fn a_temporary_directory_goes_with_the_demo() {
        let home = Home::prepare(None, false).unwrap();
        let root = home.root.clone();
        assert!(root.join("data").is_dir());
        drop(home);
        assert!(!root.exists());
    }
}
