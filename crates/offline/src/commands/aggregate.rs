//! `aggregate`: one label per task from several people's answers.

mod gold;
mod input;
mod output;
mod report;
#[cfg(test)]
mod tests;

use tandem_learn::aggregate::{
    self as crowd, Auto, AutoOptions, Duplicates, EmOptions, Fit, Method, Next, OverlapOptions,
    Ties,
};

use crate::{OfflineError, Report};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV or JSONL with one answer per row; `-` reads standard input
    pub answers: String,
    /// Column of the task
    #[arg(long, default_value = "task")]
    pub task: String,
    /// Column of the worker
    #[arg(long, default_value = "worker")]
    pub worker: String,
    /// Column of the label given
    #[arg(long, default_value = "label")]
    pub label: String,
    /// How to aggregate; `auto` takes the method that best predicts answers it was not shown
    #[arg(long, value_enum, default_value_t = MethodName::Auto)]
    pub method: MethodName,
    /// Weight of the prior, in answers per worker (and class): one-coin 2, dawid-skene 5 and mace 5
    /// if not given; 0 is the plain method
    #[arg(long, allow_negative_numbers = true)]
    pub strength: Option<f64>,
    /// Starts of mace, of which the best counts
    #[arg(long, default_value_t = 10)]
    pub restarts: usize,
    /// What to do where a worker answered a task twice
    #[arg(long, value_enum, default_value_t = DuplicatePolicy::Last)]
    pub duplicates: DuplicatePolicy,
    /// Which of equally probable labels to take
    #[arg(long, value_enum, default_value_t = TiePolicy::Prior)]
    pub ties: TiePolicy,
    /// Seed of ties, folds and restarts
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Folds in which `auto` hides answers
    #[arg(long, default_value_t = 5)]
    pub folds: usize,
    /// Stop after this many iterations even if the objective still rises
    #[arg(long, default_value_t = 2000)]
    pub max_iterations: usize,
    /// File of true labels to score against
    #[arg(long)]
    pub gold: Option<String>,
    /// Column of the task in the gold file; as --task if not given
    #[arg(long, requires = "gold")]
    pub gold_task: Option<String>,
    /// Column of the true label; `gold` or else `label` if not given
    #[arg(long, requires = "gold")]
    pub gold_label: Option<String>,
    /// Also tell which tasks need another answer: those below this certainty, if worth the cost
    #[arg(long)]
    pub level: Option<f64>,
    /// Cost of a wrong label, for --level
    #[arg(long, default_value_t = 10.0)]
    pub error_cost: f64,
    /// Cost of one more answer, for --level
    #[arg(long, default_value_t = 0.2)]
    pub answer_cost: f64,
    /// Most answers a task may get, for --level
    #[arg(long, default_value_t = 7)]
    pub max_answers: usize,
    /// Write the label of every task to this file (CSV, or JSONL by its name); `-` prints the CSV
    /// instead of the report
    #[arg(long)]
    pub out: Option<String>,
    /// Give each worker's confusion matrix in the JSON document
    #[arg(long)]
    pub confusion: bool,
}

/// Names of the methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum MethodName {
    /// The one that best predicts hidden answers
    Auto,
    /// Vote shares
    Majority,
    /// Votes weighted by agreement with the majority
    Wawa,
    /// Votes weighted by skills found step by step
    ZeroBasedSkill,
    /// One accuracy per worker
    OneCoin,
    /// One confusion matrix per worker, with a pooled prior
    DawidSkene,
    /// Abilities and difficulties
    Glad,
    /// Knowers and spammers
    Mace,
}

/// What to do with repeated answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DuplicatePolicy {
    /// The last answer counts
    Last,
    /// Every answer counts
    All,
    /// They are an error
    Refuse,
}

/// What to do with ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum TiePolicy {
    /// The label that is more frequent overall, then the first
    Prior,
    /// The first, in the order of the file
    First,
    /// Drawn by --seed
    Seeded,
    /// No label
    None,
}

/// A fit, and why this method made it.
struct Chosen {
    method: Method,
    fit: Fit,
    auto: Option<Auto>,
}

