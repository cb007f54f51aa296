//! The run of the agent: it checks in, obeys what people order, and knows what it may do now.

use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::LOOP;
use crate::http::{Client, ClientError};

/// Pause while the server is away.
const AWAY: Duration = Duration::from_millis(200);
/// How long a check-in of a paused run waits for news.
const PAUSED: &str = "10s";

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may go on.
    Go,
    /// It must end.
    Stop,
}

/// What it was told, and how far it obeyed.
pub(super) struct Orders {
    start: Value,
    id: String,
    obeyed: u64,
    version: u64,
    most: Option<f64>,
}

impl Orders {
    /// Starts the run, or takes it over.
    pub(super) async fn start(client: &mut Client, key: &str) -> anyhow::Result<Self> {
        let start = json!({
            "loop": LOOP,
            "key": key,
            "goal": "Answer today's requests for refunds; pay back what customers ask for",
            "constraints": ["never more than an order cost"],
            "budget": {"steps": 2_000, "cost": 10.0, "then": "pause"},
        });
        let mut orders = Self { start, id: String::new(), obeyed: 0, version: 1, most: None };
        orders.take(client).await?;
        Ok(orders)
    }

    async fn take(&mut self, client: &mut Client) -> anyhow::Result<()> {
        loop {
            match client.post("/v1/runs", &self.start).await {
                Ok(run) => {
                    run["id"].as_str().context("a run has no id")?.clone_into(&mut self.id);
                    self.obeyed = run["obeyed"].as_u64().unwrap_or(0);
                    self.instructed(&run["instruction"]);
                    return Ok(());
                }
                Err(error) if error.is_passing() => sleep(AWAY).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Id of the run.
    pub(super) fn run(&self) -> &str {
        &self.id
    }

    /// The newest order that was obeyed.
    pub(super) fn obeyed(&self) -> u64 {
        self.obeyed
    }

    /// Version of the instruction it follows.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The most it may ask for in one call, where it was told one.
    pub(super) fn most(&self) -> Option<f64> {
        self.most
    }

    /// Checks in, obeys every order that waits, and does not come back while the run is paused.
    pub(super) async fn obey(&mut self, client: &mut Client) -> anyhow::Result<Turn> {
        let mut wait = "";
        loop {
            let path = match wait {
                "" => format!("/v1/runs/{}/heartbeat", self.id),
                wait => format!("/v1/runs/{}/heartbeat?wait={wait}", self.id),
            };
            let seen = match client.post(&path, &json!({"epoch": self.obeyed})).await {
                Ok(seen) => seen,
                Err(ClientError::Problem { code, .. }) if code == "run_lost" => {
                    self.take(client).await?;
                    continue;
                }
                Err(ClientError::Problem { code, .. }) if code == "run_not_running" => {
                    return Ok(Turn::Stop);
                }
                Err(error) if error.is_passing() => {
                    sleep(AWAY).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let newest = seen["epoch"].as_u64().unwrap_or(self.obeyed);
            if newest > self.obeyed {
                // What it is told takes effect here: from the next check-in on it has obeyed.
                self.obeyed = newest;
                self.instructed(&seen["instruction"]);
                wait = "";
                continue;
            }
            match seen["state"].as_str() {
                Some("running") => return Ok(Turn::Go),
                Some("paused" | "pausing") => wait = PAUSED,
                Some("lost") => self.take(client).await?,
                _ => return Ok(Turn::Stop),
            }
        }
    }

    fn instructed(&mut self, instruction: &Value) {
        self.version = instruction["version"].as_u64().unwrap_or(self.version);
        let constraints =
            instruction["constraints"].as_array().map(Vec::as_slice).unwrap_or_default();
        self.most = constraints.iter().filter_map(|text| most(text.as_str()?)).reduce(f64::min);
    }

    /// Reports steps.
    pub(super) async fn report(
        &mut self,
        client: &mut Client,
        steps: &Value,
    ) -> Result<(), ClientError> {
        let body = json!({"epoch": self.obeyed, "steps": steps});
        client.post(&format!("/v1/runs/{}/steps", self.id), &body).await.map(drop)
    }

    /// Ends the run.
    pub(super) async fn finish(
        &mut self,
        client: &mut Client,
        summary: &str,
    ) -> anyhow::Result<()> {
        let body = json!({"epoch": self.obeyed, "summary": summary});
        client.post(&format!("/v1/runs/{}/finish", self.id), &body).await?;
        Ok(())
    }
}

/// The amount of a constraint such as `at most 60 EUR a call`.
fn most(constraint: &str) -> Option<f64> {
    let (_, rest) = constraint.split_once("at most ")?;
    rest.split_whitespace().next()?.parse().ok().filter(|amount: &f64| *amount > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constraint_caps_what_it_asks_for() {
        assert_eq!(most("pay at most 60 EUR a call"), Some(60.0));
        assert_eq!(most("at most 12.50"), Some(12.5));
        for other in ["never more than an order cost", "at most a little", "at most -3", "at most "]
        {
            assert_eq!(most(other), None, "{other}");
        }
    }
}
