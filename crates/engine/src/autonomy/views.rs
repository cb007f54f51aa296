//! Earned autonomy as people read it: three claims that are never merged.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tandem_domain::loops::{AutonomySpec, GroupBy};
use tandem_domain::{KeyId, MemberId, Timestamp};
use tandem_learn::autonomy::{Claim, Controller, Phase, Standing};
use tandem_store::autonomy::{self, AutonomyRow, HistoryRow};
use tandem_store::{Tx, keys, members};

use super::looks::People;
use super::orders::{StandingOrder, with_autonomy};
use super::{Held, WARM_UP};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::principal::Principal;
use crate::stats::ErrorInterval;

/// Groups and history shown at most.
const MOST_GROUPS: usize = 500;
const MOST_HISTORY: u32 = 200;

/// What a loop's autonomy rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AutonomyView {
    /// Share of automatic cases that may be wrong.
    pub target_error: f64,
    /// Probability that the certificate is right.
    pub certainty: f64,
    /// Share of automatic cases that people judge afterwards.
    pub audit_rate: f64,
    /// What makes the groups: `class`, the name of a slice, or `None`.
    pub by: Option<String>,
    /// Whether the certainty is that of all groups together; else each has it by itself.
    pub together: bool,
    /// Whether the policy is enforced. If not, what would have passed is recorded, and people's
    /// judgments are evidence all the same.
    pub enforced: bool,
    /// How often people miss errors; `None` where second looks are not asked for.
    pub people: Option<PeopleView>,
    /// Each group, by name; one of the empty name without groups.
    pub groups: Vec<GroupView>,
    /// The realised bound over all automatic cases of the policy's epoch: the second claim.
    pub realised: Option<ErrorInterval>,
    /// The same about real errors, where it is known how often people miss them.
    pub realised_error: Option<RealErrorView>,
    /// The standing order, asked for or in force.
    pub order: Option<StandingOrder>,
    /// What happened, newest first.
    pub history: Vec<HistoryView>,
}

/// What second looks say of how often people miss an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PeopleView {
    /// Share of judgments without an error that a second person judges again.
    pub share: f64,
    /// Cases looked at again.
    pub looks: u64,
    /// Cases that wait for somebody to look again.
    pub waiting: u64,
    /// Errors that two persons called so, of those that counted so far.
    pub errors: u64,
    /// Of these, errors that the first person had missed.
    pub missed: u64,
    /// Upper bound of the share of real errors that a person misses; 1 while nothing is known.
    pub miss_rate_at_most: f64,
    /// Upper bound of the share of real errors that do not count as wrong: the target is reduced by it.
    pub not_counted_at_most: f64,
    /// Probability that these bounds hold, at every moment.
    pub certainty: f64,
}

/// The realised bound about real errors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RealErrorView {
    /// Upper end of the share wrong.
    pub upper: f64,
    /// Probability that it holds, at every moment.
    pub certainty: f64,
}

/// Where one group stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupView {
    /// Its name; empty without groups.
    pub group: String,
    /// `warming_up`, `earning`, `proposed`, `acting` or `demoted`.
    pub standing: &'static str,
    /// The model that the evidence is about.
    pub model: String,
    /// Another model that began to propose; its cases are reviewed.
    pub next_model: Option<String>,
    /// The epoch; 0 before the first.
    pub epoch: u64,
    /// Scores gathered to choose thresholds from, while it is doing so.
    pub gathered: u64,
    /// How many are wanted.
    pub wanted: u64,
    /// Cases of the epoch.
    pub cases: u64,
    /// Of these, automatic ones.
    pub automatic: u64,
    /// Audits drawn.
    pub audits: u64,
    /// Errors that audits found.
    pub audit_errors: f64,
    /// The first claim.
    pub certificate: Option<CertificateView>,
    /// The third claim.
    pub detector: Option<DetectorView>,
    /// A threshold that has earned to act and waits for a signature.
    pub proposal: Option<Value>,
    /// How autonomy was lost last.
    pub demotion: Option<Value>,
    /// When it changed.
    pub updated_at: Timestamp,
}

/// The certificate: what the next case may be trusted with, if cases stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CertificateView {
    /// `error`, or `disagreement` while it is not measured how often reviewers miss errors.
    pub claim: &'static str,
    /// Share of cases at or above the loosest threshold for which a claim about real errors would hold
    /// now; `None` while it is not known how often people miss them.
    pub error_coverage: Option<f64>,
    /// The threshold in force.
    pub acting: Option<f64>,
    /// Share of cases at or above it.
    pub acting_coverage: f64,
    /// The loosest certified threshold.
    pub certified: Option<f64>,
    /// Share of cases at or above that.
    pub certified_coverage: f64,
    /// Share of cases that the estimates so far may lead to.
    pub achievable_coverage: f64,
    /// The threshold to be certified next.
    pub next: Option<LevelView>,
    /// All thresholds, strictest first.
    pub levels: Vec<LevelView>,
    /// Reviews and audits that wait for a judgment.
    pub waiting: usize,
    /// Cases counted as wrong for want of a judgment.
    pub overdue: usize,
    /// The same in one sentence.
    pub sentence: String,
}

