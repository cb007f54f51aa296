//! Features of a grey image: pixels and edge directions.
//!
//! Edge directions are a small histogram of oriented gradients (Dalal and Triggs, CVPR 2005):
//! central differences, eight signed directions with linear voting, summed over cells of 2 x 2
//! pixels and over overlapping cells of 4 x 4 pixels. Each of the three groups (pixels, small
//! cells, large cells) is scaled to length 1, then all by one factor.

use super::Image;

/// Directions of an edge.
const DIRECTIONS: usize = 8;

/// Where the features of a `width` x `height` image lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// A cell of pixels: left, top, side.
type Cell = (usize, usize, usize);

impl Layout {
    /// Cells of `side` pixels, `step` apart, that lie wholly inside, row by row.
    fn cells(self, side: usize, step: usize) -> impl Iterator<Item = Cell> {
        let last = move |length: usize| (length + 1).saturating_sub(side);
        (0..last(self.height))
            .step_by(step)
            .flat_map(move |y| (0..last(self.width)).step_by(step).map(move |x| (x, y, side)))
    }

    fn all_cells(self) -> impl Iterator<Item = Cell> {
        self.cells(2, 2).chain(self.cells(4, 2))
    }

    /// Number of features.
    pub(super) fn features(self) -> usize {
        self.width * self.height + self.all_cells().count() * DIRECTIONS
    }

    /// Name of a feature, and the pixels it looks at as left, top, width, height.
    pub(super) fn describe(self, feature: usize) -> (String, [usize; 4]) {
        let pixels = self.width * self.height;
        if feature < pixels {
            let (x, y) = (feature % self.width, feature / self.width);
            return (format!("pixel {x},{y}"), [x, y, 1, 1]);
        }
        let (cell, direction) = ((feature - pixels) / DIRECTIONS, (feature - pixels) % DIRECTIONS);
        let (x, y, side) = self.all_cells().nth(cell).unwrap_or((0, 0, 0));
        let degrees = direction * 360 / DIRECTIONS;
        (format!("edge {degrees}\u{b0} in {side}x{side} at {x},{y}"), [x, y, side, side])
    }

    /// Appends the features as `(start + index, value)`, the whole of Euclidean length about
    /// `norm * sqrt(3)`.
    pub(super) fn push(self, pixels: &[f32], norm: f32, start: u32, out: &mut Vec<(u32, f32)>) {
        let mut at = start;
        let mut push_group = |group: &[f32]| {
            let length: f32 = group.iter().map(|x| x * x).sum::<f32>().sqrt();
            let factor = if length > 0.0 { norm / length } else { 0.0 };
            for &x in group {
                if x != 0.0 {
                    out.push((at, x * factor));
                }
                at += 1;
            }
        };
        push_group(pixels);
        let votes = self.votes(pixels);
        for (side, step) in [(2, 2), (4, 2)] {
            let mut group = Vec::new();
            for (x, y, side) in self.cells(side, step) {
                let mut sum = [0.0_f32; DIRECTIONS];
                for yy in y..y + side {
                    for xx in x..x + side {
                        let vote = &votes[yy * self.width + xx];
                        sum.iter_mut().zip(vote).for_each(|(s, v)| *s += v);
                    }
                }
                group.extend_from_slice(&sum);
            }
            push_group(&group);
        }
    }

    /// For each pixel, its gradient's strength split over the two nearest directions.
    fn votes(self, pixels: &[f32]) -> Vec<[f32; DIRECTIONS]> {
        let (w, h) = (self.width, self.height);
        let get = |x: usize, y: usize| {
            // Indices are one too large, so that the border (brightness 0) needs no sign.
            if x == 0 || y == 0 || x > w || y > h { 0.0 } else { pixels[(y - 1) * w + x - 1] }
        };
        let mut votes = vec![[0.0; DIRECTIONS]; w * h];
        for y in 0..h {
            for x in 0..w {
                let dx = get(x + 2, y + 1) - get(x, y + 1);
                let dy = get(x + 1, y + 2) - get(x + 1, y);
                let strength = dx.hypot(dy);
                let turn = dy.atan2(dx).rem_euclid(std::f32::consts::TAU) / std::f32::consts::TAU;
                let direction = turn * DIRECTIONS as f32;
                let low = direction.floor();
                let share = direction - low;
                let low = low as usize % DIRECTIONS;
                let vote = &mut votes[y * w + x];
                vote[low] += strength * (1.0 - share);
                vote[(low + 1) % DIRECTIONS] += strength * share;
            }
        }
        votes
    }

