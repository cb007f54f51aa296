//! The result in JSON, and in tables and words.

use serde_json::{Value, json};
use tandem_learn::aggregate::Method;

use super::gold::{Score, Scores};
use super::input::Input;
use super::{Args, Chosen, DuplicatePolicy, TaskLine, output};
use crate::{OfflineError, Report};

/// Rows of a table in the text.
const ROWS: usize = 10;

pub(super) fn report(
    args: &Args,
    input: &Input,
    chosen: &Chosen,
    tasks: &[TaskLine],
    scores: Option<&Scores>,
) -> Result<Report, OfflineError> {
    let workers = workers(input, chosen);
    let why = why(chosen);
    let mut report = Report::new(document(args, input, chosen, scores, &workers, &why));
    let rows = tasks.iter().enumerate().map(|(code, line)| output::object(input, code, line));
    report.set_rows("tasks", rows).map_err(|error| OfflineError::Io {
        file: "the list of tasks".to_owned(),
        source: error.into(),
    })?;
    let answers = &input.answers;
    report.say(format!(
        "{} answers of {} workers to {} tasks, {} labels. Method: {}. {why}",
        answers.len(),
        answers.workers(),
        answers.tasks(),
        answers.classes(),
        described(chosen.method),
    ));
    say_cautions(&mut report, args, input, chosen, tasks);
    if let Some(scores) = scores {
        say_gold(&mut report, chosen, scores);
    }
    say_candidates(&mut report, chosen);
    say_tasks(&mut report, input, tasks);
    say_workers(&mut report, input, &workers);
    Ok(report)
}

struct Worker {
    code: usize,
    answers: usize,
    skill: f64,
    /// Share of their answers that are the task's label.
    agreement: f64,
}

/// All workers, least skilled first.
fn workers(input: &Input, chosen: &Chosen) -> Vec<Worker> {
    let skills = chosen.fit.skills();
    let labels = chosen.fit.labels(tandem_learn::aggregate::Ties::Prior);
    let mut counts = vec![(0_usize, 0_usize); skills.len()];
    for (task, own) in labels.iter().enumerate() {
        for (worker, label) in input.answers.of(task) {
            counts[worker].0 += 1;
            counts[worker].1 += usize::from(Some(label) == *own);
        }
    }
    let mut out: Vec<Worker> = counts
        .iter()
        .zip(skills)
        .enumerate()
        .map(|(code, (&(answers, same), skill))| Worker {
            code,
            answers,
            skill,
            agreement: same as f64 / answers.max(1) as f64,
        })
        .collect();
    out.sort_by(|a, b| a.skill.total_cmp(&b.skill));
    out
}

fn described(method: Method) -> String {
    match method.strength() {
        Some(strength) => format!("{} (prior of {strength} answers)", method.name()),
        None => method.name().to_owned(),
    }
}

fn why(chosen: &Chosen) -> String {
    let Some(auto) = &chosen.auto else {
        return "It was asked for.".to_owned();
    };
    let Some(best) = auto.scores.first() else {
        return "There were too few answers to compare methods.".to_owned();
    };
    let own = auto.scores.iter().find(|s| s.method == chosen.method).unwrap_or(best);
    let tail = if own.method == best.method {
        "the best of all candidates".to_owned()
    } else {
        format!(
            "as good as the best ({}, {:.4}) within the standard error, with fewer ties",
            described(best.method),
            best.log_likelihood
        )
    };
    format!(
        "Its posteriors predict {} hidden answers with a log-likelihood of {:.4} each: {tail}.",
        auto.judged, own.log_likelihood
    )
}

fn document(
    args: &Args,
    input: &Input,
    chosen: &Chosen,
    scores: Option<&Scores>,
    workers: &[Worker],
    why: &str,
) -> Value {
    let (fit, answers) = (&chosen.fit, &input.answers);
    let mut json = json!({
        "method": chosen.method.name(),
        "strength": chosen.method.strength(),
        "temperature": chosen.auto.as_ref().map_or(1.0, |auto| auto.temperature),
        "why": why,
        "converged": fit.trace.converged,
        "iterations": fit.trace.iterations,
        "objective": fit.trace.objective,
        "answers": answers.len(),
        "repeated_answers": answers.repeated(),
        "ties": tied(chosen),
        "labels": input.labels.names(),
        "class_shares": fit.prior,
        "workers": workers.iter().map(|w| worker(args, input, chosen, w)).collect::<Vec<_>>(),
    });
    if let Some(auto) = &chosen.auto {
        let candidate = |s: &tandem_learn::aggregate::Score| {
            json!({
                "method": s.method.name(),
                "strength": s.method.strength(),
                "log_likelihood": s.log_likelihood,
                "temperature": s.temperature,
            })
        };
        json["hidden_answers"] = json!(auto.judged);
        json["candidates"] = auto.scores.iter().map(candidate).collect();
    }
    if let Some(scores) = scores {
        json["gold"] = json!({
            "chosen": score(&scores.chosen),
            "majority": score(&scores.majority),
            "tasks_without_answers": scores.unanswered,
            "labels_never_given": scores.never_given,
        });
    }
    json
}

