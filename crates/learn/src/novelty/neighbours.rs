//! Cosine distance to the `k`-th nearest row seen.

use crate::LearnError;
use crate::bytes::{Reader, Writer};
use crate::sparse::{Csr, Row};

/// Rows seen, of length 1, stored by column so that only rows that share a column are visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    k: usize,
    rows: usize,
    /// Entries of column `j` are `entries[offsets[j]..offsets[j + 1]]`.
    offsets: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Neighbours {
    /// Takes the rows seen; dense ones go through [`Csr::from_dense`]. A larger `k` (the paper: 50
    /// of 50,000 rows) is less moved by single odd rows; with few rows take 1 to 10.
    ///
    /// Errors if there is no row, or `k` is 0 or larger than the number of rows.
    pub fn fit(rows: &Csr, k: usize) -> Result<Self, LearnError> {
        if rows.rows() == 0 {
            return Err(LearnError::Empty { what: "the rows seen" });
        }
        if k == 0 || k > rows.rows() {
            return Err(LearnError::Parameter { name: "k", must: "in 1..=number of rows" });
        }
        let unit = rows.normalised();
        let mut offsets = vec![0_usize; rows.columns() + 1];
        for row in unit.iter() {
            row.indices.iter().for_each(|&j| offsets[j as usize + 1] += 1);
        }
        for j in 0..rows.columns() {
            offsets[j + 1] += offsets[j];
        }
        let mut next = offsets.clone();
        let mut entries = vec![(0_u32, 0.0_f32); unit.entries()];
        for (i, row) in unit.iter().enumerate() {
            for (j, x) in row.iter() {
                entries[next[j]] = (i as u32, x);
                next[j] += 1;
            }
        }
        Ok(Self { k, rows: rows.rows(), offsets, entries })
    }

    /// `1 - cosine` to the `k`-th nearest row seen, for each of `rows`: in `0..=2`, and 1 for a row
    /// that shares nothing with `k` of them, or is all zero.
    ///
    /// Errors if the number of columns is another.
    pub fn scores(&self, rows: &Csr) -> Result<Vec<f64>, LearnError> {
        if rows.columns() + 1 != self.offsets.len() {
            return Err(LearnError::Shape {
                what: "columns of the rows",
                expected: self.offsets.len() - 1,
                found: rows.columns(),
            });
        }
        let mut cosines = vec![0.0_f32; self.rows];
        Ok(rows.iter().map(|row| self.score(row, &mut cosines)).collect())
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.len(self.k);
        w.len(self.rows);
        w.len(self.offsets.len() - 1);
        for pair in self.offsets.windows(2) {
            w.len(pair[1] - pair[0]);
            for &(row, value) in &self.entries[pair[0]..pair[1]] {
                w.u32(row);
                w.f32(value);
            }
        }
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, LearnError> {
        // A row may have no entry, so the bytes do not bound their number: the score needs a vector.
        const MOST_ROWS: usize = 1 << 24;
        let (k, rows) = (r.u64()? as usize, r.u64()? as usize);
        if k == 0 || k > rows || rows > MOST_ROWS {
            return Err(r.wrong("k is in 1..=number of rows"));
        }
        let columns = r.len(8)?;
        let (mut offsets, mut entries) = (vec![0], Vec::new());
        for _ in 0..columns {
            for _ in 0..r.len(8)? {
                let row = r.u32()?;
                if row as usize >= rows {
                    return Err(r.wrong("an entry is of a row that is not there"));
                }
                entries.push((row, r.f32()?));
            }
            offsets.push(entries.len());
        }
        Ok(Self { k, rows, offsets, entries })
    }

    fn score(&self, row: Row<'_>, cosines: &mut [f32]) -> f64 {
        let norm = row.norm_squared().sqrt();
        if norm == 0.0 {
            return 1.0;
        }
        cosines.fill(0.0);
        for (j, x) in row.iter() {
            let x = (f64::from(x) / norm) as f32;
            for &(i, y) in &self.entries[self.offsets[j]..self.offsets[j + 1]] {
                cosines[i as usize] += x * y;
            }
        }
        let nearest = self.k - 1;
        let (_, kth, _) = cosines.select_nth_unstable_by(nearest, |a, b| b.total_cmp(a));
        (1.0 - f64::from(*kth)).clamp(0.0, 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_the_kth_smallest_of_all_distances(
            seen in prop::collection::vec(prop_oneof![Just(0.0_f32), -2.0_f32..2.0], 24),
            row in prop::collection::vec(prop_oneof![Just(0.0_f32), -2.0_f32..2.0], 4),
            k in 1_usize..=6,
        ) {
            let (seen, row) = (Csr::from_dense(&seen, 4).unwrap(), Csr::from_dense(&row, 4).unwrap());
            let got = Neighbours::fit(&seen, k).unwrap().scores(&row).unwrap()[0];
            let cosine = |a: Row<'_>, b: Row<'_>| {
                let norms = (a.norm_squared() * b.norm_squared()).sqrt();
                if norms > 0.0 { a.dot(b) / norms } else { 0.0 }
            };
            let mut all: Vec<f64> = seen.iter().map(|s| 1.0 - cosine(s, row.row(0))).collect();
            all.sort_by(f64::total_cmp);
            prop_assert!((got - all[k - 1]).abs() < 1e-5, "{} {:?}", got, all);
        }
    }

    #[test]
    fn edges_and_bad_input() {
        let seen = Csr::from_dense(&[1.0, 0.0, 0.0, 2.0], 2).unwrap();
        let one = Neighbours::fit(&seen, 1).unwrap();
        let rows = Csr::from_dense(&[3.0, 0.0, 0.0, 0.0], 2).unwrap();
        assert_eq!(one.scores(&rows).unwrap(), [0.0, 1.0]);
        assert!(Neighbours::fit(&seen, 3).is_err() && Neighbours::fit(&seen, 0).is_err());
        assert!(Neighbours::fit(&Csr::new(2), 1).is_err());
        assert!(one.scores(&Csr::new(3)).is_err());
    }
}
