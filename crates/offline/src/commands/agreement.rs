//! `agreement`: how far people agree beyond chance.

use std::collections::HashMap;

use serde_json::{Value, json};
use tandem_learn::agreement::{
    self, Agreement, Bootstrap, Interval, Measure, Metric, Repeats, Triples, Weights,
};

use crate::intern::Interner;
use crate::table::Table;
use crate::{OfflineError, Report};

/// Most pairs of ratings within tasks for which Cohen's kappa of each pair of people is computed.
const PAIRS: u64 = 20_000_000;
/// Shared tasks from which a pair of people counts.
const SHARED: usize = 10;
/// People shown in the text.
const SHOWN: usize = 10;

/// What a difference between two labels means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scale {
    /// Labels are equal or not
    Nominal,
    /// Labels have an order
    Ordinal,
    /// Labels are numbers; differences count
    Interval,
    /// Labels are numbers with a true zero; proportions count
    Ratio,
}

/// Which answer counts if one person answered one task more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Repeated {
    /// The first
    First,
    /// The last
    Last,
    /// All, as if by different people
    Keep,
}

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV or JSONL file with a row per answer; `-` for standard input
    #[arg(value_name = "ANSWERS")]
    file: String,
    /// Column that names the task
    #[arg(long, default_value = "task")]
    task: String,
    /// Column that names the person
    #[arg(long, default_value = "worker")]
    worker: String,
    /// Column of the answer
    #[arg(long, default_value = "label")]
    label: String,
    /// What a difference between two labels means
    #[arg(long, value_enum, default_value = "nominal")]
    metric: Scale,
    /// Labels from lowest to highest, for `--metric ordinal` with labels that are no numbers
    #[arg(long, value_delimiter = ',', value_name = "LABELS")]
    order: Vec<String>,
    /// Which answer counts if one person answered one task more than once
    #[arg(long, value_enum, default_value = "first")]
    repeats: Repeated,
    /// Resamples of tasks for the intervals; 0 for none
    #[arg(long, default_value_t = 1000)]
    resamples: usize,
    /// Certainty of the intervals
    #[arg(long, default_value_t = 0.95)]
    certainty: f64,
    /// Seed of the resamples
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    if !args.order.is_empty() && args.metric != Scale::Ordinal {
        return Err(OfflineError::Usage("--order needs --metric ordinal".to_owned()));
    }
    let answers = Answers::read(Table::open(&args.file)?, args)?;
    let triples = Triples {
        units: &answers.units,
        raters: &answers.raters,
        values: &answers.values,
        n_values: answers.levels.len(),
    };
    let repeats = match args.repeats {
        Repeated::First => Repeats::First,
        Repeated::Last => Repeats::Last,
        Repeated::Keep => Repeats::Keep,
    };
    let table = agreement::Table::from_triples(&triples, repeats)?;
    let table = table.with_levels(answers.levels.clone())?;
    let bootstrap =
        Bootstrap { resamples: args.resamples, delta: 1.0 - args.certainty, seed: args.seed };
    let mut figures = Vec::new();
    for (key, name, which) in measures(args.metric) {
        let found = match agreement::measure(&table, which) {
            Ok(found) => found,
            // Too many values for a weighted figure that was not asked for.
            Err(_) if key == "gwet" => continue,
            Err(error) => return Err(error.into()),
        };
        let interval = match args.resamples {
            0 => None,
            _ => agreement::bootstrap(&table, which, &bootstrap)?,
        };
        figures.push(Figure { key, name, found, interval });
    }
    let cohen = cohen(&triples, args.metric);
    let people = agreement::raters(&triples).unwrap_or_default();
    let mut json = json!({
        "answers": answers.units.len(),
        "repeats_dropped": table.repeats(),
        "tasks": table.units(),
        "tasks_with_two_answers": table.paired_units(),
        "workers": answers.workers.len(),
        "labels": answers.levels.len(),
        "metric": format!("{:?}", args.metric).to_lowercase(),
        "certainty": args.certainty,
    });
    for figure in &figures {
        json[figure.key] = figure.json();
    }
    json["cohen"] = cohen.map_or(Value::Null, |c| json!({ "mean": c.0, "pairs": c.1 }));
    let each = people.iter().enumerate().map(|(i, p)| {
        json!({
            "worker": answers.workers.name(i as u32),
            "tasks": p.units,
            "shared_tasks": p.shared,
            "raw_agreement": p.raw,
            "kappa": p.kappa.ok(),
        })
    });
    json["by_worker"] = each.collect();
    let mut report = Report::new(json);
    write(&mut report, args, &answers, &table, &figures, cohen, &people);
    Ok(report)
}

