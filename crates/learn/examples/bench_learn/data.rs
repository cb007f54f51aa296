//! Data sets from outside the repository, and CPU seconds of this thread.

use std::path::PathBuf;
use std::time::Instant;

/// Rows of a CSV file below `../shared/data`, without its header; None where it is absent.
pub(crate) fn csv(path: &str) -> Option<Vec<Vec<String>>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let text = std::fs::read_to_string(root.join(path)).ok()?;
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.chars() {
        let row = rows.last_mut()?;
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' => {}
            _ => row.last_mut()?.push(c),
        }
    }
    rows.retain(|r| r.len() > 1);
    rows.remove(0);
    Some(rows)
}

/// Texts in the first column, labels in the second, numbered by first appearance in `names`.
pub(crate) fn texts(path: &str, names: &mut Vec<String>) -> Option<(Vec<String>, Vec<u32>)> {
    let mut texts = Vec::new();
    let mut labels = Vec::new();
    for mut row in csv(path)? {
        let name = row.swap_remove(1);
        let at = names.iter().position(|n| *n == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        });
        texts.push(row.swap_remove(0));
        labels.push(at as u32);
    }
    Some((texts, labels))
}

/// CPU seconds spent by this thread so far; wall time where the system does not tell.
pub(crate) fn cpu_seconds(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// Runs `f` several times; its last result and the median CPU seconds.
pub(crate) fn timed<T>(times: usize, mut f: impl FnMut() -> T) -> (T, f64) {
    let start = Instant::now();
    let mut seconds = Vec::new();
    loop {
        let from = cpu_seconds(start);
        let out = f();
        seconds.push(cpu_seconds(start) - from);
        if seconds.len() >= times {
            seconds.sort_by(f64::total_cmp);
            return (out, seconds[seconds.len() / 2]);
        }
    }
}
