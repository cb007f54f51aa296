//! Freezing a set: which held-out cases, and what the ledger gets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tandem_domain::{CaseId, EventId};
use tandem_ledger::event::commit;
use tandem_store::evaluations::{self, EvaluationSet};
use tandem_store::examples::{self, ExampleRow};
use tandem_store::{Store, Tx, cases, loops};

use super::{PAGE, SetView};
use crate::access::{Action, allow};
use crate::cases::{IdemKey, remember, replayed};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::ids::IdGen;
use crate::loops::LoopHandle;
use crate::principal::Principal;
use crate::record::{self, By, Place};

/// A share of fewer cases says nothing.
const FEWEST: usize = 10;
/// Cases of a set, at most; where nobody says how many, [`USUAL`].
const MOST: usize = 10_000;
const USUAL: usize = 2_000;
/// Longest name of a set in bytes.
const LONGEST_NAME: usize = 128;

/// A held-out case that may be frozen.
struct Candidate {
    answer: Value,
    draw: f64,
}

/// Held-out cases that people answered and that no set has, by case. Blocks.
fn candidates(store: &Store, handle: &LoopHandle) -> Result<HashMap<CaseId, Candidate>> {
    let loop_id = handle.id;
    let taken: HashSet<CaseId> = store
        .read_blocking(move |tx| evaluations::frozen(tx, loop_id).map_err(EngineError::from))?
        .into_iter()
        .collect();
    let mut found = HashMap::new();
    let mut cursor = None;
    loop {
        let after = cursor.clone();
        let page = store.read_blocking(move |tx| {
            examples::page(tx, loop_id, after.as_ref(), PAGE).map_err(EngineError::from)
        })?;
        cursor = page.last().map(ExampleRow::cursor);
        // Imported answers are marked history, and may have been seen by whoever trains.
        let wanted = |row: &&ExampleRow| {
            row.held_out
                && row.kind == "labelled"
                && row.origin != "import"
                && !taken.contains(&row.case_id)
        };
        for row in page.iter().filter(wanted) {
            let body: Value = serde_json::from_str(&row.body).map_err(EngineError::internal)?;
            let draw = handle.key.draw(row.case_id, b"evaluation");
            found.insert(row.case_id, Candidate { answer: body["answer"].clone(), draw });
        }
        if page.len() < PAGE as usize {
            return Ok(found);
        }
    }
}

/// Chooses `size` of the candidates by their draws, and returns them in order of the cases.
fn choose(found: HashMap<CaseId, Candidate>, size: usize) -> Vec<(CaseId, Value)> {
    let mut all: Vec<(CaseId, Candidate)> = found.into_iter().collect();
    all.sort_by(|a, b| a.1.draw.total_cmp(&b.1.draw).then(a.0.cmp(&b.0)));
    all.truncate(size);
    all.sort_by_key(|(case, _)| *case);
    all.into_iter().map(|(case, candidate)| (case, candidate.answer)).collect()
}

