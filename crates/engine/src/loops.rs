//! Loops: published versions, compiled once and shared.

mod dry_run;
mod publish;
mod views;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tandem_domain::case::{Case, CaseCore};
use tandem_domain::command::NewProposal;
use tandem_domain::policy::{Draws, Facts};
use tandem_domain::{CaseId, LoopId, LoopSpec};
use tandem_policy::{CaseView, CompiledLoop};
use tandem_store::Tx;
use tandem_store::loops::{self, LoopRow, LoopVersion};

use crate::engine::Engine;
use crate::errors::{EngineError, Problem, Result};
use crate::ids::DrawKey;

pub use dry_run::{
    ChangedCase, ChangedView, DryRun, DryRunView, EstimateView, GroupOutcome, OutcomeView,
    PointView, ReasonCount, SetSizes,
};
pub(crate) use publish::record_of as version_record;
pub use tandem_policy::Format;
pub use views::{LoopSummary, LoopView, VersionView};

/// One version of a loop, compiled, with what the shell needs to run it.
#[derive(Debug)]
pub struct LoopHandle {
    /// The loop.
    pub id: LoopId,
    /// Its space.
    pub space: String,
    /// Its name.
    pub name: String,
    /// The version.
    pub version: u32,
    /// The autonomy epoch when this was read.
    pub epoch: u32,
    compiled: Arc<CompiledLoop>,
    pub(crate) key: DrawKey,
}

impl LoopHandle {
    /// The loop file with its defaults.
    pub fn spec(&self) -> &LoopSpec {
        &self.compiled.spec
    }

    /// What checks inputs, answers and proposals and computes facts.
    pub fn compiled(&self) -> &CompiledLoop {
        &self.compiled
    }

    /// What the policy finds out about a case and a proposal.
    pub fn facts(&self, core: &CaseCore, proposal: Option<&NewProposal>) -> Facts {
        self.compiled.facts(&CaseView::from(core), proposal)
    }

    /// A draw of the case, 0..1, by which the queue puts some cases forward whatever they are.
    pub(crate) fn random_draw(&self, case: CaseId) -> f64 {
        self.key.draw(case, b"random_slice")
    }

    /// The draws of a case.
    pub fn draws(&self, case: CaseId) -> Draws {
        self.key.draws(case)
    }
}

/// Handles by name (the version in force) and by version (what cases came in under).
#[derive(Default)]
pub(crate) struct LoopCache {
    in_force: RwLock<HashMap<(String, String), Arc<LoopHandle>>>,
    versions: RwLock<HashMap<(LoopId, u32), Arc<LoopHandle>>>,
    /// A published version never changes, so what was compiled is kept for good.
    compiled: RwLock<HashMap<(LoopId, u32), Arc<CompiledLoop>>>,
    /// Grows with every wake: a look that began before one is not kept.
    generation: AtomicU64,
}

impl LoopCache {
    /// The version that a case came in under. It was committed before the case, so what is compiled
    /// here holds even if this transaction does not.
    pub(crate) fn of_case(
        &self,
        tx: &mut dyn Tx,
        id: LoopId,
        version: u32,
    ) -> Result<Arc<LoopHandle>> {
        if let Some(handle) = read(&self.versions).get(&(id, version)) {
            return Ok(Arc::clone(handle));
        }
        let generation = self.generation.load(Ordering::Acquire);
        let row = loops::get(tx, id)?.ok_or_else(|| no_loop(&id.to_string()))?;
        let handle = self.build(tx, &row, version)?;
        let mut versions = write(&self.versions);
        if self.generation.load(Ordering::Acquire) == generation {
            versions.insert((id, version), Arc::clone(&handle));
        }
        Ok(handle)
    }

    /// The version in force of a loop known by id.
    pub(crate) fn head(&self, tx: &mut dyn Tx, id: LoopId) -> Result<Arc<LoopHandle>> {
        let row = loops::get(tx, id)?.ok_or_else(|| no_loop(&id.to_string()))?;
        self.of_case(tx, id, head_of(&row)?)
    }

    /// The autonomy epoch as this transaction sees it, locked against changes until it ends.
    pub(crate) fn epoch_in(tx: &mut dyn Tx, id: LoopId) -> Result<u32> {
        let row = loops::get_shared(tx, id)?.ok_or_else(|| no_loop(&id.to_string()))?;
        Ok(small(row.epoch))
    }

