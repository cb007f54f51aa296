//! The report of a bench run.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::output;
use crate::text::grouped;

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) name: String,
    /// What came out.
    pub(crate) figure: String,
    /// What is aimed at.
    pub(crate) target: String,
    /// Whether it was reached; `None` where it could not be measured.
    pub(crate) met: Option<bool>,
}

/// Everything of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Stored cases of the large backlog.
    pub(crate) cases: u64,
    /// `sqlite` or `postgres`.
    pub(crate) database: String,
    /// Processors of this machine.
    pub(crate) processors: usize,
    /// Time of one 4 KiB write and flush in this run, in milliseconds: median and 99th percentile.
    pub(crate) flush_ms: [f64; 2],
    /// Flushes a second at that median, one after the other.
    pub(crate) flushes_per_second: f64,
    /// Whether the program was built with optimisation.
    pub(crate) optimised: bool,
    /// The figures.
    pub(crate) lines: Vec<Line>,
}

impl Report {
    /// A report without figures yet.
    pub(crate) fn new(cases: u64, postgres: bool) -> Self {
        Self {
            cases,
            database: if postgres { "postgres" } else { "sqlite" }.to_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            flush_ms: [0.0; 2],
            flushes_per_second: 0.0,
            optimised: !cfg!(debug_assertions),
            lines: Vec::new(),
        }
    }

    fn head(&self) -> String {
        let warning =
            if self.optimised { "" } else { " A build without optimisation: use --release." };
        format!(
            "{}, {} processors shared by server and driver; raw disk in this run: 4 KiB flush p50 {:.2} ms, p99 {:.2} ms ({}/s).{warning}",
            self.database,
            self.processors,
            self.flush_ms[0],
            self.flush_ms[1],
            grouped(self.flushes_per_second as u64)
        )
    }

    /// For the terminal.
    pub(crate) fn table(&self) -> String {
        let rows = self.lines.iter().map(|line| {
            vec![line.name.clone(), line.figure.clone(), line.target.clone(), met(line).to_owned()]
        });
        let table = output::table(&["measured", "figure", "target", ""], rows);
        format!("{table}\n{}", self.head())
    }

    /// For a document.
    pub(crate) fn markdown(&self) -> String {
        let mut text =
            format!("{}\n\n| measured | figure | target | |\n|---|---|---|---|\n", self.head());
        for line in &self.lines {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                line.name,
                line.figure,
                line.target,
                met(line)
            );
        }
        text
    }
}

fn met(line: &Line) -> &'static str {
    match line.met {
        Some(true) => "met",
        Some(false) => "missed",
        None => "–",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_shown() {
        let mut report = Report::new(10, false);
        report.lines.push(Line {
            name: "a".into(),
            figure: "1/s".into(),
            target: "≥ 2/s".into(),
            met: Some(false),
        });
        assert!(report.markdown().contains("| a | 1/s | ≥ 2/s | missed |"));
        assert!(report.table().contains("missed"));
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
