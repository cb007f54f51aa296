//! `fairness`: rates by group, with intervals, and the gaps between groups.

mod render;

pub(super) use render::p_text;

use tandem_learn::fairness::{Counts, ReportOptions, Rows};

use crate::intern::Interner;
use crate::table::{Column, Row, Table};
use crate::{OfflineError, Report};

/// Most groups and most classes that are compared.
const MOST: usize = 500;
/// Predictions that mean yes, where there are two classes.
const YES: [&str; 6] = ["1", "true", "yes", "y", "positive", "accepted"];

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV or JSONL file with a row for each decision, or `-`
    rows: String,
    /// Column of the group; given twice or more, groups are crossed
    #[arg(long, required = true)]
    group: Vec<String>,
    /// Column of the true label
    #[arg(long, default_value = "label")]
    label: String,
    /// Column of the predicted label
    #[arg(long, default_value = "prediction")]
    prediction: String,
    /// The label that counts as selected; by default `1`, `true` or `yes` where it is one of two
    /// labels, and else every label in turn
    #[arg(long)]
    positive: Option<String>,
    /// Column of a score for the positive label
    #[arg(long, requires = "positive")]
    score: Option<String>,
    /// Column that tells whether a person reviewed the row (1 or 0)
    #[arg(long)]
    reviewed: Option<String>,
    /// Column that tells whether the person overturned the prediction (1 or 0)
    #[arg(long, requires = "reviewed")]
    overturned: Option<String>,
    /// Rates over fewer rows than this are not shown and enter no gap
    #[arg(long, default_value_t = 30)]
    least_rows: u64,
    /// Level of the intervals
    #[arg(long, default_value_t = 0.95)]
    certainty: f64,
}

/// What was read: columns of codes.
#[derive(Debug, Default)]
struct Data {
    group_names: Interner,
    class_names: Interner,
    groups: Vec<u32>,
    labels: Vec<u32>,
    predictions: Vec<u32>,
    scores: Option<Vec<f32>>,
    reviewed: Option<Vec<bool>>,
    overturned: Option<Vec<bool>>,
}

/// Columns that are read.
struct Columns {
    groups: Vec<Column>,
    label: Column,
    prediction: Column,
    score: Option<Column>,
    reviewed: Option<Column>,
    overturned: Option<Column>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    if !(args.certainty > 0.0 && args.certainty < 1.0) {
        return Err(OfflineError::Usage("--certainty must be between 0 and 1".to_owned()));
    }
    let mut table = Table::open(&args.rows)?;
    let data = read(&mut table, args)?;
    let classes = classes(&table, &data, args.positive.as_deref())?;
    let rows = Rows {
        groups: &data.groups,
        labels: &data.labels,
        predictions: &data.predictions,
        scores: data.scores.as_deref(),
        reviewed: data.reviewed.as_deref(),
        overturned: data.overturned.as_deref(),
    };
    let counts = Counts::count(&rows, data.group_names.len(), data.class_names.len())?;
    let options = ReportOptions { least_rows: args.least_rows, delta: 1.0 - args.certainty };
    let reports: Vec<_> =
        classes.iter().map(|&class| counts.report(class, options)).collect::<Result<_, _>>()?;
    Ok(render::report(&data, &reports, options))
}

fn read(table: &mut Table, args: &Args) -> Result<Data, OfflineError> {
    let optional = |option: &str, name: &Option<String>| {
        name.as_ref().map(|name| table.column(option, name)).transpose()
    };
    let columns = Columns {
        groups: args
            .group
            .iter()
            .map(|name| table.column("--group", name))
            .collect::<Result<_, _>>()?,
        label: table.column("--label", &args.label)?,
        prediction: table.column("--prediction", &args.prediction)?,
        score: optional("--score", &args.score)?,
        reviewed: optional("--reviewed", &args.reviewed)?,
        overturned: optional("--overturned", &args.overturned)?,
    };
    let mut data = Data {
        scores: columns.score.map(|_| Vec::new()),
        reviewed: columns.reviewed.map(|_| Vec::new()),
        overturned: columns.overturned.map(|_| Vec::new()),
        ..Data::default()
    };
    let mut group = String::new();
    while let Some(row) = table.next()? {
        add(&mut data, &columns, row, &mut group)?;
    }
    if data.groups.is_empty() {
        return Err(table.wrong("there are no rows; give at least one row for each of two groups"));
    }
    if data.group_names.len() < 2 {
        let message = format!(
            "there is only one group, `{}`; groups are compared, so name a column with two or more",
            data.group_names.name(0)
        );
        return Err(table.wrong(message));
    }
    Ok(data)
}

fn add(
    data: &mut Data,
    columns: &Columns,
    row: Row<'_>,
    group: &mut String,
) -> Result<(), OfflineError> {
    group.clear();
    for (i, &column) in columns.groups.iter().enumerate() {
        group.push_str(if i > 0 { " / " } else { "" });
        group.push_str(row.text(column)?.trim());
    }
    data.groups.push(data.group_names.code(group));
    data.labels.push(data.class_names.code(row.text(columns.label)?.trim()));
    data.predictions.push(data.class_names.code(row.text(columns.prediction)?.trim()));
    let few = |column: Column, what: &str, names: &Interner| {
        if names.len() <= MOST {
            return Ok(());
        }
        let message = format!("there are more than {MOST} {what}; is this the right column?");
        Err(row.wrong(column, message))
    };
    few(columns.groups[0], "groups", &data.group_names)?;
    few(columns.label, "labels", &data.class_names)?;
    if let (Some(scores), Some(column)) = (&mut data.scores, columns.score) {
        scores.push(row.number(column)? as f32);
    }
    if let (Some(flags), Some(column)) = (&mut data.reviewed, columns.reviewed) {
        flags.push(flag(row, column)?);
    }
    if let (Some(flags), Some(column)) = (&mut data.overturned, columns.overturned) {
        // A row that nobody reviewed has nothing to be overturned.
        flags.push(row.get(column).is_some() && flag(row, column)?);
    }
    Ok(())
}

fn flag(row: Row<'_>, column: Column) -> Result<bool, OfflineError> {
    let text = row.text(column)?.trim();
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "y" | "t" | "1.0" => Ok(true),
        "0" | "false" | "no" | "n" | "f" | "0.0" => Ok(false),
        _ => Err(row.wrong(column, format!("`{text}` is neither yes nor no; write 1 or 0"))),
    }
}

/// The classes to report, each against the rest.
fn classes(table: &Table, data: &Data, positive: Option<&str>) -> Result<Vec<usize>, OfflineError> {
    let names = data.class_names.names();
    if names.len() < 2 {
        let message = format!(
            "all labels and predictions are `{}`; there is nothing to tell apart",
            data.class_names.name(0)
        );
        return Err(table.wrong(message));
    }
    if let Some(positive) = positive {
        return match data.class_names.get(positive) {
            Some(class) => Ok(vec![class as usize]),
            None => Err(table.wrong(format!(
                "no row has the label `{positive}`; the labels are `{}`: name one with --positive",
                names.iter().take(20).map(AsRef::as_ref).collect::<Vec<_>>().join("`, `")
            ))),
        };
    }
    let yes = names.iter().position(|name| YES.contains(&name.to_ascii_lowercase().as_str()));
    match yes {
        Some(class) if names.len() == 2 => Ok(vec![class]),
        _ => {
            let mut all: Vec<usize> = (0..names.len()).collect();
            all.sort_by_key(|&class| &names[class]);
            Ok(all)
        }
    }
}

#[cfg(test)]
mod tests;
