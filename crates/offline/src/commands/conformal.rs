//! `conformal`: prediction sets that hold the truth as often as asked.

use std::collections::BTreeMap;

use serde_json::json;
use tandem_learn::conformal::{
    ClassCoverage, Condition, Coverage, Draws, Fallback, Options, PredictionSets, Score,
    SplitConformal, least_rows, tune_raps,
};

use crate::probabilities::{Input, Probabilities, Split, four, interval};
use crate::{OfflineError, Report};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: Input,
    /// How a class's fit is scored
    #[arg(long, value_enum, default_value_t = Method::Lac)]
    method: Method,
    /// Share of rows whose set may miss the truth
    #[arg(long, default_value_t = 0.1)]
    alpha: f64,
    /// Rows that set the thresholds: even-odd (even rows set, odd rows check), random (halves), or
    /// a file of its own
    #[arg(long, value_name = "even-odd|random|FILE", default_value = "random")]
    calibrate: String,
    /// For whom the promise holds: all rows on average, each class, or clusters of like classes
    #[arg(long, value_enum, default_value_t = For::All)]
    coverage: For,
    /// With one threshold per class or group: those with fewer rows take the fallback [default:
    /// 1/alpha - 1]
    #[arg(long, value_name = "ROWS")]
    min_rows: Option<usize>,
    /// What classes or groups with too few rows take: the threshold of all such together, that of
    /// all rows (no promise for them), or none (they are in every set)
    #[arg(long, value_enum, default_value_t = FallbackName::Pooled)]
    fallback: FallbackName,
    /// Column of a group known beforehand; the promise then holds for each group
    #[arg(long, value_name = "COLUMN")]
    group: Option<String>,
    /// Draws the random halves, the randomised scores and the clusters
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Do not randomise aps and raps: wider sets that do not depend on the seed
    #[arg(long)]
    fixed: bool,
    /// Put the most probable class into empty sets
    #[arg(long)]
    fill_empty: bool,
    /// raps: cost of each rank beyond the free ones [default: tuned on a fifth of the rows]
    #[arg(long, requires = "free_ranks")]
    penalty: Option<f64>,
    /// raps: ranks without cost
    #[arg(long, requires = "penalty")]
    free_ranks: Option<usize>,
    /// Write the set of each checked row to this CSV file
    #[arg(long, value_name = "FILE")]
    sets: Option<String>,
}

/// Scores by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    /// 1 - p: the smallest sets
    Lac,
    /// Mass of the more probable classes: larger sets for harder rows
    Aps,
    /// aps with a cost on unlikely classes
    Raps,
    /// Rank of the class: sets of one size
    TopK,
}

/// For whom the promise holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum For {
    /// All rows, on average
    All,
    /// The rows of each class
    PerClass,
    /// The rows of each cluster of classes
    Clustered,
}

/// What classes or groups with too few rows take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FallbackName {
    /// The threshold of all such classes together
    Pooled,
    /// The threshold of all rows
    Marginal,
    /// None: they are in every set
    Always,
}

impl Args {
    fn condition(&self) -> Result<Condition, OfflineError> {
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return Err(OfflineError::Usage(format!(
                "--alpha is {}, must lie between 0 and 1",
                self.alpha
            )));
        }
        let fallback = match self.fallback {
            FallbackName::Pooled => Fallback::Pooled,
            FallbackName::Marginal => Fallback::Marginal,
            FallbackName::Always => Fallback::Always,
        };
        let min_rows = self.min_rows.unwrap_or_else(|| least_rows(self.alpha));
        let each = Condition::PerClass { min_rows, fallback };
        match (self.coverage, &self.group) {
            (For::All, None) => Ok(Condition::Marginal),
            (For::All, Some(_)) | (For::PerClass, None) => Ok(each),
            (For::Clustered, None) => Ok(Condition::Clustered { seed: self.seed }),
            (For::PerClass | For::Clustered, Some(_)) => Err(OfflineError::Usage(
                "--group and --coverage exclude each other; leave one out".to_owned(),
            )),
        }
    }

    fn draws(&self) -> Draws {
        if self.fixed { Draws::Fixed } else { Draws::Seeded(self.seed) }
    }

    /// The score, and the rows left to set thresholds after tuning it.
    fn score(&self, fit: Probabilities) -> Result<(Score, Probabilities), OfflineError> {
        let score = match (self.method, self.penalty, self.free_ranks) {
            (Method::Lac, ..) => Score::Lac,
            (Method::Aps, ..) => Score::Aps,
            (Method::TopK, ..) => Score::TopK,
            (Method::Raps, Some(penalty), Some(free_ranks)) => Score::Raps { penalty, free_ranks },
            (Method::Raps, ..) => {
                let (rest, tuning): (Vec<usize>, Vec<usize>) =
                    (0..fit.len()).partition(|i| i % 5 != 4);
                if tuning.is_empty() {
                    return Err(OfflineError::Usage(
                        "raps is tuned on a fifth of the calibration rows, which are too few; give \
                         --penalty and --free-ranks"
                            .to_owned(),
                    ));
                }
                let tuning = fit.select(&tuning);
                let score = tune_raps(&tuning.matrix()?, &tuning.labels, self.alpha, self.draws())?;
                return Ok((score, fit.select(&rest)));
            }
        };
        Ok((score, fit))
    }
}

