//! What judgments say about the work: time, agreement with the proposals and with each other.
//!
//! Kept up row by row. A judgment is folded for good once its undo window is over; younger ones are
//! read again each time. Quantiles are exact over the newest [`WINDOW`] judgments. Two people agree
//! where they gave the same answer on the same case; pairs are found among the newest
//! [`REMEMBERED`] cases.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use tandem_domain::case::JudgmentState;
use tandem_domain::{CaseId, JudgmentId, LoopId, MemberId, Span, Timestamp};
use tandem_store::judgments::{self, JudgmentRow};
use tandem_store::{Store, counters};

use super::views::{AgreementPoint, TimeView};
use crate::errors::{EngineError, Result};
use crate::learning::Share;

/// Judgments that quantiles of a loop are over.
const WINDOW: usize = 1_000;
/// Judgments that quantiles of a member are over.
const MEMBER_WINDOW: usize = 200;
/// Cases whose answers are remembered to be compared.
const REMEMBERED: usize = 20_000;
/// Points of the agreement curve, at most; neighbours are joined beyond.
const POINTS: usize = 400;
/// Rows read at once.
const PAGE: u32 = 2_000;
/// Pages of young rows read at most; beyond, the figures lag.
const TAIL_PAGES: usize = 20;
/// Besides the undo window, for transactions that commit out of order.
const MARGIN: Span = Span::seconds(2);
/// A mismatch with the running total is not looked into more often than this.
const REFOLD: Span = Span::seconds(30);

/// The fold over the judgments of one loop.
#[derive(Debug, Clone, Default)]
pub(super) struct Fold {
    after: Option<(Timestamp, JudgmentId)>,
    refolded_at: Option<Timestamp>,
    pub(super) totals: Totals,
    /// Answers of the newest cases; shared, as it is large and the tail rarely changes it.
    answers: Arc<Answers>,
}

/// What is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    pub(super) counted: u64,
    pub(super) reviewed: u64,
    times: VecDeque<u64>,
    pub(super) members: BTreeMap<MemberId, Member>,
    curve: Vec<Bucket>,
    /// Judgments a bucket of the curve holds.
    size: u64,
}

/// One reviewer.
#[derive(Debug, Clone, Default)]
pub(super) struct Member {
    pub(super) judgments: u64,
    times: VecDeque<u64>,
    /// Same answer as somebody else on the same case, of how many compared.
    pub(super) agreed: u64,
    pub(super) compared: u64,
    /// Same answer as the proposal, of how many with one.
    pub(super) accepted: u64,
    pub(super) proposed: u64,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    agreed: u64,
    n: u64,
    until: u64,
    at: Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Answers {
    by_case: HashMap<CaseId, Vec<(MemberId, u64)>>,
    order: VecDeque<CaseId>,
}

impl Answers {
    /// Remembers an answer and returns who else answered the case, and whether alike.
    fn add(&mut self, case: CaseId, member: MemberId, answer: u64) -> Vec<(MemberId, bool)> {
        let known = self.by_case.entry(case).or_default();
        if known.is_empty() {
            self.order.push_back(case);
        }
        let others = known.iter().filter(|(other, _)| *other != member);
        let others = others.map(|(other, theirs)| (*other, *theirs == answer)).collect();
        known.push((member, answer));
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.pop_front() {
                self.by_case.remove(&oldest);
            }
        }
        others
    }
}

fn push(times: &mut VecDeque<u64>, most: usize, elapsed: u64) {
    if times.len() == most {
        times.pop_front();
    }
    times.push_back(elapsed);
}

/// Median and 90th percentile (nearest rank); `None` of nothing.
fn quantiles(times: &VecDeque<u64>) -> Option<(u64, u64)> {
    let mut sorted: Vec<u64> = times.iter().copied().collect();
    sorted.sort_unstable();
    let rank = |q: f64| ((q * sorted.len() as f64).ceil() as usize).clamp(1, sorted.len().max(1));
    let at = |q: f64| sorted.get(rank(q) - 1).copied();
    Some((at(0.5)?, at(0.9)?))
}

impl Member {
    pub(super) fn median_ms(&self) -> Option<u64> {
        quantiles(&self.times).map(|(median, _)| median)
    }
}

