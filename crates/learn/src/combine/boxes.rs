//! Boxes of several people as one list.

use super::cluster::{Member, cluster, decisiveness};
use super::reweigh::{Groups, Table, Vote, reweigh, vote_label, weighted_median};
use super::spans::check_shares;
use super::types::{Answer, Combined, Found, Rect};
use crate::LearnError;
use crate::agreement::structure::match_boxes;

/// Options of [`boxes`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxOptions {
    /// A box is kept if the weighted share of people who drew it is above this; 0.5 is a majority.
    pub threshold: f64,
    /// Least intersection over union of boxes that are one find.
    pub min_iou: f64,
    /// Rounds of reweighting people by their agreement with each other; 0 for equal weights.
    pub rounds: usize,
}

impl Default for BoxOptions {
    fn default() -> Self {
        Self { threshold: 0.5, min_iou: 0.5, rounds: 3 }
    }
}

/// The boxes that people agree on, from left to right, task by task. Boxes are matched whatever
/// their labels, which are then voted on. An empty list is an answer: the person saw nothing.
///
/// Confidence and agreement are as for [`super::spans`]. `O(boxes^2)` per task. Errors if a side is
/// not finite or a box is turned inside out, naming the answer.
pub fn boxes(
    answers: &[Answer<Vec<Rect>>],
    options: &BoxOptions,
) -> Result<Combined<Vec<Found<Rect>>>, LearnError> {
    for (at, answer) in answers.iter().enumerate() {
        if answer.value.iter().any(|b| [b.x0, b.y0, b.x1, b.y1].iter().any(|x| !x.is_finite())) {
            return Err(LearnError::NotFinite { what: "side of a box of answer", at });
        }
        if answer.value.iter().any(|b| b.x1 < b.x0 || b.y1 < b.y0) {
            let why = "holds a box whose right or bottom comes before its left or top; swap them";
            return Err(LearnError::Row { what: "answer", at, why });
        }
    }
    check_shares(options.threshold, options.min_iou)?;
    let groups = Groups::new(answers)?;
    let mut vote = BoxVote { answers, options, tables: Vec::new() };
    if options.rounds > 0 {
        let table = |members: &[usize]| {
            let list = |place: usize| &answers[members[place]].value[..];
            Table::new(members.len(), |i, j| vote.likeness(list(i), list(j)))
        };
        vote.tables = groups.tasks().map(table).collect();
    }
    Ok(reweigh(answers, &groups, options.rounds, &vote))
}

struct BoxVote<'a> {
    answers: &'a [Answer<Vec<Rect>>],
    options: &'a BoxOptions,
    /// Likeness of each task's answers, if people are reweighted by it.
    tables: Vec<Table>,
}

impl Vote for BoxVote<'_> {
    type Outcome = Vec<Found<Rect>>;

    fn decide(&self, _: usize, answers: &[usize], weights: &[f64]) -> (Self::Outcome, f64) {
        let mut members: Vec<Member<Rect>> = Vec::new();
        for (place, &i) in answers.iter().enumerate() {
            members.extend(self.answers[i].value.iter().map(|&value| Member { place, value }));
        }
        let mut pairs = Vec::new();
        for (i, a) in members.iter().enumerate() {
            for (j, b) in members[..i].iter().enumerate().filter(|(_, b)| b.place != a.place) {
                pairs.push((a.value.iou(&b.value), j as u32, i as u32));
            }
        }
        let clusters = cluster(&members, pairs, Rect::iou, self.options.min_iou);
        let total: f64 = weights.iter().sum();
        let mut finds: Vec<Found<Rect>> = Vec::new();
        for cluster in &clusters {
            let side = |of: fn(&Rect) -> f64| {
                let sides =
                    cluster.iter().map(|&i| (of(&members[i].value), weights[members[i].place]));
                weighted_median(&mut sides.collect::<Vec<_>>())
            };
            let mut votes: Vec<(u32, f64)> = cluster
                .iter()
                .map(|&i| (members[i].value.label, weights[members[i].place]))
                .collect();
            let support = votes.iter().map(|v| v.1).sum::<f64>() / total;
            let (label, label_share) = vote_label(&mut votes);
            let (x0, y0, x1, y1) = (side(|b| b.x0), side(|b| b.y0), side(|b| b.x1), side(|b| b.y1));
            finds.push(Found { value: Rect { x0, y0, x1, y1, label }, support, label_share });
        }
        let keep = |f: &Found<Rect>| f.support > self.options.threshold + 1e-9;
        let confidence = decisiveness(finds.iter().map(|f| (f.support, keep(f))));
        finds.retain(keep);
        finds.sort_by(|a, b| {
            a.value.x0.total_cmp(&b.value.x0).then(a.value.y0.total_cmp(&b.value.y0))
        });
        (finds, confidence)
    }

    fn agree(&self, _: usize, _: usize, answer: usize, outcome: &Self::Outcome) -> f64 {
        let kept: Vec<Rect> = outcome.iter().map(|f| f.value).collect();
        self.likeness(&self.answers[answer].value, &kept)
    }

    fn peers(&self, task: usize, place: usize, weights: &[f64]) -> Option<f64> {
        self.tables.get(task).map(|table| table.peers(place, weights))
    }
}

