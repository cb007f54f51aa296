//! Pictures, sounds and documents, kept once per content.

use crate::types::{MediaId, RowExt, Timestamp};
use crate::{Result, Tx, TxExt, params};

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Its id.
    pub id: MediaId,
    /// The space.
    pub space: String,
    /// SHA-256 of the bytes.
    pub sha256: Vec<u8>,
    /// Its media type.
    pub mime: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// When it came first.
    pub created_at: Timestamp,
}

/// Adds a file and returns its id; the same content of the same type keeps its first id.
pub fn insert(tx: &mut dyn Tx, media: &Media) -> Result<MediaId> {
    tx.exec(
        "INSERT INTO media (id, space_id, sha256, mime, bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (space_id, sha256, mime) DO NOTHING",
        params![
            &media.id,
            &media.space,
            &media.sha256,
            &media.mime,
            &media.bytes,
            media.created_at
        ],
    )?;
    tx.query_one(
        "SELECT id FROM media WHERE space_id = $1 AND sha256 = $2 AND mime = $3",
        params![&media.space, &media.sha256, &media.mime],
        |row| row.id(0),
    )
}

/// Whether a space has a file.
pub fn exists(tx: &mut dyn Tx, space: &str, id: MediaId) -> Result<bool> {
    let found = tx.query_opt(
        "SELECT 1 FROM media WHERE id = $1 AND space_id = $2",
        params![&id, space],
        |row| row.int(0),
    )?;
    Ok(found.is_some())
}

/// One file of a space.
pub fn get(tx: &mut dyn Tx, space: &str, id: MediaId) -> Result<Option<Media>> {
    tx.query_opt(
        "SELECT id, space_id, sha256, mime, bytes, created_at FROM media WHERE id = $1 AND space_id = $2",
        params![&id, space],
        |row| {
            Ok(Media {
                id: row.id(0)?,
                space: row.string(1)?,
                sha256: row.bytes(2)?,
                mime: row.string(3)?,
                bytes: row.bytes(4)?,
                created_at: row.time(5)?,
            })
        },
    )
}
