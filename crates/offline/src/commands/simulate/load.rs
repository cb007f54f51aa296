//! Rows of files as features and labels.

use tandem_learn::features::{FeatureKind, FeatureMap, FeatureOptions, FeatureSpec, Input, Value};
use tandem_learn::rng::Rng;
use tandem_learn::sparse::Csr;

use super::Args;
use crate::OfflineError;
use crate::intern::Interner;
use crate::table::{Column, Table};

/// Rows to choose from and rows to score on.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) pool: (Csr, Vec<u32>),
    pub(super) test: (Csr, Vec<u32>),
    pub(super) classes: Interner,
}

/// A file's rows before they become features.
#[derive(Debug, Default)]
struct Rows {
    texts: Vec<String>,
    numbers: Vec<Option<f64>>,
    /// Codes of categories; none where the cell is empty.
    categories: Vec<Option<u32>>,
    labels: Vec<u32>,
}

/// The columns to read.
struct Columns {
    text: Option<Column>,
    numbers: Vec<Column>,
    categories: Vec<Column>,
    label: Column,
}

/// Names shared by both files.
#[derive(Debug, Default)]
struct Names {
    classes: Interner,
    categories: Interner,
}

pub(super) fn load(args: &Args) -> Result<Data, OfflineError> {
    let mut names = Names::default();
    let (rows, numbers) = read(&args.train, args, &mut names)?;
    let all: Vec<usize> = (0..rows.labels.len()).collect();
    let (test, pool_rows, test_rows) = if let Some(file) = &args.test {
        let (test, more) = read(file, args, &mut names)?;
        if numbers != more {
            let message = "--features names other columns here than in the first file".to_owned();
            return Err(OfflineError::File { file: file.clone(), message });
        }
        let test_rows: Vec<usize> = (0..test.labels.len()).collect();
        (Some(test), all, test_rows)
    } else {
        let (pool, test) = held_out(all, args)?;
        (None, pool, test)
    };
    let specs = specs(args, &numbers);
    let pool = inputs(&rows, &pool_rows, &numbers, args, &names);
    let labels = |rows: &Rows, which: &[usize]| which.iter().map(|&i| rows.labels[i]).collect();
    let pool_labels: Vec<u32> = labels(&rows, &pool_rows);
    if pool_labels.iter().all(|k| *k == pool_labels[0]) {
        let name = names.classes.name(pool_labels[0]);
        let message = format!(
            "column `{}` holds one label only, `{name}`, in the rows to choose from; give rows of \
             at least two",
            args.label
        );
        return Err(OfflineError::File { file: args.train.clone(), message });
    }
    let map = FeatureMap::fit(&specs, &pool, FeatureOptions::default())?;
    let pool = map.transform(&pool)?;
    if pool.entries() == 0 {
        let message = "no row has a feature: texts need words that occur in two rows, numbers must \
                       differ";
        return Err(OfflineError::File { file: args.train.clone(), message: message.to_owned() });
    }
    let source = test.as_ref().unwrap_or(&rows);
    let test = map.transform(&inputs(source, &test_rows, &numbers, args, &names))?;
    let test_labels = labels(source, &test_rows);
    Ok(Data { pool: (pool, pool_labels), test: (test, test_labels), classes: names.classes })
}

/// Three tenths by chance for scoring.
fn held_out(mut all: Vec<usize>, args: &Args) -> Result<(Vec<usize>, Vec<usize>), OfflineError> {
    Rng::stream(args.seed, 0x7e57).shuffle(&mut all);
    let test = all.split_off(all.len() * 7 / 10);
    if all.is_empty() || test.is_empty() {
        let message = "too few rows to hold some out; give more, or a file with --test".to_owned();
        return Err(OfflineError::File { file: args.train.clone(), message });
    }
    Ok((all, test))
}

