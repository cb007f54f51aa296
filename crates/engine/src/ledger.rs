//! The ledger to the outside: entries, proofs, bundles, and verification of the live database.

mod bundle;
mod pipe;
mod restored;
mod runs;

use std::collections::HashSet;
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;

use tandem_domain::{CaseId, RunId};
use tandem_ledger::Hash;
use tandem_ledger::merkle::{ProofError, consistency_proof, inclusion_proof, root_of};
use tandem_ledger::verify::{Report, Verifier};
use tandem_store::events::{self, EventFilter, EventRow};
use tandem_store::ledger::Nodes;
use tandem_store::{Store, StoreError, appeals, loops};

pub use bundle::{BundleSize, write_bundle};
pub use restored::begin_again;

use crate::access::{Action, allow, allow_somewhere};
use crate::cases::TimelineEvent;
use crate::engine::{Engine, Inner};
use crate::errors::{EngineError, Result};
use crate::loops::no_loop;
use crate::principal::Principal;
use crate::review::{decides_appeals, shown_on_blind_appeal};

/// Most entries of one page.
const MOST: u32 = 1_000;

/// A sealed event as it was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its index.
    pub index: u64,
    /// Its canonical text.
    pub event: String,
    /// The hash of its leaf.
    pub leaf: Hash,
}

/// A proof with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The hash of the leaf, for inclusion; the older root, for consistency.
    pub subject: Hash,
    /// The root of the tree of the size that was asked for.
    pub root: Hash,
    /// The proof, lowest first (RFC 9162 section 2.1).
    pub hashes: Vec<Hash>,
}

/// Which events to follow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventQuery {
    /// Only this loop's.
    pub loop_name: Option<String>,
    /// Only this case's.
    pub case: Option<tandem_domain::CaseId>,
    /// Only these kinds.
    pub kinds: Vec<String>,
    /// Only this run's, and those of its gates.
    pub run: Option<RunId>,
}

impl Engine {
    /// Sealed events by index, `from` included, `to` not.
    pub async fn ledger_entries(
        &self,
        principal: &Principal,
        from: u64,
        to: u64,
    ) -> Result<Vec<Entry>> {
        allow(principal, Action::LedgerRead, None)?;
        let limit = u32::try_from(to.saturating_sub(from)).unwrap_or(MOST).min(MOST);
        let rows = self
            .inner
            .store
            .read(move |tx| events::page(tx, &EventFilter::default(), from, limit))
            .await?;
        rows.into_iter()
            .map(|row| match (row.idx, row.leaf) {
                (Some(index), Some(leaf)) => Ok(Entry { index, event: row.body, leaf }),
                _ => Err(EngineError::internal("a sealed event has no index")),
            })
            .collect()
    }

    /// Sealed events from index `from` on that a query is about, with their data: what a stream of
    /// events sends. The second value is where to go on.
    pub async fn events(
        &self,
        principal: &Principal,
        query: EventQuery,
        from: u64,
        limit: u32,
    ) -> Result<(Vec<TimelineEvent>, u64)> {
        allow_somewhere(principal, Action::EventHints)?;
        let (space, asker) = (principal.space.clone(), principal.clone());
        let inner = Arc::clone(&self.inner);
        let limit = limit.clamp(1, MOST);
        let found = self.inner.store.read(move |tx| {
            let loop_id = match &query.loop_name {
                Some(name) => {
                    let row = loops::by_name(tx, &space, name)?.ok_or_else(|| no_loop(name))?;
                    Some(row.id)
                }
                None => None,
            };
            let filter = EventFilter {
                space: Some(space.clone()),
                loop_id,
                case_id: query.case,
                run_id: query.run,
                kinds: query.kinds.clone(),
            };
            let size = tandem_store::ledger::head(tx)?.frontier.size();
            let rows = events::page(tx, &filter, from, limit)?;
            let full = rows.len() == limit as usize;
            let last = rows.last().and_then(|row| row.idx);
            // A page that is not full has looked at everything there is.
            let next = if full { last.map_or(size, |last| last + 1) } else { size.max(from) };
            let blind = blind_cases(tx, &inner, &asker, &rows)?;
            let hidden = |row: &EventRow| {
                row.case_id.is_some_and(|id| blind.contains(&id))
                    && !shown_on_blind_appeal(&row.kind)
            };
            let shown = rows.iter().filter(|row| !hidden(row));
            let events = shown.map(TimelineEvent::read).collect::<Result<Vec<_>>>()?;
            Ok::<_, EngineError>((events, next))
        });
        let (events, next): (Vec<TimelineEvent>, u64) = found.await?;
        Ok((events.into_iter().filter_map(|event| visible(principal, event)).collect(), next))
    }

    /// A proof that event `leaf` is in the tree of `size` events.
    pub async fn ledger_inclusion(
        &self,
        principal: &Principal,
        leaf: u64,
        size: u64,
    ) -> Result<Proof> {
        allow(principal, Action::LedgerRead, None)?;
        let found = self.inner.store.read(move |tx| {
            let size = within(tx, size)?;
            let row = events::get(tx, leaf)?;
            let subject = row.and_then(|row| row.leaf).ok_or_else(|| outside(leaf, size))?;
            let hashes = inclusion_proof(&mut Nodes(&mut *tx), leaf, size).map_err(from_proof)?;
            let root = root_of(&mut Nodes(&mut *tx), size).map_err(from_proof)?;
            Ok::<_, EngineError>(Proof { subject, root, hashes })
        });
        found.await
    }

