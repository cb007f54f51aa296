//! `drift`: whether the rows of one file differ from those of another, column by column.

mod column;
mod render;
mod test;

use tandem_learn::drift::mmd::{Mmd, MmdOptions, mmd};
use tandem_learn::drift::multiple::{Correction, adjust};
use tandem_learn::rng::Rng;

use crate::table::Table;
use crate::{OfflineError, Report};
use column::{Kind, Sample};
use test::Tested;

/// Rows of each file that enter the test of all numbers together.
const JOINT_ROWS: usize = 1000;

/// How p-values of several columns are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Correct {
    /// The chance of even one false alarm is at most alpha
    Holm,
    /// Of the alarms, at most a share alpha is false on average (Benjamini and Hochberg)
    Bh,
}

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to compare with (CSV or JSONL)
    reference: String,
    /// The file in question, or `-`
    current: String,
    /// Columns to compare, separated by commas; by default all that both files have
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// Columns of numbers that are codes and not quantities
    #[arg(long, value_delimiter = ',')]
    categorical: Vec<String>,
    /// How p-values are corrected for the number of columns
    #[arg(long, value_enum, default_value = "holm")]
    correction: Correct,
    /// Level of the tests
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// Bins of PSI, of equal share in the reference
    #[arg(long, default_value_t = 10)]
    bins: usize,
    /// Least share of a bin in PSI
    #[arg(long, default_value_t = 1e-4)]
    epsilon: f64,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// What was found.
struct Found {
    reference_rows: u64,
    current_rows: u64,
    columns: Vec<Tested>,
    joint: Option<(usize, Mmd)>,
    /// Columns that were left out, and why.
    skipped: Vec<(String, String)>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        return Err(OfflineError::Usage("--alpha must be between 0 and 1".to_owned()));
    }
    if args.reference == "-" && args.current == "-" {
        let message = "only one of the two files can be standard input";
        return Err(OfflineError::Usage(message.to_owned()));
    }
    let mut tables = [Table::open(&args.reference)?, Table::open(&args.current)?];
    let (names, mut skipped) = names(&tables, args)?;
    let reference = File::read(&mut tables[0], &names, args.seed)?;
    let current = File::read(&mut tables[1], &names, args.seed.wrapping_add(1))?;

    let mut columns = Vec::new();
    let mut numeric = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let (old, new) = (&reference.samples[i], &current.samples[i]);
        let kind = column::kind(old, new, args.categorical.contains(name));
        if kind == Kind::Number {
            numeric.push(i);
        }
        match test::column(name, kind, old, new, args)? {
            Ok(tested) => columns.extend(tested),
            Err(why) => skipped.push((name.clone(), why)),
        }
    }
    if columns.is_empty() {
        return Err(tables[1].wrong("no column can be compared; every one is empty in a file"));
    }
    correct(&mut columns, args)?;
    let joint = joint(&reference, &current, &numeric, args.seed)?;
    let found = Found {
        reference_rows: reference.rows,
        current_rows: current.rows,
        columns,
        joint,
        skipped,
    };
    Ok(render::report(&found, args))
}

/// The columns to compare, and those that only one file has.
type Names = (Vec<String>, Vec<(String, String)>);

fn names(tables: &[Table; 2], args: &Args) -> Result<Names, OfflineError> {
    if !args.columns.is_empty() {
        for table in tables {
            for name in &args.columns {
                table.column("--columns", name)?;
            }
        }
        return Ok((args.columns.clone(), Vec::new()));
    }
    let [old, new] = tables;
    let (both, only): (Vec<&String>, Vec<&String>) =
        old.headers().iter().partition(|name| new.find(name).is_some());
    if both.is_empty() {
        return Err(new.wrong(format!("it has no column in common with {}", old.file())));
    }
    let lone = |name: &String, table: &Table| (name.clone(), format!("only in {}", table.file()));
    let mut skipped: Vec<_> = only.into_iter().map(|name| lone(name, old)).collect();
    let others = new.headers().iter().filter(|name| old.find(name).is_none());
    skipped.extend(others.map(|name| lone(name, new)));
    Ok((both.into_iter().cloned().collect(), skipped))
}

