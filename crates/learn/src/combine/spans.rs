//! Spans of several people as one list.

use super::cluster::{Member, cluster, decisiveness};
use super::reweigh::{Groups, Table, Vote, reweigh, vote_label, weighted_median};
use super::types::{Answer, Combined, Found, Span};
use crate::LearnError;
use crate::agreement::structure::{SpanMatch, match_spans};

/// How spans are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SpanMethod {
    /// Spans that overlap enough are one find, whose ends are weighted medians and whose label is
    /// voted on. Right where spans are things (names, claims).
    #[default]
    Cluster,
    /// Each offset is voted on by itself, and runs of one label are joined. Right where spans are
    /// regions (emphasis, toxic passages). Each offset gets one label at most.
    Offsets,
}

/// Options of [`spans`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpanOptions {
    /// How spans are combined.
    pub method: SpanMethod,
    /// A find is kept if the weighted share of people who made it is above this; 0.5 is a majority.
    pub threshold: f64,
    /// Least intersection over union of spans that are one find.
    pub min_iou: f64,
    /// Rounds of reweighting people by their F1 against each other; 0 for equal weights.
    pub rounds: usize,
}

impl Default for SpanOptions {
    fn default() -> Self {
        Self { method: SpanMethod::Cluster, threshold: 0.5, min_iou: 0.5, rounds: 3 }
    }
}

/// The spans that people agree on, sorted by start, task by task. An empty list is an answer: the
/// person found nothing.
///
/// Confidence is the mean over finds of the share of people on the winning side, be it for keeping
/// or for dropping; agreement is the soft F1 (partial overlap counts in part) with the outcome.
/// Errors if a span's end is not after its start, naming the answer.
pub fn spans(
    answers: &[Answer<Vec<Span>>],
    options: &SpanOptions,
) -> Result<Combined<Vec<Found<Span>>>, LearnError> {
    for (at, answer) in answers.iter().enumerate() {
        if answer.value.iter().any(|s| s.end <= s.start) {
            let why = "holds a span that ends where it starts, or before; drop or mend it";
            return Err(LearnError::Row { what: "answer", at, why });
        }
    }
    check_shares(options.threshold, options.min_iou)?;
    let groups = Groups::new(answers)?;
    let mut vote = SpanVote { answers, options, tables: Vec::new() };
    if options.rounds > 0 {
        let table = |members: &[usize]| {
            let list = |place: usize| &answers[members[place]].value[..];
            Table::new(members.len(), |i, j| SpanVote::likeness(list(i), list(j)))
        };
        vote.tables = groups.tasks().map(table).collect();
    }
    Ok(reweigh(answers, &groups, options.rounds, &vote))
}

pub(super) fn check_shares(threshold: f64, min_iou: f64) -> Result<(), LearnError> {
    if !(0.0..1.0).contains(&threshold) {
        return Err(LearnError::Parameter { name: "threshold", must: "in [0, 1)" });
    }
    if !(min_iou > 0.0 && min_iou <= 1.0) {
        return Err(LearnError::Parameter { name: "min_iou", must: "in (0, 1]" });
    }
    Ok(())
}

struct SpanVote<'a> {
    answers: &'a [Answer<Vec<Span>>],
    options: &'a SpanOptions,
    /// Likeness of each task's answers, if people are reweighted by it.
    tables: Vec<Table>,
}

impl Vote for SpanVote<'_> {
    type Outcome = Vec<Found<Span>>;

    fn decide(&self, _: usize, answers: &[usize], weights: &[f64]) -> (Self::Outcome, f64) {
        match self.options.method {
            SpanMethod::Cluster => self.by_cluster(answers, weights),
            SpanMethod::Offsets => self.by_offset(answers, weights),
        }
    }

    fn agree(&self, _: usize, _: usize, answer: usize, outcome: &Self::Outcome) -> f64 {
        let kept: Vec<Span> = outcome.iter().map(|f| f.value).collect();
        Self::likeness(&self.answers[answer].value, &kept)
    }

    fn peers(&self, task: usize, place: usize, weights: &[f64]) -> Option<f64> {
        self.tables.get(task).map(|table| table.peers(place, weights))
    }
}