    /// Brings an image to this size by area means (each target pixel is the mean of the source
    /// rectangle it covers) and multiplies by `scale`, clamped to `0..=1`.
    pub(super) fn resample(self, image: Image<'_>, scale: f32) -> Vec<f32> {
        let finish = |x: f32| (x * scale).clamp(0.0, 1.0);
        if image.width == self.width && image.height == self.height {
            return image.pixels.iter().map(|&x| finish(x)).collect();
        }
        let mut out = Vec::with_capacity(self.width * self.height);
        for y in 0..self.height {
            let rows = shares(y, self.height, image.height);
            for x in 0..self.width {
                let mut sum = 0.0;
                let mut weight = 0.0;
                for (sx, wx) in shares(x, self.width, image.width) {
                    for &(sy, wy) in &rows {
                        sum += image.pixels[sy * image.width + sx] * wx * wy;
                        weight += wx * wy;
                    }
                }
                out.push(finish(sum / weight.max(f32::MIN_POSITIVE)));
            }
        }
        out
    }
}

/// Which of `source` cells the `i`-th of `target` cells covers, and how much of each.
fn shares(i: usize, target: usize, source: usize) -> Vec<(usize, f32)> {
    let from = i as f64 * source as f64 / target as f64;
    let to = (i + 1) as f64 * source as f64 / target as f64;
    let last = (to.ceil() as usize).min(source);
    (from.floor() as usize..last)
        .map(|k| (k, (to.min((k + 1) as f64) - from.max(k as f64)) as f32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAYOUT: Layout = Layout { width: 8, height: 8 };

    #[test]
    fn counts_and_names() {
        assert_eq!(LAYOUT.features(), 64 + 16 * 8 + 9 * 8);
        assert_eq!(LAYOUT.describe(9), ("pixel 1,1".to_owned(), [1, 1, 1, 1]));
        assert_eq!(LAYOUT.describe(64 + 8 + 2).1, [2, 0, 2, 2]);
        assert_eq!(LAYOUT.describe(64 + 128 + 8).1, [2, 0, 4, 4]);
        assert_eq!(Layout { width: 1, height: 1 }.features(), 1);
    }

    #[test]
    fn a_vertical_edge_votes_for_one_direction() {
        let pixels: Vec<f32> = (0..64).map(|i| if i % 8 >= 4 { 1.0 } else { 0.0 }).collect();
        let votes = LAYOUT.votes(&pixels);
        assert_eq!(votes[3 * 8 + 3], [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(votes[3 * 8 + 1], [0.0; 8]);
    }

    proptest! {
        #[test]
        fn features_have_the_promised_length(
            pixels in prop::collection::vec(0.0_f32..1.0, 64),
        ) {
            let mut out = Vec::new();
            LAYOUT.push(&pixels, 2.0, 10, &mut out);
            let norm: f32 = out.iter().map(|e| e.1 * e.1).sum();
            prop_assert!((norm - 12.0).abs() < 1e-3);
            prop_assert!(out.iter().all(|e| (10..10 + 264).contains(&e.0)));
        }

        #[test]
        fn resampling_keeps_the_mean(
            pixels in prop::collection::vec(0.0_f32..1.0, 12 * 20),
        ) {
            let image = Image { pixels: &pixels, width: 12, height: 20 };
            for layout in [LAYOUT, Layout { width: 31, height: 7 }] {
                let out = layout.resample(image, 1.0);
                prop_assert_eq!(out.len(), layout.width * layout.height);
                let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
                prop_assert!((mean(&out) - mean(&pixels)).abs() < 1e-4);
            }
        }
    }
}