/// One file, read once: a bounded sample of each column, and a few whole rows.
struct File {
    rows: u64,
    samples: Vec<Sample>,
    /// Drawn rows of numbers, none where a cell is no number.
    drawn: Vec<Vec<Option<f32>>>,
}

impl File {
    fn read(table: &mut Table, names: &[String], seed: u64) -> Result<Self, OfflineError> {
        let columns: Vec<_> =
            names.iter().map(|name| table.column("--columns", name)).collect::<Result<_, _>>()?;
        let mut out = Self { rows: 0, samples: Vec::new(), drawn: Vec::new() };
        out.samples.extend((0..names.len()).map(|i| Sample::new(seed, i as u64)));
        let mut rng = Rng::stream(seed, u64::MAX);
        let mut numbers = Vec::with_capacity(names.len());
        while let Some(row) = table.next()? {
            numbers.clear();
            for (sample, &column) in out.samples.iter_mut().zip(&columns) {
                numbers.push(sample.add(row.get(column)).map(|x| x as f32));
            }
            out.rows += 1;
            // Each row is among the drawn ones with the same probability (Vitter 1985, algorithm R).
            if out.drawn.len() < JOINT_ROWS {
                out.drawn.push(numbers.clone());
            } else if let Some(place) = out.drawn.get_mut(rng.below(out.rows as usize)) {
                place.clone_from(&numbers);
            }
        }
        if out.rows < 2 {
            let message = format!("it has {} rows; at least 2 are needed to compare", out.rows);
            return Err(table.wrong(message));
        }
        Ok(out)
    }
}

fn correct(columns: &mut [Tested], args: &Args) -> Result<(), OfflineError> {
    let p_values: Vec<f64> = columns.iter().map(|c| c.p_value).collect();
    let correction = match args.correction {
        Correct::Holm => Correction::Holm,
        Correct::Bh => Correction::BenjaminiHochberg,
    };
    for (column, p) in columns.iter_mut().zip(adjust(&p_values, correction)?) {
        column.adjusted = p;
    }
    // Sizes first: with many rows everything is significant.
    columns.sort_by(|a, b| b.psi.value.total_cmp(&a.psi.value));
    Ok(())
}

/// The test of all columns of numbers together, each scaled by the reference.
fn joint(
    reference: &File,
    current: &File,
    columns: &[usize],
    seed: u64,
) -> Result<Option<(usize, Mmd)>, OfflineError> {
    if columns.len() < 2 {
        return Ok(None);
    }
    let complete = |file: &File| -> Vec<Vec<f32>> {
        let pick = |row: &Vec<Option<f32>>| columns.iter().map(|&i| row[i]).collect();
        file.drawn.iter().filter_map(pick).collect()
    };
    let (mut old, mut new) = (complete(reference), complete(current));
    if old.len().min(new.len()) < 20 {
        return Ok(None);
    }
    for j in 0..columns.len() {
        let n = old.len() as f64;
        let mean = old.iter().map(|row| f64::from(row[j])).sum::<f64>() / n;
        let variance = old.iter().map(|row| (f64::from(row[j]) - mean).powi(2)).sum::<f64>() / n;
        let scale = if variance > 0.0 { variance.sqrt() } else { 1.0 };
        for row in old.iter_mut().chain(&mut new) {
            row[j] = ((f64::from(row[j]) - mean) / scale) as f32;
        }
    }
    let options = MmdOptions { permutations: 199, seed, ..MmdOptions::default() };
    let got = mmd(&old.concat(), &new.concat(), columns.len(), options)?;
    Ok(Some((columns.len(), got)))
}

#[cfg(test)]
mod tests;
