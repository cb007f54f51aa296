//! Replays that prove, or disprove, what is claimed of earned autonomy.
//!
//! `cargo run --release -p tandem-learn --example replay_autonomy --
//! [certificate|null|misses|bound|detect|bugs|all] [--seeds N]` prints Markdown tables; the exit code is 1
//! if a check failed. Data sets are read from `../shared/data` beside the repository; those that
//! are absent are left out.
#![expect(clippy::print_stdout, reason = "the tables are this program's purpose")]

mod bound;
mod data;
mod detect;
mod misses;
mod null;
mod own;
mod play;

use bound::{Flaw, TRIALS, Trial};
use null::{Bug, STREAMS, Stream};
use play::{Plan, play};
use tandem_learn::LearnError;
use tandem_learn::autonomy::Terms;

/// Violations allowed of 5 % claimed: two standard deviations and a bit of 2,000 runs.
const ALLOWED: f64 = 0.058;

/// What was asked for.
struct Asked {
    what: String,
    seeds: Option<u64>,
}

impl Asked {
    fn parse() -> Self {
        let mut asked = Self { what: "all".to_owned(), seeds: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            if argument == "--seeds" {
                asked.seeds = arguments.next().and_then(|n| n.parse().ok());
            } else {
                asked.what = argument;
            }
        }
        asked
    }

    fn wants(&self, what: &str) -> bool {
        self.what == what || self.what == "all"
    }

    fn seeds(&self, usual: u64) -> u64 {
        self.seeds.unwrap_or(usual)
    }
}

fn main() -> Result<(), LearnError> {
    let asked = Asked::parse();
    let known = ["certificate", "null", "misses", "bound", "detect", "bugs", "all"];
    if !known.contains(&asked.what.as_str()) {
        println!("unknown: {}; ask for one of {}", asked.what, known.join(", "));
        std::process::exit(2);
    }
    let mut sound = true;
    if asked.wants("certificate") {
        sound &= certificate(asked.seeds(200))?;
    }
    if asked.wants("null") {
        sound &= null(asked.seeds(2000))?;
    }
    if asked.wants("misses") {
        sound &= missed(asked.seeds(1000))?;
    }
    if asked.wants("bound") {
        sound &= bound(asked.seeds(2000))?;
    }
    if asked.wants("detect") {
        sound &= detect(asked.seeds(1000))?;
    }
    if asked.wants("bugs") {
        sound &= bugs(asked.seeds(300))?;
    }
    if !sound {
        println!("\nA check FAILED.");
        std::process::exit(1);
    }
    Ok(())
}

fn verdict(good: bool) -> &'static str {
    if good { "yes" } else { "**NO**" }
}

