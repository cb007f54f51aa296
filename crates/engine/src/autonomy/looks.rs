//! Second looks: how often a loop's people miss an error, for all of its groups.

use serde_json::json;
use tandem_domain::case::{Case, Finding, Look, Purpose};
use tandem_domain::loops::AutonomySpec;
use tandem_learn::autonomy::{SecondLooks, Seen};
use tandem_store::Tx;
use tandem_store::autonomy::{self, LooksRow};

use super::verdicts::Scribe;
use crate::errors::{EngineError, Result};
use crate::record::By;

/// The part of what certainty leaves that is kept for the bound of misses.
const MISS_PART: f64 = 0.2;

/// The part of `delta` for the bound of misses: 0 where they are not measured.
pub(super) fn miss_delta(spec: &AutonomySpec) -> f64 {
    if spec.second_looks > 0.0 { MISS_PART * (1.0 - spec.certainty) } else { 0.0 }
}

/// What second looks said so far.
#[derive(Debug, Clone)]
pub(super) struct People {
    row: LooksRow,
    pub(super) state: SecondLooks,
}

impl People {
    /// What is known; `None` before there is anything.
    pub(super) fn read(tx: &mut dyn Tx, loop_id: tandem_domain::LoopId) -> Result<Option<Self>> {
        let Some(row) = autonomy::looks(tx, loop_id)? else { return Ok(None) };
        let state = SecondLooks::from_bytes(&row.state).map_err(EngineError::internal)?;
        Ok(Some(Self { row, state }))
    }

    /// Begins to measure, or to measure anew with another share, where the newest version of the loop
    /// wants it. What was measured with another share weighs misses otherwise, so it is left.
    pub(super) fn begin(tx: &mut dyn Tx, scribe: &Scribe<'_>, spec: &AutonomySpec) -> Result<()> {
        let share = spec.second_looks;
        if share <= 0.0 {
            return Ok(());
        }
        let known = Self::read(tx, scribe.handle.id)?;
        if known.as_ref().is_some_and(|known| known.measures(spec)) {
            return Ok(());
        }
        let state = SecondLooks::new(share).map_err(EngineError::internal)?;
        let part = known.as_ref().map_or(0, |known| known.row.part) + 1;
        // Each measurement keeps its own part of the certainty, so all of their bounds hold together.
        let former = known.map_or(1.0, |known| known.upper(spec));
        let (loop_id, space) = (scribe.handle.id, scribe.handle.space.clone());
        let row = LooksRow { loop_id, space, part, former, state: state.to_bytes() };
        autonomy::save_looks(tx, &row)?;
        let data = json!({"part": part, "share": share, "bound_before": former});
        scribe.event(tx, "autonomy.looks_began", &By::machine(), data)
    }

    /// Whether it is about looks as this version of the loop draws them.
    pub(super) fn measures(&self, spec: &AutonomySpec) -> bool {
        self.state.share().to_bits() == spec.second_looks.to_bits()
    }

    /// One minus the certainty of the bound: what is kept for it, over all measurements together.
    pub(super) fn delta(&self, spec: &AutonomySpec) -> f64 {
        let part = self.row.part.max(1) as f64;
        6.0 * miss_delta(spec) / (std::f64::consts::PI * part).powi(2)
    }

    /// Upper bound of the share of real errors that one person misses.
    pub(super) fn upper(&self, spec: &AutonomySpec) -> f64 {
        self.state.upper(self.delta(spec)).min(self.row.former)
    }

    /// Upper bound of the share of real errors that do not count as wrong.
    pub(super) fn lost(&self, spec: &AutonomySpec) -> f64 {
        SecondLooks::lost_at(self.upper(spec))
    }

    /// Takes in what a change of a case says; true if it says something.
    pub(super) fn learn(&mut self, before: &Case, after: &Case) -> bool {
        let case = uuid::Uuid::from_bytes(*after.core.id.as_bytes()).as_u128();
        let known = self.state.clone();
        let looks = |case: &Case| case.state.tasks.iter().any(|t| t.purpose == Purpose::CrossCheck);
        match (&before.state.finding, &after.state.finding) {
            (None, Some(finding)) if looks(after) && !looks(before) => {
                self.state.asked(case, finding.error);
            }
            (Some(a), Some(b)) if looks(before) && seen(a) != seen(b) => {
                self.state.changed(case, a.error, seen(a), seen(b));
            }
            // Taken back before it was looked at: an agreement may have been a miss.
            (Some(a), None) if looks(before) && seen(a) == Seen::Waiting => {
                let worst = if a.error { Seen::Neither } else { Seen::Missed };
                self.state.changed(case, a.error, Seen::Waiting, worst);
            }
            _ => {}
        }
        self.state != known
    }

    pub(super) fn save(mut self, tx: &mut dyn Tx) -> Result<()> {
        self.row.state = self.state.to_bytes();
        Ok(autonomy::save_looks(tx, &self.row)?)
    }
}

/// What the looks at a finding say so far.
fn seen(finding: &Finding) -> Seen {
    match (finding.error, finding.looks.as_slice()) {
        (_, []) | (false, [Look { error: true, .. }]) => Seen::Waiting,
        (true, [Look { error: true, .. }, ..]) => Seen::Caught,
        (false, [Look { error: true, .. }, Look { error: true, .. }, ..]) => Seen::Missed,
        _ => Seen::Neither,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_persons_make_an_error_and_a_tie_counts_as_wrong() {
        let finding = |all: &[bool]| Finding {
            error: all[0],
            judgments: Vec::new(),
            looks: all[1..].iter().map(|&error| Look { task: 1, judgment: 1, error }).collect(),
            appeal: None,
        };
        for (all, wrong, said) in [
            (&[true][..], true, Seen::Waiting),
            (&[true, true], true, Seen::Caught),
            (&[true, false], true, Seen::Neither),
            (&[true, false, true], true, Seen::Neither),
            (&[true, false, false], false, Seen::Neither),
            (&[false], false, Seen::Waiting),
            (&[false, false], false, Seen::Neither),
            (&[false, true], true, Seen::Waiting),
            (&[false, true, true], true, Seen::Missed),
            (&[false, true, false], false, Seen::Neither),
        ] {
            let finding = finding(all);
            assert_eq!((finding.wrong(), seen(&finding)), (wrong, said), "{all:?}");
        }
    }
}
