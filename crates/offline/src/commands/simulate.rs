//! `simulate`: how many reviews would active learning have saved on rows that are labelled already?

mod figure;
mod load;
mod svg;
mod terminal;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tandem_learn::active::Strategy;
use tandem_learn::simulate::{
    Estimate, Metric, Options, Set, Simulation, mean_curve, paired_ratio, paired_saving,
    run as replay,
};

use crate::{OfflineError, Report};
use figure::{Figure, Series};
use load::Data;

/// Replays a labelled data set with simulated reviewers, and tells how many labels each strategy
/// would have needed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV or JSONL file of labelled rows to choose from; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub train: String,
    /// File of labelled rows to score on; without it three tenths of the first are held out
    #[arg(long, value_name = "FILE")]
    pub test: Option<String>,
    /// Column of the label
    #[arg(long, value_name = "COLUMN", default_value = "label")]
    pub label: String,
    /// Column of a text
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// Columns of numbers, separated by commas (embeddings, measurements, pixels); `a..b` names
    /// all from column a to column b
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Columns of categories, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub categories: Vec<String>,
    /// What to make of the text: single words, or words, pairs of words and pieces of words
    #[arg(long, value_name = "KIND", default_value = "words", value_parser = ["words", "full"])]
    pub text_features: String,
    /// Strategies to replay, separated by commas: random, least-confidence, margin, entropy,
    /// vote-entropy, bald, density, core-set, badge, typical, auto. Random is always replayed too
    #[arg(long, value_name = "NAMES", value_delimiter = ',', default_value = "auto,margin")]
    pub strategy: Vec<String>,
    /// Labels before the first model [default: two a class, at least 20]
    #[arg(long, value_name = "LABELS")]
    pub seed_size: Option<usize>,
    /// Labels between models [default: two a class, at least 10]
    #[arg(long, value_name = "LABELS")]
    pub batch: Option<usize>,
    /// Replays of each strategy
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub seeds: u32,
    /// Seed of the first replay; the others follow
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub seed: u64,
    /// Labels at which a replay ends [default: all rows, at most 100 batches]
    #[arg(long, value_name = "LABELS")]
    pub max_labels: Option<usize>,
    /// Probability that a reviewer gives the right label; otherwise any other, each alike
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    pub reviewer_accuracy: f64,
    /// What is measured: accuracy, macro-f1, or f1:LABEL for the F1 of one label
    #[arg(long, value_name = "NAME", default_value = "accuracy")]
    pub metric: String,
    /// Share of the score with all labels that counts as arrived
    #[arg(long, value_name = "SHARE", default_value_t = 0.9)]
    pub share: f64,
    /// What one review costs, to tell what the strategies cost
    #[arg(long, value_name = "MONEY")]
    pub review_cost: Option<f64>,
    /// Draw the learning curves into this SVG file
    #[arg(long, value_name = "FILE")]
    pub plot: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let strategies = strategies(args)?;
    check(args)?;
    let data = load::load(args)?;
    let metric = metric(args, &data)?;
    let options = options(args, &data, metric);
    let mut runs = Vec::with_capacity(strategies.len());
    let bar = progress_bar(strategies.len(), &options, data.pool.1.len());
    for (i, &strategy) in strategies.iter().enumerate() {
        bar.set_message(strategy.name());
        runs.push((strategy, one(&data, &Options { strategy, ..options }, i, &bar)?));
    }
    bar.finish_and_clear();
    let figure = figure(args, &runs);
    if let Some(file) = &args.plot {
        let io = |source| OfflineError::Io { file: file.clone(), source };
        std::fs::write(file, svg::draw(&figure)).map_err(io)?;
    }
    let mut report = Report::new(document(args, &data, &options, &runs));
    tell(&mut report, args, &data, &runs, &figure);
    Ok(report)
}

/// The strategies asked for, each once, and random, which all are measured against.
fn strategies(args: &Args) -> Result<Vec<Strategy>, OfflineError> {
    let mut out = Vec::new();
    for name in args.strategy.iter().map(|name| name.trim()).chain(["random"]) {
        let strategy = name.parse::<Strategy>().map_err(|_| {
            let names: Vec<&str> = Strategy::ALL.iter().map(|e| e.1).collect();
            let names = names.join(", ");
            OfflineError::Usage(format!("there is no strategy `{name}`; --strategy takes {names}"))
        })?;
        if !out.contains(&strategy) {
            out.push(strategy);
        }
    }
    Ok(out)
}

