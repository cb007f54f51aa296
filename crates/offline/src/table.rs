//! CSV and JSONL, row by row.
//!
//! A [`Table`] holds one row at a time, whatever the size of the file. The format follows the name
//! of the file (`.jsonl`, `.ndjson`; everything else is CSV) or, for standard input (`-`), the first
//! character. The first line of a CSV file names the columns; the first object of a JSONL file does.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use serde_json::Value;

use crate::error::OfflineError;

/// Longest line of JSONL that is read, in bytes.
const LONGEST_LINE: u64 = 64 << 20;

/// A column of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column(usize);

/// A file that is being read.
pub struct Table {
    file: String,
    headers: Vec<String>,
    source: Source,
    line: u64,
}

enum Source {
    Csv {
        reader: csv::Reader<Box<dyn Read>>,
        record: csv::StringRecord,
    },
    Jsonl {
        reader: Box<dyn BufRead>,
        first: Option<Vec<Option<String>>>,
        cells: Vec<Option<String>>,
    },
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").field("file", &self.file).finish_non_exhaustive()
    }
}

/// The row at hand.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
}

impl Table {
    /// Opens a file, or standard input for `-`, and reads the names of its columns.
    pub fn open(path: &str) -> Result<Self, OfflineError> {
        if path == "-" {
            let reader = BufReader::new(std::io::stdin());
            return Self::read("standard input", None, Box::new(reader));
        }
        let io = |source| OfflineError::Io { file: path.to_owned(), source };
        let reader = BufReader::with_capacity(1 << 18, File::open(path).map_err(io)?);
        let lower = path.to_ascii_lowercase();
        let json = [".jsonl", ".ndjson", ".json"].iter().any(|ending| lower.ends_with(ending));
        Self::read(path, Some(json), Box::new(reader))
    }

    /// Reads from `reader`; `json` says whether it is JSONL, `None` looks at the first character.
    pub fn read(
        file: &str,
        json: Option<bool>,
        mut reader: Box<dyn BufRead>,
    ) -> Result<Self, OfflineError> {
        let io = |source| OfflineError::Io { file: file.to_owned(), source };
        let json = if let Some(json) = json {
            json
        } else {
            let start = reader.fill_buf().map_err(io)?;
            start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
        };
        if json { Self::jsonl(file, reader) } else { Self::csv(file, reader) }
    }

    fn csv(file: &str, reader: Box<dyn BufRead>) -> Result<Self, OfflineError> {
        let reader: Box<dyn Read> = Box::new(reader);
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(reader);
        let headers = reader.headers().map_err(|error| csv_error(file, &error))?;
        let headers: Vec<String> =
            headers.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let record = csv::StringRecord::new();
        Self { file: file.to_owned(), headers, source: Source::Csv { reader, record }, line: 1 }
            .checked()
    }

    fn jsonl(file: &str, reader: Box<dyn BufRead>) -> Result<Self, OfflineError> {
        let source = Source::Jsonl { reader, first: None, cells: Vec::new() };
        let mut table = Self { file: file.to_owned(), headers: Vec::new(), source, line: 0 };
        if let Some(object) = table.object()? {
            table.headers = object.keys().cloned().collect();
            let cells = object.iter().map(|(_, value)| cell(value)).collect();
            if let Source::Jsonl { first, .. } = &mut table.source {
                *first = Some(cells);
            }
        }
        table.checked()
    }

    fn checked(self) -> Result<Self, OfflineError> {
        if self.headers.iter().all(String::is_empty) {
            return Err(self.wrong(
                "the file is empty; give at least a line that names the columns and one row",
            ));
        }
        let mut names: Vec<&String> = self.headers.iter().collect();
        names.sort_unstable();
        if let Some((twice, _)) = names.iter().zip(names.iter().skip(1)).find(|(a, b)| a == b) {
            let message = format!("two columns are named `{twice}`; rename one of them");
            return Err(self.wrong(message));
        }
        Ok(self)
    }

    /// The next object of a JSONL file; empty lines are passed over.
    fn object(&mut self) -> Result<Option<serde_json::Map<String, Value>>, OfflineError> {
        let Source::Jsonl { reader, .. } = &mut self.source else { return Ok(None) };
        let mut text = String::new();
        loop {
            text.clear();
            let read = reader.by_ref().take(LONGEST_LINE).read_line(&mut text);
            self.line += 1;
            let (file, line) = (self.file.clone(), self.line);
            let broken = |message: String| OfflineError::Cell { file, line, column: None, message };
            match read {
                Ok(0) => return Ok(None),
                Ok(_) if text.trim().is_empty() => {}
                Ok(_) => {
                    return serde_json::from_str(text.trim_end()).map(Some).map_err(|error| {
                        broken(format!("no JSON object, at character {}: {error}", error.column()))
                    });
                }
                Err(error) => return Err(broken(format!("the line cannot be read: {error}"))),
            }
        }
    }

    /// Name of the file, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Names of the columns.
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The column of that name, which the option `option` asked for.
    pub fn column(&self, option: &str, name: &str) -> Result<Column, OfflineError> {
        self.find(name).ok_or_else(|| {
            let names = self.headers.join("`, `");
            self.wrong(format!(
                "there is no column `{name}`; the columns are `{names}`: name one with {option}"
            ))
        })
    }

    /// The column of that name, if there is one.
    pub fn find(&self, name: &str) -> Option<Column> {
        self.headers.iter().position(|header| header == name).map(Column)
    }

    /// All columns, in the order of the file.
    pub fn columns(&self) -> impl Iterator<Item = (Column, &str)> {
        self.headers.iter().enumerate().map(|(i, name)| (Column(i), name.as_str()))
    }

