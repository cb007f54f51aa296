//! `evaluate`: predictions or probabilities against labels.

use serde_json::{Value, json};
use tandem_learn::calibrate::{
    Binning, ClassScores, Confusion, calibration_error, quality, reliability,
};
use tandem_learn::proportion::wilson;
use tandem_learn::selective::RiskCoverage;

use crate::intern::Interner;
use crate::probabilities::{Input, Probabilities, interval};
use crate::table::Table;
use crate::{OfflineError, Report};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: Input,
    /// Column of the predicted class; without it the other columns are probabilities of classes
    #[arg(long, value_name = "COLUMN")]
    prediction: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    match &args.prediction {
        Some(column) => {
            let (confusion, names) = predictions(&args.input, column)?;
            report(&confusion, &names, None)
        }
        None => probabilities(&args.input),
    }
}

/// Counts predictions against labels, row by row.
fn predictions(input: &Input, column: &str) -> Result<(Confusion, Vec<String>), OfflineError> {
    let mut table = Table::open(&input.file)?;
    let label = table.column("--label", &input.label)?;
    let prediction = table.column("--prediction", column)?;
    let mut codes = Interner::default();
    let (mut labels, mut predictions) = (Vec::new(), Vec::new());
    while let Some(row) = table.next()? {
        labels.push(codes.code(row.text(label)?));
        predictions.push(codes.code(row.text(prediction)?));
    }
    if labels.is_empty() {
        return Err(table.wrong("there are no rows; give at least one"));
    }
    // Classes in the order of their names, whatever row they came with.
    let mut names: Vec<String> = codes.names().iter().map(ToString::to_string).collect();
    names.sort_unstable();
    let place: Vec<u32> = codes
        .names()
        .iter()
        .map(|name| names.partition_point(|n| n.as_str() < name.as_ref()) as u32)
        .collect();
    for code in labels.iter_mut().chain(&mut predictions) {
        *code = place[*code as usize];
    }
    Ok((Confusion::count(&labels, &predictions, names.len())?, names))
}

/// Figures that need probabilities.
struct Figures {
    nll: f64,
    brier: f64,
    ece: f64,
    ece_equal_mass: f64,
    aurc: f64,
}

fn probabilities(input: &Input) -> Result<Report, OfflineError> {
    let rows = Probabilities::read(input, None)?;
    let quality = quality(&rows.values, &rows.labels, rows.classes.len())?;
    let (tops, confidence) = rows.matrix()?.tops();
    let right: Vec<bool> = tops.iter().zip(&rows.labels).map(|(a, b)| a == b).collect();
    let wrong: Vec<bool> = right.iter().map(|r| !r).collect();
    let mass = reliability(&confidence, &right, 15, Binning::EqualMass)?;
    let figures = Figures {
        nll: quality.nll,
        brier: quality.brier,
        ece: quality.ece,
        ece_equal_mass: calibration_error(&mass),
        aurc: RiskCoverage::new(&confidence, &wrong)?.aurc(),
    };
    let confusion = Confusion::count(&rows.labels, &tops, rows.classes.len())?;
    report(&confusion, &rows.classes, Some(&figures))
}

fn report(
    confusion: &Confusion,
    names: &[String],
    figures: Option<&Figures>,
) -> Result<Report, OfflineError> {
    let bounds = wilson(confusion.right(), confusion.rows(), 0.05)?;
    let average = confusion.macro_average();
    let scores = |s: &ClassScores| -> Value {
        json!({ "precision": s.precision, "recall": s.recall, "f1": s.f1 })
    };
    let classes: Vec<(String, ClassScores)> =
        names.iter().cloned().zip((0..confusion.classes()).map(|k| confusion.class(k))).collect();
    let listed: Vec<Value> = classes
        .iter()
        .map(|(name, s)| {
            let mut one = scores(s);
            one["class"] = json!(name);
            one["support"] = json!(s.support);
            one["predicted"] = json!(s.predicted);
            one
        })
        .collect();
    let mut report = Report::new(json!({
        "rows": confusion.rows(),
        "accuracy": confusion.accuracy(),
        "interval": [bounds.0, bounds.1],
        "macro": scores(&average),
        "nll": figures.map(|f| f.nll),
        "brier": figures.map(|f| f.brier),
        "ece": figures.map(|f| f.ece),
        "ece_equal_mass": figures.map(|f| f.ece_equal_mass),
        "aurc": figures.map(|f| f.aurc),
        "classes": listed,
    }));
    let three = |x: f64| format!("{x:.3}");
    let row = |name: &str, s: &ClassScores| {
        vec![
            name.to_owned(),
            s.support.to_string(),
            three(s.precision),
            three(s.recall),
            three(s.f1),
        ]
    };
    let mut lines: Vec<Vec<String>> = classes.iter().map(|(name, s)| row(name, s)).collect();
    lines.push(row("mean over classes", &average));
    report.table(&["class", "rows", "precision", "recall", "F1"], lines);
    report.say(format!(
        "{:.4} of {} rows are right ({} at 95 %).",
        confusion.accuracy(),
        confusion.rows(),
        interval(bounds)
    ));
    if let Some(f) = figures {
        report.say(format!(
            "Probabilities: NLL {:.4}, Brier {:.4}, calibration error {:.4} (15 equal bins; {:.4} of \
             equal mass), area under risk and coverage {:.4}.",
            f.nll, f.brier, f.ece, f.ece_equal_mass, f.aurc
        ));
        if f.ece > 0.03 {
            report.say(
                "Confidences are off by more than 0.03 on average: see `tandem learn calibrate`.",
            );
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probabilities::tests::{file, input};

    #[test]
    fn predictions_are_counted_by_name() {
        let (_dir, path) = file("p.csv", "label,guess\nb,b\na,b\na,a\nc,a\n");
        let args = Args { input: input(&path), prediction: Some("guess".to_owned()) };
        let report = run(&args).unwrap();
        assert_eq!(report.json["accuracy"], 0.5);
        assert_eq!(report.json["classes"][0]["class"], "a");
        assert_eq!(report.json["classes"][0]["recall"], 0.5);
        assert!(report.json["nll"].is_null());
        let missing = Args { prediction: Some("x".to_owned()), ..args };
        assert!(run(&missing).unwrap_err().to_string().contains("name one with --prediction"));
    }

    #[test]
    fn probabilities_give_every_figure() {
        let (_dir, path) = file("p.csv", "label,a,b\na,0.9,0.1\nb,0.6,0.4\n");
        let args = Args { input: input(&path), prediction: None };
        let report = run(&args).unwrap();
        let near = |key: &str, want: f64| {
            let got = report.json[key].as_f64().unwrap();
            assert!((got - want).abs() < 1e-6, "{key}: {got}");
        };
        near("accuracy", 0.5);
        near("nll", -(0.9_f64.ln() + 0.4_f64.ln()) / 2.0);
        near("brier", 0.37);
        near("ece", 0.35);
        near("aurc", 0.25);
        assert!(report.text.contains("tandem learn calibrate"));
        let (_dir, empty) = file("p.csv", "");
        let args = Args { input: input(&empty), prediction: None };
        assert!(run(&args).unwrap_err().to_string().contains("the file is empty"));
    }
}