impl SpanVote<'_> {
    /// F1 in which partial overlap counts in part.
    fn likeness(a: &[Span], b: &[Span]) -> f64 {
        let m = match_spans(a, b, SpanMatch::Overlap);
        let all = (m.first + m.second) as f64;
        if all == 0.0 { 1.0 } else { 2.0 * m.iou / all }
    }

    fn by_cluster(&self, answers: &[usize], weights: &[f64]) -> (Vec<Found<Span>>, f64) {
        let mut members: Vec<Member<Span>> = Vec::new();
        for (place, &i) in answers.iter().enumerate() {
            members.extend(self.answers[i].value.iter().map(|&value| Member { place, value }));
        }
        members.sort_by_key(|m| m.value);
        let mut pairs = Vec::new();
        for (i, a) in members.iter().enumerate() {
            let near = members[i + 1..].iter().take_while(|b| b.value.start < a.value.end);
            for (j, b) in (i + 1..).zip(near).filter(|(_, b)| b.place != a.place) {
                pairs.push((Span::iou(&a.value, &b.value), i as u32, j as u32));
            }
        }
        let clusters = cluster(&members, pairs, Span::iou, self.options.min_iou);
        let total: f64 = weights.iter().sum();
        let mut finds: Vec<Found<Span>> = Vec::new();
        for members in clusters.iter().map(|c| c.iter().map(|&i| members[i]).collect::<Vec<_>>()) {
            let median = |end: fn(&Span) -> u32| {
                let ends = members.iter().map(|m| (f64::from(end(&m.value)), weights[m.place]));
                weighted_median(&mut ends.collect::<Vec<_>>()).floor() as u32
            };
            let mut votes: Vec<(u32, f64)> =
                members.iter().map(|m| (m.value.label, weights[m.place])).collect();
            let support = votes.iter().map(|v| v.1).sum::<f64>() / total;
            let (label, label_share) = vote_label(&mut votes);
            let (start, end) = (median(|s| s.start), median(|s| s.end));
            let value = Span { start, end: end.max(start + 1), label };
            finds.push(Found { value, support, label_share });
        }
        let keep = |f: &Found<Span>| f.support > self.options.threshold + 1e-9;
        let confidence = decisiveness(finds.iter().map(|f| (f.support, keep(f))));
        finds.retain(keep);
        finds.sort_by_key(|f| f.value);
        (finds, confidence)
    }

    fn by_offset(&self, answers: &[usize], weights: &[f64]) -> (Vec<Found<Span>>, f64) {
        // Starts and ends of each person's spans, by offset.
        let mut events: Vec<(u32, bool, u32, usize)> = Vec::new();
        for (place, &i) in answers.iter().enumerate() {
            for s in &self.answers[i].value {
                events.push((s.start, true, s.label, place));
                events.push((s.end, false, s.label, place));
            }
        }
        events.sort_unstable();
        let total: f64 = weights.iter().sum();
        // How many spans of a label each person has open; sorted by label, few at a time.
        let mut open: Vec<(u32, usize, u32)> = Vec::new();
        let mut runs: Vec<Run> = Vec::new();
        let (mut decided, mut covered) = (0.0, 0.0);
        let offsets: Vec<_> = events.chunk_by(|a, b| a.0 == b.0).collect();
        for (k, here) in offsets.iter().enumerate() {
            apply(&mut open, here);
            let (start, Some(next)) = (here[0].0, offsets.get(k + 1)) else { break };
            let (end, length) = (next[0].0, f64::from(next[0].0 - here[0].0));
            let mut votes: Vec<(u32, f64)> = open.iter().map(|o| (o.0, weights[o.1])).collect();
            if votes.is_empty() {
                continue;
            }
            let (label, _) = vote_label(&mut votes);
            let weight_of = |wanted: &dyn Fn(usize) -> bool| -> f64 {
                let chosen = open.iter().filter(|o| o.0 == label && wanted(o.1));
                chosen.map(|o| weights[o.1]).sum()
            };
            let weight = weight_of(&|_| true);
            let begins = weight_of(&|place| here.contains(&(start, true, label, place)));
            let kept = weight / total > self.options.threshold + 1e-9;
            decided += length * if kept { weight / total } else { 1.0 - weight / total };
            covered += length;
            if kept {
                let any: f64 = open_people(&open).map(|place| weights[place]).sum();
                let fresh = begins > 0.5 * weight;
                Run { span: Span { start, end, label }, weight, any }.join(&mut runs, fresh);
            }
        }
        let finds = runs.into_iter().map(|run| {
            let length = run.span.length() as f64;
            let support = run.weight / (length * total);
            Found { value: run.span, support, label_share: run.weight / run.any }
        });
        (finds.collect(), if covered == 0.0 { 1.0 } else { decided / covered })
    }
}

/// A run of offsets of one label; weights are summed over its offsets.
struct Run {
    span: Span,
    /// Of people who gave the label.
    weight: f64,
    /// Of people who gave any label.
    any: f64,
}

impl Run {
    /// Appends to the last run if it touches and goes on, else begins a run.
    fn join(self, runs: &mut Vec<Run>, fresh: bool) {
        let length = self.span.length() as f64;
        let (weight, any) = (self.weight * length, self.any * length);
        match runs.last_mut() {
            Some(last)
                if !fresh
                    && last.span.end == self.span.start
                    && last.span.label == self.span.label =>
            {
                last.span.end = self.span.end;
                last.weight += weight;
                last.any += any;
            }
            _ => runs.push(Self { span: self.span, weight, any }),
        }
    }
}

fn apply(open: &mut Vec<(u32, usize, u32)>, events: &[(u32, bool, u32, usize)]) {
    for &(_, starts, label, place) in events {
        match open.binary_search_by_key(&(label, place), |o| (o.0, o.1)) {
            Ok(at) if starts => open[at].2 += 1,
            Ok(at) => {
                open[at].2 -= 1;
                if open[at].2 == 0 {
                    open.remove(at);
                }
            }
            Err(at) => open.insert(at, (label, place, 1)),
        }
    }
}

