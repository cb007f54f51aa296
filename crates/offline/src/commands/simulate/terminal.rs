//! Learning curves in characters.

use std::fmt::Write as _;

use super::figure::Figure;

/// Marks of the curves, in order; later ones repeat.
const MARKS: [char; 8] = ['●', '○', '▲', '△', '■', '□', '◆', '◇'];

/// The figure in about `width` x `height` characters, axes and legend included.
pub(super) fn draw(figure: &Figure, width: usize, height: usize) -> String {
    let (width, height) = (width.max(20), height.max(6));
    let (x, y) = figure.axes(6, 5);
    let mut grid = vec![vec![' '; width]; height];
    let column = |value: f64| (x.place(value) * (width - 1) as f64).round() as usize;
    let line = |value: f64| ((1.0 - y.place(value)) * (height - 1) as f64).round() as usize;
    for (level, _) in &figure.lines {
        grid[line(*level)].iter_mut().step_by(2).for_each(|c| *c = '·');
    }
    // The first curve is drawn last, on top of the others.
    for (i, series) in figure.series.iter().enumerate().rev() {
        for pair in series.points.windows(2) {
            let (from, to) = (column(pair[0].0), column(pair[1].0));
            for step in 0..=to.saturating_sub(from) {
                let part = if to > from { step as f64 / (to - from) as f64 } else { 0.0 };
                let row = line(pair[0].1 + part * (pair[1].1 - pair[0].1));
                grid[row][from + step] = MARKS[i % MARKS.len()];
            }
        }
        if let [only] = series.points[..] {
            grid[line(only.1)][column(only.0)] = MARKS[i % MARKS.len()];
        }
    }
    let mut out = String::new();
    let ticks: Vec<(usize, String)> = y.ticks.iter().map(|&t| (line(t), y.label(t))).collect();
    let margin = ticks.iter().map(|t| t.1.len()).max().unwrap_or(0);
    for (i, row) in grid.iter().enumerate() {
        let tick = ticks.iter().find(|t| t.0 == i);
        let (label, edge) = tick.map_or(("", '│'), |t| (t.1.as_str(), '┤'));
        let text: String = row.iter().collect();
        let _ = writeln!(out, "{label:>margin$} {edge}{}", text.trim_end());
    }
    let mut edge = vec!['─'; width];
    let mut labels = vec![' '; width + 8];
    for &tick in &x.ticks {
        let (at, text) = (column(tick), x.label(tick));
        edge[at] = '┬';
        let start = at.saturating_sub(text.len() / 2);
        for (i, c) in text.chars().enumerate() {
            labels[start + i] = c;
        }
    }
    let labels: String = labels.into_iter().collect();
    let _ = writeln!(out, "{:margin$} └{}", "", edge.into_iter().collect::<String>());
    let _ = writeln!(out, "{:margin$}  {}  {}", "", labels.trim_end(), figure.x);
    let names = figure.series.iter().enumerate();
    let names: Vec<String> =
        names.map(|(i, s)| format!("{} {}", MARKS[i % MARKS.len()], s.name)).collect();
    let lines: Vec<&str> = figure.lines.iter().map(|l| l.1.as_str()).collect();
    let _ = write!(out, "{:margin$}  {}   · {}", "", names.join("   "), lines.join(", "));
    out
}
