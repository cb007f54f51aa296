//! `try`: what Tandem would do for a user's own rows, before anything is installed or decided.
//!
//! Without predictions the built-in learner makes them, each by a model that has not seen the row
//! (five folds). The share that may pass at the target is certified as `threshold` does it; what it
//! saves is counted in reviews and hours.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tandem_learn::features::{FeatureKind, FeatureMap, FeatureSpec, Input};
use tandem_learn::model::{LinearClassifier, TrainOptions};
use tandem_learn::rng::Rng;
use tandem_learn::selective::{RiskCoverage, default_starts, guaranteed, quantile_grid};

use crate::intern::Interner;
use crate::table::Table;
use crate::{OfflineError, Report};

/// Models, each of which leaves its part of the rows out.
const FOLDS: usize = 5;
/// Thresholds that are tried.
const LEVELS: usize = 40;
/// Options a choice can have before it is no choice.
const MOST_OPTIONS: usize = 500;
/// When imported history was decided, where the file does not say.
const LONG_AGO: &str = "2000-01-01T00:00:00Z";

/// Arguments.
#[derive(Debug, clap::Args)]
#[group(id = "trial")]
pub struct Args {
    /// CSV or JSONL file with a row per case; `-` reads standard input
    pub file: String,
    /// Column with the text
    #[arg(long, value_name = "COLUMN")]
    text: String,
    /// Column with the right answer, where it is known
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// Column with the answer of your own model
    #[arg(long, value_name = "COLUMN", requires = "confidence")]
    prediction: Option<String>,
    /// Column with its confidence, 0 to 1
    #[arg(long, value_name = "COLUMN", requires = "prediction")]
    confidence: Option<String>,
    /// Share of automatic answers that may be wrong
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    target_error: f64,
    /// Probability with which that must hold
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    certainty: f64,
    /// Seconds a person needs for a case
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    seconds: f64,
    /// Name of the loop [default: after the file]
    #[arg(long = "loop", value_name = "NAME")]
    name: Option<String>,
    /// Rows used at most
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    limit: usize,
    /// Labelled rows that are left open, for you to try the inbox with
    #[arg(long, value_name = "N", default_value_t = 50)]
    open: usize,
    /// Divides the rows
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Trial {
    /// The figures.
    pub report: Report,
    /// Name of the loop.
    pub name: String,
    /// The loop file.
    pub loop_file: String,
    /// Cases to hand in, one JSON object each.
    pub cases: Vec<Value>,
}

/// The rows of the file.
#[derive(Debug, Default)]
struct Rows {
    texts: Vec<String>,
    labels: Vec<Option<u32>>,
    predictions: Vec<(u32, f32)>,
    options: Interner,
}

/// Reads the file and works the trial out.
pub fn run(args: &Args) -> Result<Trial, OfflineError> {
    check(args)?;
    let rows = read(args)?;
    let labelled = rows.labels.iter().filter(|label| label.is_some()).count();
    let name = args.name.clone().unwrap_or_else(|| name_of(&args.file));
    let mut report = Report::new(json!({
        "loop": name,
        "rows": rows.texts.len(),
        "labelled": labelled,
        "options": rows.options.len(),
        "target_error": args.target_error,
        "certainty": args.certainty,
    }));
    report.say(format!(
        "{} rows, {labelled} with an answer, {} different answers.",
        rows.texts.len(),
        rows.options.len()
    ));
    if labelled == 0 {
        report.say(
            "Without right answers nothing can be said about errors yet: label some in the inbox, and the evidence grows \
             with every review.",
        );
    } else {
        figures(args, &rows, &mut report)?;
    }
    let loop_file = loop_file(args, &rows, &name);
    let cases = cases(args, &rows);
    Ok(Trial { report, name, loop_file, cases })
}

fn check(args: &Args) -> Result<(), OfflineError> {
    let share = |name: &str, value: f64, low: f64, high: f64| {
        if value > low && value < high {
            return Ok(());
        }
        Err(OfflineError::Usage(format!("{name} is a share above {low} and below {high}")))
    };
    share("--target-error", args.target_error, 0.0, 0.5)?;
    share("--certainty", args.certainty, 0.5, 1.0)?;
    if !(args.seconds.is_finite() && args.seconds > 0.0) {
        return Err(OfflineError::Usage("--seconds is a positive number".to_owned()));
    }
    Ok(())
}

fn read(args: &Args) -> Result<Rows, OfflineError> {
    let mut table = Table::open(&args.file)?;
    let text = table.column("--text", &args.text)?;
    let optional = |name: &Option<String>, option: &str| {
        name.as_ref().map(|name| table.column(option, name)).transpose()
    };
    let label = optional(&args.label, "--label")?;
    let prediction = optional(&args.prediction, "--prediction")?;
    let confidence = optional(&args.confidence, "--confidence")?;
    let mut rows = Rows::default();
    while let Some(row) = table.next()? {
        rows.texts.push(row.text(text)?.to_owned());
        let known = label.and_then(|column| row.get(column));
        rows.labels.push(known.map(|known| rows.options.code(known)));
        if let (Some(prediction), Some(confidence)) = (prediction, confidence) {
            let answer = rows.options.code(row.text(prediction)?);
            let sure = row.number(confidence)?;
            if !(0.0..=1.0).contains(&sure) {
                return Err(row.wrong(confidence, "a confidence is between 0 and 1"));
            }
            rows.predictions.push((answer, sure as f32));
        }
        if rows.texts.len() == args.limit {
            break;
        }
    }
    if rows.texts.is_empty() {
        return Err(table.wrong("there are no rows below the names of the columns"));
    }
    if rows.options.len() > MOST_OPTIONS {
        return Err(table.wrong(format!(
            "there are {} different answers, more than {MOST_OPTIONS}: name a column with classes",
            rows.options.len()
        )));
    }
    if label.is_some() && rows.options.len() < 2 {
        return Err(table.wrong("there is only one answer: nothing can be learned or be wrong"));
    }
    Ok(rows)
}

/// Confidence and whether it was wrong, of the labelled rows.
fn scored(args: &Args, rows: &Rows) -> Result<(Vec<f32>, Vec<bool>), OfflineError> {
    let mut confidence = Vec::new();
    let mut wrong = Vec::new();
    let at: Vec<usize> = (0..rows.texts.len()).filter(|&i| rows.labels[i].is_some()).collect();
    if !rows.predictions.is_empty() {
        for i in at {
            let (answer, sure) = rows.predictions[i];
            confidence.push(sure);
            wrong.push(rows.labels[i] != Some(answer));
        }
        return Ok((confidence, wrong));
    }
    let classes = rows.options.len();
    let spec = |kind| FeatureSpec { column: 0, name: "text".to_owned(), kind };
    let specs = vec![spec(FeatureKind::Words { min: 1, max: 2 })];
    let options = TrainOptions::new(classes, specs.clone());
    let inputs: Vec<Input<'_>> = rows.texts.iter().map(|text| Input::text(text)).collect();
    let map = FeatureMap::fit(&specs, &inputs, options.features)?;
    let matrix = map.transform(&inputs)?;
    let mut order = at;
    Rng::new(args.seed).shuffle(&mut order);
    for fold in 0..FOLDS {
        let part = |held: bool| -> Vec<usize> {
            let of = |(n, i): (usize, &usize)| (((n % FOLDS) == fold) == held).then_some(*i);
            order.iter().enumerate().filter_map(of).collect()
        };
        let (train, test) = (part(false), part(true));
        if test.is_empty() || train.is_empty() {
            continue;
        }
        let label = |i: &usize| rows.labels[*i].unwrap_or_default();
        let own: Vec<u32> = train.iter().map(label).collect();
        let fitted = LinearClassifier::fit_on(
            map.clone(),
            &matrix.select(&train),
            &own,
            None,
            &options,
            None,
            args.seed,
        )?;
        let p = fitted.0.predict_on(&matrix.select(&test))?;
        for (row, i) in p.values.chunks_exact(classes).zip(&test) {
            let best = (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            confidence.push(row[best]);
            wrong.push(best as u32 != label(i));
        }
    }
    Ok((confidence, wrong))
}

fn figures(args: &Args, rows: &Rows, report: &mut Report) -> Result<(), OfflineError> {
    let (confidence, wrong) = scored(args, rows)?;
    let n = confidence.len();
    let curve = RiskCoverage::new(&confidence, &wrong)?;
    let grid = quantile_grid(&confidence, LEVELS)?;
    let (starts, delta) = (default_starts(grid.len()), 1.0 - args.certainty);
    let found = guaranteed(&confidence, &wrong, &grid, &starts, args.target_error, delta)?;
    let who = if rows.predictions.is_empty() { "The built-in learner" } else { "Your model" };
    report.json["rows_scored"] = json!(n);
    report.json["error_if_all_automatic"] = json!(curve.error());
    report.say(format!("{who} is wrong on {} of them.", percent(curve.error())));
    let Some(level) = found.chosen else {
        report.json["automatic_share"] = json!(0.0);
        report.json["hours_saved"] = json!(0.0);
        report.say(format!(
            "No threshold is certified at an error of {} with certainty {}: more answers, a better model or a looser \
             target would change that (at least {} right ones in a row are needed).",
            percent(args.target_error),
            percent(args.certainty),
            found.least_rows
        ));
        return Ok(());
    };
    let share = level.answered as f64 / n as f64;
    let error = level.errors as f64 / level.answered.max(1) as f64;
    // One in twenty automatic cases is audited.
    let saved = share * 0.95;
    let hours = saved * n as f64 * args.seconds / 3_600.0;
    report.json["automatic_share"] = json!(share);
    report.json["threshold"] = json!(level.threshold);
    report.json["automatic_error"] = json!(error);
    report.json["automatic_error_upper"] = json!(found.upper);
    report.json["reviews_saved_share"] = json!(saved);
    report.json["hours_saved"] = json!(hours);
    report.say(format!(
        "At a confidence of {:.3} and above, {} could pass with an error of {} (at most {}, certainty {}).",
        level.threshold,
        percent(share),
        percent(error),
        percent(args.target_error),
        percent(args.certainty)
    ));
    report.say(format!(
        "People would look at {} of the cases, audits included: {hours:.1} hours saved on these {n} rows at {} s a case.",
        percent(1.0 - saved),
        args.seconds
    ));
    Ok(())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn name_of(file: &str) -> String {
    let stem = std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str());
    let name: String = stem
        .unwrap_or("trial")
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(60)
        .collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "trial".to_owned() } else { name.to_owned() }
}

/// The loop file, in YAML; texts are written as JSON, which YAML takes.
fn loop_file(args: &Args, rows: &Rows, name: &str) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let learner = if rows.predictions.is_empty() { "text_linear" } else { "external" };
    let mut file = format!(
        "# Written by `tandem try`. `tandem loop apply` publishes it on any server.\n\
         loop: {name}\n\
         coverage: selective\n\
         input:\n  text: {{ kind: text }}\n"
    );
    if rows.options.len() < 2 {
        file.push_str("answer:\n  answer: { kind: text }\n");
    } else {
        file.push_str("answer:\n  answer:\n    kind: choice\n    options:\n");
        for option in rows.options.names() {
            let _ = writeln!(file, "      - {}", quoted(option));
        }
    }
    let _ = writeln!(
        file,
        "policy:\n  autonomy: {{ target_error: {}, certainty: {}, audit_rate: 0.05 }}",
        args.target_error, args.certainty
    );
    if rows.options.len() >= 2 {
        let _ = writeln!(file, "learner: {{ kind: {learner} }}");
        if learner == "external" {
            // These are its own predictions that were just judged: it need not be registered first.
            let _ = writeln!(file, "on_new_model: promote");
        }
    }
    file
}