/// One threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelView {
    /// Its level; 0 is the strictest.
    pub level: usize,
    /// The threshold.
    pub threshold: f64,
    /// Share of cases at or above it.
    pub coverage: f64,
    /// Evidence at or above it.
    pub cases: f64,
    /// Estimated error rate there.
    pub error: Option<f64>,
    /// Evidence against what is needed, 0..=1.
    pub progress: f64,
    /// Whether it is certified.
    pub certified: bool,
    /// Expected further cases. A projection, no promise.
    pub further_cases: Option<u64>,
}

/// The detector of decay: no bound, but an alarm that takes autonomy back at once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DetectorView {
    /// Logarithm of the evidence that the error is above the target now.
    pub evidence: f64,
    /// Where the alarm goes off.
    pub bar: f64,
    /// Probability of an audit of the next automatic case.
    pub audit_probability: f64,
    /// Automatic cases left that are all audited, after an error was found.
    pub surge_left: u32,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryView {
    /// When.
    pub at: Timestamp,
    /// The kind of the event, such as `autonomy.raised`.
    pub kind: String,
    /// Its data.
    pub data: Value,
    /// Who did it.
    pub by: ActorView,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ActorView {
    /// `member`, `key`, `machine` or `timer`; empty where it was not kept.
    #[serde(default)]
    pub kind: String,
    /// The id of the member or key.
    #[serde(default)]
    pub id: Option<String>,
    /// The name of the member or key now, where it is known.
    #[serde(default)]
    pub name: Option<String>,
}

/// A claim as it is sent.
pub(super) fn claim(claim: Claim) -> &'static str {
    match claim {
        Claim::Error => "error",
        Claim::Disagreement => "disagreement",
    }
}

impl Engine {
    /// The three claims of earned autonomy, and what is still needed.
    pub async fn stats_autonomy(
        &self,
        principal: &Principal,
        loop_name: &str,
    ) -> Result<AutonomyView> {
        let live = self.stats_live(principal, loop_name).await?;
        let handle = self.compiled(&principal.space, loop_name).await?;
        with_autonomy(&handle)?;
        let spec = handle.spec().policy.autonomy.clone();
        let spec = spec.ok_or_else(|| EngineError::internal("the policy went missing"))?;
        let grouped = spec.by.is_some();
        let id = handle.id;
        let read = self.store().read(move |tx| {
            let rows = autonomy::list(tx, id)?;
            let order = autonomy::order(tx, id)?;
            let history = autonomy::history(tx, id, MOST_HISTORY)?;
            let history = lines(tx, history)?;
            Ok::<_, EngineError>((rows, order, history, People::read(tx, id)?))
        });
        let (rows, order, history, people) = read.await?;
        let people = people.filter(|people| people.measures(&spec));
        let bound = people.as_ref().map(|people| people.lost(&spec)).filter(|bound| *bound < 1.0);
        let groups = rows
            .into_iter()
            .filter(|row| grouped != row.group.is_empty())
            .take(MOST_GROUPS)
            .map(|row| group(row, bound))
            .collect::<Result<Vec<_>>>()?;
        let people = people.map(|people| people_view(&people, &spec));
        let realised = live.errors.error.clone();
        let realised_error =
            realised.as_ref().zip(people).and_then(|(seen, people)| real(seen, people));
        Ok(AutonomyView {
            target_error: spec.target_error,
            certainty: spec.certainty,
            audit_rate: spec.audit_rate,
            together: spec.together,
            enforced: handle.spec().enforce,
            people,
            by: spec.by.map(|by| match by {
                GroupBy::Class => "class".to_owned(),
                GroupBy::Slice(name) => name,
            }),
            groups,
            realised,
            realised_error,
            order: order.map(|text| StandingOrder::parse(&text)).transpose()?,
            history,
        })
    }
}

fn people_view(people: &People, spec: &AutonomySpec) -> PeopleView {
    let ((errors, missed), (looks, waiting)) =
        (people.state.rate().counts(), people.state.counts());
    PeopleView {
        share: spec.second_looks,
        looks,
        waiting,
        errors,
        missed,
        miss_rate_at_most: people.upper(spec),
        not_counted_at_most: people.lost(spec),
        certainty: 1.0 - super::looks::miss_delta(spec),
    }
}

