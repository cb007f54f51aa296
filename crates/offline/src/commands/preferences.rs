//! `preferences`: strengths of items from which of two people preferred.

use serde_json::{Value, json};
use tandem_learn::agreement::Bootstrap;
use tandem_learn::preference::{
    self, BradleyTerry, Comparisons, CrowdOptions, Elo, Options, Outcome, Spread, TieModel,
};

use crate::intern::Interner;
use crate::table::{Column, Row, Table};
use crate::{OfflineError, Report};

/// Most items for which standard errors are computed from the curvature.
const DENSE: usize = 2000;

/// How strengths are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// Strengths that explain all comparisons best
    BradleyTerry,
    /// Ratings that move with each comparison, in the order of the file
    Elo,
}

/// What a tie says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ties {
    /// Half a win for each
    Half,
    /// A third outcome, likelier between equals
    Davidson,
    /// Nothing
    Ignore,
}

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV or JSONL file with a row per comparison; `-` for standard input
    #[arg(value_name = "PAIRS")]
    file: String,
    /// Column of the item that was preferred [default: `winner`, else `chosen`]
    #[arg(long)]
    winner: Option<String>,
    /// Column of the other item [default: `loser`, else `rejected`]
    #[arg(long)]
    loser: Option<String>,
    /// Column that says whether neither was preferred (`true`, `1`, `yes` or `tie`)
    #[arg(long)]
    tie: Option<String>,
    /// Column of the item shown first; fits the advantage of that place
    #[arg(long)]
    first: Option<String>,
    /// Column that names the person; fits how reliable each is
    #[arg(long)]
    worker: Option<String>,
    /// How strengths are found
    #[arg(long, value_enum, default_value = "bradley-terry")]
    method: Method,
    /// What a tie says
    #[arg(long, value_enum, default_value = "half")]
    ties: Ties,
    /// Precision of the normal prior on strengths; 0 for none
    #[arg(long, default_value_t = 0.1)]
    prior: f64,
    /// Step of `--method elo`
    #[arg(long, default_value_t = 24.0)]
    k: f64,
    /// Resamples of comparisons for the intervals; 0 for none
    #[arg(long, default_value_t = 200)]
    resamples: usize,
    /// Certainty of the intervals
    #[arg(long, default_value_t = 0.95)]
    certainty: f64,
    /// Seed of the resamples
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Items shown in the text
    #[arg(long, default_value_t = 20)]
    top: usize,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<Report, OfflineError> {
    let usage = |text: &str| Err(OfflineError::Usage(text.to_owned()));
    if args.worker.is_some() && (args.tie.is_some() || args.first.is_some()) {
        return usage("--worker goes neither with --tie nor with --first; fit them one by one");
    }
    if args.method == Method::Elo && (args.worker.is_some() || args.first.is_some()) {
        return usage("--method elo knows neither --worker nor --first");
    }
    let pairs = Pairs::read(Table::open(&args.file)?, args)?;
    match (args.method, &args.worker) {
        (Method::Elo, _) => elo(args, &pairs),
        (_, Some(_)) => crowd(args, &pairs),
        _ => bradley_terry(args, &pairs),
    }
}

/// Comparisons as numbers. `first` and `second` are in the order shown if that is known, else the
/// winner comes first.
struct Pairs {
    first: Vec<u32>,
    second: Vec<u32>,
    outcomes: Vec<Outcome>,
    who: Vec<u32>,
    items: Interner,
    workers: Interner,
}

