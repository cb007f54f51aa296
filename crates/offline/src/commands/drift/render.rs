//! The report in JSON, tables and words.

use serde_json::{Value, json};

use super::test::Tested;
use super::{Args, Correct, Found};
use crate::Report;
use crate::commands::fairness::p_text;

/// Columns that are printed; the JSON has all of them.
const PRINTED: usize = 40;

pub(super) fn report(found: &Found, args: &Args) -> Report {
    let correction = match args.correction {
        Correct::Holm => "holm",
        Correct::Bh => "bh",
    };
    let skipped: Vec<Value> =
        found.skipped.iter().map(|(name, why)| json!({"column": name, "why": why})).collect();
    let joint = found.joint.map(|(columns, mmd)| {
        json!({
            "columns": columns,
            "mmd2": mmd.squared,
            "squared_distance": mmd.squared_distance,
            "p_value": mmd.p_value,
        })
    });
    let mut out = Report::new(json!({
        "reference": {"file": args.reference, "rows": found.reference_rows},
        "current": {"file": args.current, "rows": found.current_rows},
        "alpha": args.alpha,
        "correction": correction,
        "columns": found.columns.iter().map(|c| column_json(c, args)).collect::<Vec<_>>(),
        "together": joint,
        "skipped": skipped,
    }));
    table(&mut out, found, args);
    sentences(&mut out, found, args);
    out
}

/// What the size and the test say together.
fn verdict(column: &Tested, args: &Args) -> &'static str {
    if column.adjusted > args.alpha {
        return "no change shown";
    }
    match column.psi.value {
        psi if psi >= 0.25 => "changed",
        psi if psi >= 0.1 => "moved",
        _ => "real but small",
    }
}

fn column_json(column: &Tested, args: &Args) -> Value {
    let bins: Vec<Value> = column
        .psi
        .bins
        .iter()
        .enumerate()
        .map(|(i, bin)| {
            let name = column.bins.get(i);
            json!({"value": name, "reference": bin.reference, "current": bin.current, "part": bin.part})
        })
        .collect();
    let effects: serde_json::Map<String, Value> =
        column.effects.iter().map(|(name, size)| ((*name).to_owned(), json!(size))).collect();
    json!({
        "column": column.name,
        "kind": column.kind,
        "verdict": verdict(column, args),
        "psi": column.psi.value,
        "psi_without_change": column.psi.expected_without_change,
        "psi_edges": column.psi.edges,
        "psi_bins": bins,
        "psi_epsilon": column.psi.epsilon,
        "effects": effects,
        "test": column.test,
        "statistic": column.statistic,
        "p_value": column.p_value,
        "adjusted_p_value": column.adjusted,
        "note": column.note,
    })
}

fn table(out: &mut Report, found: &Found, args: &Args) {
    let head = ["column", "kind", "PSI", "effect", "test", "p", "p corrected", "verdict"];
    let lines = found.columns.iter().take(PRINTED).map(|c| {
        let (name, size) = c.effects[0];
        let size = size.map_or_else(|| "–".to_owned(), |size| format!("{size:.3}"));
        vec![
            c.name.clone(),
            c.note.as_ref().map_or_else(|| c.kind.to_owned(), |n| format!("{} ({n})", c.kind)),
            format!("{:.3}", c.psi.value),
            format!("{name} {size}"),
            format!("{} {:.4}", c.test, c.statistic),
            p_text(c.p_value),
            p_text(c.adjusted),
            verdict(c, args).to_owned(),
        ]
    });
    out.table(&head, lines);
    if found.columns.len() > PRINTED {
        out.say(format!("{} more columns are in the JSON.", found.columns.len() - PRINTED));
    }
    for (name, why) in &found.skipped {
        out.say(format!("Left out: `{name}` ({why})."));
    }
}

fn sentences(out: &mut Report, found: &Found, args: &Args) {
    let of = |wanted: &[&str]| {
        let names: Vec<&str> = found
            .columns
            .iter()
            .filter(|c| wanted.contains(&verdict(c, args)))
            .map(|c| c.name.as_str())
            .take(8)
            .collect();
        names.join(", ")
    };
    let (changed, small) = (of(&["changed", "moved"]), of(&["real but small"]));
    if changed.is_empty() {
        out.say("No column has moved by a PSI of 0.1 or more beyond chance.");
    } else {
        out.say(format!(
            "Changed: {changed}. Look at these columns' rows, and audit more until it is clear why."
        ));
    }
    if !small.is_empty() {
        out.say(format!(
            "Differ beyond chance, but little: {small}. With many rows every difference is significant."
        ));
    }
    if let Some((columns, mmd)) = found.joint {
        out.say(format!(
            "All {columns} columns of numbers together: MMD2 {:.4}, p {:.3} (up to {} rows of each file).",
            mmd.squared,
            mmd.p_value,
            super::JOINT_ROWS
        ));
    }
    out.say(format!(
        "PSI: below 0.1 stable, 0.1 to 0.25 moved, above changed; {} bins of the reference, shares of at \
         least {}.",
        args.bins, args.epsilon
    ));
}
