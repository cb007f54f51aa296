//! `calibrate`: how far probabilities can be believed, and mending them.

use serde_json::{Value, json};
use tandem_learn::calibrate::{
    Bin, BinaryMap, Binning, Method, OneVsRest, Quality, TopLabel, apply_temperature,
    calibration_error, largest_gap, quality, reliability, temperature,
};

use crate::probabilities::{Input, Probabilities, Split, interval};
use crate::{OfflineError, Report};

/// Rows of prior evidence for the identity in beta calibration.
const PRIOR: f64 = 1.0;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: Input,
    /// Rows that fit the maps: even-odd (even rows fit, odd rows check), random (halves), or a
    /// file of its own
    #[arg(long, value_name = "even-odd|random|FILE", default_value = "random")]
    calibrate: String,
    /// Draws the random halves
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Bins of the reliability diagram and of the calibration error
    #[arg(long, default_value_t = 15)]
    bins: usize,
    /// How rows are put into bins
    #[arg(long, value_enum, default_value_t = BinningName::EqualWidth)]
    binning: BinningName,
    /// Map that --out applies and whose diagram is shown
    #[arg(long, value_enum, default_value_t = Map::Temperature)]
    method: Map,
    /// Write the checked rows, calibrated, to this CSV file
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
}

/// How rows are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum BinningName {
    /// Bins of one width, closed on the right
    EqualWidth,
    /// Bins of equally many rows
    EqualMass,
}

/// A map of probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Map {
    /// One number for all logits
    Temperature,
    /// A rising curve for each class
    Isotonic,
    /// Three numbers for each class
    Beta,
}

impl Map {
    const ALL: [Self; 3] = [Self::Temperature, Self::Isotonic, Self::Beta];

    fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Isotonic => "isotonic",
            Self::Beta => "beta",
        }
    }

    fn binary(self) -> Option<Method> {
        match self {
            Self::Temperature => None,
            Self::Isotonic => Some(Method::Isotonic),
            Self::Beta => Some(Method::Beta { prior: PRIOR }),
        }
    }
}

/// Probabilities of the checked rows after a map, and what describes the map.
struct Mapped {
    values: Vec<f32>,
    parameters: Value,
    /// Calibrated confidences when only the top class is mapped.
    top: Option<Vec<f32>>,
}

fn logarithms(values: &[f32]) -> Vec<f32> {
    values.iter().map(|p| p.ln()).collect()
}

fn apply(map: Map, fit: &Probabilities, test: &Probabilities) -> Result<Mapped, OfflineError> {
    let classes = fit.classes.len();
    let Some(method) = map.binary() else {
        let t = temperature(&logarithms(&fit.values), &fit.labels, classes, 0.0)?;
        let mut values = logarithms(&test.values);
        apply_temperature(&mut values, classes, t)?;
        return Ok(Mapped { values, parameters: json!({ "temperature": t }), top: None });
    };
    let each = OneVsRest::fit(&fit.matrix()?, &fit.labels, method)?;
    let top = TopLabel::fit(&fit.matrix()?, &fit.labels, method)?;
    let parameters = json!({
        "top_label": parameters(top.map()),
        "classes": each.maps().iter().map(parameters).collect::<Vec<_>>(),
    });
    let values = each.apply(&test.matrix()?)?;
    Ok(Mapped { values, parameters, top: Some(top.apply(&test.matrix()?)) })
}

fn parameters(map: &BinaryMap) -> Value {
    match map {
        BinaryMap::Isotonic(map) => json!({ "knots": map.knots().collect::<Vec<_>>() }),
        BinaryMap::Beta(map) => json!({ "a": map.a, "b": map.b, "c": map.c }),
    }
}

/// Figures of some probabilities of the checked rows.
struct Figures {
    quality: Quality,
    bins: Vec<Bin>,
    error: f64,
}

