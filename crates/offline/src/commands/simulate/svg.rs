//! Learning curves as an SVG file, without a library.

use std::fmt::Write as _;

use super::figure::{Axis, Figure, Series};

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 68.0;
/// Room for what the horizontal lines are.
const RIGHT: f64 = 132.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 56.0;

/// Colours that are told apart also by those who do not see all of them (Okabe and Ito 2008).
const COLOURS: [&str; 7] =
    ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f6000"];
/// The yardstick is grey.
const RANDOM: &str = "#6b7280";

struct Plot {
    x: Axis,
    y: Axis,
    out: String,
}

/// The figure as a document.
pub(super) fn draw(figure: &Figure) -> String {
    let (x, y) = figure.axes(8, 6);
    let mut plot = Plot { x, y, out: String::new() };
    let _ = write!(
        plot.out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\" \
         font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\" \
         font-size=\"13\" fill=\"#1f2937\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        escaped(&figure.title)
    );
    plot.text(LEFT, 28.0, "start", &figure.title, "font-size=\"17\" font-weight=\"600\"");
    plot.grid(figure);
    // The first curve is drawn last, on top of the others.
    for (i, series) in figure.series.iter().enumerate().rev() {
        plot.band(series, colour(figure, i));
    }
    for (i, series) in figure.series.iter().enumerate().rev() {
        plot.curve(series, colour(figure, i));
    }
    plot.levels(figure);
    plot.marks(figure);
    plot.legend(figure);
    plot.out.push_str("</svg>\n");
    plot.out
}

fn colour(figure: &Figure, i: usize) -> &'static str {
    if figure.series[i].name == "random" { RANDOM } else { COLOURS[i % COLOURS.len()] }
}

impl Plot {
    fn across(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn up(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str, more: &str) {
        let text = escaped(text);
        let _ = writeln!(
            self.out,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {more}>{text}</text>"
        );
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), more: &str) {
        let _ = writeln!(
            self.out,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" {more}/>",
            from.0, from.1, to.0, to.1
        );
    }

    fn grid(&mut self, figure: &Figure) {
        let (left, right, bottom) = (LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in self.y.ticks.clone() {
            let y = self.up(tick);
            self.line((left, y), (right, y), "stroke=\"#e5e7eb\"");
            let label = self.y.label(tick);
            self.text(left - 10.0, y + 4.5, "end", &label, "fill=\"#4b5563\"");
        }
        for tick in self.x.ticks.clone() {
            let x = self.across(tick);
            self.line((x, bottom), (x, bottom + 5.0), "stroke=\"#9ca3af\"");
            let label = self.x.label(tick);
            self.text(x, bottom + 20.0, "middle", &label, "fill=\"#4b5563\"");
        }
        self.line((left, bottom), (right, bottom), "stroke=\"#9ca3af\"");
        let middle = f64::midpoint(left, right);
        self.text(middle, HEIGHT - 14.0, "middle", &figure.x, "");
        let at = f64::midpoint(TOP, bottom);
        let turned = format!("transform=\"rotate(-90 18 {at:.1})\"");
        self.text(18.0, at, "middle", &figure.y, &turned);
    }

    fn band(&mut self, series: &Series, colour: &str) {
        if !series.band || series.points.len() < 2 {
            return;
        }
        let upper = series.points.iter().map(|p| (p.0, p.3));
        let corners = upper.chain(series.points.iter().rev().map(|p| (p.0, p.2)));
        let corners: Vec<String> =
            corners.map(|(x, y)| format!("{:.1},{:.1}", self.across(x), self.up(y))).collect();
        let _ = writeln!(
            self.out,
            "<polygon points=\"{}\" fill=\"{colour}\" fill-opacity=\"0.16\"/>",
            corners.join(" ")
        );
    }

    fn curve(&mut self, series: &Series, colour: &str) {
        let place = |p: &(f64, f64, f64, f64)| (self.across(p.0), self.up(p.1));
        let places: Vec<(f64, f64)> = series.points.iter().map(place).collect();
        let text: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.2\" \
             stroke-linejoin=\"round\" stroke-linecap=\"round\"/>",
            text.join(" ")
        );
        // Single fits are shown while they can be told apart.
        if places.len() <= 40 {
            for (x, y) in places {
                let _ = writeln!(
                    self.out,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.6\" fill=\"{colour}\"/>"
                );
            }
        }
    }

    fn levels(&mut self, figure: &Figure) {
        for (level, name) in &figure.lines {
            let (y, right) = (self.up(*level), WIDTH - RIGHT);
            self.line((LEFT, y), (right, y), "stroke=\"#6b7280\" stroke-dasharray=\"5 4\"");
            let more = "fill=\"#4b5563\" font-size=\"12\"";
            self.text(right + 8.0, y + 4.0, "start", name, more);
        }
    }

    /// Where the curves reach the goal, which is the last of the lines.
    fn marks(&mut self, figure: &Figure) {
        let Some((goal, _)) = figure.lines.last() else { return };
        for (i, series) in figure.series.iter().enumerate() {
            let Some(mark) = series.mark else { continue };
            let (x, y, bottom) = (self.across(mark), self.up(*goal), HEIGHT - BOTTOM);
            let colour = colour(figure, i);
            let more = format!("stroke=\"{colour}\" stroke-dasharray=\"2 3\"");
            self.line((x, y), (x, bottom), &more);
            let _ = writeln!(
                self.out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"#ffffff\" stroke=\"{colour}\" \
                 stroke-width=\"2.2\"/>"
            );
        }
    }

    fn legend(&mut self, figure: &Figure) {
        let (mut x, mut y) = (LEFT, 54.0);
        for (i, series) in figure.series.iter().enumerate() {
            let text = match series.mark {
                Some(mark) => format!("{} ({mark:.0} labels)", series.name),
                None => series.name.clone(),
            };
            let width = 34.0 + 7.3 * text.chars().count() as f64;
            if x + width > WIDTH && x > LEFT {
                (x, y) = (LEFT, y + 19.0);
            }
            let more = format!("stroke=\"{}\" stroke-width=\"3\"", colour(figure, i));
            self.line((x, y - 4.5), (x + 20.0, y - 4.5), &more);
            self.text(x + 26.0, y, "start", &text, "");
            x += width + 10.0;
        }
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Control characters are not allowed in XML.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        out
    })
}
