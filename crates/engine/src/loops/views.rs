//! Loops as people see them.

use std::sync::Arc;

use tandem_domain::loops::{Coverage, Mode};
use tandem_domain::{LoopId, LoopSpec, MemberId, Timestamp};
use tandem_store::{counters, loops};

use super::no_loop;
use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;

/// Most loops of a listing and versions of a view.
const MOST: u32 = 1_000;

/// A loop with one of its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopView {
    /// The loop.
    pub id: LoopId,
    /// Its name.
    pub name: String,
    /// The version in force; 0 while there is only a draft.
    pub head: u64,
    /// The version shown.
    pub version: u64,
    /// All versions, newest first.
    pub versions: Vec<VersionView>,
    /// The version shown, with defaults filled in.
    pub spec: LoopSpec,
    /// As it was written.
    pub source: String,
    /// `yaml` or `json`.
    pub format: String,
    /// Where the version shown is not published: in which ways it widens what the machine may do over
    /// the version in force. Then it takes two persons.
    pub widens: Vec<String>,
    /// When the loop was made.
    pub created_at: Timestamp,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionView {
    /// Its number.
    pub version: u64,
    /// `draft`, `proposed` (waits for a second person) or `published`.
    pub state: String,
    /// When it was kept or published.
    pub at: Timestamp,
    /// By whom; `None` for a machine.
    pub by_member: Option<MemberId>,
    /// Who asked for it, where it took a second person.
    pub proposed_by: Option<MemberId>,
    /// Why.
    pub reason: String,
}

/// A loop in a list, with its running totals.
#[derive(Debug, Clone, PartialEq)]
pub struct LoopSummary {
    /// The loop.
    pub id: LoopId,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The version in force; 0 while there is only a draft.
    pub version: u64,
    /// Oversight mode.
    pub mode: Mode,
    /// How much people see.
    pub coverage: Coverage,
    /// Whether the policy holds anything.
    pub enforce: bool,
    /// Cases that came in.
    pub cases: u64,
    /// Cases that wait for people.
    pub open: u64,
    /// Cases with an effective decision.
    pub decided: u64,
    /// Share of the cases that the machine decided; `None` without cases.
    pub automatic_share: Option<f64>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Engine {
    /// A loop with the version in force, or another one.
    pub async fn get_loop(
        &self,
        principal: &Principal,
        name: &str,
        version: Option<u64>,
    ) -> Result<LoopView> {
        allow(principal, Action::LoopRead, Some(name))?;
        self.loop_view(principal, name, version).await
    }

    pub(super) async fn loop_view(
        &self,
        principal: &Principal,
        name: &str,
        version: Option<u64>,
    ) -> Result<LoopView> {
        let (space, name) = (principal.space.clone(), name.to_owned());
        let inner = Arc::clone(&self.inner);
        let found = self.inner.store.read(move |tx| {
            let row = loops::by_name(tx, &space, &name)?.ok_or_else(|| no_loop(&name))?;
            let newest = loops::versions(tx, row.id, None, MOST)?;
            let shown = match (version, row.head) {
                (Some(version), _) => version,
                (None, 0) => newest.first().map_or(0, |draft| draft.version),
                (None, head) => head,
            };
            let stored = loops::version(tx, row.id, shown)?
                .ok_or_else(|| EngineError::not_found(format!("version {shown} of {name}")))?;
            let versions = newest
                .into_iter()
                .map(|known| VersionView {
                    version: known.version,
                    state: known.state,
                    at: known.at,
                    by_member: known.by_member,
                    proposed_by: known.proposed_by,
                    reason: known.reason,
                })
                .collect();
            let compiled = super::compile_stored(&name, &stored)?;
            let widens = match stored.state.as_str() {
                super::PUBLISHED => Vec::new(),
                _ => super::publish::widened(tx, &inner, &row, &compiled)?,
            };
            Ok::<_, EngineError>(LoopView {
                id: row.id,
                name: row.name,
                head: row.head,
                version: shown,
                versions,
                spec: compiled.spec,
                widens,
                source: stored.source,
                format: stored.format,
                created_at: row.created_at,
            })
        });
        found.await
    }

    /// The loops that the principal may see.
    pub async fn list_loops(&self, principal: &Principal) -> Result<Vec<LoopSummary>> {
        let space = principal.space.clone();
        let inner = Arc::clone(&self.inner);
        let asker = principal.clone();
        let found = self.inner.store.read(move |tx| {
            let mut summaries = Vec::new();
            for row in loops::list(tx, &space, None, MOST)? {
                if allow(&asker, Action::LoopRead, Some(&row.name)).is_err() {
                    continue;
                }
                let shown = match row.head {
                    0 => loops::newest_version(tx, row.id)?,
                    head => head,
                };
                let shown = u32::try_from(shown).unwrap_or(u32::MAX);
                let handle = inner.loops.build(tx, &row, shown)?;
                let totals = counters::all(tx, row.id)?;
                let total = |name: &str| totals.get(name).copied().unwrap_or(0.0).max(0.0);
                let cases = total("cases");
                let waiting = ["queued", "claimed", "reopened", "waiting_for_proposal", "held"];
                let open =
                    waiting.iter().map(|status| total(&format!("status.{status}"))).sum::<f64>();
                let spec = handle.spec();
                summaries.push(LoopSummary {
                    id: row.id,
                    name: row.name.clone(),
                    title: spec.title().to_owned(),
                    version: row.head,
                    mode: spec.mode,
                    coverage: spec.coverage,
                    enforce: spec.enforce,
                    cases: cases as u64,
                    open: open as u64,
                    decided: total("status.decided") as u64,
                    automatic_share: (cases > 0.0).then(|| total("automatic") / cases),
                    created_at: row.created_at,
                });
            }
            Ok::<_, EngineError>(summaries)
        });
        found.await
    }
}