fn diagram(args: &Args, confidence: &[f32], right: &[bool]) -> Result<Vec<Bin>, OfflineError> {
    let binning = match args.binning {
        BinningName::EqualWidth => Binning::EqualWidth,
        BinningName::EqualMass => Binning::EqualMass,
    };
    Ok(reliability(confidence, right, args.bins, binning)?)
}

fn figures(args: &Args, values: &[f32], test: &Probabilities) -> Result<Figures, OfflineError> {
    let quality = quality(values, &test.labels, test.classes.len())?;
    let mapped = Probabilities { values: values.to_vec(), ..test.clone() };
    let (confidence, wrong) = mapped.outcomes()?;
    let right: Vec<bool> = wrong.iter().map(|w| !w).collect();
    let bins = diagram(args, &confidence, &right)?;
    let error = calibration_error(&bins);
    Ok(Figures { quality, bins, error })
}

fn bin_json(bin: &Bin) -> Value {
    json!({
        "low": bin.low, "high": bin.high, "rows": bin.rows, "right": bin.hits,
        "confidence": bin.confidence, "accuracy": bin.share,
        "interval": [bin.interval.0, bin.interval.1],
    })
}

fn figures_json(f: &Figures) -> Value {
    json!({
        "accuracy": f.quality.accuracy, "nll": f.quality.nll, "brier": f.quality.brier,
        "calibration_error": f.error, "largest_gap": largest_gap(&f.bins),
        "bins": f.bins.iter().map(bin_json).collect::<Vec<_>>(),
    })
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let all = Probabilities::read(&args.input, None)?;
    all.check_labels(&args.input.file)?;
    let Split { fit, test } = Split::new(all, &args.calibrate, args.seed, &args.input, None)?;
    let before = figures(args, &test.values, &test)?;
    let (tops, _) = test.matrix()?.tops();
    let right: Vec<bool> = tops.iter().zip(&test.labels).map(|(a, b)| a == b).collect();
    let mut report = Report::new(json!({
        "calibrate": args.calibrate,
        "seed": args.seed,
        "fit_rows": fit.len(),
        "test_rows": test.len(),
        "raw": figures_json(&before),
        "maps": {},
    }));
    let mut lines = vec![line("as given", &before, None)];
    let mut shown = Vec::new();
    for map in Map::ALL {
        let mapped = apply(map, &fit, &test)?;
        let after = figures(args, &mapped.values, &test)?;
        let top = match &mapped.top {
            Some(top) => Some(calibration_error(&diagram(args, top, &right)?)),
            None => None,
        };
        lines.push(line(map.name(), &after, top));
        let mut found = figures_json(&after);
        found["parameters"] = mapped.parameters;
        found["top_label_calibration_error"] = json!(top);
        report.json["maps"][map.name()] = found;
        if map == args.method {
            if let Some(path) = &args.out {
                write(path, &test, &mapped.values)?;
            }
            shown = after.bins;
        }
    }
    words(args, &mut report, &before, lines, &shown);
    Ok(report)
}

fn line(name: &str, f: &Figures, top: Option<f64>) -> Vec<String> {
    vec![
        name.to_owned(),
        format!("{:.4}", f.quality.accuracy),
        format!("{:.4}", f.quality.nll),
        format!("{:.4}", f.quality.brier),
        format!("{:.4}", f.error),
        top.map_or_else(String::new, |e| format!("{e:.4}")),
    ]
}

fn words(
    args: &Args,
    report: &mut Report,
    before: &Figures,
    lines: Vec<Vec<String>>,
    shown: &[Bin],
) {
    let head =
        ["", "accuracy", "NLL", "Brier", "calibration error", "of a map of the top class alone"];
    report.table(&head, lines);
    let bins = shown.iter().map(|b| {
        vec![
            format!("{:.3} to {:.3}", b.low, b.high),
            b.rows.to_string(),
            format!("{:.3}", b.confidence),
            format!("{:.3}", b.share),
            interval(b.interval),
        ]
    });
    let first = format!("confidence by {}", args.method.name());
    report.table(&[&first, "rows", "mean", "right", "95 % interval"], bins);
    let gap: f64 = before.bins.iter().map(|b| b.rows as f64 * (b.confidence - b.share)).sum();
    let rows: u64 = before.bins.iter().map(|b| b.rows).sum();
    let gap = gap / rows as f64;
    let way = if gap > 0.0 { "over-confident" } else { "under-confident" };
    report.say(format!(
        "As given, the model is {way} by {:.3} on average. Temperature keeps its answers; prefer it \
         unless another map has a clearly lower NLL and Brier score on these rows, which no map was \
         fitted to.",
        gap.abs()
    ));
}

