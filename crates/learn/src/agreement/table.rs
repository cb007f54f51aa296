//! Triples, and the table of counts that the coefficients need.

use crate::{LearnError, rng};

/// Ratings as parallel columns: `raters[i]` gave `units[i]` the value `values[i]`. Indices are
/// dense, as interning names gives them; the order of the triples is free.
#[derive(Debug, Clone, Copy)]
pub struct Triples<'a> {
    /// Unit (task, item) of each rating.
    pub units: &'a [u32],
    /// Rater (worker, coder) of each rating.
    pub raters: &'a [u32],
    /// Value of each rating, below `n_values`.
    pub values: &'a [u32],
    /// Number of values on the scale, used or not.
    pub n_values: usize,
}

/// What to do when one rater rated one unit more than once: the later ratings are no independent
/// evidence, and would count the rater as agreeing with himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeats {
    /// Keep the first rating.
    #[default]
    First,
    /// Keep the last rating (a correction).
    Last,
    /// Keep all, as if from different raters.
    Keep,
}

/// One more than the largest index, which must be plausible for `n` ratings: memory is linear in
/// it.
fn size(indices: &[u32], what: &'static str) -> Result<usize, LearnError> {
    let limit = indices.len().saturating_mul(4).saturating_add(1 << 20);
    let largest = indices.iter().fold(0, |a, &b| a.max(b)) as usize;
    if largest < limit {
        return Ok(largest + 1);
    }
    let at = indices.iter().position(|&i| i as usize == largest).unwrap_or(0);
    Err(LearnError::OutOfRange { what, at, index: largest, limit })
}

impl Triples<'_> {
    fn check(&self) -> Result<(usize, usize), LearnError> {
        let n = self.units.len();
        for (what, found) in [("raters", self.raters.len()), ("values", self.values.len())] {
            if found != n {
                return Err(LearnError::Shape { what, expected: n, found });
            }
        }
        if n == 0 {
            return Err(LearnError::Empty { what: "the list of ratings" });
        }
        if u32::try_from(n).is_err() {
            return Err(LearnError::Parameter { name: "ratings", must: "fewer than 2^32" });
        }
        // A branch-free pass first: the search for the place is for the unlucky.
        let limit = self.n_values;
        if self.values.iter().fold(0, |a, &b| a.max(b)) as usize >= limit {
            let bad = self.values.iter().enumerate().find(|(_, v)| **v as usize >= limit);
            let (at, index) = bad.map_or((0, 0), |(at, &v)| (at, v as usize));
            return Err(LearnError::OutOfRange { what: "value of rating", at, index, limit });
        }
        Ok((size(self.units, "unit of rating")?, size(self.raters, "rater of rating")?))
    }

    /// One more than the largest rater.
    pub(crate) fn n_raters(&self) -> Result<usize, LearnError> {
        Ok(self.check()?.1)
    }

    /// Calls `f` with the raters and values of each rated unit, repeats settled, in input order
    /// within a unit, and returns how many repeats there were. `O(ratings)`; no copy is made of
    /// ratings that are sorted by unit already.
    pub(crate) fn each_unit(
        &self,
        repeats: Repeats,
        mut f: impl FnMut(&[(u32, u32)]),
    ) -> Result<usize, LearnError> {
        let (n_units, n_raters) = self.check()?;
        let mut unit =
            Unit { mark: 0, seen: vec![(0, 0); n_raters], ratings: Vec::new(), repeats: 0 };
        if self.units.is_sorted() {
            let mut start = 0;
            for same in self.units.chunk_by(|a, b| a == b) {
                let rows = start..start + same.len();
                start = rows.end;
                let pairs = self.raters[rows.clone()].iter().zip(&self.values[rows]);
                f(unit.settle(pairs.map(|(&r, &v)| (r, v)), repeats));
            }
        } else {
            let (pairs, ends) = self.scatter(n_units);
            let mut start = 0;
            for end in ends {
                if end > start {
                    f(unit.settle(pairs[start..end].iter().copied(), repeats));
                    start = end;
                }
            }
        }
        Ok(unit.repeats)
    }

    /// Raters and values by unit (counting sort), and where each unit ends.
    fn scatter(&self, n_units: usize) -> (Vec<(u32, u32)>, Vec<usize>) {
        let mut next = vec![0_usize; n_units];
        for &u in self.units {
            next[u as usize] += 1;
        }
        let mut sum = 0;
        for place in &mut next {
            sum += std::mem::replace(place, sum);
        }
        let mut pairs = vec![(0_u32, 0_u32); self.units.len()];
        for ((&u, &r), &v) in self.units.iter().zip(self.raters).zip(self.values) {
            let place = &mut next[u as usize];
            pairs[*place] = (r, v);
            *place += 1;
        }
        (pairs, next)
    }
}