    /// A proof that the tree of `from` events is a prefix of the tree of `to` events.
    pub async fn ledger_consistency(
        &self,
        principal: &Principal,
        from: u64,
        to: u64,
    ) -> Result<Proof> {
        allow(principal, Action::LedgerRead, None)?;
        let found = self.inner.store.read(move |tx| {
            let to = within(tx, to)?;
            let hashes = consistency_proof(&mut Nodes(&mut *tx), from, to).map_err(from_proof)?;
            let subject = root_of(&mut Nodes(&mut *tx), from).map_err(from_proof)?;
            let root = root_of(&mut Nodes(&mut *tx), to).map_err(from_proof)?;
            Ok::<_, EngineError>(Proof { subject, root, hashes })
        });
        found.await
    }

    /// Writes the ledger and every row of state it speaks of as one bundle.
    pub async fn ledger_bundle(
        &self,
        principal: &Principal,
        out: impl Write + Send + 'static,
    ) -> Result<BundleSize> {
        allow(principal, Action::LedgerRead, None)?;
        let store = self.inner.store.clone();
        let written = tokio::task::spawn_blocking(move || write_bundle(&store, out));
        written.await.map_err(EngineError::internal)?
    }

    /// Verifies the live database: its events against the checkpoints and the witness, and every
    /// row of state against its event.
    pub async fn verify_live(&self, principal: &Principal) -> Result<Report> {
        allow(principal, Action::LedgerRead, None)?;
        let store = self.inner.store.clone();
        let witness = self.inner.witness.clone();
        let vkey = self.inner.checkpoint_key.as_ref().map(|key| key.verifier().to_string());
        let verified = tokio::task::spawn_blocking(move || verify_store(&store, vkey, witness));
        verified.await.map_err(EngineError::internal)?
    }
}

/// The cases that some events are about and whose open appeal the principal may decide blind.
fn blind_cases(
    tx: &mut dyn tandem_store::Tx,
    inner: &Inner,
    asker: &Principal,
    rows: &[EventRow],
) -> Result<HashSet<CaseId>> {
    let Some((_, person)) = asker.member() else { return Ok(HashSet::new()) };
    let cases: HashSet<CaseId> = rows.iter().filter_map(|row| row.case_id).collect();
    let cases: Vec<CaseId> = cases.into_iter().collect();
    let mut blind = HashSet::new();
    for id in appeals::open_among(tx, &cases)? {
        let Some(case) = tandem_store::cases::get(tx, id)? else { continue };
        let handle = inner.loops.of_case(tx, case.core.loop_id, case.core.loop_version)?;
        if decides_appeals(asker, &handle) && case.state.blind_appeal(&case.core, person).is_some()
        {
            blind.insert(id);
        }
    }
    Ok(blind)
}

/// Verifies any open database, a copy for example. Blocks. Without `vkey` the database's own key is
/// trusted, which shows damage but not forgery.
pub fn verify_store(
    store: &Store,
    vkey: Option<String>,
    witness: Option<PathBuf>,
) -> Result<Report> {
    let open = |path: PathBuf| match std::fs::File::open(&path) {
        Ok(file) => Ok(Some(BufReader::new(file))),
        // Before its first checkpoint a witness holds nothing.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(EngineError::internal(format!("{}: {error}", path.display()))),
    };
    let witness = witness.map(open).transpose()?.flatten();
    let verifier = Verifier::new(vkey.as_deref(), witness).map_err(EngineError::internal)?;
    let (writer, reader) = pipe::pipe();
    let source = store.clone();
    let name = "tandem-bundle".to_owned();
    let bundler = std::thread::Builder::new()
        .name(name)
        .spawn(move || write_bundle(&source, writer))
        .map_err(EngineError::internal)?;
    let report = verifier.verify(BufReader::with_capacity(1 << 16, reader));
    let bundled =
        bundler.join().map_err(|_| EngineError::internal("the bundle was not written"))?;
    bundled?;
    report.map_err(EngineError::internal)
}

/// A size that is no larger than the ledger.
fn within(tx: &mut dyn tandem_store::Tx, size: u64) -> Result<u64> {
    let sealed = tandem_store::ledger::head(tx)?.frontier.size();
    if size > sealed { Err(outside(size, sealed)) } else { Ok(size) }
}

fn outside(index: u64, size: u64) -> EngineError {
    let message = format!("{index} is outside a ledger of {size} events");
    EngineError::invalid("out_of_range", "", message)
}

fn from_proof(error: ProofError<StoreError>) -> EngineError {
    match error {
        ProofError::Source(error) => error.into(),
        ProofError::Outside(index, size) => outside(index, size),
        missing @ ProofError::Missing(_) => EngineError::internal(missing),
    }
}

/// The event as the principal may see it: whole, as a hint without data, or not at all. What tells
/// how others judged is no hint.
fn visible(principal: &Principal, mut event: TimelineEvent) -> Option<TimelineEvent> {
    let of_loop = event.loop_name.as_deref();
    if allow(principal, Action::EventRead, of_loop).is_ok() {
        return Some(event);
    }
    let telling = ["audit.", "judgment.", "look."].iter().any(|kind| event.kind.starts_with(kind));
    if telling || of_loop.is_none() || allow(principal, Action::EventHints, of_loop).is_err() {
        return None;
    }
    event.data = serde_json::Value::Null;
    Some(event)
}
