//! Pictures, sounds and documents that cases point to.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::MediaId;
use tandem_ledger::event::commit;
use tandem_store::media;

use crate::access::{Action, allow_somewhere};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::record::{self, By, Place, RowNote};

pub use tandem_store::media::Media;

/// Largest file in bytes.
const MOST_BYTES: usize = 64 << 20;

/// What an upload came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaInfo {
    /// Its id; the same content of the same type keeps its first one.
    pub id: MediaId,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// Its media type.
    pub mime: String,
    /// How many bytes.
    pub size: usize,
}

impl Engine {
    /// Keeps a file.
    pub async fn put_media(
        &self,
        principal: &Principal,
        mime: &str,
        bytes: Vec<u8>,
    ) -> Result<MediaInfo> {
        allow_somewhere(principal, Action::MediaWrite)?;
        if bytes.is_empty() || bytes.len() > MOST_BYTES {
            let message = format!("a file has 1 to {MOST_BYTES} bytes");
            return Err(EngineError::invalid("invalid_input", "", message));
        }
        if mime.len() > 127 || !mime.contains('/') || !mime.is_ascii() {
            return Err(EngineError::invalid(
                "invalid_input",
                "",
                "give a media type like image/png",
            ));
        }
        let size = bytes.len();
        let sha256 = Sha256::digest(&bytes).to_vec();
        let digest = hex::encode(&sha256);
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let (space, mime_type) = (principal.space.clone(), mime.to_owned());
        let mut row = media::Media {
            id: MediaId::from_bytes([0; 16]),
            space,
            sha256,
            mime: mime_type,
            bytes,
            created_at: tandem_domain::Timestamp(0),
        };
        let stored = self.inner.store.write(move |tx| {
            let now = tx.now();
            row.id = MediaId(inner.ids.uuid(now)?);
            row.created_at = now;
            let id = media::insert(tx, &row)?;
            if id == row.id {
                let salt = inner.record_key.salt(record::MEDIA, &id.to_string());
                let text = record::canonical_text(&record_of(&row))?;
                let note = RowNote {
                    table: record::MEDIA,
                    id: id.to_string(),
                    commitment: Some(commit(&salt, text.as_bytes())),
                };
                let place = Place { space: &row.space, of_loop: None, case: None };
                let data = json!({"media": id, "mime": row.mime, "size": row.bytes.len()});
                let data = data.as_object().cloned().unwrap_or_default();
                let event = record::single_event_id(&id.to_string());
                let kind = "media.stored";
                tx.append_event(record::event_record(
                    place,
                    &event,
                    kind,
                    &by,
                    now,
                    &data,
                    &[note],
                )?);
            }
            Ok::<_, EngineError>(id)
        });
        Ok(MediaInfo { id: stored.await?, sha256: digest, mime: mime.to_owned(), size })
    }

    /// A file.
    pub async fn get_media(&self, principal: &Principal, id: MediaId) -> Result<Media> {
        allow_somewhere(principal, Action::MediaRead)?;
        let space = principal.space.clone();
        let found = self.inner.store.read(move |tx| media::get(tx, &space, id)).await?;
        found.ok_or_else(|| EngineError::not_found(format!("file {id}")))
    }
}

/// The record that the ledger commits to: the content by its digest.
pub(crate) fn record_of(row: &media::Media) -> Value {
    json!({
        "id": row.id,
        "sha256": hex::encode(&row.sha256),
        "mime": row.mime,
        "at": row.created_at,
    })
}
