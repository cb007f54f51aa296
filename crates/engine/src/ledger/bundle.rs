//! Bundles: the events in order with their checkpoints, then every row of state with the event that
//! wrote it last. Everything is read in one snapshot, so that rows and events fit together.

use std::collections::HashMap;
use std::io::{BufWriter, Write};

use serde_json::Value;
use sha2::{Digest, Sha256};
use tandem_domain::CaseId;
use tandem_ledger::bundle::BundleLines;
use tandem_ledger::event::Envelope;
use tandem_ledger::merkle::leaf_hash;
use tandem_store::events::{self, EventFilter};
use tandem_store::ledger as head;
use tandem_store::scan::{self, RawCase};
use tandem_store::{Store, Tx, halts, loops, meta, models, spaces};

use crate::errors::{EngineError, Result};
use crate::ids::DrawKey;
use crate::record::{self, CASES, COMMENTS, CORES, HALTS, LOOP_VERSIONS, MEDIA, OUTCOMES};
use crate::sealing::VKEY;
use crate::{cases, learning};

/// Rows read at a time.
const PAGE: u32 = 500;
/// Files read at a time.
const FEW: u32 = 4;

/// How much a bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BundleSize {
    /// Events.
    pub events: u64,
    /// Rows of state.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Writes a bundle of an open database. Blocks.
pub fn write_bundle(store: &Store, out: impl Write + Send + 'static) -> Result<BundleSize> {
    let mut out = Some(BufWriter::with_capacity(1 << 16, out));
    store.read_blocking(move |tx| {
        let Some(out) = out.take() else {
            return Err(EngineError::Unavailable("the connection was lost; try again".to_owned()));
        };
        Bundler::begin(tx, out)?.run(tx)
    })
}

pub(super) struct Bundler<W: Write> {
    out: BufWriter<W>,
    lines: BundleLines,
    size: BundleSize,
    /// Salts of records that belong to no case and no loop.
    key: DrawKey,
    /// The last event of rows whose event ids do not follow from the row: few.
    last: HashMap<(String, String), String>,
}

impl<W: Write> Bundler<W> {
    fn begin(tx: &mut dyn Tx, out: BufWriter<W>) -> Result<Self> {
        let vkey = meta::get(tx, VKEY)?.and_then(|bytes| String::from_utf8(bytes).ok());
        let vkey = vkey.ok_or_else(|| EngineError::Conflict {
            code: "no_checkpoint_key",
            message: "the ledger was never signed; start the server with a checkpoint key"
                .to_owned(),
            resource: None,
        })?;
        let secret = meta::get(tx, crate::engine::RECORD_SECRET)?.unwrap_or_default();
        let (lines, header) = BundleLines::start(&head::head(tx)?.origin, &vkey);
        let mut bundler = Self {
            out,
            lines,
            size: BundleSize::default(),
            key: DrawKey::new(&secret)?,
            last: HashMap::new(),
        };
        bundler.put(&header)?;
        Ok(bundler)
    }

    fn run(mut self, tx: &mut dyn Tx) -> Result<BundleSize> {
        self.events(tx)?;
        self.cases(tx)?;
        self.comments(tx)?;
        self.utterances(tx)?;
        self.suggestions(tx)?;
        self.outcomes(tx)?;
        self.media(tx)?;
        self.halts(tx)?;
        self.loops(tx)?;
        self.runs(tx)?;
        let end = std::mem::take(&mut self.lines).end();
        self.put(&end)?;
        self.out.flush().map_err(EngineError::internal)?;
        Ok(self.size)
    }

    fn put(&mut self, line: &str) -> Result<()> {
        self.size.bytes += line.len() as u64;
        self.out.write_all(line.as_bytes()).map_err(EngineError::internal)
    }

    /// The sealed events with their checkpoints, and behind them those that wait for their index.
    fn events(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut checkpoints = head::checkpoints(tx, 0, PAGE)?.into_iter().peekable();
        let mut next = 0;
        loop {
            let page = events::page(tx, &EventFilter::default(), next, PAGE)?;
            let Some(last) = page.last().and_then(|row| row.idx) else { break };
            for row in page {
                let (Some(index), Some(leaf)) = (row.idx, row.leaf) else { continue };
                self.note(&row.body);
                let line = self.lines.event(index, &row.body, &leaf);
                self.put(&line)?;
                self.size.events += 1;
                while checkpoints.peek().is_some_and(|known| known.size <= index + 1) {
                    let Some(checkpoint) = checkpoints.next() else { break };
                    let line = self.lines.checkpoint(&checkpoint.note);
                    self.put(&line)?;
                    if checkpoints.peek().is_none() {
                        let from = checkpoint.size + 1;
                        checkpoints = head::checkpoints(tx, from, PAGE)?.into_iter().peekable();
                    }
                }
            }
            next = last + 1;
        }
        for checkpoint in checkpoints {
            // More was signed than there is: the verifier shall say so.
            let line = self.lines.checkpoint(&checkpoint.note);
            self.put(&line)?;
        }
        for row in scan::unsealed(tx)? {
            self.note(&row.body);
            let line = self.lines.event(next, &row.body, &leaf_hash(row.body.as_bytes()));
            self.put(&line)?;
            self.size.events += 1;
            next += 1;
        }
        Ok(())
    }

    /// Remembers the last event of models.
    fn note(&mut self, body: &str) {
        if !body.contains("\"table\":\"models\"") {
            return;
        }
        // What is no event is shown by the verifier.
        let Ok(event) = Envelope::parse(body) else { return };
        for row in event.rows.iter().filter(|row| row.table == learning::MODELS) {
            let key = (row.table.to_string(), row.id.to_string());
            self.last.insert(key, event.id.to_string());
        }
    }