fn check(args: &Args) -> Result<(), OfflineError> {
    let usage = |message: &str| Err(OfflineError::Usage(message.to_owned()));
    let share = |x: f64| x > 0.0 && x <= 1.0;
    if args.seeds == 0 || args.seed_size == Some(0) || args.batch == Some(0) {
        return usage("--seeds, --seed-size and --batch must be at least 1");
    }
    if !share(args.reviewer_accuracy) {
        return usage("--reviewer-accuracy must be above 0 and at most 1, such as 0.95");
    }
    if !share(args.share) {
        return usage("--share must be above 0 and at most 1, such as 0.9");
    }
    if args.review_cost.is_some_and(|cost| !(cost.is_finite() && cost >= 0.0)) {
        return usage("--review-cost must be a number that is not negative");
    }
    Ok(())
}

fn metric(args: &Args, data: &Data) -> Result<Metric, OfflineError> {
    match args.metric.as_str() {
        "accuracy" => Ok(Metric::Accuracy),
        "macro-f1" => Ok(Metric::MacroF1),
        other => {
            let Some(label) = other.strip_prefix("f1:") else {
                let message = "--metric must be accuracy, macro-f1 or f1:LABEL";
                return Err(OfflineError::Usage(message.to_owned()));
            };
            data.classes.get(label).map(Metric::F1).ok_or_else(|| {
                let message = format!("--metric {other}: no row has the label `{label}`");
                OfflineError::Usage(message)
            })
        }
    }
}

/// The metric in words.
fn metric_name(args: &Args) -> String {
    match args.metric.strip_prefix("f1:") {
        Some(label) => format!("F1 of {label}"),
        None => args.metric.replace("macro-f1", "mean F1 of the classes"),
    }
}

fn options(args: &Args, data: &Data, metric: Metric) -> Options {
    let (rows, classes) = (data.pool.1.len(), data.classes.len());
    let first = args.seed_size.unwrap_or_else(|| (2 * classes).max(20)).min(rows);
    let batch = args.batch.unwrap_or_else(|| (2 * classes).max(10));
    let most = args.max_labels.unwrap_or_else(|| batch.saturating_mul(100).saturating_add(first));
    Options {
        most: most.max(first).min(rows),
        share: args.share,
        seed: args.seed,
        reviewer_accuracy: args.reviewer_accuracy,
        metric,
        ..Options::new(Strategy::Random, first, batch, args.seeds)
    }
}