fn cases(args: &Args, rows: &Rows) -> Vec<Value> {
    let n = rows.texts.len();
    let mut order: Vec<usize> = (0..n).filter(|&i| rows.labels[i].is_some()).collect();
    Rng::new(args.seed ^ 0x9e37).shuffle(&mut order);
    let left_open: std::collections::BTreeSet<usize> = order.into_iter().take(args.open).collect();
    (0..n)
        .map(|i| {
            let mut case =
                json!({"key": format!("row-{}", i + 1), "input": {"text": rows.texts[i]}});
            if let Some((answer, sure)) = rows.predictions.get(i) {
                let output = json!({"answer": rows.options.name(*answer)});
                case["proposal"] =
                    json!({"output": output, "confidence": f64::from(*sure), "model": "yours@1"});
            }
            if let Some(label) = rows.labels[i].filter(|_| !left_open.contains(&i)) {
                case["decision"] = json!({"output": {"answer": rows.options.name(label)}});
                case["at"] = LONG_AGO.into();
            }
            case
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(file: &str, more: &[&str]) -> Args {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let line: Vec<&str> =
            ["try", file, "--text", "text"].into_iter().chain(more.iter().copied()).collect();
        <Line as clap::Parser>::try_parse_from(line).unwrap().args
    }

    fn file(dir: &tempfile::TempDir, text: &str) -> String {
        let path = dir.path().join("My Mails.csv");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_good_model_passes_and_the_loop_file_carries_its_options() {
        let dir = tempfile::tempdir().unwrap();
        let mut text = "text,label,guess,sure\n".to_owned();
        for i in 0..400 {
            let label = if i % 2 == 0 { "spam" } else { "ham: real" };
            // One in ten is wrong, and less sure.
            let (guess, sure) =
                if i % 10 == 9 { ("spam", 0.6) } else { (label, 0.9 + 0.0001 * f64::from(i)) };
            let _ = writeln!(text, "words of {label} {i},{label},{guess},{sure}");
        }
        let path = file(&dir, &text);
        let own = ["--label", "label", "--prediction", "guess", "--confidence", "sure"];
        let trial = run(&args(&path, &own)).unwrap();
        let json = &trial.report.json;
        assert_eq!((trial.name.as_str(), &json["labelled"]), ("my-mails", &json!(400)));
        assert!(json["automatic_share"].as_f64() > Some(0.8), "{json}");
        assert_eq!(json["automatic_error"], 0.0);
        assert!(
            trial.loop_file.contains("- \"ham: real\"") && trial.loop_file.contains("external")
        );
        assert_eq!(trial.cases.iter().filter(|case| case.get("decision").is_none()).count(), 50);
        // Without its predictions the built-in learner is asked.
        let learned = run(&args(&path, &["--label", "label"])).unwrap();
        assert_eq!(learned.report.json["rows_scored"], 400);
        assert!(learned.loop_file.contains("text_linear"));
        // Without answers nothing is claimed.
        let blind = run(&args(&path, &[])).unwrap();
        assert!(blind.report.json.get("automatic_share").is_none());
    }

    #[test]
    fn bad_files_are_told_where() {
        let dir = tempfile::tempdir().unwrap();
        let fails = |text: &str, more: &[&str]| {
            run(&args(&file(&dir, text), more)).unwrap_err().to_string()
        };
        assert!(fails("text\n", &[]).contains("no rows"));
        assert!(fails("other\nx\n", &[]).contains("no column `text`"));
        assert!(fails("text,l\nx,a\ny,a\n", &["--label", "l"]).contains("only one answer"));
        let guess = ["--prediction", "g", "--confidence", "c"];
        assert!(fails("text,g,c\nx,a,1.5\n", &guess).contains("line 2, column `c`"));
        assert!(fails("text,g,c\nx,a,high\n", &guess).contains("`high` is no finite number"));
    }
}