    /// What is known about a loop may have changed.
    pub(crate) fn forget(&self, id: LoopId) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        write(&self.in_force).retain(|_, handle| handle.id != id);
        write(&self.versions).retain(|(known, _), _| *known != id);
    }

    /// As [`LoopCache::forget`], by name.
    pub(crate) fn forget_name(&self, space: &str, name: &str) {
        let key = (space.to_owned(), name.to_owned());
        let known = read(&self.in_force).get(&key).map(|handle| handle.id);
        if let Some(id) = known {
            self.forget(id);
        }
    }

    /// Everything may have changed.
    pub(crate) fn forget_all(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        write(&self.in_force).clear();
        write(&self.versions).clear();
    }

    fn known(&self, space: &str, name: &str) -> Option<Arc<LoopHandle>> {
        read(&self.in_force).get(&(space.to_owned(), name.to_owned())).map(Arc::clone)
    }

    fn build(&self, tx: &mut dyn Tx, row: &LoopRow, version: u32) -> Result<Arc<LoopHandle>> {
        let known = read(&self.compiled).get(&(row.id, version)).map(Arc::clone);
        let compiled = if let Some(compiled) = known {
            compiled
        } else {
            let stored = loops::version(tx, row.id, u64::from(version))?
                .ok_or_else(|| no_loop(&format!("{} version {version}", row.name)))?;
            let compiled = Arc::new(compile_stored(&row.name, &stored)?);
            if stored.state == PUBLISHED {
                write(&self.compiled).insert((row.id, version), Arc::clone(&compiled));
            }
            compiled
        };
        Ok(Arc::new(LoopHandle {
            id: row.id,
            space: row.space.clone(),
            name: row.name.clone(),
            version,
            epoch: small(row.epoch),
            compiled,
            key: DrawKey::new(&row.secret)?,
        }))
    }
}

impl Engine {
    /// The version of a loop that is in force.
    pub async fn compiled(&self, space: &str, name: &str) -> Result<Arc<LoopHandle>> {
        if let Some(handle) = self.inner.loops.known(space, name) {
            return Ok(handle);
        }
        let generation = self.inner.loops.generation.load(Ordering::Acquire);
        let key = (space.to_owned(), name.to_owned());
        let (inner, wanted) = (Arc::clone(&self.inner), key.clone());
        let found = self.inner.store.read(move |tx| {
            let row =
                loops::by_name(tx, &wanted.0, &wanted.1)?.ok_or_else(|| no_loop(&wanted.1))?;
            inner.loops.build(tx, &row, head_of(&row)?)
        });
        let handle = found.await?;
        let mut in_force = write(&self.inner.loops.in_force);
        if self.inner.loops.generation.load(Ordering::Acquire) == generation {
            in_force.insert(key, Arc::clone(&handle));
        }
        Ok(handle)
    }

    /// The loop of a case, in the version that the case came in under.
    pub async fn loop_of(&self, case: &Case) -> Result<Arc<LoopHandle>> {
        let key = (case.core.loop_id, case.core.loop_version);
        if let Some(handle) = read(&self.inner.loops.versions).get(&key) {
            return Ok(Arc::clone(handle));
        }
        let inner = Arc::clone(&self.inner);
        self.inner.store.read(move |tx| inner.loops.of_case(tx, key.0, key.1)).await
    }

    /// What a loop's own model proposes for an input.
    pub(crate) async fn propose_in_process(
        &self,
        handle: &LoopHandle,
        input: &serde_json::Value,
    ) -> Option<NewProposal> {
        self.inner.learning.propose(handle, input).await
    }
}

/// State of a published version.
pub const PUBLISHED: &str = "published";
/// State of a version that a person asked for and a second person must agree to.
const PROPOSED: &str = "proposed";
/// State of a version that is not in force.
const DRAFT: &str = "draft";

fn compile_stored(name: &str, stored: &LoopVersion) -> Result<CompiledLoop> {
    tandem_policy::compile(&stored.source, format_of(&stored.format)).map_err(|problems| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        EngineError::internal(format!("version {} of loop {name}: {first}", stored.version))
    })
}

fn format_of(text: &str) -> Format {
    if text == "json" { Format::Json } else { Format::Yaml }
}

fn head_of(row: &LoopRow) -> Result<u32> {
    match row.head {
        0 => Err(EngineError::not_found(format!("published version of loop {}", row.name))),
        head => Ok(small(head)),
    }
}

fn small(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

pub(crate) fn no_loop(name: &str) -> EngineError {
    EngineError::not_found(format!("loop {name}"))
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl From<&tandem_policy::Problem> for Problem {
    fn from(problem: &tandem_policy::Problem) -> Self {
        Self {
            line: u32::try_from(problem.line).unwrap_or(0),
            column: u32::try_from(problem.column).unwrap_or(0),
            path: problem.path.clone(),
            code: problem.code.to_owned(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }
}
