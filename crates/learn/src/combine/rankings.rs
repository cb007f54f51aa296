//! One ranking from several people's rankings.

use super::reweigh::{Groups, Vote, reweigh};
use super::types::{Answer, Combined};
use crate::LearnError;
use crate::preference;

/// Most items for which Kemeny's order is found exactly: `2^n n` steps.
const EXACT: usize = 14;

/// How rankings are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ordering {
    /// By mean place, from 1 (first) to 0 (last) in each ranking (Borda 1781).
    Borda,
    /// The order with the least weighted number of pairs ranked otherwise (Kemeny 1959): exact up
    /// to 14 items, else from Borda's order by moving single items while that helps.
    #[default]
    Kemeny,
    /// By Plackett-Luce strengths (prior precision 0.1).
    PlackettLuce,
}

/// Options of [`rankings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankOptions {
    /// How rankings are combined.
    pub method: Ordering,
    /// Rounds of reweighting people by their agreement; 0 for equal weights. Plackett-Luce weighs
    /// all alike.
    pub rounds: usize,
}

impl Default for RankOptions {
    fn default() -> Self {
        Self { method: Ordering::Kemeny, rounds: 0 }
    }
}

/// A ranking of all items that anybody ranked.
#[derive(Debug, Clone, PartialEq)]
pub struct Consensus {
    /// Items, best first; items that nothing tells apart by index.
    pub order: Vec<u32>,
    /// Score of each item of `order`: Borda's mean place, Plackett-Luce strength, or for Kemeny the
    /// mean weighted share of people who rank it above each of the others.
    pub scores: Vec<f64>,
    /// Whether `order` is known to be the best by its method.
    pub exact: bool,
}

/// One ranking per task, of all items that occur in its answers. Rankings are best first and may
/// leave items out, which then says nothing about them.
///
/// Confidence and agreement are the share of ranked pairs that the outcome has the same way round:
/// half is chance. Errors if a ranking holds an item twice, naming the answer.
pub fn rankings(
    answers: &[Answer<Vec<u32>>],
    options: &RankOptions,
) -> Result<Combined<Consensus>, LearnError> {
    for (at, answer) in answers.iter().enumerate() {
        let mut items = answer.value.clone();
        items.sort_unstable();
        if items.windows(2).any(|w| w[0] == w[1]) {
            return Err(LearnError::Row {
                what: "ranking",
                at,
                why: "holds an item twice; drop one",
            });
        }
    }
    let groups = Groups::new(answers)?;
    let vote = RankVote { answers, method: options.method };
    Ok(reweigh(answers, &groups, options.rounds, &vote))
}

struct RankVote<'a> {
    answers: &'a [Answer<Vec<u32>>],
    method: Ordering,
}

impl Vote for RankVote<'_> {
    type Outcome = Consensus;

    fn decide(&self, _: usize, answers: &[usize], weights: &[f64]) -> (Consensus, f64) {
        let lists: Vec<&[u32]> = answers.iter().map(|&i| &self.answers[i].value[..]).collect();
        let mut items: Vec<u32> = lists.concat();
        items.sort_unstable();
        items.dedup();
        let places: Vec<Vec<usize>> =
            lists.iter().map(|list| list.iter().map(|i| place(&items, *i)).collect()).collect();
        let above = Above::new(items.len(), &places, weights);
        let borda = borda(items.len(), &places, weights);
        let by_borda = by_score(&borda);
        let (order, scores, exact) = match self.method {
            Ordering::Borda => (by_borda, borda, true),
            Ordering::PlackettLuce => {
                let strengths = strengths(items.len(), &places);
                (by_score(&strengths), strengths, true)
            }
            Ordering::Kemeny if items.len() <= EXACT => (kemeny(&above), above.shares(), true),
            Ordering::Kemeny => (above.improve(by_borda), above.shares(), false),
        };
        let confidence = above.concordance(&order);
        let scores = order.iter().map(|&i| scores[i]).collect();
        let order = order.iter().map(|&i| items[i]).collect();
        (Consensus { order, scores, exact }, confidence)
    }

    fn agree(&self, _: usize, _: usize, answer: usize, outcome: &Consensus) -> f64 {
        let mut rank: Vec<(u32, usize)> =
            outcome.order.iter().enumerate().map(|(k, &i)| (i, k)).collect();
        rank.sort_unstable();
        let find = |i: &u32| rank.binary_search_by_key(i, |r| r.0).map_or(0, |at| rank[at].1);
        let ranks: Vec<usize> = self.answers[answer].value.iter().map(find).collect();
        let n = ranks.len();
        if n < 2 {
            return 1.0;
        }
        let alike: usize =
            (1..n).map(|j| ranks[..j].iter().filter(|&&r| r < ranks[j]).count()).sum();
        alike as f64 / (n * (n - 1) / 2) as f64
    }
}

