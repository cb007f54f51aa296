//! Watches a demo: progress bars, news of models for the reviewers, and the moment when everything is settled.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;
use tokio::time::sleep;

use super::digits::LOOP;
use super::feed::Streamed;
use super::reviewer::Shared;
use crate::http::{Client, ClientError, Target};
use crate::text::{duration, percent};

/// Looks in a row that must find everything settled: a model that takes over may route open cases anew.
const SETTLED_LOOKS: u32 = 3;
/// How long the server may be away.
const PATIENCE: Duration = Duration::from_mins(1);

/// The watcher.
pub(crate) struct Watch {
    client: Client,
    shared: Arc<Shared>,
    streamed: Arc<Streamed>,
    total: u64,
    bars: Bars,
    quiet_looks: u32,
}

struct Bars {
    all: MultiProgress,
    stream: ProgressBar,
    decided: ProgressBar,
    news: ProgressBar,
}

impl Watch {
    /// A watcher of a server; `quiet` draws nothing.
    pub(crate) fn new(
        target: &Target,
        shared: Arc<Shared>,
        streamed: Arc<Streamed>,
        total: usize,
        quiet: bool,
    ) -> Self {
        let total = total as u64;
        let bars = Bars::new(total, quiet);
        Self { client: Client::new(target), shared, streamed, total, bars, quiet_looks: 0 }
    }

    /// Returns when all images are decided and all audits judged.
    pub(crate) async fn settled(&mut self) -> Result<(), ClientError> {
        loop {
            self.look_for_models().await?;
            let live =
                self.client.get_patiently(&format!("/v1/loops/{LOOP}/live"), PATIENCE).await?;
            self.show(&live);
            let count = |value: &Value| value.as_u64().unwrap_or(u64::MAX);
            let queue = &live["queue"];
            let open = [&queue["waiting"], &queue["claimed"], &queue["held"], &queue["open_tasks"]];
            let quiet = self.streamed.get() == self.total && open.iter().all(|n| count(n) == 0);
            self.quiet_looks = if quiet { self.quiet_looks + 1 } else { 0 };
            if self.quiet_looks >= SETTLED_LOOKS {
                return Ok(());
            }
            // Models are asked for more often: reviewers may wait for one.
            for _ in 0..10 {
                sleep(Duration::from_millis(25)).await;
                self.look_for_models().await?;
            }
        }
    }

    async fn look_for_models(&mut self) -> Result<(), ClientError> {
        let path = format!("/v1/loops/{LOOP}/models");
        let models = self.client.get_patiently(&path, PATIENCE).await?;
        let newest = models["items"].as_array().into_iter().flatten();
        let newest = newest.filter_map(|model| model["version"].as_u64()).max().unwrap_or(0);
        self.shared.saw_model(newest);
        Ok(())
    }

    fn show(&self, live: &Value) {
        self.bars.stream.set_position(self.streamed.get());
        self.bars.decided.set_position(live["decided"].as_u64().unwrap_or(0));
        let share = live["automatic_share"].as_f64().map_or("–".to_owned(), percent);
        let error = &live["error"];
        let error =
            match (error["estimate"].as_f64(), error["lower"].as_f64(), error["upper"].as_f64()) {
                (Some(e), Some(l), Some(u)) => {
                    format!("{} ({} to {})", percent(e), percent(l), percent(u))
                }
                _ => "not measured yet".to_owned(),
            };
        let median = live["time"]["median_ms"].as_f64();
        let pace = median.map_or(String::new(), |ms| format!(", {} each", duration(ms / 1e3)));
        self.bars.news.set_message(format!(
            "model {}  judgments {}{pace}  automatic {share}  error among them {error}  waiting {}",
            self.shared.models.load(Ordering::Relaxed),
            live["judgments"],
            live["queue"]["waiting"],
        ));
    }

    /// A line above the bars.
    pub(crate) fn say(&self, text: &str) {
        // Nothing to draw on is no failure.
        drop(self.bars.all.println(text));
    }

    /// Takes the bars away.
    pub(crate) fn finish(&self) {
        self.bars.stream.finish_and_clear();
        self.bars.decided.finish_and_clear();
        self.bars.news.finish_and_clear();
    }
}

impl Bars {
    fn new(total: u64, quiet: bool) -> Self {
        let all = MultiProgress::new();
        if quiet {
            all.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let bar = |name: &str| {
            let style = ProgressStyle::with_template("{prefix:>10} {bar:40.cyan/blue} {pos}/{len}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            all.add(ProgressBar::new(total).with_style(style).with_prefix(name.to_owned()))
        };
        let (stream, decided) = (bar("streamed"), bar("decided"));
        let style = ProgressStyle::with_template("{msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let news = all.add(ProgressBar::new_spinner().with_style(style));
        Self { all, stream, decided, news }
    }
}
