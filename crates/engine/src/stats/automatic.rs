//! What audits prove about the automatic cases of a loop, kept up row by row.
//!
//! The realised bound (see `tandem_learn::sequential`): at every moment at once, with the stated
//! certainty, the share wrong among the automatic cases **since the epoch began** lies in the
//! interval, whatever their order, drift or dependence; it needs secret independent coins with the
//! recorded propensity and auditors who are right. It is no statement about the next case.
//!
//! Cases enter in the order in which they were decided. An audit that is pending counts as wrong for
//! the upper end and as right for the lower end until it is judged: it widens the interval and is
//! never dropped. Cases that no coin could have chosen (a propensity of 0) count as wrong above and
//! as right below for good, for nothing can be known about them.
//!
//! Only rows older than [`MARGIN`] are folded for good; younger ones are read again each time, so
//! that a transaction that commits out of order is not missed.

use std::collections::BTreeMap;

use tandem_domain::{CaseId, LoopId, Span, Timestamp};
use tandem_learn::sequential::{Audit, AuditSequence};
use tandem_store::automatic::{self, AutomaticRow};
use tandem_store::{Store, counters};

use super::views::{ErrorInterval, Progress};
use crate::errors::EngineError;

type Result<T, E = EngineError> = std::result::Result<T, E>;

/// One minus the certainty of the interval.
pub(super) const DELTA: f64 = 0.05;
/// Rows this young are not folded for good.
const MARGIN: Span = Span::seconds(2);
/// Rows read at once.
const PAGE: u32 = 5_000;
/// Pages of young rows read at most; beyond, the figures lag.
const TAIL_PAGES: usize = 20;
/// Pending audits looked at again per call, in turn.
const PENDING: usize = 500;
/// A mismatch with the running total is not looked into more often than this.
const REFOLD: Span = Span::seconds(30);

/// The fold over the rows of one loop.
#[derive(Debug, Clone, Default)]
pub(super) struct Fold {
    state: State,
    /// The least propensity seen; sequences are made for it.
    floor: Option<f64>,
    /// Where the next look at pending audits begins.
    turn: Option<CaseId>,
    /// By how much the running total may differ: rows that replaced earlier ones.
    offset: f64,
    refolded_at: Option<Timestamp>,
    /// Results that were changed, of which this fold knows.
    revised: Option<f64>,
}

#[derive(Debug, Clone, Default)]
struct State {
    after: Option<(Timestamp, CaseId)>,
    /// Rows of all epochs.
    rows: u64,
    epoch: u64,
    /// Bound of the current epoch over the cases that a coin could choose.
    sequence: Option<AuditSequence>,
    /// Cases of the epoch that no coin could choose.
    blind: u64,
    /// Audits that were drawn and not judged: propensity by case.
    pending: BTreeMap<CaseId, f64>,
    audited: u64,
    audit_errors: f64,
    began: Option<Timestamp>,
}

/// What the fold says now.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    /// Rows of all epochs.
    pub(super) automatic: u64,
    pub(super) audited: u64,
    pub(super) pending: u64,
    pub(super) audit_errors: f64,
    pub(super) error: Option<ErrorInterval>,
}

/// One page of rows, with the time and the running total of the same moment.
struct Read {
    rows: Vec<AutomaticRow>,
    now: Timestamp,
    total: f64,
    revised: f64,
    more: bool,
}

async fn read(store: &Store, loop_id: LoopId, after: Option<(Timestamp, CaseId)>) -> Result<Read> {
    let read = store.read(move |tx| {
        let rows = automatic::page(tx, loop_id, after, PAGE)?;
        let total = counters::get(tx, loop_id, "automatic")?;
        let revised = counters::get(tx, loop_id, automatic::REVISED)?;
        let more = rows.len() == PAGE as usize;
        Ok::<_, EngineError>(Read { rows, now: tx.now(), total, revised, more })
    });
    read.await
}

/// A row with a smaller propensity than the sequence was made for.
struct TooSmall(f64);

