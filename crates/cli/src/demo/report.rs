//! The figures of a finished run and the card it closes with.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::digits::LOOP;
use super::hooks::hours_saved;
use super::setup;
use crate::http::{Client, ClientError};
use crate::output::{self, Out};
use crate::text::{grouped, percent};

/// What is known from the start of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    /// When it started.
    pub(crate) started: Instant,
    /// Accuracy of the first model.
    pub(crate) first_accuracy: f64,
}

/// The figures of a run, all measured in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    cases: u64,
    judgments: u64,
    automatic_share: Option<f64>,
    automatic_error: Option<f64>,
    automatic_error_interval: Option<[f64; 2]>,
    final_error: Option<f64>,
    model_accuracy_first: f64,
    model_accuracy_last: Option<f64>,
    models_trained: u64,
    seconds: f64,
    #[serde(skip)]
    looked: u64,
    #[serde(skip)]
    truth: Option<f64>,
    #[serde(skip)]
    median_ms: u64,
}

/// How often the last model is looked for.
const LOOKS: u32 = 200;

/// Asks the server for the figures.
pub(crate) async fn figures(client: &mut Client, begun: &Begun) -> Result<Figures, ClientError> {
    let seconds = (begun.started.elapsed().as_secs_f64() * 1e3).round() / 1e3;
    let live = client.get(&format!("/v1/loops/{LOOP}/live")).await?;
    let mut demo = client.get("/v1/demo").await?;
    // A model that takes over while it is measured is measured at the next look.
    for _ in 0..LOOKS {
        if setup::accuracy(&demo).is_some() {
            break;
        }
        sleep(Duration::from_millis(50)).await;
        demo = client.get("/v1/demo").await?;
    }
    let counts = &demo["counts"];
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let error = &live["error"];
    let interval = error["lower"].as_f64().zip(error["upper"].as_f64());
    Ok(Figures {
        cases: count(&counts["cases"]),
        judgments: count(&live["judgments"]),
        automatic_share: live["automatic_share"].as_f64(),
        automatic_error: error["estimate"].as_f64(),
        automatic_error_interval: interval.map(|(lower, upper)| [lower, upper]),
        final_error: demo["final_error"].as_f64(),
        model_accuracy_first: begun.first_accuracy,
        model_accuracy_last: setup::accuracy(&demo),
        models_trained: count(&live["models_trained"]),
        seconds,
        looked: count(&counts["looked"]),
        truth: demo["truth_error"].as_f64(),
        median_ms: count(&live["time"]["median_ms"]),
    })
}

/// Prints the figures: one JSON line, or a table and the card.
pub(crate) fn print(figures: &Figures, out: Out) {
    if out.is_json() {
        output::line(&output::to_json(figures));
        return;
    }
    let value = serde_json::to_value(figures).unwrap_or_default();
    let rows = value.as_object().into_iter().flatten();
    let rows = rows.map(|(name, value)| vec![name.replace('_', " "), shown(value)]);
    output::line(&output::table(&["measured in this run", ""], rows).to_string());
    print_card(figures, out);
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Array(ends) => ends.iter().map(shown).collect::<Vec<_>>().join(" to "),
        Value::Number(number) if number.is_f64() => {
            format!("{:.4}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

/// Prints the closing card.
pub(crate) fn print_card(figures: &Figures, out: Out) {
    if out.is_json() {
        output::line(&json!({"card": card(figures)}).to_string());
    } else {
        output::line(&boxed(&card(figures)));
    }
}

fn card(figures: &Figures) -> Vec<String> {
    let known = |share: Option<f64>| share.map_or("unknown".to_owned(), percent);
    let interval = figures.automatic_error_interval.map_or_else(String::new, |[lower, upper]| {
        format!(" ({} to {})", percent(lower), percent(upper))
    });
    let unseen = figures.cases.saturating_sub(figures.looked);
    vec![
        format!("You looked at {} of {}.", grouped(figures.looked), grouped(figures.cases)),
        format!(
            "Error among the automatic ones: measured {}{interval}, truth {}.",
            known(figures.automatic_error),
            known(figures.truth)
        ),
        format!(
            "Saved {:.1} hours: {} cases nobody had to look at, at {:.1} s each, this run's median.",
            hours_saved(unseen, figures.median_ms),
            grouped(unseen),
            figures.median_ms as f64 / 1e3
        ),
    ]
}

/// Lines in a box.
pub(crate) fn boxed(lines: &[String]) -> String {
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let rule = "─".repeat(width + 2);
    let mut text = format!("┌{rule}┐\n");
    for line in lines {
        let space = " ".repeat(width - line.chars().count());
        let _ = writeln!(text, "│ {line}{space} │");
    }
    text + &format!("└{rule}┘")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        Figures {
            cases: 1_377,
            judgments: 230,
            automatic_share: Some(0.84),
            automatic_error: Some(0.014),
            automatic_error_interval: Some([0.004, 0.031]),
            final_error: Some(0.016),
            model_accuracy_first: 0.7,
            model_accuracy_last: Some(0.95),
            models_trained: 22,
            seconds: 9.5,
            looked: 212,
            truth: Some(0.013),
            median_ms: 1_400,
        }
    }

    #[test]
    fn the_line_has_exactly_the_promised_members() {
        let value = serde_json::to_value(figures()).unwrap();
        let names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let mut promised = vec![
            "cases",
            "judgments",
            "automatic_share",
            "automatic_error",
            "automatic_error_interval",
            "final_error",
            "model_accuracy_first",
            "model_accuracy_last",
            "models_trained",
            "seconds",
        ];
        let mut names = names;
        names.sort_unstable();
        promised.sort_unstable();
        assert_eq!(names, promised);
    }

    #[test]
    fn the_card_says_what_was_measured_and_what_is_true() {
        let text = card(&figures()).join(" ");
        assert!(text.starts_with("You looked at 212 of 1,377."), "{text}");
        assert!(text.contains("measured 1.4 % (0.4 % to 3.1 %), truth 1.3 %"), "{text}");
        assert!(text.contains("Saved 0.5 hours: 1,165 cases"), "{text}");
    }

    #[test]
    fn boxes_are_straight() {
        let text = boxed(&["a".to_owned(), "längere".to_owned()]);
        let widths: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{text}");
    }
}
