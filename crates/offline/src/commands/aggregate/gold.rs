//! Scores against true labels.

use tandem_learn::aggregate::{self as crowd, EmOptions, Fit, Method};

use super::input::Input;
use super::{Args, Chosen, ties};
use crate::OfflineError;
use crate::table::Table;

/// How well labels meet the truth.
pub(super) struct Scores {
    /// Of the chosen method.
    pub(super) chosen: Score,
    /// Of plain majority, to compare with.
    pub(super) majority: Score,
    /// Gold tasks nobody answered; they are not scored.
    pub(super) unanswered: usize,
    /// Gold labels nobody ever gave; they are scored as missed.
    pub(super) never_given: usize,
}

pub(super) struct Score {
    pub(super) tasks: usize,
    pub(super) right: usize,
    /// Mean `-ln P(gold)`, each probability at least 1e-6.
    pub(super) nll: f64,
    /// Mean squared distance of the posterior from the one-hot truth.
    pub(super) brier: f64,
    /// Mean largest posterior: what accuracy was promised.
    pub(super) confidence: f64,
}

impl Score {
    pub(super) fn accuracy(&self) -> f64 {
        self.right as f64 / self.tasks as f64
    }
}

/// True label per task: `Some(None)` is a label nobody ever gave.
type Gold = Vec<Option<Option<usize>>>;

pub(super) fn score(
    args: &Args,
    path: &str,
    input: &Input,
    chosen: &Chosen,
) -> Result<Scores, OfflineError> {
    let (gold, unanswered) = read(args, path, input)?;
    let majority = crowd::fit(&input.answers, Method::Majority, &EmOptions::default())?;
    let never_given = gold.iter().filter(|g| matches!(g, Some(None))).count();
    Ok(Scores {
        chosen: measure(args, &gold, &chosen.fit),
        majority: measure(args, &gold, &majority),
        unanswered,
        never_given,
    })
}

fn read(args: &Args, path: &str, input: &Input) -> Result<(Gold, usize), OfflineError> {
    let mut table = Table::open(path)?;
    let task = table.column("--gold-task", args.gold_task.as_ref().unwrap_or(&args.task))?;
    let name = match &args.gold_label {
        Some(name) => name,
        None if table.find("gold").is_some() => "gold",
        None => &args.label,
    };
    let label = table.column("--gold-label", name)?;
    let mut gold: Gold = vec![None; input.tasks.len()];
    let mut unanswered = 0;
    while let Some(row) = table.next()? {
        let truth = input.labels.get(row.text(label)?).map(|code| code as usize);
        let Some(code) = input.tasks.get(row.text(task)?) else {
            unanswered += 1;
            continue;
        };
        let slot = &mut gold[code as usize];
        if slot.is_some_and(|before| before != truth) {
            let task = input.tasks.name(code);
            return Err(row.wrong(
                label,
                format!("task `{task}` had another true label before; keep one of the rows"),
            ));
        }
        *slot = Some(truth);
    }
    if gold.iter().all(Option::is_none) {
        return Err(table.wrong(
            "no task of this file was answered; compare the task columns, and name them with \
             --task and --gold-task",
        ));
    }
    Ok((gold, unanswered))
}

fn measure(args: &Args, gold: &Gold, fit: &Fit) -> Score {
    let labels = fit.labels(ties(args));
    let rows = fit.posteriors.chunks_exact(fit.classes()).zip(&labels).zip(gold);
    let mut score = Score { tasks: 0, right: 0, nll: 0.0, brier: 0.0, confidence: 0.0 };
    for ((posterior, label), gold) in rows {
        let Some(truth) = *gold else { continue };
        let own = truth.map_or(0.0, |truth| posterior[truth]);
        score.tasks += 1;
        score.right += usize::from(truth.is_some() && *label == truth);
        score.nll -= own.max(1e-6).ln();
        score.brier += posterior.iter().map(|p| p * p).sum::<f64>() - 2.0 * own + 1.0;
        score.confidence += posterior.iter().fold(0.0_f64, |a, &b| a.max(b));
    }
    let n = score.tasks as f64;
    score.nll /= n;
    score.brier /= n;
    score.confidence /= n;
    score
}
