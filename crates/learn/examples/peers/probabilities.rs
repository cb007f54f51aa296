//! Reading stored probabilities, and work on many draws of them.

use std::path::Path;
use std::time::Instant;

use tandem_learn::rng::Rng;

use crate::common::cpu_seconds;

/// Some rows of a data set.
#[derive(Clone)]
pub(crate) struct Half {
    pub(crate) classes: usize,
    pub(crate) values: Vec<f32>,
    pub(crate) labels: Vec<u32>,
    pub(crate) keys: Vec<u64>,
}

impl Half {
    /// Some rows drawn by `seed`, and the others.
    pub(crate) fn part(&self, rows: usize, seed: u64) -> (Self, Self) {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        Rng::stream(seed, 1).shuffle(&mut order);
        let row = |&i: &usize| &self.values[i * self.classes..][..self.classes];
        let select = |which: &[usize]| Self {
            classes: self.classes,
            values: which.iter().flat_map(row).copied().collect(),
            labels: which.iter().map(|&i| self.labels[i]).collect(),
            keys: which.iter().map(|&i| self.keys[i]).collect(),
        };
        let (some, others) = order.split_at(rows);
        (select(some), select(others))
    }
}

/// Even and odd rows of a data set below `root`.
pub(crate) fn load(root: &str, name: &str) -> Option<[Half; 2]> {
    let text = std::fs::read_to_string(Path::new(root).join(name).join("pyx.csv")).ok()?;
    let mut lines = text.lines();
    let classes = lines.next()?.split(',').count() - 1;
    let empty = || Half { classes, values: Vec::new(), labels: Vec::new(), keys: Vec::new() };
    let mut halves = [empty(), empty()];
    for (i, line) in lines.enumerate() {
        let half = &mut halves[i % 2];
        let (label, rest) = line.split_once(',')?;
        half.labels.push(label.parse().ok()?);
        half.keys.push(i as u64);
        for p in rest.split(',') {
            half.values.push(p.parse().ok()?);
        }
    }
    Some(halves)
}

/// Runs `f` with 0, 1, ... until half a second of CPU is spent, and `times` times at least; all
/// results of the first `times` runs, and the mean CPU seconds of a run. The system tells CPU time
/// in steps of some milliseconds, too coarse for one run.
pub(crate) fn repeated<T>(times: usize, mut f: impl FnMut(u64) -> T) -> (Vec<T>, f64) {
    let start = Instant::now();
    let from = cpu_seconds(start);
    let (mut out, mut runs) = (Vec::with_capacity(times), 0_u64);
    loop {
        let result = f(runs);
        runs += 1;
        if out.len() < times {
            out.push(result);
        }
        let spent = cpu_seconds(start) - from;
        if spent > 0.5 && out.len() == times {
            return (out, spent / runs as f64);
        }
    }
}
