//! Checkpoints and proofs of the ledger.

use serde::Serialize;
use tandem_domain::Timestamp;
use utoipa::ToSchema;

/// The newest checkpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checkpoint {
    /// Name of the log.
    pub origin: String,
    /// Sealed events.
    pub size: u64,
    /// Root of their tree, base64.
    pub root: String,
    /// The newest signed note; null where nothing is signed.
    pub note: Option<String>,
    /// When it was signed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Events covered by a checkpoint outside; null where none is kept there.
    pub anchored_size: Option<u64>,
    /// The key that verifies the note.
    pub vkey: Option<String>,
    /// What is recorded but not sealed yet.
    pub unsealed: Unsealed,
}

/// What is recorded but not sealed yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unsealed {
    /// How many events.
    pub count: u64,
    /// Since when the oldest waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_at: Option<Timestamp>,
}
