//! Ways to break the demo on purpose, and what the truth says meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tandem_api::{BoxFuture, DemoHooks};
use tandem_domain::command::NewProposal;
use tandem_engine::Engine;
use tandem_engine::cases::Submission;
use tandem_engine::errors::{EngineError, Result};
use tandem_engine::principal::Principal;
use tandem_learn::proportion::wilson;

use super::child::PLUG;
use super::digits::{self, Digit, Digits};
use super::forge;
use super::shift;
use super::truth::{self, Planted, Plants, Tally};
use crate::output;
use crate::random::Draws;

/// Most proposals planted at a time.
const MOST_PLANTED: u32 = 50;
/// How long a comparison with the truth is handed out again.
const FRESH: Duration = Duration::from_secs(1);
/// Confidence of a planted proposal: below every threshold, so that a person sees it, and nothing special.
const PLANTED_CONFIDENCE: f64 = 0.62;

/// The hooks of the demo's server.
pub(crate) struct Hooks {
    engine: Engine,
    digits: Digits,
    plants: Plants,
    place: Place,
    tally: tokio::sync::Mutex<Option<(tokio::time::Instant, Tally)>>,
    accuracy: Mutex<Option<(String, f64)>>,
    shifting: tokio::sync::Mutex<()>,
}

/// Where the demo keeps its files.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Data directory.
    pub(crate) data_dir: PathBuf,
    /// The checkpoint key.
    pub(crate) key_file: PathBuf,
    /// The witness.
    pub(crate) witness: Option<PathBuf>,
}

impl Hooks {
    /// Hooks over a running engine.
    pub(crate) fn new(engine: Engine, digits: Digits, place: Place) -> Self {
        let plants = Plants::of(&place.data_dir);
        Self {
            engine,
            digits,
            plants,
            place,
            tally: tokio::sync::Mutex::default(),
            accuracy: Mutex::default(),
            shifting: tokio::sync::Mutex::default(),
        }
    }

    async fn tally(&self) -> Result<Tally> {
        let mut kept = self.tally.lock().await;
        if let Some((at, tally)) = kept.as_ref()
            && at.elapsed() < FRESH
        {
            return Ok(tally.clone());
        }
        let cases = truth::all_cases(&self.engine).await?;
        let tally = truth::tally(&cases, &self.digits, &self.plants.read());
        *kept = Some((tokio::time::Instant::now(), tally.clone()));
        Ok(tally)
    }

    /// Accuracy of the live model on the images kept out of the stream, with the model's name.
    async fn accuracy(&self) -> Result<Option<(String, f64)>> {
        let system = system();
        let model_of = |proposal: &NewProposal| proposal.model.clone().unwrap_or_default();
        let Some(first) = self.digits.test.first() else { return Ok(None) };
        let Some((proposal, _)) =
            self.engine.predict(&system, digits::LOOP, &first.input()).await?
        else {
            return Ok(None);
        };
        let name = model_of(&proposal);
        let known = self.accuracy.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((known, accuracy)) = known
            && known == name
        {
            return Ok(Some((name, accuracy)));
        }
        let mut right = 0;
        for digit in &self.digits.test {
            let Some((proposal, _)) =
                self.engine.predict(&system, digits::LOOP, &digit.input()).await?
            else {
                return Ok(None);
            };
            // A model that took over meanwhile is measured at the next look.
            if model_of(&proposal) != name {
                return Ok(None);
            }
            right += u32::from(digits::named(&proposal.output) == Some(digit.label));
        }
        let accuracy = f64::from(right) / self.digits.test.len() as f64;
        *self.accuracy.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((name.clone(), accuracy));
        Ok(Some((name, accuracy)))
    }

    async fn state_now(&self) -> Result<Value> {
        let tally = self.tally().await?;
        let accuracy = self.accuracy().await?;
        let live = self.engine.stats_live(&system(), digits::LOOP).await?;
        let total = self.digits.stream.len() as u64;
        let finished = tally.decided == total && tally.open_tasks == 0 && tally.held == 0;
        let median = live.time.median_ms.unwrap_or(0);
        let interval = live.errors.error.as_ref();
        let card = finished.then(|| {
            json!({
                "looked": tally.looked,
                "total": tally.cases,
                "measured": interval.and_then(|error| error.estimate),
                "interval": interval.map(|error| [error.lower, error.upper]),
                "truth": tally.automatic_error(),
                "hours_saved": hours_saved(tally.cases - tally.looked, median),
                "median_ms": median,
            })
        });
        Ok(json!({
            "enabled": true,
            "loop": digits::LOOP,
            "truth_error": tally.automatic_error(),
            "final_error": tally.final_error(),
            "total": total,
            "counts": tally,
            "model": accuracy.map(|(name, accuracy)| json!({"name": name, "accuracy": accuracy, "images": self.digits.test.len()})),
            "card": card,
            "plug": {"pid": std::process::id()},
        }))
    }