fn write(path: &str, test: &Probabilities, values: &[f32]) -> Result<(), OfflineError> {
    let io = |source: std::io::Error| OfflineError::Io { file: path.to_owned(), source };
    let mut writer = csv::Writer::from_path(path).map_err(|error| io(error.into()))?;
    let head = ["row", "label"].into_iter().chain(test.classes.iter().map(String::as_str));
    writer.write_record(head).map_err(|error| io(error.into()))?;
    for (i, p) in values.chunks_exact(test.classes.len()).enumerate() {
        let mut cells = vec![test.rows[i].to_string(), test.class(test.labels[i]).to_owned()];
        cells.extend(p.iter().map(ToString::to_string));
        writer.write_record(cells).map_err(|error| io(error.into()))?;
    }
    writer.flush().map_err(io)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::probabilities::tests::{file, input};

    fn args(file: &str) -> Args {
        Args {
            input: input(file),
            calibrate: "even-odd".to_owned(),
            seed: 0,
            bins: 10,
            binning: BinningName::EqualWidth,
            method: Map::Temperature,
            out: None,
        }
    }

    /// Always 95 % sure, right four times in five.
    fn rows() -> String {
        let mut text = "label,a,b\n".to_owned();
        for i in 0..200 {
            let label = if i / 2 % 5 == 4 { "b" } else { "a" };
            let _ = writeln!(text, "{label},0.95,0.05");
        }
        text
    }

    #[test]
    fn every_map_mends_what_is_over_confident() {
        let (dir, path) = file("p.csv", &rows());
        let out = dir.path().join("out.csv").to_str().unwrap().to_owned();
        let report = run(&Args { out: Some(out.clone()), ..args(&path) }).unwrap();
        let error = |v: &Value| v["calibration_error"].as_f64().unwrap();
        assert!((error(&report.json["raw"]) - 0.15).abs() < 1e-6);
        for map in Map::ALL {
            assert!(error(&report.json["maps"][map.name()]) < 0.01, "{}", map.name());
        }
        let t = report.json["maps"]["temperature"]["parameters"]["temperature"].as_f64().unwrap();
        assert!((t - 19.0_f64.ln() / 4.0_f64.ln()).abs() < 1e-3, "{t}");
        assert!(report.text.contains("over-confident by 0.150"), "{}", report.text);
        // What was written is a table of probabilities again.
        let again = Input { ignore: vec!["row".to_owned()], ..input(&out) };
        let written = Probabilities::read(&again, None).unwrap();
        assert_eq!(written.len(), 100);
        assert!((written.values[0] - 0.8).abs() < 1e-3);
        let mass = run(&Args { binning: BinningName::EqualMass, ..args(&path) }).unwrap();
        assert!((error(&mass.json["raw"]) - 0.15).abs() < 1e-6);
    }

    #[test]
    fn bad_options_and_rows_are_refused() {
        let (_dir, path) = file("p.csv", &rows());
        assert!(run(&Args { bins: 0, ..args(&path) }).unwrap_err().to_string().contains("bins"));
        let (_dir, one) = file("p.csv", "label,a,b\na,0.9,0.1\na,0.8,0.2\n");
        assert!(run(&args(&one)).unwrap_err().to_string().contains("every label"));
        let (_dir, bad) = file("p.csv", "label,a,b\na,0.9,0.3\n");
        assert!(run(&args(&bad)).unwrap_err().to_string().contains("line 2"));
    }
}
