//! Cases come in: their group says what may pass, and they become evidence to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tandem_domain::CaseId;
use tandem_domain::case::CaseCore;
use tandem_domain::command::NewProposal;
use tandem_domain::loops::{AutonomySpec, RouteTo};
use tandem_domain::policy::{AutonomyFact, Facts, Route, Standing, UNENFORCED_SAMPLE, judged_with};
use tandem_learn::autonomy::{Controller, DEFAULT_LEVELS, Event, Grid, Phase};
use tandem_learn::sequential::Audit;
use tandem_store::Tx;
use tandem_store::autonomy::{self, AutonomyRow};

use super::looks::People;
use super::verdicts::Scribe;
use super::{Held, WARM_UP, coins, spent_by, terms};
use crate::engine::Inner;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::record::By;

/// Stands for the model of proposals that name none.
const UNVERSIONED: &str = "unversioned";

/// The groups that one transaction touches. [`Session::flush`] writes what changed.
pub(crate) struct Session {
    handle: Arc<LoopHandle>,
    /// Whether second looks are known to be measured as the loop says.
    looks: bool,
    held: BTreeMap<String, Held>,
}

/// What a group said of a case, to be given back once the case is routed.
pub(crate) struct Consulted {
    /// For the facts of the route.
    pub(crate) fact: AutonomyFact,
    score: f64,
}

impl Session {
    /// Locks the loop's autonomy. Take it after halt, loop and case.
    pub(crate) fn begin(tx: &mut dyn Tx, handle: &Arc<LoopHandle>) -> Result<Self> {
        autonomy::lock(tx, handle.id, &handle.space)?;
        Ok(Self { handle: Arc::clone(handle), looks: false, held: BTreeMap::new() })
    }

    fn spec(&self) -> Result<AutonomySpec> {
        let spec = self.handle.spec().policy.autonomy.clone();
        spec.ok_or_else(|| EngineError::internal("autonomy was asked where there is none"))
    }

    fn held(&mut self, tx: &mut dyn Tx, group: &str) -> Result<&mut Held> {
        if !self.held.contains_key(group) {
            let row = match autonomy::get(tx, self.handle.id, group)? {
                Some(row) => row,
                None => AutonomyRow {
                    loop_id: self.handle.id,
                    group: group.to_owned(),
                    space: self.handle.space.clone(),
                    epoch: 0,
                    policy_epoch: 0,
                    model: String::new(),
                    next_model: None,
                    secret: Vec::new(),
                    scores: Vec::new(),
                    controller: None,
                    proposal: None,
                    demotion: None,
                    own_epochs: 0,
                    updated_at: tx.now(),
                },
            };
            self.held.insert(group.to_owned(), Held::read(row)?);
        }
        self.held.get_mut(group).ok_or_else(|| EngineError::internal("a group went missing"))
    }

    /// What the case's group says of it; `None` where the case has no group or no score.
    pub(crate) fn consult(
        &mut self,
        tx: &mut dyn Tx,
        inner: &Inner,
        core: &CaseCore,
        proposal: &NewProposal,
        facts: &Facts,
    ) -> Result<Option<Consulted>> {
        let Some(score) = facts.confidence.filter(|score| score.is_finite()) else {
            return Ok(None);
        };
        let spec = self.spec()?;
        let handle = Arc::clone(&self.handle);
        let by = spec.by.as_ref();
        let Some(group) = handle.spec().autonomy_group(by, &core.group, &proposal.output) else {
            return Ok(None);
        };
        let model = proposal.model.as_deref().unwrap_or(UNVERSIONED);
        let digest = coins::input_digest(&core.input)?;
        let scribe = Scribe::machine(inner, &handle);
        if !self.looks {
            People::begin(tx, &scribe, &spec)?;
            self.looks = true;
        }
        let held = self.held(tx, group)?;
        if renew(tx, &scribe, held, &spec, model)? {
            // The first look at this model, or at these terms.
        } else if held.row.model != model {
            return other_model(tx, &scribe, held, &spec, group, model, score).map(Some);
        } else if held.row.next_model.is_some() && !is_demoted(held) {
            held.row.next_model = None;
            held.row.scores.clear();
            held.changed = true;
        }
        let standing = standing(held);
        if matches!(standing, Standing::WarmingUp | Standing::Demoted) {
            gather(tx, &scribe, held, &spec, score)?;
            return Ok(Some(Consulted::review(group, held.row.epoch, standing, score)));
        }
        if standing == Standing::Earning {
            expect_looks(tx, &scribe, held)?;
        }
        let Some(controller) = &held.controller else { return Ok(None) };
        let route = controller.route(score);
        let progress = controller.progress();
        let draw = coins::draw(&held.row.secret, &digest)?;
        let (epoch, id) = (held.row.epoch, handle.id);
        // Copies of one case are one bet.
        let counts = autonomy::note_input(tx, id, epoch, &digest)?;
        let looks = spec.second_looks > 0.0 && counts;
        let second = looks.then(|| coins::second_look(&held.row.secret, &digest)).transpose()?;
        let fact = AutonomyFact {
            group: group.to_owned(),
            epoch: epoch as u32,
            standing,
            threshold: progress.acting,
            automatic: route.automatic,
            propensity: route.propensity,
            draw,
            counts,
            second_draw: second,
        };
        Ok(Some(Consulted { fact, score }))
    }

