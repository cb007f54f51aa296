//! Simulated reviewers: they claim and judge through the HTTP API with keys of their own, as people's programs would.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::digits::{self, Digit, Digits};
use crate::http::{Client, ClientError, Target};
use crate::random::Draws;

/// Share of judgments that are right.
pub(crate) const ACCURACY: f64 = 0.98;
/// Judgments after which a new model is due; the loop file says so.
pub(crate) const RETRAIN_EVERY: u64 = 10;
/// Longest pause for a model that does not come.
const PATIENCE: Duration = Duration::from_mins(5);

/// What the reviewers share with the stream and the progress display.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// Judgments so far.
    pub(crate) judgments: AtomicU64,
    /// Models so far.
    pub(crate) models: AtomicU64,
    /// Judgments there were when the newest model came.
    at_model: AtomicU64,
    /// Everybody goes home.
    pub(crate) stop: AtomicBool,
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes note of the newest model.
    pub(crate) fn saw_model(&self, version: u64) {
        if self.models.fetch_max(version, Ordering::Relaxed) < version {
            self.at_model.store(self.judgments.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whether so many judgments have come since the newest model that the next one is due.
    fn model_is_due(&self) -> bool {
        let since = self.at_model.load(Ordering::Relaxed) + RETRAIN_EVERY;
        self.judgments.load(Ordering::Relaxed) >= since
    }

    /// Pauses while a model is due, so that people do not answer what the next model would. A person at the keys is
    /// slower than a training; a simulated one is not.
    async fn wait_for_model(&self) {
        let start = Instant::now();
        while self.model_is_due() && !self.stopped() {
            if start.elapsed() > PATIENCE {
                // It does not come: the next ten go on without it.
                let judgments = self.judgments.load(Ordering::Relaxed);
                self.at_model.fetch_max(judgments, Ordering::Relaxed);
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Works until told to stop.
pub(crate) async fn work(
    target: Target,
    digits: Arc<Digits>,
    shared: Arc<Shared>,
    seed: u64,
) -> anyhow::Result<()> {
    let mut client = Client::new(&target);
    let mut draws = Draws::new(seed);
    while !shared.stopped() {
        shared.wait_for_model().await;
        match review_one(&mut client, &digits, &mut draws).await {
            Ok(true) => {
                shared.judgments.fetch_add(1, Ordering::Relaxed);
            }
            // Nothing waits.
            Ok(false) => sleep(Duration::from_millis(10)).await,
            // A lost lease, or the server is being restarted: the next claim is a new chance.
            Err(error) => {
                tracing::debug!(%error, "a simulated reviewer starts over");
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
    Ok(())
}

/// Claims one case and judges it; false where none waits.
async fn review_one(
    client: &mut Client,
    digits: &Digits,
    draws: &mut Draws,
) -> Result<bool, ClientError> {
    let request = json!({"loops": [digits::LOOP], "limit": 1});
    let claims = client.post("/v1/claims", &request).await?;
    let Some(claim) = claims["claims"].get(0) else { return Ok(false) };
    let case = &claim["case"];
    let truth = digits.truth(&case["input"]).unwrap_or(0);
    let body = judgment(claim, look(truth, draws), think(draws));
    let id = case["id"].as_str().unwrap_or_default();
    client.post(&format!("/v1/cases/{id}/judgments"), &body).await?;
    Ok(true)
}

/// The judgment on a claim.
pub(crate) fn judgment(claim: &Value, label: u8, elapsed_ms: u64) -> Value {
    let mut body = json!({
        "claim": claim["id"],
        "token": claim["token"],
        "verdict": "answer",
        "answer": Digit::answer(label),
        "elapsed_ms": elapsed_ms,
    });
    if let Some(id) = claim["proposal"]["id"].as_str() {
        body["proposal"] = id.into();
    }
    body
}

/// What the reviewer sees: nearly always the truth.
fn look(truth: u8, draws: &mut Draws) -> u8 {
    if draws.unit() < ACCURACY {
        return truth;
    }
    let other = draws.below(9) as u8;
    if other >= truth { other + 1 } else { other }
}

/// How long a person would have taken: between 0.8 and 2.4 s, most near 1.4 s.
fn think(draws: &mut Draws) -> u64 {
    800 + (1_600.0 * draws.unit() * draws.unit().sqrt()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reviewer_errs_as_often_as_announced_and_never_names_the_truth_then() {
        let mut draws = Draws::new(3);
        let n = 50_000;
        let right = (0..n).filter(|i| look((i % 10) as u8, &mut draws) == (i % 10) as u8).count();
        assert!((right as f64 / f64::from(n) - ACCURACY).abs() < 0.003, "{right}");
        assert!((0..n).all(|_| look(9, &mut draws) < 10));
    }

    #[test]
    fn a_model_is_due_every_ten_judgments() {
        let shared = Shared::default();
        shared.judgments.store(7, Ordering::Relaxed);
        shared.saw_model(1);
        shared.judgments.store(16, Ordering::Relaxed);
        assert!(!shared.model_is_due());
        shared.judgments.store(17, Ordering::Relaxed);
        assert!(shared.model_is_due());
        shared.saw_model(1);
        assert!(shared.model_is_due(), "no news is no model");
        shared.saw_model(2);
        assert!(!shared.model_is_due());
    }
}