impl State {
    fn add(&mut self, row: &AutomaticRow, floor: &mut Option<f64>) -> Result<(), TooSmall> {
        self.rows += 1;
        self.after = Some((row.at, row.case_id));
        if row.epoch < self.epoch {
            return Ok(());
        }
        if row.epoch > self.epoch {
            *self =
                Self { after: self.after, rows: self.rows, epoch: row.epoch, ..Self::default() };
        }
        self.began.get_or_insert(row.at);
        if row.propensity <= 0.0 {
            self.blind += 1;
            return Ok(());
        }
        let least = *floor.get_or_insert(row.propensity);
        if row.propensity < least {
            return Err(TooSmall(row.propensity));
        }
        let audit = match (row.drawn, row.error) {
            (_, Some(error)) => Audit::Judged(error.clamp(0.0, 1.0)),
            (true, None) => Audit::Pending,
            (false, None) => Audit::None,
        };
        if self.sequence.is_none() {
            self.sequence = AuditSequence::new(least.min(1.0)).ok();
        }
        let Some(sequence) = &mut self.sequence else { return Ok(()) };
        match (sequence.add(row.propensity.min(1.0), audit), audit) {
            (Ok(()), Audit::Pending) => {
                self.pending.insert(row.case_id, row.propensity);
            }
            (Ok(()), Audit::Judged(error)) => self.judged(error),
            (Ok(()), Audit::None) => {}
            // A row that contradicts itself (spared with certainty of an audit) proves nothing.
            (Err(_), _) => self.blind += 1,
        }
        Ok(())
    }

    fn judged(&mut self, error: f64) {
        self.audited += 1;
        self.audit_errors += error;
    }

    fn resolve(&mut self, case: CaseId, error: f64) {
        if let (Some(propensity), Some(sequence)) = (self.pending.remove(&case), &mut self.sequence)
            && sequence.resolve(propensity.min(1.0), error.clamp(0.0, 1.0)).is_ok()
        {
            self.judged(error);
        }
    }

    fn error(&self) -> Option<ErrorInterval> {
        let sequence = self.sequence.as_ref()?;
        let counts = sequence.counts();
        let (lower, upper) = sequence.interval(DELTA);
        // Shares of the audited stratum, diluted by what nothing is known about.
        let (known, all) = (counts.weight, counts.weight + self.blind as f64);
        Some(ErrorInterval {
            estimate: sequence.hajek(),
            lower: lower * known / all,
            upper: (upper * known + self.blind as f64) / all,
            certainty: 1.0 - DELTA,
            method: "betting confidence sequence, propensity weighted",
            holds_from: self.began,
            cases: counts.cases + self.blind,
            unauditable: self.blind,
            effective_audits: sequence.effective_audits(),
            horvitz_thompson: sequence.horvitz_thompson(),
            standard_error: sequence.standard_error(),
            epoch: self.epoch,
        })
    }
}

impl Fold {
    /// Reads what is new and says where the loop stands.
    pub(super) async fn catch_up(&mut self, store: &Store, loop_id: LoopId) -> Result<Summary> {
        loop {
            let Read { rows, now, total, revised, more } =
                read(store, loop_id, self.state.after).await?;
            let known = self.revised.replace(revised);
            if known.is_some_and(|known| known.to_bits() != revised.to_bits()) {
                self.begin_again(None);
                continue;
            }
            let settled = rows.partition_point(|row| row.at + MARGIN < now);
            if let Err(TooSmall(propensity)) = self.settle(&rows[..settled]) {
                self.begin_again(Some(propensity));
                continue;
            }
            if more && settled == rows.len() {
                continue;
            }
            self.look_at_pending(store, loop_id).await?;
            let mut tail = self.clone();
            let (young, total) =
                tail.read_tail(store, loop_id, &rows[settled..], (total, more)).await?;
            if let Err(TooSmall(propensity)) = young {
                self.begin_again(Some(propensity));
                continue;
            }
            let counted = tail.state.rows as f64 + self.offset;
            let off = total.is_some_and(|total| (counted - total).abs() > 0.5);
            if off && self.may_refold(now) {
                if self.refolded_at.is_some() && self.offset == 0.0 {
                    self.offset = total.unwrap_or(0.0) - tail.state.rows as f64;
                }
                self.begin_again(None);
                self.refolded_at = Some(now);
                continue;
            }
            return Ok(tail.summary());
        }
    }

    /// Folds the young rows, page by page. The running total comes back where all of them fitted.
    async fn read_tail(
        &mut self,
        store: &Store,
        loop_id: LoopId,
        first: &[AutomaticRow],
        (mut total, mut more): (f64, bool),
    ) -> Result<(Result<(), TooSmall>, Option<f64>)> {
        let mut young = self.settle(first);
        for _ in 0..TAIL_PAGES {
            if !more || young.is_err() {
                break;
            }
            let page = read(store, loop_id, self.state.after).await?;
            young = self.settle(&page.rows);
            (total, more) = (page.total, page.more);
        }
        Ok((young, (!more).then_some(total)))
    }

    fn may_refold(&self, now: Timestamp) -> bool {
        self.refolded_at.is_none_or(|at| at + REFOLD < now)
    }