/// Groups of both halves as numbers, and their names.
fn groups(fit: &Probabilities, test: &Probabilities) -> (Vec<u32>, Vec<u32>, Vec<String>) {
    let mut codes: BTreeMap<&str, u32> = BTreeMap::new();
    for name in fit.extra.iter().chain(&test.extra) {
        codes.insert(name, 0);
    }
    codes.values_mut().enumerate().for_each(|(i, code)| *code = i as u32);
    let code = |rows: &Probabilities| rows.extra.iter().map(|g| codes[g.as_str()]).collect();
    let names = codes.keys().map(|&name| name.to_owned()).collect();
    (code(fit), code(test), names)
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let condition = args.condition()?;
    let extra = args.group.as_deref().map(|name| ("--group", name));
    let all = Probabilities::read(&args.input, extra)?;
    all.check_labels(&args.input.file)?;
    let Split { fit, test } = Split::new(all, &args.calibrate, args.seed, &args.input, extra)?;
    let (score, fit) = args.score(fit)?;
    let options = Options { score, alpha: args.alpha, draws: args.draws(), condition };
    let (own, other, names) = groups(&fit, &test);
    let (fitted, sets) = if args.group.is_some() {
        let fitted =
            SplitConformal::fit_groups(&fit.matrix()?, &fit.labels, &own, names.len(), &options)?;
        let sets = fitted.sets_of_groups(&test.matrix()?, &other)?;
        (fitted, sets)
    } else {
        let fitted = SplitConformal::fit(&fit.matrix()?, &fit.labels, &options)?;
        let sets = fitted.sets(&test.matrix()?)?;
        (fitted, sets)
    };
    let sets = if args.fill_empty { sets.filled(&test.matrix()?)? } else { sets };
    if let Some(path) = &args.sets {
        write_sets(path, &test, &sets)?;
    }
    let coverage = sets.coverage(&test.labels)?;
    let names = if args.group.is_some() { &names } else { &test.classes };
    Ok(report(args, score, &fitted, &fit, &test, &coverage, names))
}

fn write_sets(path: &str, test: &Probabilities, sets: &PredictionSets) -> Result<(), OfflineError> {
    let io = |source: std::io::Error| OfflineError::Io { file: path.to_owned(), source };
    let mut writer = csv::Writer::from_path(path).map_err(|error| io(error.into()))?;
    writer.write_record(["row", "label", "set"]).map_err(|error| io(error.into()))?;
    for i in 0..test.len() {
        let names: Vec<&str> = sets.set(i).iter().map(|&class| test.class(class)).collect();
        let label = test.class(test.labels[i]);
        writer
            .write_record([test.rows[i].to_string().as_str(), label, &names.join("|")])
            .map_err(|error| io(error.into()))?;
    }
    writer.flush().map_err(io)
}

