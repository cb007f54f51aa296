//! Tables of class probabilities: a label and one column per class.
//!
//! Columns are the label's, an optional id's, ignored ones, and the classes'. A label names its
//! class as the column does (without the prefix, if one is given), or by number from 0, unless a
//! class is itself named by a number. Memory is four bytes a probability and eight a row.

use tandem_learn::calibrate::ProbabilityMatrix;
use tandem_learn::rng::Rng;

use crate::OfflineError;
use crate::table::{Column, Row, Table};

/// How far the probabilities of a row may be from summing to 1.
const TOLERANCE: f64 = 1e-3;

/// Which file and columns.
#[derive(Debug, Clone, clap::Args)]
pub struct Input {
    /// Table of probabilities, CSV or JSONL: a label and a column per class (- for standard input)
    #[arg(value_name = "PROBS")]
    pub file: String,
    /// Column of the true class: its name, or its number from 0
    #[arg(long, value_name = "COLUMN", default_value = "label")]
    pub label: String,
    /// Only columns that start with this are classes; the rest of their name is the class
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,
    /// Columns that are no classes
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub ignore: Vec<String>,
}

/// Rows of probabilities with their labels.
#[derive(Debug, Clone, Default)]
pub struct Probabilities {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Row-major.
    pub values: Vec<f32>,
    /// Class of each row.
    pub labels: Vec<u32>,
    /// Number of each row in its file, from 0.
    pub rows: Vec<u64>,
    /// Another column of each row, if one was asked for.
    pub extra: Vec<String>,
}

/// A file's columns by their part.
struct Columns {
    label: Column,
    extra: Option<Column>,
    classes: Vec<Column>,
    names: Vec<String>,
    /// Whether labels may be numbers of classes.
    numbered: bool,
}

impl Columns {
    fn find(
        table: &Table,
        input: &Input,
        extra: Option<(&str, &str)>,
    ) -> Result<Self, OfflineError> {
        let label = table.column("--label", &input.label)?;
        let extra = extra.map(|(option, name)| table.column(option, name)).transpose()?;
        for name in &input.ignore {
            table.column("--ignore", name)?;
        }
        let mut columns =
            Self { label, extra, classes: Vec::new(), names: Vec::new(), numbered: true };
        for (column, name) in table.columns() {
            let prefix = input.prefix.as_deref().unwrap_or("");
            let Some(class) = name.strip_prefix(prefix) else { continue };
            let other = column == label || Some(column) == extra;
            if other || input.ignore.iter().any(|i| i == name) {
                continue;
            }
            columns.numbered &= class.parse::<u64>().is_err();
            columns.classes.push(column);
            columns.names.push(class.to_owned());
        }
        if columns.classes.len() < 2 {
            return Err(table.wrong(format!(
                "{} column of a class beside the label; give one column of probabilities per class, \
                 and look at --label, --prefix and --ignore",
                if columns.classes.is_empty() { "there is no" } else { "there is only one" }
            )));
        }
        Ok(columns)
    }

    fn class(&self, row: Row<'_>) -> Result<u32, OfflineError> {
        let text = row.text(self.label)?;
        if let Some(class) = self.names.iter().position(|name| name == text) {
            return Ok(class as u32);
        }
        let number = text.parse::<usize>().ok().filter(|k| self.numbered && *k < self.names.len());
        number.map(|k| k as u32).ok_or_else(|| {
            let names = shortened(&self.names);
            let numbers = if self.numbered {
                format!(", or numbers below {}", self.names.len())
            } else {
                String::new()
            };
            row.wrong(self.label, format!("`{text}` is no class; classes are {names}{numbers}"))
        })
    }

    fn read(&self, row: Row<'_>, into: &mut Vec<f32>) -> Result<(), OfflineError> {
        let mut sum = 0.0;
        for &column in &self.classes {
            let p = row.number(column).map_err(|error| match error {
                OfflineError::Cell { message, .. } => row.wrong(
                    column,
                    format!("{message}; if it is no class, name it with --ignore or set --prefix"),
                ),
                other => other,
            })?;
            if p < 0.0 {
                return Err(row.wrong(column, format!("`{p}` is negative and no probability")));
            }
            sum += p;
            into.push(p as f32);
        }
        if (sum - 1.0).abs() > TOLERANCE {
            return Err(row.wrong_row(format!(
                "the probabilities of the {} classes sum to {sum:.4}, not to 1; normalise the row, \
                 and look whether a column is no class (--ignore) or a class is missing",
                self.classes.len()
            )));
        }
        Ok(())
    }
}

/// The first few names, quoted.
fn shortened(names: &[String]) -> String {
    let mut out: Vec<String> = names.iter().take(8).map(|name| format!("`{name}`")).collect();
    if names.len() > out.len() {
        out.push("…".to_owned());
    }
    out.join(", ")
}

