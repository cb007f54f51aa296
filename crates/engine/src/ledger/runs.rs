//! The rows of runs in a bundle.

use std::io::Write;

use tandem_domain::RunId;
use tandem_store::{Tx, runs};

use super::bundle::{Bundler, parse};
use crate::errors::Result;
use crate::runs as names;

/// Rows read at a time.
const PAGE: u32 = 500;

impl<W: Write> Bundler<W> {
    pub(super) fn runs(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = runs::scan(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for raw in page {
                self.run_rows(tx, &raw)?;
            }
        }
    }

    fn run_rows(&mut self, tx: &mut dyn Tx, raw: &runs::RawRun) -> Result<()> {
        let (core, state) = (parse(&raw.core), parse(&raw.state));
        let mut salt = [0; 16];
        // A salt that was edited gives another commitment, which the verifier reports.
        let _unreadable =
            hex::decode_to_slice(core["salt"].as_str().unwrap_or_default(), &mut salt);
        let id = raw.id.to_string();
        let revision = state["revision"].as_u64().unwrap_or(0);
        self.row(names::CORES, &id, &names::event_id(raw.id, 1), &salt, &core)?;
        self.row(names::RUNS, &id, &names::event_id(raw.id, revision), &salt, &state)?;
        self.run_parts(tx, raw.id, &salt, names::STEPS)?;
        self.run_parts(tx, raw.id, &salt, names::CONTROLS)
    }

    fn run_parts(
        &mut self,
        tx: &mut dyn Tx,
        run: RunId,
        salt: &[u8; 16],
        table: &'static str,
    ) -> Result<()> {
        let mut after = 0;
        loop {
            let page = match table {
                names::STEPS => runs::scan_steps(tx, run, after, PAGE)?,
                _ => runs::scan_controls(tx, run, after, PAGE)?,
            };
            let Some(last) = page.last() else { return Ok(()) };
            after = last.0;
            for (n, revision, body) in page {
                let id = names::step_id(run, n);
                self.row(table, &id, &names::event_id(run, revision), salt, &parse(&body))?;
            }
        }
    }
}
