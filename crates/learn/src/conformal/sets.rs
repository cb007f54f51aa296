//! Prediction sets and how well they cover.

use crate::LearnError;
use crate::calibrate::ProbabilityMatrix;
use crate::proportion::wilson;

/// One set of classes a row, each in rising order of class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictionSets {
    classes: usize,
    /// Row `i` is `members[starts[i]..starts[i + 1]]`.
    starts: Vec<usize>,
    members: Vec<u32>,
}

/// How well sets cover the truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// Rows.
    pub rows: u64,
    /// Rows whose set holds the label.
    pub covered: u64,
    /// Share of rows covered.
    pub coverage: f64,
    /// Wilson's interval of the share at 95 %.
    pub interval: (f64, f64),
    /// Mean number of classes in a set.
    pub mean_size: f64,
    /// Share of rows whose set is empty: like nothing the model knows, so ask a person.
    pub empty_share: f64,
    /// Share of rows whose set is one class: clear enough to act on.
    pub single_share: f64,
    /// Rows by size of their set, from size 0 up to the number of classes.
    pub sizes: Vec<u64>,
    /// Each class with at least one row.
    pub classes: Vec<ClassCoverage>,
    /// Index into `classes` of the one that is covered least (ties: the first).
    pub worst: usize,
}

/// How well the rows of a true class are covered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassCoverage {
    /// The class.
    pub class: u32,
    /// Rows of the class.
    pub rows: u64,
    /// Rows whose set holds the class.
    pub covered: u64,
    /// Share of rows covered.
    pub coverage: f64,
    /// Wilson's interval of the share at 95 %.
    pub interval: (f64, f64),
}

impl PredictionSets {
    pub(super) fn new(classes: usize, rows: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        Self { classes, starts, members: Vec::with_capacity(rows) }
    }

    pub(super) fn push(&mut self, set: impl Iterator<Item = u32>) {
        self.members.extend(set);
        self.starts.push(self.members.len());
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The classes in the set of row `i`, rising.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    pub fn set(&self, i: usize) -> &[u32] {
        &self.members[self.starts[i]..self.starts[i + 1]]
    }

    /// The same sets with the most probable class in place of every empty one. Coverage can only
    /// rise; but an empty set no longer says that the row is strange.
    pub fn filled(&self, matrix: &ProbabilityMatrix<'_>) -> Result<Self, LearnError> {
        if matrix.rows() != self.rows() || matrix.classes() != self.classes {
            let (expected, found) = (self.rows(), matrix.rows());
            return Err(LearnError::Shape { what: "probabilities of the sets", expected, found });
        }
        let (tops, _) = matrix.tops();
        let mut out = Self::new(self.classes, self.rows());
        for (i, top) in tops.into_iter().enumerate() {
            let set = self.set(i);
            let alone = [top];
            out.push(if set.is_empty() { &alone } else { set }.iter().copied());
        }
        Ok(out)
    }

    /// Coverage of `labels` by the sets. Errors if there is no row, lengths differ or a label is
    /// no class.
    pub fn coverage(&self, labels: &[u32]) -> Result<Coverage, LearnError> {
        crate::calibrate::check_rows(self.rows() * self.classes, labels, self.classes)?;
        let mut by_class = vec![(0_u64, 0_u64); self.classes];
        let mut sizes = vec![0_u64; self.classes + 1];
        for (i, &label) in labels.iter().enumerate() {
            let set = self.set(i);
            let entry = &mut by_class[label as usize];
            entry.0 += 1;
            entry.1 += u64::from(set.contains(&label));
            sizes[set.len()] += 1;
        }
        let present = by_class.iter().enumerate().filter(|(_, c)| c.0 > 0);
        let classes = present
            .map(|(class, &(rows, covered))| {
                let coverage = covered as f64 / rows as f64;
                let interval = wilson(covered, rows, 0.05)?;
                Ok(ClassCoverage { class: class as u32, rows, covered, coverage, interval })
            })
            .collect::<Result<Vec<_>, LearnError>>()?;
        let worst = (0..classes.len())
            .min_by(|&a, &b| classes[a].coverage.total_cmp(&classes[b].coverage))
            .unwrap_or(0);
        let (rows, covered) = (labels.len() as u64, by_class.iter().map(|c| c.1).sum());
        let share = |n: u64| n as f64 / rows as f64;
        Ok(Coverage {
            rows,
            covered,
            coverage: share(covered),
            interval: wilson(covered, rows, 0.05)?,
            mean_size: self.members.len() as f64 / rows as f64,
            empty_share: share(sizes[0]),
            single_share: share(sizes[1]),
            sizes,
            classes,
            worst,
        })
    }
}