    pub(super) fn row(
        &mut self,
        table: &str,
        id: &str,
        event: &str,
        salt: &[u8; 16],
        record: &Value,
    ) -> Result<()> {
        let line = self.lines.row(table, id, event, salt, record)?;
        self.size.rows += 1;
        self.put(&line)
    }

    fn cases(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = scan::cases(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for raw in page {
                self.case(&raw)?;
            }
        }
    }

    fn case(&mut self, raw: &RawCase) -> Result<()> {
        let (core, state) = (parse(&raw.core), parse(&raw.state));
        let core = match (core, &raw.input) {
            (Value::Object(mut core), Some(input)) => {
                core.insert("input".to_owned(), parse(input));
                Value::Object(core)
            }
            (core, _) => core,
        };
        let mut salt = [0; 16];
        let text = core["salt"].as_str().unwrap_or_default();
        // A salt that was edited gives another commitment, which the verifier reports.
        let _unreadable = hex::decode_to_slice(text, &mut salt);
        let id = raw.id.to_string();
        let revision = state["revision"].as_u64().unwrap_or(0);
        let first = record::case_event_id(raw.id, 1);
        self.row(CORES, &id, &first, &salt, &core)?;
        self.row(CASES, &id, &record::case_event_id(raw.id, revision), &salt, &state)
    }

    fn comments(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = scan::comments(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for comment in page {
                let salt = salt_of_case(tx, comment.case_id)?;
                let id = comment.id.to_string();
                let event = record::single_event_id(&id);
                self.row(COMMENTS, &id, &event, &salt, &cases::comment_record(&comment))?;
            }
        }
    }

    fn suggestions(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = tandem_store::suggestions::scan(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for one in page {
                let salt = salt_of_case(tx, one.case_id)?;
                let id = one.id.to_string();
                let event = record::single_event_id(&id);
                let record = crate::copilot::record_of(&one);
                self.row(record::SUGGESTIONS, &id, &event, &salt, &record)?;
            }
        }
    }

    fn utterances(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = tandem_store::utterances::scan(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.case_id, last.n));
            for said in page {
                let salt = salt_of_case(tx, said.case_id)?;
                let (id, event) = (cases::said_name(&said), cases::said_event_id(&said));
                self.row(record::UTTERANCES, &id, &event, &salt, &cases::said_record(&said))?;
            }
        }
    }

    fn outcomes(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = scan::outcomes(tx, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for outcome in page {
                let salt = salt_of_case(tx, outcome.case_id)?;
                let id = outcome.id.to_string();
                let event = record::single_event_id(&id);
                self.row(OUTCOMES, &id, &event, &salt, &cases::outcome_record(&outcome)?)?;
            }
        }
    }

    fn media(&mut self, tx: &mut dyn Tx) -> Result<()> {
        let mut after = None;
        loop {
            let page = scan::media(tx, after, FEW)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for mut media in page {
                // The digest of what is there, not the one that stands beside it.
                media.sha256 = Sha256::digest(&media.bytes).to_vec();
                let id = media.id.to_string();
                let salt = self.key.salt(MEDIA, &id);
                let event = record::single_event_id(&id);
                self.row(MEDIA, &id, &event, &salt, &cases::media_record(&media))?;
            }
        }
    }

    fn halts(&mut self, tx: &mut dyn Tx) -> Result<()> {
        for space in spaces::list(tx)? {
            // A row that was never changed has no event.
            for halt in halts::list(tx, &space.id)?.into_iter().filter(|halt| halt.epoch > 0) {
                let id = format!("{}/{}", space.id, halt.scope);
                let salt = self.key.salt(HALTS, &format!("{id}/{}", halt.epoch));
                let event = record::halt_event_id(&space.id, &halt);
                self.row(HALTS, &id, &event, &salt, &crate::halts::record_of(&halt))?;
            }
        }
        Ok(())
    }

    fn loops(&mut self, tx: &mut dyn Tx) -> Result<()> {
        for id in scan::loops(tx)? {
            let Some(row) = loops::get(tx, id)? else { continue };
            let key = DrawKey::new(&row.secret)?;
            let mut before = None;
            loop {
                let page = loops::versions(tx, id, before, PAGE)?;
                let Some(last) = page.last() else { break };
                before = Some(last.version);
                for stored in page {
                    let id = format!("{}-{}", row.id, stored.version);
                    let salt = key.salt(LOOP_VERSIONS, &id);
                    let event = record::loop_event_id(&stored);
                    let record = crate::loops::version_record(&stored);
                    self.row(LOOP_VERSIONS, &id, &event, &salt, &record)?;
                }
            }
            for model in models::list(tx, id, None, u32::MAX)? {
                let id = model.id.to_string();
                let salt = key.salt(learning::MODELS, &id);
                let bytes = models::bytes(tx, model.loop_id, model.version)?.unwrap_or_default();
                let record = learning::model_record(&model, &bytes);
                let last = self.last.get(&(learning::MODELS.to_owned(), id.clone()));
                let event = last.cloned().unwrap_or_default();
                self.row(learning::MODELS, &id, &event, &salt, &record)?;
            }
        }
        Ok(())
    }
}

pub(super) fn parse(text: &str) -> Value {
    // What is no JSON any more is shown as the text it is; its commitment does not fit.
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn salt_of_case(tx: &mut dyn Tx, id: CaseId) -> Result<[u8; 16]> {
    match tandem_store::cases::get(tx, id)? {
        Some(case) => record::salt_of(&case.core),
        None => Ok([0; 16]),
    }
}