    /// An error about the whole file.
    pub fn wrong(&self, message: impl Into<String>) -> OfflineError {
        OfflineError::File { file: self.file.clone(), message: message.into() }
    }

    /// The next row; `None` at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "rows borrow the table, which no Iterator can"
    )]
    pub fn next(&mut self) -> Result<Option<Row<'_>>, OfflineError> {
        let more = match &mut self.source {
            Source::Csv { reader, record } => {
                let more =
                    reader.read_record(record).map_err(|error| csv_error(&self.file, &error))?;
                self.line = record.position().map_or(self.line + 1, csv::Position::line);
                more
            }
            Source::Jsonl { first, cells, .. } => {
                if let Some(first) = first.take() {
                    *cells = first;
                    true
                } else {
                    self.next_object()?
                }
            }
        };
        Ok(more.then_some(Row { table: self }))
    }

    fn next_object(&mut self) -> Result<bool, OfflineError> {
        let Some(object) = self.object()? else { return Ok(false) };
        let row: Vec<Option<String>> =
            self.headers.iter().map(|name| object.get(name).and_then(cell)).collect();
        if let Source::Jsonl { cells, .. } = &mut self.source {
            *cells = row;
        }
        Ok(true)
    }
}

impl<'a> Row<'a> {
    /// Line of the row, counted from 1.
    pub fn line(&self) -> u64 {
        self.table.line
    }

    /// The cell, if it is there and not empty.
    pub fn get(&self, column: Column) -> Option<&'a str> {
        let text = match &self.table.source {
            Source::Csv { record, .. } => record.get(column.0),
            Source::Jsonl { cells, .. } => cells.get(column.0).and_then(Option::as_deref),
        };
        text.filter(|text| !text.is_empty())
    }

    /// The cell, which must not be empty.
    pub fn text(&self, column: Column) -> Result<&'a str, OfflineError> {
        self.get(column)
            .ok_or_else(|| self.wrong(column, "the cell is empty; fill it or drop the row"))
    }

    /// The cell as a finite number.
    pub fn number(&self, column: Column) -> Result<f64, OfflineError> {
        let text = self.text(column)?;
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.wrong(column, format!("`{}` is no finite number", shortened(text)))),
        }
    }

    /// An error about one cell of the row.
    pub fn wrong(&self, column: Column, message: impl Into<String>) -> OfflineError {
        OfflineError::Cell {
            file: self.table.file.clone(),
            line: self.line(),
            column: self.table.headers.get(column.0).cloned(),
            message: message.into(),
        }
    }

    /// An error about the whole row.
    pub fn wrong_row(&self, message: impl Into<String>) -> OfflineError {
        OfflineError::Cell {
            file: self.table.file.clone(),
            line: self.line(),
            column: None,
            message: message.into(),
        }
    }
}

/// A JSON value as a cell: texts as they are, numbers and truth values as JSON writes them.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn csv_error(file: &str, error: &csv::Error) -> OfflineError {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!(
            "the row has {len} cells, but there are {expected_len} columns; quote cells that hold commas"
        ),
        csv::ErrorKind::Utf8 { .. } => "the row is not UTF-8; convert the file first".to_owned(),
        _ => error.to_string(),
    };
    OfflineError::Cell { file: file.to_owned(), line, column: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(text: &'static str) -> Result<Table, OfflineError> {
        Table::read("t", None, Box::new(text.as_bytes()))
    }

    #[test]
    fn csv_and_jsonl_give_the_same_rows() {
        for text in
            ["a,b\nx,1\n\"y, z\",2\n", "{\"a\":\"x\",\"b\":1}\n\n{\"b\":2,\"a\":\"y, z\"}\n"]
        {
            let mut table = table(text).unwrap();
            let (a, b) = (table.column("--a", "a").unwrap(), table.column("--b", "b").unwrap());
            let mut rows = Vec::new();
            while let Some(row) = table.next().unwrap() {
                rows.push((row.text(a).unwrap().to_owned(), row.number(b).unwrap()));
            }
            assert_eq!(rows, [("x".to_owned(), 1.0), ("y, z".to_owned(), 2.0)]);
        }
    }

    #[test]
    fn errors_name_the_place() {
        let message = |text| table(text).unwrap_err().to_string();
        assert!(message("").contains("empty"));
        assert!(message("a,a\n1,2\n").contains("two columns are named `a`"));
        assert!(message("{\"a\":").contains("t, line 1: no JSON object"));
        let mut bad = table("a,b\n1,x\n1\n").unwrap();
        let unknown = bad.column("--label", "c").unwrap_err().to_string();
        assert_eq!(
            unknown,
            "t: there is no column `c`; the columns are `a`, `b`: name one with --label"
        );
        let b = bad.find("b").unwrap();
        let row = bad.next().unwrap().unwrap();
        assert_eq!(
            row.number(b).unwrap_err().to_string(),
            "t, line 2, column `b`: `x` is no finite number"
        );
        let short = bad.next().unwrap_err().to_string();
        assert!(short.starts_with("t, line 3: the row has 1 cells"), "{short}");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), json: bool) {
            let reader = Box::new(std::io::Cursor::new(bytes));
            if let Ok(mut table) = Table::read("t", Some(json), reader) {
                let columns: Vec<Column> = table.columns().map(|c| c.0).collect();
                for _ in 0..300 {
                    match table.next() {
                        Ok(Some(row)) => columns.iter().for_each(|c| drop(row.number(*c))),
                        _ => break,
                    }
                }
            }
        }
    }
}
