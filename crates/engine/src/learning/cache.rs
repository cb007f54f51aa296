//! Live models, kept in memory.
//!
//! An entry is loaded on first use. A wake of its loop marks it stale; the next use then looks at
//! the registry and reads the model's bytes only if another version is live.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tandem_domain::LoopId;
use tandem_store::{Store, Tx, models};

use super::model::Model;
use super::registry;
use crate::errors::{EngineError, Result};

/// The model that proposes in a loop.
#[derive(Debug)]
pub(crate) struct Live {
    /// Its version in the loop's registry.
    pub(crate) version: u64,
    /// Whether the policy may believe its confidence. A canary proposes while people see everything.
    pub(crate) trusted: bool,
    /// The model.
    pub(crate) model: Model,
}

/// Live models by loop.
pub(crate) struct Cache {
    store: Store,
    entries: Mutex<HashMap<LoopId, Entry>>,
    /// Grows with every invalidation: a load that began before one must not hide it.
    generation: AtomicU64,
}

struct Entry {
    fresh: bool,
    live: Option<Arc<Live>>,
}

/// What the cache knows without a look at the registry.
enum Known {
    Fresh(Option<Arc<Live>>),
    /// The last one known, and the generation before a look.
    Stale(Option<Arc<Live>>, u64),
}

/// What a look at the registry found.
enum Found {
    Same,
    Other(Option<Arc<Live>>),
}

impl Cache {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, entries: Mutex::default(), generation: AtomicU64::new(0) }
    }

    /// The live model of a loop.
    pub(crate) async fn get(&self, loop_id: LoopId) -> Result<Option<Arc<Live>>> {
        let (known, generation) = match self.peek(loop_id) {
            Known::Fresh(live) => return Ok(live),
            Known::Stale(live, generation) => (live, generation),
        };
        let version = known.as_ref().map(|live| (live.version, live.trusted));
        let found = self.store.read(move |tx| look(tx, loop_id, version)).await?;
        Ok(self.put(loop_id, generation, known, found))
    }

    /// [`Cache::get`] for plain threads.
    pub(crate) fn get_blocking(&self, loop_id: LoopId) -> Result<Option<Arc<Live>>> {
        let (known, generation) = match self.peek(loop_id) {
            Known::Fresh(live) => return Ok(live),
            Known::Stale(live, generation) => (live, generation),
        };
        let version = known.as_ref().map(|live| (live.version, live.trusted));
        let found = self.store.read_blocking(move |tx| look(tx, loop_id, version))?;
        Ok(self.put(loop_id, generation, known, found))
    }

    /// A loop's registry may have changed.
    pub(crate) fn invalidate(&self, loop_id: LoopId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        if let Some(entry) = self.lock().get_mut(&loop_id) {
            entry.fresh = false;
        }
    }

    /// Any registry may have changed.
    pub(crate) fn invalidate_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.lock().values_mut().for_each(|entry| entry.fresh = false);
    }

    fn peek(&self, loop_id: LoopId) -> Known {
        let generation = self.generation.load(Ordering::Acquire);
        match self.lock().get(&loop_id) {
            Some(Entry { fresh: true, live }) => Known::Fresh(live.clone()),
            Some(Entry { fresh: false, live }) => Known::Stale(live.clone(), generation),
            None => Known::Stale(None, generation),
        }
    }

    fn put(
        &self,
        loop_id: LoopId,
        generation: u64,
        known: Option<Arc<Live>>,
        found: Found,
    ) -> Option<Arc<Live>> {
        let live = match found {
            Found::Same => known,
            Found::Other(live) => live,
        };
        let fresh = self.generation.load(Ordering::Acquire) == generation;
        self.lock().insert(loop_id, Entry { fresh, live: live.clone() });
        live
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LoopId, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn look(tx: &mut dyn Tx, loop_id: LoopId, known: Option<(u64, bool)>) -> Result<Found> {
    let (row, trusted) = match models::in_stage(tx, loop_id, "live")? {
        Some(row) => (Some(row), true),
        None => (models::in_stage(tx, loop_id, "canary")?, false),
    };
    // What runs elsewhere does not propose by itself.
    let Some(row) = row.filter(|row| !registry::is_outside(row)) else {
        return Ok(Found::Other(None));
    };
    if known == Some((row.version, trusted)) {
        return Ok(Found::Same);
    }
    let bytes = models::bytes(tx, loop_id, row.version)?
        .ok_or_else(|| EngineError::internal(format!("model {} has no bytes", row.version)))?;
    let model = Model::from_bytes(&bytes).map_err(EngineError::internal)?;
    Ok(Found::Other(Some(Arc::new(Live { version: row.version, trusted, model }))))
}
