//! Answers in compact form: grouped by task, checked once.

use crate::LearnError;

/// One person's label for one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Index of the task, below the number of tasks.
    pub task: u32,
    /// Index of the worker, below the number of workers.
    pub worker: u32,
    /// Index of the label, below the number of classes.
    pub label: u32,
}

/// What to do where a worker answered the same task more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// The last answer counts: people correct themselves.
    #[default]
    KeepLast,
    /// Every answer counts, as if different people of equal skill had given them.
    KeepAll,
}

/// Answers grouped by task (compressed sparse rows), within a task ordered by worker.
///
/// The order in which distinct answers were handed in does not matter to any result.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    workers: usize,
    classes: usize,
    /// Where each task's answers begin; one more entry than tasks.
    start: Vec<u32>,
    /// `worker * classes + label` of each answer.
    cells: Vec<u32>,
    repeated: usize,
}

impl Answers {
    /// Groups `answers`; O(answers + tasks + workers).
    ///
    /// Tasks and workers without answers are allowed. Errors if there is no class, an index is out
    /// of range, or `workers * classes` or the number of answers is beyond 2^32.
    pub fn new(
        tasks: usize,
        workers: usize,
        classes: usize,
        answers: &[Answer],
        duplicates: Duplicates,
    ) -> Result<Self, LearnError> {
        check(tasks, workers, classes, answers)?;
        let by_worker = sorted_by(answers, workers, |a| a.worker);
        let sorted = sorted_by(&by_worker, tasks, |a| a.task);
        drop(by_worker);
        let cell = |a: &Answer| a.worker * classes as u32 + a.label;
        let mut start = vec![0_u32; tasks + 1];
        let mut cells = Vec::with_capacity(sorted.len());
        let mut repeated = 0;
        for (i, answer) in sorted.iter().enumerate() {
            let same = |b: &Answer| b.task == answer.task && b.worker == answer.worker;
            if i > 0 && same(&sorted[i - 1]) {
                repeated += 1;
                if duplicates == Duplicates::KeepLast {
                    let last = cells.len() - 1;
                    cells[last] = cell(answer);
                    continue;
                }
            }
            cells.push(cell(answer));
            start[answer.task as usize + 1] += 1;
        }
        for t in 0..tasks {
            start[t + 1] += start[t];
        }
        Ok(Self { workers, classes, start, cells, repeated })
    }

    /// Number of tasks.
    pub fn tasks(&self) -> usize {
        self.start.len() - 1
    }

    /// Number of workers.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Number of answers that count.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// True if there is no answer at all.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Answers whose worker had answered the task before, whether kept or not.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// Worker and label of each answer to `task`, ordered by worker; none for an unknown task.
    pub fn of(&self, task: usize) -> impl ExactSizeIterator<Item = (usize, usize)> + '_ {
        let cells = if task < self.tasks() { self.cells_of(task) } else { &[] };
        cells.iter().map(|&c| (c as usize / self.classes, c as usize % self.classes))
    }

    /// `worker * classes + label` of each answer to a task.
    pub(super) fn cells_of(&self, task: usize) -> &[u32] {
        &self.cells[self.start[task] as usize..self.start[task + 1] as usize]
    }

    /// All cells, task by task.
    pub(super) fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// Position of the first answer to a task.
    pub(super) fn first_of(&self, task: usize) -> usize {
        self.start[task] as usize
    }

    /// Number of answers per (worker, label).
    pub(super) fn cell_counts(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.workers * self.classes];
        for &c in &self.cells {
            out[c as usize] += 1.0;
        }
        out
    }

    /// The answers, or only those whose position `keep` accepts; same numbers of everything.
    pub(super) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut cells = Vec::with_capacity(self.cells.len());
        let mut start = vec![0_u32; self.start.len()];
        for t in 0..self.tasks() {
            for i in self.first_of(t)..self.first_of(t + 1) {
                if keep(i) {
                    cells.push(self.cells[i]);
                }
            }
            start[t + 1] = cells.len() as u32;
        }
        Self { workers: self.workers, classes: self.classes, start, cells, repeated: 0 }
    }

    /// Share of each label among a task's answers (tasks x classes); 1 / classes without answers.
    pub fn shares(&self) -> Vec<f64> {
        let k = self.classes;
        let mut out = vec![0.0; self.tasks() * k];
        for (t, row) in out.chunks_exact_mut(k).enumerate() {
            let cells = self.cells_of(t);
            if cells.is_empty() {
                row.fill(1.0 / k as f64);
                continue;
            }
            let one = 1.0 / cells.len() as f64;
            for (_, label) in self.of(t) {
                row[label] += one;
            }
        }
        out
    }
}

fn check(
    tasks: usize,
    workers: usize,
    classes: usize,
    answers: &[Answer],
) -> Result<(), LearnError> {
    if classes == 0 {
        return Err(LearnError::Parameter { name: "classes", must: "at least 1" });
    }
    let limit = u32::MAX as usize;
    if tasks >= limit || answers.len() >= limit {
        return Err(LearnError::Parameter { name: "answers", must: "fewer than 2^32 - 1" });
    }
    if workers.checked_mul(classes).is_none_or(|cells| cells >= limit) {
        return Err(LearnError::Parameter {
            name: "workers x classes",
            must: "below 2^32 - 1; merge rare labels or split the tasks",
        });
    }
    for (at, a) in answers.iter().enumerate() {
        let fields = [
            ("task of answer", a.task, tasks),
            ("worker of answer", a.worker, workers),
            ("label of answer", a.label, classes),
        ];
        for (what, index, limit) in fields {
            if index as usize >= limit {
                return Err(LearnError::OutOfRange { what, at, index: index as usize, limit });
            }
        }
    }
    Ok(())
}

/// Stable counting sort.
fn sorted_by(answers: &[Answer], groups: usize, key: impl Fn(&Answer) -> u32) -> Vec<Answer> {
    let mut next = vec![0_u32; groups + 1];
    for a in answers {
        next[key(a) as usize + 1] += 1;
    }
    for g in 0..groups {
        next[g + 1] += next[g];
    }
    let mut out = vec![Answer { task: 0, worker: 0, label: 0 }; answers.len()];
    for a in answers {
        let slot = &mut next[key(a) as usize];
        out[*slot as usize] = *a;
        *slot += 1;
    }
    out
}
