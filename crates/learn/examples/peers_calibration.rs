//! Calibration on the data below `DATA_DIR`, the work of `tools/peers/calibration.py`; JSON lines.
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

#[path = "peers/common.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod common;
#[path = "peers/probabilities.rs"]
#[expect(dead_code, reason = "shared with other programs")]
mod probabilities;

use common::emit;
use probabilities::{load, repeated};
use tandem_learn::LearnError;
use tandem_learn::calibrate::{
    Binning, Method, ProbabilityMatrix, TopLabel, apply_temperature, calibration_error, quality,
    reliability, temperature,
};

fn ece(confidence: &[f32], right: &[bool]) -> Result<f64, LearnError> {
    reliability(confidence, right, 15, Binning::EqualWidth).map(|bins| calibration_error(&bins))
}

fn main() -> Result<(), LearnError> {
    let root = std::env::args().nth(1).unwrap_or_else(|| "../shared/data".to_owned());
    for name in ["cifar10_pyx", "news20_pyx"] {
        let Some([fit, test]) = load(&root, name) else { continue };
        let classes = fit.classes;
        let fit_rows = ProbabilityMatrix::new(&fit.values, classes)?;
        let rows = ProbabilityMatrix::new(&test.values, classes)?;
        let (tops, confidence) = rows.tops();
        let right: Vec<bool> = tops.iter().zip(&test.labels).map(|(a, b)| a == b).collect();
        let (mut error, seconds) = repeated(1, |_| ece(&confidence, &right));
        emit(&format!("ece {name}"), seconds, &format!("\"ece\": {:.4}", error.remove(0)?));

        let (mut scaled, seconds) = repeated(1, |_| -> Result<Vec<f32>, LearnError> {
            let logs: Vec<f32> = fit.values.iter().map(|p| p.ln()).collect();
            let t = temperature(&logs, &fit.labels, classes, 0.0)?;
            let mut out: Vec<f32> = test.values.iter().map(|p| p.ln()).collect();
            apply_temperature(&mut out, classes, t)?;
            Ok(out)
        });
        let q = quality(&scaled.remove(0)?, &test.labels, classes)?;
        let figures = format!("\"nll\": {:.4}, \"ece\": {:.4}", q.nll, q.ece);
        emit(&format!("temperature {name}"), seconds, &figures);

        for (case, method) in
            [("isotonic top", Method::Isotonic), ("beta top", Method::Beta { prior: 0.0 })]
        {
            let (mut mapped, seconds) = repeated(1, |_| {
                TopLabel::fit(&fit_rows, &fit.labels, method).map(|map| map.apply(&rows))
            });
            let error = ece(&mapped.remove(0)?, &right)?;
            emit(&format!("{case} {name}"), seconds, &format!("\"ece\": {error:.4}"));
        }
    }
    Ok(())
}
