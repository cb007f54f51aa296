//! How figures are written for people.

/// `0.0137` → `1.4 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `12345` → `12,345`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of seconds as `420 ms`, `3.2 s`, `12 min`, `4.1 h`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 0.010 => format!("{:.2} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

/// A number of bytes as `12.3 MB` (millions of bytes).
pub(crate) fn bytes(count: u64) -> String {
    match count {
        n if n < 1_000 => format!("{n} B"),
        n if n < 1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        n if n < 1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        n => format!("{:.2} GB", n as f64 / 1e9),
    }
}

/// How many lines end in `data`.
pub(crate) fn line_ends(data: &[u8]) -> u64 {
    data.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_377), "1,377");
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(percent(0.0137), "1.4 %");
        assert_eq!(duration(0.000_2), "200 µs");
        assert_eq!(duration(3.21), "3.2 s");
        assert_eq!(duration(5_400.0), "90 min");
        assert_eq!(line_ends(b"a\nb\n"), 2);
        assert_eq!(bytes(45_300_000), "45.3 MB");
    }
}