fn measures(metric: Scale) -> [(&'static str, &'static str, Measure); 4] {
    let alpha = match metric {
        Scale::Nominal => Metric::Nominal,
        Scale::Ordinal => Metric::Ordinal,
        Scale::Interval => Metric::Interval,
        Scale::Ratio => Metric::Ratio,
    };
    let gwet = match metric {
        Scale::Nominal => ("gwet", "Gwet's AC1", Measure::Gwet(Weights::Identity)),
        _ => ("gwet", "Gwet's AC2, quadratic weights", Measure::Gwet(Weights::Quadratic)),
    };
    [
        ("alpha", "Krippendorff's alpha", Measure::Krippendorff(alpha)),
        ("fleiss", "Fleiss' kappa", Measure::Fleiss),
        gwet,
        ("raw", "raw agreement", Measure::Raw),
    ]
}

struct Figure {
    key: &'static str,
    name: &'static str,
    found: Agreement,
    interval: Option<Interval>,
}

impl Figure {
    fn json(&self) -> Value {
        json!({
            "value": self.found.value.ok(),
            "undefined": self.found.value.err().map(|why| why.to_string()),
            "observed": self.found.observed,
            "expected": self.found.expected,
            "low": self.interval.map(|i| i.low),
            "high": self.interval.map(|i| i.high),
            "standard_error": self.interval.map(|i| i.standard_error),
        })
    }

    fn row(&self) -> Vec<String> {
        let value = self.found.value.map_or_else(|why| why.to_string(), |x| format!("{x:.4}"));
        let interval =
            self.interval.map_or_else(String::new, |i| format!("{:.4} to {:.4}", i.low, i.high));
        vec![self.name.to_owned(), value, interval]
    }
}

/// Mean of Cohen's kappa over pairs of people, and their number; `None` where it has no value or
/// would cost too much.
fn cohen(triples: &Triples<'_>, metric: Scale) -> Option<(f64, usize)> {
    let mut sizes = vec![0_u64; triples.units.iter().max().map_or(0, |&u| u as usize + 1)];
    triples.units.iter().for_each(|&u| sizes[u as usize] += 1);
    if sizes.iter().map(|n| n * n.saturating_sub(1) / 2).sum::<u64>() > PAIRS {
        return None;
    }
    let weights = if metric == Scale::Nominal { Weights::Identity } else { Weights::Quadratic };
    let pairs = agreement::cohen_pairs(triples, weights, SHARED).ok()?;
    let values: Vec<f64> = pairs.iter().filter_map(|p| p.agreement.value.ok()).collect();
    (!values.is_empty()).then(|| (values.iter().sum::<f64>() / values.len() as f64, values.len()))
}

/// Columns of the file as numbers; values by ascending level.
struct Answers {
    units: Vec<u32>,
    raters: Vec<u32>,
    values: Vec<u32>,
    levels: Vec<f64>,
    workers: Interner,
}