/// What is said of a task.
struct TaskLine {
    label: Option<usize>,
    confidence: f64,
    agreement: Option<f64>,
    answers: usize,
    /// Whether another answer is worth asking for, where that was asked.
    ask: Option<bool>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    check(args)?;
    let input = input::read(args)?;
    let chosen = choose(args, &input)?;
    let labels = chosen.fit.labels(ties(args));
    let tasks = task_lines(args, &input, &chosen.fit, &labels)?;
    let scores = match &args.gold {
        Some(path) => Some(gold::score(args, path, &input, &chosen)?),
        None => None,
    };
    let mut report = report::report(args, &input, &chosen, &tasks, scores.as_ref())?;
    match args.out.as_deref() {
        Some("-") => report.text = output::text(&input, &tasks)?,
        Some(path) => {
            output::write(path, &input, &tasks)?;
            report.say(format!("The labels of all {} tasks are in {path}.", tasks.len()));
        }
        None => {}
    }
    Ok(report)
}

fn check(args: &Args) -> Result<(), OfflineError> {
    let usage = |message: &str| Err(OfflineError::Usage(message.to_owned()));
    if args.strength.is_some_and(|s| !(s.is_finite() && s >= 0.0)) {
        return usage("--strength must be a number that is not negative");
    }
    let takes = [MethodName::OneCoin, MethodName::DawidSkene, MethodName::Mace];
    if args.strength.is_some() && !takes.contains(&args.method) {
        return usage("--strength goes with --method one-coin, dawid-skene or mace");
    }
    if args.folds < 2 {
        return usage("--folds must be at least 2");
    }
    if args.restarts == 0 || args.max_iterations == 0 {
        return usage("--restarts and --max-iterations must be at least 1");
    }
    if args.level.is_some_and(|level| !(level > 0.0 && level <= 1.0)) {
        return usage("--level must be above 0 and at most 1");
    }
    Ok(())
}

fn ties(args: &Args) -> Ties {
    match args.ties {
        TiePolicy::Prior => Ties::Prior,
        TiePolicy::First => Ties::First,
        TiePolicy::Seeded => Ties::Seeded(args.seed),
        TiePolicy::None => Ties::Open,
    }
}

impl DuplicatePolicy {
    fn policy(self) -> Duplicates {
        if self == Self::All { Duplicates::KeepAll } else { Duplicates::KeepLast }
    }
}

fn choose(args: &Args, input: &input::Input) -> Result<Chosen, OfflineError> {
    let em =
        EmOptions { seed: args.seed, max_iterations: args.max_iterations, ..EmOptions::default() };
    let strength = |usual: f64| args.strength.unwrap_or(usual);
    let method = match args.method {
        MethodName::Auto => {
            let options = AutoOptions { folds: args.folds, em, ..AutoOptions::default() };
            let mut auto = crowd::auto(&input.answers, &options)?;
            let fit = std::mem::take(&mut auto.fit);
            return Ok(Chosen { method: auto.method, fit, auto: Some(auto) });
        }
        MethodName::Majority => Method::Majority,
        MethodName::Wawa => Method::Wawa,
        MethodName::ZeroBasedSkill => Method::ZeroBasedSkill,
        MethodName::OneCoin => Method::OneCoin { strength: strength(2.0) },
        MethodName::DawidSkene => Method::DawidSkene { strength: strength(5.0) },
        MethodName::Glad => Method::Glad,
        MethodName::Mace => Method::Mace { strength: strength(5.0), restarts: args.restarts },
    };
    let fit = crowd::fit(&input.answers, method, &em)?;
    Ok(Chosen { method, fit, auto: None })
}

fn task_lines(
    args: &Args,
    input: &input::Input,
    fit: &Fit,
    labels: &[Option<usize>],
) -> Result<Vec<TaskLine>, OfflineError> {
    let typical = fit.typical();
    let options = args.level.map(|level| OverlapOptions {
        level,
        max_answers: args.max_answers,
        error_cost: args.error_cost,
        answer_cost: args.answer_cost,
        ..OverlapOptions::default()
    });
    let agreement = fit.agreement(&input.answers)?;
    let rows = fit.posteriors.chunks_exact(fit.classes()).zip(labels).zip(agreement).enumerate();
    let mut lines = Vec::with_capacity(labels.len());
    for (task, ((posterior, &label), agreement)) in rows {
        let answers = input.answers.of(task).len();
        let ask = match &options {
            Some(options) => {
                let next = crowd::next_needed(posterior, answers, &typical, options)?;
                Some(matches!(next, Next::Ask { .. }))
            }
            None => None,
        };
        let confidence = posterior.iter().fold(0.0_f64, |a, &b| a.max(b));
        lines.push(TaskLine { label, confidence, agreement, answers, ask });
    }
    Ok(lines)
}
