//! Polynomial `exp` and `ln` for `f32` whose loops the compiler can vectorise.
//!
//! Range reduction and the minimax polynomial of `exp` follow the Cephes library (`expf`; S.
//! Moshier); `ln` is the artanh series. No table, no branch, no call.

/// `e^x`; relative error below 2e-7 for |x| <= 87, saturating outside.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer, which is then read from the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * 0.693_359_4 - n * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 5.0e-1;
    let y = p * r * r + r + 1.0;
    // Multiplying by 2^n is adding n to the exponent; the bits of `shifted` end in n (mod 2^22).
    f32::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `ln x` for positive normal `x`; error below 3e-7, absolute near 1 and relative elsewhere.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // Split x = m * 2^e with m in [sqrt(1/2), sqrt(2)); then ln m = 2 artanh((m - 1) / (m + 1)),
    // whose argument is below 0.172, so that four terms of the series do.
    const HALF_ROOT: u32 = 0x3f35_04f3;
    let shifted = x.to_bits().wrapping_sub(HALF_ROOT);
    let e = (shifted as i32 >> 23) as f32;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(HALF_ROOT));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = 0.285_714_3 * z + 0.4;
    let p = p * z + 0.666_666_7;
    let p = p * z + 2.0;
    p * s + e * std::f32::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_is_close(x in -80.0_f32..80.0) {
            let want = f64::from(x).exp();
            prop_assert!((f64::from(exp(x)) - want).abs() <= 3e-7 * want);
        }

        #[test]
        fn ln_is_close(x in prop_oneof![1e-30_f32..1.0, 0.5_f32..2.0, 1.0_f32..1e30]) {
            let want = f64::from(x).ln();
            prop_assert!((f64::from(ln(x)) - want).abs() <= 3e-7 * want.abs().max(1.0));
        }
    }

    #[test]
    fn edges() {
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) < 1e-37 && exp(-1e9) >= 0.0);
        assert!(exp(1e9).is_finite());
        assert_eq!(ln(1.0), 0.0);
    }
}