fn place(items: &[u32], item: u32) -> usize {
    items.binary_search(&item).unwrap_or(0)
}

fn by_score(scores: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    order
}

fn borda(n: usize, places: &[Vec<usize>], weights: &[f64]) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); n];
    for (list, weight) in places.iter().zip(weights) {
        let last = list.len().saturating_sub(1) as f64;
        for (k, &i) in list.iter().enumerate() {
            let score = if last == 0.0 { 0.5 } else { 1.0 - k as f64 / last };
            sums[i].0 += weight * score;
            sums[i].1 += weight;
        }
    }
    sums.into_iter().map(|s| s.0 / s.1).collect()
}

fn strengths(n: usize, places: &[Vec<usize>]) -> Vec<f64> {
    let lists: Vec<Vec<u32>> =
        places.iter().map(|list| list.iter().map(|&i| i as u32).collect()).collect();
    let options = preference::RankingOptions { prior: 0.1, ..Default::default() };
    let fitted =
        preference::Rankings::new(&lists, n).and_then(|data| preference::rankings(&data, &options));
    // The lists were checked: no item twice, all in range, and the prior is positive.
    fitted.map_or_else(|_| vec![0.0; n], |f| f.strengths)
}

/// Weight of people who rank one item above another.
struct Above {
    n: usize,
    weight: Vec<f64>,
}

impl Above {
    fn new(n: usize, places: &[Vec<usize>], weights: &[f64]) -> Self {
        let mut weight = vec![0.0; n * n];
        for (list, w) in places.iter().zip(weights) {
            for (k, &i) in list.iter().enumerate() {
                for &j in &list[k + 1..] {
                    weight[i * n + j] += w;
                }
            }
        }
        Self { n, weight }
    }

    fn of(&self, i: usize, j: usize) -> f64 {
        self.weight[i * self.n + j]
    }

    /// Mean share of people who rank each item above each of the others; half where nobody says.
    fn shares(&self) -> Vec<f64> {
        let share = |i: usize, j: usize| {
            let all = self.of(i, j) + self.of(j, i);
            if all > 0.0 { self.of(i, j) / all } else { 0.5 }
        };
        let others = self.n.saturating_sub(1).max(1) as f64;
        (0..self.n)
            .map(|i| (0..self.n).filter(|&j| j != i).map(|j| share(i, j)).sum::<f64>() / others)
            .collect()
    }

    /// Weighted share of ranked pairs that `order` has the same way round.
    fn concordance(&self, order: &[usize]) -> f64 {
        let all: f64 = self.weight.iter().sum();
        let mut alike = 0.0;
        for (k, &i) in order.iter().enumerate() {
            alike += order[k + 1..].iter().map(|&j| self.of(i, j)).sum::<f64>();
        }
        if all > 0.0 { alike / all } else { 1.0 }
    }

    /// Moves single items to their best place until no move helps.
    fn improve(&self, mut order: Vec<usize>) -> Vec<usize> {
        let mut moved = true;
        while moved {
            moved = false;
            for from in 0..order.len() {
                let item = order[from];
                let (mut best, mut gain) = (from, 1e-9);
                let mut change = 0.0;
                for to in (0..from).rev() {
                    change += self.of(item, order[to]) - self.of(order[to], item);
                    if change > gain {
                        (best, gain) = (to, change);
                    }
                }
                change = 0.0;
                for (to, &other) in order.iter().enumerate().skip(from + 1) {
                    change += self.of(other, item) - self.of(item, other);
                    if change > gain {
                        (best, gain) = (to, change);
                    }
                }
                if best != from {
                    order.remove(from);
                    order.insert(best, item);
                    moved = true;
                }
            }
        }
        order
    }
}

