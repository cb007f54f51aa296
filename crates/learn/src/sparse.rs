//! Compressed sparse rows: `u32` column indices, `f32` values, `f64` accumulators.

use crate::LearnError;

/// A sparse matrix in CSR form. Within a row the columns are strictly ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Csr {
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
    columns: usize,
}

/// One row of a [`Csr`]: columns ascending, with their values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// Column of each stored entry.
    pub indices: &'a [u32],
    /// Value of each stored entry.
    pub values: &'a [f32],
}

impl<'a> Row<'a> {
    /// `(column, value)` of each stored entry.
    pub fn iter(self) -> impl Iterator<Item = (usize, f32)> + 'a {
        self.indices.iter().zip(self.values).map(|(&j, &x)| (j as usize, x))
    }

    /// Squared Euclidean norm.
    pub fn norm_squared(self) -> f64 {
        self.values.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
    }

    /// Inner product with a dense vector of at least as many entries as the matrix has columns.
    pub fn dot_dense(self, dense: &[f32]) -> f64 {
        self.iter().map(|(j, x)| f64::from(x) * f64::from(dense[j])).sum()
    }

    /// Inner product with another row, by merging the two ascending column lists.
    pub fn dot(self, other: Row<'_>) -> f64 {
        let (mut a, mut b, mut sum) = (0, 0, 0.0);
        while a < self.indices.len() && b < other.indices.len() {
            match self.indices[a].cmp(&other.indices[b]) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    sum += f64::from(self.values[a]) * f64::from(other.values[b]);
                    a += 1;
                    b += 1;
                }
            }
        }
        sum
    }
}

impl Csr {
    /// A matrix of `columns` columns and no rows.
    pub fn new(columns: usize) -> Self {
        Self { offsets: vec![0], indices: Vec::new(), values: Vec::new(), columns }
    }

    /// The non-zero entries of a row-major dense matrix of `values.len() / columns` rows.
    pub fn from_dense(values: &[f32], columns: usize) -> Result<Self, LearnError> {
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(LearnError::Shape {
                what: "dense matrix (a multiple of its columns)",
                expected: columns,
                found: values.len(),
            });
        }
        let mut out = Self::new(columns);
        let mut entries = Vec::new();
        for row in values.chunks_exact(columns) {
            entries.extend(row.iter().enumerate().map(|(j, &x)| (j as u32, x)));
            out.push_row(&mut entries)?;
        }
        Ok(out)
    }

    /// Appends a row from `(column, value)` entries in any order; entries of one column are added
    /// up, zeros are dropped, and `entries` is left empty so that it can be filled again.
    pub fn push_row(&mut self, entries: &mut Vec<(u32, f32)>) -> Result<(), LearnError> {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by_key(|e| e.0);
        }
        let row = self.rows();
        let start = self.indices.len();
        let mut result = Ok(());
        for &(j, x) in entries.iter() {
            if j as usize >= self.columns {
                result = Err(LearnError::OutOfRange {
                    what: "column of row",
                    at: row,
                    index: j as usize,
                    limit: self.columns,
                });
            } else if !x.is_finite() {
                result = Err(LearnError::NotFinite { what: "value of row", at: row });
            } else if self.indices.len() > start && self.indices.last() == Some(&j) {
                if let Some(last) = self.values.last_mut() {
                    *last += x;
                }
            } else if x != 0.0 {
                self.indices.push(j);
                self.values.push(x);
            }
        }
        entries.clear();
        if result.is_ok() {
            self.offsets.push(self.indices.len());
        } else {
            self.indices.truncate(start);
            self.values.truncate(start);
        }
        result
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    pub fn entries(&self) -> usize {
        self.indices.len()
    }

    /// Row `i`; `i` must be below [`Csr::rows`].
    pub fn row(&self, i: usize) -> Row<'_> {
        let range = self.offsets[i]..self.offsets[i + 1];
        Row { indices: &self.indices[range.clone()], values: &self.values[range] }
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.rows()).map(|i| self.row(i))
    }

    /// The rows named by `which`, in that order; each must be below [`Csr::rows`].
    pub fn select(&self, which: &[usize]) -> Self {
        let mut out = Self::new(self.columns);
        for &i in which {
            let row = self.row(i);
            out.indices.extend_from_slice(row.indices);
            out.values.extend_from_slice(row.values);
            out.offsets.push(out.indices.len());
        }
        out
    }

    /// The same rows over only those columns that have an entry, and which columns these are.
    pub fn compact(&self) -> (Self, Vec<usize>) {
        let mut used = vec![false; self.columns];
        for &j in &self.indices {
            used[j as usize] = true;
        }
        let columns: Vec<usize> = (0..self.columns).filter(|&j| used[j]).collect();
        let mut place = vec![0_u32; self.columns];
        for (new, &old) in columns.iter().enumerate() {
            place[old] = new as u32;
        }
        let indices = self.indices.iter().map(|&j| place[j as usize]).collect();
        let (offsets, values) = (self.offsets.clone(), self.values.clone());
        (Self { offsets, indices, values, columns: columns.len() }, columns)
    }

    /// The same rows scaled to Euclidean length 1 (rows of zeros stay so), so that inner products
    /// are cosines.
    pub fn normalised(&self) -> Self {
        let mut out = self.clone();
        for i in 0..self.rows() {
            let norm = self.row(i).norm_squared().sqrt();
            if norm > 0.0 {
                for x in &mut out.values[self.offsets[i]..self.offsets[i + 1]] {
                    *x = (f64::from(*x) / norm) as f32;
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dense_round_trip_and_products(
            a in prop::collection::vec(prop_oneof![Just(0.0_f32), -3.0_f32..3.0], 12),
        ) {
            let m = Csr::from_dense(&a, 4).unwrap();
            prop_assert_eq!((m.rows(), m.columns()), (3, 4));
            for i in 0..3 {
                let mut dense = [0.0_f32; 4];
                m.row(i).iter().for_each(|(j, x)| dense[j] = x);
                prop_assert_eq!(&dense[..], &a[i * 4..i * 4 + 4]);
                for k in 0..3 {
                    let direct = m.row(i).dot_dense(&a[k * 4..k * 4 + 4]);
                    prop_assert!((m.row(i).dot(m.row(k)) - direct).abs() < 1e-9);
                }
                let n = m.normalised().row(i).norm_squared();
                prop_assert!(n == 0.0 || (n - 1.0).abs() < 1e-5);
            }
            let picked = m.select(&[2, 0]);
            prop_assert_eq!(picked.row(0), m.row(2));
            let (compact, columns) = m.compact();
            for i in 0..3 {
                let back: Vec<_> = compact.row(i).iter().map(|(j, x)| (columns[j], x)).collect();
                prop_assert_eq!(back, m.row(i).iter().collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn builder_sorts_adds_up_and_refuses() {
        let mut m = Csr::new(3);
        m.push_row(&mut vec![(2, 1.0), (0, 2.0), (2, 0.5), (1, 0.0)]).unwrap();
        assert_eq!(m.row(0), Row { indices: &[0, 2], values: &[2.0, 1.5] });
        assert!(m.push_row(&mut vec![(0, 1.0), (3, 1.0)]).is_err());
        assert!(m.push_row(&mut vec![(0, f32::NAN)]).is_err());
        assert_eq!((m.rows(), m.entries()), (1, 2));
        assert!(Csr::from_dense(&[1.0; 5], 2).is_err());
    }
}
