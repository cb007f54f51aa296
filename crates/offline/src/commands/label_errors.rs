//! `label-errors`: labels that are probably wrong.

use serde_json::{Value, json};
use tandem_learn::label_errors::{ConfidentJoint, Issue, Prune, Ranking, find};

use crate::probabilities::{Input, Probabilities};
use crate::{OfflineError, Report};

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    input: Input,
    /// How suspects are chosen
    #[arg(long, value_enum, default_value_t = Method::ByNoiseRate)]
    method: Method,
    /// How they are ordered
    #[arg(long, value_enum, default_value_t = Rank::SelfConfidence)]
    rank: Rank,
    /// Column that names a row
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,
    /// How many suspects the table shows; the JSON has them all
    #[arg(long, default_value_t = 20)]
    top: usize,
}

/// How suspects are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    /// Of each class the rows that fit it least
    ByClass,
    /// Of each pair of classes the rows that fit the other one best
    ByNoiseRate,
    /// What both choose: fewer and surer
    Both,
    /// Rows that are confidently of another class
    Confident,
}

/// How suspects are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rank {
    /// Probability of the label
    SelfConfidence,
    /// Its lead over the most probable other class
    NormalisedMargin,
    /// Its probability, each class judged by its own threshold
    Adjusted,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let id = args.id.as_deref().map(|name| ("--id", name));
    let rows = Probabilities::read(&args.input, id)?;
    rows.check_labels(&args.input.file)?;
    let prune = match args.method {
        Method::ByClass => Prune::ByClass,
        Method::ByNoiseRate => Prune::ByNoiseRate,
        Method::Both => Prune::Both,
        Method::Confident => Prune::Confident,
    };
    let ranking = match args.rank {
        Rank::SelfConfidence => Ranking::SelfConfidence,
        Rank::NormalisedMargin => Ranking::NormalisedMargin,
        Rank::Adjusted => Ranking::AdjustedConfidence,
    };
    let (issues, joint) = find(&rows.matrix()?, &rows.labels, prune, ranking)?;
    Ok(report(args, &rows, &issues, &joint))
}

/// Pairs of classes that the joint says are mixed up, most rows first.
fn pairs(rows: &Probabilities, joint: &ConfidentJoint) -> Vec<(u64, String, String)> {
    let classes = 0..joint.classes();
    let mut out: Vec<(u64, String, String)> = classes
        .clone()
        .flat_map(|given| classes.clone().map(move |truth| (given, truth)))
        .filter(|(given, truth)| given != truth && joint.expected(*given, *truth) > 0)
        .map(|(given, truth)| {
            let name = |k: usize| rows.class(k as u32).to_owned();
            (joint.expected(given, truth), name(given), name(truth))
        })
        .collect();
    out.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
    out
}

fn report(args: &Args, rows: &Probabilities, issues: &[Issue], joint: &ConfidentJoint) -> Report {
    let suspects: Vec<Value> = issues
        .iter()
        .map(|i| {
            let mut one = json!({
                "row": i.row, "label": rows.class(i.given),
                "suggested": rows.class(i.suggested), "score": i.score,
            });
            if let Some(id) = rows.extra.get(i.row) {
                one["id"] = json!(id);
            }
            one
        })
        .collect();
    let mixed = pairs(rows, joint);
    let mut report = Report::new(json!({
        "rows": rows.len(),
        "suspects": issues.len(),
        "estimated_noise_rate": joint.noise_rate(),
        "thresholds": rows.classes.iter().zip(joint.thresholds())
            .map(|(class, t)| json!({ "class": class, "threshold": t })).collect::<Vec<_>>(),
        "pairs": mixed.iter().map(|(n, given, truth)| {
            json!({ "rows": n, "label": given, "truth": truth })
        }).collect::<Vec<_>>(),
        "issues": suspects,
    }));
    let lines = issues.iter().take(args.top).map(|i| {
        let name = rows.extra.get(i.row).cloned().unwrap_or_else(|| i.row.to_string());
        vec![
            name,
            rows.class(i.given).to_owned(),
            rows.class(i.suggested).to_owned(),
            format!("{:.4}", i.score),
        ]
    });
    let first = args.id.as_deref().unwrap_or("row (from 0)");
    report.table(&[first, "label", "probably", "score"], lines);
    report.say(format!(
        "{} of {} labels are suspects; about {:.1} % of labels are estimated to be wrong.",
        issues.len(),
        rows.len(),
        100.0 * joint.noise_rate()
    ));
    if let Some((n, given, truth)) = mixed.first() {
        report.say(format!("Most often: labelled {given}, probably {truth} ({n} rows)."));
    }
    report.say(
        "The probabilities must come from models that were not trained on the row they judge \
         (cross-validation). Have a person look at the suspects; do not delete them unseen.",
    );
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probabilities::tests::{file, input};

    fn args(file: &str) -> Args {
        Args {
            input: input(file),
            method: Method::Both,
            rank: Rank::SelfConfidence,
            id: None,
            top: 5,
        }
    }

    #[test]
    fn the_wrong_label_is_named() {
        let text = "name,label,a,b\nr1,a,0.9,0.1\nr2,a,0.8,0.2\nr3,a,0.1,0.9\nr4,b,0.2,0.8\n\
                    r5,b,0.4,0.6\n";
        let (_dir, path) = file("p.csv", text);
        for method in [Method::ByClass, Method::ByNoiseRate, Method::Both, Method::Confident] {
            for rank in [Rank::SelfConfidence, Rank::NormalisedMargin, Rank::Adjusted] {
                let report =
                    run(&Args { method, rank, id: Some("name".to_owned()), ..args(&path) })
                        .unwrap();
                assert_eq!(report.json["issues"].as_array().unwrap().len(), 1);
                assert_eq!(report.json["issues"][0]["id"], "r3");
                assert_eq!(report.json["issues"][0]["suggested"], "b");
                assert!(report.text.contains("labelled a, probably b (1 rows)"), "{}", report.text);
            }
        }
        let message = run(&args(&path)).unwrap_err().to_string();
        assert!(message.contains("column `name`: `r1` is no finite number"), "{message}");
    }

    #[test]
    fn one_class_is_refused() {
        let (_dir, path) = file("p.csv", "label,a,b\na,0.9,0.1\na,0.8,0.2\n");
        assert!(run(&args(&path)).unwrap_err().to_string().contains("every label is `a`"));
    }
}
