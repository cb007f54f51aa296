//! Which open rows a person should look at next.
//!
//! [`select`] is the recommended rule, [`select_by`] any other. Without a model [`select`] draws
//! rows that differ from each other over the whole pool, by greedy k-means++ (Arthur and
//! Vassilvitskii 2007), and moves each to the middle of its crowd by k-means. With a model it does
//! the same among the `5 B` open rows of smallest margin: the diverse mini-batch of Zhdanov (2019,
//! arXiv:1901.05954). The margin finds rows near a boundary, the clusters keep copies and one
//! crowded boundary from filling the batch, and their middles stand for more rows than outliers do.

pub mod committee;
pub mod cost;
pub mod stopping;
mod strategy;

pub use strategy::{Advice, Strategy, select_by};

use crate::LearnError;
use crate::diversity::{kmeans_plus_plus, medoids};
use crate::sparse::Csr;
use crate::uncertainty::{Uncertainty, scores, top_k};

/// Open rows considered for each row wanted.
const WIDER: usize = 5;
/// Candidates of each greedy draw.
const CANDIDATES: usize = 4;

/// Iterations of k-means that turn drawn rows into middles of crowds.
const ROUNDS: u32 = 10;
/// Numbers in all centres together, at most (80 MB); beyond it drawn rows stay as they are.
const MOST_CENTRES: usize = 20_000_000;

/// What is open, what is labelled, and what the model thinks of the open rows.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'a> {
    /// Features of all rows.
    pub rows: &'a Csr,
    /// Rows that may be chosen.
    pub open: &'a [usize],
    /// Rows that have a label.
    pub labelled: &'a [usize],
    /// Probabilities of the open rows in the order of `open` (`open.len() x classes`), and the
    /// number of classes; None before there is a model.
    pub probabilities: Option<(&'a [f32], usize)>,
}

/// Chooses `batch` of the open rows (all, if there are fewer), most useful first, as indices into
/// `pool.rows`. Equal arguments give equal choices.
pub fn select(pool: &Pool<'_>, batch: usize, seed: u64) -> Result<Vec<usize>, LearnError> {
    check_pool(pool)?;
    let Some((probabilities, classes)) = pool.probabilities else {
        return Ok(cold_start(pool, batch, seed));
    };
    let margins = scores(probabilities, classes, Uncertainty::Margin)?;
    let unsure = top_k(&margins, batch.saturating_mul(WIDER), seed);
    let rows: Vec<usize> = unsure.iter().map(|&i| pool.open[i]).collect();
    let few = pool.rows.select(&rows).compact().0;
    let drawn = kmeans_plus_plus(&few, batch, &[], Some(0), CANDIDATES, seed);
    Ok(settle(&few, drawn, true).into_iter().map(|i| rows[i]).collect())
}

/// Errors if rows are unknown, or probabilities are not those of the open rows.
fn check_pool(pool: &Pool<'_>) -> Result<(), LearnError> {
    for (what, list) in [("open row", pool.open), ("labelled row", pool.labelled)] {
        if let Some((at, &index)) = list.iter().enumerate().find(|e| *e.1 >= pool.rows.rows()) {
            return Err(LearnError::OutOfRange { what, at, index, limit: pool.rows.rows() });
        }
    }
    match pool.probabilities {
        Some((p, classes)) if p.len() != pool.open.len() * classes => Err(LearnError::Shape {
            what: "probabilities (open rows x classes)",
            expected: pool.open.len() * classes,
            found: p.len(),
        }),
        _ => Ok(()),
    }
}

fn cold_start(pool: &Pool<'_>, batch: usize, seed: u64) -> Vec<usize> {
    let together: Vec<usize> = pool.open.iter().chain(pool.labelled).copied().collect();
    let labelled: Vec<usize> = (pool.open.len()..together.len()).collect();
    let rows = pool.rows.select(&together);
    let drawn = kmeans_plus_plus(&rows, batch, &labelled, None, CANDIDATES, seed);
    let drawn = if labelled.is_empty() { settle(&rows, drawn, false) } else { drawn };
    drawn.into_iter().map(|i| together[i]).collect()
}

/// Replaces rows drawn for their distance by the middles of their crowds, in the same order.
/// `keep_first` leaves the first one: it was chosen for itself.
fn settle(rows: &Csr, drawn: Vec<usize>, keep_first: bool) -> Vec<usize> {
    if rows.columns().saturating_mul(drawn.len()) > MOST_CENTRES {
        return drawn;
    }
    let middles = medoids(rows, &drawn, ROUNDS).0;
    let head = drawn.first().filter(|_| keep_first).copied();
    // A cluster may have become empty, or a middle be the row that is kept; then drawn rows fill up.
    let candidates = head.into_iter().chain(middles.into_iter().skip(usize::from(keep_first)));
    let mut seen = vec![false; rows.rows()];
    let mut out: Vec<usize> = Vec::with_capacity(drawn.len());
    for i in candidates.chain(drawn.iter().copied()) {
        if out.len() < drawn.len() && !std::mem::replace(&mut seen[i], true) {
            out.push(i);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn chooses_distinct_open_rows(
            values in prop::collection::vec(0_u8..4, 2 * 30), batch in 0_usize..40, seed: u64,
            with_model: bool,
        ) {
            let dense: Vec<f32> = values.iter().map(|&x| f32::from(x)).collect();
            let rows = Csr::from_dense(&dense, 2).unwrap();
            let open: Vec<usize> = (0..30).filter(|i| i % 3 > 0).collect();
            let labelled: Vec<usize> = (0..30).filter(|i| i % 3 == 0).collect();
            let p: Vec<f32> = open.iter().flat_map(|&i| [i as f32 / 30.0, 1.0 - i as f32 / 30.0]).collect();
            let probabilities = with_model.then_some((&p[..], 2));
            let pool = Pool { rows: &rows, open: &open, labelled: &labelled, probabilities };
            let got = select(&pool, batch, seed).unwrap();
            prop_assert_eq!(got.len(), batch.min(open.len()));
            let mut sorted = got.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), got.len());
            prop_assert!(sorted.iter().all(|i| open.contains(i)));
            prop_assert_eq!(got, select(&pool, batch, seed).unwrap());
        }
    }

    #[test]
    fn with_a_model_the_least_certain_row_comes_first() {
        let rows = Csr::from_dense(&[1.0; 40], 2).unwrap();
        let open: Vec<usize> = (0..20).collect();
        let mut p: Vec<f32> = [0.9_f32, 0.1].repeat(20);
        p[14..16].fill(0.5);
        let mut pool =
            Pool { rows: &rows, open: &open, labelled: &[], probabilities: Some((&p, 2)) };
        assert_eq!(select(&pool, 2, 1).unwrap()[0], 7);
        // One row wanted: the least certain, whatever crowd it is in.
        assert_eq!(select(&pool, 1, 1).unwrap(), [7]);
        pool.probabilities = Some((&p[2..], 2));
        assert!(select(&pool, 2, 1).is_err());
        pool.open = &[20];
        assert!(select(&pool, 2, 1).is_err());
    }
}
