//! The counting pass.

use crate::LearnError;

/// Rows to count, column by column; all slices have the same length.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Group of each row.
    pub groups: &'a [u32],
    /// True class of each row.
    pub labels: &'a [u32],
    /// Predicted class of each row.
    pub predictions: &'a [u32],
    /// Score of each row for the class of interest, if there is one.
    pub scores: Option<&'a [f32]>,
    /// Whether a person reviewed the row.
    pub reviewed: Option<&'a [bool]>,
    /// Whether the person overturned the prediction; counted among reviewed rows only.
    pub overturned: Option<&'a [bool]>,
}

impl<'a> Rows<'a> {
    /// Rows of a group, a label and a prediction each.
    pub fn new(groups: &'a [u32], labels: &'a [u32], predictions: &'a [u32]) -> Self {
        Self { groups, labels, predictions, scores: None, reviewed: None, overturned: None }
    }
}

/// Counts by group, label and prediction. They add up, so rows may come in parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    pub(super) groups: usize,
    pub(super) classes: usize,
    /// `[group][label][prediction]`.
    pub(super) cells: Vec<u64>,
    pub(super) score_sums: Option<Vec<f64>>,
    pub(super) reviewed: Option<Vec<u64>>,
    pub(super) overturned: Option<Vec<u64>>,
}

/// Tables counted side by side: one row's increment need not wait for that of the row before it.
const LANES: usize = 4;
/// Above this many cells the tables no longer fit the nearest cache, and one is better.
const MOST_LANE_CELLS: usize = 1 << 12;
/// Rows that are checked, then counted, while they are in the cache.
const STRETCH: usize = 4096;

impl Counts {
    /// Counts `rows` of `groups` groups and `classes` classes in one pass.
    ///
    /// Errors if there is no row, lengths differ, a number is out of its range, or a score is not
    /// finite.
    pub fn count(rows: &Rows<'_>, groups: usize, classes: usize) -> Result<Self, LearnError> {
        check(rows, groups, classes)?;
        let cells = count_cells(rows, groups, classes)?;
        let of = |flags: &[bool], also: Option<&[bool]>| {
            let mut out = vec![0_u64; groups];
            for (i, &g) in rows.groups.iter().enumerate() {
                out[g as usize] += u64::from(flags[i] && also.is_none_or(|a| a[i]));
            }
            out
        };
        let score_sums = match rows.scores {
            Some(scores) => Some(sum_scores(rows.groups, scores, groups)?),
            None => None,
        };
        let reviewed = rows.reviewed.map(|r| of(r, None));
        let overturned = match (rows.reviewed, rows.overturned) {
            (Some(reviewed), Some(overturned)) => Some(of(reviewed, Some(overturned))),
            _ => None,
        };
        Ok(Self { groups, classes, cells, score_sums, reviewed, overturned })
    }

    /// Adds the counts of other rows with the same groups, classes and columns.
    ///
    /// Errors if they are not the same.
    pub fn merge(&mut self, other: &Self) -> Result<(), LearnError> {
        let columns =
            |c: &Self| (c.score_sums.is_some(), c.reviewed.is_some(), c.overturned.is_some());
        if (self.groups, self.classes) != (other.groups, other.classes)
            || columns(self) != columns(other)
        {
            return Err(LearnError::Parameter {
                name: "counts",
                must: "of the same groups, classes and columns",
            });
        }
        self.cells.iter_mut().zip(&other.cells).for_each(|(a, b)| *a += b);
        let add = |a: &mut Option<Vec<u64>>, b: &Option<Vec<u64>>| {
            if let (Some(a), Some(b)) = (a, b) {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            }
        };
        add(&mut self.reviewed, &other.reviewed);
        add(&mut self.overturned, &other.overturned);
        if let (Some(a), Some(b)) = (&mut self.score_sums, &other.score_sums) {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        }
        Ok(())
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Rows of `group`; 0 for an unknown one.
    pub fn rows(&self, group: usize) -> u64 {
        let size = self.classes * self.classes;
        self.cells.chunks_exact(size).nth(group).map_or(0, |cells| cells.iter().sum())
    }
}

fn check(rows: &Rows<'_>, groups: usize, classes: usize) -> Result<(), LearnError> {
    let n = rows.groups.len();
    if n == 0 {
        return Err(LearnError::Empty { what: "the rows to compare" });
    }
    if rows.overturned.is_some() && rows.reviewed.is_none() {
        return Err(LearnError::Parameter { name: "reviewed", must: "given with overturned" });
    }
    let lengths = [
        ("labels", Some(rows.labels.len())),
        ("predictions", Some(rows.predictions.len())),
        ("scores", rows.scores.map(<[f32]>::len)),
        ("reviewed", rows.reviewed.map(<[bool]>::len)),
        ("overturned", rows.overturned.map(<[bool]>::len)),
    ];
    for (what, found) in lengths {
        match found {
            Some(found) if found != n => {
                return Err(LearnError::Shape { what, expected: n, found });
            }
            _ => {}
        }
    }
    if classes.checked_mul(classes).and_then(|c| c.checked_mul(groups)).is_none_or(|c| c > 1 << 28)
    {
        return Err(LearnError::Parameter {
            name: "groups x classes x classes",
            must: "at most 2^28",
        });
    }
    Ok(())
}

fn count_cells(rows: &Rows<'_>, groups: usize, classes: usize) -> Result<Vec<u64>, LearnError> {
    let size = groups * classes * classes;
    let lanes = if size <= MOST_LANE_CELLS { LANES } else { 1 };
    let mut tables = vec![0_u64; size * lanes];
    let columns = rows.groups.chunks(STRETCH).zip(rows.labels.chunks(STRETCH));
    for (part, ((g, y), p)) in columns.zip(rows.predictions.chunks(STRETCH)).enumerate() {
        for (what, values, limit) in
            [("group", g, groups), ("label", y, classes), ("prediction", p, classes)]
        {
            if values.iter().fold(0, |a, &b| a.max(b)) as usize >= limit {
                return Err(out_of_range(what, values, limit, part * STRETCH));
            }
        }
        for (i, ((&g, &y), &p)) in g.iter().zip(y).zip(p).enumerate() {
            let cell = (g as usize * classes + y as usize) * classes + p as usize;
            tables[cell * lanes + i % lanes] += 1;
        }
    }
    Ok(tables.chunks_exact(lanes).map(|cell| cell.iter().sum()).collect())
}

fn out_of_range(what: &'static str, values: &[u32], limit: usize, offset: usize) -> LearnError {
    let at = values.iter().position(|&x| x as usize >= limit).unwrap_or(0);
    LearnError::OutOfRange { what, at: offset + at, index: values[at] as usize, limit }
}

fn sum_scores(groups: &[u32], scores: &[f32], n_groups: usize) -> Result<Vec<f64>, LearnError> {
    if let Some(at) = scores.iter().position(|s| !s.is_finite()) {
        return Err(LearnError::NotFinite { what: "score of row", at });
    }
    let mut sums = vec![0.0; n_groups];
    groups.iter().zip(scores).for_each(|(&g, &s)| sums[g as usize] += f64::from(s));
    Ok(sums)
}