impl Totals {
    fn add(&mut self, row: &JudgmentRow, answers: &mut Answers, bucket: u64) {
        let judgment = &row.judgment;
        if judgment.state != JudgmentState::Counted {
            return;
        }
        self.counted += 1;
        if !judgment.verdict.fills_seat() {
            return;
        }
        self.reviewed += 1;
        push(&mut self.times, WINDOW, judgment.elapsed_ms);
        let others = answers.add(row.id.case, judgment.member, answer_hash(row));
        let member = self.members.entry(judgment.member).or_default();
        member.judgments += 1;
        push(&mut member.times, MEMBER_WINDOW, judgment.elapsed_ms);
        if let Some(agrees) = row.agrees {
            member.proposed += 1;
            member.accepted += u64::from(agrees);
            if row.purpose == "decide" {
                self.point(agrees, judgment.at, bucket);
            }
        }
        for (other, alike) in others {
            for id in [other, judgment.member] {
                let member = self.members.entry(id).or_default();
                member.compared += 1;
                member.agreed += u64::from(alike);
            }
        }
    }

    fn point(&mut self, agrees: bool, at: Timestamp, bucket: u64) {
        self.size = self.size.max(bucket.max(1));
        if self.curve.last().is_none_or(|last| last.n >= self.size) {
            if self.curve.len() >= POINTS {
                self.join();
            }
            self.curve.push(Bucket { agreed: 0, n: 0, until: 0, at });
        }
        if let Some(last) = self.curve.last_mut() {
            last.n += 1;
            last.agreed += u64::from(agrees);
            last.until = self.reviewed;
            last.at = at;
        }
    }

    /// Joins neighbours: half the points, each of twice as many judgments.
    fn join(&mut self) {
        self.size *= 2;
        let pairs = self.curve.chunks(2).map(|pair| {
            let last = pair[pair.len() - 1];
            Bucket {
                agreed: pair.iter().map(|b| b.agreed).sum(),
                n: pair.iter().map(|b| b.n).sum(),
                ..last
            }
        });
        self.curve = pairs.collect();
    }

    /// Median and 90th percentile of the time per judgment.
    pub(super) fn time(&self) -> TimeView {
        let (median, p90) = quantiles(&self.times).unzip();
        TimeView { median_ms: median, p90_ms: p90, n: self.reviewed }
    }

    /// How often people said what the proposal said, bucket by bucket, each judged before the model
    /// could learn from it.
    pub(super) fn agreement(&self) -> Vec<AgreementPoint> {
        let points = self.curve.iter().filter_map(|bucket| {
            let agreement = Share::of(bucket.agreed, bucket.n)?;
            Some(AgreementPoint { judgments: bucket.until, agreement, at: bucket.at })
        });
        points.collect()
    }
}

/// The answer as a number to compare; `serde_json` keeps keys in order.
fn answer_hash(row: &JudgmentRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    let text = row.judgment.answer.as_ref().map(serde_json::to_string);
    text.and_then(std::result::Result::ok).hash(&mut hasher);
    hasher.finish()
}

impl Fold {
    /// Reads what is new. Returns the totals with the newest judgments in them. `bucket` is the
    /// number of judgments of a point of the agreement curve.
    pub(super) async fn catch_up(
        &mut self,
        store: &Store,
        loop_id: LoopId,
        undo: Span,
        bucket: u64,
    ) -> Result<Totals> {
        let margin = Span(undo.0.saturating_add(MARGIN.0));
        loop {
            let mut read = read(store, loop_id, self.after).await?;
            let settled = read.rows.partition_point(|row| row.judgment.at + margin < read.now);
            let answers = Arc::make_mut(&mut self.answers);
            for row in &read.rows[..settled] {
                self.totals.add(row, answers, bucket);
                self.after = Some((row.judgment.at, row.id));
            }
            if read.more && settled == read.rows.len() {
                continue;
            }
            let mut totals = self.totals.clone();
            let mut young = Answers::default();
            read.rows.drain(..settled);
            for pages in 0..TAIL_PAGES {
                for row in &read.rows {
                    young.recall(&self.answers, row.id.case);
                    totals.add(row, &mut young, bucket);
                }
                let last = read.rows.last().map(|row| (row.judgment.at, row.id));
                if !read.more || pages + 1 == TAIL_PAGES {
                    break;
                }
                read = self::read(store, loop_id, last).await?;
            }
            // A judgment that was retracted after its window shows in the running total.
            let off = !read.more && (totals.counted as f64 - read.total).abs() > 0.5;
            if off && self.refolded_at.is_none_or(|at| at + REFOLD < read.now) {
                *self = Self { refolded_at: Some(read.now), ..Self::default() };
                continue;
            }
            return Ok(totals);
        }
    }
}

