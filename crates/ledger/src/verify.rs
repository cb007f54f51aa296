//! The offline verifier: reads a bundle once, line by line, and says what was changed, removed, reordered or forged.
//!
//! What it proves: every event is what the signed checkpoints cover, every row of state is what the last event that
//! names it committed to, and nothing is missing on either side. What it cannot see without a witness: an operator who
//! holds the database and the key and rewrites all of it. Memory is bounded but for the latest commitment per row and
//! the witness.

mod chain;
mod report;
mod rows;
mod witness;

pub use report::{Code, Problem, Report};
pub use witness::{witness_complete, witness_entry, witness_newest};

use crate::bundle::{BundleLine, MAX_LINE, parse_line};
use crate::note::{KeyError, VerifierKey};
use chain::Chain;
use rows::Rows;
use std::io::{BufRead, Read as _};
use witness::Witness;

/// Why nothing could be verified at all.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The key that was pinned is not a key.
    #[error("the pinned key: {0}")]
    Key(#[from] KeyError),
    /// Reading failed.
    #[error("reading the {0}: {1}")]
    Read(&'static str, std::io::Error),
}

/// A verifier with what it trusts: a pinned key, and a witness file.
#[derive(Debug)]
pub struct Verifier {
    pinned: Option<VerifierKey>,
    witness: Option<Witness>,
}

/// Which part of the bundle the reader is in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Header,
    Events,
    Rows,
    End,
}

impl Verifier {
    /// A verifier that trusts `pinned_vkey`, or, without it, the key the bundle itself names; `witness` is read whole.
    pub fn new(
        pinned_vkey: Option<&str>,
        witness: Option<impl BufRead>,
    ) -> Result<Self, VerifyError> {
        let pinned = pinned_vkey.map(str::parse).transpose()?;
        let witness = witness
            .map(Witness::read)
            .transpose()
            .map_err(|error| VerifyError::Read("witness", error))?;
        Ok(Self { pinned, witness })
    }

    /// Verifies one bundle.
    pub fn verify(self, mut bundle: impl BufRead) -> Result<Report, VerifyError> {
        let mut run = Run {
            report: Report { pinned: self.pinned.is_some(), ..Report::default() },
            chain: Chain::new(self.pinned, self.witness),
            rows: Rows::default(),
            part: Part::Header,
            counted: (0, 0, 0),
        };
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let length = (&mut bundle).take(MAX_LINE).read_until(b'\n', &mut line);
            if length.map_err(|error| VerifyError::Read("bundle", error))? == 0 {
                break;
            }
            if line.pop_if(|last| *last == b'\n').is_none() {
                run.report.malformed(number, "the line is cut, or longer than 64 MiB");
                if line.len() as u64 == MAX_LINE {
                    skip_line(&mut bundle)?;
                }
                run.part = run.part.max(Part::Events);
                continue;
            }
            run.line(number, &line);
        }
        Ok(run.finish())
    }
}

fn skip_line(bundle: &mut impl BufRead) -> Result<(), VerifyError> {
    bundle.skip_until(b'\n').map(drop).map_err(|error| VerifyError::Read("bundle", error))
}

/// One pass over one bundle.
struct Run {
    report: Report,
    chain: Chain,
    rows: Rows,
    part: Part,
    /// Well-formed lines: checkpoints, events, rows.
    counted: (u64, u64, u64),
}

impl Run {
    fn line(&mut self, number: u64, line: &[u8]) {
        let parsed = match parse_line(line) {
            Ok(parsed) => parsed,
            Err(why) => {
                self.part = self.part.max(Part::Events);
                return self.report.malformed(number, &why);
            }
        };
        if self.part == Part::Header {
            self.part = Part::Events;
            match parsed {
                BundleLine::Header { origin, vkey } => {
                    self.chain.header(&origin, &vkey, &mut self.report);
                }
                _ => self.report.malformed(number, "the first line is not the bundle's header"),
            }
            return;
        }
        match (parsed, self.part) {
            (BundleLine::Event { index, leaf, text }, Part::Events) => {
                self.counted.1 += 1;
                self.chain.event(number, index, leaf, &text, &mut self.rows, &mut self.report);
            }
            (BundleLine::Checkpoint { note }, Part::Events) => {
                self.counted.0 += 1;
                self.chain.checkpoint(number, &note, &mut self.report);
            }
            (BundleLine::Row(row), Part::Events | Part::Rows) => {
                self.counted.2 += 1;
                self.part = Part::Rows;
                self.rows.check(number, &row, &mut self.report);
            }
            (BundleLine::End { checkpoints, events, rows }, Part::Events | Part::Rows) => {
                self.part = Part::End;
                if (checkpoints, events, rows) != self.counted {
                    let found = self.counted;
                    self.report.add(Code::CountMismatch, None, None, Some(number), format!(
                        "The end line counts {events} events, {checkpoints} checkpoints and {rows} rows; the bundle holds {}, {} and {}.",
                        found.1, found.0, found.2
                    ));
                }
            }
            _ => self.report.malformed(number, "a line of this type is out of place here"),
        }
    }

    fn finish(mut self) -> Report {
        if self.part != Part::End {
            let why = "The bundle has no end line: it was cut off.".to_owned();
            self.report.add(Code::BundleCut, None, None, None, why);
        }
        self.chain.finish(&mut self.report);
        self.rows.finish(&mut self.report);
        self.report
    }
}
