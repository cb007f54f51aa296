//! `threshold`: from which confidence the machine may answer alone.

use serde_json::{Value, json};
use tandem_learn::selective::{
    CostOptimal, Costs, Guarantee, Point, RiskCoverage, chow, default_starts, guaranteed,
    quantile_grid,
};

use crate::probabilities::{Input, Probabilities, Split, four};
use crate::{OfflineError, Report};

/// Risks at which the coverage is told.
const RISKS: [f64; 3] = [0.01, 0.02, 0.05];

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("aim").required(true).args(["error_cost", "target_error"]))]
pub struct Args {
    #[command(flatten)]
    input: Input,
    /// What a wrong automatic answer costs
    #[arg(long, value_name = "COST", requires = "review_cost")]
    error_cost: Option<f64>,
    /// What a person's look at a row costs, in the same unit
    #[arg(long, value_name = "COST", requires = "error_cost")]
    review_cost: Option<f64>,
    /// Share of reviewed rows that people get wrong
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    human_error: f64,
    /// Largest share of rows that people can review
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    capacity: f64,
    /// Largest share of automatic answers that may be wrong, to be certified
    #[arg(long, value_name = "SHARE", conflicts_with = "error_cost")]
    target_error: Option<f64>,
    /// Probability with which the certificate may be false
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    delta: f64,
    /// Thresholds that are tried for a certificate, at even steps of coverage
    #[arg(long, default_value_t = 40)]
    levels: usize,
    /// Rows that choose: even-odd, random (halves), all, or a file of its own; the others check it
    /// [default: random for costs, all for a certificate]
    #[arg(long, value_name = "even-odd|random|all|FILE")]
    calibrate: Option<String>,
    /// Draws the random halves
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let all = Probabilities::read(&args.input, None)?;
    let default = if args.target_error.is_some() { "all" } else { "random" };
    let how = args.calibrate.as_deref().unwrap_or(default);
    let (fit, test) = if how == "all" {
        (all, None)
    } else {
        let split = Split::new(all, how, args.seed, &args.input, None)?;
        (split.fit, Some(split.test))
    };
    let check = test.as_ref().map(curve).transpose()?;
    let own = curve(&fit)?;
    let mut report = Report::new(json!({
        "calibrate": how,
        "seed": args.seed,
        "rows": own.rows(),
        "error": own.error(),
        "aurc": own.aurc(),
        "coverage_at_risk": RISKS.map(|risk| json!({
            "risk": risk,
            "coverage": own.at_risk(risk).map_or(0.0, |p| share(&p, &own)),
            "threshold": own.at_risk(risk).map(|p| p.threshold),
        })),
    }));
    if let Some(target) = args.target_error {
        certify(args, target, &fit, check.as_ref(), &mut report)?;
    } else {
        let costs = Costs {
            error: args.error_cost.unwrap_or(f64::NAN),
            review: args.review_cost.unwrap_or(f64::NAN),
            human_error: args.human_error,
            capacity: args.capacity,
        };
        cheapest(&costs, &own, check.as_ref(), &mut report)?;
    }
    Ok(report)
}

fn curve(rows: &Probabilities) -> Result<RiskCoverage, OfflineError> {
    let (confidence, wrong) = rows.outcomes()?;
    Ok(RiskCoverage::new(&confidence, &wrong)?)
}

fn share(point: &Point, curve: &RiskCoverage) -> f64 {
    point.answered as f64 / curve.rows() as f64
}

/// What a threshold does on rows that did not choose it.
fn checked(
    threshold: f64,
    curve: &RiskCoverage,
    costs: Option<&Costs>,
) -> Result<Value, OfflineError> {
    let point = curve.at_threshold(threshold);
    let cost = |t: f64| costs.map(|c| curve.cost(t, c)).transpose();
    Ok(json!({
        "rows": curve.rows(),
        "coverage": share(&point, curve),
        "error": point.risk(),
        "cost": cost(threshold)?,
        "cost_all_automatic": cost(f64::NEG_INFINITY)?,
        "cost_all_reviewed": cost(f64::INFINITY)?,
        "cost_at_0.9": cost(0.9)?,
    }))
}

fn cheapest(
    costs: &Costs,
    own: &RiskCoverage,
    check: Option<&RiskCoverage>,
    report: &mut Report,
) -> Result<(), OfflineError> {
    let best = own.cost_optimal(costs)?;
    let realised = check.map(|curve| checked(best.threshold, curve, Some(costs))).transpose()?;
    let limit = chow(costs)?;
    report.json["aim"] = json!("cost");
    report.json["chosen"] = json!({
        // Null: review everything.
        "threshold": best.threshold,
        "coverage": best.coverage,
        "answered": best.answered,
        "errors": best.errors,
        "cost": best.cost,
        "cost_all_automatic": best.all_automatic,
        "cost_all_reviewed": best.all_reviewed,
        "limited_by_capacity": best.limited,
        "chow": limit,
    });
    report.json["checked"] = json!(realised);
    cost_text(&best, limit, own, check.map(|c| (c, costs)), report)
}

