//! Cutting a streamed body into chunks of numbered lines.

use std::time::Duration;

use axum::body::{BodyDataStream, Bytes};
use futures_util::StreamExt;
use tandem_engine::cases::LineError;

/// Lines handed to the engine at once.
const MOST: usize = 1_000;
/// How long a chunk waits for more lines.
const PATIENCE: Duration = Duration::from_millis(4);

/// Numbered lines; too long ones are errors.
pub(super) type Chunk = Vec<(u64, Result<Bytes, LineError>)>;

pub(super) struct Lines {
    stream: BodyDataStream,
    /// What came and is not handed out; never much more than one line and one piece of the body.
    rest: Vec<u8>,
    line: u64,
    limit: usize,
    /// Within a line that is too long and already reported.
    skipping: bool,
    ended: bool,
}

impl Lines {
    pub(super) fn new(stream: BodyDataStream, limit: usize) -> Self {
        Self { stream, rest: Vec::new(), line: 0, limit, skipping: false, ended: false }
    }

    /// The next lines: as many as came, at least one; `None` at the end.
    pub(super) async fn next_chunk(&mut self) -> Option<Chunk> {
        let mut chunk = Chunk::new();
        self.cut(&mut chunk);
        while chunk.len() < MOST && !self.ended {
            let piece = if chunk.is_empty() {
                self.stream.next().await
            } else {
                match tokio::time::timeout(PATIENCE, self.stream.next()).await {
                    Ok(piece) => piece,
                    Err(_) => break,
                }
            };
            match piece {
                Some(Ok(bytes)) => self.rest.extend_from_slice(&bytes),
                // A body that breaks off ends the batch; its unfinished line is not stored.
                Some(Err(_)) => {
                    self.ended = true;
                    self.rest.clear();
                }
                None => {
                    self.ended = true;
                    if !self.rest.is_empty() {
                        self.rest.push(b'\n');
                    }
                }
            }
            self.cut(&mut chunk);
        }
        (!chunk.is_empty()).then_some(chunk)
    }

    /// Moves whole lines from `rest` into the chunk.
    fn cut(&mut self, chunk: &mut Chunk) {
        let mut start = 0;
        while chunk.len() < MOST {
            let Some(length) = self.rest[start..].iter().position(|&byte| byte == b'\n') else {
                break;
            };
            let text = &self.rest[start..start + length];
            start += length + 1;
            self.line += 1;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if text.len() > self.limit {
                chunk.push((self.line, Err(too_long(self.limit))));
            } else if !text.trim_ascii().is_empty() {
                chunk.push((self.line, Ok(Bytes::copy_from_slice(text))));
            }
        }
        self.rest.drain(..start);
        let unfinished = !self.rest.contains(&b'\n');
        if unfinished && self.rest.len() > self.limit && chunk.len() < MOST {
            if !self.skipping {
                self.skipping = true;
                chunk.push((self.line + 1, Err(too_long(self.limit))));
            }
            self.rest.clear();
        }
    }
}

fn too_long(limit: usize) -> LineError {
    LineError {
        code: "too_large",
        path: None,
        message: format!("the line is longer than {limit} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn cut(pieces: &[&str], limit: usize) -> Vec<(u64, Option<String>)> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, std::io::Error>(piece.to_string())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let mut lines = Lines::new(body.into_data_stream(), limit);
        let mut all = Vec::new();
        while let Some(chunk) = lines.next_chunk().await {
            for (line, text) in chunk {
                all.push((line, text.ok().map(|t| String::from_utf8_lossy(&t).into_owned())));
            }
        }
        all
    }

    #[tokio::test]
    async fn lines_are_numbered_wherever_the_body_is_cut() {
        let text = |line, text: &str| (line, Some(text.to_owned()));
        let expected = [text(1, "a"), text(3, "bc"), text(4, "d")];
        assert_eq!(cut(&["a\n\nbc\nd"], 10).await, expected);
        assert_eq!(cut(&["a", "\n", "\nb", "c\nd", "\n"], 10).await, expected);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_reported_once_and_skipped() {
        let expected = [(1, Some("a".to_owned())), (2, None), (3, Some("b".to_owned()))];
        assert_eq!(cut(&["a\nxxxxxxxx\nb\n"], 4).await, expected);
        assert_eq!(cut(&["a\nxxxxxxxx", "xxxxxxxxx", "xx\nb\n"], 4).await, expected);
    }
}
