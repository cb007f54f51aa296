//! A new log over old events: what a restore below the last witnessed size begins.
//!
//! Events after the backup are gone, yet a checkpoint that covers them is out in the world. Going on
//! under the same name would sign a second history of the same size, which is what a forger does. So
//! the log gets a new name and key, and says in its first event where it comes from.

use serde_json::json;
use tandem_ledger::note::{Checkpoint, SigningKey};
use tandem_store::{Store, ledger, meta};

use crate::accounts::DEFAULT_SPACE;
use crate::errors::{EngineError, Result};
use crate::record::{self, By, Place};
use crate::sealing::{ANCHORED, VKEY};

/// Begins the log of `key` over the events that are there, with a `restored` event that names the log
/// before it and the newest checkpoint of it that a witness holds. The checkpoints of the old log go;
/// its witness keeps them. Sign a checkpoint next: it covers the event.
pub async fn begin_again(store: &Store, key: &SigningKey, witnessed: &Checkpoint) -> Result<()> {
    let (origin, vkey) = (key.name().to_owned(), key.verifier().to_string());
    let (size, root) = (witnessed.size, witnessed.root.to_base64());
    let begun = store.write(move |tx| {
        let head = ledger::head(tx)?;
        let data = json!({
            "from": {
                "origin": head.origin,
                "size": head.frontier.size(),
                "root": head.frontier.root().to_base64(),
            },
            "witnessed": {"size": size, "root": root},
            "origin": origin,
        });
        let data = data.as_object().cloned().unwrap_or_default();
        let place = Place { space: DEFAULT_SPACE, of_loop: None, case: None };
        let id = format!("evt_restored-{}", origin.replace('/', "-"));
        let event =
            record::event_record(place, &id, "restored", &By::machine(), tx.now(), &data, &[])?;
        tx.append_event(event);
        ledger::drop_checkpoints(tx)?;
        ledger::set_origin(tx, &origin)?;
        meta::set(tx, VKEY, vkey.as_bytes())?;
        meta::remove(tx, ANCHORED)?;
        Ok::<_, EngineError>(())
    });
    begun.await
}
