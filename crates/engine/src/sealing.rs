//! Checkpoints: while the ledger grows, its head is signed, stored and given to the witness.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tandem_ledger::note;
use tandem_ledger::verify::{witness_complete, witness_entry};
use tandem_store::ledger::{self, Checkpoint};
use tandem_store::{events, meta};

use crate::engine::Engine;
use crate::errors::{EngineError, Result};

/// Where the ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerStatus {
    /// The name of the log.
    pub origin: String,
    /// Sealed events.
    pub size: u64,
    /// The root over them, in base64.
    pub root: String,
    /// The newest checkpoint, as a signed note, with its size and time.
    pub checkpoint: Option<Checkpoint>,
    /// Up to where the witness holds a checkpoint; `None` without a witness.
    pub anchored_size: Option<u64>,
    /// The verifier key of the log, where checkpoints are signed.
    pub vkey: Option<String>,
    /// Events recorded but not sealed yet.
    pub unsealed: u64,
    /// The time of the oldest of them.
    pub unsealed_since: Option<tandem_domain::Timestamp>,
}

/// Name under which the size is kept up to which the witness holds checkpoints.
pub(crate) const ANCHORED: &str = "ledger.anchored";

/// Name under which the verifier key of the log's first key is kept.
pub(crate) const VKEY: &str = "ledger.vkey";

/// Signs checkpoints until the engine stops.
pub(crate) async fn work(engine: Engine) {
    if engine.inner.checkpoint_key.is_none() {
        return;
    }
    let mut stop = engine.stopping();
    let mut every = tokio::time::interval(engine.inner.checkpoint_every);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = engine.checkpoint_now().await {
            tracing::warn!(%error, "no checkpoint");
        }
    }
}

impl Engine {
    /// Signs the head if it moved since the last checkpoint, stores the checkpoint and appends it to
    /// the witness. False when there was nothing to do.
    pub async fn checkpoint_now(&self) -> Result<bool> {
        let Some(key) = &self.inner.checkpoint_key else { return Ok(false) };
        let (head, latest) = self
            .inner
            .store
            .read(|tx| Ok::<_, EngineError>((ledger::head(tx)?, ledger::latest_checkpoint(tx)?)))
            .await?;
        let size = head.frontier.size();
        if size == 0 || latest.is_some_and(|latest| latest.size >= size) {
            return Ok(false);
        }
        let signed = note::Checkpoint::new(key.name(), size, head.frontier.root())
            .sign(&[key])
            .map_err(EngineError::internal)?;
        let row = Checkpoint { size, note: signed, at: self.now() };
        let stored = row.clone();
        self.inner.store.write(move |tx| ledger::insert_checkpoint(tx, &stored)).await?;
        self.inner.metrics.checkpoints_signed.add(1);
        if let Some(path) = self.inner.witness.clone() {
            let note = row.note.clone();
            let first = !self.inner.witness_seen.swap(true, Ordering::AcqRel);
            let written = tokio::task::spawn_blocking(move || append(&path, &note, first)).await;
            match written.map_err(EngineError::internal)? {
                Ok(()) => self.set_anchored(size).await?,
                Err(error) => {
                    self.inner.metrics.witness_failures.add(1);
                    return Err(EngineError::internal(format!("the witness: {error}")));
                }
            }
        }
        Ok(true)
    }

    async fn set_anchored(&self, size: u64) -> Result<()> {
        let text = size.to_string();
        let set = move |tx: &mut dyn tandem_store::Tx| meta::set(tx, ANCHORED, text.as_bytes());
        Ok(self.inner.store.write(set).await?)
    }

    /// Names the log on its first start; another name later is an error.
    pub(crate) async fn adopt_origin(&self) -> Result<()> {
        let inner = Arc::clone(&self.inner);
        if inner.origin.is_empty() {
            return Ok(());
        }
        let adopted = self.inner.store.write(move |tx| {
            let head = ledger::head(tx)?;
            if head.origin.is_empty() {
                ledger::set_origin(tx, &inner.origin)?;
            }
            if let Some(key) = &inner.checkpoint_key {
                meta::get_or_set(tx, VKEY, key.verifier().to_string().as_bytes())?;
            }
            if !head.origin.is_empty() && head.origin != inner.origin {
                return Err(EngineError::Conflict {
                    code: "other_origin",
                    message: format!(
                        "the ledger is called `{}` and the checkpoint key `{}`; start with the key \
                         that began the ledger",
                        head.origin, inner.origin
                    ),
                    resource: None,
                });
            }
            Ok(())
        });
        adopted.await
    }

    /// Where the ledger stands.
    pub async fn ledger_status(&self) -> Result<LedgerStatus> {
        let witnessed = self.inner.witness.is_some();
        let vkey = self.inner.checkpoint_key.as_ref().map(|key| key.verifier().to_string());
        let found = self.inner.store.read(move |tx| {
            let head = ledger::head(tx)?;
            let tail = events::tail(tx)?;
            let anchored = match meta::get(tx, ANCHORED)? {
                Some(bytes) if witnessed => {
                    String::from_utf8(bytes).ok().and_then(|text| text.parse().ok())
                }
                _ => None,
            };
            Ok::<_, EngineError>(LedgerStatus {
                origin: head.origin,
                size: head.frontier.size(),
                root: head.frontier.root().to_base64(),
                checkpoint: ledger::latest_checkpoint(tx)?,
                anchored_size: anchored,
                vkey: vkey.clone(),
                unsealed: tail.count,
                unsealed_since: tail.oldest_at,
            })
        });
        found.await
    }
}

/// Appends a checkpoint to the witness file, durably. The `first` time what an interrupted append
/// left is cut off: it would spoil the next entry.
fn append(path: &Path, note: &str, first: bool) -> std::io::Result<()> {
    let new = !path.exists();
    let mut file =
        OpenOptions::new().create(true).read(true).write(true).truncate(false).open(path)?;
    if first {
        let mut known = Vec::new();
        file.read_to_end(&mut known)?;
        file.set_len(witness_complete(&known) as u64)?;
    }
    file.seek(SeekFrom::End(0))?;
    file.write_all(witness_entry(note).as_bytes())?;
    file.sync_all()?;
    if let (true, Some(dir)) = (new, path.parent().filter(|dir| !dir.as_os_str().is_empty())) {
        std::fs::File::open(dir)?.sync_all()?;
    }
    Ok(())
}