    fn begin_again(&mut self, floor: Option<f64>) {
        self.state = State::default();
        self.floor = floor.or(self.floor);
        self.turn = None;
    }

    fn settle(&mut self, rows: &[AutomaticRow]) -> Result<(), TooSmall> {
        rows.iter().try_for_each(|row| self.state.add(row, &mut self.floor))
    }

    /// Looks which pending audits have been judged, some of them at a time, in turn.
    async fn look_at_pending(&mut self, store: &Store, loop_id: LoopId) -> Result<()> {
        let start = self.turn.unwrap_or(CaseId::from_bytes([0; 16]));
        let ahead = self.state.pending.range(start..).chain(self.state.pending.range(..start));
        let cases: Vec<CaseId> = ahead.take(PENDING).map(|(case, _)| *case).collect();
        if cases.is_empty() {
            return Ok(());
        }
        self.turn = cases.last().copied();
        let judged = store
            .read(move |tx| {
                let mut judged = Vec::new();
                for case in &cases {
                    let row = automatic::get(tx, loop_id, *case)?;
                    judged.extend(row.and_then(|row| Some((row.case_id, row.error?))));
                }
                Ok::<_, EngineError>(judged)
            })
            .await?;
        for (case, error) in judged {
            self.state.resolve(case, error);
        }
        Ok(())
    }

    fn summary(&self) -> Summary {
        let state = &self.state;
        Summary {
            automatic: state.rows,
            audited: state.audited,
            pending: state.pending.len() as u64,
            audit_errors: state.audit_errors,
            error: state.error(),
        }
    }

    /// How many further automatic cases until the upper end is about `target`, if audits go on with
    /// the least propensity and errors at the rate seen.
    pub(super) fn progress(&self, target: f64) -> Option<Progress> {
        let sequence = self.state.sequence.as_ref()?;
        let rate = sequence.hajek().unwrap_or(0.0);
        let further = sequence.cases_until(target, DELTA, sequence.min_propensity(), rate)?;
        Some(Progress { target, further_cases: further })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u128, epoch: u64, propensity: f64, drawn: bool, error: Option<f64>) -> AutomaticRow {
        AutomaticRow {
            loop_id: LoopId::from_bytes([1; 16]),
            case_id: CaseId::from_bytes(n.to_be_bytes()),
            at: Timestamp(n as i64),
            epoch,
            propensity,
            drawn,
            error,
            model: None,
        }
    }

    fn fold(rows: &[AutomaticRow]) -> Fold {
        let mut fold = Fold::default();
        assert!(fold.settle(rows).is_ok());
        fold
    }

    #[test]
    fn a_pending_audit_widens_until_it_is_judged() {
        let rows: Vec<_> =
            (0..400).map(|n| row(n, 0, 0.5, n % 2 == 0, (n % 2 == 0).then_some(0.0))).collect();
        let judged = fold(&rows).summary();
        let mut waiting = rows.clone();
        waiting[100].error = None;
        let mut pending = fold(&waiting);
        let before = pending.summary();
        let (a, b) = (judged.error.unwrap(), before.error.unwrap());
        assert_eq!((before.pending, before.audited), (1, 199));
        assert!(b.upper > a.upper && b.lower <= a.lower);
        pending.state.resolve(rows[100].case_id, 0.0);
        let after = pending.summary().error.unwrap();
        assert!((after.upper - a.upper).abs() < 1e-9 && (after.lower - a.lower).abs() < 1e-9);
    }

    #[test]
    fn a_new_epoch_begins_a_new_bound_and_what_no_coin_could_choose_counts_against_it() {
        let mut rows: Vec<_> = (0..100).map(|n| row(n, 0, 1.0, true, Some(1.0))).collect();
        rows.extend((100..200).map(|n| row(n, 1, 1.0, true, Some(0.0))));
        let error = fold(&rows).summary().error.unwrap();
        assert_eq!((error.epoch, error.cases, error.upper), (1, 100, 0.0));
        rows.extend((200..300).map(|n| row(n, 1, 0.0, false, None)));
        let summary = fold(&rows).summary();
        let error = summary.error.unwrap();
        assert_eq!((summary.automatic, error.cases, error.unauditable), (300, 200, 100));
        assert!((error.upper - 0.5).abs() < 1e-9 && error.lower == 0.0);
    }

    #[test]
    fn a_smaller_propensity_begins_again() {
        let mut fold = fold(&[row(0, 0, 0.5, false, None)]);
        let smaller = fold.settle(&[row(1, 0, 0.1, false, None)]);
        assert!(matches!(smaller, Err(TooSmall(p)) if (p - 0.1).abs() < 1e-12));
    }
}