fn report(
    args: &Args,
    score: Score,
    fitted: &SplitConformal,
    fit: &Probabilities,
    test: &Probabilities,
    coverage: &Coverage,
    names: &[String],
) -> Report {
    let marginal = matches!(fitted.options().condition, Condition::Marginal);
    let thresholds: Vec<_> = fitted
        .categories()
        .iter()
        .zip(names)
        .map(|(c, name)| {
            json!({ "name": name, "rows": c.rows, "threshold": c.threshold, "fell_back": c.fell_back })
        })
        .collect();
    let class = |c: &ClassCoverage| {
        json!({
            "class": test.class(c.class), "rows": c.rows, "covered": c.covered,
            "coverage": c.coverage, "interval": [c.interval.0, c.interval.1],
        })
    };
    let raps = match score {
        Score::Raps { penalty, free_ranks } => {
            json!({ "penalty": penalty, "free_ranks": free_ranks })
        }
        _ => json!(null),
    };
    let mut report = Report::new(json!({
        "method": format!("{:?}", args.method).to_lowercase(),
        "alpha": args.alpha,
        "calibrate": args.calibrate,
        "seed": args.seed,
        "randomised": matches!(args.method, Method::Aps | Method::Raps) && !args.fixed,
        "raps": raps,
        "calibration_rows": fit.len(),
        "test_rows": test.len(),
        // Infinite thresholds are null: every class is in the set.
        "threshold": if marginal { json!(fitted.threshold(0)) } else { json!(null) },
        "thresholds": if marginal { json!([]) } else { json!(thresholds) },
        "coverage": coverage.coverage,
        "interval": [coverage.interval.0, coverage.interval.1],
        "mean_size": coverage.mean_size,
        "empty_share": coverage.empty_share,
        "single_share": coverage.single_share,
        "sizes": coverage.sizes,
        "worst_class": class(&coverage.classes[coverage.worst]),
        "classes": coverage.classes.iter().map(class).collect::<Vec<_>>(),
    }));
    tables(&mut report, coverage, test);
    words(&mut report, args, fitted, fit, coverage, names, marginal);
    report
}

fn tables(report: &mut Report, coverage: &Coverage, test: &Probabilities) {
    let mut worst: Vec<&ClassCoverage> = coverage.classes.iter().collect();
    worst.sort_by(|a, b| a.coverage.total_cmp(&b.coverage));
    let rows = worst.iter().take(10).map(|c| {
        vec![
            test.class(c.class).to_owned(),
            c.rows.to_string(),
            format!("{:.3}", c.coverage),
            interval(c.interval),
        ]
    });
    report.table(&["class (least covered first)", "rows", "coverage", "95 % interval"], rows);
}

fn words(
    report: &mut Report,
    args: &Args,
    fitted: &SplitConformal,
    fit: &Probabilities,
    coverage: &Coverage,
    names: &[String],
    marginal: bool,
) {
    if marginal {
        let q = fitted.threshold(0).unwrap_or(f64::INFINITY);
        report.say(format!("Threshold {q:.6} from {} calibration rows.", fit.len()));
    }
    report.say(format!(
        "Of {} checked rows {:.4} ({}) have the truth in their set, {:.4} asked for. Mean size {:.3}; \
         {:.1} % of sets are empty, {:.1} % hold one class.",
        coverage.rows,
        coverage.coverage,
        interval(coverage.interval),
        1.0 - args.alpha,
        coverage.mean_size,
        100.0 * coverage.empty_share,
        100.0 * coverage.single_share,
    ));
    let fell: Vec<&str> = fitted
        .categories()
        .iter()
        .zip(names)
        .filter(|(c, _)| c.fell_back)
        .map(|(_, name)| name.as_str())
        .collect();
    if !fell.is_empty() {
        let more = if fell.len() > 8 { ", …" } else { "" };
        let shown: Vec<&str> = fell.iter().take(8).copied().collect();
        report.say(format!("Too few rows of their own: {}{more}.", shown.join(", ")));
    }
    if !fitted.categories().iter().any(|c| c.threshold.is_finite()) {
        report.say(format!(
            "No threshold is finite: give at least {} calibration rows.",
            least_rows(args.alpha)
        ));
    }
    let worst = &coverage.classes[coverage.worst];
    if marginal && worst.interval.1 < 1.0 - args.alpha {
        report.say(format!(
            "Class by class the promise does not hold (least {}): add --coverage per-class, or \
             clustered where classes have few rows.",
            four(worst.coverage)
        ));
    }
    report.say(
        "Act on sets of one class, send empty ones (nothing fits) and larger ones to a person.",
    );
}

#[cfg(test)]
mod tests;