/// Kemeny's order by dynamic programming over the set of items ranked so far (Held and Karp).
fn kemeny(above: &Above) -> Vec<usize> {
    let n = above.n;
    // Least cost of ranking the set first, and the item that comes last in it.
    let mut best = vec![(f64::INFINITY, 0_u8); 1 << n];
    best[0].0 = 0.0;
    for set in 1..1_usize << n {
        for last in (0..n).filter(|&i| set >> i & 1 == 1) {
            let before = set & !(1 << last);
            // Everybody who ranks `last` above something before it is overruled.
            let cost: f64 =
                (0..n).filter(|&i| before >> i & 1 == 1).map(|i| above.of(last, i)).sum();
            let total = best[before].0 + cost;
            // Ties: the later item comes last, so that the order is by index.
            if total <= best[set].0 + 1e-12 {
                best[set] = (total.min(best[set].0), last as u8);
            }
        }
    }
    let mut order = Vec::with_capacity(n);
    let mut set = (1_usize << n) - 1;
    while set != 0 {
        let last = usize::from(best[set].1);
        order.push(last);
        set &= !(1 << last);
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answers(lists: &[&[u32]]) -> Vec<Answer<Vec<u32>>> {
        let each = lists.iter().enumerate();
        each.map(|(worker, list)| Answer { task: 0, worker, value: list.to_vec() }).collect()
    }

    fn order(lists: &[&[u32]], method: Ordering) -> Vec<u32> {
        let got = rankings(&answers(lists), &RankOptions { method, rounds: 0 }).unwrap();
        got.tasks[0].answer.order.clone()
    }

    #[test]
    fn borda_and_kemeny_may_differ() {
        // Three of five put 0 first, but the other two put it last.
        let lists: [&[u32]; 5] = [&[0, 1, 2], &[0, 1, 2], &[0, 1, 2], &[1, 2, 0], &[1, 2, 0]];
        assert_eq!(order(&lists, Ordering::Borda), [1, 0, 2]);
        assert_eq!(order(&lists, Ordering::Kemeny), [0, 1, 2]);
        let got = rankings(&answers(&lists), &RankOptions::default()).unwrap();
        // Of 15 ranked pairs 4 are the other way round.
        assert!((got.tasks[0].confidence.unwrap() - 11.0 / 15.0).abs() < 1e-12);
        assert!((got.agreement[3].unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert!(got.tasks[0].answer.exact);
    }

    #[test]
    fn partial_rankings_are_joined() {
        let lists: [&[u32]; 3] = [&[10, 20], &[20, 30], &[30, 40]];
        for method in [Ordering::Kemeny, Ordering::PlackettLuce] {
            assert_eq!(order(&lists, method), [10, 20, 30, 40]);
        }
        assert!(rankings(&answers(&[&[1, 2, 1]]), &RankOptions::default()).is_err());
        assert_eq!(order(&[&[]], Ordering::Kemeny), [0_u32; 0]);
    }

    #[test]
    fn one_who_ranks_backwards_loses_weight() {
        let mut all = Vec::new();
        for task in 0..10 {
            for worker in 0..3 {
                let value = if worker == 2 { vec![2, 1, 0] } else { vec![0, 1, 2] };
                all.push(Answer { task, worker, value });
            }
        }
        let got = rankings(&all, &RankOptions { method: Ordering::Borda, rounds: 2 }).unwrap();
        assert!(got.weights[2] < 0.2 && got.weights[0] > 1.0, "{:?}", got.weights);
    }

    proptest! {
        #[test]
        fn kemeny_is_the_best_of_all_orders_and_local_search_no_better(seed: u64, n in 2_usize..6) {
            let mut rng = crate::rng::Rng::new(seed);
            let places: Vec<Vec<usize>> = (0..5).map(|_| {
                let mut list: Vec<usize> = (0..n).collect();
                rng.shuffle(&mut list);
                list
            }).collect();
            let above = Above::new(n, &places, &[1.0, 0.5, 2.0, 1.0, 1.0]);
            let exact = above.concordance(&kemeny(&above));
            let local = above.concordance(&above.improve((0..n).collect()));
            prop_assert!(local <= exact + 1e-9);
            let mut any: Vec<usize> = (0..n).collect();
            for _ in 0..200 {
                rng.shuffle(&mut any);
                prop_assert!(above.concordance(&any) <= exact + 1e-9);
            }
        }

        #[test]
        fn unanimity_is_followed(seed: u64, n in 2_usize..20, people in 1_usize..4) {
            let mut list: Vec<u32> = (0..n as u32).map(|i| i * 3).collect();
            crate::rng::Rng::new(seed).shuffle(&mut list);
            let lists = vec![&list[..]; people];
            for method in [Ordering::Borda, Ordering::Kemeny, Ordering::PlackettLuce] {
                prop_assert_eq!(order(&lists, method), list.clone());
            }
        }
    }
}