impl Answers {
    fn read(mut table: Table, args: &Args) -> Result<Self, OfflineError> {
        let task = table.column("--task", &args.task)?;
        let worker = table.column("--worker", &args.worker)?;
        let label = table.column("--label", &args.label)?;
        let (mut tasks, mut workers, mut labels) =
            (Interner::default(), Interner::default(), Interner::default());
        for name in &args.order {
            labels.code(name.trim());
        }
        let named = args.metric == Scale::Nominal || !args.order.is_empty();
        let mut numbers: HashMap<u64, u32> = HashMap::new();
        let mut levels: Vec<f64> = Vec::new();
        let (mut units, mut raters, mut values) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(row) = table.next()? {
            units.push(tasks.code(row.text(task)?));
            raters.push(workers.code(row.text(worker)?));
            if named {
                let text = row.text(label)?;
                let code = labels.code(text.trim());
                if !args.order.is_empty() && code as usize >= args.order.len() {
                    return Err(row.wrong(label, format!("`{text}` is not among --order")));
                }
                values.push(code);
                continue;
            }
            let number = row.number(label).map_err(|_| {
                let text = row.get(label).unwrap_or_default();
                let mend = match args.metric {
                    Scale::Ordinal => "; say `--order LOW,…,HIGH` for labels that are no numbers",
                    _ => "; drop the row, or use --metric nominal",
                };
                row.wrong(label, format!("`{text}` is no finite number{mend}"))
            })?;
            if args.metric == Scale::Ratio && number < 0.0 {
                return Err(row.wrong(
                    label,
                    format!(
                        "`{number}` is negative, which no ratio scale has; use --metric interval"
                    ),
                ));
            }
            // Minus zero is zero.
            let next = levels.len() as u32;
            values.push(*numbers.entry((number + 0.0).to_bits()).or_insert_with(|| {
                levels.push(number + 0.0);
                next
            }));
        }
        if units.is_empty() {
            return Err(table.wrong("there is no answer; give at least one row"));
        }
        if named {
            levels = (0..labels.len()).map(|k| k as f64).collect();
        }
        let mut answers = Self { units, raters, values, levels, workers };
        answers.sort();
        Ok(answers)
    }

    /// Numbers the values by ascending level.
    fn sort(&mut self) {
        let mut order: Vec<u32> = (0..self.levels.len() as u32).collect();
        order
            .sort_unstable_by(|&a, &b| self.levels[a as usize].total_cmp(&self.levels[b as usize]));
        let mut place = vec![0; order.len()];
        for (new, &old) in (0..).zip(&order) {
            place[old as usize] = new;
        }
        self.levels.sort_unstable_by(f64::total_cmp);
        for value in &mut self.values {
            *value = place[*value as usize];
        }
    }
}