    /// Tells the group how a case that it was asked about was routed.
    pub(crate) fn tell(
        &mut self,
        tx: &mut dyn Tx,
        inner: &Inner,
        case: CaseId,
        said: &Consulted,
        route: &Route,
    ) -> Result<()> {
        if !said.fact.is_evidence() {
            return Ok(());
        }
        let passed = route.to == RouteTo::Auto;
        let audit = if passed && !route.audit { Audit::None } else { Audit::Pending };
        let event = Event::Case {
            case: uuid::Uuid::from_bytes(*case.as_bytes()).as_u128(),
            score: said.score,
            automatic: passed && said.fact.automatic,
            propensity: judged_with(self.handle.spec(), &said.fact),
            weight: f64::from(u8::from(said.fact.counts)),
            audit,
        };
        let handle = Arc::clone(&self.handle);
        let scribe = Scribe::machine(inner, &handle);
        let held = self.held(tx, &said.fact.group)?;
        scribe.apply(tx, held, &event)
    }

    /// Writes the groups that changed.
    pub(crate) fn flush(self, tx: &mut dyn Tx) -> Result<()> {
        for held in self.held.into_values().filter(|held| held.changed) {
            save(tx, held)?;
        }
        Ok(())
    }
}

impl Consulted {
    /// A review for a reason that is no evidence yet.
    fn review(group: &str, epoch: u64, standing: Standing, score: f64) -> Self {
        let fact = AutonomyFact {
            group: group.to_owned(),
            epoch: epoch as u32,
            standing,
            threshold: None,
            automatic: false,
            propensity: 1.0,
            draw: 0.0,
            counts: false,
            second_draw: None,
        };
        Self { fact, score }
    }
}

pub(super) fn save(tx: &mut dyn Tx, mut held: Held) -> Result<()> {
    held.row.controller = held.controller.as_ref().map(Controller::to_bytes);
    Ok(autonomy::save(tx, &held.row)?)
}

fn standing(held: &Held) -> Standing {
    match held.controller.as_ref().map(Controller::phase) {
        None => Standing::WarmingUp,
        Some(Phase::Earning) => Standing::Earning,
        Some(Phase::Acting { .. }) => Standing::Acting,
        Some(Phase::Demoted(_)) => Standing::Demoted,
    }
}

fn is_demoted(held: &Held) -> bool {
    held.controller.as_ref().is_some_and(|c| matches!(c.phase(), Phase::Demoted(_)))
}

/// Begins to gather anew where nothing was gathered yet, or where the terms are others; true if so.
fn renew(
    tx: &mut dyn Tx,
    scribe: &Scribe<'_>,
    held: &mut Held,
    spec: &AutonomySpec,
    model: &str,
) -> Result<bool> {
    let policy_epoch = u64::from(scribe.handle.epoch);
    let wanted = terms(spec);
    let other_terms = held.controller.as_ref().is_some_and(|c| {
        *c.terms() != wanted || c.certificate().epoch() != spent_by(spec, &held.row)
    });
    let first = held.row.model.is_empty();
    if !first && !other_terms && held.row.policy_epoch == policy_epoch {
        return Ok(false);
    }
    if held.controller.is_some() {
        scribe.end_epoch(tx, held, "other_terms")?;
    }
    held.controller = None;
    model.clone_into(&mut held.row.model);
    held.row.policy_epoch = policy_epoch;
    held.row.next_model = None;
    held.row.proposal = None;
    held.row.scores.clear();
    held.changed = true;
    Ok(true)
}

