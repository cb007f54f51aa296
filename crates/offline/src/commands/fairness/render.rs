//! The report in JSON, tables and words.

use serde_json::{Value, json};
use tandem_learn::fairness::{Gap, GroupRates, Rate, Report as Rates, ReportOptions};

use super::Data;
use crate::Report;

/// Most classes whose tables are printed; the JSON has all of them.
const PRINTED: usize = 3;

pub(super) fn report(data: &Data, reports: &[Rates], options: ReportOptions) -> Report {
    let mut order: Vec<usize> = (0..data.group_names.len()).collect();
    order.sort_by_key(|&g| data.group_names.name(g as u32));
    let classes: Vec<Value> = reports.iter().map(|rates| class_json(data, rates, &order)).collect();
    let mut out = Report::new(json!({
        "rows": data.groups.len(),
        "least_rows": options.least_rows,
        "certainty": 1.0 - options.delta,
        "classes": classes,
    }));
    for rates in reports.iter().take(PRINTED) {
        tables(&mut out, data, rates, &order);
        sentences(&mut out, data, rates, options);
    }
    if reports.len() > PRINTED {
        out.say(format!(
            "{} more labels are in the JSON (--json), or name one with --positive.",
            reports.len() - PRINTED
        ));
    }
    out
}

fn class_json(data: &Data, rates: &Rates, order: &[usize]) -> Value {
    let groups: Vec<Value> = order
        .iter()
        .map(|&g| {
            let mut group = rates_json(&rates.groups[g]);
            group["group"] = json!(data.group_names.name(g as u32));
            group
        })
        .collect();
    let four_fifths: Vec<Value> = rates
        .four_fifths
        .iter()
        .map(|f| {
            let group = data.group_names.name(f.group as u32);
            json!({"group": group, "ratio": f.ratio, "passes": f.passes})
        })
        .collect();
    let gap = |gap: Option<Gap>| gap_json(data, gap);
    json!({
        "positive": data.class_names.name(rates.class as u32),
        "overall": rates_json(&rates.overall),
        "groups": groups,
        "demographic_parity": gap(rates.demographic_parity),
        "equal_opportunity": gap(rates.equal_opportunity),
        "false_positive_rate": gap(rates.false_positive),
        "predictive_parity": gap(rates.predictive_parity),
        "accuracy": gap(rates.accuracy),
        "review_rate": gap(rates.review),
        "overturn_rate": gap(rates.overturn),
        "equalized_odds_difference": rates.equalized_odds_difference,
        "equalized_odds_ratio": rates.equalized_odds_ratio,
        "four_fifths": four_fifths,
    })
}

fn rates_json(rates: &GroupRates) -> Value {
    let rate = |r: &Rate| json!({"value": r.value, "low": r.interval.0, "high": r.interval.1, "k": r.k, "n": r.n});
    json!({
        "n": rates.n,
        "base_rate": rate(&rates.base_rate),
        "selection_rate": rate(&rates.selection_rate),
        "true_positive_rate": rate(&rates.true_positive_rate),
        "false_positive_rate": rate(&rates.false_positive_rate),
        "precision": rate(&rates.precision),
        "accuracy": rate(&rates.accuracy),
        "review_rate": rates.review_rate.as_ref().map(rate),
        "overturn_rate": rates.overturn_rate.as_ref().map(rate),
        "mean_score": rates.mean_score,
    })
}

fn gap_json(data: &Data, gap: Option<Gap>) -> Value {
    let Some(gap) = gap else { return Value::Null };
    json!({
        "difference": gap.difference,
        "ratio": gap.ratio,
        "low": gap.interval.0,
        "high": gap.interval.1,
        "p_value": gap.p_value,
        "highest": data.group_names.name(gap.highest as u32),
        "lowest": data.group_names.name(gap.lowest as u32),
    })
}

