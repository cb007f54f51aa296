//! Choosing the two parameters of RAPS.

use super::{Condition, Draws, Options, Score, SplitConformal, rank};
use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;

/// Penalties that are tried (Angelopoulos et al., ICLR 2021, appendix E).
const PENALTIES: [f64; 5] = [0.001, 0.01, 0.1, 0.2, 0.5];

/// Chooses the parameters of [`Score::Raps`] for small sets, as in algorithm 4 of the paper: as
/// many free ranks as `1 - alpha` of the rows need, and the penalty with the smallest mean size.
///
/// The rows must not be the ones that calibrate afterwards, or the coverage is no longer promised.
pub fn tune_raps(
    matrix: &ProbabilityMatrix<'_>,
    labels: &[u32],
    alpha: f64,
    draws: Draws,
) -> Result<Score, LearnError> {
    let options = |score| Options { score, alpha, draws, condition: Condition::Marginal };
    let mut ranks = super::label_scores(matrix, labels, &options(Score::TopK))?;
    ranks.sort_unstable_by(f64::total_cmp);
    let k = rank(ranks.len(), alpha);
    let free_ranks = ranks.get(k - 1).map_or(matrix.classes(), |&r| r as usize);
    let mut best = (f64::INFINITY, Score::Raps { penalty: PENALTIES[0], free_ranks });
    for penalty in PENALTIES {
        let score = Score::Raps { penalty, free_ranks };
        let fitted = SplitConformal::fit(matrix, labels, &options(score))?;
        let size = fitted.sets(matrix)?.coverage(labels)?.mean_size;
        if size < best.0 {
            best = (size, score);
        }
    }
    Ok(best.1)
}