/// People with anything open, once each.
fn open_people(open: &[(u32, usize, u32)]) -> impl Iterator<Item = usize> {
    let mut people: Vec<usize> = open.iter().map(|o| o.1).collect();
    people.sort_unstable();
    people.dedup();
    people.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(task: usize, worker: usize, spans: &[(u32, u32, u32)]) -> Answer<Vec<Span>> {
        let value = spans.iter().map(|&(start, end, label)| Span { start, end, label }).collect();
        Answer { task, worker, value }
    }

    fn kept(found: &[Found<Span>]) -> Vec<(u32, u32, u32)> {
        found.iter().map(|f| (f.value.start, f.value.end, f.value.label)).collect()
    }

    fn run(answers: &[Answer<Vec<Span>>], method: SpanMethod) -> Combined<Vec<Found<Span>>> {
        spans(answers, &SpanOptions { method, ..SpanOptions::default() }).unwrap()
    }

    #[test]
    fn a_majority_decides_on_finds_ends_and_labels() {
        let answers = [
            answer(7, 0, &[(0, 10, 1), (20, 25, 0)]),
            answer(7, 1, &[(0, 12, 1)]),
            answer(7, 2, &[(1, 10, 2), (20, 25, 0), (40, 50, 0)]),
        ];
        let got = run(&answers, SpanMethod::Cluster);
        assert_eq!(got.tasks[0].task, 7);
        assert_eq!(kept(&got.tasks[0].answer), [(0, 10, 1), (20, 25, 0)]);
        assert!(got.tasks[0].confidence.unwrap() > 0.6);
        let by_offset = run(&answers, SpanMethod::Offsets);
        assert_eq!(kept(&by_offset.tasks[0].answer), [(0, 10, 1), (20, 25, 0)]);
    }

    #[test]
    fn touching_spans_stay_two_where_people_say_so() {
        let two = answer(0, 0, &[(0, 4, 0), (4, 8, 0)]);
        let again = answer(0, 1, &[(0, 4, 0), (4, 8, 0)]);
        let one = answer(0, 2, &[(0, 8, 0)]);
        let got = run(&[two, again, one.clone()], SpanMethod::Offsets);
        assert_eq!(kept(&got.tasks[0].answer), [(0, 4, 0), (4, 8, 0)]);
        let got = run(&[one.clone(), Answer { worker: 1, ..one }], SpanMethod::Offsets);
        assert_eq!(kept(&got.tasks[0].answer), [(0, 8, 0)]);
    }

    #[test]
    fn careless_people_lose_weight() {
        let mut answers = Vec::new();
        for task in 0..20 {
            answers.push(answer(task, 0, &[(5, 9, 0)]));
            answers.push(answer(task, 1, &[(5, 9, 0)]));
            answers.push(answer(task, 2, &[(30 + task as u32, 34 + task as u32, 0)]));
            answers.push(answer(task, 3, &[]));
        }
        let got = run(&answers, SpanMethod::Cluster);
        // Two of four are no majority until the others have lost their weight.
        assert!(got.tasks.iter().all(|t| kept(&t.answer) == [(5, 9, 0)]), "{:?}", got.tasks[0]);
        assert!(got.weights[0] > 1.2 && got.weights[2] < 0.8, "{:?}", got.weights);
        assert_eq!(got.agreement[0], Some(1.0));
    }

    #[test]
    fn one_answer_is_kept_without_confidence_and_bad_ones_are_refused() {
        let got = run(&[answer(0, 0, &[(0, 3, 0)])], SpanMethod::Cluster);
        assert_eq!(kept(&got.tasks[0].answer), [(0, 3, 0)]);
        assert_eq!((got.tasks[0].confidence, got.agreement[0]), (None, None));
        let bad = [answer(0, 0, &[(3, 3, 0)])];
        assert!(spans(&bad, &SpanOptions::default()).is_err());
        assert!(spans(&[], &SpanOptions::default()).is_err());
        let wide = SpanOptions { threshold: 1.0, ..SpanOptions::default() };
        assert!(spans(&[answer(0, 0, &[])], &wide).is_err());
    }

    proptest! {
        #[test]
        fn what_all_found_is_kept_and_nothing_is_invented(
            common in prop::collection::btree_set(0_u32..20, 1..5),
            extra in 0_u32..20,
            cluster: bool,
        ) {
            let spans_of: Vec<(u32, u32, u32)> =
                common.iter().map(|s| (s * 10, s * 10 + 5, s % 2)).collect();
            let mut more = spans_of.clone();
            more.push((extra * 10 + 6, extra * 10 + 9, 0));
            let answers = [answer(0, 0, &spans_of), answer(0, 1, &spans_of), answer(0, 2, &more)];
            let method = if cluster { SpanMethod::Cluster } else { SpanMethod::Offsets };
            let got = run(&answers, method);
            prop_assert_eq!(kept(&got.tasks[0].answer), spans_of);
            prop_assert!(got.tasks[0].answer.iter().all(|f| (f.support - 1.0).abs() < 1e-9));
        }
    }
}
