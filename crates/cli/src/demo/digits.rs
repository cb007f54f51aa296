//! The handwritten digits that the demo streams, and the truth it measures against.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use serde_json::{Map, Value, json};

use crate::random::Draws;

/// The loop of the demo.
pub(crate) const LOOP: &str = "digits";
/// The loop file.
pub(crate) const LOOP_FILE: &str = include_str!("../../../../examples/loops/digits.yaml");
/// Its input field.
pub(crate) const INPUT: &str = "image";
/// Its answer field.
pub(crate) const FIELD: &str = "digit";
/// Labelled images that train the first model: as many of each digit.
pub(crate) const LABELLED: usize = 20;
/// Images kept out of the stream, on which every model is measured.
pub(crate) const TEST: usize = 400;

const CSV: &str = include_str!("../../data/digits.csv");
const PIXELS: usize = 64;
/// Any fixed number: the split is the same in every run, so that runs compare.
const SPLIT_SEED: u64 = 1_998;

/// One image with the digit it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digit {
    /// Grey levels 0..=16, row by row.
    pub(crate) levels: [u8; PIXELS],
    /// What it shows.
    pub(crate) label: u8,
    /// Its row in the file.
    pub(crate) row: usize,
}

/// The images, divided.
#[derive(Debug, Clone)]
pub(crate) struct Digits {
    /// The first examples.
    pub(crate) labelled: Vec<Digit>,
    /// What streams in.
    pub(crate) stream: Vec<Digit>,
    /// Kept for measuring.
    pub(crate) test: Vec<Digit>,
    truth: HashMap<[u8; PIXELS], u8>,
}

impl Digit {
    /// The submitter's key of its case.
    pub(crate) fn key(&self) -> String {
        format!("digit-{:04}", self.row)
    }

    /// The input of its case.
    pub(crate) fn input(&self) -> Value {
        let pixels: Vec<f64> = self.levels.iter().map(|level| f64::from(*level) / 16.0).collect();
        json!({INPUT: {"width": 8, "height": 8, "pixels": pixels}})
    }

    /// An answer that says `label`.
    pub(crate) fn answer(label: u8) -> Value {
        json!({FIELD: label.to_string()})
    }

    /// The digit people and machines most easily take it for.
    pub(crate) fn look_alike(&self) -> u8 {
        [6, 7, 7, 8, 9, 6, 5, 1, 3, 4][usize::from(self.label % 10)]
    }
}

impl Digits {
    /// Reads the file that is part of the program and divides it: the same division in every run.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let mut all = read(CSV)?;
        let truth = all.iter().map(|digit| (digit.levels, digit.label)).collect();
        Draws::new(SPLIT_SEED).shuffle(&mut all);
        let (mut labelled, mut rest) =
            (Vec::with_capacity(LABELLED), Vec::with_capacity(all.len()));
        let mut taken = [0; 10];
        for digit in all {
            let count = &mut taken[usize::from(digit.label)];
            if *count < LABELLED / 10 {
                *count += 1;
                labelled.push(digit);
            } else {
                rest.push(digit);
            }
        }
        ensure!(labelled.len() == LABELLED && rest.len() > TEST, "the digits are incomplete");
        let stream = rest.split_off(TEST);
        Ok(Self { labelled, stream, test: rest, truth })
    }

    /// What the image of a case shows; `None` for a case that shows none of the images.
    pub(crate) fn truth(&self, input: &Value) -> Option<u8> {
        let pixels = input[INPUT]["pixels"].as_array()?;
        let mut levels = [0; PIXELS];
        if pixels.len() != PIXELS {
            return None;
        }
        for (level, pixel) in levels.iter_mut().zip(pixels) {
            *level = (pixel.as_f64()? * 16.0).round() as u8;
        }
        self.truth.get(&levels).copied()
    }
}

/// The digit an answer names.
pub(crate) fn named(answer: &Map<String, Value>) -> Option<u8> {
    answer.get(FIELD)?.as_str()?.parse().ok()
}

fn read(csv: &str) -> anyhow::Result<Vec<Digit>> {
    let mut digits = Vec::with_capacity(1_797);
    for (row, line) in csv.lines().skip(1).enumerate() {
        let mut levels = [0; PIXELS];
        let mut values = line.split(',').map(|value| value.trim().parse::<u8>());
        for level in &mut levels {
            *level = values.next().context("a row of the digits is too short")??;
        }
        let label = values.next().context("a row of the digits has no label")??;
        ensure!(label < 10, "a label of the digits is no digit");
        digits.push(Digit { levels, label, row });
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_division_covers_everything_once_and_starts_balanced() {
        let digits = Digits::load().unwrap();
        assert_eq!(
            (digits.labelled.len(), digits.test.len(), digits.stream.len()),
            (20, 400, 1_377)
        );
        let mut rows: Vec<usize> = [&digits.labelled, &digits.test, &digits.stream]
            .into_iter()
            .flatten()
            .map(|d| d.row)
            .collect();
        rows.sort_unstable();
        assert_eq!(rows, (0..1_797).collect::<Vec<_>>());
        for label in 0..10 {
            assert_eq!(digits.labelled.iter().filter(|d| d.label == label).count(), 2);
        }
    }

    #[test]
    fn an_image_tells_its_truth_from_its_input_alone() {
        let digits = Digits::load().unwrap();
        for digit in digits.stream.iter().chain(&digits.test) {
            assert_eq!(digits.truth(&digit.input()), Some(digit.label));
            assert_ne!(digit.look_alike(), digit.label);
        }
        assert_eq!(digits.truth(&json!({INPUT: {"pixels": [1.0]}})), None);
        assert_eq!(named(Digit::answer(7).as_object().unwrap()), Some(7));
    }
}
