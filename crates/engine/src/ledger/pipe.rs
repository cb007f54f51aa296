//! Bytes from one thread to another, a few blocks at a time.

use std::io::{Read, Result, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Blocks that may wait between the two.
const WAITING: usize = 8;

/// The end that is written to.
pub(super) struct PipeWriter(SyncSender<Vec<u8>>);

/// The end that is read from; it ends when the writer is dropped.
pub(super) struct PipeReader {
    blocks: Receiver<Vec<u8>>,
    block: Vec<u8>,
    read: usize,
}

/// Both ends.
pub(super) fn pipe() -> (PipeWriter, PipeReader) {
    let (sender, blocks) = sync_channel(WAITING);
    (PipeWriter(sender), PipeReader { blocks, block: Vec::new(), read: 0 })
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self.0.send(bytes.to_vec()) {
            Ok(()) => Ok(bytes.len()),
            Err(_) => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl Read for PipeReader {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        while self.read == self.block.len() {
            match self.blocks.recv() {
                Ok(block) => (self.block, self.read) = (block, 0),
                Err(_) => return Ok(0),
            }
        }
        let count = out.len().min(self.block.len() - self.read);
        out[..count].copy_from_slice(&self.block[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