/// Share automated, looks and broken certificates on replayed data.
fn certificate(seeds: u64) -> Result<bool, LearnError> {
    let sets = own::all();
    println!("\n### Certificates on replayed data ({seeds} seeds)\n");
    println!(
        "| data | target | oracle | at 2,000 | at 6,000 | reviews | realised | broken | demoted |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut sound = true;
    for target in [0.05, 0.02] {
        for set in &sets {
            let plan = Plan::new(target);
            let (mut early, mut late, mut broken, mut demoted) = ([0.0; 2], [0.0; 3], 0, 0);
            for seed in 0..seeds {
                let outcome = play(set, &plan, &[2000, 6000], seed)?;
                let [a, b] = [outcome.moments[0], outcome.moments[1]];
                early[0] += a.share;
                early[1] += a.looks;
                late[0] += b.share;
                late[1] += b.looks;
                late[2] += b.realised;
                broken += u32::from(outcome.broken);
                demoted += outcome.demotions;
            }
            let n = seeds as f64;
            let oracle = set.oracle(target);
            let share = |sum: f64| sum / n / oracle;
            println!(
                "| {} | {} % | {oracle:.3} | {:.3} | {:.3} | {:.0} / {:.0} | {:.2} % | {:.3} | {:.3} |",
                set.name,
                100.0 * target,
                share(early[0]),
                share(late[0]),
                early[1] / n,
                late[1] / n,
                100.0 * late[2] / n,
                f64::from(broken) / n,
                f64::from(demoted) / n,
            );
            sound &= f64::from(broken) <= 0.075 * n;
        }
    }
    Ok(sound)
}

fn null(seeds: u64) -> Result<bool, LearnError> {
    println!("\n### False certificates where none is deserved ({seeds} seeds)\n");
    println!("| stream, error 1.01 times the target | ever certified | within {ALLOWED} |");
    println!("|---|---|---|");
    let mut sound = true;
    for stream in &STREAMS {
        let share = null::false_certificates(stream, Bug::None, seeds)?;
        println!("| {} | {share:.4} | {} |", stream.name, verdict(share <= ALLOWED));
        sound &= share <= ALLOWED;
    }
    Ok(sound)
}

/// What is claimed of real errors where reviewers miss some.
fn missed(seeds: u64) -> Result<bool, LearnError> {
    use misses::{Bug, People, TIRED, shares};
    println!(
        "\n### Reviewers who miss errors (target 20 %, {seeds} seeds, 3,000 reviewed cases)\n"
    );
    println!(
        "| people, error 1.01 times the target | errors claimed within it | bound of misses broken | within {ALLOWED} |"
    );
    println!("|---|---|---|---|");
    let mut sound = true;
    let blur = People { false_alarms: 0.01, ..TIRED };
    let half = People { misses: 0.5, share: 1.0, ..TIRED };
    let lazy = People { lazy: true, share: 1.0, ..TIRED };
    for (name, people) in [
        ("miss 20 %", TIRED),
        ("miss 20 %, see errors in 1 % of right cases", blur),
        ("miss 50 %", half),
        ("miss 20 %, and never do a look that would show it", lazy),
    ] {
        let (claimed, broken) = shares(people, Bug::None, 1.01, 3000, seeds)?;
        let good = claimed <= ALLOWED && broken <= ALLOWED;
        println!("| {name} | {claimed:.4} | {broken:.4} | {} |", verdict(good));
        sound &= good;
    }
    let (claimed, _) = shares(TIRED, Bug::Ignored, 1.01, 3000, seeds / 5)?;
    let (_, broken) = shares(lazy, Bug::OutOfOrder, 1.01, 3000, seeds / 5)?;
    println!(
        "\nBugs: misses ignored, claimed {claimed:.3}; looks out of order, bound broken {broken:.3}"
    );
    sound &= claimed > ALLOWED && broken > ALLOWED;
    println!(
        "\n### What it takes (target 5 %, error 0.3 times that, 20 seeds, 10,000 reviewed cases)\n"
    );
    println!(
        "| people miss | second looks of agreements | claimed in | cases until then, median | looks done | bound at the end |"
    );
    println!("|---|---|---|---|---|---|");
    for (misses, share) in [(0.02, 0.2), (0.02, 1.0), (0.1, 0.2), (0.1, 1.0)] {
        let people = People { target: 0.05, misses, false_alarms: 0.002, share, lazy: false };
        let (mut at, mut looks, mut bound) = (Vec::new(), 0, 0.0);
        for seed in 0..20 {
            let ran = misses::play(people, Bug::None, 0.3, 10_000, seed)?;
            at.extend(ran.claimed_at);
            looks += ran.looks;
            bound += ran.bound;
        }
        at.sort_unstable();
        let median = at.get(at.len() / 2).map_or("-".to_owned(), ToString::to_string);
        println!(
            "| {:.0} % | {:.0} % | {} of 20 | {median} | {} | {:.2} |",
            100.0 * misses,
            100.0 * share,
            at.len(),
            looks / 20,
            bound / 20.0
        );
    }
    Ok(sound)
}

fn bound(seeds: u64) -> Result<bool, LearnError> {
    println!("\n### Realised bound, certainty 95 %, audits of 5 % ({seeds} seeds)\n");
    println!("| trial, 2,000 cases | ever violated | within {ALLOWED} |");
    println!("|---|---|---|");
    let mut sound = true;
    for (trial, name) in TRIALS {
        let share = bound::violations(trial, Flaw::None, 2000, seeds)?;
        println!("| {name} | {share:.4} | {} |", verdict(share <= ALLOWED));
        sound &= share <= ALLOWED;
    }
    Ok(sound)
}

fn detect(runs: u64) -> Result<bool, LearnError> {
    println!("\n### Detection of a rise to three times the target ({runs} runs)\n");
    println!(
        "| target, audits | delay p50 | delay p95 | wanted | false at 0.6 / 0.8 / 1 x target | audits at 0.6 / 0.8 / 1 x |"
    );
    println!("|---|---|---|---|---|---|");
    let mut sound = true;
    for (target, audit_rate, wanted) in [(0.05, 0.05, 500), (0.02, 0.1, 900)] {
        let terms = Terms { audit_rate, ..Terms::new(target, 0.05) };
        let f = detect::figures(&terms, runs)?;
        println!(
            "| {} %, {} % | {} | {} | {wanted} | {:.3} / {:.3} / {:.3} | {:.3} / {:.3} / {:.3} |",
            100.0 * target,
            100.0 * audit_rate,
            f.delays.0,
            f.delays.1,
            f.alarms[0],
            f.alarms[1],
            f.alarms[2],
            f.audits[0],
            f.audits[1],
            f.audits[2],
        );
        sound &= f.delays.1 <= wanted && f.alarms[0] <= 0.05 && f.audits[0] <= 0.16;
    }
    Ok(sound)
}

/// Plants bugs; each must make its check fail.
fn bugs(seeds: u64) -> Result<bool, LearnError> {
    println!("\n### Planted bugs ({seeds} seeds): the checks must fail\n");
    println!("| bug | check | without the bug | with it | found |");
    println!("|---|---|---|---|---|");
    let mut sound = true;
    for (bug, stream, name) in planted() {
        let before = null::false_certificates(stream, Bug::None, seeds)?;
        let after = null::false_certificates(stream, bug, seeds)?;
        let found = after > ALLOWED && after > before;
        println!("| {name} | {} | {before:.3} | {after:.3} | {} |", stream.name, verdict(found));
        sound &= found;
    }
    let flaws = [
        (Flaw::DroppedAudits, Trial::Skipped, "bound: skipped audits dropped"),
        (Flaw::WrongPropensity, Trial::Late, "bound: twice the real propensity told"),
    ];
    for (flaw, trial, name) in flaws {
        let before = bound::violations(trial, Flaw::None, 20_000, seeds / 3)?;
        let after = bound::violations(trial, flaw, 20_000, seeds / 3)?;
        let found = after > ALLOWED && after > before;
        println!("| {name} | 20,000 cases | {before:.3} | {after:.3} | {} |", verdict(found));
        sound &= found;
    }
    Ok(sound)
}

/// Bugs with the stream that shows them.
fn planted() -> [(Bug, &'static Stream, &'static str); 5] {
    let [flat, epochs, informative, audits, lapse] = &STREAMS;
    [
        (Bug::DroppedAudits, lapse, "audits that lapsed dropped"),
        (Bug::WrongPropensity, audits, "twice the real propensity told"),
        (Bug::LabelledGrid, flat, "score map and grid fitted to the labels"),
        (Bug::NoSplit, epochs, "delta not split over epochs and starts"),
        (Bug::BetsByScore, informative, "bets ten times as large where the score is high"),
    ]
}