/// The ratings of one unit, whose repeats are being settled.
struct Unit {
    mark: u32,
    /// The unit (as a mark) and the place at which a rater was last seen.
    seen: Vec<(u32, u32)>,
    ratings: Vec<(u32, u32)>,
    repeats: usize,
}

impl Unit {
    fn settle(
        &mut self,
        ratings: impl Iterator<Item = (u32, u32)>,
        repeats: Repeats,
    ) -> &[(u32, u32)] {
        self.mark += 1;
        self.ratings.clear();
        if repeats == Repeats::Keep {
            self.ratings.extend(ratings);
            return &self.ratings;
        }
        for (rater, value) in ratings {
            let before = &mut self.seen[rater as usize];
            if before.0 == self.mark {
                self.repeats += 1;
                if repeats == Repeats::Last {
                    self.ratings[before.1 as usize].1 = value;
                }
                continue;
            }
            *before = (self.mark, self.ratings.len() as u32);
            self.ratings.push((rater, value));
        }
        &self.ratings
    }
}

/// Counts of values per unit, units of equal counts merged into patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Entries of pattern `p` are `offsets[p]..offsets[p + 1]`.
    offsets: Vec<usize>,
    /// Value and how often it was given; ascending by value within a pattern.
    entries: Vec<(u32, u32)>,
    /// Ratings in a unit of each pattern.
    sizes: Vec<u32>,
    /// Units of each pattern.
    times: Vec<u32>,
    levels: Vec<f64>,
    repeats: usize,
}

impl Table {
    /// Counts the ratings of `triples` in `O(ratings)`. Levels are `0, 1, 2, …`; see
    /// [`Table::with_levels`].
    pub fn from_triples(triples: &Triples<'_>, repeats: Repeats) -> Result<Self, LearnError> {
        let mut table = Self::new(triples.n_values);
        let mut merge = Merge::default();
        let mut counts = vec![0_u32; triples.n_values];
        let mut unit: Vec<(u32, u32)> = Vec::new();
        let repeats = triples.each_unit(repeats, |ratings| {
            unit.clear();
            for &(_, v) in ratings {
                if counts[v as usize] == 0 {
                    unit.push((v, 0));
                }
                counts[v as usize] += 1;
            }
            for entry in &mut unit {
                entry.1 = std::mem::take(&mut counts[entry.0 as usize]);
            }
            unit.sort_unstable();
            table.add(&unit, &mut merge);
        })?;
        table.repeats = repeats;
        Ok(table)
    }

    /// Takes counts that exist already: row-major, one row of `n_values` counts per unit.
    pub fn from_counts(counts: &[u32], n_values: usize) -> Result<Self, LearnError> {
        if n_values == 0 || !counts.len().is_multiple_of(n_values) {
            let (what, found) = ("counts (a multiple of the values)", counts.len());
            return Err(LearnError::Shape { what, expected: n_values, found });
        }
        if counts.is_empty() {
            return Err(LearnError::Empty { what: "the list of ratings" });
        }
        let mut table = Self::new(n_values);
        let mut merge = Merge::default();
        let mut unit: Vec<(u32, u32)> = Vec::new();
        for row in counts.chunks_exact(n_values) {
            unit.clear();
            unit.extend((0..).zip(row.iter().copied()).filter(|(_, c)| *c > 0));
            table.add(&unit, &mut merge);
        }
        Ok(table)
    }

    fn new(n_values: usize) -> Self {
        Self {
            offsets: vec![0],
            entries: Vec::new(),
            sizes: Vec::new(),
            times: Vec::new(),
            levels: (0..n_values).map(|k| k as f64).collect(),
            repeats: 0,
        }
    }

