//! What the demo sets up through the API: the loop, you, the simulated reviewers, the first model.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::digits::{Digits, LOOP, LOOP_FILE};
use super::feed;
use crate::commands::loops::put_loop;
use crate::commands::member::full_link;
use crate::commands::train;
use crate::http::{Client, ClientError, Target};
use crate::random;

/// Publishes the loop file, unless an earlier run did. Simulated reviewers never undo, so their decisions take effect
/// at once.
pub(crate) async fn publish(client: &mut Client, simulated: bool) -> anyhow::Result<()> {
    match client.get(&format!("/v1/loops/{LOOP}")).await {
        Ok(_) => return Ok(()),
        Err(error) if error.status() == Some(404) => {}
        Err(error) => return Err(error.into()),
    }
    put_loop(client, LOOP, loop_file(simulated), false).await?;
    Ok(())
}

/// The loop file; with simulated reviewers without an undo window.
pub(crate) fn loop_file(simulated: bool) -> String {
    let line = |line: &str| {
        if simulated && line.trim_start().starts_with("undo:") {
            "  undo: 0s".to_owned()
        } else {
            line.to_owned()
        }
    };
    LOOP_FILE.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// Adds you with every right and returns the link that signs you in once.
pub(crate) async fn sign_in_link(client: &mut Client) -> anyhow::Result<String> {
    let member = |email: String| json!({"name": "You", "email": email, "roles": [{"loop": "*", "role": "admin"}, {"loop": "*", "role": "reviewer"}]});
    let added = match client.post("/v1/members", &member("you@demo.invalid".to_owned())).await {
        // An earlier run added you; its link is used up.
        Err(error) if error.status() == Some(409) => {
            let again = hex::encode(random::secret::<4>()?);
            client.post("/v1/members", &member(format!("you-{again}@demo.invalid"))).await?
        }
        other => other?,
    };
    Ok(full_link(&client.target().url(), &added))
}

/// Adds simulated reviewers and returns who talks as each.
pub(crate) async fn reviewers(client: &mut Client, count: u32) -> anyhow::Result<Vec<Target>> {
    let mut targets = Vec::new();
    for number in 1..=count {
        let key = reviewer(client, number).await?;
        targets.push(client.target().with_key(&key)?);
    }
    Ok(targets)
}

/// Adds a simulated reviewer and returns its key.
async fn reviewer(client: &mut Client, number: u32) -> anyhow::Result<String> {
    let roles = json!([{"loop": LOOP, "role": "reviewer"}]);
    let name = format!("Simulated reviewer {number}");
    let again = hex::encode(random::secret::<4>()?);
    let email = format!("reviewer-{number}-{again}@demo.invalid");
    let member =
        client.post("/v1/members", &json!({"name": name, "email": email, "roles": roles})).await?;
    let key = json!({"name": name, "roles": roles, "member": member["id"]});
    let key = client.post("/v1/keys", &key).await?;
    let secret = key["secret"].as_str().map(str::to_owned);
    Ok(secret.ok_or_else(|| answer("/v1/keys", "no secret"))?)
}

/// Imports the labelled images and trains the first model; returns its accuracy.
pub(crate) async fn first_model(client: &mut Client, digits: &Digits) -> anyhow::Result<f64> {
    feed::import_labelled(client, digits).await?;
    let models = client.get(&format!("/v1/loops/{LOOP}/models")).await?;
    if models["items"].as_array().is_none_or(Vec::is_empty) {
        let job = train::start(client, LOOP).await?;
        train::wait(client, job, |_| {}).await?;
    }
    // The model is registered by now and answers as soon as the server has loaded it.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_mins(1) {
        if let Some(accuracy) = accuracy(&client.get("/v1/demo").await?) {
            return Ok(accuracy);
        }
        sleep(Duration::from_millis(25)).await;
    }
    Err(answer("/v1/demo", "the first model does not answer").into())
}

/// Accuracy of the live model in the demo's state.
pub(crate) fn accuracy(state: &Value) -> Option<f64> {
    state["model"]["accuracy"].as_f64()
}

fn answer(what: &str, why: &str) -> ClientError {
    ClientError::Answer { what: what.to_owned(), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_undo_window_is_closed_for_simulated_reviewers_only() {
        assert!(LOOP_FILE.lines().any(|line| line.trim_start().starts_with("undo:")));
        assert_eq!(loop_file(false).trim_end(), LOOP_FILE.trim_end());
        let simulated = loop_file(true);
        assert!(simulated.contains("  undo: 0s\n"));
        assert_eq!(simulated.lines().count(), LOOP_FILE.lines().count());
        assert_eq!(
            LOOP_FILE.lines().find_map(|line| line.trim().strip_prefix("retrain: { every: ")),
            Some(format!("{} }}", super::super::reviewer::RETRAIN_EVERY).as_str())
        );
    }
}