impl Pairs {
    fn read(mut table: Table, args: &Args) -> Result<Self, OfflineError> {
        let winner = item_column(&table, "--winner", args.winner.as_ref(), ["winner", "chosen"])?;
        let loser = item_column(&table, "--loser", args.loser.as_ref(), ["loser", "rejected"])?;
        let optional = |option: &str, name: &Option<String>| match name {
            None => Ok(None),
            Some(name) => table.column(option, name).map(Some),
        };
        let tie = optional("--tie", &args.tie)?;
        let shown = optional("--first", &args.first)?;
        let worker = optional("--worker", &args.worker)?;
        let mut pairs = Self {
            first: Vec::new(),
            second: Vec::new(),
            outcomes: Vec::new(),
            who: Vec::new(),
            items: Interner::default(),
            workers: Interner::default(),
        };
        while let Some(row) = table.next()? {
            let (a, b) = (pairs.items.code(row.text(winner)?), pairs.items.code(row.text(loser)?));
            if a == b {
                return Err(row.wrong(loser, "an item is compared with itself; drop the row"));
            }
            let swapped = match shown {
                None => false,
                Some(column) => second_shown(row, column, winner, loser)?,
            };
            let tied = tie.is_some_and(|column| row.get(column).is_some_and(yes));
            pairs.outcomes.push(match (tied, swapped) {
                (true, _) => Outcome::Tie,
                (false, false) => Outcome::First,
                (false, true) => Outcome::Second,
            });
            pairs.first.push(if swapped { b } else { a });
            pairs.second.push(if swapped { a } else { b });
            if let Some(column) = worker {
                pairs.who.push(pairs.workers.code(row.text(column)?));
            }
        }
        if pairs.first.is_empty() {
            return Err(table.wrong("there is no comparison; give at least one row"));
        }
        Ok(pairs)
    }

    fn ties(&self) -> usize {
        self.outcomes.iter().filter(|o| **o == Outcome::Tie).count()
    }

    /// Wins, losses and ties of each item.
    fn tallies(&self) -> Vec<[u64; 3]> {
        let mut tallies = vec![[0; 3]; self.items.len()];
        for ((&a, &b), outcome) in self.first.iter().zip(&self.second).zip(&self.outcomes) {
            let (for_a, for_b) = match outcome {
                Outcome::First => (0, 1),
                Outcome::Second => (1, 0),
                Outcome::Tie => (2, 2),
            };
            tallies[a as usize][for_a] += 1;
            tallies[b as usize][for_b] += 1;
        }
        tallies
    }
}

fn item_column(
    table: &Table,
    option: &str,
    asked: Option<&String>,
    usual: [&str; 2],
) -> Result<Column, OfflineError> {
    match asked {
        Some(name) => table.column(option, name),
        None => usual
            .iter()
            .find_map(|name| table.find(name))
            .map_or_else(|| table.column(option, usual[0]), Ok),
    }
}

/// Whether the loser was shown first.
fn second_shown(
    row: Row<'_>,
    column: Column,
    winner: Column,
    loser: Column,
) -> Result<bool, OfflineError> {
    let shown = row.text(column)?;
    if shown == row.text(winner)? {
        return Ok(false);
    }
    if shown == row.text(loser)? {
        return Ok(true);
    }
    let message = format!("`{shown}` is neither of the two items; name the one shown first");
    Err(row.wrong(column, message))
}