fn cost_text(
    best: &CostOptimal,
    limit: f64,
    own: &RiskCoverage,
    check: Option<(&RiskCoverage, &Costs)>,
    report: &mut Report,
) -> Result<(), OfflineError> {
    let mut lines = vec![
        vec!["chosen".to_owned(), four(best.threshold), four(best.coverage), four(best.cost)],
        vec!["all automatic".to_owned(), String::new(), four(1.0), four(best.all_automatic)],
        vec!["all reviewed".to_owned(), String::new(), four(0.0), four(best.all_reviewed)],
    ];
    if let Some((curve, costs)) = check {
        let point = curve.at_threshold(best.threshold);
        let cost = four(curve.cost(best.threshold, costs)?);
        let place = "chosen, on the other rows".to_owned();
        lines.push(vec![place, four(best.threshold), four(share(&point, curve)), cost]);
    }
    report.table(&["", "threshold", "answered", "cost a row"], lines);
    if best.threshold.is_infinite() {
        report.say("Review everything: no automatic answer pays at these costs.");
    } else {
        report.say(format!(
            "Answer automatically from a confidence of {:.4} on: {:.1} % of {} rows, {} of them \
             wrong; the rest goes to people.",
            best.threshold,
            100.0 * best.coverage,
            own.rows(),
            best.errors
        ));
    }
    if best.limited {
        report.say("People cannot review as many as would pay: the capacity sets the threshold.");
    }
    report.say(format!(
        "If confidences were calibrated, Chow's rule would give {limit:.4}; a large gap says \
         `tandem learn calibrate` first."
    ));
    Ok(())
}

fn certify(
    args: &Args,
    target: f64,
    fit: &Probabilities,
    check: Option<&RiskCoverage>,
    report: &mut Report,
) -> Result<(), OfflineError> {
    let (confidence, wrong) = fit.outcomes()?;
    let grid = quantile_grid(&confidence, args.levels)?;
    let starts = default_starts(grid.len());
    let got = guaranteed(&confidence, &wrong, &grid, &starts, target, args.delta)?;
    let rows = fit.len() as f64;
    report.json["aim"] = json!("guarantee");
    report.json["target_error"] = json!(target);
    report.json["delta"] = json!(args.delta);
    report.json["chosen"] = got.chosen.map_or(json!(null), |level| {
        json!({
            "threshold": level.threshold,
            "coverage": level.answered as f64 / rows,
            "answered": level.answered,
            "errors": level.errors,
            "upper_bound": got.upper,
        })
    });
    report.json["levels"] = got
        .levels
        .iter()
        .map(|l| {
            json!({
                "threshold": l.threshold, "answered": l.answered, "errors": l.errors,
                "p_value": l.p_value, "certified": l.certified,
            })
        })
        .collect();
    let realised = match (got.chosen, check) {
        (Some(level), Some(curve)) => checked(level.threshold, curve, None)?,
        _ => json!(null),
    };
    report.json["checked"] = realised.clone();
    certificate_text(args, target, rows, &got, &realised, report);
    Ok(())
}

fn certificate_text(
    args: &Args,
    target: f64,
    rows: f64,
    got: &Guarantee,
    realised: &Value,
    report: &mut Report,
) {
    let near = got.levels.iter().position(|l| Some(*l) == got.chosen).unwrap_or(0);
    let shown = got.levels.iter().skip(near.saturating_sub(2)).take(6);
    let lines = shown.map(|l| {
        vec![
            four(l.threshold),
            format!("{:.3}", l.answered as f64 / rows),
            l.errors.to_string(),
            format!("{:.2e}", l.p_value),
            if l.certified { "yes" } else { "no" }.to_owned(),
        ]
    });
    report.table(&["threshold", "answered", "errors", "p-value", "certified"], lines);
    match got.chosen {
        Some(level) => report.say(format!(
            "From a confidence of {:.4} on ({:.1} % of rows) at most {:.2} % of automatic answers are \
             wrong, with {:.1} % certainty: for rows drawn like these, judged by right labels, and \
             a model that was not trained on them.",
            level.threshold,
            100.0 * level.answered as f64 / rows,
            100.0 * target,
            100.0 * (1.0 - args.delta)
        )),
        None => report.say(format!(
            "No threshold can be certified. Even without an error a threshold needs {} answered rows; \
             give more rows, a larger --target-error or a better model.",
            got.least_rows
        )),
    };
    if let Some(error) = realised["error"].as_f64() {
        let coverage = realised["coverage"].as_f64().unwrap_or(0.0);
        report.say(format!(
            "On the other rows {:.2} % of answers are wrong, at {:.1} % answered.",
            100.0 * error,
            100.0 * coverage
        ));
    }
}

#[cfg(test)]
mod tests;