/// Of real errors at least `1 - lost` count as wrong, whichever of them come: so their share is at
/// most that of what counts, divided by it.
fn real(seen: &ErrorInterval, people: PeopleView) -> Option<RealErrorView> {
    let counted = 1.0 - people.not_counted_at_most;
    (counted > 0.0).then(|| RealErrorView {
        upper: (seen.upper / counted).min(1.0),
        certainty: (seen.certainty + people.certainty - 1.0).max(0.0),
    })
}

/// What happened, with the names of those who did it.
fn lines(tx: &mut dyn Tx, rows: Vec<HistoryRow>) -> Result<Vec<HistoryView>> {
    let mut names: HashMap<String, Option<String>> = HashMap::new();
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut by: ActorView = serde_json::from_str(&row.actor).unwrap_or_default();
        if let Some(id) = &by.id {
            if !names.contains_key(id) {
                names.insert(id.clone(), name_of(tx, id)?);
            }
            by.name = names.get(id).cloned().flatten();
        }
        let data = serde_json::from_str(&row.data).unwrap_or_default();
        out.push(HistoryView { at: row.at, kind: row.kind, data, by });
    }
    Ok(out)
}

fn name_of(tx: &mut dyn Tx, id: &str) -> Result<Option<String>> {
    if let Ok(member) = id.parse::<MemberId>() {
        return Ok(members::get(tx, member)?.map(|member| member.name));
    }
    if let Ok(key) = id.parse::<KeyId>() {
        return Ok(keys::get(tx, key)?.map(|key| key.name));
    }
    Ok(None)
}

fn group(row: AutonomyRow, bound: Option<f64>) -> Result<GroupView> {
    let held = Held::read(row)?;
    let parse = |text: &Option<String>| {
        text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok())
    };
    let (proposal, demotion) = (parse(&held.row.proposal), parse(&held.row.demotion));
    let standing = match held.controller.as_ref().map(Controller::phase) {
        None => "warming_up",
        Some(Phase::Demoted(_)) => "demoted",
        Some(_) if proposal.is_some() => "proposed",
        Some(Phase::Earning) => "earning",
        Some(Phase::Acting { .. }) => "acting",
    };
    let counts = held.controller.as_ref().map(|c| *c.counts()).unwrap_or_default();
    let gathers = matches!(standing, "warming_up" | "demoted") || held.row.next_model.is_some();
    Ok(GroupView {
        standing,
        gathered: if gathers { (held.row.scores.len() / 8) as u64 } else { 0 },
        wanted: WARM_UP as u64,
        cases: counts.cases,
        automatic: counts.automatic,
        audits: counts.audits,
        audit_errors: counts.audit_errors,
        certificate: held.controller.as_ref().map(|c| certificate(c, bound)),
        detector: held.controller.as_ref().map(detector),
        proposal,
        demotion,
        group: held.row.group,
        model: held.row.model,
        next_model: held.row.next_model,
        epoch: held.row.epoch,
        updated_at: held.row.updated_at,
    })
}

fn certificate(controller: &Controller, bound: Option<f64>) -> CertificateView {
    let progress = controller.progress();
    let certificate = controller.certificate();
    let holds = |bound| certificate.certified_with(bound);
    let coverage = |level: Option<usize>| level.map_or(0.0, |l| certificate.grid().coverage(l));
    CertificateView {
        error_coverage: bound.map(|bound| coverage(holds(bound))),
        claim: claim(progress.claim),
        acting: progress.acting,
        acting_coverage: progress.acting_coverage,
        certified: progress.certified,
        certified_coverage: progress.certified_coverage,
        achievable_coverage: progress.achievable_coverage,
        next: progress.next.as_ref().map(level),
        levels: controller.certificate().standings().iter().map(level).collect(),
        waiting: progress.waiting,
        overdue: progress.overdue,
        sentence: progress.to_string(),
    }
}

fn level(standing: &Standing) -> LevelView {
    LevelView {
        level: standing.level,
        threshold: standing.threshold,
        coverage: standing.coverage,
        cases: standing.cases,
        error: standing.error,
        progress: standing.progress,
        certified: standing.certified,
        further_cases: standing.further_cases,
    }
}

fn detector(controller: &Controller) -> DetectorView {
    let progress = controller.progress();
    DetectorView {
        evidence: progress.alarm.0,
        bar: progress.alarm.1,
        audit_probability: progress.audit_probability,
        surge_left: progress.surge_left,
    }
}