fn read(file: &str, args: &Args, names: &mut Names) -> Result<(Rows, Vec<String>), OfflineError> {
    let mut table = Table::open(file)?;
    let numbers = spread(&table, &args.features)?;
    let column = |option: &str, name: &String| table.column(option, name);
    let columns = Columns {
        text: args.text.as_ref().map(|name| column("--text", name)).transpose()?,
        numbers: numbers.iter().map(|n| column("--features", n)).collect::<Result<_, _>>()?,
        categories: args
            .categories
            .iter()
            .map(|n| column("--categories", n))
            .collect::<Result<_, _>>()?,
        label: column("--label", &args.label)?,
    };
    if columns.text.is_none() && columns.numbers.is_empty() && columns.categories.is_empty() {
        let names: Vec<&str> = table.headers().iter().map(String::as_str).collect();
        return Err(OfflineError::Usage(format!(
            "nothing to learn from: name columns with --text, --features or --categories; {file} \
             has `{}`",
            names.join("`, `")
        )));
    }
    let mut rows = Rows::default();
    while let Some(row) = table.next()? {
        rows.labels.push(names.classes.code(row.text(columns.label)?));
        if let Some(text) = columns.text {
            rows.texts.push(row.get(text).unwrap_or_default().to_owned());
        }
        for &column in &columns.numbers {
            let number = row.get(column).map(|_| row.number(column)).transpose();
            rows.numbers.push(number.map_err(category_hint)?);
        }
        for &column in &columns.categories {
            rows.categories.push(row.get(column).map(|name| names.categories.code(name)));
        }
    }
    if rows.labels.is_empty() {
        return Err(table.wrong("there is no row below the names of the columns"));
    }
    Ok((rows, numbers))
}

fn category_hint(error: OfflineError) -> OfflineError {
    match error {
        OfflineError::Cell { file, line, column, message } => {
            let message = format!("{message}; columns of names go to --categories");
            OfflineError::Cell { file, line, column, message }
        }
        other => other,
    }
}

/// Column names with `a..b` written out.
fn spread(table: &Table, names: &[String]) -> Result<Vec<String>, OfflineError> {
    let mut out = Vec::new();
    for name in names {
        let range = name.split_once("..").filter(|_| table.find(name).is_none());
        let Some((from, to)) = range else {
            out.push(name.clone());
            continue;
        };
        table.column("--features", from)?;
        table.column("--features", to)?;
        let at = |name: &str| table.headers().iter().position(|h| h == name).unwrap_or(0);
        let (from, to) = (at(from), at(to));
        if from > to {
            return Err(table.wrong(format!("--features {name}: the second column stands first")));
        }
        out.extend(table.headers()[from..=to].iter().cloned());
    }
    Ok(out)
}

/// Texts are column 0, then numbers, then categories.
fn specs(args: &Args, numbers: &[String]) -> Vec<FeatureSpec> {
    let mut specs = Vec::new();
    if let Some(name) = &args.text {
        if args.text_features == "full" {
            specs.extend(FeatureSpec::text(0, name));
        } else {
            let kind = FeatureKind::Words { min: 1, max: 1 };
            specs.push(FeatureSpec { column: 0, name: name.clone(), kind });
        }
    }
    let start = usize::from(args.text.is_some());
    let kinds = numbers.iter().map(|n| (n, FeatureKind::Number));
    let kinds = kinds.chain(args.categories.iter().map(|n| (n, FeatureKind::Category)));
    for (i, (name, kind)) in kinds.enumerate() {
        specs.push(FeatureSpec { column: start + i, name: name.clone(), kind });
    }
    specs
}

fn inputs<'a>(
    rows: &'a Rows,
    which: &[usize],
    numbers: &[String],
    args: &Args,
    names: &'a Names,
) -> Vec<Input<'a>> {
    let (width, categories) = (numbers.len(), args.categories.len());
    let input = |&i: &usize| {
        let mut values = Vec::with_capacity(1 + width + categories);
        values.extend(rows.texts.get(i).map(|text| Value::Text(text)));
        let numbers = &rows.numbers[i * width..(i + 1) * width];
        values.extend(numbers.iter().map(|n| n.map_or(Value::Missing, Value::Number)));
        let codes = &rows.categories[i * categories..(i + 1) * categories];
        let name = |code: &Option<u32>| {
            code.map_or(Value::Missing, |code| Value::Text(names.categories.name(code)))
        };
        values.extend(codes.iter().map(name));
        Input { values }
    };
    which.iter().map(input).collect()
}