fn yes(text: &str) -> bool {
    ["true", "1", "yes", "tie"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn bradley_terry(args: &Args, pairs: &Pairs) -> Result<Report, OfflineError> {
    let n = pairs.items.len();
    let shown = Comparisons::from_shown(&pairs.first, &pairs.second, &pairs.outcomes, n)?;
    let comparisons = if args.first.is_some() { shown } else { shown.unordered() };
    let ties = match args.ties {
        Ties::Half => TieModel::HalfWins,
        Ties::Davidson => TieModel::Davidson,
        Ties::Ignore => TieModel::Ignore,
    };
    let options =
        Options { prior: args.prior, ties, position: args.first.is_some(), ..Options::default() };
    let fit = preference::fit(&comparisons, &options)?;
    let errors = match n {
        0..=DENSE => Some(preference::standard_errors(&comparisons, &options, &fit)?),
        _ => None,
    };
    let spread = match args.resamples {
        0 => None,
        resamples => {
            let bootstrap = Bootstrap { resamples, delta: 1.0 - args.certainty, seed: args.seed };
            Some(preference::resampled(&comparisons, &options, &fit, &bootstrap)?)
        }
    };
    let per_comparison = fit.log_likelihood / pairs.first.len() as f64;
    let mut json = json!({
        "method": "bradley-terry",
        "comparisons": pairs.first.len(),
        "ties": pairs.ties(),
        "items": n,
        "parts": fit.components,
        "prior": args.prior,
        "log_likelihood": fit.log_likelihood,
        "log_likelihood_per_comparison": per_comparison,
        "converged": fit.convergence.converged,
        "iterations": fit.convergence.iterations,
        "certainty": args.certainty,
    });
    if options.position {
        json["position_advantage"] = json!(fit.position);
    }
    if ties == TieModel::Davidson {
        json["tie"] = json!(fit.tie);
    }
    json["ranking"] = ranking(pairs, &fit, errors.as_deref(), spread.as_ref());
    let mut report = Report::new(json);
    write(&mut report, args, pairs, fit.components);
    if options.position {
        let equal = 1.0 / (1.0 + (-fit.position).exp());
        report.say(format!(
            "Between equals, the item shown first wins {:.1} % of the time.",
            100.0 * equal
        ));
    }
    if !fit.convergence.converged {
        report.say("The fit did not converge: read the strengths with care, or raise --prior.");
    }
    Ok(report)
}

fn ranking(
    pairs: &Pairs,
    fit: &BradleyTerry,
    errors: Option<&[f64]>,
    spread: Option<&Spread>,
) -> Value {
    let tallies = pairs.tallies();
    let rows = by_strength(&fit.strengths).into_iter().enumerate().map(|(rank, i)| {
        let mut row = row(pairs, &tallies, rank, i, fit.strengths[i]);
        row["standard_error"] = json!(errors.map(|e| e[i]));
        if let Some(item) = spread.map(|s| s.items[i]) {
            row["low"] = json!(item.low);
            row["high"] = json!(item.high);
            row["best_rank"] = json!(item.best_rank);
            row["worst_rank"] = json!(item.worst_rank);
            row["share_first"] = json!(item.top);
        }
        row
    });
    rows.collect()
}

fn row(pairs: &Pairs, tallies: &[[u64; 3]], rank: usize, i: usize, strength: f64) -> Value {
    let [wins, losses, ties] = tallies[i];
    json!({
        "rank": rank + 1,
        "item": pairs.items.name(i as u32),
        "strength": strength,
        "wins": wins,
        "losses": losses,
        "ties": ties,
    })
}

fn by_strength(strengths: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..strengths.len()).collect();
    order.sort_by(|&a, &b| strengths[b].total_cmp(&strengths[a]).then(a.cmp(&b)));
    order
}

fn elo(args: &Args, pairs: &Pairs) -> Result<Report, OfflineError> {
    let mut elo = Elo::new(pairs.items.len(), 1500.0, args.k, 400.0)?;
    let mut loss = 0.0;
    for ((&a, &b), &outcome) in pairs.first.iter().zip(&pairs.second).zip(&pairs.outcomes) {
        let expected = elo.update(a as usize, b as usize, outcome)?;
        loss -= match outcome {
            Outcome::First => expected.ln(),
            Outcome::Second => (1.0 - expected).ln(),
            Outcome::Tie => 0.5 * (expected.ln() + (1.0 - expected).ln()),
        };
    }
    let tallies = pairs.tallies();
    let rows = by_strength(&elo.ratings).into_iter().enumerate();
    let (_, parts) = comparisons_parts(pairs)?;
    let ranking: Value =
        rows.map(|(rank, i)| row(pairs, &tallies, rank, i, elo.ratings[i])).collect();
    let json = json!({
        "method": "elo",
        "comparisons": pairs.first.len(),
        "ties": pairs.ties(),
        "items": pairs.items.len(),
        "parts": parts,
        "k": args.k,
        // Each comparison was foretold from those before it.
        "log_loss": loss / pairs.first.len() as f64,
        "ranking": ranking,
    });
    let mut report = Report::new(json);
    write(&mut report, args, pairs, parts);
    Ok(report)
}

fn comparisons_parts(pairs: &Pairs) -> Result<(Vec<u32>, usize), OfflineError> {
    let n = pairs.items.len();
    Ok(Comparisons::from_shown(&pairs.first, &pairs.second, &pairs.outcomes, n)?.components())
}

fn crowd(args: &Args, pairs: &Pairs) -> Result<Report, OfflineError> {
    let options = CrowdOptions { prior: args.prior, ..CrowdOptions::default() };
    let (n, people) = (pairs.items.len(), pairs.workers.len());
    let fit = preference::crowd(&pairs.first, &pairs.second, &pairs.who, n, people, &options)?;
    let tallies = pairs.tallies();
    let ranking = by_strength(&fit.strengths).into_iter().enumerate();
    let ranking: Value =
        ranking.map(|(rank, i)| row(pairs, &tallies, rank, i, fit.strengths[i])).collect();
    let mut counts = vec![0_u64; people];
    pairs.who.iter().for_each(|&w| counts[w as usize] += 1);
    let mut order: Vec<usize> = (0..people).collect();
    order.sort_by(|&a, &b| fit.quality[a].total_cmp(&fit.quality[b]).then(a.cmp(&b)));
    let name = |w: usize| pairs.workers.name(w as u32);
    let workers = order.iter().map(
        |&w| json!({ "worker": name(w), "comparisons": counts[w], "quality": fit.quality[w] }),
    );
    let json = json!({
        "method": "crowd-bt",
        "comparisons": pairs.first.len(),
        "ties": 0,
        "items": n,
        "parts": fit.components,
        "prior": args.prior,
        "log_likelihood": fit.log_likelihood,
        "converged": fit.convergence.converged,
        "iterations": fit.convergence.iterations,
        "ranking": ranking,
        "workers": workers.collect::<Value>(),
    });
    let mut report = Report::new(json);
    write(&mut report, args, pairs, fit.components);
    let rows = order.iter().take(args.top).map(|&w| {
        vec![name(w).to_owned(), counts[w].to_string(), format!("{:.3}", fit.quality[w])]
    });
    report.table(&["person", "comparisons", "quality"], rows);
    report.say(
        "Quality is the estimated share of reports that say what the person should have seen: near \
         .5 is guessing, below it the scale may be upside down.",
    );
    Ok(report)
}

fn write(report: &mut Report, args: &Args, pairs: &Pairs, parts: usize) {
    report.say(format!(
        "{} comparisons of {} items, {} ties.",
        pairs.first.len(),
        pairs.items.len(),
        pairs.ties()
    ));
    let rows: Vec<Value> = report.json["ranking"].as_array().cloned().unwrap_or_default();
    let spread = rows.first().is_some_and(|row| row.get("low").is_some());
    let digits = if args.method == Method::Elo { 0 } else { 3 };
    let number = |row: &Value, key: &str| {
        row[key].as_f64().map_or_else(String::new, |x| format!("{x:.digits$}"))
    };
    let plain = |row: &Value, key: &str| row[key].to_string();
    let lines = rows.iter().take(args.top).map(|row| {
        let mut cells = vec![
            plain(row, "rank"),
            shortened(row["item"].as_str().unwrap_or_default()),
            number(row, "strength"),
        ];
        if spread {
            cells.push(format!("{} to {}", number(row, "low"), number(row, "high")));
            cells.push(format!("{}-{}", plain(row, "best_rank"), plain(row, "worst_rank")));
        }
        cells.extend([plain(row, "wins"), plain(row, "losses")]);
        cells
    });
    let mut head = vec!["rank", "item", "strength"];
    if spread {
        head.extend(["interval", "ranks"]);
    }
    head.extend(["wins", "losses"]);
    report.table(&head, lines);
    if rows.len() > args.top {
        report.say(format!("… and {} more; --json has all.", rows.len() - args.top));
    }
    if parts > 1 {
        report.say(format!(
            "The items fall into {parts} groups that were never compared with each other: \
             strengths of different groups cannot be compared. Collect comparisons between them."
        ));
    }
    report.say(match args.method {
        Method::Elo => {
            "Ratings depend on the order of the rows; a lead of 400 wins ten times in eleven."
        }
        Method::BradleyTerry => {
            "A lead of 1.1 in strength wins three times in four. Where rank intervals overlap, \
             more comparisons are needed before one item is called better."
        }
    });
}

/// Items may be whole texts.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
#[path = "preferences_tests.rs"]
mod tests;
