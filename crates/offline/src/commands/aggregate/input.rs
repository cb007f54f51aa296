//! Answers from a file.

use std::collections::HashSet;

use tandem_learn::aggregate::{Answer, Answers};

use super::{Args, DuplicatePolicy};
use crate::OfflineError;
use crate::intern::Interner;
use crate::table::Table;

/// Answers, and the names behind their numbers.
pub(super) struct Input {
    pub(super) answers: Answers,
    pub(super) tasks: Interner,
    pub(super) workers: Interner,
    pub(super) labels: Interner,
}

pub(super) fn read(args: &Args) -> Result<Input, OfflineError> {
    let mut table = Table::open(&args.answers)?;
    let task = table.column("--task", &args.task)?;
    let worker = table.column("--worker", &args.worker)?;
    let label = table.column("--label", &args.label)?;
    let (mut tasks, mut workers) = (Interner::default(), Interner::default());
    let mut labels = Interner::default();
    let mut raw = Vec::new();
    let mut seen = HashSet::new();
    while let Some(row) = table.next()? {
        let answer = Answer {
            task: tasks.code(row.text(task)?),
            worker: workers.code(row.text(worker)?),
            label: labels.code(row.text(label)?),
        };
        if args.duplicates == DuplicatePolicy::Refuse && !seen.insert((answer.task, answer.worker))
        {
            return Err(row.wrong_row(format!(
                "worker `{}` has answered task `{}` before; drop one of the rows, or \
                 say --duplicates last or all",
                workers.name(answer.worker),
                tasks.name(answer.task)
            )));
        }
        raw.push(answer);
    }
    if raw.is_empty() {
        return Err(table.wrong("there is no answer; give at least one row below the header"));
    }
    if labels.len() == 1 {
        return Err(table.wrong(format!(
            "every answer is `{}`, so there is nothing to aggregate; name the column of \
             labels with --label",
            labels.name(0)
        )));
    }
    let answers =
        Answers::new(tasks.len(), workers.len(), labels.len(), &raw, args.duplicates.policy())?;
    Ok(Input { answers, tasks, workers, labels })
}
