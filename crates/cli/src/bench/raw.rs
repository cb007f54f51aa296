//! What the disk does by itself: the bound of everything durable.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::latency::Latencies;

/// Writes and flushes 4 KiB, one after the other, for `time`.
pub(crate) fn flushes(dir: &Path, time: Duration) -> std::io::Result<Latencies> {
    let path = dir.join("flush.probe");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let block = [0x5a; 4096];
    let mut all = Latencies::default();
    let start = Instant::now();
    while start.elapsed() < time {
        let one = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        all.push(one.elapsed());
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(all)
}
