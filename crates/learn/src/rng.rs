//! A small seeded generator; the only source of chance in this crate.
//!
//! SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
//! 2014): a Weyl sequence through a 64-bit finaliser. Good enough for seeds, ties and folds. It is
//! **not** for audit coins or anything an opponent may want to predict.

/// Seeded generator; equal seeds give equal streams on every machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator for `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator for the `stream`-th independent use of `seed` (fold, restart, column).
    pub fn stream(seed: u64, stream: u64) -> Self {
        Self { state: hash(seed ^ hash(stream.wrapping_add(0x5851_f42d_4c95_7f2d))) }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        finalise(self.state)
    }

    /// Uniform in `[0, 1)` with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Uniform in `0..n` without bias (Lemire 2019); 0 when `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(n);
            let low = wide as u64;
            // Only the few values below `2^64 mod n` would be drawn once too often.
            if low >= n || low >= n.wrapping_neg() % n {
                return (wide >> 64) as usize;
            }
        }
    }

    /// True with probability `p`.
    pub fn coin(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Puts `items` in a uniformly random order (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Mixes 64 bits; used to break ties by seed without a stream.
pub fn hash(x: u64) -> u64 {
    finalise(x.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Rng;
    use proptest::prelude::*;

    #[test]
    fn matches_the_published_stream_of_splitmix64() {
        let mut rng = Rng::new(1_234_567);
        let got: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
        assert_eq!(
            got,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    proptest! {
        #[test]
        fn below_stays_below(seed: u64, n in 1_usize..1000) {
            let mut rng = Rng::new(seed);
            for _ in 0..50 {
                prop_assert!(rng.below(n) < n);
            }
        }

        #[test]
        fn shuffle_is_a_permutation(seed: u64, n in 0_usize..60) {
            let mut items: Vec<usize> = (0..n).collect();
            Rng::new(seed).shuffle(&mut items);
            items.sort_unstable();
            prop_assert_eq!(items, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn below_is_uniform_and_unit_has_the_right_mean() {
        let mut rng = Rng::new(7);
        let mut counts = [0_u32; 7];
        let mut sum = 0.0_f64;
        for _ in 0..70_000 {
            counts[rng.below(7)] += 1;
            sum += rng.unit();
        }
        assert!(counts.iter().all(|&c| (9_500..10_500).contains(&c)), "{counts:?}");
        assert!((sum / 70_000.0 - 0.5).abs() < 0.01);
        assert_eq!(rng.below(0), 0);
    }
}
