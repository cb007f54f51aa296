//! A file of CloudEvents, one per line, for log shippers and scripts that follow it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{CloudEvent, Sink, SinkError};

/// Appends messages to a file and syncs it before it says they are delivered.
///
/// After a crash the last line may be torn; opening the file cuts it off, and the outbox, which was
/// not told that it arrived, sends it again. A reader deduplicates by `id`.
#[derive(Debug)]
pub struct FileSink {
    path: PathBuf,
    file: File,
}

impl FileSink {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// When it cannot be opened, read or cut.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let whole = whole_lines(&mut file)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { path: path.to_owned(), file })
    }
}

/// Length of the file up to and with its last line break.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 * 1024;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        block.clear();
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

impl Sink for FileSink {
    fn deliver(&mut self, messages: &[CloudEvent]) -> Result<(), SinkError> {
        let mut lines = Vec::with_capacity(messages.len() * 256);
        let result = messages
            .iter()
            .try_for_each(|message| {
                serde_json::to_writer(&mut lines, message)?;
                lines.push(b'\n');
                Ok(())
            })
            .and_then(|()| self.file.write_all(&lines))
            .and_then(|()| self.file.sync_data());
        result.map_err(|source| SinkError { sink: self.describe(), source })
    }

    fn describe(&self) -> String {
        format!("file {}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tandem_domain::Timestamp;

    fn message(id: &str) -> CloudEvent {
        CloudEvent::about(
            id.to_owned(),
            "default",
            "digits",
            "case.decided",
            "case_1",
            Timestamp(1_700_000_000_000_000),
            json!({"outcome": "approved"}),
        )
    }

    fn lines(path: &Path) -> Vec<Value> {
        let text = std::fs::read_to_string(path).expect("readable");
        text.lines().map(|line| serde_json::from_str(line).expect("a whole line")).collect()
    }

    #[test]
    fn messages_are_cloudevents_one_per_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out.ndjson");
        let mut sink = FileSink::open(&path).expect("opens");
        sink.deliver(&[message("msg_1"), message("msg_2")]).expect("delivers");
        let written = lines(&path);
        assert_eq!(written.len(), 2);
        assert_eq!(written[0]["specversion"], "1.0");
        assert_eq!(written[0]["type"], "tandem.case.decided");
        assert_eq!(written[0]["source"], "/spaces/default/loops/digits");
        assert_eq!(written[0]["time"], "2023-11-14T22:13:20.000000Z");
        assert_eq!(written[1]["id"], "msg_2");
    }

    #[test]
    fn a_torn_line_is_cut_and_sent_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out.ndjson");
        FileSink::open(&path).expect("opens").deliver(&[message("msg_1")]).expect("delivers");
        let mut file = OpenOptions::new().append(true).open(&path).expect("opens");
        file.write_all(&vec![b'x'; 200_000]).expect("writes");
        drop(file);
        let mut sink = FileSink::open(&path).expect("opens");
        sink.deliver(&[message("msg_2")]).expect("delivers");
        let ids: Vec<_> = lines(&path).iter().map(|line| line["id"].clone()).collect();
        assert_eq!(ids, ["msg_1", "msg_2"]);
    }
}