fn worker(args: &Args, input: &Input, chosen: &Chosen, worker: &Worker) -> Value {
    let mut json = json!({
        "worker": input.workers.name(worker.code as u32),
        "answers": worker.answers,
        "skill": worker.skill,
        "agreement": worker.agreement,
    });
    if args.confusion {
        let confusion = chosen.fit.confusion(worker.code);
        json["confusion"] = confusion.chunks_exact(chosen.fit.classes()).collect();
    }
    json
}

fn score(score: &Score) -> Value {
    json!({
        "tasks": score.tasks,
        "right": score.right,
        "accuracy": score.accuracy(),
        "nll": score.nll,
        "brier": score.brier,
        "mean_confidence": score.confidence,
    })
}

/// Tasks with two or more equally probable labels.
fn tied(chosen: &Chosen) -> usize {
    let labels = chosen.fit.labels(tandem_learn::aggregate::Ties::Open);
    labels.iter().filter(|label| label.is_none()).count()
}

fn say_cautions(
    report: &mut Report,
    args: &Args,
    input: &Input,
    chosen: &Chosen,
    tasks: &[TaskLine],
) {
    let repeated = input.answers.repeated();
    if repeated > 0 {
        let done =
            if args.duplicates == DuplicatePolicy::All { "all count" } else { "the last counts" };
        report.say(format!(
            "{repeated} answers repeat a worker's earlier one to the same task; {done}."
        ));
    }
    let ties = tied(chosen);
    if ties > 0 {
        let open = tasks.iter().filter(|line| line.label.is_none()).count();
        let done =
            if open > 0 { "they have no label" } else { "--ties says how they were decided" };
        report.say(format!("{ties} tasks are tied; {done}."));
    }
    if !chosen.fit.trace.converged {
        report.say(format!(
            "The objective still rose after {} iterations; give more with --max-iterations.",
            chosen.fit.trace.iterations
        ));
    }
    if tasks.iter().any(|line| line.ask.is_some()) {
        let ask = tasks.iter().filter(|line| line.ask == Some(true)).count();
        report.say(format!("{ask} of {} tasks are worth another answer.", tasks.len()));
    }
}

fn say_gold(report: &mut Report, chosen: &Chosen, scores: &Scores) {
    let row = |name: String, s: &Score| {
        vec![
            name,
            format!("{:.4}", s.accuracy()),
            format!("{} of {}", s.right, s.tasks),
            format!("{:.4}", s.confidence),
            format!("{:.4}", s.nll),
            format!("{:.4}", s.brier),
        ]
    };
    report.table(
        &["against gold", "accuracy", "right", "mean confidence", "nll", "Brier"],
        [
            row(described(chosen.method), &scores.chosen),
            row("majority, to compare".to_owned(), &scores.majority),
        ],
    );
    let gap = scores.chosen.confidence - scores.chosen.accuracy();
    if gap > 0.05 {
        report.say(format!(
            "Mean confidence is {:.0} points above accuracy: these labels are less sure than they say.",
            100.0 * gap
        ));
    }
    if scores.unanswered + scores.never_given > 0 {
        report.say(format!(
            "Of the gold file, {} rows have no answers (not scored) and {} have a label nobody gave (missed).",
            scores.unanswered, scores.never_given
        ));
    }
}

fn say_candidates(report: &mut Report, chosen: &Chosen) {
    let Some(auto) = chosen.auto.as_ref().filter(|auto| !auto.scores.is_empty()) else { return };
    let rows = auto.scores.iter().take(5).map(|s| {
        vec![described(s.method), format!("{:.4}", s.log_likelihood), format!("{}", s.temperature)]
    });
    report.table(&["candidate", "log-likelihood of a hidden answer", "temperature"], rows);
}

fn say_tasks(report: &mut Report, input: &Input, tasks: &[TaskLine]) {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by(|&a, &b| tasks[a].confidence.total_cmp(&tasks[b].confidence));
    let rows = order.iter().take(ROWS).map(|&code| {
        let line = &tasks[code];
        vec![
            input.tasks.name(code as u32).to_owned(),
            line.label.map_or("(tied)", |label| input.labels.name(label as u32)).to_owned(),
            format!("{:.3}", line.confidence),
            line.agreement.map_or_else(String::new, |share| format!("{share:.2}")),
            line.answers.to_string(),
        ]
    });
    report.table(&["least sure task", "label", "confidence", "agreement", "answers"], rows);
    report.say(
        "Confidence is the probability of the label; have the tasks at the top answered again or decided by an expert. --out FILE writes every task.",
    );
}

fn say_workers(report: &mut Report, input: &Input, workers: &[Worker]) {
    let rows = workers.iter().take(ROWS).map(|w| {
        vec![
            input.workers.name(w.code as u32).to_owned(),
            format!("{:.3}", w.skill),
            format!("{:.3}", w.agreement),
            w.answers.to_string(),
        ]
    });
    report.table(&["least skilled worker", "skill", "agrees with result", "answers"], rows);
    report.say(format!(
        "Skill is the probability of the true label; {:.2} is guessing. With few answers it leans on what workers are like on average.",
        1.0 / input.labels.len().max(1) as f64
    ));
}
