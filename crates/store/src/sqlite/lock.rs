//! The lock on a data directory: one process at a time.

use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::Path;

use crate::{Result, StoreError};

/// Holds `tandem.lock` for as long as it lives; the system releases it when the process dies.
pub(crate) struct DirLock {
    _file: File,
}

impl DirLock {
    pub(crate) fn take(dir: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| {
            StoreError::Setup(format!("cannot use the data directory {}: {error}", dir.display()))
        };
        create_dir_all(dir).map_err(failed)?;
        let path = dir.join("tandem.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(dir.display().to_string())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