/// A p-value in a few characters.
pub(in crate::commands) fn p_text(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

/// `28.7 % (27.5–29.9)`, or why there is none.
fn percent(rate: &Rate) -> String {
    match rate.value {
        Some(value) => format!(
            "{:.1} % ({:.1}–{:.1})",
            100.0 * value,
            100.0 * rate.interval.0,
            100.0 * rate.interval.1
        ),
        None => format!("too few ({})", rate.n),
    }
}

/// A rate by group: its name and where to find it.
type Measure = (&'static str, fn(&GroupRates) -> Option<Rate>);

fn tables(out: &mut Report, data: &Data, rates: &Rates, order: &[usize]) {
    let all: [Measure; 7] = [
        ("selected", |g| Some(g.selection_rate)),
        ("true positive rate", |g| Some(g.true_positive_rate)),
        ("false positive rate", |g| Some(g.false_positive_rate)),
        ("precision", |g| Some(g.precision)),
        ("accuracy", |g| Some(g.accuracy)),
        ("reviewed", |g| g.review_rate),
        ("overturned", |g| g.overturn_rate),
    ];
    let there: Vec<Measure> =
        all.into_iter().filter(|(_, pick)| pick(&rates.overall).is_some()).collect();
    let mut head = vec!["group", "rows"];
    head.extend(there.iter().map(|measure| measure.0));
    let line = |name: &str, group: &GroupRates| {
        let mut cells = vec![name.to_owned(), group.n.to_string()];
        cells.extend(there.iter().filter_map(|(_, pick)| pick(group)).map(|r| percent(&r)));
        cells
    };
    out.say(format!("Positive: `{}`", data.class_names.name(rates.class as u32)));
    let groups = order.iter().map(|&g| line(data.group_names.name(g as u32), &rates.groups[g]));
    out.table(&head, groups.chain([line("all", &rates.overall)]));

    let gaps = [
        ("selection rate (demographic parity)", rates.demographic_parity),
        ("true positive rate (equal opportunity)", rates.equal_opportunity),
        ("false positive rate", rates.false_positive),
        ("precision (predictive parity)", rates.predictive_parity),
        ("accuracy", rates.accuracy),
        ("review rate", rates.review),
        ("overturn rate", rates.overturn),
    ];
    let lines = gaps.into_iter().filter_map(|(name, gap)| {
        let gap = gap?;
        let group = |g: usize| data.group_names.name(g as u32).to_owned();
        Some(vec![
            name.to_owned(),
            format!("{:.1} points", 100.0 * gap.difference),
            format!("{:.1}–{:.1}", 100.0 * gap.interval.0, 100.0 * gap.interval.1),
            format!("{:.2}", gap.ratio),
            p_text(gap.p_value),
            group(gap.highest),
            group(gap.lowest),
        ])
    });
    out.table(&["gap", "difference", "interval", "ratio", "p", "highest", "lowest"], lines);
}

fn sentences(out: &mut Report, data: &Data, rates: &Rates, options: ReportOptions) {
    if let Some(odds) = rates.equalized_odds_difference {
        out.say(format!(
            "Equalized odds difference: {odds:.3} (the larger gap of true and false positive rates)."
        ));
    }
    let failing: Vec<String> = rates
        .four_fifths
        .iter()
        .filter(|f| !f.passes)
        .map(|f| format!("{} ({:.2})", data.group_names.name(f.group as u32), f.ratio))
        .collect();
    if rates.four_fifths.len() < 2 {
        out.say(format!(
            "Fewer than two groups have {} rows; nothing can be compared yet.",
            options.least_rows
        ));
    } else if failing.is_empty() {
        out.say("Four-fifths rule: every group is selected at least 0.8 times as often as the most selected one.");
    } else {
        out.say(format!(
            "Four-fifths rule: selected less than 0.8 times as often as the most selected group: {}.",
            failing.join(", ")
        ));
    }
    out.say(format!(
        "Rates over fewer than {} rows are not shown and enter no gap. A gap whose interval is far from 0 \
         deserves a look at the rows of its two groups; where base rates differ, not all gaps can \
         vanish at once, so decide which one matters before changing a threshold.",
        options.least_rows
    ));
}