/// Under full review every case is looked at, and evidence weighs most. Where the policy is not
/// enforced, a known share is.
fn expect_looks(tx: &mut dyn Tx, scribe: &Scribe<'_>, held: &mut Held) -> Result<()> {
    let spec = scribe.handle.spec();
    let Some(controller) = &held.controller else { return Ok(()) };
    let propensity = if spec.enforce {
        1.0
    } else {
        UNENFORCED_SAMPLE + (1.0 - UNENFORCED_SAMPLE) * spec.policy.audit_rate()
    };
    if controller.certificate().floor().to_bits() == propensity.to_bits() {
        return Ok(());
    }
    scribe.apply(tx, held, &Event::Floor { propensity })
}

/// Another model than the group's proposed. Its cases are reviewed; once it alone has proposed for a
/// while, the evidence begins anew for it.
fn other_model(
    tx: &mut dyn Tx,
    scribe: &Scribe<'_>,
    held: &mut Held,
    spec: &AutonomySpec,
    group: &str,
    model: &str,
    score: f64,
) -> Result<Consulted> {
    if held.controller.is_none() {
        // Nothing is lost: the scores of the model before are of no use.
        model.clone_into(&mut held.row.model);
        held.row.scores.clear();
    } else if held.row.next_model.as_deref() != Some(model) {
        held.row.next_model = Some(model.to_owned());
        held.row.scores.clear();
    }
    let standing =
        if held.controller.is_none() { Standing::WarmingUp } else { Standing::OtherModel };
    gather(tx, scribe, held, spec, score)?;
    Ok(Consulted::review(group, held.row.epoch, standing, score))
}

/// Adds a score, and begins an epoch once there are enough.
fn gather(
    tx: &mut dyn Tx,
    scribe: &Scribe<'_>,
    held: &mut Held,
    spec: &AutonomySpec,
    score: f64,
) -> Result<()> {
    if held.push_score(score) < WARM_UP {
        return Ok(());
    }
    // Scores that are all the same give no thresholds: more are gathered.
    let Ok(grid) = Grid::from_scores(&held.scores(), DEFAULT_LEVELS) else { return Ok(()) };
    if held.controller.is_some() {
        scribe.end_epoch(tx, held, if is_demoted(held) { "demoted" } else { "other_model" })?;
    }
    let epoch = autonomy::newest_epoch(tx, held.row.loop_id)?.max(held.row.epoch) + 1;
    let secret = scribe.inner.ids.bytes::<32>()?;
    let thresholds: Vec<Value> =
        (0..grid.levels()).filter_map(|level| grid.threshold(level)).map(Value::from).collect();
    held.row.epoch = epoch;
    held.row.own_epochs += 1;
    let spends = spent_by(spec, &held.row);
    let controller = Controller::new(grid, terms(spec), spends).map_err(EngineError::internal)?;
    held.controller = Some(controller);
    held.row.secret = secret.to_vec();
    held.row.scores.clear();
    held.row.proposal = None;
    if let Some(model) = held.row.next_model.take() {
        held.row.model = model;
    }
    held.changed = true;
    // Other groups take the next number only once this row is there.
    let data = json!({
        "group": held.row.group,
        "epoch": epoch,
        "model": held.row.model,
        "target_error": spec.target_error,
        "certainty": spec.certainty,
        "audit_rate": spec.audit_rate,
        "spends": spends,
        "together": spec.together,
        "second_looks": spec.second_looks,
        "thresholds": thresholds,
        "coins": coins::commitment(&secret),
    });
    scribe.event(tx, "autonomy.epoch_began", &By::machine(), data)?;
    let row = Held { row: held.row.clone(), controller: held.controller.clone(), changed: true };
    save(tx, row)
}