impl Probabilities {
    /// Reads a file. `extra` is an option and the column it names, kept as text.
    pub fn read(input: &Input, extra: Option<(&str, &str)>) -> Result<Self, OfflineError> {
        Self::from_table(Table::open(&input.file)?, input, extra)
    }

    /// Reads an open table.
    pub fn from_table(
        mut table: Table,
        input: &Input,
        extra: Option<(&str, &str)>,
    ) -> Result<Self, OfflineError> {
        let columns = Columns::find(&table, input, extra)?;
        let mut out = Self::default();
        while let Some(row) = table.next()? {
            let class = columns.class(row)?;
            columns.read(row, &mut out.values)?;
            if let Some(extra) = columns.extra {
                out.extra.push(row.text(extra)?.to_owned());
            }
            out.rows.push(out.labels.len() as u64);
            out.labels.push(class);
        }
        if out.labels.is_empty() {
            return Err(table.wrong("there are no rows; give at least one"));
        }
        out.classes = columns.names;
        Ok(out)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Name of a class.
    pub fn class(&self, class: u32) -> &str {
        self.classes.get(class as usize).map_or("", String::as_str)
    }

    /// The probabilities, with the numbers of the rows as keys.
    pub fn matrix(&self) -> Result<ProbabilityMatrix<'_>, OfflineError> {
        Ok(ProbabilityMatrix::new(&self.values, self.classes.len())?.keyed(&self.rows)?)
    }

    /// The most probable class's probability, and whether it is not the label.
    pub fn outcomes(&self) -> Result<(Vec<f32>, Vec<bool>), OfflineError> {
        let (tops, confidence) = self.matrix()?.tops();
        let wrong = tops.iter().zip(&self.labels).map(|(a, b)| a != b).collect();
        Ok((confidence, wrong))
    }

    /// The rows at these places.
    #[must_use]
    pub fn select(&self, which: &[usize]) -> Self {
        let classes = self.classes.len();
        let mut values = Vec::with_capacity(which.len() * classes);
        for &i in which {
            values.extend_from_slice(&self.values[i * classes..][..classes]);
        }
        Self {
            classes: self.classes.clone(),
            values,
            labels: which.iter().map(|&i| self.labels[i]).collect(),
            rows: which.iter().map(|&i| self.rows[i]).collect(),
            extra: which.iter().filter_map(|&i| self.extra.get(i).cloned()).collect(),
        }
    }

    /// Errors unless at least two classes occur as labels.
    pub fn check_labels(&self, file: &str) -> Result<(), OfflineError> {
        if self.labels.iter().all(|label| *label == self.labels[0]) {
            let message = format!(
                "every label is `{}`; give rows of at least two classes",
                self.class(self.labels[0])
            );
            return Err(OfflineError::File { file: file.to_owned(), message });
        }
        Ok(())
    }
}

/// Which rows choose and which rows check.
#[derive(Debug, Clone)]
pub struct Split {
    /// Rows that are fitted to.
    pub fit: Probabilities,
    /// Rows that it is measured on.
    pub test: Probabilities,
}

impl Split {
    /// Splits by `how`: `even-odd`, `random` (halves drawn by the seed), or another file's name,
    /// whose rows are then the ones fitted to.
    pub fn new(
        all: Probabilities,
        how: &str,
        seed: u64,
        input: &Input,
        extra: Option<(&str, &str)>,
    ) -> Result<Self, OfflineError> {
        let n = all.len();
        let (fit, test): (Vec<usize>, Vec<usize>) = match how {
            "even-odd" => (0..n).partition(|i| i % 2 == 0),
            "random" => {
                let mut order: Vec<usize> = (0..n).collect();
                Rng::new(seed).shuffle(&mut order);
                let (fit, test) = order.split_at(n / 2);
                let sorted = |part: &[usize]| {
                    let mut part = part.to_vec();
                    part.sort_unstable();
                    part
                };
                (sorted(fit), sorted(test))
            }
            file => return Self::with_file(all, file, input, extra),
        };
        if fit.is_empty() || test.is_empty() {
            return Err(OfflineError::File {
                file: input.file.clone(),
                message: "one row cannot be split into halves; give more, or a file to --calibrate"
                    .to_owned(),
            });
        }
        Ok(Self { fit: all.select(&fit), test: all.select(&test) })
    }

    fn with_file(
        test: Probabilities,
        file: &str,
        input: &Input,
        extra: Option<(&str, &str)>,
    ) -> Result<Self, OfflineError> {
        let other = Input { file: file.to_owned(), ..input.clone() };
        let mut fit = Probabilities::read(&other, extra)?;
        if fit.classes != test.classes {
            return Err(OfflineError::File {
                file: file.to_owned(),
                message: format!(
                    "its classes are {}, those of {} are {}; give both files the same columns in \
                     the same order",
                    shortened(&fit.classes),
                    input.file,
                    shortened(&test.classes)
                ),
            });
        }
        // Rows of two files must not share their draws.
        let offset = test.len() as u64;
        fit.rows.iter_mut().for_each(|row| *row += offset);
        Ok(Self { fit, test })
    }
}

