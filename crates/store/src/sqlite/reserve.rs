//! Room kept for what must be written on a full disk: an emergency stop.
//!
//! A file beside the database holds the room. It is emptied before an urgent command runs and filled
//! again after it, as far as the disk lets it. Under [`StoreConfig::max_bytes`](crate::StoreConfig)
//! the room is a bound that urgent commands alone may pass.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::conn;

/// Written at a time; what is left over is too small to matter.
const STEP: usize = 64 << 10;

pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
    max_bytes: Option<u64>,
}

impl Reserve {
    pub(super) fn new(database: &Path, bytes: u64, max_bytes: Option<u64>) -> Self {
        Self { path: database.with_file_name("tandem.reserve"), bytes, max_bytes }
    }

    /// Takes the room that is missing, as much of it as there is. Not having it is no reason to stop.
    pub(super) fn fill(&self, conn: &Connection) {
        if self.bytes == 0 {
            return;
        }
        self.bound(conn, 0);
        if let Err(error) = self.take() {
            tracing::warn!(%error, path = %self.path.display(),
                "there is not enough room to keep some for an emergency stop");
        }
    }

    /// Gives the room to whatever is written next.
    pub(super) fn empty(&self, conn: &Connection) {
        if self.bytes == 0 {
            return;
        }
        self.bound(conn, self.bytes);
        if let Err(error) = self.open().and_then(|file| file.set_len(0)) {
            tracing::warn!(%error, path = %self.path.display(), "the room kept cannot be given");
        }
    }

    fn open(&self) -> std::io::Result<File> {
        OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)
    }

    fn take(&self) -> std::io::Result<()> {
        let mut file = self.open()?;
        let mut held = file.seek(SeekFrom::End(0))?;
        // Zeros are written out: a file with holes would hold no room.
        let zeros = vec![0; STEP];
        while held < self.bytes {
            file.write_all(&zeros)?;
            held += STEP as u64;
        }
        file.sync_all()
    }

    /// Bounds the database's file, where it has a bound, with `more` than others may use.
    fn bound(&self, conn: &Connection, more: u64) {
        let Some(max) = self.max_bytes else { return };
        let most = max.saturating_sub(self.bytes) + more;
        if let Err(error) = conn::bound(conn, most) {
            tracing::warn!(%error, "the bound of the database cannot be set");
        }
    }
}
