//! Labels to 90 % of the full-data score by several strategies, paired with margin by seed.
//!
//! `cargo run --release -p tandem-learn --example paired_strategies [DATA,...] [STRATEGY,...] [SEEDS]
//! [FIRST SEED]` prints a Markdown table: mean labels with how many seeds reached the score, and
//! the mean ratio to margin, seed by seed, with its 95 % interval by Student's t. Every strategy
//! that cannot start without a model starts from the same rows, drawn by the seed. No set has
//! options of its own beyond first labels and batch.
#![expect(clippy::print_stdout, reason = "the figures are this program's purpose")]

#[expect(dead_code, reason = "shared with another example")]
#[path = "../bench_learn/data.rs"]
mod data;
mod tasks;

use std::time::Instant;

use tandem_learn::LearnError;
use tandem_learn::active::Strategy;
use tandem_learn::simulate::{Options, Set, Simulation, paired_ratio, run};

const DATA: &str = "banking77,sms_spam,clinc150,digits,adult,wine,breast_cancer";
const STRATEGIES: &str = "margin,auto";

fn main() -> Result<(), LearnError> {
    let argument = |n: usize, default: &str| std::env::args().nth(n).unwrap_or(default.to_owned());
    let seeds: u32 = argument(3, "20").parse().unwrap_or(20);
    let seed: u64 = argument(4, "0").parse().unwrap_or(0);
    println!(
        "| data (first/batch; full score) | strategy | labels | ratio to margin | CPU s a seed |"
    );
    println!("|---|---|--:|--:|--:|");
    for name in argument(1, DATA).split(',') {
        let Some(task) = tasks::load(name)? else {
            println!("| {name} | skipped: its files are absent | | | |");
            continue;
        };
        let margin = replay(&task, Strategy::Margin, seeds, seed)?;
        let full = margin.0.full;
        for strategy in argument(2, STRATEGIES).split(',') {
            let strategy: Strategy = strategy.parse()?;
            let (got, seconds) = match strategy {
                Strategy::Margin => margin.clone(),
                other => replay(&task, other, seeds, seed)?,
            };
            let reached = got.curves.iter().filter(|c| c.to_goal.is_some()).count();
            let labels = got
                .labels_to_goal()
                .map_or(format!("{reached} of {seeds} seeds"), |l| format!("{:.0}", l.mean));
            let ratio = paired_ratio(&got, &margin.0).map_or("-".to_owned(), |r| {
                format!("{:.3} ({:.3} to {:.3})", r.mean, r.interval.0, r.interval.1)
            });
            let seconds = seconds / f64::from(seeds);
            let (name, first, batch) = (task.name, task.first, task.batch);
            println!(
                "| {name} ({first}/{batch}; {full:.3}) | {strategy} | {labels} | {ratio} | {seconds:.2} |"
            );
        }
    }
    Ok(())
}

fn replay(
    task: &tasks::Task,
    strategy: Strategy,
    seeds: u32,
    seed: u64,
) -> Result<(Simulation, f64), LearnError> {
    let pool = Set { rows: &task.pool.0, labels: &task.pool.1 };
    let test = Set { rows: &task.test.0, labels: &task.test.1 };
    let options = Options {
        stop_at_goal: true,
        metric: task.metric,
        seed,
        ..Options::new(strategy, task.first, task.batch, seeds)
    };
    let start = Instant::now();
    let from = data::cpu_seconds(start);
    let got = run(pool, test, task.classes, &options, &mut |_| ())?;
    Ok((got, data::cpu_seconds(start) - from))
}