fn write(
    report: &mut Report,
    args: &Args,
    answers: &Answers,
    table: &agreement::Table,
    figures: &[Figure],
    cohen: Option<(f64, usize)>,
    people: &[agreement::RaterAgreement],
) {
    report.say(format!(
        "{} answers by {} people to {} tasks ({} with at least two answers), {} labels.",
        table.ratings(),
        answers.workers.len(),
        table.units(),
        table.paired_units(),
        answers.levels.len(),
    ));
    if table.repeats() > 0 {
        let dropped = table.repeats();
        report.say(format!("{dropped} repeated answers by one person to one task do not count."));
    }
    let percent = format!("{} % interval", (args.certainty * 1000.0).round() / 10.0);
    let mut rows: Vec<Vec<String>> = figures.iter().map(Figure::row).collect();
    if let Some((mean, pairs)) = cohen {
        let name = format!("Cohen's kappa, mean of {pairs} pairs");
        rows.push(vec![name, format!("{mean:.4}"), String::new()]);
    }
    report.table(&["coefficient", "value", &percent], rows);
    let mut low: Vec<(usize, f64)> =
        people.iter().enumerate().filter_map(|(i, p)| Some((i, p.kappa.ok()?))).collect();
    low.retain(|p| people[p.0].shared >= SHARED);
    low.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    if low.len() > 2 {
        report.say("People who agree least with the others on the same tasks:");
        let rows = low.iter().take(SHOWN).map(|&(i, kappa)| {
            let shared = people[i].shared.to_string();
            vec![answers.workers.name(i as u32).to_owned(), shared, format!("{kappa:.4}")]
        });
        report.table(&["person", "shared tasks", "kappa"], rows);
    }
    report.say(match figures[0].found.value {
        Err(why) => format!(
            "Agreement beyond chance is undefined: {why}. Collect a second answer to some \
             tasks that differ."
        ),
        Ok(alpha) if alpha >= 0.8 => "Alpha of .8 or more: the labels can be relied on \
             (Krippendorff's rule of thumb)."
            .to_owned(),
        Ok(alpha) if alpha >= 0.667 => "Alpha between .667 and .8: good for tentative conclusions \
             only. Look at the labels that are confused and sharpen their definitions."
            .to_owned(),
        Ok(_) => "Alpha below .667: one person's label is not enough here. Sharpen the \
             definitions, look at the people above, and combine several answers \
             (`tandem learn aggregate`)."
            .to_owned(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;
    use std::io::Write as _;

    fn report(text: &str, options: &[&str]) -> Result<Report, OfflineError> {
        use clap::Parser as _;
        #[derive(Debug, clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: Args,
        }
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let line = ["agreement", &path].into_iter().chain(options.iter().copied());
        run(&Cli::try_parse_from(line).unwrap().args)
    }

    fn message(text: &str, options: &[&str]) -> String {
        report(text, options).unwrap_err().to_string()
    }

    /// Krippendorff's three-coder example.
    fn three_coders() -> String {
        let coders = ["*****3412113 3*3", "1*213343*******", "**21344*2113 3*4"];
        let mut text = "task,worker,label\n".to_owned();
        for (coder, row) in coders.iter().enumerate() {
            for (task, label) in row.replace(' ', "").chars().enumerate().filter(|c| c.1 != '*') {
                writeln!(text, "{task},{coder},{label}").unwrap();
            }
        }
        text
    }

    #[test]
    fn the_canonical_example_has_its_alphas() {
        for (metric, want) in [
            ("nominal", 0.691_358),
            ("ordinal", 0.806_721),
            ("interval", 0.810_845),
            ("ratio", 0.808_944),
        ] {
            let report = report(&three_coders(), &["--metric", metric]).unwrap();
            let alpha = report.json["alpha"]["value"].as_f64().unwrap();
            assert!((alpha - want).abs() < 5e-7, "{metric}: {alpha}");
            assert!(report.json["alpha"]["low"].as_f64().unwrap() < alpha);
            assert!(report.text.contains("Krippendorff's alpha"), "{}", report.text);
        }
    }

    #[test]
    fn orders_repeats_and_single_answers() {
        let text = "task,worker,label\na,x,low\na,y,mid\nb,x,high\nb,y,high\nb,y,low\nc,x,low\n";
        let options = ["--metric", "ordinal", "--order", "low,mid,high", "--resamples", "0"];
        let report = report(text, &options).unwrap();
        assert_eq!(report.json["repeats_dropped"], 1);
        assert_eq!(report.json["tasks_with_two_answers"], 2);
        assert!(report.json["alpha"]["value"].as_f64().unwrap() > 0.0);
        assert!(report.json["alpha"]["low"].is_null());
        assert!(report.text.contains("1 repeated answers"));
    }

    #[test]
    fn one_label_only_is_a_result_that_says_so() {
        let report = report("task,worker,label\na,x,1\na,y,1\n", &[]).unwrap();
        assert!(report.json["alpha"]["value"].is_null());
        assert_eq!(report.json["alpha"]["undefined"], "only one value was ever used");
        assert!(report.text.contains("undefined"));
        let alone = super::tests::report("task,worker,label\na,x,1\nb,y,2\n", &[]).unwrap();
        assert_eq!(alone.json["alpha"]["undefined"], "no unit has two ratings");
    }

    #[test]
    fn bad_input_names_its_place() {
        let text = "task,worker,label\na,x,1\na,y,good\n";
        let ordinal = message(text, &["--metric", "ordinal"]);
        assert!(ordinal.contains("line 3, column `label`: `good`"), "{ordinal}");
        assert!(ordinal.contains("--order"));
        assert!(message(text, &["--metric", "interval"]).contains("--metric nominal"));
        assert!(message(text, &["--label", "answer"]).contains("no column `answer`"));
        assert!(message(text, &["--order", "1,good"]).contains("--metric ordinal"));
        let order = ["--metric", "ordinal", "--order", "1,2"];
        assert!(message(text, &order).contains("`good` is not among --order"));
        assert!(message("task,worker,label\n", &[]).contains("no answer"));
        assert!(message("", &[]).contains("empty"));
        assert!(message("task,worker,label\na,x,\n", &[]).contains("line 2, column `label`"));
        let negative = "task,worker,label\na,x,-1\na,y,2\n";
        assert!(message(negative, &["--metric", "ratio"]).contains("negative"));
        assert!(message(text, &["--certainty", "1"]).contains("delta"));
    }
}
