//! Model probabilities and labels of a data set, and its halves.

use std::path::PathBuf;

use tandem_learn::calibrate::ProbabilityMatrix;
use tandem_learn::rng::Rng;

/// Rows of a data set.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) all: Half,
}

/// Some rows of a data set, with their numbers as keys.
#[derive(Clone)]
pub(crate) struct Half {
    pub(crate) classes: usize,
    pub(crate) values: Vec<f32>,
    pub(crate) labels: Vec<u32>,
    pub(crate) keys: Vec<u64>,
}

impl Half {
    pub(crate) fn matrix(&self) -> ProbabilityMatrix<'_> {
        ProbabilityMatrix::new(&self.values, self.classes).unwrap().keyed(&self.keys).unwrap()
    }

    fn select(&self, which: &[usize]) -> Self {
        let row = |&i: &usize| self.values[i * self.classes..][..self.classes].to_vec();
        Self {
            classes: self.classes,
            values: which.iter().flat_map(row).collect(),
            labels: which.iter().map(|&i| self.labels[i]).collect(),
            keys: which.iter().map(|&i| self.keys[i]).collect(),
        }
    }

    pub(crate) fn split_at(&self, rows: usize) -> (Self, Self) {
        let all: Vec<usize> = (0..self.labels.len()).collect();
        (self.select(&all[..rows]), self.select(&all[rows..]))
    }
}

/// A file below `../shared/data`; says so where it is absent.
pub(crate) fn file(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let text = std::fs::read_to_string(root.join(path)).ok();
    if text.is_none() {
        println!("skipped: ../shared/data/{path} is absent");
    }
    text
}

pub(crate) fn load(name: &'static str, classes: usize) -> Option<Set> {
    let text = file(&format!("{name}/pyx.csv"))?;
    let mut all = Half { classes, values: Vec::new(), labels: Vec::new(), keys: Vec::new() };
    for (i, line) in text.lines().skip(1).enumerate() {
        let (label, probabilities) = line.split_once(',').unwrap();
        all.labels.push(label.parse().unwrap());
        all.values.extend(probabilities.split(',').map(|x| x.parse::<f32>().unwrap()));
        all.keys.push(i as u64);
    }
    Some(Set { name, all })
}

/// Even and odd rows.
pub(crate) fn halves(set: &Set) -> [Half; 2] {
    [0, 1].map(|odd| {
        let rows: Vec<usize> = (0..set.all.labels.len()).filter(|i| i % 2 == odd).collect();
        set.all.select(&rows)
    })
}

/// Two halves drawn by `seed`.
pub(crate) fn random_halves(set: &Set, seed: u64) -> [Half; 2] {
    let mut order: Vec<usize> = (0..set.all.labels.len()).collect();
    Rng::new(seed).shuffle(&mut order);
    let (a, b) = order.split_at(order.len() / 2);
    [set.all.select(a), set.all.select(b)]
}