impl BoxVote<'_> {
    /// F1 in which partial overlap counts in part.
    fn likeness(&self, a: &[Rect], b: &[Rect]) -> f64 {
        let m = match_boxes(a, b, self.options.min_iou);
        let all = (m.first + m.second) as f64;
        if all == 0.0 { 1.0 } else { 2.0 * m.iou / all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rect(x0: f64, y0: f64, size: f64, label: u32) -> Rect {
        Rect { x0, y0, x1: x0 + size, y1: y0 + size, label }
    }

    fn answer(worker: usize, value: &[Rect]) -> Answer<Vec<Rect>> {
        Answer { task: 0, worker, value: value.to_vec() }
    }

    #[test]
    fn sides_are_medians_and_labels_are_voted_on() {
        let answers = [
            answer(0, &[rect(0.0, 0.0, 10.0, 1), rect(50.0, 50.0, 5.0, 0)]),
            answer(1, &[rect(1.0, 0.0, 10.0, 1)]),
            answer(2, &[rect(0.5, 1.0, 10.0, 2)]),
        ];
        let options = BoxOptions { rounds: 0, ..BoxOptions::default() };
        let got = boxes(&answers, &options).unwrap();
        assert_eq!(got.tasks[0].answer.len(), 1);
        let found = got.tasks[0].answer[0];
        assert_eq!(found.value, Rect { x0: 0.5, y0: 0.0, x1: 10.5, y1: 10.0, label: 1 });
        assert!((found.support - 1.0).abs() < 1e-12);
        assert!((found.label_share - 2.0 / 3.0).abs() < 1e-12);
        // One box kept by all, one dropped by two of three.
        assert!((got.tasks[0].confidence.unwrap() - 0.5 * (1.0 + 2.0 / 3.0)).abs() < 1e-9);
    }

    #[test]
    fn neighbours_of_one_person_are_never_one_find() {
        let near = [rect(0.0, 0.0, 10.0, 0), rect(2.0, 0.0, 10.0, 0)];
        let answers = [answer(0, &near), answer(1, &near), answer(2, &near)];
        let got = boxes(&answers, &BoxOptions::default()).unwrap();
        let found: Vec<Rect> = got.tasks[0].answer.iter().map(|f| f.value).collect();
        assert_eq!(found, near);
        assert!(got.agreement.iter().all(|a| (a.unwrap() - 1.0).abs() < 1e-9));
    }

    #[test]
    fn bad_boxes_are_refused() {
        let inside_out = Rect { x0: 1.0, y0: 0.0, x1: 0.0, y1: 1.0, label: 0 };
        let nan = Rect { x0: f64::NAN, ..rect(0.0, 0.0, 1.0, 0) };
        for bad in [inside_out, nan] {
            assert!(boxes(&[answer(0, &[bad])], &BoxOptions::default()).is_err());
        }
        let options = BoxOptions { min_iou: 0.0, ..BoxOptions::default() };
        assert!(boxes(&[answer(0, &[])], &options).is_err());
    }

    proptest! {
        #[test]
        fn equal_answers_are_the_outcome(
            corners in prop::collection::btree_set((0_u8..20, 0_u8..20), 0..6),
            people in 1_usize..6,
        ) {
            let own: Vec<Rect> = corners.iter()
                .map(|&(x, y)| rect(f64::from(x) * 10.0, f64::from(y) * 10.0, 8.0, 0)).collect();
            let answers: Vec<_> = (0..people).map(|w| answer(w, &own)).collect();
            let got = boxes(&answers, &BoxOptions::default()).unwrap();
            let found: Vec<Rect> = got.tasks[0].answer.iter().map(|f| f.value).collect();
            prop_assert_eq!(found, own);
            prop_assert!(got.tasks[0].confidence.is_none_or(|c| c > 1.0 - 1e-9));
        }
    }
}
