//! Exports: what was decided, judged and learned, as a stream of lines.
//!
//! Rows are read in pages by key and written as they come, so that memory is bounded whatever the
//! size; a slow reader holds up its own stream only. An export ends at a moment (`until`), so that it
//! can be repeated. Its manifest (hash, rows, filters, loop version) is a call of its own: a comment
//! in front would be no valid JSON Lines.

mod csv;
mod rows;
mod shapes;

use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};
use tandem_domain::Timestamp;
use tandem_store::Store;
use tokio::sync::mpsc;

pub use shapes::Shape;

use crate::access::{Action, allow};
use crate::engine::Engine;
use crate::errors::{EngineError, Result};
use crate::loops::LoopHandle;
use crate::principal::Principal;
use rows::{Cursor, Page};

/// Pages that wait for a slow reader.
const AHEAD: usize = 2;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$each:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$each])* $variant,)* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> std::result::Result<Self, String> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or_else(|| {
                    let all: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    format!(concat!("`{}` is not ", $what, "; use one of {}"), text, all.join(", "))
                })
            }
        }
    };
}

words! {
    /// What is exported.
    ExportKind, "a kind of export", {
        /// Labelled rows and failure labels.
        Examples = "examples",
        /// Before and after.
        Corrections = "corrections",
        /// Pairs for supervised tuning.
        Sft = "sft",
        /// Preference pairs.
        Preferences = "preferences",
        /// Ratings.
        Ratings = "ratings",
        /// Judgments.
        Judgments = "judgments",
        /// Decisions that took effect.
        Decisions = "decisions",
    }
}

words! {
    /// How it is written.
    ExportFormat, "a format of export", {
        /// A JSON object a line.
        Jsonl = "jsonl",
        /// Comma-separated values with a header.
        Csv = "csv",
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExportRequest {
    /// What.
    pub kind: ExportKind,
    /// How.
    pub format: ExportFormat,
    /// Columns of `sft` and `preferences`.
    pub shape: Shape,
    /// Rows up to this moment; now where absent.
    pub until: Option<Timestamp>,
    /// Leaves out rows whose texts are by models in a greater share than this, 0..=1. Rows that say
    /// nothing of who wrote them stay.
    pub max_ai_share: Option<f64>,
}

/// An export under way: take chunks until there are none. Dropping it ends the export.
pub struct Export {
    chunks: mpsc::Receiver<Result<Vec<u8>>>,
    /// The MIME type.
    pub content_type: &'static str,
    /// A name for the file.
    pub file_name: String,
    /// The moment up to which rows are in it.
    pub until: Timestamp,
}

/// What an export holds, for whoever wants to check or repeat it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// The loop.
    pub r#loop: String,
    /// Its version in force.
    pub loop_version: u32,
    /// What.
    pub kind: &'static str,
    /// How.
    pub format: &'static str,
    /// Columns of `sft` and `preferences`.
    pub shape: &'static str,
    /// Rows up to this moment: pass it as `until` for the same export.
    pub until: Timestamp,
    /// The greatest share by models of rows that are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_ai_share: Option<f64>,
    /// Rows, without a header.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, hex.
    pub sha256: String,
}

impl Export {
    /// The next chunk of bytes; `None` at the end. After an error there is no more.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        self.chunks.recv().await
    }
}

impl Engine {
    /// Begins an export.
    pub async fn export(
        &self,
        principal: &Principal,
        loop_name: &str,
        request: ExportRequest,
    ) -> Result<Export> {
        let handle = self.may_export(principal, loop_name).await?;
        let until = self.until(&request);
        let (send, chunks) = mpsc::channel(AHEAD);
        let engine = self.clone();
        let file_name =
            format!("{loop_name}-{}.{}", request.kind.as_str(), request.format.as_str());
        tokio::spawn(async move {
            let header = header(&request);
            if !header.is_empty() && send.send(Ok(header)).await.is_err() {
                return;
            }
            let mut cursor = Cursor::Start;
            loop {
                match engine.export_page(&handle, request, until, cursor).await {
                    Ok(page) => {
                        let gone =
                            !page.bytes.is_empty() && send.send(Ok(page.bytes)).await.is_err();
                        match page.next {
                            Some(next) if !gone => cursor = next,
                            _ => return,
                        }
                    }
                    Err(error) => {
                        // Nobody listens any more: fine.
                        drop(send.send(Err(error)).await);
                        return;
                    }
                }
            }
        });
        let content_type = match request.format {
            ExportFormat::Jsonl => "application/x-ndjson",
            ExportFormat::Csv => "text/csv; charset=utf-8; header=present",
        };
        Ok(Export { chunks, content_type, file_name, until })
    }

