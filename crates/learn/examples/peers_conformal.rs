//! Conformal sets on the data below `DATA_DIR`, the work of `tools/peers/conformal.py`; JSON lines.
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;
#[path = "peers/probabilities.rs"]
mod probabilities;

use probabilities::{Half, load, repeated};
use tandem_learn::LearnError;
use tandem_learn::calibrate::ProbabilityMatrix;
use tandem_learn::conformal::{
    Condition, Draws, Fallback, Options, PredictionSets, Score, SplitConformal, tune_raps,
};

const ALPHA: f64 = 0.1;

/// Prints the time of one run, and coverage and size as means over seeds.
fn put(
    case: &str,
    (sets, seconds): (Vec<Result<PredictionSets, LearnError>>, f64),
    labels: &[u32],
) -> Result<(), LearnError> {
    let n = sets.len() as f64;
    let (mut coverage, mut size) = (0.0, 0.0);
    for sets in sets {
        let own = sets?.coverage(labels)?;
        coverage += own.coverage / n;
        size += own.mean_size / n;
    }
    println!(
        "{{\"case\": \"{case}\", \"system\": \"tandem\", \"cpu_s\": {seconds:.6}, \"quality\": \
         {{\"coverage\": {coverage:.4}, \"mean_size\": {size:.3}}}}}"
    );
    Ok(())
}

fn matrix(half: &Half) -> Result<ProbabilityMatrix<'_>, LearnError> {
    ProbabilityMatrix::new(&half.values, half.classes)?.keyed(&half.keys)
}

fn main() -> Result<(), LearnError> {
    let root = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    for name in ["cifar10_pyx", "news20_pyx", "banking77_lr_pyx"] {
        let Some([fit, test]) = load(&root, name) else { continue };
        let run = |score, condition, seed| {
            let options = Options { score, alpha: ALPHA, draws: Draws::Seeded(seed), condition };
            // Checking the probabilities is part of the work.
            let fitted = SplitConformal::fit(&matrix(&fit)?, &fit.labels, &options)?;
            fitted.sets(&matrix(&test)?)
        };
        for (case, score) in [("lac", Score::Lac), ("aps", Score::Aps)] {
            let timed = repeated(20, |seed| run(score, Condition::Marginal, seed));
            put(&format!("{case} {name}"), timed, &test.labels)?;
        }
        let raps = repeated(20, |seed| {
            let draws = Draws::Seeded(seed);
            let (tuning, rest) = fit.part(fit.labels.len() / 5, seed);
            let score = tune_raps(&matrix(&tuning)?, &tuning.labels, ALPHA, draws)?;
            let options = Options { score, alpha: ALPHA, draws, condition: Condition::Marginal };
            SplitConformal::fit(&matrix(&rest)?, &rest.labels, &options)?.sets(&matrix(&test)?)
        });
        put(&format!("raps {name}"), raps, &test.labels)?;
        // A class below 1 / alpha - 1 rows is in every set, as in crepes.
        let each = Condition::PerClass { min_rows: 1, fallback: Fallback::Always };
        for (case, condition) in [("marginal", Condition::Marginal), ("per class", each)] {
            let timed = repeated(20, |seed| run(Score::Lac, condition, seed));
            put(&format!("{case} {name}"), timed, &test.labels)?;
        }
    }
    Ok(())
}
