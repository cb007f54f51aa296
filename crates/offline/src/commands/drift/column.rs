//! What is kept of a column while its file is read, and what kind of column it is.

use std::collections::BTreeMap;

use tandem_learn::rng::Rng;

/// Values kept of a column, drawn evenly if there are more.
const VALUES: usize = 1 << 20;
/// Different values up to which a column may be one of categories.
const CATEGORIES: usize = 1000;
/// Numbers with at most this many different values are taken for codes.
const CODES: usize = 10;

/// A bounded sample of one column.
pub(super) struct Sample {
    pub(super) rows: u64,
    pub(super) empty: u64,
    /// Numbers, as long as every cell is one; and the lengths of cells in characters.
    pub(super) numbers: Drawn,
    pub(super) lengths: Drawn,
    all_numbers: bool,
    /// Counts of the different values, as long as they are few.
    pub(super) values: Option<BTreeMap<Box<str>, u64>>,
}

/// Values drawn evenly from a stream (Vitter 1985, algorithm R).
pub(super) struct Drawn {
    pub(super) values: Vec<f64>,
    seen: u64,
    rng: Rng,
}

impl Drawn {
    fn new(seed: u64, stream: u64) -> Self {
        Self { values: Vec::new(), seen: 0, rng: Rng::stream(seed, stream) }
    }

    fn add(&mut self, value: f64) {
        self.seen += 1;
        if self.values.len() < VALUES {
            self.values.push(value);
        } else if let Some(place) = self.values.get_mut(self.rng.below(self.seen as usize)) {
            *place = value;
        }
    }
}

/// How a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Quantities.
    Number,
    /// A limited number of values.
    Category,
    /// Free text, of which only the length is compared.
    Text,
}

impl Sample {
    pub(super) fn new(seed: u64, column: u64) -> Self {
        Self {
            rows: 0,
            empty: 0,
            numbers: Drawn::new(seed, 2 * column),
            lengths: Drawn::new(seed, 2 * column + 1),
            all_numbers: true,
            values: Some(BTreeMap::new()),
        }
    }

    /// Adds a cell; returns its number, if it is one.
    pub(super) fn add(&mut self, cell: Option<&str>) -> Option<f64> {
        self.rows += 1;
        let Some(text) = cell.map(str::trim).filter(|text| !text.is_empty()) else {
            self.empty += 1;
            return None;
        };
        let number = if self.all_numbers {
            text.parse::<f64>().ok().filter(|x| x.is_finite())
        } else {
            None
        };
        match number {
            Some(x) => self.numbers.add(x),
            None if self.all_numbers => {
                self.all_numbers = false;
                self.numbers.values = Vec::new();
            }
            None => {}
        }
        if let Some(values) = &mut self.values {
            if let Some(count) = values.get_mut(text) {
                *count += 1;
            } else if values.len() < CATEGORIES {
                values.insert(text.into(), 1);
            } else {
                self.values = None;
            }
        }
        if !self.all_numbers {
            self.lengths.add(text.chars().count() as f64);
        }
        number
    }

    pub(super) fn filled(&self) -> u64 {
        self.rows - self.empty
    }

    fn different(&self) -> usize {
        self.values.as_ref().map_or(usize::MAX, BTreeMap::len)
    }
}

/// The kind of a column, from both files.
pub(super) fn kind(old: &Sample, new: &Sample, categorical: bool) -> Kind {
    let numbers = old.all_numbers && new.all_numbers;
    if numbers && !categorical && old.different().max(new.different()) > CODES {
        return Kind::Number;
    }
    let few = old.values.is_some() && new.values.is_some();
    // Where most values occur once, they are no categories.
    let repeated = |s: &Sample| (s.different() as u64).saturating_mul(2) <= s.filled().max(20);
    if few && (categorical || (repeated(old) && repeated(new))) {
        Kind::Category
    } else if numbers {
        Kind::Number
    } else {
        Kind::Text
    }
}