/// A number to four places, or `none`.
pub(crate) fn four(x: f64) -> String {
    if x.is_infinite() { "none".to_owned() } else { format!("{x:.4}") }
}

/// An interval to three places.
pub(crate) fn interval((low, high): (f64, f64)) -> String {
    format!("{low:.3} to {high:.3}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file with this text in a directory that lives as long as it is held.
    pub(crate) fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (dir, path)
    }

    pub(crate) fn input(file: &str) -> Input {
        Input { file: file.to_owned(), label: "label".to_owned(), prefix: None, ignore: vec![] }
    }

    fn read(text: &'static str, input: &Input) -> Result<Probabilities, OfflineError> {
        let table = Table::read("t", None, Box::new(text.as_bytes()))?;
        Probabilities::from_table(table, input, None)
    }

    fn error(text: &'static str) -> String {
        read(text, &input("t")).unwrap_err().to_string()
    }

    #[test]
    fn labels_are_names_or_numbers() {
        let names = read("label,cat,dog\ndog,0.25,0.75\ncat,1,0\n", &input("t")).unwrap();
        assert_eq!((names.labels, names.values), (vec![1, 0], vec![0.25, 0.75, 1.0, 0.0]));
        let numbers = read("label,p0,p1\n1,0.5,0.5\n0,1,0\n", &input("t")).unwrap();
        assert_eq!(numbers.labels, [1, 0]);
        // Classes named by numbers are meant by name.
        let digits = read("label,1,0\n1,0.5,0.5\n0,1,0\n", &input("t")).unwrap();
        assert_eq!(digits.labels, [0, 1]);
        assert!(error("label,1,2\n0,0.5,0.5\n").contains("`0` is no class; classes are `1`, `2`"));
        let prefixed = Input { prefix: Some("p_".to_owned()), ..input("t") };
        let rest = read("label,text,p_a,p_b\nb,hello,0.5,0.5\n", &prefixed).unwrap();
        assert_eq!((rest.labels, rest.classes), (vec![1], vec!["a".to_owned(), "b".to_owned()]));
        let ignored = Input { ignore: vec!["text".to_owned()], ..input("t") };
        assert!(read("label,text,a,b\nb,hello,0.5,0.5\n", &ignored).is_ok());
    }

    #[test]
    fn errors_name_place_and_mend() {
        assert_eq!(
            error("label,a,b\na,0.5,0.5\nb,0.9,0.3\n"),
            "t, line 3: the probabilities of the 2 classes sum to 1.2000, not to 1; normalise the \
             row, and look whether a column is no class (--ignore) or a class is missing"
        );
        assert_eq!(
            error("label,text,a,b\na,hello,0.5,0.5\n"),
            "t, line 2, column `text`: `hello` is no finite number; if it is no class, name it with \
             --ignore or set --prefix"
        );
        assert!(error("label,a,b\na,NaN,0.5\n").contains("line 2, column `a`: `NaN`"));
        assert!(error("label,a,b\na,-0.5,1.5\n").contains("is negative"));
        assert!(
            error("label,a,b\nc,0.5,0.5\n").contains("line 2, column `label`: `c` is no class")
        );
        assert!(error("label,a,b\n,0.5,0.5\n").contains("the cell is empty"));
        assert!(error("label,a,b\n").contains("there are no rows"));
        assert!(error("label,a\na,1\n").contains("there is only one column of a class"));
        assert!(error("a,b\n1,0\n").contains("there is no column `label`"));
    }

    #[test]
    fn splits_part_every_row() {
        let text: String = std::iter::once("label,a,b\n".to_owned())
            .chain((0..41).map(|i| format!("{},0.5,0.5\n", if i % 3 == 0 { "a" } else { "b" })))
            .collect();
        let (_dir, path) = file("probs.csv", &text);
        let input = input(&path);
        let all = Probabilities::read(&input, None).unwrap();
        for (how, sizes) in [("even-odd", (21, 20)), ("random", (20, 21)), (&path, (41, 41))] {
            let split = Split::new(all.clone(), how, 7, &input, None).unwrap();
            assert_eq!((split.fit.len(), split.test.len()), sizes, "{how}");
            let mut rows = [split.fit.rows, split.test.rows].concat();
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), sizes.0 + sizes.1);
        }
        let (_dir, other) = file("other.csv", "label,a,c\na,1,0\n");
        let message = Split::new(all.clone(), &other, 7, &input, None).unwrap_err().to_string();
        assert!(message.contains("its classes are `a`, `c`"), "{message}");
        assert!(Split::new(all.select(&[0]), "random", 7, &input, None).is_err());
        assert!(all.select(&[0]).check_labels("t").unwrap_err().to_string().contains("`a`"));
    }
}