    async fn plant(&self, n: u32) -> Result<Value> {
        if n == 0 || n > MOST_PLANTED {
            return Err(EngineError::Invalid {
                code: "invalid_count",
                path: Some("/n".to_owned()),
                message: format!("plant between 1 and {MOST_PLANTED} proposals at a time"),
                problems: Vec::new(),
            });
        }
        let mut plants = self.plants.read();
        let (before, images) = (plants.len(), self.digits.stream.len());
        let mut draws = Draws::new(0xf001 + before as u64);
        let mut new = Vec::new();
        for i in 0..n as usize {
            let digit = &self.digits.stream[draws.below(images)];
            // Numbers go on where the data set ends: the key gives nothing away.
            let key = format!("digit-{:04}", 1_797 + before + i);
            plants.insert(key.clone(), Planted { truth: digit.label, wrong: digit.look_alike() });
            new.push((key, digit.clone()));
        }
        self.plants.write(&plants).map_err(EngineError::internal)?;
        for (key, digit) in new {
            let submission = Submission {
                key: Some(key),
                input: digit.input(),
                proposal: Some(wrong_proposal(&digit)),
                ..Submission::default()
            };
            self.engine.submit(&system(), digits::LOOP, submission, None).await?;
        }
        Ok(json!({"planted": plants.len(), "new": n}))
    }

    async fn caught(&self) -> Result<Value> {
        let plants = self.plants.read();
        let cases = truth::all_cases(&self.engine).await?;
        let (seen, caught) = truth::caught(&cases, &plants);
        let (lower, upper) = wilson(caught, seen, 0.05).map_err(EngineError::internal)?;
        Ok(json!({
            "planted": plants.len(),
            "seen": seen,
            "caught": caught,
            "rate": (seen > 0).then(|| caught as f64 / seen as f64),
            "interval": [lower, upper],
        }))
    }
}

/// Time a person would have needed for what nobody had to look at, at the median time of this run's judgments.
pub(crate) fn hours_saved(cases: u64, median_ms: u64) -> f64 {
    cases as f64 * median_ms as f64 / 3_600_000.0
}

fn system() -> Principal {
    Principal::system(tandem_engine::accounts::DEFAULT_SPACE)
}

/// A proposal that takes the digit for the one it is most easily taken for.
fn wrong_proposal(digit: &Digit) -> NewProposal {
    let (wrong, truth) = (digit.look_alike(), digit.label);
    let output = match Digit::answer(wrong) {
        Value::Object(output) => output,
        _ => serde_json::Map::new(),
    };
    let odds = [(wrong.to_string(), PLANTED_CONFIDENCE), (truth.to_string(), 0.3)];
    NewProposal {
        output,
        confidence: [(String::new(), PLANTED_CONFIDENCE)].into(),
        probabilities: [(digits::FIELD.to_owned(), odds.into())].into(),
        model: None,
        evidence: Vec::new(),
        by: "submitter".to_owned(),
    }
}

impl DemoHooks for Hooks {
    fn state(&self) -> BoxFuture<'_, Result<Value>> {
        Box::pin(self.state_now())
    }

    fn forge(&self) -> BoxFuture<'_, Result<Value>> {
        Box::pin(async {
            forge::forge_a_copy(&self.place)
                .await
                .map_err(|error| EngineError::internal(format!("{error:#}")))
        })
    }

    fn plug(&self) -> BoxFuture<'_, Result<Value>> {
        Box::pin(async {
            // The answer leaves first; the supervisor, which reads this line, then kills the process.
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                output::line(PLUG);
            });
            Ok(json!({"killing": std::process::id(), "back_in_s": 1}))
        })
    }

    fn fool(&self, n: u32) -> BoxFuture<'_, Result<Value>> {
        Box::pin(self.plant(n))
    }

    fn fooled(&self) -> BoxFuture<'_, Result<Value>> {
        Box::pin(self.caught())
    }

    fn shift(&self) -> BoxFuture<'_, Result<Value>> {
        Box::pin(async {
            // One world at a time.
            let _one = self.shifting.lock().await;
            shift::shift(&self.engine, &self.digits, system()).await
        })
    }
}

/// The directory of throw-away copies.
pub(crate) fn scratch(place: &Place) -> PathBuf {
    let parent = place.data_dir.parent().unwrap_or(Path::new("."));
    parent.join(format!("tandem-forged-{}", std::process::id()))
}

/// Shares the hooks with the API.
pub(crate) fn shared(hooks: Hooks) -> Arc<dyn DemoHooks> {
    Arc::new(hooks)
}