    /// The same table with a number for each value, which interval, ratio and weighted measures
    /// use, and whose order the ordinal metric uses. Errors unless finite and distinct.
    pub fn with_levels(mut self, levels: Vec<f64>) -> Result<Self, LearnError> {
        if levels.len() != self.levels.len() {
            let (expected, found) = (self.levels.len(), levels.len());
            return Err(LearnError::Shape { what: "levels of the values", expected, found });
        }
        if let Some(at) = levels.iter().position(|x| !x.is_finite()) {
            return Err(LearnError::NotFinite { what: "level of value", at });
        }
        let mut sorted = levels.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        if sorted.windows(2).any(|w| w[0] == w[1]) {
            return Err(LearnError::Parameter { name: "levels", must: "distinct" });
        }
        self.levels = levels;
        Ok(self)
    }

    fn add(&mut self, unit: &[(u32, u32)], merge: &mut Merge) {
        if unit.is_empty() {
            return;
        }
        let pattern = merge.find(unit, &self.offsets, &self.entries);
        if pattern < self.times.len() {
            self.times[pattern] += 1;
            return;
        }
        self.entries.extend_from_slice(unit);
        self.offsets.push(self.entries.len());
        // Saturates only beyond four billion ratings of one unit.
        self.sizes.push(unit.iter().fold(0, |n, e| n.saturating_add(e.1)));
        self.times.push(1);
    }

    /// Units with at least one rating.
    pub fn units(&self) -> usize {
        self.times.iter().map(|&t| t as usize).sum()
    }

    /// Units with at least two ratings: the others say nothing about agreement.
    pub fn paired_units(&self) -> usize {
        self.patterns().filter(|p| p.size >= 2).map(|p| p.times as usize).sum()
    }

    /// Ratings counted.
    pub fn ratings(&self) -> usize {
        self.patterns().map(|p| p.size as usize * p.times as usize).sum()
    }

    /// Repeated ratings that were dropped.
    pub fn repeats(&self) -> usize {
        self.repeats
    }

    /// Distinct patterns, the unit of cost.
    pub fn n_patterns(&self) -> usize {
        self.times.len()
    }

    /// The number of each value.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    pub(super) fn times(&self) -> &[u32] {
        &self.times
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = Pattern<'_>> {
        self.offsets.windows(2).zip(&self.sizes).zip(&self.times).map(|((ends, &size), &times)| {
            Pattern { entries: &self.entries[ends[0]..ends[1]], size, times }
        })
    }
}

/// What units of one pattern look like.
#[derive(Clone, Copy)]
pub(super) struct Pattern<'a> {
    pub(super) entries: &'a [(u32, u32)],
    pub(super) size: u32,
    pub(super) times: u32,
}

/// Open-addressing index of patterns by content.
#[derive(Default)]
struct Merge {
    /// Pattern plus one; 0 is free. Its length is a power of two.
    slots: Vec<u32>,
    hashes: Vec<u64>,
}

impl Merge {
    /// The pattern equal to `unit`, or the number of patterns so far (then it is entered).
    fn find(&mut self, unit: &[(u32, u32)], offsets: &[usize], entries: &[(u32, u32)]) -> usize {
        if self.hashes.len() * 2 >= self.slots.len() {
            self.grow();
        }
        // A cheap mix per entry, as patterns are found a million times; a good one at the end.
        let mix = |h: u64, e: &(u32, u32)| {
            let entry = u64::from(e.0) << 32 | u64::from(e.1);
            (h.rotate_left(23) ^ entry).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        let hash = rng::hash(unit.iter().fold(0, mix));
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let Some(pattern) = (self.slots[slot] as usize).checked_sub(1) else {
                self.hashes.push(hash);
                self.slots[slot] = self.hashes.len() as u32;
                return self.hashes.len() - 1;
            };
            if self.hashes[pattern] == hash
                && &entries[offsets[pattern]..offsets[pattern + 1]] == unit
            {
                return pattern;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mask = (self.slots.len() * 4).max(256) - 1;
        self.slots = vec![0; mask + 1];
        for (pattern, &hash) in (1..).zip(&self.hashes) {
            let mut slot = hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = pattern;
        }
    }
}
