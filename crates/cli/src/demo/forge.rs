//! Forge a record: a real edit of a copy of the database, and the real verifier over it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use tandem_store::maintenance;

use super::digits::FIELD;
use super::hooks::{Place, scratch};
use crate::commands::ledger::{self, Verification};

/// Copies the database, changes one final answer in the copy, and verifies the copy.
pub(crate) async fn forge_a_copy(place: &Place) -> anyhow::Result<Value> {
    let dir = Scratch::make(scratch(place))?;
    let (from, to) =
        (place.data_dir.join(maintenance::DATABASE_FILE), dir.0.join(maintenance::DATABASE_FILE));
    let (forged, change) = tokio::task::spawn_blocking(move || {
        maintenance::copy(&from, &to, |_, _| {})?;
        let mut change = None;
        let forged = maintenance::forge(&to, |state| {
            let (text, what) = other_answer(state)?;
            change = Some(what);
            Some(text)
        })?;
        Ok::<_, tandem_store::StoreError>((forged, change))
    })
    .await
    .context("the copy failed")??;
    let (case, (before, after)) = forged
        .zip(change)
        .ok_or_else(|| anyhow!("no case is decided yet; decide one and forge it then"))?;
    let verification = Verification {
        vkey: Some(ledger::verifier_key(&place.key_file)?),
        witness: place.witness.clone(),
    };
    let report = ledger::verify_directory(&dir.0, &verification).await?;
    let found = report.problems.first().map(|problem| problem.detail.clone());
    Ok(json!({
        "what": format!("In a copy of the database, the final answer of {case} was changed from {before} to {after}."),
        "case": case.to_string(),
        "found": found,
        "report": report,
    }))
}

/// The state with another final answer, and what it said before and says now.
fn other_answer(state: &str) -> Option<(String, (String, String))> {
    let mut document: Value = serde_json::from_str(state).ok()?;
    let decision = document["decisions"].as_array_mut()?.last_mut()?;
    let before = decision["output"][FIELD].as_str()?.to_owned();
    let digit: u8 = before.parse().ok()?;
    let after = ((digit + 1) % 10).to_string();
    decision["output"][FIELD] = after.as_str().into();
    // The forger is careful: the text stays canonical, so that only its content gives it away.
    let text = tandem_ledger::canonical::to_string(&document).ok()?;
    Some((text, (before, after)))
}

/// A directory that is gone when this is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn make(path: PathBuf) -> anyhow::Result<Self> {
        remove(&path);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("cannot make a copy in {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(path: &Path) {
    // Nothing to remove is as good as removed; a copy that stays costs space and nothing else.
    drop(std::fs::remove_dir_all(path));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_decision_is_changed_and_nothing_else() {
        let state = r#"{"decisions":[{"n":1,"output":{"digit":"3"}},{"n":2,"output":{"digit":"9"}}],"status":"decided"}"#;
        let (forged, change) = other_answer(state).unwrap();
        assert_eq!(change, ("9".to_owned(), "0".to_owned()));
        assert_eq!(forged, state.replace(r#""digit":"9""#, r#""digit":"0""#));
        assert!(other_answer(r#"{"decisions":[]}"#).is_none());
        assert!(other_answer("no").is_none());
    }
}