/// SHA-256 over `case commitment` lines: each answer salted by its case. Blocks.
fn digest(store: &Store, chosen: &[(CaseId, Value)]) -> Result<String> {
    let mut hash = Sha256::new();
    for chunk in chosen.chunks(PAGE as usize) {
        let ids: Vec<CaseId> = chunk.iter().map(|(case, _)| *case).collect();
        let salts = store.read_blocking(move |tx| {
            let mut salts = Vec::with_capacity(ids.len());
            for id in &ids {
                let case = cases::get(tx, *id)?.ok_or_else(|| {
                    EngineError::internal(format!("{id} has an example and no row"))
                })?;
                salts.push(record::salt_of(&case.core)?);
            }
            Ok::<_, EngineError>(salts)
        })?;
        for ((case, answer), salt) in chunk.iter().zip(salts) {
            let commitment = commit(&salt, record::canonical_text(answer)?.as_bytes());
            hash.update(format!("{case} {commitment}\n"));
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// Chooses the cases of a set and computes its digest. Blocks.
fn prepare(
    store: &Store,
    handle: &LoopHandle,
    size: Option<usize>,
) -> Result<(Vec<(CaseId, Value)>, String)> {
    let found = candidates(store, handle)?;
    let (have, need) = (found.len(), size.unwrap_or(FEWEST));
    let chosen = choose(found, size.unwrap_or(USUAL));
    if chosen.len() < need {
        return Err(EngineError::Conflict {
            code: "too_few_held_out",
            message: format!(
                "{have} reviewed cases are held out and in no set yet, {need} are needed; a fifth \
                 of what people review is held out"
            ),
            resource: None,
        });
    }
    let digest = digest(store, &chosen)?;
    Ok((chosen, digest))
}

impl Engine {
    /// Freezes held-out reviewed cases into a set: `size` of them, drawn by the loop's secret, or as
    /// many as there are. The live built-in model is scored on it at once.
    pub async fn freeze_evaluation(
        &self,
        principal: &Principal,
        loop_name: &str,
        name: &str,
        size: Option<usize>,
        idem: Option<IdemKey>,
    ) -> Result<SetView> {
        allow(principal, Action::ModelWrite, Some(loop_name))?;
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            let message = "name the set in 1 to 128 bytes";
            return Err(EngineError::invalid("invalid_input", "/name", message));
        }
        if size.is_some_and(|size| !(FEWEST..=MOST).contains(&size)) {
            let message = format!("a set has {FEWEST} to {MOST} cases");
            return Err(EngineError::invalid("invalid_input", "/size", message));
        }
        let handle = self.compiled(&principal.space, loop_name).await?;
        let (store, known) = (self.store().clone(), Arc::clone(&handle));
        let live = self.inner.learning.cache.get(handle.id).await?;
        let prepare = move || prepare(&store, &known, size);
        let prepared = tokio::task::spawn_blocking(prepare).await.map_err(EngineError::internal)?;
        let (inner, by) = (Arc::clone(&self.inner), By::principal(principal));
        let (asker, name) = (principal.clone(), name.to_owned());
        let of_loop = Arc::clone(&handle);
        let (view, version) = self
            .store()
            .write(move |tx| {
                if let Some(known) = replayed(tx, &asker, idem.as_ref())? {
                    let n: u64 = known.parse().map_err(EngineError::internal)?;
                    let set = evaluations::sets(tx, of_loop.id)?.into_iter().find(|s| s.n == n);
                    let set = set.ok_or_else(|| EngineError::internal("a set went missing"))?;
                    return Ok((SetView::from(set), None));
                }
                let (chosen, digest) = prepared.clone()?;
                loops::lock(tx, of_loop.id)?;
                let set = freeze(tx, &inner.ids, &of_loop, (&name, &chosen, &digest), &by)?;
                remember(tx, &asker, idem.as_ref(), &set.n.to_string())?;
                Ok::<_, EngineError>((SetView::from(set), live.as_ref().map(|l| l.version)))
            })
            .await?;
        if let Some(version) = version {
            self.measure_now(&handle, version).await?;
        }
        Ok(view)
    }
}

fn freeze(
    tx: &mut dyn Tx,
    ids: &IdGen,
    handle: &LoopHandle,
    (name, chosen, digest): (&str, &[(CaseId, Value)], &str),
    by: &By,
) -> Result<EvaluationSet> {
    let taken: HashSet<CaseId> = evaluations::frozen(tx, handle.id)?.into_iter().collect();
    if chosen.iter().any(|(case, _)| taken.contains(case)) {
        // Somebody froze a set meanwhile.
        return Err(EngineError::Busy { retry_after_s: 1 });
    }
    let now = tx.now();
    let set = EvaluationSet {
        loop_id: handle.id,
        n: evaluations::newest(tx, handle.id)?.map_or(0, |set| set.n) + 1,
        space: handle.space.clone(),
        name: name.to_owned(),
        size: chosen.len() as u64,
        digest: digest.to_owned(),
        created_at: now,
    };
    let rows = chosen
        .iter()
        .map(|(case, answer)| Ok((*case, record::canonical_text(answer)?)))
        .collect::<Result<Vec<_>>>()?;
    evaluations::insert(tx, &set, &rows)?;
    let mut data = Map::new();
    data.insert("set".to_owned(), json!(set.n));
    data.insert("size".to_owned(), json!(set.size));
    data.insert("digest".to_owned(), json!(digest));
    let place =
        Place { space: &handle.space, of_loop: Some((handle.id, &handle.name)), case: None };
    let id = EventId(ids.uuid(now)?).to_string();
    tx.append_event(record::event_record(place, &id, "evaluation.frozen", by, now, &data, &[])?);
    Ok(set)
}