/// One page of rows, with the time and the running total of the same moment.
struct Read {
    rows: Vec<JudgmentRow>,
    now: Timestamp,
    total: f64,
    more: bool,
}

async fn read(
    store: &Store,
    loop_id: LoopId,
    after: Option<(Timestamp, JudgmentId)>,
) -> Result<Read> {
    let read = store.read(move |tx| {
        let rows = judgments::page(tx, loop_id, after, PAGE)?;
        let total = counters::get(tx, loop_id, "judgments")?;
        let more = rows.len() == PAGE as usize;
        Ok::<_, EngineError>(Read { rows, now: tx.now(), total, more })
    });
    read.await
}

impl Answers {
    /// Takes over what `older` knows about a case that is not known here: all that a tail needs.
    fn recall(&mut self, older: &Self, case: CaseId) {
        if !self.by_case.contains_key(&case)
            && let Some(known) = older.by_case.get(&case)
        {
            self.by_case.insert(case, known.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, json};
    use tandem_domain::PersonId;
    use tandem_domain::case::{Judgment, Verdict};

    fn row(n: u128, member: u8, answer: &str, agrees: Option<bool>) -> JudgmentRow {
        let mut fields = Map::new();
        fields.insert("label".to_owned(), json!(answer));
        JudgmentRow {
            id: JudgmentId { case: CaseId::from_bytes(n.to_be_bytes()), n: 1 },
            purpose: "decide".to_owned(),
            agrees,
            judgment: Judgment {
                n: 1,
                task: 1,
                proposal: None,
                member: MemberId::from_bytes([member; 16]),
                person: PersonId::from_bytes([member; 16]),
                verdict: Verdict::Answer,
                answer: Some(fields),
                blind: false,
                reasons: Vec::new(),
                failure_modes: Vec::new(),
                rating: None,
                checklist: Vec::new(),
                comment: None,
                rationale: None,
                notice: None,
                seen: None,
                batch: None,
                signed: None,
                stood_in_for: Vec::new(),
                provenance: tandem_domain::provenance::Provenance::new(),
                elapsed_ms: n as u64 + 1,
                at: Timestamp(n as i64),
                state: JudgmentState::Counted,
            },
        }
    }

    #[test]
    fn quantiles_and_agreement_between_people() {
        let (mut totals, mut answers) = (Totals::default(), Answers::default());
        for n in 0..100 {
            totals.add(&row(n, 1, "a", Some(n % 4 != 0)), &mut answers, 10);
        }
        assert_eq!(totals.time(), TimeView { median_ms: Some(50), p90_ms: Some(90), n: 100 });
        assert_eq!(totals.agreement().len(), 10);
        assert_eq!(totals.agreement()[9].judgments, 100);
        for n in 0..10 {
            let answer = if n == 0 { "b" } else { "a" };
            totals.add(&row(n, 2, answer, None), &mut answers, 10);
        }
        let second = &totals.members[&MemberId::from_bytes([2; 16])];
        assert_eq!((second.compared, second.agreed, second.proposed), (10, 9, 0));
        let first = &totals.members[&MemberId::from_bytes([1; 16])];
        assert_eq!((first.compared, first.agreed, first.accepted), (10, 9, 75));
    }

    #[test]
    fn the_curve_and_the_memory_are_bounded_and_undone_judgments_say_nothing() {
        let (mut totals, mut answers) = (Totals::default(), Answers::default());
        let mut undone = row(1, 1, "a", Some(true));
        undone.judgment.state = JudgmentState::Undone;
        totals.add(&undone, &mut answers, 1);
        assert_eq!((totals.counted, totals.agreement().len()), (0, 0));
        for n in 0..(REMEMBERED as u128 + 5_000) {
            totals.add(&row(n, 1, "a", Some(true)), &mut answers, 1);
        }
        let points = totals.agreement();
        assert!(points.len() <= POINTS && points.len() > POINTS / 4, "{}", points.len());
        assert_eq!(points.iter().map(|p| p.agreement.n).sum::<u64>(), REMEMBERED as u64 + 5_000);
        assert_eq!(answers.by_case.len(), REMEMBERED);
    }
}
