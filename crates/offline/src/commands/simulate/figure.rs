//! What both drawings share: series, scales and ticks.

/// Curves with their bands.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) series: Vec<Series>,
    /// Heights to mark, with what they are.
    pub(super) lines: Vec<(f64, String)>,
}

/// One curve.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: String,
    /// x, y, lower and upper end of the band; x rising.
    pub(super) points: Vec<(f64, f64, f64, f64)>,
    /// Whether the band means something.
    pub(super) band: bool,
    /// An x to mark.
    pub(super) mark: Option<f64>,
}

/// Ends of an axis and its ticks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// An axis from a round number at or below `low` to `high`, with about `count` ticks at round
    /// numbers.
    pub(super) fn new(low: f64, high: f64, count: usize) -> Self {
        let span = if high > low { high - low } else { 1.0 };
        let raw = span / count.max(1) as f64;
        let power = 10_f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|m| m * power)
            .find(|s| *s >= raw * 0.999)
            .unwrap_or(10.0 * power);
        let (first, last) = ((low / step).floor(), ((low + span) / step + 1e-9).floor());
        let ticks = (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect();
        Self { low: first * step, high: low + span, ticks }
    }

    /// Where `value` lies between the ends, 0 to 1; beyond them it is cut.
    pub(super) fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// A tick in as few digits as tell the ticks apart.
    pub(super) fn label(&self, tick: f64) -> String {
        let step = self.ticks.get(1).map_or(1.0, |second| second - self.ticks[0]);
        let digits = (0..6).find(|d| {
            let scaled = step * 10_f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6
        });
        format!("{:.*}", digits.unwrap_or(6) as usize, if tick == 0.0 { 0.0 } else { tick })
    }
}

impl Figure {
    /// Both axes, with a little room above the highest mark.
    pub(super) fn axes(&self, x_ticks: usize, y_ticks: usize) -> (Axis, Axis) {
        let points = || self.series.iter().flat_map(|s| &s.points);
        let x = points().map(|p| p.0).fold(0.0, f64::max);
        let low = points().map(|p| p.1).fold(f64::INFINITY, f64::min);
        let high = points().map(|p| p.1).fold(f64::NEG_INFINITY, f64::max);
        let high = self.lines.iter().map(|l| l.0).fold(high, f64::max);
        let low = if low.is_finite() { low } else { 0.0 };
        let high = high.max(low + 1e-6);
        (Axis::new(0.0, x.max(1.0), x_ticks), Axis::new(low, high + 0.04 * (high - low), y_ticks))
    }
}
