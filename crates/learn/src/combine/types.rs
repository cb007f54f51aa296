//! What people answer with, where it is not one label.

/// One person's answer to one task. Indices are dense, as interning names gives them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer<T> {
    /// The task.
    pub task: usize,
    /// Who answered.
    pub worker: usize,
    /// The answer.
    pub value: T,
}

/// A labelled stretch of a text, from offset `start` up to, not including, `end`. Offsets may count
/// tokens, characters or bytes, as long as all count the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First offset.
    pub start: u32,
    /// The offset after the last.
    pub end: u32,
    /// Index of the label.
    pub label: u32,
}

impl Span {
    /// Number of offsets; 0 if `end` is not after `start`.
    pub fn length(&self) -> u64 {
        u64::from(self.end.saturating_sub(self.start))
    }

    /// Number of offsets in both, whatever the labels.
    pub fn shared(&self, other: &Self) -> u64 {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        u64::from(end.saturating_sub(start))
    }

    /// Intersection over union of the offsets; 0 if both are empty.
    pub fn iou(&self, other: &Self) -> f64 {
        let shared = self.shared(other);
        let union = self.length() + other.length() - shared;
        if union == 0 { 0.0 } else { shared as f64 / union as f64 }
    }
}

/// A labelled box with sides along the axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Left.
    pub x0: f64,
    /// Top.
    pub y0: f64,
    /// Right; not less than `x0`.
    pub x1: f64,
    /// Bottom; not less than `y0`.
    pub y1: f64,
    /// Index of the label.
    pub label: u32,
}

impl Rect {
    /// Area.
    pub fn area(&self) -> f64 {
        (self.x1 - self.x0).max(0.0) * (self.y1 - self.y0).max(0.0)
    }

    /// Intersection over union (Jaccard index) of the areas, whatever the labels; 0 if both are
    /// empty.
    pub fn iou(&self, other: &Self) -> f64 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        let shared = width.max(0.0) * height.max(0.0);
        let union = self.area() + other.area() - shared;
        if union > 0.0 { shared / union } else { 0.0 }
    }
}

/// A find that was kept, and by whom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found<T> {
    /// The find.
    pub value: T,
    /// Weighted share of the task's people who made it.
    pub support: f64,
    /// Weighted share of those who gave it this label.
    pub label_share: f64,
}

/// The outcome of one task.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<T> {
    /// The task.
    pub task: usize,
    /// What people together answered.
    pub answer: T,
    /// How far they agree on it, in `0..=1`; `None` if one person answered.
    pub confidence: Option<f64>,
    /// People who answered.
    pub answers: usize,
}

/// The outcomes of all tasks that have answers, by task.
#[derive(Debug, Clone, PartialEq)]
pub struct Combined<T> {
    /// One outcome per answered task.
    pub tasks: Vec<Decision<T>>,
    /// Mean agreement of each worker with the outcomes, in `0..=1`, over tasks that somebody else
    /// answered too; `None` without any.
    pub agreement: Vec<Option<f64>>,
    /// Weight of each worker in the last vote; 1 on average over the answers.
    pub weights: Vec<f64>,
}