    /// Counts and hashes an export without handing it out.
    pub async fn export_manifest(
        &self,
        principal: &Principal,
        loop_name: &str,
        request: ExportRequest,
    ) -> Result<Manifest> {
        let handle = self.may_export(principal, loop_name).await?;
        let until = self.until(&request);
        let (mut sum, mut cursor) = (Sum::new(&request), Cursor::Start);
        loop {
            let page = self.export_page(&handle, request, until, cursor).await?;
            sum.add(&page);
            match page.next {
                Some(next) => cursor = next,
                None => return Ok(sum.manifest(&handle, &request, until)),
            }
        }
    }

    async fn may_export(&self, principal: &Principal, name: &str) -> Result<Arc<LoopHandle>> {
        allow(principal, Action::Export, Some(name))?;
        self.compiled(&principal.space, name).await
    }

    fn until(&self, request: &ExportRequest) -> Timestamp {
        request.until.unwrap_or_else(|| Timestamp(self.store().clock().now_micros()))
    }

    async fn export_page(
        &self,
        handle: &Arc<LoopHandle>,
        request: ExportRequest,
        until: Timestamp,
        cursor: Cursor,
    ) -> Result<Page> {
        let handle = Arc::clone(handle);
        self.store()
            .read(move |tx| rows::page(tx, &handle, &request, until, &cursor))
            .await
            .map_err(|error: EngineError| error)
    }
}

/// What an export of examples has, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExampleCounts {
    pub(crate) labelled: u64,
    pub(crate) corrections: u64,
    pub(crate) failures: u64,
    /// Labelled rows that are never trained on.
    pub(crate) held_out: u64,
}

/// The manifest of the examples up to a moment, as JSON Lines, and what they are. Blocks.
pub(crate) fn examples_manifest(
    store: &Store,
    handle: &Arc<LoopHandle>,
    until: Timestamp,
) -> Result<(Manifest, ExampleCounts)> {
    let request = ExportRequest {
        kind: ExportKind::Examples,
        format: ExportFormat::Jsonl,
        shape: Shape::default(),
        until: Some(until),
        max_ai_share: None,
    };
    let (mut sum, mut cursor) = (Sum::new(&request), Cursor::Start);
    let mut counts = ExampleCounts::default();
    loop {
        let of_loop = Arc::clone(handle);
        let page =
            store.read_blocking(move |tx| rows::page(tx, &of_loop, &request, until, &cursor))?;
        counts.labelled += page.counts.labelled;
        counts.corrections += page.counts.corrections;
        counts.failures += page.counts.failures;
        counts.held_out += page.counts.held_out;
        sum.add(&page);
        match page.next {
            Some(next) => cursor = next,
            None => return Ok((sum.manifest(handle, &request, until), counts)),
        }
    }
}

/// A manifest under way.
struct Sum {
    hash: Sha256,
    rows: u64,
    bytes: u64,
}

impl Sum {
    fn new(request: &ExportRequest) -> Self {
        let header = header(request);
        Self { hash: Sha256::new_with_prefix(&header), rows: 0, bytes: header.len() as u64 }
    }

    fn add(&mut self, page: &Page) {
        self.hash.update(&page.bytes);
        self.rows += page.rows;
        self.bytes += page.bytes.len() as u64;
    }

    fn manifest(self, handle: &LoopHandle, request: &ExportRequest, until: Timestamp) -> Manifest {
        Manifest {
            r#loop: handle.name.clone(),
            loop_version: handle.version,
            kind: request.kind.as_str(),
            format: request.format.as_str(),
            shape: request.shape.as_str(),
            until,
            max_ai_share: request.max_ai_share,
            rows: self.rows,
            bytes: self.bytes,
            sha256: hex::encode(self.hash.finalize()),
        }
    }
}

fn header(request: &ExportRequest) -> Vec<u8> {
    match request.format {
        ExportFormat::Jsonl => Vec::new(),
        ExportFormat::Csv => csv::header(rows::columns(request.kind)),
    }
}