fn progress_bar(strategies: usize, options: &Options, rows: usize) -> ProgressBar {
    let most = options.most.min(rows) as u64;
    let bar = ProgressBar::new(strategies as u64 * u64::from(options.seeds) * most);
    let style = ProgressStyle::with_template("{msg:16} {wide_bar} {percent:>3} %  {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn one(
    data: &Data,
    options: &Options,
    number: usize,
    bar: &ProgressBar,
) -> Result<Simulation, OfflineError> {
    let pool = Set { rows: &data.pool.0, labels: &data.pool.1 };
    let test = Set { rows: &data.test.0, labels: &data.test.1 };
    let before = number as u64 * u64::from(options.seeds);
    let told = &mut |p: tandem_learn::simulate::Progress| {
        bar.set_position((before + u64::from(p.done)) * p.most as u64 + p.labels as u64);
    };
    Ok(replay(pool, test, data.classes.len(), options, told)?)
}

fn figure(args: &Args, runs: &[(Strategy, Simulation)]) -> Figure {
    let series = runs.iter().map(|(strategy, run)| Series {
        name: strategy.name().to_owned(),
        points: mean_curve(&run.curves)
            .iter()
            .map(|m| (m.labels as f64, m.score, m.interval.0, m.interval.1))
            .collect(),
        band: run.curves.len() > 1,
        mark: run.labels_to_goal().map(|l| l.mean),
    });
    let (full, goal) = runs.first().map_or((0.0, 0.0), |(_, run)| (run.full, run.goal));
    let percent = 100.0 * args.share;
    Figure {
        title: format!("Labels against {}", metric_name(args)),
        x: "labels".to_owned(),
        y: format!("{} on the test rows", metric_name(args)),
        series: series.collect(),
        lines: vec![
            (full, format!("all labels: {full:.3}")),
            (goal, format!("{percent:.0} % of it: {goal:.3}")),
        ],
    }
}

fn random(runs: &[(Strategy, Simulation)]) -> Option<&Simulation> {
    runs.iter().find(|run| run.0 == Strategy::Random).map(|run| &run.1)
}

fn document(args: &Args, data: &Data, options: &Options, runs: &[(Strategy, Simulation)]) -> Value {
    let (full, goal) = runs.first().map_or((0.0, 0.0), |(_, run)| (run.full, run.goal));
    json!({
        "train": args.train,
        "test": args.test,
        "pool_rows": data.pool.1.len(),
        "test_rows": data.test.1.len(),
        "features": data.pool.0.columns(),
        "classes": data.classes.names(),
        "metric": args.metric,
        "full_score": full,
        "share": args.share,
        "goal": goal,
        "seed_size": options.first,
        "batch": options.batch,
        "max_labels": options.most,
        "seeds": args.seeds,
        "seed": args.seed,
        "reviewer_accuracy": args.reviewer_accuracy,
        "review_cost": args.review_cost,
        "strategies": runs.iter().map(|(s, run)| strategy_document(args, *s, run, random(runs))).collect::<Vec<_>>(),
        "plot": args.plot,
    })
}

fn strategy_document(
    args: &Args,
    strategy: Strategy,
    run: &Simulation,
    random: Option<&Simulation>,
) -> Value {
    let curve: Vec<Value> = mean_curve(&run.curves)
        .iter()
        .map(|m| {
            json!({ "labels": m.labels, "score": m.score, "interval": m.interval, "error": m.error })
        })
        .collect();
    let replays: Vec<Value> = run
        .curves
        .iter()
        .map(|c| {
            let points: Vec<Value> = c
                .points
                .iter()
                .map(|p| json!({ "labels": p.labels, "score": p.score, "error": p.error, "classes_seen": p.classes_seen }))
                .collect();
            json!({ "seed": c.seed, "labels_to_goal": c.to_goal, "points": points })
        })
        .collect();
    let labels = run.labels_to_goal();
    let saved = random.and_then(|random| paired_saving(run, random).ok());
    let ratio = random.and_then(|random| paired_ratio(run, random).ok());
    let cost = args.review_cost.and_then(|cost| labels.map(|l| l.mean * cost));
    json!({
        "strategy": strategy.name(),
        "replays_that_reached_the_goal": reached(run),
        "labels_to_goal": labels.map(estimate),
        "saved_against_random": saved.map(estimate),
        "ratio_to_random": ratio.map(estimate),
        "cost_to_goal": cost,
        "curve": curve,
        "replays": replays,
    })
}

/// The interval is null where one seed leaves it open.
fn estimate(e: Estimate) -> Value {
    json!({ "mean": e.mean, "interval": (e.seeds > 1).then_some([e.interval.0, e.interval.1]) })
}

fn reached(run: &Simulation) -> usize {
    run.curves.iter().filter(|c| c.to_goal.is_some()).count()
}

fn tell(
    report: &mut Report,
    args: &Args,
    data: &Data,
    runs: &[(Strategy, Simulation)],
    figure: &Figure,
) {
    let (full, goal) = runs.first().map_or((0.0, 0.0), |(_, run)| (run.full, run.goal));
    let percent = 100.0 * args.share;
    report.say(format!(
        "{} rows to choose from, {} to score on, {} classes, {} features. With all labels the \
         {} is {full:.3}; {percent:.0} % of that is {goal:.3}.",
        data.pool.1.len(),
        data.test.1.len(),
        data.classes.len(),
        data.pool.0.columns(),
        metric_name(args),
    ));
    summary_table(report, args, runs);
    curve_table(report, runs);
    report.say(terminal::draw(figure, 72, 18));
    if let Some(file) = &args.plot {
        report.say(format!("The curves are drawn in {file}."));
    }
    for sentence in meaning(args, runs) {
        report.say(sentence);
    }
}

fn summary_table(report: &mut Report, args: &Args, runs: &[(Strategy, Simulation)]) {
    let labels = format!("labels to {:.0} %", 100.0 * args.share);
    let mut head =
        vec!["strategy", &labels, "95 % interval", "saved against random", "error at the end"];
    if args.review_cost.is_some() {
        head.push("cost");
    }
    let interval = |e: &Estimate| match e.seeds {
        1 => "one seed".to_owned(),
        _ => format!("{:.0} to {:.0}", e.interval.0.max(0.0), e.interval.1),
    };
    let rows = runs.iter().map(|(strategy, run)| {
        let labels = run.labels_to_goal();
        let missed = || format!("{} of {} reached it", reached(run), run.curves.len());
        let saved = random(runs).and_then(|r| paired_saving(run, r).ok());
        let saved = saved.zip(random(runs).and_then(Simulation::labels_to_goal));
        let error = mean_curve(&run.curves).last().map_or(0.0, |m| m.error);
        let mut row = vec![
            strategy.name().to_owned(),
            labels.map_or_else(missed, |l| format!("{:.0}", l.mean)),
            labels.as_ref().map_or("-".to_owned(), interval),
            saved.map_or("-".to_owned(), |(s, all)| {
                format!("{:.0} ({:.0} %)", s.mean, 100.0 * s.mean / all.mean)
            }),
            format!("{error:.3}"),
        ];
        if let Some(cost) = args.review_cost {
            row.push(labels.map_or("-".to_owned(), |l| format!("{:.2}", cost * l.mean)));
        }
        row
    });
    report.table(&head, rows.collect::<Vec<_>>());
}

/// Scores at about eight numbers of labels.
fn curve_table(report: &mut Report, runs: &[(Strategy, Simulation)]) {
    const COLUMNS: usize = 8;
    let curves: Vec<_> = runs.iter().map(|(s, run)| (s.name(), mean_curve(&run.curves))).collect();
    let points = curves.iter().map(|c| c.1.len()).min().unwrap_or(0);
    // Closer at the start, where curves rise.
    let at = |i: usize| {
        let part = i as f64 / (COLUMNS - 1) as f64;
        (part * part * (points.saturating_sub(1)) as f64).round() as usize
    };
    let mut columns: Vec<usize> = (0..COLUMNS).map(at).collect();
    columns.dedup();
    columns.retain(|&i| i < points);
    let Some((_, first)) = curves.first() else { return };
    let mut head = vec!["labels".to_owned()];
    head.extend(columns.iter().map(|&i| first[i].labels.to_string()));
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    let rows = curves.iter().map(|(name, curve)| {
        let mut row = vec![(*name).to_owned()];
        row.extend(columns.iter().map(|&i| format!("{:.3}", curve[i].score)));
        row
    });
    report.table(&head, rows.collect::<Vec<_>>());
}

/// What the numbers mean, and what to do next.
fn meaning(args: &Args, runs: &[(Strategy, Simulation)]) -> Vec<String> {
    let needed = |run: &Simulation| run.labels_to_goal().map(|l| l.mean);
    let mut known: Vec<(f64, Strategy, &Simulation)> =
        runs.iter().filter_map(|(s, run)| Some((needed(run)?, *s, run))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(labels, best, run)) = known.first() else {
        return vec![
            "No strategy reached the goal in every replay: raise --max-labels, or give more rows."
                .to_owned(),
        ];
    };
    let mut out = Vec::new();
    match random(runs).and_then(|random| paired_saving(run, random).ok()) {
        _ if best == Strategy::Random => out.push(
            "No strategy needed fewer labels than chance on these rows: label at random, or give \
             features that tell the classes apart better."
                .to_owned(),
        ),
        Some(saved) if saved.seeds == 1 || saved.interval.0 > 0.0 => {
            let money = args
                .review_cost
                .map_or(String::new(), |cost| format!(" and {:.2} of cost", cost * saved.mean));
            out.push(format!(
                "{best} would have got there with {labels:.0} labels, saving {:.0} reviews{money} \
                 against labelling at random.",
                saved.mean
            ));
        }
        Some(_) => out.push(format!(
            "{best} needed the fewest labels, but over these replays its lead on chance may be \
             luck: raise --seeds."
        )),
        None => out.push(format!(
            "{best} would have got there with {labels:.0} labels; labelling at random did not in \
             every replay, so its saving is larger than these replays show."
        )),
    }
    out.push(
        "Intervals are over the seeds of the replays, on these test rows. In use, keep a random \
         audit slice of 5 to 10 %: only it tells how good the model is."
            .to_owned(),
    );
    out
}

#[cfg(test)]
mod tests;
