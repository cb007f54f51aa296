//! Numbers as ECMAScript's `Number::toString` writes them (RFC 8785 section 3.2.2.3).

/// Appends `value` as ECMAScript writes it; an error for infinities and NaN, with `out` unchanged.
pub fn write_f64(value: f64, out: &mut String) -> Result<(), std::fmt::Error> {
    if !value.is_finite() {
        return Err(std::fmt::Error);
    }
    if value == 0.0 {
        out.push('0');
        return Ok(());
    }
    // The JSON writer gives the shortest digits that read back as the same double, nearest first and even on a tie:
    // ECMAScript's choice (the standard library's `{:e}` rounds ties up). Only the layout is ours.
    let mut shortest = Stack { bytes: [0; 32], len: 0 };
    serde_json::to_writer(&mut shortest, &value.abs()).map_err(|_| std::fmt::Error)?;
    let (digits, point) = split_digits(shortest.text())?;
    if value < 0.0 {
        out.push('-');
    }
    place_digits(digits.text(), point, out);
    Ok(())
}

/// Splits a decimal such as `0.00123` or `1.5e+30` into significant digits and the place of the point after them.
fn split_digits(text: &str) -> Result<(Stack, i32), std::fmt::Error> {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().map_err(|_| std::fmt::Error)?;
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = Stack { bytes: [0; 32], len: 0 };
    digits.push(whole)?;
    digits.push(part)?;
    let zeros = digits.text().bytes().take_while(|&digit| digit == b'0').count();
    digits.bytes.copy_within(zeros.., 0);
    digits.len -= zeros;
    while digits.text().ends_with('0') {
        digits.len -= 1;
    }
    Ok((digits, whole.len() as i32 + exponent - zeros as i32))
}

/// Writes `0.digits * 10^point` in ECMAScript's layout.
fn place_digits(digits: &str, point: i32, out: &mut String) {
    let count = digits.len() as i32;
    if (1..=21).contains(&point) {
        if count <= point {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', (point - count) as usize));
        } else {
            let (whole, part) = digits.split_at(point as usize);
            out.push_str(whole);
            out.push('.');
            out.push_str(part);
        }
    } else if (-5..=0).contains(&point) {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', -point as usize));
        out.push_str(digits);
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            out.push('.');
            out.push_str(rest);
        }
        out.push_str(if point < 1 { "e-" } else { "e+" });
        write_u64(u64::from((point - 1).unsigned_abs()), out);
    }
}

/// Appends a decimal integer.
pub(super) fn write_u64(mut value: u64, out: &mut String) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

/// A small text buffer on the stack: a double takes at most 24 bytes.
struct Stack {
    bytes: [u8; 32],
    len: usize,
}

impl Stack {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    fn push(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl std::io::Write for Stack {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = std::str::from_utf8(bytes).map_err(std::io::Error::other)?;
        self.push(text).map_err(std::io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_samples_of_rfc_8785_appendix_b() {
        let samples: [(u64, &str); 24] = [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
            (0x3ff0_0000_0000_0000, "1"),
        ];
        for (bits, expected) in samples {
            let mut out = String::new();
            let value = f64::from_bits(bits);
            write_f64(value, &mut out).unwrap();
            assert_eq!(out, expected, "{bits:016x}");
        }
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(write_f64(value, &mut String::new()).is_err());
        }
    }
}
