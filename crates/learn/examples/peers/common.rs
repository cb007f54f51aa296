//! What the programs that compare with other libraries share: CPU time, numbers that both sides make
//! alike, and the line they print.

use std::time::Instant;

/// CPU seconds spent by this thread so far; wall time since `start` where the system does not tell.
pub(crate) fn cpu_seconds(start: Instant) -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|s| s.split(' ').next()?.parse::<f64>().ok())
        .map_or_else(|| start.elapsed().as_secs_f64(), |ns| ns * 1e-9)
}

/// The last result of `f` and the CPU seconds of one call: the median of `times` batches of a tenth
/// of a second each, for the system counts in steps of some milliseconds. With one batch, the first
/// call counts.
pub(crate) fn try_timed<T, E>(
    times: usize,
    mut f: impl FnMut() -> Result<T, E>,
) -> Result<(T, f64), E> {
    let start = Instant::now();
    let from = cpu_seconds(start);
    let mut out = f()?;
    let once = cpu_seconds(start) - from;
    if times == 1 {
        return Ok((out, once));
    }
    let wall = start.elapsed().as_secs_f64();
    let runs = (0.1 / wall.max(1e-7)).ceil().clamp(1.0, 1e6) as usize;
    let mut seconds = Vec::with_capacity(times);
    while seconds.len() < times {
        let from = cpu_seconds(start);
        for _ in 0..runs {
            out = std::hint::black_box(f()?);
        }
        seconds.push((cpu_seconds(start) - from) / runs as f64);
    }
    seconds.sort_by(f64::total_cmp);
    Ok((out, seconds[times / 2]))
}

/// [`try_timed`] of work that cannot fail.
pub(crate) fn timed<T>(times: usize, mut f: impl FnMut() -> T) -> (T, f64) {
    match try_timed(times, || Ok::<T, std::convert::Infallible>(f())) {
        Ok(done) => done,
        Err(never) => match never {},
    }
}

/// Uniform in `[0, 1)`: SplitMix64's finaliser of a counter, the same in both programs.
pub(crate) fn unit(index: usize, stream: u64) -> f64 {
    let mut z = (index as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z ^= stream.wrapping_mul(0xd134_2543_de82_ef95);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// One figure as a line of JSON; `quality` is the inside of an object.
pub(crate) fn emit(case: &str, seconds: f64, quality: &str) {
    println!(
        "{{\"case\": \"{case}\", \"system\": \"tandem\", \"cpu_s\": {seconds:.4e}, \"quality\": {{{quality}}}}}"
    );
}
